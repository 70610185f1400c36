/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which folders are expanded in a tab's folder: remembered of the folder whenever the user has
 * expanded or collapsed one, and expanded again when the folder is shown, each when it turns up.
 * That another view collapses them isn't the user's doing. Loop's thread; touches no file. */

#include "files-tab-private.h"

#define MOST_EXPANDED 100 /* folders that are remembered of a folder */
#define MOST_BYTES 8192   /* and how long their paths are in all */

/* As many as are worth it. NULL: none. */
static char **
dup_expanded (FilesTab *self)
{
  char **paths = pane_folder_model_dup_expanded (self->model);
  gsize n_bytes = 0;

  for (guint i = 0; paths != NULL && paths[i] != NULL; i++)
    {
      n_bytes += strlen (paths[i]);
      if (i < MOST_EXPANDED && n_bytes <= MOST_BYTES)
        continue;
      for (char **rest = paths + i; *rest != NULL; rest++)
        g_clear_pointer (rest, g_free);
      break;
    }
  return paths;
}

static void
replace (FilesFolderState *how, char **expanded)
{
  g_strfreev (how->expanded);
  how->expanded = expanded;
}

static void
expanded_changed_cb (FilesTab *self)
{
  g_autoptr (GFile) location = NULL;
  FilesFolderState how;

  if (self->folder == NULL || !files_tab_has_own_rows (self))
    return;
  location = g_object_ref (thaw_folder_get_location (self->folder));
  if (self->chosen_for != NULL && g_file_equal (self->chosen_for, location))
    replace (&self->chosen, dup_expanded (self));
  files_state_get_folder (self->state, location, &how);
  replace (&how, dup_expanded (self));
  files_state_set_folder (self->state, location, &how);
  files_folder_state_clear (&how);
  files_tab_changed (self); /* what is remembered of open tabs has it, too */
}

/**
 * files_tab_follow_expanded:
 * @self: a tab that is being made, with its model
 *
 * Remembers from now on what the user expands.
 */
void
files_tab_follow_expanded (FilesTab *self)
{
  g_signal_connect_object (self->model,
                           "expanded-changed",
                           G_CALLBACK (expanded_changed_cb),
                           self,
                           G_CONNECT_SWAPPED);
}

/**
 * files_tab_restore_expanded:
 * @self: a tab
 *
 * Expands what was expanded in the folder when it was shown the last time, if the view has a tree
 * and nothing is expanded yet.
 */
void
files_tab_restore_expanded (FilesTab *self)
{
  g_auto (GStrv) expanded = NULL;
  FilesFolderState how;

  if (self->folder == NULL || self->view == NULL || !files_tab_has_own_rows (self)
      || !pane_view_shows_tree (self->view))
    return;
  expanded = pane_folder_model_dup_expanded (self->model);
  if (expanded != NULL)
    return;
  files_tab_get_how (self, thaw_folder_get_location (self->folder), &how);
  if (how.expanded != NULL)
    pane_folder_model_expand_paths (self->model, (const char *const *) how.expanded);
  files_folder_state_clear (&how);
}
