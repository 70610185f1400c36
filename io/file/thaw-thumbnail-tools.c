/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The programs that make thumbnails: what is installed in the thumbnailers/ folders of the data
 * folders, the user's first, and before all of them our own, which needs the least to be allowed.
 * Read once on a worker, then constant. A file that makes no sense is passed over. */

#include "thaw-thumbnail-private.h"

#include <string.h>

#define OWN_PROGRAM "thaw-preview-worker"
#define SUFFIX ".thumbnailer"
#define GROUP "Thumbnailer Entry"

struct _ThawThumbnailTools {
  gint ref_count;
  GPtrArray *tools;     /* ThawThumbnailTool */
  GHashTable *by_type;  /* "image/png" -> ThawThumbnailTool */
  GHashTable *by_media; /* "image" -> the same, for all types of it */
};

static void
tool_free (gpointer data)
{
  ThawThumbnailTool *tool = data;

  g_strfreev (tool->command);
  g_free (tool);
}

/* Who comes first has it. */
static void
add_type (ThawThumbnailTools *self, const char *type, ThawThumbnailTool *tool)
{
  gboolean is_media = g_str_has_suffix (type, "/*");
  GHashTable *table = is_media ? self->by_media : self->by_type;
  g_autofree char *key = is_media ? g_strndup (type, strlen (type) - 2) : g_strdup (type);

  if (!g_hash_table_contains (table, key))
    g_hash_table_insert (table, g_steal_pointer (&key), tool);
}

static gboolean
is_installed (GKeyFile *file)
{
  g_autofree char *program = g_key_file_get_string (file, GROUP, "TryExec", NULL);
  g_autofree char *found = program != NULL ? g_find_program_in_path (program) : NULL;

  return program == NULL || found != NULL;
}

static char **
parse_command (GKeyFile *file)
{
  g_autofree char *line = g_key_file_get_string (file, GROUP, "Exec", NULL);
  char **command = NULL;

  if (line == NULL || !g_shell_parse_argv (line, NULL, &command, NULL))
    return NULL;
  return command;
}

static ThawThumbnailTool *
add_tool (ThawThumbnailTools *self, char **command, gboolean is_own)
{
  ThawThumbnailTool *tool = g_new (ThawThumbnailTool, 1);

  tool->is_own = is_own;
  tool->command = command;
  g_ptr_array_add (self->tools, tool);
  return tool;
}

static void
read_file (ThawThumbnailTools *self, const char *path)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_auto (GStrv) types = NULL;
  g_auto (GStrv) command = NULL;
  ThawThumbnailTool *tool;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL) || !is_installed (file))
    return;
  types = g_key_file_get_string_list (file, GROUP, "MimeType", NULL, NULL);
  command = parse_command (file);
  if (types == NULL || command == NULL)
    return;
  tool = add_tool (self, g_steal_pointer (&command), FALSE);
  for (guint i = 0; types[i] != NULL; i++)
    add_type (self, types[i], tool);
}

static void
read_folder (ThawThumbnailTools *self, const char *data_folder)
{
  g_autofree char *path = g_build_filename (data_folder, "thumbnailers", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, SUFFIX))
      {
        g_autofree char *file = g_build_filename (path, name, NULL);

        read_file (self, file);
      }
}

/* Rare images are left to who is there for them. */
static const char *const picture_types[] = {
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/svg+xml",
  "image/svg+xml-compressed",
  "image/tiff",
  "image/bmp",
  "image/vnd.microsoft.icon",
  "image/x-icon",
  "image/x-portable-anymap",
  "image/x-portable-bitmap",
  "image/x-portable-graymap",
  "image/x-portable-pixmap",
  "image/x-tga",
  "image/x-xpixmap",
  "image/x-xbitmap",
  "image/avif",
  "image/heif",
  "image/jxl",
  "image/*",
  "application/pdf",
  "font/ttf",
  "font/otf",
  "font/woff",
  "font/woff2",
  "font/collection",
  "application/x-font-ttf",
  "application/x-font-otf",
  "application/vnd.ms-opentype",
};

static const char *const text_types[] = {
  "text/*",
  "application/json",
  "application/javascript",
  "application/ecmascript",
  "application/sql",
  "application/toml",
  "application/typescript",
  "application/x-desktop",
  "application/x-perl",
  "application/x-php",
  "application/x-ruby",
  "application/x-shellscript",
  "application/x-subrip",
  "application/x-yaml",
  "application/xhtml+xml",
  "application/xml",
  "application/yaml",
};

static void
add_own (ThawThumbnailTools *self, const char *mode, const char *const *types, guint n_types)
{
  g_autofree char *program = thaw_libexec_find (OWN_PROGRAM, NULL);
  g_autoptr (GStrvBuilder) command = g_strv_builder_new ();
  ThawThumbnailTool *tool;

  if (program == NULL)
    return;
  g_strv_builder_add_many (command, program, mode, "-s", "%s", "%i", "%o", NULL);
  tool = add_tool (self, g_strv_builder_end (command), TRUE);
  for (guint i = 0; i < n_types; i++)
    add_type (self, types[i], tool);
}

/* What it can't do after all, since a library is missing, it says itself: then nothing is marked.
 */
static void
read_own (ThawThumbnailTools *self)
{
  add_own (self, "--thumbnail", picture_types, G_N_ELEMENTS (picture_types));
  add_own (self, "--text-thumbnail", text_types, G_N_ELEMENTS (text_types));
}

/* @data_folders: NULL for the user's and the system's. */
ThawThumbnailTools *
thaw_thumbnail_tools_read (const char *const *data_folders)
{
  ThawThumbnailTools *self = g_new (ThawThumbnailTools, 1);

  self->ref_count = 1;
  self->tools = g_ptr_array_new_with_free_func (tool_free);
  self->by_type = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->by_media = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  read_own (self);
  if (data_folders == NULL)
    read_folder (self, g_get_user_data_dir ());
  if (data_folders == NULL)
    data_folders = g_get_system_data_dirs ();
  for (guint i = 0; data_folders[i] != NULL; i++)
    read_folder (self, data_folders[i]);
  return self;
}

ThawThumbnailTools *
thaw_thumbnail_tools_ref (ThawThumbnailTools *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

void
thaw_thumbnail_tools_unref (ThawThumbnailTools *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  g_hash_table_unref (self->by_type);
  g_hash_table_unref (self->by_media);
  g_ptr_array_unref (self->tools);
  g_free (self);
}

const ThawThumbnailTool *
thaw_thumbnail_tools_find (ThawThumbnailTools *self, const char *content_type)
{
  const ThawThumbnailTool *tool = g_hash_table_lookup (self->by_type, content_type);
  const char *slash = strchr (content_type, '/');
  g_autofree char *media = NULL;

  if (tool != NULL || slash == NULL)
    return tool;
  media = g_strndup (content_type, (gsize) (slash - content_type));
  return g_hash_table_lookup (self->by_media, media);
}
