/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long the loop is held while 100,000 files are copied, trashed and brought back by undo: in a
 * window that shows the folder they come to and go from, with the panel of operations beside it. A
 * turn is the time between two polls; that in which the thread is ready but has no processor, since
 * the operation has them all, isn't counted: it is the machine's.
 *
 *   bench-turns [--quick] [FOLDER]    FOLDER: on the disk to work on, the temporary one if not given */

#include "pane-operation-panel.h"
#include "pane.h"
#include "turns.h"

#include <adwaita.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BAR_MS 16

typedef struct {
  char *top, *from, *to;
  guint n;
  GMainLoop *loop;
  ThawOperationQueue *queue;
  GtkWindow *window;
  ThawFolder *folder; /* "to", as the window shows it */
} Bench;

/* --- files --- */

static GString *
list_names (Bench *self)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < self->n; i++)
    {
      g_string_append_printf (names, "photo %06u.jpg", i);
      g_string_append_c (names, '\0');
    }
  return names;
}

static void
make_files (Bench *self)
{
  g_autoptr (GString) names = list_names (self);
  int fd;

  g_mkdir_with_parents (self->from, 0755);
  g_mkdir_with_parents (self->to, 0755);
  fd = open (self->from, O_PATH | O_DIRECTORY);
  for (gsize at = 0; at < names->len; at += strlen (names->str + at) + 1)
    {
      int file = openat (fd, names->str + at, O_CREAT | O_WRONLY, 0644);

      if (file < 0 || write (file, names->str, 100) != 100)
        g_error ("Files can't be made in %s", self->from);
      close (file);
    }
  close (fd);
}

/* --- the window --- */

static gboolean
stop_cb (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

static void
run_for (Bench *self, guint msec)
{
  g_timeout_add (msec, stop_cb, self->loop);
  g_main_loop_run (self->loop);
}

static void
make_window (Bench *self)
{
  g_autoptr (GFile) to = g_file_new_for_path (self->to);
  PaneFolderModel *model = pane_folder_model_new ();
  PaneView *view = pane_view_registry_create ("list");
  GtkWidget *paned = gtk_paned_new (GTK_ORIENTATION_HORIZONTAL);

  self->folder = thaw_folder_new (to);
  pane_view_set_model (view, model);
  pane_folder_model_set_folder (model, self->folder);
  gtk_paned_set_start_child (GTK_PANED (paned), GTK_WIDGET (view));
  gtk_paned_set_end_child (GTK_PANED (paned), pane_operation_panel_new (self->queue));
  gtk_paned_set_position (GTK_PANED (paned), 650);
  self->window = GTK_WINDOW (gtk_window_new ());
  gtk_window_set_default_size (self->window, 1000, 800);
  gtk_window_set_child (self->window, paned);
  gtk_window_present (self->window);
  thaw_folder_start (self->folder);
}

/* --- one operation --- */

static void
on_state (ThawOperation *operation, GParamSpec *pspec, gpointer loop)
{
  if (thaw_operation_get_state (operation) >= THAW_OPERATION_DONE)
    g_main_loop_quit (loop);
}

static void
report (Bench *self, const char *what, const char *how, gint64 usec)
{
  printf ("%s %u files, longest turn (%s): %.1f ms (bar <= %d ms) %s\n",
          what,
          self->n,
          how,
          usec / 1000.0,
          BAR_MS,
          usec <= BAR_MS * 1000 ? "holds" : "short");
  fflush (stdout);
}

/* Takes @operation, which was made in the turn that is counted first. */
static void
follow (Bench *self, const char *what, ThawOperation *operation, gint64 begun_usec)
{
  const GError *error;
  Turns turns;

  g_signal_connect (operation, "notify::state", G_CALLBACK (on_state), self->loop);
  g_main_loop_run (self->loop);
  begun_usec = g_get_monotonic_time () - begun_usec;
  run_for (self, 1000); /* what the folder still has to tell belongs to it */
  turns = turns_get ();
  error = thaw_operation_get_error (operation);
  if (error != NULL || thaw_operation_get_n_problems (operation) > 0)
    g_error ("%s: %s", what, error != NULL ? error->message : "not all of it");
  printf ("# %s: %.1f s, %u turns, %.1f s of the loop's CPU, longest turn by the clock %.1f ms; the "
          "longest by CPU: %.1f ms user, %.1f ms system, %ld page faults, preempted %ld times\n",
          what,
          begun_usec / 1e6,
          turns.n_turns,
          turns.cpu_usec / 1e6,
          turns.longest_usec / 1000.0,
          turns.user_usec / 1000.0,
          turns.system_usec / 1000.0,
          turns.n_faults,
          turns.n_preempted);
  report (self, what, "cpu", turns.longest_cpu_usec);
  report (self, what, "held", turns.longest_held_usec);
  g_object_unref (operation);
}

static void
do_request (Bench *self, const char *what, const char *kind, const char *in, const char *target)
{
  g_autoptr (GString) names = list_names (self);
  g_autoptr (GFile) folder = g_file_new_for_path (in);
  g_autoptr (GFile) to = target != NULL ? g_file_new_for_path (target) : NULL;
  g_autoptr (ThawOperationRequest) request = NULL;
  gint64 begun_usec = g_get_monotonic_time ();

  turns_reset ();
  request = thaw_operation_request_new (kind);
  thaw_operation_request_add_children (request, folder, names->str, names->len);
  thaw_operation_request_set_target (request, to);
  follow (self, what, thaw_operation_queue_submit (self->queue, request, what), begun_usec);
}

static void
undo (Bench *self, const char *what)
{
  gint64 begun_usec = g_get_monotonic_time ();
  ThawOperation *operation;

  turns_reset ();
  operation = thaw_operation_queue_undo (self->queue);
  if (operation == NULL)
    g_error ("There is nothing to undo");
  follow (self, what, operation, begun_usec);
}

static void
remove_all (Bench *self)
{
  g_autofree char *quoted = g_shell_quote (self->top);
  g_autofree char *command = g_strdup_printf ("rm -rf %s", quoted);

  if (system (command) != 0)
    g_error ("%s stays", self->top);
}

int
main (int argc, char **argv)
{
  gboolean quick = argc > 1 && strcmp (argv[1], "--quick") == 0;
  const char *folder = argc > 1 + quick ? argv[1 + quick] : g_get_tmp_dir ();
  Bench self = { .n = quick ? 2000 : 100000 };
  g_autofree char *state = NULL, *data = NULL;

  self.top = g_build_filename (folder, "thaw-bench-turns-XXXXXX", NULL);
  if (g_mkdtemp (self.top) == NULL)
    g_error ("%s can't be made", self.top);
  self.from = g_build_filename (self.top, "from", NULL);
  self.to = g_build_filename (self.top, "to", NULL);
  state = g_build_filename (self.top, "state", NULL);
  data = g_build_filename (self.top, "data", NULL);
  g_setenv ("XDG_DATA_HOME", data, TRUE); /* the trash is on the same disk */
  make_files (&self);

  adw_init ();
  self.loop = g_main_loop_new (NULL, FALSE);
  self.queue = thaw_operation_queue_new (state);
  make_window (&self);
  turns_install (NULL);
  run_for (&self, 1500);

  do_request (&self, "copying", "copy", self.from, self.to);
  do_request (&self, "trashing", "trash", self.to, NULL);
  undo (&self, "bringing back");
  undo (&self, "undoing the copy of");

  gtk_window_destroy (self.window);
  g_object_unref (self.queue);
  remove_all (&self);
  return 0;
}
