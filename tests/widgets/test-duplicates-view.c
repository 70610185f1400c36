/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The duplicates view over a real folder: which files it shows, which it selects, and how many it
 * looks at for that. */
#include "folder-fixture.h"
#include "pane-canvas-view.h"

#include <unistd.h>

static void
put (FolderFixture *self, const char *name, const char *contents, gint64 mtime_sec)
{
  folder_fixture_put (self, name, contents, -1, mtime_sec);
}

static void
set_up (FolderFixture *self, gconstpointer data)
{
  g_autofree char *linked = NULL, *link_path = NULL;

  folder_fixture_make (self);
  put (self, "old", "the same", 1000000);
  put (self, "new", "the same", 2000000);
  put (self, "below/third", "the same", 3000000);
  put (self, "here", "here and below", 1000000);
  put (self, "below/deep/there", "here and below", 2000000);
  put (self, "alone", "alone", 1000000);
  for (guint i = 0; i < GPOINTER_TO_UINT (data); i++)
    {
      g_autofree char *name = g_strdup_printf ("it is empty %u", i);

      folder_fixture_put (self, name, "", 0, 0);
    }
  linked = g_build_filename (self->path, "new", NULL);
  link_path = g_build_filename (self->path, "new-link", NULL);
  g_assert_cmpint (link (linked, link_path), ==, 0);
  folder_fixture_show (self, "duplicates", NULL);
}

static void
tear_down (FolderFixture *self, gconstpointer data)
{
  folder_fixture_free (self);
}

/* What is further down is an entry, too, once its folder is expanded. */
static guint32
find_id (FolderFixture *self, const char *name)
{
  g_autoptr (GFile) folder = g_file_new_for_path (self->path);
  g_autoptr (GFile) wanted = g_file_resolve_relative_path (folder, name);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->model));

  for (guint i = 0; i < n; i++)
    {
      guint32 id = pane_folder_model_get_id (self->model, i);
      g_autoptr (GFile) file = pane_folder_model_dup_file (self->model, id);

      if (file != NULL && g_file_equal (file, wanted))
        return id;
    }
  return THAW_NO_ENTRY;
}

static gboolean
is_shown (FolderFixture *self, const char *name)
{
  guint32 id = find_id (self, name);
  graphene_rect_t bounds;

  return id != THAW_NO_ENTRY && pane_view_get_entry_bounds (self->view, id, &bounds);
}

static gboolean
is_selected (FolderFixture *self, const char *name)
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
click (FolderFixture *self, guint n)
{
  g_signal_emit_by_name (find_button (GTK_WIDGET (self->view), &n), "clicked");
}

static void
test_shown (FolderFixture *self, gconstpointer data)
{
  folder_fixture_run_until (is_shown (self, "old") && is_shown (self, "new")
                            && is_shown (self, "new-link") && is_shown (self, "here"));
  folder_fixture_run_until (is_shown (self, "below/third") && is_shown (self, "below/deep/there"));
  g_assert_false (is_shown (self, "alone"));
  g_assert_false (is_shown (self, "below"));
}

/* Hard links of what stays stay, wherever they are. */
static void
test_selection (FolderFixture *self, gconstpointer data)
{
  folder_fixture_run_until (is_shown (self, "below/third") && is_shown (self, "below/deep/there"));
  click (self, 0);
  folder_fixture_run_until (is_selected (self, "old") && is_selected (self, "new")
                            && is_selected (self, "new-link") && is_selected (self, "here"));
  g_assert_false (is_selected (self, "below/third") || is_selected (self, "below/deep/there"));
  click (self, 1);
  folder_fixture_run_until (is_selected (self, "new") && is_selected (self, "new-link")
                            && is_selected (self, "below/third")
                            && is_selected (self, "below/deep/there"));
  g_assert_false (is_selected (self, "old") || is_selected (self, "here"));
}

/* What has changed since isn't selected, nor anything else of its group. */
static void
test_changed (FolderFixture *self, gconstpointer data)
{
  folder_fixture_run_until (is_shown (self, "below/third") && is_shown (self, "below/deep/there"));
  put (self, "below/third", "is other", 3000000);
  click (self, 0);
  folder_fixture_run_until (is_selected (self, "here"));
  g_assert_false (is_selected (self, "old") || is_selected (self, "new"));
}

/* Another view doesn't find them expanded. */
static void
test_ends (FolderFixture *self, gconstpointer data)
{
  g_auto (GStrv) expanded = NULL;

  folder_fixture_run_until (is_shown (self, "below/third"));
  gtk_window_set_child (GTK_WINDOW (self->window), NULL);
  expanded = pane_folder_model_dup_expanded (self->model);
  g_assert_null (expanded);
}

static guint n_looked_at;
static void (*get_area) (PaneCanvasView *, guint, int *, int *, int *, int *);

static void
count_area (PaneCanvasView *view, guint position, int *x, int *y, int *width, int *height)
{
  n_looked_at++;
  get_area (view, position, x, y, width, height);
}

/* What is between two copies in the folder's order isn't looked at to show them. */
static void
test_far_apart (FolderFixture *self, gconstpointer data)
{
  PaneCanvasViewClass *klass = PANE_CANVAS_VIEW_GET_CLASS (self->view);
  guint first, last;

  folder_fixture_run_until (is_shown (self, "here") && is_shown (self, "old")
                            && is_shown (self, "below/third"));
  get_area = klass->get_area;
  klass->get_area = count_area;
  pane_canvas_view_changed (PANE_CANVAS_VIEW (self->view));
  g_assert_false (pane_view_get_visible_range (self->view, &first, &last));
  n_looked_at = 0;
  folder_fixture_run_until (pane_view_get_visible_range (self->view, &first, &last));
  klass->get_area = get_area;
  g_assert_cmpuint (last - first, >, GPOINTER_TO_UINT (data));
  g_assert_cmpuint (n_looked_at, >, 0);
  g_assert_cmpuint (n_looked_at, <, 50);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
#define ADD(name, n_empty)                                                                         \
  g_test_add ("/duplicates-view/" #name,                                                           \
              FolderFixture,                                                                       \
              GUINT_TO_POINTER (n_empty),                                                          \
              set_up,                                                                              \
              test_##name,                                                                         \
              tear_down)
  ADD (shown, 0);
  ADD (selection, 0);
  ADD (changed, 0);
  ADD (ends, 0);
  ADD (far_apart, 1000);
  return g_test_run ();
}
