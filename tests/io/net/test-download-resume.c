/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Downloads that go on where they were broken off, by the server, by the user or with the process:
 * only with what is the beginning of the same file, whatever the server says of it, whoever else is
 * at it and wherever a link leads. */

#include "test-download-support.h"

#include "thaw-download-private.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

static guint
count_in_log (DownloadFixture *self, const char *what)
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
test_resume (DownloadFixture *self, gconstpointer data)
{
  g_autofree char *file = NULL, *got = NULL, *want = NULL;
  gsize n;

  if (!self->uri)
    return;
  file = download_finish (download_start (self, "/drop/2000000?k=resume", NULL));
  got = download_sum_of_file (file, &n);
  want = download_sum_of_server (self, 2000000);
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
test_changed_meanwhile (DownloadFixture *self, gconstpointer data)
{
  g_autofree char *file = NULL, *content = NULL;
  guint version = 0;
  gsize n;

  if (!self->uri)
    return;
  file = download_finish (download_start (self, "/etag-changes/200000", NULL));
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
test_lying_validator (DownloadFixture *self, gconstpointer data)
{
  g_autofree char *sum = NULL;
  ThawDownloadOptions options = { 0 };

  if (!self->uri)
    return;
  sum = download_sum_of_server (self, 200000);
  options.sha256 = sum;
  net_assert_error (download_start (self, "/etag-lies/200000", &options),
                    THAW_HTTP_ERROR,
                    THAW_HTTP_ERROR_BAD_DIGEST);
  net_assert_idle (self->http);
  g_assert_cmpuint (download_count_files (self), ==, 0);
  g_free (download_finish (download_start (self, "/file/200000", &options)));
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
kept_path (DownloadFixture *self, const char *uri, const char *suffix)
{
  g_autofree char *key = thaw_part_record_make_key (uri, "kept");
  g_autofree char *name = g_strdup_printf (".~%.16s%s", key, suffix);

  return g_build_filename (self->path, name, NULL);
}

static void
leave (DownloadFixture *self, const Kept *kept, const char *uri, const char *content)
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
read_whole (DownloadFixture *self, const char *path, gsize n)
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
count_ranges (DownloadFixture *self, const char *path, gint64 first)
{
  g_autofree char *what
      = first < 0
            ? g_strdup_printf ("\"%s\", \"range\": \"bytes", path)
            : g_strdup_printf ("\"%s\", \"range\": \"bytes=%" G_GINT64_FORMAT "-\"", path, first);

  return count_in_log (self, what);
}

static void
check_kept (DownloadFixture *self, const Kept *kept, guint i, const char *content)
{
  g_autofree char *path = g_strdup_printf ("%s?kept=%u", kept->path, i);
  g_autofree char *uri = g_strconcat (self->uri, path, NULL), *file = NULL, *got = NULL;
  ThawDownloadOptions options = { .name = "kept", .replace = TRUE, .resume = TRUE };
  gsize n;

  g_test_message ("%s", kept->what);
  leave (self, kept, uri, content);
  file = download_finish (download_start (self, path, &options));
  g_assert_true (g_file_get_contents (file, &got, &n, NULL));
  g_assert_cmpmem (got, n, content, 200000);
  net_assert_idle (self->http);
  g_assert_cmpuint (download_count_files (self), ==, 1);
  g_assert_cmpuint (count_ranges (self, path, kept->asked), ==, kept->asked < 0 ? 0 : 1);
}

static void
test_kept (DownloadFixture *self, gconstpointer data)
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
test_kept_of_another (DownloadFixture *self, gconstpointer data)
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
  file = download_finish (download_start (self, kept.path, &options));
  g_assert_true (g_file_get_contents (file, &got, &n, NULL));
  g_assert_cmpmem (got, n, content, 200000);
}

/* What is wrong although it has the right validator only a checksum can find, and then it goes. */
static void
test_kept_wrong (DownloadFixture *self, gconstpointer data)
{
  static const Kept kept = { "wrong", "/file/200000?wrong", 100000, NULL, NULL, 200000, -1 };
  g_autofree char *wrong = g_malloc0 (200000), *sum = NULL;
  g_autofree char *uri = g_strconcat (self->uri, kept.path, NULL);
  ThawDownloadOptions options = { .name = "kept", .resume = TRUE };

  if (!self->uri)
    return;
  options.sha256 = sum = download_sum_of_server (self, 200000);
  leave (self, &kept, uri, wrong);
  net_assert_error (download_start (self, kept.path, &options),
                    THAW_HTTP_ERROR,
                    THAW_HTTP_ERROR_BAD_DIGEST);
  net_assert_idle (self->http);
  g_assert_cmpuint (download_count_files (self), ==, 0);
  g_free (download_finish (download_start (self, kept.path, &options)));
}

/* Somebody is at it: left alone, and fetched a second time; so it is without the option. */
static void
test_kept_locked (DownloadFixture *self, gconstpointer data)
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
  g_free (download_finish (download_start (self, kept.path, &options)));
  close (fd);
  options.resume = FALSE;
  g_free (download_finish (download_start (self, kept.path, &options)));
  net_assert_idle (self->http);
  g_assert_cmpuint (count_ranges (self, kept.path, -1), ==, 0);
  g_assert_true (g_file_get_contents (part, &got, &n, NULL));
  g_assert_cmpmem (got, n, content, 100000);
  options.resume = TRUE;
  g_free (download_finish (download_start (self, kept.path, &options)));
  net_assert_idle (self->http);
  g_assert_cmpuint (count_ranges (self, kept.path, 100000), ==, 1);
  g_assert_cmpuint (download_count_files (self), ==, 1);
}

/* Neither the part nor the record may lead elsewhere. */
static void
test_kept_link (DownloadFixture *self, gconstpointer data)
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
  g_free (download_finish (download_start (self, kept.path, &options)));
  g_assert_true (g_file_get_contents (target, &got, &n, NULL));
  g_assert_cmpmem (got, n, content, 100000);
  g_assert_cmpuint (count_ranges (self, kept.path, -1), ==, 0);
}

#define LARGE 30000000

static gsize
size_of_part (DownloadFixture *self, const char *path)
{
  g_autofree char *uri = g_strconcat (self->uri, path, NULL);
  g_autofree char *part = kept_path (self, uri, ".part");
  GStatBuf info;

  return g_stat (part, &info) == 0 ? (gsize) info.st_size : 0;
}

static void
finish_kept (DownloadFixture *self, const char *path)
{
  ThawDownloadOptions options = { .name = "kept", .resume = TRUE };
  gsize left = size_of_part (self, path), n;
  g_autofree char *file = NULL, *got = NULL, *want = download_sum_of_server (self, LARGE);

  g_assert_cmpuint (left, >=, 1);
  g_assert_cmpuint (left, <, LARGE);
  g_assert_cmpuint (download_count_files (self), ==, 2);
  options.sha256 = want;
  file = download_finish (download_start (self, path, &options));
  got = download_sum_of_file (file, &n);
  g_assert_cmpstr (got, ==, want);
  net_assert_idle (self->http);
  g_assert_cmpuint (download_count_files (self), ==, 1);
  g_assert_cmpuint (count_ranges (self, path, (gint64) left), ==, 1);
}

static void
test_kept_cancelled (DownloadFixture *self, gconstpointer data)
{
  const char *path = "/file/30000000?cancelled";
  ThawDownloadOptions options = { .name = "kept", .resume = TRUE };
  g_autoptr (ThawFuture) future = NULL;

  if (!self->uri)
    return;
  future = download_start (self, path, &options);
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
start_process (DownloadFixture *self, const char *path, const char *enough)
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
test_kept_killed (DownloadFixture *self, gconstpointer data)
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
test_kept_killed_anytime (DownloadFixture *self, gconstpointer data)
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
  want = download_sum_of_server (self, LARGE);
  file = download_finish (download_start (self, path, &options));
  got = download_sum_of_file (file, &n);
  g_assert_cmpstr (got, ==, want);
  net_assert_idle (self->http);
  g_assert_cmpuint (download_count_hidden (self), ==, 0);
}

int
main (int argc, char *argv[])
{
  if (argc == 5 && g_str_equal (argv[1], "--download-and-stop"))
    return download_and_stop (argv[2], argv[3], argv[4]);
  g_test_init (&argc, &argv, NULL);
  DOWNLOAD_ADD ("resume", test_resume);
  DOWNLOAD_ADD ("changed-meanwhile", test_changed_meanwhile);
  DOWNLOAD_ADD ("lying-validator", test_lying_validator);
  DOWNLOAD_ADD ("kept", test_kept);
  DOWNLOAD_ADD ("kept-of-another", test_kept_of_another);
  DOWNLOAD_ADD ("kept-wrong", test_kept_wrong);
  DOWNLOAD_ADD ("kept-locked", test_kept_locked);
  DOWNLOAD_ADD ("kept-link", test_kept_link);
  DOWNLOAD_ADD ("kept-cancelled", test_kept_cancelled);
  DOWNLOAD_ADD ("kept-killed", test_kept_killed);
  DOWNLOAD_ADD ("kept-killed-anytime", test_kept_killed_anytime);
  return g_test_run ();
}
