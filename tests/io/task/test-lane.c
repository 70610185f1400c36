/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lane: which one a path gets, the order of its queue, time limits, cancelling at every moment,
 * and jobs that outlive their scope. Lanes of URIs that nobody serves stand in for slow places
 * here; what needs a real dead mount is in test-lane-hang.c. */

#include "test-lane-support.h"
#include "thaw-error.h"
#include "thaw-lane-private.h"

#include <pthread.h>
#include <string.h>

/* A door in front of jobs: they wait until it opens. */
typedef struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  gboolean open;
  guint n_inside;
} Door;

static void
door_init (Door *door)
{
  *door = (Door){ 0 };
  pthread_mutex_init (&door->lock, NULL);
  pthread_cond_init (&door->changed, NULL);
}

static void
door_open (Door *door)
{
  pthread_mutex_lock (&door->lock);
  door->open = TRUE;
  pthread_cond_broadcast (&door->changed);
  pthread_mutex_unlock (&door->lock);
}

static guint
door_count (Door *door)
{
  guint n;

  pthread_mutex_lock (&door->lock);
  n = door->n_inside;
  pthread_mutex_unlock (&door->lock);
  return n;
}

static void
door_clear (Door *door)
{
  pthread_cond_destroy (&door->changed);
  pthread_mutex_destroy (&door->lock);
}

static gboolean
wait_at_door_lane (ThawJob *job, gpointer user_data, GError **error)
{
  Door *door = user_data;

  pthread_mutex_lock (&door->lock);
  door->n_inside++;
  while (!door->open)
    pthread_cond_wait (&door->changed, &door->lock);
  door->n_inside--;
  pthread_mutex_unlock (&door->lock);
  return !thaw_job_set_error_if_cancelled (job, error);
}

static ThawFuture *
run_at_door (ThawLane *lane, ThawScope *scope, Door *door)
{
  return thaw_lane_run (lane,
                        scope,
                        "door",
                        THAW_PRIORITY_DEFAULT,
                        -1,
                        wait_at_door_lane,
                        door,
                        NULL);
}

/* A lane of its own for each test. */
static ThawLane *
new_lane (void)
{
  static guint n;
  g_autofree char *uri = g_strdup_printf ("thaw-test-%u://nobody/", n++);
  g_autoptr (GFile) file = g_file_new_for_uri (uri);

  return thaw_lane_for_file (file);
}

static ThawLaneStats
stats_of (ThawLane *lane)
{
  ThawLaneStats stats;

  thaw_lane_get_stats (lane, &stats);
  return stats;
}

/* Must be the first test: the mount table isn't there yet. */
static void
test_before_table (void)
{
  g_autoptr (ThawLane) lane = thaw_lane_for_path ("/");
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  g_autoptr (ThawFuture) future = run_stat (lane, scope, "/");
  g_autoptr (ThawLane) later = NULL;

  g_assert_cmpint (thaw_lane_get_state (lane), ==, THAW_LANE_ANSWERING);
  assert_soon (is_done (future));
  g_assert_cmpint (thaw_future_get_int64 (future, NULL), ==, 0);
  later = thaw_lane_for_path ("/");
  g_assert_cmpstr (thaw_lane_get_name (lane), ==, thaw_lane_get_name (later));
  g_assert_true (g_str_has_prefix (thaw_lane_get_name (lane), "/ ("));
  g_assert_cmpint (thaw_lane_get_kind (lane), ==, thaw_lane_get_kind (later));
  assert_soon (stats_of (lane).n_done == 1 && stats_of (later).n_done == 1);
}

static void
assert_key (ThawMountTable *table,
            const char *path,
            const char *key,
            const char *name,
            const char *probe)
{
  ThawLaneKey got;

  thaw_lane_key_for_path (&got, table, path);
  g_assert_cmpstr (got.key, ==, key);
  g_assert_cmpstr (got.name, ==, name);
  g_assert_cmpstr (got.probe_path, ==, probe);
  thaw_lane_key_clear (&got);
}

static void
test_keys (void)
{
  g_autoptr (ThawMountTable) table
      = thaw_mount_table_parse ("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
                                "2 1 8:1 /srv /home/me/bind rw - ext4 /dev/sda1 rw\n"
                                "3 1 0:50 / /mnt/nas rw - nfs4 nas:/x rw\n"
                                "4 1 0:50 /deep /mnt/nas2 rw - nfs4 nas:/x/deep rw\n"
                                "5 1 0:51 / /run/user/1/gvfs rw - fuse.gvfsd-fuse gvfsd-fuse rw\n"
                                "6 1 0:52 / /run/user/1/kio rw - fuse.kio-fuse kio-fuse rw\n"
                                "7 1 0:53 / /net rw - autofs auto rw\n"
                                "8 1 0:54 / /proc rw - proc proc rw\n",
                                -1);
  g_autoptr (ThawMountTable) nothing = thaw_mount_table_parse ("", 0);
  const char *gvfs = "/run/user/1/gvfs/smb-share:server=x,share=y";

  assert_key (table, "/etc/passwd", "device:8:1", "/ (ext4)", "/");
  assert_key (table, "/home/me/bind/x", "device:8:1", "/ (ext4)", "/");
  assert_key (table,
              "/home/me/bind/../../../mnt/nas/x",
              "mount:3:nas:/x:/mnt/nas",
              "/mnt/nas (nfs4)",
              "/mnt/nas");
  assert_key (table,
              "/mnt/nas2/a",
              "mount:4:nas:/x/deep:/mnt/nas2",
              "/mnt/nas2 (nfs4)",
              "/mnt/nas2");
  assert_key (table,
              "/run/user/1/gvfs/smb-share:server=x,share=y/a/b",
              "mount:5:gvfsd-fuse:/run/user/1/gvfs/smb-share:server=x,share=y",
              "/run/user/1/gvfs/smb-share:server=x,share=y (fuse.gvfsd-fuse)",
              gvfs);
  assert_key (table,
              "/run/user/1/gvfs",
              "mount:5:gvfsd-fuse:/run/user/1/gvfs",
              "/run/user/1/gvfs (fuse.gvfsd-fuse)",
              "/run/user/1/gvfs");
  assert_key (table,
              "/run/user/1/kio/sftp/me@host/x",
              "mount:6:kio-fuse:/run/user/1/kio/sftp/me@host",
              "/run/user/1/kio/sftp/me@host (fuse.kio-fuse)",
              "/run/user/1/kio/sftp/me@host");
  assert_key (table,
              "/net/host/export",
              "mount:7:auto:/net/host",
              "/net/host (autofs)",
              "/net/host");
  assert_key (table, "/proc/1", "device:0:54", "/proc (proc)", "/proc");
  assert_key (nothing, "/etc", "unknown", "/", "/");
}

static void
test_uris (void)
{
  static const char *const cases[][2] = {
    { "sftp://me@Host:22/a/b", "sftp://host" },
    { "SFTP://host/c", "sftp://host" },
    { "trash:///", "trash://" },
    { "smb://server/share/x", "smb://server" },
    { "mtp://%5Busb:001,004%5D/", "mtp://%5busb:001,004%5d" },
    { "http://[::1]:80/x", "http://[::1]" },
    { "odd:stuff", "odd://" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ThawLaneKey key;

      thaw_lane_key_for_uri (&key, cases[i][0]);
      g_assert_cmpstr (key.name, ==, cases[i][1]);
      g_assert_cmpint (key.kind, ==, THAW_MOUNT_REMOTE);
      thaw_lane_key_clear (&key);
    }
}

static void
count_lane (ThawLane *lane, gpointer user_data)
{
  *(guint *) user_data += g_str_has_prefix (thaw_lane_get_name (lane), "thaw-test-");
}

static void
test_table_of_lanes (void)
{
  g_autoptr (GFile) file = g_file_new_for_uri ("thaw-test-same://host/a");
  g_autoptr (GFile) other = g_file_new_for_uri ("thaw-test-same://host/b");
  g_autoptr (GFile) native = g_file_new_for_path ("/etc");
  ThawLane *lane = thaw_lane_for_file (file);
  ThawLane *same = thaw_lane_for_file (other);
  g_autoptr (ThawLane) root = thaw_lane_for_path ("/etc");
  g_autoptr (ThawLane) native_lane = thaw_lane_for_file (native);
  guint before = 0, after = 0;

  g_assert_true (lane == same);
  g_assert_true (root == native_lane);
  g_assert_true (lane != root);
  thaw_lane_foreach (count_lane, &before);
  thaw_lane_unref (lane);
  thaw_lane_unref (same);
  thaw_lane_foreach (count_lane, &after);
  g_assert_cmpuint (after, ==, before - 1);
}

static GString *order; /* written by one thread at a time in the tests of order */

static gboolean
note_lane (ThawJob *job, gpointer user_data, GError **error)
{
  g_string_append_c (order, GPOINTER_TO_INT (user_data));
  return TRUE;
}

static void
test_priorities (void)
{
  static const struct {
    char name;
    ThawPriority priority;
  } jobs[] = {
    { 'g', THAW_PRIORITY_LOW },  { 'd', THAW_PRIORITY_DEFAULT }, { 'a', THAW_PRIORITY_HIGH },
    { 'h', THAW_PRIORITY_LOW },  { 'e', THAW_PRIORITY_DEFAULT }, { 'b', THAW_PRIORITY_HIGH },
    { 'c', THAW_PRIORITY_HIGH }, { 'f', THAW_PRIORITY_DEFAULT },
  };
  g_autoptr (ThawLane) lane = new_lane ();
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  g_autoptr (ThawFuture) join = NULL;
  g_autoptr (GPtrArray) futures
      = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_future_unref);
  Door door, last;

  door_init (&door);
  door_init (&last);
  order = g_string_new (NULL);
  for (guint i = 0; i < 7; i++)
    g_ptr_array_add (futures, run_at_door (lane, scope, &door));
  g_ptr_array_add (futures, run_at_door (lane, scope, &last));
  assert_soon (door_count (&door) == 7 && door_count (&last) == 1);
  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    g_ptr_array_add (futures,
                     thaw_lane_run (lane,
                                    scope,
                                    "note",
                                    jobs[i].priority,
                                    -1,
                                    note_lane,
                                    GINT_TO_POINTER (jobs[i].name),
                                    NULL));
  g_assert_cmpuint (stats_of (lane).n_queued, ==, 8);
  g_assert_cmpuint (stats_of (lane).n_running, ==, 8);
  g_assert_cmpuint (stats_of (lane).n_threads, ==, 8);
  /* One thread comes free, so one after the other. */
  door_open (&last);
  assert_soon (is_done (g_ptr_array_index (futures, futures->len - 6))
               && stats_of (lane).n_queued == 0 && stats_of (lane).n_running == 7);
  g_assert_cmpstr (order->str, ==, "abcdefgh");
  door_open (&door);
  join = thaw_scope_join (scope);
  assert_soon (is_done (join));
  assert_soon (stats_of (lane).n_done == 16);
  g_string_free (order, TRUE);
  door_clear (&door);
  door_clear (&last);
}

static guint n_destroyed;

static void
count_destroy (gpointer user_data)
{
  n_destroyed++;
}

static void
test_timeout (void)
{
  g_autoptr (ThawLane) lane = new_lane ();
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  g_autoptr (ThawFuture) join = NULL;
  g_autoptr (ThawFuture) future = NULL;
  g_autoptr (ThawFuture) in_time = NULL;
  gint64 started;
  Door door;

  door_init (&door);
  n_destroyed = 0;
  started = g_get_monotonic_time ();
  future = thaw_lane_run (lane,
                          scope,
                          "late",
                          THAW_PRIORITY_HIGH,
                          50000,
                          wait_at_door_lane,
                          &door,
                          count_destroy);
  in_time = thaw_lane_run (lane,
                           scope,
                           "in time",
                           THAW_PRIORITY_HIGH,
                           5 * G_USEC_PER_SEC,
                           stat_lane,
                           g_strdup ("/"),
                           g_free);
  assert_soon (is_done (future));
  g_assert_cmpint (g_get_monotonic_time () - started, >=, 50000);
  g_assert_true (g_error_matches (thaw_future_get_error (future), THAW_ERROR, THAW_ERROR_DEADLINE));
  assert_soon (is_done (in_time));
  g_assert_cmpint (thaw_future_get_state (in_time), ==, THAW_FUTURE_RESOLVED);
  assert_soon (stats_of (lane).n_timeouts == 1);

  /* The thread is still in there: the data lives, and the scope isn't done. */
  join = thaw_scope_join (scope);
  wait_until (is_done (join), 20000);
  g_assert_false (is_done (join));
  g_assert_cmpuint (n_destroyed, ==, 0);
  assert_soon (stats_of (lane).n_running == 1);
  door_open (&door);
  assert_soon (is_done (join));
  g_assert_cmpuint (n_destroyed, ==, 1);
  door_clear (&door);
}

static void
test_cancel (void)
{
  g_autoptr (ThawLane) lane = new_lane ();
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  g_autoptr (ThawFuture) join = NULL;
  g_autoptr (ThawFuture) during = NULL;
  g_autoptr (ThawFuture) before = NULL;
  g_autoptr (ThawFuture) after = run_stat (lane, scope, "/");
  g_autoptr (ThawFuture) refused = NULL;
  g_autoptr (GPtrArray) others
      = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_future_unref);
  Door door;

  door_init (&door);
  n_destroyed = 0;
  assert_soon (is_done (after));
  thaw_future_cancel (after);
  g_assert_cmpint (thaw_future_get_state (after), ==, THAW_FUTURE_RESOLVED);

  for (guint i = 0; i < 7; i++)
    g_ptr_array_add (others, run_at_door (lane, scope, &door));
  during = thaw_lane_run (lane,
                          scope,
                          "during",
                          THAW_PRIORITY_LOW,
                          -1,
                          wait_at_door_lane,
                          &door,
                          count_destroy);
  assert_soon (door_count (&door) == 8);
  before = thaw_lane_run (lane,
                          scope,
                          "before",
                          THAW_PRIORITY_LOW,
                          -1,
                          wait_at_door_lane,
                          &door,
                          count_destroy);
  g_assert_cmpuint (stats_of (lane).n_queued, ==, 1);
  thaw_future_cancel (before);
  g_assert_true (
      g_error_matches (thaw_future_get_error (before), G_IO_ERROR, G_IO_ERROR_CANCELLED));
  assert_soon (n_destroyed == 1);
  g_assert_cmpuint (stats_of (lane).n_queued, ==, 0);
  thaw_future_cancel (during);
  g_assert_true (
      g_error_matches (thaw_future_get_error (during), G_IO_ERROR, G_IO_ERROR_CANCELLED));
  wait_until (n_destroyed > 1, 10000);
  g_assert_cmpuint (n_destroyed, ==, 1);

  thaw_scope_cancel (scope);
  refused = run_stat (lane, scope, "/");
  g_assert_true (
      g_error_matches (thaw_future_get_error (refused), G_IO_ERROR, G_IO_ERROR_CANCELLED));
  join = thaw_scope_join (scope);
  door_open (&door);
  assert_soon (is_done (join));
  g_assert_cmpuint (n_destroyed, ==, 2);
  door_clear (&door);
}

static void
test_owner_is_disposed (void)
{
  g_autoptr (ThawLane) lane = new_lane ();
  GObject *owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (ThawScope) scope = thaw_scope_new_for_owner ("test", owner, NULL);
  g_autoptr (GPtrArray) futures
      = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_future_unref);
  g_autoptr (ThawFuture) join = NULL;
  Door door;

  door_init (&door);
  n_destroyed = 0;
  for (guint i = 0; i < 20; i++)
    g_ptr_array_add (futures,
                     thaw_lane_run (lane,
                                    scope,
                                    "door",
                                    THAW_PRIORITY_DEFAULT,
                                    -1,
                                    wait_at_door_lane,
                                    &door,
                                    count_destroy));
  assert_soon (door_count (&door) == 8);
  g_object_unref (owner);
  for (guint i = 0; i < 20; i++)
    g_assert_true (is_done (g_ptr_array_index (futures, i)));
  join = thaw_scope_join (scope);
  assert_soon (n_destroyed == 12);
  g_assert_false (is_done (join));
  door_open (&door);
  assert_soon (is_done (join));
  g_assert_cmpuint (n_destroyed, ==, 20);
  g_assert_cmpuint (stats_of (lane).n_queued, ==, 0);
  door_clear (&door);
}

/* A job that is silent for long, in a place that answers when asked: the others must not suffer. */
static void
test_only_one_is_stuck (void)
{
  g_autoptr (ThawLane) lane = new_lane ();
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  g_autoptr (GPtrArray) futures
      = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_future_unref);
  g_autoptr (ThawFuture) queued = NULL;
  g_autoptr (ThawFuture) join = NULL;
  Door door;

  door_init (&door);
  for (guint i = 0; i < 8; i++)
    g_ptr_array_add (futures, run_at_door (lane, scope, &door));
  queued = run_stat (lane, scope, "/");
  /* All threads are stuck: one more is made for it. */
  wait_until (is_done (queued), 4 * G_USEC_PER_SEC);
  g_assert_cmpint (thaw_future_get_state (queued), ==, THAW_FUTURE_RESOLVED);
  g_assert_cmpint (thaw_lane_get_state (lane), ==, THAW_LANE_ANSWERING);
  assert_soon (stats_of (lane).n_stuck == 8);
  door_open (&door);
  join = thaw_scope_join (scope);
  assert_soon (is_done (join) && stats_of (lane).n_running == 0);
  g_assert_cmpuint (stats_of (lane).n_stuck, ==, 0);
  assert_soon (stats_of (lane).n_threads <= 8); /* the one too many goes by itself */
  door_clear (&door);
}

/* Many small jobs on several lanes, some cancelled at once, some a little later. */
static void
test_random (void)
{
  guint32 seed = g_test_rand_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  g_autoptr (GPtrArray) futures
      = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_future_unref);
  g_autoptr (ThawFuture) join = NULL;
  ThawLane *lanes[3] = { new_lane (), new_lane (), thaw_lane_for_path ("/") };

  g_test_message ("seed %u", seed);
  n_destroyed = 0;
  for (guint i = 0; i < 3000; i++)
    {
      ThawLane *lane = lanes[g_rand_int_range (rand, 0, 3)];
      ThawFuture *future = thaw_lane_run (lane,
                                          scope,
                                          "random",
                                          g_rand_int_range (rand, 0, 3),
                                          g_rand_boolean (rand) ? -1 : 10 * G_USEC_PER_SEC,
                                          stat_lane,
                                          (gpointer) "/",
                                          count_destroy);

      g_ptr_array_add (futures, future);
      if (g_rand_int_range (rand, 0, 4) == 0)
        thaw_future_cancel (
            g_ptr_array_index (futures, g_rand_int_range (rand, 0, (gint32) futures->len)));
      if (g_rand_int_range (rand, 0, 50) == 0)
        g_main_context_iteration (NULL, FALSE);
    }
  join = thaw_scope_join (scope);
  assert_soon (is_done (join));
  g_assert_cmpuint (n_destroyed, ==, 3000);
  for (guint i = 0; i < futures->len; i++)
    {
      const GError *error = thaw_future_get_error (g_ptr_array_index (futures, i));

      g_assert_true (error == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
    }
  for (guint i = 0; i < 3; i++)
    thaw_lane_unref (lanes[i]);
}

/* How often the thread of that name has waited so far. */
static guint64
count_waits (const char *thread_name)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  const char *id;
  guint64 n = 0;

  while ((id = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename ("/proc/self/task", id, "status", NULL);
      g_autofree char *text = NULL;
      const char *line;

      if (!g_file_get_contents (path, &text, NULL, NULL) || strstr (text, thread_name) == NULL)
        continue;
      line = strstr (text, "\nvoluntary_ctxt_switches:");
      n += g_ascii_strtoull (strpbrk (line, "0123456789"), NULL, 10);
    }
  return n;
}

/* With nothing in flight no thread wakes up, and the idle ones end. */
static void
test_quiet (void)
{
  g_autoptr (ThawLane) lane = new_lane ();
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  g_autoptr (GPtrArray) futures
      = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_future_unref);
  guint64 n_waits;

  for (guint i = 0; i < 50; i++)
    g_ptr_array_add (futures, run_stat (lane, scope, "/"));
  for (guint i = 0; i < 50; i++)
    assert_soon (is_done (g_ptr_array_index (futures, i)));
  wait_until (FALSE, THAW_LANE_SILENCE_USEC + 100000);
  n_waits = count_waits ("thaw-lanes");
  g_assert_cmpuint (n_waits, >, 0);
  g_assert_cmpuint (stats_of (lane).n_threads, >, 0);
  assert_soon (stats_of (lane).n_threads == 0);
  g_assert_cmpuint (count_waits ("thaw-lanes"), ==, n_waits);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lane/before-table", test_before_table);
  g_test_add_func ("/lane/keys", test_keys);
  g_test_add_func ("/lane/uris", test_uris);
  g_test_add_func ("/lane/table", test_table_of_lanes);
  g_test_add_func ("/lane/priorities", test_priorities);
  g_test_add_func ("/lane/timeout", test_timeout);
  g_test_add_func ("/lane/cancel", test_cancel);
  g_test_add_func ("/lane/owner-is-disposed", test_owner_is_disposed);
  g_test_add_func ("/lane/only-one-is-stuck", test_only_one_is_stuck);
  g_test_add_func ("/lane/random", test_random);
  g_test_add_func ("/lane/quiet", test_quiet);
  return g_test_run ();
}
