/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Folders on the disk and a list of them: see tree-fixture.h. Loop's thread. */

#include "tree-fixture.h"

#include <glib/gstdio.h>
#include <stdlib.h>

#define DEADLINE_USEC (20 * G_USEC_PER_SEC)

/* The disk */

char *
tree_fixture_make_path (TreeFixture *self, const char *name)
{
  return g_build_filename (self->path, name, NULL);
}

void
tree_fixture_make_folder (TreeFixture *self, const char *name)
{
  g_autofree char *path = tree_fixture_make_path (self, name);

  g_assert_cmpint (g_mkdir_with_parents (path, 0755), ==, 0);
}

void
tree_fixture_make_file (TreeFixture *self, const char *name, gsize size)
{
  g_autofree char *path = tree_fixture_make_path (self, name);
  g_autofree char *text = g_strnfill (size, 'x');
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, (gssize) size, &error);
  g_assert_no_error (error);
}

void
tree_fixture_move (TreeFixture *self, const char *from, const char *to)
{
  g_autofree char *from_path = tree_fixture_make_path (self, from);
  g_autofree char *to_path = tree_fixture_make_path (self, to);

  g_assert_cmpint (g_rename (from_path, to_path), ==, 0);
}

void
tree_fixture_remove_all (const char *path)
{
  g_autofree char *quoted = g_shell_quote (path);
  g_autofree char *command = g_strconcat ("rm -rf -- ", quoted, NULL);

  g_assert_cmpint (system (command), ==, 0);
}

/* The view */

static char *
dup_row (PaneFolderModel *model, guint32 id)
{
  char *note = pane_folder_model_dup_note (model, id);

  if (note == NULL)
    return thaw_entry_store_dup_display_name (pane_folder_model_get_store (model), id);
  return note;
}

static char *
dup_rows (TreeFixture *self)
{
  PaneFolderModel *model = self->base.model;
  ThawOrder *order = pane_folder_model_get_order (model);
  GString *rows = g_string_new (NULL);

  for (guint i = 0; order != NULL && i < thaw_order_get_n (order); i++)
    {
      guint32 id = pane_folder_model_get_id (model, i);
      g_autofree char *row = dup_row (model, id);

      g_assert_cmpuint (pane_folder_model_find (model, id), ==, i);
      g_string_append_printf (rows,
                              "%*s%s\n",
                              2 * (int) pane_folder_model_get_depth (model, id),
                              "",
                              row);
    }
  return g_string_free_and_steal (rows);
}

static gboolean
shows (TreeFixture *self, const char *expected)
{
  g_autofree char *rows = dup_rows (self);

  return g_str_equal (rows, expected);
}

void
tree_fixture_expect (TreeFixture *self, const char *expected)
{
  gint64 end = g_get_monotonic_time () + DEADLINE_USEC;

  while (!shows (self, expected) && g_get_monotonic_time () < end)
    view_fixture_run_frames (&self->base, 1);
  if (!shows (self, expected))
    {
      g_autofree char *rows = dup_rows (self);

      g_assert_cmpstr (rows, ==, expected);
    }
  view_fixture_run_frames (&self->base, 3);
}

gboolean
tree_fixture_has_row (TreeFixture *self, const char *row)
{
  g_autofree char *rows = dup_rows (self);

  return strstr (rows, row) != NULL;
}

/* By its name; the first of them. */
guint32
tree_fixture_find (TreeFixture *self, const char *name)
{
  PaneFolderModel *model = self->base.model;
  guint n = thaw_order_get_n (pane_folder_model_get_order (model));

  for (guint i = 0; i < n; i++)
    {
      guint32 id = pane_folder_model_get_id (model, i);
      g_autofree char *row = dup_row (model, id);

      if (g_str_equal (row, name))
        return id;
    }
  g_error ("%s isn't shown", name);
}

void
tree_fixture_set_expanded (TreeFixture *self, const char *name, gboolean expanded)
{
  pane_folder_model_set_expanded (self->base.model, tree_fixture_find (self, name), expanded);
}

static void
activate_cb (PaneView *view, guint id, TreeFixture *self)
{
  self->activated = id;
}

TreeFixture *
tree_fixture_new (void)
{
  TreeFixture *self = g_new0 (TreeFixture, 1);

  self->path = g_dir_make_tmp ("thaw-tree-XXXXXX", NULL);
  self->activated = THAW_NO_ENTRY;
  tree_fixture_make_folder (self, "a/deep/deeper");
  tree_fixture_make_file (self, "a/deep/deeper/bottom", 1);
  tree_fixture_make_file (self, "a/one", 3000);
  tree_fixture_make_file (self, "a/two", 20);
  tree_fixture_make_folder (self, "b");
  tree_fixture_make_file (self, "file", 5);
  tree_fixture_make_file (self, "last", 500);
  return self;
}

void
tree_fixture_show (TreeFixture *self)
{
  g_autoptr (GFile) location = g_file_new_for_path (self->path);
  ViewFixture *base = &self->base;

  self->folder = thaw_folder_new (location);
  base->model = pane_folder_model_new ();
  base->window = gtk_window_new ();
  base->view = pane_view_registry_create ("list");
  pane_view_set_model (base->view, base->model);
  g_signal_connect (base->view, "activate", G_CALLBACK (activate_cb), self);
  gtk_window_set_decorated (GTK_WINDOW (base->window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (base->window), 900, 500);
  gtk_window_set_child (GTK_WINDOW (base->window), GTK_WIDGET (base->view));
  gtk_window_present (GTK_WINDOW (base->window));
  pane_folder_model_set_folder (base->model, self->folder);
  thaw_folder_start (self->folder);
  view_user_wait_until (&self->base, thaw_folder_get_state (self->folder) == THAW_FOLDER_READY);
}

TreeFixture *
tree_fixture_open (void)
{
  TreeFixture *self = tree_fixture_new ();

  tree_fixture_show (self);
  tree_fixture_expect (self, "a\nb\nfile\nlast\n");
  return self;
}

void
tree_fixture_close (TreeFixture *self)
{
  gtk_window_destroy (GTK_WINDOW (self->base.window));
  g_object_unref (self->base.model);
  g_object_unref (self->folder);
}

void
tree_fixture_free (TreeFixture *self)
{
  tree_fixture_close (self);
  tree_fixture_remove_all (self->path);
  g_free (self->path);
  g_free (self);
}
