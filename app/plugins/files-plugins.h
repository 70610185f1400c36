/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plugins that there are, which of them are on, and what is said of them. */
#pragma once

#include "files-application.h"
#include "pane-plugin-registry.h"

G_BEGIN_DECLS

typedef enum {
  FILES_PLUGIN_OFF,
  FILES_PLUGIN_STARTING,
  FILES_PLUGIN_ON,
  FILES_PLUGIN_STOPPING,
  FILES_PLUGIN_BROKEN, /* it could not be loaded: see its blame */
} FilesPluginState;

#define FILES_TYPE_PLUGIN (files_plugin_get_type ())
G_DECLARE_FINAL_TYPE (FilesPlugin, files_plugin, FILES, PLUGIN, GObject)

/* The loop's thread, all of it. */
const char *files_plugin_get_name (FilesPlugin *self);
const char *files_plugin_get_title (FilesPlugin *self);
const char *files_plugin_get_description (FilesPlugin *self); /* nullable */
FilesPluginState files_plugin_get_state (FilesPlugin *self);
gboolean files_plugin_get_wanted (FilesPlugin *self);
const char *
files_plugin_get_blame (FilesPlugin *self); /* the last thing that it did wrong; nullable */
void files_plugin_get_account (FilesPlugin *self, PanePluginAccount *account); /* of this session */
/* ::changed: any of these, but for the account */

#define FILES_TYPE_PLUGINS (files_plugins_get_type ())
G_DECLARE_FINAL_TYPE (FilesPlugins, files_plugins, FILES, PLUGINS, GObject)

FilesPlugins *files_plugins_new (FilesState *state);
void files_plugins_start (FilesPlugins *self); /* reads the folders and starts what is on; later on
                                                  too: reads them anew */
GListModel *files_plugins_get_list (FilesPlugins *self); /* of FilesPlugin, by title */
FilesPlugin *files_plugins_find (FilesPlugins *self, const char *name);
/* What the user wants, from now on and after the next start. */
void files_plugins_set_wanted (FilesPlugins *self, FilesPlugin *plugin, gboolean wanted);
void files_plugins_reload (FilesPlugins *self, FilesPlugin *plugin);

/* ::scanned: it is known which there are
 * ::blamed (FilesPlugin *plugin, const char *text): a sentence for the user; the plugin is off if
 * it isn't wanted any more */

/* The application's one, with its actions: app.plugins, app.plugin-off(s), app.plugin-on(s),
 * app.plugin-operation(s), app.plugin-panel(s). Called after the first frame; starts it when there
 * is time. */
void files_plugins_install (FilesApplication *application);
FilesPlugins *files_plugins_get (FilesApplication *application); /* NULL before that */

G_END_DECLS
