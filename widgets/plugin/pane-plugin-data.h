/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What plugins say of entries, for whoever draws them: what isn't known is asked in the background.
 */
#pragma once

#include "pane-plugin-registry.h"

G_BEGIN_DECLS

#define PANE_TYPE_PLUGIN_DATA (pane_plugin_data_get_type ())
PANE_API
G_DECLARE_FINAL_TYPE (PanePluginData, pane_plugin_data, PANE, PLUGIN_DATA, GObject)

    typedef struct {
  const char *icon_name, *word; /* each nullable */
} PanePluginBadge;
#define PANE_PLUGIN_MAX_BADGES 3

/* The loop's thread, all of it; strings are borrowed until its next turn. */
PANE_API PanePluginData *pane_plugin_data_get_default (void);
/* @column: as pane_plugin_item_get_id() has it. NULL: nothing, or not known yet. */
PANE_API const char *pane_plugin_data_get_text (PanePluginData *self,
                                                PaneFolderModel *model,
                                                guint32 id,
                                                const char *column);
/* The same, without asking for what isn't known. */
PANE_API const char *pane_plugin_data_peek_text (PanePluginData *self,
                                                 PaneFolderModel *model,
                                                 guint32 id,
                                                 const char *column);
/* Fills in up to PANE_PLUGIN_MAX_BADGES; costs nothing without a plugin that has any. */
PANE_API guint pane_plugin_data_get_badges (PanePluginData *self,
                                            PaneFolderModel *model,
                                            guint32 id,
                                            PanePluginBadge *badges);
/* What stands beside the path: texts of all plugins, " · " between them; NULL: nothing. */
PANE_API char *pane_plugin_data_dup_label (PanePluginData *self, PaneFolderModel *model);

/* How far a folder that sorts by a plugin's column is with asking for it, 0 to 1; -1: it knows all, or
 * has nothing to ask. */
PANE_API double pane_plugin_data_get_asked (ThawFolder *folder);

/* ::changed: something is known now, or not any more: draw again. At most once a frame. */

G_END_DECLS
