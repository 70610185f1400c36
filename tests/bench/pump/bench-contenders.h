/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ways of getting a message from other threads to a loop that the pump is compared with. */
#pragma once

#include <glib.h>

/* Has @n_producers threads post @n_messages in all to the calling thread, which handles them, and
 * returns nanoseconds a message from the start of the threads to the last message handled; 0 if
 * this contender isn't there. */
typedef double (*BenchThroughput) (guint n_producers, guint n_messages);

double bench_pump (guint n_producers, guint n_messages);
double bench_pump_wait (guint n_producers, guint n_messages); /* bounded, producers wait */
double bench_invoke (guint n_producers, guint n_messages);
double bench_uv (guint n_producers, guint n_messages);
double bench_rust (guint n_producers, guint n_messages); /* of a child process */

/* Nanoseconds from posting one message to an idle loop until it is handled, @n_samples times. */
void bench_pump_latency (gint64 *samples, guint n_samples);
void bench_idle_latency (gint64 *samples, guint n_samples);

/* Where the compiled Rust program is, if there is one. */
extern const char *bench_rust_program;

gint64 bench_now_nsec (void);
