/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files on the clipboard or in the hand. This program takes them as they are. Others ask for a format: the text/uri-list that every
 * program reads, plain paths, or x-special/gnome-copied-files, by which file managers tell one another whether files were copied or
 * cut, which KDE's have a format of its own for. Each is written when it is asked for, on the pool of the processors, since it takes a while for 100,000 files. Loop's thread. */

#include "files-content.h"
#include "files-uri-list.h"
#include "pane-location.h"
#include "thaw.h"

#include <string.h>

struct _FilesContent {
  GdkContentProvider parent_instance;
  FilesSelection *files;
  gboolean is_cut;
  ThawScope *scope;
};

G_DEFINE_FINAL_TYPE (FilesContent, files_content, GDK_TYPE_CONTENT_PROVIDER)

static const char *const mime_types[] = { FILES_COPIED_FILES, FILES_URI_LIST, "text/plain;charset=utf-8", FILES_KDE_CUT };

/* Writing a format */

typedef struct {
  FilesSelection *files;
  gboolean is_cut;
  const char *mime_type; /* interned */
} Format;

static void
format_free (gpointer data)
{
  Format *format = data;

  files_selection_unref (format->files);
  g_free (format);
}

static void
append_file (GString *text, const Format *format, GFile *file)
{
  g_autofree char *line
      = g_str_has_prefix (format->mime_type, "text/plain") ? pane_location_dup_text (file) : g_file_get_uri (file);

  if (g_str_equal (format->mime_type, FILES_URI_LIST))
    g_string_append_printf (text, "%s\r\n", line);
  else
    g_string_append_printf (text, "%s%s", text->len > 0 ? "\n" : "", line);
}

static gboolean
write_format (ThawJob *job, gpointer user_data, GError **error)
{
  const Format *format = user_data;
  gboolean is_mark = g_str_equal (format->mime_type, FILES_KDE_CUT);
  g_autoptr (GPtrArray) files = is_mark ? g_ptr_array_new () : files_selection_dup_files (format->files);
  GString *text = g_string_new (is_mark ? (format->is_cut ? "1" : "0") : NULL);

  if (g_str_equal (format->mime_type, FILES_COPIED_FILES))
    g_string_append (text, format->is_cut ? "cut" : "copy");
  for (guint i = 0; i < files->len; i++)
    append_file (text, format, g_ptr_array_index (files, i));
  thaw_job_return_pointer (job, g_string_free_to_bytes (text), (GDestroyNotify) g_bytes_unref);
  return TRUE;
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
format_cb (ThawFuture *completed, gpointer user_data)
{
  GTask *task = user_data;
  const GError *error = thaw_future_get_error (completed);
  GBytes *bytes = thaw_future_get_pointer (completed, NULL);
  gconstpointer data;
  gsize size;

  if (error != NULL)
    {
      g_task_return_error (task, g_error_copy (error));
      return;
    }
  data = g_bytes_get_data (bytes, &size);
  g_object_set_data_full (G_OBJECT (task), "bytes", g_bytes_ref (bytes), (GDestroyNotify) g_bytes_unref);
  g_output_stream_write_all_async (g_task_get_task_data (task),
                                   data,
                                   size,
                                   g_task_get_priority (task),
                                   g_task_get_cancellable (task),
                                   written_cb,
                                   g_object_ref (task));
}

static void
files_content_write_async (GdkContentProvider *provider,
                           const char *mime_type,
                           GOutputStream *stream,
                           int io_priority,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  FilesContent *self = FILES_CONTENT (provider);
  GTask *task = g_task_new (provider, cancellable, callback, user_data);
  Format *format = g_new0 (Format, 1);
  g_autoptr (ThawFuture) text = NULL;

  g_task_set_priority (task, io_priority);
  g_task_set_task_data (task, g_object_ref (stream), g_object_unref);
  format->files = files_selection_ref (self->files);
  format->is_cut = self->is_cut;
  format->mime_type = g_intern_string (mime_type);
  text = thaw_scope_compute (self->scope, "files for another program", THAW_PRIORITY_DEFAULT, write_format, format, format_free);
  thaw_future_done (text, NULL, format_cb, task, g_object_unref);
}

static gboolean
files_content_write_finish (GdkContentProvider *provider, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static GdkContentFormats *
files_content_ref_formats (GdkContentProvider *provider)
{
  GdkContentFormatsBuilder *builder = gdk_content_formats_builder_new ();

  gdk_content_formats_builder_add_gtype (builder, FILES_TYPE_SELECTION);
  for (guint i = 0; i < G_N_ELEMENTS (mime_types); i++)
    gdk_content_formats_builder_add_mime_type (builder, mime_types[i]);
  return gdk_content_formats_builder_free_to_formats (builder);
}

static gboolean
files_content_get_value (GdkContentProvider *provider, GValue *value, GError **error)
{
  FilesContent *self = FILES_CONTENT (provider);

  if (!G_VALUE_HOLDS (value, FILES_TYPE_SELECTION))
    return GDK_CONTENT_PROVIDER_CLASS (files_content_parent_class)->get_value (provider, value, error);
  g_value_set_boxed (value, self->files);
  return TRUE;
}

static void
files_content_dispose (GObject *object)
{
  FilesContent *self = FILES_CONTENT (object);

  if (self->scope != NULL)
    thaw_scope_cancel (self->scope);
  g_clear_pointer (&self->scope, thaw_scope_unref);
  G_OBJECT_CLASS (files_content_parent_class)->dispose (object);
}

static void
files_content_finalize (GObject *object)
{
  files_selection_unref (FILES_CONTENT (object)->files);
  G_OBJECT_CLASS (files_content_parent_class)->finalize (object);
}

static void
files_content_class_init (FilesContentClass *klass)
{
  GdkContentProviderClass *provider_class = GDK_CONTENT_PROVIDER_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = files_content_dispose;
  G_OBJECT_CLASS (klass)->finalize = files_content_finalize;
  provider_class->ref_formats = files_content_ref_formats;
  provider_class->get_value = files_content_get_value;
  provider_class->write_mime_type_async = files_content_write_async;
  provider_class->write_mime_type_finish = files_content_write_finish;
}

static void
files_content_init (FilesContent *self)
{
  self->scope = thaw_scope_new ("files offered", NULL);
}

/**
 * files_content_new:
 * @files: files
 * @is_cut: whether pasting is to move them
 *
 * Returns: (transfer full): an offer of these files
 */
GdkContentProvider *
files_content_new (FilesSelection *files, gboolean is_cut)
{
  FilesContent *self = g_object_new (FILES_TYPE_CONTENT, NULL);

  self->files = files_selection_ref (files);
  self->is_cut = is_cut;
  return GDK_CONTENT_PROVIDER (self);
}

/**
 * files_content_get_files:
 * @self: an offer
 *
 * Returns: (transfer none): its files
 */
FilesSelection *
files_content_get_files (FilesContent *self)
{
  return self->files;
}

/**
 * files_content_is_cut:
 * @self: an offer
 *
 * Returns: whether pasting is to move them
 */
gboolean
files_content_is_cut (FilesContent *self)
{
  return self->is_cut;
}
