/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One operation in the panel: what it does, how far it is, its speed as a graph, and the buttons that its state allows. It is
 * brought up to date at most once a frame, after its operation said that something is new, and not at all while nobody sees
 * it. Loop's thread. */

#include "pane-operation-row.h"
#include "pane-pulse-plot.h"

#include <glib/gi18n-lib.h>

#define SAMPLE_USEC 250000
#define SILENT_USEC (5 * G_USEC_PER_SEC)

struct _PaneOperationRow {
  GtkListBoxRow parent_instance;

  GtkLabel *title_label, *detail_label, *current_label;
  GtkButton *earlier_button, *later_button, *pause_button, *cancel_button, *problems_button;
  GtkWidget *answer_button, *stop_button, *buttons;
  GtkProgressBar *bar;
  PanePulsePlot *plot;

  ThawOperationQueue *queue;
  ThawOperation *operation;
  guint tick;
  gint64 sampled_usec;
};

G_DEFINE_FINAL_TYPE (PaneOperationRow, pane_operation_row, GTK_TYPE_LIST_BOX_ROW)

enum { ANSWER, PROBLEMS, DISMISS, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
set_text (GtkLabel *label, const char *text)
{
  if (g_strcmp0 (gtk_label_get_text (label), text) != 0)
    gtk_label_set_text (label, text);
}

static void
update_bar (PaneOperationRow *self, ThawOperationState state)
{
  double fraction = pane_operation_get_fraction (self->operation);

  gtk_widget_set_visible (GTK_WIDGET (self->bar), !pane_operation_is_over (self->operation));
  if (fraction >= 0)
    gtk_progress_bar_set_fraction (self->bar, fraction);
  else if (state == THAW_OPERATION_RUNNING)
    gtk_progress_bar_pulse (self->bar);
}

static void
update_pause_button (PaneOperationRow *self, ThawOperationState state)
{
  gboolean is_paused = state == THAW_OPERATION_PAUSED;
  const char *label = is_paused ? _ ("Continue") : _ ("Pause");

  gtk_widget_set_visible (GTK_WIDGET (self->pause_button),
                          is_paused || state == THAW_OPERATION_RUNNING || state == THAW_OPERATION_QUEUED);
  gtk_button_set_icon_name (self->pause_button,
                            is_paused ? "media-playback-start-symbolic" : "media-playback-pause-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->pause_button), label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->pause_button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

/* What is over can be put away. */
static void
update_cancel_button (PaneOperationRow *self)
{
  const char *label = pane_operation_is_over (self->operation) ? _ ("Dismiss") : _ ("Cancel");

  if (g_strcmp0 (gtk_widget_get_tooltip_text (GTK_WIDGET (self->cancel_button)), label) == 0)
    return;
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->cancel_button), label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->cancel_button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static gboolean
waits (ThawOperation *operation)
{
  return thaw_operation_get_state (operation) == THAW_OPERATION_QUEUED;
}

/* Where the next one is that waits too, in that direction; -1: there is none. */
static int
find_neighbour (PaneOperationRow *self, int step)
{
  int n = g_list_model_get_n_items (G_LIST_MODEL (self->queue)), own = -1;

  if (!waits (self->operation))
    return -1;
  for (int i = step > 0 ? 0 : n - 1; i >= 0 && i < n; i += step)
    {
      g_autoptr (ThawOperation) operation = g_list_model_get_item (G_LIST_MODEL (self->queue), i);

      if (operation == self->operation)
        own = i;
      else if (own >= 0 && waits (operation))
        return i;
    }
  return -1;
}

static void
update_order_button (PaneOperationRow *self, GtkButton *button, int step)
{
  gtk_widget_set_visible (GTK_WIDGET (button), waits (self->operation));
  gtk_widget_set_sensitive (GTK_WIDGET (button), find_neighbour (self, step) >= 0);
}

static void
update_buttons (PaneOperationRow *self, ThawOperationState state, const ThawProgress *progress)
{
  guint n = thaw_operation_get_n_problems (self->operation);
  gboolean hangs = state == THAW_OPERATION_RUNNING && progress->silent_usec >= SILENT_USEC;
  g_autofree char *label = g_strdup_printf (ngettext ("_%u Problem", "_%u Problems", n), n);

  update_pause_button (self, state);
  update_cancel_button (self);
  update_order_button (self, self->earlier_button, -1);
  update_order_button (self, self->later_button, 1);
  gtk_widget_set_visible (self->answer_button, state == THAW_OPERATION_ASKING);
  gtk_widget_set_visible (self->stop_button, hangs);
  gtk_widget_set_visible (GTK_WIDGET (self->problems_button), n > 0);
  gtk_button_set_label (self->problems_button, label);
  gtk_widget_set_visible (self->buttons, n > 0 || hangs || state == THAW_OPERATION_ASKING);
}

static void
update_plot (PaneOperationRow *self, ThawOperationState state, const ThawProgress *progress)
{
  gint64 now = g_get_monotonic_time ();

  gtk_widget_set_visible (GTK_WIDGET (self->plot), progress->bytes_total > 0 && state == THAW_OPERATION_RUNNING);
  if (state != THAW_OPERATION_RUNNING || now - self->sampled_usec < SAMPLE_USEC)
    return;
  self->sampled_usec = now;
  pane_pulse_plot_add (self->plot, progress->bytes_per_second);
}

/* For a screen reader, which says the row as a whole. */
static void
update_label (PaneOperationRow *self, const char *detail)
{
  g_autofree char *label = g_strdup_printf ("%s, %s", thaw_operation_get_title (self->operation), detail);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
update (PaneOperationRow *self)
{
  ThawOperationState state = thaw_operation_get_state (self->operation);
  g_autofree char *detail = pane_operation_dup_detail (self->operation);
  g_autofree char *current = pane_operation_dup_path (thaw_operation_get_current_path (self->operation));
  ThawProgress progress;

  thaw_operation_get_progress (self->operation, &progress);
  set_text (self->title_label, thaw_operation_get_title (self->operation));
  if (g_strcmp0 (gtk_label_get_text (self->detail_label), detail) != 0)
    update_label (self, detail);
  set_text (self->detail_label, detail);
  set_text (self->current_label, current);
  gtk_widget_set_visible (GTK_WIDGET (self->current_label), state == THAW_OPERATION_RUNNING && *current != '\0');
  update_bar (self, state);
  update_plot (self, state, &progress);
  update_buttons (self, state, &progress);
}

static gboolean
tick_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  PaneOperationRow *self = PANE_OPERATION_ROW (widget);

  self->tick = 0;
  update (self);
  return G_SOURCE_REMOVE;
}

static void
changed_cb (PaneOperationRow *self)
{
  if (self->tick == 0)
    self->tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), tick_cb, NULL, NULL);
}

static void
move (PaneOperationRow *self, int step)
{
  int position = find_neighbour (self, step);

  if (position >= 0)
    thaw_operation_queue_move (self->queue, self->operation, position);
}

static void
earlier_cb (PaneOperationRow *self)
{
  move (self, -1);
}

static void
later_cb (PaneOperationRow *self)
{
  move (self, 1);
}

static void
pause_cb (PaneOperationRow *self)
{
  if (thaw_operation_get_state (self->operation) == THAW_OPERATION_PAUSED)
    thaw_operation_resume (self->operation);
  else
    thaw_operation_pause (self->operation);
}

static void
cancel_cb (PaneOperationRow *self)
{
  if (pane_operation_is_over (self->operation))
    g_signal_emit (self, signals[DISMISS], 0);
  else
    thaw_operation_cancel (self->operation);
}

static void
answer_cb (PaneOperationRow *self)
{
  g_signal_emit (self, signals[ANSWER], 0);
}

static void
stop_waiting_cb (PaneOperationRow *self)
{
  thaw_operation_stop_waiting (self->operation);
}

static void
problems_cb (PaneOperationRow *self)
{
  g_signal_emit (self, signals[PROBLEMS], 0);
}

static void
pane_operation_row_dispose (GObject *object)
{
  PaneOperationRow *self = PANE_OPERATION_ROW (object);

  if (self->operation != NULL)
    g_signal_handlers_disconnect_by_data (self->operation, self);
  gtk_widget_dispose_template (GTK_WIDGET (self), PANE_TYPE_OPERATION_ROW);
  g_clear_object (&self->operation);
  g_clear_object (&self->queue);
  G_OBJECT_CLASS (pane_operation_row_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, PaneOperationRow, title_label);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationRow, detail_label);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationRow, current_label);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationRow, earlier_button);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationRow, later_button);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationRow, pause_button);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationRow, cancel_button);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationRow, problems_button);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationRow, answer_button);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationRow, stop_button);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationRow, buttons);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationRow, bar);
  gtk_widget_class_bind_template_child (widget_class, PaneOperationRow, plot);
  gtk_widget_class_bind_template_callback (widget_class, earlier_cb);
  gtk_widget_class_bind_template_callback (widget_class, later_cb);
  gtk_widget_class_bind_template_callback (widget_class, pause_cb);
  gtk_widget_class_bind_template_callback (widget_class, cancel_cb);
  gtk_widget_class_bind_template_callback (widget_class, answer_cb);
  gtk_widget_class_bind_template_callback (widget_class, stop_waiting_cb);
  gtk_widget_class_bind_template_callback (widget_class, problems_cb);
}

static void
pane_operation_row_class_init (PaneOperationRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pane_operation_row_dispose;
  g_type_ensure (PANE_TYPE_PULSE_PLOT);
  signals[ANSWER]
      = g_signal_new ("answer", PANE_TYPE_OPERATION_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[PROBLEMS]
      = g_signal_new ("problems", PANE_TYPE_OPERATION_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[DISMISS]
      = g_signal_new ("dismiss", PANE_TYPE_OPERATION_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Pane/operation/pane-operation-row.ui");
  bind_template (widget_class);
}

static void
pane_operation_row_init (PaneOperationRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  pane_pulse_plot_set_scale (self->plot, 1, -1);
}

/**
 * pane_operation_row_new:
 * @queue: the queue that it is in
 * @operation: what it shows
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer floating): a row
 */
GtkWidget *
pane_operation_row_new (ThawOperationQueue *queue, ThawOperation *operation)
{
  PaneOperationRow *self;

  g_return_val_if_fail (THAW_IS_OPERATION (operation), NULL);

  self = g_object_new (PANE_TYPE_OPERATION_ROW, NULL);
  self->queue = g_object_ref (queue);
  self->operation = g_object_ref (operation);
  g_signal_connect_object (operation, "notify", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (queue, "items-changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}

/**
 * pane_operation_row_get_operation:
 * @self: a row
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer none): what it shows
 */
ThawOperation *
pane_operation_row_get_operation (PaneOperationRow *self)
{
  g_return_val_if_fail (PANE_IS_OPERATION_ROW (self), NULL);

  return self->operation;
}
