/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The list view's header: a button a column, which sorts, with a separator at its start edge, which
 * resizes. The separator belongs to the column behind it: the column's end stays where it is, so
 * the line follows the pointer and the name gives or takes. A double click on it fits the column to
 * what it shows; Shift and an arrow key on a title do with the keyboard what dragging does.
 * While a plugin is asked for what a column sorts by, its title has a spinner. A menu hides and
 * shows columns. Mirrored in right-to-left languages. CSS names are those of GtkColumnView, so
 * themes know it.
 * Loop's thread only.
 */
#include "list/pane-list-header.h"
#include "list/pane-list-chooser.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#define GRIP 5 /* how near a separator counts, to either side */
#define KEY_STEP 10

struct _PaneListHeader {
  GtkWidget parent_instance;

  PaneListColumns *columns;
  int row_width; /* 0: the header's own */
  guint n;       /* columns that there are buttons of */
  GtkWidget *buttons[PANE_MAX_LIST_COLUMNS];
  GtkWidget *labels[PANE_MAX_LIST_COLUMNS];
  GtkWidget *arrows[PANE_MAX_LIST_COLUMNS];
  GtkWidget *spinners[PANE_MAX_LIST_COLUMNS]; /* NULL: it isn't a plugin's */

  ThawOrderSpec sort;
  gboolean is_asking;

  guint dragged; /* THAW_SORT_NAME: none */
  int start_width;
};

enum {
  SIGNAL_SORT,
  SIGNAL_FIT,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PaneListHeader, pane_list_header, GTK_TYPE_WIDGET)

static gboolean
is_rtl (PaneListHeader *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

static const PaneListSpan *
get_spans (PaneListHeader *self)
{
  int row_width = self->row_width;

  if (row_width == 0)
    row_width = gtk_widget_get_width (GTK_WIDGET (self)) - 2 * PANE_LIST_INSET;
  return pane_list_columns_get_spans (self->columns, MAX (row_width, 0));
}

/* From a distance from the start edge of rows to the header's x. */
static int
to_x (PaneListHeader *self, int start)
{
  int x = PANE_LIST_INSET + start;

  return is_rtl (self) ? gtk_widget_get_width (GTK_WIDGET (self)) - x : x;
}

/* Layout */

static void
measure (GtkWidget *widget,
         GtkOrientation orientation,
         int for_size,
         int *minimum,
         int *natural,
         int *minimum_baseline,
         int *natural_baseline)
{
  PaneListHeader *self = PANE_LIST_HEADER (widget);

  *minimum = *natural = 0;
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    return;
  for (guint i = 0; i < self->n; i++)
    {
      int child_minimum, child_natural;

      gtk_widget_measure (self->buttons[i],
                          orientation,
                          -1,
                          &child_minimum,
                          &child_natural,
                          NULL,
                          NULL);
      *minimum = MAX (*minimum, child_minimum);
      *natural = MAX (*natural, child_natural);
    }
}

static void
size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  PaneListHeader *self = PANE_LIST_HEADER (widget);
  const PaneListSpan *spans = get_spans (self);

  for (guint i = 0; i < self->n; i++)
    {
      int minimum;
      GtkAllocation area = { 0, 0, spans[i].width, height };

      gtk_widget_set_child_visible (self->buttons[i], spans[i].visible && spans[i].width > 0);
      if (!gtk_widget_get_child_visible (self->buttons[i]))
        continue;
      gtk_widget_measure (self->buttons[i],
                          GTK_ORIENTATION_HORIZONTAL,
                          -1,
                          &minimum,
                          NULL,
                          NULL,
                          NULL);
      area.width = MAX (area.width, minimum);
      area.x = to_x (self, spans[i].x);
      if (is_rtl (self))
        area.x -= area.width;
      gtk_widget_size_allocate (self->buttons[i], &area, -1);
    }
}

static void
snapshot_separator (PaneListHeader *self, GtkSnapshot *snapshot, int x)
{
  int height = gtk_widget_get_height (GTK_WIDGET (self));
  GdkRGBA color;

  gtk_widget_get_color (GTK_WIDGET (self), &color);
  color.alpha *= 0.15f;
  gtk_snapshot_append_color (snapshot,
                             &color,
                             &GRAPHENE_RECT_INIT (x, height / 4, 1, height - height / 4 * 2));
}

static void
snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PaneListHeader *self = PANE_LIST_HEADER (widget);
  const PaneListSpan *spans = get_spans (self);

  GTK_WIDGET_CLASS (pane_list_header_parent_class)->snapshot (widget, snapshot);
  for (guint i = 1; i < self->n; i++)
    {
      if (spans[i].visible)
        snapshot_separator (self, snapshot, to_x (self, spans[i].x));
    }
}

/* Sorting */

static void
clicked_cb (GtkButton *button, PaneListHeader *self)
{
  guint sorted = pane_list_columns_find_sorted (self->columns, &self->sort);

  for (guint i = 0; i < self->n; i++)
    {
      if (self->buttons[i] != GTK_WIDGET (button))
        continue;
      g_signal_emit (self,
                     signals[SIGNAL_SORT],
                     0,
                     i,
                     i == sorted ? !self->sort.descending
                                 : pane_list_columns_starts_descending (self->columns, i));
      return;
    }
}

static void
update_arrow (PaneListHeader *self, guint column)
{
  GtkAccessibleSort sort = GTK_ACCESSIBLE_SORT_NONE;
  gboolean is_sorted = column == pane_list_columns_find_sorted (self->columns, &self->sort);

  if (is_sorted)
    sort = self->sort.descending ? GTK_ACCESSIBLE_SORT_DESCENDING : GTK_ACCESSIBLE_SORT_ASCENDING;
  gtk_image_set_from_icon_name (GTK_IMAGE (self->arrows[column]),
                                sort == GTK_ACCESSIBLE_SORT_DESCENDING ? "pan-down-symbolic"
                                                                       : "pan-up-symbolic");
  gtk_widget_set_visible (self->arrows[column], sort != GTK_ACCESSIBLE_SORT_NONE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->buttons[column]),
                                  GTK_ACCESSIBLE_PROPERTY_SORT,
                                  sort,
                                  -1);
  if (self->spinners[column] == NULL)
    return;
  gtk_widget_set_visible (self->spinners[column], is_sorted && self->is_asking);
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->buttons[column]),
                               GTK_ACCESSIBLE_STATE_BUSY,
                               is_sorted && self->is_asking,
                               -1);
}

void
pane_list_header_set_sort (PaneListHeader *self, const ThawOrderSpec *spec, double asked)
{
  if (thaw_order_spec_equal (&self->sort, spec) && self->is_asking == (asked >= 0))
    return;
  thaw_order_spec_clear (&self->sort);
  thaw_order_spec_copy (&self->sort, spec);
  self->is_asking = asked >= 0;
  for (guint i = 0; i < self->n; i++)
    update_arrow (self, i);
}

/* Resizing */

/* The column whose separator is at @x, THAW_SORT_NAME for none: it has none. */
static guint
find_separator (PaneListHeader *self, double x)
{
  const PaneListSpan *spans = get_spans (self);

  for (guint i = 1; i < self->n; i++)
    {
      if (spans[i].visible && ABS (x - to_x (self, spans[i].x)) <= GRIP)
        return i;
    }
  return THAW_SORT_NAME;
}

static void
drag_begin_cb (GtkGestureDrag *gesture, double x, double y, PaneListHeader *self)
{
  self->dragged = find_separator (self, x);
  if (self->dragged == THAW_SORT_NAME)
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  self->start_width = pane_list_columns_get_width (self->columns, self->dragged);
}

static void
drag_update_cb (GtkGestureDrag *gesture, double x, double y, PaneListHeader *self)
{
  int offset = (int) (is_rtl (self) ? -x : x);

  if (self->dragged != THAW_SORT_NAME)
    pane_list_columns_set_width (self->columns, self->dragged, self->start_width - offset);
}

static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, PaneListHeader *self)
{
  guint column = find_separator (self, x);

  if (n_press == 2 && column != THAW_SORT_NAME)
    g_signal_emit (self, signals[SIGNAL_FIT], 0, column);
}

static void
motion_cb (GtkEventControllerMotion *controller, double x, double y, PaneListHeader *self)
{
  gboolean grip = find_separator (self, x) != THAW_SORT_NAME;

  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), grip ? "col-resize" : NULL);
}

/* The name has no width of its own: with it goes the separator behind it. */
static guint
get_resized (PaneListHeader *self, guint column, int *sign)
{
  const PaneListSpan *spans = get_spans (self);

  *sign = 1;
  if (column != THAW_SORT_NAME)
    return column;
  *sign = -1;
  for (guint i = 1; i < self->n; i++)
    {
      if (spans[i].visible)
        return i;
    }
  return THAW_SORT_NAME;
}

static gboolean
key_pressed_cb (GtkEventControllerKey *controller,
                guint keyval,
                guint keycode,
                GdkModifierType state,
                PaneListHeader *self)
{
  GtkWidget *focus = gtk_widget_get_focus_child (GTK_WIDGET (self));
  guint wider = is_rtl (self) ? GDK_KEY_Left : GDK_KEY_Right;
  int sign;

  if ((state & gtk_accelerator_get_default_mod_mask ()) != GDK_SHIFT_MASK
      || (keyval != GDK_KEY_Left && keyval != GDK_KEY_Right))
    return GDK_EVENT_PROPAGATE;
  for (guint i = 0; i < self->n; i++)
    {
      guint column;

      if (self->buttons[i] != focus)
        continue;
      column = get_resized (self, i, &sign);
      if (column != THAW_SORT_NAME)
        pane_list_columns_set_width (self->columns,
                                     column,
                                     pane_list_columns_get_width (self->columns, column)
                                         + (keyval == wider ? KEY_STEP : -KEY_STEP) * sign);
      return GDK_EVENT_STOP;
    }
  return GDK_EVENT_PROPAGATE;
}

void
pane_list_header_set_row_width (PaneListHeader *self, int row_width)
{
  if (self->row_width == row_width)
    return;
  self->row_width = row_width;
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

int
pane_list_header_measure_title (PaneListHeader *self, guint column)
{
  int natural;

  gtk_widget_measure (self->labels[column],
                      GTK_ORIENTATION_HORIZONTAL,
                      -1,
                      NULL,
                      &natural,
                      NULL,
                      NULL);
  return natural;
}

/* Buttons */

static void
remove_buttons (PaneListHeader *self, guint first)
{
  for (guint i = first; i < self->n; i++)
    g_clear_pointer (&self->buttons[i], gtk_widget_unparent);
  self->n = MIN (self->n, first);
  if (self->dragged >= self->n)
    self->dragged = THAW_SORT_NAME;
}

static GtkAlign
get_align (PaneListHeader *self, guint column)
{
  return pane_list_columns_is_at_end (self->columns, column) ? GTK_ALIGN_END : GTK_ALIGN_START;
}

static GtkWidget *
make_title (PaneListHeader *self, guint column, const char *title)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 4);
  gboolean at_end = pane_list_columns_is_at_end (self->columns, column);

  self->labels[column] = gtk_label_new (title);
  gtk_label_set_ellipsize (GTK_LABEL (self->labels[column]), PANGO_ELLIPSIZE_END);
  gtk_box_append (GTK_BOX (box), self->labels[column]);
  gtk_widget_set_halign (box, get_align (self, column));
  self->arrows[column] = gtk_image_new ();
  self->spinners[column] = column >= PANE_N_LIST_COLUMNS ? adw_spinner_new () : NULL;
  gtk_box_append (GTK_BOX (box), self->arrows[column]);
  if (at_end)
    gtk_box_reorder_child_after (GTK_BOX (box), self->arrows[column], NULL);
  if (self->spinners[column] != NULL)
    gtk_box_append (GTK_BOX (box), self->spinners[column]);
  return box;
}

static void
add_button (PaneListHeader *self, guint column)
{
  const char *title = pane_list_columns_get_title (self->columns, column);

  self->buttons[column] = g_object_new (GTK_TYPE_BUTTON,
                                        "accessible-role",
                                        GTK_ACCESSIBLE_ROLE_COLUMN_HEADER,
                                        "child",
                                        make_title (self, column, title),
                                        NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->buttons[column]),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  title,
                                  -1);
  g_signal_connect (self->buttons[column], "clicked", G_CALLBACK (clicked_cb), self);
  gtk_widget_set_parent (self->buttons[column], GTK_WIDGET (self));
  update_arrow (self, column);
  self->n = column + 1;
}

static gboolean
has_button (PaneListHeader *self, guint column)
{
  return column < self->n
         && g_str_equal (gtk_label_get_text (GTK_LABEL (self->labels[column])),
                         pane_list_columns_get_title (self->columns, column))
         && gtk_widget_get_halign (gtk_button_get_child (GTK_BUTTON (self->buttons[column])))
                == get_align (self, column);
}

/* Those of plugins come and go. */
static void
update_buttons (PaneListHeader *self)
{
  guint n = pane_list_columns_get_n (self->columns), kept = 0;

  while (kept < n && has_button (self, kept))
    kept++;
  remove_buttons (self, kept);
  while (self->n < n)
    add_button (self, self->n);
  for (guint i = 0; i < n; i++)
    update_arrow (self, i);
}

static void
columns_changed_cb (PaneListColumns *columns, PaneListHeader *self)
{
  update_buttons (self);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* Object */

static void
pane_list_header_dispose (GObject *object)
{
  PaneListHeader *self = PANE_LIST_HEADER (object);
  GtkWidget *menu;

  remove_buttons (self, 0);
  while ((menu = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (menu);
  g_clear_object (&self->columns);
  G_OBJECT_CLASS (pane_list_header_parent_class)->dispose (object);
}

static void
pane_list_header_finalize (GObject *object)
{
  thaw_order_spec_clear (&PANE_LIST_HEADER (object)->sort);
  G_OBJECT_CLASS (pane_list_header_parent_class)->finalize (object);
}

static void
pane_list_header_class_init (PaneListHeaderClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pane_list_header_dispose;
  G_OBJECT_CLASS (klass)->finalize = pane_list_header_finalize;
  widget_class->measure = measure;
  widget_class->size_allocate = size_allocate;
  widget_class->snapshot = snapshot;
  gtk_widget_class_set_css_name (widget_class, "header");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_ROW);
  signals[SIGNAL_SORT] = g_signal_new ("sort",
                                       PANE_TYPE_LIST_HEADER,
                                       G_SIGNAL_RUN_LAST,
                                       0,
                                       NULL,
                                       NULL,
                                       NULL,
                                       G_TYPE_NONE,
                                       2,
                                       G_TYPE_UINT,
                                       G_TYPE_BOOLEAN);
  signals[SIGNAL_FIT] = g_signal_new ("fit",
                                      PANE_TYPE_LIST_HEADER,
                                      G_SIGNAL_RUN_LAST,
                                      0,
                                      NULL,
                                      NULL,
                                      NULL,
                                      G_TYPE_NONE,
                                      1,
                                      G_TYPE_UINT);
}

static void
add_gestures (PaneListHeader *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (drag), GTK_PHASE_CAPTURE);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  gtk_event_controller_set_propagation_phase (motion, GTK_PHASE_CAPTURE);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), self);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  gtk_gesture_group (drag, click);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

static void
pane_list_header_init (PaneListHeader *self)
{
  thaw_order_spec_init (&self->sort);
  add_gestures (self);
}

GtkWidget *
pane_list_header_new (PaneListColumns *columns)
{
  PaneListHeader *self = g_object_new (PANE_TYPE_LIST_HEADER, NULL);

  self->columns = g_object_ref (columns);
  update_buttons (self);
  pane_list_chooser_add (columns, GTK_WIDGET (self));
  g_signal_connect_object (columns, "changed", G_CALLBACK (columns_changed_cb), self, 0);
  return GTK_WIDGET (self);
}
