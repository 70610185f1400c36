/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gtk/gtk.h>

#define PANE_API __attribute__ ((visibility ("default")))

G_BEGIN_DECLS

PANE_API void pane_frame_follow (GtkWidget *window);

G_END_DECLS
