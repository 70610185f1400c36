/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin's host: what the plugin calls, from any thread, travels to the loop in messages of one
 * bounded mailbox, whose thread waits when the loop has no time. All that a plugin has registered
 * is listed here, so that all of it goes with the plugin. Not a GObject: the reference counts of
 * those that Python has wrapped take Python's lock. */

#include "pane-plugin-private.h"

#define MAX_MESSAGES 256
#define POST_PATIENCE_USEC (5 * G_USEC_PER_SEC)

G_DEFINE_BOXED_TYPE (PanePluginHost, pane_plugin_host, pane_plugin_host_ref, pane_plugin_host_unref)
G_DEFINE_BOXED_TYPE (PanePluginItem, pane_plugin_item, pane_plugin_item_ref, pane_plugin_item_unref)

/* Items */

PanePluginItem *
pane_plugin_item_new (PanePluginHost *host, PanePluginKind kind, const char *id)
{
  PanePluginItem *self = g_new0 (PanePluginItem, 1);
  g_autofree char *full = g_strconcat (host->name, "/", id, NULL);

  g_atomic_ref_count_init (&self->ref_count);
  self->host = pane_plugin_host_ref (host);
  self->kind = kind;
  self->id = g_intern_string (full);
  return self;
}

/**
 * pane_plugin_item_ref: (skip)
 * @self: an item
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): @self
 */
PanePluginItem *
pane_plugin_item_ref (PanePluginItem *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/* @user_data is the plugin's. */
static void
item_free (gpointer data)
{
  PanePluginItem *self = data;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  pane_plugin_host_unref (self->host);
  g_free (self->title);
  g_clear_object (&self->renderer);
  g_free (self->icon_name);
  g_free (self);
}

/**
 * pane_plugin_item_unref: (skip)
 * @self: (transfer full): an item
 *
 * - **Thread**: any.
 */
void
pane_plugin_item_unref (PanePluginItem *self)
{
  if (g_atomic_ref_count_dec (&self->ref_count))
    pane_plugin_reap (item_free, self);
}

/**
 * pane_plugin_item_get_host: (skip)
 * @self: an item
 *
 * Returns: (transfer none): whose it is
 */
PanePluginHost *
pane_plugin_item_get_host (PanePluginItem *self)
{
  return self->host;
}

/**
 * pane_plugin_item_get_kind: (skip)
 * @self: an item
 *
 * Returns: what it is
 */
PanePluginKind
pane_plugin_item_get_kind (PanePluginItem *self)
{
  return self->kind;
}

/**
 * pane_plugin_item_get_column_type: (skip)
 * @self: a column
 *
 * Returns: what it holds
 */
PanePluginColumnType
pane_plugin_item_get_column_type (PanePluginItem *self)
{
  return self->column_type;
}

/**
 * pane_plugin_item_get_place: (skip)
 * @self: an item for a menu
 *
 * Returns: where
 */
PanePluginPlace
pane_plugin_item_get_place (PanePluginItem *self)
{
  return self->place;
}

/**
 * pane_plugin_item_get_id: (skip)
 * @self: an item
 *
 * Returns: (transfer none): the plugin's name, a slash, and its own; interned
 */
const char *
pane_plugin_item_get_id (PanePluginItem *self)
{
  return self->id;
}

/**
 * pane_plugin_item_get_title: (skip)
 * @self: an item
 *
 * Returns: (transfer none) (nullable): what it is called
 */
const char *
pane_plugin_item_get_title (PanePluginItem *self)
{
  return self->title;
}

/**
 * pane_plugin_item_get_icon_name: (skip)
 * @self: an item
 *
 * Returns: (transfer none) (nullable): its icon
 */
const char *
pane_plugin_item_get_icon_name (PanePluginItem *self)
{
  return self->icon_name;
}

/* Messages */

PanePluginMessage *
pane_plugin_message_new (PanePluginHost *host, PanePluginMessageType type)
{
  PanePluginMessage *self = g_new0 (PanePluginMessage, 1);

  self->host = pane_plugin_host_ref (host);
  self->type = type;
  return self;
}

static void
message_free (gpointer data)
{
  PanePluginMessage *self = data;

  g_clear_pointer (&self->item, pane_plugin_item_unref);
  g_clear_pointer (&self->request, pane_plugin_request_unref);
  g_clear_pointer (&self->operation, thaw_operation_request_unref);
  pane_plugin_host_unref (self->host);
  g_free (self->text);
  g_free (self);
}

/* A plugin's thread waits when the loop has no time; the loop itself never does. */
void
pane_plugin_host_post (PanePluginHost *self, PanePluginMessage *message)
{
  gint64 deadline = g_get_monotonic_time () + POST_PATIENCE_USEC;
  gboolean posted;

  if (message->type == PANE_PLUGIN_MESSAGE_PROGRESS)
    posted = thaw_mailbox_post_keyed (self->mailbox, message->request, message);
  else if (thaw_pump_is_own_thread (thaw_mailbox_get_pump (self->mailbox)))
    posted = thaw_mailbox_post (self->mailbox, message);
  else
    posted = thaw_mailbox_post_wait (self->mailbox, message, deadline, NULL, NULL);
  if (!posted)
    message_free (message);
}

static void
take_item (PanePluginHost *self, PanePluginItem *item)
{
  if (!self->is_active)
    {
      pane_plugin_item_unref (item);
      return;
    }
  pane_plugin_registry_add (pane_plugin_registry_get_default (), item);
}

/* Faults of one that is out already are counted, and told to nobody. */
static void
take_fault (PanePluginHost *self, PanePluginMessage *message)
{
  PanePluginAccount account;

  pane_plugin_host_get_account (self, &account);
  if (!self->is_active || self->is_out)
    return;
  self->is_out = account.n_strikes >= PANE_PLUGIN_STRIKES;
  pane_plugin_registry_tell_fault (pane_plugin_registry_get_default (),
                                   self,
                                   message->number,
                                   message->text,
                                   account.n_strikes);
}

static void
handle (gpointer data, gpointer user_data)
{
  PanePluginMessage *message = data;
  PanePluginHost *self = message->host;
  PanePluginRegistry *registry = pane_plugin_registry_get_default ();

  if (message->type == PANE_PLUGIN_MESSAGE_REPLY)
    pane_plugin_host_take_reply (self, g_steal_pointer (&message->request));
  else if (message->type == PANE_PLUGIN_MESSAGE_ADD)
    take_item (self, g_steal_pointer (&message->item));
  else if (message->type == PANE_PLUGIN_MESSAGE_FAULT)
    take_fault (self, message);
  else if (self->is_active)
    switch (message->type)
      {
      case PANE_PLUGIN_MESSAGE_CHANGED:
        pane_plugin_registry_tell_data (registry, self, message->text);
        break;
      case PANE_PLUGIN_MESSAGE_SUBMIT:
        pane_plugin_registry_tell_submit (registry, message->operation, message->text);
        break;
      case PANE_PLUGIN_MESSAGE_PROGRESS:
        pane_plugin_registry_tell_progress (registry,
                                            message->request,
                                            message->fraction,
                                            message->text);
        break;
      default:
        pane_plugin_registry_tell_say (registry, self, message->text);
        break;
      }
  message_free (message);
}

/* The host's life */

/**
 * pane_plugin_host_new: (skip)
 * @name: the plugin's name
 * @title: what it is called
 * @folder: (nullable): where its files are
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer full): a host for one life of a plugin
 */
PanePluginHost *
pane_plugin_host_new (const char *name, const char *title, const char *folder)
{
  PanePluginHost *self = g_new0 (PanePluginHost, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->name = g_intern_string (name);
  self->title = g_strdup (title);
  self->folder = g_strdup (folder);
  self->pending = g_ptr_array_new ();
  self->mailbox = thaw_mailbox_new ("plugin",
                                    thaw_pump_get (NULL),
                                    NULL,
                                    MAX_MESSAGES,
                                    handle,
                                    NULL,
                                    message_free);
  g_mutex_init (&self->lock);
  return self;
}

/**
 * pane_plugin_host_ref:
 * @self: a host
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): @self
 */
PanePluginHost *
pane_plugin_host_ref (PanePluginHost *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * pane_plugin_host_unref:
 * @self: (transfer full): a host
 *
 * - **Thread**: any.
 */
void
pane_plugin_host_unref (PanePluginHost *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_ptr_array_unref (self->pending);
  g_clear_pointer (&self->stopped, thaw_future_unref);
  thaw_mailbox_unref (self->mailbox);
  g_mutex_clear (&self->lock);
  g_free (self->blame);
  g_free (self->title);
  g_free (self->folder);
  g_free (self);
}

/**
 * pane_plugin_host_get_name:
 * @self: a host
 *
 * Returns: (transfer none): the plugin's name, interned
 */
const char *
pane_plugin_host_get_name (PanePluginHost *self)
{
  return self->name;
}

/**
 * pane_plugin_host_get_title:
 * @self: a host
 *
 * Returns: (transfer none): what the plugin is called
 */
const char *
pane_plugin_host_get_title (PanePluginHost *self)
{
  return self->title;
}

/**
 * pane_plugin_host_get_folder:
 * @self: a host
 *
 * Returns: (transfer none) (nullable) (type filename): where the plugin's files are
 */
const char *
pane_plugin_host_get_folder (PanePluginHost *self)
{
  return self->folder;
}

/**
 * pane_plugin_host_is_active: (skip)
 * @self: a host
 *
 * Returns: whether it was started and not stopped
 */
gboolean
pane_plugin_host_is_active (PanePluginHost *self)
{
  return self->is_active;
}

/**
 * pane_plugin_host_start: (skip)
 * @self: a host that wasn't started
 * @plugin: (transfer full): the plugin
 *
 * Activates @plugin, on a thread of its own. ::started of the registry follows.
 *
 * - **Thread**: the loop's.
 */
void
pane_plugin_host_start (PanePluginHost *self, PanePlugin *plugin)
{
  g_return_if_fail (self->plugin == NULL);

  self->is_active = TRUE;
  self->plugin = plugin;
  pane_plugin_registry_add_host (pane_plugin_registry_get_default (), self);
  pane_plugin_host_ask (self,
                        pane_plugin_request_new (self, NULL, PANE_PLUGIN_JOB_START, NULL, NULL),
                        g_get_monotonic_time () + PANE_PLUGIN_START_USEC);
}

/* What waits to begin. */
static void
clear_jobs (PanePluginHost *self)
{
  GQueue jobs;

  g_mutex_lock (&self->lock);
  jobs = self->jobs;
  g_queue_init (&self->jobs);
  g_mutex_unlock (&self->lock);
  g_queue_clear_full (&jobs, (GDestroyNotify) pane_plugin_request_unref);
}

/* The reaper has freed all that went before: nothing of the plugin's is left that could run. */
static void
gone (gpointer data)
{
  PanePluginHost *self = data;
  PanePluginAccount account;

  pane_plugin_host_get_account (self, &account);
  if (account.n_threads_left == 0)
    g_clear_object (&self->plugin); /* of one that had hung and came back */
  thaw_future_resolve_int64 (self->stopped, account.n_threads_left > 0 || account.n_widgets > 0);
  pane_plugin_host_unref (self);
}

void
pane_plugin_host_stopped (PanePluginHost *self)
{
  clear_jobs (self);
  pane_plugin_worker_end (self);
  pane_plugin_host_forget_pending (self);
  pane_plugin_reap (gone, pane_plugin_host_ref (self));
  thaw_mailbox_close (self->mailbox);
}

/* All may have been left behind. */
static gboolean
has_thread (PanePluginHost *self)
{
  gboolean has;

  g_mutex_lock (&self->lock);
  has = self->worker != NULL;
  g_mutex_unlock (&self->lock);
  return has;
}

/**
 * pane_plugin_host_stop: (skip)
 * @self: a host
 *
 * Removes all that the plugin has registered, at once, and deactivates it on its thread.
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer full): a future of 0, or of 1 when its code has to stay where it is
 */
ThawFuture *
pane_plugin_host_stop (PanePluginHost *self)
{
  if (self->stopped != NULL)
    return thaw_future_ref (self->stopped);
  self->stopped = thaw_future_new ("plugin stopped");
  thaw_future_set_shared (self->stopped);
  if (!self->is_active)
    {
      thaw_future_resolve_int64 (self->stopped, 0);
      return thaw_future_ref (self->stopped);
    }
  self->is_active = FALSE;
  pane_plugin_registry_remove_host (pane_plugin_registry_get_default (), self);
  pane_plugin_host_forget_pending (self);
  clear_jobs (self);
  if (has_thread (self))
    pane_plugin_host_ask (self,
                          pane_plugin_request_new (self, NULL, PANE_PLUGIN_JOB_STOP, NULL, NULL),
                          g_get_monotonic_time () + PANE_PLUGIN_START_USEC);
  else
    pane_plugin_host_stopped (self);
  return thaw_future_ref (self->stopped);
}

/* Widgets */

static void
widget_gone (gpointer data, GObject *widget)
{
  PanePluginHost *self = data;

  g_mutex_lock (&self->lock);
  self->account.n_widgets--;
  g_mutex_unlock (&self->lock);
  pane_plugin_host_unref (self);
}

static GtkWidget *
take_widget (PanePluginHost *self, GtkWidget *widget)
{
  if (widget == NULL || !GTK_IS_WIDGET (widget))
    return NULL;
  if (g_object_is_floating (widget))
    g_object_ref_sink (widget);
  g_mutex_lock (&self->lock);
  self->account.n_widgets++;
  g_mutex_unlock (&self->lock);
  g_object_weak_ref (G_OBJECT (widget), widget_gone, pane_plugin_host_ref (self));
  return widget;
}

/**
 * pane_plugin_item_make_widget: (skip)
 * @self: a property page or a side panel
 * @location: a folder
 * @names: (nullable): names in it
 *
 * Has the plugin make its widget; how long that takes is the plugin's account.
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer full) (nullable): the widget, not floating; %NULL: none
 */
GtkWidget *
pane_plugin_item_make_widget (PanePluginItem *self, GFile *location, const char *const *names)
{
  g_autoptr (PanePluginRequest) request = NULL;
  PanePluginCall call;
  GtkWidget *widget;
  gint64 since;
  guint entered;

  if (!self->host->is_active)
    return NULL;
  request = pane_plugin_request_new (self->host, self, PANE_PLUGIN_JOB_ASK, location, names);
  since = pane_plugin_host_enter (self->host, self->id, &entered);
  pane_plugin_call_begin (self->host, &call);
  widget = ((PanePluginWidgetFunc) self->func) (request, self->user_data);
  pane_plugin_call_end (self->host, &call);
  pane_plugin_host_leave (self->host, self->id, since, entered);
  return take_widget (self->host, widget);
}
