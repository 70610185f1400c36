/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all plugins have registered, in the order in which they did, and the signals by which
 * whoever shows it hears of them. Nobody here knows what plugins there are: those who load them
 * make hosts. Loop's thread, but for the search of a file's owner. */

#include "pane-plugin-private.h"

#include <string.h>

struct _PanePluginRegistry {
  GObject parent_instance;

  GPtrArray *items; /* of PanePluginItem */
  GPtrArray *hosts; /* guarded by hosts_lock, for other threads */
};

enum {
  CHANGED,
  DATA_CHANGED,
  BLAMED,
  STARTED,
  SUBMIT,
  PROGRESS,
  SAY,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];
static GMutex hosts_lock;

G_DEFINE_FINAL_TYPE (PanePluginRegistry, pane_plugin_registry, G_TYPE_OBJECT)

static void
pane_plugin_registry_finalize (GObject *object)
{
  PanePluginRegistry *self = PANE_PLUGIN_REGISTRY (object);

  g_ptr_array_unref (self->items);
  g_ptr_array_unref (self->hosts);
  G_OBJECT_CLASS (pane_plugin_registry_parent_class)->finalize (object);
}

#define ADD_SIGNAL(id, name, n, ...)                                                               \
  signals[id] = g_signal_new (name,                                                                \
                              PANE_TYPE_PLUGIN_REGISTRY,                                           \
                              G_SIGNAL_RUN_LAST,                                                   \
                              0,                                                                   \
                              NULL,                                                                \
                              NULL,                                                                \
                              NULL,                                                                \
                              G_TYPE_NONE,                                                         \
                              n,                                                                   \
                              __VA_ARGS__)

static void
pane_plugin_registry_class_init (PanePluginRegistryClass *klass)
{
  const GType host = PANE_TYPE_PLUGIN_HOST;

  G_OBJECT_CLASS (klass)->finalize = pane_plugin_registry_finalize;
  ADD_SIGNAL (CHANGED, "changed", 1, G_TYPE_UINT);
  ADD_SIGNAL (DATA_CHANGED, "data-changed", 2, host, G_TYPE_FILE);
  ADD_SIGNAL (BLAMED, "blamed", 4, host, G_TYPE_UINT, G_TYPE_STRING, G_TYPE_UINT);
  ADD_SIGNAL (STARTED, "started", 1, host);
  ADD_SIGNAL (SUBMIT, "submit", 2, THAW_TYPE_OPERATION_REQUEST, G_TYPE_STRING);
  ADD_SIGNAL (PROGRESS,
              "progress",
              4,
              PANE_TYPE_PLUGIN_ITEM,
              G_TYPE_UINT64,
              G_TYPE_DOUBLE,
              G_TYPE_STRING);
  ADD_SIGNAL (SAY, "say", 2, host, G_TYPE_STRING);
}

static void
pane_plugin_registry_init (PanePluginRegistry *self)
{
  self->items = g_ptr_array_new_with_free_func ((GDestroyNotify) pane_plugin_item_unref);
  self->hosts = g_ptr_array_new_with_free_func ((GDestroyNotify) pane_plugin_host_unref);
}

/**
 * pane_plugin_registry_get_default:
 *
 * Returns: (transfer none): the process's one
 */
PanePluginRegistry *
pane_plugin_registry_get_default (void)
{
  static PanePluginRegistry *registry;

  if (g_once_init_enter_pointer (&registry))
    g_once_init_leave_pointer (&registry, g_object_new (PANE_TYPE_PLUGIN_REGISTRY, NULL));
  return registry;
}

/**
 * pane_plugin_registry_has: (skip)
 * @self: the registry
 * @kind: a kind of things
 *
 * Returns: whether there is any
 */
gboolean
pane_plugin_registry_has (PanePluginRegistry *self, PanePluginKind kind)
{
  for (guint i = 0; i < self->items->len; i++)
    if (((PanePluginItem *) g_ptr_array_index (self->items, i))->kind == kind)
      return TRUE;
  return FALSE;
}

/**
 * pane_plugin_registry_list: (skip)
 * @self: the registry
 * @kind: a kind of things
 *
 * Returns: (transfer container) (element-type PanePluginItem): those that there are, with a
 * reference
 */
GPtrArray *
pane_plugin_registry_list (PanePluginRegistry *self, PanePluginKind kind)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) pane_plugin_item_unref);

  for (guint i = 0; i < self->items->len; i++)
    {
      PanePluginItem *item = g_ptr_array_index (self->items, i);

      if (item->kind == kind)
        g_ptr_array_add (list, pane_plugin_item_ref (item));
    }
  return list;
}

/**
 * pane_plugin_registry_find: (skip)
 * @self: the registry
 * @kind: a kind of things
 * @id: (nullable): with the plugin's name: "git/status"
 *
 * Returns: (transfer none) (nullable): the one of that name
 */
PanePluginItem *
pane_plugin_registry_find (PanePluginRegistry *self, PanePluginKind kind, const char *id)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      PanePluginItem *item = g_ptr_array_index (self->items, i);

      if (item->kind == kind && g_strcmp0 (item->id, id) == 0)
        return item;
    }
  return NULL;
}

/* Views are the views' registry's. */
static void
set_view (PanePluginItem *item, gboolean add)
{
  PaneViewRegistry *views = pane_view_registry_get_default ();

  if (item->kind != PANE_PLUGIN_VIEW)
    return;
  if (add)
    pane_plugin_bracket (item);
  else
    pane_plugin_unbracket (item);
  if (add)
    pane_view_registry_add_type (views,
                                 item->view_type,
                                 item->id,
                                 item->title,
                                 item->icon_name,
                                 item->view_needs);
  else
    pane_view_registry_remove (views, item->id);
}

/* Renderers are the previews' registry's. */
static void
set_renderer (PanePluginItem *item, gboolean add)
{
  gint64 since;
  guint entered;

  if (item->kind != PANE_PLUGIN_PREVIEW)
    return;
  if (!add && item->renderer != NULL)
    pane_preview_registry_remove (item->renderer);
  if (!add)
    pane_plugin_unbracket (item);
  if (!add)
    return;
  pane_plugin_bracket (item);
  since = pane_plugin_host_enter (item->host, item->id, &entered);
  item->renderer = g_object_new (item->view_type, "id", item->id, NULL);
  pane_plugin_host_leave (item->host, item->id, since, entered);
  pane_preview_registry_add (item->renderer);
}

void
pane_plugin_registry_add (PanePluginRegistry *self, PanePluginItem *item)
{
  PanePluginItem *former = pane_plugin_registry_find (self, item->kind, item->id);

  if (item->kind == PANE_PLUGIN_COLUMN)
    pane_plugin_sort_start ();
  if (former != NULL)
    {
      set_view (former, FALSE);
      set_renderer (former, FALSE);
      g_ptr_array_remove (self->items, former);
    }
  g_ptr_array_add (self->items, item);
  set_view (item, TRUE);
  set_renderer (item, TRUE);
  g_signal_emit (self, signals[CHANGED], 0, item->kind);
}

void
pane_plugin_registry_add_host (PanePluginRegistry *self, PanePluginHost *host)
{
  g_mutex_lock (&hosts_lock);
  g_ptr_array_add (self->hosts, pane_plugin_host_ref (host));
  g_mutex_unlock (&hosts_lock);
}

void
pane_plugin_registry_remove_host (PanePluginRegistry *self, PanePluginHost *host)
{
  guint kinds = 0;

  for (guint i = self->items->len; i-- > 0;)
    {
      PanePluginItem *item = g_ptr_array_index (self->items, i);

      if (item->host != host)
        continue;
      kinds |= 1u << item->kind;
      set_view (item, FALSE);
      set_renderer (item, FALSE);
      g_ptr_array_remove_index (self->items, i);
    }
  g_mutex_lock (&hosts_lock);
  g_ptr_array_remove (self->hosts, host);
  g_mutex_unlock (&hosts_lock);
  for (guint kind = 0; kind <= PANE_PLUGIN_PREVIEW; kind++)
    if ((kinds & 1u << kind) != 0)
      g_signal_emit (self, signals[CHANGED], 0, kind);
}

PanePluginHost *
pane_plugin_registry_find_owner (const char *path)
{
  PanePluginRegistry *self = pane_plugin_registry_get_default ();
  PanePluginHost *owner = NULL;

  g_mutex_lock (&hosts_lock);
  for (guint i = 0; i < self->hosts->len && owner == NULL; i++)
    {
      PanePluginHost *host = g_ptr_array_index (self->hosts, i);
      gsize n = host->folder != NULL ? strlen (host->folder) : 0;

      if (n > 0 && strncmp (path, host->folder, n) == 0 && path[n] == '/')
        owner = pane_plugin_host_ref (host);
    }
  g_mutex_unlock (&hosts_lock);
  return owner;
}

void
pane_plugin_registry_tell_data (PanePluginRegistry *self, PanePluginHost *host, const char *uri)
{
  g_autoptr (GFile) location = uri != NULL ? g_file_new_for_uri (uri) : NULL;

  g_signal_emit (self, signals[DATA_CHANGED], 0, host, location);
}

void
pane_plugin_registry_tell_fault (PanePluginRegistry *self,
                                 PanePluginHost *host,
                                 PanePluginFault fault,
                                 const char *text,
                                 guint n_strikes)
{
  g_signal_emit (self, signals[BLAMED], 0, host, (guint) fault, text, n_strikes);
}

void
pane_plugin_registry_tell_started (PanePluginRegistry *self, PanePluginHost *host)
{
  g_signal_emit (self, signals[STARTED], 0, host);
}

void
pane_plugin_registry_tell_submit (PanePluginRegistry *self,
                                  ThawOperationRequest *request,
                                  const char *title)
{
  g_signal_emit (self, signals[SUBMIT], 0, request, title);
}

void
pane_plugin_registry_tell_progress (PanePluginRegistry *self,
                                    PanePluginRequest *request,
                                    double fraction,
                                    const char *text)
{
  g_signal_emit (self, signals[PROGRESS], 0, request->item, request->serial, fraction, text);
}

void
pane_plugin_registry_tell_say (PanePluginRegistry *self, PanePluginHost *host, const char *text)
{
  g_signal_emit (self, signals[SAY], 0, host, text);
}
