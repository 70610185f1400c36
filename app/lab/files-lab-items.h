/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A job that consists of many items of the same kind, in each of the styles. */
#pragma once

#include "files-lab-run.h"

G_BEGIN_DECLS

/* All on the loop's thread. @start begins the item @index of the run @user_data; each item that is
 * complete counts as progress, the last finishes the run, an error too. */

/* All of them at once, and a callback for each. */
void files_lab_items_call_back (FilesLabRun *run, ThawMapFunc start);
/* A future of all of them, @at_once in flight. */
void files_lab_items_map (FilesLabRun *run, const char *name, guint at_once, ThawMapFunc start);
/* So many fibers, each of which awaits one item after the other. */
void files_lab_items_await (FilesLabRun *run, const char *name, guint n_fibers, ThawMapFunc start);

G_END_DECLS
