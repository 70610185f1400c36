/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * That what is looked at stays where it is while the order changes around it, checked by what is on
 * the screen: which entry's cell is where, what it is called for a screen reader, which pixels it
 * has, and where GTK's focus is. For a list of rows and a grid of cells.
 */

#include "slot-fixture.h"

/* What of an entry must not change while its surroundings do. */
typedef struct {
  guint32 id;
  double y;
  char *label;
  GBytes *pixels;
} Look;

static Look *
take_look (ViewFixture *fixture, PaneCell *cell)
{
  Look *look = g_new0 (Look, 1);

  g_assert_nonnull (cell);
  look->id = pane_cell_get_id (cell);
  look->y = view_fixture_get_y (fixture, cell);
  look->label = view_fixture_dup_label (cell);
  look->pixels = view_fixture_paint (fixture, gtk_widget_get_parent (GTK_WIDGET (cell)));
  return look;
}

static void
look_free (Look *look)
{
  g_free (look->label);
  g_bytes_unref (look->pixels);
  g_free (look);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Look, look_free)

static void
check_look (ViewFixture *fixture, const Look *before)
{
  PaneCell *cell = view_fixture_find_cell (fixture, before->id);
  g_autoptr (Look) now = NULL;

  g_assert_nonnull (cell);
  now = take_look (fixture, cell);
  g_assert_cmpfloat (now->y, ==, before->y);
  g_assert_cmpstr (now->label, ==, before->label);
  g_assert_true (g_bytes_equal (now->pixels, before->pixels));
}

/* What a host is told to be in sight are places in the order. */
static void
check_visible_range (ViewFixture *fixture, guint first, guint last)
{
  g_assert_nonnull (view_fixture_find_cell (fixture, slot_get_id (fixture, first)));
  g_assert_nonnull (view_fixture_find_cell (fixture, slot_get_id (fixture, last)));
}

static void
test_top_stays (gconstpointer view_id)
{
  ViewFixture *fixture = slot_open_view (view_id);

  view_fixture_publish (fixture, THAW_SORT_SIZE, TRUE, NULL);
  view_fixture_run_frames (fixture, 2);
  g_assert_cmpuint (pane_cell_get_position (view_fixture_get_first_cell (fixture)), ==, 0);
  slot_check_cells (fixture);
  view_fixture_free (fixture);
}

static void
test_focus_stays (gconstpointer view_id)
{
  ViewFixture *fixture = slot_open_view (view_id);
  guint32 id = slot_get_id (fixture, SLOT_N_ENTRIES / 2);
  g_autoptr (Look) look = NULL;

  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_settle (fixture);
  g_assert_cmpuint (pane_cell_get_id (view_fixture_get_focus_cell (fixture)), ==, id);
  look = take_look (fixture, view_fixture_find_cell (fixture, id));

  for (guint i = 0; i < 6; i++)
    {
      view_fixture_publish (fixture, i % 3 + 1, i % 2, NULL);
      g_assert_cmpuint (pane_cell_get_id (view_fixture_get_focus_cell (fixture)), ==, id);
      view_fixture_run_frames (fixture, 2);
      check_look (fixture, look);
      g_assert_cmpuint (pane_cell_get_id (view_fixture_get_focus_cell (fixture)), ==, id);
      slot_check_cells (fixture);
    }
  view_fixture_free (fixture);
}

/* The very first frame after a publication shows the right place already. */
static void
test_no_wrong_frame (gconstpointer view_id)
{
  ViewFixture *fixture = slot_open_view (view_id);
  guint32 id = slot_get_id (fixture, SLOT_N_ENTRIES / 2);
  g_autoptr (Look) look = NULL;

  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_settle (fixture);
  look = take_look (fixture, view_fixture_find_cell (fixture, id));
  view_fixture_publish (fixture, THAW_SORT_SIZE, FALSE, NULL);
  view_fixture_run_frames (fixture, 1);
  check_look (fixture, look);
  view_fixture_free (fixture);
}

static void
test_first_visible_stays (gconstpointer view_id)
{
  ViewFixture *fixture = slot_open_view (view_id);
  int row_height = pane_slot_view_get_row_height (PANE_SLOT_VIEW (fixture->view));
  g_autoptr (Look) look = NULL;

  /* The focus is far away, and the first row is cut. */
  pane_view_reveal (fixture->view, slot_get_id (fixture, 0), TRUE);
  view_fixture_run_frames (fixture, 2);
  slot_scroll_to_pixel (fixture, 100.0 * row_height + 7);
  look = take_look (fixture, view_fixture_get_first_cell (fixture));
  g_assert_cmpfloat (look->y, ==, -7);

  for (guint i = 0; i < 4; i++)
    {
      guint32 focus = slot_get_id (fixture, 0);

      view_fixture_publish (fixture, i % 3 + 1, i % 2, NULL);
      view_fixture_run_frames (fixture, 2);
      check_look (fixture, look);
      slot_check_cells (fixture);
      if (i == 0)
        g_assert_cmpuint (pane_folder_model_get_focus_id (fixture->model), ==, focus);
    }
  view_fixture_free (fixture);
}

static void
test_focus_out_of_sight_follows (gconstpointer view_id)
{
  ViewFixture *fixture = slot_open_view (view_id);
  int row_height = pane_slot_view_get_row_height (PANE_SLOT_VIEW (fixture->view));
  guint32 id = slot_get_id (fixture, 3);
  g_autoptr (Look) look = NULL;

  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_run_frames (fixture, 2);
  slot_scroll_to_pixel (fixture, 100.0 * row_height);
  look = take_look (fixture, view_fixture_get_first_cell (fixture));
  view_fixture_publish (fixture, THAW_SORT_SIZE, FALSE, NULL);
  view_fixture_run_frames (fixture, 2);
  g_assert_cmpuint (pane_cell_get_id (view_fixture_get_focus_cell (fixture)), ==, id);
  check_look (fixture, look);
  view_fixture_free (fixture);
}

static void
remove_entry (ViewFixture *fixture, guint32 id)
{
  thaw_entry_store_remove (fixture->store, id);
  thaw_entry_store_publish (fixture->store);
}

static void
count_row_change (PaneRow *row, gpointer count)
{
  (*(guint *) count)++;
}

/* Counts how often the rows that GTK has are pointed at other entries. */
static void
watch_row (PaneCell *cell, gpointer count)
{
  ViewFixture *fixture
      = g_object_get_data (G_OBJECT (gtk_widget_get_root (GTK_WIDGET (cell))), "fixture");
  guint slot = pane_cell_get_position (cell);
  g_autoptr (PaneRow) row = g_list_model_get_item (G_LIST_MODEL (fixture->model), slot);

  g_signal_connect (row, "changed", G_CALLBACK (count_row_change), count);
}

/* Removes @n entries from @position on, or brings as many new ones there. */
static void
change_above (ViewFixture *fixture, guint position, int n)
{
  for (int i = 0; i < -n; i++)
    remove_entry (fixture, slot_get_id (fixture, position + (guint) i));
  for (int i = 0; i < n; i++)
    {
      g_autofree char *before
          = thaw_entry_store_dup_display_name (fixture->store, slot_get_id (fixture, position));
      g_autofree char *name = g_strdup_printf ("%s %d", before, i);

      thaw_entry_store_append (fixture->store, name, strlen (name), THAW_ENTRY_FILE);
    }
  thaw_entry_store_publish (fixture->store);
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, NULL);
}

/* Files come and go above what is in sight: GTK's rows move along, none is bound to another entry
 * or drawn, and everything is right in the first frame. */
static void
test_changes_above (gconstpointer view_id)
{
  static const int changes[] = { 30, -30, 12, 48, -90, 1, 7, -1, -60 };
  ViewFixture *fixture = slot_open_view (view_id);
  guint32 id = slot_get_id (fixture, 2500);
  guint n_columns, n_changed = 0;
  g_autoptr (Look) look = NULL;

  g_object_set_data (G_OBJECT (fixture->window), "fixture", fixture);
  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_settle (fixture);
  n_columns = pane_slot_view_get_n_columns (PANE_SLOT_VIEW (fixture->view));
  look = take_look (fixture, view_fixture_find_cell (fixture, id));
  pane_slot_view_foreach_cell (PANE_SLOT_VIEW (fixture->view), watch_row, &n_changed);
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      n_changed = 0;
      change_above (fixture, 1000, changes[i]);
      g_assert_cmpint (pane_folder_model_get_shift (fixture->model),
                       ==,
                       changes[i] % (int) n_columns == 0 ? changes[i] : 0);
      g_assert_cmpuint (pane_cell_get_id (view_fixture_get_focus_cell (fixture)), ==, id);
      view_fixture_run_frames (fixture, 1);
      check_look (fixture, look);
      g_assert_cmpuint (pane_cell_get_id (view_fixture_get_focus_cell (fixture)), ==, id);
      slot_check_cells (fixture);
      if (changes[i] % (int) n_columns == 0)
        g_assert_cmpuint (n_changed, ==, 0);
    }
  view_fixture_free (fixture);
}

/* The same with the focus, and the start of a range, far above all of it. */
static void
test_changes_in_between (gconstpointer view_id)
{
  ViewFixture *fixture = slot_open_view (view_id);
  int row_height = pane_slot_view_get_row_height (PANE_SLOT_VIEW (fixture->view));
  guint n_columns = pane_slot_view_get_n_columns (PANE_SLOT_VIEW (fixture->view));
  guint32 id = slot_get_id (fixture, 3);
  g_autoptr (Look) look = NULL;

  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_run_frames (fixture, 2);
  slot_select_item (fixture, 3, FALSE, FALSE);
  slot_scroll_to_pixel (fixture, 2500.0 / n_columns * row_height + 7);
  look = take_look (fixture, view_fixture_get_first_cell (fixture));
  for (int i = 0; i < 6; i++)
    {
      int n = (i % 2 ? -10 : 8) * (int) n_columns;

      change_above (fixture, 1000, n);
      g_assert_cmpint (pane_folder_model_get_shift (fixture->model), ==, n);
      view_fixture_run_frames (fixture, 1);
      check_look (fixture, look);
      slot_check_cells (fixture);
      g_assert_cmpuint (pane_cell_get_id (view_fixture_get_focus_cell (fixture)), ==, id);
      g_assert_cmpuint (pane_folder_model_get_n_selected (fixture->model), ==, 1);
      g_assert_true (pane_folder_model_is_id_selected (fixture->model, id));
    }
  view_fixture_free (fixture);
}

/* Orders in quick succession, and a user who scrolls before the rows that have come are laid out.
 */
static void
test_changes_between_frames (gconstpointer view_id)
{
  ViewFixture *fixture = slot_open_view (view_id);
  int row_height = pane_slot_view_get_row_height (PANE_SLOT_VIEW (fixture->view));
  int n_columns = (int) pane_slot_view_get_n_columns (PANE_SLOT_VIEW (fixture->view));
  guint32 id = slot_get_id (fixture, 2500);
  g_autoptr (Look) look = NULL;
  double scroll;

  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_settle (fixture);
  look = take_look (fixture, view_fixture_find_cell (fixture, id));
  for (int i = 1; i < 5; i++)
    change_above (fixture, 1000, (i % 2 ? 9 : -5) * i * n_columns);
  view_fixture_publish (fixture, THAW_SORT_SIZE, FALSE, NULL);
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, NULL);
  change_above (fixture, 1200, 3 * n_columns);
  view_fixture_run_frames (fixture, 1);
  check_look (fixture, look);
  slot_check_cells (fixture);

  change_above (fixture, 1000, 20 * n_columns);
  scroll = slot_get_scroll (fixture) - 100.0 * row_height;
  slot_scroll_to_pixel (fixture, scroll);
  slot_check_cells (fixture);
  g_assert_null (view_fixture_find_cell (fixture, id));
  /* GTK may count the new rows in, or not. */
  g_assert_cmpfloat (ABS (slot_get_scroll (fixture) - scroll), <=, 20.0 * row_height);
  g_assert_cmpuint (pane_cell_get_id (view_fixture_get_focus_cell (fixture)), ==, id);
  view_fixture_free (fixture);
}

static void
test_deleted_focus (gconstpointer view_id)
{
  ViewFixture *fixture = slot_open_view (view_id);
  guint32 id = slot_get_id (fixture, SLOT_N_ENTRIES / 2);
  guint32 next = slot_get_id (fixture, SLOT_N_ENTRIES / 2 + 1);
  double y;

  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_settle (fixture);
  y = view_fixture_get_y (fixture, view_fixture_find_cell (fixture, id));
  remove_entry (fixture, id);
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, NULL);
  view_fixture_run_frames (fixture, 2);
  g_assert_cmpuint (pane_cell_get_id (view_fixture_get_focus_cell (fixture)), ==, next);
  g_assert_cmpfloat (view_fixture_get_y (fixture, view_fixture_find_cell (fixture, next)), ==, y);
  slot_check_cells (fixture);
  view_fixture_free (fixture);
}

/* The row that had the focus is gone with the end of the list. */
static void
test_deleted_last (gconstpointer view_id)
{
  ViewFixture *fixture = slot_open_view (view_id);
  guint32 previous = slot_get_id (fixture, SLOT_N_ENTRIES - 2);

  pane_view_reveal (fixture->view, slot_get_id (fixture, SLOT_N_ENTRIES - 1), TRUE);
  view_fixture_settle (fixture);
  remove_entry (fixture, slot_get_id (fixture, SLOT_N_ENTRIES - 1));
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, NULL);
  view_fixture_run_frames (fixture, 2);
  g_assert_cmpuint (pane_cell_get_id (view_fixture_get_focus_cell (fixture)), ==, previous);
  view_fixture_free (fixture);
}

/* A filter makes the list short; without it the focused entry's row is in a tail that GTK hasn't
 * laid out. */
static void
test_filter_and_back (gconstpointer view_id)
{
  ViewFixture *fixture = slot_open_view (view_id);
  guint32 id = slot_get_id (fixture, SLOT_N_ENTRIES / 2);
  g_autofree char *name = g_strdup (thaw_entry_store_get_name (fixture->store, id));
  gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
  g_autoptr (Look) look = NULL;
  guint first, last;

  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_settle (fixture);
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, name);
  view_fixture_settle (fixture);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->model)), <, 20);
  g_assert_cmpuint (pane_cell_get_id (view_fixture_get_focus_cell (fixture)), ==, id);
  g_assert_nonnull (view_fixture_find_cell (fixture, id));

  /* It is there in the first frame, with the few rows that there are then, and stays where it is
   * while the others are made. */
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, NULL);
  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_run_frames (fixture, 1);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->model)), <, SLOT_N_ENTRIES);
  look = take_look (fixture, view_fixture_find_cell (fixture, id));
  do
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_assert_true (pane_view_get_visible_range (fixture->view, &first, &last));
      g_assert_cmpuint (first, <=, SLOT_N_ENTRIES / 2);
      g_assert_cmpuint (last, >=, SLOT_N_ENTRIES / 2);
      check_visible_range (fixture, first, last);
      view_fixture_run_frames (fixture, 1);
      check_look (fixture, look);
      g_assert_cmpuint (pane_cell_get_id (view_fixture_get_focus_cell (fixture)), ==, id);
      slot_check_cells (fixture);
    }
  while (g_list_model_get_n_items (G_LIST_MODEL (fixture->model)) < SLOT_N_ENTRIES);
  view_fixture_settle (fixture);
  check_look (fixture, look);
  view_fixture_free (fixture);
}

/* The same for what is last of all, and with a selection: rows before it are made, too. */
static void
test_grows_at_end (gconstpointer view_id)
{
  ViewFixture *fixture = slot_open_view (view_id);
  guint32 id = slot_get_id (fixture, SLOT_N_ENTRIES - 1);
  g_autofree char *name = g_strdup (thaw_entry_store_get_name (fixture->store, id));
  g_autoptr (Look) look = NULL;

  pane_folder_model_select_id (fixture->model, id, TRUE);
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, name);
  view_fixture_settle (fixture);
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, NULL);
  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_run_frames (fixture, 1);
  look = take_look (fixture, view_fixture_find_cell (fixture, id));
  slot_select_item (fixture,
                    SLOT_N_ENTRIES - 3 - pane_folder_model_get_offset (fixture->model),
                    TRUE,
                    FALSE);
  g_assert_true (
      pane_folder_model_is_id_selected (fixture->model, slot_get_id (fixture, SLOT_N_ENTRIES - 3)));
  g_assert_cmpuint (pane_folder_model_get_n_selected (fixture->model), ==, 2);
  for (guint i = 0; i < 30; i++)
    {
      slot_check_cells (fixture);
      g_assert_cmpuint (slot_count_cells (fixture), <, 60 * (i + 1) + 60);
      view_fixture_run_frames (fixture, 1);
    }
  g_assert_cmpuint (pane_folder_model_get_offset (fixture->model), ==, 0);
  check_look (fixture, look);
  view_fixture_free (fixture);
}

/* As the above, with a scrolled view and many rows on either side: one frame is all it may take. */
static void
test_new_tail (gconstpointer view_id)
{
  ViewFixture *fixture = slot_open_view (view_id);
  guint32 id;
  g_autoptr (Look) look = NULL;

  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, "a file");
  view_fixture_settle (fixture);
  id = slot_get_id (fixture, thaw_order_get_n (pane_folder_model_get_order (fixture->model)) - 60);
  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_settle (fixture);
  look = take_look (fixture, view_fixture_find_cell (fixture, id));
  /* Last of all by descending name, where no row has been so far. */
  view_fixture_publish (fixture, THAW_SORT_NAME, TRUE, NULL);
  g_assert_cmpuint (pane_folder_model_find (fixture->model, id), >, SLOT_N_ENTRIES / 2);
  view_fixture_run_frames (fixture, 1);
  check_look (fixture, look);
  g_assert_cmpuint (pane_cell_get_id (view_fixture_get_focus_cell (fixture)), ==, id);
  slot_check_cells (fixture);
  view_fixture_free (fixture);
}

static void
test_focus_elsewhere (gconstpointer view_id)
{
  ViewFixture *fixture = slot_open_view (view_id);
  guint32 id = slot_get_id (fixture, 100);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *entry = gtk_entry_new ();

  g_object_ref (fixture->view);
  gtk_window_set_child (GTK_WINDOW (fixture->window), box);
  gtk_widget_set_vexpand (GTK_WIDGET (fixture->view), TRUE);
  gtk_box_append (GTK_BOX (box), entry);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (fixture->view));
  g_object_unref (fixture->view);
  view_fixture_run_frames (fixture, 2);
  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_run_frames (fixture, 2);
  gtk_widget_grab_focus (entry);
  view_fixture_publish (fixture, THAW_SORT_SIZE, FALSE, NULL);
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, "IMG");
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, "no such name");
  view_fixture_run_frames (fixture, 2);
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, NULL);
  view_fixture_settle (fixture);
  g_assert_true (gtk_widget_is_ancestor (gtk_root_get_focus (GTK_ROOT (fixture->window)), entry));
  /* And when it comes back it goes to the entry that had it. */
  gtk_widget_grab_focus (GTK_WIDGET (fixture->view));
  g_assert_cmpuint (pane_cell_get_id (view_fixture_get_focus_cell (fixture)), ==, id);
  view_fixture_free (fixture);
}

/* While a folder loads the first row has the focus because something must: it is no choice to be
 * followed. */
static void
test_untouched_focus (gconstpointer view_id)
{
  ViewFixture *fixture = slot_open_view (view_id);

  gtk_widget_grab_focus (GTK_WIDGET (fixture->view));
  g_assert_cmpuint (pane_cell_get_position (view_fixture_get_focus_cell (fixture)), ==, 0);
  view_fixture_publish (fixture, THAW_SORT_SIZE, TRUE, NULL);
  view_fixture_run_frames (fixture, 2);
  g_assert_cmpuint (pane_cell_get_position (view_fixture_get_focus_cell (fixture)), ==, 0);
  view_fixture_free (fixture);
}

/* The view has the focus before it has rows, as in a folder that is slow: keys must reach them. */
static void
test_focus_before_rows (gconstpointer view_id)
{
  ViewFixture *fixture
      = view_fixture_new (view_id, fixture_make_store (SLOT_N_ENTRIES, 1), 900, 500);
  PaneView *view = pane_view_registry_create (view_id);
  PaneFolderModel *model = pane_folder_model_new ();
  g_autoptr (ThawOrder) order = fixture_make_order (fixture->sorter, THAW_SORT_NAME, FALSE, NULL);

  pane_view_set_model (view, model);
  gtk_window_set_child (GTK_WINDOW (fixture->window), GTK_WIDGET (view));
  g_object_unref (fixture->model);
  fixture->model = model;
  fixture->view = view;
  view_fixture_run_frames (fixture, 2);
  gtk_widget_grab_focus (GTK_WIDGET (view));
  view_fixture_run_frames (fixture, 2);
  pane_folder_model_publish (model, order);
  view_fixture_settle (fixture);
  g_assert_nonnull (view_fixture_get_focus_cell (fixture));
  g_assert_cmpuint (pane_cell_get_position (view_fixture_get_focus_cell (fixture)), ==, 0);
  view_fixture_free (fixture);
}

/* The user scrolls between a publication and its frame: they win. */
static void
test_user_scrolls (gconstpointer view_id)
{
  ViewFixture *fixture = slot_open_view (view_id);
  int row_height = pane_slot_view_get_row_height (PANE_SLOT_VIEW (fixture->view));
  GtkWidget *scrolled = pane_slot_view_get_scrolled (PANE_SLOT_VIEW (fixture->view));
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled));
  double value;

  slot_scroll_to_pixel (fixture, 20.0 * row_height);
  view_fixture_publish (fixture, THAW_SORT_NAME, TRUE, NULL);
  value = gtk_adjustment_get_value (adjustment) - 3.0 * row_height;
  gtk_adjustment_set_value (adjustment, value);
  view_fixture_run_frames (fixture, 3);
  g_assert_cmpfloat (gtk_adjustment_get_value (adjustment), ==, value);
  view_fixture_free (fixture);
}

int
main (int argc, char **argv)
{
  static const SlotTest tests[] = {
    { "top-stays", test_top_stays },
    { "focus-stays", test_focus_stays },
    { "no-wrong-frame", test_no_wrong_frame },
    { "first-visible-stays", test_first_visible_stays },
    { "focus-out-of-sight-follows", test_focus_out_of_sight_follows },
    { "changes-above", test_changes_above },
    { "changes-in-between", test_changes_in_between },
    { "changes-between-frames", test_changes_between_frames },
    { "deleted-focus", test_deleted_focus },
    { "deleted-last", test_deleted_last },
    { "filter-and-back", test_filter_and_back },
    { "grows-at-end", test_grows_at_end },
    { "new-tail", test_new_tail },
    { "focus-elsewhere", test_focus_elsewhere },
    { "untouched-focus", test_untouched_focus },
    { "focus-before-rows", test_focus_before_rows },
    { "user-scrolls", test_user_scrolls },
  };

  return slot_run_tests (&argc, &argv, tests, G_N_ELEMENTS (tests));
}
