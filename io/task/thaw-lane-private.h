/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the lane share:
 *
 *   thaw-lane.c          the table of lanes, references, the public functions
 *   thaw-lane-key.c      which failure domain a path or URI belongs to
 *   thaw-lane-threads.c  the queue and the threads
 *   thaw-lane-breaker.c  signs of life, silence, opening and closing
 *   thaw-lane-monitor.c  the one thread that knows the time, for all lanes
 *   thaw-lane-probe.c    asking a mount whether it lives
 *   thaw-lane-watcher.c  telling who watches, without loss
 *
 * Locks, in the order of taking: table (thaw-lane.c), a lane's, the monitor's. Nothing foreign is called under
 * a lane's lock: what has to be said to jobs and mailboxes is collected in a ThawLaneNews and said after it.
 * The locks are pthread's, because ThreadSanitizer does not see GMutex. */
#pragma once

#include "thaw-error.h"
#include "thaw-job-private.h"
#include "thaw-lane.h"

#include <pthread.h>

G_BEGIN_DECLS

#define THAW_LANE_NEVER G_MAXINT64

/* A quiet lane is asked by a probe so long before its time is up: who answers is not accused. */
#define THAW_LANE_ASK_USEC 500000
/* Silence before a lane refuses jobs whose calls have been late, one after another, and came back: slow, not dead. */
#define THAW_LANE_SLOW_SILENCE_USEC (3 * THAW_LANE_SILENCE_USEC)
/* A slow lane in which nothing runs for so long is said to answer again: nobody waits for it any more. */
#define THAW_LANE_CALM_USEC 500000
#define THAW_LANE_MAX_PROBES 2
#define THAW_LANE_IDLE_USEC (5 * G_USEC_PER_SEC)
#define THAW_LANE_IDLE_STAGGER_USEC (G_USEC_PER_SEC / 4)
#define THAW_LANE_AGEING_USEC G_USEC_PER_SEC

/* A failure domain: two paths of one key share a lane. */
typedef struct {
  char *key;
  char *name;       /* for the user */
  char *probe_path; /* what a probe looks at; NULL for URIs */
  char *probe_uri;
  ThawMountKind kind;
} ThawLaneKey;

void thaw_lane_key_for_path (ThawLaneKey *key, ThawMountTable *table, const char *path);
void thaw_lane_key_for_uri (ThawLaneKey *key, const char *uri);
void thaw_lane_key_clear (ThawLaneKey *key);

/* A job in a lane. Guarded by the lane's lock. */
typedef struct {
  GList link; /* in the queue or among the running ones */
  ThawJob *job;
  gint64 timeout_usec;
  gint64 queued_usec;
  gint64 end_usec;  /* when its time is up; THAW_LANE_NEVER */
  gint64 sign_usec; /* its start, or its latest beat */
  gboolean patient;
  gboolean stuck;   /* silent for too long: doesn't count as one of the lane's threads */
  gboolean excused; /* the mount answered a probe meanwhile: only this job is stuck */
  gboolean mount_is_quick; /* and did so in time: that this job is late says nothing of the mount */
} ThawLaneItem;

typedef struct _ThawLaneThread ThawLaneThread;

struct _ThawLane {
  gint ref_count;
  ThawLaneKey key; /* constant */
  guint limit;     /* constant: threads that aren't stuck */

  pthread_mutex_t lock; /* guards all that follows */
  ThawLane *target; /* set once, atomically: what a lane made before the first mount table stands for */
  gboolean unrouted;
  GQueue queues[THAW_N_PRIORITIES]; /* of ThawLaneItem */
  GQueue running;                   /* of ThawLaneItem, in the order of starting */
  GQueue idle;                      /* of ThawLaneThread, the latest at the head */
  GPtrArray *watchers;              /* of ThawLaneWatcher */
  guint n_threads, n_stuck, n_probes;
  guint64 n_done, n_refused, n_timeouts, n_taken;

  ThawLaneState state; /* what is shown */
  gboolean refuses;    /* what counts: the breaker is open; not without NOT_ANSWERING */
  gint64 silent_since_usec;
  gint64 sign_usec;  /* latest completion, beat or answered probe */
  gint64 tried_usec; /* while open: when the last patient job was let through */
  gint64 probed_usec;
  guint n_late;      /* late signs in a row, each of a wait that began after the one before */
  gint64 late_usec;  /* the latest of them */
  gboolean in_doubt; /* it has been late, but now a job was quick: to be asked */

  gint64 tick_usec; /* when the monitor will look; THAW_LANE_NEVER */

  gint64 monitor_usec; /* the monitor's own, under its lock */
};

/* Who is told of changes of state. A change that finds its mailbox full is told when there is room. */
typedef struct _ThawLaneWatcher ThawLaneWatcher;

ThawLaneWatcher *thaw_lane_watcher_new (ThawMailbox *mailbox);
ThawLaneWatcher *thaw_lane_watcher_ref (ThawLaneWatcher *self);
void thaw_lane_watcher_unref (ThawLaneWatcher *self);
ThawMailbox *thaw_lane_watcher_get_mailbox (ThawLaneWatcher *self);
/* Any thread, without a lock. */
void thaw_lane_watcher_tell (ThawLaneWatcher *self, ThawLane *lane);

/* What is said after the lane's lock is released. */
typedef struct {
  GSList *drops;     /* of ThawLaneItem: never run */
  GError *reason;    /* why */
  GSList *timeouts;  /* of ThawJob: their time is up */
  GPtrArray *watchers;
} ThawLaneNews;

/* thaw-lane.c */
void thaw_lane_say (ThawLane *self, ThawLaneNews *news);

/* thaw-lane-threads.c; under the lock but for submit() */
void thaw_lane_submit (ThawLane *self, ThawLaneItem *item);
void thaw_lane_start_queued (ThawLane *self, ThawLaneNews *news, gint64 now_usec);
void thaw_lane_refuse_queued (ThawLane *self, ThawLaneNews *news, gboolean patient_too, GError *reason);
guint thaw_lane_forget_cancelled (ThawLane *self, ThawLaneNews *news);
void thaw_lane_item_free (ThawLaneItem *item);

/* thaw-lane-breaker.c; under the lock but for tick() */
void thaw_lane_note_sign (ThawLane *self, ThawLaneItem *item, gint64 sign_usec);
void thaw_lane_note_probe (ThawLane *self, gint64 asked_usec, gint64 now_usec);
void thaw_lane_note_answer (ThawLane *self, ThawLaneNews *news, gint64 now_usec);
gint64 thaw_lane_get_silence (ThawLane *self);
GError *thaw_lane_new_error (ThawLane *self, ThawError code);
void thaw_lane_tick (ThawLane *self, gint64 now_usec);

/* thaw-lane-monitor.c: condition variables by the monotonic clock */
void thaw_lane_cond_init (pthread_cond_t *cond);
gboolean thaw_lane_cond_wait_until (pthread_cond_t *cond, pthread_mutex_t *mutex, gint64 end_usec);
/* thaw-lane-monitor.c; under the lane's lock: look at @self at that time at the latest */
void thaw_lane_monitor (ThawLane *self, gint64 at_usec);

/* thaw-lane-probe.c; under the lane's lock */
gboolean thaw_lane_start_probe (ThawLane *self, gint64 now_usec);

G_END_DECLS
