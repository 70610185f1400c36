/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a dead mount costs the rest. In each round: list and stat a local folder while all is well;
 * then 80 requests into a FUSE mount that hangs, and the same again; then the same with GIO's
 * asynchronous calls, whose shared pool starves (given three seconds); then the mount revives.
 * Medians of the rounds.
 *
 *   bench-lane [--quick]
 *
 * Everything is asked and answered on one loop, whose longest turn is taken too. Without FUSE there
 * is nothing to measure, and it says so. */

#include "test-lane-support.h"
#include "turns.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define N_HUNG 80
#define GIO_LIMIT_USEC (3 * G_USEC_PER_SEC)

typedef struct {
  double idle_p99, hung_p99, ratio, report_msec, recover_msec, turn_msec, turn_cpu_msec;
  double gio_p99, gio_answered;
} Round;

static FaultMount *mount;
static ThawLane *hung_lane, *local_lane;
static guint n_requests = 1000;

static gboolean
list_lane (ThawJob *job, gpointer path, GError **error)
{
  DIR *dir = opendir (path);
  struct dirent *entry;
  struct statx info;
  gint64 n = 0;

  while (dir != NULL && (entry = readdir (dir)) != NULL)
    n += statx (dirfd (dir), entry->d_name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &info) == 0;
  if (dir != NULL)
    closedir (dir);
  thaw_job_return_int64 (job, n);
  return TRUE;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static double
percentile (GArray *values, double share)
{
  g_array_sort (values, compare_doubles);
  return values->len > 0 ? g_array_index (values, double, (guint) (share * (values->len - 1))) : 0;
}

static void
done_cb (ThawFuture *future, gpointer user_data)
{
  *(gint64 *) user_data = g_get_monotonic_time ();
}

/* One request after the other, in msec from the asking to the callback on the loop. */
static double
measure_local (ThawScope *scope)
{
  g_autoptr (GArray) latencies = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint i = 0; i < n_requests; i++)
    {
      gint64 start_usec = g_get_monotonic_time (), end_usec = 0;
      g_autoptr (ThawFuture) future = NULL;
      double msec;

      if (i % 2 == 0)
        future = thaw_lane_run (local_lane,
                                scope,
                                "list",
                                THAW_PRIORITY_DEFAULT,
                                -1,
                                list_lane,
                                mount->backing,
                                NULL);
      else
        future = run_stat (local_lane, scope, mount->backing);
      thaw_future_done (future, NULL, done_cb, &end_usec, NULL);
      while (end_usec == 0)
        g_main_context_iteration (NULL, TRUE);
      msec = (double) (end_usec - start_usec) / 1000;
      g_array_append_val (latencies, msec);
    }
  return percentile (latencies, .99);
}

typedef struct {
  GArray *latencies; /* NULL for those that hang */
  gint64 start_usec;
  guint *n_pending;
} Query;

static void
queried_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Query *query = user_data;
  g_autoptr (GFileInfo) info = g_file_query_info_finish (G_FILE (source), result, NULL);
  double msec = (double) (g_get_monotonic_time () - query->start_usec) / 1000;

  if (query->latencies != NULL)
    g_array_append_val (query->latencies, msec);
  (*query->n_pending)--;
}

static void
query (const char *path, GArray *latencies, guint *n_pending)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  Query *data = g_new (Query, 1);

  *data = (Query){ latencies, g_get_monotonic_time (), n_pending };
  (*n_pending)++;
  g_file_query_info_async (file,
                           "standard::*",
                           G_FILE_QUERY_INFO_NONE,
                           G_PRIORITY_DEFAULT,
                           NULL,
                           queried_cb,
                           data);
}

/* The same two numbers of requests through GIO's pool: 80 that hang, then 20 local ones. Who isn't
 * answered in time counts with the time that was given. */
static void
measure_gio (Round *round, guint *n_hung)
{
  g_autoptr (GArray) latencies = g_array_new (FALSE, FALSE, sizeof (double));
  gint64 end_usec;
  guint n_local = 0;

  for (guint i = 0; i < N_HUNG; i++)
    {
      g_autofree char *name = g_strdup_printf ("hung-%u", i % 40);
      g_autofree char *path = fault_mount_path (mount, name);

      query (path, NULL, n_hung);
    }
  for (guint i = 0; i < 20; i++)
    query (mount->backing, latencies, &n_local);
  end_usec = g_get_monotonic_time () + GIO_LIMIT_USEC;
  while (n_local > 0 && g_get_monotonic_time () < end_usec)
    run_loop_a_little ();
  round->gio_answered = latencies->len;
  round->gio_p99 = n_local == 0 ? percentile (latencies, .99) : (double) GIO_LIMIT_USEC / 1000;

  /* The mount revives before the late ones' array goes. */
  fault_mount_tell (mount, "clear");
  while (n_local > 0)
    run_loop_a_little ();
}

static void
hang_requests (ThawScope *scope, GPtrArray *futures)
{
  fault_mount_tell (mount, "add op=any hang");
  for (guint i = 0; i < N_HUNG; i++)
    {
      g_autofree char *name = g_strdup_printf ("hung-%u", i % 40);
      g_autofree char *path = fault_mount_path (mount, name);

      g_ptr_array_add (futures, run_stat (hung_lane, scope, path));
    }
}

static void
state_cb (gpointer message, gpointer user_data)
{
  g_autoptr (ThawLane) lane = message;
  gint64 *changed_usec = user_data;

  changed_usec[thaw_lane_get_state (lane)] = g_get_monotonic_time ();
}

static void
finish_scope (ThawScope *scope)
{
  g_autoptr (ThawFuture) join = NULL;

  thaw_scope_cancel (scope);
  join = thaw_scope_join (scope);
  assert_soon (is_done (join));
}

static void
take_turns (Round *round)
{
  Turns turns = turns_get ();

  round->turn_msec = (double) turns.longest_usec / 1000;
  round->turn_cpu_msec = (double) turns.longest_cpu_usec / 1000;
}

static Round
run_round (void)
{
  Round round = { 0 };
  g_autoptr (ThawScope) scope = thaw_scope_new ("bench", NULL);
  g_autoptr (GPtrArray) futures
      = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_future_unref);
  gint64 changed_usec[2] = { 0 }, start_usec;
  guint n_hung = 0;
  ThawMailbox *mailbox = thaw_mailbox_new ("lane",
                                           NULL,
                                           NULL,
                                           4,
                                           state_cb,
                                           changed_usec,
                                           (GDestroyNotify) thaw_lane_unref);

  thaw_lane_watch (hung_lane, mailbox);
  round.idle_p99 = measure_local (scope);
  turns_reset ();
  start_usec = g_get_monotonic_time ();
  hang_requests (scope, futures);
  round.hung_p99 = measure_local (scope);
  round.ratio = round.hung_p99 / round.idle_p99;
  assert_soon (changed_usec[THAW_LANE_NOT_ANSWERING] != 0);
  round.report_msec = (double) (changed_usec[THAW_LANE_NOT_ANSWERING] - start_usec) / 1000;

  start_usec = g_get_monotonic_time ();
  fault_mount_tell (mount, "clear");
  assert_soon (changed_usec[THAW_LANE_ANSWERING] != 0);
  round.recover_msec = (double) (changed_usec[THAW_LANE_ANSWERING] - start_usec) / 1000;
  take_turns (&round);

  fault_mount_tell (mount, "add op=any hang");
  measure_gio (&round, &n_hung);
  assert_soon (n_hung == 0);
  finish_scope (scope);
  thaw_mailbox_close (mailbox);
  thaw_mailbox_unref (mailbox);
  return round;
}

static double
median (const Round *rounds, guint n, gsize offset)
{
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint i = 0; i < n; i++)
    {
      double value = *(const double *) ((const char *) &rounds[i] + offset);

      g_array_append_val (values, value);
    }
  return percentile (values, .5);
}

#define MEDIAN(field) median (rounds, n, G_STRUCT_OFFSET (Round, field))

static void
say (const char *name, double figure, const char *unit, const char *bar, gboolean holds)
{
  printf ("%s: %.2f %s (bar %s) %s\n", name, figure, unit, bar, holds ? "holds" : "short");
}

static void
report (const Round *rounds, guint n)
{
  double hung = MEDIAN (hung_p99), gio = MEDIAN (gio_p99);

  printf ("# local list+stat p99 while all is well: %.2f ms\n", MEDIAN (idle_p99));
  say ("lane-p99-beside-80-hung", hung, "ms", "< 5 ms", hung < 5);
  say ("lane-p99-beside-80-hung-to-idle", MEDIAN (ratio), "x", "< 2 x", MEDIAN (ratio) < 2);
  say ("lane-loop-longest-turn", MEDIAN (turn_msec), "ms", "<= 16 ms", MEDIAN (turn_msec) <= 16);
  say ("lane-loop-longest-turn-cpu",
       MEDIAN (turn_cpu_msec),
       "ms",
       "<= 16 ms",
       MEDIAN (turn_cpu_msec) <= 16);
  say ("lane-not-answering-reported",
       MEDIAN (report_msec),
       "ms",
       "<= 2000 ms",
       MEDIAN (report_msec) <= 2000);
  say ("lane-recovered", MEDIAN (recover_msec), "ms", "<= 1000 ms", MEDIAN (recover_msec) <= 1000);
  printf ("# GIO beside 80 hung: %.0f of 20 answered within %d ms\n",
          MEDIAN (gio_answered),
          (int) (GIO_LIMIT_USEC / 1000));
  say ("lane-p99-to-gio", hung / gio, "x", "< 0.1 x of g_file_query_info_async", hung < .1 * gio);
}

/* The table is read a moment after the mount. */
static gboolean
find_lanes (void)
{
  gint64 end_usec = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;

  for (;;)
    {
      g_clear_pointer (&hung_lane, thaw_lane_unref);
      hung_lane = thaw_lane_for_path (mount->mount);
      if (thaw_lane_get_kind (hung_lane) == THAW_MOUNT_FUSE)
        break;
      if (g_get_monotonic_time () > end_usec)
        return FALSE;
      run_loop_a_little ();
    }
  local_lane = thaw_lane_for_path (mount->backing);
  return local_lane != hung_lane;
}

int
main (int argc, char **argv)
{
  gboolean quick = argc > 1 && strcmp (argv[1], "--quick") == 0;
  guint n = quick ? 1 : 3;
  g_autofree Round *rounds = g_new0 (Round, n);
  const char *why;

  n_requests = quick ? 100 : 1000;
  mount = fault_mount_new (&why);
  if (mount == NULL)
    {
      printf ("# nothing measured: %s\n", why);
      return 77;
    }
  turns_install (g_main_context_default ());
  g_assert_true (find_lanes ());
  for (guint i = 0; i < n; i++)
    rounds[i] = run_round ();
  report (rounds, n);

  thaw_lane_unref (hung_lane);
  thaw_lane_unref (local_lane);
  fault_mount_free (mount);
  return 0;
}
