/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disk usage: the object on the loop. It opens the root on its lane, sends crews to the file
 * systems (one lane each), hears from them 30 times a second at most, and lets views look into the
 * tree. The tree is shared (thaw-usage-tree.c); looking takes its lock for microseconds. Nothing
 * here touches a file. */

#include "thaw-disk-usage-private.h"

#include "thaw-file-work-private.h"
#include "thaw-lane-path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

G_DEFINE_FINAL_TYPE (ThawDiskUsage, thaw_disk_usage, G_TYPE_OBJECT)

enum { PROP_0, PROP_LOCATION, PROP_FLAGS, PROP_STATE, N_PROPS };
static GParamSpec *props[N_PROPS];
static guint changed_signal;

#define LOCAL_HANDS 3
#define REMOTE_HANDS 4
#define MAX_FOLLOWED 512
#define FIRST_SWEEP_USEC (10 * G_USEC_PER_SEC)

/* What a crew's workers see. */
typedef struct {
  gint ref_count;
  ThawUsageTree *tree;
  guint domain;
} Shift;

static gpointer
shift_ref (gpointer data)
{
  Shift *self = data;

  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static void
shift_unref (gpointer data)
{
  Shift *self = data;

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  thaw_usage_tree_unref (self->tree);
  g_free (self);
}

static gboolean
shift_work (ThawHand *hand, gpointer data)
{
  Shift *self = data;

  return thaw_usage_work (self->tree, self->domain, hand);
}

static void
set_state (ThawDiskUsage *self, ThawDiskUsageState state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
}

/* Whether any of the crews can't go on. */
static gboolean
is_waiting (ThawDiskUsage *self)
{
  for (guint i = 0; i < self->crews->len; i++)
    {
      ThawCrew *crew = g_ptr_array_index (self->crews, i);

      if (thaw_lane_get_state (thaw_crew_get_lane (crew)) != THAW_LANE_ANSWERING
          || (thaw_crew_get_n_working (crew) == 0 && thaw_crew_is_exhausted (crew)))
        return TRUE;
    }
  return FALSE;
}

/* DONE comes after the last ::changed: while that is on its way nothing is said. */
static void
update_state (ThawDiskUsage *self)
{
  guint32 n_open;
  gboolean is_told;
  int code;

  if (!self->is_open || self->state == THAW_DISK_USAGE_STOPPED
      || self->state == THAW_DISK_USAGE_FAILED)
    return;
  thaw_usage_tree_lock (self->tree);
  n_open = thaw_usage_tree_peek (self->tree, THAW_DISK_USAGE_ROOT)->sums.n_open;
  code = thaw_usage_tree_peek (self->tree, THAW_DISK_USAGE_ROOT)->code;
  is_told = self->tree->revision == self->told_revision;
  thaw_usage_tree_unlock (self->tree);
  if (n_open == 0 && !is_told)
    return;
  if (n_open == 0 && code != 0)
    {
      g_clear_error (&self->error);
      thaw_file_set_errno (&self->error, code, self->tree->root_path, NULL);
      set_state (self, THAW_DISK_USAGE_FAILED);
    }
  else
    set_state (self,
               n_open == 0         ? THAW_DISK_USAGE_DONE
               : is_waiting (self) ? THAW_DISK_USAGE_WAITING
                                   : THAW_DISK_USAGE_MEASURING);
}

/* A disk that seeks is read by one at a time, unless it is all in memory: virtual disks say that
 * they seek, too. */
static guint
choose_n_hands (ThawDiskUsage *self, ThawLane *lane)
{
  if (thaw_lane_get_kind (lane) != THAW_MOUNT_LOCAL)
    return REMOTE_HANDS;
  if (self->tree->rotational && !__atomic_load_n (&self->tree->from_memory, __ATOMIC_RELAXED))
    return 1;
  return CLAMP (g_get_num_processors (), 1, LOCAL_HANDS);
}

static void
run_crews (ThawDiskUsage *self)
{
  for (guint i = 0; i < self->crews->len; i++)
    {
      ThawCrew *crew = g_ptr_array_index (self->crews, i);
      guint n_tasks;

      thaw_usage_tree_lock (self->tree);
      n_tasks = g_array_index (self->tree->domains, ThawUsageDomain, i).tasks->len;
      thaw_usage_tree_unlock (self->tree);
      if (n_tasks == 0)
        continue;
      thaw_crew_set_n_hands (crew, choose_n_hands (self, thaw_crew_get_lane (crew)));
      thaw_crew_start (crew);
    }
}

static void
stalled (guint32 node, gpointer owner)
{
  ThawDiskUsage *self = owner;

  thaw_usage_commit_hanging (self->tree, node);
  thaw_usage_tree_tell (self->tree, TRUE);
}

static void
rested (gpointer owner)
{
  ThawDiskUsage *self = owner;

  thaw_usage_tree_tell (self->tree, TRUE);
}

static const ThawCrewFuncs crew_funcs
    = { "measure folders", shift_work, stalled, rested, shift_ref, shift_unref };

static void
add_crew (ThawDiskUsage *self, ThawLane *lane, guint domain)
{
  Shift *shift = g_new (Shift, 1);

  *shift = (Shift){ 1, thaw_usage_tree_ref (self->tree), domain };
  g_ptr_array_add (self->crews,
                   thaw_crew_new (&crew_funcs, lane, choose_n_hands (self, lane), shift, self));
  shift_unref (shift);
  thaw_lane_watch (lane, self->lane_mailbox);
}

/* Other file systems */

static gboolean
is_known_device (ThawUsageTree *tree, dev_t device)
{
  for (guint i = 0; i < tree->domains->len; i++)
    if (g_array_index (tree->domains, ThawUsageDomain, i).device == device)
      return TRUE;
  return FALSE;
}

static ThawLane *
enter_mount (ThawUsageTree *tree, guint32 node)
{
  g_autofree char *path = thaw_usage_tree_dup_absolute (tree, node);
  g_autoptr (ThawMountTable) table = thaw_mount_table_dup_current ();
  const ThawMount *mount = table != NULL ? thaw_mount_table_find (table, path) : NULL;
  ThawUsageNode *it = thaw_usage_tree_peek (tree, node);

  if (mount == NULL || !g_str_equal (mount->root, path) || mount->kind == THAW_MOUNT_VIRTUAL
      || mount->kind == THAW_MOUNT_AUTOMOUNT || tree->domains->len >= THAW_USAGE_MAX_DOMAINS
      || is_known_device (tree, makedev (mount->major, mount->minor)))
    return NULL;
  thaw_usage_tree_add_domain (tree, node, makedev (mount->major, mount->minor));
  it->code = 0;
  thaw_usage_tree_enqueue (tree, node, FALSE, NULL);
  return thaw_lane_for_path (path);
}

static void
enter_mounts (ThawDiskUsage *self)
{
  ThawUsageTree *tree = self->tree;

  if ((self->flags & THAW_DISK_USAGE_CROSS_MOUNTS) == 0)
    return;
  for (;;)
    {
      g_autoptr (ThawLane) lane = NULL;
      guint n;

      thaw_usage_tree_lock (tree);
      n = tree->borders->len;
      if (n > 0 && thaw_usage_tree_is_alive (tree, g_array_index (tree->borders, guint32, n - 1)))
        lane = enter_mount (tree, g_array_index (tree->borders, guint32, n - 1));
      if (n > 0)
        g_array_set_size (tree->borders, n - 1);
      thaw_usage_tree_unlock (tree);
      if (n == 0)
        return;
      if (lane != NULL)
        add_crew (self, lane, self->crews->len);
    }
}

/* Messages */

/* Numbers of nodes that are gone are free again once everybody has been told. */
static void
free_numbers (ThawUsageTree *tree, guint n)
{
  thaw_usage_tree_lock (tree);
  for (guint i = 0; i < n; i++)
    {
      guint32 node = g_array_index (tree->removed, guint32, i);

      thaw_usage_tree_peek (tree, node)->next = tree->free;
      tree->free = node;
    }
  g_array_remove_range (tree->removed, 0, n);
  thaw_usage_tree_unlock (tree);
}

static void
message_cb (gpointer message, gpointer user_data)
{
  g_autoptr (ThawUsageTree) tree = message;
  ThawDiskUsage *self = user_data;
  guint64 revision;
  guint n_removed;

  if (tree != self->tree || !self->is_open)
    return;
  g_object_ref (self);
  if (self->state != THAW_DISK_USAGE_STOPPED)
    {
      enter_mounts (self);
      run_crews (self);
    }
  thaw_usage_tree_lock (tree);
  revision = tree->revision;
  n_removed = tree->removed->len;
  thaw_usage_tree_unlock (tree);
  if (self->tree == tree && revision != self->told_revision)
    {
      self->told_revision = revision;
      g_signal_emit (self, changed_signal, 0);
      if (self->follow != NULL && self->tree == tree)
        thaw_usage_follow_changed (self->follow);
    }
  if (self->tree == tree)
    {
      free_numbers (tree, n_removed);
      update_state (self);
    }
  g_object_unref (self);
}

static void
lane_cb (gpointer message, gpointer user_data)
{
  thaw_lane_unref (message);
  if (((ThawDiskUsage *) user_data)->tree != NULL)
    update_state (user_data);
}

/* Opening the root, on its lane */

static int
read_rotational (dev_t device)
{
  static const char *const places[] = { "", "/.." };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree char *path = g_strdup_printf ("/sys/dev/block/%u:%u%s/queue/rotational",
                                               major (device),
                                               minor (device),
                                               places[i]);
      g_autofree char *text = NULL;

      if (g_file_get_contents (path, &text, NULL, NULL))
        return atoi (text) != 0;
    }
  return FALSE;
}

/* The last components of what is mounted below: few, and a quick look for each folder. */
static GHashTable *
index_mounts (ThawMountTable *table, const char *root)
{
  GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gsize length = g_str_equal (root, "/") ? 0 : strlen (root);

  for (guint i = 0; i < thaw_mount_table_get_n_mounts (table); i++)
    {
      const char *path = thaw_mount_table_get_mount (table, i)->root;

      if (strncmp (path, root, length) == 0 && path[length] == '/' && path[length + 1] != '\0')
        g_hash_table_add (names, g_strdup (strrchr (path, '/') + 1));
    }
  if (g_hash_table_size (names) == 0)
    g_clear_pointer (&names, g_hash_table_unref);
  return names;
}

static gboolean
open_root (ThawJob *job, ThawFilePlace *place, gpointer data, GError **error)
{
  ThawUsageTree *tree = data;
  int fd = thaw_lane_open_beneath (place->path, O_PATH | O_DIRECTORY, error);
  ThawUsageDomain *domain;
  struct stat info;

  if (fd < 0)
    return FALSE;
  if (fstat (fd, &info) != 0)
    info.st_dev = 0;
  tree->root_path = thaw_mount_normalise_path (place->path);
  tree->rotational = read_rotational (info.st_dev);
  tree->table = thaw_mount_table_dup_current ();
  tree->mounts = tree->table != NULL ? index_mounts (tree->table, tree->root_path) : NULL;
  thaw_usage_tree_lock (tree);
  domain = &g_array_index (tree->domains, ThawUsageDomain, 0);
  domain->handle = thaw_usage_handle_new (tree, fd);
  domain->device = info.st_dev;
  thaw_usage_tree_unlock (tree);
  return TRUE;
}

static void
opened_cb (ThawFuture *completed, gpointer user_data)
{
  ThawDiskUsage *self = user_data;
  g_autoptr (ThawLane) lane = NULL;

  if (thaw_future_get_state (completed) != THAW_FUTURE_RESOLVED)
    {
      self->error = g_error_copy (thaw_future_get_error (completed));
      set_state (self, THAW_DISK_USAGE_FAILED);
      return;
    }
  self->is_open = TRUE;
  lane = thaw_lane_for_path (self->tree->root_path);
  add_crew (self, lane, 0);
  run_crews (self);
  update_state (self);
}

static void
end_run (ThawDiskUsage *self)
{
  g_clear_pointer (&self->follow, thaw_usage_follow_free);
  g_ptr_array_set_size (self->crews, 0);
  if (self->run_scope != NULL)
    thaw_scope_cancel (self->run_scope);
  g_clear_pointer (&self->run_scope, thaw_scope_unref);
}

/**
 * thaw_disk_usage_start:
 * @self: a disk usage
 *
 * Begins to measure, or begins anew: nodes of a run before are gone. What is measured shows in the
 * tree while it goes on; [property@Thaw.DiskUsage:state] says when all is there.
 *
 * Files are counted by the blocks that the disk has for them and by their length. Links aren't
 * followed. A file with several names counts once, where it is seen first. What is mounted below is
 * left out, unless %THAW_DISK_USAGE_CROSS_MOUNTS was given. A folder that can't be read, or whose
 * reading hangs, is a node that says so; the rest goes on.
 *
 * - **Thread**: the loop's. Folders are read on the lanes of their mounts, several at once where
 * the disk doesn't seek.
 * - **Errors**: the state FAILED, with thaw_disk_usage_get_error(): the location is no folder that
 * can be read. Only native files can be measured: %G_IO_ERROR_NOT_SUPPORTED otherwise.
 * - **Cancellation**: thaw_disk_usage_stop(), or drop the object.
 */
void
thaw_disk_usage_start (ThawDiskUsage *self)
{
  g_autoptr (ThawFuture) future = NULL;

  g_return_if_fail (THAW_IS_DISK_USAGE (self));

  end_run (self);
  g_clear_error (&self->error);
  g_clear_pointer (&self->tree, thaw_usage_tree_unref);
  self->is_open = FALSE;
  self->followed = THAW_USAGE_NONE;
  self->told_revision = 0;
  self->tree = thaw_usage_tree_new (self->mailbox,
                                    self->flags,
                                    self->file_func,
                                    self->file_data,
                                    g_steal_pointer (&self->file_destroy));
  thaw_usage_tree_lock (self->tree);
  thaw_usage_tree_enqueue (self->tree, THAW_DISK_USAGE_ROOT, TRUE, NULL);
  thaw_usage_tree_unlock (self->tree);
  set_state (self, THAW_DISK_USAGE_MEASURING);
  if (!g_file_is_native (self->location))
    {
      self->error
          = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "Not a local folder");
      set_state (self, THAW_DISK_USAGE_FAILED);
      return;
    }
  self->run_scope = thaw_scope_new ("disk usage", self->scope);
  future = thaw_file_run (self->run_scope,
                          self->location,
                          "open folder to measure",
                          open_root,
                          thaw_usage_tree_ref (self->tree),
                          thaw_usage_tree_unref);
  thaw_future_done (future, self->run_scope, opened_cb, self, NULL);
}

/**
 * thaw_disk_usage_stop:
 * @self: a disk usage
 *
 * Ends measuring and following at once; what there is stays.
 *
 * - **Thread**: the loop's.
 */
void
thaw_disk_usage_stop (ThawDiskUsage *self)
{
  g_return_if_fail (THAW_IS_DISK_USAGE (self));

  end_run (self);
  if (self->state == THAW_DISK_USAGE_MEASURING || self->state == THAW_DISK_USAGE_WAITING)
    set_state (self, THAW_DISK_USAGE_STOPPED);
}

/**
 * thaw_disk_usage_measure_again:
 * @self: a disk usage
 * @node: a folder
 * @deep: with all folders below it
 *
 * Reads a folder once more; what is still there keeps its node. A file with names both below @node
 * and elsewhere that lost the name it was counted under is missing from the sums until the folder
 * of another of its names is read again; measuring the root deeply puts everything right.
 *
 * - **Thread**: the loop's.
 */
void
thaw_disk_usage_measure_again (ThawDiskUsage *self, guint32 node, gboolean deep)
{
  g_return_if_fail (THAW_IS_DISK_USAGE (self));

  if (!self->is_open || self->crews->len == 0)
    return;
  thaw_usage_tree_lock (self->tree);
  if (thaw_usage_tree_is_alive (self->tree, node)
      && (thaw_usage_tree_peek (self->tree, node)->flags & THAW_USAGE_FOLDER))
    {
      if (deep && node == THAW_DISK_USAGE_ROOT)
        {
          thaw_usage_links_free (self->tree->links);
          self->tree->links = thaw_usage_links_new ();
        }
      thaw_usage_tree_enqueue (self->tree, node, deep, NULL);
      self->tree->revision++;
    }
  thaw_usage_tree_unlock (self->tree);
  thaw_usage_tree_tell (self->tree, TRUE);
}

/**
 * thaw_disk_usage_follow:
 * @self: a disk usage
 * @node: a folder, or %THAW_DISK_USAGE_NO_NODE
 *
 * Follows changes in this folder and below it, instead of those it followed before: what has
 * changed is measured again, a quarter of a second later. Of a very large tree some hundred folders
 * are followed so, those nearer to @node first and of them the largest; all others are measured
 * again some seconds later, then more and more seldom, and never so often that it took more than a
 * fiftieth of the time. Where the kernel doesn't tell of changes only @node and the folders in it
 * are looked at; what happens deeper there shows when somebody measures again.
 *
 * - **Thread**: the loop's.
 */
void
thaw_disk_usage_follow (ThawDiskUsage *self, guint32 node)
{
  g_return_if_fail (THAW_IS_DISK_USAGE (self));

  if (self->followed == node && self->follow != NULL)
    return;
  g_clear_pointer (&self->follow, thaw_usage_follow_free);
  self->followed = node;
  if (node != THAW_USAGE_NONE && self->is_open && self->crews->len > 0)
    self->follow = thaw_usage_follow_new (self, node);
}

void
thaw_disk_usage_set_pace (ThawDiskUsage *self, guint max_followed, gint64 sweep_usec)
{
  self->max_followed = max_followed;
  self->sweep_usec = sweep_usec;
}

/**
 * thaw_disk_usage_get_location:
 * @self: a disk usage
 *
 * Returns: (transfer none): what is measured
 */
GFile *
thaw_disk_usage_get_location (ThawDiskUsage *self)
{
  return self->location;
}

ThawDiskUsageState
thaw_disk_usage_get_state (ThawDiskUsage *self)
{
  return self->state;
}

/**
 * thaw_disk_usage_get_error:
 * @self: a disk usage
 *
 * Returns: (transfer none) (nullable): why it failed
 */
const GError *
thaw_disk_usage_get_error (ThawDiskUsage *self)
{
  return self->error;
}

guint64
thaw_disk_usage_get_revision (ThawDiskUsage *self)
{
  guint64 revision;

  if (self->tree == NULL)
    return 0;
  thaw_usage_tree_lock (self->tree);
  revision = self->tree->revision;
  thaw_usage_tree_unlock (self->tree);
  return revision;
}

gsize
thaw_disk_usage_get_memory (ThawDiskUsage *self)
{
  gsize bytes;

  if (self->tree == NULL)
    return 0;
  thaw_usage_tree_lock (self->tree);
  bytes = thaw_usage_tree_get_memory (self->tree);
  thaw_usage_tree_unlock (self->tree);
  return bytes;
}

void
thaw_disk_usage_set_file_func (ThawDiskUsage *self,
                               ThawUsageFileFunc func,
                               gpointer data,
                               GDestroyNotify destroy)
{
  self->file_func = func;
  self->file_data = data;
  self->file_destroy = destroy;
}

ThawUsageTree *
thaw_disk_usage_get_tree (ThawDiskUsage *self)
{
  return self->tree;
}

static void
thaw_disk_usage_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ThawDiskUsage *self = THAW_DISK_USAGE (object);

  if (id == PROP_LOCATION)
    self->location = g_value_dup_object (value);
  else if (id == PROP_FLAGS)
    self->flags = g_value_get_uint (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
thaw_disk_usage_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawDiskUsage *self = THAW_DISK_USAGE (object);

  if (id == PROP_LOCATION)
    g_value_set_object (value, self->location);
  else if (id == PROP_FLAGS)
    g_value_set_uint (value, self->flags);
  else if (id == PROP_STATE)
    g_value_set_uint (value, self->state);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
thaw_disk_usage_constructed (GObject *object)
{
  ThawDiskUsage *self = THAW_DISK_USAGE (object);

  G_OBJECT_CLASS (thaw_disk_usage_parent_class)->constructed (object);
  self->scope = thaw_scope_new_for_owner ("disk usage", object, NULL);
  self->mailbox = thaw_mailbox_new ("disk-usage",
                                    NULL,
                                    object,
                                    THAW_MAILBOX_UNBOUNDED,
                                    message_cb,
                                    self,
                                    thaw_usage_tree_unref);
  self->lane_mailbox = thaw_mailbox_new ("disk-usage-lane",
                                         NULL,
                                         object,
                                         THAW_MAILBOX_UNBOUNDED,
                                         lane_cb,
                                         self,
                                         (GDestroyNotify) thaw_lane_unref);
}

static void
thaw_disk_usage_dispose (GObject *object)
{
  end_run (THAW_DISK_USAGE (object));
  G_OBJECT_CLASS (thaw_disk_usage_parent_class)->dispose (object);
}

static void
thaw_disk_usage_finalize (GObject *object)
{
  ThawDiskUsage *self = THAW_DISK_USAGE (object);

  g_clear_pointer (&self->tree, thaw_usage_tree_unref);
  if (self->file_destroy != NULL)
    self->file_destroy (self->file_data);
  g_clear_pointer (&self->mailbox, thaw_mailbox_unref);
  g_clear_pointer (&self->lane_mailbox, thaw_mailbox_unref);
  g_clear_pointer (&self->scope, thaw_scope_unref);
  g_ptr_array_unref (self->crews);
  g_clear_error (&self->error);
  g_clear_object (&self->location);
  G_OBJECT_CLASS (thaw_disk_usage_parent_class)->finalize (object);
}

static void
thaw_disk_usage_class_init (ThawDiskUsageClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->constructed = thaw_disk_usage_constructed;
  object_class->dispose = thaw_disk_usage_dispose;
  object_class->finalize = thaw_disk_usage_finalize;
  object_class->set_property = thaw_disk_usage_set_property;
  object_class->get_property = thaw_disk_usage_get_property;

  /**
   * ThawDiskUsage:location:
   *
   * The folder that is measured; never changes.
   */
  props[PROP_LOCATION]
      = g_param_spec_object ("location",
                             NULL,
                             NULL,
                             G_TYPE_FILE,
                             G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * ThawDiskUsage:flags:
   *
   * [flags@Thaw.DiskUsageFlags]; never changes.
   */
  props[PROP_FLAGS]
      = g_param_spec_uint ("flags",
                           NULL,
                           NULL,
                           0,
                           G_MAXUINT,
                           0,
                           G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  /**
   * ThawDiskUsage:state:
   *
   * A [enum@Thaw.DiskUsageState].
   */
  props[PROP_STATE] = g_param_spec_uint ("state",
                                         NULL,
                                         NULL,
                                         0,
                                         THAW_DISK_USAGE_FAILED,
                                         THAW_DISK_USAGE_IDLE,
                                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  /**
   * ThawDiskUsage::changed:
   * @self: the disk usage
   *
   * Something in the tree is new; nodes may be gone.
   */
  changed_signal = g_signal_new ("changed",
                                 THAW_TYPE_DISK_USAGE,
                                 G_SIGNAL_RUN_LAST,
                                 0,
                                 NULL,
                                 NULL,
                                 NULL,
                                 G_TYPE_NONE,
                                 0);
}

static void
thaw_disk_usage_init (ThawDiskUsage *self)
{
  self->followed = THAW_USAGE_NONE;
  self->max_followed = MAX_FOLLOWED;
  self->sweep_usec = FIRST_SWEEP_USEC;
  self->crews = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_crew_free);
}

/**
 * thaw_disk_usage_new:
 * @location: a native folder
 * @flags: what is measured, and how
 *
 * - **Thread**: the loop's. Nothing is read before [method@Thaw.DiskUsage.start].
 *
 * Returns: (transfer full): a disk usage
 */
ThawDiskUsage *
thaw_disk_usage_new (GFile *location, ThawDiskUsageFlags flags)
{
  g_return_val_if_fail (G_IS_FILE (location), NULL);

  return g_object_new (THAW_TYPE_DISK_USAGE, "location", location, "flags", (guint) flags, NULL);
}
