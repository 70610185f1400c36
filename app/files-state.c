/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is remembered from one start to the next, in one key file in the user's state folder. It is
 * read by a lane job after the window was asked for, and written by one a second after the last
 * change, in one step; GSettings would read on the loop. What was changed before the file had been
 * read wins over the file. The folders are kept in the order of their last change, and the oldest
 * go when there are too many. Loop's thread, except for the functions whose names end in _lane. */

#include "files-state.h"
#include <glib/gstdio.h>

#define MAX_FOLDERS 500
#define SAVE_DELAY_MSEC 1000
#define TIMEOUT_USEC (10 * G_USEC_PER_SEC)

typedef struct {
  char *uri;
  FilesFolderState state;
} Folder;

struct _FilesState {
  GObject parent_instance;

  char *path;
  ThawScope *scope;
  FilesWindowState window;
  gboolean window_is_set; /* by this process: the file doesn't overrule it */
  GQueue folders;         /* Folder, the one changed last first */
  GHashTable *by_uri;     /* uri -> its GList link */
  gboolean loaded;
  gboolean dirty;
  guint save_source;
};

enum {
  LOADED,
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static const char *const column_names[] = { "name", "size", "type", "modified" };

G_DEFINE_FINAL_TYPE (FilesState, files_state, G_TYPE_OBJECT)

/**
 * files_folder_state_clear:
 * @self: a folder's state
 */
void
files_folder_state_clear (FilesFolderState *self)
{
  g_clear_pointer (&self->view_id, g_free);
}

static void
folder_free (gpointer data)
{
  Folder *folder = data;

  g_free (folder->uri);
  files_folder_state_clear (&folder->state);
  g_free (folder);
}

static void
copy_folder_state (FilesFolderState *to, const FilesFolderState *from)
{
  g_set_str (&to->view_id, from->view_id);
  to->zoom = from->zoom;
  to->column = from->column;
  to->descending = from->descending;
}

static void
forget_oldest (FilesState *self)
{
  while (g_queue_get_length (&self->folders) > MAX_FOLDERS)
    {
      Folder *oldest = g_queue_pop_tail (&self->folders);

      g_hash_table_remove (self->by_uri, oldest->uri);
      folder_free (oldest);
    }
}

/* The text */

static void
write_folder (GKeyFile *file, const Folder *folder, guint n)
{
  g_autofree char *group = g_strdup_printf ("folder %u", n);

  g_key_file_set_string (file, group, "uri", folder->uri);
  if (folder->state.view_id != NULL)
    g_key_file_set_string (file, group, "view", folder->state.view_id);
  if (folder->state.zoom != FILES_DEFAULT_ZOOM)
    g_key_file_set_integer (file, group, "zoom", folder->state.zoom);
  g_key_file_set_string (file, group, "sort", column_names[folder->state.column]);
  g_key_file_set_boolean (file, group, "descending", folder->state.descending);
}

/**
 * files_state_to_text:
 * @self: the state
 *
 * Returns: (transfer full): the text of the state's file
 */
char *
files_state_to_text (FilesState *self)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  guint n = 0;

  g_key_file_set_integer (file, "window", "width", self->window.width);
  g_key_file_set_integer (file, "window", "height", self->window.height);
  g_key_file_set_boolean (file, "window", "maximized", self->window.maximized);
  g_key_file_set_boolean (file, "window", "show-hidden", self->window.show_hidden);
  g_key_file_set_boolean (file, "window", "folders-first", self->window.folders_first);
  for (GList *link = self->folders.head; link != NULL; link = link->next)
    write_folder (file, link->data, n++);
  return g_key_file_to_data (file, NULL, NULL);
}

static int
get_integer (GKeyFile *file,
             const char *group,
             const char *key,
             int minimum,
             int maximum,
             int fallback)
{
  g_autoptr (GError) error = NULL;
  int value = g_key_file_get_integer (file, group, key, &error);

  return error == NULL && value >= minimum && value <= maximum ? value : fallback;
}

static gboolean
get_boolean (GKeyFile *file, const char *group, const char *key, gboolean fallback)
{
  g_autoptr (GError) error = NULL;
  gboolean value = g_key_file_get_boolean (file, group, key, &error);

  return error == NULL ? value : fallback;
}

static void
read_window (GKeyFile *file, FilesWindowState *window)
{
  window->width = get_integer (file, "window", "width", 200, 20000, window->width);
  window->height = get_integer (file, "window", "height", 150, 20000, window->height);
  window->maximized = get_boolean (file, "window", "maximized", window->maximized);
  window->show_hidden = get_boolean (file, "window", "show-hidden", window->show_hidden);
  window->folders_first = get_boolean (file, "window", "folders-first", window->folders_first);
}

static ThawSortColumn
read_column (GKeyFile *file, const char *group)
{
  g_autofree char *name = g_key_file_get_string (file, group, "sort", NULL);

  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (column_names); i++)
    if (g_str_equal (name, column_names[i]))
      return i;
  return THAW_SORT_NAME;
}

static void
read_folder (FilesState *self, GKeyFile *file, const char *group)
{
  g_autofree char *uri = g_key_file_get_string (file, group, "uri", NULL);
  Folder *folder;

  if (uri == NULL || g_hash_table_contains (self->by_uri, uri))
    return;
  folder = g_new0 (Folder, 1);
  folder->uri = g_steal_pointer (&uri);
  folder->state.view_id = g_key_file_get_string (file, group, "view", NULL);
  folder->state.zoom = get_integer (file, group, "zoom", 0, 100, FILES_DEFAULT_ZOOM);
  folder->state.column = read_column (file, group);
  folder->state.descending = get_boolean (file, group, "descending", FALSE);
  g_queue_push_tail (&self->folders, folder);
  g_hash_table_insert (self->by_uri, folder->uri, self->folders.tail);
}

/**
 * files_state_merge_text:
 * @self: the state
 * @text: the text of a state file, damaged or not
 *
 * Takes over what @text says and this process has not set. What can't be understood is passed over.
 */
void
files_state_merge_text (FilesState *self, const char *text)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_auto (GStrv) groups = NULL;

  if (!g_key_file_load_from_data (file, text, -1, G_KEY_FILE_NONE, NULL))
    return;
  if (!self->window_is_set)
    read_window (file, &self->window);
  groups = g_key_file_get_groups (file, NULL);
  for (guint i = 0; groups[i] != NULL; i++)
    if (g_str_has_prefix (groups[i], "folder "))
      read_folder (self, file, groups[i]);
  forget_oldest (self);
}

/* The file */

static gboolean
read_lane (ThawJob *job, gpointer user_data, GError **error)
{
  char *text = NULL;

  if (!g_file_get_contents (user_data, &text, NULL, NULL))
    text = g_strdup ("");
  thaw_job_return_pointer (job, text, g_free);
  return TRUE;
}

static void
read_cb (ThawFuture *completed, gpointer user_data)
{
  FilesState *self = user_data;
  const char *text = thaw_future_get_pointer (completed, NULL);

  if (text != NULL)
    files_state_merge_text (self, text);
  self->loaded = TRUE;
  g_signal_emit (self, signals[LOADED], 0);
}

/**
 * files_state_load:
 * @self: the state
 *
 * Reads the file; ::loaded is emitted when it has been read, or can't be.
 */
void
files_state_load (FilesState *self)
{
  g_autoptr (ThawLane) lane = thaw_lane_for_path (self->path);
  g_autoptr (ThawFuture) text = thaw_lane_run (lane,
                                               self->scope,
                                               "read the state",
                                               THAW_PRIORITY_HIGH,
                                               TIMEOUT_USEC,
                                               read_lane,
                                               g_strdup (self->path),
                                               g_free);

  thaw_future_done (text, self->scope, read_cb, self, NULL);
}

typedef struct {
  char *path;
  char *text;
} Write;

static void
write_free (gpointer data)
{
  Write *write = data;

  g_free (write->path);
  g_free (write->text);
  g_free (write);
}

static gboolean
write_lane (ThawJob *job, gpointer user_data, GError **error)
{
  const Write *write = user_data;
  g_autofree char *folder = g_path_get_dirname (write->path);

  g_mkdir_with_parents (folder, 0700);
  return g_file_set_contents_full (write->path,
                                   write->text,
                                   -1,
                                   G_FILE_SET_CONTENTS_CONSISTENT,
                                   0600,
                                   error);
}

/**
 * files_state_flush:
 * @self: the state
 *
 * Writes what has changed since the last time.
 *
 * - **Thread**: the loop's; the file is written on its lane, in one step.
 * - **Errors**: those of writing it.
 *
 * Returns: (transfer full): a future that resolves when it is written
 */
ThawFuture *
files_state_flush (FilesState *self)
{
  g_autoptr (ThawLane) lane = thaw_lane_for_path (self->path);
  Write *write;

  g_clear_handle_id (&self->save_source, g_source_remove);
  /* Before the file has been read, writing would lose what is in it. */
  if (!self->dirty || !self->loaded)
    return thaw_future_new_resolved ();
  self->dirty = FALSE;
  write = g_new0 (Write, 1);
  write->path = g_strdup (self->path);
  write->text = files_state_to_text (self);
  return thaw_lane_run (lane,
                        self->scope,
                        "write the state",
                        THAW_PRIORITY_LOW,
                        TIMEOUT_USEC,
                        write_lane,
                        write,
                        write_free);
}

static void
save_cb (gpointer user_data)
{
  FilesState *self = user_data;

  self->save_source = 0;
  thaw_future_disown (files_state_flush (self));
}

static void
touch (FilesState *self)
{
  self->dirty = TRUE;
  if (self->save_source == 0)
    self->save_source = g_timeout_add_once (SAVE_DELAY_MSEC, save_cb, self);
}

/**
 * files_state_is_loaded:
 * @self: the state
 *
 * Returns: whether the file has been read
 */
gboolean
files_state_is_loaded (FilesState *self)
{
  return self->loaded;
}

/**
 * files_state_get_window:
 * @self: the state
 *
 * Returns: (transfer none): how the last window looked
 */
const FilesWindowState *
files_state_get_window (FilesState *self)
{
  return &self->window;
}

/**
 * files_state_set_window:
 * @self: the state
 * @window: how the window looks
 *
 * Remembers how a window looks. ::changed is emitted when what goes for all folders is different
 * now.
 */
void
files_state_set_window (FilesState *self, const FilesWindowState *window)
{
  gboolean for_all = self->window.show_hidden != window->show_hidden
                     || self->window.folders_first != window->folders_first;

  self->window_is_set = TRUE;
  self->window = *window;
  touch (self);
  if (for_all)
    g_signal_emit (self, signals[CHANGED], 0);
}

/**
 * files_state_get_folder:
 * @self: the state
 * @location: a folder
 * @folder: (out caller-allocates): its state, to be cleared by the caller
 *
 * Returns: whether anything is remembered of @location; otherwise @folder is the default
 */
gboolean
files_state_get_folder (FilesState *self, GFile *location, FilesFolderState *folder)
{
  g_autofree char *uri = g_file_get_uri (location);
  GList *link = g_hash_table_lookup (self->by_uri, uri);

  *folder = (FilesFolderState){ .zoom = FILES_DEFAULT_ZOOM, .column = THAW_SORT_NAME };
  if (link != NULL)
    copy_folder_state (folder, &((Folder *) link->data)->state);
  return link != NULL;
}

/**
 * files_state_set_folder:
 * @self: the state
 * @location: a folder
 * @state: how it is shown
 *
 * Remembers how a folder is shown.
 */
void
files_state_set_folder (FilesState *self, GFile *location, const FilesFolderState *state)
{
  g_autofree char *uri = g_file_get_uri (location);
  GList *link = g_hash_table_lookup (self->by_uri, uri);
  Folder *folder;

  if (link != NULL)
    g_queue_unlink (&self->folders, link);
  else
    {
      folder = g_new0 (Folder, 1);
      folder->uri = g_steal_pointer (&uri);
      link = g_list_append (NULL, folder);
    }
  folder = link->data;
  copy_folder_state (&folder->state, state);
  g_queue_push_head_link (&self->folders, link);
  g_hash_table_insert (self->by_uri, folder->uri, link);
  forget_oldest (self);
  touch (self);
}

static void
files_state_dispose (GObject *object)
{
  FilesState *self = FILES_STATE (object);

  g_clear_handle_id (&self->save_source, g_source_remove);
  if (self->scope != NULL)
    thaw_scope_cancel (self->scope);
  G_OBJECT_CLASS (files_state_parent_class)->dispose (object);
}

static void
files_state_finalize (GObject *object)
{
  FilesState *self = FILES_STATE (object);

  g_clear_pointer (&self->scope, thaw_scope_unref);
  g_hash_table_unref (self->by_uri);
  g_queue_clear_full (&self->folders, folder_free);
  g_free (self->path);
  G_OBJECT_CLASS (files_state_parent_class)->finalize (object);
}

static void
files_state_class_init (FilesStateClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = files_state_dispose;
  object_class->finalize = files_state_finalize;
  signals[LOADED] = g_signal_new ("loaded",
                                  FILES_TYPE_STATE,
                                  G_SIGNAL_RUN_LAST,
                                  0,
                                  NULL,
                                  NULL,
                                  NULL,
                                  G_TYPE_NONE,
                                  0);
  signals[CHANGED] = g_signal_new ("changed",
                                   FILES_TYPE_STATE,
                                   G_SIGNAL_RUN_LAST,
                                   0,
                                   NULL,
                                   NULL,
                                   NULL,
                                   G_TYPE_NONE,
                                   0);
}

static void
files_state_init (FilesState *self)
{
  self->scope = thaw_scope_new_for_owner ("state", G_OBJECT (self), NULL);
  self->window = (FilesWindowState){ .width = 960, .height = 640, .folders_first = TRUE };
  self->by_uri = g_hash_table_new (g_str_hash, g_str_equal);
}

/**
 * files_state_new:
 * @path: (nullable): the file, or %NULL for the one in the user's state folder
 *
 * Returns: (transfer full): a state with nothing remembered
 */
FilesState *
files_state_new (const char *path)
{
  FilesState *self = g_object_new (FILES_TYPE_STATE, NULL);

  self->path = path != NULL
                   ? g_strdup (path)
                   : g_build_filename (g_get_user_state_dir (), "thaw-files", "state.ini", NULL);
  return self;
}
