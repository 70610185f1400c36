/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The treemap: what is in a folder as tiles as large as what they hold. Folders are measured in the
 * background, once for all folders below the one that was looked at first, and their tiles grow
 * meanwhile. A tile is an entry of the folder like a row of a list: arrows, selection, menus,
 * dragging and opening are the canvas's. The largest 96 have tiles, what is smaller is
 * below them, by name. Sizes are lengths of files, because that is what is known of all of
 * them. Loop's thread only; must not touch files.
 */
#include "pane-treemap-private.h"

#include <glib/gi18n-lib.h>

#define MOST_SCANNED 5000 /* entries in a layout: folders first, then the largest */
#define MOST_LISTED 4000  /* folders whose measured size counts: the largest */
#define MOST_TILES 96
#define LEAST_SIDE 6
#define ROW_CHARS 26
#define ROW_MARGIN 3
#define UNKNOWN_SHARE 512 /* of the whole, for folders of which nothing is known */
#define GROW_MSEC 200
#define KEEP_SECONDS 5 /* what was measured waits for the next view */

#define PANE_TYPE_TREEMAP_VIEW (pane_treemap_view_get_type ())
G_DECLARE_FINAL_TYPE (PaneTreemapView, pane_treemap_view, PANE, TREEMAP_VIEW, PaneCanvasView)

struct _PaneTreemapView {
  PaneCanvasView parent_instance;

  ThawDiskUsage *usage;                             /* owned; NULL: nothing that can be measured */
  GFile *location;                                  /* of the folder shown */
  guint32 node;                                     /* of it in the tree */
  GArray *tiles;                                    /* Tile, by position */
  int map_height, row_width, row_height, n_columns; /* rows of what has no tile are below the map */
  GHashTable *nodes;                                /* id -> node + 1 */
  guint grow_timer;
};

typedef struct {
  guint position;
  GdkRectangle area;
} Tile;

G_DEFINE_FINAL_TYPE (PaneTreemapView, pane_treemap_view, PANE_TYPE_CANVAS_VIEW)

typedef struct {
  double size;
  guint position;
} Ranked;

/* Measuring */

static ThawDiskUsage *latest;     /* weak: what was measured last may have this folder, too */
static PaneTreemapView *follower; /* the one whose folder is followed, of all that are in sight */

/* Of what is on the screen only folders that have been measured look different now. */
static gboolean
grow_cb (gpointer data)
{
  PaneTreemapView *self = data;
  GHashTableIter iter;
  gpointer id;

  self->grow_timer = 0;
  if (follower == NULL)
    follower = self;
  if (self->usage != NULL && follower == self)
    thaw_disk_usage_follow (self->usage, self->node);
  pane_canvas_view_moved (PANE_CANVAS_VIEW (self));
  g_hash_table_iter_init (&iter, self->nodes);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    pane_canvas_view_entry_changed (PANE_CANVAS_VIEW (self), GPOINTER_TO_UINT (id));
  return G_SOURCE_REMOVE;
}

/* While nobody sees it nothing is followed. */
static void
grow_soon (PaneTreemapView *self)
{
  if (self->grow_timer == 0 && gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->grow_timer = g_timeout_add (GROW_MSEC, grow_cb, self);
}

static void
release (gpointer usage)
{
  g_object_unref (usage);
}

static void
forget_usage (PaneTreemapView *self)
{
  if (self->usage != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->usage, self);
      g_timeout_add_seconds_once (KEEP_SECONDS, release, g_steal_pointer (&self->usage));
    }
  g_clear_object (&self->location);
}

/* The tree that was measured last is taken again for a folder in it. */
static void
measure (PaneTreemapView *self, GFile *location)
{
  forget_usage (self);
  self->location = g_object_ref (location);
  if (!g_file_is_native (location))
    return;
  self->node = latest != NULL ? thaw_disk_usage_find (latest, location) : THAW_DISK_USAGE_NO_NODE;
  if (self->node != THAW_DISK_USAGE_NO_NODE)
    self->usage = g_object_ref (latest);
  else
    {
      self->usage = thaw_disk_usage_new (location, THAW_DISK_USAGE_APPARENT_FIRST);
      self->node = THAW_DISK_USAGE_ROOT;
      thaw_disk_usage_start (self->usage);
      g_set_weak_pointer (&latest, self->usage);
    }
  g_signal_connect_swapped (self->usage, "changed", G_CALLBACK (grow_soon), self);
  g_signal_connect_swapped (self->usage, "notify::state", G_CALLBACK (grow_soon), self);
  grow_soon (self);
}

static void
follow_model (PaneTreemapView *self)
{
  PaneFolderModel *model = pane_view_get_model (PANE_VIEW (self));
  ThawFolder *folder = model != NULL ? pane_folder_model_get_folder (model) : NULL;
  GFile *location = folder != NULL ? thaw_folder_get_location (folder) : NULL;

  if (location != NULL && (self->location == NULL || !g_file_equal (location, self->location)))
    measure (self, location);
}

/* Layout */

static guint32
get_node (PaneTreemapView *self, guint32 id)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->nodes, GUINT_TO_POINTER (id))) - 1;
}

/* -1: nothing is known of it. */
static double
get_folder_size (PaneTreemapView *self, ThawEntryStore *store, guint32 id, GHashTable *infos)
{
  const ThawDiskUsageInfo *info
      = g_hash_table_lookup (infos, thaw_entry_store_get_name (store, id));

  if (info == NULL)
    return -1;
  g_hash_table_insert (self->nodes, GUINT_TO_POINTER (id), GUINT_TO_POINTER (info->node + 1));
  if (info->apparent > 0 || info->state == THAW_DISK_USAGE_NODE_DONE)
    return (double) info->apparent;
  return -1;
}

/* The measured size of folders; that of files is in the store. */
static GHashTable *
list_folders (PaneTreemapView *self, GArray *list)
{
  GHashTable *infos = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; list != NULL && i < list->len; i++)
    {
      ThawDiskUsageInfo *info = &g_array_index (list, ThawDiskUsageInfo, i);

      if (info->is_folder)
        g_hash_table_insert (infos, (gpointer) info->name, info);
    }
  return infos;
}

/* All that may have a tile: in the view's order the files that come after so many larger ones
 * haven't. */
static GArray *
get_sizes (PaneTreemapView *self, guint n, GHashTable *infos)
{
  PaneFolderModel *model = pane_view_get_model (PANE_VIEW (self));
  ThawEntryStore *store = pane_folder_model_get_store (model);
  GArray *ranked = g_array_new (FALSE, FALSE, sizeof (Ranked));
  guint n_in_order = 0;
  double last = G_MAXDOUBLE;

  for (guint i = 0; i < n && n_in_order <= MOST_TILES; i++)
    {
      guint32 id = pane_folder_model_get_id (model, i);
      gboolean is_folder = thaw_entry_store_is_folder (store, id);
      gboolean is_known = thaw_entry_store_get_flags (store, id) & THAW_ENTRY_HAS_STAT;
      Ranked rank = { 0, i };

      if (is_folder)
        rank.size = get_folder_size (self, store, id, infos);
      else if (is_known)
        rank.size = (double) thaw_entry_store_get_size (store, id);
      n_in_order = !is_folder && is_known && rank.size <= last ? n_in_order + 1 : 0;
      last = rank.size;
      g_array_append_val (ranked, rank);
    }
  return ranked;
}

static int
compare_ranked (gconstpointer a, gconstpointer b)
{
  const Ranked *x = a, *y = b;

  if (x->size != y->size)
    return x->size > y->size ? -1 : 1;
  return x->position < y->position ? -1 : x->position > y->position;
}

/* Largest first, and no more than there are tiles. What has no size has the smallest. */
static GArray *
rank_entries (PaneTreemapView *self, guint n)
{
  g_autoptr (GArray) list
      = self->usage != NULL ? thaw_disk_usage_list (self->usage, self->node, MOST_LISTED) : NULL;
  g_autoptr (GHashTable) infos = list_folders (self, list);
  GArray *ranked;
  double total = 0, least;

  g_hash_table_remove_all (self->nodes);
  ranked = get_sizes (self, n, infos);
  for (guint i = 0; i < ranked->len; i++)
    total += MAX (g_array_index (ranked, Ranked, i).size, 0);
  least = MAX (total / UNKNOWN_SHARE, 1);
  for (guint i = 0; i < ranked->len; i++)
    {
      Ranked *rank = &g_array_index (ranked, Ranked, i);

      if (rank->size < 0 || (rank->size == 0 && total == 0))
        rank->size = least;
      rank->size = MAX (rank->size, 1e-3);
    }
  g_array_sort (ranked, compare_ranked);
  g_array_set_size (ranked, MIN (ranked->len, MOST_TILES));
  return ranked;
}

static int
compare_tiles (gconstpointer a, gconstpointer b)
{
  const Tile *x = a, *y = b;

  return x->position < y->position ? -1 : x->position > y->position;
}

/* How many tiles have a position before this one. */
static guint
count_before (PaneTreemapView *self, guint position)
{
  guint low = 0, high = self->tiles->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (g_array_index (self->tiles, Tile, middle).position < position)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* The position of the entry that is number @rest of those without a tile. */
static guint
find_rest (PaneTreemapView *self, guint rest)
{
  guint low = 0, high = self->tiles->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (g_array_index (self->tiles, Tile, middle).position - middle <= rest)
        low = middle + 1;
      else
        high = middle;
    }
  return rest + low;
}

static const Tile *
get_tile (PaneTreemapView *self, guint position)
{
  guint i = count_before (self, position);
  const Tile *tile = i < self->tiles->len ? &g_array_index (self->tiles, Tile, i) : NULL;

  return tile != NULL && tile->position == position ? tile : NULL;
}

static void
lay_tiles (PaneTreemapView *self, GArray *ranked, int width)
{
  graphene_rect_t room = GRAPHENE_RECT_INIT (0, 0, width, self->map_height), places[MOST_TILES];
  double sizes[MOST_TILES];

  for (guint i = 0; i < ranked->len; i++)
    sizes[i] = g_array_index (ranked, Ranked, i).size;
  pane_treemap_arrange (sizes, ranked->len, &room, places);
  for (guint i = 0; i < ranked->len; i++)
    {
      int x = (int) places[i].origin.x, y = (int) places[i].origin.y;
      Tile tile = { g_array_index (ranked, Ranked, i).position,
                    { x,
                      y,
                      (int) (places[i].origin.x + places[i].size.width) - x,
                      (int) (places[i].origin.y + places[i].size.height) - y } };

      if (tile.area.width >= LEAST_SIDE && tile.area.height >= LEAST_SIDE)
        g_array_append_val (self->tiles, tile);
    }
  g_array_sort (self->tiles, compare_tiles);
}

static void
lay_out (PaneCanvasView *view, int width, int height, int *content_width, int *content_height)
{
  PaneTreemapView *self = (PaneTreemapView *) view;
  const PaneCellStyle *style = pane_canvas_view_get_style (view);
  guint n = pane_canvas_view_get_n (view), n_rest;
  g_autoptr (GArray) ranked = NULL;

  follow_model (self);
  g_array_set_size (self->tiles, 0);
  self->row_height = style->line_height + 2 * ROW_MARGIN;
  self->row_width = ROW_CHARS * style->char_width + self->row_height;
  self->n_columns = MAX (width / self->row_width, 1);
  self->map_height = MAX (height - self->row_height, 1);
  if (n > 0 && width > 0)
    {
      ranked = rank_entries (self, MIN (n, MOST_SCANNED));
      lay_tiles (self, ranked, width);
    }
  n_rest = n - self->tiles->len;
  *content_width = width;
  *content_height = self->map_height
                    + (int) ((n_rest + self->n_columns - 1) / self->n_columns) * self->row_height;
}

static void
get_area (PaneCanvasView *view, guint position, int *x, int *y, int *width, int *height)
{
  PaneTreemapView *self = (PaneTreemapView *) view;
  const Tile *tile = get_tile (self, position);
  guint rest = position - count_before (self, position);

  *x = tile != NULL ? tile->area.x : (int) (rest % self->n_columns) * self->row_width;
  *y = tile != NULL ? tile->area.y
                    : self->map_height + (int) (rest / self->n_columns) * self->row_height;
  *width = tile != NULL ? tile->area.width : self->row_width;
  *height = tile != NULL ? tile->area.height : self->row_height;
}

/* Tiles are in no order; rows are in the folder's. */
static GtkBitset *
dup_positions (PaneCanvasView *view, int x, int y, int width, int height)
{
  PaneTreemapView *self = (PaneTreemapView *) view;
  guint n = pane_canvas_view_get_n (view);
  int top = MAX (y - self->map_height, 0), bottom = y + height - self->map_height;
  GtkBitset *found = gtk_bitset_new_empty ();

  if (bottom > 0)
    {
      guint first = MIN (find_rest (self, (guint) (top / self->row_height) * self->n_columns), n);
      guint end
          = MIN (find_rest (self, (guint) (bottom / self->row_height + 1) * self->n_columns), n);

      gtk_bitset_add_range (found, first, end - first);
    }
  for (guint i = 0; y < self->map_height && i < self->tiles->len; i++)
    gtk_bitset_add (found, g_array_index (self->tiles, Tile, i).position);
  return found;
}

/* Cells */

static void
draw_row (PaneCell *cell, GtkSnapshot *snapshot)
{
  int width = gtk_widget_get_width (GTK_WIDGET (cell)),
      height = gtk_widget_get_height (GTK_WIDGET (cell));
  int size = height - 2 * ROW_MARGIN;

  pane_cell_snapshot_icon (cell,
                           snapshot,
                           pane_cell_is_rtl (cell) ? width - ROW_MARGIN - size : ROW_MARGIN,
                           ROW_MARGIN,
                           size);
  pane_cell_snapshot_name (cell, snapshot, height, ROW_MARGIN, width - height - ROW_MARGIN, 1, 0);
}

static void
draw_cell (PaneView *view, PaneCell *cell, GtkSnapshot *snapshot)
{
  PaneTreemapView *self = (PaneTreemapView *) view;
  guint32 id = pane_cell_get_id (cell), node = get_node (self, id);

  if (node != THAW_DISK_USAGE_NO_NODE)
    {
      g_autofree char *label
          = pane_treemap_describe (pane_cell_get_store (cell), id, self->usage, node, ", ");

      gtk_accessible_update_property (GTK_ACCESSIBLE (cell),
                                      GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      label,
                                      -1);
    }
  if (get_tile (self, pane_cell_get_position (cell)) != NULL)
    pane_treemap_paint (cell, snapshot, self->usage, node);
  else
    draw_row (cell, snapshot);
}

static gboolean
query_tooltip_cb (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  PaneTreemapView *self = (PaneTreemapView *) widget;
  PaneFolderModel *model = pane_view_get_model (PANE_VIEW (widget));
  guint32 id = keyboard ? THAW_NO_ENTRY : pane_view_get_entry_at (PANE_VIEW (widget), x, y);
  g_autofree char *text = NULL;

  if (id == THAW_NO_ENTRY)
    return FALSE;
  text = pane_treemap_describe (pane_folder_model_get_store (model),
                                id,
                                self->usage,
                                get_node (self, id),
                                "\n");
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

static void
set_model (PaneView *view, PaneFolderModel *model)
{
  PANE_VIEW_CLASS (pane_treemap_view_parent_class)->set_model (view, model);
  g_signal_connect_object (model,
                           "entries-changed",
                           G_CALLBACK (grow_soon),
                           view,
                           G_CONNECT_SWAPPED);
}

static void
map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (pane_treemap_view_parent_class)->map (widget);
  follower = (PaneTreemapView *) widget;
  grow_soon ((PaneTreemapView *) widget);
}

static void
unmap (GtkWidget *widget)
{
  PaneTreemapView *self = (PaneTreemapView *) widget;

  g_clear_handle_id (&self->grow_timer, g_source_remove);
  if (self->usage != NULL && follower == self)
    thaw_disk_usage_follow (self->usage, THAW_DISK_USAGE_NO_NODE);
  if (follower == self)
    follower = NULL;
  GTK_WIDGET_CLASS (pane_treemap_view_parent_class)->unmap (widget);
}

static void
pane_treemap_view_dispose (GObject *object)
{
  PaneTreemapView *self = (PaneTreemapView *) object;

  g_clear_handle_id (&self->grow_timer, g_source_remove);
  forget_usage (self);
  G_OBJECT_CLASS (pane_treemap_view_parent_class)->dispose (object);
}

static void
pane_treemap_view_finalize (GObject *object)
{
  PaneTreemapView *self = (PaneTreemapView *) object;

  g_array_unref (self->tiles);
  g_hash_table_unref (self->nodes);
  G_OBJECT_CLASS (pane_treemap_view_parent_class)->finalize (object);
}

static void
pane_treemap_view_class_init (PaneTreemapViewClass *klass)
{
  PaneCanvasViewClass *canvas_class = PANE_CANVAS_VIEW_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pane_treemap_view_dispose;
  G_OBJECT_CLASS (klass)->finalize = pane_treemap_view_finalize;
  GTK_WIDGET_CLASS (klass)->map = map;
  GTK_WIDGET_CLASS (klass)->unmap = unmap;
  GTK_WIDGET_CLASS (klass)->query_tooltip = query_tooltip_cb;
  PANE_VIEW_CLASS (klass)->set_model = set_model;
  PANE_VIEW_CLASS (klass)->draw_cell = draw_cell;
  canvas_class->lay_out = lay_out;
  canvas_class->get_area = get_area;
  canvas_class->dup_positions = dup_positions;
}

static void
pane_treemap_view_init (PaneTreemapView *self)
{
  self->tiles = g_array_new (FALSE, FALSE, sizeof (Tile));
  self->n_columns = self->row_height = 1;
  self->nodes = g_hash_table_new (NULL, NULL);
  self->node = THAW_DISK_USAGE_NO_NODE;
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
}

/* Offered where there is something to measure, and chosen by itself nowhere. */
static guint
suits (PaneFolderModel *model)
{
  ThawFolder *folder = pane_folder_model_get_folder (model);

  return folder == NULL || g_file_is_native (thaw_folder_get_location (folder)) ? 10 : 0;
}

const PaneViewInfo pane_treemap_view_info = {
  .id = "treemap",
  .title = N_ ("Disk Usage"),
  .icon_name = "drive-harddisk-symbolic",
  .rank = 70,
  .needs = PANE_NEEDS_STAT,
  .get_type = pane_treemap_view_get_type,
  .suits = suits,
  .has_order = TRUE,
  .column = THAW_SORT_SIZE,
  .descending = TRUE,
};
