/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interface that every plugin implements. A host calls both functions on the plugin's own
 * thread, so a plugin that takes its time keeps nobody waiting but itself. */

#include "pane-plugin.h"

G_DEFINE_INTERFACE (PanePlugin, pane_plugin, G_TYPE_OBJECT)

static void
pane_plugin_default_init (PanePluginInterface *iface)
{
}

/**
 * pane_plugin_activate:
 * @self: a plugin
 * @host: where it registers what it has to offer; it may be kept
 *
 * Begins.
 *
 * - **Thread**: the plugin's own, which has a main context of its own as the thread's default.
 */
void
pane_plugin_activate (PanePlugin *self, PanePluginHost *host)
{
  g_return_if_fail (PANE_IS_PLUGIN (self));

  if (PANE_PLUGIN_GET_IFACE (self)->activate != NULL)
    PANE_PLUGIN_GET_IFACE (self)->activate (self, host);
}

/**
 * pane_plugin_deactivate:
 * @self: a plugin
 *
 * Ends. What was registered is gone already.
 *
 * - **Thread**: the plugin's own.
 */
void
pane_plugin_deactivate (PanePlugin *self)
{
  g_return_if_fail (PANE_IS_PLUGIN (self));

  if (PANE_PLUGIN_GET_IFACE (self)->deactivate != NULL)
    PANE_PLUGIN_GET_IFACE (self)->deactivate (self);
}
