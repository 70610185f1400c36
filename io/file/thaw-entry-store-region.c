/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory of the entry store: one reservation of address space, cut in regions that grow at
 * their end and never move, so that readers need no lock while the writer appends. Reserved pages
 * can't be touched and cost nothing, not even under strict overcommit; they are made usable a step
 * ahead of need, and become memory when they are written. Steps double, but stay small for a small
 * folder and below what one huge page would waste. Writer's thread, except that readers read what
 * was published.
 */

#include "thaw-entry-store-private.h"

#include <sys/mman.h>
#include <unistd.h>

#define MAX_ARENA_BYTES (G_GUINT64_CONSTANT (1) << 32)
#define ARENA_BYTES_PER_ENTRY 256
#define MIN_ENTRIES (1u << 16)
#define FIRST_CAPACITY 512u
#define MAX_STEP_BYTES (64u << 20)
#define RELEASE_BYTES ((gsize) 1 << 20)

/* The sanitizers shadow what is reserved. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MAX_ENTRIES_HERE (1u << 23)
#else
#define MAX_ENTRIES_HERE THAW_MAX_ENTRIES
#endif

typedef struct {
  gsize offset; /* of the region in the store */
  gsize width;  /* bytes an entry */
} Column;

static const Column columns[] = {
  { G_STRUCT_OFFSET (ThawEntryStore, name_offsets), 4 },
  { G_STRUCT_OFFSET (ThawEntryStore, key_offsets), 4 },
  { G_STRUCT_OFFSET (ThawEntryStore, kinds), 1 },
  { G_STRUCT_OFFSET (ThawEntryStore, flags), 1 },
  { G_STRUCT_OFFSET (ThawEntryStore, modes), 2 },
  { G_STRUCT_OFFSET (ThawEntryStore, types), 2 },
  { G_STRUCT_OFFSET (ThawEntryStore, sizes), 8 },
  { G_STRUCT_OFFSET (ThawEntryStore, mtimes), 8 },
};

static gsize
round_to_page (gsize n_bytes)
{
  gsize page = sysconf (_SC_PAGESIZE);

  return (n_bytes + page - 1) & ~(page - 1);
}

/* Makes at least the first @n_bytes of a region usable. FALSE when they were never reserved, or
 * memory is short. */
gboolean
_thaw_region_commit (ThawRegion *region, gsize n_bytes)
{
  gsize step, committed;

  if (n_bytes <= region->committed)
    return TRUE;
  if (n_bytes > region->reserved)
    return FALSE;

  step = MIN (region->committed, MAX_STEP_BYTES);
  committed = round_to_page (MAX (n_bytes, region->committed + step));
  committed = MIN (committed, region->reserved);
  if (mprotect (region->bytes + region->committed,
                committed - region->committed,
                PROT_READ | PROT_WRITE)
      != 0)
    return FALSE;
  region->committed = committed;
  return TRUE;
}

/* Gives back the memory behind the first @n_used bytes; it stays usable. */
void
_thaw_region_trim (ThawRegion *region, gsize n_used)
{
  gsize used = round_to_page (n_used);

  if (used < region->committed)
    madvise (region->bytes + used, region->committed - used, MADV_DONTNEED);
}

static ThawRegion *
get_region (ThawEntryStore *self, const Column *column)
{
  return G_STRUCT_MEMBER_P (self, column->offset);
}

static guint8 *
cut_region (ThawRegion *region, guint8 *from, gsize n_bytes)
{
  region->bytes = from;
  region->reserved = n_bytes;
  return from + n_bytes;
}

static gboolean
reserve_for (ThawEntryStore *self, guint32 max_entries, gsize arena_bytes)
{
  gsize n_bytes = 2 * arena_bytes;
  guint8 *at;

  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    n_bytes += round_to_page ((gsize) max_entries * columns[i].width);
  at = mmap (NULL, n_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED)
    return FALSE;

  self->reservation = at;
  self->n_reserved = n_bytes;
  self->max_entries = max_entries;
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    at = cut_region (get_region (self, &columns[i]),
                     at,
                     round_to_page ((gsize) max_entries * columns[i].width));
  at = cut_region (&self->names, at, arena_bytes);
  cut_region (&self->keys, at, arena_bytes);
  return TRUE;
}

/* Reserves address space: for the most entries that there can be, or for as many as a limit on it
 * allows. */
gboolean
_thaw_entry_store_reserve (ThawEntryStore *self)
{
  for (guint32 n = MAX_ENTRIES_HERE; n >= MIN_ENTRIES; n /= 2)
    if (reserve_for (self, n, MIN (MAX_ARENA_BYTES, (gsize) n * ARENA_BYTES_PER_ENTRY)))
      return TRUE;
  return FALSE;
}

/* Piece by piece: munmap() of it all would hold the process's memory map for as long as it takes to give the pages back, and
 * whoever maps memory then waits, the loop too. */
static void
empty_region (ThawRegion *region)
{
  for (gsize at = 0; at < region->committed; at += RELEASE_BYTES)
    madvise (region->bytes + at, MIN (RELEASE_BYTES, region->committed - at), MADV_DONTNEED);
}

void
_thaw_entry_store_unreserve (ThawEntryStore *self)
{
  if (self->reservation == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    empty_region (get_region (self, &columns[i]));
  empty_region (&self->names);
  empty_region (&self->keys);
  munmap (self->reservation, self->n_reserved);
}

/* Makes room for more entries in every column. */
gboolean
_thaw_entry_store_grow (ThawEntryStore *self)
{
  guint32 capacity = MAX (FIRST_CAPACITY, self->capacity + MIN (self->capacity, 4u << 20));

  capacity = MIN (capacity, self->max_entries);
  if (capacity == self->capacity)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    if (!_thaw_region_commit (get_region (self, &columns[i]), (gsize) capacity * columns[i].width))
      return FALSE;
  self->capacity = capacity;
  return TRUE;
}
