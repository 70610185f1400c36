/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window's actions that take files away. */
#pragma once

#include "files-window.h"

G_BEGIN_DECLS

/* Loop's thread. Adds them to a window. */
void files_delete_actions_init (FilesWindow *window);

G_END_DECLS
