/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a search for duplicates knows of those files of which there is another one of the same size:
 * 20 bytes each and their names. Records have their places by then, one set of files of one size
 * after another; once all are there, the processors' pool puts hard links of one another side by
 * side and the sets in the order in which they are read. */

#include "thaw-duplicates-private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define TELL_USEC 100000
#define CHUNK_BYTES 65536
#define CHANGE_BITS 20
#define NSEC_PER_MSEC G_GINT64_CONSTANT (1000000)

typedef struct {
  guint32 name; /* the first */
  guint32 folder;
} Run;

ThawDuplicatesWork *
thaw_duplicates_work_new (ThawMailbox *mailbox, guint64 min_size, guint64 bytes_per_sec)
{
  ThawDuplicatesWork *self = g_new0 (ThawDuplicatesWork, 1);

  self->ref_count = 1;
  pthread_mutex_init (&self->lock, NULL);
  self->names.chunks = g_ptr_array_new_with_free_func (g_free);
  self->names.runs = g_array_new (FALSE, FALSE, sizeof (Run));
  self->sets = g_array_new (FALSE, FALSE, sizeof (ThawDuplicatesSet));
  self->begun = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_duplicates_reading_free);
  self->active = g_ptr_array_new ();
  self->folders = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->collecting = g_ptr_array_new ();
  self->fresh = g_array_new (FALSE, FALSE, sizeof (ThawDuplicatesSet));
  self->unreadable = g_array_new (FALSE, FALSE, sizeof (ThawDuplicatesRecord));
  self->finds = thaw_duplicates_finds_new (min_size);
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

  g_free (self->records);
  g_ptr_array_unref (self->names.chunks);
  g_array_unref (self->names.runs);
  g_array_unref (self->sets);
  g_ptr_array_unref (self->begun);
  g_ptr_array_unref (self->active);
  g_array_unref (self->folders);
  g_ptr_array_unref (self->collecting);
  g_array_unref (self->fresh);
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

guint64
thaw_duplicates_get_waste (const ThawDuplicatesSet *set)
{
  return set->size * (set->copies - 1);
}

guint64
thaw_duplicates_get_identity (ThawDuplicatesWork *self, guint64 dev, guint64 ino)
{
  const guint64 inode[] = { dev, ino };
  guint64 result[2];
  ThawHash128 hash;

  thaw_hash128_init (&hash, self->key);
  thaw_hash128_add (&hash, inode, sizeof inode);
  thaw_hash128_end (&hash, result);
  return result[0];
}

/* A change shows in the lower bits of a time: those are brought up to where they are kept. What is
 * from before 1970 counts as from then. */
guint64
thaw_duplicates_mix_times (gint64 mtime_nsec, gint64 ctime_nsec)
{
  guint64 mtime_msec = (guint64) (MAX (mtime_nsec, 0) / NSEC_PER_MSEC);

  return mtime_msec << CHANGE_BITS
         | (guint64) ctime_nsec * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) >> (64 - CHANGE_BITS);
}

gint64
thaw_duplicates_get_mtime_nsec (const ThawDuplicatesRecord *record)
{
  return (gint64) (record->times >> CHANGE_BITS) * NSEC_PER_MSEC;
}

/* Names */

guint32
thaw_duplicates_names_add (ThawDuplicatesNames *self, guint32 folder, const char *name)
{
  gsize size = strlen (name) + 1;
  Run run = { .folder = folder };

  if (self->chunks->len == 0 || self->used + size > CHUNK_BYTES)
    {
      g_ptr_array_add (self->chunks, g_malloc (CHUNK_BYTES));
      self->used = 0;
    }
  run.name = (self->chunks->len - 1) * CHUNK_BYTES + self->used;
  memcpy ((char *) g_ptr_array_index (self->chunks, self->chunks->len - 1) + self->used,
          name,
          size);
  self->used += size;
  if (self->runs->len == 0 || g_array_index (self->runs, Run, self->runs->len - 1).folder != folder)
    g_array_append_val (self->runs, run);
  return run.name;
}

const char *
thaw_duplicates_names_get (ThawDuplicatesNames *self, guint32 name)
{
  return (const char *) g_ptr_array_index (self->chunks, name / CHUNK_BYTES) + name % CHUNK_BYTES;
}

guint32
thaw_duplicates_names_get_folder (ThawDuplicatesNames *self, guint32 name)
{
  guint low = 0, high = self->runs->len;

  while (high - low > 1)
    {
      guint middle = (low + high) / 2;

      if (g_array_index (self->runs, Run, middle).name <= name)
        low = middle;
      else
        high = middle;
    }
  return g_array_index (self->runs, Run, low).folder;
}

/* Records */

/* Until they are arranged, a set's n counts what has come. */
gboolean
thaw_duplicates_work_put (ThawDuplicatesWork *self, guint set, const ThawDuplicatesRecord *record)
{
  ThawDuplicatesSet *it = &g_array_index (self->sets, ThawDuplicatesSet, set);
  guint32 end = set + 1 < self->sets->len ? it[1].first : self->n_records;

  if (it->first + it->n == end)
    return FALSE;
  self->records[it->first + it->n++] = *record;
  return TRUE;
}

guint
thaw_duplicates_count_copies (const ThawDuplicatesRecord *records, guint n)
{
  guint copies = n > 0;

  for (guint i = 1; i < n; i++)
    copies += records[i].identity != records[i - 1].identity;
  return copies;
}

static int
compare_records (const void *a, const void *b)
{
  const ThawDuplicatesRecord *x = a, *y = b;

  if (x->identity != y->identity)
    return x->identity < y->identity ? -1 : 1;
  return x->name < y->name ? -1 : x->name > y->name;
}

static int
compare_sets (gconstpointer a, gconstpointer b)
{
  guint64 x = thaw_duplicates_get_waste (a), y = thaw_duplicates_get_waste (b);

  return x < y ? -1 : x > y;
}

/* Alone with the work: all are collected, and nobody reads yet. */
gboolean
thaw_duplicates_arrange (ThawJob *job, gpointer data, GError **error)
{
  ThawDuplicatesWork *self = data;
  guint n_sets = 0;

  for (guint i = 0; i < self->sets->len && !thaw_job_is_cancelled (job); i++)
    {
      ThawDuplicatesSet set = g_array_index (self->sets, ThawDuplicatesSet, i);

      if (set.n < 2)
        continue;
      qsort (self->records + set.first, set.n, sizeof *self->records, compare_records);
      set.copies = thaw_duplicates_count_copies (self->records + set.first, set.n);
      if (set.copies < 2)
        continue;
      self->bytes_max += set.copies * (set.size + 2 * THAW_DUPLICATES_EDGE_BYTES);
      self->n_candidates += set.n;
      g_array_index (self->sets, ThawDuplicatesSet, n_sets++) = set;
    }
  g_array_set_size (self->sets, n_sets);
  g_array_sort (self->sets, compare_sets);
  return TRUE;
}
