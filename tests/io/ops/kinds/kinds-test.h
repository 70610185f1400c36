/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the tests of operations: a folder of their own with a queue and its journal beside it, trees
 * written as text, and trees read back as text. */
#pragma once

#include "thaw-operation.h"

#include "task-test.h"

typedef struct {
  char *folder; /* where the test works */
  char *state;  /* of the journal */
  ThawOperationQueue *queue;
} Fixture;

void fixture_set_up (Fixture *self, gconstpointer data);
void fixture_tear_down (Fixture *self, gconstpointer data);
/* The queue goes and comes back, as if the program had been started again. */
void fixture_restart (Fixture *self);

/* All paths are relative to the folder. "name/" is a folder, "name=content" a file, "name->text" a
 * link, NULL ends. */
void make_tree (Fixture *self, ...) G_GNUC_NULL_TERMINATED;
void make_entry (Fixture *self, const char *entry);
/* As make_tree() would take it, sorted, separated by spaces; nothing hidden. */
char *read_tree (Fixture *self, const char *top);
/* With modes, times and hidden names too: for telling whether all is as it was. */
char *read_exactly (const char *path);
void assert_tree (Fixture *self, const char *top, const char *expected);
/* Nothing of an operation is left, kept stores aside. */
void assert_no_litter (Fixture *self);

void remove_all (const char *path);

GFile *get_file (Fixture *self, const char *name);
ThawOperationRequest *
new_request (Fixture *self, const char *kind, const char *target, ...) G_GNUC_NULL_TERMINATED;
/* Takes @request; runs it until it is over. */
ThawOperation *run_request (Fixture *self, ThawOperationRequest *request);
ThawOperation *run_operation (ThawOperation *operation);
void assert_done (ThawOperation *operation);
/* run_request() that must succeed. */
void do_request (Fixture *self, ThawOperationRequest *request);
void undo (Fixture *self);
void redo (Fixture *self);

#define TEST(path, function)                                                                       \
  g_test_add (path, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
