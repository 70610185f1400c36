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
#define MAX_STEP_BYTES (1u << 20)

/* From here on a step is touched at once: half the price of as many page faults. */
#define POPULATE_FROM_BYTES (1u << 20)
#define RELEASE_BYTES ((gsize) 1 << 20)

/* The sanitizers shadow what is reserved. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MAX_ENTRIES_HERE (1u << 23)
#else
#define MAX_ENTRIES_HERE THAW_MAX_ENTRIES
#endif

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
  if (region->committed >= POPULATE_FROM_BYTES)
    madvise (region->bytes + region->committed, committed - region->committed, MADV_POPULATE_WRITE);
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

static guint8 *
cut_region (ThawRegion *region, guint8 *from, gsize n_bytes)
{
  region->bytes = from;
  region->reserved = n_bytes;
  return from + n_bytes;
}

static gboolean
reserve_for (ThawEntryStore *self, guint32 max_entries)
{
  gsize n_blocks = round_to_page ((gsize) max_entries / THAW_BLOCK_ENTRIES * THAW_BLOCK_BYTES);
  gsize n_arena = MIN (MAX_ARENA_BYTES, (gsize) max_entries * ARENA_BYTES_PER_ENTRY);
  guint8 *at = mmap (NULL,
                     n_blocks + 2 * n_arena,
                     PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                     -1,
                     0);

  if (at == MAP_FAILED)
    return FALSE;
  self->reservation = at;
  self->n_reserved = n_blocks + 2 * n_arena;
  at = cut_region (&self->blocks, at, n_blocks);
  at = cut_region (&self->names, at, n_arena);
  cut_region (&self->keys, at, n_arena);
  return TRUE;
}

/* Reserves address space: for the most entries that there can be, or for as many as a limit on it
 * allows. */
gboolean
_thaw_entry_store_reserve (ThawEntryStore *self)
{
  for (guint32 n = MAX_ENTRIES_HERE; n >= MIN_ENTRIES; n /= 2)
    if (reserve_for (self, n))
      return TRUE;
  return FALSE;
}

void
_thaw_entry_store_unreserve (ThawEntryStore *self)
{
  if (self->reservation != NULL)
    munmap (self->reservation, self->n_reserved);
}

/* Makes room for at least one more block. */
gboolean
_thaw_entry_store_grow (ThawEntryStore *self)
{
  gsize n_blocks = self->capacity / THAW_BLOCK_ENTRIES + 1;

  if (n_blocks > THAW_MAX_ENTRIES / THAW_BLOCK_ENTRIES
      || !_thaw_region_commit (&self->blocks, n_blocks * THAW_BLOCK_BYTES))
    return FALSE;
  self->capacity = n_blocks * THAW_BLOCK_ENTRIES;
  return TRUE;
}
