/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Probes: asking a mount or a host whether it lives, on a thread made for it, because the asking
 * may hang as long as the mount does. At most THAW_LANE_MAX_PROBES of a lane are outstanding, so a
 * dead mount costs two threads however long it is dead; when it revives the kernel answers the old
 * questions too. An error is an answer: only silence is not.
 *
 * The question must reach the server: a stat from the cache would say nothing. So it is statfs(),
 * which FUSE, NFS and CIFS always pass on, and a statx() of the mount's root with
 * AT_STATX_FORCE_SYNC. A local file system answers both from memory, and so a local lane counts
 * stuck threads but is hardly ever said to be dead: a disk that spins up, or an fsync of gigabytes,
 * is not a failure. */

#include "thaw-lane-private.h"
#include "thaw-vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>

typedef struct {
  ThawLane *lane;
  gint64 started_usec;
} Probe;

static void
ask_path (const char *path)
{
  struct statfs statfs_unused;
  struct statx statx_unused;

  if (statfs (path, &statfs_unused) != 0)
    return;
  if (statx (AT_FDCWD,
             path,
             AT_STATX_FORCE_SYNC | AT_NO_AUTOMOUNT,
             STATX_BASIC_STATS,
             &statx_unused)
      != 0)
    g_debug ("%s answers with an error: %s", path, g_strerror (errno));
}

static void
ask_uri (const char *uri)
{
  g_autoptr (GFile) named = g_file_new_for_uri (uri);
  g_autoptr (GFile) file = thaw_vfs_resolve (named); /* what the loop's GIO makes of it would answer by itself */
  g_autoptr (GFileInfo) info = g_file_query_info (file,
                                                  G_FILE_ATTRIBUTE_STANDARD_TYPE,
                                                  G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                                  NULL,
                                                  NULL);
}

static gpointer
probe_thread (gpointer data)
{
  g_autofree Probe *probe = data;
  g_autoptr (ThawLane) lane = probe->lane;
  ThawLaneNews news = { 0 };
  gint64 now_usec;

  if (lane->key.probe_path != NULL)
    ask_path (lane->key.probe_path);
  else
    ask_uri (lane->key.probe_uri);

  pthread_mutex_lock (&lane->lock);
  now_usec = g_get_monotonic_time ();
  lane->n_probes--;
  thaw_lane_note_probe (lane, probe->started_usec, now_usec);
  thaw_lane_note_answer (lane, &news, now_usec);
  pthread_mutex_unlock (&lane->lock);
  thaw_lane_say (lane, &news);

  return NULL;
}

/* Under the lane's lock. FALSE when enough of them are outstanding. */
gboolean
thaw_lane_start_probe (ThawLane *self, gint64 now_usec)
{
  Probe *probe;
  GThread *thread;

  if (self->key.probe_path == NULL && self->key.probe_uri == NULL)
    {
      /* A private lane with nobody to ask: its jobs may take as long as they do. */
      self->probed_usec = now_usec;
      thaw_lane_note_probe (self, now_usec, now_usec);
      return TRUE;
    }
  if (self->n_probes >= THAW_LANE_MAX_PROBES)
    return FALSE;

  probe = g_new (Probe, 1);
  *probe = (Probe){ thaw_lane_ref (self), now_usec };
  self->probed_usec = now_usec;
  thread = g_thread_try_new ("thaw-probe", probe_thread, probe, NULL);
  if (thread == NULL)
    {
      /* The caller has a reference, so this can't be the last. */
      thaw_lane_unref (probe->lane);
      g_free (probe);
      return FALSE;
    }
  g_thread_unref (thread);
  self->n_probes++;
  return TRUE;
}
