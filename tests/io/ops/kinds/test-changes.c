/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rename, create, link, delete and attributes: what comes out, and back again. */

#include "kinds-test.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static ThawOperationRequest *
with_names (ThawOperationRequest *request, ...)
{
  va_list names;
  const char *name;

  va_start (names, request);
  while ((name = va_arg (names, const char *)) != NULL)
    thaw_operation_request_add_name (request, name);
  va_end (names);
  return request;
}

static ThawOperationRequest *
with_flag (ThawOperationRequest *request, const char *flag)
{
  thaw_operation_request_set_option (request, flag, g_variant_new_boolean (TRUE));
  return request;
}

static ThawOperationRequest *
with_rule (ThawOperationRequest *request, ThawRule rule)
{
  thaw_operation_request_set_rule (request, THAW_CONFLICT_FILE, rule);
  thaw_operation_request_set_rule (request, THAW_CONFLICT_TYPE, rule);
  thaw_operation_request_set_rule (request, THAW_CONFLICT_FOLDER, rule);
  return request;
}

/* --- rename --- */

static void
test_rename (Fixture *self, gconstpointer data)
{
  make_tree (self, "a=1", "d/x=2", NULL);
  do_request (self, with_names (new_request (self, "rename", NULL, "a", NULL), "b", NULL));
  do_request (self, with_names (new_request (self, "rename", NULL, "d", NULL), "e", NULL));
  assert_tree (self, "", "b=1 e/ e/x=2");
  undo (self);
  undo (self);
  assert_tree (self, "", "a=1 d/ d/x=2");
}

static void
test_rename_circle (Fixture *self, gconstpointer data)
{
  make_tree (self, "a=1", "b=2", "c=3", "d=4", NULL);
  do_request (self,
              with_names (new_request (self, "rename", NULL, "a", "b", "c", "d", NULL),
                          "b",
                          "c",
                          "a",
                          "e",
                          NULL));
  assert_tree (self, "", "a=3 b=1 c=2 e=4");
  assert_no_litter (self);
  undo (self);
  assert_tree (self, "", "a=1 b=2 c=3 d=4");
  redo (self);
  assert_tree (self, "", "a=3 b=1 c=2 e=4");
}

static void
test_rename_all_or_none (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL;

  make_tree (self, "a=1", "b=2", "c=3", NULL);
  /* Nobody can be asked about c, so a stays, and what is called a later can't be. */
  operation = run_request (
      self,
      with_names (new_request (self, "rename", NULL, "a", "b", NULL), "c", "a", NULL));
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_FAILED);
  assert_tree (self, "", "a=1 b=2 c=3");
  g_clear_object (&operation);
  operation = run_request (
      self,
      with_names (new_request (self, "rename", NULL, "a", "b", NULL), "x", "x", NULL));
  g_assert_error (thaw_operation_get_error (operation), G_IO_ERROR, G_IO_ERROR_EXISTS);
  assert_tree (self, "", "a=1 b=2 c=3");
}

static void
test_rename_conflict (Fixture *self, gconstpointer data)
{
  make_tree (self, "a=1", "b=2", NULL);
  do_request (self,
              with_rule (with_names (new_request (self, "rename", NULL, "a", NULL), "b", NULL),
                         THAW_RULE_KEEP_BOTH));
  assert_tree (self, "", "b=2 b (2)=1");
  do_request (self,
              with_rule (with_names (new_request (self, "rename", NULL, "b (2)", NULL), "b", NULL),
                         THAW_RULE_REPLACE));
  assert_tree (self, "", "b=1");
  undo (self);
  assert_tree (self, "", "b=2 b (2)=1");
}

static void
test_rename_badly (Fixture *self, gconstpointer data)
{
  const char *names[] = { "", ".", "..", "x/y" };

  make_tree (self, "a=1", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (ThawOperation) operation = run_request (
          self,
          with_names (new_request (self, "rename", NULL, "a", NULL), names[i], NULL));

      g_assert_error (thaw_operation_get_error (operation),
                      G_IO_ERROR,
                      G_IO_ERROR_INVALID_FILENAME);
    }
  assert_tree (self, "", "a=1");
}

/* --- create --- */

static void
test_create (Fixture *self, gconstpointer data)
{
  ThawOperationRequest *request;

  make_tree (self, "template=form", NULL);
  do_request (self, with_names (new_request (self, "create", "", NULL), "empty", NULL));
  do_request (self,
              with_flag (with_names (new_request (self, "create", "", NULL), "f", NULL), "folder"));
  do_request (self,
              with_names (new_request (self, "create", "", "template", NULL), "letter", NULL));
  request = with_names (new_request (self, "create", "f", NULL), "pasted", NULL);
  thaw_operation_request_set_option (
      request,
      "content",
      g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, "bytes", 5, 1));
  do_request (self, request);
  assert_tree (self, "", "empty= f/ f/pasted=bytes letter=form template=form");
  assert_no_litter (self);
  for (guint i = 0; i < 4; i++)
    undo (self);
  assert_tree (self, "", "template=form");
  for (guint i = 0; i < 4; i++)
    redo (self);
  assert_tree (self, "", "empty= f/ f/pasted=bytes letter=form template=form");
}

static void
test_create_mode (Fixture *self, gconstpointer data)
{
  g_autofree char *path = g_build_filename (self->folder, "file", NULL);
  struct stat st;
  mode_t mask = umask (027);

  do_request (self, with_names (new_request (self, "create", "", NULL), "file", NULL));
  umask (mask);
  g_assert_no_errno (stat (path, &st));
  g_assert_cmpint (st.st_mode & 07777, ==, 0640);
}

static void
test_create_around (Fixture *self, gconstpointer data)
{
  make_tree (self, "a=1", "d/x=2", "rest=3", NULL);
  do_request (self,
              with_flag (with_names (new_request (self, "create", "", "a", "d", NULL), "new", NULL),
                         "folder"));
  assert_tree (self, "", "new/ new/a=1 new/d/ new/d/x=2 rest=3");
  undo (self);
  assert_tree (self, "", "a=1 d/ d/x=2 rest=3");
}

static void
test_create_conflict (Fixture *self, gconstpointer data)
{
  make_tree (self, "a=1", NULL);
  do_request (self,
              with_rule (with_names (new_request (self, "create", "", NULL), "a", NULL),
                         THAW_RULE_KEEP_BOTH));
  assert_tree (self, "", "a=1 a (2)=");
  do_request (self,
              with_rule (with_names (new_request (self, "create", "", NULL), "a", NULL),
                         THAW_RULE_REPLACE));
  assert_tree (self, "", "a= a (2)=");
  undo (self);
  assert_tree (self, "", "a=1 a (2)=");
}

/* --- link --- */

static void
test_link (Fixture *self, gconstpointer data)
{
  g_autofree char *expected = NULL, *a = g_build_filename (self->folder, "a", NULL);
  g_autofree char *hard = g_build_filename (self->folder, "to/hard", NULL);
  struct stat st, other;

  make_tree (self, "a=1", "d/x=2", "to/", NULL);
  do_request (self, with_flag (new_request (self, "link", "to", "a", NULL), "symbolic"));
  do_request (
      self,
      with_flag (with_flag (with_names (new_request (self, "link", "to", "d/x", NULL), "rel", NULL),
                            "symbolic"),
                 "relative"));
  do_request (self, with_names (new_request (self, "link", "to", "a", NULL), "hard", NULL));
  expected = g_strdup_printf ("a->%s hard=1 rel->../d/x", a);
  assert_tree (self, "to", expected);
  g_assert_no_errno (stat (a, &st));
  g_assert_no_errno (stat (hard, &other));
  g_assert_cmpuint (st.st_ino, ==, other.st_ino);
  assert_no_litter (self);
  for (guint i = 0; i < 3; i++)
    undo (self);
  assert_tree (self, "to", "");
}

static void
test_link_beside (Fixture *self, gconstpointer data)
{
  make_tree (self, "a=1", NULL);
  do_request (
      self,
      with_flag (with_flag (new_request (self, "link", "", "a", NULL), "symbolic"), "relative"));
  assert_tree (self, "", "a=1 a (2)->a");
}

/* --- delete --- */

static void
test_delete (Fixture *self, gconstpointer data)
{
  g_autofree char *before = NULL, *after = NULL;

  make_tree (self, "a=1", "d/x=2", "d/e/y=3", "l->a", "rest=4", NULL);
  before = read_exactly (self->folder);
  do_request (self, new_request (self, "delete", NULL, "a", "d", "l", NULL));
  assert_tree (self, "", "rest=4");
  undo (self);
  after = read_exactly (self->folder);
  g_assert_cmpstr (after, ==, before);
  redo (self);
  assert_tree (self, "", "rest=4");
}

static void
test_forget (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL;

  make_tree (self, "a=1", "d/x=2", "d/e/y=3", "rest=4", NULL);
  do_request (self, with_flag (new_request (self, "delete", NULL, "a", "d", NULL), "forget"));
  assert_tree (self, "", "rest=4");
  assert_no_litter (self);
  operation = thaw_operation_queue_undo (self->queue);
  if (operation != NULL)
    {
      run_operation (operation);
      g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_FAILED);
    }
  assert_tree (self, "", "rest=4");
}

/* --- attributes --- */

static guint
get_mode (Fixture *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  struct stat st;

  g_assert_no_errno (lstat (path, &st));
  return st.st_mode & 07777;
}

static void
set_mode (Fixture *self, const char *name, guint mode)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  g_assert_no_errno (chmod (path, mode));
}

static void
test_mode (Fixture *self, gconstpointer data)
{
  ThawOperationRequest *request;

  make_tree (self, "d/plain=1", "d/program=2", "d/e/z=3", "d/l->plain", NULL);
  set_mode (self, "d/plain", 0644);
  set_mode (self, "d/program", 0755);
  request = with_flag (new_request (self, "attributes", NULL, "d", NULL), "recursive");
  thaw_operation_request_set_option (request, "mode", g_variant_new_string ("go=,u=rwX"));
  do_request (self, request);
  g_assert_cmpint (get_mode (self, "d"), ==, 0700);
  g_assert_cmpint (get_mode (self, "d/e"), ==, 0700);
  g_assert_cmpint (get_mode (self, "d/plain"), ==, 0600);
  g_assert_cmpint (get_mode (self, "d/program"), ==, 0700);
  undo (self);
  g_assert_cmpint (get_mode (self, "d"), ==, 0755);
  g_assert_cmpint (get_mode (self, "d/plain"), ==, 0644);
  g_assert_cmpint (get_mode (self, "d/program"), ==, 0755);
  redo (self);
  g_assert_cmpint (get_mode (self, "d/plain"), ==, 0600);
}

/* Files and folders can be told apart. */
static void
test_folder_mode (Fixture *self, gconstpointer data)
{
  ThawOperationRequest *request;

  make_tree (self, "d/plain=1", "d/e/z=3", NULL);
  set_mode (self, "d/plain", 0644);
  request = with_flag (new_request (self, "attributes", NULL, "d", NULL), "recursive");
  thaw_operation_request_set_option (request, "mode", g_variant_new_string ("go-r"));
  thaw_operation_request_set_option (request, "folder-mode", g_variant_new_string ("o-rx"));
  do_request (self, request);
  g_assert_cmpint (get_mode (self, "d"), ==, 0750);
  g_assert_cmpint (get_mode (self, "d/e"), ==, 0750);
  g_assert_cmpint (get_mode (self, "d/plain"), ==, 0600);
  undo (self);
  g_assert_cmpint (get_mode (self, "d/e"), ==, 0755);
  request = with_flag (new_request (self, "attributes", NULL, "d", NULL), "recursive");
  thaw_operation_request_set_option (request, "folder-mode", g_variant_new_string ("o="));
  do_request (self, request);
  g_assert_cmpint (get_mode (self, "d/e"), ==, 0750);
  g_assert_cmpint (get_mode (self, "d/plain"), ==, 0644);
}

/* Rights that lock out whoever changes them, and back. */
static void
test_locked (Fixture *self, gconstpointer data)
{
  ThawOperationRequest *request;

  make_tree (self, "d/e/x=1", NULL);
  request = with_flag (new_request (self, "attributes", NULL, "d", NULL), "recursive");
  thaw_operation_request_set_option (request, "mode", g_variant_new_uint32 (0));
  do_request (self, request);
  g_assert_cmpint (get_mode (self, "d"), ==, 0);
  request = with_flag (new_request (self, "attributes", NULL, "d", NULL), "recursive");
  thaw_operation_request_set_option (request, "mode", g_variant_new_string ("u=rwX,go=rX"));
  do_request (self, request);
  g_assert_cmpint (get_mode (self, "d/e"), ==, 0755);
  g_assert_cmpint (get_mode (self, "d/e/x"), ==, 0644);
}

static void
test_times (Fixture *self, gconstpointer data)
{
  g_autofree char *path = g_build_filename (self->folder, "a", NULL);
  ThawOperationRequest *request = new_request (self, "attributes", NULL, "a", NULL);
  struct stat before, after;

  make_tree (self, "a=1", NULL);
  g_assert_no_errno (stat (path, &before));
  thaw_operation_request_set_option (request,
                                     "mtime-nsec",
                                     g_variant_new_int64 (G_GINT64_CONSTANT (1234567890123456789)));
  do_request (self, request);
  g_assert_no_errno (stat (path, &after));
  g_assert_cmpint (after.st_mtim.tv_sec, ==, 1234567890);
  g_assert_cmpint (after.st_mtim.tv_nsec, ==, 123456789);
  undo (self);
  g_assert_no_errno (stat (path, &after));
  g_assert_cmpint (after.st_mtim.tv_sec, ==, before.st_mtim.tv_sec);
  g_assert_cmpint (after.st_mtim.tv_nsec, ==, before.st_mtim.tv_nsec);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  TEST ("/ops/rename/one", test_rename);
  TEST ("/ops/rename/circle", test_rename_circle);
  TEST ("/ops/rename/all-or-none", test_rename_all_or_none);
  TEST ("/ops/rename/conflict", test_rename_conflict);
  TEST ("/ops/rename/badly", test_rename_badly);
  TEST ("/ops/create/all", test_create);
  TEST ("/ops/create/mode", test_create_mode);
  TEST ("/ops/create/around", test_create_around);
  TEST ("/ops/create/conflict", test_create_conflict);
  TEST ("/ops/link/all", test_link);
  TEST ("/ops/link/beside", test_link_beside);
  TEST ("/ops/delete/kept", test_delete);
  TEST ("/ops/delete/forgotten", test_forget);
  TEST ("/ops/attributes/mode", test_mode);
  TEST ("/ops/attributes/folder-mode", test_folder_mode);
  TEST ("/ops/attributes/locked", test_locked);
  TEST ("/ops/attributes/times", test_times);
  return g_test_run ();
}
