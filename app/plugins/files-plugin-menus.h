/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plugins' entries in the menus of files and folders. */
#pragma once

#include "files-window.h"

G_BEGIN_DECLS

/* Pops @menu (transfer full; a GMenu of sections) up at @x, @y of @tab, with what plugins add to
 * it: 50 ms later at most, at once if none does. */
void
files_plugin_menus_popup (FilesTab *tab, GMenuModel *menu, gboolean is_folder, double x, double y);
/* Plugins' side panels, and where plugins are turned on and off: for the window's menu. */
void files_plugin_menus_fill_main (GMenu *section);
/* What is selected in a tab: names, NULL-terminated. At most @n_max. */
GStrv files_plugin_menus_dup_names (FilesTab *tab, guint n_max);

G_END_DECLS
