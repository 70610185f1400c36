/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plugin implements: two functions, which its host calls on the plugin's own thread. */
#pragma once

#include "pane-plugin-host.h"

G_BEGIN_DECLS

#define PANE_TYPE_PLUGIN (pane_plugin_get_type ())
PANE_API
G_DECLARE_INTERFACE (PanePlugin, pane_plugin, PANE, PLUGIN, GObject)

struct _PanePluginInterface {
  GTypeInterface parent_interface;

  /* Registers with @host whatever the plugin has to offer. */
  void (*activate) (PanePlugin *self, PanePluginHost *host);
  /* Optional. All that was registered is gone when this is called. */
  void (*deactivate) (PanePlugin *self);

  gpointer padding[6];
};

PANE_API void pane_plugin_activate (PanePlugin *self, PanePluginHost *host);
PANE_API void pane_plugin_deactivate (PanePlugin *self);

G_END_DECLS
