/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The node: 16 bytes that carry one message through a mailbox. Nodes are carved from a slab of the
 * posting thread by moving a pointer, and given back by the consumer, which only counts: a slab
 * whose nodes have all come back is free. There is no list of free nodes, hence no ABA problem, and
 * a flood's memory goes away by itself. */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdint.h>

G_BEGIN_DECLS

#define THAW_SLAB_BYTES 32768
#define THAW_NODE_BITS ((uintptr_t) 15)
/* Set in a node's own `next`: its data is a slot of the keyed table, see thaw-mailbox-keyed.c. The
 * data itself can't carry a mark, since a message may be any value. */
#define THAW_NODE_KEYED ((uintptr_t) 1)

typedef struct {
  uintptr_t next; /* node, with THAW_NODE_BITS for marks and a mailbox's sentinels */
  gpointer data;
} ThawNode;

typedef struct {
  ThawNode *next;
  ThawNode *end;
} ThawNodeCursor;

/* Initial-exec: a post is a few nanoseconds, which a call to __tls_get_addr would double. Sixteen
 * bytes fit into what the loader keeps for libraries that are loaded late. */
extern __thread ThawNodeCursor thaw_node_cursor
    __attribute__ ((visibility ("hidden"), tls_model ("initial-exec")));

void thaw_node_refill (void);

static inline ThawNode *
thaw_node_new (void)
{
  if (G_UNLIKELY (thaw_node_cursor.next == thaw_node_cursor.end))
    thaw_node_refill ();

  return thaw_node_cursor.next++;
}

/* Takes back the newest node of this thread, which nobody else has seen. */
static inline void
thaw_node_undo (ThawNode *node)
{
  thaw_node_cursor.next = node;
}

static inline ThawNode *
thaw_node_at (uintptr_t link)
{
  return (ThawNode *) (link & ~THAW_NODE_BITS);
}

/* Collects the nodes that a consumer is done with, so that it pays for one atomic operation per run
 * of nodes of one slab. A few runs at once: the messages of several producers come interleaved. */
#define THAW_RECLAIM_RUNS 8

typedef struct _ThawSlab ThawSlab;

typedef struct {
  ThawSlab *slabs[THAW_RECLAIM_RUNS];
  guint n_nodes[THAW_RECLAIM_RUNS];
} ThawReclaim;

void thaw_reclaim_flush (ThawReclaim *self);
void thaw_reclaim_turn (ThawReclaim *self, guint run, ThawSlab *slab);

static inline void
thaw_reclaim_add (ThawReclaim *self, ThawNode *node)
{
  ThawSlab *slab = (ThawSlab *) ((uintptr_t) node & ~(uintptr_t) (THAW_SLAB_BYTES - 1));
  guint run = ((uintptr_t) slab / THAW_SLAB_BYTES) % THAW_RECLAIM_RUNS;

#ifdef __SANITIZE_ADDRESS__
  node->data = NULL; /* a message that leaks after delivery must not be found here */
#endif
  if (G_UNLIKELY (self->slabs[run] != slab))
    thaw_reclaim_turn (self, run, slab);
  self->n_nodes[run]++;
}

/* For tests and benchmarks: slabs that exist, cached ones included. Any thread. */
guint thaw_node_get_n_slabs (void);
guint thaw_node_get_max_cached_slabs (void);

G_END_DECLS
