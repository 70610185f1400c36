/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window's actions that change files. */
#pragma once

#include "files-selection.h"
#include "files-window.h"
#include "pane-sidebar.h"

G_BEGIN_DECLS

/* Loop's thread. Adds them to a window. */
void files_operation_actions_init (FilesWindow *window);
/* Makes them follow the current tab, its selection and the clipboard. */
void files_operation_actions_update (FilesWindow *window);
/* Follows the sidebar: its trash. */
void files_operation_actions_attach_sidebar (FilesWindow *window, PaneSidebar *sidebar);
/* Copies, moves or links into a folder: pasting and dropping. */
void files_operation_actions_transfer (FilesWindow *window,
                                       int how,
                                       FilesSelection *files,
                                       GFile *folder);

/* For the actions in other files. */
FilesOperations *files_operation_actions_get_operations (FilesWindow *window);
void files_operation_actions_submit (FilesWindow *window,
                                     ThawOperationRequest *request,
                                     const char *title);
/* @request has no sources yet: they become @files. */
void files_operation_actions_submit_files (FilesWindow *window,
                                           FilesSelection *files,
                                           ThawOperationRequest *request,
                                           const char *title);
/* The same for whoever does something else with it: @func is called at once if they are few, and
 * not at all if the window is closed before. */
typedef void (*FilesFilledFunc) (FilesWindow *window,
                                 ThawOperationRequest *request,
                                 const char *title);
void files_operation_actions_fill (FilesWindow *window,
                                   FilesSelection *files,
                                   ThawOperationRequest *request,
                                   const char *title,
                                   FilesFilledFunc func);
void files_operation_actions_do_simple (FilesWindow *window, const char *kind);

G_END_DECLS
