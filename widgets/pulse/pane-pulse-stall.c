/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A row for one stall. The title names the culprit, the line below says when, how long and in which
 * system call; opened, it shows the report as text that can be selected. The report's label is made
 * when the row is opened first: a list of 32 closed rows lays out no backtrace. Loop's thread. */

#define GETTEXT_PACKAGE "thaw"
#include "pane-pulse-stall.h"
#include "pane-details.h"

#include <glib/gi18n-lib.h>

struct _PanePulseStall {
  AdwExpanderRow parent_instance;

  ThawStall *stall;
  GtkLabel *report; /* once opened */
};

static guint copied_signal;

G_DEFINE_FINAL_TYPE (PanePulseStall, pane_pulse_stall, ADW_TYPE_EXPANDER_ROW)

static char *
dup_line (const ThawStall *stall)
{
  g_autoptr (GDateTime) utc
      = g_date_time_new_from_unix_utc (stall->start_real_usec / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local
      = g_date_time_to_timezone (utc, pane_details_get_time_zone (pane_details_get_default ()));
  g_autofree char *time = g_date_time_format (local, "%X");
  double ms = stall->length_usec / 1000.;

  if (!stall->is_over)
    /* Translators: of a stall; the first is a time of day, then a duration in milliseconds. */
    return g_strdup_printf (_ ("%s · %.0f ms so far"), time, ms);
  if (stall->system_call != NULL)
    /* Translators: a time of day, a duration in milliseconds, a system call. */
    return g_strdup_printf (_ ("%s · %.0f ms · in %s"), time, ms, stall->system_call);
  /* Translators: a time of day and a duration in milliseconds. */
  return g_strdup_printf (_ ("%s · %.0f ms"), time, ms);
}

static void
show_report (PanePulseStall *self)
{
  g_autofree char *text = NULL;

  if (self->report == NULL)
    return;
  text = thaw_stall_to_text (self->stall);
  gtk_label_set_text (self->report, g_strchomp (text));
}

static void
make_report (PanePulseStall *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new ();

  self->report = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_selectable (self->report, TRUE);
  gtk_label_set_xalign (self->report, 0);
  gtk_widget_set_direction (GTK_WIDGET (self->report), GTK_TEXT_DIR_LTR); /* code */
  gtk_widget_add_css_class (GTK_WIDGET (self->report), "monospace");
  gtk_widget_add_css_class (GTK_WIDGET (self->report), "caption");
  gtk_widget_set_margin_top (GTK_WIDGET (self->report), 9);
  gtk_widget_set_margin_bottom (GTK_WIDGET (self->report), 9);
  gtk_widget_set_margin_start (GTK_WIDGET (self->report), 12);
  gtk_widget_set_margin_end (GTK_WIDGET (self->report), 12);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller),
                                  GTK_POLICY_AUTOMATIC,
                                  GTK_POLICY_NEVER);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), GTK_WIDGET (self->report));
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), scroller);
}

static void
expanded_cb (PanePulseStall *self)
{
  if (self->report == NULL && adw_expander_row_get_expanded (ADW_EXPANDER_ROW (self)))
    make_report (self);
  show_report (self);
}

static void
copy_cb (PanePulseStall *self)
{
  g_autofree char *text = thaw_stall_to_text (self->stall);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
  g_signal_emit (self, copied_signal, 0);
}

/**
 * pane_pulse_stall_update:
 * @self: a row
 * @stall: what is known now
 *
 * Shows what is known of the stall now.
 */
void
pane_pulse_stall_update (PanePulseStall *self, const ThawStall *stall)
{
  g_autofree char *line = dup_line (stall);

  g_return_if_fail (PANE_IS_PULSE_STALL (self));

  g_clear_pointer (&self->stall, thaw_stall_free);
  self->stall = thaw_stall_copy (stall);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), stall->culprit);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), line);
  show_report (self);
}

const ThawStall *
pane_pulse_stall_get_stall (PanePulseStall *self)
{
  g_return_val_if_fail (PANE_IS_PULSE_STALL (self), NULL);

  return self->stall;
}

static void
pane_pulse_stall_finalize (GObject *object)
{
  g_clear_pointer (&PANE_PULSE_STALL (object)->stall, thaw_stall_free);
  G_OBJECT_CLASS (pane_pulse_stall_parent_class)->finalize (object);
}

static void
pane_pulse_stall_class_init (PanePulseStallClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pane_pulse_stall_finalize;
  copied_signal = g_signal_new ("copied",
                                PANE_TYPE_PULSE_STALL,
                                G_SIGNAL_RUN_LAST,
                                0,
                                NULL,
                                NULL,
                                NULL,
                                G_TYPE_NONE,
                                0);
}

static void
pane_pulse_stall_init (PanePulseStall *self)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("edit-copy-symbolic");

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _ ("Copy as Text"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Copy as Text"),
                                  -1);
  g_signal_connect_object (button, "clicked", G_CALLBACK (copy_cb), self, G_CONNECT_SWAPPED);
  adw_expander_row_add_suffix (ADW_EXPANDER_ROW (self), button);
  /* Names of functions and files are not markup. */
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self), FALSE);
  adw_expander_row_set_title_lines (ADW_EXPANDER_ROW (self), 2);
  adw_expander_row_set_subtitle_lines (ADW_EXPANDER_ROW (self), 2);
  g_signal_connect (self, "notify::expanded", G_CALLBACK (expanded_cb), NULL);
}

/**
 * pane_pulse_stall_new:
 * @stall: what is known
 *
 * Returns: (transfer floating): a row
 */
GtkWidget *
pane_pulse_stall_new (const ThawStall *stall)
{
  PanePulseStall *self = g_object_new (PANE_TYPE_PULSE_STALL, NULL);

  pane_pulse_stall_update (self, stall);
  return GTK_WIDGET (self);
}
