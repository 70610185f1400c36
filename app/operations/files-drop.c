/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dragging files out of a tab, and where they can be dropped: in the view where that says, beside
 * the rows into the tab's own folder, on a place of the sidebar, on a folder of the path
 * bar, and on the tab of another folder. Each that is hovered over for a while opens. What dropping
 * means is the zone's business; here is only what is where. Loop's thread. */

#include "files-drop.h"
#include "files-content.h"
#include "files-drop-zone.h"
#include "files-operation-actions.h"
#include "files-uri-list.h"

#define BACKGROUND (FILES_NO_DROP - 1) /* the key of what isn't a row */

static void
transfer (GtkWidget *widget, FilesTransfer how, FilesSelection *files, GFile *folder)
{
  GtkRoot *root = gtk_widget_get_root (widget);

  if (FILES_IS_WINDOW (root))
    files_operation_actions_transfer (FILES_WINDOW (root), how, files, folder);
}

/* A tab */

static gboolean
is_folder (FilesTab *tab, guint32 id)
{
  ThawEntryStore *store = pane_folder_model_get_store (files_tab_get_model (tab));

  return store != NULL && id != THAW_NO_ENTRY && thaw_entry_store_is_folder (store, id);
}

/* What is hovered over in a tab: of the tab. */
typedef struct {
  FilesTab *tab;
  GFile *spring; /* opens when it is hovered over for a while; NULL: nothing does */
} TabZone;

static void
tab_zone_free (gpointer data)
{
  TabZone *self = data;

  g_clear_object (&self->spring);
  g_free (self);
}

/* NULL: beside the view, or there is none. */
static GFile *
dup_folder_in_view (TabZone *self, double x, double y, guint32 *place, gboolean *is_entry)
{
  GtkWidget *view = GTK_WIDGET (files_tab_get_view (self->tab));
  graphene_point_t point;

  if (view == NULL || !gtk_widget_get_mapped (view) || files_tab_get_location (self->tab) == NULL
      || !gtk_widget_compute_point (GTK_WIDGET (self->tab),
                                    view,
                                    &GRAPHENE_POINT_INIT ((float) x, (float) y),
                                    &point))
    return NULL;
  return pane_view_dup_drop_folder (PANE_VIEW (view), point.x, point.y, place, is_entry);
}

/* While another folder is on its way the view shows the rows of the one before, but it is the new
 * one that is open. */
static GFile *
tab_dup_folder (gpointer owner, double x, double y, guint *key)
{
  TabZone *self = owner;
  GFile *location = files_tab_get_location (self->tab);
  guint32 place = THAW_NO_ENTRY;
  gboolean is_entry = FALSE;
  GFile *folder = dup_folder_in_view (self, x, y, &place, &is_entry);

  g_clear_object (&self->spring);
  if (is_entry)
    self->spring = g_object_ref (folder);
  *key = place != THAW_NO_ENTRY ? place : BACKGROUND;
  if (place != THAW_NO_ENTRY)
    return folder;
  g_clear_object (&folder);
  return location != NULL ? g_object_ref (location) : NULL;
}

static void
tab_hover (gpointer owner, guint key)
{
  PaneView *view = files_tab_get_view (((TabZone *) owner)->tab);
  gboolean is_place = key != FILES_NO_DROP && key != BACKGROUND;

  if (view != NULL)
    pane_view_set_drop_entry (view, is_place ? key : THAW_NO_ENTRY);
}

static void
tab_spring (gpointer owner, guint key)
{
  TabZone *self = owner;

  if (self->spring == NULL)
    return;
  if (is_folder (self->tab, key))
    files_tab_open_id (self->tab, key, PANE_OPEN_HERE);
  else
    files_tab_show_location (self->tab, self->spring, FALSE);
}

static void
tab_drop (gpointer owner, FilesTransfer how, FilesSelection *files, GFile *folder)
{
  transfer (GTK_WIDGET (((TabZone *) owner)->tab), how, files, folder);
}

/**
 * files_drop_attach:
 * @tab: a tab
 *
 * Lets files be dropped into @tab.
 */
void
files_drop_attach (FilesTab *tab)
{
  static const FilesDropFuncs funcs = { tab_dup_folder, tab_hover, tab_spring, tab_drop };

  TabZone *zone = g_new0 (TabZone, 1);

  zone->tab = tab;
  g_object_set_data_full (G_OBJECT (tab), "files-drop", zone, tab_zone_free);
  files_drop_zone_attach (GTK_WIDGET (tab), &funcs, zone);
}

static GdkContentProvider *
drag_cb (PaneView *view, FilesTab *tab)
{
  g_autoptr (FilesSelection) files = files_tab_dup_selection (tab);

  return files_selection_get_n (files) > 0 ? files_content_new (files, FALSE) : NULL;
}

/**
 * files_drop_follow_view:
 * @tab: a tab
 * @view: its new view
 *
 * Lets what is selected in @view be dragged.
 */
void
files_drop_follow_view (FilesTab *tab, PaneView *view)
{
  g_signal_connect_object (view, "drag", G_CALLBACK (drag_cb), tab, G_CONNECT_DEFAULT);
}

/* The sidebar */

static GFile *
sidebar_dup_folder (gpointer sidebar, double x, double y, guint *key)
{
  int row = pane_sidebar_get_row_at (sidebar, x, y);
  GFile *location = pane_sidebar_get_row_location (sidebar, row);

  *key = row >= 0 ? (guint) row : FILES_NO_DROP;
  return location != NULL ? g_object_ref (location) : NULL;
}

static void
sidebar_hover (gpointer sidebar, guint key)
{
  pane_sidebar_set_drop_row (sidebar, key != FILES_NO_DROP ? (int) key : -1);
}

static void
open_here (GtkWidget *widget, GFile *location)
{
  GtkRoot *root = gtk_widget_get_root (widget);

  if (location != NULL && FILES_IS_WINDOW (root))
    files_window_open (FILES_WINDOW (root), location, PANE_OPEN_HERE);
}

static void
sidebar_spring (gpointer sidebar, guint key)
{
  open_here (sidebar, pane_sidebar_get_row_location (sidebar, key));
}

static void
widget_drop (gpointer widget, FilesTransfer how, FilesSelection *files, GFile *folder)
{
  transfer (widget, how, files, folder);
}

/**
 * files_drop_attach_sidebar:
 * @window: a window
 * @sidebar: its sidebar
 *
 * Lets files be dropped on places.
 */
void
files_drop_attach_sidebar (FilesWindow *window, PaneSidebar *sidebar)
{
  static const FilesDropFuncs funcs
      = { sidebar_dup_folder, sidebar_hover, sidebar_spring, widget_drop };

  files_drop_zone_attach (GTK_WIDGET (sidebar), &funcs, sidebar);
}

/* The path bar */

static GFile *
path_bar_dup_folder (gpointer path_bar, double x, double y, guint *key)
{
  int crumb = pane_path_bar_get_crumb_at (path_bar, x, y);
  GFile *location = pane_path_bar_get_crumb_location (path_bar, crumb);

  *key = crumb >= 0 ? (guint) crumb : FILES_NO_DROP;
  return location != NULL ? g_object_ref (location) : NULL;
}

static void
path_bar_hover (gpointer path_bar, guint key)
{
  pane_path_bar_set_drop_crumb (path_bar, key != FILES_NO_DROP ? (int) key : -1);
}

static void
path_bar_spring (gpointer path_bar, guint key)
{
  open_here (path_bar, pane_path_bar_get_crumb_location (path_bar, key));
}

/**
 * files_drop_attach_path_bar:
 * @window: a window
 * @path_bar: its path bar
 *
 * Lets files be dropped on the folders above.
 */
void
files_drop_attach_path_bar (FilesWindow *window, PanePathBar *path_bar)
{
  static const FilesDropFuncs funcs
      = { path_bar_dup_folder, path_bar_hover, path_bar_spring, widget_drop };

  files_drop_zone_attach (GTK_WIDGET (path_bar), &funcs, path_bar);
}

/* The tab bar, which opens by itself the tab that is hovered over. It is libadwaita's: GTK reads what is dropped there, and
 * has the list of another program taken apart by the function that is registered for it. */

/* The bar tells nothing of the keys that are held. */
static GdkDragAction
get_tab_bar_actions (GtkWidget *window, gboolean *wants_link)
{
  GdkSeat *seat = gdk_display_get_default_seat (gtk_widget_get_display (window));
  GdkModifierType state = 0;

  gdk_surface_get_device_position (gtk_native_get_surface (GTK_NATIVE (window)),
                                   gdk_seat_get_pointer (seat),
                                   NULL,
                                   NULL,
                                   &state);
  *wants_link = (state & GDK_ALT_MASK) != 0;
  switch (state & (GDK_CONTROL_MASK | GDK_SHIFT_MASK))
    {
    case GDK_CONTROL_MASK:
      return GDK_ACTION_COPY;
    case GDK_SHIFT_MASK:
      return GDK_ACTION_MOVE;
    case GDK_CONTROL_MASK | GDK_SHIFT_MASK:
      return GDK_ACTION_LINK;
    default:
      return GDK_ACTION_COPY | GDK_ACTION_MOVE | GDK_ACTION_LINK;
    }
}

static gboolean
tab_bar_drop_cb (AdwTabBar *bar, AdwTabPage *page, const GValue *value, GtkWidget *window)
{
  FilesPanes *panes = FILES_PANES (adw_tab_page_get_child (page));
  GFile *folder = files_tab_get_location (files_panes_get_tab (panes));
  FilesSelection *files = g_value_get_boxed (value);
  gboolean wants_link = FALSE;
  GdkDragAction allowed = get_tab_bar_actions (window, &wants_link);
  GdkDragAction action
      = folder != NULL ? files_drop_choose (allowed, wants_link, files, folder) : 0;

  if (action == 0)
    return FALSE;
  files_operation_actions_transfer (FILES_WINDOW (window),
                                    files_drop_get_transfer (action),
                                    files,
                                    folder);
  return TRUE;
}

/**
 * files_drop_attach_tab_bar:
 * @window: a window
 * @tab_bar: its tabs
 *
 * Lets files be dropped on tabs.
 */
void
files_drop_attach_tab_bar (FilesWindow *window, AdwTabBar *tab_bar)
{
  GType types[] = { FILES_TYPE_SELECTION };

  files_uri_list_register ();
  adw_tab_bar_setup_extra_drop_target (tab_bar,
                                       GDK_ACTION_COPY | GDK_ACTION_MOVE | GDK_ACTION_LINK,
                                       types,
                                       G_N_ELEMENTS (types));
  g_signal_connect_object (tab_bar,
                           "extra-drag-drop",
                           G_CALLBACK (tab_bar_drop_cb),
                           window,
                           G_CONNECT_DEFAULT);
}
