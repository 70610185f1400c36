/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What only the list view has: a header that sorts, resizes, hides columns and is mirrored; and
 * what a pointer and a keyboard do to a view, with real events. Those come from xdotool and are
 * skipped where it isn't installed.
 */
#include "cell-grid.h"
#include "view-user.h"

#include <adwaita.h>

#define N_ENTRIES 500
#define N_COLUMNS 4

/* The header's buttons in the order of columns, those that are shown. */
static guint
find_titles (ViewFixture *fixture, GtkWidget *titles[N_COLUMNS])
{
  GtkWidget *header = gtk_widget_get_first_child (GTK_WIDGET (fixture->view));
  guint n = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (header); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      g_assert_cmpuint (n, <, N_COLUMNS);
      g_assert_cmpint (gtk_accessible_get_accessible_role (GTK_ACCESSIBLE (child)),
                       ==,
                       GTK_ACCESSIBLE_ROLE_COLUMN_HEADER);
      if (gtk_widget_get_mapped (child))
        titles[n++] = child;
    }
  return n;
}

static double
get_x (ViewFixture *fixture, GtkWidget *widget)
{
  graphene_rect_t bounds;

  g_assert_true (gtk_widget_compute_bounds (widget, GTK_WIDGET (fixture->view), &bounds));
  return bounds.origin.x;
}

static void
check_title (GtkWidget *title, const char *label, GtkAccessibleSort sort)
{
  g_autofree char *wrong_label = gtk_test_accessible_check_property (GTK_ACCESSIBLE (title),
                                                                     GTK_ACCESSIBLE_PROPERTY_LABEL,
                                                                     label);
  g_autofree char *wrong_sort = gtk_test_accessible_check_property (GTK_ACCESSIBLE (title),
                                                                    GTK_ACCESSIBLE_PROPERTY_SORT,
                                                                    sort);

  g_assert_cmpstr (wrong_label, ==, NULL);
  g_assert_cmpstr (wrong_sort, ==, NULL);
}

static void
test_columns (void)
{
  static const int widths[] = { 1200, 900, 560, 360, 200 };
  static const guint n_shown[] = { 4, 4, 3, 2, 1 };

  for (guint i = 0; i < G_N_ELEMENTS (widths); i++)
    {
      ViewFixture *fixture
          = view_fixture_new ("list", fixture_make_store (N_ENTRIES, 1), widths[i], 500);
      GtkWidget *titles[N_COLUMNS];

      view_fixture_settle (fixture);
      g_assert_cmpuint (find_titles (fixture, titles), ==, n_shown[i]);
      g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (fixture->view)), ==, widths[i]);
      check_title (titles[0], "Name", GTK_ACCESSIBLE_SORT_ASCENDING);
      if (n_shown[i] > 1)
        check_title (titles[1], "Size", GTK_ACCESSIBLE_SORT_NONE);
      view_fixture_free (fixture);
    }
}

typedef struct {
  guint n_sorts;
  guint column;
  gboolean descending;
} Sort;

static void
sort_cb (PaneView *view, guint column, gboolean descending, Sort *sort)
{
  sort->n_sorts++;
  sort->column = column;
  sort->descending = descending;
}

static void
click_title (ViewFixture *fixture, guint i)
{
  GtkWidget *titles[N_COLUMNS];

  g_assert_cmpuint (find_titles (fixture, titles), >, i);
  g_signal_emit_by_name (titles[i], "clicked");
}

static void
test_sort (void)
{
  ViewFixture *fixture = view_fixture_new ("list", fixture_make_store (N_ENTRIES, 1), 900, 500);
  GtkWidget *titles[N_COLUMNS];
  Sort sort = { 0 };

  g_signal_connect (fixture->view, "sort", G_CALLBACK (sort_cb), &sort);
  click_title (fixture, 0);
  g_assert_cmpuint (sort.column, ==, THAW_SORT_NAME);
  g_assert_true (sort.descending);
  click_title (fixture, 1);
  g_assert_cmpuint (sort.column, ==, THAW_SORT_SIZE);
  g_assert_true (sort.descending);
  click_title (fixture, 2);
  g_assert_cmpuint (sort.column, ==, THAW_SORT_TYPE);
  g_assert_false (sort.descending);
  g_assert_cmpuint (sort.n_sorts, ==, 3);

  /* It only asks: the arrow follows the model. */
  find_titles (fixture, titles);
  check_title (titles[0], "Name", GTK_ACCESSIBLE_SORT_ASCENDING);
  view_fixture_publish (fixture, THAW_SORT_SIZE, TRUE, NULL);
  check_title (titles[0], "Name", GTK_ACCESSIBLE_SORT_NONE);
  check_title (titles[1], "Size", GTK_ACCESSIBLE_SORT_DESCENDING);
  click_title (fixture, 1);
  g_assert_false (sort.descending);
  view_fixture_free (fixture);
}

/* Right to left: columns from the right, icons too. */
static void
test_rtl (void)
{
  ViewFixture *fixture;
  GtkWidget *titles[N_COLUMNS];
  g_autoptr (GBytes) rtl = NULL;
  g_autoptr (GBytes) ltr = NULL;

  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  fixture = view_fixture_new ("list", fixture_make_store (N_ENTRIES, 1), 900, 500);
  view_fixture_settle (fixture);
  g_assert_cmpuint (find_titles (fixture, titles), ==, N_COLUMNS);
  for (guint i = 1; i < N_COLUMNS; i++)
    g_assert_cmpfloat (get_x (fixture, titles[i]), <, get_x (fixture, titles[i - 1]));
  rtl = view_fixture_paint (fixture, GTK_WIDGET (view_fixture_get_first_cell (fixture)));
  view_fixture_free (fixture);

  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  fixture = view_fixture_new ("list", fixture_make_store (N_ENTRIES, 1), 900, 500);
  view_fixture_settle (fixture);
  g_assert_cmpuint (find_titles (fixture, titles), ==, N_COLUMNS);
  for (guint i = 1; i < N_COLUMNS; i++)
    g_assert_cmpfloat (get_x (fixture, titles[i]), >, get_x (fixture, titles[i - 1]));
  ltr = view_fixture_paint (fixture, GTK_WIDGET (view_fixture_get_first_cell (fixture)));
  g_assert_false (g_bytes_equal (rtl, ltr));
  view_fixture_free (fixture);
}

static GtkEventController *
find_drag_source (ViewFixture *fixture)
{
  GtkWidget *list = pane_slot_view_get_list (PANE_SLOT_VIEW (fixture->view));
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (list);

  for (guint i = 0;; i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      g_assert_nonnull (controller);
      if (GTK_IS_DRAG_SOURCE (controller))
        return controller; /* the list's */
    }
}

/* GTK writes into a drag source for 100 ms after a press, even when the list is gone. */
static void
test_drag_source (gconstpointer view_id)
{
  ViewFixture *fixture = view_fixture_new (view_id, fixture_make_store (N_ENTRIES, 1), 900, 500);
  GtkEventController *source = find_drag_source (fixture);
  gint64 freed_usec, end_usec;

  g_object_add_weak_pointer (G_OBJECT (source), (gpointer *) &source);
  view_fixture_free (fixture);
  freed_usec = g_get_monotonic_time ();
  end_usec = freed_usec + 5 * G_USEC_PER_SEC;
  while (source != NULL && g_get_monotonic_time () < end_usec)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (1000);
  g_assert_null (source);
  g_assert_cmpint (g_get_monotonic_time () - freed_usec, >=, 100000);
}

/* Real events */

static ViewFixture *
open_view (const char *view_id)
{
  ViewFixture *fixture = view_fixture_new (view_id, fixture_make_store (N_ENTRIES, 1), 900, 500);

  view_fixture_settle (fixture);
  view_user_face (fixture);
  return fixture;
}

/* Where the window has the middle of an entry's cell, for xdotool. */
static char *
format_place (ViewFixture *fixture, guint position, const char *format)
{
  graphene_rect_t bounds;
  graphene_point_t middle;

  g_assert_true (pane_view_get_entry_bounds (fixture->view,
                                             pane_folder_model_get_id (fixture->model, position),
                                             &bounds));
  graphene_rect_get_center (&bounds, &middle);
  return g_strdup_printf (format, (int) middle.x, (int) middle.y);
}

static void
point_at (ViewFixture *fixture, guint position)
{
  view_user_point_at (fixture, pane_folder_model_get_id (fixture->model, position), -1, "");
}

static gboolean
is_selected (ViewFixture *fixture, guint first, guint last)
{
  for (guint i = 0; i < 20; i++)
    {
      guint32 id = pane_folder_model_get_id (fixture->model, i);

      if (pane_folder_model_is_id_selected (fixture->model, id) != (i >= first && i <= last))
        return FALSE;
    }
  return TRUE;
}

static void
activated_cb (PaneView *view, guint32 id, guint32 *activated)
{
  *activated = id;
}

static void
test_pointer (gconstpointer view_id)
{
  ViewFixture *fixture;
  guint32 activated = THAW_NO_ENTRY;

  if (!view_user_is_here ())
    return;
  fixture = open_view (view_id);
  g_signal_connect (fixture->view, "activate", G_CALLBACK (activated_cb), &activated);
  point_at (fixture, 2);
  view_user_do (fixture, "click 1");
  view_user_wait_until (fixture, is_selected (fixture, 2, 2));
  point_at (fixture, 5);
  view_user_do (fixture, "keydown shift click 1 keyup shift");
  view_user_wait_until (fixture, is_selected (fixture, 2, 5));
  point_at (fixture, 6);
  view_user_do (fixture, "keydown ctrl click 1 keyup ctrl");
  view_user_wait_until (fixture, is_selected (fixture, 2, 6));
  g_assert_cmpuint (activated, ==, THAW_NO_ENTRY);
  point_at (fixture, 3);
  view_user_do (fixture, "click --repeat 2 --delay 50 1");
  view_user_wait_until (fixture, activated == pane_folder_model_get_id (fixture->model, 3));
  view_user_wait_until (fixture, is_selected (fixture, 3, 3));
  view_fixture_free (fixture);
}

static void
test_rubber_band (gconstpointer view_id)
{
  ViewFixture *fixture;
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;
  g_autofree char *drag = NULL;

  if (!view_user_is_here ())
    return;
  fixture = open_view (view_id);
  from = format_place (fixture, 1, "mousemove %d %d");
  to = format_place (fixture, 4, "mousemove %d %d");
  view_user_do (fixture, from);
  drag = g_strdup_printf ("mousedown 1 mousemove_relative 12 5 %s mousemove_relative 2 2", to);
  view_user_do (fixture, drag);
  view_user_do (fixture, "mouseup 1");
  view_user_wait_until (fixture, is_selected (fixture, 1, 4));
  view_user_wait_until (fixture, pane_folder_model_get_n_selected (fixture->model) == 4);
  view_fixture_free (fixture);
}

typedef struct {
  guint n_menus;
  guint32 id;
  double x, y;
} Menu;

static void
menu_cb (PaneView *view, guint32 id, double x, double y, Menu *menu)
{
  menu->n_menus++;
  menu->id = id;
  menu->x = x;
  menu->y = y;
}

static void
test_menu (gconstpointer view_id)
{
  ViewFixture *fixture;
  graphene_rect_t bounds;
  Menu menu = { 0 };

  if (!view_user_is_here ())
    return;
  fixture = open_view (view_id);
  g_signal_connect (fixture->view, "menu", G_CALLBACK (menu_cb), &menu);
  point_at (fixture, 3);
  view_user_do (fixture, "click 3");
  view_user_wait_until (fixture, menu.n_menus == 1);
  g_assert_cmpuint (menu.id, ==, pane_folder_model_get_id (fixture->model, 3));
  g_assert_true (pane_view_get_entry_bounds (fixture->view, menu.id, &bounds));
  g_assert_true (
      graphene_rect_contains_point (&bounds,
                                    &GRAPHENE_POINT_INIT ((float) menu.x, (float) menu.y)));
  view_user_wait_until (fixture, is_selected (fixture, 3, 3));

  /* On something selected: all of that. */
  gtk_selection_model_select_range (GTK_SELECTION_MODEL (fixture->model), 2, 3, TRUE);
  view_user_do (fixture, "click 3");
  view_user_wait_until (fixture, menu.n_menus == 2);
  view_user_wait_until (fixture, is_selected (fixture, 2, 4));

  /* By keyboard: at the focused entry. */
  view_user_do (fixture, "key shift+F10");
  view_user_wait_until (fixture, menu.n_menus == 3);
  g_assert_cmpuint (menu.id, ==, pane_folder_model_get_id (fixture->model, 3));
  view_user_do (fixture, "key Menu");
  view_user_wait_until (fixture, menu.n_menus == 4);
  view_user_wait_until (fixture, is_selected (fixture, 2, 4));

  /* Beside all entries: the folder itself. */
  view_fixture_publish (fixture, THAW_SORT_NAME, FALSE, "Folder 3");
  view_fixture_settle (fixture);
  view_user_do (fixture, "mousemove 450 450 click 3");
  view_user_wait_until (fixture, menu.n_menus == 5);
  g_assert_cmpuint (menu.id, ==, THAW_NO_ENTRY);
  view_user_wait_until (fixture, pane_folder_model_get_n_selected (fixture->model) == 0);
  view_fixture_free (fixture);
}

static guint
get_focus_position (ViewFixture *fixture)
{
  PaneCell *cell = view_fixture_get_focus_cell (fixture);

  return cell != NULL ? pane_cell_get_position (cell) : GTK_INVALID_LIST_POSITION;
}

static void
test_keyboard (gconstpointer view_id)
{
  ViewFixture *fixture;
  guint32 activated = THAW_NO_ENTRY;
  guint page;

  if (!view_user_is_here ())
    return;
  fixture = open_view (view_id);
  g_signal_connect (fixture->view, "activate", G_CALLBACK (activated_cb), &activated);
  pane_view_reveal (fixture->view, pane_folder_model_get_id (fixture->model, 0), TRUE);
  view_fixture_run_frames (fixture, 2);
  view_user_do (fixture, "key End");
  view_user_wait_until (fixture, get_focus_position (fixture) == N_ENTRIES - 1);
  g_assert_nonnull (
      view_fixture_find_cell (fixture, pane_folder_model_get_id (fixture->model, N_ENTRIES - 1)));
  view_user_do (fixture, "key Home");
  view_user_wait_until (fixture, get_focus_position (fixture) == 0);
  view_user_do (fixture, "key Page_Down");
  view_user_wait_until (fixture, get_focus_position (fixture) > 5);
  page = get_focus_position (fixture);
  g_assert_cmpuint (pane_folder_model_get_focus_id (fixture->model),
                    ==,
                    pane_folder_model_get_id (fixture->model, page));
  view_user_do (fixture, "key Page_Up");
  view_user_wait_until (fixture, get_focus_position (fixture) == 0);
  view_user_do (fixture, "key ctrl+a");
  view_user_wait_until (fixture, pane_folder_model_get_n_selected (fixture->model) == N_ENTRIES);
  view_user_do (fixture, "key ctrl+shift+a");
  view_user_wait_until (fixture, pane_folder_model_get_n_selected (fixture->model) == 0);
  view_user_do (fixture, "key space");
  view_user_wait_until (fixture, is_selected (fixture, 0, 0));
  view_user_do (fixture, "key Return");
  view_user_wait_until (fixture, activated == pane_folder_model_get_id (fixture->model, 0));
  view_fixture_free (fixture);
}

static void
count_cb (PaneView *view, guint *n_changes)
{
  (*n_changes)++;
}

/* The separator follows the pointer; Shift and an arrow do the same. */
static void
test_resize (void)
{
  ViewFixture *fixture;
  GtkWidget *titles[N_COLUMNS];
  g_autofree char *drag = NULL;
  g_autofree char *settings = NULL;
  guint n_changes = 0;
  double x;
  int width;

  if (!view_user_is_here ())
    return;
  fixture = open_view ("list");
  g_signal_connect (fixture->view, "settings-changed", G_CALLBACK (count_cb), &n_changes);
  g_assert_cmpuint (find_titles (fixture, titles), ==, N_COLUMNS);
  x = get_x (fixture, titles[2]);
  width = gtk_widget_get_width (titles[3]);
  drag = g_strdup_printf ("mousemove %d 12 mousedown 1 mousemove_relative -- -20 0 "
                          "mousemove_relative -- -20 0",
                          (int) x);
  view_user_do (fixture, drag);
  view_user_do (fixture, "mouseup 1");
  view_user_wait_until (fixture, get_x (fixture, titles[2]) == x - 40);
  g_assert_cmpint (gtk_widget_get_width (titles[3]), ==, width);
  settings = pane_view_dup_settings (fixture->view);
  g_assert_true (g_str_has_prefix (settings, "type="));
  g_assert_cmpuint (n_changes, >, 0);

  gtk_widget_grab_focus (titles[2]);
  view_user_do (fixture, "key shift+Left");
  view_user_wait_until (fixture, get_x (fixture, titles[2]) == x - 30);
  gtk_widget_grab_focus (titles[0]);
  view_user_do (fixture, "key shift+Left");
  g_assert_cmpint (gtk_widget_get_width (titles[3]), ==, width);
  view_fixture_free (fixture);
}

static void
check_settings (ViewFixture *fixture, const char *settings, const char *expected)
{
  g_autofree char *got = NULL;

  pane_view_apply_settings (fixture->view, settings);
  got = pane_view_dup_settings (fixture->view);
  g_assert_cmpstr (got, ==, expected);
}

/* What one view tells of its columns another one shows. */
static void
test_settings (void)
{
  ViewFixture *fixture = open_view ("list");
  GtkWidget *titles[N_COLUMNS];
  guint n_changes = 0;
  int width;

  g_signal_connect (fixture->view, "settings-changed", G_CALLBACK (count_cb), &n_changes);
  check_settings (fixture, "", "");
  g_assert_cmpuint (find_titles (fixture, titles), ==, N_COLUMNS);
  width = gtk_widget_get_width (titles[3]);
  check_settings (fixture, "size=111 modified=222", "size=111 modified=222");
  view_fixture_run_frames (fixture, 2);
  g_assert_cmpfloat (get_x (fixture, titles[2]) - get_x (fixture, titles[1]), ==, 111);
  g_assert_cmpint (gtk_widget_get_width (titles[3]), !=, width);
  check_settings (fixture, "name=9 none=3 size= type=x modified=-4 =7 sizes=80 words", "");
  check_settings (fixture, "type=99999999999", "type=4000");
  /* Hidden ones, and those of plugins that aren't there. */
  check_settings (fixture, "-name -none size=111 -type", "size=111 -type");
  view_fixture_run_frames (fixture, 2);
  g_assert_cmpuint (find_titles (fixture, titles), ==, N_COLUMNS - 1);
  check_settings (fixture, "-z/a%3Db%20c a/b=120 -size", "-size a/b=120 -z/a%3Db%20c");
  check_settings (fixture, "", "");
  view_fixture_run_frames (fixture, 2);
  g_assert_cmpint (gtk_widget_get_width (titles[3]), ==, width);
  g_assert_cmpuint (n_changes, ==, 0);
  view_fixture_free (fixture);
}

/* The lowest row of pixels that has ink, from @first_x on: letters without descenders stand there.
 */
static int
find_bottom (ViewFixture *fixture, PaneCell *cell, int first_x, int end_x)
{
  GtkWidget *widget = GTK_WIDGET (cell);
  g_autoptr (GdkTexture) texture = view_fixture_take_picture (fixture, widget);
  int width = gdk_texture_get_width (texture);
  g_autofree guint32 *pixels = g_new0 (guint32, (gsize) width * gdk_texture_get_height (texture));

  gdk_texture_download (texture, (guchar *) pixels, (gsize) width * 4);
  for (int y = gdk_texture_get_height (texture) - 1; y >= 0; y--)
    for (int x = first_x; x < MIN (end_x, width); x++)
      if (pixels[y * width + x] >> 24 > 0x60)
        return y;
  return -1;
}

static ViewFixture *
open_names (const char *const *names)
{
  g_autoptr (ThawCollation) collation = thaw_collation_new ("en_US");
  ThawEntryStore *store = thaw_entry_store_new (collation);
  ViewFixture *fixture;

  for (guint i = 0; names[i] != NULL; i++)
    thaw_entry_store_append (store, names[i], strlen (names[i]), THAW_ENTRY_FILE);
  thaw_entry_store_publish (store);
  fixture = view_fixture_new ("list", store, 900, 600);
  view_fixture_settle (fixture);
  return fixture;
}

/* Letters from other fonts make a line higher; the name begins on the same line nevertheless. */
static void
test_baseline (void)
{
  static const char *const names[] = { "HHHH", "HHHH 文件", "HHHH 🎉", "HHHH ไทย", "HHHH हि", NULL };
  ViewFixture *fixture = open_names (names);
  int icon_end = 42,
      bottom = find_bottom (fixture, view_fixture_find_cell (fixture, 0), icon_end, 64);

  g_assert_cmpint (bottom, >, 10);
  for (guint i = 1; names[i] != NULL; i++)
    g_assert_cmpint (find_bottom (fixture, view_fixture_find_cell (fixture, i), icon_end, 64),
                     ==,
                     bottom);
  view_fixture_free (fixture);
}

static void
add_input_tests (const char *view_id)
{
  static const struct {
    const char *name;
    GTestDataFunc func;
  } tests[] = {
    { "pointer", test_pointer },
    { "rubber-band", test_rubber_band },
    { "menu", test_menu },
    { "keyboard", test_keyboard },
  };

  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strdup_printf ("/input/%s/%s", view_id, tests[i].name);

      g_test_add_data_func (path, view_id, tests[i].func);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  test_cell_grid_register ();
  g_test_add_func ("/list-view/columns", test_columns);
  g_test_add_func ("/list-view/sort", test_sort);
  g_test_add_func ("/list-view/rtl", test_rtl);
  g_test_add_func ("/list-view/resize", test_resize);
  g_test_add_func ("/list-view/settings", test_settings);
  g_test_add_func ("/list-view/baseline", test_baseline);
  g_test_add_data_func ("/drag-source/list", "list", test_drag_source);
  g_test_add_data_func ("/drag-source/cell-grid", "cell-grid", test_drag_source);
  add_input_tests ("list");
  add_input_tests ("cell-grid");
  return g_test_run ();
}
