/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The page with what an operation left out: each file once, with its reason, and a button that copies the list. A list of
 * thousands has no more rows than can be seen. Loop's thread. */

#include "pane-operation-problems.h"

#include <glib/gi18n-lib.h>

static char *
dup_problem (const ThawProblem *problem)
{
  g_autofree char *path = pane_operation_dup_path (problem->path);

  return g_strdup_printf ("%s\n%s", path, problem->error != NULL ? problem->error->message : "");
}

static GtkStringList *
list_problems (ThawOperation *operation)
{
  GtkStringList *list = gtk_string_list_new (NULL);
  const ThawProblem *problem;

  for (guint i = 0; (problem = thaw_operation_get_problem (operation, i)) != NULL; i++)
    gtk_string_list_take (list, dup_problem (problem));
  for (guint i = 0; (problem = thaw_operation_get_loss (operation, i)) != NULL; i++)
    gtk_string_list_take (list, dup_problem (problem));
  return list;
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer unused)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_set_margin_top (label, 6);
  gtk_widget_set_margin_bottom (label, 6);
  gtk_list_item_set_child (item, label);
  gtk_list_item_set_activatable (item, FALSE);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer unused)
{
  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)),
                      gtk_string_object_get_string (gtk_list_item_get_item (item)));
}

static void
copy_cb (GtkWidget *button, GtkStringList *list)
{
  GString *text = g_string_new (NULL);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (list));

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s\n", gtk_string_list_get_string (list, i));
  gdk_clipboard_set_text (gtk_widget_get_clipboard (button), text->str);
  g_string_free (text, TRUE);
}

static GtkWidget *
make_list (GtkStringList *list)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkWidget *view = gtk_list_view_new (GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (G_LIST_MODEL (list)))),
                                       factory);
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  gtk_list_view_set_show_separators (GTK_LIST_VIEW (view), TRUE);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), view);
  gtk_widget_set_vexpand (scrolled, TRUE);
  return scrolled;
}

static GtkWidget *
make_header (GtkStringList *list)
{
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *copy = gtk_button_new_from_icon_name ("edit-copy-symbolic");

  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (header), FALSE);
  gtk_widget_set_tooltip_text (copy, _ ("Copy the List"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (copy), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Copy the List"), -1);
  g_signal_connect_data (copy,
                         "clicked",
                         G_CALLBACK (copy_cb),
                         g_object_ref (list),
                         (GClosureNotify) (void (*) (void)) g_object_unref,
                         G_CONNECT_DEFAULT);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), copy);
  return header;
}

/**
 * pane_operation_problems_new:
 * @operation: an operation
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer floating): a page with what it has left out so far, and the attributes it couldn't keep
 */
AdwNavigationPage *
pane_operation_problems_new (ThawOperation *operation)
{
  g_autoptr (GtkStringList) list = list_problems (operation);
  GtkWidget *bars = adw_toolbar_view_new ();

  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (bars), make_header (list));
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (bars), make_list (list));
  return adw_navigation_page_new (bars, _ ("Problems"));
}
