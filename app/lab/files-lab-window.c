/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Lab: a window in which a person sees responsiveness. It starts one run after the other,
 * measures each, and keeps the results; what a job does is in the job's own file. "Run All" leaves
 * the blocking style out: that one is for seeing what the others spare. Closing the window cancels
 * all of it. Loop's thread. */

#include "files-lab-window.h"
#include "files-lab-animation.h"
#include "files-lab-meter.h"
#include "files-lab-results.h"
#include "files-lab-run.h"
#include "files-lab-server.h"
#include "files-pulse.h"
#include "pane-pulse.h"
#include <glib/gi18n.h>

#define SETTLE_USEC 60000 /* for the frame that ends a run, and one more */

struct _FilesLabWindow {
  AdwApplicationWindow parent_instance;

  AdwToastOverlay *toasts;
  AdwBanner *banner;
  FilesLabAnimation *animation;
  AdwComboRow *job_row;
  AdwToggleGroup *styles;
  GtkWidget *run_button, *all_button, *cancel_button;
  GtkProgressBar *progress;
  GtkLabel *status;
  GtkListBox *results;
  GtkWidget *pulse;

  FilesLabBench bench;
  FilesLabRun *run; /* under way, or NULL */
  FilesLabMeter *meter;
  guint progress_tick;
  GQueue waiting; /* of FilesLabRun */
};

static const FilesLabJob *const jobs[] = {
  &files_lab_files_job, &files_lab_fetch_job,  &files_lab_quick_job,
  &files_lab_hash_job,  &files_lab_slow_job,   &files_lab_messages_job,
  &files_lab_tasks_job, &files_lab_awaits_job, &files_lab_rows_job,
};

enum {
  RESULT,
  READY,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FilesLabWindow, files_lab_window, ADW_TYPE_APPLICATION_WINDOW)

static void start_next (FilesLabWindow *self);

/* A run */

static void
show_state (FilesLabWindow *self)
{
  gboolean is_running = self->run != NULL;
  g_autofree char *text = NULL;

  gtk_widget_set_sensitive (self->run_button, !is_running);
  gtk_widget_set_sensitive (self->all_button, !is_running);
  gtk_widget_set_sensitive (self->cancel_button,
                            is_running
                                && files_lab_run_get_style (self->run) != FILES_LAB_BLOCKING);
  adw_banner_set_revealed (self->banner,
                           is_running && files_lab_run_get_style (self->run) == FILES_LAB_BLOCKING);
  if (is_running)
    /* Translators: a job and its style. */
    text = g_strdup_printf (_ ("%s, %s…"),
                            _ (files_lab_run_get_job (self->run)->title),
                            files_lab_style_get_title (files_lab_run_get_style (self->run)));
  gtk_label_set_text (self->status, is_running ? text : _ ("Ready"));
}

static gboolean
progress_tick_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  FilesLabWindow *self = user_data;

  gtk_progress_bar_set_fraction (self->progress, files_lab_run_get_fraction (self->run));
  return G_SOURCE_CONTINUE;
}

static void
started_cb (FilesLabWindow *self)
{
  self->meter = files_lab_meter_new (&self->bench);
  self->progress_tick
      = gtk_widget_add_tick_callback (GTK_WIDGET (self->progress), progress_tick_cb, self, NULL);
  files_lab_animation_reset (self->animation);
}

static void
stop_measuring (FilesLabWindow *self)
{
  if (self->progress_tick != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self->progress), self->progress_tick);
  self->progress_tick = 0;
  g_clear_pointer (&self->meter, files_lab_meter_stop);
}

/* The frame in which a run ended is over too. */
static void
settled_cb (ThawFuture *completed, gpointer user_data)
{
  FilesLabWindow *self = user_data;
  FilesLabResult result = {
    .job_id = files_lab_run_get_job (self->run)->id,
    .job = _ (files_lab_run_get_job (self->run)->title),
    .style = files_lab_style_get_title (files_lab_run_get_style (self->run)),
    .usec = files_lab_run_get_usec (self->run),
    .error = files_lab_run_get_error (self->run),
  };

  if (self->meter != NULL)
    {
      files_lab_animation_get (self->animation, &result.frames);
      files_lab_meter_get (self->meter, &result.n_threads, &result.memory_bytes);
    }
  stop_measuring (self);
  gtk_progress_bar_set_fraction (self->progress, 0);
  files_lab_results_add (self->results, &result);
  g_signal_emit (self, signals[RESULT], 0, &result);
  g_clear_object (&self->run);
  start_next (self);
}

static void
finished_cb (FilesLabWindow *self)
{
  g_autoptr (ThawFuture) settled = thaw_delay (SETTLE_USEC);

  thaw_future_done (settled, self->bench.scope, settled_cb, self, NULL);
}

static void
start_next (FilesLabWindow *self)
{
  if (self->run == NULL)
    self->run = g_queue_pop_head (&self->waiting);
  else
    return;
  show_state (self);
  if (self->run == NULL)
    {
      g_signal_emit (self, signals[READY], 0);
      return;
    }
  g_signal_connect_object (self->run, "started", G_CALLBACK (started_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->run,
                           "finished",
                           G_CALLBACK (finished_cb),
                           self,
                           G_CONNECT_SWAPPED);
  files_lab_run_start (self->run);
}

/* What the user asks for */

static void
run_cb (FilesLabWindow *self)
{
  const FilesLabJob *job = jobs[adw_combo_row_get_selected (self->job_row)];
  FilesLabStyle style = adw_toggle_group_get_active (self->styles);

  g_queue_push_tail (&self->waiting, files_lab_run_new (&self->bench, job, style));
  start_next (self);
}

/**
 * files_lab_window_run_all:
 * @self: the Lab
 *
 * Runs every job in every style that doesn't block, one after the other.
 */
void
files_lab_window_run_all (FilesLabWindow *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    for (FilesLabStyle style = FILES_LAB_MESSAGES; style < FILES_LAB_N_STYLES; style++)
      g_queue_push_tail (&self->waiting, files_lab_run_new (&self->bench, jobs[i], style));
  start_next (self);
}

static void
cancel_cb (FilesLabWindow *self)
{
  g_queue_clear_full (&self->waiting, g_object_unref);
  if (self->run != NULL)
    files_lab_run_cancel (self->run);
}

static void
job_selected_cb (FilesLabWindow *self)
{
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->job_row),
                               _ (jobs[adw_combo_row_get_selected (self->job_row)]->description));
}

/* The window */

static double
get_scale (void)
{
  const char *text = g_getenv ("THAW_LAB_SCALE");
  double scale = text != NULL ? g_ascii_strtod (text, NULL) : 1;

  return scale > 0 && scale <= 100 ? scale : 1;
}

static void
fill_choices (FilesLabWindow *self)
{
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    gtk_string_list_append (titles, _ (jobs[i]->title));
  adw_combo_row_set_model (self->job_row, G_LIST_MODEL (titles));
  for (FilesLabStyle style = 0; style < FILES_LAB_N_STYLES; style++)
    {
      AdwToggle *toggle = adw_toggle_new ();

      adw_toggle_set_label (toggle, files_lab_style_get_title (style));
      adw_toggle_group_add (self->styles, toggle);
    }
  adw_toggle_group_set_active (self->styles, FILES_LAB_FIBERS);
}

static void
files_lab_window_dispose (GObject *object)
{
  FilesLabWindow *self = FILES_LAB_WINDOW (object);

  thaw_scope_cancel (self->bench.scope);
  if (self->animation != NULL)
    stop_measuring (self);
  g_queue_clear_full (&self->waiting, g_object_unref);
  g_clear_object (&self->run);
  g_clear_pointer (&self->bench.files, g_ptr_array_unref);
  g_clear_pointer (&self->bench.server, files_lab_server_free);
  g_clear_pointer (&self->bench.http, thaw_http_unref);
  g_clear_pointer (&self->bench.answers, thaw_mailbox_unref);
  g_clear_pointer (&self->bench.database, thaw_database_unref);
  g_clear_pointer (&self->bench.database_path, g_free);
  g_clear_pointer (&self->bench.slow_lane, thaw_lane_unref);
  g_clear_pointer (&self->bench.meter_lane, thaw_lane_unref);
  gtk_widget_dispose_template (GTK_WIDGET (self), FILES_TYPE_LAB_WINDOW);
  G_OBJECT_CLASS (files_lab_window_parent_class)->dispose (object);
}

static void
files_lab_window_finalize (GObject *object)
{
  thaw_scope_unref (FILES_LAB_WINDOW (object)->bench.scope);
  G_OBJECT_CLASS (files_lab_window_parent_class)->finalize (object);
}

static guint
add_signal (const char *name, guint n_parameters, GType parameter)
{
  return g_signal_new (name,
                       FILES_TYPE_LAB_WINDOW,
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
files_lab_window_class_init (FilesLabWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (PANE_TYPE_PULSE);
  g_type_ensure (FILES_TYPE_LAB_ANIMATION);
  G_OBJECT_CLASS (klass)->dispose = files_lab_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = files_lab_window_finalize;
  signals[RESULT] = add_signal ("result", 1, G_TYPE_POINTER);
  signals[READY] = add_signal ("ready", 0, G_TYPE_NONE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/thaw/Files/ui/files-lab-window.ui");
  gtk_widget_class_bind_template_child (widget_class, FilesLabWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, FilesLabWindow, banner);
  gtk_widget_class_bind_template_child (widget_class, FilesLabWindow, animation);
  gtk_widget_class_bind_template_child (widget_class, FilesLabWindow, job_row);
  gtk_widget_class_bind_template_child (widget_class, FilesLabWindow, styles);
  gtk_widget_class_bind_template_child (widget_class, FilesLabWindow, run_button);
  gtk_widget_class_bind_template_child (widget_class, FilesLabWindow, all_button);
  gtk_widget_class_bind_template_child (widget_class, FilesLabWindow, cancel_button);
  gtk_widget_class_bind_template_child (widget_class, FilesLabWindow, progress);
  gtk_widget_class_bind_template_child (widget_class, FilesLabWindow, status);
  gtk_widget_class_bind_template_child (widget_class, FilesLabWindow, results);
  gtk_widget_class_bind_template_child (widget_class, FilesLabWindow, pulse);
  gtk_widget_class_bind_template_callback (widget_class, job_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, run_cb);
  gtk_widget_class_bind_template_callback (widget_class, files_lab_window_run_all);
  gtk_widget_class_bind_template_callback (widget_class, cancel_cb);
}

static void
files_lab_window_init (FilesLabWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  pane_frame_follow (GTK_WIDGET (self));
  g_queue_init (&self->waiting);
  self->bench.scope = thaw_scope_new_for_owner ("the Lab", G_OBJECT (self), NULL);
  self->bench.scale = get_scale ();
  files_pulse_connect (self->pulse, self->toasts);
  fill_choices (self);
  files_lab_results_init (self->results);
  show_state (self);
}

/**
 * files_lab_window_present:
 * @application: the application
 *
 * Shows the Lab: the one there is, or a new one.
 */
void
files_lab_window_present (GtkApplication *application)
{
  GtkWindow *window = NULL;

  for (GList *link = gtk_application_get_windows (application); link != NULL; link = link->next)
    if (FILES_IS_LAB_WINDOW (link->data))
      window = link->data;
  if (window == NULL)
    window = g_object_new (FILES_TYPE_LAB_WINDOW, "application", application, NULL);
  gtk_window_present (window);
}
