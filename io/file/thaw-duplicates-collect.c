/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The second walk of a search for duplicates: the folders that have files of a size that there is
 * more than once are listed again, and those files get their records. What has become another size
 * meanwhile isn't looked for; what is more than there is room for counts as changed. Workers only;
 * a folder that hangs is left out, and what its worker brings later isn't taken. */

#include "thaw-duplicates-private.h"

#include "thaw-listing-private.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define BEAT_EVERY 32
#define MOST_AT_ONCE 512
#define NSEC_PER_SEC G_GINT64_CONSTANT (1000000000)

typedef struct {
  ThawDuplicatesRecord record; /* its name is a place in this worker's names */
  guint set;
} Collected;

typedef struct {
  ThawDuplicatesWork *work;
  ThawHand *hand;
  ThawDuplicatesCollecting collecting;
  int fd;
  guint n_beats;
  gboolean is_over; /* nobody wants it any more */
  Collected collected[MOST_AT_ONCE];
  guint n;
  GByteArray *names;
} Collector;

/* G_MAXUINT: there is no other one of that size. The sizes are sorted, and constant by now. */
static guint
find_set (ThawDuplicatesWork *self, guint64 size)
{
  guint low = 0, high = self->sets->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (g_array_index (self->sets, ThawDuplicatesSet, middle).size < size)
        low = middle + 1;
      else
        high = middle;
    }
  return low < self->sets->len && g_array_index (self->sets, ThawDuplicatesSet, low).size == size
             ? low
             : G_MAXUINT;
}

static void
hand_over (Collector *self)
{
  ThawDuplicatesWork *work = self->work;

  pthread_mutex_lock (&work->lock);
  self->is_over |= self->collecting.is_abandoned;
  for (guint i = 0; i < self->n && !self->is_over; i++)
    {
      ThawDuplicatesRecord record = self->collected[i].record;

      record.name = thaw_duplicates_names_add (&work->names,
                                               self->collecting.folder,
                                               (const char *) self->names->data + record.name);
      if (!thaw_duplicates_work_put (work, self->collected[i].set, &record))
        work->n_changed++;
    }
  pthread_mutex_unlock (&work->lock);
  self->n = 0;
  g_byte_array_set_size (self->names, 0);
}

static gint64
nsec_of (const struct statx_timestamp *time)
{
  return (gint64) ((guint64) time->tv_sec * NSEC_PER_SEC + time->tv_nsec);
}

static void
add_file (Collector *self, const char *name, gsize length, const struct statx *stx, guint set)
{
  guint64 dev = makedev (stx->stx_dev_major, stx->stx_dev_minor);
  Collected *collected = &self->collected[self->n++];

  collected->record.identity = thaw_duplicates_get_identity (self->work, dev, stx->stx_ino);
  collected->record.times
      = thaw_duplicates_mix_times (nsec_of (&stx->stx_mtime), nsec_of (&stx->stx_ctime));
  collected->record.name = self->names->len;
  collected->set = set;
  g_byte_array_append (self->names, (const guint8 *) name, length + 1);
  if (self->n == MOST_AT_ONCE)
    hand_over (self);
}

static void
see_entry (const char *name, gsize length, ThawEntryKind kind, gpointer data)
{
  Collector *self = data;
  struct statx stx;
  guint set;

  if (self->is_over || (kind != THAW_ENTRY_FILE && kind != THAW_ENTRY_UNKNOWN))
    return;
  if (++self->n_beats % BEAT_EVERY == 0 && !thaw_hand_beat (self->hand))
    self->is_over = TRUE;
  if (statx (self->fd,
             name,
             AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
             STATX_TYPE | STATX_INO | STATX_SIZE | STATX_CTIME | STATX_MTIME,
             &stx)
          != 0
      || !S_ISREG (stx.stx_mode))
    return;
  set = find_set (self->work, stx.stx_size);
  if (set != G_MAXUINT)
    add_file (self, name, length, &stx, set);
}

static void
read_folder (Collector *self)
{
  ThawUsageTask task = { self->collecting.folder, NULL };

  self->fd = thaw_usage_open (self->work->tree, &task, O_RDONLY | O_NONBLOCK);
  if (self->fd < 0)
    return;
  while (!self->is_over
         && thaw_listing_read (self->fd,
                               "",
                               thaw_hand_get_buffer (self->hand),
                               THAW_HAND_BUFFER_BYTES,
                               see_entry,
                               self,
                               NULL))
    ;
  close (self->fd);
  hand_over (self);
}

static gboolean
take_folder (Collector *self)
{
  ThawDuplicatesWork *work = self->work;
  gboolean has_some;

  pthread_mutex_lock (&work->lock);
  has_some = work->folders->len > 0;
  if (has_some)
    {
      guint last = work->folders->len - 1;

      self->collecting.folder = g_array_index (work->folders, guint32, last);
      g_array_set_size (work->folders, last);
      g_ptr_array_add (work->collecting, &self->collecting);
    }
  pthread_mutex_unlock (&work->lock);
  return has_some;
}

static void
end_folder (Collector *self)
{
  pthread_mutex_lock (&self->work->lock);
  if (!self->collecting.is_abandoned)
    g_ptr_array_remove_fast (self->work->collecting, &self->collecting);
  pthread_mutex_unlock (&self->work->lock);
}

gboolean
thaw_duplicates_collect (ThawHand *hand, gpointer data)
{
  g_autofree Collector *self = g_new0 (Collector, 1);
  gboolean over = FALSE;

  self->work = data;
  self->hand = hand;
  self->names = g_byte_array_new ();
  while (!(over = thaw_hand_is_over (hand)) && take_folder (self))
    {
      thaw_hand_take (hand, self->collecting.folder);
      read_folder (self);
      end_folder (self);
    }
  g_byte_array_unref (self->names);
  thaw_duplicates_work_tell (self->work, !over);
  return over;
}

void
thaw_duplicates_leave_folder (ThawDuplicatesWork *self, guint32 folder)
{
  pthread_mutex_lock (&self->lock);
  for (guint i = 0; i < self->collecting->len; i++)
    {
      ThawDuplicatesCollecting *collecting = g_ptr_array_index (self->collecting, i);

      if (collecting->folder != folder)
        continue;
      collecting->is_abandoned = TRUE;
      g_ptr_array_remove_index_fast (self->collecting, i);
      break;
    }
  pthread_mutex_unlock (&self->lock);
}
