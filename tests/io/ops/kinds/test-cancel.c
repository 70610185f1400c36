/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every kind of operation, cancelled at random moments of its time: obeyed at once, nothing hidden
 * is left, each name is as it was or as it was to be, and no content is lost that wasn't to go.
 * THAW_CANCELS says how often each, THAW_CANCEL_ENTRIES in how large a tree, THAW_CANCEL_LARGE of
 * how many MiB the large file is. Prints how long it took to obey. */

#include "kinds-test.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROMISE_USEC (200 * 1000)
/* The promise is 200 ms; a loaded machine that runs tests is given more. */
#define PATIENCE_USEC (2 * G_USEC_PER_SEC)

typedef struct {
  const char *name;
  ThawOperationRequest *(*make) (Fixture *self);
  void (*prepare) (Fixture *self); /* nullable: after each return to the beginning */
  const char *options;             /* "loses": what was there is to go; "across", "large" */
} Case;

typedef struct {
  Fixture *fixture;
  const Case *kind;
  char *pristine;             /* what the folder is a copy of */
  GHashTable *before, *after; /* lines of read_world() */
  GHashTable *contents;       /* of the files that there were */
  gint64 whole_usec;          /* it takes when nobody cancels */
  GArray *obeyed;             /* gint64: how long that took */
  guint n_over;               /* ended before */
} Cancelling;

static guint
get_number (const char *variable, guint otherwise)
{
  const char *text = g_getenv (variable);

  return text != NULL ? (guint) atoi (text) : otherwise;
}

static guint
get_n_entries (void)
{
  return get_number ("THAW_CANCEL_ENTRIES", 100);
}

static char *
get_trash (void)
{
  return g_build_filename (g_get_user_data_dir (), "Trash", NULL);
}

/* --- the world --- */

static void
make_large (const char *path, guint mebibytes)
{
  g_autofree char *block = g_malloc (1 << 20);
  FILE *file = fopen (path, "w");

  g_assert_nonnull (file);
  for (guint i = 0; i < mebibytes; i++)
    {
      memset (block, (int) i, 1 << 20);
      g_assert_cmpuint (fwrite (block, 1 << 20, 1, file), ==, 1);
    }
  g_assert_no_errno (fclose (file));
}

static void
make_pristine (Fixture *self, gboolean has_large)
{
  g_autofree char *large = g_build_filename (self->folder, "d/large", NULL);

  for (guint i = 0; i < get_n_entries (); i++)
    {
      g_autofree char *entry = g_strdup_printf ("d/%u/f%u=inner-%u", i % 10, i, i);
      g_autofree char *top = g_strdup_printf ("t%u=top-%u", i, i);

      make_entry (self, entry);
      make_entry (self, top);
    }
  make_tree (self, "to/d/0/f0=old", "to/t1=old too", "to/other=another", NULL);
  make_large (large, has_large ? get_number ("THAW_CANCEL_LARGE", 80) : 4);
}

static void
run_command (const char *const *argv)
{
  int status;

  g_assert_true (g_spawn_sync (NULL,
                               (char **) argv,
                               NULL,
                               G_SPAWN_SEARCH_PATH,
                               NULL,
                               NULL,
                               NULL,
                               NULL,
                               &status,
                               NULL));
  g_assert_cmpint (status, ==, 0);
}

static void
go_back (Cancelling *self)
{
  Fixture *fixture = self->fixture;
  const char *argv[] = { "cp", "-a", "--", self->pristine, fixture->folder, NULL };
  g_autofree char *trash = get_trash ();

  remove_all (fixture->folder);
  remove_all (trash);
  run_command (argv);
  if (self->kind->prepare != NULL)
    self->kind->prepare (fixture);
  /* What is measured is how an operation ends, and not how the disk takes what cp wrote. */
  if (g_getenv ("THAW_CANCELS") != NULL)
    sync ();
}

static void
add_lines (GHashTable *world, const char *prefix, const char *path)
{
  g_autofree char *text = read_exactly (path);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GRegex) times = g_regex_new (" \\d+\\.\\d{9} ", 0, 0, NULL);

  for (guint i = 0; lines[i] != NULL; i++)
    if (lines[i][0] != '\0')
      {
        g_autofree char *line = g_regex_replace_literal (times, lines[i], -1, 0, " ", 0, NULL);

        g_hash_table_add (world, g_strconcat (prefix, line, NULL));
      }
}

/* Every name that the user sees, with its mode and content. */
static GHashTable *
read_world (Fixture *self)
{
  GHashTable *world = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *trash = get_trash ();
  g_autofree char *files = g_build_filename (trash, "files", NULL);

  add_lines (world, "", self->folder);
  if (g_file_test (files, G_FILE_TEST_IS_DIR))
    add_lines (world, "trash:", files);
  return world;
}

/* The contents of all files, wherever they are and whatever they are called. */
static void
add_contents (GHashTable *contents, const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL), *content = NULL;
      struct stat st;

      if (g_lstat (child, &st) == 0 && S_ISDIR (st.st_mode))
        add_contents (contents, child);
      else if (g_lstat (child, &st) == 0 && S_ISREG (st.st_mode) && st.st_size < 32
               && g_file_get_contents (child, &content, NULL, NULL))
        g_hash_table_add (contents, g_steal_pointer (&content));
    }
}

static GHashTable *
read_contents (Fixture *self)
{
  GHashTable *contents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  add_contents (contents, self->folder);
  add_contents (contents, g_get_user_data_dir ());
  return contents;
}

/* --- the requests --- */

static ThawOperationRequest *
make_for_all (Fixture *self, const char *kind, const char *target)
{
  ThawOperationRequest *request = new_request (self, kind, target, "d", NULL);

  for (guint i = 0; i < get_n_entries (); i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);
      g_autoptr (GFile) file = get_file (self, name);

      thaw_operation_request_add_source (request, file);
    }
  return request;
}

static void
set_option (ThawOperationRequest *request, const char *name)
{
  thaw_operation_request_set_option (request, name, g_variant_new_boolean (TRUE));
}

static ThawOperationRequest *
with_rules (ThawOperationRequest *request, ThawRule files, ThawRule folders)
{
  thaw_operation_request_set_rule (request, THAW_CONFLICT_FILE, files);
  thaw_operation_request_set_rule (request, THAW_CONFLICT_TYPE, files);
  thaw_operation_request_set_rule (request, THAW_CONFLICT_FOLDER, folders);
  return request;
}

static ThawOperationRequest *
make_copy (Fixture *self)
{
  return with_rules (make_for_all (self, "copy", "to"), THAW_RULE_KEEP_BOTH, THAW_RULE_KEEP_BOTH);
}

static ThawOperationRequest *
make_overwrite (Fixture *self)
{
  return with_rules (make_for_all (self, "copy", "to"), THAW_RULE_REPLACE, THAW_RULE_MERGE);
}

static ThawOperationRequest *
make_verified (Fixture *self)
{
  ThawOperationRequest *request = make_copy (self);

  set_option (request, "verify");
  return request;
}

static ThawOperationRequest *
make_move (Fixture *self)
{
  return with_rules (make_for_all (self, "move", "to"), THAW_RULE_REPLACE, THAW_RULE_MERGE);
}

static ThawOperationRequest *
make_duplicate (Fixture *self)
{
  return make_for_all (self, "duplicate", NULL);
}

static ThawOperationRequest *
make_symbolic (Fixture *self)
{
  ThawOperationRequest *request = make_for_all (self, "link", "to");

  set_option (request, "symbolic");
  return with_rules (request, THAW_RULE_KEEP_BOTH, THAW_RULE_KEEP_BOTH);
}

static ThawOperationRequest *
make_rename (Fixture *self)
{
  ThawOperationRequest *request = thaw_operation_request_new ("rename");
  guint n = get_n_entries ();

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);
      g_autofree char *new_name = g_strdup_printf ("t%u", (i + 1) % n);
      g_autoptr (GFile) file = get_file (self, name);

      thaw_operation_request_add_source (request, file);
      thaw_operation_request_add_name (request, new_name);
    }
  return request;
}

static ThawOperationRequest *
make_create (Fixture *self)
{
  ThawOperationRequest *request = make_for_all (self, "create", "to");

  thaw_operation_request_add_name (request, "new");
  set_option (request, "folder");
  return request;
}

static ThawOperationRequest *
make_trash (Fixture *self)
{
  return make_for_all (self, "trash", NULL);
}

static void
prepare_trash (Fixture *self)
{
  do_request (self, make_trash (self));
}

static ThawOperationRequest *
make_for_trash (const char *kind)
{
  ThawOperationRequest *request = thaw_operation_request_new (kind);
  g_autofree char *trash = get_trash ();
  g_autofree char *path = g_build_filename (trash, "files", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autoptr (GFile) file = g_file_new_build_filename (path, name, NULL);

      thaw_operation_request_add_source (request, file);
    }
  return request;
}

static ThawOperationRequest *
make_restore (Fixture *self)
{
  return make_for_trash ("restore");
}

static ThawOperationRequest *
make_empty_trash (Fixture *self)
{
  return make_for_trash ("empty-trash");
}

static ThawOperationRequest *
make_delete (Fixture *self)
{
  return make_for_all (self, "delete", NULL);
}

static ThawOperationRequest *
make_forget (Fixture *self)
{
  ThawOperationRequest *request = make_delete (self);

  set_option (request, "forget");
  return request;
}

static ThawOperationRequest *
make_attributes (Fixture *self)
{
  ThawOperationRequest *request = make_for_all (self, "attributes", NULL);

  thaw_operation_request_set_option (request, "mode", g_variant_new_string ("u=rwX,go="));
  set_option (request, "recursive");
  return request;
}

static ThawOperationRequest *
make_compress (Fixture *self)
{
  return make_for_all (self, "compress", "to/all.zip");
}

static void
prepare_archive (Fixture *self)
{
  do_request (self, make_compress (self));
}

static ThawOperationRequest *
make_extract (Fixture *self)
{
  return new_request (self, "extract", "to", "to/all.zip", NULL);
}

static void
prepare_copy (Fixture *self)
{
  do_request (self, make_copy (self));
}

static ThawOperationRequest *
make_undo (Fixture *self)
{
  return thaw_operation_request_new ("undo");
}

static void
prepare_redo (Fixture *self)
{
  do_request (self, make_move (self));
  do_request (self, make_undo (self));
}

static ThawOperationRequest *
make_redo (Fixture *self)
{
  return thaw_operation_request_new ("redo");
}

/* "to" becomes as "d" is: what else is in it goes, as after a deletion. */
static ThawOperationRequest *
make_synchronise (Fixture *self)
{
  ThawOperationRequest *request = new_request (self, "synchronise", "to", "d", NULL);

  thaw_operation_request_set_option (request, "mode", g_variant_new_string ("mirror"));
  return with_rules (request, THAW_RULE_REPLACE, THAW_RULE_MERGE);
}

static const Case cases[] = {
  { "copy", make_copy, NULL, "" },
  { "copy-large", make_copy, NULL, "large" },
  { "copy-verified", make_verified, NULL, "large" },
  { "overwrite", make_overwrite, NULL, "" },
  { "move", make_move, NULL, "" },
  { "duplicate", make_duplicate, NULL, "" },
  { "link", make_symbolic, NULL, "" },
  { "rename", make_rename, NULL, "" },
  { "create", make_create, NULL, "" },
  { "trash", make_trash, NULL, "" },
  { "restore", make_restore, prepare_trash, "" },
  { "empty-trash", make_empty_trash, prepare_trash, "loses" },
  { "delete", make_delete, NULL, "" },
  { "forget", make_forget, NULL, "loses large" },
  { "attributes", make_attributes, NULL, "" },
  { "compress", make_compress, NULL, "" },
  { "extract", make_extract, prepare_archive, "" },
  { "synchronise", make_synchronise, NULL, "" },
  { "undo", make_undo, prepare_copy, "" },
  { "redo", make_redo, prepare_redo, "" },
};

/* --- cancelling --- */

static gboolean
set_true (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

static gboolean
is_over (ThawOperation *operation)
{
  return thaw_operation_get_state (operation) >= THAW_OPERATION_DONE;
}

static ThawOperation *
submit (Cancelling *self)
{
  ThawOperationRequest *request = self->kind->make (self->fixture);
  ThawOperation *operation = thaw_operation_queue_submit (self->fixture->queue, request, "A test");

  thaw_operation_request_unref (request);
  g_assert_nonnull (operation);
  return operation;
}

/* How long it took to obey; -1 if it was over before. */
static gint64
cancel_after (ThawOperation *operation, gint64 delay_usec)
{
  gint64 begun_usec = g_get_monotonic_time (), asked_usec;
  gboolean is_time = FALSE;

  g_timeout_add (delay_usec / 1000, set_true, &is_time);
  run_until (is_time);
  while (!is_over (operation) && g_get_monotonic_time () - begun_usec < delay_usec)
    g_main_context_iteration (NULL, FALSE);
  if (is_over (operation))
    return -1;
  asked_usec = g_get_monotonic_time ();
  thaw_operation_cancel (operation);
  run_until (is_over (operation));
  return g_get_monotonic_time () - asked_usec;
}

static void
run_whole (Cancelling *self)
{
  g_autoptr (ThawOperation) operation = NULL;
  gint64 begun_usec;

  go_back (self);
  self->before = read_world (self->fixture);
  self->contents = read_contents (self->fixture);
  begun_usec = g_get_monotonic_time ();
  operation = run_operation (submit (self));
  self->whole_usec = g_get_monotonic_time () - begun_usec;
  assert_done (operation);
  self->after = read_world (self->fixture);
  assert_no_litter (self->fixture);
}

/* Its time is the only thing that differs from one archive to the next. */
static gboolean
is_archive (const char *line)
{
  return g_str_has_prefix (line, "to/all.zip ");
}

static gboolean
is_promised (Cancelling *self, const char *line)
{
  return g_hash_table_contains (self->before, line) || g_hash_table_contains (self->after, line)
         || is_archive (line);
}

static void
check_state (Cancelling *self)
{
  g_autoptr (GHashTable) now = read_world (self->fixture);
  g_autoptr (GHashTable) contents = read_contents (self->fixture);
  GHashTableIter iter;
  gpointer line;

  g_hash_table_iter_init (&iter, now);
  while (g_hash_table_iter_next (&iter, &line, NULL))
    if (!is_promised (self, line))
      g_error ("%s: is neither as it was nor as it was to be: %s", self->kind->name, (char *) line);
  g_hash_table_iter_init (&iter, self->before);
  while (g_hash_table_iter_next (&iter, &line, NULL))
    if (g_hash_table_contains (self->after, line) && !g_hash_table_contains (now, line)
        && !is_archive (line))
      g_error ("%s: is gone: %s", self->kind->name, (char *) line);
  g_hash_table_iter_init (&iter, self->contents);
  while (strstr (self->kind->options, "loses") == NULL
         && g_hash_table_iter_next (&iter, &line, NULL))
    if (!g_hash_table_contains (contents, line))
      g_error ("%s: is lost: %s", self->kind->name, (char *) line);
  assert_no_litter (self->fixture);
}

static void
cancel_once (Cancelling *self)
{
  g_autoptr (ThawOperation) operation = NULL;
  gint64 usec;

  go_back (self);
  operation = submit (self);
  usec = cancel_after (operation, g_test_rand_int_range (0, (gint32) self->whole_usec));
  if (usec < 0)
    self->n_over++;
  else
    g_array_append_val (self->obeyed, usec);
  g_assert_cmpint (usec, <, PATIENCE_USEC);
  check_state (self);
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  return *(const gint64 *) a < *(const gint64 *) b ? -1 : 1;
}

static void
tell (Cancelling *self)
{
  guint n = self->obeyed->len, n_late = 0;

  g_array_sort (self->obeyed, compare_times);
  for (guint i = 0; i < n; i++)
    n_late += g_array_index (self->obeyed, gint64, i) > PROMISE_USEC;
  g_test_message (
      "%s takes %.0f ms; %u cancelled, %u were over: median %.1f ms, longest %.1f ms, %u "
      "over 200 ms",
      self->kind->name,
      self->whole_usec / 1000.0,
      n,
      self->n_over,
      n > 0 ? g_array_index (self->obeyed, gint64, n / 2) / 1000.0 : 0,
      n > 0 ? g_array_index (self->obeyed, gint64, n - 1) / 1000.0 : 0,
      n_late);
}

static void
test_cancel (gconstpointer data)
{
  Fixture fixture = { 0 };
  Cancelling self = { .fixture = &fixture, .kind = data };
  g_autofree char *base = NULL;

  fixture_set_up (&fixture, NULL);
  base = g_path_get_dirname (fixture.folder);
  self.pristine = g_build_filename (base, "pristine", NULL);
  self.obeyed = g_array_new (FALSE, FALSE, sizeof (gint64));
  make_pristine (&fixture, strstr (self.kind->options, "large") != NULL);
  g_assert_no_errno (g_rename (fixture.folder, self.pristine));
  run_whole (&self);
  for (guint i = 0; i < get_number ("THAW_CANCELS", 1); i++)
    cancel_once (&self);
  tell (&self);
  g_hash_table_unref (self.before);
  g_hash_table_unref (self.after);
  g_hash_table_unref (self.contents);
  g_array_unref (self.obeyed);
  g_free (self.pristine);
  fixture_tear_down (&fixture, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/ops/cancel/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_cancel);
    }
  return g_test_run ();
}
