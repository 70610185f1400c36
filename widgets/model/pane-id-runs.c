/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ids of branches in a set of ids. They lie far above those of the folder's own entries, with
 * gaps between them, so each run of them that anything is in the set of has its own words. Runs go
 * when their branch is cut. Ids of notes, which are no entries, are never in a set: whatever
 * selects, selects files. Loop's thread only.
 */
#include "pane-id-set.h"

#include <string.h>

#define N_WORDS (THAW_BRANCH_RUN / 64)

static guint32
get_run (guint32 id)
{
  return (id - THAW_MAX_ENTRIES) / THAW_BRANCH_RUN;
}

static guint64 *
ensure_words (PaneIdSet *set, guint32 id)
{
  guint32 run = get_run (id);

  if (run >= set->n_runs)
    {
      guint32 n = MAX (run + 1, set->n_runs + set->n_runs / 2);

      set->runs = g_renew (guint64 *, set->runs, n);
      memset (set->runs + set->n_runs, 0, (n - set->n_runs) * sizeof (guint64 *));
      set->n_runs = n;
    }
  if (set->runs[run] == NULL)
    set->runs[run] = g_new0 (guint64, N_WORDS);
  return set->runs[run];
}

gboolean
pane_id_runs_contain (const PaneIdSet *set, guint32 id)
{
  guint32 run = get_run (id);

  return run < set->n_runs && set->runs[run] != NULL
         && (set->runs[run][id % THAW_BRANCH_RUN / 64] >> (id % 64) & 1) != 0;
}

gboolean
pane_id_runs_set (PaneIdSet *set, guint32 id, gboolean in)
{
  if (!THAW_IS_BRANCH_ID (id) || pane_id_runs_contain (set, id) == in)
    return FALSE;
  ensure_words (set, id)[id % THAW_BRANCH_RUN / 64] ^= G_GUINT64_CONSTANT (1) << (id % 64);
  set->n_ids += in ? 1 : -1;
  return TRUE;
}

static guint32
count_run (const guint64 *words)
{
  guint32 n_ids = 0;

  for (guint i = 0; words != NULL && i < N_WORDS; i++)
    n_ids += __builtin_popcountll (words[i]);
  return n_ids;
}

guint32
pane_id_runs_count (const PaneIdSet *set)
{
  guint32 n_ids = 0;

  for (guint32 i = 0; i < set->n_runs; i++)
    n_ids += count_run (set->runs[i]);
  return n_ids;
}

void
pane_id_runs_clear (PaneIdSet *set)
{
  for (guint32 i = 0; i < set->n_runs; i++)
    g_free (set->runs[i]);
  g_clear_pointer (&set->runs, g_free);
  set->n_runs = 0;
}

guint32
pane_id_runs_next (const PaneIdSet *set, guint32 from)
{
  guint32 run = get_run (MAX (from, THAW_MAX_ENTRIES));
  guint32 first = from > THAW_MAX_ENTRIES ? from % THAW_BRANCH_RUN : 0;

  for (; run < set->n_runs; run++, first = 0)
    for (guint32 i = first; set->runs[run] != NULL && i < THAW_BRANCH_RUN; i++)
      if ((set->runs[run][i / 64] >> (i % 64)) != 0)
        return THAW_MAX_ENTRIES + run * THAW_BRANCH_RUN + (i & ~63u)
               + (guint32) __builtin_ctzll (set->runs[run][i / 64]
                                            & (~G_GUINT64_CONSTANT (0) << (i % 64)));
      else
        i |= 63;
  return G_MAXUINT32;
}

void
pane_id_runs_drop_cut (PaneIdSet *set, ThawEntryStore *store)
{
  for (guint32 i = 0; i < set->n_runs; i++)
    {
      if (set->runs[i] == NULL
          || thaw_entry_store_get_branch (store, THAW_MAX_ENTRIES + i * THAW_BRANCH_RUN, NULL)
                 != NULL)
        continue;
      set->n_ids -= count_run (set->runs[i]);
      g_clear_pointer (&set->runs[i], g_free);
    }
}
