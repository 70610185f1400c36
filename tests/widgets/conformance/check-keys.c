/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keyboard: going about, choosing, opening and menus, with real keys. */
#include "conformance.h"

static void
test_keys_move (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  const char *keys[] = { "Down", "Right", "Down", "Right", "Down" };

  press (self, "Home");
  g_assert_cmpuint (get_focus_id (self), !=, THAW_NO_ENTRY);
  g_hash_table_add (seen, GUINT_TO_POINTER (get_focus_id (self)));
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      press (self, keys[i]);
      g_hash_table_add (seen, GUINT_TO_POINTER (get_focus_id (self)));
      g_assert_true (is_seen (self, get_focus_id (self)));
    }
  /* Down and right, or one of them, lead on. */
  g_assert_cmpuint (g_hash_table_size (seen), >=, 3);
  fixture_free (self);
}

static void
test_home_and_end (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);

  press (self, "Home");
  g_assert_cmpuint (get_focus_position (self), ==, 0);
  press (self, "End");
  g_assert_cmpuint (get_focus_position (self), ==, get_n (self) - 1);
  settle (self);
  g_assert_true (is_seen (self, get_focus_id (self)));
  press (self, "Home");
  g_assert_cmpuint (get_focus_position (self), ==, 0);
  fixture_free (self);
}

static void
test_pages (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, 5000);
  guint before, after;

  press (self, "Home");
  press (self, "Page_Down");
  press (self, "Page_Down");
  before = get_focus_position (self);
  g_assert_cmpuint (before, >, 0);
  press (self, "Page_Up");
  after = get_focus_position (self);
  g_assert_cmpuint (after, <, before);
  fixture_free (self);
}

static void
test_keys_select (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);

  press (self, "Home");
  press (self, "shift+End");
  g_assert_cmpuint (get_n_selected (self), ==, get_n (self));
  press (self, "Home");
  g_assert_cmpuint (get_n_selected (self), ==, 1);
  fixture_free (self);
}

static void
test_select_all (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);

  press (self, "Home");
  press (self, "ctrl+a");
  g_assert_cmpuint (get_n_selected (self), ==, get_n (self));
  press (self, "ctrl+shift+a");
  g_assert_cmpuint (get_n_selected (self), ==, 0);
  fixture_free (self);
}

static void
test_toggle (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);

  press (self, "Home");
  press (self, "ctrl+End");
  g_assert_cmpuint (get_n_selected (self), ==, 1);
  press (self, "ctrl+space");
  g_assert_cmpuint (get_n_selected (self), ==, 2);
  press (self, "ctrl+space");
  g_assert_cmpuint (get_n_selected (self), ==, 1);
  fixture_free (self);
}

static void
test_return_activates (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);

  press (self, "Home");
  press (self, "Return");
  g_assert_cmpuint (self->n_activated, ==, 1);
  g_assert_cmpuint (self->activated, ==, get_focus_id (self));
  fixture_free (self);
}

static void
test_menu_key (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);

  press (self, "Home");
  press (self, "Menu");
  g_assert_cmpuint (self->n_menus, ==, 1);
  g_assert_cmpuint (self->menu, ==, get_focus_id (self));
  press (self, "shift+F10");
  g_assert_cmpuint (self->n_menus, ==, 2);
  fixture_free (self);
}

/* As many as from there to the focus, both included. */
static void
assert_range (Fixture *self, guint from)
{
  guint to = get_focus_position (self);

  g_assert_cmpuint (get_n_selected (self), ==, MAX (from, to) - MIN (from, to) + 1);
  g_assert_true (is_selected (self, get_id (self, from)));
  g_assert_true (is_selected (self, get_id (self, to)));
}

static void
test_shift_arrows (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);

  press (self, "Home");
  press (self, "shift+Down");
  press (self, "shift+Right");
  g_assert_cmpuint (get_focus_position (self), >, 0);
  assert_range (self, 0);
  press (self, "shift+Home");
  g_assert_cmpuint (get_n_selected (self), ==, 1);
  fixture_free (self);
}

static void
test_shift_pages (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, 2000);
  guint last = get_n (self) - 1;

  press (self, "End");
  press (self, "shift+Page_Up");
  g_assert_cmpuint (get_focus_position (self), <, last);
  assert_range (self, last);
  press (self, "shift+Page_Down");
  assert_range (self, last);
  fixture_free (self);
}

/* With Ctrl the focus goes alone. */
static void
test_ctrl_moves (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  const char *keys[] = { "ctrl+Down", "ctrl+Right", "ctrl+Page_Down", "ctrl+End" };

  press (self, "Home");
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      press (self, keys[i]);
      g_assert_cmpuint (get_n_selected (self), ==, 1);
      g_assert_true (is_selected (self, get_id (self, 0)));
    }
  g_assert_cmpuint (get_focus_position (self), ==, get_n (self) - 1);
  fixture_free (self);
}

static void
test_keypad_enter (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);

  press (self, "End");
  press (self, "KP_Enter");
  g_assert_cmpuint (self->n_activated, ==, 1);
  g_assert_cmpuint (self->activated, ==, get_id (self, get_n (self) - 1));
  fixture_free (self);
}

/* Of many that are selected the focused one is named; what is done with the others is the host's.
 */
static void
test_return_among_many (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);

  press (self, "Home");
  press (self, "ctrl+a");
  press (self, "Return");
  g_assert_cmpuint (self->n_activated, ==, 1);
  g_assert_cmpuint (self->activated, ==, get_id (self, 0));
  g_assert_cmpuint (get_n_selected (self), ==, get_n (self));
  fixture_free (self);
}

/* At the entry, even when it has to be brought back into sight or the folder is empty. */
static void
test_menu_key_place (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  graphene_rect_t bounds;

  press (self, "Home");
  press (self, "Menu");
  g_assert_true (pane_view_get_entry_bounds (self->view->view, get_focus_id (self), &bounds));
  graphene_rect_inset (&bounds, -1, -1);
  g_assert_true (graphene_rect_contains_point (
      &bounds,
      &GRAPHENE_POINT_INIT ((float) self->menu_x, (float) self->menu_y)));
  publish (self, THAW_SORT_NAME, FALSE, "no name has this in it");
  press (self, "Menu");
  g_assert_cmpuint (self->menu, ==, THAW_NO_ENTRY);
  fixture_free (self);
}

static void
test_invert (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 one, two;

  press (self, "Home");
  one = get_id (self, 0);
  two = get_id (self, 1);
  pane_folder_model_invert_selection (get_model (self));
  settle_frames (self);
  g_assert_cmpuint (get_n_selected (self), ==, get_n (self) - 1);
  gtk_test_accessible_assert_state (find_accessible (self, one),
                                    GTK_ACCESSIBLE_STATE_SELECTED,
                                    FALSE);
  gtk_test_accessible_assert_state (find_accessible (self, two),
                                    GTK_ACCESSIBLE_STATE_SELECTED,
                                    TRUE);
  fixture_free (self);
}

static void
test_keys_after_click (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 id = get_seen (self, 2);

  click (self, id, 1, NULL);
  press (self, "shift+End");
  assert_range (self, pane_folder_model_find (get_model (self), id));
  press (self, "Home");
  g_assert_cmpuint (get_focus_position (self), ==, 0);
  fixture_free (self);
}

/* Tab leads out of the entries and not from one to the next. */
static void
test_tab_leaves (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 id;

  press (self, "Home");
  id = get_focus_id (self);
  press (self, "Tab");
  g_assert_cmpuint (get_focus_id (self), ==, id);
  press (self, "shift+Tab");
  g_assert_cmpuint (get_focus_id (self), ==, id);
  g_assert_cmpuint (get_n_selected (self), ==, 1);
  fixture_free (self);
}

static gboolean
count_key_cb (GtkEventControllerKey *keys,
              guint keyval,
              guint code,
              GdkModifierType state,
              guint *n)
{
  (*n)++;
  return GDK_EVENT_STOP;
}

/* What isn't about moving, choosing and opening is the host's: letters are for its type-ahead. */
static void
test_leaves_keys (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  const char *keys[] = { "r", "F2", "Delete", "BackSpace", "Escape", "F5", "period" };
  GtkEventController *controller = gtk_event_controller_key_new ();
  guint n = 0;

  g_signal_connect (controller, "key-pressed", G_CALLBACK (count_key_cb), &n);
  gtk_widget_add_controller (self->view->window, controller);
  press (self, "Home");
  n = 0;
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    press (self, keys[i]);
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (keys));
  g_assert_cmpuint (get_focus_position (self), ==, 0);
  fixture_free (self);
}

const Check conformance_keys[] = {
  { "keys-move", test_keys_move },
  { "home-and-end", test_home_and_end },
  { "pages", test_pages },
  { "keys-select", test_keys_select },
  { "select-all", test_select_all },
  { "toggle", test_toggle },
  { "return-activates", test_return_activates },
  { "menu-key", test_menu_key },
  { "shift-arrows", test_shift_arrows },
  { "shift-pages", test_shift_pages },
  { "ctrl-moves", test_ctrl_moves },
  { "keypad-enter", test_keypad_enter },
  { "return-among-many", test_return_among_many },
  { "menu-key-place", test_menu_key_place },
  { "invert", test_invert },
  { "keys-after-click", test_keys_after_click },
  { "tab-leaves", test_tab_leaves },
  { "leaves-keys", test_leaves_keys },
  { NULL },
};
