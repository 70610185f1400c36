/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The folder: one place, listed, ordered and kept up to date off the loop.
 *
 *   list job (lane) ──names──▶ store          sort job (CPU pool) ──order──▶ loop
 *   details jobs (lane) ─────▶ columns        changes, rescan, poll jobs (lane) ──order──▶ loop
 *
 * This file is the loop's half: it decides which job runs when, and holds what the others may look at. It does no work that
 * grows with the folder. While the listing runs an order is asked for when it is worth it: not before 100 ms have
 * passed since the last one and the folder has grown by a third, so that a million names are sorted some ten times at most.
 * Changes are collected for a while that grows with what they cost. */

#include "thaw-folder-work-private.h"

#define PUBLISH_USEC (100 * 1000)
#define PUBLISH_GROWTH(n) ((n) + (n) / 3)
#define CHANGES_USEC (100 * 1000)      /* between two edits of a folder in motion */
#define CHANGES_BIG_USEC (250 * 1000)  /* of a big one: each edit costs the loop a frame's work */
#define BIG_FOLDER 100000
#define POLL_FIRST_SEC 2
#define POLL_LAST_SEC 60
#define MAX_CROSSINGS 40
#define NEW_MOUNT_MSEC 25
#define WAITING_MSEC 250
#define SLOW_TO_WATCH 20000 /* entries */
#define WATCH_LATER_MSEC 300
#define MAX_DETAIL_JOBS_LOCAL 2
#define MAX_DETAIL_JOBS_REMOTE 4

struct _ThawFolder {
  GObject parent_instance;

  GFile *location;
  ThawFolderState state;
  GError *error;

  ThawScope *scope;      /* ends with the folder */
  ThawScope *load_scope; /* ends with the load; NULL before the first */
  ThawMailbox *mailbox;
  ThawMailbox *lane_mailbox;
  ThawLane *lane;
  ThawFolderWork *work;
  ThawOrder *order;
  ThawOrderSpec spec;
  guint spec_serial;
  gint64 waiting_since_usec;

  gboolean listed;       /* the list job is done */
  gboolean watching;     /* the watch job was started */
  gboolean sorting, sort_again, sort_final;
  gboolean changing;     /* a changes, rescan or poll job runs */
  gboolean change_again, rescan_next;
  guint change_timer, poll_timer, poll_sec;
  guint waiting_timer, watch_timer;
  gint64 progress_usec;  /* when the listing came on last */
  gint64 last_order_usec, last_change_usec;
  guint32 last_order_n;
  guint n_crossings;
};

G_DEFINE_FINAL_TYPE (ThawFolder, thaw_folder, G_TYPE_OBJECT)

enum { PROP_0, PROP_LOCATION, PROP_STATE, N_PROPS };
enum { ORDER_CHANGED, ENTRIES_CHANGED, N_SIGNALS };
static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

static void request_sort (ThawFolder *self);
static void request_changes (ThawFolder *self);
static void start_watching (ThawFolder *self);

static void
set_state (ThawFolder *self, ThawFolderState state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
}

static gboolean
is_slow_place (ThawFolder *self)
{
  return self->work->path == NULL || thaw_lane_get_kind (self->lane) != THAW_MOUNT_LOCAL;
}

static guint
max_detail_jobs (ThawFolder *self)
{
  return is_slow_place (self) ? MAX_DETAIL_JOBS_REMOTE : MAX_DETAIL_JOBS_LOCAL;
}

static gboolean
needs_everybodys_details (const ThawOrderSpec *spec)
{
  return spec->column == THAW_SORT_SIZE || spec->column == THAW_SORT_MODIFIED;
}

/* Runs a body of the work on the folder's lane. Patient: through an outage, because the user is waiting for it. */
static void
run_on_lane (ThawFolder *self, const char *name, ThawPriority priority, ThawJobFunc body, ThawDoneFunc done)
{
  g_autoptr (ThawFuture) future = thaw_lane_run_patient (
    self->lane, self->load_scope, name, priority, -1, body, thaw_folder_work_ref (self->work),
    (GDestroyNotify) thaw_folder_work_unref);

  thaw_future_done (future, self->load_scope, done, self, NULL);
}

/* Orders */

static void
adopt_order (ThawFolder *self, ThawOrder *order)
{
  self->last_order_usec = g_get_monotonic_time ();
  self->last_order_n = thaw_entry_store_get_n (self->work->store);
  if (self->order == order)
    return;
  if (self->order)
    thaw_order_release (self->order);
  self->order = thaw_order_ref (order);
  g_signal_emit (self, signals[ORDER_CHANGED], 0, order);
}

/* An order by a spec that the user has changed meanwhile is only shown if there is none at all. */
static void
adopt_result (ThawFolder *self, ThawFolderResult *result)
{
  if (result->order && (result->spec_serial == self->spec_serial || self->order == NULL))
    adopt_order (self, result->order);
}

static void
details_done (ThawFuture *future, gpointer user_data)
{
  ThawFolder *self = user_data;

  if (thaw_future_get_int64 (future, NULL) <= 0)
    return;
  request_sort (self);
  g_signal_emit (self, signals[ENTRIES_CHANGED], 0, NULL, 0);
}

static void
start_details (ThawFolder *self, ThawPriority priority)
{
  run_on_lane (self, "folder-details", priority, thaw_folder_work_details_job, details_done);
}

/* Once the names are there: what only details can tell, and what the sort order needs. */
static void
start_background_details (ThawFolder *self)
{
  if (self->work->path == NULL || !self->listed)
    return;
  if (thaw_folder_work_has_needed (self->work, max_detail_jobs (self)))
    start_details (self, THAW_PRIORITY_DEFAULT);
  if (needs_everybodys_details (&self->spec))
    while (thaw_folder_work_sweep (self->work, max_detail_jobs (self)))
      start_details (self, THAW_PRIORITY_DEFAULT);
}

static void
trim_done (ThawFuture *future, gpointer user_data)
{
}

static gboolean
watch_timer_cb (gpointer user_data)
{
  ThawFolder *self = user_data;

  self->watch_timer = 0;
  start_watching (self);
  return G_SOURCE_REMOVE;
}

static void
start_trim (ThawFolder *self)
{
  g_autoptr (ThawFuture) future = thaw_scope_compute (
    self->load_scope, "folder-trim", THAW_PRIORITY_LOW, thaw_folder_work_trim_job,
    thaw_folder_work_ref (self->work), (GDestroyNotify) thaw_folder_work_unref);

  thaw_future_done (future, self->load_scope, trim_done, self, NULL);
}

static void
become_ready (ThawFolder *self)
{
  if (self->state != THAW_FOLDER_LOADING && self->state != THAW_FOLDER_WAITING)
    return;
  self->waiting_since_usec = 0;
  set_state (self, THAW_FOLDER_READY);
  start_trim (self);
  if (!self->watching)
    self->watch_timer = g_timeout_add (WATCH_LATER_MSEC, watch_timer_cb, self);
}

static void
sort_done (ThawFuture *future, gpointer user_data)
{
  ThawFolder *self = user_data;
  ThawFolderResult *result = thaw_future_get_pointer (future, NULL);

  self->sorting = FALSE;
  if (result)
    adopt_result (self, result);
  if (self->sort_again)
    request_sort (self);
  else if (self->sort_final)
    become_ready (self);
}

/* One sort at a time: what changes meanwhile is taken by the next one. */
static void
request_sort (ThawFolder *self)
{
  g_autoptr (ThawFuture) future = NULL;

  self->sort_again = self->sorting;
  if (self->sorting)
    return;
  self->sorting = TRUE;
  self->sort_final = self->listed;
  future = thaw_scope_compute (self->load_scope, "folder-sort", THAW_PRIORITY_HIGH,
                               thaw_folder_work_sort_job, thaw_folder_work_ref (self->work),
                               (GDestroyNotify) thaw_folder_work_unref);
  thaw_future_done (future, self->load_scope, sort_done, self, NULL);
}

static void
more_names (ThawFolder *self)
{
  guint32 n = thaw_entry_store_get_n (self->work->store);

  if (self->listed || self->sorting)
    return;
  if (g_get_monotonic_time () - self->last_order_usec >= PUBLISH_USEC
      && n >= PUBLISH_GROWTH (self->last_order_n))
    request_sort (self);
}

/* Changes */

static void
fail (ThawFolder *self, const GError *error, ThawFolderState state)
{
  g_clear_error (&self->error);
  self->error = g_error_copy (error);
  self->waiting_since_usec = 0;
  set_state (self, state);
}

static gboolean
is_gone_error (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY)
         || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_MOUNTED);
}

static void
become_gone (ThawFolder *self)
{
  g_autofree char *name = g_file_get_parse_name (self->location);
  g_autoptr (GError) error
    = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s was deleted, moved or unmounted", name);

  g_clear_handle_id (&self->poll_timer, g_source_remove);
  thaw_folder_work_end (self->work);
  fail (self, error, THAW_FOLDER_GONE);
}

static gboolean poll_cb (gpointer user_data);

/* Nothing changed: look less often. */
static void
schedule_poll (ThawFolder *self, gboolean changed)
{
  if (self->state == THAW_FOLDER_GONE || !thaw_folder_get_may_be_stale (self))
    return;
  g_clear_handle_id (&self->poll_timer, g_source_remove);
  self->poll_sec = changed ? POLL_FIRST_SEC : MIN (self->poll_sec * 2, POLL_LAST_SEC);
  self->poll_timer = g_timeout_add_seconds (self->poll_sec, poll_cb, self);
}

static void
apply_result (ThawFolder *self, ThawFolderResult *result)
{
  self->last_change_usec = g_get_monotonic_time ();
  if (result->gone)
    {
      become_gone (self);
      return;
    }
  if (result->overflow)
    self->rescan_next = self->change_again = TRUE;
  adopt_result (self, result);
  if (result->changed && result->changed->len > 0)
    g_signal_emit (self, signals[ENTRIES_CHANGED], 0, result->changed->data, result->changed->len);
  if (result->quiet || self->work->path == NULL)
    return;
  start_background_details (self);
  if (thaw_folder_work_want_again (self->work, max_detail_jobs (self)))
    start_details (self, THAW_PRIORITY_HIGH);
}

static void
changes_done (ThawFuture *future, gpointer user_data)
{
  ThawFolder *self = user_data;
  ThawFolderResult *result = thaw_future_get_pointer (future, NULL);
  const GError *error = thaw_future_get_error (future);

  self->changing = FALSE;
  if (result)
    apply_result (self, result);
  else if (error && is_gone_error (error))
    become_gone (self);
  else if (error && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_debug ("Following changes: %s", error->message);
  schedule_poll (self, result && !result->quiet);
  if (self->change_again && self->state != THAW_FOLDER_GONE)
    request_changes (self);
}

static void
start_changes (ThawFolder *self, const char *name, ThawJobFunc body)
{
  self->changing = TRUE;
  run_on_lane (self, name, THAW_PRIORITY_DEFAULT, body, changes_done);
}

static gboolean
poll_cb (gpointer user_data)
{
  ThawFolder *self = user_data;

  self->poll_timer = 0;
  if (self->changing || thaw_lane_get_state (self->lane) != THAW_LANE_ANSWERING)
    schedule_poll (self, FALSE);
  else
    start_changes (self, "folder-poll", thaw_folder_work_poll_job);
  return G_SOURCE_REMOVE;
}

/* Once per load. The kernel walks the names of the folder that it has cached, all of them, and can't be interrupted
 * meanwhile: 80 ms of a processor for a million. So a big folder is on the screen first. What changes until then shows in the
 * folder's own time, see thaw_folder_work_watch_job(). */
static void
start_watching (ThawFolder *self)
{
  if (self->watching || self->work->path == NULL)
    return;
  self->watching = TRUE;
  start_changes (self, "folder-watch", thaw_folder_work_watch_job);
}

static void
begin_changes (ThawFolder *self)
{
  self->change_again = FALSE;
  if (self->rescan_next)
    {
      self->rescan_next = FALSE;
      start_changes (self, "folder-rescan", thaw_folder_work_rescan_job);
    }
  else
    start_changes (self, "folder-changes", thaw_folder_work_changes_job);
}

static gboolean
change_timer_cb (gpointer user_data)
{
  ThawFolder *self = user_data;

  self->change_timer = 0;
  begin_changes (self);
  return G_SOURCE_REMOVE;
}

/* The first event of a quiet period is followed at once, the next ones together. */
static void
request_changes (ThawFolder *self)
{
  gint64 gap_usec = self->last_order_n >= BIG_FOLDER ? CHANGES_BIG_USEC : CHANGES_USEC;
  gint64 due_usec = self->last_change_usec + gap_usec - g_get_monotonic_time ();

  self->change_again = TRUE;
  if (!self->listed || self->changing || self->change_timer)
    return;
  if (due_usec <= 0)
    begin_changes (self);
  else
    self->change_timer = g_timeout_add (due_usec / 1000 + 1, change_timer_cb, self);
}

/* Waiting is what the lane says, or a listing that hasn't come on for a while: a mount may answer everything but the one
 * call that this folder needs. */
static void
update_waiting (ThawFolder *self)
{
  gint64 since_usec = 0;

  if (self->state != THAW_FOLDER_LOADING && self->state != THAW_FOLDER_WAITING
      && self->state != THAW_FOLDER_READY)
    return;
  if (!self->listed && g_get_monotonic_time () - self->progress_usec >= THAW_LANE_SILENCE_USEC)
    since_usec = self->progress_usec;
  if (thaw_lane_get_state (self->lane) == THAW_LANE_NOT_ANSWERING)
    since_usec = MAX (thaw_lane_get_silent_since_usec (self->lane), 1);

  if (since_usec != 0)
    {
      if (self->state != THAW_FOLDER_WAITING)
        self->waiting_since_usec = since_usec;
      set_state (self, THAW_FOLDER_WAITING);
    }
  else if (self->state == THAW_FOLDER_WAITING)
    {
      self->waiting_since_usec = 0;
      set_state (self, self->listed && !self->sorting ? THAW_FOLDER_READY : THAW_FOLDER_LOADING);
    }
}

static gboolean
waiting_timer_cb (gpointer user_data)
{
  ThawFolder *self = user_data;

  if (self->listed || (self->state != THAW_FOLDER_LOADING && self->state != THAW_FOLDER_WAITING))
    {
      self->waiting_timer = 0;
      return G_SOURCE_REMOVE;
    }
  update_waiting (self);
  return G_SOURCE_CONTINUE;
}

/* The listing comes on. */
static void
note_progress (ThawFolder *self)
{
  self->progress_usec = g_get_monotonic_time ();
  if (self->state == THAW_FOLDER_WAITING)
    update_waiting (self);
}

/* Which lane speaks doesn't matter: it may be one that was left, or the one that ours stands in for. */
static void
lane_cb (gpointer data, gpointer user_data)
{
  g_autoptr (ThawLane) lane = data;

  update_waiting (user_data);
}

/* Messages */

static void
message_cb (gpointer data, gpointer user_data)
{
  ThawFolder *self = user_data;
  ThawFolderMessage *message = data;

  if (message->work == self->work)
    switch (message->kind)
      {
      case THAW_FOLDER_MESSAGE_ORDER:
        note_progress (self);
        if (self->order == NULL || !self->sorting)
          adopt_order (self, message->order);
        break;
      case THAW_FOLDER_MESSAGE_NAMES:
        note_progress (self);
        more_names (self);
        break;
      case THAW_FOLDER_MESSAGE_CHANGED:
        g_signal_emit (self, signals[ENTRIES_CHANGED], 0, message->ids->data, message->ids->len);
        break;
      case THAW_FOLDER_MESSAGE_EVENTS:
        request_changes (self);
        break;
      case THAW_FOLDER_N_MESSAGES:
        g_assert_not_reached ();
      }
  thaw_folder_message_free (message);
}

/* Loading */

static void list_done (ThawFuture *future, gpointer user_data);

static void
set_lane (ThawFolder *self, ThawLane *lane)
{
  if (lane == self->lane)
    return;
  g_clear_pointer (&self->lane, thaw_lane_unref);
  self->lane = thaw_lane_ref (lane);
  thaw_lane_watch (self->lane, self->lane_mailbox);
}

static void
start_listing (ThawFolder *self)
{
  self->progress_usec = g_get_monotonic_time ();
  run_on_lane (self, "folder-list", THAW_PRIORITY_HIGH, thaw_folder_work_list_job, list_done);
  if (self->waiting_timer == 0)
    self->waiting_timer = g_timeout_add (WAITING_MSEC, waiting_timer_cb, self);
  update_waiting (self);
}

static gboolean
list_again_cb (gpointer user_data)
{
  ThawFolder *self = user_data;
  g_autoptr (ThawLane) lane = thaw_lane_for_path (self->work->path);

  self->change_timer = 0;
  set_lane (self, lane);
  start_listing (self);
  return G_SOURCE_REMOVE;
}

/* A symlink on the way leads to another mount: its own lane goes on. */
static void
list_elsewhere (ThawFolder *self, const char *path)
{
  g_autoptr (ThawLane) lane = thaw_lane_for_path (path);

  if (self->n_crossings++ >= MAX_CROSSINGS)
    {
      g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_TOO_MANY_LINKS,
                                              "%s: too many links from mount to mount", path);
      fail (self, error, THAW_FOLDER_FAILED);
      return;
    }
  set_lane (self, lane);
  if (g_str_equal (path, self->work->path))
    {
      /* A mount so new that the table doesn't have it yet: it will in a moment. */
      self->change_timer = g_timeout_add (NEW_MOUNT_MSEC, list_again_cb, self);
      return;
    }
  thaw_folder_work_move (self->work, path);
  start_listing (self);
}

static void
list_done (ThawFuture *future, gpointer user_data)
{
  ThawFolder *self = user_data;
  const GError *error = thaw_future_get_error (future);
  const char *elsewhere = error ? NULL : thaw_future_get_pointer (future, NULL);

  if (error)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        fail (self, error, THAW_FOLDER_FAILED);
      return;
    }
  if (elsewhere)
    {
      list_elsewhere (self, elsewhere);
      return;
    }
  self->listed = TRUE;
  note_progress (self);
  request_sort (self);
  start_background_details (self);
  /* What is read before the folder is watched is read again: so before everybody's details are. */
  if (thaw_entry_store_get_n (self->work->store) < SLOW_TO_WATCH || needs_everybodys_details (&self->spec))
    start_watching (self);
  if (self->work->path == NULL)
    schedule_poll (self, TRUE);
}

static void
end_load (ThawFolder *self)
{
  g_clear_handle_id (&self->change_timer, g_source_remove);
  g_clear_handle_id (&self->poll_timer, g_source_remove);
  g_clear_handle_id (&self->waiting_timer, g_source_remove);
  g_clear_handle_id (&self->watch_timer, g_source_remove);
  if (self->load_scope)
    thaw_scope_cancel (self->load_scope);
  g_clear_pointer (&self->load_scope, thaw_scope_unref);
  if (self->work)
    thaw_folder_work_end (self->work);
  self->watching = FALSE;
  self->listed = self->sorting = self->sort_again = self->sort_final = FALSE;
  self->changing = self->change_again = self->rescan_next = FALSE;
}

/**
 * thaw_folder_start:
 * @self: a folder
 *
 * Lists the folder, or lists it anew: entries get new ids in a new store, and the old order stays until the first new one
 * comes. For the same place with the same ids see [method@Thaw.Folder.reload].
 *
 * - **Thread**: the loop's. Returns at once; what comes is told by signals and [property@Thaw.Folder:state].
 * - **Errors**: [method@Thaw.Folder.get_error], when the state becomes %THAW_FOLDER_FAILED.
 * - **Cancellation**: [method@Thaw.Folder.stop], or dropping the last reference.
 */
void
thaw_folder_start (ThawFolder *self)
{
  g_autoptr (ThawLane) lane = NULL;

  g_return_if_fail (THAW_IS_FOLDER (self));

  end_load (self);
  lane = thaw_lane_for_file (self->location);
  g_clear_pointer (&self->work, thaw_folder_work_unref);
  g_clear_error (&self->error);
  set_lane (self, lane);
  self->load_scope = thaw_scope_new ("folder-load", self->scope);
  self->work = thaw_folder_work_new (self->location, self->mailbox, &self->spec, self->spec_serial);
  self->last_order_usec = self->last_change_usec = 0;
  self->last_order_n = 0;
  self->poll_sec = POLL_FIRST_SEC;
  self->waiting_since_usec = 0;
  self->n_crossings = 0;
  set_state (self, THAW_FOLDER_LOADING);
  start_listing (self);
}

/**
 * thaw_folder_stop:
 * @self: a folder
 *
 * Stops listing. What is there stays and can be used; the folder isn't followed any more.
 *
 * - **Thread**: the loop's. Takes effect at once, even when the kernel keeps a thread.
 */
void
thaw_folder_stop (ThawFolder *self)
{
  g_return_if_fail (THAW_IS_FOLDER (self));

  if (self->state != THAW_FOLDER_LOADING && self->state != THAW_FOLDER_WAITING)
    return;
  end_load (self);
  self->load_scope = thaw_scope_new ("folder-load", self->scope);
  self->waiting_since_usec = 0;
  set_state (self, THAW_FOLDER_STOPPED);
}

/**
 * thaw_folder_reload:
 * @self: a folder
 *
 * Lists a ready folder again and shows the difference: ids stay, and with them selection, focus and place. A folder that isn't
 * ready is started anew, and so is one that failed or is gone: "Try again".
 *
 * - **Thread**: the loop's.
 */
void
thaw_folder_reload (ThawFolder *self)
{
  g_return_if_fail (THAW_IS_FOLDER (self));

  if (self->lane)
    thaw_lane_probe_now (self->lane);
  if (self->state == THAW_FOLDER_READY)
    {
      self->rescan_next = TRUE;
      self->last_change_usec = 0;
      request_changes (self);
    }
  else if (self->state != THAW_FOLDER_LOADING)
    thaw_folder_start (self);
}

/**
 * thaw_folder_set_spec:
 * @self: a folder
 * @spec: what to show, in which order
 *
 * - **Thread**: the loop's. Returns at once; the order comes with [signal@Thaw.Folder::order-changed].
 */
void
thaw_folder_set_spec (ThawFolder *self, const ThawOrderSpec *spec)
{
  g_return_if_fail (THAW_IS_FOLDER (self));
  g_return_if_fail (spec != NULL);

  if (thaw_order_spec_equal (&self->spec, spec))
    return;
  thaw_order_spec_clear (&self->spec);
  thaw_order_spec_copy (&self->spec, spec);
  self->spec_serial++;
  if (self->work == NULL)
    return;
  thaw_folder_work_set_spec (self->work, spec, self->spec_serial);
  if (self->order || self->listed)
    request_sort (self);
  start_background_details (self);
}

/**
 * thaw_folder_want:
 * @self: a folder
 * @ids: (array length=n_ids): entries on the screen
 * @n_ids: how many
 *
 * Has the details of these entries read before all others'. Each call replaces the one before it.
 *
 * - **Thread**: the loop's. Details come with [signal@Thaw.Folder::entries-changed].
 */
void
thaw_folder_want (ThawFolder *self, const guint32 *ids, guint n_ids)
{
  g_return_if_fail (THAW_IS_FOLDER (self));

  if (self->work == NULL || self->work->path == NULL || self->load_scope == NULL)
    return;
  if (thaw_folder_work_want (self->work, ids, n_ids, max_detail_jobs (self)))
    start_details (self, THAW_PRIORITY_HIGH);
}

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
  if (self->work->path != NULL && (!self->watching || self->changing))
    return is_slow_place (self); /* not yet known */
  return is_slow_place (self) || !thaw_folder_work_is_watched (self->work);
}

ThawEntryStore *
thaw_folder_get_store (ThawFolder *self)
{
  return self->work ? self->work->store : NULL;
}

ThawOrder *
thaw_folder_get_order (ThawFolder *self)
{
  return self->order;
}

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
  self->mailbox = thaw_mailbox_new ("folder", NULL, object, THAW_MAILBOX_UNBOUNDED, message_cb, self,
                                    (GDestroyNotify) thaw_folder_message_free);
  thaw_mailbox_set_merge (self->mailbox, thaw_folder_message_merge);
  /* The first rows are what the user has asked for: into the frame that shows the view. */
  thaw_mailbox_set_priority (self->mailbox, THAW_PRIORITY_HIGH);
  self->lane_mailbox = thaw_mailbox_new ("folder-lane", NULL, object, THAW_MAILBOX_UNBOUNDED, lane_cb,
                                         self, (GDestroyNotify) thaw_lane_unref);
}

static void
thaw_folder_dispose (GObject *object)
{
  ThawFolder *self = THAW_FOLDER (object);

  end_load (self);
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
  props[PROP_LOCATION] = g_param_spec_object ("location", NULL, NULL, G_TYPE_FILE,
                                              G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * ThawFolder:state:
   *
   * A [enum@Thaw.FolderState].
   */
  props[PROP_STATE] = g_param_spec_uint ("state", NULL, NULL, 0, THAW_FOLDER_GONE, THAW_FOLDER_IDLE,
                                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  /**
   * ThawFolder::order-changed:
   * @order: the newest order
   */
  signals[ORDER_CHANGED] = g_signal_new ("order-changed", THAW_TYPE_FOLDER, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1,
                                         THAW_TYPE_ORDER | G_SIGNAL_TYPE_STATIC_SCOPE);
  /**
   * ThawFolder::entries-changed:
   * @ids: (nullable): guint32 ids, or %NULL when any may have changed
   * @n_ids: how many
   */
  signals[ENTRIES_CHANGED] = g_signal_new ("entries-changed", THAW_TYPE_FOLDER, G_SIGNAL_RUN_LAST, 0, NULL,
                                           NULL, NULL, G_TYPE_NONE, 2, G_TYPE_POINTER, G_TYPE_UINT);
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
