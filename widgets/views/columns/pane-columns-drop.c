/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Dropping into the columns view: what is dropped on another column than the open folder's goes
 * into that column's folder, or into the folder of the entry there. Whether the place answers is
 * for whoever does the work to find out. The place that is hovered over is noted, because its mark
 * is asked for by a number: one that changes with the place. Loop's thread only; touches no file.
 */
#include "pane-columns-private.h"

/* The open folder's column, the preview and the room after the last one are the base's. */
static PaneColumn *
find_other_column (PaneColumnsView *self, double x, double y)
{
  GtkWidget *picked = gtk_widget_pick (GTK_WIDGET (self), x, y, GTK_PICK_DEFAULT);
  GtkWidget *column = picked != NULL ? gtk_widget_get_ancestor (picked, PANE_TYPE_COLUMN) : NULL;

  return column != NULL && column != GTK_WIDGET (self->current) ? PANE_COLUMN (column) : NULL;
}

static guint32
find_folder (PaneColumnsView *self, PaneView *list, double x, double y)
{
  ThawEntryStore *store = pane_folder_model_get_store (pane_view_get_model (list));
  graphene_point_t point;
  guint32 id;

  if (store == NULL
      || !gtk_widget_compute_point (GTK_WIDGET (self),
                                    GTK_WIDGET (list),
                                    &GRAPHENE_POINT_INIT ((float) x, (float) y),
                                    &point))
    return THAW_NO_ENTRY;
  id = pane_view_get_entry_at (list, point.x, point.y);
  return id != THAW_NO_ENTRY && thaw_entry_store_is_folder (store, id) ? id : THAW_NO_ENTRY;
}

static guint32
note_place (PaneColumnsView *self, PaneColumn *column, guint32 id)
{
  if (self->drop_column != column || self->drop_id != id)
    self->n_drop_places++;
  g_set_weak_pointer (&self->drop_column, column);
  self->drop_id = id;
  return THAW_MAX_ENTRIES + self->n_drop_places % THAW_MAX_ENTRIES;
}

GFile *
pane_columns_view_dup_drop_folder (PaneView *view,
                                   double x,
                                   double y,
                                   guint32 *place,
                                   gboolean *is_entry)
{
  PaneColumnsView *self = PANE_COLUMNS_VIEW (view);
  PaneColumn *column = find_other_column (self, x, y);
  PaneColumnsFolder *folder;
  guint32 id;

  if (column == NULL)
    return self->base_class->dup_drop_folder (view, x, y, place, is_entry);
  folder = pane_columns_get_folder (column);
  id = find_folder (self, pane_columns_folder_get_list (folder), x, y);
  *place = note_place (self, column, id);
  *is_entry = id != THAW_NO_ENTRY;
  if (*is_entry)
    return pane_view_dup_file (pane_columns_folder_get_list (folder), id);
  return g_object_ref (pane_columns_folder_get_location (folder));
}

static void
mark (PaneColumn *column, guint32 id, gboolean is_all)
{
  PaneColumnsFolder *folder = pane_columns_get_folder (column);

  pane_view_set_drop_entry (pane_columns_folder_get_list (folder), id);
  if (is_all)
    gtk_widget_add_css_class (GTK_WIDGET (folder), "pane-drop");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (folder), "pane-drop");
}

/* Of the noted place, or of the open folder's. */
void
pane_columns_view_set_drop_entry (PaneView *view, guint32 id)
{
  PaneColumnsView *self = PANE_COLUMNS_VIEW (view);
  gboolean is_other = THAW_IS_BRANCH_ID (id) && self->drop_column != NULL;

  if (self->marked_column != NULL)
    mark (self->marked_column, THAW_NO_ENTRY, FALSE);
  g_clear_weak_pointer (&self->marked_column);
  self->base_class->set_drop_entry (view, is_other ? THAW_NO_ENTRY : id);
  if (!is_other)
    return;
  g_set_weak_pointer (&self->marked_column, self->drop_column);
  mark (self->drop_column, self->drop_id, self->drop_id == THAW_NO_ENTRY);
}
