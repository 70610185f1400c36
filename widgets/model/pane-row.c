/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PaneRow: one slot of the folder model. GTK takes a list item's identity from its object, so the
 * object stands for a place in the list and not for an entry: when the order changes the rows that
 * GTK holds are pointed at other entries, and GTK keeps its widgets. Only the two hundred or so
 * rows near the screen exist. Loop's thread only.
 */
#include "pane-folder-model-private.h"

enum {
  SIGNAL_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PaneRow, pane_row, G_TYPE_OBJECT)

static void
pane_row_finalize (GObject *object)
{
  PaneRow *self = PANE_ROW (object);

  if (self->model != NULL)
    pane_folder_model_forget_row (self->model, self);
  G_OBJECT_CLASS (pane_row_parent_class)->finalize (object);
}

static void
pane_row_class_init (PaneRowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pane_row_finalize;

  /**
   * PaneRow::changed:
   *
   * The row stands for another entry now, or what is known of its entry has changed: draw it again.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed",
                                          PANE_TYPE_ROW,
                                          G_SIGNAL_RUN_LAST,
                                          0,
                                          NULL,
                                          NULL,
                                          g_cclosure_marshal_VOID__VOID,
                                          G_TYPE_NONE,
                                          0);
}

static void
pane_row_init (PaneRow *self)
{
  self->position = GTK_INVALID_LIST_POSITION;
  self->id = THAW_NO_ENTRY;
}

PaneRow *
pane_row_new (PaneFolderModel *model, guint position, guint32 id)
{
  PaneRow *self = g_object_new (PANE_TYPE_ROW, NULL);

  self->model = model;
  self->position = position;
  self->id = id;
  return self;
}

void
pane_row_changed (PaneRow *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

void
pane_row_point_at (PaneRow *self, guint32 id)
{
  if (self->id == id)
    return;
  self->id = id;
  pane_row_changed (self);
}

void
pane_row_leave (PaneRow *self)
{
  self->model = NULL;
  self->position = GTK_INVALID_LIST_POSITION;
  self->id = THAW_NO_ENTRY;
}

/**
 * pane_row_get_id:
 * @self: a [class@Pane.Row]
 *
 * Returns the entry that the row stands for at the moment. Keep the id, not the row, over a turn of
 * the loop.
 *
 * Returns: the id, %THAW_NO_ENTRY once the row has left its model
 */
guint32
pane_row_get_id (PaneRow *self)
{
  g_return_val_if_fail (PANE_IS_ROW (self), THAW_NO_ENTRY);

  return self->id;
}

/**
 * pane_row_get_position:
 * @self: a [class@Pane.Row]
 *
 * Returns the place in the order that the row stands for at the moment.
 *
 * Returns: the position, %GTK_INVALID_LIST_POSITION once the row has left its model
 */
guint
pane_row_get_position (PaneRow *self)
{
  g_return_val_if_fail (PANE_IS_ROW (self), GTK_INVALID_LIST_POSITION);

  return self->model != NULL ? self->position + self->model->offset : GTK_INVALID_LIST_POSITION;
}

/**
 * pane_row_get_model:
 * @self: a [class@Pane.Row]
 *
 * Returns the model that the row is a slot of.
 *
 * Returns: (transfer none) (nullable): the model, %NULL once the row has left it
 */
PaneFolderModel *
pane_row_get_model (PaneRow *self)
{
  g_return_val_if_fail (PANE_IS_ROW (self), NULL);

  return self->model;
}
