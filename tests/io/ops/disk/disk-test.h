/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the tests of io/ops/disk: a scratch folder with some files, and whether two trees are the
 * same. */
#pragma once

#include "thaw-disk-private.h"

typedef struct {
  char *path; /* removed at the end of the test */
  ThawPlace *place;
} Scratch;

void scratch_set_up (Scratch *self, gconstpointer data);
void scratch_tear_down (Scratch *self, gconstpointer data);
/* @format: the path below the scratch folder. */
char *scratch_dup_path (Scratch *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
void scratch_write (Scratch *self, const char *name, gconstpointer bytes, gssize size);
void scratch_write_random (Scratch *self, const char *name, gsize size);
/* Ends the test when the command fails; it is run in the scratch folder. */
void scratch_run (Scratch *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
gboolean scratch_has (Scratch *self, const char *name);
/* Hidden names that are left in the scratch folder itself. */
guint scratch_count_hidden (Scratch *self);
/* A tree "tree" of folders, files, links, a hole and a FIFO. */
void scratch_make_tree (Scratch *self);
/* Types, bytes, modes, owners, times, link texts, numbers of links. */
void assert_same_trees (Scratch *self, const char *a, const char *b);
