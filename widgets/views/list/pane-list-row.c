/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A row of the list view: one widget that draws icon, name, size, type and time. Text is laid out
 * when the row is drawn, with one PangoLayout for the whole view; GTK keeps the result as a render
 * node until the row changes, so scrolling shapes nothing and the rows off the screen cost nothing
 * at all. Loop's thread only.
 */
#include "list/pane-list-row.h"
#include "pane-details.h"

#define DIMMED_OPACITY 0.55

struct _PaneListRow {
  PaneCell parent_instance;

  const PaneListStyle *style;
};

G_DEFINE_FINAL_TYPE (PaneListRow, pane_list_row, PANE_TYPE_CELL)

static gboolean
is_rtl (PaneListRow *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

static void
measure (GtkWidget *widget,
         GtkOrientation orientation,
         int for_size,
         int *minimum,
         int *natural,
         int *minimum_baseline,
         int *natural_baseline)
{
  PaneListRow *self = PANE_LIST_ROW (widget);

  if (orientation == GTK_ORIENTATION_VERTICAL)
    *minimum = *natural = self->style->row_height;
  else
    {
      *minimum = self->style->icon_size + 4 * PANE_LIST_PADDING;
      *natural = 20 * self->style->icon_size;
    }
}

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
    indent += self->style->icon_size + PANE_LIST_PADDING;
  *x = span->x + indent;
  *width = MAX (span->width - indent - PANE_LIST_PADDING, 0);
}

static void
lay_out (PaneListRow *self, ThawSortColumn column, int width)
{
  set_text (self, column);
  pango_layout_set_width (self->style->layouts[column], width * PANGO_SCALE);
}

static void
get_color (PaneListRow *self, ThawSortColumn column, GdkRGBA *color)
{
  gtk_widget_get_color (GTK_WIDGET (self), color);
  if (column != THAW_SORT_NAME)
    color->alpha *= self->style->secondary_opacity;
  if (pane_cell_is_dimmed (PANE_CELL (self)))
    color->alpha *= DIMMED_OPACITY;
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
  if (is_rtl (self))
    x = gtk_widget_get_width (GTK_WIDGET (self)) - x - MIN (extents->width, width);
  return x - extents->x;
}

static void
snapshot_text (PaneListRow *self, GtkSnapshot *snapshot, ThawSortColumn column)
{
  PangoRectangle extents;
  GdkRGBA color;
  int x, width;

  get_text_span (self, column, &x, &width);
  if (width <= 0)
    return;
  lay_out (self, column, width);
  pango_layout_get_pixel_extents (self->style->layouts[column], NULL, &extents);
  get_color (self, column, &color);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (
      snapshot,
      &GRAPHENE_POINT_INIT (
          (float) align_text (self, column, x, width, &extents),
          (float) ((gtk_widget_get_height (GTK_WIDGET (self)) - extents.height) / 2)));
  gtk_snapshot_append_layout (snapshot, self->style->layouts[column], &color);
  gtk_snapshot_restore (snapshot);
}

static void
draw (PaneCell *cell, GtkSnapshot *snapshot)
{
  PaneListRow *self = PANE_LIST_ROW (cell);
  int size = self->style->icon_size;
  int width = gtk_widget_get_width (GTK_WIDGET (cell));
  int x = is_rtl (self) ? width - PANE_LIST_PADDING - size : PANE_LIST_PADDING;
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

/* The text of the column below the pointer, if it is cut short. */
static const char *
find_cut_text (PaneListRow *self, int pointer_x, GdkRectangle *area)
{
  int row_width = gtk_widget_get_width (GTK_WIDGET (self));

  if (is_rtl (self))
    pointer_x = row_width - pointer_x;
  for (guint i = 0; i < PANE_N_LIST_COLUMNS; i++)
    {
      int x, width;

      get_text_span (self, i, &x, &width);
      if (width <= 0 || pointer_x < x || pointer_x >= x + width)
        continue;
      lay_out (self, i, width);
      area->x = is_rtl (self) ? row_width - x - width : x;
      area->width = width;
      if (pango_layout_is_ellipsized (self->style->layouts[i]))
        return pango_layout_get_text (self->style->layouts[i]);
    }
  return NULL;
}

static gboolean
query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  PaneListRow *self = PANE_LIST_ROW (widget);
  GdkRectangle area = { 0, 0, 0, gtk_widget_get_height (widget) };
  const char *text = NULL;

  if (pane_cell_get_store (PANE_CELL (self)) != NULL)
    text = find_cut_text (self, x, &area);
  if (text == NULL)
    return FALSE;
  gtk_tooltip_set_text (tooltip, text);
  gtk_tooltip_set_tip_area (tooltip, &area);
  return TRUE;
}

static void
pane_list_row_class_init (PaneListRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->measure = measure;
  widget_class->query_tooltip = query_tooltip;
  PANE_CELL_CLASS (klass)->draw = draw;
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
