/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A question to a plugin, and its answer. The question is copied, so that a plugin never holds
 * anything of the window's; a GFile or GCancellable of it is made when the plugin asks for one and
 * is the plugin's alone, because a language that wraps objects takes its lock whenever their last
 * but one reference comes or goes. What is answered is checked here, on the plugin's thread: the
 * loop gets answers that make sense. */

#include "pane-plugin-private.h"

#include <math.h>
#include <string.h>

#define MAX_TEXT 512 /* bytes of a text; more isn't shown anywhere */
#define FEW_NAMES 16
#define MAX_ITEMS 16 /* of a menu, by one provider */

G_DEFINE_BOXED_TYPE (PanePluginRequest,
                     pane_plugin_request,
                     pane_plugin_request_ref,
                     pane_plugin_request_unref)

void
pane_plugin_answer_free (gpointer data)
{
  PanePluginAnswer *answer = data;

  if (answer == NULL) /* the list's end */
    return;
  g_free (answer->name);
  g_free (answer->text);
  g_free (answer->icon_name);
  g_free (answer->operation);
  g_free (answer);
}

PanePluginRequest *
pane_plugin_request_new (PanePluginHost *host,
                         PanePluginItem *item,
                         PanePluginJob job,
                         GFile *location,
                         const char *const *names)
{
  PanePluginRequest *self = g_new0 (PanePluginRequest, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->host = pane_plugin_host_ref (host);
  self->item = item != NULL ? pane_plugin_item_ref (item) : NULL;
  self->job = job;
  self->uri = location != NULL ? g_file_get_uri (location) : g_strdup ("");
  self->names = names != NULL ? g_strdupv ((char **) names) : g_new0 (char *, 1);
  self->n_names = g_strv_length (self->names);
  self->deadline_usec = self->limit_usec = -1;
  self->answers = g_ptr_array_new_with_free_func (pane_plugin_answer_free);
  g_mutex_init (&self->lock);
  g_mutex_lock (&host->lock);
  host->account.n_requests++;
  g_mutex_unlock (&host->lock);
  return self;
}

/**
 * pane_plugin_request_ref:
 * @self: a request
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): @self
 */
PanePluginRequest *
pane_plugin_request_ref (PanePluginRequest *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
request_free (gpointer data)
{
  PanePluginRequest *self = data;

  g_mutex_lock (&self->host->lock);
  self->host->account.n_requests--;
  g_mutex_unlock (&self->host->lock);
  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_clear_object (&self->location);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->item, pane_plugin_item_unref);
  pane_plugin_host_unref (self->host);
  g_ptr_array_unref (self->answers);
  g_clear_pointer (&self->known_names, g_hash_table_unref);
  g_strfreev (self->names);
  g_free (self->uri);
  g_free (self->error);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * pane_plugin_request_unref:
 * @self: (transfer full): a request
 *
 * - **Thread**: any.
 */
void
pane_plugin_request_unref (PanePluginRequest *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  if (thaw_pump_is_own_thread (thaw_mailbox_get_pump (self->host->mailbox)))
    pane_plugin_reap (request_free, self);
  else
    request_free (self);
}

/* The question */

/**
 * pane_plugin_request_get_location:
 * @self: a request
 *
 * Returns: (transfer none): the folder that it is about
 */
GFile *
pane_plugin_request_get_location (PanePluginRequest *self)
{
  GFile *location;

  g_mutex_lock (&self->lock);
  if (self->location == NULL)
    self->location = g_file_new_for_uri (self->uri);
  location = self->location;
  g_mutex_unlock (&self->lock);
  return location;
}

/**
 * pane_plugin_request_get_uri:
 * @self: a request
 *
 * Returns: (transfer none): the folder's URI
 */
const char *
pane_plugin_request_get_uri (PanePluginRequest *self)
{
  return self->uri;
}

/**
 * pane_plugin_request_get_path:
 * @self: a request
 *
 * Returns: (transfer none) (nullable) (type filename): the folder's path, %NULL if it isn't a local
 * one
 */
const char *
pane_plugin_request_get_path (PanePluginRequest *self)
{
  return g_file_peek_path (pane_plugin_request_get_location (self));
}

/**
 * pane_plugin_request_get_names:
 * @self: a request
 *
 * Returns: (transfer none) (array zero-terminated=1) (element-type filename): the names of the
 * entries that it is about, in that folder; none if it is about the folder itself
 */
const char *const *
pane_plugin_request_get_names (PanePluginRequest *self)
{
  return (const char *const *) self->names;
}

/**
 * pane_plugin_request_get_n_names:
 * @self: a request
 *
 * Returns: how many there are
 */
guint
pane_plugin_request_get_n_names (PanePluginRequest *self)
{
  return self->n_names;
}

/**
 * pane_plugin_request_dup_file:
 * @self: a request
 * @i: which of the names
 *
 * Returns: (transfer full) (nullable): the file of that name
 */
GFile *
pane_plugin_request_dup_file (PanePluginRequest *self, guint i)
{
  g_return_val_if_fail (i < pane_plugin_request_get_n_names (self), NULL);

  return g_file_get_child (pane_plugin_request_get_location (self), self->names[i]);
}

/**
 * pane_plugin_request_get_deadline_usec:
 * @self: a request
 *
 * Returns: when the answer has to be there, monotonic, or -1
 */
gint64
pane_plugin_request_get_deadline_usec (PanePluginRequest *self)
{
  return self->deadline_usec;
}

/**
 * pane_plugin_request_get_cancellable:
 * @self: a request
 *
 * For GIO's calls. It is cancelled when nobody waits for the answer any more.
 *
 * Returns: (transfer none): its cancellable
 */
GCancellable *
pane_plugin_request_get_cancellable (PanePluginRequest *self)
{
  GCancellable *cancellable;

  g_mutex_lock (&self->lock);
  if (self->cancellable == NULL)
    {
      self->cancellable = g_cancellable_new ();
      if (self->is_cancelled)
        g_cancellable_cancel (self->cancellable); /* nobody listens yet */
    }
  cancellable = self->cancellable;
  g_mutex_unlock (&self->lock);
  return cancellable;
}

/**
 * pane_plugin_request_is_cancelled:
 * @self: a request
 *
 * Returns: whether nobody waits for the answer any more
 */
gboolean
pane_plugin_request_is_cancelled (PanePluginRequest *self)
{
  gboolean is_cancelled;

  g_mutex_lock (&self->lock);
  is_cancelled = self->is_cancelled;
  g_mutex_unlock (&self->lock);
  return is_cancelled;
}

/* Whoever listens is the plugin's. */
static void
cancel (gpointer data)
{
  g_autoptr (PanePluginRequest) self = data;

  g_cancellable_cancel (self->cancellable);
}

void
pane_plugin_request_cancel (PanePluginRequest *self)
{
  gboolean has_cancellable;

  g_mutex_lock (&self->lock);
  self->is_cancelled = TRUE;
  has_cancellable = self->cancellable != NULL;
  g_mutex_unlock (&self->lock);
  if (has_cancellable)
    pane_plugin_reap (cancel, pane_plugin_request_ref (self));
}

void
pane_plugin_request_drop (PanePluginRequest *self)
{
  if (self->destroy != NULL)
    self->destroy (self->user_data);
  self->destroy = NULL;
  self->func = NULL;
  pane_plugin_request_unref (self);
}

/* The answer */

static gboolean
is_name (PanePluginRequest *self, const char *name)
{
  gboolean is_known;

  if (name == NULL || self->n_names <= FEW_NAMES)
    return name != NULL && g_strv_contains ((const char *const *) self->names, name);
  g_mutex_lock (&self->lock);
  if (self->known_names == NULL)
    {
      self->known_names = g_hash_table_new (g_str_hash, g_str_equal);
      for (guint i = 0; i < self->n_names; i++)
        g_hash_table_add (self->known_names, self->names[i]);
    }
  is_known = g_hash_table_contains (self->known_names, name);
  g_mutex_unlock (&self->lock);
  return is_known;
}

/* NULL and "" are fine: there is nothing to say. */
static gboolean
is_text (const char *text)
{
  return text == NULL || (strlen (text) <= MAX_TEXT && g_utf8_validate (text, -1, NULL));
}

static gboolean
is_icon_name (const char *name)
{
  return name == NULL
         || (strlen (name) <= 128
             && strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+")
                    == strlen (name));
}

static void
add (PanePluginRequest *self,
     gboolean makes_sense,
     const char *name,
     const char *text,
     const char *icon_name,
     const char *operation,
     double sort_key)
{
  PanePluginAnswer *answer = NULL;

  makes_sense = makes_sense && is_text (text) && is_icon_name (icon_name);
  if (makes_sense)
    {
      answer = g_new0 (PanePluginAnswer, 1);
      answer->name = g_strdup (name);
      answer->text = g_strdup (text);
      answer->icon_name = g_strdup (icon_name);
      answer->operation = g_strdup (operation);
      answer->sort_key = sort_key;
    }
  g_mutex_lock (&self->lock);
  if (!makes_sense)
    self->n_rubbish++;
  else if (!self->is_finished && self->answers->len <= 2 * self->n_names + MAX_ITEMS)
    g_ptr_array_add (self->answers, g_steal_pointer (&answer));
  g_mutex_unlock (&self->lock);
  pane_plugin_answer_free (answer);
}

/**
 * pane_plugin_request_set_text:
 * @self: a request for a column
 * @name: (type filename): one of its names
 * @text: (nullable): what the column shows for it
 *
 * Answers for one entry. One that isn't answered for shows nothing.
 */
void
pane_plugin_request_set_text (PanePluginRequest *self, const char *name, const char *text)
{
  add (self, is_name (self, name), name, text, NULL, NULL, NAN);
}

/**
 * pane_plugin_request_set_value:
 * @self: a request for a column
 * @name: (type filename): one of its names
 * @text: (nullable): what the column shows for it
 * @sort_key: what it sorts by: a number, seconds of a time, …; a NaN for nothing but the text
 *
 * Answers for one entry as [method@Pane.PluginRequest.set_text] does, and says where it stands
 * among the others, whatever its text reads like.
 */
void
pane_plugin_request_set_value (PanePluginRequest *self,
                               const char *name,
                               const char *text,
                               double sort_key)
{
  add (self, is_name (self, name), name, text, NULL, NULL, sort_key);
}

/**
 * pane_plugin_request_set_badge:
 * @self: a request for badges
 * @name: (type filename): one of its names
 * @icon_name: (nullable): a named icon, drawn small on the entry's own
 * @word: (nullable): what it means, in one or two words: screen readers say it
 *
 * Answers for one entry. One that isn't answered for has no badge.
 */
void
pane_plugin_request_set_badge (PanePluginRequest *self,
                               const char *name,
                               const char *icon_name,
                               const char *word)
{
  add (self, is_name (self, name), name, word, icon_name, NULL, NAN);
}

/**
 * pane_plugin_request_add_item:
 * @self: a request for a menu
 * @operation: an operation that the plugin has registered
 * @label: what the menu says; an underline marks the mnemonic
 * @icon_name: (nullable): a named icon
 *
 * Adds an entry to the menu. At most 16 of them are shown.
 */
void
pane_plugin_request_add_item (PanePluginRequest *self,
                              const char *operation,
                              const char *label,
                              const char *icon_name)
{
  gboolean makes_sense = label != NULL && *label != '\0' && operation != NULL && *operation != '\0';

  add (self, makes_sense && self->answers->len < MAX_ITEMS, NULL, label, icon_name, operation, NAN);
}

/**
 * pane_plugin_request_set_label:
 * @self: a request for a label
 * @text: (nullable): what is said beside the path; %NULL: nothing
 * @icon_name: (nullable): a symbolic icon before it
 *
 * Answers for the folder, such as with the branch that is checked out there.
 */
void
pane_plugin_request_set_label (PanePluginRequest *self, const char *text, const char *icon_name)
{
  add (self, TRUE, NULL, text, icon_name, NULL, NAN);
}

/* Operations */

/**
 * pane_plugin_request_set_progress:
 * @self: a request for an operation
 * @fraction: 0 to 1, or -1 if that isn't known
 * @text: (nullable): what it is at
 *
 * Says how far it is. Cheap enough for every file.
 */
void
pane_plugin_request_set_progress (PanePluginRequest *self, double fraction, const char *text)
{
  PanePluginMessage *message;

  if (!is_text (text))
    return;
  message = pane_plugin_message_new (self->host, PANE_PLUGIN_MESSAGE_PROGRESS);
  message->request = pane_plugin_request_ref (self);
  message->fraction = CLAMP (fraction, -1, 1);
  message->text = g_strdup (text);
  pane_plugin_host_post (self->host, message);
}

/**
 * pane_plugin_request_submit:
 * @self: a request for an operation
 * @operation: what is to be done to files
 * @title: what it is called in the history, and undone by
 *
 * Has files changed by one of Thaw's own operations: it is journalled, shown, and can be undone.
 * Returns at once.
 */
void
pane_plugin_request_submit (PanePluginRequest *self,
                            ThawOperationRequest *operation,
                            const char *title)
{
  PanePluginMessage *message;

  g_return_if_fail (operation != NULL && is_text (title));

  message = pane_plugin_message_new (self->host, PANE_PLUGIN_MESSAGE_SUBMIT);
  message->operation = thaw_operation_request_ref (operation);
  message->text = g_strdup (title);
  pane_plugin_host_post (self->host, message);
}

/**
 * pane_plugin_request_say:
 * @self: a request for an operation
 * @text: one line
 *
 * Tells the user something in passing.
 */
void
pane_plugin_request_say (PanePluginRequest *self, const char *text)
{
  PanePluginMessage *message;

  if (!is_text (text))
    return;
  message = pane_plugin_message_new (self->host, PANE_PLUGIN_MESSAGE_SAY);
  message->text = g_strdup (text);
  pane_plugin_host_post (self->host, message);
}

/* Its end */

/**
 * pane_plugin_request_hold:
 * @self: a request
 *
 * The answer comes later: with pane_plugin_request_finish() or pane_plugin_request_fail().
 */
void
pane_plugin_request_hold (PanePluginRequest *self)
{
  g_mutex_lock (&self->lock);
  self->is_held = TRUE;
  g_mutex_unlock (&self->lock);
}

static void
followed_cb (ThawFuture *completed, gpointer user_data)
{
  const GError *error = thaw_future_get_error (completed);

  if (error == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    pane_plugin_request_finish (user_data);
  else
    pane_plugin_request_fail (user_data, error->message);
}

/**
 * pane_plugin_request_follow:
 * @self: a request
 * @future: what makes the answer
 *
 * The answer is complete when @future is; if that is rejected the request has failed.
 */
void
pane_plugin_request_follow (PanePluginRequest *self, ThawFuture *future)
{
  pane_plugin_request_hold (self);
  thaw_future_done (future,
                    NULL,
                    followed_cb,
                    pane_plugin_request_ref (self),
                    (GDestroyNotify) pane_plugin_request_unref);
}

static void
finish (PanePluginRequest *self, const char *error)
{
  PanePluginMessage *message;
  gboolean was_finished;

  g_mutex_lock (&self->lock);
  was_finished = self->is_finished;
  self->is_finished = TRUE;
  if (!was_finished)
    g_ptr_array_add (self->answers, NULL);
  if (!was_finished && error != NULL)
    self->error = g_utf8_make_valid (error, -1);
  g_mutex_unlock (&self->lock);
  if (was_finished)
    return;
  message = pane_plugin_message_new (self->host, PANE_PLUGIN_MESSAGE_REPLY);
  message->request = pane_plugin_request_ref (self);
  pane_plugin_host_post (self->host, message);
}

/**
 * pane_plugin_request_finish:
 * @self: a request
 *
 * The answer is complete. What is said afterwards isn't heard.
 */
void
pane_plugin_request_finish (PanePluginRequest *self)
{
  finish (self, NULL);
}

/**
 * pane_plugin_request_fail:
 * @self: a request
 * @message: what went wrong, for people
 *
 * There is no answer. Of an operation this is shown; a provider that can't answer just doesn't.
 */
void
pane_plugin_request_fail (PanePluginRequest *self, const char *message)
{
  finish (self, message != NULL ? message : "");
}
