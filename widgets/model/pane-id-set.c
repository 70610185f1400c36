/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The selection as a bitset over entry ids: 125 KB for a million entries, however many of them are
 * selected, where a set of objects or positions would cost a hundred megabytes or a walk at every
 * new order. It grows to the highest id ever put into it. Everything that touches many ids goes
 * over whole words or straight over an order's array of ids, so that selecting a million takes
 * about a millisecond. Loop's thread only; knows nothing of orders and models.
 */
#include "pane-id-set.h"

#include <string.h>

static void
grow_to (PaneIdSet *set, gsize n_words)
{
  gsize n_new;

  if (n_words <= set->n_words)
    return;
  n_new = MAX (n_words, MAX (16, set->n_words + set->n_words / 2));
  set->words = g_renew (guint64, set->words, n_new);
  memset (set->words + set->n_words, 0, (n_new - set->n_words) * sizeof (guint64));
  set->n_words = n_new;
}

static void
recount (PaneIdSet *set)
{
  guint32 n_ids = 0;

  for (gsize i = 0; i < set->n_words; i++)
    n_ids += __builtin_popcountll (set->words[i]);
  set->n_ids = n_ids + pane_id_runs_count (set);
}

void
pane_id_set_clear (PaneIdSet *set)
{
  if (set->n_ids > 0)
    memset (set->words, 0, set->n_words * sizeof (guint64));
  pane_id_runs_clear (set);
  set->n_ids = 0;
}

void
pane_id_set_free_words (PaneIdSet *set)
{
  g_clear_pointer (&set->words, g_free);
  pane_id_runs_clear (set);
  set->n_words = 0;
  set->n_ids = 0;
}

gboolean
pane_id_set_add (PaneIdSet *set, guint32 id)
{
  guint64 bit = G_GUINT64_CONSTANT (1) << (id % 64);

  if (id >= THAW_MAX_ENTRIES)
    return pane_id_runs_set (set, id, TRUE);
  grow_to (set, (gsize) id / 64 + 1);
  if ((set->words[id / 64] & bit) != 0)
    return FALSE;
  set->words[id / 64] |= bit;
  set->n_ids++;
  return TRUE;
}

gboolean
pane_id_set_remove (PaneIdSet *set, guint32 id)
{
  if (!pane_id_set_contains (set, id))
    return FALSE;
  if (id >= THAW_MAX_ENTRIES)
    return pane_id_runs_set (set, id, FALSE);
  set->words[id / 64] &= ~(G_GUINT64_CONSTANT (1) << (id % 64));
  set->n_ids--;
  return TRUE;
}

void
pane_id_set_add_all (PaneIdSet *set, const guint32 *ids, gsize n_ids, guint32 end)
{
  grow_to (set, (gsize) end / 64 + 1);
  for (gsize i = 0; i < n_ids; i++)
    {
      if (G_LIKELY (ids[i] < THAW_MAX_ENTRIES))
        set->words[ids[i] / 64] |= G_GUINT64_CONSTANT (1) << (ids[i] % 64);
      else
        pane_id_runs_set (set, ids[i], TRUE);
    }
  recount (set);
}

void
pane_id_set_remove_all (PaneIdSet *set, const guint32 *ids, gsize n_ids, guint32 end)
{
  grow_to (set, (gsize) end / 64 + 1);
  for (gsize i = 0; i < n_ids; i++)
    {
      if (G_LIKELY (ids[i] < THAW_MAX_ENTRIES))
        set->words[ids[i] / 64] &= ~(G_GUINT64_CONSTANT (1) << (ids[i] % 64));
      else
        pane_id_runs_set (set, ids[i], FALSE);
    }
  recount (set);
}

void
pane_id_set_toggle_all (PaneIdSet *set, const guint32 *ids, gsize n_ids, guint32 end)
{
  grow_to (set, (gsize) end / 64 + 1);
  for (gsize i = 0; i < n_ids; i++)
    {
      if (G_LIKELY (ids[i] < THAW_MAX_ENTRIES))
        set->words[ids[i] / 64] ^= G_GUINT64_CONSTANT (1) << (ids[i] % 64);
      else
        pane_id_runs_set (set, ids[i], !pane_id_runs_contain (set, ids[i]));
    }
  recount (set);
}

/* The bits of the last, partly used word that are below @n_ids. */
static guint64
rest_mask (guint32 n_ids)
{
  return (G_GUINT64_CONSTANT (1) << (n_ids % 64)) - 1;
}

void
pane_id_set_fill (PaneIdSet *set, guint32 n_ids)
{
  gsize n_full = n_ids / 64;

  grow_to (set, n_full + 1);
  memset (set->words, 0xff, n_full * sizeof (guint64));
  set->words[n_full] |= rest_mask (n_ids);
  recount (set);
}

void
pane_id_set_toggle_below (PaneIdSet *set, guint32 n_ids)
{
  gsize n_full = n_ids / 64;

  grow_to (set, n_full + 1);
  for (gsize i = 0; i < n_full; i++)
    set->words[i] = ~set->words[i];
  set->words[n_full] ^= rest_mask (n_ids);
  recount (set);
}

guint32
pane_id_set_next (const PaneIdSet *set, guint32 from)
{
  gsize word = from / 64;
  guint64 bits;

  if (word >= set->n_words)
    return pane_id_runs_next (set, from);
  bits = set->words[word] & ~rest_mask (from);
  while (bits == 0)
    {
      if (++word >= set->n_words)
        return pane_id_runs_next (set, from);
      bits = set->words[word];
    }
  return (guint32) (word * 64 + __builtin_ctzll (bits));
}
