/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Following what is on the screen: a folder of the tree of sizes and the folders below it, level by
 * level, the largest first, as many as may be watched. A job on their lane makes the watches, the
 * watching thread says which folder has changed, and a quarter of a second later that folder is
 * read again, alone. When there are other folders than before the watches are made anew. Folders
 * beyond those are swept: read again all together, so seldom that it takes a fiftieth of the time
 * at most, and more and more seldom as long as nothing turns out to be new. Where nobody tells of
 * changes folders near the top are read again now and then. The loop's. */

#include "thaw-disk-usage-private.h"
#include "thaw-watch-private.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#define MAX_LISTED 2048 /* of one folder */
#define MAX_POLLED 256
#define SETTLE_MSEC 250
#define SWEEP_SHARE 50
#define LONGEST_SWEEP_USEC (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define FIRST_POLL_SEC 4
#define LONGEST_POLL_SEC 64

/* A set of watches: filled by a job, told of by the watching thread, taken by the loop. */
typedef struct {
  gint ref_count;
  ThawUsageTree *tree;
  ThawMailbox *mailbox;
  GArray *nodes;        /* constant; the folder first */
  pthread_mutex_t lock; /* guards the rest */
  GPtrArray *watches;   /* ThawWatch or NULL, beside @nodes */
  gboolean is_over;
} WatchSet;

typedef struct {
  gint ref_count;
  WatchSet *set; /* referenced */
  guint index;
} Notice;

struct _ThawUsageFollow {
  ThawDiskUsage *usage;
  guint32 node;
  ThawScope *scope;
  ThawMailbox *mailbox;
  WatchSet *set;     /* ends when the next one is complete: nothing happens unseen in between */
  WatchSet *coming;  /* NULL: none is being made */
  GHashTable *known; /* nodes that were read since they are watched */
  GArray *dirty;     /* nodes */
  gboolean watches_again;
  guint64 n_made; /* folders that the tree had had when the watches were chosen */
  guint settle_timer, poll_timer, poll_sec;
  guint64 polled_size;
  guint sweep_timer;
  gint64 sweep_usec, swept_at_usec; /* swept_at: of the sweep that is under way, or 0 */
  ThawUsageSums swept;              /* before it */
};

static WatchSet *
set_ref (WatchSet *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static void
set_unref (gpointer data)
{
  WatchSet *self = data;

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  g_array_unref (self->nodes);
  g_ptr_array_unref (self->watches);
  pthread_mutex_destroy (&self->lock);
  thaw_mailbox_unref (self->mailbox);
  thaw_usage_tree_unref (self->tree);
  g_free (self);
}

static void
notice_unref (gpointer data)
{
  Notice *self = data;

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  set_unref (self->set);
  g_free (self);
}

/* The watching thread. */
static void
notify (gpointer data)
{
  Notice *notice = data;

  __atomic_add_fetch (&notice->ref_count, 1, __ATOMIC_RELAXED);
  if (!thaw_mailbox_post_keyed (notice->set->mailbox, notice, notice))
    notice_unref (notice);
}

/* Worker. FALSE: nobody follows any more. */
static gboolean
watch_node (WatchSet *self, guint index)
{
  ThawUsageTask task = { g_array_index (self->nodes, guint32, index), NULL };
  int fd = thaw_usage_open (self->tree, &task, O_PATH);
  Notice *notice = g_new (Notice, 1);
  ThawWatch *watch = NULL;
  gboolean is_over;

  *notice = (Notice){ 1, set_ref (self), index };
  if (fd >= 0)
    {
      watch = thaw_watch_new (fd, notify, notice, notice_unref, NULL);
      close (fd);
    }
  if (watch == NULL)
    notice_unref (notice);
  pthread_mutex_lock (&self->lock);
  is_over = self->is_over;
  if (!is_over)
    g_ptr_array_add (self->watches, watch);
  pthread_mutex_unlock (&self->lock);
  if (is_over && watch != NULL)
    thaw_watch_close (watch);
  return !is_over;
}

static gboolean
watch_lane (ThawJob *job, gpointer data, GError **error)
{
  WatchSet *self = data;

  for (guint i = 0; i < self->nodes->len && watch_node (self, i); i++)
    thaw_job_beat (job);
  return TRUE;
}

static void
end_set (WatchSet *self)
{
  pthread_mutex_lock (&self->lock);
  self->is_over = TRUE;
  for (guint i = 0; i < self->watches->len; i++)
    if (g_ptr_array_index (self->watches, i) != NULL)
      thaw_watch_close (g_ptr_array_index (self->watches, i));
  g_ptr_array_set_size (self->watches, 0);
  pthread_mutex_unlock (&self->lock);
  set_unref (self);
}

static void
add_folders (ThawUsageFollow *self, guint32 node, GArray *nodes, guint max)
{
  g_autoptr (GArray) list = thaw_disk_usage_list (self->usage, node, MAX_LISTED);

  for (guint i = 0; i < list->len && nodes->len < max; i++)
    {
      const ThawDiskUsageInfo *info = &g_array_index (list, ThawDiskUsageInfo, i);

      if (info->is_folder && info->state != THAW_DISK_USAGE_NODE_MOUNT
          && info->state != THAW_DISK_USAGE_NODE_HANGING)
        g_array_append_val (nodes, info->node);
    }
}

/* The folder, those in it, those in them; the newest sizes say which are worth a watch. */
static GArray *
choose_nodes (ThawUsageFollow *self)
{
  GArray *nodes = g_array_new (FALSE, FALSE, sizeof (guint32));

  g_array_append_val (nodes, self->node);
  for (guint i = 0; i < nodes->len && nodes->len < self->usage->max_followed; i++)
    add_folders (self, g_array_index (nodes, guint32, i), nodes, self->usage->max_followed);
  return nodes;
}

/* Sweeping */

static ThawUsageSums
get_sums (ThawUsageFollow *self)
{
  ThawUsageSums sums = { 0 };

  thaw_usage_tree_lock (self->usage->tree);
  if (thaw_usage_tree_is_alive (self->usage->tree, self->node))
    sums = thaw_usage_tree_peek (self->usage->tree, self->node)->sums;
  thaw_usage_tree_unlock (self->usage->tree);
  return sums;
}

static gboolean
sweep_cb (gpointer data)
{
  ThawUsageFollow *self = data;

  self->sweep_timer = 0;
  self->swept_at_usec = g_get_monotonic_time ();
  self->swept = get_sums (self);
  thaw_disk_usage_measure_again (self->usage, self->node, TRUE);
  return G_SOURCE_REMOVE;
}

static void
schedule_sweep (ThawUsageFollow *self)
{
  self->sweep_timer = g_timeout_add ((guint) (self->sweep_usec / 1000), sweep_cb, self);
}

/* The next one comes the later the longer this one took, and the less it has found. */
static void
end_sweep (ThawUsageFollow *self)
{
  ThawUsageSums sums = get_sums (self);
  gint64 least_usec = SWEEP_SHARE * (g_get_monotonic_time () - self->swept_at_usec);
  gboolean is_new = sums.allocated != self->swept.allocated || sums.apparent != self->swept.apparent
                    || sums.n_files != self->swept.n_files
                    || sums.n_folders != self->swept.n_folders;

  self->swept_at_usec = 0;
  self->sweep_usec = is_new ? self->usage->sweep_usec : 2 * self->sweep_usec;
  self->sweep_usec = CLAMP (self->sweep_usec, least_usec, MAX (least_usec, LONGEST_SWEEP_USEC));
  schedule_sweep (self);
}

/* Watching */

/* What changed before it was watched shows now. */
static void
watched_cb (ThawFuture *completed, gpointer data)
{
  ThawUsageFollow *self = data;
  g_autoptr (GHashTable) known = g_steal_pointer (&self->known);

  g_clear_pointer (&self->set, end_set);
  self->set = g_steal_pointer (&self->coming);
  self->known = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < self->set->nodes->len; i++)
    {
      guint32 node = g_array_index (self->set->nodes, guint32, i);

      g_hash_table_add (self->known, GUINT_TO_POINTER (node));
      if (!g_hash_table_contains (known, GUINT_TO_POINTER (node)))
        thaw_disk_usage_measure_again (self->usage, node, FALSE);
    }
  thaw_usage_follow_changed (self);
}

/* Whether there is something below it that isn't watched. */
static gboolean
needs_sweep (ThawUsageFollow *self, const ThawUsageSums *sums)
{
  return self->set != NULL && self->coming == NULL && !self->watches_again && sums->n_open == 0
         && self->set->nodes->len <= sums->n_folders;
}

static ThawLane *
get_lane (ThawUsageFollow *self)
{
  guint domain;

  thaw_usage_tree_lock (self->usage->tree);
  domain = thaw_usage_tree_peek (self->usage->tree, self->node)->domain;
  thaw_usage_tree_unlock (self->usage->tree);
  return thaw_crew_get_lane (g_ptr_array_index (self->usage->crews, domain));
}

static void
watch (ThawUsageFollow *self)
{
  g_autoptr (ThawFuture) future = NULL;
  WatchSet *set = g_new0 (WatchSet, 1);

  self->watches_again = FALSE;
  thaw_usage_tree_lock (self->usage->tree);
  self->n_made = self->usage->tree->n_made;
  thaw_usage_tree_unlock (self->usage->tree);
  set->ref_count = 1;
  set->tree = thaw_usage_tree_ref (self->usage->tree);
  set->mailbox = thaw_mailbox_ref (self->mailbox);
  set->nodes = choose_nodes (self);
  set->watches = g_ptr_array_new ();
  pthread_mutex_init (&set->lock, NULL);
  self->coming = set;
  future = thaw_lane_run_patient (get_lane (self),
                                  self->scope,
                                  "watch measured folders",
                                  THAW_PRIORITY_LOW,
                                  -1,
                                  watch_lane,
                                  set_ref (set),
                                  set_unref);
  thaw_future_done (future, self->scope, watched_cb, self, NULL);
}

static gboolean
settle_cb (gpointer data)
{
  ThawUsageFollow *self = data;
  g_autoptr (GArray) dirty = g_steal_pointer (&self->dirty);

  self->settle_timer = 0;
  self->dirty = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint i = 0; i < dirty->len; i++)
    {
      guint32 node = g_array_index (dirty, guint32, i);

      thaw_disk_usage_measure_again (self->usage, node, FALSE);
    }
  return G_SOURCE_REMOVE;
}

static void
add_dirty (ThawUsageFollow *self, guint32 node)
{
  for (guint i = 0; i < self->dirty->len; i++)
    if (g_array_index (self->dirty, guint32, i) == node)
      return;
  g_array_append_val (self->dirty, node);
  if (self->settle_timer == 0)
    self->settle_timer = g_timeout_add (SETTLE_MSEC, settle_cb, self);
}

/* What was told is taken, so that more can be told. A folder that has gone shows in its parent. */
static void
notice_cb (gpointer message, gpointer user_data)
{
  Notice *notice = message;
  ThawUsageFollow *self = user_data;
  g_autoptr (ThawWatchChanges) changes = NULL;

  pthread_mutex_lock (&notice->set->lock);
  if (notice->index < notice->set->watches->len
      && g_ptr_array_index (notice->set->watches, notice->index))
    changes = thaw_watch_take (g_ptr_array_index (notice->set->watches, notice->index));
  pthread_mutex_unlock (&notice->set->lock);
  /* What a set had to say when it ended counts, too. */
  add_dirty (self,
             g_array_index (notice->set->nodes,
                            guint32,
                            changes != NULL && changes->self_gone ? 0 : notice->index));
  notice_unref (notice);
}

static void schedule_poll (ThawUsageFollow *self);

static gboolean
poll_cb (gpointer data)
{
  ThawUsageFollow *self = data;
  g_autoptr (GArray) nodes = g_array_new (FALSE, FALSE, sizeof (guint32));
  ThawDiskUsageInfo info;

  self->poll_timer = 0;
  if (!thaw_disk_usage_get_info (self->usage, self->node, &info))
    return G_SOURCE_REMOVE;
  self->poll_sec = info.allocated != self->polled_size ? FIRST_POLL_SEC
                                                       : MIN (self->poll_sec * 2, LONGEST_POLL_SEC);
  self->polled_size = info.allocated;
  g_array_append_val (nodes, self->node);
  add_folders (self, self->node, nodes, MAX_POLLED);
  for (guint i = 0; i < nodes->len; i++)
    thaw_disk_usage_measure_again (self->usage, g_array_index (nodes, guint32, i), FALSE);
  schedule_poll (self);
  return G_SOURCE_REMOVE;
}

static void
schedule_poll (ThawUsageFollow *self)
{
  self->poll_timer = g_timeout_add_seconds (self->poll_sec, poll_cb, self);
}

/* The first watches are for what is in it once it has been read, others for all that there is once
 * everything is measured. */
void
thaw_usage_follow_changed (ThawUsageFollow *self)
{
  ThawUsageTree *tree = self->usage->tree;
  gboolean is_there, is_read, is_new;
  ThawUsageSums sums = get_sums (self);

  thaw_usage_tree_lock (tree);
  is_there = thaw_usage_tree_is_alive (tree, self->node);
  is_read = is_there
            && (thaw_usage_tree_peek (tree, self->node)->flags
                & (THAW_USAGE_QUEUED | THAW_USAGE_READING))
                   == 0;
  is_new = tree->n_made != self->n_made;
  thaw_usage_tree_unlock (tree);
  self->watches_again |= is_new && sums.n_open == 0;
  if (!is_there)
    g_clear_pointer (&self->set, end_set);
  else if (is_read && self->watches_again && self->coming == NULL)
    watch (self);
  if (is_there && self->swept_at_usec != 0 && sums.n_open == 0)
    end_sweep (self);
  else if (is_there && self->swept_at_usec == 0 && self->sweep_timer == 0 && self->poll_timer == 0
           && needs_sweep (self, &sums))
    schedule_sweep (self);
}

ThawUsageFollow *
thaw_usage_follow_new (ThawDiskUsage *usage, guint32 node)
{
  ThawUsageFollow *self = g_new0 (ThawUsageFollow, 1);

  self->usage = usage;
  self->node = node;
  self->scope = thaw_scope_new ("follow disk usage", NULL);
  self->mailbox = thaw_mailbox_new ("disk-usage-watch",
                                    NULL,
                                    NULL,
                                    THAW_MAILBOX_UNBOUNDED,
                                    notice_cb,
                                    self,
                                    notice_unref);
  self->known = g_hash_table_new (NULL, NULL);
  self->dirty = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->watches_again = TRUE;
  self->poll_sec = FIRST_POLL_SEC;
  self->sweep_usec = usage->sweep_usec;
  if (thaw_lane_get_kind (get_lane (self)) != THAW_MOUNT_LOCAL)
    schedule_poll (self);
  thaw_usage_follow_changed (self);
  return self;
}

void
thaw_usage_follow_free (ThawUsageFollow *self)
{
  g_clear_handle_id (&self->settle_timer, g_source_remove);
  g_clear_handle_id (&self->poll_timer, g_source_remove);
  g_clear_handle_id (&self->sweep_timer, g_source_remove);
  thaw_scope_cancel (self->scope);
  thaw_scope_unref (self->scope);
  g_clear_pointer (&self->set, end_set);
  g_clear_pointer (&self->coming, end_set);
  thaw_mailbox_close (self->mailbox);
  thaw_mailbox_unref (self->mailbox);
  g_hash_table_unref (self->known);
  g_array_unref (self->dirty);
  g_free (self);
}
