/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dragging files out of tabs, and dropping them into tabs, places, folders of the path, and the
 * tabs of the bar. */
#pragma once

#include "files-window.h"

#include "pane-path-bar.h"
#include "pane-sidebar.h"

G_BEGIN_DECLS

/* Loop's thread, all of it. */
void files_drop_attach (FilesTab *tab);
void files_drop_follow_view (FilesTab *tab, PaneView *view);
/* The window's own. */
void files_drop_attach_sidebar (FilesWindow *window, PaneSidebar *sidebar);
void files_drop_attach_path_bar (FilesWindow *window, PanePathBar *path_bar);
void files_drop_attach_tab_bar (FilesWindow *window, AdwTabBar *tab_bar);

G_END_DECLS
