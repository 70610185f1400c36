/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PaneFlow: entries in cells of one size, side by side as many as fit, line after line; in groups
 * with a heading above each if the view has groups, or the user wants some. Where an entry is
 * follows from its position by arithmetic and one bisection over the groups; where the groups end
 * is found by galloping through the order (pane-groups.c), because the entries of a group are
 * beside each other: a million files of three thousand days cost a few ten thousand looks. Nothing
 * is kept for an entry. Loop's thread only.
 */
#include "pane-canvas-private.h"
#include "pane-groups-private.h"

#define MARGIN 6 /* around everything */

struct _PaneFlow {
  PaneCanvasView *view; /* not owned: it owns us */
  GtkOrientation orientation;
  GArray *groups;        /* PaneGroup, with one more behind the last, which says where that ends */
  GArray *starts;        /* int: where each begins, along the scrolling */
  gboolean wanted;       /* groups, by the user */
  gboolean grouped;      /* there are some */
  PaneGrouping grouping; /* while the user wants them */
  int n_across;          /* cells beside each other */
  int width, height;     /* of a cell */
  int heading;           /* how high */
};

PaneFlow *
pane_flow_new (PaneCanvasView *view)
{
  PaneFlow *self = g_new0 (PaneFlow, 1);

  self->view = view;
  self->groups = g_array_new (FALSE, FALSE, sizeof (PaneGroup));
  self->starts = g_array_new (FALSE, FALSE, sizeof (int));
  self->n_across = 1;
  return self;
}

void
pane_flow_free (PaneFlow *self)
{
  g_array_unref (self->groups);
  g_array_unref (self->starts);
  pane_grouping_clear (&self->grouping);
  g_free (self);
}

void
pane_flow_order_changed (PaneFlow *self)
{
  g_array_set_size (self->groups, 0);
}

/* Groups */

static gboolean
has_own_groups (PaneFlow *self)
{
  return PANE_CANVAS_VIEW_GET_CLASS (self->view)->get_group != NULL;
}

static gint64
get_own_key (guint position, gpointer user_data)
{
  PaneFlow *self = user_data;

  return PANE_CANVAS_VIEW_GET_CLASS (self->view)
      ->get_group (self->view, pane_canvas_view_get_id (self->view, position));
}

static GArray *
find_own_groups (PaneFlow *self)
{
  const PaneGroupFuncs funcs = { get_own_key, NULL, self };

  return pane_groups_find (pane_canvas_view_get_n (self->view), &funcs);
}

static GArray *
find_wanted_groups (PaneFlow *self)
{
  PaneFolderModel *model = pane_view_get_model (PANE_VIEW (self->view));
  ThawOrder *order = pane_folder_model_get_order (model);

  pane_grouping_clear (&self->grouping);
  pane_grouping_init_now (&self->grouping, order);
  return pane_grouping_find (&self->grouping, order);
}

static GArray *
make_one_group (guint n)
{
  GArray *groups = g_array_new (FALSE, FALSE, sizeof (PaneGroup));
  const PaneGroup group = { 0, 0 }, end = { 0, n };

  g_array_append_val (groups, group);
  g_array_append_val (groups, end);
  return groups;
}

static gboolean
suits_groups (PaneFlow *self)
{
  ThawOrder *order = pane_folder_model_get_order (pane_view_get_model (PANE_VIEW (self->view)));

  return pane_grouping_suits (thaw_order_get_spec (order));
}

static void
find_groups (PaneFlow *self)
{
  guint n = pane_canvas_view_get_n (self->view);

  g_array_unref (self->groups);
  self->grouped = n > 0 && (has_own_groups (self) || (self->wanted && suits_groups (self)));
  if (!self->grouped)
    self->groups = make_one_group (n);
  else
    self->groups = has_own_groups (self) ? find_own_groups (self) : find_wanted_groups (self);
  g_array_set_size (self->starts, self->groups->len);
}

void
pane_flow_set_grouped (PaneFlow *self, gboolean grouped)
{
  self->wanted = grouped;
  pane_flow_order_changed (self);
}

/* FALSE: what the groups are made of is known better now, or another day has begun. */
gboolean
pane_flow_is_current (PaneFlow *self)
{
  return !self->grouped || has_own_groups (self) || pane_grouping_is_current (&self->grouping);
}

static const PaneGroup *
get_group (PaneFlow *self, guint index)
{
  return &g_array_index (self->groups, PaneGroup, index);
}

static int *
get_start (PaneFlow *self, guint index)
{
  return &g_array_index (self->starts, int, index);
}

static guint
count_entries (PaneFlow *self, guint index)
{
  return get_group (self, index + 1)->first - get_group (self, index)->first;
}

static guint
get_n_groups (PaneFlow *self)
{
  return self->groups->len > 0 ? self->groups->len - 1 : 0;
}

static int
get_n_lines (PaneFlow *self, guint index)
{
  return (int) ((count_entries (self, index) + self->n_across - 1) / self->n_across);
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

/* The last group that begins here or before, along the scrolling. */
static guint
find_group_at (PaneFlow *self, int along)
{
  guint low = 0, high = get_n_groups (self);

  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;

      if (*get_start (self, middle) <= along)
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

/* Headings are above their groups, whichever way those run. */
static int
get_heading_along (PaneFlow *self)
{
  return is_vertical (self) ? self->heading : 0;
}

static void
fit (PaneFlow *self, int width, int height)
{
  const PaneCellStyle *style = pane_canvas_view_get_style (self->view);
  int room = (is_vertical (self) ? width : height) - 2 * MARGIN;
  int across = is_vertical (self) ? style->width : style->height;

  self->heading = self->grouped ? 2 * style->line_height + 6 : 0;
  room -= is_vertical (self) ? 0 : self->heading;
  self->n_across = MAX (1, room / MAX (across, 1));
  self->width = is_vertical (self) ? MAX (room, 1) / self->n_across : style->width;
  self->height = style->height;
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
      *get_start (self, i) = along;
      along += get_heading_along (self) + get_n_lines (self, i) * get_step (self);
    }
  *get_start (self, get_n_groups (self)) = along;
  *content_width = is_vertical (self) ? width : along + MARGIN;
  *content_height = is_vertical (self) ? along + MARGIN : height;
}

void
pane_flow_get_area (PaneFlow *self, guint position, int *x, int *y, int *width, int *height)
{
  guint group = find_group (self, position);
  guint index = position - get_group (self, group)->first;
  int along = *get_start (self, group) + get_heading_along (self)
              + (int) (index / self->n_across) * get_step (self);
  int across = MARGIN + (is_vertical (self) ? 0 : self->heading)
               + (int) (index % self->n_across) * (is_vertical (self) ? self->width : self->height);

  *x = is_vertical (self) ? across : along;
  *y = is_vertical (self) ? along : across;
  *width = self->width;
  *height = self->height;
}

/* How much above an entry belongs to it when it comes into sight: its group's heading. */
int
pane_flow_get_lead (PaneFlow *self, guint position)
{
  guint index = position - get_group (self, find_group (self, position))->first;

  return index < (guint) self->n_across ? get_heading_along (self) : 0;
}

/* The position at the beginning of the line that is here, or of the first one after. */
static guint
find_line (PaneFlow *self, int along)
{
  guint index = find_group_at (self, along);
  int line
      = (along - *get_start (self, index) - get_heading_along (self)) / MAX (get_step (self), 1);
  guint position = get_group (self, index)->first + (guint) MAX (line, 0) * self->n_across;

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

static char *
dup_title (PaneFlow *self, gint64 key)
{
  PaneCanvasViewClass *klass = PANE_CANVAS_VIEW_GET_CLASS (self->view);

  if (!has_own_groups (self))
    return pane_grouping_dup_title (&self->grouping, key);
  return klass->dup_group_title != NULL ? klass->dup_group_title (self->view, key) : NULL;
}

static void
get_heading_area (PaneFlow *self, guint index, int width, GdkRectangle *area)
{
  int start = *get_start (self, index);

  *area = (GdkRectangle){ MARGIN, start, width - 2 * MARGIN, self->heading };
  if (!is_vertical (self))
    *area = (GdkRectangle){ start, MARGIN, *get_start (self, index + 1) - start, self->heading };
}

/* @func: for each heading that touches @viewport, from the first on. */
void
pane_flow_foreach_heading (PaneFlow *self,
                           const GdkRectangle *viewport,
                           PaneHeadingFunc func,
                           gpointer user_data)
{
  int from = is_vertical (self) ? viewport->y : viewport->x;
  int to = from + (is_vertical (self) ? viewport->height : viewport->width);

  if (self->heading == 0)
    return;
  for (guint i = find_group_at (self, from); i < get_n_groups (self); i++)
    {
      g_autofree char *title = NULL;
      GdkRectangle area;

      if (*get_start (self, i) >= to)
        return;
      title = dup_title (self, get_group (self, i)->key);
      get_heading_area (self, i, viewport->width, &area);
      if (title != NULL && gdk_rectangle_intersect (&area, viewport, NULL))
        func (get_group (self, i)->first, count_entries (self, i), title, &area, user_data);
    }
}
