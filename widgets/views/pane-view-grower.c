/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The grower: GTK makes some two hundred row widgets in one go when a list becomes long, and takes
 * them down in one go when it becomes short: ten to thirty milliseconds during which nothing else
 * happens. So the model is capped at what the first frame shows, and the cap rises a few rows in
 * each frame until GTK has all the widgets that it wants. When an order is shorter than that the
 * rows in excess stay as blank ones below it and go a few a frame. Loop's thread only.
 */
#include "pane-slot-view-private.h"

#define STEP 24
/* Before the first layout nobody knows how many rows fit. */
#define FIRST 24

struct _PaneViewGrower {
  PaneSlotView *view;
  guint tick_id;
  gboolean rested; /* the frame after a publication has enough to do */
  guint cap;
  guint floor;
};

PaneViewGrower *
pane_view_grower_new (PaneSlotView *view)
{
  PaneViewGrower *self = g_new0 (PaneViewGrower, 1);

  self->view = view;
  self->cap = G_MAXUINT;
  return self;
}

static guint
get_n_kept (PaneViewGrower *self)
{
  return PANE_SLOT_VIEW_GET_CLASS (self->view)->get_n_kept (self->view);
}

/* What fits, and two rows more. */
static guint
get_first (PaneViewGrower *self)
{
  int row_height = pane_slot_view_get_row_height (self->view);
  double page = gtk_adjustment_get_page_size (pane_slot_view_get_adjustment (self->view));

  if (row_height <= 0 || page <= 0)
    return FIRST;
  return ((guint) (page / row_height) + 3) * pane_slot_view_get_n_columns (self->view);
}

static PaneFolderModel *
get_model (PaneViewGrower *self)
{
  return pane_view_get_model (PANE_VIEW (self->view));
}

/* The list is gone; what it left undone must not keep the model short for the next one. A view may
 * be disposed of when another has the model already, so what is done is left alone. */
void
pane_view_grower_free (PaneViewGrower *self)
{
  if (self->tick_id != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self->view), self->tick_id);
  if (self->cap != G_MAXUINT)
    {
      pane_folder_model_set_offset (get_model (self), 0);
      pane_folder_model_set_cap (get_model (self), G_MAXUINT);
    }
  if (self->floor > 0)
    pane_folder_model_set_floor (get_model (self), 0);
  g_free (self);
}

static guint
get_n_items (PaneViewGrower *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (get_model (self)));
}

static guint
get_n_ordered (ThawOrder *order)
{
  return order != NULL ? thaw_order_get_n (order) : 0;
}

/* Whether there is more to take down. */
static gboolean
sink (PaneViewGrower *self)
{
  if (self->floor == 0)
    return FALSE;
  self->floor -= MIN (self->floor, STEP);
  if (self->floor <= get_n_ordered (pane_folder_model_get_order (get_model (self))))
    self->floor = 0;
  pane_folder_model_set_floor (get_model (self), self->floor);
  return self->floor > 0;
}

/* The order may end before the cap: then the stretch that is seen begins earlier. */
static void
apply_cap (PaneViewGrower *self)
{
  PaneFolderModel *model = get_model (self);
  guint n_columns = pane_slot_view_get_n_columns (self->view);
  guint n_ordered = get_n_ordered (pane_folder_model_get_order (model));
  guint last = n_ordered > self->cap ? (n_ordered - self->cap) / n_columns * n_columns : 0;

  if (pane_folder_model_get_offset (model) > last)
    pane_view_follower_set_offset (pane_slot_view_get_follower (self->view), last);
  pane_folder_model_set_cap (model, self->cap);
}

/* Whether there is more to make. A list that doesn't reach the cap has all its rows: the next order
 * begins anew. */
static gboolean
rise (PaneViewGrower *self)
{
  if (self->cap == G_MAXUINT
      || (get_n_items (self) < self->cap && pane_folder_model_get_offset (get_model (self)) == 0))
    return FALSE;
  /* The last step makes no widgets: what waits for rows far down may cost a frame of its own. */
  if (self->cap >= get_n_kept (self))
    self->cap = G_MAXUINT;
  else
    self->cap += STEP;
  apply_cap (self);
  return self->cap != G_MAXUINT;
}

static gboolean
tick (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  PaneViewGrower *self = user_data;
  gboolean sinks;

  if (!self->rested)
    {
      self->rested = TRUE;
      return G_SOURCE_CONTINUE;
    }
  sinks = sink (self);
  if (sinks || rise (self))
    return G_SOURCE_CONTINUE;
  self->tick_id = 0;
  return G_SOURCE_REMOVE;
}

static void
start (PaneViewGrower *self)
{
  self->rested = FALSE;
  if (self->tick_id == 0)
    self->tick_id = gtk_widget_add_tick_callback (GTK_WIDGET (self->view), tick, self, NULL);
}

/* As many widgets as there are now, or as the first frame needs; not more at once. */
static void
set_cap (PaneViewGrower *self, guint n_items)
{
  self->cap = MAX (n_items, get_first (self));
  pane_folder_model_set_cap (get_model (self), self->cap);
  start (self);
}

static void
set_floor (PaneViewGrower *self, guint floor)
{
  if (self->floor == floor)
    return;
  self->floor = floor;
  pane_folder_model_set_floor (get_model (self), floor);
  if (floor > 0)
    start (self);
}

void
pane_view_grower_begin (PaneViewGrower *self)
{
  set_cap (self, 0);
}

void
pane_view_grower_prepare (PaneViewGrower *self)
{
  guint n_coming = get_n_ordered (pane_folder_model_get_coming_order (get_model (self)));
  guint n_items = get_n_items (self);
  guint n_kept = get_n_kept (self);

  if (n_items < n_kept)
    set_cap (self, n_items);
  set_floor (self, n_coming < MIN (n_items, n_kept) ? MIN (n_items, n_kept) : 0);
}
