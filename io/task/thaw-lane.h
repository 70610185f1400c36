/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lane: the threads that do blocking I/O for one failure domain. */
#pragma once

#include "thaw-scope.h"
#include "thaw-mount-table.h"

G_BEGIN_DECLS

#define THAW_TYPE_LANE (thaw_lane_get_type ())
THAW_API GType thaw_lane_get_type (void); /* boxed, refcounted */

typedef enum {
  THAW_LANE_ANSWERING,
  THAW_LANE_NOT_ANSWERING, /* somebody waits for it: for showing. Jobs may still be taken: thaw_lane_get_refuses() */
} ThawLaneState;

/* Silence for so long is reported, within 2 s. It also opens the breaker, so that new jobs fail at once, unless the
 * lane is known to be slow: then three times as much does. */
#define THAW_LANE_SILENCE_USEC 1500000
#define THAW_LANE_PROBE_USEC 500000
#define THAW_LANE_MAX_STUCK 16 /* threads of one lane that may be stuck in the kernel */

/* The lane of a path or file: mount table by the longest prefix, or scheme and host. Never touches the path,
 * never blocks, any thread. Before the first mount table is read, jobs wait in the lane and are then routed. */
THAW_API ThawLane *thaw_lane_for_path (const char *path) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawLane *thaw_lane_for_file (GFile *file) G_GNUC_WARN_UNUSED_RESULT;
/* A lane that nobody else uses: @n_threads jobs at once, its life probed at @near_path (nullable: never). */
THAW_API ThawLane *thaw_lane_new_private (const char *name,
                                          guint n_threads,
                                          const char *near_path) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawLane *thaw_lane_ref (ThawLane *self);
THAW_API void thaw_lane_unref (ThawLane *self);
/* What failed, for the user: "/mnt/nas (nfs4)", "sftp://host". */
THAW_API const char *thaw_lane_get_name (ThawLane *self);
THAW_API ThawMountKind thaw_lane_get_kind (ThawLane *self);
THAW_API ThawLaneState thaw_lane_get_state (ThawLane *self);      /* any thread */
THAW_API gboolean thaw_lane_get_refuses (ThawLane *self);         /* any thread: the breaker is open */
THAW_API gint64 thaw_lane_get_silent_since_usec (ThawLane *self); /* 0 while answering */

/* Each change of state is posted to @mailbox, keyed by the lane: messages are lane references
 * (thaw_lane_unref frees them). None is lost when it is full. Ends when the mailbox closes. Any thread. */
THAW_API void thaw_lane_watch (ThawLane *self, ThawMailbox *mailbox);
THAW_API void thaw_lane_probe_now (ThawLane *self); /* "Try again" */

/* Runs @func on a thread of the lane. @timeout_usec: time for this job from its start on, -1 for none; past it, or past
 * the scope's deadline, the future is rejected with THAW_ERROR_DEADLINE although the thread may still be stuck. The future completes
 * on the loop at the latest when the scope is cancelled; @destroy runs on the loop's thread after @func has returned (a
 * stuck one holds it until then). While the breaker is open: rejected with THAW_ERROR_NOT_ANSWERING. */
THAW_API ThawFuture *thaw_lane_run (ThawLane *self,
                                    ThawScope *scope,
                                    const char *name,
                                    ThawPriority priority,
                                    gint64 timeout_usec,
                                    ThawJobFunc func,
                                    gpointer user_data,
                                    GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;
/* The same for a job that the user waits for: while the breaker is open it stays in the queue, and is tried when the
 * lane answers again or as the one job that passes in each THAW_LANE_PROBE_USEC. Its time starts when it does. */
THAW_API ThawFuture *thaw_lane_run_patient (ThawLane *self,
                                            ThawScope *scope,
                                            const char *name,
                                            ThawPriority priority,
                                            gint64 timeout_usec,
                                            ThawJobFunc func,
                                            gpointer user_data,
                                            GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  guint n_threads, n_idle, n_stuck, n_queued, n_running;
  guint64 n_done, n_refused, n_timeouts;
} ThawLaneStats;
THAW_API void thaw_lane_get_stats (ThawLane *self, ThawLaneStats *stats);

/* For the pulse and for counting leaks: all lanes that exist. Any thread; @func may not keep @lane without a reference. */
typedef void (*ThawLaneFunc) (ThawLane *lane, gpointer user_data);
THAW_API void thaw_lane_foreach (ThawLaneFunc func, gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawLane, thaw_lane_unref)

G_END_DECLS
