/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the user arranges in a view by menus that the host makes: whether entries are in groups, and
 * the settings that the view has declared. A view says what there is to choose when it is made, and
 * is told when something is chosen; menu, actions and keeping are the same for all views and are
 * made of the declarations. Loop's thread only.
 */
#include "pane-view-private.h"

#include <string.h>

typedef struct {
  char *id, *title;
  char **choices, **choice_titles; /* NULL: it is on or off */
  int usual, value;
} Setting;

/* Groups */

/**
 * pane_view_can_group:
 * @self: a [class@Pane.View]
 *
 * Returns: whether the view shows groups if the user wants them. One that always has groups of its
 *   own, and one that puts entries where they belong in some other way, doesn't.
 */
gboolean
pane_view_can_group (PaneView *self)
{
  PaneViewClass *klass;

  g_return_val_if_fail (PANE_IS_VIEW (self), FALSE);

  klass = PANE_VIEW_GET_CLASS (self);
  if (klass->can_group != NULL)
    return klass->can_group (self);
  return klass->shows_headings || klass->set_grouped != NULL;
}

/**
 * pane_view_set_grouped:
 * @self: a [class@Pane.View]
 * @grouped: whether the user wants to see groups
 *
 * Shows entries in groups by what the folder is sorted by, each with a heading: an initial, a type,
 * a band of sizes, a day. A view that can't passes over it.
 */
void
pane_view_set_grouped (PaneView *self, gboolean grouped)
{
  PaneViewArranged *arranged;

  g_return_if_fail (PANE_IS_VIEW (self));

  arranged = pane_view_get_arranged (self);
  grouped = grouped && pane_view_can_group (self);
  if (!arranged->grouped == !grouped)
    return;
  arranged->grouped = grouped;
  if (PANE_VIEW_GET_CLASS (self)->set_grouped != NULL)
    PANE_VIEW_GET_CLASS (self)->set_grouped (self, grouped);
  pane_view_sync_headings (self);
}

/**
 * pane_view_get_grouped:
 * @self: a [class@Pane.View]
 *
 * Returns: whether it shows entries in the groups that the user wants
 */
gboolean
pane_view_get_grouped (PaneView *self)
{
  g_return_val_if_fail (PANE_IS_VIEW (self), FALSE);

  return pane_view_get_arranged (self)->grouped;
}

/* The model has headings only for a view that shows them. */
void
pane_view_sync_headings (PaneView *self)
{
  PaneFolderModel *model = pane_view_get_model (self);

  if (model != NULL)
    pane_folder_model_set_grouped (model,
                                   PANE_VIEW_GET_CLASS (self)->shows_headings
                                       && pane_view_get_grouped (self));
}

/* Settings */

static void
setting_free (gpointer data)
{
  Setting *setting = data;

  g_free (setting->id);
  g_free (setting->title);
  g_strfreev (setting->choices);
  g_strfreev (setting->choice_titles);
  g_free (setting);
}

static Setting *
find_setting (PaneView *self, const char *id)
{
  GPtrArray *settings = pane_view_get_arranged (self)->settings;

  for (guint i = 0; settings != NULL && i < settings->len; i++)
    {
      Setting *setting = g_ptr_array_index (settings, i);

      if (strcmp (setting->id, id) == 0)
        return setting;
    }
  return NULL;
}

static int
find_choice (const Setting *setting, const char *name)
{
  for (int i = 0; setting->choices[i] != NULL; i++)
    if (strcmp (setting->choices[i], name) == 0)
      return i;
  return -1;
}

static GVariant *
make_state (const Setting *setting)
{
  return setting->choices != NULL ? g_variant_new_string (setting->choices[setting->value])
                                  : g_variant_new_boolean (setting->value);
}

/* From a menu. */
static void
change_state_cb (GSimpleAction *action, GVariant *state, PaneView *self)
{
  const char *id = g_action_get_name (G_ACTION (action));
  const Setting *setting = find_setting (self, id);
  int value = setting->choices != NULL ? find_choice (setting, g_variant_get_string (state, NULL))
                                       : g_variant_get_boolean (state);

  if (value >= 0)
    pane_view_set_setting (self, id, value);
}

static void
add_action (PaneView *self, const Setting *setting)
{
  PaneViewArranged *arranged = pane_view_get_arranged (self);
  g_autoptr (GSimpleAction) action
      = g_simple_action_new_stateful (setting->id,
                                      setting->choices != NULL ? G_VARIANT_TYPE_STRING : NULL,
                                      make_state (setting));

  if (arranged->actions == NULL)
    arranged->actions = g_simple_action_group_new ();
  g_signal_connect (action, "change-state", G_CALLBACK (change_state_cb), self);
  g_action_map_add_action (G_ACTION_MAP (arranged->actions), G_ACTION (action));
}

static void
add_setting (PaneView *self, Setting *setting)
{
  PaneViewArranged *arranged = pane_view_get_arranged (self);

  if (arranged->settings == NULL)
    arranged->settings = g_ptr_array_new_with_free_func (setting_free);
  g_ptr_array_add (arranged->settings, setting);
  add_action (self, setting);
}

/* The object goes; who holds the actions still finds nothing behind them. */
void
pane_view_drop_settings (PaneView *self)
{
  PaneViewArranged *arranged = pane_view_get_arranged (self);

  for (guint i = 0; arranged->settings != NULL && i < arranged->settings->len; i++)
    {
      const Setting *setting = g_ptr_array_index (arranged->settings, i);
      GAction *action = g_action_map_lookup_action (G_ACTION_MAP (arranged->actions), setting->id);

      g_signal_handlers_disconnect_by_data (action, self);
    }
  g_clear_object (&arranged->actions);
  g_clear_pointer (&arranged->settings, g_ptr_array_unref);
}

/**
 * pane_view_add_toggle:
 * @self: a [class@Pane.View]
 * @id: what it is called in actions and in what is remembered: small letters and hyphens
 * @title: what the menu says, in the user's language
 * @usual: whether it is on unless the user says otherwise
 *
 * For views, while they are made: declares something that can be on or off. The host has it in its
 * menu and remembers it.
 */
void
pane_view_add_toggle (PaneView *self, const char *id, const char *title, gboolean usual)
{
  Setting *setting;

  g_return_if_fail (PANE_IS_VIEW (self));
  g_return_if_fail (id != NULL && g_action_name_is_valid (id));
  g_return_if_fail (title != NULL && find_setting (self, id) == NULL);

  setting = g_new0 (Setting, 1);
  setting->id = g_strdup (id);
  setting->title = g_strdup (title);
  setting->usual = setting->value = usual != FALSE;
  add_setting (self, setting);
}

/**
 * pane_view_add_choice:
 * @self: a [class@Pane.View]
 * @id: what it is called in actions and in what is remembered: small letters and hyphens
 * @title: what the menu says, in the user's language
 * @names: (array zero-terminated=1): what each is called in what is remembered, like @id
 * @titles: (array zero-terminated=1): what the menu says of each, as many as there are @names
 * @usual: which of them it is unless the user says otherwise
 *
 * For views, while they are made: declares something of which one of several is chosen.
 */
void
pane_view_add_choice (PaneView *self,
                      const char *id,
                      const char *title,
                      const char *const *names,
                      const char *const *titles,
                      int usual)
{
  Setting *setting;

  g_return_if_fail (PANE_IS_VIEW (self));
  g_return_if_fail (id != NULL && g_action_name_is_valid (id));
  g_return_if_fail (title != NULL && find_setting (self, id) == NULL);
  g_return_if_fail (names != NULL && titles != NULL);
  g_return_if_fail (g_strv_length ((GStrv) names) == g_strv_length ((GStrv) titles));
  g_return_if_fail (usual >= 0 && (guint) usual < g_strv_length ((GStrv) names));

  setting = g_new0 (Setting, 1);
  setting->id = g_strdup (id);
  setting->title = g_strdup (title);
  setting->choices = g_strdupv ((GStrv) names);
  setting->choice_titles = g_strdupv ((GStrv) titles);
  setting->usual = setting->value = usual;
  add_setting (self, setting);
}

/**
 * pane_view_get_setting:
 * @self: a [class@Pane.View]
 * @id: a setting that it has declared
 *
 * Returns: 1 or 0 for one that is on or off, else which one is chosen
 */
int
pane_view_get_setting (PaneView *self, const char *id)
{
  const Setting *setting;

  g_return_val_if_fail (PANE_IS_VIEW (self), 0);
  g_return_val_if_fail (id != NULL, 0);

  setting = find_setting (self, id);
  g_return_val_if_fail (setting != NULL, 0);
  return setting->value;
}

/* FALSE: it is so already. */
static gboolean
set_value (PaneView *self, Setting *setting, int value)
{
  GAction *action;

  if (setting->value == value)
    return FALSE;
  setting->value = value;
  action = g_action_map_lookup_action (G_ACTION_MAP (pane_view_get_arranged (self)->actions),
                                       setting->id);
  g_simple_action_set_state (G_SIMPLE_ACTION (action), make_state (setting));
  if (PANE_VIEW_GET_CLASS (self)->setting_changed != NULL)
    PANE_VIEW_GET_CLASS (self)->setting_changed (self, setting->id);
  return TRUE;
}

/**
 * pane_view_set_setting:
 * @self: a [class@Pane.View]
 * @id: a setting that it has declared
 * @value: 1 or 0 for one that is on or off, else which one is chosen
 *
 * Arranges the view as the user wants it: tells the view, and its host by
 * [signal@Pane.View::settings-changed].
 */
void
pane_view_set_setting (PaneView *self, const char *id, int value)
{
  Setting *setting;

  g_return_if_fail (PANE_IS_VIEW (self));
  g_return_if_fail (id != NULL);

  setting = find_setting (self, id);
  g_return_if_fail (setting != NULL);
  g_return_if_fail (value >= 0);
  g_return_if_fail (value
                    < (setting->choices != NULL ? (int) g_strv_length (setting->choices) : 2));
  if (set_value (self, setting, value))
    pane_view_settings_changed (self);
}

/**
 * pane_view_get_setting_actions:
 * @self: a [class@Pane.View]
 *
 * Returns: (transfer none) (nullable): an action for each setting that the view has declared, %NULL
 *   if it has none
 */
GActionGroup *
pane_view_get_setting_actions (PaneView *self)
{
  g_return_val_if_fail (PANE_IS_VIEW (self), NULL);

  return (GActionGroup *) pane_view_get_arranged (self)->actions;
}

static GMenuModel *
make_choices (const Setting *setting)
{
  GMenu *menu = g_menu_new ();

  for (guint i = 0; setting->choices[i] != NULL; i++)
    {
      g_autoptr (GMenuItem) item = g_menu_item_new (setting->choice_titles[i], NULL);
      g_autofree char *action = g_strconcat ("view.", setting->id, NULL);

      g_menu_item_set_action_and_target (item, action, "s", setting->choices[i]);
      g_menu_append_item (menu, item);
    }
  return G_MENU_MODEL (menu);
}

/**
 * pane_view_dup_settings_menu:
 * @self: a [class@Pane.View]
 *
 * Makes the menu of what the view has declared, whose actions are those of
 * [method@Pane.View.get_setting_actions] in a group `view`.
 *
 * Returns: (transfer full) (nullable): the menu, %NULL if there is nothing to set
 */
GMenuModel *
pane_view_dup_settings_menu (PaneView *self)
{
  GPtrArray *settings;
  GMenu *menu;

  g_return_val_if_fail (PANE_IS_VIEW (self), NULL);

  settings = pane_view_get_arranged (self)->settings;
  if (settings == NULL)
    return NULL;
  menu = g_menu_new ();
  for (guint i = 0; i < settings->len; i++)
    {
      const Setting *setting = g_ptr_array_index (settings, i);
      g_autofree char *action = g_strconcat ("view.", setting->id, NULL);
      g_autoptr (GMenuModel) choices = setting->choices != NULL ? make_choices (setting) : NULL;

      if (choices != NULL)
        g_menu_append_submenu (menu, setting->title, choices);
      else
        g_menu_append (menu, setting->title, action);
    }
  return G_MENU_MODEL (menu);
}

/* Remembering: "{wrap=0 strip=above}" and behind it the view's own words. */

static void
append_value (GString *text, const Setting *setting)
{
  const char *space = text->len > 1 ? " " : "";

  if (setting->choices != NULL)
    g_string_append_printf (text, "%s%s=%s", space, setting->id, setting->choices[setting->value]);
  else
    g_string_append_printf (text, "%s%s=%d", space, setting->id, setting->value);
}

/* Takes @own. */
char *
pane_view_write_settings (PaneView *self, char *own)
{
  GPtrArray *settings = pane_view_get_arranged (self)->settings;
  GString *text = g_string_new ("{");
  g_autofree char *rest = own;

  for (guint i = 0; settings != NULL && i < settings->len; i++)
    {
      const Setting *setting = g_ptr_array_index (settings, i);

      if (setting->value != setting->usual)
        append_value (text, setting);
    }
  if (text->len == 1 && *rest != '{')
    {
      g_string_free (text, TRUE);
      return g_steal_pointer (&rest);
    }
  g_string_append_printf (text, "}%s", rest);
  return g_string_free_and_steal (text);
}

static int
read_value (const Setting *setting, const char *text)
{
  int value;

  if (setting->choices == NULL)
    return *text == '0' ? 0 : 1;
  value = find_choice (setting, text);
  return value >= 0 ? value : setting->usual;
}

static const char *
find_word (char **words, const char *id)
{
  for (guint i = 0; words[i] != NULL; i++)
    if (g_str_has_prefix (words[i], id) && words[i][strlen (id)] == '=')
      return words[i] + strlen (id) + 1;
  return NULL;
}

/* Returns the view's own words. */
const char *
pane_view_read_settings (PaneView *self, const char *text)
{
  GPtrArray *settings = pane_view_get_arranged (self)->settings;
  const char *end = *text == '{' ? strchr (text, '}') : NULL;
  g_autofree char *inside = end != NULL ? g_strndup (text + 1, (gsize) (end - text - 1)) : NULL;
  g_auto (GStrv) words = g_strsplit (inside != NULL ? inside : "", " ", -1);

  for (guint i = 0; settings != NULL && i < settings->len; i++)
    {
      Setting *setting = g_ptr_array_index (settings, i);
      const char *word = find_word (words, setting->id);

      set_value (self, setting, word != NULL ? read_value (setting, word) : setting->usual);
    }
  return end != NULL ? end + 1 : text;
}
