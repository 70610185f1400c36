/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The request: a plain record, filled in by the caller and constant once it was sent, so that the
 * network thread may read it without a lock. It can be sent again, unless its body is a pipe. */

#include "thaw-net-private.h"

#include <json-glib/json-glib.h>
#include <string.h>

G_DEFINE_BOXED_TYPE (ThawRequest, thaw_request, thaw_request_ref, thaw_request_unref)

#define assert_unsent(self) g_return_if_fail ((self) != NULL && !(self)->sent)

static void
part_free (gpointer data)
{
  ThawPart *part = data;

  g_free (part->name);
  g_free (part->value);
  g_clear_object (&part->file);
  g_free (part->file_name);
  g_free (part->content_type);
  g_free (part);
}

/**
 * thaw_request_new:
 * @method: "GET", "POST", …
 * @uri: an absolute http or https URI
 *
 * Makes a request without headers and body, of default priority. Any thread; not to be changed by
 * two at once, nor after it was sent.
 *
 * Returns: (transfer full): the request
 */
ThawRequest *
thaw_request_new (const char *method, const char *uri)
{
  ThawRequest *self;

  g_return_val_if_fail (method != NULL && uri != NULL, NULL);

  self = g_new0 (ThawRequest, 1);
  self->ref_count = 1;
  self->method = g_intern_string (method);
  self->uri = g_strdup (uri);
  self->headers = g_ptr_array_new_with_free_func (g_free);
  self->priority = THAW_PRIORITY_DEFAULT;
  self->pipe_length = -1;
  return self;
}

/**
 * thaw_request_ref:
 * @self: a request
 *
 * Returns: (transfer full): @self
 */
ThawRequest *
thaw_request_ref (ThawRequest *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

/**
 * thaw_request_unref:
 * @self: (transfer full): a request
 *
 * Drops a reference. Any thread.
 */
void
thaw_request_unref (ThawRequest *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  g_free (self->uri);
  g_ptr_array_unref (self->headers);
  g_clear_pointer (&self->progress, thaw_mailbox_unref);
  g_free (self->content_type);
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_pointer (&self->pipe, thaw_byte_pipe_unref);
  g_clear_pointer (&self->parts, g_ptr_array_unref);
  g_free (self);
}

/**
 * thaw_request_get_method:
 * @self: a request
 *
 * Returns: (transfer none): the method
 */
const char *
thaw_request_get_method (ThawRequest *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->method;
}

/**
 * thaw_request_get_uri:
 * @self: a request
 *
 * Returns: (transfer none): the URI as it was given
 */
const char *
thaw_request_get_uri (ThawRequest *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->uri;
}

const char *
thaw_headers_find (GPtrArray *headers, const char *name, gsize *index)
{
  for (gsize i = 0; i + 1 < headers->len; i += 2)
    if (g_ascii_strcasecmp (headers->pdata[i], name) == 0)
      {
        if (index)
          *index = i;
        return headers->pdata[i + 1];
      }
  return NULL;
}

/* A line break in a value would be another header. */
static gboolean
is_clean (const char *text)
{
  return strpbrk (text, "\r\n") == NULL;
}

/**
 * thaw_request_set_header:
 * @self: a request
 * @name: a header; case doesn't count
 * @value: (nullable): its value, without line breaks, or %NULL to take it away
 *
 * Sets a header, instead of an earlier one of that name.
 */
void
thaw_request_set_header (ThawRequest *self, const char *name, const char *value)
{
  gsize index;

  assert_unsent (self);
  g_return_if_fail (name != NULL && is_clean (name) && (value == NULL || is_clean (value)));

  if (thaw_headers_find (self->headers, name, &index))
    g_ptr_array_remove_range (self->headers, index, 2);
  if (value == NULL)
    return;
  g_ptr_array_add (self->headers, g_strdup (name));
  g_ptr_array_add (self->headers, g_strdup (value));
}

/**
 * thaw_request_get_header:
 * @self: a request
 * @name: a header; case doesn't count
 *
 * Returns: (transfer none) (nullable): what [method@Thaw.Request.set_header] set
 */
const char *
thaw_request_get_header (ThawRequest *self, const char *name)
{
  g_return_val_if_fail (self != NULL && name != NULL, NULL);

  return thaw_headers_find (self->headers, name, NULL);
}

/**
 * thaw_request_set_priority:
 * @self: a request
 * @priority: its class
 *
 * Says who goes first among the requests that wait for a place at one host.
 */
void
thaw_request_set_priority (ThawRequest *self, ThawPriority priority)
{
  assert_unsent (self);
  g_return_if_fail (priority < THAW_N_PRIORITIES);

  self->priority = priority;
}

/**
 * thaw_request_set_timeouts:
 * @self: a request
 * @connect_usec: from asking for a connection to having one, TLS included
 * @stall_usec: how long the server may be silent after that; the consumer's own pauses don't count
 * @total_usec: from sending to the end of the body, waiting for a place and retries included
 *
 * Sets time limits of this request in microseconds: 0 leaves that to the `ThawHttp`, -1 is none.
 */
void
thaw_request_set_timeouts (ThawRequest *self,
                           gint64 connect_usec,
                           gint64 stall_usec,
                           gint64 total_usec)
{
  assert_unsent (self);

  self->timeouts = (ThawHttpTimeouts){ connect_usec, stall_usec, total_usec };
}

/**
 * thaw_request_set_max_body:
 * @self: a request
 * @max_bytes: how many decoded bytes of a body are taken, or 0 for the default
 *
 * Limits the response. More is %THAW_HTTP_ERROR_TOO_LARGE, found before it is read where the server
 * states a length. The default is %THAW_REQUEST_MAX_BODY for a body in memory and none for a
 * stream, but what is compressed to less than a hundredth is refused beyond %THAW_REQUEST_MAX_BODY.
 */
void
thaw_request_set_max_body (ThawRequest *self, guint64 max_bytes)
{
  assert_unsent (self);

  self->max_body = max_bytes;
}

/**
 * thaw_request_set_streamed:
 * @self: a request
 * @streamed: whether the body is read in chunks
 *
 * Asks for the response as soon as its head is there. The body is then read with
 * [method@Thaw.Response.read].
 */
void
thaw_request_set_streamed (ThawRequest *self, gboolean streamed)
{
  assert_unsent (self);

  self->streamed = streamed;
}

/**
 * thaw_request_set_progress:
 * @self: a request
 * @mailbox: gets `ThawHttpProgress` records
 *
 * Asks for progress: records are posted keyed by the request, so that only the latest waits, and
 * @mailbox needs g_free() as its function for freeing. One that is refused is left out.
 */
void
thaw_request_set_progress (ThawRequest *self, ThawMailbox *mailbox)
{
  assert_unsent (self);

  g_clear_pointer (&self->progress, thaw_mailbox_unref);
  self->progress = thaw_mailbox_ref (mailbox);
}

static void
clear_body (ThawRequest *self, const char *content_type)
{
  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_pointer (&self->pipe, thaw_byte_pipe_unref);
  g_clear_pointer (&self->parts, g_ptr_array_unref);
  self->has_file = FALSE;
  g_set_str (&self->content_type, content_type);
}

/**
 * thaw_request_set_body:
 * @self: a request
 * @content_type: what the body is
 * @body: the body
 *
 * Sends @body.
 */
void
thaw_request_set_body (ThawRequest *self, const char *content_type, GBytes *body)
{
  assert_unsent (self);
  g_return_if_fail (content_type != NULL && body != NULL);

  clear_body (self, content_type);
  self->body = g_bytes_ref (body);
}

/**
 * thaw_request_set_json:
 * @self: a request
 * @json: a node
 *
 * Sends @json as `application/json`. It is written out here and now, since a tree of nodes can't be
 * shared with a thread: make the text of a huge one in a job, and send that with
 * [method@Thaw.Request.set_body].
 */
void
thaw_request_set_json (ThawRequest *self, JsonNode *json)
{
  char *text;

  assert_unsent (self);
  g_return_if_fail (json != NULL);

  clear_body (self, "application/json");
  text = json_to_string (json, FALSE);
  self->body = g_bytes_new_take (text, strlen (text));
}

/**
 * thaw_request_set_pipe:
 * @self: a request
 * @content_type: what the body is
 * @pipe: where it comes from
 * @length: how much it is, or -1 if that isn't known
 *
 * Sends what is written to @pipe, from any thread: writing waits while the server is slower. The
 * request fails with the pipe's error, and closes it when it ends early.
 */
void
thaw_request_set_pipe (ThawRequest *self,
                       const char *content_type,
                       ThawBytePipe *pipe,
                       gint64 length)
{
  assert_unsent (self);
  g_return_if_fail (content_type != NULL && pipe != NULL && length >= -1);

  clear_body (self, content_type);
  self->pipe = thaw_byte_pipe_ref (pipe);
  self->pipe_length = length;
}

static ThawPart *
add_part (ThawRequest *self, const char *name)
{
  ThawPart *part = g_new0 (ThawPart, 1);

  if (!self->parts)
    {
      clear_body (self, NULL);
      self->parts = g_ptr_array_new_with_free_func (part_free);
    }
  part->name = g_strdup (name);
  g_ptr_array_add (self->parts, part);
  return part;
}

/**
 * thaw_request_add_field:
 * @self: a request
 * @name: the field
 * @value: its text
 *
 * Sends a form with this field, after those added before.
 */
void
thaw_request_add_field (ThawRequest *self, const char *name, const char *value)
{
  assert_unsent (self);
  g_return_if_fail (name != NULL && value != NULL);

  add_part (self, name)->value = g_strdup (value);
}

/**
 * thaw_request_add_file:
 * @self: a request
 * @name: the field
 * @file: what to upload
 * @file_name: (nullable): what the server is told, or %NULL for the name of @file
 * @content_type: (nullable): what it is, or %NULL for `application/octet-stream`
 *
 * Sends a form of type `multipart/form-data` with this file. It is read on its lane while it is
 * sent; if it has become shorter than it was when the request began, the request fails.
 */
void
thaw_request_add_file (ThawRequest *self,
                       const char *name,
                       GFile *file,
                       const char *file_name,
                       const char *content_type)
{
  ThawPart *part;

  assert_unsent (self);
  g_return_if_fail (name != NULL && G_IS_FILE (file));

  part = add_part (self, name);
  part->file = g_object_ref (file);
  part->file_name = file_name ? g_strdup (file_name) : g_file_get_basename (file);
  part->content_type = g_strdup (content_type ? content_type : "application/octet-stream");
  self->has_file = TRUE;
}

/* Only what can be sent, and without a fragment, which is none of the server's business. */
GUri *
thaw_request_parse_uri (const char *text, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (text, SOUP_HTTP_URI_FLAGS, error);
  const char *scheme;

  if (!uri)
    return NULL;
  scheme = g_uri_get_scheme (uri);
  if ((!g_str_equal (scheme, "http") && !g_str_equal (scheme, "https")) || !g_uri_get_host (uri)
      || g_uri_get_host (uri)[0] == '\0')
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_NOT_SUPPORTED,
                   "%s isn't the address of a web server",
                   text);
      return NULL;
    }
  return g_steal_pointer (&uri);
}

gboolean
thaw_request_is_idempotent (ThawRequest *self)
{
  static const char *const methods[] = { "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE" };

  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    if (g_str_equal (self->method, methods[i]))
      return TRUE;
  return FALSE;
}

gboolean
thaw_request_is_repeatable (ThawRequest *self)
{
  return self->pipe == NULL;
}
