/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is remembered: written, read, damaged, and changed before it was read. */
#include "files-session.h"
#include "files-state.h"
#include <glib/gstdio.h>

#define PATIENCE_USEC (10 * G_USEC_PER_SEC)

static void
run_until (const gboolean *condition)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_USEC;

  while (!*condition && g_get_monotonic_time () < deadline)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (500);
  g_assert_true (*condition);
}

static void
loaded_cb (FilesState *state, gpointer loaded)
{
  *(gboolean *) loaded = TRUE;
}

static FilesState *
load (const char *path)
{
  FilesState *state = files_state_new (path);
  gboolean loaded = FALSE;

  g_signal_connect (state, "loaded", G_CALLBACK (loaded_cb), &loaded);
  files_state_load (state);
  run_until (&loaded);
  g_signal_handlers_disconnect_by_data (state, &loaded);
  return state;
}

static ThawFutureState
try_flush (FilesState *state)
{
  g_autoptr (ThawFuture) flushed = files_state_flush (state);
  gint64 deadline = g_get_monotonic_time () + PATIENCE_USEC;

  while (thaw_future_get_state (flushed) == THAW_FUTURE_PENDING
         && g_get_monotonic_time () < deadline)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (500);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  return thaw_future_get_state (flushed);
}

static void
flush (FilesState *state)
{
  g_assert_cmpint (try_flush (state), ==, THAW_FUTURE_RESOLVED);
}

static void
set (FilesState *state, const char *path, const char *view_id, ThawSortColumn column)
{
  g_autoptr (GFile) location = g_file_new_for_path (path);
  FilesFolderState folder
      = { .view_id = (char *) view_id, .zoom = 3, .column = column, .descending = TRUE };

  if (column == THAW_SORT_ATTRIBUTE)
    folder.attribute = (char *) "some plugin/a=b";
  files_state_set_folder (state, location, &folder);
}

static void
assert_folder (FilesState *state, const char *path, const char *view_id, ThawSortColumn column)
{
  g_autoptr (GFile) location = g_file_new_for_path (path);
  FilesFolderState folder;

  g_assert_cmpint (files_state_get_folder (state, location, &folder), ==, view_id != NULL);
  g_assert_cmpstr (folder.view_id, ==, view_id);
  g_assert_cmpint (folder.column, ==, column);
  g_assert_cmpstr (folder.attribute, ==, column == THAW_SORT_ATTRIBUTE ? "some plugin/a=b" : NULL);
  files_folder_state_clear (&folder);
}

static void
test_round_trip (void)
{
  g_autofree char *folder = g_dir_make_tmp ("thaw-state-XXXXXX", NULL);
  g_autofree char *below = g_build_filename (folder, "deep", NULL);
  g_autofree char *path = g_build_filename (below, "state.ini", NULL);
  FilesWindowState window = { .width = 777, .height = 555, .show_hidden = TRUE };

  {
    g_autoptr (FilesState) state = load (path);

    files_state_set_window (state, &window);
    set (state, "/a [b]\n=c", "grid", THAW_SORT_SIZE);
    set (state, "/other", "list", THAW_SORT_MODIFIED);
    set (state, "/third", "list", THAW_SORT_ATTRIBUTE);
    flush (state);
  }
  {
    g_autoptr (FilesState) state = load (path);

    g_assert_cmpint (files_state_get_window (state)->width, ==, 777);
    g_assert_true (files_state_get_window (state)->show_hidden);
    assert_folder (state, "/a [b]\n=c", "grid", THAW_SORT_SIZE);
    assert_folder (state, "/other", "list", THAW_SORT_MODIFIED);
    assert_folder (state, "/third", "list", THAW_SORT_ATTRIBUTE);
    assert_folder (state, "/unknown", NULL, THAW_SORT_NAME);
  }
  g_unlink (path);
  g_rmdir (below);
  g_rmdir (folder);
}

static void
test_damaged (void)
{
  static const char *const texts[] = {
    "",
    "nonsense",
    "[window]\nwidth=-3\nheight=x\n",
    "[folder 0]\nsort=sideways\nzoom=9999\nuri=file:///x\n",
    "[folder 1]\nview=grid\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (FilesState) state = files_state_new ("/nowhere");

      files_state_merge_text (state, texts[i]);
      g_assert_cmpint (files_state_get_window (state)->width, >=, 200);
    }
}

static void
test_own_changes_win (void)
{
  g_autoptr (FilesState) state = files_state_new ("/nowhere");
  FilesWindowState window = *files_state_get_window (state);

  window.width = 901;
  files_state_set_window (state, &window);
  set (state, "/x", "grid", THAW_SORT_TYPE);
  files_state_merge_text (state,
                          "[window]\nwidth=400\n[folder 0]\nuri=file:///x\nview=list\nsort=name\n");
  g_assert_cmpint (files_state_get_window (state)->width, ==, 901);
  assert_folder (state, "/x", "grid", THAW_SORT_TYPE);
}

static void
test_bounded (void)
{
  g_autoptr (FilesState) state = files_state_new ("/nowhere");

  for (guint i = 0; i < 600; i++)
    {
      g_autofree char *path = g_strdup_printf ("/folder/%u", i);

      set (state, path, "grid", THAW_SORT_SIZE);
    }
  assert_folder (state, "/folder/0", NULL, THAW_SORT_NAME);
  assert_folder (state, "/folder/599", "grid", THAW_SORT_SIZE);
}

static void
test_view_settings (void)
{
  g_autoptr (FilesState) state = files_state_new ("/nowhere");
  g_autoptr (FilesState) other = files_state_new ("/nowhere");
  g_autofree char *long_settings = g_strnfill (100000, 'x');
  g_autofree char *text = NULL;

  files_state_set_view_settings (state, "list", "widths=1;2\n[folder 9] = \\ %s");
  files_state_set_view_settings (state, "grid", long_settings);
  g_assert_null (files_state_get_view_settings (state, "grid"));
  text = files_state_to_text (state);
  files_state_merge_text (other, text);
  g_assert_cmpstr (files_state_get_view_settings (other, "list"),
                   ==,
                   "widths=1;2\n[folder 9] = \\ %s");
  files_state_merge_text (other, "[view list]\nsettings=older\n[view grid]\nsettings=x\n");
  g_assert_cmpstr (files_state_get_view_settings (other, "list"), !=, "older");
  g_assert_cmpstr (files_state_get_view_settings (other, "grid"), ==, "x");
  files_state_set_view_settings (other, "grid", NULL);
  g_assert_null (files_state_get_view_settings (other, "grid"));
}

static gboolean
save_failed_cb (FilesState *state, const GError *error, gpointer n)
{
  g_assert_cmpint (error->domain, ==, G_FILE_ERROR);
  (*(guint *) n)++;
  return TRUE;
}

static void
saved_cb (FilesState *state, gpointer n)
{
  (*(guint *) n)++;
}

/* A file stands where the state's folder should be. */
static void
test_unsaved (void)
{
  g_autofree char *folder = g_dir_make_tmp ("thaw-state-XXXXXX", NULL);
  g_autofree char *below = g_build_filename (folder, "deep", NULL);
  g_autofree char *path = g_build_filename (below, "state.ini", NULL);
  guint n_failed = 0, n_saved = 0;

  g_assert_true (g_file_set_contents (below, "", 0, NULL));
  {
    g_autoptr (FilesState) state = load (path);

    g_signal_connect (state, "save-failed", G_CALLBACK (save_failed_cb), &n_failed);
    g_signal_connect (state, "saved", G_CALLBACK (saved_cb), &n_saved);
    set (state, "/x", "grid", THAW_SORT_SIZE);
    g_assert_cmpint (try_flush (state), ==, THAW_FUTURE_REJECTED);
    g_assert_cmpint (try_flush (state), ==, THAW_FUTURE_REJECTED);
    g_assert_cmpuint (n_failed, ==, 1);
    g_unlink (below);
    flush (state);
    g_assert_cmpuint (n_saved, ==, 1);
  }
  {
    g_autoptr (FilesState) state = load (path);

    assert_folder (state, "/x", "grid", THAW_SORT_SIZE);
  }
  g_unlink (path);
  g_rmdir (below);
  g_rmdir (folder);
}

/* What a killed process left goes, and nothing else does. */
static void
test_leftovers (void)
{
  static const char *const kept[]
      = { "state.ini", "state.ini.backup", "state.ini.bak", "other.new" };
  g_autofree char *folder = g_dir_make_tmp ("thaw-state-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "state.ini", NULL);
  g_autofree char *left = g_strconcat (path, ".new", NULL);

  g_assert_true (g_file_set_contents (left, "[window]\nwid", -1, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    {
      g_autofree char *name = g_build_filename (folder, kept[i], NULL);

      g_assert_true (g_file_set_contents (name, "[window]\nwidth=777\n", -1, NULL));
    }
  {
    g_autoptr (FilesState) state = load (path);

    g_assert_cmpint (files_state_get_window (state)->width, ==, 777);
  }
  g_assert_false (g_file_test (left, G_FILE_TEST_EXISTS));
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    {
      g_autofree char *name = g_build_filename (folder, kept[i], NULL);

      g_assert_cmpint (g_unlink (name), ==, 0);
    }
  g_rmdir (folder);
}

/* Each write waits for the one before: the last one asked for is what stays. */
static void
test_writes_in_order (void)
{
  g_autofree char *folder = g_dir_make_tmp ("thaw-state-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "state.ini", NULL);

  {
    g_autoptr (FilesState) state = load (path);

    for (guint i = 0; i < 20; i++)
      {
        FilesWindowState window = { .width = 500 + i, .height = 500 };

        files_state_set_window (state, &window);
        thaw_future_disown (files_state_flush (state));
      }
    flush (state);
  }
  {
    g_autoptr (FilesState) state = load (path);

    g_assert_cmpint (files_state_get_window (state)->width, ==, 519);
  }
  g_unlink (path);
  g_rmdir (folder);
}

/* What is kept of a window: given once, and to the next process too. */
static void
test_session (void)
{
  const char *text = "[tab 0]\nuri=file:///a\nview=grid\nzoom=3\nsort=size\ndescending=true\n"
                     "other-uri=sftp://host/b\nother-view=list\nactive=1\ncurrent=true\n"
                     "[tab 1]\nuri=no place\n[tab 2]\nother-uri=file:///c\nactive=1\n[tab 3]\n";
  g_autoptr (FilesState) first = files_state_new ("/nowhere");
  g_autoptr (FilesState) second = files_state_new ("/nowhere");
  g_autofree char *written = NULL;
  g_autoptr (GPtrArray) tabs = NULL;
  const FilesSessionTab *tab;

  g_assert_false (files_state_has_session (first));
  files_state_merge_text (first, text);
  written = files_state_to_text (first);
  files_state_merge_text (second, written);
  tabs = files_state_take_session (second);
  g_assert_false (files_state_has_session (second));
  g_assert_null (files_state_take_session (second));
  g_assert_cmpuint (tabs->len, ==, 2);
  tab = g_ptr_array_index (tabs, 0);
  g_assert_cmpuint (tab->n_panes, ==, 2);
  g_assert_cmpstr (tab->panes[0].uri, ==, "file:///a");
  g_assert_cmpstr (tab->panes[0].how.view_id, ==, "grid");
  g_assert_cmpint (tab->panes[0].how.zoom, ==, 3);
  g_assert_cmpint (tab->panes[0].how.column, ==, THAW_SORT_SIZE);
  g_assert_true (tab->panes[0].how.descending);
  g_assert_cmpstr (tab->panes[1].uri, ==, "sftp://host/b");
  g_assert_cmpstr (tab->panes[1].how.view_id, ==, "list");
  g_assert_cmpuint (tab->active, ==, 1);
  g_assert_true (tab->is_current);
  tab = g_ptr_array_index (tabs, 1); /* one pane that is understood */
  g_assert_cmpuint (tab->n_panes, ==, 1);
  g_assert_cmpstr (tab->panes[0].uri, ==, "file:///c");
  g_assert_cmpuint (tab->active, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/state/round-trip", test_round_trip);
  g_test_add_func ("/app/state/damaged", test_damaged);
  g_test_add_func ("/app/state/own-changes-win", test_own_changes_win);
  g_test_add_func ("/app/state/bounded", test_bounded);
  g_test_add_func ("/app/state/view-settings", test_view_settings);
  g_test_add_func ("/app/state/unsaved", test_unsaved);
  g_test_add_func ("/app/state/leftovers", test_leftovers);
  g_test_add_func ("/app/state/writes-in-order", test_writes_in_order);
  g_test_add_func ("/app/state/session", test_session);
  return g_test_run ();
}
