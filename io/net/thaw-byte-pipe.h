/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The byte pipe: chunks from a producer to a consumer, bounded in bytes, on any two threads. */
#pragma once

#include "thaw-future.h"

G_BEGIN_DECLS

typedef struct _ThawBytePipe ThawBytePipe;

#define THAW_TYPE_BYTE_PIPE (thaw_byte_pipe_get_type ())
THAW_API GType thaw_byte_pipe_get_type (void); /* boxed */

#define THAW_BYTE_PIPE_CAPACITY (256 * 1024)

/* Any thread, as all of these. @capacity_bytes: how much may wait before writes do; 0 for the
 * default. */
THAW_API ThawBytePipe *thaw_byte_pipe_new (gsize capacity_bytes) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawBytePipe *thaw_byte_pipe_ref (ThawBytePipe *self);
THAW_API void thaw_byte_pipe_unref (ThawBytePipe *self);

/* The producer's end. Resolves when there is room for more: a chunk goes in whole, however large.
 * Rejected with G_IO_ERROR_CLOSED when the reader has closed its end. */
THAW_API ThawFuture *
thaw_byte_pipe_write (ThawBytePipe *self, GBytes *chunk) G_GNUC_WARN_UNUSED_RESULT;
THAW_API void thaw_byte_pipe_finish (ThawBytePipe *self); /* no more chunks */
THAW_API void
thaw_byte_pipe_fail (ThawBytePipe *self, GError *error); /* transfer full: after what waits */

/* The consumer's end. Resolves to the next chunk (GBytes, take it), to NULL at the end. */
THAW_API ThawFuture *thaw_byte_pipe_read (ThawBytePipe *self) G_GNUC_WARN_UNUSED_RESULT;
/* No more reads: what waits is dropped, writes are rejected. */
THAW_API void thaw_byte_pipe_close (ThawBytePipe *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawBytePipe, thaw_byte_pipe_unref)

G_END_DECLS
