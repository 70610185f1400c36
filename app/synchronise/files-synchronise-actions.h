/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a window has of synchronising and downloading. */
#pragma once

#include "files-window.h"

G_BEGIN_DECLS

/* Loop's thread. Adds "win.synchronise" to a window. */
void files_synchronise_actions_init (FilesWindow *window);
/* Adds its item, if two folders may be selected. */
void files_synchronise_actions_fill (GMenu *menu, gboolean is_folder, guint n_selected);

/* Whether that is one address of http or https, and nothing else. */
gboolean files_download_is_link (const char *text, gsize length);
/* Asks whether what is at these addresses is to be fetched into @folder. FALSE: they are none. */
gboolean files_download_offer (FilesWindow *window, const char *const *uris, GFile *folder);
/* As above, for what was dropped. */
gboolean files_download_offer_files (FilesWindow *window, FilesSelection *files, GFile *folder);

G_END_DECLS
