/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The list view: one row an entry, with columns for name, size, type and time under a header that
 * sorts and resizes. GtkListView with one own widget a row instead of GtkColumnView with a widget a
 * cell: making the rows is what costs, and this makes five times fewer. Loop's thread only.
 */
#include "list/pane-list-header.h"
#include "list/pane-list-row.h"
#include "list/pane-list-tree.h"
#include "pane-plugin-data.h"
#include "pane-slot-view.h"
#include "pane-view-private.h"

#include <glib/gi18n-lib.h>

#define PANE_TYPE_LIST_VIEW (pane_list_view_get_type ())
G_DECLARE_FINAL_TYPE (PaneListView, pane_list_view, PANE, LIST_VIEW, PaneSlotView)

struct _PaneListView {
  PaneSlotView parent_instance;

  GtkWidget *header;
  PaneListStyle style;
};

static const int icon_sizes[] = { 16, 24, 32 };

G_DEFINE_FINAL_TYPE (PaneListView, pane_list_view, PANE_TYPE_SLOT_VIEW)

/* Icons and text want room above and below; larger icons want a little more. */
static void
fit_style (PaneSlotView *view, PaneCellStyle *style)
{
  int icon_margin = style->icon_size < 32 ? 5 : 6;
  int text_margin = style->icon_size / 4;

  pane_list_columns_set_char_width (PANE_LIST_VIEW (view)->style.columns, style->char_width);
  style->least_width = style->icon_size + 4 * PANE_LIST_PADDING;
  style->width = 20 * style->icon_size;
  style->height = MAX (style->icon_size + 2 * icon_margin, style->line_height + 2 * text_margin);
}

static PaneCell *
create_cell (PaneSlotView *view)
{
  return pane_list_row_new (&PANE_LIST_VIEW (view)->style);
}

static gboolean
fit (PaneSlotView *view, int width)
{
  pane_list_header_set_row_width (PANE_LIST_HEADER (PANE_LIST_VIEW (view)->header), width);
  return FALSE;
}

static void
published (PaneSlotView *view)
{
  PaneFolderModel *model = pane_view_get_model (PANE_VIEW (view));
  ThawFolder *folder = model != NULL ? pane_folder_model_get_folder (model) : NULL;
  ThawOrder *order = model != NULL ? pane_folder_model_get_order (model) : NULL;

  if (order != NULL)
    pane_list_header_set_sort (PANE_LIST_HEADER (PANE_LIST_VIEW (view)->header),
                               thaw_order_get_spec (order),
                               folder != NULL ? pane_plugin_data_get_asked (folder) : -1);
}

static void
sort_cb (PaneListHeader *header, guint column, gboolean descending, PaneListView *self)
{
  if (column < PANE_N_LIST_COLUMNS)
    pane_view_request_sort (PANE_VIEW (self), column, descending);
  else
    pane_view_request_sort_attribute (PANE_VIEW (self),
                                      pane_list_columns_get_key (self->style.columns, column),
                                      descending);
}

typedef struct {
  guint column;
  int width;
} Fit;

static void
fit_cell (PaneCell *cell, gpointer user_data)
{
  Fit *fit = user_data;

  if (gtk_widget_get_mapped (GTK_WIDGET (cell)))
    fit->width = MAX (fit->width, pane_list_row_measure_column (PANE_LIST_ROW (cell), fit->column));
}

static void
fit_cb (PaneListHeader *header, guint column, PaneListView *self)
{
  Fit fit = { column, pane_list_header_measure_title (header, column) };

  pane_slot_view_foreach_cell (PANE_SLOT_VIEW (self), fit_cell, &fit);
  pane_list_columns_set_width (self->style.columns, column, fit.width + 2 * PANE_LIST_PADDING);
}

static void
widths_set_cb (PaneListColumns *columns, PaneListView *self)
{
  pane_view_settings_changed (PANE_VIEW (self));
}

static char *
dup_settings (PaneView *view)
{
  return pane_list_columns_dup_widths (PANE_LIST_VIEW (view)->style.columns);
}

static void
apply_settings (PaneView *view, const char *settings)
{
  pane_list_columns_apply_widths (PANE_LIST_VIEW (view)->style.columns, settings);
}

static void
set_model (PaneView *view, PaneFolderModel *model)
{
  PANE_VIEW_CLASS (pane_list_view_parent_class)->set_model (view, model);
  pane_list_tree_add_input (PANE_SLOT_VIEW (view), PANE_LIST_VIEW (view)->style.columns);
}

static void
columns_changed_cb (PaneListColumns *columns, PaneListView *self)
{
  pane_view_set_hides_tree (PANE_VIEW (self), !pane_list_columns_get_tree (columns));
  pane_slot_view_draw_cells (PANE_SLOT_VIEW (self));
}

static void
pane_list_view_finalize (GObject *object)
{
  PaneListView *self = PANE_LIST_VIEW (object);

  for (guint i = 0; i < G_N_ELEMENTS (self->style.layouts); i++)
    g_clear_object (&self->style.layouts[i]);
  g_clear_object (&self->style.columns);
  G_OBJECT_CLASS (pane_list_view_parent_class)->finalize (object);
}

static void
pane_list_view_class_init (PaneListViewClass *klass)
{
  PaneSlotViewClass *slot_class = PANE_SLOT_VIEW_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = pane_list_view_finalize;
  PANE_VIEW_CLASS (klass)->dup_settings = dup_settings;
  PANE_VIEW_CLASS (klass)->apply_settings = apply_settings;
  PANE_VIEW_CLASS (klass)->set_model = set_model;
  PANE_VIEW_CLASS (klass)->shows_tree = TRUE;
  PANE_VIEW_CLASS (klass)->shows_headings = TRUE;
  slot_class->list_type = GTK_TYPE_LIST_VIEW;
  slot_class->icon_sizes = icon_sizes;
  slot_class->n_icon_sizes = G_N_ELEMENTS (icon_sizes);
  slot_class->default_zoom = 1;
  slot_class->fit_style = fit_style;
  slot_class->create_cell = create_cell;
  slot_class->fit = fit;
  slot_class->published = published;
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "columnview");
}

/* A name loses its middle when it is too long: beginning and extension tell more. */
static PangoLayout *
create_layout (GtkWidget *widget, guint column)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (widget, "");

  pango_layout_set_single_paragraph_mode (layout, TRUE);
  pango_layout_set_ellipsize (layout,
                              column == THAW_SORT_NAME ? PANGO_ELLIPSIZE_MIDDLE
                                                       : PANGO_ELLIPSIZE_END);
  return layout;
}

static void
pane_list_view_init (PaneListView *self)
{
  GtkWidget *widget = GTK_WIDGET (self);

  gtk_widget_add_css_class (widget, "view");
  self->style.columns = pane_list_columns_new ();
  for (guint i = 0; i < G_N_ELEMENTS (self->style.layouts); i++)
    self->style.layouts[i] = create_layout (widget, i);
  g_signal_connect_object (self->style.columns,
                           "changed",
                           G_CALLBACK (columns_changed_cb),
                           self,
                           0);
  g_signal_connect_object (self->style.columns, "widths-set", G_CALLBACK (widths_set_cb), self, 0);
  self->header = pane_list_header_new (self->style.columns);
  gtk_widget_insert_before (self->header,
                            widget,
                            pane_slot_view_get_scrolled (PANE_SLOT_VIEW (self)));
  g_signal_connect_object (self->header, "sort", G_CALLBACK (sort_cb), self, 0);
  g_signal_connect_object (self->header, "fit", G_CALLBACK (fit_cb), self, 0);
  g_signal_connect_object (pane_plugin_data_get_default (),
                           "changed",
                           G_CALLBACK (published),
                           self,
                           G_CONNECT_SWAPPED);
}

const PaneViewInfo pane_list_view_info = {
  .id = "list",
  .title = N_ ("List"),
  .icon_name = "view-list-symbolic",
  .accelerator = "<Control>1",
  .rank = 10,
  .needs = PANE_NEEDS_STAT,
  .get_type = pane_list_view_get_type,
};
