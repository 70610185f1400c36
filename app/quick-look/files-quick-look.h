/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quick look in a window: Space on an entry. */
#pragma once

#include "files-window.h"

G_BEGIN_DECLS

/* Loop's thread. Adds "win.quick-look" to a window: shows what is focused or selected, and closes it again. */
void files_quick_look_init (FilesWindow *window);

G_END_DECLS
