/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes in one folder, collected off the loop: inotify without a message per event. */
#pragma once

#include "thaw-types.h"

G_BEGIN_DECLS

typedef struct _ThawWatch ThawWatch;

typedef struct {
  char *from;
  char *to;
} ThawWatchRename;

/* What happened since the last time, already folded: each name once, in the order of its first event. */
typedef struct {
  GPtrArray *names;   /* char*: created, deleted or changed: look at each to know which */
  GArray *renames;    /* ThawWatchRename, within this folder, in order; their names are in @names too */
  gboolean overflow;  /* too much happened to be told one by one: list again */
  gboolean self_gone; /* the folder was deleted, moved away or unmounted */
} ThawWatchChanges;

/* Called on the watching thread when there is something to take and there was nothing before. */
typedef void (*ThawWatchNotify) (gpointer user_data);

/* Worker threads: touches the folder. @fd (borrowed) is the open folder. */
ThawWatch *thaw_watch_new (int fd, ThawWatchNotify notify, gpointer user_data,
                           GDestroyNotify destroy, GError **error);
/* Any thread, never blocks on the folder. @destroy runs on the watching thread. */
void thaw_watch_close (ThawWatch *self);
/* Any thread. Never NULL; thaw_watch_changes_free() it. */
ThawWatchChanges *thaw_watch_take (ThawWatch *self);
void thaw_watch_changes_free (ThawWatchChanges *changes);

#define THAW_WATCH_MAX_NAMES 8192

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawWatchChanges, thaw_watch_changes_free)

G_END_DECLS
