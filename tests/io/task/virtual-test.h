/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For tests under virtual time: each runs in one of its own, and leaves no task behind. */
#pragma once

#include "task-test.h"
#include "thaw-clock.h"

static ThawVirtualTime *test_virtual_time;

static inline void
virtual_begin (guint64 seed)
{
  test_virtual_time = thaw_virtual_time_new (seed);
}

/* -1: until nothing can run any more. */
static inline void
virtual_run (gint64 until_usec)
{
  thaw_virtual_time_run (test_virtual_time, until_usec);
}

static inline void
virtual_end (void)
{
  virtual_run (-1);
  assert_nothing_left ();
  g_clear_pointer (&test_virtual_time, thaw_virtual_time_free);
}
