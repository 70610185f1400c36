/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The duplicates view over a real folder: which files it shows, and which it selects. */
#include "folder-fixture.h"

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
  put (self, "below/there", "here and below", 1000000);
  put (self, "alone", "alone", 1000000);
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

static gboolean
is_shown (FolderFixture *self, const char *name)
{
  guint32 id = folder_fixture_find_id (self, name);
  graphene_rect_t bounds;

  return id != THAW_NO_ENTRY && pane_view_get_entry_bounds (self->view, id, &bounds);
}

static gboolean
is_selected (FolderFixture *self, const char *name)
{
  return pane_folder_model_is_id_selected (self->model, folder_fixture_find_id (self, name));
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
  g_assert_false (is_shown (self, "alone"));
  g_assert_false (is_shown (self, "below"));
}

/* Hard links of what stays stay; what is the only one in the folder isn't touched, and neither is
 * what has changed. */
static void
test_selection (FolderFixture *self, gconstpointer data)
{
  folder_fixture_run_until (is_shown (self, "old") && is_shown (self, "here"));
  click (self, 0);
  folder_fixture_run_until (is_selected (self, "old"));
  g_assert_false (is_selected (self, "new") || is_selected (self, "new-link")
                  || is_selected (self, "here"));
  click (self, 1);
  folder_fixture_run_until (is_selected (self, "new") && is_selected (self, "new-link"));
  g_assert_false (is_selected (self, "old") || is_selected (self, "here"));
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
#define ADD(name)                                                                                  \
  g_test_add ("/duplicates-view/" #name, FolderFixture, NULL, set_up, test_##name, tear_down)
  ADD (shown);
  ADD (selection);
  return g_test_run ();
}
