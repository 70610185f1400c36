/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What measuring, copying and removing a tree have in common: the caller's functions, the way down
 * and the names in a folder. For this folder only. */
#pragma once

#include "thaw-disk-private.h"

G_BEGIN_DECLS

/* The caller's functions, and where the walk is. On the stack of a thaw_disk_*() call. */
typedef struct {
  const ThawWalkFuncs *funcs; /* never NULL */
  const char *item;           /* its name, for messages */
  GString *path;    /* of the entry that is worked on, relative to the item; "" for that */
  gboolean is_over; /* the caller has ended it: its error isn't a problem of an entry */
} ThawWalk;

typedef enum {
  THAW_WALK_RETRY,
  THAW_WALK_LEAVE_OUT,
  THAW_WALK_END,
} ThawVerdict;

void thaw_walk_init (ThawWalk *self, const char *item, const ThawWalkFuncs *funcs);
void thaw_walk_clear (ThawWalk *self);
/* Goes from the folder whose path is @folder_length long to its entry @name. */
void thaw_walk_enter (ThawWalk *self, gsize folder_length, const char *name);
/* What messages call the entry that is worked on. */
const char *thaw_walk_get_label (ThawWalk *self);
gboolean thaw_walk_check (ThawWalk *self, GError **error);
gboolean thaw_walk_is_cancelled (ThawWalk *self);
void thaw_walk_done (ThawWalk *self, gint64 bytes, gint64 entries);
void thaw_walk_loss (ThawWalk *self, const char *what);
/* What becomes of the entry that failed with @failure, which is taken over: the caller's word.
 * Moved to
 * @error for THAW_WALK_END. The item itself can't be left out. */
ThawVerdict thaw_walk_judge (ThawWalk *self, GError *failure, GError **error);

/* One name of a folder. */
typedef struct {
  guint64 ino;
  guint8 type; /* DT_…, as the folder says: a hint */
  const char *name;
} ThawName;

/* The names of a folder that are still to be seen, in the order of their inodes as far as they were
 * read: some thousands at a time. */
typedef struct _ThawNames ThawNames;
ThawNames *thaw_names_new (void);
void thaw_names_free (ThawNames *self);
/* FALSE: no more, or with @error if they couldn't be read. Valid until the next call. */
gboolean thaw_names_next (ThawNames *self, int fd, ThawName *name, GError **error);
/* Begins again. */
void thaw_names_rewind (ThawNames *self, int fd);
/* Reads all that are left, so that the folder can be closed. */
void thaw_names_read_all (ThawNames *self, int fd);

/* A folder on the way down. */
typedef struct {
  char *name;
  int fd;               /* -1: closed for now */
  struct stat st;       /* when it was opened */
  ThawNames *names;     /* nullable, of the one who walks */
  gsize path_length;    /* of its path in ThawWalk.path */
  guint n_gone, n_left; /* removing: entries that went, and that stay */
  gboolean was_there;   /* copying: from before an interruption */
} ThawLevel;

/* The way down from a place, at any depth with few descriptors: those in between are closed, and
 * opened again from above, by name and with a look at who they are. */
typedef struct {
  int base_fd;    /* borrowed */
  GArray *levels; /* ThawLevel */
  GArray *open;   /* guint: which of them are open, in order */
  guint max_open;
} ThawDescent;

void thaw_descent_init (ThawDescent *self, int base_fd, guint max_open);
void thaw_descent_clear (ThawDescent *self);
guint thaw_descent_get_depth (ThawDescent *self);
/* Takes over @fd. The level is valid until the next call of push or pop. */
ThawLevel *thaw_descent_push (ThawDescent *self, const char *name, int fd, const struct stat *st);
void thaw_descent_pop (ThawDescent *self);
ThawLevel *thaw_descent_get_top (ThawDescent *self); /* NULL: at the base */
/* Of the deepest folder, or the base. -1 with @error when it can't be opened again. */
int thaw_descent_get_fd (ThawDescent *self, GError **error);
/* Of the folder that the deepest one is in. */
int thaw_descent_get_parent_fd (ThawDescent *self, GError **error);

/* Removes a tree of our own: modes that forbid it are changed. Goes on after failures, of which the
 * first is reported. */
gboolean
thaw_disk_discard_at (int folder_fd, const char *name, const ThawWalkFuncs *funcs, GError **error);
/* The same of what somebody has cancelled, who waits: large files are freed behind them. */
void thaw_disk_discard_cancelled (int folder_fd, const char *name);
/* Takes @fd, of what has no name any more, and frees it in a thread of its own. @waits: after the operation has ended, whose last
 * words would wait for the same disk. */
void thaw_disk_close_later (int fd, gboolean waits);

G_END_DECLS
