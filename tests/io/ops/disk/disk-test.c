/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of io/ops/disk share. Looks at trees with other means than what is tested: by
 * path. */

#include "disk-test.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
scratch_set_up (Scratch *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->path = g_dir_make_tmp ("thaw-disk-XXXXXX", &error);
  g_assert_no_error (error);
  self->place = thaw_place_open (self->path, &error);
  g_assert_no_error (error);
}

void
scratch_tear_down (Scratch *self, gconstpointer data)
{
  scratch_run (self, "chmod -R u+rwX . && cd / && rm -rf '%s'", self->path);
  thaw_place_unref (self->place);
  g_free (self->path);
}

char *
scratch_dup_path (Scratch *self, const char *format, ...)
{
  g_autofree char *name = NULL;
  va_list args;

  va_start (args, format);
  name = g_strdup_vprintf (format, args);
  va_end (args);
  return g_build_filename (self->path, name, NULL);
}

void
scratch_write (Scratch *self, const char *name, gconstpointer bytes, gssize size)
{
  g_autofree char *path = g_build_filename (self->path, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, bytes, size, &error);
  g_assert_no_error (error);
}

void
scratch_write_random (Scratch *self, const char *name, gsize size)
{
  g_autofree guint32 *bytes = g_malloc (size + sizeof (guint32));

  for (gsize i = 0; i * sizeof (guint32) < size; i++)
    bytes[i] = g_test_rand_int ();
  scratch_write (self, name, bytes, size);
}

void
scratch_run (Scratch *self, const char *format, ...)
{
  g_autofree char *command = NULL, *whole = NULL;
  va_list args;

  va_start (args, format);
  command = g_strdup_vprintf (format, args);
  va_end (args);
  whole = g_strdup_printf ("cd '%s' && %s", self->path, command);
  if (system (whole) != 0)
    g_error ("failed: %s", command);
}

gboolean
scratch_has (Scratch *self, const char *name)
{
  return thaw_place_look (self->place, name, NULL, NULL);
}

guint
scratch_count_hidden (Scratch *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->path, 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    n += name[0] == '.';
  return n;
}

void
scratch_make_tree (Scratch *self)
{
  scratch_run (self, "mkdir -p tree/one/two tree/three tree/empty");
  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *name = g_strdup_printf ("tree/one/file-%u", i);

      scratch_write_random (self, name, i * 7001);
    }
  scratch_write_random (self, "tree/one/two/large", 3 << 20);
  scratch_run (self, "ln tree/one/file-3 tree/three/linked && ln tree/one/file-3 tree/three/again");
  scratch_run (self, "ln -s nowhere tree/three/dangling && ln -s .. tree/three/up");
  scratch_run (self, "mkfifo tree/fifo && truncate -s 3M tree/hole && printf x >>tree/hole");
  scratch_run (self,
               "chmod 4755 tree/one/file-1 && chmod 400 tree/one/file-2 && chmod 555 tree/three");
  scratch_run (self, "touch -d '2001-02-03 04:05:06.789' tree/one/file-4 tree/one/two tree/empty");
  scratch_run (self, "touch -h -d '2002-02-03 04:05:06.123456789' tree/three/dangling");
}

static GPtrArray *
list_names (const char *path)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort_values (names, (GCompareFunc) strcmp);
  return names;
}

static void
assert_same_text (const char *a, const char *b)
{
  g_autofree char *text_a = g_file_read_link (a, NULL), *text_b = g_file_read_link (b, NULL);

  g_assert_cmpstr (text_a, ==, text_b);
}

static void
assert_same_bytes (const char *a, const char *b)
{
  g_autofree char *bytes_a = NULL, *bytes_b = NULL;
  gsize size_a, size_b;

  g_assert_true (g_file_get_contents (a, &bytes_a, &size_a, NULL));
  g_assert_true (g_file_get_contents (b, &bytes_b, &size_b, NULL));
  g_assert_cmpmem (bytes_a, size_a, bytes_b, size_b);
}

static void
assert_same_stat (const char *a, const char *b, struct stat *st)
{
  struct stat other;

  if (lstat (a, st) != 0 || lstat (b, &other) != 0)
    g_error ("%s or %s is missing", a, b);
  if (st->st_mode != other.st_mode || st->st_uid != other.st_uid || st->st_gid != other.st_gid)
    g_error ("%s: mode or owner: %o %o", a, st->st_mode, other.st_mode);
  if (st->st_mtim.tv_sec != other.st_mtim.tv_sec || st->st_mtim.tv_nsec != other.st_mtim.tv_nsec)
    g_error ("%s: time", a);
  if (!S_ISDIR (st->st_mode) && st->st_nlink != other.st_nlink)
    g_error ("%s: %u and %u links", a, (guint) st->st_nlink, (guint) other.st_nlink);
}

static void assert_same (const char *a, const char *b);

static void
assert_same_folders (const char *a, const char *b)
{
  g_autoptr (GPtrArray) names_a = list_names (a), names_b = list_names (b);

  g_assert_cmpuint (names_a->len, ==, names_b->len);
  for (guint i = 0; i < names_a->len; i++)
    {
      g_autofree char *path_a = g_build_filename (a, names_a->pdata[i], NULL);
      g_autofree char *path_b = g_build_filename (b, names_b->pdata[i], NULL);

      g_assert_cmpstr (names_a->pdata[i], ==, names_b->pdata[i]);
      assert_same (path_a, path_b);
    }
}

static void
assert_same (const char *a, const char *b)
{
  struct stat st;

  assert_same_stat (a, b, &st);
  if (S_ISDIR (st.st_mode))
    assert_same_folders (a, b);
  else if (S_ISLNK (st.st_mode))
    assert_same_text (a, b);
  else if (S_ISREG (st.st_mode))
    assert_same_bytes (a, b);
}

void
assert_same_trees (Scratch *self, const char *a, const char *b)
{
  g_autofree char *path_a = g_build_filename (self->path, a, NULL);
  g_autofree char *path_b = g_build_filename (self->path, b, NULL);

  assert_same (path_a, path_b);
}
