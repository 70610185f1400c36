/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A download: a fiber of the caller's scope that reads a stream and hands it, a batch at a time, to
 * the lane of the target. A connection that breaks is taken up where it broke, but only when the
 * server has given a strong validator, and only if its answer is exactly the rest of the same
 * version; anything else starts over, and never are two versions mixed. A bounded number at a time,
 * so that a thousand small ones don't have a thousand files open. */

#include "thaw-download-private.h"
#include "thaw-net-private.h"
#include "thaw-timing.h"

#define BATCH_BYTES (1024 * 1024)
#define MAX_TRIES 100

typedef struct {
  ThawHttp *http;
  ThawScope *scope;
  ThawRequest *request; /* what the caller asked for: headers, priority, timeouts */
  GFile *folder;
  char *name, *sha256;
  gboolean replace;
  guint64 max_bytes;
  ThawMailbox *progress;

  ThawPartFile *part;
  gboolean is_open;
  guint64 offset; /* what is written */
  gint64 total;   /* of the whole, or -1 */
  char *etag;     /* strong, of the version that is being written */
  ThawDigest digest;
  char *found_name;
  ThawFuture *next; /* a chunk that was asked for */
  gboolean broken;  /* the connection: worth another try */
} Download;

static void
download_free (gpointer data)
{
  Download *self = data;

  thaw_http_unref (self->http);
  thaw_scope_unref (self->scope);
  thaw_request_unref (self->request);
  g_object_unref (self->folder);
  g_free (self->name);
  g_free (self->sha256);
  g_clear_pointer (&self->progress, thaw_mailbox_unref);
  g_clear_pointer (&self->part, thaw_part_file_unref);
  g_free (self->etag);
  thaw_digest_clear (&self->digest);
  g_free (self->found_name);
  g_clear_pointer (&self->next, thaw_future_unref);
  g_free (self);
}

static ThawFuture *
run_on_lane (Download *self,
             const char *name,
             ThawJobFunc func,
             gpointer data,
             GDestroyNotify destroy)
{
  return thaw_lane_run (self->part->lane,
                        self->scope,
                        name,
                        self->request->priority,
                        -1,
                        func,
                        data,
                        destroy);
}

static ThawFuture *
run_on_part (Download *self, const char *name, ThawJobFunc func)
{
  return run_on_lane (self,
                      name,
                      func,
                      thaw_part_file_ref (self->part),
                      (GDestroyNotify) thaw_part_file_unref);
}

/* Byte ranges are counted in what is sent, so nothing may be compressed. */
static ThawRequest *
make_request (Download *self)
{
  ThawRequest *request = thaw_request_new ("GET", self->request->uri);
  GPtrArray *headers = self->request->headers;

  for (guint i = 0; i + 1 < headers->len; i += 2)
    thaw_request_set_header (request, headers->pdata[i], headers->pdata[i + 1]);
  request->priority = self->request->priority;
  request->timeouts = self->request->timeouts;
  thaw_request_set_header (request, "Accept-Encoding", "identity");
  thaw_request_set_streamed (request, TRUE);
  if (self->max_bytes > 0)
    thaw_request_set_max_body (request, self->max_bytes);
  if (self->offset > 0 && self->etag)
    {
      g_autofree char *range = g_strdup_printf ("bytes=%" G_GUINT64_FORMAT "-", self->offset);

      thaw_request_set_header (request, "Range", range);
      thaw_request_set_header (request, "If-Range", self->etag);
    }
  return request;
}

static gboolean
was_ranged (Download *self)
{
  return self->offset > 0 && self->etag;
}

/* Exactly the rest of what we have the beginning of. */
static gboolean
is_the_rest (Download *self, ThawResponse *response)
{
  const char *etag = thaw_response_get_header (response, "ETag");
  ThawContentRange range;

  return was_ranged (self) && !thaw_response_is_encoded (response)
         && (!etag || g_str_equal (etag, self->etag))
         && thaw_content_range_parse (thaw_response_get_header (response, "Content-Range"), &range)
         && range.first == self->offset && range.last + 1 == range.total
         && (self->total < 0 || (guint64) self->total == range.total)
         && thaw_response_get_length (response) == (gint64) (range.total - range.first);
}

static void
note_name (Download *self, ThawResponse *response)
{
  const char *disposition = thaw_response_get_header (response, "Content-Disposition");

  g_free (self->found_name);
  self->found_name = thaw_download_make_name (disposition, thaw_response_get_uri (response));
}

/* Before the first byte of it is written. */
static gboolean
note_version (Download *self, ThawResponse *response, GError **error)
{
  const char *etag = thaw_response_get_header (response, "ETag");
  gboolean encoded = thaw_response_is_encoded (response);
  ThawPartVersion *version;

  note_name (self, response);
  self->total = encoded ? -1 : thaw_response_get_length (response);
  g_set_str (&self->etag, !encoded && thaw_etag_is_strong (etag) ? etag : NULL);
  thaw_digest_clear (&self->digest);
  thaw_digest_take (&self->digest, response);
  if (!self->part->may_keep || !self->etag)
    return TRUE;
  version = g_new (ThawPartVersion, 1);
  *version
      = (ThawPartVersion){ thaw_part_file_ref (self->part), g_strdup (self->etag), self->total };
  return thaw_await (run_on_lane (self,
                                  "remember download",
                                  thaw_part_record_save_lane,
                                  version,
                                  (GDestroyNotify) thaw_part_version_free),
                     error);
}

/* What is written belongs to a version that isn't served any more. */
static gboolean
start_over (Download *self, GError **error)
{
  self->offset = 0;
  g_clear_pointer (&self->etag, g_free);
  if (!self->is_open)
    {
      self->is_open
          = thaw_await (run_on_part (self, "open download", thaw_part_file_open_lane), error);
      return self->is_open;
    }
  return thaw_await (run_on_part (self, "restart download", thaw_part_file_truncate_lane), error);
}

/* Whether the stream that follows continues what is written, after making it so. */
static gboolean
accept_head (Download *self, ThawResponse *response, GError **error)
{
  guint status = thaw_response_get_status (response);

  if (status == SOUP_STATUS_PARTIAL_CONTENT && is_the_rest (self, response))
    {
      self->total = (gint64) self->offset + thaw_response_get_length (response);
      thaw_digest_take (&self->digest, response);
      if (!self->found_name)
        note_name (self, response);
      return TRUE;
    }
  if (was_ranged (self)
      && (status == SOUP_STATUS_PARTIAL_CONTENT
          || status == SOUP_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE))
    {
      if (!start_over (self, error))
        return FALSE;
      self->broken = TRUE;
      g_set_error_literal (error,
                           THAW_HTTP_ERROR,
                           THAW_HTTP_ERROR_BAD_RESPONSE,
                           "The server doesn't send the rest of what it began with");
      return FALSE;
    }
  if (!thaw_response_check (response, error))
    return FALSE;
  if (status != SOUP_STATUS_OK)
    {
      g_set_error (error,
                   THAW_HTTP_ERROR,
                   THAW_HTTP_ERROR_BAD_RESPONSE,
                   "Status %u instead of a file",
                   status);
      return FALSE;
    }
  return start_over (self, error) && note_version (self, response, error);
}

static GBytes *
read_chunk (Download *self, ThawResponse *response, gboolean *at_end, GError **error)
{
  GError *failure = NULL;
  ThawFuture *future = self->next ? g_steal_pointer (&self->next) : thaw_response_read (response);
  GBytes *chunk = thaw_await_pointer (future, &failure);

  *at_end = !chunk && !failure;
  if (!failure)
    return chunk;
  self->broken = thaw_http_may_retry (self->request, failure);
  g_propagate_error (error, failure);
  return NULL;
}

/* All that is there without waiting, at least one chunk. NULL with an error. */
static GPtrArray *
read_batch (Download *self, ThawResponse *response, gsize *n, gboolean *at_end, GError **error)
{
  g_autoptr (GPtrArray) chunks = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  *n = 0;
  do
    {
      GBytes *chunk = read_chunk (self, response, at_end, error);

      if (!chunk && !*at_end)
        return chunks->len > 0 ? (g_clear_error (error), g_steal_pointer (&chunks)) : NULL;
      if (*at_end)
        break;
      g_ptr_array_add (chunks, chunk);
      *n += g_bytes_get_size (chunk);
      self->next = thaw_response_read (response);
    }
  while (*n < BATCH_BYTES && thaw_future_get_state (self->next) == THAW_FUTURE_RESOLVED);
  return g_steal_pointer (&chunks);
}

static void
tell_progress (Download *self)
{
  ThawHttpProgress *progress;

  if (!self->progress)
    return;
  progress = g_new (ThawHttpProgress, 1);
  *progress = (ThawHttpProgress){ .to_send_bytes = -1,
                                  .received_bytes = (gint64) self->offset,
                                  .to_receive_bytes = self->total };
  if (!thaw_mailbox_post_keyed (self->progress, self, progress))
    g_free (progress);
}

static gboolean
write_batch (Download *self, GPtrArray *chunks, gsize n, GError **error)
{
  ThawPartWrite *write = g_new (ThawPartWrite, 1);

  self->broken = FALSE; /* A disk that is full doesn't get better by another try. */
  *write
      = (ThawPartWrite){ thaw_part_file_ref (self->part), g_ptr_array_ref (chunks), self->offset };
  if (!thaw_await (run_on_lane (self,
                                "write download",
                                thaw_part_file_write_lane,
                                write,
                                (GDestroyNotify) thaw_part_write_free),
                   error))
    return FALSE;
  self->offset += n;
  tell_progress (self);
  return TRUE;
}

static gboolean
check_limit (Download *self, gsize n_more, GError **error)
{
  if (self->max_bytes == 0 || self->offset + n_more <= self->max_bytes)
    return TRUE;
  self->part->is_kept = FALSE;
  g_set_error_literal (error,
                       THAW_HTTP_ERROR,
                       THAW_HTTP_ERROR_TOO_LARGE,
                       "The file is larger than it may be");
  return FALSE;
}

static gboolean
write_stream (Download *self, ThawResponse *response, GError **error)
{
  gboolean at_end = FALSE;

  while (!at_end)
    {
      gsize n;
      g_autoptr (GPtrArray) chunks = read_batch (self, response, &n, &at_end, error);

      if (!chunks || !check_limit (self, n, error)
          || (n > 0 && !write_batch (self, chunks, n, error)))
        return FALSE;
    }
  if (self->total < 0 || self->offset == (guint64) self->total)
    return TRUE;
  g_set_error_literal (error,
                       THAW_HTTP_ERROR,
                       THAW_HTTP_ERROR_INCOMPLETE,
                       "The file has another length than was stated");
  return FALSE;
}

static gboolean
fail_short (Download *self, GError **error)
{
  self->broken = TRUE;
  g_set_error_literal (error,
                       THAW_HTTP_ERROR,
                       THAW_HTTP_ERROR_INCOMPLETE,
                       "The connection was closed before the end of the file");
  return FALSE;
}

/* A body that ended with its connection may have been cut off: what follows it is asked for. A
 * server that doesn't say is believed. */
static gboolean
check_end (Download *self, ThawResponse *response, GError **error)
{
  g_autoptr (ThawRequest) request = NULL;
  g_autoptr (ThawResponse) answer = NULL;
  g_autoptr (GError) failure = NULL;

  if (thaw_response_is_delimited (response))
    return TRUE;
  request = make_request (self);
  thaw_download_ask_end (request, self->offset, self->etag);
  answer = thaw_await_pointer (thaw_http_send (self->http, self->scope, request), &failure);
  if (g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  if (answer
      && thaw_download_judge_end (answer, self->offset, self->etag) == THAW_DOWNLOAD_END_SHORT)
    return fail_short (self, error);
  return TRUE;
}

static gboolean
try_once (Download *self, GError **error)
{
  g_autoptr (ThawRequest) request = make_request (self);
  g_autoptr (ThawResponse) response = NULL;
  gboolean done;

  self->broken = FALSE;
  g_clear_pointer (&self->next, thaw_future_unref);
  response = thaw_await_pointer (thaw_http_send (self->http, self->scope, request), error);
  if (!response)
    return FALSE; /* That was tried again already. */
  done = accept_head (self, response, error) && write_stream (self, response, error)
         && check_end (self, response, error);
  g_clear_pointer (&self->next, thaw_future_unref);
  return done;
}

/* What an earlier call has left is taken as if this one had written it. */
static gboolean
open_kept (Download *self, GError **error)
{
  ThawPartFile *part = self->part;

  self->is_open = thaw_await (run_on_part (self, "open download", thaw_part_file_open_lane), error);
  if (!self->is_open || !part->found_etag)
    return self->is_open;
  self->offset = part->found_size;
  self->total = part->found_total;
  g_set_str (&self->etag, part->found_etag);
  tell_progress (self);
  return TRUE;
}

/* In vain is a try after which there isn't more than before. */
static gboolean
fetch (Download *self, GError **error)
{
  guint n_in_vain = 0;

  if (self->part->key && !open_kept (self, error))
    return FALSE;
  for (guint n = 0; n < MAX_TRIES; n++)
    {
      guint64 before = self->offset;
      GError *failure = NULL;

      if (try_once (self, &failure))
        return TRUE;
      n_in_vain = self->offset > before && before > 0 ? 0 : n_in_vain + 1;
      if (!self->broken || n_in_vain >= THAW_DOWNLOAD_TRIES || n + 1 == MAX_TRIES)
        {
          g_propagate_error (error, failure);
          return FALSE;
        }
      g_error_free (failure);
      if (!thaw_await (thaw_delay (thaw_http_get_delay (self->http, n_in_vain)), error))
        return FALSE;
    }
  return FALSE;
}

static char *
place (Download *self, GError **error)
{
  ThawPartPlace *job = g_new (ThawPartPlace, 1);

  *job = (ThawPartPlace){ .part = thaw_part_file_ref (self->part),
                          .name = g_strdup (self->name ? self->name : self->found_name),
                          .sha256 = g_strdup (self->sha256),
                          .digest = g_strdup (self->digest.sum),
                          .digest_type = self->digest.type,
                          .size = self->offset,
                          .replace = self->replace };
  return thaw_await_pointer (run_on_lane (self,
                                          "place download",
                                          thaw_part_file_place_lane,
                                          job,
                                          (GDestroyNotify) thaw_part_place_free),
                             error);
}

static ThawFuture *
download_fiber (gpointer data)
{
  Download *self = data;
  GError *error = NULL;
  g_autofree char *name = NULL;
  g_autoptr (ThawPermit) permit = thaw_await_pointer (
      thaw_limiter_acquire (self->http->downloads, NULL, self->request->priority),
      &error);

  if (permit && fetch (self, &error))
    name = place (self, &error);
  if (!name)
    return thaw_future_new_rejected (error);
  return thaw_future_new_pointer (g_file_get_child (self->folder, name), g_object_unref);
}

static ThawFuture *
refuse (int code, const char *why)
{
  return thaw_future_new_rejected (g_error_new_literal (G_IO_ERROR, code, why));
}

/**
 * thaw_download_request:
 * @http: who fetches it
 * @scope: what the download belongs to
 * @request: a `GET` request, for its address, headers, priority and timeouts
 * @folder: where the file goes: on the local machine or in a mount of the kernel's
 * @options: (nullable): see [struct@Thaw.DownloadOptions]
 *
 * Fetches a file into @folder. It is written under a hidden name and gets its own, in one step and
 * without replacing anything (unless the options say so), when its length is what the server
 * stated, its checksum what the options say and what the server says (`Repr-Digest`, `Digest`,
 * `Content-Digest`, `Content-MD5`), and all of it is on the device. A broken connection is
 * taken up again with a strong validator, or from the start. Where the body ends with its
 * connection, what follows it is asked for: a file that was cut off is found so, unless the server
 * knows neither ranges nor lengths.
 *
 * With the option `resume` the hidden file stays when the download fails, is cancelled, or its
 * process dies, and a later call for the same address, folder and name goes on from there, provided
 * that the server has given a strong validator and still has that very version; otherwise it starts
 * over, as it does once the machine was restarted or the file system mounted anew, since what was
 * written last may be lost then. A file that is too large or has another checksum isn't kept. While
 * one call is at it, others for the same thing fetch a copy of their own.
 *
 * - **Thread**: the scope's. Files are touched on the lane of @folder only.
 * - **Errors**: those of [method@Thaw.Http.send]; %THAW_HTTP_ERROR_STATUS,
 * %THAW_HTTP_ERROR_INCOMPLETE, %THAW_HTTP_ERROR_TOO_LARGE, %THAW_HTTP_ERROR_BAD_DIGEST; those of
 * writing, such as %G_IO_ERROR_NO_SPACE. No file is left behind then, but for `resume`.
 * - **Cancellation**: by the future or the scope: the connection is closed and the hidden file
 * removed (but for `resume`). While the file is being placed it may be too late.
 *
 * Returns: (transfer full): a future that resolves to the `GFile` with the name that it got
 */
ThawFuture *
thaw_download_request (ThawHttp *http,
                       ThawScope *scope,
                       ThawRequest *request,
                       GFile *folder,
                       const ThawDownloadOptions *options)
{
  static const ThawDownloadOptions none = { 0 };
  g_autofree char *name = NULL;
  Download *self;

  g_return_val_if_fail (http != NULL && scope != NULL && request != NULL, NULL);
  g_return_val_if_fail (G_IS_FILE (folder), NULL);

  options = options ? options : &none;
  if (!g_file_is_native (folder) || !g_file_peek_path (folder))
    return refuse (G_IO_ERROR_NOT_SUPPORTED, "Downloads go to folders that have a path");
  if (options->name && !(name = thaw_download_sanitise (options->name)))
    return refuse (G_IO_ERROR_INVALID_FILENAME, "That can't be the name of a file");
  self = g_new0 (Download, 1);
  *self = (Download){ .http = thaw_http_ref (http),
                      .scope = thaw_scope_ref (scope),
                      .request = thaw_request_ref (request),
                      .folder = g_object_ref (folder),
                      .name = g_steal_pointer (&name),
                      .sha256 = g_strdup (options->sha256),
                      .replace = options->replace,
                      .max_bytes = options->max_bytes,
                      .progress = options->progress ? thaw_mailbox_ref (options->progress) : NULL,
                      .part = thaw_part_file_new (folder),
                      .total = -1 };
  if (options->resume)
    self->part->key = thaw_part_record_make_key (request->uri, self->name ? self->name : "");
  return thaw_scope_spawn (scope, "download", download_fiber, self, download_free);
}

/**
 * thaw_download:
 * @http: who fetches it
 * @scope: what the download belongs to
 * @uri: the address
 * @folder: where the file goes
 * @options: (nullable): see [struct@Thaw.DownloadOptions]
 *
 * As [func@Thaw.download_request] for a plain address.
 *
 * Returns: (transfer full): a future that resolves to the `GFile` that was placed in @folder
 */
ThawFuture *
thaw_download (ThawHttp *http,
               ThawScope *scope,
               const char *uri,
               GFile *folder,
               const ThawDownloadOptions *options)
{
  g_autoptr (ThawRequest) request = thaw_request_new ("GET", uri);

  return thaw_download_request (http, scope, request, folder, options);
}
