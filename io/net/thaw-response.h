/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The response: status, headers, and a body in memory or in chunks. */
#pragma once

#include "thaw-request.h"

G_BEGIN_DECLS

typedef struct _ThawResponse ThawResponse;

#define THAW_TYPE_RESPONSE (thaw_response_get_type ())
THAW_API GType thaw_response_get_type (void); /* boxed */

/* Any thread, as all of these. Dropping the last reference of a stream that isn't read to its end
 * closes its connection. */
THAW_API ThawResponse *thaw_response_ref (ThawResponse *self);
THAW_API void thaw_response_unref (ThawResponse *self);
THAW_API guint thaw_response_get_status (ThawResponse *self);
THAW_API const char *thaw_response_get_reason (ThawResponse *self);
THAW_API const char *thaw_response_get_uri (ThawResponse *self); /* after redirects */
/* Values of several headers of one name are joined with ", "; case doesn't count. NULL: there is
 * none. */
THAW_API const char *thaw_response_get_header (ThawResponse *self, const char *name);
typedef void (*ThawHeaderFunc) (const char *name, const char *value, gpointer user_data);
THAW_API void
thaw_response_foreach_header (ThawResponse *self, ThawHeaderFunc func, gpointer user_data);
THAW_API gint64 thaw_response_get_length (ThawResponse *self);   /* Content-Length, or -1 */
THAW_API gboolean thaw_response_is_encoded (ThawResponse *self); /* the server compressed it */
/* FALSE: the body ends with the connection, and whether all of it came can't be told. */
THAW_API gboolean thaw_response_is_delimited (ThawResponse *self);
/* TRUE for 2xx; otherwise THAW_HTTP_ERROR_STATUS that says what and where. */
THAW_API gboolean thaw_response_check (ThawResponse *self, GError **error);
/* Decoded. Empty for a stream. Borrowed. */
THAW_API GBytes *thaw_response_get_body (ThawResponse *self);
/* Of a stream: resolves to the next chunk (GBytes, take it), to NULL at the end. Reading slowly
 * slows the server down. */
THAW_API ThawFuture *thaw_response_read (ThawResponse *self) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawResponse, thaw_response_unref)

G_END_DECLS
