/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The buttons of a window that say how folders are shown. */
#pragma once

#include "files-window.h"

G_BEGIN_DECLS

typedef struct _FilesViewButton FilesViewButton;

/* Loop's thread. @button, @narrow: the window's own, in its header and in its narrow bar. */
FilesViewButton *
files_view_button_new (FilesWindow *window, AdwSplitButton *button, GtkMenuButton *narrow);
void files_view_button_free (FilesViewButton *self);
/* The first frame is there: from now on there is a menu. */
void files_view_button_start (FilesViewButton *self);
/* Shows what the current tab shows. */
void files_view_button_update (FilesViewButton *self);

G_END_DECLS
