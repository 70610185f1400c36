/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guard: a library that is preloaded into tests and ends them when the loop's thread makes a
 * call that may block. See thaw-guard.c; the test that sees to it that nothing is missed is
 * test-guard.c. It links nothing of GLib, so that shells and servers which inherit it don't notice.
 *
 *   $THAW_GUARD      the folders of the programs that are guarded, with colons; no other program is
 *   $THAW_GUARD_LOG  a file to which violations are added instead of ending the program
 *
 * Three files: thaw-guard.c knows when the loop's code runs, guard-calls.c stands in for the calls,
 * guard-report.c decides who made one and says so. */
#pragma once

#include <stdbool.h>

#define GUARD_EXPORT __attribute__ ((visibility ("default")))
/* Who asks for a wait longer than this means it. */
#define GUARD_WAIT_MSEC 5
/* A lock that is held for no longer: who held it was put aside on a busy machine. */
#define GUARD_LOCK_MSEC 50

/* Looked up on the first call, since one may come before any constructor has run. */
#define REAL(function)                                                                             \
  ({                                                                                               \
    static __typeof__ (function) *real;                                                            \
    if (real == NULL)                                                                              \
      real = (__typeof__ (function) *) dlsym (RTLD_NEXT, #function);                               \
    real;                                                                                          \
  })

/* Whether this thread runs code of the loop now, and isn't in the loop's own poll. */
bool guard_is_watching (void);
/* Looks the other way until it is set back; returns what to set. */
bool guard_set_blind (bool blind);
/* @path: what the call is about, or NULL. Returns if it is allowed, or only logged. */
void guard_refuse (const char *call, const char *path);
