/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one file that turns an error into what people read. Messages of io and GLib are English or
 * for logs; what is shown is made here from the error's domain and code, and the system's own words
 * stand only behind a translated sentence, where there is none for the code. Pure, any thread. */

#include "files-error.h"
#include <glib/gi18n.h>

static const char *
thaw_reason (int code)
{
  switch (code)
    {
    case THAW_ERROR_NOT_ANSWERING:
    case THAW_ERROR_TOO_MANY_STUCK:
      return _ ("Its device or server is not answering.");
    case THAW_ERROR_DEADLINE:
      return _ ("It took too long.");
    default:
      return NULL;
    }
}

static const char *
io_reason (int code)
{
  switch (code)
    {
    case G_IO_ERROR_BUSY:
    case G_IO_ERROR_WOULD_BLOCK:
      return _ ("It is in use.");
    case G_IO_ERROR_CLOSED:
    case G_IO_ERROR_BROKEN_PIPE:
    case G_IO_ERROR_NOT_CONNECTED:
      return _ ("The connection was lost.");
    case G_IO_ERROR_EXISTS:
      return _ ("There is something of that name already.");
    case G_IO_ERROR_IS_DIRECTORY:
      return _ ("It is a folder.");
    case G_IO_ERROR_INVALID_FILENAME:
      return _ ("Its name is not allowed there.");
    case G_IO_ERROR_TOO_MANY_OPEN_FILES:
      return _ ("Too many files are open.");
    case G_IO_ERROR_INVALID_DATA:
    case G_IO_ERROR_PARTIAL_INPUT:
      return _ ("What came back is damaged.");
    case G_IO_ERROR_PERMISSION_DENIED:
      return _ ("You do not have permission to do this.");
    case G_IO_ERROR_NOT_FOUND:
      return _ ("It does not exist.");
    case G_IO_ERROR_NOT_DIRECTORY:
      return _ ("It is not a folder.");
    case G_IO_ERROR_NO_SPACE:
      return _ ("There is no space left.");
    case G_IO_ERROR_READ_ONLY:
      return _ ("The device is read-only.");
    case G_IO_ERROR_TIMED_OUT:
      return _ ("It took too long.");
    case G_IO_ERROR_NOT_MOUNTED:
      return _ ("It is not mounted.");
    case G_IO_ERROR_NOT_SUPPORTED:
      return _ ("This kind of place is not supported here.");
    case G_IO_ERROR_TOO_MANY_LINKS:
      return _ ("It is a link that leads back to itself.");
    case G_IO_ERROR_FILENAME_TOO_LONG:
      return _ ("Its name is too long.");
    case G_IO_ERROR_WRONG_ETAG:
      return _ ("It was changed meanwhile.");
    case G_IO_ERROR_NOT_EMPTY:
      return _ ("It is not empty.");
    case G_IO_ERROR_HOST_NOT_FOUND:
      return _ ("Its server was not found.");
    case G_IO_ERROR_HOST_UNREACHABLE:
    case G_IO_ERROR_NETWORK_UNREACHABLE:
    case G_IO_ERROR_CONNECTION_REFUSED:
      return _ ("Its server can’t be reached.");
    default:
      return NULL;
    }
}

/* GLib's own functions for files say the same in another domain. */
static const char *
file_reason (int code)
{
  switch (code)
    {
    case G_FILE_ERROR_ACCES:
    case G_FILE_ERROR_PERM:
      return io_reason (G_IO_ERROR_PERMISSION_DENIED);
    case G_FILE_ERROR_NOENT:
      return io_reason (G_IO_ERROR_NOT_FOUND);
    case G_FILE_ERROR_NOTDIR:
      return io_reason (G_IO_ERROR_NOT_DIRECTORY);
    case G_FILE_ERROR_ISDIR:
      return io_reason (G_IO_ERROR_IS_DIRECTORY);
    case G_FILE_ERROR_NOSPC:
      return io_reason (G_IO_ERROR_NO_SPACE);
    case G_FILE_ERROR_ROFS:
      return io_reason (G_IO_ERROR_READ_ONLY);
    case G_FILE_ERROR_EXIST:
      return io_reason (G_IO_ERROR_EXISTS);
    case G_FILE_ERROR_LOOP:
      return io_reason (G_IO_ERROR_TOO_MANY_LINKS);
    case G_FILE_ERROR_NAMETOOLONG:
      return io_reason (G_IO_ERROR_FILENAME_TOO_LONG);
    case G_FILE_ERROR_MFILE:
    case G_FILE_ERROR_NFILE:
      return io_reason (G_IO_ERROR_TOO_MANY_OPEN_FILES);
    default:
      return NULL;
    }
}

/**
 * files_error_dup_reason:
 * @error: an error
 *
 * Returns: (transfer full): why, as a translated sentence; a rare reason is called that, with the
 *   system's own words, which may be English, behind it
 */
char *
files_error_dup_reason (const GError *error)
{
  const char *reason = NULL;

  if (error->domain == THAW_ERROR)
    reason = thaw_reason (error->code);
  else if (error->domain == G_IO_ERROR)
    reason = io_reason (error->code);
  else if (error->domain == G_FILE_ERROR)
    reason = file_reason (error->code);
  if (reason != NULL)
    return g_strdup (reason);
  /* Translators: what the system says, possibly in English: “Input/output error” */
  return g_strdup_printf (_ ("Something went wrong (%s)."), error->message);
}

/**
 * files_error_dup_line:
 * @verb_text: what failed, translated
 * @error: why
 *
 * Returns: (transfer full): both in one line
 */
char *
files_error_dup_line (const char *verb_text, const GError *error)
{
  g_autofree char *reason = files_error_dup_reason (error);

  /* Translators: what failed, and why: “Could not open “a.txt”: It does not exist.” */
  return g_strdup_printf (_ ("%s: %s"), verb_text, reason);
}

/**
 * files_error_dup_unsaved_line:
 * @path: the file that holds what is remembered
 * @error: why it could not be written
 *
 * Returns: (transfer full): that, and what to do, in one line
 */
char *
files_error_dup_unsaved_line (const char *path, const GError *error)
{
  g_autofree char *reason = files_error_dup_reason (error);
  g_autofree char *name = g_filename_display_name (path);

  if (error->domain == G_FILE_ERROR && error->code == G_FILE_ERROR_NOSPC)
    /* Translators: a file */
    return g_strdup_printf (_ ("The disk is full: how folders are shown can’t be saved in “%s”. "
                               "Make some room; it will be tried again."),
                            name);
  /* Translators: a file, and why, a whole sentence */
  return g_strdup_printf (_ ("How folders are shown can’t be saved in “%s”. %s "
                             "It will be tried again."),
                          name,
                          reason);
}
