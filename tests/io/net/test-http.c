/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests against a server in the process: what is sent and what comes back, bodies both ways,
 * redirects and TLS. How they stream, wait, are limited and cancelled is in test-http-flow.c; what
 * a broken or hostile server does in test-http-hostile.c. */

#include "test-http-support.h"

#include "thaw-net-private.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

static ThawResponse *
get (HttpFixture *self, const char *path)
{
  return net_response (http_send_to (self, "GET", path));
}

static char *
text_of (ThawResponse *response)
{
  gsize n;
  const char *data = g_bytes_get_data (thaw_response_get_body (response), &n);

  return n > 0 ? g_strndup (data, n) : g_strdup ("");
}

static void
test_get (HttpFixture *self, gconstpointer data)
{
  static const gsize sizes[] = { 0, 1, 1000, 65536, 3000000 };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *path = g_strdup_printf ("/bytes/%zu", sizes[i]);
      g_autoptr (ThawResponse) response = get (self, path);

      g_assert_cmpuint (thaw_response_get_status (response), ==, 200);
      g_assert_cmpstr (thaw_response_get_reason (response), ==, "OK");
      g_assert_cmpstr (thaw_response_get_header (response, "content-TYPE"),
                       ==,
                       "application/octet-stream");
      g_assert_null (thaw_response_get_header (response, "X-None"));
      g_assert_cmpint (thaw_response_get_length (response), ==, sizes[i]);
      http_check_bytes (thaw_response_get_body (response), sizes[i]);
    }
  /* One connection did all of it. */
  g_assert_cmpuint (net_count_sockets (), ==, 2);
}

static void
test_status (HttpFixture *self, gconstpointer data)
{
  g_autoptr (ThawResponse) response = get (self, "/status/404");
  g_autofree char *uri = test_server_dup_uri (self->server, "/status/404");
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (thaw_response_get_status (response), ==, 404);
  g_assert_false (thaw_response_check (response, &error));
  g_assert_error (error, THAW_HTTP_ERROR, THAW_HTTP_ERROR_STATUS);
  g_assert_nonnull (strstr (error->message, "404"));
  net_assert_error (thaw_http_get (self->http, self->scope, uri),
                    THAW_HTTP_ERROR,
                    THAW_HTTP_ERROR_STATUS);
}

static void
test_head_and_no_content (HttpFixture *self, gconstpointer data)
{
  g_autoptr (ThawResponse) head = net_response (http_send_to (self, "HEAD", "/bytes/5000"));
  g_autoptr (ThawResponse) none = get (self, "/status/204");

  g_assert_cmpint (thaw_response_get_length (head), ==, 5000);
  g_assert_cmpuint (g_bytes_get_size (thaw_response_get_body (head)), ==, 0);
  g_assert_cmpuint (g_bytes_get_size (thaw_response_get_body (none)), ==, 0);
}

static void
test_headers (HttpFixture *self, gconstpointer data)
{
  g_autoptr (ThawRequest) request = http_request_to (self, "POST", "/echo");
  g_autoptr (GBytes) body = g_bytes_new_static ("hello", 5);
  g_autoptr (ThawResponse) response = NULL;
  g_autofree char *text = NULL, *sent = NULL;

  thaw_request_set_header (request, "X-Own", "first");
  thaw_request_set_header (request, "x-own", "second");
  thaw_request_set_body (request, "text/x-test", body);
  response = net_response (thaw_http_send (self->http, self->scope, request));
  text = text_of (response);
  sent = test_server_dup_last_header (self->server, "X-Own");
  g_assert_cmpstr (text, ==, "hello");
  g_assert_cmpstr (sent, ==, "second");
  g_assert_cmpstr (thaw_response_get_header (response, "X-Method"), ==, "POST");
  g_assert_cmpstr (thaw_response_get_header (response, "Content-Type"), ==, "text/x-test");
}

static void
test_bad_address (HttpFixture *self, gconstpointer data)
{
  static const char *const bad[] = { "file:///etc/passwd", "ftp://127.0.0.1/", "javascript:1" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    net_assert_error (thaw_http_get (self->http, self->scope, bad[i]),
                      G_IO_ERROR,
                      G_IO_ERROR_NOT_SUPPORTED);
  net_assert_error (thaw_http_get (self->http, self->scope, "no address"),
                    G_URI_ERROR,
                    G_URI_ERROR_FAILED);
}

static void
test_json (HttpFixture *self, gconstpointer data)
{
  g_autofree char *uri = test_server_dup_uri (self->server, "/json");
  g_autofree char *echo = test_server_dup_uri (self->server, "/echo");
  g_autofree char *broken = test_server_dup_uri (self->server, "/broken-json");
  g_autofree char *accept = NULL;
  g_autoptr (JsonNode) sent = json_from_string ("{\"a\":[1,\"\\u00e4\"]}", NULL);
  g_autoptr (ThawFuture) future = thaw_http_get_json (self->http, self->scope, uri);
  g_autoptr (ThawFuture) posted = thaw_http_post_json (self->http, self->scope, echo, sent);
  g_autoptr (ThawFuture) put = thaw_http_put_json (self->http, self->scope, echo, sent);
  g_autoptr (JsonNode) got = NULL;

  g_assert_true (net_wait (future) && net_wait (posted) && net_wait (put));
  got = thaw_future_take_pointer (future, NULL);
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (got), "answer"), ==, 42);
  g_assert_true (json_node_equal (thaw_future_get_pointer (posted, NULL), sent));
  g_assert_true (json_node_equal (thaw_future_get_pointer (put, NULL), sent));
  accept = test_server_dup_last_header (self->server, "Accept");
  g_assert_cmpstr (accept, ==, "application/json");
  net_assert_error (thaw_http_get_json (self->http, self->scope, broken),
                    JSON_PARSER_ERROR,
                    JSON_PARSER_ERROR_PARSE);
}

static void
test_form (HttpFixture *self, gconstpointer data)
{
  g_autoptr (ThawRequest) request = http_request_to (self, "POST", "/form");
  g_autoptr (ThawResponse) response = NULL;
  g_autofree char *text = NULL;

  thaw_request_add_field (request, "name", "a b&c=d");
  response = net_response (thaw_http_send (self->http, self->scope, request));
  text = text_of (response);
  g_assert_cmpstr (text, ==, "name=a b&c=d;");
}

static char *
make_file (const char *data, gsize n)
{
  char *path = NULL;
  int fd = g_file_open_tmp ("thaw-net-XXXXXX", &path, NULL);

  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (path, data, (gssize) n, NULL));
  return path;
}

static GBytes *
expect_parts (const char *boundary, const char *content, gsize n)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text,
                          "--%s\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\ntest\r\n",
                          boundary);
  g_string_append_printf (text,
                          "--%s\r\nContent-Disposition: form-data; name=\"file\"; "
                          "filename=\"a %%22b%%22.bin\"\r\nContent-Type: image/x-test\r\n\r\n",
                          boundary);
  g_string_append_len (text, content, (gssize) n);
  g_string_append_printf (text, "\r\n--%s--\r\n", boundary);
  return g_string_free_to_bytes (g_steal_pointer (&text));
}

static void
test_upload_files (HttpFixture *self, gconstpointer data)
{
  static const gsize sizes[] = { 0, 1, 1500000 };

  for (gsize c = 0; c < G_N_ELEMENTS (sizes); c++)
    {
      gsize n = sizes[c];
      g_autofree char *content = g_malloc (n + 1), *path = NULL;
      g_autoptr (GFile) file = NULL;
      g_autoptr (ThawRequest) request = http_request_to (self, "POST", "/echo");
      g_autoptr (ThawResponse) response = NULL;
      g_autoptr (GBytes) expected = NULL;
      const char *type;

      for (gsize i = 0; i < n; i++)
        content[i] = (char) (i * 7 + i / 256);
      path = make_file (content, n);
      file = g_file_new_for_path (path);
      thaw_request_add_field (request, "kind", "test");
      thaw_request_add_file (request, "file", file, "a \"b\".bin", "image/x-test");
      response = net_response (thaw_http_send (self->http, self->scope, request));
      type = thaw_response_get_header (response, "Content-Type");
      g_assert_true (g_str_has_prefix (type, "multipart/form-data; boundary="));
      expected = expect_parts (type + strlen ("multipart/form-data; boundary="), content, n);
      g_assert_true (g_bytes_equal (expected, thaw_response_get_body (response)));
      g_remove (path);
    }
}

static void
test_upload_missing_file (HttpFixture *self, gconstpointer data)
{
  g_autoptr (ThawRequest) request = http_request_to (self, "POST", "/form");
  g_autoptr (GFile) file = g_file_new_for_path ("/nonexistent/thaw");

  thaw_request_add_file (request, "file", file, NULL, NULL);
  net_assert_error (thaw_http_send (self->http, self->scope, request),
                    G_IO_ERROR,
                    G_IO_ERROR_NOT_FOUND);
  g_assert_cmpuint (test_server_get_n_requests (self->server), ==, 0);
}

static void
test_upload_pipe (HttpFixture *self, gconstpointer data)
{
  g_autoptr (ThawRequest) request = http_request_to (self, "PUT", "/echo");
  g_autoptr (ThawBytePipe) pipe = thaw_byte_pipe_new (1000);
  g_autoptr (ThawFuture) future = NULL;
  g_autoptr (ThawResponse) response = NULL;
  g_autoptr (GByteArray) all = g_byte_array_new ();

  thaw_request_set_pipe (request, "text/plain", pipe, -1);
  future = thaw_http_send (self->http, self->scope, request);
  for (guint i = 0; i < 500; i++)
    {
      g_autofree char *text = g_strdup_printf ("line %u of the upload\n", i);
      g_autoptr (GBytes) chunk = g_bytes_new (text, strlen (text));
      g_autoptr (ThawFuture) written = thaw_byte_pipe_write (pipe, chunk);

      g_byte_array_append (all, (guint8 *) text, (guint) strlen (text));
      g_assert_true (net_wait (written));
      g_assert_null (thaw_future_get_error (written));
    }
  thaw_byte_pipe_finish (pipe);
  response = net_response (g_steal_pointer (&future));
  g_assert_cmpmem (g_bytes_get_data (thaw_response_get_body (response), NULL),
                   g_bytes_get_size (thaw_response_get_body (response)),
                   all->data,
                   all->len);
}

static void
test_upload_pipe_fails (HttpFixture *self, gconstpointer data)
{
  g_autoptr (ThawRequest) request = http_request_to (self, "PUT", "/echo");
  g_autoptr (ThawBytePipe) pipe = thaw_byte_pipe_new (0);
  g_autoptr (GBytes) chunk = g_bytes_new_static ("x", 1);
  g_autoptr (ThawFuture) written = thaw_byte_pipe_write (pipe, chunk);

  thaw_request_set_pipe (request, "text/plain", pipe, 1000);
  thaw_byte_pipe_fail (pipe, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NO_SPACE, "test"));
  net_assert_error (thaw_http_send (self->http, self->scope, request),
                    G_IO_ERROR,
                    G_IO_ERROR_NO_SPACE);
}

static void
test_gzip (HttpFixture *self, gconstpointer data)
{
  g_autoptr (ThawResponse) response = get (self, "/gzip/2000000");
  g_autoptr (ThawRequest) bomb = http_request_to (self, "GET", "/gzip/2000000");

  g_assert_true (thaw_response_is_encoded (response));
  g_assert_cmpuint (g_bytes_get_size (thaw_response_get_body (response)), ==, 2000000);
  thaw_request_set_max_body (bomb, 1000000);
  net_assert_error (thaw_http_send (self->http, self->scope, bomb),
                    THAW_HTTP_ERROR,
                    THAW_HTTP_ERROR_TOO_LARGE);
}

static void
test_max_body (HttpFixture *self, gconstpointer data)
{
  g_autoptr (ThawRequest) request = http_request_to (self, "GET", "/bytes/1001");
  g_autoptr (ThawRequest) endless = http_request_to (self, "GET", "/endless");
  g_autoptr (ThawRequest) fits = http_request_to (self, "GET", "/bytes/1000");
  g_autoptr (ThawResponse) response = NULL;

  thaw_request_set_max_body (request, 1000);
  net_assert_error (thaw_http_send (self->http, self->scope, request),
                    THAW_HTTP_ERROR,
                    THAW_HTTP_ERROR_TOO_LARGE);
  thaw_request_set_max_body (endless, 100000);
  net_assert_error (thaw_http_send (self->http, self->scope, endless),
                    THAW_HTTP_ERROR,
                    THAW_HTTP_ERROR_TOO_LARGE);
  thaw_request_set_max_body (fits, 1000);
  response = net_response (thaw_http_send (self->http, self->scope, fits));
  http_check_bytes (thaw_response_get_body (response), 1000);
}

static char *
redirect_path (const char *to, guint status)
{
  g_autofree char *escaped = g_uri_escape_string (to, NULL, FALSE);

  return g_strdup_printf ("/redirect?u=%s&s=%u", escaped, status);
}

static void
test_redirect_methods (HttpFixture *self, gconstpointer data)
{
  static const struct {
    guint status;
    const char *method, *becomes;
    gboolean keeps_body;
  } cases[] = { { 301, "POST", "GET", FALSE }, { 302, "POST", "GET", FALSE },
                { 303, "PUT", "GET", FALSE },  { 307, "POST", "POST", TRUE },
                { 308, "PUT", "PUT", TRUE },   { 302, "PUT", "PUT", TRUE } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = redirect_path ("/echo", cases[i].status), *text = NULL;
      g_autoptr (ThawRequest) request = http_request_to (self, cases[i].method, path);
      g_autoptr (GBytes) body = g_bytes_new_static ("body", 4);
      g_autoptr (ThawResponse) response = NULL;

      thaw_request_set_body (request, "text/x-test", body);
      response = net_response (thaw_http_send (self->http, self->scope, request));
      text = text_of (response);
      g_assert_cmpstr (thaw_response_get_header (response, "X-Method"), ==, cases[i].becomes);
      g_assert_cmpstr (text, ==, cases[i].keeps_body ? "body" : "");
      g_assert_true (g_str_has_suffix (thaw_response_get_uri (response), "/echo"));
    }
}

static void
test_redirect_secrets (HttpFixture *self, gconstpointer data)
{
  g_autoptr (TestServer) other = test_server_new (NULL);
  g_autofree char *to = test_server_dup_uri (other, "/bytes/1");
  g_autofree char *away = redirect_path (to, 302), *here = redirect_path ("/bytes/1", 302);
  g_autoptr (ThawRequest) leaves = http_request_to (self, "GET", away);
  g_autoptr (ThawRequest) stays = http_request_to (self, "GET", here);
  g_autoptr (ThawResponse) first = NULL;
  g_autoptr (ThawResponse) second = NULL;
  g_autofree char *kept = NULL, *leaked = NULL, *other_kept = NULL;

  thaw_request_set_header (leaves, "Authorization", "Basic secret");
  thaw_request_set_header (leaves, "X-Plain", "yes");
  thaw_request_set_header (stays, "Authorization", "Basic secret");
  first = net_response (thaw_http_send (self->http, self->scope, leaves));
  second = net_response (thaw_http_send (self->http, self->scope, stays));
  leaked = test_server_dup_last_header (other, "Authorization");
  other_kept = test_server_dup_last_header (other, "X-Plain");
  kept = test_server_dup_last_header (self->server, "Authorization");
  g_assert_null (leaked);
  g_assert_cmpstr (other_kept, ==, "yes");
  g_assert_cmpstr (kept, ==, "Basic secret");
}

static void
test_redirect_pipe (HttpFixture *self, gconstpointer data)
{
  g_autofree char *path = redirect_path ("/echo", 307);
  g_autoptr (ThawRequest) request = http_request_to (self, "PUT", path);
  g_autoptr (ThawBytePipe) pipe = thaw_byte_pipe_new (0);

  thaw_request_set_pipe (request, "text/plain", pipe, -1);
  thaw_byte_pipe_finish (pipe);
  net_assert_error (thaw_http_send (self->http, self->scope, request),
                    THAW_HTTP_ERROR,
                    THAW_HTTP_ERROR_BAD_REDIRECT);
}

static void
test_redirect_resolve (void)
{
  static const struct {
    const char *from, *location, *to;
  } cases[] = {
    { "http://a/b/c", "d", "http://a/b/d" },
    { "http://a/b/c", "../d?x#y", "http://a/d?x#y" },
    { "http://a/b/c", "//e/f", "http://e/f" },
    { "http://a/", "https://a/", "https://a/" },
    { "https://a/", "https://b/", "https://b/" },
    { "https://a/", "http://a/", NULL },
    { "https://a/", "HTTP://a/", NULL },
    { "http://a/", "file:///etc/passwd", NULL },
    { "http://a/", "ftp://a/", NULL },
    { "http://a/", "javascript:alert(1)", NULL },
    { "http://a/", "http:///", NULL },
    { "http://a/", "http://[::1", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GUri) from = thaw_request_parse_uri (cases[i].from, NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (GUri) uri = thaw_redirect_resolve (from, cases[i].location, &error);
      g_autofree char *text = uri ? g_uri_to_string (uri) : NULL;

      g_assert_cmpstr (text, ==, cases[i].to);
      if (!uri)
        g_assert_error (error, THAW_HTTP_ERROR, THAW_HTTP_ERROR_BAD_REDIRECT);
    }
}

static void
test_retry_after (void)
{
  gint64 now = 1600000000; /* Sun, 13 Sep 2020 12:26:40 GMT */

  g_assert_cmpint (thaw_http_parse_retry_after (NULL, now), ==, -1);
  g_assert_cmpint (thaw_http_parse_retry_after ("", now), ==, -1);
  g_assert_cmpint (thaw_http_parse_retry_after ("soon", now), ==, -1);
  g_assert_cmpint (thaw_http_parse_retry_after ("-5", now), ==, -1);
  g_assert_cmpint (thaw_http_parse_retry_after ("0", now), ==, 0);
  g_assert_cmpint (thaw_http_parse_retry_after ("7", now), ==, 7 * G_USEC_PER_SEC);
  g_assert_cmpint (thaw_http_parse_retry_after ("Sun, 13 Sep 2020 12:26:45 GMT", now),
                   ==,
                   5 * G_USEC_PER_SEC);
  g_assert_cmpint (thaw_http_parse_retry_after ("Sun, 13 Sep 2020 12:26:30 GMT", now), ==, 0);
  g_assert_cmpint (thaw_http_parse_retry_after ("99999999999", now),
                   >,
                   THAW_HTTP_MAX_RETRY_AFTER_USEC);
  g_assert_cmpint (thaw_http_parse_retry_after ("99999999999999999999999", now),
                   >,
                   THAW_HTTP_MAX_RETRY_AFTER_USEC);
}

static char *
certificate (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "certificates", name, NULL);
}

static void
check_tls (const char *pem, gboolean trusts, const char *complaint)
{
  g_autofree char *server_pem = certificate (pem), *ca = certificate ("ca.pem");
  g_autoptr (TestServer) server = test_server_new (server_pem);
  g_autoptr (GTlsDatabase) trust = g_tls_file_database_new (ca, NULL);
  g_autoptr (ThawHttp) http = thaw_http_new ();
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  g_autofree char *uri = test_server_dup_uri (server, "/bytes/10");
  g_autoptr (ThawFuture) future = NULL;

  if (trusts)
    thaw_http_set_trust (http, trust);
  future = thaw_http_get (http, scope, uri);
  g_assert_true (net_wait (future));
  if (complaint)
    {
      g_assert_error (thaw_future_get_error (future), THAW_HTTP_ERROR, THAW_HTTP_ERROR_TLS);
      g_test_message ("%s", thaw_future_get_error (future)->message);
      g_assert_nonnull (strstr (thaw_future_get_error (future)->message, complaint));
      g_assert_cmpuint (test_server_get_n_requests (server), ==, 0);
    }
  else
    g_assert_no_error (thaw_future_get_error (future));
  net_assert_idle (http);
}

static void
test_tls (void)
{
  if (!g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_test_skip ("There is no TLS for GIO here");
      return;
    }
  check_tls ("good.pem", TRUE, NULL);
  check_tls ("good.pem", FALSE, "issuer is unknown");
  check_tls ("expired.pem", TRUE, "has expired");
  check_tls ("wrong.pem", TRUE, "for another host");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http/redirect-resolve", test_redirect_resolve);
  g_test_add_func ("/http/retry-after", test_retry_after);
  HTTP_ADD ("get", test_get);
  HTTP_ADD ("status", test_status);
  HTTP_ADD ("head-and-no-content", test_head_and_no_content);
  HTTP_ADD ("headers", test_headers);
  HTTP_ADD ("bad-address", test_bad_address);
  HTTP_ADD ("json", test_json);
  HTTP_ADD ("form", test_form);
  HTTP_ADD ("upload-files", test_upload_files);
  HTTP_ADD ("upload-missing-file", test_upload_missing_file);
  HTTP_ADD ("upload-pipe", test_upload_pipe);
  HTTP_ADD ("upload-pipe-fails", test_upload_pipe_fails);
  HTTP_ADD ("gzip", test_gzip);
  HTTP_ADD ("max-body", test_max_body);
  HTTP_ADD ("redirect-methods", test_redirect_methods);
  HTTP_ADD ("redirect-secrets", test_redirect_secrets);
  HTTP_ADD ("redirect-pipe", test_redirect_pipe);
  g_test_add_func ("/http/tls", test_tls);
  return g_test_run ();
}
