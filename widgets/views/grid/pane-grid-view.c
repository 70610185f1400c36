/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The grid view: large icons with the name below, in five sizes. GtkGridView keeps thirty rows of
 * widgets for as many columns as it is allowed, whether they fit or not, so it is allowed just what
 * fits, decided anew after each change of width and before the frame is painted. Loop's thread
 * only.
 */
#include "grid/pane-grid-cell.h"
#include "pane-slot-view.h"

#include <glib/gi18n-lib.h>

#define ROWS_KEPT 33    /* by GtkGridView, with those around its focus and its anchor */
#define CELL_BORDER 1   /* the style's, on each side */
#define LEAST_CHARS 11  /* of a name, in a line */
#define FIRST_COLUMNS 7 /* GtkGridView's own, before the first layout */

#define PANE_TYPE_GRID_VIEW (pane_grid_view_get_type ())
G_DECLARE_FINAL_TYPE (PaneGridView, pane_grid_view, PANE, GRID_VIEW, PaneSlotView)

struct _PaneGridView {
  PaneSlotView parent_instance;

  PangoLayout *layout; /* for any cell's name */
  guint n_columns;
};

static const int icon_sizes[] = { 48, 64, 96, 128, 192 };

G_DEFINE_FINAL_TYPE (PaneGridView, pane_grid_view, PANE_TYPE_SLOT_VIEW)

static gboolean
fit (PaneSlotView *view, int width)
{
  PaneGridView *self = PANE_GRID_VIEW (view);
  GtkWidget *list = pane_slot_view_get_list (view);
  guint n_columns = MAX (1, width / (pane_slot_view_get_style (view)->width + 2 * CELL_BORDER));

  if (n_columns == self->n_columns)
    return FALSE;
  self->n_columns = n_columns;
  gtk_grid_view_set_max_columns (GTK_GRID_VIEW (list), n_columns);
  return TRUE;
}

static void
fit_style (PaneSlotView *view, PaneCellStyle *style)
{
  int n_lines = style->icon_size < 96 ? 2 : 3;

  pango_layout_set_height (PANE_GRID_VIEW (view)->layout, -n_lines);
  style->least_width = style->width
      = MAX (style->icon_size + 16, LEAST_CHARS * style->char_width) + 2 * PANE_GRID_MARGIN;
  style->height
      = style->icon_size + PANE_GRID_SPACING + n_lines * style->line_height + 2 * PANE_GRID_MARGIN;
}

static PaneCell *
create_cell (PaneSlotView *view)
{
  return pane_grid_cell_new (PANE_GRID_VIEW (view)->layout);
}

static guint
get_n_columns (PaneSlotView *view)
{
  return PANE_GRID_VIEW (view)->n_columns;
}

static guint
get_n_kept (PaneSlotView *view)
{
  return PANE_GRID_VIEW (view)->n_columns * ROWS_KEPT;
}

static void
pane_grid_view_finalize (GObject *object)
{
  g_clear_object (&PANE_GRID_VIEW (object)->layout);
  G_OBJECT_CLASS (pane_grid_view_parent_class)->finalize (object);
}

static void
pane_grid_view_class_init (PaneGridViewClass *klass)
{
  PaneSlotViewClass *slot_class = PANE_SLOT_VIEW_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = pane_grid_view_finalize;
  slot_class->list_type = GTK_TYPE_GRID_VIEW;
  slot_class->icon_sizes = icon_sizes;
  slot_class->n_icon_sizes = G_N_ELEMENTS (icon_sizes);
  slot_class->default_zoom = 2;
  slot_class->fit_style = fit_style;
  slot_class->create_cell = create_cell;
  slot_class->get_n_columns = get_n_columns;
  slot_class->get_n_kept = get_n_kept;
  slot_class->fit = fit;
}

static void
pane_grid_view_init (PaneGridView *self)
{
  self->n_columns = FIRST_COLUMNS;
  self->layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), NULL);
  pango_layout_set_alignment (self->layout, PANGO_ALIGN_CENTER);
  pango_layout_set_wrap (self->layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_ellipsize (self->layout, PANGO_ELLIPSIZE_MIDDLE);
}

const PaneViewInfo pane_grid_view_info = {
  .id = "grid",
  .title = N_ ("Grid"),
  .icon_name = "view-grid-symbolic",
  .accelerator = "<Control>2",
  .rank = 20,
  .needs = PANE_NEEDS_THUMBNAIL,
  .get_type = pane_grid_view_get_type,
};
