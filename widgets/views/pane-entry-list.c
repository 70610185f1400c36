/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GtkListView and GtkGridView as they are, but for one answer to assistive technology. Whenever a
 * row comes into sight or leaves it GTK says at which index among the list's children that happens
 * and finds that out by walking from the first child, also when nobody listens: with two hundred
 * rows and sixty such changes that was half of what turning a page cost. Rows out of sight are
 * hidden and don't count, so the walk may as well begin at the first one that is in sight. GTK asks
 * the list where to begin, through the interface GtkAccessible, which a derived type may implement
 * again; the instance is opaque and so is made as large as the parent's. Loop's thread only.
 */
#include "pane-entry-list.h"

/* The row that is about to be reported as gone. It has its place among the others until then. */
static GQuark
leaving_quark (void)
{
  static GQuark quark;

  if (quark == 0)
    quark = g_quark_from_static_string ("pane-entry-list-leaving");
  return quark;
}

/* Looking at a flag of each is a hundred times cheaper than a step of GTK's walk. */
static GtkAccessible *
get_first_accessible_child (GtkAccessible *accessible)
{
  GtkWidget *leaving = g_object_get_qdata (G_OBJECT (accessible), leaving_quark ());
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (accessible));

  while (child != NULL && child != leaving && !gtk_widget_get_child_visible (child))
    child = gtk_widget_get_next_sibling (child);
  return child != NULL ? GTK_ACCESSIBLE (g_object_ref (child)) : NULL;
}

static void
accessible_iface_init (gpointer iface, gpointer unused)
{
  GtkAccessibleInterface *accessible = iface;

  accessible->get_first_accessible_child = get_first_accessible_child;
}

static GType
register_derived (GType parent)
{
  static const GInterfaceInfo accessible = { .interface_init = accessible_iface_init };
  g_autofree char *name = g_strdup_printf ("PaneEntry%s", g_type_name (parent) + strlen ("Gtk"));
  GTypeQuery query;
  GType type;

  g_type_query (parent, &query);
  type = g_type_register_static_simple (parent,
                                        name,
                                        query.class_size,
                                        NULL,
                                        query.instance_size,
                                        NULL,
                                        G_TYPE_FLAG_FINAL);
  g_type_add_interface_static (type, GTK_TYPE_ACCESSIBLE, &accessible);
  return type;
}

static GType
get_derived (GType parent)
{
  static GHashTable *derived;
  gpointer type;

  if (derived == NULL)
    derived = g_hash_table_new (NULL, NULL);
  type = g_hash_table_lookup (derived, GSIZE_TO_POINTER (parent));
  if (type == NULL)
    {
      type = GSIZE_TO_POINTER (register_derived (parent));
      g_hash_table_insert (derived, GSIZE_TO_POINTER (parent), type);
    }
  return GPOINTER_TO_SIZE (type);
}

/**
 * pane_entry_list_new:
 * @type: %GTK_TYPE_LIST_VIEW or %GTK_TYPE_GRID_VIEW
 * @model: what it shows, borrowed
 * @factory: makes its rows, borrowed
 *
 * Returns: (transfer floating): a list that is one of @type
 */
GtkWidget *
pane_entry_list_new (GType type, GtkSelectionModel *model, GtkListItemFactory *factory)
{
  return g_object_new (get_derived (type), "model", model, "factory", factory, NULL);
}

/**
 * pane_entry_list_cell_moves:
 * @cell: the child of a list item, while it is being mapped or unmapped
 * @leaves: whether it is the latter
 *
 * Lets the list say where among the rows in sight the one around @cell was.
 */
void
pane_entry_list_cell_moves (GtkWidget *cell, gboolean leaves)
{
  GtkWidget *item = gtk_widget_get_parent (cell);
  GtkWidget *list = item != NULL ? gtk_widget_get_parent (item) : NULL;

  /* It is only compared with children of the list, so it may be gone by then. */
  if (list != NULL)
    g_object_set_qdata (G_OBJECT (list), leaving_quark (), leaves ? item : NULL);
}
