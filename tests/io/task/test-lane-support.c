/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A FUSE mount that hangs to order. Its server is a child of this process: killing it lets every
 * hung call go, which also happens when the program aborts or is terminated, so that no test leaves
 * a dead mount behind. */

#include "test-lane-support.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define FUSE_MAGIC 0x65735546

/* The latest mount, for the signal handler: it may call nothing but plain system calls. */
static volatile pid_t emergency_pid;
static char emergency_mount[1024];

static void
on_fatal_signal (int number)
{
  if (emergency_pid > 0)
    {
      kill (emergency_pid, SIGKILL);
      umount2 (emergency_mount, MNT_DETACH);
    }
  signal (number, SIG_DFL);
  raise (number);
}

static void
prepare_for_the_worst (FaultMount *self)
{
  static const int fatal[] = { SIGABRT, SIGTERM, SIGINT, SIGTRAP, SIGSEGV };

  g_strlcpy (emergency_mount, self->mount, sizeof emergency_mount);
  emergency_pid = self->pid;
  for (gsize i = 0; i < G_N_ELEMENTS (fatal); i++)
    signal (fatal[i], on_fatal_signal);
}

static void
fill (const char *folder)
{
  g_autofree char *sub = g_build_filename (folder, "folder", NULL);

  for (guint i = 0; i < 50; i++)
    {
      g_autofree char *name
          = i < 10 ? g_strdup_printf ("file-%u", i) : g_strdup_printf ("hung-%u", i - 10);
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_assert_true (g_file_set_contents (path, "x", 1, NULL));
    }
  g_assert_cmpint (g_mkdir (sub, 0700), ==, 0);
}

static gboolean
is_mounted (const char *path)
{
  struct statfs info;

  return statfs (path, &info) == 0 && (guint64) info.f_type == FUSE_MAGIC;
}

/* In the child: a test that is killed (a time limit does that) takes its file system with it. */
static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

static gboolean
mount_it (FaultMount *self, const char *program)
{
  const char *argv[] = { program, "-f", self->backing, self->mount, NULL };
  gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
  g_autofree char *control = g_build_filename (self->mount, ".faultfs", NULL);

  if (!g_spawn_async (NULL,
                      (char **) argv,
                      NULL,
                      G_SPAWN_DO_NOT_REAP_CHILD,
                      die_with_parent,
                      NULL,
                      &self->pid,
                      NULL))
    return FALSE;
  prepare_for_the_worst (self);
  while (!is_mounted (self->mount) && g_get_monotonic_time () < end)
    {
      if (waitpid (self->pid, NULL, WNOHANG) == self->pid)
        {
          self->pid = emergency_pid = 0;
          return FALSE;
        }
      g_usleep (2000);
    }
  self->control_fd = open (control, O_WRONLY | O_CLOEXEC);
  return self->control_fd >= 0;
}

FaultMount *
fault_mount_new (const char **why)
{
  const char *program = g_getenv ("THAW_FAULTFS");
  g_autoptr (FaultMount) self = g_new0 (FaultMount, 1);

  self->control_fd = -1;
  *why = "faultfs isn't built (THAW_FAULTFS): libfuse 3 or the kit is missing";
  if (program == NULL || !g_file_test (program, G_FILE_TEST_IS_EXECUTABLE))
    return NULL;

  self->dir = g_dir_make_tmp ("thaw-lane-XXXXXX", NULL);
  g_assert_nonnull (self->dir);
  self->backing = g_build_filename (self->dir, "back", NULL);
  self->mount = g_build_filename (self->dir, "mnt", NULL);
  g_assert_cmpint (g_mkdir (self->backing, 0700), ==, 0);
  g_assert_cmpint (g_mkdir (self->mount, 0700), ==, 0);
  fill (self->backing);
  *why = "FUSE can't be used here";
  if (!mount_it (self, program))
    return NULL;
  return g_steal_pointer (&self);
}

void
fault_mount_tell (FaultMount *self, const char *command)
{
  g_assert_cmpint (write (self->control_fd, command, strlen (command)),
                   ==,
                   (gssize) strlen (command));
}

char *
fault_mount_path (FaultMount *self, const char *name)
{
  return g_build_filename (self->mount, name, NULL);
}

static void
unmount (FaultMount *self)
{
  const char *argv[] = { "fusermount3", "-uz", self->mount, NULL };

  if (umount2 (self->mount, MNT_DETACH) == 0 || errno == EINVAL)
    return;
  g_spawn_sync (NULL,
                (char **) argv,
                NULL,
                G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL,
                NULL,
                NULL,
                NULL,
                NULL,
                NULL,
                NULL);
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_unlink (child) != 0)
        remove_tree (child);
    }
  g_rmdir (path);
}

void
fault_mount_free (FaultMount *self)
{
  if (self->control_fd >= 0)
    {
      fault_mount_tell (self, "clear");
      close (self->control_fd);
    }
  if (self->pid > 0)
    {
      unmount (self);
      kill (self->pid, SIGKILL);
      waitpid (self->pid, NULL, 0);
      emergency_pid = 0;
    }
  if (self->dir != NULL)
    remove_tree (self->dir);
  g_free (self->dir);
  g_free (self->backing);
  g_free (self->mount);
  g_free (self);
}

static gboolean
wake_up_cb (gpointer user_data)
{
  return G_SOURCE_REMOVE;
}

/* Waits in the loop's own poll, not beside it, so that who measures its turns measures no waiting.
 */
void
run_loop_a_little (void)
{
  g_autoptr (GSource) timer = g_timeout_source_new (1);

  g_source_set_callback (timer, wake_up_cb, NULL, NULL);
  g_source_attach (timer, NULL);
  g_main_context_iteration (NULL, TRUE);
  g_source_destroy (timer);
}

gboolean
is_done (ThawFuture *future)
{
  return thaw_future_get_state (future) != THAW_FUTURE_PENDING;
}

gboolean
stat_lane (ThawJob *job, gpointer path, GError **error)
{
  struct statx unused;
  int result = statx (AT_FDCWD, path, AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &unused);

  thaw_job_return_int64 (job, result == 0 ? 0 : errno);
  return TRUE;
}

ThawFuture *
run_stat (ThawLane *lane, ThawScope *scope, const char *path)
{
  return thaw_lane_run (lane,
                        scope,
                        "stat",
                        THAW_PRIORITY_DEFAULT,
                        -1,
                        stat_lane,
                        g_strdup (path),
                        g_free);
}
