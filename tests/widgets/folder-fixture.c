/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A folder on the disk that lasts for one test, and a view of it in a window. What takes time is
 * waited for by looking again and again, with a deadline.
 */
#include "folder-fixture.h"

#define TICK_MSEC 10

static gboolean
tick_cb (gpointer unused)
{
  return G_SOURCE_CONTINUE;
}

guint
folder_fixture_start_ticks (void)
{
  return g_timeout_add (TICK_MSEC, tick_cb, NULL);
}

void
folder_fixture_make (FolderFixture *self)
{
  self->path = g_dir_make_tmp ("thaw-view-XXXXXX", NULL);
  g_assert_nonnull (self->path);
}

void
folder_fixture_put (FolderFixture *self,
                    const char *name,
                    const char *contents,
                    gssize length,
                    gint64 mtime_sec)
{
  g_autofree char *path = g_build_filename (self->path, name, NULL);
  g_autofree char *above = g_path_get_dirname (path);
  g_autoptr (GFile) file = g_file_new_for_path (path);

  g_mkdir_with_parents (above, 0777);
  g_assert_true (
      g_file_set_contents_full (path, contents, length, G_FILE_SET_CONTENTS_NONE, 0666, NULL));
  if (mtime_sec != 0)
    g_assert_true (g_file_set_attribute_uint64 (file,
                                                G_FILE_ATTRIBUTE_TIME_MODIFIED,
                                                mtime_sec,
                                                0,
                                                NULL,
                                                NULL));
}

void
folder_fixture_show (FolderFixture *self, const char *view_id, const ThawOrderSpec *spec)
{
  g_autoptr (GFile) file = g_file_new_for_path (self->path);

  self->folder = thaw_folder_new (file);
  if (spec != NULL)
    thaw_folder_set_spec (self->folder, spec);
  self->model = pane_folder_model_new ();
  pane_folder_model_set_folder (self->model, self->folder);
  self->view = pane_view_registry_create (view_id);
  pane_view_set_model (self->view, self->model);
  self->window = gtk_window_new ();
  gtk_window_set_decorated (GTK_WINDOW (self->window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (self->window), 800, 600);
  gtk_window_set_child (GTK_WINDOW (self->window), GTK_WIDGET (self->view));
  gtk_window_present (GTK_WINDOW (self->window));
  thaw_folder_start (self->folder);
}

void
folder_fixture_free (FolderFixture *self)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", self->path);

  gtk_window_destroy (GTK_WINDOW (self->window));
  g_object_unref (self->model);
  g_object_unref (self->folder);
  g_assert_cmpint (system (command), ==, 0);
  g_free (self->path);
}

guint32
folder_fixture_find_id (FolderFixture *self, const char *name)
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
