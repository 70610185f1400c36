/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Views that don't show all of their folder, such as the duplicates: what the user means by all, by
 * the next one or by the other ones is among what is shown, and nothing is selected that can't be
 * seen. Loop's thread only.
 */
#include "pane-view.h"

/**
 * pane_view_dup_shown:
 * @self: a [class@Pane.View]
 *
 * Returns: (transfer full) (nullable): the places in the order whose entries the view shows, in
 *   sight or not; %NULL if those are all
 */
GtkBitset *
pane_view_dup_shown (PaneView *self)
{
  g_return_val_if_fail (PANE_IS_VIEW (self), NULL);

  if (pane_view_get_model (self) == NULL || PANE_VIEW_GET_CLASS (self)->dup_shown == NULL)
    return NULL;
  return PANE_VIEW_GET_CLASS (self)->dup_shown (self);
}

/**
 * pane_view_shows:
 * @self: a [class@Pane.View]
 * @id: an entry
 *
 * Returns: whether the view shows the entry, in sight or not
 */
gboolean
pane_view_shows (PaneView *self, guint32 id)
{
  g_autoptr (GtkBitset) shown = NULL;
  guint position;

  g_return_val_if_fail (PANE_IS_VIEW (self), FALSE);

  if (pane_view_get_model (self) == NULL)
    return FALSE;
  position = pane_folder_model_find (pane_view_get_model (self), id);
  shown = pane_view_dup_shown (self);
  return position != GTK_INVALID_LIST_POSITION
         && (shown == NULL || gtk_bitset_contains (shown, position));
}

static void
select_places (PaneFolderModel *model, GtkBitset *places)
{
  GtkBitsetIter iter;
  guint position;
  gboolean only = TRUE;

  if (gtk_bitset_is_empty (places))
    gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (model));
  for (gboolean is_valid = gtk_bitset_iter_init_first (&iter, places, &position); is_valid;
       is_valid = gtk_bitset_iter_next (&iter, &position))
    {
      pane_folder_model_select_id (model, pane_folder_model_get_id (model, position), only);
      only = FALSE;
    }
}

/**
 * pane_view_select_all:
 * @self: a [class@Pane.View]
 *
 * Selects everything that the view shows.
 */
void
pane_view_select_all (PaneView *self)
{
  PaneFolderModel *model;
  g_autoptr (GtkBitset) shown = NULL;

  g_return_if_fail (PANE_IS_VIEW (self));

  model = pane_view_get_model (self);
  shown = pane_view_dup_shown (self);
  if (model != NULL && shown == NULL)
    gtk_selection_model_select_all (GTK_SELECTION_MODEL (model));
  else if (model != NULL)
    select_places (model, shown);
}

/**
 * pane_view_invert_selection:
 * @self: a [class@Pane.View]
 *
 * Selects what wasn't selected, of what the view shows.
 */
void
pane_view_invert_selection (PaneView *self)
{
  PaneFolderModel *model;
  g_autoptr (GtkBitset) shown = NULL;
  g_autoptr (GArray) ids = NULL;

  g_return_if_fail (PANE_IS_VIEW (self));

  model = pane_view_get_model (self);
  shown = pane_view_dup_shown (self);
  if (model == NULL)
    return;
  if (shown == NULL)
    {
      pane_folder_model_invert_selection (model);
      return;
    }
  ids = pane_folder_model_dup_selected_ids (model);
  for (guint i = 0; i < ids->len; i++)
    gtk_bitset_remove (shown, pane_folder_model_find (model, g_array_index (ids, guint32, i)));
  select_places (model, shown);
}
