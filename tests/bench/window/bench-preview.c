/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Quick look on a photo of 12 megapixels: from the moment it is asked for, which is the turn of the
 * loop that a key press is handled in, until the frame with its pixels has been painted. Cold: a
 * file that wasn't looked at before, by a process that waits; cached: one that was drawn before;
 * first: with the window and the process to be made, too. And how long the loop was held. */

#include "pane-quick-look.h"
#include "pane-preview-loader.h"
#include "turns.h"
#include "window-figures.h"

#include <adwaita.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 4000
#define HEIGHT 3000
#define COLD_MS 400
#define CACHED_MS 100
#define TURN_MS 16
#define FIRST_TURN_MS 16

static char *folder;
static PaneQuickLook *quick_look;
static gboolean is_shown;
static gint64 painted_usec;

static gboolean
stop_cb (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
run_for (guint msec)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  g_timeout_add (msec, stop_cb, loop);
  g_main_loop_run (loop);
}

/* A photo has detail everywhere: waves, and some grain. */
static GFile *
make_photo (int number, int width, int height)
{
  g_autofree char *name = g_strdup_printf ("photo-%d.jpg", number);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, width, height);
  guchar *pixels = gdk_pixbuf_get_pixels (pixbuf);
  guint32 grain = (guint32) number + 1;

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width * 3; x++)
      {
        grain = grain * 1664525u + 1013904223u;
        pixels[(gsize) y * (gsize) gdk_pixbuf_get_rowstride (pixbuf) + (gsize) x]
            = (guchar) (((x * y) >> 9) + x / 17 + y / 13 + (int) (grain >> 29));
      }
  g_assert_true (gdk_pixbuf_save (pixbuf, path, "jpeg", NULL, "quality", "90", NULL));
  return g_file_new_for_path (path);
}

static void
after_paint_cb (GdkFrameClock *clock, gpointer unused)
{
  if (is_shown && painted_usec == 0)
    painted_usec = g_get_monotonic_time ();
}

static void
state_cb (PanePreview *preview)
{
  is_shown = pane_preview_get_state (preview) == PANE_PREVIEW_SHOWN;
  g_assert_cmpint (pane_preview_get_state (preview), !=, PANE_PREVIEW_FAILED);
}

static double
measure (GFile *file)
{
  gint64 start_usec = g_get_monotonic_time ();

  is_shown = FALSE;
  painted_usec = 0;
  pane_quick_look_show_file (quick_look, file, 0, 2);
  while (painted_usec == 0)
    g_main_context_iteration (NULL, TRUE);
  return (double) (painted_usec - start_usec) / 1000;
}

static void
make_quick_look (GtkWindow *window)
{
  quick_look = pane_quick_look_new (window);
  g_signal_connect (pane_quick_look_get_preview (quick_look),
                    "notify::state",
                    G_CALLBACK (state_cb),
                    NULL);
  gtk_widget_realize (GTK_WIDGET (quick_look));
  g_signal_connect (gtk_widget_get_frame_clock (GTK_WIDGET (quick_look)),
                    "after-paint",
                    G_CALLBACK (after_paint_cb),
                    NULL);
}

static void
run (GtkWindow *window, GPtrArray *photos)
{
  g_autoptr (GArray) cold = figures_new ();
  g_autoptr (GArray) cached = figures_new ();
  gint64 start_usec = g_get_monotonic_time ();
  double made_ms, first_ms;
  Turns first_turns, turns;

  turns_reset ();
  make_quick_look (window);
  made_ms = (double) (g_get_monotonic_time () - start_usec) / 1000;
  first_ms = made_ms + measure (photos->pdata[0]);
  first_turns = turns_get ();
  run_for (300);
  turns_reset ();
  for (guint i = 1; i < photos->len; i++)
    {
      figures_add (cold, measure (photos->pdata[i]));
      run_for (200);
    }
  for (guint i = 0; i < photos->len; i++)
    {
      figures_add (cached, measure (photos->pdata[i]));
      run_for (100);
    }
  turns = turns_get ();
  figure_print_most ("quick look, 12-megapixel JPEG, cold",
                     figures_median (cold),
                     "ms",
                     COLD_MS,
                     "");
  figure_print_most ("quick look, the same, cold, slowest",
                     figures_percentile (cold, 100),
                     "ms",
                     COLD_MS,
                     "");
  figure_print_most ("quick look, the same, from the cache",
                     figures_median (cached),
                     "ms",
                     CACHED_MS,
                     "");
  figure_print_most ("quick look, the very first, window and process made for it",
                     first_ms,
                     "ms",
                     COLD_MS,
                     "");
  figure_print_most ("longest turn of the loop, the very first",
                     (double) first_turns.longest_held_usec / 1000,
                     "ms",
                     FIRST_TURN_MS,
                     "a window is made in it");
  figure_print_most ("longest turn of the loop, later",
                     (double) turns.longest_held_usec / 1000,
                     "ms",
                     TURN_MS,
                     "without waiting for a processor");
}

int
main (int argc, char **argv)
{
  gboolean is_quick = argc > 1 && strcmp (argv[1], "--quick") == 0;
  g_autoptr (GPtrArray) photos = g_ptr_array_new_with_free_func (g_object_unref);
  GtkWidget *window;

  adw_init ();
  folder = g_dir_make_tmp ("thaw-bench-preview-XXXXXX", NULL);
  for (int i = 0; i < (is_quick ? 2 : 8); i++)
    g_ptr_array_add (photos, make_photo (i, is_quick ? 400 : WIDTH, is_quick ? 300 : HEIGHT));
  window = gtk_window_new ();
  gtk_window_present (GTK_WINDOW (window));
  turns_install (NULL);
  run_for (500);
  run (GTK_WINDOW (window), photos);
  for (guint i = 0; i < photos->len; i++)
    g_file_delete (photos->pdata[i], NULL, NULL);
  g_rmdir (folder);
  g_free (folder);
  return 0;
}
