/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The grower: GTK makes some two hundred row widgets in one go when a list becomes long, ten to
 * thirty milliseconds during which nothing else happens. So the model is capped at what the first
 * frame shows, and the cap rises a few rows in each frame until GTK has all the widgets that it
 * wants; then it goes away. The same happens whenever a short list becomes long again, since GTK
 * throws away the widgets of a list that shrinks. Loop's thread only.
 */
#include "pane-slot-view-private.h"

#define STEP 24
/* Before the first layout nobody knows how many rows fit. */
#define FIRST 24

struct _PaneViewGrower {
  PaneSlotView *view;
  guint tick_id;
  guint cap;
};

PaneViewGrower *
pane_view_grower_new (PaneSlotView *view)
{
  PaneViewGrower *self = g_new0 (PaneViewGrower, 1);

  self->view = view;
  self->cap = G_MAXUINT;
  return self;
}

void
pane_view_grower_free (PaneViewGrower *self)
{
  if (self->tick_id != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self->view), self->tick_id);
  g_free (self);
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

/* A list that doesn't reach the cap has all its rows: the next order begins anew. */
static gboolean
grow (GtkWidget *widget,
      GdkFrameClock *clock,
      gpointer user_data)
{
  PaneViewGrower *self = user_data;
  PaneFolderModel *model = pane_view_get_model (PANE_VIEW (widget));

  if (g_list_model_get_n_items (G_LIST_MODEL (model)) < self->cap)
    {
      self->tick_id = 0;
      return G_SOURCE_REMOVE;
    }
  self->cap += STEP;
  if (self->cap >= get_n_kept (self))
    {
      self->cap = G_MAXUINT;
      self->tick_id = 0;
    }
  pane_folder_model_set_cap (model, self->cap);
  return self->cap == G_MAXUINT ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

void
pane_view_grower_prepare (PaneViewGrower *self)
{
  PaneFolderModel *model = pane_view_get_model (PANE_VIEW (self->view));
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (model));

  if (n_items >= get_n_kept (self) || self->tick_id != 0)
    return;
  self->cap = MAX (n_items, get_first (self));
  pane_folder_model_set_cap (model, self->cap);
  self->tick_id = gtk_widget_add_tick_callback (GTK_WIDGET (self->view), grow, self, NULL);
}
