/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sandbox, from outside: runs a program that is not to be trusted with a file, or that the file is not to be trusted
 * with, and takes what it writes to its standard output. */
#pragma once

#include "thaw-lane.h"

G_BEGIN_DECLS

typedef struct _ThawSandbox ThawSandbox;

#define THAW_TYPE_SANDBOX (thaw_sandbox_get_type ())
THAW_API GType thaw_sandbox_get_type (void); /* boxed, refcounted */

#define THAW_SANDBOX_MEMORY_MIB 512
#define THAW_SANDBOX_CPU_SECONDS 20
#define THAW_SANDBOX_TIMEOUT_USEC (30 * G_USEC_PER_SEC)
#define THAW_SANDBOX_OUTPUT_BYTES (64 * 1024 * 1024)

/* Set up on one thread, then run as often as one likes. */
/* A program of ours, by its name in the libexec folder (see thaw_libexec_find()) or by its path: it calls
 * thaw_sandbox_enter() itself (thaw-sandbox-enter.h) before it parses anything. */
THAW_API ThawSandbox *thaw_sandbox_new (const char *program) G_GNUC_WARN_UNUSED_RESULT;
/* Anybody's program, by its path or its name in PATH: within bubblewrap, without which it isn't run. It sees the system's
 * programs and what it is allowed to read, has a /tmp of its own, no network and no other process. */
THAW_API ThawSandbox *thaw_sandbox_new_foreign (const char *program) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawSandbox *thaw_sandbox_ref (ThawSandbox *self);
THAW_API void thaw_sandbox_unref (ThawSandbox *self);

THAW_API void thaw_sandbox_add_argument (ThawSandbox *self, const char *argument);
/* The program's standard input [nothing]. It is duplicated. */
THAW_API void thaw_sandbox_set_input (ThawSandbox *self, int fd);
/* Another descriptor that it gets, as number @as: 3, 4, … in turn. It is duplicated. For programs of ours. */
THAW_API void thaw_sandbox_pass_fd (ThawSandbox *self, int fd, int as);
/* A foreign program may read @path, and finds it as @as. */
THAW_API void thaw_sandbox_add_readable (ThawSandbox *self, const char *path, const char *as);
/* What the program puts into this file of its /tmp is the output, instead of what it says. Foreign ones only. */
THAW_API void thaw_sandbox_set_output_name (ThawSandbox *self, const char *name);
THAW_API void thaw_sandbox_set_memory (ThawSandbox *self, guint mib);
THAW_API void thaw_sandbox_set_cpu_time (ThawSandbox *self, guint seconds);
THAW_API void thaw_sandbox_set_timeout (ThawSandbox *self, gint64 timeout_usec); /* then it is killed */
THAW_API void thaw_sandbox_set_max_output (ThawSandbox *self, gsize max_bytes);

/* Loop's thread. Resolves to GBytes, what the program has written. It is killed when the future is cancelled, or @scope ends.
 * Rejected: G_IO_ERROR_NOT_FOUND (no such program), NOT_SUPPORTED (no bubblewrap), FAILED (it ended with another status than
 * 0, or was killed by its limits), MESSAGE_TOO_LARGE, TIMED_OUT. */
THAW_API ThawFuture *thaw_sandbox_run (ThawSandbox *self,
                                       ThawScope *scope,
                                       ThawPriority priority) G_GNUC_WARN_UNUSED_RESULT;
/* The same in the body of a job, which beats meanwhile; it is killed when @job is cancelled. Transfer full. */
THAW_API GBytes *thaw_sandbox_run_sync (ThawSandbox *self, ThawJob *job, GError **error);

/* A program that was installed with the library, wherever that has been moved to: in $THAW_LIBEXEC, in the build's folder, beside
 * the library, or where it was to be installed. Worker threads. Transfer full; NOT_FOUND. */
THAW_API char *thaw_libexec_find (const char *program, GError **error);
/* Whether foreign programs can be run at all. Worker threads; asked once. */
THAW_API gboolean thaw_sandbox_can_run_foreign (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawSandbox, thaw_sandbox_unref)

G_END_DECLS
