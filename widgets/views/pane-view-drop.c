/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where what is dropped on a view goes. On a folder's entry it is that folder; on anything that is
 * in an expanded folder, be it a note, it is the expanded one; beside all entries it is the open
 * folder. A view that shows other folders beside its own says it by itself. Loop's thread only;
 * touches no file.
 */
#include "pane-view-private.h"

static GFile *
dup_location (PaneFolderModel *model)
{
  ThawFolder *folder = pane_folder_model_get_folder (model);

  return folder != NULL ? g_object_ref (thaw_folder_get_location (folder)) : NULL;
}

static gboolean
is_folder (PaneFolderModel *model, guint32 id)
{
  ThawEntryStore *store = pane_folder_model_get_store (model);

  return store != NULL && id < THAW_FIRST_NOTE && thaw_entry_store_is_folder (store, id);
}

/* For views: what pane_view_dup_drop_folder() returns for a row of theirs, an entry or a note. */
GFile *
pane_view_dup_drop_folder_of (PaneView *self, guint32 id, guint32 *place, gboolean *is_entry)
{
  PaneFolderModel *model = pane_view_get_model (self);
  guint32 parent;

  *place = id;
  *is_entry = is_folder (model, id);
  if (*is_entry)
    return pane_folder_model_dup_file (model, id);
  parent = pane_folder_model_get_parent_id (model, id);
  if (parent != THAW_NO_ENTRY)
    return pane_folder_model_dup_file (model, parent);
  *place = THAW_NO_ENTRY;
  return dup_location (model);
}

/**
 * pane_view_dup_drop_folder:
 * @self: a [class@Pane.View] with a model
 * @x: in the view's coordinates
 * @y: the same
 * @place: (out): what tells places of the view apart: pane_view_set_drop_entry() shows it;
 *   %THAW_NO_ENTRY: the open folder as a whole
 * @is_entry: (out): whether it is the entry of a folder that is there, which staying on it may open
 *
 * Finds the folder into which what is dropped at a point goes.
 *
 * Returns: (transfer full) (nullable): the folder; %NULL: the view shows none
 */
GFile *
pane_view_dup_drop_folder (PaneView *self, double x, double y, guint32 *place, gboolean *is_entry)
{
  g_return_val_if_fail (PANE_IS_VIEW (self), NULL);
  g_return_val_if_fail (pane_view_get_model (self) != NULL, NULL);

  if (PANE_VIEW_GET_CLASS (self)->dup_drop_folder != NULL)
    return PANE_VIEW_GET_CLASS (self)->dup_drop_folder (self, x, y, place, is_entry);
  return pane_view_dup_drop_folder_of (self, pane_view_get_entry_at (self, x, y), place, is_entry);
}

/**
 * pane_view_set_drop_entry:
 * @self: a [class@Pane.View]
 * @id: a place that pane_view_dup_drop_folder() gave, or %THAW_NO_ENTRY
 *
 * Shows where what is being dragged would go: of what is in an expanded folder, that folder.
 */
void
pane_view_set_drop_entry (PaneView *self, guint32 id)
{
  PaneFolderModel *model;

  g_return_if_fail (PANE_IS_VIEW (self));

  model = pane_view_get_model (self);
  if (model != NULL && id != THAW_NO_ENTRY && !is_folder (model, id)
      && pane_folder_model_get_parent_id (model, id) != THAW_NO_ENTRY)
    id = pane_folder_model_get_parent_id (model, id);
  if (PANE_VIEW_GET_CLASS (self)->set_drop_entry != NULL)
    PANE_VIEW_GET_CLASS (self)->set_drop_entry (self, id);
}
