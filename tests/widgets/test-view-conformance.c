/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What every view has to do, whoever wrote it: the same checks over each one in the registry, or
 * over the one that THAW_TEST_VIEW names (a plugin's too: THAW_TEST_PLUGIN is a module that adds
 * it). A view is shown in a real window and driven with real keys and clicks; what it shows is
 * found through the contract and through the widgets that assistive technology sees. The checks are
 * in conformance/, a file for each theme. THAW_TEST_ROUNDS says how often what tells in the long
 * run is done.
 */
#include "conformance/conformance.h"

#include <adwaita.h>

int conformance_rounds = 6;

static const Check *const themes[] = {
  conformance_showing, conformance_looks,   conformance_names, conformance_accessible,
  conformance_keys,    conformance_pointer, conformance_drag,  conformance_orders,
  conformance_groups,  conformance_size,    conformance_life,
};

/* Without the wait for a refresh GTK may paint in the frame in which it has asked the server for
 * another size, and warns of that. Nobody sees that frame, and the next is right. */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "MESSAGE")
        && strstr (fields[i].value, "without a current allocation") != NULL)
      return G_LOG_WRITER_HANDLED;
  return g_log_writer_default (level, fields, n_fields, user_data);
}

static void
add_checks (const char *view_id)
{
  for (guint i = 0; i < G_N_ELEMENTS (themes); i++)
    for (const Check *check = themes[i]; check->name != NULL; check++)
      {
        g_autofree char *path = g_strdup_printf ("/view/%s/%s", view_id, check->name);

        g_test_add_data_func (path, view_id, check->func);
      }
}

int
main (int argc, char **argv)
{
  const char *wanted = g_getenv ("THAW_TEST_VIEW");
  const PaneViewInfo *const *infos;
  guint n_infos;

  g_setenv ("GSK_RENDERER", "cairo", FALSE);
  g_setenv ("GDK_DEBUG", "no-portals,no-vsync", TRUE);
  g_log_set_writer_func (write_log, NULL, NULL);
  g_test_init (&argc, &argv, NULL);
  if (g_getenv ("THAW_TEST_ROUNDS") != NULL)
    conformance_rounds = atoi (g_getenv ("THAW_TEST_ROUNDS"));
  adw_init ();
  if (g_getenv ("THAW_TEST_PLUGIN") != NULL)
    {
      conformance_add_plugin_view (g_getenv ("THAW_TEST_PLUGIN"));
      wanted = "plugin";
    }
  infos = pane_view_registry_list (&n_infos);
  for (guint i = 0; i < n_infos; i++)
    {
      if (wanted == NULL || g_str_equal (wanted, infos[i]->id))
        add_checks (infos[i]->id);
    }
  return g_test_run ();
}
