/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Traces: the file in Chrome's format is parsed again, and what Sysprof is handed is read back from
 * a capture of the test's own. */

#include "thaw-lane.h"
#include "thaw-trace.h"
#include "watch-testing.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sysprof-capture.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static guint n_handled;

static void
handle (gpointer message, gpointer user_data)
{
  n_handled++;
}

static gboolean
do_nothing (ThawJob *job, gpointer user_data, GError **error)
{
  return TRUE;
}

static ThawFuture *
short_fiber (gpointer user_data)
{
  return thaw_future_new_resolved ();
}

/* One of each kind. */
static void
make_marks (ThawScope *scope)
{
  g_autoptr (ThawMailbox) mailbox
      = thaw_mailbox_new ("a \"quoted\" \\ name\n", NULL, NULL, 0, handle, NULL, NULL);
  g_autoptr (ThawLane) lane = thaw_lane_new_private ("lane", 1, NULL);
  g_autoptr (ThawFuture) fiber = thaw_scope_spawn (scope, "short", short_fiber, NULL, NULL);
  g_autoptr (ThawFuture) job
      = thaw_lane_run (lane, scope, "lane job", THAW_PRIORITY_DEFAULT, -1, do_nothing, NULL, NULL);
  g_autoptr (ThawFuture) computing
      = thaw_scope_compute (scope, "cpu job", THAW_PRIORITY_DEFAULT, do_nothing, NULL, NULL);

  n_handled = 0;
  for (guint i = 0; i < 10; i++)
    g_assert_true (thaw_mailbox_post (mailbox, NULL));
  thaw_monitor_note_frame (g_get_monotonic_time () - 5000, g_get_monotonic_time ());
  run_until (n_handled == 10 && thaw_scope_get_n_tasks (scope) == 0);
}

/* Prints the categories of all events, after checking what each phase must have. */
static const char parser[]
    = "import json, sys\n"
      "trace = json.load (open (sys.argv[1]))\n"
      "events = trace['traceEvents']\n"
      "for event in events:\n"
      "  assert isinstance (event['name'], str) and isinstance (event['ts'], int), event\n"
      "  assert isinstance (event['pid'], int) and isinstance (event['tid'], int), event\n"
      "  if event['ph'] == 'X': assert event['dur'] >= 0, event\n"
      "  elif event['ph'] in 'be': assert 'id' in event, event\n"
      "  else: assert event['ph'] == 'M' and event['args']['name'], event\n"
      "assert any (e['name'] == 'a \"quoted\" \\\\ name\\n' and e['args']['count'] == 10 for e in "
      "events)\n"
      "print (*sorted ({e['cat'] for e in events}))\n";

static void
test_chrome (void)
{
  g_autofree char *folder = g_dir_make_tmp ("thaw-trace-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "trace.json", NULL);
  g_autofree char *python = g_find_program_in_path ("python3");
  ThawMonitor *monitor = thaw_monitor_start (NULL);
  g_autoptr (ThawScope) scope = thaw_scope_new ("trace", NULL);
  g_autoptr (ThawFuture) saved = NULL;
  const char *argv[] = { "python3", "-c", parser, path, NULL };
  g_autofree char *output = NULL, *errors = NULL;
  int status;

  make_marks (scope);
  saved = thaw_trace_save (scope, path);
  run_until (thaw_future_get_state (saved) != THAW_FUTURE_PENDING);
  g_assert_cmpint (thaw_future_get_int64 (saved, NULL), >=, 5);
  thaw_scope_cancel (scope);
  thaw_monitor_stop (monitor);
  if (python != NULL)
    {
      g_assert_true (g_spawn_sync (NULL,
                                   (char **) argv,
                                   NULL,
                                   G_SPAWN_SEARCH_PATH,
                                   NULL,
                                   NULL,
                                   &output,
                                   &errors,
                                   &status,
                                   NULL));
      g_assert_cmpstr (errors, ==, "");
      g_assert_cmpint (status, ==, 0);
      g_assert_cmpstr (g_strchomp (output), ==, "cpu fiber frame lane messages");
    }
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_refused (void)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("trace", NULL);
  g_autoptr (ThawFuture) saved = thaw_trace_save (scope, "/nonexistent/folder/trace.json");

  run_until (thaw_future_get_state (saved) != THAW_FUTURE_PENDING);
  g_assert_nonnull (thaw_future_get_error (saved));
  thaw_scope_cancel (scope);
}

/* Sysprof's side of the buffer between it and a program. The static library has it, no header. */
typedef struct _MappedRingBuffer MappedRingBuffer;
extern MappedRingBuffer *mapped_ring_buffer_new_reader (gsize size);
extern int mapped_ring_buffer_get_fd (MappedRingBuffer *self);
extern void mapped_ring_buffer_unref (MappedRingBuffer *self);
extern bool mapped_ring_buffer_drain (MappedRingBuffer *self,
                                      bool (*callback) (const void *, gsize *, void *),
                                      void *user_data);

static bool
take_frame (const void *data, gsize *length, void *seen)
{
  const SysprofCaptureFrame *frame = data;
  const SysprofCaptureMark *mark = data;

  *length = frame->len;
  if (frame->type == SYSPROF_CAPTURE_FRAME_MARK && strcmp (mark->group, "Thaw") == 0)
    {
      g_assert_cmpint (mark->duration, >=, 0);
      g_hash_table_add (seen, g_strdup (mark->name));
    }
  return true;
}

/* Each thread that marks asks for a buffer of its own. Ends when the program has. */
static gpointer
give_buffers (gpointer data)
{
  int control = GPOINTER_TO_INT (data);
  GPtrArray *buffers = g_ptr_array_new_with_free_func ((GDestroyNotify) mapped_ring_buffer_unref);
  char request[10];

  while (recv (control, request, sizeof (request), MSG_WAITALL) == sizeof (request))
    {
      MappedRingBuffer *buffer = mapped_ring_buffer_new_reader (65536);
      union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE (sizeof (int))];
      } control_data = { 0 };
      struct iovec byte = { request, 1 };
      struct msghdr message = { .msg_iov = &byte,
                                .msg_iovlen = 1,
                                .msg_control = &control_data,
                                .msg_controllen = sizeof (control_data) };

      g_assert_cmpmem (request, 9, "CreatRing", 9);
      control_data.header.cmsg_level = SOL_SOCKET;
      control_data.header.cmsg_type = SCM_RIGHTS;
      control_data.header.cmsg_len = CMSG_LEN (sizeof (int));
      *(int *) CMSG_DATA (&control_data.header) = mapped_ring_buffer_get_fd (buffer);
      g_assert_cmpint (sendmsg (control, &message, MSG_NOSIGNAL), ==, 1);
      g_ptr_array_add (buffers, buffer);
    }
  return buffers;
}

/* The child's descriptor is inherited, as it is from Sysprof. */
static void
test_sysprof (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *number = NULL;
  g_auto (GStrv) environment = NULL;
  const char *argv[] = { self, "--sysprof", NULL };
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) buffers = NULL;
  GThread *thread;
  int ends[2], status;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
  fcntl (ends[0], F_SETFD, FD_CLOEXEC);
  number = g_strdup_printf ("%d", ends[1]);
  environment = g_environ_setenv (g_get_environ (), "SYSPROF_CONTROL_FD", number, TRUE);
  thread = g_thread_new ("sysprof", give_buffers, GINT_TO_POINTER (ends[0]));
  g_assert_true (g_spawn_sync (NULL,
                               (char **) argv,
                               environment,
                               G_SPAWN_LEAVE_DESCRIPTORS_OPEN,
                               NULL,
                               NULL,
                               NULL,
                               NULL,
                               &status,
                               NULL));
  g_assert_cmpint (status, ==, 0);
  close (ends[1]);
  buffers = g_thread_join (thread);
  for (guint i = 0; i < buffers->len; i++)
    mapped_ring_buffer_drain (g_ptr_array_index (buffers, i), take_frame, seen);
  g_assert_true (g_hash_table_contains (seen, "fiber"));
  g_assert_true (g_hash_table_contains (seen, "lane"));
  g_assert_true (g_hash_table_contains (seen, "cpu"));
  g_assert_true (g_hash_table_contains (seen, "frame"));
  g_assert_true (g_hash_table_contains (seen, "a \"quoted\" \\ name\n"));
  close (ends[0]);
}

static int
run_under_sysprof (void)
{
  ThawMonitor *monitor;
  g_autoptr (ThawScope) scope = NULL;

  if (!thaw_trace_join_sysprof ())
    return 1;
  monitor = thaw_monitor_start (NULL);
  scope = thaw_scope_new ("trace", NULL);
  make_marks (scope);
  thaw_scope_cancel (scope);
  thaw_monitor_stop (monitor);
  return 0;
}

int
main (int argc, char **argv)
{
  if (argc == 2 && g_str_equal (argv[1], "--sysprof"))
    return run_under_sysprof ();
  g_test_init (&argc, &argv, NULL);
  g_unsetenv ("SYSPROF_TRACE_FD");
  g_unsetenv ("SYSPROF_CONTROL_FD");
  g_assert_false (thaw_trace_join_sysprof ());
  thaw_monitor_set_report_file (NULL);
  g_test_add_func ("/trace/chrome", test_chrome);
  g_test_add_func ("/trace/refused", test_refused);
  g_test_add_func ("/trace/sysprof", test_sysprof);
  return g_test_run ();
}
