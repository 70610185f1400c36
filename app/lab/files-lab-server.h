/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Lab's own web server. */
#pragma once

#include "files-lab-run.h"

G_BEGIN_DECLS

#define FILES_LAB_PAGE_MS 10           /* what a page takes */
#define FILES_LAB_QUICK_PATH "/quick/" /* pages below it take nothing */

/* Starts it on a thread of its own; doesn't wait. Resolves to the port (int64) of 127.0.0.1. */
FilesLabServer *files_lab_server_new (ThawFuture **ready);
void files_lab_server_free (FilesLabServer *self); /* doesn't wait either */
guint16 files_lab_server_get_port (FilesLabServer *self);

G_END_DECLS
