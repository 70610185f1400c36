/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trash, restore and emptying: the text of a .trashinfo, names that are taken, folders of origin
 * that are gone, what stands in the way, and undo, also after a restart. The home's trash is one of
 * the test's own. */

#include "../kinds/kinds-test.h"

#include "../../../../io/ops/kinds/trash/thaw-trash-private.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

/* --- .trashinfo --- */

static void
test_info_bytes (void)
{
  for (guint i = 0; i < 500; i++)
    {
      ThawTrash home = { .top = NULL }, other = { .top = (char *) "/media/stick" };
      ThawTrash *trash = i % 2 == 0 ? &home : &other;
      g_autoptr (GString) path = g_string_new (trash->top != NULL ? "/media/stick" : "/home/me");
      g_autofree char *read = NULL;
      g_autoptr (GBytes) text = NULL;
      gint64 deleted, now = g_get_real_time ();
      guint n = g_test_rand_int_range (1, 60);

      g_string_append_c (path, '/');
      for (guint k = 0; k < n; k++)
        {
          char c = (char) g_test_rand_int_range (1, 256);

          g_string_append_c (path, c == '/' || c == '.' ? 'x' : c);
        }
      text = thaw_trash_info_make (trash, path->str, now);
      g_assert_true (thaw_trash_info_parse (g_bytes_get_data (text, NULL),
                                            g_bytes_get_size (text),
                                            trash->top,
                                            &read,
                                            &deleted));
      g_assert_cmpstr (read, ==, path->str);
      g_assert_cmpint (deleted, ==, now / G_USEC_PER_SEC * G_USEC_PER_SEC);
    }
}

static void
test_info_lies (void)
{
  static const struct {
    const char *text, *top, *path;
  } cases[] = {
    { "[Trash Info]\nPath=/a/b%20c\nDeletionDate=2026-01-02T03:04:05\n", NULL, "/a/b c" },
    { "[Trash Info]\r\nPath=/a\r\n", NULL, "/a" },
    { "[Trash Info]\nPath=x/y\n", "/top", "/top/x/y" },
    { "[Trash Info]\nPath=/a\nPath=/b\n", NULL, "/a" },
    { "[Trash Info]\nPath=../x\n", "/top", NULL },
    { "[Trash Info]\nPath=a/%2e%2e/%2e%2e/x\n", "/top", NULL },
    { "[Trash Info]\nPath=/etc/passwd\n", "/top", NULL },
    { "[Trash Info]\nPath=relative\n", NULL, NULL },
    { "[Trash Info]\nPath=/a%00b\n", NULL, NULL },
    { "[Trash Info]\nPath=/a%zz\n", NULL, NULL },
    { "[Trash Info]\nPath=\n", NULL, NULL },
    { "[Other]\nPath=/a\n", NULL, NULL },
    { "", NULL, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = NULL;
      gint64 deleted;

      thaw_trash_info_parse (cases[i].text, strlen (cases[i].text), cases[i].top, &path, &deleted);
      g_assert_cmpstr (path, ==, cases[i].path);
    }
}

/* --- the operations --- */

static GFile *
in_trash (const char *name)
{
  return g_file_new_build_filename (g_get_user_data_dir (), "Trash", "files", name, NULL);
}

static gboolean
is_in_trash (const char *name)
{
  g_autoptr (GFile) file = in_trash (name);
  g_autofree char *info_name = thaw_trash_info_name (name);
  g_autofree char *info
      = g_build_filename (g_get_user_data_dir (), "Trash", "info", info_name, NULL);
  gboolean has_info = g_file_test (info, G_FILE_TEST_EXISTS);

  g_assert_cmpint (g_file_query_exists (file, NULL), ==, has_info);
  return has_info;
}

/* By name: without sources it would empty the trashes of whoever runs this, on all mounts. */
static ThawOperationRequest *
new_empty_trash (void)
{
  ThawOperationRequest *request = thaw_operation_request_new ("empty-trash");
  g_autofree char *path = g_build_filename (g_get_user_data_dir (), "Trash", "files", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autoptr (GFile) file = in_trash (name);

      thaw_operation_request_add_source (request, file);
    }
  g_assert_cmpuint (thaw_operation_request_get_n_sources (request), >, 0);
  return request;
}

static void
empty_trash (Fixture *self)
{
  do_request (self, new_empty_trash ());
}

static ThawOperationRequest *
new_restore (Fixture *self, const char *name)
{
  ThawOperationRequest *request = thaw_operation_request_new ("restore");
  g_autoptr (GFile) file = in_trash (name);

  thaw_operation_request_add_source (request, file);
  return request;
}

static void
test_there_and_back (Fixture *self, gconstpointer data)
{
  make_tree (self, "a.txt=one", "d/sub/b=two", "l->a.txt", NULL);
  do_request (self, new_request (self, "trash", NULL, "a.txt", "d", "l", NULL));
  assert_tree (self, "", "");
  g_assert_true (is_in_trash ("a.txt") && is_in_trash ("d"));
  fixture_restart (self);
  undo (self);
  assert_tree (self, "", "a.txt=one d/ d/sub/ d/sub/b=two l->a.txt");
  g_assert_false (is_in_trash ("a.txt"));
  redo (self);
  assert_tree (self, "", "");
  do_request (self, new_restore (self, "d"));
  assert_tree (self, "", "d/ d/sub/ d/sub/b=two");
  undo (self);
  g_assert_true (is_in_trash ("d"));
  assert_no_litter (self);
  empty_trash (self);
  g_assert_false (is_in_trash ("d") || is_in_trash ("a.txt"));
}

static void
test_taken (Fixture *self, gconstpointer data)
{
  make_tree (self, "x/n.txt=1", "y/n.txt=2", "z/n.txt=3", NULL);
  do_request (self, new_request (self, "trash", NULL, "x/n.txt", "y/n.txt", "z/n.txt", NULL));
  g_assert_true (is_in_trash ("n.txt") && is_in_trash ("n.2.txt") && is_in_trash ("n.3.txt"));
  do_request (self, new_restore (self, "n.2.txt"));
  assert_tree (self, "", "x/ y/ y/n.txt=2 z/");
  empty_trash (self);
}

/* In the trash it has to be shorter, for ".trashinfo"; at home it has its own name again. */
static void
test_long_name (Fixture *self, gconstpointer data)
{
  g_autofree char *name = g_strnfill (255, 'n');
  g_autofree char *cut = g_strnfill (245, 'n');
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  int fd = g_creat (path, 0644);

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  do_request (self, new_request (self, "trash", NULL, name, NULL));
  g_assert_true (is_in_trash (cut));
  do_request (self, new_restore (self, cut));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_folder_gone (Fixture *self, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (self->folder, "p", NULL);

  make_tree (self, "p/q/r/f=deep", NULL);
  do_request (self, new_request (self, "trash", NULL, "p/q/r/f", NULL));
  remove_all (folder);
  do_request (self, new_restore (self, "f"));
  assert_tree (self, "", "p/ p/q/ p/q/r/ p/q/r/f=deep");
  undo (self);
  assert_tree (self, "", "");
  g_assert_true (is_in_trash ("f"));
  assert_no_litter (self);
  empty_trash (self);
}

static void
test_in_the_way (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL;
  ThawOperationRequest *request;

  make_tree (self, "f=old", NULL);
  do_request (self, new_request (self, "trash", NULL, "f", NULL));
  make_tree (self, "f=new", NULL);
  operation = run_request (self, new_restore (self, "f"));
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_FAILED);
  assert_tree (self, "", "f=new");
  g_assert_true (is_in_trash ("f"));
  /* Whatever the rule, nothing is overwritten. */
  request = new_restore (self, "f");
  thaw_operation_request_set_rule (request, THAW_CONFLICT_FILE, THAW_RULE_REPLACE);
  do_request (self, request);
  assert_tree (self, "", "f=new f (2)=old");
}

static void
test_elsewhere (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL;

  make_tree (self, "f=1", "to/", NULL);
  operation = run_request (self, new_request (self, "restore", NULL, "f", NULL));
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_FAILED);
  assert_tree (self, "", "f=1 to/");
}

static void
test_old_ones (Fixture *self, gconstpointer data)
{
  ThawOperationRequest *request;

  make_tree (self, "f=1", NULL);
  do_request (self, new_request (self, "trash", NULL, "f", NULL));
  request = new_empty_trash ();
  thaw_operation_request_set_option (request, "older-than-days", g_variant_new_uint32 (1));
  do_request (self, request);
  g_assert_true (is_in_trash ("f"));
  empty_trash (self);
  g_assert_false (is_in_trash ("f"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/trash/info/bytes", test_info_bytes);
  g_test_add_func ("/trash/info/lies", test_info_lies);
  TEST ("/trash/there-and-back", test_there_and_back);
  TEST ("/trash/taken", test_taken);
  TEST ("/trash/long-name", test_long_name);
  TEST ("/trash/folder-gone", test_folder_gone);
  TEST ("/trash/in-the-way", test_in_the_way);
  TEST ("/trash/elsewhere", test_elsewhere);
  TEST ("/trash/old-ones", test_old_ones);
  return g_test_run ();
}
