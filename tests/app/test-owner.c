/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rows of whose a file is: nothing is chosen until somebody does, and all of it goes with them,
 * which the leak checker of a sanitized build sees to. */
#include "files-owner.h"

static void
test_comes_and_goes (void)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *owner = files_owner_new (TRUE);

  gtk_window_set_child (GTK_WINDOW (window), owner);
  g_assert_false (gtk_widget_get_visible (owner));
  g_assert_cmpint (files_owner_get_uid (FILES_OWNER (owner)), ==, FILES_OWNER_LEAVE);
  g_assert_cmpint (files_owner_get_gid (FILES_OWNER (owner)), ==, FILES_OWNER_LEAVE);
  g_object_add_weak_pointer (G_OBJECT (owner), (gpointer *) &owner);
  gtk_window_destroy (GTK_WINDOW (window));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_null (owner);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/owner/comes-and-goes", test_comes_and_goes);
  return g_test_run ();
}
