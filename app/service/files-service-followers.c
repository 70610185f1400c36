/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is told what becomes of an operation. Followers are names on the bus; a signal goes to them
 * alone, so an operation that nobody follows costs the bus nothing; that a follower has gone is
 * told by the bus. Changes are gathered for a tenth of a second; a question and the end are told at
 * once. Loop's thread. */

#include "files-service-private.h"

#define TELL_MSEC 100

/* Kept with the operation. */
typedef struct {
  guint64 number;
  GPtrArray *listeners; /* char * */
  gboolean has_changed;
  gboolean was_told; /* of its end, to somebody */
} Following;

static GQuark
following_quark (void)
{
  return g_quark_from_static_string ("files-service-following");
}

static void
following_free (gpointer data)
{
  Following *self = data;

  g_ptr_array_unref (self->listeners);
  g_free (self);
}

static Following *
get_following (FilesService *self, ThawOperation *operation)
{
  Following *following = g_object_get_qdata (G_OBJECT (operation), following_quark ());

  if (following != NULL)
    return following;
  following = g_new0 (Following, 1);
  following->number = ++self->last_number;
  following->listeners = g_ptr_array_new_with_free_func (g_free);
  g_object_set_qdata_full (G_OBJECT (operation), following_quark (), following, following_free);
  return following;
}

guint64
files_service_get_number (FilesService *self, ThawOperation *operation)
{
  return get_following (self, operation)->number;
}

ThawOperation *
files_service_find (FilesService *self, guint64 number)
{
  GListModel *queue = G_LIST_MODEL (files_operations_get_queue (self->operations));
  guint n = g_list_model_get_n_items (queue);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ThawOperation) operation = g_list_model_get_item (queue, i);
      const Following *following = g_object_get_qdata (G_OBJECT (operation), following_quark ());

      if (following != NULL && following->number == number)
        return g_steal_pointer (&operation);
    }
  return NULL;
}

/* Telling */

static void
tell (FilesService *self, ThawOperation *operation, Following *following)
{
  g_autoptr (FilesFacts) facts = files_facts_new (operation, FALSE);
  gboolean is_over = files_facts_is_over (facts);
  gboolean all = is_over || facts->state == THAW_OPERATION_PLANNED;
  g_autoptr (FilesFacts) whole = all ? files_facts_new (operation, TRUE) : NULL;
  g_autoptr (GVariant) packed
      = g_variant_ref_sink (files_wire_pack_facts (whole != NULL ? whole : facts, all));

  following->has_changed = FALSE;
  for (guint i = 0; i < following->listeners->len; i++)
    files_bus_tell (self->bus,
                    g_ptr_array_index (following->listeners, i),
                    is_over ? "Ended" : "Changed",
                    g_variant_new ("(t@a{sv})", following->number, packed));
  following->was_told = following->was_told || (is_over && following->listeners->len > 0);
  if (is_over)
    g_ptr_array_set_size (following->listeners, 0);
}

static gboolean
tell_cb (gpointer user_data)
{
  FilesService *self = user_data;
  GListModel *queue = G_LIST_MODEL (files_operations_get_queue (self->operations));
  guint n = g_list_model_get_n_items (queue);

  self->tell_source = 0;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ThawOperation) operation = g_list_model_get_item (queue, i);
      Following *following = g_object_get_qdata (G_OBJECT (operation), following_quark ());

      if (following != NULL && following->has_changed && following->listeners->len > 0)
        tell (self, operation, following);
    }
  return G_SOURCE_REMOVE;
}

static void
notify_cb (FilesService *self, GParamSpec *pspec, ThawOperation *operation)
{
  Following *following = get_following (self, operation);
  ThawOperationState state = thaw_operation_get_state (operation);

  if (following->listeners->len == 0)
    return;
  following->has_changed = TRUE;
  if (state >= THAW_OPERATION_DONE || g_str_equal (pspec->name, "question"))
    tell (self, operation, following);
  else if (self->tell_source == 0)
    self->tell_source = g_timeout_add (TELL_MSEC, tell_cb, self);
}

/* Followers */

static void
appeared_cb (GDBusConnection *connection, const char *name, const char *owner, gpointer user_data)
{
  g_dbus_connection_set_exit_on_close (connection, FALSE);
}

static void
vanished_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  FilesService *self = user_data;
  GListModel *queue = G_LIST_MODEL (files_operations_get_queue (self->operations));

  for (guint i = 0; i < g_list_model_get_n_items (queue); i++)
    {
      g_autoptr (ThawOperation) operation = g_list_model_get_item (queue, i);

      files_service_unfollow (self, operation, name);
    }
  g_hash_table_remove (self->watches, name);
}

static void
unwatch (gpointer id)
{
  g_bus_unwatch_name (GPOINTER_TO_UINT (id));
}

static void
watch (FilesService *self, const char *listener)
{
  guint id;

  if (self->watches == NULL)
    self->watches = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, unwatch);
  if (g_hash_table_contains (self->watches, listener))
    return;
  id = g_bus_watch_name (G_BUS_TYPE_SESSION,
                         listener,
                         G_BUS_NAME_WATCHER_FLAGS_NONE,
                         appeared_cb,
                         vanished_cb,
                         self,
                         NULL);
  g_hash_table_insert (self->watches, g_strdup (listener), GUINT_TO_POINTER (id));
}

void
files_service_clear_watches (FilesService *self)
{
  g_clear_pointer (&self->watches, g_hash_table_unref);
}

/* Any number of them: whoever follows twice is told once. */
void
files_service_follow (FilesService *self, ThawOperation *operation, const char *listener)
{
  Following *following = get_following (self, operation);

  if (!g_ptr_array_find_with_equal_func (following->listeners, listener, g_str_equal, NULL))
    g_ptr_array_add (following->listeners, g_strdup (listener));
  watch (self, listener);
  if (g_signal_handler_find (operation,
                             G_SIGNAL_MATCH_FUNC | G_SIGNAL_MATCH_DATA,
                             0,
                             0,
                             NULL,
                             notify_cb,
                             self)
      == 0)
    g_signal_connect_object (operation, "notify", G_CALLBACK (notify_cb), self, G_CONNECT_SWAPPED);
  /* What it looks like now, after the answer that says its number. */
  if (thaw_operation_get_state (operation) >= THAW_OPERATION_DONE)
    tell (self, operation, following);
  else if (self->tell_source == 0)
    self->tell_source = g_timeout_add (TELL_MSEC, tell_cb, self);
  following->has_changed = TRUE;
}

void
files_service_unfollow (FilesService *self, ThawOperation *operation, const char *listener)
{
  Following *following = get_following (self, operation);
  guint i;

  if (g_ptr_array_find_with_equal_func (following->listeners, listener, g_str_equal, &i))
    g_ptr_array_remove_index (following->listeners, i);
}

gboolean
files_service_is_followed (FilesService *self, ThawOperation *operation)
{
  const Following *following = get_following (self, operation);

  return following->was_told || following->listeners->len > 0;
}
