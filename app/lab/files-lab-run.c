/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run in the Lab: prepares, starts the job in its style, and takes the time until the job says
 * that it is done. A run that blocks is started a moment late, so that the window can say that it
 * will freeze before it does. The scope is the run's own: cancelling it is all that "Cancel" does,
 * and the jobs need no code for that. Loop's thread. */

#include "files-lab-run.h"
#include <glib/gi18n.h>

#define WARNING_USEC (400 * 1000)

struct _FilesLabRun {
  GObject parent_instance;

  FilesLabBench *bench;
  const FilesLabJob *job;
  FilesLabStyle style;
  ThawScope *scope;
  guint size, n_done;
  gint64 start_usec, end_usec; /* 0: not yet */
  GError *error;
};

enum {
  STARTED,
  FINISHED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FilesLabRun, files_lab_run, G_TYPE_OBJECT)

FilesLabBench *
files_lab_run_get_bench (FilesLabRun *self)
{
  return self->bench;
}

ThawScope *
files_lab_run_get_scope (FilesLabRun *self)
{
  return self->scope;
}

guint
files_lab_run_get_size (FilesLabRun *self)
{
  return self->size;
}

const FilesLabJob *
files_lab_run_get_job (FilesLabRun *self)
{
  return self->job;
}

FilesLabStyle
files_lab_run_get_style (FilesLabRun *self)
{
  return self->style;
}

double
files_lab_run_get_fraction (FilesLabRun *self)
{
  return MIN (self->n_done / (double) self->size, 1);
}

gint64
files_lab_run_get_usec (FilesLabRun *self)
{
  return self->start_usec != 0 && self->end_usec != 0 ? self->end_usec - self->start_usec : 0;
}

const GError *
files_lab_run_get_error (FilesLabRun *self)
{
  return self->error;
}

const char *
files_lab_style_get_title (FilesLabStyle style)
{
  static const char *const titles[FILES_LAB_N_STYLES] = {
    NC_ ("style of a program", "Blocking"),
    NC_ ("style of a program", "Messages"),
    NC_ ("style of a program", "Futures"),
    NC_ ("style of a program", "Fibers"),
  };

  return g_dpgettext2 (NULL, "style of a program", titles[style]);
}

void
files_lab_run_advance (FilesLabRun *self, guint n)
{
  self->n_done += n;
}

void
files_lab_run_finish (FilesLabRun *self, GError *error)
{
  if (self->end_usec != 0)
    {
      g_clear_error (&error);
      return;
    }
  self->end_usec = g_get_monotonic_time ();
  self->error = error;
  g_signal_emit (self, signals[FINISHED], 0);
}

void
files_lab_run_finish_cb (ThawFuture *completed, gpointer run)
{
  const GError *error = thaw_future_get_error (completed);

  files_lab_run_finish (run, error != NULL ? g_error_copy (error) : NULL);
}

void
files_lab_run_fail_cb (ThawFuture *completed, gpointer run)
{
  if (thaw_future_get_error (completed) != NULL)
    files_lab_run_finish_cb (completed, run);
}

static void
ready_cb (ThawFuture *completed, gpointer user_data)
{
  FilesLabRun *self = user_data;
  const GError *error = thaw_future_get_error (completed);

  if (error != NULL)
    {
      files_lab_run_finish (self, g_error_copy (error));
      return;
    }
  g_signal_emit (self, signals[STARTED], 0);
  self->start_usec = g_get_monotonic_time ();
  self->job->start[self->style](self);
}

static ThawFuture *
prepare_fiber (gpointer user_data)
{
  FilesLabRun *self = user_data;
  g_autoptr (GError) error = NULL;

  if (self->job->prepare != NULL && !thaw_await (self->job->prepare (self), &error))
    return thaw_future_new_rejected (g_steal_pointer (&error));
  return thaw_delay (self->style == FILES_LAB_BLOCKING ? WARNING_USEC : 0);
}

void
files_lab_run_start (FilesLabRun *self)
{
  g_autoptr (ThawFuture) ready
      = thaw_scope_spawn (self->scope, "prepare a run", prepare_fiber, self, NULL);

  thaw_future_done (ready, self->scope, ready_cb, self, NULL);
}

void
files_lab_run_cancel (FilesLabRun *self)
{
  thaw_scope_cancel (self->scope);
  files_lab_run_finish (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled"));
}

static void
files_lab_run_dispose (GObject *object)
{
  thaw_scope_cancel (FILES_LAB_RUN (object)->scope);
  G_OBJECT_CLASS (files_lab_run_parent_class)->dispose (object);
}

static void
files_lab_run_finalize (GObject *object)
{
  FilesLabRun *self = FILES_LAB_RUN (object);

  thaw_scope_unref (self->scope);
  g_clear_error (&self->error);
  G_OBJECT_CLASS (files_lab_run_parent_class)->finalize (object);
}

static guint
add_signal (const char *name)
{
  return g_signal_new (name,
                       FILES_TYPE_LAB_RUN,
                       G_SIGNAL_RUN_LAST,
                       0,
                       NULL,
                       NULL,
                       NULL,
                       G_TYPE_NONE,
                       0);
}

static void
files_lab_run_class_init (FilesLabRunClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = files_lab_run_dispose;
  G_OBJECT_CLASS (klass)->finalize = files_lab_run_finalize;
  signals[STARTED] = add_signal ("started");
  signals[FINISHED] = add_signal ("finished");
}

static void
files_lab_run_init (FilesLabRun *self)
{
}

FilesLabRun *
files_lab_run_new (FilesLabBench *bench, const FilesLabJob *job, FilesLabStyle style)
{
  FilesLabRun *self = g_object_new (FILES_TYPE_LAB_RUN, NULL);

  self->bench = bench;
  self->job = job;
  self->style = style;
  self->size = MAX ((guint) (job->size * bench->scale), 1);
  self->scope = thaw_scope_new ("a run in the Lab", bench->scope);
  return self;
}
