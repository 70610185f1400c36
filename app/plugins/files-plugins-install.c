/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plugins in the application: its actions, which act on the window in use, and what is said of
 * plugins there: a fault in a toast with a button that turns the plugin off, or on again when it is
 * off already; an operation that takes its time in a toast with how far it is and a button that
 * cancels it. Nothing of it is there before the first frame, and plugins are looked for a moment
 * later still. Loop's thread. */

#include "files-plugin-menus.h"
#include "files-plugin-panels.h"
#include "files-open-tabs.h"
#include "files-plugin-crashes.h"
#include "files-plugins-dialog.h"

#include <glib/gi18n.h>

#define PLUGINS_KEY "files-plugins"
#define START_MSEC 300   /* the window has settled by then */
#define SLOW_USEC 700000 /* an operation that takes longer is shown */
#define SAID_SEC 8

static FilesWindow *
find_window (gpointer application)
{
  GtkWindow *active = gtk_application_get_active_window (GTK_APPLICATION (application));

  if (FILES_IS_WINDOW (active))
    return FILES_WINDOW (active);
  for (GList *link = gtk_application_get_windows (GTK_APPLICATION (application)); link != NULL;
       link = link->next)
    if (FILES_IS_WINDOW (link->data))
      return FILES_WINDOW (link->data);
  return NULL;
}

/**
 * files_plugins_get:
 * @application: the application
 *
 * Returns: (transfer none) (nullable): its plugins, %NULL before the first frame
 */
FilesPlugins *
files_plugins_get (FilesApplication *application)
{
  return g_object_get_data (G_OBJECT (application), PLUGINS_KEY);
}

/* What is said */

static void
blamed_cb (FilesApplication *application,
           FilesPlugin *plugin,
           const char *text,
           FilesPlugins *plugins)
{
  FilesWindow *window = find_window (application);
  gboolean is_on = files_plugin_get_wanted (plugin);
  AdwToast *toast;

  if (window == NULL)
    return;
  toast = adw_toast_new (text);
  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_set_timeout (toast, SAID_SEC);
  adw_toast_set_button_label (toast, is_on ? _ ("_Turn Off") : _ ("_Turn On Again"));
  adw_toast_set_action_name (toast, is_on ? "app.plugin-off" : "app.plugin-on");
  adw_toast_set_action_target (toast, "s", files_plugin_get_name (plugin));
  files_window_add_toast (window, toast);
}

static void
say (FilesApplication *application, const char *text)
{
  FilesWindow *window = find_window (application);

  if (window != NULL)
    files_window_toast (window, text);
}

static void
say_cb (FilesApplication *application, PanePluginHost *host, const char *text)
{
  if (text != NULL)
    say (application, text);
}

static void
submit_cb (FilesApplication *application, ThawOperationRequest *request, const char *title)
{
  if (thaw_operation_request_is_known (request))
    files_operations_submit (files_application_get_operations (application), request, title);
}

/* Operations */

typedef struct {
  FilesApplication *application; /* not owned: it outlives plugins */
  PanePluginItem *item;
  guint64 asked;
  gint64 since_usec;
  AdwToast *toast; /* nullable */
  gulong progress_handler;
} Running;

static void
running_free (gpointer data)
{
  Running *self = data;

  g_clear_signal_handler (&self->progress_handler, pane_plugin_registry_get_default ());
  if (self->toast != NULL)
    adw_toast_dismiss (self->toast);
  g_clear_object (&self->toast);
  pane_plugin_item_unref (self->item);
  g_free (self);
}

static void
cancel_cb (AdwToast *toast, PanePluginItem *item)
{
  pane_plugin_item_cancel (item, *(guint64 *) g_object_get_data (G_OBJECT (toast), "asked"));
}

static void
unref_item (gpointer item, GClosure *closure)
{
  pane_plugin_item_unref (item);
}

static void
show_toast (Running *self)
{
  FilesWindow *window = find_window (self->application);

  if (window == NULL)
    return;
  self->toast = g_object_ref (adw_toast_new (""));
  adw_toast_set_use_markup (self->toast, FALSE);
  adw_toast_set_timeout (self->toast, 0);
  adw_toast_set_button_label (self->toast, _ ("_Cancel"));
  g_object_set_data_full (G_OBJECT (self->toast),
                          "asked",
                          g_memdup2 (&self->asked, sizeof (self->asked)),
                          g_free);
  g_signal_connect_data (self->toast,
                         "button-clicked",
                         G_CALLBACK (cancel_cb),
                         pane_plugin_item_ref (self->item),
                         unref_item,
                         0);
  files_window_add_toast (window, g_object_ref (self->toast));
}

static void
progress_cb (Running *self, PanePluginItem *item, guint64 asked, double fraction, const char *text)
{
  const char *title = pane_plugin_item_get_title (self->item);
  g_autofree char *line = NULL;

  if (item != self->item || asked != self->asked)
    return;
  if (self->toast == NULL && g_get_monotonic_time () - self->since_usec > SLOW_USEC)
    show_toast (self);
  if (self->toast == NULL)
    return;
  if (fraction >= 0)
    line = g_strdup_printf ("%s: %.0f %%", title, fraction * 100);
  else
    line = text != NULL ? g_strdup_printf ("%s: %s", title, text) : g_strdup (title);
  adw_toast_set_title (self->toast, line);
}

static void
done_cb (PanePluginItem *item,
         const PanePluginAnswer *const *answers,
         const char *error,
         gpointer user_data)
{
  Running *self = user_data;
  g_autofree char *line = NULL;

  if (error == NULL)
    return;
  line = g_strdup_printf ("%s: %s", pane_plugin_item_get_title (item), error);
  say (self->application, line);
}

static void
operation_cb (GSimpleAction *action, GVariant *parameter, gpointer application)
{
  FilesWindow *window = find_window (application);
  FilesTab *tab = window != NULL ? files_window_get_tab (window) : NULL;
  PanePluginRegistry *registry = pane_plugin_registry_get_default ();
  PanePluginItem *item = pane_plugin_registry_find (registry,
                                                    PANE_PLUGIN_OPERATION,
                                                    g_variant_get_string (parameter, NULL));
  g_auto (GStrv) names = NULL;
  Running *running;

  if (tab == NULL || item == NULL || files_tab_get_location (tab) == NULL)
    return;
  names = files_plugin_menus_dup_names (tab, G_MAXUINT);
  running = g_new0 (Running, 1);
  running->application = application;
  running->item = pane_plugin_item_ref (item);
  running->since_usec = g_get_monotonic_time ();
  running->progress_handler
      = g_signal_connect_swapped (registry, "progress", G_CALLBACK (progress_cb), running);
  running->asked = pane_plugin_item_ask (item,
                                         files_tab_get_location (tab),
                                         (const char *const *) names,
                                         done_cb,
                                         running,
                                         running_free);
}

/* Actions */

static void
panel_cb (GSimpleAction *action, GVariant *parameter, gpointer application)
{
  FilesWindow *window = find_window (application);

  if (window != NULL)
    files_plugin_panels_toggle (window, g_variant_get_string (parameter, NULL));
}

static void
turn (gpointer application, GVariant *parameter, gboolean on)
{
  FilesPlugins *plugins = files_plugins_get (application);
  FilesPlugin *plugin = files_plugins_find (plugins, g_variant_get_string (parameter, NULL));
  g_autofree char *text = NULL;

  if (plugin == NULL)
    return;
  files_plugins_set_wanted (plugins, plugin, on);
  text = g_strdup_printf (on ? _ ("“%s” is on again") : _ ("“%s” is off"),
                          files_plugin_get_title (plugin));
  say (application, text);
}

static void
off_cb (GSimpleAction *action, GVariant *parameter, gpointer application)
{
  turn (application, parameter, FALSE);
}

static void
on_cb (GSimpleAction *action, GVariant *parameter, gpointer application)
{
  turn (application, parameter, TRUE);
}

static void
plugins_cb (GSimpleAction *action, GVariant *parameter, gpointer application)
{
  FilesPlugins *plugins = files_plugins_get (application);

  files_plugins_start (plugins);
  adw_dialog_present (files_plugins_dialog_new (plugins), GTK_WIDGET (find_window (application)));
}

static const GActionEntry actions[] = {
  { "plugins", plugins_cb },         { "plugin-off", off_cb, "s" },
  { "plugin-on", on_cb, "s" },       { "plugin-operation", operation_cb, "s" },
  { "plugin-panel", panel_cb, "s" },
};

static gboolean
start_cb (gpointer application)
{
  files_plugins_start (files_plugins_get (application));
  return G_SOURCE_REMOVE;
}

static void
scanned_cb (FilesApplication *application)
{
  files_open_tabs_begin (application, files_plugin_crashes_have_been ());
}

/**
 * files_plugins_install:
 * @application: the application
 *
 * Gives the application plugins. To be called when the first frame has been painted.
 */
void
files_plugins_install (FilesApplication *application)
{
  FilesPlugins *plugins = files_plugins_new (files_application_get_state (application));
  PanePluginRegistry *registry = pane_plugin_registry_get_default ();

  g_object_set_data_full (G_OBJECT (application), PLUGINS_KEY, plugins, g_object_unref);
  g_action_map_add_action_entries (G_ACTION_MAP (application),
                                   actions,
                                   G_N_ELEMENTS (actions),
                                   application);
  g_signal_connect_object (plugins,
                           "blamed",
                           G_CALLBACK (blamed_cb),
                           application,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (plugins,
                           "scanned",
                           G_CALLBACK (scanned_cb),
                           application,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (registry, "say", G_CALLBACK (say_cb), application, G_CONNECT_SWAPPED);
  g_signal_connect_object (registry,
                           "submit",
                           G_CALLBACK (submit_cb),
                           application,
                           G_CONNECT_SWAPPED);
  g_timeout_add_full (G_PRIORITY_LOW,
                      START_MSEC,
                      start_cb,
                      g_object_ref (application),
                      g_object_unref);
}
