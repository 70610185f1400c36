/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which plugins the last runs of the program ended with, and what was open then. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Their names, once; from then on the names of those that end this run are written down. Not on the loop's thread. */
GStrv files_plugin_crashes_take (void);
/* URIs of the tabs that were open when one did; NULL: none did. Once; after the former has returned. Any thread. */
GStrv files_plugin_crashes_steal_tabs (void);
/* Where the tabs that are open are to be written. Any thread. */
char *files_plugin_crashes_dup_tabs_path (void);

G_END_DECLS
