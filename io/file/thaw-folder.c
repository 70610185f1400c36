/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The folder: one place, listed, ordered and kept up to date off the loop.
 *
 *   list job (lane) ──names──▶ store          sort job (CPU pool) ──order──▶ loop
 *   details jobs (lane) ─────▶ columns        changes, rescan, poll jobs (lane) ──order──▶ loop
 *
 * This file is the object: its properties and signals, and what is done with the jobs' messages.
 * Which job runs when is decided on the loop too, in thaw-folder-load.c, thaw-folder-show.c and
 * thaw-folder-follow.c; thaw-folder-private.h is their map. None of them does work that grows with
 * the folder. */

#include "thaw-folder-private.h"

G_DEFINE_FINAL_TYPE (ThawFolder, thaw_folder, G_TYPE_OBJECT)

enum { PROP_0, PROP_LOCATION, PROP_STATE, N_PROPS };
enum { ORDER_CHANGED, ENTRIES_CHANGED, SORT_KEYS_WANTED, N_SIGNALS };
static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

void
thaw_folder_set_state (ThawFolder *self, ThawFolderState state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
}

void
thaw_folder_fail (ThawFolder *self, const GError *error, ThawFolderState state)
{
  g_clear_error (&self->error);
  self->error = g_error_copy (error);
  self->waiting_since_usec = 0;
  thaw_folder_set_state (self, state);
}

void
thaw_folder_tell_order (ThawFolder *self)
{
  g_signal_emit (self, signals[ORDER_CHANGED], 0, self->order);
}

void
thaw_folder_tell_keys_wanted (ThawFolder *self)
{
  g_signal_emit (self, signals[SORT_KEYS_WANTED], 0);
}

void
thaw_folder_tell_entries (ThawFolder *self, gconstpointer ids, guint n_ids)
{
  g_signal_emit (self, signals[ENTRIES_CHANGED], 0, ids, n_ids);
}

gboolean
thaw_folder_is_slow_place (ThawFolder *self)
{
  return self->work->path == NULL || thaw_lane_get_kind (self->lane) != THAW_MOUNT_LOCAL;
}

/* Runs a body of the work on the folder's lane. Patient: through an outage, because the user is
 * waiting for it. */
void
thaw_folder_run_on_lane (ThawFolder *self,
                         const char *name,
                         ThawPriority priority,
                         ThawJobFunc body,
                         ThawDoneFunc done)
{
  g_autoptr (ThawFuture) future = thaw_lane_run_patient (self->lane,
                                                         self->load_scope,
                                                         name,
                                                         priority,
                                                         -1,
                                                         body,
                                                         thaw_folder_work_ref (self->work),
                                                         (GDestroyNotify) thaw_folder_work_unref);

  thaw_future_done (future, self->load_scope, done, self, NULL);
}

/* Which lane speaks doesn't matter: it may be one that was left, or the one that ours stands in
 * for. */
static void
lane_cb (gpointer data, gpointer user_data)
{
  g_autoptr (ThawLane) lane = data;

  thaw_folder_update_waiting (user_data);
}

static void
message_cb (gpointer data, gpointer user_data)
{
  ThawFolder *self = user_data;
  ThawFolderMessage *message = data;

  if (message->work == self->work)
    switch (message->kind)
      {
      case THAW_FOLDER_MESSAGE_ORDER:
        thaw_folder_note_progress (self);
        if (self->order == NULL || !self->sorting)
          thaw_folder_adopt_order (self, message->order);
        break;
      case THAW_FOLDER_MESSAGE_NAMES:
        thaw_folder_note_progress (self);
        thaw_folder_more_names (self);
        break;
      case THAW_FOLDER_MESSAGE_CHANGED:
        thaw_folder_tell_entries (self, message->ids->data, message->ids->len);
        break;
      case THAW_FOLDER_MESSAGE_EVENTS:
        thaw_folder_request_changes (self);
        break;
      case THAW_FOLDER_N_MESSAGES:
        g_assert_not_reached ();
      }
  thaw_folder_message_free (message);
}

/**
 * thaw_folder_get_location:
 * @self: a folder
 *
 * Returns: (transfer none): what it lists
 */
GFile *
thaw_folder_get_location (ThawFolder *self)
{
  return self->location;
}

ThawFolderState
thaw_folder_get_state (ThawFolder *self)
{
  return self->state;
}

/**
 * thaw_folder_get_error:
 * @self: a folder
 *
 * Returns: (transfer none) (nullable): why it failed
 */
const GError *
thaw_folder_get_error (ThawFolder *self)
{
  return self->error;
}

gint64
thaw_folder_get_waiting_since_usec (ThawFolder *self)
{
  return self->waiting_since_usec;
}

/**
 * thaw_folder_get_lane:
 * @self: a folder
 *
 * Returns: (transfer none): the lane that its reading happens on
 */
ThawLane *
thaw_folder_get_lane (ThawFolder *self)
{
  return self->lane;
}

gboolean
thaw_folder_get_may_be_stale (ThawFolder *self)
{
  if (self->work == NULL || !self->listed)
    return FALSE;
  if (self->work->path == NULL)
    return !thaw_folder_work_is_watched (self->work);
  if (!self->watching || self->changing)
    return thaw_folder_is_slow_place (self); /* not yet known */
  return thaw_folder_is_slow_place (self) || !thaw_folder_work_is_watched (self->work);
}

/**
 * thaw_folder_get_store:
 * @self: a folder
 *
 * Returns: (transfer none) (nullable): its entries; %NULL before it is started
 */
ThawEntryStore *
thaw_folder_get_store (ThawFolder *self)
{
  return self->work ? self->work->store : NULL;
}

/**
 * thaw_folder_get_order:
 * @self: a folder
 *
 * Returns: (transfer none) (nullable): the newest order; %NULL before the first rows
 */
ThawOrder *
thaw_folder_get_order (ThawFolder *self)
{
  return self->order;
}

/**
 * thaw_folder_get_spec:
 * @self: a folder
 *
 * Returns: (transfer none): how it is ordered and filtered
 */
const ThawOrderSpec *
thaw_folder_get_spec (ThawFolder *self)
{
  return &self->spec;
}

guint32
thaw_folder_get_n_listed (ThawFolder *self)
{
  return self->work ? thaw_entry_store_get_n_alive (self->work->store) : 0;
}

static void
thaw_folder_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ThawFolder *self = THAW_FOLDER (object);

  if (id == PROP_LOCATION)
    self->location = g_value_dup_object (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
thaw_folder_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawFolder *self = THAW_FOLDER (object);

  if (id == PROP_LOCATION)
    g_value_set_object (value, self->location);
  else if (id == PROP_STATE)
    g_value_set_uint (value, self->state);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
thaw_folder_constructed (GObject *object)
{
  ThawFolder *self = THAW_FOLDER (object);

  G_OBJECT_CLASS (thaw_folder_parent_class)->constructed (object);
  thaw_order_spec_init (&self->spec);
  self->scope = thaw_scope_new_for_owner ("folder", object, NULL);
  self->mailbox = thaw_mailbox_new ("folder",
                                    NULL,
                                    object,
                                    THAW_MAILBOX_UNBOUNDED,
                                    message_cb,
                                    self,
                                    (GDestroyNotify) thaw_folder_message_free);
  thaw_mailbox_set_merge (self->mailbox, thaw_folder_message_merge);
  /* The first rows are what the user has asked for: into the frame that shows the view. */
  thaw_mailbox_set_priority (self->mailbox, THAW_PRIORITY_HIGH);
  self->lane_mailbox = thaw_mailbox_new ("folder-lane",
                                         NULL,
                                         object,
                                         THAW_MAILBOX_UNBOUNDED,
                                         lane_cb,
                                         self,
                                         (GDestroyNotify) thaw_lane_unref);
}

static void
thaw_folder_dispose (GObject *object)
{
  ThawFolder *self = THAW_FOLDER (object);

  thaw_folder_end_load (self);
  G_OBJECT_CLASS (thaw_folder_parent_class)->dispose (object);
}

static void
thaw_folder_finalize (GObject *object)
{
  ThawFolder *self = THAW_FOLDER (object);

  g_clear_pointer (&self->work, thaw_folder_work_unref);
  g_clear_pointer (&self->order, thaw_order_release);
  g_clear_pointer (&self->mailbox, thaw_mailbox_unref);
  g_clear_pointer (&self->lane_mailbox, thaw_mailbox_unref);
  g_clear_pointer (&self->scope, thaw_scope_unref);
  g_clear_pointer (&self->lane, thaw_lane_unref);
  thaw_order_spec_clear (&self->spec);
  g_clear_error (&self->error);
  g_clear_object (&self->location);
  G_OBJECT_CLASS (thaw_folder_parent_class)->finalize (object);
}

static void
thaw_folder_class_init (ThawFolderClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->constructed = thaw_folder_constructed;
  object_class->dispose = thaw_folder_dispose;
  object_class->finalize = thaw_folder_finalize;
  object_class->set_property = thaw_folder_set_property;
  object_class->get_property = thaw_folder_get_property;

  /**
   * ThawFolder:location:
   *
   * The place; never changes.
   */
  props[PROP_LOCATION]
      = g_param_spec_object ("location",
                             NULL,
                             NULL,
                             G_TYPE_FILE,
                             G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * ThawFolder:state:
   *
   * A [enum@Thaw.FolderState].
   */
  props[PROP_STATE] = g_param_spec_uint ("state",
                                         NULL,
                                         NULL,
                                         0,
                                         THAW_FOLDER_GONE,
                                         THAW_FOLDER_IDLE,
                                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  /**
   * ThawFolder::order-changed:
   * @self: the folder
   * @order: the newest order
   */
  signals[ORDER_CHANGED] = g_signal_new ("order-changed",
                                         THAW_TYPE_FOLDER,
                                         G_SIGNAL_RUN_LAST,
                                         0,
                                         NULL,
                                         NULL,
                                         NULL,
                                         G_TYPE_NONE,
                                         1,
                                         THAW_TYPE_ORDER | G_SIGNAL_TYPE_STATIC_SCOPE);
  /**
   * ThawFolder::entries-changed:
   * @self: the folder
   * @ids: (nullable): guint32 ids, or %NULL when any may have changed
   * @n_ids: how many
   */
  signals[ENTRIES_CHANGED] = g_signal_new ("entries-changed",
                                           THAW_TYPE_FOLDER,
                                           G_SIGNAL_RUN_LAST,
                                           0,
                                           NULL,
                                           NULL,
                                           NULL,
                                           G_TYPE_NONE,
                                           2,
                                           G_TYPE_POINTER,
                                           G_TYPE_UINT);
  /**
   * ThawFolder::sort-keys-wanted:
   * @self: the folder
   *
   * The folder is by another attribute now, or by none, or is read anew: whoever knows about the
   * attribute of its spec calls [method@Thaw.Folder.set_sort_keys] for all its entries from now on,
   * in any order, and stops doing so for the one before.
   */
  signals[SORT_KEYS_WANTED] = g_signal_new ("sort-keys-wanted",
                                            THAW_TYPE_FOLDER,
                                            G_SIGNAL_RUN_LAST,
                                            0,
                                            NULL,
                                            NULL,
                                            NULL,
                                            G_TYPE_NONE,
                                            0);
}

static void
thaw_folder_init (ThawFolder *self)
{
}

/**
 * thaw_folder_new:
 * @location: a place that GIO can name
 *
 * - **Thread**: the loop's. Nothing is read before [method@Thaw.Folder.start].
 *
 * Returns: (transfer full): a folder
 */
ThawFolder *
thaw_folder_new (GFile *location)
{
  return g_object_new (THAW_TYPE_FOLDER, "location", location, NULL);
}
