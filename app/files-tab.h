/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tab: one place at a time, shown by one view. */
#pragma once

#include <adwaita.h>
#include "files-history.h"
#include "files-selection.h"
#include "files-state.h"
#include "files-status-line.h"
#include "pane-open.h"
#include "pane-view.h"
#include "thaw-mount-question.h"

G_BEGIN_DECLS

#define FILES_TYPE_TAB (files_tab_get_type ())
G_DECLARE_FINAL_TYPE (FilesTab, files_tab, FILES, TAB, GtkWidget)

/* Loop's thread, all of it. @view_id: the view to begin with, NULL: as remembered. */
FilesTab *files_tab_new (FilesState *state, const char *view_id);

/* Places. @folder: one that may be loading already. @may_be_file: then its folder is shown with it
 * selected. */
void files_tab_show_folder (FilesTab *self, ThawFolder *folder, gboolean may_be_file);
void files_tab_show_location (FilesTab *self, GFile *location, gboolean may_be_file);
void files_tab_show_history (FilesTab *self, FilesHistory *history); /* transfer full */
void files_tab_go (FilesTab *self, int steps);
void files_tab_go_up (FilesTab *self);
void files_tab_reload (FilesTab *self);
void files_tab_stop (FilesTab *self);
GFile *files_tab_get_location (FilesTab *self); /* NULL before the first */
/* Shows what the tab's place asks. FALSE: that is about another place. */
gboolean files_tab_ask (FilesTab *self, ThawMountQuestion *question);
FilesHistory *files_tab_get_history (FilesTab *self);

/* How it is shown. */
const char *files_tab_get_view_id (FilesTab *self);
void files_tab_set_view_id (FilesTab *self, const char *view_id);
void files_tab_zoom (FilesTab *self, int step); /* 0: back to the default */
const ThawOrderSpec *files_tab_get_spec (FilesTab *self);
void files_tab_set_sort (FilesTab *self, ThawSortColumn column, gboolean descending);
void files_tab_set_sort_attribute (FilesTab *self, const char *attribute, gboolean descending);
void files_tab_set_grouped (FilesTab *self, gboolean grouped);
gboolean files_tab_get_grouped (FilesTab *self);
gboolean files_tab_can_group (FilesTab *self);
void
files_tab_apply_state (FilesTab *self); /* what is remembered has been read, or changed for all */
/* Its view, size and order, for another one to be shown the same way. Clear @how afterwards. */
void files_tab_dup_how (FilesTab *self, FilesFolderState *how);
/* How @location is to be shown when it is gone to, whatever is remembered of it. */
void files_tab_set_how (FilesTab *self, GFile *location, const FilesFolderState *how);
void files_tab_set_filtering (FilesTab *self, gboolean filtering);
gboolean files_tab_is_filtering (FilesTab *self);

/* What is in it. */
PaneFolderModel *files_tab_get_model (FilesTab *self);
PaneView *files_tab_get_view (FilesTab *self);
FilesStatusLine *files_tab_get_status_line (FilesTab *self);
GFile *files_tab_dup_entry_file (FilesTab *self, guint32 id);
GPtrArray *files_tab_dup_selected_files (FilesTab *self); /* GFile */
/* The same, cheaply: any number of them. */
FilesSelection *files_tab_dup_selection (FilesTab *self);
/* guint32, by @folder's own ids; NULL: nothing, or in several folders. */
GArray *files_tab_dup_selected_of_one (FilesTab *self, ThawFolder **folder);
void files_tab_select_name (FilesTab *self, const char *name); /* when it turns up */
/* Opens the selected entries; folders at @target. */
void files_tab_open_selected (FilesTab *self, PaneOpenTarget target);
void files_tab_open_id (FilesTab *self, guint32 id, PaneOpenTarget target);
void files_tab_grab_focus (FilesTab *self);
/* Of two panes, only the active one takes the focus by itself. It is active unless this is said. */
void files_tab_set_active (FilesTab *self, gboolean is_active);
/* A widget above everything else in it; NULL: none. */
void files_tab_set_header (FilesTab *self, GtkWidget *header);

/* Properties: title; loading, and not waiting for the user; asked: its place waits for an answer.
 * ::changed           what the window shows of it: the place, the history, the order, the view
 * ::open (GFile *location, PaneOpenTarget target)   not here
 * ::menu (guint id, double x, double y)             in the tab's coordinates
 * ::edit-location (const char *text)
 * ::failed (const char *line)                       for a toast */

G_END_DECLS
