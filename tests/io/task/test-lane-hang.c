/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lanes on a mount that stops answering: the breaker opens and closes, other lanes don't notice,
 * patient jobs wait, stuck threads are bounded, a slow mount is not taken for a dead one for ever.
 * The mount is a FUSE file system that hangs to order; without FUSE the tests are skipped. How soon
 * something is said on a quiet machine is bench-lane's to measure, and when exactly it is said
 * test-lane-breaker's; here the machine may be busy. */

#include "test-lane-support.h"
#include "thaw-lane-private.h"
#include "thaw-lane-path.h"
#include "thaw-mounts.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  FaultMount *mount;
  ThawLane *lane;
  ThawScope *scope;
  GPtrArray *futures;
  ThawMailbox *mailbox;
  guint n_messages;
} Fixture;

static void
lane_changed_cb (gpointer message, gpointer user_data)
{
  g_autoptr (ThawLane) lane = message;
  Fixture *fixture = user_data;

  g_assert_true (lane == fixture->lane);
  fixture->n_messages++;
  g_test_message ("%s at %" G_GINT64_FORMAT " ms",
                  thaw_lane_get_state (lane) == THAW_LANE_ANSWERING ? "answering" : "not answering",
                  g_get_monotonic_time () / 1000);
}

/* The table is read by another thread, a moment after the mount. */
static ThawLane *
lane_of (const char *path)
{
  gint64 end = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;
  g_autofree char *name = g_strdup_printf ("%s (fuse.faultfs)", path);

  for (;;)
    {
      ThawLane *lane = thaw_lane_for_path (path);

      if (strcmp (thaw_lane_get_name (lane), name) == 0 || g_get_monotonic_time () > end)
        return lane;
      thaw_lane_unref (lane);
      run_loop_a_little ();
    }
}

static gboolean
fixture_init (Fixture *fixture)
{
  const char *why;

  *fixture = (Fixture){ .mount = fault_mount_new (&why) };
  if (fixture->mount == NULL)
    {
      g_test_skip (why);
      return FALSE;
    }
  fixture->lane = lane_of (fixture->mount->mount);
  g_assert_cmpint (thaw_lane_get_kind (fixture->lane), ==, THAW_MOUNT_FUSE);
  fixture->scope = thaw_scope_new ("test", NULL);
  fixture->futures = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_future_unref);
  fixture->mailbox = thaw_mailbox_new ("lane",
                                       NULL,
                                       NULL,
                                       16,
                                       lane_changed_cb,
                                       fixture,
                                       (GDestroyNotify) thaw_lane_unref);
  thaw_lane_watch (fixture->lane, fixture->mailbox);
  return TRUE;
}

static void
fixture_clear (Fixture *fixture)
{
  g_autoptr (ThawFuture) join = NULL;

  fault_mount_tell (fixture->mount, "clear");
  thaw_scope_cancel (fixture->scope);
  join = thaw_scope_join (fixture->scope);
  assert_soon (is_done (join));
  thaw_mailbox_close (fixture->mailbox);
  thaw_mailbox_unref (fixture->mailbox);
  g_ptr_array_unref (fixture->futures);
  thaw_scope_unref (fixture->scope);
  thaw_lane_unref (fixture->lane);
  fault_mount_free (fixture->mount);
}

static ThawLaneStats
stats_of (Fixture *fixture)
{
  ThawLaneStats stats;

  thaw_lane_get_stats (fixture->lane, &stats);
  return stats;
}

static gboolean
not_answering (Fixture *fixture)
{
  return thaw_lane_get_state (fixture->lane) == THAW_LANE_NOT_ANSWERING;
}

static ThawFuture *
add (Fixture *fixture, const char *name, gboolean patient)
{
  char *path = fault_mount_path (fixture->mount, name);
  ThawFuture *future = patient ? thaw_lane_run_patient (fixture->lane,
                                                        fixture->scope,
                                                        "patient",
                                                        THAW_PRIORITY_HIGH,
                                                        -1,
                                                        stat_lane,
                                                        path,
                                                        g_free)
                               : thaw_lane_run (fixture->lane,
                                                fixture->scope,
                                                "stat",
                                                THAW_PRIORITY_DEFAULT,
                                                -1,
                                                stat_lane,
                                                path,
                                                g_free);

  g_ptr_array_add (fixture->futures, future);
  return future;
}

static void
add_many (Fixture *fixture, guint n, gboolean patient)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("hung-%u", i % 40);

      add (fixture, name, patient);
    }
}

static gboolean
is_rejected (ThawFuture *future, ThawError code)
{
  return thaw_future_get_state (future) == THAW_FUTURE_REJECTED
         && g_error_matches (thaw_future_get_error (future), THAW_ERROR, (gint) code);
}

static guint
count_rejected (Fixture *fixture, ThawError code)
{
  guint n = 0;

  for (guint i = 0; i < fixture->futures->len; i++)
    n += is_rejected (g_ptr_array_index (fixture->futures, i), code);
  return n;
}

/* 80 requests into a dead mount. */
static void
test_open_and_recover (void)
{
  Fixture fixture;
  g_autoptr (ThawLane) root = NULL;
  g_autoptr (ThawFuture) local = NULL;
  ThawFuture *refused;
  gint64 hung_usec, since_usec, revived_usec;

  if (!fixture_init (&fixture))
    return;
  fault_mount_tell (fixture.mount, "add op=any hang");
  hung_usec = g_get_monotonic_time ();
  add_many (&fixture, 80, FALSE);
  assert_soon (fixture.n_messages == 1);
  g_test_message ("reported after %" G_GINT64_FORMAT " ms",
                  (g_get_monotonic_time () - hung_usec) / 1000);
  g_assert_cmpint (g_get_monotonic_time () - hung_usec, >=, THAW_LANE_SILENCE_USEC);
  g_assert_true (not_answering (&fixture));
  since_usec = thaw_lane_get_silent_since_usec (fixture.lane);
  g_assert_cmpint (since_usec, >=, hung_usec);
  g_assert_cmpint (since_usec, <=, g_get_monotonic_time () - THAW_LANE_SILENCE_USEC);
  g_assert_cmpuint (stats_of (&fixture).n_running, ==, 8);
  g_assert_cmpuint (stats_of (&fixture).n_queued, ==, 0);
  assert_soon (count_rejected (&fixture, THAW_ERROR_NOT_ANSWERING) == 72);
  for (guint i = 0; i < 8; i++)
    g_assert_false (is_done (g_ptr_array_index (fixture.futures, i)));

  refused = add (&fixture, "file-0", FALSE);
  assert_soon (is_rejected (refused, THAW_ERROR_NOT_ANSWERING));
  g_assert_cmpuint (stats_of (&fixture).n_threads, ==, 8);
  root = thaw_lane_for_path ("/");
  local = run_stat (root, fixture.scope, "/etc");
  assert_soon (is_done (local));

  fault_mount_tell (fixture.mount, "clear");
  revived_usec = g_get_monotonic_time ();
  assert_soon (fixture.n_messages == 2);
  g_test_message ("recovered after %" G_GINT64_FORMAT " ms",
                  (g_get_monotonic_time () - revived_usec) / 1000);
  g_assert_false (not_answering (&fixture));
  g_assert_cmpint (thaw_lane_get_silent_since_usec (fixture.lane), ==, 0);
  for (guint i = 0; i < 8; i++)
    {
      ThawFuture *future = g_ptr_array_index (fixture.futures, i);

      assert_soon (is_done (future));
      g_assert_cmpint (thaw_future_get_int64 (future, NULL), ==, 0);
    }
  assert_soon (stats_of (&fixture).n_stuck == 0);
  fixture_clear (&fixture);
}

/* The server comes back without an answer to the old calls: our own probe finds out. */
static void
test_probe_finds_out (void)
{
  Fixture fixture;

  if (!fixture_init (&fixture))
    return;
  /* The job and the first probe hang for good; the next probe is answered. */
  fault_mount_tell (fixture.mount, "add op=any nth=1 count=2 hang");
  add_many (&fixture, 1, FALSE);
  assert_soon (fixture.n_messages == 1);
  assert_soon (!not_answering (&fixture));
  g_assert_cmpuint (stats_of (&fixture).n_running, ==, 1);
  g_assert_false (is_done (g_ptr_array_index (fixture.futures, 0)));
  fixture_clear (&fixture);
}

static void
test_patient (void)
{
  Fixture fixture;
  ThawFuture *patient, *cancelled;
  guint n_before;

  if (!fixture_init (&fixture))
    return;
  fault_mount_tell (fixture.mount, "add op=any hang");
  add_many (&fixture, 1, FALSE);
  assert_soon (fixture.n_messages == 1);
  patient = add (&fixture, "file-1", TRUE);
  cancelled = add (&fixture, "file-2", TRUE);
  g_assert_false (is_done (patient));
  thaw_future_cancel (cancelled);
  n_before = stats_of (&fixture).n_running;
  g_assert_cmpuint (n_before, ==, 1);
  g_assert_cmpuint (stats_of (&fixture).n_queued, ==, 1);
  /* Tried in its turn, while the breaker is open. */
  assert_soon (stats_of (&fixture).n_running == 2 && stats_of (&fixture).n_queued == 0);
  g_assert_true (not_answering (&fixture));
  g_assert_false (is_done (patient));
  fault_mount_tell (fixture.mount, "clear");
  assert_soon (is_done (patient) && fixture.n_messages == 2);
  g_assert_cmpint (thaw_future_get_int64 (patient, NULL), ==, 0);
  fixture_clear (&fixture);
}

/* Single files hang, the mount answers: threads are replaced up to the bound, and no further. (Not
 * their look-up: the kernel lets only one at a time into a FUSE folder, so that would stop the
 * whole folder.) */
static void
test_stuck_bound (void)
{
  Fixture fixture;
  ThawFuture *healthy, *one_too_many;

  if (!fixture_init (&fixture))
    return;
  fault_mount_tell (fixture.mount, "add op=getattr path=hung-* hang");
  add_many (&fixture, 12, FALSE);
  healthy = add (&fixture, "file-3", FALSE);
  assert_soon (is_done (healthy));
  g_assert_cmpint (thaw_future_get_state (healthy), ==, THAW_FUTURE_RESOLVED);
  g_assert_cmpuint (fixture.n_messages, ==, 0);

  add_many (&fixture, 20, FALSE);
  assert_soon (stats_of (&fixture).n_stuck == THAW_LANE_MAX_STUCK);
  g_assert_cmpuint (stats_of (&fixture).n_threads, ==, THAW_LANE_MAX_STUCK);
  assert_soon (count_rejected (&fixture, THAW_ERROR_TOO_MANY_STUCK) == 16);
  one_too_many = add (&fixture, "file-4", FALSE);
  assert_soon (is_rejected (one_too_many, THAW_ERROR_TOO_MANY_STUCK));

  fault_mount_tell (fixture.mount, "clear");
  assert_soon (stats_of (&fixture).n_running == 0);
  g_assert_cmpuint (stats_of (&fixture).n_stuck, ==, 0);
  assert_soon (stats_of (&fixture).n_threads <= 8);
  fixture_clear (&fixture);
}

/* Dead for long, with many who wait: the tries are bounded too. */
static void
test_patient_bound (void)
{
  Fixture fixture;

  if (!fixture_init (&fixture))
    return;
  fault_mount_tell (fixture.mount, "add op=any hang");
  add_many (&fixture, 8, FALSE);
  assert_soon (fixture.n_messages == 1);
  add_many (&fixture, 12, TRUE);
  assert_soon (stats_of (&fixture).n_running == THAW_LANE_MAX_STUCK);
  wait_until (FALSE, 2 * THAW_LANE_PROBE_USEC);
  g_assert_cmpuint (stats_of (&fixture).n_running, ==, THAW_LANE_MAX_STUCK);
  g_assert_cmpuint (stats_of (&fixture).n_queued, ==, 4);
  thaw_lane_probe_now (fixture.lane);
  g_assert_cmpuint (stats_of (&fixture).n_running, ==, THAW_LANE_MAX_STUCK);
  fault_mount_tell (fixture.mount, "clear");
  for (guint i = 0; i < fixture.futures->len; i++)
    assert_soon (thaw_future_get_state (g_ptr_array_index (fixture.futures, i))
                 == THAW_FUTURE_RESOLVED);
  fixture_clear (&fixture);
}

/* A scope that ends while its jobs hang: everybody is told at once, and its join waits for the
 * kernel. */
static void
test_scope_ends (void)
{
  Fixture fixture;
  g_autoptr (ThawFuture) join = NULL;

  if (!fixture_init (&fixture))
    return;
  fault_mount_tell (fixture.mount, "add op=any hang");
  add_many (&fixture, 20, TRUE);
  assert_soon (fixture.n_messages == 1);
  thaw_scope_cancel (fixture.scope);
  for (guint i = 0; i < fixture.futures->len; i++)
    g_assert_true (is_done (g_ptr_array_index (fixture.futures, i)));
  join = thaw_scope_join (fixture.scope);
  wait_until (is_done (join), 50000);
  g_assert_false (is_done (join));
  g_assert_cmpuint (stats_of (&fixture).n_queued, ==, 0);
  fault_mount_tell (fixture.mount, "clear");
  assert_soon (is_done (join));
  fixture_clear (&fixture);
}

static guint
count_probes (Fixture *fixture)
{
  guint n_probes;

  pthread_mutex_lock (&fixture->lane->lock);
  n_probes = fixture->lane->n_probes;
  pthread_mutex_unlock (&fixture->lane->lock);
  return n_probes;
}

/* Every call takes 1.8 s. What is said comes to rest at once: the lane has learned that this is how
 * it is, and says so until nobody waits any more. A pause between two calls, which a busy machine
 * makes too, is such a moment. */
static void
learn_that_it_is_slow (Fixture *fixture)
{
  guint n_pauses = 0;
  gint64 longest_usec = 0;

  fault_mount_tell (fixture->mount, "add op=any delay=1800");
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("file-%u", i);
      gint64 begun_usec = g_get_monotonic_time ();
      ThawFuture *future = add (fixture, name, TRUE);

      assert_soon (is_done (future));
      g_test_message ("done at %" G_GINT64_FORMAT " ms", g_get_monotonic_time () / 1000);
      g_assert_cmpint (thaw_future_get_int64 (future, NULL), ==, 0);
      n_pauses += g_get_monotonic_time () - begun_usec > 1800000 + THAW_LANE_CALM_USEC / 2;
      longest_usec = MAX (longest_usec, g_get_monotonic_time () - begun_usec);
    }
  g_test_message ("%u changes of state, %u pauses", fixture->n_messages, n_pauses);
  g_assert_cmpuint (fixture->n_messages, <=, 3 + 2 * n_pauses);
  /* A job is two calls or three, as the kernel remembers the name or not: three are too long a
   * silence. */
  if (longest_usec < THAW_LANE_SLOW_SILENCE_USEC)
    g_assert_false (thaw_lane_get_refuses (fixture->lane));

  assert_soon (!not_answering (fixture) && count_probes (fixture) == 0);
  g_assert_cmpint (thaw_lane_get_silent_since_usec (fixture->lane), ==, 0);
}

/* That a mount is slow is no excuse when it hangs: it is said in the same time as anywhere. What is
 * gentler is only when jobs are refused. */
static void
test_slow (void)
{
  Fixture fixture;
  ThawFuture *taken, *refused;
  gint64 hung_usec, reported_usec;

  if (!fixture_init (&fixture))
    return;
  learn_that_it_is_slow (&fixture);

  fault_mount_tell (fixture.mount, "clear");
  fault_mount_tell (fixture.mount, "add op=any hang");
  hung_usec = g_get_monotonic_time ();
  add_many (&fixture, 3, FALSE);
  assert_soon (not_answering (&fixture));
  reported_usec = g_get_monotonic_time ();
  g_test_message ("reported after %" G_GINT64_FORMAT " ms", (reported_usec - hung_usec) / 1000);
  g_assert_cmpint (reported_usec - hung_usec, <, THAW_LANE_SLOW_SILENCE_USEC);
  taken = add (&fixture, "file-5", FALSE);
  g_assert_false (is_done (taken));
  g_assert_cmpuint (stats_of (&fixture).n_running, ==, 4);

  assert_soon (thaw_lane_get_refuses (fixture.lane));
  g_assert_cmpint (g_get_monotonic_time () - hung_usec, >=, THAW_LANE_SLOW_SILENCE_USEC);
  refused = add (&fixture, "file-6", FALSE);
  assert_soon (is_rejected (refused, THAW_ERROR_NOT_ANSWERING));

  fault_mount_tell (fixture.mount, "clear");
  assert_soon (!not_answering (&fixture));
  g_assert_false (thaw_lane_get_refuses (fixture.lane));
  assert_soon (is_done (taken));
  fixture_clear (&fixture);
}

typedef struct {
  ThawLane *lane;
  ThawLaneState seen;
  guint n_others, n_seen;
} Watching;

static void
watch_cb (gpointer message, gpointer user_data)
{
  g_autoptr (ThawLane) lane = message;
  Watching *watching = user_data;

  if (lane != watching->lane)
    {
      watching->n_others++;
      return;
    }
  watching->n_seen++;
  watching->seen = thaw_lane_get_state (lane);
}

/* A watcher that sleeps through changes, with no room left in its mailbox, learns of the last one.
 */
static void
test_full_watcher (void)
{
  Fixture fixture;
  Watching watching = { .seen = THAW_LANE_ANSWERING };
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (ThawLane) root = thaw_lane_for_path ("/");
  g_autoptr (ThawMailbox) full = NULL;

  if (!fixture_init (&fixture))
    return;
  watching.lane = fixture.lane;
  full = thaw_mailbox_new ("full",
                           thaw_pump_get (context),
                           NULL,
                           1,
                           watch_cb,
                           &watching,
                           (GDestroyNotify) thaw_lane_unref);
  g_assert_true (thaw_mailbox_post (full, thaw_lane_ref (root)));
  thaw_lane_watch (fixture.lane, full);

  for (guint i = 1; i <= 2; i++)
    {
      fault_mount_tell (fixture.mount, "add op=any hang");
      add_many (&fixture, 1, FALSE);
      assert_soon (fixture.n_messages == 2 * i - 1);
      if (i == 2)
        break;
      fault_mount_tell (fixture.mount, "clear");
      assert_soon (fixture.n_messages == 2 * i);
    }
  g_assert_cmpuint (watching.n_seen, ==, 0);

  assert_soon ((g_main_context_iteration (context, FALSE), watching.n_seen > 0));
  g_assert_cmpuint (watching.n_others, ==, 1);
  g_assert_cmpuint (watching.n_seen, ==, 1);
  g_assert_cmpint (watching.seen, ==, THAW_LANE_NOT_ANSWERING);

  /* And then as anybody; what was on its way may come once more. */
  fault_mount_tell (fixture.mount, "clear");
  assert_soon ((g_main_context_iteration (context, FALSE), watching.seen == THAW_LANE_ANSWERING));
  thaw_mailbox_close (full);
  fixture_clear (&fixture);
}

/* Its loop ends while news wait for room: nothing is left behind. */
static void
test_full_watcher_ends (void)
{
  Fixture fixture;
  GMainContext *context = g_main_context_new ();
  g_autoptr (ThawLane) root = thaw_lane_for_path ("/");
  g_autoptr (ThawMailbox) full = NULL;
  Watching watching = { 0 };

  if (!fixture_init (&fixture))
    {
      g_main_context_unref (context);
      return;
    }
  full = thaw_mailbox_new ("full",
                           thaw_pump_get (context),
                           NULL,
                           1,
                           watch_cb,
                           &watching,
                           (GDestroyNotify) thaw_lane_unref);
  g_assert_true (thaw_mailbox_post (full, thaw_lane_ref (root)));
  thaw_lane_watch (fixture.lane, full);
  fault_mount_tell (fixture.mount, "add op=any hang");
  add_many (&fixture, 1, FALSE);
  assert_soon (fixture.n_messages == 1);
  g_main_context_unref (context);
  g_assert_true (thaw_mailbox_is_closed (full));
  g_assert_cmpuint (watching.n_seen + watching.n_others, ==, 0);
  fixture_clear (&fixture);
}

/* A job that makes progress is no hung one, however long it takes. */
static gboolean
beat_lane (ThawJob *job, gpointer user_data, GError **error)
{
  gint64 end = g_get_monotonic_time () + 3 * G_USEC_PER_SEC;

  while (g_get_monotonic_time () < end && !thaw_job_is_cancelled (job))
    {
      g_usleep (20000);
      thaw_job_beat (job);
    }
  return TRUE;
}

static void
test_beat (void)
{
  Fixture fixture;
  ThawFuture *future;

  if (!fixture_init (&fixture))
    return;
  /* The probe would hang; nobody needs it. */
  fault_mount_tell (fixture.mount, "add op=any hang");
  future = thaw_lane_run (fixture.lane,
                          fixture.scope,
                          "beat",
                          THAW_PRIORITY_DEFAULT,
                          -1,
                          beat_lane,
                          NULL,
                          NULL);
  g_ptr_array_add (fixture.futures, future);
  assert_soon (is_done (future));
  g_assert_cmpuint (fixture.n_messages, ==, 0);
  g_assert_cmpuint (stats_of (&fixture).n_stuck, ==, 0);
  fixture_clear (&fixture);
}

typedef struct {
  char *path;
  char *resolved; /* where it leads, when it left the mount */
  int code;       /* of the error */
} Opening;

static gboolean
open_lane (ThawJob *job, gpointer user_data, GError **error)
{
  Opening *opening = user_data;
  g_autoptr (GError) local_error = NULL;
  int fd = thaw_lane_open_beneath (opening->path, O_RDONLY, &local_error);

  if (fd >= 0)
    close (fd);
  opening->code = fd >= 0 ? -1 : local_error->code;
  if (g_error_matches (local_error, THAW_ERROR, THAW_ERROR_OTHER_MOUNT))
    opening->resolved = thaw_lane_resolve_crossing (opening->path, NULL);
  return TRUE;
}

/* A link in a healthy place that leads into a dead one. */
static void
test_link_into_dead_mount (void)
{
  Fixture fixture;
  g_autofree char *link = NULL;
  g_autofree char *target = NULL;
  g_autoptr (ThawLane) lane = NULL;
  g_autoptr (ThawLane) right_lane = NULL;
  g_autoptr (ThawFuture) future = NULL;
  Opening opening = { 0 };
  ThawLaneStats stats;

  if (!fixture_init (&fixture))
    return;
  link = g_build_filename (fixture.mount->dir, "link", NULL);
  target = fault_mount_path (fixture.mount, "folder");
  g_assert_cmpint (symlink ("mnt/folder", link), ==, 0);
  opening.path = g_build_filename (link, "deep", "er", NULL);
  fault_mount_tell (fixture.mount, "add op=any hang");

  lane = thaw_lane_for_path (opening.path);
  g_assert_true (lane != fixture.lane);
  future = thaw_lane_run (lane,
                          fixture.scope,
                          "open",
                          THAW_PRIORITY_HIGH,
                          -1,
                          open_lane,
                          &opening,
                          NULL);
  assert_soon (is_done (future));
  g_assert_cmpint (opening.code, ==, THAW_ERROR_OTHER_MOUNT);
  g_assert_true (g_str_has_prefix (opening.resolved, target));
  g_assert_true (g_str_has_suffix (opening.resolved, "/mnt/folder/deep/er"));
  right_lane = thaw_lane_for_path (opening.resolved);
  g_assert_true (right_lane == fixture.lane);
  assert_soon ((thaw_lane_get_stats (lane, &stats), stats.n_running == 0));

  g_unlink (link);
  g_free (opening.path);
  g_free (opening.resolved);
  fixture_clear (&fixture);
}

static guint n_tables;
static ThawMountTable *latest;

static void
table_cb (gpointer message, gpointer user_data)
{
  g_clear_pointer (&latest, thaw_mount_table_unref);
  latest = message;
  n_tables++;
}

static gboolean
latest_has (const char *root)
{
  const ThawMount *mount = latest != NULL ? thaw_mount_table_find (latest, root) : NULL;

  return mount != NULL && strcmp (mount->root, root) == 0;
}

/* After an unmount the same path is another place. */
static void
test_mounts_come_and_go (void)
{
  ThawMailbox *mailbox = thaw_mailbox_new ("mounts",
                                           NULL,
                                           NULL,
                                           4,
                                           table_cb,
                                           NULL,
                                           (GDestroyNotify) thaw_mount_table_unref);
  const char *why;
  g_autoptr (FaultMount) mount = NULL;
  g_autofree char *path = NULL;
  g_autoptr (ThawLane) lane = NULL;
  g_autoptr (ThawLane) other = NULL;

  thaw_mounts_watch (mailbox);
  assert_soon (n_tables > 0);
  mount = fault_mount_new (&why);
  if (mount != NULL)
    {
      path = g_strdup (mount->mount);
      assert_soon (latest_has (path));
      lane = lane_of (path);
      g_clear_pointer (&mount, fault_mount_free);
      assert_soon (!latest_has (path));
      other = thaw_lane_for_path (path);
      g_assert_true (other != lane);
      g_assert_cmpint (thaw_lane_get_kind (other), ==, THAW_MOUNT_LOCAL);
    }
  else
    {
      g_test_skip (why);
    }
  thaw_mailbox_close (mailbox);
  thaw_mailbox_unref (mailbox);
  g_clear_pointer (&latest, thaw_mount_table_unref);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lane-hang/open-and-recover", test_open_and_recover);
  g_test_add_func ("/lane-hang/probe-finds-out", test_probe_finds_out);
  g_test_add_func ("/lane-hang/patient", test_patient);
  g_test_add_func ("/lane-hang/stuck-bound", test_stuck_bound);
  g_test_add_func ("/lane-hang/patient-bound", test_patient_bound);
  g_test_add_func ("/lane-hang/scope-ends", test_scope_ends);
  g_test_add_func ("/lane-hang/slow", test_slow);
  g_test_add_func ("/lane-hang/full-watcher", test_full_watcher);
  g_test_add_func ("/lane-hang/full-watcher-ends", test_full_watcher_ends);
  g_test_add_func ("/lane-hang/beat", test_beat);
  g_test_add_func ("/lane-hang/link-into-dead-mount", test_link_into_dead_mount);
  g_test_add_func ("/lane-hang/mounts-come-and-go", test_mounts_come_and_go);
  return g_test_run ();
}
