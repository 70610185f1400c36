/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of a server, and what its answer means. A part is gone on with only by a strong
 * validator, and only if the answer is exactly the rest of that version; anything else begins anew,
 * and never are two versions mixed. On the operation's thread; only asks and looks. */

#include "thaw-fetch-private.h"

#include <string.h>

static gboolean
goes_on (ThawFetch *self)
{
  return self->offset > 0 && self->etag != NULL;
}

/* Byte ranges are counted in what is sent, so nothing may be compressed. */
ThawRequest *
thaw_fetch_make_request (ThawFetch *self, const char *method)
{
  ThawRequest *request = thaw_request_new (method, self->uri);

  thaw_request_set_header (request, "Accept-Encoding", "identity");
  thaw_request_set_streamed (request, TRUE);
  if (goes_on (self))
    {
      g_autofree char *range = g_strdup_printf ("bytes=%" G_GUINT64_FORMAT "-", self->offset);

      thaw_request_set_header (request, "Range", range);
      thaw_request_set_header (request, "If-Range", self->etag);
    }
  return request;
}

static gboolean
is_the_rest (ThawFetch *self, ThawResponse *response)
{
  const char *etag = thaw_response_get_header (response, "ETag");
  ThawContentRange range;

  return goes_on (self) && !thaw_response_is_encoded (response)
         && (etag == NULL || g_str_equal (etag, self->etag))
         && thaw_content_range_parse (thaw_response_get_header (response, "Content-Range"), &range)
         && range.first == self->offset && range.last + 1 == range.total
         && (self->total < 0 || (guint64) self->total == range.total)
         && thaw_response_get_length (response) == (gint64) (range.total - range.first);
}

void
thaw_fetch_note_version (ThawFetch *self, ThawResponse *response)
{
  const char *etag = thaw_response_get_header (response, "ETag");
  gboolean is_encoded = thaw_response_is_encoded (response);

  self->total = is_encoded ? -1 : thaw_response_get_length (response);
  g_set_str (&self->etag, !is_encoded && etag != NULL && thaw_etag_is_strong (etag) ? etag : NULL);
  thaw_digest_clear (&self->digest);
  thaw_digest_take (&self->digest, response);
  g_free (self->name);
  self->name = thaw_download_make_name (thaw_response_get_header (response, "Content-Disposition"),
                                        thaw_response_get_uri (response));
}

static gboolean
fail (GError **error, const char *format, guint status)
{
  g_set_error (error, THAW_HTTP_ERROR, THAW_HTTP_ERROR_BAD_RESPONSE, format, status);
  return FALSE;
}

/* What is written belongs to a version that isn't served any more. */
static gboolean
give_up_part (ThawFetch *self, GError **error)
{
  g_clear_pointer (&self->etag, g_free);
  if (!thaw_part_begin (self, error))
    return FALSE;
  self->is_broken = TRUE;
  return fail (error, "The server doesn't send the rest of what it began with (%u)", 0);
}

gboolean
thaw_fetch_accept (ThawFetch *self, ThawResponse *response, GError **error)
{
  guint status = thaw_response_get_status (response);

  if (status == 206 && is_the_rest (self, response))
    {
      self->total = (gint64) self->offset + thaw_response_get_length (response);
      thaw_digest_take (&self->digest, response);
      return TRUE;
    }
  if (goes_on (self) && (status == 206 || status == 416))
    return give_up_part (self, error);
  if (!thaw_response_check (response, error))
    return FALSE;
  if (status != 200)
    return fail (error, "Status %u instead of a file", status);
  thaw_fetch_note_version (self, response);
  return thaw_fetch_decide (self, error) && (self->is_left_out || thaw_part_begin (self, error));
}
