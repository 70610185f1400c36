/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How ids of branches are given out, for the store and for orders. */
#pragma once

#include "thaw-branch.h"
#include "thaw-order-private.h"

G_BEGIN_DECLS

/* Ids are given to branches in chunks, none of them twice in a trunk's life: an id that somebody still has never comes to
 * mean another file. */
#define THAW_CHUNK_SHIFT 12
G_STATIC_ASSERT (1 << THAW_CHUNK_SHIFT == THAW_BRANCH_RUN);
#define THAW_CHUNK_MASK ((1u << THAW_CHUNK_SHIFT) - 1)
#define THAW_N_CHUNKS ((THAW_FIRST_NOTE - THAW_MAX_ENTRIES) >> THAW_CHUNK_SHIFT)

typedef struct {
  ThawBranch *branch; /* atomic; not owned; NULL: not given out, or cut */
  guint32 first;      /* the branch's own id of the first; constant once given out */
} ThawChunk;

struct _ThawBranchTable {
  guint32 n_used;
  ThawChunk chunks[THAW_N_CHUNKS]; /* pages that aren't used aren't memory */
};

struct _ThawBranch {
  int ref_count; /* atomic, visible to ThreadSanitizer */
  ThawEntryStore *trunk;
  ThawEntryStore *store;
  GFile *location;
  GArray *chunks; /* guint32: which of the trunk's are ours; the loop's thread */
  gboolean is_cut;
};

static inline guint32
_thaw_chunk_of (guint32 id)
{
  return (id - THAW_MAX_ENTRIES) >> THAW_CHUNK_SHIFT;
}

/* Ids below @n_own have their chunks. FALSE: there are no more. */
gboolean _thaw_branch_reserve (ThawBranch *self, guint32 n_own);

G_END_DECLS
