/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is remembered: written, read, damaged, and changed before it was read. */
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

static void
flush (FilesState *state)
{
  g_autoptr (ThawFuture) flushed = files_state_flush (state);
  gint64 deadline = g_get_monotonic_time () + PATIENCE_USEC;

  while (thaw_future_get_state (flushed) == THAW_FUTURE_PENDING
         && g_get_monotonic_time () < deadline)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (500);
  g_assert_cmpint (thaw_future_get_state (flushed), ==, THAW_FUTURE_RESOLVED);
}

static void
set (FilesState *state, const char *path, const char *view_id, ThawSortColumn column)
{
  g_autoptr (GFile) location = g_file_new_for_path (path);
  FilesFolderState folder
      = { .view_id = (char *) view_id, .zoom = 3, .column = column, .descending = TRUE };

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
    flush (state);
  }
  {
    g_autoptr (FilesState) state = load (path);

    g_assert_cmpint (files_state_get_window (state)->width, ==, 777);
    g_assert_true (files_state_get_window (state)->show_hidden);
    assert_folder (state, "/a [b]\n=c", "grid", THAW_SORT_SIZE);
    assert_folder (state, "/other", "list", THAW_SORT_MODIFIED);
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/state/round-trip", test_round_trip);
  g_test_add_func ("/app/state/damaged", test_damaged);
  g_test_add_func ("/app/state/own-changes-win", test_own_changes_win);
  g_test_add_func ("/app/state/bounded", test_bounded);
  return g_test_run ();
}
