/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs of random operations on a small tree and its trash: whatever was done, undoing all of it
 * gives back the same tree and an empty trash, and doing it again the same result, with the program
 * started anew in the middle. The environment can ask for more: THAW_PROGRAMS programs of
 * THAW_OPERATIONS operations from THAW_SEED on (seeds count up by one). */

#include "kinds-test.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
  Fixture *fixture;
  GRand *rand;
  guint n_done, n_good, n_restarts;
} Program;

static guint
get_number (const char *variable, guint otherwise)
{
  const char *text = g_getenv (variable);

  return text != NULL ? (guint) atoi (text) : otherwise;
}

static void
collect (const char *path, const char *shown, gboolean folders_only, GPtrArray *names)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  g_autoptr (GPtrArray) children = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (name[0] != '.')
      g_ptr_array_add (children, g_strdup (name));
  g_ptr_array_sort_values (children, (GCompareFunc) strcmp);
  for (guint i = 0; i < children->len; i++)
    {
      g_autofree char *child = g_build_filename (path, g_ptr_array_index (children, i), NULL);
      char *child_shown = g_build_filename (shown, g_ptr_array_index (children, i), NULL);
      gboolean is_folder
          = g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK);

      if (is_folder)
        collect (child, child_shown, folders_only, names);
      if (is_folder || !folders_only)
        g_ptr_array_add (names, child_shown);
      else
        g_free (child_shown);
    }
}

/* Any file or folder; "" for the top if only folders will do. */
static char *
pick (Program *self, gboolean folder)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  guint i;

  collect (self->fixture->folder, "", folder, names);
  i = g_rand_int_range (self->rand, 0, names->len + 1);
  if (i == names->len)
    return folder || names->len == 0 ? g_strdup ("") : g_strdup (g_ptr_array_index (names, 0));
  return g_strdup (g_ptr_array_index (names, i));
}

static char *
pick_name (Program *self)
{
  const char *const names[] = { "a", "b", "c", "d e", "\303\244", "A", "x.tar.gz", "f" };

  return g_strdup (names[g_rand_int_range (self->rand, 0, G_N_ELEMENTS (names))]);
}

static void
add_rules (Program *self, ThawOperationRequest *request)
{
  const ThawRule rules[] = { THAW_RULE_SKIP,
                             THAW_RULE_REPLACE,
                             THAW_RULE_REPLACE_IF_NEWER,
                             THAW_RULE_REPLACE_IF_DIFFERENT,
                             THAW_RULE_REPLACE_IF_LARGER,
                             THAW_RULE_KEEP_BOTH };
  const ThawRule folder_rules[] = { THAW_RULE_SKIP,
                                    THAW_RULE_REPLACE,
                                    THAW_RULE_KEEP_BOTH,
                                    THAW_RULE_MERGE,
                                    THAW_RULE_MERGE };

  thaw_operation_request_set_rule (request,
                                   THAW_CONFLICT_FILE,
                                   rules[g_rand_int_range (self->rand, 0, G_N_ELEMENTS (rules))]);
  thaw_operation_request_set_rule (request,
                                   THAW_CONFLICT_TYPE,
                                   rules[g_rand_int_range (self->rand, 0, G_N_ELEMENTS (rules))]);
  thaw_operation_request_set_rule (
      request,
      THAW_CONFLICT_FOLDER,
      folder_rules[g_rand_int_range (self->rand, 0, G_N_ELEMENTS (folder_rules))]);
}

static ThawOperationRequest *
make_transfer (Program *self, const char *kind)
{
  g_autofree char *target = pick (self, TRUE), *source = pick (self, FALSE),
                  *other = pick (self, FALSE);
  gboolean two = g_rand_boolean (self->rand);

  return new_request (self->fixture, kind, target, source, two ? other : NULL, NULL);
}

static ThawOperationRequest *
make_rename (Program *self)
{
  ThawOperationRequest *request = new_request (self->fixture, "rename", NULL, NULL);
  g_autofree char *folder = pick (self, TRUE);
  g_autofree char *path = g_build_filename (self->fixture->folder, folder, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (name[0] != '.')
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort_values (names, (GCompareFunc) strcmp);
  /* Each takes the name of the next. */
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *source = g_build_filename (folder, g_ptr_array_index (names, i), NULL);
      g_autoptr (GFile) file = get_file (self->fixture, source);

      thaw_operation_request_add_source (request, file);
      thaw_operation_request_add_name (request, g_ptr_array_index (names, (i + 1) % names->len));
    }
  return request;
}

static ThawOperationRequest *
make_rename_one (Program *self)
{
  g_autofree char *source = pick (self, FALSE), *name = pick_name (self);
  ThawOperationRequest *request = new_request (self->fixture, "rename", NULL, source, NULL);

  thaw_operation_request_add_name (request, name);
  return request;
}

static ThawOperationRequest *
make_create (Program *self)
{
  g_autofree char *target = pick (self, TRUE), *name = pick_name (self),
                  *source = pick (self, FALSE);
  gboolean around = g_rand_int_range (self->rand, 0, 4) == 0;
  ThawOperationRequest *request
      = new_request (self->fixture, "create", target, around ? source : NULL, NULL);

  thaw_operation_request_add_name (request, name);
  if (around || g_rand_boolean (self->rand))
    thaw_operation_request_set_option (request, "folder", g_variant_new_boolean (TRUE));
  else
    {
      g_autofree char *content = g_strdup_printf ("made %u", self->n_done);

      thaw_operation_request_set_option (
          request,
          "content",
          g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, content, strlen (content), 1));
    }
  return request;
}

static ThawOperationRequest *
make_link (Program *self)
{
  ThawOperationRequest *request = make_transfer (self, "link");

  if (g_rand_boolean (self->rand))
    thaw_operation_request_set_option (request, "symbolic", g_variant_new_boolean (TRUE));
  if (g_rand_boolean (self->rand))
    thaw_operation_request_set_option (request, "relative", g_variant_new_boolean (TRUE));
  return request;
}

static ThawOperationRequest *
make_attributes (Program *self)
{
  const char *const modes[] = { "u=rwX,go=", "go+rX", "a+x", "0755" };
  g_autofree char *source = pick (self, FALSE);
  ThawOperationRequest *request = new_request (self->fixture, "attributes", NULL, source, NULL);

  thaw_operation_request_set_option (
      request,
      "mode",
      g_variant_new_string (modes[g_rand_int_range (self->rand, 0, G_N_ELEMENTS (modes))]));
  thaw_operation_request_set_option (request,
                                     "recursive",
                                     g_variant_new_boolean (g_rand_boolean (self->rand)));
  return request;
}

/* --- the trash, which is one for all programs of this process --- */

static char *
get_trash (const char *part)
{
  return g_build_filename (g_get_user_data_dir (), "Trash", part, NULL);
}

static GPtrArray *
list_trash (const char *part)
{
  g_autofree char *path = get_trash (part);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort_values (names, (GCompareFunc) strcmp);
  return names;
}

/* What is in it, exactly, and what is known of that: a .trashinfo may be written anew. */
static char *
read_trash (void)
{
  g_autoptr (GPtrArray) names = list_trash ("info");
  g_autofree char *path = get_trash ("files");
  g_autofree char *files = read_exactly (path);
  GString *text = g_string_new (files);

  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *folder = get_trash ("info"), *content = NULL;
      g_autofree char *info = g_build_filename (folder, g_ptr_array_index (names, i), NULL);

      g_assert_true (g_file_get_contents (info, &content, NULL, NULL));
      g_string_append_printf (text, "\n%s: %s", (char *) g_ptr_array_index (names, i), content);
    }
  return g_string_free (text, FALSE);
}

/* Of nothing, if the trash is empty: that fails. */
static ThawOperationRequest *
make_restore (Program *self)
{
  ThawOperationRequest *request = thaw_operation_request_new ("restore");
  g_autoptr (GPtrArray) names = list_trash ("files");
  g_autofree char *folder = get_trash ("files");
  const char *name = names->len > 0
                         ? g_ptr_array_index (names, g_rand_int_range (self->rand, 0, names->len))
                         : "nothing";
  g_autoptr (GFile) file = g_file_new_build_filename (folder, name, NULL);

  thaw_operation_request_add_source (request, file);
  return request;
}

static ThawOperationRequest *
make_trash (Program *self)
{
  g_autofree char *source = pick (self, FALSE), *other = pick (self, FALSE);
  gboolean two = g_rand_boolean (self->rand);

  return new_request (self->fixture, "trash", NULL, source, two ? other : NULL, NULL);
}

/* Whatever has the name of one may have been renamed to it, and is none. */
static ThawOperationRequest *
make_archive (Program *self)
{
  g_autofree char *target = pick (self, TRUE), *source = pick (self, FALSE);
  g_autofree char *archive
      = g_build_filename (target, g_rand_boolean (self->rand) ? "x.tar.gz" : "y.zip", NULL);

  if (g_str_has_suffix (source, ".tar.gz") || g_str_has_suffix (source, ".zip"))
    return new_request (self->fixture, "extract", target, source, NULL);
  return new_request (self->fixture, "compress", archive, source, NULL);
}

static ThawOperationRequest *
make_request (Program *self)
{
  g_autofree char *source = NULL;

  switch (g_rand_int_range (self->rand, 0, 14))
    {
    case 0:
    case 1:
      return make_transfer (self, "copy");
    case 2:
    case 3:
    case 4:
      return make_transfer (self, "move");
    case 5:
      source = pick (self, FALSE);
      return new_request (self->fixture, "duplicate", NULL, source, NULL);
    case 6:
      return make_rename (self);
    case 7:
      return make_rename_one (self);
    case 8:
      return make_link (self);
    case 9:
      source = pick (self, FALSE);
      return g_rand_boolean (self->rand) ? new_request (self->fixture, "delete", NULL, source, NULL)
                                         : make_attributes (self);
    case 10:
      return make_trash (self);
    case 11:
      return make_restore (self);
    case 12:
      return make_archive (self);
    default:
      return make_create (self);
    }
}

static void
tell (Program *self, ThawOperation *operation)
{
  ThawOperationRequest *request = thaw_operation_get_request (operation);
  g_autoptr (GString) text = g_string_new (thaw_operation_request_get_kind (request));
  GFile *target = thaw_operation_request_get_target (request);

  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    {
      const char *path = g_file_peek_path (thaw_operation_request_get_source (request, i));
      gboolean is_here = g_str_has_prefix (path, self->fixture->folder);

      g_string_append_printf (text, " %s", is_here ? path + strlen (self->fixture->folder) : path);
    }
  if (target != NULL)
    g_string_append_printf (text,
                            " to %s",
                            g_file_peek_path (target) + strlen (self->fixture->folder));
  for (guint i = 0; thaw_operation_request_get_name (request, i) != NULL; i++)
    g_string_append_printf (text, " as %s", thaw_operation_request_get_name (request, i));
  if (thaw_operation_get_error (operation) != NULL)
    g_string_append_printf (text, ": %s", thaw_operation_get_error (operation)->message);
  g_test_message ("%u: %s", self->n_done, text->str);
}

/* Refusals and skipped files are fine; what was done must be undone all the same. */
static void
do_something (Program *self)
{
  ThawOperationRequest *request = make_request (self);
  g_autoptr (ThawOperation) operation = NULL;
  g_autofree char *title = NULL;

  add_rules (self, request);
  title = g_strdup_printf ("%u", self->n_done);
  operation = run_operation (thaw_operation_queue_submit (self->fixture->queue, request, title));
  thaw_operation_request_unref (request);
  tell (self, operation);
  self->n_done++;
  self->n_good += thaw_operation_get_error (operation) == NULL;
}

/* Now and then, in the middle of it. */
static void
maybe_restart (Program *self)
{
  if (g_rand_int_range (self->rand, 0, 20) != 0)
    return;
  fixture_restart (self->fixture);
  self->n_restarts++;
}

static guint
undo_all (Program *self)
{
  guint n = 0;

  for (;;)
    {
      g_autoptr (ThawOperation) operation
          = run_request (self->fixture, thaw_operation_request_new ("undo"));

      if (g_error_matches (thaw_operation_get_error (operation), G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
          && strstr (thaw_operation_get_error (operation)->message, "nothing") != NULL)
        return n;
      g_test_message ("undo %s", thaw_operation_get_title (operation));
      assert_done (operation);
      n++;
      maybe_restart (self);
    }
}

static void
redo_times (Program *self, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ThawOperation) operation
          = run_request (self->fixture, thaw_operation_request_new ("redo"));

      assert_done (operation);
      maybe_restart (self);
    }
}

static void
empty_trash (void)
{
  g_autofree char *path = g_build_filename (g_get_user_data_dir (), "Trash", NULL);

  remove_all (path);
}

static void
run_program (guint32 seed, guint n_operations)
{
  Fixture fixture = { 0 };
  Program self = { .fixture = &fixture, .rand = g_rand_new_with_seed (seed) };
  g_autofree char *before = NULL, *between = NULL, *undone = NULL, *redone = NULL;
  g_autofree char *trashed = NULL, *trash_undone = NULL, *trash_redone = NULL;
  guint n;

  g_test_message ("program %u", seed);
  fixture_set_up (&fixture, NULL);
  empty_trash ();
  make_tree (&fixture,
             "a=one",
             "b=two two",
             "f/a=three",
             "f/b/c=four",
             "f/b/a->../a",
             "d e/",
             "d e/A=5",
             NULL);
  before = read_exactly (fixture.folder);
  for (guint i = 0; i < n_operations; i++)
    {
      do_something (&self);
      maybe_restart (&self);
    }
  assert_no_litter (&fixture);
  between = read_exactly (fixture.folder);
  trashed = read_trash ();
  n = undo_all (&self);
  undone = read_exactly (fixture.folder);
  trash_undone = read_trash ();
  g_assert_cmpstr (undone, ==, before);
  g_assert_cmpstr (trash_undone, ==, "");
  redo_times (&self, n);
  redone = read_exactly (fixture.folder);
  trash_redone = read_trash ();
  g_assert_cmpstr (redone, ==, between);
  g_assert_cmpstr (trash_redone, ==, trashed);
  assert_no_litter (&fixture);
  g_test_message (
      "program %u: %u operations, %u done to the full, %u undone and redone, %u restarts",
      seed,
      self.n_done,
      self.n_good,
      n,
      self.n_restarts);
  g_rand_free (self.rand);
  fixture_tear_down (&fixture, NULL);
}

static void
test_programs (void)
{
  guint n_programs = get_number ("THAW_PROGRAMS", 3),
        n_operations = get_number ("THAW_OPERATIONS", 25);
  const char *given = g_getenv ("THAW_SEED");

  for (guint i = 0; i < n_programs; i++)
    run_program (given != NULL ? (guint32) g_ascii_strtoull (given, NULL, 10) + i
                               : (guint32) g_test_rand_int () & 0x7fffffff,
                 n_operations);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/ops/programs", test_programs);
  return g_test_run ();
}
