/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A widget that files can be dropped on. What this program drags is known as it is; another's list
 * is read once for the whole drag, no further than a limit, and taken apart on the pool of the
 * processors, however many widgets it is dragged over. Within a mount files are moved, to another
 * one copied; Ctrl copies, Shift moves, both together link, and so does Alt. A place that is
 * hovered over for a while opens. Loop's thread; which mount a file is on is known without touching
 * it. */

#include "files-drop-zone.h"
#include "files-content.h"
#include "files-uri-list.h"

#define SPRING_MSEC 900
#define ANY_ACTION (GDK_ACTION_COPY | GDK_ACTION_MOVE | GDK_ACTION_LINK)
#define DRAGGED_KEY "files-dragged"

/* What is dragged: of the GdkDrop. */

typedef struct _Zone Zone;

typedef struct {
  gint ref_count;
  FilesSelection *files; /* NULL before it is read, and if it can't be */
  ThawScope *scope;
  gboolean is_read;
  /* It was dropped before it was read. */
  Zone *zone;
  GdkDrop *drop;
  GdkDragAction action;
  GFile *folder;
} Dragged;

struct _Zone {
  GtkWidget *widget; /* whose it is */
  const FilesDropFuncs *funcs;
  gpointer owner;
  guint hovered;
  guint spring_source;
  /* What was chosen last, for that place and those keys; no place: nothing was. */
  GFile *folder;
  GdkDragAction allowed, action;
  gboolean wants_link;
};

static Dragged *
dragged_ref (Dragged *self)
{
  self->ref_count++;
  return self;
}

static void
dragged_unref (gpointer data)
{
  Dragged *self = data;

  if (--self->ref_count > 0)
    return;
  if (self->scope != NULL)
    thaw_scope_cancel (self->scope);
  g_clear_pointer (&self->scope, thaw_scope_unref);
  g_clear_pointer (&self->files, files_selection_unref);
  g_clear_object (&self->folder);
  if (self->zone != NULL)
    g_object_remove_weak_pointer (G_OBJECT (self->zone->widget), (gpointer *) &self->zone);
  g_free (self);
}

/* The rules */

static gboolean
is_one_mount (GFile *a, GFile *b)
{
  g_autoptr (ThawLane) lane_of_a = thaw_lane_for_file (a);
  g_autoptr (ThawLane) lane_of_b = thaw_lane_for_file (b);

  return lane_of_a == lane_of_b;
}

/* Lists of what is elsewhere. */
static gboolean
holds_nothing (GFile *folder)
{
  static const char *const schemes[] = { "recent", "network", "computer" };

  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_file_has_uri_scheme (folder, schemes[i]))
      return TRUE;
  return FALSE;
}

/**
 * files_drop_choose:
 * @allowed: what is offered
 * @wants_link: whether Alt is held
 * @files: what is dragged
 * @folder: where to
 *
 * What can't go there: what holds that folder, and, unless the keys ask for it, what is there
 * already.
 *
 * Returns: the one action that dropping means, 0 for none
 */
GdkDragAction
files_drop_choose (GdkDragAction allowed, gboolean wants_link, FilesSelection *files, GFile *folder)
{
  g_autoptr (GFile) parent = files_selection_dup_folder (files);

  allowed &= ANY_ACTION;
  if (files_selection_get_n (files) == 0 || files_selection_holds (files, folder)
      || holds_nothing (folder))
    return 0;
  if (g_file_has_uri_scheme (folder, "trash"))
    return parent == NULL || !g_file_has_uri_scheme (parent, "trash") ? allowed & GDK_ACTION_MOVE
                                                                      : 0;
  if (gdk_drag_action_is_unique (allowed))
    return allowed;
  if (wants_link && (allowed & GDK_ACTION_LINK) != 0)
    return GDK_ACTION_LINK;
  if (parent != NULL && g_file_equal (parent, folder))
    return 0;
  if ((allowed & GDK_ACTION_MOVE) != 0 && parent != NULL && is_one_mount (parent, folder))
    return GDK_ACTION_MOVE;
  return (allowed & GDK_ACTION_COPY) != 0 ? GDK_ACTION_COPY : 0;
}

/**
 * files_drop_get_transfer:
 * @action: an action
 *
 * Returns: what it means for files
 */
FilesTransfer
files_drop_get_transfer (GdkDragAction action)
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

/* Alt isn't among the keys that GDK makes an action of. */
static gboolean
holds_alt (GdkDrop *drop)
{
  GdkModifierType state = 0;

  gdk_surface_get_device_position (gdk_drop_get_surface (drop),
                                   gdk_drop_get_device (drop),
                                   NULL,
                                   NULL,
                                   &state);
  return (state & GDK_ALT_MASK) != 0;
}

/* Reading another program's list */

static void
finish (Dragged *self)
{
  GdkDragAction action = self->files != NULL && self->zone != NULL
                             ? files_drop_choose (self->action, FALSE, self->files, self->folder)
                             : 0;

  if (action != 0)
    self->zone->funcs->drop (self->zone->owner,
                             files_drop_get_transfer (action),
                             self->files,
                             self->folder);
  gdk_drop_finish (self->drop, action);
  g_clear_object (&self->drop);
}

static void
read_end (Dragged *self, FilesSelection *files)
{
  self->is_read = TRUE;
  self->files = files != NULL ? files_selection_ref (files) : NULL;
  if (self->drop != NULL)
    finish (self);
}

static void
parsed_cb (ThawFuture *completed, gpointer user_data)
{
  FilesUriList *list = thaw_future_get_pointer (completed, NULL);

  read_end (user_data, list != NULL ? list->files : NULL);
}

static void
bytes_cb (ThawFuture *completed, gpointer user_data)
{
  Dragged *self = user_data;
  GBytes *bytes = thaw_future_get_pointer (completed, NULL);
  g_autoptr (ThawFuture) parsed = NULL;

  if (bytes == NULL)
    {
      read_end (self, NULL);
      return;
    }
  parsed = files_uri_list_parse (self->scope, bytes, FILES_URI_LIST);
  thaw_future_done (parsed, self->scope, parsed_cb, dragged_ref (self), dragged_unref);
}

static void
stream_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Dragged *self = user_data;
  g_autoptr (GInputStream) stream = gdk_drop_read_finish (GDK_DROP (source), result, NULL, NULL);
  g_autoptr (ThawFuture) read = NULL;

  if (stream == NULL)
    read_end (self, NULL);
  else
    {
      read = files_stream_read (stream, FILES_MAX_CONTENT);
      thaw_future_done (read, self->scope, bytes_cb, dragged_ref (self), dragged_unref);
    }
  dragged_unref (self);
}

static Dragged *
get_dragged (GdkDrop *drop)
{
  static const char *const types[] = { FILES_URI_LIST, NULL };
  Dragged *self = g_object_get_data (G_OBJECT (drop), DRAGGED_KEY);
  GdkDrag *drag = gdk_drop_get_drag (drop);
  GdkContentProvider *content = drag != NULL ? gdk_drag_get_content (drag) : NULL;

  if (self != NULL)
    return self;
  self = g_new0 (Dragged, 1);
  self->ref_count = 1;
  g_object_set_data_full (G_OBJECT (drop), DRAGGED_KEY, self, dragged_unref);
  if (FILES_IS_CONTENT (content))
    read_end (self, files_content_get_files (FILES_CONTENT (content)));
  else
    {
      self->scope = thaw_scope_new ("files in another program's hand", NULL);
      gdk_drop_read_async (drop,
                           (const char **) types,
                           G_PRIORITY_DEFAULT,
                           NULL,
                           stream_cb,
                           dragged_ref (self));
    }
  return self;
}

/* Hovering */

static gboolean
spring_cb (gpointer user_data)
{
  Zone *self = user_data;
  guint key = self->hovered;

  self->spring_source = 0;
  self->hovered = FILES_NO_DROP;
  self->funcs->hover (self->owner, FILES_NO_DROP);
  self->funcs->spring (self->owner, key);
  return G_SOURCE_REMOVE;
}

static void
hover (Zone *self, guint key)
{
  if (self->hovered == key)
    return;
  g_clear_handle_id (&self->spring_source, g_source_remove);
  self->hovered = key;
  self->funcs->hover (self->owner, key);
  if (key != FILES_NO_DROP)
    self->spring_source = g_timeout_add (SPRING_MSEC, spring_cb, self);
}

static GdkDragAction
choose_anew (Zone *self, Dragged *dragged, GFile *folder)
{
  if (dragged->files != NULL)
    return files_drop_choose (self->allowed, self->wants_link, dragged->files, folder);
  if (dragged->is_read)
    return 0;
  /* Not read yet: it will be looked at when it is dropped. */
  if (gdk_drag_action_is_unique (self->allowed & ANY_ACTION))
    return self->allowed & ANY_ACTION;
  return GDK_ACTION_COPY;
}

/* Looked up anew only when the place or the keys have changed. */
static GdkDragAction
choose (Zone *self, GdkDrop *drop, GFile *folder)
{
  Dragged *dragged = get_dragged (drop);
  GdkDragAction allowed = gdk_drop_get_actions (drop);
  gboolean wants_link = holds_alt (drop);

  if (self->folder != NULL && g_file_equal (self->folder, folder) && self->allowed == allowed
      && self->wants_link == wants_link)
    return self->action;
  self->allowed = allowed;
  self->wants_link = wants_link;
  self->action = choose_anew (self, dragged, folder);
  g_clear_object (&self->folder);
  if (dragged->is_read)
    self->folder = g_object_ref (folder);
  return self->action;
}

static GdkDragAction
motion_cb (GtkDropTargetAsync *target, GdkDrop *drop, double x, double y, Zone *self)
{
  guint key = FILES_NO_DROP;
  g_autoptr (GFile) folder = self->funcs->dup_folder (self->owner, x, y, &key);
  GdkDragAction action = folder != NULL ? choose (self, drop, folder) : 0;

  hover (self, action != 0 ? key : FILES_NO_DROP);
  return action;
}

static GdkDragAction
enter_cb (GtkDropTargetAsync *target, GdkDrop *drop, double x, double y, Zone *self)
{
  g_clear_object (&self->folder);
  return motion_cb (target, drop, x, y, self);
}

static void
leave_cb (GtkDropTargetAsync *target, GdkDrop *drop, Zone *self)
{
  hover (self, FILES_NO_DROP);
}

/* Done at once, or when it has been read. */
static gboolean
drop_cb (GtkDropTargetAsync *target, GdkDrop *drop, double x, double y, Zone *self)
{
  guint key = FILES_NO_DROP;
  g_autoptr (GFile) folder = self->funcs->dup_folder (self->owner, x, y, &key);
  Dragged *dragged = get_dragged (drop);
  GdkDragAction allowed = gdk_drop_get_actions (drop);

  hover (self, FILES_NO_DROP);
  if (folder == NULL)
    return FALSE;
  dragged->folder = g_object_ref (folder);
  dragged->action
      = holds_alt (drop) && (allowed & GDK_ACTION_LINK) != 0 ? GDK_ACTION_LINK : allowed;
  dragged->drop = g_object_ref (drop);
  dragged->zone = self;
  g_object_add_weak_pointer (G_OBJECT (self->widget), (gpointer *) &dragged->zone);
  if (dragged->is_read)
    finish (dragged);
  return TRUE;
}

static gboolean
accept_cb (GtkDropTargetAsync *target, GdkDrop *drop, Zone *self)
{
  GdkContentFormats *formats = gdk_drop_get_formats (drop);

  return gdk_content_formats_contain_gtype (formats, FILES_TYPE_SELECTION)
         || gdk_content_formats_contain_mime_type (formats, FILES_URI_LIST);
}

static void
zone_free (gpointer data)
{
  Zone *self = data;

  g_clear_handle_id (&self->spring_source, g_source_remove);
  g_clear_object (&self->folder);
  g_free (self);
}

/**
 * files_drop_zone_attach:
 * @widget: a widget
 * @funcs: what it does
 * @owner: whose functions they are
 *
 * Lets files be dropped on @widget.
 */
void
files_drop_zone_attach (GtkWidget *widget, const FilesDropFuncs *funcs, gpointer owner)
{
  GtkDropTargetAsync *target = gtk_drop_target_async_new (NULL, ANY_ACTION);
  Zone *self = g_new0 (Zone, 1);

  self->widget = widget;
  self->funcs = funcs;
  self->owner = owner;
  self->hovered = FILES_NO_DROP;
  gtk_widget_add_css_class (widget, "drop-zone");
  g_object_set_data_full (G_OBJECT (target), "files-drop-zone", self, zone_free);
  g_signal_connect (target, "accept", G_CALLBACK (accept_cb), self);
  g_signal_connect (target, "drag-enter", G_CALLBACK (enter_cb), self);
  g_signal_connect (target, "drag-motion", G_CALLBACK (motion_cb), self);
  g_signal_connect (target, "drag-leave", G_CALLBACK (leave_cb), self);
  g_signal_connect (target, "drop", G_CALLBACK (drop_cb), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (target));
}
