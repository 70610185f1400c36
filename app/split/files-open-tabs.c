/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is open is part of the state a moment after it has changed, in the place of the tabs of the
 * window that was closed last: one record, from which the next start takes what Ctrl+Shift+T opens
 * again, however this run ends. When a plugin ended it they are opened at once, without taking the
 * user away from what the window shows; after another bad end a toast says that they can be. A run
 * that closed its windows is asked about nothing. Loop's thread; no file is touched here. */

#include "files-open-tabs.h"
#include "files-window.h"

#include <glib/gi18n.h>

#define KEY "files-open-tabs"
#define UPDATE_MSEC 300
#define OFFER_SECONDS 10

typedef struct {
  FilesApplication *application; /* not owned: it owns this */
  guint timer;
} OpenTabs;

static void
open_tabs_free (gpointer data)
{
  OpenTabs *self = data;

  g_clear_handle_id (&self->timer, g_source_remove);
  g_free (self);
}

/* Those of other kinds have no tabs. */
static FilesWindow *
find_window (GList *windows)
{
  for (; windows != NULL; windows = windows->next)
    if (FILES_IS_WINDOW (windows->data))
      return windows->data;
  return NULL;
}

static void
add_tabs (FilesWindow *window, GPtrArray *tabs)
{
  AdwTabView *view = files_window_get_tab_view (window);

  for (int i = 0; i < adw_tab_view_get_n_pages (view); i++)
    {
      AdwTabPage *page = adw_tab_view_get_nth_page (view, i);
      FilesPanes *panes = FILES_PANES (adw_tab_page_get_child (page));
      g_autoptr (FilesPanesMemory) memory = files_panes_dup_memory (panes);
      FilesSessionTab *tab = files_panes_memory_to_session (memory);

      if (tab == NULL)
        continue;
      tab->is_current = adw_tab_page_get_selected (page);
      g_ptr_array_add (tabs, tab);
    }
}

/* Of all windows. */
static GPtrArray *
list_tabs (FilesApplication *application)
{
  GPtrArray *tabs = g_ptr_array_new_with_free_func ((GDestroyNotify) files_session_tab_free);

  for (GList *link = gtk_application_get_windows (GTK_APPLICATION (application)); link != NULL;
       link = link->next)
    if (FILES_IS_WINDOW (link->data))
      add_tabs (link->data, tabs);
  return tabs;
}

/* --- remembering --- */

static void
timer_cb (gpointer user_data)
{
  OpenTabs *self = user_data;
  g_autoptr (GPtrArray) tabs = list_tabs (self->application);

  self->timer = 0;
  files_state_set_open_tabs (files_application_get_state (self->application),
                             tabs->len > 0 ? g_steal_pointer (&tabs) : NULL);
}

/**
 * files_open_tabs_update:
 * @application: the application
 *
 * Has what is open now remembered soon.
 */
void
files_open_tabs_update (FilesApplication *application)
{
  OpenTabs *self = g_object_get_data (G_OBJECT (application), KEY);

  if (self != NULL && self->timer == 0)
    self->timer = g_timeout_add_once (UPDATE_MSEC, timer_cb, self);
}

/* --- what the last run left --- */

static gboolean
has_pane (const FilesSessionTab *tab, const char *uri)
{
  for (guint i = 0; i < tab->n_panes; i++)
    if (g_str_equal (tab->panes[i].uri, uri))
      return TRUE;
  return FALSE;
}

static gboolean
is_open (GPtrArray *open, const char *uri)
{
  for (guint i = 0; i < open->len; i++)
    if (has_pane (g_ptr_array_index (open, i), uri))
      return TRUE;
  return FALSE;
}

/* Whether a place in it isn't shown already. */
static gboolean
is_missing (GPtrArray *open, const FilesSessionTab *tab)
{
  for (guint i = 0; i < tab->n_panes; i++)
    if (!is_open (open, tab->panes[i].uri))
      return TRUE;
  return FALSE;
}

/* Each is put right behind the tab that is shown. */
static void
open_again (FilesWindow *window, GPtrArray *open, GPtrArray *tabs)
{
  for (guint i = tabs->len; i-- > 0;)
    if (is_missing (open, g_ptr_array_index (tabs, i)))
      files_window_add_remembered_tab (window, g_ptr_array_index (tabs, i));
}

static void
offer (FilesWindow *window, GPtrArray *open, GPtrArray *tabs)
{
  AdwToast *toast;
  gboolean is_worth_it = FALSE;

  for (guint i = 0; i < tabs->len; i++)
    is_worth_it |= is_missing (open, g_ptr_array_index (tabs, i));
  if (!is_worth_it)
    return;
  toast = adw_toast_new (_ ("The tabs of last time were not closed"));
  adw_toast_set_button_label (toast, _ ("Open Again"));
  adw_toast_set_action_name (toast, "win.reopen-tab");
  adw_toast_set_timeout (toast, OFFER_SECONDS);
  files_window_offer_toast (window, toast);
}

static void
look_back (FilesApplication *application, gboolean crashed)
{
  FilesState *state = files_application_get_state (application);
  FilesWindow *window = find_window (gtk_application_get_windows (GTK_APPLICATION (application)));
  g_autoptr (GPtrArray) open = list_tabs (application);

  if (window == NULL || !files_state_was_open (state) || !files_state_has_session (state))
    return;
  if (crashed)
    {
      g_autoptr (GPtrArray) tabs = files_state_take_session (state);

      open_again (window, open, tabs);
    }
  else
    offer (window, open, files_state_get_session (state));
}

/**
 * files_open_tabs_begin:
 * @application: the application
 * @crashed: whether a plugin ended the last run
 *
 * Opens what was open then, or says that it can be opened again, and remembers from now on what is.
 */
void
files_open_tabs_begin (FilesApplication *application, gboolean crashed)
{
  OpenTabs *self = g_object_get_data (G_OBJECT (application), KEY);

  if (self != NULL)
    return;
  self = g_new0 (OpenTabs, 1);
  self->application = application;
  g_object_set_data_full (G_OBJECT (application), KEY, self, open_tabs_free);
  g_signal_connect (application, "window-removed", G_CALLBACK (files_open_tabs_update), NULL);
  look_back (application, crashed);
  files_open_tabs_update (application);
}
