/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pump: the GSources that deliver messages within a time budget per frame. */
#pragma once

#include "thaw-types.h"

G_BEGIN_DECLS

/* Classes of mailboxes. A lower class waits for the higher ones, but never longer than
 * THAW_PUMP_AGEING_USEC before it gets its turn. */
typedef enum {
  THAW_PRIORITY_HIGH,    /* what answers the user's last key press or click: delivered ahead of the next redraw */
  THAW_PRIORITY_DEFAULT, /* what is on the screen */
  THAW_PRIORITY_LOW,     /* what may wait: statistics, off-screen thumbnails */
} ThawPriority;
#define THAW_N_PRIORITIES 3

#define THAW_PUMP_SLICE_USEC 4000
#define THAW_PUMP_STARVED_USEC 24000
#define THAW_PUMP_AGEING_USEC 100000

/* The pump of a main context, made on first use; NULL means the thread-default one. Borrowed: it
 * lives as long as its context does. Any thread. */
THAW_API ThawPump *thaw_pump_get (GMainContext *context);
THAW_API GMainContext *thaw_pump_get_context (ThawPump *self);
/* Whether the calling thread is the one that owns the pump's context now. */
THAW_API gboolean thaw_pump_is_own_thread (ThawPump *self);

/* Loop's thread. Length of a slice; 0 means no budget: a dispatch delivers everything. */
THAW_API void thaw_pump_set_slice (ThawPump *self, gint64 slice_usec);
/* Loop's thread. The next frame is due then: a slice under way ends in time for it. A time that
 * has passed by more than a millisecond is ignored. Called by widgets from the frame clock. */
THAW_API void thaw_pump_expect_frame (ThawPump *self, gint64 due_usec);
/* Loop's thread, inside a handler: whether the slice is used up, so that a long handler can stop early
 * and post itself the rest. */
THAW_API gboolean thaw_pump_slice_is_over (ThawPump *self);

/* A copy of the statistics of one mailbox; see thaw_pump_foreach_stats(). */
typedef struct {
  const char *name;          /* of the mailbox; statistics of all mailboxes of one name are added up */
  ThawPriority priority;
  guint n_mailboxes;         /* open now */
  guint64 n_posted, n_handled, n_refused, n_coalesced, n_dropped; /* dropped: freed by closing */
  guint depth, max_depth;
  gint64 wait_max_usec;      /* oldest message of a batch, from post to handler */
  gint64 wait_total_usec;    /* by batch */
  guint64 n_batches;
  gint64 handling_total_usec, handling_max_usec;
} ThawMailboxStats;

typedef struct {
  guint64 n_slices, n_aged_slices, n_wakeups, n_handled;
  gint64 busy_usec, longest_slice_usec, longest_handler_usec;
  const char *longest_handler; /* name of its mailbox */
} ThawPumpStats;

/* Any thread. */
THAW_API void thaw_pump_get_stats (ThawPump *self, ThawPumpStats *stats);
typedef void (*ThawMailboxStatsFunc) (const ThawMailboxStats *stats, gpointer user_data);
THAW_API void thaw_pump_foreach_stats (ThawPump *self, ThawMailboxStatsFunc func, gpointer user_data);
/* Name of the mailbox whose handler runs now, and since when. FALSE and NULL, 0 if none does. */
THAW_API gboolean thaw_pump_get_current (ThawPump *self, const char **name, gint64 *since_usec);

G_END_DECLS
