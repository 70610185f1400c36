/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One or two panes, beside each other where there is room for both and one above the other where
 * there isn't. Unlike GtkPaned it keeps what it is given: a pane that is swapped with the other, or
 * left alone, stays the same child, so that it keeps its focus and where it is scrolled to. The
 * divider takes no room; it is moved by dragging, put back into the middle by a double click, and
 * moved by arrow keys once F8 has given it the focus, which Tab never does. Loop's thread. */

#define GETTEXT_PACKAGE "thaw"
#include "pane-split.h"
#include <glib/gi18n-lib.h>

#define NARROWEST 250 /* a pane beside another */
#define LOWEST 90     /* a pane above another, where there is room */
#define GRIP 8        /* of the divider, to both sides together */
#define KEY_STEP 0.05
#define MIDDLE 0.5

struct _PaneSplit {
  GtkWidget parent_instance;

  GtkWidget *panes[PANE_SPLIT_MAX]; /* in their order */
  guint n_panes;
  GtkWidget *divider;
  double fraction;
  double fraction_before;  /* the keyboard moved it */
  GtkWidget *focus_before; /* the same; weak */
  gboolean stacked;        /* as it was laid out last */
  guint arranged_source;
  int drag_from; /* where the divider was */
};

enum {
  MOVED,
  ARRANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PaneSplit, pane_split, GTK_TYPE_WIDGET)

static GtkOrientation
get_orientation (PaneSplit *self)
{
  return self->stacked ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL;
}

static gboolean
is_mirrored (PaneSplit *self)
{
  return !self->stacked && gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

static gboolean
is_split (PaneSplit *self)
{
  return self->n_panes == PANE_SPLIT_MAX;
}

/* Layout */

static void
pane_split_measure (GtkWidget *widget,
                    GtkOrientation orientation,
                    int for_size,
                    int *minimum,
                    int *natural,
                    int *minimum_baseline,
                    int *natural_baseline)
{
  PaneSplit *self = PANE_SPLIT (widget);

  /* For the largest of them: how they will stand isn't known yet, and either way is possible. */
  for (guint i = 0; i < self->n_panes; i++)
    {
      int pane_minimum = 0, pane_natural = 0;

      gtk_widget_measure (self->panes[i],
                          orientation,
                          is_split (self) ? -1 : for_size,
                          &pane_minimum,
                          &pane_natural,
                          NULL,
                          NULL);
      *minimum = MAX (*minimum, pane_minimum);
      *natural = MAX (*natural, pane_natural);
    }
}

/* How much of @room the first pane gets. */
static int
get_first_size (PaneSplit *self, int room)
{
  int least = MIN (self->stacked ? LOWEST : NARROWEST, room / 2);

  return CLAMP ((int) (self->fraction * room + 0.5), least, room - least);
}

/* From the start of the axis, which may be on the right. One that is given less than it needs is
 * cut off at its end. */
static void
allocate_part (PaneSplit *self, GtkWidget *child, int from, int size, int width, int height)
{
  GtkAllocation box = { 0, 0, width, height };
  int least = 0;

  gtk_widget_measure (child, get_orientation (self), -1, &least, NULL, NULL, NULL);
  size = MAX (size, least);
  if (self->stacked)
    {
      box.y = from;
      box.height = size;
    }
  else
    {
      box.x = is_mirrored (self) ? width - from - size : from;
      box.width = size;
    }
  gtk_widget_size_allocate (child, &box, -1);
}

static void
arranged_cb (gpointer user_data)
{
  PaneSplit *self = user_data;

  self->arranged_source = 0;
  gtk_widget_set_cursor_from_name (self->divider, self->stacked ? "row-resize" : "col-resize");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->divider),
                                  GTK_ACCESSIBLE_PROPERTY_ORIENTATION,
                                  self->stacked ? GTK_ORIENTATION_HORIZONTAL
                                                : GTK_ORIENTATION_VERTICAL,
                                  -1);
  g_signal_emit (self, signals[ARRANGED], 0);
}

/* Later: while they are laid out, nobody may change them. */
static void
say_arranged (PaneSplit *self)
{
  if (self->arranged_source == 0)
    self->arranged_source = g_idle_add_once (arranged_cb, self);
}

static void
pane_split_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  PaneSplit *self = PANE_SPLIT (widget);
  gboolean was_stacked = self->stacked;
  int room, first;

  self->stacked = is_split (self) && width < 2 * NARROWEST;
  if (self->stacked != was_stacked)
    say_arranged (self);
  gtk_widget_set_child_visible (self->divider, is_split (self));
  if (self->n_panes == 1)
    gtk_widget_size_allocate (self->panes[0], &(GtkAllocation){ 0, 0, width, height }, baseline);
  if (!is_split (self))
    return;
  room = self->stacked ? height : width;
  first = get_first_size (self, room);
  allocate_part (self, self->panes[0], 0, first, width, height);
  allocate_part (self, self->panes[1], first, room - first, width, height);
  allocate_part (self, self->divider, first - GRIP / 2, GRIP, width, height);
}

static void
get_divider_line (PaneSplit *self, graphene_rect_t *line)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  int height = gtk_widget_get_height (GTK_WIDGET (self));
  int first = get_first_size (self, self->stacked ? height : width);

  if (self->stacked)
    graphene_rect_init (line, 0, first, width, 1);
  else
    graphene_rect_init (line, is_mirrored (self) ? width - first - 1 : first, 0, 1, height);
}

static void
pane_split_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PaneSplit *self = PANE_SPLIT (widget);
  graphene_rect_t line;
  GdkRGBA colour;

  GTK_WIDGET_CLASS (pane_split_parent_class)->snapshot (widget, snapshot);
  if (!is_split (self))
    return;
  get_divider_line (self, &line);
  gtk_widget_get_color (widget, &colour);
  colour.alpha *= 0.2f;
  gtk_snapshot_append_color (snapshot, &colour, &line);
}

/* Moving the divider */

static void
set_fraction (PaneSplit *self, double fraction)
{
  fraction = CLAMP (fraction, 0.05, 0.95);
  if (G_APPROX_VALUE (self->fraction, fraction, 0.0001))
    return;
  self->fraction = fraction;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->divider),
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_NOW,
                                  fraction * 100,
                                  -1);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

static int
get_room (PaneSplit *self)
{
  return MAX (self->stacked ? gtk_widget_get_height (GTK_WIDGET (self))
                            : gtk_widget_get_width (GTK_WIDGET (self)),
              1);
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, gpointer user_data)
{
  PaneSplit *self = user_data;
  graphene_rect_t grip;

  if (!is_split (self) || !gtk_widget_compute_bounds (self->divider, GTK_WIDGET (self), &grip)
      || !graphene_rect_contains_point (&grip, &GRAPHENE_POINT_INIT ((float) x, (float) y)))
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  self->drag_from = get_first_size (self, get_room (self));
}

static void
drag_update_cb (GtkGestureDrag *gesture, double x, double y, gpointer user_data)
{
  PaneSplit *self = user_data;
  double by = self->stacked ? y : is_mirrored (self) ? -x : x;

  /* Not at once: what is only clicked may be clicked twice. */
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  if (is_split (self))
    set_fraction (self, (self->drag_from + by) / get_room (self));
}

static void
drag_end_cb (GtkGestureDrag *gesture, double x, double y, gpointer user_data)
{
  PaneSplit *self = user_data;

  if (x != 0 || y != 0)
    g_signal_emit (self, signals[MOVED], 0);
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, gpointer user_data)
{
  PaneSplit *self = user_data;

  if (n_press != 2)
    return;
  set_fraction (self, MIDDLE);
  g_signal_emit (self, signals[MOVED], 0);
}

/* The keyboard */

static void
leave_divider (PaneSplit *self)
{
  if (self->focus_before != NULL)
    gtk_widget_grab_focus (self->focus_before);
  else
    gtk_widget_child_focus (GTK_WIDGET (self), GTK_DIR_TAB_BACKWARD);
  g_signal_emit (self, signals[MOVED], 0);
}

/* Which way an arrow moves the divider, along its own axis: 0 if it doesn't. */
static int
get_step (PaneSplit *self, guint keyval)
{
  int forward = is_mirrored (self) ? -1 : 1;

  switch (keyval)
    {
    case GDK_KEY_Left:
    case GDK_KEY_KP_Left:
      return self->stacked ? 0 : -forward;
    case GDK_KEY_Right:
    case GDK_KEY_KP_Right:
      return self->stacked ? 0 : forward;
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      return self->stacked ? -1 : 0;
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      return self->stacked ? 1 : 0;
    default:
      return 0;
    }
}

static gboolean
divider_key_cb (PaneSplit *self, guint keyval, guint keycode, GdkModifierType state)
{
  int step = get_step (self, keyval);

  if (step != 0)
    set_fraction (self, self->fraction + step * KEY_STEP);
  else if (keyval == GDK_KEY_Home)
    set_fraction (self, MIDDLE);
  else if (keyval == GDK_KEY_Escape)
    {
      set_fraction (self, self->fraction_before);
      leave_divider (self);
    }
  else if (keyval == GDK_KEY_Return || keyval == GDK_KEY_KP_Enter || keyval == GDK_KEY_space)
    leave_divider (self);
  else
    return GDK_EVENT_PROPAGATE;
  return GDK_EVENT_STOP;
}

/* Out of the way of Tab again. */
static void
divider_left_cb (PaneSplit *self)
{
  gtk_widget_set_focusable (self->divider, FALSE);
  g_clear_weak_pointer (&self->focus_before);
}

static gboolean
focus_divider_cb (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  PaneSplit *self = PANE_SPLIT (widget);

  if (!is_split (self))
    return GDK_EVENT_PROPAGATE;
  self->fraction_before = self->fraction;
  g_set_weak_pointer (&self->focus_before, gtk_root_get_focus (gtk_widget_get_root (widget)));
  gtk_widget_set_focusable (self->divider, TRUE);
  return gtk_widget_grab_focus (self->divider);
}

/* The panes */

/**
 * pane_split_add:
 * @self: a split
 * @pane: (transfer floating): a pane; there may be two
 *
 * Adds a pane behind those that there are.
 */
void
pane_split_add (PaneSplit *self, GtkWidget *pane)
{
  g_return_if_fail (PANE_IS_SPLIT (self));
  g_return_if_fail (self->n_panes < PANE_SPLIT_MAX);

  gtk_widget_insert_before (pane, GTK_WIDGET (self), self->divider);
  self->panes[self->n_panes++] = pane;
  say_arranged (self);
}

/**
 * pane_split_remove:
 * @self: a split
 * @pane: one of its panes
 *
 * Takes a pane out. The other one stays as it is.
 */
void
pane_split_remove (PaneSplit *self, GtkWidget *pane)
{
  g_return_if_fail (PANE_IS_SPLIT (self));
  g_return_if_fail (gtk_widget_get_parent (pane) == GTK_WIDGET (self));

  if (self->panes[0] == pane)
    self->panes[0] = self->panes[1];
  self->panes[1] = NULL;
  self->n_panes--;
  gtk_widget_unparent (pane);
  say_arranged (self);
}

/**
 * pane_split_get_n_panes:
 * @self: a split
 *
 * Returns: how many panes there are
 */
guint
pane_split_get_n_panes (PaneSplit *self)
{
  g_return_val_if_fail (PANE_IS_SPLIT (self), 0);

  return self->n_panes;
}

/**
 * pane_split_get_pane:
 * @self: a split
 * @n: 0 for the first, 1 for the second
 *
 * Returns: (transfer none) (nullable): that pane, %NULL if there are fewer
 */
GtkWidget *
pane_split_get_pane (PaneSplit *self, guint n)
{
  g_return_val_if_fail (PANE_IS_SPLIT (self), NULL);

  return n < self->n_panes ? self->panes[n] : NULL;
}

/**
 * pane_split_swap:
 * @self: a split
 *
 * Puts each pane where the other is. One alone stays.
 */
void
pane_split_swap (PaneSplit *self)
{
  GtkWidget *first;

  g_return_if_fail (PANE_IS_SPLIT (self));

  if (!is_split (self))
    return;
  first = self->panes[0];
  self->panes[0] = self->panes[1];
  self->panes[1] = first;
  gtk_widget_insert_before (first, GTK_WIDGET (self), self->divider);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  say_arranged (self);
}

/**
 * pane_split_get_fraction:
 * @self: a split
 *
 * Returns: how much of the room the first of two panes asks for; it may get less
 */
double
pane_split_get_fraction (PaneSplit *self)
{
  g_return_val_if_fail (PANE_IS_SPLIT (self), MIDDLE);

  return self->fraction;
}

/**
 * pane_split_set_fraction:
 * @self: a split
 * @fraction: how much of the room the first of two panes is to have
 *
 * Moves the divider. This is not said by ::moved.
 */
void
pane_split_set_fraction (PaneSplit *self, double fraction)
{
  g_return_if_fail (PANE_IS_SPLIT (self));

  set_fraction (self, fraction);
}

/**
 * pane_split_is_stacked:
 * @self: a split
 *
 * Returns: whether two panes stand one above the other, as they were laid out last
 */
gboolean
pane_split_is_stacked (PaneSplit *self)
{
  g_return_val_if_fail (PANE_IS_SPLIT (self), FALSE);

  return self->stacked;
}

static void
pane_split_dispose (GObject *object)
{
  PaneSplit *self = PANE_SPLIT (object);

  while (self->n_panes > 0)
    gtk_widget_unparent (self->panes[--self->n_panes]);
  g_clear_handle_id (&self->arranged_source, g_source_remove);
  g_clear_weak_pointer (&self->focus_before);
  g_clear_pointer (&self->divider, gtk_widget_unparent);
  G_OBJECT_CLASS (pane_split_parent_class)->dispose (object);
}

static void
pane_split_class_init (PaneSplitClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pane_split_dispose;
  widget_class->measure = pane_split_measure;
  widget_class->size_allocate = pane_split_size_allocate;
  widget_class->snapshot = pane_split_snapshot;
  gtk_widget_class_set_css_name (widget_class, "panesplit");
  gtk_widget_class_add_binding (widget_class, GDK_KEY_F8, 0, focus_divider_cb, NULL);
  signals[MOVED] = g_signal_new ("moved",
                                 PANE_TYPE_SPLIT,
                                 G_SIGNAL_RUN_LAST,
                                 0,
                                 NULL,
                                 NULL,
                                 NULL,
                                 G_TYPE_NONE,
                                 0);
  signals[ARRANGED] = g_signal_new ("arranged",
                                    PANE_TYPE_SPLIT,
                                    G_SIGNAL_RUN_LAST,
                                    0,
                                    NULL,
                                    NULL,
                                    NULL,
                                    G_TYPE_NONE,
                                    0);
}

static void
make_divider (PaneSplit *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  self->divider = g_object_new (GTK_TYPE_BOX,
                                "css-name",
                                "divider",
                                "accessible-role",
                                GTK_ACCESSIBLE_ROLE_SEPARATOR,
                                NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->divider),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Divider of the panes"),
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MIN,
                                  0.0,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MAX,
                                  100.0,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_NOW,
                                  self->fraction * 100,
                                  -1);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (divider_key_cb), self);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (divider_left_cb), self);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (self->divider, keys);
  gtk_widget_add_controller (self->divider, focus);
  gtk_widget_add_controller (self->divider, GTK_EVENT_CONTROLLER (click));
  gtk_widget_set_parent (self->divider, GTK_WIDGET (self));
  gtk_widget_set_child_visible (self->divider, FALSE);
}

static void
pane_split_init (PaneSplit *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();

  self->fraction = MIDDLE;
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  make_divider (self);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (drag), GTK_PHASE_CAPTURE);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (drag_end_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
}

/**
 * pane_split_new:
 *
 * Returns: (transfer floating): a split without panes
 */
GtkWidget *
pane_split_new (void)
{
  return g_object_new (PANE_TYPE_SPLIT, NULL);
}
