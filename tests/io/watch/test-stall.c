/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stall monitor against stalls that are planted: each is noticed while it lasts, and put down
 * to the right function, mailbox or fiber. The order and the kinds are random, from a seed that is
 * printed and can be given by $THAW_SEED. */

#include "thaw-monitor-private.h"
#include "watch-testing.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STALL_USEC 220000
#define N_INJECTIONS 48
/* Who waits longer for a processor than this is on a machine that is too busy to be measured. */
#define FAIR_USEC 15000
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PERCENT_IN_TIME 90 /* symbols take their time there */
#else
#define PERCENT_IN_TIME 100
#endif
/* ThreadSanitizer keeps signals back while a thread sleeps in a pipe or lock, so there is no
 * backtrace. */
#ifdef __SANITIZE_THREAD__
static const StallKind kinds[] = { STALL_BUSY, STALL_ALLOCATING, STALL_SLEEP };
#else
static const StallKind kinds[]
    = { STALL_BUSY, STALL_ALLOCATING, STALL_PIPE, STALL_SLEEP, STALL_LOCK };
#endif

static StallKind next_kind;
static gint64 begun_usec;
static guint n_over;

static void
stall_here (void)
{
  begun_usec = g_get_monotonic_time ();
  test_stall (next_kind, STALL_USEC);
  __atomic_add_fetch (&n_over, 1, __ATOMIC_RELEASE);
}

/* A function of its own each, so that names can be told apart; the barrier keeps the compiler from
 * merging them and from jumping where it should call. */
#define PLANT(result, name, parameters, tail)                                                      \
  static G_NO_INLINE result name parameters                                                        \
  {                                                                                                \
    stall_here ();                                                                                 \
    __asm__ volatile("" ::"i"(__LINE__));                                                          \
    tail;                                                                                          \
  }

PLANT (void, handle_red, (gpointer message, gpointer user_data), return )
PLANT (void, handle_green, (gpointer message, gpointer user_data), return )
PLANT (void, handle_blue, (gpointer message, gpointer user_data), return )
PLANT (void, room_cb, (gpointer user_data), return )
PLANT (void, done_cb, (ThawFuture * future, gpointer user_data), return )
PLANT (gboolean, idle_cb, (gpointer user_data), return G_SOURCE_REMOVE)
PLANT (gboolean, timeout_cb, (gpointer user_data), return G_SOURCE_REMOVE)
PLANT (gboolean, plugin_cb, (gpointer user_data), return G_SOURCE_REMOVE)
PLANT (ThawFuture *, fiber_alpha, (gpointer user_data), return thaw_future_new_resolved ())
PLANT (ThawFuture *, fiber_beta, (gpointer user_data), return thaw_future_new_resolved ())

/* Goes on after an await, on a stack that was put aside. */
static ThawFuture *
fiber_late (gpointer user_data)
{
  if (!thaw_fiber_yield (NULL))
    return thaw_future_new_resolved ();
  stall_here ();
  __asm__ volatile("");
  return thaw_future_new_resolved ();
}

static gboolean
call_plugin (gpointer user_data)
{
  guint entered = thaw_monitor_enter_plugin ("colour picker");
  gboolean again = plugin_cb (user_data);

  thaw_monitor_leave_plugin (entered);
  return again;
}

static gboolean
source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  stall_here ();
  __asm__ volatile("");
  g_source_destroy (source);
  return G_SOURCE_REMOVE;
}

typedef struct {
  ThawMailbox *red, *green, *blue;
  ThawScope *scope;
} World;

typedef struct {
  const char *handler, *mailbox, *fiber, *plugin, *source;
} Expected;

typedef struct {
  Expected expected;
  void (*plant) (World *world);
} Plant;

static void
plant_red (World *world)
{
  g_assert_true (thaw_mailbox_post (world->red, world));
}
static void
plant_green (World *world)
{
  g_assert_true (thaw_mailbox_post (world->green, world));
}
static void
plant_blue (World *world)
{
  g_assert_true (thaw_mailbox_post (world->blue, world));
}
static void
plant_idle (World *world)
{
  g_idle_add (idle_cb, NULL);
}
static void
plant_timeout (World *world)
{
  g_timeout_add (1, timeout_cb, NULL);
}
static void
plant_room (World *world)
{
  thaw_mailbox_when_room (world->red, room_cb, NULL);
}
static void
plant_plugin (World *world)
{
  g_idle_add (call_plugin, NULL);
}

static void
plant_fiber (World *world, const char *name, ThawFiberFunc func)
{
  g_autoptr (ThawFuture) future = thaw_scope_spawn (world->scope, name, func, NULL, NULL);
}

static void
plant_alpha (World *world)
{
  plant_fiber (world, "alpha", fiber_alpha);
}
static void
plant_beta (World *world)
{
  plant_fiber (world, "beta", fiber_beta);
}
static void
plant_late (World *world)
{
  plant_fiber (world, "late", fiber_late);
}

static void
plant_done (World *world)
{
  g_autoptr (ThawFuture) future = thaw_future_new_resolved ();

  thaw_future_done (future, NULL, done_cb, NULL, NULL);
}

static void
plant_source (World *world)
{
  static GSourceFuncs funcs = { .dispatch = source_dispatch };
  g_autoptr (GSource) source = g_source_new (&funcs, sizeof (GSource));

  g_source_set_static_name (source, "[test] a source");
  g_source_set_ready_time (source, 0);
  g_source_attach (source, NULL);
}

static const Plant plants[] = {
  { { "handle_red", "red" }, plant_red },
  { { "handle_green", "green" }, plant_green },
  { { "handle_blue", "blue" }, plant_blue },
  { { "idle_cb" }, plant_idle },
  { { "timeout_cb" }, plant_timeout },
  { { "room_cb", "thaw-errands" }, plant_room },
  { { "fiber_alpha", "fibers", "alpha" }, plant_alpha },
  { { "fiber_beta", "fibers", "beta" }, plant_beta },
  { { "fiber_late", "fibers", "late" }, plant_late },
  { { "done_cb", "future callbacks" }, plant_done },
  { { "call_plugin", NULL, NULL, "colour picker" }, plant_plugin },
  { { "source_dispatch", NULL, NULL, NULL, "[test] a source" }, plant_source },
};

static void
world_init (World *world)
{
  *world = (World){
    thaw_mailbox_new ("red", NULL, NULL, 8, handle_red, NULL, NULL),
    thaw_mailbox_new ("green", NULL, NULL, 8, handle_green, NULL, NULL),
    thaw_mailbox_new ("blue", NULL, NULL, 8, handle_blue, NULL, NULL),
    thaw_scope_new ("world", NULL),
  };
}

static void
world_clear (World *world)
{
  thaw_mailbox_unref (world->red);
  thaw_mailbox_unref (world->green);
  thaw_mailbox_unref (world->blue);
  thaw_scope_cancel (world->scope);
  thaw_scope_unref (world->scope);
}

static gboolean
is_as_expected (const ThawStall *stall, const Expected *expected)
{
  return g_strcmp0 (stall->handler, expected->handler) == 0
         && (expected->mailbox == NULL || g_strcmp0 (stall->mailbox, expected->mailbox) == 0)
         && g_strcmp0 (stall->fiber, expected->fiber) == 0
         && g_strcmp0 (stall->plugin, expected->plugin) == 0
         && (expected->source == NULL || g_strcmp0 (stall->source, expected->source) == 0);
}

/* The innermost frames must lead to what stalls. */
static gboolean
has_frame (const ThawStall *stall, const char *function)
{
  for (guint i = 0; stall->frames[i] != NULL; i++)
    if (g_str_has_prefix (stall->frames[i], function))
      return TRUE;
  return FALSE;
}

static gboolean
names_system_call (const ThawStall *stall, StallKind kind)
{
  static const char *const calls[] = { NULL, NULL, "read (fd ", "clock_nanosleep", "futex" };

  /* One that computes may be inside of a short call. */
  return calls[kind] == NULL
         || (stall->system_call != NULL && g_str_has_prefix (stall->system_call, calls[kind]));
}

typedef struct {
  guint n_noticed, n_in_time, n_unfair, n_named, n_frames, n_calls, n_slept;
  gint64 worst_usec;
} Score;

static void
inject (World *world, ThawMonitor *monitor, StallWatcher *watcher, GRand *rand, Score *score)
{
  const Plant *plant = &plants[g_rand_int_range (rand, 0, G_N_ELEMENTS (plants))];
  guint64 n_before = thaw_monitor_get_n_stalls (monitor);
  guint n_over_before = n_over;
  g_autoptr (GPtrArray) stalls = NULL;
  ThawStall *stall;
  gint64 late_usec;

  next_kind = kinds[g_rand_int_range (rand, 0, G_N_ELEMENTS (kinds))];
  __atomic_store_n (&watcher->seen_usec, 0, __ATOMIC_RELEASE);
  __atomic_store_n (&watcher->kept_waiting_usec, 0, __ATOMIC_RELAXED);
  plant->plant (world);
  run_until (n_over > n_over_before);
  /* A busy machine may make other turns too long. */
  if (thaw_monitor_get_n_stalls (monitor) == n_before)
    {
      g_test_message ("missed: %s in %s",
                      test_stall_kind_name (next_kind),
                      plant->expected.handler);
      return;
    }

  late_usec = __atomic_load_n (&watcher->seen_usec, __ATOMIC_ACQUIRE) - begun_usec;
  score->n_noticed++;
  if (late_usec > 0 && late_usec <= 100000)
    score->n_in_time++;
  else
    score->n_unfair += __atomic_load_n (&watcher->kept_waiting_usec, __ATOMIC_RELAXED) > FAIR_USEC;
  score->worst_usec = MAX (score->worst_usec, late_usec);
  stalls = thaw_monitor_dup_stalls (monitor);
  stall = g_ptr_array_index (stalls, stalls->len - 1);
  score->n_named += is_as_expected (stall, &plant->expected);
  score->n_frames += has_frame (stall, plant->expected.handler);
  score->n_calls += names_system_call (stall, next_kind);
  if (!is_as_expected (stall, &plant->expected) || g_test_verbose ())
    {
      g_autofree char *text = thaw_stall_to_text (stall);

      g_test_message ("%s in %s: %s",
                      test_stall_kind_name (next_kind),
                      plant->expected.handler,
                      text);
    }
}

static GRand *
make_rand (void)
{
  const char *given = g_getenv ("THAW_SEED");
  guint32 seed = given != NULL ? g_ascii_strtoull (given, NULL, 10) : g_random_int ();

  g_test_message ("THAW_SEED=%u", seed);
  return g_rand_new_with_seed (seed);
}

static void
test_injected (void)
{
  g_autoptr (GRand) rand = make_rand ();
  ThawMonitor *monitor = thaw_monitor_start (NULL);
  StallWatcher watcher;
  Score score = { 0 };
  World world;

  world_init (&world);
  stall_watcher_start (&watcher, monitor);
  for (guint i = 0; i < N_INJECTIONS; i++)
    inject (&world, monitor, &watcher, rand, &score);
  stall_watcher_stop (&watcher);
  world_clear (&world);
  thaw_monitor_stop (monitor);

  g_test_message ("%u planted, %u noticed, %u within 100 ms, %u late on a busy machine, worst %.1f "
                  "ms; %u with the right names, "
                  "%u with the function in the backtrace, %u with the system call",
                  N_INJECTIONS,
                  score.n_noticed,
                  score.n_in_time,
                  score.n_unfair,
                  score.worst_usec / 1000.0,
                  score.n_named,
                  score.n_frames,
                  score.n_calls);
  g_assert_cmpuint (score.n_noticed, ==, N_INJECTIONS);
  g_assert_cmpuint (score.n_named * 100, >=, N_INJECTIONS * 95);
  g_assert_cmpuint (score.n_frames * 100, >=, N_INJECTIONS * 95);
  g_assert_cmpuint (score.n_calls * 100, >=, N_INJECTIONS * 90);
  g_assert_cmpuint ((score.n_in_time + score.n_unfair) * 100, >=, N_INJECTIONS * PERCENT_IN_TIME);
}

static void
test_kept_across_crash (void)
{
  g_autofree char *folder = g_dir_make_tmp ("thaw-stall-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "deeper", "stalls.txt", NULL);
  g_autofree char *text = NULL;
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  const char *argv[] = { self, "--crash", path, NULL };
  int status;

  for (guint i = 0; i < 2; i++)
    {
      g_assert_true (g_spawn_sync (NULL,
                                   (char **) argv,
                                   NULL,
                                   G_SPAWN_DEFAULT,
                                   NULL,
                                   NULL,
                                   NULL,
                                   NULL,
                                   &status,
                                   NULL));
      g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
    }

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "next report in block 03"));
  g_assert_nonnull (strstr (text, "culprit: handle_red of mailbox \"red\""));
  g_assert_nonnull (strstr (text, "not over after "));
  g_assert_nonnull (strstr (text, "handle_red+0x"));
  g_unlink (path);
  g_rmdir (parent);
  g_rmdir (folder);
}

static void *
die_once_reported (void *monitor)
{
  while (thaw_monitor_get_n_stalls (monitor) == 0)
    g_usleep (1000);
  thaw_stall_file_flush (g_get_monotonic_time () + TEST_PATIENCE_USEC);
  kill (getpid (), SIGKILL);
  return NULL;
}

/* Is killed in the middle of its first stall. */
G_NORETURN static void
crash (const char *path)
{
  ThawMonitor *monitor;
  pthread_t thread;
  World world;

  thaw_monitor_set_report_file (path);
  monitor = thaw_monitor_start (NULL);
  world_init (&world);
  next_kind = STALL_SLEEP;
  plant_red (&world);
  pthread_create (&thread, NULL, die_once_reported, monitor);
  for (;;)
    g_main_context_iteration (NULL, TRUE);
}

static guint64
count_switches (const char *thread_name)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *comm = g_strdup_printf ("/proc/self/task/%s/comm", name);
      g_autofree char *status = g_strdup_printf ("/proc/self/task/%s/status", name);
      g_autofree char *text = NULL, *state = NULL;
      const char *line;

      if (!g_file_get_contents (comm, &text, NULL, NULL) || !g_str_has_prefix (text, thread_name)
          || !g_file_get_contents (status, &state, NULL, NULL))
        continue;
      line = strstr (state, "\nvoluntary_ctxt_switches:");
      return g_ascii_strtoull (strchr (line + 1, ':') + 2, NULL, 10);
    }
  g_assert_not_reached ();
}

static gboolean
set_flag (gpointer flag)
{
  *(gboolean *) flag = TRUE;
  return G_SOURCE_REMOVE;
}

/* A loop that sleeps is left alone: nobody wakes up. */
static void
test_sleeps_with_loop (void)
{
  ThawMonitor *monitor = thaw_monitor_start (NULL);
  guint64 before;
  gboolean done = FALSE;

  /* Long enough for the look that is still due to find the loop asleep. */
  g_timeout_add (200, set_flag, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  done = FALSE;
  before = count_switches ("thaw-monitor");
  g_timeout_add (1000, set_flag, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  /* One for having been woken by the first of the two turns, and one to find it asleep again. */
  g_assert_cmpuint (count_switches ("thaw-monitor") - before, <=, 4);
  thaw_monitor_stop (monitor);
}

static void
take_stall (gpointer message, gpointer user_data)
{
  g_ptr_array_add (user_data, message);
}

static void
test_told (void)
{
  g_autoptr (GPtrArray) told = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_stall_free);
  ThawMonitor *monitor = thaw_monitor_start (NULL);
  g_autoptr (ThawMailbox) mailbox = thaw_mailbox_new ("told",
                                                      NULL,
                                                      NULL,
                                                      8,
                                                      take_stall,
                                                      told,
                                                      (GDestroyNotify) thaw_stall_free);
  ThawStall *stall;
  World world;

  world_init (&world);
  thaw_monitor_tell (monitor, mailbox);
  next_kind = STALL_SLEEP;
  plant_green (&world);
  run_until (told->len > 0 && ((ThawStall *) g_ptr_array_index (told, told->len - 1))->is_over);
  stall = g_ptr_array_index (told, told->len - 1);
  g_assert_cmpstr (stall->mailbox, ==, "green");
  g_assert_cmpint (stall->length_usec, >=, STALL_USEC - 10000);
  thaw_mailbox_close (mailbox);
  world_clear (&world);
  thaw_monitor_stop (monitor);
}

/* A fiber that has been put aside and a loop that runs inside of a handler. */
static void
test_nested_loop (void)
{
  ThawMonitor *monitor = thaw_monitor_start (NULL);
  gboolean done = FALSE;

  g_timeout_add (300, set_flag, &done);
  while (!done)
    {
      g_main_context_iteration (NULL, TRUE);
      g_assert_cmpuint (thaw_monitor_get_n_stalls (monitor), ==, 0);
    }
  thaw_monitor_stop (monitor);
}

static gpointer
run_short_loop (gpointer unused)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  ThawMonitor *monitor;

  g_main_context_push_thread_default (context);
  monitor = thaw_monitor_start (context);
  for (guint i = 0; i < 10; i++)
    g_main_context_iteration (context, FALSE);
  thaw_monitor_stop (monitor);
  g_main_context_pop_thread_default (context);
  return NULL;
}

static void
test_many_loops (void)
{
  GThread *threads[4];

  for (guint round = 0; round < 20; round++)
    {
      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        threads[i] = g_thread_new ("loop", run_short_loop, NULL);
      for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
        g_thread_join (threads[i]);
    }
}

static void
test_spans (void)
{
  ThawMonitor *monitor = thaw_monitor_start (NULL);
  g_autofree ThawSpan *spans = g_new (ThawSpan, THAW_SPANS_KEPT);
  gboolean done = FALSE;
  guint n;

  for (guint i = 1; i <= THAW_SPANS_KEPT + 10; i++)
    thaw_monitor_note_frame (i * 10, i * 10 + 5);
  n = thaw_monitor_copy_frames (monitor, 0, spans, THAW_SPANS_KEPT);
  g_assert_cmpuint (n, ==, THAW_SPANS_KEPT - 1);
  g_assert_cmpint (spans[n - 1].end_usec, ==, (THAW_SPANS_KEPT + 10) * 10 + 5);
  g_assert_cmpuint (thaw_monitor_copy_frames (monitor, 20475, spans, 100), ==, 11);

  thaw_monitor_set_metering (monitor, TRUE);
  g_timeout_add (1, set_flag, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  g_main_context_iteration (NULL, FALSE);
  g_main_context_iteration (NULL, FALSE);
  n = thaw_monitor_copy_turns (monitor, 0, spans, THAW_SPANS_KEPT);
  g_assert_cmpuint (n, >=, 1);
  g_assert_cmpint (spans[0].begin_usec, <=, spans[0].end_usec);
  thaw_monitor_set_metering (monitor, FALSE);
  thaw_monitor_stop (monitor);
}

int
main (int argc, char **argv)
{
  if (argc == 3 && g_str_equal (argv[1], "--crash"))
    crash (argv[2]);
  g_test_init (&argc, &argv, NULL);
  thaw_monitor_set_report_file (NULL);
  g_test_add_func ("/stall/injected", test_injected);
  g_test_add_func ("/stall/kept-across-crash", test_kept_across_crash);
  g_test_add_func ("/stall/sleeps-with-loop", test_sleeps_with_loop);
  g_test_add_func ("/stall/told", test_told);
  g_test_add_func ("/stall/no-false-alarm", test_nested_loop);
  g_test_add_func ("/stall/many-loops", test_many_loops);
  g_test_add_func ("/stall/spans", test_spans);
  return g_test_run ();
}
