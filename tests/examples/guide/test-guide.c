/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guide's pages show, compiled and run. */
#include "thaw.h"

/* threads.md: a worker reports to the loop. */

typedef struct {
  guint n_lines;
  guint n_reports;
} Counter;

static void
on_report (gpointer message, gpointer user_data)
{
  Counter *self = user_data;

  self->n_lines += GPOINTER_TO_UINT (message);
  self->n_reports++;
}

static gpointer
count_thread (gpointer data)
{
  g_autoptr (ThawMailbox) mailbox = data;

  for (guint i = 1; i <= 100; i++)
    if (!thaw_mailbox_post_wait (mailbox, GUINT_TO_POINTER (i), -1, NULL, NULL))
      break; /* whoever wanted to know has gone */
  return NULL;
}

static ThawMailbox *
start_counting (Counter *self, GObject *window)
{
  ThawMailbox *mailbox = thaw_mailbox_new ("reports", NULL, window, 16, on_report, self, NULL);

  g_thread_unref (g_thread_new ("count", count_thread, thaw_mailbox_ref (mailbox)));
  return mailbox;
}

static void
test_threads (void)
{
  g_autoptr (GObject) window = g_object_new (G_TYPE_OBJECT, NULL);
  Counter counter = { 0 };
  g_autoptr (ThawMailbox) mailbox = start_counting (&counter, window);

  while (counter.n_reports < 100)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (counter.n_lines, ==, 5050);
}

/* errors.md: what a caller acts on, and what it only shows. */

static ThawFuture *
hopeless_fiber (gpointer unused)
{
  return thaw_delay (G_TIME_SPAN_HOUR);
}

static char *
describe (const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return NULL; /* nobody is there to read it */
  if (g_error_matches (error, THAW_ERROR, THAW_ERROR_DEADLINE))
    return g_strdup ("It takes too long. Try again?");
  return g_strdup (error->message);
}

static ThawFuture *
patient_fiber (gpointer answer)
{
  ThawScope *scope = g_object_get_data (answer, "scope");
  g_autoptr (GError) error = NULL;

  if (!thaw_await (thaw_future_timeout (thaw_scope_spawn (scope, "work", hopeless_fiber, NULL, NULL),
                                        10 * G_TIME_SPAN_SECOND),
                   &error))
    g_object_set_data_full (answer, "text", describe (error), g_free);
  return thaw_future_new_resolved ();
}

static void
test_errors (void)
{
  g_autoptr (ThawVirtualTime) time = thaw_virtual_time_new (0);
  g_autoptr (GObject) answer = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);

  g_object_set_data (answer, "scope", scope);
  thaw_future_disown (thaw_scope_spawn (scope, "patient", patient_fiber, answer, NULL));
  thaw_virtual_time_run (time, -1);
  g_assert_cmpstr (g_object_get_data (answer, "text"), ==, "It takes too long. Try again?");
}

/* cancellation.md: nothing comes after the end. */

static void
count_cb (ThawFuture *completed, gpointer n_called)
{
  ++*(guint *) n_called;
}

static void
test_cancellation (void)
{
  g_autoptr (ThawVirtualTime) time = thaw_virtual_time_new (0);
  GObject *window = g_object_new (G_TYPE_OBJECT, NULL);
  g_autoptr (ThawScope) scope = thaw_scope_new_for_owner ("window", window, NULL);
  g_autoptr (ThawFuture) delay = thaw_delay (G_TIME_SPAN_SECOND);
  guint n_called = 0;

  thaw_future_done (delay, scope, count_cb, &n_called, NULL);
  g_object_unref (window); /* ends the scope */
  thaw_virtual_time_run (time, -1);
  g_assert_cmpuint (n_called, ==, 0);
}

/* testing.md: ten minutes in no time. */

static ThawFuture *
fail_nine_times (guint attempt, gpointer n_attempts)
{
  *(guint *) n_attempts = attempt;
  if (attempt < 10)
    return thaw_future_new_rejected (g_error_new (G_IO_ERROR, G_IO_ERROR_BUSY, "Not now"));
  return thaw_future_new_int64 (42);
}

static void
test_retry (void)
{
  static const ThawRetryOptions options = { .max_attempts = 20, .first_delay_usec = G_TIME_SPAN_MINUTE,
                                            .max_delay_usec = G_TIME_SPAN_MINUTE };
  g_autoptr (ThawVirtualTime) time = thaw_virtual_time_new (1);
  g_autoptr (ThawScope) scope = thaw_scope_new ("test", NULL);
  gint64 started = thaw_clock_get_usec ();
  guint n_attempts = 0;
  g_autoptr (ThawFuture) answer = thaw_retry (scope, "ask", &options, fail_nine_times, NULL, &n_attempts, NULL);

  thaw_virtual_time_run (time, -1);
  g_assert_cmpint (thaw_future_get_int64 (answer, NULL), ==, 42);
  g_assert_cmpuint (n_attempts, ==, 10);
  g_assert_cmpint (thaw_clock_get_usec () - started, >, 4 * G_TIME_SPAN_MINUTE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/guide/threads", test_threads);
  g_test_add_func ("/guide/errors", test_errors);
  g_test_add_func ("/guide/cancellation", test_cancellation);
  g_test_add_func ("/guide/testing", test_retry);
  return g_test_run ();
}
