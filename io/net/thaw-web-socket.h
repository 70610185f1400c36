/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* WebSocket, the client's side: messages come into a mailbox, with back-pressure. */
#pragma once

#include "thaw-http.h"

G_BEGIN_DECLS

typedef struct _ThawWebSocket ThawWebSocket;

#define THAW_TYPE_WEB_SOCKET (thaw_web_socket_get_type ())
THAW_API GType thaw_web_socket_get_type (void); /* boxed */

#define THAW_WEB_SOCKET_MAX_MESSAGE (16 * 1024 * 1024)
#define THAW_WEB_SOCKET_PING_SECONDS 30
#define THAW_WEB_SOCKET_NORMAL 1000 /* codes of RFC 6455 */
#define THAW_WEB_SOCKET_GOING_AWAY 1001
#define THAW_WEB_SOCKET_ABNORMAL 1006 /* the connection went without a word */

typedef enum {
  THAW_WEB_SOCKET_TEXT, /* valid UTF-8, not terminated */
  THAW_WEB_SOCKET_BINARY,
  THAW_WEB_SOCKET_CLOSED, /* the last one */
} ThawWebSocketKind;

/* What the mailbox gets, and owns. */
typedef struct {
  ThawWebSocketKind kind;
  GBytes *data;  /* of CLOSED: the reason */
  guint code;    /* of CLOSED */
  GError *error; /* of CLOSED, when it wasn't orderly */
} ThawWebSocketMessage;
THAW_API void thaw_web_socket_message_free (ThawWebSocketMessage *self);

/* All of them may be 0; a NULL pointer is that. */
typedef struct {
  const char *const *protocols; /* NULL-terminated; the server picks one */
  guint ping_seconds;           /* between two pings, and how long to wait for an answer [30] */
  gsize max_message_bytes;      /* a larger one closes the connection [16 MiB] */
} ThawWebSocketOptions;

/* Resolves to a ThawWebSocket (boxed pointer: take it). @request: a GET of a ws, wss, http or https
 * address, for its headers and its timeouts. @mailbox needs thaw_web_socket_message_free() as its
 * function for freeing. */
THAW_API ThawFuture *
thaw_http_open_web_socket (ThawHttp *http,
                           ThawScope *scope,
                           ThawRequest *request,
                           ThawMailbox *mailbox,
                           const ThawWebSocketOptions *options) G_GNUC_WARN_UNUSED_RESULT;
/* Any thread, as all of these. The last reference of one that is open closes it. */
THAW_API ThawWebSocket *thaw_web_socket_ref (ThawWebSocket *self);
THAW_API void thaw_web_socket_unref (ThawWebSocket *self);
THAW_API const char *thaw_web_socket_get_protocol (ThawWebSocket *self); /* NULL: none was agreed */
/* Resolves when there is room for more: send one after the other, and a slow server slows you down.
 */
THAW_API ThawFuture *thaw_web_socket_send (ThawWebSocket *self,
                                           ThawWebSocketKind kind,
                                           GBytes *message) G_GNUC_WARN_UNUSED_RESULT;
THAW_API ThawFuture *
thaw_web_socket_send_text (ThawWebSocket *self, const char *text) G_GNUC_WARN_UNUSED_RESULT;
/* Resolves when the connection is gone. */
THAW_API ThawFuture *thaw_web_socket_close (ThawWebSocket *self,
                                            guint code,
                                            const char *reason) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawWebSocket, thaw_web_socket_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawWebSocketMessage, thaw_web_socket_message_free)

G_END_DECLS
