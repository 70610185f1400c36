/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What menus get from plugins. All are asked at once; the menu opens when all have answered, and
 * after 50 ms with what there is then: an entry that came later would move what the user is about
 * to click on. Loop's thread. */

#include "pane-plugin-private.h"

typedef struct {
  guint ref_count;
  GPtrArray *entries; /* of PanePluginMenuEntry */
  guint n_waiting, timer;
  GPtrArray *items;        /* that were asked; n-th with the n-th of: */
  GArray *asked;           /* guint64 */
  PanePluginMenuFunc func; /* NULL: it was called */
  gpointer user_data;
  GDestroyNotify destroy;
} Menu;

static void
entry_free (gpointer data)
{
  PanePluginMenuEntry *entry = data;

  g_free (entry->operation);
  g_free (entry->label);
  g_free (entry->icon_name);
  g_free (entry);
}

static void
menu_unref (gpointer data)
{
  Menu *self = data;

  if (--self->ref_count > 0)
    return;
  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_ptr_array_unref (self->entries);
  g_ptr_array_unref (self->items);
  g_array_unref (self->asked);
  g_free (self);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const PanePluginMenuEntry *x = *(PanePluginMenuEntry *const *) a,
                            *y = *(PanePluginMenuEntry *const *) b;

  return g_strcmp0 (x->operation, y->operation);
}

/* In an order that doesn't hang on who was quicker. */
static void
show (Menu *self)
{
  PanePluginMenuFunc func = g_steal_pointer (&self->func);

  g_clear_handle_id (&self->timer, g_source_remove);
  if (func == NULL)
    return;
  g_ptr_array_sort (self->entries, compare);
  for (guint i = 0; i < self->items->len; i++)
    pane_plugin_item_cancel (g_ptr_array_index (self->items, i),
                             g_array_index (self->asked, guint64, i));
  func (self->entries, self->user_data);
}

static gboolean
timer_cb (gpointer user_data)
{
  Menu *self = user_data;

  self->timer = 0;
  self->ref_count++;
  show (self);
  menu_unref (self);
  return G_SOURCE_REMOVE;
}

/* FALSE: there is no such operation. */
static gboolean
add (Menu *self, PanePluginItem *item, const PanePluginAnswer *answer)
{
  g_autofree char *operation = g_strconcat (item->host->name, "/", answer->operation, NULL);
  PanePluginMenuEntry *entry;

  if (pane_plugin_registry_find (pane_plugin_registry_get_default (),
                                 PANE_PLUGIN_OPERATION,
                                 operation)
      == NULL)
    return FALSE;
  entry = g_new0 (PanePluginMenuEntry, 1);
  entry->place = item->place;
  entry->operation = g_steal_pointer (&operation);
  entry->label = g_strdup (answer->text);
  entry->icon_name = g_strdup (answer->icon_name);
  g_ptr_array_add (self->entries, entry);
  return TRUE;
}

static void
answered_cb (PanePluginItem *item,
             const PanePluginAnswer *const *answers,
             const char *error,
             gpointer user_data)
{
  Menu *self = user_data;
  gboolean makes_sense = TRUE;

  for (guint i = 0; answers != NULL && answers[i] != NULL; i++)
    makes_sense = add (self, item, answers[i]) && makes_sense;
  if (!makes_sense)
    pane_plugin_host_charge (item->host, PANE_PLUGIN_FAULT_RUBBISH, "menu");
  if (--self->n_waiting == 0)
    show (self);
}

static void
ask (Menu *self, PanePluginItem *item, GFile *location, const char *const *names)
{
  guint64 asked;

  self->ref_count++;
  self->n_waiting++;
  asked = pane_plugin_item_ask (item, location, names, answered_cb, self, menu_unref);
  g_ptr_array_add (self->items, pane_plugin_item_ref (item));
  g_array_append_val (self->asked, asked);
}

/**
 * pane_plugin_menu_ask: (skip)
 * @location: a folder
 * @names: (nullable): names in it; %NULL for the menu of the folder itself
 * @func: called with what there is, once
 * @user_data: for @func
 * @destroy: (nullable): frees it
 *
 * Asks all plugins for entries of a menu.
 *
 * - **Thread**: the loop's. Without anybody to ask @func is called before this returns.
 */
void
pane_plugin_menu_ask (GFile *location,
                      const char *const *names,
                      PanePluginMenuFunc func,
                      gpointer user_data,
                      GDestroyNotify destroy)
{
  g_autoptr (GPtrArray) items
      = pane_plugin_registry_list (pane_plugin_registry_get_default (), PANE_PLUGIN_MENU);
  gboolean is_folder = names == NULL || names[0] == NULL;
  Menu *self = g_new0 (Menu, 1);

  self->ref_count = 1;
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;
  self->entries = g_ptr_array_new_with_free_func (entry_free);
  self->items = g_ptr_array_new_with_free_func ((GDestroyNotify) pane_plugin_item_unref);
  self->asked = g_array_new (FALSE, FALSE, sizeof (guint64));
  for (guint i = 0; i < items->len; i++)
    {
      PanePluginItem *item = g_ptr_array_index (items, i);

      if ((item->place == PANE_PLUGIN_PLACE_FOLDER) == is_folder)
        ask (self, item, location, names);
    }
  if (self->n_waiting == 0)
    show (self);
  else
    self->timer
        = g_timeout_add_full (G_PRIORITY_HIGH, PANE_PLUGIN_MENU_USEC / 1000, timer_cb, self, NULL);
  menu_unref (self);
}
