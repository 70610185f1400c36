/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the tests of io/net: a server in the process on a thread of its own, the hostile one of the
 * kit as a child, and waiting with a deadline. */
#pragma once

#include "thaw-http.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct _TestServer TestServer;

/* @tls (nullable): the paths of a certificate with its key. Serves the paths of the .c file. */
TestServer *test_server_new (const char *tls);
void test_server_free (TestServer *self);
const char *test_server_get_uri (TestServer *self); /* without a slash at the end */
char *test_server_dup_uri (TestServer *self, const char *path);
guint test_server_get_n_requests (TestServer *self);
guint test_server_get_max_concurrent (TestServer *self);
guint64 test_server_get_n_written (TestServer *self); /* of /endless */
/* Holds back the answers to /held until it is opened. */
void test_server_open (TestServer *self);
guint test_server_get_n_held (TestServer *self);
/* What the latest request had. */
char *test_server_dup_last_header (TestServer *self, const char *name);
/* The paths that were asked for, in order. */
char *test_server_dup_log (TestServer *self);

/* The hostile server of the kit: one for the program; NULL (and the test is skipped) without. */
const char *hostile_get_uri (void);

/* Iterates the default context. */
#define NET_SECONDS 20
gboolean net_wait (ThawFuture *future); /* whether it completed in time */
#define net_assert_soon(condition)                                                                 \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 net_end_usec = g_get_monotonic_time () + NET_SECONDS * G_USEC_PER_SEC;                  \
    while (!(condition) && g_get_monotonic_time () < net_end_usec)                                 \
      net_iterate ();                                                                              \
    g_assert_true (condition);                                                                     \
  }                                                                                                \
  G_STMT_END
void net_iterate (void);
/* Consumes @future. */
ThawResponse *net_response (ThawFuture *future); /* must succeed */
void net_assert_error (ThawFuture *future, GQuark domain, int code);
/* Nothing is left: no exchange, place, fiber or job. */
void net_assert_idle (ThawHttp *http);
guint net_count_sockets (void); /* that are connected */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestServer, test_server_free)

G_END_DECLS
