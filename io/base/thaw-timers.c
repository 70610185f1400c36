/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The timers of a main context: a binary heap behind one GSource, so that a timer costs two
 * pointers and a move in the heap, not a GSource. Under real time the source is ready when the
 * first timer is due, at the priority of events, and fires for a millisecond at most before it lets
 * the loop go on. Under virtual time it has the lowest priority there is and is ready whenever
 * somebody waits: then it is dispatched exactly when nothing else can run, which is when time may
 * jump. One thread, that of the context; only finding the timers of a context is any thread's. */

#include "thaw-clock-private.h"

#include <pthread.h>

#define FIRE_USEC 1000
#define PAUSE_USEC 1000
#define FIRE_CHUNK 64
#define MIN_ROOM 32u

struct _ThawTimers {
  gint ref_count;
  GMainContext *context;
  GSource *source; /* NULL once the context is gone */
  gint64 ready_usec;
  ThawVirtualTime *virtual_time;
  ThawTimer **heap; /* from 1 on */
  guint n, room;
  guint32 sequence;
};

typedef struct {
  GSource source;
  ThawTimers *timers; /* owned */
} ThawTimersSource;

static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static GHashTable *registry; /* GMainContext → ThawTimers, which its source holds */

ThawTimers *
thaw_timers_ref (ThawTimers *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

void
thaw_timers_unref (ThawTimers *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  g_free (self->heap);
  g_free (self);
}

guint
thaw_timers_get_n_armed (ThawTimers *self)
{
  return self->n;
}

gint64
thaw_timers_get_next_due (ThawTimers *self)
{
  return self->n > 0 ? self->heap[1]->due_usec : G_MAXINT64;
}

static gboolean
is_before (const ThawTimer *a, const ThawTimer *b)
{
  return a->due_usec != b->due_usec ? a->due_usec < b->due_usec : a->order < b->order;
}

static void
put (ThawTimers *self, guint place, ThawTimer *timer)
{
  self->heap[place] = timer;
  timer->place = place;
}

static void
sift_up (ThawTimers *self, guint place, ThawTimer *timer)
{
  for (; place > 1 && is_before (timer, self->heap[place / 2]); place /= 2)
    put (self, place, self->heap[place / 2]);
  put (self, place, timer);
}

static void
sift_down (ThawTimers *self, guint place, ThawTimer *timer)
{
  guint child;

  for (; (child = 2 * place) <= self->n; place = child)
    {
      if (child < self->n && is_before (self->heap[child + 1], self->heap[child]))
        child++;
      if (!is_before (self->heap[child], timer))
        break;
      put (self, place, self->heap[child]);
    }
  put (self, place, timer);
}

/* Twice what is needed when it grows, and given back when three quarters are unused: a hundred
 * thousand timers cost memory only while they wait. */
static void
set_room (ThawTimers *self, guint n)
{
  if (n < self->room && (self->room <= MIN_ROOM || n > self->room / 4))
    return;
  self->room = MAX (MIN_ROOM, 2 * n);
  self->heap = g_renew (ThawTimer *, self->heap, self->room + 1);
}

static void
heap_add (ThawTimers *self, ThawTimer *timer)
{
  set_room (self, self->n + 1);
  self->n++;
  sift_up (self, self->n, timer);
}

static void
heap_remove (ThawTimers *self, ThawTimer *timer)
{
  ThawTimer *last = self->heap[self->n];
  guint place = timer->place;

  self->n--;
  timer->place = 0;
  if (last != timer && place > 1 && is_before (last, self->heap[place / 2]))
    sift_up (self, place, last);
  else if (last != timer)
    sift_down (self, place, last);
  set_room (self, self->n);
}

/* Only earlier: a source that is ready too soon finds nothing and asks anew, which is cheaper than
 * to tell the context of each timer that didn't have to fire. */
static void
expect (ThawTimers *self, gint64 due_usec)
{
  if (!self->source || self->virtual_time || due_usec >= self->ready_usec)
    return;
  self->ready_usec = due_usec;
  g_source_set_ready_time (self->source, due_usec);
}

static void
rearm (ThawTimers *self, gint64 not_before_usec)
{
  gint64 due_usec = thaw_timers_get_next_due (self);

  if (!self->source || self->virtual_time)
    return;
  self->ready_usec = G_MAXINT64;
  if (due_usec == G_MAXINT64)
    g_source_set_ready_time (self->source, -1);
  else
    expect (self, MAX (due_usec, not_before_usec));
}

void
thaw_timer_disarm (ThawTimers *timers, ThawTimer *self)
{
  if (self->place != 0)
    heap_remove (timers, self);
}

void
thaw_timer_arm (ThawTimers *timers, ThawTimer *self, gint64 due_usec)
{
  thaw_timer_disarm (timers, self);
  if (!timers->source)
    {
      self->fire (self, TRUE);
      return;
    }
  timers->sequence++;
  self->due_usec = MAX (due_usec, 0);
  self->order = thaw_virtual_time_order (timers->virtual_time, timers->sequence);
  heap_add (timers, self);
  expect (timers, self->due_usec);
}

static void
fire_first (ThawTimers *self)
{
  ThawTimer *timer = self->heap[1];

  heap_remove (self, timer);
  timer->fire (timer, FALSE);
}

/* What is armed meanwhile waits for the next turn, even if it is due at once. */
static void
fire_due (ThawTimers *self, gint64 now_usec)
{
  gint64 until_usec = g_get_monotonic_time () + FIRE_USEC;
  guint32 newest = self->sequence;
  guint n = 0;

  while (self->n > 0 && self->heap[1]->due_usec <= now_usec
         && (gint32) (newest - (guint32) self->heap[1]->order) >= 0)
    {
      fire_first (self);
      if (++n % FIRE_CHUNK == 0 && g_get_monotonic_time () >= until_usec)
        {
          rearm (self, until_usec + PAUSE_USEC);
          return;
        }
    }
  rearm (self, 0);
}

/* One at a time: what it sets off runs before the next one does, even if that is due now. */
static void
jump (ThawTimers *self)
{
  g_autoptr (ThawTimers) held = thaw_timers_ref (self);
  gint64 due_usec = thaw_timers_get_next_due (self);

  if (!thaw_virtual_time_can_jump (self->virtual_time, due_usec)
      || thaw_virtual_time_wake_sleeper (self->virtual_time, due_usec))
    return;
  thaw_virtual_time_jump (self->virtual_time, due_usec);
  fire_first (self);
}

static gboolean
timers_check (GSource *source)
{
  ThawTimers *self = ((ThawTimersSource *) source)->timers;

  return self->virtual_time
         && thaw_virtual_time_can_jump (self->virtual_time, thaw_timers_get_next_due (self));
}

static gboolean
timers_prepare (GSource *source, int *timeout)
{
  *timeout = -1;
  return timers_check (source);
}

static gboolean
timers_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  ThawTimers *self = ((ThawTimersSource *) source)->timers;

  if (self->virtual_time)
    jump (self);
  else
    fire_due (self, g_source_get_time (source));
  return G_SOURCE_CONTINUE;
}

static void
timers_finalize (GSource *source)
{
  ThawTimers *self = ((ThawTimersSource *) source)->timers;

  pthread_mutex_lock (&registry_lock);
  g_hash_table_remove (registry, self->context);
  pthread_mutex_unlock (&registry_lock);
  self->source = NULL;
  while (self->n > 0)
    {
      ThawTimer *timer = self->heap[self->n];

      heap_remove (self, timer);
      timer->fire (timer, TRUE);
    }
  thaw_timers_unref (self);
}

static GSourceFuncs timers_funcs = { .prepare = timers_prepare,
                                     .check = timers_check,
                                     .dispatch = timers_dispatch,
                                     .finalize = timers_finalize };

void
thaw_timers_set_virtual_time (ThawTimers *self, ThawVirtualTime *virtual_time)
{
  self->virtual_time = virtual_time;
  if (!self->source)
    return;
  g_source_set_priority (self->source, virtual_time ? G_MAXINT : G_PRIORITY_DEFAULT);
  g_source_set_ready_time (self->source, -1);
  rearm (self, 0);
}

static ThawTimers *
timers_new (GMainContext *context)
{
  ThawTimers *self = g_new0 (ThawTimers, 1);
  GSource *source = g_source_new (&timers_funcs, sizeof (ThawTimersSource));

  self->ref_count = 1;
  self->context = context;
  self->source = source;
  self->ready_usec = G_MAXINT64;
  set_room (self, 1);
  ((ThawTimersSource *) source)->timers = self;
  g_source_set_static_name (source, "[thaw] timers");
  /* A handler may run the loop inside itself; each level fires what it takes out. */
  g_source_set_can_recurse (source, TRUE);
  thaw_timers_set_virtual_time (self, thaw_virtual_time_for_context (context));
  g_source_attach (source, context);
  g_source_unref (source);
  return self;
}

ThawTimers *
thaw_timers_get (GMainContext *context)
{
  ThawTimers *self;

  pthread_mutex_lock (&registry_lock);
  if (!registry)
    registry = g_hash_table_new (NULL, NULL);
  self = g_hash_table_lookup (registry, context);
  if (!self)
    {
      self = timers_new (context);
      g_hash_table_insert (registry, context, self);
    }
  pthread_mutex_unlock (&registry_lock);
  return self;
}

ThawVirtualTime *
thaw_timers_hold (ThawTimers *self)
{
  return G_LIKELY (!self->virtual_time) ? NULL : thaw_virtual_time_hold (self->virtual_time);
}
