/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copy, move and duplicate: what comes out, by which rule, and back again. */

#include "kinds-test.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
set_rules (ThawOperationRequest *request, ThawRule file, ThawRule folder, ThawRule type)
{
  thaw_operation_request_set_rule (request, THAW_CONFLICT_FILE, file);
  thaw_operation_request_set_rule (request, THAW_CONFLICT_FOLDER, folder);
  thaw_operation_request_set_rule (request, THAW_CONFLICT_TYPE, type);
}

static ThawOperationRequest *
with_rule (ThawOperationRequest *request, ThawRule rule)
{
  set_rules (request, rule, THAW_RULE_MERGE, rule);
  return request;
}

static void
test_copy (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL;
  g_autoptr (GFile) first = get_file (self, "to/a");

  make_tree (self, "a=1", "d/x=2", "d/e/y=3", "d/l->nowhere", "to/", NULL);
  operation = run_request (self, new_request (self, "copy", "to", "a", "d", NULL));
  assert_done (operation);
  assert_tree (self, "to", "a=1 d/ d/e/ d/e/y=3 d/l->nowhere d/x=2");
  assert_tree (self, "d", "e/ e/y=3 l->nowhere x=2");
  g_assert_true (g_file_equal (thaw_operation_get_result (operation, 0), first));
  assert_no_litter (self);
  undo (self);
  assert_tree (self, "to", "");
  redo (self);
  assert_tree (self, "to", "a=1 d/ d/e/ d/e/y=3 d/l->nowhere d/x=2");
}

static void
test_copy_as (Fixture *self, gconstpointer data)
{
  ThawOperationRequest *request = new_request (self, "copy", "to", "a", NULL);

  make_tree (self, "a=1", "to/", NULL);
  thaw_operation_request_add_name (request, "b");
  do_request (self, request);
  assert_tree (self, "to", "b=1");
}

static void
test_ask_nobody (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL;

  make_tree (self, "a=new", "b=2", "to/a=old", NULL);
  operation = run_request (self, new_request (self, "copy", "to", "a", "b", NULL));
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_FAILED);
  g_assert_cmpuint (thaw_operation_get_n_problems (operation), ==, 1);
  assert_tree (self, "to", "a=old b=2");
}

static void
test_rules (Fixture *self, gconstpointer data)
{
  make_tree (self, "a=new", "to/a=old", NULL);
  do_request (self, with_rule (new_request (self, "copy", "to", "a", NULL), THAW_RULE_SKIP));
  assert_tree (self, "to", "a=old");
  do_request (self, with_rule (new_request (self, "copy", "to", "a", NULL), THAW_RULE_KEEP_BOTH));
  assert_tree (self, "to", "a=old a (2)=new");
  do_request (self, with_rule (new_request (self, "copy", "to", "a", NULL), THAW_RULE_REPLACE));
  assert_tree (self, "to", "a=new a (2)=new");
  undo (self);
  assert_tree (self, "to", "a=old a (2)=new");
  undo (self);
  assert_tree (self, "to", "a=old");
  redo (self);
  redo (self);
  assert_tree (self, "to", "a=new a (2)=new");
  assert_no_litter (self);
}

static void
test_merge (Fixture *self, gconstpointer data)
{
  make_tree (self,
             "d/a=new",
             "d/b=2",
             "d/e/x=new",
             "d/e/f/y=4",
             "d/g/h/i=5",
             "to/d/a=old",
             "to/d/e/x=old",
             "to/d/e/z=9",
             NULL);
  do_request (self, with_rule (new_request (self, "copy", "to", "d", NULL), THAW_RULE_REPLACE));
  assert_tree (self, "to/d", "a=new b=2 e/ e/f/ e/f/y=4 e/x=new e/z=9 g/ g/h/ g/h/i=5");
  assert_no_litter (self);
  undo (self);
  assert_tree (self, "to/d", "a=old e/ e/x=old e/z=9");
  redo (self);
  assert_tree (self, "to/d", "a=new b=2 e/ e/f/ e/f/y=4 e/x=new e/z=9 g/ g/h/ g/h/i=5");
  do_request (self, with_rule (new_request (self, "copy", "to", "d", NULL), THAW_RULE_SKIP));
  assert_no_litter (self);
}

static void
test_types (Fixture *self, gconstpointer data)
{
  ThawOperationRequest *request;

  make_tree (self, "a=file", "d/x=1", "to/a/inside=2", "to/d=file", NULL);
  request = new_request (self, "copy", "to", "a", "d", NULL);
  set_rules (request, THAW_RULE_REPLACE, THAW_RULE_REPLACE, THAW_RULE_REPLACE);
  do_request (self, request);
  assert_tree (self, "to", "a=file d/ d/x=1");
  undo (self);
  assert_tree (self, "to", "a/ a/inside=2 d=file");
  assert_no_litter (self);
}

static void
test_replace_folder (Fixture *self, gconstpointer data)
{
  ThawOperationRequest *request = new_request (self, "copy", "to", "d", NULL);

  make_tree (self, "d/x=1", "to/d/y=2", NULL);
  set_rules (request, THAW_RULE_REPLACE, THAW_RULE_REPLACE, THAW_RULE_REPLACE);
  do_request (self, request);
  assert_tree (self, "to", "d/ d/x=1");
  undo (self);
  assert_tree (self, "to", "d/ d/y=2");
  redo (self);
  assert_tree (self, "to", "d/ d/x=1");
  /* Forgotten: nothing to bring back, and said so. */
  make_tree (self, "d/z=3", NULL);
  request = new_request (self, "copy", "to", "d", NULL);
  set_rules (request, THAW_RULE_REPLACE, THAW_RULE_REPLACE, THAW_RULE_REPLACE);
  thaw_operation_request_set_option (request, "forget", g_variant_new_boolean (TRUE));
  do_request (self, request);
  assert_tree (self, "to", "d/ d/x=1 d/z=3");
  assert_no_litter (self);
}

static void
test_replaces_its_own_folder (Fixture *self, gconstpointer data)
{
  ThawOperationRequest *request = new_request (self, "copy", "", "a/a", NULL);
  g_autoptr (ThawOperation) operation = NULL;

  make_tree (self, "a/a=1", NULL);
  set_rules (request, THAW_RULE_REPLACE, THAW_RULE_REPLACE, THAW_RULE_REPLACE);
  operation = run_request (self, request);
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_FAILED);
  assert_tree (self, "", "a/ a/a=1");
}

static void
test_into_itself (Fixture *self, gconstpointer data)
{
  const char *kinds[] = { "copy", "move" };

  make_tree (self, "d/e/f/", "d/x=1", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (ThawOperation) operation
          = run_request (self, new_request (self, kinds[i], "d/e/f", "d", NULL));

      g_assert_error (thaw_operation_get_error (operation), G_IO_ERROR, G_IO_ERROR_WOULD_RECURSE);
      assert_tree (self, "d", "e/ e/f/ x=1");
    }
}

static void
test_same_place (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL;

  make_tree (self, "a.txt=1", "d/x=2", NULL);
  operation = run_request (self, new_request (self, "copy", "", "a.txt", NULL));
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_FAILED);
  do_request (self, with_rule (new_request (self, "copy", "", "a.txt", NULL), THAW_RULE_KEEP_BOTH));
  do_request (self, new_request (self, "move", "", "a.txt", "d", NULL));
  assert_tree (self, "", "a (2).txt=1 a.txt=1 d/ d/x=2");
}

static void
test_duplicate (Fixture *self, gconstpointer data)
{
  make_tree (self, "a.txt=1", "d/x=2", NULL);
  do_request (self, new_request (self, "duplicate", NULL, "a.txt", "d", "a.txt", NULL));
  assert_tree (self, "", "a (2).txt=1 a (3).txt=1 a.txt=1 d/ d/x=2 d (2)/ d (2)/x=2");
  undo (self);
  assert_tree (self, "", "a.txt=1 d/ d/x=2");
}

static void
test_twins (Fixture *self, gconstpointer data)
{
  make_tree (self, "a/x=1", "b/x=2", "c/x=3", "to/", NULL);
  do_request (
      self,
      with_rule (new_request (self, "copy", "to", "a/x", "b/x", "c/x", NULL), THAW_RULE_KEEP_BOTH));
  assert_tree (self, "to", "x=1 x (2)=2 x (3)=3");
}

static void
test_move (Fixture *self, gconstpointer data)
{
  make_tree (self, "a=1", "d/x=2", "to/", NULL);
  do_request (self, new_request (self, "move", "to", "a", "d", NULL));
  assert_tree (self, "", "to/ to/a=1 to/d/ to/d/x=2");
  undo (self);
  assert_tree (self, "", "a=1 d/ d/x=2 to/");
  redo (self);
  assert_tree (self, "", "to/ to/a=1 to/d/ to/d/x=2");
}

static void
test_move_merge (Fixture *self, gconstpointer data)
{
  g_autofree char *before = NULL, *after = NULL, *folder = NULL;

  make_tree (self,
             "d/a=new",
             "d/b=2",
             "d/e/x=new",
             "d/e/f/y=4",
             "d/e/w/",
             "d/g/h/i=5",
             "to/d/a=old",
             "to/d/e/x=old",
             "to/d/e/z=9",
             "to/d/e/w/v=1",
             NULL);
  before = read_exactly (self->folder);
  do_request (self, with_rule (new_request (self, "move", "to", "d", NULL), THAW_RULE_REPLACE));
  assert_tree (
      self,
      "",
      "to/ to/d/ to/d/a=new to/d/b=2 to/d/e/ to/d/e/f/ to/d/e/f/y=4 to/d/e/w/ to/d/e/w/v=1 "
      "to/d/e/x=new to/d/e/z=9 to/d/g/ to/d/g/h/ to/d/g/h/i=5");
  assert_no_litter (self);
  undo (self);
  after = read_exactly (self->folder);
  g_assert_cmpstr (after, ==, before);
}

static void
test_move_merge_skips (Fixture *self, gconstpointer data)
{
  make_tree (self, "d/a=new", "d/e/b=2", "to/d/a=old", NULL);
  do_request (self, with_rule (new_request (self, "move", "to", "d", NULL), THAW_RULE_SKIP));
  assert_tree (self, "", "d/ d/a=new to/ to/d/ to/d/a=old to/d/e/ to/d/e/b=2");
}

/* To a device of its own, by way of /dev/shm. */
static void
test_move_across (Fixture *self, gconstpointer data)
{
  g_autofree char *other = g_strdup ("/dev/shm/thaw-kinds-XXXXXX");
  g_autofree char *moved = NULL;
  g_autoptr (GFile) target = NULL;
  struct stat here, there;
  ThawOperationRequest *request;

  if (g_mkdtemp (other) == NULL || stat (other, &there) != 0 || stat (self->folder, &here) != 0
      || here.st_dev == there.st_dev)
    {
      g_test_skip ("There is no other device");
      return;
    }
  make_tree (self, "a=1", "d/x=2", "d/e/y=3", NULL);
  target = g_file_new_for_path (other);
  request = new_request (self, "move", NULL, "a", "d", NULL);
  thaw_operation_request_set_target (request, target);
  do_request (self, request);
  assert_tree (self, "", "");
  moved = read_exactly (other);
  g_assert_nonnull (strstr (moved, "d/e/y"));
  remove_all (other);
}

static void
test_many (Fixture *self, gconstpointer data)
{
  ThawOperationRequest *request = new_request (self, "copy", "to", NULL);
  g_autofree char *before = NULL, *after = NULL,
                  *from = g_build_filename (self->folder, "from", NULL);
  g_autofree char *to = g_build_filename (self->folder, "to", NULL);

  make_tree (self, "to/", "from/", NULL);
  for (guint i = 0; i < 700; i++)
    {
      g_autofree char *entry = g_strdup_printf ("from/%u=%u", i, i * 7);
      g_autofree char *name = g_strdup_printf ("from/%u", i);
      g_autoptr (GFile) file = get_file (self, name);

      make_entry (self, entry);
      thaw_operation_request_add_source (request, file);
    }
  do_request (self, request);
  before = read_exactly (from);
  after = read_exactly (to);
  g_assert_cmpstr (after, ==, before);
  assert_no_litter (self);
}

static void
test_missing (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL;

  make_tree (self, "a=1", "to/", NULL);
  operation = run_request (self, new_request (self, "copy", "to", "no", "a", NULL));
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_FAILED);
  g_assert_cmpuint (thaw_operation_get_n_problems (operation), ==, 1);
  assert_tree (self, "to", "a=1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  TEST ("/ops/transfer/copy", test_copy);
  TEST ("/ops/transfer/copy-as", test_copy_as);
  TEST ("/ops/transfer/ask-nobody", test_ask_nobody);
  TEST ("/ops/transfer/rules", test_rules);
  TEST ("/ops/transfer/merge", test_merge);
  TEST ("/ops/transfer/types", test_types);
  TEST ("/ops/transfer/replace-folder", test_replace_folder);
  TEST ("/ops/transfer/replaces-its-own-folder", test_replaces_its_own_folder);
  TEST ("/ops/transfer/into-itself", test_into_itself);
  TEST ("/ops/transfer/same-place", test_same_place);
  TEST ("/ops/transfer/duplicate", test_duplicate);
  TEST ("/ops/transfer/twins", test_twins);
  TEST ("/ops/transfer/move", test_move);
  TEST ("/ops/transfer/move-merge", test_move_merge);
  TEST ("/ops/transfer/move-merge-skips", test_move_merge_skips);
  TEST ("/ops/transfer/move-across", test_move_across);
  TEST ("/ops/transfer/many", test_many);
  TEST ("/ops/transfer/missing", test_missing);
  return g_test_run ();
}
