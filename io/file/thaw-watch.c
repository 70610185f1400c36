/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Watches folders with one inotify descriptor and one thread for the whole process.
 *
 * GFileMonitor makes a GSource call on the loop for every event; here the events of a folder are folded
 * on the watching thread (each name once) and the folder is told once that there is something to take.
 * What happened to a name isn't kept: whoever takes the changes looks at the name itself, so that the
 * order of events, and events lost in between, can't lead to a wrong list. Only renames keep both
 * names, because an entry that is renamed stays the same entry.
 *
 * Threads: thaw_watch_new() on a worker (it touches the folder), the rest anywhere. `watcher.lock`
 * guards everything here and is held for short times only. pthread locks, because ThreadSanitizer understands those. */

#include "thaw-watch-private.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#define EVENTS                                                                                     \
  (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_CLOSE_WRITE | IN_MODIFY |  \
   IN_DELETE_SELF | IN_MOVE_SELF)

/* A file that is written to all the time would wake the thread for each write: after a batch it rests, and the
 * kernel folds and queues meanwhile. */
#define REST_USEC 4000

struct _ThawWatch {
  int wd;
  gboolean closed;
  ThawWatchNotify notify;
  gpointer user_data;
  GDestroyNotify destroy;
  ThawWatchChanges *changes; /* NULL while there is nothing to take */
  GHashTable *seen;          /* names in changes->names, borrowed */
  guint32 moved_cookie;      /* of the last IN_MOVED_FROM */
  char *moved_from;
};

static struct {
  pthread_mutex_t lock;
  int fd, wake_fd;
  GHashTable *by_wd;  /* wd → GPtrArray of ThawWatch: two watches of one folder share their wd */
  GPtrArray *closing; /* to be ended by the thread */
  guint n_adding;     /* inotify_add_watch() calls under way: no wd may be given back meanwhile */
  gboolean dropping;  /* wds are being given back: no watch may be added meanwhile */
  pthread_cond_t dropped;
} watcher = {
  .lock = PTHREAD_MUTEX_INITIALIZER,
  .dropped = PTHREAD_COND_INITIALIZER,
  .fd = -1,
  .wake_fd = -1,
};

static ThawWatchChanges *
changes_new (void)
{
  ThawWatchChanges *changes = g_new0 (ThawWatchChanges, 1);

  changes->names = g_ptr_array_new_with_free_func (g_free);
  changes->renames = g_array_new (FALSE, FALSE, sizeof (ThawWatchRename));
  return changes;
}

static void
changes_forget_names (ThawWatchChanges *changes)
{
  for (guint i = 0; i < changes->renames->len; i++)
    {
      ThawWatchRename *rename = &g_array_index (changes->renames, ThawWatchRename, i);
      g_free (rename->from);
      g_free (rename->to);
    }
  g_array_set_size (changes->renames, 0);
  g_ptr_array_set_size (changes->names, 0);
}

void
thaw_watch_changes_free (ThawWatchChanges *changes)
{
  changes_forget_names (changes);
  g_array_unref (changes->renames);
  g_ptr_array_unref (changes->names);
  g_free (changes);
}

static void
watch_free (ThawWatch *self)
{
  g_clear_pointer (&self->changes, thaw_watch_changes_free);
  g_hash_table_unref (self->seen);
  g_free (self->moved_from);
  if (self->destroy)
    self->destroy (self->user_data);
  g_free (self);
}

/* Lock held. */
static void
watch_overflow (ThawWatch *self)
{
  g_hash_table_remove_all (self->seen);
  changes_forget_names (self->changes);
  self->changes->overflow = TRUE;
}

/* Lock held. */
static void
watch_add_name (ThawWatch *self, const char *name)
{
  char *copy;

  if (self->changes->overflow || g_hash_table_contains (self->seen, name))
    return;
  if (self->changes->names->len >= THAW_WATCH_MAX_NAMES)
    {
      watch_overflow (self);
      return;
    }
  copy = g_strdup (name);
  g_ptr_array_add (self->changes->names, copy);
  g_hash_table_add (self->seen, copy);
}

/* Lock held. */
static void
watch_add_rename (ThawWatch *self, const char *to)
{
  ThawWatchRename rename = { g_steal_pointer (&self->moved_from), g_strdup (to) };

  g_array_append_val (self->changes->renames, rename);
}

/* Lock held. The two halves of a rename follow each other in the kernel's queue. */
static void
watch_handle (ThawWatch *self, const struct inotify_event *event)
{
  if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED))
    {
      self->changes->self_gone = TRUE;
      return;
    }
  if (event->len == 0)
    return;

  watch_add_name (self, event->name);
  if (self->changes->overflow)
    return;
  if (event->mask & IN_MOVED_FROM)
    {
      g_free (self->moved_from);
      self->moved_from = g_strdup (event->name);
      self->moved_cookie = event->cookie;
    }
  else if ((event->mask & IN_MOVED_TO) && self->moved_from && self->moved_cookie == event->cookie)
    watch_add_rename (self, event->name);
}

/* Lock held. */
static void
watch_event (ThawWatch *self, const struct inotify_event *event)
{
  gboolean first = self->changes == NULL;

  if (self->closed)
    return;
  if (first)
    self->changes = changes_new ();
  if (event == NULL)
    watch_overflow (self);
  else
    watch_handle (self, event);
  if (first)
    self->notify (self->user_data);
}

/* Lock held. @event NULL: the kernel's queue overflowed. */
static void
dispatch (const struct inotify_event *event)
{
  GPtrArray *watches = g_hash_table_lookup (watcher.by_wd, GINT_TO_POINTER (event->wd));

  if (watches == NULL)
    return;
  for (guint i = 0; i < watches->len; i++)
    watch_event (watches->pdata[i], event);
}

/* Lock held. */
static void
dispatch_overflow (void)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, watcher.by_wd);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      GPtrArray *watches = value;
      for (guint i = 0; i < watches->len; i++)
        watch_event (watches->pdata[i], NULL);
    }
}

static void
read_events (void)
{
  char buffer[64 * 1024] __attribute__ ((aligned (__alignof__ (struct inotify_event))));
  gssize n;

  while ((n = read (watcher.fd, buffer, sizeof buffer)) > 0)
    {
      pthread_mutex_lock (&watcher.lock);
      for (char *at = buffer; at < buffer + n;)
        {
          const struct inotify_event *event = (const struct inotify_event *) at;

          if (event->mask & IN_Q_OVERFLOW)
            dispatch_overflow ();
          else
            dispatch (event);
          at += sizeof *event + event->len;
        }
      pthread_mutex_unlock (&watcher.lock);
    }
}

/* Lock held. The wds that nobody has any more. None while a watch is being added: the kernel may have answered it with one
 * of them; who adds has this looked at again. */
static GArray *
take_unused_wds (void)
{
  GArray *unused = g_array_new (FALSE, FALSE, sizeof (int));
  GHashTableIter iter;
  gpointer wd, watches;

  g_hash_table_iter_init (&iter, watcher.by_wd);
  while (watcher.n_adding == 0 && g_hash_table_iter_next (&iter, &wd, &watches))
    if (((GPtrArray *) watches)->len == 0)
      {
        int unused_wd = GPOINTER_TO_INT (wd);
        g_array_append_val (unused, unused_wd);
        g_hash_table_iter_remove (&iter);
      }
  return unused;
}

/* The kernel walks all cached names of the folder for this, so it happens without the lock, which the loop takes too.
 * Nobody may add a watch meanwhile. */
static void
drop_unused_wds (void)
{
  g_autoptr (GArray) unused = NULL;

  pthread_mutex_lock (&watcher.lock);
  unused = take_unused_wds ();
  watcher.dropping = unused->len > 0;
  pthread_mutex_unlock (&watcher.lock);

  for (guint i = 0; i < unused->len; i++)
    inotify_rm_watch (watcher.fd, g_array_index (unused, int, i));

  pthread_mutex_lock (&watcher.lock);
  watcher.dropping = FALSE;
  pthread_cond_broadcast (&watcher.dropped);
  pthread_mutex_unlock (&watcher.lock);
}

/* Lock held. */
static void
forget (ThawWatch *self)
{
  GPtrArray *watches = g_hash_table_lookup (watcher.by_wd, GINT_TO_POINTER (self->wd));

  if (watches)
    g_ptr_array_remove_fast (watches, self);
}

static void
end_closed_watches (void)
{
  g_autoptr (GPtrArray) closing = NULL;
  guint64 count;
  G_GNUC_UNUSED gssize n = read (watcher.wake_fd, &count, sizeof count);

  pthread_mutex_lock (&watcher.lock);
  closing = g_steal_pointer (&watcher.closing);
  watcher.closing = g_ptr_array_new ();
  for (guint i = 0; i < closing->len; i++)
    forget (closing->pdata[i]);
  pthread_mutex_unlock (&watcher.lock);
  drop_unused_wds ();

  /* Their data is the callers': freed without the lock. */
  for (guint i = 0; i < closing->len; i++)
    watch_free (closing->pdata[i]);
}

static gpointer
watching_thread (gpointer data)
{
  struct pollfd fds[] = { { watcher.fd, POLLIN, 0 }, { watcher.wake_fd, POLLIN, 0 } };

  for (;;)
    {
      if (poll (fds, G_N_ELEMENTS (fds), -1) < 0 && errno != EINTR)
        return NULL;
      if (fds[1].revents)
        end_closed_watches ();
      if (fds[0].revents)
        {
          read_events ();
          g_usleep (REST_USEC);
        }
    }
}

/* Lock held. */
static gboolean
start_watching (GError **error)
{
  if (watcher.fd >= 0)
    return TRUE;

  watcher.fd = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
  watcher.wake_fd = watcher.fd >= 0 ? eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
  if (watcher.wake_fd < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   "Can't watch folders for changes: %s", g_strerror (errno));
      if (watcher.fd >= 0)
        close (watcher.fd);
      watcher.fd = -1;
      return FALSE;
    }
  watcher.by_wd = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_ptr_array_unref);
  watcher.closing = g_ptr_array_new ();
  g_thread_unref (g_thread_new ("thaw-watch", watching_thread, NULL));
  return TRUE;
}

/* Lock held. */
static void
remember (ThawWatch *self)
{
  GPtrArray *watches = g_hash_table_lookup (watcher.by_wd, GINT_TO_POINTER (self->wd));

  if (watches == NULL)
    {
      watches = g_ptr_array_new ();
      g_hash_table_insert (watcher.by_wd, GINT_TO_POINTER (self->wd), watches);
    }
  g_ptr_array_add (watches, self);
}

static void
wake_thread (void)
{
  guint64 one = 1;

  if (write (watcher.wake_fd, &one, sizeof one) < 0)
    g_debug ("Waking the watching thread: %s", g_strerror (errno));
}

/* Through the descriptor: what is watched is what is listed, whatever the path means by now. Without the
 * lock, because a dead file system may keep us here. */
static int
add_to_kernel (int fd, GError **error)
{
  char path[64];
  int wd;

  g_snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
  wd = inotify_add_watch (watcher.fd, path, EVENTS);
  if (wd < 0)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                 "Can't watch this folder for changes: %s", g_strerror (errno));
  return wd;
}

ThawWatch *
thaw_watch_new (int fd, ThawWatchNotify notify, gpointer user_data, GDestroyNotify destroy,
                GError **error)
{
  ThawWatch *self = NULL;
  gboolean started;
  int wd;

  pthread_mutex_lock (&watcher.lock);
  while (watcher.dropping)
    pthread_cond_wait (&watcher.dropped, &watcher.lock);
  started = start_watching (error);
  watcher.n_adding += started ? 1 : 0;
  pthread_mutex_unlock (&watcher.lock);
  if (!started)
    return NULL;

  wd = add_to_kernel (fd, error);
  if (wd >= 0)
    {
      self = g_new0 (ThawWatch, 1);
      self->wd = wd;
      self->notify = notify;
      self->user_data = user_data;
      self->destroy = destroy;
      self->seen = g_hash_table_new (g_str_hash, g_str_equal);
    }

  pthread_mutex_lock (&watcher.lock);
  if (self)
    remember (self);
  watcher.n_adding--;
  pthread_mutex_unlock (&watcher.lock);
  wake_thread ();
  return self;
}

void
thaw_watch_close (ThawWatch *self)
{
  pthread_mutex_lock (&watcher.lock);
  self->closed = TRUE;
  g_ptr_array_add (watcher.closing, self);
  pthread_mutex_unlock (&watcher.lock);
  wake_thread ();
}

ThawWatchChanges *
thaw_watch_take (ThawWatch *self)
{
  ThawWatchChanges *changes;

  pthread_mutex_lock (&watcher.lock);
  g_hash_table_remove_all (self->seen);
  changes = g_steal_pointer (&self->changes);
  pthread_mutex_unlock (&watcher.lock);
  return changes ? changes : changes_new ();
}
