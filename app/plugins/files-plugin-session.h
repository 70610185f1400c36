/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tabs that are open, written down for the case that a plugin ends the program. */
#pragma once

#include "files-application.h"

G_BEGIN_DECLS

/* The plugins of the last run are known: opens the tabs that it had if one of them ended it, and begins to write. Once. */
void files_plugin_session_begin (FilesApplication *application);
/* A tab or its place is another one. */
void files_plugin_session_update (FilesApplication *application);

G_END_DECLS
