/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PaneFlow: entries in cells of one size, side by side as many as fit, line after line; in groups
 * with a heading above each if the view has groups. Where an entry is follows from its position by
 * arithmetic and one bisection over the groups; where the groups end is found by galloping through
 * the order, because the entries of a group are beside each other: a million files of three
 * thousand days cost a few ten thousand looks. Nothing is kept for an entry. Loop's thread only.
 */
#include "pane-canvas-private.h"

#define MARGIN 6        /* around everything */
#define MAX_GROUPS 4000 /* what is behind is in the last one */

typedef struct {
  gint64 key;
  guint first;
  int top; /* of its heading */
} Group;

struct _PaneFlow {
  PaneCanvasView *view; /* not owned: it owns us */
  GtkOrientation orientation;
  GArray *groups; /* Group, with one more behind the last, which says where that ends */
  gboolean grouped;
  int n_across;      /* cells beside each other */
  int width, height; /* of a cell */
  int heading;       /* how high */
};

PaneFlow *
pane_flow_new (PaneCanvasView *view)
{
  PaneFlow *self = g_new0 (PaneFlow, 1);

  self->view = view;
  self->groups = g_array_new (FALSE, FALSE, sizeof (Group));
  self->n_across = 1;
  return self;
}

void
pane_flow_free (PaneFlow *self)
{
  g_array_unref (self->groups);
  g_free (self);
}

void
pane_flow_order_changed (PaneFlow *self)
{
  g_array_set_size (self->groups, 0);
}

/* Groups */

static gint64
get_key (PaneFlow *self, guint position)
{
  PaneCanvasViewClass *klass = PANE_CANVAS_VIEW_GET_CLASS (self->view);

  return klass->get_group (self->view, pane_canvas_view_get_id (self->view, position));
}

/* The first position behind @position with another key. */
static guint
find_end (PaneFlow *self, guint position, gint64 key, guint n)
{
  guint step = 1, low = position, high;

  while (low + step < n && get_key (self, low + step) == key)
    {
      low += step;
      step *= 2;
    }
  high = MIN (low + step, n);
  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      if (get_key (self, middle) == key)
        low = middle;
      else
        high = middle;
    }
  return high;
}

static void
append_group (PaneFlow *self, gint64 key, guint first)
{
  Group group = { key, first, 0 };

  g_array_append_val (self->groups, group);
}

static void
find_groups (PaneFlow *self)
{
  guint n = pane_canvas_view_get_n (self->view);
  guint position = 0;

  self->grouped = PANE_CANVAS_VIEW_GET_CLASS (self->view)->get_group != NULL;
  while (self->grouped && position < n && self->groups->len < MAX_GROUPS)
    {
      gint64 key = get_key (self, position);

      append_group (self, key, position);
      position = find_end (self, position, key, n);
    }
  if (self->groups->len == 0)
    append_group (self, 0, 0);
  append_group (self, 0, n);
}

static Group *
get_group (PaneFlow *self, guint index)
{
  return &g_array_index (self->groups, Group, index);
}

static guint
get_n_groups (PaneFlow *self)
{
  return self->groups->len > 0 ? self->groups->len - 1 : 0;
}

static int
get_n_lines (PaneFlow *self, guint index)
{
  guint n = get_group (self, index + 1)->first - get_group (self, index)->first;

  return (int) ((n + self->n_across - 1) / self->n_across);
}

/* The last group that begins at this position or before. */
static guint
find_group (PaneFlow *self, guint position)
{
  guint low = 0, high = get_n_groups (self);

  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      if (get_group (self, middle)->first <= position)
        low = middle;
      else
        high = middle;
    }
  return low;
}

/* The last group whose top is here or before. */
static guint
find_group_at (PaneFlow *self, int along)
{
  guint low = 0, high = get_n_groups (self);

  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      if (get_group (self, middle)->top <= along)
        low = middle;
      else
        high = middle;
    }
  return low;
}

/* Layout */

static gboolean
is_vertical (PaneFlow *self)
{
  return self->orientation == GTK_ORIENTATION_VERTICAL;
}

/* How far one line of cells is from the next. */
static int
get_step (PaneFlow *self)
{
  return is_vertical (self) ? self->height : self->width;
}

static void
fit (PaneFlow *self, int width, int height)
{
  const PaneCellStyle *style = pane_canvas_view_get_style (self->view);
  int room = (is_vertical (self) ? width : height) - 2 * MARGIN;
  int across = is_vertical (self) ? style->width : style->height;

  self->n_across = MAX (1, room / MAX (across, 1));
  self->width = is_vertical (self) ? MAX (room, 1) / self->n_across : style->width;
  self->height = is_vertical (self) ? style->height : style->height;
  self->heading = self->grouped && is_vertical (self) ? 2 * style->line_height + 6 : 0;
}

void
pane_flow_lay_out (PaneFlow *self,
                   GtkOrientation orientation,
                   int width,
                   int height,
                   int *content_width,
                   int *content_height)
{
  int along = MARGIN;

  self->orientation = orientation;
  if (self->groups->len == 0)
    find_groups (self);
  fit (self, width, height);
  for (guint i = 0; i < get_n_groups (self); i++)
    {
      get_group (self, i)->top = along;
      along += self->heading + get_n_lines (self, i) * get_step (self);
    }
  get_group (self, get_n_groups (self))->top = along;
  *content_width = is_vertical (self) ? width : along + MARGIN;
  *content_height = is_vertical (self) ? along + MARGIN : height;
}

void
pane_flow_get_area (PaneFlow *self, guint position, int *x, int *y, int *width, int *height)
{
  Group *group = get_group (self, find_group (self, position));
  guint index = position - group->first;
  int along = group->top + self->heading + (int) (index / self->n_across) * get_step (self);
  int across
      = MARGIN + (int) (index % self->n_across) * (is_vertical (self) ? self->width : self->height);

  *x = is_vertical (self) ? across : along;
  *y = is_vertical (self) ? along : across;
  *width = self->width;
  *height = self->height;
}

/* The position at the beginning of the line that is here, or of the first one after. */
static guint
find_line (PaneFlow *self, int along)
{
  guint index = find_group_at (self, along);
  Group *group = get_group (self, index);
  int line = (along - group->top - self->heading) / MAX (get_step (self), 1);
  guint position = group->first + (guint) MAX (line, 0) * self->n_across;

  return MIN (position, get_group (self, index + 1)->first);
}

void
pane_flow_find_range (PaneFlow *self, int x, int y, int width, int height, guint *first, guint *end)
{
  int from = is_vertical (self) ? y : x;
  int to = from + (is_vertical (self) ? height : width);

  *first = *end = 0;
  if (get_n_groups (self) == 0)
    return;
  *first = find_line (self, from);
  *end = MIN (find_line (self, to) + (guint) self->n_across,
              get_group (self, get_n_groups (self))->first);
  *end = MAX (*first, *end);
}

/* Headings */

static void
draw_heading (PaneFlow *self, GtkSnapshot *snapshot, GtkWidget *canvas, guint index, int width)
{
  const PaneCellStyle *style = pane_canvas_view_get_style (self->view);
  Group *group = get_group (self, index);
  g_autofree char *title
      = PANE_CANVAS_VIEW_GET_CLASS (self->view)->dup_group_title (self->view, group->key);
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (canvas, title);
  g_autoptr (PangoAttrList) bold = pango_attr_list_new ();
  gboolean rtl = gtk_widget_get_direction (canvas) == GTK_TEXT_DIR_RTL;
  PangoRectangle extents;
  GdkRGBA color;
  int x = MARGIN + 6;

  pango_attr_list_insert (bold, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  pango_layout_set_attributes (layout, bold);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_width (layout, (width - 2 * x) * PANGO_SCALE);
  pango_layout_get_pixel_extents (layout, NULL, &extents);
  gtk_widget_get_color (canvas, &color);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (
      snapshot,
      &GRAPHENE_POINT_INIT ((rtl ? width - x - extents.width : x) - extents.x,
                            group->top + (self->heading - style->line_height) * 2 / 3));
  gtk_snapshot_append_layout (snapshot, layout, &color);
  gtk_snapshot_restore (snapshot);
}

/* @snapshot: in the content's coordinates, scrolled but not mirrored. */
void
pane_flow_draw (PaneFlow *self,
                GtkSnapshot *snapshot,
                GtkWidget *canvas,
                int x,
                int y,
                int width,
                int height)
{
  if (self->heading == 0 || PANE_CANVAS_VIEW_GET_CLASS (self->view)->dup_group_title == NULL)
    return;
  for (guint i = find_group_at (self, y); i < get_n_groups (self); i++)
    {
      if (get_group (self, i)->top > y + height)
        return;
      if (get_group (self, i)->first < get_group (self, i + 1)->first)
        draw_heading (self, snapshot, canvas, i, width);
    }
}
