/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of io/pump and its tests share. Two sides meet here: the producers' (any thread,
 * atomics only) and the loop's (the thread that owns the pump's context, plain fields). Lock order:
 * a mailbox's keyed_lock, its room_lock, the pump's lock; none is held while a handler or destroy
 * function runs, except keyed_lock around a merge function. */
#pragma once

#include <pthread.h>

#include "thaw-clock-private.h"
#include "thaw-error.h"
#include "thaw-mailbox.h"
#include "thaw-node-private.h"

G_BEGIN_DECLS

#define THAW_CACHE_LINE __attribute__ ((aligned (64)))

/* A mailbox's head: its newest node, or a sentinel, and how many messages wait, in one word. So a
 * post is one compare-and-swap, and the bound is exact. User space has 48 bits of address, of which
 * a node's alignment leaves 44. */
typedef guint64 ThawHead;

#define THAW_HEAD_COUNT_BITS 20
#define THAW_HEAD_MAX_COUNT ((ThawHead) THAW_MAILBOX_MAX_CAPACITY)
G_STATIC_ASSERT (THAW_MAILBOX_MAX_CAPACITY == (1u << THAW_HEAD_COUNT_BITS) - 1);
#define THAW_HEAD_SENTINEL(n) ((ThawHead) (n) << THAW_HEAD_COUNT_BITS)
#define THAW_HEAD_IDLE THAW_HEAD_SENTINEL (0)   /* not scheduled: who posts must schedule it */
#define THAW_HEAD_BUSY THAW_HEAD_SENTINEL (1)   /* scheduled or being drained */
#define THAW_HEAD_CLOSED THAW_HEAD_SENTINEL (2) /* final */

static inline guint
thaw_head_count (ThawHead head)
{
  return head & THAW_HEAD_MAX_COUNT;
}

static inline gboolean
thaw_head_is_closed (ThawHead head)
{
  return head - thaw_head_count (head) == THAW_HEAD_CLOSED;
}

/* NULL for a sentinel. */
static inline ThawNode *
thaw_head_node (ThawHead head)
{
  ThawHead node = head >> THAW_HEAD_COUNT_BITS;

  return node < 4 ? NULL : (ThawNode *) (uintptr_t) (node << 4);
}

/* Puts @node in front of @head. The count of an unbounded mailbox stops at its maximum. */
static inline ThawHead
thaw_head_push (ThawHead head, ThawNode *node)
{
  guint count = thaw_head_count (head);

  return (ThawHead) (uintptr_t) node << (THAW_HEAD_COUNT_BITS - 4)
         | (count + (count < THAW_HEAD_MAX_COUNT));
}

/* A pump's `ready` without mailboxes; otherwise it is the mailbox that was scheduled last. */
#define THAW_READY_AWAKE ((uintptr_t) 0)    /* the loop looks again before it sleeps */
#define THAW_READY_SLEEPING ((uintptr_t) 2) /* who schedules must wake the loop */
#define THAW_READY_DEAD ((uintptr_t) 4)     /* the context is gone */

/* A counter with one writer at a time, which any thread may read. */
typedef _Atomic (guint64) ThawCounter;

static inline void
thaw_counter_add (ThawCounter *self, guint64 n)
{
  atomic_store_explicit (self,
                         atomic_load_explicit (self, memory_order_relaxed) + n,
                         memory_order_relaxed);
}

static inline gboolean
thaw_counter_max (ThawCounter *self, guint64 value)
{
  if (value <= atomic_load_explicit (self, memory_order_relaxed))
    return FALSE;
  atomic_store_explicit (self, value, memory_order_relaxed);
  return TRUE;
}

static inline guint64
thaw_counter_get (ThawCounter *self)
{
  return atomic_load_explicit (self, memory_order_relaxed);
}

/* The statistics of all mailboxes of one name; lives as long as its pump. */
typedef struct {
  const char *name; /* interned */
  _Atomic (guint) priority;
  guint n_mailboxes; /* under the pump's lock */
  ThawCounter n_handled, n_dropped, max_depth;
  ThawCounter n_batches, wait_total_usec, wait_max_usec;
  ThawCounter handling_total_usec, handling_max_usec;
  ThawCounter n_refused, n_coalesced; /* many writers: atomic additions */
} ThawTally;

struct _ThawMailbox {
  /* What a post touches, on one cache line. */
  _Atomic (ThawHead) head;
  guint capacity;
  atomic_uint n_waiting; /* threads and callbacks that wait for room */
  atomic_uint ref_count;
  ThawMailbox *ready_next; /* who schedules, then the loop */
  ThawPump *pump;          /* owned */

  /* The loop's side, and what never changes. */
  ThawNode *batch THAW_CACHE_LINE;     /* oldest first */
  ThawNode *incoming;                  /* taken, newest first, not turned around yet */
  ThawNode *turned;                    /* the part of it that is */
  ThawNode *refused;                   /* what came before it closed, newest first */
  guint n_unsettled;                   /* handled, but still counted as waiting */
  atomic_uint n_taken;                 /* unbounded ones: waiting, and no longer counted in head */
  _Atomic (gint64) waiting_since_usec; /* nothing that is queued is older */
  gboolean in_ring;
  atomic_bool is_shut;
  ThawHandler handler;
  gpointer user_data;
  GDestroyNotify free_user_data; /* nullable; with the last reference, or when it closes */
  GDestroyNotify free_message;
  ThawPriority priority;
  GList ring_link;
  const char *name; /* interned */
  ThawTally *tally;
  GObject *owner;  /* weak */
  GList list_link; /* in the pump's list of all, under its lock */
  gboolean in_list;

  ThawMerge merge;
  pthread_mutex_t keyed_lock;
  GHashTable *slots; /* key -> ThawSlot, under keyed_lock; NULL before the first keyed post */

  pthread_mutex_t room_lock;
  pthread_cond_t room;
  GQueue room_calls;    /* ThawRoomCall, under room_lock */
  guint n_room_pending; /* released, not called yet; under room_lock */
};

struct _ThawPump {
  _Atomic (uintptr_t) ready THAW_CACHE_LINE;

  /* The loop's side. */
  GQueue rings[THAW_N_PRIORITIES] THAW_CACHE_LINE; /* ThawMailbox.ring_link; hold references */
  gint64 neglected_since_usec[THAW_N_PRIORITIES];  /* its turn came last, or its ring filled */
  gint64 slice_usec;
  gint64 frame_due_usec;
  gint64 deadline_usec;      /* of the slice under way, 0 outside */
  gint64 now_usec;           /* newest reading of the clock */
  gboolean is_aged;          /* the slice under way is one that was starved for */
  gint64 prompt_usec;        /* when the highest class was last served ahead of a redraw */
  gint64 pending_since_usec; /* work was seen without a slice since, 0 if none */
  ThawReclaim reclaim;

  _Atomic (const char *) current_name;
  _Atomic (gint64) current_since_usec;
  ThawCounter n_slices, n_aged_slices, n_wakeups, n_handled;
  ThawCounter busy_usec, longest_slice_usec, longest_handler_usec;
  _Atomic (const char *) longest_handler;

  atomic_uint ref_count;
  ThawMailbox *errands; /* owned */
  pthread_mutex_t lock;
  GMainContext *context; /* under lock when not on the loop; NULL once it is gone */
  GQueue mailboxes;      /* under lock */
  GPtrArray *tallies;    /* under lock; owned */
};

/* thaw-pump.c */
ThawPump *thaw_pump_ref (ThawPump *self);
void thaw_pump_unref (ThawPump *self);
gboolean thaw_pump_acquire (ThawPump *self);
void thaw_pump_release (ThawPump *self);
/* Any thread, takes a reference on @mailbox: its turn will come. */
void thaw_pump_schedule (ThawPump *self, ThawMailbox *mailbox);
/* Any thread: calls @func on the loop as a message. @func owns @user_data; @destroy frees it if the
 * pump dies first. */
void thaw_pump_post_errand (ThawPump *self,
                            GSourceOnceFunc func,
                            gpointer user_data,
                            GDestroyNotify destroy);

/* thaw-pump-slice.c: the loop. */
/* The pump that runs a slice on this thread, the innermost one. */
extern __thread ThawPump *thaw_pump_running
    __attribute__ ((visibility ("hidden"), tls_model ("initial-exec")));
gboolean thaw_pump_has_work (ThawPump *self);
gboolean thaw_pump_fall_asleep (ThawPump *self); /* FALSE: there is work */
void thaw_pump_run_slice (ThawPump *self, gboolean aged);
gboolean thaw_pump_has_prompt (ThawPump *self, gint64 now_usec);
void thaw_pump_run_prompt (ThawPump *self);
void thaw_pump_leave_ring (ThawPump *self, ThawMailbox *mailbox);

/* thaw-pump-stats.c: under the pump's lock, or taking it. */
ThawTally *thaw_pump_add_mailbox (ThawPump *self, ThawMailbox *mailbox);
void thaw_pump_remove_mailbox (ThawPump *self, ThawMailbox *mailbox);
ThawMailbox *thaw_pump_steal_mailbox (ThawPump *self); /* (transfer full): any one that is open */

/* thaw-mailbox.c */
ThawMailbox *thaw_mailbox_ref_unless_gone (ThawMailbox *self);
void thaw_mailbox_set_owner (ThawMailbox *self, GObject *owner);
void thaw_mailbox_shut (ThawMailbox *self); /* closes, on the loop or when there is none */

/* thaw-mailbox-queue.c */
typedef enum {
  THAW_POST_DONE,
  THAW_POST_FULL,
  THAW_POST_CLOSED,
} ThawPostResult;

ThawPostResult thaw_mailbox_push (ThawMailbox *self, gpointer data, uintptr_t mark);
gboolean thaw_mailbox_refuse_posts (ThawMailbox *self);
/* The loop: makes `batch` non-empty if there is something, as far as @until_usec allows. */
gboolean thaw_mailbox_take (ThawMailbox *self, gint64 now_usec, gint64 until_usec);
gboolean thaw_mailbox_retire (ThawMailbox *self);
void thaw_mailbox_uncount (ThawMailbox *self, guint n);
void thaw_mailbox_turn_some (ThawMailbox *self);

/* thaw-mailbox-drop.c: of a mailbox that refuses posts. The loop; nobody else has a reference. */
void thaw_mailbox_drop (ThawMailbox *self);
void thaw_mailbox_drop_all (ThawMailbox *self);

/* thaw-mailbox-keyed.c */
gpointer thaw_mailbox_take_slot (ThawMailbox *self, gpointer slot);

/* thaw-mailbox-room.c */
void thaw_mailbox_init_room (ThawMailbox *self);
void thaw_mailbox_clear_room (ThawMailbox *self);
void thaw_mailbox_settle (ThawMailbox *self);
void thaw_mailbox_tell_room (ThawMailbox *self);

G_END_DECLS
