/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding the programs that come with the library. An installation can be moved, and tests run from
 * the build: so a program is looked for where $THAW_LIBEXEC says, then in the build's folders and
 * in the libexec folder as seen from the library that this is part of, then where it was to be
 * installed. Workers only: it looks at the disk. */

#include "thaw-sandbox.h"

#include <dlfcn.h>

static char *
dup_own_folder (void)
{
  Dl_info info;

  if (dladdr ((gconstpointer) dup_own_folder, &info) == 0 || info.dli_fname == NULL)
    return NULL;
  return g_path_get_dirname (info.dli_fname);
}

static gboolean
try_in (const char *base, const char *folder, const char *program, char **found)
{
  g_autofree char *path = base != NULL ? g_build_filename (base, folder, program, NULL)
                                       : g_build_filename (folder, program, NULL);

  if (!g_file_test (path, G_FILE_TEST_IS_EXECUTABLE))
    return FALSE;
  *found = g_steal_pointer (&path);
  return TRUE;
}

static gboolean
try_folders (const char *base, const char *folders, const char *program, char **found)
{
  g_auto (GStrv) all = g_strsplit (folders, G_SEARCHPATH_SEPARATOR_S, -1);

  for (guint i = 0; all[i] != NULL; i++)
    if (all[i][0] != '\0' && try_in (base, all[i], program, found))
      return TRUE;
  return FALSE;
}

/**
 * thaw_libexec_find:
 * @program: a program's name, without folders
 * @error: return location
 *
 * Finds a program that was installed with the library, or built with it.
 *
 * - **Thread**: workers; looks at the disk.
 * - **Errors**: %G_IO_ERROR_NOT_FOUND.
 *
 * Returns: (transfer full): its path
 */
char *
thaw_libexec_find (const char *program, GError **error)
{
  const char *given = g_getenv ("THAW_LIBEXEC");
  g_autofree char *own = NULL;
  char *found = NULL;

  g_return_val_if_fail (program != NULL, NULL);

  if (given != NULL && try_folders (NULL, given, program, &found))
    return found;
  own = dup_own_folder ();
  if (own != NULL
      && (try_folders (own, THAW_LIBEXEC_IN_BUILD, program, &found)
          || try_in (own, THAW_LIBEXEC_FROM_LIB, program, &found)))
    return found;
  if (try_in (NULL, THAW_LIBEXEC_DIR, program, &found))
    return found;
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_NOT_FOUND,
               "The program “%s” is not installed",
               program);
  return NULL;
}
