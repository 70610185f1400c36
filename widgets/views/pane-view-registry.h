/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The views that there are: those that the build found in folders under views/, and those of plugins. */
#pragma once

#include "pane-view.h"

G_BEGIN_DECLS

#define PANE_TYPE_VIEW_REGISTRY (pane_view_registry_get_type ())
PANE_API G_DECLARE_FINAL_TYPE (PaneViewRegistry, pane_view_registry, PANE, VIEW_REGISTRY, GObject)

PANE_API PaneViewRegistry *pane_view_registry_get_default (void);

/* Any of these may be called before anything else. */
PANE_API const PaneViewInfo *const *pane_view_registry_list (guint *n_infos);
PANE_API const PaneViewInfo *pane_view_registry_find (const char *id); /* NULL when unknown */
PANE_API PaneView *pane_view_registry_create (const char *id);         /* floating; the first view when unknown */
/* How well it suits what the model shows, 0 to 100. */
PANE_API guint pane_view_info_suits (const PaneViewInfo *info, PaneFolderModel *model);

/* For plugins. FALSE: there is a view of this id. @info is copied, its strings too. */
PANE_API gboolean pane_view_registry_add (PaneViewRegistry *self, const PaneViewInfo *info);
/* The same for languages that have no static data. */
PANE_API gboolean pane_view_registry_add_type (PaneViewRegistry *self, GType type, const char *id, const char *title,
                                               const char *icon_name, PaneNeeds needs);
/* FALSE: it isn't a plugin's. Views of it that are shown are to be replaced by whoever shows them, at ::changed. */
PANE_API gboolean pane_view_registry_remove (PaneViewRegistry *self, const char *id);

/* ::changed: a view was added or removed. */

G_END_DECLS
