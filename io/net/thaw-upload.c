/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The body of a form with files (multipart/form-data). Its length is found first, so that the
 * server is told; then a fiber of the exchange's scope writes the parts into a byte pipe, reading
 * each file on the lane of its mount, a block at a time and no faster than the server takes them.
 * Network thread; files are opened, read and closed on their lanes only. */

#include "thaw-net-private.h"

#include <string.h>

#define BLOCK_BYTES (128 * 1024)

typedef struct {
  ThawExchange *exchange;
  char *boundary;
  GArray *sizes; /* gint64, of the files in order */
} Upload;

/* A file that is open. Closing may block, so the last one to let go has a lane do it. */
typedef struct {
  gint ref_count;
  ThawLane *lane;
  GFile *file;
  GInputStream *stream;
} Source;

static Source *
source_ref (Source *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static void
source_free (gpointer data)
{
  Source *self = data;

  g_clear_object (&self->stream);
  g_object_unref (self->file);
  thaw_lane_unref (self->lane);
  g_free (self);
}

static gboolean
close_lane (ThawJob *job, gpointer data, GError **error)
{
  Source *self = data;

  g_input_stream_close (self->stream, NULL, NULL);
  return TRUE;
}

static void
source_unref (gpointer data)
{
  Source *self = data;

  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  if (self->stream)
    thaw_net_clean_up (self->lane, close_lane, self, source_free);
  else
    source_free (self);
}

static Source *
source_new (GFile *file)
{
  Source *self = g_new0 (Source, 1);

  self->ref_count = 1;
  self->lane = thaw_lane_for_file (file);
  self->file = g_object_ref (file);
  return self;
}

static gboolean
measure_lane (ThawJob *job, gpointer file, GError **error)
{
  g_autoptr (GFileInfo) info
      = g_file_query_info (file,
                           G_FILE_ATTRIBUTE_STANDARD_SIZE "," G_FILE_ATTRIBUTE_STANDARD_TYPE,
                           G_FILE_QUERY_INFO_NONE,
                           thaw_job_get_cancellable (job),
                           error);

  if (!info)
    return FALSE;
  if (g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR)
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_NOT_REGULAR_FILE,
                   "%s isn't a regular file",
                   g_file_peek_path (file) ? g_file_peek_path (file) : "What is to be sent");
      return FALSE;
    }
  thaw_job_return_int64 (job, g_file_info_get_size (info));
  return TRUE;
}

static gboolean
open_lane (ThawJob *job, gpointer data, GError **error)
{
  Source *self = data;

  self->stream = G_INPUT_STREAM (g_file_read (self->file, thaw_job_get_cancellable (job), error));
  return self->stream != NULL;
}

static gboolean
read_lane (ThawJob *job, gpointer data, GError **error)
{
  Source *self = data;
  g_autofree guint8 *block = g_malloc (BLOCK_BYTES);
  gssize n = g_input_stream_read (self->stream,
                                  block,
                                  BLOCK_BYTES,
                                  thaw_job_get_cancellable (job),
                                  error);

  if (n < 0)
    return FALSE;
  thaw_job_return_pointer (job,
                           g_bytes_new_take (g_steal_pointer (&block), (gsize) n),
                           (GDestroyNotify) g_bytes_unref);
  return TRUE;
}

static ThawFuture *
run_on_lane (Upload *self, Source *source, const char *name, ThawJobFunc func)
{
  return thaw_lane_run (source->lane,
                        self->exchange->scope,
                        name,
                        self->exchange->request->priority,
                        -1,
                        func,
                        source_ref (source),
                        source_unref);
}

static gboolean
write_text (Upload *self, const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  return thaw_await (thaw_byte_pipe_write (self->exchange->upload, bytes), error);
}

/* No more than was announced: a file that has grown is sent as it was. */
static gboolean
copy_file (Upload *self, Source *source, gint64 size, GError **error)
{
  while (size > 0)
    {
      g_autoptr (GBytes) block
          = thaw_await_pointer (run_on_lane (self, source, "read upload", read_lane), error);
      g_autoptr (GBytes) part = NULL;
      gint64 n;

      if (!block)
        return FALSE;
      n = MIN (size, (gint64) g_bytes_get_size (block));
      if (n == 0)
        {
          g_set_error_literal (error,
                               G_IO_ERROR,
                               G_IO_ERROR_PARTIAL_INPUT,
                               "The file became shorter while it was sent");
          return FALSE;
        }
      part = g_bytes_new_from_bytes (block, 0, (gsize) n);
      if (!thaw_await (thaw_byte_pipe_write (self->exchange->upload, part), error))
        return FALSE;
      size -= n;
    }
  return TRUE;
}

static gboolean
send_file (Upload *self, ThawPart *part, gint64 size, GError **error)
{
  Source *source = source_new (part->file);
  gboolean sent = thaw_await (run_on_lane (self, source, "open upload", open_lane), error)
                  && copy_file (self, source, size, error);

  source_unref (source);
  return sent;
}

/* As browsers do it: what would end the name early is escaped. */
static char *
quote (const char *text)
{
  g_autoptr (GString) quoted = g_string_new (text);

  g_string_replace (quoted, "\"", "%22", 0);
  g_string_replace (quoted, "\r", "%0D", 0);
  g_string_replace (quoted, "\n", "%0A", 0);
  return g_string_free_and_steal (g_steal_pointer (&quoted));
}

static char *
head_of (Upload *self, ThawPart *part)
{
  g_autofree char *name = quote (part->name), *file_name = NULL;

  if (!part->file)
    return g_strdup_printf ("--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n",
                            self->boundary,
                            name);
  file_name = quote (part->file_name);
  return g_strdup_printf ("--%s\r\nContent-Disposition: form-data; name=\"%s\"; "
                          "filename=\"%s\"\r\nContent-Type: %s\r\n\r\n",
                          self->boundary,
                          name,
                          file_name,
                          part->content_type);
}

static char *
tail_of (Upload *self)
{
  return g_strdup_printf ("--%s--\r\n", self->boundary);
}

static gboolean
send_parts (Upload *self, GError **error)
{
  GPtrArray *parts = self->exchange->request->parts;
  g_autofree char *tail = tail_of (self);
  guint n_files = 0;

  for (guint i = 0; i < parts->len; i++)
    {
      ThawPart *part = parts->pdata[i];
      g_autofree char *head = head_of (self, part);

      if (!write_text (self, head, error))
        return FALSE;
      if (part->file
              ? !send_file (self, part, g_array_index (self->sizes, gint64, n_files++), error)
              : !write_text (self, part->value, error))
        return FALSE;
      if (!write_text (self, "\r\n", error))
        return FALSE;
    }
  return write_text (self, tail, error);
}

static ThawFuture *
upload_fiber (gpointer data)
{
  Upload *self = data;
  g_autoptr (ThawBytePipe) pipe = thaw_byte_pipe_ref (self->exchange->upload);
  GError *error = NULL;

  if (send_parts (self, &error))
    thaw_byte_pipe_finish (pipe);
  else
    thaw_byte_pipe_fail (pipe, error);
  return thaw_future_new_resolved ();
}

static void
upload_free (gpointer data)
{
  Upload *self = data;

  thaw_exchange_unref (self->exchange);
  g_free (self->boundary);
  g_array_unref (self->sizes);
  g_free (self);
}

static Upload *
upload_new (ThawExchange *exchange)
{
  Upload *self = g_new0 (Upload, 1);

  self->exchange = thaw_exchange_ref (exchange);
  self->boundary
      = g_strdup_printf ("thaw-%08x%08x%08x", g_random_int (), g_random_int (), g_random_int ());
  self->sizes = g_array_new (FALSE, FALSE, sizeof (gint64));
  return self;
}

static gint64
measure_part (Upload *self, ThawPart *part, GError **error)
{
  g_autoptr (ThawLane) lane = NULL;
  gint64 size;

  if (!part->file)
    return (gint64) strlen (part->value);
  lane = thaw_lane_for_file (part->file);
  size = thaw_await_int64 (thaw_lane_run (lane,
                                          self->exchange->scope,
                                          "measure upload",
                                          self->exchange->request->priority,
                                          -1,
                                          measure_lane,
                                          g_object_ref (part->file),
                                          g_object_unref),
                           error);
  if (size >= 0)
    g_array_append_val (self->sizes, size);
  return size;
}

static gint64
measure_all (Upload *self, GError **error)
{
  GPtrArray *parts = self->exchange->request->parts;
  g_autofree char *tail = tail_of (self);
  gint64 total = (gint64) strlen (tail);

  for (guint i = 0; i < parts->len; i++)
    {
      g_autofree char *head = head_of (self, parts->pdata[i]);
      gint64 size = measure_part (self, parts->pdata[i], error);

      if (size < 0)
        return -1;
      total += (gint64) strlen (head) + size + (gint64) strlen ("\r\n");
    }
  return total;
}

/* Starts feeding the exchange's pipe. Returns the content type. */
char *
thaw_exchange_start_upload (ThawExchange *exchange, GError **error)
{
  Upload *self = upload_new (exchange);
  g_autofree char *type = g_strconcat ("multipart/form-data; boundary=", self->boundary, NULL);

  exchange->upload_length = measure_all (self, error);
  if (exchange->upload_length < 0)
    {
      upload_free (self);
      return NULL;
    }
  exchange->upload = thaw_byte_pipe_new (0);
  thaw_future_disown (
      thaw_scope_spawn (exchange->scope, "http upload", upload_fiber, self, upload_free));
  return g_steal_pointer (&type);
}
