/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The list and a grid in a real window, checked by what is on the screen and by what GTK is told:
 * selecting, looks, and what it costs. Every test runs for a list of rows and a grid of cells, the
 * two things that slots are shown in. How they follow a change of the order is in
 * test-slot-view-follow.c.
 */

#include "slot-fixture.h"

#include <adwaita.h>

#ifdef __SANITIZE_ADDRESS__
#define N_OPENED 100
#define N_MANY 200000
#else
#define N_OPENED 1000
#define N_MANY 1000000
#endif

static guint n_get_item;
static gpointer (*real_get_item) (GListModel *model, guint position);

/* Selecting */

static void
test_selection_follows (gconstpointer view_id)
{
  ViewFixture *fixture = slot_open_view (view_id);
  guint32 id = slot_get_id (fixture, SLOT_N_ENTRIES / 2);
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
  ViewFixture *fixture = slot_open_view (view_id);
  guint32 id = slot_get_id (fixture, 1000);
  guint position;

  slot_select_item (fixture, 1000, FALSE, FALSE);
  view_fixture_publish (fixture, THAW_SORT_SIZE, FALSE, NULL);
  view_fixture_run_frames (fixture, 2);
  position = pane_folder_model_find (fixture->model, id);
  g_assert_cmpuint (position, !=, 1000);
  g_assert_cmpuint (pane_folder_model_get_n_selected (fixture->model), ==, 1);
  g_assert_true (pane_folder_model_is_id_selected (fixture->model, id));
  slot_select_item (fixture, position + 5, FALSE, TRUE);
  g_assert_cmpuint (pane_folder_model_get_n_selected (fixture->model), ==, 6);
  for (guint i = 0; i <= 5; i++)
    g_assert_true (
        pane_folder_model_is_id_selected (fixture->model, slot_get_id (fixture, position + i)));
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
  ViewFixture *fixture = slot_open_view (view_id);
  guint32 activated = THAW_NO_ENTRY;
  guint32 id = slot_get_id (fixture, 4);

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
  ViewFixture *fixture = slot_open_view (view_id);
  graphene_rect_t bounds;
  guint first, last;

  g_assert_true (pane_view_get_entry_bounds (fixture->view, slot_get_id (fixture, 2), &bounds));
  g_assert_cmpfloat (bounds.origin.y, >=, 0);
  g_assert_cmpfloat (bounds.size.height, >, 10);
  g_assert_false (pane_view_get_entry_bounds (fixture->view, slot_get_id (fixture, 3000), &bounds));
  g_assert_true (pane_view_get_visible_range (fixture->view, &first, &last));
  g_assert_cmpuint (first, ==, 0);
  g_assert_nonnull (view_fixture_find_cell (fixture, slot_get_id (fixture, last)));
  g_assert_null (view_fixture_find_cell (fixture, slot_get_id (fixture, last + 1)));
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, "no such name");
  view_fixture_run_frames (fixture, 2);
  g_assert_false (pane_view_get_visible_range (fixture->view, &first, &last));
  view_fixture_free (fixture);
}

static void
test_zoom (gconstpointer view_id)
{
  ViewFixture *fixture = slot_open_view (view_id);
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
      slot_check_cells (fixture);
    }
  pane_view_set_zoom (fixture->view, 99);
  g_assert_cmpuint (pane_view_get_zoom (fixture->view), ==, n_levels - 1);
  view_fixture_free (fixture);
}

/* The entry that one looks at stays where it is when everything gets larger. */
static void
test_zoom_keeps_place (gconstpointer view_id)
{
  ViewFixture *fixture = slot_open_view (view_id);
  guint32 id = slot_get_id (fixture, SLOT_N_ENTRIES / 2);
  double y;

  pane_view_set_zoom (fixture->view, 0);
  view_fixture_settle (fixture);
  pane_view_reveal (fixture->view, id, TRUE);
  view_fixture_settle (fixture);
  slot_scroll_to_pixel (fixture, slot_get_scroll (fixture) + SLOT_HEIGHT / 2);
  y = view_fixture_get_y (fixture, view_fixture_find_cell (fixture, id));
  g_assert_cmpfloat (y, <, SLOT_HEIGHT - 100);
  pane_view_set_zoom (fixture->view, 2);
  view_fixture_run_frames (fixture, 1);
  g_assert_cmpfloat (view_fixture_get_y (fixture, view_fixture_find_cell (fixture, id)), ==, y);
  slot_check_cells (fixture);
  /* A new order meanwhile, and a place to go to, in one go. */
  pane_view_set_zoom (fixture->view, 1);
  view_fixture_publish (fixture, THAW_SORT_SIZE, FALSE, NULL);
  id = slot_get_id (fixture, 100);
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
  ViewFixture *fixture = slot_open_view (view_id);
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
  ViewFixture *fixture = slot_open_view (view_id);
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
  ViewFixture *fixture = slot_open_view (view_id);
  GtkWidget *list = pane_slot_view_get_list (PANE_SLOT_VIEW (fixture->view));
  static const double places[] = { 0, 20010, 20800, 3010, 0 };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      guint first, last;

      slot_scroll_to_pixel (fixture, places[i]);
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
  ViewFixture *fixture
      = view_fixture_new (view_id, fixture_make_store (N_MANY, 1), SLOT_WIDTH, SLOT_HEIGHT);
  GListModelInterface *iface = G_LIST_MODEL_GET_IFACE (fixture->model);
  guint n_kept;

  view_fixture_settle (fixture);
  pane_view_reveal (fixture->view, slot_get_id (fixture, N_MANY / 2), TRUE);
  view_fixture_run_frames (fixture, 3);
  n_kept = slot_count_cells (fixture);
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

static void
add_cell (PaneCell *cell, gpointer cells)
{
  g_hash_table_add (cells, g_object_ref (cell));
}

static GHashTable *
collect_cells (ViewFixture *fixture)
{
  GHashTable *cells = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);

  pane_slot_view_foreach_cell (PANE_SLOT_VIEW (fixture->view), add_cell, cells);
  return cells;
}

static gboolean
is_known (gpointer cell, gpointer unused, gpointer before)
{
  return g_hash_table_contains (before, cell);
}

/* What a filter takes away from under the view costs hardly a new widget, wherever that was. */
static void
test_uses_cells_again (gconstpointer view_id)
{
  static const double places[] = { 0.1, 0.4, 0.7, 0.9 };
  ViewFixture *fixture = slot_open_view (view_id);
  GtkWidget *scrolled = pane_slot_view_get_scrolled (PANE_SLOT_VIEW (fixture->view));
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled));

  pane_view_reveal (fixture->view, slot_get_id (fixture, SLOT_N_ENTRIES / 2), TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autoptr (GHashTable) before = NULL, after = NULL;

      view_fixture_settle (fixture);
      slot_scroll_to_pixel (fixture, gtk_adjustment_get_upper (adjustment) * places[i]);
      view_fixture_settle (fixture);
      before = collect_cells (fixture);
      view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, "img");
      after = collect_cells (fixture);
      g_hash_table_foreach_remove (after, is_known, before);
      g_test_message ("at %g: %u cells, %u new",
                      places[i],
                      g_hash_table_size (before),
                      g_hash_table_size (after));
      g_assert_cmpuint (g_hash_table_size (after), <, g_hash_table_size (before) / 8);
      view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, NULL);
    }
  view_fixture_free (fixture);
}

/* Row widgets are made a few a frame, at the beginning and whenever a short list gets long. */
static void
test_grows_in_steps (gconstpointer view_id)
{
  ViewFixture *fixture
      = view_fixture_new (view_id, fixture_make_store (SLOT_N_ENTRIES, 1), SLOT_WIDTH, SLOT_HEIGHT);

  for (guint round = 0; round < 2; round++)
    {
      guint before = slot_count_cells (fixture);
      guint n_frames = 0;

      g_assert_cmpuint (before, <, 120);
      while (g_list_model_get_n_items (G_LIST_MODEL (fixture->model)) < SLOT_N_ENTRIES)
        {
          guint now;

          view_fixture_run_frames (fixture, 1);
          now = slot_count_cells (fixture);
          g_assert_cmpuint (now, <=, before + 60);
          before = now;
          g_assert_cmpuint (++n_frames, <, 60);
        }
      g_assert_cmpuint (n_frames, >, 2);
      view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, "Folder 3");
      /* They are taken down in steps as well: the rows in excess are blank until then. */
      g_assert_cmpuint (slot_count_cells (fixture), >, 60);
      view_fixture_run_frames (fixture, 1);
      slot_check_cells (fixture);
      view_fixture_settle (fixture);
      g_assert_cmpuint (slot_count_cells (fixture), <, 60);
      view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, NULL);
    }
  view_fixture_free (fixture);
}

/* Another view of a folder that is there already: its rows are made in steps, too. */
static void
test_switch_view (gconstpointer view_id)
{
  ViewFixture *fixture = slot_open_view ("list");
  guint before, n_frames = 0;

  gtk_window_set_child (GTK_WINDOW (fixture->window), NULL);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->model)), ==, SLOT_N_ENTRIES);
  fixture->view = pane_view_registry_create (view_id);
  pane_view_set_model (fixture->view, fixture->model);
  gtk_window_set_child (GTK_WINDOW (fixture->window), GTK_WIDGET (fixture->view));
  before = slot_count_cells (fixture);
  g_assert_cmpuint (before, <, 60);
  while (g_list_model_get_n_items (G_LIST_MODEL (fixture->model)) < SLOT_N_ENTRIES)
    {
      view_fixture_run_frames (fixture, 1);
      g_assert_cmpuint (slot_count_cells (fixture), <=, before + 60);
      before = slot_count_cells (fixture);
      g_assert_cmpuint (++n_frames, <, 60);
    }
  slot_check_cells (fixture);
  /* In the middle of growing: the next view finds all of the model. */
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, "no such name");
  view_fixture_settle (fixture);
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, NULL);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->model)), <, SLOT_N_ENTRIES);
  gtk_window_set_child (GTK_WINDOW (fixture->window), NULL);
  view_fixture_run_frames (fixture, 2);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->model)), ==, SLOT_N_ENTRIES);
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

int
main (int argc, char **argv)
{
  static const SlotTest tests[] = {
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
    { "uses-cells-again", test_uses_cells_again },
    { "grows-in-steps", test_grows_in_steps },
    { "switch-view", test_switch_view },
    { "leaks-nothing", test_leaks_nothing },
  };

  return slot_run_tests (&argc, &argv, tests, G_N_ELEMENTS (tests));
}
