/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Marks: what took how long in the last seconds, in a ring that any thread writes without waiting
 * and any thread reads. Off until somebody asks for it, and then a mark costs some ten nanoseconds
 * and no reading of the clock: who marks has the times already. Messages are marked by the turn of
 * their mailbox, not one by one. Names are static or interned. For io only. */
#pragma once

#include <glib.h>
#include <stdatomic.h>

G_BEGIN_DECLS

#define THAW_MARKS_MAX 8192

typedef enum {
  THAW_MARK_MESSAGES, /* one turn of a mailbox; count: messages */
  THAW_MARK_FIBER,    /* from its start to its end */
  THAW_MARK_LANE_JOB, /* a body, on its worker */
  THAW_MARK_CPU_JOB,
  THAW_MARK_FRAME,
  THAW_MARK_STALL,
} ThawMarkKind;

typedef struct {
  guint64 serial; /* grows; from 1 on */
  ThawMarkKind kind;
  int thread; /* kernel's id */
  guint count;
  const char *name;
  gint64 begin_usec, length_usec;
} ThawMark;

extern atomic_bool thaw_marks_active __attribute__ ((visibility ("hidden")));

static inline gboolean
thaw_marks_are_active (void)
{
  return G_UNLIKELY (atomic_load_explicit (&thaw_marks_active, memory_order_relaxed));
}

/* Any thread; only while they are active. */
void thaw_marks_add (ThawMarkKind kind,
                     const char *name,
                     gint64 begin_usec,
                     gint64 end_usec,
                     guint count);

/* Counted: each start needs its stop. What was marked stays. */
void thaw_marks_start (void);
void thaw_marks_stop (void);
/* Called with each mark, on the thread that marks; NULL: none. */
typedef void (*ThawMarksSink) (const ThawMark *mark);
void thaw_marks_set_sink (ThawMarksSink sink);
/* Those that are left, oldest first. Any thread; marks made meanwhile may be missing. */
GArray *thaw_marks_copy (void) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
