/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Directions, colours and sizes that users or their screens ask for. */
#include "conformance.h"

#include <adwaita.h>

static void
test_right_to_left (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  g_autoptr (GBytes) before = paint (self);
  g_autoptr (GBytes) after = NULL;

  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  settle (self);
  after = paint (self);
  g_assert_false (g_bytes_equal (before, after));
  g_assert_cmpuint (count_seen (self), >=, 3);
  for (guint i = 0; i < 3; i++)
    {
      int x, y;

      g_assert_true (find_center (self, get_seen (self, i), &x, &y));
      g_assert_cmpuint (pane_view_get_entry_at (self->view->view, x, y), ==, get_seen (self, i));
    }
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  fixture_free (self);
}

static void
test_dark (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  g_autoptr (GBytes) light = paint (self);
  g_autoptr (GBytes) dark = NULL;

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      ADW_COLOR_SCHEME_FORCE_DARK);
  settle (self);
  dark = paint (self);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_DEFAULT);
  g_assert_false (g_bytes_equal (light, dark));
  fixture_free (self);
}

const Check conformance_looks[] = {
  { "right-to-left", test_right_to_left },
  { "dark", test_dark },
  { NULL },
};
