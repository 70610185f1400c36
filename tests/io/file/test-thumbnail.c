/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thumbnails: what the specification says of the cache, and what programs that make them may do
 * wrong. The programs are shell scripts in a data folder of the test's own, run within bubblewrap
 * (skipped without); each picture that they make is a PNG that the test has written beside them. */

#include "file-test.h"
#include "thaw-thumbnail-private.h"

#include <utime.h>

#define TYPE_PREFIX "application/x-thaw-"

typedef struct {
  Fixture base;
  char *cache, *data;
  ThawThumbnailer *thumbnailer;
  GFile *file; /* an original, changed long ago */
} Thumbs;

static void
set_mtime (const char *path, gint64 time)
{
  struct utimbuf times = { time, time };

  g_assert_cmpint (utime (path, &times), ==, 0);
}

static gint64
get_mtime (GFile *file)
{
  struct stat st;

  g_assert_cmpint (stat (g_file_peek_path (file), &st), ==, 0);
  return st.st_mtime;
}

static void
put_bytes (const char *path, GBytes *bytes)
{
  gsize n;
  const char *data = g_bytes_get_data (bytes, &n);

  g_assert_true (g_file_set_contents (path, data, (gssize) n, NULL));
}

/* A thumbnailer named @name for the type of that name, that runs @script; $1 is the input, $2 the
 * output, $3 the size, $PICTURE a PNG. */
static void
install (Thumbs *self, const char *name, const char *script)
{
  g_autofree char *folder = g_build_filename (self->data, "thumbnailers", NULL);
  g_autofree char *program = g_strdup_printf ("%s/%s", self->data, name);
  g_autofree char *entry = g_strdup_printf ("%s/%s.thumbnailer", folder, name);
  g_autofree char *all = g_strdup_printf ("#!/bin/sh\n%s\n", script);
  g_autofree char *lines
      = g_strdup_printf ("[Thumbnailer Entry]\nTryExec=%s\nExec=%s %%i %%o %%s %%u %%%%\n"
                         "MimeType=" TYPE_PREFIX "%s;\n",
                         program,
                         program,
                         name);

  put (program, all);
  g_assert_cmpint (g_chmod (program, 0755), ==, 0);
  put (entry, lines);
}

static const char *const no_texts[]
    = { "Thumb::URI", "file:///wrong", "Title", "of its own", NULL };

/* The picture as printf's octal escapes, so that scripts have it without a file. */
static char *
make_picture_command (void)
{
  g_autoptr (GBytes) png = thaw_png_make_empty (no_texts);
  g_autoptr (GString) command = g_string_new ("printf '");
  gsize n;
  const guint8 *bytes = g_bytes_get_data (png, &n);

  for (gsize i = 0; i < n; i++)
    g_string_append_printf (command, "\\%03o", bytes[i]);
  g_string_append (command, "' > \"$2\"");
  return g_string_free_and_steal (g_steal_pointer (&command));
}

static void
install_all (Thumbs *self)
{
  g_autofree char *picture = make_picture_command ();
  g_autofree char *good = g_strdup_printf ("test \"$3\" = 128 -o \"$3\" = 256 || exit 1\n"
                                           "test \"$4\" = \"file://$1\" -a \"$5\" = %% || exit 1\n"
                                           "grep -q original \"$1\" || exit 1\n%s",
                                           picture);
  g_autofree char *half
      = g_strdup_printf ("%s\nhead -c 100 \"$2\" > /tmp/x; cat /tmp/x > \"$2\"", picture);
  g_autofree char *spy = g_strdup_printf ("cat '%s/secret' && exit 1\n"
                                          "echo x > '%s/written'\n%s",
                                          self->base.folder,
                                          self->base.folder,
                                          picture);
  g_autofree char *caller
      = g_strdup_printf ("grep -q ' 00000000 ' /proc/net/route && exit 1\n"
                         "test \"$(grep -c : /proc/net/dev)\" = 1 || exit 1\n%s",
                         picture);
  g_autofree char *bomb = g_strdup_printf ("for i in $(seq 50); do sleep 100 & done\n%s", picture);

  install (self, "good", good);
  install (self, "junk", "echo junk > \"$2\"");
  install (self, "half", half);
  install (self, "none", "true");
  install (self, "fails", "exit 3");
  install (self, "crash", "kill -SEGV $$");
  install (self, "sleep", "sleep 1000");
  install (self, "other", "exit 2");
  install (self, "flood", "head -c 10000000 /dev/zero > \"$2\"");
  install (self, "spy", spy);
  install (self, "caller", caller);
  install (self, "bomb", bomb);
}

static void
thumbs_set_up (Thumbs *self, gconstpointer data)
{
  g_autofree char *thumbnailers = NULL, *secret = NULL;
  const char *folders[2] = { NULL };

  set_up (&self->base, NULL);
  self->cache = g_build_filename (self->base.folder, "cache", "thumbnails", NULL);
  self->data = g_build_filename (self->base.folder, "data", NULL);
  folders[0] = self->data;
  thumbnailers = g_build_filename (self->data, "thumbnailers", NULL);
  g_assert_cmpint (g_mkdir_with_parents (thumbnailers, 0755), ==, 0);
  secret = g_build_filename (self->base.folder, "secret", NULL);
  put (secret, "secret");
  install_all (self);
  self->thumbnailer = thaw_thumbnailer_new (self->cache, folders);
  self->file = g_object_ref (self->base.file);
  put (self->base.path, "original");
  set_mtime (self->base.path, 1000000000);
}

static void
thumbs_tear_down (Thumbs *self, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'/*", self->base.folder);
  char *argv[] = { (char *) "sh", (char *) "-c", command, NULL };

  g_assert_true (
      g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
  g_object_unref (self->thumbnailer);
  g_object_unref (self->file);
  g_free (self->cache);
  g_free (self->data);
  tear_down (&self->base, NULL);
}

static gboolean
skip_foreign (void)
{
  if (thaw_sandbox_can_run_foreign ())
    return FALSE;
  g_test_skip ("no bubblewrap");
  return TRUE;
}

static ThawFuture *
load_with (Thumbs *self, const char *type, gint64 mtime, ThawThumbnailFlags flags)
{
  g_autofree char *content_type = g_strconcat (TYPE_PREFIX, type, NULL);

  return thaw_thumbnailer_load (self->thumbnailer,
                                self->base.scope,
                                self->file,
                                g_intern_string (content_type),
                                mtime,
                                THAW_THUMBNAIL_NORMAL,
                                flags,
                                THAW_PRIORITY_DEFAULT);
}

static ThawFuture *
load (Thumbs *self, const char *type)
{
  return load_with (self, type, get_mtime (self->file), 0);
}

static char *
dup_path (Thumbs *self, ThawThumbnailSize size)
{
  g_autofree char *uri = g_file_get_uri (self->file);

  return thaw_thumbnail_dup_path (self->cache, uri, size);
}

static char *
dup_failure_path (Thumbs *self)
{
  g_autofree char *uri = g_file_get_uri (self->file);

  return thaw_thumbnail_dup_failure_path (self->cache, uri);
}

static guint
get_mode (const char *path)
{
  struct stat st;

  g_assert_cmpint (lstat (path, &st), ==, 0);
  return st.st_mode & 07777;
}

static ThawThumbnailerStats
get_stats (Thumbs *self)
{
  ThawThumbnailerStats stats;

  thaw_thumbnailer_get_stats (self->thumbnailer, &stats);
  return stats;
}

/* PNG */

static void
test_png (void)
{
  const char *const texts[] = { "Thumb::URI", "file:///a%20b", "Thumb::MTime", "1234", NULL };
  g_autoptr (GBytes) png = thaw_png_make_empty (no_texts);
  g_autoptr (GBytes) signed_png = thaw_png_with_texts (png, texts);
  g_auto (ThawPngInfo) info = { 0 };
  gsize n;
  const guint8 *bytes = g_bytes_get_data (signed_png, &n);

  g_assert_true (thaw_png_parse (signed_png, TRUE, &info));
  g_assert_cmpstr (info.uri, ==, "file:///a%20b");
  g_assert_cmpint (info.mtime_sec, ==, 1234);
  g_assert_cmpuint (info.width, ==, 1);
  g_assert_cmpuint (info.height, ==, 1);
  g_assert_null (memmem (bytes, n, "Title", 5));
  g_assert_null (memmem (bytes, n, "wrong", 5));
}

/* Cut anywhere, changed anywhere, or noise: none is taken for a picture, none is read beyond. */
static void
test_png_damaged (void)
{
  g_autoptr (GBytes) png = thaw_png_make_empty (no_texts);
  gsize n;
  const guint8 *bytes = g_bytes_get_data (png, &n);

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GBytes) cut = g_bytes_new (bytes, i);
      guint8 *changed = g_memdup2 (bytes, n);
      g_autoptr (GBytes) flipped = NULL;
      g_auto (ThawPngInfo) info = { 0 }, flipped_info = { 0 };

      g_assert_false (thaw_png_parse (cut, TRUE, &info));
      changed[i] ^= (guint8) (1 << g_random_int_range (0, 8));
      flipped = g_bytes_new_take (changed, n);
      g_assert_false (thaw_png_parse (flipped, TRUE, &flipped_info));
      g_assert_null (thaw_png_with_texts (flipped, no_texts));
    }
}

/* As `echo -n file:///home/jens/photos/me.png | md5sum` says, which is the specification's example.
 */
static void
test_names (void)
{
  g_autofree char *path
      = thaw_thumbnail_dup_path ("/c", "file:///home/jens/photos/me.png", THAW_THUMBNAIL_LARGE);

  g_assert_cmpstr (path, ==, "/c/large/c6ee772d9e49320e97ec29a7eb5b1697.png");
  g_assert_cmpint (thaw_thumbnail_size_for_pixels (1), ==, 128);
  g_assert_cmpint (thaw_thumbnail_size_for_pixels (128), ==, 128);
  g_assert_cmpint (thaw_thumbnail_size_for_pixels (129), ==, 256);
  g_assert_cmpint (thaw_thumbnail_size_for_pixels (513), ==, 1024);
  g_assert_cmpint (thaw_thumbnail_size_for_pixels (5000), ==, 1024);
}

/* The cache */

/* Puts there what another program has made. */
static void
put_thumbnail (Thumbs *self, ThawThumbnailSize size, const char *uri, const char *mtime)
{
  g_autofree char *own_uri = g_file_get_uri (self->file);
  g_autofree char *path = dup_path (self, size);
  g_autofree char *folder = g_path_get_dirname (path);
  const char *const texts[]
      = { "Thumb::URI", uri != NULL ? uri : own_uri, "Thumb::MTime", mtime, NULL };
  g_autoptr (GBytes) png = thaw_png_make_empty (texts);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  put_bytes (path, png);
}

static void
test_cached (Thumbs *self, gconstpointer data)
{
  const ThawThumbnailFlags only = THAW_THUMBNAIL_CACHED_ONLY;

  finish_error (load_with (self, "good", 1000000000, only),
                G_IO_ERROR,
                G_IO_ERROR_NOT_FOUND,
                "file");
  put_thumbnail (self, THAW_THUMBNAIL_NORMAL, NULL, "1000000000");
  g_bytes_unref (finish_pointer (load_with (self, "good", 1000000000, only)));
  g_bytes_unref (finish_pointer (load_with (self, "good", THAW_THUMBNAIL_UNKNOWN_TIME, only)));
  /* Of another state, or of another file. */
  finish_error (load_with (self, "good", 1000000001, only),
                G_IO_ERROR,
                G_IO_ERROR_NOT_FOUND,
                "file");
  put_thumbnail (self, THAW_THUMBNAIL_NORMAL, "file:///other", "1000000000");
  finish_error (load_with (self, "good", 1000000000, only),
                G_IO_ERROR,
                G_IO_ERROR_NOT_FOUND,
                "file");
  /* A larger one is as good. */
  put_thumbnail (self, THAW_THUMBNAIL_X_LARGE, NULL, "1000000000");
  g_bytes_unref (finish_pointer (load_with (self, "good", 1000000000, only)));
  g_assert_cmpuint (get_stats (self).n_found, ==, 3);
}

static void
test_made (Thumbs *self, gconstpointer data)
{
  g_autofree char *path = dup_path (self, THAW_THUMBNAIL_NORMAL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *uri = g_file_get_uri (self->file);
  g_autoptr (GBytes) png = NULL, again = NULL;
  g_auto (ThawPngInfo) info = { 0 };
  gsize n;

  if (skip_foreign ())
    return;
  png = finish_pointer (load (self, "good"));
  g_assert_true (thaw_png_parse (png, TRUE, &info));
  g_assert_cmpstr (info.uri, ==, uri);
  g_assert_cmpint (info.mtime_sec, ==, 1000000000);
  g_assert_nonnull (memmem (g_bytes_get_data (png, &n),
                            g_bytes_get_size (png),
                            "Thumb::Size\0"
                            "8",
                            13));
  g_assert_cmpuint (get_mode (path), ==, 0600);
  g_assert_cmpuint (get_mode (folder), ==, 0700);
  again = finish_pointer (load (self, "good"));
  g_assert_true (g_bytes_equal (png, again));
  g_assert_cmpuint (get_stats (self).n_made, ==, 1);
  g_assert_cmpuint (get_stats (self).n_found, ==, 1);
  /* The file is changed: made anew. */
  set_mtime (self->base.path, 1000000005);
  g_bytes_unref (finish_pointer (load (self, "good")));
  g_assert_cmpuint (get_stats (self).n_made, ==, 2);
  /* What the folder says of it is out of date, and there is one of what it is. */
  g_bytes_unref (finish_pointer (load_with (self, "good", 1000000000, 0)));
  g_assert_cmpuint (get_stats (self).n_made, ==, 2);
}

/* What goes wrong is marked, and not tried again before the file is changed. */
static void
check_failure (Thumbs *self, const char *type)
{
  g_autofree char *path = dup_path (self, THAW_THUMBNAIL_NORMAL);
  g_autofree char *failure = dup_failure_path (self);
  guint64 n_failed = get_stats (self).n_failed;

  g_unlink (failure);
  finish_error (load (self, type), G_IO_ERROR, G_IO_ERROR_FAILED, "");
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (get_mode (failure), ==, 0600);
  finish_error (load (self, "good"), G_IO_ERROR, G_IO_ERROR_FAILED, "before");
  g_assert_cmpuint (get_stats (self).n_failed, ==, n_failed + 2);
}

static void
test_failures (Thumbs *self, gconstpointer data)
{
  static const char *const types[] = { "junk", "half", "none", "fails", "crash" };
  g_autofree char *failure = dup_failure_path (self);

  if (skip_foreign ())
    return;
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    check_failure (self, types[i]);
  g_unlink (failure);
  finish_error (load (self, "flood"), G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE, "");
  g_assert_true (g_file_test (failure, G_FILE_TEST_EXISTS));
  /* Asked for once more on purpose. */
  g_bytes_unref (finish_pointer (load_with (self, "good", 1000000000, THAW_THUMBNAIL_AGAIN)));
  g_assert_false (g_file_test (failure, G_FILE_TEST_EXISTS));
  /* Not this program's business says nothing about the file. */
  set_mtime (self->base.path, 1000000009);
  finish_error (load (self, "other"), G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "");
  g_assert_false (g_file_test (failure, G_FILE_TEST_EXISTS));
}

/* None of these gets what it wants, and each makes its picture all the same. */
static void
test_intruders (Thumbs *self, gconstpointer data)
{
  static const char *const types[] = { "spy", "caller", "bomb" };
  g_autofree char *written = g_build_filename (self->base.folder, "written", NULL);
  g_autofree char *path = dup_path (self, THAW_THUMBNAIL_NORMAL);

  if (skip_foreign ())
    return;
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_bytes_unref (finish_pointer (load (self, types[i])));
      g_unlink (path);
    }
  g_assert_false (g_file_test (written, G_FILE_TEST_EXISTS));
}

static void
test_refused (Thumbs *self, gconstpointer data)
{
  g_autoptr (GFile) remote = g_file_new_for_uri ("sftp://nowhere.invalid/x");
  g_autoptr (GFile) folder = g_file_new_for_path (self->base.folder);
  g_autofree char *inside_path = g_build_filename (self->cache, "normal", "x.png", NULL);
  g_autoptr (GFile) inside = g_file_new_for_path (inside_path);
  const char *const disabled[] = { "application/", NULL };

  finish_error (load (self, "unheard-of"), G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "no program");
  g_set_object (&self->file, remote);
  finish_error (load_with (self, "good", 5, 0), G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "machine");
  g_set_object (&self->file, folder);
  finish_error (load_with (self, "good", 5, 0), G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY, "");
  g_set_object (&self->file, inside);
  finish_error (load_with (self, "good", 5, 0), G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "itself");
  g_set_object (&self->file, self->base.file);
  thaw_thumbnailer_set_max_file_bytes (self->thumbnailer, 7);
  finish_error (load (self, "good"), G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "large");
  thaw_thumbnailer_set_max_file_bytes (self->thumbnailer, 8);
  thaw_thumbnailer_set_disabled (self->thumbnailer, disabled);
  finish_error (load (self, "good"), G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "no program");
}

static void
count_cb (guint *n)
{
  (*n)++;
}

static void
test_handles (Thumbs *self, gconstpointer data)
{
  const char *good = g_intern_string (TYPE_PREFIX "good");
  const char *bad = g_intern_string (TYPE_PREFIX "bad");
  const char *const disabled[] = { TYPE_PREFIX "good", NULL };
  guint n_changed = 0;

  g_signal_connect_swapped (self->thumbnailer, "changed", G_CALLBACK (count_cb), &n_changed);
  g_assert_false (thaw_thumbnailer_handles (self->thumbnailer, good));
  run_until (n_changed == 1);
  g_assert_true (thaw_thumbnailer_handles (self->thumbnailer, good));
  g_assert_false (thaw_thumbnailer_handles (self->thumbnailer, bad));
  thaw_thumbnailer_set_disabled (self->thumbnailer, disabled);
  g_assert_cmpuint (n_changed, ==, 2);
  g_assert_false (thaw_thumbnailer_handles (self->thumbnailer, good));
  thaw_thumbnailer_set_disabled (self->thumbnailer, NULL);
  g_assert_true (thaw_thumbnailer_handles (self->thumbnailer, good));
}

/* A file that was changed a moment ago is left alone until it has settled. */
static void
test_unsettled (Thumbs *self, gconstpointer data)
{
  if (skip_foreign ())
    return;
  set_mtime (self->base.path, g_get_real_time () / G_USEC_PER_SEC - 2);
  g_bytes_unref (finish_pointer (load (self, "good")));
  g_assert_cmpint (g_get_real_time () / G_USEC_PER_SEC - get_mtime (self->file), >=, 3);
}

/* Turns */

static void
test_shared (Thumbs *self, gconstpointer data)
{
  ThawFuture *first, *second;

  if (skip_foreign ())
    return;
  first = load (self, "good");
  second = load (self, "good");
  g_bytes_unref (finish_pointer (first));
  g_bytes_unref (finish_pointer (second));
  g_assert_cmpuint (get_stats (self).n_made, ==, 1);
  /* One of two loses interest: the other still gets it. */
  set_mtime (self->base.path, 1000000001);
  first = load (self, "good");
  second = load (self, "good");
  run_until (get_stats (self).n_making == 1);
  thaw_future_cancel (first);
  thaw_future_unref (first);
  g_bytes_unref (finish_pointer (second));
  g_assert_cmpuint (get_stats (self).n_made, ==, 2);
  run_until (get_stats (self).n_asked == 0);
}

/* Two of one name that can't be shared: the first goes, the second is still there to be joined. */
static void
test_replaced (Thumbs *self, gconstpointer data)
{
  ThawFuture *first, *second, *third;

  if (skip_foreign ())
    return;
  first = load_with (self, "good", get_mtime (self->file), THAW_THUMBNAIL_CACHED_ONLY);
  second = load (self, "sleep");
  finish_error (first, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "");
  run_until (get_stats (self).n_asked == 1);
  third = load (self, "sleep");
  g_assert_cmpuint (get_stats (self).n_asked, ==, 1);
  cancel_and_check (second);
  cancel_and_check (third);
  run_until (get_stats (self).n_asked == 0);
}

static void
test_cancel (Thumbs *self, gconstpointer data)
{
  g_autofree char *failure = dup_failure_path (self);
  ThawFuture *future;

  if (skip_foreign ())
    return;
  cancel_and_check (load (self, "sleep"));
  run_until (get_stats (self).n_asked == 0);
  future = load (self, "sleep");
  run_until (get_stats (self).n_making == 1);
  cancel_and_check (future);
  run_until (get_stats (self).n_asked == 0);
  g_assert_cmpuint (get_stats (self).n_making, ==, 0);
  /* With the one who asked. */
  future = load (self, "sleep");
  run_until (get_stats (self).n_making == 1);
  thaw_scope_cancel (self->base.scope);
  run_until (get_stats (self).n_asked == 0);
  assert_cancelled (future);
  thaw_future_unref (future);
  g_assert_false (g_file_test (failure, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (get_stats (self).n_withdrawn, ==, 3);
}

typedef struct {
  GString *order;
  char name;
} Note;

static void
note_cb (ThawFuture *completed, gpointer user_data)
{
  Note *note = user_data;

  g_assert_no_error (thaw_future_get_error (completed));
  g_string_append_c (note->order, note->name);
}

static GFile *
make_file (Thumbs *self, char letter)
{
  g_autofree char *path = g_strdup_printf ("%s/%c", self->base.folder, letter);

  put (path, "original");
  set_mtime (path, 1000000000);
  return g_file_new_for_path (path);
}

static ThawFuture *
load_letter (Thumbs *self, GFile *file, ThawPriority priority, Note *note)
{
  ThawFuture *future = thaw_thumbnailer_load (self->thumbnailer,
                                              self->base.scope,
                                              file,
                                              g_intern_string (TYPE_PREFIX "good"),
                                              1000000000,
                                              THAW_THUMBNAIL_NORMAL,
                                              0,
                                              priority);

  thaw_future_done (future, self->base.scope, note_cb, note, NULL);
  return future;
}

/* What is in sight first, one after another, raised and lowered while it waits. */
static void
test_order (Thumbs *self, gconstpointer data)
{
  enum { N = 5 };
  static const ThawPriority priorities[N] = { THAW_PRIORITY_DEFAULT,
                                              THAW_PRIORITY_LOW,
                                              THAW_PRIORITY_LOW,
                                              THAW_PRIORITY_DEFAULT,
                                              THAW_PRIORITY_DEFAULT };
  g_autoptr (GString) order = g_string_new (NULL);
  ThawFuture *blocking, *futures[N];
  GFile *files[N];
  Note notes[N];

  if (skip_foreign ())
    return;
  thaw_thumbnailer_set_limit (self->thumbnailer, 1);
  blocking = load (self, "sleep");
  run_until (get_stats (self).n_making == 1);
  for (guint i = 0; i < N; i++)
    {
      notes[i] = (Note){ order, (char) ('a' + i) };
      files[i] = make_file (self, notes[i].name);
      futures[i] = load_letter (self, files[i], priorities[i], &notes[i]);
      run_until (get_stats (self).n_waiting == i + 1);
    }
  g_assert_true (thaw_thumbnailer_set_priority (self->thumbnailer,
                                                files[2],
                                                THAW_THUMBNAIL_NORMAL,
                                                THAW_PRIORITY_HIGH));
  g_assert_true (thaw_thumbnailer_set_priority (self->thumbnailer,
                                                files[3],
                                                THAW_THUMBNAIL_NORMAL,
                                                THAW_PRIORITY_LOW));
  cancel_and_check (blocking);
  run_until (order->len == N);
  g_assert_cmpstr (order->str, ==, "caebd");
  for (guint i = 0; i < N; i++)
    {
      thaw_future_unref (futures[i]);
      g_object_unref (files[i]);
    }
}

/* Never more at once than is allowed, and whole files only: whoever looks meanwhile sees none or
 * one. */
static void
test_many (Thumbs *self, gconstpointer data)
{
  enum { N = 20 };
  ThawFuture *futures[N];
  guint n_done = 0;

  if (skip_foreign ())
    return;
  thaw_thumbnailer_set_limit (self->thumbnailer, 2);
  for (guint i = 0; i < N; i++)
    {
      g_autoptr (GFile) file = make_file (self, (char) ('a' + i));

      futures[i] = thaw_thumbnailer_load (self->thumbnailer,
                                          self->base.scope,
                                          file,
                                          g_intern_string (TYPE_PREFIX "good"),
                                          1000000000,
                                          THAW_THUMBNAIL_NORMAL,
                                          0,
                                          THAW_PRIORITY_LOW);
    }
  while (n_done < N)
    {
      g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (get_stats (self).n_making, <=, 2);
      for (n_done = 0;
           n_done < N && thaw_future_get_state (futures[n_done]) != THAW_FUTURE_PENDING;)
        n_done++;
    }
  for (guint i = 0; i < N; i++)
    g_bytes_unref (finish_pointer (futures[i]));
  g_assert_cmpuint (get_stats (self).n_made, ==, N);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, Thumbs, NULL, thumbs_set_up, func, thumbs_tear_down)
  g_test_add_func ("/thumbnail/png", test_png);
  g_test_add_func ("/thumbnail/png/damaged", test_png_damaged);
  g_test_add_func ("/thumbnail/names", test_names);
  ADD ("/thumbnail/cached", test_cached);
  ADD ("/thumbnail/made", test_made);
  ADD ("/thumbnail/failures", test_failures);
  ADD ("/thumbnail/intruders", test_intruders);
  ADD ("/thumbnail/refused", test_refused);
  ADD ("/thumbnail/handles", test_handles);
  ADD ("/thumbnail/unsettled", test_unsettled);
  ADD ("/thumbnail/shared", test_shared);
  ADD ("/thumbnail/replaced", test_replaced);
  ADD ("/thumbnail/cancel", test_cancel);
  ADD ("/thumbnail/order", test_order);
  ADD ("/thumbnail/many", test_many);
  return g_test_run ();
}
