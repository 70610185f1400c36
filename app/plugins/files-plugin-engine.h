/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What finds plugins and brings their code in: libpeas, on a thread of its own. */
#pragma once

#include "pane-plugin.h"

G_BEGIN_DECLS

/* What a plugin says of itself, without being loaded. */
typedef struct {
  char *name, *title, *description; /* description: nullable */
  char *folder;
  gboolean has_crashed; /* it ended the last run of the program: said once */
  gboolean is_on; /* unless the user says otherwise: one of a developer's folders */
} FilesPluginInfo;

void files_plugin_info_free (FilesPluginInfo *self);

/* Any thread; each returns at once. Done one after the other. */
/* A GPtrArray of FilesPluginInfo. The folders are read anew. */
ThawFuture *files_plugin_engine_scan (void) G_GNUC_WARN_UNUSED_RESULT;
/* A PanePlugin, whose last reference must not be dropped on the loop. @is_fresh: its source is read
 * anew if its language can do that. */
ThawFuture *
files_plugin_engine_load (const char *name, gboolean is_fresh) G_GNUC_WARN_UNUSED_RESULT;
/* Nothing of it may run any more. */
ThawFuture *files_plugin_engine_unload (const char *name) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
