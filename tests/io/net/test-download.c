/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Downloads: a file has its name only when it is whole, from servers that break and lie; names that
 * are safe whatever a server says; nothing replaced; nothing left behind. What goes on where it was
 * broken off is in test-download-resume.c. */

#include "test-download-support.h"

#include "thaw-download-private.h"
#include "thaw-net-private.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static void
test_names (void)
{
  static const struct {
    const char *disposition, *uri, *name;
  } cases[] = {
    { NULL, "http://a/b/c.txt?d#e", "c.txt" },
    { NULL, "http://a/b%20c.txt", "b c.txt" },
    { NULL, "http://a/", "download" },
    { NULL, "http://a", "download" },
    { NULL, "http://a/..", "download" },
    { NULL, "http://a/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "passwd" },
    { NULL, "http://a/a%00b", "a%00b" },
    { NULL, "http://a/.bashrc", "_bashrc" },
    { NULL, "http://a/-rf", "_rf" },
    { NULL, "http://a/x%0Ay", "x_y" },
    { "attachment; filename=\"plain.txt\"", "http://a/other", "plain.txt" },
    { "attachment; filename=\"../../escape\"", NULL, "escape" },
    { "attachment; filename=\"/etc/passwd\"", NULL, "passwd" },
    { "attachment; filename=\"..\"", "http://a/x", "x" },
    { "attachment; filename=\".\"", NULL, "download" },
    { "attachment; filename=\"\"", "http://a/x", "x" },
    { "attachment; filename=\"..\\\\..\\\\evil.exe\"", NULL, "evil.exe" },
    { "attachment; filename=\"a\x1b[31m.txt\"", NULL, "a_[31m.txt" },
    { "attachment; filename=\".bashrc\"", NULL, "_bashrc" },
    { "attachment; filename=\"-o ProxyCommand\"", NULL, "_o ProxyCommand" },
    { "attachment; filename*=UTF-8''photo%E2%80%AEgpj.exe", NULL, "photo_gpj.exe" },
    { "attachment; filename*=UTF-8''a%2Fb%2Fc.txt", NULL, "c.txt" },
    { "attachment; filename=\"p.txt\"; filename*=UTF-8''..%2Fstar.txt", NULL, "star.txt" },
    { "attachment; filename*=UTF-8''%E4%BD%A0.txt", NULL, "\344\275\240.txt" },
    { "attachment; filename=\"caf\351.txt\"", NULL, "caf\303\251.txt" },
    { "attachment; filename=\"trailing. . \"", NULL, "trailing" },
    { "nonsense", "http://a/x", "x" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = thaw_download_make_name (cases[i].disposition, cases[i].uri);

      g_test_message ("%s %s: %s", cases[i].disposition, cases[i].uri, name);
      g_assert_cmpstr (name, ==, cases[i].name);
    }
}

static gboolean
is_safe (const char *name)
{
  if (name[0] == '\0' || name[0] == '.' || name[0] == '-' || strlen (name) > 255
      || !g_utf8_validate (name, -1, NULL) || strpbrk (name, "/\\"))
    return FALSE;
  for (const char *p = name; *p; p = g_utf8_next_char (p))
    if (g_unichar_iscntrl (g_utf8_get_char (p))
        || g_unichar_type (g_utf8_get_char (p)) == G_UNICODE_FORMAT)
      return FALSE;
  return TRUE;
}

static void
test_random_names (void)
{
  guint32 seed = (guint32) g_test_rand_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  static const char *const pieces[]
      = { "/", "\\",           ".",    "..",   "-",    "\n",  "\x7f", "\342\200\256", " ",
          "a", "\344\275\240", "\xff", "\x80", ".tar", ".gz", "~" };

  g_test_message ("seed %u", seed);
  for (guint i = 0; i < 5000; i++)
    {
      g_autoptr (GString) raw = g_string_new (NULL);
      guint n = (guint) g_rand_int_range (rand, 0, i % 50 == 0 ? 600 : 12);
      g_autofree char *name = NULL, *numbered = NULL;

      for (guint j = 0; j < n; j++)
        g_string_append (raw, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
      name = thaw_download_sanitise (raw->str);
      if (!name)
        continue;
      numbered = thaw_download_number_name (name, 9999);
      if (!is_safe (name) || !is_safe (numbered))
        g_error ("seed %u: %s became %s, %s", seed, raw->str, name, numbered);
    }
}

static void
test_numbered_names (void)
{
  static const char *const cases[][2] = { { "a.txt", "a (2).txt" },
                                          { "a", "a (2)" },
                                          { "a.tar.gz", "a (2).tar.gz" },
                                          { "a.b.c", "a.b (2).c" } };
  g_autofree char *lengthy = g_strnfill (255, 'n'), *numbered = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = thaw_download_number_name (cases[i][0], 2);

      g_assert_cmpstr (name, ==, cases[i][1]);
    }
  numbered = thaw_download_number_name (lengthy, 2);
  g_assert_cmpuint (strlen (numbered), ==, 255);
  g_assert_true (g_str_has_suffix (numbered, "n (2)"));
}

static void
test_ranges (void)
{
  static const struct {
    const char *text;
    gboolean good;
  } cases[] = { { "bytes 0-9/10", TRUE },
                { "bytes 5-9/10", TRUE },
                { "bytes 5-10/10", FALSE },
                { "bytes 9-5/10", FALSE },
                { "bytes 5-9/*", FALSE },
                { "bytes */10", FALSE },
                { "bytes -5-9/10", FALSE },
                { "bytes 5-9/10x", FALSE },
                { "items 5-9/10", FALSE },
                { "bytes 5-9", FALSE },
                { "bytes 5 -9/10", FALSE },
                { "", FALSE },
                { NULL, FALSE },
                { "bytes 0-18446744073709551615/18446744073709551616", FALSE } };
  ThawContentRange range;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (thaw_content_range_parse (cases[i].text, &range), ==, cases[i].good);
  g_assert_true (thaw_content_range_parse ("bytes 5-8/10", &range));
  g_assert_cmpuint (range.first, ==, 5);
  g_assert_cmpuint (range.last, ==, 8);
  g_assert_cmpuint (range.total, ==, 10);

  g_assert_true (thaw_etag_is_strong ("\"a\""));
  g_assert_false (thaw_etag_is_strong ("W/\"a\""));
  g_assert_false (thaw_etag_is_strong ("a"));
  g_assert_false (thaw_etag_is_strong ("\"\""));
  g_assert_false (thaw_etag_is_strong (NULL));
}

/* What must come whole, also after a break. */
static void
test_whole (DownloadFixture *self, gconstpointer data)
{
  static const char *const paths[]
      = { "/file/", "/no-length/", "/chunked/", "/gzip/",          "/norange/",
          "/drop/", "/badrange/",  "/416/",     "/range-shifted/", "/slow-then-ok/" };
  static const gsize sizes[] = { 0, 1, 300000 };

  if (!self->uri)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (sizes); j++)
      {
        g_autofree char *path = g_strdup_printf ("%s%zu?s=0&k=w", paths[i], sizes[j]);
        g_autofree char *file = download_finish (download_start (self, path, NULL));
        gsize n;
        g_autofree char *got = download_sum_of_file (file, &n),
                        *want = download_sum_of_server (self, sizes[j]);

        g_assert_cmpuint (n, ==, sizes[j]);
        g_assert_cmpstr (got, ==, want);
        download_remove_files (self);
      }
}

/* What must not become a file. */
static void
test_broken (DownloadFixture *self, gconstpointer data)
{
  static const struct {
    const char *path;
    int code;
  } cases[] = { { "/chunked-cut/100000", THAW_HTTP_ERROR_INCOMPLETE },
                { "/chunked-bad", THAW_HTTP_ERROR_BAD_RESPONSE },
                { "/length-long/100000", THAW_HTTP_ERROR_INCOMPLETE },
                { "/gzip-bad/100000", THAW_HTTP_ERROR_INCOMPLETE },
                { "/stall/100000", THAW_HTTP_ERROR_STALLED },
                { "/status/404", THAW_HTTP_ERROR_STATUS },
                { "/status/500", THAW_HTTP_ERROR_STATUS },
                { "/length-twice", THAW_HTTP_ERROR_BAD_RESPONSE } };

  if (!self->uri)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].path);
      net_assert_error (download_start (self, cases[i].path, NULL), THAW_HTTP_ERROR, cases[i].code);
      net_assert_idle (self->http);
      g_assert_cmpuint (download_count_files (self), ==, 0);
    }
}

static void
test_dropped_for_good (DownloadFixture *self, gconstpointer data)
{
  g_autoptr (ThawFuture) future = NULL;

  if (!self->uri)
    return;
  future = download_start (self, "/drop-always/3000", NULL);
  g_assert_true (net_wait (future));
  g_assert_nonnull (thaw_future_get_error (future));
  net_assert_idle (self->http);
  g_assert_cmpuint (download_count_files (self), ==, 0);
}

static void
block_network (gpointer pipe)
{
  char byte;

  g_assert_cmpint (read (*(int *) pipe, &byte, 1), ==, 1);
}

static gboolean
release_network (gpointer pipe)
{
  g_assert_cmpint (write (((int *) pipe)[1], "x", 1), ==, 1);
  return G_SOURCE_REMOVE;
}

/* What is still on its way to the network thread counts as left, although no job of it is there to
 * be counted: who is told that nothing is left finds nothing. */
static void
test_put_away (DownloadFixture *self, gconstpointer data)
{
  ThawPartFile *part = thaw_part_file_new (self->folder);
  g_autoptr (ThawFuture) opened = thaw_lane_run (part->lane,
                                                 self->scope,
                                                 "open",
                                                 THAW_PRIORITY_DEFAULT,
                                                 -1,
                                                 thaw_part_file_open_lane,
                                                 part,
                                                 NULL);
  int pipe_fds[2];

  g_assert_true (net_wait (opened));
  g_assert_null (thaw_future_get_error (opened));
  g_assert_cmpuint (download_count_hidden (self), ==, 1);
  g_assert_cmpint (pipe (pipe_fds), ==, 0);
  thaw_net_post (block_network, pipe_fds);
  thaw_part_file_unref (part);
  g_timeout_add (20, release_network, pipe_fds);
  net_assert_idle (self->http);
  g_assert_cmpuint (download_count_files (self), ==, 0);
  close (pipe_fds[0]);
  close (pipe_fds[1]);
}

static void
test_limits (DownloadFixture *self, gconstpointer data)
{
  static const char *const paths[]
      = { "/endless", "/gzip-bomb", "/file/3000001", "/chunked/3000001" };
  ThawDownloadOptions options = { .max_bytes = 3000000 };

  if (!self->uri)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autofree char *uri = g_strconcat (self->uri, paths[i], NULL);
      g_autoptr (ThawRequest) request = thaw_request_new ("GET", uri);

      thaw_request_set_timeouts (request, 0, 10 * G_USEC_PER_SEC, 0);
      net_assert_error (
          thaw_download_request (self->http, self->scope, request, self->folder, &options),
          THAW_HTTP_ERROR,
          THAW_HTTP_ERROR_TOO_LARGE);
      net_assert_idle (self->http);
      g_assert_cmpuint (download_count_files (self), ==, 0);
    }
  g_free (download_finish (download_start (self, "/file/3000000", &options)));
}

static void
test_server_names (DownloadFixture *self, gconstpointer data)
{
  static const char *const kinds[]
      = { "traversal", "absolute", "dotdot", "empty",   "long",   "nul",   "newline",
          "backslash", "control",  "rtl",    "dotfile", "device", "slash", "both" };

  if (!self->uri)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *path = g_strconcat ("/cd/", kinds[i], NULL);
      g_autofree char *file = download_finish (download_start (self, path, NULL)), *folder = NULL,
                      *name = NULL;

      folder = g_path_get_dirname (file);
      name = g_path_get_basename (file);
      g_test_message ("%s: %s", kinds[i], name);
      g_assert_cmpstr (folder, ==, self->path);
      g_assert_true (is_safe (name));
      g_assert_true (g_file_test (file, G_FILE_TEST_IS_REGULAR));
    }
  /* The folder itself is made by the kit's other tests, which may run meanwhile. */
  g_assert_false (g_file_test ("/tmp/faultkit-abs/evil", G_FILE_TEST_EXISTS));
  g_assert_cmpuint (download_count_files (self), ==, G_N_ELEMENTS (kinds));
}

static void
test_keep_both (DownloadFixture *self, gconstpointer data)
{
  ThawDownloadOptions options = { .name = "a.tar.gz" };

  if (!self->uri)
    return;
  for (guint i = 1; i <= 3; i++)
    {
      g_autofree char *file = download_finish (download_start (self, "/file/10", &options));
      g_autofree char *name = g_path_get_basename (file);

      g_assert_cmpstr (name, ==, i == 1 ? "a.tar.gz" : i == 2 ? "a (2).tar.gz" : "a (3).tar.gz");
    }
}

static void
test_replace (DownloadFixture *self, gconstpointer data)
{
  ThawDownloadOptions options = { .name = "f", .replace = TRUE };
  g_autofree char *path = g_build_filename (self->path, "f", NULL), *file = NULL;
  struct stat info;

  if (!self->uri)
    return;
  g_assert_true (g_file_set_contents (path, "old", 3, NULL));
  net_assert_error (download_start (self, "/length-long/1000", &options),
                    THAW_HTTP_ERROR,
                    THAW_HTTP_ERROR_INCOMPLETE);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_size, ==, 3);
  file = download_finish (download_start (self, "/file/1000", &options));
  g_assert_cmpstr (file, ==, path);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_size, ==, 1000);
  g_assert_cmpuint (download_count_files (self), ==, 1);
}

static void
test_bad_targets (DownloadFixture *self, gconstpointer data)
{
  g_autoptr (GFile) missing = g_file_get_child (self->folder, "none");
  g_autoptr (GFile) remote = g_file_new_for_uri ("sftp://nowhere.invalid/x");
  g_autofree char *uri = NULL;
  ThawDownloadOptions options = { .name = ".." };

  if (!self->uri)
    return;
  uri = g_strconcat (self->uri, "/file/10", NULL);
  net_assert_error (thaw_download (self->http, self->scope, uri, missing, NULL),
                    G_IO_ERROR,
                    G_IO_ERROR_NOT_FOUND);
  net_assert_error (thaw_download (self->http, self->scope, uri, remote, NULL),
                    G_IO_ERROR,
                    G_IO_ERROR_NOT_SUPPORTED);
  net_assert_error (download_start (self, "/file/10", &options),
                    G_IO_ERROR,
                    G_IO_ERROR_INVALID_FILENAME);
}

static void
check_thousand (DownloadFixture *self, GPtrArray *futures)
{
  for (guint i = 0; i < futures->len; i++)
    {
      g_autofree char *file = download_finish (thaw_future_ref (futures->pdata[i]));
      struct stat info;

      g_assert_cmpint (g_stat (file, &info), ==, 0);
      g_assert_cmpint (info.st_size, ==, i + 1);
    }
}

static void
test_thousand (DownloadFixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) futures
      = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_future_unref);
  ThawHttpStats stats;

  if (!self->uri)
    return;
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *path = g_strdup_printf ("/many/%u", i);

      g_ptr_array_add (futures, download_start (self, path, NULL));
    }
  check_thousand (self, futures);
  thaw_http_get_stats (self->http, &stats);
  g_assert_cmpuint (stats.max_in_flight, ==, THAW_HTTP_PER_HOST);
  g_assert_cmpuint (download_count_files (self), ==, 1000);
}

static void
on_progress (gpointer message, gpointer user_data)
{
  *(gint64 *) user_data = ((ThawHttpProgress *) message)->received_bytes;
  g_free (message);
}

static void
test_progress (DownloadFixture *self, gconstpointer data)
{
  gint64 last = 0;
  g_autoptr (ThawMailbox) mailbox
      = thaw_mailbox_new ("progress", NULL, NULL, 1, on_progress, &last, g_free);
  ThawDownloadOptions options = { .progress = mailbox };

  if (!self->uri)
    return;
  g_free (download_finish (download_start (self, "/file/5000000", &options)));
  net_assert_soon (last == 5000000);
  thaw_mailbox_close (mailbox);
}

/* At moments that nobody chose: either there is a whole file or there is nothing. */
static void
test_cancel (DownloadFixture *self, gconstpointer data)
{
  static const char *const paths[]
      = { "/file/2000000", "/drip/5000?ms=1", "/stall/100000", "/drop/400000?k=c", "/file/10" };
  guint32 seed = (guint32) g_test_rand_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  if (!self->uri)
    return;
  g_test_message ("seed %u", seed);
  for (guint i = 0; i < 120; i++)
    {
      const char *path = paths[g_rand_int_range (rand, 0, G_N_ELEMENTS (paths))];
      g_autoptr (ThawScope) scope = thaw_scope_new ("cancelled", self->scope);
      g_autofree char *uri = g_strconcat (self->uri, path, NULL);
      g_autoptr (ThawFuture) future = thaw_download (self->http, scope, uri, self->folder, NULL);
      gint64 end_usec = g_get_monotonic_time () + g_rand_int_range (rand, 0, 12000);

      while (g_get_monotonic_time () < end_usec)
        g_main_context_iteration (NULL, FALSE);
      if (g_rand_boolean (rand))
        thaw_scope_cancel (scope);
      else
        thaw_future_cancel (future);
    }
  net_assert_idle (self->http);
  g_assert_cmpuint (download_count_hidden (self), ==, 0);
}

static void
test_cancelled_before (DownloadFixture *self, gconstpointer data)
{
  if (!self->uri)
    return;
  thaw_scope_cancel (self->scope);
  net_assert_error (download_start (self, "/file/10", NULL), G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (download_count_files (self), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/download/names", test_names);
  g_test_add_func ("/download/random-names", test_random_names);
  g_test_add_func ("/download/numbered-names", test_numbered_names);
  g_test_add_func ("/download/ranges", test_ranges);
  DOWNLOAD_ADD ("whole", test_whole);
  DOWNLOAD_ADD ("broken", test_broken);
  DOWNLOAD_ADD ("dropped-for-good", test_dropped_for_good);
  DOWNLOAD_ADD ("put-away", test_put_away);
  DOWNLOAD_ADD ("limits", test_limits);
  DOWNLOAD_ADD ("server-names", test_server_names);
  DOWNLOAD_ADD ("keep-both", test_keep_both);
  DOWNLOAD_ADD ("replace", test_replace);
  DOWNLOAD_ADD ("bad-targets", test_bad_targets);
  DOWNLOAD_ADD ("thousand", test_thousand);
  DOWNLOAD_ADD ("progress", test_progress);
  DOWNLOAD_ADD ("cancel", test_cancel);
  DOWNLOAD_ADD ("cancelled-before", test_cancelled_before);
  return g_test_run ();
}
