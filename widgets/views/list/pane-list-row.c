/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A row of the list view: one widget that draws icon, name, size, type and time. Text is laid out
 * when the row is drawn, with one PangoLayout for the whole view; GTK keeps the result as a render
 * node until the row changes, so scrolling shapes nothing and the rows off the screen cost nothing
 * at all. Loop's thread only.
 */
#include "list/pane-list-row.h"
#include "pane-details.h"

struct _PaneListRow {
  PaneCell parent_instance;

  const PaneListStyle *style;
};

G_DEFINE_FINAL_TYPE (PaneListRow, pane_list_row, PANE_TYPE_CELL)

/* Names are valid UTF-8 made for people by the store; everything else fits the buffer. */
static void
set_text (PaneListRow *self, ThawSortColumn column)
{
  PaneDetails *details = pane_details_get_default ();
  ThawEntryStore *store = pane_cell_get_store (PANE_CELL (self));
  guint32 id = pane_cell_get_id (PANE_CELL (self));
  char buffer[PANE_DETAIL_SIZE];
  g_autofree char *name = NULL;
  const char *text = "";

  switch (column)
    {
    case THAW_SORT_NAME:
      text = name = thaw_entry_store_dup_display_name (store, id);
      break;
    case THAW_SORT_SIZE:
      text = pane_details_format_size (details, store, id, buffer);
      break;
    case THAW_SORT_TYPE:
      text = pane_details_describe_type (details,
                                         pane_details_get_content_type (details, store, id));
      break;
    case THAW_SORT_MODIFIED:
      text = pane_details_format_modified (details, store, id, buffer);
      break;
    default:
      break;
    }
  /* Neighbours are often of one type or of one day, and an unchanged layout is not shaped again. */
  if (strcmp (pango_layout_get_text (self->style->layouts[column]), text) != 0)
    pango_layout_set_text (self->style->layouts[column], text, -1);
}

/* The part of a column that is for its text, from the row's start edge. */
static void
get_text_span (PaneListRow *self, ThawSortColumn column, int *x, int *width)
{
  const PaneListSpan *span
      = &pane_list_columns_get_spans (self->style->columns,
                                      gtk_widget_get_width (GTK_WIDGET (self)))[column];
  int indent = PANE_LIST_PADDING;

  if (column == THAW_SORT_NAME)
    indent += pane_cell_get_style (PANE_CELL (self))->icon_size + PANE_LIST_PADDING;
  *x = span->x + indent;
  *width = MAX (span->width - indent - PANE_LIST_PADDING, 0);
}

static void
lay_out (PaneListRow *self, ThawSortColumn column, int width)
{
  set_text (self, column);
  pango_layout_set_width (self->style->layouts[column], width * PANGO_SCALE);
}

/* Sizes end where their column ends, so that digits stand below each other. Each column keeps to
 * its side whatever direction the text itself has. */
static int
align_text (PaneListRow *self,
            ThawSortColumn column,
            int x,
            int width,
            const PangoRectangle *extents)
{
  gboolean at_end = column == THAW_SORT_SIZE;

  if (at_end)
    x += width - MIN (extents->width, width);
  if (pane_cell_is_rtl (PANE_CELL (self)))
    x = gtk_widget_get_width (GTK_WIDGET (self)) - x - MIN (extents->width, width);
  return x - extents->x;
}

static void
snapshot_text (PaneListRow *self, GtkSnapshot *snapshot, ThawSortColumn column)
{
  const PaneCellStyle *style = pane_cell_get_style (PANE_CELL (self));
  int height = gtk_widget_get_height (GTK_WIDGET (self));
  PangoLayout *layout = self->style->layouts[column];
  PangoRectangle extents;
  int x, width;

  get_text_span (self, column, &x, &width);
  if (width <= 0)
    return;
  lay_out (self, column, width);
  pango_layout_get_pixel_extents (layout, NULL, &extents);
  pane_cell_snapshot_text (PANE_CELL (self),
                           snapshot,
                           layout,
                           align_text (self, column, x, width, &extents),
                           (height - style->ascent - style->descent) / 2 + style->ascent,
                           column == THAW_SORT_NAME ? 1 : style->secondary_opacity);
}

static void
draw (PaneCell *cell, GtkSnapshot *snapshot)
{
  PaneListRow *self = PANE_LIST_ROW (cell);
  int size = pane_cell_get_style (cell)->icon_size;
  int width = gtk_widget_get_width (GTK_WIDGET (cell));
  int x
      = pane_cell_is_rtl (PANE_CELL (self)) ? width - PANE_LIST_PADDING - size : PANE_LIST_PADDING;
  int y = (gtk_widget_get_height (GTK_WIDGET (cell)) - size) / 2;
  const PaneListSpan *spans;

  pane_cell_snapshot_icon (cell, snapshot, x, y, size);
  spans = pane_list_columns_get_spans (self->style->columns, width);
  for (guint i = 0; i < PANE_N_LIST_COLUMNS; i++)
    {
      if (spans[i].visible)
        snapshot_text (self, snapshot, i);
    }
}

static const char *
find_cut_text (PaneCell *cell, int pointer_x, GdkRectangle *area)
{
  PaneListRow *self = PANE_LIST_ROW (cell);
  int row_width = area->width;

  if (pane_cell_is_rtl (cell))
    pointer_x = row_width - pointer_x;
  for (guint i = 0; i < PANE_N_LIST_COLUMNS; i++)
    {
      int x, width;

      get_text_span (self, i, &x, &width);
      if (width <= 0 || pointer_x < x || pointer_x >= x + width)
        continue;
      lay_out (self, i, width);
      area->x = pane_cell_is_rtl (cell) ? row_width - x - width : x;
      area->width = width;
      if (pango_layout_is_ellipsized (self->style->layouts[i]))
        return pango_layout_get_text (self->style->layouts[i]);
    }
  return NULL;
}

static void
pane_list_row_class_init (PaneListRowClass *klass)
{
  PANE_CELL_CLASS (klass)->draw = draw;
  PANE_CELL_CLASS (klass)->find_cut_text = find_cut_text;
}

static void
pane_list_row_init (PaneListRow *self)
{
}

PaneCell *
pane_list_row_new (const PaneListStyle *style)
{
  PaneListRow *self = g_object_new (PANE_TYPE_LIST_ROW, NULL);

  self->style = style;
  return PANE_CELL (self);
}

int
pane_list_row_measure_column (PaneListRow *self, ThawSortColumn column)
{
  int width;

  if (pane_cell_get_store (PANE_CELL (self)) == NULL)
    return 0;
  set_text (self, column);
  pango_layout_set_width (self->style->layouts[column], -1);
  pango_layout_get_pixel_size (self->style->layouts[column], &width, NULL);
  return width;
}
