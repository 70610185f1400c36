/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PaneView: the contract between a view and whoever hosts it. A view gets a model once, shows it,
 * and tells its host what the user asked for: open, a menu, another sort order. It never acts on
 * files and never asks who its host is. Loop's thread only. Views built on GTK's lists derive from
 * PaneSlotView, which brings scrolling, focus, selection and menus along.
 */
#include "pane-view-private.h"

/* So many ids are asked for at most: a screen of small icons. */
#define MAX_WANTED 1024

typedef struct {
  PaneFolderModel *model;
  guint zoom;
  PaneNeeds needs;
  int *icon_sizes; /* by zoom level; NULL: the view has its own way */
  guint n_icon_sizes;
  PaneViewArranged arranged;
  gboolean hides_tree;
} PaneViewPrivate;

enum {
  PROP_0,
  PROP_MODEL,
  PROP_ZOOM,
  N_PROPS,
};

enum {
  SIGNAL_ACTIVATE,
  SIGNAL_MENU,
  SIGNAL_SORT,
  SIGNAL_SORT_ATTRIBUTE,
  SIGNAL_DRAG,
  SIGNAL_OPEN,
  SIGNAL_SETTINGS_CHANGED,
  N_SIGNALS,
};

static GParamSpec *props[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (PaneView, pane_view, GTK_TYPE_WIDGET)

static PaneViewPrivate *
get_private (PaneView *self)
{
  return pane_view_get_instance_private (self);
}

PaneViewArranged *
pane_view_get_arranged (PaneView *self)
{
  return &get_private (self)->arranged;
}

static void
pane_view_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&get_private (PANE_VIEW (object))->model);
  pane_view_drop_settings (PANE_VIEW (object));
  G_OBJECT_CLASS (pane_view_parent_class)->dispose (object);
}

static void
pane_view_finalize (GObject *object)
{
  g_free (get_private (PANE_VIEW (object))->icon_sizes);
  G_OBJECT_CLASS (pane_view_parent_class)->finalize (object);
}

static void
pane_view_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PaneView *self = PANE_VIEW (object);

  switch (prop_id)
    {
    case PROP_MODEL:
      g_value_set_object (value, get_private (self)->model);
      break;
    case PROP_ZOOM:
      g_value_set_uint (value, get_private (self)->zoom);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pane_view_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  PaneView *self = PANE_VIEW (object);

  switch (prop_id)
    {
    case PROP_MODEL:
      if (g_value_get_object (value) != NULL)
        pane_view_set_model (self, g_value_get_object (value));
      break;
    case PROP_ZOOM:
      pane_view_set_zoom (self, g_value_get_uint (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  /**
   * PaneView:model:
   *
   * What the view shows. Set once.
   */
  props[PROP_MODEL] = g_param_spec_object ("model", NULL, NULL, PANE_TYPE_FOLDER_MODEL, flags);
  /**
   * PaneView:zoom:
   *
   * The step of size, 0 for the smallest.
   */
  props[PROP_ZOOM] = g_param_spec_uint ("zoom", NULL, NULL, 0, G_MAXUINT, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
pane_view_class_init (PaneViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = pane_view_dispose;
  object_class->finalize = pane_view_finalize;
  object_class->get_property = pane_view_get_property;
  object_class->set_property = pane_view_set_property;
  install_properties (object_class);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);

  /**
   * PaneView::activate:
   * @self: the view
   * @id: the entry
   *
   * The user wants an entry opened: Enter or a double click. What is selected with it is the
   * model's to say.
   */
  signals[SIGNAL_ACTIVATE] = g_signal_new ("activate",
                                           PANE_TYPE_VIEW,
                                           G_SIGNAL_RUN_LAST,
                                           0,
                                           NULL,
                                           NULL,
                                           NULL,
                                           G_TYPE_NONE,
                                           1,
                                           G_TYPE_UINT);
  /**
   * PaneView::menu:
   * @self: the view
   * @id: the entry, which is selected; %THAW_NO_ENTRY for the folder itself
   * @x: where, in the view's coordinates
   * @y: where, in the view's coordinates
   *
   * The user wants a menu.
   */
  signals[SIGNAL_MENU] = g_signal_new ("menu",
                                       PANE_TYPE_VIEW,
                                       G_SIGNAL_RUN_LAST,
                                       0,
                                       NULL,
                                       NULL,
                                       NULL,
                                       G_TYPE_NONE,
                                       3,
                                       G_TYPE_UINT,
                                       G_TYPE_DOUBLE,
                                       G_TYPE_DOUBLE);
  /**
   * PaneView::sort:
   * @self: the view
   * @column: a ThawSortColumn
   * @descending: whether the other way round
   *
   * The user wants another order. The view shows it once the model has it.
   */
  signals[SIGNAL_SORT] = g_signal_new ("sort",
                                       PANE_TYPE_VIEW,
                                       G_SIGNAL_RUN_LAST,
                                       0,
                                       NULL,
                                       NULL,
                                       NULL,
                                       G_TYPE_NONE,
                                       2,
                                       G_TYPE_UINT,
                                       G_TYPE_BOOLEAN);
  /**
   * PaneView::sort-attribute:
   * @self: the view
   * @attribute: the id of a plugin's column, "git/status"
   * @descending: whether the other way round
   *
   * The user wants the entries by what a plugin says of them: %THAW_SORT_ATTRIBUTE.
   */
  signals[SIGNAL_SORT_ATTRIBUTE] = g_signal_new ("sort-attribute",
                                                 PANE_TYPE_VIEW,
                                                 G_SIGNAL_RUN_LAST,
                                                 0,
                                                 NULL,
                                                 NULL,
                                                 NULL,
                                                 G_TYPE_NONE,
                                                 2,
                                                 G_TYPE_STRING,
                                                 G_TYPE_BOOLEAN);
  /**
   * PaneView::drag:
   * @self: a view
   *
   * The user has begun to drag what is selected.
   *
   * Returns: (transfer full) (nullable): what is dragged
   */
  signals[SIGNAL_DRAG] = g_signal_new ("drag",
                                       PANE_TYPE_VIEW,
                                       G_SIGNAL_RUN_LAST,
                                       0,
                                       g_signal_accumulator_first_wins,
                                       NULL,
                                       NULL,
                                       GDK_TYPE_CONTENT_PROVIDER,
                                       0);

  /**
   * PaneView::open:
   * @self: a view
   * @location: a folder
   *
   * The user wants to be in another folder than the one that is shown.
   */
  signals[SIGNAL_OPEN] = g_signal_new ("open",
                                       PANE_TYPE_VIEW,
                                       G_SIGNAL_RUN_LAST,
                                       0,
                                       NULL,
                                       NULL,
                                       NULL,
                                       G_TYPE_NONE,
                                       1,
                                       G_TYPE_FILE);

  /**
   * PaneView::settings-changed:
   * @self: the view
   *
   * The user has arranged something that [method@Pane.View.dup_settings] tells of.
   */
  signals[SIGNAL_SETTINGS_CHANGED] = g_signal_new ("settings-changed",
                                                   PANE_TYPE_VIEW,
                                                   G_SIGNAL_RUN_LAST,
                                                   0,
                                                   NULL,
                                                   NULL,
                                                   g_cclosure_marshal_VOID__VOID,
                                                   G_TYPE_NONE,
                                                   0);
}

static void
pane_view_init (PaneView *self)
{
}

/**
 * pane_view_set_model:
 * @self: a [class@Pane.View]
 * @model: what to show
 *
 * Gives the view its model: once, before it is shown. Another folder is published to the same
 * model.
 */
void
pane_view_set_model (PaneView *self, PaneFolderModel *model)
{
  PaneViewPrivate *priv;

  g_return_if_fail (PANE_IS_VIEW (self));
  g_return_if_fail (PANE_IS_FOLDER_MODEL (model));

  priv = get_private (self);
  if (priv->model == model)
    return;
  g_return_if_fail (priv->model == NULL);
  priv->model = g_object_ref (model);
  if (!pane_view_shows_tree (self))
    pane_folder_model_collapse_all (model);
  pane_view_sync_headings (self);
  if (PANE_VIEW_GET_CLASS (self)->set_model != NULL)
    PANE_VIEW_GET_CLASS (self)->set_model (self, model);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MODEL]);
}

/**
 * pane_view_get_model:
 * @self: a [class@Pane.View]
 *
 * Returns: (transfer none) (nullable): the model
 */
PaneFolderModel *
pane_view_get_model (PaneView *self)
{
  g_return_val_if_fail (PANE_IS_VIEW (self), NULL);

  return get_private (self)->model;
}

/**
 * pane_view_shows_tree:
 * @self: a [class@Pane.View]
 *
 * Returns: whether the view shows what is in folders that are expanded, and the user lets it
 */
gboolean
pane_view_shows_tree (PaneView *self)
{
  g_return_val_if_fail (PANE_IS_VIEW (self), FALSE);

  return PANE_VIEW_GET_CLASS (self)->shows_tree && !get_private (self)->hides_tree;
}

/* For views with a tree that the user doesn't want. */
void
pane_view_set_hides_tree (PaneView *self, gboolean hides)
{
  PaneViewPrivate *priv = get_private (self);

  if (priv->hides_tree == !!hides)
    return;
  priv->hides_tree = !!hides;
  if (hides && priv->model != NULL)
    pane_folder_model_collapse_all (priv->model);
}

/**
 * pane_view_reveal:
 * @self: a [class@Pane.View]
 * @id: an entry
 * @focus: whether to move the keyboard focus to it as well
 *
 * Scrolls as little as needed to have the entry in sight. If its row can't be scrolled to yet,
 * because it was published a moment ago, that happens in the next frame. An entry that isn't shown
 * is ignored.
 */
void
pane_view_reveal (PaneView *self, guint32 id, gboolean focus)
{
  g_return_if_fail (PANE_IS_VIEW (self));

  if (PANE_VIEW_GET_CLASS (self)->reveal != NULL)
    PANE_VIEW_GET_CLASS (self)->reveal (self, id, focus);
}

/**
 * pane_view_get_visible_range:
 * @self: a [class@Pane.View]
 * @first_position: (out): of what is in sight
 * @last_position: (out): of what is in sight, included
 *
 * Returns: whether anything is in sight
 */
gboolean
pane_view_get_visible_range (PaneView *self, guint *first_position, guint *last_position)
{
  g_return_val_if_fail (PANE_IS_VIEW (self), FALSE);
  g_return_val_if_fail (first_position != NULL && last_position != NULL, FALSE);

  return PANE_VIEW_GET_CLASS (self)->get_visible != NULL
         && PANE_VIEW_GET_CLASS (self)->get_visible (self, first_position, last_position);
}

/**
 * pane_view_get_place:
 * @self: a [class@Pane.View]
 * @id: (out): what the user looks at: the entry that has the focus if it is in sight, else the
 * first one that is
 * @offset: (out): how far that is from where what is in sight begins, in application pixels
 *
 * Finds out what [method@Pane.View.put_place] is to be told when the folder is shown again.
 *
 * Returns: whether there is such an entry
 */
gboolean
pane_view_get_place (PaneView *self, guint32 *id, double *offset)
{
  g_return_val_if_fail (PANE_IS_VIEW (self), FALSE);
  g_return_val_if_fail (id != NULL && offset != NULL, FALSE);

  *id = THAW_NO_ENTRY;
  *offset = 0;
  return PANE_VIEW_GET_CLASS (self)->get_place != NULL
         && PANE_VIEW_GET_CLASS (self)->get_place (self, id, offset);
}

/**
 * pane_view_put_place:
 * @self: a [class@Pane.View]
 * @id: an entry
 * @offset: how far it is to be from where what is in sight begins, in application pixels
 *
 * Scrolls to where the entry was, as far as the ends of the content allow; in the next frame if it
 * can't be scrolled to yet. The focus stays where it is, or goes where it has been asked to. An
 * entry that isn't shown is ignored.
 */
void
pane_view_put_place (PaneView *self, guint32 id, double offset)
{
  g_return_if_fail (PANE_IS_VIEW (self));

  if (PANE_VIEW_GET_CLASS (self)->put_place != NULL)
    PANE_VIEW_GET_CLASS (self)->put_place (self, id, offset);
}

/**
 * pane_view_get_n_zoom_levels:
 * @self: a [class@Pane.View]
 *
 * Returns: how many sizes the view knows, at least 1
 */
guint
pane_view_get_n_zoom_levels (PaneView *self)
{
  g_return_val_if_fail (PANE_IS_VIEW (self), 1);

  if (PANE_VIEW_GET_CLASS (self)->get_n_zoom_levels == NULL)
    return MAX (get_private (self)->n_icon_sizes, 1);
  return PANE_VIEW_GET_CLASS (self)->get_n_zoom_levels (self);
}

/**
 * pane_view_set_zoom:
 * @self: a [class@Pane.View]
 * @level: the step of size, 0 for the smallest; what is too large means the largest
 *
 * Shows entries in another size.
 */
void
pane_view_set_zoom (PaneView *self, guint level)
{
  PaneViewPrivate *priv;

  g_return_if_fail (PANE_IS_VIEW (self));

  priv = get_private (self);
  level = MIN (level, pane_view_get_n_zoom_levels (self) - 1);
  if (priv->zoom == level)
    return;
  priv->zoom = level;
  if (PANE_VIEW_GET_CLASS (self)->set_zoom != NULL)
    PANE_VIEW_GET_CLASS (self)->set_zoom (self, level);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ZOOM]);
}

/**
 * pane_view_measure_cell:
 * @self: a [class@Pane.View]
 * @style: what follows from the font and the zoom
 * @width: (out): how wide a cell is, in application pixels
 * @height: (out): how high
 *
 * Asks the view how large its cells are, for whoever makes them.
 */
void
pane_view_measure_cell (PaneView *self, const PaneCellStyle *style, int *width, int *height)
{
  g_return_if_fail (PANE_IS_VIEW (self));
  g_return_if_fail (width != NULL && height != NULL);

  *width = *height = 0;
  if (PANE_VIEW_GET_CLASS (self)->measure_cell != NULL)
    PANE_VIEW_GET_CLASS (self)->measure_cell (self, style, width, height);
}

/**
 * pane_view_open:
 * @self: a [class@Pane.View]
 * @location: a folder
 *
 * For views: emits [signal@Pane.View::open].
 */
void
pane_view_open (PaneView *self, GFile *location)
{
  g_return_if_fail (PANE_IS_VIEW (self));
  g_return_if_fail (G_IS_FILE (location));

  g_signal_emit (self, signals[SIGNAL_OPEN], 0, location);
}

/**
 * pane_view_dup_file:
 * @self: a [class@Pane.View]
 * @id: an entry
 *
 * Returns: (transfer full) (nullable): its file, %NULL if there is no such entry or no folder
 */
GFile *
pane_view_dup_file (PaneView *self, guint32 id)
{
  PaneFolderModel *model;

  g_return_val_if_fail (PANE_IS_VIEW (self), NULL);

  model = get_private (self)->model;
  return model != NULL ? pane_folder_model_dup_file (model, id) : NULL;
}

/* For the registry, which knows what the view has said of itself. */
void
pane_view_set_needs (PaneView *self, PaneNeeds needs)
{
  PaneViewPrivate *priv = get_private (self);

  priv->needs = needs;
  if (PANE_VIEW_GET_CLASS (self)->set_zoom != NULL)
    PANE_VIEW_GET_CLASS (self)->set_zoom (self, priv->zoom);
}

PaneNeeds
pane_view_get_needs (PaneView *self)
{
  return get_private (self)->needs;
}

/**
 * pane_view_want:
 * @self: a [class@Pane.View]
 * @first_position: of what is on the screen
 * @last_position: of what is on the screen, included
 *
 * For views: has the folder read the details of these entries before those of all others.
 */
void
pane_view_want (PaneView *self, guint first_position, guint last_position)
{
  PaneFolderModel *model;
  ThawFolder *folder;
  ThawOrder *order;

  g_return_if_fail (PANE_IS_VIEW (self));

  model = get_private (self)->model;
  folder = model != NULL ? pane_folder_model_get_folder (model) : NULL;
  order = model != NULL ? pane_folder_model_get_order (model) : NULL;
  if (folder == NULL || order == NULL || last_position < first_position
      || last_position >= thaw_order_get_n (order))
    return;
  /* Between the folder's new store and its order's publication the ids are another store's. */
  if (thaw_folder_get_store (folder) == thaw_order_get_store (order))
    pane_folder_model_want (model,
                            thaw_order_get_ids (order) + first_position,
                            MIN (last_position - first_position + 1, MAX_WANTED));
}

/**
 * pane_view_set_icon_sizes:
 * @self: a [class@Pane.View]
 * @sizes: (array length=n_sizes): sizes of icons, the smallest first, in application pixels
 * @n_sizes: how many
 * @default_zoom: which of them to begin with
 *
 * For views, while they are made: says which sizes there are.
 */
void
pane_view_set_icon_sizes (PaneView *self, const int *sizes, guint n_sizes, guint default_zoom)
{
  PaneViewPrivate *priv;

  g_return_if_fail (PANE_IS_VIEW (self));
  g_return_if_fail (sizes != NULL && n_sizes > 0 && default_zoom < n_sizes);

  priv = get_private (self);
  g_free (priv->icon_sizes);
  priv->icon_sizes = g_memdup2 (sizes, n_sizes * sizeof (*sizes));
  priv->n_icon_sizes = n_sizes;
  pane_view_set_zoom (self, default_zoom);
}

/**
 * pane_view_get_icon_size:
 * @self: a [class@Pane.View]
 *
 * Returns: how large icons are at the zoom that is set, in application pixels; 0 if the view hasn't
 *   said which sizes there are
 */
int
pane_view_get_icon_size (PaneView *self)
{
  PaneViewPrivate *priv;

  g_return_val_if_fail (PANE_IS_VIEW (self), 0);

  priv = get_private (self);
  return priv->zoom < priv->n_icon_sizes ? priv->icon_sizes[priv->zoom] : 0;
}

/**
 * pane_view_get_zoom:
 * @self: a [class@Pane.View]
 *
 * Returns: the step of size
 */
guint
pane_view_get_zoom (PaneView *self)
{
  g_return_val_if_fail (PANE_IS_VIEW (self), 0);

  return get_private (self)->zoom;
}

/**
 * pane_view_get_entry_at:
 * @self: a [class@Pane.View]
 * @x: in the view's coordinates
 * @y: the same
 *
 * Finds what is at a point, for what is dropped there.
 *
 * Returns: an entry, or %THAW_NO_ENTRY
 */
guint32
pane_view_get_entry_at (PaneView *self, double x, double y)
{
  g_return_val_if_fail (PANE_IS_VIEW (self), THAW_NO_ENTRY);

  return PANE_VIEW_GET_CLASS (self)->get_entry_at != NULL
             ? PANE_VIEW_GET_CLASS (self)->get_entry_at (self, x, y)
             : THAW_NO_ENTRY;
}

/**
 * pane_view_request_drag:
 * @self: a [class@Pane.View]
 *
 * For views: the user has begun to drag what is selected. Emits [signal@Pane.View::drag].
 *
 * Returns: (transfer full) (nullable): what is dragged, %NULL if it isn't to be
 */
GdkContentProvider *
pane_view_request_drag (PaneView *self)
{
  GdkContentProvider *provider = NULL;

  g_return_val_if_fail (PANE_IS_VIEW (self), NULL);

  g_signal_emit (self, signals[SIGNAL_DRAG], 0, &provider);
  return provider;
}

/**
 * pane_view_get_entry_bounds:
 * @self: a [class@Pane.View]
 * @id: an entry
 * @bounds: (out): where it is, in the view's coordinates
 *
 * Finds where an entry is on the screen, for a popover that points at it.
 *
 * Returns: whether the entry is in sight
 */
gboolean
pane_view_get_entry_bounds (PaneView *self, guint32 id, graphene_rect_t *bounds)
{
  g_return_val_if_fail (PANE_IS_VIEW (self), FALSE);
  g_return_val_if_fail (bounds != NULL, FALSE);

  return PANE_VIEW_GET_CLASS (self)->get_entry_bounds != NULL
         && PANE_VIEW_GET_CLASS (self)->get_entry_bounds (self, id, bounds);
}

/**
 * pane_view_activate:
 * @self: a [class@Pane.View]
 * @id: an entry
 *
 * For views: emits [signal@Pane.View::activate].
 */
void
pane_view_activate (PaneView *self, guint32 id)
{
  g_return_if_fail (PANE_IS_VIEW (self));

  g_signal_emit (self, signals[SIGNAL_ACTIVATE], 0, id);
}

/**
 * pane_view_request_menu:
 * @self: a [class@Pane.View]
 * @id: an entry, or %THAW_NO_ENTRY
 * @x: where, in the view's coordinates
 * @y: where, in the view's coordinates
 *
 * For views: emits [signal@Pane.View::menu].
 */
void
pane_view_request_menu (PaneView *self, guint32 id, double x, double y)
{
  g_return_if_fail (PANE_IS_VIEW (self));

  g_signal_emit (self, signals[SIGNAL_MENU], 0, id, x, y);
}

/**
 * pane_view_request_sort:
 * @self: a [class@Pane.View]
 * @column: what to sort by
 * @descending: whether the other way round
 *
 * For views: emits [signal@Pane.View::sort].
 */
void
pane_view_request_sort (PaneView *self, ThawSortColumn column, gboolean descending)
{
  g_return_if_fail (PANE_IS_VIEW (self));

  g_signal_emit (self, signals[SIGNAL_SORT], 0, (guint) column, descending);
}

/**
 * pane_view_request_sort_attribute:
 * @self: a [class@Pane.View]
 * @attribute: the id of a plugin's column
 * @descending: whether the other way round
 *
 * For views: emits [signal@Pane.View::sort-attribute].
 */
void
pane_view_request_sort_attribute (PaneView *self, const char *attribute, gboolean descending)
{
  g_return_if_fail (PANE_IS_VIEW (self));
  g_return_if_fail (attribute != NULL);

  g_signal_emit (self, signals[SIGNAL_SORT_ATTRIBUTE], 0, attribute, descending);
}

/**
 * pane_view_dup_settings:
 * @self: a [class@Pane.View]
 *
 * Says what the user has arranged in the view apart from its zoom, such as the widths of columns,
 * for a host that remembers it. One line of text, for views of the same kind only.
 *
 * Returns: (transfer full): the settings, "" if everything is as it comes
 */
char *
pane_view_dup_settings (PaneView *self)
{
  g_return_val_if_fail (PANE_IS_VIEW (self), NULL);

  return pane_view_write_settings (self,
                                   PANE_VIEW_GET_CLASS (self)->dup_settings != NULL
                                       ? PANE_VIEW_GET_CLASS (self)->dup_settings (self)
                                       : g_strdup (""));
}

/**
 * pane_view_apply_settings:
 * @self: a [class@Pane.View]
 * @settings: what [method@Pane.View.dup_settings] once said, or "" for the defaults
 *
 * Arranges the view like that. What it doesn't understand it passes over. Emits no
 * [signal@Pane.View::settings-changed].
 */
void
pane_view_apply_settings (PaneView *self, const char *settings)
{
  g_return_if_fail (PANE_IS_VIEW (self));
  g_return_if_fail (settings != NULL);

  settings = pane_view_read_settings (self, settings);
  if (PANE_VIEW_GET_CLASS (self)->apply_settings != NULL)
    PANE_VIEW_GET_CLASS (self)->apply_settings (self, settings);
}

/**
 * pane_view_settings_changed:
 * @self: a [class@Pane.View]
 *
 * For views: emits [signal@Pane.View::settings-changed].
 */
void
pane_view_settings_changed (PaneView *self)
{
  g_return_if_fail (PANE_IS_VIEW (self));

  g_signal_emit (self, signals[SIGNAL_SETTINGS_CHANGED], 0);
}
