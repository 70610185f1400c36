/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window's actions of two panes. */
#pragma once

#include "files-window.h"

G_BEGIN_DECLS

/* Loop's thread. Adds them to a window. */
void files_split_actions_init (FilesWindow *window);
/* Makes them follow the current tab. */
void files_split_actions_update (FilesWindow *window);
/* A section of the menu of what is selected, or of the folder itself; nothing unless it is split.
 */
void
files_split_actions_fill (GMenu *menu, FilesPanes *panes, gboolean is_entry, gboolean is_folder);
/* A section of the menu of how folders are shown. */
void files_split_actions_fill_view (GMenu *menu);

G_END_DECLS
