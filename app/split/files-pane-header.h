/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line above each of two panes: where it is, whether it is the active one, and how to close it.
 */
#pragma once

#include "files-tab.h"

G_BEGIN_DECLS

#define FILES_TYPE_PANE_HEADER (files_pane_header_get_type ())
G_DECLARE_FINAL_TYPE (FilesPaneHeader, files_pane_header, FILES, PANE_HEADER, GtkWidget)

/* Loop's thread, all of it. It follows @tab's place by itself. */
GtkWidget *files_pane_header_new (FilesTab *tab);
void files_pane_header_set_active (FilesPaneHeader *self, gboolean is_active);

/* ::close */

G_END_DECLS
