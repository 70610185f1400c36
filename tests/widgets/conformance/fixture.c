/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A view in a window of its own, over a folder that exists only in memory, with a host that notes
 * what it is asked for. What is shown stays the same when a frame has been painted in which nothing
 * was laid out anew: that is what is waited for, and not a time.
 */
#include "conformance.h"

#define QUICK_CLICK_MSEC 60
#define MOST_FRAMES 40

static void
activate_cb (PaneView *view, guint id, Fixture *self)
{
  self->activated = id;
  self->n_activated++;
}

static void
menu_cb (PaneView *view, guint id, double x, double y, Fixture *self)
{
  self->menu = id;
  self->menu_x = x;
  self->menu_y = y;
  self->n_menus++;
}

static GdkContentProvider *
drag_cb (PaneView *view, Fixture *self)
{
  self->n_drags++;
  self->n_dragged = get_n_selected (self);
  return self->refuses_drags ? NULL : gdk_content_provider_new_typed (G_TYPE_STRING, "dragged");
}

static void
note_layout_cb (GdkFrameClock *clock, gboolean *laid_out)
{
  *laid_out = TRUE;
}

void
settle_frames (Fixture *self)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (self->view->window);
  gboolean laid_out = TRUE;
  gulong layout = g_signal_connect (clock, "layout", G_CALLBACK (note_layout_cb), &laid_out);

  for (guint i = 0; i < MOST_FRAMES && laid_out; i++)
    {
      laid_out = FALSE;
      view_fixture_run_frames (self->view, 1);
    }
  g_signal_handler_disconnect (clock, layout);
}

void
settle (Fixture *self)
{
  guint n = thaw_order_get_n (pane_folder_model_get_order (self->view->model));
  gint64 end = g_get_monotonic_time () + DEADLINE_USEC;

  while (g_list_model_get_n_items (G_LIST_MODEL (self->view->model)) != n)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      view_fixture_run_frames (self->view, 1);
    }
  settle_frames (self);
}

static gboolean
is_active (Fixture *self, gpointer unused)
{
  return gtk_window_is_active (GTK_WINDOW (self->view->window));
}

static void
take_focus (Fixture *self)
{
  gtk_widget_grab_focus (get_widget (self));
  settle (self);
  take_keyboard (self);
  wait_for (self, is_active, NULL, "the keyboard");
  settle (self);
}

Fixture *
fixture_new_with_store (const char *view_id, ThawEntryStore *store)
{
  Fixture *self = g_new0 (Fixture, 1);

  self->view = view_fixture_new (view_id, store, WIDTH, HEIGHT);
  g_object_set (gtk_widget_get_settings (get_widget (self)),
                "gtk-double-click-time",
                QUICK_CLICK_MSEC,
                NULL);
  g_signal_connect (self->view->view, "activate", G_CALLBACK (activate_cb), self);
  g_signal_connect (self->view->view, "menu", G_CALLBACK (menu_cb), self);
  g_signal_connect (self->view->view, "drag", G_CALLBACK (drag_cb), self);
  take_focus (self);
  return self;
}

Fixture *
fixture_new (const char *view_id, guint n_entries)
{
  return fixture_new_with_store (view_id, fixture_make_store (n_entries, 7));
}

void
fixture_free (Fixture *self)
{
  view_fixture_free (self->view);
  g_free (self);
}

void
publish (Fixture *self, ThawSortColumn column, gboolean descending, const char *filter)
{
  view_fixture_publish (self->view, column, descending, filter);
  settle (self);
}

void
publish_all (Fixture *self)
{
  publish (self, THAW_SORT_NAME, FALSE, NULL);
}

PaneFolderModel *
get_model (Fixture *self)
{
  return self->view->model;
}

GtkWidget *
get_widget (Fixture *self)
{
  return GTK_WIDGET (self->view->view);
}

guint
get_n (Fixture *self)
{
  return thaw_order_get_n (pane_folder_model_get_order (get_model (self)));
}

guint
get_n_selected (Fixture *self)
{
  return pane_folder_model_get_n_selected (get_model (self));
}

guint32
get_id (Fixture *self, guint position)
{
  return pane_folder_model_get_id (get_model (self), position);
}

guint32
get_focus_id (Fixture *self)
{
  return pane_folder_model_get_focus_id (get_model (self));
}

guint
get_focus_position (Fixture *self)
{
  return pane_folder_model_find (get_model (self), get_focus_id (self));
}

gboolean
is_selected (Fixture *self, guint32 id)
{
  return pane_folder_model_is_id_selected (get_model (self), id);
}

void
select_ids (Fixture *self, const guint32 *ids, guint n_ids)
{
  for (guint i = 0; i < n_ids; i++)
    pane_folder_model_select_id (get_model (self), ids[i], i == 0);
}
