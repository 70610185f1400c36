/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What plugins say of entries, as whoever draws them looks it up: asked once for what is looked at,
 * of each folder by itself, those that are expanded in it too. */

#include "plugin-fixture.h"

#include <glib/gstdio.h>

static int n_asked;

static void
say_badges (PanePluginRequest *request, gpointer user_data)
{
  const char *const *names = pane_plugin_request_get_names (request);

  g_atomic_int_add (&n_asked, (int) g_strv_length ((char **) names));
  for (guint i = 0; names[i] != NULL; i++)
    if (g_str_has_prefix (names[i], "new"))
      pane_plugin_request_set_badge (request, names[i], "list-add-symbolic", "New");
}

static void
activate_data (PanePluginHost *host)
{
  pane_plugin_host_add_badges (host, say_badges, NULL, NULL);
}

static guint
count_badges (PaneFolderModel *model)
{
  PanePluginData *data = pane_plugin_data_get_default ();
  PanePluginBadge badges[PANE_PLUGIN_MAX_BADGES];
  guint n = 0;

  for (guint32 id = 0; id < thaw_entry_store_get_n (pane_folder_model_get_store (model)); id++)
    n += pane_plugin_data_get_badges (data, model, id, badges);
  return n;
}

static void
test_data (void)
{
  g_autofree char *path = g_dir_make_tmp ("thaw-plugin-XXXXXX", NULL);
  g_autofree char *new_file = g_build_filename (path, "new.txt", NULL),
                  *old = g_build_filename (path, "old.txt", NULL);
  g_autoptr (GFile) location = g_file_new_for_path (path);
  g_autoptr (ThawFolder) folder = thaw_folder_new (location);
  g_autoptr (PaneFolderModel) model = pane_folder_model_new ();
  PanePluginHost *host;

  g_file_set_contents (new_file, "", 0, NULL);
  g_file_set_contents (old, "", 0, NULL);
  pane_folder_model_set_folder (model, folder);
  thaw_folder_start (folder);
  RUN_UNTIL (thaw_folder_get_state (folder) == THAW_FOLDER_READY
             && pane_folder_model_get_store (model) != NULL);
  g_assert_cmpuint (count_badges (model), ==, 0);
  host = plugin_fixture_start ("data", activate_data);
  RUN_UNTIL (count_badges (model) == 1);
  /* Looking is not asking. */
  n_asked = 0;
  for (guint i = 0; i < 100; i++)
    g_assert_cmpuint (count_badges (model), ==, 1);
  g_assert_cmpint (g_atomic_int_get (&n_asked), ==, 0);
  /* What is out of date stays until the answer is there, and is asked once. */
  pane_plugin_host_changed (host, location);
  RUN_UNTIL (count_badges (model) != 1 || g_atomic_int_get (&n_asked) > 0);
  g_assert_cmpuint (count_badges (model), ==, 1);
  g_assert_cmpint (g_atomic_int_get (&n_asked), ==, 2);
  g_assert_false (plugin_fixture_stop (host));
  g_assert_cmpuint (count_badges (model), ==, 0);
  thaw_folder_stop (folder);
  g_unlink (new_file);
  g_unlink (old);
  g_rmdir (path);
}

static void
put (const char *path, const char *name)
{
  g_autofree char *whole = g_build_filename (path, name, NULL);
  g_autofree char *above = g_path_get_dirname (whole);

  g_assert_cmpint (g_mkdir_with_parents (above, 0700), ==, 0);
  g_assert_true (g_file_set_contents (whole, "", 0, NULL));
}

/* Of what is shown, as the list asks. */
static guint
count_shown_badges (PaneFolderModel *model)
{
  ThawOrder *order = pane_folder_model_get_order (model);
  PanePluginBadge badges[PANE_PLUGIN_MAX_BADGES];
  guint n = 0;

  for (guint i = 0; i < thaw_order_get_n (order); i++)
    n += pane_plugin_data_get_badges (pane_plugin_data_get_default (),
                                      model,
                                      thaw_order_get_id (order, i),
                                      badges);
  return n;
}

static guint
count_rows (PaneFolderModel *model)
{
  ThawOrder *order = pane_folder_model_get_order (model);

  return order != NULL ? thaw_order_get_n (order) : 0;
}

/* What is in folders that are expanded is asked about by its own folder. */
static void
test_data_of_expanded (void)
{
  g_autofree char *path = g_dir_make_tmp ("thaw-plugin-XXXXXX", NULL);
  g_autofree char *below = g_build_filename (path, "below", NULL);
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", path);
  g_autoptr (GFile) location = g_file_new_for_path (path);
  g_autoptr (GFile) below_location = g_file_new_for_path (below);
  g_autoptr (ThawFolder) folder = thaw_folder_new (location);
  g_autoptr (PaneFolderModel) model = pane_folder_model_new ();
  PanePluginHost *host;

  put (path, "new.txt");
  put (path, "below/new 1");
  put (path, "below/new 2");
  put (path, "below/old");
  pane_folder_model_set_folder (model, folder);
  thaw_folder_start (folder);
  host = plugin_fixture_start ("data", activate_data);
  RUN_UNTIL (count_rows (model) == 2);
  RUN_UNTIL (count_shown_badges (model) == 1);
  pane_folder_model_set_expanded (model, pane_folder_model_get_id (model, 0), TRUE);
  RUN_UNTIL (count_rows (model) == 5);
  n_asked = 0;
  RUN_UNTIL (count_shown_badges (model) == 3);
  g_assert_cmpint (g_atomic_int_get (&n_asked), ==, 3);
  /* Only that one is out of date then. */
  pane_plugin_host_changed (host, below_location);
  RUN_UNTIL (count_shown_badges (model) == 3 && g_atomic_int_get (&n_asked) > 3);
  g_assert_cmpint (g_atomic_int_get (&n_asked), ==, 6);
  pane_folder_model_set_expanded (model, pane_folder_model_get_id (model, 0), FALSE);
  g_assert_cmpuint (count_shown_badges (model), ==, 1);
  pane_folder_model_set_expanded (model, pane_folder_model_get_id (model, 0), TRUE);
  RUN_UNTIL (count_rows (model) == 5 && count_shown_badges (model) == 3);
  g_assert_false (plugin_fixture_stop (host));
  thaw_folder_stop (folder);
  pane_folder_model_set_folder (model, NULL);
  g_assert_cmpint (system (command), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gtk_init ();
  plugin_fixture_init ();
  g_test_add_func ("/plugin-data/folder", test_data);
  g_test_add_func ("/plugin-data/expanded", test_data_of_expanded);
  return g_test_run ();
}
