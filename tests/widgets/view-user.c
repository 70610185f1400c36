/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A person at a view: see view-user.h. Loop's thread. */

#include "view-user.h"

gboolean
view_user_is_here (void)
{
  g_autofree char *path = g_find_program_in_path ("xdotool");

  if (path == NULL)
    g_test_skip ("xdotool is not installed");
  return path != NULL;
}

static void
finished_cb (GObject *subprocess, GAsyncResult *result, gpointer finished)
{
  g_autoptr (GError) error = NULL;

  g_subprocess_wait_check_finish (G_SUBPROCESS (subprocess), result, &error);
  g_assert_no_error (error);
  *(gboolean *) finished = TRUE;
}

void
view_user_act (const char *format, ...)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autofree char *rest = NULL, *line = NULL;
  g_auto (GStrv) argv = NULL;
  gboolean finished = FALSE;
  va_list args;

  va_start (args, format);
  rest = g_strdup_vprintf (format, args);
  va_end (args);
  line = g_strconcat ("xdotool ", rest, NULL);
  g_assert_true (g_shell_parse_argv (line, NULL, &argv, NULL));
  process
      = g_subprocess_newv ((const char *const *) argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error);
  g_assert_no_error (error);
  g_subprocess_wait_check_async (process, NULL, finished_cb, &finished);
  while (!finished)
    g_main_context_iteration (NULL, TRUE);
}

void
view_user_do (ViewFixture *self, const char *command)
{
  view_user_act ("%s", command);
  view_fixture_run_frames (self, 3);
}

/* It is found by its title: the one before may not be gone yet. */
void
view_user_face (ViewFixture *self)
{
  static guint n_faced;
  g_autofree char *title = g_strdup_printf ("view-%u-end", n_faced++);
  g_autofree char *command
      = g_strdup_printf ("search --sync --onlyvisible --name %s windowmove 0 0 windowraise "
                         "windowfocus --sync",
                         title);

  gtk_window_set_title (GTK_WINDOW (self->window), title);
  view_user_do (self, command);
  view_user_wait_until (self, gtk_window_is_active (GTK_WINDOW (self->window)));
}

void
view_user_point_at (ViewFixture *self, guint32 id, int x, const char *how)
{
  gboolean is_rtl = gtk_widget_get_direction (GTK_WIDGET (self->view)) == GTK_TEXT_DIR_RTL;
  g_autofree char *command = NULL;
  graphene_rect_t bounds;
  graphene_point_t middle;

  g_assert_true (pane_view_get_entry_bounds (self->view, id, &bounds));
  graphene_rect_get_center (&bounds, &middle);
  if (x >= 0)
    middle.x
        = is_rtl ? bounds.origin.x + bounds.size.width - (float) x : bounds.origin.x + (float) x;
  command = g_strdup_printf ("mousemove %d %d%s%s",
                             (int) middle.x,
                             (int) middle.y,
                             *how != '\0' ? " " : "",
                             how);
  view_user_do (self, command);
}
