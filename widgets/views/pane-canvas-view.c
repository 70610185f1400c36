/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PaneCanvasView: a view that says where entries are and draws them; everything else is here. It is
 * a scrolled window around a canvas (pane-canvas.c), answers what a host asks of a view from that,
 * and, for views that say nothing of places, lets entries flow in cells of one size
 * (pane-canvas-flow.c). Loop's thread only; must not touch files.
 */
#include "pane-canvas-private.h"
#include "pane-details.h"

#include <glib/gi18n-lib.h>

typedef struct {
  GtkWidget *scrolled;
  PaneCanvas *canvas;
  PaneFlow *flow;
} PaneCanvasViewPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (PaneCanvasView, pane_canvas_view, PANE_TYPE_VIEW)

static PaneCanvasViewPrivate *
get_private (gpointer self)
{
  return pane_canvas_view_get_instance_private (PANE_CANVAS_VIEW (self));
}

/**
 * pane_canvas_view_get_n:
 * @self: a [class@Pane.CanvasView]
 *
 * Returns: how many entries are shown
 */
guint
pane_canvas_view_get_n (PaneCanvasView *self)
{
  PaneFolderModel *model;
  ThawOrder *order;

  g_return_val_if_fail (PANE_IS_CANVAS_VIEW (self), 0);

  model = pane_view_get_model (PANE_VIEW (self));
  order = model != NULL ? pane_folder_model_get_order (model) : NULL;
  return order != NULL ? thaw_order_get_n (order) : 0;
}

/**
 * pane_canvas_view_get_id:
 * @self: a [class@Pane.CanvasView]
 * @position: a place in the order
 *
 * Returns: the entry there, or %THAW_NO_ENTRY
 */
guint32
pane_canvas_view_get_id (PaneCanvasView *self, guint position)
{
  PaneFolderModel *model;

  g_return_val_if_fail (PANE_IS_CANVAS_VIEW (self), THAW_NO_ENTRY);

  model = pane_view_get_model (PANE_VIEW (self));
  return model != NULL ? pane_folder_model_get_id (model, position) : THAW_NO_ENTRY;
}

/**
 * pane_canvas_view_get_style:
 * @self: a [class@Pane.CanvasView]
 *
 * Returns: (transfer none): what its cells share
 */
const PaneCellStyle *
pane_canvas_view_get_style (PaneCanvasView *self)
{
  g_return_val_if_fail (PANE_IS_CANVAS_VIEW (self), NULL);

  return pane_canvas_get_style (get_private (self)->canvas);
}

/**
 * pane_canvas_view_set_orientation:
 * @self: a [class@Pane.CanvasView]
 * @orientation: along which entries run and are scrolled
 *
 * For views, while they are made. Vertical unless said otherwise.
 */
void
pane_canvas_view_set_orientation (PaneCanvasView *self, GtkOrientation orientation)
{
  PaneCanvasViewPrivate *priv;
  gboolean vertical = orientation == GTK_ORIENTATION_VERTICAL;

  g_return_if_fail (PANE_IS_CANVAS_VIEW (self));

  priv = get_private (self);
  pane_canvas_set_orientation (priv->canvas, orientation);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (priv->scrolled),
                                  vertical ? GTK_POLICY_NEVER : GTK_POLICY_AUTOMATIC,
                                  vertical ? GTK_POLICY_AUTOMATIC : GTK_POLICY_NEVER);
}

/**
 * pane_canvas_view_changed:
 * @self: a [class@Pane.CanvasView]
 *
 * For views: where entries are, or how they look, is something else. They are laid out and drawn
 * again in the next frame; what the user looks at stays where it is.
 */
void
pane_canvas_view_changed (PaneCanvasView *self)
{
  g_return_if_fail (PANE_IS_CANVAS_VIEW (self));

  /* What the user looks at is where it was until the flow forgets that. */
  pane_canvas_changed (get_private (self)->canvas);
  pane_flow_order_changed (get_private (self)->flow);
  pane_canvas_redraw (get_private (self)->canvas);
}

/**
 * pane_canvas_view_moved:
 * @self: a [class@Pane.CanvasView]
 *
 * For views: where entries are is something else, but not how they look. They are laid out again in
 * the next frame; those that get another size are drawn again, all others only moved.
 */
void
pane_canvas_view_moved (PaneCanvasView *self)
{
  g_return_if_fail (PANE_IS_CANVAS_VIEW (self));

  /* What the user looks at is where it was until the flow forgets that. */
  pane_canvas_changed (get_private (self)->canvas);
  pane_flow_order_changed (get_private (self)->flow);
}

/**
 * pane_canvas_view_entry_changed:
 * @self: a [class@Pane.CanvasView]
 * @id: an entry
 *
 * For views: how this entry looks is something else. It is drawn again, if it is on the screen.
 */
void
pane_canvas_view_entry_changed (PaneCanvasView *self, guint32 id)
{
  PaneCell *cell;

  g_return_if_fail (PANE_IS_CANVAS_VIEW (self));

  cell = pane_canvas_find_cell (get_private (self)->canvas, id);
  if (cell != NULL)
    pane_cell_changed (cell);
}

/**
 * pane_canvas_view_restyle:
 * @self: a [class@Pane.CanvasView]
 *
 * For views: how large cells are is something else than the font and the zoom say, so that they
 * are measured again.
 */
void
pane_canvas_view_restyle (PaneCanvasView *self)
{
  g_return_if_fail (PANE_IS_CANVAS_VIEW (self));

  pane_canvas_restyle (get_private (self)->canvas);
}

/**
 * pane_canvas_view_get_scrolled:
 * @self: a [class@Pane.CanvasView]
 *
 * Returns: (transfer none): the scrolled window that is the view's one child
 */
GtkWidget *
pane_canvas_view_get_scrolled (PaneCanvasView *self)
{
  g_return_val_if_fail (PANE_IS_CANVAS_VIEW (self), NULL);

  return get_private (self)->scrolled;
}

/**
 * pane_canvas_view_lay_out:
 * @self: a [class@Pane.CanvasView]
 * @width: how much room there is, in application pixels
 * @height: the same
 * @content_width: (out): how wide the whole is
 * @content_height: (out): how high
 *
 * Has the view arrange its entries.
 */
void
pane_canvas_view_lay_out (PaneCanvasView *self,
                          int width,
                          int height,
                          int *content_width,
                          int *content_height)
{
  g_return_if_fail (PANE_IS_CANVAS_VIEW (self));

  *content_width = *content_height = 0;
  PANE_CANVAS_VIEW_GET_CLASS (self)->lay_out (self, width, height, content_width, content_height);
}

/**
 * pane_canvas_view_get_area:
 * @self: a [class@Pane.CanvasView]
 * @position: a place in the order
 * @x: (out): where the entry is, from the content's start edge
 * @y: (out): from its top
 * @width: (out): how wide; 0: it isn't shown
 * @height: (out): how high
 *
 * Asks the view where an entry is.
 */
void
pane_canvas_view_get_area (PaneCanvasView *self,
                           guint position,
                           int *x,
                           int *y,
                           int *width,
                           int *height)
{
  g_return_if_fail (PANE_IS_CANVAS_VIEW (self));

  *x = *y = *width = *height = 0;
  PANE_CANVAS_VIEW_GET_CLASS (self)->get_area (self, position, x, y, width, height);
}

/**
 * pane_canvas_view_find_range:
 * @self: a [class@Pane.CanvasView]
 * @x: of an area of the content
 * @y: of it
 * @width: of it
 * @height: of it
 * @first: (out): the first position that may be in it
 * @end: (out): one behind the last
 *
 * Asks the view between which places in the order all entries are that touch an area. Where entries
 * are far apart in the order this has many others in it: pane_canvas_view_dup_positions().
 */
void
pane_canvas_view_find_range (PaneCanvasView *self,
                             int x,
                             int y,
                             int width,
                             int height,
                             guint *first,
                             guint *end)
{
  g_return_if_fail (PANE_IS_CANVAS_VIEW (self));

  *first = *end = 0;
  PANE_CANVAS_VIEW_GET_CLASS (self)->find_range (self, x, y, width, height, first, end);
}

/**
 * pane_canvas_view_dup_positions:
 * @self: a [class@Pane.CanvasView]
 * @x: of an area of the content, in application pixels from its start edge
 * @y: of it, from the content's top
 * @width: of it
 * @height: of it
 *
 * Asks the view which entries touch an area. Those that do are all there; few others are, of which
 * pane_canvas_view_get_area() tells that they don't.
 *
 * A view implements this in place of pane_canvas_view_find_range() where entries that are beside
 * each other are far apart in the order, as copies are in a folder of a million files: what it
 * costs to show them is in proportion to what this returns. Loop's thread.
 *
 * Returns: (transfer full) (nullable): their places in the order; %NULL: no entry does
 */
GtkBitset *
pane_canvas_view_dup_positions (PaneCanvasView *self, int x, int y, int width, int height)
{
  g_return_val_if_fail (PANE_IS_CANVAS_VIEW (self), NULL);

  return PANE_CANVAS_VIEW_GET_CLASS (self)->dup_positions (self, x, y, width, height);
}

/* What a view does unless it does something else. */

static void
lay_out (PaneCanvasView *self, int width, int height, int *content_width, int *content_height)
{
  pane_flow_lay_out (get_private (self)->flow,
                     pane_canvas_get_orientation (get_private (self)->canvas),
                     width,
                     height,
                     content_width,
                     content_height);
}

static void
get_area (PaneCanvasView *self, guint position, int *x, int *y, int *width, int *height)
{
  pane_flow_get_area (get_private (self)->flow, position, x, y, width, height);
}

/* The first position whose area ends behind @edge, or begins there. */
static guint
bisect (PaneCanvasView *self, int edge, gboolean by_end)
{
  gboolean vertical
      = pane_canvas_get_orientation (get_private (self)->canvas) == GTK_ORIENTATION_VERTICAL;
  guint low = 0, high = pane_canvas_view_get_n (self);

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      int x = 0, y = 0, width = 0, height = 0, at;

      pane_canvas_view_get_area (self, middle, &x, &y, &width, &height);
      at = (vertical ? y : x) + (by_end ? (vertical ? height : width) : 0);
      if (by_end ? at <= edge : at < edge)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* Of entries that are in the order of reading. */
static void
find_run (PaneCanvasView *self, int x, int y, int width, int height, guint *first, guint *end)
{
  gboolean vertical
      = pane_canvas_get_orientation (get_private (self)->canvas) == GTK_ORIENTATION_VERTICAL;

  if (PANE_CANVAS_VIEW_GET_CLASS (self)->get_area == get_area)
    {
      pane_flow_find_range (get_private (self)->flow, x, y, width, height, first, end);
      return;
    }
  *first = bisect (self, vertical ? y : x, TRUE);
  *end = bisect (self, vertical ? y + height : x + width, FALSE);
}

/* Each of the two is made of the other where a view has only that; neither asks for itself. */

static void
find_range (PaneCanvasView *self, int x, int y, int width, int height, guint *first, guint *end);

static GtkBitset *
dup_positions (PaneCanvasView *self, int x, int y, int width, int height)
{
  PaneCanvasViewClass *klass = PANE_CANVAS_VIEW_GET_CLASS (self);
  guint first = 0, end = 0;

  if (klass->find_range != find_range)
    klass->find_range (self, x, y, width, height, &first, &end);
  else
    find_run (self, x, y, width, height, &first, &end);
  end = MIN (end, pane_canvas_view_get_n (self));
  return gtk_bitset_new_range (first, MAX (first, end) - first);
}

static void
find_range (PaneCanvasView *self, int x, int y, int width, int height, guint *first, guint *end)
{
  PaneCanvasViewClass *klass = PANE_CANVAS_VIEW_GET_CLASS (self);
  g_autoptr (GtkBitset) found = NULL;

  if (klass->find_range != find_range || klass->dup_positions == dup_positions)
    {
      find_run (self, x, y, width, height, first, end);
      return;
    }
  found = klass->dup_positions (self, x, y, width, height);
  *first = *end = 0;
  if (found == NULL || gtk_bitset_is_empty (found))
    return;
  *first = gtk_bitset_get_minimum (found);
  *end = gtk_bitset_get_maximum (found) + 1;
}

PaneFlow *
pane_canvas_view_get_flow (PaneCanvasView *self)
{
  return PANE_CANVAS_VIEW_GET_CLASS (self)->get_area == get_area ? get_private (self)->flow : NULL;
}

/* Groups */

static gboolean
can_group (PaneView *view)
{
  return pane_canvas_view_get_flow (PANE_CANVAS_VIEW (view)) != NULL
         && PANE_CANVAS_VIEW_GET_CLASS (view)->get_group == NULL;
}

static void
set_grouped (PaneView *view, gboolean grouped)
{
  pane_canvas_view_changed (PANE_CANVAS_VIEW (view));
  pane_flow_set_grouped (get_private (view)->flow, grouped);
}

/* Types have got names, or another day has begun. */
static void
details_changed_cb (PaneDetails *details, PaneCanvasView *self)
{
  if (!pane_flow_is_current (get_private (self)->flow))
    pane_canvas_view_changed (self);
  else
    gtk_widget_queue_allocate (GTK_WIDGET (get_private (self)->canvas));
}

/* PaneView */

static void
published_cb (PaneFolderModel *model, PaneCanvasView *self)
{
  pane_flow_order_changed (get_private (self)->flow);
}

/* Before the canvas lays out the new order the flow has to know of it. */
static void
set_model (PaneView *view, PaneFolderModel *model)
{
  g_signal_connect_object (model, "published", G_CALLBACK (published_cb), view, 0);
  pane_canvas_set_model (get_private (view)->canvas, model);
}

static void
reveal (PaneView *view, guint32 id, gboolean focus)
{
  pane_canvas_reveal (get_private (view)->canvas,
                      pane_folder_model_find (pane_view_get_model (view), id),
                      focus);
}

static gboolean
get_visible (PaneView *view, guint *first_position, guint *last_position)
{
  return pane_canvas_get_visible_range (get_private (view)->canvas, first_position, last_position);
}

static gboolean
get_place (PaneView *view, guint32 *id, double *offset)
{
  return pane_canvas_get_place (get_private (view)->canvas, id, offset);
}

static void
put_place (PaneView *view, guint32 id, double offset)
{
  pane_canvas_put_place (get_private (view)->canvas, id, offset);
}

static gboolean
get_entry_bounds (PaneView *view, guint32 id, graphene_rect_t *bounds)
{
  PaneCell *cell = pane_canvas_find_cell (get_private (view)->canvas, id);

  return cell != NULL && gtk_widget_compute_bounds (GTK_WIDGET (cell), GTK_WIDGET (view), bounds);
}

static guint32
get_entry_at (PaneView *view, double x, double y)
{
  PaneCanvas *canvas = get_private (view)->canvas;
  graphene_point_t point;
  PaneCell *cell;

  if (!gtk_widget_compute_point (GTK_WIDGET (view),
                                 GTK_WIDGET (canvas),
                                 &GRAPHENE_POINT_INIT ((float) x, (float) y),
                                 &point))
    return THAW_NO_ENTRY;
  cell = pane_canvas_pick (canvas, point.x, point.y);
  return cell != NULL ? pane_cell_get_id (cell) : THAW_NO_ENTRY;
}

static void
mark_drop (PaneCell *cell, gpointer user_data)
{
  guint32 id = GPOINTER_TO_UINT (user_data);

  if (id != THAW_NO_ENTRY && pane_cell_get_id (cell) == id)
    gtk_widget_add_css_class (GTK_WIDGET (cell), "pane-drop");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (cell), "pane-drop");
}

static void
set_drop_entry (PaneView *view, guint32 id)
{
  pane_canvas_foreach_cell (get_private (view)->canvas, mark_drop, GUINT_TO_POINTER (id));
}

static void
set_zoom (PaneView *view, guint level)
{
  pane_canvas_restyle (get_private (view)->canvas);
}

/* Widget */

static gboolean
grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (get_private (widget)->canvas));
}

static void
css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (pane_canvas_view_parent_class)->css_changed (widget, change);
  if (get_private (widget)->canvas != NULL)
    pane_canvas_restyle (get_private (widget)->canvas);
}

static void
constructed (GObject *object)
{
  G_OBJECT_CLASS (pane_canvas_view_parent_class)->constructed (object);
  pane_view_add_css (gtk_widget_get_display (GTK_WIDGET (object)));
  pane_canvas_restyle (get_private (object)->canvas);
}

static void
pane_canvas_view_dispose (GObject *object)
{
  PaneCanvasViewPrivate *priv = get_private (object);

  if (priv->scrolled != NULL)
    gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (priv->scrolled), NULL);
  priv->scrolled = NULL;
  if (priv->canvas != NULL)
    g_object_run_dispose (G_OBJECT (priv->canvas));
  G_OBJECT_CLASS (pane_canvas_view_parent_class)->dispose (object);
}

static void
pane_canvas_view_finalize (GObject *object)
{
  PaneCanvasViewPrivate *priv = get_private (object);

  g_clear_object (&priv->canvas);
  g_clear_pointer (&priv->flow, pane_flow_free);
  G_OBJECT_CLASS (pane_canvas_view_parent_class)->finalize (object);
}

static void
pane_canvas_view_class_init (PaneCanvasViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  PaneViewClass *view_class = PANE_VIEW_CLASS (klass);

  object_class->constructed = constructed;
  object_class->dispose = pane_canvas_view_dispose;
  object_class->finalize = pane_canvas_view_finalize;
  widget_class->grab_focus = grab_focus;
  widget_class->css_changed = css_changed;
  view_class->set_model = set_model;
  view_class->reveal = reveal;
  view_class->get_visible = get_visible;
  view_class->get_place = get_place;
  view_class->put_place = put_place;
  view_class->get_entry_bounds = get_entry_bounds;
  view_class->get_entry_at = get_entry_at;
  view_class->set_drop_entry = set_drop_entry;
  view_class->set_zoom = set_zoom;
  view_class->can_group = can_group;
  view_class->set_grouped = set_grouped;
  klass->lay_out = lay_out;
  klass->get_area = get_area;
  klass->find_range = find_range;
  klass->dup_positions = dup_positions;
}

static void
pane_canvas_view_init (PaneCanvasView *self)
{
  PaneCanvasViewPrivate *priv = get_private (self);

  priv->flow = pane_flow_new (self);
  priv->canvas = g_object_ref_sink (pane_canvas_new (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (priv->canvas),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Files"),
                                  -1);
  priv->scrolled = gtk_scrolled_window_new ();
  gtk_widget_set_hexpand (priv->scrolled, TRUE);
  gtk_widget_set_vexpand (priv->scrolled, TRUE);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (priv->scrolled), GTK_WIDGET (priv->canvas));
  gtk_widget_set_parent (priv->scrolled, GTK_WIDGET (self));
  pane_canvas_view_set_orientation (self, GTK_ORIENTATION_VERTICAL);
  g_signal_connect_object (pane_details_get_default (),
                           "changed",
                           G_CALLBACK (details_changed_cb),
                           self,
                           0);
}
