/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The treemap over a real folder: tiles are as large as what they hold, grow with it, and are
 * entries of the folder like any others. */
#include "folder-fixture.h"

#include <unistd.h>

static void
put (FolderFixture *self, const char *name, gsize size)
{
  g_autofree char *bytes = g_malloc0 (size + 1);

  folder_fixture_put (self, name, bytes, (gssize) size, 0);
}

static void
set_up (FolderFixture *self, gconstpointer data)
{
  ThawOrderSpec spec;

  folder_fixture_make (self);
  put (self, "big/inner/a", 600000);
  put (self, "big/b.png", 200000);
  put (self, "small/c", 100000);
  put (self, "file.txt", 200000);
  put (self, "tiny", 10);
  thaw_order_spec_init (&spec);
  spec.column = THAW_SORT_SIZE;
  spec.descending = TRUE;
  folder_fixture_show (self, "treemap", &spec);
  thaw_order_spec_clear (&spec);
}

static void
tear_down (FolderFixture *self, gconstpointer data)
{
  folder_fixture_free (self);
}

/* In parts of the whole view; 0: not shown. */
static double
get_share (FolderFixture *self, const char *name)
{
  guint32 id = folder_fixture_find_id (self, name);
  graphene_rect_t bounds;

  if (id == THAW_NO_ENTRY || !pane_view_get_entry_bounds (self->view, id, &bounds))
    return 0;
  return bounds.size.width * bounds.size.height
         / ((double) gtk_widget_get_width (GTK_WIDGET (self->view))
            * gtk_widget_get_height (GTK_WIDGET (self->view)));
}

static gboolean
is_share (FolderFixture *self, const char *name, double share)
{
  return ABS (get_share (self, name) - share) < 0.06; /* a line of rows is below */
}

static void
test_shares (FolderFixture *self, gconstpointer data)
{
  graphene_rect_t bounds;

  folder_fixture_run_until (is_share (self, "big", 8 / 11.0) && is_share (self, "small", 1 / 11.0)
                            && is_share (self, "file.txt", 2 / 11.0));
  g_assert_cmpfloat (get_share (self, "tiny"), <, 0.02);
  g_assert_true (
      pane_view_get_entry_bounds (self->view, folder_fixture_find_id (self, "big"), &bounds));
  g_assert_cmpuint (pane_view_get_entry_at (self->view,
                                            bounds.origin.x + bounds.size.width / 2,
                                            bounds.origin.y + bounds.size.height / 2),
                    ==,
                    folder_fixture_find_id (self, "big"));

  /* What happens in a folder of it shows. */
  put (self, "small/d", 1100000);
  folder_fixture_run_until (is_share (self, "small", 12 / 22.0)
                            && is_share (self, "big", 8 / 22.0));

  /* And what happens further down. */
  put (self, "big/inner/e", 2200000);
  folder_fixture_run_until (is_share (self, "big", 30 / 44.0)
                            && is_share (self, "small", 12 / 44.0));
}

/* What was measured serves the next folder, too. */
static void
test_next (FolderFixture *self, gconstpointer data)
{
  g_autofree char *path = g_build_filename (self->path, "big", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (ThawFolder) folder = thaw_folder_new (file);
  ThawFolder *first = self->folder;

  folder_fixture_run_until (is_share (self, "big", 8 / 11.0));
  thaw_folder_start (folder);
  pane_folder_model_set_folder (self->model, folder);
  folder_fixture_run_until (is_share (self, "inner", 6 / 8.0) && is_share (self, "b.png", 2 / 8.0));
  self->folder = g_object_ref (folder);
  g_object_unref (first);
}

static void
test_selection (FolderFixture *self, gconstpointer data)
{
  guint32 id;
  GtkWidget *cell;

  folder_fixture_run_until (is_share (self, "big", 8 / 11.0));
  id = folder_fixture_find_id (self, "file.txt");
  pane_view_reveal (self->view, id, TRUE);
  pane_folder_model_select_id (self->model, id, TRUE);
  cell = gtk_root_get_focus (GTK_ROOT (self->window));
  g_assert_true (PANE_IS_CELL (cell));
  g_assert_cmpuint (pane_cell_get_id (PANE_CELL (cell)), ==, id);
  folder_fixture_run_until ((gtk_widget_get_state_flags (cell) & GTK_STATE_FLAG_SELECTED) != 0);
  gtk_widget_child_focus (GTK_WIDGET (self->window), GTK_DIR_LEFT);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
#define ADD(name)                                                                                  \
  g_test_add ("/treemap-view/" #name, FolderFixture, NULL, set_up, test_##name, tear_down)
  ADD (shares);
  ADD (next);
  ADD (selection);
  return g_test_run ();
}
