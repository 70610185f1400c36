/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ring of marks. A writer takes a number, and with it a place; the place says by a number of
 * its own, odd while it is written, whose mark it holds, so that a reader takes no half of one. A
 * writer that is put aside for a whole round of the ring may leave a place that readers skip, or
 * at worst a mark with another's name: nothing hangs on that. The ring's memory is touched as it
 * fills, for the first time only when somebody starts it. Any thread. */

#include "thaw-marks-private.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct {
  _Atomic (guint64) state; /* 2 * serial when complete, one less while written */
  _Atomic (gint64) begin_usec, length_usec;
  _Atomic (const char *) name;
  atomic_int thread;
  atomic_uint kind, count;
} Place;

atomic_bool thaw_marks_active;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the count */
static guint n_users;
static Place ring[THAW_MARKS_MAX];
static _Atomic (guint64) n_marks;
static _Atomic (ThawMarksSink) marks_sink;

static int
get_thread (void)
{
  static __thread int thread;

  if (thread == 0)
    thread = syscall (SYS_gettid);
  return thread;
}

void
thaw_marks_add (ThawMarkKind kind,
                const char *name,
                gint64 begin_usec,
                gint64 end_usec,
                guint count)
{
  guint64 serial = atomic_fetch_add_explicit (&n_marks, 1, memory_order_relaxed) + 1;
  Place *place = &ring[serial % THAW_MARKS_MAX];
  ThawMarksSink sink = atomic_load_explicit (&marks_sink, memory_order_acquire);
  ThawMark mark = { serial, kind, get_thread (), count, name, begin_usec, end_usec - begin_usec };

  atomic_store_explicit (&place->state, 2 * serial - 1, memory_order_relaxed);
  atomic_store_explicit (&place->begin_usec, mark.begin_usec, memory_order_release);
  atomic_store_explicit (&place->length_usec, mark.length_usec, memory_order_release);
  atomic_store_explicit (&place->name, name, memory_order_release);
  atomic_store_explicit (&place->thread, mark.thread, memory_order_release);
  atomic_store_explicit (&place->kind, kind, memory_order_release);
  atomic_store_explicit (&place->count, count, memory_order_release);
  atomic_store_explicit (&place->state, 2 * serial, memory_order_release);

  if (G_UNLIKELY (sink != NULL))
    sink (&mark);
}

void
thaw_marks_start (void)
{
  pthread_mutex_lock (&lock);
  if (n_users++ == 0)
    atomic_store (&thaw_marks_active, TRUE);
  pthread_mutex_unlock (&lock);
}

void
thaw_marks_stop (void)
{
  pthread_mutex_lock (&lock);
  if (--n_users == 0)
    atomic_store (&thaw_marks_active, FALSE);
  pthread_mutex_unlock (&lock);
}

void
thaw_marks_set_sink (ThawMarksSink sink)
{
  atomic_store (&marks_sink, sink);
}

/* FALSE: it is being written, or was written over. */
static gboolean
read_place (guint64 serial, ThawMark *mark)
{
  Place *place = &ring[serial % THAW_MARKS_MAX];

  if (atomic_load_explicit (&place->state, memory_order_acquire) != 2 * serial)
    return FALSE;
  *mark = (ThawMark){ .serial = serial };
  mark->begin_usec = atomic_load_explicit (&place->begin_usec, memory_order_acquire);
  mark->length_usec = atomic_load_explicit (&place->length_usec, memory_order_acquire);
  mark->name = atomic_load_explicit (&place->name, memory_order_acquire);
  mark->thread = atomic_load_explicit (&place->thread, memory_order_acquire);
  mark->kind = atomic_load_explicit (&place->kind, memory_order_acquire);
  mark->count = atomic_load_explicit (&place->count, memory_order_acquire);
  return atomic_load_explicit (&place->state, memory_order_relaxed) == 2 * serial;
}

GArray *
thaw_marks_copy (void)
{
  guint64 last = atomic_load (&n_marks);
  guint64 first = last >= THAW_MARKS_MAX ? last - THAW_MARKS_MAX + 1 : 1;
  GArray *marks = g_array_sized_new (FALSE, FALSE, sizeof (ThawMark), last - first + 1);
  ThawMark mark;

  for (guint64 serial = first; serial <= last; serial++)
    if (read_place (serial, &mark))
      g_array_append_val (marks, mark);
  return marks;
}
