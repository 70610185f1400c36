/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Quick look: a window over another one, with a preview of one file after the other. */
#pragma once

#include <adwaita.h>
#include "pane-preview.h"

G_BEGIN_DECLS

#define PANE_TYPE_QUICK_LOOK (pane_quick_look_get_type ())
PANE_API G_DECLARE_FINAL_TYPE (PaneQuickLook, pane_quick_look, PANE, QUICK_LOOK, AdwWindow)

/* Loop's thread, all of it. One for each window: it is hidden when it is closed, and shown again. */
PANE_API PaneQuickLook *pane_quick_look_new (GtkWindow *parent);
/* Shows the window with @file; @position of @n_files, from 0 (n_files 0: not said). */
PANE_API void pane_quick_look_show_file (PaneQuickLook *self, GFile *file, guint position, guint n_files);
PANE_API void pane_quick_look_close (PaneQuickLook *self);
PANE_API GFile *pane_quick_look_get_file (PaneQuickLook *self); /* NULL while it is closed */
PANE_API PanePreview *pane_quick_look_get_preview (PaneQuickLook *self);
/* A file that may well be next: its picture is drawn once what is shown now has been. NULL: none. */
PANE_API void pane_quick_look_expect (PaneQuickLook *self, GFile *file);

/* Its size, as text to be remembered. */
PANE_API char *pane_quick_look_dup_settings (PaneQuickLook *self);
PANE_API void pane_quick_look_apply_settings (PaneQuickLook *self, const char *settings);

/* ::move (int step)   an arrow key: -1 the file before, 1 the one after; the owner calls show_file()
 * ::open              the file is to be opened
 * ::closed            hidden now */

G_END_DECLS
