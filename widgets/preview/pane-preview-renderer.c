/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Renderers, and the registry of those there are. The table of those that come with the library is
 * made by the build from the folders under renderers/; no other file names one. They are made when
 * the first preview is asked for: the start of a program pays nothing. Loop's thread. */

#include "pane-preview-renderer.h"

#include "pane-preview-table.h"

typedef struct {
  char *id;
} PanePreviewRendererPrivate;

enum {
  PROP_ID = 1,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (PanePreviewRenderer, pane_preview_renderer, G_TYPE_OBJECT)

/**
 * pane_preview_renderer_get_id:
 * @self: a renderer
 *
 * Returns: what it is called by
 */
const char *
pane_preview_renderer_get_id (PanePreviewRenderer *self)
{
  PanePreviewRendererPrivate *priv = pane_preview_renderer_get_instance_private (self);

  return priv->id;
}

/**
 * pane_preview_renderer_rate:
 * @self: a renderer
 * @item: what is to be shown
 *
 * Returns: how well it shows that, %PANE_PREVIEW_RATE_NEVER for not at all
 */
int
pane_preview_renderer_rate (PanePreviewRenderer *self, PanePreviewItem *item)
{
  return PANE_PREVIEW_RENDERER_GET_CLASS (self)->rate (self, item);
}

/**
 * pane_preview_renderer_render:
 * @self: a renderer
 * @item: what is to be shown
 * @scope: ends when it is to be shown no longer
 *
 * Makes a widget of a file.
 *
 * - **Thread**: the loop's.
 * - **Errors**: whatever kept it from being read, as for [method@Pane.PreviewLoader.load].
 * - **Cancellation**: end @scope.
 *
 * Returns: (transfer full): a future that resolves to a [class@Gtk.Widget], once there is something
 * to be seen
 */
ThawFuture *
pane_preview_renderer_render (PanePreviewRenderer *self, PanePreviewItem *item, ThawScope *scope)
{
  return PANE_PREVIEW_RENDERER_GET_CLASS (self)->render (self, item, scope);
}

static void
pane_preview_renderer_get_property (GObject *object,
                                    guint prop_id,
                                    GValue *value,
                                    GParamSpec *pspec)
{
  g_value_set_string (value, pane_preview_renderer_get_id (PANE_PREVIEW_RENDERER (object)));
}

static void
pane_preview_renderer_set_property (GObject *object,
                                    guint prop_id,
                                    const GValue *value,
                                    GParamSpec *pspec)
{
  PanePreviewRendererPrivate *priv
      = pane_preview_renderer_get_instance_private (PANE_PREVIEW_RENDERER (object));

  priv->id = g_value_dup_string (value);
}

static void
pane_preview_renderer_finalize (GObject *object)
{
  PanePreviewRendererPrivate *priv
      = pane_preview_renderer_get_instance_private (PANE_PREVIEW_RENDERER (object));

  g_free (priv->id);
  G_OBJECT_CLASS (pane_preview_renderer_parent_class)->finalize (object);
}

static int
rate_never (PanePreviewRenderer *self, PanePreviewItem *item)
{
  return PANE_PREVIEW_RATE_NEVER;
}

static void
pane_preview_renderer_class_init (PanePreviewRendererClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = pane_preview_renderer_get_property;
  object_class->set_property = pane_preview_renderer_set_property;
  object_class->finalize = pane_preview_renderer_finalize;
  klass->rate = rate_never;
  /**
   * PanePreviewRenderer:id:
   *
   * What it is called by: the name of its folder, or of its plugin.
   */
  props[PROP_ID]
      = g_param_spec_string ("id",
                             NULL,
                             NULL,
                             NULL,
                             G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
pane_preview_renderer_init (PanePreviewRenderer *self)
{
}

/* The registry */

static GPtrArray *
get_registry (void)
{
  static GPtrArray *registry;

  if (registry == NULL)
    {
      registry = g_ptr_array_new_with_free_func (g_object_unref);
      for (guint i = 0; i < G_N_ELEMENTS (built_in); i++)
        g_ptr_array_add (registry, built_in[i]());
    }
  return registry;
}

/**
 * pane_preview_registry_add:
 * @renderer: a renderer
 *
 * Adds a renderer. It is asked from the next file on.
 */
void
pane_preview_registry_add (PanePreviewRenderer *renderer)
{
  g_ptr_array_add (get_registry (), g_object_ref (renderer));
}

/**
 * pane_preview_registry_remove:
 * @renderer: a renderer
 *
 * Takes a renderer out. What it has made stays until another file is shown.
 */
void
pane_preview_registry_remove (PanePreviewRenderer *renderer)
{
  g_ptr_array_remove (get_registry (), renderer);
}

/**
 * pane_preview_registry_find:
 * @id: what it is called by
 *
 * Returns: (transfer none) (nullable): the renderer
 */
PanePreviewRenderer *
pane_preview_registry_find (const char *id)
{
  GPtrArray *registry = get_registry ();

  for (guint i = registry->len; i > 0; i--)
    if (g_strcmp0 (pane_preview_renderer_get_id (registry->pdata[i - 1]), id) == 0)
      return registry->pdata[i - 1];
  return NULL;
}

/**
 * pane_preview_registry_find_best:
 * @item: what is to be shown
 *
 * Returns: (transfer none) (nullable): the renderer that shows it best
 */
PanePreviewRenderer *
pane_preview_registry_find_best (PanePreviewItem *item)
{
  GPtrArray *registry = get_registry ();
  PanePreviewRenderer *best = NULL;
  int best_rate = PANE_PREVIEW_RATE_NEVER;

  for (guint i = registry->len; i > 0; i--)
    {
      int rate = pane_preview_renderer_rate (registry->pdata[i - 1], item);

      if (rate <= best_rate)
        continue;
      best = registry->pdata[i - 1];
      best_rate = rate;
    }
  return best;
}
