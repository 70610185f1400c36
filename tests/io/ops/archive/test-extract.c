/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compressing and extracting as operations: every format there and back, what a name becomes,
 * limits, passwords, originals that go, and undo. */

#include "../kinds/kinds-test.h"

#include <glib/gstdio.h>
#include <string.h>

static ThawOperationRequest *
new_compress (Fixture *self, const char *archive)
{
  return new_request (self, "compress", archive, "t", NULL);
}

static void
assert_failed (Fixture *self, ThawOperationRequest *request)
{
  g_autoptr (ThawOperation) operation = run_request (self, request);

  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_FAILED);
  g_assert_cmpuint (thaw_operation_get_n_problems (operation), >, 0);
  assert_no_litter (self);
}

static void
test_formats (Fixture *self, gconstpointer data)
{
  static const char *const names[]
      = { "a.zip", "a.7z", "a.tar", "a.tgz", "a.tar.bz2", "a.tar.xz", "a.tar.zst" };

  make_tree (self, "t/f=1", "t/d/g=22", "t/d/empty/", "t/l->d/g", "t/-rf=odd", "t/ =blank", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *out = g_strdup_printf ("out%u", i);
      g_autofree char *folder = g_strconcat (out, "/", NULL);
      g_autofree char *top = g_strconcat (out, "/t", NULL);

      make_tree (self, folder, NULL);
      do_request (self, new_compress (self, names[i]));
      do_request (self, new_request (self, "extract", out, names[i], NULL));
      assert_tree (self, top, " =blank -rf=odd d/ d/empty/ d/g=22 f=1 l->d/g");
      assert_no_litter (self);
    }
}

/* One thing at the top is that thing; several come in a folder, which never is one that was there.
 */
static void
test_names (Fixture *self, gconstpointer data)
{
  ThawOperationRequest *request;

  make_tree (self, "x=1", "y=2", "out/", NULL);
  do_request (self, new_request (self, "compress", "b.tar.gz", "x", "y", NULL));
  do_request (self, new_request (self, "compress", "x.zip", "x", NULL));
  for (guint i = 0; i < 2; i++)
    {
      do_request (self, new_request (self, "extract", "out", "b.tar.gz", NULL));
      do_request (self, new_request (self, "extract", "out", "x.zip", NULL));
    }
  assert_tree (self, "out", "b/ b/x=1 b/y=2 b (2)/ b (2)/x=1 b (2)/y=2 x=1 x (2)=1");
  request = new_request (self, "extract", "out", "x.zip", NULL);
  thaw_operation_request_add_name (request, "named");
  do_request (self, request);
  assert_tree (self, "out/named", "x=1");
  for (guint i = 0; i < 5; i++)
    undo (self);
  assert_tree (self, "out", "");
  redo (self);
  assert_tree (self, "out", "b/ b/x=1 b/y=2");
}

static void
test_limits (Fixture *self, gconstpointer data)
{
  static const char *const limits[] = { "max-entries", "max-bytes" };

  make_tree (self, "t/1=one", "t/2=two", "t/3=three", "out/", NULL);
  do_request (self, new_compress (self, "a.zip"));
  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      ThawOperationRequest *request = new_request (self, "extract", "out", "a.zip", NULL);

      thaw_operation_request_set_option (request, limits[i], g_variant_new_uint64 (2));
      assert_failed (self, request);
      assert_tree (self, "out", "");
    }
}

static void
test_password (Fixture *self, gconstpointer data)
{
  ThawOperationRequest *request;

  make_tree (self, "t/secret=hidden", "out/", NULL);
  request = new_compress (self, "a.zip");
  thaw_operation_request_set_option (request, "password", g_variant_new_string ("p"));
  do_request (self, request);
  request = new_request (self, "extract", "out", "a.zip", NULL);
  thaw_operation_request_set_option (request, "password", g_variant_new_string ("p"));
  do_request (self, request);
  assert_tree (self, "out", "t/ t/secret=hidden");
  undo (self);
  assert_failed (self, new_request (self, "extract", "out", "a.zip", NULL));
  request = new_compress (self, "a.tar");
  thaw_operation_request_set_option (request, "password", g_variant_new_string ("p"));
  {
    g_autoptr (ThawOperation) operation = run_request (self, request);

    g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_FAILED);
  }
}

static void
test_originals (Fixture *self, gconstpointer data)
{
  ThawOperationRequest *request;

  make_tree (self, "t/f=1", "t/d/g=2", NULL);
  request = new_compress (self, "a.zip");
  thaw_operation_request_set_option (request, "remove-originals", g_variant_new_boolean (TRUE));
  do_request (self, request);
  assert_tree (self, "t", "");
  undo (self);
  assert_tree (self, "", "t/ t/d/ t/d/g=2 t/f=1");
  assert_no_litter (self);
}

static void
test_replace (Fixture *self, gconstpointer data)
{
  ThawOperationRequest *request;
  g_autoptr (ThawOperation) refused = NULL;

  make_tree (self, "t/f=1", "a.zip=old", NULL);
  refused = run_request (self, new_compress (self, "a.zip"));
  assert_tree (self, "", "a.zip=old t/ t/f=1");
  request = new_compress (self, "a.zip");
  thaw_operation_request_set_rule (request, THAW_CONFLICT_FILE, THAW_RULE_REPLACE);
  do_request (self, request);
  undo (self);
  assert_tree (self, "", "a.zip=old t/ t/f=1");
}

/* What isn't one, and what can't be read. */
static void
test_no_archive (Fixture *self, gconstpointer data)
{
  make_tree (self, "text=hello", "empty=", "out/", NULL);
  assert_failed (self, new_request (self, "extract", "out", "text", NULL));
  assert_failed (self, new_request (self, "extract", "out", "empty", NULL));
  assert_tree (self, "out", "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  TEST ("/extract/formats", test_formats);
  TEST ("/extract/names", test_names);
  TEST ("/extract/limits", test_limits);
  TEST ("/extract/password", test_password);
  TEST ("/extract/originals", test_originals);
  TEST ("/extract/replace", test_replace);
  TEST ("/extract/no-archive", test_no_archive);
  return g_test_run ();
}
