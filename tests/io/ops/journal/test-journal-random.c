/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random programs of operations on a random tree: undone one by one each earlier state comes back,
 * inode for inode; done again each later one; across new openings of the journal, and with new
 * operations after some were undone. */

#include "journal-test.h"

#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  char *tree, *state;
  ThawJournal *journal;
  GRand *rand;
  GPtrArray *states; /* manifests: before the first job, after it, … */
  guint n_names;
} Program;

static void
open_journal (Program *self)
{
  g_autoptr (GError) error = NULL;

  self->journal = thaw_journal_open (self->state, NULL, &error);
  g_assert_no_error (error);
}

static void
maybe_reopen (Program *self)
{
  if (g_rand_int_range (self->rand, 0, 4) != 0)
    return;
  thaw_journal_unref (self->journal);
  open_journal (self);
}

static void
collect (const char *folder, GPtrArray *folders, GPtrArray *files)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  for (guint i = 0; i < names->len; i++)
    {
      char *path = g_build_filename (folder, g_ptr_array_index (names, i), NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        {
          g_ptr_array_add (folders, path);
          collect (path, folders, files);
        }
      else
        g_ptr_array_add (files, path);
    }
}

typedef struct {
  GPtrArray *folders, *files;
} Tree;

static Tree
look (Program *self)
{
  Tree tree = { g_ptr_array_new_with_free_func (g_free), g_ptr_array_new_with_free_func (g_free) };

  collect (self->tree, tree.folders, tree.files);
  return tree;
}

static void
tree_clear (Tree *tree)
{
  g_ptr_array_unref (tree->folders);
  g_ptr_array_unref (tree->files);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Tree, tree_clear)

static const char *
pick (Program *self, GPtrArray *paths)
{
  return paths->len > 0
             ? g_ptr_array_index (paths, g_rand_int_range (self->rand, 0, (gint32) paths->len))
             : NULL;
}

static const char *
pick_folder (Program *self, Tree *tree)
{
  return g_rand_boolean (self->rand) || tree->folders->len == 0 ? self->tree
                                                                : pick (self, tree->folders);
}

static char *
fresh_name (Program *self)
{
  return g_strdup_printf ("%s-%u",
                          g_rand_boolean (self->rand) ? "name" : "n\xc3\xa4me\xff",
                          self->n_names++);
}

static ThawKept *
open_kept (Program *self, const char *folder)
{
  g_autoptr (ThawPlace) place = thaw_place_open (folder, NULL);

  return thaw_kept_open (self->journal, place, NULL);
}

static char *
hidden_name (Program *self, gint64 job)
{
  g_autoptr (ThawJournalRecord) record = thaw_journal_get_job (self->journal, job, NULL);

  return thaw_token_dup_name (record->token, self->n_names++);
}

static gboolean
is_inside (const char *path, const char *folder)
{
  return g_str_equal (path, folder) || g_str_has_prefix (path, folder);
}

static ThawStep *
rename_path (Program *self, const char *path, const char *folder, const char *name)
{
  g_autofree char *from = g_path_get_dirname (path), *base = g_path_get_basename (path);

  return test_rename_step (from, base, folder, name);
}

static void
add_rename (Program *self, Tree *tree, GPtrArray *steps)
{
  const char *path
      = pick (self, g_rand_int_range (self->rand, 0, 3) == 0 ? tree->folders : tree->files);
  const char *folder = pick_folder (self, tree);
  g_autofree char *name = fresh_name (self);

  if (path != NULL && !is_inside (folder, path))
    g_ptr_array_add (steps, rename_path (self, path, folder, name));
}

/* The files of the tree take each other's names. */
static void
add_cycle (Program *self, Tree *tree, GPtrArray *steps)
{
  guint n = (guint) g_rand_int_range (self->rand, 2, 6);

  n = MIN (n, tree->files->len);
  for (guint i = 0; i < n && n > 1; i++)
    {
      const char *to = g_ptr_array_index (tree->files, (i + 1) % n);
      g_autofree char *folder = g_path_get_dirname (to), *name = g_path_get_basename (to);

      g_ptr_array_add (steps, rename_path (self, g_ptr_array_index (tree->files, i), folder, name));
    }
}

static void
add_attributes (Program *self, Tree *tree, GPtrArray *steps)
{
  const char *path = pick (self, g_rand_boolean (self->rand) ? tree->files : tree->folders);
  g_autofree char *folder = NULL, *name = NULL;
  GVariantDict dict;

  if (path == NULL)
    return;
  folder = g_path_get_dirname (path);
  name = g_path_get_basename (path);
  g_variant_dict_init (&dict, NULL);
  if (g_rand_boolean (self->rand))
    g_variant_dict_insert (&dict, "mode", "u", 0700 | g_rand_int_range (self->rand, 0, 0100));
  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    g_variant_dict_insert (&dict, "mtime-nsec", "x", (gint64) g_rand_int (self->rand) * 1000003);
  g_ptr_array_add (steps, test_attributes_step (folder, name, g_variant_dict_end (&dict)));
}

static void
add_placing (Program *self, Tree *tree, gint64 job, GPtrArray *steps)
{
  const char *folder = pick_folder (self, tree);
  g_autofree char *hidden = hidden_name (self, job), *name = fresh_name (self);
  g_autofree char *path = g_build_filename (folder, hidden, NULL);

  if (g_rand_boolean (self->rand))
    {
      g_autofree char *sub = g_build_filename (path, "sub", NULL);

      test_mkdir (folder, hidden);
      test_mkdir (path, "sub");
      test_write (path, "one", name);
      test_write (sub, "two", name);
    }
  else
    test_write (folder, hidden, name);
  g_ptr_array_add (steps, test_rename_step (folder, hidden, folder, name));
}

static void
add_deletion (Program *self, Tree *tree, gint64 job, GPtrArray *steps)
{
  const char *path = pick (self, g_rand_boolean (self->rand) ? tree->files : tree->folders);
  g_autoptr (ThawKept) kept = open_kept (self, self->tree);
  g_autofree char *name = path != NULL ? g_path_get_basename (path) : NULL, *kept_name = NULL;

  if (path == NULL)
    return;
  kept_name = thaw_kept_reserve (kept, job, name, 100, NULL);
  g_ptr_array_add (
      steps,
      rename_path (self, path, thaw_place_get_path (thaw_kept_get_place (kept)), kept_name));
}

static void
add_replacing (Program *self, Tree *tree, gint64 job, GPtrArray *steps)
{
  const char *path = pick (self, tree->files);
  g_autoptr (ThawKept) kept = open_kept (self, self->tree);
  g_autofree char *folder = NULL, *name = NULL, *hidden = hidden_name (self, job),
                  *kept_name = NULL;

  if (path == NULL)
    return;
  folder = g_path_get_dirname (path);
  name = g_path_get_basename (path);
  kept_name = thaw_kept_reserve (kept, job, name, 100, NULL);
  test_write (folder, hidden, hidden);
  g_ptr_array_add (steps,
                   test_replace_step (folder,
                                      hidden,
                                      folder,
                                      name,
                                      thaw_place_get_path (thaw_kept_get_place (kept)),
                                      kept_name));
}

static void
add_trashing (Program *self, Tree *tree, GPtrArray *steps)
{
  const char *path = pick (self, tree->files);
  g_autofree char *name = fresh_name (self), *trash = g_strconcat (self->tree, ".trash", NULL);
  g_autofree char *info = g_strdup_printf ("%s/%s.trashinfo", trash, name);
  ThawStep *step;

  if (path == NULL)
    return;
  g_mkdir (trash, 0700);
  step = rename_path (self, path, trash, name);
  step->info = g_steal_pointer (&info);
  step->info_text = g_bytes_new (name, 5);
  g_ptr_array_add (steps, step);
}

static void
perform (Program *self, gint64 job)
{
  g_auto (Tree) tree = look (self);
  g_autoptr (GPtrArray) steps = test_steps ();
  g_autoptr (GError) error = NULL;
  gint32 what = g_rand_int_range (self->rand, 0, 8);

  if (what == 0)
    add_cycle (self, &tree, steps);
  else if (what == 1)
    add_attributes (self, &tree, steps);
  else if (what == 2)
    add_replacing (self, &tree, job, steps);
  else if (what == 3)
    add_deletion (self, &tree, job, steps);
  else if (what == 4)
    add_trashing (self, &tree, steps);
  else if (what == 5)
    add_rename (self, &tree, steps);
  else
    add_placing (self, &tree, job, steps);
  thaw_journal_perform (self->journal,
                        job,
                        steps,
                        what == 0 ? THAW_STEPS_ALL_OR_NONE : THAW_STEPS_EACH,
                        NULL,
                        NULL,
                        &error);
  g_assert_no_error (error);
}

static void
remember (Program *self)
{
  g_ptr_array_add (self->states, test_manifest (self->tree));
}

/* FALSE: nothing could be done. */
static void
do_job (Program *self)
{
  gint64 job = test_add_job (self->journal, "random", 0);
  g_autoptr (GPtrArray) done = NULL;

  for (gint32 i = g_rand_int_range (self->rand, 1, 4); i > 0; i--)
    perform (self, job);
  g_assert_true (thaw_journal_set_state (self->journal, job, THAW_JOURNAL_DONE, NULL, NULL));
  done = thaw_journal_list_steps (self->journal, job, NULL);
  if (done->len > 0)
    remember (self);
}

static void
assert_state (Program *self, guint i)
{
  g_autofree char *now = test_manifest (self->tree);

  g_assert_cmpstr (now, ==, g_ptr_array_index (self->states, i));
}

static void
invert_next (Program *self, gboolean undo)
{
  g_autoptr (GError) error = NULL;
  gint64 job = undo ? thaw_journal_get_undo (self->journal, NULL, &error)
                    : thaw_journal_get_redo (self->journal, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (job, !=, 0);
  job = test_invert (self->journal, job, &error);
  g_assert_no_error (error);
  g_assert_cmpint (job, !=, 0);
}

static void
undo_to (Program *self, guint from, guint to)
{
  for (guint i = from; i-- > to;)
    {
      invert_next (self, TRUE);
      assert_state (self, i);
      maybe_reopen (self);
    }
}

static void
redo_to (Program *self, guint from, guint to)
{
  for (guint i = from + 1; i <= to; i++)
    {
      invert_next (self, FALSE);
      assert_state (self, i);
      maybe_reopen (self);
    }
}

static void
run_jobs (Program *self, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      do_job (self);
      maybe_reopen (self);
    }
}

static void
run_program (guint32 seed, guint n_jobs)
{
  Program self = { .tree = test_dir ("tree"),
                   .state = test_dir ("state"),
                   .rand = g_rand_new_with_seed (seed) };
  guint last, middle;

  g_test_message ("program %u", seed);
  self.states = g_ptr_array_new_with_free_func (g_free);
  open_journal (&self);
  test_write (self.tree, "first", "1");
  test_mkdir (self.tree, "folder");
  remember (&self);
  run_jobs (&self, n_jobs);
  last = self.states->len - 1;
  undo_to (&self, last, 0);
  g_assert_cmpint (thaw_journal_get_undo (self.journal, NULL, NULL), ==, 0);
  redo_to (&self, 0, last);
  g_assert_cmpint (thaw_journal_get_redo (self.journal, NULL, NULL), ==, 0);

  /* Back to somewhere, on from there another way, and all back. */
  middle = last / 2;
  undo_to (&self, last, middle);
  g_ptr_array_set_size (self.states, (gint) middle + 1);
  run_jobs (&self, n_jobs / 2);
  undo_to (&self, self.states->len - 1, 0);
  redo_to (&self, 0, self.states->len - 1);
  undo_to (&self, self.states->len - 1, 0);

  thaw_journal_unref (self.journal);
  test_remove (self.tree);
  test_remove (self.state);
  g_ptr_array_unref (self.states);
  g_rand_free (self.rand);
  g_free (self.tree);
  g_free (self.state);
}

static void
test_programs (void)
{
  const char *wanted = g_getenv ("THAW_TEST_PROGRAMS");
  guint n = wanted != NULL ? (guint) g_ascii_strtoull (wanted, NULL, 10) : 25;
  guint32 seed = (guint32) g_test_rand_int ();

  for (guint i = 0; i < n; i++)
    run_program (seed + i, 20);
}

int
main (int argc, char **argv)
{
  test_begin (&argc, &argv);
  g_test_add_func ("/journal/random/programs", test_programs);
  return g_test_run ();
}
