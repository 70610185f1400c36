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

const Check conformance_accessible[] = {
  { "names", test_names },
  { "roles", test_roles },
  { "accessible-selection", test_accessible_selection },
  { NULL },
};
