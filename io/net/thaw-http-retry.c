/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is tried again, and when: only requests that may be made twice, only for failures that may
 * pass, each time later and not all at once, and not before the server says so. Any thread. */

#include "thaw-net-private.h"

#include "thaw-clock.h"

#include <string.h>

#define MAX_DELAY_USEC (30 * G_USEC_PER_SEC)

/* In microseconds from @now_seconds (of the real clock); -1 if it says nothing. */
gint64
thaw_http_parse_retry_after (const char *value, gint64 now_seconds)
{
  g_autoptr (GDateTime) date = NULL;
  guint64 seconds;

  if (!value)
    return -1;
  if (strspn (value, "0123456789") == strlen (value) && value[0] != '\0')
    {
      if (!g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT64 / G_USEC_PER_SEC, &seconds, NULL))
        return G_MAXINT64;
      return (gint64) seconds * G_USEC_PER_SEC;
    }
  date = soup_date_time_new_from_http_string (value);
  if (!date)
    return -1;
  return MAX (g_date_time_to_unix (date) - now_seconds, 0) * G_USEC_PER_SEC;
}

static gboolean
may_repeat (ThawRequest *request)
{
  return thaw_request_is_idempotent (request) && thaw_request_is_repeatable (request);
}

static gboolean
may_pass (const GError *error)
{
  static const int io_codes[]
      = { G_IO_ERROR_CONNECTION_REFUSED,  G_IO_ERROR_CONNECTION_CLOSED, G_IO_ERROR_HOST_UNREACHABLE,
          G_IO_ERROR_NETWORK_UNREACHABLE, G_IO_ERROR_TIMED_OUT,         G_IO_ERROR_BUSY,
          G_IO_ERROR_PROXY_FAILED,        G_IO_ERROR_NOT_CONNECTED,     G_IO_ERROR_HOST_NOT_FOUND };
  static const int http_codes[]
      = { THAW_HTTP_ERROR_CONNECT_TIMEOUT, THAW_HTTP_ERROR_INCOMPLETE, THAW_HTTP_ERROR_STALLED };

  for (gsize i = 0; i < G_N_ELEMENTS (io_codes); i++)
    if (g_error_matches (error, G_IO_ERROR, io_codes[i]))
      return TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (http_codes); i++)
    if (g_error_matches (error, THAW_HTTP_ERROR, http_codes[i]))
      return TRUE;
  return g_error_matches (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_TEMPORARY_FAILURE);
}

gboolean
thaw_http_may_retry (ThawRequest *request, const GError *error)
{
  return may_repeat (request) && may_pass (error);
}

gboolean
thaw_http_status_may_retry (ThawRequest *request, guint status)
{
  switch (status)
    {
    case SOUP_STATUS_REQUEST_TIMEOUT:
    case 429: /* Too Many Requests */
    case SOUP_STATUS_BAD_GATEWAY:
    case SOUP_STATUS_SERVICE_UNAVAILABLE:
    case SOUP_STATUS_GATEWAY_TIMEOUT:
      return may_repeat (request);
    default:
      return FALSE;
    }
}

/* Doubled each time, and anything from half of it on: those who failed together come back apart. */
gint64
thaw_http_get_delay (ThawHttp *self, guint n_before)
{
  gint64 delay_usec = self->first_delay_usec;

  for (guint i = 0; i < n_before && delay_usec < MAX_DELAY_USEC; i++)
    delay_usec *= 2;
  delay_usec = MIN (delay_usec, MAX_DELAY_USEC);
  return delay_usec / 2 + (gint64) (thaw_clock_random () % (guint64) (delay_usec / 2 + 1));
}
