/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * No frame of Thaw Files takes longer than 20 ms while the jobs of its Lab run, each with messages,
 * with futures and with fibers: the whole application is in this process, with a window on a folder
 * and the Lab. Two figures for each job, the worst of the three styles: the processor time of the
 * loop's thread between two frames, and the time between two frames as the eye sees it. A machine
 * that does something else makes the latter longer, so the job that only waits is there to compare.
 *
 *   bench-lab [--quick]
 */
#include "files-application.h"
#include "files-lab-window.h"
#include "files-platform.h"
#include "window-figures.h"

#define FRAME_MS 20.0
#define IDLE_JOB "slow"
#define QUICK_SCALE "0.01"

/* The worst of a job's runs. */
typedef struct {
  char *id, *title, *cpu_style, *wall_style;
  double cpu_ms, wall_ms;
  guint n_lost;
} Worst;

static GPtrArray *jobs;
static gboolean has_failed;

static void
worst_free (gpointer data)
{
  Worst *worst = data;

  g_free (worst->id);
  g_free (worst->title);
  g_free (worst->cpu_style);
  g_free (worst->wall_style);
  g_free (worst);
}

static Worst *
find_job (const char *id)
{
  for (guint i = 0; i < jobs->len; i++)
    if (g_str_equal (((Worst *) jobs->pdata[i])->id, id))
      return jobs->pdata[i];
  return NULL;
}

static Worst *
ensure_job (const FilesLabResult *result)
{
  Worst *worst = find_job (result->job_id);

  if (worst == NULL)
    {
      worst = g_new0 (Worst, 1);
      worst->id = g_strdup (result->job_id);
      worst->title = g_strdup (result->job);
      g_ptr_array_add (jobs, worst);
    }
  return worst;
}

static void
raise_worst (double *worst_ms, char **worst_style, gint64 usec, const char *style)
{
  if (*worst_style != NULL && usec / 1000. <= *worst_ms)
    return;
  *worst_ms = usec / 1000.;
  g_free (*worst_style);
  *worst_style = g_strdup (style);
}

static void
result_cb (FilesLabWindow *lab, const FilesLabResult *result)
{
  Worst *worst = ensure_job (result);

  if (result->error != NULL)
    {
      g_printerr ("%s, %s: %s\n", result->job, result->style, result->error->message);
      has_failed = TRUE;
    }
  g_printerr ("# %s, %s: %.3f s, %u frames, %u lost, CPU %.1f ms, wall %.1f ms\n",
              result->job,
              result->style,
              result->usec / (double) G_USEC_PER_SEC,
              result->frames.n_frames,
              result->frames.n_lost,
              result->frames.longest_cpu_usec / 1000.,
              result->frames.longest_usec / 1000.);
  raise_worst (&worst->cpu_ms, &worst->cpu_style, result->frames.longest_cpu_usec, result->style);
  raise_worst (&worst->wall_ms, &worst->wall_style, result->frames.longest_usec, result->style);
  worst->n_lost += result->frames.n_lost;
}

static void
print_job (const Worst *worst, const Worst *idle)
{
  g_autofree char *cpu = g_strdup_printf ("lab, %s, work in a frame", worst->title);
  g_autofree char *cpu_remark = g_strdup_printf ("CPU, at most; %s", worst->cpu_style);
  g_autofree char *wall = g_strdup_printf ("lab, %s, from frame to frame", worst->title);
  g_autofree char *wall_remark = g_strdup_printf ("at most; %s; %u lost; the idle window %.1f ms",
                                                  worst->wall_style,
                                                  worst->n_lost,
                                                  idle->wall_ms);

  figure_print_most (cpu, worst->cpu_ms, "ms", FRAME_MS, cpu_remark);
  figure_print_most (wall, worst->wall_ms, "ms", FRAME_MS, wall_remark);
}

static void
ready_cb (FilesLabWindow *lab)
{
  const Worst *idle = find_job (IDLE_JOB);

  for (guint i = 0; i < jobs->len; i++)
    print_job (jobs->pdata[i], idle);
  g_application_quit (g_application_get_default ());
}

static void
start_cb (ThawFuture *completed, gpointer lab)
{
  files_lab_window_run_all (lab);
}

/* When both windows are there and at rest. */
static void
window_added_cb (GtkApplication *application, GtkWindow *window, ThawScope *scope)
{
  g_autoptr (ThawFuture) rest = NULL;

  if (!FILES_IS_LAB_WINDOW (window))
    return;
  g_signal_connect (window, "result", G_CALLBACK (result_cb), NULL);
  g_signal_connect (window, "ready", G_CALLBACK (ready_cb), NULL);
  rest = thaw_delay (G_USEC_PER_SEC);
  thaw_future_done (rest, scope, start_cb, window, NULL);
}

static FilesApplication *
make_application (FilesState *state)
{
  g_autoptr (FilesService) service = NULL;
  const char *const arguments[] = { "thaw-files", g_get_home_dir (), NULL };
  FilesRequest *request = g_new0 (FilesRequest, 1);
  g_autoptr (FilesArguments) parsed = files_arguments_parse (arguments, NULL, NULL);
  g_autoptr (ThawFolder) folder = thaw_folder_new (g_ptr_array_index (parsed->locations, 0));

  thaw_folder_start (folder);
  request->uris = g_new0 (char *, 1);
  if (!files_platform_start_gtk ())
    g_error ("There is no display");
  service = files_service_new (files_bus_new (request, FALSE));
  files_service_start (service);
  return files_application_new (parsed, folder, state, service, files_questions_new ());
}

int
main (int argc, char **argv)
{
  g_autoptr (FilesState) state = NULL;
  g_autoptr (FilesApplication) application = NULL;
  g_autoptr (ThawScope) scope = NULL;
  g_autoptr (GError) error = NULL;

  if (argc > 1 && g_str_equal (argv[1], "--quick"))
    g_setenv ("THAW_LAB_SCALE", QUICK_SCALE, TRUE);
  jobs = g_ptr_array_new_with_free_func (worst_free);
  files_platform_prepare ();
  state = files_state_new (NULL);
  files_state_load (state);
  application = make_application (state);
  scope = thaw_scope_new ("bench-lab", NULL);
  g_signal_connect (application, "window-added", G_CALLBACK (window_added_cb), scope);
  if (!g_application_register (G_APPLICATION (application), NULL, &error))
    g_error ("%s", error->message);
  g_signal_connect (application, "activate", G_CALLBACK (files_lab_window_present), NULL);
  g_application_run (G_APPLICATION (application), 0, NULL);
  thaw_scope_cancel (scope);
  g_ptr_array_unref (jobs);
  return has_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
