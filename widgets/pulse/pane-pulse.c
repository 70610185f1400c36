/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pulse: a panel that shows how the loop is doing. While it is on the screen it samples five
 * times a second (the longest frame, the longest turn of the loop, the messages that wait), and
 * once a second the tables; hidden it has no timer and the loop's turns are not recorded. What it
 * shows of a stall it is told by the monitor, as a message, after the loop has come back. A plot is
 * one widget and a bar is no object: see pane-pulse-plot.c. Loop's thread; no file is touched. */

#define GETTEXT_PACKAGE "thaw"
#include "pane-pulse.h"
#include "pane-pulse-plot.h"
#include "pane-pulse-private.h"
#include "pane-pulse-stall.h"

#include <glib/gi18n-lib.h>

#define SAMPLE_MS 200
#define SAMPLES_A_TABLE 5
#define FRAME_FLOOR_MS 20
#define FRAME_LIMIT_MS 16.7
#define LAG_FLOOR_MS 20
#define QUEUE_FLOOR 20

struct _PanePulse {
  GtkWidget parent_instance;

  GtkLabel *summary;
  GtkLabel *frame_label, *lag_label, *queue_label;
  PanePulsePlot *frame_plot, *lag_plot, *queue_plot;
  PanePulseTable *mailboxes, *lanes;
  GtkWidget *no_stalls;
  GtkListBox *stalls;
  GtkWidget *save_button, *copy_button, *close_button;

  ThawScope *scope;
  ThawMonitor *monitor;    /* NULL: nobody watches the loop */
  ThawMailbox *stall_mail; /* once shown */
  guint timer;             /* while shown */
  guint n_samples;
  gint64 sampled_usec;
  ThawSpan spans[THAW_SPANS_KEPT];
};

enum {
  SAVED,
  FAILED,
  COPIED,
  CLOSE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

enum {
  PROP_HAS_CLOSE = 1,
  N_PROPERTIES,
};

static GParamSpec *properties[N_PROPERTIES];

G_DEFINE_FINAL_TYPE (PanePulse, pane_pulse, GTK_TYPE_WIDGET)

/* Samples */

static double
get_longest_ms (const ThawSpan *spans, guint n)
{
  gint64 longest_usec = 0;

  for (guint i = 0; i < n; i++)
    longest_usec = MAX (longest_usec, spans[i].end_usec - spans[i].begin_usec);
  return longest_usec / 1000.;
}

/* Takes over @text. */
static void
set_text (GtkLabel *label, char *text)
{
  gtk_label_set_text (label, text);
  g_free (text);
}

static void
show_figures (PanePulse *self, const ThawPulse *pulse)
{
  set_text (self->frame_label,
            g_strdup_printf (_ ("Frames: longest %.1f ms"),
                             pane_pulse_plot_get_highest (self->frame_plot)));
  set_text (self->lag_label,
            g_strdup_printf (_ ("Loop: longest turn %.1f ms"),
                             pane_pulse_plot_get_highest (self->lag_plot)));
  set_text (self->queue_label,
            g_strdup_printf (_ ("Messages waiting: at most %.0f"),
                             pane_pulse_plot_get_highest (self->queue_plot)));
  set_text (self->summary,
            g_strdup_printf (_ ("%u running, %u queued, %u stuck in lanes"),
                             pulse->n_lane_running,
                             pulse->n_lane_queued,
                             pulse->n_lane_stuck));
  pane_pulse_show_mailboxes (self->mailboxes, thaw_monitor_get_pump (self->monitor));
  pane_pulse_show_lanes (self->lanes);
}

static gboolean
sample_cb (gpointer user_data)
{
  PanePulse *self = user_data;
  gint64 since_usec = self->sampled_usec;
  ThawPulse pulse;
  guint n;

  self->sampled_usec = g_get_monotonic_time ();
  n = thaw_monitor_copy_frames (self->monitor, since_usec, self->spans, THAW_SPANS_KEPT);
  pane_pulse_plot_add (self->frame_plot, get_longest_ms (self->spans, n));
  n = thaw_monitor_copy_turns (self->monitor, since_usec, self->spans, THAW_SPANS_KEPT);
  pane_pulse_plot_add (self->lag_plot, get_longest_ms (self->spans, n));
  thaw_monitor_get_pulse (self->monitor, &pulse);
  pane_pulse_plot_add (self->queue_plot, pulse.n_queued);
  if (self->n_samples++ % SAMPLES_A_TABLE == 0)
    show_figures (self, &pulse);
  return G_SOURCE_CONTINUE;
}

/* Stalls */

static PanePulseStall *
find_stall (PanePulse *self, guint64 serial)
{
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->stalls, i)) != NULL; i++)
    if (pane_pulse_stall_get_stall (PANE_PULSE_STALL (row))->serial == serial)
      return PANE_PULSE_STALL (row);
  return NULL;
}

static void
row_copied_cb (PanePulse *self)
{
  g_signal_emit (self, signals[COPIED], 0);
}

static void
add_stall (PanePulse *self, const ThawStall *stall)
{
  GtkWidget *row = pane_pulse_stall_new (stall);
  GtkListBoxRow *oldest;

  g_signal_connect_object (row, "copied", G_CALLBACK (row_copied_cb), self, G_CONNECT_SWAPPED);
  gtk_list_box_prepend (self->stalls, row);
  oldest = gtk_list_box_get_row_at_index (self->stalls, THAW_STALLS_KEPT);
  if (oldest != NULL)
    gtk_list_box_remove (self->stalls, GTK_WIDGET (oldest));
  gtk_widget_set_visible (GTK_WIDGET (self->stalls), TRUE);
  gtk_widget_set_visible (self->no_stalls, FALSE);
  gtk_widget_set_sensitive (self->copy_button, TRUE);
}

static void
show_stall (PanePulse *self, const ThawStall *stall)
{
  PanePulseStall *row = find_stall (self, stall->serial);

  if (row != NULL)
    pane_pulse_stall_update (row, stall);
  else
    add_stall (self, stall);
}

static void
stall_cb (gpointer message, gpointer user_data)
{
  g_autoptr (ThawStall) stall = message;

  show_stall (user_data, stall);
}

/* Those from before too. */
static void
follow_stalls (PanePulse *self)
{
  g_autoptr (GPtrArray) stalls = thaw_monitor_dup_stalls (self->monitor);

  self->stall_mail = thaw_mailbox_new ("stalls in the pulse",
                                       NULL,
                                       G_OBJECT (self),
                                       THAW_STALLS_KEPT,
                                       stall_cb,
                                       self,
                                       (GDestroyNotify) thaw_stall_free);
  thaw_mailbox_set_priority (self->stall_mail, THAW_PRIORITY_LOW);
  thaw_monitor_tell (self->monitor, self->stall_mail);
  for (guint i = 0; i < stalls->len; i++)
    show_stall (self, g_ptr_array_index (stalls, i));
}

/* Buttons */

static void
copy_all_cb (PanePulse *self)
{
  GString *text = g_string_new (NULL);
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->stalls, i)) != NULL; i++)
    {
      g_autofree char *one
          = thaw_stall_to_text (pane_pulse_stall_get_stall (PANE_PULSE_STALL (row)));

      g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", one);
    }
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text->str);
  g_string_free (text, TRUE);
  g_signal_emit (self, signals[COPIED], 0);
}

static void
trace_saved_cb (ThawFuture *completed, gpointer user_data)
{
  PanePulse *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = thaw_future_take_pointer (completed, &error);

  gtk_widget_set_sensitive (self->save_button, TRUE);
  if (path != NULL)
    g_signal_emit (self, signals[SAVED], 0, path);
  else
    g_signal_emit (self, signals[FAILED], 0, error);
}

static void
save_cb (PanePulse *self)
{
  g_autoptr (ThawFuture) saved = pane_pulse_save_trace (self->scope);

  gtk_widget_set_sensitive (self->save_button, FALSE);
  thaw_future_done (saved, self->scope, trace_saved_cb, self, NULL);
}

static void
close_cb (PanePulse *self)
{
  g_signal_emit (self, signals[CLOSE], 0);
}

/* The widget */

static void
pane_pulse_map (GtkWidget *widget)
{
  PanePulse *self = PANE_PULSE (widget);

  GTK_WIDGET_CLASS (pane_pulse_parent_class)->map (widget);
  if (self->monitor == NULL)
    self->monitor = thaw_monitor_dup_first ();
  if (self->monitor == NULL)
    return;
  if (self->stall_mail == NULL)
    follow_stalls (self);
  thaw_monitor_set_metering (self->monitor, TRUE);
  self->sampled_usec = g_get_monotonic_time ();
  self->timer = g_timeout_add (SAMPLE_MS, sample_cb, self);
}

static void
pane_pulse_unmap (GtkWidget *widget)
{
  PanePulse *self = PANE_PULSE (widget);

  if (self->timer != 0)
    thaw_monitor_set_metering (self->monitor, FALSE);
  g_clear_handle_id (&self->timer, g_source_remove);
  GTK_WIDGET_CLASS (pane_pulse_parent_class)->unmap (widget);
}

static void
pane_pulse_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_boolean (value, gtk_widget_get_visible (PANE_PULSE (object)->close_button));
}

static void
pane_pulse_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  gtk_widget_set_visible (PANE_PULSE (object)->close_button, g_value_get_boolean (value));
}

static void
pane_pulse_dispose (GObject *object)
{
  PanePulse *self = PANE_PULSE (object);
  GtkWidget *child;

  thaw_scope_cancel (self->scope);
  gtk_widget_dispose_template (GTK_WIDGET (self), PANE_TYPE_PULSE);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_pointer (&self->stall_mail, thaw_mailbox_unref);
  g_clear_pointer (&self->monitor, thaw_monitor_unref);
  G_OBJECT_CLASS (pane_pulse_parent_class)->dispose (object);
}

static void
pane_pulse_finalize (GObject *object)
{
  g_clear_pointer (&PANE_PULSE (object)->scope, thaw_scope_unref);
  G_OBJECT_CLASS (pane_pulse_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Pane/pulse/pane-pulse.ui");
  gtk_widget_class_bind_template_child (widget_class, PanePulse, summary);
  gtk_widget_class_bind_template_child (widget_class, PanePulse, frame_label);
  gtk_widget_class_bind_template_child (widget_class, PanePulse, lag_label);
  gtk_widget_class_bind_template_child (widget_class, PanePulse, queue_label);
  gtk_widget_class_bind_template_child (widget_class, PanePulse, frame_plot);
  gtk_widget_class_bind_template_child (widget_class, PanePulse, lag_plot);
  gtk_widget_class_bind_template_child (widget_class, PanePulse, queue_plot);
  gtk_widget_class_bind_template_child (widget_class, PanePulse, mailboxes);
  gtk_widget_class_bind_template_child (widget_class, PanePulse, lanes);
  gtk_widget_class_bind_template_child (widget_class, PanePulse, no_stalls);
  gtk_widget_class_bind_template_child (widget_class, PanePulse, stalls);
  gtk_widget_class_bind_template_child (widget_class, PanePulse, save_button);
  gtk_widget_class_bind_template_child (widget_class, PanePulse, copy_button);
  gtk_widget_class_bind_template_child (widget_class, PanePulse, close_button);
  gtk_widget_class_bind_template_callback (widget_class, copy_all_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
  gtk_widget_class_bind_template_callback (widget_class, close_cb);
}

static guint
add_signal (const char *name, guint n_parameters, GType parameter)
{
  return g_signal_new (name,
                       PANE_TYPE_PULSE,
                       G_SIGNAL_RUN_LAST,
                       0,
                       NULL,
                       NULL,
                       NULL,
                       G_TYPE_NONE,
                       n_parameters,
                       parameter);
}

static void
pane_pulse_class_init (PanePulseClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (PANE_TYPE_PULSE_PLOT);
  g_type_ensure (PANE_TYPE_PULSE_TABLE);
  object_class->get_property = pane_pulse_get_property;
  object_class->set_property = pane_pulse_set_property;
  object_class->dispose = pane_pulse_dispose;
  object_class->finalize = pane_pulse_finalize;
  widget_class->map = pane_pulse_map;
  widget_class->unmap = pane_pulse_unmap;
  /* Whether it has a button to close it. */
  properties[PROP_HAS_CLOSE] = g_param_spec_boolean ("has-close",
                                                     NULL,
                                                     NULL,
                                                     TRUE,
                                                     G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
  signals[SAVED] = add_signal ("saved", 1, G_TYPE_STRING);
  signals[FAILED] = add_signal ("failed", 1, G_TYPE_ERROR);
  signals[COPIED] = add_signal ("copied", 0, G_TYPE_NONE);
  signals[CLOSE] = add_signal ("close", 0, G_TYPE_NONE);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_REGION);
  gtk_widget_class_set_css_name (widget_class, "pulse");
  bind_template (widget_class);
}

static void
pane_pulse_init (PanePulse *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->scope = thaw_scope_new_for_owner ("pulse", G_OBJECT (self), NULL);
  pane_pulse_plot_set_scale (self->frame_plot, FRAME_FLOOR_MS, FRAME_LIMIT_MS);
  pane_pulse_plot_set_scale (self->lag_plot, LAG_FLOOR_MS, THAW_STALL_USEC / 1000.);
  pane_pulse_plot_set_scale (self->queue_plot, QUEUE_FLOOR, -1);
  pane_pulse_init_tables (self->mailboxes, self->lanes);
}

/**
 * pane_pulse_new:
 *
 * Makes a panel that shows how the loop of the calling thread is doing while it is on the screen.
 *
 * - **Thread**: the loop's, which [func@Thaw.Monitor.start] should have been called for.
 *
 * Returns: (transfer floating): a pulse
 */
GtkWidget *
pane_pulse_new (void)
{
  return g_object_new (PANE_TYPE_PULSE, NULL);
}
