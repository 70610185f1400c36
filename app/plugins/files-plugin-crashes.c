/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file in which a plugin's name is left when the program ends with it: a line each, beside the
 * rest of what is remembered. It is read and emptied before the first plugin is loaded, and stays
 * open for as long as the program runs, because a program that crashes can't open one. Without a
 * place to write nobody is named. The engine's thread. */

#include "files-plugin-crashes.h"
#include "pane-plugin-registry.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define MAX_BYTES 4096

static gboolean have_been; /* atomic */

static char *
dup_path (const char *name)
{
  return g_build_filename (g_get_user_state_dir (), "thaw-files", name, NULL);
}

static int
open_file (void)
{
  g_autofree char *folder = dup_path (NULL);
  g_autofree char *path = dup_path ("plugin-crashes");

  if (g_mkdir_with_parents (folder, 0700) != 0)
    return -1;
  return open (path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* Until this version the tabs that were open had a file of their own. */
static void
remove_old_file (void)
{
  g_autofree char *path = dup_path ("plugin-tabs");

  g_unlink (path);
}

/**
 * files_plugin_crashes_have_been:
 *
 * - **Thread**: any, after files_plugin_crashes_take().
 *
 * Returns: whether a plugin ended the last run
 */
gboolean
files_plugin_crashes_have_been (void)
{
  return __atomic_load_n (&have_been, __ATOMIC_ACQUIRE);
}

/**
 * files_plugin_crashes_take:
 *
 * Reads which plugins ended the program, and forgets it; what is to be kept of it is the caller's.
 * The first call has the names of those that are to come written down.
 *
 * - **Thread**: any but the loop's: files are read.
 *
 * Returns: (transfer full): names of plugins; none from the second call on
 */
GStrv
files_plugin_crashes_take (void)
{
  static gboolean is_open;
  char text[MAX_BYTES + 1] = "";
  int fd;

  if (is_open)
    return g_new0 (char *, 1);
  is_open = TRUE;
  fd = open_file ();
  if (fd < 0)
    return g_new0 (char *, 1);
  if (read (fd, text, MAX_BYTES) > 0 && ftruncate (fd, 0) != 0)
    *text = '\0'; /* it would be said at every start */
  __atomic_store_n (&have_been, *text != '\0', __ATOMIC_RELEASE);
  remove_old_file ();
  pane_plugin_crash_watch (fd);
  return g_strsplit (text, "\n", -1);
}
