/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Workers read folders for the tree of sizes: getdents64 and statx by descriptors, from the folder
 * that an entry is in, so neither a path's length nor a link that somebody slips in matters. A
 * folder stays open while folders in it wait to be read; beyond some hundred of those the way is
 * walked again from the top, name by name. The kernel itself refuses to cross a mount
 * (RESOLVE_NO_XDEV), and mount points that are known beforehand aren't touched at all: what is
 * mounted there may be dead, or mounted only when somebody looks. Nothing here runs on the loop. */

#include "thaw-usage-tree-private.h"

#include "thaw-lane-path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define MAX_HANDLES 128
#define MAX_FILES 4096 /* until they are told of */
#define MAX_FOLDERS 512
#define BEAT_EVERY 32
#define BLOCK_BYTES 512

typedef struct {
  ThawUsageTree *tree;
  ThawHand *hand;
  ThawUsageBatch batch;
  int fd;
  guint32 dev;
  guint n_beats;
} Reader;

typedef struct {
  guint64 d_ino;
  gint64 d_off;
  unsigned short d_reclen;
  unsigned char d_type;
  char d_name[];
} Dirent;

/* Open folders */

ThawUsageHandle *
thaw_usage_handle_new (ThawUsageTree *tree, int fd)
{
  ThawUsageHandle *self = g_new (ThawUsageHandle, 1);

  *self = (ThawUsageHandle){ 1, fd, &tree->n_handles };
  __atomic_add_fetch (self->n_open, 1, __ATOMIC_RELAXED);
  return self;
}

ThawUsageHandle *
thaw_usage_handle_ref (ThawUsageHandle *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

void
thaw_usage_handle_unref (ThawUsageHandle *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  __atomic_sub_fetch (self->n_open, 1, __ATOMIC_RELAXED);
  close (self->fd);
  g_free (self);
}

/* One folder in another one. Without openat2() (old kernels, sandboxes) devices are compared. */
static int
open_child (int dir_fd, const char *name, int flags)
{
  struct open_how how = { .flags = (guint64) (flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
                          .resolve = RESOLVE_NO_XDEV };
  struct stat above, info;
  int fd = (int) syscall (SYS_openat2, dir_fd, name, &how, sizeof how);

  if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
    return fd;
  fd = openat (dir_fd, name, (int) how.flags);
  if (fd < 0
      || (fstat (dir_fd, &above) == 0 && fstat (fd, &info) == 0 && above.st_dev == info.st_dev))
    return fd;
  close (fd);
  errno = EXDEV;
  return -1;
}

/* From the base of its domain, one by one: any depth, and no link on the way. */
static int
open_from_base (ThawUsageTree *self, guint32 node, int flags)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (ThawUsageHandle) base = NULL;
  ThawUsageDomain *domain;
  int fd, next, code;

  thaw_usage_tree_lock (self);
  domain
      = &g_array_index (self->domains, ThawUsageDomain, thaw_usage_tree_peek (self, node)->domain);
  base = domain->handle != NULL ? thaw_usage_handle_ref (domain->handle) : NULL;
  for (; node != domain->base && node < THAW_USAGE_TAKEN_APART;
       node = thaw_usage_tree_peek (self, node)->parent)
    g_ptr_array_add (names, g_strdup (thaw_usage_tree_get_name (self, node)));
  thaw_usage_tree_unlock (self);

  fd = base != NULL ? open_child (base->fd, ".", names->len > 0 ? O_PATH : flags) : -1;
  if (base == NULL)
    errno = ENOENT;
  for (guint i = names->len; i-- > 0 && fd >= 0; fd = next)
    {
      next = open_child (fd, g_ptr_array_index (names, i), i > 0 ? O_PATH : flags);
      code = errno;
      close (fd);
      errno = code;
    }
  return fd;
}

/* Where a domain begins, by its path: that is what a mount point has. */
static int
open_base (ThawUsageTree *self, guint32 node)
{
  g_autofree char *path = NULL;
  int fd;

  thaw_usage_tree_lock (self);
  path = thaw_usage_tree_dup_absolute (self, node);
  thaw_usage_tree_unlock (self);
  fd = thaw_lane_open_beneath (path, O_PATH | O_DIRECTORY, NULL);
  if (fd < 0)
    return -1;
  thaw_usage_tree_lock (self);
  for (guint i = 0; i < self->domains->len; i++)
    {
      ThawUsageDomain *domain = &g_array_index (self->domains, ThawUsageDomain, i);

      if (domain->base == node && domain->handle == NULL)
        domain->handle = thaw_usage_handle_new (self, fd);
    }
  thaw_usage_tree_unlock (self);
  return fd;
}

int
thaw_usage_open (ThawUsageTree *self, const ThawUsageTask *task, int flags)
{
  char name[256];
  gboolean is_base, has_handle;
  ThawUsageDomain *domain;

  thaw_usage_tree_lock (self);
  domain = &g_array_index (self->domains,
                           ThawUsageDomain,
                           thaw_usage_tree_peek (self, task->node)->domain);
  is_base = domain->base == task->node;
  has_handle = domain->handle != NULL;
  g_strlcpy (name, thaw_usage_tree_get_name (self, task->node), sizeof name);
  thaw_usage_tree_unlock (self);

  if (is_base && !has_handle && open_base (self, task->node) < 0)
    return -1;
  if (is_base || task->parent == NULL)
    return open_from_base (self, task->node, flags);
  return open_child (task->parent->fd, name, flags);
}

/* Reading */

/* The largest files, largest first. A few, so looking through them is the quickest. */
static void
note_file (ThawUsageBatch *batch,
           ThawDiskUsageFlags flags,
           const char *name,
           guint64 allocated,
           guint64 apparent)
{
  gboolean by_length = (flags & THAW_DISK_USAGE_APPARENT_FIRST) != 0;
  guint64 size = by_length ? apparent : allocated;
  guint i = batch->n_files;

#define SIZE_OF(file) (by_length ? (file).apparent : (file).allocated)
  if (size == 0 || (i == THAW_DISK_USAGE_LARGEST_FILES && size <= SIZE_OF (batch->files[i - 1])))
    return;
  if (i < THAW_DISK_USAGE_LARGEST_FILES)
    batch->n_files++;
  else
    i--;
  for (; i > 0 && SIZE_OF (batch->files[i - 1]) < size; i--)
    batch->files[i] = batch->files[i - 1];
  batch->files[i].allocated = allocated;
  batch->files[i].apparent = apparent;
  g_strlcpy (batch->files[i].name, name, sizeof batch->files[i].name);
#undef SIZE_OF
}

static void
add_folder (ThawUsageBatch *batch, const char *name)
{
  g_byte_array_append (batch->folders, (const guint8 *) name, strlen (name) + 1);
  batch->n_folders++;
}

static gboolean
claims_link (Reader *self, const struct statx *stx)
{
  gboolean claims;

  thaw_usage_tree_lock (self->tree);
  claims = thaw_usage_links_claim (self->tree,
                                   self->tree->links,
                                   self->dev,
                                   stx->stx_ino,
                                   self->batch.node,
                                   self->batch.serial);
  thaw_usage_tree_unlock (self->tree);
  return claims;
}

static void
add_file (Reader *self, const char *name, const struct statx *stx)
{
  guint64 allocated = stx->stx_blocks * BLOCK_BYTES, apparent = 0;
  gboolean is_regular = S_ISREG (stx->stx_mode);

  self->batch.sums.n_files++;
  if (is_regular || S_ISLNK (stx->stx_mode))
    apparent = stx->stx_size;
  if (is_regular && self->tree->file_func != NULL)
    self->tree->file_func (self->batch.node, name, stx, self->tree->file_data);
  if (stx->stx_nlink > 1 && !claims_link (self, stx))
    return;
  self->batch.sums.allocated += allocated;
  self->batch.sums.apparent += apparent;
  note_file (&self->batch, self->tree->flags, name, allocated, apparent);
}

/* What a type says without looking is believed for folders only: they are opened anyway. */
static void
read_entry (Reader *self, const char *name, guint type)
{
  struct statx stx;
  guint mask = STATX_TYPE | STATX_NLINK | STATX_INO | STATX_SIZE | STATX_BLOCKS;

  if (type == DT_DIR)
    {
      add_folder (&self->batch, name);
      return;
    }
  if (statx (self->fd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, mask, &stx)
      != 0)
    {
      if (errno != ENOENT)
        {
          self->batch.sums.n_files++;
          self->batch.sums.n_bad++;
        }
    }
  else if (S_ISDIR (stx.stx_mode))
    add_folder (&self->batch, name);
  else
    add_file (self, name, &stx);
}

static inline gboolean
is_dot (const char *name)
{
  return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

/* FALSE: it isn't wanted any more. */
static gboolean
read_entries (Reader *self, const char *at, const char *end)
{
  for (; at < end; at += ((const Dirent *) at)->d_reclen)
    {
      const Dirent *entry = (const Dirent *) at;

      if (is_dot (entry->d_name))
        continue;
      read_entry (self, entry->d_name, entry->d_type);
      if (++self->n_beats % BEAT_EVERY == 0 && !thaw_hand_beat (self->hand))
        return FALSE;
      if (self->batch.is_first
          && (self->batch.n_folders >= MAX_FOLDERS || self->batch.sums.n_files >= MAX_FILES))
        {
          if (!thaw_usage_commit_part (self->tree, &self->batch))
            return FALSE;
          thaw_usage_tree_tell (self->tree, FALSE);
        }
    }
  return TRUE;
}

/* 0, an errno, or -1: it isn't wanted any more. */
static int
read_folder (Reader *self)
{
  char *buffer = thaw_hand_get_buffer (self->hand);
  struct statx stx;
  gssize n;

  if (statx (self->fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BLOCKS | STATX_INO, &stx) == 0)
    {
      self->batch.sums.allocated += stx.stx_blocks * BLOCK_BYTES;
      self->dev = makedev (stx.stx_dev_major, stx.stx_dev_minor);
    }
  do
    {
      n = syscall (SYS_getdents64, self->fd, buffer, THAW_HAND_BUFFER_BYTES);
      if (n > 0 && !read_entries (self, buffer, buffer + n))
        return -1;
    }
  while (n > 0 || (n < 0 && errno == EINTR));
  return n < 0 ? errno : 0;
}

/* A mount that was there when this began. */
static gboolean
is_mount_point (ThawUsageTree *self, guint32 node)
{
  gboolean is_one = FALSE;

  if (self->mounts == NULL)
    return FALSE;
  thaw_usage_tree_lock (self);
  if (g_hash_table_contains (self->mounts, thaw_usage_tree_get_name (self, node)))
    {
      g_autofree char *path = thaw_usage_tree_dup_absolute (self, node);
      ThawUsageNode *it = thaw_usage_tree_peek (self, node);
      const ThawMount *mount = thaw_mount_table_find (self->table, path);

      is_one = g_array_index (self->domains, ThawUsageDomain, it->domain).base != node
               && mount != NULL && g_str_equal (mount->root, path);
    }
  thaw_usage_tree_unlock (self);
  return is_one;
}

static void
read_task (ThawUsageTree *self, ThawHand *hand, const ThawUsageTask *task)
{
  Reader reader = { .tree = self, .hand = hand, .batch = { .node = task->node }, .fd = -1 };
  int code;

  if (!thaw_usage_begin (self, &reader.batch))
    {
      thaw_usage_commit_failure (self, task->node, 0);
      return;
    }
  if (is_mount_point (self, task->node))
    {
      thaw_usage_commit_failure (self, task->node, EXDEV);
      return;
    }
  reader.fd = thaw_usage_open (self, task, O_RDONLY | O_NONBLOCK);
  if (reader.fd < 0)
    {
      thaw_usage_commit_failure (self, task->node, errno);
      return;
    }
  reader.batch.folders = g_byte_array_new ();
  reader.batch.handle = thaw_usage_handle_new (self, reader.fd);
  if (__atomic_load_n (&self->n_handles, __ATOMIC_RELAXED) > MAX_HANDLES)
    {
      /* Closed at the end; folders in it find their own way. */
      g_autoptr (ThawUsageHandle) handle = g_steal_pointer (&reader.batch.handle);

      code = read_folder (&reader);
      if (code == 0)
        thaw_usage_commit_end (self, &reader.batch);
    }
  else
    {
      code = read_folder (&reader);
      if (code == 0)
        thaw_usage_commit_end (self, &reader.batch);
      thaw_usage_handle_unref (reader.batch.handle);
    }
  if (code < 0)
    thaw_usage_put_back (self, task->node);
  else if (code > 0)
    thaw_usage_commit_failure (self, task->node, code);
  g_byte_array_unref (reader.batch.folders);
}

static gboolean
take_task (ThawUsageTree *self, guint number, ThawUsageTask *task)
{
  GArray *tasks;
  gboolean found = FALSE;

  thaw_usage_tree_lock (self);
  thaw_usage_tree_reclaim (self, 8);
  tasks = g_array_index (self->domains, ThawUsageDomain, number).tasks;
  while (!found && tasks->len > 0)
    {
      ThawUsageNode *it;

      *task = g_array_index (tasks, ThawUsageTask, tasks->len - 1);
      g_array_set_size (tasks, tasks->len - 1);
      self->n_tasks--;
      it = thaw_usage_tree_peek (self, task->node);
      it->flags &= ~THAW_USAGE_QUEUED;
      found = (it->flags & THAW_USAGE_REMOVED) == 0;
      if (found)
        it->flags |= THAW_USAGE_READING;
      else
        {
          thaw_usage_tree_free_removed (self, task->node);
          g_clear_pointer (&task->parent, thaw_usage_handle_unref);
        }
    }
  thaw_usage_tree_unlock (self);
  return found;
}

static gint64
get_cpu_usec (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

gboolean
thaw_usage_work (ThawUsageTree *self, guint domain, ThawHand *hand)
{
  gint64 start_usec = g_get_monotonic_time (), start_cpu_usec = get_cpu_usec ();
  ThawUsageTask task;
  gboolean over = FALSE;

  while (!(over = thaw_hand_is_over (hand)) && take_task (self, domain, &task))
    {
      thaw_hand_take (hand, task.node);
      read_task (self, hand, &task);
      g_clear_pointer (&task.parent, thaw_usage_handle_unref);
      thaw_usage_tree_tell (self, FALSE);
    }
  /* A short slice says nothing of the disk. */
  if (over)
    __atomic_store_n (&self->from_memory,
                      2 * (get_cpu_usec () - start_cpu_usec) > g_get_monotonic_time () - start_usec,
                      __ATOMIC_RELAXED);
  thaw_usage_tree_tell (self, !over);
  return over;
}
