/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Downloading as an operation: several at a time, paused, gone on with after a restart, tried
 * again, and what is said of a file whose end nobody can tell. The server is in the process, on
 * threads of its own, and holds back what the test wants held back. */

#include "kinds-test.h"

#include "thaw-operation-private.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

#define MIB (1024 * 1024)
#define SIZE (40 * MIB)
#define FIRST (24 * MIB) /* comes at once; the rest when the gate is open */
#define N_AT_ONCE 6      /* of a host */

static struct {
  GSocketService *service;
  char *uri;
  gint is_open, n_asked, n_under_way, n_most, n_missing, is_found; /* atomic */
  gint64 last_offset;
} server;

/* --- the server --- */

static void
fill (guint8 *block, gsize n, guint64 offset)
{
  for (gsize i = 0; i < n; i++)
    block[i] = (guint8) ((offset + i) * 7 + ((offset + i) >> 13));
}

static gboolean
send_bytes (GOutputStream *stream, guint64 from, guint64 to)
{
  guint8 block[64 * 1024];

  while (from < to)
    {
      gsize n = MIN (sizeof block, to - from);

      fill (block, n, from);
      if (!g_output_stream_write_all (stream, block, n, NULL, NULL, NULL))
        return FALSE;
      from += n;
    }
  return TRUE;
}

static void
wait_for_gate (void)
{
  while (!g_atomic_int_get (&server.is_open))
    g_usleep (2000);
}

static gboolean
say (GOutputStream *stream, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return g_output_stream_write_all (stream, text, strlen (text), NULL, NULL, NULL);
}

static gboolean
answer_large (GOutputStream *stream, gboolean is_head, gint64 offset)
{
  guint64 from = (guint64) MAX (offset, 0);

  if (offset > 0)
    {
      __atomic_store_n (&server.last_offset, offset, __ATOMIC_RELAXED);
      say (stream,
           "HTTP/1.1 206 Part\r\nContent-Range: bytes %" G_GUINT64_FORMAT "-%u/%u\r\n",
           from,
           SIZE - 1,
           SIZE);
    }
  else
    say (stream, "HTTP/1.1 200 OK\r\n");
  say (stream, "ETag: \"1\"\r\nContent-Length: %" G_GUINT64_FORMAT "\r\n\r\n", SIZE - from);
  if (is_head)
    return TRUE;
  if (from < FIRST && !send_bytes (stream, from, FIRST))
    return FALSE;
  wait_for_gate ();
  return send_bytes (stream, MAX (from, FIRST), SIZE);
}

static gboolean
answer_small (GOutputStream *stream, gboolean is_head)
{
  gint n;

  if (!is_head)
    {
      n = g_atomic_int_add (&server.n_under_way, 1) + 1;
      if (n > g_atomic_int_get (&server.n_most))
        g_atomic_int_set (&server.n_most, n);
      wait_for_gate ();
      g_atomic_int_add (&server.n_under_way, -1);
    }
  return say (stream, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n%s", is_head ? "" : "hello");
}

/* Whether the connection stays. */
static gboolean
answer (GOutputStream *stream, const char *path, gboolean is_head, gint64 offset)
{
  g_atomic_int_inc (&server.n_asked);
  if (g_str_has_prefix (path, "/large"))
    return answer_large (stream, is_head, offset);
  if (g_str_has_prefix (path, "/small"))
    return answer_small (stream, is_head);
  if (g_str_equal (path, "/endless-chunks"))
    {
      say (stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      if (!is_head)
        say (stream, "5\r\nhello\r\nzz\r\n\r\n");
      return FALSE;
    }
  if (g_str_equal (path, "/mute"))
    {
      say (stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%s", is_head ? "" : "hello");
      return FALSE;
    }
  if (g_atomic_int_get (&server.is_found))
    return say (stream, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n%s", is_head ? "" : "found");
  g_atomic_int_inc (&server.n_missing);
  return say (stream, "HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n");
}

static gboolean
serve_one (GDataInputStream *input, GOutputStream *stream)
{
  g_autofree char *line = g_data_input_stream_read_line (input, NULL, NULL, NULL);
  g_auto (GStrv) words = line ? g_strsplit (line, " ", 3) : NULL;
  gint64 offset = -1;

  if (!words || g_strv_length (words) < 2)
    return FALSE;
  for (;;)
    {
      g_autofree char *header = g_data_input_stream_read_line (input, NULL, NULL, NULL);

      if (!header)
        return FALSE;
      if (*g_strchomp (header) == '\0')
        return answer (stream, words[1], g_str_equal (words[0], "HEAD"), offset);
      if (g_str_has_prefix (header, "Range: bytes="))
        offset = g_ascii_strtoll (header + strlen ("Range: bytes="), NULL, 10);
    }
}

static gboolean
on_run (GThreadedSocketService *service,
        GSocketConnection *connection,
        GObject *source,
        gpointer data)
{
  g_autoptr (GDataInputStream) input
      = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));

  g_data_input_stream_set_newline_type (input, G_DATA_STREAM_NEWLINE_TYPE_LF);
  while (serve_one (input, g_io_stream_get_output_stream (G_IO_STREAM (connection))))
    ;
  return TRUE;
}

static void
start_server (void)
{
  guint16 port;

  server.service = g_threaded_socket_service_new (50);
  port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (server.service), NULL, NULL);
  server.uri = g_strdup_printf ("http://127.0.0.1:%u", port);
  g_signal_connect (server.service, "run", G_CALLBACK (on_run), NULL);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  fixture_set_up (self, data);
  g_atomic_int_set (&server.is_open, 0);
  g_atomic_int_set (&server.n_asked, 0);
  g_atomic_int_set (&server.n_most, 0);
  g_atomic_int_set (&server.n_missing, 0);
  g_atomic_int_set (&server.is_found, 0);
  __atomic_store_n (&server.last_offset, 0, __ATOMIC_RELAXED);
  make_tree (self, "to/", NULL);
}

/* --- requests --- */

/* Paths, NULL-terminated. */
static ThawOperation *
start (Fixture *self, const char *path, ...)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (ThawOperationRequest) request = new_request (self, "download", "to", NULL);
  g_auto (GStrv) uris = NULL;
  va_list paths;

  va_start (paths, path);
  for (; path != NULL; path = va_arg (paths, const char *))
    g_strv_builder_take (builder, g_strconcat (server.uri, path, NULL));
  va_end (paths);
  uris = g_strv_builder_end (builder);
  thaw_operation_request_set_option (request,
                                     "uris",
                                     g_variant_new_strv ((const char *const *) uris, -1));
  return thaw_operation_queue_submit (self->queue, request, "A test");
}

static gint64
get_done (ThawOperation *operation)
{
  ThawProgress progress;

  thaw_operation_get_progress (operation, &progress);
  return progress.bytes_done;
}

static void
assert_large (Fixture *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->folder, "to", name, NULL);
  g_autofree char *content = NULL;
  g_autofree guint8 *wanted = g_malloc (SIZE);
  gsize n;

  fill (wanted, SIZE, 0);
  g_assert_true (g_file_get_contents (path, &content, &n, NULL));
  g_assert_cmpuint (n, ==, SIZE);
  g_assert_true (memcmp (content, wanted, n) == 0);
}

/* --- tests --- */

static void
test_paused (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = start (self, "/large", NULL);
  gint64 done, until;

  run_until (get_done (operation) >= 20 * MIB);
  thaw_operation_pause (operation);
  run_until (__atomic_load_n (&operation->run->is_parked, __ATOMIC_ACQUIRE));
  g_atomic_int_set (&server.is_open, 1);
  /* What had been read when it was parked may be told a moment later. */
  until = g_get_monotonic_time () + G_USEC_PER_SEC / 4;
  run_until (g_get_monotonic_time () > until);
  done = get_done (operation);
  until = g_get_monotonic_time () + G_USEC_PER_SEC / 4;
  run_until (g_get_monotonic_time () > until);
  g_assert_cmpint (get_done (operation), ==, done);
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_PAUSED);
  thaw_operation_resume (operation);
  run_operation (operation);
  assert_done (operation);
  assert_large (self, "large");
  assert_no_litter (self);
}

/* So long that the connection isn't trusted any more: the rest is asked for. */
static void
test_paused_long (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL;
  gint64 until;

  if (!g_test_slow ())
    {
      g_test_skip ("-m slow");
      return;
    }
  operation = start (self, "/large", NULL);
  run_until (get_done (operation) >= 20 * MIB);
  thaw_operation_pause (operation);
  until = g_get_monotonic_time () + 6 * G_USEC_PER_SEC;
  run_until (g_get_monotonic_time () > until);
  g_atomic_int_set (&server.is_open, 1);
  thaw_operation_resume (operation);
  run_operation (operation);
  assert_done (operation);
  assert_large (self, "large");
  g_assert_cmpint (__atomic_load_n (&server.last_offset, __ATOMIC_RELAXED), >=, 20 * MIB);
}

static int
pause_and_die (const char *state, const char *folder, const char *uri)
{
  Fixture self = { .folder = (char *) folder, .state = (char *) state };
  g_autoptr (ThawOperation) operation = NULL;

  server.uri = g_strdup (uri);
  self.queue = thaw_operation_queue_new (state);
  operation = start (&self, "/large", "/small/1", NULL);
  run_until (get_done (operation) >= 20 * MIB);
  thaw_operation_pause (operation);
  run_until (__atomic_load_n (&operation->run->is_parked, __ATOMIC_ACQUIRE));
  _exit (0);
}

static gint64
find_interrupted (Fixture *self)
{
  g_autoptr (ThawFuture) list = thaw_operation_queue_list_interrupted (self->queue, NULL);
  GPtrArray *records;

  run_until (thaw_future_get_state (list) != THAW_FUTURE_PENDING);
  records = thaw_future_get_pointer (list, NULL);
  g_assert_nonnull (records);
  g_assert_cmpuint (records->len, ==, 1);
  return ((ThawOperationRecord *) g_ptr_array_index (records, 0))->id;
}

/* Paused, and then the program ends: the next one goes on with the rest. */
static void
test_paused_over_restart (Fixture *self, gconstpointer data)
{
  const char *argv[]
      = { "/proc/self/exe", "--pause-and-die", self->state, self->folder, server.uri, NULL };
  g_autoptr (ThawOperation) finish = NULL;
  GPid pid;
  int status;

  g_clear_object (&self->queue);
  g_assert_true (g_spawn_async (NULL,
                                (char **) argv,
                                NULL,
                                G_SPAWN_DO_NOT_REAP_CHILD,
                                NULL,
                                NULL,
                                &pid,
                                NULL));
  run_until (waitpid (pid, &status, WNOHANG) == pid); /* connections are taken by this loop */
  g_assert_true (g_spawn_check_wait_status (status, NULL));
  assert_tree (self, "to", "");
  g_atomic_int_set (&server.is_open, 1);
  self->queue = thaw_operation_queue_new (self->state);
  finish = run_operation (thaw_operation_queue_finish (self->queue, find_interrupted (self)));
  assert_done (finish);
  assert_large (self, "large");
  g_assert_cmpint (__atomic_load_n (&server.last_offset, __ATOMIC_RELAXED), >=, 16 * MIB);
  undo (self);
  assert_tree (self, "to", "");
  assert_no_litter (self);
}

static void
test_several (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = start (self,
                                               "/small/0",
                                               "/small/1",
                                               "/small/2",
                                               "/small/3",
                                               "/small/4",
                                               "/small/5",
                                               "/small/6",
                                               "/small/7",
                                               "/small/8",
                                               "/mute",
                                               NULL);

  run_until (g_atomic_int_get (&server.n_under_way) == N_AT_ONCE);
  g_atomic_int_set (&server.is_open, 1);
  run_operation (operation);
  assert_done (operation);
  g_assert_cmpint (g_atomic_int_get (&server.n_most), ==, N_AT_ONCE);
  assert_tree (
      self,
      "to",
      "0=hello 1=hello 2=hello 3=hello 4=hello 5=hello 6=hello 7=hello 8=hello mute=hello");
  undo (self);
  assert_tree (self, "to", "");
}

/* Each name once, whoever gets it first. */
static void
test_same_names (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL;

  g_atomic_int_set (&server.is_open, 1);
  operation = run_operation (start (self, "/small/a", "/small/b/a", "/small/c/a", NULL));
  g_assert_cmpuint (thaw_operation_get_n_problems (operation), ==, 2);
  assert_tree (self, "to", "a=hello");
}

/* What failed is tried again in the same job, and undone with it; what came isn't fetched again. */
static void
test_tried_again (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL, again = NULL;
  gint n_asked;

  g_atomic_int_set (&server.is_open, 1);
  operation = run_operation (start (self, "/missing/a", "/small/b", "/missing/c", NULL));
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_FAILED);
  g_assert_cmpuint (thaw_operation_get_n_problems (operation), ==, 2);
  assert_tree (self, "to", "b=hello");
  g_atomic_int_set (&server.is_found, 1);
  n_asked = g_atomic_int_get (&server.n_asked);
  again = run_operation (thaw_operation_retry (operation, THAW_PROBLEMS_ALL));
  assert_done (again);
  g_assert_cmpint (thaw_operation_get_id (again), ==, thaw_operation_get_id (operation));
  assert_tree (self, "to", "a=found b=hello c=found");
  g_assert_cmpint (g_atomic_int_get (&server.n_asked) - n_asked, ==, 4); /* HEAD and GET of two */
  undo (self);
  assert_tree (self, "to", "");
  redo (self);
  assert_tree (self, "to", "a=found b=hello c=found");
}

static void
test_end_unknown (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = run_operation (start (self, "/mute", NULL));

  assert_done (operation);
  assert_tree (self, "to", "mute=hello");
  g_assert_cmpuint (thaw_operation_get_n_losses (operation), ==, 1);
  g_assert_true (g_str_has_suffix (thaw_operation_get_loss (operation, 0)->path, "/to/mute"));
}

static void
test_end_wrong (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = run_operation (start (self, "/endless-chunks", NULL));

  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_FAILED);
  assert_tree (self, "to", "");
  assert_no_litter (self);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, fixture_tear_down)

int
main (int argc, char *argv[])
{
  if (argc == 5 && g_str_equal (argv[1], "--pause-and-die"))
    return pause_and_die (argv[2], argv[3], argv[4]);
  g_test_init (&argc, &argv, NULL);
  start_server ();
  ADD ("/download-ops/paused", test_paused);
  ADD ("/download-ops/paused-long", test_paused_long);
  ADD ("/download-ops/paused-over-restart", test_paused_over_restart);
  ADD ("/download-ops/several", test_several);
  ADD ("/download-ops/same-names", test_same_names);
  ADD ("/download-ops/tried-again", test_tried_again);
  ADD ("/download-ops/end-unknown", test_end_unknown);
  ADD ("/download-ops/end-wrong", test_end_wrong);
  return g_test_run ();
}
