/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may do what with many files at once: all that is in a folder, or all that is selected. Files
 * and folders are chosen apart, since what lets a folder be opened would make a program of a file;
 * what isn't chosen stays as it is with each. It only puts the choice into words that the engine
 * understands. Loop's thread. */

#include "files-access.h"
#include "files-owner.h"

#include <glib/gi18n.h>

#define N_WHO 3

struct _FilesAccessPage {
  AdwNavigationPage parent_instance;
  GtkWidget *file_rows[N_WHO], *folder_rows[N_WHO];
  GtkWidget *inside_row; /* NULL: it is always inside too */
  GtkWidget *owner;
  GtkWidget *apply_button;
};

G_DEFINE_FINAL_TYPE (FilesAccessPage, files_access_page, ADW_TYPE_NAVIGATION_PAGE)

enum { APPLY, N_SIGNALS };
static guint signals[N_SIGNALS];

/* In the order of the choices; the first leaves all as it is. */
static const char *const file_changes[] = { "", "-rwx", "+r,%c-w", "+rw" };
static const char *const folder_changes[] = { "", "-rwx", "+r,%c-wx", "+rx,%c-w", "+rwx" };

static char *
make_change (GtkWidget *const *rows, const char *const *changes)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint who = 0; who < N_WHO; who++)
    {
      const char *change = changes[adw_combo_row_get_selected (ADW_COMBO_ROW (rows[who]))];
      g_auto (GStrv) parts = g_strsplit (change, "%c", -1);
      const char letter[] = { "ugo"[who], '\0' };
      g_autofree char *joined = g_strjoinv (letter, parts);

      if (*change != '\0')
        g_string_append_printf (text, "%s%s%s", text->len > 0 ? "," : "", letter, joined);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
update (FilesAccessPage *self)
{
  g_autofree char *of_files = make_change (self->file_rows, file_changes);
  g_autofree char *of_folders = make_change (self->folder_rows, folder_changes);

  gtk_widget_set_sensitive (self->apply_button,
                            *of_files != '\0' || *of_folders != '\0'
                                || files_owner_get_uid (FILES_OWNER (self->owner)) >= 0
                                || files_owner_get_gid (FILES_OWNER (self->owner)) >= 0);
}

static void
apply_cb (FilesAccessPage *self)
{
  g_autofree char *of_files = make_change (self->file_rows, file_changes);
  g_autofree char *of_folders = make_change (self->folder_rows, folder_changes);
  gboolean is_recursive
      = self->inside_row == NULL || adw_switch_row_get_active (ADW_SWITCH_ROW (self->inside_row));

  g_signal_emit (self,
                 signals[APPLY],
                 0,
                 of_files,
                 of_folders,
                 is_recursive,
                 files_owner_get_uid (FILES_OWNER (self->owner)),
                 files_owner_get_gid (FILES_OWNER (self->owner)));
}

static GtkWidget *
make_row (FilesAccessPage *self, const char *title, const char *const *choices)
{
  GtkWidget *row = adw_combo_row_new ();
  g_autoptr (GtkStringList) list = gtk_string_list_new (choices);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_combo_row_set_model (ADW_COMBO_ROW (row), G_LIST_MODEL (list));
  g_signal_connect_object (row, "notify::selected", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  return row;
}

static GtkWidget *
make_group (FilesAccessPage *self, const char *title, GtkWidget **rows, const char *const *choices)
{
  const char *const titles[] = { _ ("Owner"), _ ("Group"), _ ("Others") };
  GtkWidget *group = adw_preferences_group_new ();

  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (group), title);
  for (guint who = 0; who < N_WHO; who++)
    {
      rows[who] = make_row (self, titles[who], choices);
      adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), rows[who]);
    }
  return group;
}

static void
add_inside_row (FilesAccessPage *self, AdwPreferencesPage *page)
{
  GtkWidget *group = adw_preferences_group_new ();

  self->inside_row = adw_switch_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->inside_row),
                                 _ ("Also What Is in the Folders"));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->inside_row);
  adw_preferences_page_add (page, ADW_PREFERENCES_GROUP (group));
}

static void
add_owner (FilesAccessPage *self, AdwPreferencesPage *page)
{
  GtkWidget *group = adw_preferences_group_new ();

  self->owner = files_owner_new (TRUE);
  files_owner_set_many (FILES_OWNER (self->owner));
  g_signal_connect_object (self->owner, "change", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->owner);
  adw_preferences_page_add (page, ADW_PREFERENCES_GROUP (group));
}

static GtkWidget *
make_header (FilesAccessPage *self)
{
  GtkWidget *header = adw_header_bar_new ();

  self->apply_button = gtk_button_new_with_mnemonic (_ ("_Apply"));
  gtk_widget_add_css_class (self->apply_button, "suggested-action");
  gtk_widget_set_sensitive (self->apply_button, FALSE);
  g_signal_connect_object (self->apply_button,
                           "clicked",
                           G_CALLBACK (apply_cb),
                           self,
                           G_CONNECT_SWAPPED);
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), self->apply_button);
  return header;
}

static void
files_access_page_class_init (FilesAccessPageClass *klass)
{
  signals[APPLY] = g_signal_new ("apply",
                                 FILES_TYPE_ACCESS_PAGE,
                                 G_SIGNAL_RUN_LAST,
                                 0,
                                 NULL,
                                 NULL,
                                 NULL,
                                 G_TYPE_NONE,
                                 5,
                                 G_TYPE_STRING,
                                 G_TYPE_STRING,
                                 G_TYPE_BOOLEAN,
                                 G_TYPE_INT64,
                                 G_TYPE_INT64);
}

static void
files_access_page_init (FilesAccessPage *self)
{
}

/**
 * files_access_page_new:
 * @is_inside: for a folder and all that is in it
 *
 * Returns: (transfer floating): a page
 */
AdwNavigationPage *
files_access_page_new (gboolean is_inside)
{
  const char *const of_files[]
      = { _ ("Leave"), _ ("Nothing"), _ ("Read"), _ ("Read and write"), NULL };
  const char *const of_folders[]
      = { _ ("Leave"), _ ("Nothing"), _ ("List"), _ ("List and open"), _ ("List, open and change"),
          NULL };
  FilesAccessPage *self
      = g_object_new (FILES_TYPE_ACCESS_PAGE, "title", _ ("Change Permissions"), NULL);
  AdwPreferencesPage *page = ADW_PREFERENCES_PAGE (adw_preferences_page_new ());
  GtkWidget *view = adw_toolbar_view_new ();

  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), make_header (self));
  adw_preferences_page_add (
      page,
      ADW_PREFERENCES_GROUP (make_group (self, _ ("Files"), self->file_rows, of_files)));
  adw_preferences_page_add (
      page,
      ADW_PREFERENCES_GROUP (make_group (self, _ ("Folders"), self->folder_rows, of_folders)));
  add_owner (self, page);
  if (!is_inside)
    add_inside_row (self, page);
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), GTK_WIDGET (page));
  adw_navigation_page_set_child (ADW_NAVIGATION_PAGE (self), view);
  return ADW_NAVIGATION_PAGE (self);
}
