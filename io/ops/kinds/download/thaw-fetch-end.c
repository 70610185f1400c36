/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether all of a file came. A body that ends with its connection looks the same when it was cut
 * off: then what follows is asked for. If neither that nor a checksum tells, the file is kept, and
 * the operation says so of it. In an address' fiber; only asks. */

#include "thaw-fetch-private.h"

static ThawDownloadEnd
ask (ThawFetch *self, GError **error)
{
  g_autoptr (ThawRequest) request = thaw_request_new ("GET", self->uri);
  g_autoptr (ThawResponse) answer = NULL;
  g_autoptr (GError) local = NULL;

  thaw_download_ask_end (request, self->offset, self->etag);
  answer = thaw_caller_send (self->caller, request, &local);
  if (answer != NULL)
    return thaw_download_judge_end (answer, self->offset, self->etag);
  if (thaw_kind_is_cancelled (local))
    g_propagate_error (error, g_steal_pointer (&local));
  return THAW_DOWNLOAD_END_UNKNOWN;
}

gboolean
thaw_fetch_check_end (ThawFetch *self, ThawResponse *response, GError **error)
{
  g_autoptr (GError) local = NULL;
  ThawDownloadEnd end;

  self->is_unproven = FALSE;
  if (thaw_response_is_delimited (response))
    return TRUE;
  end = ask (self, &local);
  if (local == NULL && end == THAW_DOWNLOAD_END_SHORT)
    {
      self->is_broken = TRUE;
      g_set_error_literal (&local,
                           THAW_HTTP_ERROR,
                           THAW_HTTP_ERROR_INCOMPLETE,
                           "The connection was closed before the end of the file");
    }
  self->is_unproven = end == THAW_DOWNLOAD_END_UNKNOWN;
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
