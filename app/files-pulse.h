/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pulse in the windows of the program. */
#pragma once

#include "files-window.h"

G_BEGIN_DECLS

/* Loop's thread. Below the tabs, where the user can go on working while it is watched. */
void files_pulse_set_shown (FilesWindow *window, gboolean shown);
/* What it says of copies and traces is told in @toasts. */
void files_pulse_connect (GtkWidget *pulse, AdwToastOverlay *toasts);

G_END_DECLS
