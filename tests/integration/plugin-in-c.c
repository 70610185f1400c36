/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plugin in C that does what its name says: good_c is a good one, the others each do one thing
 * that a plugin must not. test-plugins.py copies the library under those names. */

#include "pane.h"

#include <libpeas.h>

#define LEAK_BYTES (300 << 20)

/* What the bad ones do. */

static void
answer_sleep (PanePluginRequest *request, gpointer user_data)
{
  g_usleep (5 * G_USEC_PER_SEC);
}

static void
answer_loop (PanePluginRequest *request, gpointer user_data)
{
  for (volatile guint64 i = 0;; i++)
    ;
}

static void
answer_leak (PanePluginRequest *request, gpointer user_data)
{
  static char *volatile leaked;

  leaked = g_malloc (LEAK_BYTES);
  for (gsize i = 0; i < LEAK_BYTES; i += 1024)
    leaked[i] = 1;
}

static void
answer_late (PanePluginRequest *request, gpointer user_data)
{
  pane_plugin_request_hold (request);
}

/* Names that aren't there, and none at all, and texts that aren't texts. */
static void
answer_rubbish (PanePluginRequest *request, gpointer user_data)
{
  static const char no_text[] = "\xff\xfe";

  pane_plugin_request_set_text (request, NULL, NULL);
  pane_plugin_request_set_text (request, "no such file", no_text);
  pane_plugin_request_set_badge (request, "no such file", no_text, no_text);
  pane_plugin_request_set_label (request, no_text, "../../etc/passwd");
  pane_plugin_request_add_item (request, NULL, NULL, NULL);
  pane_plugin_host_changed (user_data, NULL);
}

static void
answer_crash (PanePluginRequest *request, gpointer user_data)
{
  *(volatile int *) user_data = 1;
}

static void
answer_exit (PanePluginRequest *request, gpointer user_data)
{
  exit (3);
}

static void
answer_abort (PanePluginRequest *request, gpointer user_data)
{
  g_abort ();
}

static int
use_up_stack (int n)
{
  volatile char bytes[4096];

  bytes[n % 4096] = (char) n;
  return use_up_stack (n + 1) + bytes[0];
}

static void
answer_recursion (PanePluginRequest *request, gpointer user_data)
{
  use_up_stack (0);
}

/* GTK calls this, long after the plugin was asked. */
static void
crash_later_cb (GtkWidget *widget, gpointer user_data)
{
  answer_crash (NULL, NULL);
}

static GtkWidget *
make_mine (PanePluginRequest *request, gpointer user_data)
{
  GtkWidget *button = gtk_button_new_with_label ("Explode");

  g_signal_connect (button, "clicked", G_CALLBACK (crash_later_cb), NULL);
  return button;
}

static void
answer_well (PanePluginRequest *request, gpointer user_data)
{
  const char *const *names = pane_plugin_request_get_names (request);

  for (guint i = 0; names[i] != NULL; i++)
    pane_plugin_request_set_text (request, names[i], "seen by C");
}

static void
answer_label (PanePluginRequest *request, gpointer user_data)
{
  pane_plugin_request_set_label (request, "C is well", NULL);
}

static const struct {
  const char *name;
  PanePluginFunc func;
} behaviours[] = {
  { "c_sleeps", answer_sleep }, { "c_loops", answer_loop },      { "c_leaks", answer_leak },
  { "c_late", answer_late },    { "c_rubbish", answer_rubbish }, { "c_crashes", answer_crash },
  { "c_exits", answer_exit },   { "c_aborts", answer_abort },    { "c_recurses", answer_recursion },
  { "good_c", answer_well },
};

static void
activate (PanePlugin *plugin, PanePluginHost *host)
{
  const char *name = pane_plugin_host_get_name (host);

  for (guint i = 0; i < G_N_ELEMENTS (behaviours); i++)
    if (g_str_equal (name, behaviours[i].name))
      {
        gpointer data = g_str_equal (name, "c_rubbish") ? host : NULL;

        pane_plugin_host_add_column (host, "column", "From C", behaviours[i].func, data, NULL);
        if (behaviours[i].func != answer_well)
          pane_plugin_host_add_label (host, behaviours[i].func, data, NULL);
      }
  if (g_str_equal (name, "good_c"))
    pane_plugin_host_add_label (host, answer_label, NULL, NULL);
  if (g_str_equal (name, "c_explodes"))
    pane_plugin_host_add_side_panel (host, "panel", "_Zmine", NULL, make_mine, NULL, NULL);
  if (g_str_equal (name, "c_dies_at_once"))
    answer_crash (NULL, NULL);
}

static void
plugin_init (gpointer iface, gpointer unused)
{
  ((PanePluginInterface *) iface)->activate = activate;
}

G_MODULE_EXPORT void peas_register_types (PeasObjectModule *module); /* what libpeas looks for */

/* The library may be there under several names, and be asked anew after each reload. */
void
peas_register_types (PeasObjectModule *module)
{
  static const GInterfaceInfo info = { plugin_init, NULL, NULL };
  g_autofree char *name
      = g_strconcat ("PluginInC-", peas_object_module_get_module_name (module), NULL);
  GType type = g_type_from_name (name);

  if (type == G_TYPE_INVALID)
    {
      type = g_type_register_static_simple (G_TYPE_OBJECT,
                                            name,
                                            sizeof (GObjectClass),
                                            NULL,
                                            sizeof (GObject),
                                            NULL,
                                            0);
      g_type_add_interface_static (type, PANE_TYPE_PLUGIN, &info);
    }
  peas_object_module_register_extension_type (module, PANE_TYPE_PLUGIN, type);
}
