/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What messages cost in allocations: counts the calls of the allocator while it is told to. glibc
 * only, and not under a sanitizer, which has an allocator of its own. */

#include "bench-memory.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static atomic_bool counts;
static atomic_ulong n_allocations;
static atomic_ulong n_bytes;

void
bench_memory_start (void)
{
  atomic_store (&n_allocations, 0);
  atomic_store (&n_bytes, 0);
  atomic_store (&counts, TRUE);
}

void
bench_memory_stop (gulong *allocations, gulong *bytes)
{
  atomic_store (&counts, FALSE);
  *allocations = atomic_load (&n_allocations);
  *bytes = atomic_load (&n_bytes);
}

gsize
bench_memory_resident (void)
{
  gulong total = 0, resident = 0;
  FILE *file = fopen ("/proc/self/statm", "r");

  if (file == NULL || fscanf (file, "%lu %lu", &total, &resident) != 2)
    resident = 0;
  if (file != NULL)
    fclose (file);
  return resident * sysconf (_SC_PAGESIZE);
}

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
gboolean
bench_memory_is_counting (void)
{
  return TRUE;
}

static void
count (size_t size)
{
  if (!atomic_load_explicit (&counts, memory_order_relaxed))
    return;
  atomic_fetch_add (&n_allocations, 1);
  atomic_fetch_add (&n_bytes, size);
}

void *__libc_malloc (size_t size);
void *__libc_calloc (size_t n, size_t size);
void *__libc_realloc (void *old, size_t size);
void *__libc_memalign (size_t alignment, size_t size);
void *malloc (size_t size);
void *calloc (size_t n, size_t size);
void *realloc (void *old, size_t size);
int posix_memalign (void **memory, size_t alignment, size_t size);

void *
malloc (size_t size)
{
  count (size);
  return __libc_malloc (size);
}

void *
calloc (size_t n, size_t size)
{
  count (n * size);
  return __libc_calloc (n, size);
}

void *
realloc (void *old, size_t size)
{
  count (size);
  return __libc_realloc (old, size);
}

int
posix_memalign (void **memory, size_t alignment, size_t size)
{
  count (size);
  *memory = __libc_memalign (alignment, size);
  return *memory == NULL ? 12 : 0; /* ENOMEM */
}
#else
gboolean
bench_memory_is_counting (void)
{
  return FALSE;
}
#endif
