/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The menus, made when they are opened. */
#pragma once

#include <gtk/gtk.h>
#include "files-history.h"

G_BEGIN_DECLS

GMenuModel *files_menus_make_main (void);
GMenuModel *files_menus_make_view (void);
GMenuModel *files_menus_make_entry (GFile *location, gboolean is_folder, guint n_selected);
GMenuModel *files_menus_make_background (GFile *location, gboolean has_bookmark);
GMenuModel *files_menus_make_history (FilesHistory *history, gboolean back);

G_END_DECLS
