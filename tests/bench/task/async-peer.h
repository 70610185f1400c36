/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A contender of bench-async, as a process of its own: it reads lines `JOB N FIRST` and answers
 * each with the microseconds that N of it took, by the clock and of CPU time, or with `none` and
 * why. What a job needs is prepared outside of the time, as is freeing what it has got. */
#pragma once

#include <gio/gio.h>

#define READ_AT_ONCE 64
#define GET_AT_ONCE 10
#define BODY_BYTES 1024
#define FILE_BYTES 4096
#define LOOKUP_SQL "SELECT name, age FROM users WHERE id = ?"

/* What the jobs are about. */
typedef struct {
  char **paths;
  GFile **files;
  guint n_files;
  const char *uri, *database;
  guint first;        /* key of the first look-up */
  gpointer *contents; /* what was read goes here, freed by @free_contents after the time is taken */
  GDestroyNotify free_contents;
} Peer;

typedef struct {
  const char *name;
  void (*run) (Peer *self, guint n);
  void (*prepare) (Peer *self); /* nullable: once, before the first */
} PeerJob;

/* Ends with its input. */
int peer_main (int argc, char **argv, const PeerJob *jobs, gsize n_jobs);

/* Runs the default main context until @n_left is 0. */
void peer_run_until_none_is_left (const guint *n_left);

/* The bare way of reading one file: its contents, of FILE_BYTES. */
char *peer_read_plainly (const char *path);

/* async-soup.c: libsoup alone. GET_AT_ONCE at a time. */
void soup_prepare (Peer *self);
void soup_run (Peer *self, guint n);

/* async-sqlite.c: one connection and one prepared statement. A look-up blocks; from any thread,
 * but one at a time. */
void sqlite_prepare (Peer *self);
void sqlite_look_up (guint key);
