/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The places of the sidebar, one list for all windows. Home and Computer are there from the start;
 * the user's folders and the bookmarks are read by jobs on the home's lane, and the mounts come
 * from the kernel's table. No place is ever looked at, not even to see whether it exists: a
 * bookmark on a dead server costs nothing. The bookmarks file is watched by a monitor that a job
 * makes (making one may touch the disk); its signals arrive on the loop. Loop's thread, except for
 * the functions whose names end in _lane. */

#define GETTEXT_PACKAGE "thaw"
#include "pane-place-private.h"
#include "pane-bookmarks.h"
#include "pane-desktop-places-private.h"
#include "pane-location.h"
#include "thaw-mounts.h"
#include <glib/gi18n-lib.h>

#define TIMEOUT_USEC (30 * G_USEC_PER_SEC)
#define RELOAD_DELAY_MSEC 150

struct _PanePlaces {
  GObject parent_instance;

  ThawScope *scope;
  ThawMailbox *lane_states;
  ThawMailbox *mount_tables;
  GPtrArray *places;       /* what is shown */
  GPtrArray *user_folders; /* PanePlace, each list as it was read last */
  GPtrArray *bookmarks;
  GPtrArray *mounts;
  PaneDesktopPlaces desktop_places;
  GFileMonitor *monitor;
  guint reload_source;
  gboolean is_loaded;
};

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (PanePlaces,
                               pane_places,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static const struct {
  GUserDirectory directory;
  const char *icon_name;
} user_folders[] = {
  { G_USER_DIRECTORY_DESKTOP, "user-desktop-symbolic" },
  { G_USER_DIRECTORY_DOCUMENTS, "folder-documents-symbolic" },
  { G_USER_DIRECTORY_DOWNLOAD, "folder-download-symbolic" },
  { G_USER_DIRECTORY_MUSIC, "folder-music-symbolic" },
  { G_USER_DIRECTORY_PICTURES, "folder-pictures-symbolic" },
  { G_USER_DIRECTORY_VIDEOS, "folder-videos-symbolic" },
};

static ThawLane *
home_lane (void)
{
  return thaw_lane_for_file (pane_location_get_home ());
}

/* The list */

static void
append_all (GPtrArray *to, GPtrArray *from)
{
  for (guint i = 0; i < from->len; i++)
    g_ptr_array_add (to, g_object_ref (g_ptr_array_index (from, i)));
}

/* One of those that GIO makes up, and that are called the same everywhere. */
static void
append_made_up (GPtrArray *places, PanePlaceKind kind, const char *uri, const char *icon_name)
{
  g_autoptr (GFile) location = g_file_new_for_uri (uri);
  g_autofree char *title = pane_location_dup_title (location);

  g_ptr_array_add (places, pane_place_new (kind, location, title, icon_name));
}

static const char *
get_trash_icon_name (PanePlaces *self)
{
  return (self->desktop_places & PANE_DESKTOP_PLACES_TRASH_IS_FULL) != 0
             ? "user-trash-full-symbolic"
             : "user-trash-symbolic";
}

static GPtrArray *
make_places (PanePlaces *self)
{
  GPtrArray *places = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GFile) root = g_file_new_for_path ("/");
  gboolean has_desktop_places = (self->desktop_places & PANE_DESKTOP_PLACES_ARE_THERE) != 0;

  g_ptr_array_add (places,
                   pane_place_new (PANE_PLACE_HOME,
                                   pane_location_get_home (),
                                   _ ("Home"),
                                   "user-home-symbolic"));
  if (has_desktop_places)
    append_made_up (places, PANE_PLACE_RECENT, "recent:///", "document-open-recent-symbolic");
  append_all (places, self->user_folders);
  if (has_desktop_places)
    append_made_up (places, PANE_PLACE_TRASH, "trash:///", get_trash_icon_name (self));
  append_all (places, self->bookmarks);
  g_ptr_array_add (
      places,
      pane_place_new (PANE_PLACE_COMPUTER, root, _ ("Computer"), "drive-harddisk-symbolic"));
  append_all (places, self->mounts);
  if (has_desktop_places)
    append_made_up (places, PANE_PLACE_NETWORK, "network:///", "network-workgroup-symbolic");
  return places;
}

/* A place that stays keeps its object, and with it its row, its lane and the warning on it. */
static void
keep_known (GPtrArray *places, GPtrArray *known)
{
  for (guint i = 0; i < places->len; i++)
    for (guint j = 0; j < known->len; j++)
      {
        PanePlace *old = g_ptr_array_index (known, j);

        if (!pane_place_equal (g_ptr_array_index (places, i), old))
          continue;
        pane_place_set_icon_name (old, pane_place_get_icon_name (g_ptr_array_index (places, i)));
        g_object_unref (g_ptr_array_index (places, i));
        g_ptr_array_index (places, i) = g_object_ref (old);
        break;
      }
}

static void
watch_lane (PanePlaces *self, PanePlace *place)
{
  ThawLane *lane = thaw_lane_for_file (pane_place_get_location (place));

  pane_place_take_lane (place, lane);
  pane_place_set_silent (place, thaw_lane_get_state (lane) == THAW_LANE_NOT_ANSWERING);
  thaw_lane_watch (lane, self->lane_states);
}

static void
refresh (PanePlaces *self)
{
  g_autoptr (GPtrArray) old = g_steal_pointer (&self->places);
  guint first = 0, end = 0;

  self->places = make_places (self);
  keep_known (self->places, old);
  for (guint i = 0; i < self->places->len; i++)
    if (pane_place_get_lane (g_ptr_array_index (self->places, i)) == NULL)
      watch_lane (self, g_ptr_array_index (self->places, i));
  while (first < MIN (old->len, self->places->len)
         && g_ptr_array_index (old, first) == g_ptr_array_index (self->places, first))
    first++;
  while (end < MIN (old->len, self->places->len) - first
         && g_ptr_array_index (old, old->len - 1 - end)
                == g_ptr_array_index (self->places, self->places->len - 1 - end))
    end++;
  if (first < MAX (old->len, self->places->len))
    g_list_model_items_changed (G_LIST_MODEL (self),
                                first,
                                old->len - first - end,
                                self->places->len - first - end);
}

static void
set_list (PanePlaces *self, GPtrArray **list, GPtrArray *places)
{
  g_ptr_array_unref (*list);
  *list = places;
  refresh (self);
}

static void
lane_state_cb (gpointer message, gpointer user_data)
{
  g_autoptr (ThawLane) lane = message;
  PanePlaces *self = user_data;

  for (guint i = 0; i < self->places->len; i++)
    {
      PanePlace *place = g_ptr_array_index (self->places, i);

      if (pane_place_get_lane (place) == lane)
        pane_place_set_silent (place, thaw_lane_get_state (lane) == THAW_LANE_NOT_ANSWERING);
    }
}

/* The user's folders: g_get_user_special_dir() reads a file when it is called first. */

static gboolean
read_user_folders_lane (ThawJob *job, gpointer user_data, GError **error)
{
  char **paths = g_new0 (char *, G_N_ELEMENTS (user_folders) + 1);

  for (guint i = 0; i < G_N_ELEMENTS (user_folders); i++)
    {
      const char *path = g_get_user_special_dir (user_folders[i].directory);

      paths[i] = g_strdup (path != NULL ? path : "");
    }
  thaw_job_return_pointer (job, paths, (GDestroyNotify) g_strfreev);
  return TRUE;
}

static void
user_folders_read_cb (ThawFuture *completed, gpointer user_data)
{
  char **paths = thaw_future_get_pointer (completed, NULL);
  GPtrArray *places;

  if (paths == NULL)
    return;
  places = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < G_N_ELEMENTS (user_folders); i++)
    {
      g_autoptr (GFile) location = g_file_new_for_path (paths[i]);
      g_autofree char *title = NULL;

      /* A user folder that is not set up is home itself. */
      if (*paths[i] == '\0' || g_file_equal (location, pane_location_get_home ()))
        continue;
      title = pane_location_dup_title (location);
      g_ptr_array_add (
          places,
          pane_place_new (PANE_PLACE_USER_FOLDER, location, title, user_folders[i].icon_name));
    }
  set_list (user_data, &((PanePlaces *) user_data)->user_folders, places);
}

/* The bookmarks */

static gboolean
read_bookmarks_lane (ThawJob *job, gpointer user_data, GError **error)
{
  g_autofree char *path = pane_bookmarks_dup_path ();
  char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    text = g_strdup ("");
  thaw_job_return_pointer (job, text, g_free);
  return TRUE;
}

static void
bookmarks_read_cb (ThawFuture *completed, gpointer user_data)
{
  const char *text = thaw_future_get_pointer (completed, NULL);
  g_autoptr (GPtrArray) parsed = NULL;
  GPtrArray *places;

  if (text == NULL)
    return;
  parsed = pane_bookmarks_parse (text);
  places = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < parsed->len; i++)
    {
      const PaneBookmark *bookmark = g_ptr_array_index (parsed, i);
      g_autoptr (GFile) location = g_file_new_for_uri (bookmark->uri);
      g_autofree char *title = bookmark->label != NULL ? g_strdup (bookmark->label)
                                                       : pane_location_dup_title (location);

      g_ptr_array_add (places,
                       pane_place_new (PANE_PLACE_BOOKMARK,
                                       location,
                                       title,
                                       g_file_is_native (location) ? "folder-symbolic"
                                                                   : "folder-remote-symbolic"));
    }
  set_list (user_data, &((PanePlaces *) user_data)->bookmarks, places);
}

static void
run (PanePlaces *self, const char *name, ThawJobFunc func, ThawDoneFunc done)
{
  g_autoptr (ThawLane) lane = home_lane ();
  g_autoptr (ThawFuture) result = thaw_lane_run (lane,
                                                 self->scope,
                                                 name,
                                                 THAW_PRIORITY_DEFAULT,
                                                 TIMEOUT_USEC,
                                                 func,
                                                 NULL,
                                                 NULL);

  thaw_future_done (result, self->scope, done, self, NULL);
}

static void
reload_cb (gpointer user_data)
{
  PanePlaces *self = user_data;

  self->reload_source = 0;
  run (self, "read bookmarks", read_bookmarks_lane, bookmarks_read_cb);
}

static void
bookmarks_changed_cb (PanePlaces *self)
{
  if (self->reload_source == 0)
    self->reload_source = g_timeout_add_once (RELOAD_DELAY_MSEC, reload_cb, self);
}

static gboolean
watch_bookmarks_lane (ThawJob *job, gpointer user_data, GError **error)
{
  g_autofree char *path = pane_bookmarks_dup_path ();
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GFileMonitor *monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, error);

  if (monitor == NULL)
    return FALSE;
  thaw_job_return_object (job, monitor);
  return TRUE;
}

static void
bookmarks_watched_cb (ThawFuture *completed, gpointer user_data)
{
  PanePlaces *self = user_data;
  const GValue *value = thaw_future_get_value (completed, NULL);

  if (value == NULL)
    return;
  self->monitor = g_value_dup_object (value);
  g_signal_connect_object (self->monitor,
                           "changed",
                           G_CALLBACK (bookmarks_changed_cb),
                           self,
                           G_CONNECT_SWAPPED);
}

typedef struct {
  char *uri;
  gboolean add;
} Edit;

static void
edit_free (gpointer data)
{
  Edit *edit = data;

  g_free (edit->uri);
  g_free (edit);
}

static gboolean
edit_lane (ThawJob *job, gpointer user_data, GError **error)
{
  const Edit *edit = user_data;
  g_autofree char *path = pane_bookmarks_dup_path ();

  return pane_bookmarks_edit_sync (path, edit->uri, edit->add, error);
}

/**
 * pane_places_set_bookmark:
 * @self: the places
 * @location: a place
 * @add: whether it is to be a bookmark or not
 *
 * Adds a bookmark, or takes it away. The list follows when the file has changed.
 *
 * - **Thread**: the loop's. The file is written on its lane.
 * - **Errors**: those of writing the file.
 *
 * Returns: (transfer full): a future that resolves when the file is written
 */
ThawFuture *
pane_places_set_bookmark (PanePlaces *self, GFile *location, gboolean add)
{
  g_autoptr (ThawLane) lane = home_lane ();
  Edit *edit = g_new0 (Edit, 1);

  edit->uri = g_file_get_uri (location);
  edit->add = add;
  bookmarks_changed_cb (self);
  return thaw_lane_run (lane,
                        self->scope,
                        "write bookmarks",
                        THAW_PRIORITY_HIGH,
                        TIMEOUT_USEC,
                        edit_lane,
                        edit,
                        edit_free);
}

/**
 * pane_places_has_bookmark:
 * @self: the places
 * @location: a place
 *
 * Returns: whether @location is a bookmark, as far as the file has been read
 */
gboolean
pane_places_has_bookmark (PanePlaces *self, GFile *location)
{
  for (guint i = 0; i < self->bookmarks->len; i++)
    if (g_file_equal (pane_place_get_location (g_ptr_array_index (self->bookmarks, i)), location))
      return TRUE;
  return FALSE;
}

/* The mounts */

static gboolean
is_below (const char *path, const char *folder)
{
  gsize length = strlen (folder);

  return strncmp (path, folder, length) == 0 && path[length] == '/' && path[length + 1] != '\0';
}

/**
 * pane_places_is_user_mount:
 * @mount: a mount
 *
 * Tells whether a person would look for a mount: one below `/media`, `/run/media` or `/mnt`, a
 * network file system, or a FUSE mount that is not a piece of the desktop's own machinery.
 *
 * Returns: whether it belongs into the sidebar
 */
gboolean
pane_places_is_user_mount (const ThawMount *mount)
{
  static const char *const folders[] = { "/media", "/run/media", "/mnt" };
  static const char *const machinery[] = { "/gvfs", "/doc", "/gvfsd-fuse" };
  /* Without a disk, or what the desktop has mounted for its own programs, which may be anywhere. */
  static const char *const no_disks[] = { "tmpfs",        "ramfs",           "squashfs",
                                          "overlay",      "fuse.gvfsd-fuse", "fuse.portal",
                                          "fuse.kio-fuse" };

  if (mount->kind == THAW_MOUNT_VIRTUAL || mount->kind == THAW_MOUNT_AUTOMOUNT)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (no_disks); i++)
    if (g_strcmp0 (mount->fs_type, no_disks[i]) == 0)
      return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    if (is_below (mount->root, folders[i]) || g_str_equal (mount->root, "/mnt"))
      return TRUE;
  if (mount->kind == THAW_MOUNT_LOCAL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (machinery); i++)
    if (is_below (mount->root, "/run/user") && g_str_has_suffix (mount->root, machinery[i]))
      return FALSE;
  return !is_below (mount->root, "/proc") && !is_below (mount->root, "/sys")
         && !g_str_equal (mount->root, "/");
}

static const char *
mount_icon (const ThawMount *mount)
{
  if (mount->kind == THAW_MOUNT_REMOTE)
    return "folder-remote-symbolic";
  if (is_below (mount->root, "/media") || is_below (mount->root, "/run/media"))
    return "drive-removable-media-symbolic";
  return "drive-harddisk-symbolic";
}

/**
 * pane_places_set_mounts:
 * @self: the places
 * @table: the kernel's mounts
 *
 * Shows the mounts of @table that a person would look for, each once.
 */
void
pane_places_set_mounts (PanePlaces *self, ThawMountTable *table)
{
  GPtrArray *places = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < thaw_mount_table_get_n_mounts (table); i++)
    {
      const ThawMount *mount = thaw_mount_table_get_mount (table, i);
      g_autoptr (GFile) location = NULL;
      g_autofree char *title = NULL;

      if (!thaw_mount_table_is_visible (table, i) || !pane_places_is_user_mount (mount)
          || !g_hash_table_add (seen, (char *) mount->root))
        continue;
      location = g_file_new_for_path (mount->root);
      title = pane_location_dup_title (location);
      g_ptr_array_add (places,
                       pane_place_new (PANE_PLACE_MOUNT, location, title, mount_icon (mount)));
    }
  set_list (self, &self->mounts, places);
}

static void
mounts_cb (gpointer message, gpointer user_data)
{
  g_autoptr (ThawMountTable) table = message;

  pane_places_set_mounts (user_data, table);
}

/* What gvfs knows */

static void
desktop_places_cb (ThawFuture *completed, gpointer user_data)
{
  PanePlaces *self = user_data;

  if (thaw_future_get_error (completed) != NULL)
    return;
  self->desktop_places = GPOINTER_TO_UINT (thaw_future_get_pointer (completed, NULL));
  refresh (self);
}

/**
 * pane_places_look_at_trash:
 * @self: the places
 *
 * Looks again whether there is anything in the trash. The place's icon follows.
 *
 * - **Thread**: the loop's. The home's trash is read on its lane.
 */
void
pane_places_look_at_trash (PanePlaces *self)
{
  g_return_if_fail (PANE_IS_PLACES (self));

  if (self->is_loaded)
    run (self, "look at the trash", pane_desktop_places_look_lane, desktop_places_cb);
}

/**
 * pane_places_load:
 * @self: the places
 *
 * Starts to read the user's folders, the bookmarks, the mounts and what gvfs knows. To be called once, when the
 * first window is up.
 */
void
pane_places_load (PanePlaces *self)
{
  run (self, "read the user's folders", read_user_folders_lane, user_folders_read_cb);
  run (self, "read bookmarks", read_bookmarks_lane, bookmarks_read_cb);
  run (self, "watch bookmarks", watch_bookmarks_lane, bookmarks_watched_cb);
  thaw_mounts_watch (self->mount_tables);
  self->is_loaded = TRUE;
  pane_places_look_at_trash (self);
}

static GType
get_item_type (GListModel *model)
{
  return PANE_TYPE_PLACE;
}

static guint
get_n_items (GListModel *model)
{
  return PANE_PLACES (model)->places->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  PanePlaces *self = PANE_PLACES (model);

  return position < self->places->len ? g_object_ref (g_ptr_array_index (self->places, position))
                                      : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
pane_places_dispose (GObject *object)
{
  PanePlaces *self = PANE_PLACES (object);

  if (self->scope != NULL)
    thaw_scope_cancel (self->scope);
  g_clear_handle_id (&self->reload_source, g_source_remove);
  g_clear_object (&self->monitor);
  G_OBJECT_CLASS (pane_places_parent_class)->dispose (object);
}

static void
pane_places_finalize (GObject *object)
{
  PanePlaces *self = PANE_PLACES (object);

  g_clear_pointer (&self->scope, thaw_scope_unref);
  g_clear_pointer (&self->lane_states, thaw_mailbox_unref);
  g_clear_pointer (&self->mount_tables, thaw_mailbox_unref);
  g_ptr_array_unref (self->places);
  g_ptr_array_unref (self->user_folders);
  g_ptr_array_unref (self->bookmarks);
  g_ptr_array_unref (self->mounts);
  G_OBJECT_CLASS (pane_places_parent_class)->finalize (object);
}

static void
pane_places_class_init (PanePlacesClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = pane_places_dispose;
  object_class->finalize = pane_places_finalize;
}

static void
pane_places_init (PanePlaces *self)
{
  self->scope = thaw_scope_new_for_owner ("places", G_OBJECT (self), NULL);
  self->lane_states = thaw_mailbox_new ("places: lane states",
                                        NULL,
                                        G_OBJECT (self),
                                        THAW_MAILBOX_UNBOUNDED,
                                        lane_state_cb,
                                        self,
                                        (GDestroyNotify) thaw_lane_unref);
  self->mount_tables = thaw_mailbox_new ("places: mounts",
                                         NULL,
                                         G_OBJECT (self),
                                         THAW_MAILBOX_UNBOUNDED,
                                         mounts_cb,
                                         self,
                                         (GDestroyNotify) thaw_mount_table_unref);
  self->user_folders = g_ptr_array_new_with_free_func (g_object_unref);
  self->bookmarks = g_ptr_array_new_with_free_func (g_object_unref);
  self->mounts = g_ptr_array_new_with_free_func (g_object_unref);
  self->places = g_ptr_array_new_with_free_func (g_object_unref);
  refresh (self);
}

/**
 * pane_places_new:
 *
 * Returns: (transfer full): the places that need no reading: home and the computer
 */
PanePlaces *
pane_places_new (void)
{
  return g_object_new (PANE_TYPE_PLACES, NULL);
}
