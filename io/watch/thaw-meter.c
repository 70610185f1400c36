/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A ring of spans: one thread writes, any reads. A reader that is overtaken drops what was written
 * over while it copied, instead of returning halves. */

#include "thaw-monitor-private.h"

void
thaw_meter_add (ThawMeter *self, gint64 begin_usec, gint64 end_usec)
{
  guint64 n = atomic_load_explicit (&self->n, memory_order_relaxed);

  atomic_store_explicit (&self->spans[n % THAW_SPANS_KEPT].begin_usec,
                         begin_usec,
                         memory_order_relaxed);
  atomic_store_explicit (&self->spans[n % THAW_SPANS_KEPT].end_usec,
                         end_usec,
                         memory_order_relaxed);
  atomic_store_explicit (&self->n, n + 1, memory_order_release);
}

/* The first number, of those before @n, that was not written over or being so when it was read. */
static guint64
first_safe (ThawMeter *self)
{
  guint64 n = atomic_load_explicit (&self->n, memory_order_acquire);

  return n >= THAW_SPANS_KEPT ? n - THAW_SPANS_KEPT + 1 : 0;
}

guint
thaw_meter_copy (ThawMeter *self, gint64 since_usec, ThawSpan *spans, guint n_max)
{
  guint64 end = atomic_load_explicit (&self->n, memory_order_acquire);
  guint64 first = MAX (first_safe (self), end > n_max ? end - n_max : 0);
  guint64 safe;
  guint n = 0, n_kept = 0;

  for (guint64 i = first; i < end; i++, n++)
    {
      spans[n].begin_usec = atomic_load_explicit (&self->spans[i % THAW_SPANS_KEPT].begin_usec,
                                                  memory_order_acquire);
      spans[n].end_usec
          = atomic_load_explicit (&self->spans[i % THAW_SPANS_KEPT].end_usec, memory_order_acquire);
    }

  safe = first_safe (self);
  for (guint i = 0; i < n; i++)
    if (first + i >= safe && spans[i].end_usec > since_usec)
      spans[n_kept++] = spans[i];
  return n_kept;
}
