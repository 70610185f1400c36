/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files on the clipboard. What this program has put there it takes as it is; of others it reads lists of files, and images and text,
 * which become files. Reading is asynchronous and limited: the other program may be slow, or hang, or never end. Loop's thread. */

#include "files-clipboard.h"
#include "files-uri-list.h"
#include "thaw.h"

#include <glib/gi18n.h>
#include <string.h>

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
  gboolean is_cut; /* KDE's mark, which stands beside the list */
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
         || gdk_content_formats_contain_mime_type (formats, FILES_URI_LIST) || find_image (formats) != NULL
         || find_text (formats) != NULL;
}

static gboolean
is_list (const char *content_type)
{
  return g_str_equal (content_type, FILES_COPIED_FILES) || g_str_equal (content_type, FILES_URI_LIST);
}

static void
parsed_cb (ThawFuture *completed, gpointer user_data)
{
  Reading *self = user_data;
  FilesUriList *list = thaw_future_get_pointer (completed, NULL);
  FilesPaste *paste = NULL;

  if (list != NULL)
    {
      paste = g_new0 (FilesPaste, 1);
      paste->is_cut = list->is_cut || self->is_cut;
      paste->files = files_selection_ref (list->files);
    }
  reading_end (self, paste, thaw_future_get_error (completed));
}

static void
parse_elsewhere (Reading *self, GBytes *bytes)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("files of another program", NULL);
  g_autoptr (ThawFuture) parsed = files_uri_list_parse (scope, bytes, self->content_type);

  thaw_future_done (parsed, NULL, parsed_cb, self, NULL);
}

static void
bytes_read_cb (ThawFuture *completed, gpointer user_data)
{
  Reading *self = user_data;
  GBytes *bytes = thaw_future_get_pointer (completed, NULL);
  FilesPaste *paste = NULL;

  if (bytes != NULL && is_list (self->content_type))
    {
      parse_elsewhere (self, bytes);
      return;
    }
  if (bytes != NULL)
    {
      paste = g_new0 (FilesPaste, 1);
      paste->content = g_bytes_ref (bytes);
      paste->content_type = self->content_type;
    }
  reading_end (self, paste, thaw_future_get_error (completed));
}

static void
stream_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reading *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) stream
      = gdk_clipboard_read_finish (GDK_CLIPBOARD (source), result, NULL, &error);
  g_autoptr (ThawFuture) read = NULL;

  if (stream == NULL)
    {
      reading_end (self, NULL, error);
      return;
    }
  read = files_stream_read (stream, FILES_MAX_CONTENT);
  thaw_future_done (read, NULL, bytes_read_cb, self, NULL);
}

/* Text comes in one of two ways. */
static void
read_as (Reading *self, const char *content_type)
{
  const char *types[] = { content_type, NULL };
  const char *text_types[] = { "text/plain;charset=utf-8", "text/plain", NULL };
  gboolean is_text = g_str_equal (content_type, "text/plain");

  self->content_type = content_type;
  gdk_clipboard_read_async (self->clipboard, is_text ? text_types : types, G_PRIORITY_DEFAULT, NULL, stream_cb, self);
}

static void
mark_read_cb (ThawFuture *completed, gpointer user_data)
{
  Reading *self = user_data;
  GBytes *bytes = thaw_future_get_pointer (completed, NULL);
  gsize size = 0;
  const char *mark = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

  self->is_cut = size > 0 && *mark == '1';
  read_as (self, FILES_URI_LIST);
}

static void
mark_stream_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Reading *self = user_data;
  g_autoptr (GInputStream) stream = gdk_clipboard_read_finish (GDK_CLIPBOARD (source), result, NULL, NULL);
  g_autoptr (ThawFuture) read = NULL;

  if (stream == NULL)
    {
      read_as (self, FILES_URI_LIST);
      return;
    }
  read = files_stream_read (stream, 64);
  thaw_future_done (read, NULL, mark_read_cb, self, NULL);
}

/* KDE's programs say beside the list whether it was cut. */
static void
read_marked (Reading *self)
{
  const char *types[] = { FILES_KDE_CUT, NULL };

  gdk_clipboard_read_async (self->clipboard, types, G_PRIORITY_DEFAULT, NULL, mark_stream_cb, self);
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
  else if (gdk_content_formats_contain_mime_type (formats, FILES_KDE_CUT))
    read_marked (self);
  else if (gdk_content_formats_contain_mime_type (formats, FILES_URI_LIST))
    read_as (self, FILES_URI_LIST);
  else if (find_image (formats) != NULL)
    read_as (self, find_image (formats));
  else
    read_as (self, "text/plain");
}
