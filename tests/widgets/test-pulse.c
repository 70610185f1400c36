/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pulse comes and goes with its window, whole: what a finalized widget still holds GTK warns of,
 * and a warning ends a test. */
#include <adwaita.h>
#include "pane-pulse.h"
#include "thaw.h"

#define PATIENCE_USEC (10 * G_USEC_PER_SEC)

static void
run_until_mapped (GtkWidget *widget)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_USEC;

  while (!gtk_widget_get_mapped (widget) && g_get_monotonic_time () < deadline)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (gtk_widget_get_mapped (widget));
}

static void
show_and_close (gboolean is_hidden)
{
  GtkWidget *window = gtk_window_new ();
  GtkWidget *pulse = pane_pulse_new ();

  gtk_window_set_child (GTK_WINDOW (window), pulse);
  gtk_window_present (GTK_WINDOW (window));
  run_until_mapped (pulse);
  gtk_widget_set_visible (pulse, !is_hidden);
  g_object_add_weak_pointer (G_OBJECT (pulse), (gpointer *) &pulse);
  gtk_window_destroy (GTK_WINDOW (window));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_null (pulse);
}

static void
test_goes_with_its_window (void)
{
  ThawMonitor *monitor = thaw_monitor_start (NULL);

  show_and_close (FALSE);
  show_and_close (TRUE);
  thaw_monitor_stop (monitor);
}

static void
test_without_a_monitor (void)
{
  show_and_close (FALSE);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  g_test_add_func ("/widgets/pulse/without-a-monitor", test_without_a_monitor);
  g_test_add_func ("/widgets/pulse/goes-with-its-window", test_goes_with_its_window);
  return g_test_run ();
}
