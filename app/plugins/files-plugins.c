/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which plugins there are and which are on. Each is in one of five states and goes on by itself to
 * the one that the user wants: loaded by the engine's thread, activated on its own, and back the
 * same way. One that has been at fault three times in a session is off until the user says
 * otherwise, in this session and the next: that and the user's choices are remembered. Loop's
 * thread; no file is touched. */

#include "files-plugins.h"
#include "files-error.h"
#include "files-plugin-engine.h"

#include <glib/gi18n.h>

#define ON "on"
#define OFF "off"
#define OUT "out "

struct _FilesPlugin {
  GObject parent_instance;

  FilesPlugins *plugins; /* not owned */
  char *name, *title, *description, *folder;
  char *blame;
  FilesPluginState state;
  gboolean is_wanted, is_reloading, is_resident;
  PanePluginHost *host;      /* while it is on; nullable */
  PanePluginAccount account; /* of former hosts */
};

struct _FilesPlugins {
  GObject parent_instance;

  FilesState *state;
  ThawScope *scope;
  GListStore *list;
  gboolean is_started;
};

enum {
  CHANGED,
  BLAMED,
  SCANNED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FilesPlugin, files_plugin, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE (FilesPlugins, files_plugins, G_TYPE_OBJECT)

/* A plugin */

static void
files_plugin_finalize (GObject *object)
{
  FilesPlugin *self = FILES_PLUGIN (object);

  g_clear_pointer (&self->host, pane_plugin_host_unref);
  g_free (self->name);
  g_free (self->title);
  g_free (self->description);
  g_free (self->folder);
  g_free (self->blame);
  G_OBJECT_CLASS (files_plugin_parent_class)->finalize (object);
}

static void
files_plugin_class_init (FilesPluginClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = files_plugin_finalize;
  signals[CHANGED] = g_signal_new ("changed",
                                   FILES_TYPE_PLUGIN,
                                   G_SIGNAL_RUN_LAST,
                                   0,
                                   NULL,
                                   NULL,
                                   NULL,
                                   G_TYPE_NONE,
                                   0);
}

static void
files_plugin_init (FilesPlugin *self)
{
}

const char *
files_plugin_get_name (FilesPlugin *self)
{
  return self->name;
}

const char *
files_plugin_get_title (FilesPlugin *self)
{
  return self->title;
}

const char *
files_plugin_get_description (FilesPlugin *self)
{
  return self->description;
}

FilesPluginState
files_plugin_get_state (FilesPlugin *self)
{
  return self->state;
}

gboolean
files_plugin_get_wanted (FilesPlugin *self)
{
  return self->is_wanted;
}

const char *
files_plugin_get_blame (FilesPlugin *self)
{
  return self->blame;
}

static void
add_account (PanePluginAccount *to, const PanePluginAccount *more)
{
  to->n_calls += more->n_calls;
  to->n_misses += more->n_misses;
  to->n_errors += more->n_errors;
  to->n_stalls += more->n_stalls;
  to->cpu_usec += more->cpu_usec;
  to->wall_usec += more->wall_usec;
  to->loop_usec += more->loop_usec;
  to->longest_cpu_usec = MAX (to->longest_cpu_usec, more->longest_cpu_usec);
  to->longest_wall_usec = MAX (to->longest_wall_usec, more->longest_wall_usec);
  to->grown_bytes += more->grown_bytes;
  to->answered_bytes += more->answered_bytes;
  to->n_strikes += more->n_strikes;
  to->n_threads_left += more->n_threads_left;
}

void
files_plugin_get_account (FilesPlugin *self, PanePluginAccount *account)
{
  PanePluginAccount now;

  *account = self->account;
  if (self->host == NULL)
    return;
  pane_plugin_host_get_account (self->host, &now);
  add_account (account, &now);
  account->n_requests = now.n_requests;
  account->n_widgets = now.n_widgets;
}

static void
set_state (FilesPlugin *self, FilesPluginState state)
{
  self->state = state;
  g_signal_emit (self, signals[CHANGED], 0);
}

/* From one state to the next */

static void go_on (FilesPlugin *self);

static void
failed (FilesPlugin *self, const GError *error)
{
  g_autofree char *text = g_strdup_printf (_ ("“%s” could not be loaded"), self->title);

  g_set_str (&self->blame, error->message);
  set_state (self, FILES_PLUGIN_BROKEN);
  g_signal_emit (self->plugins, signals[BLAMED], 0, self, text);
}

static void
loaded_cb (ThawFuture *completed, gpointer user_data)
{
  FilesPlugin *self = user_data;
  const GError *error = thaw_future_get_error (completed);

  self->is_reloading = FALSE;
  if (error != NULL)
    {
      failed (self, error);
      return;
    }
  self->host = pane_plugin_host_new (self->name, self->title, self->folder);
  pane_plugin_host_start (self->host, thaw_future_take_pointer (completed, NULL));
  set_state (self, FILES_PLUGIN_ON);
  go_on (self);
}

static void
unloaded_cb (ThawFuture *completed, gpointer user_data)
{
  FilesPlugin *self = user_data;

  set_state (self, FILES_PLUGIN_OFF);
  go_on (self);
}

static void
stopped_cb (ThawFuture *completed, gpointer user_data)
{
  FilesPlugin *self = user_data;
  PanePluginAccount account;
  g_autoptr (ThawFuture) unloaded = NULL;

  /* A thread or a widget that is left still needs the code. */
  self->is_resident = self->is_resident || thaw_future_get_int64 (completed, NULL) != 0;
  pane_plugin_host_get_account (self->host, &account);
  add_account (&self->account, &account);
  g_clear_pointer (&self->host, pane_plugin_host_unref);
  unloaded
      = self->is_resident ? thaw_future_new_resolved () : files_plugin_engine_unload (self->name);
  thaw_future_done (unloaded,
                    self->plugins->scope,
                    unloaded_cb,
                    g_object_ref (self),
                    g_object_unref);
}

static void
go_on (FilesPlugin *self)
{
  g_autoptr (ThawFuture) future = NULL;
  gboolean is_broken = self->state == FILES_PLUGIN_BROKEN;
  gboolean is_off = self->state == FILES_PLUGIN_OFF || is_broken;

  if (is_off && self->is_wanted)
    {
      set_state (self, FILES_PLUGIN_STARTING);
      future = files_plugin_engine_load (self->name,
                                         (self->is_reloading || is_broken) && !self->is_resident);
      thaw_future_done (future,
                        self->plugins->scope,
                        loaded_cb,
                        g_object_ref (self),
                        g_object_unref);
    }
  else if (self->state == FILES_PLUGIN_ON && (!self->is_wanted || self->is_reloading))
    {
      set_state (self, FILES_PLUGIN_STOPPING);
      future = pane_plugin_host_stop (self->host);
      thaw_future_done (future,
                        self->plugins->scope,
                        stopped_cb,
                        g_object_ref (self),
                        g_object_unref);
    }
}

/* All of them */

/**
 * files_plugins_get_list:
 * @self: the plugins
 *
 * Returns: (transfer none): a list of #FilesPlugin, by title
 */
GListModel *
files_plugins_get_list (FilesPlugins *self)
{
  return G_LIST_MODEL (self->list);
}

/**
 * files_plugins_find:
 * @self: the plugins
 * @name: a plugin's name
 *
 * Returns: (transfer none) (nullable): the plugin
 */
FilesPlugin *
files_plugins_find (FilesPlugins *self, const char *name)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->list)); i++)
    {
      g_autoptr (FilesPlugin) plugin = g_list_model_get_item (G_LIST_MODEL (self->list), i);

      if (g_strcmp0 (plugin->name, name) == 0)
        return plugin; /* the list has it */
    }
  return NULL;
}

/**
 * files_plugins_set_wanted:
 * @self: the plugins
 * @plugin: one of them
 * @wanted: whether it is on
 *
 * Turns a plugin on or off, for good.
 */
void
files_plugins_set_wanted (FilesPlugins *self, FilesPlugin *plugin, gboolean wanted)
{
  files_state_set_plugin (self->state, plugin->name, wanted ? ON : OFF);
  plugin->is_wanted = wanted;
  if (wanted && plugin->state != FILES_PLUGIN_ON)
    g_clear_pointer (&plugin->blame, g_free);
  go_on (plugin);
  g_signal_emit (plugin, signals[CHANGED], 0);
}

/**
 * files_plugins_reload:
 * @self: the plugins
 * @plugin: one of them, that is wanted
 *
 * Stops a plugin and loads it anew; one in Python from its source as it is now.
 */
void
files_plugins_reload (FilesPlugins *self, FilesPlugin *plugin)
{
  plugin->is_reloading = plugin->is_wanted;
  go_on (plugin);
}

static int
compare (gconstpointer a, gconstpointer b, gpointer unused)
{
  return g_utf8_collate (((const FilesPlugin *) a)->title, ((const FilesPlugin *) b)->title);
}

/* Off until the user says otherwise. */
static void
put_out (FilesPlugin *self)
{
  g_autofree char *out = g_strconcat (OUT, self->blame, NULL);

  files_state_set_plugin (self->plugins->state, self->name, out);
  self->is_wanted = FALSE;
}

static void
note_crash (FilesPlugin *self)
{
  g_free (self->blame);
  self->blame = g_strdup_printf (_ ("“%s” was turned off because Thaw Files crashed while it ran"),
                                 self->title);
  put_out (self);
}

/* What the user said last; one that is out stays so. */
static void
recall (FilesPlugin *self, FilesPluginInfo *info)
{
  const char *state = files_state_get_plugin (self->plugins->state, self->name);

  self->is_wanted = state != NULL ? g_str_equal (state, ON) : info->is_on;
  if (state != NULL && g_str_has_prefix (state, OUT))
    self->blame = g_strdup (state + strlen (OUT));
  if (info->has_crashed)
    note_crash (self);
}

static void
add_plugin (FilesPlugins *self, FilesPluginInfo *info)
{
  g_autoptr (FilesPlugin) plugin = NULL;

  if (files_plugins_find (self, info->name) != NULL)
    return;
  plugin = g_object_new (FILES_TYPE_PLUGIN, NULL);
  plugin->plugins = self;
  plugin->name = g_strdup (info->name);
  plugin->title = g_strdup (info->title != NULL ? info->title : info->name);
  plugin->description = g_strdup (info->description);
  plugin->folder = g_strdup (info->folder);
  recall (plugin, info);
  g_list_store_insert_sorted (self->list, plugin, compare, NULL);
  if (info->has_crashed)
    g_signal_emit (self, signals[BLAMED], 0, plugin, plugin->blame);
  go_on (plugin);
}

static void
scanned_cb (ThawFuture *completed, gpointer user_data)
{
  GPtrArray *infos = thaw_future_get_pointer (completed, NULL);

  for (guint i = 0; infos != NULL && i < infos->len; i++)
    add_plugin (user_data, g_ptr_array_index (infos, i));
  g_signal_emit (user_data, signals[SCANNED], 0);
}

static void
scan (FilesPlugins *self)
{
  g_autoptr (ThawFuture) scanned = files_plugin_engine_scan ();

  thaw_future_done (scanned, self->scope, scanned_cb, self, NULL);
}

/**
 * files_plugins_start:
 * @self: the plugins
 *
 * Reads the folders of plugins and starts those that are on, once it is known which; called again
 * it finds new ones.
 */
void
files_plugins_start (FilesPlugins *self)
{
  if (files_state_is_loaded (self->state))
    scan (self);
  else if (!self->is_started)
    g_signal_connect_object (self->state, "loaded", G_CALLBACK (scan), self, G_CONNECT_SWAPPED);
  self->is_started = TRUE;
}

/* Faults */

static char *
dup_sentence (FilesPlugin *plugin, PanePluginFault fault, const char *text)
{
  switch (fault)
    {
    case PANE_PLUGIN_FAULT_STALL:
      return g_strdup_printf (_ ("“%s” held up the window"), plugin->title);
    case PANE_PLUGIN_FAULT_DEADLINE:
      return g_strdup_printf (_ ("“%s” doesn't answer"), plugin->title);
    case PANE_PLUGIN_FAULT_EXCEPTION:
      return g_strdup_printf (_ ("“%s” has a fault: %s"), plugin->title, text);
    case PANE_PLUGIN_FAULT_RUBBISH:
      return g_strdup_printf (_ ("“%s” gives answers that make no sense"), plugin->title);
    default:
      return g_strdup_printf (_ ("“%s” uses too much memory"), plugin->title);
    }
}

static void
blamed_cb (FilesPlugins *self, PanePluginHost *host, guint fault, const char *text, guint n_strikes)
{
  FilesPlugin *plugin = files_plugins_find (self, pane_plugin_host_get_name (host));
  g_autofree char *sentence = NULL, *off = NULL;

  if (plugin == NULL || plugin->host != host)
    return;
  sentence = dup_sentence (plugin, fault, text);
  g_free (plugin->blame);
  plugin->blame = text != NULL ? g_strdup_printf ("%s (%s)", sentence, text) : g_strdup (sentence);
  if (n_strikes >= PANE_PLUGIN_STRIKES)
    {
      off = g_strdup_printf (_ ("%s; it was turned off"), sentence);
      put_out (plugin);
      go_on (plugin);
    }
  g_signal_emit (plugin, signals[CHANGED], 0);
  g_signal_emit (self, signals[BLAMED], 0, plugin, off != NULL ? off : sentence);
}

static void
files_plugins_dispose (GObject *object)
{
  FilesPlugins *self = FILES_PLUGINS (object);

  if (self->scope != NULL)
    thaw_scope_cancel (self->scope);
  g_clear_pointer (&self->scope, thaw_scope_unref);
  g_clear_object (&self->list);
  g_clear_object (&self->state);
  G_OBJECT_CLASS (files_plugins_parent_class)->dispose (object);
}

static void
files_plugins_class_init (FilesPluginsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = files_plugins_dispose;
  signals[BLAMED] = g_signal_new ("blamed",
                                  FILES_TYPE_PLUGINS,
                                  G_SIGNAL_RUN_LAST,
                                  0,
                                  NULL,
                                  NULL,
                                  NULL,
                                  G_TYPE_NONE,
                                  2,
                                  FILES_TYPE_PLUGIN,
                                  G_TYPE_STRING);
  signals[SCANNED] = g_signal_new ("scanned",
                                   FILES_TYPE_PLUGINS,
                                   G_SIGNAL_RUN_LAST,
                                   0,
                                   NULL,
                                   NULL,
                                   NULL,
                                   G_TYPE_NONE,
                                   0);
}

static void
files_plugins_init (FilesPlugins *self)
{
  self->scope = thaw_scope_new ("plugins", NULL);
  self->list = g_list_store_new (FILES_TYPE_PLUGIN);
  g_signal_connect_object (pane_plugin_registry_get_default (),
                           "blamed",
                           G_CALLBACK (blamed_cb),
                           self,
                           G_CONNECT_SWAPPED);
}

/**
 * files_plugins_new:
 * @state: where it is remembered which are on
 *
 * Returns: (transfer full): no plugins yet
 */
FilesPlugins *
files_plugins_new (FilesState *state)
{
  FilesPlugins *self = g_object_new (FILES_TYPE_PLUGINS, NULL);

  self->state = g_object_ref (state);
  return self;
}
