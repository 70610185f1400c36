/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The strip: columns side by side, as wide as each wants to be, scrolled sideways. It keeps the
 * current column in sight together with what comes after it, for which there is always some room,
 * so that nothing moves when the focus goes from a file to a folder. Columns out of sight are
 * unmapped, and so read nothing. In right-to-left writing it runs from the right. Loop's thread
 * only.
 */
#include "pane-columns-private.h"

#define LEAST_REST 140 /* room after the current column, where there is little */
#define USUAL_REST 260

struct _PaneColumnsStrip {
  GtkWidget parent_instance;

  GtkAdjustment *adjustments[2]; /* by GtkOrientation */
  GtkWidget *current, *rest;     /* not owned: children */
  gboolean reveal_due;
  gboolean busy;
  int width;    /* at the last layout */
  double start; /* how much of the content is before the start edge */
};

enum {
  PROP_0,
  PROP_HADJUSTMENT,
  PROP_VADJUSTMENT,
  PROP_HSCROLL_POLICY,
  PROP_VSCROLL_POLICY,
};

G_DEFINE_FINAL_TYPE_WITH_CODE (PaneColumnsStrip,
                               pane_columns_strip,
                               GTK_TYPE_WIDGET,
                               G_IMPLEMENT_INTERFACE (GTK_TYPE_SCROLLABLE, NULL))

/* Layout */

static gboolean
is_rtl (PaneColumnsStrip *self)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
}

static int
get_width (GtkWidget *column)
{
  int width;

  if (!gtk_widget_get_visible (column))
    return 0;
  gtk_widget_measure (column, GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL, NULL);
  return width;
}

/* Where a column begins, from the content's start edge; NULL: where the last one ends. */
static int
find_start (PaneColumnsStrip *self, GtkWidget *column)
{
  int x = 0;

  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self));
       child != NULL && child != column;
       child = gtk_widget_get_next_sibling (child))
    x += child != self->rest ? get_width (child) : 0;
  return x;
}

static int
get_content_width (PaneColumnsStrip *self, int width)
{
  int end = find_start (self, NULL);

  if (self->current != NULL)
    {
      int current_end = find_start (self, self->current) + get_width (self->current);
      int room = width - get_width (self->current);

      end = MAX (end, current_end + CLAMP (room, LEAST_REST, USUAL_REST));
    }
  return MAX (end, width);
}

/* As little as has to be. */
static void
scroll_to_current (PaneColumnsStrip *self, int width, int content)
{
  int start = find_start (self, self->current);
  int end = self->rest != NULL && gtk_widget_get_visible (self->rest) ? content
                                                                      : find_start (self, NULL);

  end = MAX (end, start + get_width (self->current));
  if (self->start + width < end)
    self->start = end - width;
  if (self->start > start)
    self->start = start;
}

static void
configure (PaneColumnsStrip *self, int width, int height, int content)
{
  double value = is_rtl (self) ? content - width - self->start : self->start;

  self->busy = TRUE;
  gtk_adjustment_configure (self->adjustments[GTK_ORIENTATION_HORIZONTAL],
                            value,
                            0,
                            content,
                            width * 0.1,
                            width * 0.9,
                            width);
  gtk_adjustment_configure (self->adjustments[GTK_ORIENTATION_VERTICAL],
                            0,
                            0,
                            height,
                            1,
                            height,
                            height);
  self->busy = FALSE;
}

static void
place (PaneColumnsStrip *self, GtkWidget *child, int start, int width, int height)
{
  int x = start - (int) self->start;
  gboolean in_sight = x < self->width && x + width > 0;

  gtk_widget_set_child_visible (child, in_sight);
  if (!in_sight)
    return;
  if (is_rtl (self))
    x = self->width - x - width;
  gtk_widget_size_allocate (child, &(GtkAllocation){ x, 0, width, height }, -1);
}

static void
size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  PaneColumnsStrip *self = PANE_COLUMNS_STRIP (widget);
  int content = get_content_width (self, width);
  int x = 0;

  if (self->current != NULL && (self->reveal_due || width != self->width))
    scroll_to_current (self, width, content);
  self->reveal_due = FALSE;
  self->width = width;
  self->start = CLAMP (self->start, 0, content - width);
  configure (self, width, height, content);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      int column_width = child == self->rest ? content - x : get_width (child);

      if (!gtk_widget_get_visible (child))
        continue;
      place (self, child, x, column_width, height);
      x += column_width;
    }
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
  *minimum = *natural = 0;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      int least, usual;

      gtk_widget_measure (child, orientation, -1, &least, &usual, NULL, NULL);
      *minimum = MAX (*minimum, orientation == GTK_ORIENTATION_HORIZONTAL ? 0 : least);
      *natural
          = orientation == GTK_ORIENTATION_HORIZONTAL ? *natural + usual : MAX (*natural, usual);
    }
}

static void
scrolled_cb (PaneColumnsStrip *self)
{
  GtkAdjustment *adjustment = self->adjustments[GTK_ORIENTATION_HORIZONTAL];
  double value = gtk_adjustment_get_value (adjustment);

  if (self->busy)
    return;
  self->start = is_rtl (self) ? gtk_adjustment_get_upper (adjustment)
                                    - gtk_adjustment_get_page_size (adjustment) - value
                              : value;
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

/* Object */

static void
set_adjustment (PaneColumnsStrip *self, GtkOrientation orientation, GtkAdjustment *adjustment)
{
  GtkAdjustment **mine = &self->adjustments[orientation];

  if (*mine != NULL)
    g_signal_handlers_disconnect_by_data (*mine, self);
  g_clear_object (mine);
  if (adjustment == NULL)
    adjustment = gtk_adjustment_new (0, 0, 0, 0, 0, 0);
  *mine = g_object_ref_sink (adjustment);
  g_signal_connect_swapped (adjustment, "value-changed", G_CALLBACK (scrolled_cb), self);
}

static void
pane_columns_strip_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PaneColumnsStrip *self = PANE_COLUMNS_STRIP (object);

  if (prop_id == PROP_HADJUSTMENT)
    g_value_set_object (value, self->adjustments[GTK_ORIENTATION_HORIZONTAL]);
  else if (prop_id == PROP_VADJUSTMENT)
    g_value_set_object (value, self->adjustments[GTK_ORIENTATION_VERTICAL]);
  else
    g_value_set_enum (value, GTK_SCROLL_MINIMUM);
}

static void
pane_columns_strip_set_property (GObject *object,
                                 guint prop_id,
                                 const GValue *value,
                                 GParamSpec *pspec)
{
  PaneColumnsStrip *self = PANE_COLUMNS_STRIP (object);

  if (prop_id == PROP_HADJUSTMENT)
    set_adjustment (self, GTK_ORIENTATION_HORIZONTAL, g_value_get_object (value));
  else if (prop_id == PROP_VADJUSTMENT)
    set_adjustment (self, GTK_ORIENTATION_VERTICAL, g_value_get_object (value));
}

static void
pane_columns_strip_dispose (GObject *object)
{
  PaneColumnsStrip *self = PANE_COLUMNS_STRIP (object);
  GtkWidget *child;

  self->current = self->rest = NULL;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  for (guint i = 0; i < G_N_ELEMENTS (self->adjustments); i++)
    {
      if (self->adjustments[i] != NULL)
        g_signal_handlers_disconnect_by_data (self->adjustments[i], self);
      g_clear_object (&self->adjustments[i]);
    }
  G_OBJECT_CLASS (pane_columns_strip_parent_class)->dispose (object);
}

static void
pane_columns_strip_class_init (PaneColumnsStripClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = pane_columns_strip_get_property;
  object_class->set_property = pane_columns_strip_set_property;
  object_class->dispose = pane_columns_strip_dispose;
  g_object_class_override_property (object_class, PROP_HADJUSTMENT, "hadjustment");
  g_object_class_override_property (object_class, PROP_VADJUSTMENT, "vadjustment");
  g_object_class_override_property (object_class, PROP_HSCROLL_POLICY, "hscroll-policy");
  g_object_class_override_property (object_class, PROP_VSCROLL_POLICY, "vscroll-policy");
  widget_class->measure = measure;
  widget_class->size_allocate = size_allocate;
}

static void
pane_columns_strip_init (PaneColumnsStrip *self)
{
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  set_adjustment (self, GTK_ORIENTATION_HORIZONTAL, NULL);
  set_adjustment (self, GTK_ORIENTATION_VERTICAL, NULL);
}

/* Floating. */
PaneColumnsStrip *
pane_columns_strip_new (void)
{
  return g_object_new (PANE_TYPE_COLUMNS_STRIP, NULL);
}

void
pane_columns_strip_put (PaneColumnsStrip *self, GtkWidget *column, GtkWidget *before)
{
  gtk_widget_insert_after (column, GTK_WIDGET (self), before);
}

void
pane_columns_strip_set_current (PaneColumnsStrip *self, GtkWidget *current, GtkWidget *rest)
{
  self->current = current;
  self->rest = rest;
  pane_columns_strip_reveal (self);
}

/* The current one and what is after it, at the next layout. */
void
pane_columns_strip_reveal (PaneColumnsStrip *self)
{
  self->reveal_due = TRUE;
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}
