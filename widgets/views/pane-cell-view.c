/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PaneCellView: a slot view whose cells are drawn by the view. It chooses between GTK's list and
 * its grid. GtkGridView keeps thirty rows of widgets for as many columns as it is allowed, whether
 * they fit or not, so it is allowed just what fits, decided anew after each change of width and
 * before the frame is painted. Loop's thread only.
 */
#include "pane-cell-view.h"
#include "pane-cell-private.h"

#define ROWS_KEPT 33    /* by GtkGridView, with those around its focus and its anchor */
#define LIST_KEPT 210   /* by GtkListView */
#define CELL_BORDER 1   /* the style's, on each side */
#define FIRST_COLUMNS 7 /* GtkGridView's own, before the first layout */
#define PLAIN_ICON_SIZE 32

typedef struct {
  PaneLayout layout;
  guint n_columns;
} PaneCellViewPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (PaneCellView, pane_cell_view, PANE_TYPE_SLOT_VIEW)

static PaneCellViewPrivate *
get_private (gpointer self)
{
  return pane_cell_view_get_instance_private (PANE_CELL_VIEW (self));
}

static GType
get_list_type (PaneSlotView *view)
{
  return get_private (view)->layout == PANE_LAYOUT_GRID ? GTK_TYPE_GRID_VIEW : GTK_TYPE_LIST_VIEW;
}

static gboolean
fit (PaneSlotView *view, int width)
{
  PaneCellViewPrivate *priv = get_private (view);
  guint n_columns = MAX (1, width / (pane_slot_view_get_style (view)->width + 2 * CELL_BORDER));

  if (priv->layout != PANE_LAYOUT_GRID || n_columns == priv->n_columns)
    return FALSE;
  priv->n_columns = n_columns;
  gtk_grid_view_set_max_columns (GTK_GRID_VIEW (pane_slot_view_get_list (view)), n_columns);
  return TRUE;
}

static void
fit_style (PaneSlotView *view, PaneCellStyle *style)
{
  int width, height;

  pane_view_measure_cell (PANE_VIEW (view), style, &width, &height);
  style->width = MAX (width, 1);
  style->height = MAX (height, 1);
  style->least_width
      = get_private (view)->layout == PANE_LAYOUT_GRID ? style->width : MIN (style->width, 64);
}

static PaneCell *
create_cell (PaneSlotView *view)
{
  return pane_view_cell_new (PANE_VIEW (view), GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
}

static guint
get_n_columns (PaneSlotView *view)
{
  return get_private (view)->layout == PANE_LAYOUT_GRID ? get_private (view)->n_columns : 1;
}

static guint
get_n_kept (PaneSlotView *view)
{
  return get_private (view)->layout == PANE_LAYOUT_GRID ? get_private (view)->n_columns * ROWS_KEPT
                                                        : LIST_KEPT;
}

static void
pane_cell_view_class_init (PaneCellViewClass *klass)
{
  PaneSlotViewClass *slot_class = PANE_SLOT_VIEW_CLASS (klass);

  slot_class->get_list_type = get_list_type;
  slot_class->fit_style = fit_style;
  slot_class->create_cell = create_cell;
  slot_class->get_n_columns = get_n_columns;
  slot_class->get_n_kept = get_n_kept;
  slot_class->fit = fit;
}

static void
pane_cell_view_init (PaneCellView *self)
{
  get_private (self)->n_columns = FIRST_COLUMNS;
  pane_view_set_icon_sizes (PANE_VIEW (self), (const int[]){ PLAIN_ICON_SIZE }, 1, 0);
}

/**
 * pane_cell_view_set_layout:
 * @self: a [class@Pane.CellView] that has no model yet
 * @layout: how cells are put beside each other
 *
 * For views, while they are made.
 */
void
pane_cell_view_set_layout (PaneCellView *self, PaneLayout layout)
{
  g_return_if_fail (PANE_IS_CELL_VIEW (self));
  g_return_if_fail (pane_view_get_model (PANE_VIEW (self)) == NULL);

  get_private (self)->layout = layout;
}

/**
 * pane_cell_view_get_layout:
 * @self: a [class@Pane.CellView]
 *
 * Returns: how cells are put beside each other
 */
PaneLayout
pane_cell_view_get_layout (PaneCellView *self)
{
  g_return_val_if_fail (PANE_IS_CELL_VIEW (self), PANE_LAYOUT_ROWS);

  return get_private (self)->layout;
}
