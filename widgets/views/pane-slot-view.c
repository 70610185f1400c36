/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PaneSlotView: what a list and a grid have in common. It owns the scrolled window and GTK's list
 * in it, makes and binds cells, and turns what GTK says in row numbers into entry ids: activation,
 * menus, focus, what is in sight. Two helpers hang on it: the follower (pane-view-follower.c) keeps
 * the place when the order changes, the grower (pane-view-grower.c) has row widgets made a few a
 * frame. Whatever depends on GTK's layout is done right after it, in the same frame, from the frame
 * clock's layout signal. Loop's thread only; must not touch files.
 */
#include "pane-details.h"
#include "pane-entry-list.h"
#include "pane-icon-cache.h"
#include "pane-slot-view-private.h"

#include <glib/gi18n-lib.h>

typedef struct {
  GtkWidget *scrolled;
  GtkWidget *list; /* NULL before the model */
  PaneCellStyle style;
  GPtrArray *cells; /* not owned: all that the factory has made */
  gboolean naming;
  ThawMailbox *labels; /* for one message at a time: cells off the screen have to be named */

  PaneViewFollower *follower;
  PaneViewGrower *grower;

  GtkRoot *root; /* not owned: while rooted */
  gulong focus_widget_id;
  GdkFrameClock *clock; /* owned: while realized */
  gulong layout_id;
  gulong details_id;

  int row_height;
  int fitted_width;
  gboolean touched; /* the user has pressed something in the view */
  guint first_wanted, last_wanted;
  ThawOrder *wanted_order; /* not owned: only compared */
} PaneSlotViewPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (PaneSlotView, pane_slot_view, PANE_TYPE_VIEW)

static PaneSlotViewPrivate *
get_private (PaneSlotView *self)
{
  return pane_slot_view_get_instance_private (self);
}

static PaneFolderModel *
get_model (PaneSlotView *self)
{
  return pane_view_get_model (PANE_VIEW (self));
}

/* Geometry */

GtkAdjustment *
pane_slot_view_get_adjustment (PaneSlotView *self)
{
  return gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (get_private (self)->scrolled));
}

PaneCellStyle *
pane_slot_view_peek_style (PaneSlotView *self)
{
  return &get_private (self)->style;
}

PaneViewFollower *
pane_slot_view_get_follower (PaneSlotView *self)
{
  return get_private (self)->follower;
}

/**
 * pane_slot_view_get_list:
 * @self: a [class@Pane.SlotView]
 *
 * Returns: (transfer none) (nullable): GTK's list, %NULL before the view has a model
 */
GtkWidget *
pane_slot_view_get_list (PaneSlotView *self)
{
  g_return_val_if_fail (PANE_IS_SLOT_VIEW (self), NULL);

  return get_private (self)->list;
}

/**
 * pane_slot_view_get_scrolled:
 * @self: a [class@Pane.SlotView]
 *
 * Returns: (transfer none): the scrolled window around the list
 */
GtkWidget *
pane_slot_view_get_scrolled (PaneSlotView *self)
{
  g_return_val_if_fail (PANE_IS_SLOT_VIEW (self), NULL);

  return get_private (self)->scrolled;
}

/**
 * pane_slot_view_get_row_height:
 * @self: a [class@Pane.SlotView]
 *
 * Returns how far apart rows are. They are all of one height.
 *
 * Returns: application pixels, 0 before the first layout
 */
int
pane_slot_view_get_row_height (PaneSlotView *self)
{
  g_return_val_if_fail (PANE_IS_SLOT_VIEW (self), 0);

  return get_private (self)->row_height;
}

/**
 * pane_slot_view_get_n_columns:
 * @self: a [class@Pane.SlotView]
 *
 * Returns: how many entries there are in a row
 */
guint
pane_slot_view_get_n_columns (PaneSlotView *self)
{
  g_return_val_if_fail (PANE_IS_SLOT_VIEW (self), 1);

  return MAX (1, PANE_SLOT_VIEW_GET_CLASS (self)->get_n_columns (self));
}

static guint
one_column (PaneSlotView *self)
{
  return 1;
}

static GType
get_class_list_type (PaneSlotView *self)
{
  return PANE_SLOT_VIEW_GET_CLASS (self)->list_type;
}

/* GTK's list view keeps this many, and a few around the focus and the anchor. */
static guint
two_hundred (PaneSlotView *self)
{
  return 210;
}

/* Cells */

/**
 * pane_slot_view_foreach_cell:
 * @self: a [class@Pane.SlotView]
 * @func: (scope call): what to do
 * @user_data: for @func
 *
 * Calls @func for every cell there is, in sight or not.
 */
void
pane_slot_view_foreach_cell (PaneSlotView *self, PaneCellFunc func, gpointer user_data)
{
  PaneSlotViewPrivate *priv;

  g_return_if_fail (PANE_IS_SLOT_VIEW (self));

  priv = get_private (self);
  for (guint i = 0; i < priv->cells->len; i++)
    func (g_ptr_array_index (priv->cells, i), user_data);
}

/**
 * pane_slot_view_get_style:
 * @self: a [class@Pane.SlotView]
 *
 * Returns: (transfer none): what its cells share
 */
const PaneCellStyle *
pane_slot_view_get_style (PaneSlotView *self)
{
  g_return_val_if_fail (PANE_IS_SLOT_VIEW (self), NULL);

  return &get_private (self)->style;
}

/* GTK takes a cell out of its list item before it tears that down, so the cell itself has to say
 * when it goes. */
static void
cell_gone_cb (gpointer user_data, GObject *cell)
{
  GPtrArray *cells = user_data;

  g_ptr_array_remove_fast (cells, cell);
  g_ptr_array_unref (cells);
}

static void
setup_cb (GtkListItemFactory *factory, GtkListItem *item, PaneSlotView *self)
{
  PaneSlotViewPrivate *priv = get_private (self);
  PaneCell *cell = PANE_SLOT_VIEW_GET_CLASS (self)->create_cell (self);

  pane_cell_set_style (cell, &priv->style);
  g_ptr_array_add (priv->cells, cell);
  g_object_weak_ref (G_OBJECT (cell), cell_gone_cb, g_ptr_array_ref (priv->cells));
  gtk_list_item_set_child (item, GTK_WIDGET (cell));
}

/* Painting names what is on the screen; this names the rest, as the pump's slices have room for it.
 */
static void queue_naming (PaneSlotView *self);

static void
name_cells (gpointer message, gpointer user_data)
{
  PaneSlotView *self = user_data;
  PaneSlotViewPrivate *priv = get_private (self);
  ThawPump *pump = thaw_mailbox_get_pump (priv->labels);

  priv->naming = FALSE;
  for (guint i = 0; i < priv->cells->len; i++)
    {
      if (!pane_cell_update_label (g_ptr_array_index (priv->cells, i))
          || !thaw_pump_slice_is_over (pump))
        continue;
      queue_naming (self);
      return;
    }
}

/* A post is refused only when the view is being disposed of. */
static void
queue_naming (PaneSlotView *self)
{
  PaneSlotViewPrivate *priv = get_private (self);

  if (!priv->naming)
    priv->naming = thaw_mailbox_post (priv->labels, self);
}

/* GTK binds a new row before it puts it into the list. There every row would be mapped and most of
 * them, which are off the screen, unmapped again by the next layout: with a screen reader's bridge
 * running, that is most of what a row costs. Rows that are in sight are shown by that layout. */
static void
keep_unmapped (GtkWidget *cell)
{
  GtkWidget *item = gtk_widget_get_parent (cell);

  if (item != NULL && gtk_widget_get_parent (item) == NULL)
    gtk_widget_set_child_visible (item, FALSE);
}

static void
bind_cb (GtkListItemFactory *factory, GtkListItem *item, PaneSlotView *self)
{
  GtkWidget *cell = gtk_list_item_get_child (item);

  keep_unmapped (cell);
  pane_cell_bind (PANE_CELL (cell), item);
  queue_naming (self);
}

static void
unbind_cb (GtkListItemFactory *factory, GtkListItem *item, PaneSlotView *self)
{
  pane_cell_unbind (PANE_CELL (gtk_list_item_get_child (item)));
}

static GtkListItemFactory *
create_factory (PaneSlotView *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect_object (factory, "setup", G_CALLBACK (setup_cb), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_cb), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (unbind_cb), self, 0);
  return factory;
}

/* The list item's widget is the cell's parent: a pick beside the cell finds that. */
PaneCell *
pane_slot_view_find_cell (PaneSlotView *self, GtkWidget *widget)
{
  PaneSlotViewPrivate *priv = get_private (self);

  for (; widget != NULL && widget != priv->list; widget = gtk_widget_get_parent (widget))
    {
      GtkWidget *child = PANE_IS_CELL (widget) ? widget : gtk_widget_get_first_child (widget);

      if (PANE_IS_CELL (child) && gtk_widget_is_ancestor (child, priv->list))
        return PANE_CELL (child);
    }
  return NULL;
}

static PaneCell *
find_cell_of_id (PaneSlotView *self, guint32 id)
{
  PaneSlotViewPrivate *priv = get_private (self);

  for (guint i = 0; i < priv->cells->len; i++)
    {
      PaneCell *cell = g_ptr_array_index (priv->cells, i);

      if (pane_cell_get_id (cell) == id && gtk_widget_get_mapped (GTK_WIDGET (cell)))
        return cell;
    }
  return NULL;
}

static void
measure_rows (PaneSlotView *self)
{
  PaneSlotViewPrivate *priv = get_private (self);
  graphene_rect_t bounds;

  for (guint i = 0; i < priv->cells->len; i++)
    {
      GtkWidget *cell = g_ptr_array_index (priv->cells, i);
      GtkWidget *item = gtk_widget_get_parent (cell);

      if (item == NULL || !gtk_widget_get_mapped (cell))
        continue;
      if (gtk_widget_compute_bounds (item, priv->list, &bounds) && bounds.size.height > 0)
        {
          priv->row_height = (int) bounds.size.height;
          return;
        }
    }
}

/* What is in sight */

static gboolean
get_visible (PaneView *view, guint *first_position, guint *last_position)
{
  PaneSlotView *self = PANE_SLOT_VIEW (view);
  GtkAdjustment *adjustment = pane_slot_view_get_adjustment (self);
  double value = gtk_adjustment_get_value (adjustment);
  double page = gtk_adjustment_get_page_size (adjustment);
  int row_height = pane_slot_view_get_row_height (self);
  guint n_columns = pane_slot_view_get_n_columns (self);
  guint end, offset, first, last;
  ThawOrder *order;

  order = get_model (self) != NULL ? pane_folder_model_get_order (get_model (self)) : NULL;
  if (order == NULL || row_height <= 0)
    return FALSE;
  offset = pane_folder_model_get_offset (get_model (self));
  end = MIN (offset + g_list_model_get_n_items (G_LIST_MODEL (get_model (self))),
             thaw_order_get_n (order));
  first = offset + (guint) (value / row_height) * n_columns;
  last = offset + ((guint) ((value + MAX (page, 1) - 1) / row_height) + 1) * n_columns - 1;
  if (first >= end)
    return FALSE;
  *first_position = first;
  *last_position = MIN (last, end - 1);
  return TRUE;
}

/* Runs once a frame at most, whatever made the frame necessary. */
static void
want_visible (PaneSlotView *self)
{
  PaneSlotViewPrivate *priv = get_private (self);
  ThawFolder *folder = pane_folder_model_get_folder (get_model (self));
  ThawOrder *order = pane_folder_model_get_order (get_model (self));
  guint first, last;

  if (folder == NULL || !get_visible (PANE_VIEW (self), &first, &last))
    return;
  if (order == priv->wanted_order && first == priv->first_wanted && last == priv->last_wanted)
    return;
  priv->wanted_order = order;
  priv->first_wanted = first;
  priv->last_wanted = last;
  pane_view_want (PANE_VIEW (self), first, last);
}

/* Whether the list will be laid out again in this frame. */
static gboolean
fit_width (PaneSlotView *self)
{
  PaneSlotViewPrivate *priv = get_private (self);
  int width = gtk_widget_get_width (priv->list);

  if (width == priv->fitted_width || width <= 0)
    return FALSE;
  priv->fitted_width = width;
  return PANE_SLOT_VIEW_GET_CLASS (self)->fit != NULL
         && PANE_SLOT_VIEW_GET_CLASS (self)->fit (self, width);
}

/* After GTK's own layout of the frame and before its painting. What this queues is laid out in the
 * same frame. */
static void
layout_cb (GdkFrameClock *clock, PaneSlotView *self)
{
  PaneSlotViewPrivate *priv = get_private (self);

  if (priv->list == NULL || !gtk_widget_get_mapped (priv->list))
    return;
  if (fit_width (self))
    return;
  measure_rows (self);
  pane_view_follower_laid_out (priv->follower);
  want_visible (self);
}

/* The style knows the row that a drop would go to by GTK's own state. */
static void
set_drop_entry (PaneView *view, guint32 id)
{
  PaneSlotViewPrivate *priv = get_private (PANE_SLOT_VIEW (view));

  for (guint i = 0; i < priv->cells->len; i++)
    {
      PaneCell *cell = g_ptr_array_index (priv->cells, i);
      GtkWidget *row = gtk_widget_get_parent (GTK_WIDGET (cell));

      if (row == NULL)
        continue;
      if (id != THAW_NO_ENTRY && pane_cell_get_id (cell) == id)
        gtk_widget_add_css_class (row, "pane-drop");
      else
        gtk_widget_remove_css_class (row, "pane-drop");
    }
}

static gboolean
get_entry_bounds (PaneView *view, guint32 id, graphene_rect_t *bounds)
{
  PaneCell *cell = find_cell_of_id (PANE_SLOT_VIEW (view), id);

  return cell != NULL && gtk_widget_compute_bounds (GTK_WIDGET (cell), GTK_WIDGET (view), bounds);
}

static void
reveal (PaneView *view, guint32 id, gboolean focus)
{
  PaneSlotViewPrivate *priv = get_private (PANE_SLOT_VIEW (view));

  priv->touched = priv->touched || focus;
  if (priv->list != NULL)
    pane_view_follower_reveal (priv->follower, id, focus);
}

/**
 * pane_slot_view_put:
 * @self: a [class@Pane.SlotView]
 * @id: an entry
 * @y: where the top of its row is to be, in application pixels from the top of the list in sight
 *
 * Scrolls to where the entry was, in a view or in another list that showed the same before, so that
 * nothing moves when this view takes over. Happens in the next frame if its row isn't there yet,
 * and as far as the ends of the order allow. An entry that isn't shown is ignored.
 */
void
pane_slot_view_put (PaneSlotView *self, guint32 id, double y)
{
  g_return_if_fail (PANE_IS_SLOT_VIEW (self));

  if (get_private (self)->list != NULL)
    pane_view_follower_put (get_private (self)->follower, id, y);
}

static gboolean
get_place (PaneView *view, guint32 *id, double *offset)
{
  PaneSlotViewPrivate *priv = get_private (PANE_SLOT_VIEW (view));

  return priv->list != NULL && pane_view_follower_get_place (priv->follower, id, offset);
}

static void
put_place (PaneView *view, guint32 id, double offset)
{
  pane_slot_view_put (PANE_SLOT_VIEW (view), id, offset);
}

/* Focus */

PaneCell *
pane_slot_view_get_focus_cell (PaneSlotView *self)
{
  PaneSlotViewPrivate *priv = get_private (self);
  GtkWidget *focus = priv->root != NULL ? gtk_root_get_focus (priv->root) : NULL;

  return focus != NULL ? pane_slot_view_find_cell (self, focus) : NULL;
}

/* The first row has the focus just because the view got it: as long as the user has pressed
 * nothing, the focus is a place and not an entry, and stays where it is while rows come in. */
static void
note_focus (PaneSlotView *self)
{
  PaneSlotViewPrivate *priv = get_private (self);
  PaneCell *cell;

  if (priv->list == NULL || pane_view_follower_is_busy (priv->follower))
    return;
  cell = pane_slot_view_get_focus_cell (self);
  if (cell == NULL || pane_cell_get_id (cell) == THAW_NO_ENTRY)
    return;
  if (priv->touched || pane_cell_get_position (cell) > pane_slot_view_get_first_slot (self))
    pane_folder_model_set_focus_id (get_model (self), pane_cell_get_id (cell));
}

/* With the keyboard a range starts at the focus when nothing was chosen before. */
static void
ensure_anchor (PaneSlotView *self)
{
  PaneCell *cell = pane_slot_view_get_focus_cell (self);

  if (cell != NULL)
    pane_view_follower_ensure_anchor (get_private (self)->follower, pane_cell_get_id (cell));
}

static gboolean
event_cb (GtkEventControllerLegacy *controller, GdkEvent *event, PaneSlotView *self)
{
  GdkEventType type = gdk_event_get_event_type (event);

  if (type != GDK_KEY_PRESS && type != GDK_BUTTON_PRESS && type != GDK_TOUCH_BEGIN)
    return GDK_EVENT_PROPAGATE;
  get_private (self)->touched = TRUE;
  note_focus (self);
  if (type == GDK_KEY_PRESS && (gdk_event_get_modifier_state (event) & GDK_SHIFT_MASK) != 0)
    ensure_anchor (self);
  return GDK_EVENT_PROPAGATE;
}

static void
focus_widget_cb (GtkRoot *root, GParamSpec *pspec, PaneSlotView *self)
{
  note_focus (self);
}

static gboolean
grab_focus (GtkWidget *widget)
{
  GtkWidget *list = get_private (PANE_SLOT_VIEW (widget))->list;

  if (list != NULL && PANE_VIEW_GET_CLASS (widget)->shows_headings)
    pane_slot_view_leave_heading (PANE_SLOT_VIEW (widget));
  return list != NULL && gtk_widget_grab_focus (list);
}

static void
root (GtkWidget *widget)
{
  PaneSlotViewPrivate *priv = get_private (PANE_SLOT_VIEW (widget));

  GTK_WIDGET_CLASS (pane_slot_view_parent_class)->root (widget);
  priv->root = gtk_widget_get_root (widget);
  priv->focus_widget_id
      = g_signal_connect (priv->root, "notify::focus-widget", G_CALLBACK (focus_widget_cb), widget);
}

static void
unroot (GtkWidget *widget)
{
  PaneSlotViewPrivate *priv = get_private (PANE_SLOT_VIEW (widget));

  g_clear_signal_handler (&priv->focus_widget_id, priv->root);
  priv->root = NULL;
  GTK_WIDGET_CLASS (pane_slot_view_parent_class)->unroot (widget);
}

static void
add_touch_watch (PaneSlotView *self)
{
  GtkEventController *legacy = gtk_event_controller_legacy_new ();

  gtk_event_controller_set_propagation_phase (legacy, GTK_PHASE_CAPTURE);
  g_signal_connect (legacy, "event", G_CALLBACK (event_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), legacy);
}

/* Model */

static void
will_publish_cb (PaneFolderModel *model, PaneSlotView *self)
{
  PaneSlotViewPrivate *priv = get_private (self);
  ThawOrder *coming = pane_folder_model_get_coming_order (model);

  /* In another folder the user has gone nowhere yet. */
  if (thaw_order_get_store (coming) != pane_folder_model_get_store (model))
    priv->touched = FALSE;
  pane_view_follower_will_publish (priv->follower);
  pane_view_grower_prepare (priv->grower);
}

/* GTK warns of a rubber band that starts where there are no rows at all. */
static void
update_rubber_band (PaneSlotView *self)
{
  ThawOrder *order = pane_folder_model_get_order (get_model (self));

  g_object_set (get_private (self)->list,
                "enable-rubberband",
                order != NULL && thaw_order_get_n (order) > 0,
                NULL);
}

static void
published_cb (PaneFolderModel *model, PaneSlotView *self)
{
  PaneSlotViewPrivate *priv = get_private (self);

  PaneCell *cell;

  priv->wanted_order = NULL;
  pane_view_follower_published (priv->follower);
  queue_naming (self);
  update_rubber_band (self);
  /* A screen reader may ask before the next frame. */
  cell = pane_slot_view_get_focus_cell (self);
  if (cell != NULL)
    pane_cell_update_label (cell);
  if (PANE_SLOT_VIEW_GET_CLASS (self)->published != NULL)
    PANE_SLOT_VIEW_GET_CLASS (self)->published (self);
}

static void
change_cell (PaneCell *cell, gpointer unused)
{
  pane_cell_changed (cell);
}

static void
details_changed_cb (PaneDetails *details, PaneSlotView *self)
{
  pane_slot_view_foreach_cell (self, change_cell, NULL);
  queue_naming (self);
}

static GtkWidget *
create_list (PaneSlotView *self, GtkSelectionModel *model)
{
  g_autoptr (GtkListItemFactory) factory = create_factory (self);
  GtkWidget *list
      = pane_entry_list_new (PANE_SLOT_VIEW_GET_CLASS (self)->get_list_type (self), model, factory);

  gtk_widget_add_css_class (list, "pane-entries");
  g_object_set (list, "tab-behavior", GTK_LIST_TAB_ITEM, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (list),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Files"),
                                  -1);
  return list;
}

static void
set_model (PaneView *view, PaneFolderModel *model)
{
  PaneSlotView *self = PANE_SLOT_VIEW (view);
  PaneSlotViewPrivate *priv = get_private (self);

  priv->follower = pane_view_follower_new (self);
  priv->grower = pane_view_grower_new (self);
  pane_view_grower_begin (priv->grower);
  priv->list = create_list (self, GTK_SELECTION_MODEL (model));
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (priv->scrolled), priv->list);
  update_rubber_band (self);
  pane_slot_view_add_input (self);
  if (PANE_VIEW_GET_CLASS (self)->shows_headings)
    pane_slot_view_add_heading_keys (self);
  add_touch_watch (self);
  g_signal_connect_object (model, "will-publish", G_CALLBACK (will_publish_cb), self, 0);
  g_signal_connect_object (model, "published", G_CALLBACK (published_cb), self, 0);
  if (PANE_SLOT_VIEW_GET_CLASS (self)->published != NULL)
    PANE_SLOT_VIEW_GET_CLASS (self)->published (self);
}

/* Object */

static void
realize (GtkWidget *widget)
{
  PaneSlotViewPrivate *priv = get_private (PANE_SLOT_VIEW (widget));

  GTK_WIDGET_CLASS (pane_slot_view_parent_class)->realize (widget);
  pane_icon_cache_preload (pane_icon_cache_get (gtk_widget_get_display (widget)),
                           priv->style.icon_size,
                           gtk_widget_get_scale_factor (widget));
  priv->clock = g_object_ref (gtk_widget_get_frame_clock (widget));
  priv->layout_id = g_signal_connect_after (priv->clock, "layout", G_CALLBACK (layout_cb), widget);
}

static void
unrealize (GtkWidget *widget)
{
  PaneSlotViewPrivate *priv = get_private (PANE_SLOT_VIEW (widget));

  g_clear_signal_handler (&priv->layout_id, priv->clock);
  g_clear_object (&priv->clock);
  GTK_WIDGET_CLASS (pane_slot_view_parent_class)->unrealize (widget);
}

static void
pane_slot_view_dispose (GObject *object)
{
  PaneSlotView *self = PANE_SLOT_VIEW (object);
  PaneSlotViewPrivate *priv = get_private (self);

  if (get_model (self) != NULL)
    g_signal_handlers_disconnect_by_data (get_model (self), self);
  g_clear_signal_handler (&priv->details_id, pane_details_get_default ());
  thaw_mailbox_close (priv->labels);
  if (priv->scrolled != NULL)
    gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (priv->scrolled), NULL);
  g_clear_pointer (&priv->follower, pane_view_follower_free);
  g_clear_pointer (&priv->grower, pane_view_grower_free);
  priv->list = NULL;
  priv->scrolled = NULL;
  G_OBJECT_CLASS (pane_slot_view_parent_class)->dispose (object);
}

static void
pane_slot_view_finalize (GObject *object)
{
  PaneSlotViewPrivate *priv = get_private (PANE_SLOT_VIEW (object));

  g_ptr_array_unref (priv->cells);
  pane_cell_style_clear (&priv->style);
  thaw_mailbox_unref (priv->labels);
  G_OBJECT_CLASS (pane_slot_view_parent_class)->finalize (object);
}

static void
pane_slot_view_class_init (PaneSlotViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  PaneViewClass *view_class = PANE_VIEW_CLASS (klass);

  object_class->dispose = pane_slot_view_dispose;
  object_class->finalize = pane_slot_view_finalize;
  widget_class->grab_focus = grab_focus;
  widget_class->root = root;
  widget_class->unroot = unroot;
  widget_class->realize = realize;
  widget_class->unrealize = unrealize;
  view_class->set_model = set_model;
  view_class->reveal = reveal;
  view_class->get_visible = get_visible;
  view_class->get_place = get_place;
  view_class->put_place = put_place;
  view_class->get_entry_bounds = get_entry_bounds;
  view_class->get_entry_at = pane_slot_view_get_entry_at;
  view_class->dup_drop_folder = pane_slot_view_dup_drop_folder;
  view_class->set_drop_entry = set_drop_entry;
  klass->get_list_type = get_class_list_type;
  klass->get_n_columns = one_column;
  klass->get_n_kept = two_hundred;
  pane_slot_view_install_keys (widget_class);
  pane_slot_view_install_style (klass);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
}

static void
pane_slot_view_init (PaneSlotView *self)
{
  PaneSlotViewPrivate *priv = get_private (self);
  GtkLayoutManager *layout = gtk_widget_get_layout_manager (GTK_WIDGET (self));

  gtk_orientable_set_orientation (GTK_ORIENTABLE (layout), GTK_ORIENTATION_VERTICAL);
  priv->cells = g_ptr_array_new ();
  priv->labels = thaw_mailbox_new ("view labels",
                                   NULL,
                                   NULL,
                                   THAW_MAILBOX_UNBOUNDED,
                                   name_cells,
                                   self,
                                   NULL);
  thaw_mailbox_set_priority (priv->labels, THAW_PRIORITY_LOW);
  priv->scrolled = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (priv->scrolled),
                                  GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_widget_set_vexpand (priv->scrolled, TRUE);
  gtk_widget_set_parent (priv->scrolled, GTK_WIDGET (self));
  priv->details_id = g_signal_connect (pane_details_get_default (),
                                       "changed",
                                       G_CALLBACK (details_changed_cb),
                                       self);
}
