/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The jobs of bench-async as a program that uses Thaw has them: fibers in a scope, awaits, files
 * one by one through a map and all at once, GETs that the session's limit holds back, look-ups in
 * flight. All of it on the default main context. */

#include "async-peer.h"
#include "thaw-combine.h"
#include "thaw-database.h"
#include "thaw-file-data.h"
#include "thaw-http.h"

/* What is in flight waits in a list, so many cost no more than few, and the threads never run dry.
 */
#define LOADS_AT_ONCE 1024

static ThawScope *scope;
static ThawHttp *http;
static ThawDatabase *database;

static void
run_until_complete (ThawFuture *future)
{
  while (thaw_future_get_state (future) == THAW_FUTURE_PENDING)
    g_main_context_iteration (NULL, TRUE);
  if (thaw_future_get_error (future) != NULL)
    g_error ("%s", thaw_future_get_error (future)->message);
}

static void
run_fiber (ThawFiberFunc func, gpointer data)
{
  g_autoptr (ThawFuture) future = thaw_scope_spawn (scope, "job", func, data, NULL);

  run_until_complete (future);
}

static ThawFuture *
nothing_fiber (gpointer data)
{
  return thaw_future_new_resolved ();
}

static void
spawn (Peer *self, guint n)
{
  g_autoptr (ThawFuture) all = NULL;

  for (guint i = 0; i < n; i++)
    thaw_future_disown (thaw_scope_spawn (scope, "nothing", nothing_fiber, NULL, NULL));
  all = thaw_scope_join (scope);
  run_until_complete (all);
}

static void
resolve_message (gpointer message, gpointer user_data)
{
  g_autoptr (ThawFuture) future = message;

  thaw_future_resolve (future);
}

static ThawFuture *
await_fiber (gpointer data)
{
  g_autoptr (ThawMailbox) mailbox
      = thaw_mailbox_new ("resolve", NULL, NULL, 0, resolve_message, NULL, NULL);

  for (guint n = GPOINTER_TO_UINT (data); n > 0; n--)
    {
      ThawFuture *future = thaw_future_new ("await");

      if (!thaw_mailbox_post (mailbox, thaw_future_ref (future)))
        g_error ("No room");
      thaw_await (future, NULL);
    }
  return thaw_future_new_resolved ();
}

static void
await (Peer *self, guint n)
{
  run_fiber (await_fiber, GUINT_TO_POINTER (n));
}

static ThawFuture *
load_one (guint index, gpointer data)
{
  Peer *self = data;

  return thaw_file_load (scope, self->files[index], 0, NULL);
}

static void
unref_bytes (gpointer bytes)
{
  g_bytes_unref (bytes);
}

static void
check (gpointer *place, GBytes *bytes)
{
  if (bytes == NULL || g_bytes_get_size (bytes) != FILE_BYTES)
    g_error ("A file is missing");
  *place = bytes;
}

static void
read_each (Peer *self, guint n)
{
  g_autoptr (ThawFuture) all = thaw_map (scope, "read", n, LOADS_AT_ONCE, load_one, self, NULL);
  GPtrArray *loaded;

  run_until_complete (all);
  loaded = thaw_future_get_pointer (all, NULL);
  self->free_contents = unref_bytes;
  for (guint i = 0; i < n; i++)
    check (&self->contents[i], thaw_future_take_pointer (loaded->pdata[i], NULL));
}

static void
read_many (Peer *self, guint n)
{
  g_autoptr (ThawFuture) all = thaw_file_load_many (scope, self->files, n, 0);
  GPtrArray *loaded;

  run_until_complete (all);
  loaded = thaw_future_get_pointer (all, NULL);
  self->free_contents = unref_bytes;
  for (guint i = 0; i < n; i++)
    check (&self->contents[i], g_steal_pointer (&((ThawFileContents *) loaded->pdata[i])->bytes));
}

static void
prepare_get (Peer *self)
{
  http = thaw_http_new ();
  thaw_http_set_limits (http, GET_AT_ONCE, GET_AT_ONCE);
}

static void
got (ThawFuture *completed, gpointer n_left)
{
  GBytes *bytes = thaw_future_get_pointer (completed, NULL);

  if (bytes == NULL || g_bytes_get_size (bytes) != BODY_BYTES)
    g_error ("A GET failed");
  (*(guint *) n_left)--;
}

/* All are asked for; that only so many go at a time is the limit's business. */
static void
get (Peer *self, guint n)
{
  guint n_left = n;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ThawFuture) future = thaw_http_get (http, scope, self->uri);

      thaw_future_done (future, scope, got, &n_left, NULL);
    }
  peer_run_until_none_is_left (&n_left);
}

static void
prepare_look_up (Peer *self)
{
  g_autoptr (GFile) file = g_file_new_for_path (self->database);
  g_autoptr (ThawFuture) future = thaw_database_open (scope, file, THAW_DATABASE_DEFAULT, NULL);

  run_until_complete (future);
  database = thaw_future_take_pointer (future, NULL);
}

typedef struct {
  guint first, n;
} Keys;

static ThawFuture *
look_up_fiber (gpointer data)
{
  Keys *keys = data;
  g_autofree ThawFuture **rows = g_new (ThawFuture *, keys->n);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < keys->n; i++)
    rows[i] = thaw_database_query_row (database, LOOKUP_SQL, "u", keys->first + i);
  for (guint i = 0; i < keys->n; i++)
    {
      g_autoptr (ThawRow) row = thaw_await_pointer (rows[i], &error);

      if (row == NULL || thaw_row_get_text (row, 0)[0] == '\0' || thaw_row_get_int64 (row, 1) == 0)
        g_error ("A row is missing");
    }
  return thaw_future_new_resolved ();
}

static void
look_up (Peer *self, guint n)
{
  Keys keys = { self->first, n };

  run_fiber (look_up_fiber, &keys);
}

int
main (int argc, char **argv)
{
  static const PeerJob jobs[] = {
    { "spawn", spawn },          { "await", await },
    { "read-each", read_each },  { "read-many", read_many },
    { "get", get, prepare_get }, { "look-up", look_up, prepare_look_up },
  };

  scope = thaw_scope_new ("bench", NULL);
  return peer_main (argc, argv, jobs, G_N_ELEMENTS (jobs));
}
