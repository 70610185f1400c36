/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plugins' widgets in windows: side panels, the label beside the path, pages of the properties. */
#pragma once

#include "files-selection.h"
#include "files-window.h"

G_BEGIN_DECLS

/* Shows the panel beside the tabs, or takes it away if it is shown. @id: as in the registry. */
void files_plugin_panels_toggle (FilesWindow *window, const char *id);
/* What plugins say of the current tab's folder; hides itself when that is nothing. */
GtkWidget *files_plugin_label_new (FilesWindow *window);
/* Another tab or place is current now. */
void files_plugin_panels_update (FilesWindow *window);
/* Adds what plugins have to say of these files. */
void files_plugin_pages_fill (AdwPreferencesPage *page, FilesSelection *files);

G_END_DECLS
