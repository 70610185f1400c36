/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tabs that are open, remembered while they are, for the case that the program doesn't end by itself. */
#pragma once

#include "files-application.h"

G_BEGIN_DECLS

/* What the last run left is known: has what is open remembered from now on. @crashed: a plugin ended that run, so that its tabs
 * are opened again; of another that ended without closing its windows it is said that they can be. Once. Loop's thread, all of it. */
void files_open_tabs_begin (FilesApplication *application, gboolean crashed);
/* A tab or its place is another one. */
void files_open_tabs_update (FilesApplication *application);

G_END_DECLS
