/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is kept of a tab that is closed, so that it can be opened again: of each pane its history
 * and how its place was shown, and which was the active one. From one start to the next only the
 * places are kept, not the ways there. Loop's thread; no file is touched. */

#include "files-panes-memory.h"

/**
 * files_panes_memory_free:
 * @self: (transfer full): what is kept of a tab
 */
void
files_panes_memory_free (FilesPanesMemory *self)
{
  for (guint i = 0; i < FILES_MAX_PANES; i++)
    {
      g_clear_pointer (&self->panes[i].history, files_history_free);
      files_folder_state_clear (&self->panes[i].how);
    }
  g_free (self);
}

/**
 * files_panes_memory_to_session:
 * @self: what is kept of a tab
 *
 * Returns: (transfer full) (nullable): what is kept of it from one start to the next; %NULL if it
 *   hasn't been anywhere
 */
FilesSessionTab *
files_panes_memory_to_session (const FilesPanesMemory *self)
{
  g_autoptr (FilesSessionTab) tab = g_new0 (FilesSessionTab, 1);

  for (guint i = 0; i < self->n_panes; i++)
    {
      const FilesVisit *visit = files_history_peek (self->panes[i].history, 0);
      FilesSessionPane *pane = &tab->panes[tab->n_panes];

      if (visit == NULL)
        continue;
      pane->uri = g_file_get_uri (visit->location);
      files_folder_state_copy (&pane->how, &self->panes[i].how);
      if (i == self->active)
        tab->active = tab->n_panes;
      tab->n_panes++;
    }
  return tab->n_panes > 0 ? g_steal_pointer (&tab) : NULL;
}

/**
 * files_panes_memory_from_session:
 * @tab: what was kept of a tab
 *
 * Returns: (transfer full): the same, for files_panes_recall()
 */
FilesPanesMemory *
files_panes_memory_from_session (const FilesSessionTab *tab)
{
  FilesPanesMemory *self = g_new0 (FilesPanesMemory, 1);

  self->n_panes = tab->n_panes;
  self->active = tab->active;
  for (guint i = 0; i < tab->n_panes; i++)
    {
      g_autoptr (GFile) location = g_file_new_for_uri (tab->panes[i].uri);

      self->panes[i].history = files_history_new ();
      files_history_visit (self->panes[i].history, location);
      files_folder_state_copy (&self->panes[i].how, &tab->panes[i].how);
    }
  return self;
}
