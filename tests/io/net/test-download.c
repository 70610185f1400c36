/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Downloads: a file has its name only when it is whole, from servers that break, lie and change
 * what they serve; names that are safe whatever a server says; nothing replaced; nothing left
 * behind. */

#include "test-net-support.h"

#include "thaw-download-private.h"
#include "thaw-net-private.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONNECT_USEC (10 * G_USEC_PER_SEC)
#define STALL_USEC (G_USEC_PER_SEC / 2)

typedef struct {
  const char *uri; /* of the hostile server */
  ThawHttp *http;
  ThawScope *scope;
  char *path;
  GFile *folder;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->uri = hostile_get_uri ();
  self->http = thaw_http_new ();
  thaw_http_set_retries (self->http, 1, 1000);
  thaw_http_set_timeouts (self->http, CONNECT_USEC, STALL_USEC, -1);
  self->scope = thaw_scope_new ("test", NULL);
  self->path = g_dir_make_tmp ("thaw-download-XXXXXX", NULL);
  self->folder = g_file_new_for_path (self->path);
}

/* How many files there are whose names begin so. */
static guint
count_prefix (Fixture *self, const char *prefix)
{
  g_autoptr (GDir) dir = g_dir_open (self->path, 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    n += g_str_has_prefix (name, prefix);
  return n;
}

#define count_files(self) count_prefix (self, "")
#define count_hidden(self) count_prefix (self, ".")

static void
remove_files (Fixture *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->path, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->path, name, NULL);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  thaw_scope_cancel (self->scope);
  net_assert_idle (self->http);
  thaw_scope_unref (self->scope);
  thaw_http_unref (self->http);
  remove_files (self);
  g_assert_cmpint (g_rmdir (self->path), ==, 0);
  g_free (self->path);
  g_object_unref (self->folder);
  net_assert_soon (net_count_sockets () == 0);
}

static ThawFuture *
start (Fixture *self, const char *path, const ThawDownloadOptions *options)
{
  g_autofree char *uri = g_strconcat (self->uri, path, NULL);

  return thaw_download (self->http, self->scope, uri, self->folder, options);
}

static char *
finish (ThawFuture *future)
{
  g_autoptr (ThawFuture) own = future;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = NULL;

  g_assert_true (net_wait (own));
  file = thaw_future_take_pointer (own, &error);
  g_assert_no_error (error);
  return g_file_get_path (file);
}

static char *
sum_of_file (const char *path, gsize *n)
{
  g_autofree char *content = NULL;

  g_assert_true (g_file_get_contents (path, &content, n, NULL));
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guchar *) content, *n);
}

static char *
sum_of_server (Fixture *self, gsize n)
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
test_whole (Fixture *self, gconstpointer data)
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
        g_autofree char *file = finish (start (self, path, NULL));
        gsize n;
        g_autofree char *got = sum_of_file (file, &n), *want = sum_of_server (self, sizes[j]);

        g_assert_cmpuint (n, ==, sizes[j]);
        g_assert_cmpstr (got, ==, want);
        remove_files (self);
      }
}

/* What must not become a file. */
static void
test_broken (Fixture *self, gconstpointer data)
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
      net_assert_error (start (self, cases[i].path, NULL), THAW_HTTP_ERROR, cases[i].code);
      net_assert_idle (self->http);
      g_assert_cmpuint (count_files (self), ==, 0);
    }
}

static void
test_dropped_for_good (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawFuture) future = NULL;

  if (!self->uri)
    return;
  future = start (self, "/drop-always/3000", NULL);
  g_assert_true (net_wait (future));
  g_assert_nonnull (thaw_future_get_error (future));
  net_assert_idle (self->http);
  g_assert_cmpuint (count_files (self), ==, 0);
}

static guint
count_in_log (Fixture *self, const char *what)
{
  g_autofree char *uri = g_strconcat (self->uri, "/log", NULL), *text = NULL;
  g_autoptr (ThawFuture) future = thaw_http_get (self->http, self->scope, uri);
  GBytes *bytes;
  guint n = 0;

  g_assert_true (net_wait (future));
  bytes = thaw_future_get_pointer (future, NULL);
  text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  for (const char *p = text; (p = strstr (p, what)) != NULL; p++)
    n++;
  return n;
}

/* It does resume: the rest is asked for, with the validator, not the whole again. */
static void
test_resume (Fixture *self, gconstpointer data)
{
  g_autofree char *file = NULL, *got = NULL, *want = NULL;
  gsize n;

  if (!self->uri)
    return;
  file = finish (start (self, "/drop/2000000?k=resume", NULL));
  got = sum_of_file (file, &n);
  want = sum_of_server (self, 2000000);
  g_assert_cmpstr (got, ==, want);
  g_assert_cmpuint (count_in_log (self, "/drop/2000000?k=resume"), ==, 2);
  g_assert_cmpuint (
      count_in_log (self, "\"/drop/2000000?k=resume\", \"range\": \"bytes=1000000-\""),
      ==,
      1);
  g_assert_cmpuint (count_in_log (self, "\"if_range\": \"\\\"2000000-0\\\"\""), ==, 1);
}

/* What block @i of a version holds: see the server's source. */
static char *
block_sum (guint version, guint i)
{
  g_autofree char *text = g_strdup_printf ("%u/%u", version, i);

  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

static gboolean
is_of_version (const guint8 *block, guint version, guint i)
{
  g_autofree char *sum = block_sum (version, i);

  for (guint b = 0; b < 32; b++)
    if (g_ascii_xdigit_value (sum[2 * b]) * 16 + g_ascii_xdigit_value (sum[2 * b + 1]) != block[b])
      return FALSE;
  return TRUE;
}

/* The first half is of version 1; by the time of the second request the server has another. */
static void
test_changed_meanwhile (Fixture *self, gconstpointer data)
{
  g_autofree char *file = NULL, *content = NULL;
  guint version = 0;
  gsize n;

  if (!self->uri)
    return;
  file = finish (start (self, "/etag-changes/200000", NULL));
  g_assert_true (g_file_get_contents (file, &content, &n, NULL));
  g_assert_cmpuint (n, ==, 200000);
  while (version < 50 && !is_of_version ((guint8 *) content, version, 0))
    version++;
  g_assert_cmpuint (version, >=, 2);
  for (guint i = 0; i < 200000 / 4096; i++)
    g_assert_true (is_of_version ((guint8 *) content + i * 4096, version, i));
}

/* The server lies about what its tag means: only a checksum can tell, and does. */
static void
test_lying_validator (Fixture *self, gconstpointer data)
{
  g_autofree char *sum = NULL;
  ThawDownloadOptions options = { 0 };

  if (!self->uri)
    return;
  sum = sum_of_server (self, 200000);
  options.sha256 = sum;
  net_assert_error (start (self, "/etag-lies/200000", &options),
                    THAW_HTTP_ERROR,
                    THAW_HTTP_ERROR_BAD_DIGEST);
  net_assert_idle (self->http);
  g_assert_cmpuint (count_files (self), ==, 0);
  g_free (finish (start (self, "/file/200000", &options)));
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
test_put_away (Fixture *self, gconstpointer data)
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
  g_assert_cmpuint (count_hidden (self), ==, 1);
  g_assert_cmpint (pipe (pipe_fds), ==, 0);
  thaw_net_post (block_network, pipe_fds);
  thaw_part_file_unref (part);
  g_timeout_add (20, release_network, pipe_fds);
  net_assert_idle (self->http);
  g_assert_cmpuint (count_files (self), ==, 0);
  close (pipe_fds[0]);
  close (pipe_fds[1]);
}

/* What a process that died has left: a part, and the record of what it is the beginning of. NULL
 * stands for what would be right. */
typedef struct {
  const char *what, *path;
  gsize size;
  const char *etag, *era;
  gint64 total;
  gint64 asked; /* the first byte that is asked for, or -1: all of it */
} Kept;

static char *
kept_path (Fixture *self, const char *uri, const char *suffix)
{
  g_autofree char *key = thaw_part_record_make_key (uri, "kept");
  g_autofree char *name = g_strdup_printf (".~%.16s%s", key, suffix);

  return g_build_filename (self->path, name, NULL);
}

static void
leave (Fixture *self, const Kept *kept, const char *uri, const char *content)
{
  g_autofree char *part = kept_path (self, uri, ".part"), *from = kept_path (self, uri, ".from");
  g_autofree char *key = thaw_part_record_make_key (uri, "kept"), *era = NULL, *record = NULL;
  g_autofd int fd = open (self->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  era = kept->era ? g_strdup (kept->era) : thaw_part_record_get_era (fd);
  g_assert_nonnull (era);
  record = g_strdup_printf ("thaw-part 1\n%s\n%s\n%s\n%" G_GINT64_FORMAT "\n",
                            era,
                            key,
                            kept->etag ? kept->etag : "\"200000-0\"",
                            kept->total);
  g_assert_true (g_file_set_contents (part, content, (gssize) kept->size, NULL));
  g_assert_true (g_file_set_contents (from, record, -1, NULL));
}

static char *
read_whole (Fixture *self, const char *path, gsize n)
{
  g_autofree char *uri = g_strdup_printf ("%s%s", self->uri, path);
  g_autoptr (ThawFuture) future = thaw_http_get (self->http, self->scope, uri);
  GBytes *bytes;

  g_assert_true (net_wait (future));
  bytes = thaw_future_get_pointer (future, NULL);
  g_assert_cmpuint (g_bytes_get_size (bytes), ==, n);
  return g_memdup2 (g_bytes_get_data (bytes, NULL), n);
}

static guint
count_ranges (Fixture *self, const char *path, gint64 first)
{
  g_autofree char *what
      = first < 0
            ? g_strdup_printf ("\"%s\", \"range\": \"bytes", path)
            : g_strdup_printf ("\"%s\", \"range\": \"bytes=%" G_GINT64_FORMAT "-\"", path, first);

  return count_in_log (self, what);
}

static void
check_kept (Fixture *self, const Kept *kept, guint i, const char *content)
{
  g_autofree char *path = g_strdup_printf ("%s?kept=%u", kept->path, i);
  g_autofree char *uri = g_strconcat (self->uri, path, NULL), *file = NULL, *got = NULL;
  ThawDownloadOptions options = { .name = "kept", .replace = TRUE, .resume = TRUE };
  gsize n;

  g_test_message ("%s", kept->what);
  leave (self, kept, uri, content);
  file = finish (start (self, path, &options));
  g_assert_true (g_file_get_contents (file, &got, &n, NULL));
  g_assert_cmpmem (got, n, content, 200000);
  net_assert_idle (self->http);
  g_assert_cmpuint (count_files (self), ==, 1);
  g_assert_cmpuint (count_ranges (self, path, kept->asked), ==, kept->asked < 0 ? 0 : 1);
}

static void
test_kept (Fixture *self, gconstpointer data)
{
  static const Kept cases[] = {
    { "a half", "/file/200000", 100000, NULL, NULL, 200000, 100000 },
    { "of unknown length", "/file/200000", 100000, NULL, NULL, -1, 100000 },
    { "all but its name", "/file/200000", 200000, NULL, NULL, 200000, 199999 },
    { "one byte", "/file/200000", 1, NULL, NULL, 200000, 1 },
    { "nothing", "/file/200000", 0, NULL, NULL, 200000, -1 },
    { "more than all", "/file/200000", 200000, NULL, NULL, 150000, -1 },
    { "another version", "/file/200000", 100000, "\"200000-9\"", NULL, 200000, 100000 },
    { "another length", "/file/200000", 100000, NULL, NULL, 300000, 100000 },
    { "a weak validator", "/file/200000", 100000, "W/\"200000-0\"", NULL, 200000, -1 },
    { "no validator", "/file/200000", 100000, "", NULL, 200000, -1 },
    { "before the restart", "/file/200000", 100000, NULL, "another", 200000, -1 },
    { "nothing satisfies", "/416/200000", 100000, NULL, NULL, 200000, 100000 },
    { "shifted", "/badrange/200000", 100000, NULL, NULL, 200000, 100000 },
  };
  g_autofree char *content = NULL;

  if (!self->uri)
    return;
  content = read_whole (self, "/file/200000", 200000);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_kept (self, &cases[i], i, content);
}

/* The bytes of the part are wrong on purpose: whoever mixed them in would be seen. */
static void
test_kept_of_another (Fixture *self, gconstpointer data)
{
  static const Kept kept
      = { "another version", "/file/200000?other", 100000, "\"200000-9\"", NULL, 200000, -1 };
  g_autofree char *content = NULL, *wrong = g_malloc0 (200000), *file = NULL, *got = NULL;
  g_autofree char *uri = g_strconcat (self->uri, kept.path, NULL);
  ThawDownloadOptions options = { .name = "kept", .resume = TRUE };
  gsize n;

  if (!self->uri)
    return;
  content = read_whole (self, "/file/200000", 200000);
  leave (self, &kept, uri, wrong);
  file = finish (start (self, kept.path, &options));
  g_assert_true (g_file_get_contents (file, &got, &n, NULL));
  g_assert_cmpmem (got, n, content, 200000);
}

/* What is wrong although it has the right validator only a checksum can find, and then it goes. */
static void
test_kept_wrong (Fixture *self, gconstpointer data)
{
  static const Kept kept = { "wrong", "/file/200000?wrong", 100000, NULL, NULL, 200000, -1 };
  g_autofree char *wrong = g_malloc0 (200000), *sum = NULL;
  g_autofree char *uri = g_strconcat (self->uri, kept.path, NULL);
  ThawDownloadOptions options = { .name = "kept", .resume = TRUE };

  if (!self->uri)
    return;
  options.sha256 = sum = sum_of_server (self, 200000);
  leave (self, &kept, uri, wrong);
  net_assert_error (start (self, kept.path, &options), THAW_HTTP_ERROR, THAW_HTTP_ERROR_BAD_DIGEST);
  net_assert_idle (self->http);
  g_assert_cmpuint (count_files (self), ==, 0);
  g_free (finish (start (self, kept.path, &options)));
}

/* Somebody is at it: left alone, and fetched a second time; so it is without the option. */
static void
test_kept_locked (Fixture *self, gconstpointer data)
{
  static const Kept kept = { "locked", "/file/200000?locked", 100000, NULL, NULL, 200000, -1 };
  g_autofree char *content = NULL, *part = NULL, *got = NULL;
  g_autofree char *uri = g_strconcat (self->uri, kept.path, NULL);
  ThawDownloadOptions options = { .name = "kept", .replace = TRUE, .resume = TRUE };
  gsize n;
  int fd;

  if (!self->uri)
    return;
  content = read_whole (self, "/file/200000", 200000);
  leave (self, &kept, uri, content);
  part = kept_path (self, uri, ".part");
  fd = g_open (part, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (flock (fd, LOCK_EX | LOCK_NB), ==, 0);
  g_free (finish (start (self, kept.path, &options)));
  close (fd);
  options.resume = FALSE;
  g_free (finish (start (self, kept.path, &options)));
  net_assert_idle (self->http);
  g_assert_cmpuint (count_ranges (self, kept.path, -1), ==, 0);
  g_assert_true (g_file_get_contents (part, &got, &n, NULL));
  g_assert_cmpmem (got, n, content, 100000);
  options.resume = TRUE;
  g_free (finish (start (self, kept.path, &options)));
  net_assert_idle (self->http);
  g_assert_cmpuint (count_ranges (self, kept.path, 100000), ==, 1);
  g_assert_cmpuint (count_files (self), ==, 1);
}

/* Neither the part nor the record may lead elsewhere. */
static void
test_kept_link (Fixture *self, gconstpointer data)
{
  static const Kept kept = { "link", "/file/200000?link", 100000, NULL, NULL, 200000, -1 };
  g_autofree char *content = g_malloc0 (200000), *part = NULL, *got = NULL, *target = NULL;
  g_autofree char *uri = g_strconcat (self->uri, kept.path, NULL);
  ThawDownloadOptions options = { .name = "kept", .resume = TRUE };
  gsize n;

  if (!self->uri)
    return;
  leave (self, &kept, uri, content);
  part = kept_path (self, uri, ".part");
  target = g_build_filename (self->path, "target", NULL);
  g_assert_cmpint (g_rename (part, target), ==, 0);
  g_assert_cmpint (symlink (target, part), ==, 0);
  g_free (finish (start (self, kept.path, &options)));
  g_assert_true (g_file_get_contents (target, &got, &n, NULL));
  g_assert_cmpmem (got, n, content, 100000);
  g_assert_cmpuint (count_ranges (self, kept.path, -1), ==, 0);
}

#define LARGE 30000000

static gsize
size_of_part (Fixture *self, const char *path)
{
  g_autofree char *uri = g_strconcat (self->uri, path, NULL);
  g_autofree char *part = kept_path (self, uri, ".part");
  GStatBuf info;

  return g_stat (part, &info) == 0 ? (gsize) info.st_size : 0;
}

static void
finish_kept (Fixture *self, const char *path)
{
  ThawDownloadOptions options = { .name = "kept", .resume = TRUE };
  gsize left = size_of_part (self, path), n;
  g_autofree char *file = NULL, *got = NULL, *want = sum_of_server (self, LARGE);

  g_assert_cmpuint (left, >=, 1);
  g_assert_cmpuint (left, <, LARGE);
  g_assert_cmpuint (count_files (self), ==, 2);
  options.sha256 = want;
  file = finish (start (self, path, &options));
  got = sum_of_file (file, &n);
  g_assert_cmpstr (got, ==, want);
  net_assert_idle (self->http);
  g_assert_cmpuint (count_files (self), ==, 1);
  g_assert_cmpuint (count_ranges (self, path, (gint64) left), ==, 1);
}

static void
test_kept_cancelled (Fixture *self, gconstpointer data)
{
  const char *path = "/file/30000000?cancelled";
  ThawDownloadOptions options = { .name = "kept", .resume = TRUE };
  g_autoptr (ThawFuture) future = NULL;

  if (!self->uri)
    return;
  future = start (self, path, &options);
  net_assert_soon (size_of_part (self, path) > 0);
  thaw_future_cancel (future);
  net_assert_idle (self->http);
  finish_kept (self, path);
}

/* A process that is killed while it downloads. It reads no more once it has so much, so that there
 * is time for that. */
static void
stop_here (gpointer message, gpointer enough)
{
  g_autofree ThawHttpProgress *progress = message;

  while (progress->received_bytes >= *(gint64 *) enough)
    pause ();
}

static int
download_and_stop (const char *uri, const char *path, const char *enough)
{
  gint64 n = g_ascii_strtoll (enough, NULL, 10);
  g_autoptr (ThawScope) scope = thaw_scope_new ("to be killed", NULL);
  g_autoptr (GFile) folder = g_file_new_for_path (path);
  g_autoptr (ThawMailbox) mailbox = thaw_mailbox_new ("progress",
                                                      thaw_pump_get (NULL),
                                                      NULL,
                                                      THAW_MAILBOX_UNBOUNDED,
                                                      stop_here,
                                                      &n,
                                                      g_free);
  ThawDownloadOptions options = { .name = "kept", .resume = TRUE, .progress = mailbox };
  g_autoptr (ThawFuture) future
      = thaw_download (thaw_http_get_default (), scope, uri, folder, &options);

  while (thaw_future_get_state (future) == THAW_FUTURE_PENDING)
    g_main_context_iteration (NULL, TRUE);
  return thaw_future_get_error (future) ? 1 : 0;
}

static GPid
start_process (Fixture *self, const char *path, const char *enough)
{
  g_autofree char *uri = g_strconcat (self->uri, path, NULL);
  const char *argv[] = { "/proc/self/exe", "--download-and-stop", uri, self->path, enough, NULL };
  GPid pid;

  g_assert_true (g_spawn_async (NULL,
                                (char **) argv,
                                NULL,
                                G_SPAWN_DO_NOT_REAP_CHILD,
                                NULL,
                                NULL,
                                &pid,
                                NULL));
  return pid;
}

static int
kill_process (GPid pid)
{
  int status;

  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  return status;
}

static void
test_kept_killed (Fixture *self, gconstpointer data)
{
  const char *path = "/file/30000000?killed";

  if (!self->uri)
    return;
  for (gsize n = 1000000; n < LARGE; n *= 4)
    {
      g_autofree char *enough = g_strdup_printf ("%zu", n);
      GPid pid = start_process (self, path, enough);

      net_assert_soon (size_of_part (self, path) >= n);
      g_assert_true (WIFSIGNALED (kill_process (pid)));
    }
  finish_kept (self, path);
}

/* At any moment: what is there in the end is right all the same. */
static void
test_kept_killed_anytime (Fixture *self, gconstpointer data)
{
  const char *path = "/file/30000000?anytime";
  ThawDownloadOptions options = { .name = "kept", .replace = TRUE, .resume = TRUE };
  g_autofree char *file = NULL, *got = NULL, *want = NULL;
  gsize n;

  if (!self->uri)
    return;
  for (guint i = 0; i < 12; i++)
    {
      GPid pid = start_process (self, path, "1000000000");

      g_usleep ((gulong) g_test_rand_int_range (1000, 80000));
      if (!WIFSIGNALED (kill_process (pid)))
        break;
    }
  want = sum_of_server (self, LARGE);
  file = finish (start (self, path, &options));
  got = sum_of_file (file, &n);
  g_assert_cmpstr (got, ==, want);
  net_assert_idle (self->http);
  g_assert_cmpuint (count_hidden (self), ==, 0);
}

static void
test_limits (Fixture *self, gconstpointer data)
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
      g_assert_cmpuint (count_files (self), ==, 0);
    }
  g_free (finish (start (self, "/file/3000000", &options)));
}

static void
test_server_names (Fixture *self, gconstpointer data)
{
  static const char *const kinds[]
      = { "traversal", "absolute", "dotdot", "empty",   "long",   "nul",   "newline",
          "backslash", "control",  "rtl",    "dotfile", "device", "slash", "both" };

  if (!self->uri)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *path = g_strconcat ("/cd/", kinds[i], NULL);
      g_autofree char *file = finish (start (self, path, NULL)), *folder = NULL, *name = NULL;

      folder = g_path_get_dirname (file);
      name = g_path_get_basename (file);
      g_test_message ("%s: %s", kinds[i], name);
      g_assert_cmpstr (folder, ==, self->path);
      g_assert_true (is_safe (name));
      g_assert_true (g_file_test (file, G_FILE_TEST_IS_REGULAR));
    }
  /* The folder itself is made by the kit's other tests, which may run meanwhile. */
  g_assert_false (g_file_test ("/tmp/faultkit-abs/evil", G_FILE_TEST_EXISTS));
  g_assert_cmpuint (count_files (self), ==, G_N_ELEMENTS (kinds));
}

static void
test_keep_both (Fixture *self, gconstpointer data)
{
  ThawDownloadOptions options = { .name = "a.tar.gz" };

  if (!self->uri)
    return;
  for (guint i = 1; i <= 3; i++)
    {
      g_autofree char *file = finish (start (self, "/file/10", &options));
      g_autofree char *name = g_path_get_basename (file);

      g_assert_cmpstr (name, ==, i == 1 ? "a.tar.gz" : i == 2 ? "a (2).tar.gz" : "a (3).tar.gz");
    }
}

static void
test_replace (Fixture *self, gconstpointer data)
{
  ThawDownloadOptions options = { .name = "f", .replace = TRUE };
  g_autofree char *path = g_build_filename (self->path, "f", NULL), *file = NULL;
  struct stat info;

  if (!self->uri)
    return;
  g_assert_true (g_file_set_contents (path, "old", 3, NULL));
  net_assert_error (start (self, "/length-long/1000", &options),
                    THAW_HTTP_ERROR,
                    THAW_HTTP_ERROR_INCOMPLETE);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_size, ==, 3);
  file = finish (start (self, "/file/1000", &options));
  g_assert_cmpstr (file, ==, path);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_size, ==, 1000);
  g_assert_cmpuint (count_files (self), ==, 1);
}

static void
test_bad_targets (Fixture *self, gconstpointer data)
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
  net_assert_error (start (self, "/file/10", &options), G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME);
}

static void
check_thousand (Fixture *self, GPtrArray *futures)
{
  for (guint i = 0; i < futures->len; i++)
    {
      g_autofree char *file = finish (thaw_future_ref (futures->pdata[i]));
      struct stat info;

      g_assert_cmpint (g_stat (file, &info), ==, 0);
      g_assert_cmpint (info.st_size, ==, i + 1);
    }
}

static void
test_thousand (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) futures
      = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_future_unref);
  ThawHttpStats stats;

  if (!self->uri)
    return;
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *path = g_strdup_printf ("/many/%u", i);

      g_ptr_array_add (futures, start (self, path, NULL));
    }
  check_thousand (self, futures);
  thaw_http_get_stats (self->http, &stats);
  g_assert_cmpuint (stats.max_in_flight, ==, THAW_HTTP_PER_HOST);
  g_assert_cmpuint (count_files (self), ==, 1000);
}

static void
on_progress (gpointer message, gpointer user_data)
{
  *(gint64 *) user_data = ((ThawHttpProgress *) message)->received_bytes;
  g_free (message);
}

static void
test_progress (Fixture *self, gconstpointer data)
{
  gint64 last = 0;
  g_autoptr (ThawMailbox) mailbox
      = thaw_mailbox_new ("progress", NULL, NULL, 1, on_progress, &last, g_free);
  ThawDownloadOptions options = { .progress = mailbox };

  if (!self->uri)
    return;
  g_free (finish (start (self, "/file/5000000", &options)));
  net_assert_soon (last == 5000000);
  thaw_mailbox_close (mailbox);
}

/* At moments that nobody chose: either there is a whole file or there is nothing. */
static void
test_cancel (Fixture *self, gconstpointer data)
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
  g_assert_cmpuint (count_hidden (self), ==, 0);
}

static void
test_cancelled_before (Fixture *self, gconstpointer data)
{
  if (!self->uri)
    return;
  thaw_scope_cancel (self->scope);
  net_assert_error (start (self, "/file/10", NULL), G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (count_files (self), ==, 0);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/download/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  if (argc == 5 && g_str_equal (argv[1], "--download-and-stop"))
    return download_and_stop (argv[2], argv[3], argv[4]);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/download/names", test_names);
  g_test_add_func ("/download/random-names", test_random_names);
  g_test_add_func ("/download/numbered-names", test_numbered_names);
  g_test_add_func ("/download/ranges", test_ranges);
  ADD ("whole", test_whole);
  ADD ("broken", test_broken);
  ADD ("dropped-for-good", test_dropped_for_good);
  ADD ("resume", test_resume);
  ADD ("changed-meanwhile", test_changed_meanwhile);
  ADD ("lying-validator", test_lying_validator);
  ADD ("put-away", test_put_away);
  ADD ("kept", test_kept);
  ADD ("kept-of-another", test_kept_of_another);
  ADD ("kept-wrong", test_kept_wrong);
  ADD ("kept-locked", test_kept_locked);
  ADD ("kept-link", test_kept_link);
  ADD ("kept-cancelled", test_kept_cancelled);
  ADD ("kept-killed", test_kept_killed);
  ADD ("kept-killed-anytime", test_kept_killed_anytime);
  ADD ("limits", test_limits);
  ADD ("server-names", test_server_names);
  ADD ("keep-both", test_keep_both);
  ADD ("replace", test_replace);
  ADD ("bad-targets", test_bad_targets);
  ADD ("thousand", test_thousand);
  ADD ("progress", test_progress);
  ADD ("cancel", test_cancel);
  ADD ("cancelled-before", test_cancelled_before);
  return g_test_run ();
}
