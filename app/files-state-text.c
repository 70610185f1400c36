/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of the state's file: a key file with a group for the window, one for each folder, view
 * and plugin, and the tabs of the window that was closed last (files-session.c). Reading takes what it understands and passes over the rest, since people edit
 * such files and older versions wrote them. Pure: nothing is read from a disk here. */

#include "files-session.h"
#include "files-state-private.h"

#define FOLDER_GROUP "folder "
#define VIEW_GROUP "view "
#define PLUGIN_GROUP "plugin "
#define MAX_EXPANDED 200 /* of a folder: more is somebody's own making */

static const char *const column_names[] = { "name", "size", "type", "modified" };

/* Names are bytes, the file is text. */
static void
write_expanded (GKeyFile *file, const char *group, const char *key, const char *const *paths)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) escaped = NULL;

  for (guint i = 0; paths[i] != NULL; i++)
    g_strv_builder_take (builder, g_uri_escape_string (paths[i], "/", FALSE));
  escaped = g_strv_builder_end (builder);
  g_key_file_set_string_list (file,
                              group,
                              key,
                              (const char *const *) escaped,
                              g_strv_length (escaped));
}

/* NULL: none. */
static GStrv
read_expanded (GKeyFile *file, const char *group, const char *key)
{
  g_auto (GStrv) escaped = g_key_file_get_string_list (file, group, key, NULL, NULL);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) paths = NULL;

  for (guint i = 0; escaped != NULL && escaped[i] != NULL && i < MAX_EXPANDED; i++)
    {
      char *path = g_uri_unescape_string (escaped[i], NULL);

      if (path != NULL && *path != '\0')
        g_strv_builder_add (builder, path);
      g_free (path);
    }
  paths = g_strv_builder_end (builder);
  return paths[0] != NULL ? g_steal_pointer (&paths) : NULL;
}

/**
 * files_folder_state_write:
 * @self: how a folder is shown
 * @file: the state's file
 * @group: where in it
 * @prefix: what the keys begin with
 */
void
files_folder_state_write (const FilesFolderState *self,
                          GKeyFile *file,
                          const char *group,
                          const char *prefix)
{
  g_autofree char *view = g_strconcat (prefix, "view", NULL);
  g_autofree char *zoom = g_strconcat (prefix, "zoom", NULL);
  g_autofree char *sort = g_strconcat (prefix, "sort", NULL);
  g_autofree char *descending = g_strconcat (prefix, "descending", NULL);
  g_autofree char *expanded = g_strconcat (prefix, "expanded", NULL);
  g_autofree char *grouped = g_strconcat (prefix, "grouped", NULL);

  if (self->view_id != NULL)
    g_key_file_set_string (file, group, view, self->view_id);
  if (self->zoom != FILES_DEFAULT_ZOOM)
    g_key_file_set_integer (file, group, zoom, self->zoom);
  g_key_file_set_string (file,
                         group,
                         sort,
                         self->column == THAW_SORT_ATTRIBUTE ? self->attribute
                                                             : column_names[self->column]);
  g_key_file_set_boolean (file, group, descending, self->descending);
  g_key_file_set_boolean (file, group, grouped, self->grouped);
  if (self->expanded != NULL)
    write_expanded (file, group, expanded, (const char *const *) self->expanded);
}

static void
write_folder (GKeyFile *file, const FilesRememberedFolder *folder, guint n)
{
  g_autofree char *group = g_strdup_printf (FOLDER_GROUP "%u", n);

  g_key_file_set_string (file, group, "uri", folder->uri);
  files_folder_state_write (&folder->state, file, group, "");
}

/* A group for each, with one key. */
static void
write_table (GKeyFile *file, GHashTable *table, const char *prefix, const char *key)
{
  GHashTableIter iter;
  gpointer name, value;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      g_autofree char *group = g_strconcat (prefix, name, NULL);

      g_key_file_set_string (file, group, key, value);
    }
}

/* What is open is what the next start can open again, until it is closed. */
static void
write_tabs (FilesState *self, GKeyFile *file)
{
  GPtrArray *tabs = self->open_tabs != NULL ? self->open_tabs : self->session;

  if (tabs != NULL)
    files_session_write (tabs, file);
  if (self->open_tabs != NULL)
    g_key_file_set_boolean (file, "window", "open", TRUE);
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
  g_key_file_set_double (file, "window", "divider", self->window.divider);
  write_tabs (self, file);
  for (GList *link = self->folders.head; link != NULL; link = link->next)
    write_folder (file, link->data, n++);
  write_table (file, self->views, VIEW_GROUP, "settings");
  write_table (file, self->plugins, PLUGIN_GROUP, "state");
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

static double
get_fraction (GKeyFile *file, const char *group, const char *key, double fallback)
{
  g_autoptr (GError) error = NULL;
  double value = g_key_file_get_double (file, group, key, &error);

  return error == NULL && value > 0 && value < 1 ? value : fallback;
}

static void
read_window (GKeyFile *file, FilesWindowState *window)
{
  window->width = get_integer (file, "window", "width", 200, 20000, window->width);
  window->height = get_integer (file, "window", "height", 150, 20000, window->height);
  window->maximized = get_boolean (file, "window", "maximized", window->maximized);
  window->show_hidden = get_boolean (file, "window", "show-hidden", window->show_hidden);
  window->folders_first = get_boolean (file, "window", "folders-first", window->folders_first);
  window->divider = get_fraction (file, "window", "divider", window->divider);
}

/* Columns of plugins are known by their slash. */
static void
read_column (FilesFolderState *self, GKeyFile *file, const char *group, const char *key)
{
  g_autofree char *name = g_key_file_get_string (file, group, key, NULL);

  self->column = THAW_SORT_NAME;
  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (column_names); i++)
    if (g_str_equal (name, column_names[i]))
      self->column = i;
  if (name == NULL || strchr (name, '/') == NULL)
    return;
  self->column = THAW_SORT_ATTRIBUTE;
  self->attribute = g_steal_pointer (&name);
}

/**
 * files_folder_state_read:
 * @self: (out caller-allocates): how a folder is shown, with nothing in it that would leak
 * @file: the state's file
 * @group: where in it
 * @prefix: what the keys begin with
 */
void
files_folder_state_read (FilesFolderState *self,
                         GKeyFile *file,
                         const char *group,
                         const char *prefix)
{
  g_autofree char *view = g_strconcat (prefix, "view", NULL);
  g_autofree char *zoom = g_strconcat (prefix, "zoom", NULL);
  g_autofree char *sort = g_strconcat (prefix, "sort", NULL);
  g_autofree char *descending = g_strconcat (prefix, "descending", NULL);
  g_autofree char *expanded = g_strconcat (prefix, "expanded", NULL);
  g_autofree char *grouped = g_strconcat (prefix, "grouped", NULL);

  self->view_id = g_key_file_get_string (file, group, view, NULL);
  self->zoom = get_integer (file, group, zoom, 0, 100, FILES_DEFAULT_ZOOM);
  read_column (self, file, group, sort);
  self->descending = get_boolean (file, group, descending, FALSE);
  self->grouped = get_boolean (file, group, grouped, FALSE);
  self->expanded = read_expanded (file, group, expanded);
}

static void
read_folder (FilesState *self, GKeyFile *file, const char *group)
{
  g_autofree char *uri = g_key_file_get_string (file, group, "uri", NULL);
  FilesRememberedFolder *folder;

  if (uri == NULL)
    return;
  folder = g_new0 (FilesRememberedFolder, 1);
  folder->uri = g_steal_pointer (&uri);
  files_folder_state_read (&folder->state, file, group, "");
  files_state_take_folder (self, folder);
}

static void
read_view (FilesState *self, GKeyFile *file, const char *group)
{
  char *settings = g_key_file_get_string (file, group, "settings", NULL);

  if (settings != NULL)
    files_state_take_view_settings (self, g_strdup (group + strlen (VIEW_GROUP)), settings);
}

static void
read_plugin (FilesState *self, GKeyFile *file, const char *group)
{
  char *state = g_key_file_get_string (file, group, "state", NULL);

  if (state != NULL)
    files_state_take_plugin (self, g_strdup (group + strlen (PLUGIN_GROUP)), state);
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
  if (self->session == NULL)
    {
      self->session = files_session_read (file);
      self->was_open = get_boolean (file, "window", "open", FALSE);
    }
  groups = g_key_file_get_groups (file, NULL);
  for (guint i = 0; groups[i] != NULL; i++)
    if (g_str_has_prefix (groups[i], FOLDER_GROUP))
      read_folder (self, file, groups[i]);
    else if (g_str_has_prefix (groups[i], VIEW_GROUP))
      read_view (self, file, groups[i]);
    else if (g_str_has_prefix (groups[i], PLUGIN_GROUP))
      read_plugin (self, file, groups[i]);
}
