/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside of the WebSocket. */
#pragma once

#include "thaw-net-private.h"
#include "thaw-web-socket.h"

G_BEGIN_DECLS

/* thaw-valve-stream.c: streams around those of a connection, for libsoup to read and write. Network
 * thread. */
#define THAW_TYPE_VALVE_INPUT (thaw_valve_input_get_type ())
G_DECLARE_FINAL_TYPE (ThawValveInput, thaw_valve_input, THAW, VALVE_INPUT, GFilterInputStream)
/* @first: what was read already. */
ThawValveInput *thaw_valve_input_new (GInputStream *base, GBytes *first);
void thaw_valve_input_set_closed (ThawValveInput *self, gboolean closed);

#define THAW_TYPE_VALVE_OUTPUT (thaw_valve_output_get_type ())
G_DECLARE_FINAL_TYPE (ThawValveOutput, thaw_valve_output, THAW, VALVE_OUTPUT, GFilterOutputStream)
typedef void (*ThawWroteFunc) (gsize n, gpointer user_data);
ThawValveOutput *
thaw_valve_output_new (GOutputStream *base, ThawWroteFunc wrote, gpointer user_data);
void thaw_valve_output_forget (ThawValveOutput *self); /* no calls any more */

/* thaw-web-socket-connect.c: in a fiber on the network thread. */
typedef struct {
  GIOStream *stream;
  GBytes *first; /* what followed the head */
  char *protocol;
} ThawWebSocketHandshake;
gboolean thaw_web_socket_connect (ThawHttp *http,
                                  ThawRequest *request,
                                  GUri *uri,
                                  char **protocols,
                                  ThawWebSocketHandshake *handshake,
                                  GError **error);
char *thaw_web_socket_accept_for (const char *key) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
