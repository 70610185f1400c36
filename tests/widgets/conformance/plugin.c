/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The view of a plugin, held to the same checks: its module is loaded, in C or in Python, and the
 * view among the types that it has brought is added to the registry.
 */
#include "conformance.h"
#include "pane-canvas-view.h"
#include "pane-cell-view.h"

#ifdef HAVE_PEAS
#include <libpeas.h>
#endif

#ifdef HAVE_PEAS
/* The one view that has become a type since then. */
static GType
find_new_view (GType parent, GHashTable *known)
{
  g_autofree GType *children = g_type_children (parent, NULL);
  GType found = G_TYPE_INVALID;

  for (guint i = 0; children[i] != 0 && found == G_TYPE_INVALID; i++)
    {
      if (g_hash_table_contains (known, GSIZE_TO_POINTER (children[i])))
        found = find_new_view (children[i], known);
      else
        found = G_TYPE_IS_ABSTRACT (children[i]) ? find_new_view (children[i], known) : children[i];
    }
  return found;
}

static void
note_types (GType parent, GHashTable *known)
{
  g_autofree GType *children = g_type_children (parent, NULL);

  for (guint i = 0; children[i] != 0; i++)
    {
      g_hash_table_add (known, GSIZE_TO_POINTER (children[i]));
      note_types (children[i], known);
    }
}

/* Only the module is loaded: what a view does isn't its plugin's business. */
void
conformance_add_plugin_view (const char *plugin_file)
{
  g_autoptr (GHashTable) known = g_hash_table_new (NULL, NULL);
  g_autofree char *folder = g_path_get_dirname (plugin_file);
  g_autofree char *base = g_path_get_basename (plugin_file);
  PeasEngine *engine = peas_engine_get_default ();
  GType type;

  *strrchr (base, '.') = '\0';
  g_type_ensure (PANE_TYPE_CELL_VIEW);
  g_type_ensure (PANE_TYPE_CANVAS_VIEW);
  note_types (PANE_TYPE_VIEW, known);
  peas_engine_enable_loader (engine, "python");
  peas_engine_add_search_path (engine, folder, NULL);
  g_assert_true (peas_engine_load_plugin (engine, peas_engine_get_plugin_info (engine, base)));
  type = find_new_view (PANE_TYPE_VIEW, known);
  g_assert_cmpuint (type, !=, G_TYPE_INVALID);
  g_assert_true (pane_view_registry_add_type (pane_view_registry_get_default (),
                                              type,
                                              "plugin",
                                              base,
                                              "application-x-addon-symbolic",
                                              PANE_NEEDS_STAT));
}
#else
void
conformance_add_plugin_view (const char *plugin_file)
{
  g_printerr ("Built without libpeas: %s can't be loaded\n", plugin_file);
  exit (77);
}
#endif
