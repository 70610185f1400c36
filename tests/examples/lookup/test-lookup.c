/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs the worked example in its four styles against a server of its own: the same answer, the same errors, nothing shown
 * once the window's scope has ended; and that the blocking one holds the loop while the others don't. */
#include "lookup.h"
#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <sqlite3.h>

#define SERVER_USEC (150 * 1000)
#define PATIENCE_USEC (20 * G_USEC_PER_SEC)

typedef struct {
  const char *name;
  void (*run) (Lookup *self);
  gboolean blocks;
} Style;

static const Style styles[] = {
  { "messages", lookup_with_messages, FALSE },
  { "futures", lookup_with_futures, FALSE },
  { "fiber", lookup_with_fiber, FALSE },
  { "blocking", lookup_blocking, TRUE },
};

/* The server, on a thread of its own. */

typedef struct {
  GThread *thread;
  GMainContext *context;
  GMainLoop *loop;
  char *uri; /* set before the thread says that it is ready */
  gint ready;
} Server;

static void
answer_cb (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer user_data)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  g_autofree char *text = g_strndup (body->data, body->length);
  g_autoptr (JsonNode) question = json_from_string (text, NULL);
  const char *name = json_object_get_string_member (json_node_get_object (question), "name");
  g_autofree char *answer = g_strdup_printf ("{\"greeting\":\"Hello, %s\"}", name);

  g_usleep (SERVER_USEC);
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, answer, strlen (answer));
}

static gpointer
serve (gpointer user_data)
{
  Server *self = user_data;
  g_autoptr (SoupServer) server = NULL;
  GSList *uris;

  g_main_context_push_thread_default (self->context);
  server = soup_server_new (NULL, NULL);
  soup_server_add_handler (server, NULL, answer_cb, NULL, NULL);
  g_assert_true (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  uris = soup_server_get_uris (server);
  self->uri = g_uri_to_string (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  g_atomic_int_set (&self->ready, 1);
  g_main_loop_run (self->loop);
  soup_server_disconnect (server);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

static void
server_start (Server *self)
{
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->ready = 0;
  self->thread = g_thread_new ("server", serve, self);
  while (!g_atomic_int_get (&self->ready))
    g_usleep (1000);
}

static void
server_stop (Server *self)
{
  g_main_loop_quit (self->loop);
  g_thread_join (self->thread);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_free (self->uri);
}

/* A lookup with its file, its database and its server. */

typedef struct {
  Lookup lookup;
  Server server;
  char *folder;
  char *shown;
} Fixture;

static void
show (const char *text, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_null (fixture->shown); /* once */
  fixture->shown = g_strdup (text);
}

static gpointer
wait_for (ThawFuture *future)
{
  g_autoptr (ThawFuture) held = future;
  gint64 deadline = g_get_monotonic_time () + PATIENCE_USEC;

  while (thaw_future_get_state (future) == THAW_FUTURE_PENDING && g_get_monotonic_time () < deadline)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (thaw_future_get_state (future), ==, THAW_FUTURE_RESOLVED);
  return thaw_future_take_pointer (future, NULL);
}

static void
set_up (Fixture *fixture, const char *id)
{
  static const char *const schema[] = { "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);"
                                        "INSERT INTO users VALUES (7, 'Ada'), (8, 'Grace');",
                                        NULL };
  Lookup *lookup = &fixture->lookup;
  g_autoptr (GFile) users = NULL;

  *fixture = (Fixture){ .folder = g_dir_make_tmp ("thaw-lookup-XXXXXX", NULL) };
  server_start (&fixture->server);
  lookup->id_path = g_build_filename (fixture->folder, "id", NULL);
  lookup->users_path = g_build_filename (fixture->folder, "users.db", NULL);
  lookup->id_file = g_file_new_for_path (lookup->id_path);
  lookup->server = fixture->server.uri;
  lookup->show = show;
  lookup->user_data = fixture;
  lookup->scope = thaw_scope_new ("window", NULL);
  if (id != NULL)
    g_assert_true (g_file_set_contents (lookup->id_path, id, -1, NULL));
  users = g_file_new_for_path (lookup->users_path);
  lookup->users = wait_for (thaw_database_open (lookup->scope, users, THAW_DATABASE_DEFAULT, schema));
}

static void
tear_down (Fixture *fixture)
{
  Lookup *lookup = &fixture->lookup;
  static const char *const names[] = { "id", "users.db", "users.db-wal", "users.db-shm" };

  thaw_scope_cancel (lookup->scope);
  wait_for (thaw_scope_join (lookup->scope));
  if (lookup->mailbox != NULL)
    {
      thaw_mailbox_close (lookup->mailbox);
      thaw_mailbox_unref (lookup->mailbox);
    }
  thaw_database_unref (lookup->users);
  thaw_scope_unref (lookup->scope);
  g_object_unref (lookup->id_file);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, names[i], NULL);

      g_unlink (path);
    }
  g_rmdir (fixture->folder);
  server_stop (&fixture->server);
  g_free (lookup->id_path);
  g_free (lookup->users_path);
  g_free (fixture->folder);
  g_free (fixture->shown);
}

/* Runs until something is shown. Returns the longest turn of the loop. */
static gint64
run (Fixture *fixture, const Style *style)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_USEC, longest = 0, started = g_get_monotonic_time ();

  style->run (&fixture->lookup);
  longest = g_get_monotonic_time () - started;
  while (fixture->shown == NULL && g_get_monotonic_time () < deadline)
    {
      started = g_get_monotonic_time ();
      if (g_main_context_iteration (NULL, FALSE))
        longest = MAX (longest, g_get_monotonic_time () - started);
      else
        g_usleep (200);
    }
  return longest;
}

static void
test_answer (gconstpointer user_data)
{
  const Style *style = user_data;
  Fixture fixture;
  gint64 longest;

  set_up (&fixture, "7\n");
  longest = run (&fixture, style);
  g_assert_cmpstr (fixture.shown, ==, "Hello, Ada");
  if (style->blocks)
    g_assert_cmpint (longest, >=, SERVER_USEC);
  else
    g_assert_cmpint (longest, <, SERVER_USEC);
  g_test_message ("%s: the loop was held for %.1f ms", style->name, longest / 1000.0);
  tear_down (&fixture);
}

static void
test_errors (gconstpointer user_data)
{
  Fixture fixture;

  set_up (&fixture, NULL);
  run (&fixture, user_data);
  g_assert_nonnull (fixture.shown);
  g_assert_nonnull (strstr (fixture.shown, fixture.lookup.id_path)); /* the error names the file */
  tear_down (&fixture);

  set_up (&fixture, "9");
  run (&fixture, user_data);
  g_assert_nonnull (fixture.shown);
  g_assert_null (strstr (fixture.shown, "Hello"));
  tear_down (&fixture);
}

/* The window is closed at any moment of it. */
static void
test_closed (gconstpointer user_data)
{
  const Style *style = user_data;

  for (guint turns = 0; turns < 40; turns += 3)
    {
      Fixture fixture;
      gint64 until;

      set_up (&fixture, "8");
      style->run (&fixture.lookup);
      for (guint i = 0; i < turns && fixture.shown == NULL; i++)
        if (!g_main_context_iteration (NULL, FALSE))
          g_usleep (500);
      thaw_scope_cancel (fixture.lookup.scope);
      g_clear_pointer (&fixture.shown, g_free);
      until = g_get_monotonic_time () + 20000;
      while (g_get_monotonic_time () < until)
        if (!g_main_context_iteration (NULL, FALSE))
          g_usleep (500);
      g_assert_null (fixture.shown);
      tear_down (&fixture);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (styles); i++)
    {
      g_autofree char *answer = g_strconcat ("/lookup/answer/", styles[i].name, NULL);
      g_autofree char *errors = g_strconcat ("/lookup/errors/", styles[i].name, NULL);
      g_autofree char *closed = g_strconcat ("/lookup/closed/", styles[i].name, NULL);

      g_test_add_data_func (answer, &styles[i], test_answer);
      g_test_add_data_func (errors, &styles[i], test_errors);
      if (!styles[i].blocks)
        g_test_add_data_func (closed, &styles[i], test_closed);
    }
  return g_test_run ();
}
