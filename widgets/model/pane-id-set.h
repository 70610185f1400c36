/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A set of entry ids as a growing bitset, counted. Ids of branches are kept in runs of their own; notes are in no set.
 * Private to the model. */
#pragma once

#include "thaw.h"

G_BEGIN_DECLS

typedef struct {
  guint64 *words;
  gsize n_words;
  guint32 n_ids; /* how many ids are in the set */
  guint64 **runs; /* ids of branches, THAW_BRANCH_RUN in each; or NULL */
  guint32 n_runs;
} PaneIdSet;

void pane_id_set_clear (PaneIdSet *set);                  /* empties it, keeps the memory */
void pane_id_set_free_words (PaneIdSet *set);             /* empties it, gives the memory back */
gboolean pane_id_set_add (PaneIdSet *set, guint32 id);    /* TRUE: it was not in it */
gboolean pane_id_set_remove (PaneIdSet *set, guint32 id); /* TRUE: it was in it */
/* All of @ids that are of no branch are below @end. */
void pane_id_set_add_all (PaneIdSet *set, const guint32 *ids, gsize n_ids, guint32 end);
void pane_id_set_remove_all (PaneIdSet *set, const guint32 *ids, gsize n_ids, guint32 end);
void pane_id_set_toggle_all (PaneIdSet *set, const guint32 *ids, gsize n_ids, guint32 end);
/* The same for every id below @n_ids at once. */
void pane_id_set_fill (PaneIdSet *set, guint32 n_ids);
void pane_id_set_toggle_below (PaneIdSet *set, guint32 n_ids);
/* The smallest id of the set that is at least @from, G_MAXUINT32 for none. */
guint32 pane_id_set_next (const PaneIdSet *set, guint32 from);

/* Of branches, in pane-id-runs.c. */
gboolean pane_id_runs_contain (const PaneIdSet *set, guint32 id);
gboolean pane_id_runs_set (PaneIdSet *set, guint32 id, gboolean in); /* TRUE: it was the opposite */
guint32 pane_id_runs_count (const PaneIdSet *set);
void pane_id_runs_clear (PaneIdSet *set);
guint32 pane_id_runs_next (const PaneIdSet *set, guint32 from);
/* Takes out the ids of branches that @store doesn't know any more. */
void pane_id_runs_drop_cut (PaneIdSet *set, ThawEntryStore *store);

static inline gboolean
pane_id_set_contains (const PaneIdSet *set, guint32 id)
{
  gsize word = id / 64;

  if (G_UNLIKELY (id >= THAW_MAX_ENTRIES))
    return pane_id_runs_contain (set, id);
  return word < set->n_words && (set->words[word] >> (id % 64) & 1) != 0;
}

G_END_DECLS
