/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tasks of one pump share: the mailboxes through which callbacks, fibers and finished jobs
 * come back to the loop, the stacks of its fibers, its timers and the counters.
 * Made on first use, ends with the pump's context. */
#pragma once

#include "thaw-clock-private.h"
#include "thaw-ledger-private.h"
#include "thaw-mailbox.h"
#include "thaw-scope.h"
#include "thaw-stack-pool-private.h"

G_BEGIN_DECLS

/* Something that wants to run once on the loop: embedded in a job, scope or fiber. */
typedef struct _ThawLoopItem ThawLoopItem;
struct _ThawLoopItem {
  void (*run) (ThawLoopItem *self);
};

typedef struct _ThawFiber ThawFiber;

typedef struct {
  gint ref_count;
  ThawPump *pump;       /* borrowed from its context */
  GThread *thread;      /* known since the first scope or message; NULL before */
  ThawTimers *timers;   /* of deadlines, delays and the like */
  ThawLedger *ledger;   /* its scopes and tasks, for other threads to read */
  GSource *trimmer;     /* ready when stacks are to be trimmed; owned by the context */
  ThawMailbox *calls;   /* callbacks of futures: messages are links */
  ThawMailbox *fibers;  /* fibers to be resumed */
  ThawMailbox *control; /* ThawLoopItem */

  /* Loop's thread only. */
  ThawStackPool *stacks;
  ThawFiber *free_fibers;
  guint n_free_fibers;

  /* Written by the loop's thread, read by any. */
  guint n_scopes, n_fibers, n_jobs;
  guint64 n_spawned, n_switches, n_late_handlers;
} ThawTaskLoop;

ThawTaskLoop *thaw_task_loop_get_current (void); /* borrowed: of the thread-default context */
ThawTaskLoop *thaw_task_loop_get_for_pump (ThawPump *pump);
ThawTaskLoop *thaw_task_loop_ref (ThawTaskLoop *self);
void thaw_task_loop_unref (ThawTaskLoop *self);
/* Whether the caller may touch what is the loop's own; TRUE too while no message has shown which
 * thread that is. */
gboolean thaw_task_loop_is_own (ThawTaskLoop *self);
/* Loop's thread: when stacks are to be trimmed has changed. */
void thaw_task_loop_rearm (ThawTaskLoop *self);
/* The caller makes tasks of this loop, so this is its thread, unless it is known to be another one.
 */
void thaw_task_loop_claim (ThawTaskLoop *self);
/* Any thread. FALSE: the context is gone, @item will not run. */
gboolean thaw_task_loop_run_soon (ThawTaskLoop *self, ThawLoopItem *item);

/* Counters that one thread writes and any thread may read. */
#define thaw_stat_add(counter, n) __atomic_store_n (&(counter), (counter) + (n), __ATOMIC_RELAXED)
#define thaw_stat_get(counter) __atomic_load_n (&(counter), __ATOMIC_RELAXED)

G_END_DECLS
