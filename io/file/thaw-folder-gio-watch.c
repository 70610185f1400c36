/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Follows changes of a place that only GIO reaches, where its backend tells of them: the trash,
 * recent files, volumes. For sftp, dav and the like there is nothing to follow, and they are
 * polled.
 *
 * A GFileMonitor is made by a call that may block, and speaks in the main context that made it: so
 * each has a thread of its own, which lives as long as the folder is shown. A shared one would be
 * held up by the first daemon that hangs. What happened isn't kept: the folder is told to look
 * again, and not more often than looking takes. */

#include "thaw-folder-work-private.h"
#include "thaw-vfs.h"

#define FIRST_MSEC 100
#define REST_FACTOR 4 /* at most a fifth of the time is spent looking */

struct _ThawGioWatch {
  int ref_count; /* atomic: the folder's and the thread's */
  GMainContext *context;
  gboolean closed;      /* atomic */
  gint64 rescan_usec;   /* atomic: how long the last look took */
  ThawFolderWork *work; /* the thread's */
  GSource *due;         /* the thread's */
};

static void
watch_unref (ThawGioWatch *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  g_main_context_unref (self->context);
  g_free (self);
}

static gboolean
due_cb (gpointer user_data)
{
  ThawGioWatch *self = user_data;

  g_clear_pointer (&self->due, g_source_unref);
  thaw_folder_work_post (self->work, THAW_FOLDER_MESSAGE_EVENTS, NULL, NULL);
  return G_SOURCE_REMOVE;
}

static void
changed_cb (ThawGioWatch *self)
{
  gint64 rescan_usec = __atomic_load_n (&self->rescan_usec, __ATOMIC_RELAXED);

  if (self->due)
    return;
  self->due = g_timeout_source_new (MAX (FIRST_MSEC, rescan_usec * REST_FACTOR / 1000));
  g_source_set_callback (self->due, due_cb, self, NULL);
  g_source_attach (self->due, self->context);
}

static gboolean
is_closed (ThawGioWatch *self)
{
  return __atomic_load_n (&self->closed, __ATOMIC_ACQUIRE);
}

/* Some backends tell only of what was done through themselves: an accelerator, but one has to look
 * all the same. */
static gboolean
tells_everything (GFile *location)
{
  static const char *const schemes[] = { "trash", "recent", "computer", "network", "admin", NULL };
  g_autofree char *scheme = g_file_get_uri_scheme (location);

  return scheme != NULL && g_strv_contains (schemes, scheme);
}

static void
follow (ThawGioWatch *self, GFileMonitor *monitor)
{
  g_signal_connect_swapped (monitor, "changed", G_CALLBACK (changed_cb), self);
  thaw_folder_work_set_gio_watched (self->work, tells_everything (self->work->location));
  /* What happened between listing and now. */
  changed_cb (self);
  while (!is_closed (self))
    g_main_context_iteration (self->context, TRUE);
  g_signal_handlers_disconnect_by_data (monitor, self);
  g_file_monitor_cancel (monitor);
}

static gpointer
watch_thread (gpointer data)
{
  ThawGioWatch *self = data;
  g_autoptr (GFile) file = NULL;
  g_autoptr (GFileMonitor) monitor = NULL;
  g_autoptr (GError) error = NULL;

  g_main_context_push_thread_default (self->context);
  file = thaw_vfs_resolve (self->work->location);
  monitor = g_file_monitor_directory (file, G_FILE_MONITOR_NONE, NULL, &error);
  if (monitor)
    follow (self, monitor);
  else
    g_debug ("No monitor: %s", error->message);
  g_clear_object (&monitor);
  if (self->due)
    g_source_destroy (self->due);
  g_clear_pointer (&self->due, g_source_unref);
  g_main_context_pop_thread_default (self->context);
  thaw_folder_work_unref (g_steal_pointer (&self->work));
  watch_unref (self);
  return NULL;
}

ThawGioWatch *
thaw_gio_watch_new (ThawFolderWork *work)
{
  ThawGioWatch *self = g_new0 (ThawGioWatch, 1);
  GThread *thread;

  self->ref_count = 2;
  self->context = g_main_context_new ();
  self->work = thaw_folder_work_ref (work);
  thread = g_thread_try_new ("thaw-gio-watch", watch_thread, self, NULL);
  if (thread)
    {
      g_thread_unref (thread);
      return self;
    }
  thaw_folder_work_unref (self->work);
  watch_unref (self);
  watch_unref (self);
  return NULL;
}

void
thaw_gio_watch_set_cost (ThawGioWatch *self, gint64 rescan_usec)
{
  __atomic_store_n (&self->rescan_usec, rescan_usec, __ATOMIC_RELAXED);
}

void
thaw_gio_watch_close (ThawGioWatch *self)
{
  __atomic_store_n (&self->closed, TRUE, __ATOMIC_RELEASE);
  g_main_context_wakeup (self->context);
  watch_unref (self);
}
