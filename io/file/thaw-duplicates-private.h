/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking for duplicates, the workers' half.
 *
 *   thaw-duplicates.c       the loop's half: the object
 *   thaw-duplicates-work.c  what is shared; files found, and those of one size
 *   thaw-duplicates-read.c  reading and comparing them
 *   thaw-duplicates-verify.c  byte by byte
 */
#pragma once

#include "thaw-crew-private.h"
#include "thaw-duplicates.h"
#include "thaw-hash128-private.h"
#include "thaw-usage-tree-private.h"

G_BEGIN_DECLS

#define THAW_DUPLICATES_EDGE_BYTES 4096 /* of the beginning and of the end are compared first */

typedef struct {
  guint64 size, ino;
  gint64 mtime_nsec, ctime_nsec;
  guint32 folder, name; /* a node of the tree; a place among the names */
  guint32 dev;
} ThawDuplicatesRecord;

typedef struct {
  guint32 record;
  gboolean is_out; /* can't be read, or has changed */
  guint64 hash[2];
} ThawDuplicatesMember;

/* Files that may be the same: of one size, then with the same edges. Whoever has taken it owns it.
 */
typedef struct {
  GArray *members;   /* ThawDuplicatesMember; hard links of one another side by side */
  gboolean is_whole; /* all of them is read now */
  guint64 waste;     /* if all are the same */
  guint next;        /* member that is to be read */
  int fd;            /* of the one that is being read, -1 for none */
  guint64 n_read;
  ThawHash128 hash;
  gboolean is_abandoned; /* with the lock: what it was about goes on elsewhere */
} ThawDuplicatesSet;

typedef struct {
  guint number;
  guint64 size, waste;
  guint n_copies;
  GArray *records; /* guint32 */
} ThawDuplicatesResult;

/* What the walk finds; the tree that is walked has a reference. */
typedef struct {
  gint ref_count;
  guint64 min_size;     /* constant */
  pthread_mutex_t lock; /* guards the rest */
  GArray *records;      /* ThawDuplicatesRecord; NULL: no more are taken */
  GByteArray *names;
  guint64 n_files;
} ThawDuplicatesFinds;

typedef struct {
  gint ref_count;
  ThawDuplicatesFinds *finds;
  GArray *records; /* ThawDuplicatesRecord; constant once sorted */
  GByteArray *names;
  pthread_mutex_t lock; /* guards what follows up to the next remark */
  GPtrArray *sets;      /* the last is the next */
  GPtrArray *active;    /* taken, not owned */
  GPtrArray *fresh;     /* ThawDuplicatesResult that the loop hasn't seen */
  GArray *unreadable;   /* guint32 records */
  guint n_changed;
  gint64 told_usec;
  guint64 n_candidates;
  guint64 bytes_read, bytes_max;
  /* Constant. */
  guint64 bytes_per_sec;
  guint64 key[2];
  ThawMailbox *mailbox;
  ThawUsageTree *tree; /* set by the loop before anything is read */
} ThawDuplicatesWork;

/* The loop's half. */
struct _ThawDuplicates {
  GObject parent_instance;

  GFile *location;
  guint64 min_size, bytes_per_sec;
  ThawDuplicatesState state;
  GError *error;
  ThawScope *scope;
  ThawScope *run_scope;
  ThawMailbox *mailbox;
  ThawDiskUsage *usage;
  ThawDuplicatesWork *work;
  ThawCrew *crew;
  GPtrArray *groups;  /* ThawDuplicatesResult, largest waste first */
  GPtrArray *numbers; /* the same by number, borrowed */
  guint64 waste;
};

ThawDuplicatesWork *
thaw_duplicates_work_new (ThawMailbox *mailbox, guint64 min_size, guint64 bytes_per_sec);
gpointer thaw_duplicates_work_ref (gpointer self);
void thaw_duplicates_work_unref (gpointer self);
void thaw_duplicates_work_tell (ThawDuplicatesWork *self, gboolean soon);
gpointer thaw_duplicates_finds_ref (gpointer self);
void thaw_duplicates_finds_unref (gpointer self);
/* A ThawUsageFileFunc. */
void thaw_duplicates_finds_add (guint32 folder,
                                const char *name,
                                const struct statx *stx,
                                gpointer self);
/* A ThawJobFunc for the pool: makes the sets. */
gboolean thaw_duplicates_work_sort (ThawJob *job, gpointer self, GError **error);
/* Constant once sorted. */
const ThawDuplicatesRecord *thaw_duplicates_work_get (ThawDuplicatesWork *self, guint32 record);
const char *thaw_duplicates_work_get_name (ThawDuplicatesWork *self, guint32 record);
gboolean thaw_duplicates_is_link (ThawDuplicatesWork *self, guint32 a, guint32 b);

ThawDuplicatesSet *thaw_duplicates_set_new (void);
void thaw_duplicates_set_free (ThawDuplicatesSet *self);
void thaw_duplicates_result_free (ThawDuplicatesResult *self);

/* thaw-duplicates-read.c. Workers. */
gboolean thaw_duplicates_read (ThawHand *hand, gpointer work);
/* The loop: the file that is being read hangs; the others of its set go on without it. */
void thaw_duplicates_give_up (ThawDuplicatesWork *self, guint32 record);
/* 0, an errno, or -1: it isn't what was found any more. */
int thaw_duplicates_open (ThawDuplicatesWork *self, guint32 record, int *fd);

G_END_DECLS
