/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing past the page cache: a large file goes from our own blocks to the device, some at once,
 * while the next ones are read. What the kernel writes behind a program goes in small lots with
 * pauses in between, and its memory is full of what nobody reads again soon; so this is several
 * times as quick to be durable. Threads of its own wait for the device. Whoever gives up leaves
 * them behind: they end when the device answers, and what they wrote is removed.
 * The operation's thread, but for write_blocks(). */

#include "thaw-copy-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#define N_WRITERS 2
#define N_BLOCKS 4
#define TICK_NSEC 20000000

typedef enum {
  BLOCK_FREE,
  BLOCK_OURS, /* being filled */
  BLOCK_WAITING,
  BLOCK_WRITING,
} BlockState;

typedef struct {
  BlockState state;
  guint8 *bytes; /* nullable: not needed yet */
  gsize size;
  gint64 offset;
} Block;

struct _ThawDirect {
  int ref_count;
  pthread_mutex_t lock;
  pthread_cond_t wake_writer, wake_owner;
  int fd; /* its own, with O_DIRECT */
  Block blocks[N_BLOCKS];
  gboolean is_closed;
  int code;      /* errno of the first that failed, 0: none did */
  gint64 failed; /* where that began */
};

static void
direct_unref (ThawDirect *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  for (guint i = 0; i < N_BLOCKS; i++)
    g_aligned_free (self->blocks[i].bytes);
  close (self->fd);
  pthread_cond_destroy (&self->wake_owner);
  pthread_cond_destroy (&self->wake_writer);
  pthread_mutex_destroy (&self->lock);
  g_free (self);
}

static int
write_block (int fd, const Block *block)
{
  gsize written = 0;

  while (written < block->size)
    {
      gssize n
          = pwrite (fd, block->bytes + written, block->size - written, block->offset + written);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return n < 0 ? errno : EIO;
      written += n;
    }
  return 0;
}

/* The one that comes first in the file. NULL: none waits. */
static Block *
find_waiting (ThawDirect *self)
{
  Block *found = NULL;

  for (guint i = 0; i < N_BLOCKS; i++)
    {
      Block *block = &self->blocks[i];

      if (block->state == BLOCK_WAITING && (found == NULL || block->offset < found->offset))
        found = block;
    }
  return found;
}

static void
finish (ThawDirect *self, Block *block, int code)
{
  block->state = BLOCK_FREE;
  if (code != 0 && (self->code == 0 || block->offset < self->failed))
    {
      self->code = code;
      self->failed = block->offset;
    }
  pthread_cond_signal (&self->wake_owner);
}

/* A thread of its own. */
static gpointer
write_blocks (gpointer data)
{
  ThawDirect *self = data;
  Block *block;

  pthread_mutex_lock (&self->lock);
  while (!self->is_closed)
    {
      block = self->code == 0 ? find_waiting (self) : NULL;
      if (block == NULL)
        pthread_cond_wait (&self->wake_writer, &self->lock);
      else
        {
          int code;

          block->state = BLOCK_WRITING;
          pthread_mutex_unlock (&self->lock);
          code = write_block (self->fd, block);
          pthread_mutex_lock (&self->lock);
          finish (self, block, code);
        }
    }
  pthread_mutex_unlock (&self->lock);
  direct_unref (self);
  return NULL;
}

/* How many came to be. */
static guint
start_writers (ThawDirect *self)
{
  for (guint i = 0; i < N_WRITERS; i++)
    {
      GThread *thread;

      __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
      thread = g_thread_try_new ("thaw-direct", write_blocks, self, NULL);
      if (thread == NULL)
        {
          direct_unref (self);
          return i;
        }
      g_thread_unref (thread);
    }
  return N_WRITERS;
}

ThawDirect *
thaw_direct_new (int out)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", out);
  g_autofd int fd = open (path, O_WRONLY | O_DIRECT | O_CLOEXEC);
  ThawDirect *self;

  if (fd < 0)
    return NULL;
  self = g_new0 (ThawDirect, 1);
  self->ref_count = 1;
  self->fd = g_steal_fd (&fd);
  pthread_mutex_init (&self->lock, NULL);
  pthread_cond_init (&self->wake_writer, NULL);
  pthread_cond_init (&self->wake_owner, NULL);
  if (start_writers (self) > 0)
    return self;
  direct_unref (self);
  return NULL;
}

void
thaw_direct_free (ThawDirect *self)
{
  if (self == NULL)
    return;
  pthread_mutex_lock (&self->lock);
  self->is_closed = TRUE;
  pthread_cond_broadcast (&self->wake_writer);
  pthread_mutex_unlock (&self->lock);
  direct_unref (self);
}

static Block *
take_free (ThawDirect *self)
{
  Block *found = NULL;

  pthread_mutex_lock (&self->lock);
  for (guint i = 0; i < N_BLOCKS && found == NULL && self->code == 0; i++)
    if (self->blocks[i].state == BLOCK_FREE)
      found = &self->blocks[i];
  if (found != NULL)
    found->state = BLOCK_OURS;
  pthread_mutex_unlock (&self->lock);
  if (found != NULL && found->bytes == NULL)
    found->bytes = g_aligned_alloc (1, THAW_DIRECT_BLOCK_BYTES, THAW_DIRECT_ALIGNMENT);
  return found;
}

static void
set_state (ThawDirect *self, Block *block, BlockState state)
{
  pthread_mutex_lock (&self->lock);
  block->state = state;
  if (state == BLOCK_WAITING)
    pthread_cond_signal (&self->wake_writer);
  pthread_mutex_unlock (&self->lock);
}

gssize
thaw_direct_send (ThawDirect *self, int in, gint64 offset, gsize size)
{
  Block *block = take_free (self);
  gssize n;
  int errsv;

  if (block == NULL)
    {
      errno = EAGAIN;
      return -1;
    }
  size = MIN (size, THAW_DIRECT_BLOCK_BYTES);
  n = thaw_copy_read (in, block->bytes, size, size, offset);
  errsv = errno;
  block->size = n > 0 ? n / THAW_DIRECT_ALIGNMENT * THAW_DIRECT_ALIGNMENT : 0;
  block->offset = offset;
  set_state (self, block, block->size > 0 ? BLOCK_WAITING : BLOCK_FREE);
  errno = errsv;
  return n < 0 ? -1 : (gssize) block->size;
}

static gint64
get_written (ThawDirect *self, gint64 sent)
{
  gint64 written = self->code != 0 ? MIN (sent, self->failed) : sent;

  for (guint i = 0; i < N_BLOCKS; i++)
    if (self->blocks[i].state != BLOCK_FREE)
      written = MIN (written, self->blocks[i].offset);
  return written;
}

static gboolean
is_writing (ThawDirect *self)
{
  for (guint i = 0; i < N_BLOCKS; i++)
    if (self->blocks[i].state == BLOCK_WRITING
        || (self->blocks[i].state == BLOCK_WAITING && self->code == 0))
      return TRUE;
  return FALSE;
}

static void
wait_a_tick (ThawDirect *self)
{
  struct timespec until;

  clock_gettime (CLOCK_REALTIME, &until);
  until.tv_nsec += TICK_NSEC;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_cond_timedwait (&self->wake_owner, &self->lock, &until);
}

/* What waits behind one that failed isn't written: its place is asked for again. */
static int
take_failure (ThawDirect *self)
{
  int code = self->code;

  if (code == 0 || is_writing (self))
    return 0;
  for (guint i = 0; i < N_BLOCKS; i++)
    self->blocks[i].state = BLOCK_FREE;
  self->code = 0;
  return code;
}

gint64
thaw_direct_wait (ThawDirect *self, gint64 before, gint64 sent, int *code)
{
  gint64 written;

  pthread_mutex_lock (&self->lock);
  if (get_written (self, sent) <= before && is_writing (self))
    wait_a_tick (self);
  written = get_written (self, sent);
  *code = take_failure (self);
  pthread_mutex_unlock (&self->lock);
  return written;
}
