/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the stall monitor share:
 *
 *   thaw-monitor.c         the loop's side: its poll function, start and stop, what others may ask
 *   thaw-monitor-thread.c  the thread that looks, and sleeps while every loop does
 *   thaw-shot.c            the backtrace, taken by a signal handler on the loop's thread
 *   thaw-stall-report.c    the report: names, system call, frames
 *   thaw-stall-file.c      keeps reports across crashes, on a thread of its own
 *   thaw-meter.c           rings of turns and frames
 *
 * A loop writes when it was last busy, and nothing else; the monitor's thread does the rest. Locks:
 * the list's (thaw-monitor-thread.c), then a monitor's; both are held for a few instructions. */
#pragma once

#include "thaw-lane.h"
#include "thaw-monitor.h"
#include "thaw-now-private.h"
#include "thaw-symbols-private.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/types.h>

G_BEGIN_DECLS

#define THAW_NEVER G_MAXINT64
#define THAW_SHOT_FRAMES 96

/* thaw-shot.c */
typedef enum {
  THAW_SHOT_IDLE,
  THAW_SHOT_ASKED,
  THAW_SHOT_TAKING, /* the handler writes */
  THAW_SHOT_TAKEN,
} ThawShotState;

typedef struct {
  ThawNowKind kind;
  const char *name;
  gpointer func, data;
} ThawNowEntryCopy;

typedef struct {
  guint n_entries;
  gpointer message;
  ThawNowEntryCopy entries[THAW_NOW_MAX_DEPTH]; /* outermost first */
} ThawNowCopy;

typedef struct {
  atomic_uint state;      /* ThawShotState; a futex */
  gint64 busy_since_usec; /* of the turn that is meant */
  gboolean is_late;       /* another turn had begun */
  guint n_frames;
  gpointer frames[THAW_SHOT_FRAMES]; /* innermost first, of what the signal interrupted */
  ThawNowCopy now;
  char source[80]; /* name of the GSource; empty if there is none */
} ThawShot;

gboolean thaw_shot_prepare_thread (void); /* the loop's thread */
/* FALSE: the thread doesn't answer. */
gboolean thaw_shot_take (ThawMonitor *monitor, gint64 busy_since_usec, gint64 patience_usec);
void thaw_now_copy (ThawNow *now, ThawNowCopy *copy);

/* thaw-meter.c: one writer, any readers. */
typedef struct {
  _Atomic (guint64) n;
  struct {
    _Atomic (gint64) begin_usec, end_usec;
  } spans[THAW_SPANS_KEPT];
} ThawMeter;

void thaw_meter_add (ThawMeter *self, gint64 begin_usec, gint64 end_usec);
guint thaw_meter_copy (ThawMeter *self, gint64 since_usec, ThawSpan *spans, guint n_max);

struct _ThawMonitor {
  /* The loop's, in each turn. */
  _Atomic (gint64) busy_since_usec __attribute__ ((aligned (64))); /* coarse; 0: it sleeps */
  atomic_bool is_stalled; /* the monitor's thread asks to be told when the turn ends */
  atomic_uint n_metering;
  GPollFunc outer_poll;
  gint64 turn_begin_usec;      /* while metering; 0 else */
  _Atomic (gint64) ended_usec; /* of the turn that was stalled */

  atomic_uint ref_count;
  GMainContext *context; /* owned */
  ThawPump *pump;        /* borrowed from the context */
  ThawNow *now;          /* never freed: see thaw-monitor.c */
  pid_t thread;
  _Atomic (gint64) threshold_usec;
  ThawMeter turns, frames;

  /* The monitor's thread. */
  gint64 stall_since_usec; /* of the turn that was reported; 0: none is open */
  ThawShot shot;

  pthread_mutex_t lock; /* guards what follows */
  GQueue stalls;        /* of ThawStall */
  guint64 n_stalls;
  GPtrArray *mailboxes;
};

/* Of the thread's own loop. */
extern __thread ThawMonitor *thaw_monitor_own
    __attribute__ ((visibility ("hidden"), tls_model ("initial-exec")));

/* thaw-monitor-thread.c */
#define THAW_BELL_PARKED 1 /* every loop sleeps: the first that wakes up rings */
extern atomic_uint thaw_monitor_bell __attribute__ ((visibility ("hidden")));
void thaw_monitor_ring (void);
gboolean thaw_monitor_add (ThawMonitor *self);
void thaw_monitor_remove (ThawMonitor *self);
GPtrArray *thaw_monitor_dup_all (void); /* any thread; references */

/* thaw-monitor.c: on the monitor's thread. Takes over @stall. */
void thaw_monitor_keep_stall (ThawMonitor *self, ThawStall *stall);
void thaw_monitor_end_stall (ThawMonitor *self, gint64 end_usec);

/* thaw-stall-report.c: on the monitor's thread. */
typedef struct {
  char *system_call, *wait_channel;
  gboolean is_uninterruptible;
} ThawThreadState;
void thaw_thread_state_read (ThawThreadState *self, pid_t thread);
ThawStall *thaw_stall_new (ThawMonitor *monitor,
                           ThawThreadState *state, /* taken over */
                           gint64 start_usec,
                           const ThawNowCopy *now,
                           const ThawShot *shot) /* NULL: the thread didn't answer */;

/* thaw-system-calls.c */
const char *thaw_system_call_get_name (long number);
gboolean thaw_system_call_has_fd (long number);

/* thaw-stall-file.c: any thread; doesn't wait. */
void thaw_stall_file_save (const ThawStall *stall);
/* For tests: waits until what was saved is in the file. */
gboolean thaw_stall_file_flush (gint64 deadline_usec);

G_END_DECLS
