/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of downloads have in common. */

#include "test-download-support.h"

#include <glib/gstdio.h>

#define CONNECT_USEC (10 * G_USEC_PER_SEC)
#define STALL_USEC (G_USEC_PER_SEC / 2)

void
download_set_up (DownloadFixture *self, gconstpointer data)
{
  self->uri = hostile_get_uri ();
  self->http = thaw_http_new ();
  thaw_http_set_retries (self->http, 1, 1000);
  thaw_http_set_timeouts (self->http, CONNECT_USEC, STALL_USEC, -1);
  self->scope = thaw_scope_new ("test", NULL);
  self->path = g_dir_make_tmp ("thaw-download-XXXXXX", NULL);
  self->folder = g_file_new_for_path (self->path);
}

guint
download_count_prefix (DownloadFixture *self, const char *prefix)
{
  g_autoptr (GDir) dir = g_dir_open (self->path, 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    n += g_str_has_prefix (name, prefix);
  return n;
}

void
download_remove_files (DownloadFixture *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->path, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->path, name, NULL);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
}

void
download_tear_down (DownloadFixture *self, gconstpointer data)
{
  thaw_scope_cancel (self->scope);
  net_assert_idle (self->http);
  thaw_scope_unref (self->scope);
  thaw_http_unref (self->http);
  download_remove_files (self);
  g_assert_cmpint (g_rmdir (self->path), ==, 0);
  g_free (self->path);
  g_object_unref (self->folder);
  net_assert_soon (net_count_sockets () == 0);
}

ThawFuture *
download_start (DownloadFixture *self, const char *path, const ThawDownloadOptions *options)
{
  g_autofree char *uri = g_strconcat (self->uri, path, NULL);

  return thaw_download (self->http, self->scope, uri, self->folder, options);
}

char *
download_finish (ThawFuture *future)
{
  g_autoptr (ThawFuture) own = future;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = NULL;

  g_assert_true (net_wait (own));
  file = thaw_future_take_pointer (own, &error);
  g_assert_no_error (error);
  return g_file_get_path (file);
}

char *
download_sum_of_file (const char *path, gsize *n)
{
  g_autofree char *content = NULL;

  g_assert_true (g_file_get_contents (path, &content, n, NULL));
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guchar *) content, *n);
}

char *
download_sum_of_server (DownloadFixture *self, gsize n)
{
  g_autofree char *uri = g_strdup_printf ("%s/sha/%zu", self->uri, n);
  g_autoptr (ThawFuture) future = NULL;
  GBytes *bytes;

  /* The server looks at all bytes before it says a word. */
  thaw_http_set_timeouts (self->http, CONNECT_USEC, -1, -1);
  future = thaw_http_get (self->http, self->scope, uri);
  g_assert_true (net_wait (future));
  thaw_http_set_timeouts (self->http, CONNECT_USEC, STALL_USEC, -1);
  g_assert_no_error (thaw_future_get_error (future));
  bytes = thaw_future_get_pointer (future, NULL);
  return g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}
