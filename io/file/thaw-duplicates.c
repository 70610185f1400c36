/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Duplicates: the object on the loop. A disk usage walks the tree and shows each file's size, the
 * pool finds out which there are more than once, a crew on the folder's lane walks once more for
 * the names of those, the pool arranges them, another crew reads what may be the same, and groups
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
insert_group (ThawDuplicates *self, const ThawDuplicatesSet *result)
{
  guint32 number = self->results->len;
  guint low = 0, high = self->order->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;
      guint32 other = g_array_index (self->order, guint32, middle);

      if (thaw_duplicates_get_waste (&g_array_index (self->results, ThawDuplicatesSet, other))
          >= thaw_duplicates_get_waste (result))
        low = middle + 1;
      else
        high = middle;
    }
  self->waste += thaw_duplicates_get_waste (result);
  g_array_append_val (self->results, *result);
  g_array_insert_val (self->order, low, number);
}

/* As far as possible: what hangs may be all that is left. */
static gboolean
is_crew_over (ThawDuplicates *self)
{
  return thaw_crew_is_exhausted (self->crew) && thaw_crew_get_n_working (self->crew) == 0;
}

static void
send_crew (ThawDuplicates *self, const ThawCrewFuncs *funcs, guint n_hands)
{
  g_autoptr (ThawLane) lane = thaw_lane_for_path (self->work->tree->root_path);

  if (self->bytes_per_sec > 0 || self->work->tree->rotational)
    n_hands = 1;
  self->crew = thaw_crew_new (funcs, lane, n_hands, self->work, self);
  thaw_duplicates_work_tell (self->work, TRUE);
}

static void
rested (gpointer owner)
{
  ThawDuplicates *self = owner;

  thaw_duplicates_work_tell (self->work, TRUE);
}

static void
compute (ThawDuplicates *self, const char *what, ThawJobFunc func, ThawDoneFunc done)
{
  g_autoptr (ThawFuture) future = thaw_scope_compute (self->run_scope,
                                                      what,
                                                      THAW_PRIORITY_LOW,
                                                      func,
                                                      thaw_duplicates_work_ref (self->work),
                                                      thaw_duplicates_work_unref);

  thaw_future_done (future, self->run_scope, done, self, NULL);
}

/* Reading */

static gboolean
is_read (ThawDuplicates *self)
{
  ThawDuplicatesWork *work = self->work;
  gboolean is_over;

  pthread_mutex_lock (&work->lock);
  is_over = (work->sets->len == 0 && work->begun->len == 0) || is_crew_over (self);
  is_over = is_over && work->fresh->len == 0;
  for (guint i = 0; i < work->active->len; i++)
    is_over &= ((ThawDuplicatesReading *) g_ptr_array_index (work->active, i))->is_abandoned;
  pthread_mutex_unlock (&work->lock);
  return is_over;
}

static void
go_on_reading (ThawDuplicates *self)
{
  ThawDuplicatesWork *work = self->work;
  g_autoptr (GArray) fresh = NULL;
  gboolean has_sets;

  pthread_mutex_lock (&work->lock);
  fresh = g_steal_pointer (&work->fresh);
  work->fresh = g_array_new (FALSE, FALSE, sizeof (ThawDuplicatesSet));
  has_sets = work->sets->len > 0 || work->begun->len > 0;
  pthread_mutex_unlock (&work->lock);
  for (guint i = 0; i < fresh->len; i++)
    insert_group (self, &g_array_index (fresh, ThawDuplicatesSet, i));
  if (has_sets)
    thaw_crew_start (self->crew);
  g_signal_emit (self, changed_signal, 0);
  if (work == self->work && self->state == THAW_DUPLICATES_READING && is_read (self))
    set_state (self, THAW_DUPLICATES_DONE);
}

static void
file_stalled (guint32 record, gpointer owner)
{
  ThawDuplicates *self = owner;

  thaw_duplicates_give_up (self->work, record);
  thaw_duplicates_work_tell (self->work, TRUE);
}

static const ThawCrewFuncs reading_funcs
    = { "compare files", thaw_duplicates_read,     file_stalled,
        rested,          thaw_duplicates_work_ref, thaw_duplicates_work_unref };

static void
arranged_cb (ThawFuture *completed, gpointer data)
{
  ThawDuplicates *self = data;

  send_crew (self, &reading_funcs, 2);
  set_state (self, THAW_DUPLICATES_READING);
}

/* Collecting */

static void
go_on_collecting (ThawDuplicates *self)
{
  gboolean has_folders, is_over;

  pthread_mutex_lock (&self->work->lock);
  has_folders = self->work->folders->len > 0;
  is_over = self->work->collecting->len == 0 && (!has_folders || is_crew_over (self));
  pthread_mutex_unlock (&self->work->lock);
  if (is_over)
    {
      g_clear_pointer (&self->crew, thaw_crew_free);
      compute (self, "arrange files of one size", thaw_duplicates_arrange, arranged_cb);
    }
  else if (has_folders)
    thaw_crew_start (self->crew);
}

static void
folder_stalled (guint32 folder, gpointer owner)
{
  ThawDuplicates *self = owner;

  thaw_duplicates_leave_folder (self->work, folder);
  thaw_duplicates_work_tell (self->work, TRUE);
}

static const ThawCrewFuncs collecting_funcs
    = { "find files of one size", thaw_duplicates_collect,   folder_stalled, rested,
        thaw_duplicates_work_ref, thaw_duplicates_work_unref };

static void
counted_cb (ThawFuture *completed, gpointer data)
{
  send_crew (data, &collecting_funcs, 2);
}

static void
message_cb (gpointer message, gpointer user_data)
{
  ThawDuplicates *self = user_data;
  ThawDuplicatesWork *work = message;

  g_object_ref (self);
  if (work == self->work && self->state == THAW_DUPLICATES_READING)
    go_on_reading (self);
  else if (work == self->work && self->state == THAW_DUPLICATES_LOOKING && self->crew != NULL)
    go_on_collecting (self);
  g_object_unref (self);
  thaw_duplicates_work_unref (work);
}

/* Looking */

static void
usage_state_cb (ThawDiskUsage *usage, GParamSpec *pspec, ThawDuplicates *self)
{
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
  compute (self, "sort files by size", thaw_duplicates_count, counted_cb);
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
  g_clear_pointer (&self->results, g_array_unref);
  g_clear_pointer (&self->order, g_array_unref);
  self->results = g_array_new (FALSE, FALSE, sizeof (ThawDuplicatesSet));
  self->order = g_array_new (FALSE, FALSE, sizeof (guint32));
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

  *progress = (ThawDuplicatesProgress){ .n_groups = self->results->len, .waste = self->waste };
  if (self->work == NULL)
    return;
  progress->n_files = thaw_duplicates_finds_get_n_files (self->work->finds);
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
  return self->order->len;
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
  const ThawDuplicatesSet *result;
  guint32 number;

  g_return_val_if_fail (THAW_IS_DUPLICATES (self) && group != NULL, FALSE);

  if (index >= self->order->len)
    return FALSE;
  number = g_array_index (self->order, guint32, index);
  result = &g_array_index (self->results, ThawDuplicatesSet, number);
  *group = (ThawDuplicatesGroup){ .group = number,
                                  .size = result->size,
                                  .waste = thaw_duplicates_get_waste (result),
                                  .n_files = result->n,
                                  .n_copies = result->copies };
  return TRUE;
}

static GFile *
dup_record_file (ThawDuplicates *self, const ThawDuplicatesRecord *record)
{
  ThawDuplicatesNames *names = &self->work->names;
  g_autofree char *folder = NULL, *path = NULL;

  thaw_usage_tree_lock (self->work->tree);
  folder = thaw_usage_tree_dup_path (self->work->tree,
                                     thaw_duplicates_names_get_folder (names, record->name));
  thaw_usage_tree_unlock (self->work->tree);
  path = g_build_filename (folder, thaw_duplicates_names_get (names, record->name), NULL);
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
  const ThawDuplicatesSet *result;
  guint copy = 0;

  g_return_val_if_fail (THAW_IS_DUPLICATES (self), files);

  g_array_set_clear_func (files, clear_file);
  if (group >= self->results->len)
    return files;
  result = &g_array_index (self->results, ThawDuplicatesSet, group);
  for (guint i = 0; i < result->n; i++)
    {
      const ThawDuplicatesRecord *record = &self->work->records[result->first + i];
      ThawDuplicatesFile file = { .file = dup_record_file (self, record),
                                  .mtime_nsec = thaw_duplicates_get_mtime_nsec (record) };

      if (i > 0 && record->identity != record[-1].identity)
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
    g_ptr_array_add (files,
                     dup_record_file (self, &g_array_index (records, ThawDuplicatesRecord, i)));
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
  g_array_unref (self->results);
  g_array_unref (self->order);
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
  self->results = g_array_new (FALSE, FALSE, sizeof (ThawDuplicatesSet));
  self->order = g_array_new (FALSE, FALSE, sizeof (guint32));
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
