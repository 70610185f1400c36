/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The exchange: one attempt at a request, redirects included. It is a fiber on the network thread
 * in a scope of its own, so that ending the scope unwinds it from wherever it waits: for a place,
 * for the head, for bytes, for a consumer. The caller's side knows two futures and may abort. An
 * exchange is over when its fiber has returned and libsoup has called back for all that it was
 * asked: `closed` resolves then, and neither a connection in use, a place nor a timer is left. */

#include "thaw-net-private.h"

ThawExchange *
thaw_exchange_ref (ThawExchange *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

void
thaw_exchange_unref (ThawExchange *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  thaw_http_unref (self->http);
  thaw_request_unref (self->request);
  g_clear_pointer (&self->head, thaw_future_unref);
  thaw_future_unref (self->closed);
  g_clear_pointer (&self->queued, thaw_future_unref);
  g_clear_pointer (&self->uri, g_uri_unref);
  g_clear_pointer (&self->pipe, thaw_byte_pipe_unref);
  g_clear_pointer (&self->upload, thaw_byte_pipe_unref);
  g_clear_pointer (&self->collected, g_byte_array_unref);
  g_clear_object (&self->decoder);
  g_clear_error (&self->failure);
  g_free (self);
}

void
thaw_exchange_hold (ThawExchange *self)
{
  self->n_holds++;
}

/* The response holds the exchange, so the exchange lets go of the future that holds the response.
 */
static void
resolve_head (ThawExchange *self, ThawResponse *response)
{
  g_autoptr (ThawFuture) head = g_steal_pointer (&self->head);

  thaw_future_resolve_pointer (head, response, (GDestroyNotify) thaw_response_unref);
}

/* Drops the network thread's reference. */
static void
finish (gpointer data)
{
  ThawExchange *self = data;

  __atomic_sub_fetch (&self->http->n_exchanges, 1, __ATOMIC_RELAXED);
  thaw_future_resolve (self->closed);
  /* In this order: who is woken by the answer finds the rest done, and needn't wait for it. */
  if (self->answer)
    resolve_head (self, g_steal_pointer (&self->answer));
  thaw_exchange_unref (self);
}

/* The last one: nothing of it is left. */
void
thaw_exchange_release (ThawExchange *self)
{
  if (--self->n_holds > 0)
    return;
  g_clear_object (&self->message);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->scope, thaw_scope_unref);
  thaw_net_call_at_turn (finish, self);
}

/* Not more often than a consumer can look: the record is the latest until it is handled. */
void
thaw_exchange_tell_progress (ThawExchange *self)
{
  ThawHttpProgress *progress;

  if (!self->request->progress)
    return;
  progress = g_new (ThawHttpProgress, 1);
  *progress = (ThawHttpProgress){ .sent_bytes = (gint64) self->n_uploaded,
                                  .to_send_bytes = self->upload_length,
                                  .received_bytes = (gint64) self->n_decoded,
                                  .to_receive_bytes = self->decoder ? -1 : self->wire_length };
  if (!thaw_mailbox_post_keyed (self->request->progress, self->request, progress))
    g_free (progress);
}

/* Takes @error over. Whoever waits is told: for the head, or for the rest of the stream. */
static void
fail (ThawExchange *self, GError *error)
{
  g_autoptr (GError) reason = error;

  if (self->answer)
    return;
  if (self->failure)
    {
      g_clear_error (&reason);
      reason = g_error_copy (self->failure);
    }
  if (self->head)
    thaw_future_reject (self->head, g_steal_pointer (&reason));
  else if (self->pipe)
    thaw_byte_pipe_fail (self->pipe, g_steal_pointer (&reason));
}

static void
put_away (ThawExchange *self)
{
  if (self->is_put_away)
    return;
  self->is_put_away = TRUE;
  thaw_exchange_unwatch (self);
  thaw_exchange_close_stream (self);
  thaw_exchange_leave_host (self);
}

static gboolean
receive_stream (ThawExchange *self, GError **error)
{
  self->pipe = thaw_byte_pipe_new (0);
  resolve_head (self, thaw_response_new (self));
  if (!thaw_exchange_read_body (self, error))
    return FALSE;
  put_away (self);
  thaw_byte_pipe_finish (self->pipe);
  return TRUE;
}

static gboolean
receive_all (ThawExchange *self, GError **error)
{
  self->collected = g_byte_array_new ();
  if (!thaw_exchange_read_body (self, error))
    return FALSE;
  put_away (self);
  self->answer = thaw_response_new (self);
  return TRUE;
}

static gboolean
run (ThawExchange *self, GError **error)
{
  for (guint n_redirects = 0;; n_redirects++)
    {
      if (!thaw_exchange_enter_host (self, error) || !thaw_exchange_send_head (self, error))
        return FALSE;
      if (!thaw_exchange_is_redirected (self))
        break;
      if (!thaw_exchange_follow (self, n_redirects, error))
        return FALSE;
    }
  if (!thaw_exchange_prepare_body (self, error))
    return FALSE;
  return self->request->streamed ? receive_stream (self, error) : receive_all (self, error);
}

static ThawFuture *
exchange_fiber (gpointer data)
{
  ThawExchange *self = data;
  GError *error = NULL;

  if (!run (self, &error))
    fail (self, error);
  return thaw_future_new_resolved ();
}

/* After the fiber has returned, or in its stead. */
static void
fiber_gone (gpointer data)
{
  g_autoptr (ThawExchange) self = data;

  put_away (self);
  fail (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The request was cancelled"));
  if (self->request->pipe)
    thaw_byte_pipe_close (self->request->pipe);
  /* What feeds the body has nothing more to do. */
  thaw_scope_cancel (self->scope);
  thaw_exchange_release (self);
}

static void
start_net (gpointer data)
{
  ThawExchange *self = data;
  g_autoptr (ThawFuture) fiber = NULL;

  self->scope = thaw_scope_new ("http exchange", NULL);
  self->cancellable = g_cancellable_new ();
  thaw_exchange_hold (self);
  fiber = thaw_scope_spawn (self->scope,
                            "http exchange",
                            exchange_fiber,
                            thaw_exchange_ref (self),
                            fiber_gone);
}

static void
abort_net (gpointer data)
{
  g_autoptr (ThawExchange) self = data;
  g_autoptr (ThawScope) scope = self->scope ? thaw_scope_ref (self->scope) : NULL;

  if (scope)
    thaw_scope_cancel (scope);
}

/* Who still waits for a place gets none, and then comes to an end as any other. */
static void
on_cancelled (ThawFuture *future, gpointer user_data)
{
  ThawExchange *self = user_data;

  if (__atomic_exchange_n (&self->aborted, TRUE, __ATOMIC_SEQ_CST))
    return;
  if (__atomic_load_n (&self->started, __ATOMIC_SEQ_CST))
    thaw_net_post (abort_net, thaw_exchange_ref (self));
  else
    thaw_future_cancel (self->queued);
}

void
thaw_exchange_abort (ThawExchange *self)
{
  if (thaw_future_get_state (self->closed) == THAW_FUTURE_PENDING)
    on_cancelled (self->closed, self);
}

/* Any thread. Who aborts it in this moment finds that it has started, or is found here: what came
 * before start_net() had nothing to end. */
static void
start (ThawExchange *self)
{
  g_autoptr (ThawExchange) held = thaw_exchange_ref (self);

  __atomic_store_n (&self->started, TRUE, __ATOMIC_SEQ_CST);
  if (thaw_net_is_own ())
    start_net (self);
  else
    thaw_net_post (start_net, self);
  if (__atomic_load_n (&self->aborted, __ATOMIC_SEQ_CST))
    thaw_net_post (abort_net, g_steal_pointer (&held));
}

static void
on_place (ThawWaiter *waiter, ThawFuture *completed)
{
  start ((ThawExchange *) ((char *) waiter - G_STRUCT_OFFSET (ThawExchange, waiter)));
}

/* There is no fiber before there is a place: of a thousand that wait, only who goes costs more than
 * its record. A total time limit counts meanwhile, and is the network thread's to keep. */
static void
start_or_wait (ThawExchange *self)
{
  thaw_exchange_queue (self);
  if (self->host_place.waiting)
    self->queued = thaw_future_ref (self->host_place.waiting);
  self->waiter.wake = on_place;
  if (!self->queued || self->total_due_usec >= 0
      || !thaw_future_add_waiter (self->queued, &self->waiter))
    start (self);
}

static ThawFuture *
new_future (ThawExchange *self, const char *name)
{
  ThawFuture *future = thaw_future_new (name);

  thaw_future_set_cancel (future,
                          on_cancelled,
                          thaw_exchange_ref (self),
                          (GDestroyNotify) thaw_exchange_unref);
  return future;
}

static gint64
choose (gint64 own, gint64 common)
{
  return own != 0 ? own : common;
}

/* Any thread. @uri: that of @request. @head (out): resolves to a ThawResponse, which
 * is complete in memory unless it is a stream. */
ThawExchange *
thaw_exchange_start (ThawHttp *http,
                     ThawRequest *request,
                     GUri *uri,
                     gint64 total_due_usec,
                     ThawFuture **head)
{
  ThawExchange *self = g_new0 (ThawExchange, 1);

  self->ref_count = 2;
  self->http = thaw_http_ref (http);
  self->request = thaw_request_ref (request);
  self->timeouts.connect_usec
      = choose (request->timeouts.connect_usec, http->timeouts.connect_usec);
  self->timeouts.stall_usec = choose (request->timeouts.stall_usec, http->timeouts.stall_usec);
  self->total_due_usec = total_due_usec;
  self->uri = g_uri_ref (uri);
  self->method = request->method;
  self->wire_length = -1;
  self->head = new_future (self, "http head");
  self->closed = new_future (self, "http exchange");
  *head = thaw_future_ref (self->head);
  __atomic_add_fetch (&http->n_exchanges, 1, __ATOMIC_RELAXED);
  start_or_wait (self);
  return self;
}
