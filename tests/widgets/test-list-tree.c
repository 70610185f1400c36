/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Folders that are expanded in the list view: real folders on the disk, changed while they are
 * shown, with keys and clicks from xdotool, which are skipped where it isn't installed. What is
 * shown is compared as text: a line a row, two blanks a level, as it would be read aloud.
 */
#include "test-lane-support.h"
#include "turns.h"
#include "view-fixture.h"

#undef wait_until /* here it runs frames */

#include <adwaita.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DEADLINE_USEC (20 * G_USEC_PER_SEC)

typedef struct {
  ViewFixture base;
  char *path;
  ThawFolder *folder;
  guint32 activated;
} Fixture;

/* The disk */

static char *
make_path (Fixture *self, const char *name)
{
  return g_build_filename (self->path, name, NULL);
}

static void
make_folder (Fixture *self, const char *name)
{
  g_autofree char *path = make_path (self, name);

  g_assert_cmpint (g_mkdir_with_parents (path, 0755), ==, 0);
}

static void
make_file (Fixture *self, const char *name, gsize size)
{
  g_autofree char *path = make_path (self, name);
  g_autofree char *text = g_strnfill (size, 'x');
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, (gssize) size, &error);
  g_assert_no_error (error);
}

static void
move (Fixture *self, const char *from, const char *to)
{
  g_autofree char *from_path = make_path (self, from);
  g_autofree char *to_path = make_path (self, to);

  g_assert_cmpint (g_rename (from_path, to_path), ==, 0);
}

static void
remove_all (const char *path)
{
  g_autofree char *quoted = g_shell_quote (path);
  g_autofree char *command = g_strconcat ("rm -rf -- ", quoted, NULL);

  g_assert_cmpint (system (command), ==, 0);
}

/* The view */

#define wait_until(self, condition)                                                                \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 wait_end = g_get_monotonic_time () + DEADLINE_USEC;                                     \
    while (!(condition))                                                                           \
      {                                                                                            \
        g_assert_cmpint (g_get_monotonic_time (), <, wait_end);                                    \
        view_fixture_run_frames (&(self)->base, 1);                                                \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END

static char *
dup_row (PaneFolderModel *model, guint32 id)
{
  char *note = pane_folder_model_dup_note (model, id);

  if (note == NULL)
    return thaw_entry_store_dup_display_name (pane_folder_model_get_store (model), id);
  return note;
}

static char *
dup_rows (Fixture *self)
{
  PaneFolderModel *model = self->base.model;
  ThawOrder *order = pane_folder_model_get_order (model);
  GString *rows = g_string_new (NULL);

  for (guint i = 0; order != NULL && i < thaw_order_get_n (order); i++)
    {
      guint32 id = pane_folder_model_get_id (model, i);
      g_autofree char *row = dup_row (model, id);

      g_assert_cmpuint (pane_folder_model_find (model, id), ==, i);
      g_string_append_printf (rows,
                              "%*s%s\n",
                              2 * (int) pane_folder_model_get_depth (model, id),
                              "",
                              row);
    }
  return g_string_free_and_steal (rows);
}

static gboolean
shows (Fixture *self, const char *expected)
{
  g_autofree char *rows = dup_rows (self);

  return g_str_equal (rows, expected);
}

static void
expect (Fixture *self, const char *expected)
{
  gint64 end = g_get_monotonic_time () + DEADLINE_USEC;

  while (!shows (self, expected) && g_get_monotonic_time () < end)
    view_fixture_run_frames (&self->base, 1);
  if (!shows (self, expected))
    {
      g_autofree char *rows = dup_rows (self);

      g_assert_cmpstr (rows, ==, expected);
    }
  view_fixture_run_frames (&self->base, 3);
}

static gboolean
has_row (Fixture *self, const char *row)
{
  g_autofree char *rows = dup_rows (self);

  return strstr (rows, row) != NULL;
}

/* By its name; the first of them. */
static guint32
find (Fixture *self, const char *name)
{
  PaneFolderModel *model = self->base.model;
  guint n = thaw_order_get_n (pane_folder_model_get_order (model));

  for (guint i = 0; i < n; i++)
    {
      guint32 id = pane_folder_model_get_id (model, i);
      g_autofree char *row = dup_row (model, id);

      if (g_str_equal (row, name))
        return id;
    }
  g_error ("%s isn't shown", name);
}

static void
set_expanded (Fixture *self, const char *name, gboolean expanded)
{
  pane_folder_model_set_expanded (self->base.model, find (self, name), expanded);
}

static void
activate_cb (PaneView *view, guint id, Fixture *self)
{
  self->activated = id;
}

static Fixture *
fixture_new (void)
{
  Fixture *self = g_new0 (Fixture, 1);

  self->path = g_dir_make_tmp ("thaw-tree-XXXXXX", NULL);
  self->activated = THAW_NO_ENTRY;
  make_folder (self, "a/deep/deeper");
  make_file (self, "a/deep/deeper/bottom", 1);
  make_file (self, "a/one", 3000);
  make_file (self, "a/two", 20);
  make_folder (self, "b");
  make_file (self, "file", 5);
  make_file (self, "last", 500);
  return self;
}

static void
fixture_show (Fixture *self)
{
  static guint n_shown;
  g_autoptr (GFile) location = g_file_new_for_path (self->path);
  g_autofree char *title = g_strdup_printf ("tree-%u-end", n_shown++);
  ViewFixture *base = &self->base;

  self->folder = thaw_folder_new (location);
  base->model = pane_folder_model_new ();
  base->window = gtk_window_new ();
  base->view = pane_view_registry_create ("list");
  pane_view_set_model (base->view, base->model);
  g_signal_connect (base->view, "activate", G_CALLBACK (activate_cb), self);
  gtk_window_set_title (GTK_WINDOW (base->window), title);
  gtk_window_set_decorated (GTK_WINDOW (base->window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (base->window), 900, 500);
  gtk_window_set_child (GTK_WINDOW (base->window), GTK_WIDGET (base->view));
  gtk_window_present (GTK_WINDOW (base->window));
  pane_folder_model_set_folder (base->model, self->folder);
  thaw_folder_start (self->folder);
  wait_until (self, thaw_folder_get_state (self->folder) == THAW_FOLDER_READY);
}

static Fixture *
open_usual (void)
{
  Fixture *self = fixture_new ();

  fixture_show (self);
  expect (self, "a\nb\nfile\nlast\n");
  return self;
}

static void
fixture_close (Fixture *self)
{
  gtk_window_destroy (GTK_WINDOW (self->base.window));
  g_object_unref (self->base.model);
  g_object_unref (self->folder);
}

static void
fixture_free (Fixture *self)
{
  fixture_close (self);
  remove_all (self->path);
  g_free (self->path);
  g_free (self);
}

/* What is shown */

static void
test_expand (void)
{
  Fixture *self = open_usual ();

  set_expanded (self, "a", TRUE);
  expect (self, "a\n  deep\n  one\n  two\nb\nfile\nlast\n");
  set_expanded (self, "deep", TRUE);
  expect (self, "a\n  deep\n    deeper\n  one\n  two\nb\nfile\nlast\n");
  set_expanded (self, "deeper", TRUE);
  set_expanded (self, "b", TRUE);
  expect (self, "a\n  deep\n    deeper\n      bottom\n  one\n  two\nb\n  Empty\nfile\nlast\n");
  /* All that is in it goes with it, and doesn't come back by itself. */
  set_expanded (self, "a", FALSE);
  expect (self, "a\nb\n  Empty\nfile\nlast\n");
  set_expanded (self, "a", TRUE);
  expect (self, "a\n  deep\n  one\n  two\nb\n  Empty\nfile\nlast\n");
  pane_folder_model_collapse_all (self->base.model);
  expect (self, "a\nb\nfile\nlast\n");
  g_assert_true (pane_folder_model_get_order (self->base.model)
                 == thaw_folder_get_order (self->folder));
  fixture_free (self);
}

static void
set_spec (Fixture *self, ThawSortColumn column, gboolean descending, const char *filter)
{
  ThawOrderSpec spec;

  thaw_order_spec_init (&spec);
  spec.column = column;
  spec.descending = descending;
  spec.filter = g_strdup (filter);
  thaw_folder_set_spec (self->folder, &spec);
  thaw_order_spec_clear (&spec);
}

/* All levels are in one order, and through one filter. */
static void
test_sort (void)
{
  Fixture *self = open_usual ();

  set_expanded (self, "a", TRUE);
  expect (self, "a\n  deep\n  one\n  two\nb\nfile\nlast\n");
  set_spec (self, THAW_SORT_NAME, TRUE, NULL);
  expect (self, "b\na\n  deep\n  two\n  one\nlast\nfile\n");
  set_spec (self, THAW_SORT_SIZE, FALSE, NULL);
  expect (self, "a\n  deep\n  two\n  one\nb\nfile\nlast\n");
  set_spec (self, THAW_SORT_NAME, FALSE, "b");
  expect (self, "b\n");
  set_spec (self, THAW_SORT_NAME, FALSE, "a");
  expect (self, "a\n  No match\nlast\n");
  set_spec (self, THAW_SORT_NAME, FALSE, NULL);
  expect (self, "a\n  deep\n  one\n  two\nb\nfile\nlast\n");
  fixture_free (self);
}

static void
test_live (void)
{
  Fixture *self = open_usual ();
  guint32 one;

  set_expanded (self, "a", TRUE);
  set_expanded (self, "b", TRUE);
  expect (self, "a\n  deep\n  one\n  two\nb\n  Empty\nfile\nlast\n");
  make_file (self, "b/new", 1);
  expect (self, "a\n  deep\n  one\n  two\nb\n  new\nfile\nlast\n");
  one = find (self, "one");
  pane_folder_model_select_id (self->base.model, one, TRUE);
  move (self, "a/one", "a/uno");
  expect (self, "a\n  deep\n  two\n  uno\nb\n  new\nfile\nlast\n");
  g_assert_cmpuint (find (self, "uno"), ==, one);
  g_assert_true (pane_folder_model_is_id_selected (self->base.model, one));
  move (self, "a/uno", "uno");
  expect (self, "a\n  deep\n  two\nb\n  new\nfile\nlast\nuno\n");
  g_assert_cmpuint (pane_folder_model_get_n_selected (self->base.model), ==, 0);
  fixture_free (self);
}

/* An expanded folder that gets another name stays expanded, and so does what is in it. */
static void
test_rename (void)
{
  Fixture *self = open_usual ();
  g_autoptr (GFile) file = NULL;
  g_autofree char *path = NULL;

  set_expanded (self, "a", TRUE);
  expect (self, "a\n  deep\n  one\n  two\nb\nfile\nlast\n");
  set_expanded (self, "deep", TRUE);
  expect (self, "a\n  deep\n    deeper\n  one\n  two\nb\nfile\nlast\n");
  set_expanded (self, "deeper", TRUE);
  expect (self, "a\n  deep\n    deeper\n      bottom\n  one\n  two\nb\nfile\nlast\n");
  move (self, "a", "c");
  expect (self, "b\nc\n  deep\n    deeper\n      bottom\n  one\n  two\nfile\nlast\n");
  file = pane_folder_model_dup_file (self->base.model, find (self, "bottom"));
  path = g_build_filename (self->path, "c/deep/deeper/bottom", NULL);
  g_assert_cmpstr (g_file_peek_path (file), ==, path);
  remove_all (path);
  expect (self, "b\nc\n  deep\n    deeper\n      Empty\n  one\n  two\nfile\nlast\n");
  g_clear_pointer (&path, g_free);
  path = make_path (self, "c");
  remove_all (path);
  expect (self, "b\nfile\nlast\n");
  fixture_free (self);
}

static void
test_error (void)
{
  Fixture *self = fixture_new ();
  g_autofree char *link = make_path (self, "link");
  guint32 note;

  make_folder (self, "target");
  g_assert_cmpint (symlink ("target", link), ==, 0);
  fixture_show (self);
  expect (self, "a\nb\nlink\ntarget\nfile\nlast\n");
  /* In the same turn: the link isn't known to lead nowhere yet, and may be at any time after. */
  move (self, "target", "else");
  set_expanded (self, "link", TRUE);
  wait_until (self, has_row (self, "  This folder is not there any more\n"));
  note = find (self, "This folder is not there any more");
  pane_folder_model_select_id (self->base.model, note, TRUE);
  g_assert_cmpuint (pane_folder_model_get_n_selected (self->base.model), ==, 0);
  g_assert_null (pane_folder_model_dup_file (self->base.model, note));
  move (self, "else", "target");
  pane_folder_model_retry (self->base.model, note);
  expect (self, "a\nb\nlink\n  Empty\ntarget\nfile\nlast\n");
  fixture_free (self);
}

/* Another folder, another view: nothing of it stays. */
static void
test_leave (void)
{
  Fixture *self = open_usual ();
  g_autofree char *path = make_path (self, "a");
  g_autoptr (GFile) location = g_file_new_for_path (path);
  g_autoptr (ThawFolder) other = thaw_folder_new (location);

  set_expanded (self, "a", TRUE);
  expect (self, "a\n  deep\n  one\n  two\nb\nfile\nlast\n");
  thaw_folder_start (other);
  pane_folder_model_set_folder (self->base.model, other);
  expect (self, "deep\none\ntwo\n");
  set_expanded (self, "deep", TRUE);
  expect (self, "deep\n  deeper\none\ntwo\n");
  gtk_window_set_child (GTK_WINDOW (self->base.window), NULL);
  self->base.view = pane_view_registry_create ("grid");
  pane_view_set_model (self->base.view, self->base.model);
  gtk_window_set_child (GTK_WINDOW (self->base.window), GTK_WIDGET (self->base.view));
  expect (self, "deep\none\ntwo\n");
  pane_folder_model_set_folder (self->base.model, NULL);
  fixture_free (self);
}

/* Selection */

static char *
dup_selected (Fixture *self)
{
  PaneFolderModel *model = self->base.model;
  g_autoptr (GArray) ids = pane_folder_model_dup_selected_ids (model);
  GString *paths = g_string_new (NULL);

  g_assert_cmpuint (pane_folder_model_get_n_selected (model), ==, ids->len);
  for (guint i = 0; i < ids->len; i++)
    {
      g_autoptr (GFile) file = pane_folder_model_dup_file (model, g_array_index (ids, guint32, i));

      g_string_append_printf (paths, "%s ", g_file_peek_path (file) + strlen (self->path) + 1);
    }
  return g_string_free_and_steal (paths);
}

static void
check_selected (Fixture *self, const char *expected)
{
  g_autofree char *selected = dup_selected (self);

  g_assert_cmpstr (selected, ==, expected);
}

static void
test_selection (void)
{
  Fixture *self = open_usual ();
  GtkSelectionModel *selection = GTK_SELECTION_MODEL (self->base.model);

  set_expanded (self, "a", TRUE);
  set_expanded (self, "b", TRUE);
  expect (self, "a\n  deep\n  one\n  two\nb\n  Empty\nfile\nlast\n");
  gtk_selection_model_select_range (selection, 2, 5, TRUE);
  check_selected (self, "a/one a/two b file ");
  pane_folder_model_invert_selection (self->base.model);
  check_selected (self, "a a/deep last ");
  gtk_selection_model_select_all (selection);
  check_selected (self, "a a/deep a/one a/two b file last ");
  gtk_selection_model_unselect_range (selection, 0, 2);
  check_selected (self, "a/one a/two b file last ");
  /* It stays with the files in any order, and goes with what isn't shown any more. */
  set_spec (self, THAW_SORT_NAME, TRUE, NULL);
  expect (self, "b\n  Empty\na\n  deep\n  two\n  one\nlast\nfile\n");
  check_selected (self, "b a/two a/one last file ");
  set_expanded (self, "a", FALSE);
  check_selected (self, "b last file ");
  gtk_selection_model_unselect_all (selection);
  check_selected (self, "");
  fixture_free (self);
}

/* Real events */

static gboolean
has_xdotool (void)
{
  g_autofree char *path = g_find_program_in_path ("xdotool");

  if (path == NULL)
    g_test_skip ("xdotool is not installed");
  return path != NULL;
}

static void
finished_cb (GObject *subprocess, GAsyncResult *result, gpointer finished)
{
  g_autoptr (GError) error = NULL;

  g_subprocess_wait_check_finish (G_SUBPROCESS (subprocess), result, &error);
  g_assert_no_error (error);
  *(gboolean *) finished = TRUE;
}

static void
do_input (Fixture *self, const char *command)
{
  g_autofree char *line = g_strconcat ("xdotool ", command, NULL);
  g_auto (GStrv) argv = g_strsplit (line, " ", -1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) subprocess
      = g_subprocess_newv ((const char *const *) argv, G_SUBPROCESS_FLAGS_NONE, &error);
  gboolean finished = FALSE;

  g_assert_no_error (error);
  g_subprocess_wait_check_async (subprocess, NULL, finished_cb, &finished);
  while (!finished)
    g_main_context_iteration (NULL, TRUE);
  view_fixture_run_frames (&self->base, 3);
}

static Fixture *
open_for_input (void)
{
  Fixture *self = open_usual ();
  g_autofree char *command
      = g_strdup_printf ("search --sync --name %s windowmove --sync 0 0 windowfocus --sync",
                         gtk_window_get_title (GTK_WINDOW (self->base.window)));

  do_input (self, command);
  wait_until (self, gtk_window_is_active (GTK_WINDOW (self->base.window)));
  return self;
}

/* @x: from the start edge of its row. */
static void
click (Fixture *self, const char *name, int x, const char *how)
{
  graphene_rect_t bounds;
  g_autofree char *command = NULL;
  gboolean is_rtl = gtk_widget_get_direction (GTK_WIDGET (self->base.view)) == GTK_TEXT_DIR_RTL;

  g_assert_true (pane_view_get_entry_bounds (self->base.view, find (self, name), &bounds));
  command = g_strdup_printf (
      "mousemove %d %d %s",
      (int) (is_rtl ? bounds.origin.x + bounds.size.width - x : bounds.origin.x + x),
      (int) (bounds.origin.y + bounds.size.height / 2),
      how);
  do_input (self, command);
}

static gboolean
has_focus (Fixture *self, const char *name)
{
  PaneCell *cell = view_fixture_get_focus_cell (&self->base);

  return cell != NULL && pane_cell_get_id (cell) == find (self, name);
}

static void
check_selected_soon (Fixture *self, const char *expected)
{
  gint64 end = g_get_monotonic_time () + DEADLINE_USEC;

  for (;;)
    {
      g_autofree char *selected = dup_selected (self);

      if (g_str_equal (selected, expected) || g_get_monotonic_time () > end)
        break;
      view_fixture_run_frames (&self->base, 1);
    }
  check_selected (self, expected);
}

static void
do_keys (gboolean is_rtl)
{
  const char *in = is_rtl ? "key Left" : "key Right";
  const char *out = is_rtl ? "key Right" : "key Left";
  Fixture *self = open_for_input ();

  if (is_rtl)
    gtk_widget_set_direction (pane_slot_view_get_list (PANE_SLOT_VIEW (self->base.view)),
                              GTK_TEXT_DIR_RTL);
  click (self, "a", 100, "click 1");
  wait_until (self, has_focus (self, "a"));
  do_input (self, in);
  expect (self, "a\n  deep\n  one\n  two\nb\nfile\nlast\n");
  g_assert_true (has_focus (self, "a"));
  do_input (self, in);
  wait_until (self, has_focus (self, "deep"));
  check_selected_soon (self, "a/deep ");
  do_input (self, in);
  expect (self, "a\n  deep\n    deeper\n  one\n  two\nb\nfile\nlast\n");
  do_input (self, "key Down Down");
  wait_until (self, has_focus (self, "one"));
  do_input (self, "key shift+Down shift+Down");
  check_selected_soon (self, "a/one a/two b ");
  do_input (self, "key Up");
  wait_until (self, has_focus (self, "two"));
  do_input (self, in);
  g_assert_true (has_focus (self, "two"));
  do_input (self, out);
  wait_until (self, has_focus (self, "a"));
  check_selected_soon (self, "a ");
  do_input (self, "key Down");
  wait_until (self, has_focus (self, "deep"));
  do_input (self, "key Down");
  wait_until (self, has_focus (self, "deeper"));
  /* The focus isn't lost with what is collapsed. */
  set_expanded (self, "a", FALSE);
  expect (self, "a\nb\nfile\nlast\n");
  wait_until (self, has_focus (self, "a"));
  g_assert_cmpuint (pane_folder_model_get_n_selected (self->base.model), ==, 0);
  do_input (self, "key Down");
  check_selected_soon (self, "a ");
  do_input (self, "key Down");
  wait_until (self, has_focus (self, "b"));
  do_input (self, "key Return");
  wait_until (self, self->activated == find (self, "b"));
  fixture_free (self);
}

static void
test_keys (gconstpointer is_rtl)
{
  if (has_xdotool ())
    do_keys (is_rtl != NULL);
}

static void
test_clicks (void)
{
  Fixture *self;

  if (!has_xdotool ())
    return;
  self = open_for_input ();
  click (self, "last", 100, "click 1");
  check_selected_soon (self, "last ");
  click (self, "a", 10, "click 1");
  expect (self, "a\n  deep\n  one\n  two\nb\nfile\nlast\n");
  check_selected (self, "last ");
  /* A level deeper the triangle is further in; before it is nothing to click on but the row. */
  click (self, "deep", 30, "click 1");
  expect (self, "a\n  deep\n    deeper\n  one\n  two\nb\nfile\nlast\n");
  click (self, "deep", 8, "click 1");
  check_selected_soon (self, "a/deep ");
  click (self, "one", 10, "click 1");
  check_selected_soon (self, "a/one ");
  click (self, "b", 120, "keydown shift click 1 keyup shift");
  check_selected_soon (self, "a/one a/two b ");
  g_assert_cmpuint (self->activated, ==, THAW_NO_ENTRY);
  click (self, "two", 120, "click --repeat 2 --delay 50 1");
  wait_until (self, self->activated == find (self, "two"));
  click (self, "a", 10, "click 1");
  expect (self, "a\nb\nfile\nlast\n");
  fixture_free (self);
}

/* A place that doesn't answer is waited for in its row, and nowhere else. */
static void
test_dead_mount (void)
{
  const char *why = NULL;
  g_autoptr (FaultMount) mount = fault_mount_new (&why);
  Fixture *self;

  if (mount == NULL)
    {
      g_test_skip (why);
      return;
    }
  self = g_new0 (Fixture, 1);
  self->path = g_strdup (mount->dir);
  fixture_show (self);
  expect (self, "back\nmnt\n");
  fault_mount_tell (mount, "add op=any hang");
  set_expanded (self, "mnt", TRUE);
  wait_until (self, has_row (self, "mnt\n  Waiting for "));
  set_expanded (self, "mnt", FALSE);
  expect (self, "back\nmnt\n");
  set_expanded (self, "mnt", TRUE);
  wait_until (self, has_row (self, "mnt\n  Waiting for "));
  fault_mount_tell (mount, "clear");
  wait_until (self, has_row (self, "  folder\n  file-0\n"));
  set_expanded (self, "mnt", FALSE);
  expect (self, "back\nmnt\n");
  fixture_close (self);
  g_free (self->path);
  g_free (self);
}

static gsize
get_resident_bytes (void)
{
  g_autofree char *text = NULL;
  gulong total = 0, resident = 0;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%lu %lu", &total, &resident), ==, 2);
  return resident * (gsize) sysconf (_SC_PAGESIZE);
}

static void
report (const char *what, gint64 began_usec)
{
  Turns turns = turns_get ();

  g_test_message ("%s: %.0f ms, longest turn %.1f ms, %.1f ms of CPU time; %.1f MB resident",
                  what,
                  (double) (g_get_monotonic_time () - began_usec) / 1000,
                  (double) turns.longest_held_usec / 1000,
                  (double) turns.longest_cpu_usec / 1000,
                  (double) get_resident_bytes () / (1 << 20));
  turns_reset ();
}

static guint
count (Fixture *self)
{
  return thaw_order_get_n (pane_folder_model_get_order (self->base.model));
}

static void
fill (Fixture *self, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("b/entry %u", i);
      g_autofree char *path = make_path (self, name);

      int fd = g_creat (path, 0644);

      g_assert_cmpint (fd, >=, 0);
      close (fd);
    }
}

/* THAW_TEST_TREE=1000000 TMPDIR=/dev/shm: how long the loop is held, and what stays behind. */
static void
test_many (void)
{
  const char *wanted = g_getenv ("THAW_TEST_TREE");
  guint n = wanted != NULL ? (guint) atoi (wanted) : 10000;
  Fixture *self = fixture_new ();
  gint64 began_usec;

  fill (self, n);
  fixture_show (self);
  expect (self, "a\nb\nfile\nlast\n");
  turns_install (NULL);
  view_fixture_run_frames (&self->base, 10);
  report ("nothing expanded", g_get_monotonic_time ());
  for (guint i = 0; i < (wanted != NULL ? 4 : 1); i++)
    {
      began_usec = g_get_monotonic_time ();
      set_expanded (self, "b", TRUE);
      wait_until (self, count (self) == n + 4);
      view_fixture_run_frames (&self->base, 15);
      report ("expanded", began_usec);
      began_usec = g_get_monotonic_time ();
      gtk_selection_model_select_all (GTK_SELECTION_MODEL (self->base.model));
      g_assert_cmpuint (pane_folder_model_get_n_selected (self->base.model), ==, n + 4);
      view_fixture_run_frames (&self->base, 5);
      report ("all selected", began_usec);
      began_usec = g_get_monotonic_time ();
      set_spec (self, THAW_SORT_NAME, i == 0, NULL);
      wait_until (self,
                  thaw_order_get_spec (pane_folder_model_get_order (self->base.model))->descending
                      == (i == 0));
      view_fixture_run_frames (&self->base, 15);
      report ("sorted the other way", began_usec);
      began_usec = g_get_monotonic_time ();
      set_expanded (self, "b", FALSE);
      g_assert_cmpuint (count (self), ==, 4);
      g_assert_cmpuint (pane_folder_model_get_n_selected (self->base.model), ==, 4);
      view_fixture_run_frames (&self->base, 20);
      report ("collapsed", began_usec);
    }
  fixture_free (self);
}

/* It is a setting. */
static void
test_flat (void)
{
  Fixture *self = open_usual ();
  g_autofree char *settings = NULL;

  set_expanded (self, "a", TRUE);
  expect (self, "a\n  deep\n  one\n  two\nb\nfile\nlast\n");
  pane_view_apply_settings (self->base.view, "size=120 -tree");
  expect (self, "a\nb\nfile\nlast\n");
  settings = pane_view_dup_settings (self->base.view);
  g_assert_cmpstr (settings, ==, "size=120 -tree");
  pane_view_apply_settings (self->base.view, "");
  g_clear_pointer (&settings, g_free);
  settings = pane_view_dup_settings (self->base.view);
  g_assert_cmpstr (settings, ==, "");
  fixture_free (self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/list-tree/expand", test_expand);
  g_test_add_func ("/list-tree/sort", test_sort);
  g_test_add_func ("/list-tree/live", test_live);
  g_test_add_func ("/list-tree/rename", test_rename);
  g_test_add_func ("/list-tree/error", test_error);
  g_test_add_func ("/list-tree/leave", test_leave);
  g_test_add_func ("/list-tree/selection", test_selection);
  g_test_add_func ("/list-tree/flat", test_flat);
  g_test_add_func ("/list-tree/dead-mount", test_dead_mount);
  g_test_add_func ("/list-tree/many", test_many);
  g_test_add_data_func ("/list-tree/keys", NULL, test_keys);
  g_test_add_data_func ("/list-tree/keys-rtl", GINT_TO_POINTER (1), test_keys);
  g_test_add_func ("/list-tree/clicks", test_clicks);
  return g_test_run ();
}
