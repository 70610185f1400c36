/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a file on the disk to its picture in the grid: a text, which our own program draws, and
 * videos, for which there is a program in the user's data folder, a shell script of the test's own
 * (within bubblewrap, skipped without). One that crashes leaves a mark and its file's icon. */
#include "folder-fixture.h"

#include "pane-thumbnails.h"
#include "thaw-sandbox.h"

#include <glib/gstdio.h>

#define MTIME 1000000000

static char *root;

static void
put (const char *name, const char *text, guint mode)
{
  g_autofree char *path = g_build_filename (root, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_cmpint (g_chmod (path, (int) mode), ==, 0);
}

/* A picture as printf's octal escapes, so that the script has it without a file. */
static char *
dup_picture (void)
{
  guint32 pixels[16 * 16] = { 0 };
  g_autoptr (GBytes) bytes = g_bytes_new_static (pixels, sizeof pixels);
  g_autoptr (GdkTexture) texture
      = gdk_memory_texture_new (16, 16, GDK_MEMORY_R8G8B8A8, bytes, 16 * 4);
  g_autoptr (GBytes) png = gdk_texture_save_to_png_bytes (texture);
  GString *escaped = g_string_new (NULL);
  gsize n;
  const guint8 *data = g_bytes_get_data (png, &n);

  for (gsize i = 0; i < n; i++)
    g_string_append_printf (escaped, "\\%03o", data[i]);
  return g_string_free (escaped, FALSE);
}

static void
install (void)
{
  g_autofree char *picture = dup_picture ();
  g_autofree char *script = g_strdup_printf ("#!/bin/sh\n"
                                             "grep -q film \"$1\" || kill -SEGV $$\n"
                                             "printf '%s' > \"$2\"\n",
                                             picture);
  g_autofree char *entry = g_strdup_printf ("[Thumbnailer Entry]\n"
                                            "TryExec=%s/data/make-still\n"
                                            "Exec=%s/data/make-still %%i %%o -s %%s\n"
                                            "MimeType=video/x-matroska;video/mp4;\n",
                                            root,
                                            root);

  put ("data/make-still", script, 0755);
  put ("data/thumbnailers/still.thumbnailer", entry, 0644);
}

static void
set_up (FolderFixture *self, gconstpointer name)
{
  folder_fixture_make (self);
  folder_fixture_put (self, name, "a film, or the words of one", -1, MTIME);
  folder_fixture_show (self, "grid", NULL);
}

static void
tear_down (FolderFixture *self, gconstpointer data)
{
  folder_fixture_free (self);
}

static PaneThumbnailsStats
get_stats (void)
{
  PaneThumbnailsStats stats;

  pane_thumbnails_get_stats (pane_thumbnails_get_default (), &stats);
  return stats;
}

static gboolean
skip_foreign (void)
{
  if (thaw_sandbox_can_run_foreign ())
    return FALSE;
  g_test_skip ("no bubblewrap");
  return TRUE;
}

static void
test_text (FolderFixture *self, gconstpointer data)
{
  guint64 n_loaded = get_stats ().n_loaded;

  folder_fixture_run_until (get_stats ().n_loaded == n_loaded + 1);
  g_assert_cmpuint (get_stats ().n_failed, ==, 0);
}

static void
test_video (FolderFixture *self, gconstpointer data)
{
  guint64 n_loaded = get_stats ().n_loaded;

  if (skip_foreign ())
    return;
  folder_fixture_run_until (get_stats ().n_loaded == n_loaded + 1);
  g_assert_cmpuint (get_stats ().n_failed, ==, 0);
}

static void
test_crash (FolderFixture *self, gconstpointer data)
{
  g_autofree char *marks = g_build_filename (g_get_user_cache_dir (), "thumbnails", "fail", NULL);
  guint64 n_failed = get_stats ().n_failed;

  if (skip_foreign ())
    return;
  folder_fixture_put (self, "damaged.mp4", "what was one", -1, MTIME);
  folder_fixture_run_until (get_stats ().n_failed == n_failed + 1);
  g_assert_true (g_file_test (marks, G_FILE_TEST_IS_DIR));
}

int
main (int argc, char **argv)
{
  g_autofree char *data = NULL, *command = NULL;
  int status;

  root = g_dir_make_tmp ("grid-thumbnails-XXXXXX", NULL);
  data = g_build_filename (root, "data", NULL);
  g_setenv ("XDG_DATA_HOME", data, TRUE);
  g_setenv ("XDG_CACHE_HOME", root, TRUE);
  gtk_test_init (&argc, &argv, NULL);
  install ();
#define ADD(name, file)                                                                            \
  g_test_add ("/grid-thumbnails/" #name, FolderFixture, file, set_up, test_##name, tear_down)
  ADD (text, "words.txt");
  ADD (video, "film.mkv");
  ADD (crash, "film.mp4");
  status = g_test_run ();
  command = g_strdup_printf ("rm -rf '%s'", root);
  return system (command) == 0 ? status : 1;
}
