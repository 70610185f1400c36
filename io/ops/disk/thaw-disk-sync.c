/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for a device, with an ear for the user: bringing much to a slow device takes seconds that
 * no system call can be called back from. So a thread of its own waits in the kernel, and whoever
 * needs it waits for that; cancelled, it goes on at once and leaves the thread behind, which ends
 * when the device answers. Little is synced right here. What an abandoned one comes to nobody
 * wants to know: what it was about is removed. The operation's thread. */

#include "thaw-walk-private.h"

#include "thaw-disk-error-private.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#define TICK_NSEC 20000000

typedef struct {
  int ref_count;
  pthread_mutex_t lock;
  pthread_cond_t wake;
  int fd; /* its own: the caller's may be closed meanwhile */
  ThawSyncHow how;
  gboolean is_over;
  int code; /* errno, 0 for success */
} Sync;

static void
sync_unref (Sync *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  close (self->fd);
  pthread_cond_destroy (&self->wake);
  pthread_mutex_destroy (&self->lock);
  g_free (self);
}

static int
sync_now (int fd, ThawSyncHow how)
{
  int result = how == THAW_SYNC_ALL    ? syncfs (fd)
               : how == THAW_SYNC_FILE ? fsync (fd)
                                       : fdatasync (fd);

  return result == 0 ? 0 : errno;
}

static gpointer
sync_thread (gpointer data)
{
  Sync *self = data;
  int code = sync_now (self->fd, self->how);

  pthread_mutex_lock (&self->lock);
  self->code = code;
  self->is_over = TRUE;
  pthread_cond_signal (&self->wake);
  pthread_mutex_unlock (&self->lock);
  sync_unref (self);
  return NULL;
}

/* NULL: it has to be done right here. */
static Sync *
start (int fd, ThawSyncHow how)
{
  Sync *self = g_new0 (Sync, 1);
  GThread *thread;

  self->ref_count = 2;
  self->how = how;
  pthread_mutex_init (&self->lock, NULL);
  pthread_cond_init (&self->wake, NULL);
  self->fd = fcntl (fd, F_DUPFD_CLOEXEC, 3);
  thread = self->fd >= 0 ? g_thread_try_new ("thaw-sync", sync_thread, self, NULL) : NULL;
  if (thread != NULL)
    {
      g_thread_unref (thread);
      return self;
    }
  self->ref_count = 1;
  sync_unref (self);
  return NULL;
}

static void
wait_a_tick (Sync *self)
{
  struct timespec until;

  clock_gettime (CLOCK_REALTIME, &until);
  until.tv_nsec += TICK_NSEC;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_cond_timedwait (&self->wake, &self->lock, &until);
}

/* FALSE: cancelled. */
static gboolean
wait_for (Sync *self, const ThawWalkFuncs *funcs, int *code)
{
  gboolean is_over;

  pthread_mutex_lock (&self->lock);
  while (!self->is_over && !funcs->is_cancelled (funcs->user_data))
    wait_a_tick (self);
  is_over = self->is_over;
  *code = self->code;
  pthread_mutex_unlock (&self->lock);
  return is_over;
}

gboolean
thaw_disk_sync (int fd,
                ThawSyncHow how,
                const ThawWalkFuncs *funcs,
                const char *label,
                GError **error)
{
  gboolean can_leave = funcs != NULL && funcs->is_cancelled != NULL && funcs->check != NULL;
  Sync *sync = can_leave ? start (fd, how) : NULL;
  gboolean is_over = TRUE;
  int code;

  if (sync == NULL)
    code = sync_now (fd, how);
  else
    {
      is_over = wait_for (sync, funcs, &code);
      sync_unref (sync);
    }
  if (!is_over)
    {
      if (!funcs->check (funcs->user_data, error))
        return FALSE;
      code = sync_now (fd, how); /* it wasn't meant */
    }
  return code == 0 || thaw_disk_fail (error, code, how == THAW_SYNC_ALL ? "sync" : "write", label);
}
