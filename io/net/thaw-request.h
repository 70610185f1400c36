/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The request: what to ask a server for. Built on one thread, then sent with thaw_http_send(). */
#pragma once

#include "thaw-byte-pipe.h"
#include "thaw-http-error.h"

G_BEGIN_DECLS

typedef struct _ThawRequest ThawRequest;
#ifdef __GI_SCANNER__
#include <json-glib/json-glib.h>
#else
typedef struct _JsonNode JsonNode; /* of json-glib */
#endif

#define THAW_TYPE_REQUEST (thaw_request_get_type ())
THAW_API GType thaw_request_get_type (void); /* boxed */

#define THAW_REQUEST_MAX_BODY                                                                      \
  (64 * 1024 * 1024) /* decoded bytes of a response that is kept in memory */

/* Posted to the mailbox of thaw_request_set_progress(), keyed by the request; freed with g_free().
 */
typedef struct {
  gint64 sent_bytes, to_send_bytes;        /* of the body; the second is -1 when unknown */
  gint64 received_bytes, to_receive_bytes; /* decoded, and what the server said, or -1 */
} ThawHttpProgress;

/* A URI that isn't http or https is refused when it is sent. */
THAW_API ThawRequest *
thaw_request_new (const char *method, const char *uri) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawRequest *thaw_request_ref (ThawRequest *self);
THAW_API void thaw_request_unref (ThawRequest *self);
THAW_API const char *thaw_request_get_method (ThawRequest *self);
THAW_API const char *thaw_request_get_uri (ThawRequest *self);

/* None of these after the request was sent (asserted). */
THAW_API void thaw_request_set_header (ThawRequest *self, const char *name, const char *value);
THAW_API const char *thaw_request_get_header (ThawRequest *self, const char *name);
THAW_API void thaw_request_set_priority (ThawRequest *self, ThawPriority priority);
/* 0: as the ThawHttp says; -1: none. */
THAW_API void thaw_request_set_timeouts (ThawRequest *self,
                                         gint64 connect_usec,
                                         gint64 stall_usec,
                                         gint64 total_usec);
/* Of decoded bytes; 0: THAW_REQUEST_MAX_BODY for a body in memory, none for a stream. */
THAW_API void thaw_request_set_max_body (ThawRequest *self, guint64 max_bytes);
/* The response comes as soon as its head is there; its body is read in chunks,
 * thaw_response_read(). */
THAW_API void thaw_request_set_streamed (ThawRequest *self, gboolean streamed);
THAW_API void thaw_request_set_progress (ThawRequest *self, ThawMailbox *mailbox);

/* The body: one of these. */
THAW_API void thaw_request_set_body (ThawRequest *self, const char *content_type, GBytes *body);
THAW_API void thaw_request_set_json (ThawRequest *self, JsonNode *json);
/* @length -1: unknown, sent in chunks. Can't be sent twice: no retries, no redirects that keep the
 * body. */
THAW_API void thaw_request_set_pipe (ThawRequest *self,
                                     const char *content_type,
                                     ThawBytePipe *pipe,
                                     gint64 length);
/* Fields of a form; with a file it is sent as multipart/form-data, otherwise url-encoded. A file is
 * read from its lane while it is sent. @file_name and @content_type (nullable): what the server is
 * told. */
THAW_API void thaw_request_add_field (ThawRequest *self, const char *name, const char *value);
THAW_API void thaw_request_add_file (ThawRequest *self,
                                     const char *name,
                                     GFile *file,
                                     const char *file_name,
                                     const char *content_type);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawRequest, thaw_request_unref)

G_END_DECLS
