/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Delays, timeouts, retries and pacers, under virtual time: hours go by in milliseconds, and each
 * figure is exact. */

#include "task-test.h"
#include "virtual-test.h"

#include "thaw-error.h"
#include "thaw-timing.h"

#define SEC G_USEC_PER_SEC

static gint64 started_usec;

static gint64
elapsed_usec (void)
{
  return thaw_clock_get_usec () - started_usec;
}

static void
test_delay (void)
{
  g_autoptr (ThawFuture) a = NULL, b = NULL, c = NULL;

  virtual_begin (0);
  started_usec = thaw_clock_get_usec ();
  a = thaw_delay (600 * SEC);
  b = thaw_delay (0);
  c = thaw_delay (60 * SEC);
  g_assert_cmpint (thaw_future_get_state (b), ==, THAW_FUTURE_PENDING);
  virtual_run (-1);
  g_assert_cmpint (elapsed_usec (), ==, 600 * SEC);
  g_assert_cmpint (thaw_future_get_state (a), ==, THAW_FUTURE_RESOLVED);
  g_assert_cmpint (thaw_future_get_state (b), ==, THAW_FUTURE_RESOLVED);
  g_assert_cmpint (thaw_future_get_state (c), ==, THAW_FUTURE_RESOLVED);
  virtual_end ();
}

static gpointer
cancel_thread (gpointer future)
{
  thaw_future_cancel (future);
  return NULL;
}

static void
test_delay_cancel (void)
{
  g_autoptr (ThawFuture) before = NULL, during = NULL, after = NULL, elsewhere = NULL;

  virtual_begin (0);
  started_usec = thaw_clock_get_usec ();
  before = thaw_delay (SEC);
  thaw_future_cancel (before);
  during = thaw_delay (10 * SEC);
  after = thaw_delay (SEC);
  elsewhere = thaw_delay (20 * SEC);
  virtual_run (started_usec + 2 * SEC);
  thaw_future_cancel (during);
  thaw_future_cancel (after);
  g_thread_join (g_thread_new ("cancel", cancel_thread, elsewhere));
  virtual_run (-1);
  g_assert_cmpint (elapsed_usec (), ==, 2 * SEC);
  assert_cancelled (before);
  assert_cancelled (during);
  assert_cancelled (elsewhere);
  g_assert_cmpint (thaw_future_get_state (after), ==, THAW_FUTURE_RESOLVED);
  virtual_end ();
}

static void
test_timeout (void)
{
  ThawFuture *slow = NULL;
  g_autoptr (ThawFuture) held = NULL, late = NULL, in_time = NULL, endless = NULL, done = NULL;

  virtual_begin (0);
  started_usec = thaw_clock_get_usec ();
  slow = thaw_delay (100 * SEC);
  held = thaw_future_ref (slow);
  late = thaw_future_timeout (slow, 3 * SEC);
  in_time = thaw_future_timeout (thaw_delay (2 * SEC), 3 * SEC);
  endless = thaw_future_timeout (thaw_delay (5 * SEC), -1);
  done = thaw_future_timeout (thaw_future_new_int64 (7), 0);
  g_assert_cmpint (thaw_future_get_int64 (done, NULL), ==, 7);
  virtual_run (-1);
  g_assert_cmpint (elapsed_usec (), ==, 5 * SEC);
  assert_rejected (late, THAW_ERROR, THAW_ERROR_DEADLINE);
  assert_rejected (held, THAW_ERROR, THAW_ERROR_DEADLINE);
  g_assert_cmpint (thaw_future_get_state (in_time), ==, THAW_FUTURE_RESOLVED);
  g_assert_cmpint (thaw_future_get_state (endless), ==, THAW_FUTURE_RESOLVED);
  virtual_end ();
}

/* Before, during, and after the time; from this thread and another; and of what is waited for. */
static void
test_timeout_cancel (void)
{
  g_autoptr (ThawFuture) plain = NULL, elsewhere = NULL, shared = NULL, others = NULL, inner = NULL;
  g_autoptr (ThawFuture) a = NULL, b = NULL, c = NULL, d = NULL, e = NULL;

  virtual_begin (0);
  started_usec = thaw_clock_get_usec ();
  plain = thaw_future_new ("plain");
  elsewhere = thaw_future_new ("elsewhere");
  shared = thaw_future_new ("shared");
  thaw_future_set_shared (shared);
  others = thaw_future_new ("others");
  inner = thaw_future_new ("inner");
  a = thaw_future_timeout (thaw_future_ref (plain), SEC);
  b = thaw_future_timeout (thaw_future_ref (elsewhere), SEC);
  c = thaw_future_timeout (thaw_future_ref (shared), SEC);
  d = thaw_future_timeout (thaw_future_ref (others), SEC);
  e = thaw_future_timeout (thaw_future_ref (inner), SEC);
  thaw_future_cancel (a);
  g_thread_join (g_thread_new ("cancel", cancel_thread, b));
  thaw_future_cancel (inner);
  assert_cancelled (e);
  assert_cancelled (plain);
  assert_cancelled (elsewhere);
  virtual_run (-1);
  assert_rejected (c, THAW_ERROR, THAW_ERROR_DEADLINE);
  assert_rejected (d, THAW_ERROR, THAW_ERROR_DEADLINE);
  g_assert_cmpint (thaw_future_get_state (shared), ==, THAW_FUTURE_PENDING);
  assert_rejected (others, THAW_ERROR, THAW_ERROR_DEADLINE);
  thaw_future_cancel (c);
  g_assert_cmpint (elapsed_usec (), ==, SEC);
  virtual_end ();
}

static void
test_timeout_of_dropped (void)
{
  g_autoptr (ThawFuture) future = NULL;

  virtual_begin (0);
  future = thaw_future_timeout (thaw_future_new ("dropped"), SEC);
  virtual_run (-1);
  assert_rejected (future, G_IO_ERROR, G_IO_ERROR_FAILED);
  virtual_end ();
}

typedef struct {
  guint n_calls, n_asked, succeed_at;
  gint64 retry_after_usec;
  gint64 at_usec[32];
  GError *error;
  ThawScope *scope;
  gint64 work_usec;
} Server;

static ThawFuture *
fail_later (ThawFuture *completed, gpointer user_data)
{
  Server *server = user_data;

  if (server->n_calls == server->succeed_at)
    return thaw_future_new_int64 (server->n_calls);
  return thaw_future_new_rejected (g_error_copy (server->error));
}

static ThawFuture *
ask_server (guint attempt, gpointer user_data)
{
  Server *server = user_data;
  g_autoptr (ThawFuture) work = thaw_delay (server->work_usec);

  g_assert_cmpuint (attempt, ==, server->n_calls + 1);
  server->at_usec[server->n_calls++] = elapsed_usec ();
  return thaw_future_then (work, NULL, fail_later, server, NULL);
}

static gint64
retry_after (const GError *error, guint attempt, gint64 delay_usec, gpointer user_data)
{
  Server *server = user_data;

  server->n_asked++;
  return server->retry_after_usec;
}

static Server *
server_new (GQuark domain, gint code)
{
  Server *server = g_new0 (Server, 1);

  server->error = g_error_new_literal (domain, code, "The server is out");
  server->scope = thaw_scope_new ("retries", NULL);
  started_usec = thaw_clock_get_usec ();
  return server;
}

static void
server_free (Server *server)
{
  thaw_scope_cancel (server->scope);
  thaw_scope_unref (server->scope);
  g_error_free (server->error);
  g_free (server);
}

static void
test_retry_delays (void)
{
  ThawRetryOptions options = { .max_attempts = 6,
                               .first_delay_usec = SEC,
                               .max_delay_usec = 6 * SEC,
                               .factor = 2,
                               .jitter = -1 };
  static const gint64 expected_sec[] = { 0, 1, 3, 7, 13, 19 };
  g_autoptr (ThawFuture) future = NULL;
  Server *server;

  virtual_begin (0);
  server = server_new (G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  future = thaw_retry (server->scope, "ask", &options, ask_server, NULL, server, NULL);
  virtual_run (-1);
  g_assert_cmpuint (server->n_calls, ==, 6);
  for (guint i = 0; i < 6; i++)
    g_assert_cmpint (server->at_usec[i], ==, expected_sec[i] * SEC);
  assert_rejected (future, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
  server_free (server);
  virtual_end ();
}

static gint64
ten_minutes_of (guint64 seed)
{
  ThawRetryOptions options = { .max_attempts = 32, .first_delay_usec = 5 * SEC };
  g_autoptr (ThawFuture) future = NULL;
  gint64 real = g_get_monotonic_time (), elapsed;
  Server *server;

  virtual_begin (seed);
  server = server_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  server->succeed_at = 31;
  future = thaw_retry (server->scope, "ask", &options, ask_server, NULL, server, NULL);
  virtual_run (-1);
  elapsed = elapsed_usec ();
  g_assert_cmpint (thaw_future_get_int64 (future, NULL), ==, 31);
  g_assert_cmpint (elapsed, >, 5 * 60 * SEC);
  g_assert_cmpint (g_get_monotonic_time () - real, <, 5 * SEC);
  server_free (server);
  virtual_end ();
  return elapsed;
}

static void
test_retry_jitter_is_seeded (void)
{
  g_assert_cmpint (ten_minutes_of (11), ==, ten_minutes_of (11));
  g_assert_cmpint (ten_minutes_of (11), !=, ten_minutes_of (12));
}

static void
test_retry_after (void)
{
  g_autoptr (ThawFuture) future = NULL;
  Server *server;

  virtual_begin (0);
  server = server_new (G_IO_ERROR, G_IO_ERROR_BUSY);
  server->retry_after_usec = 90 * SEC;
  server->succeed_at = 3;
  future = thaw_retry (server->scope, "ask", NULL, ask_server, retry_after, server, NULL);
  virtual_run (-1);
  g_assert_cmpint (elapsed_usec (), ==, 180 * SEC);
  g_assert_cmpuint (server->n_asked, ==, 2);
  g_assert_cmpint (thaw_future_get_int64 (future, NULL), ==, 3);
  server_free (server);
  virtual_end ();
}

static void
check_retry_gives_up (GQuark domain, gint code, guint n_calls)
{
  g_autoptr (ThawFuture) future = NULL;
  Server *server;

  virtual_begin (0);
  server = server_new (domain, code);
  future = thaw_retry (server->scope, "ask", NULL, ask_server, NULL, server, NULL);
  virtual_run (-1);
  g_assert_cmpuint (server->n_calls, ==, n_calls);
  assert_rejected (future, domain, code);
  server_free (server);
  virtual_end ();
}

static void
test_retry_gives_up (void)
{
  check_retry_gives_up (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, 1);
  check_retry_gives_up (G_IO_ERROR, G_IO_ERROR_CANCELLED, 1);
  check_retry_gives_up (THAW_ERROR, THAW_ERROR_MAILBOX_CLOSED, 1);
  check_retry_gives_up (THAW_ERROR, THAW_ERROR_NOT_ANSWERING, 5);
  check_retry_gives_up (G_IO_ERROR, G_IO_ERROR_HOST_UNREACHABLE, 5);
}

static void
test_retry_attempt_timeout (void)
{
  ThawRetryOptions options = { .max_attempts = 3,
                               .first_delay_usec = SEC,
                               .jitter = -1,
                               .attempt_timeout_usec = 2 * SEC };
  g_autoptr (ThawFuture) future = NULL;
  Server *server;

  virtual_begin (0);
  server = server_new (G_IO_ERROR, G_IO_ERROR_BUSY);
  server->work_usec = 60 * SEC;
  future = thaw_retry (server->scope, "ask", &options, ask_server, NULL, server, NULL);
  virtual_run (-1);
  g_assert_cmpint (elapsed_usec (), ==, (2 + 1 + 2 + 2 + 2) * SEC);
  assert_rejected (future, THAW_ERROR, THAW_ERROR_DEADLINE);
  server_free (server);
  virtual_end ();
}

/* @when: before it starts, in an attempt, in a delay, after the end; by the future or the scope. */
static void
check_retry_cancel (gint64 when_usec, gboolean by_scope, guint n_calls)
{
  ThawRetryOptions options = { .first_delay_usec = 10 * SEC, .jitter = -1 };
  g_autoptr (ThawFuture) future = NULL;
  Server *server;

  virtual_begin (0);
  server = server_new (G_IO_ERROR, G_IO_ERROR_BUSY);
  server->work_usec = 2 * SEC;
  server->succeed_at = 2;
  future = thaw_retry (server->scope, "ask", &options, ask_server, NULL, server, NULL);
  if (when_usec >= 0)
    virtual_run (started_usec + when_usec);
  if (by_scope)
    thaw_scope_cancel (server->scope);
  else
    thaw_future_cancel (future);
  virtual_run (-1);
  g_assert_cmpuint (server->n_calls, ==, n_calls);
  g_assert_cmpint (elapsed_usec (), ==, MAX (when_usec, 0));
  if (n_calls < 2)
    assert_cancelled (future);
  else
    g_assert_cmpint (thaw_future_get_int64 (future, NULL), ==, 2);
  server_free (server);
  virtual_end ();
}

static void
test_retry_cancel (void)
{
  for (guint by_scope = 0; by_scope < 2; by_scope++)
    {
      check_retry_cancel (-1, by_scope, 0);
      check_retry_cancel (SEC, by_scope, 1);
      check_retry_cancel (7 * SEC, by_scope, 1);
      check_retry_cancel (20 * SEC, by_scope, 2);
    }
}

static void
test_scope_deadline (void)
{
  g_autoptr (ThawFuture) future = NULL;
  Server *server;

  virtual_begin (0);
  server = server_new (G_IO_ERROR, G_IO_ERROR_BUSY);
  thaw_scope_set_deadline (server->scope, started_usec + 42 * SEC);
  server->retry_after_usec = 10 * SEC;
  future = thaw_retry (server->scope,
                       "ask",
                       &(ThawRetryOptions){ .max_attempts = 100 },
                       ask_server,
                       retry_after,
                       server,
                       NULL);
  virtual_run (-1);
  g_assert_cmpuint (server->n_calls, ==, 5);
  g_assert_cmpint (elapsed_usec (), ==, 42 * SEC);
  assert_rejected (future, THAW_ERROR, THAW_ERROR_DEADLINE);
  server_free (server);
  virtual_end ();
}

typedef struct {
  GString *seen;
  guint n_freed;
  ThawPacer *pacer;
} Paced;

static Paced paced;

static void
see_value (gpointer value, gpointer user_data)
{
  g_string_append_printf (paced.seen,
                          "%d@%d ",
                          GPOINTER_TO_INT (value),
                          (gint) (elapsed_usec () / 1000));
}

static void
free_value (gpointer value)
{
  paced.n_freed++;
}

static ThawFuture *
push_later (ThawFuture *completed, gpointer value)
{
  thaw_pacer_push (paced.pacer, value);
  return thaw_future_new_resolved ();
}

static void
push_at (ThawScope *scope, gint value, gint msec)
{
  g_autoptr (ThawFuture) delay = thaw_delay_until (started_usec + msec * 1000);

  thaw_future_disown (thaw_future_then (delay, scope, push_later, GINT_TO_POINTER (value), NULL));
}

static ThawScope *
paced_begin (gboolean throttles, gint64 pace_usec, gint64 max_usec)
{
  ThawScope *scope;

  virtual_begin (0);
  started_usec = thaw_clock_get_usec ();
  scope = thaw_scope_new ("paced", NULL);
  paced = (Paced){ g_string_new (NULL) };
  paced.pacer
      = throttles ? thaw_pacer_new_throttle (scope, "test", pace_usec, see_value, NULL, free_value)
                  : thaw_pacer_new_debounce (scope,
                                             "test",
                                             pace_usec,
                                             max_usec,
                                             see_value,
                                             NULL,
                                             free_value);
  return scope;
}

static void
paced_end (ThawScope *scope, const char *expected, guint n_freed)
{
  virtual_run (-1);
  g_assert_cmpstr (paced.seen->str, ==, expected);
  g_clear_pointer (&paced.pacer, thaw_pacer_unref);
  g_assert_cmpuint (paced.n_freed, ==, n_freed);
  g_string_free (paced.seen, TRUE);
  thaw_scope_cancel (scope);
  thaw_scope_unref (scope);
  virtual_end ();
}

static void
test_debounce (void)
{
  ThawScope *scope = paced_begin (FALSE, 100000, -1);

  push_at (scope, 1, 0);
  push_at (scope, 2, 60);
  push_at (scope, 3, 120);
  push_at (scope, 4, 300);
  paced_end (scope, "3@220 4@400 ", 2);
}

static void
test_debounce_max (void)
{
  ThawScope *scope = paced_begin (FALSE, 100000, 250000);

  for (gint i = 0; i < 10; i++)
    push_at (scope, i, i * 60);
  paced_end (scope, "4@250 9@550 ", 8);
}

static void
test_throttle (void)
{
  ThawScope *scope = paced_begin (TRUE, 100000, -1);

  push_at (scope, 1, 10);
  push_at (scope, 2, 20);
  push_at (scope, 3, 30);
  push_at (scope, 4, 150);
  push_at (scope, 5, 400);
  paced_end (scope, "1@10 3@110 4@210 5@400 ", 1);
}

static void
test_pacer_flush_and_clear (void)
{
  ThawScope *scope = paced_begin (FALSE, 100000, -1);

  thaw_pacer_push (paced.pacer, GINT_TO_POINTER (1));
  g_assert_true (thaw_pacer_is_waiting (paced.pacer));
  thaw_pacer_flush (paced.pacer);
  virtual_run (started_usec + 50000);
  g_assert_false (thaw_pacer_is_waiting (paced.pacer));
  thaw_pacer_push (paced.pacer, GINT_TO_POINTER (2));
  thaw_pacer_flush (paced.pacer);
  thaw_pacer_clear (paced.pacer);
  thaw_pacer_push (paced.pacer, GINT_TO_POINTER (3));
  paced_end (scope, "1@0 3@150 ", 1);
}

static void
test_pacer_ends_with_scope (void)
{
  ThawScope *scope = paced_begin (FALSE, 100000, -1);

  thaw_pacer_push (paced.pacer, GINT_TO_POINTER (1));
  virtual_run (started_usec + 50000);
  thaw_scope_cancel (scope);
  thaw_pacer_push (paced.pacer, GINT_TO_POINTER (2));
  paced_end (scope, "", 2);
}

static void
test_pacer_into_mailbox (void)
{
  ThawScope *scope = paced_begin (TRUE, 100000, -1);
  g_autoptr (ThawMailbox) mailbox
      = thaw_mailbox_new ("paced", NULL, NULL, 1, see_value, NULL, free_value);

  thaw_pacer_set_mailbox (paced.pacer, mailbox);
  g_assert_true (thaw_mailbox_post (mailbox, GINT_TO_POINTER (7)));
  push_at (scope, 1, 0);
  push_at (scope, 2, 10);
  virtual_run (started_usec + 150000);
  thaw_mailbox_close (mailbox);
  push_at (scope, 3, 300);
  paced_end (scope, "7@0 1@0 2@100 ", 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/timing/delay", test_delay);
  g_test_add_func ("/timing/delay-cancel", test_delay_cancel);
  g_test_add_func ("/timing/timeout", test_timeout);
  g_test_add_func ("/timing/timeout-cancel", test_timeout_cancel);
  g_test_add_func ("/timing/timeout-of-dropped", test_timeout_of_dropped);
  g_test_add_func ("/timing/retry-delays", test_retry_delays);
  g_test_add_func ("/timing/retry-jitter-is-seeded", test_retry_jitter_is_seeded);
  g_test_add_func ("/timing/retry-after", test_retry_after);
  g_test_add_func ("/timing/retry-gives-up", test_retry_gives_up);
  g_test_add_func ("/timing/retry-attempt-timeout", test_retry_attempt_timeout);
  g_test_add_func ("/timing/retry-cancel", test_retry_cancel);
  g_test_add_func ("/timing/scope-deadline", test_scope_deadline);
  g_test_add_func ("/timing/debounce", test_debounce);
  g_test_add_func ("/timing/debounce-max", test_debounce_max);
  g_test_add_func ("/timing/throttle", test_throttle);
  g_test_add_func ("/timing/pacer-flush-and-clear", test_pacer_flush_and_clear);
  g_test_add_func ("/timing/pacer-ends-with-scope", test_pacer_ends_with_scope);
  g_test_add_func ("/timing/pacer-into-mailbox", test_pacer_into_mailbox);
  return g_test_run ();
}
