/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The treemap over a real folder: tiles are as large as what they hold, grow with it, and are
 * entries of the folder like any others. */
#include "view-fixture.h"

#include <glib/gstdio.h>
#include <unistd.h>

typedef struct {
  char *path;
  ThawFolder *folder;
  PaneFolderModel *model;
  PaneView *view;
  GtkWidget *window;
} Fixture;

static void
put (Fixture *self, const char *name, gsize size)
{
  g_autofree char *path = g_build_filename (self->path, name, NULL);
  g_autofree char *above = g_path_get_dirname (path);
  g_autofree char *bytes = g_malloc0 (size + 1);

  g_mkdir_with_parents (above, 0777);
  g_assert_true (
      g_file_set_contents_full (path, bytes, (gssize) size, G_FILE_SET_CONTENTS_NONE, 0666, NULL));
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GFile) file = NULL;
  ThawOrderSpec spec;

  self->path = g_dir_make_tmp ("thaw-treemap-XXXXXX", NULL);
  put (self, "big/inner/a", 600000);
  put (self, "big/b.png", 200000);
  put (self, "small/c", 100000);
  put (self, "file.txt", 200000);
  put (self, "tiny", 10);
  file = g_file_new_for_path (self->path);
  self->folder = thaw_folder_new (file);
  thaw_order_spec_init (&spec);
  spec.column = THAW_SORT_SIZE;
  spec.descending = TRUE;
  thaw_folder_set_spec (self->folder, &spec);
  self->model = pane_folder_model_new ();
  pane_folder_model_set_folder (self->model, self->folder);
  self->view = pane_view_registry_create ("treemap");
  pane_view_set_model (self->view, self->model);
  self->window = gtk_window_new ();
  gtk_window_set_decorated (GTK_WINDOW (self->window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (self->window), 800, 600);
  gtk_window_set_child (GTK_WINDOW (self->window), GTK_WIDGET (self->view));
  gtk_window_present (GTK_WINDOW (self->window));
  thaw_folder_start (self->folder);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", self->path);

  gtk_window_destroy (GTK_WINDOW (self->window));
  g_object_unref (self->model);
  g_object_unref (self->folder);
  g_assert_cmpint (system (command), ==, 0);
  g_free (self->path);
}

static gboolean
tick_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

#define run_until(condition)                                                                       \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 end_usec = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;                               \
    guint tick = g_timeout_add (10, tick_cb, NULL);                                                \
    while (!(condition))                                                                           \
      {                                                                                            \
        g_main_context_iteration (NULL, TRUE);                                                     \
        if (g_get_monotonic_time () > end_usec)                                                    \
          g_error ("%s: waited in vain for: %s", G_STRLOC, #condition);                            \
      }                                                                                            \
    g_source_remove (tick);                                                                        \
  }                                                                                                \
  G_STMT_END

static guint32
find_id (Fixture *self, const char *name)
{
  ThawOrder *order = pane_folder_model_get_order (self->model);

  for (guint i = 0; order != NULL && i < thaw_order_get_n (order); i++)
    {
      guint32 id = pane_folder_model_get_id (self->model, i);

      if (g_str_equal (thaw_entry_store_get_name (pane_folder_model_get_store (self->model), id),
                       name))
        return id;
    }
  return THAW_NO_ENTRY;
}

/* In parts of the whole view; 0: not shown. */
static double
get_share (Fixture *self, const char *name)
{
  guint32 id = find_id (self, name);
  graphene_rect_t bounds;

  if (id == THAW_NO_ENTRY || !pane_view_get_entry_bounds (self->view, id, &bounds))
    return 0;
  return bounds.size.width * bounds.size.height
         / ((double) gtk_widget_get_width (GTK_WIDGET (self->view))
            * gtk_widget_get_height (GTK_WIDGET (self->view)));
}

static gboolean
is_share (Fixture *self, const char *name, double share)
{
  return ABS (get_share (self, name) - share) < 0.06; /* a line of rows is below */
}

static void
test_shares (Fixture *self, gconstpointer data)
{
  graphene_rect_t bounds;

  run_until (is_share (self, "big", 8 / 11.0) && is_share (self, "small", 1 / 11.0)
             && is_share (self, "file.txt", 2 / 11.0));
  g_assert_cmpfloat (get_share (self, "tiny"), <, 0.02);
  g_assert_true (pane_view_get_entry_bounds (self->view, find_id (self, "big"), &bounds));
  g_assert_cmpuint (pane_view_get_entry_at (self->view,
                                            bounds.origin.x + bounds.size.width / 2,
                                            bounds.origin.y + bounds.size.height / 2),
                    ==,
                    find_id (self, "big"));

  /* What happens in a folder of it shows. */
  put (self, "small/d", 1100000);
  run_until (is_share (self, "small", 12 / 22.0) && is_share (self, "big", 8 / 22.0));
}

/* What was measured serves the next folder, too. */
static void
test_next (Fixture *self, gconstpointer data)
{
  g_autofree char *path = g_build_filename (self->path, "big", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (ThawFolder) folder = thaw_folder_new (file);
  ThawFolder *first = self->folder;

  run_until (is_share (self, "big", 8 / 11.0));
  thaw_folder_start (folder);
  pane_folder_model_set_folder (self->model, folder);
  run_until (is_share (self, "inner", 6 / 8.0) && is_share (self, "b.png", 2 / 8.0));
  self->folder = g_object_ref (folder);
  g_object_unref (first);
}

static void
test_selection (Fixture *self, gconstpointer data)
{
  guint32 id;
  GtkWidget *cell;

  run_until (is_share (self, "big", 8 / 11.0));
  id = find_id (self, "file.txt");
  pane_view_reveal (self->view, id, TRUE);
  pane_folder_model_select_id (self->model, id, TRUE);
  cell = gtk_root_get_focus (GTK_ROOT (self->window));
  g_assert_true (PANE_IS_CELL (cell));
  g_assert_cmpuint (pane_cell_get_id (PANE_CELL (cell)), ==, id);
  run_until ((gtk_widget_get_state_flags (cell) & GTK_STATE_FLAG_SELECTED) != 0);
  gtk_widget_child_focus (GTK_WIDGET (self->window), GTK_DIR_LEFT);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add ("/treemap-view/" #name, Fixture, NULL, set_up, test_##name, tear_down)
  ADD (shares);
  ADD (next);
  ADD (selection);
  return g_test_run ();
}
