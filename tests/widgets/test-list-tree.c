/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Folders that are expanded in the list view: real folders on the disk, changed while they are
 * shown, with keys and clicks from xdotool, which are skipped where it isn't installed. What is
 * shown is compared as text: a line a row, two blanks a level, as it would be read aloud.
 */
#include "test-lane-support.h"
#include "turns.h"
#include "tree-fixture.h"

#undef wait_until /* here it runs frames */

#include <adwaita.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DEADLINE_USEC (20 * G_USEC_PER_SEC)

#define wait_until(self, condition) view_user_wait_until (&(self)->base, condition)

/* What is shown */

static void
test_expand (void)
{
  TreeFixture *self = tree_fixture_open ();

  tree_fixture_set_expanded (self, "a", TRUE);
  tree_fixture_expect (self, "a\n  deep\n  one\n  two\nb\nfile\nlast\n");
  tree_fixture_set_expanded (self, "deep", TRUE);
  tree_fixture_expect (self, "a\n  deep\n    deeper\n  one\n  two\nb\nfile\nlast\n");
  tree_fixture_set_expanded (self, "deeper", TRUE);
  tree_fixture_set_expanded (self, "b", TRUE);
  tree_fixture_expect (
      self,
      "a\n  deep\n    deeper\n      bottom\n  one\n  two\nb\n  Empty\nfile\nlast\n");
  /* All that is in it goes with it, and doesn't come back by itself. */
  tree_fixture_set_expanded (self, "a", FALSE);
  tree_fixture_expect (self, "a\nb\n  Empty\nfile\nlast\n");
  tree_fixture_set_expanded (self, "a", TRUE);
  tree_fixture_expect (self, "a\n  deep\n  one\n  two\nb\n  Empty\nfile\nlast\n");
  pane_folder_model_collapse_all (self->base.model);
  tree_fixture_expect (self, "a\nb\nfile\nlast\n");
  g_assert_true (pane_folder_model_get_order (self->base.model)
                 == thaw_folder_get_order (self->folder));
  tree_fixture_free (self);
}

static void
set_spec (TreeFixture *self, ThawSortColumn column, gboolean descending, const char *filter)
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
  TreeFixture *self = tree_fixture_open ();

  tree_fixture_set_expanded (self, "a", TRUE);
  tree_fixture_expect (self, "a\n  deep\n  one\n  two\nb\nfile\nlast\n");
  set_spec (self, THAW_SORT_NAME, TRUE, NULL);
  tree_fixture_expect (self, "b\na\n  deep\n  two\n  one\nlast\nfile\n");
  set_spec (self, THAW_SORT_SIZE, FALSE, NULL);
  tree_fixture_expect (self, "a\n  deep\n  two\n  one\nb\nfile\nlast\n");
  set_spec (self, THAW_SORT_NAME, FALSE, "b");
  tree_fixture_expect (self, "b\n");
  set_spec (self, THAW_SORT_NAME, FALSE, "a");
  tree_fixture_expect (self, "a\n  No match\nlast\n");
  set_spec (self, THAW_SORT_NAME, FALSE, NULL);
  tree_fixture_expect (self, "a\n  deep\n  one\n  two\nb\nfile\nlast\n");
  tree_fixture_free (self);
}

static void
test_live (void)
{
  TreeFixture *self = tree_fixture_open ();
  guint32 one;

  tree_fixture_set_expanded (self, "a", TRUE);
  tree_fixture_set_expanded (self, "b", TRUE);
  tree_fixture_expect (self, "a\n  deep\n  one\n  two\nb\n  Empty\nfile\nlast\n");
  tree_fixture_make_file (self, "b/new", 1);
  tree_fixture_expect (self, "a\n  deep\n  one\n  two\nb\n  new\nfile\nlast\n");
  one = tree_fixture_find (self, "one");
  pane_folder_model_select_id (self->base.model, one, TRUE);
  tree_fixture_move (self, "a/one", "a/uno");
  tree_fixture_expect (self, "a\n  deep\n  two\n  uno\nb\n  new\nfile\nlast\n");
  g_assert_cmpuint (tree_fixture_find (self, "uno"), ==, one);
  g_assert_true (pane_folder_model_is_id_selected (self->base.model, one));
  tree_fixture_move (self, "a/uno", "uno");
  tree_fixture_expect (self, "a\n  deep\n  two\nb\n  new\nfile\nlast\nuno\n");
  g_assert_cmpuint (pane_folder_model_get_n_selected (self->base.model), ==, 0);
  tree_fixture_free (self);
}

/* An expanded folder that gets another name stays expanded, and so does what is in it. */
static void
test_rename (void)
{
  TreeFixture *self = tree_fixture_open ();
  g_autoptr (GFile) file = NULL;
  g_autofree char *path = NULL;

  tree_fixture_set_expanded (self, "a", TRUE);
  tree_fixture_expect (self, "a\n  deep\n  one\n  two\nb\nfile\nlast\n");
  tree_fixture_set_expanded (self, "deep", TRUE);
  tree_fixture_expect (self, "a\n  deep\n    deeper\n  one\n  two\nb\nfile\nlast\n");
  tree_fixture_set_expanded (self, "deeper", TRUE);
  tree_fixture_expect (self, "a\n  deep\n    deeper\n      bottom\n  one\n  two\nb\nfile\nlast\n");
  tree_fixture_move (self, "a", "c");
  tree_fixture_expect (self, "b\nc\n  deep\n    deeper\n      bottom\n  one\n  two\nfile\nlast\n");
  file = pane_folder_model_dup_file (self->base.model, tree_fixture_find (self, "bottom"));
  path = g_build_filename (self->path, "c/deep/deeper/bottom", NULL);
  g_assert_cmpstr (g_file_peek_path (file), ==, path);
  tree_fixture_remove_all (path);
  tree_fixture_expect (self, "b\nc\n  deep\n    deeper\n      Empty\n  one\n  two\nfile\nlast\n");
  g_clear_pointer (&path, g_free);
  path = tree_fixture_make_path (self, "c");
  tree_fixture_remove_all (path);
  tree_fixture_expect (self, "b\nfile\nlast\n");
  tree_fixture_free (self);
}

static void
test_error (void)
{
  TreeFixture *self = tree_fixture_new ();
  g_autofree char *link = tree_fixture_make_path (self, "link");
  guint32 note;

  tree_fixture_make_folder (self, "target");
  g_assert_cmpint (symlink ("target", link), ==, 0);
  tree_fixture_show (self);
  tree_fixture_expect (self, "a\nb\nlink\ntarget\nfile\nlast\n");
  /* In the same turn: the link isn't known to lead nowhere yet, and may be at any time after. */
  tree_fixture_move (self, "target", "else");
  tree_fixture_set_expanded (self, "link", TRUE);
  wait_until (self, tree_fixture_has_row (self, "  This folder is not there any more\n"));
  note = tree_fixture_find (self, "This folder is not there any more");
  pane_folder_model_select_id (self->base.model, note, TRUE);
  g_assert_cmpuint (pane_folder_model_get_n_selected (self->base.model), ==, 0);
  g_assert_null (pane_folder_model_dup_file (self->base.model, note));
  tree_fixture_move (self, "else", "target");
  pane_folder_model_retry (self->base.model, note);
  tree_fixture_expect (self, "a\nb\nlink\n  Empty\ntarget\nfile\nlast\n");
  tree_fixture_free (self);
}

/* Another folder, another view: nothing of it stays. */
static void
test_leave (void)
{
  TreeFixture *self = tree_fixture_open ();
  g_autofree char *path = tree_fixture_make_path (self, "a");
  g_autoptr (GFile) location = g_file_new_for_path (path);
  g_autoptr (ThawFolder) other = thaw_folder_new (location);

  tree_fixture_set_expanded (self, "a", TRUE);
  tree_fixture_expect (self, "a\n  deep\n  one\n  two\nb\nfile\nlast\n");
  thaw_folder_start (other);
  pane_folder_model_set_folder (self->base.model, other);
  tree_fixture_expect (self, "deep\none\ntwo\n");
  tree_fixture_set_expanded (self, "deep", TRUE);
  tree_fixture_expect (self, "deep\n  deeper\none\ntwo\n");
  gtk_window_set_child (GTK_WINDOW (self->base.window), NULL);
  self->base.view = pane_view_registry_create ("grid");
  pane_view_set_model (self->base.view, self->base.model);
  gtk_window_set_child (GTK_WINDOW (self->base.window), GTK_WIDGET (self->base.view));
  tree_fixture_expect (self, "deep\none\ntwo\n");
  pane_folder_model_set_folder (self->base.model, NULL);
  tree_fixture_free (self);
}

/* Selection */

static char *
dup_selected (TreeFixture *self)
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
check_selected (TreeFixture *self, const char *expected)
{
  g_autofree char *selected = dup_selected (self);

  g_assert_cmpstr (selected, ==, expected);
}

static void
test_selection (void)
{
  TreeFixture *self = tree_fixture_open ();
  GtkSelectionModel *selection = GTK_SELECTION_MODEL (self->base.model);

  tree_fixture_set_expanded (self, "a", TRUE);
  tree_fixture_set_expanded (self, "b", TRUE);
  tree_fixture_expect (self, "a\n  deep\n  one\n  two\nb\n  Empty\nfile\nlast\n");
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
  tree_fixture_expect (self, "b\n  Empty\na\n  deep\n  two\n  one\nlast\nfile\n");
  check_selected (self, "b a/two a/one last file ");
  tree_fixture_set_expanded (self, "a", FALSE);
  check_selected (self, "b last file ");
  gtk_selection_model_unselect_all (selection);
  check_selected (self, "");
  tree_fixture_free (self);
}

/* Real events */

static void
do_input (TreeFixture *self, const char *command)
{
  view_user_do (&self->base, command);
}

static TreeFixture *
open_for_input (void)
{
  TreeFixture *self = tree_fixture_open ();

  view_user_face (&self->base);
  return self;
}

/* @x: from the start edge of its row. */
static void
click (TreeFixture *self, const char *name, int x, const char *how)
{
  view_user_point_at (&self->base, tree_fixture_find (self, name), x, how);
}

static gboolean
has_focus (TreeFixture *self, const char *name)
{
  PaneCell *cell = view_fixture_get_focus_cell (&self->base);

  return cell != NULL && pane_cell_get_id (cell) == tree_fixture_find (self, name);
}

static void
check_selected_soon (TreeFixture *self, const char *expected)
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
  TreeFixture *self = open_for_input ();

  if (is_rtl)
    gtk_widget_set_direction (pane_slot_view_get_list (PANE_SLOT_VIEW (self->base.view)),
                              GTK_TEXT_DIR_RTL);
  click (self, "a", 100, "click 1");
  wait_until (self, has_focus (self, "a"));
  do_input (self, in);
  tree_fixture_expect (self, "a\n  deep\n  one\n  two\nb\nfile\nlast\n");
  g_assert_true (has_focus (self, "a"));
  do_input (self, in);
  wait_until (self, has_focus (self, "deep"));
  check_selected_soon (self, "a/deep ");
  do_input (self, in);
  tree_fixture_expect (self, "a\n  deep\n    deeper\n  one\n  two\nb\nfile\nlast\n");
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
  tree_fixture_set_expanded (self, "a", FALSE);
  tree_fixture_expect (self, "a\nb\nfile\nlast\n");
  wait_until (self, has_focus (self, "a"));
  g_assert_cmpuint (pane_folder_model_get_n_selected (self->base.model), ==, 0);
  do_input (self, "key Down");
  check_selected_soon (self, "a ");
  do_input (self, "key Down");
  wait_until (self, has_focus (self, "b"));
  do_input (self, "key Return");
  wait_until (self, self->activated == tree_fixture_find (self, "b"));
  tree_fixture_free (self);
}

static void
test_keys (gconstpointer is_rtl)
{
  if (view_user_is_here ())
    do_keys (is_rtl != NULL);
}

static void
test_clicks (void)
{
  TreeFixture *self;

  if (!view_user_is_here ())
    return;
  self = open_for_input ();
  click (self, "last", 100, "click 1");
  check_selected_soon (self, "last ");
  click (self, "a", 10, "click 1");
  tree_fixture_expect (self, "a\n  deep\n  one\n  two\nb\nfile\nlast\n");
  check_selected (self, "last ");
  /* A level deeper the triangle is further in; before it is nothing to click on but the row. */
  click (self, "deep", 30, "click 1");
  tree_fixture_expect (self, "a\n  deep\n    deeper\n  one\n  two\nb\nfile\nlast\n");
  click (self, "deep", 8, "click 1");
  check_selected_soon (self, "a/deep ");
  click (self, "one", 10, "click 1");
  check_selected_soon (self, "a/one ");
  click (self, "b", 120, "keydown shift click 1 keyup shift");
  check_selected_soon (self, "a/one a/two b ");
  g_assert_cmpuint (self->activated, ==, THAW_NO_ENTRY);
  click (self, "two", 120, "click --repeat 2 --delay 50 1");
  wait_until (self, self->activated == tree_fixture_find (self, "two"));
  click (self, "a", 10, "click 1");
  tree_fixture_expect (self, "a\nb\nfile\nlast\n");
  tree_fixture_free (self);
}

/* A place that doesn't answer is waited for in its row, and nowhere else. */
static void
test_dead_mount (void)
{
  const char *why = NULL;
  g_autoptr (FaultMount) mount = fault_mount_new (&why);
  TreeFixture *self;

  if (mount == NULL)
    {
      g_test_skip (why);
      return;
    }
  self = g_new0 (TreeFixture, 1);
  self->path = g_strdup (mount->dir);
  tree_fixture_show (self);
  tree_fixture_expect (self, "back\nmnt\n");
  fault_mount_tell (mount, "add op=any hang");
  tree_fixture_set_expanded (self, "mnt", TRUE);
  wait_until (self, tree_fixture_has_row (self, "mnt\n  Waiting for "));
  tree_fixture_set_expanded (self, "mnt", FALSE);
  tree_fixture_expect (self, "back\nmnt\n");
  tree_fixture_set_expanded (self, "mnt", TRUE);
  wait_until (self, tree_fixture_has_row (self, "mnt\n  Waiting for "));
  fault_mount_tell (mount, "clear");
  wait_until (self, tree_fixture_has_row (self, "  folder\n  file-0\n"));
  tree_fixture_set_expanded (self, "mnt", FALSE);
  tree_fixture_expect (self, "back\nmnt\n");
  tree_fixture_close (self);
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
count (TreeFixture *self)
{
  return thaw_order_get_n (pane_folder_model_get_order (self->base.model));
}

static void
fill (TreeFixture *self, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("b/entry %u", i);
      g_autofree char *path = tree_fixture_make_path (self, name);

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
  TreeFixture *self = tree_fixture_new ();
  gint64 began_usec;

  fill (self, n);
  tree_fixture_show (self);
  tree_fixture_expect (self, "a\nb\nfile\nlast\n");
  turns_install (NULL);
  view_fixture_run_frames (&self->base, 10);
  report ("nothing expanded", g_get_monotonic_time ());
  for (guint i = 0; i < (wanted != NULL ? 4 : 1); i++)
    {
      began_usec = g_get_monotonic_time ();
      tree_fixture_set_expanded (self, "b", TRUE);
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
      tree_fixture_set_expanded (self, "b", FALSE);
      g_assert_cmpuint (count (self), ==, 4);
      g_assert_cmpuint (pane_folder_model_get_n_selected (self->base.model), ==, 4);
      view_fixture_run_frames (&self->base, 20);
      report ("collapsed", began_usec);
    }
  tree_fixture_free (self);
}

/* Expanded again */

static void
count_cb (PaneFolderModel *model, guint *n)
{
  (*n)++;
}

static int
compare_strings (const void *a, const void *b)
{
  return g_strcmp0 (*(char *const *) a, *(char *const *) b);
}

/* What the user has expanded is told, and is expanded again in another life, as far as it is there.
 */
static void
test_again (void)
{
  TreeFixture *self = tree_fixture_open ();
  g_auto (GStrv) expanded = NULL;
  g_autofree char *joined = NULL, *path = NULL;
  g_autoptr (GFile) location = g_file_new_for_path (self->path);
  g_autoptr (ThawFolder) other = thaw_folder_new (location);
  guint n = 0;

  g_signal_connect (self->base.model, "expanded-changed", G_CALLBACK (count_cb), &n);
  g_assert_null (pane_folder_model_dup_expanded (self->base.model));
  tree_fixture_set_expanded (self, "a", TRUE);
  wait_until (self, tree_fixture_has_row (self, "  deep\n"));
  tree_fixture_set_expanded (self, "deep", TRUE);
  wait_until (self, tree_fixture_has_row (self, "    deeper\n"));
  tree_fixture_set_expanded (self, "b", TRUE);
  tree_fixture_expect (self, "a\n  deep\n    deeper\n  one\n  two\nb\n  Empty\nfile\nlast\n");
  g_assert_cmpuint (n, ==, 3);
  expanded = pane_folder_model_dup_expanded (self->base.model);
  qsort (expanded, g_strv_length (expanded), sizeof (char *), compare_strings);
  joined = g_strjoinv (" ", expanded);
  g_assert_cmpstr (joined, ==, "a a/deep b");

  path = tree_fixture_make_path (self, "b");
  tree_fixture_remove_all (path);
  thaw_folder_start (other);
  wait_until (self, thaw_folder_get_order (other) != NULL);
  pane_folder_model_set_folder (self->base.model, other);
  pane_folder_model_expand_paths (self->base.model, (const char *const *) expanded);
  tree_fixture_expect (self, "a\n  deep\n    deeper\n  one\n  two\nfile\nlast\n");
  g_assert_cmpuint (n, ==, 3);
  pane_folder_model_set_folder (self->base.model, NULL);
  tree_fixture_free (self);
}

/* Dropping */

static char *
dup_drop_path (TreeFixture *self, const char *row, guint32 *place, gboolean *is_entry)
{
  PaneCell *cell = view_fixture_find_cell (&self->base, tree_fixture_find (self, row));
  graphene_point_t point = GRAPHENE_POINT_INIT (60, 10);
  g_autoptr (GFile) folder = NULL;

  g_assert_nonnull (cell);
  g_assert_true (
      gtk_widget_compute_point (GTK_WIDGET (cell), GTK_WIDGET (self->base.view), &point, &point));
  folder = pane_view_dup_drop_folder (self->base.view, point.x, point.y, place, is_entry);
  if (g_str_equal (g_file_peek_path (folder), self->path))
    return g_strdup ("");
  return g_strdup (g_file_peek_path (folder) + strlen (self->path) + 1);
}

static void
check_drop (TreeFixture *self,
            const char *row,
            const char *path,
            const char *mark,
            gboolean is_entry)
{
  guint32 place;
  gboolean is;
  g_autofree char *found = dup_drop_path (self, row, &place, &is);

  g_assert_cmpstr (found, ==, path);
  g_assert_true (is == is_entry);
  pane_view_set_drop_entry (self->base.view, place);
  for (guint i = 0; i < thaw_order_get_n (pane_folder_model_get_order (self->base.model)); i++)
    {
      guint32 id = pane_folder_model_get_id (self->base.model, i);
      GtkWidget *cell = GTK_WIDGET (view_fixture_find_cell (&self->base, id));
      gboolean is_marked = gtk_widget_has_css_class (gtk_widget_get_parent (cell), "pane-drop");

      g_assert_true (is_marked == (mark != NULL && id == tree_fixture_find (self, mark)));
    }
}

/* Whatever is in an expanded folder stands for it. */
static void
test_drop (void)
{
  TreeFixture *self = tree_fixture_open ();

  tree_fixture_set_expanded (self, "a", TRUE);
  tree_fixture_set_expanded (self, "b", TRUE);
  tree_fixture_expect (self, "a\n  deep\n  one\n  two\nb\n  Empty\nfile\nlast\n");
  check_drop (self, "a", "a", "a", TRUE);
  check_drop (self, "deep", "a/deep", "deep", TRUE);
  check_drop (self, "one", "a", "a", FALSE);
  check_drop (self, "Empty", "b", "b", FALSE);
  check_drop (self, "file", "", NULL, FALSE);
  tree_fixture_free (self);
}

/* It is a setting. */
static void
test_flat (void)
{
  TreeFixture *self = tree_fixture_open ();
  g_autofree char *settings = NULL;

  tree_fixture_set_expanded (self, "a", TRUE);
  tree_fixture_expect (self, "a\n  deep\n  one\n  two\nb\nfile\nlast\n");
  pane_view_apply_settings (self->base.view, "size=120 -tree");
  tree_fixture_expect (self, "a\nb\nfile\nlast\n");
  settings = pane_view_dup_settings (self->base.view);
  g_assert_cmpstr (settings, ==, "size=120 -tree");
  pane_view_apply_settings (self->base.view, "");
  g_clear_pointer (&settings, g_free);
  settings = pane_view_dup_settings (self->base.view);
  g_assert_cmpstr (settings, ==, "");
  tree_fixture_free (self);
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
  g_test_add_func ("/list-tree/again", test_again);
  g_test_add_func ("/list-tree/drop", test_drop);
  g_test_add_func ("/list-tree/flat", test_flat);
  g_test_add_func ("/list-tree/dead-mount", test_dead_mount);
  g_test_add_func ("/list-tree/many", test_many);
  g_test_add_data_func ("/list-tree/keys", NULL, test_keys);
  g_test_add_data_func ("/list-tree/keys-rtl", GINT_TO_POINTER (1), test_keys);
  g_test_add_func ("/list-tree/clicks", test_clicks);
  return g_test_run ();
}
