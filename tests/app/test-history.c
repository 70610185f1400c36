/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a tab has been: against a naive list, in random walks. */
#include "files-history.h"

static GFile *
place (int n)
{
  g_autofree char *path = g_strdup_printf ("/place/%d", n);

  return g_file_new_for_path (path);
}

static void
visit (FilesHistory *history, int n)
{
  g_autoptr (GFile) location = place (n);

  files_history_visit (history, location);
}

static void
assert_at (FilesHistory *history, int steps, int n)
{
  g_autoptr (GFile) location = place (n);
  const FilesVisit *found = files_history_peek (history, steps);

  g_assert_nonnull (found);
  g_assert_true (g_file_equal (found->location, location));
}

static void
test_walk (void)
{
  g_autoptr (FilesHistory) history = files_history_new ();

  g_assert_null (files_history_peek (history, 0));
  g_assert_null (files_history_go (history, -1));
  g_assert_cmpuint (files_history_get_n_forward (history), ==, 0);
  visit (history, 1);
  visit (history, 2);
  visit (history, 2);
  visit (history, 3);
  g_assert_cmpuint (files_history_get_n_back (history), ==, 2);
  g_assert_nonnull (files_history_go (history, -2));
  assert_at (history, 0, 1);
  assert_at (history, 2, 3);
  g_assert_null (files_history_go (history, -1));
  assert_at (history, 0, 1);
  visit (history, 4);
  g_assert_cmpuint (files_history_get_n_forward (history), ==, 0);
  assert_at (history, -1, 1);
}

static void
test_focus (void)
{
  g_autoptr (FilesHistory) history = files_history_new ();
  g_autoptr (FilesHistory) copy = NULL;
  g_autoptr (GFile) other = place (9);

  files_history_set_focus_name (history, "nowhere");
  visit (history, 1);
  files_history_set_focus_name (history, "a");
  visit (history, 2);
  files_history_replace (history, other);
  copy = files_history_copy (history);
  assert_at (copy, 0, 9);
  g_assert_cmpstr (files_history_go (copy, -1)->focus_name, ==, "a");
  assert_at (history, 0, 9);
}

/* The place is as it was left, whichever way leads back. */
static void
test_visit (void)
{
  const char *names[] = { "b", "c", NULL };
  g_autoptr (FilesHistory) history = files_history_new ();
  g_autoptr (FilesHistory) copy = NULL;
  g_autoptr (GFile) first = place (1);
  g_autoptr (GFile) never = place (7);
  const FilesVisit *found;

  files_history_set_selected (history, g_strdupv ((GStrv) names));
  files_history_set_sight (history, "nowhere", 1);
  g_assert_null (files_history_find (history, first));
  visit (history, 1);
  g_assert_null (files_history_find (history, first));
  files_history_set_selected (history, g_strdupv ((GStrv) names));
  files_history_set_sight (history, "b", -12.5);
  visit (history, 2);
  visit (history, 1);
  copy = files_history_copy (history);
  g_clear_pointer (&history, files_history_free);
  g_assert_null (files_history_find (copy, never));
  found = files_history_find (copy, first);
  g_assert_nonnull (found);
  g_assert_cmpstrv (found->selected, names);
  g_assert_cmpstr (found->sight_name, ==, "b");
  g_assert_cmpfloat (found->offset, ==, -12.5);
}

static void
test_random (void)
{
  g_autoptr (FilesHistory) history = files_history_new ();
  g_autoptr (GArray) naive = g_array_new (FALSE, FALSE, sizeof (int));
  guint at = 0;

  visit (history, 0);
  g_array_append_val (naive, (int){ 0 });
  for (guint i = 0; i < 5000; i++)
    {
      int n = g_test_rand_int_range (0, 30);

      if (g_test_rand_bit ())
        {
          int steps = g_test_rand_int_range (-3, 4);
          gboolean fits = (int) at + steps >= 0 && at + steps < naive->len;

          g_assert_cmpint (files_history_go (history, steps) != NULL, ==, fits);
          at += fits ? steps : 0;
        }
      else if (g_array_index (naive, int, at) != n)
        {
          visit (history, n);
          g_array_set_size (naive, at + 1);
          g_array_append_val (naive, n);
          if (naive->len > 200)
            g_array_remove_index (naive, 0);
          at = naive->len - 1;
        }
      assert_at (history, 0, g_array_index (naive, int, at));
      g_assert_cmpuint (files_history_get_n_back (history), ==, at);
      g_assert_cmpuint (files_history_get_n_forward (history), ==, naive->len - 1 - at);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/history/walk", test_walk);
  g_test_add_func ("/app/history/focus", test_focus);
  g_test_add_func ("/app/history/visit", test_visit);
  g_test_add_func ("/app/history/random", test_random);
  return g_test_run ();
}
