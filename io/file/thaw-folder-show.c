/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop's half of what a folder shows: when it is ordered anew, and whose details are read.
 *
 * While the listing runs an order is asked for when it is worth it: not before 100 ms have passed
 * since the last one and the folder has grown by a third, so that a million names are sorted some
 * ten times at most. One sort runs at a time; what changes meanwhile is taken by the next one. The
 * loop's thread; nothing here does work that grows with the folder. */

#include "thaw-folder-private.h"

#define PUBLISH_USEC (100 * 1000)
#define PUBLISH_GROWTH(n) ((n) + (n) / 3)
#define KEYS_USEC (300 * 1000) /* between two orders that sort keys are the cause of */
#define KEYS_FIRST_USEC (20 * 1000)
#define KEYS_SHARE 2 /* they wait for so many times as long as sorting takes */
#define MAX_DETAIL_JOBS_LOCAL 2
#define MAX_DETAIL_JOBS_REMOTE 4

void
thaw_folder_adopt_order (ThawFolder *self, ThawOrder *order)
{
  self->last_order_usec = g_get_monotonic_time ();
  self->last_order_n = thaw_entry_store_get_n (self->work->store);
  if (self->order == order)
    return;
  if (self->order)
    thaw_order_release (self->order);
  self->order = thaw_order_ref (order);
  thaw_folder_tell_order (self);
}

/* An order by a spec that the user has changed meanwhile is only shown if there is none at all. */
void
thaw_folder_adopt_result (ThawFolder *self, ThawFolderResult *result)
{
  if (result->order && (result->spec_serial == self->spec_serial || self->order == NULL))
    thaw_folder_adopt_order (self, result->order);
}

static guint
max_detail_jobs (ThawFolder *self)
{
  return thaw_folder_is_slow_place (self) ? MAX_DETAIL_JOBS_REMOTE : MAX_DETAIL_JOBS_LOCAL;
}

gboolean
thaw_folder_sorts_by_details (ThawFolder *self)
{
  return self->spec.column == THAW_SORT_SIZE || self->spec.column == THAW_SORT_MODIFIED;
}

static void
details_done (ThawFuture *future, gpointer user_data)
{
  ThawFolder *self = user_data;

  if (thaw_future_get_int64 (future, NULL) <= 0)
    return;
  thaw_folder_request_sort (self);
  thaw_folder_tell_entries (self, NULL, 0);
}

static void
start_details (ThawFolder *self, ThawPriority priority)
{
  thaw_folder_run_on_lane (self,
                           "folder-details",
                           priority,
                           thaw_folder_work_details_job,
                           details_done);
}

/* Once the names are there: what only details can tell, and what the sort order needs. */
void
thaw_folder_start_background_details (ThawFolder *self)
{
  if (self->work->path == NULL || !self->listed)
    return;
  if (thaw_folder_work_has_needed (self->work, max_detail_jobs (self)))
    start_details (self, THAW_PRIORITY_DEFAULT);
  if (thaw_folder_sorts_by_details (self))
    while (thaw_folder_work_sweep (self->work, max_detail_jobs (self)))
      start_details (self, THAW_PRIORITY_DEFAULT);
}

/* What is on the screen may have become out of date. */
void
thaw_folder_refresh_wanted (ThawFolder *self)
{
  if (thaw_folder_work_want_again (self->work, max_detail_jobs (self)))
    start_details (self, THAW_PRIORITY_HIGH);
}

static void
sort_done (ThawFuture *future, gpointer user_data)
{
  ThawFolder *self = user_data;
  ThawFolderResult *result = thaw_future_get_pointer (future, NULL);

  self->sorting = FALSE;
  self->sort_usec = g_get_monotonic_time () - self->sort_begun_usec;
  if (result)
    thaw_folder_adopt_result (self, result);
  if (self->sort_again)
    thaw_folder_request_sort (self);
  else if (self->sort_final)
    thaw_folder_become_ready (self);
}

/* One sort at a time: what changes meanwhile is taken by the next one. */
void
thaw_folder_request_sort (ThawFolder *self)
{
  g_autoptr (ThawFuture) future = NULL;

  self->sort_again = self->sorting;
  if (self->sorting)
    return;
  g_clear_handle_id (&self->keys_timer, g_source_remove);
  self->sorting = TRUE;
  self->sort_begun_usec = g_get_monotonic_time ();
  self->sort_final = self->listed;
  future = thaw_scope_compute (self->load_scope,
                               "folder-sort",
                               THAW_PRIORITY_HIGH,
                               thaw_folder_work_sort_job,
                               thaw_folder_work_ref (self->work),
                               (GDestroyNotify) thaw_folder_work_unref);
  thaw_future_done (future, self->load_scope, sort_done, self, NULL);
}

void
thaw_folder_more_names (ThawFolder *self)
{
  guint32 n = thaw_entry_store_get_n (self->work->store);

  if (self->listed || self->sorting)
    return;
  if (g_get_monotonic_time () - self->last_order_usec >= PUBLISH_USEC
      && n >= PUBLISH_GROWTH (self->last_order_n))
    thaw_folder_request_sort (self);
}

static void
trim_done (ThawFuture *future, gpointer user_data)
{
}

void
thaw_folder_start_trim (ThawFolder *self)
{
  g_autoptr (ThawFuture) future = thaw_scope_compute (self->load_scope,
                                                      "folder-trim",
                                                      THAW_PRIORITY_LOW,
                                                      thaw_folder_work_trim_job,
                                                      thaw_folder_work_ref (self->work),
                                                      (GDestroyNotify) thaw_folder_work_unref);

  thaw_future_done (future, self->load_scope, trim_done, self, NULL);
}

static void
keys_timer_cb (gpointer user_data)
{
  ThawFolder *self = user_data;

  self->keys_timer = 0;
  if (self->load_scope != NULL && (self->order != NULL || self->listed))
    thaw_folder_request_sort (self);
}

/* The first ones are sorted by at once, the others every now and then. */
static void
schedule_keys (ThawFolder *self)
{
  gint64 now = g_get_monotonic_time ();
  gint64 next = self->sort_begun_usec + MAX (KEYS_USEC, KEYS_SHARE * self->sort_usec);

  if (self->keys_timer == 0)
    self->keys_timer
        = g_timeout_add_once (MAX (next - now, KEYS_FIRST_USEC) / 1000, keys_timer_cb, self);
}

/**
 * thaw_folder_set_sort_keys:
 * @self: a folder
 * @attribute: what they are of
 * @keys: (array length=n_keys): what some entries sort by
 * @n_keys: how many
 *
 * Tells what entries sort by while the folder's spec is by %THAW_SORT_ATTRIBUTE and @attribute;
 * keys of another attribute are for nobody and left alone. Those of an entry replace its former
 * ones. What isn't known is last, by name. They are kept until the spec is by something else or the
 * folder is read anew: see [signal@Thaw.Folder::sort-keys-wanted].
 *
 * - **Thread**: the loop's. Copies and returns: the order follows with
 * [signal@Thaw.Folder::order-changed], a few times a second at most.
 */
void
thaw_folder_set_sort_keys (ThawFolder *self,
                           const char *attribute,
                           const ThawSortKey *keys,
                           guint n_keys)
{
  g_return_if_fail (THAW_IS_FOLDER (self));

  if (self->work == NULL || self->load_scope == NULL || n_keys == 0
      || self->spec.column != THAW_SORT_ATTRIBUTE
      || g_strcmp0 (self->spec.attribute, attribute) != 0)
    return;
  thaw_folder_work_add_keys (self->work, keys, n_keys);
  schedule_keys (self);
}

static gboolean
is_other_attribute (const ThawOrderSpec *a, const ThawOrderSpec *b)
{
  if (a->column != THAW_SORT_ATTRIBUTE || b->column != THAW_SORT_ATTRIBUTE)
    return (a->column == THAW_SORT_ATTRIBUTE) != (b->column == THAW_SORT_ATTRIBUTE);
  return g_strcmp0 (a->attribute, b->attribute) != 0;
}

/**
 * thaw_folder_set_spec:
 * @self: a folder
 * @spec: what to show, in which order
 *
 * - **Thread**: the loop's. Returns at once; the order comes with
 * [signal@Thaw.Folder::order-changed].
 */
void
thaw_folder_set_spec (ThawFolder *self, const ThawOrderSpec *spec)
{
  gboolean other_attribute;

  g_return_if_fail (THAW_IS_FOLDER (self));
  g_return_if_fail (spec != NULL);

  if (thaw_order_spec_equal (&self->spec, spec))
    return;
  other_attribute = is_other_attribute (&self->spec, spec);
  thaw_order_spec_clear (&self->spec);
  thaw_order_spec_copy (&self->spec, spec);
  self->spec_serial++;
  if (self->work == NULL)
    return;
  thaw_folder_work_set_spec (self->work, spec, self->spec_serial);
  if (self->order || self->listed)
    thaw_folder_request_sort (self);
  thaw_folder_start_background_details (self);
  if (other_attribute)
    thaw_folder_tell_keys_wanted (self);
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
