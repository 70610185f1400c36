/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside of io/net: who does what on which thread.
 *
 * - The caller's loop: thaw-http.c: one fiber a request in the caller's scope: attempts, delays,
 *   the result; and an attempt's stand in the queue for a place at its host.
 * - The network thread: thaw-exchange*.c: one fiber an attempt that has a place: redirects,
 *   libsoup, chunks, decoding, time limits. thaw-upload.c: one fiber that feeds a body.
 * - Lanes: files that are read for an upload or written by a download.
 *
 * An exchange is shared by the first two. The caller's side holds its two futures and may abort it;
 * all else is the network thread's.
 *
 * One network thread, not several: what a request costs is libsoup's objects, and all threads'
 * signals take one lock of GObject's. Two of them waited for that twice a request, used 40 % more
 * CPU time, and weren't faster. */
#pragma once

#include "thaw-http.h"
#include "thaw-lane.h"
#include "thaw-limiter.h"

#include "thaw-future-private.h"

#include <libsoup/soup.h>
#include <pthread.h>

G_BEGIN_DECLS

/* thaw-net-thread.c. Any thread. */
GMainContext *thaw_net_get_context (void);
typedef void (*ThawNetFunc) (gpointer data);
/* Calls @func on the network thread, as a message; in order. */
void thaw_net_post (ThawNetFunc func, gpointer data);
gboolean thaw_net_is_own (void); /* whether this is the network thread */
/* Calls @func at the end of this turn of the network thread's loop. Network thread. */
void thaw_net_call_at_turn (ThawNetFunc func, gpointer data);
/* Runs @func on @lane whatever happens to the caller's scope: for putting things away. Frees
 * nothing itself. */
void thaw_net_clean_up (ThawLane *lane, ThawJobFunc func, gpointer data, GDestroyNotify destroy);

/* thaw-http-error.c */
char *thaw_http_describe_certificate (GTlsCertificateFlags flags) G_GNUC_WARN_UNUSED_RESULT;
GError *thaw_http_certificate_error (const char *host, GTlsCertificateFlags flags);
GError *thaw_http_translate_error (GError *error, SoupMessage *message, GUri *uri);

/* thaw-request.c. A part of a form. */
typedef struct {
  char *name, *value; /* of a field */
  GFile *file;        /* of a file */
  char *file_name, *content_type;
} ThawPart;

typedef struct {
  gint64 connect_usec, stall_usec, total_usec;
} ThawHttpTimeouts;

struct _ThawRequest {
  gint ref_count;
  guint8 sent;        /* atomic */
  const char *method; /* interned */
  char *uri;
  GPtrArray *headers; /* name, value, name, … */
  ThawPriority priority;
  ThawHttpTimeouts timeouts;
  guint64 max_body;
  gboolean streamed;
  ThawMailbox *progress;
  char *content_type;
  GBytes *body;
  ThawBytePipe *pipe;
  gint64 pipe_length;
  GPtrArray *parts; /* ThawPart */
  gboolean has_file;
};

GUri *thaw_request_parse_uri (const char *text, GError **error);
gboolean thaw_request_is_idempotent (ThawRequest *self);
gboolean thaw_request_is_repeatable (ThawRequest *self); /* its body can be sent again */

/* thaw-http.c. What it knows, constant once a request was sent, but for what the network thread
 * makes. */
struct _ThawHttp {
  gint ref_count;
  guint per_host, total;
  ThawHttpTimeouts timeouts;
  guint n_retries;
  gint64 first_delay_usec;
  char *user_agent;
  GTlsDatabase *trust;
  ThawLimiter *downloads;                        /* how many may have a file open */
  guint n_in_flight, max_in_flight, n_exchanges; /* atomic, as the next */
  guint64 n_sent, n_retried, n_redirected;
  pthread_mutex_t hosts_lock;
  GHashTable *hosts;    /* under the lock: "scheme://host:port" → ThawLimiter */
  ThawLimiter *all;     /* made with the first host */
  SoupSession *session; /* the network thread's */
};

/* A place, what resolves to one, or neither. */
typedef struct {
  ThawPermit *permit;
  ThawFuture *waiting;
} ThawPlace;

/* As thaw_http_send(); @wants_body: resolves to the body of a response of success, as GBytes. */
ThawFuture *thaw_http_send_for (ThawHttp *self,
                                ThawScope *scope,
                                ThawRequest *request,
                                gboolean wants_body) G_GNUC_WARN_UNUSED_RESULT;

/* thaw-http-session.c. Network thread. */
SoupSession *thaw_http_get_session (ThawHttp *self);
void thaw_http_clear_session (ThawHttp *self);
/* Any thread: queues for a place at @uri's host. */
ThawPlace thaw_http_queue (ThawHttp *self, GUri *uri, ThawPriority priority);
ThawPlace thaw_place_in (ThawLimiter *limiter, ThawPriority priority);

/* thaw-chunk-reader.c. Zeroed before its first use. */
typedef enum {
  THAW_CHUNK_SIZE,
  THAW_CHUNK_EXTENSION, /* the rest of the size's line */
  THAW_CHUNK_SIZE_END,
  THAW_CHUNK_DATA,
  THAW_CHUNK_DATA_CR,
  THAW_CHUNK_DATA_LF,
  THAW_CHUNK_END,
} ThawChunkState;

typedef struct {
  ThawChunkState state;
  guint64 left; /* of the chunk */
  guint n_line;
} ThawChunkParser;

typedef enum {
  THAW_EXCHANGE_WAITING,    /* for a place, or for the consumer: no time limit but the total one */
  THAW_EXCHANGE_CONNECTING, /* to have a connection */
  THAW_EXCHANGE_TALKING,    /* bytes must go to and fro */
} ThawExchangePhase;

typedef struct {
  gint ref_count;
  ThawHttp *http;
  ThawRequest *request;
  guint8 aborted, started; /* atomic */
  ThawFuture *queued;      /* resolves to the host's place, if there was none */
  ThawWaiter waiter;       /* for that */
  ThawHttpTimeouts timeouts;
  gint64 total_due_usec; /* -1: none */

  ThawFuture *closed; /* resolves when nothing of the exchange is left */

  /* Network thread. */
  ThawFuture *head;     /* until it is complete */
  ThawResponse *answer; /* what it is completed with in the end, unless it is a stream */
  ThawScope *scope;
  guint n_holds; /* the fiber, and each call of libsoup's that has not come back */
  gboolean is_put_away;
  GUri *uri;
  const char *method;
  gboolean drops_body, drops_secrets, fresh_connection;
  ThawPlace host_place, total_place; /* queued for by the caller's side */
  gboolean is_in_flight;
  SoupMessage *message;
  gboolean at_end; /* of the body */
  GInputStream *stream;
  GPollableInputStream *chunks; /* of stream: where its chunks are read; NULL: it has none */
  ThawChunkParser chunk_parser;
  gboolean ends_with_connection; /* nothing else tells where the body ends */
  GCancellable *cancellable;
  ThawBytePipe *upload;
  gint64 upload_length;
  ThawBytePipe *pipe;    /* of a streamed body */
  GByteArray *collected; /* of one in memory */
  GConverter *decoder;
  gboolean decoded_end;
  gint64 wire_length; /* stated, or -1 */
  guint64 n_wire, n_decoded, n_uploaded;
  GList watch_link; /* data: itself, while it is watched */
  ThawExchangePhase phase;
  gint64 phase_usec; /* when it began, or the latest sign of life */
  GError *failure;   /* why the watch has cancelled */
} ThawExchange;

/* thaw-exchange.c */
ThawExchange *thaw_exchange_start (ThawHttp *http,
                                   ThawRequest *request,
                                   GUri *uri,
                                   gint64 total_due_usec,
                                   ThawFuture **head) G_GNUC_WARN_UNUSED_RESULT; /* any thread */
void thaw_exchange_abort (ThawExchange *self);                                   /* any thread */
ThawExchange *thaw_exchange_ref (ThawExchange *self);
void thaw_exchange_unref (ThawExchange *self);
/* Network thread. */
void thaw_exchange_hold (ThawExchange *self);
void thaw_exchange_release (ThawExchange *self);
void thaw_exchange_tell_progress (ThawExchange *self);

/* thaw-exchange-send.c: in the fiber. */
void thaw_exchange_queue (ThawExchange *self); /* and before, once, the caller's side */
gboolean thaw_exchange_enter_host (ThawExchange *self, GError **error);
void thaw_exchange_leave_host (ThawExchange *self);
gboolean thaw_exchange_send_head (ThawExchange *self, GError **error);
void thaw_exchange_close_stream (ThawExchange *self);

/* thaw-redirect.c */
gboolean thaw_exchange_is_redirected (ThawExchange *self);
gboolean thaw_exchange_follow (ThawExchange *self, guint n_before, GError **error);
GUri *thaw_redirect_resolve (GUri *from, const char *location, GError **error);

/* thaw-exchange-body.c: in the fiber. */
gboolean thaw_exchange_prepare_body (ThawExchange *self, GError **error);
gboolean thaw_exchange_read_body (ThawExchange *self, GError **error);

/* thaw-chunk-reader.c */
guint64 thaw_chunk_parser_get_room (const ThawChunkParser *self);
gssize thaw_chunk_parser_take (ThawChunkParser *self, guint8 *block, gsize n, GError **error);
GPollableInputStream *thaw_chunks_find_stream (GInputStream *stream);
gssize thaw_chunks_read (GPollableInputStream *stream,
                         ThawChunkParser *parser,
                         guint8 *block,
                         gsize size,
                         GError **error);

/* thaw-exchange-watch.c */
void thaw_exchange_watch (ThawExchange *self, ThawExchangePhase phase);
void thaw_exchange_touch (ThawExchange *self);
void thaw_exchange_unwatch (ThawExchange *self);

/* thaw-upload.c: the body of a form with files. In the fiber. */
char *thaw_exchange_start_upload (ThawExchange *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* thaw-pipe-stream.c */
#define THAW_TYPE_PIPE_STREAM (thaw_pipe_stream_get_type ())
G_DECLARE_FINAL_TYPE (ThawPipeStream, thaw_pipe_stream, THAW, PIPE_STREAM, GInputStream)
/* @exchange (nullable) hears how much was sent. */
GInputStream *thaw_pipe_stream_new (ThawBytePipe *pipe, ThawExchange *exchange);

/* thaw-response.c */
ThawResponse *
thaw_response_new (ThawExchange *exchange) G_GNUC_WARN_UNUSED_RESULT; /* network thread */

/* thaw-http-retry.c */
gint64 thaw_http_parse_retry_after (const char *value, gint64 now_seconds); /* usec, or -1 */
gboolean thaw_http_may_retry (ThawRequest *request, const GError *error);
gboolean thaw_http_status_may_retry (ThawRequest *request, guint status);
gint64 thaw_http_get_delay (ThawHttp *self, guint n_before);

const char *thaw_headers_find (GPtrArray *headers, const char *name, gsize *index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawExchange, thaw_exchange_unref)

G_END_DECLS
