/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The list view: one row an entry, with columns for name, size, type and time under a header that
 * sorts and resizes. GtkListView with one own widget a row instead of GtkColumnView with a widget a
 * cell: making the rows is what costs, and this makes five times fewer. Loop's thread only.
 */
#include "list/pane-list-header.h"
#include "list/pane-list-row.h"
#include "pane-icon-cache.h"
#include "pane-slot-view.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#define N_ZOOM_LEVELS 3
#define DEFAULT_ZOOM 1

#define PANE_TYPE_LIST_VIEW (pane_list_view_get_type ())
G_DECLARE_FINAL_TYPE (PaneListView, pane_list_view, PANE, LIST_VIEW, PaneSlotView)

struct _PaneListView {
  PaneSlotView parent_instance;

  GtkWidget *header;
  PaneListStyle style;
};

static const int icon_sizes[N_ZOOM_LEVELS] = { 16, 24, 32 };
static const int icon_margins[N_ZOOM_LEVELS] = { 5, 5, 6 };
static const int text_margins[N_ZOOM_LEVELS] = { 4, 6, 8 };

G_DEFINE_FINAL_TYPE (PaneListView, pane_list_view, PANE_TYPE_SLOT_VIEW)

static void
draw_cell (PaneCell *cell, gpointer unused)
{
  gtk_widget_queue_draw (GTK_WIDGET (cell));
}

static void
draw_cells (PaneListView *self)
{
  pane_slot_view_foreach_cell (PANE_SLOT_VIEW (self), draw_cell, NULL);
}

/* Font, zoom or theme may be others: what follows from them is computed again. */
static void
update_style (PaneListView *self)
{
  guint zoom = pane_view_get_zoom (PANE_VIEW (self));
  PangoContext *context = gtk_widget_get_pango_context (GTK_WIDGET (self));
  PangoFontMetrics *metrics = pango_context_get_metrics (context, NULL, NULL);
  int text_height = PANGO_PIXELS_CEIL (pango_font_metrics_get_height (metrics));
  int char_width = PANGO_PIXELS_CEIL (pango_font_metrics_get_approximate_char_width (metrics));
  gboolean contrast = adw_style_manager_get_high_contrast (adw_style_manager_get_default ());
  int row_height
      = MAX (icon_sizes[zoom] + 2 * icon_margins[zoom], text_height + 2 * text_margins[zoom]);

  pango_font_metrics_unref (metrics);
  pane_list_columns_set_char_width (self->style.columns, char_width);
  self->style.secondary_opacity = contrast ? 0.9 : 0.65;
  if (self->style.icon_size != icon_sizes[zoom] || self->style.row_height != row_height)
    {
      self->style.icon_size = icon_sizes[zoom];
      self->style.row_height = row_height;
      pane_slot_view_resize_cells (PANE_SLOT_VIEW (self));
    }
  draw_cells (self);
}

static void
css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (pane_list_view_parent_class)->css_changed (widget, change);
  update_style (PANE_LIST_VIEW (widget));
}

static void
realize (GtkWidget *widget)
{
  PaneListView *self = PANE_LIST_VIEW (widget);

  GTK_WIDGET_CLASS (pane_list_view_parent_class)->realize (widget);
  pane_icon_cache_preload (pane_icon_cache_get (gtk_widget_get_display (widget)),
                           self->style.icon_size,
                           gtk_widget_get_scale_factor (widget));
}

static guint
get_n_zoom_levels (PaneView *view)
{
  return N_ZOOM_LEVELS;
}

static void
set_zoom (PaneView *view, guint level)
{
  update_style (PANE_LIST_VIEW (view));
}

static GtkWidget *
create_list (PaneSlotView *view, GtkSelectionModel *model, GtkListItemFactory *factory)
{
  GtkWidget *list = gtk_list_view_new (model, factory);

  gtk_widget_add_css_class (list, "pane-list");
  gtk_list_view_set_tab_behavior (GTK_LIST_VIEW (list), GTK_LIST_TAB_ITEM);
  gtk_accessible_update_property (GTK_ACCESSIBLE (list),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Files"),
                                  -1);
  return list;
}

static PaneCell *
create_cell (PaneSlotView *view)
{
  return pane_list_row_new (&PANE_LIST_VIEW (view)->style);
}

static void
scroll_to (PaneSlotView *view, guint position, GtkListScrollFlags flags)
{
  gtk_list_view_scroll_to (GTK_LIST_VIEW (pane_slot_view_get_list (view)), position, flags, NULL);
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
  ThawOrder *order = pane_folder_model_get_order (pane_view_get_model (PANE_VIEW (view)));
  const ThawOrderSpec *spec = order != NULL ? thaw_order_get_spec (order) : NULL;

  if (spec != NULL)
    pane_list_header_set_sort (PANE_LIST_HEADER (PANE_LIST_VIEW (view)->header),
                               spec->column,
                               spec->descending);
}

static void
sort_cb (PaneListHeader *header, guint column, gboolean descending, PaneListView *self)
{
  pane_view_request_sort (PANE_VIEW (self), column, descending);
}

typedef struct {
  ThawSortColumn column;
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
columns_changed_cb (PaneListColumns *columns, PaneListView *self)
{
  draw_cells (self);
}

static void
pane_list_view_finalize (GObject *object)
{
  PaneListView *self = PANE_LIST_VIEW (object);

  for (guint i = 0; i < PANE_N_LIST_COLUMNS; i++)
    g_clear_object (&self->style.layouts[i]);
  g_clear_object (&self->style.columns);
  G_OBJECT_CLASS (pane_list_view_parent_class)->finalize (object);
}

static void
pane_list_view_class_init (PaneListViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  PaneViewClass *view_class = PANE_VIEW_CLASS (klass);
  PaneSlotViewClass *slot_class = PANE_SLOT_VIEW_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = pane_list_view_finalize;
  widget_class->css_changed = css_changed;
  widget_class->realize = realize;
  view_class->get_n_zoom_levels = get_n_zoom_levels;
  view_class->set_zoom = set_zoom;
  slot_class->create_list = create_list;
  slot_class->create_cell = create_cell;
  slot_class->scroll_to = scroll_to;
  slot_class->fit = fit;
  slot_class->published = published;
  gtk_widget_class_set_css_name (widget_class, "columnview");
}

/* A name loses its middle when it is too long: beginning and extension tell more. */
static PangoLayout *
create_layout (GtkWidget *widget, ThawSortColumn column)
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
  for (guint i = 0; i < PANE_N_LIST_COLUMNS; i++)
    self->style.layouts[i] = create_layout (widget, i);
  g_signal_connect_object (self->style.columns,
                           "changed",
                           G_CALLBACK (columns_changed_cb),
                           self,
                           0);
  self->header = pane_list_header_new (self->style.columns);
  gtk_widget_insert_before (self->header,
                            widget,
                            pane_slot_view_get_scrolled (PANE_SLOT_VIEW (self)));
  g_signal_connect_object (self->header, "sort", G_CALLBACK (sort_cb), self, 0);
  g_signal_connect_object (self->header, "fit", G_CALLBACK (fit_cb), self, 0);
  pane_view_set_zoom (PANE_VIEW (self), DEFAULT_ZOOM);
  update_style (self);
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
