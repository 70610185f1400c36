/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which plugins the last runs of the program ended with. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Their names, once; from then on the names of those that end this run are written down. Not on the loop's thread. */
GStrv files_plugin_crashes_take (void);
/* Whether there was one. After the former has returned. Any thread. */
gboolean files_plugin_crashes_have_been (void);

G_END_DECLS
