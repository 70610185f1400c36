/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is around the open folder in the columns view: the folders that lead to it, of which those
 * that are there already stay as they are, and after it the folder that the user is at, or the
 * preview of the file. A folder that keys only pass by isn't listed. Loop's thread only; touches no
 * file.
 */
#include "pane-columns-private.h"

#define BESIDE_MSEC 80

static PaneFolderModel *
get_model (PaneColumnsView *self)
{
  return pane_view_get_model (PANE_VIEW (self));
}

GFile *
pane_columns_view_get_location (PaneColumnsView *self)
{
  return self->folder != NULL ? thaw_folder_get_location (self->folder) : NULL;
}

PaneColumnsFolder *
pane_columns_get_folder (PaneColumn *column)
{
  return PANE_COLUMNS_FOLDER (pane_column_get_child (column));
}

gboolean
pane_columns_is_at (PaneColumn *column, GFile *location)
{
  return column != NULL && location != NULL
         && g_file_equal (pane_columns_folder_get_location (pane_columns_get_folder (column)),
                          location);
}

/* Columns */

void
pane_columns_view_resized_cb (PaneColumn *column, int width, PaneColumnsView *self)
{
  self->width = width;
  pane_view_settings_changed (PANE_VIEW (self));
}

/* The folder that was open just now is listed already, in the order that the user has given it. */
static ThawFolder *
make_folder (PaneColumnsView *self, GFile *location)
{
  ThawFolder *folder;
  ThawOrderSpec spec = { 0 };

  if (self->left != NULL && g_file_equal (thaw_folder_get_location (self->left), location))
    return g_object_ref (self->left);
  folder = thaw_folder_new (location);
  thaw_order_spec_copy (&spec, thaw_folder_get_spec (self->folder));
  g_clear_pointer (&spec.filter, g_free);
  thaw_folder_set_spec (folder, &spec);
  thaw_order_spec_clear (&spec);
  return folder;
}

static PaneColumn *
make_column (PaneColumnsView *self, GFile *location, const char *leading)
{
  g_autoptr (ThawFolder) folder = make_folder (self, location);
  PaneColumnsFolder *beside = pane_columns_folder_new (folder);
  PaneColumn *column = pane_column_new (GTK_WIDGET (beside), self->width);

  pane_view_set_zoom (pane_columns_folder_get_list (beside), pane_view_get_zoom (PANE_VIEW (self)));
  pane_columns_folder_follow_spec (beside, thaw_folder_get_spec (self->folder));
  pane_columns_folder_set_leading (beside, leading);
  if (folder == self->left)
    pane_columns_folder_keep_place (beside, self->left_id, self->left_y);
  g_signal_connect (column, "resized", G_CALLBACK (pane_columns_view_resized_cb), self);
  return column;
}

/* One that is there already: it stays as it is. NULL: there is none. */
static PaneColumn *
take_column (PaneColumnsView *self, GPtrArray *columns, GFile *location)
{
  if (pane_columns_is_at (self->beside, location))
    return g_steal_pointer (&self->beside);
  for (guint i = 0; i < columns->len; i++)
    if (pane_columns_is_at (g_ptr_array_index (columns, i), location))
      return g_ptr_array_remove_index (columns, i);
  return NULL;
}

static void
drop_columns (GPtrArray *columns)
{
  for (guint i = 0; i < columns->len; i++)
    gtk_widget_unparent (g_ptr_array_index (columns, i));
  g_ptr_array_unref (columns);
}

void
pane_columns_view_put_before (PaneColumnsView *self, GPtrArray *chain)
{
  GPtrArray *old = g_steal_pointer (&self->before);
  GtkWidget *last = NULL;

  self->before = g_ptr_array_new ();
  for (guint i = 0; i < chain->len; i++)
    {
      GFile *location = g_ptr_array_index (chain, i);
      GFile *next = i + 1 < chain->len ? g_ptr_array_index (chain, i + 1)
                                       : pane_columns_view_get_location (self);
      g_autofree char *leading = g_file_get_basename (next);
      PaneColumn *column = take_column (self, old, location);

      if (column == NULL)
        column = make_column (self, location, leading);
      pane_columns_folder_set_leading (pane_columns_get_folder (column), leading);
      pane_columns_strip_put (self->strip, GTK_WIDGET (column), last);
      g_ptr_array_add (self->before, column);
      last = GTK_WIDGET (column);
    }
  pane_columns_strip_put (self->strip, GTK_WIDGET (self->current), last);
  drop_columns (old);
}

/* After the open folder */

void
pane_columns_view_drop_beside (PaneColumnsView *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->beside == NULL)
    return;
  gtk_widget_unparent (GTK_WIDGET (g_steal_pointer (&self->beside)));
  gtk_widget_queue_resize (GTK_WIDGET (self->strip));
}

void
pane_columns_view_drop_preview (PaneColumnsView *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->preview), FALSE);
  pane_columns_preview_show (self->preview, NULL, NULL, THAW_NO_ENTRY);
}

void
pane_columns_view_show_folder (PaneColumnsView *self, GFile *location)
{
  pane_columns_view_drop_preview (self);
  if (pane_columns_is_at (self->beside, location))
    return;
  pane_columns_view_drop_beside (self);
  self->beside = make_column (self, location, NULL);
  pane_columns_strip_put (self->strip, GTK_WIDGET (self->beside), GTK_WIDGET (self->current));
  pane_columns_strip_reveal (self->strip);
}

GFile *
pane_columns_view_dup_focus_file (PaneColumnsView *self, gboolean *is_folder)
{
  guint32 id = pane_folder_model_get_focus_id (get_model (self));
  GFile *file = pane_view_dup_file (PANE_VIEW (self), id);

  *is_folder = file != NULL
               && thaw_entry_store_is_folder (pane_folder_model_get_store (get_model (self)), id);
  return file;
}

static void
beside_cb (gpointer data)
{
  PaneColumnsView *self = data;
  gboolean is_folder;
  g_autoptr (GFile) file = pane_columns_view_dup_focus_file (self, &is_folder);

  self->timer = 0;
  if (is_folder)
    pane_columns_view_show_folder (self, file);
}

static void
show_file (PaneColumnsView *self, GFile *file)
{
  GtkWidget *preview = GTK_WIDGET (self->preview);
  gboolean is_other = pane_columns_preview_show (self->preview,
                                                 file,
                                                 pane_folder_model_get_store (get_model (self)),
                                                 pane_folder_model_get_focus_id (get_model (self)));

  pane_columns_view_drop_beside (self);
  if (!is_other && gtk_widget_get_visible (preview))
    return;
  gtk_widget_set_visible (preview, TRUE);
  pane_columns_strip_reveal (self->strip);
}

/* What is there stays until it is known that the keys rest. */
static void
await_folder (PaneColumnsView *self)
{
  guint32 id = pane_folder_model_get_focus_id (get_model (self));

  if (self->timer != 0 && self->awaited_id == id)
    return;
  g_clear_handle_id (&self->timer, g_source_remove);
  self->awaited_id = id;
  self->timer = g_timeout_add_once (BESIDE_MSEC, beside_cb, self);
}

void
pane_columns_view_show_focus (PaneColumnsView *self)
{
  gboolean is_folder;
  g_autoptr (GFile) file = pane_columns_view_dup_focus_file (self, &is_folder);

  if (file != NULL && !is_folder)
    show_file (self, file);
  else if (is_folder && !pane_columns_is_at (self->beside, file))
    await_folder (self);
  else if (is_folder)
    pane_columns_view_drop_preview (self);
  else if (self->wanted == NULL)
    {
      pane_columns_view_drop_beside (self);
      pane_columns_view_drop_preview (self);
    }
}
