/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can go wrong with HTTP beyond what GIO has a code for. */
#pragma once

#include "thaw-types.h"

G_BEGIN_DECLS

#define THAW_HTTP_ERROR (thaw_http_error_quark ())

/**
 * ThawHttpError:
 * @THAW_HTTP_ERROR_CONNECT_TIMEOUT: no connection, TLS included, within the connect timeout
 * @THAW_HTTP_ERROR_STALLED: the server was silent for longer than the stall timeout
 * @THAW_HTTP_ERROR_TIMED_OUT: the whole request took longer than its total timeout
 * @THAW_HTTP_ERROR_TLS: the server's certificate isn't trusted, or there is no common TLS
 * @THAW_HTTP_ERROR_TOO_LARGE: the decoded body, or the head, is larger than the limit
 * @THAW_HTTP_ERROR_INCOMPLETE: the body ended before its stated end
 * @THAW_HTTP_ERROR_BAD_RESPONSE: what came isn't HTTP, or contradicts itself
 * @THAW_HTTP_ERROR_BAD_REDIRECT: too many redirects, or one to where it must not go
 * @THAW_HTTP_ERROR_STATUS: the status isn't one of success, where only that would do
 * @THAW_HTTP_ERROR_BAD_DIGEST: a download's checksum is not the expected one
 * @THAW_HTTP_ERROR_HANDSHAKE: the server doesn't speak WebSocket
 *
 * Errors of requests, downloads and WebSockets. Those of resolving, connecting and writing files
 * are passed on in GIO's domains.
 */
typedef enum {
  THAW_HTTP_ERROR_CONNECT_TIMEOUT,
  THAW_HTTP_ERROR_STALLED,
  THAW_HTTP_ERROR_TIMED_OUT,
  THAW_HTTP_ERROR_TLS,
  THAW_HTTP_ERROR_TOO_LARGE,
  THAW_HTTP_ERROR_INCOMPLETE,
  THAW_HTTP_ERROR_BAD_RESPONSE,
  THAW_HTTP_ERROR_BAD_REDIRECT,
  THAW_HTTP_ERROR_STATUS,
  THAW_HTTP_ERROR_BAD_DIGEST,
  THAW_HTTP_ERROR_HANDSHAKE,
} ThawHttpError;

THAW_API GQuark thaw_http_error_quark (void);

G_END_DECLS
