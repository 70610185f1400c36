/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keyboard on a canvas. Where an arrow key leads is found from where entries are and not from
 * how the view has arranged them: to the nearest one in that direction, so that the same keys work
 * in a flow, in groups and among tiles of any size. Along a line the next entry in the order
 * follows at its end. Loop's thread only.
 */
#include "pane-canvas-private.h"

typedef struct {
  int x, y;
} Step;

/* What is looked for beside an entry. */
typedef struct {
  Step step;
  gboolean in_line; /* nothing but what is straight ahead: at its end a line goes on elsewhere */
  gboolean flows;   /* the nearest line is meant, not what is straight ahead behind it */
} Search;

static guint
get_n (PaneCanvas *self)
{
  return pane_canvas_view_get_n (PANE_CANVAS_VIEW (pane_canvas_get_view (self)));
}

/* The position that keys start from; FALSE: from nowhere. */
static gboolean
get_focus (PaneCanvas *self, guint *position)
{
  guint32 id = pane_folder_model_get_focus_id (pane_canvas_get_model (self));

  *position = pane_folder_model_find (pane_canvas_get_model (self), id);
  return *position != GTK_INVALID_LIST_POSITION
         && pane_view_shows (pane_canvas_get_view (self), id);
}

/* The first that is shown, or the last. */
static guint
find_end (PaneCanvas *self, int direction)
{
  g_autoptr (GtkBitset) shown = pane_view_dup_shown (pane_canvas_get_view (self));

  if (shown == NULL)
    return direction < 0 ? 0 : get_n (self) - 1;
  if (gtk_bitset_is_empty (shown))
    return GTK_INVALID_LIST_POSITION;
  return direction < 0 ? gtk_bitset_get_minimum (shown) : gtk_bitset_get_maximum (shown);
}

/* The next that is shown, @position at the ends. */
static guint
find_next_shown (PaneCanvas *self, guint position, int direction)
{
  g_autoptr (GtkBitset) shown = pane_view_dup_shown (pane_canvas_get_view (self));
  guint end = find_end (self, direction), found = position;
  GtkBitsetIter iter;

  if (position == end || end == GTK_INVALID_LIST_POSITION)
    return position;
  if (shown == NULL)
    return position + direction;
  gtk_bitset_iter_init_at (&iter, shown, position, &found);
  if (direction < 0)
    gtk_bitset_iter_previous (&iter, &found);
  else
    gtk_bitset_iter_next (&iter, &found);
  return found;
}

/* A range starts at the focus when nothing that is shown was chosen before. */
static void
ensure_anchor (PaneCanvas *self)
{
  PaneFolderModel *model = pane_canvas_get_model (self);
  guint32 focus_id = pane_folder_model_get_focus_id (model);
  guint32 anchor_id = pane_folder_model_get_anchor_id (model);

  if (focus_id != THAW_NO_ENTRY
      && pane_folder_model_find (model, anchor_id) == GTK_INVALID_LIST_POSITION)
    pane_folder_model_set_anchor_id (model, focus_id);
}

static void
move_to (PaneCanvas *self, guint position, gboolean extend, gboolean keep)
{
  if (extend)
    ensure_anchor (self);
  pane_canvas_reveal (self, position, TRUE);
  if (extend || !keep)
    pane_canvas_select (self, position, extend, FALSE);
}

/* How far @area is from @from in this direction, along it and then across; G_MAXINT: it isn't
 * there. */
static gint64
get_distance (const GdkRectangle *from, const GdkRectangle *area, const Search *search)
{
  Step step = search->step;
  int along, across, overlap;

  if (step.x != 0)
    {
      along = step.x > 0 ? area->x - (from->x + from->width) : from->x - (area->x + area->width);
      across = ABS ((area->y + area->height / 2) - (from->y + from->height / 2));
      overlap = MIN (from->y + from->height, area->y + area->height) - MAX (from->y, area->y);
    }
  else
    {
      along = step.y > 0 ? area->y - (from->y + from->height) : from->y - (area->y + area->height);
      across = ABS ((area->x + area->width / 2) - (from->x + from->width / 2));
      overlap = MIN (from->x + from->width, area->x + area->width) - MAX (from->x, area->x);
    }
  if (along < -2 || (search->in_line && overlap <= 0))
    return G_MAXINT64;
  /* Straight ahead first; then the nearest line, and in it the one that is least to the side. */
  return (overlap > 0 || search->flows ? 0 : G_GINT64_CONSTANT (1) << 40)
         + ((gint64) MAX (along, 0) << 16) + MIN (across, 0xffff);
}

static guint
find_best (PaneCanvas *self,
           guint position,
           const GdkRectangle *from,
           const GdkRectangle *region,
           const Search *search)
{
  g_autoptr (GtkBitset) positions = pane_canvas_dup_positions (self, region);
  guint best = GTK_INVALID_LIST_POSITION, i;
  gint64 least = G_MAXINT64;
  GtkBitsetIter iter;

  for (gboolean is_valid = gtk_bitset_iter_init_first (&iter, positions, &i); is_valid;
       is_valid = gtk_bitset_iter_next (&iter, &i))
    {
      GdkRectangle area;
      gint64 distance;

      if (i == position || !pane_canvas_get_area (self, i, &area))
        continue;
      distance = get_distance (from, &area, search);
      if (distance < least)
        {
          least = distance;
          best = i;
        }
    }
  return best;
}

/* Beside @position, within a page: a farther neighbour than that is none. */
static guint
find_beside (PaneCanvas *self, guint position, Step step)
{
  gboolean vertical = pane_canvas_get_orientation (self) == GTK_ORIENTATION_VERTICAL;
  PaneCanvasView *view = PANE_CANVAS_VIEW (pane_canvas_get_view (self));
  const Search search
      = { step, (vertical ? step.x : step.y) != 0, pane_canvas_view_get_flow (view) != NULL };
  GdkRectangle from, region;
  int width, height;

  if (!pane_canvas_get_area (self, position, &from))
    return GTK_INVALID_LIST_POSITION;
  pane_canvas_get_page (self, &width, &height);
  region = from;
  if (step.x != 0)
    {
      region.x = step.x > 0 ? from.x + from.width : from.x - width;
      region.width = width;
    }
  else
    {
      /* There may be a heading between. */
      region.height = 2 * from.height + 3 * pane_canvas_get_style (self)->line_height;
      region.y = step.y > 0 ? from.y + from.height : from.y - region.height;
      region.x = from.x - width;
      region.width = 2 * width;
    }
  return find_best (self, position, &from, &region, &search);
}

/* Along the lines of the order an end is no end: the next line follows. */
static guint
find_next (PaneCanvas *self, guint position, Step step)
{
  gboolean vertical = pane_canvas_get_orientation (self) == GTK_ORIENTATION_VERTICAL;
  int delta = vertical ? step.x : step.y;
  guint found = find_beside (self, position, step);

  if (found != GTK_INVALID_LIST_POSITION || delta == 0)
    return found;
  return find_next_shown (self, position, delta < 0 ? -1 : 1);
}

static guint
find_page (PaneCanvas *self, guint position, int direction)
{
  gboolean vertical = pane_canvas_get_orientation (self) == GTK_ORIENTATION_VERTICAL;
  GdkRectangle from, region;
  guint found;
  int width, height;

  if (!pane_canvas_get_area (self, position, &from))
    return position;
  pane_canvas_get_page (self, &width, &height);
  region = from;
  if (vertical)
    region.y += direction * MAX (height - from.height, from.height);
  else
    region.x += direction * MAX (width - from.width, from.width);
  from = region;
  found = find_best (self, position, &from, &region, &(const Search){ 0 });
  if (found == GTK_INVALID_LIST_POSITION)
    return find_end (self, direction);
  return found;
}

static gboolean
begin (GtkWidget *widget, PaneCanvas **self, guint *position)
{
  *self = PANE_CANVAS (widget);
  if (pane_canvas_get_model (*self) == NULL || get_n (*self) == 0)
    return FALSE;
  if (!get_focus (*self, position))
    *position = GTK_INVALID_LIST_POSITION;
  return TRUE;
}

static gboolean
arrow_cb (GtkWidget *widget, GVariant *args, gpointer unused)
{
  PaneCanvas *self;
  guint position, found;
  Step step;
  gboolean extend, keep;

  if (!begin (widget, &self, &position))
    return FALSE;
  g_variant_get (args, "(iibb)", &step.x, &step.y, &extend, &keep);
  if (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL)
    step.x = -step.x;
  found = position != GTK_INVALID_LIST_POSITION ? find_next (self, position, step)
                                                : find_end (self, -1);
  if (found == GTK_INVALID_LIST_POSITION)
    return TRUE;
  move_to (self, found, extend, keep);
  return TRUE;
}

static gboolean
page_cb (GtkWidget *widget, GVariant *args, gpointer unused)
{
  PaneCanvas *self;
  guint position;
  int direction;
  gboolean extend, keep;

  if (!begin (widget, &self, &position))
    return FALSE;
  g_variant_get (args, "(ibb)", &direction, &extend, &keep);
  position = position != GTK_INVALID_LIST_POSITION ? find_page (self, position, direction)
                                                   : find_end (self, -1);
  if (position != GTK_INVALID_LIST_POSITION)
    move_to (self, position, extend, keep);
  return TRUE;
}

static gboolean
end_cb (GtkWidget *widget, GVariant *args, gpointer unused)
{
  PaneCanvas *self;
  guint position;
  int direction;
  gboolean extend, keep;

  if (!begin (widget, &self, &position))
    return FALSE;
  g_variant_get (args, "(ibb)", &direction, &extend, &keep);
  position = find_end (self, direction);
  if (position != GTK_INVALID_LIST_POSITION)
    move_to (self, position, extend, keep);
  return TRUE;
}

static gboolean
toggle_cb (GtkWidget *widget, GVariant *args, gpointer unused)
{
  PaneCanvas *self;
  guint position;

  if (!begin (widget, &self, &position) || position == GTK_INVALID_LIST_POSITION)
    return FALSE;
  pane_canvas_select (self, position, FALSE, TRUE);
  return TRUE;
}

static gboolean
activate_cb (GtkWidget *widget, GVariant *args, gpointer unused)
{
  PaneCanvas *self;
  guint position;

  if (!begin (widget, &self, &position) || position == GTK_INVALID_LIST_POSITION)
    return FALSE;
  pane_view_activate (pane_canvas_get_view (self),
                      pane_folder_model_get_id (pane_canvas_get_model (self), position));
  return TRUE;
}

static gboolean
select_all_cb (GtkWidget *widget, GVariant *args, gpointer unused)
{
  PaneCanvas *self = PANE_CANVAS (widget);
  gboolean all;

  if (pane_canvas_get_model (self) == NULL)
    return FALSE;
  g_variant_get (args, "(b)", &all);
  if (all)
    pane_view_select_all (pane_canvas_get_view (self));
  else
    gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (pane_canvas_get_model (self)));
  return TRUE;
}

/* The Menu key and Shift+F10: at the focused entry, or in the middle when none is in sight. */
static gboolean
menu_cb (GtkWidget *widget, GVariant *args, gpointer unused)
{
  PaneCanvas *self = PANE_CANVAS (widget);
  PaneCell *cell = pane_canvas_get_focus_cell (self);
  graphene_rect_t bounds
      = GRAPHENE_RECT_INIT (0, 0, gtk_widget_get_width (widget), gtk_widget_get_height (widget));
  graphene_point_t center;

  if (pane_canvas_get_model (self) == NULL)
    return FALSE;
  if (cell != NULL && !gtk_widget_compute_bounds (GTK_WIDGET (cell), widget, &bounds))
    cell = NULL;
  graphene_rect_get_center (&bounds, &center);
  pane_canvas_request_menu (self, cell, center.x, center.y);
  return TRUE;
}

static void
add_arrow (GtkWidgetClass *klass, guint key, guint keypad, int x, int y)
{
  const guint keys[] = { key, keypad };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      gtk_widget_class_add_binding (klass, keys[i], 0, arrow_cb, "(iibb)", x, y, FALSE, FALSE);
      gtk_widget_class_add_binding (klass,
                                    keys[i],
                                    GDK_SHIFT_MASK,
                                    arrow_cb,
                                    "(iibb)",
                                    x,
                                    y,
                                    TRUE,
                                    FALSE);
      gtk_widget_class_add_binding (klass,
                                    keys[i],
                                    GDK_CONTROL_MASK,
                                    arrow_cb,
                                    "(iibb)",
                                    x,
                                    y,
                                    FALSE,
                                    TRUE);
    }
}

static void
add_jump (GtkWidgetClass *klass, guint key, guint keypad, GtkShortcutFunc func, int direction)
{
  const guint keys[] = { key, keypad };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      gtk_widget_class_add_binding (klass, keys[i], 0, func, "(ibb)", direction, FALSE, FALSE);
      gtk_widget_class_add_binding (klass,
                                    keys[i],
                                    GDK_SHIFT_MASK,
                                    func,
                                    "(ibb)",
                                    direction,
                                    TRUE,
                                    FALSE);
      gtk_widget_class_add_binding (klass,
                                    keys[i],
                                    GDK_CONTROL_MASK,
                                    func,
                                    "(ibb)",
                                    direction,
                                    FALSE,
                                    TRUE);
    }
}

/**
 * pane_canvas_install_keys:
 * @klass: the canvas' class
 *
 * Binds the keys that GTK's lists know.
 */
void
pane_canvas_install_keys (GtkWidgetClass *klass)
{
  const guint enters[] = { GDK_KEY_Return, GDK_KEY_KP_Enter, GDK_KEY_ISO_Enter };

  add_arrow (klass, GDK_KEY_Left, GDK_KEY_KP_Left, -1, 0);
  add_arrow (klass, GDK_KEY_Right, GDK_KEY_KP_Right, 1, 0);
  add_arrow (klass, GDK_KEY_Up, GDK_KEY_KP_Up, 0, -1);
  add_arrow (klass, GDK_KEY_Down, GDK_KEY_KP_Down, 0, 1);
  add_jump (klass, GDK_KEY_Page_Up, GDK_KEY_KP_Page_Up, page_cb, -1);
  add_jump (klass, GDK_KEY_Page_Down, GDK_KEY_KP_Page_Down, page_cb, 1);
  add_jump (klass, GDK_KEY_Home, GDK_KEY_KP_Home, end_cb, -1);
  add_jump (klass, GDK_KEY_End, GDK_KEY_KP_End, end_cb, 1);
  for (guint i = 0; i < G_N_ELEMENTS (enters); i++)
    gtk_widget_class_add_binding (klass, enters[i], 0, activate_cb, NULL);
  gtk_widget_class_add_binding (klass, GDK_KEY_space, GDK_CONTROL_MASK, toggle_cb, NULL);
  gtk_widget_class_add_binding (klass, GDK_KEY_a, GDK_CONTROL_MASK, select_all_cb, "(b)", TRUE);
  gtk_widget_class_add_binding (klass,
                                GDK_KEY_a,
                                GDK_CONTROL_MASK | GDK_SHIFT_MASK,
                                select_all_cb,
                                "(b)",
                                FALSE);
  gtk_widget_class_add_binding (klass, GDK_KEY_Menu, 0, menu_cb, NULL);
  gtk_widget_class_add_binding (klass, GDK_KEY_F10, GDK_SHIFT_MASK, menu_cb, NULL);
}
