/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys: one table for the application's accelerators and for the page that lists them. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

void files_shortcuts_install (GtkApplication *application);
gboolean files_shortcuts_is_of_window (GdkEvent *key);
AdwDialog *files_shortcuts_make_dialog (void);

G_END_DECLS
