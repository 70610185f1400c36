/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A row of the list view: one widget that draws icon, name, size, type and time. Text is laid out
 * when the row is drawn, with one PangoLayout for the whole view; GTK keeps the result as a render
 * node until the row changes, so scrolling shapes nothing and the rows off the screen cost nothing
 * at all. Loop's thread only.
 */
#include "list/pane-list-row.h"
#include "list/pane-list-tree.h"
#include "pane-details.h"
#include "pane-plugin-data.h"

struct _PaneListRow {
  PaneCell parent_instance;

  const PaneListStyle *style;
};

G_DEFINE_FINAL_TYPE (PaneListRow, pane_list_row, PANE_TYPE_CELL)

static PangoLayout *
get_layout (PaneListRow *self, guint column)
{
  return self->style->layouts[MIN (column, PANE_N_LIST_COLUMNS)];
}

/* What isn't known is asked, and drawn when it is. */
static const char *
get_plugin_text (PaneListRow *self, guint column)
{
  PaneCell *cell = PANE_CELL (self);
  const char *text
      = pane_plugin_data_get_text (pane_plugin_data_get_default (),
                                   pane_cell_get_model (cell),
                                   pane_cell_get_id (cell),
                                   pane_list_columns_get_key (self->style->columns, column));

  return text != NULL ? text : "";
}

/* What a row says that is no entry stands where names do. */
static char *
dup_name (PaneListRow *self, ThawEntryStore *store, guint32 id)
{
  char *note = NULL;

  if (!THAW_IS_NOTE_ID (id))
    return thaw_entry_store_dup_display_name (store, id);
  note = pane_folder_model_dup_note (pane_cell_get_model (PANE_CELL (self)), id);
  return note != NULL ? note : g_strdup ("");
}

static gboolean
is_note (PaneListRow *self)
{
  return THAW_IS_NOTE_ID (pane_cell_get_id (PANE_CELL (self)));
}

/* Names are valid UTF-8 made for people by the store; everything else fits the buffer. */
static void
set_text (PaneListRow *self, guint column)
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
      text = name = dup_name (self, store, id);
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
      text = get_plugin_text (self, column);
      break;
    }
  /* Neighbours are often of one type or of one day, and an unchanged layout is not shaped again. */
  if (strcmp (pango_layout_get_text (get_layout (self, column)), text) != 0)
    pango_layout_set_text (get_layout (self, column), text, -1);
}

static int
get_name_width (PaneListRow *self)
{
  return pane_list_columns_get_spans (self->style->columns,
                                      gtk_widget_get_width (GTK_WIDGET (self)))[THAW_SORT_NAME]
      .width;
}

/* Where the icon begins, from the row's start edge. */
static int
get_icon_start (PaneListRow *self)
{
  int start = PANE_LIST_PADDING;

  if (pane_list_columns_get_tree (self->style->columns))
    start += pane_list_tree_get_indent (PANE_CELL (self), get_name_width (self));
  return start;
}

/* The part of a column that is for its text, from the row's start edge. A note has no icon, and all
 * columns to itself. */
static void
get_text_span (PaneListRow *self, guint column, int *x, int *width)
{
  const PaneListSpan *span
      = &pane_list_columns_get_spans (self->style->columns,
                                      gtk_widget_get_width (GTK_WIDGET (self)))[column];
  int indent = PANE_LIST_PADDING;

  if (column == THAW_SORT_NAME && is_note (self))
    {
      *x = get_icon_start (self);
      *width = MAX (gtk_widget_get_width (GTK_WIDGET (self)) - *x - PANE_LIST_PADDING, 0);
      return;
    }
  if (column == THAW_SORT_NAME)
    indent = get_icon_start (self) + pane_cell_get_style (PANE_CELL (self))->icon_size
             + PANE_LIST_PADDING;
  *x = span->x + indent;
  *width = MAX (span->width - indent - PANE_LIST_PADDING, 0);
}

static void
lay_out (PaneListRow *self, guint column, int width)
{
  set_text (self, column);
  pango_layout_set_width (get_layout (self, column), width * PANGO_SCALE);
}

/* Numbers end where their column ends, so that digits stand below each other. Each column keeps to
 * its side whatever direction the text itself has. */
static int
align_text (PaneListRow *self, guint column, int x, int width, const PangoRectangle *extents)
{
  gboolean at_end = pane_list_columns_is_at_end (self->style->columns, column);

  if (at_end)
    x += width - MIN (extents->width, width);
  if (pane_cell_is_rtl (PANE_CELL (self)))
    x = gtk_widget_get_width (GTK_WIDGET (self)) - x - MIN (extents->width, width);
  return x - extents->x;
}

static void
snapshot_text (PaneListRow *self, GtkSnapshot *snapshot, guint column)
{
  const PaneCellStyle *style = pane_cell_get_style (PANE_CELL (self));
  int height = gtk_widget_get_height (GTK_WIDGET (self));
  PangoLayout *layout = get_layout (self, column);
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
                           column == THAW_SORT_NAME && !is_note (self) ? 1
                                                                       : style->secondary_opacity);
}

static void
draw (PaneCell *cell, GtkSnapshot *snapshot)
{
  PaneListRow *self = PANE_LIST_ROW (cell);
  int size = pane_cell_get_style (cell)->icon_size;
  int width = gtk_widget_get_width (GTK_WIDGET (cell));
  int start = get_icon_start (self);
  int x = pane_cell_is_rtl (cell) ? width - start - size : start;
  int y = (gtk_widget_get_height (GTK_WIDGET (cell)) - size) / 2;
  const PaneListSpan *spans;

  if (is_note (self))
    {
      if (!pane_cell_snapshot_heading (cell, snapshot, PANE_LIST_PADDING))
        snapshot_text (self, snapshot, THAW_SORT_NAME);
      return;
    }
  if (pane_list_columns_get_tree (self->style->columns))
    pane_list_tree_snapshot_triangle (cell, snapshot, get_name_width (self));
  pane_cell_snapshot_icon (cell, snapshot, x, y, size);
  spans = pane_list_columns_get_spans (self->style->columns, width);
  for (guint i = 0; i < pane_list_columns_get_n (self->style->columns); i++)
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
  for (guint i = 0; i < pane_list_columns_get_n (self->style->columns); i++)
    {
      int x, width;

      if (i > THAW_SORT_NAME && is_note (self))
        break;
      get_text_span (self, i, &x, &width);
      if (width <= 0 || pointer_x < x || pointer_x >= x + width)
        continue;
      lay_out (self, i, width);
      area->x = pane_cell_is_rtl (cell) ? row_width - x - width : x;
      area->width = width;
      if (pango_layout_is_ellipsized (get_layout (self, i)))
        return pango_layout_get_text (get_layout (self, i));
    }
  return NULL;
}

/* What plugins' columns say, as far as it is known: a row off the screen has nobody asked. What a
 * badge says already isn't said twice. */
static void
describe (PaneCell *cell, GString *words)
{
  PaneListColumns *columns = PANE_LIST_ROW (cell)->style->columns;

  pane_list_tree_update_state (cell);
  for (guint i = PANE_N_LIST_COLUMNS; i < pane_list_columns_get_n (columns); i++)
    {
      const char *text = pane_plugin_data_peek_text (pane_plugin_data_get_default (),
                                                     pane_cell_get_model (cell),
                                                     pane_cell_get_id (cell),
                                                     pane_list_columns_get_key (columns, i));
      g_autofree char *word = text != NULL && *text != '\0' ? g_strconcat (", ", text, NULL) : NULL;

      if (word != NULL && pane_list_columns_get_shown (columns, i)
          && !g_str_has_suffix (words->str, word))
        g_string_append (words, word);
    }
}

static void
pane_list_row_class_init (PaneListRowClass *klass)
{
  PANE_CELL_CLASS (klass)->draw = draw;
  PANE_CELL_CLASS (klass)->find_cut_text = find_cut_text;
  PANE_CELL_CLASS (klass)->describe = describe;
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
pane_list_row_measure_column (PaneListRow *self, guint column)
{
  int width;

  if (pane_cell_get_store (PANE_CELL (self)) == NULL || is_note (self))
    return 0;
  set_text (self, column);
  pango_layout_set_width (get_layout (self, column), -1);
  pango_layout_get_pixel_size (get_layout (self, column), &width, NULL);
  return width;
}

gboolean
pane_list_row_hits_triangle (PaneListRow *self, double x)
{
  return pane_list_columns_get_tree (self->style->columns)
         && pane_list_tree_hits_triangle (PANE_CELL (self), x, get_name_width (self));
}
