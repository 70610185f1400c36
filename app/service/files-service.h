/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one process that holds the queue: other processes' operations, and its life without a window.
 */
#pragma once

#include "files-bus.h"
#include "files-operations.h"

G_BEGIN_DECLS

#define FILES_TYPE_SERVICE (files_service_get_type ())
G_DECLARE_FINAL_TYPE (FilesService, files_service, FILES, SERVICE, GObject)

/* Loop's thread, all of it. @bus: transfer full. Nothing is done before files_service_start(). */
FilesService *files_service_new (FilesBus *bus);
FilesOperations *files_service_get_operations (FilesService *self);
FilesBus *files_service_get_bus (FilesService *self);
/* Answers other processes. Once. */
void files_service_start (FilesService *self);
/* Who opens windows; those asked for before are asked for now. @func owns the request. */
typedef void (*FilesRequestFunc) (FilesRequest *request, gpointer user_data);
void files_service_set_request_func (FilesService *self, FilesRequestFunc func, gpointer user_data);
/* Whether somebody called a moment ago, and so may call again. ::needed-changed tells. */
gboolean files_service_is_needed (FilesService *self);

/* Runs the loop, without a window, until one is asked for, or nothing runs and nobody has called
 * for a while: NULL. Transfer full. */
FilesRequest *files_service_wait_for_request (FilesService *self);

G_END_DECLS
