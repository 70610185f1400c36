/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One address: asked for, read and written, and asked for again where the connection breaks, as
 * long as that brings something. In a fiber of its own on the operation's thread. While that is
 * paused nothing is read, so the server has to wait; after a longer pause the connection is given
 * up, if the rest can be asked for. */

#include "thaw-fetch-private.h"

#include "thaw-download.h"

#define MAX_TRIES 100

gboolean
thaw_fetch_check (gpointer run, GError **error)
{
  return thaw_run_check (run, error);
}

static gboolean
check_length (ThawFetch *self, gsize n_more, GError **error)
{
  guint64 length = self->offset + n_more;

  if (self->total < 0
      || (n_more > 0 ? length <= (guint64) self->total : length == (guint64) self->total))
    return TRUE;
  self->is_broken = n_more == 0;
  g_set_error_literal (error,
                       THAW_HTTP_ERROR,
                       THAW_HTTP_ERROR_INCOMPLETE,
                       "The file has another length than was stated");
  return FALSE;
}

static gboolean
is_worth_trusting (ThawFetch *self)
{
  return self->etag == NULL || self->offset == 0
         || self->n_pauses == thaw_caller_get_n_pauses (self->caller);
}

static GBytes *
read_chunk (ThawFetch *self, ThawResponse *response, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GBytes) chunk = NULL;

  if (!thaw_run_check (self->run, error))
    return NULL;
  if (is_worth_trusting (self))
    chunk = thaw_caller_read (self->caller, response, &local);
  else
    g_set_error_literal (&local, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "It was paused");
  if (local == NULL)
    return g_steal_pointer (&chunk);
  self->is_broken = thaw_caller_may_retry (local);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

static gboolean
read_body (ThawFetch *self, ThawResponse *response, GError **error)
{
  for (;;)
    {
      g_autoptr (GError) local = NULL;
      g_autoptr (GBytes) chunk = read_chunk (self, response, &local);

      if (local != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      if (chunk == NULL)
        return check_length (self, 0, error) && thaw_fetch_check_end (self, response, error);
      if (!check_length (self, g_bytes_get_size (chunk), error)
          || !thaw_part_write (self, chunk, error))
        return FALSE;
    }
}

/* What can't be sent was tried again already. */
static gboolean
try_once (ThawFetch *self, GError **error)
{
  g_autoptr (ThawRequest) request = thaw_fetch_make_request (self, "GET");
  g_autoptr (ThawResponse) response = NULL;

  self->is_broken = FALSE;
  self->n_pauses = thaw_caller_get_n_pauses (self->caller);
  response = thaw_caller_send (self->caller, request, error);
  return response != NULL && thaw_fetch_accept (self, response, error)
         && (self->is_left_out || read_body (self, response, error));
}

/* In vain is a try after which there isn't more than before. */
static gboolean
fetch (ThawFetch *self, GError **error)
{
  guint n_in_vain = 0;

  for (guint n = 0; n < MAX_TRIES; n++)
    {
      guint64 before = self->offset;
      g_autoptr (GError) failure = NULL;

      if (try_once (self, &failure))
        return TRUE;
      n_in_vain = self->offset > before && before > 0 ? 0 : n_in_vain + 1;
      if (!self->is_broken || n_in_vain >= THAW_DOWNLOAD_TRIES || n + 1 == MAX_TRIES)
        {
          g_propagate_error (error, g_steal_pointer (&failure));
          return FALSE;
        }
      if (!thaw_caller_pause (self->caller, n_in_vain, error))
        return FALSE;
    }
  return FALSE;
}

static const char *
get_sha256 (ThawFetch *self)
{
  GVariant *option = thaw_operation_request_get_option (thaw_run_get_request (self->run),
                                                        "sha256",
                                                        G_VARIANT_TYPE_STRING);

  return option != NULL ? g_variant_get_string (option, NULL) : NULL;
}

/* The file is kept: most that come so are whole. But it is said. */
static void
tell_unproven (ThawFetch *self)
{
  g_autofree char *path = thaw_place_dup_child_path (self->target, self->name);

  thaw_run_add_notice (self->run,
                       path,
                       "Nothing tells whether this is all of the file: the server said neither its "
                       "length nor a checksum");
}

static gboolean
work (ThawFetch *self, GError **error)
{
  const char *sha256 = get_sha256 (self);

  thaw_run_set_current (self->run, self->uri);
  if (!thaw_fetch_is_address (self->uri, error) || !thaw_part_open (self, error)
      || !fetch (self, error))
    return FALSE;
  if (self->is_left_out)
    return TRUE;
  if (!thaw_part_check (self, sha256, error) || !thaw_fetch_place (self, error))
    return FALSE;
  if (self->is_unproven && sha256 == NULL && self->digest.sum == NULL && !self->is_left_out)
    tell_unproven (self);
  return TRUE;
}

gboolean
thaw_fetch_run (ThawFetch *self, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean goes_on = TRUE;

  self->fd = -1;
  self->total = -1;
  self->hidden = thaw_token_dup_name (thaw_run_get_token (self->run), self->number);
  if (work (self, &local))
    thaw_run_add_done (self->run, 0, 1);
  else if (!self->is_told || thaw_kind_is_cancelled (local))
    goes_on = thaw_kind_problem (self->run, self->uri, g_steal_pointer (&local), error);
  /* Once it has been placed there is nothing of that name any more. */
  thaw_part_close (self, TRUE);
  thaw_fetch_clear (self);
  return goes_on;
}

void
thaw_fetch_clear (ThawFetch *self)
{
  g_clear_pointer (&self->hidden, g_free);
  g_clear_pointer (&self->etag, g_free);
  g_clear_pointer (&self->name, g_free);
  thaw_digest_clear (&self->digest);
}
