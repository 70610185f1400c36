/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file in which a plugin's name is left when the program ends with it: a line each, beside the
 * rest of what is remembered. It is read and emptied before the first plugin is loaded, and stays
 * open for as long as the program runs, because a program that crashes can't open one. With it goes
 * a list of the tabs that were open. Without a place to write nobody is named. The engine's thread.
 */

#include "files-plugin-crashes.h"
#include "pane-plugin-registry.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define MAX_BYTES 4096

static GStrv tabs; /* atomic */

static char *
dup_path (const char *name)
{
  return g_build_filename (g_get_user_state_dir (), "thaw-files", name, NULL);
}

char *
files_plugin_crashes_dup_tabs_path (void)
{
  return dup_path ("plugin-tabs");
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

/* What isn't of the run that crashed is forgotten. */
static void
take_tabs (gboolean has_crashed)
{
  g_autofree char *path = files_plugin_crashes_dup_tabs_path ();
  g_autofree char *text = NULL;

  if (has_crashed && g_file_get_contents (path, &text, NULL, NULL))
    __atomic_store_n (&tabs, g_strsplit (text, "\n", -1), __ATOMIC_RELEASE);
  g_unlink (path);
}

/**
 * files_plugin_crashes_steal_tabs:
 *
 * Returns: (transfer full) (nullable): URIs of what was open when a plugin ended the program
 */
GStrv
files_plugin_crashes_steal_tabs (void)
{
  return __atomic_exchange_n (&tabs, NULL, __ATOMIC_ACQ_REL);
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
  take_tabs (*text != '\0');
  pane_plugin_crash_watch (fd);
  return g_strsplit (text, "\n", -1);
}
