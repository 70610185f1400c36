/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Short ways to a body or to JSON. A fiber in the caller's scope; JSON is parsed on the CPU pool,
 * since a large one would hold the loop. */

#include "thaw-net-private.h"

#include <json-glib/json-glib.h>

typedef struct {
  ThawHttp *http;
  ThawScope *scope; /* which holds this while the fiber runs */
  ThawRequest *request;
} Fetch;

static void
fetch_free (gpointer data)
{
  Fetch *self = data;

  thaw_http_unref (self->http);
  thaw_scope_unref (self->scope);
  thaw_request_unref (self->request);
  g_free (self);
}

static gboolean
parse_job (ThawJob *job, gpointer bytes, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  gsize n;
  const char *text = g_bytes_get_data (bytes, &n);
  JsonNode *root;

  if (!json_parser_load_from_data (parser, n > 0 ? text : "", (gssize) n, error))
    return FALSE;
  root = json_parser_steal_root (parser);
  if (!root)
    {
      g_set_error_literal (error,
                           JSON_PARSER_ERROR,
                           JSON_PARSER_ERROR_PARSE,
                           "There is nothing where JSON was expected");
      return FALSE;
    }
  thaw_job_return_pointer (job, root, (GDestroyNotify) json_node_unref);
  return TRUE;
}

static ThawFuture *
fetch_fiber (gpointer data)
{
  Fetch *self = data;
  GError *error = NULL;
  GBytes *body
      = thaw_await_pointer (thaw_http_send_for (self->http, self->scope, self->request, TRUE),
                            &error);

  if (!body)
    return thaw_future_new_rejected (error);
  return thaw_scope_compute (self->scope,
                             "parse JSON",
                             THAW_PRIORITY_DEFAULT,
                             parse_job,
                             body,
                             (GDestroyNotify) g_bytes_unref);
}

/**
 * thaw_http_get:
 * @self: a `ThawHttp`
 * @scope: what the request belongs to
 * @uri: an address
 *
 * Gets @uri into memory.
 *
 * - **Thread**, **Cancellation**: as [method@Thaw.Http.send].
 * - **Errors**: as there, and %THAW_HTTP_ERROR_STATUS for a status other than 2xx.
 *
 * Returns: (transfer full): a future that resolves to a `GBytes`
 */
ThawFuture *
thaw_http_get (ThawHttp *self, ThawScope *scope, const char *uri)
{
  g_autoptr (ThawRequest) request = thaw_request_new ("GET", uri);

  g_return_val_if_fail (self != NULL && scope != NULL, NULL);

  return thaw_http_send_for (self, scope, request, TRUE);
}

/**
 * thaw_http_send_json:
 * @self: a `ThawHttp`
 * @scope: what the request belongs to
 * @request: (transfer none): what to send
 *
 * Sends @request and reads the answer as JSON. The node is immutable.
 *
 * - **Thread**, **Cancellation**: as [method@Thaw.Http.send].
 * - **Errors**: as [method@Thaw.Http.get], and `JSON_PARSER_ERROR`.
 *
 * Returns: (transfer full): a future that resolves to a `JsonNode`
 */
ThawFuture *
thaw_http_send_json (ThawHttp *self, ThawScope *scope, ThawRequest *request)
{
  Fetch *fetch;

  g_return_val_if_fail (self != NULL && scope != NULL && request != NULL, NULL);

  if (!request->sent && !thaw_request_get_header (request, "Accept"))
    thaw_request_set_header (request, "Accept", "application/json");
  fetch = g_new (Fetch, 1);
  *fetch = (Fetch){ thaw_http_ref (self), thaw_scope_ref (scope), thaw_request_ref (request) };
  return thaw_scope_spawn (scope, "http json", fetch_fiber, fetch, fetch_free);
}

/**
 * thaw_http_get_json:
 * @self: a `ThawHttp`
 * @scope: what the request belongs to
 * @uri: an address
 *
 * Gets @uri as JSON: see [method@Thaw.Http.send_json].
 *
 * Returns: (transfer full): a future that resolves to a `JsonNode`
 */
ThawFuture *
thaw_http_get_json (ThawHttp *self, ThawScope *scope, const char *uri)
{
  g_autoptr (ThawRequest) request = thaw_request_new ("GET", uri);

  return thaw_http_send_json (self, scope, request);
}

static ThawFuture *
send_node (ThawHttp *self, ThawScope *scope, const char *method, const char *uri, JsonNode *json)
{
  g_autoptr (ThawRequest) request = thaw_request_new (method, uri);

  thaw_request_set_json (request, json);
  return thaw_http_send_json (self, scope, request);
}

/**
 * thaw_http_post_json:
 * @self: a `ThawHttp`
 * @scope: what the request belongs to
 * @uri: an address
 * @json: (transfer none): what to send
 *
 * Posts @json and reads the answer as JSON: see [method@Thaw.Http.send_json]. It isn't tried again.
 *
 * Returns: (transfer full): a future that resolves to a `JsonNode`
 */
ThawFuture *
thaw_http_post_json (ThawHttp *self, ThawScope *scope, const char *uri, JsonNode *json)
{
  return send_node (self, scope, "POST", uri, json);
}

/**
 * thaw_http_put_json:
 * @self: a `ThawHttp`
 * @scope: what the request belongs to
 * @uri: an address
 * @json: (transfer none): what to send
 *
 * Puts @json and reads the answer as JSON: see [method@Thaw.Http.send_json].
 *
 * Returns: (transfer full): a future that resolves to a `JsonNode`
 */
ThawFuture *
thaw_http_put_json (ThawHttp *self, ThawScope *scope, const char *uri, JsonNode *json)
{
  return send_node (self, scope, "PUT", uri, json);
}
