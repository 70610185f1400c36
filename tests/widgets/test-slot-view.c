/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The list and the grid in a real window, checked by what is on the screen: which entry's cell is
 * where, what it is called for a screen reader, which pixels it has, and where GTK's focus is.
 * Every test runs for a list of rows and a grid of cells, the two things that slots are shown in.
 */
#include "cell-grid.h"
#include "view-fixture.h"

#include <adwaita.h>

#define N_ENTRIES 5000
#define WIDTH 900
#define HEIGHT 600
#ifdef __SANITIZE_ADDRESS__
#define N_OPENED 100
#define N_MANY 200000
#else
#define N_OPENED 1000
#define N_MANY 1000000
#endif

static guint n_get_item;
static gpointer (*real_get_item) (GListModel *model, guint position);

static ViewFixture *
open_view (gconstpointer view_id)
{
  ViewFixture *fixture
      = view_fixture_new (view_id, fixture_make_store (N_ENTRIES, 1), WIDTH, HEIGHT);

  view_fixture_settle (fixture);
  return fixture;
}

static guint32
get_id (ViewFixture *fixture, guint position)
{
  return pane_folder_model_get_id (fixture->model, position);
}

/* Scrolls by pixels, so that rows are cut at the top. */
static void
scroll_to_pixel (ViewFixture *fixture, double value)
{
  GtkWidget *scrolled = pane_slot_view_get_scrolled (PANE_SLOT_VIEW (fixture->view));

  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled)),
                            value);
  view_fixture_run_frames (fixture, 2);
}

static double
get_scroll (ViewFixture *fixture)
{
  GtkWidget *scrolled = pane_slot_view_get_scrolled (PANE_SLOT_VIEW (fixture->view));

  return gtk_adjustment_get_value (
      gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled)));
}

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

  g_assert_cmpuint (id, ==, get_id (check->fixture, pane_cell_get_position (cell)));
  if (id == THAW_NO_ENTRY || is_named_right (check->fixture, cell))
    return;
  g_assert_false (gtk_widget_get_mapped (GTK_WIDGET (cell)));
  check->n_misnamed++;
}

/* Every cell stands for the entry that the order has at its place, and is called so; off the screen
 * only after a while. */
static void
check_cells (ViewFixture *fixture)
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

static guint
count_cells (ViewFixture *fixture)
{
  guint n_cells = 0;

  pane_slot_view_foreach_cell (PANE_SLOT_VIEW (fixture->view), count_cell, &n_cells);
  return n_cells;
}

static void
select_item (ViewFixture *fixture, guint position, gboolean modify, gboolean extend)
{
  g_assert_true (
      gtk_widget_activate_action (pane_slot_view_get_list (PANE_SLOT_VIEW (fixture->view)),
                                  "list.select-item",
                                  "(ubb)",
                                  position,
                                  modify,
                                  extend));
}

/* What a host is told to be in sight are places in the order. */
static void
check_visible_range (ViewFixture *fixture, guint first, guint last)
{
  g_assert_nonnull (view_fixture_find_cell (fixture, get_id (fixture, first)));
  g_assert_nonnull (view_fixture_find_cell (fixture, get_id (fixture, last)));
}

/* Following */

static void
test_top_stays (gconstpointer view_id)
{
  ViewFixture *fixture = open_view (view_id);

  view_fixture_publish (fixture, THAW_SORT_SIZE, TRUE, NULL);
  view_fixture_run_frames (fixture, 2);
  g_assert_cmpuint (pane_cell_get_position (view_fixture_get_first_cell (fixture)), ==, 0);
  check_cells (fixture);
  view_fixture_free (fixture);
}

static void
test_focus_stays (gconstpointer view_id)
{
  ViewFixture *fixture = open_view (view_id);
  guint32 id = get_id (fixture, N_ENTRIES / 2);
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
      check_cells (fixture);
    }
  view_fixture_free (fixture);
}

/* The very first frame after a publication shows the right place already. */
static void
test_no_wrong_frame (gconstpointer view_id)
{
  ViewFixture *fixture = open_view (view_id);
  guint32 id = get_id (fixture, N_ENTRIES / 2);
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
  ViewFixture *fixture = open_view (view_id);
  int row_height = pane_slot_view_get_row_height (PANE_SLOT_VIEW (fixture->view));
  g_autoptr (Look) look = NULL;

  /* The focus is far away, and the first row is cut. */
  pane_view_reveal (fixture->view, get_id (fixture, 0), TRUE);
  view_fixture_run_frames (fixture, 2);
  scroll_to_pixel (fixture, 100.0 * row_height + 7);
  look = take_look (fixture, view_fixture_get_first_cell (fixture));
  g_assert_cmpfloat (look->y, ==, -7);

  for (guint i = 0; i < 4; i++)
    {
      guint32 focus = get_id (fixture, 0);

      view_fixture_publish (fixture, i % 3 + 1, i % 2, NULL);
      view_fixture_run_frames (fixture, 2);
      check_look (fixture, look);
      check_cells (fixture);
      if (i == 0)
        g_assert_cmpuint (pane_folder_model_get_focus_id (fixture->model), ==, focus);
    }
  view_fixture_free (fixture);
}

static void
test_focus_out_of_sight_follows (gconstpointer view_id)
{
  ViewFixture *fixture = open_view (view_id);
  int row_height = pane_slot_view_get_row_height (PANE_SLOT_VIEW (fixture->view));
  guint32 id = get_id (fixture, 3);
  g_autoptr (Look) look = NULL;

  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_run_frames (fixture, 2);
  scroll_to_pixel (fixture, 100.0 * row_height);
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
    remove_entry (fixture, get_id (fixture, position + (guint) i));
  for (int i = 0; i < n; i++)
    {
      g_autofree char *before
          = thaw_entry_store_dup_display_name (fixture->store, get_id (fixture, position));
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
  ViewFixture *fixture = open_view (view_id);
  guint32 id = get_id (fixture, 2500);
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
      check_cells (fixture);
      if (changes[i] % (int) n_columns == 0)
        g_assert_cmpuint (n_changed, ==, 0);
    }
  view_fixture_free (fixture);
}

/* The same with the focus, and the start of a range, far above all of it. */
static void
test_changes_in_between (gconstpointer view_id)
{
  ViewFixture *fixture = open_view (view_id);
  int row_height = pane_slot_view_get_row_height (PANE_SLOT_VIEW (fixture->view));
  guint n_columns = pane_slot_view_get_n_columns (PANE_SLOT_VIEW (fixture->view));
  guint32 id = get_id (fixture, 3);
  g_autoptr (Look) look = NULL;

  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_run_frames (fixture, 2);
  select_item (fixture, 3, FALSE, FALSE);
  scroll_to_pixel (fixture, 2500.0 / n_columns * row_height + 7);
  look = take_look (fixture, view_fixture_get_first_cell (fixture));
  for (int i = 0; i < 6; i++)
    {
      int n = (i % 2 ? -10 : 8) * (int) n_columns;

      change_above (fixture, 1000, n);
      g_assert_cmpint (pane_folder_model_get_shift (fixture->model), ==, n);
      view_fixture_run_frames (fixture, 1);
      check_look (fixture, look);
      check_cells (fixture);
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
  ViewFixture *fixture = open_view (view_id);
  int row_height = pane_slot_view_get_row_height (PANE_SLOT_VIEW (fixture->view));
  int n_columns = (int) pane_slot_view_get_n_columns (PANE_SLOT_VIEW (fixture->view));
  guint32 id = get_id (fixture, 2500);
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
  check_cells (fixture);

  change_above (fixture, 1000, 20 * n_columns);
  scroll = get_scroll (fixture) - 100.0 * row_height;
  scroll_to_pixel (fixture, scroll);
  check_cells (fixture);
  g_assert_null (view_fixture_find_cell (fixture, id));
  /* GTK may count the new rows in, or not. */
  g_assert_cmpfloat (ABS (get_scroll (fixture) - scroll), <=, 20.0 * row_height);
  g_assert_cmpuint (pane_cell_get_id (view_fixture_get_focus_cell (fixture)), ==, id);
  view_fixture_free (fixture);
}

static void
test_deleted_focus (gconstpointer view_id)
{
  ViewFixture *fixture = open_view (view_id);
  guint32 id = get_id (fixture, N_ENTRIES / 2);
  guint32 next = get_id (fixture, N_ENTRIES / 2 + 1);
  double y;

  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_settle (fixture);
  y = view_fixture_get_y (fixture, view_fixture_find_cell (fixture, id));
  remove_entry (fixture, id);
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, NULL);
  view_fixture_run_frames (fixture, 2);
  g_assert_cmpuint (pane_cell_get_id (view_fixture_get_focus_cell (fixture)), ==, next);
  g_assert_cmpfloat (view_fixture_get_y (fixture, view_fixture_find_cell (fixture, next)), ==, y);
  check_cells (fixture);
  view_fixture_free (fixture);
}

/* The row that had the focus is gone with the end of the list. */
static void
test_deleted_last (gconstpointer view_id)
{
  ViewFixture *fixture = open_view (view_id);
  guint32 previous = get_id (fixture, N_ENTRIES - 2);

  pane_view_reveal (fixture->view, get_id (fixture, N_ENTRIES - 1), TRUE);
  view_fixture_settle (fixture);
  remove_entry (fixture, get_id (fixture, N_ENTRIES - 1));
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
  ViewFixture *fixture = open_view (view_id);
  guint32 id = get_id (fixture, N_ENTRIES / 2);
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
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->model)), <, N_ENTRIES);
  look = take_look (fixture, view_fixture_find_cell (fixture, id));
  do
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_assert_true (pane_view_get_visible_range (fixture->view, &first, &last));
      g_assert_cmpuint (first, <=, N_ENTRIES / 2);
      g_assert_cmpuint (last, >=, N_ENTRIES / 2);
      check_visible_range (fixture, first, last);
      view_fixture_run_frames (fixture, 1);
      check_look (fixture, look);
      g_assert_cmpuint (pane_cell_get_id (view_fixture_get_focus_cell (fixture)), ==, id);
      check_cells (fixture);
    }
  while (g_list_model_get_n_items (G_LIST_MODEL (fixture->model)) < N_ENTRIES);
  view_fixture_settle (fixture);
  check_look (fixture, look);
  view_fixture_free (fixture);
}

/* The same for what is last of all, and with a selection: rows before it are made, too. */
static void
test_grows_at_end (gconstpointer view_id)
{
  ViewFixture *fixture = open_view (view_id);
  guint32 id = get_id (fixture, N_ENTRIES - 1);
  g_autofree char *name = g_strdup (thaw_entry_store_get_name (fixture->store, id));
  g_autoptr (Look) look = NULL;

  pane_folder_model_select_id (fixture->model, id, TRUE);
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, name);
  view_fixture_settle (fixture);
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, NULL);
  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_run_frames (fixture, 1);
  look = take_look (fixture, view_fixture_find_cell (fixture, id));
  select_item (fixture, N_ENTRIES - 3 - pane_folder_model_get_offset (fixture->model), TRUE, FALSE);
  g_assert_true (
      pane_folder_model_is_id_selected (fixture->model, get_id (fixture, N_ENTRIES - 3)));
  g_assert_cmpuint (pane_folder_model_get_n_selected (fixture->model), ==, 2);
  for (guint i = 0; i < 30; i++)
    {
      check_cells (fixture);
      g_assert_cmpuint (count_cells (fixture), <, 60 * (i + 1) + 60);
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
  ViewFixture *fixture = open_view (view_id);
  guint32 id;
  g_autoptr (Look) look = NULL;

  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, "a file");
  view_fixture_settle (fixture);
  id = get_id (fixture, thaw_order_get_n (pane_folder_model_get_order (fixture->model)) - 60);
  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_settle (fixture);
  look = take_look (fixture, view_fixture_find_cell (fixture, id));
  /* Last of all by descending name, where no row has been so far. */
  view_fixture_publish (fixture, THAW_SORT_NAME, TRUE, NULL);
  g_assert_cmpuint (pane_folder_model_find (fixture->model, id), >, N_ENTRIES / 2);
  view_fixture_run_frames (fixture, 1);
  check_look (fixture, look);
  g_assert_cmpuint (pane_cell_get_id (view_fixture_get_focus_cell (fixture)), ==, id);
  check_cells (fixture);
  view_fixture_free (fixture);
}

static void
test_focus_elsewhere (gconstpointer view_id)
{
  ViewFixture *fixture = open_view (view_id);
  guint32 id = get_id (fixture, 100);
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
  ViewFixture *fixture = open_view (view_id);

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
  ViewFixture *fixture = view_fixture_new (view_id, fixture_make_store (N_ENTRIES, 1), 900, 500);
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
  ViewFixture *fixture = open_view (view_id);
  int row_height = pane_slot_view_get_row_height (PANE_SLOT_VIEW (fixture->view));
  GtkWidget *scrolled = pane_slot_view_get_scrolled (PANE_SLOT_VIEW (fixture->view));
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled));
  double value;

  scroll_to_pixel (fixture, 20.0 * row_height);
  view_fixture_publish (fixture, THAW_SORT_NAME, TRUE, NULL);
  value = gtk_adjustment_get_value (adjustment) - 3.0 * row_height;
  gtk_adjustment_set_value (adjustment, value);
  view_fixture_run_frames (fixture, 3);
  g_assert_cmpfloat (gtk_adjustment_get_value (adjustment), ==, value);
  view_fixture_free (fixture);
}

/* Selecting */

static void
test_selection_follows (gconstpointer view_id)
{
  ViewFixture *fixture = open_view (view_id);
  guint32 id = get_id (fixture, N_ENTRIES / 2);
  PaneCell *cell;

  pane_folder_model_select_id (fixture->model, id, TRUE);
  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_settle (fixture);
  view_fixture_publish (fixture, THAW_SORT_SIZE, FALSE, NULL);
  view_fixture_run_frames (fixture, 2);
  cell = view_fixture_find_cell (fixture, id);
  g_assert_true (gtk_widget_get_state_flags (gtk_widget_get_parent (GTK_WIDGET (cell)))
                 & GTK_STATE_FLAG_SELECTED);
  g_assert_null (
      gtk_test_accessible_check_state (GTK_ACCESSIBLE (gtk_widget_get_parent (GTK_WIDGET (cell))),
                                       GTK_ACCESSIBLE_STATE_SELECTED,
                                       TRUE));
  g_assert_cmpuint (pane_folder_model_get_n_selected (fixture->model), ==, 1);
  view_fixture_free (fixture);
}

/* Shift and a click, after the order has changed: from the entry that was clicked, not from its old
 * row. */
static void
test_range_follows (gconstpointer view_id)
{
  ViewFixture *fixture = open_view (view_id);
  guint32 id = get_id (fixture, 1000);
  guint position;

  select_item (fixture, 1000, FALSE, FALSE);
  view_fixture_publish (fixture, THAW_SORT_SIZE, FALSE, NULL);
  view_fixture_run_frames (fixture, 2);
  position = pane_folder_model_find (fixture->model, id);
  g_assert_cmpuint (position, !=, 1000);
  g_assert_cmpuint (pane_folder_model_get_n_selected (fixture->model), ==, 1);
  g_assert_true (pane_folder_model_is_id_selected (fixture->model, id));
  select_item (fixture, position + 5, FALSE, TRUE);
  g_assert_cmpuint (pane_folder_model_get_n_selected (fixture->model), ==, 6);
  for (guint i = 0; i <= 5; i++)
    g_assert_true (
        pane_folder_model_is_id_selected (fixture->model, get_id (fixture, position + i)));
  view_fixture_free (fixture);
}

static void
activated_cb (PaneView *view, guint32 id, guint32 *activated)
{
  *activated = id;
}

static void
test_activate (gconstpointer view_id)
{
  ViewFixture *fixture = open_view (view_id);
  guint32 activated = THAW_NO_ENTRY;
  guint32 id = get_id (fixture, 4);

  g_signal_connect (fixture->view, "activate", G_CALLBACK (activated_cb), &activated);
  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_run_frames (fixture, 1);
  g_assert_true (gtk_widget_activate (gtk_root_get_focus (GTK_ROOT (fixture->window))));
  g_assert_cmpuint (activated, ==, id);
  view_fixture_free (fixture);
}

/* Looks */

static void
test_bounds (gconstpointer view_id)
{
  ViewFixture *fixture = open_view (view_id);
  graphene_rect_t bounds;
  guint first, last;

  g_assert_true (pane_view_get_entry_bounds (fixture->view, get_id (fixture, 2), &bounds));
  g_assert_cmpfloat (bounds.origin.y, >=, 0);
  g_assert_cmpfloat (bounds.size.height, >, 10);
  g_assert_false (pane_view_get_entry_bounds (fixture->view, get_id (fixture, 3000), &bounds));
  g_assert_true (pane_view_get_visible_range (fixture->view, &first, &last));
  g_assert_cmpuint (first, ==, 0);
  g_assert_nonnull (view_fixture_find_cell (fixture, get_id (fixture, last)));
  g_assert_null (view_fixture_find_cell (fixture, get_id (fixture, last + 1)));
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, "no such name");
  view_fixture_run_frames (fixture, 2);
  g_assert_false (pane_view_get_visible_range (fixture->view, &first, &last));
  view_fixture_free (fixture);
}

static void
test_zoom (gconstpointer view_id)
{
  ViewFixture *fixture = open_view (view_id);
  guint n_levels = pane_view_get_n_zoom_levels (fixture->view);
  int before = 0;

  g_assert_cmpuint (n_levels, >=, 3);
  for (guint i = 0; i < n_levels; i++)
    {
      int row_height;

      pane_view_set_zoom (fixture->view, i);
      view_fixture_run_frames (fixture, 3);
      row_height = pane_slot_view_get_row_height (PANE_SLOT_VIEW (fixture->view));
      g_assert_cmpint (row_height, >, before);
      before = row_height;
      check_cells (fixture);
    }
  pane_view_set_zoom (fixture->view, 99);
  g_assert_cmpuint (pane_view_get_zoom (fixture->view), ==, n_levels - 1);
  view_fixture_free (fixture);
}

/* The entry that one looks at stays where it is when everything gets larger. */
static void
test_zoom_keeps_place (gconstpointer view_id)
{
  ViewFixture *fixture = open_view (view_id);
  guint32 id = get_id (fixture, N_ENTRIES / 2);
  double y;

  pane_view_set_zoom (fixture->view, 0);
  view_fixture_settle (fixture);
  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_settle (fixture);
  scroll_to_pixel (fixture, get_scroll (fixture) + HEIGHT / 2);
  y = view_fixture_get_y (fixture, view_fixture_find_cell (fixture, id));
  g_assert_cmpfloat (y, <, HEIGHT - 100);
  pane_view_set_zoom (fixture->view, 2);
  view_fixture_run_frames (fixture, 1);
  g_assert_cmpfloat (view_fixture_get_y (fixture, view_fixture_find_cell (fixture, id)), ==, y);
  check_cells (fixture);
  /* A new order meanwhile, and a place to go to, in one go. */
  pane_view_set_zoom (fixture->view, 1);
  view_fixture_publish (fixture, THAW_SORT_SIZE, FALSE, NULL);
  id = get_id (fixture, 100);
  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_settle (fixture);
  g_assert_nonnull (view_fixture_find_cell (fixture, id));
  g_assert_cmpuint (pane_cell_get_id (view_fixture_get_focus_cell (fixture)), ==, id);
  view_fixture_free (fixture);
}

/* Text is drawn by us: in the colour that the style has at the moment. */
static void
test_dark (gconstpointer view_id)
{
  ViewFixture *fixture = open_view (view_id);
  AdwStyleManager *style = adw_style_manager_get_default ();
  PaneCell *cell = view_fixture_get_first_cell (fixture);
  g_autoptr (GBytes) light = view_fixture_paint (fixture, GTK_WIDGET (cell));
  g_autoptr (GBytes) dark = NULL;
  g_autoptr (GBytes) again = NULL;

  adw_style_manager_set_color_scheme (style, ADW_COLOR_SCHEME_FORCE_DARK);
  view_fixture_settle (fixture);
  dark = view_fixture_paint (fixture, GTK_WIDGET (cell));
  g_assert_false (g_bytes_equal (light, dark));
  adw_style_manager_set_color_scheme (style, ADW_COLOR_SCHEME_DEFAULT);
  view_fixture_settle (fixture);
  again = view_fixture_paint (fixture, GTK_WIDGET (cell));
  g_assert_true (g_bytes_equal (light, again));
  view_fixture_free (fixture);
}

/* Hidden and cut ones are fainter. */
static void
test_dimmed (gconstpointer view_id)
{
  ViewFixture *fixture = open_view (view_id);
  PaneCell *cell = view_fixture_get_first_cell (fixture);
  guint32 id = pane_cell_get_id (cell);
  g_autoptr (GBytes) before = view_fixture_paint (fixture, GTK_WIDGET (cell));
  g_autoptr (GBytes) cut = NULL;
  g_autoptr (GBytes) after = NULL;

  pane_folder_model_set_cut_ids (fixture->model, &id, 1);
  g_assert_true (pane_cell_is_dimmed (cell));
  view_fixture_run_frames (fixture, 2);
  cut = view_fixture_paint (fixture, GTK_WIDGET (cell));
  g_assert_false (g_bytes_equal (before, cut));
  pane_folder_model_set_cut_ids (fixture->model, NULL, 0);
  view_fixture_run_frames (fixture, 2);
  after = view_fixture_paint (fixture, GTK_WIDGET (cell));
  g_assert_true (g_bytes_equal (before, after));
  view_fixture_free (fixture);
}

static guint
get_item_position (GtkAccessible *item)
{
  return pane_cell_get_position (PANE_CELL (gtk_widget_get_first_child (GTK_WIDGET (item))));
}

/* How often a screen reader is shown the row of @position: not those that the list hides. */
static guint
count_accessible (GtkWidget *list, guint position)
{
  GtkAccessible *child = gtk_accessible_get_first_accessible_child (GTK_ACCESSIBLE (list));
  guint n = 0;

  while (child != NULL)
    {
      GtkAccessible *next = gtk_accessible_get_next_accessible_sibling (child);

      n += gtk_widget_get_mapped (GTK_WIDGET (child)) && get_item_position (child) == position;
      g_object_unref (child);
      child = next;
    }
  return n;
}

/* It finds all that is in sight, wherever the view is, although the list doesn't begin with those
 * rows that it hides. */
static void
test_accessible_children (gconstpointer view_id)
{
  ViewFixture *fixture = open_view (view_id);
  GtkWidget *list = pane_slot_view_get_list (PANE_SLOT_VIEW (fixture->view));
  static const double places[] = { 0, 20010, 20800, 3010, 0 };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      guint first, last;

      scroll_to_pixel (fixture, places[i]);
      g_assert_true (pane_view_get_visible_range (fixture->view, &first, &last));
      for (guint position = first; position <= last; position++)
        g_assert_cmpuint (count_accessible (list, position), ==, 1);
      g_assert_cmpuint (count_accessible (list, last + 100), ==, 0);
    }
  view_fixture_free (fixture);
}

/* Costs */

static gpointer
counted_get_item (GListModel *model, guint position)
{
  n_get_item++;
  return real_get_item (model, position);
}

/* A million rows: no call may look at more than the rows that GTK holds, whatever is published. */
static void
test_never_scans (gconstpointer view_id)
{
  ViewFixture *fixture = view_fixture_new (view_id, fixture_make_store (N_MANY, 1), WIDTH, HEIGHT);
  GListModelInterface *iface = G_LIST_MODEL_GET_IFACE (fixture->model);
  guint n_kept;

  view_fixture_settle (fixture);
  pane_view_reveal (fixture->view, get_id (fixture, N_MANY / 2), TRUE);
  view_fixture_run_frames (fixture, 3);
  n_kept = count_cells (fixture);
  g_assert_cmpuint (n_kept, <, 600);
  real_get_item = iface->get_item;
  iface->get_item = counted_get_item;

  n_get_item = 0;
  view_fixture_publish (fixture, THAW_SORT_SIZE, FALSE, NULL);
  view_fixture_run_frames (fixture, 2);
  g_assert_cmpuint (n_get_item, <, 3 * n_kept);
  n_get_item = 0;
  gtk_selection_model_select_all (GTK_SELECTION_MODEL (fixture->model));
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, "IMG");
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, NULL);
  view_fixture_run_frames (fixture, 30);
  g_assert_cmpuint (n_get_item, <, 6 * n_kept);

  iface->get_item = real_get_item;
  view_fixture_free (fixture);
}

/* Row widgets are made a few a frame, at the beginning and whenever a short list gets long. */
static void
test_grows_in_steps (gconstpointer view_id)
{
  ViewFixture *fixture
      = view_fixture_new (view_id, fixture_make_store (N_ENTRIES, 1), WIDTH, HEIGHT);

  for (guint round = 0; round < 2; round++)
    {
      guint before = count_cells (fixture);
      guint n_frames = 0;

      g_assert_cmpuint (before, <, 120);
      while (g_list_model_get_n_items (G_LIST_MODEL (fixture->model)) < N_ENTRIES)
        {
          guint now;

          view_fixture_run_frames (fixture, 1);
          now = count_cells (fixture);
          g_assert_cmpuint (now, <=, before + 60);
          before = now;
          g_assert_cmpuint (++n_frames, <, 60);
        }
      g_assert_cmpuint (n_frames, >, 2);
      view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, "Folder 3");
      /* They are taken down in steps as well: the rows in excess are blank until then. */
      g_assert_cmpuint (count_cells (fixture), >, 60);
      view_fixture_run_frames (fixture, 1);
      check_cells (fixture);
      view_fixture_settle (fixture);
      g_assert_cmpuint (count_cells (fixture), <, 60);
      view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, NULL);
    }
  view_fixture_free (fixture);
}

/* Another view of a folder that is there already: its rows are made in steps, too. */
static void
test_switch_view (gconstpointer view_id)
{
  ViewFixture *fixture = open_view ("list");
  guint before, n_frames = 0;

  gtk_window_set_child (GTK_WINDOW (fixture->window), NULL);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->model)), ==, N_ENTRIES);
  fixture->view = pane_view_registry_create (view_id);
  pane_view_set_model (fixture->view, fixture->model);
  gtk_window_set_child (GTK_WINDOW (fixture->window), GTK_WIDGET (fixture->view));
  before = count_cells (fixture);
  g_assert_cmpuint (before, <, 60);
  while (g_list_model_get_n_items (G_LIST_MODEL (fixture->model)) < N_ENTRIES)
    {
      view_fixture_run_frames (fixture, 1);
      g_assert_cmpuint (count_cells (fixture), <=, before + 60);
      before = count_cells (fixture);
      g_assert_cmpuint (++n_frames, <, 60);
    }
  check_cells (fixture);
  /* In the middle of growing: the next view finds all of the model. */
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, "no such name");
  view_fixture_settle (fixture);
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, NULL);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->model)), <, N_ENTRIES);
  gtk_window_set_child (GTK_WINDOW (fixture->window), NULL);
  view_fixture_run_frames (fixture, 2);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->model)), ==, N_ENTRIES);
  view_fixture_free (fixture);
}

static void
test_leaks_nothing (gconstpointer view_id)
{
  GtkWidget *window = gtk_window_new ();
  ThawEntryStore *store = fixture_make_store (100, 1);
  ThawSorter *sorter = fixture_make_sorter (store);
  g_autoptr (ThawOrder) order = thaw_sorter_make (sorter);
  g_autoptr (ThawOrder) other = fixture_make_order (sorter, THAW_SORT_SIZE, FALSE, NULL);

  gtk_window_present (GTK_WINDOW (window));
  for (guint i = 0; i < N_OPENED; i++)
    {
      PaneView *view = pane_view_registry_create (view_id);
      PaneFolderModel *model = pane_folder_model_new ();

      g_object_add_weak_pointer (G_OBJECT (view), (gpointer *) &view);
      pane_view_set_model (view, model);
      gtk_window_set_child (GTK_WINDOW (window), GTK_WIDGET (view));
      pane_folder_model_publish (model, order);
      /* In the middle of growing, with a place to be restored, or right away. */
      if (i % 10 == 0)
        g_main_context_iteration (NULL, FALSE);
      pane_folder_model_publish (model, other);
      pane_view_reveal (view, pane_folder_model_get_id (model, 99), i % 2);
      gtk_window_set_child (GTK_WINDOW (window), NULL);
      g_assert_null (view);
      g_assert_finalize_object (model);
    }
  gtk_window_destroy (GTK_WINDOW (window));
  thaw_sorter_free (sorter);
  thaw_entry_store_unref (store);
}

static void
add_tests (const char *view_id)
{
  static const struct {
    const char *name;
    GTestDataFunc func;
  } tests[] = {
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
    { "selection-follows", test_selection_follows },
    { "range-follows", test_range_follows },
    { "activate", test_activate },
    { "bounds", test_bounds },
    { "zoom", test_zoom },
    { "zoom-keeps-place", test_zoom_keeps_place },
    { "dark", test_dark },
    { "dimmed", test_dimmed },
    { "accessible-children", test_accessible_children },
    { "never-scans", test_never_scans },
    { "grows-in-steps", test_grows_in_steps },
    { "switch-view", test_switch_view },
    { "leaks-nothing", test_leaks_nothing },
  };

  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strdup_printf ("/slot-view/%s/%s", view_id, tests[i].name);

      g_test_add_data_func (path, view_id, tests[i].func);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  test_cell_grid_register ();
  /* What the others have of the base is the same. */
  add_tests ("list");
  add_tests ("cell-grid");
  return g_test_run ();
}
