/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The scope: owns tasks and ends with its owner. */
#pragma once

#include "thaw-fiber.h"

G_BEGIN_DECLS

#define THAW_TYPE_SCOPE (thaw_scope_get_type ())
THAW_API GType thaw_scope_get_type (void); /* boxed */

/* A scope belongs to the thread of the pump it was made on. @name is static. @parent may be NULL:
 * cancelling a parent cancels its children, and a parent's join waits for them. */
THAW_API ThawScope *thaw_scope_new (const char *name, ThawScope *parent) G_GNUC_WARN_UNUSED_RESULT;
/* As above; cancelled when @owner is disposed. When its dispose has returned no handler of the
 * scope's tasks runs any more, and every suspended fiber has unwound. */
THAW_API ThawScope *thaw_scope_new_for_owner (const char *name,
                                              GObject *owner,
                                              ThawScope *parent) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawScope *thaw_scope_ref (ThawScope *self);
/* Dropping the last reference does not cancel: running tasks hold their scope. */
THAW_API void thaw_scope_unref (ThawScope *self);
THAW_API ThawPump *thaw_scope_get_pump (ThawScope *self);
THAW_API const char *thaw_scope_get_name (ThawScope *self);
THAW_API guint thaw_scope_get_n_tasks (ThawScope *self); /* its own and its children's */

/* Loop's thread, idempotent, final: a cancelled scope takes no new tasks (their futures are
 * rejected). */
THAW_API void thaw_scope_cancel (ThawScope *self);
THAW_API gboolean thaw_scope_is_cancelled (ThawScope *self); /* any thread */
/* Resolves when no task is left; lane jobs stuck in the kernel are waited for. */
THAW_API ThawFuture *thaw_scope_join (ThawScope *self) G_GNUC_WARN_UNUSED_RESULT;
/* Monotonic usec, -1 none; the earlier of this and the parent's counts. Past it the scope is
 * cancelled and its tasks are rejected with THAW_ERROR_DEADLINE. */
THAW_API void thaw_scope_set_deadline (ThawScope *self, gint64 deadline_usec);
THAW_API gint64 thaw_scope_get_deadline (ThawScope *self);

/* Spawns a fiber; it starts in the pump's next free slice. */
THAW_API ThawFuture *thaw_scope_spawn (ThawScope *self,
                                       const char *name,
                                       ThawFiberFunc func,
                                       gpointer user_data,
                                       GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;

/* The body of a lane or CPU job: runs on a worker thread. Returns FALSE with @error, or TRUE after
 * a thaw_job_return_*() (nothing returned means: resolved with TRUE). */
typedef gboolean (*ThawJobFunc) (ThawJob *job, gpointer user_data, GError **error);

/* Runs @func on the pool of the cores' size. For computing: never for anything that may block.
 * @destroy runs on the loop's thread. */
THAW_API ThawFuture *thaw_scope_compute (ThawScope *self,
                                         const char *name,
                                         ThawPriority priority,
                                         ThawJobFunc func,
                                         gpointer user_data,
                                         GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;

/* Inside a job's body, worker thread. */
THAW_API gboolean thaw_job_is_cancelled (ThawJob *self);
THAW_API gboolean thaw_job_set_error_if_cancelled (ThawJob *self, GError **error);
THAW_API GCancellable *
thaw_job_get_cancellable (ThawJob *self); /* for GIO's calls; made when asked for */
/* "Still alive": a long job that makes progress calls this after every few system calls, otherwise
 * its lane takes it for hung. One relaxed store: cheap. */
THAW_API void thaw_job_beat (ThawJob *self);
/* How far it is, in whatever unit; also a beat. Cheap: whoever watches gets the latest, a message at
 * a time. */
THAW_API void thaw_job_set_progress (ThawJob *self, gint64 done, gint64 total);
THAW_API void thaw_job_return_pointer (ThawJob *self, gpointer value, GDestroyNotify destroy);
THAW_API void thaw_job_return_object (ThawJob *self, gpointer object);
THAW_API void thaw_job_return_int64 (ThawJob *self, gint64 value);
THAW_API const char *thaw_job_get_name (ThawJob *self);

/* Calls @func on the loop as a message when the job behind @future, as returned by
 * thaw_scope_compute() or thaw_lane_run(), has made progress; never after its future is complete or
 * its scope has ended. Loop's thread, once for each job. FALSE: @future is complete, or no job's;
 * @user_data is freed. */
typedef void (*ThawProgressFunc) (gint64 done, gint64 total, gpointer user_data);
THAW_API gboolean thaw_future_watch_progress (ThawFuture *future,
                                              ThawProgressFunc func,
                                              gpointer user_data,
                                              GDestroyNotify destroy);

/* Rejections that nobody looked at, CANCELLED excepted: each is counted (ThawTaskStats), logged at
 * debug level with the name of its task, kept for a while, and told to @func, which a program sets
 * to say it louder: on the thread that dropped the future; not to drop rejected futures itself. */
#define THAW_UNHANDLED_KEPT 32
typedef void (*ThawUnhandledFunc) (const char *task, const GError *error, gpointer user_data);
THAW_API void thaw_task_set_unhandled_func (ThawUnhandledFunc func, gpointer user_data);
/* The last ones, oldest first. Any thread. */
THAW_API void thaw_task_foreach_unhandled (ThawUnhandledFunc func, gpointer user_data);

/* For counting leaks: tasks of all scopes. Any thread. */
typedef struct {
  guint n_scopes, n_fibers, n_jobs;
  guint64 n_late_handlers;        /* handlers suppressed because their scope had ended */
  guint64 n_unhandled_rejections; /* futures whose error nobody looked at; not CANCELLED */
} ThawTaskStats;
THAW_API void thaw_task_get_stats (ThawTaskStats *stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawScope, thaw_scope_unref)

G_END_DECLS
