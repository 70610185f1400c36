/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the search for duplicates knows: the files that the walk over the tree has found, 56 bytes
 * each and their names, then only those of which there is another one of the same size, in sets.
 * Workers add under a lock; once sorted, on the processors' pool, records and names never change.
 */

#include "thaw-duplicates-private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define TELL_USEC 100000
#define NSEC_PER_SEC G_GINT64_CONSTANT (1000000000)

static ThawDuplicatesFinds *
finds_new (guint64 min_size)
{
  ThawDuplicatesFinds *self = g_new0 (ThawDuplicatesFinds, 1);

  self->ref_count = 1;
  self->min_size = min_size;
  pthread_mutex_init (&self->lock, NULL);
  self->records = g_array_new (FALSE, FALSE, sizeof (ThawDuplicatesRecord));
  self->names = g_byte_array_new ();
  return self;
}

gpointer
thaw_duplicates_finds_ref (gpointer data)
{
  ThawDuplicatesFinds *self = data;

  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

void
thaw_duplicates_finds_unref (gpointer data)
{
  ThawDuplicatesFinds *self = data;

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  g_clear_pointer (&self->records, g_array_unref);
  g_clear_pointer (&self->names, g_byte_array_unref);
  pthread_mutex_destroy (&self->lock);
  g_free (self);
}

ThawDuplicatesWork *
thaw_duplicates_work_new (ThawMailbox *mailbox, guint64 min_size, guint64 bytes_per_sec)
{
  ThawDuplicatesWork *self = g_new0 (ThawDuplicatesWork, 1);

  self->ref_count = 1;
  pthread_mutex_init (&self->lock, NULL);
  self->records = g_array_new (FALSE, FALSE, sizeof (ThawDuplicatesRecord));
  self->names = g_byte_array_new ();
  self->sets = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_duplicates_set_free);
  self->active = g_ptr_array_new ();
  self->fresh = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_duplicates_result_free);
  self->unreadable = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->finds = finds_new (min_size);
  self->bytes_per_sec = bytes_per_sec;
  self->mailbox = thaw_mailbox_ref (mailbox);
  if (getrandom (self->key, sizeof self->key, GRND_NONBLOCK) != sizeof self->key)
    self->key[0] = g_random_int () | (guint64) g_random_int () << 32;
  return self;
}

gpointer
thaw_duplicates_work_ref (gpointer data)
{
  ThawDuplicatesWork *self = data;

  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static gpointer
work_free (gpointer data)
{
  ThawDuplicatesWork *self = data;

  g_array_unref (self->records);
  g_byte_array_unref (self->names);
  g_ptr_array_unref (self->sets);
  g_ptr_array_unref (self->active);
  g_ptr_array_unref (self->fresh);
  g_array_unref (self->unreadable);
  thaw_mailbox_unref (self->mailbox);
  thaw_duplicates_finds_unref (self->finds);
  g_clear_pointer (&self->tree, thaw_usage_tree_unref);
  pthread_mutex_destroy (&self->lock);
  g_free (self);
  return NULL;
}

/* Megabytes take milliseconds to give back, and open files may take for ever: not on the loop. */
void
thaw_duplicates_work_unref (gpointer data)
{
  ThawDuplicatesWork *self = data;

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) == 0)
    g_thread_unref (g_thread_new ("thaw-duplicates-free", work_free, self));
}

void
thaw_duplicates_work_tell (ThawDuplicatesWork *self, gboolean soon)
{
  gint64 now_usec = g_get_monotonic_time ();
  gboolean tells;

  pthread_mutex_lock (&self->lock);
  tells = soon || now_usec >= self->told_usec + TELL_USEC;
  if (tells)
    self->told_usec = now_usec;
  pthread_mutex_unlock (&self->lock);
  if (tells && !thaw_mailbox_post_keyed (self->mailbox, self, thaw_duplicates_work_ref (self)))
    thaw_duplicates_work_unref (self);
}

ThawDuplicatesSet *
thaw_duplicates_set_new (void)
{
  ThawDuplicatesSet *self = g_new0 (ThawDuplicatesSet, 1);

  self->members = g_array_new (FALSE, FALSE, sizeof (ThawDuplicatesMember));
  self->fd = -1;
  return self;
}

void
thaw_duplicates_set_free (ThawDuplicatesSet *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_array_unref (self->members);
  g_free (self);
}

void
thaw_duplicates_result_free (ThawDuplicatesResult *self)
{
  g_array_unref (self->records);
  g_free (self);
}

static gint64
nsec_of (const struct statx_timestamp *time)
{
  return (gint64) ((guint64) time->tv_sec * NSEC_PER_SEC + time->tv_nsec);
}

void
thaw_duplicates_finds_add (guint32 folder, const char *name, const struct statx *stx, gpointer data)
{
  ThawDuplicatesFinds *self = data;
  ThawDuplicatesRecord record = { .size = stx->stx_size,
                                  .ino = stx->stx_ino,
                                  .mtime_nsec = nsec_of (&stx->stx_mtime),
                                  .ctime_nsec = nsec_of (&stx->stx_ctime),
                                  .folder = folder,
                                  .dev = stx->stx_dev_major << 20 | stx->stx_dev_minor };

  if (stx->stx_size < self->min_size)
    return;
  pthread_mutex_lock (&self->lock);
  if (self->records != NULL)
    {
      record.name = self->names->len;
      g_byte_array_append (self->names, (const guint8 *) name, strlen (name) + 1);
      g_array_append_val (self->records, record);
      self->n_files++;
    }
  pthread_mutex_unlock (&self->lock);
}

const ThawDuplicatesRecord *
thaw_duplicates_work_get (ThawDuplicatesWork *self, guint32 record)
{
  return &g_array_index (self->records, ThawDuplicatesRecord, record);
}

const char *
thaw_duplicates_work_get_name (ThawDuplicatesWork *self, guint32 record)
{
  return (const char *) self->names->data + thaw_duplicates_work_get (self, record)->name;
}

static gboolean
is_same_inode (const ThawDuplicatesRecord *a, const ThawDuplicatesRecord *b)
{
  return a->ino == b->ino && a->dev == b->dev;
}

gboolean
thaw_duplicates_is_link (ThawDuplicatesWork *self, guint32 a, guint32 b)
{
  return is_same_inode (thaw_duplicates_work_get (self, a), thaw_duplicates_work_get (self, b));
}

static int
compare_records (const void *a, const void *b)
{
  const ThawDuplicatesRecord *x = a, *y = b;

  if (x->size != y->size)
    return x->size > y->size ? -1 : 1;
  if (x->dev != y->dev)
    return x->dev < y->dev ? -1 : 1;
  if (x->ino != y->ino)
    return x->ino < y->ino ? -1 : 1;
  return x->name < y->name ? -1 : x->name > y->name;
}

static int
compare_sets (gconstpointer a, gconstpointer b)
{
  const ThawDuplicatesSet *x = *(ThawDuplicatesSet *const *) a,
                          *y = *(ThawDuplicatesSet *const *) b;

  return x->waste < y->waste ? -1 : x->waste > y->waste;
}

/* Moves the records [@begin, @end) and their names to those that stay, as a set. */
static void
keep_set (ThawDuplicatesWork *self,
          const ThawDuplicatesRecord *records,
          const char *names,
          guint begin,
          guint end,
          guint n_copies)
{
  ThawDuplicatesSet *set = thaw_duplicates_set_new ();
  guint64 size = records[begin].size;

  for (guint i = begin; i < end; i++)
    {
      ThawDuplicatesMember member = { .record = self->records->len };
      ThawDuplicatesRecord record = records[i];
      const char *name = names + record.name;

      record.name = self->names->len;
      g_byte_array_append (self->names, (const guint8 *) name, strlen (name) + 1);
      g_array_append_val (self->records, record);
      g_array_append_val (set->members, member);
    }
  set->waste = size * (n_copies - 1);
  self->bytes_max += n_copies * (size + 2 * THAW_DUPLICATES_EDGE_BYTES);
  self->n_candidates += end - begin;
  g_ptr_array_add (self->sets, set);
}

/* Alone with the work: what is found from now on isn't taken, and nobody reads yet. */
gboolean
thaw_duplicates_work_sort (ThawJob *job, gpointer data, GError **error)
{
  ThawDuplicatesWork *self = data;
  g_autoptr (GArray) all = NULL;
  g_autoptr (GByteArray) names = NULL;
  ThawDuplicatesRecord *records;
  guint n;

  pthread_mutex_lock (&self->finds->lock);
  all = g_steal_pointer (&self->finds->records);
  names = g_steal_pointer (&self->finds->names);
  pthread_mutex_unlock (&self->finds->lock);
  if (all == NULL)
    return TRUE;

  records = (ThawDuplicatesRecord *) all->data;
  n = all->len;
  if (n > 0)
    qsort (records, n, sizeof *records, compare_records);
  for (guint begin = 0, end; begin < n && !thaw_job_is_cancelled (job); begin = end)
    {
      guint n_copies = 1;

      for (end = begin + 1; end < n && records[end].size == records[begin].size; end++)
        n_copies += !is_same_inode (&records[end], &records[end - 1]);
      if (n_copies > 1)
        keep_set (self, records, (const char *) names->data, begin, end, n_copies);
    }
  g_ptr_array_sort (self->sets, compare_sets);
  return TRUE;
}
