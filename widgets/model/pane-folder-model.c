/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PaneFolderModel: a folder as GTK's lists want it, without an object per entry. GTK sees *slots*:
 * a row object is a place in the list, and only the places that GTK holds have one. A new order of
 * a million entries is published by pointing those two hundred rows at other entries; the only
 * splices are at the tail and ahead of the rows that GTK has, and each only adds or only removes,
 * because GTK walks every added row of a splice that removes a row it keeps track of (225 ms per
 * million). Selection and focus are kept
 * by entry id and so need nothing when the order changes; the selection is in
 * pane-folder-selection.c. Loop's thread only; touches no file.
 */
#include "pane-folder-model-private.h"

/* How far around a vanished entry its nearest neighbour is looked for. */
#define NEAR 2048
/* A longer list of changed entries than this isn't matched with the rows held: all of those are
 * redrawn. */
#define MAX_MATCHED 4096

enum {
  PROP_0,
  PROP_FOLDER,
  N_PROPS,
};

enum {
  SIGNAL_WILL_PUBLISH,
  SIGNAL_PUBLISHED,
  SIGNAL_ENTRIES_CHANGED,
  SIGNAL_FOCUS_CHANGED,
  N_SIGNALS,
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

static void list_model_iface_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (PaneFolderModel,
                               pane_folder_model,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_iface_init)
                                   G_IMPLEMENT_INTERFACE (GTK_TYPE_SELECTION_MODEL,
                                                          pane_folder_selection_iface_init))

/* Rows */

void
pane_folder_model_forget_row (PaneFolderModel *self, PaneRow *row)
{
  g_hash_table_remove (self->rows, GUINT_TO_POINTER (row->position));
}

/* The row made last, if nobody but the model holds it: walks over the whole list then need one
 * object. */
static PaneRow *
reuse_scratch (PaneFolderModel *self, guint position, guint32 id)
{
  PaneRow *row = self->scratch;

  if (row == NULL || G_OBJECT (row)->ref_count != 1)
    return NULL;
  if (row->model != NULL)
    pane_folder_model_forget_row (self, row);
  row->model = self;
  row->position = position;
  row->id = id;
  return row;
}

static PaneRow *
make_row (PaneFolderModel *self, guint position)
{
  guint32 id = pane_folder_model_get_slot_id (self, position);
  PaneRow *row = reuse_scratch (self, position, id);

  if (row == NULL)
    {
      row = pane_row_new (self, position, id);
      g_set_object (&self->scratch, row);
      g_object_unref (row);
    }
  g_hash_table_insert (self->rows, GUINT_TO_POINTER (position), row);
  return row;
}

static GPtrArray *
hold_rows (PaneFolderModel *self)
{
  GPtrArray *rows
      = g_ptr_array_new_full (g_hash_table_size (self->rows), (GDestroyNotify) g_object_unref);
  GHashTableIter iter;
  gpointer row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    g_ptr_array_add (rows, g_object_ref (row));
  return rows;
}

void
pane_folder_model_drop_rows (PaneFolderModel *self, guint n)
{
  GHashTableIter iter;
  gpointer row;

  g_hash_table_iter_init (&iter, self->rows);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    {
      if (PANE_ROW (row)->position < n)
        continue;
      pane_row_leave (row);
      g_hash_table_iter_remove (&iter);
    }
}

void
pane_folder_model_repoint_rows (PaneFolderModel *self, gboolean all)
{
  g_autoptr (GPtrArray) rows = hold_rows (self);

  for (guint i = 0; i < rows->len; i++)
    {
      PaneRow *row = g_ptr_array_index (rows, i);

      if (row->position >= self->n)
        continue;
      if (all)
        {
          row->id = pane_folder_model_get_slot_id (self, row->position);
          pane_row_changed (row);
        }
      else
        pane_row_point_at (row, pane_folder_model_get_slot_id (self, row->position));
    }
}

/* Publishing */

/* Nobody looks for a heading's place: that is where its entries are. */
static guint32
find_entry (PaneFolderModel *self, guint32 id)
{
  return pane_folder_model_is_heading (self, id) ? THAW_NO_ENTRY
                                                 : thaw_order_find (self->order, id);
}

/**
 * pane_folder_model_find_near:
 * @self: a [class@Pane.FolderModel]
 * @old: an order that was shown before, of the same store
 * @old_position: a place in it
 *
 * Finds where the entry that was there is now or, if it is no longer shown, the nearest one of its
 * old neighbours that is, the next one rather than the one before. Looks at a few thousand
 * neighbours at most and then settles for the same place.
 *
 * Returns: a position of the order shown now, %GTK_INVALID_LIST_POSITION if that is empty
 */
guint
pane_folder_model_find_near (PaneFolderModel *self, ThawOrder *old, guint old_position)
{
  guint32 n_old, n_new, found;

  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), GTK_INVALID_LIST_POSITION);
  g_return_val_if_fail (old != NULL, GTK_INVALID_LIST_POSITION);

  n_old = thaw_order_get_n (old);
  n_new = self->order != NULL ? thaw_order_get_n (self->order) : 0;
  if (n_new == 0)
    return GTK_INVALID_LIST_POSITION;
  for (guint i = 0; i <= NEAR; i++)
    {
      if (old_position < n_old && i < n_old - old_position)
        {
          found = find_entry (self, thaw_order_get_id (old, old_position + i));
          if (found != THAW_NO_ENTRY)
            return found;
        }
      if (i > 0 && i <= old_position && old_position - i < n_old)
        {
          found = find_entry (self, thaw_order_get_id (old, old_position - i));
          if (found != THAW_NO_ENTRY)
            return found;
        }
    }
  old_position = MIN (old_position, n_new - 1);
  /* Behind a heading there is an entry. */
  return old_position
         + pane_folder_model_is_heading (self, thaw_order_get_id (self->order, old_position));
}

static gboolean
is_gone (PaneFolderModel *self, guint32 id)
{
  return (thaw_entry_store_get_flags (thaw_order_get_store (self->order), id) & THAW_ENTRY_GONE)
         != 0;
}

/* The focused entry isn't shown any more: its neighbour stands in for it. For good when the entry
 * was deleted; otherwise, a filter hides it, only until it is shown again. */
static void
follow_focus (PaneFolderModel *self, ThawOrder *old)
{
  guint32 holder, old_position;
  guint position;

  if (self->focus_id == THAW_NO_ENTRY)
    return;
  holder = self->stand_in_id != THAW_NO_ENTRY ? self->stand_in_id : self->focus_id;
  if (thaw_order_find (self->order, self->focus_id) != THAW_NO_ENTRY)
    {
      self->stand_in_id = THAW_NO_ENTRY;
      return;
    }
  old_position = thaw_order_find (old, holder);
  position
      = pane_folder_model_find_near (self, old, old_position != THAW_NO_ENTRY ? old_position : 0);
  if (position == GTK_INVALID_LIST_POSITION)
    return;
  self->stand_in_id = thaw_order_get_id (self->order, position);
  if (is_gone (self, self->focus_id))
    {
      self->focus_id = self->stand_in_id;
      self->stand_in_id = THAW_NO_ENTRY;
    }
}

static void
forget_entries (PaneFolderModel *self)
{
  pane_id_set_free_words (&self->selection);
  pane_id_set_free_words (&self->cut);
  self->anchor_id = THAW_NO_ENTRY;
  self->focus_id = THAW_NO_ENTRY;
  self->stand_in_id = THAW_NO_ENTRY;
}

static void
switch_order (PaneFolderModel *self, ThawOrder *order)
{
  ThawOrder *old = g_steal_pointer (&self->order);
  gboolean same_store = old != NULL && thaw_order_get_store (old) == thaw_order_get_store (order);
  gboolean had_selection = self->selection.n_ids > 0;

  if (!same_store || self->offset > 0 || self->n != thaw_order_get_n (old))
    self->shift = 0;
  self->order = thaw_order_ref (order);
  self->offset = 0;
  self->n_selected_valid = FALSE;
  if (same_store)
    follow_focus (self, old);
  else
    forget_entries (self);

  pane_folder_model_shift (self);
  pane_folder_model_shrink (self);
  pane_folder_model_repoint_rows (self, !same_store);
  pane_folder_model_grow (self);
  if (had_selection && self->n > 0)
    gtk_selection_model_selection_changed (GTK_SELECTION_MODEL (self), 0, self->n);
  if (old != NULL)
    thaw_order_release (old);
}

static void
publish (PaneFolderModel *self, ThawOrder *order)
{
  if (order == self->order)
    return;
  g_object_ref (self);
  self->shift = 0;
  self->coming = order;
  g_signal_emit (self, signals[SIGNAL_WILL_PUBLISH], 0);
  self->coming = NULL;
  switch_order (self, order);
  g_signal_emit (self, signals[SIGNAL_PUBLISHED], 0);
  if (self->headings != NULL)
    pane_folder_headings_published (self->headings);
  g_object_unref (self);
}

/**
 * pane_folder_model_publish:
 * @self: a [class@Pane.FolderModel]
 * @order: what to show from now on
 *
 * Shows an order. Rows that GTK holds are pointed at their new entries, the list gets longer or
 * shorter at its end, and [signal@Pane.FolderModel::will-publish] and
 * [signal@Pane.FolderModel::published] tell the view about it, before and after. The work depends
 * on the rows held, not on the length of the order.
 *
 * Selection and focus stay with their entries. An order of another store is another folder: it
 * clears both.
 */
void
pane_folder_model_publish (PaneFolderModel *self, ThawOrder *order)
{
  ThawOrder *composed;

  g_return_if_fail (PANE_IS_FOLDER_MODEL (self));
  g_return_if_fail (order != NULL);

  if (order == pane_folder_model_get_plain_order (self))
    return;
  if (self->headings == NULL)
    {
      publish (self, order);
      return;
    }
  composed = pane_folder_headings_compose (self->headings, order);
  publish (self, composed);
  thaw_order_release (composed);
}

ThawOrder *
pane_folder_model_get_plain_order (PaneFolderModel *self)
{
  return self->headings != NULL ? pane_folder_headings_get_plain (self->headings) : self->order;
}

void
pane_folder_model_publish_again (PaneFolderModel *self)
{
  ThawOrder *plain = thaw_order_ref (pane_folder_model_get_plain_order (self));
  ThawOrder *composed = pane_folder_headings_compose (self->headings, plain);

  publish (self, composed);
  thaw_order_release (composed);
  thaw_order_release (plain);
}

static GHashTable *
index_rows_by_id (GPtrArray *rows)
{
  GHashTable *by_id = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < rows->len; i++)
    {
      PaneRow *row = g_ptr_array_index (rows, i);

      g_hash_table_insert (by_id, GUINT_TO_POINTER (row->id), row);
    }
  return by_id;
}

/**
 * pane_folder_model_entries_changed:
 * @self: a [class@Pane.FolderModel]
 * @ids: (array length=n_ids) (nullable): entries, %NULL for any
 * @n_ids: how many
 *
 * Says that columns of these entries have other values now: the rows that show them are drawn
 * again.
 */
void
pane_folder_model_entries_changed (PaneFolderModel *self, const guint32 *ids, guint n_ids)
{
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GHashTable) by_id = NULL;

  g_return_if_fail (PANE_IS_FOLDER_MODEL (self));

  if (self->order == NULL)
    return;
  g_signal_emit (self, signals[SIGNAL_ENTRIES_CHANGED], 0);
  if (ids == NULL || n_ids > MAX_MATCHED)
    {
      pane_folder_model_repoint_rows (self, TRUE);
      return;
    }
  rows = hold_rows (self);
  by_id = index_rows_by_id (rows);
  for (guint i = 0; i < n_ids; i++)
    {
      PaneRow *row = g_hash_table_lookup (by_id, GUINT_TO_POINTER (ids[i]));

      if (row != NULL)
        pane_row_changed (row);
    }
}

/**
 * pane_folder_model_set_cut_ids:
 * @self: a [class@Pane.FolderModel]
 * @ids: (array length=n_ids) (nullable): entries
 * @n_ids: how many
 *
 * Marks the entries that wait to be moved elsewhere, instead of those marked before: views draw
 * them fainter.
 */
void
pane_folder_model_set_cut_ids (PaneFolderModel *self, const guint32 *ids, guint n_ids)
{
  g_return_if_fail (PANE_IS_FOLDER_MODEL (self));

  if (n_ids == 0 && self->cut.n_ids == 0)
    return;
  pane_id_set_clear (&self->cut);
  for (guint i = 0; i < n_ids; i++)
    pane_id_set_add (&self->cut, ids[i]);
  pane_folder_model_entries_changed (self, NULL, 0);
}

/**
 * pane_folder_model_is_id_cut:
 * @self: a [class@Pane.FolderModel]
 * @id: an entry
 *
 * Returns: whether the entry waits to be moved elsewhere
 */
gboolean
pane_folder_model_is_id_cut (PaneFolderModel *self, guint32 id)
{
  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), FALSE);

  return pane_id_set_contains (&self->cut, id);
}

/**
 * pane_folder_model_get_coming_order:
 * @self: a [class@Pane.FolderModel]
 *
 * In handlers of [signal@Pane.FolderModel::will-publish]: what is about to be shown.
 *
 * Returns: (transfer none) (nullable): the order, %NULL at any other time
 */
ThawOrder *
pane_folder_model_get_coming_order (PaneFolderModel *self)
{
  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), NULL);

  return self->coming;
}

/* Folder */

static void
order_changed_cb (ThawFolder *folder, ThawOrder *order, PaneFolderModel *self)
{
  if (self->tree != NULL
      && pane_folder_tree_take_order (self->tree, thaw_folder_get_order (folder)))
    return;
  g_clear_pointer (&self->tree, pane_folder_tree_free);
  pane_folder_model_publish (self, thaw_folder_get_order (folder));
}

static void
entries_changed_cb (ThawFolder *folder, gpointer ids, guint n_ids, PaneFolderModel *self)
{
  pane_folder_model_entries_changed (self, ids, n_ids);
}

static void
drop_folder (PaneFolderModel *self)
{
  pane_folder_model_collapse_all (self);
  g_clear_pointer (&self->tree, pane_folder_tree_free);
  if (self->folder == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->folder, self);
  g_clear_object (&self->folder);
}

/**
 * pane_folder_model_set_folder:
 * @self: a [class@Pane.FolderModel]
 * @folder: (nullable): a folder, %NULL for none
 *
 * Shows the newest order of @folder and follows its signals. With %NULL the last order stays.
 */
void
pane_folder_model_set_folder (PaneFolderModel *self, ThawFolder *folder)
{
  g_return_if_fail (PANE_IS_FOLDER_MODEL (self));
  g_return_if_fail (folder == NULL || THAW_IS_FOLDER (folder));

  if (self->folder == folder)
    return;
  drop_folder (self);
  if (folder != NULL)
    {
      self->folder = g_object_ref (folder);
      g_signal_connect (folder, "order-changed", G_CALLBACK (order_changed_cb), self);
      g_signal_connect (folder, "entries-changed", G_CALLBACK (entries_changed_cb), self);
      if (thaw_folder_get_order (folder) != NULL)
        pane_folder_model_publish (self, thaw_folder_get_order (folder));
    }
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FOLDER]);
}

/**
 * pane_folder_model_get_folder:
 * @self: a [class@Pane.FolderModel]
 *
 * Returns: (transfer none) (nullable): the folder that is followed
 */
ThawFolder *
pane_folder_model_get_folder (PaneFolderModel *self)
{
  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), NULL);

  return self->folder;
}

/**
 * pane_folder_model_get_order:
 * @self: a [class@Pane.FolderModel]
 *
 * Returns: (transfer none) (nullable): the order shown, %NULL before the first
 */
ThawOrder *
pane_folder_model_get_order (PaneFolderModel *self)
{
  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), NULL);

  return self->order;
}

/**
 * pane_folder_model_get_store:
 * @self: a [class@Pane.FolderModel]
 *
 * Returns: (transfer none) (nullable): the store of the order shown
 */
ThawEntryStore *
pane_folder_model_get_store (PaneFolderModel *self)
{
  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), NULL);

  return self->order != NULL ? thaw_order_get_store (self->order) : NULL;
}

/**
 * pane_folder_model_get_id:
 * @self: a [class@Pane.FolderModel]
 * @position: a place in the order
 *
 * Returns: the entry there, %THAW_NO_ENTRY past the end
 */
guint32
pane_folder_model_get_id (PaneFolderModel *self, guint position)
{
  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), THAW_NO_ENTRY);

  if (self->order == NULL || position >= thaw_order_get_n (self->order))
    return THAW_NO_ENTRY;
  return thaw_order_get_id (self->order, position);
}

/**
 * pane_folder_model_find:
 * @self: a [class@Pane.FolderModel]
 * @id: an entry
 *
 * Returns: where it is shown, %GTK_INVALID_LIST_POSITION if it isn't
 */
guint
pane_folder_model_find (PaneFolderModel *self, guint32 id)
{
  guint32 position;

  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), GTK_INVALID_LIST_POSITION);

  if (self->order == NULL || id == THAW_NO_ENTRY)
    return GTK_INVALID_LIST_POSITION;
  position = thaw_order_find (self->order, id);
  return position == THAW_NO_ENTRY ? GTK_INVALID_LIST_POSITION : position;
}

/* Focus */

/**
 * pane_folder_model_set_focus_id:
 * @self: a [class@Pane.FolderModel]
 * @id: an entry, %THAW_NO_ENTRY for none
 *
 * Notes which entry the user has moved the keyboard focus to. Views call it; it moves nothing by
 * itself. Emits [signal@Pane.FolderModel::focus-changed].
 */
void
pane_folder_model_set_focus_id (PaneFolderModel *self, guint32 id)
{
  g_return_if_fail (PANE_IS_FOLDER_MODEL (self));

  if (self->focus_id == id && self->stand_in_id == THAW_NO_ENTRY)
    return;
  self->focus_id = id;
  self->stand_in_id = THAW_NO_ENTRY;
  g_signal_emit (self, signals[SIGNAL_FOCUS_CHANGED], 0);
}

/**
 * pane_folder_model_get_focus_id:
 * @self: a [class@Pane.FolderModel]
 *
 * Returns the entry that has the keyboard focus: the one that the user chose, or the neighbour that
 * stands in for it while a filter hides it.
 *
 * Returns: the id, %THAW_NO_ENTRY for none
 */
guint32
pane_folder_model_get_focus_id (PaneFolderModel *self)
{
  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (self), THAW_NO_ENTRY);

  return self->stand_in_id != THAW_NO_ENTRY ? self->stand_in_id : self->focus_id;
}

/* GListModel */

static GType
get_item_type (GListModel *model)
{
  return PANE_TYPE_ROW;
}

static guint
get_n_items (GListModel *model)
{
  return PANE_FOLDER_MODEL (model)->n;
}

static gpointer
get_item (GListModel *model, guint position)
{
  PaneFolderModel *self = PANE_FOLDER_MODEL (model);
  PaneRow *row;

  if (position >= self->n)
    return NULL;
  row = g_hash_table_lookup (self->rows, GUINT_TO_POINTER (position));
  if (row == NULL)
    row = make_row (self, position);
  return g_object_ref (row);
}

static void
list_model_iface_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

/* Object */

static void
pane_folder_model_dispose (GObject *object)
{
  PaneFolderModel *self = PANE_FOLDER_MODEL (object);

  g_clear_pointer (&self->tree, pane_folder_tree_free);
  g_clear_pointer (&self->headings, pane_folder_headings_free);
  drop_folder (self);
  pane_folder_model_drop_rows (self, 0);
  self->n = 0;
  g_clear_object (&self->scratch);
  g_clear_pointer (&self->order, thaw_order_release);
  G_OBJECT_CLASS (pane_folder_model_parent_class)->dispose (object);
}

static void
pane_folder_model_finalize (GObject *object)
{
  PaneFolderModel *self = PANE_FOLDER_MODEL (object);

  g_hash_table_unref (self->rows);
  pane_id_set_free_words (&self->selection);
  pane_id_set_free_words (&self->cut);
  G_OBJECT_CLASS (pane_folder_model_parent_class)->finalize (object);
}

static void
pane_folder_model_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_FOLDER)
    g_value_set_object (value, PANE_FOLDER_MODEL (object)->folder);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pane_folder_model_set_property (GObject *object,
                                guint prop_id,
                                const GValue *value,
                                GParamSpec *pspec)
{
  if (prop_id == PROP_FOLDER)
    pane_folder_model_set_folder (PANE_FOLDER_MODEL (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static guint
add_signal (const char *name)
{
  return g_signal_new (name,
                       PANE_TYPE_FOLDER_MODEL,
                       G_SIGNAL_RUN_LAST,
                       0,
                       NULL,
                       NULL,
                       g_cclosure_marshal_VOID__VOID,
                       G_TYPE_NONE,
                       0);
}

static void
pane_folder_model_class_init (PaneFolderModelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = pane_folder_model_dispose;
  object_class->finalize = pane_folder_model_finalize;
  object_class->get_property = pane_folder_model_get_property;
  object_class->set_property = pane_folder_model_set_property;

  /**
   * PaneFolderModel:folder:
   *
   * The folder whose orders and changes are followed.
   */
  props[PROP_FOLDER]
      = g_param_spec_object ("folder",
                             NULL,
                             NULL,
                             THAW_TYPE_FOLDER,
                             G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  /**
   * PaneFolderModel::will-publish:
   *
   * A new order is about to be shown; the model still has the old one.
   */
  signals[SIGNAL_WILL_PUBLISH] = add_signal ("will-publish");
  /**
   * PaneFolderModel::published:
   *
   * A new order is shown: rows, length, selection and focus are those of the new one.
   */
  signals[SIGNAL_PUBLISHED] = add_signal ("published");
  /**
   * PaneFolderModel::entries-changed:
   *
   * Columns of some entries have other values now, or others are cut. Rows that GTK holds are told
   * by themselves; this is for views that hold none.
   */
  signals[SIGNAL_ENTRIES_CHANGED] = add_signal ("entries-changed");
  /**
   * PaneFolderModel::focus-changed:
   *
   * The user has gone to another entry.
   */
  signals[SIGNAL_FOCUS_CHANGED] = add_signal ("focus-changed");
  pane_folder_tree_add_signals ();
}

static void
pane_folder_model_init (PaneFolderModel *self)
{
  self->rows = g_hash_table_new (NULL, NULL);
  self->cap = G_MAXUINT;
  self->anchor_id = THAW_NO_ENTRY;
  self->focus_id = THAW_NO_ENTRY;
  self->stand_in_id = THAW_NO_ENTRY;
}

/**
 * pane_folder_model_new:
 *
 * Makes a model that shows nothing yet.
 *
 * Returns: (transfer full): the model
 */
PaneFolderModel *
pane_folder_model_new (void)
{
  return g_object_new (PANE_TYPE_FOLDER_MODEL, NULL);
}
