/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why something can't be shown, in the user's language. io's own messages are English and for logs;
 * what is said is made here from the error's domain and code. Pure. */

#define GETTEXT_PACKAGE "thaw"
#include "pane-preview-reason-private.h"
#include "thaw.h"
#include <glib/gi18n-lib.h>

static const char *
io_reason (int code)
{
  switch (code)
    {
    case G_IO_ERROR_INVALID_DATA:
    case G_IO_ERROR_PARTIAL_INPUT:
      return _ ("It is damaged, or not what its name says.");
    case G_IO_ERROR_NOT_SUPPORTED:
      return _ ("There is nothing here that reads this kind of file.");
    case G_IO_ERROR_MESSAGE_TOO_LARGE:
      return _ ("It is too large for a preview.");
    case G_IO_ERROR_TIMED_OUT:
      return _ ("Reading it took too long.");
    case G_IO_ERROR_BROKEN_PIPE:
      return _ ("What was to read it broke off, which hurt nothing else.");
    case G_IO_ERROR_PERMISSION_DENIED:
      return _ ("You may not read it, or it has a password.");
    case G_IO_ERROR_NOT_FOUND:
      return _ ("It is not there any more.");
    case G_IO_ERROR_NOT_REGULAR_FILE:
      return _ ("It is a pipe, socket or device: it has no contents of its own.");
    case G_IO_ERROR_TOO_MANY_LINKS:
      return _ ("It is a link that leads back to itself.");
    case G_IO_ERROR_NOT_INITIALIZED:
      return _ ("A part of the program that draws previews is not installed.");
    case G_IO_ERROR_NOT_MOUNTED:
      return _ ("Its place is not mounted.");
    default:
      return NULL;
    }
}

char *
pane_preview_dup_reason (const GError *error)
{
  const char *reason = NULL;

  if (error->domain == THAW_ERROR)
    reason = error->code == THAW_ERROR_DEADLINE ? _ ("Reading it took too long.")
                                                : _ ("Its device or server is not answering.");
  else if (error->domain == G_IO_ERROR)
    reason = io_reason (error->code);
  if (reason != NULL)
    return g_strdup (reason);
  /* Translators: what the system says, possibly in English: “Input/output error” */
  return g_strdup_printf (_ ("Something went wrong (%s)."), error->message);
}
