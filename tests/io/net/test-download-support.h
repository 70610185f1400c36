/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the tests of downloads: the hostile server, a folder of each test's own, and what is in both.
 * Without the server (no kit) `uri` is NULL, and a test that needs it is skipped. */
#pragma once

#include "test-net-support.h"

#include "thaw-download.h"

G_BEGIN_DECLS

typedef struct {
  const char *uri; /* of the hostile server */
  ThawHttp *http;
  ThawScope *scope;
  char *path;
  GFile *folder;
} DownloadFixture;

void download_set_up (DownloadFixture *self, gconstpointer data);
void download_tear_down (DownloadFixture *self, gconstpointer data);

/* @path: on the server. */
ThawFuture *
download_start (DownloadFixture *self, const char *path, const ThawDownloadOptions *options);
/* Consumes @future, which must succeed. Returns the file's path. */
char *download_finish (ThawFuture *future);

/* How many files there are whose names begin so. */
guint download_count_prefix (DownloadFixture *self, const char *prefix);
#define download_count_files(self) download_count_prefix (self, "")
#define download_count_hidden(self) download_count_prefix (self, ".")
void download_remove_files (DownloadFixture *self);

/* SHA-256 in hexadecimal, of a file and of what the server has in its files of this size. */
char *download_sum_of_file (const char *path, gsize *n);
char *download_sum_of_server (DownloadFixture *self, gsize n);

#define DOWNLOAD_ADD(name, function)                                                               \
  g_test_add ("/download/" name,                                                                   \
              DownloadFixture,                                                                     \
              NULL,                                                                                \
              download_set_up,                                                                     \
              function,                                                                            \
              download_tear_down)

G_END_DECLS
