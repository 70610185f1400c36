/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What plugins in Python need beyond what libpeas does for them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Not on the loop's thread, all of it. Does nothing while there is no Python in the process. */
void files_plugin_python_prepare (void); /* once it runs: exceptions are told, threads take turns */
void files_plugin_python_forget (const char *module); /* its next import reads the source */

G_END_DECLS
