/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One address: asked for, read and written, and asked for again where the connection breaks, as
 * long as that brings something. On the operation's thread, which waits for the network and for the
 * disk. While it is paused nothing is read, so the server has to wait; after a longer pause the
 * connection is given up, if the rest can be asked for. */

#include "thaw-fetch-private.h"

#include "thaw-download.h"

#define MAX_TRIES 100
#define MAX_PAUSE_USEC (5 * G_USEC_PER_SEC)

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

/* FALSE without an error: the pause was so long that the connection isn't trusted any more. */
static gboolean
stay_connected (ThawFetch *self, GError **error)
{
  gint64 before = g_get_monotonic_time ();

  if (!thaw_run_check (self->run, error))
    return FALSE;
  return self->etag == NULL || self->offset == 0
         || g_get_monotonic_time () - before < MAX_PAUSE_USEC;
}

static gboolean
read_body (ThawFetch *self, ThawResponse *response, GError **error)
{
  for (;;)
    {
      g_autoptr (GError) local = NULL;
      g_autoptr (GBytes) chunk = NULL;

      if (!stay_connected (self, &local))
        {
          self->is_broken = local == NULL;
          if (local == NULL)
            g_set_error_literal (&local, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED, "It was paused");
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      chunk = thaw_caller_read (self->caller, response, &local);
      if (local != NULL)
        {
          self->is_broken = thaw_caller_may_retry (local);
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      if (chunk == NULL)
        return check_length (self, 0, error);
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

static gboolean
work (ThawFetch *self, GError **error)
{
  thaw_run_set_current (self->run, self->uri);
  if (!thaw_fetch_is_address (self->uri, error) || !thaw_part_open (self, error)
      || !fetch (self, error))
    return FALSE;
  return self->is_left_out
         || (thaw_part_check (self, get_sha256 (self), error) && thaw_fetch_place (self, error));
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
  g_clear_pointer (&self->hidden, g_free);
  g_clear_pointer (&self->etag, g_free);
  g_clear_pointer (&self->name, g_free);
  return goes_on;
}
