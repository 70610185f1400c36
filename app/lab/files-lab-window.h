/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Lab: a window in which responsiveness can be seen. */
#pragma once

#include <adwaita.h>
#include "files-lab-results.h"

G_BEGIN_DECLS

#define FILES_TYPE_LAB_WINDOW (files_lab_window_get_type ())
G_DECLARE_FINAL_TYPE (FilesLabWindow, files_lab_window, FILES, LAB_WINDOW, AdwApplicationWindow)

/* Loop's thread. Shows the Lab of @application; there is one at most. THAW_LAB_SCALE in the
 * environment scales its jobs. */
void files_lab_window_present (GtkApplication *application);
/* Every job in every style that doesn't block. Emits "result" with a FilesLabResult for each run,
 * and "ready" when none is left. */
void files_lab_window_run_all (FilesLabWindow *self);

G_END_DECLS
