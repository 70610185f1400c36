/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The first walk of a search for duplicates: of each file its size and its folder are kept, 12
 * bytes, packed. Sorted in place they tell which sizes there are more than once, how often, and
 * which folders have such files: only those are walked again. Workers add under a lock of its own,
 * which the loop never takes. */

#include "thaw-duplicates-private.h"

#define LEAST_ROOM 1024
#define FEW 24 /* are sorted one by one */

typedef struct __attribute__ ((packed, aligned (4))) {
  guint64 size;
  guint32 folder;
} Find;

struct _ThawDuplicatesFinds {
  gint ref_count;
  guint64 min_size;     /* constant */
  guint64 n_files;      /* atomic */
  pthread_mutex_t lock; /* guards the rest */
  Find *finds;
  gsize room;
  gboolean is_over; /* no more are taken */
};

ThawDuplicatesFinds *
thaw_duplicates_finds_new (guint64 min_size)
{
  ThawDuplicatesFinds *self = g_new0 (ThawDuplicatesFinds, 1);

  self->ref_count = 1;
  self->min_size = min_size;
  pthread_mutex_init (&self->lock, NULL);
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
  g_free (self->finds);
  pthread_mutex_destroy (&self->lock);
  g_free (self);
}

guint64
thaw_duplicates_finds_get_n_files (ThawDuplicatesFinds *self)
{
  return __atomic_load_n (&self->n_files, __ATOMIC_RELAXED);
}

/* An eighth more at a time: what is large is moved by its pages, and what isn't needed is little.
 */
static void
make_room (ThawDuplicatesFinds *self)
{
  self->room = MAX (self->room + self->room / 8, LEAST_ROOM);
  self->finds = g_realloc_n (self->finds, self->room, sizeof (Find));
}

void
thaw_duplicates_finds_add (guint32 folder, const char *name, const struct statx *stx, gpointer data)
{
  ThawDuplicatesFinds *self = data;

  if (stx->stx_size < self->min_size)
    return;
  pthread_mutex_lock (&self->lock);
  if (!self->is_over)
    {
      gsize n = self->n_files;

      if (n == self->room)
        make_room (self);
      self->finds[n] = (Find){ stx->stx_size, folder };
      __atomic_store_n (&self->n_files, n + 1, __ATOMIC_RELAXED);
    }
  pthread_mutex_unlock (&self->lock);
}

static void
sort_few (Find *finds, gsize n)
{
  for (gsize i = 1; i < n; i++)
    {
      Find find = finds[i];
      gsize at = i;

      for (; at > 0 && finds[at - 1].size > find.size; at--)
        finds[at] = finds[at - 1];
      finds[at] = find;
    }
}

/* By the byte at @shift and those below it, in place: a library's sort takes as much memory again.
 */
static void
sort_finds (Find *finds, gsize n, guint shift)
{
  gsize at[256], ends[256] = { 0 }, begin = 0;

  if (n <= FEW)
    {
      sort_few (finds, n);
      return;
    }
  for (gsize i = 0; i < n; i++)
    ends[(finds[i].size >> shift) & 255]++;
  for (guint byte = 0; byte < 256; byte++)
    {
      at[byte] = begin;
      begin = ends[byte] += begin;
    }
  for (guint byte = 0; byte < 256; byte++)
    while (at[byte] < ends[byte])
      {
        Find *here = &finds[at[byte]], find = *here;
        guint belongs = (find.size >> shift) & 255;

        *here = finds[at[belongs]];
        finds[at[belongs]++] = find;
      }
  for (guint byte = 0; shift > 0 && byte < 256; byte++)
    {
      begin = byte > 0 ? ends[byte - 1] : 0;
      sort_finds (finds + begin, ends[byte] - begin, shift - 8);
    }
}

/* Appends the nodes whose bit is set. */
static void
list_folders (GArray *folders, const GArray *bits)
{
  for (guint32 i = 0; i < bits->len; i++)
    for (guint64 word = g_array_index (bits, guint64, i); word != 0; word &= word - 1)
      {
        guint32 folder = i * 64 + (guint) __builtin_ctzll (word);

        g_array_append_val (folders, folder);
      }
}

static void
mark_folders (GArray *bits, const Find *finds, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      guint32 word = finds[i].folder / 64;

      if (word >= bits->len)
        g_array_set_size (bits, word + 1);
      g_array_index (bits, guint64, word) |= G_GUINT64_CONSTANT (1) << finds[i].folder % 64;
    }
}

/* Alone with the work: what is found from now on isn't taken, and nobody collects yet. */
gboolean
thaw_duplicates_count (ThawJob *job, gpointer data, GError **error)
{
  ThawDuplicatesWork *self = data;
  g_autoptr (GArray) bits = g_array_new (FALSE, TRUE, sizeof (guint64));
  g_autofree Find *finds = NULL;
  gsize n;

  pthread_mutex_lock (&self->finds->lock);
  self->finds->is_over = TRUE;
  finds = g_steal_pointer (&self->finds->finds);
  n = self->finds->n_files;
  pthread_mutex_unlock (&self->finds->lock);
  sort_finds (finds, n, 56);
  for (gsize begin = 0, end; begin < n && !thaw_job_is_cancelled (job); begin = end)
    {
      ThawDuplicatesSet set = { .size = finds[begin].size, .first = self->n_records };

      for (end = begin + 1; end < n && finds[end].size == set.size; end++)
        ;
      if (end - begin == 1 || end - begin > G_MAXUINT32 - self->n_records)
        continue;
      g_array_append_val (self->sets, set);
      self->n_records += end - begin;
      mark_folders (bits, finds + begin, end - begin);
    }
  list_folders (self->folders, bits);
  g_clear_pointer (&finds, g_free);
  self->records = g_new0 (ThawDuplicatesRecord, self->n_records);
  return TRUE;
}
