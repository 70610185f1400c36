/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PaneCanvas: the scrolled surface of a canvas view. The view says where entries are; what the user
 * looks at is kept in its place (pane-canvas-place.c) when the order, the size or the zoom is
 * another, and what has to come into sight does so once it is laid out. The cells of what is on the
 * screen are in pane-canvas-cells.c. Loop's thread only.
 */
#include "pane-canvas-private.h"
#include "pane-details.h"

struct _PaneCanvas {
  GtkWidget parent_instance;

  PaneCanvasView *view;   /* not owned: it owns us */
  PaneFolderModel *model; /* owned; NULL before it is set */
  PaneCellStyle style;
  GtkOrientation orientation;
  GtkAdjustment *adjustments[2]; /* by GtkOrientation */
  GtkScrollablePolicy policies[2];
  gboolean allocating;

  PaneCanvasCells *cells;       /* owned */
  PaneCanvasHeadings *headings; /* owned */

  /* What it was laid out for. */
  gboolean stale;
  int laid_width, laid_height;
  int content_width, content_height;

  PaneCanvasPlace *place; /* owned: what has to stay where it is, while it is laid out anew */

  /* What has to come into sight once it is laid out. */
  guint32 reveal_id;
  gboolean reveal_focus;

  guint first_wanted, end_wanted;
  ThawOrder *wanted_order; /* not owned: only compared */
};

enum {
  PROP_0,
  PROP_HADJUSTMENT,
  PROP_VADJUSTMENT,
  PROP_HSCROLL_POLICY,
  PROP_VSCROLL_POLICY,
};

G_DEFINE_FINAL_TYPE_WITH_CODE (PaneCanvas,
                               pane_canvas,
                               GTK_TYPE_WIDGET,
                               G_IMPLEMENT_INTERFACE (GTK_TYPE_SCROLLABLE, NULL))

/* Simple answers */

PaneFolderModel *
pane_canvas_get_model (PaneCanvas *self)
{
  return self->model;
}

PaneView *
pane_canvas_get_view (PaneCanvas *self)
{
  return PANE_VIEW (self->view);
}

GtkOrientation
pane_canvas_get_orientation (PaneCanvas *self)
{
  return self->orientation;
}

void
pane_canvas_set_orientation (PaneCanvas *self, GtkOrientation orientation)
{
  self->orientation = orientation;
  pane_canvas_changed (self);
}

const PaneCellStyle *
pane_canvas_get_style (PaneCanvas *self)
{
  return &self->style;
}

void
pane_canvas_get_page (PaneCanvas *self, int *width, int *height)
{
  *width = gtk_widget_get_width (GTK_WIDGET (self));
  *height = gtk_widget_get_height (GTK_WIDGET (self));
}

static gboolean
is_rtl (PaneCanvas *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

static guint
get_n (PaneCanvas *self)
{
  return pane_canvas_view_get_n (self->view);
}

/* Scrolling. The content's start is at the right in right-to-left languages, where the adjustment
 * is at its end. */

static int
get_offset (PaneCanvas *self, GtkOrientation orientation)
{
  GtkAdjustment *adjustment = self->adjustments[orientation];
  double value;

  if (adjustment == NULL)
    return 0;
  value = gtk_adjustment_get_value (adjustment);
  if (orientation == GTK_ORIENTATION_HORIZONTAL && is_rtl (self))
    value
        = gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment) - value;
  return (int) value;
}

static void
set_offset (PaneCanvas *self, GtkOrientation orientation, double offset)
{
  GtkAdjustment *adjustment = self->adjustments[orientation];
  double most;

  if (adjustment == NULL)
    return;
  most = gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment);
  offset = CLAMP (offset, 0, MAX (most, 0));
  if (orientation == GTK_ORIENTATION_HORIZONTAL && is_rtl (self))
    offset = most - offset;
  gtk_adjustment_set_value (adjustment, offset);
}

static void
value_changed_cb (GtkAdjustment *adjustment, PaneCanvas *self)
{
  if (!self->allocating)
    gtk_widget_queue_allocate (GTK_WIDGET (self));
}

static void
set_adjustment (PaneCanvas *self, GtkOrientation orientation, GtkAdjustment *adjustment)
{
  if (self->adjustments[orientation] != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->adjustments[orientation], self);
      g_clear_object (&self->adjustments[orientation]);
    }
  if (adjustment == NULL)
    return;
  self->adjustments[orientation] = g_object_ref_sink (adjustment);
  g_signal_connect (adjustment, "value-changed", G_CALLBACK (value_changed_cb), self);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

static void
configure (PaneCanvas *self, GtkOrientation orientation, int content, int page)
{
  GtkAdjustment *adjustment = self->adjustments[orientation];
  int offset = get_offset (self, orientation);
  int upper = MAX (content, page);

  if (adjustment == NULL)
    return;
  offset = CLAMP (offset, 0, upper - page);
  gtk_adjustment_configure (
      adjustment,
      orientation == GTK_ORIENTATION_HORIZONTAL && is_rtl (self) ? upper - page - offset : offset,
      0,
      upper,
      MAX (page * 0.1, 1),
      MAX (page * 0.9, 1),
      page);
}

void
pane_canvas_scroll_by (PaneCanvas *self, double dx, double dy)
{
  for (guint i = 0; i < 2; i++)
    {
      double delta = i == GTK_ORIENTATION_HORIZONTAL ? dx : dy;

      if (self->adjustments[i] != NULL && delta != 0)
        gtk_adjustment_set_value (self->adjustments[i],
                                  gtk_adjustment_get_value (self->adjustments[i]) + delta);
    }
}

/* Geometry */

gboolean
pane_canvas_get_area (PaneCanvas *self, guint position, GdkRectangle *area)
{
  if (position >= get_n (self) || self->stale)
    return FALSE;
  PANE_CANVAS_VIEW_GET_CLASS (self->view)
      ->get_area (self->view, position, &area->x, &area->y, &area->width, &area->height);
  return area->width > 0 && area->height > 0;
}

/* NULL is what a view in another language returns when it throws, too. */
GtkBitset *
pane_canvas_dup_positions (PaneCanvas *self, const GdkRectangle *area)
{
  GtkBitset *found = NULL;

  if (!self->stale && get_n (self) > 0)
    found = PANE_CANVAS_VIEW_GET_CLASS (self->view)
                ->dup_positions (self->view, area->x, area->y, area->width, area->height);
  return found != NULL ? found : gtk_bitset_new_empty ();
}

void
pane_canvas_get_viewport (PaneCanvas *self, GdkRectangle *viewport)
{
  viewport->x = get_offset (self, GTK_ORIENTATION_HORIZONTAL);
  viewport->y = get_offset (self, GTK_ORIENTATION_VERTICAL);
  pane_canvas_get_page (self, &viewport->width, &viewport->height);
}

/* The same both ways: from content to widget, and back, when it is mirrored. */
static int
mirror (PaneCanvas *self, int x, int width)
{
  return is_rtl (self) ? gtk_widget_get_width (GTK_WIDGET (self)) - x - width : x;
}

void
pane_canvas_to_widget (PaneCanvas *self, const GdkRectangle *area, GdkRectangle *place)
{
  *place = *area;
  place->x = mirror (self, area->x - get_offset (self, GTK_ORIENTATION_HORIZONTAL), area->width);
  place->y -= get_offset (self, GTK_ORIENTATION_VERTICAL);
}

void
pane_canvas_to_content (PaneCanvas *self, const graphene_rect_t *area, GdkRectangle *content)
{
  graphene_rect_t whole;

  graphene_rect_round_extents (area, &whole);
  content->width = (int) whole.size.width;
  content->height = (int) whole.size.height;
  content->x = mirror (self, (int) whole.origin.x, content->width)
               + get_offset (self, GTK_ORIENTATION_HORIZONTAL);
  content->y = (int) whole.origin.y + get_offset (self, GTK_ORIENTATION_VERTICAL);
}

gboolean
pane_canvas_get_bounds (PaneCanvas *self, guint position, graphene_rect_t *bounds)
{
  GdkRectangle area, place;

  if (!pane_canvas_get_area (self, position, &area))
    return FALSE;
  pane_canvas_to_widget (self, &area, &place);
  graphene_rect_init (bounds, place.x, place.y, place.width, place.height);
  return TRUE;
}

gboolean
pane_canvas_get_visible_range (PaneCanvas *self, guint *first, guint *last)
{
  guint n = get_n (self), end = 0;
  GdkRectangle area;

  *first = 0;
  pane_canvas_get_viewport (self, &area);
  if (!self->stale && n > 0)
    PANE_CANVAS_VIEW_GET_CLASS (self->view)
        ->find_range (self->view, area.x, area.y, area.width, area.height, first, &end);
  end = MIN (end, n);
  if (*first >= end)
    return FALSE;
  *last = end - 1;
  return TRUE;
}

/* Cells */

PaneCell *
pane_canvas_find_cell (PaneCanvas *self, guint32 id)
{
  return pane_canvas_cells_find (self->cells, id);
}

void
pane_canvas_foreach_cell (PaneCanvas *self,
                          void (*func) (PaneCell *cell, gpointer user_data),
                          gpointer user_data)
{
  pane_canvas_cells_foreach (self->cells, func, user_data);
}

PaneCanvasHeadings *
pane_canvas_get_headings (PaneCanvas *self)
{
  return self->headings;
}

/* The place */

gboolean
pane_canvas_is_stale (PaneCanvas *self)
{
  return self->stale;
}

void
pane_canvas_set_start (PaneCanvas *self, double offset)
{
  set_offset (self, self->orientation, offset);
}

gboolean
pane_canvas_get_place (PaneCanvas *self, guint32 *id, double *offset)
{
  return self->model != NULL && pane_canvas_place_get (self->place, id, offset);
}

void
pane_canvas_put_place (PaneCanvas *self, guint32 id, double offset)
{
  if (self->model != NULL)
    pane_canvas_place_put (self->place, id, offset);
}

static void
lay_out (PaneCanvas *self, int width, int height)
{
  if (!self->stale && self->laid_width == width && self->laid_height == height)
    return;
  pane_canvas_place_note (self->place);
  self->laid_width = width;
  self->laid_height = height;
  PANE_CANVAS_VIEW_GET_CLASS (self->view)
      ->lay_out (self->view, width, height, &self->content_width, &self->content_height);
  self->stale = FALSE;
}

/* With its heading, if there is one above it and room for both. */
static void
scroll_to (PaneCanvas *self, guint position, const GdkRectangle *area)
{
  PaneFlow *flow = pane_canvas_view_get_flow (self->view);
  int lead = flow != NULL ? pane_flow_get_lead (flow, position) : 0;
  int from[] = { area->x, area->y - lead };
  int size[] = { area->width, area->height + lead };
  int page[2];

  pane_canvas_get_page (self, &page[0], &page[1]);
  for (guint i = 0; i < 2; i++)
    {
      int offset = get_offset (self, i);

      if (from[i] < offset || size[i] > page[i])
        set_offset (self, i, from[i]);
      else if (from[i] + size[i] > offset + page[i])
        set_offset (self, i, from[i] + size[i] - page[i]);
    }
}

static void
reveal_now (PaneCanvas *self)
{
  guint position = pane_folder_model_find (self->model, self->reveal_id);
  GdkRectangle area;

  if (self->reveal_id == THAW_NO_ENTRY || self->stale)
    return;
  if (!pane_canvas_get_area (self, position, &area))
    {
      self->reveal_id = THAW_NO_ENTRY;
      return;
    }
  scroll_to (self, position, &area);
}

/* After its cell is there. */
static void
focus_revealed (PaneCanvas *self)
{
  guint32 id = self->reveal_id;
  guint position = pane_folder_model_find (self->model, id);
  GdkRectangle area;
  PaneCell *cell;

  if (id == THAW_NO_ENTRY)
    return;
  self->reveal_id = THAW_NO_ENTRY;
  cell = pane_canvas_find_cell (self, id);
  if (!self->reveal_focus || (cell == NULL && !pane_canvas_get_area (self, position, &area)))
    return;
  if (cell == NULL)
    cell = pane_canvas_cells_make (self->cells, position, id);
  pane_folder_model_set_focus_id (self->model, id);
  gtk_widget_grab_focus (GTK_WIDGET (cell));
}

/* What is on the screen is read first. */
static void
want_visible (PaneCanvas *self)
{
  ThawOrder *order = pane_folder_model_get_order (self->model);
  guint first, last;

  if (!pane_canvas_get_visible_range (self, &first, &last))
    return;
  if (order == self->wanted_order && first == self->first_wanted && last + 1 == self->end_wanted)
    return;
  self->wanted_order = order;
  self->first_wanted = first;
  self->end_wanted = last + 1;
  pane_view_want (PANE_VIEW (self->view), first, last);
}

static void
size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  PaneCanvas *self = PANE_CANVAS (widget);

  if (self->model == NULL || pane_folder_model_get_order (self->model) == NULL)
    return;
  self->allocating = TRUE;
  lay_out (self, width, height);
  configure (self, GTK_ORIENTATION_HORIZONTAL, self->content_width, width);
  configure (self, GTK_ORIENTATION_VERTICAL, self->content_height, height);
  if (!pane_canvas_place_restore (self->place))
    reveal_now (self);
  pane_canvas_headings_assign (self->headings);
  pane_canvas_cells_assign (self->cells);
  focus_revealed (self);
  want_visible (self);
  self->allocating = FALSE;
}

void
pane_canvas_reveal (PaneCanvas *self, guint position, gboolean focus)
{
  guint32 id = pane_canvas_view_get_id (self->view, position);
  GdkRectangle area;
  PaneCell *cell;

  if (id == THAW_NO_ENTRY)
    return;
  self->reveal_id = id;
  self->reveal_focus = focus;
  pane_canvas_place_yield (self->place);
  if (focus)
    pane_folder_model_set_focus_id (self->model, id);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  if (self->stale || !pane_canvas_get_area (self, position, &area))
    return;
  scroll_to (self, position, &area);
  /* The focus doesn't wait for the frame: keys may come faster. */
  cell = pane_canvas_find_cell (self, id);
  if (cell == NULL && focus)
    cell = pane_canvas_cells_make (self->cells, position, id);
  if (focus)
    gtk_widget_grab_focus (GTK_WIDGET (cell));
}

/* Changes */

void
pane_canvas_changed (PaneCanvas *self)
{
  if (self->model == NULL)
    return;
  pane_canvas_place_note (self->place);
  self->stale = TRUE;
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
redraw_cell (PaneCell *cell, gpointer unused)
{
  pane_cell_changed (cell);
}

void
pane_canvas_redraw (PaneCanvas *self)
{
  pane_canvas_foreach_cell (self, redraw_cell, NULL);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
pane_canvas_restyle (PaneCanvas *self)
{
  int width, height;

  if (self->model != NULL)
    pane_canvas_place_note (self->place);
  pane_cell_style_read (&self->style, GTK_WIDGET (self->view));
  pane_view_measure_cell (PANE_VIEW (self->view), &self->style, &width, &height);
  self->style.width = MAX (width, 1);
  self->style.height = MAX (height, 1);
  pane_canvas_changed (self);
  pane_canvas_redraw (self);
}

static void
will_publish_cb (PaneFolderModel *model, PaneCanvas *self)
{
  pane_canvas_place_will_publish (self->place);
}

/* Another folder. */
static void
start_anew (PaneCanvas *self)
{
  gboolean had_focus = pane_canvas_get_focus_cell (self) != NULL;

  if (had_focus)
    gtk_widget_grab_focus (GTK_WIDGET (self));
  pane_canvas_cells_put_all (self->cells);
}

/* The entry that has the focus has been deleted or is hidden by a filter: its neighbour gets it. */
static void
follow_focus (PaneCanvas *self)
{
  PaneCell *cell = pane_canvas_get_focus_cell (self);
  guint32 id = pane_folder_model_get_focus_id (self->model);

  if (cell == NULL || id == THAW_NO_ENTRY || pane_cell_get_id (cell) == id)
    return;
  self->reveal_id = id;
  self->reveal_focus = TRUE;
}

static void
published_cb (PaneFolderModel *model, PaneCanvas *self)
{
  if (!pane_canvas_place_published (self->place))
    start_anew (self);
  follow_focus (self);
  self->stale = TRUE;
  self->wanted_order = NULL;
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
selection_changed_cb (GtkSelectionModel *model, guint position, guint n, PaneCanvas *self)
{
  pane_canvas_cells_show_selection (self->cells);
}

static void
entries_changed_cb (PaneFolderModel *model, PaneCanvas *self)
{
  pane_canvas_redraw (self);
}

static void
details_changed_cb (PaneDetails *details, PaneCanvas *self)
{
  pane_canvas_redraw (self);
}

void
pane_canvas_set_model (PaneCanvas *self, PaneFolderModel *model)
{
  self->model = g_object_ref (model);
  g_signal_connect_object (model, "will-publish", G_CALLBACK (will_publish_cb), self, 0);
  g_signal_connect_object (model, "published", G_CALLBACK (published_cb), self, 0);
  g_signal_connect_object (model, "selection-changed", G_CALLBACK (selection_changed_cb), self, 0);
  g_signal_connect_object (model, "entries-changed", G_CALLBACK (entries_changed_cb), self, 0);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

/* Widget */

static void
measure (GtkWidget *widget,
         GtkOrientation orientation,
         int for_size,
         int *minimum,
         int *natural,
         int *minimum_baseline,
         int *natural_baseline)
{
  *minimum = *natural = 1;
}

static void
snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PaneCanvas *self = PANE_CANVAS (widget);
  PaneCanvasViewClass *klass = PANE_CANVAS_VIEW_GET_CLASS (self->view);
  GdkRectangle viewport;

  pane_canvas_get_viewport (self, &viewport);
  if (klass->draw_below != NULL && !self->stale && self->model != NULL)
    {
      gtk_snapshot_save (snapshot);
      gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (-viewport.x, -viewport.y));
      klass->draw_below (self->view,
                         snapshot,
                         viewport.x,
                         viewport.y,
                         viewport.width,
                         viewport.height);
      gtk_snapshot_restore (snapshot);
    }
  GTK_WIDGET_CLASS (pane_canvas_parent_class)->snapshot (widget, snapshot);
  pane_canvas_snapshot_band (self, snapshot);
}

/* What is looked at is as far from the start, which is at the other side now. */
static void
direction_changed (GtkWidget *widget, GtkTextDirection previous)
{
  GtkAdjustment *adjustment = PANE_CANVAS (widget)->adjustments[GTK_ORIENTATION_HORIZONTAL];

  GTK_WIDGET_CLASS (pane_canvas_parent_class)->direction_changed (widget, previous);
  if (adjustment != NULL && (previous == GTK_TEXT_DIR_RTL) != is_rtl (PANE_CANVAS (widget)))
    gtk_adjustment_set_value (adjustment,
                              gtk_adjustment_get_upper (adjustment)
                                  - gtk_adjustment_get_page_size (adjustment)
                                  - gtk_adjustment_get_value (adjustment));
}

/* Into the canvas by Tab: to where the focus was, else to the first entry in sight. Within it the
 * arrow keys move; Tab leaves. */
static gboolean
focus (GtkWidget *widget, GtkDirectionType direction)
{
  if (pane_canvas_get_focus_cell (PANE_CANVAS (widget)) != NULL)
    return FALSE;
  return gtk_widget_grab_focus (widget);
}

static gboolean
grab_focus (GtkWidget *widget)
{
  PaneCanvas *self = PANE_CANVAS (widget);
  guint32 id = self->model != NULL ? pane_folder_model_get_focus_id (self->model) : THAW_NO_ENTRY;
  guint position = GTK_INVALID_LIST_POSITION, last;
  GdkRectangle area;

  if (self->model == NULL || get_n (self) == 0 || self->stale)
    return GTK_WIDGET_CLASS (pane_canvas_parent_class)->grab_focus (widget);
  if (id != THAW_NO_ENTRY)
    position = pane_folder_model_find (self->model, id);
  if (!pane_canvas_get_area (self, position, &area)
      && (!pane_canvas_get_visible_range (self, &position, &last)
          || !pane_canvas_get_area (self, position, &area)))
    return GTK_WIDGET_CLASS (pane_canvas_parent_class)->grab_focus (widget);
  pane_canvas_reveal (self, position, TRUE);
  return TRUE;
}

static void
pane_canvas_dispose (GObject *object)
{
  PaneCanvas *self = PANE_CANVAS (object);
  GtkWidget *child;

  pane_canvas_cells_forget (self->cells);
  pane_canvas_headings_forget (self->headings);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  set_adjustment (self, GTK_ORIENTATION_HORIZONTAL, NULL);
  set_adjustment (self, GTK_ORIENTATION_VERTICAL, NULL);
  pane_canvas_place_forget (self->place);
  if (self->model != NULL)
    g_signal_handlers_disconnect_by_data (self->model, self);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (pane_canvas_parent_class)->dispose (object);
}

static void
pane_canvas_finalize (GObject *object)
{
  PaneCanvas *self = PANE_CANVAS (object);

  pane_canvas_cells_free (self->cells);
  pane_canvas_headings_free (self->headings);
  pane_canvas_place_free (self->place);
  pane_cell_style_clear (&self->style);
  G_OBJECT_CLASS (pane_canvas_parent_class)->finalize (object);
}

static void
pane_canvas_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PaneCanvas *self = PANE_CANVAS (object);

  switch (prop_id)
    {
    case PROP_HADJUSTMENT:
      g_value_set_object (value, self->adjustments[GTK_ORIENTATION_HORIZONTAL]);
      break;
    case PROP_VADJUSTMENT:
      g_value_set_object (value, self->adjustments[GTK_ORIENTATION_VERTICAL]);
      break;
    case PROP_HSCROLL_POLICY:
      g_value_set_enum (value, self->policies[GTK_ORIENTATION_HORIZONTAL]);
      break;
    case PROP_VSCROLL_POLICY:
      g_value_set_enum (value, self->policies[GTK_ORIENTATION_VERTICAL]);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pane_canvas_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  PaneCanvas *self = PANE_CANVAS (object);

  switch (prop_id)
    {
    case PROP_HADJUSTMENT:
      set_adjustment (self, GTK_ORIENTATION_HORIZONTAL, g_value_get_object (value));
      break;
    case PROP_VADJUSTMENT:
      set_adjustment (self, GTK_ORIENTATION_VERTICAL, g_value_get_object (value));
      break;
    case PROP_HSCROLL_POLICY:
      self->policies[GTK_ORIENTATION_HORIZONTAL] = g_value_get_enum (value);
      break;
    case PROP_VSCROLL_POLICY:
      self->policies[GTK_ORIENTATION_VERTICAL] = g_value_get_enum (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pane_canvas_class_init (PaneCanvasClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = pane_canvas_dispose;
  object_class->finalize = pane_canvas_finalize;
  object_class->get_property = pane_canvas_get_property;
  object_class->set_property = pane_canvas_set_property;
  widget_class->measure = measure;
  widget_class->size_allocate = size_allocate;
  widget_class->snapshot = snapshot;
  widget_class->direction_changed = direction_changed;
  widget_class->focus = focus;
  widget_class->grab_focus = grab_focus;
  g_object_class_override_property (object_class, PROP_HADJUSTMENT, "hadjustment");
  g_object_class_override_property (object_class, PROP_VADJUSTMENT, "vadjustment");
  g_object_class_override_property (object_class, PROP_HSCROLL_POLICY, "hscroll-policy");
  g_object_class_override_property (object_class, PROP_VSCROLL_POLICY, "vscroll-policy");
  pane_canvas_install_keys (widget_class);
  gtk_widget_class_set_css_name (widget_class, "gridview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_LIST);
}

static void
pane_canvas_init (PaneCanvas *self)
{
  self->stale = TRUE;
  self->orientation = GTK_ORIENTATION_VERTICAL;
  self->reveal_id = THAW_NO_ENTRY;
  self->place = pane_canvas_place_new (self);
  self->cells = pane_canvas_cells_new (self);
  self->headings = pane_canvas_headings_new (self);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_widget_add_css_class (GTK_WIDGET (self), "view");
  gtk_widget_add_css_class (GTK_WIDGET (self), "pane-entries");
  g_signal_connect_object (pane_details_get_default (),
                           "changed",
                           G_CALLBACK (details_changed_cb),
                           self,
                           0);
}

PaneCanvas *
pane_canvas_new (PaneCanvasView *view)
{
  PaneCanvas *self = g_object_new (PANE_TYPE_CANVAS, NULL);

  self->view = view;
  pane_canvas_add_input (self);
  pane_canvas_add_band (self);
  return self;
}
