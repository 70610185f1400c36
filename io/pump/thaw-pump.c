/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pump of a main context: its two sources, its life, and how mailboxes get scheduled from any
 * thread.
 *
 * The main source sits just below GTK's redraw and delivers one slice per turn of the loop. Redraws
 * that are always due would shut it out for good: GLib doesn't even call prepare() below the
 * priority of a ready source. So a second source at the priority of events looks at how long work
 * has been pending, in its own prepare and check, and runs a slice when that was too long. The same
 * source serves the highest class, and only that, ahead of a redraw, at most once in a frame's time.
 *
 * The pump is reference-counted by its sources and mailboxes, and dies with its context: then every
 * mailbox is closed. What a slice does is in thaw-pump-slice.c. */

#include "thaw-now-private.h"
#include "thaw-pump-private.h"

/* GDK_PRIORITY_REDRAW + 1, without GDK. */
#define MAIN_PRIORITY (G_PRIORITY_HIGH_IDLE + 21)
#define AGEING_PRIORITY G_PRIORITY_DEFAULT

typedef struct {
  GSource parent;
  _Atomic (ThawPump *) pump; /* owned; atomic, since the loop may run on another thread already */
} ThawPumpSource;

typedef struct {
  GSourceOnceFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
} ThawErrand;

/* All pumps by context, and how many have died: a thread's memory of its last look-up is good as
 * long as none has, since the allocator may give a new context the address of an old one. */
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static GHashTable *registry;
static atomic_uint n_dead;

static __thread struct {
  GMainContext *context;
  ThawPump *pump;
  guint n_dead;
} last_found;

ThawPump *
thaw_pump_ref (ThawPump *self)
{
  atomic_fetch_add_explicit (&self->ref_count, 1, memory_order_relaxed);
  return self;
}

void
thaw_pump_unref (ThawPump *self)
{
  if (atomic_fetch_sub_explicit (&self->ref_count, 1, memory_order_acq_rel) != 1)
    return;

  thaw_mailbox_unref (self->errands);
  g_ptr_array_unref (self->tallies);
  pthread_mutex_destroy (&self->lock);
  g_aligned_free (self);
}

/* The loop's side of the pump's mailboxes, for whoever isn't sure to be on the loop. FALSE: another
 * thread has it now. Otherwise to be released. A pump that has died belongs to whoever asks. */
gboolean
thaw_pump_acquire (ThawPump *self)
{
  gboolean acquired;

  pthread_mutex_lock (&self->lock);
  acquired = self->context == NULL || g_main_context_acquire (self->context);
  pthread_mutex_unlock (&self->lock);

  return acquired;
}

void
thaw_pump_release (ThawPump *self)
{
  if (self->context != NULL)
    g_main_context_release (self->context);
}

static void
wake_up (ThawPump *self)
{
  pthread_mutex_lock (&self->lock);
  if (self->context != NULL)
    {
      thaw_counter_add (&self->n_wakeups, 1);
      g_main_context_wakeup (self->context);
    }
  pthread_mutex_unlock (&self->lock);
}

void
thaw_pump_schedule (ThawPump *self, ThawMailbox *mailbox)
{
  uintptr_t ready = atomic_load_explicit (&self->ready, memory_order_relaxed);

  thaw_mailbox_ref (mailbox);
  do
    {
      if (ready == THAW_READY_DEAD)
        {
          thaw_mailbox_unref (mailbox);
          return;
        }
      mailbox->ready_next = ready == THAW_READY_SLEEPING ? NULL : (ThawMailbox *) ready;
    }
  while (!atomic_compare_exchange_weak_explicit (&self->ready,
                                                 &ready,
                                                 (uintptr_t) mailbox,
                                                 memory_order_acq_rel,
                                                 memory_order_relaxed));

  if (ready == THAW_READY_SLEEPING)
    wake_up (self);
}

static void
run_errand (gpointer message, gpointer user_data)
{
  g_autofree ThawErrand *errand = message;
  guint depth = thaw_now_enter (THAW_NOW_TASK, NULL, errand->func, NULL);

  errand->func (errand->user_data);
  thaw_now_leave (depth);
}

static void
free_errand (gpointer message)
{
  g_autofree ThawErrand *errand = message;

  if (errand->destroy != NULL)
    errand->destroy (errand->user_data);
}

void
thaw_pump_post_errand (ThawPump *self,
                       GSourceOnceFunc func,
                       gpointer user_data,
                       GDestroyNotify destroy)
{
  ThawErrand *errand = g_new (ThawErrand, 1);

  *errand = (ThawErrand){ func, user_data, destroy };
  if (!thaw_mailbox_post (self->errands, errand))
    free_errand (errand);
}

static gboolean
main_prepare (GSource *source, int *timeout)
{
  *timeout = -1;
  return !thaw_pump_fall_asleep (((ThawPumpSource *) source)->pump);
}

static gboolean
main_check (GSource *source)
{
  return thaw_pump_has_work (((ThawPumpSource *) source)->pump);
}

static gboolean
main_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  thaw_pump_run_slice (((ThawPumpSource *) source)->pump, FALSE);
  return G_SOURCE_CONTINUE;
}

static gboolean
is_starved (ThawPump *self, gint64 now)
{
  return self->pending_since_usec != 0 && now - self->pending_since_usec >= THAW_PUMP_STARVED_USEC;
}

/* One reading of the clock per turn of the loop, which timeouts share, and none without work. */
static gboolean
ageing_check (GSource *source)
{
  ThawPump *pump = ((ThawPumpSource *) source)->pump;
  gint64 now;

  /* It goes by real time, which must not decide the order under a virtual one. */
  if (G_UNLIKELY (thaw_clock_virtual) || !thaw_pump_has_work (pump))
    return FALSE;

  now = g_source_get_time (source);
  if (pump->pending_since_usec == 0)
    pump->pending_since_usec = now;
  return is_starved (pump, now) || thaw_pump_has_prompt (pump, now);
}

static gboolean
ageing_prepare (GSource *source, int *timeout)
{
  *timeout = -1; /* no need: with work pending the main source keeps the loop from sleeping */
  return ageing_check (source);
}

static gboolean
ageing_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  ThawPump *pump = ((ThawPumpSource *) source)->pump;

  if (is_starved (pump, g_source_get_time (source)))
    thaw_pump_run_slice (pump, TRUE);
  else
    thaw_pump_run_prompt (pump);
  return G_SOURCE_CONTINUE;
}

/* The context is gone, and with it the thread that could handle anything. */
static void
pump_die (ThawPump *self)
{
  ThawMailbox *mailbox;
  uintptr_t ready;

  pthread_mutex_lock (&registry_lock);
  g_hash_table_remove (registry, self->context);
  atomic_fetch_add (&n_dead, 1);
  pthread_mutex_unlock (&registry_lock);

  pthread_mutex_lock (&self->lock);
  self->context = NULL;
  pthread_mutex_unlock (&self->lock);

  ready = atomic_exchange_explicit (&self->ready, THAW_READY_DEAD, memory_order_acq_rel);
  mailbox = ready == THAW_READY_SLEEPING ? NULL : (ThawMailbox *) ready;
  while (mailbox != NULL)
    {
      ThawMailbox *next = mailbox->ready_next;

      thaw_mailbox_unref (mailbox);
      mailbox = next;
    }

  while ((mailbox = thaw_pump_steal_mailbox (self)) != NULL)
    {
      thaw_mailbox_shut (mailbox);
      thaw_mailbox_unref (mailbox);
    }
}

static void
source_finalize (GSource *source)
{
  ThawPump *pump = ((ThawPumpSource *) source)->pump;

  if (pump->context != NULL)
    pump_die (pump);
  thaw_pump_unref (pump);
}

static GSourceFuncs main_funcs = { main_prepare, main_check, main_dispatch, source_finalize };
static GSourceFuncs ageing_funcs
    = { ageing_prepare, ageing_check, ageing_dispatch, source_finalize };

static void
attach_source (ThawPump *self, GSourceFuncs *funcs, const char *name, int priority)
{
  g_autoptr (GSource) source = g_source_new (funcs, sizeof (ThawPumpSource));

  ((ThawPumpSource *) source)->pump = thaw_pump_ref (self);
  g_source_set_static_name (source, name);
  g_source_set_priority (source, priority);
  g_source_set_can_recurse (source, TRUE);
  g_source_attach (source, self->context);
}

static ThawPump *
pump_new (GMainContext *context)
{
  ThawPump *self = g_aligned_alloc0 (1, sizeof (ThawPump), 64);

  atomic_init (&self->ref_count, 1);
  self->context = context;
  self->slice_usec = THAW_PUMP_SLICE_USEC;
  self->tallies = g_ptr_array_new_with_free_func (g_free);
  pthread_mutex_init (&self->lock, NULL);
  self->errands = thaw_mailbox_new ("thaw-errands",
                                    self,
                                    NULL,
                                    THAW_MAILBOX_UNBOUNDED,
                                    run_errand,
                                    NULL,
                                    free_errand);
  thaw_pump_unref (self); /* this one mailbox doesn't hold its pump */

  attach_source (self, &ageing_funcs, "[thaw] ageing pump", AGEING_PRIORITY);
  attach_source (self, &main_funcs, "[thaw] pump", MAIN_PRIORITY);
  return self;
}

static ThawPump *
find_or_make (GMainContext *context)
{
  ThawPump *pump;

  pthread_mutex_lock (&registry_lock);
  if (registry == NULL)
    registry = g_hash_table_new (NULL, NULL);

  pump = g_hash_table_lookup (registry, context);
  if (pump == NULL)
    {
      pump = pump_new (context);
      g_hash_table_insert (registry, context, pump);
      thaw_pump_unref (pump); /* the sources hold it from now on */
    }

  last_found.context = context;
  last_found.pump = pump;
  last_found.n_dead = atomic_load (&n_dead);
  pthread_mutex_unlock (&registry_lock);

  return pump;
}

/**
 * thaw_pump_get:
 * @context: (nullable): a main context, or %NULL for the calling thread's default one
 *
 * Gets the pump of @context, making it on first use.
 *
 * Repeating the last look-up of a thread costs a few nanoseconds. When the context is freed its
 * pump's mailboxes are closed, and posting to them is refused.
 *
 * - **Thread**: any.
 *
 * Returns: (transfer none): the pump, which lives as long as its context does
 */
ThawPump *
thaw_pump_get (GMainContext *context)
{
  if (context == NULL)
    context = g_main_context_get_thread_default ();
  if (context == NULL)
    context = g_main_context_default ();

  if (last_found.context == context && last_found.n_dead == atomic_load (&n_dead))
    return last_found.pump;
  return find_or_make (context);
}

/**
 * thaw_pump_get_context:
 * @self: a pump
 *
 * - **Thread**: any, while the context is alive.
 *
 * Returns: (transfer none): the context whose loop delivers the messages
 */
GMainContext *
thaw_pump_get_context (ThawPump *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->context;
}

/**
 * thaw_pump_is_own_thread:
 * @self: a pump
 *
 * Tells whether the calling thread owns the context of @self at this moment, as it does in every
 * handler. A context that no loop is running belongs to nobody.
 *
 * - **Thread**: any.
 *
 * Returns: %TRUE on the pump's thread
 */
gboolean
thaw_pump_is_own_thread (ThawPump *self)
{
  gboolean is_owner;

  g_return_val_if_fail (self != NULL, FALSE);

  if (thaw_pump_running == self)
    return TRUE;

  pthread_mutex_lock (&self->lock);
  is_owner = self->context != NULL && g_main_context_is_owner (self->context);
  pthread_mutex_unlock (&self->lock);

  return is_owner;
}
