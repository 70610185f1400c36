/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the tests of requests: a server in the process with an instance that asks it, and what is
 * sent to it. Each test has its own, and nothing of it is left when it ends. */
#pragma once

#include "test-net-support.h"

G_BEGIN_DECLS

typedef struct {
  TestServer *server;
  ThawHttp *http;
  ThawScope *scope;
} HttpFixture;

void http_set_up (HttpFixture *self, gconstpointer data);
void http_tear_down (HttpFixture *self, gconstpointer data);
ThawRequest *http_request_to (HttpFixture *self, const char *method, const char *path);
ThawFuture *http_send_to (HttpFixture *self, const char *method, const char *path);
/* Whether it is what the server has at /bytes. */
void http_check_bytes (GBytes *body, gsize n);

#define HTTP_ADD(name, function)                                                                   \
  g_test_add ("/http/" name, HttpFixture, NULL, http_set_up, function, http_tear_down)

G_END_DECLS
