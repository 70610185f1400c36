/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A WebDAV server for tests: one folder, on this machine's own address, with faults to order. */
#pragma once

#include <gio/gio.h>

typedef struct _DavServer DavServer;

typedef enum {
  DAV_ANSWERS,
  DAV_ASKS,   /* for the user's name "me" and the password "secret" */
  DAV_SILENT, /* takes requests and says nothing until it is set to something else */
} DavMood;

/* @names: of its files, as they stand in a URI */
DavServer *dav_server_new (const char *const *names);
void dav_server_free (DavServer *self);
void dav_server_set_mood (DavServer *self, DavMood mood);
char *dav_server_dup_uri (DavServer *self);
guint dav_server_get_n_requests (DavServer *self);
