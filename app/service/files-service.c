/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The service: other processes submit their operations to the one queue, and see what becomes of
 * them. It lives in every Thaw Files, with a window or without; without one it ends by itself when
 * nothing runs and nobody has called for a while. What is paused doesn't keep it: that is in the
 * journal. All D-Bus is the bus thread's; what comes from there arrives as messages. Loop's thread;
 * nothing here waits. */

#include "files-service-private.h"

#include <stdlib.h>

#define IDLE_MSEC 10000
/* Between a caller's hello and its request, with windows: what is closed ends. */
#define GRACE_MSEC 500

G_DEFINE_FINAL_TYPE (FilesService, files_service, G_TYPE_OBJECT)

enum { NEEDED_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* How long it is needed */

void
files_service_quit_if_idle (FilesService *self)
{
  if (self->loop != NULL && self->n_notices == 0 && !files_service_is_needed (self)
      && !files_operations_are_busy (self->operations))
    g_main_loop_quit (self->loop);
}

/* Tests have no time to wait for it. */
static guint
get_idle_msec (FilesService *self)
{
  const char *text = g_getenv ("THAW_SERVICE_IDLE_MSEC");
  guint msec = text != NULL ? (guint) strtoul (text, NULL, 10) : IDLE_MSEC;

  return self->request_func != NULL ? MIN (msec, GRACE_MSEC) : msec;
}

static gboolean
idle_cb (gpointer user_data)
{
  FilesService *self = user_data;

  if (g_get_monotonic_time () - self->called_usec < (gint64) get_idle_msec (self) * 1000)
    return G_SOURCE_CONTINUE;
  self->idle_source = 0;
  g_signal_emit (self, signals[NEEDED_CHANGED], 0);
  files_service_quit_if_idle (self);
  return G_SOURCE_REMOVE;
}

static void
await_idle (FilesService *self)
{
  g_clear_handle_id (&self->idle_source, g_source_remove);
  self->idle_source = g_timeout_add (MAX (get_idle_msec (self) / 4, 1), idle_cb, self);
}

static void
note_call (FilesService *self)
{
  self->called_usec = g_get_monotonic_time ();
  if (self->idle_source != 0)
    return;
  await_idle (self);
  g_signal_emit (self, signals[NEEDED_CHANGED], 0);
}

/**
 * files_service_is_needed:
 * @self: the service
 *
 * Returns: whether it was called a moment ago
 */
gboolean
files_service_is_needed (FilesService *self)
{
  return self->idle_source != 0;
}

/* Messages */

static void
call_cb (gpointer message, gpointer user_data)
{
  FilesService *self = user_data;
  FilesCall *call = message;

  if (call->invocation == NULL)
    {
      /* Nobody can reach this process any more: without a window and without work there is nothing
       * to stay for. */
      files_call_free (call);
      if (self->idle_source != 0)
        {
          g_clear_handle_id (&self->idle_source, g_source_remove);
          g_signal_emit (self, signals[NEEDED_CHANGED], 0);
        }
      files_service_quit_if_idle (self);
      return;
    }
  note_call (self);
  files_service_answer (self, call);
}

static void
request_cb (gpointer message, gpointer user_data)
{
  FilesService *self = user_data;

  if (self->request_func != NULL)
    {
      self->request_func (message, self->request_data);
      return;
    }
  g_queue_push_tail (&self->waiting, message);
  if (self->loop != NULL)
    g_main_loop_quit (self->loop);
}

/**
 * files_service_set_request_func:
 * @self: the service
 * @func: opens a window, and owns the request
 * @user_data: for @func
 *
 * Says who opens the windows that other processes ask for.
 */
void
files_service_set_request_func (FilesService *self, FilesRequestFunc func, gpointer user_data)
{
  FilesRequest *request;

  self->request_func = func;
  self->request_data = user_data;
  if (self->idle_source != 0)
    await_idle (self);
  while (func != NULL && (request = g_queue_pop_head (&self->waiting)) != NULL)
    func (request, user_data);
}

/**
 * files_service_start:
 * @self: the service
 *
 * Owns the name on the bus, and answers from now on. Nothing happens without a bus. Once.
 */
void
files_service_start (FilesService *self)
{
  files_bus_serve (self->bus, self->requests, self->calls);
}

/**
 * files_service_wait_for_request:
 * @self: the service, started
 *
 * The life of a process without a window: runs the loop.
 *
 * Returns: (transfer full) (nullable): the window that somebody asks for, or %NULL when there is
 * nothing left to stay for
 */
FilesRequest *
files_service_wait_for_request (FilesService *self)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  gulong handler = g_signal_connect_swapped (self->operations,
                                             "changed",
                                             G_CALLBACK (files_service_quit_if_idle),
                                             self);

  note_call (self); /* who started it is about to */
  self->loop = loop;
  if (g_queue_is_empty (&self->waiting))
    g_main_loop_run (loop);
  self->loop = NULL;
  g_signal_handler_disconnect (self->operations, handler);
  return g_queue_pop_head (&self->waiting);
}

/**
 * files_service_get_operations:
 * @self: the service
 *
 * Returns: (transfer none): what changes files
 */
FilesOperations *
files_service_get_operations (FilesService *self)
{
  return self->operations;
}

/**
 * files_service_get_bus:
 * @self: the service
 *
 * Returns: (transfer none): the bus
 */
FilesBus *
files_service_get_bus (FilesService *self)
{
  return self->bus;
}

/* GObject */

static void
files_service_dispose (GObject *object)
{
  FilesService *self = FILES_SERVICE (object);

  g_clear_handle_id (&self->idle_source, g_source_remove);
  g_clear_handle_id (&self->tell_source, g_source_remove);
  files_service_clear_watches (self);
  g_queue_clear_full (&self->waiting, (GDestroyNotify) files_request_free);
  g_clear_object (&self->operations);
  G_OBJECT_CLASS (files_service_parent_class)->dispose (object);
}

static void
files_service_finalize (GObject *object)
{
  FilesService *self = FILES_SERVICE (object);

  thaw_mailbox_unref (self->requests);
  thaw_mailbox_unref (self->calls);
  thaw_scope_unref (self->scope);
  files_bus_free (self->bus);
  G_OBJECT_CLASS (files_service_parent_class)->finalize (object);
}

static void
files_service_class_init (FilesServiceClass *class)
{
  G_OBJECT_CLASS (class)->dispose = files_service_dispose;
  G_OBJECT_CLASS (class)->finalize = files_service_finalize;
  signals[NEEDED_CHANGED] = g_signal_new ("needed-changed",
                                          FILES_TYPE_SERVICE,
                                          G_SIGNAL_RUN_LAST,
                                          0,
                                          NULL,
                                          NULL,
                                          NULL,
                                          G_TYPE_NONE,
                                          0);
}

static void
files_service_init (FilesService *self)
{
  g_queue_init (&self->waiting);
  self->operations = files_operations_new ();
  files_service_watch_ends (self);
  self->scope = thaw_scope_new_for_owner ("service", G_OBJECT (self), NULL);
  self->requests = thaw_mailbox_new ("requests of other processes",
                                     NULL,
                                     G_OBJECT (self),
                                     64,
                                     request_cb,
                                     self,
                                     (GDestroyNotify) files_request_free);
  self->calls = thaw_mailbox_new ("operations of other processes",
                                  NULL,
                                  G_OBJECT (self),
                                  256,
                                  call_cb,
                                  self,
                                  (GDestroyNotify) files_call_free);
}

/**
 * files_service_new:
 * @bus: (transfer full): the bus
 *
 * Returns: (transfer full): the service, not started, with an empty queue
 */
FilesService *
files_service_new (FilesBus *bus)
{
  FilesService *self = g_object_new (FILES_TYPE_SERVICE, NULL);

  self->bus = bus;
  return self;
}
