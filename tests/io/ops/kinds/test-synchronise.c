/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Synchronising two folders: what the plan says, what each mode makes of them, conflicts, links,
 * and back again. Random pairs of trees are mirrored, compared strictly, and undone:
 * $THAW_SYNC_ROUNDS of them, from $THAW_SEED on. */

#include "kinds-test.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define OLD 1000000000
#define NEW 1500000000

static char *
get_path (Fixture *self, const char *name)
{
  return g_build_filename (self->folder, name, NULL);
}

static void
set_time (Fixture *self, const char *name, gint64 seconds)
{
  g_autofree char *path = get_path (self, name);
  const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = seconds } };

  g_assert_no_errno (utimensat (AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW));
}

static void
make_at (Fixture *self, const char *entry, gint64 seconds)
{
  g_autofree char *name = g_strndup (entry, strcspn (entry, "=>-"));

  make_entry (self, entry);
  set_time (self, name, seconds);
}

static ThawOperationRequest *
new_sync (Fixture *self, const char *mode)
{
  ThawOperationRequest *request = new_request (self, "synchronise", "b", "a", NULL);

  thaw_operation_request_set_option (request, "mode", g_variant_new_string (mode));
  return request;
}

static ThawOperationRequest *
with_rule (ThawOperationRequest *request, ThawRule rule)
{
  thaw_operation_request_set_rule (request, THAW_CONFLICT_FILE, rule);
  thaw_operation_request_set_rule (request, THAW_CONFLICT_TYPE, rule);
  return request;
}

static void
sync_them (Fixture *self, const char *mode)
{
  do_request (self, new_sync (self, mode));
  assert_no_litter (self);
}

/* The usual difference. */
static void
make_pair (Fixture *self)
{
  make_at (self, "a/same=s", OLD);
  make_at (self, "b/same=s", OLD);
  make_at (self, "a/newer=a2", NEW);
  make_at (self, "b/newer=b", OLD);
  make_at (self, "a/older=a", OLD);
  make_at (self, "b/older=b2", NEW);
  make_at (self, "a/size=aaa", OLD);
  make_at (self, "b/size=b", OLD);
  make_at (self, "a/only/x=1", OLD);
  make_at (self, "b/alone/y=2", OLD);
  make_at (self, "a/d/e/f=new", OLD);
  make_at (self, "b/d/g=old", OLD);
}

static void
assert_counts (ThawPlan *plan, const char *expected)
{
  g_autofree char *found
      = g_strdup_printf ("a %d b %d an %d bn %d d %d c %d",
                         (int) thaw_plan_count_findings (plan, THAW_FINDING_ONLY_IN_SOURCE),
                         (int) thaw_plan_count_findings (plan, THAW_FINDING_ONLY_IN_TARGET),
                         (int) thaw_plan_count_findings (plan, THAW_FINDING_SOURCE_NEWER),
                         (int) thaw_plan_count_findings (plan, THAW_FINDING_TARGET_NEWER),
                         (int) thaw_plan_count_findings (plan, THAW_FINDING_DIFFERENT),
                         (int) thaw_plan_count_findings (plan, THAW_FINDING_CONFLICT));

  g_assert_cmpstr (found, ==, expected);
}

static ThawOperation *
plan_request (Fixture *self, ThawOperationRequest *request)
{
  ThawOperation *operation = thaw_operation_queue_plan (self->queue, request, "A test");

  thaw_operation_request_unref (request);
  run_until (thaw_operation_get_plan (operation) != NULL);
  return operation;
}

static void
test_plan (Fixture *self, gconstpointer data)
{
  static const struct {
    const char *mode, *counts;
    gint64 bytes, n;
  } cases[] = {
    { "compare", "a 2 b 2 an 1 bn 1 d 1 c 0", 0, 0 },
    { "update", "a 2 b 2 an 1 bn 1 d 1 c 0", 1 + 3 + 2 + 3, 2 + 2 + 1 + 1 },
    { "mirror", "a 2 b 2 an 1 bn 1 d 1 c 0", 1 + 3 + 2 + 3 + 1, 2 + 2 + 1 + 1 + 1 + 2 + 1 },
    { "both", "a 2 b 2 an 1 bn 1 d 0 c 1", 1 + 3 + 2 + 2 + 1 + 3, 2 + 2 + 1 + 1 + 2 + 1 + 1 }
  };
  g_autofree char *before = NULL, *after = NULL;

  make_pair (self);
  before = read_exactly (self->folder);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ThawOperation) operation = plan_request (self, new_sync (self, cases[i].mode));
      ThawPlan *plan = thaw_operation_get_plan (operation);

      g_test_message ("%s", cases[i].mode);
      assert_counts (plan, cases[i].counts);
      g_assert_cmpint (thaw_plan_get_bytes (plan), ==, cases[i].bytes);
      g_assert_cmpint (thaw_plan_get_n_entries (plan), ==, cases[i].n);
      thaw_operation_cancel (operation);
    }
  after = read_exactly (self->folder);
  g_assert_cmpstr (before, ==, after);
}

static void
test_update (Fixture *self, gconstpointer data)
{
  g_autofree char *before = NULL, *after = NULL;

  make_pair (self);
  before = read_exactly (self->folder);
  sync_them (self, "update");
  assert_tree (self,
               "b",
               "alone/ alone/y=2 d/ d/e/ d/e/f=new d/g=old newer=a2 older=b2 only/ only/x=1 same=s "
               "size=aaa");
  undo (self);
  after = read_exactly (self->folder);
  g_assert_cmpstr (before, ==, after);
  redo (self);
  assert_tree (self,
               "b",
               "alone/ alone/y=2 d/ d/e/ d/e/f=new d/g=old newer=a2 older=b2 only/ only/x=1 same=s "
               "size=aaa");
}

static void
assert_alike (Fixture *self)
{
  g_autofree char *a = get_path (self, "a"), *b = get_path (self, "b");
  g_autofree char *in_a = read_exactly (a), *in_b = read_exactly (b);

  g_assert_cmpstr (in_a, ==, in_b);
}

static void
test_mirror (Fixture *self, gconstpointer data)
{
  g_autofree char *before = NULL, *after = NULL;

  make_pair (self);
  make_tree (self,
             "a/type/inner=1",
             "b/type=file",
             "a/other=file",
             "b/other/inner=1",
             "a/empty/",
             NULL);
  before = read_exactly (self->folder);
  sync_them (self, "mirror");
  assert_alike (self);
  /* Nothing is left to do. */
  {
    g_autoptr (ThawOperation) again = plan_request (self, new_sync (self, "mirror"));

    g_assert_cmpuint (thaw_plan_get_n_findings (thaw_operation_get_plan (again)), ==, 0);
    thaw_operation_cancel (again);
  }
  undo (self);
  after = read_exactly (self->folder);
  g_assert_cmpstr (before, ==, after);
  redo (self);
  assert_alike (self);
}

static void
test_attributes (Fixture *self, gconstpointer data)
{
  g_autofree char *a = get_path (self, "a/f"), *folder = get_path (self, "a/d");
  g_autofree char *b = get_path (self, "b/f"), *other = get_path (self, "b/d");
  struct stat found;

  make_at (self, "a/f=same", OLD);
  make_at (self, "b/f=same", OLD);
  make_at (self, "a/d/x=1", OLD);
  make_at (self, "b/d/x=2", NEW);
  g_assert_no_errno (g_chmod (a, 0600));
  g_assert_no_errno (g_chmod (folder, 0750));
  set_time (self, "a/d", OLD);
  sync_them (self, "mirror");
  g_assert_no_errno (stat (b, &found));
  g_assert_cmpint (found.st_mode & 07777, ==, 0600);
  g_assert_no_errno (stat (other, &found));
  g_assert_cmpint (found.st_mode & 07777, ==, 0750);
  g_assert_cmpint (found.st_mtime, ==, OLD);
  undo (self);
  g_assert_no_errno (stat (b, &found));
  g_assert_cmpint (found.st_mode & 07777, ==, 0644);
  assert_tree (self, "b", "d/ d/x=2 f=same");
}

static void
test_both (Fixture *self, gconstpointer data)
{
  g_autofree char *before = NULL, *after = NULL, *size = get_path (self, "a/size");

  make_pair (self);
  g_assert_no_errno (g_unlink (size));
  before = read_exactly (self->folder);
  sync_them (self, "both");
  assert_alike (self);
  assert_tree (self,
               "a",
               "alone/ alone/y=2 d/ d/e/ d/e/f=new d/g=old newer=a2 older=b2 only/ only/x=1 same=s "
               "size=b");
  undo (self);
  after = read_exactly (self->folder);
  g_assert_cmpstr (before, ==, after);
}

static void
wait_for_clock (void)
{
  gint64 until = g_get_real_time () + 20000;

  run_until (g_get_real_time () > until);
}

/* Once they were the same, what has changed on both sides since is a conflict, and only that. */
static void
make_conflict (Fixture *self)
{
  make_at (self, "a/one=1", OLD);
  make_at (self, "a/two=2", OLD);
  make_at (self, "a/both=0", OLD);
  make_entry (self, "b/");
  sync_them (self, "both");
  assert_alike (self);
  wait_for_clock ();
  make_at (self, "a/both=from a", OLD);
  make_at (self, "b/both=from b!", NEW);
  make_at (self, "a/one=changed", NEW);
  make_at (self, "b/two=changed", NEW);
}

static void
test_conflict_without_anybody (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL;

  make_conflict (self);
  operation = run_request (self, new_sync (self, "both"));
  g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_FAILED);
  g_assert_cmpuint (thaw_operation_get_n_problems (operation), ==, 1);
  assert_tree (self, "a", "both=from a one=changed two=changed");
  assert_tree (self, "b", "both=from b! one=changed two=changed");
}

static void
test_conflict_newer (Fixture *self, gconstpointer data)
{
  make_conflict (self);
  do_request (self, with_rule (new_sync (self, "both"), THAW_RULE_REPLACE_IF_NEWER));
  assert_tree (self, "a", "both=from b! one=changed two=changed");
  assert_alike (self);
}

static void
test_conflict_keep_both (Fixture *self, gconstpointer data)
{
  g_autofree char *before = NULL, *after = NULL;

  make_conflict (self);
  before = read_exactly (self->folder);
  do_request (self, with_rule (new_sync (self, "both"), THAW_RULE_KEEP_BOTH));
  assert_alike (self);
  undo (self);
  after = read_exactly (self->folder);
  g_assert_cmpstr (before, ==, after);
}

static void
test_no_past (Fixture *self, gconstpointer data)
{
  make_at (self, "a/x=a", NEW);
  make_at (self, "b/x=bb", OLD);
  sync_them (self, "both");
  assert_tree (self, "b", "x=a");
}

static void
test_content (Fixture *self, gconstpointer data)
{
  make_at (self, "a/same=1", OLD);
  make_at (self, "b/same=1", NEW);
  make_at (self, "a/hidden=2", OLD);
  make_at (self, "b/hidden=3", OLD);
  sync_them (self, "update");
  assert_tree (self, "b", "hidden=3 same=1");
  {
    ThawOperationRequest *request = new_sync (self, "update");

    thaw_operation_request_set_option (request, "by-content", g_variant_new_boolean (TRUE));
    do_request (self, request);
  }
  assert_tree (self, "b", "hidden=2 same=1");
}

static void
test_links (Fixture *self, gconstpointer data)
{
  g_autofree char *first = get_path (self, "a/one"), *second = get_path (self, "a/d/two");
  g_autofree char *b1 = get_path (self, "b/one"), *b2 = get_path (self, "b/d/two");
  g_autofree char *b3 = get_path (self, "b/three"), *b4 = get_path (self, "b/four");
  struct stat x, y;

  make_tree (self,
             "a/one=linked",
             "a/d/",
             "a/three=t",
             "a/four=t",
             "a/l->one",
             "b/l->elsewhere",
             "b/d/",
             NULL);
  make_entry (self, "b/three=t");
  set_time (self, "a/three", OLD);
  set_time (self, "a/four", OLD);
  set_time (self, "b/three", OLD);
  g_assert_no_errno (link (first, second));
  g_assert_no_errno (link (b3, b4));
  sync_them (self, "mirror");
  assert_alike (self);
  g_assert_no_errno (stat (b1, &x));
  g_assert_no_errno (stat (b2, &y));
  g_assert_cmpint (x.st_ino, ==, y.st_ino);
  g_assert_no_errno (stat (b3, &x));
  g_assert_no_errno (stat (b4, &y));
  g_assert_cmpint (x.st_ino, !=, y.st_ino);
  /* Equal ones are linked too. */
  g_assert_no_errno (g_unlink (b2));
  make_entry (self, "b/d/two=linked");
  set_time (self, "a/one", OLD);
  set_time (self, "b/one", OLD);
  set_time (self, "b/d/two", OLD);
  sync_them (self, "mirror");
  g_assert_no_errno (stat (b1, &x));
  g_assert_no_errno (stat (b2, &y));
  g_assert_cmpint (x.st_ino, ==, y.st_ino);
  undo (self);
  g_assert_no_errno (stat (b1, &x));
  g_assert_no_errno (stat (b2, &y));
  g_assert_cmpint (x.st_ino, !=, y.st_ino);
}

static void
test_refusals (Fixture *self, gconstpointer data)
{
  static const char *const pairs[][2] = { { "a", "a" },    { "a", "a/in" },    { "a/in", "a" },
                                          { "a", "link" }, { "a", "missing" }, { "a", "a/file" } };

  make_tree (self, "a/in/x=1", "a/file=1", "link->a/in", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      ThawOperationRequest *request
          = new_request (self, "synchronise", pairs[i][1], pairs[i][0], NULL);
      g_autoptr (ThawOperation) operation = NULL;

      thaw_operation_request_set_option (request, "mode", g_variant_new_string ("mirror"));
      operation = run_request (self, request);
      g_test_message ("%s and %s", pairs[i][0], pairs[i][1]);
      g_assert_cmpint (thaw_operation_get_state (operation), ==, THAW_OPERATION_FAILED);
    }
  assert_tree (self, "a", "file=1 in/ in/x=1");
}

static void
set_xattr (Fixture *self, const char *name, const char *value)
{
  g_autofree char *path = get_path (self, name);

  g_assert_no_errno (setxattr (path, "user.thaw-test", value, strlen (value), 0));
}

static gboolean
can_have_xattrs (Fixture *self)
{
  g_autofree char *path = get_path (self, "a");

  return setxattr (path, "user.thaw-test", "", 0, 0) == 0;
}

static char *
dup_xattr (Fixture *self, const char *name)
{
  g_autofree char *path = get_path (self, name);
  char value[100];
  gssize n = getxattr (path, "user.thaw-test", value, sizeof value);

  return n >= 0 ? g_strndup (value, (gsize) n) : NULL;
}

static void
assert_xattr (Fixture *self, const char *name, const char *wanted)
{
  g_autofree char *found = dup_xattr (self, name);

  g_assert_cmpstr (found, ==, wanted);
}

static ThawOperationRequest *
new_strict (Fixture *self)
{
  ThawOperationRequest *request = new_sync (self, "mirror");

  thaw_operation_request_set_option (request, "with-attributes", g_variant_new_boolean (TRUE));
  return request;
}

/* Seen and mirrored only if it is asked for; folders are named. */
static void
test_xattrs (Fixture *self, gconstpointer data)
{
  g_autoptr (ThawOperation) operation = NULL;

  make_tree (self, "a/d/", "b/d/", NULL);
  if (!can_have_xattrs (self))
    {
      g_test_skip ("there are no extended attributes here");
      return;
    }
  for (const char *const *name = (const char *const[]){ "more", "less", "other", "same", NULL };
       *name != NULL;
       name++)
    for (int side = 0; side < 2; side++)
      {
        g_autofree char *entry = g_strdup_printf ("%s/%s=x", side == 0 ? "a" : "b", *name);

        make_at (self, entry, OLD);
      }
  set_xattr (self, "a/more", "1");
  set_xattr (self, "b/less", "2");
  set_xattr (self, "a/other", "3");
  set_xattr (self, "b/other", "4");
  set_xattr (self, "a/same", "5");
  set_xattr (self, "b/same", "5");
  sync_them (self, "mirror");
  assert_xattr (self, "b/other", "4");
  set_xattr (self, "a/d", "6");
  operation = run_request (self, new_strict (self));
  assert_done (operation);
  assert_xattr (self, "b/more", "1");
  assert_xattr (self, "b/less", NULL);
  assert_xattr (self, "b/other", "3");
  assert_xattr (self, "b/same", "5");
  g_assert_cmpuint (thaw_operation_get_n_losses (operation), ==, 1);
  g_assert_true (g_str_has_suffix (thaw_operation_get_loss (operation, 0)->path, "/b/d"));
  undo (self);
  assert_xattr (self, "b/more", NULL);
  assert_xattr (self, "b/less", "2");
  assert_xattr (self, "b/other", "4");
}

static void
test_forget (Fixture *self, gconstpointer data)
{
  ThawOperationRequest *request = new_sync (self, "mirror");

  make_tree (self, "a/x=1", "b/gone/deep/f=1", "b/x=22", NULL);
  thaw_operation_request_set_option (request, "forget", g_variant_new_boolean (TRUE));
  do_request (self, request);
  assert_alike (self);
  assert_no_litter (self);
}

/* --- random pairs --- */

typedef struct {
  Fixture *fixture;
  GRand *rand;
} Random;

static void
make_random (Random *self, const char *top, guint depth)
{
  static const char *const names[]
      = { "x", "y", "Z", "z", "caf\303\251", "-n", "sp ace", "bad\377", "new\nline", "q?*" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *name = g_build_filename (top, names[i], NULL);
      g_autofree char *path = get_path (self->fixture, name);
      g_autofree char *content = g_strnfill (g_rand_int_range (self->rand, 0, 6),
                                             'a' + (char) g_rand_int_range (self->rand, 0, 3));
      guint what = (guint) g_rand_int_range (self->rand, 0, 10);

      if (what < 3)
        continue;
      if (what < 5 && depth > 0)
        {
          g_assert_no_errno (g_mkdir (path, g_rand_boolean (self->rand) ? 0755 : 0700));
          make_random (self, name, depth - 1);
        }
      else if (what == 5)
        g_assert_no_errno (symlink (content[0] != '\0' ? content : "nowhere", path));
      else
        {
          g_assert_true (g_file_set_contents (path, content, -1, NULL));
          g_assert_no_errno (g_chmod (path, g_rand_boolean (self->rand) ? 0644 : 0600));
          set_time (self->fixture, name, OLD + g_rand_int_range (self->rand, 0, 3));
        }
    }
}

/* By content, since the same size and time may well hide different bytes here. */
static void
run_round (Random *self, const char *mode)
{
  g_autofree char *a = get_path (self->fixture, "a"), *b = get_path (self->fixture, "b");
  g_autofree char *before = NULL, *after = NULL;
  ThawOperationRequest *request = with_rule (new_sync (self->fixture, mode), THAW_RULE_KEEP_BOTH);

  g_assert_no_errno (g_mkdir (a, 0755));
  g_assert_no_errno (g_mkdir (b, 0755));
  make_random (self, "a", 2);
  make_random (self, "b", 2);
  before = read_exactly (self->fixture->folder);
  thaw_operation_request_set_option (request, "by-content", g_variant_new_boolean (TRUE));
  do_request (self->fixture, request);
  assert_no_litter (self->fixture);
  if (g_str_equal (mode, "mirror"))
    assert_alike (self->fixture);
  undo (self->fixture);
  after = read_exactly (self->fixture->folder);
  g_assert_cmpstr (before, ==, after);
  redo (self->fixture);
  if (g_str_equal (mode, "mirror"))
    assert_alike (self->fixture);
  remove_all (a);
  remove_all (b);
}

static void
test_random (Fixture *self, gconstpointer data)
{
  const char *rounds = g_getenv ("THAW_SYNC_ROUNDS"), *seed = g_getenv ("THAW_SEED");
  guint n = rounds != NULL ? (guint) atoi (rounds) : 12;
  guint32 first = seed != NULL ? (guint32) atoi (seed) : (guint32) g_test_rand_int ();

  for (guint i = 0; i < n; i++)
    {
      static const char *const modes[] = { "mirror", "both", "mirror", "update" };
      g_autoptr (GRand) rand = g_rand_new_with_seed (first + i);
      Random random = { .fixture = self, .rand = rand };

      g_test_message ("THAW_SEED=%u THAW_SYNC_ROUNDS=1: %s", first + i, modes[i % 4]);
      run_round (&random, modes[i % 4]);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  TEST ("/ops/synchronise/plan", test_plan);
  TEST ("/ops/synchronise/update", test_update);
  TEST ("/ops/synchronise/mirror", test_mirror);
  TEST ("/ops/synchronise/attributes", test_attributes);
  TEST ("/ops/synchronise/both", test_both);
  TEST ("/ops/synchronise/conflict/nobody", test_conflict_without_anybody);
  TEST ("/ops/synchronise/conflict/newer", test_conflict_newer);
  TEST ("/ops/synchronise/conflict/keep-both", test_conflict_keep_both);
  TEST ("/ops/synchronise/no-past", test_no_past);
  TEST ("/ops/synchronise/content", test_content);
  TEST ("/ops/synchronise/links", test_links);
  TEST ("/ops/synchronise/refusals", test_refusals);
  TEST ("/ops/synchronise/xattrs", test_xattrs);
  TEST ("/ops/synchronise/forget", test_forget);
  TEST ("/ops/synchronise/random", test_random);
  return g_test_run ();
}
