/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What every view has to do, whoever wrote it: the same checks over each one in the registry, or
 * over the one that THAW_TEST_VIEW names (a plugin's too: THAW_TEST_PLUGIN is a module that adds
 * it). A view is shown in a real window and driven with real keys and clicks; what it shows is
 * found through the contract and through the widgets that assistive technology sees. A view may
 * arrange its entries as it likes, so nothing here says where an entry has to be.
 */
#include "pane-canvas-view.h"
#include "pane-cell-view.h"
#include "view-fixture.h"

#include <adwaita.h>
#ifdef HAVE_PEAS
#include <libpeas.h>
#endif

#define WIDTH 700
#define HEIGHT 500
#define MANY 100000
#define FEW 240
#define MOST_WIDGETS 3000
#define DEADLINE_USEC (20 * G_USEC_PER_SEC)

static int n_rounds = 6;

typedef struct {
  ViewFixture *view;
  guint32 activated, menu;
  guint n_activated, n_menus, n_drags;
  char *title; /* each its own: one that closes may still be found */
} Fixture;

/* The window */

static void
activate_cb (PaneView *view, guint id, Fixture *self)
{
  self->activated = id;
  self->n_activated++;
}

static void
menu_cb (PaneView *view, guint id, double x, double y, Fixture *self)
{
  self->menu = id;
  self->n_menus++;
}

static GdkContentProvider *
drag_cb (PaneView *view, Fixture *self)
{
  self->n_drags++;
  return gdk_content_provider_new_typed (G_TYPE_STRING, "dragged");
}

static void
settle (Fixture *self)
{
  guint n = thaw_order_get_n (pane_folder_model_get_order (self->view->model));
  gint64 end = g_get_monotonic_time () + DEADLINE_USEC;

  while (g_list_model_get_n_items (G_LIST_MODEL (self->view->model)) != n)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      view_fixture_run_frames (self->view, 1);
    }
  view_fixture_run_frames (self->view, 6);
}

/* The user */

static void
finished_cb (GObject *process, GAsyncResult *result, gpointer done)
{
  g_autoptr (GError) error = NULL;

  g_subprocess_wait_check_finish (G_SUBPROCESS (process), result, &error);
  g_assert_no_error (error);
  *(gboolean *) done = TRUE;
}

/* What xdotool is told. Words behind its "search" send events that GTK takes for none. */
G_GNUC_PRINTF (2, 3)
static void
act (Fixture *self, const char *format, ...)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autofree char *rest = NULL, *line = NULL;
  g_auto (GStrv) argv = NULL;
  gboolean done = FALSE;
  va_list args;

  va_start (args, format);
  rest = g_strdup_vprintf (format, args);
  va_end (args);
  line = g_strconcat ("xdotool ", rest, NULL);
  g_assert_true (g_shell_parse_argv (line, NULL, &argv, NULL));
  process
      = g_subprocess_newv ((const char *const *) argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error);
  g_assert_no_error (error);
  g_subprocess_wait_check_async (process, NULL, finished_cb, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  view_fixture_run_frames (self->view, 3);
}

static void
move_to (Fixture *self, int x, int y)
{
  act (self,
       "search --sync --onlyvisible --name '%s' mousemove --window %%1 %d %d",
       self->title,
       x,
       y);
}

static Fixture *
fixture_new (const char *view_id, guint n_entries)
{
  static guint n_windows;
  gint64 end = g_get_monotonic_time () + DEADLINE_USEC;
  Fixture *self = g_new0 (Fixture, 1);

  self->view = view_fixture_new (view_id, fixture_make_store (n_entries, 7), WIDTH, HEIGHT);
  self->title = g_strdup_printf ("conformance %u of %s", ++n_windows, view_id);
  gtk_window_set_title (GTK_WINDOW (self->view->window), self->title);
  g_signal_connect (self->view->view, "activate", G_CALLBACK (activate_cb), self);
  g_signal_connect (self->view->view, "menu", G_CALLBACK (menu_cb), self);
  g_signal_connect (self->view->view, "drag", G_CALLBACK (drag_cb), self);
  gtk_widget_grab_focus (GTK_WIDGET (self->view->view));
  settle (self);
  while (!gtk_window_is_active (GTK_WINDOW (self->view->window)))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      gtk_window_present (GTK_WINDOW (self->view->window));
      view_fixture_run_frames (self->view, 2);
    }
  return self;
}

static void
fixture_free (Fixture *self)
{
  view_fixture_free (self->view);
  g_free (self->title);
  g_free (self);
}

static void
press (Fixture *self, const char *keys)
{
  act (self, "key --clearmodifiers %s", keys);
}

/* What is there */

static PaneFolderModel *
get_model (Fixture *self)
{
  return self->view->model;
}

static guint
get_n (Fixture *self)
{
  return thaw_order_get_n (pane_folder_model_get_order (get_model (self)));
}

static guint
get_n_selected (Fixture *self)
{
  return pane_folder_model_get_n_selected (get_model (self));
}

static guint32
get_focus_id (Fixture *self)
{
  return pane_folder_model_get_focus_id (get_model (self));
}

static gboolean
find_center (Fixture *self, guint32 id, int *x, int *y)
{
  GtkWidget *view = GTK_WIDGET (self->view->view);
  graphene_rect_t bounds;

  if (!pane_view_get_entry_bounds (self->view->view, id, &bounds))
    return FALSE;
  *x = (int) (bounds.origin.x + bounds.size.width / 2);
  *y = (int) (bounds.origin.y + bounds.size.height / 2);
  return *x >= 0 && *y >= 0 && *x < gtk_widget_get_width (view)
         && *y < gtk_widget_get_height (view);
}

/* The nth entry whose middle is on the screen. */
static guint32
get_seen (Fixture *self, guint nth)
{
  guint first, last;
  int x, y;

  g_assert_true (pane_view_get_visible_range (self->view->view, &first, &last));
  for (guint i = first; i <= last; i++)
    {
      guint32 id = pane_folder_model_get_id (get_model (self), i);

      if (find_center (self, id, &x, &y) && nth-- == 0)
        return id;
    }
  return THAW_NO_ENTRY;
}

static guint
count_seen (Fixture *self)
{
  guint n = 0;

  while (get_seen (self, n) != THAW_NO_ENTRY)
    n++;
  return n;
}

static guint
count_widgets (GtkWidget *widget)
{
  guint n = 1;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    n += count_widgets (child);
  return n;
}

static PaneCell *
find_cell (GtkWidget *widget, guint32 id)
{
  if (PANE_IS_CELL (widget))
    return pane_cell_get_id (PANE_CELL (widget)) == id && gtk_widget_get_mapped (widget)
               ? PANE_CELL (widget)
               : NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      PaneCell *cell = find_cell (child, id);

      if (cell != NULL)
        return cell;
    }
  return NULL;
}

/* What assistive technology sees of a cell: the cell, or the list item around it. */
static GtkAccessible *
find_accessible (Fixture *self, guint32 id)
{
  PaneCell *cell = find_cell (GTK_WIDGET (self->view->view), id);

  g_assert_nonnull (cell);
  if (gtk_accessible_get_accessible_role (GTK_ACCESSIBLE (cell))
      == GTK_ACCESSIBLE_ROLE_PRESENTATION)
    return GTK_ACCESSIBLE (gtk_widget_get_parent (GTK_WIDGET (cell)));
  return GTK_ACCESSIBLE (cell);
}

static void
click (Fixture *self, guint32 id, const char *what)
{
  int x, y;

  g_assert_true (find_center (self, id, &x, &y));
  move_to (self, x, y);
  act (self, "%s", what);
}

/* A point of the view beside all entries; FALSE: they fill it. */
static gboolean
find_background (Fixture *self, int *x, int *y)
{
  for (*y = HEIGHT - 30; *y > 0; *y -= 6)
    for (*x = WIDTH - 30; *x > 0; *x -= 10)
      {
        if (pane_view_get_entry_at (self->view->view, *x, *y) == THAW_NO_ENTRY)
          return TRUE;
      }
  return FALSE;
}

static GBytes *
paint (Fixture *self)
{
  return view_fixture_paint (self->view, GTK_WIDGET (self->view->view));
}

static gboolean
is_seen (Fixture *self, guint32 id)
{
  int x, y;

  return find_center (self, id, &x, &y);
}

/* Showing */

static void
test_describes_itself (gconstpointer view_id)
{
  const PaneViewInfo *info = pane_view_registry_find (view_id);
  g_autoptr (PaneView) view = g_object_ref_sink (pane_view_registry_create (view_id));

  g_assert_cmpstr (info->id, ==, view_id);
  g_assert_cmpstr (info->title, !=, "");
  g_assert_cmpstr (info->icon_name, !=, "");
  g_assert_true (PANE_IS_VIEW (view));
  g_assert_cmpuint (pane_view_get_n_zoom_levels (view), >=, 1);
  g_assert_cmpuint (pane_view_get_zoom (view), <, pane_view_get_n_zoom_levels (view));
}

static void
test_shows_entries (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);

  g_assert_cmpuint (count_seen (self), >=, 3);
  for (guint i = 0; i < MIN (count_seen (self), 20); i++)
    {
      guint32 id = get_seen (self, i);
      int x, y;

      g_assert_true (find_center (self, id, &x, &y));
      g_assert_cmpuint (pane_view_get_entry_at (self->view->view, x, y), ==, id);
    }
  fixture_free (self);
}

static void
test_empty (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint first, last;

  view_fixture_publish (self->view, THAW_SORT_NAME, FALSE, "no name has this in it");
  settle (self);
  g_assert_false (pane_view_get_visible_range (self->view->view, &first, &last));
  press (self, "Down");
  press (self, "Return");
  g_assert_cmpuint (self->n_activated, ==, 0);
  view_fixture_publish (self->view, THAW_SORT_NAME, FALSE, NULL);
  settle (self);
  g_assert_cmpuint (count_seen (self), >=, 3);
  fixture_free (self);
}

static void
test_names (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);

  for (guint i = 0; i < 3; i++)
    {
      guint32 id = get_seen (self, i);
      g_autofree char *name = thaw_entry_store_dup_display_name (self->view->store, id);
      g_autofree char *label = gtk_test_accessible_check_property (find_accessible (self, id),
                                                                   GTK_ACCESSIBLE_PROPERTY_LABEL,
                                                                   "\001 no entry is called so");

      g_assert_nonnull (strstr (label, name));
    }
  fixture_free (self);
}

static void
test_roles (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  GtkAccessible *item = find_accessible (self, get_seen (self, 0));
  GtkAccessibleRole role = gtk_accessible_get_accessible_role (item);

  g_assert_true (role == GTK_ACCESSIBLE_ROLE_LIST_ITEM || role == GTK_ACCESSIBLE_ROLE_GRID_CELL
                 || role == GTK_ACCESSIBLE_ROLE_ROW || role == GTK_ACCESSIBLE_ROLE_TREE_ITEM);
  fixture_free (self);
}

static void
test_accessible_selection (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 id = get_seen (self, 1);

  pane_folder_model_select_id (get_model (self), id, TRUE);
  view_fixture_run_frames (self->view, 2);
  gtk_test_accessible_assert_state (find_accessible (self, id),
                                    GTK_ACCESSIBLE_STATE_SELECTED,
                                    TRUE);
  fixture_free (self);
}

static void
test_right_to_left (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  g_autoptr (GBytes) before = paint (self);
  g_autoptr (GBytes) after = NULL;

  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  settle (self);
  after = paint (self);
  g_assert_false (g_bytes_equal (before, after));
  g_assert_cmpuint (count_seen (self), >=, 3);
  for (guint i = 0; i < 3; i++)
    {
      int x, y;

      g_assert_true (find_center (self, get_seen (self, i), &x, &y));
      g_assert_cmpuint (pane_view_get_entry_at (self->view->view, x, y), ==, get_seen (self, i));
    }
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  fixture_free (self);
}

static void
test_dark (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  g_autoptr (GBytes) light = paint (self);
  g_autoptr (GBytes) dark = NULL;

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      ADW_COLOR_SCHEME_FORCE_DARK);
  settle (self);
  dark = paint (self);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_DEFAULT);
  g_assert_false (g_bytes_equal (light, dark));
  fixture_free (self);
}

static void
test_cut (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 id = get_seen (self, 0);
  g_autoptr (GBytes) before = paint (self);
  g_autoptr (GBytes) cut = NULL;

  pane_folder_model_set_cut_ids (get_model (self), &id, 1);
  view_fixture_run_frames (self->view, 2);
  cut = paint (self);
  g_assert_false (g_bytes_equal (before, cut));
  fixture_free (self);
}

static void
test_drop_mark (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  g_autoptr (GBytes) before = paint (self);
  g_autoptr (GBytes) marked = NULL;
  g_autoptr (GBytes) after = NULL;

  pane_view_set_drop_entry (self->view->view, get_seen (self, 2));
  settle (self);
  marked = paint (self);
  g_assert_false (g_bytes_equal (before, marked));
  pane_view_set_drop_entry (self->view->view, THAW_NO_ENTRY);
  settle (self);
  after = paint (self);
  g_assert_false (g_bytes_equal (marked, after));
  fixture_free (self);
}

static void
test_zoom (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint n_levels = pane_view_get_n_zoom_levels (self->view->view);

  for (guint level = 0; level < n_levels; level++)
    {
      pane_view_set_zoom (self->view->view, level);
      settle (self);
      g_assert_cmpuint (pane_view_get_zoom (self->view->view), ==, level);
      g_assert_cmpuint (count_seen (self), >=, 1);
    }
  pane_view_set_zoom (self->view->view, 99);
  g_assert_cmpuint (pane_view_get_zoom (self->view->view), ==, n_levels - 1);
  fixture_free (self);
}

static void
test_settings (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  g_autofree char *settings = pane_view_dup_settings (self->view->view);
  g_autofree char *again = NULL;

  g_assert_null (strchr (settings, '\n'));
  pane_view_apply_settings (self->view->view, "what nobody understands=7 \xe2\x80\xa6");
  pane_view_apply_settings (self->view->view, settings);
  again = pane_view_dup_settings (self->view->view);
  g_assert_cmpstr (settings, ==, again);
  fixture_free (self);
}

static void
test_narrow_and_wide (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  const int sizes[][2] = { { 200, 150 }, { 1200, 700 }, { 360, 500 } };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      gtk_window_set_default_size (GTK_WINDOW (self->view->window), sizes[i][0], sizes[i][1]);
      settle (self);
      g_assert_cmpuint (count_seen (self), >=, 1);
    }
  fixture_free (self);
}

/* The keyboard */

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
  g_assert_cmpuint (pane_folder_model_find (get_model (self), get_focus_id (self)), ==, 0);
  press (self, "End");
  g_assert_cmpuint (pane_folder_model_find (get_model (self), get_focus_id (self)),
                    ==,
                    get_n (self) - 1);
  settle (self);
  g_assert_true (is_seen (self, get_focus_id (self)));
  press (self, "Home");
  g_assert_cmpuint (pane_folder_model_find (get_model (self), get_focus_id (self)), ==, 0);
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
  before = pane_folder_model_find (get_model (self), get_focus_id (self));
  g_assert_cmpuint (before, >, 0);
  press (self, "Page_Up");
  after = pane_folder_model_find (get_model (self), get_focus_id (self));
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

/* The pointer */

static void
test_click (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 one = get_seen (self, 0), two = get_seen (self, 1);

  click (self, one, "click 1");
  g_assert_cmpuint (get_n_selected (self), ==, 1);
  g_assert_true (pane_folder_model_is_id_selected (get_model (self), one));
  g_assert_cmpuint (get_focus_id (self), ==, one);
  click (self, two, "keydown Control_L click 1 keyup Control_L");
  g_assert_cmpuint (get_n_selected (self), ==, 2);
  /* Not the same again: two quick clicks are one double click. */
  click (self, one, "click 1");
  g_assert_cmpuint (get_n_selected (self), ==, 1);
  g_assert_true (pane_folder_model_is_id_selected (get_model (self), one));
  fixture_free (self);
}

static void
test_click_range (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint from, to;

  click (self, get_seen (self, 0), "click 1");
  click (self, get_seen (self, 2), "keydown Shift_L click 1 keyup Shift_L");
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

  view_fixture_publish (self->view, THAW_SORT_NAME, FALSE, "123");
  settle (self);
  gtk_selection_model_select_all (GTK_SELECTION_MODEL (get_model (self)));
  if (find_background (self, &x, &y))
    {
      move_to (self, x, y);
      act (self, "click 1");
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

  click (self, id, "click --repeat 2 --delay 40 1");
  g_assert_cmpuint (self->n_activated, ==, 1);
  g_assert_cmpuint (self->activated, ==, id);
  fixture_free (self);
}

static void
test_context_menu (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 one = get_seen (self, 0), two = get_seen (self, 1);

  click (self, one, "click 1");
  click (self, two, "click 3");
  g_assert_cmpuint (self->n_menus, ==, 1);
  g_assert_cmpuint (self->menu, ==, two);
  g_assert_cmpuint (get_n_selected (self), ==, 1);
  g_assert_true (pane_folder_model_is_id_selected (get_model (self), two));
  /* Of several that are selected the menu is about all of them. */
  pane_folder_model_select_id (get_model (self), one, FALSE);
  click (self, two, "click 3");
  g_assert_cmpuint (get_n_selected (self), ==, 2);
  fixture_free (self);
}

static void
test_drag_out (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 one = get_seen (self, 0), two = get_seen (self, 1);
  int x, y;

  click (self, one, "click 1");
  pane_folder_model_select_id (get_model (self), two, FALSE);
  g_assert_true (find_center (self, two, &x, &y));
  move_to (self, x, y);
  act (self, "mousedown 1 sleep 0.1");
  act (self,
       "mousemove_relative --sync 12 12 sleep 0.05 mousemove_relative --sync 20 20 sleep 0.05");
  act (self, "key Escape sleep 0.05 mouseup 1");
  g_assert_cmpuint (self->n_drags, ==, 1);
  g_assert_cmpuint (get_n_selected (self), ==, 2);
  fixture_free (self);
}

/* Orders */

static void
test_resort_follows_focus (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, 3000);
  guint32 id = pane_folder_model_get_id (get_model (self), 1500);

  pane_view_reveal (self->view->view, id, TRUE);
  settle (self);
  g_assert_true (is_seen (self, id));
  for (guint i = 0; i < 4; i++)
    {
      view_fixture_publish (self->view, i % 2 == 0 ? THAW_SORT_SIZE : THAW_SORT_NAME, i > 1, NULL);
      settle (self);
      g_assert_cmpuint (get_focus_id (self), ==, id);
      g_assert_true (is_seen (self, id));
    }
  fixture_free (self);
}

static void
test_selection_follows (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, 3000);
  guint32 ids[] = { pane_folder_model_get_id (get_model (self), 3),
                    pane_folder_model_get_id (get_model (self), 900),
                    pane_folder_model_get_id (get_model (self), 2500) };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    pane_folder_model_select_id (get_model (self), ids[i], i == 0);
  view_fixture_publish (self->view, THAW_SORT_MODIFIED, TRUE, NULL);
  settle (self);
  g_assert_cmpuint (get_n_selected (self), ==, G_N_ELEMENTS (ids));
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      pane_view_reveal (self->view->view, ids[i], FALSE);
      settle (self);
      gtk_test_accessible_assert_state (find_accessible (self, ids[i]),
                                        GTK_ACCESSIBLE_STATE_SELECTED,
                                        TRUE);
    }
  fixture_free (self);
}

static void
test_deleted_focus (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 id;

  press (self, "Home");
  press (self, "Down");
  id = get_focus_id (self);
  thaw_entry_store_remove (self->view->store, id);
  view_fixture_publish (self->view, THAW_SORT_NAME, FALSE, NULL);
  settle (self);
  g_assert_cmpuint (get_focus_id (self), !=, id);
  g_assert_cmpuint (get_focus_id (self), !=, THAW_NO_ENTRY);
  press (self, "Return");
  g_assert_cmpuint (self->n_activated, ==, 1);
  g_assert_cmpuint (self->activated, !=, id);
  fixture_free (self);
}

static void
test_filter_and_back (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, 2000);
  guint32 id = pane_folder_model_get_id (get_model (self), 1000);
  g_autofree char *name = thaw_entry_store_dup_display_name (self->view->store, id);

  pane_view_reveal (self->view->view, id, TRUE);
  settle (self);
  view_fixture_publish (self->view, THAW_SORT_NAME, FALSE, name);
  settle (self);
  g_assert_true (is_seen (self, id));
  view_fixture_publish (self->view, THAW_SORT_NAME, FALSE, NULL);
  settle (self);
  g_assert_cmpuint (get_focus_id (self), ==, id);
  pane_view_reveal (self->view->view, id, TRUE);
  settle (self);
  g_assert_true (is_seen (self, id));
  fixture_free (self);
}

static void
test_another_folder (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, 3000);
  ThawEntryStore *store = fixture_make_store (50, 11);
  ThawSorter *sorter = fixture_make_sorter (store);
  g_autoptr (ThawOrder) order = fixture_make_order (sorter, THAW_SORT_NAME, FALSE, NULL);
  guint first, last;

  press (self, "End");
  press (self, "ctrl+a");
  pane_folder_model_publish (get_model (self), order);
  settle (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->view->view)); /* as a host does */
  g_assert_cmpuint (get_n_selected (self), ==, 0);
  g_assert_true (pane_view_get_visible_range (self->view->view, &first, &last));
  g_assert_cmpuint (first, ==, 0);
  press (self, "Home");
  g_assert_cmpuint (pane_folder_model_find (get_model (self), get_focus_id (self)), ==, 0);
  fixture_free (self);
  thaw_sorter_free (sorter);
  thaw_entry_store_unref (store);
}

/* A range begins where something was chosen, and in this folder nothing was. */
static void
test_range_in_another_folder (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  ThawEntryStore *store = fixture_make_store (FEW, 11);
  ThawSorter *sorter = fixture_make_sorter (store);
  g_autoptr (ThawOrder) order = fixture_make_order (sorter, THAW_SORT_NAME, FALSE, NULL);

  press (self, "End");
  pane_folder_model_publish (get_model (self), order);
  settle (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->view->view));
  click (self, get_seen (self, 1), "keydown Shift_L click 1 keyup Shift_L");
  g_assert_cmpuint (get_n_selected (self), >=, 1);
  g_assert_cmpuint (get_n_selected (self), <=, 2);
  fixture_free (self);
  thaw_sorter_free (sorter);
  thaw_entry_store_unref (store);
}

static void
test_churn (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, 2000);
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  const char *filters[] = { NULL, "1", "a", "zzzz", NULL };

  for (int i = 0; i < 3 * n_rounds; i++)
    {
      if (g_rand_boolean (random))
        thaw_entry_store_remove (self->view->store, (guint32) g_rand_int_range (random, 0, 2000));
      view_fixture_publish (self->view,
                            (ThawSortColumn) g_rand_int_range (random, 0, 4),
                            g_rand_boolean (random),
                            filters[g_rand_int_range (random, 0, G_N_ELEMENTS (filters))]);
      if (g_rand_boolean (random))
        view_fixture_run_frames (self->view, 1);
    }
  view_fixture_publish (self->view, THAW_SORT_NAME, FALSE, NULL);
  settle (self);
  g_assert_cmpuint (count_seen (self), >=, 3);
  g_assert_cmpuint (count_widgets (GTK_WIDGET (self->view->view)), <, MOST_WIDGETS);
  fixture_free (self);
}

/* Size */

static void
test_many (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, MANY);
  guint32 id = pane_folder_model_get_id (get_model (self), MANY / 2);

  g_assert_cmpuint (count_widgets (GTK_WIDGET (self->view->view)), <, MOST_WIDGETS);
  pane_view_reveal (self->view->view, id, TRUE);
  settle (self);
  g_assert_true (is_seen (self, id));
  press (self, "End");
  settle (self);
  g_assert_true (is_seen (self, pane_folder_model_get_id (get_model (self), get_n (self) - 1)));
  press (self, "ctrl+a");
  g_assert_cmpuint (get_n_selected (self), ==, get_n (self));
  g_assert_cmpuint (count_widgets (GTK_WIDGET (self->view->view)), <, MOST_WIDGETS);
  fixture_free (self);
}

static void
test_leaks_nothing (gconstpointer view_id)
{
  for (int i = 0; i < n_rounds; i++)
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
}

static const struct {
  const char *name;
  GTestDataFunc func;
} checks[] = {
  { "describes-itself", test_describes_itself },
  { "shows-entries", test_shows_entries },
  { "empty", test_empty },
  { "names", test_names },
  { "roles", test_roles },
  { "accessible-selection", test_accessible_selection },
  { "right-to-left", test_right_to_left },
  { "dark", test_dark },
  { "cut", test_cut },
  { "drop-mark", test_drop_mark },
  { "zoom", test_zoom },
  { "settings", test_settings },
  { "narrow-and-wide", test_narrow_and_wide },
  { "keys-move", test_keys_move },
  { "home-and-end", test_home_and_end },
  { "pages", test_pages },
  { "keys-select", test_keys_select },
  { "select-all", test_select_all },
  { "toggle", test_toggle },
  { "return-activates", test_return_activates },
  { "menu-key", test_menu_key },
  { "click", test_click },
  { "click-range", test_click_range },
  { "click-background", test_click_background },
  { "double-click", test_double_click },
  { "context-menu", test_context_menu },
  { "drag-out", test_drag_out },
  { "resort-follows-focus", test_resort_follows_focus },
  { "selection-follows", test_selection_follows },
  { "deleted-focus", test_deleted_focus },
  { "filter-and-back", test_filter_and_back },
  { "another-folder", test_another_folder },
  { "range-in-another-folder", test_range_in_another_folder },
  { "churn", test_churn },
  { "many", test_many },
  { "leaks-nothing", test_leaks_nothing },
};

/* A plugin's */

#ifdef HAVE_PEAS
/* The one view that has become a type since then. */
static GType
find_new_view (GType parent, GHashTable *known)
{
  g_autofree GType *children = g_type_children (parent, NULL);
  GType found = G_TYPE_INVALID;

  for (guint i = 0; children[i] != 0 && found == G_TYPE_INVALID; i++)
    {
      if (g_hash_table_contains (known, GSIZE_TO_POINTER (children[i])))
        found = find_new_view (children[i], known);
      else
        found = G_TYPE_IS_ABSTRACT (children[i]) ? find_new_view (children[i], known) : children[i];
    }
  return found;
}

static void
note_types (GType parent, GHashTable *known)
{
  g_autofree GType *children = g_type_children (parent, NULL);

  for (guint i = 0; children[i] != 0; i++)
    {
      g_hash_table_add (known, GSIZE_TO_POINTER (children[i]));
      note_types (children[i], known);
    }
}

/* Only the module is loaded: what a view does isn't its plugin's business. */
static void
add_plugin_view (const char *plugin_file)
{
  g_autoptr (GHashTable) known = g_hash_table_new (NULL, NULL);
  g_autofree char *folder = g_path_get_dirname (plugin_file);
  g_autofree char *base = g_path_get_basename (plugin_file);
  PeasEngine *engine = peas_engine_get_default ();
  GType type;

  *strrchr (base, '.') = '\0';
  g_type_ensure (PANE_TYPE_CELL_VIEW);
  g_type_ensure (PANE_TYPE_CANVAS_VIEW);
  note_types (PANE_TYPE_VIEW, known);
  peas_engine_enable_loader (engine, "python");
  peas_engine_add_search_path (engine, folder, NULL);
  g_assert_true (peas_engine_load_plugin (engine, peas_engine_get_plugin_info (engine, base)));
  type = find_new_view (PANE_TYPE_VIEW, known);
  g_assert_cmpuint (type, !=, G_TYPE_INVALID);
  g_assert_true (pane_view_registry_add_type (pane_view_registry_get_default (),
                                              type,
                                              "plugin",
                                              base,
                                              "application-x-addon-symbolic",
                                              PANE_NEEDS_STAT));
}
#else
static void
add_plugin_view (const char *plugin_file)
{
  g_printerr ("Built without libpeas: %s can't be loaded\n", plugin_file);
  exit (77);
}
#endif

static void
add_checks (const char *view_id)
{
  for (guint i = 0; i < G_N_ELEMENTS (checks); i++)
    {
      g_autofree char *path = g_strdup_printf ("/view/%s/%s", view_id, checks[i].name);

      g_test_add_data_func (path, view_id, checks[i].func);
    }
}

int
main (int argc, char **argv)
{
  const char *wanted = g_getenv ("THAW_TEST_VIEW");
  const PaneViewInfo *const *infos;
  guint n_infos;

  g_setenv ("GSK_RENDERER", "cairo", FALSE);
  g_test_init (&argc, &argv, NULL);
  if (g_getenv ("THAW_TEST_ROUNDS") != NULL)
    n_rounds = atoi (g_getenv ("THAW_TEST_ROUNDS"));
  adw_init ();
  if (g_getenv ("THAW_TEST_PLUGIN") != NULL)
    {
      add_plugin_view (g_getenv ("THAW_TEST_PLUGIN"));
      wanted = "plugin";
    }
  infos = pane_view_registry_list (&n_infos);
  for (guint i = 0; i < n_infos; i++)
    {
      if (wanted == NULL || g_str_equal (wanted, infos[i]->id))
        add_checks (infos[i]->id);
    }
  return g_test_run ();
}
