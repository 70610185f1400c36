/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plugins that are objects of this program, for tests of their host. */
#pragma once

#include "pane.h"

G_BEGIN_DECLS

/* Atomic: objects that are alive, how often deactivate() was called, and
 * plugin_fixture_count_destroy(). */
extern int plugin_fixture_n_plugins, plugin_fixture_n_deactivated, plugin_fixture_n_destroyed;

void plugin_fixture_init (void); /* on the loop */
gboolean plugin_fixture_is_on_loop (void);
/* Starts a plugin whose activate() is @func, called on its own thread. */
PanePluginHost *plugin_fixture_start (const char *name, void (*func) (PanePluginHost *host));
gboolean plugin_fixture_stop (PanePluginHost *host); /* takes it; whether its code has to stay */
PanePluginItem *plugin_fixture_find (PanePluginKind kind, const char *id);
void
plugin_fixture_count_destroy (gpointer data); /* a GDestroyNotify that must not run on the loop */

guint plugin_fixture_tick (void); /* a source that wakes the loop now and then */

#define RUN_UNTIL(condition)                                                                       \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 end = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;                                    \
    guint tick = plugin_fixture_tick ();                                                           \
    while (!(condition))                                                                           \
      {                                                                                            \
        g_assert_cmpint (g_get_monotonic_time (), <, end);                                         \
        g_main_context_iteration (NULL, TRUE);                                                     \
      }                                                                                            \
    g_source_remove (tick);                                                                        \
  }                                                                                                \
  G_STMT_END

G_END_DECLS
