/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pointer: choosing, opening and menus, with real clicks. */
#include "conformance.h"

static void
test_click (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 one = get_seen (self, 0), two = get_seen (self, 1);

  click (self, one, 1, NULL);
  g_assert_cmpuint (get_n_selected (self), ==, 1);
  g_assert_true (is_selected (self, one));
  g_assert_cmpuint (get_focus_id (self), ==, one);
  click (self, two, 1, "ctrl");
  g_assert_cmpuint (get_n_selected (self), ==, 2);
  /* Not the same again: two quick clicks are one double click. */
  click (self, one, 1, NULL);
  g_assert_cmpuint (get_n_selected (self), ==, 1);
  g_assert_true (is_selected (self, one));
  fixture_free (self);
}

static void
test_click_range (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint from, to;

  click (self, get_seen (self, 0), 1, NULL);
  click (self, get_seen (self, 2), 1, "shift");
  from = pane_folder_model_find (get_model (self), get_seen (self, 0));
  to = pane_folder_model_find (get_model (self), get_seen (self, 2));
  g_assert_cmpuint (get_n_selected (self), ==, MAX (from, to) - MIN (from, to) + 1);
  fixture_free (self);
}

static void
test_click_background (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  int x, y;

  show_few (self);
  gtk_selection_model_select_all (GTK_SELECTION_MODEL (get_model (self)));
  if (find_background (self, &x, &y))
    {
      click_at (self, x, y, 1, NULL);
      g_assert_cmpuint (get_n_selected (self), ==, 0);
    }
  else
    g_test_message ("entries fill the view");
  fixture_free (self);
}

static void
test_double_click (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 id = get_seen (self, 1);

  double_click (self, id);
  g_assert_cmpuint (self->n_activated, ==, 1);
  g_assert_cmpuint (self->activated, ==, id);
  fixture_free (self);
}

static void
test_context_menu (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 one = get_seen (self, 0), two = get_seen (self, 1);

  click (self, one, 1, NULL);
  click (self, two, 3, NULL);
  g_assert_cmpuint (self->n_menus, ==, 1);
  g_assert_cmpuint (self->menu, ==, two);
  g_assert_cmpuint (get_n_selected (self), ==, 1);
  g_assert_true (is_selected (self, two));
  /* Of several that are selected the menu is about all of them. */
  pane_folder_model_select_id (get_model (self), one, FALSE);
  click (self, two, 3, NULL);
  g_assert_cmpuint (get_n_selected (self), ==, 2);
  fixture_free (self);
}

/* With both, the range comes to what is chosen already. */
static void
test_click_adds_range (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 ids[] = { get_seen (self, 0), get_seen (self, 2), get_seen (self, 3) };

  g_assert_cmpuint (ids[2], !=, THAW_NO_ENTRY);
  click (self, ids[0], 1, NULL);
  click (self, ids[1], 1, "ctrl");
  click (self, ids[2], 1, "ctrl+shift");
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    g_assert_true (is_selected (self, ids[i]));
  g_assert_cmpuint (get_n_selected (self), ==, 3);
  fixture_free (self);
}

static void
test_click_range_back (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 one = get_seen (self, 0), three = get_seen (self, 2);
  guint from = pane_folder_model_find (get_model (self), one);
  guint to = pane_folder_model_find (get_model (self), three);

  click (self, three, 1, NULL);
  click (self, one, 1, "shift");
  g_assert_cmpuint (get_n_selected (self), ==, to - from + 1);
  /* The other way now: it still begins where it did. */
  click (self, get_seen (self, 3), 1, "shift");
  g_assert_cmpuint (get_n_selected (self), ==, 2);
  g_assert_true (is_selected (self, three));
  fixture_free (self);
}

/* A press on one of many may be the beginning of a drag of all of them; let go, it was a click. */
static void
test_click_one_of_many (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 id = get_seen (self, 1);
  int x, y;

  press (self, "ctrl+a");
  g_assert_true (find_center (self, id, &x, &y));
  move_to (self, x, y);
  button_down (self, 1);
  g_assert_cmpuint (get_n_selected (self), ==, get_n (self));
  button_up (self, 1);
  g_assert_cmpuint (get_n_selected (self), ==, 1);
  g_assert_true (is_selected (self, id));
  fixture_free (self);
}

static void
test_menu_of_background (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  int x, y;

  show_few (self);
  press (self, "ctrl+a");
  if (find_background (self, &x, &y))
    {
      click_at (self, x, y, 3, NULL);
      g_assert_cmpuint (self->n_menus, ==, 1);
      g_assert_cmpuint (self->menu, ==, THAW_NO_ENTRY);
      g_assert_cmpuint (get_n_selected (self), ==, 0);
    }
  else
    g_test_message ("entries fill the view");
  fixture_free (self);
}

static void
test_menu_place (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 id = get_seen (self, 1);
  int x, y;

  g_assert_true (find_center (self, id, &x, &y));
  click_at (self, x, y, 3, NULL);
  g_assert_cmpfloat (ABS (self->menu_x - x), <=, 1);
  g_assert_cmpfloat (ABS (self->menu_y - y), <=, 1);
  g_assert_cmpuint (get_focus_id (self), ==, id);
  fixture_free (self);
}

/* The middle button is the host's, and hovering means nothing. */
static void
test_other_buttons (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 one = get_seen (self, 0);

  click (self, one, 1, NULL);
  click (self, get_seen (self, 1), 2, NULL);
  g_assert_cmpuint (get_n_selected (self), ==, 1);
  g_assert_true (is_selected (self, one));
  g_assert_cmpuint (get_focus_id (self), ==, one);
  g_assert_cmpuint (self->n_activated + self->n_menus + self->n_drags, ==, 0);
  fixture_free (self);
}

static void
test_double_click_background (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  int x, y;

  show_few (self);
  if (find_background (self, &x, &y))
    {
      click_at (self, x, y, 1, NULL);
      self->last_click_usec = 0;
      click_at (self, x, y, 1, NULL);
      g_assert_cmpuint (self->n_activated, ==, 0);
    }
  fixture_free (self);
}

/* From beside the entries to the corner where the first one is. FALSE: they fill the view. */
static gboolean
begin_band (Fixture *self)
{
  int x, y;

  show_few (self);
  pane_folder_model_invert_selection (get_model (self));
  gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (get_model (self)));
  if (!find_background (self, &x, &y))
    {
      g_test_message ("entries fill the view");
      return FALSE;
    }
  move_to (self, x, y);
  button_down (self, 1);
  move_to (self, x - 20, y - 20);
  find_center (self, get_seen (self, 0), &x, &y);
  move_to (self, x + 4, y + 4);
  move_to (self, x, y);
  return TRUE;
}

static void
test_rubber_band (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);

  if (begin_band (self))
    {
      button_up (self, 1);
      g_assert_cmpuint (get_n_selected (self), >=, 1);
      g_assert_true (is_selected (self, get_seen (self, 0)));
      g_assert_cmpuint (self->n_drags, ==, 0);
    }
  fixture_free (self);
}

/* Entries come and go under it, all of them at last. */
static void
test_rubber_band_churn (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  const char *filters[] = { NULL, "report-1", "no name has this in it", "report-12" };

  if (begin_band (self))
    {
      for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
        {
          thaw_entry_store_remove (self->view->store, get_id (self, 0));
          publish (self, i % 2 == 0 ? THAW_SORT_SIZE : THAW_SORT_NAME, FALSE, filters[i]);
          move_to (self, 40 + 30 * i, 100 + 20 * i);
          if (get_n (self) == 0)
            view_fixture_publish (self->view, THAW_SORT_NAME, FALSE, NULL);
        }
      button_up (self, 1);
      g_assert_cmpuint (get_n_selected (self), <=, get_n (self));
    }
  publish_all (self);
  click (self, get_seen (self, 1), 1, NULL);
  g_assert_cmpuint (get_n_selected (self), ==, 1);
  fixture_free (self);
}

/* What doesn't fit is reached with the wheel. */
static void
test_wheel (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, 3000);
  guint first, last, first_after, last_after;
  int x, y;

  g_assert_true (pane_view_get_visible_range (self->view->view, &first, &last));
  g_assert_true (find_center (self, get_seen (self, 1), &x, &y));
  move_to (self, x, y);
  turn_wheel (self, 8);
  settle (self);
  g_assert_true (pane_view_get_visible_range (self->view->view, &first_after, &last_after));
  if (last - first + 1 < get_n (self))
    g_assert_cmpuint (first_after, >, first);
  turn_wheel (self, -12);
  settle (self);
  g_assert_true (pane_view_get_visible_range (self->view->view, &first_after, &last_after));
  g_assert_cmpuint (first_after, ==, 0);
  fixture_free (self);
}

static GtkGesture *
find_long_press (GtkWidget *widget)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_GESTURE_LONG_PRESS (controller))
        return GTK_GESTURE (controller);
    }
  return NULL;
}

/* X has no test events for fingers: the gesture that a finger would have set off is told instead.
 */
static void
test_long_press (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 id = get_seen (self, 1);
  GtkWidget *widget = GTK_WIDGET (find_cell (get_widget (self), id));
  graphene_point_t point;
  int x, y;

  while (widget != NULL && find_long_press (widget) == NULL)
    widget = gtk_widget_get_parent (widget);
  g_assert_nonnull (widget);
  g_assert_true (find_center (self, id, &x, &y));
  g_assert_true (
      gtk_widget_compute_point (get_widget (self), widget, &GRAPHENE_POINT_INIT (x, y), &point));
  g_signal_emit_by_name (find_long_press (widget), "pressed", (double) point.x, (double) point.y);
  settle_frames (self);
  g_assert_cmpuint (self->n_menus, ==, 1);
  g_assert_cmpuint (self->menu, ==, id);
  g_assert_true (is_selected (self, id));
  fixture_free (self);
}

const Check conformance_pointer[] = {
  { "click", test_click },
  { "click-range", test_click_range },
  { "click-background", test_click_background },
  { "double-click", test_double_click },
  { "context-menu", test_context_menu },
  { "click-adds-range", test_click_adds_range },
  { "click-range-back", test_click_range_back },
  { "click-one-of-many", test_click_one_of_many },
  { "menu-of-background", test_menu_of_background },
  { "menu-place", test_menu_place },
  { "other-buttons", test_other_buttons },
  { "double-click-background", test_double_click_background },
  { "rubber-band", test_rubber_band },
  { "rubber-band-churn", test_rubber_band_churn },
  { "wheel", test_wheel },
  { "long-press", test_long_press },
  { NULL },
};
