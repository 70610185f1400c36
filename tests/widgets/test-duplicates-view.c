/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The duplicates view over a real folder: which files it shows, and which it selects. */
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
put (Fixture *self, const char *name, const char *contents, gint64 mtime_sec)
{
  g_autofree char *path = g_build_filename (self->path, name, NULL);
  g_autofree char *above = g_path_get_dirname (path);
  g_autoptr (GFile) file = g_file_new_for_path (path);

  g_mkdir_with_parents (above, 0777);
  g_assert_true (
      g_file_set_contents_full (path, contents, -1, G_FILE_SET_CONTENTS_NONE, 0666, NULL));
  g_assert_true (
      g_file_set_attribute_uint64 (file, G_FILE_ATTRIBUTE_TIME_MODIFIED, mtime_sec, 0, NULL, NULL));
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GFile) file = NULL;
  g_autofree char *linked = NULL, *link_path = NULL;

  self->path = g_dir_make_tmp ("thaw-duplicates-XXXXXX", NULL);
  put (self, "old", "the same", 1000000);
  put (self, "new", "the same", 2000000);
  put (self, "below/third", "the same", 3000000);
  put (self, "here", "here and below", 1000000);
  put (self, "below/there", "here and below", 1000000);
  put (self, "alone", "alone", 1000000);
  linked = g_build_filename (self->path, "new", NULL);
  link_path = g_build_filename (self->path, "new-link", NULL);
  g_assert_cmpint (link (linked, link_path), ==, 0);
  file = g_file_new_for_path (self->path);
  self->folder = thaw_folder_new (file);
  self->model = pane_folder_model_new ();
  pane_folder_model_set_folder (self->model, self->folder);
  self->view = pane_view_registry_create ("duplicates");
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

static gboolean
is_shown (Fixture *self, const char *name)
{
  guint32 id = find_id (self, name);
  graphene_rect_t bounds;

  return id != THAW_NO_ENTRY && pane_view_get_entry_bounds (self->view, id, &bounds);
}

static gboolean
is_selected (Fixture *self, const char *name)
{
  return pane_folder_model_is_id_selected (self->model, find_id (self, name));
}

/* Depth first, the @n-th. */
static GtkWidget *
find_button (GtkWidget *widget, guint *n)
{
  if (GTK_IS_BUTTON (widget) && (*n)-- == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_button (child, n);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static void
click (Fixture *self, guint n)
{
  g_signal_emit_by_name (find_button (GTK_WIDGET (self->view), &n), "clicked");
}

static void
test_shown (Fixture *self, gconstpointer data)
{
  run_until (is_shown (self, "old") && is_shown (self, "new") && is_shown (self, "new-link")
             && is_shown (self, "here"));
  g_assert_false (is_shown (self, "alone"));
  g_assert_false (is_shown (self, "below"));
}

/* Hard links of what stays stay; what is the only one in the folder isn't touched, and neither is
 * what has changed. */
static void
test_selection (Fixture *self, gconstpointer data)
{
  run_until (is_shown (self, "old") && is_shown (self, "here"));
  click (self, 0);
  run_until (is_selected (self, "old"));
  g_assert_false (is_selected (self, "new") || is_selected (self, "new-link")
                  || is_selected (self, "here"));
  click (self, 1);
  run_until (is_selected (self, "new") && is_selected (self, "new-link"));
  g_assert_false (is_selected (self, "old") || is_selected (self, "here"));
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
#define ADD(name)                                                                                  \
  g_test_add ("/duplicates-view/" #name, Fixture, NULL, set_up, test_##name, tear_down)
  ADD (shown);
  ADD (selection);
  return g_test_run ();
}
