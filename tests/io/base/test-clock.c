/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clock and its timers, real and virtual: order, jumps, who keeps the clock from jumping, and
 * that a seed decides everything that chance decides. */

#include "thaw-clock-private.h"

#define N_TIMERS 2000
#define HOUR_USEC (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

typedef struct {
  ThawTimer timer;
  ThawTimers *timers;
  guint index;
  gboolean is_dead;
  GArray *fired;
} Probe;

static void
probe_fire (ThawTimer *timer, gboolean dead)
{
  Probe *probe = (Probe *) timer;

  probe->is_dead = dead;
  g_array_append_val (probe->fired, probe->index);
}

static Probe *
probe_array (guint n, ThawTimers *timers, GArray *fired)
{
  Probe *probes = g_new0 (Probe, n);

  for (guint i = 0; i < n; i++)
    probes[i] = (Probe){ .timer.fire = probe_fire, .timers = timers, .index = i, .fired = fired };
  return probes;
}

static void
test_random_timers (void)
{
  g_autoptr (ThawVirtualTime) virtual_time = thaw_virtual_time_new (0);
  ThawTimers *timers = thaw_timers_get (g_main_context_default ());
  g_autoptr (GArray) fired = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autofree Probe *probes = probe_array (N_TIMERS, timers, fired);
  gint64 start = thaw_clock_get_usec ();
  guint n_disarmed = 0;

  for (guint i = 0; i < N_TIMERS; i++)
    thaw_timer_arm (timers, &probes[i].timer, start + g_test_rand_int_range (0, 500));
  for (guint i = 0; i < N_TIMERS; i += 3)
    if (g_test_rand_bit ())
      {
        thaw_timer_disarm (timers, &probes[i].timer);
        n_disarmed++;
      }
    else
      thaw_timer_arm (timers, &probes[i].timer, start + g_test_rand_int_range (0, 500));
  thaw_virtual_time_run (virtual_time, -1);

  g_assert_cmpuint (fired->len, ==, N_TIMERS - n_disarmed);
  for (guint i = 1; i < fired->len; i++)
    {
      Probe *a = &probes[g_array_index (fired, guint, i - 1)];
      Probe *b = &probes[g_array_index (fired, guint, i)];

      g_assert_true (
          a->timer.due_usec < b->timer.due_usec
          || (a->timer.due_usec == b->timer.due_usec && a->timer.order < b->timer.order));
    }
  g_assert_cmpuint (thaw_timers_get_n_armed (timers), ==, 0);
}

static void
test_jump_is_quick (void)
{
  g_autoptr (ThawVirtualTime) virtual_time = thaw_virtual_time_new (0);
  ThawTimers *timers = thaw_timers_get (g_main_context_default ());
  g_autoptr (GArray) fired = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autofree Probe *probes = probe_array (3, timers, fired);
  gint64 real = g_get_monotonic_time (), start = thaw_clock_get_usec ();

  g_assert_cmpint (start, ==, thaw_clock_get_usec ());
  thaw_timer_arm (timers, &probes[0].timer, start + HOUR_USEC);
  thaw_timer_arm (timers, &probes[1].timer, start + 600 * G_USEC_PER_SEC);
  thaw_timer_arm (timers, &probes[2].timer, start - 5);
  thaw_virtual_time_run (virtual_time, start + 1000 * G_USEC_PER_SEC);
  g_assert_cmpuint (fired->len, ==, 2);
  g_assert_cmpuint (g_array_index (fired, guint, 0), ==, 2);
  g_assert_cmpuint (g_array_index (fired, guint, 1), ==, 1);
  g_assert_cmpint (thaw_clock_get_usec (), ==, start + 1000 * G_USEC_PER_SEC);
  thaw_virtual_time_run (virtual_time, -1);
  g_assert_cmpuint (fired->len, ==, 3);
  g_assert_cmpint (thaw_clock_get_usec (), ==, start + HOUR_USEC);
  g_assert_cmpint (g_get_monotonic_time () - real, <, 10 * G_USEC_PER_SEC);
}

static guint64
digest_of (guint64 seed, GArray *fired)
{
  g_autoptr (ThawVirtualTime) virtual_time = thaw_virtual_time_new (seed);
  ThawTimers *timers = thaw_timers_get (g_main_context_default ());
  g_autofree Probe *probes = probe_array (50, timers, fired);

  for (guint i = 0; i < 50; i++)
    thaw_timer_arm (timers, &probes[i].timer, thaw_clock_get_usec () + 7);
  thaw_virtual_time_run (virtual_time, -1);
  for (guint i = 0; i < fired->len; i++)
    thaw_virtual_time_note (virtual_time, g_array_index (fired, guint, i));
  thaw_virtual_time_note (virtual_time, thaw_clock_random ());
  return thaw_virtual_time_get_digest (virtual_time);
}

static void
test_seed_decides (void)
{
  g_autoptr (GArray) a = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) b = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) c = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) plain = g_array_new (FALSE, FALSE, sizeof (guint));

  g_assert_cmpuint (digest_of (5, a), ==, digest_of (5, b));
  g_assert_cmpuint (digest_of (6, c), !=, digest_of (5, plain));
  g_array_set_size (plain, 0);
  digest_of (0, plain);
  g_assert_cmpint (memcmp (a->data, b->data, 50 * sizeof (guint)), ==, 0);
  g_assert_cmpint (memcmp (a->data, c->data, 50 * sizeof (guint)), !=, 0);
  for (guint i = 0; i < 50; i++)
    g_assert_cmpuint (g_array_index (plain, guint, i), ==, i);
}

typedef struct {
  ThawVirtualTime *held;
  gint is_done;
} Holder;

static gpointer
hold_for_a_while (gpointer data)
{
  Holder *holder = data;

  g_usleep (20000);
  __atomic_store_n (&holder->is_done, TRUE, __ATOMIC_SEQ_CST);
  thaw_clock_release (holder->held);
  return NULL;
}

static gboolean
has_fired (gpointer fired)
{
  return ((GArray *) fired)->len > 0;
}

static void
test_hold (void)
{
  g_autoptr (ThawVirtualTime) virtual_time = thaw_virtual_time_new (0);
  ThawTimers *timers = thaw_timers_get (g_main_context_default ());
  g_autoptr (GArray) fired = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autofree Probe *probe = probe_array (1, timers, fired);
  Holder holder = { thaw_clock_hold () };
  GThread *thread;

  thaw_timer_arm (timers, &probe->timer, thaw_clock_get_usec () + G_USEC_PER_SEC);
  thread = g_thread_new ("holder", hold_for_a_while, &holder);
  g_assert_true (thaw_virtual_time_run_until (virtual_time, has_fired, fired));
  g_assert_true (__atomic_load_n (&holder.is_done, __ATOMIC_SEQ_CST));
  g_thread_join (thread);
}

static void
test_deadlock_is_told (void)
{
  g_autoptr (ThawVirtualTime) virtual_time = thaw_virtual_time_new (0);
  g_autoptr (GArray) fired = g_array_new (FALSE, FALSE, sizeof (guint));

  g_assert_false (thaw_virtual_time_run_until (virtual_time, has_fired, fired));
}

static gpointer
read_clock (gpointer unused)
{
  return GINT_TO_POINTER (ABS (thaw_clock_get_usec () - g_get_monotonic_time ()) < G_USEC_PER_SEC);
}

static void
test_other_threads_are_real (void)
{
  g_autoptr (ThawVirtualTime) virtual_time = thaw_virtual_time_new (0);
  GThread *thread = g_thread_new ("other", read_clock, NULL);

  g_assert_true (GPOINTER_TO_INT (g_thread_join (thread)));
  g_assert_false (GPOINTER_TO_INT (read_clock (NULL)));
}

static void
test_real_time (void)
{
  ThawTimers *timers = thaw_timers_get (g_main_context_default ());
  g_autoptr (GArray) fired = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autofree Probe *probes = probe_array (3, timers, fired);
  gint64 start = thaw_clock_get_usec ();

  g_assert_null (thaw_clock_hold ());
  thaw_timer_arm (timers, &probes[0].timer, start + 30000);
  thaw_timer_arm (timers, &probes[1].timer, start + 10000);
  thaw_timer_arm (timers, &probes[2].timer, start + 20000);
  thaw_timer_disarm (timers, &probes[2].timer);
  while (fired->len < 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (g_array_index (fired, guint, 0), ==, 1);
  g_assert_cmpint (thaw_clock_get_usec (), >=, start + 30000);
}

/* Timers of a context that goes are told, and so are those that come after. */
static void
test_context_goes (void)
{
  g_autoptr (GArray) fired = g_array_new (FALSE, FALSE, sizeof (guint));
  GMainContext *context = g_main_context_new ();
  g_autoptr (ThawTimers) timers = thaw_timers_ref (thaw_timers_get (context));
  g_autofree Probe *probes = probe_array (2, timers, fired);

  thaw_timer_arm (timers, &probes[0].timer, thaw_clock_get_usec () + G_USEC_PER_SEC);
  g_main_context_unref (context);
  g_assert_cmpuint (fired->len, ==, 1);
  thaw_timer_arm (timers, &probes[1].timer, 0);
  g_assert_cmpuint (fired->len, ==, 2);
  g_assert_true (probes[0].is_dead && probes[1].is_dead);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clock/random-timers", test_random_timers);
  g_test_add_func ("/clock/jump-is-quick", test_jump_is_quick);
  g_test_add_func ("/clock/seed-decides", test_seed_decides);
  g_test_add_func ("/clock/hold", test_hold);
  g_test_add_func ("/clock/deadlock-is-told", test_deadlock_is_told);
  g_test_add_func ("/clock/other-threads-are-real", test_other_threads_are_real);
  g_test_add_func ("/clock/real-time", test_real_time);
  g_test_add_func ("/clock/context-goes", test_context_goes);
  return g_test_run ();
}
