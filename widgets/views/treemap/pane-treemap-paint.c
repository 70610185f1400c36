/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Painting a tile of the treemap: a tint, the name and the size, and in a folder's tile the largest
 * of what is in it, and so on as long as there is room. Tints are laid thinly over the theme's own
 * background, so that its text can be read on them whether it is dark or light; the deeper, the
 * stronger. Only called when something has changed. Loop's thread only.
 */
#include "pane-treemap-private.h"
#include "pane-details.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>
#include <math.h>

#define GAP 1
#define MARGIN 4
#define MOST_CHILDREN 32
#define MOST_DEEP 3
#define LEAST_ROOM 48 /* to show what is inside */
#define LEAST_NAME 44 /* pixels: of less nothing can be read */
#define LEAST_SIZE 84

static const struct {
  const char *class;
  float hue;
} hues[] = { { "image/", 0.11f }, { "video/", 0.92f },          { "audio/", 0.78f },
             { "text/", 0.55f },  { "application/pdf", 0.01f }, { "application/", 0.36f } };

static float
get_type_hue (const char *type)
{
  for (guint i = 0; i < G_N_ELEMENTS (hues); i++)
    if (g_str_has_prefix (type, hues[i].class))
      return hues[i].hue;
  return 0.62f;
}

static float
get_name_hue (const char *name)
{
  return (float) (g_str_hash (name) % 997) / 997;
}

static void
fill (GtkSnapshot *snapshot, const graphene_rect_t *tile, float hue, float saturation, float alpha)
{
  gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  GdkRGBA color = { .alpha = alpha };

  gtk_hsv_to_rgb (hue, saturation, dark ? 0.95f : 0.75f, &color.red, &color.green, &color.blue);
  gtk_snapshot_append_color (snapshot, &color, tile);
}

/* The tile without the gap to its neighbours; where right-to-left it is on the other side. */
static graphene_rect_t
place (PaneCell *cell, const graphene_rect_t *tile)
{
  graphene_rect_t placed;
  float x = tile->origin.x;

  if (pane_cell_is_rtl (cell))
    x = gtk_widget_get_width (GTK_WIDGET (cell)) - x - tile->size.width;
  graphene_rect_init (&placed,
                      x + GAP,
                      tile->origin.y + GAP,
                      MAX (tile->size.width - 2 * GAP, 0),
                      MAX (tile->size.height - 2 * GAP, 0));
  return placed;
}

static gboolean
is_odd (ThawDiskUsageNodeState state)
{
  return state != THAW_DISK_USAGE_NODE_DONE && state != THAW_DISK_USAGE_NODE_MEASURING;
}

static const char *
get_state_text (ThawDiskUsageNodeState state)
{
  switch (state)
    {
    case THAW_DISK_USAGE_NODE_MEASURING:
      return _ ("Measuring…");
    case THAW_DISK_USAGE_NODE_UNREADABLE:
      return _ ("Can’t be read");
    case THAW_DISK_USAGE_NODE_HANGING:
      return _ ("Not answering");
    case THAW_DISK_USAGE_NODE_MOUNT:
      return _ ("Another file system");
    case THAW_DISK_USAGE_NODE_DONE:
      break;
    }
  return NULL;
}

/* A border says that the size isn't all. */
static void
mark_odd (PaneCell *cell, GtkSnapshot *snapshot, const graphene_rect_t *tile)
{
  GskRoundedRect outline;
  GdkRGBA color;

  gtk_widget_get_color (GTK_WIDGET (cell), &color);
  color.alpha *= 0.5f;
  gsk_rounded_rect_init_from_rect (&outline, tile, 0);
  gtk_snapshot_append_border (snapshot,
                              &outline,
                              (const float[]){ 2, 2, 2, 2 },
                              (const GdkRGBA[]){ color, color, color, color });
}

static void paint_inside (PaneCell *cell,
                          GtkSnapshot *snapshot,
                          ThawDiskUsage *usage,
                          guint32 node,
                          const graphene_rect_t *room,
                          guint depth);

static void
paint_child (PaneCell *cell,
             GtkSnapshot *snapshot,
             ThawDiskUsage *usage,
             const ThawDiskUsageInfo *info,
             const graphene_rect_t *tile,
             guint depth)
{
  const PaneCellStyle *style = pane_cell_get_style (cell);
  graphene_rect_t placed = place (cell, tile), inside;
  g_autofree char *name = NULL;

  fill (snapshot, &placed, get_name_hue (info->name), is_odd (info->state) ? 0 : 0.6f, 0.16f);
  if (is_odd (info->state))
    mark_odd (cell, snapshot, &placed);
  if (tile->size.width < 40 || tile->size.height < style->line_height + 2)
    return;
  name = g_filename_display_name (info->name);
  pane_cell_snapshot_words (cell,
                            snapshot,
                            name,
                            (int) tile->origin.x + MARGIN,
                            (int) tile->origin.y + 1,
                            (int) tile->size.width - 2 * MARGIN,
                            1,
                            0,
                            0.85);
  graphene_rect_init (&inside,
                      tile->origin.x + MARGIN / 2,
                      tile->origin.y + style->line_height + 2,
                      tile->size.width - MARGIN,
                      tile->size.height - style->line_height - MARGIN);
  if (info->is_folder && depth < MOST_DEEP)
    paint_inside (cell, snapshot, usage, info->node, &inside, depth + 1);
}

static void
paint_inside (PaneCell *cell,
              GtkSnapshot *snapshot,
              ThawDiskUsage *usage,
              guint32 node,
              const graphene_rect_t *room,
              guint depth)
{
  g_autoptr (GArray) children = NULL;
  ThawDiskUsageInfo whole;
  graphene_rect_t tiles[MOST_CHILDREN + 1];
  double sizes[MOST_CHILDREN + 1], shown = 0;
  guint n = 0;

  if (room->size.width < LEAST_ROOM || room->size.height < LEAST_ROOM / 2
      || !thaw_disk_usage_get_info (usage, node, &whole))
    return;
  children = thaw_disk_usage_list (usage, node, MOST_CHILDREN);
  for (guint i = 0; i < children->len; i++)
    {
      double size = (double) g_array_index (children, ThawDiskUsageInfo, i).apparent;

      if (size <= 0)
        break;
      sizes[n++] = size;
      shown += size;
    }
  /* What isn't shown one by one keeps its room, at the end. */
  if (n == 0)
    return;
  sizes[n] = MIN (MAX ((double) whole.apparent - shown, 1e-6), sizes[n - 1]);
  pane_treemap_arrange (sizes, n + 1, room, tiles);
  for (guint i = 0; i < n; i++)
    if (tiles[i].size.width >= 4 && tiles[i].size.height >= 4)
      paint_child (cell,
                   snapshot,
                   usage,
                   &g_array_index (children, ThawDiskUsageInfo, i),
                   &tiles[i],
                   depth);
}

static void
paint_selection (PaneCell *cell, GtkSnapshot *snapshot, const graphene_rect_t *tile)
{
  g_autoptr (GdkRGBA) accent = NULL;
  GskRoundedRect outline;

  if ((gtk_widget_get_state_flags (GTK_WIDGET (cell)) & GTK_STATE_FLAG_SELECTED) == 0)
    return;
  accent = adw_style_manager_get_accent_color_rgba (adw_style_manager_get_default ());
  gsk_rounded_rect_init_from_rect (&outline, tile, 0);
  gtk_snapshot_append_border (snapshot,
                              &outline,
                              (const float[]){ 3, 3, 3, 3 },
                              (const GdkRGBA[]){ *accent, *accent, *accent, *accent });
}

static char *
dup_size (ThawEntryStore *store, guint32 id, ThawDiskUsage *usage, guint32 node)
{
  ThawDiskUsageInfo info;

  if (usage != NULL && thaw_disk_usage_get_info (usage, node, &info) && info.is_folder)
    return g_format_size (info.apparent);
  if (thaw_entry_store_get_flags (store, id) & THAW_ENTRY_HAS_STAT)
    return thaw_entry_store_is_folder (store, id)
               ? NULL
               : g_format_size (thaw_entry_store_get_size (store, id));
  return NULL;
}

char *
pane_treemap_describe (ThawEntryStore *store,
                       guint32 id,
                       ThawDiskUsage *usage,
                       guint32 node,
                       const char *separator)
{
  g_autofree char *name = thaw_entry_store_dup_display_name (store, id);
  g_autofree char *size = dup_size (store, id, usage, node);
  GString *text = g_string_new (name);
  ThawDiskUsageInfo info;

  if (size != NULL)
    g_string_append_printf (text, "%s%s", separator, size);
  if (usage == NULL || !thaw_disk_usage_get_info (usage, node, &info) || !info.is_folder)
    return g_string_free (text, FALSE);
  g_string_append (text, separator);
  g_string_append_printf (text, ngettext ("%u file", "%u files", info.n_files), info.n_files);
  if (get_state_text (info.state) != NULL)
    g_string_append_printf (text, "%s%s", separator, get_state_text (info.state));
  else if (info.n_unreadable > 0)
    g_string_append_printf (text, "%s%s", separator, _ ("Not all of it can be read"));
  return g_string_free (text, FALSE);
}

static void
paint_words (PaneCell *cell,
             GtkSnapshot *snapshot,
             int width,
             int height,
             ThawDiskUsage *usage,
             guint32 node)
{
  const PaneCellStyle *style = pane_cell_get_style (cell);
  ThawEntryStore *store = pane_cell_get_store (cell);
  g_autofree char *size = dup_size (store, pane_cell_get_id (cell), usage, node);
  ThawDiskUsageInfo info;
  const char *text = size;

  if (width < LEAST_NAME || height < style->line_height + 2)
    return;
  pane_cell_snapshot_name (cell, snapshot, MARGIN, 2, width - 2 * MARGIN, 1, 0);
  if (usage != NULL && thaw_disk_usage_get_info (usage, node, &info)
      && (is_odd (info.state)
          || (info.state == THAW_DISK_USAGE_NODE_MEASURING && info.apparent == 0)))
    text = get_state_text (info.state);
  if (text != NULL && width >= LEAST_SIZE && height >= 2 * style->line_height + 2)
    pane_cell_snapshot_words (cell,
                              snapshot,
                              text,
                              MARGIN,
                              2 + style->line_height,
                              width - 2 * MARGIN,
                              1,
                              0,
                              style->secondary_opacity);
}

void
pane_treemap_paint (PaneCell *cell, GtkSnapshot *snapshot, ThawDiskUsage *usage, guint32 node)
{
  const PaneCellStyle *style = pane_cell_get_style (cell);
  ThawEntryStore *store = pane_cell_get_store (cell);
  guint32 id = pane_cell_get_id (cell);
  int width = gtk_widget_get_width (GTK_WIDGET (cell)),
      height = gtk_widget_get_height (GTK_WIDGET (cell));
  graphene_rect_t whole = GRAPHENE_RECT_INIT (0, 0, width, height), tile = place (cell, &whole),
                  inside;
  ThawDiskUsageInfo info;
  gboolean known = usage != NULL && thaw_disk_usage_get_info (usage, node, &info);
  gboolean odd = known && is_odd (info.state);
  float hue
      = thaw_entry_store_is_folder (store, id)
            ? get_name_hue (thaw_entry_store_get_name (store, id))
            : get_type_hue (pane_details_get_content_type (pane_details_get_default (), store, id));

  fill (snapshot, &tile, hue, odd ? 0 : 0.6f, pane_cell_is_dimmed (cell) ? 0.1f : 0.24f);
  if (odd)
    mark_odd (cell, snapshot, &tile);
  paint_words (cell, snapshot, width, height, usage, node);
  graphene_rect_init (&inside,
                      MARGIN / 2,
                      2 * style->line_height + MARGIN,
                      width - MARGIN,
                      height - 2 * style->line_height - MARGIN - MARGIN / 2);
  if (known && info.is_folder && inside.size.height > 0)
    paint_inside (cell, snapshot, usage, node, &inside, 1);
  paint_selection (cell, snapshot, &tile);
}
