/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An operation that does what a test tells it. It works on no files but those of "places": for each name of the request it
 * builds an empty file under a hidden name in the target folder, and places it by a step of its own.
 *
 * Options: "entries" i, so many to count up, one at each opening of the gate; "hangs" b, waits for the gate without looking at
 * anything else; "problems" i; "asks" i, so many conflicts; "full" b, the disk is full once; "fatal" b, the plan; "fails" b;
 * "bytes" x and "plan-entries" x, what the plan says; "gated" b, waits for the gate before each place; "light" by its id. */
#pragma once

#include "thaw-operation-kind-private.h"

void test_kind_register (void); /* "test", "test-light" */
/* Lets @n waits pass. */
void test_gate_open (guint n);
void test_gate_reset (void);
guint test_gate_get_n_waiting (void); /* threads that stand before it */
int test_kind_get_decision (guint i); /* of the last "asks" run; -1: none */
guint test_kind_get_n_tries (void);   /* of the last "full" run */
