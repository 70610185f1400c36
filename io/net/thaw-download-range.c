/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a server says about parts of a file: ranges and validators, read strictly, since a mixture
 * of two versions would be a broken file that looks whole. Pure; any thread. */

#include "thaw-download-private.h"

#include <string.h>

static gboolean
parse_number (const char **text, char end, guint64 *number)
{
  char *after;

  if (!g_ascii_isdigit (**text))
    return FALSE;
  *number = g_ascii_strtoull (*text, &after, 10);
  if (*after != end || *number > G_MAXINT64)
    return FALSE;
  *text = after + 1;
  return TRUE;
}

/* "bytes 5-9/10" only: a total that isn't known can't be compared. */
gboolean
thaw_content_range_parse (const char *text, ThawContentRange *range)
{
  if (!text || g_ascii_strncasecmp (text, "bytes ", strlen ("bytes ")) != 0)
    return FALSE;
  text += strlen ("bytes ");
  return parse_number (&text, '-', &range->first) && parse_number (&text, '/', &range->last)
         && parse_number (&text, '\0', &range->total) && range->first <= range->last
         && range->last < range->total;
}

/* A weak one says that two versions mean the same, not that they have the same bytes. */
gboolean
thaw_etag_is_strong (const char *etag)
{
  gsize n = etag ? strlen (etag) : 0;

  return n > 2 && etag[0] == '"' && etag[n - 1] == '"' && strpbrk (etag, "\r\n") == NULL;
}
