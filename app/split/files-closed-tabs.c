/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tabs of a window that were closed, as many as anybody wants back, and what is kept of a whole
 * window when it is closed: its tabs with both of their panes. Loop's thread; no file is touched.
 */

#include "files-closed-tabs.h"

#define MAX_CLOSED_TABS 20

struct _FilesClosedTabs {
  GQueue tabs; /* FilesPanesMemory, the one closed last first */
};

/**
 * files_closed_tabs_new:
 *
 * Returns: (transfer full): none
 */
FilesClosedTabs *
files_closed_tabs_new (void)
{
  return g_new0 (FilesClosedTabs, 1);
}

/**
 * files_closed_tabs_free:
 * @self: (transfer full): closed tabs
 */
void
files_closed_tabs_free (FilesClosedTabs *self)
{
  g_queue_clear_full (&self->tabs, (GDestroyNotify) files_panes_memory_free);
  g_free (self);
}

/**
 * files_closed_tabs_push:
 * @self: closed tabs
 * @panes: one that is being closed
 */
void
files_closed_tabs_push (FilesClosedTabs *self, FilesPanes *panes)
{
  g_queue_push_head (&self->tabs, files_panes_dup_memory (panes));
  if (g_queue_get_length (&self->tabs) > MAX_CLOSED_TABS)
    files_panes_memory_free (g_queue_pop_tail (&self->tabs));
}

/**
 * files_closed_tabs_pop:
 * @self: closed tabs
 *
 * Returns: (transfer full) (nullable): what is kept of the one that was closed last
 */
FilesPanesMemory *
files_closed_tabs_pop (FilesClosedTabs *self)
{
  return g_queue_pop_head (&self->tabs);
}

/**
 * files_closed_tabs_is_empty:
 * @self: closed tabs
 *
 * Returns: whether there are none
 */
gboolean
files_closed_tabs_is_empty (FilesClosedTabs *self)
{
  return g_queue_is_empty (&self->tabs);
}

static void
add (GPtrArray *tabs, const FilesPanesMemory *memory, gboolean is_current)
{
  FilesSessionTab *tab = files_panes_memory_to_session (memory);

  if (tab == NULL)
    return;
  tab->is_current = is_current;
  g_ptr_array_add (tabs, tab);
}

/**
 * files_closed_tabs_dup_session:
 * @self: closed tabs
 * @tab_view: the tabs of a window that is being closed
 *
 * A window closes with its last tab too; that one is what is kept then.
 *
 * Returns: (transfer full) (element-type FilesSessionTab): what is kept of the window
 */
GPtrArray *
files_closed_tabs_dup_session (FilesClosedTabs *self, AdwTabView *tab_view)
{
  GPtrArray *tabs = g_ptr_array_new_with_free_func ((GDestroyNotify) files_session_tab_free);
  int n = adw_tab_view_get_n_pages (tab_view);

  for (int i = 0; i < n; i++)
    {
      AdwTabPage *page = adw_tab_view_get_nth_page (tab_view, i);
      g_autoptr (FilesPanesMemory) memory
          = files_panes_dup_memory (FILES_PANES (adw_tab_page_get_child (page)));

      add (tabs, memory, adw_tab_page_get_selected (page));
    }
  if (n == 0 && !files_closed_tabs_is_empty (self))
    add (tabs, g_queue_peek_head (&self->tabs), TRUE);
  return tabs;
}
