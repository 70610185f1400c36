/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What has to be settled with GTK's environment before GTK starts. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* First thing in main(), before there are threads. */
void files_platform_prepare (void);
/* The accessibility bus that GTK is to use, NULL for none. Before the first widget. */
void files_platform_set_accessibility (const char *address);

G_END_DECLS
