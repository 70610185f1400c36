/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of plugins: each with a switch, what it is for, the time and memory that it has used,
 * the last thing that it did wrong, and a way to load it anew. Figures are read once a second while
 * the list is on the screen. The folders are read again when it is opened, so what was just
 * installed is in it. Loop's thread. */

#include "files-plugins-dialog.h"

#include <glib/gi18n.h>

#define REFRESH_MSEC 1000
#define NARROWEST 300

typedef struct {
  FilesPlugins *plugins;
  FilesPlugin *plugin; /* owned */
  AdwExpanderRow *row; /* not owned: it owns this */
  GtkSwitch *toggle;
  GtkWidget *time, *memory, *blame, *reload;
  gulong handler;
} Row;

static void
row_free (gpointer data)
{
  Row *self = data;

  g_clear_signal_handler (&self->handler, self->plugin);
  g_object_unref (self->plugin);
  g_free (self);
}

static char *
dup_state (FilesPlugin *plugin)
{
  switch (files_plugin_get_state (plugin))
    {
    case FILES_PLUGIN_STARTING:
      return g_strdup (_ ("Starting…"));
    case FILES_PLUGIN_STOPPING:
      return g_strdup (_ ("Stopping…"));
    case FILES_PLUGIN_BROKEN:
      return g_strdup (_ ("Could not be loaded"));
    default:
      if (files_plugin_get_blame (plugin) != NULL && !files_plugin_get_wanted (plugin))
        return g_strdup (_ ("Turned off after faults"));
      return g_strdup (files_plugin_get_description (plugin) != NULL
                           ? files_plugin_get_description (plugin)
                           : "");
    }
}

static void
set_subtitle (gpointer row, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  g_object_set (row, "subtitle", escaped, NULL);
}

/* In one process nothing else is known of it. */
static void
update_memory (Row *self, const PanePluginAccount *account)
{
  g_autofree char *size = g_format_size ((guint64) MAX (account->grown_bytes, 0));
  /* Translators: of a plugin; the place is for an amount of memory */
  g_autofree char *text = g_strdup_printf (_ ("%s, which the program grew by in its calls"), size);

  set_subtitle (self->memory, text);
}

static void
update_figures (Row *self)
{
  PanePluginAccount account;
  g_autofree char *text = NULL;

  files_plugin_get_account (self->plugin, &account);
  /* Translators: of a plugin: processor time, the longest single call, how often it was called, how
   * often it answered too late */
  text = g_strdup_printf (
      _ ("%.0f ms of processor time, %.0f ms in the longest of %u calls; late: %u; faults: %u"),
      (double) account.cpu_usec / 1000,
      (double) account.longest_wall_usec / 1000,
      (guint) account.n_calls,
      (guint) account.n_misses,
      (guint) (account.n_errors + account.n_stalls));
  set_subtitle (self->time, text);
  update_memory (self, &account);
}

static void
update_row (Row *self)
{
  const char *blame = files_plugin_get_blame (self->plugin);
  g_autofree char *state = dup_state (self->plugin);

  set_subtitle (self->row, state);
  gtk_switch_set_active (self->toggle, files_plugin_get_wanted (self->plugin));
  set_subtitle (self->blame, blame != NULL ? blame : "");
  gtk_widget_set_visible (self->blame, blame != NULL);
  gtk_widget_set_sensitive (self->reload, files_plugin_get_wanted (self->plugin));
  update_figures (self);
}

static void
toggled_cb (Row *self)
{
  gboolean wanted = gtk_switch_get_active (self->toggle);

  if (wanted != files_plugin_get_wanted (self->plugin))
    files_plugins_set_wanted (self->plugins, self->plugin, wanted);
}

static void
reload_cb (Row *self)
{
  files_plugins_reload (self->plugins, self->plugin);
}

static GtkWidget *
add_line (AdwExpanderRow *row, const char *title)
{
  GtkWidget *line = adw_action_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (line), title);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (line), FALSE);
  gtk_widget_add_css_class (line, "property");
  adw_expander_row_add_row (row, line);
  return line;
}

static GtkWidget *
make_reload (Row *self)
{
  self->reload = gtk_button_new_from_icon_name ("view-refresh-symbolic");
  gtk_widget_add_css_class (self->reload, "flat");
  gtk_widget_set_valign (self->reload, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (self->reload, _ ("Reload"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->reload),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Reload"),
                                  -1);
  g_signal_connect_swapped (self->reload, "clicked", G_CALLBACK (reload_cb), self);
  return self->reload;
}

static GtkWidget *
make_row (gpointer item, gpointer plugins)
{
  Row *self = g_new0 (Row, 1);
  GtkWidget *row = adw_expander_row_new ();
  g_autofree char *title = g_markup_escape_text (files_plugin_get_title (item), -1);

  self->plugins = plugins;
  self->plugin = g_object_ref (item);
  self->row = ADW_EXPANDER_ROW (row);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  self->toggle = GTK_SWITCH (gtk_switch_new ());
  gtk_widget_set_valign (GTK_WIDGET (self->toggle), GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->toggle),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  files_plugin_get_title (item),
                                  -1);
  adw_expander_row_add_suffix (self->row, GTK_WIDGET (self->toggle));
  self->time = add_line (self->row, _ ("Time Used"));
  self->memory = add_line (self->row, _ ("Memory"));
  self->blame = add_line (self->row, _ ("Last Fault"));
  adw_expander_row_add_suffix (self->row, make_reload (self));
  update_row (self);
  g_signal_connect_swapped (self->toggle, "notify::active", G_CALLBACK (toggled_cb), self);
  self->handler = g_signal_connect_swapped (item, "changed", G_CALLBACK (update_row), self);
  g_object_set_data_full (G_OBJECT (row), "row", self, row_free);
  return row;
}

static gboolean
refresh_cb (gpointer user_data)
{
  GtkWidget *row = gtk_widget_get_first_child (user_data);

  for (; row != NULL; row = gtk_widget_get_next_sibling (row))
    if (g_object_get_data (G_OBJECT (row), "row") != NULL)
      update_figures (g_object_get_data (G_OBJECT (row), "row"));
  return G_SOURCE_CONTINUE;
}

static void
remove_timer (gpointer timer)
{
  g_source_remove (GPOINTER_TO_UINT (timer));
}

static GtkWidget *
make_placeholder (void)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("No plugins are installed"));
  return row;
}

/**
 * files_plugins_dialog_new:
 * @plugins: the plugins
 *
 * Returns: (transfer floating): the dialog
 */
AdwDialog *
files_plugins_dialog_new (FilesPlugins *plugins)
{
  AdwDialog *dialog = adw_preferences_dialog_new ();
  GtkWidget *page = adw_preferences_page_new (), *group = adw_preferences_group_new ();
  GtkWidget *list = gtk_list_box_new ();

  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_list_box_set_placeholder (GTK_LIST_BOX (list), make_placeholder ());
  gtk_widget_add_css_class (list, "boxed-list");
  gtk_list_box_bind_model (GTK_LIST_BOX (list),
                           files_plugins_get_list (plugins),
                           make_row,
                           plugins,
                           NULL);
  adw_preferences_group_set_description (
      ADW_PREFERENCES_GROUP (group),
      _ ("A plugin that holds up the window, doesn't answer or fails three times is turned off."));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), list);
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (group));
  adw_preferences_page_set_title (ADW_PREFERENCES_PAGE (page), _ ("Plugins"));
  adw_preferences_dialog_add (ADW_PREFERENCES_DIALOG (dialog), ADW_PREFERENCES_PAGE (page));
  adw_dialog_set_title (dialog, _ ("Plugins"));
  gtk_widget_set_size_request (GTK_WIDGET (dialog), NARROWEST, -1);
  g_object_set_data_full (G_OBJECT (list),
                          "timer",
                          GUINT_TO_POINTER (g_timeout_add (REFRESH_MSEC, refresh_cb, list)),
                          remove_timer);
  return dialog;
}
