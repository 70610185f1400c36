/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the keys in the dialog that is up. */
#pragma once

#include "files-window.h"

G_BEGIN_DECLS

void files_dialog_keys_watch (FilesWindow *window);
void files_dialog_keys_close_all (FilesWindow *window);

G_END_DECLS
