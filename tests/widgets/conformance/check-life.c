/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* That a view comes and goes without leaving anything, whenever that is. */
#include "conformance.h"

#include <malloc.h>

#define LONG_RUN 200
#define MOST_GROWTH                                                                                \
  2048 /* bytes an open; a window and what GTK keeps of it is fifty times that                     \
        */

/* In bytes, of what malloc() has given out and not got back. */
static gint64
get_memory (void)
{
  return (gint64) mallinfo2 ().uordblks;
}

static void
open_and_close (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, 30);
  gpointer view = self->view->view, model = self->view->model;
  gint64 end = g_get_monotonic_time () + DEADLINE_USEC;

  g_object_add_weak_pointer (view, &view);
  g_object_add_weak_pointer (model, &model);
  press (self, "Home");
  fixture_free (self);
  while (view != NULL || model != NULL)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, FALSE);
    }
}

/* What a window without a view leaves behind is GTK's and the display's. */
static void
open_and_close_plain (gconstpointer unused)
{
  GtkWidget *window = gtk_window_new ();
  gint64 end = g_get_monotonic_time () + DEADLINE_USEC;

  gtk_window_set_decorated (GTK_WINDOW (window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (window), WIDTH, HEIGHT);
  gtk_window_set_child (GTK_WINDOW (window), gtk_button_new_with_label ("plain"));
  gtk_window_present (GTK_WINDOW (window));
  while (gtk_widget_get_width (window) == 0)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, FALSE);
    }
  gtk_window_destroy (GTK_WINDOW (window));
}

/* Bytes more at each, after as many rounds as it takes for caches to fill. */
static int
measure_growth (GTestDataFunc func, gconstpointer view_id)
{
  int n_first = MIN (conformance_rounds / 3, 50);
  gint64 before = 0;

  for (int i = 0; i < conformance_rounds; i++)
    {
      if (i == n_first)
        before = get_memory ();
      func (view_id);
    }
  return (int) ((get_memory () - before) / (conformance_rounds - n_first));
}

/* A view and its model go each time. In the long run (THAW_TEST_ROUNDS) memory doesn't grow,
 * either. */
static void
test_leaks_nothing (gconstpointer view_id)
{
  int grown = measure_growth (open_and_close, view_id), plain;

  if (conformance_rounds < LONG_RUN)
    return;
  plain = measure_growth (open_and_close_plain, view_id);
  g_test_message ("%d opens: %d bytes more at each, %d without a view",
                  conformance_rounds,
                  grown,
                  plain);
  g_assert_cmpint (grown - plain, <, MOST_GROWTH);
}

/* A window with a view goes at a moment when much is under way. */
static Fixture *
begin (gconstpointer view_id, gpointer *view)
{
  Fixture *self = fixture_new (view_id, 3000);

  *view = self->view->view;
  g_object_add_weak_pointer (*view, view);
  return self;
}

static void
assert_gone (gpointer *view)
{
  gint64 end = g_get_monotonic_time () + DEADLINE_USEC;

  while (*view != NULL)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, FALSE);
    }
}

static void
test_goes_while_loading (gconstpointer view_id)
{
  gpointer view;
  Fixture *self = begin (view_id, &view);

  view_fixture_publish (self->view, THAW_SORT_NAME, FALSE, "Folder");
  view_fixture_publish (self->view, THAW_SORT_SIZE, TRUE, NULL);
  pane_view_reveal (self->view->view, get_id (self, 2500), TRUE);
  fixture_free (self);
  assert_gone (&view);
}

static void
test_goes_while_dragging (gconstpointer view_id)
{
  gpointer view;
  Fixture *self = begin (view_id, &view), *other;

  begin_drag (self, get_seen (self, 1));
  g_assert_cmpuint (self->n_drags, ==, 1);
  other = fixture_new (view_id, 10);
  fixture_free (self);
  press (other, "Escape");
  button_up (other, 1);
  fixture_free (other);
  assert_gone (&view);
}

/* A double click opens something, and what was clicked is gone before the button is. */
static void
test_goes_while_pressed (gconstpointer view_id)
{
  gpointer view;
  Fixture *self = begin (view_id, &view), *other;
  int x, y;

  find_center (self, get_seen (self, 1), &x, &y);
  move_to (self, x, y);
  button_down (self, 1);
  other = fixture_new (view_id, 10);
  fixture_free (self);
  button_up (other, 1);
  fixture_free (other);
  assert_gone (&view);
}

static void
test_goes_while_banding (gconstpointer view_id)
{
  gpointer view;
  Fixture *self = begin (view_id, &view), *other;
  int x, y;

  show_few (self);
  if (!find_background (self, &x, &y))
    x = y = 5;
  move_to (self, x, y);
  button_down (self, 1);
  move_to (self, x - 30, y - 30);
  move_to (self, x - 60, y - 60);
  other = fixture_new (view_id, 10);
  fixture_free (self);
  button_up (other, 1);
  fixture_free (other);
  assert_gone (&view);
}

/* Two windows at the same folder: what is chosen is the model's, and each shows it. */
static void
test_two_views (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  GtkWidget *window = gtk_window_new ();
  PaneView *view = pane_view_registry_create (view_id);
  guint32 id = get_seen (self, 1);
  PaneCell *cell;

  pane_view_set_model (view, get_model (self));
  gtk_window_set_default_size (GTK_WINDOW (window), WIDTH, HEIGHT);
  gtk_window_set_child (GTK_WINDOW (window), GTK_WIDGET (view));
  gtk_window_present (GTK_WINDOW (window));
  settle (self);
  pane_folder_model_select_id (get_model (self), id, TRUE);
  publish (self, THAW_SORT_SIZE, FALSE, NULL);
  pane_view_reveal (view, id, FALSE);
  publish_all (self);
  for (guint i = 0; i < 20 && find_cell (GTK_WIDGET (view), id) == NULL; i++)
    view_fixture_run_frames (self->view, 1);
  cell = find_cell (GTK_WIDGET (view), id);
  g_assert_nonnull (cell);
  gtk_window_destroy (GTK_WINDOW (window));
  settle (self);
  g_assert_true (is_selected (self, id));
  press (self, "Home");
  g_assert_cmpuint (get_focus_position (self), ==, 0);
  fixture_free (self);
}

/* Into another window, as a tab that is dragged out of its own. */
static void
test_moves_to_window (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  g_autoptr (GtkWidget) view = g_object_ref (get_widget (self));
  GtkWidget *old = self->view->window;

  press (self, "End");
  gtk_window_set_child (GTK_WINDOW (old), NULL);
  self->view->window = gtk_window_new ();
  gtk_window_set_decorated (GTK_WINDOW (self->view->window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (self->view->window), WIDTH, HEIGHT);
  gtk_window_set_child (GTK_WINDOW (self->view->window), view);
  gtk_window_present (GTK_WINDOW (self->view->window));
  gtk_window_destroy (GTK_WINDOW (old));
  publish_all (self);
  take_keyboard (self);
  gtk_widget_grab_focus (view);
  settle (self);
  press (self, "Home");
  g_assert_cmpuint (get_focus_position (self), ==, 0);
  g_assert_true (is_seen (self, get_focus_id (self)));
  fixture_free (self);
}

static void
test_hidden_and_shown (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, 2000);
  guint32 id = get_id (self, 1000);

  pane_view_reveal (self->view->view, id, TRUE);
  settle (self);
  gtk_widget_set_visible (get_widget (self), FALSE);
  view_fixture_run_frames (self->view, 2);
  view_fixture_publish (self->view, THAW_SORT_SIZE, FALSE, NULL);
  view_fixture_publish (self->view, THAW_SORT_NAME, TRUE, NULL);
  view_fixture_run_frames (self->view, 2);
  gtk_widget_set_visible (get_widget (self), TRUE);
  settle (self);
  g_assert_cmpuint (get_focus_id (self), ==, id);
  g_assert_true (is_seen (self, id));
  fixture_free (self);
}

/* Before it has a model a view has nothing to say, and says it. */
static void
test_without_model (gconstpointer view_id)
{
  GtkWidget *window = gtk_window_new ();
  PaneView *view = pane_view_registry_create (view_id);
  guint first, last;
  graphene_rect_t bounds;

  gtk_window_set_child (GTK_WINDOW (window), GTK_WIDGET (view));
  gtk_window_present (GTK_WINDOW (window));
  g_assert_false (pane_view_get_visible_range (view, &first, &last));
  g_assert_false (pane_view_get_entry_bounds (view, 0, &bounds));
  g_assert_cmpuint (pane_view_get_entry_at (view, 10, 10), ==, THAW_NO_ENTRY);
  pane_view_set_zoom (view, 0);
  gtk_window_destroy (GTK_WINDOW (window));
}

const Check conformance_life[] = {
  { "leaks-nothing", test_leaks_nothing },
  { "goes-while-loading", test_goes_while_loading },
  { "goes-while-dragging", test_goes_while_dragging },
  { "goes-while-pressed", test_goes_while_pressed },
  { "goes-while-banding", test_goes_while_banding },
  { "two-views", test_two_views },
  { "moves-to-window", test_moves_to_window },
  { "hidden-and-shown", test_hidden_and_shown },
  { "without-model", test_without_model },
  { NULL },
};
