/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs in a sandbox: what they can and can't do, and how they end. Ours is sandbox-guest.c, run
 * in each of its kinds; the foreign ones are shells, within bubblewrap (skipped without). */

#include "test-lane-support.h"
#include "thaw-sandbox.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  ThawScope *scope;
  char *folder;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->scope = thaw_scope_new ("test", NULL);
  self->folder = g_dir_make_tmp ("thaw-sandbox-XXXXXX", NULL);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", self->folder);

  thaw_scope_cancel (self->scope);
  thaw_scope_unref (self->scope);
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  g_free (self->folder);
}

static char *
put (Fixture *self, const char *name, const char *contents)
{
  char *path = g_build_filename (self->folder, name, NULL);

  g_assert_true (g_file_set_contents (path, contents, -1, NULL));
  return path;
}

static ThawSandbox *
guest (const char *kind, const char *deed, const char *argument)
{
  ThawSandbox *sandbox = thaw_sandbox_new (g_getenv ("SANDBOX_GUEST"));

  thaw_sandbox_add_argument (sandbox, kind);
  thaw_sandbox_add_argument (sandbox, deed);
  if (argument != NULL)
    thaw_sandbox_add_argument (sandbox, argument);
  return sandbox;
}

static char *
run (Fixture *self, ThawSandbox *sandbox, GError **error)
{
  g_autoptr (ThawFuture) future = thaw_sandbox_run (sandbox, self->scope, THAW_PRIORITY_DEFAULT);
  GBytes *output;

  assert_soon (is_done (future));
  output = thaw_future_get_pointer (future, error);
  return output != NULL ? g_strndup (g_bytes_get_data (output, NULL), g_bytes_get_size (output))
                        : NULL;
}

static void
check (Fixture *self, const char *kind, const char *deed, const char *argument, gboolean works)
{
  g_autoptr (ThawSandbox) sandbox = guest (kind, deed, argument);
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = run (self, sandbox, &error);

  g_assert_no_error (error);
  if (g_strcmp0 (answer, works ? "yes\n" : "no\n") != 0)
    g_error ("%s %s %s: %s", kind, deed, argument, answer);
}

static void
test_walls (Fixture *self, gconstpointer data)
{
  static const char *const kinds[] = { "compute", "libraries", "writer" };
  g_autofree char *secret = put (self, "secret", "s");
  g_autofree char *new = g_build_filename (self->folder, "new", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      if (g_str_equal (kinds[i], "writer"))
        continue;
      check (self, kinds[i], "read", secret, FALSE);
      check (self, kinds[i], "read", "/etc/passwd", FALSE);
      check (self, kinds[i], "write", new, FALSE);
      check (self, kinds[i], "write", secret, FALSE);
      check (self, kinds[i], "remove", secret, FALSE);
      check (self, kinds[i], "network", NULL, FALSE);
      check (self, kinds[i], "fork", NULL, FALSE);
      check (self, kinds[i], "program", NULL, FALSE);
      check (self, kinds[i], "signal", NULL, FALSE);
      check (self, kinds[i], "code", NULL, FALSE);
    }
  g_assert_true (g_file_test (secret, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (new, G_FILE_TEST_EXISTS));
}

static void
test_libraries (Fixture *self, gconstpointer data)
{
  check (self, "compute", "thread", NULL, FALSE);
  check (self, "compute", "read", "/usr/bin/env", FALSE);
  check (self, "libraries", "thread", NULL, TRUE);
  check (self, "libraries", "read", "/usr/bin/env", TRUE);
  check (self, "libraries", "module", "libz.so.1", TRUE);
}

/* A writer, in its folder and beside it. */
static void
check_writer (Fixture *self, const char *deed, const char *path, gboolean works)
{
  g_autoptr (ThawSandbox) sandbox = guest ("writer", deed, path);
  g_autofree char *room = g_build_filename (self->folder, "room", NULL);
  g_autofd int fd = open (room, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = NULL;

  thaw_sandbox_pass_fd (sandbox, fd, 4);
  answer = run (self, sandbox, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (answer, ==, works ? "yes\n" : "no\n");
}

static void
test_writer (Fixture *self, gconstpointer data)
{
  g_autofree char *room = g_build_filename (self->folder, "room", NULL);
  g_autofree char *inside = g_build_filename (room, "x", NULL);
  g_autofree char *beside = g_build_filename (self->folder, "x", NULL);

  g_assert_cmpint (g_mkdir (room, 0700), ==, 0);
  check_writer (self, "write", inside, TRUE);
  check_writer (self, "write", beside, FALSE);
  check_writer (self, "remove", inside, TRUE);
}

static void
check_fails (Fixture *self, ThawSandbox *sandbox, int code)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = run (self, sandbox, &error);

  g_assert_error (error, G_IO_ERROR, code);
  g_assert_null (answer);
  thaw_sandbox_unref (sandbox);
}

static void
test_ends (Fixture *self, gconstpointer data)
{
  ThawSandbox *sandbox;

  check_fails (self, guest ("libraries", "leave", "1"), G_IO_ERROR_FAILED);
  check_fails (self, guest ("libraries", "leave", "2"), G_IO_ERROR_NOT_SUPPORTED);
  check_fails (self, guest ("libraries", "crash", NULL), G_IO_ERROR_FAILED);
  check_fails (self, guest ("compute", "crash", NULL), G_IO_ERROR_FAILED);
  check_fails (self, thaw_sandbox_new ("/nowhere/program"), G_IO_ERROR_NOT_FOUND);
  check_fails (self, thaw_sandbox_new ("thaw-no-such-program"), G_IO_ERROR_NOT_FOUND);

  sandbox = guest ("libraries", "flood", NULL);
  thaw_sandbox_set_max_output (sandbox, 100000);
  check_fails (self, sandbox, G_IO_ERROR_MESSAGE_TOO_LARGE);
  sandbox = guest ("libraries", "wait", NULL);
  thaw_sandbox_set_timeout (sandbox, 100000);
  check_fails (self, sandbox, G_IO_ERROR_TIMED_OUT);
  sandbox = guest ("libraries", "spin", NULL);
  thaw_sandbox_set_cpu_time (sandbox, 1);
  check_fails (self, sandbox, G_IO_ERROR_FAILED);
}

static void
test_limits (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawSandbox) sandbox = guest ("libraries", "memory", "100");
  g_autoptr (ThawSandbox) idle = guest ("libraries", "class", NULL);
  g_autofree char *answer = NULL, *more = NULL, *class = NULL;

  answer = run (self, sandbox, NULL);
  g_assert_cmpstr (answer, ==, "yes\n");
  thaw_sandbox_set_memory (sandbox, 64);
  more = run (self, sandbox, NULL);
  g_assert_cmpstr (more, ==, "no\n");
  class = run (self, idle, NULL);
  g_assert_cmpstr (class, ==, "19\n");
}

static void
test_input (Fixture *self, gconstpointer data)
{
  g_autofree char *text = g_strnfill (3000000, 'x');
  g_autofree char *path = put (self, "input", text);
  g_autofd int fd = open (path, O_RDONLY | O_CLOEXEC);
  g_autoptr (ThawSandbox) echo = guest ("compute", "echo", NULL);
  g_autoptr (ThawSandbox) none = guest ("compute", "echo", NULL);
  g_autoptr (ThawSandbox) passed = guest ("libraries", "passed", NULL);
  g_autofree char *echoed = NULL, *nothing = NULL, *from_passed = NULL;

  thaw_sandbox_set_input (echo, fd);
  echoed = run (self, echo, NULL);
  g_assert_cmpstr (echoed, ==, text);
  nothing = run (self, none, NULL);
  g_assert_cmpstr (nothing, ==, "");
  g_assert_cmpint (lseek (fd, 2999990, SEEK_SET), ==, 2999990);
  thaw_sandbox_pass_fd (passed, fd, 3);
  from_passed = run (self, passed, NULL);
  g_assert_cmpstr (from_passed, ==, "xxxxxxxxxx");
}

/* Our own children that run or weren't collected. */
static guint
count_children (void)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (tasks)) != NULL)
    {
      g_autofree char *list = g_build_filename ("/proc/self/task", name, "children", NULL);
      g_autofree char *pids = NULL;

      if (g_file_get_contents (list, &pids, NULL, NULL))
        for (const char *p = pids; *p != '\0'; p++)
          n += *p == ' ';
    }
  return n;
}

static void
test_cancel (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawSandbox) sandbox = guest ("libraries", "wait", NULL);
  g_autoptr (ThawFuture) first = thaw_sandbox_run (sandbox, self->scope, THAW_PRIORITY_DEFAULT);
  g_autoptr (ThawFuture) second = NULL;

  /* Before it runs, while it does, and with its owner. */
  thaw_future_cancel (first);
  assert_soon (thaw_scope_get_n_tasks (self->scope) == 0);
  g_assert_cmpuint (count_children (), ==, 0);
  second = thaw_sandbox_run (sandbox, self->scope, THAW_PRIORITY_DEFAULT);
  assert_soon (count_children () == 1);
  thaw_future_cancel (second);
  assert_soon (count_children () == 0);
  thaw_future_disown (thaw_sandbox_run (sandbox, self->scope, THAW_PRIORITY_DEFAULT));
  assert_soon (count_children () == 1);
  thaw_scope_cancel (self->scope);
  assert_soon (count_children () == 0);
}

/* Foreign programs */

static gboolean
skip_foreign (void)
{
  if (thaw_sandbox_can_run_foreign ())
    return FALSE;
  g_test_skip ("no bubblewrap");
  return TRUE;
}

static ThawSandbox *
shell (const char *script)
{
  ThawSandbox *sandbox = thaw_sandbox_new_foreign ("sh");

  thaw_sandbox_add_argument (sandbox, "-c");
  thaw_sandbox_add_argument (sandbox, script);
  return sandbox;
}

static void
check_shell (Fixture *self, const char *script, const char *expected)
{
  g_autoptr (ThawSandbox) sandbox = shell (script);
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = run (self, sandbox, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (answer, ==, expected);
}

static void
test_foreign_walls (Fixture *self, gconstpointer data)
{
  g_autofree char *secret = put (self, "secret", "s");
  g_autofree char *read = g_strdup_printf ("cat %s || echo no", secret);
  g_autofree char *write = g_strdup_printf ("echo x > %s || echo no", secret);
  g_autofree char *remove = g_strdup_printf ("rm %s || echo no", secret);

  if (skip_foreign ())
    return;
  check_shell (self, "echo here", "here\n");
  check_shell (self, read, "no\n");
  check_shell (self, write, "no\n");
  check_shell (self, remove, "no\n");
  check_shell (self, "cat /etc/passwd || echo no", "no\n");
  check_shell (self, "echo x > /usr/x || echo no", "no\n");
  check_shell (self, "echo x > /tmp/x && cat /tmp/x", "x\n");
  check_shell (self, "grep -c : /proc/net/dev", "1\n");
  check_shell (self, "set -- /proc/[0-9]*; test $# -lt 6 && echo few", "few\n");
  check_shell (self, "ulimit -c; ulimit -t; ulimit -d", "0\n20\n524288\n");
  check_shell (self, "echo $HOME $DBUS_SESSION_BUS_ADDRESS", "/nonexistent\n");
}

static void
test_foreign_files (Fixture *self, gconstpointer data)
{
  g_autofree char *input = put (self, "input", "from outside");
  g_autoptr (ThawSandbox) sandbox
      = shell ("echo noise; cat /tmp/in.txt > /tmp/out; echo x >> /tmp/in.txt; true");
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = NULL, *after = NULL;

  if (skip_foreign ())
    return;
  thaw_sandbox_add_readable (sandbox, input, "/tmp/in.txt");
  thaw_sandbox_set_output_name (sandbox, "out");
  answer = run (self, sandbox, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (answer, ==, "from outside");
  g_assert_true (g_file_get_contents (input, &after, NULL, NULL));
  g_assert_cmpstr (after, ==, "from outside");
}

static void
test_foreign_ends (Fixture *self, gconstpointer data)
{
  ThawSandbox *sandbox;
  g_autoptr (ThawFuture) future = NULL;

  if (skip_foreign ())
    return;
  check_fails (self, shell ("exit 1"), G_IO_ERROR_FAILED);
  check_fails (self, shell ("kill -SEGV $$"), G_IO_ERROR_FAILED);
  check_fails (self, thaw_sandbox_new_foreign ("thaw-no-such-program"), G_IO_ERROR_NOT_FOUND);
  sandbox = shell ("true");
  thaw_sandbox_set_output_name (sandbox, "out");
  check_fails (self, sandbox, G_IO_ERROR_FAILED);
  sandbox = shell ("mkfifo /tmp/out");
  thaw_sandbox_set_output_name (sandbox, "out");
  check_fails (self, sandbox, G_IO_ERROR_FAILED);
  /* What it has started ends with it. */
  sandbox = shell ("for i in 1 2 3 4 5 6 7 8; do sleep 1000 & done; wait");
  thaw_sandbox_set_timeout (sandbox, 300000);
  check_fails (self, sandbox, G_IO_ERROR_TIMED_OUT);
  assert_soon (count_children () == 0);
  sandbox = shell ("sleep 1000");
  future = thaw_sandbox_run (sandbox, self->scope, THAW_PRIORITY_DEFAULT);
  thaw_sandbox_unref (sandbox);
  assert_soon (count_children () == 1);
  thaw_future_cancel (future);
  assert_soon (count_children () == 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/sandbox/walls", test_walls);
  ADD ("/sandbox/libraries", test_libraries);
  ADD ("/sandbox/writer", test_writer);
  ADD ("/sandbox/ends", test_ends);
  ADD ("/sandbox/limits", test_limits);
  ADD ("/sandbox/input", test_input);
  ADD ("/sandbox/cancel", test_cancel);
  ADD ("/sandbox/foreign/walls", test_foreign_walls);
  ADD ("/sandbox/foreign/files", test_foreign_files);
  ADD ("/sandbox/foreign/ends", test_foreign_ends);
  return g_test_run ();
}
