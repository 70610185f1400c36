/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How much of a folder's order GTK sees: a stretch of it. Mostly that is all of it. While a view
 * makes or takes down row widgets the stretch is short (the cap), begins at what the user looks at
 * (the offset), or has blank rows at its end (the floor). GTK's row numbers count from the
 * beginning of the stretch; everybody else speaks of places in the order. Splices are at the tail,
 * and ahead of the rows that GTK has when entries came or went ahead of those (the shift). Loop's
 * thread only.
 */
#include "pane-folder-model-private.h"

static guint
get_n_behind_offset (PaneFolderModel *self)
{
  return self->order != NULL ? thaw_order_get_n (self->order) - self->offset : 0;
}

/* How many of the rows that GTK sees have an entry. */
guint
pane_folder_model_get_n_filled (PaneFolderModel *self)
{
  return MIN (self->n, get_n_behind_offset (self));
}

/* The entry of a row by GTK's number. */
guint32
pane_folder_model_get_slot_id (PaneFolderModel *self, guint slot)
{
  return slot < self->n ? pane_folder_model_get_id (self, slot + self->offset) : THAW_NO_ENTRY;
}

/* The floor keeps rows that are there, it makes none. */
static guint
wanted_length (PaneFolderModel *self)
{
  return MAX (MIN (get_n_behind_offset (self), self->cap), MIN (self->floor, self->n));
}

static void
cut_tail (PaneFolderModel *self, guint n)
{
  guint old_n = self->n;

  if (n >= old_n)
    return;
  self->n = n;
  pane_folder_model_drop_rows (self, n);
  g_list_model_items_changed (G_LIST_MODEL (self), n, old_n - n, 0);
}

/* If it is too long now. */
void
pane_folder_model_shrink (PaneFolderModel *self)
{
  cut_tail (self, wanted_length (self));
}

/* If it is too short now. */
void
pane_folder_model_grow (PaneFolderModel *self)
{
  guint old_n = self->n;
  guint n = wanted_length (self);

  if (n <= old_n)
    return;
  self->n = n;
  g_list_model_items_changed (G_LIST_MODEL (self), old_n, 0, n - old_n);
}

/* Whether somebody but us holds one of the rows that are to go. GTK would have to find another. */
static gboolean
holds_rows (PaneFolderModel *self, guint from, guint to)
{
  GHashTableIter iter;
  gpointer row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    if (PANE_ROW (row)->position >= from && PANE_ROW (row)->position < to
        && (row != self->scratch || G_OBJECT (row)->ref_count > 1))
      return TRUE;
  return FALSE;
}

/* Those from @from on; those from @at to there leave. */
static void
move_rows (PaneFolderModel *self, guint at, guint from, int shift)
{
  g_autoptr (GHashTable) old_rows = g_steal_pointer (&self->rows);
  GHashTableIter iter;
  gpointer value;

  self->rows = g_hash_table_new (NULL, NULL);
  g_hash_table_iter_init (&iter, old_rows);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      PaneRow *row = value;

      if (row->position >= from)
        row->position += shift;
      else if (row->position >= at)
        {
          pane_row_leave (row);
          continue;
        }
      g_hash_table_insert (self->rows, GUINT_TO_POINTER (row->position), row);
    }
}

/* The order is the new one already, and GTK may ask for any row meanwhile: the tail goes first, so
 * that there is never a row past the order's end. */
void
pane_folder_model_shift (PaneFolderModel *self)
{
  gint64 n = (gint64) thaw_order_get_n (self->order) - self->shift;
  guint n_added = MAX (self->shift, 0), n_removed = MAX (-self->shift, 0);
  guint from = self->shift_at + n_removed;

  if (self->shift == 0)
    return;
  if (self->cap != G_MAXUINT || self->floor > 0 || from >= MIN (self->n, n)
      || holds_rows (self, self->shift_at, from))
    {
      self->shift = 0;
      return;
    }
  cut_tail (self, n);
  self->n += self->shift;
  move_rows (self, self->shift_at, from, self->shift);
  g_list_model_items_changed (G_LIST_MODEL (self), self->shift_at, n_removed, n_added);
}

/**
 * pane_folder_model_set_shift:
 * @self: a [class@Pane.FolderModel]
 * @at: a row of GTK's
 * @shift: by how many rows, negative for upwards
 *
 * In handlers of [signal@Pane.FolderModel::will-publish]: has the coming order published with so
 * many rows more just before @at, or so many fewer from @at on, and the opposite at the tail. GTK
 * moves its rows along and finds those whose entries have moved as far unchanged: it scrolls, and
 * binds and draws none of them. Which rows are asked for makes no difference to what they show.
 *
 * It doesn't happen when another store's order comes, while GTK sees a part of the order only, or
 * when somebody holds one of the rows that would go.
 */
void
pane_folder_model_set_shift (PaneFolderModel *self, guint at, int shift)
{
  g_return_if_fail (PANE_IS_FOLDER_MODEL (self));
  g_return_if_fail (self->coming != NULL);

  self->shift_at = at;
  self->shift = shift;
}

/**
 * pane_folder_model_get_shift:
 * @self: a [class@Pane.FolderModel]
 *
 * Returns: by how many rows GTK's have moved in the latest publication
 */
int
pane_folder_model_get_shift (PaneFolderModel *self)
{
  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), 0);

  return self->shift;
}

/**
 * pane_folder_model_set_cap:
 * @self: a [class@Pane.FolderModel]
 * @cap: the most rows that GTK may see, %G_MAXUINT for no limit
 *
 * Limits how long the list model says it is. GTK makes two hundred row widgets at once for a long
 * list, so a view raises the cap a few rows a frame. Orders, selection and counts are not
 * concerned.
 */
void
pane_folder_model_set_cap (PaneFolderModel *self, guint cap)
{
  g_return_if_fail (PANE_IS_FOLDER_MODEL (self));

  self->cap = cap;
  pane_folder_model_shrink (self);
  pane_folder_model_grow (self);
}

/**
 * pane_folder_model_set_floor:
 * @self: a [class@Pane.FolderModel]
 * @floor: how many rows to keep, 0 for none
 *
 * Keeps rows that GTK sees at the moment when the order gets shorter than that, as blank rows
 * without an entry. GTK takes down the widgets of all rows that go at once, which lasts as long as
 * making them: a view lowers the floor a few rows a frame. Orders, selection and counts are not
 * concerned.
 */
void
pane_folder_model_set_floor (PaneFolderModel *self, guint floor)
{
  g_return_if_fail (PANE_IS_FOLDER_MODEL (self));

  self->floor = floor;
  pane_folder_model_shrink (self);
}

/**
 * pane_folder_model_set_offset:
 * @self: a [class@Pane.FolderModel]
 * @offset: a place in the order, before its end
 *
 * Has GTK's first row stand for the entry at @offset, with the others behind it: a capped list can
 * show any part of the order that way, at once and with the rows that there are. A new order begins
 * at 0 again. Only positions that come from GTK or go there are concerned, and only until the
 * offset is 0: see [method@Pane.FolderModel.get_offset].
 */
void
pane_folder_model_set_offset (PaneFolderModel *self, guint offset)
{
  g_return_if_fail (PANE_IS_FOLDER_MODEL (self));
  g_return_if_fail (offset == 0
                    || (self->order != NULL && offset < thaw_order_get_n (self->order)));

  if (self->offset == offset)
    return;
  self->offset = offset;
  pane_folder_model_shrink (self);
  pane_folder_model_repoint_rows (self, FALSE);
  pane_folder_model_grow (self);
  if (self->selection.n_ids > 0 && self->n > 0)
    gtk_selection_model_selection_changed (GTK_SELECTION_MODEL (self), 0, self->n);
}

/**
 * pane_folder_model_get_offset:
 * @self: a [class@Pane.FolderModel]
 *
 * Returns: the place in the order of GTK's first row; what to add to a row number of GTK's
 */
guint
pane_folder_model_get_offset (PaneFolderModel *self)
{
  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), 0);

  return self->offset;
}
