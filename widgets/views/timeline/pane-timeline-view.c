/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The timeline: large thumbnails in the order of time, the newest first, under a heading for each
 * day. Made for photos. Loop's thread only.
 */
#include "pane-canvas-view.h"
#include "pane-details.h"

#include <glib/gi18n-lib.h>

#define MARGIN 6
#define DAY_SEC (24 * 60 * 60)
#define NSEC_PER_SEC G_GINT64_CONSTANT (1000000000)
#define FOLDERS G_MAXINT64 /* instead of a day */
#define UNKNOWN G_MININT64

#define PANE_TYPE_TIMELINE_VIEW (pane_timeline_view_get_type ())
G_DECLARE_FINAL_TYPE (PaneTimelineView, pane_timeline_view, PANE, TIMELINE_VIEW, PaneCanvasView)

struct _PaneTimelineView {
  PaneCanvasView parent_instance;
};

G_DEFINE_FINAL_TYPE (PaneTimelineView, pane_timeline_view, PANE_TYPE_CANVAS_VIEW)

/* The number of the day where the user is. */
static gint64
to_day (gint64 sec)
{
  GTimeZone *zone = pane_details_get_time_zone (pane_details_get_default ());

  sec += g_time_zone_get_offset (zone,
                                 g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, sec));
  return sec / DAY_SEC - (sec % DAY_SEC < 0);
}

static gint64
get_group (PaneCanvasView *view, guint32 id)
{
  ThawEntryStore *store = pane_folder_model_get_store (pane_view_get_model (PANE_VIEW (view)));

  if (thaw_entry_store_is_folder (store, id))
    return FOLDERS;
  if ((thaw_entry_store_get_flags (store, id) & THAW_ENTRY_HAS_STAT) == 0)
    return UNKNOWN;
  return to_day (thaw_entry_store_get_mtime (store, id) / NSEC_PER_SEC);
}

static char *
dup_group_title (PaneCanvasView *view, gint64 group)
{
  gint64 today = to_day (g_get_real_time () / G_USEC_PER_SEC);
  g_autoptr (GDateTime) day = NULL;

  if (group == FOLDERS)
    return g_strdup (_ ("Folders"));
  if (group == today)
    return g_strdup (_ ("Today"));
  if (group == today - 1)
    return g_strdup (_ ("Yesterday"));
  day = group != UNKNOWN ? g_date_time_new_from_unix_utc (group * DAY_SEC) : NULL;
  /* Translators: a day as a heading, such as “Saturday, 21 November 2026” */
  return day != NULL ? g_date_time_format (day, _ ("%A, %-e %B %Y")) : g_strdup (_ ("Unknown Day"));
}

static void
measure_cell (PaneView *view, const PaneCellStyle *style, int *width, int *height)
{
  *width = style->icon_size + 2 * MARGIN;
  *height = style->icon_size + style->line_height + 3 * MARGIN;
}

static void
draw_cell (PaneView *view, PaneCell *cell, GtkSnapshot *snapshot)
{
  int size = pane_cell_get_style (cell)->icon_size;
  int width = gtk_widget_get_width (GTK_WIDGET (cell));

  pane_cell_snapshot_icon (cell, snapshot, (width - size) / 2, MARGIN, size);
  pane_cell_snapshot_name (cell, snapshot, MARGIN, size + 2 * MARGIN, width - 2 * MARGIN, 1, 0.5);
}

static void
pane_timeline_view_class_init (PaneTimelineViewClass *klass)
{
  PANE_VIEW_CLASS (klass)->measure_cell = measure_cell;
  PANE_VIEW_CLASS (klass)->draw_cell = draw_cell;
  PANE_CANVAS_VIEW_CLASS (klass)->get_group = get_group;
  PANE_CANVAS_VIEW_CLASS (klass)->dup_group_title = dup_group_title;
}

static void
pane_timeline_view_init (PaneTimelineView *self)
{
  pane_view_set_icon_sizes (PANE_VIEW (self), (const int[]){ 96, 128, 192, 256 }, 4, 1);
}

const PaneViewInfo pane_timeline_view_info = {
  .id = "timeline",
  .title = N_ ("Timeline"),
  .icon_name = "x-office-calendar-symbolic",
  .accelerator = "<Control>6",
  .rank = 60,
  .needs = PANE_NEEDS_STAT | PANE_NEEDS_THUMBNAIL,
  .has_order = TRUE,
  .column = THAW_SORT_MODIFIED,
  .descending = TRUE,
  .get_type = pane_timeline_view_get_type,
};
