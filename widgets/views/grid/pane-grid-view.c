/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The grid view: large icons with the name below, in five sizes. GtkGridView keeps thirty rows of
 * widgets for as many columns as it is allowed, whether they fit or not, so it is allowed just what
 * fits, decided anew after each change of width and before the frame is painted. Loop's thread
 * only.
 */
#include "grid/pane-grid-cell.h"
#include "pane-icon-cache.h"
#include "pane-slot-view.h"

#include <glib/gi18n-lib.h>

#define N_ZOOM_LEVELS 5
#define DEFAULT_ZOOM 2
#define ROWS_KEPT 33    /* by GtkGridView, with those around its focus and its anchor */
#define CELL_BORDER 1   /* the style's, on each side */
#define LEAST_CHARS 11  /* of a name, in a line */
#define FIRST_COLUMNS 4 /* before the first layout */

#define PANE_TYPE_GRID_VIEW (pane_grid_view_get_type ())
G_DECLARE_FINAL_TYPE (PaneGridView, pane_grid_view, PANE, GRID_VIEW, PaneSlotView)

struct _PaneGridView {
  PaneSlotView parent_instance;

  PaneGridStyle style;
  guint n_columns;
};

static const int icon_sizes[N_ZOOM_LEVELS] = { 48, 64, 96, 128, 192 };
static const int line_counts[N_ZOOM_LEVELS] = { 2, 2, 3, 3, 3 };

G_DEFINE_FINAL_TYPE (PaneGridView, pane_grid_view, PANE_TYPE_SLOT_VIEW)

static guint
count_columns (PaneGridView *self, int width)
{
  return MAX (1, width / (self->style.width + 2 * CELL_BORDER));
}

static void
set_n_columns (PaneGridView *self, guint n_columns)
{
  GtkWidget *list = pane_slot_view_get_list (PANE_SLOT_VIEW (self));

  self->n_columns = n_columns;
  if (list != NULL)
    gtk_grid_view_set_max_columns (GTK_GRID_VIEW (list), n_columns);
}

static gboolean
fit (PaneSlotView *view, int width)
{
  PaneGridView *self = PANE_GRID_VIEW (view);
  guint n_columns = count_columns (self, width);

  if (n_columns == self->n_columns)
    return FALSE;
  set_n_columns (self, n_columns);
  return TRUE;
}

static void
draw_cell (PaneCell *cell, gpointer unused)
{
  gtk_widget_queue_draw (GTK_WIDGET (cell));
}

static void
compute_style (PaneGridView *self, PaneGridStyle *style)
{
  guint zoom = pane_view_get_zoom (PANE_VIEW (self));
  PangoContext *context = gtk_widget_get_pango_context (GTK_WIDGET (self));
  PangoFontMetrics *metrics = pango_context_get_metrics (context, NULL, NULL);
  int line_height = PANGO_PIXELS_CEIL (pango_font_metrics_get_height (metrics));
  int char_width = PANGO_PIXELS_CEIL (pango_font_metrics_get_approximate_char_width (metrics));

  pango_font_metrics_unref (metrics);
  style->icon_size = icon_sizes[zoom];
  style->n_lines = line_counts[zoom];
  style->width = MAX (style->icon_size + 16, LEAST_CHARS * char_width) + 2 * PANE_GRID_MARGIN;
  style->height
      = style->icon_size + PANE_GRID_SPACING + style->n_lines * line_height + 2 * PANE_GRID_MARGIN;
}

/* Font or zoom may be others: what follows from them is computed again. */
static void
update_style (PaneGridView *self)
{
  GtkWidget *list = pane_slot_view_get_list (PANE_SLOT_VIEW (self));
  PaneGridStyle style = self->style;

  compute_style (self, &style);
  pane_slot_view_foreach_cell (PANE_SLOT_VIEW (self), draw_cell, NULL);
  if (style.width == self->style.width && style.height == self->style.height)
    return;
  pane_slot_view_resize_cells (PANE_SLOT_VIEW (self));
  self->style = style;
  if (list != NULL && gtk_widget_get_width (list) > 0)
    fit (PANE_SLOT_VIEW (self), gtk_widget_get_width (list));
}

static void
css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (pane_grid_view_parent_class)->css_changed (widget, change);
  update_style (PANE_GRID_VIEW (widget));
}

static void
realize (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (pane_grid_view_parent_class)->realize (widget);
  pane_icon_cache_preload (pane_icon_cache_get (gtk_widget_get_display (widget)),
                           PANE_GRID_VIEW (widget)->style.icon_size,
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
  update_style (PANE_GRID_VIEW (view));
}

static GtkWidget *
create_list (PaneSlotView *view, GtkSelectionModel *model, GtkListItemFactory *factory)
{
  GtkWidget *list = gtk_grid_view_new (model, factory);

  gtk_widget_add_css_class (list, "pane-grid");
  gtk_grid_view_set_max_columns (GTK_GRID_VIEW (list), PANE_GRID_VIEW (view)->n_columns);
  gtk_grid_view_set_tab_behavior (GTK_GRID_VIEW (list), GTK_LIST_TAB_ITEM);
  gtk_accessible_update_property (GTK_ACCESSIBLE (list),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Files"),
                                  -1);
  return list;
}

static PaneCell *
create_cell (PaneSlotView *view)
{
  return pane_grid_cell_new (&PANE_GRID_VIEW (view)->style);
}

static void
scroll_to (PaneSlotView *view, guint position, GtkListScrollFlags flags)
{
  gtk_grid_view_scroll_to (GTK_GRID_VIEW (pane_slot_view_get_list (view)), position, flags, NULL);
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
  g_clear_object (&PANE_GRID_VIEW (object)->style.layout);
  G_OBJECT_CLASS (pane_grid_view_parent_class)->finalize (object);
}

static void
pane_grid_view_class_init (PaneGridViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  PaneViewClass *view_class = PANE_VIEW_CLASS (klass);
  PaneSlotViewClass *slot_class = PANE_SLOT_VIEW_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = pane_grid_view_finalize;
  widget_class->css_changed = css_changed;
  widget_class->realize = realize;
  view_class->get_n_zoom_levels = get_n_zoom_levels;
  view_class->set_zoom = set_zoom;
  slot_class->create_list = create_list;
  slot_class->create_cell = create_cell;
  slot_class->scroll_to = scroll_to;
  slot_class->get_n_columns = get_n_columns;
  slot_class->get_n_kept = get_n_kept;
  slot_class->fit = fit;
}

static PangoLayout *
create_layout (GtkWidget *widget)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (widget, NULL);

  pango_layout_set_alignment (layout, PANGO_ALIGN_CENTER);
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_MIDDLE);
  return layout;
}

static void
pane_grid_view_init (PaneGridView *self)
{
  self->style.layout = create_layout (GTK_WIDGET (self));
  self->n_columns = FIRST_COLUMNS;
  pane_view_set_zoom (PANE_VIEW (self), DEFAULT_ZOOM);
  update_style (self);
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
