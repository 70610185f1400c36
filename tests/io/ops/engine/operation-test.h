/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of operations and their queue share: a state folder, a target and a queue. */
#pragma once

#include "task-test.h"
#include "test-kind.h"
#include "thaw-operation-private.h"

typedef struct {
  char *folder, *state, *target;
  ThawOperationQueue *queue;
} TestOperation;

void test_operation_set_up (TestOperation *self, gconstpointer data);
void test_operation_tear_down (TestOperation *self, gconstpointer data);
/* A request of the kind "test" with these options, as a{sv} in GVariant's text format. */
ThawOperationRequest *test_operation_make (const char *format, ...);
/* Takes @request. */
ThawOperation *test_operation_submit (TestOperation *self, ThawOperationRequest *request);
/* One that makes these files, up to NULL. */
ThawOperation *test_operation_submit_places (TestOperation *self, gboolean gated, const char *first, ...) G_GNUC_NULL_TERMINATED;
gboolean test_operation_is_over (ThawOperation *operation);
gboolean test_operation_is_there (TestOperation *self, const char *name);
guint test_operation_count_files (TestOperation *self); /* in the target, hidden ones included */
gboolean test_operation_is_nothing_left (void);

#define run_until_state(operation, wanted)                                                         \
  run_until (thaw_operation_get_state (operation) == (wanted))
