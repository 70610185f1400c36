/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Duplicates: the object on the loop. A disk usage walks the tree and shows each file to the work,
 * the pool sorts them by size, a crew on the folder's lane reads what may be the same, and groups
 * come here, where they are kept in the order of their waste. Reflinks share their blocks but can't
 * be told from copies: what is freed by deleting one may be nothing. Nothing here touches a file.
 */

#include "thaw-duplicates-private.h"

#include "thaw-disk-usage-private.h"

G_DEFINE_FINAL_TYPE (ThawDuplicates, thaw_duplicates, G_TYPE_OBJECT)

enum { PROP_0, PROP_LOCATION, PROP_MIN_SIZE, PROP_STATE, N_PROPS };
static GParamSpec *props[N_PROPS];
static guint changed_signal;

static void
set_state (ThawDuplicates *self, ThawDuplicatesState state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
}

static void
insert_group (ThawDuplicates *self, ThawDuplicatesResult *result)
{
  guint low = 0, high = self->groups->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (((ThawDuplicatesResult *) g_ptr_array_index (self->groups, middle))->waste
          >= result->waste)
        low = middle + 1;
      else
        high = middle;
    }
  result->number = self->numbers->len;
  self->waste += result->waste;
  g_ptr_array_add (self->numbers, result);
  g_ptr_array_insert (self->groups, (gint) low, result);
}

static gboolean
is_read (ThawDuplicates *self)
{
  gboolean is_over;

  pthread_mutex_lock (&self->work->lock);
  is_over = self->work->sets->len == 0 && self->work->fresh->len == 0;
  for (guint i = 0; i < self->work->active->len; i++)
    is_over &= ((ThawDuplicatesSet *) g_ptr_array_index (self->work->active, i))->is_abandoned;
  pthread_mutex_unlock (&self->work->lock);
  return is_over;
}

static void
message_cb (gpointer message, gpointer user_data)
{
  ThawDuplicates *self = user_data;
  g_autoptr (GPtrArray) fresh = NULL;
  gboolean has_sets;
  ThawDuplicatesWork *work = message;

  if (work == self->work && self->state == THAW_DUPLICATES_READING)
    {
      g_object_ref (self);
      pthread_mutex_lock (&work->lock);
      fresh = g_steal_pointer (&work->fresh);
      work->fresh = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_duplicates_result_free);
      has_sets = work->sets->len > 0;
      pthread_mutex_unlock (&work->lock);
      while (fresh->len > 0)
        insert_group (self, g_ptr_array_steal_index (fresh, 0));
      if (has_sets)
        thaw_crew_start (self->crew);
      g_signal_emit (self, changed_signal, 0);
      if (work == self->work && self->state == THAW_DUPLICATES_READING && is_read (self))
        set_state (self, THAW_DUPLICATES_DONE);
      g_object_unref (self);
    }
  thaw_duplicates_work_unref (work);
}

static void
stalled (guint32 record, gpointer owner)
{
  ThawDuplicates *self = owner;

  thaw_duplicates_give_up (self->work, record);
  thaw_duplicates_work_tell (self->work, TRUE);
}

static void
rested (gpointer owner)
{
  ThawDuplicates *self = owner;

  thaw_duplicates_work_tell (self->work, TRUE);
}

static const ThawCrewFuncs crew_funcs
    = { "compare files", thaw_duplicates_read,     stalled,
        rested,          thaw_duplicates_work_ref, thaw_duplicates_work_unref };

static void
sorted_cb (ThawFuture *completed, gpointer data)
{
  ThawDuplicates *self = data;
  g_autoptr (ThawLane) lane = thaw_lane_for_path (self->work->tree->root_path);

  self->crew = thaw_crew_new (&crew_funcs,
                              lane,
                              self->bytes_per_sec > 0 || self->work->tree->rotational ? 1 : 2,
                              self->work,
                              self);
  set_state (self, THAW_DUPLICATES_READING);
  thaw_duplicates_work_tell (self->work, TRUE);
}

static void
usage_state_cb (ThawDiskUsage *usage, GParamSpec *pspec, ThawDuplicates *self)
{
  g_autoptr (ThawFuture) future = NULL;
  ThawDiskUsageState state = thaw_disk_usage_get_state (usage);

  if (usage != self->usage || self->state != THAW_DUPLICATES_LOOKING || self->work->tree != NULL)
    return;
  if (state == THAW_DISK_USAGE_FAILED)
    {
      self->error = g_error_copy (thaw_disk_usage_get_error (usage));
      set_state (self, THAW_DUPLICATES_FAILED);
    }
  if (state != THAW_DISK_USAGE_DONE)
    return;
  self->work->tree = thaw_usage_tree_ref (thaw_disk_usage_get_tree (usage));
  future = thaw_scope_compute (self->run_scope,
                               "sort files by size",
                               THAW_PRIORITY_LOW,
                               thaw_duplicates_work_sort,
                               thaw_duplicates_work_ref (self->work),
                               thaw_duplicates_work_unref);
  thaw_future_done (future, self->run_scope, sorted_cb, self, NULL);
}

static void
usage_changed_cb (ThawDiskUsage *usage, ThawDuplicates *self)
{
  if (usage == self->usage && self->state == THAW_DUPLICATES_LOOKING)
    g_signal_emit (self, changed_signal, 0);
}

/* The workers of both have references of what they need. */
static void
end_run (ThawDuplicates *self)
{
  g_clear_pointer (&self->crew, thaw_crew_free);
  if (self->run_scope != NULL)
    thaw_scope_cancel (self->run_scope);
  g_clear_pointer (&self->run_scope, thaw_scope_unref);
  if (self->usage != NULL)
    thaw_disk_usage_stop (self->usage);
}

static void
forget_run (ThawDuplicates *self)
{
  end_run (self);
  if (self->usage != NULL)
    g_signal_handlers_disconnect_by_data (self->usage, self);
  g_clear_object (&self->usage);
  g_clear_pointer (&self->work, thaw_duplicates_work_unref);
  g_ptr_array_set_size (self->numbers, 0);
  g_ptr_array_set_size (self->groups, 0);
  g_clear_error (&self->error);
  self->waste = 0;
}

/**
 * thaw_duplicates_start:
 * @self: a search
 *
 * Begins to look, or begins anew. Groups come while it reads, those first that may waste most; a
 * group never changes once it is there. Files are the same when 128 bits of a keyed hash over their
 * whole content are; [method@Thaw.Duplicates.verify] compares the bytes. What changes meanwhile, or
 * can't be read, or hangs, is left out and counted. Links aren't followed and mounts not crossed.
 *
 * - **Thread**: the loop's. Files are read on their folder's lane, when the disk has nothing else
 * to do.
 * - **Errors**: the state FAILED, with thaw_duplicates_get_error()
 * - **Cancellation**: thaw_duplicates_stop(), or drop the object.
 */
void
thaw_duplicates_start (ThawDuplicates *self)
{
  g_return_if_fail (THAW_IS_DUPLICATES (self));

  forget_run (self);
  self->run_scope = thaw_scope_new ("duplicates", self->scope);
  self->work = thaw_duplicates_work_new (self->mailbox, self->min_size, self->bytes_per_sec);
  self->usage = thaw_disk_usage_new (self->location, THAW_DISK_USAGE_DEFAULT);
  thaw_disk_usage_set_file_func (self->usage,
                                 thaw_duplicates_finds_add,
                                 thaw_duplicates_finds_ref (self->work->finds),
                                 thaw_duplicates_finds_unref);
  g_signal_connect (self->usage, "notify::state", G_CALLBACK (usage_state_cb), self);
  g_signal_connect (self->usage, "changed", G_CALLBACK (usage_changed_cb), self);
  set_state (self, THAW_DUPLICATES_LOOKING);
  thaw_disk_usage_start (self->usage);
}

/**
 * thaw_duplicates_stop:
 * @self: a search
 *
 * Ends it at once; the groups that were found stay.
 *
 * - **Thread**: the loop's.
 */
void
thaw_duplicates_stop (ThawDuplicates *self)
{
  g_return_if_fail (THAW_IS_DUPLICATES (self));

  end_run (self);
  if (self->state == THAW_DUPLICATES_LOOKING || self->state == THAW_DUPLICATES_READING)
    set_state (self, THAW_DUPLICATES_STOPPED);
}

/**
 * thaw_duplicates_set_rate:
 * @self: a search that isn't under way
 * @bytes_per_sec: how much may be read a second, or 0 for any
 *
 * - **Thread**: the loop's.
 */
void
thaw_duplicates_set_rate (ThawDuplicates *self, guint64 bytes_per_sec)
{
  g_return_if_fail (THAW_IS_DUPLICATES (self));

  self->bytes_per_sec = bytes_per_sec;
}

/**
 * thaw_duplicates_get_location:
 * @self: a search
 *
 * Returns: (transfer none): the folder that is searched
 */
GFile *
thaw_duplicates_get_location (ThawDuplicates *self)
{
  return self->location;
}

ThawDuplicatesState
thaw_duplicates_get_state (ThawDuplicates *self)
{
  return self->state;
}

/**
 * thaw_duplicates_get_error:
 * @self: a search
 *
 * Returns: (transfer none) (nullable): why it failed
 */
const GError *
thaw_duplicates_get_error (ThawDuplicates *self)
{
  return self->error;
}

/**
 * thaw_duplicates_get_usage:
 * @self: a search
 *
 * Returns: (transfer none) (nullable): the tree that it walks
 */
ThawDiskUsage *
thaw_duplicates_get_usage (ThawDuplicates *self)
{
  return self->usage;
}

/**
 * thaw_duplicates_get_progress:
 * @self: a search
 * @progress: (out caller-allocates): how far it is
 *
 * - **Thread**: the loop's.
 */
void
thaw_duplicates_get_progress (ThawDuplicates *self, ThawDuplicatesProgress *progress)
{
  g_return_if_fail (THAW_IS_DUPLICATES (self) && progress != NULL);

  *progress = (ThawDuplicatesProgress){ .n_groups = self->groups->len, .waste = self->waste };
  if (self->work == NULL)
    return;
  pthread_mutex_lock (&self->work->finds->lock);
  progress->n_files = self->work->finds->n_files;
  pthread_mutex_unlock (&self->work->finds->lock);
  pthread_mutex_lock (&self->work->lock);
  progress->n_candidates = self->state >= THAW_DUPLICATES_READING ? self->work->n_candidates : 0;
  progress->bytes_read = self->work->bytes_read;
  progress->bytes_max = self->state >= THAW_DUPLICATES_READING ? self->work->bytes_max : 0;
  progress->n_unreadable = self->work->unreadable->len;
  progress->n_changed = self->work->n_changed;
  pthread_mutex_unlock (&self->work->lock);
}

guint
thaw_duplicates_get_n_groups (ThawDuplicates *self)
{
  return self->groups->len;
}

/**
 * thaw_duplicates_get_group:
 * @self: a search
 * @index: from 0, the largest waste first
 * @group: (out caller-allocates): the group
 *
 * - **Thread**: the loop's.
 *
 * Returns: whether there are so many
 */
gboolean
thaw_duplicates_get_group (ThawDuplicates *self, guint index, ThawDuplicatesGroup *group)
{
  const ThawDuplicatesResult *result;

  g_return_val_if_fail (THAW_IS_DUPLICATES (self) && group != NULL, FALSE);

  if (index >= self->groups->len)
    return FALSE;
  result = g_ptr_array_index (self->groups, index);
  *group = (ThawDuplicatesGroup){ .group = result->number,
                                  .size = result->size,
                                  .waste = result->waste,
                                  .n_files = result->records->len,
                                  .n_copies = result->n_copies };
  return TRUE;
}

static GFile *
dup_record_file (ThawDuplicates *self, guint32 record)
{
  g_autofree char *folder = NULL, *path = NULL;

  thaw_usage_tree_lock (self->work->tree);
  folder = thaw_usage_tree_dup_path (self->work->tree,
                                     thaw_duplicates_work_get (self->work, record)->folder);
  thaw_usage_tree_unlock (self->work->tree);
  path = g_build_filename (folder, thaw_duplicates_work_get_name (self->work, record), NULL);
  return g_file_resolve_relative_path (self->location, path);
}

static void
clear_file (gpointer data)
{
  g_clear_object (&((ThawDuplicatesFile *) data)->file);
}

/**
 * thaw_duplicates_list_files:
 * @self: a search
 * @group: the number of a group
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer full) (element-type ThawDuplicatesFile): its files, hard links of one another
 * side by side; empty if there is no such group
 */
GArray *
thaw_duplicates_list_files (ThawDuplicates *self, guint group)
{
  GArray *files = g_array_new (FALSE, FALSE, sizeof (ThawDuplicatesFile));
  const ThawDuplicatesResult *result;
  guint copy = 0;

  g_return_val_if_fail (THAW_IS_DUPLICATES (self), files);

  g_array_set_clear_func (files, clear_file);
  if (group >= self->numbers->len)
    return files;
  result = g_ptr_array_index (self->numbers, group);
  for (guint i = 0; i < result->records->len; i++)
    {
      guint32 record = g_array_index (result->records, guint32, i);
      ThawDuplicatesFile file
          = { .file = dup_record_file (self, record),
              .mtime_nsec = thaw_duplicates_work_get (self->work, record)->mtime_nsec };

      if (i > 0
          && !thaw_duplicates_is_link (self->work,
                                       record,
                                       g_array_index (result->records, guint32, i - 1)))
        copy++;
      file.copy = copy;
      g_array_append_val (files, file);
    }
  return files;
}

/**
 * thaw_duplicates_list_unreadable:
 * @self: a search
 *
 * Files that may have been duplicates and couldn't be read. Which folders couldn't is to be seen in
 * [method@Thaw.Duplicates.get_usage].
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer full) (element-type GFile): them
 */
GPtrArray *
thaw_duplicates_list_unreadable (ThawDuplicates *self)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GArray) records = NULL;

  g_return_val_if_fail (THAW_IS_DUPLICATES (self), files);

  if (self->work == NULL)
    return files;
  pthread_mutex_lock (&self->work->lock);
  records = g_array_copy (self->work->unreadable);
  pthread_mutex_unlock (&self->work->lock);
  for (guint i = 0; i < records->len; i++)
    g_ptr_array_add (files, dup_record_file (self, g_array_index (records, guint32, i)));
  return files;
}

static void
thaw_duplicates_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ThawDuplicates *self = THAW_DUPLICATES (object);

  if (id == PROP_LOCATION)
    self->location = g_value_dup_object (value);
  else if (id == PROP_MIN_SIZE)
    self->min_size = g_value_get_uint64 (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
thaw_duplicates_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawDuplicates *self = THAW_DUPLICATES (object);

  if (id == PROP_LOCATION)
    g_value_set_object (value, self->location);
  else if (id == PROP_MIN_SIZE)
    g_value_set_uint64 (value, self->min_size);
  else if (id == PROP_STATE)
    g_value_set_uint (value, self->state);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
thaw_duplicates_constructed (GObject *object)
{
  ThawDuplicates *self = THAW_DUPLICATES (object);

  G_OBJECT_CLASS (thaw_duplicates_parent_class)->constructed (object);
  self->scope = thaw_scope_new_for_owner ("duplicates", object, NULL);
  self->mailbox = thaw_mailbox_new ("duplicates",
                                    NULL,
                                    object,
                                    THAW_MAILBOX_UNBOUNDED,
                                    message_cb,
                                    self,
                                    thaw_duplicates_work_unref);
}

static void
thaw_duplicates_dispose (GObject *object)
{
  forget_run (THAW_DUPLICATES (object));
  G_OBJECT_CLASS (thaw_duplicates_parent_class)->dispose (object);
}

static void
thaw_duplicates_finalize (GObject *object)
{
  ThawDuplicates *self = THAW_DUPLICATES (object);

  g_clear_pointer (&self->mailbox, thaw_mailbox_unref);
  g_clear_pointer (&self->scope, thaw_scope_unref);
  g_ptr_array_unref (self->numbers);
  g_ptr_array_unref (self->groups);
  g_clear_error (&self->error);
  g_clear_object (&self->location);
  G_OBJECT_CLASS (thaw_duplicates_parent_class)->finalize (object);
}

static void
thaw_duplicates_class_init (ThawDuplicatesClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->constructed = thaw_duplicates_constructed;
  object_class->dispose = thaw_duplicates_dispose;
  object_class->finalize = thaw_duplicates_finalize;
  object_class->set_property = thaw_duplicates_set_property;
  object_class->get_property = thaw_duplicates_get_property;

  /**
   * ThawDuplicates:location:
   *
   * The folder that is searched; never changes.
   */
  props[PROP_LOCATION]
      = g_param_spec_object ("location",
                             NULL,
                             NULL,
                             G_TYPE_FILE,
                             G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * ThawDuplicates:min-size:
   *
   * Smaller files aren't looked at; never changes.
   */
  props[PROP_MIN_SIZE]
      = g_param_spec_uint64 ("min-size",
                             NULL,
                             NULL,
                             0,
                             G_MAXUINT64,
                             1,
                             G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * ThawDuplicates:state:
   *
   * A [enum@Thaw.DuplicatesState].
   */
  props[PROP_STATE] = g_param_spec_uint ("state",
                                         NULL,
                                         NULL,
                                         0,
                                         THAW_DUPLICATES_FAILED,
                                         THAW_DUPLICATES_IDLE,
                                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  /**
   * ThawDuplicates::changed:
   * @self: the search
   *
   * There are more groups, or it has come on.
   */
  changed_signal = g_signal_new ("changed",
                                 THAW_TYPE_DUPLICATES,
                                 G_SIGNAL_RUN_LAST,
                                 0,
                                 NULL,
                                 NULL,
                                 NULL,
                                 G_TYPE_NONE,
                                 0);
}

static void
thaw_duplicates_init (ThawDuplicates *self)
{
  self->groups = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_duplicates_result_free);
  self->numbers = g_ptr_array_new ();
}

/**
 * thaw_duplicates_new:
 * @location: a native folder
 * @min_size_bytes: files that are smaller don't count; with 0 empty ones do
 *
 * - **Thread**: the loop's. Nothing is read before [method@Thaw.Duplicates.start].
 *
 * Returns: (transfer full): a search
 */
ThawDuplicates *
thaw_duplicates_new (GFile *location, guint64 min_size_bytes)
{
  g_return_val_if_fail (G_IS_FILE (location), NULL);

  return g_object_new (THAW_TYPE_DUPLICATES,
                       "location",
                       location,
                       "min-size",
                       min_size_bytes,
                       NULL);
}
