/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libpeas, on a thread of its own that is started with the first thing there is to do: folders are
 * read there, libraries and Python are loaded there, modules run their first lines there, and
 * plugins are made there. The engine is never touched by another thread. A module that doesn't come
 * to an end keeps those that would be loaded after it waiting, and nobody else. Without libpeas
 * there are no plugins. */

#include "files-plugin-engine.h"
#include "files-plugin-crashes.h"
#include "files-plugin-python.h"

#include "pane-plugin-registry.h"

#ifdef HAVE_LIBPEAS
#include <libpeas.h>
#endif

/**
 * files_plugin_info_free:
 * @self: what a plugin says of itself
 */
void
files_plugin_info_free (FilesPluginInfo *self)
{
  g_free (self->name);
  g_free (self->title);
  g_free (self->description);
  g_free (self->folder);
  g_free (self);
}

#ifdef HAVE_LIBPEAS

typedef struct _Job Job;
struct _Job {
  void (*func) (PeasEngine *engine, Job *job);
  char *name;
  gboolean is_fresh;
  ThawFuture *future;
};

static void
job_free (Job *job)
{
  thaw_future_unref (job->future);
  g_free (job->name);
  g_free (job);
}

/* The user's own come first: of two of the same name that one counts. */
static char **
dup_paths (void)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) own
      = g_strsplit (g_getenv ("THAW_PLUGIN_PATH") != NULL ? g_getenv ("THAW_PLUGIN_PATH") : "",
                    ":",
                    -1);

  for (guint i = 0; own[i] != NULL; i++)
    if (g_path_is_absolute (own[i]))
      g_strv_builder_add (builder, own[i]);
  g_strv_builder_take (builder, g_build_filename (g_get_user_data_dir (), "thaw", "plugins", NULL));
  g_strv_builder_add (builder, THAW_PLUGIN_DIR);
  return g_strv_builder_end (builder);
}

static gboolean
is_developers (const char *folder)
{
  g_auto (GStrv) own
      = g_strsplit (g_getenv ("THAW_PLUGIN_PATH") != NULL ? g_getenv ("THAW_PLUGIN_PATH") : "",
                    ":",
                    -1);

  for (guint i = 0; own[i] != NULL; i++)
    if (*own[i] != '\0' && g_str_has_prefix (folder, own[i]))
      return TRUE;
  return FALSE;
}

static PeasEngine *
make_engine (void)
{
  PeasEngine *engine = peas_engine_new ();
  g_auto (GStrv) paths = dup_paths ();

  peas_engine_enable_loader (engine, "python");
  for (guint i = 0; paths[i] != NULL; i++)
    peas_engine_add_search_path (engine, paths[i], NULL);
  return engine;
}

static FilesPluginInfo *
make_info (PeasPluginInfo *from, const char *const *crashed)
{
  FilesPluginInfo *info = g_new0 (FilesPluginInfo, 1);

  info->name = g_strdup (peas_plugin_info_get_module_name (from));
  info->title = g_strdup (peas_plugin_info_get_name (from));
  info->description = g_strdup (peas_plugin_info_get_description (from));
  info->folder = g_strdup (peas_plugin_info_get_module_dir (from));
  info->is_on = is_developers (info->folder);
  info->has_crashed = g_strv_contains (crashed, info->name);
  return info;
}

static void
scan (PeasEngine *engine, Job *job)
{
  GPtrArray *infos = g_ptr_array_new_with_free_func ((GDestroyNotify) files_plugin_info_free);
  g_auto (GStrv) crashed = files_plugin_crashes_take ();

  peas_engine_rescan_plugins (engine);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (engine)); i++)
    {
      g_autoptr (PeasPluginInfo) info = g_list_model_get_item (G_LIST_MODEL (engine), i);

      if (!peas_plugin_info_is_hidden (info))
        g_ptr_array_add (infos, make_info (info, (const char *const *) crashed));
    }
  thaw_future_resolve_pointer (job->future, infos, (GDestroyNotify) g_ptr_array_unref);
}

static void
fail (Job *job, PeasPluginInfo *info, const char *otherwise)
{
  g_autoptr (GError) error = NULL;

  if (info != NULL && !peas_plugin_info_is_available (info, &error) && error != NULL)
    thaw_future_reject (job->future, g_steal_pointer (&error));
  else
    thaw_future_reject (job->future,
                        g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, otherwise));
}

static void
bring_in (PeasEngine *engine, Job *job)
{
  PeasPluginInfo *info;
  GObject *plugin;

  if (job->is_fresh)
    {
      files_plugin_python_forget (job->name);
      peas_engine_rescan_plugins (engine);
    }
  info = peas_engine_get_plugin_info (engine, job->name);
  if (info == NULL)
    {
      fail (job, NULL, "there is no such plugin");
      return;
    }
  if (!peas_plugin_info_is_loaded (info) && !peas_engine_load_plugin (engine, info))
    {
      files_plugin_python_prepare ();
      fail (job, info, "it could not be loaded");
      return;
    }
  files_plugin_python_prepare ();
  plugin = peas_engine_create_extension (engine, info, PANE_TYPE_PLUGIN, NULL);
  if (plugin != NULL)
    thaw_future_resolve_pointer (job->future, plugin, g_object_unref);
  else
    fail (job, NULL, "it has no Pane.Plugin");
}

static void
load (PeasEngine *engine, Job *job)
{
  pane_plugin_crash_set_loading (job->name);
  bring_in (engine, job);
  pane_plugin_crash_set_loading (NULL);
}

static void
unload (PeasEngine *engine, Job *job)
{
  PeasPluginInfo *info = peas_engine_get_plugin_info (engine, job->name);

  if (info != NULL && peas_plugin_info_is_loaded (info))
    peas_engine_unload_plugin (engine, info);
  peas_engine_garbage_collect (engine);
  thaw_future_resolve (job->future);
}

static gpointer
run (gpointer queue)
{
  PeasEngine *engine = make_engine ();

  for (;;)
    {
      Job *job = g_async_queue_pop (queue);

      job->func (engine, job);
      job_free (job);
    }
  return NULL;
}

static gpointer
start (gpointer unused)
{
  GAsyncQueue *queue = g_async_queue_new ();

  g_thread_unref (g_thread_new ("plugin-engine", run, queue));
  return queue;
}

static ThawFuture *
push (void (*func) (PeasEngine *engine, Job *job), const char *name, gboolean is_fresh)
{
  static GOnce once = G_ONCE_INIT;
  ThawFuture *future = thaw_future_new ("plugins");
  Job *job = g_new (Job, 1);

  *job = (Job){ func, g_strdup (name), is_fresh, thaw_future_ref (future) };
  g_async_queue_push (g_once (&once, start, NULL), job);
  return future;
}

/**
 * files_plugin_engine_scan:
 *
 * Reads the folders of plugins: those of `THAW_PLUGIN_PATH`, the user's and the system's.
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): a future of a #GPtrArray of #FilesPluginInfo
 */
ThawFuture *
files_plugin_engine_scan (void)
{
  return push (scan, NULL, FALSE);
}

/**
 * files_plugin_engine_load:
 * @name: a plugin
 * @is_fresh: whether its source is read again
 *
 * Brings a plugin's code in and makes its object.
 *
 * - **Thread**: any.
 * - **Errors**: what its language's loader says.
 *
 * Returns: (transfer full): a future of a #PanePlugin
 */
ThawFuture *
files_plugin_engine_load (const char *name, gboolean is_fresh)
{
  return push (load, name, is_fresh);
}

/**
 * files_plugin_engine_unload:
 * @name: a plugin, of which nothing runs
 *
 * Lets go of its code.
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): a future that resolves then
 */
ThawFuture *
files_plugin_engine_unload (const char *name)
{
  return push (unload, name, FALSE);
}

#else

ThawFuture *
files_plugin_engine_scan (void)
{
  return thaw_future_new_pointer (g_ptr_array_new (), (GDestroyNotify) g_ptr_array_unref);
}

ThawFuture *
files_plugin_engine_load (const char *name, gboolean is_fresh)
{
  return thaw_future_new_rejected (
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "this build has no plugins"));
}

ThawFuture *
files_plugin_engine_unload (const char *name)
{
  return thaw_future_new_resolved ();
}

#endif
