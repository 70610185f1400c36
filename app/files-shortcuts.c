/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys. What the application sets as accelerators and what the page of shortcuts lists is one
 * table, so that they can't differ; the views bring their own keys through the registry. The page
 * is made when it is asked for (GtkShortcutsWindow is deprecated, and libadwaita's own dialog comes
 * only in 1.8). Loop's thread. */

#include "files-shortcuts.h"
#include "pane-view.h"
#include <glib/gi18n.h>

typedef struct {
  const char *action; /* NULL: the widget's own key, only listed; "" begins a group of that title */
  const char *title;  /* NULL: not listed */
  const char *accelerators; /* several with a space between */
} Shortcut;

static const Shortcut shortcuts[] = {
  { "", N_ ("Going Places"), NULL },
  { "win.back", N_ ("Back"), "<Alt>Left" },
  { "win.forward", N_ ("Forward"), "<Alt>Right" },
  { "win.up", N_ ("Parent folder"), "<Alt>Up" },
  { "win.home", N_ ("Home"), "<Alt>Home" },
  { "win.edit-location", N_ ("Type a location"), "<Control>l" },
  { NULL, N_ ("Type a path"), "slash asciitilde" },
  { "win.bookmark", N_ ("Add or remove bookmark"), "<Control>d" },
  { "win.reload", N_ ("Reload"), "F5 <Control>r" },
  { "win.stop", N_ ("Stop loading"), "<Alt>Escape" },

  { "", N_ ("Tabs and Windows"), NULL },
  { "win.new-tab", N_ ("New tab"), "<Control>t" },
  { "app.new-window", N_ ("New window"), "<Control>n" },
  { "win.close-tab", N_ ("Close tab"), "<Control>w" },
  { "win.reopen-tab", N_ ("Reopen closed tab"), "<Control><Shift>t" },
  { "win.next-tab", N_ ("Next tab"), "<Control>Page_Down <Control>Tab" },
  { "win.previous-tab", N_ ("Previous tab"), "<Control>Page_Up <Control><Shift>Tab" },
  { "app.quit", N_ ("Quit"), "<Control>q" },

  { "", N_ ("Opening"), NULL },
  { NULL, N_ ("Open"), "Return" },
  { NULL, N_ ("Open in new tab"), "<Control>Return" },
  { NULL, N_ ("Open in new window"), "<Shift>Return" },

  { "", N_ ("Finding and Selecting"), NULL },
  { "win.filter", N_ ("Filter"), "<Control>f" },
  { NULL, N_ ("Select all"), "<Control>a" },
  { NULL, N_ ("Invert selection"), "<Control><Shift>i" },
  { NULL, N_ ("Copy"), "<Control>c" },
  { NULL, N_ ("Copy path"), "<Control><Shift>c" },

  { "", N_ ("View"), NULL },
  { "win.show-hidden", N_ ("Show hidden files"), "<Control>h" },
  { "win.zoom-in", N_ ("Larger icons"), "<Control>plus <Control>equal <Control>KP_Add" },
  { "win.zoom-out", N_ ("Smaller icons"), "<Control>minus <Control>KP_Subtract" },
  { "win.zoom-reset", N_ ("Normal size"), "<Control>0 <Control>KP_0" },
  { "win.toggle-sidebar", N_ ("Show sidebar"), "F9" },

  { "", N_ ("General"), NULL },
  { "win.show-menu", N_ ("Main menu"), "F10" },
  { "win.show-help-overlay", N_ ("Keyboard shortcuts"), "<Control>question" },
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

static void
add_views (AdwPreferencesGroup *group)
{
  guint n;
  const PaneViewInfo *const *infos = pane_view_registry_list (&n);

  for (guint i = 0; i < n; i++)
    if (infos[i]->accelerator != NULL)
      adw_preferences_group_add (
          group,
          make_row (g_dgettext (GETTEXT_PACKAGE, infos[i]->title), infos[i]->accelerator));
}

/**
 * files_shortcuts_make_dialog:
 *
 * Returns: (transfer floating): the page that lists all keys
 */
AdwDialog *
files_shortcuts_make_dialog (void)
{
  AdwPreferencesPage *page = ADW_PREFERENCES_PAGE (adw_preferences_page_new ());
  AdwDialog *dialog = ADW_DIALOG (adw_preferences_dialog_new ());
  AdwPreferencesGroup *group = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    {
      if (shortcuts[i].accelerators != NULL)
        {
          adw_preferences_group_add (group,
                                     make_row (_ (shortcuts[i].title), shortcuts[i].accelerators));
          continue;
        }
      group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
      adw_preferences_group_set_title (group, _ (shortcuts[i].title));
      adw_preferences_page_add (page, group);
      if (g_str_equal (shortcuts[i].title, "View"))
        add_views (group);
    }
  adw_preferences_dialog_add (ADW_PREFERENCES_DIALOG (dialog), page);
  adw_preferences_dialog_set_search_enabled (ADW_PREFERENCES_DIALOG (dialog), TRUE);
  adw_dialog_set_title (dialog, _ ("Keyboard Shortcuts"));
  return dialog;
}
