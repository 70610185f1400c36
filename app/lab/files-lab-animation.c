/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Something that moves: dots that swing out of step, driven by the frame clock, so that a frame
 * that is late is seen as a jump. It counts them as well: a frame is lost when the next one comes
 * a whole refresh late. The longest time between two frames is taken by the wall clock, and, since
 * a machine with other things to do makes frames late too, in processor time of this thread. Loop's
 * thread; it moves while it is on the screen. */

#include "files-lab-animation.h"
#include <math.h>
#include <time.h>

#define N_DOTS 12
#define HEIGHT 72
#define RADIUS 6
#define PERIOD_USEC 2000000.
#define USUAL_REFRESH_USEC 16667

struct _FilesLabAnimation {
  GtkWidget parent_instance;

  gint64 frame_usec; /* of the clock, for the picture */
  gint64 last_usec, last_cpu_usec;
  FilesLabFrames frames;
};

G_DEFINE_FINAL_TYPE (FilesLabAnimation, files_lab_animation, GTK_TYPE_WIDGET)

static gint64
get_cpu_usec (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * (gint64) G_USEC_PER_SEC + time.tv_nsec / 1000;
}

void
files_lab_animation_reset (FilesLabAnimation *self)
{
  self->frames = (FilesLabFrames){ 0 };
  self->last_usec = g_get_monotonic_time ();
  self->last_cpu_usec = get_cpu_usec ();
}

void
files_lab_animation_get (FilesLabAnimation *self, FilesLabFrames *frames)
{
  *frames = self->frames;
}

static void
count_frame (FilesLabAnimation *self, GdkFrameClock *clock)
{
  gint64 now_usec = g_get_monotonic_time (), cpu_usec = get_cpu_usec ();
  gint64 gap_usec = now_usec - self->last_usec, refresh_usec = 0;

  gdk_frame_clock_get_refresh_info (clock, self->frame_usec, &refresh_usec, NULL);
  if (refresh_usec <= 0)
    refresh_usec = USUAL_REFRESH_USEC;
  self->frames.n_frames++;
  self->frames.n_lost += (guint) MAX ((gap_usec + refresh_usec / 2) / refresh_usec - 1, 0);
  self->frames.longest_usec = MAX (self->frames.longest_usec, gap_usec);
  self->frames.longest_cpu_usec
      = MAX (self->frames.longest_cpu_usec, cpu_usec - self->last_cpu_usec);
  self->last_usec = now_usec;
  self->last_cpu_usec = cpu_usec;
}

static gboolean
tick_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  FilesLabAnimation *self = FILES_LAB_ANIMATION (widget);

  self->frame_usec = gdk_frame_clock_get_frame_time (clock);
  count_frame (self, clock);
  gtk_widget_queue_draw (widget);
  return G_SOURCE_CONTINUE;
}

static void
files_lab_animation_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  FilesLabAnimation *self = FILES_LAB_ANIMATION (widget);
  double width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  g_autoptr (GskPathBuilder) builder = gsk_path_builder_new ();
  g_autoptr (GskPath) path = NULL;
  GdkRGBA color;

  for (guint i = 0; i < N_DOTS; i++)
    {
      double phase = self->frame_usec / PERIOD_USEC + i / (double) N_DOTS;
      /* There and back, fastest in the middle. */
      double part = fmod (phase, 1) * 2, place = part < 1 ? part : 2 - part;
      double swing = place * place * (3 - 2 * place);

      gsk_path_builder_add_circle (
          builder,
          &GRAPHENE_POINT_INIT (RADIUS + swing * (width - 2 * RADIUS),
                                RADIUS + (height - 2 * RADIUS) * i / (N_DOTS - 1)),
          RADIUS * (i % 3 == 0 ? 1 : .6));
    }
  path = gsk_path_builder_free_to_path (g_steal_pointer (&builder));
  gtk_widget_get_color (widget, &color);
  gtk_snapshot_append_fill (snapshot, path, GSK_FILL_RULE_WINDING, &color);
}

static void
files_lab_animation_measure (GtkWidget *widget,
                             GtkOrientation orientation,
                             int for_size,
                             int *minimum,
                             int *natural,
                             int *minimum_baseline,
                             int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 2 * HEIGHT : HEIGHT;
}

static void
files_lab_animation_class_init (FilesLabAnimationClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = files_lab_animation_snapshot;
  widget_class->measure = files_lab_animation_measure;
  gtk_widget_class_set_css_name (widget_class, "animation");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
files_lab_animation_init (FilesLabAnimation *self)
{
  files_lab_animation_reset (self);
  gtk_widget_add_tick_callback (GTK_WIDGET (self), tick_cb, NULL, NULL);
}
