/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dragging files out of a tab and dropping them into it: on a folder's row into that folder, beside the rows into the tab's own
 * folder. Within a mount files are moved, to another one copied; Ctrl copies, Shift moves, and both together link, as GDK has
 * them. A folder that is hovered over for a while opens. Loop's thread; which mount a file is on is known without touching it. */

#include "files-drop.h"
#include "files-clipboard.h"
#include "files-operation-actions.h"
#include "files-requests.h"

#define SPRING_MSEC 900
#define ANY_ACTION (GDK_ACTION_COPY | GDK_ACTION_MOVE | GDK_ACTION_LINK)
#define KEY "files-drop"

typedef struct {
  FilesTab *tab; /* whose it is */
  guint32 hovered;
  guint spring;
} Drop;

static void
stop_spring (Drop *self)
{
  g_clear_handle_id (&self->spring, g_source_remove);
}

static void
drop_free (gpointer data)
{
  Drop *self = data;

  stop_spring (self);
  g_free (self);
}

static gboolean
is_folder (Drop *self, guint32 id)
{
  ThawEntryStore *store = pane_folder_model_get_store (files_tab_get_model (self->tab));

  return store != NULL && id != THAW_NO_ENTRY && thaw_entry_store_is_folder (store, id);
}

static gboolean
spring_cb (gpointer user_data)
{
  Drop *self = user_data;
  guint32 id = self->hovered;

  self->spring = 0;
  self->hovered = THAW_NO_ENTRY;
  if (is_folder (self, id))
    files_tab_open_id (self->tab, id, PANE_OPEN_HERE);
  return G_SOURCE_REMOVE;
}

static void
hover (Drop *self, guint32 id)
{
  if (self->hovered == id)
    return;
  stop_spring (self);
  self->hovered = id;
  pane_view_set_drop_entry (files_tab_get_view (self->tab), id);
  if (id != THAW_NO_ENTRY)
    self->spring = g_timeout_add (SPRING_MSEC, spring_cb, self);
}

/* The folder at a point of the tab; what is dragged can't go into itself. */
static guint32
find_folder (Drop *self, double x, double y)
{
  GtkWidget *view = GTK_WIDGET (files_tab_get_view (self->tab));
  graphene_point_t point;
  guint32 id;

  if (view == NULL || !gtk_widget_get_mapped (view)
      || !gtk_widget_compute_point (GTK_WIDGET (self->tab), view, &GRAPHENE_POINT_INIT ((float) x, (float) y), &point))
    return THAW_NO_ENTRY;
  id = pane_view_get_entry_at (PANE_VIEW (view), point.x, point.y);
  return is_folder (self, id) ? id : THAW_NO_ENTRY;
}

static GFile *
dup_target (Drop *self, guint32 id)
{
  GFile *location = files_tab_get_location (self->tab);

  if (id != THAW_NO_ENTRY)
    return files_tab_dup_entry_file (self->tab, id);
  return location != NULL ? g_object_ref (location) : NULL;
}

/* From this program as it is; a list from elsewhere. */
static FilesSelection *
dup_files (const GValue *value)
{
  GPtrArray *files;
  g_autoptr (GSList) list = NULL;

  if (G_VALUE_HOLDS (value, FILES_TYPE_SELECTION))
    return g_value_dup_boxed (value);
  list = gdk_file_list_get_files (g_value_get_boxed (value));
  files = g_ptr_array_new_with_free_func (g_object_unref);
  for (GSList *link = list; link != NULL; link = link->next)
    g_ptr_array_add (files, g_object_ref (link->data));
  return files_selection_new (files);
}

static gboolean
is_one_mount (GFile *a, GFile *b)
{
  g_autoptr (ThawLane) lane_of_a = thaw_lane_for_file (a);
  g_autoptr (ThawLane) lane_of_b = thaw_lane_for_file (b);

  return lane_of_a == lane_of_b;
}

/* What the keys say; without any, what the places say. 0: it can't go there. */
static GdkDragAction
choose_action (GtkDropTarget *drop_target, FilesSelection *files, GFile *target)
{
  GdkDrop *drop = gtk_drop_target_get_current_drop (drop_target);
  GdkDragAction allowed = drop != NULL ? gdk_drop_get_actions (drop) & ANY_ACTION : GDK_ACTION_COPY;
  g_autoptr (GFile) parent = files_selection_dup_folder (files);

  if (files_selection_get_n (files) == 0 || target == NULL || files_selection_holds (files, target))
    return 0;
  if (gdk_drag_action_is_unique (allowed))
    return allowed;
  if (parent != NULL && g_file_equal (parent, target))
    return 0;
  if ((allowed & GDK_ACTION_MOVE) != 0 && parent != NULL && is_one_mount (parent, target))
    return GDK_ACTION_MOVE;
  return (allowed & GDK_ACTION_COPY) != 0 ? GDK_ACTION_COPY : 0;
}

static GdkDragAction
motion_cb (GtkDropTarget *drop_target, double x, double y, Drop *self)
{
  const GValue *value = gtk_drop_target_get_value (drop_target);
  guint32 id = find_folder (self, x, y);
  g_autoptr (GFile) target = dup_target (self, id);
  g_autoptr (FilesSelection) files = NULL;
  GdkDragAction action;

  if (value == NULL || target == NULL)
    return GDK_ACTION_COPY;
  files = dup_files (value);
  action = choose_action (drop_target, files, target);
  hover (self, action != 0 ? id : THAW_NO_ENTRY);
  return action;
}

static void
leave_cb (GtkDropTarget *drop_target, Drop *self)
{
  hover (self, THAW_NO_ENTRY);
}

static FilesTransfer
get_transfer (GdkDragAction action)
{
  switch (action)
    {
    case GDK_ACTION_MOVE:
      return FILES_TRANSFER_MOVE;
    case GDK_ACTION_LINK:
      return FILES_TRANSFER_LINK;
    default:
      return FILES_TRANSFER_COPY;
    }
}

static gboolean
drop_cb (GtkDropTarget *drop_target, const GValue *value, double x, double y, Drop *self)
{
  g_autoptr (GFile) target = dup_target (self, find_folder (self, x, y));
  g_autoptr (FilesSelection) files = dup_files (value);
  GdkDragAction action = choose_action (drop_target, files, target);
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self->tab));

  hover (self, THAW_NO_ENTRY);
  if (action == 0 || !FILES_IS_WINDOW (root))
    return FALSE;
  files_operation_actions_transfer (FILES_WINDOW (root), get_transfer (action), files, target);
  return TRUE;
}

/* Dragging out */

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

/**
 * files_drop_attach:
 * @tab: a tab
 *
 * Lets files be dropped into @tab.
 */
void
files_drop_attach (FilesTab *tab)
{
  GType types[] = { FILES_TYPE_SELECTION, GDK_TYPE_FILE_LIST };
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_INVALID, ANY_ACTION);
  Drop *self = g_new0 (Drop, 1);

  self->tab = tab;
  self->hovered = THAW_NO_ENTRY;
  g_object_set_data_full (G_OBJECT (tab), KEY, self, drop_free);
  gtk_drop_target_set_gtypes (target, types, G_N_ELEMENTS (types));
  gtk_drop_target_set_preload (target, TRUE);
  g_signal_connect (target, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect (target, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect (target, "drop", G_CALLBACK (drop_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (tab), GTK_EVENT_CONTROLLER (target));
}
