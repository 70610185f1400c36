/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tests of slot views have in common. Cells are looked at from outside, as a person with eyes
 * or with a screen reader finds them. */

#include "slot-fixture.h"

#include "cell-grid.h"

#include <adwaita.h>

ViewFixture *
slot_open_view (gconstpointer view_id)
{
  ViewFixture *fixture
      = view_fixture_new (view_id, fixture_make_store (SLOT_N_ENTRIES, 1), SLOT_WIDTH, SLOT_HEIGHT);

  view_fixture_settle (fixture);
  return fixture;
}

guint32
slot_get_id (ViewFixture *fixture, guint position)
{
  return pane_folder_model_get_id (fixture->model, position);
}

void
slot_scroll_to_pixel (ViewFixture *fixture, double value)
{
  GtkWidget *scrolled = pane_slot_view_get_scrolled (PANE_SLOT_VIEW (fixture->view));

  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled)),
                            value);
  view_fixture_run_frames (fixture, 2);
}

double
slot_get_scroll (ViewFixture *fixture)
{
  GtkWidget *scrolled = pane_slot_view_get_scrolled (PANE_SLOT_VIEW (fixture->view));

  return gtk_adjustment_get_value (
      gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled)));
}

typedef struct {
  ViewFixture *fixture;
  guint n_misnamed; /* off the screen */
} Check;

static gboolean
is_named_right (ViewFixture *fixture, PaneCell *cell)
{
  g_autofree char *name
      = thaw_entry_store_dup_display_name (fixture->store, pane_cell_get_id (cell));
  g_autofree char *label = view_fixture_dup_label (cell);

  return label != NULL && g_str_has_prefix (label, name);
}

/* What is in sight has to be right in the frame that was painted. */
static void
check_cell (PaneCell *cell, gpointer user_data)
{
  Check *check = user_data;
  guint32 id = pane_cell_get_id (cell);

  g_assert_cmpuint (id, ==, slot_get_id (check->fixture, pane_cell_get_position (cell)));
  if (id == THAW_NO_ENTRY || is_named_right (check->fixture, cell))
    return;
  g_assert_false (gtk_widget_get_mapped (GTK_WIDGET (cell)));
  check->n_misnamed++;
}

void
slot_check_cells (ViewFixture *fixture)
{
  gint64 end = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;

  for (;;)
    {
      Check check = { fixture, 0 };

      pane_slot_view_foreach_cell (PANE_SLOT_VIEW (fixture->view), check_cell, &check);
      if (check.n_misnamed == 0)
        return;
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, TRUE);
    }
}

static void
count_cell (PaneCell *cell, gpointer count)
{
  (*(guint *) count)++;
}

guint
slot_count_cells (ViewFixture *fixture)
{
  guint n_cells = 0;

  pane_slot_view_foreach_cell (PANE_SLOT_VIEW (fixture->view), count_cell, &n_cells);
  return n_cells;
}

void
slot_select_item (ViewFixture *fixture, guint position, gboolean modify, gboolean extend)
{
  g_assert_true (
      gtk_widget_activate_action (pane_slot_view_get_list (PANE_SLOT_VIEW (fixture->view)),
                                  "list.select-item",
                                  "(ubb)",
                                  position,
                                  modify,
                                  extend));
}

static void
add_tests (const char *view_id, const SlotTest *tests, guint n_tests)
{
  for (guint i = 0; i < n_tests; i++)
    {
      g_autofree char *path = g_strdup_printf ("/slot-view/%s/%s", view_id, tests[i].name);

      g_test_add_data_func (path, view_id, tests[i].func);
    }
}

int
slot_run_tests (int *argc, char ***argv, const SlotTest *tests, guint n_tests)
{
  g_test_init (argc, argv, NULL);
  adw_init ();
  test_cell_grid_register ();
  /* What the others have of the base is the same. */
  add_tests ("list", tests, n_tests);
  add_tests ("cell-grid", tests, n_tests);
  return g_test_run ();
}
