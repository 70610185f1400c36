/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop's side of what plugins are asked: who waits, until when, and what becomes of an answer.
 * A request that isn't answered by its limit is given up; if the plugin had begun with it that is
 * the plugin's fault, and if its thread still sits in it the thread is left behind. One timer a
 * host. */

#include "pane-plugin-private.h"

#define MAX_WAIT_USEC (3 * G_USEC_PER_SEC) /* that a busy machine is an excuse for */

static void check (PanePluginHost *self);

static void
timer_cb (gpointer user_data)
{
  PanePluginHost *self = user_data;

  self->timer = 0;
  check (self);
}

static void
set_timer (PanePluginHost *self)
{
  gint64 next = G_MAXINT64, now = g_get_monotonic_time ();

  g_clear_handle_id (&self->timer, g_source_remove);
  for (guint i = 0; i < self->pending->len; i++)
    {
      PanePluginRequest *request = g_ptr_array_index (self->pending, i);

      if (request->limit_usec >= 0)
        next = MIN (next, request->limit_usec);
    }
  if (next != G_MAXINT64)
    self->timer = g_timeout_add_once (next > now ? (next - now) / 1000 + 1 : 0, timer_cb, self);
}

void
pane_plugin_host_ask (PanePluginHost *self, PanePluginRequest *request, gint64 limit_usec)
{
  request->serial = ++self->n_asked;
  request->limit_usec = limit_usec;
  if (request->deadline_usec < 0)
    request->deadline_usec = limit_usec;
  g_ptr_array_add (self->pending, request);
  pane_plugin_worker_push (self,
                           request,
                           request->item != NULL && request->item->kind == PANE_PLUGIN_MENU);
  set_timer (self);
}

static void
answer (PanePluginRequest *request, const PanePluginAnswer *const *answers)
{
  PanePluginAnswerFunc func = g_steal_pointer (&request->func);

  if (func != NULL)
    func (request->item, answers, request->error, request->user_data);
}

static const char *
get_what (PanePluginRequest *request)
{
  static const char *const whats[] = { "badges", "column", "label", "menu", "operation" };

  if (request->job != PANE_PLUGIN_JOB_ASK)
    return request->job == PANE_PLUGIN_JOB_START ? "activate()" : "deactivate()";
  return request->item->kind < G_N_ELEMENTS (whats) ? whats[request->item->kind] : "";
}

/* Nothing for one that waits behind another request, which is the one to blame. */
static gint64
get_begun (PanePluginRequest *request)
{
  gint64 usec;

  g_mutex_lock (&request->lock);
  usec = request->begun_usec;
  g_mutex_unlock (&request->lock);
  return usec;
}

static gint64
get_waited (PanePluginRequest *request)
{
  return MIN (pane_plugin_worker_get_waited_usec (request->host, request), MAX_WAIT_USEC);
}

static void
blame (PanePluginHost *self, PanePluginRequest *request, gint64 begun_usec)
{
  g_autofree char *text
      = g_strdup_printf ("%s: %.1f s",
                         get_what (request),
                         (double) (g_get_monotonic_time () - begun_usec) / G_USEC_PER_SEC);

  pane_plugin_host_charge (self, PANE_PLUGIN_FAULT_DEADLINE, text);
}

/* One that never got to work can't be used: there are no two more times to try. */
static void
give_up (PanePluginHost *self, PanePluginRequest *request)
{
  gint64 begun_usec = get_begun (request);
  gboolean has_thread;

  pane_plugin_request_cancel (request);
  answer (request, NULL);
  if (begun_usec == 0)
    return;
  has_thread = pane_plugin_worker_leave (self, request);
  g_mutex_lock (&self->lock);
  if (!has_thread || request->job == PANE_PLUGIN_JOB_START)
    self->account.n_strikes = MAX (self->account.n_strikes, PANE_PLUGIN_STRIKES - 1);
  g_mutex_unlock (&self->lock);
  blame (self, request, begun_usec);
}

/* Its time is that from its beginning on, without that in which it had no processor, within
 * reason. The plugin's end waits for nobody. */
static gboolean
is_late (PanePluginRequest *request, gint64 now)
{
  gint64 begun;

  if (request->limit_usec < 0 || request->limit_usec > now)
    return FALSE;
  if (request->job != PANE_PLUGIN_JOB_ASK)
    return TRUE;
  begun = get_begun (request);
  request->limit_usec
      = (begun != 0 ? begun + get_waited (request) : now) + PANE_PLUGIN_PATIENCE_USEC;
  return request->limit_usec <= now;
}

static void
check (PanePluginHost *self)
{
  gint64 now = g_get_monotonic_time ();
  g_autoptr (GPtrArray) late = g_ptr_array_new ();

  for (guint i = self->pending->len; i-- > 0;)
    if (is_late (g_ptr_array_index (self->pending, i), now))
      g_ptr_array_insert (late, 0, g_ptr_array_steal_index (self->pending, i));
  pane_plugin_host_ref (self);
  for (guint i = 0; i < late->len; i++)
    {
      PanePluginRequest *request = g_ptr_array_index (late, i);

      give_up (self, request);
      if (request->job == PANE_PLUGIN_JOB_STOP)
        pane_plugin_host_stopped (self);
      pane_plugin_request_drop (request);
    }
  set_timer (self);
  pane_plugin_host_unref (self);
}

static gsize
get_size (PanePluginRequest *request)
{
  gsize size = 0;

  for (guint i = 0; i + 1 < request->answers->len; i++)
    {
      const PanePluginAnswer *one = g_ptr_array_index (request->answers, i);

      size += sizeof (PanePluginAnswer) + (one->text != NULL ? strlen (one->text) : 0);
    }
  return size;
}

/* What came late was missed; whether that was a fault its limit decides. */
static void
account (PanePluginHost *self, PanePluginRequest *request)
{
  g_mutex_lock (&self->lock);
  self->account.answered_bytes += get_size (request);
  if (request->deadline_usec >= 0 && g_get_monotonic_time () > request->deadline_usec)
    self->account.n_misses++;
  if (request->error != NULL)
    self->account.n_errors++;
  g_mutex_unlock (&self->lock);
  if (request->n_rubbish > 0)
    pane_plugin_host_charge (self, PANE_PLUGIN_FAULT_RUBBISH, get_what (request));
}

/* Takes the reference of @request. */
void
pane_plugin_host_take_reply (PanePluginHost *self, PanePluginRequest *request)
{
  guint i;

  if (!g_ptr_array_find (self->pending, request, &i)) /* given up */
    {
      pane_plugin_request_unref (request);
      return;
    }
  g_ptr_array_steal_index (self->pending, i);
  set_timer (self);
  account (self, request);
  answer (request, (const PanePluginAnswer *const *) request->answers->pdata);
  if (request->job == PANE_PLUGIN_JOB_START)
    pane_plugin_registry_tell_started (pane_plugin_registry_get_default (), self);
  else if (request->job == PANE_PLUGIN_JOB_STOP)
    pane_plugin_host_stopped (self);
  pane_plugin_request_drop (request);
  pane_plugin_request_unref (request);
}

/* Nobody waits for them any more, and nobody is told. */
void
pane_plugin_host_forget_pending (PanePluginHost *self)
{
  g_autoptr (GPtrArray) pending = g_steal_pointer (&self->pending);

  g_clear_handle_id (&self->timer, g_source_remove);
  self->pending = g_ptr_array_new ();
  for (guint i = 0; i < pending->len; i++)
    {
      PanePluginRequest *request = g_ptr_array_index (pending, i);

      pane_plugin_request_cancel (request);
      pane_plugin_request_drop (request);
    }
}

/**
 * pane_plugin_item_ask: (skip)
 * @self: something that is asked
 * @location: a folder
 * @names: (nullable): names in it
 * @func: called with the answer, or without one when it takes too long
 * @user_data: for @func
 * @destroy: (nullable): frees it
 *
 * Asks a plugin. Operations may take as long as they like.
 *
 * - **Thread**: the loop's.
 *
 * Returns: for pane_plugin_item_cancel(); 0 when it is gone
 */
guint64
pane_plugin_item_ask (PanePluginItem *self,
                      GFile *location,
                      const char *const *names,
                      PanePluginAnswerFunc func,
                      gpointer user_data,
                      GDestroyNotify destroy)
{
  gint64 now = g_get_monotonic_time ();
  PanePluginRequest *request;

  if (!self->host->is_active)
    {
      if (destroy != NULL)
        destroy (user_data);
      return 0;
    }
  request = pane_plugin_request_new (self->host, self, PANE_PLUGIN_JOB_ASK, location, names);
  request->func = func;
  request->user_data = user_data;
  request->destroy = destroy;
  if (self->kind == PANE_PLUGIN_MENU)
    request->deadline_usec = now + PANE_PLUGIN_MENU_USEC;
  pane_plugin_host_ask (self->host,
                        request,
                        self->kind == PANE_PLUGIN_OPERATION ? -1 : now + PANE_PLUGIN_PATIENCE_USEC);
  return request->serial;
}

/**
 * pane_plugin_item_cancel: (skip)
 * @self: something that was asked
 * @asked: what pane_plugin_item_ask() returned
 *
 * Nobody waits for the answer any more. The plugin is told, and still has to end within its limit.
 *
 * - **Thread**: the loop's.
 */
void
pane_plugin_item_cancel (PanePluginItem *self, guint64 asked)
{
  PanePluginHost *host = self->host;

  for (guint i = 0; i < host->pending->len; i++)
    {
      PanePluginRequest *request = g_ptr_array_index (host->pending, i);

      if (request->serial != asked)
        continue;
      request->func = NULL;
      pane_plugin_request_cancel (request);
      return;
    }
}
