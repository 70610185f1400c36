/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking for duplicates, the workers' half.
 *
 *   thaw-duplicates.c          the loop's half: the object
 *   thaw-duplicates-sizes.c    the first walk: sizes of all files, and which there are twice
 *   thaw-duplicates-collect.c  the second one: names of those files
 *   thaw-duplicates-work.c     what is shared: records in sets, and names
 *   thaw-duplicates-read.c     reading and comparing them
 *   thaw-duplicates-verify.c   byte by byte
 *
 * Of most files there is no other one of the same size, so the first walk keeps 12 bytes of each
 * and no name. How many records each set needs is known after it: they have their place before
 * they are found, and are never moved but within it. A set that falls apart is put in the order of
 * its parts, so a part is a range, too. */
#pragma once

#include "thaw-crew-private.h"
#include "thaw-duplicates.h"
#include "thaw-hash128-private.h"
#include "thaw-usage-tree-private.h"

G_BEGIN_DECLS

#define THAW_DUPLICATES_EDGE_BYTES 4096 /* of the beginning and of the end are compared first */

/* A file, when it was collected. 20 bytes: there may be as many as files. */
typedef struct __attribute__ ((packed, aligned (4))) {
  guint64 identity; /* of its inode: a keyed hash, so that nobody can make two alike */
  guint64 times;    /* when it was modified, in milliseconds, over 20 bits for its ctime */
  guint32 name;     /* a place among the names; which folder it is in follows from that */
} ThawDuplicatesRecord;

/* Files that may be the same, or (as a result) are: a range of the records. */
typedef struct {
  guint64 size;     /* of each */
  guint32 first;    /* record */
  guint32 n;        /* records; hard links of one another side by side */
  guint32 copies;   /* inodes */
  guint32 is_whole; /* all of them is read now; before, their edges */
} ThawDuplicatesSet;

typedef struct {
  ThawDuplicatesRecord record;
  guint64 hash[2];
  gboolean is_out; /* can't be read, or has changed */
} ThawDuplicatesMember;

/* A set that is being read. Whoever has taken it owns it. */
typedef struct {
  ThawDuplicatesSet set;
  GArray *members; /* ThawDuplicatesMember: the set's records, in their order */
  guint next;      /* member that is to be read */
  int fd;          /* of the one that is being read, -1 for none */
  guint64 n_read;
  ThawHash128 hash;
  gboolean is_abandoned; /* with the lock: what it was about goes on elsewhere */
} ThawDuplicatesReading;

/* A folder that is walked the second time. */
typedef struct {
  guint32 folder;
  gboolean is_abandoned; /* with the lock */
} ThawDuplicatesCollecting;

typedef struct _ThawDuplicatesFinds ThawDuplicatesFinds;

/* Names of files, folder after folder. */
typedef struct {
  GPtrArray *chunks;
  guint32 used; /* of the last one */
  GArray *runs; /* where names of another folder begin */
} ThawDuplicatesNames;

typedef struct {
  gint ref_count;
  ThawDuplicatesFinds *finds;
  pthread_mutex_t lock;  /* guards what follows up to the next remark */
  GArray *sets;          /* ThawDuplicatesSet; the last is the next */
  GPtrArray *begun;      /* ThawDuplicatesReading whose slice was over; they come before sets */
  GPtrArray *active;     /* ThawDuplicatesReading, taken, not owned */
  GArray *folders;       /* guint32: nodes that are still to be walked again */
  GPtrArray *collecting; /* ThawDuplicatesCollecting, not owned */
  GArray *fresh;         /* ThawDuplicatesSet that the loop hasn't seen: they are the same */
  GArray *unreadable;    /* ThawDuplicatesRecord */
  guint n_changed;
  gint64 told_usec;
  guint64 n_candidates;
  guint64 bytes_read, bytes_max;
  /* With the lock; a result's never change. */
  ThawDuplicatesRecord *records;
  guint32 n_records;
  ThawDuplicatesNames names; /* constant once they are collected */
  /* Constant. */
  guint64 bytes_per_sec;
  guint64 key[2];
  ThawMailbox *mailbox;
  ThawUsageTree *tree; /* set by the loop before anything is collected */
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
  ThawCrew *crew;  /* collects, then reads */
  GArray *results; /* ThawDuplicatesSet: groups by number */
  GArray *order;   /* guint32: their numbers, largest waste first */
  guint64 waste;
};

/* Jobs of the pool, alone with the work: which sizes there are twice; what was collected of them,
 * as sets in the order in which they are read. */
gboolean thaw_duplicates_count (ThawJob *job, gpointer work, GError **error);
gboolean thaw_duplicates_arrange (ThawJob *job, gpointer work, GError **error);

/* thaw-duplicates-sizes.c. What the walk finds; the tree that is walked has a reference. */
ThawDuplicatesFinds *thaw_duplicates_finds_new (guint64 min_size);
gpointer thaw_duplicates_finds_ref (gpointer self);
void thaw_duplicates_finds_unref (gpointer self);
/* A ThawUsageFileFunc. */
void thaw_duplicates_finds_add (guint32 folder,
                                const char *name,
                                const struct statx *stx,
                                gpointer self);
guint64 thaw_duplicates_finds_get_n_files (ThawDuplicatesFinds *self);

/* thaw-duplicates-collect.c. Workers. */
gboolean thaw_duplicates_collect (ThawHand *hand, gpointer work);
/* The loop: that folder hangs; the others are collected without it. */
void thaw_duplicates_leave_folder (ThawDuplicatesWork *self, guint32 folder);

/* thaw-duplicates-work.c */
ThawDuplicatesWork *
thaw_duplicates_work_new (ThawMailbox *mailbox, guint64 min_size, guint64 bytes_per_sec);
gpointer thaw_duplicates_work_ref (gpointer self);
void thaw_duplicates_work_unref (gpointer self);
void thaw_duplicates_work_tell (ThawDuplicatesWork *self, gboolean soon);
guint64 thaw_duplicates_get_waste (const ThawDuplicatesSet *set);
guint64 thaw_duplicates_get_identity (ThawDuplicatesWork *self, guint64 dev, guint64 ino);
guint64 thaw_duplicates_mix_times (gint64 mtime_nsec, gint64 ctime_nsec);
gint64 thaw_duplicates_get_mtime_nsec (const ThawDuplicatesRecord *record);
guint thaw_duplicates_count_copies (const ThawDuplicatesRecord *records, guint n);
/* With the lock: as many as there is room for in the set. */
gboolean
thaw_duplicates_work_put (ThawDuplicatesWork *self, guint set, const ThawDuplicatesRecord *record);
/* With the lock; good as long as the work is. */
guint32 thaw_duplicates_names_add (ThawDuplicatesNames *self, guint32 folder, const char *name);
/* Once they are collected. */
const char *thaw_duplicates_names_get (ThawDuplicatesNames *self, guint32 name);
guint32 thaw_duplicates_names_get_folder (ThawDuplicatesNames *self, guint32 name);

/* thaw-duplicates-read.c. Workers. */
gboolean thaw_duplicates_read (ThawHand *hand, gpointer work);
void thaw_duplicates_reading_free (ThawDuplicatesReading *self);
/* The loop: the file that is being read hangs; the others of its set go on without it. */
void thaw_duplicates_give_up (ThawDuplicatesWork *self, guint32 record);
/* 0, an errno, or -1: it isn't what was found any more. */
int thaw_duplicates_open (ThawDuplicatesWork *self,
                          const ThawDuplicatesRecord *record,
                          guint64 size,
                          int *fd);

G_END_DECLS
