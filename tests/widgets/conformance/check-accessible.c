/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What assistive technology is told. */
#include "conformance.h"

static void
test_names (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);

  for (guint i = 0; i < 3; i++)
    {
      guint32 id = get_seen (self, i);
      g_autofree char *name = thaw_entry_store_dup_display_name (self->view->store, id);
      g_autofree char *label = gtk_test_accessible_check_property (find_accessible (self, id),
                                                                   GTK_ACCESSIBLE_PROPERTY_LABEL,
                                                                   "\001 no entry is called so");

      g_assert_nonnull (strstr (label, name));
    }
  fixture_free (self);
}

static void
test_roles (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  GtkAccessible *item = find_accessible (self, get_seen (self, 0));
  GtkAccessibleRole role = gtk_accessible_get_accessible_role (item);

  g_assert_true (role == GTK_ACCESSIBLE_ROLE_LIST_ITEM || role == GTK_ACCESSIBLE_ROLE_GRID_CELL
                 || role == GTK_ACCESSIBLE_ROLE_ROW || role == GTK_ACCESSIBLE_ROLE_TREE_ITEM);
  fixture_free (self);
}

static void
test_accessible_selection (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 id = get_seen (self, 1);

  pane_folder_model_select_id (get_model (self), id, TRUE);
  view_fixture_run_frames (self->view, 2);
  gtk_test_accessible_assert_state (find_accessible (self, id),
                                    GTK_ACCESSIBLE_STATE_SELECTED,
                                    TRUE);
  fixture_free (self);
}

static GtkAccessible *
find_container (Fixture *self)
{
  GtkAccessible *item = find_accessible (self, get_seen (self, 0));

  return gtk_accessible_get_accessible_parent (item);
}

/* What holds the entries says that it does, and what it is called. */
static void
test_container (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  g_autoptr (GtkAccessible) container = find_container (self);
  GtkAccessibleRole role = gtk_accessible_get_accessible_role (container);

  g_assert_true (role == GTK_ACCESSIBLE_ROLE_LIST || role == GTK_ACCESSIBLE_ROLE_GRID
                 || role == GTK_ACCESSIBLE_ROLE_TREE || role == GTK_ACCESSIBLE_ROLE_TREE_GRID
                 || role == GTK_ACCESSIBLE_ROLE_TABLE || role == GTK_ACCESSIBLE_ROLE_LIST_BOX);
  g_assert_true (gtk_test_accessible_has_property (container, GTK_ACCESSIBLE_PROPERTY_LABEL));
  fixture_free (self);
}

/* Children one after the other, as a bridge goes through them. */
static void
test_reachable (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  g_autoptr (GtkAccessible) container = find_container (self);
  GtkAccessible *child = gtk_accessible_get_first_accessible_child (container);
  g_autoptr (GHashTable) found = g_hash_table_new (NULL, NULL);

  while (child != NULL)
    {
      GtkAccessible *next = gtk_accessible_get_next_accessible_sibling (child);

      g_hash_table_add (found, child);
      g_object_unref (child);
      child = next;
    }
  for (guint i = 0; i < count_seen (self); i++)
    g_assert_true (g_hash_table_contains (found, find_accessible (self, get_seen (self, i))));
  fixture_free (self);
}

static void
test_accessible_focus (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 ids[] = { get_seen (self, 0), get_seen (self, 1) };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      click (self, ids[i], 1, NULL);
      for (guint j = 0; j < G_N_ELEMENTS (ids); j++)
        g_assert_cmpint (gtk_accessible_get_platform_state (find_accessible (self, ids[j]),
                                                            GTK_ACCESSIBLE_PLATFORM_STATE_FOCUSED),
                         ==,
                         i == j);
    }
  g_assert_true (gtk_accessible_get_platform_state (find_accessible (self, ids[0]),
                                                    GTK_ACCESSIBLE_PLATFORM_STATE_FOCUSABLE));
  fixture_free (self);
}

/* Widgets stay and stand for other entries: they are called like those. */
static void
test_names_follow (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);

  publish (self, THAW_SORT_SIZE, TRUE, NULL);
  publish (self, THAW_SORT_NAME, TRUE, NULL);
  view_fixture_run_frames (self->view, 2);
  for (guint i = 0; i < MIN (count_seen (self), 12); i++)
    {
      guint32 id = get_seen (self, i);
      g_autofree char *name = thaw_entry_store_dup_display_name (self->view->store, id);
      g_autofree char *label = dup_label (self, id);

      g_assert_nonnull (strstr (label, name));
    }
  fixture_free (self);
}

/* Chosen and not chosen are told apart, and told when it changes. */
static void
test_accessible_unselected (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 ids[] = { get_seen (self, 0), get_seen (self, 1) };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      click (self, ids[i], 1, NULL);
      for (guint j = 0; j < G_N_ELEMENTS (ids); j++)
        gtk_test_accessible_assert_state (find_accessible (self, ids[j]),
                                          GTK_ACCESSIBLE_STATE_SELECTED,
                                          i == j);
    }
  fixture_free (self);
}

const Check conformance_accessible[] = {
  { "names", test_names },
  { "roles", test_roles },
  { "accessible-selection", test_accessible_selection },
  { "container", test_container },
  { "reachable", test_reachable },
  { "accessible-focus", test_accessible_focus },
  { "names-follow", test_names_follow },
  { "accessible-unselected", test_accessible_unselected },
  { NULL },
};
