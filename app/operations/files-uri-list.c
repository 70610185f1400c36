/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What other programs give us, from the clipboard or in the hand. It is read in pieces and no
 * further than a limit, so that one that never ends does no harm; a list of 100,000 files is taken
 * apart on the pool of the processors. Files of one folder, which is nearly always what comes, are
 * kept as the folder and its names. Loop's thread, apart from the job's body. */

#include "files-uri-list.h"

#include <glib/gi18n.h>
#include <string.h>

#define CHUNK (512 * 1024)

/* Reading */

typedef struct {
  GInputStream *stream;
  GCancellable *cancellable;
  GByteArray *bytes;
  gsize max_bytes;
  ThawFuture *future;
} Reading;

static void
reading_free (Reading *self)
{
  g_object_unref (self->stream);
  g_object_unref (self->cancellable);
  g_byte_array_unref (self->bytes);
  thaw_future_unref (self->future);
  g_free (self);
}

static void
fail (Reading *self, GError *error)
{
  thaw_future_reject (self->future, error);
  reading_free (self);
}

static void
succeed (Reading *self)
{
  GBytes *bytes = g_byte_array_free_to_bytes (g_steal_pointer (&self->bytes));

  self->bytes = g_byte_array_new ();
  thaw_future_resolve_pointer (self->future, bytes, (GDestroyNotify) g_bytes_unref);
  reading_free (self);
}

static void read_on (Reading *self);

static void
chunk_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reading *self = user_data;
  GError *error = NULL;
  g_autoptr (GBytes) chunk
      = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);
  gsize size = chunk != NULL ? g_bytes_get_size (chunk) : 0;

  if (chunk == NULL)
    fail (self, error);
  else if (size == 0)
    succeed (self);
  else if (self->bytes->len + size > self->max_bytes)
    fail (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NO_SPACE, _ ("That is too large")));
  else
    {
      g_byte_array_append (self->bytes, g_bytes_get_data (chunk, NULL), size);
      read_on (self);
    }
}

static void
read_on (Reading *self)
{
  g_input_stream_read_bytes_async (self->stream,
                                   CHUNK,
                                   G_PRIORITY_DEFAULT,
                                   self->cancellable,
                                   chunk_cb,
                                   self);
}

static void
cancel (ThawFuture *future, gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
}

/**
 * files_stream_read:
 * @stream: a stream of another program
 * @max_bytes: how much is taken at most
 *
 * Returns: (transfer full): a future of all that comes
 */
ThawFuture *
files_stream_read (GInputStream *stream, gsize max_bytes)
{
  Reading *self = g_new0 (Reading, 1);

  self->stream = g_object_ref (stream);
  self->cancellable = g_cancellable_new ();
  self->bytes = g_byte_array_new ();
  self->max_bytes = max_bytes;
  self->future = thaw_future_new ("what another program gives");
  thaw_future_set_cancel (self->future, cancel, g_object_ref (self->cancellable), g_object_unref);
  read_on (self);
  return thaw_future_ref (self->future);
}

/* Taking apart */

void
files_uri_list_free (FilesUriList *self)
{
  g_clear_pointer (&self->files, files_selection_unref);
  g_free (self);
}

/* How much of a line is the URI of its folder, with the slash; 0: none that is a local one's. */
static gsize
get_folder_length (const char *uri)
{
  const char *slash = strrchr (uri, '/');

  if (!g_str_has_prefix (uri, "file:///") || slash == NULL || slash[1] == '\0')
    return 0;
  return slash + 1 - uri;
}

/* All in the folder of the first? Then as its names. */
static FilesSelection *
make_children (GPtrArray *uris)
{
  gsize length = uris->len > 0 ? get_folder_length (g_ptr_array_index (uris, 0)) : 0;
  g_autofree char *folder_uri = g_strndup (length > 0 ? g_ptr_array_index (uris, 0) : "", length);
  g_autoptr (GString) names = g_string_new (NULL);
  g_autoptr (GFile) folder = NULL;

  for (guint i = 0; i < uris->len; i++)
    {
      const char *uri = g_ptr_array_index (uris, i);
      g_autofree char *name = NULL;

      if (length == 0 || get_folder_length (uri) != length
          || strncmp (uri, folder_uri, length) != 0)
        return NULL;
      name = g_uri_unescape_string (uri + length, "/");
      if (name == NULL || g_str_equal (name, ".") || g_str_equal (name, ".."))
        return NULL;
      g_string_append_len (names, name, strlen (name) + 1);
    }
  if (length == 0)
    return NULL;
  folder = g_file_new_for_uri (folder_uri);
  return files_selection_new_children (folder, g_steal_pointer (&names), uris->len);
}

static FilesSelection *
make_files (GPtrArray *uris)
{
  GPtrArray *files = g_ptr_array_new_full (uris->len, g_object_unref);

  for (guint i = 0; i < uris->len; i++)
    g_ptr_array_add (files, g_file_new_for_uri (g_ptr_array_index (uris, i)));
  return files_selection_new (files);
}

/**
 * files_uri_list_new:
 * @bytes: a list
 * @has_verb: whether its first line is "cut" or "copy"
 *
 * Returns: (transfer full): what is in it
 */
FilesUriList *
files_uri_list_new (GBytes *bytes, gboolean has_verb)
{
  gsize size = g_bytes_get_size (bytes);
  g_autofree char *text = g_strndup (size > 0 ? g_bytes_get_data (bytes, NULL) : "", size);
  g_autoptr (GPtrArray) uris = g_ptr_array_new ();
  FilesUriList *self = g_new0 (FilesUriList, 1);
  char *rest = NULL, *line = strtok_r (text, "\r\n", &rest);

  if (has_verb && line != NULL)
    {
      self->is_cut = g_str_equal (line, "cut");
      line = strtok_r (NULL, "\r\n", &rest);
    }
  for (; line != NULL; line = strtok_r (NULL, "\r\n", &rest))
    if (*line != '#')
      g_ptr_array_add (uris, line);
  self->files = make_children (uris);
  if (self->files == NULL)
    self->files = make_files (uris);
  return self;
}

typedef struct {
  GBytes *bytes;
  gboolean has_verb;
} Parsing;

static void
parsing_free (gpointer data)
{
  Parsing *self = data;

  g_bytes_unref (self->bytes);
  g_free (self);
}

static gboolean
parse_job (ThawJob *job, gpointer user_data, GError **error)
{
  Parsing *self = user_data;

  thaw_job_return_pointer (job,
                           files_uri_list_new (self->bytes, self->has_verb),
                           (GDestroyNotify) files_uri_list_free);
  return TRUE;
}

/**
 * files_uri_list_parse:
 * @scope: what it belongs to
 * @bytes: a list
 * @content_type: its format
 *
 * Returns: (transfer full): a future of what is in it
 */
ThawFuture *
files_uri_list_parse (ThawScope *scope, GBytes *bytes, const char *content_type)
{
  Parsing *parsing = g_new0 (Parsing, 1);

  parsing->bytes = g_bytes_ref (bytes);
  parsing->has_verb = g_str_equal (content_type, FILES_COPIED_FILES);
  return thaw_scope_compute (scope,
                             "reading a list of files",
                             THAW_PRIORITY_HIGH,
                             parse_job,
                             parsing,
                             parsing_free);
}

/* For GTK */

static void
give_error (GdkContentDeserializer *deserializer, ThawFuture *completed)
{
  gdk_content_deserializer_return_error (deserializer,
                                         g_error_copy (thaw_future_get_error (completed)));
}

static void
parsed_cb (ThawFuture *completed, gpointer user_data)
{
  GdkContentDeserializer *deserializer = user_data;
  FilesUriList *list = thaw_future_get_pointer (completed, NULL);

  if (list == NULL)
    {
      give_error (deserializer, completed);
      return;
    }
  g_value_set_boxed (gdk_content_deserializer_get_value (deserializer), list->files);
  gdk_content_deserializer_return_success (deserializer);
}

static void
read_cb (ThawFuture *completed, gpointer user_data)
{
  GBytes *bytes = thaw_future_get_pointer (completed, NULL);
  g_autoptr (ThawScope) scope = NULL;
  g_autoptr (ThawFuture) parsed = NULL;

  if (bytes == NULL)
    {
      give_error (user_data, completed);
      return;
    }
  scope = thaw_scope_new ("files of another program", NULL);
  parsed = files_uri_list_parse (scope, bytes, FILES_URI_LIST);
  thaw_future_done (parsed, NULL, parsed_cb, g_object_ref (user_data), g_object_unref);
}

static void
deserialize (GdkContentDeserializer *deserializer)
{
  g_autoptr (ThawFuture) read
      = files_stream_read (gdk_content_deserializer_get_input_stream (deserializer),
                           FILES_MAX_CONTENT);

  thaw_future_done (read, NULL, read_cb, g_object_ref (deserializer), g_object_unref);
}

/**
 * files_uri_list_register:
 *
 * Has GTK read lists of files in this way where it reads by itself. Its own way, for GdkFileList,
 * takes them apart on the loop: 100,000 files would stop the window.
 */
void
files_uri_list_register (void)
{
  static gboolean is_registered = FALSE;

  if (!is_registered)
    gdk_content_register_deserializer (FILES_URI_LIST,
                                       FILES_TYPE_SELECTION,
                                       deserialize,
                                       NULL,
                                       NULL);
  is_registered = TRUE;
}
