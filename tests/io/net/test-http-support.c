/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of requests have in common. */

#include "test-http-support.h"

void
http_set_up (HttpFixture *self, gconstpointer data)
{
  self->server = test_server_new (NULL);
  self->http = thaw_http_new ();
  thaw_http_set_retries (self->http, 2, 2000);
  self->scope = thaw_scope_new ("test", NULL);
}

void
http_tear_down (HttpFixture *self, gconstpointer data)
{
  thaw_scope_cancel (self->scope);
  net_assert_idle (self->http);
  thaw_scope_unref (self->scope);
  thaw_http_unref (self->http);
  test_server_free (self->server);
  net_assert_soon (net_count_sockets () == 0);
}

ThawRequest *
http_request_to (HttpFixture *self, const char *method, const char *path)
{
  g_autofree char *uri = test_server_dup_uri (self->server, path);

  return thaw_request_new (method, uri);
}

ThawFuture *
http_send_to (HttpFixture *self, const char *method, const char *path)
{
  g_autoptr (ThawRequest) request = http_request_to (self, method, path);

  return thaw_http_send (self->http, self->scope, request);
}

void
http_check_bytes (GBytes *body, gsize n)
{
  const guint8 *data = g_bytes_get_data (body, NULL);

  g_assert_cmpuint (g_bytes_get_size (body), ==, n);
  for (gsize i = 0; i < n; i++)
    if (data[i] != (guint8) (i * 31))
      g_error ("Byte %zu is wrong", i);
}
