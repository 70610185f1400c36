/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a watched loop does at this moment: a short stack of what was entered and not yet left, in a
 * record that the stall monitor owns. The loop writes it with relaxed stores, a nanosecond or two
 * each; a signal handler on the loop's own thread reads it whole, any other thread reads it as it
 * is, which is exact while the loop stands still. A thread that nobody watches has no record, and
 * then all of this is one load and a branch. Names are static or interned. For io only. */
#pragma once

#include <glib.h>
#include <stdatomic.h>

G_BEGIN_DECLS

#define THAW_NOW_MAX_DEPTH 8

typedef enum {
  THAW_NOW_MAILBOX,  /* func: its handler, data: what frees its messages */
  THAW_NOW_FIBER,    /* func: its body */
  THAW_NOW_CALLBACK, /* func: what was passed to then() and the like; name: the future's */
  THAW_NOW_TASK,     /* func: what a job or scope has to do on the loop */
  THAW_NOW_PLUGIN,   /* somebody else's code, named by its host */
} ThawNowKind;

typedef struct {
  _Atomic (ThawNowKind) kind;
  _Atomic (const char *) name;
  _Atomic (gpointer) func;
  _Atomic (gpointer) data;
} ThawNowEntry;

typedef struct {
  atomic_uint depth;          /* may exceed the maximum: what is deeper isn't recorded */
  _Atomic (gpointer) message; /* the one that was handed over last */
  ThawNowEntry entries[THAW_NOW_MAX_DEPTH];
} ThawNow;

/* Initial-exec: looked at for each turn of a mailbox. */
extern __thread ThawNow *thaw_now
    __attribute__ ((visibility ("hidden"), tls_model ("initial-exec")));

/* Returns what to pass to thaw_now_leave(). */
static inline guint
thaw_now_enter (ThawNowKind kind, const char *name, gpointer func, gpointer data)
{
  ThawNow *now = thaw_now;
  guint depth;

  if (now == NULL)
    return 0;
  depth = atomic_load_explicit (&now->depth, memory_order_relaxed);
  if (G_LIKELY (depth < THAW_NOW_MAX_DEPTH))
    {
      ThawNowEntry *entry = &now->entries[depth];

      atomic_store_explicit (&entry->kind, kind, memory_order_relaxed);
      atomic_store_explicit (&entry->name, name, memory_order_relaxed);
      atomic_store_explicit (&entry->func, func, memory_order_relaxed);
      atomic_store_explicit (&entry->data, data, memory_order_relaxed);
    }
  atomic_store_explicit (&now->depth, depth + 1, memory_order_release);
  return depth;
}

static inline void
thaw_now_leave (guint depth)
{
  if (thaw_now != NULL)
    atomic_store_explicit (&thaw_now->depth, depth, memory_order_release);
}

/* @now: thaw_now, read once for a whole batch. */
static inline void
thaw_now_set_message (ThawNow *now, gpointer message)
{
  if (now != NULL)
    atomic_store_explicit (&now->message, message, memory_order_relaxed);
}

/* Milliseconds coarse, a few nanoseconds: for ages. Microseconds, monotonic, real time always. */
gint64 thaw_now_get_coarse_usec (void);

G_END_DECLS
