/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process in a sandbox. It is started without a copy of this one's memory map: a fork would
 * make the loop's thread fault on every page that it writes next. Its worker listens to three
 * descriptors, the end of the process, what it writes, and the cancelling of the job, and beats
 * now and then for its lane. A process that hangs in the kernel can't be killed (its file may be
 * on a server that doesn't answer): it is left behind, and collected when it is over. Workers
 * only. */

#include "thaw-sandbox-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define BEAT_USEC 200000
#define KILLED_MS 1000
#define PIPE_BYTES (1 << 20)
#define READ_BYTES (256 * 1024)
#define NOT_MINE 2 /* exit status of a program that has no business with this */

typedef struct {
  ThawSandbox *sandbox;
  pid_t pid;
  int pidfd, output; /* -1: none */
  GByteArray *said;
  GPollFD cancelled;
  GCancellable *cancellable; /* nullable; not owned */
  gint64 due_usec;
} Child;

/* Left behind. */
static pthread_mutex_t stuck_lock = PTHREAD_MUTEX_INITIALIZER;
static GArray *stuck; /* pid_t */

static void
collect_stuck (void)
{
  pthread_mutex_lock (&stuck_lock);
  for (guint i = stuck != NULL ? stuck->len : 0; i-- > 0;)
    if (waitpid (g_array_index (stuck, pid_t, i), NULL, WNOHANG) != 0)
      g_array_remove_index_fast (stuck, i);
  pthread_mutex_unlock (&stuck_lock);
}

static void
leave_behind (pid_t pid)
{
  pthread_mutex_lock (&stuck_lock);
  if (stuck == NULL)
    stuck = g_array_new (FALSE, FALSE, sizeof (pid_t));
  g_array_append_val (stuck, pid);
  pthread_mutex_unlock (&stuck_lock);
}

static gboolean
set_errno (GError **error, int code)
{
  g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (code), g_strerror (code));
  return FALSE;
}

/* Starting */

static int
add_fds (ThawSandbox *sandbox, posix_spawn_file_actions_t *actions, int output)
{
  int n_given = STDERR_FILENO + 1;
  gboolean has_input = FALSE;

  for (guint i = 0; i < sandbox->fds->len; i++)
    {
      const ThawSandboxFd *passed = &g_array_index (sandbox->fds, ThawSandboxFd, i);

      has_input |= passed->as == STDIN_FILENO;
      n_given = MAX (n_given, passed->as + 1);
      posix_spawn_file_actions_adddup2 (actions, passed->fd, passed->as);
    }
  if (!has_input)
    posix_spawn_file_actions_addopen (actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2 (actions, output, STDOUT_FILENO);
  /* Nothing of a stranger's file is to reach a terminal. */
  posix_spawn_file_actions_addopen (actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  return n_given;
}

static int
spawn (ThawSandbox *sandbox,
       const char *const *argv,
       const char *const *environment,
       int output,
       pid_t *pid)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t all, none;
  int code;

  sigfillset (&all);
  sigemptyset (&none);
  posix_spawn_file_actions_init (&actions);
  posix_spawnattr_init (&attributes);
  posix_spawnattr_setflags (&attributes,
                            POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
  posix_spawnattr_setsigmask (&attributes, &none);
  posix_spawnattr_setsigdefault (&attributes, &all);
  posix_spawn_file_actions_addclosefrom_np (&actions, add_fds (sandbox, &actions, output));
  posix_spawn_file_actions_addchdir_np (&actions, "/");
  code = posix_spawn (pid,
                      argv[0],
                      &actions,
                      &attributes,
                      (char *const *) argv,
                      (char *const *) environment);
  posix_spawnattr_destroy (&attributes);
  posix_spawn_file_actions_destroy (&actions);
  return code;
}

static gboolean
start (Child *self, const char *const *argv, const char *const *environment, GError **error)
{
  g_autofd int theirs = -1;
  g_autofd int high = -1;
  int ends[2];
  int code;

  if (pipe2 (ends, O_CLOEXEC) != 0)
    return set_errno (error, errno);
  self->output = ends[0];
  theirs = ends[1];
  fcntl (self->output, F_SETFL, O_NONBLOCK);
  fcntl (self->output, F_SETPIPE_SZ, PIPE_BYTES);
  high = fcntl (theirs, F_DUPFD_CLOEXEC, THAW_SANDBOX_LOW_FD);
  if (high < 0)
    return set_errno (error, errno);
  code = spawn (self->sandbox, argv, environment, high, &self->pid);
  if (code != 0)
    {
      self->pid = 0;
      return set_errno (error, code);
    }
  self->pidfd = (int) syscall (SYS_pidfd_open, self->pid, 0);
  return self->pidfd >= 0 || set_errno (error, errno);
}

/* Ending */

static gboolean
wait_for (Child *self, int *status)
{
  pid_t ended;

  do
    ended = waitpid (self->pid, status, 0);
  while (ended < 0 && errno == EINTR);
  return ended == self->pid;
}

static void
end (Child *self)
{
  struct pollfd over = { .fd = self->pidfd, .events = POLLIN };
  int status;

  if (self->pid <= 0)
    return;
  kill (self->pid, SIGKILL);
  /* Without a descriptor (an old kernel) it has to be waited for. */
  if (self->pidfd < 0 || poll (&over, 1, KILLED_MS) != 0)
    wait_for (self, &status);
  else
    leave_behind (self->pid);
  self->pid = 0;
}

static void
child_clear (Child *self)
{
  end (self);
  g_clear_fd (&self->pidfd, NULL);
  g_clear_fd (&self->output, NULL);
  g_clear_pointer (&self->said, g_byte_array_unref);
  if (self->cancelled.fd >= 0)
    g_cancellable_release_fd (self->cancellable);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Child, child_clear)

static gboolean
set_status_error (Child *self, int status, GError **error)
{
  const char *program = self->sandbox->program;

  if (WIFEXITED (status) && WEXITSTATUS (status) == NOT_MINE)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "%s doesn't do this", program);
  else if (WIFEXITED (status))
    g_set_error (error,
                 G_IO_ERROR,
                 G_IO_ERROR_FAILED,
                 "%s ended with status %d",
                 program,
                 WEXITSTATUS (status));
  else
    g_set_error (error,
                 G_IO_ERROR,
                 G_IO_ERROR_FAILED,
                 "%s was killed by signal %d",
                 program,
                 WTERMSIG (status));
  return FALSE;
}

/* Listening */

/* Takes what is there. FALSE: it is too much, or can't be read. */
static gboolean
take (Child *self, GError **error)
{
  while (self->output >= 0)
    {
      guint n_before = self->said->len;
      gssize n;

      g_byte_array_set_size (self->said, n_before + READ_BYTES);
      n = read (self->output, self->said->data + n_before, READ_BYTES);
      g_byte_array_set_size (self->said, n_before + (guint) MAX (n, 0));
      if (self->said->len > self->sandbox->max_output_bytes)
        {
          g_set_error (error,
                       G_IO_ERROR,
                       G_IO_ERROR_MESSAGE_TOO_LARGE,
                       "%s has written too much",
                       self->sandbox->program);
          return FALSE;
        }
      if (n == 0)
        g_clear_fd (&self->output, NULL);
      else if (n < 0 && errno == EAGAIN)
        return TRUE;
      else if (n < 0 && errno != EINTR)
        return set_errno (error, errno);
    }
  return TRUE;
}

static int
get_wait_ms (Child *self)
{
  gint64 left_usec = self->due_usec - g_get_monotonic_time ();

  return (int) (CLAMP (left_usec, 0, BEAT_USEC) / 1000) + 1;
}

static gboolean
listen_once (Child *self, ThawJob *job, gboolean *over, GError **error)
{
  struct pollfd polled[] = {
    { .fd = self->pidfd, .events = POLLIN },
    { .fd = self->output, .events = POLLIN },
    { .fd = self->cancelled.fd, .events = POLLIN },
  };

  if (poll (polled, G_N_ELEMENTS (polled), get_wait_ms (self)) < 0 && errno != EINTR)
    return set_errno (error, errno);
  if (job != NULL)
    {
      thaw_job_beat (job);
      if (thaw_job_set_error_if_cancelled (job, error))
        return FALSE;
    }
  /* First the end, then what was written before it. */
  *over = (polled[0].revents & POLLIN) != 0;
  if (!take (self, error))
    return FALSE;
  if (!*over && g_get_monotonic_time () >= self->due_usec)
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_TIMED_OUT,
                   "%s took too long",
                   self->sandbox->program);
      return FALSE;
    }
  return TRUE;
}

static gboolean
listen_to_end (Child *self, ThawJob *job, GError **error)
{
  gboolean over = FALSE;
  int status = 0;

  while (!over)
    if (!listen_once (self, job, &over, error))
      return FALSE;
  if (!wait_for (self, &status))
    return set_errno (error, errno);
  self->pid = 0;
  return (WIFEXITED (status) && WEXITSTATUS (status) == 0)
         || set_status_error (self, status, error);
}

static void
child_init (Child *self, ThawSandbox *sandbox, ThawJob *job)
{
  *self = (Child){
    .sandbox = sandbox,
    .pidfd = -1,
    .output = -1,
    .said = g_byte_array_new (),
    .cancelled = { .fd = -1 },
    .cancellable = job != NULL ? thaw_job_get_cancellable (job) : NULL,
    .due_usec = g_get_monotonic_time () + sandbox->timeout_usec,
  };
  if (self->cancellable != NULL && !g_cancellable_make_pollfd (self->cancellable, &self->cancelled))
    self->cancelled.fd = -1;
}

GBytes *
thaw_sandbox_run_child (ThawSandbox *sandbox,
                        const char *const *argv,
                        const char *const *environment,
                        ThawJob *job,
                        GError **error)
{
  g_auto (Child) self;

  collect_stuck ();
  child_init (&self, sandbox, job);
  if (job != NULL && thaw_job_set_error_if_cancelled (job, error))
    return NULL;
  if (!start (&self, argv, environment, error) || !listen_to_end (&self, job, error))
    return NULL;
  return g_byte_array_free_to_bytes (g_steal_pointer (&self.said));
}
