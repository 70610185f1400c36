/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What all columns show entries with, the open folder's and those beside it: icon, name, and an
 * arrow where there is more behind. And how an entry is found by its name, which takes time in
 * proportion to the folder and so is a job of the processors' pool. Loop's thread but for that.
 */
#include "pane-columns-private.h"

#include <math.h>
#include <string.h>

#define MARGIN 6
#define NAME_CHARS 16
#define ARROW_WIDTH 4 /* and twice as high */
#define ARROW_OPACITY 0.5
#define LOOK_UP_EVERY 4096 /* entries between two looks at whether the answer is still wanted */
#define STYLE_PRIORITY (GTK_STYLE_PROVIDER_PRIORITY_APPLICATION - 10)

/* The way down is less than what is selected where the keys go. */
static const char css[] = ".pane-beside .pane-entries > row:selected { color: inherit;"
                          " background-color: color-mix(in srgb, currentColor 12%, transparent); }"
                          ".pane-beside.pane-drop { background-color: color-mix(in srgb,"
                          " var(--accent-bg-color) 15%, transparent); }";

void
pane_columns_add_css (GdkDisplay *display)
{
  static const char key[] = "pane-columns-style";
  GtkCssProvider *provider;

  if (g_object_get_data (G_OBJECT (display), key) != NULL)
    return;
  provider = gtk_css_provider_new ();
  gtk_css_provider_load_from_string (provider, css);
  gtk_style_context_add_provider_for_display (display,
                                              GTK_STYLE_PROVIDER (provider),
                                              STYLE_PRIORITY);
  g_object_set_data_full (G_OBJECT (display), key, provider, g_object_unref);
}

void
pane_columns_set_icon_sizes (PaneView *view)
{
  pane_view_set_icon_sizes (view, (const int[]){ 16, 24, 32, 48 }, 4, 0);
}

void
pane_columns_measure_cell (PaneView *view, const PaneCellStyle *style, int *width, int *height)
{
  *width = style->icon_size + NAME_CHARS * style->char_width + ARROW_WIDTH + 4 * MARGIN;
  *height = MAX (style->icon_size, style->line_height) + 2 * MARGIN - 2;
}

static GskPath *
get_arrow (gboolean is_rtl)
{
  static GskPath *arrows[2];
  g_autoptr (GskPathBuilder) builder = NULL;
  float point = is_rtl ? 0 : ARROW_WIDTH, ends = is_rtl ? ARROW_WIDTH : 0;

  if (arrows[is_rtl] != NULL)
    return arrows[is_rtl];
  builder = gsk_path_builder_new ();
  gsk_path_builder_move_to (builder, ends, 0);
  gsk_path_builder_line_to (builder, point, ARROW_WIDTH);
  gsk_path_builder_line_to (builder, ends, 2 * ARROW_WIDTH);
  return arrows[is_rtl] = gsk_path_builder_to_path (builder);
}

static void
draw_arrow (PaneCell *cell, GtkSnapshot *snapshot, int width, int height)
{
  g_autoptr (GskStroke) stroke = gsk_stroke_new (1.5f);
  gboolean is_rtl = pane_cell_is_rtl (cell);
  float x = is_rtl ? MARGIN : width - MARGIN - ARROW_WIDTH;
  GdkRGBA color;

  gtk_widget_get_color (GTK_WIDGET (cell), &color);
  color.alpha *= ARROW_OPACITY;
  gsk_stroke_set_line_cap (stroke, GSK_LINE_CAP_ROUND);
  gsk_stroke_set_line_join (stroke, GSK_LINE_JOIN_ROUND);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x, floorf (height / 2.0f) - ARROW_WIDTH));
  gtk_snapshot_append_stroke (snapshot, get_arrow (is_rtl), stroke, &color);
  gtk_snapshot_restore (snapshot);
}

void
pane_columns_draw_cell (PaneView *view, PaneCell *cell, GtkSnapshot *snapshot)
{
  const PaneCellStyle *style = pane_cell_get_style (cell);
  gboolean is_folder
      = thaw_entry_store_is_folder (pane_cell_get_store (cell), pane_cell_get_id (cell));
  int width = gtk_widget_get_width (GTK_WIDGET (cell));
  int height = gtk_widget_get_height (GTK_WIDGET (cell));
  int size = style->icon_size, begin = size + 2 * MARGIN;
  int end = is_folder ? ARROW_WIDTH + 2 * MARGIN : MARGIN;

  pane_cell_snapshot_icon (cell,
                           snapshot,
                           pane_cell_is_rtl (cell) ? width - MARGIN - size : MARGIN,
                           (height - size) / 2,
                           size);
  pane_cell_snapshot_name (cell,
                           snapshot,
                           begin,
                           (height - style->line_height) / 2,
                           width - begin - end,
                           1,
                           0);
  if (is_folder)
    draw_arrow (cell, snapshot, width, height);
}

double
pane_columns_find_y (PaneView *list, guint32 id)
{
  GtkWidget *scrolled = pane_slot_view_get_scrolled (PANE_SLOT_VIEW (list));
  graphene_rect_t entry, all;

  if (id == THAW_NO_ENTRY || !pane_view_get_entry_bounds (list, id, &entry)
      || !gtk_widget_compute_bounds (scrolled, GTK_WIDGET (list), &all)
      || entry.origin.y < all.origin.y
      || entry.origin.y + entry.size.height > all.origin.y + all.size.height)
    return NAN;
  /* The row has a little around its cell. */
  return entry.origin.y - all.origin.y
         - (pane_slot_view_get_row_height (PANE_SLOT_VIEW (list)) - entry.size.height) / 2;
}

/* Finding */

typedef struct {
  ThawOrder *order;
  char *name;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  thaw_order_release (question->order);
  g_free (question->name);
  g_free (question);
}

static gboolean
find_job (ThawJob *job, gpointer data, GError **error)
{
  const Question *question = data;
  ThawEntryStore *store = thaw_order_get_store (question->order);
  const guint32 *ids = thaw_order_get_ids (question->order);
  guint32 n = thaw_order_get_n (question->order), found = THAW_NO_ENTRY;

  for (guint32 i = 0; i < n && found == THAW_NO_ENTRY; i++)
    {
      if (i % LOOK_UP_EVERY == 0 && thaw_job_set_error_if_cancelled (job, error))
        return FALSE;
      if (strcmp (thaw_entry_store_get_name (store, ids[i]), question->name) == 0)
        found = ids[i];
    }
  thaw_job_return_int64 (job, found);
  return TRUE;
}

ThawFuture *
pane_columns_find (ThawScope *scope, ThawOrder *order, const char *name)
{
  Question *question = g_new (Question, 1);

  *question = (Question){ thaw_order_ref (order), g_strdup (name) };
  return thaw_scope_compute (scope,
                             "find a name",
                             THAW_PRIORITY_HIGH,
                             find_job,
                             question,
                             question_free);
}
