/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The task tree is told while the loop stands still: over a session bus of the test's own, over the
 * socket without one, and by thaw-top ($THAW_TOP) as a page and as JSON. A second test reads the
 * ledger from other threads while the loop makes and ends tasks as fast as it can. */

#include "thaw-ledger-private.h"
#include "thaw-task-tree.h"
#include "watch-testing.h"

#include "thaw-lane.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define FREEZE_USEC (5 * G_USEC_PER_SEC)
#define PAUSE_USEC 50000
#define N_QUESTIONS 20
#ifdef __SANITIZE_ADDRESS__
#define PATIENCE 4
#elif defined(__SANITIZE_THREAD__)
#define PATIENCE 8
#else
#define PATIENCE 1
#endif

typedef struct {
  int fds[2];               /* a job reads until there is something */
  gint is_frozen, is_asked; /* atomic */
  gint64 worst_usec, socket_worst_usec;
  char *page, *json;
  GVariant *tree;
} Asker;

static GVariant *
ask_on_bus (GDBusConnection *bus)
{
  g_autofree char *name = g_strdup_printf (THAW_TASK_TREE_BUS_NAME "%d", (int) getpid ());
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (bus,
                                                            name,
                                                            THAW_TASK_TREE_PATH,
                                                            THAW_TASK_TREE_INTERFACE,
                                                            "Describe",
                                                            NULL,
                                                            G_VARIANT_TYPE ("(a{sv})"),
                                                            G_DBUS_CALL_FLAGS_NONE,
                                                            10000,
                                                            NULL,
                                                            &error);

  g_assert_no_error (error);
  return g_variant_get_child_value (reply, 0);
}

static GVariant *
ask_by_socket (void)
{
  g_autofree char *path
      = g_strdup_printf ("%s/thaw/watch-%d.sock", g_getenv ("XDG_RUNTIME_DIR"), (int) getpid ());
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection
      = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, &error);
  g_autoptr (GString) text = g_string_new (NULL);
  char buffer[4096];
  gssize n;

  g_assert_no_error (error);
  while ((n = g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)),
                                   buffer,
                                   sizeof (buffer),
                                   NULL,
                                   &error))
         > 0)
    g_string_append_len (text, buffer, n);
  g_assert_no_error (error);
  return g_variant_parse (G_VARIANT_TYPE_VARDICT, text->str, NULL, NULL, &error);
}

static char *
run_thaw_top (const char *option)
{
  g_autofree char *pid = g_strdup_printf ("--pid=%d", (int) getpid ());
  const char *argv[] = { g_getenv ("THAW_TOP"), pid, option, NULL };
  g_auto (GStrv) environment = g_environ_unsetenv (g_get_environ (), "LD_PRELOAD");
  char *output = NULL, *errors = NULL;
  int status;
  gboolean spawned = g_spawn_sync (NULL,
                                   (char **) argv,
                                   environment,
                                   G_SPAWN_DEFAULT,
                                   NULL,
                                   NULL,
                                   &output,
                                   &errors,
                                   &status,
                                   NULL);

  g_assert_true (spawned);
  g_assert_cmpstr (errors, ==, "");
  g_assert_cmpint (status, ==, 0);
  g_free (errors);
  return output;
}

static GDBusConnection *
connect_privately (void)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *bus = g_dbus_connection_new_for_address_sync (
      g_getenv ("DBUS_SESSION_BUS_ADDRESS"),
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
          | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL,
      NULL,
      &error);

  g_assert_no_error (error);
  return bus;
}

static gpointer
ask_while_frozen (gpointer data)
{
  Asker *self = data;
  g_autoptr (GDBusConnection) bus = connect_privately ();

  while (!__atomic_load_n (&self->is_frozen, __ATOMIC_ACQUIRE))
    g_usleep (1000);
  /* The first reads symbol tables. */
  self->tree = ask_on_bus (bus);
  for (guint i = 0; i < N_QUESTIONS; i++)
    {
      gint64 start = g_get_monotonic_time ();
      g_autoptr (GVariant) on_bus = ask_on_bus (bus);
      gint64 middle = g_get_monotonic_time ();
      g_autoptr (GVariant) by_socket = ask_by_socket ();

      self->worst_usec = MAX (self->worst_usec, middle - start);
      self->socket_worst_usec = MAX (self->socket_worst_usec, g_get_monotonic_time () - middle);
      g_usleep (PAUSE_USEC);
    }
  if (g_getenv ("THAW_TOP") != NULL)
    {
      self->page = run_thaw_top ("--once");
      self->json = run_thaw_top ("--json");
    }
  g_assert_true (__atomic_load_n (&self->is_frozen, __ATOMIC_ACQUIRE));
  __atomic_store_n (&self->is_asked, TRUE, __ATOMIC_RELEASE);
  return NULL;
}

static gboolean
read_pipe_lane (ThawJob *job, gpointer data, GError **error)
{
  char byte;

  return read (((Asker *) data)->fds[0], &byte, 1) == 1;
}

static ThawFuture *
loader_fiber (gpointer never)
{
  thaw_await (thaw_future_ref (never), NULL);
  return thaw_future_new_resolved ();
}

static void
freeze (gpointer message, gpointer user_data)
{
  Asker *asker = message;
  gint64 until = g_get_monotonic_time () + FREEZE_USEC * PATIENCE;

  __atomic_store_n (&asker->is_frozen, TRUE, __ATOMIC_RELEASE);
  while (g_get_monotonic_time () < until
         && (PATIENCE == 1 || !__atomic_load_n (&asker->is_asked, __ATOMIC_ACQUIRE)))
    g_usleep (1000);
  __atomic_store_n (&asker->is_frozen, FALSE, __ATOMIC_RELEASE);
}

static GVariant *
find_item (GVariant *tree, const char *list, const char *key, const char *value)
{
  g_autoptr (GVariant) items = g_variant_lookup_value (tree, list, G_VARIANT_TYPE ("aa{sv}"));

  for (gsize i = 0; i < g_variant_n_children (items); i++)
    {
      g_autoptr (GVariant) item = g_variant_get_child_value (items, i);
      const char *text = "";

      g_variant_lookup (item, key, "&s", &text);
      if (g_str_equal (text, value))
        return g_steal_pointer (&item);
    }
  return NULL;
}

static void
assert_text (GVariant *item, const char *key, const char *expected)
{
  const char *text = NULL;

  g_assert_nonnull (item);
  g_variant_lookup (item, key, "&s", &text);
  g_assert_cmpstr (text, ==, expected);
}

static void
check_tree (GVariant *tree)
{
  g_autoptr (GVariant) loader = find_item (tree, "tasks", "name", "loader");
  g_autoptr (GVariant) job = find_item (tree, "tasks", "name", "read the list");
  g_autoptr (GVariant) folder = find_item (tree, "tasks", "name", "folder");
  g_autoptr (GVariant) window = find_item (tree, "tasks", "name", "window");
  g_autoptr (GVariant) lane = find_item (tree, "lanes", "name", "a slow disk");
  g_autoptr (GVariant) loop = find_item (tree, "loops", "does", "mailbox freezer");
  guint32 window_id = 0, parent = 0;

  assert_text (loader, "kind", "fiber");
  assert_text (loader, "state", "waits");
  assert_text (loader, "waits-for", "the answer");
  assert_text (loader, "body", "loader_fiber");
  assert_text (job, "state", "runs");
  assert_text (job, "lane", "a slow disk");
  assert_text (job, "body", "read_pipe_lane");
  g_assert_nonnull (lane);
  g_assert_nonnull (loop);
  g_assert_true (g_variant_lookup (window, "id", "u", &window_id));
  g_assert_true (g_variant_lookup (folder, "parent", "u", &parent));
  g_assert_cmpuint (parent, ==, window_id);
}

static void
check_thaw_top (Asker *asker)
{
  g_autofree char *python = g_find_program_in_path ("python3");

  if (asker->page == NULL)
    {
      g_test_message ("No THAW_TOP: the program isn't run");
      return;
    }
  g_assert_nonnull (strstr (asker->page, "with mailbox freezer"));
  g_assert_nonnull (strstr (asker->page, "fiber loader"));
  g_assert_nonnull (strstr (asker->page, "waits  for the answer"));
  g_assert_nonnull (strstr (asker->page, "job read the list"));
  g_assert_nonnull (strstr (asker->page, "a slow disk"));
  g_assert_true (asker->json[0] == '{');
  g_assert_nonnull (strstr (asker->json, "\"waits-for\":\"the answer\""));
  if (python != NULL)
    {
      const char *argv[]
          = { "python3", "-c", "import json, sys; json.loads (sys.argv[1])", asker->json, NULL };
      int status;

      g_assert_true (g_spawn_sync (NULL,
                                   (char **) argv,
                                   NULL,
                                   G_SPAWN_SEARCH_PATH,
                                   NULL,
                                   NULL,
                                   NULL,
                                   NULL,
                                   &status,
                                   NULL));
      g_assert_cmpint (status, ==, 0);
    }
}

static void
wait_for_service (void)
{
  g_autoptr (GDBusConnection) bus = connect_privately ();
  g_autofree char *name = g_strdup_printf (THAW_TASK_TREE_BUS_NAME "%d", (int) getpid ());
  gint64 give_up = g_get_monotonic_time () + TEST_PATIENCE_USEC;
  gboolean owned = FALSE;

  while (!owned)
    {
      g_autoptr (GVariant) reply = g_dbus_connection_call_sync (bus,
                                                                "org.freedesktop.DBus",
                                                                "/org/freedesktop/DBus",
                                                                "org.freedesktop.DBus",
                                                                "NameHasOwner",
                                                                g_variant_new ("(s)", name),
                                                                G_VARIANT_TYPE ("(b)"),
                                                                G_DBUS_CALL_FLAGS_NONE,
                                                                -1,
                                                                NULL,
                                                                NULL);

      g_assert_nonnull (reply);
      g_variant_get (reply, "(b)", &owned);
      g_assert_cmpint (g_get_monotonic_time (), <, give_up);
    }
}

static void
wait_for_empty (const char *folder)
{
  gint64 give_up = g_get_monotonic_time () + TEST_PATIENCE_USEC;
  gboolean is_empty = FALSE;

  while (!is_empty)
    {
      g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

      g_assert_nonnull (dir);
      is_empty = g_dir_read_name (dir) == NULL;
      g_assert_cmpint (g_get_monotonic_time (), <, give_up);
      g_usleep (1000);
    }
}

static void
freeze_and_ask (Asker *asker)
{
  ThawMonitor *monitor = thaw_monitor_start (NULL);
  g_autoptr (ThawScope) window = thaw_scope_new ("window", NULL);
  g_autoptr (ThawScope) folder = thaw_scope_new ("folder", window);
  g_autoptr (ThawLane) lane = thaw_lane_new_private ("a slow disk", 1, NULL);
  g_autoptr (ThawMailbox) freezer = thaw_mailbox_new ("freezer", NULL, NULL, 1, freeze, NULL, NULL);
  g_autoptr (ThawFuture) never = thaw_future_new ("the answer");
  g_autoptr (ThawFuture) job = thaw_lane_run (lane,
                                              folder,
                                              "read the list",
                                              THAW_PRIORITY_DEFAULT,
                                              -1,
                                              read_pipe_lane,
                                              asker,
                                              NULL);
  g_autoptr (ThawFuture) loader = thaw_scope_spawn (folder, "loader", loader_fiber, never, NULL);
  GThread *thread;

  thaw_task_tree_start ();
  wait_for_service ();
  while (g_main_context_iteration (NULL, FALSE))
    ;
  thread = g_thread_new ("asker", ask_while_frozen, asker);
  g_assert_true (thaw_mailbox_post (freezer, asker));
  run_until (asker->is_asked);
  g_thread_join (thread);
  g_assert_cmpint (write (asker->fds[1], "x", 1), ==, 1);
  thaw_scope_cancel (window);
  run_until (thaw_scope_get_n_tasks (window) == 0);
  thaw_task_tree_stop ();
  thaw_monitor_stop (monitor);
}

static void
test_frozen (void)
{
  g_autofree char *runtime = g_dir_make_tmp ("thaw-tree-XXXXXX", NULL);
  g_autofree char *folder = g_build_filename (runtime, "thaw", NULL);
  g_autofree char *daemon = g_find_program_in_path ("dbus-daemon");
  GTestDBus *bus;
  Asker asker = { 0 };

  if (daemon == NULL)
    {
      g_test_skip ("There is no dbus-daemon");
      return;
    }
  bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (bus);
  g_setenv ("XDG_RUNTIME_DIR", runtime, TRUE); /* which the former unsets */
  g_assert_cmpint (pipe (asker.fds), ==, 0);
  freeze_and_ask (&asker);

  check_tree (asker.tree);
  check_thaw_top (&asker);
  g_test_message ("worst answer of %u: %.1f ms on the bus, %.1f ms by the socket",
                  N_QUESTIONS,
                  asker.worst_usec / 1000.0,
                  asker.socket_worst_usec / 1000.0);
  g_assert_cmpint (asker.worst_usec, <, 50000 * PATIENCE);
  g_assert_cmpint (asker.socket_worst_usec, <, 50000 * PATIENCE);

  g_variant_unref (asker.tree);
  g_free (asker.page);
  g_free (asker.json);
  close (asker.fds[0]);
  close (asker.fds[1]);
  g_test_dbus_down (bus);
  g_object_unref (bus);
  wait_for_empty (folder); /* the socket goes away by itself */
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_rmdir (runtime);
}

static gboolean stop_reading;

static void
count_names (ThawLedger *ledger, gpointer user_data)
{
  guint n_totals[4] = { 0 };
  g_autoptr (GArray) records = thaw_ledger_copy (ledger, 1000, n_totals);

  for (guint i = 0; i < records->len; i++)
    {
      const ThawRecordCopy *record = &g_array_index (records, ThawRecordCopy, i);

      /* Never another kind's name. */
      if (record->kind == THAW_RECORD_FIBER)
        g_assert_cmpstr (record->name, ==, "a fiber");
      else if (record->kind == THAW_RECORD_SCOPE)
        g_assert_cmpstr (record->name, ==, "a scope");
    }
  *(guint *) user_data += records->len;
}

static gpointer
read_ledgers (gpointer unused)
{
  guint n_read = 0;

  while (!__atomic_load_n (&stop_reading, __ATOMIC_RELAXED))
    thaw_ledger_foreach (count_names, &n_read);
  return GUINT_TO_POINTER (n_read);
}

static ThawFuture *
yield_fiber (gpointer unused)
{
  for (guint i = 0; i < 3; i++)
    if (!thaw_fiber_yield (NULL))
      break;
  return thaw_future_new_resolved ();
}

static void
test_read_while_written (void)
{
  GThread *thread = g_thread_new ("reader", read_ledgers, NULL);

  for (guint round = 0; round < 60; round++)
    {
      g_autoptr (ThawScope) scope = thaw_scope_new ("a scope", NULL);

      for (guint i = 0; i < (round == 30 ? 12000 : 300); i++)
        {
          g_autoptr (ThawFuture) future
              = thaw_scope_spawn (scope, "a fiber", yield_fiber, NULL, NULL);
        }
      run_until (thaw_scope_get_n_tasks (scope) == 0);
    }
  __atomic_store_n (&stop_reading, TRUE, __ATOMIC_RELAXED);
  g_assert_cmpuint (GPOINTER_TO_UINT (g_thread_join (thread)), >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  thaw_monitor_set_report_file (NULL);
  g_test_add_func ("/task-tree/frozen", test_frozen);
  g_test_add_func ("/task-tree/read-while-written", test_read_while_written);
  return g_test_run ();
}
