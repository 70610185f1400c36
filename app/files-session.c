/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tabs of the window that was closed last, as the state's file keeps them: a group for each,
 * with the place of each pane and how it was shown. What can't be understood is passed over, as
 * everywhere in that file. Pure: nothing is read from a disk here, and no place is looked at. */

#include "files-session.h"
#include "files-state-private.h"

#define TAB_GROUP "tab "
#define MAX_TABS 100

static const char *const prefixes[FILES_MAX_PANES] = { "", "other-" };

/**
 * files_session_tab_free:
 * @self: (transfer full): a tab
 */
void
files_session_tab_free (FilesSessionTab *self)
{
  for (guint i = 0; i < FILES_MAX_PANES; i++)
    {
      g_free (self->panes[i].uri);
      files_folder_state_clear (&self->panes[i].how);
    }
  g_free (self);
}

static void
write_tab (GKeyFile *file, const char *group, const FilesSessionTab *tab)
{
  for (guint i = 0; i < tab->n_panes; i++)
    {
      g_autofree char *key = g_strconcat (prefixes[i], "uri", NULL);

      g_key_file_set_string (file, group, key, tab->panes[i].uri);
      files_folder_state_write (&tab->panes[i].how, file, group, prefixes[i]);
    }
  if (tab->active > 0)
    g_key_file_set_integer (file, group, "active", (int) tab->active);
  if (tab->is_current)
    g_key_file_set_boolean (file, group, "current", TRUE);
}

/**
 * files_session_write:
 * @tabs: (element-type FilesSessionTab): tabs, in their order
 * @file: the state's file
 *
 * Adds the tabs to the file.
 */
void
files_session_write (GPtrArray *tabs, GKeyFile *file)
{
  for (guint i = 0; i < MIN (tabs->len, MAX_TABS); i++)
    {
      g_autofree char *group = g_strdup_printf (TAB_GROUP "%u", i);

      write_tab (file, group, g_ptr_array_index (tabs, i));
    }
}

static FilesSessionTab *
read_tab (GKeyFile *file, const char *group)
{
  g_autoptr (FilesSessionTab) tab = g_new0 (FilesSessionTab, 1);

  for (guint i = 0; i < FILES_MAX_PANES; i++)
    {
      g_autofree char *key = g_strconcat (prefixes[i], "uri", NULL);
      FilesSessionPane *pane = &tab->panes[tab->n_panes];

      pane->uri = g_key_file_get_string (file, group, key, NULL);
      if (pane->uri == NULL || g_uri_peek_scheme (pane->uri) == NULL)
        {
          g_clear_pointer (&pane->uri, g_free);
          continue;
        }
      files_folder_state_read (&pane->how, file, group, prefixes[i]);
      tab->n_panes++;
    }
  tab->active = g_key_file_get_integer (file, group, "active", NULL) == 1 && tab->n_panes > 1;
  tab->is_current = g_key_file_get_boolean (file, group, "current", NULL);
  return tab->n_panes > 0 ? g_steal_pointer (&tab) : NULL;
}

/**
 * files_session_read:
 * @file: the state's file
 *
 * Returns: (transfer full) (element-type FilesSessionTab): the tabs in it, in the order of the file
 */
GPtrArray *
files_session_read (GKeyFile *file)
{
  GPtrArray *tabs = g_ptr_array_new_with_free_func ((GDestroyNotify) files_session_tab_free);
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);

  for (guint i = 0; groups[i] != NULL && tabs->len < MAX_TABS; i++)
    {
      FilesSessionTab *tab
          = g_str_has_prefix (groups[i], TAB_GROUP) ? read_tab (file, groups[i]) : NULL;

      if (tab != NULL)
        g_ptr_array_add (tabs, tab);
    }
  return tabs;
}
