/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window's actions that need a name first. */
#pragma once

#include "files-window.h"

G_BEGIN_DECLS

/* Loop's thread. Adds them to a window; files_operation_actions_update() makes them follow the tab.
 */
void files_name_actions_init (FilesWindow *window);

G_END_DECLS
