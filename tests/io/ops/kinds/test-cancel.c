/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cancelled at random moments: obeyed at once, nothing hidden is left, and each thing is where it
 * was or where it should be, whole. THAW_CANCELS says how often. */

#include "kinds-test.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

/* The promise is 200 ms; a loaded machine that runs tests is given more. */
#define PATIENCE_USEC (2 * G_USEC_PER_SEC)

static void
make_source (Fixture *self)
{
  g_autofree char *large = g_strnfill (16 * 1024 * 1024, 'x');
  g_autofree char *path = g_build_filename (self->folder, "d/large", NULL);

  for (guint i = 0; i < 400; i++)
    {
      g_autofree char *entry = g_strdup_printf ("d/%u/f%u=%u", i % 10, i, i);
      g_autofree char *top = g_strdup_printf ("t%u=%u", i, i);

      make_entry (self, entry);
      make_entry (self, top);
    }
  g_assert_true (g_file_set_contents (path, large, -1, NULL));
}

static gboolean
wait_a_while (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

static gboolean
is_over (ThawOperation *operation)
{
  return thaw_operation_get_state (operation) >= THAW_OPERATION_DONE;
}

/* How long it took to obey; 0 if it was over before. */
static gint64
cancel_after (ThawOperation *operation, guint delay_usec)
{
  gint64 begun_usec = g_get_monotonic_time (), asked_usec;
  gboolean is_time = FALSE;

  g_timeout_add (delay_usec / 1000, wait_a_while, &is_time);
  run_until (is_time || is_over (operation));
  run_until (is_time);
  while (!is_over (operation) && g_get_monotonic_time () - begun_usec < delay_usec)
    g_main_context_iteration (NULL, FALSE);
  if (is_over (operation))
    return 0;
  asked_usec = g_get_monotonic_time ();
  thaw_operation_cancel (operation);
  run_until (is_over (operation));
  return g_get_monotonic_time () - asked_usec;
}

static ThawOperationRequest *
make_request (Fixture *self, const char *kind)
{
  ThawOperationRequest *request = new_request (self, kind, "to", "d", NULL);

  for (guint i = 0; i < 400; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);
      g_autoptr (GFile) file = get_file (self, name);

      thaw_operation_request_add_source (request, file);
    }
  return request;
}

/* Each is there whole, or not at all; for a move, at one of the two places. */
static void
check_state (Fixture *self, const char *whole, gboolean is_move)
{
  g_autofree char *copy = g_build_filename (self->folder, "to/d", NULL);
  g_autofree char *original = g_build_filename (self->folder, "d", NULL);
  gboolean has_copy = g_file_test (copy, G_FILE_TEST_IS_DIR);

  if (has_copy)
    {
      g_autofree char *found = read_exactly (copy);

      g_assert_cmpstr (found, ==, whole);
    }
  g_assert_cmpint (g_file_test (original, G_FILE_TEST_IS_DIR), ==, !is_move || !has_copy);
  for (guint i = 0; i < 400; i++)
    {
      g_autofree char *name = g_strdup_printf ("%s/to/t%u", self->folder, i);
      g_autofree char *source = g_strdup_printf ("%s/t%u", self->folder, i);
      g_autofree char *expected = g_strdup_printf ("%u", i), *found = NULL;

      if (g_file_get_contents (name, &found, NULL, NULL))
        g_assert_cmpstr (found, ==, expected);
      g_assert_cmpint (g_file_test (source, G_FILE_TEST_EXISTS), ==, !is_move || found == NULL);
    }
  assert_no_litter (self);
}

static void
test_cancel (Fixture *self, gconstpointer data)
{
  const char *text = g_getenv ("THAW_CANCELS");
  guint n = text != NULL ? (guint) atoi (text) : 6;
  g_autofree char *original = g_build_filename (self->folder, "d", NULL);
  g_autofree char *to = g_build_filename (self->folder, "to", NULL);
  g_autofree char *whole = NULL;
  gint64 longest_usec = 0;
  guint n_late = 0;

  make_source (self);
  whole = read_exactly (original);
  for (guint i = 0; i < n; i++)
    {
      gboolean is_move = i % 3 == 2;
      ThawOperationRequest *request = make_request (self, is_move ? "move" : "copy");
      g_autoptr (ThawOperation) operation = NULL;
      gint64 usec;

      make_tree (self, "to/", NULL);
      operation = thaw_operation_queue_submit (self->queue, request, "A test");
      thaw_operation_request_unref (request);
      usec = cancel_after (operation, g_test_rand_int_range (0, 400000));
      longest_usec = MAX (longest_usec, usec);
      n_late += usec > 200000;
      g_assert_cmpint (usec, <, PATIENCE_USEC);
      check_state (self, whole, is_move);
      /* Back to the beginning. */
      if (is_move)
        {
          g_autoptr (ThawOperation) back = run_request (self, thaw_operation_request_new ("undo"));

          g_assert_true (g_file_test (original, G_FILE_TEST_IS_DIR));
        }
      remove_all (to);
    }
  g_test_message ("%u cancelled, longest %.1f ms, %u over 200 ms",
                  n,
                  longest_usec / 1000.0,
                  n_late);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  TEST ("/ops/cancel", test_cancel);
  return g_test_run ();
}
