/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plugin in this program: see plugin-fixture.h. Its life is its own thread's. */

#include "plugin-fixture.h"

typedef void (*Activate) (PanePluginHost *host);

#define TEST_TYPE_PLUGIN (test_plugin_get_type ())
G_DECLARE_FINAL_TYPE (TestPlugin, test_plugin, TEST, PLUGIN, GObject)

struct _TestPlugin {
  GObject parent_instance;
  Activate activate;
};

int plugin_fixture_n_plugins, plugin_fixture_n_deactivated, plugin_fixture_n_destroyed;
static GThread *loop;

void
plugin_fixture_init (void)
{
  loop = g_thread_self ();
}

gboolean
plugin_fixture_is_on_loop (void)
{
  return g_thread_self () == loop;
}

static void
activate (PanePlugin *plugin, PanePluginHost *host)
{
  g_assert_true (g_thread_self () != loop);
  g_assert_nonnull (g_main_context_get_thread_default ());
  TEST_PLUGIN (plugin)->activate (host);
}

static void
deactivate (PanePlugin *plugin)
{
  g_assert_true (g_thread_self () != loop);
  g_atomic_int_inc (&plugin_fixture_n_deactivated);
}

static void
plugin_init (PanePluginInterface *iface)
{
  iface->activate = activate;
  iface->deactivate = deactivate;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestPlugin,
                               test_plugin,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (PANE_TYPE_PLUGIN, plugin_init))

static void
test_plugin_finalize (GObject *object)
{
  g_assert_true (g_thread_self () != loop);
  g_atomic_int_add (&plugin_fixture_n_plugins, -1);
  G_OBJECT_CLASS (test_plugin_parent_class)->finalize (object);
}

static void
test_plugin_class_init (TestPluginClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_plugin_finalize;
}

static void
test_plugin_init (TestPlugin *self)
{
  g_atomic_int_inc (&plugin_fixture_n_plugins);
}

/* Running */

void
plugin_fixture_count_destroy (gpointer data)
{
  g_assert_true (g_thread_self () != loop);
  g_atomic_int_inc (&plugin_fixture_n_destroyed);
}

static gboolean
tick_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

guint
plugin_fixture_tick (void)
{
  return g_timeout_add (2, tick_cb, NULL);
}

PanePluginHost *
plugin_fixture_start (const char *name, Activate func)
{
  PanePluginHost *host = pane_plugin_host_new (name, name, "/nowhere/plugins");
  TestPlugin *plugin = g_object_new (TEST_TYPE_PLUGIN, NULL);

  plugin->activate = func;
  pane_plugin_host_start (host, PANE_PLUGIN (plugin));
  return host;
}

gboolean
plugin_fixture_stop (PanePluginHost *host)
{
  g_autoptr (ThawFuture) stopped = pane_plugin_host_stop (host);

  RUN_UNTIL (thaw_future_get_state (stopped) != THAW_FUTURE_PENDING);
  pane_plugin_host_unref (host);
  return thaw_future_get_int64 (stopped, NULL) != 0;
}

PanePluginItem *
plugin_fixture_find (PanePluginKind kind, const char *id)
{
  return pane_plugin_registry_find (pane_plugin_registry_get_default (), kind, id);
}
