/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* HTTP: requests as futures, from a network thread of its own, with limits, time limits and
 * retries. */
#pragma once

#include "thaw-response.h"
#include "thaw-scope.h"

G_BEGIN_DECLS

typedef struct _ThawHttp ThawHttp;

#define THAW_TYPE_HTTP (thaw_http_get_type ())
THAW_API GType thaw_http_get_type (void); /* boxed */

#define THAW_HTTP_PER_HOST 6
#define THAW_HTTP_TOTAL 32
#define THAW_HTTP_CONNECT_USEC (20 * G_USEC_PER_SEC)
#define THAW_HTTP_STALL_USEC (30 * G_USEC_PER_SEC)
#define THAW_HTTP_RETRIES 3
#define THAW_HTTP_MAX_REDIRECTS 10
#define THAW_HTTP_MAX_HEAD (64 * 1024)
#define THAW_HTTP_MAX_RETRY_AFTER_USEC (3600 * (gint64) G_USEC_PER_SEC)

/* The one of the process (borrowed). Any thread. */
THAW_API ThawHttp *thaw_http_get_default (void);
/* One with connections and settings of its own. Any thread. */
THAW_API ThawHttp *thaw_http_new (void) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawHttp *thaw_http_ref (ThawHttp *self);
/* Requests under way go on; with the last reference idle connections close. */
THAW_API void thaw_http_unref (ThawHttp *self);

/* Settings: before the first request, from one thread. */
THAW_API void thaw_http_set_limits (ThawHttp *self, guint per_host, guint total);
THAW_API void thaw_http_set_timeouts (ThawHttp *self,
                                      gint64 connect_usec,
                                      gint64 stall_usec,
                                      gint64 total_usec); /* -1: none */
THAW_API void thaw_http_set_retries (ThawHttp *self, guint n_retries, gint64 first_delay_usec);
THAW_API void thaw_http_set_user_agent (ThawHttp *self, const char *user_agent);
/* Whom to trust instead of the system's authorities. Certificates are always checked. */
THAW_API void thaw_http_set_trust (ThawHttp *self, GTlsDatabase *database);

/* Resolves to a ThawResponse (boxed pointer: take it), whatever its status; @scope is the caller's.
 */
THAW_API ThawFuture *
thaw_http_send (ThawHttp *self, ThawScope *scope, ThawRequest *request) G_GNUC_WARN_UNUSED_RESULT;
/* To the body as GBytes, or to a JsonNode (take it); a status other than 2xx is
 * THAW_HTTP_ERROR_STATUS. */
THAW_API ThawFuture *
thaw_http_get (ThawHttp *self, ThawScope *scope, const char *uri) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *
thaw_http_get_json (ThawHttp *self, ThawScope *scope, const char *uri) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *thaw_http_post_json (ThawHttp *self,
                                          ThawScope *scope,
                                          const char *uri,
                                          JsonNode *json) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *thaw_http_put_json (ThawHttp *self,
                                         ThawScope *scope,
                                         const char *uri,
                                         JsonNode *json) G_GNUC_WARN_UNUSED_RESULT;
/* The same for a request of one's own. */
THAW_API ThawFuture *thaw_http_send_json (ThawHttp *self,
                                          ThawScope *scope,
                                          ThawRequest *request) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  guint n_in_flight;   /* hold a place, from before the connection to the end of the body */
  guint max_in_flight; /* the most there ever were */
  guint n_exchanges;   /* anything that is left of any request, waiting ones included */
  guint64 n_sent, n_retries, n_redirects;
} ThawHttpStats;
THAW_API void thaw_http_get_stats (ThawHttp *self, ThawHttpStats *stats); /* any thread */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawHttp, thaw_http_unref)

G_END_DECLS
