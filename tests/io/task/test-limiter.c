/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The limiter and the rate: who goes when, that nobody starves, that every permit comes back
 * whatever ends its holder, and that bytes flow at the rate. */

#include "virtual-test.h"

#include "thaw-limiter-private.h"
#include "thaw-rate.h"
#include "thaw-timing.h"

static GString *order;

static void
note_cb (ThawFuture *completed, gpointer user_data)
{
  g_string_append_c (order, GPOINTER_TO_INT (user_data));
}

static ThawFuture *
acquire_noted (ThawLimiter *limiter, ThawPriority priority, char letter)
{
  ThawFuture *future = thaw_limiter_acquire (limiter, NULL, priority);

  thaw_future_done (future, NULL, note_cb, GINT_TO_POINTER (letter), NULL);
  return future;
}

static void
assert_limiter (ThawLimiter *limiter, guint n_out, guint n_waiting)
{
  ThawLimiterStats stats;

  thaw_limiter_get_stats (limiter, &stats);
  g_assert_cmpuint (stats.n_out, ==, n_out);
  g_assert_cmpuint (stats.n_waiting, ==, n_waiting);
}

static void
test_fifo_and_classes (void)
{
  g_autoptr (ThawLimiter) limiter = thaw_limiter_new ("test", 1);
  g_autoptr (ThawPermit) first = thaw_limiter_try_acquire (limiter);
  ThawFuture *futures[4];

  virtual_begin (0);
  order = g_string_new (NULL);
  g_assert_nonnull (first);
  g_assert_null (thaw_limiter_try_acquire (limiter));
  futures[0] = acquire_noted (limiter, THAW_PRIORITY_LOW, 'l');
  futures[1] = acquire_noted (limiter, THAW_PRIORITY_DEFAULT, 'd');
  futures[2] = acquire_noted (limiter, THAW_PRIORITY_DEFAULT, 'e');
  futures[3] = acquire_noted (limiter, THAW_PRIORITY_HIGH, 'h');
  assert_limiter (limiter, 1, 4);
  g_clear_pointer (&first, thaw_permit_free);
  for (guint i = 0; i < 4; i++)
    {
      static const guint turns[] = { 3, 1, 2, 0 };

      virtual_run (-1);
      /* Not taken: freeing the future gives the permit back. */
      thaw_future_unref (futures[turns[i]]);
    }
  g_assert_cmpstr (order->str, ==, "hdel");
  assert_limiter (limiter, 0, 0);
  g_string_free (order, TRUE);
  virtual_end ();
}

/* The lowest class goes at the latest after THAW_LIMITER_AGEING others, under a flood of higher
 * ones. */
static void
test_nobody_starves (void)
{
  g_autoptr (ThawLimiter) limiter = thaw_limiter_new ("test", 1);
  ThawPermit *permit = thaw_limiter_try_acquire (limiter);
  GQueue high = G_QUEUE_INIT;
  g_autoptr (ThawFuture) low = thaw_limiter_acquire (limiter, NULL, THAW_PRIORITY_LOW);
  g_autoptr (ThawFuture) middle = thaw_limiter_acquire (limiter, NULL, THAW_PRIORITY_DEFAULT);
  guint n = 0, middle_at = 0, low_at = 0;
  ThawLimiterStats stats;

  while (low_at == 0 || middle_at == 0)
    {
      ThawFuture *head;

      while (high.length < 3)
        g_queue_push_tail (&high, thaw_limiter_acquire (limiter, NULL, THAW_PRIORITY_HIGH));
      thaw_permit_free (permit);
      n++;
      head = high.head->data;
      if (low_at == 0 && thaw_future_get_state (low) == THAW_FUTURE_RESOLVED)
        permit = thaw_future_take_pointer (low, NULL), low_at = n;
      else if (middle_at == 0 && thaw_future_get_state (middle) == THAW_FUTURE_RESOLVED)
        permit = thaw_future_take_pointer (middle, NULL), middle_at = n;
      else
        {
          permit = thaw_future_take_pointer (head, NULL);
          thaw_future_unref (g_queue_pop_head (&high));
        }
      g_assert_nonnull (permit);
      g_assert_cmpuint (n, <, 100);
    }
  g_assert_cmpuint (low_at, <=, THAW_LIMITER_AGEING + 1);
  g_assert_cmpuint (middle_at, <=, THAW_LIMITER_AGEING + 2);
  thaw_limiter_get_stats (limiter, &stats);
  g_assert_cmpuint (stats.n_aged, ==, 2);
  g_assert_cmpuint (stats.max_out, ==, 1);
  g_queue_clear_full (&high, (GDestroyNotify) thaw_future_unref);
  thaw_permit_free (permit);
  assert_limiter (limiter, 0, 0);
}

static void
test_cancel (void)
{
  g_autoptr (ThawLimiter) limiter = thaw_limiter_new ("test", 1);
  g_autoptr (ThawFuture) first = thaw_limiter_acquire (limiter, NULL, THAW_PRIORITY_DEFAULT);
  g_autoptr (ThawFuture) second = thaw_limiter_acquire (limiter, NULL, THAW_PRIORITY_DEFAULT);
  g_autoptr (ThawFuture) third = thaw_limiter_acquire (limiter, NULL, THAW_PRIORITY_DEFAULT);

  thaw_future_cancel (second);
  assert_cancelled (second);
  assert_limiter (limiter, 1, 1);
  thaw_future_cancel (first); /* Complete: nothing happens. */
  thaw_permit_free (thaw_future_take_pointer (first, NULL));
  g_assert_cmpint (thaw_future_get_state (third), ==, THAW_FUTURE_RESOLVED);
  g_clear_pointer (&third, thaw_future_unref);
  assert_limiter (limiter, 0, 0);
}

static void
test_scope_ends (void)
{
  g_autoptr (ThawLimiter) limiter = thaw_limiter_new ("test", 2);
  g_autoptr (ThawScope) scope = NULL;
  g_autoptr (ThawFuture) out = NULL, kept = NULL, waiting = NULL, late = NULL;
  g_autoptr (ThawPermit) permit = NULL;

  virtual_begin (0);
  scope = thaw_scope_new ("test", NULL);
  out = thaw_limiter_acquire (limiter, scope, THAW_PRIORITY_DEFAULT);
  permit = thaw_future_take_pointer (out, NULL);
  kept = thaw_limiter_acquire (limiter, scope, THAW_PRIORITY_DEFAULT);
  waiting = thaw_limiter_acquire (limiter, scope, THAW_PRIORITY_DEFAULT);
  assert_limiter (limiter, 2, 1);
  thaw_scope_cancel (scope);
  assert_cancelled (waiting);
  assert_limiter (limiter, 0, 0);
  late = thaw_limiter_acquire (limiter, scope, THAW_PRIORITY_DEFAULT);
  assert_cancelled (late);
  g_clear_pointer (&permit, thaw_permit_free);
  g_clear_pointer (&kept, thaw_future_unref);
  assert_limiter (limiter, 0, 0);
  g_clear_pointer (&scope, thaw_scope_unref);
  virtual_end ();
}

static void
test_limit_changes (void)
{
  g_autoptr (ThawLimiter) limiter = thaw_limiter_new ("test", 1);
  g_autoptr (ThawPermit) permit = thaw_limiter_try_acquire (limiter);
  g_autoptr (ThawFuture) a = thaw_limiter_acquire (limiter, NULL, THAW_PRIORITY_DEFAULT);
  g_autoptr (ThawFuture) b = thaw_limiter_acquire (limiter, NULL, THAW_PRIORITY_DEFAULT);

  thaw_limiter_set_limit (limiter, 3);
  assert_limiter (limiter, 3, 0);
  thaw_limiter_set_limit (limiter, 1);
  g_assert_cmpuint (thaw_limiter_get_limit (limiter), ==, 1);
  g_clear_pointer (&a, thaw_future_unref);
  g_assert_null (thaw_limiter_try_acquire (limiter));
  g_clear_pointer (&b, thaw_future_unref);
  g_clear_pointer (&permit, thaw_permit_free);
  permit = thaw_limiter_try_acquire (limiter);
  g_assert_nonnull (permit);
}

typedef struct {
  ThawLimiter *limiter;
  guint n_running, max_running, n_done, n_cancelled;
} Fibers;

static ThawFuture *
limited_fiber (gpointer user_data)
{
  Fibers *fibers = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawPermit) permit
      = thaw_await_pointer (thaw_limiter_acquire (fibers->limiter, NULL, THAW_PRIORITY_DEFAULT),
                            &error);

  if (!permit)
    {
      fibers->n_cancelled++;
      return thaw_future_new_rejected (g_steal_pointer (&error));
    }
  fibers->n_running++;
  fibers->max_running = MAX (fibers->max_running, fibers->n_running);
  if (thaw_await (thaw_delay (1000), &error))
    fibers->n_done++;
  else
    fibers->n_cancelled++;
  fibers->n_running--;
  return thaw_future_new_resolved ();
}

static void
test_fibers (void)
{
  Fibers fibers = { thaw_limiter_new ("test", 4) };
  ThawScope *scope;

  virtual_begin (0);
  scope = thaw_scope_new ("test", NULL);
  for (guint i = 0; i < 40; i++)
    thaw_future_disown (thaw_scope_spawn (scope, "limited", limited_fiber, &fibers, NULL));
  virtual_run (thaw_clock_get_usec () + 4500);
  g_assert_cmpuint (fibers.n_done, ==, 16);
  g_assert_cmpuint (fibers.max_running, ==, 4);
  thaw_scope_cancel (scope);
  g_assert_cmpuint (fibers.n_cancelled, ==, 24);
  assert_limiter (fibers.limiter, 0, 0);
  thaw_scope_unref (scope);
  thaw_limiter_unref (fibers.limiter);
  virtual_end ();
}

static ThawFuture *
limited_work (gpointer user_data)
{
  return thaw_delay (GPOINTER_TO_INT (user_data));
}

static void
test_run (void)
{
  g_autoptr (ThawLimiter) limiter = thaw_limiter_new ("test", 2);
  ThawFuture *futures[6];
  ThawScope *scope;
  gint64 start;

  virtual_begin (0);
  start = thaw_clock_get_usec ();
  scope = thaw_scope_new ("test", NULL);
  for (guint i = 0; i < 6; i++)
    futures[i] = thaw_limiter_run (limiter,
                                   scope,
                                   THAW_PRIORITY_DEFAULT,
                                   limited_work,
                                   GINT_TO_POINTER (1000),
                                   NULL);
  thaw_future_cancel (futures[5]); /* while it waits */
  virtual_run (start + 500);
  assert_limiter (limiter, 2, 3);
  thaw_future_cancel (futures[0]); /* in the work: the next one starts at 500 */
  virtual_run (start + 600);
  assert_limiter (limiter, 2, 2);
  virtual_run (start + 2200);
  thaw_future_cancel (futures[1]); /* afterwards */
  g_assert_cmpint (thaw_future_get_state (futures[1]), ==, THAW_FUTURE_RESOLVED);
  g_assert_cmpint (thaw_future_get_state (futures[3]), ==, THAW_FUTURE_RESOLVED);
  assert_limiter (limiter, 1, 0);
  thaw_scope_cancel (scope);
  assert_limiter (limiter, 0, 0);
  assert_cancelled (futures[0]);
  assert_cancelled (futures[4]);
  assert_cancelled (futures[5]);
  for (guint i = 0; i < 6; i++)
    thaw_future_unref (futures[i]);
  thaw_scope_unref (scope);
  virtual_end ();
}

static void
test_registry (void)
{
  g_autoptr (ThawLimiter) a = thaw_limiter_for_host ("Example.org");
  g_autoptr (ThawLimiter) b = thaw_limiter_for_host ("example.ORG");
  g_autoptr (ThawLimiter) c = thaw_limiter_for_host ("example.org:8080");
  g_autoptr (ThawLimiter) d = thaw_limiter_for_name ("thumbnails", 3);
  g_autoptr (ThawLimiter) e = thaw_limiter_for_path ("/");
  g_autoptr (ThawLimiter) f = thaw_limiter_for_path ("/");
  g_autoptr (ThawPermit) permit = NULL;

  g_assert_true (a == b && a != c && e == f);
  g_assert_cmpuint (thaw_limiter_get_limit (d), ==, 3);
  g_assert_cmpuint (thaw_limiter_get_limit (a), ==, THAW_LIMITER_HOST_LIMIT);
  g_assert_cmpuint (thaw_limiter_get_n_registered (), ==, 4);
  permit = thaw_limiter_try_acquire (d);
  g_clear_pointer (&d, thaw_limiter_unref);
  d = thaw_limiter_for_name ("thumbnails", 99);
  g_assert_cmpuint (thaw_limiter_get_limit (d), ==, 3); /* its permit has kept it */
  g_clear_pointer (&d, thaw_limiter_unref);
  g_clear_pointer (&permit, thaw_permit_free);
  g_clear_pointer (&a, thaw_limiter_unref);
  g_clear_pointer (&b, thaw_limiter_unref);
  g_assert_cmpuint (thaw_limiter_get_n_registered (), ==, 2);
}

typedef struct {
  ThawLimiter *limiter;
  gint n_out, too_many;
} Storm;

static void
note_permit (Storm *storm, ThawPermit *permit)
{
  if (__atomic_add_fetch (&storm->n_out, 1, __ATOMIC_RELAXED) > 3)
    __atomic_store_n (&storm->too_many, TRUE, __ATOMIC_RELAXED);
  g_thread_yield ();
  __atomic_sub_fetch (&storm->n_out, 1, __ATOMIC_RELAXED);
  thaw_permit_free (permit);
}

/* Acquires, cancels and gives back on several threads at once. */
static gpointer
storm_thread (gpointer data)
{
  Storm *storm = data;

  for (guint i = 0; i < 2000; i++)
    {
      g_autoptr (ThawLimiter) named = thaw_limiter_for_name ("storm", 3);
      g_autoptr (ThawFuture) future = thaw_limiter_acquire (storm->limiter, NULL, i % 3);

      g_assert_true (named == storm->limiter || named != NULL);
      if (i % 3 == 0)
        thaw_future_cancel (future);
      for (guint spin = 0; spin < 100 && thaw_future_get_state (future) == THAW_FUTURE_PENDING;
           spin++)
        g_thread_yield ();
      thaw_future_cancel (future);
      if (thaw_future_get_state (future) == THAW_FUTURE_RESOLVED)
        note_permit (storm, thaw_future_take_pointer (future, NULL));
    }
  return NULL;
}

static void
test_threads (void)
{
  Storm storm = { thaw_limiter_for_name ("storm", 3) };
  GThread *threads[3];

  for (guint i = 0; i < 3; i++)
    threads[i] = g_thread_new ("storm", storm_thread, &storm);
  for (guint i = 0; i < 3; i++)
    g_thread_join (threads[i]);
  g_assert_false (storm.too_many);
  assert_limiter (storm.limiter, 0, 0);
  thaw_limiter_unref (storm.limiter);
  g_assert_cmpuint (thaw_limiter_get_n_registered (), ==, 0);
}

static void
test_rate (void)
{
  g_autoptr (ThawRate) rate = NULL;
  ThawFuture *futures[10];
  gint64 start;

  virtual_begin (0);
  start = thaw_clock_get_usec ();
  rate = thaw_rate_new (1000, 1000);
  for (guint i = 0; i < 10; i++)
    futures[i] = thaw_rate_take (rate, 1000);
  g_assert_cmpint (thaw_future_get_state (futures[0]), ==, THAW_FUTURE_RESOLVED);
  virtual_run (start + 2500000);
  g_assert_cmpint (thaw_future_get_state (futures[2]), ==, THAW_FUTURE_RESOLVED);
  g_assert_cmpint (thaw_future_get_state (futures[4]), ==, THAW_FUTURE_PENDING);
  thaw_future_cancel (futures[4]);
  thaw_future_cancel (futures[5]);
  virtual_run (-1);
  /* 10,000 bytes at 1,000 a second, of which the burst is free and 2,000 were cancelled; a byte's
   * time after each debt. */
  g_assert_cmpint (thaw_clock_get_usec () - start, >=, 6 * G_USEC_PER_SEC);
  g_assert_cmpint (thaw_clock_get_usec () - start, <, 6.02 * G_USEC_PER_SEC);
  for (guint i = 0; i < 10; i++)
    thaw_future_unref (futures[i]);
  virtual_end ();
}

static void
test_rate_changes (void)
{
  g_autoptr (ThawRate) rate = NULL;
  g_autoptr (ThawFuture) large = NULL, next = NULL;
  gint64 start;

  virtual_begin (0);
  start = thaw_clock_get_usec ();
  rate = thaw_rate_new (1000, 10);
  large = thaw_rate_take (rate, 3600 * 1000);
  g_assert_cmpint (thaw_future_get_state (large), ==, THAW_FUTURE_RESOLVED);
  next = thaw_rate_take (rate, 1);
  virtual_run (start + 1800 * G_USEC_PER_SEC);
  thaw_rate_set_bytes_per_sec (rate, 100000);
  g_assert_cmpint (thaw_rate_get_bytes_per_sec (rate), ==, 100000);
  virtual_run (start + 1830 * G_USEC_PER_SEC);
  g_assert_cmpint (thaw_future_get_state (next), ==, THAW_FUTURE_RESOLVED);
  g_clear_pointer (&next, thaw_future_unref);
  thaw_future_unref (thaw_rate_take (rate, 100 * 1000 * 1000));
  next = thaw_rate_take (rate, 1);
  thaw_rate_set_bytes_per_sec (rate, 0);
  g_assert_cmpint (thaw_future_get_state (next), ==, THAW_FUTURE_RESOLVED);
  virtual_end ();
}

typedef struct {
  ThawRate *rate;
  guint n_chunks;
} Copy;

static gboolean
copy_job (ThawJob *job, gpointer user_data, GError **error)
{
  Copy *copy = user_data;
  gint64 start = thaw_clock_get_usec ();

  for (guint i = 0; i < copy->n_chunks; i++)
    if (!thaw_rate_wait (copy->rate, job, 1000, error))
      return FALSE;
  thaw_job_return_int64 (job, thaw_clock_get_usec () - start);
  return TRUE;
}

/* Workers that wait don't keep virtual time from jumping; minutes pass in no time. */
static void
test_rate_in_jobs (void)
{
  Copy copy = { NULL, 60 };
  g_autoptr (ThawFuture) a = NULL, b = NULL, c = NULL;
  gint64 start, real = g_get_monotonic_time (), elapsed;
  ThawScope *scope;

  virtual_begin (0);
  start = thaw_clock_get_usec ();
  copy.rate = thaw_rate_new (1000, 1000);
  scope = thaw_scope_new ("test", NULL);
  a = thaw_scope_compute (scope, "copy", THAW_PRIORITY_DEFAULT, copy_job, &copy, NULL);
  b = thaw_scope_compute (scope, "copy", THAW_PRIORITY_DEFAULT, copy_job, &copy, NULL);
  c = thaw_rate_take (copy.rate, 1000);
  virtual_run (-1);
  elapsed = thaw_clock_get_usec () - start;
  g_assert_cmpint (elapsed, >=, 119 * G_USEC_PER_SEC);
  g_assert_cmpint (elapsed, <=, 122 * G_USEC_PER_SEC);
  g_assert_cmpint (thaw_future_get_int64 (a, NULL), >, 100 * G_USEC_PER_SEC);
  g_assert_cmpint (thaw_future_get_int64 (b, NULL), >, 100 * G_USEC_PER_SEC);
  g_assert_cmpint (g_get_monotonic_time () - real, <, 20 * G_USEC_PER_SEC);
  thaw_scope_unref (scope);
  thaw_rate_unref (copy.rate);
  virtual_end ();
}

static void
check_rate_job_cancel (gboolean is_virtual)
{
  Copy copy = { NULL, 60 };
  g_autoptr (ThawFuture) a = NULL, join = NULL;
  gint64 real = g_get_monotonic_time ();
  ThawScope *scope;

  if (is_virtual)
    virtual_begin (0);
  copy.rate = thaw_rate_new (is_virtual ? 1000 : 10, 1);
  scope = thaw_scope_new ("test", NULL);
  a = thaw_scope_compute (scope, "copy", THAW_PRIORITY_DEFAULT, copy_job, &copy, NULL);
  if (is_virtual)
    virtual_run (thaw_clock_get_usec () + 10 * G_USEC_PER_SEC);
  else
    {
      g_autoptr (ThawFuture) pause = thaw_delay (30000);

      run_until_complete (pause);
    }
  thaw_future_cancel (a);
  join = thaw_scope_join (scope);
  run_until_complete (join);
  assert_cancelled (a);
  g_assert_cmpint (g_get_monotonic_time () - real, <, 20 * G_USEC_PER_SEC);
  thaw_scope_unref (scope);
  thaw_rate_unref (copy.rate);
  if (is_virtual)
    virtual_end ();
}

static void
test_rate_job_cancel (void)
{
  check_rate_job_cancel (TRUE);
  check_rate_job_cancel (FALSE);
}

/* Real time and other threads: two workers and a loop share a rate. */
static void
test_rate_real (void)
{
  Copy copy = { thaw_rate_new (2000000, 1000), 50 };
  g_autoptr (ThawFuture) a = NULL, b = NULL, join = NULL;
  ThawScope *scope = thaw_scope_new ("test", NULL);
  gint64 start = g_get_monotonic_time ();

  a = thaw_scope_compute (scope, "copy", THAW_PRIORITY_DEFAULT, copy_job, &copy, NULL);
  b = thaw_scope_compute (scope, "copy", THAW_PRIORITY_DEFAULT, copy_job, &copy, NULL);
  for (guint i = 0; i < 50; i++)
    {
      g_autoptr (ThawFuture) future = thaw_rate_take (copy.rate, 1000);

      if (i % 5 == 0)
        thaw_future_cancel (future);
      else
        run_until_complete (future);
    }
  join = thaw_scope_join (scope);
  run_until_complete (join);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 60000);
  g_assert_null (thaw_future_get_error (a));
  g_assert_null (thaw_future_get_error (b));
  thaw_scope_unref (scope);
  thaw_rate_unref (copy.rate);
  assert_nothing_left ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/limiter/fifo-and-classes", test_fifo_and_classes);
  g_test_add_func ("/limiter/nobody-starves", test_nobody_starves);
  g_test_add_func ("/limiter/cancel", test_cancel);
  g_test_add_func ("/limiter/scope-ends", test_scope_ends);
  g_test_add_func ("/limiter/limit-changes", test_limit_changes);
  g_test_add_func ("/limiter/fibers", test_fibers);
  g_test_add_func ("/limiter/run", test_run);
  g_test_add_func ("/limiter/registry", test_registry);
  g_test_add_func ("/limiter/threads", test_threads);
  g_test_add_func ("/rate/rate", test_rate);
  g_test_add_func ("/rate/changes", test_rate_changes);
  g_test_add_func ("/rate/in-jobs", test_rate_in_jobs);
  g_test_add_func ("/rate/job-cancel", test_rate_job_cancel);
  g_test_add_func ("/rate/real", test_rate_real);
  return g_test_run ();
}
