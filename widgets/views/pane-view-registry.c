/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The registry of views: what the build found in the folders under views/, and what plugins have
 * added, in the order of their ranks. The table comes from the build (pane-view-table.h), so that
 * no source names a view. A description that a plugin takes back lives on, because somebody may
 * still hold it: a few hundred bytes each time. Loop's thread only.
 */
#include "pane-view-registry.h"
#include "pane-view-private.h"

#include "pane-view-table.h"

#define N_BUILT_IN (G_N_ELEMENTS (pane_view_table))
#define PLUGIN_RANK 1000
#define SUITS_ANYHOW 50

struct _PaneViewRegistry {
  GObject parent_instance;

  GPtrArray *infos; /* PaneViewInfo, by rank, with a NULL behind */
};

/* What a plugin has added, at an address that stays. The description comes first. */
typedef struct {
  PaneViewInfo info;
  GType type; /* 0: as the description says */
} Added;

enum {
  SIGNAL_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PaneViewRegistry, pane_view_registry, G_TYPE_OBJECT)

static int
compare_ranks (gconstpointer a, gconstpointer b)
{
  const PaneViewInfo *x = *(const PaneViewInfo *const *) a;
  const PaneViewInfo *y = *(const PaneViewInfo *const *) b;

  return x->rank != y->rank ? x->rank - y->rank : g_strcmp0 (x->id, y->id);
}

static void
sort (PaneViewRegistry *self)
{
  g_ptr_array_sort (self->infos, compare_ranks);
}

static gboolean
is_built_in (const PaneViewInfo *info)
{
  for (guint i = 0; i < N_BUILT_IN; i++)
    {
      if (pane_view_table[i] == info)
        return TRUE;
    }
  return FALSE;
}

static void
pane_view_registry_finalize (GObject *object)
{
  g_ptr_array_unref (PANE_VIEW_REGISTRY (object)->infos);
  G_OBJECT_CLASS (pane_view_registry_parent_class)->finalize (object);
}

static void
pane_view_registry_class_init (PaneViewRegistryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pane_view_registry_finalize;
  /**
   * PaneViewRegistry::changed:
   *
   * A view was added or removed. Who shows one that is no longer there shows another.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed",
                                          PANE_TYPE_VIEW_REGISTRY,
                                          G_SIGNAL_RUN_LAST,
                                          0,
                                          NULL,
                                          NULL,
                                          g_cclosure_marshal_VOID__VOID,
                                          G_TYPE_NONE,
                                          0);
}

static void
pane_view_registry_init (PaneViewRegistry *self)
{
  self->infos = g_ptr_array_new_null_terminated (N_BUILT_IN, NULL, TRUE);
  for (guint i = 0; i < N_BUILT_IN; i++)
    g_ptr_array_add (self->infos, (gpointer) pane_view_table[i]);
  sort (self);
}

/**
 * pane_view_registry_get_default:
 *
 * Returns: (transfer none): the process's one
 */
PaneViewRegistry *
pane_view_registry_get_default (void)
{
  static PaneViewRegistry *registry;

  if (registry == NULL)
    registry = g_object_new (PANE_TYPE_VIEW_REGISTRY, NULL);
  return registry;
}

/**
 * pane_view_registry_list: (skip)
 * @n_infos: (out) (optional): how many
 *
 * Lists the views that there are, by rank.
 *
 * Returns: (array length=n_infos) (transfer none): descriptions, valid until
 *   [signal@Pane.ViewRegistry::changed]
 */
const PaneViewInfo *const *
pane_view_registry_list (guint *n_infos)
{
  PaneViewRegistry *self = pane_view_registry_get_default ();

  if (n_infos != NULL)
    *n_infos = self->infos->len;
  return (const PaneViewInfo *const *) self->infos->pdata;
}

/**
 * pane_view_registry_find: (skip)
 * @id: (nullable): what a view calls itself
 *
 * Returns: (transfer none) (nullable): its description, %NULL when there is no such view
 */
const PaneViewInfo *
pane_view_registry_find (const char *id)
{
  guint n_infos;
  const PaneViewInfo *const *infos = pane_view_registry_list (&n_infos);

  for (guint i = 0; i < n_infos; i++)
    {
      if (g_strcmp0 (infos[i]->id, id) == 0)
        return infos[i];
    }
  return NULL;
}

/**
 * pane_view_registry_create:
 * @id: (nullable): what a view calls itself; the first one if there is no such view
 *
 * Makes a view.
 *
 * Returns: (transfer floating): the view, without a model
 */
PaneView *
pane_view_registry_create (const char *id)
{
  const PaneViewInfo *info = pane_view_registry_find (id);
  PaneView *view;
  GType type;

  if (info == NULL)
    info = pane_view_registry_list (NULL)[0];
  type = info->get_type != NULL ? info->get_type () : ((const Added *) info)->type;
  view = g_object_new (type, NULL);
  pane_view_set_needs (view, info->needs);
  return view;
}

/**
 * pane_view_info_suits: (skip)
 * @info: what a view says of itself
 * @model: what would be shown
 *
 * Returns: how well the view suits that, 0 (not at all) to 100
 */
guint
pane_view_info_suits (const PaneViewInfo *info, PaneFolderModel *model)
{
  g_return_val_if_fail (info != NULL, 0);
  g_return_val_if_fail (PANE_IS_FOLDER_MODEL (model), 0);

  return info->suits != NULL ? MIN (info->suits (model), 100) : SUITS_ANYHOW;
}

static gboolean
add (PaneViewRegistry *self, const PaneViewInfo *info, GType type)
{
  Added *added;

  if (pane_view_registry_find (info->id) != NULL)
    return FALSE;
  added = g_new0 (Added, 1);
  added->info = *info;
  added->type = type;
  added->info.id = g_intern_string (info->id);
  added->info.title = g_intern_string (info->title);
  added->info.icon_name = g_intern_string (info->icon_name);
  added->info.accelerator = g_intern_string (info->accelerator);
  if (added->info.rank == 0)
    added->info.rank = PLUGIN_RANK;
  g_ptr_array_add (self->infos, added);
  sort (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  return TRUE;
}

/**
 * pane_view_registry_add: (skip)
 * @self: the registry
 * @info: what the view says of itself; copied
 *
 * Adds a view, behind those that the program came with unless it has a rank.
 *
 * Returns: whether it was added; %FALSE if there is one with this id
 */
gboolean
pane_view_registry_add (PaneViewRegistry *self, const PaneViewInfo *info)
{
  g_return_val_if_fail (PANE_IS_VIEW_REGISTRY (self), FALSE);
  g_return_val_if_fail (info != NULL && info->id != NULL && info->title != NULL, FALSE);
  g_return_val_if_fail (info->get_type != NULL, FALSE);

  return add (self, info, G_TYPE_INVALID);
}

/**
 * pane_view_registry_add_type:
 * @self: the registry
 * @type: a type derived from [class@Pane.View]
 * @id: what it is called by programs
 * @title: what it is called by people
 * @icon_name: its icon
 * @needs: what it shows of an entry
 *
 * Adds a view that a plugin brings.
 *
 * Returns: whether it was added; %FALSE if there is one with this id
 */
gboolean
pane_view_registry_add_type (PaneViewRegistry *self,
                             GType type,
                             const char *id,
                             const char *title,
                             const char *icon_name,
                             PaneNeeds needs)
{
  PaneViewInfo info = { .id = id, .title = title, .icon_name = icon_name, .needs = needs };

  g_return_val_if_fail (PANE_IS_VIEW_REGISTRY (self), FALSE);
  g_return_val_if_fail (g_type_is_a (type, PANE_TYPE_VIEW), FALSE);
  g_return_val_if_fail (id != NULL && title != NULL, FALSE);

  return add (self, &info, type);
}

/**
 * pane_view_registry_remove:
 * @self: the registry
 * @id: what a view calls itself
 *
 * Takes back a view that a plugin brought.
 *
 * Returns: whether there was one; those that the program came with stay
 */
gboolean
pane_view_registry_remove (PaneViewRegistry *self, const char *id)
{
  const PaneViewInfo *info;

  g_return_val_if_fail (PANE_IS_VIEW_REGISTRY (self), FALSE);

  info = pane_view_registry_find (id);
  if (info == NULL || is_built_in (info))
    return FALSE;
  g_ptr_array_remove (self->infos, (gpointer) info);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  return TRUE;
}
