/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where bodies end: chunks, well-formed in all ways and broken in all others, and bodies that end
 * with their connection. A server of bare sockets on threads of its own says exactly what is in
 * this file; it counts connections, so that one sees which are used again. */

#include "test-net-support.h"

#include "thaw-download-private.h"
#include "thaw-net-private.h"

#include <glib/gstdio.h>
#include <string.h>

#define OK (-1)
#define CONTENT "hello, this is the whole content of it"
#define SIZE (sizeof CONTENT - 1)
#define HALF (SIZE / 2)
#define CLOSED "HTTP/1.1 200 OK\r\nConnection: close\r\n"
#define PLAIN "HTTP/1.1 200 OK\r\nContent-Length: 38\r\nConnection: close\r\n"
#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

/* Content, and an error or none; what is well-formed is asked for on one connection. */
static const struct {
  const char *path, *body, *content;
  int code;
} bodies[] = {
  { "/one", "5\r\nhello\r\n0\r\n\r\n", "hello", OK },
  { "/two", "5\r\nhello\r\n6\r\n, this\r\n0\r\n\r\n", "hello, this", OK },
  { "/empty", "0\r\n\r\n", "", OK },
  { "/zeros", "0005\r\nhello\r\n0000\r\n\r\n", "hello", OK },
  { "/letters", "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789", OK },
  { "/spaces", "5  \r\nhello\r\n0 \r\n\r\n", "hello", OK },
  { "/extensions", "5;a=b;c=\"d\"\r\nhello\r\n0;e\r\n\r\n", "hello", OK },
  { "/like-one", "9\r\n0\r\n\r\n0\r\n\r\r\n0\r\n\r\n", "0\r\n\r\n0\r\n\r", OK },
  { "/no-size", "5\r\nhello\r\nzz\r\nxx\r\n", NULL, THAW_HTTP_ERROR_BAD_RESPONSE },
  { "/empty-size", "5\r\nhello\r\n\r\n\r\n", NULL, THAW_HTTP_ERROR_BAD_RESPONSE },
  { "/negative", "5\r\nhello\r\n-1\r\n\r\n", NULL, THAW_HTTP_ERROR_BAD_RESPONSE },
  { "/prefix", "0x5\r\nhello\r\n0\r\n\r\n", NULL, THAW_HTTP_ERROR_BAD_RESPONSE },
  { "/huge", "fffffffffffffffff\r\nhello\r\n0\r\n\r\n", NULL, THAW_HTTP_ERROR_BAD_RESPONSE },
  { "/bare-line", "5\nhello\n0\n\n", NULL, THAW_HTTP_ERROR_BAD_RESPONSE },
  { "/too-long", "5\r\nhello, this\r\n0\r\n\r\n", NULL, THAW_HTTP_ERROR_BAD_RESPONSE },
  { "/too-short", "8\r\nhello\r\n0\r\n\r\n", NULL, THAW_HTTP_ERROR_BAD_RESPONSE },
  { "/cut-in-data", "8\r\nhello", NULL, THAW_HTTP_ERROR_INCOMPLETE },
  { "/cut-after-data", "5\r\nhello\r\n", NULL, THAW_HTTP_ERROR_INCOMPLETE },
  { "/cut-in-size", "5\r\nhello\r\n4", NULL, THAW_HTTP_ERROR_INCOMPLETE },
  { "/cut-in-last-size", "5\r\nhello\r\n0", NULL, THAW_HTTP_ERROR_INCOMPLETE },
};

/* A file that is asked for: what a first request, and one for what follows, is told. */
static const struct {
  const char *path, *head, *rest_head;
  gsize n_first; /* of the content, to who asks for all of it */
  gsize n_later; /* the same to who does so again */
  int code;
} files[] = {
  { "/f/416",
    CLOSED "ETag: \"1\"\r\n\r\n",
    "HTTP/1.1 416 No\r\nContent-Length: 0\r\nContent-Range: bytes */38\r\n\r\n",
    SIZE,
    SIZE,
    OK },
  { "/f/416-short",
    CLOSED "\r\n",
    "HTTP/1.1 416 No\r\nContent-Length: 0\r\nContent-Range: bytes */99\r\n\r\n",
    SIZE,
    SIZE,
    THAW_HTTP_ERROR_INCOMPLETE },
  { "/f/mute", CLOSED "\r\n", CLOSED "\r\n", SIZE, SIZE, OK },
  { "/f/says-length", CLOSED "\r\n", PLAIN "\r\n", SIZE, SIZE, OK },
  { "/f/length-cut", CLOSED "\r\n", PLAIN "\r\n", HALF, HALF, THAW_HTTP_ERROR_INCOMPLETE },
  { "/f/length-cut-once", CLOSED "\r\n", PLAIN "\r\n", HALF, SIZE, OK },
  { "/f/goes-on",
    CLOSED "ETag: \"1\"\r\n\r\n",
    "HTTP/1.1 206 Part\r\nContent-Length: 19\r\nContent-Range: bytes 19-37/38\r\nETag: "
    "\"1\"\r\n\r\n",
    HALF,
    HALF,
    OK },
  { "/f/no-ranges", CLOSED "\r\n", "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", SIZE, SIZE, OK },
  { "/f/md5", PLAIN "Content-MD5: SUM-MD5\r\n\r\n", NULL, SIZE, SIZE, OK },
  { "/f/md5-wrong",
    PLAIN "Content-MD5: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    NULL,
    SIZE,
    SIZE,
    THAW_HTTP_ERROR_BAD_DIGEST },
  { "/f/digest", PLAIN "Digest: md5=no, SHA-256=SUM-SHA256\r\n\r\n", NULL, SIZE, SIZE, OK },
  { "/f/digest-wrong",
    PLAIN "Digest: MD5=AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    NULL,
    SIZE,
    SIZE,
    THAW_HTTP_ERROR_BAD_DIGEST },
  { "/f/repr-digest",
    PLAIN "Repr-Digest: x=1, sha-512=:SUM-SHA512:\r\n\r\n",
    NULL,
    SIZE,
    SIZE,
    OK },
  { "/f/repr-digest-cut",
    CLOSED "Repr-Digest: sha-512=:SUM-SHA512:\r\n\r\n",
    CLOSED "\r\n",
    HALF,
    HALF,
    THAW_HTTP_ERROR_BAD_DIGEST },
};

typedef struct {
  GSocketService *service;
  char *uri;
  guint n_connections;                 /* atomic */
  guint n_asked[G_N_ELEMENTS (files)]; /* atomic */
  ThawHttp *http;
  ThawScope *scope;
  char *path;
} Fixture;

/* --- the server --- */

static char *
dup_sum (GChecksumType type)
{
  g_autoptr (GChecksum) sum = g_checksum_new (type);
  guint8 bytes[64];
  gsize n = sizeof bytes;

  g_checksum_update (sum, (const guint8 *) CONTENT, SIZE);
  g_checksum_get_digest (sum, bytes, &n);
  return g_base64_encode (bytes, n);
}

static void
fill_in (GString *text, const char *what, GChecksumType type)
{
  g_autofree char *sum = dup_sum (type);

  g_string_replace (text, what, sum, 0);
}

static void
say (GIOStream *stream, const char *text, gssize n)
{
  g_output_stream_write_all (g_io_stream_get_output_stream (stream),
                             text,
                             n < 0 ? strlen (text) : (gsize) n,
                             NULL,
                             NULL,
                             NULL);
}

static gboolean
answer_file (Fixture *self, GIOStream *stream, guint i, const char *range)
{
  g_autoptr (GString) head = g_string_new (range ? files[i].rest_head : files[i].head);
  gboolean is_first = !range && __atomic_fetch_add (&self->n_asked[i], 1, __ATOMIC_RELAXED) == 0;
  gsize n = is_first ? files[i].n_first : files[i].n_later;

  fill_in (head, "SUM-MD5", G_CHECKSUM_MD5);
  fill_in (head, "SUM-SHA256", G_CHECKSUM_SHA256);
  fill_in (head, "SUM-SHA512", G_CHECKSUM_SHA512);
  say (stream, head->str, -1);
  if (!range)
    say (stream, CONTENT, (gssize) n);
  else if (strstr (head->str, " 206 "))
    say (stream, CONTENT + HALF, SIZE - HALF);
  else if (strstr (head->str, " 200 "))
    say (stream, CONTENT, SIZE);
  return FALSE;
}

/* Whether the connection is kept. */
static gboolean
answer (Fixture *self, GIOStream *stream, const char *path, const char *range)
{
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    if (g_str_equal (path, files[i].path))
      return answer_file (self, stream, i, range);
  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    if (g_str_equal (path, bodies[i].path))
      {
        say (stream, CHUNKED, -1);
        say (stream, bodies[i].body, -1);
        return bodies[i].code == OK;
      }
  g_assert_not_reached ();
}

static gboolean
serve_one (Fixture *self, GIOStream *stream, GDataInputStream *input)
{
  g_autofree char *line = g_data_input_stream_read_line (input, NULL, NULL, NULL), *range = NULL;
  g_auto (GStrv) words = line ? g_strsplit (line, " ", 3) : NULL;

  if (!words || g_strv_length (words) < 2)
    return FALSE;
  for (;;)
    {
      g_autofree char *header = g_data_input_stream_read_line (input, NULL, NULL, NULL);

      if (!header)
        return FALSE;
      if (*g_strchomp (header) == '\0')
        return answer (self, stream, words[1], range);
      if (g_str_has_prefix (header, "Range: "))
        g_set_str (&range, header);
    }
}

static gboolean
on_run (GThreadedSocketService *service,
        GSocketConnection *connection,
        GObject *source,
        Fixture *self)
{
  GIOStream *stream = G_IO_STREAM (connection);
  g_autoptr (GDataInputStream) input
      = g_data_input_stream_new (g_io_stream_get_input_stream (stream));

  __atomic_add_fetch (&self->n_connections, 1, __ATOMIC_RELAXED);
  g_data_input_stream_set_newline_type (input, G_DATA_STREAM_NEWLINE_TYPE_LF);
  while (serve_one (self, stream, input))
    ;
  /* So that nothing that wasn't read makes a reset of it. */
  g_socket_shutdown (g_socket_connection_get_socket (connection), FALSE, TRUE, NULL);
  while (g_input_stream_skip (G_INPUT_STREAM (input), 1000, NULL, NULL) > 0)
    ;
  return TRUE;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  guint16 port;

  self->service = g_threaded_socket_service_new (20);
  port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (self->service), NULL, NULL);
  g_assert_cmpuint (port, >, 0);
  self->uri = g_strdup_printf ("http://127.0.0.1:%u", port);
  g_signal_connect (self->service, "run", G_CALLBACK (on_run), self);
  self->http = thaw_http_new ();
  thaw_http_set_retries (self->http, 0, 1000);
  thaw_http_set_timeouts (self->http, 10 * G_USEC_PER_SEC, 10 * G_USEC_PER_SEC, -1);
  self->scope = thaw_scope_new ("test", NULL);
  self->path = g_dir_make_tmp ("thaw-body-XXXXXX", NULL);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  thaw_scope_cancel (self->scope);
  net_assert_idle (self->http);
  thaw_scope_unref (self->scope);
  thaw_http_unref (self->http);
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  net_assert_soon (net_count_sockets () == 0);
  g_object_unref (self->service);
  g_assert_no_errno (g_rmdir (self->path));
  g_free (self->path);
  g_free (self->uri);
}

/* --- chunks --- */

static ThawFuture *
send_to (Fixture *self, const char *path)
{
  g_autofree char *uri = g_strconcat (self->uri, path, NULL);
  g_autoptr (ThawRequest) request = thaw_request_new ("GET", uri);

  return thaw_http_send (self->http, self->scope, request);
}

static void
test_chunks (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (ThawResponse) response = NULL;
      GBytes *body;

      g_test_message ("%s", bodies[i].path);
      if (bodies[i].code != OK)
        {
          net_assert_error (send_to (self, bodies[i].path), THAW_HTTP_ERROR, bodies[i].code);
          continue;
        }
      response = net_response (send_to (self, bodies[i].path));
      body = thaw_response_get_body (response);
      g_assert_cmpmem (g_bytes_get_data (body, NULL),
                       g_bytes_get_size (body),
                       bodies[i].content,
                       strlen (bodies[i].content));
      g_assert_true (thaw_response_is_delimited (response));
      g_assert_cmpuint (__atomic_load_n (&self->n_connections, __ATOMIC_RELAXED), ==, 1);
    }
}

static GString *
make_body (GRand *rand, GString *content)
{
  GString *body = g_string_new (NULL);

  for (guint i = g_rand_int_range (rand, 0, 8); i > 0; i--)
    {
      gsize n = (gsize) g_rand_int_range (rand, 1, g_rand_boolean (rand) ? 20 : 5000);

      g_string_append_printf (body, g_rand_boolean (rand) ? "%zx" : "%05zX", n);
      g_string_append (body, g_rand_boolean (rand) ? "\r\n" : " ;x=y\r\n");
      for (gsize j = 0; j < n; j++)
        {
          char byte = "0\r\n;x"[g_rand_int_range (rand, 0, 5)];

          g_string_append_c (body, byte);
          g_string_append_c (content, byte);
        }
      g_string_append (body, "\r\n");
    }
  g_string_append (body, g_rand_boolean (rand) ? "0\r\n\r\n" : "000;x\r\n\r\n");
  return body;
}

/* However it comes in pieces: the content, and not a byte is read behind "\r" of the last line. */
static void
test_random_chunks (void)
{
  guint32 seed = (guint32) g_test_rand_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  g_test_message ("seed %u", seed);
  for (guint i = 0; i < 500; i++)
    {
      g_autoptr (GString) content = g_string_new (NULL), got = g_string_new (NULL);
      g_autoptr (GString) body = make_body (rand, content);
      ThawChunkParser parser = { 0 };
      gsize at = 0;
      guint64 room;

      while ((room = thaw_chunk_parser_get_room (&parser)) > 0)
        {
          guint8 block[700];
          gsize wanted = (gsize) g_rand_int_range (rand, 1, sizeof block);
          gsize n = MIN (room, wanted);
          gssize n_out;

          g_assert_cmpuint (at + n, <=, body->len - strlen ("\n\r\n"));
          memcpy (block, body->str + at, n);
          at += n;
          n_out = thaw_chunk_parser_take (&parser, block, n, NULL);
          g_assert_cmpint (n_out, >=, 0);
          g_string_append_len (got, (const char *) block, n_out);
        }
      g_assert_cmpuint (at, ==, body->len - strlen ("\n\r\n"));
      g_assert_cmpmem (got->str, got->len, content->str, content->len);
    }
}

/* --- what ends with its connection --- */

static ThawFuture *
download (Fixture *self, const char *path)
{
  g_autofree char *uri = g_strconcat (self->uri, path, NULL);
  g_autoptr (GFile) folder = g_file_new_for_path (self->path);
  ThawDownloadOptions options = { .name = "file" };

  return thaw_download (self->http, self->scope, uri, folder, &options);
}

static void
test_downloads (Fixture *self, gconstpointer data)
{
  g_autofree char *file = g_build_filename (self->path, "file", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (ThawFuture) future = NULL;
      g_autofree char *got = NULL;

      g_test_message ("%s", files[i].path);
      if (files[i].code != OK)
        {
          net_assert_error (download (self, files[i].path), THAW_HTTP_ERROR, files[i].code);
          net_assert_idle (self->http);
          g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
          continue;
        }
      future = download (self, files[i].path);
      g_assert_true (net_wait (future));
      g_assert_no_error (thaw_future_get_error (future));
      g_assert_true (g_file_get_contents (file, &got, NULL, NULL));
      g_assert_cmpstr (got, ==, CONTENT);
      g_assert_no_errno (g_remove (file));
    }
}

static void
test_is_delimited (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawResponse) closed = net_response (send_to (self, "/f/mute"));
  g_autoptr (ThawResponse) plain = net_response (send_to (self, "/f/md5"));

  g_assert_false (thaw_response_is_delimited (closed));
  g_assert_true (thaw_response_is_delimited (plain));
}

#define ADD(name, function)                                                                        \
  g_test_add ("/body-end/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/body-end/random-chunks", test_random_chunks);
  ADD ("chunks", test_chunks);
  ADD ("downloads", test_downloads);
  ADD ("is-delimited", test_is_delimited);
  return g_test_run ();
}
