/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One per pump, found through the thread-default main context. Everything that comes back to the
 * loop does so as a message of one of three internal mailboxes, inside the pump's budget; the only
 * source of its own is the trimmer of stacks, in real time always and seldom ready. The context
 * owns the trimmer and the trimmer owns the loop, so that both end with it; scopes and callbacks
 * hold the loop longer, and then find its mailboxes closed. */

#include "thaw-task-loop-private.h"

#include "thaw-fiber-private.h"
#include "thaw-future-private.h"
#include "thaw-scope-private.h"

#include <pthread.h>

typedef struct {
  GSource source;
  ThawTaskLoop *loop;
} ThawLoopTrimmer;

/* Not a GMutex: ThreadSanitizer can't see those. */
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static GHashTable *registry; /* ThawPump → ThawTaskLoop, which its trimmer holds */
static guint generation;     /* atomic: counts loops that ended, so that the caches below notice */
static ThawTaskStats past;   /* of loops that have ended */

static __thread struct {
  ThawTaskLoop *loop;
  GMainContext *context;
  guint generation;
} cache;

ThawTaskLoop *
thaw_task_loop_ref (ThawTaskLoop *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

void
thaw_task_loop_unref (ThawTaskLoop *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  thaw_mailbox_unref (self->calls);
  thaw_mailbox_unref (self->fibers);
  thaw_mailbox_unref (self->control);
  thaw_fiber_free_pool (self);
  thaw_timers_unref (self->timers);
  thaw_ledger_unref (self->ledger);
  g_free (self);
}

gboolean
thaw_task_loop_is_own (ThawTaskLoop *self)
{
  GThread *thread = __atomic_load_n (&self->thread, __ATOMIC_RELAXED);

  return !thread || thread == g_thread_self () || thaw_pump_is_own_thread (self->pump);
}

void
thaw_task_loop_claim (ThawTaskLoop *self)
{
  if (G_UNLIKELY (!thaw_stat_get (self->thread)))
    __atomic_store_n (&self->thread, g_thread_self (), __ATOMIC_RELAXED);
}

/* A loop that a fiber runs inside itself calls its handlers on that fiber's stack: they aren't the
 * fiber. */
static void
handle_call (gpointer message, gpointer loop)
{
  ThawFiber *outer = thaw_fiber_set_current (NULL);

  thaw_task_loop_claim (loop);
  thaw_link_run (message, loop);
  thaw_fiber_set_current (outer);
}

static void
handle_fiber (gpointer message, gpointer loop)
{
  thaw_task_loop_claim (loop);
  thaw_fiber_handle (message);
}

static void
handle_item (gpointer message, gpointer loop)
{
  ThawFiber *outer = thaw_fiber_set_current (NULL);
  ThawLoopItem *item = message;
  guint depth = thaw_now_enter (THAW_NOW_TASK, NULL, item->run, NULL);

  thaw_task_loop_claim (loop);
  item->run (item);
  thaw_now_leave (depth);
  thaw_fiber_set_current (outer);
}

gboolean
thaw_task_loop_run_soon (ThawTaskLoop *self, ThawLoopItem *item)
{
  return thaw_mailbox_post (self->control, item);
}

void
thaw_task_loop_rearm (ThawTaskLoop *self)
{
  gint64 trim = self->stacks ? thaw_stack_pool_get_trim_due (self->stacks) : -1;

  if (self->trimmer)
    g_source_set_ready_time (self->trimmer, trim);
}

static gboolean
trimmer_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  ThawTaskLoop *loop = ((ThawLoopTrimmer *) source)->loop;

  if (loop->stacks)
    thaw_stack_pool_trim (loop->stacks, g_source_get_time (source));
  thaw_task_loop_rearm (loop);
  return G_SOURCE_CONTINUE;
}

static void
trimmer_finalize (GSource *source)
{
  ThawTaskLoop *loop = ((ThawLoopTrimmer *) source)->loop;

  pthread_mutex_lock (&registry_lock);
  g_hash_table_remove (registry, loop->pump);
  past.n_late_handlers += thaw_stat_get (loop->n_late_handlers);
  __atomic_add_fetch (&generation, 1, __ATOMIC_RELEASE);
  pthread_mutex_unlock (&registry_lock);
  loop->trimmer = NULL;
  thaw_task_loop_unref (loop);
}

static GSourceFuncs trimmer_funcs = { .dispatch = trimmer_dispatch, .finalize = trimmer_finalize };

static ThawMailbox *
new_mailbox (ThawTaskLoop *self, const char *name, ThawHandler handler, GDestroyNotify discard)
{
  return thaw_mailbox_new (name, self->pump, NULL, THAW_MAILBOX_UNBOUNDED, handler, self, discard);
}

static ThawTaskLoop *
loop_new (ThawPump *pump)
{
  ThawTaskLoop *self = g_new0 (ThawTaskLoop, 1);

  self->ref_count = 1;
  self->pump = pump;
  self->timers = thaw_timers_ref (thaw_timers_get (thaw_pump_get_context (pump)));
  self->ledger = thaw_ledger_new (pump);
  self->calls = new_mailbox (self, "future callbacks", handle_call, thaw_link_discard);
  self->fibers = new_mailbox (self, "fibers", handle_fiber, NULL);
  self->control = new_mailbox (self, "tasks", handle_item, NULL);
  self->trimmer = g_source_new (&trimmer_funcs, sizeof (ThawLoopTrimmer));
  ((ThawLoopTrimmer *) self->trimmer)->loop = self;
  g_source_set_static_name (self->trimmer, "[thaw] stacks");
  g_source_attach (self->trimmer, thaw_pump_get_context (pump));
  g_source_unref (self->trimmer);
  return self;
}

ThawTaskLoop *
thaw_task_loop_get_for_pump (ThawPump *pump)
{
  ThawTaskLoop *self;

  pthread_mutex_lock (&registry_lock);
  if (!registry)
    registry = g_hash_table_new (NULL, NULL);
  self = g_hash_table_lookup (registry, pump);
  if (!self)
    {
      self = loop_new (pump);
      g_hash_table_insert (registry, pump, self);
    }
  pthread_mutex_unlock (&registry_lock);
  return self;
}

ThawTaskLoop *
thaw_task_loop_get_current (void)
{
  GMainContext *context = g_main_context_get_thread_default ();
  guint now = __atomic_load_n (&generation, __ATOMIC_ACQUIRE);

  if (G_LIKELY (cache.loop && cache.context == context && cache.generation == now))
    return cache.loop;
  cache.loop = thaw_task_loop_get_for_pump (thaw_pump_get (context));
  cache.context = context;
  cache.generation = now;
  return cache.loop;
}

/**
 * thaw_task_get_stats:
 * @stats: (out caller-allocates): filled in
 *
 * Adds up the tasks of all scopes of all loops, for tests that count what is left behind. Any
 * thread; a figure of another thread's loop may be out of date.
 */
void
thaw_task_get_stats (ThawTaskStats *stats)
{
  GHashTableIter iter;
  gpointer value;

  pthread_mutex_lock (&registry_lock);
  *stats = past;
  stats->n_unhandled_rejections = thaw_future_get_n_unhandled ();
  if (registry)
    {
      g_hash_table_iter_init (&iter, registry);
      while (g_hash_table_iter_next (&iter, NULL, &value))
        {
          ThawTaskLoop *loop = value;

          stats->n_scopes += thaw_stat_get (loop->n_scopes);
          stats->n_fibers += thaw_stat_get (loop->n_fibers);
          stats->n_jobs += thaw_stat_get (loop->n_jobs);
          stats->n_late_handlers += thaw_stat_get (loop->n_late_handlers);
        }
    }
  pthread_mutex_unlock (&registry_lock);
}

/**
 * thaw_fiber_get_stats:
 * @stats: (out caller-allocates): filled in
 *
 * Adds up the fibers of all loops. Any thread; a figure of another thread's loop may be out of
 * date.
 */
void
thaw_fiber_get_stats (ThawFiberStats *stats)
{
  GHashTableIter iter;
  gpointer value;

  *stats = (ThawFiberStats){ .stack_bytes = THAW_STACK_BYTES,
                             .light_guards = thaw_stack_pool_has_light_guards () };
  pthread_mutex_lock (&registry_lock);
  if (registry)
    {
      g_hash_table_iter_init (&iter, registry);
      while (g_hash_table_iter_next (&iter, NULL, &value))
        {
          ThawTaskLoop *loop = value;

          stats->n_spawned += thaw_stat_get (loop->n_spawned);
          stats->n_switches += thaw_stat_get (loop->n_switches);
          stats->n_alive += thaw_stat_get (loop->n_fibers);
          if (loop->stacks)
            thaw_stack_pool_add_stats (loop->stacks, stats);
        }
    }
  pthread_mutex_unlock (&registry_lock);
}
