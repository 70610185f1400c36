/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files on the clipboard. What this program has put there it takes as it is; of others it reads lists of files, and images and text,
 * which become files. Reading is asynchronous: the other program may be slow, or hang; and a list of 100,000 files is taken apart on
 * the pool of the processors. Loop's thread. */

#include "files-clipboard.h"
#include "thaw.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_CONTENT (256 * 1024 * 1024)

static const char *const image_types[] = { "image/png", "image/jpeg", "image/webp", "image/svg+xml", "image/gif" };

void
files_paste_free (FilesPaste *self)
{
  g_clear_pointer (&self->files, files_selection_unref);
  g_clear_pointer (&self->content, g_bytes_unref);
  g_free (self);
}

/* Offering */

/**
 * files_clipboard_set:
 * @clipboard: a clipboard
 * @files: files
 * @is_cut: whether pasting is to move them
 *
 * Offers files to this and all other programs.
 */
void
files_clipboard_set (GdkClipboard *clipboard, FilesSelection *files, gboolean is_cut)
{
  g_autoptr (GdkContentProvider) content = files_content_new (files, is_cut);

  gdk_clipboard_set_content (clipboard, content);
}

static FilesContent *
get_own (GdkClipboard *clipboard)
{
  GdkContentProvider *content = gdk_clipboard_get_content (clipboard);

  return content != NULL && FILES_IS_CONTENT (content) ? FILES_CONTENT (content) : NULL;
}

/**
 * files_clipboard_get_cut:
 * @clipboard: a clipboard
 *
 * Returns: (transfer none) (nullable): what this program has cut and nobody has pasted yet
 */
FilesSelection *
files_clipboard_get_cut (GdkClipboard *clipboard)
{
  FilesContent *own = get_own (clipboard);

  return own != NULL && files_content_is_cut (own) ? files_content_get_files (own) : NULL;
}

/**
 * files_clipboard_clear_cut:
 * @clipboard: a clipboard
 *
 * Takes from the clipboard what was cut: it was moved, and is where it was no more.
 */
void
files_clipboard_clear_cut (GdkClipboard *clipboard)
{
  if (files_clipboard_get_cut (clipboard) != NULL)
    gdk_clipboard_set_content (clipboard, NULL);
}

/* Reading */

typedef struct {
  GWeakRef owner;
  GdkClipboard *clipboard;
  FilesPasteFunc func;
  gpointer user_data;
  const char *content_type;
} Reading;

static void
reading_end (Reading *self, FilesPaste *paste, const GError *error)
{
  g_autoptr (GObject) owner = g_weak_ref_get (&self->owner);

  if (owner != NULL)
    self->func (paste, error, self->user_data);
  else
    g_clear_pointer (&paste, files_paste_free);
  g_weak_ref_clear (&self->owner);
  g_object_unref (self->clipboard);
  g_free (self);
}

static const char *
find_image (GdkContentFormats *formats)
{
  for (guint i = 0; i < G_N_ELEMENTS (image_types); i++)
    if (gdk_content_formats_contain_mime_type (formats, image_types[i]))
      return image_types[i];
  return NULL;
}

static const char *
find_text (GdkContentFormats *formats)
{
  return gdk_content_formats_contain_gtype (formats, G_TYPE_STRING)
                 || gdk_content_formats_contain_mime_type (formats, "text/plain;charset=utf-8")
                 || gdk_content_formats_contain_mime_type (formats, "text/plain")
             ? "text/plain"
             : NULL;
}

/**
 * files_clipboard_can_paste:
 * @clipboard: a clipboard
 *
 * Returns: whether it offers something that can become a file
 */
gboolean
files_clipboard_can_paste (GdkClipboard *clipboard)
{
  GdkContentFormats *formats = gdk_clipboard_get_formats (clipboard);

  return gdk_content_formats_contain_mime_type (formats, FILES_COPIED_FILES)
         || gdk_content_formats_contain_gtype (formats, FILES_TYPE_SELECTION)
         || gdk_content_formats_contain_mime_type (formats, "text/uri-list") || find_image (formats) != NULL
         || find_text (formats) != NULL;
}

static void
text_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reading *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, &error);
  FilesPaste *paste = NULL;

  if (text != NULL)
    {
      gsize length = strlen (text);

      paste = g_new0 (FilesPaste, 1);
      paste->content = g_bytes_new_take (g_steal_pointer (&text), length);
      paste->content_type = "text/plain";
    }
  reading_end (self, paste, error);
}

/* "cut" or "copy" in the first line of one format, and a URI on each further line. */
static FilesPaste *
parse_uris (GBytes *bytes, gboolean has_verb)
{
  g_autofree char *text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_auto (GStrv) lines = g_strsplit_set (text, "\r\n", -1);
  GPtrArray *files = g_ptr_array_new_with_free_func (g_object_unref);
  FilesPaste *paste = g_new0 (FilesPaste, 1);

  paste->is_cut = has_verb && lines[0] != NULL && g_str_equal (lines[0], "cut");
  for (guint i = has_verb ? 1 : 0; lines[0] != NULL && lines[i] != NULL; i++)
    if (*lines[i] != '\0' && *lines[i] != '#')
      g_ptr_array_add (files, g_file_new_for_uri (lines[i]));
  paste->files = files_selection_new (files);
  return paste;
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
parse (ThawJob *job, gpointer user_data, GError **error)
{
  Parsing *self = user_data;

  thaw_job_return_pointer (job, parse_uris (self->bytes, self->has_verb), (GDestroyNotify) files_paste_free);
  return TRUE;
}

static void
parsed_cb (ThawFuture *completed, gpointer user_data)
{
  Reading *self = user_data;
  FilesPaste *parsed = thaw_future_get_pointer (completed, NULL);
  FilesPaste *paste = NULL;

  if (parsed != NULL)
    {
      paste = g_new0 (FilesPaste, 1);
      paste->is_cut = parsed->is_cut;
      paste->files = files_selection_ref (parsed->files);
    }
  reading_end (self, paste, thaw_future_get_error (completed));
}

static void
parse_elsewhere (Reading *self, GBytes *bytes)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("files of another program", NULL);
  Parsing *parsing = g_new0 (Parsing, 1);
  g_autoptr (ThawFuture) parsed = NULL;

  parsing->bytes = g_bytes_ref (bytes);
  parsing->has_verb = g_str_equal (self->content_type, FILES_COPIED_FILES);
  parsed = thaw_scope_compute (scope, "reading a list of files", THAW_PRIORITY_HIGH, parse, parsing, parsing_free);
  thaw_future_done (parsed, NULL, parsed_cb, self, NULL);
}

static gboolean
is_list (const char *content_type)
{
  return g_str_equal (content_type, FILES_COPIED_FILES) || g_str_equal (content_type, "text/uri-list");
}

static void
bytes_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reading *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  FilesPaste *paste = NULL;

  if (g_output_stream_splice_finish (G_OUTPUT_STREAM (source), result, &error) >= 0)
    bytes = g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (source));
  if (bytes != NULL && g_bytes_get_size (bytes) > MAX_CONTENT)
    g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, _ ("What is on the clipboard is too large"));
  else if (bytes != NULL && is_list (self->content_type))
    {
      parse_elsewhere (self, bytes);
      return;
    }
  else if (bytes != NULL)
    {
      paste = g_new0 (FilesPaste, 1);
      paste->content = g_bytes_ref (bytes);
      paste->content_type = self->content_type;
    }
  reading_end (self, paste, error);
}

static void
stream_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reading *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GOutputStream) memory = NULL;
  g_autoptr (GInputStream) stream
      = gdk_clipboard_read_finish (GDK_CLIPBOARD (source), result, NULL, &error);

  if (stream == NULL)
    {
      reading_end (self, NULL, error);
      return;
    }
  memory = g_memory_output_stream_new_resizable ();
  g_output_stream_splice_async (memory,
                                stream,
                                G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE | G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET,
                                G_PRIORITY_DEFAULT,
                                NULL,
                                bytes_read_cb,
                                self);
}

static void
read_as (Reading *self, const char *content_type)
{
  const char *types[] = { content_type, NULL };

  self->content_type = content_type;
  gdk_clipboard_read_async (self->clipboard, types, G_PRIORITY_DEFAULT, NULL, stream_cb, self);
}

static gboolean
own_read_cb (gpointer user_data)
{
  Reading *self = user_data;
  FilesContent *own = get_own (self->clipboard);
  FilesPaste *paste = NULL;

  if (own != NULL)
    {
      paste = g_new0 (FilesPaste, 1);
      paste->files = files_selection_ref (files_content_get_files (own));
      paste->is_cut = files_content_is_cut (own);
    }
  reading_end (self, paste, NULL);
  return G_SOURCE_REMOVE;
}

static void
read_own (Reading *self)
{
  g_idle_add_full (G_PRIORITY_DEFAULT, own_read_cb, self, NULL);
}

/**
 * files_clipboard_read:
 * @clipboard: a clipboard
 * @owner: whose handler @func is
 * @func: takes what is there
 * @user_data: for @func
 *
 * Reads what can be pasted: files rather than an image, an image rather than text.
 */
void
files_clipboard_read (GdkClipboard *clipboard, GObject *owner, FilesPasteFunc func, gpointer user_data)
{
  GdkContentFormats *formats = gdk_clipboard_get_formats (clipboard);
  FilesContent *own = get_own (clipboard);
  Reading *self = g_new0 (Reading, 1);

  g_weak_ref_init (&self->owner, owner);
  self->clipboard = g_object_ref (clipboard);
  self->func = func;
  self->user_data = user_data;
  if (own != NULL)
    read_own (self);
  else if (gdk_content_formats_contain_mime_type (formats, FILES_COPIED_FILES))
    read_as (self, FILES_COPIED_FILES);
  else if (gdk_content_formats_contain_mime_type (formats, "text/uri-list"))
    read_as (self, "text/uri-list");
  else if (find_image (formats) != NULL)
    read_as (self, find_image (formats));
  else
    gdk_clipboard_read_text_async (clipboard, NULL, text_read_cb, self);
}
