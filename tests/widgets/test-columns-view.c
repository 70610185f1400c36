/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The columns view over real folders, with a host that opens what the view asks for: which columns
 * there are, which of them stay when the user goes from one into another, and what is beside the
 * focus. What isn't the view's contract is looked at as a user would: by the lists' names and what
 * is selected in them.
 */
#include "pane-preview.h"
#include "test-lane-support.h"
#include "view-user.h"

#include <adwaita.h>
#include <glib/gstdio.h>

typedef struct {
  ThawFolder *folder;
  PaneFolderModel *model;
  PaneView *view;
  GtkWidget *window;
  guint n_opened;
} Fixture;

static char *home;

static gboolean
tick_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

#define run_until(condition)                                                                       \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 end_usec = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;                               \
    guint tick = g_timeout_add (10, tick_cb, NULL);                                                \
    while (!(condition))                                                                           \
      {                                                                                            \
        g_main_context_iteration (NULL, TRUE);                                                     \
        if (g_get_monotonic_time () > end_usec)                                                    \
          g_error ("%s: waited in vain for: %s", G_STRLOC, #condition);                            \
      }                                                                                            \
    g_source_remove (tick);                                                                        \
  }                                                                                                \
  G_STMT_END

/* A host: rows of the folder before stay until there are others. */

static void
order_cb (ThawFolder *folder, ThawOrder *order, Fixture *self)
{
  if (folder == self->folder && pane_folder_model_get_folder (self->model) != folder)
    pane_folder_model_set_folder (self->model, folder);
}

static void
open_folder (Fixture *self, GFile *location)
{
  if (self->folder != NULL)
    g_signal_handlers_disconnect_by_data (self->folder, self);
  g_clear_object (&self->folder);
  self->folder = thaw_folder_new (location);
  g_signal_connect (self->folder, "order-changed", G_CALLBACK (order_cb), self);
  thaw_folder_start (self->folder);
}

static void
open_cb (PaneView *view, GFile *location, Fixture *self)
{
  self->n_opened++;
  open_folder (self, location);
}

/* From home, if it isn't absolute. */
static char *
dup_path (const char *path)
{
  return g_path_is_absolute (path) ? g_strdup (path) : g_build_filename (home, path, NULL);
}

static gboolean
is_at (Fixture *self, const char *path)
{
  g_autofree char *whole = dup_path (path);
  g_autoptr (GFile) file = g_file_new_for_path (whole);
  ThawFolder *folder = pane_folder_model_get_folder (self->model);

  return folder != NULL && g_file_equal (thaw_folder_get_location (folder), file)
         && thaw_folder_get_state (folder) == THAW_FOLDER_READY;
}

static void
go_to (Fixture *self, const char *path)
{
  g_autofree char *whole = dup_path (path);
  g_autoptr (GFile) file = g_file_new_for_path (whole);

  open_folder (self, file);
  run_until (is_at (self, path));
}

static void
set_up (Fixture *self, gconstpointer path)
{
  self->model = pane_folder_model_new ();
  self->view = pane_view_registry_create ("columns");
  g_signal_connect (self->view, "open", G_CALLBACK (open_cb), self);
  pane_view_set_model (self->view, self->model);
  self->window = gtk_window_new ();
  gtk_window_set_title (GTK_WINDOW (self->window), "columns-view");
  gtk_window_set_decorated (GTK_WINDOW (self->window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (self->window), 1000, 500);
  gtk_window_set_child (GTK_WINDOW (self->window), GTK_WIDGET (self->view));
  gtk_window_present (GTK_WINDOW (self->window));
  go_to (self, path);
  run_until (gtk_window_is_active (GTK_WINDOW (self->window)));
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static void
tear_down (Fixture *self, gconstpointer path)
{
  gpointer view = self->view;

  g_object_add_weak_pointer (G_OBJECT (view), &view);
  gtk_window_destroy (GTK_WINDOW (self->window));
  run_until (view == NULL);
  g_signal_handlers_disconnect_by_data (self->folder, self);
  g_object_unref (self->model);
  g_object_unref (self->folder);
}

/* The user */

static void
press (const char *keys)
{
  view_user_act ("key --clearmodifiers %s", keys);
}

/* What there is to be seen */

static gboolean
is_named (PaneFolderModel *model, guint32 id, const char *name)
{
  ThawEntryStore *store = pane_folder_model_get_store (model);

  return store != NULL && id < thaw_entry_store_get_n (store)
         && g_str_equal (thaw_entry_store_get_name (store, id), name);
}

static gboolean
has_focus (Fixture *self, const char *name)
{
  guint32 id = pane_folder_model_get_focus_id (self->model);

  return is_named (self->model, id, name) && pane_folder_model_is_id_selected (self->model, id);
}

/* The other column of this folder, as long as it is in sight. */
static PaneView *
find_column (GtkWidget *widget, PaneView *but, const char *path)
{
  g_autofree char *whole = dup_path (path);
  PaneView *found = NULL;

  if (!gtk_widget_get_mapped (widget))
    return NULL;
  if (PANE_IS_VIEW (widget) && PANE_VIEW (widget) != but)
    {
      ThawFolder *folder = pane_folder_model_get_folder (pane_view_get_model (PANE_VIEW (widget)));

      return g_strcmp0 (g_file_peek_path (thaw_folder_get_location (folder)), whole) == 0
                 ? PANE_VIEW (widget)
                 : NULL;
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_column (child, but, path);
  return found;
}

static PaneView *
get_column (Fixture *self, const char *path)
{
  return find_column (GTK_WIDGET (self->view), self->view, path);
}

static gboolean
leads_to (Fixture *self, const char *path, const char *name)
{
  PaneView *column = get_column (self, path);
  g_autoptr (GArray) ids
      = column != NULL ? pane_folder_model_dup_selected_ids (pane_view_get_model (column)) : NULL;

  return ids != NULL && ids->len == 1
         && is_named (pane_view_get_model (column), g_array_index (ids, guint32, 0), name);
}

static guint
count_rows (PaneView *column)
{
  ThawOrder *order
      = column != NULL ? pane_folder_model_get_order (pane_view_get_model (column)) : NULL;

  return order != NULL ? thaw_order_get_n (order) : 0;
}

static guint
count (GtkWidget *widget, const char *type)
{
  guint n = g_str_equal (G_OBJECT_TYPE_NAME (widget), type);

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    n += count (child, type);
  return n;
}

static gpointer
find_widget (GtkWidget *widget, GType type)
{
  gpointer found = G_TYPE_CHECK_INSTANCE_TYPE (widget, type) ? widget : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_widget (child, type);
  return found;
}

static gboolean
previews (Fixture *self, const char *path)
{
  g_autofree char *whole = g_build_filename (home, path, NULL);
  PanePreview *preview = find_widget (GTK_WIDGET (self->view), PANE_TYPE_PREVIEW);
  GFile *file = pane_preview_get_file (preview);

  return gtk_widget_get_mapped (GTK_WIDGET (preview)) && file != NULL
         && g_str_equal (g_file_peek_path (file), whole)
         && pane_preview_get_state (preview) == PANE_PREVIEW_SHOWN;
}

static gboolean
says (GtkWidget *widget, const char *text)
{
  gboolean found = GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget)
                   && g_str_equal (gtk_label_get_label (GTK_LABEL (widget)), text);

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && !found;
       child = gtk_widget_get_next_sibling (child))
    found = says (child, text);
  return found;
}

static guint32
find_id (PaneView *column, const char *name)
{
  PaneFolderModel *model = pane_view_get_model (column);
  guint i = 0;

  while (!is_named (model, pane_folder_model_get_id (model, i), name))
    g_assert_cmpuint (++i, <, count_rows (column));
  return pane_folder_model_get_id (model, i);
}

static void
click (Fixture *self, PaneView *column, const char *name, const char *what)
{
  graphene_rect_t bounds;
  graphene_point_t center;

  g_assert_true (pane_view_get_entry_bounds (column, find_id (column, name), &bounds));
  graphene_rect_get_center (&bounds, &center);
  g_assert_true (gtk_widget_compute_point (GTK_WIDGET (column), self->window, &center, &center));
  view_user_act ("search --sync --onlyvisible --name columns-view mousemove --window %%1 %d %d",
                 (int) center.x,
                 (int) center.y);
  view_user_act ("%s", what);
}

/* Tests */

static void
test_way (Fixture *self, gconstpointer path)
{
  run_until (leads_to (self, "", "one"));
  run_until (leads_to (self, "one", "deep"));
  g_assert_null (get_column (self, "one/deep")); /* that is the view's own */
  g_assert_cmpuint (count_rows (self->view), ==, 1);
}

static void
test_beside (Fixture *self, gconstpointer path)
{
  press ("Home");
  run_until (count_rows (get_column (self, "one")) == 3);
  g_assert_false (gtk_widget_get_mapped (find_widget (GTK_WIDGET (self->view), PANE_TYPE_PREVIEW)));
  press ("End");
  run_until (previews (self, "text"));
  g_assert_null (get_column (self, "one"));
  g_assert_true (says (GTK_WIDGET (self->view), "text"));
  press ("Home");
  run_until (get_column (self, "one") != NULL);
}

static void
test_right_and_left (Fixture *self, gconstpointer path)
{
  PaneView *top;

  press ("Home");
  run_until (count_rows (get_column (self, "one")) == 3);
  press ("Right");
  run_until (is_at (self, "one") && has_focus (self, "deep"));
  run_until (leads_to (self, "", "one"));
  top = get_column (self, "");
  g_assert_null (get_column (self, "one"));
  run_until (count_rows (get_column (self, "one/deep")) == 1);
  press ("Right");
  run_until (is_at (self, "one/deep") && has_focus (self, "end"));
  run_until (leads_to (self, "one", "deep"));
  g_assert_true (get_column (self, "") == top);
  run_until (previews (self, "one/deep/end"));
  press ("Right"); /* nowhere */
  press ("Left");
  run_until (is_at (self, "one") && has_focus (self, "deep"));
  run_until (count_rows (get_column (self, "one/deep")) == 1);
  g_assert_true (get_column (self, "") == top);
  press ("Left");
  run_until (is_at (self, "") && has_focus (self, "one"));
  g_assert_cmpuint (self->n_opened, ==, 4);
  press ("Left"); /* there is no column before it */
  view_fixture_run_frames (&(ViewFixture){ .window = self->window }, 3);
  g_assert_cmpuint (self->n_opened, ==, 4);
}

/* The folder that was open becomes a column without being read again, at the place where it was. */
static void
test_keeps_place (Fixture *self, gconstpointer path)
{
  graphene_rect_t before, after;
  guint32 id;

  run_until (g_list_model_get_n_items (G_LIST_MODEL (self->model)) == 90);
  press ("End");
  run_until (has_focus (self, "folder-99"));
  press ("Up Up Up Up Up");
  run_until (has_focus (self, "folder-94"));
  run_until (count_rows (get_column (self, "rows/folder-94")) == 1);
  id = pane_folder_model_get_focus_id (self->model);
  g_assert_true (pane_view_get_entry_bounds (self->view, id, &before));
  press ("Right");
  run_until (is_at (self, "rows/folder-94") && has_focus (self, "in"));
  run_until (leads_to (self, "rows", "folder-94"));
  run_until (pane_view_get_entry_bounds (get_column (self, "rows"), id, &after)
             && after.origin.y == before.origin.y);
  press ("Left");
  run_until (is_at (self, "rows") && has_focus (self, "folder-94"));
  id = pane_folder_model_get_focus_id (self->model);
  run_until (pane_view_get_entry_bounds (self->view, id, &after)
             && after.origin.y == before.origin.y);
}

static void
test_click_before (Fixture *self, gconstpointer path)
{
  run_until (leads_to (self, "", "one"));
  view_fixture_run_frames (&(ViewFixture){ .window = self->window }, 3);
  click (self, get_column (self, ""), "text", "click 1");
  run_until (is_at (self, "") && has_focus (self, "text"));
  run_until (previews (self, "text"));
  g_assert_null (get_column (self, "one"));
}

static void
test_click_beside (Fixture *self, gconstpointer path)
{
  press ("Home");
  run_until (count_rows (get_column (self, "one")) == 3);
  view_fixture_run_frames (&(ViewFixture){ .window = self->window }, 3);
  click (self, get_column (self, "one"), "file", "click 1");
  run_until (is_at (self, "one") && has_focus (self, "file"));
  run_until (leads_to (self, "", "one"));
}

static void
test_empty (Fixture *self, gconstpointer path)
{
  press ("Home Down");
  run_until (says (GTK_WIDGET (self->view), "Folder is Empty"));
  press ("Right");
  view_fixture_run_frames (&(ViewFixture){ .window = self->window }, 3);
  g_assert_true (is_at (self, "one"));
  go_to (self, "one/nothing");
  g_assert_true (says (GTK_WIDGET (self->view), "Folder is Empty"));
  run_until (leads_to (self, "one", "nothing"));
}

/* Faster than anything can be read. */
static void
test_hurry (Fixture *self, gconstpointer path)
{
  for (guint i = 0; i < 6; i++)
    press ("Home Right Right Right Left Left Down Right Left Up Right Left Left");
  go_to (self, "one");
  run_until (leads_to (self, "", "one"));
  g_assert_cmpuint (count (GTK_WIDGET (self->view), "PaneColumn"), <=, 3);
  press ("Home");
  run_until (count_rows (get_column (self, "one/deep")) == 1);
}

/* Dropping */

typedef struct {
  char *path; /* where what is dropped goes */
  guint32 place;
  gboolean is_entry;
} Drop;

/* Over an entry of a column, or below all of them. */
static Drop
find_drop (Fixture *self, PaneView *column, const char *name)
{
  GtkWidget *rows = pane_slot_view_get_scrolled (PANE_SLOT_VIEW (column));
  g_autoptr (GFile) folder = NULL;
  graphene_point_t point = { 40, (float) gtk_widget_get_height (rows) - 5 };
  Drop drop = { 0 };

  if (name != NULL)
    {
      graphene_rect_t bounds;
      guint32 id = find_id (column, name);

      g_assert_true (pane_view_get_entry_bounds (column, id, &bounds));
      graphene_rect_get_center (&bounds, &point);
      rows = GTK_WIDGET (column);
    }
  g_assert_true (gtk_widget_compute_point (rows, GTK_WIDGET (self->view), &point, &point));
  folder = pane_view_dup_drop_folder (self->view, point.x, point.y, &drop.place, &drop.is_entry);
  drop.path = g_file_get_path (folder);
  return drop;
}

static void
check_drop (Fixture *self, PaneView *column, const char *name, const char *path, gboolean is_entry)
{
  g_autofree char *whole = dup_path (path);
  Drop drop = find_drop (self, column, name);

  g_assert_cmpstr (drop.path, ==, whole);
  g_assert_true (drop.is_entry == is_entry);
  g_free (drop.path);
}

static guint
count_marks (GtkWidget *widget)
{
  guint n = gtk_widget_has_css_class (widget, "pane-drop");

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    n += count_marks (child);
  return n;
}

/* Into the folder of the column that it is over, or of the entry there; it is shown where. */
static void
test_drop (Fixture *self, gconstpointer path)
{
  Drop row, all;

  press ("Home");
  run_until (leads_to (self, "", "one") && count_rows (get_column (self, "one/deep")) == 1);
  view_fixture_run_frames (&(ViewFixture){ .window = self->window }, 3);
  check_drop (self, self->view, "deep", "one/deep", TRUE);
  check_drop (self, self->view, "file", "one", FALSE);
  check_drop (self, self->view, NULL, "one", FALSE);
  check_drop (self, get_column (self, ""), "rows", "rows", TRUE);
  check_drop (self, get_column (self, ""), "text", "", FALSE);
  check_drop (self, get_column (self, ""), NULL, "", FALSE);
  check_drop (self, get_column (self, "one/deep"), "end", "one/deep", FALSE);

  row = find_drop (self, get_column (self, ""), "rows");
  pane_view_set_drop_entry (self->view, row.place);
  g_assert_cmpuint (count_marks (GTK_WIDGET (get_column (self, ""))), ==, 1);
  all = find_drop (self, get_column (self, "one/deep"), NULL);
  g_assert_cmpuint (row.place, !=, all.place);
  pane_view_set_drop_entry (self->view, all.place);
  g_assert_cmpuint (count_marks (GTK_WIDGET (get_column (self, ""))), ==, 0);
  g_assert_cmpuint (count_marks (GTK_WIDGET (self->view)), ==, 1);
  pane_view_set_drop_entry (self->view, THAW_NO_ENTRY);
  g_assert_cmpuint (count_marks (GTK_WIDGET (self->view)), ==, 0);
  g_free (row.path);
  g_free (all.path);
}

/* A place that doesn't answer */

static gboolean
says_beginning (GtkWidget *widget, const char *text)
{
  gboolean found = GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget)
                   && g_str_has_prefix (gtk_label_get_label (GTK_LABEL (widget)), text);

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && !found;
       child = gtk_widget_get_next_sibling (child))
    found = says_beginning (child, text);
  return found;
}

/* Its column says so; the others can be used, and left for. */
static void
test_dead_mount (Fixture *self, gconstpointer unused)
{
  const char *why = NULL;
  g_autoptr (FaultMount) mount = fault_mount_new (&why);
  g_autofree char *back = NULL, *above = NULL, *name = NULL;

  if (mount == NULL)
    {
      g_test_skip (why);
      return;
    }
  back = g_build_filename (mount->dir, "back", NULL);
  above = g_path_get_dirname (mount->dir);
  name = g_path_get_basename (mount->dir);
  go_to (self, mount->dir);
  run_until (leads_to (self, above, name));
  fault_mount_tell (mount, "add op=any hang");
  press ("End");
  run_until (has_focus (self, "mnt"));
  run_until (says_beginning (GTK_WIDGET (self->view), "Waiting for"));
  press ("Home");
  run_until (has_focus (self, "back"));
  run_until (count_rows (get_column (self, back)) > 0);
  g_assert_false (says_beginning (GTK_WIDGET (self->view), "Waiting for"));
  /* Into it: what was there stays, and can be gone on with. */
  press ("End");
  run_until (has_focus (self, "mnt"));
  press ("Right");
  run_until (self->n_opened == 1);
  press ("Up");
  run_until (has_focus (self, "back"));
  press ("Right");
  run_until (is_at (self, back));
  run_until (leads_to (self, mount->dir, "back"));
  press ("Left");
  run_until (is_at (self, mount->dir) && has_focus (self, "back"));
  /* It answers again. */
  press ("End");
  run_until (says_beginning (GTK_WIDGET (self->view), "Waiting for"));
  fault_mount_tell (mount, "clear");
  run_until (count_rows (get_column (self, mount->mount)) > 0);
  go_to (self, "one");
}

static void
test_settings (Fixture *self, gconstpointer path)
{
  g_autofree char *before = pane_view_dup_settings (self->view), *after = NULL, *again = NULL;

  g_assert_cmpstr (before, ==, "");
  pane_view_apply_settings (self->view, "width=300");
  after = pane_view_dup_settings (self->view);
  g_assert_cmpstr (after, ==, "width=300");
  view_fixture_run_frames (&(ViewFixture){ .window = self->window }, 3);
  g_assert_cmpint (gtk_widget_get_width (pane_slot_view_get_scrolled (PANE_SLOT_VIEW (self->view))),
                   ==,
                   299);
  pane_view_apply_settings (self->view, "width=-7");
  again = pane_view_dup_settings (self->view);
  g_assert_cmpstr (again, ==, "width=120");
}

static void
put (const char *path)
{
  g_autofree char *whole = g_build_filename (home, path, NULL);
  g_autofree char *above = g_path_get_dirname (whole);

  g_mkdir_with_parents (above, 0777);
  if (path[strlen (path) - 1] != '/')
    g_assert_true (
        g_file_set_contents_full (whole, "text\n", -1, G_FILE_SET_CONTENTS_NONE, 0666, NULL));
}

static void
make_home (void)
{
  home = g_dir_make_tmp ("thaw-columns-XXXXXX", NULL);
  g_setenv ("HOME", home, TRUE);
  put ("text");
  put ("one/deep/end");
  put ("one/file");
  put ("one/nothing/");
  for (guint i = 10; i < 100; i++)
    {
      g_autofree char *path = g_strdup_printf ("rows/folder-%u/in", i);

      put (path);
    }
}

#define add(name, path, func)                                                                      \
  g_test_add ("/columns-view/" name, Fixture, path, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_autofree char *command = NULL;
  int status;

  make_home ();
  g_setenv ("GSK_RENDERER", "cairo", FALSE);
  g_set_prgname ("columns-view");
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  add ("way", "one/deep", test_way);
  add ("beside", "", test_beside);
  add ("right-and-left", "", test_right_and_left);
  add ("keeps-place", "rows", test_keeps_place);
  add ("click-before", "one", test_click_before);
  add ("click-beside", "", test_click_beside);
  add ("empty", "one", test_empty);
  add ("hurry", "", test_hurry);
  add ("drop", "one", test_drop);
  add ("dead-mount", "one", test_dead_mount);
  add ("settings", "one", test_settings);
  status = g_test_run ();
  command = g_strdup_printf ("rm -rf '%s'", home);
  g_assert_cmpint (system (command), ==, 0);
  g_free (home);
  return status;
}
