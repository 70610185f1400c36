/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the user arranges by the host's menus. Groups, for which no view that can have them does
 * anything; views that can't pass over the wish. And what a view has declared to be set. */
#include "conformance.h"
#include "pane-slot-view.h"

/* What a heading says to a screen reader, or NULL if the widget is none that can be seen. */
static char *
dup_heading (Fixture *self, GtkWidget *widget)
{
  if (!gtk_widget_get_mapped (widget))
    return NULL;
  if (PANE_IS_CELL (widget)
      && pane_folder_model_is_heading (get_model (self), pane_cell_get_id (PANE_CELL (widget))))
    return pane_folder_model_dup_note (get_model (self), pane_cell_get_id (PANE_CELL (widget)));
  if (gtk_accessible_get_accessible_role (GTK_ACCESSIBLE (widget)) == GTK_ACCESSIBLE_ROLE_HEADING)
    return gtk_test_accessible_check_property (GTK_ACCESSIBLE (widget),
                                               GTK_ACCESSIBLE_PROPERTY_LABEL,
                                               "\001 nothing is called so");
  return NULL;
}

typedef struct {
  char *label;
  graphene_rect_t bounds; /* in the view */
} Heading;

static void
heading_clear (gpointer heading)
{
  g_free (((Heading *) heading)->label);
}

static void
add_headings (Fixture *self, GtkWidget *widget, GArray *headings)
{
  Heading heading = { .label = dup_heading (self, widget) };

  if (heading.label != NULL
      && gtk_widget_compute_bounds (widget, get_widget (self), &heading.bounds))
    {
      g_array_append_val (headings, heading);
      return;
    }
  g_free (heading.label);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    add_headings (self, child, headings);
}

static GArray *
find_headings (Fixture *self)
{
  GArray *headings = g_array_new (FALSE, FALSE, sizeof (Heading));

  g_array_set_clear_func (headings, heading_clear);
  add_headings (self, get_widget (self), headings);
  return headings;
}

static const Heading *
find_heading (GArray *headings, const char *beginning)
{
  for (guint i = 0; i < headings->len; i++)
    if (strstr (g_array_index (headings, Heading, i).label, beginning) != NULL)
      return &g_array_index (headings, Heading, i);
  return NULL;
}

static void
expect_heading (Fixture *self, const char *beginning)
{
  g_autoptr (GArray) headings = find_headings (self);

  if (find_heading (headings, beginning) == NULL)
    g_error ("no heading “%s” among %u", beginning, headings->len);
}

static void
expect_no_heading (Fixture *self)
{
  g_autoptr (GArray) headings = find_headings (self);

  g_assert_cmpuint (headings->len, ==, 0);
}

/* NULL: the view can't, and doesn't. */
static Fixture *
fixture_new_grouped (const char *view_id, guint n_entries)
{
  PaneView *view = g_object_ref_sink (pane_view_registry_create (view_id));
  gboolean can_group = pane_view_can_group (view);
  Fixture *self;

  pane_view_set_grouped (view, TRUE);
  g_assert_cmpint (pane_view_get_grouped (view), ==, can_group);
  g_object_unref (view);
  if (!can_group)
    {
      g_test_skip ("has no use for groups");
      return NULL;
    }
  self = fixture_new (view_id, n_entries);
  pane_view_set_grouped (self->view->view, TRUE);
  settle (self);
  return self;
}

static guint
count_entries (Fixture *self)
{
  return get_n (self) - thaw_order_get_n_notes (pane_folder_model_get_order (get_model (self)));
}

static gboolean
is_entry (guint32 id)
{
  return id != THAW_NO_ENTRY && !THAW_IS_NOTE_ID (id);
}

/* Headings are there, above what they head, and gone when they aren't wanted any more. */
static void
test_headings (gconstpointer view_id)
{
  Fixture *self = fixture_new_grouped (view_id, FEW);
  g_autoptr (GArray) headings = NULL;
  const Heading *folders;
  graphene_rect_t bounds;

  if (self == NULL)
    return;
  g_assert_cmpuint (count_entries (self), ==, FEW);
  headings = find_headings (self);
  folders = find_heading (headings, "Folders, 3 items");
  g_assert_nonnull (folders);
  press (self, "Home");
  g_assert_true (thaw_entry_store_is_folder (self->view->store, get_focus_id (self)));
  g_assert_true (pane_view_get_entry_bounds (self->view->view, get_focus_id (self), &bounds));
  g_assert_cmpfloat (bounds.origin.y + 1,
                     >=,
                     folders->bounds.origin.y + folders->bounds.size.height);
  publish (self, THAW_SORT_NAME, TRUE, NULL);
  expect_heading (self, "Folders, 3 items");
  publish (self, THAW_SORT_NAME, FALSE, "IMG");
  press (self, "Home");
  expect_heading (self, "I, ");
  publish (self, THAW_SORT_NAME, FALSE, "no such name");
  expect_no_heading (self);
  publish_all (self);
  press (self, "Home");
  expect_heading (self, "Folders, 3 items");
  pane_view_set_grouped (self->view->view, FALSE);
  settle (self);
  expect_no_heading (self);
  g_assert_cmpuint (get_n (self), ==, FEW);
  fixture_free (self);
}

/* From entry to entry, whatever is between. */
static void
test_keys (gconstpointer view_id)
{
  static const char *const keys[] = { "Down", "Right", "Page_Down", "Page_Up", "Left", "Up" };
  Fixture *self = fixture_new_grouped (view_id, FEW);
  guint n_moves = 0;

  if (self == NULL)
    return;
  press (self, "Home");
  for (guint i = 0; i < 6 * G_N_ELEMENTS (keys); i++)
    {
      guint32 before = get_focus_id (self);

      press (self, keys[i / 6]);
      n_moves += get_focus_id (self) != before;
      g_assert_true (is_entry (get_focus_id (self)));
      g_assert_true (is_seen (self, get_focus_id (self)));
      g_assert_cmpuint (get_n_selected (self), ==, 1);
    }
  g_assert_cmpuint (n_moves, >=, 12);
  press (self, "End");
  g_assert_cmpuint (get_focus_position (self), ==, get_n (self) - 1);
  press (self, "shift+Home");
  g_assert_cmpuint (get_n_selected (self), ==, FEW);
  press (self, "ctrl+shift+a");
  press (self, "ctrl+a");
  g_assert_cmpuint (get_n_selected (self), ==, FEW);
  fixture_free (self);
}

static guint32
get_next_entry (Fixture *self, guint32 id)
{
  guint position = pane_folder_model_find (get_model (self), id);

  do
    position++;
  while (THAW_IS_NOTE_ID (get_id (self, position)));
  return get_id (self, position);
}

/* Which key goes on from one entry to the next: that depends on how they are arranged. */
static const char *
find_key (Fixture *self)
{
  press (self, "Home");
  for (guint i = 0; i < 3; i++)
    {
      guint32 next = get_next_entry (self, get_focus_id (self));

      press (self, "Down");
      if (get_focus_id (self) != next)
        return "Right";
    }
  return "Down";
}

/* Every entry can be come to by going on, none is passed over and none comes twice. */
static void
test_walk (gconstpointer view_id)
{
  Fixture *self = fixture_new_grouped (view_id, 60);
  const char *key;

  if (self == NULL)
    return;
  key = find_key (self);
  press (self, "Home");
  for (guint i = 0; i + 1 < 60; i++)
    {
      guint32 next = get_next_entry (self, get_focus_id (self));

      press (self, key);
      g_assert_cmpuint (get_focus_id (self), ==, next);
    }
  g_assert_cmpuint (get_focus_position (self), ==, get_n (self) - 1);
  fixture_free (self);
}

static void
test_range (gconstpointer view_id)
{
  Fixture *self = fixture_new_grouped (view_id, FEW);
  guint32 from, to;
  guint first, last, n_entries = 0;

  if (self == NULL)
    return;
  press (self, "Home");
  from = get_focus_id (self);
  g_assert_true (pane_view_get_visible_range (self->view->view, &first, &last));
  while (!is_entry (get_id (self, last)) || !is_seen (self, get_id (self, last)))
    last--;
  to = get_id (self, last);
  click (self, from, 1, NULL);
  click (self, to, 1, "shift");
  for (guint i = pane_folder_model_find (get_model (self), from); i <= last; i++)
    n_entries += is_entry (get_id (self, i));
  g_assert_cmpuint (n_entries, >, 3);
  g_assert_cmpuint (get_n_selected (self), ==, n_entries);
  fixture_free (self);
}

/* A heading is nothing to choose. */
static void
test_click_on_heading (gconstpointer view_id)
{
  Fixture *self = fixture_new_grouped (view_id, FEW);
  g_autoptr (GArray) headings = NULL;
  const Heading *heading;
  double x, y;

  if (self == NULL)
    return;
  press (self, "Home");
  headings = find_headings (self);
  heading = find_heading (headings, "Folders");
  g_assert_nonnull (heading);
  x = heading->bounds.origin.x + 20;
  y = heading->bounds.origin.y + heading->bounds.size.height / 2;
  g_assert_cmpuint (pane_view_get_entry_at (self->view->view, x, y), ==, THAW_NO_ENTRY);
  click_at (self, x, y, 1, NULL);
  click_at (self, x, y, 1, NULL);
  g_assert_cmpuint (self->n_activated, ==, 0);
  g_assert_cmpuint (get_n_selected (self), <=, 1);
  click_at (self, x, y, 3, NULL);
  g_assert_cmpuint (self->n_menus, ==, 1);
  g_assert_cmpuint (self->menu, ==, THAW_NO_ENTRY);
  press (self, "Down");
  g_assert_true (is_entry (get_focus_id (self)));
  fixture_free (self);
}

static void
test_resort (gconstpointer view_id)
{
  Fixture *self = fixture_new_grouped (view_id, 3000);
  guint32 id;

  if (self == NULL)
    return;
  id = get_id (self, 1500);
  pane_view_reveal (self->view->view, id, TRUE);
  settle (self);
  for (guint i = 0; i < 4; i++)
    {
      publish (self, i % 2 == 0 ? THAW_SORT_SIZE : THAW_SORT_NAME, i > 1, NULL);
      g_assert_cmpuint (get_focus_id (self), ==, id);
      g_assert_true (is_seen (self, id));
      press (self, "ctrl+Home");
      expect_heading (self, "Folders, ");
      pane_view_reveal (self->view->view, id, TRUE);
      settle (self);
      g_assert_true (is_seen (self, id));
    }
  pane_view_set_grouped (self->view->view, FALSE);
  settle (self);
  g_assert_cmpuint (get_focus_id (self), ==, id);
  g_assert_true (is_seen (self, id));
  fixture_free (self);
}

/* An entry gets another size, and with it goes to another group. */
static void
test_live_change (gconstpointer view_id)
{
  Fixture *self = fixture_new_grouped (view_id, FEW);
  guint32 id;

  if (self == NULL)
    return;
  publish (self, THAW_SORT_SIZE, FALSE, NULL);
  id = get_id (self, get_n (self) - 1);
  pane_view_reveal (self->view->view, id, TRUE);
  settle (self);
  thaw_entry_store_set_stat (self->view->store, id, 0, 0, 0100644);
  thaw_sorter_touch (self->view->sorter, &id, 1);
  publish (self, THAW_SORT_SIZE, FALSE, NULL);
  g_assert_cmpuint (get_focus_id (self), ==, id);
  g_assert_true (is_seen (self, id));
  expect_heading (self, "Empty, 1 item");
  /* And the group goes with the last of its entries. */
  thaw_entry_store_remove (self->view->store, id);
  publish (self, THAW_SORT_SIZE, FALSE, NULL);
  press (self, "Home");
  {
    g_autoptr (GArray) headings = find_headings (self);

    g_assert_null (find_heading (headings, "Empty"));
    g_assert_nonnull (find_heading (headings, "Folders, 3 items"));
  }
  fixture_free (self);
}

static void
test_churn (gconstpointer view_id)
{
  Fixture *self = fixture_new_grouped (view_id, 2000);
  g_autoptr (GRand) random = g_rand_new_with_seed (5);
  const char *filters[] = { NULL, "1", "a", "zzzz", NULL };

  if (self == NULL)
    return;
  for (int i = 0; i < 3 * conformance_rounds; i++)
    {
      if (g_rand_boolean (random))
        thaw_entry_store_remove (self->view->store, (guint32) g_rand_int_range (random, 0, 2000));
      if (g_rand_int_range (random, 0, 4) == 0)
        pane_view_set_grouped (self->view->view, !pane_view_get_grouped (self->view->view));
      view_fixture_publish (self->view,
                            (ThawSortColumn) g_rand_int_range (random, 0, 4),
                            g_rand_boolean (random),
                            filters[g_rand_int_range (random, 0, G_N_ELEMENTS (filters))]);
      if (g_rand_boolean (random))
        view_fixture_run_frames (self->view, 1);
    }
  pane_view_set_grouped (self->view->view, TRUE);
  publish_all (self);
  press (self, "Home");
  expect_heading (self, "Folders, ");
  g_assert_cmpuint (count_seen (self), >=, 3);
  g_assert_cmpuint (count_widgets (get_widget (self)), <, MOST_WIDGETS);
  fixture_free (self);
}

static void
test_rtl (gconstpointer view_id)
{
  Fixture *self = fixture_new_grouped (view_id, FEW);
  g_autoptr (GArray) headings = NULL;
  graphene_rect_t bounds;
  const Heading *heading;

  if (self == NULL)
    return;
  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  settle (self);
  press (self, "Home");
  headings = find_headings (self);
  heading = find_heading (headings, "Folders");
  g_assert_nonnull (heading);
  g_assert_true (pane_view_get_entry_bounds (self->view->view, get_focus_id (self), &bounds));
  g_assert_cmpfloat (bounds.origin.x + bounds.size.width,
                     <=,
                     heading->bounds.origin.x + heading->bounds.size.width + 12);
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  fixture_free (self);
}

/* A list that was empty has the focus itself, and what comes first in it may be a heading: the
 * focus goes past that, and isn't moved again in each layout for ever. */
static void
test_focus_from_list (gconstpointer view_id)
{
  Fixture *self = fixture_new_grouped (view_id, FEW);
  GtkWidget *list;

  if (self == NULL)
    return;
  if (PANE_IS_SLOT_VIEW (self->view->view))
    {
      list = pane_slot_view_get_list (PANE_SLOT_VIEW (self->view->view));
      gtk_window_set_focus (GTK_WINDOW (self->view->window), list);
      gtk_widget_queue_resize (list);
      settle_frames (self);
      g_assert_false (gtk_widget_is_focus (list));
    }
  fixture_free (self);
}

/* What a view has to set is remembered, and found again by another of its kind. */
static void
change_setting (PaneView *view, const char *id)
{
  GActionGroup *actions = pane_view_get_setting_actions (view);
  g_autoptr (GVariant) state = g_action_group_get_action_state (actions, id);
  int value = pane_view_get_setting (view, id);

  if (g_variant_is_of_type (state, G_VARIANT_TYPE_BOOLEAN))
    g_action_group_change_action_state (actions,
                                        id,
                                        g_variant_new_boolean (!g_variant_get_boolean (state)));
  else
    pane_view_set_setting (view, id, value == 0 ? 1 : 0);
  g_assert_cmpint (pane_view_get_setting (view, id), !=, value);
}

static void
count_cb (PaneView *view, guint *n)
{
  (*n)++;
}

static void
test_settings (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  PaneView *view = self->view->view;
  PaneView *other = g_object_ref_sink (pane_view_registry_create (view_id));
  GActionGroup *actions = pane_view_get_setting_actions (view);
  g_auto (GStrv) ids = actions != NULL ? g_action_group_list_actions (actions) : NULL;
  g_autoptr (GMenuModel) menu = pane_view_dup_settings_menu (view);
  g_autofree char *usual = pane_view_dup_settings (view);
  guint n_changes = 0;

  g_assert_true ((menu == NULL) == (ids == NULL));
  g_signal_connect (view, "settings-changed", G_CALLBACK (count_cb), &n_changes);
  for (guint i = 0; ids != NULL && ids[i] != NULL; i++)
    {
      g_autofree char *changed = NULL;

      change_setting (view, ids[i]);
      settle (self);
      g_assert_cmpuint (n_changes, ==, i + 1);
      changed = pane_view_dup_settings (view);
      g_assert_cmpstr (changed, !=, usual);
      pane_view_apply_settings (other, changed);
      for (guint j = 0; ids[j] != NULL; j++)
        g_assert_cmpint (pane_view_get_setting (other, ids[j]),
                         ==,
                         pane_view_get_setting (view, ids[j]));
    }
  pane_view_apply_settings (view, usual);
  settle (self);
  g_assert_cmpuint (n_changes, ==, ids != NULL ? g_strv_length (ids) : 0);
  for (guint i = 0; ids != NULL && ids[i] != NULL; i++)
    g_assert_cmpint (pane_view_get_setting (view, ids[i]),
                     !=,
                     pane_view_get_setting (other, ids[i]));
  pane_view_apply_settings (view, "{of=1 another kind}what nobody understands");
  pane_view_apply_settings (view, "{");
  g_assert_cmpuint (count_seen (self), >=, 1);
  g_object_unref (other);
  fixture_free (self);
}

const Check conformance_groups[] = {
  { "groups", test_headings },
  { "groups-keys", test_keys },
  { "groups-walk", test_walk },
  { "groups-range", test_range },
  { "groups-click-on-heading", test_click_on_heading },
  { "groups-resort", test_resort },
  { "groups-live-change", test_live_change },
  { "groups-churn", test_churn },
  { "groups-focus-from-list", test_focus_from_list },
  { "groups-rtl", test_rtl },
  { "declared-settings", test_settings },
  { NULL },
};
