/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Folders with a hundred thousand entries. */
#include "conformance.h"

#include <time.h>

#define MANY 100000

static void
test_many (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, MANY);
  guint32 id = get_id (self, MANY / 2);

  g_assert_cmpuint (count_widgets (get_widget (self)), <, MOST_WIDGETS);
  pane_view_reveal (self->view->view, id, TRUE);
  settle (self);
  g_assert_true (is_seen (self, id));
  press (self, "End");
  settle (self);
  g_assert_true (is_seen (self, get_id (self, get_n (self) - 1)));
  press (self, "ctrl+a");
  g_assert_cmpuint (get_n_selected (self), ==, get_n (self));
  g_assert_cmpuint (count_widgets (get_widget (self)), <, MOST_WIDGETS);
  fixture_free (self);
}

static double
get_cpu_sec (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

/* Ten times what it takes: this finds what goes through all of them, and not a slow machine. */
#define MOST_SEC 2.0

static void
test_many_open (gconstpointer view_id)
{
  ThawEntryStore *store = fixture_make_store (MANY, 7);
  double before = get_cpu_sec ();
  Fixture *self = fixture_new_with_store (view_id, store);

  g_test_minimized_result (get_cpu_sec () - before, "opening %u entries", MANY);
  g_assert_cmpfloat (get_cpu_sec () - before, <, MOST_SEC);
  fixture_free (self);
}

static void
test_many_pages (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, MANY);
  double before;

  press (self, "Home");
  before = get_cpu_sec ();
  for (guint i = 0; i < 10; i++)
    press (self, "Page_Down");
  g_assert_cmpfloat (get_cpu_sec () - before, <, MOST_SEC);
  g_assert_true (is_seen (self, get_focus_id (self)));
  g_assert_cmpuint (count_widgets (get_widget (self)), <, MOST_WIDGETS);
  fixture_free (self);
}

const Check conformance_size[] = {
  { "many", test_many },
  { "many-open", test_many_open },
  { "many-pages", test_many_pages },
  { NULL },
};
