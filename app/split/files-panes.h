/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a tab of the window holds: one folder, or two beside each other. */
#pragma once

#include "files-panes-memory.h"
#include "files-tab.h"

G_BEGIN_DECLS

#define FILES_TYPE_PANES (files_panes_get_type ())
G_DECLARE_FINAL_TYPE (FilesPanes, files_panes, FILES, PANES, GtkWidget)

/* Loop's thread, all of it. One pane, without a place; @view_id: NULL: as remembered. */
FilesPanes *files_panes_new (FilesState *state, const char *view_id);
/* The pane that the user works in, and the other one: NULL unless it is split. */
FilesTab *files_panes_get_tab (FilesPanes *self);
FilesTab *files_panes_get_other (FilesPanes *self);
/* In their order; NULL: there are fewer. */
FilesTab *files_panes_get_nth (FilesPanes *self, guint n);
gboolean files_panes_is_split (FilesPanes *self);
/* Another pane, at the same place, which doesn't become the active one. */
FilesTab *files_panes_split (FilesPanes *self);
void files_panes_close (FilesPanes *self, FilesTab *tab); /* one of two */
void files_panes_swap (FilesPanes *self);
void files_panes_activate (FilesPanes *self, FilesTab *tab);
/* What is said of it for as long as it is closed. */
FilesPanesMemory *files_panes_dup_memory (FilesPanes *self);
void files_panes_recall (FilesPanes *self, FilesPanesMemory *memory); /* transfer full; it is new */

/* Properties: title; loading; asked: as a tab's, of both.
 * A tab's signals, whichever has sent them:
 * ::changed         also when the other one became active, or there is another one or none
 * ::open (GFile *location, PaneOpenTarget target)
 * ::menu (FilesTab *tab, guint id, double x, double y)    in the coordinates of @tab
 * ::edit-location (const char *text)
 * ::failed (const char *line) */

G_END_DECLS
