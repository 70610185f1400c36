/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rate: so many bytes a second, for all who share it: a token bucket with a queue. */
#pragma once

#include "thaw-scope.h"

G_BEGIN_DECLS

typedef struct _ThawRate ThawRate;
#define THAW_TYPE_RATE (thaw_rate_get_type ())
THAW_API GType thaw_rate_get_type (void); /* boxed */

/* @bytes_per_sec: 0 for no limit. @burst_bytes: what may go at once after a pause; 0 for a tenth of
 * a second's worth. Any thread. */
THAW_API ThawRate *
thaw_rate_new (gint64 bytes_per_sec, gint64 burst_bytes) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawRate *thaw_rate_ref (ThawRate *self);
THAW_API void thaw_rate_unref (ThawRate *self);
/* Any thread, at any time: those who wait follow at once. */
THAW_API void thaw_rate_set_bytes_per_sec (ThawRate *self, gint64 bytes_per_sec);
THAW_API gint64 thaw_rate_get_bytes_per_sec (ThawRate *self);

/* First come, first served. Asks for @n_bytes that are about to be moved, of any size: a large
 * request goes as soon as the bucket isn't empty, and the next ones wait for its debt. A request
 * that is cancelled while it waits costs nothing. */
/* Resolves with nothing. The thread of a loop. */
THAW_API ThawFuture *thaw_rate_take (ThawRate *self, gint64 n_bytes) G_GNUC_WARN_UNUSED_RESULT;
/* Inside a job: waits on the worker's thread. FALSE and G_IO_ERROR_CANCELLED when @job is
 * cancelled. Beats while it waits. */
THAW_API gboolean thaw_rate_wait (ThawRate *self, ThawJob *job, gint64 n_bytes, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawRate, thaw_rate_unref)

G_END_DECLS
