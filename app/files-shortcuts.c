/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys. What the application sets as accelerators and what the page of shortcuts lists is one
 * table, so that they can't differ; the views bring their own keys through the registry. The page
 * is made when it is asked for. It is put together here because GtkShortcutsWindow is deprecated,
 * libadwaita's own dialog comes only in 1.8, and AdwPreferencesDialog can't be narrower than 360
 * pixels, which is more than a window of that width has inside. Loop's thread. */

#include "files-shortcuts.h"
#include "pane-view-registry.h"
#include <glib/gi18n.h>

#define NARROWEST 300 /* the window's 360, less the frame where it draws one itself */

typedef struct {
  const char *action; /* NULL: the widget's own key, only listed; "" begins a group of that title */
  const char *title;  /* NULL: not listed */
  const char *accelerators; /* several with a space between */
} Shortcut;

static const Shortcut shortcuts[] = {
  { "", NC_ ("shortcuts", "Going Places"), NULL },
  { "win.back", NC_ ("shortcuts", "Back"), "<Alt>Left" },
  { "win.forward", NC_ ("shortcuts", "Forward"), "<Alt>Right" },
  { NULL, NC_ ("shortcuts", "List of places, on the Back or Forward button"), "<Alt>Down Menu" },
  { "win.up", NC_ ("shortcuts", "Parent folder"), "<Alt>Up" },
  { "win.home", NC_ ("shortcuts", "Home"), "<Alt>Home" },
  { "win.edit-location", NC_ ("shortcuts", "Type a location"), "<Control>l" },
  { NULL, NC_ ("shortcuts", "Type a path"), "slash asciitilde" },
  { "win.bookmark", NC_ ("shortcuts", "Add or remove bookmark"), "<Control>d" },
  { "win.reload", NC_ ("shortcuts", "Reload"), "F5 <Control>r" },
  { "win.stop", NC_ ("shortcuts", "Stop loading"), "<Alt>Escape" },

  { "", NC_ ("shortcuts", "Tabs and Windows"), NULL },
  { "win.new-tab", NC_ ("shortcuts", "New tab"), "<Control>t" },
  { "app.new-window", NC_ ("shortcuts", "New window"), "<Control>n" },
  { "win.close-tab", NC_ ("shortcuts", "Close tab"), "<Control>w" },
  { "win.reopen-tab", NC_ ("shortcuts", "Reopen closed tab"), "<Control><Shift>t" },
  { "win.next-tab", NC_ ("shortcuts", "Next tab"), "<Control>Page_Down <Control>Tab" },
  { "win.previous-tab", NC_ ("shortcuts", "Previous tab"), "<Control>Page_Up <Control><Shift>Tab" },
  { "app.quit", NC_ ("shortcuts", "Quit"), "<Control>q" },

  { "", NC_ ("shortcuts", "Two Panes"), NULL },
  { "win.split", NC_ ("shortcuts", "Split view"), "F3" },
  { "win.other-pane", NC_ ("shortcuts", "Go to the other pane"), "F6" },
  { "win.swap-panes", NC_ ("shortcuts", "Swap panes"), "<Shift>F3" },
  { NULL, NC_ ("shortcuts", "Copy to other pane"), "<Shift>F5" },
  { NULL, NC_ ("shortcuts", "Move to other pane"), "<Shift>F6" },
  { NULL, NC_ ("shortcuts", "Open in other pane"), "<Control><Shift>Return" },
  { NULL, NC_ ("shortcuts", "Move the divider"), "F8" },

  { "", NC_ ("shortcuts", "Opening"), NULL },
  { NULL, NC_ ("shortcuts", "Open"), "Return" },
  { NULL, NC_ ("shortcuts", "Quick look"), "space" },
  { NULL, NC_ ("shortcuts", "Open in new tab"), "<Control>Return" },
  { NULL, NC_ ("shortcuts", "Open in new window"), "<Shift>Return" },

  { "", NC_ ("shortcuts", "Finding and Selecting"), NULL },
  { "win.filter", NC_ ("shortcuts", "Filter"), "<Control>f" },
  { NULL, NC_ ("shortcuts", "Select all"), "<Control>a" },
  { NULL, NC_ ("shortcuts", "Invert selection"), "<Control><Shift>i" },
  { NULL, NC_ ("shortcuts", "Copy path"), "<Control><Shift>c" },

  { "", NC_ ("shortcuts", "Changing Files"), NULL },
  { NULL, NC_ ("shortcuts", "Cut"), "<Control>x" },
  { NULL, NC_ ("shortcuts", "Copy"), "<Control>c" },
  { NULL, NC_ ("shortcuts", "Paste"), "<Control>v" },
  { NULL, NC_ ("shortcuts", "Paste as link"), "<Control>m" },
  { NULL, NC_ ("shortcuts", "Duplicate"), "<Control><Shift>d" },
  { NULL, NC_ ("shortcuts", "Rename"), "F2" },
  { "win.new-folder", NC_ ("shortcuts", "New folder"), "<Control><Shift>n" },
  { "win.properties", NC_ ("shortcuts", "Properties"), "<Alt>Return" },
  { NULL, NC_ ("shortcuts", "Move to trash"), "Delete" },
  { NULL, NC_ ("shortcuts", "Delete"), "<Shift>Delete" },
  { NULL, NC_ ("shortcuts", "Undo"), "<Control>z" },
  { NULL, NC_ ("shortcuts", "Redo"), "<Control><Shift>z" },
  { "win.show-operations", NC_ ("shortcuts", "Show operations"), "<Control><Shift>o" },

  { "", NC_ ("shortcuts", "View"), NULL },
  { "win.show-hidden", NC_ ("shortcuts", "Show hidden files"), "<Control>h" },
  { "win.group", NC_ ("shortcuts", "Show in groups"), "<Control><Shift>g" },
  { "win.zoom-in",
    NC_ ("shortcuts", "Larger icons"),
    "<Control>plus <Control>equal <Control>KP_Add" },
  { "win.zoom-out", NC_ ("shortcuts", "Smaller icons"), "<Control>minus <Control>KP_Subtract" },
  { "win.zoom-reset", NC_ ("shortcuts", "Normal size"), "<Control>0 <Control>KP_0" },
  { "win.toggle-sidebar", NC_ ("shortcuts", "Show sidebar"), "F9" },

  { "", NC_ ("shortcuts", "General"), NULL },
  { "win.pulse", NC_ ("shortcuts", "Show pulse"), "<Control><Shift>p" },
  { "win.show-menu", NC_ ("shortcuts", "Main menu"), "F10" },
  { "win.show-help-overlay", NC_ ("shortcuts", "Keyboard shortcuts"), "<Control>question" },
};

/**
 * files_shortcuts_install:
 * @application: the application
 *
 * Sets the accelerators.
 */
void
files_shortcuts_install (GtkApplication *application)
{
  guint n;
  const PaneViewInfo *const *infos = pane_view_registry_list (&n);

  for (guint i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    {
      g_auto (GStrv) keys = NULL;

      if (shortcuts[i].accelerators == NULL || shortcuts[i].action == NULL)
        continue;
      keys = g_strsplit (shortcuts[i].accelerators, " ", -1);
      gtk_application_set_accels_for_action (application,
                                             shortcuts[i].action,
                                             (const char *const *) keys);
    }
  for (guint i = 0; i < n; i++)
    {
      const char *keys[] = { infos[i]->accelerator, NULL };
      g_autofree char *action = g_strdup_printf ("win.view::%s", infos[i]->id);

      if (infos[i]->accelerator != NULL)
        gtk_application_set_accels_for_action (application, action, keys);
    }
}

static gboolean
is_one_of (GdkEvent *key, const char *accelerators)
{
  g_auto (GStrv) accels = g_strsplit (accelerators, " ", -1);
  guint keyval;
  GdkModifierType modifiers;

  for (guint i = 0; accels[i] != NULL; i++)
    if (gtk_accelerator_parse (accels[i], &keyval, &modifiers)
        && gdk_key_event_matches (key, keyval, modifiers) != GDK_KEY_MATCH_NONE)
      return TRUE;
  return FALSE;
}

/**
 * files_shortcuts_is_of_window:
 * @key: a key that was pressed
 *
 * Returns: whether it stands for an action of the window, and not of the whole application
 */
gboolean
files_shortcuts_is_of_window (GdkEvent *key)
{
  guint n;
  const PaneViewInfo *const *infos = pane_view_registry_list (&n);

  for (guint i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    if (shortcuts[i].accelerators != NULL && shortcuts[i].action != NULL
        && g_str_has_prefix (shortcuts[i].action, "win.")
        && is_one_of (key, shortcuts[i].accelerators))
      return TRUE;
  for (guint i = 0; i < n; i++)
    if (infos[i]->accelerator != NULL && is_one_of (key, infos[i]->accelerator))
      return TRUE;
  return FALSE;
}

static const char *
translate (const char *title)
{
  return g_dpgettext2 (NULL, "shortcuts", title);
}

static GtkWidget *
make_row (const char *title, const char *accelerators)
{
  GtkWidget *row = adw_action_row_new ();
  g_auto (GStrv) keys = g_strsplit (accelerators, " ", -1);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  /* The first two are the ones to learn; the others are the same keys elsewhere on the keyboard. */
  for (guint i = 0; keys[i] != NULL && i < 2; i++)
    {
      guint keyval;
      GdkModifierType modifiers;
      g_autofree char *text = NULL;
      GtkWidget *label;

      if (!gtk_accelerator_parse (keys[i], &keyval, &modifiers))
        continue;
      text = gtk_accelerator_get_label (keyval, modifiers);
      label = gtk_label_new (text);
      gtk_widget_add_css_class (label, "keycap");
      gtk_widget_set_valign (label, GTK_ALIGN_CENTER);
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), label);
    }
  return row;
}

/* The page */

static void
add_row (AdwPreferencesGroup *group, GPtrArray *rows, const char *title, const char *accelerators)
{
  GtkWidget *row = make_row (title, accelerators);

  adw_preferences_group_add (group, row);
  g_ptr_array_add (rows, row);
}

static void
add_views (AdwPreferencesGroup *group, GPtrArray *rows)
{
  guint n;
  const PaneViewInfo *const *infos = pane_view_registry_list (&n);

  for (guint i = 0; i < n; i++)
    if (infos[i]->accelerator != NULL)
      add_row (group, rows, g_dgettext (GETTEXT_PACKAGE, infos[i]->title), infos[i]->accelerator);
}

static GtkWidget *
make_page (GPtrArray *rows)
{
  AdwPreferencesPage *page = ADW_PREFERENCES_PAGE (adw_preferences_page_new ());
  AdwPreferencesGroup *group = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    {
      if (shortcuts[i].accelerators != NULL)
        {
          add_row (group, rows, translate (shortcuts[i].title), shortcuts[i].accelerators);
          continue;
        }
      group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
      adw_preferences_group_set_title (group, translate (shortcuts[i].title));
      adw_preferences_page_add (page, group);
      if (g_str_equal (shortcuts[i].title, "View"))
        add_views (group, rows);
    }
  return GTK_WIDGET (page);
}

static void
search_changed_cb (GtkEditable *entry, gpointer user_data)
{
  GPtrArray *rows = user_data;
  g_autofree char *wanted = g_utf8_casefold (gtk_editable_get_text (entry), -1);

  for (guint i = 0; i < rows->len; i++)
    gtk_widget_set_visible (gtk_widget_get_ancestor (rows->pdata[i], ADW_TYPE_PREFERENCES_GROUP),
                            FALSE);
  for (guint i = 0; i < rows->len; i++)
    {
      g_autofree char *title = g_utf8_casefold (adw_preferences_row_get_title (rows->pdata[i]), -1);
      gboolean is_wanted = strstr (title, wanted) != NULL;

      gtk_widget_set_visible (rows->pdata[i], is_wanted);
      if (is_wanted)
        gtk_widget_set_visible (
            gtk_widget_get_ancestor (rows->pdata[i], ADW_TYPE_PREFERENCES_GROUP),
            TRUE);
    }
}

static void
rows_free (gpointer rows, GClosure *closure)
{
  g_ptr_array_unref (rows);
}

static GtkWidget *
make_search_bar (GPtrArray *rows)
{
  GtkWidget *bar = gtk_search_bar_new ();
  GtkWidget *entry = gtk_search_entry_new ();

  gtk_widget_set_hexpand (entry, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Find a key"),
                                  -1);
  gtk_search_bar_set_child (GTK_SEARCH_BAR (bar), entry);
  gtk_search_bar_connect_entry (GTK_SEARCH_BAR (bar), GTK_EDITABLE (entry));
  g_signal_connect_data (entry,
                         "search-changed",
                         G_CALLBACK (search_changed_cb),
                         g_ptr_array_ref (rows),
                         rows_free,
                         G_CONNECT_DEFAULT);
  return bar;
}

static GtkWidget *
make_header (GtkWidget *search_bar)
{
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *button = gtk_toggle_button_new ();

  gtk_button_set_icon_name (GTK_BUTTON (button), "edit-find-symbolic");
  gtk_widget_set_tooltip_text (button, _ ("Find a key"));
  g_object_bind_property (search_bar,
                          "search-mode-enabled",
                          button,
                          "active",
                          G_BINDING_BIDIRECTIONAL);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), button);
  return header;
}

/**
 * files_shortcuts_make_dialog:
 *
 * Returns: (transfer floating): the page that lists all keys
 */
AdwDialog *
files_shortcuts_make_dialog (void)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new ();
  AdwToolbarView *view = ADW_TOOLBAR_VIEW (adw_toolbar_view_new ());
  AdwDialog *dialog = adw_dialog_new ();
  GtkWidget *search_bar = make_search_bar (rows);

  adw_toolbar_view_add_top_bar (view, make_header (search_bar));
  adw_toolbar_view_add_top_bar (view, search_bar);
  adw_toolbar_view_set_content (view, make_page (rows));
  gtk_search_bar_set_key_capture_widget (GTK_SEARCH_BAR (search_bar), GTK_WIDGET (view));
  adw_dialog_set_child (dialog, GTK_WIDGET (view));
  adw_dialog_set_title (dialog, _ ("Keyboard Shortcuts"));
  adw_dialog_set_content_width (dialog, 560);
  adw_dialog_set_content_height (dialog, 640);
  gtk_widget_set_size_request (GTK_WIDGET (dialog), NARROWEST, -1);
  return dialog;
}
