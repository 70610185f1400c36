/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stacks for fibers. What limits their number is memory maps: a guard made with mprotect() splits
 * its mapping, MADV_GUARD_INSTALL (Linux 6.13) marks page table entries instead. Slabs of many
 * stacks are reserved at once and never unmapped while the loop lives; the kernel fills in pages as
 * they are touched. A returned stack keeps its pages, and the last one returned is the first one
 * taken, so that a burst of short fibers makes no system call; later a timer of the loop gives
 * memory back in batches. Huge pages are refused: one touched stack would make sixteen resident.
 * One thread only, that of the loop. */

#include "thaw-stack-pool-private.h"
#include "thaw-context-switch-private.h"
#include "thaw-task-loop-private.h"

#include <sys/mman.h>
#include <unistd.h>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(start, end) ((void) (start), (void) (end), 0u)
#define VALGRIND_STACK_DEREGISTER(id) ((void) (id))
#endif

#ifdef THAW_WITH_ASAN
#include <sanitizer/lsan_interface.h>
#endif

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

#define STACKS_PER_SLAB 128
#define SLOT_BYTES (THAW_STACK_GUARD_BYTES + THAW_STACK_BYTES)
#define TRIM_BATCH 64
#define TRIM_PAUSE_USEC 5000
#define N_COLOURS 8
#define COLOUR_BYTES 192

typedef struct {
  char *memory;
  guint n_carved;
  guint valgrind_ids[STACKS_PER_SLAB];
  ThawStack stacks[STACKS_PER_SLAB];
} ThawSlab;

struct _ThawStackPool {
  gboolean light;
  GPtrArray *slabs;
  ThawStack *warm; /* free, with pages */
  ThawStack *cold; /* free, without */
  guint n_warm, n_cold, n_used;
  guint most_used;      /* since the last trim */
  gint64 trim_due_usec; /* 0: none */
};

static gboolean
probe_light_guards (void)
{
  gsize page = sysconf (_SC_PAGESIZE);
  void *memory = mmap (NULL,
                       page,
                       PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                       -1,
                       0);
  gboolean works;

  if (memory == MAP_FAILED)
    return FALSE;
  works = madvise (memory, page, MADV_GUARD_INSTALL) == 0;
  munmap (memory, page);
  return works;
}

gboolean
thaw_stack_pool_has_light_guards (void)
{
  static gint known; /* 0 not yet, 1 no, 2 yes; found out twice does no harm */
  gint value = __atomic_load_n (&known, __ATOMIC_RELAXED);

  if (value == 0)
    {
      value = probe_light_guards () ? 2 : 1;
      __atomic_store_n (&known, value, __ATOMIC_RELAXED);
    }
  return value == 2;
}

static void
slab_free (gpointer data)
{
  ThawSlab *self = data;

  for (guint i = 0; i < self->n_carved; i++)
    {
      VALGRIND_STACK_DEREGISTER (self->valgrind_ids[i]);
#ifdef THAW_WITH_ASAN
      __lsan_unregister_root_region (self->stacks[i].bottom, THAW_STACK_BYTES);
#endif
    }
  munmap (self->memory, STACKS_PER_SLAB * SLOT_BYTES);
  g_free (self);
}

static ThawSlab *
slab_new (void)
{
  gsize size = STACKS_PER_SLAB * SLOT_BYTES;
  char *memory = mmap (NULL,
                       size,
                       PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK,
                       -1,
                       0);
  ThawSlab *self;

  if (memory == MAP_FAILED)
    return NULL;
  madvise (memory, size, MADV_NOHUGEPAGE); /* MAP_STACK implies it since Linux 6.7 */
  self = g_new0 (ThawSlab, 1);
  self->memory = memory;
  return self;
}

static ThawStack *
slab_carve (ThawSlab *self, gboolean light)
{
  guint index = self->n_carved;
  char *guard = self->memory + index * SLOT_BYTES;
  ThawStack *stack = &self->stacks[index];

  if ((!light || madvise (guard, THAW_STACK_GUARD_BYTES, MADV_GUARD_INSTALL) != 0)
      && mprotect (guard, THAW_STACK_GUARD_BYTES, PROT_NONE) != 0)
    return NULL;

  stack->bottom = guard + THAW_STACK_GUARD_BYTES;
  stack->size = THAW_STACK_BYTES - (index % N_COLOURS) * COLOUR_BYTES;
  self->valgrind_ids[index] = VALGRIND_STACK_REGISTER (stack->bottom, guard + SLOT_BYTES);
#ifdef THAW_WITH_ASAN
  /* What only a suspended fiber points to isn't leaked. */
  __lsan_register_root_region (stack->bottom, THAW_STACK_BYTES);
#endif
  self->n_carved++;
  return stack;
}

static ThawStack *
carve (ThawStackPool *self)
{
  ThawSlab *slab = self->slabs->len > 0 ? self->slabs->pdata[self->slabs->len - 1] : NULL;

  if (!slab || slab->n_carved == STACKS_PER_SLAB)
    {
      slab = slab_new ();
      if (!slab)
        return NULL;
      g_ptr_array_add (self->slabs, slab);
    }
  return slab_carve (slab, self->light);
}

ThawStackPool *
thaw_stack_pool_new (gboolean light)
{
  ThawStackPool *self = g_new0 (ThawStackPool, 1);

  self->light = light && thaw_stack_pool_has_light_guards ();
  self->slabs = g_ptr_array_new_with_free_func (slab_free);
  return self;
}

void
thaw_stack_pool_free (ThawStackPool *self)
{
  g_assert (self->n_used == 0);
  g_ptr_array_unref (self->slabs);
  g_free (self);
}

static ThawStack *
pop (ThawStack **list, guint *n)
{
  ThawStack *stack = *list;

  *list = stack->next;
  thaw_stat_add (*n, -1);
  return stack;
}

ThawStack *
thaw_stack_pool_take (ThawStackPool *self)
{
  ThawStack *stack;

  if (G_LIKELY (self->warm))
    stack = pop (&self->warm, &self->n_warm);
  else if (self->cold)
    stack = pop (&self->cold, &self->n_cold);
  else
    stack = carve (self);
  if (G_UNLIKELY (!stack))
    return NULL;
  thaw_stat_add (self->n_used, 1);
  self->most_used = MAX (self->most_used, self->n_used);
  return stack;
}

gboolean
thaw_stack_pool_give (ThawStackPool *self, ThawStack *stack)
{
  stack->next = self->warm;
  self->warm = stack;
  thaw_stat_add (self->n_warm, 1);
  thaw_stat_add (self->n_used, -1);
  if (G_LIKELY (self->n_warm <= THAW_STACK_POOL_HIGH_WATER || self->trim_due_usec != 0))
    return FALSE;
  self->trim_due_usec = g_get_monotonic_time () + THAW_STACK_KEEP_USEC;
  return TRUE;
}

gint64
thaw_stack_pool_get_trim_due (ThawStackPool *self)
{
  return self->trim_due_usec == 0 ? -1 : self->trim_due_usec;
}

static void
cool (ThawStackPool *self)
{
  ThawStack *stack = pop (&self->warm, &self->n_warm);

  madvise (stack->bottom, THAW_STACK_BYTES, MADV_DONTNEED);
  stack->next = self->cold;
  self->cold = stack;
  thaw_stat_add (self->n_cold, 1);
}

void
thaw_stack_pool_trim (ThawStackPool *self, gint64 now_usec)
{
  guint keep = MAX (self->most_used - self->n_used, THAW_STACK_POOL_HIGH_WATER);

  if (self->trim_due_usec == 0 || now_usec < self->trim_due_usec)
    return;
  for (guint n = 0; n < TRIM_BATCH && self->n_warm > keep; n++)
    cool (self);

  if (self->n_warm > keep)
    {
      self->trim_due_usec = now_usec + TRIM_PAUSE_USEC;
      return;
    }
  self->most_used = self->n_used;
  self->trim_due_usec
      = self->n_warm > THAW_STACK_POOL_HIGH_WATER ? now_usec + THAW_STACK_KEEP_USEC : 0;
}

guint
thaw_stack_pool_get_n_used (ThawStackPool *self)
{
  return self->n_used;
}

void
thaw_stack_pool_add_stats (ThawStackPool *self, ThawFiberStats *stats)
{
  guint n_free = thaw_stat_get (self->n_warm) + thaw_stat_get (self->n_cold);

  stats->n_stacks += n_free + thaw_stat_get (self->n_used);
  stats->n_stacks_pooled += n_free;
}
