/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The menus, made when they are opened. */
#pragma once

#include <gtk/gtk.h>
#include "files-history.h"
#include "files-panes.h"
#include "pane-folder-model.h"

G_BEGIN_DECLS

/* @undo, @redo (nullable): what would be taken back, or done again. @has_closed_tab: of this window. */
GMenuModel *files_menus_make_main (const char *undo, const char *redo, gboolean has_closed_tab);
/* @settings (nullable): those of the view that is shown. */
GMenuModel *files_menus_make_view (PaneFolderModel *model, GMenuModel *settings);
/* @content_type: of the one that it was asked for. */
GMenuModel *files_menus_make_entry (FilesPanes *panes,
                                    const char *content_type,
                                    gboolean is_folder,
                                    guint n_selected);
GMenuModel *files_menus_make_background (FilesPanes *panes, gboolean has_bookmark);
GMenuModel *files_menus_make_history (FilesHistory *history, gboolean back);

G_END_DECLS
