/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ThawFolder on what gvfs reaches, with the real gvfs on a private bus and with a home of its own:
 * the trash, recent files, and a WebDAV server that asks, falls silent, or loses its daemon.
 * Skipped where gvfs isn't installed. As in Thaw Files, GIO itself is kept off gvfs. */

#include "dav-server.h"
#include "thaw-file-watch.h"
#include "thaw-folder.h"
#include "thaw-mount-question.h"
#include "thaw-vfs.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define WITHIN_USEC (30 * G_USEC_PER_SEC)
#define SERVICES "/usr/share/dbus-1/services"
#define FILES "a%20b", "gr%C3%BC%C3%9Fe", "per%2541cent"
#define LISTED "a b|grüße|per%41cent"

typedef struct {
  ThawFolder *folder;
  ThawMailbox *mailbox;
  GObject *owner;
  ThawMountQuestion *question;
  guint n_questions;
  DavServer *server;
} Fixture;

typedef gboolean (*Predicate) (Fixture *fixture, gconstpointer data);

static char *home;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  const char *const names[] = { FILES, NULL };

  fixture->server = dav_server_new (names);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  thaw_mount_question_set_mailbox (NULL);
  g_clear_object (&fixture->folder);
  g_clear_pointer (&fixture->question, thaw_mount_question_unref);
  if (fixture->mailbox)
    thaw_mailbox_close (fixture->mailbox);
  g_clear_pointer (&fixture->mailbox, thaw_mailbox_unref);
  g_clear_object (&fixture->owner);
  dav_server_free (fixture->server);
}

static gboolean
wake_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static gboolean
comes_true (Fixture *fixture, Predicate predicate, gconstpointer data)
{
  gint64 end_usec = g_get_monotonic_time () + WITHIN_USEC;
  guint timer = g_timeout_add (5, wake_cb, NULL);
  gboolean is_true;

  while (!(is_true = predicate (fixture, data)) && g_get_monotonic_time () < end_usec)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timer);
  return is_true;
}

static char *
dup_listing (ThawFolder *folder)
{
  ThawOrder *order = thaw_folder_get_order (folder);
  GString *names = g_string_new (NULL);

  for (guint32 i = 0; order && i < thaw_order_get_n (order); i++)
    g_string_append_printf (
        names,
        "%s%s",
        i ? "|" : "",
        thaw_entry_store_get_name (thaw_order_get_store (order), thaw_order_get_id (order, i)));
  return g_string_free (names, FALSE);
}

static gboolean
lists (Fixture *fixture, gconstpointer expected)
{
  g_autofree char *listing = dup_listing (fixture->folder);

  return g_str_equal (listing, expected);
}

static void
wait_for_listing (Fixture *fixture, const char *expected)
{
  g_autofree char *listing = NULL;
  const GError *error;

  comes_true (fixture, lists, expected);
  error = thaw_folder_get_error (fixture->folder);
  if (error)
    g_test_message ("%s", error->message);
  listing = dup_listing (fixture->folder);
  g_assert_cmpstr (listing, ==, expected);
}

static gboolean
has_state (Fixture *fixture, gconstpointer state)
{
  return thaw_folder_get_state (fixture->folder) == GPOINTER_TO_UINT (state);
}

static void
wait_for_state (Fixture *fixture, ThawFolderState state)
{
  comes_true (fixture, has_state, GUINT_TO_POINTER (state));
  g_assert_cmpuint (thaw_folder_get_state (fixture->folder), ==, state);
}

static void
open_uri (Fixture *fixture, const char *uri)
{
  g_autoptr (GFile) location = g_file_new_for_uri (uri);

  g_clear_object (&fixture->folder);
  fixture->folder = thaw_folder_new (location);
  thaw_folder_start (fixture->folder);
}

static void
open_server (Fixture *fixture)
{
  g_autofree char *uri = dav_server_dup_uri (fixture->server);

  open_uri (fixture, uri);
}

/* The trash, as the specification has it: a file and what is known about it. */

static void
put_into_trash (const char *name)
{
  g_autofree char *escaped = g_uri_escape_string (name, NULL, FALSE);
  g_autofree char *outside = g_build_filename (home, "outside", NULL);
  g_autofree char *info_name = g_strconcat (name, ".trashinfo", NULL);
  g_autofree char *info = g_build_filename (home, "data", "Trash", "info", info_name, NULL);
  g_autofree char *file = g_build_filename (home, "data", "Trash", "files", name, NULL);
  g_autofree char *text
      = g_strdup_printf ("[Trash Info]\nPath=/gone/%s\nDeletionDate=2024-05-01T10:00:00\n",
                         escaped);

  /* As every program does it: gvfs' trash watches for moves only. */
  g_assert_true (g_file_set_contents (info, text, -1, NULL));
  g_assert_true (g_file_set_contents (outside, "x", 1, NULL));
  g_assert_cmpint (g_rename (outside, file), ==, 0);
}

static void
take_out_of_trash (const char *name)
{
  g_autofree char *file = g_build_filename (home, "data", "Trash", "files", name, NULL);

  g_assert_cmpint (g_remove (file), ==, 0);
}

static guint32
find (Fixture *fixture, const char *name)
{
  ThawOrder *order = thaw_folder_get_order (fixture->folder);

  for (guint32 i = 0; i < thaw_order_get_n (order); i++)
    if (g_str_equal (
            thaw_entry_store_get_name (thaw_order_get_store (order), thaw_order_get_id (order, i)),
            name))
      return thaw_order_get_id (order, i);
  return THAW_NO_ENTRY;
}

static char *
dup_entry_uri (Fixture *fixture, const char *name)
{
  g_autoptr (GFile) file = thaw_entry_store_dup_file (thaw_folder_get_store (fixture->folder),
                                                      find (fixture, name),
                                                      thaw_folder_get_location (fixture->folder));

  return g_file_get_uri (file);
}

static void
test_trash (Fixture *fixture, gconstpointer data)
{
  g_autofree char *uri = NULL;
  guint32 id;

  put_into_trash ("per%41cent");
  put_into_trash ("bad\xff");
  open_uri (fixture, "trash:///");
  wait_for_listing (fixture, "bad\xff|per%41cent");
  uri = dup_entry_uri (fixture, "bad\xff");
  g_assert_cmpstr (uri, ==, "trash:///bad%FF");

  /* Followed, not polled: the next poll is seconds away, and the entries keep their ids. */
  id = find (fixture, "per%41cent");
  wait_for_state (fixture, THAW_FOLDER_READY);
  put_into_trash ("new\nline");
  wait_for_listing (fixture, "bad\xff|new\nline|per%41cent");
  g_assert_cmpuint (find (fixture, "per%41cent"), ==, id);
  take_out_of_trash ("bad\xff");
  take_out_of_trash ("new\nline");
  wait_for_listing (fixture, "per%41cent");
}

/* Files */

static void
file_change_cb (gpointer message, gpointer user_data)
{
  g_ptr_array_add (user_data, message);
}

typedef struct {
  GPtrArray *changes;
  ThawFuture *future;
  ThawFileChangeKind kind;
  const char *uri;
} Told;

static gboolean
is_told (Fixture *fixture, gconstpointer data)
{
  const Told *told = data;

  for (guint i = 0; i < told->changes->len; i++)
    {
      const ThawFileChange *change = g_ptr_array_index (told->changes, i);
      g_autofree char *uri = g_file_get_uri (change->file);

      if (change->kind == told->kind && g_str_equal (uri, told->uri))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_complete (Fixture *fixture, gconstpointer data)
{
  return thaw_future_get_state (((const Told *) data)->future) != THAW_FUTURE_PENDING;
}

/* A file's watch, of what nobody tells of: it is polled. */
static void
test_watch (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GFile) trash = g_file_new_for_uri ("trash:///");
  g_autoptr (GPtrArray) changes
      = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_file_change_free);
  g_autoptr (ThawScope) scope = thaw_scope_new ("watch", NULL);
  g_autoptr (ThawFuture) future = NULL;
  ThawMailbox *mailbox = thaw_mailbox_new ("file changes",
                                           NULL,
                                           NULL,
                                           10,
                                           file_change_cb,
                                           changes,
                                           (GDestroyNotify) thaw_file_change_free);

  put_into_trash ("before");
  future = thaw_file_watch (scope, trash, mailbox);
  g_assert_true (comes_true (fixture, is_complete, &(Told){ .future = future }));
  g_assert_no_error (thaw_future_get_error (future));
  put_into_trash ("new\xff");
  g_assert_true (
      comes_true (fixture,
                  is_told,
                  &(Told){ changes, NULL, THAW_FILE_CHANGE_CHANGED, "trash:///new%FF" }));
  take_out_of_trash ("new\xff");
  g_assert_true (comes_true (fixture,
                             is_told,
                             &(Told){ changes, NULL, THAW_FILE_CHANGE_GONE, "trash:///new%FF" }));
  g_assert_false (
      is_told (fixture, &(Told){ changes, NULL, THAW_FILE_CHANGE_CHANGED, "trash:///before" }));
  take_out_of_trash ("before");
  thaw_scope_cancel (scope);
  thaw_mailbox_close (mailbox);
  thaw_mailbox_unref (mailbox);
}

static void
test_recent (Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = g_build_filename (home, "Letter & more.txt", NULL);
  g_autofree char *list = g_build_filename (home, "data", "recently-used.xbel", NULL);
  g_autofree char *target = g_filename_to_uri (file, NULL, NULL);
  g_autofree char *uri = NULL;
  g_autoptr (GBookmarkFile) bookmarks = g_bookmark_file_new ();

  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  g_bookmark_file_set_mime_type (bookmarks, target, "text/plain");
  g_bookmark_file_add_application (bookmarks, target, "test", "test %u");
  g_assert_true (g_bookmark_file_to_file (bookmarks, list, NULL));
  open_uri (fixture, "recent:///");
  wait_for_listing (fixture, "Letter & more.txt");
  uri = dup_entry_uri (fixture, "Letter & more.txt");
  g_assert_cmpstr (uri, ==, target);
}

static void
test_volumes (Fixture *fixture, gconstpointer data)
{
  ThawEntryStore *store;
  guint32 id;

  open_uri (fixture, "computer:///");
  wait_for_state (fixture, THAW_FOLDER_READY);
  store = thaw_folder_get_store (fixture->folder);
  for (id = 0; id < thaw_entry_store_get_n (store); id++)
    {
      g_autoptr (GFile) file
          = thaw_entry_store_dup_file (store, id, thaw_folder_get_location (fixture->folder));
      g_autofree char *uri = g_file_get_uri (file);

      if (g_str_equal (uri, "file:///"))
        break;
    }
  g_assert_cmpuint (id, <, thaw_entry_store_get_n (store));
  g_assert_true (thaw_entry_store_is_folder (store, id));
  g_assert_false (g_str_has_suffix (thaw_entry_store_get_name (store, id), ".link"));
}

/* Mounting */

static void
question_cb (gpointer message, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_clear_pointer (&fixture->question, thaw_mount_question_unref);
  fixture->question = message;
  fixture->n_questions++;
}

static void
listen (Fixture *fixture)
{
  fixture->owner = g_object_new (G_TYPE_OBJECT, NULL);
  fixture->mailbox = thaw_mailbox_new ("questions",
                                       NULL,
                                       fixture->owner,
                                       THAW_MAILBOX_UNBOUNDED,
                                       question_cb,
                                       fixture,
                                       (GDestroyNotify) thaw_mount_question_unref);
  thaw_mount_question_set_mailbox (fixture->mailbox);
}

static gboolean
is_asked (Fixture *fixture, gconstpointer n)
{
  return fixture->n_questions >= GPOINTER_TO_UINT (n);
}

static void
wait_for_question (Fixture *fixture, guint n)
{
  comes_true (fixture, is_asked, GUINT_TO_POINTER (n));
  g_assert_cmpuint (fixture->n_questions, ==, n);
}

static void
test_mounts_by_itself (Fixture *fixture, gconstpointer data)
{
  g_autofree char *uri = NULL;

  open_server (fixture);
  wait_for_listing (fixture, LISTED);
  uri = dup_entry_uri (fixture, "per%41cent");
  g_assert_true (g_str_has_suffix (uri, "/per%2541cent"));
}

static void
test_nobody_answers (Fixture *fixture, gconstpointer data)
{
  dav_server_set_mood (fixture->server, DAV_ASKS);
  open_server (fixture);
  wait_for_state (fixture, THAW_FOLDER_FAILED);
  g_assert_error (thaw_folder_get_error (fixture->folder), G_IO_ERROR, G_IO_ERROR_NOT_MOUNTED);
}

static gboolean
has_waited (Fixture *fixture, gconstpointer until_usec)
{
  return g_get_monotonic_time () >= *(const gint64 *) until_usec;
}

static void
test_password (Fixture *fixture, gconstpointer data)
{
  gint64 until_usec;

  listen (fixture);
  dav_server_set_mood (fixture->server, DAV_ASKS);
  open_server (fixture);
  wait_for_question (fixture, 1);
  g_assert_cmpint (thaw_mount_question_get_kind (fixture->question),
                   ==,
                   THAW_MOUNT_ASKS_FOR_PASSWORD);
  g_assert_cmpint (thaw_mount_question_get_flags (fixture->question) & G_ASK_PASSWORD_NEED_PASSWORD,
                   !=,
                   0);
  g_assert_true (g_file_equal (thaw_mount_question_get_location (fixture->question),
                               thaw_folder_get_location (fixture->folder)));
  /* Whoever looks for a password isn't a server that doesn't answer. */
  until_usec = g_get_monotonic_time () + 2 * THAW_LANE_SILENCE_USEC;
  comes_true (fixture, has_waited, &until_usec);
  g_assert_no_error (thaw_folder_get_error (fixture->folder));
  g_assert_cmpuint (thaw_folder_get_state (fixture->folder), ==, THAW_FOLDER_LOADING);
  g_assert_true (thaw_mount_question_is_open (fixture->question));

  thaw_mount_question_answer_password (fixture->question,
                                       "me",
                                       NULL,
                                       "wrong",
                                       G_PASSWORD_SAVE_NEVER);
  g_assert_false (thaw_mount_question_is_open (fixture->question));
  wait_for_question (fixture, 2);
  thaw_mount_question_answer_password (fixture->question,
                                       "me",
                                       NULL,
                                       "secret",
                                       G_PASSWORD_SAVE_NEVER);
  wait_for_listing (fixture, LISTED);
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  listen (fixture);
  dav_server_set_mood (fixture->server, DAV_ASKS);
  open_server (fixture);
  wait_for_question (fixture, 1);
  thaw_mount_question_refuse (fixture->question);
  wait_for_state (fixture, THAW_FOLDER_FAILED);
  g_assert_error (thaw_folder_get_error (fixture->folder), G_IO_ERROR, G_IO_ERROR_NOT_MOUNTED);

  /* Try Again asks again. */
  thaw_folder_start (fixture->folder);
  wait_for_question (fixture, 2);
  thaw_mount_question_answer_password (fixture->question,
                                       "me",
                                       NULL,
                                       "secret",
                                       G_PASSWORD_SAVE_NEVER);
  wait_for_listing (fixture, LISTED);
}

static gboolean
is_question_closed (Fixture *fixture, gconstpointer data)
{
  return !thaw_mount_question_is_open (fixture->question);
}

static void
test_left_while_asked (Fixture *fixture, gconstpointer data)
{
  listen (fixture);
  dav_server_set_mood (fixture->server, DAV_ASKS);
  open_server (fixture);
  wait_for_question (fixture, 1);
  g_clear_object (&fixture->folder);
  g_assert_true (comes_true (fixture, is_question_closed, NULL));
  thaw_mount_question_answer_password (fixture->question,
                                       "me",
                                       NULL,
                                       "secret",
                                       G_PASSWORD_SAVE_NEVER);
}

/* Faults */

static void
test_silent_server (Fixture *fixture, gconstpointer data)
{
  gint64 start_usec = g_get_monotonic_time ();

  dav_server_set_mood (fixture->server, DAV_SILENT);
  open_server (fixture);
  wait_for_state (fixture, THAW_FOLDER_WAITING);
  g_assert_cmpint (g_get_monotonic_time () - start_usec, <, 5 * G_USEC_PER_SEC);
  thaw_folder_stop (fixture->folder);
  g_assert_cmpuint (thaw_folder_get_state (fixture->folder), ==, THAW_FOLDER_STOPPED);
  dav_server_set_mood (fixture->server, DAV_ANSWERS);
  thaw_folder_start (fixture->folder);
  wait_for_listing (fixture, LISTED);
}

/* Of our own daemons only: those that live in our home. */
static pid_t
find_daemon (const char *name)
{
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  const char *pid;

  while ((pid = g_dir_read_name (proc)) != NULL)
    {
      g_autofree char *comm_path = g_build_filename ("/proc", pid, "comm", NULL);
      g_autofree char *environ_path = g_build_filename ("/proc", pid, "environ", NULL);
      g_autofree char *comm = NULL;
      g_autofree char *environ = NULL;
      gsize length;

      if (!g_ascii_isdigit (*pid) || !g_file_get_contents (comm_path, &comm, NULL, NULL)
          || !g_str_equal (g_strchomp (comm), name)
          || !g_file_get_contents (environ_path, &environ, &length, NULL))
        continue;
      if (memmem (environ, length, home, strlen (home)) != NULL)
        return atoi (pid);
    }
  return 0;
}

static gboolean
has_requests (Fixture *fixture, gconstpointer n)
{
  return dav_server_get_n_requests (fixture->server) > GPOINTER_TO_UINT (n);
}

static void
kill_daemon (const char *name)
{
  pid_t pid = find_daemon (name);

  g_assert_cmpint (pid, >, 0);
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
}

static gboolean
has_ended (Fixture *fixture, gconstpointer data)
{
  ThawFolderState state = thaw_folder_get_state (fixture->folder);

  return state == THAW_FOLDER_READY || state == THAW_FOLDER_FAILED || state == THAW_FOLDER_GONE;
}

static void
test_backend_dies (Fixture *fixture, gconstpointer data)
{
  open_server (fixture);
  wait_for_listing (fixture, LISTED);
  dav_server_set_mood (fixture->server, DAV_SILENT);
  open_server (fixture);
  g_assert_true (comes_true (fixture,
                             has_requests,
                             GUINT_TO_POINTER (dav_server_get_n_requests (fixture->server))));
  kill_daemon ("gvfsd-dav");
  dav_server_set_mood (fixture->server, DAV_ANSWERS);
  /* Either it was mounted again on the way, or the page with Try Again is up. */
  g_assert_true (comes_true (fixture, has_ended, NULL));
  if (thaw_folder_get_error (fixture->folder))
    g_test_message ("%s", thaw_folder_get_error (fixture->folder)->message);
  thaw_folder_start (fixture->folder);
  wait_for_listing (fixture, LISTED);
}

static void
test_gvfs_dies (Fixture *fixture, gconstpointer data)
{
  open_server (fixture);
  wait_for_listing (fixture, LISTED);
  kill_daemon ("gvfsd");
  open_uri (fixture, "trash:///");
  wait_for_state (fixture, THAW_FOLDER_READY);
  open_server (fixture);
  wait_for_listing (fixture, LISTED);
}

static void
set_folder (const char *variable, const char *name)
{
  g_autofree char *path = g_build_filename (home, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
  g_setenv (variable, path, TRUE);
}

static void
set_runtime_dir (void)
{
  set_folder ("XDG_RUNTIME_DIR", "run");
}

static void
make_home (void)
{
  g_autofree char *trash_info = NULL;
  g_autofree char *trash_files = NULL;

  home = g_dir_make_tmp ("thaw-gvfs-XXXXXX", NULL);
  g_setenv ("HOME", home, TRUE);
  set_folder ("XDG_DATA_HOME", "data");
  set_folder ("XDG_CONFIG_HOME", "config");
  set_folder ("XDG_CACHE_HOME", "cache");
  set_runtime_dir ();
  trash_info = g_build_filename (home, "data", "Trash", "info", NULL);
  trash_files = g_build_filename (home, "data", "Trash", "files", NULL);
  g_assert_cmpint (g_mkdir_with_parents (trash_info, 0700), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (trash_files, 0700), ==, 0);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir
      = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *child = g_build_filename (path, name, NULL);
      remove_tree (child);
    }
  g_remove (path);
}

static gboolean
has_gvfs (void)
{
  return g_file_test (SERVICES "/org.gtk.vfs.Daemon.service", G_FILE_TEST_EXISTS)
         && g_file_test ("/usr/share/gvfs/mounts/dav.mount", G_FILE_TEST_EXISTS);
}

static void
test_skipped (void)
{
  g_test_skip ("gvfs is not installed");
}

static void
add_tests (void)
{
#define ADD(path, func) g_test_add ("/folder-gvfs/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("trash", test_trash);
  ADD ("watch", test_watch);
  ADD ("recent", test_recent);
  ADD ("volumes", test_volumes);
  ADD ("mounts-by-itself", test_mounts_by_itself);
  ADD ("nobody-answers", test_nobody_answers);
  ADD ("password", test_password);
  ADD ("refused", test_refused);
  ADD ("left-while-asked", test_left_while_asked);
  ADD ("silent-server", test_silent_server);
  ADD ("backend-dies", test_backend_dies);
  ADD ("gvfs-dies", test_gvfs_dies);
#undef ADD
}

/* What gvfs' module and GDBus keep of daemons that were killed. For this program the sanitizer
 * walks whole stacks, or it would not see whose the leak is. */
const char *__asan_default_options (void);
__attribute__ ((visibility ("default"))) const char *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0";
}

const char *__lsan_default_suppressions (void);
__attribute__ ((visibility ("default"))) const char *
__lsan_default_suppressions (void)
{
  return "leak:libgvfsdbus.so\nleak:libgvfscommon.so\nleak:g_dbus_\nleak:libgio-2.0.so\n";
}

int
main (int argc, char **argv)
{
  /* Never freed: that would wait half a minute for a connection that gvfs' own threads hold for
   * good. */
  static GTestDBus *bus = NULL;
  pid_t pid;
  int status;

  g_test_init (&argc, &argv, NULL);
  g_setenv ("GIO_USE_VFS", "local", TRUE);
  if (!has_gvfs ())
    {
      g_test_add_func ("/folder-gvfs/all", test_skipped);
      return g_test_run ();
    }
  make_home ();
  bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_add_service_dir (bus, SERVICES);
  g_test_dbus_up (bus);
  set_runtime_dir (); /* which GTestDBus takes away */
  add_tests ();
  status = g_test_run ();
  /* Some outlive their bus. */
  static const char *const daemons[]
      = { "gvfsd",          "gvfsd-dav",  "gvfsd-trash",   "gvfsd-recent",
          "gvfsd-computer", "gvfsd-fuse", "gvfsd-metadata" };
  for (guint i = 0; i < G_N_ELEMENTS (daemons); i++)
    while ((pid = find_daemon (daemons[i])) > 0 && kill (pid, SIGKILL) == 0)
      g_usleep (10 * 1000);
  g_test_dbus_stop (bus);
  remove_tree (home);
  return status;
}
