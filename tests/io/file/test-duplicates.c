/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Duplicates against a naive model: random trees with copies, near copies, hard links and links. */

#include "file-test.h"

#include "thaw-duplicates.h"
#include "thaw-hash128-private.h"

/* The paper's vectors: key 00 … 0f, of the empty text and of one byte 00. */
static void
test_hash (void)
{
  const guint64 key[2]
      = { G_GUINT64_CONSTANT (0x0706050403020100), G_GUINT64_CONSTANT (0x0f0e0d0c0b0a0908) };
  const guint8 zero = 0;
  guint8 bytes[1000];
  guint64 whole[2], pieces[2];
  ThawHash128 hash;

  thaw_hash128_init (&hash, key);
  thaw_hash128_end (&hash, whole);
  g_assert_cmphex (GUINT64_SWAP_LE_BE (whole[0]), ==, G_GUINT64_CONSTANT (0xa3817f04ba25a8e6));
  g_assert_cmphex (GUINT64_SWAP_LE_BE (whole[1]), ==, G_GUINT64_CONSTANT (0x6df67214c7550293));
  thaw_hash128_init (&hash, key);
  thaw_hash128_add (&hash, &zero, 1);
  thaw_hash128_end (&hash, whole);
  g_assert_cmphex (GUINT64_SWAP_LE_BE (whole[0]), ==, G_GUINT64_CONSTANT (0xda87c1d86b99af44));
  g_assert_cmphex (GUINT64_SWAP_LE_BE (whole[1]), ==, G_GUINT64_CONSTANT (0x347659119b22fc45));

  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = g_test_rand_int_range (0, 256);
  for (guint round = 0; round < 200; round++)
    {
      thaw_hash128_init (&hash, key);
      thaw_hash128_add (&hash, bytes, sizeof bytes);
      thaw_hash128_end (&hash, whole);
      thaw_hash128_init (&hash, key);
      for (gsize at = 0, n; at < sizeof bytes; at += n)
        {
          n = (gsize) g_test_rand_int_range (0, 40);
          n = MIN (sizeof bytes - at, n);
          thaw_hash128_add (&hash, bytes + at, n);
        }
      thaw_hash128_end (&hash, pieces);
      g_assert_true (whole[0] == pieces[0] && whole[1] == pieces[1]);
    }
}

static const gsize sizes[] = { 0, 1, 100, 4096, 4097, 8192, 8193, 30000, 600000 };

/* Of few sizes and few contents, some differing in one byte only, anywhere. */
static void
make_file (const char *path, GPtrArray *made)
{
  gsize size = sizes[g_test_rand_int_range (0, G_N_ELEMENTS (sizes))];
  g_autofree char *bytes = g_malloc0 (size + 1);
  gboolean done = FALSE;

  if (size > 0)
    bytes[0] = (char) g_test_rand_int_range (0, 2);
  if (size > 0 && g_test_rand_bit ())
    bytes[g_test_rand_int_range (0, (gint) size)] = 'x';
  if (made->len > 0 && g_test_rand_int_range (0, 6) == 0)
    done = link (g_ptr_array_index (made, g_test_rand_int_range (0, (gint) made->len)), path) == 0;
  if (!done)
    g_assert_true (g_file_set_contents_full (path,
                                             bytes,
                                             (gssize) size,
                                             G_FILE_SET_CONTENTS_NONE,
                                             0666,
                                             NULL));
  g_ptr_array_add (made, g_strdup (path));
}

static GPtrArray *
make_files (const char *root, guint n)
{
  GPtrArray *made = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *folder = g_strdup_printf ("%s/f%u\n/\xff%u", root, i % 3, i % 5);
      g_autofree char *path = g_strdup_printf ("%s/-file %u", folder, i);

      g_mkdir_with_parents (folder, 0777);
      make_file (path, made);
      if (i % 10 == 0)
        {
          g_autofree char *turn = g_strdup_printf ("%s/link%u", folder, i);

          g_assert_cmpint (symlink ("..", turn), ==, 0);
        }
    }
  return made;
}

/* Content -> paths. */
static GHashTable *
model_of (GPtrArray *paths, gsize min_size)
{
  GHashTable *model = g_hash_table_new_full (g_bytes_hash,
                                             g_bytes_equal,
                                             (GDestroyNotify) g_bytes_unref,
                                             (GDestroyNotify) g_ptr_array_unref);

  for (guint i = 0; i < paths->len; i++)
    {
      char *text;
      gsize size;
      g_autoptr (GBytes) bytes = NULL;
      GPtrArray *same;

      g_assert_true (g_file_get_contents (g_ptr_array_index (paths, i), &text, &size, NULL));
      bytes = g_bytes_new_take (text, size);
      if (size < min_size)
        continue;
      same = g_hash_table_lookup (model, bytes);
      if (same == NULL)
        {
          same = g_ptr_array_new ();
          g_hash_table_insert (model, g_bytes_ref (bytes), same);
        }
      g_ptr_array_add (same, g_ptr_array_index (paths, i));
    }
  return model;
}

static guint64
inode_of (const char *path)
{
  struct stat info;

  g_assert_cmpint (lstat (path, &info), ==, 0);
  return info.st_ino;
}

static guint
count_inodes (GPtrArray *paths)
{
  g_autoptr (GHashTable) inodes = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < paths->len; i++)
    g_hash_table_add (inodes, GSIZE_TO_POINTER (inode_of (g_ptr_array_index (paths, i))));
  return g_hash_table_size (inodes);
}

static ThawDuplicates *
search (const char *path, guint64 min_size)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  ThawDuplicates *search = thaw_duplicates_new (file, min_size);

  thaw_duplicates_start (search);
  return search;
}

#define run_until_done(search)                                                                     \
  run_until (thaw_duplicates_get_state (search) == THAW_DUPLICATES_DONE)

static void
check_group (ThawDuplicates *self, const ThawDuplicatesGroup *group, GHashTable *model)
{
  g_autoptr (GArray) files = thaw_duplicates_list_files (self, group->group);
  g_autoptr (GBytes) bytes = NULL;
  GPtrArray *same;
  char *text;
  gsize size;

  g_assert_cmpuint (files->len, ==, group->n_files);
  g_assert_true (g_file_load_contents (g_array_index (files, ThawDuplicatesFile, 0).file,
                                       NULL,
                                       &text,
                                       &size,
                                       NULL,
                                       NULL));
  bytes = g_bytes_new_take (text, size);
  same = g_hash_table_lookup (model, bytes);
  g_assert_nonnull (same);
  g_assert_cmpuint (same->len, ==, files->len);
  g_assert_cmpuint (size, ==, group->size);
  g_assert_cmpuint (count_inodes (same), ==, group->n_copies);
  g_assert_cmpuint (group->waste, ==, size * (group->n_copies - 1));
  for (guint i = 0; i < files->len; i++)
    {
      const ThawDuplicatesFile *file = &g_array_index (files, ThawDuplicatesFile, i),
                               *before = file - 1;

      g_assert_true (g_ptr_array_find_with_equal_func (same,
                                                       g_file_peek_path (file->file),
                                                       g_str_equal,
                                                       NULL));
      if (i > 0)
        g_assert_cmpint (file->copy == before->copy,
                         ==,
                         inode_of (g_file_peek_path (file->file))
                             == inode_of (g_file_peek_path (before->file)));
    }
  g_hash_table_remove (model, bytes);
}

static void
test_random (Fixture *self, gconstpointer data)
{
  for (guint round = 0; round < 4; round++)
    {
      guint64 min_size = round % 2;
      g_autofree char *root = g_strdup_printf ("%s/%u", self->folder, round);
      g_autoptr (GPtrArray) paths = make_files (root, 60 << round);
      g_autoptr (GHashTable) model = model_of (paths, min_size);
      g_autoptr (ThawDuplicates) duplicates = search (root, min_size);
      ThawDuplicatesGroup group;
      ThawDuplicatesProgress progress;
      guint64 waste = 0, before = G_MAXUINT64;
      GHashTableIter iter;
      gpointer same;

      run_until_done (duplicates);
      for (guint i = 0; thaw_duplicates_get_group (duplicates, i, &group); i++)
        {
          check_group (duplicates, &group, model);
          g_assert_cmpuint (group.waste, <=, before);
          before = group.waste;
          waste += group.waste;
        }
      g_hash_table_iter_init (&iter, model);
      while (g_hash_table_iter_next (&iter, NULL, &same))
        g_assert_cmpuint (count_inodes (same), ==, 1);
      thaw_duplicates_get_progress (duplicates, &progress);
      g_assert_cmpuint (progress.waste, ==, waste);
      g_assert_cmpuint (progress.n_unreadable + progress.n_changed, ==, 0);
      g_assert_cmpuint (progress.bytes_read, <=, progress.bytes_max);
    }
}

/* Files change and go while they are compared: what is shown was equal, and nothing breaks. */
static void
test_changes (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) paths = make_files (self->folder, 400);
  g_autoptr (ThawDuplicates) duplicates = search (self->folder, 1);
  ThawDuplicatesProgress progress;

  run_until (thaw_duplicates_get_state (duplicates) >= THAW_DUPLICATES_READING);
  for (guint i = 0; i < paths->len; i++)
    if (i % 3 == 0)
      g_unlink (g_ptr_array_index (paths, i));
    else if (i % 3 == 1)
      g_assert_true (g_file_set_contents_full (g_ptr_array_index (paths, i),
                                               "new",
                                               -1,
                                               G_FILE_SET_CONTENTS_NONE,
                                               0666,
                                               NULL));
  run_until_done (duplicates);
  thaw_duplicates_get_progress (duplicates, &progress);
  g_assert_cmpuint (progress.n_unreadable, ==, 0);
}

static void
test_verify (Fixture *self, gconstpointer data)
{
  g_autofree char *other = g_strconcat (self->path, "2", NULL);
  g_autoptr (ThawDuplicates) duplicates = NULL;
  ThawFuture *future;

  put (self->path, "the same");
  put (other, "the same");
  duplicates = search (self->folder, 1);
  run_until_done (duplicates);
  g_assert_cmpuint (thaw_duplicates_get_n_groups (duplicates), ==, 1);
  finish (thaw_duplicates_verify (duplicates, self->scope, 0));
  put (other, "changed!");
  future = thaw_duplicates_verify (duplicates, self->scope, 0);
  run_until_complete (future);
  assert_rejected (future, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG);
  thaw_future_unref (future);
  future = thaw_duplicates_verify (duplicates, self->scope, 1);
  assert_rejected (future, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  thaw_future_unref (future);
}

/* With a rate it takes its time. */
static void
test_rate (Fixture *self, gconstpointer data)
{
  g_autofree char *bytes = g_malloc0 (2000000);
  g_autofree char *other = g_strconcat (self->path, "2", NULL);
  g_autoptr (ThawDuplicates) duplicates = thaw_duplicates_new (self->file, 1), folder = NULL;
  g_autoptr (GFile) location = g_file_new_for_path (self->folder);
  gint64 start_usec = g_get_monotonic_time ();

  g_file_set_contents_full (self->path, bytes, 2000000, G_FILE_SET_CONTENTS_NONE, 0666, NULL);
  g_file_set_contents_full (other, bytes, 2000000, G_FILE_SET_CONTENTS_NONE, 0666, NULL);
  folder = thaw_duplicates_new (location, 1);
  thaw_duplicates_set_rate (folder, 8 * 1000 * 1000);
  thaw_duplicates_start (folder);
  run_until_done (folder);
  g_assert_cmpint (g_get_monotonic_time () - start_usec, >, 180000);
  g_assert_cmpuint (thaw_duplicates_get_n_groups (folder), ==, 1);
  thaw_duplicates_start (duplicates);
  run_until (thaw_duplicates_get_state (duplicates) == THAW_DUPLICATES_FAILED);
  g_assert_error (thaw_duplicates_get_error (duplicates), G_IO_ERROR, G_IO_ERROR_NOT_DIRECTORY);
}

static void
test_ends (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) paths = make_files (self->folder, 200);

  for (guint i = 0; i < 60; i++)
    {
      g_autoptr (ThawDuplicates) duplicates = search (self->folder, 1);

      for (guint turns = g_test_rand_int_range (0, 20); turns > 0; turns--)
        {
          g_main_context_iteration (NULL, FALSE);
          g_usleep (g_test_rand_int_range (0, 500));
        }
      if (i % 3 == 1)
        thaw_duplicates_stop (duplicates);
      else if (i % 3 == 2)
        thaw_duplicates_start (duplicates);
      if (i % 10 == 2 && i % 3 != 1)
        run_until_done (duplicates);
    }
}

int
main (int argc, char **argv)
{
  if (g_access ("/dev/shm", W_OK) == 0)
    g_setenv ("TMPDIR", "/dev/shm", TRUE);
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/duplicates/hash", test_hash);
#define ADD(name) g_test_add ("/duplicates/" #name, Fixture, NULL, set_up, test_##name, tear_down)
  ADD (random);
  ADD (changes);
  ADD (verify);
  ADD (rate);
  ADD (ends);
  return g_test_run ();
}
