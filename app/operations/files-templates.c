/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user's templates: what is in the folder that XDG names for them. Where that is, a lane finds
 * out, since it stands in a file; the folder itself is then listed and followed like any other, so
 * that a menu shows what is known when it opens and never waits. One for the process, made when the
 * first window has been painted. Loop's thread. */

#include "files-templates.h"
#include "pane-location.h"

#include "thaw.h"

#include <string.h>

#define MAX_TEMPLATES 30

static ThawScope *scope;
static ThawFolder *folder; /* NULL before it is found, or if there is none */

/* The home folder stands for "none". */
static gboolean
find_lane (ThawJob *job, gpointer user_data, GError **error)
{
  const char *path = g_get_user_special_dir (G_USER_DIRECTORY_TEMPLATES);

  if (path != NULL && !g_str_equal (path, g_get_home_dir ()))
    thaw_job_return_object (job, g_file_new_for_path (path));
  else
    g_set_error_literal (error,
                         G_IO_ERROR,
                         G_IO_ERROR_NOT_FOUND,
                         "There is no folder for templates");
  return *error == NULL;
}

static void
found_cb (ThawFuture *completed, gpointer user_data)
{
  GFile *location = thaw_future_get_error (completed) == NULL
                        ? thaw_future_get_pointer (completed, NULL)
                        : NULL;

  if (location == NULL)
    return;
  folder = thaw_folder_new (location);
  thaw_folder_start (folder);
}

/**
 * files_templates_start:
 *
 * Begins to find the templates.
 */
void
files_templates_start (void)
{
  g_autoptr (ThawLane) lane = NULL;
  g_autoptr (ThawFuture) found = NULL;

  if (scope != NULL)
    return;
  scope = thaw_scope_new ("templates", NULL);
  lane = thaw_lane_for_file (pane_location_get_home ());
  found = thaw_lane_run_patient (lane,
                                 scope,
                                 "folder of templates",
                                 THAW_PRIORITY_LOW,
                                 -1,
                                 find_lane,
                                 NULL,
                                 NULL);
  thaw_future_done (found, scope, found_cb, NULL, NULL);
}

static gboolean
is_template (ThawEntryStore *store, guint32 id)
{
  guint flags = thaw_entry_store_get_flags (store, id);

  return (flags & (THAW_ENTRY_GONE | THAW_ENTRY_HIDDEN)) == 0
         && !thaw_entry_store_is_folder (store, id)
         && g_utf8_validate (thaw_entry_store_get_name (store, id), -1, NULL);
}

static void
append_template (GMenu *menu, const char *action, const char *name)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (NULL, NULL);
  const char *dot = strrchr (name, '.');
  g_autofree char *label
      = g_strndup (name, dot != NULL && dot > name ? (gsize) (dot - name) : strlen (name));

  g_menu_item_set_attribute (item, "label", "s", label);
  g_menu_item_set_attribute (item, "use-underline", "b", FALSE);
  g_menu_item_set_action_and_target (item, action, "s", name);
  g_menu_append_item (menu, item);
}

/**
 * files_templates_make_menu:
 * @action: an action that takes a name
 *
 * Returns: (transfer full) (nullable): a menu of the templates known by now
 */
GMenuModel *
files_templates_make_menu (const char *action)
{
  ThawOrder *order = folder != NULL ? thaw_folder_get_order (folder) : NULL;
  g_autoptr (GMenu) menu = g_menu_new ();
  guint n = order != NULL ? thaw_order_get_n (order) : 0;

  for (guint i = 0; i < n && g_menu_model_get_n_items (G_MENU_MODEL (menu)) < MAX_TEMPLATES; i++)
    {
      ThawEntryStore *store = thaw_order_get_store (order);
      guint32 id = thaw_order_get_ids (order)[i];

      if (is_template (store, id))
        append_template (menu, action, thaw_entry_store_get_name (store, id));
    }
  return g_menu_model_get_n_items (G_MENU_MODEL (menu)) > 0 ? G_MENU_MODEL (g_steal_pointer (&menu))
                                                            : NULL;
}

/**
 * files_templates_dup_file:
 * @name: the name of a template
 *
 * Returns: (transfer full) (nullable): its file
 */
GFile *
files_templates_dup_file (const char *name)
{
  return folder != NULL ? g_file_get_child (thaw_folder_get_location (folder), name) : NULL;
}
