/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window: sidebar, header, tabs. */
#pragma once

#include "files-application.h"
#include "files-panes.h"

G_BEGIN_DECLS

#define FILES_TYPE_WINDOW (files_window_get_type ())
G_DECLARE_FINAL_TYPE (FilesWindow, files_window, FILES, WINDOW, AdwApplicationWindow)

/* Loop's thread. A window without a tab; give it one before it is shown. */
FilesWindow *files_window_new (FilesApplication *application);
/* A new tab. @view_id: NULL for the remembered view. */
FilesTab *files_window_add_tab (FilesWindow *self, const char *view_id, gboolean select);
FilesTab *files_window_get_tab (FilesWindow *self); /* the current one; of two panes the active one */
FilesPanes *files_window_get_panes (FilesWindow *self); /* the current tab with all that is in it */
void files_window_toast (FilesWindow *self, const char *text);
void files_window_add_toast (FilesWindow *self, AdwToast *toast); /* transfer full */
void files_window_offer_toast (FilesWindow *self, AdwToast *toast); /* transfer full; waits for what is said already */
/* The panel of operations, and its pages. */
void files_window_show_operations (FilesWindow *self);
void files_window_show_problems (FilesWindow *self, ThawOperation *operation);
void files_window_show_question (FilesWindow *self, ThawOperation *operation);
/* Its folder, with it selected. */
void files_window_show_file (FilesWindow *self, GFile *file);
/* What is remembered has been read, or changed for all. */
void files_window_apply_state (FilesWindow *self);

/* For files-window-actions.c. */
AdwTabView *files_window_get_tab_view (FilesWindow *self);
void files_window_edit_location (FilesWindow *self, const char *text);
void files_window_open (FilesWindow *self, GFile *location, PaneOpenTarget target);
gboolean files_window_reopen_tab (FilesWindow *self);
/* Behind the current one, which stays that. */
void files_window_add_remembered_tab (FilesWindow *self, const FilesSessionTab *tab);
gboolean files_window_has_closed_tab (FilesWindow *self);
void files_window_show_menu (FilesWindow *self);
void files_window_update (FilesWindow *self);
void files_window_init_actions (FilesWindow *self);
void files_window_update_actions (FilesWindow *self);

G_END_DECLS
