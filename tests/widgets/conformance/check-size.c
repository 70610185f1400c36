/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Folders with a hundred thousand entries. */
#include "conformance.h"

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

const Check conformance_size[] = {
  { "many", test_many },
  { NULL },
};
