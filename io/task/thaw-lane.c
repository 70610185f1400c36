/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lane: its place in the table of all lanes, its references, and what others may ask of it. A
 * map of the whole is in thaw-lane-private.h.
 *
 * Lanes are made when somebody asks for one and are found again by their key as long as a reference
 * is left. Threads, outstanding probes and the monitor have references too, so a lane that is busy
 * or was busy a few seconds ago stays, with what it knows. After an unmount the same path belongs
 * to another lane: lanes are looked up for each request, and the old one ends when its last job
 * does.
 *
 * Before the first mount table is read a path's lane is a stand-in: it queues, and when the table
 * is there it hands its queue to the real lane and passes everything on to it from then on. */

#include "thaw-lane-private.h"

#include <string.h>

G_DEFINE_BOXED_TYPE (ThawLane, thaw_lane, thaw_lane_ref, thaw_lane_unref)

#define LOCAL_LIMIT 4
#define REMOTE_LIMIT 8

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER; /* guards the next two */
static GHashTable *lanes;                                      /* key → ThawLane, no reference */
static GPtrArray *unrouted; /* stand-ins that wait for the mount table, references */

static ThawLane *
lane_new (ThawLaneKey *key)
{
  ThawLane *self = g_new0 (ThawLane, 1);
  gboolean is_local = key->kind == THAW_MOUNT_LOCAL || key->kind == THAW_MOUNT_VIRTUAL;

  self->ref_count = 1;
  self->key = *key;
  *key = (ThawLaneKey){ 0 };
  self->limit = is_local ? LOCAL_LIMIT : REMOTE_LIMIT;
  self->tick_usec = THAW_LANE_NEVER;
  self->monitor_usec = THAW_LANE_NEVER;
  self->watchers = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_lane_watcher_unref);
  pthread_mutex_init (&self->lock, NULL);
  return self;
}

static void
lane_free (ThawLane *self)
{
  g_clear_pointer (&self->target, thaw_lane_unref);
  thaw_lane_key_clear (&self->key);
  g_ptr_array_unref (self->watchers);
  pthread_mutex_destroy (&self->lock);
  g_free (self);
}

/* Takes over @key. */
static ThawLane *
find_or_make (ThawLaneKey *key)
{
  ThawLane *lane;

  pthread_mutex_lock (&table_lock);
  if (lanes == NULL)
    lanes = g_hash_table_new (g_str_hash, g_str_equal);
  lane = g_hash_table_lookup (lanes, key->key);
  if (lane != NULL)
    {
      thaw_lane_ref (lane);
    }
  else
    {
      lane = lane_new (key);
      g_hash_table_insert (lanes, lane->key.key, lane);
    }
  pthread_mutex_unlock (&table_lock);
  thaw_lane_key_clear (key);

  return lane;
}

/**
 * thaw_lane_ref:
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): @self
 */
ThawLane *
thaw_lane_ref (ThawLane *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_int_inc (&self->ref_count);
  return self;
}

/**
 * thaw_lane_unref:
 * @self: (transfer full): a lane
 *
 * Drops a reference. Jobs go on without one; a lane with nothing to do ends with the last.
 *
 * - **Thread**: any.
 */
void
thaw_lane_unref (ThawLane *self)
{
  gint count;

  g_return_if_fail (self != NULL);

  /* The last reference goes under the table's lock, so that nobody finds a lane that is about to
   * end. */
  count = g_atomic_int_get (&self->ref_count);
  while (count > 1)
    if (g_atomic_int_compare_and_exchange_full (&self->ref_count, count, count - 1, &count))
      return;

  pthread_mutex_lock (&table_lock);
  count = g_atomic_int_add (&self->ref_count, -1);
  if (count == 1 && lanes != NULL && g_hash_table_lookup (lanes, self->key.key) == self)
    g_hash_table_remove (lanes, self->key.key);
  pthread_mutex_unlock (&table_lock);
  if (count == 1)
    lane_free (self);
}

/* Says what was collected under the lock: to jobs that are refused or late, and to who watches. */
void
thaw_lane_say (ThawLane *self, ThawLaneNews *news)
{
  for (GSList *l = news->timeouts; l != NULL; l = l->next)
    {
      GError *error
          = g_error_new (THAW_ERROR, THAW_ERROR_DEADLINE, "%s took too long", self->key.name);

      if (thaw_job_reject (l->data, error))
        {
          pthread_mutex_lock (&self->lock);
          self->n_timeouts++;
          pthread_mutex_unlock (&self->lock);
        }
    }
  g_slist_free_full (news->timeouts, (GDestroyNotify) thaw_job_unref);

  /* Collected at the head: in the order of the queue they are told. */
  news->drops = g_slist_reverse (news->drops);
  for (GSList *l = news->drops; l != NULL; l = l->next)
    {
      ThawLaneItem *item = l->data;

      /* Without a reason these are shells of cancelled jobs, and nobody will see the error. */
      thaw_job_drop (item->job,
                     news->reason != NULL
                         ? g_error_copy (news->reason)
                         : g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled"));
      thaw_lane_item_free (item);
    }
  g_slist_free (news->drops);
  g_clear_error (&news->reason);

  for (guint i = 0; news->watchers != NULL && i < news->watchers->len; i++)
    thaw_lane_watcher_tell (g_ptr_array_index (news->watchers, i), self);
  g_clear_pointer (&news->watchers, g_ptr_array_unref);
}

static ThawLane *
for_path_in_table (ThawMountTable *table, const char *path)
{
  ThawLaneKey key;

  thaw_lane_key_for_path (&key, table, path);
  return find_or_make (&key);
}

static void
add_watcher (ThawLane *self, ThawMailbox *mailbox)
{
  gboolean known = FALSE;

  pthread_mutex_lock (&self->lock);
  for (guint i = self->watchers->len; i-- > 0;)
    {
      ThawMailbox *other = thaw_lane_watcher_get_mailbox (g_ptr_array_index (self->watchers, i));

      known |= other == mailbox;
      if (thaw_mailbox_is_closed (other))
        g_ptr_array_remove_index_fast (self->watchers, i);
    }
  if (!known)
    g_ptr_array_add (self->watchers, thaw_lane_watcher_new (mailbox));
  pthread_mutex_unlock (&self->lock);
}

/* Who watched the stand-in has read its state, and knows nothing of the target's. */
static void
move_watcher (ThawLane *target, ThawLaneWatcher *watcher)
{
  add_watcher (target, thaw_lane_watcher_get_mailbox (watcher));
  if (thaw_lane_get_state (target) != THAW_LANE_ANSWERING)
    thaw_lane_watcher_tell (watcher, target);
}

/* What a stand-in collected goes to the real lane. */
static void
route (ThawLane *self, ThawMountTable *table)
{
  g_autoptr (ThawLane) target = for_path_in_table (table, self->key.probe_path);
  g_autoptr (GPtrArray) watchers = NULL;
  GQueue waiting = G_QUEUE_INIT;

  pthread_mutex_lock (&self->lock);
  if (!self->unrouted)
    {
      pthread_mutex_unlock (&self->lock);
      return;
    }
  self->unrouted = FALSE;
  g_atomic_pointer_set (&self->target, thaw_lane_ref (target));
  for (guint i = 0; i < THAW_N_PRIORITIES; i++)
    while (self->queues[i].length > 0)
      g_queue_push_tail_link (&waiting, g_queue_pop_head_link (&self->queues[i]));
  watchers = g_steal_pointer (&self->watchers);
  self->watchers = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_lane_watcher_unref);
  pthread_mutex_unlock (&self->lock);

  for (guint i = 0; i < watchers->len; i++)
    move_watcher (target, g_ptr_array_index (watchers, i));
  while (waiting.length > 0)
    thaw_lane_submit (target, g_queue_pop_head_link (&waiting)->data);
}

/* The mount table's thread, or whoever made a stand-in a moment too late. */
static void
route_all (ThawMountTable *table, gpointer user_data)
{
  g_autoptr (GPtrArray) waiting = NULL;

  pthread_mutex_lock (&table_lock);
  waiting = g_steal_pointer (&unrouted);
  pthread_mutex_unlock (&table_lock);
  for (guint i = 0; waiting != NULL && i < waiting->len; i++)
    route (g_ptr_array_index (waiting, i), table);
}

static ThawLane *
stand_in_for_path (const char *path)
{
  static gsize listening = 0;
  g_autoptr (ThawMountTable) table = NULL;
  ThawLaneKey key = { .kind = THAW_MOUNT_REMOTE };
  ThawLane *lane;

  key.key = g_strconcat ("path:", path, NULL);
  key.name = g_strdup (path);
  key.probe_path = g_strdup (path);
  lane = lane_new (&key);
  lane->unrouted = TRUE;
  pthread_mutex_lock (&table_lock);
  if (unrouted == NULL)
    unrouted = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_lane_unref);
  g_ptr_array_add (unrouted, thaw_lane_ref (lane));
  pthread_mutex_unlock (&table_lock);

  if (g_once_init_enter (&listening))
    {
      thaw_mount_table_add_listener (route_all, NULL);
      g_once_init_leave (&listening, 1);
    }
  /* The table may have come between the question and the entry in the list. */
  table = thaw_mount_table_dup_current ();
  if (table != NULL)
    route_all (table, NULL);

  return lane;
}

/**
 * thaw_lane_for_path:
 * @path: an absolute path, any bytes; it need not exist
 *
 * Finds the lane of the failure domain that @path belongs to, by text and the mount table: the path
 * is not touched and symbolic links are not seen (see [func@Thaw.Lane.open_beneath] for the job's
 * side of that). Ask again for each request, because mounts come and go.
 *
 * Before the first mount table is read (about a millisecond after the first use; call
 * thaw_mount_table_dup_current() early) the lane is a stand-in: its jobs wait until they can be
 * routed, its name is the path, and its kind is the careful guess %THAW_MOUNT_REMOTE.
 *
 * - **Thread**: any; never blocks.
 *
 * Returns: (transfer full): the lane
 */
ThawLane *
thaw_lane_for_path (const char *path)
{
  g_autoptr (ThawMountTable) table = NULL;

  g_return_val_if_fail (path != NULL && path[0] == '/', NULL);

  table = thaw_mount_table_dup_current ();
  return table != NULL ? for_path_in_table (table, path) : stand_in_for_path (path);
}

/**
 * thaw_lane_for_file:
 * @file: a file
 *
 * As [func@Thaw.Lane.for_path] for a native file. Any other file has a lane for its scheme and
 * host, even when gvfs shows it under a path too: asking for that path may block.
 *
 * - **Thread**: any; never blocks.
 *
 * Returns: (transfer full): the lane
 */
ThawLane *
thaw_lane_for_file (GFile *file)
{
  g_autofree char *uri = NULL;
  ThawLaneKey key;

  g_return_val_if_fail (G_IS_FILE (file), NULL);

  if (g_file_is_native (file) && g_file_peek_path (file) != NULL)
    return thaw_lane_for_path (g_file_peek_path (file));
  uri = g_file_get_uri (file);
  thaw_lane_key_for_uri (&key, uri);
  return find_or_make (&key);
}

/**
 * thaw_lane_new_private:
 * @name: what it stands for, as the user knows it
 * @n_threads: how many jobs may run at once, those that are stuck not counted
 * @near_path: (nullable) (type filename): an absolute path whose file system the jobs depend on
 *
 * Makes a lane of its own, for what has its own failure domain or must not run twice at once, such
 * as a database. Nobody finds it by a path. When its jobs stop coming back, @near_path is asked
 * whether it lives; without one the lane always counts as answering.
 *
 * - **Thread**: any; never blocks.
 *
 * Returns: (transfer full): the lane
 */
ThawLane *
thaw_lane_new_private (const char *name, guint n_threads, const char *near_path)
{
  static guint n_made = 0;
  ThawLaneKey key = { .kind = THAW_MOUNT_LOCAL };
  ThawLane *lane;

  g_return_val_if_fail (name != NULL && n_threads > 0, NULL);
  g_return_val_if_fail (near_path == NULL || near_path[0] == '/', NULL);

  key.key = g_strdup_printf ("private:%u", __atomic_add_fetch (&n_made, 1, __ATOMIC_RELAXED));
  key.name = g_strdup (name);
  key.probe_path = g_strdup (near_path);
  lane = find_or_make (&key);
  lane->limit = n_threads;
  return lane;
}

/* The lane that counts: a stand-in's target, when there is one. */
static ThawLane *
real_lane (ThawLane *self)
{
  ThawLane *target = g_atomic_pointer_get (&self->target);

  return target != NULL ? target : self;
}

/**
 * thaw_lane_get_name:
 *
 * Returns: (transfer none): what the lane stands for, as the user knows it: "/mnt/nas (nfs4)" or
 * "sftp://host"
 */
const char *
thaw_lane_get_name (ThawLane *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return real_lane (self)->key.name;
}

/**
 * thaw_lane_get_kind:
 *
 * Returns: what can be expected of the file system's answers; %THAW_MOUNT_REMOTE for a URI
 */
ThawMountKind
thaw_lane_get_kind (ThawLane *self)
{
  g_return_val_if_fail (self != NULL, THAW_MOUNT_LOCAL);

  return real_lane (self)->key.kind;
}

/**
 * thaw_lane_get_state:
 *
 * Tells whether somebody waits for the lane, for showing it. A lane that is not answering may still
 * take jobs: see [method@Thaw.Lane.get_refuses].
 *
 * - **Thread**: any. At once out of date on another than the one that changes it.
 *
 * Returns: whether the lane answers
 */
ThawLaneState
thaw_lane_get_state (ThawLane *self)
{
  ThawLaneState state;

  g_return_val_if_fail (self != NULL, THAW_LANE_ANSWERING);

  self = real_lane (self);
  pthread_mutex_lock (&self->lock);
  state = self->state;
  pthread_mutex_unlock (&self->lock);
  return state;
}

/**
 * thaw_lane_get_refuses:
 *
 * Tells whether the breaker is open, so that [method@Thaw.Lane.run] would fail at once with
 * %THAW_ERROR_NOT_ANSWERING. That comes with %THAW_LANE_NOT_ANSWERING, but for lanes whose answers
 * have been late before, one after another: those are given three times as long before they refuse.
 *
 * - **Thread**: any. At once out of date: for saving a request that would be refused.
 *
 * Returns: whether jobs that aren't patient fail at once
 */
gboolean
thaw_lane_get_refuses (ThawLane *self)
{
  gboolean refuses;

  g_return_val_if_fail (self != NULL, FALSE);

  self = real_lane (self);
  pthread_mutex_lock (&self->lock);
  refuses = self->refuses;
  pthread_mutex_unlock (&self->lock);
  return refuses;
}

/**
 * thaw_lane_get_silent_since_usec:
 *
 * - **Thread**: any.
 *
 * Returns: the monotonic time of the last sign of life of a lane that is not answering, 0 of one
 * that is
 */
gint64
thaw_lane_get_silent_since_usec (ThawLane *self)
{
  gint64 since_usec;

  g_return_val_if_fail (self != NULL, 0);

  self = real_lane (self);
  pthread_mutex_lock (&self->lock);
  since_usec = self->silent_since_usec;
  pthread_mutex_unlock (&self->lock);
  return since_usec;
}

/**
 * thaw_lane_watch:
 * @mailbox: gets a reference of the lane for each change of its state
 *
 * Asks to be told when the lane stops or starts answering. Messages are coalesced by the lane, so
 * the handler reads the state from it; @mailbox needs thaw_lane_unref() as its function for
 * freeing. When it is full the news wait until there is room: the last change is always told. The
 * present state is not posted: read it after this call.
 *
 * - **Thread**: any; the messages are handled where @mailbox is.
 * - **Cancellation**: ends when the mailbox closes.
 */
void
thaw_lane_watch (ThawLane *self, ThawMailbox *mailbox)
{
  g_return_if_fail (self != NULL && mailbox != NULL);

  /* Routed between the two: then the stand-in's list was moved already, and the target's is the
   * right one. */
  add_watcher (real_lane (self), mailbox);
  if (g_atomic_pointer_get (&self->target) != NULL)
    add_watcher (real_lane (self), mailbox);
}

/**
 * thaw_lane_probe_now:
 *
 * The user's "Try again": asks the mount at once, and lets the next patient job through. Nothing
 * happens while the lane answers, and no third question is asked while two are unanswered.
 *
 * - **Thread**: any; never blocks.
 */
void
thaw_lane_probe_now (ThawLane *self)
{
  ThawLaneNews news = { 0 };
  gint64 now_usec = g_get_monotonic_time ();

  g_return_if_fail (self != NULL);

  self = real_lane (self);
  pthread_mutex_lock (&self->lock);
  if (self->state == THAW_LANE_NOT_ANSWERING)
    {
      thaw_lane_start_probe (self, now_usec);
      if (self->refuses)
        self->tried_usec = now_usec - THAW_LANE_PROBE_USEC;
      thaw_lane_start_queued (self, &news, now_usec);
    }
  pthread_mutex_unlock (&self->lock);
  thaw_lane_say (self, &news);
}

static ThawFuture *
run (ThawLane *self,
     ThawScope *scope,
     const char *name,
     ThawPriority priority,
     gint64 timeout_usec,
     gboolean patient,
     ThawJobFunc func,
     gpointer user_data,
     GDestroyNotify destroy)
{
  ThawFuture *future = NULL;
  ThawJob *job = thaw_job_new (scope, name, priority, func, user_data, destroy, &future);
  ThawLaneItem *item;

  if (job == NULL)
    return future;

  thaw_job_set_executor (job, real_lane (self), NULL);
  item = g_new0 (ThawLaneItem, 1);
  item->job = thaw_job_ref (job);
  item->timeout_usec = timeout_usec;
  item->patient = patient;
  thaw_lane_submit (real_lane (self), item);
  return future;
}

/**
 * thaw_lane_run:
 * @scope: what the job belongs to
 * @name: a static string
 * @priority: who goes first among those that wait
 * @timeout_usec: how long the job may take from its start on, or -1
 * @func: (scope notified) (closure user_data) (destroy destroy): the body; may block
 *
 * Runs @func on a thread of the lane.
 *
 * - **Thread**: call on the loop's thread; @func runs on a thread of the lane, @destroy on the
 * loop's thread, after
 *   @func has returned.
 * - **Errors**: those of @func; %THAW_ERROR_NOT_ANSWERING when the lane's breaker is open or opens
 * while the job waits; %THAW_ERROR_TOO_MANY_STUCK when no thread is left; %THAW_ERROR_DEADLINE past
 * @timeout_usec or the scope's deadline. A job that runs already when the breaker opens stays
 * pending: it may still return.
 * - **Cancellation**: cancel the future or the scope. A job that waits never runs; one that runs is
 * told (thaw_job_is_cancelled()), and holds its scope's join until it returns.
 * - **Units**: microseconds
 *
 * Returns: (transfer full): a future that resolves to what @func returned
 */
ThawFuture *
thaw_lane_run (ThawLane *self,
               ThawScope *scope,
               const char *name,
               ThawPriority priority,
               gint64 timeout_usec,
               ThawJobFunc func,
               gpointer user_data,
               GDestroyNotify destroy)
{
  g_return_val_if_fail (self != NULL && scope != NULL && func != NULL, NULL);

  return run (self, scope, name, priority, timeout_usec, FALSE, func, user_data, destroy);
}

/**
 * thaw_lane_run_patient:
 * @scope: what the job belongs to
 * @name: a static string
 * @priority: who goes first among those that wait
 * @timeout_usec: how long the job may take from its start on, or -1
 * @func: (scope notified) (closure user_data) (destroy destroy): the body; may block
 *
 * As [method@Thaw.Lane.run] for what the user waits for and can cancel, such as the list of a
 * folder: while the lane is not answering the job waits instead of failing. One of those that wait
 * is let through in each %THAW_LANE_PROBE_USEC, as a try; the others when the lane answers. Never
 * %THAW_ERROR_NOT_ANSWERING.
 *
 * Returns: (transfer full): a future that resolves to what @func returned
 */
ThawFuture *
thaw_lane_run_patient (ThawLane *self,
                       ThawScope *scope,
                       const char *name,
                       ThawPriority priority,
                       gint64 timeout_usec,
                       ThawJobFunc func,
                       gpointer user_data,
                       GDestroyNotify destroy)
{
  g_return_val_if_fail (self != NULL && scope != NULL && func != NULL, NULL);

  return run (self, scope, name, priority, timeout_usec, TRUE, func, user_data, destroy);
}

/**
 * thaw_lane_get_stats:
 * @stats: (out caller-allocates): filled in
 *
 * - **Thread**: any.
 */
void
thaw_lane_get_stats (ThawLane *self, ThawLaneStats *stats)
{
  ThawLaneNews news = { 0 };

  g_return_if_fail (self != NULL && stats != NULL);

  self = real_lane (self);
  pthread_mutex_lock (&self->lock);
  *stats = (ThawLaneStats){
    .n_threads = self->n_threads,
    .n_idle = self->idle.length,
    .n_stuck = self->n_stuck,
    .n_queued = thaw_lane_forget_cancelled (self, &news),
    .n_running = self->running.length,
    .n_done = self->n_done,
    .n_refused = self->n_refused,
    .n_timeouts = self->n_timeouts,
  };
  pthread_mutex_unlock (&self->lock);
  thaw_lane_say (self, &news);
}

/**
 * thaw_lane_foreach:
 * @func: (scope call) (closure user_data): called for each lane
 *
 * Calls @func for all lanes that exist at the moment, in no order.
 *
 * - **Thread**: any; @func runs inside the call, without a lock.
 */
void
thaw_lane_foreach (ThawLaneFunc func, gpointer user_data)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_lane_unref);
  GHashTableIter iter;
  gpointer lane;

  g_return_if_fail (func != NULL);

  pthread_mutex_lock (&table_lock);
  if (lanes != NULL)
    {
      g_hash_table_iter_init (&iter, lanes);
      while (g_hash_table_iter_next (&iter, NULL, &lane))
        g_ptr_array_add (all, thaw_lane_ref (lane));
    }
  pthread_mutex_unlock (&table_lock);
  for (guint i = 0; i < all->len; i++)
    func (g_ptr_array_index (all, i), user_data);
}
