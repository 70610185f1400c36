/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tree of sizes, which the loop and the workers share.
 *
 *   thaw-usage-tree.c    nodes, names, sums: the lock
 *   thaw-usage-commit.c  what a worker has read of a folder becomes part of the tree
 *   thaw-usage-read.c    a worker reads folders
 *   thaw-usage-links.c   which of a file's hard links counts
 *   thaw-usage-follow.c  watching what is on the screen
 *   thaw-disk-usage.c    the loop's half: the object
 *   thaw-disk-usage-look.c  what views see
 *
 * A folder's sums hold everything below it at every moment: who adds to one adds to all above it,
 * under one lock that is held for microseconds. What is directly in a folder is its sums less those
 * of its folders, so it needs no fields of its own. */
#pragma once

#include "thaw-crew-private.h"
#include "thaw-disk-usage.h"

#include <pthread.h>
#include <sys/stat.h>

G_BEGIN_DECLS

#define THAW_USAGE_NONE THAW_DISK_USAGE_NO_NODE
#define THAW_USAGE_TAKEN_APART (G_MAXUINT32 - 1) /* as parent, of what was removed */
#define THAW_USAGE_MAX_DOMAINS 64

enum {
  THAW_USAGE_FOLDER = 1 << 0,
  THAW_USAGE_QUEUED = 1 << 1,
  THAW_USAGE_READING = 1 << 2,
  THAW_USAGE_AGAIN = 1 << 3, /* something has changed since reading began */
  THAW_USAGE_DEEP = 1 << 4,  /* the next reading goes on with all folders in it */
  THAW_USAGE_READ = 1 << 5,  /* completely, at least once */
  THAW_USAGE_HANGING = 1 << 6,
  THAW_USAGE_REMOVED = 1 << 7,
};

typedef struct {
  guint64 allocated, apparent;
  guint32 n_files, n_folders;
  guint32 n_open; /* folders at and below it that are still to be read */
  guint32 n_bad;  /* what is missing at and below it */
} ThawUsageSums;

typedef struct {
  ThawUsageSums sums;
  guint32 parent, first, next, prev; /* free ones are linked by next */
  guint32 name;
  guint32 serial;             /* of its latest reading */
  guint8 flags, code, domain; /* code: an errno */
} ThawUsageNode;

/* An open folder, while anything in it waits to be opened. */
typedef struct {
  gint ref_count;
  int fd;
  gint *n_open; /* the tree's count */
} ThawUsageHandle;

typedef struct {
  guint32 node;
  ThawUsageHandle *parent; /* nullable */
} ThawUsageTask;

/* What lies on one file system: tasks for its lane. */
typedef struct {
  guint32 base;            /* where it begins */
  ThawUsageHandle *handle; /* of the base; NULL until it is open */
  GArray *tasks;           /* the last is the next */
  dev_t device;
} ThawUsageDomain;

typedef struct _ThawUsageLinks ThawUsageLinks;
typedef struct _ThawUsageTree ThawUsageTree;

/* Each regular file that is seen. Worker, without the lock. */
typedef void (*ThawUsageFileFunc) (guint32 folder,
                                   const char *name,
                                   const struct statx *stx,
                                   gpointer data);

struct _ThawUsageTree {
  gint ref_count;
  pthread_mutex_t lock; /* guards what follows up to the next remark */
  GPtrArray *pages, *names;
  guint32 n_nodes, names_used;
  guint32 free;
  GArray *dead;    /* removed, with all that was below them */
  GArray *removed; /* to be used again, once the loop has told */
  GArray *domains; /* ThawUsageDomain */
  GArray *borders; /* nodes where another file system begins */
  ThawUsageLinks *links;
  guint32 n_serials;
  guint n_tasks;
  guint64 revision, n_entries;
  guint64 n_made; /* folders, with those that are gone */
  gint64 told_usec;
  /* Atomic. */
  gint n_handles;
  gint from_memory; /* the latest slice didn't wait for the disk */
  /* Constant. */
  ThawDiskUsageFlags flags;
  ThawMailbox *mailbox;
  ThawUsageFileFunc file_func;
  gpointer file_data;
  GDestroyNotify file_destroy; /* nullable */
  /* Set by the job that opens the root, before all others. */
  char *root_path;
  int rotational;
  GHashTable *mounts; /* last components of mount points below the root -> itself */
  ThawMountTable *table;
};

/* One of the largest files of a folder. */
typedef struct {
  guint64 allocated, apparent;
  char name[256];
} ThawUsageFile;

/* What was read of a folder and isn't in the tree yet. */
typedef struct {
  guint32 node, serial;
  gboolean is_first, is_deep, is_late;
  ThawUsageHandle *handle;
  GByteArray *folders; /* names, each with its NUL */
  guint n_folders;
  ThawUsageSums sums;                                 /* of what is directly in it */
  ThawUsageFile files[THAW_DISK_USAGE_LARGEST_FILES]; /* largest first; at its end */
  guint n_files;
} ThawUsageBatch;

/* thaw-usage-tree.c */
ThawUsageTree *thaw_usage_tree_new (ThawMailbox *mailbox,
                                    ThawDiskUsageFlags flags,
                                    ThawUsageFileFunc file_func,
                                    gpointer file_data,
                                    GDestroyNotify file_destroy);
gpointer thaw_usage_tree_ref (gpointer self);
void thaw_usage_tree_unref (gpointer self);
/* Says that there is something new, @soon or when some time has passed. Without the lock. */
void thaw_usage_tree_tell (ThawUsageTree *self, gboolean soon);

static inline void
thaw_usage_tree_lock (ThawUsageTree *self)
{
  pthread_mutex_lock (&self->lock);
}

static inline void
thaw_usage_tree_unlock (ThawUsageTree *self)
{
  pthread_mutex_unlock (&self->lock);
}

/* All with the lock. */
#define THAW_USAGE_PAGE 1024
static inline ThawUsageNode *
thaw_usage_tree_peek (ThawUsageTree *self, guint32 node)
{
  return (ThawUsageNode *) g_ptr_array_index (self->pages, node / THAW_USAGE_PAGE)
         + node % THAW_USAGE_PAGE;
}

const char *thaw_usage_tree_get_name (ThawUsageTree *self, guint32 node);
guint32 thaw_usage_tree_add (ThawUsageTree *self, guint32 parent, const char *name, guint flags);
void thaw_usage_tree_remove (ThawUsageTree *self, guint32 node);
void thaw_usage_tree_reclaim (ThawUsageTree *self, guint max);
/* To @node and all above it; fields wrap, so a difference may be negative. */
void thaw_usage_tree_add_sums (ThawUsageTree *self, guint32 node, const ThawUsageSums *difference);
void thaw_usage_sums_add (ThawUsageSums *self, const ThawUsageSums *other);
void thaw_usage_sums_subtract (ThawUsageSums *self, const ThawUsageSums *other);
gboolean thaw_usage_tree_is_alive (ThawUsageTree *self, guint32 node);
/* To be read (once more). @parent nullable. */
void
thaw_usage_tree_enqueue (ThawUsageTree *self, guint32 node, gboolean deep, ThawUsageHandle *parent);
void thaw_usage_tree_push (ThawUsageTree *self, guint32 node, ThawUsageHandle *parent);
char *thaw_usage_tree_dup_path (ThawUsageTree *self, guint32 node); /* relative, "" of the root */
char *thaw_usage_tree_dup_absolute (ThawUsageTree *self, guint32 node);
guint32 thaw_usage_tree_add_domain (ThawUsageTree *self, guint32 base, dev_t device);
void thaw_usage_tree_free_removed (ThawUsageTree *self, guint32 node);
gsize thaw_usage_tree_get_memory (ThawUsageTree *self);

/* thaw-usage-commit.c. Each takes the lock. */
/* Begins to read; FALSE: it is gone. */
gboolean thaw_usage_begin (ThawUsageTree *self, ThawUsageBatch *batch);
/* What there is so far; FALSE: the folder is gone. */
gboolean thaw_usage_commit_part (ThawUsageTree *self, ThawUsageBatch *batch);
void thaw_usage_commit_end (ThawUsageTree *self, ThawUsageBatch *batch);
void thaw_usage_commit_failure (ThawUsageTree *self, guint32 node, int code);
void thaw_usage_commit_hanging (ThawUsageTree *self, guint32 node); /* the loop */
/* It wasn't read to its end: it is still to be read. */
void thaw_usage_put_back (ThawUsageTree *self, guint32 node);

/* thaw-usage-read.c */
ThawUsageHandle *thaw_usage_handle_new (ThawUsageTree *tree, int fd);
ThawUsageHandle *thaw_usage_handle_ref (ThawUsageHandle *self);
void thaw_usage_handle_unref (ThawUsageHandle *self);
/* The worker's side of a crew of domain number @domain. */
gboolean thaw_usage_work (ThawUsageTree *self, guint domain, ThawHand *hand);
/* Opens what @task is about, for @flags; -1 with errno. */
int thaw_usage_open (ThawUsageTree *self, const ThawUsageTask *task, int flags);

/* thaw-usage-links.c. With the tree's lock. */
ThawUsageLinks *thaw_usage_links_new (void);
void thaw_usage_links_free (ThawUsageLinks *self);
/* Whether this link is the one that counts: the first that is seen, as long as it is there. */
gboolean thaw_usage_links_claim (ThawUsageTree *tree,
                                 ThawUsageLinks *self,
                                 guint32 dev,
                                 guint64 ino,
                                 guint32 node,
                                 guint32 serial);
gsize thaw_usage_links_get_memory (ThawUsageLinks *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawUsageTree, thaw_usage_tree_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawUsageHandle, thaw_usage_handle_unref)

G_END_DECLS
