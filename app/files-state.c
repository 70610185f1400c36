/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is remembered from one start to the next: how the window looks, how each folder is shown,
 * what each view keeps for itself, and which plugins are on. It is read after the window was asked for, and written a
 * second after the last change; GSettings would read on the loop. What was changed before the file
 * had been read wins over the file. The folders are kept in the order of their last change, and the
 * oldest go when there are too many. What could not be written stays to be written: it is tried
 * again, and said once. Loop's thread. */

#include "files-state-private.h"
#include "files-signal.h"

#define MAX_FOLDERS 500
#define MAX_VIEWS 50
#define MAX_PLUGINS 200
#define MAX_SETTINGS_BYTES 4096
#define SAVE_DELAY_MSEC 1000
#define RETRY_DELAY_MSEC 30000

enum {
  LOADED,
  CHANGED,
  SAVE_FAILED,
  SAVED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FilesState, files_state, G_TYPE_OBJECT)

/**
 * files_folder_state_clear:
 * @self: a folder's state
 */
void
files_folder_state_clear (FilesFolderState *self)
{
  g_clear_pointer (&self->view_id, g_free);
  g_clear_pointer (&self->attribute, g_free);
  g_clear_pointer (&self->expanded, g_strfreev);
}

static void
folder_free (gpointer data)
{
  FilesRememberedFolder *folder = data;

  g_free (folder->uri);
  files_folder_state_clear (&folder->state);
  g_free (folder);
}

/**
 * files_folder_state_copy:
 * @to: a folder's state
 * @from: another
 */
void
files_folder_state_copy (FilesFolderState *to, const FilesFolderState *from)
{
  g_set_str (&to->view_id, from->view_id);
  to->zoom = from->zoom;
  to->column = from->column;
  g_set_str (&to->attribute, from->attribute);
  to->descending = from->descending;
  to->grouped = from->grouped;
  g_strfreev (to->expanded);
  to->expanded = g_strdupv (from->expanded);
}

static void
forget_oldest (FilesState *self)
{
  while (g_queue_get_length (&self->folders) > MAX_FOLDERS)
    {
      FilesRememberedFolder *oldest = g_queue_pop_tail (&self->folders);

      g_hash_table_remove (self->by_uri, oldest->uri);
      folder_free (oldest);
    }
}

/**
 * files_state_take_folder:
 * @self: the state
 * @folder: (transfer full): what the file says of a folder
 *
 * Adds a folder behind those that are known, unless it is one of them.
 */
void
files_state_take_folder (FilesState *self, FilesRememberedFolder *folder)
{
  if (g_hash_table_contains (self->by_uri, folder->uri))
    {
      folder_free (folder);
      return;
    }
  g_queue_push_tail (&self->folders, folder);
  g_hash_table_insert (self->by_uri, folder->uri, self->folders.tail);
  forget_oldest (self);
}

/**
 * files_state_take_view_settings:
 * @self: the state
 * @view_id: (transfer full): the id of a view
 * @settings: (transfer full): what the file says that it keeps
 *
 * Adds a view's settings, unless it has some.
 */
void
files_state_take_view_settings (FilesState *self, char *view_id, char *settings)
{
  if (!g_hash_table_contains (self->views, view_id) && g_hash_table_size (self->views) < MAX_VIEWS
      && strlen (settings) <= MAX_SETTINGS_BYTES)
    g_hash_table_insert (self->views, g_steal_pointer (&view_id), g_steal_pointer (&settings));
  g_free (view_id);
  g_free (settings);
}

/**
 * files_state_take_plugin:
 * @self: the state
 * @name: (transfer full): a plugin
 * @state: (transfer full): what the file says of it
 *
 * Adds a plugin's state, unless it has one.
 */
void
files_state_take_plugin (FilesState *self, char *name, char *state)
{
  if (!g_hash_table_contains (self->plugins, name)
      && g_hash_table_size (self->plugins) < MAX_PLUGINS && strlen (state) <= MAX_SETTINGS_BYTES
      && g_utf8_validate (name, -1, NULL))
    g_hash_table_insert (self->plugins, g_steal_pointer (&name), g_steal_pointer (&state));
  g_free (name);
  g_free (state);
}

/* The file */

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
  g_autoptr (ThawFuture) text = files_state_file_read (self->scope, self->path);

  thaw_future_done (text, self->scope, read_cb, self, NULL);
}

static void
save_cb (gpointer user_data)
{
  FilesState *self = user_data;

  self->save_source = 0;
  thaw_future_disown (files_state_flush (self));
}

static void
save_after (FilesState *self, guint delay_msec)
{
  self->dirty = TRUE;
  if (self->save_source == 0)
    self->save_source = g_timeout_add_once (delay_msec, save_cb, self);
}

/* Said once, until writing works again; who hears of it may have no window to say it in. */
static void
written_cb (ThawFuture *completed, gpointer user_data)
{
  FilesState *self = user_data;
  const GError *error = thaw_future_get_error (completed);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (error == NULL)
    {
      self->failure_is_said = FALSE;
      g_signal_emit (self, signals[SAVED], 0);
      return;
    }
  save_after (self, RETRY_DELAY_MSEC);
  if (!self->failure_is_said)
    g_signal_emit (self, signals[SAVE_FAILED], 0, error, &self->failure_is_said);
}

static ThawFuture *
write_now (FilesState *self)
{
  if (!self->dirty)
    return thaw_future_new_resolved ();
  self->dirty = FALSE;
  return files_state_file_write (self->scope, self->path, files_state_to_text (self));
}

static ThawFuture *
write_next_cb (ThawFuture *completed, gpointer user_data)
{
  return write_now (user_data);
}

/**
 * files_state_flush:
 * @self: the state
 *
 * Writes what has changed since the last time, after what is being written already.
 *
 * - **Thread**: the loop's; the file is written on its lane, in one step.
 * - **Errors**: those of writing it; it stays to be written then, and ::save-failed is emitted.
 *
 * Returns: (transfer full): a future that resolves when it is written
 */
ThawFuture *
files_state_flush (FilesState *self)
{
  ThawFuture *writing;

  g_clear_handle_id (&self->save_source, g_source_remove);
  /* Before the file has been read, writing would lose what is in it. */
  if (!self->dirty || !self->loaded)
    return self->writing != NULL ? thaw_future_ref (self->writing) : thaw_future_new_resolved ();
  writing = self->writing != NULL && thaw_future_get_state (self->writing) == THAW_FUTURE_PENDING
                ? thaw_future_finally (self->writing, self->scope, write_next_cb, self, NULL)
                : write_now (self);
  g_clear_pointer (&self->writing, thaw_future_unref);
  self->writing = thaw_future_ref (writing);
  thaw_future_done (writing, self->scope, written_cb, self, NULL);
  return writing;
}

static void
touch (FilesState *self)
{
  g_clear_handle_id (&self->save_source, g_source_remove);
  save_after (self, SAVE_DELAY_MSEC);
}

/* What is remembered */

/**
 * files_state_get_path:
 * @self: the state
 *
 * Returns: (transfer none): the file
 */
const char *
files_state_get_path (FilesState *self)
{
  return self->path;
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
    files_folder_state_copy (folder, &((FilesRememberedFolder *) link->data)->state);
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
  FilesRememberedFolder *folder;

  if (link != NULL)
    g_queue_unlink (&self->folders, link);
  else
    {
      folder = g_new0 (FilesRememberedFolder, 1);
      folder->uri = g_steal_pointer (&uri);
      link = g_list_append (NULL, folder);
    }
  folder = link->data;
  files_folder_state_copy (&folder->state, state);
  g_queue_push_head_link (&self->folders, link);
  g_hash_table_insert (self->by_uri, folder->uri, link);
  forget_oldest (self);
  touch (self);
}

/**
 * files_state_has_session:
 * @self: the state
 *
 * Returns: whether there is something for files_state_take_session()
 */
gboolean
files_state_has_session (FilesState *self)
{
  return self->session != NULL && self->session->len > 0;
}

/**
 * files_state_take_session:
 * @self: the state
 *
 * Returns: (transfer full) (nullable) (element-type FilesSessionTab): the tabs of the window that
 *   was closed last, which are remembered no longer
 */
GPtrArray *
files_state_take_session (FilesState *self)
{
  GPtrArray *tabs;

  if (!files_state_has_session (self))
    return NULL;
  tabs = self->session;
  self->session = g_ptr_array_new ();
  touch (self);
  return tabs;
}

/**
 * files_state_set_session:
 * @self: the state
 * @tabs: (transfer full) (element-type FilesSessionTab): the tabs of a window that is being closed
 *
 * Remembers them, in place of those of the window before. Of other windows
 * files_state_set_open_tabs() is to be told again.
 */
void
files_state_set_session (FilesState *self, GPtrArray *tabs)
{
  g_clear_pointer (&self->session, g_ptr_array_unref);
  g_clear_pointer (&self->open_tabs, g_ptr_array_unref);
  self->session = tabs;
  touch (self);
}

/**
 * files_state_get_session:
 * @self: the state
 *
 * Returns: (transfer none) (nullable) (element-type FilesSessionTab): what
 *   files_state_take_session() would return
 */
GPtrArray *
files_state_get_session (FilesState *self)
{
  return self->session;
}

/**
 * files_state_set_open_tabs:
 * @self: the state
 * @tabs: (transfer full) (nullable) (element-type FilesSessionTab): the tabs of the windows that
 *   there are, or %NULL if there are none
 *
 * Remembers them, in the place of those of the window that was closed last for as long as there are
 * any: they are what the next start finds if these windows are never closed.
 */
void
files_state_set_open_tabs (FilesState *self, GPtrArray *tabs)
{
  if (tabs == NULL && self->open_tabs == NULL)
    return;
  g_clear_pointer (&self->open_tabs, g_ptr_array_unref);
  self->open_tabs = tabs;
  touch (self);
}

/**
 * files_state_was_open:
 * @self: the state
 *
 * Returns: whether the last run ended without closing its windows; files_state_take_session() has
 *   what was open in them
 */
gboolean
files_state_was_open (FilesState *self)
{
  return self->was_open;
}

/**
 * files_state_get_view_settings:
 * @self: the state
 * @view_id: the id of a view
 *
 * Returns: (transfer none) (nullable): what the view keeps for itself, as it gave it
 */
const char *
files_state_get_view_settings (FilesState *self, const char *view_id)
{
  return g_hash_table_lookup (self->views, view_id);
}

/**
 * files_state_set_view_settings:
 * @self: the state
 * @view_id: the id of a view
 * @settings: (nullable): UTF-8 of the view's own making, for all folders; %NULL for none
 *
 * Remembers what a view keeps for itself. What is longer than any view needs is not remembered.
 */
void
files_state_set_view_settings (FilesState *self, const char *view_id, const char *settings)
{
  if (g_strcmp0 (files_state_get_view_settings (self, view_id), settings) == 0)
    return;
  g_hash_table_remove (self->views, view_id);
  if (settings != NULL)
    files_state_take_view_settings (self, g_strdup (view_id), g_strdup (settings));
  touch (self);
}

/**
 * files_state_get_plugin:
 * @self: the state
 * @name: a plugin
 *
 * Returns: (transfer none) (nullable): whether it is on, in the words of app/plugins
 */
const char *
files_state_get_plugin (FilesState *self, const char *name)
{
  return g_hash_table_lookup (self->plugins, name);
}

/**
 * files_state_set_plugin:
 * @self: the state
 * @name: a plugin
 * @state: UTF-8, one line
 *
 * Remembers whether a plugin is on.
 */
void
files_state_set_plugin (FilesState *self, const char *name, const char *state)
{
  if (g_strcmp0 (files_state_get_plugin (self, name), state) == 0)
    return;
  g_hash_table_remove (self->plugins, name);
  files_state_take_plugin (self, g_strdup (name), g_strdup (state));
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
  g_clear_pointer (&self->writing, thaw_future_unref);
  g_hash_table_unref (self->by_uri);
  g_hash_table_unref (self->views);
  g_hash_table_unref (self->plugins);
  g_clear_pointer (&self->session, g_ptr_array_unref);
  g_clear_pointer (&self->open_tabs, g_ptr_array_unref);
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
  signals[LOADED] = files_signal_new (FILES_TYPE_STATE, "loaded", 0);
  signals[CHANGED] = files_signal_new (FILES_TYPE_STATE, "changed", 0);
  signals[SAVED] = files_signal_new (FILES_TYPE_STATE, "saved", 0);
  signals[SAVE_FAILED] = g_signal_new ("save-failed",
                                       FILES_TYPE_STATE,
                                       G_SIGNAL_RUN_LAST,
                                       0,
                                       g_signal_accumulator_true_handled,
                                       NULL,
                                       NULL,
                                       G_TYPE_BOOLEAN,
                                       1,
                                       G_TYPE_ERROR);
}

static void
files_state_init (FilesState *self)
{
  self->scope = thaw_scope_new_for_owner ("state", G_OBJECT (self), NULL);
  self->window = (FilesWindowState){ .width = 960, .height = 640, .folders_first = TRUE, .divider = 0.5 };
  self->by_uri = g_hash_table_new (g_str_hash, g_str_equal);
  self->views = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->plugins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
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
