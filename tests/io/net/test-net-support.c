/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server: a SoupServer in a thread with a context of its own. Its paths:
 *
 *   /bytes/N        N bytes           /echo      the body, with the request's type
 *   /held           answers when it is opened            /slow      answers after 20 ms
 *   /endless        a body without an end, counted       /form      what a form's fields are
 *   /gzip/N         N compressed zeros                   /redirect?u=URI&s=STATUS
 *   /status/N       that status       /json  {"answer":42}          /broken-json
 *
 * What the tests ask about it is kept under a lock. */

#include "test-net-support.h"

#include "thaw-ledger-private.h"
#include "thaw-net-private.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct _TestServer {
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
  char *tls, *uri;
  SoupServer *server;
  pthread_mutex_t lock; /* of what follows */
  pthread_cond_t ready;
  guint n_requests, n_now, max_now;
  guint64 n_written;
  GQueue held; /* SoupServerMessage */
  gboolean open;
  SoupMessageHeaders *last;
  GString *log;
};

static void
count_in (TestServer *self, SoupServerMessage *message, const char *path)
{
  pthread_mutex_lock (&self->lock);
  self->n_requests++;
  self->n_now++;
  self->max_now = MAX (self->max_now, self->n_now);
  g_clear_pointer (&self->last, soup_message_headers_unref);
  self->last = soup_message_headers_ref (soup_server_message_get_request_headers (message));
  g_string_append_printf (self->log, "%s ", path);
  pthread_mutex_unlock (&self->lock);
}

static void
on_finished (SoupServerMessage *message, TestServer *self)
{
  pthread_mutex_lock (&self->lock);
  self->n_now--;
  pthread_mutex_unlock (&self->lock);
}

static void
answer (SoupServerMessage *message, const char *type, const char *data, gsize n)
{
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, type, SOUP_MEMORY_COPY, data, n);
}

static void
answer_bytes (SoupServerMessage *message, gsize n)
{
  g_autofree char *data = g_malloc (n + 1);

  for (gsize i = 0; i < n; i++)
    data[i] = (char) (i * 31);
  answer (message, "application/octet-stream", data, n);
}

static void
answer_gzip (SoupServerMessage *message, gsize n)
{
  g_autofree char *zeros = g_malloc0 (n + 1);
  g_autoptr (GConverter) converter
      = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9));
  g_autoptr (GBytes) plain = g_bytes_new (zeros, n);
  g_autoptr (GBytes) packed = g_converter_convert_bytes (converter, plain, NULL);
  gsize size;
  const char *data = g_bytes_get_data (packed, &size);

  soup_message_headers_append (soup_server_message_get_response_headers (message),
                               "Content-Encoding",
                               "gzip");
  answer (message, "application/octet-stream", data, size);
}

static void
write_endless (SoupServerMessage *message, TestServer *self)
{
  static const char block[16384];

  soup_message_body_append (soup_server_message_get_response_body (message),
                            SOUP_MEMORY_STATIC,
                            block,
                            sizeof block);
  pthread_mutex_lock (&self->lock);
  self->n_written += sizeof block;
  pthread_mutex_unlock (&self->lock);
  soup_server_message_unpause (message);
}

static void
answer_endless (TestServer *self, SoupServerMessage *message)
{
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_message_headers_set_encoding (soup_server_message_get_response_headers (message),
                                     SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (soup_server_message_get_response_body (message), FALSE);
  g_signal_connect (message, "wrote-headers", G_CALLBACK (write_endless), self);
  g_signal_connect (message, "wrote-chunk", G_CALLBACK (write_endless), self);
}

static void
append_field (gpointer name, gpointer value, gpointer text)
{
  g_string_append_printf (text, "%s=%s;", (char *) name, (char *) value);
}

static void
answer_form (SoupServerMessage *message)
{
  g_autoptr (GBytes) body
      = soup_message_body_flatten (soup_server_message_get_request_body (message));
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GHashTable) fields = soup_form_decode (g_bytes_get_data (body, NULL));

  g_hash_table_foreach (fields, append_field, text);
  answer (message, "text/plain", text->str, text->len);
}

static void
answer_redirect (SoupServerMessage *message, GHashTable *query)
{
  const char *to = g_hash_table_lookup (query, "u"), *status = g_hash_table_lookup (query, "s");

  soup_server_message_set_status (message, status ? (guint) atoi (status) : 302, NULL);
  soup_message_headers_append (soup_server_message_get_response_headers (message), "Location", to);
}

static void
answer_echo (SoupServerMessage *message)
{
  g_autoptr (GBytes) body
      = soup_message_body_flatten (soup_server_message_get_request_body (message));
  const char *type
      = soup_message_headers_get_one (soup_server_message_get_request_headers (message),
                                      "Content-Type");
  gsize n;
  const char *data = g_bytes_get_data (body, &n);

  soup_message_headers_append (soup_server_message_get_response_headers (message),
                               "X-Method",
                               soup_server_message_get_method (message));
  answer (message, type ? type : "text/plain", data ? data : "", n);
}

static gboolean
answer_later (gpointer message)
{
  answer (message, "text/plain", "late", 4);
  soup_server_message_unpause (message);
  return G_SOURCE_REMOVE;
}

static void
hold_back (TestServer *self, SoupServerMessage *message)
{
  gboolean open;

  pthread_mutex_lock (&self->lock);
  open = self->open;
  if (!open)
    g_queue_push_tail (&self->held, g_object_ref (message));
  pthread_mutex_unlock (&self->lock);
  if (open)
    answer (message, "text/plain", "late", 4);
  else
    soup_server_message_pause (message);
}

static void
delay_answer (TestServer *self, SoupServerMessage *message)
{
  g_autoptr (GSource) source = g_timeout_source_new (20);

  soup_server_message_pause (message);
  g_source_set_callback (source, answer_later, g_object_ref (message), g_object_unref);
  g_source_attach (source, self->context);
}

static void
handle (SoupServer *server,
        SoupServerMessage *message,
        const char *path,
        GHashTable *query,
        gpointer user_data)
{
  TestServer *self = user_data;

  count_in (self, message, path);
  g_signal_connect (message, "finished", G_CALLBACK (on_finished), self);
  if (g_str_has_prefix (path, "/bytes/"))
    answer_bytes (message, g_ascii_strtoull (path + strlen ("/bytes/"), NULL, 10));
  else if (g_str_has_prefix (path, "/gzip/"))
    answer_gzip (message, g_ascii_strtoull (path + strlen ("/gzip/"), NULL, 10));
  else if (g_str_has_prefix (path, "/status/"))
    soup_server_message_set_status (message, (guint) atoi (path + strlen ("/status/")), NULL);
  else if (g_str_equal (path, "/redirect"))
    answer_redirect (message, query);
  else if (g_str_equal (path, "/echo"))
    answer_echo (message);
  else if (g_str_equal (path, "/form"))
    answer_form (message);
  else if (g_str_equal (path, "/json"))
    answer (message, "application/json", "{\"answer\":42}", 13);
  else if (g_str_equal (path, "/broken-json"))
    answer (message, "application/json", "{\"answer\":", 10);
  else if (g_str_has_prefix (path, "/held"))
    hold_back (self, message);
  else if (g_str_equal (path, "/slow"))
    delay_answer (self, message);
  else if (g_str_equal (path, "/endless"))
    answer_endless (self, message);
  else
    soup_server_message_set_status (message, SOUP_STATUS_NOT_FOUND, NULL);
}

static void on_websocket (SoupServer *server,
                          SoupServerMessage *message,
                          const char *path,
                          SoupWebsocketConnection *connection,
                          gpointer user_data);

static void
start_server (TestServer *self)
{
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoslist (GUri) uris = NULL;

  self->server = soup_server_new ("server-header", "test", NULL);
  if (self->tls)
    {
      certificate = g_tls_certificate_new_from_file (self->tls, NULL);
      g_assert_nonnull (certificate);
      soup_server_set_tls_certificate (self->server, certificate);
    }
  soup_server_add_handler (self->server, NULL, handle, self, NULL);
  soup_server_add_websocket_handler (self->server, "/ws", NULL, NULL, on_websocket, self, NULL);
  g_assert_true (soup_server_listen_local (self->server,
                                           0,
                                           SOUP_SERVER_LISTEN_IPV4_ONLY
                                               | (self->tls ? SOUP_SERVER_LISTEN_HTTPS : 0),
                                           NULL));
  uris = soup_server_get_uris (self->server);
  self->uri = g_strdup_printf ("%s://127.0.0.1:%d",
                               self->tls ? "https" : "http",
                               g_uri_get_port (uris->data));
}

static gpointer
run_server (gpointer data)
{
  TestServer *self = data;

  g_main_context_push_thread_default (self->context);
  pthread_mutex_lock (&self->lock);
  start_server (self);
  pthread_cond_signal (&self->ready);
  pthread_mutex_unlock (&self->lock);
  g_main_loop_run (self->loop);
  soup_server_disconnect (self->server);
  g_clear_object (&self->server);
  while (g_main_context_iteration (self->context, FALSE))
    ;
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

TestServer *
test_server_new (const char *tls)
{
  TestServer *self = g_new0 (TestServer, 1);

  /* libsoup's server warns of clients that have gone before it looked; we are those. */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  self->tls = g_strdup (tls);
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->log = g_string_new (NULL);
  pthread_mutex_init (&self->lock, NULL);
  pthread_cond_init (&self->ready, NULL);
  self->thread = g_thread_new ("test-server", run_server, self);
  pthread_mutex_lock (&self->lock);
  while (self->uri == NULL)
    pthread_cond_wait (&self->ready, &self->lock);
  pthread_mutex_unlock (&self->lock);
  return self;
}

static gboolean
quit_cb (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

void
test_server_free (TestServer *self)
{
  g_main_context_invoke (self->context, quit_cb, self->loop);
  g_thread_join (self->thread);
  g_queue_clear_full (&self->held, g_object_unref);
  g_clear_pointer (&self->last, soup_message_headers_unref);
  g_string_free (self->log, TRUE);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_free (self->uri);
  g_free (self->tls);
  g_free (self);
}

const char *
test_server_get_uri (TestServer *self)
{
  return self->uri;
}

char *
test_server_dup_uri (TestServer *self, const char *path)
{
  return g_strconcat (self->uri, path, NULL);
}

#define LOCKED(type, expression)                                                                   \
  ({                                                                                               \
    type locked_value;                                                                             \
    pthread_mutex_lock (&self->lock);                                                              \
    locked_value = (expression);                                                                   \
    pthread_mutex_unlock (&self->lock);                                                            \
    locked_value;                                                                                  \
  })

guint
test_server_get_n_requests (TestServer *self)
{
  return LOCKED (guint, self->n_requests);
}

guint
test_server_get_max_concurrent (TestServer *self)
{
  return LOCKED (guint, self->max_now);
}

guint64
test_server_get_n_written (TestServer *self)
{
  return LOCKED (guint64, self->n_written);
}

guint
test_server_get_n_held (TestServer *self)
{
  return LOCKED (guint, self->held.length);
}

char *
test_server_dup_last_header (TestServer *self, const char *name)
{
  return LOCKED (char *, g_strdup (soup_message_headers_get_list (self->last, name)));
}

char *
test_server_dup_log (TestServer *self)
{
  return LOCKED (char *, g_strdup (self->log->str));
}

static gboolean
open_cb (gpointer data)
{
  TestServer *self = data;
  GQueue held;

  pthread_mutex_lock (&self->lock);
  self->open = TRUE;
  held = self->held;
  g_queue_init (&self->held);
  pthread_mutex_unlock (&self->lock);
  for (GList *l = held.head; l; l = l->next)
    answer_later (l->data);
  g_queue_clear_full (&held, g_object_unref);
  return G_SOURCE_REMOVE;
}

void
test_server_open (TestServer *self)
{
  g_main_context_invoke (self->context, open_cb, self);
}

/* Echoes; "flood N" sends N numbered messages; "close" closes with code 4000. */
static void
on_message (SoupWebsocketConnection *connection, int type, GBytes *message, gpointer user_data)
{
  TestServer *self = user_data;
  gsize n;
  const char *data = g_bytes_get_data (message, &n);

  if (n > 6 && strncmp (data, "flood ", 6) == 0)
    {
      guint count = (guint) atoi (data + 6);

      for (guint i = 0;
           i < count
           && soup_websocket_connection_get_state (connection) == SOUP_WEBSOCKET_STATE_OPEN;
           i++)
        {
          g_autofree char *text = g_strdup_printf ("%u", i);

          soup_websocket_connection_send_text (connection, text);
        }
      return;
    }
  if (soup_websocket_connection_get_state (connection) != SOUP_WEBSOCKET_STATE_OPEN)
    return;
  if (n == 5 && strncmp (data, "close", 5) == 0)
    {
      soup_websocket_connection_close (connection, 4000, "enough");
      return;
    }
  pthread_mutex_lock (&self->lock);
  self->n_requests++;
  pthread_mutex_unlock (&self->lock);
  soup_websocket_connection_send_message (connection, type, message);
}

static void
on_websocket (SoupServer *server,
              SoupServerMessage *message,
              const char *path,
              SoupWebsocketConnection *connection,
              gpointer user_data)
{
  g_object_ref (connection);
  soup_websocket_connection_set_max_incoming_payload_size (connection, 1024 * 1024);
  g_signal_connect (connection, "message", G_CALLBACK (on_message), user_data);
  g_signal_connect (connection, "closed", G_CALLBACK (g_object_unref), NULL);
}

/* A test that is killed takes the server with it. */
static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static GPid hostile_pid;

static void
kill_hostile (void)
{
  kill (hostile_pid, SIGKILL);
}

static char *
start_hostile (const char *program)
{
  const char *argv[] = { "python3", program, "--seconds", "100", NULL };
  g_autofree char *line = NULL;
  char *text = NULL;
  int out;

  if (!g_spawn_async_with_pipes (NULL,
                                 (char **) argv,
                                 NULL,
                                 G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD,
                                 die_with_parent,
                                 NULL,
                                 &hostile_pid,
                                 NULL,
                                 &out,
                                 NULL,
                                 NULL))
    return NULL;
  atexit (kill_hostile);
  line = g_malloc0 (200);
  for (gsize n = 0; n < 199 && read (out, line + n, 1) == 1 && line[n] != '\n'; n++)
    ;
  close (out);
  text = g_strdup (g_strstrip (line));
  return text;
}

const char *
hostile_get_uri (void)
{
  static char *uri;
  const char *kit = g_getenv ("THAW_KIT");
  g_autofree char *program = kit ? g_build_filename (kit, "httpd-hostile", NULL) : NULL;

  if (!uri && program && g_file_test (program, G_FILE_TEST_EXISTS))
    uri = start_hostile (program);
  if (!uri)
    g_test_skip ("The hostile server of the kit isn't there (THAW_KIT)");
  return uri;
}

/* Waits at most 5 ms, so that a deadline is seen. */
static gboolean
tick (gpointer data)
{
  return G_SOURCE_REMOVE;
}

void
net_iterate (void)
{
  guint id = g_timeout_add (5, tick, NULL);
  GSource *source = g_main_context_find_source_by_id (NULL, id);

  g_source_ref (source);
  g_main_context_iteration (NULL, TRUE);
  g_source_destroy (source);
  g_source_unref (source);
}

gboolean
net_wait (ThawFuture *future)
{
  gint64 end_usec = g_get_monotonic_time () + NET_SECONDS * G_USEC_PER_SEC;

  while (thaw_future_get_state (future) == THAW_FUTURE_PENDING
         && g_get_monotonic_time () < end_usec)
    net_iterate ();
  return thaw_future_get_state (future) != THAW_FUTURE_PENDING;
}

ThawResponse *
net_response (ThawFuture *future)
{
  g_autoptr (ThawFuture) own = future;
  g_autoptr (GError) error = NULL;
  ThawResponse *response;

  g_assert_true (net_wait (own));
  response = thaw_future_take_pointer (own, &error);
  g_assert_no_error (error);
  return response;
}

void
net_assert_error (ThawFuture *future, GQuark domain, int code)
{
  g_autoptr (ThawFuture) own = future;

  g_assert_true (net_wait (own));
  g_assert_error (thaw_future_get_error (own), domain, code);
}

static gboolean
is_idle (ThawHttp *http)
{
  ThawHttpStats stats;
  ThawTaskStats tasks;

  thaw_http_get_stats (http, &stats);
  thaw_task_get_stats (&tasks);
  return stats.n_in_flight == 0 && stats.n_exchanges == 0 && tasks.n_fibers == 0
         && tasks.n_jobs == 0;
}

static void
has_passed (gpointer passed)
{
  __atomic_store_n ((gboolean *) passed, TRUE, __ATOMIC_RELEASE);
}

/* Whether all that was posted to the network thread before has been handled there. */
static gboolean
flush_network (gint64 end_usec)
{
  static gboolean passed; /* static: who gives up leaves before it is told */

  passed = FALSE;
  thaw_net_post (has_passed, &passed);
  while (!__atomic_load_n (&passed, __ATOMIC_ACQUIRE) && g_get_monotonic_time () < end_usec)
    net_iterate ();
  return __atomic_load_n (&passed, __ATOMIC_ACQUIRE);
}

static void
name_what_is_left (ThawLedger *ledger, gpointer unused)
{
  guint n_totals[4];
  g_autoptr (GArray) records = thaw_ledger_copy (ledger, 100, n_totals);

  for (guint i = 0; i < records->len; i++)
    {
      const ThawRecordCopy *record = &g_array_index (records, ThawRecordCopy, i);

      if (record->kind != THAW_RECORD_SCOPE)
        g_printerr ("%s \"%s\" waits for %s%s\n",
                    record->kind == THAW_RECORD_FIBER ? "fiber" : "job",
                    record->name,
                    record->waits_for != NULL ? record->waits_for : "nothing",
                    record->is_cancelled ? ", cancelled" : "");
    }
}

/* What is put away by the network thread is in no count while it is on its way there, so nothing is
 * left only if that is still so once all that was on its way has arrived. */
void
net_assert_idle (ThawHttp *http)
{
  gint64 end_usec = g_get_monotonic_time () + NET_SECONDS * G_USEC_PER_SEC;
  ThawHttpStats stats;
  ThawTaskStats tasks;

  do
    {
      while (!is_idle (http) && g_get_monotonic_time () < end_usec)
        net_iterate ();
      if (flush_network (end_usec) && is_idle (http))
        return;
    }
  while (g_get_monotonic_time () < end_usec);
  thaw_http_get_stats (http, &stats);
  thaw_task_get_stats (&tasks);
  thaw_ledger_foreach (name_what_is_left, NULL);
  g_error ("%u in flight, %u exchanges, %u fibers, %u jobs are left after %d s",
           stats.n_in_flight,
           stats.n_exchanges,
           tasks.n_fibers,
           tasks.n_jobs,
           NET_SECONDS);
}

guint
net_count_sockets (void)
{
  DIR *dir = opendir ("/proc/self/fd");
  struct dirent *entry;
  guint n = 0;

  while (dir && (entry = readdir (dir)) != NULL)
    {
      struct sockaddr_storage address;
      socklen_t length = sizeof address;

      n += getpeername (atoi (entry->d_name), (struct sockaddr *) &address, &length) == 0
           && (address.ss_family == AF_INET || address.ss_family == AF_INET6);
    }
  if (dir)
    closedir (dir);
  return n;
}
