/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Slabs of nodes. Each posting thread carves its own slab; the threads of the pumps count back what
 * they have delivered. A slab starts with as many lives as it has nodes, so that the producer
 * touches its count only once more, when its thread ends with an uncarved rest. A slab without
 * lives goes to a small cache for whoever needs one next, and beyond that back to the allocator at
 * once.
 *
 * pthread mutexes instead of GMutex throughout the pump: ThreadSanitizer understands them. */

#include "thaw-node-private.h"

#include <pthread.h>
#include <sys/mman.h>

/* The leak checker looks for pointers to messages in what malloc gave, not in mappings. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#define SHOW_TO_LEAK_CHECKER(slab) __lsan_register_root_region (slab, THAW_SLAB_BYTES)
#define HIDE_FROM_LEAK_CHECKER(slab) __lsan_unregister_root_region (slab, THAW_SLAB_BYTES)
#else
#define SHOW_TO_LEAK_CHECKER(slab)
#define HIDE_FROM_LEAK_CHECKER(slab)
#endif

/* 1.5 MB. With a third of it four producers at full rate cost a fifth more: their backlog moves in
 * and out of the cache, and each slab that misses it costs two system calls. */
#define N_CACHED 48
#define N_NODES ((THAW_SLAB_BYTES - sizeof (ThawSlab)) / sizeof (ThawNode))

struct _ThawSlab {
  atomic_uint n_alive;
}
__attribute__ ((aligned (64))); /* the consumer's count isn't on the line of a node being filled */

G_STATIC_ASSERT (sizeof (ThawNode) == 16 || sizeof (gpointer) != 8);

__thread ThawNodeCursor thaw_node_cursor;

static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;
static ThawSlab *cache[N_CACHED];
static guint n_cached;
static atomic_uint n_slabs;

static ThawSlab *
slab_from_cache (void)
{
  ThawSlab *slab = NULL;

  pthread_mutex_lock (&cache_lock);
  if (n_cached > 0)
    slab = cache[--n_cached];
  pthread_mutex_unlock (&cache_lock);

  return slab;
}

static void *
map_bytes (gsize size)
{
  void *memory = mmap (NULL,
                       size,
                       PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
                       -1,
                       0);

  if (memory == MAP_FAILED)
    g_error ("Out of memory for %" G_GSIZE_FORMAT " bytes of messages", size);
  return memory;
}

/* Mapped, since malloc gives memory back only when nothing above it is in use, which after a flood
 * there always is. The kernel puts a mapping next to the one before, so all but the first are
 * aligned by themselves. */
static void *
map_slab (void)
{
  char *memory = map_bytes (THAW_SLAB_BYTES);
  gsize ahead;

  if ((uintptr_t) memory % THAW_SLAB_BYTES == 0)
    return memory;

  munmap (memory, THAW_SLAB_BYTES);
  memory = map_bytes (2 * THAW_SLAB_BYTES);
  ahead = -(uintptr_t) memory % THAW_SLAB_BYTES;
  if (ahead > 0)
    munmap (memory, ahead);
  munmap (memory + ahead + THAW_SLAB_BYTES, THAW_SLAB_BYTES - ahead);
  return memory + ahead;
}

static void
unmap_slab (void *memory)
{
  munmap (memory, THAW_SLAB_BYTES);
}

static ThawSlab *
slab_new (void)
{
  ThawSlab *slab = slab_from_cache ();

  if (slab == NULL)
    {
      slab = map_slab ();
      SHOW_TO_LEAK_CHECKER (slab);
      atomic_fetch_add_explicit (&n_slabs, 1, memory_order_relaxed);
    }

  atomic_init (&slab->n_alive, N_NODES);
  return slab;
}

static void
slab_free (ThawSlab *self)
{
  gboolean kept;

  pthread_mutex_lock (&cache_lock);
  kept = n_cached < N_CACHED;
  if (kept)
    cache[n_cached++] = self;
  pthread_mutex_unlock (&cache_lock);
  if (kept)
    return;

  atomic_fetch_sub_explicit (&n_slabs, 1, memory_order_relaxed);
  HIDE_FROM_LEAK_CHECKER (self);
  unmap_slab (self);
}

static void
slab_release (ThawSlab *self, guint n_nodes)
{
  if (atomic_fetch_sub_explicit (&self->n_alive, n_nodes, memory_order_acq_rel) == n_nodes)
    slab_free (self);
}

/* The thread ends: the nodes that it hasn't carved will never come back from a consumer. */
static void
retire_cursor (gpointer unused)
{
  guint rest = thaw_node_cursor.end - thaw_node_cursor.next;

  if (rest > 0)
    {
      uintptr_t slab = (uintptr_t) thaw_node_cursor.next & ~(uintptr_t) (THAW_SLAB_BYTES - 1);

      slab_release ((ThawSlab *) slab, rest);
    }
  thaw_node_cursor.next = thaw_node_cursor.end = NULL;
}

static GPrivate thread_end = G_PRIVATE_INIT (retire_cursor);

void
thaw_node_refill (void)
{
  ThawSlab *slab = slab_new ();

  thaw_node_cursor.next = (ThawNode *) (slab + 1);
  thaw_node_cursor.end = thaw_node_cursor.next + N_NODES;
  g_private_set (&thread_end, &thaw_node_cursor);
}

void
thaw_reclaim_turn (ThawReclaim *self, guint run, ThawSlab *slab)
{
  if (self->n_nodes[run] > 0)
    slab_release (self->slabs[run], self->n_nodes[run]);
  self->slabs[run] = slab;
  self->n_nodes[run] = 0;
}

void
thaw_reclaim_flush (ThawReclaim *self)
{
  for (guint run = 0; run < THAW_RECLAIM_RUNS; run++)
    thaw_reclaim_turn (self, run, NULL);
}

guint
thaw_node_get_n_slabs (void)
{
  return atomic_load_explicit (&n_slabs, memory_order_relaxed);
}

guint
thaw_node_get_max_cached_slabs (void)
{
  return N_CACHED;
}
