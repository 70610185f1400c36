/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The registry of views: what the build found in the folders under views/, in the order of their
 * ranks. The table comes from the build (pane-view-table.h), so that no source names a view. Loop's
 * thread only.
 */
#include "pane-view.h"

#include "pane-view-table.h"

#define N_VIEWS (G_N_ELEMENTS (pane_view_table))

static int
compare_ranks (gconstpointer a, gconstpointer b, gpointer unused)
{
  const PaneViewInfo *x = *(const PaneViewInfo *const *) a;
  const PaneViewInfo *y = *(const PaneViewInfo *const *) b;

  return x->rank != y->rank ? x->rank - y->rank : g_strcmp0 (x->id, y->id);
}

/**
 * pane_view_registry_list:
 * @n_infos: (out) (optional): how many
 *
 * Lists the views that there are, by rank.
 *
 * Returns: (array length=n_infos) (transfer none): descriptions, static
 */
const PaneViewInfo *const *
pane_view_registry_list (guint *n_infos)
{
  static const PaneViewInfo *sorted[N_VIEWS];

  if (sorted[0] == NULL)
    {
      memcpy (sorted, pane_view_table, sizeof (sorted));
      g_sort_array (sorted, N_VIEWS, sizeof (sorted[0]), compare_ranks, NULL);
    }
  if (n_infos != NULL)
    *n_infos = N_VIEWS;
  return sorted;
}

/**
 * pane_view_registry_find:
 * @id: (nullable): what a view calls itself
 *
 * Returns: (transfer none) (nullable): its description, %NULL when there is no such view
 */
const PaneViewInfo *
pane_view_registry_find (const char *id)
{
  guint n_infos;
  const PaneViewInfo *const *infos = pane_view_registry_list (&n_infos);

  for (guint i = 0; i < n_infos; i++)
    {
      if (g_strcmp0 (infos[i]->id, id) == 0)
        return infos[i];
    }
  return NULL;
}

/**
 * pane_view_registry_create:
 * @id: (nullable): what a view calls itself; the first one if there is no such view
 *
 * Makes a view.
 *
 * Returns: (transfer floating): the view, without a model
 */
PaneView *
pane_view_registry_create (const char *id)
{
  const PaneViewInfo *info = pane_view_registry_find (id);

  if (info == NULL)
    info = pane_view_registry_list (NULL)[0];
  return g_object_new (info->get_type (), NULL);
}
