/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PaneCell: the one widget of a row or a grid's cell. GTK keeps two hundred of them, so a cell has
 * no children and no layout of its own: it draws its entry in snapshot() with what its view shares,
 * and only the thirty on the screen are ever drawn. It follows its slot: when the slot is pointed
 * at another entry it redraws and tells the list item, which is what a screen reader sees, what it
 * is called now. Loop's thread only.
 */
#include "pane-cell-private.h"
#include "pane-details.h"
#include "pane-entry-list.h"
#include "pane-icon-cache.h"
#include "pane-plugin-data.h"
#include "pane-thumbnails.h"

#define DIMMED_OPACITY 0.55

typedef struct {
  const PaneCellStyle *style;
  GtkListItem *item; /* not owned: it owns us; NULL while it shows nothing */
  PaneRow *row;
  gulong changed_id;
  gboolean label_stale;
  gboolean is_heading;      /* as the item was told */
  gboolean asked_thumbnail; /* a cell may outlive its view, and with it the style, by a moment */
  /* Without a row. */
  PaneFolderModel *model; /* owned; NULL: there is a row, or nothing */
  guint position;
  guint32 id;
} PaneCellPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (PaneCell, pane_cell, GTK_TYPE_WIDGET)

static PaneCellPrivate *
get_private (PaneCell *self)
{
  return pane_cell_get_instance_private (self);
}

static PaneFolderModel *
get_model (PaneCell *self)
{
  PaneCellPrivate *priv = get_private (self);

  return priv->row != NULL ? pane_row_get_model (priv->row) : priv->model;
}

static void
pane_cell_dispose (GObject *object)
{
  pane_cell_unbind (PANE_CELL (object));
  G_OBJECT_CLASS (pane_cell_parent_class)->dispose (object);
}

static GtkSizeRequestMode
get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_CONSTANT_SIZE;
}

static void
snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PaneCell *self = PANE_CELL (widget);

  if (pane_cell_get_store (self) == NULL)
    return;
  pane_cell_update_label (self);
  PANE_CELL_GET_CLASS (self)->draw (self, snapshot);
}

static void
measure (GtkWidget *widget,
         GtkOrientation orientation,
         int for_size,
         int *minimum,
         int *natural,
         int *minimum_baseline,
         int *natural_baseline)
{
  const PaneCellStyle *style = pane_cell_get_style (PANE_CELL (widget));

  *minimum = orientation == GTK_ORIENTATION_VERTICAL ? style->height : style->least_width;
  *natural = orientation == GTK_ORIENTATION_VERTICAL ? style->height : style->width;
}

static gboolean
query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  PaneCell *self = PANE_CELL (widget);
  GdkRectangle area = { 0, 0, gtk_widget_get_width (widget), gtk_widget_get_height (widget) };
  const char *text = NULL;

  if (pane_cell_get_store (self) != NULL && PANE_CELL_GET_CLASS (self)->find_cut_text != NULL)
    text = PANE_CELL_GET_CLASS (self)->find_cut_text (self, x, &area);
  if (text == NULL)
    return FALSE;
  gtk_tooltip_set_text (tooltip, text);
  gtk_tooltip_set_tip_area (tooltip, &area);
  return TRUE;
}

static void
map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (pane_cell_parent_class)->map (widget);
  pane_entry_list_cell_moves (widget, FALSE);
}

static void
unmap (GtkWidget *widget)
{
  pane_entry_list_cell_moves (widget, TRUE);
  GTK_WIDGET_CLASS (pane_cell_parent_class)->unmap (widget);
}

static void
pane_cell_class_init (PaneCellClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pane_cell_dispose;
  widget_class->get_request_mode = get_request_mode;
  widget_class->measure = measure;
  widget_class->query_tooltip = query_tooltip;
  widget_class->snapshot = snapshot;
  widget_class->map = map;
  widget_class->unmap = unmap;
  /* The list item around it is what has a role and a name. */
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
pane_cell_init (PaneCell *self)
{
  g_signal_connect_object (pane_plugin_data_get_default (),
                           "changed",
                           G_CALLBACK (pane_cell_changed),
                           self,
                           G_CONNECT_SWAPPED);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
}

/* With what plugins say of it. */
static char *
dup_label (PaneCell *self, ThawEntryStore *store)
{
  PanePluginBadge badges[PANE_PLUGIN_MAX_BADGES];
  guint32 id = pane_cell_get_id (self);
  guint n
      = pane_plugin_data_get_badges (pane_plugin_data_get_default (), get_model (self), id, badges);
  g_autofree char *label
      = THAW_IS_NOTE_ID (id) ? pane_folder_model_dup_note (get_model (self), id)
                             : pane_details_describe_entry (pane_details_get_default (), store, id);
  GString *full;

  if (n == 0 && PANE_CELL_GET_CLASS (self)->describe == NULL)
    return g_steal_pointer (&label);
  full = g_string_new (label);
  for (guint i = 0; i < n; i++)
    if (badges[i].word != NULL)
      g_string_append_printf (full, ", %s", badges[i].word);
  if (PANE_CELL_GET_CLASS (self)->describe != NULL)
    PANE_CELL_GET_CLASS (self)->describe (self, full);
  return g_string_free (full, FALSE);
}

/**
 * pane_cell_update_label:
 * @self: a [class@Pane.Cell]
 *
 * Tells screen readers what the cell shows. A cell does so when it is painted; those off the
 * screen, two hundred of them, are told apart from that, when there is time.
 *
 * Returns: whether what it was called was out of date
 */
gboolean
pane_cell_update_label (PaneCell *self)
{
  PaneCellPrivate *priv = get_private (self);
  ThawEntryStore *store = pane_cell_get_store (self);
  g_autofree char *label = NULL;

  if (!priv->label_stale || (priv->item == NULL && priv->model == NULL))
    return FALSE;
  priv->label_stale = FALSE;
  if (store != NULL)
    label = dup_label (self, store);
  if (priv->item != NULL)
    gtk_list_item_set_accessible_label (priv->item, label != NULL ? label : "");
  else
    gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                    GTK_ACCESSIBLE_PROPERTY_LABEL,
                                    label != NULL ? label : "",
                                    -1);
  return TRUE;
}

/**
 * pane_cell_changed:
 * @self: a [class@Pane.Cell]
 *
 * The entry, or what is known of it, is another one: draws the cell again and renames it for screen
 * readers.
 */
void
pane_cell_changed (PaneCell *self)
{
  g_return_if_fail (PANE_IS_CELL (self));

  if (PANE_CELL_GET_CLASS (self)->changed != NULL)
    PANE_CELL_GET_CLASS (self)->changed (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  get_private (self)->label_stale = TRUE;
}

/* A row that is a heading is nothing to choose, to open, or to be at. */
static void
update_heading (PaneCell *self)
{
  PaneCellPrivate *priv = get_private (self);
  GtkWidget *row = gtk_widget_get_parent (GTK_WIDGET (self));
  PaneFolderModel *model = get_model (self);
  gboolean is_heading
      = model != NULL && pane_folder_model_is_heading (model, pane_cell_get_id (self));

  if (is_heading == priv->is_heading)
    return;
  priv->is_heading = is_heading;
  gtk_list_item_set_focusable (priv->item, !is_heading);
  gtk_list_item_set_selectable (priv->item, !is_heading);
  gtk_list_item_set_activatable (priv->item, !is_heading);
  if (row != NULL && is_heading)
    gtk_widget_add_css_class (row, "pane-heading");
  else if (row != NULL)
    gtk_widget_remove_css_class (row, "pane-heading");
}

static void
row_changed_cb (PaneRow *row, PaneCell *self)
{
  update_heading (self);
  pane_cell_changed (self);
}

/**
 * pane_cell_bind:
 * @self: a [class@Pane.Cell]
 * @item: the list item whose child the cell is
 *
 * Begins to show the entry of the item's [class@Pane.Row].
 */
void
pane_cell_bind (PaneCell *self, GtkListItem *item)
{
  PaneCellPrivate *priv = get_private (self);

  pane_cell_unbind (self);
  priv->item = item;
  priv->row = g_object_ref (gtk_list_item_get_item (item));
  priv->changed_id = g_signal_connect (priv->row, "changed", G_CALLBACK (row_changed_cb), self);
  update_heading (self);
  pane_cell_changed (self);
}

/**
 * pane_cell_bind_entry:
 * @self: a [class@Pane.Cell] that is in no list item
 * @model: the model
 * @position: where the entry is in it
 * @id: the entry
 *
 * Begins to show an entry. Whoever calls it says so again when the entry is at another place.
 */
void
pane_cell_bind_entry (PaneCell *self, PaneFolderModel *model, guint position, guint32 id)
{
  PaneCellPrivate *priv = get_private (self);
  gboolean same = priv->model == model && priv->id == id;

  priv->position = position;
  if (same)
    return;
  pane_cell_unbind (self);
  priv->model = g_object_ref (model);
  priv->id = id;
  pane_cell_changed (self);
}

/**
 * pane_cell_unbind:
 * @self: a [class@Pane.Cell]
 *
 * Shows nothing any more.
 */
void
pane_cell_unbind (PaneCell *self)
{
  PaneCellPrivate *priv = get_private (self);

  if (priv->row != NULL)
    g_clear_signal_handler (&priv->changed_id, priv->row);
  if (priv->asked_thumbnail)
    pane_thumbnails_forget (pane_thumbnails_get_default (), GTK_WIDGET (self));
  priv->asked_thumbnail = FALSE;
  g_clear_object (&priv->row);
  g_clear_object (&priv->model);
  priv->id = THAW_NO_ENTRY;
  priv->item = NULL;
}

void
pane_cell_set_style (PaneCell *self, const PaneCellStyle *style)
{
  get_private (self)->style = style;
}

/**
 * pane_cell_get_style:
 * @self: a [class@Pane.Cell]
 *
 * Returns: (transfer none): what it shares with the other cells of its view
 */
const PaneCellStyle *
pane_cell_get_style (PaneCell *self)
{
  g_return_val_if_fail (PANE_IS_CELL (self), NULL);

  return get_private (self)->style;
}

/**
 * pane_cell_is_rtl:
 * @self: a [class@Pane.Cell]
 *
 * Returns: whether it begins at the right
 */
gboolean
pane_cell_is_rtl (PaneCell *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

/**
 * pane_cell_get_id:
 * @self: a [class@Pane.Cell]
 *
 * Returns: the entry that is shown, or %THAW_NO_ENTRY
 */
guint32
pane_cell_get_id (PaneCell *self)
{
  PaneCellPrivate *priv;

  g_return_val_if_fail (PANE_IS_CELL (self), THAW_NO_ENTRY);

  priv = get_private (self);
  if (priv->row != NULL)
    return pane_row_get_id (priv->row);
  return priv->model != NULL ? priv->id : THAW_NO_ENTRY;
}

/**
 * pane_cell_get_position:
 * @self: a [class@Pane.Cell]
 *
 * Returns: the place in the model, or %GTK_INVALID_LIST_POSITION
 */
guint
pane_cell_get_position (PaneCell *self)
{
  PaneCellPrivate *priv;

  g_return_val_if_fail (PANE_IS_CELL (self), GTK_INVALID_LIST_POSITION);

  priv = get_private (self);
  if (priv->row != NULL)
    return pane_row_get_position (priv->row);
  return priv->model != NULL ? priv->position : GTK_INVALID_LIST_POSITION;
}

/**
 * pane_cell_get_model:
 * @self: a [class@Pane.Cell]
 *
 * Returns: (transfer none) (nullable): the model of the entry that is shown
 */
PaneFolderModel *
pane_cell_get_model (PaneCell *self)
{
  g_return_val_if_fail (PANE_IS_CELL (self), NULL);

  return get_model (self);
}

/**
 * pane_cell_get_store:
 * @self: a [class@Pane.Cell]
 *
 * Returns: (transfer none) (nullable): the store of the entry that is shown
 */
ThawEntryStore *
pane_cell_get_store (PaneCell *self)
{
  PaneFolderModel *model;

  g_return_val_if_fail (PANE_IS_CELL (self), NULL);

  model = get_model (self);
  if (model == NULL || pane_cell_get_id (self) == THAW_NO_ENTRY)
    return NULL;
  return pane_folder_model_get_store (model);
}

/**
 * pane_cell_is_dimmed:
 * @self: a [class@Pane.Cell]
 *
 * Returns: whether the entry is a hidden one or has been cut, and is drawn fainter
 */
gboolean
pane_cell_is_dimmed (PaneCell *self)
{
  PaneFolderModel *model;
  guint32 id;

  g_return_val_if_fail (PANE_IS_CELL (self), FALSE);

  model = get_model (self);
  id = pane_cell_get_id (self);
  if (model == NULL || id == THAW_NO_ENTRY)
    return FALSE;
  return (thaw_entry_store_get_flags (pane_folder_model_get_store (model), id) & THAW_ENTRY_HIDDEN)
             != 0
         || pane_folder_model_is_id_cut (model, id);
}

/**
 * pane_cell_snapshot_text:
 * @self: a [class@Pane.Cell]
 * @snapshot: the snapshot
 * @layout: the text
 * @x: where the layout begins
 * @baseline: where its first line stands
 * @opacity: 1 for the style's text colour
 *
 * Draws text, fainter if the entry is hidden or cut. A name in letters that the font doesn't have
 * gets higher lines from another one; its letters stand on the same line as everybody's.
 */
void
pane_cell_snapshot_text (PaneCell *self,
                         GtkSnapshot *snapshot,
                         PangoLayout *layout,
                         int x,
                         int baseline,
                         double opacity)
{
  int y = baseline - PANGO_PIXELS (pango_layout_get_baseline (layout));
  GdkRGBA color;

  gtk_widget_get_color (GTK_WIDGET (self), &color);
  color.alpha *= opacity * (pane_cell_is_dimmed (self) ? DIMMED_OPACITY : 1);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x, y));
  gtk_snapshot_append_layout (snapshot, layout, &color);
  gtk_snapshot_restore (snapshot);
}

static const char *
get_emblem (ThawEntryStore *store, guint32 id)
{
  ThawEntryKind kind = thaw_entry_store_get_kind (store, id);

  if (kind != THAW_ENTRY_SYMLINK && kind != THAW_ENTRY_SHORTCUT)
    return NULL;
  return (thaw_entry_store_get_flags (store, id) & THAW_ENTRY_BROKEN) != 0
             ? g_intern_static_string ("emblem-unreadable")
             : g_intern_static_string ("emblem-symbolic-link");
}

/* @paintable: NULL while it is being read: then its place stays empty. */
static void
snapshot_paintable (GdkPaintable *paintable, GtkSnapshot *snapshot, double x, double y, int size)
{
  double ratio, width, height;

  if (paintable == NULL)
    return;
  ratio = gdk_paintable_get_intrinsic_aspect_ratio (paintable);
  width = ratio > 0 && ratio < 1 ? size * ratio : size;
  height = ratio > 1 ? size / ratio : size;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (
      snapshot,
      &GRAPHENE_POINT_INIT ((float) (x + (size - width) / 2), (float) (y + (size - height) / 2)));
  gdk_paintable_snapshot (paintable, snapshot, width, height);
  gtk_snapshot_restore (snapshot);
}

/* At the bottom, at the end: where the eye expects it in either direction of writing. */
static void
snapshot_emblem (PaneCell *self,
                 GtkSnapshot *snapshot,
                 const char *emblem,
                 double x,
                 double y,
                 int size)
{
  GtkWidget *widget = GTK_WIDGET (self);
  PaneIconCache *cache = pane_icon_cache_get (gtk_widget_get_display (widget));
  int emblem_size = size >= 96 ? 32 : size >= 48 ? 22 : size >= 32 ? 16 : 12;
  GdkPaintable *paintable = pane_icon_cache_lookup_named (cache,
                                                          emblem,
                                                          emblem_size,
                                                          gtk_widget_get_scale_factor (widget));

  if (gtk_widget_get_direction (widget) != GTK_TEXT_DIR_RTL)
    x += size - emblem_size;
  snapshot_paintable (paintable, snapshot, x, y + size - emblem_size, emblem_size);
}

static gboolean
snapshot_thumbnail (PaneCell *self, GtkSnapshot *snapshot, double x, double y, int size)
{
  get_private (self)->asked_thumbnail = get_private (self)->style->thumbnails;
  return get_private (self)->asked_thumbnail
         && pane_thumbnails_snapshot (pane_thumbnails_get_default (),
                                      GTK_WIDGET (self),
                                      snapshot,
                                      get_model (self),
                                      pane_cell_get_id (self),
                                      x,
                                      y,
                                      size);
}

static void
snapshot_plain_icon (PaneCell *self, GtkSnapshot *snapshot, double x, double y, int size)
{
  GtkWidget *widget = GTK_WIDGET (self);

  snapshot_paintable (pane_icon_cache_lookup (pane_icon_cache_get (gtk_widget_get_display (widget)),
                                              pane_cell_get_store (self),
                                              pane_cell_get_id (self),
                                              size,
                                              gtk_widget_get_scale_factor (widget)),
                      snapshot,
                      x,
                      y,
                      size);
}

/* Plugins' badges, at the top, at the end: the bottom is the emblem's. */
static void
snapshot_badges (PaneCell *self, GtkSnapshot *snapshot, double x, double y, int size)
{
  PanePluginBadge badges[PANE_PLUGIN_MAX_BADGES];
  GtkWidget *widget = GTK_WIDGET (self);
  PaneIconCache *cache = pane_icon_cache_get (gtk_widget_get_display (widget));
  guint n = pane_plugin_data_get_badges (pane_plugin_data_get_default (),
                                         get_model (self),
                                         pane_cell_get_id (self),
                                         badges);
  int badge_size = size >= 96 ? 32 : size >= 48 ? 16 : 10;

  if (gtk_widget_get_direction (widget) != GTK_TEXT_DIR_RTL)
    x += size - badge_size;
  for (guint i = 0; i < n; i++, y += badge_size)
    if (badges[i].icon_name != NULL)
      snapshot_paintable (pane_icon_cache_lookup_named (cache,
                                                        g_intern_string (badges[i].icon_name),
                                                        badge_size,
                                                        gtk_widget_get_scale_factor (widget)),
                          snapshot,
                          x,
                          y,
                          badge_size);
}

/**
 * pane_cell_snapshot_icon:
 * @self: a [class@Pane.Cell]
 * @snapshot: the snapshot
 * @x: left edge
 * @y: top edge
 * @size: width and height
 *
 * Draws the entry's icon, or its thumbnail if the view wants them, with an emblem if it is a link,
 * fainter if the entry is hidden or cut.
 */
void
pane_cell_snapshot_icon (PaneCell *self, GtkSnapshot *snapshot, double x, double y, int size)
{
  ThawEntryStore *store = pane_cell_get_store (self);
  guint32 id = pane_cell_get_id (self);
  gboolean dimmed = pane_cell_is_dimmed (self);
  const char *emblem;

  if (store == NULL)
    return;
  if (dimmed)
    gtk_snapshot_push_opacity (snapshot, DIMMED_OPACITY);
  if (!snapshot_thumbnail (self, snapshot, x, y, size))
    snapshot_plain_icon (self, snapshot, x, y, size);
  emblem = get_emblem (store, id);
  if (emblem != NULL)
    snapshot_emblem (self, snapshot, emblem, x, y, size);
  snapshot_badges (self, snapshot, x, y, size);
  if (dimmed)
    gtk_snapshot_pop (snapshot);
}

/**
 * pane_cell_snapshot_heading:
 * @self: a [class@Pane.Cell]
 * @snapshot: the snapshot
 * @margin: where it begins, from the start edge
 *
 * Draws the heading of a group, if the cell is the row of one: what the group is called and how
 * many entries it has. For views whose class says `shows_headings`.
 *
 * Returns: whether it is one
 */
gboolean
pane_cell_snapshot_heading (PaneCell *self, GtkSnapshot *snapshot, int margin)
{
  const PaneCellStyle *style;
  g_autofree char *title = NULL;
  guint n_entries = 0;

  g_return_val_if_fail (PANE_IS_CELL (self), FALSE);

  style = pane_cell_get_style (self);
  title = pane_folder_model_dup_heading (get_model (self), pane_cell_get_id (self), &n_entries);
  if (title == NULL)
    return FALSE;
  pane_heading_snapshot (GTK_WIDGET (self),
                         snapshot,
                         style,
                         title,
                         n_entries,
                         margin,
                         (gtk_widget_get_height (GTK_WIDGET (self)) - style->line_height) / 2);
  return TRUE;
}
