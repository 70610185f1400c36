/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything lies in memory where it can, so that thousands of synchronised commits don't wait for
 * a disk. */

#include "journal-test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define FUSE_MAGIC 0x65735546

static char *root;
static pid_t root_pid;

void
test_remove (const char *path)
{
  const char *argv[] = { "rm", "-rf", "--one-file-system", path, NULL };

  g_spawn_sync (NULL,
                (char **) argv,
                NULL,
                G_SPAWN_SEARCH_PATH,
                NULL,
                NULL,
                NULL,
                NULL,
                NULL,
                NULL);
}

static void
remove_root (void)
{
  if (getpid () == root_pid)
    test_remove (root);
}

void
test_begin (int *argc, char ***argv)
{
  g_autofree char *data = NULL;
  g_autofree char *template = g_strdup ("/dev/shm/thaw-journal-XXXXXX");

  g_test_init (argc, argv, NULL);
  root = g_mkdtemp (template) != NULL ? g_strdup (template)
                                      : g_dir_make_tmp ("thaw-journal-XXXXXX", NULL);
  g_assert_nonnull (root);
  root_pid = getpid ();
  data = test_dir ("data");
  g_setenv ("XDG_DATA_HOME", data, TRUE);
  g_setenv ("XDG_STATE_HOME", data, TRUE);
  atexit (remove_root);
}

const char *
test_root (void)
{
  return root;
}

char *
test_dir (const char *name)
{
  static guint number;
  char *path = g_strdup_printf ("%s/%s-%u", root, name, number++);

  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  return path;
}

void
test_write (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, text, strlen (text)), ==, (gssize) strlen (text));
  close (fd);
}

void
test_mkdir (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_cmpint (g_mkdir (path, 0755), ==, 0);
}

char *
test_read (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

gboolean
test_exists (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  struct stat st;

  return lstat (path, &st) == 0;
}

static void add_folder (GString *out, const char *folder, const char *relative);

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
add_entry (GString *out, const char *folder, const char *relative, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *shown = g_build_filename (relative, name, NULL);
  g_autofree char *text = NULL;
  struct stat st;

  g_assert_cmpint (lstat (path, &st), ==, 0);
  g_string_append_printf (out,
                          "%s %o %u:%u %lu",
                          shown,
                          st.st_mode,
                          st.st_uid,
                          st.st_gid,
                          (gulong) st.st_ino);
  if (S_ISREG (st.st_mode) && g_file_get_contents (path, &text, NULL, NULL))
    g_string_append_printf (out,
                            " %ld %ld.%09ld “%s”",
                            (glong) st.st_size,
                            (glong) st.st_mtim.tv_sec,
                            (glong) st.st_mtim.tv_nsec,
                            text);
  g_string_append_c (out, '\n');
  if (S_ISDIR (st.st_mode))
    add_folder (out, path, shown);
}

static void
add_folder (GString *out, const char *folder, const char *relative)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (!g_str_has_prefix (name, ".thaw-kept-"))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    add_entry (out, folder, relative, g_ptr_array_index (names, i));
}

char *
test_manifest (const char *folder)
{
  GString *out = g_string_new (NULL);

  add_folder (out, folder, "");
  return g_string_free_and_steal (out);
}

static void
look (const char *folder, const char *name, ThawIdentity *identity)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  struct stat st;

  *identity = (ThawIdentity){ 0 };
  if (lstat (path, &st) == 0)
    thaw_identity_from_stat (identity, &st);
}

ThawStep *
test_rename_step (const char *from, const char *name, const char *to, const char *new_name)
{
  g_autoptr (ThawPlace) from_place = thaw_place_open (from, NULL);
  g_autoptr (ThawPlace) to_place = thaw_place_open (to, NULL);
  ThawIdentity object;

  g_assert_nonnull (from_place);
  g_assert_nonnull (to_place);
  look (from, name, &object);
  return thaw_step_new_rename (from_place, name, to_place, new_name, &object);
}

void
test_set_end (ThawStepEnd *end, const char *folder, const char *name)
{
  g_autoptr (ThawPlace) place = thaw_place_open (folder, NULL);

  g_assert_nonnull (place);
  g_set_str (&end->folder, thaw_place_get_path (place));
  g_set_str (&end->name, name);
  end->dev = thaw_place_get_dev (place);
  end->ino = thaw_place_get_ino (place);
}

ThawStep *
test_replace_step (const char *from,
                   const char *name,
                   const char *to,
                   const char *to_name,
                   const char *kept,
                   const char *kept_name)
{
  ThawStep *step = test_rename_step (from, name, to, to_name);

  step->type = THAW_STEP_REPLACE;
  look (to, to_name, &step->old);
  if (kept != NULL)
    test_set_end (&step->kept, kept, kept_name);
  return step;
}

ThawStep *
test_attributes_step (const char *folder, const char *name, GVariant *attributes)
{
  ThawStep *step = g_new0 (ThawStep, 1);

  step->type = THAW_STEP_ATTRIBUTES;
  test_set_end (&step->to, folder, name);
  look (folder, name, &step->object);
  step->attributes = g_variant_ref_sink (attributes);
  return step;
}

GPtrArray *
test_steps (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
}

gint64
test_add_job (ThawJournal *journal, const char *title, gint64 inverse_of)
{
  g_autoptr (GError) error = NULL;
  gint64 job = thaw_journal_add_job (journal,
                                     "test",
                                     title,
                                     g_variant_new_string (title),
                                     inverse_of,
                                     &error);

  g_assert_no_error (error);
  g_assert_cmpint (job, >, 0);
  g_assert_true (thaw_journal_set_state (journal, job, THAW_JOURNAL_RUNNING, NULL, &error));
  return job;
}

gint64
test_do (ThawJournal *journal, const char *title, GPtrArray *steps, ThawStepsMode mode)
{
  g_autoptr (GError) error = NULL;
  gint64 job = test_add_job (journal, title, 0);

  thaw_journal_perform (journal, job, steps, mode, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (thaw_journal_set_state (journal, job, THAW_JOURNAL_DONE, NULL, &error));
  return job;
}

gint64
test_invert (ThawJournal *journal, gint64 job, GError **error)
{
  gint64 inverse = test_add_job (journal, "inverse", job);
  gboolean done = thaw_journal_invert (journal, job, inverse, NULL, error);

  g_assert_true (thaw_journal_set_state (journal,
                                         inverse,
                                         done ? THAW_JOURNAL_DONE : THAW_JOURNAL_FAILED,
                                         NULL,
                                         NULL));
  return done ? inverse : 0;
}

void
test_undo_one (ThawJournal *journal)
{
  g_autoptr (GError) error = NULL;
  gint64 job = thaw_journal_get_undo (journal, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (job, !=, 0);
  test_invert (journal, job, &error);
  g_assert_no_error (error);
}

static gboolean
is_mounted (const char *path)
{
  struct statfs info;

  return statfs (path, &info) == 0 && (guint64) info.f_type == FUSE_MAGIC;
}

/* A test that is killed takes its file system with it. */
static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

static gboolean
mount_it (FaultFs *self, const char *program, const char *options)
{
  g_autofree char *line
      = g_strdup_printf ("%s -f %s %s %s", program, options, self->back, self->mnt);
  g_autofree char *control = g_build_filename (self->mnt, ".faultfs", NULL);
  g_auto (GStrv) argv = NULL;

  g_assert_true (g_shell_parse_argv (line, NULL, &argv, NULL));
  if (!g_spawn_async (NULL,
                      argv,
                      NULL,
                      G_SPAWN_DO_NOT_REAP_CHILD,
                      die_with_parent,
                      NULL,
                      &self->pid,
                      NULL))
    return FALSE;
  for (gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC; !is_mounted (self->mnt);
       g_usleep (1000))
    if (waitpid (self->pid, NULL, WNOHANG) == self->pid || g_get_monotonic_time () > end)
      {
        self->pid = 0;
        return FALSE;
      }
  self->control = open (control, O_WRONLY | O_CLOEXEC);
  return self->control >= 0;
}

FaultFs *
fault_fs_new (const char *options)
{
  const char *program = g_getenv ("THAW_FAULTFS");
  FaultFs *self = g_new0 (FaultFs, 1);

  self->control = -1;
  self->dir = test_dir ("fault");
  self->back = g_build_filename (self->dir, "back", NULL);
  self->mnt = g_build_filename (self->dir, "mnt", NULL);
  g_assert_cmpint (g_mkdir (self->back, 0700), ==, 0);
  g_assert_cmpint (g_mkdir (self->mnt, 0700), ==, 0);
  if (program != NULL && g_file_test (program, G_FILE_TEST_IS_EXECUTABLE)
      && mount_it (self, program, options))
    return self;
  g_test_skip ("faultfs isn't built (THAW_FAULTFS), or FUSE can't be used here");
  fault_fs_free (self);
  return NULL;
}

void
fault_fs_free (FaultFs *self)
{
  const char *argv[] = { "fusermount3", "-uz", self->mnt, NULL };

  if (self->control >= 0)
    close (self->control);
  if (self->pid > 0)
    {
      g_spawn_sync (NULL,
                    (char **) argv,
                    NULL,
                    G_SPAWN_SEARCH_PATH,
                    NULL,
                    NULL,
                    NULL,
                    NULL,
                    NULL,
                    NULL);
      kill (self->pid, SIGTERM);
      waitpid (self->pid, NULL, 0);
    }
  test_remove (self->dir);
  g_free (self->dir);
  g_free (self->back);
  g_free (self->mnt);
  g_free (self);
}

void
fault_fs_tell (FaultFs *self, const char *command)
{
  g_assert_cmpint (write (self->control, command, strlen (command)), ==, (gssize) strlen (command));
}

gboolean
test_in_child (TestFunc func, gpointer data)
{
  pid_t pid = fork ();
  int status = 0;

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      func (data);
      _exit (0);
    }
  while (waitpid (pid, &status, 0) < 0)
    g_assert_cmpint (errno, ==, EINTR);
  if (WIFEXITED (status))
    g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  else
    g_assert_cmpint (WTERMSIG (status), ==, SIGKILL);
  return WIFEXITED (status);
}
