/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The newest mount table, kept by a thread of its own: it reads the kernel's file, publishes the
 * table, tells the listeners, and sleeps in poll() until the kernel says that something was mounted
 * or unmounted. The thread is started by the first use and lasts as long as the process; it costs
 * nothing while nothing is mounted. Readers take a reference under a lock that is held for two
 * instructions. The file is never read on a caller's thread. */

#include "thaw-mount-table.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MOUNTINFO "/proc/self/mountinfo"

typedef struct {
  ThawMountTableFunc func;
  gpointer user_data;
} Listener;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the next three; no other lock is
                                                            taken under it, no call is made */
static ThawMountTable *current;
static GArray *listeners; /* of Listener; only grows */
static int wake_fd = -1;  /* written when a listener was added */

static void
publish (ThawMountTable *table)
{
  g_autoptr (ThawMountTable) old = NULL;

  pthread_mutex_lock (&lock);
  old = g_steal_pointer (&current);
  current = thaw_mount_table_ref (table);
  pthread_mutex_unlock (&lock);
}

static gboolean
get_listener (guint index, Listener *listener)
{
  gboolean found;

  pthread_mutex_lock (&lock);
  found = listeners != NULL && index < listeners->len;
  if (found)
    *listener = g_array_index (listeners, Listener, index);
  pthread_mutex_unlock (&lock);

  return found;
}

/* Tells the listeners from @first on, and returns how many there are. */
static guint
tell (ThawMountTable *table, guint first)
{
  Listener listener;

  while (get_listener (first, &listener))
    {
      listener.func (table, listener.user_data);
      first++;
    }
  return first;
}

/* All of the file from its start: a table read in pieces while it changed is followed by another
 * wake-up. Without /proc everything is one unknown place: an empty table says so, and nobody waits
 * for more. */
static ThawMountTable *
read_table (int fd)
{
  g_autoptr (GString) text = g_string_sized_new (1 << 16);
  char buffer[1 << 14];
  gssize n = fd >= 0 && lseek (fd, 0, SEEK_SET) == 0 ? 1 : 0;

  while (n > 0)
    {
      do
        n = read (fd, buffer, sizeof buffer);
      while (n < 0 && errno == EINTR);
      if (n > 0)
        g_string_append_len (text, buffer, n);
    }
  return thaw_mount_table_parse (text->str, (gssize) text->len);
}

static void
drain (int fd)
{
  eventfd_t count;

  if (eventfd_read (fd, &count) != 0)
    g_debug ("The mount table was woken for nothing");
}

static gpointer
keep_current (gpointer data)
{
  struct pollfd fds[2] = {
    { open (MOUNTINFO, O_RDONLY | O_CLOEXEC), POLLPRI, 0 },
    { GPOINTER_TO_INT (data), POLLIN, 0 },
  };
  g_autoptr (ThawMountTable) table = NULL;
  guint n_told = 0;

  for (;;)
    {
      if (table == NULL || (fds[0].revents & (POLLPRI | POLLERR)) != 0)
        {
          g_clear_pointer (&table, thaw_mount_table_unref);
          table = read_table (fds[0].fd);
          publish (table);
          n_told = 0;
        }
      n_told = tell (table, n_told);
      while (poll (fds, G_N_ELEMENTS (fds), -1) < 0 && errno == EINTR)
        continue;
      if (fds[1].revents & POLLIN)
        drain (fds[1].fd);
    }
  return NULL;
}

static void
start (void)
{
  static gsize started = 0;

  if (g_once_init_enter (&started))
    {
      int fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);

      pthread_mutex_lock (&lock);
      wake_fd = fd;
      pthread_mutex_unlock (&lock);
      g_thread_unref (g_thread_new ("thaw-mounts", keep_current, GINT_TO_POINTER (fd)));
      g_once_init_leave (&started, 1);
    }
}

/**
 * thaw_mount_table_dup_current:
 *
 * Gets the newest mount table. The first call starts the thread that reads it; a program calls this
 * early, so that the table is there when its first path is asked about (it takes about a
 * millisecond).
 *
 * - **Thread**: any; never blocks and reads no file.
 *
 * Returns: (transfer full) (nullable): the table, %NULL until it is read for the first time.
 * Without /proc it is empty.
 */
ThawMountTable *
thaw_mount_table_dup_current (void)
{
  ThawMountTable *table;

  start ();
  pthread_mutex_lock (&lock);
  table = current != NULL ? thaw_mount_table_ref (current) : NULL;
  pthread_mutex_unlock (&lock);

  return table;
}

/**
 * thaw_mount_table_add_listener:
 * @func: (scope forever): called with each new table, and first with the one that is there
 * @user_data: passed to @func; lives as long as the process
 *
 * Asks to be told of each change. @func never runs inside this call.
 *
 * - **Thread**: any; @func runs on the table's own thread and must not block.
 */
void
thaw_mount_table_add_listener (ThawMountTableFunc func, gpointer user_data)
{
  Listener listener = { func, user_data };

  g_return_if_fail (func != NULL);

  start ();
  pthread_mutex_lock (&lock);
  if (listeners == NULL)
    listeners = g_array_new (FALSE, FALSE, sizeof (Listener));
  g_array_append_val (listeners, listener);
  if (eventfd_write (wake_fd, 1) != 0)
    g_debug ("The mount table's thread can't be woken: %s", g_strerror (errno));
  pthread_mutex_unlock (&lock);
}
