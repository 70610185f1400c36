/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin's own thread: a main context with a queue of requests, so that a plugin may use
 * asynchronous calls there as anywhere, and may block as it likes. When a call doesn't come back
 * the thread is left behind, with the request that it sits in, and another one goes on with the
 * queue; when it comes back after all, it ends. A thread can't be killed, so their number is
 * limited, and what they may compute. */

#include "pane-plugin-private.h"

#include <pthread.h>
#include <unistd.h>

struct _PanePluginWorker {
  gatomicrefcount ref_count;
  PanePluginHost *host; /* owned */
  GMainContext *context;
  GMainLoop *loop;
  gulong thread;              /* pthread_t; 0 before it runs */
  int tid;                    /* the kernel's; 0 before it runs */
  gboolean is_left;           /* guarded by the host's lock, as are the following */
  PanePluginRequest *current; /* what it sits in; not owned */
  gint64 waited_usec;         /* for a processor, before that */
};

static int n_workers; /* atomic */
static PanePluginInterruptFunc interrupt_func;

/**
 * pane_plugin_set_interrupt_func: (skip)
 * @func: throws an exception into a thread
 *
 * Says how a call that hangs may be ended by force. It is called for threads that are left behind.
 *
 * - **Thread**: any, before the first plugin that it may be for.
 */
void
pane_plugin_set_interrupt_func (PanePluginInterruptFunc func)
{
  g_atomic_pointer_set (&interrupt_func, func);
}

guint
pane_plugin_worker_get_n (void)
{
  return g_atomic_int_get (&n_workers);
}

static void
worker_unref (gpointer data)
{
  PanePluginWorker *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  pane_plugin_host_unref (self->host);
  g_free (self);
}

static PanePluginWorker *
worker_ref (PanePluginWorker *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/* NULL: nothing to do, or it was left behind. */
static PanePluginRequest *
take_job (PanePluginWorker *self)
{
  gint64 waited_usec = pane_plugin_priority_get_waited_usec (0);
  PanePluginRequest *request = NULL;

  g_mutex_lock (&self->host->lock);
  if (!self->is_left)
    request = g_queue_pop_head (&self->host->jobs);
  self->current = request;
  self->waited_usec = waited_usec;
  g_mutex_unlock (&self->host->lock);
  return request;
}

/* TRUE: go on. */
static gboolean
end_job (PanePluginWorker *self)
{
  gboolean is_left;

  g_mutex_lock (&self->host->lock);
  self->current = NULL;
  is_left = self->is_left;
  if (is_left)
    self->host->account.n_threads_left--;
  g_mutex_unlock (&self->host->lock);
  return !is_left;
}

static gboolean
begin (PanePluginRequest *request)
{
  gboolean goes;

  g_mutex_lock (&request->lock);
  goes = !request->is_cancelled;
  request->begun_usec = g_get_monotonic_time ();
  g_mutex_unlock (&request->lock);
  return goes;
}

/* A thread that was left behind is still inside: then it stays as it is, for good. */
static void
stop (PanePluginHost *host)
{
  gboolean is_in_use;

  g_mutex_lock (&host->lock);
  is_in_use = host->account.n_threads_left > 0;
  g_mutex_unlock (&host->lock);
  if (is_in_use)
    return;
  pane_plugin_deactivate (host->plugin);
  g_clear_object (&host->plugin);
}

static void
call (PanePluginHost *host, PanePluginRequest *request)
{
  PanePluginCall measured;

  if (request->job == PANE_PLUGIN_JOB_START)
    pane_plugin_crash_note_module (host, PANE_PLUGIN_GET_IFACE (host->plugin)->activate);
  pane_plugin_call_begin (host, &measured);
  if (request->job == PANE_PLUGIN_JOB_START)
    pane_plugin_activate (host->plugin, host);
  else if (request->job == PANE_PLUGIN_JOB_STOP)
    stop (host);
  else
    ((PanePluginFunc) request->item->func) (request, request->item->user_data);
  pane_plugin_call_end (host, &measured);
}

static gboolean
is_held (PanePluginRequest *request)
{
  gboolean held;

  g_mutex_lock (&request->lock);
  held = request->is_held && request->job == PANE_PLUGIN_JOB_ASK;
  g_mutex_unlock (&request->lock);
  return held;
}

static gboolean
run_cb (gpointer user_data)
{
  PanePluginWorker *self = user_data;
  g_autoptr (PanePluginRequest) request = take_job (self);
  gboolean is_last;

  if (request == NULL)
    return G_SOURCE_REMOVE;
  is_last = request->job == PANE_PLUGIN_JOB_STOP;
  if (begin (request))
    call (self->host, request);
  if (!end_job (self))
    is_last = TRUE;
  else if (!is_held (request))
    pane_plugin_request_finish (request);
  if (is_last)
    g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

static gpointer
run (gpointer user_data)
{
  PanePluginWorker *self = user_data;
  gpointer stack = pane_plugin_crash_begin_thread ();

  __atomic_store_n (&self->tid, gettid (), __ATOMIC_RELEASE);
  __atomic_store_n (&self->thread, (gulong) pthread_self (), __ATOMIC_RELEASE);
  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  g_main_context_pop_thread_default (self->context);
  worker_unref (self);
  pane_plugin_crash_end_thread (stack);
  g_atomic_int_add (&n_workers, -1);
  return NULL;
}

/* The host's lock is held. Its name is that of the plugin, as far as the kernel lets it. */
static PanePluginWorker *
worker_new (PanePluginHost *host)
{
  PanePluginWorker *self = g_new0 (PanePluginWorker, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->host = pane_plugin_host_ref (host);
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  g_atomic_int_inc (&n_workers);
  g_thread_unref (g_thread_new (host->name, run, worker_ref (self)));
  return self;
}

static void
wake (PanePluginWorker *self)
{
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, run_cb, worker_ref (self), worker_unref);
  g_source_attach (source, self->context);
  g_source_unref (source);
}

/* Each job wakes it once, so that what the plugin's own sources have to do gets its turn in
 * between. */
void
pane_plugin_worker_push (PanePluginHost *host, PanePluginRequest *request, gboolean is_urgent)
{
  g_mutex_lock (&host->lock);
  if (is_urgent)
    g_queue_push_head (&host->jobs, pane_plugin_request_ref (request));
  else
    g_queue_push_tail (&host->jobs, pane_plugin_request_ref (request));
  if (host->worker == NULL && host->n_left < PANE_PLUGIN_MAX_THREADS)
    host->worker = worker_new (host);
  if (host->worker != NULL)
    wake (host->worker);
  g_mutex_unlock (&host->lock);
}

/* One that nothing can end may compute for good: then with what nobody else wants. */
static void
interrupt (gpointer user_data)
{
  PanePluginWorker *self = user_data;
  PanePluginInterruptFunc func = g_atomic_pointer_get (&interrupt_func);
  gboolean hangs;

  g_mutex_lock (&self->host->lock);
  hangs = self->current != NULL;
  g_mutex_unlock (&self->host->lock);
  if (hangs && (func == NULL || !func (__atomic_load_n (&self->thread, __ATOMIC_ACQUIRE))))
    pane_plugin_priority_sink (__atomic_load_n (&self->tid, __ATOMIC_ACQUIRE));
  worker_unref (self);
}

/* The host's lock is held. */
static void
replace (PanePluginHost *host)
{
  host->worker = host->n_left < PANE_PLUGIN_MAX_THREADS ? worker_new (host) : NULL;
  for (guint i = 0; host->worker != NULL && i < host->jobs.length; i++)
    wake (host->worker);
}

gboolean
pane_plugin_worker_leave (PanePluginHost *host, PanePluginRequest *request)
{
  PanePluginWorker *left = NULL;
  gboolean goes_on;

  g_mutex_lock (&host->lock);
  if (host->worker != NULL && host->worker->current == request)
    {
      left = g_steal_pointer (&host->worker);
      left->is_left = TRUE;
      host->n_left++;
      host->account.n_threads_left++;
      replace (host);
    }
  goes_on = host->worker != NULL;
  g_mutex_unlock (&host->lock);
  if (left != NULL)
    pane_plugin_reap (interrupt, left);
  return goes_on;
}

gint64
pane_plugin_worker_get_waited_usec (PanePluginHost *host, PanePluginRequest *request)
{
  gint64 before = 0;
  int tid = 0;

  g_mutex_lock (&host->lock);
  if (host->worker != NULL && host->worker->current == request)
    {
      tid = __atomic_load_n (&host->worker->tid, __ATOMIC_ACQUIRE);
      before = host->worker->waited_usec;
    }
  g_mutex_unlock (&host->lock);
  return tid != 0 ? MAX (pane_plugin_priority_get_waited_usec (tid) - before, 0) : 0;
}

static gboolean
end_cb (gpointer user_data)
{
  PanePluginWorker *self = user_data;

  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

/* From inside, because a loop that doesn't run yet can't be told to end. */
void
pane_plugin_worker_end (PanePluginHost *host)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  PanePluginWorker *worker;

  g_mutex_lock (&host->lock);
  worker = g_steal_pointer (&host->worker);
  host->n_left = PANE_PLUGIN_MAX_THREADS; /* there won't be another */
  g_mutex_unlock (&host->lock);
  if (worker == NULL)
    return;
  g_source_set_callback (source, end_cb, worker_ref (worker), worker_unref);
  g_source_attach (source, worker->context);
  worker_unref (worker);
}
