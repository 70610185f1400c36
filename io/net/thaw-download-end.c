/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether all of a file came, where what came doesn't tell: a body that ends with its connection
 * looks the same when it was cut off. What follows it is asked for then, which a server that knows
 * ranges refuses with the length, and one that knows the length answers with that. And checksums:
 * those of the whole file that a server states without being asked. Pure; any thread. */

#include "thaw-download-private.h"

#include <string.h>

#define MAX_ASK_USEC (15 * G_USEC_PER_SEC)

/* Makes @request ask for what follows the @size bytes that came. */
void
thaw_download_ask_end (ThawRequest *request, guint64 size, const char *etag)
{
  g_autofree char *range = g_strdup_printf ("bytes=%" G_GUINT64_FORMAT "-", size);

  thaw_request_set_header (request, "Accept-Encoding", "identity");
  thaw_request_set_header (request, "Range", range);
  if (etag)
    thaw_request_set_header (request, "If-Range", etag);
  thaw_request_set_streamed (request, TRUE);
  thaw_request_set_timeouts (request, MAX_ASK_USEC, MAX_ASK_USEC, MAX_ASK_USEC);
}

/* What a server says of its file to somebody who asked for what lies behind its end. */
static gboolean
parse_unsatisfied (const char *text, guint64 *total)
{
  const char *prefix = "bytes */";

  return text && g_ascii_strncasecmp (text, prefix, strlen (prefix)) == 0
         && g_ascii_string_to_unsigned (text + strlen (prefix), 10, 0, G_MAXINT64, total, NULL);
}

static gboolean
is_other_version (ThawResponse *answer, const char *etag)
{
  const char *now = thaw_response_get_header (answer, "ETag");

  return etag && now && !g_str_equal (etag, now);
}

/* What the @answer to that says about the @size bytes of the version @etag (nullable). */
ThawDownloadEnd
thaw_download_judge_end (ThawResponse *answer, guint64 size, const char *etag)
{
  const char *range_text = thaw_response_get_header (answer, "Content-Range");
  gint64 length = thaw_response_get_length (answer);
  ThawContentRange range;
  guint64 total;

  if (is_other_version (answer, etag) || thaw_response_is_encoded (answer))
    return THAW_DOWNLOAD_END_UNKNOWN;
  switch (thaw_response_get_status (answer))
    {
    case 416:
      if (!parse_unsatisfied (range_text, &total))
        return THAW_DOWNLOAD_END_UNKNOWN;
      return total == size ? THAW_DOWNLOAD_END_WHOLE : THAW_DOWNLOAD_END_SHORT;
    case 206:
      return thaw_content_range_parse (range_text, &range) && range.first == size
                 ? THAW_DOWNLOAD_END_SHORT
                 : THAW_DOWNLOAD_END_UNKNOWN;
    case 200:
      if (length < 0)
        return THAW_DOWNLOAD_END_UNKNOWN;
      return (guint64) length == size ? THAW_DOWNLOAD_END_WHOLE : THAW_DOWNLOAD_END_SHORT;
    default:
      return THAW_DOWNLOAD_END_UNKNOWN;
    }
}

/* --- checksums --- */

static const struct {
  const char *name;
  GChecksumType type;
} algorithms[] = { { "md5", G_CHECKSUM_MD5 },
                   { "sha", G_CHECKSUM_SHA1 },
                   { "sha-256", G_CHECKSUM_SHA256 },
                   { "sha-512", G_CHECKSUM_SHA512 } };

/* Lower case, as g_checksum_get_string(). NULL: that is none. */
static char *
decode (const char *base64, GChecksumType type)
{
  g_autofree guint8 *bytes = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  gsize n;

  bytes = g_base64_decode (base64, &n);
  if (n != (gsize) g_checksum_type_get_length (type))
    return NULL;
  for (gsize i = 0; i < n; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free_and_steal (g_steal_pointer (&text));
}

static void
take_digest (ThawDigest *self, gsize strength, const char *base64)
{
  char *sum = decode (base64, algorithms[strength].type);

  if (!sum)
    return;
  g_free (self->sum);
  *self = (ThawDigest){ .sum = sum, .type = algorithms[strength].type, .strength = strength + 1 };
}

/* "sha-256=BASE64" of RFC 3230, or "sha-256=:BASE64:" of RFC 9530. */
static void
take_item (ThawDigest *self, char *item)
{
  char *value = strchr (item, '=');

  if (!value)
    return;
  *value++ = '\0';
  value[strcspn (value, ";")] = '\0';
  if (*value == ':')
    value++;
  value[strcspn (value, ": ")] = '\0';
  for (gsize i = 0; i < G_N_ELEMENTS (algorithms); i++)
    if (i + 1 > self->strength && g_ascii_strcasecmp (g_strstrip (item), algorithms[i].name) == 0)
      take_digest (self, i, value);
}

static void
take_list (ThawDigest *self, const char *list)
{
  g_auto (GStrv) items = list ? g_strsplit (list, ",", -1) : NULL;

  for (gsize i = 0; items && items[i]; i++)
    take_item (self, items[i]);
}

/* The strongest checksum of the whole file that @response states, if it is stronger than what @self
 * has. That of a part is of no use. */
void
thaw_digest_take (ThawDigest *self, ThawResponse *response)
{
  const char *md5 = thaw_response_get_header (response, "Content-MD5");

  if (thaw_response_is_encoded (response))
    return;
  take_list (self, thaw_response_get_header (response, "Repr-Digest"));
  take_list (self, thaw_response_get_header (response, "Digest"));
  if (thaw_response_get_status (response) != 200)
    return;
  take_list (self, thaw_response_get_header (response, "Content-Digest"));
  if (md5 && self->strength == 0)
    take_digest (self, 0, md5);
}

void
thaw_digest_clear (ThawDigest *self)
{
  g_free (self->sum);
  *self = (ThawDigest){ 0 };
}
