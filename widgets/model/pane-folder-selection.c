/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The selection of a folder model: GTK asks and tells by position, the set is kept by id, so that a
 * new order costs nothing and what is selected stays selected. Entries that a filter hides keep
 * their bit but are neither counted nor returned. "Everything" and "nothing" are answered without
 * looking at entries; other walks go over the order's array, never over objects. Loop's thread
 * only.
 */
#include "pane-folder-model-private.h"

#include <string.h>

/* Fewer than one in so many selected: look each of them up instead of walking the order. */
#define SPARSE 8

static const guint32 *
get_ids (PaneFolderModel *self)
{
  return self->order != NULL ? thaw_order_get_ids (self->order) : NULL;
}

static guint32
get_n_ordered (PaneFolderModel *self)
{
  return self->order != NULL ? thaw_order_get_n (self->order) : 0;
}

/* One more than the highest id that was ever handed out. */
static guint32
get_end (PaneFolderModel *self)
{
  return thaw_entry_store_get_n (thaw_order_get_store (self->order));
}

/* Whether every id that was ever handed out is shown: then sets of ids and of rows are the same. */
static gboolean
is_complete (PaneFolderModel *self)
{
  return self->order != NULL && thaw_order_get_n (self->order) == get_end (self)
         && !thaw_order_is_composed (self->order);
}

static guint
count_sparse (PaneFolderModel *self)
{
  guint n = 0;

  for (guint32 id = pane_id_set_next (&self->selection, 0); id != G_MAXUINT32;
       id = pane_id_set_next (&self->selection, id + 1))
    n += thaw_order_find (self->order, id) != THAW_NO_ENTRY;
  return n;
}

static guint
count_dense (PaneFolderModel *self)
{
  const guint32 *ids = get_ids (self);
  guint n_ordered = get_n_ordered (self);
  guint n = 0;

  for (guint i = 0; i < n_ordered; i++)
    n += pane_id_set_contains (&self->selection, ids[i]);
  return n;
}

static guint
count_selected (PaneFolderModel *self)
{
  if (self->order == NULL || self->selection.n_ids == 0)
    return 0;
  if (is_complete (self))
    return self->selection.n_ids;
  if (self->selection.n_ids < get_n_ordered (self) / SPARSE)
    return count_sparse (self);
  return count_dense (self);
}

/**
 * pane_folder_model_get_n_selected:
 * @self: a [class@Pane.FolderModel]
 *
 * Counts the entries that are selected and shown. The count is kept, so that asking again costs
 * nothing; the first call after a new order with a filter may take a millisecond per million
 * entries.
 *
 * Returns: how many
 */
guint
pane_folder_model_get_n_selected (PaneFolderModel *self)
{
  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), 0);

  if (!self->n_selected_valid)
    {
      self->n_selected = count_selected (self);
      self->n_selected_valid = TRUE;
    }
  return self->n_selected;
}

/**
 * pane_folder_model_is_id_selected:
 * @self: a [class@Pane.FolderModel]
 * @id: an entry
 *
 * Returns: whether the entry is selected, shown or not
 */
gboolean
pane_folder_model_is_id_selected (PaneFolderModel *self, guint32 id)
{
  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), FALSE);

  return pane_id_set_contains (&self->selection, id);
}

static void
all_changed (PaneFolderModel *self)
{
  if (self->n > 0)
    gtk_selection_model_selection_changed (GTK_SELECTION_MODEL (self), 0, self->n);
}

/* Everything may have changed and has to be counted again. */
static void
many_changed (PaneFolderModel *self)
{
  self->n_selected_valid = FALSE;
  all_changed (self);
}

/* One entry changed: the count, if there is one, goes along. */
static void
one_changed (PaneFolderModel *self, guint position, int difference)
{
  self->n_selected += difference;
  gtk_selection_model_selection_changed (GTK_SELECTION_MODEL (self), position, 1);
}

static void
add_shown (PaneFolderModel *self, guint position, guint n_items)
{
  if (n_items == get_n_ordered (self) && is_complete (self))
    pane_id_set_fill (&self->selection, n_items);
  else
    pane_id_set_add_all (&self->selection, get_ids (self) + position, n_items, get_end (self));
}

/**
 * pane_folder_model_select_id:
 * @self: a [class@Pane.FolderModel]
 * @id: an entry
 * @only: whether to unselect everything else, hidden entries included
 *
 * Selects an entry, shown or not, and makes it the start of the next range.
 */
void
pane_folder_model_select_id (PaneFolderModel *self, guint32 id, gboolean only)
{
  guint slot;

  g_return_if_fail (PANE_IS_FOLDER_MODEL (self));
  g_return_if_fail (id != THAW_NO_ENTRY);

  self->anchor_id = id;
  if (only && !(self->selection.n_ids == 1 && pane_id_set_contains (&self->selection, id)))
    {
      pane_id_set_clear (&self->selection);
      pane_id_set_add (&self->selection, id);
      many_changed (self);
      return;
    }
  if (!pane_id_set_add (&self->selection, id))
    return;
  /* One before the offset wraps around and so is none of GTK's, either. */
  slot = pane_folder_model_find (self, id) - self->offset;
  if (slot < pane_folder_model_get_n_filled (self))
    one_changed (self, slot, 1);
  else
    self->n_selected_valid = FALSE;
}

/**
 * pane_folder_model_invert_selection:
 * @self: a [class@Pane.FolderModel]
 *
 * Selects what is shown and not selected, and unselects the rest of what is shown. Entries that a
 * filter hides keep what they have.
 */
void
pane_folder_model_invert_selection (PaneFolderModel *self)
{
  guint n_ordered;

  g_return_if_fail (PANE_IS_FOLDER_MODEL (self));

  n_ordered = get_n_ordered (self);
  if (n_ordered == 0)
    return;
  if (is_complete (self))
    pane_id_set_toggle_below (&self->selection, n_ordered);
  else
    pane_id_set_toggle_all (&self->selection, get_ids (self), n_ordered, get_end (self));
  if (thaw_order_is_composed (self->order))
    self->n_selected_valid = FALSE; /* notes can't be selected */
  else if (self->n_selected_valid)
    self->n_selected = n_ordered - self->n_selected;
  all_changed (self);
}

static int
compare_positions (gconstpointer a, gconstpointer b)
{
  guint32 x = *(const guint32 *) a;
  guint32 y = *(const guint32 *) b;

  return x < y ? -1 : x > y;
}

/* Few selected: their positions, sorted, turned back into ids. */
static void
collect_sparse (PaneFolderModel *self, GArray *ids)
{
  for (guint32 id = pane_id_set_next (&self->selection, 0); id != G_MAXUINT32;
       id = pane_id_set_next (&self->selection, id + 1))
    {
      guint32 position = thaw_order_find (self->order, id);

      if (position != THAW_NO_ENTRY)
        g_array_append_val (ids, position);
    }
  g_array_sort (ids, compare_positions);
  for (guint i = 0; i < ids->len; i++)
    g_array_index (ids, guint32, i)
        = thaw_order_get_id (self->order, g_array_index (ids, guint32, i));
}

/* Many: no branch for each, which nobody could foresee. */
static void
collect_dense (PaneFolderModel *self, GArray *ids)
{
  const guint32 *from = get_ids (self);
  guint n_ordered = get_n_ordered (self), n = 0;
  guint32 *to;

  g_array_set_size (ids, n_ordered);
  to = (guint32 *) (gpointer) ids->data;
  if (is_complete (self) && self->selection.n_ids == n_ordered)
    {
      memcpy (to, from, n_ordered * sizeof *to);
      return;
    }
  for (guint i = 0; i < n_ordered; i++)
    {
      to[n] = from[i];
      n += pane_id_set_contains (&self->selection, from[i]);
    }
  g_array_set_size (ids, n);
}

/**
 * pane_folder_model_dup_selected_ids:
 * @self: a [class@Pane.FolderModel]
 *
 * Collects the entries that are selected and shown, from top to bottom. A million of them take a
 * few milliseconds.
 *
 * Returns: (transfer full) (element-type guint32): the ids
 */
GArray *
pane_folder_model_dup_selected_ids (PaneFolderModel *self)
{
  guint n_ordered;
  GArray *selected;

  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), NULL);

  n_ordered = get_n_ordered (self);
  if (n_ordered == 0 || self->selection.n_ids == 0)
    return g_array_new (FALSE, FALSE, sizeof (guint32));
  if (self->selection.n_ids < n_ordered / SPARSE)
    {
      selected = g_array_new (FALSE, FALSE, sizeof (guint32));
      collect_sparse (self, selected);
      return selected;
    }
  selected = g_array_sized_new (FALSE, FALSE, sizeof (guint32), n_ordered);
  collect_dense (self, selected);
  return selected;
}

/**
 * pane_folder_model_get_anchor_id:
 * @self: a [class@Pane.FolderModel]
 *
 * Returns where the user's next range selection starts: what was selected or unselected last, one
 * by one.
 *
 * Returns: the id, or %THAW_NO_ENTRY
 */
guint32
pane_folder_model_get_anchor_id (PaneFolderModel *self)
{
  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), THAW_NO_ENTRY);

  return self->anchor_id;
}

/**
 * pane_folder_model_set_anchor_id:
 * @self: a [class@Pane.FolderModel]
 * @id: an entry
 *
 * Has the user's next range selection start there, without selecting it.
 */
void
pane_folder_model_set_anchor_id (PaneFolderModel *self, guint32 id)
{
  g_return_if_fail (PANE_IS_FOLDER_MODEL (self));

  self->anchor_id = id;
}

/**
 * pane_folder_model_hold_selection:
 * @self: a [class@Pane.FolderModel]
 * @hold: whether to ignore what GTK says
 *
 * While held, selecting and unselecting through [iface@Gtk.SelectionModel] succeeds without
 * changing anything. GTK's lists keep the start of a range as a row number and have no call to move
 * it other than selecting a row: a view that follows an entry to its new row does so under hold.
 */
void
pane_folder_model_hold_selection (PaneFolderModel *self, gboolean hold)
{
  g_return_if_fail (PANE_IS_FOLDER_MODEL (self));

  self->selection_held = hold;
}

static gboolean
is_selected (GtkSelectionModel *model, guint position)
{
  PaneFolderModel *self = PANE_FOLDER_MODEL (model);

  return position < pane_folder_model_get_n_filled (self)
         && pane_id_set_contains (&self->selection, pane_folder_model_get_slot_id (self, position));
}

static void
add_runs (PaneFolderModel *self, GtkBitset *result, guint position, guint n_items)
{
  const guint32 *ids = get_ids (self) + self->offset;
  guint run = 0;

  for (guint i = position; i < position + n_items; i++)
    {
      if (pane_id_set_contains (&self->selection, ids[i]))
        {
          run++;
          continue;
        }
      if (run > 0)
        gtk_bitset_add_range (result, i - run, run);
      run = 0;
    }
  if (run > 0)
    gtk_bitset_add_range (result, position + n_items - run, run);
}

static GtkBitset *
get_selection_in_range (GtkSelectionModel *model, guint position, guint n_items)
{
  PaneFolderModel *self = PANE_FOLDER_MODEL (model);
  GtkBitset *result = gtk_bitset_new_empty ();
  guint n_selected;

  if (position >= pane_folder_model_get_n_filled (self))
    return result;
  n_items = MIN (n_items, pane_folder_model_get_n_filled (self) - position);
  n_selected = pane_folder_model_get_n_selected (self);
  if (n_selected == get_n_ordered (self))
    gtk_bitset_add_range (result, position, n_items);
  else if (n_selected > 0)
    add_runs (self, result, position, n_items);
  return result;
}

static gboolean
select_item (GtkSelectionModel *model, guint position, gboolean unselect_rest)
{
  PaneFolderModel *self = PANE_FOLDER_MODEL (model);

  if (position < pane_folder_model_get_n_filled (self) && !self->selection_held)
    pane_folder_model_select_id (self,
                                 pane_folder_model_get_slot_id (self, position),
                                 unselect_rest);
  return TRUE;
}

static gboolean
unselect_item (GtkSelectionModel *model, guint position)
{
  PaneFolderModel *self = PANE_FOLDER_MODEL (model);
  guint32 id;

  if (position >= pane_folder_model_get_n_filled (self) || self->selection_held)
    return TRUE;
  id = pane_folder_model_get_slot_id (self, position);
  self->anchor_id = id;
  if (pane_id_set_remove (&self->selection, id))
    one_changed (self, position, -1);
  return TRUE;
}

static gboolean
select_range (GtkSelectionModel *model, guint position, guint n_items, gboolean unselect_rest)
{
  PaneFolderModel *self = PANE_FOLDER_MODEL (model);

  if (self->selection_held || position >= pane_folder_model_get_n_filled (self))
    return TRUE;
  if (unselect_rest)
    pane_id_set_clear (&self->selection);
  add_shown (self,
             position + self->offset,
             MIN (n_items, pane_folder_model_get_n_filled (self) - position));
  many_changed (self);
  return TRUE;
}

static gboolean
unselect_range (GtkSelectionModel *model, guint position, guint n_items)
{
  PaneFolderModel *self = PANE_FOLDER_MODEL (model);

  if (self->selection_held || position >= pane_folder_model_get_n_filled (self))
    return TRUE;
  n_items = MIN (n_items, pane_folder_model_get_n_filled (self) - position);
  pane_id_set_remove_all (&self->selection,
                          get_ids (self) + self->offset + position,
                          n_items,
                          get_end (self));
  many_changed (self);
  return TRUE;
}

/* Also what the cap still keeps from GTK: the user means the folder, not the widgets made so far.
 */
static gboolean
select_all (GtkSelectionModel *model)
{
  PaneFolderModel *self = PANE_FOLDER_MODEL (model);

  if (self->selection_held || get_n_ordered (self) == 0)
    return TRUE;
  add_shown (self, 0, get_n_ordered (self));
  self->n_selected = get_n_ordered (self);
  self->n_selected_valid = !thaw_order_is_composed (self->order); /* notes can't be selected */
  all_changed (self);
  return TRUE;
}

static gboolean
unselect_all (GtkSelectionModel *model)
{
  PaneFolderModel *self = PANE_FOLDER_MODEL (model);

  if (self->selection_held || self->selection.n_ids == 0)
    return TRUE;
  pane_id_set_clear (&self->selection);
  self->n_selected = 0;
  self->n_selected_valid = TRUE;
  all_changed (self);
  return TRUE;
}

static void
apply_mask (PaneFolderModel *self, GtkBitset *selected, GtkBitset *mask)
{
  guint n_filled = pane_folder_model_get_n_filled (self);
  GtkBitsetIter iter;
  guint position;

  for (gboolean more = gtk_bitset_iter_init_first (&iter, mask, &position);
       more && position < n_filled;
       more = gtk_bitset_iter_next (&iter, &position))
    {
      guint32 id = pane_folder_model_get_slot_id (self, position);

      if (gtk_bitset_contains (selected, position))
        pane_id_set_add (&self->selection, id);
      else
        pane_id_set_remove (&self->selection, id);
    }
}

/* The rubber band: without modifiers its mask is the whole list, which is not walked. */
static gboolean
set_selection (GtkSelectionModel *model, GtkBitset *selected, GtkBitset *mask)
{
  PaneFolderModel *self = PANE_FOLDER_MODEL (model);
  guint n_filled = pane_folder_model_get_n_filled (self);

  if (self->selection_held || n_filled == 0)
    return TRUE;
  if (gtk_bitset_get_size_in_range (mask, 0, n_filled - 1) == n_filled)
    {
      pane_id_set_clear (&self->selection);
      apply_mask (self, selected, selected);
    }
  else
    apply_mask (self, selected, mask);
  many_changed (self);
  return TRUE;
}

void
pane_folder_selection_iface_init (GtkSelectionModelInterface *iface)
{
  iface->is_selected = is_selected;
  iface->get_selection_in_range = get_selection_in_range;
  iface->select_item = select_item;
  iface->unselect_item = unselect_item;
  iface->select_range = select_range;
  iface->unselect_range = unselect_range;
  iface->select_all = select_all;
  iface->unselect_all = unselect_all;
  iface->set_selection = set_selection;
}
