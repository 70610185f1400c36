/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What has to be settled with GTK's environment before GTK starts. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* First thing in main(), before there are threads. */
void files_platform_prepare (void);
/* Whether GTK will ask the settings portal while it starts, and keeping it from that. */
gboolean files_platform_asks_portal (void);
void files_platform_avoid_portal (void);
/* Whether there could be a display. */
gboolean files_platform_may_have_display (void);
/* gtk_init_check(), without what libadwaita doesn't need. */
gboolean files_platform_start_gtk (void);
/* The accessibility bus that GTK is to use, NULL for none. Before the first widget. */
void files_platform_set_accessibility (const char *address);
/* Any thread, once there is a window: the environment without what was set for this process alone. */
GAppLaunchContext *files_platform_new_launch_context (void);

G_END_DECLS
