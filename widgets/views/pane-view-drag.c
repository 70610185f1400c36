/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Dragging entries out of a view, the same for views of any kind: what is dragged is what is
 * selected, or the entry under the pointer if that isn't; the host says what that means for who
 * gets it. Loop's thread only.
 */
#include "pane-canvas-private.h"

#define DRAG_TIMER_MSEC 100

/* As it looks now: a paintable that follows the row would be told of each time it is bound anew,
 * long after the drag. */
static void
show_dragged (GtkDragSource *source, PaneCell *cell)
{
  g_autoptr (GdkPaintable) live = gtk_widget_paintable_new (GTK_WIDGET (cell));
  g_autoptr (GdkPaintable) picture = gdk_paintable_get_current_image (live);

  gtk_drag_source_set_icon (source, picture, 8, 8);
}

/* A drag that begins on an entry drags what is selected, and that entry alone if it isn't; one that
 * begins beside them, or that nobody wants, draws a rubber band. */
static GdkContentProvider *
prepare_cb (GtkDragSource *source, double x, double y, PaneView *view)
{
  PaneCellPick pick = (PaneCellPick) g_object_get_data (G_OBJECT (source), "pane-pick");
  PaneFolderModel *model = pane_view_get_model (view);
  PaneCell *cell = pick (gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (source)), x, y);
  guint32 id = cell != NULL ? pane_cell_get_id (cell) : THAW_NO_ENTRY;
  GdkContentProvider *provider;

  if (id == THAW_NO_ENTRY || THAW_IS_NOTE_ID (id))
    return NULL;
  if (!pane_folder_model_is_id_selected (model, id))
    pane_folder_model_select_id (model, id, TRUE);
  provider = pane_view_request_drag (view);
  /* Asked once and not at each motion. */
  if (provider == NULL)
    gtk_gesture_set_state (GTK_GESTURE (source), GTK_EVENT_SEQUENCE_DENIED);
  else
    show_dragged (source, cell);
  return provider;
}

/* GTK's source starts a timer of 100 ms at each press, which writes into the source when its time
 * is up, and the source that is freed before doesn't stop it: a view that goes away at a click, as
 * when a double click opens something, would leave a broken heap behind. So it lives a little
 * longer than its surface. */
static void
release_later (gpointer source)
{
  g_timeout_add_once (2 * DRAG_TIMER_MSEC, g_object_unref, source);
}

/**
 * pane_view_add_drag_source:
 * @view: a [class@Pane.View]
 * @surface: the widget in it that has the cells
 * @pick: finds the cell at a point of the surface
 *
 * Lets the user drag entries out of the view.
 */
void
pane_view_add_drag_source (PaneView *view, GtkWidget *surface, PaneCellPick pick)
{
  GtkDragSource *source = gtk_drag_source_new ();

  gtk_drag_source_set_actions (source, GDK_ACTION_COPY | GDK_ACTION_MOVE | GDK_ACTION_LINK);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (source), GTK_PHASE_CAPTURE);
  g_object_set_data (G_OBJECT (source), "pane-pick", pick);
  g_signal_connect_object (source, "prepare", G_CALLBACK (prepare_cb), view, G_CONNECT_DEFAULT);
  g_object_set_data_full (G_OBJECT (surface),
                          "pane-drag-source",
                          g_object_ref (source),
                          release_later);
  gtk_widget_add_controller (surface, GTK_EVENT_CONTROLLER (source));
}
