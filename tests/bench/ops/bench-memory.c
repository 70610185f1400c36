/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How much memory operations on many entries take: one tree of a million, one that is compared with
 * another, made like it, packed and unpacked, a tenth as many names that are selected, and undo and
 * redo of what changes most. Every operation is one process of its own, which
 * opens the journal, stands still, and then does it: the figure is what it had at most beside what
 * it had before, the request included. The files are empty, since their bytes take none.
 *
 *   bench-memory [--quick] [--entries N] [--only GROUP…] [FOLDER [OTHER]]
 *
 * FOLDER: where the entries are, /dev/shm if not given. OTHER: on another file system, to be moved
 * to; the temporary folder. The groups: tree, away, merge, attributes, names, rename, synchronise,
 * archives, count. */

#include "thaw-file-measure.h"
#include "thaw-operation.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define N_ENTRIES 1000000
#define N_QUICK 10000
#define PER_FOLDER 1000
#define BAR_KIB (64 * 1024)

static char *program, *top, *other;
static guint n_entries = N_ENTRIES;
static char **only;

/* --- the process that does one operation --- */

typedef struct {
  GMainLoop *loop;
  ThawOperationQueue *queue;
} Child;

static gint64
read_status_kib (const char *field)
{
  g_autofree char *text = NULL;
  const char *found;

  if (!g_file_get_contents ("/proc/self/status", &text, NULL, NULL))
    g_error ("/proc/self/status can't be read");
  found = strstr (text, field);
  return found != NULL ? g_ascii_strtoll (found + strlen (field) + 1, NULL, 10) : 0;
}

/* The peak begins anew; where the kernel doesn't do that it is the highest of all, which is more.
 */
static gint64
begin_peak (void)
{
  int fd = open ("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

  if (fd >= 0)
    {
      if (write (fd, "5", 1) != 1)
        g_printerr ("# The peak can't be reset\n");
      close (fd);
    }
  return read_status_kib ("VmRSS");
}

static void
on_state (ThawOperation *operation, GParamSpec *pspec, gpointer loop)
{
  if (thaw_operation_get_state (operation) >= THAW_OPERATION_DONE)
    g_main_loop_quit (loop);
}

/* Takes @operation. */
static void
follow (Child *self, ThawOperation *operation)
{
  const GError *error;

  g_signal_connect (operation, "notify::state", G_CALLBACK (on_state), self->loop);
  if (thaw_operation_get_state (operation) < THAW_OPERATION_DONE)
    g_main_loop_run (self->loop);
  if (thaw_operation_get_n_problems (operation) > 0)
    g_error ("%s", thaw_operation_get_problem (operation, 0)->error->message);
  error = thaw_operation_get_error (operation);
  if (error != NULL)
    g_error ("%s", error->message);
  g_object_unref (operation);
}

static void
on_history (ThawFuture *future, gpointer loop)
{
  g_main_loop_quit (loop);
}

/* The journal is open when it has told what is in it. */
static void
open_queue (Child *self, const char *state)
{
  g_autoptr (ThawFuture) history = NULL;

  self->loop = g_main_loop_new (NULL, FALSE);
  self->queue = thaw_operation_queue_new (state);
  history = thaw_operation_queue_list_history (self->queue, NULL, 1);
  thaw_future_done (history, NULL, on_history, self->loop, NULL);
  g_main_loop_run (self->loop);
}

/* Of the program that reads and writes archives. Its own beginning is counted too. */
static gint64
get_childrens_peak_kib (void)
{
  struct rusage usage;

  return getrusage (RUSAGE_CHILDREN, &usage) == 0 ? usage.ru_maxrss : 0;
}

static GString *
list_names (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  GString *names = g_string_new (NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_string_append_len (names, name, (gssize) strlen (name) + 1);
  return names;
}

/* The modes of synchronising are kinds here. */
static const char *
get_kind (const char *what)
{
  static const char *const modes[] = { "compare", "update", "mirror", NULL };

  if (g_str_equal (what, "forget"))
    return "delete";
  return g_strv_contains (modes, what) ? "synchronise" : what;
}

static void
add_options (ThawOperationRequest *request, const char *what, const char *kind)
{
  GVariant *yes = g_variant_ref_sink (g_variant_new_boolean (TRUE));

  thaw_operation_request_set_rule (request, THAW_CONFLICT_FOLDER, THAW_RULE_MERGE);
  if (g_str_equal (kind, "synchronise"))
    thaw_operation_request_set_option (request, "mode", g_variant_new_string (what));
  if (g_str_equal (kind, "extract"))
    thaw_operation_request_set_option (request, "max-entries", g_variant_new_uint64 (0));
  if (g_str_equal (what, "forget"))
    thaw_operation_request_set_option (request, "forget", yes);
  if (g_str_equal (kind, "attributes"))
    {
      thaw_operation_request_set_option (request, "mode", g_variant_new_string ("u=rwX,go="));
      thaw_operation_request_set_option (request, "recursive", yes);
    }
  g_variant_unref (yes);
}

static void
add_new_names (ThawOperationRequest *request, GString *names)
{
  for (gsize at = 0; at < names->len; at += strlen (names->str + at) + 1)
    {
      g_autofree char *new_name = g_strdup_printf ("renamed %s", names->str + at);

      thaw_operation_request_add_name (request, new_name);
    }
}

/* @name: of what is in @folder; NULL: all of it. */
static ThawOperationRequest *
make_request (const char *what, const char *folder, const char *name, const char *target)
{
  const char *kind = get_kind (what);
  ThawOperationRequest *request = thaw_operation_request_new (kind);
  g_autoptr (GFile) in = g_file_new_for_path (folder);
  g_autoptr (GString) names = name != NULL ? g_string_new (name) : list_names (folder);

  if (name != NULL)
    g_string_append_c (names, '\0');
  thaw_operation_request_add_children (request, in, names->str, names->len);
  if (target != NULL)
    {
      g_autoptr (GFile) to = g_file_new_for_path (target);

      thaw_operation_request_set_target (request, to);
    }
  if (g_str_equal (kind, "rename"))
    add_new_names (request, names);
  add_options (request, what, kind);
  return request;
}

/* As the properties do it: no operation. */
static void
count_files (Child *self, const char *path)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (ThawScope) scope = thaw_scope_new ("bench", NULL);
  g_autoptr (ThawFuture) counted = NULL;

  g_ptr_array_add (files, g_file_new_for_path (path));
  counted = thaw_file_count (scope, files, NULL);
  thaw_future_done (counted, NULL, on_history, self->loop, NULL);
  g_main_loop_run (self->loop);
}

static void
operate (Child *self, int argc, char **argv)
{
  const char *what = argv[3];
  ThawOperationRequest *request = argc > 6 ? make_request (what,
                                                           argv[4],
                                                           argv[5][0] != '\0' ? argv[5] : NULL,
                                                           argv[6][0] != '\0' ? argv[6] : NULL)
                                           : thaw_operation_request_new (what);
  ThawOperation *operation = thaw_operation_queue_submit (self->queue, request, what);

  thaw_operation_request_unref (request);
  follow (self, operation);
}

/* "--do STATE WHAT [FOLDER NAME TARGET]", the last two may be "". */
static int
run_child (int argc, char **argv)
{
  gint64 idle_kib, begun_usec;
  Child self = { NULL };

  open_queue (&self, argv[2]);
  idle_kib = begin_peak ();
  begun_usec = g_get_monotonic_time ();
  if (g_str_equal (argv[3], "count"))
    count_files (&self, argv[4]);
  else
    operate (&self, argc, argv);
  printf ("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n",
          idle_kib,
          read_status_kib ("VmHWM") + get_childrens_peak_kib (),
          (g_get_monotonic_time () - begun_usec) / 1000);
  return 0;
}

/* --- the entries --- */

static void
make_files (const char *folder, guint n)
{
  int fd;

  g_mkdir_with_parents (folder, 0755);
  fd = open (folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (guint i = 0; i < n; i++)
    {
      char name[32];
      int file;

      g_snprintf (name, sizeof name, "photo %06u.jpg", i);
      file = openat (fd, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
      if (file < 0)
        g_error ("Files can't be made in %s: %s", folder, g_strerror (errno));
      close (file);
    }
  close (fd);
}

/* @n_files: in each folder. */
static char *
make_tree (const char *name, guint n_files)
{
  char *path = g_build_filename (top, name, NULL);

  for (guint i = 0; i < n_entries / PER_FOLDER; i++)
    {
      g_autofree char *folder = g_strdup_printf ("%s/tree/folder %04u", path, i);

      make_files (folder, n_files);
    }
  return path;
}

static char *
make_folder (const char *parent, const char *name)
{
  char *path = g_build_filename (parent, name, NULL);

  g_mkdir_with_parents (path, 0755);
  return path;
}

/* --- what is measured --- */

static void
report (const char *title, gint64 idle_kib, gint64 peak_kib, gint64 msec)
{
  /* A quarter of it is what an operation may need however few its entries are. */
  gint64 bar_kib = BAR_KIB / 4 + (gint64) BAR_KIB * 3 / 4 * MIN (n_entries, N_ENTRIES) / N_ENTRIES;

  printf ("%s of %u entries: %.1f MiB more than the %.1f of standing still, in %.1f s (bar < %.0f "
          "MiB) %s\n",
          title,
          n_entries,
          (peak_kib - idle_kib) / 1024.0,
          idle_kib / 1024.0,
          msec / 1000.0,
          bar_kib / 1024.0,
          peak_kib - idle_kib < bar_kib ? "holds" : "short");
  fflush (stdout);
}

static void
measure (const char *title,
         const char *what,
         const char *folder,
         const char *name,
         const char *target)
{
  g_autofree char *state = g_build_filename (top, "state", NULL), *said = NULL;
  const char *argv[] = { program, "--do", state, what, folder, name, target, NULL };
  g_autoptr (GError) error = NULL;
  gint64 idle_kib, peak_kib, msec;
  int status;

  if (!g_spawn_sync (NULL,
                     (char **) argv,
                     NULL,
                     G_SPAWN_DEFAULT,
                     NULL,
                     NULL,
                     &said,
                     NULL,
                     &status,
                     &error)
      || !g_spawn_check_wait_status (status, &error)
      || sscanf (said,
                 "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
                 &idle_kib,
                 &peak_kib,
                 &msec)
             != 3)
    g_error ("%s: %s", title, error != NULL ? error->message : said);
  report (title, idle_kib, peak_kib, msec);
}

/* And back, and again, and back. */
static void
measure_both_ways (const char *title,
                   const char *what,
                   const char *folder,
                   const char *name,
                   const char *target)
{
  g_autofree char *undo = g_strdup_printf ("undoing: %s", title);
  g_autofree char *redo = g_strdup_printf ("redoing: %s", title);

  measure (title, what, folder, name, target);
  measure (undo, "undo", NULL, NULL, NULL);
  measure (redo, "redo", NULL, NULL, NULL);
  measure (undo, "undo", NULL, NULL, NULL);
}

static void
remove_all (const char *path)
{
  const char *argv[] = { "rm", "-rf", path, NULL };

  if (!g_spawn_sync (NULL,
                     (char **) argv,
                     NULL,
                     G_SPAWN_SEARCH_PATH,
                     NULL,
                     NULL,
                     NULL,
                     NULL,
                     NULL,
                     NULL))
    g_error ("%s stays", path);
}

static gboolean
is_wanted (const char *group)
{
  return only == NULL || g_strv_contains ((const char *const *) only, group);
}

/* All of it differs in time, then half of each pair isn't there. */
static void
measure_synchronise (const char *from)
{
  g_autofree char *like = make_tree ("other", PER_FOLDER - 1);
  g_autofree char *empty = make_tree ("folders", 0);
  g_autofree char *like_tree = g_build_filename (like, "tree", NULL);
  g_autofree char *empty_tree = g_build_filename (empty, "tree", NULL);

  measure ("comparing two trees that differ", "compare", from, "tree", like_tree);
  measure ("copying what one tree lacks", "update", from, "tree", empty_tree);
  measure ("comparing two trees that are the same", "compare", from, "tree", empty_tree);
  remove_all (empty);
  g_free (make_tree ("folders", 0));
  measure ("removing what the other tree has not", "mirror", empty, "tree", like_tree);
  measure ("undoing: removing what the other tree has not", "undo", NULL, NULL, NULL);
  remove_all (empty);
  remove_all (like);
}

static void
measure_archive (const char *from, const char *name)
{
  g_autofree char *archive = g_build_filename (top, name, NULL);
  g_autofree char *out = make_folder (top, "unpacked");
  g_autofree char *compressing = g_strdup_printf ("compressing a tree as %s", name);
  g_autofree char *extracting = g_strdup_printf ("extracting %s", name);

  measure (compressing, "compress", from, "tree", archive);
  measure (extracting, "extract", top, name, out);
  remove_all (out);
  remove_all (archive);
}

static void
measure_tree (const char *from)
{
  g_autofree char *to = make_folder (top, "to");

  if (is_wanted ("tree"))
    {
      measure_both_ways ("trashing a tree", "trash", from, "tree", "");
      measure_both_ways ("deleting a tree", "delete", from, "tree", "");
      measure_both_ways ("copying a tree", "copy", from, "tree", to);
      measure ("redoing: copying a tree", "redo", NULL, NULL, NULL);
      measure ("deleting a tree for good", "forget", to, "tree", "");
    }
  if (is_wanted ("away"))
    {
      g_autofree char *away = make_folder (other, "away");

      measure_both_ways ("moving a tree to another device", "move", from, "tree", away);
    }
  if (is_wanted ("attributes"))
    measure_both_ways ("changing the modes of a tree", "attributes", from, "tree", "");
  if (is_wanted ("merge"))
    {
      g_autofree char *like = make_tree ("like", 0);

      measure_both_ways ("merging a tree into its like", "copy", from, "tree", like);
    }
  if (is_wanted ("count"))
    measure ("counting what a tree holds", "count", from, "", "");
  if (is_wanted ("synchronise"))
    measure_synchronise (from);
  if (is_wanted ("archives"))
    {
      measure_archive (from, "tree.tar.zst");
      measure_archive (from, "tree.zip");
    }
}

static void
measure_names (void)
{
  g_autofree char *from = g_build_filename (top, "names", NULL);
  g_autofree char *to = make_folder (top, "names to");
  guint n = n_entries;

  n_entries /= 10;
  make_files (from, n_entries);
  n_entries = n;
  if (is_wanted ("rename"))
    measure_both_ways ("renaming a tenth as many names", "rename", from, "", "");
  if (!is_wanted ("names"))
    return;
  measure_both_ways ("copying a tenth as many names", "copy", from, "", to);
  measure_both_ways ("trashing a tenth as many names", "trash", from, "", "");
  measure_both_ways ("deleting a tenth as many names", "delete", from, "", "");
}

static gboolean
needs_tree (void)
{
  static const char *const groups[]
      = { "tree", "away", "attributes", "merge", "count", "synchronise", "archives" };

  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    if (is_wanted (groups[i]))
      return TRUE;
  return FALSE;
}

static void
measure_all (void)
{
  g_autofree char *data = g_build_filename (top, "data", NULL);

  g_setenv ("XDG_DATA_HOME", data, TRUE); /* the trash and what is kept are on the same disk */
  g_mkdir_with_parents (data, 0700);
  if (needs_tree ())
    {
      g_autofree char *from = make_tree ("from", PER_FOLDER - 1);

      measure_tree (from);
    }
  if (is_wanted ("names") || is_wanted ("rename"))
    measure_names ();
}

static char *
make_top (const char *folder)
{
  char *path = g_build_filename (folder, "thaw-bench-memory-XXXXXX", NULL);

  if (g_mkdtemp (path) == NULL)
    g_error ("%s can't be made", path);
  return path;
}

int
main (int argc, char **argv)
{
  gboolean is_quick = FALSE;
  int n = 0;
  const GOptionEntry entries[] = {
    { "quick",
      0,
      0,
      G_OPTION_ARG_NONE,
      &is_quick,
      "A hundredth of the entries, and some groups",
      NULL },
    { "entries", 0, 0, G_OPTION_ARG_INT, &n, "How many", "N" },
    { "only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &only, "Only these", "GROUP" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("[FOLDER [OTHER]]");
  g_autoptr (GError) error = NULL;

  if (argc > 3 && strcmp (argv[1], "--do") == 0)
    return run_child (argc, argv);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    g_error ("%s", error->message);
  n_entries = n > 0 ? (guint) n : is_quick ? N_QUICK : N_ENTRIES;
  if (is_quick && only == NULL)
    only = g_strsplit ("tree merge names count", " ", -1);
  program = argv[0];
  top = make_top (argc > 1 ? argv[1] : "/dev/shm");
  other = make_top (argc > 2 ? argv[2] : g_get_tmp_dir ());
  measure_all ();
  remove_all (top);
  remove_all (other);
  return 0;
}
