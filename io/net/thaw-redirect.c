/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Redirects: followed by us and not by libsoup, which would go from https to http and hand secrets
 * on. A bounded number, to http and https only, never from https to http; a body is sent again only
 * where the status says so and it can be; credentials stay with the host that they were for.
 * Network thread. */

#include "thaw-net-private.h"

#include <string.h>

gboolean
thaw_exchange_is_redirected (ThawExchange *self)
{
  switch ((guint) soup_message_get_status (self->message))
    {
    case SOUP_STATUS_MOVED_PERMANENTLY:
    case SOUP_STATUS_FOUND:
    case SOUP_STATUS_SEE_OTHER:
    case SOUP_STATUS_TEMPORARY_REDIRECT:
    case SOUP_STATUS_PERMANENT_REDIRECT:
      return soup_message_headers_get_one (soup_message_get_response_headers (self->message),
                                           "Location")
             != NULL;
    default:
      return FALSE;
    }
}

static gboolean
refuse (GUri *from, const char *location, const char *why, GError **error)
{
  g_autofree char *shown = g_utf8_make_valid (location, (gssize) strnlen (location, 200));

  g_set_error (error,
               THAW_HTTP_ERROR,
               THAW_HTTP_ERROR_BAD_REDIRECT,
               "%s leads to %s: %s",
               g_uri_get_host (from),
               shown,
               why);
  return FALSE;
}

/* Where @location leads from @from, if one may go there. */
GUri *
thaw_redirect_resolve (GUri *from, const char *location, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse_relative (from, location, SOUP_HTTP_URI_FLAGS, NULL);
  const char *scheme = uri ? g_uri_get_scheme (uri) : "";

  if (!uri || !g_uri_get_host (uri) || g_uri_get_host (uri)[0] == '\0')
    refuse (from, location, "that is no address", error);
  else if (!g_str_equal (scheme, "http") && !g_str_equal (scheme, "https"))
    refuse (from, location, "only http and https are followed", error);
  else if (g_str_equal (g_uri_get_scheme (from), "https") && g_str_equal (scheme, "http"))
    refuse (from, location, "that isn't encrypted any more", error);
  else
    return g_steal_pointer (&uri);
  return NULL;
}

static gboolean
becomes_get (ThawExchange *self)
{
  guint status = soup_message_get_status (self->message);

  if (status == SOUP_STATUS_SEE_OTHER)
    return !g_str_equal (self->method, "HEAD");
  return (status == SOUP_STATUS_MOVED_PERMANENTLY || status == SOUP_STATUS_FOUND)
         && g_str_equal (self->method, "POST");
}

static gboolean
is_same_host (GUri *a, GUri *b)
{
  return g_str_equal (g_uri_get_scheme (a), g_uri_get_scheme (b))
         && g_ascii_strcasecmp (g_uri_get_host (a), g_uri_get_host (b)) == 0
         && g_uri_get_port (a) == g_uri_get_port (b);
}

gboolean
thaw_exchange_follow (ThawExchange *self, guint n_before, GError **error)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (self->message);
  const char *location = soup_message_headers_get_one (headers, "Location");
  g_autoptr (GUri) uri = NULL;

  if (n_before >= THAW_HTTP_MAX_REDIRECTS)
    return refuse (self->uri, location, "too many redirects", error);
  uri = thaw_redirect_resolve (self->uri, location, error);
  if (!uri)
    return FALSE;
  if (becomes_get (self))
    {
      self->method = g_intern_static_string ("GET");
      self->drops_body = TRUE;
    }
  else if (!thaw_request_is_repeatable (self->request))
    return refuse (self->uri, location, "the body can't be sent twice", error);

  __atomic_add_fetch (&self->http->n_redirected, 1, __ATOMIC_RELAXED);
  thaw_exchange_close_stream (self);
  if (!is_same_host (self->uri, uri))
    {
      self->drops_secrets = TRUE;
      thaw_exchange_leave_host (self);
    }
  g_uri_unref (self->uri);
  self->uri = g_steal_pointer (&uri);
  return TRUE;
}
