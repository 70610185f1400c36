/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Directions, colours and sizes that users or their screens ask for. */
#include "conformance.h"

#include <adwaita.h>
#include <gdk/x11/gdkx.h>

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

/* What was at the left is at the right. Not told from a view that keeps its places: a strip in the
 * middle, say. */
static void
test_mirrored (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 id = get_id (self, 0);
  graphene_rect_t before, after;

  g_assert_true (pane_view_get_entry_bounds (self->view->view, id, &before));
  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  settle (self);
  g_assert_true (pane_view_get_entry_bounds (self->view->view, id, &after));
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  g_assert_cmpfloat_with_epsilon (after.origin.x + after.size.width,
                                  gtk_widget_get_width (get_widget (self)) - before.origin.x,
                                  24); /* a scrollbar's width */
  fixture_free (self);
}

static int
get_x (Fixture *self, guint32 id)
{
  int x, y;

  g_assert_true (find_center (self, id, &x, &y));
  return x;
}

/* The one in sight that is furthest at the right. */
static guint32
find_rightmost (Fixture *self)
{
  guint32 found = get_seen (self, 0), id;

  for (guint i = 1; (id = get_seen (self, i)) != THAW_NO_ENTRY; i++)
    if (get_x (self, id) > get_x (self, found))
      found = id;
  return found;
}

static gboolean
has_left_of (Fixture *self, int x)
{
  guint32 id;

  for (guint i = 0; (id = get_seen (self, i)) != THAW_NO_ENTRY; i++)
    if (get_x (self, id) < x)
      return TRUE;
  return FALSE;
}

/* The arrow keys go where they point. */
static void
test_mirrored_keys (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 from, to;
  int x;

  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  settle (self);
  from = find_rightmost (self);
  x = get_x (self, from);
  click (self, from, 1, NULL);
  press (self, "Left");
  to = get_focus_id (self);
  /* In a list of rows, or in the one column of a board, there is nothing beside. */
  if (has_left_of (self, x))
    {
      g_assert_cmpint (get_x (self, to), <, x);
      press (self, "Right");
      g_assert_cmpint (get_x (self, get_focus_id (self)), >, get_x (self, to));
    }
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  fixture_free (self);
}

static void
set_scale (Fixture *self, int scale)
{
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  gdk_x11_display_set_surface_scale (gtk_widget_get_display (get_widget (self)), scale);
  G_GNUC_END_IGNORE_DEPRECATIONS
  settle (self);
  view_fixture_run_frames (self->view, 3);
}

/* A finer screen: icons and text of twice the pixels, at the same places. */
static void
test_scale_2 (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 id;

  set_scale (self, 2);
  g_assert_cmpint (gtk_widget_get_scale_factor (get_widget (self)), ==, 2);
  g_assert_cmpuint (count_seen (self), >=, 1);
  id = get_seen (self, 0);
  click (self, id, 1, NULL);
  g_assert_true (is_selected (self, id));
  set_scale (self, 1);
  g_assert_cmpuint (count_seen (self), >=, 3);
  fixture_free (self);
}

static void
test_large_text (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  GtkSettings *settings = gtk_widget_get_settings (get_widget (self));
  g_autoptr (GBytes) before = paint (self);
  g_autoptr (GBytes) after = NULL;
  int dpi;

  g_object_get (settings, "gtk-xft-dpi", &dpi, NULL);
  g_object_set (settings, "gtk-xft-dpi", 2 * dpi, NULL);
  settle (self);
  after = paint (self);
  g_assert_false (g_bytes_equal (before, after));
  g_assert_cmpuint (count_seen (self), >=, 1);
  click (self, get_seen (self, 0), 1, NULL);
  g_assert_cmpuint (get_n_selected (self), ==, 1);
  g_object_set (settings, "gtk-xft-dpi", dpi, NULL);
  settle (self);
  fixture_free (self);
}

/* Chosen, not chosen, and where the keyboard is look different. */
static void
test_selected_shows (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  g_autoptr (GBytes) before = paint (self);
  g_autoptr (GBytes) selected = NULL;
  g_autoptr (GBytes) focused = NULL;

  pane_folder_model_select_id (get_model (self), get_seen (self, 1), TRUE);
  settle (self);
  selected = paint (self);
  g_assert_false (g_bytes_equal (before, selected));
  gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (get_model (self)));
  press (self, "ctrl+End");
  press (self, "ctrl+Home");
  focused = paint (self);
  g_assert_false (g_bytes_equal (selected, focused));
  g_assert_cmpuint (get_n_selected (self), ==, 0);
  fixture_free (self);
}

const Check conformance_looks[] = {
  { "right-to-left", test_right_to_left },
  { "dark", test_dark },
  { "mirrored", test_mirrored },
  { "mirrored-keys", test_mirrored_keys },
  { "scale-2", test_scale_2 },
  { "large-text", test_large_text },
  { "selected-shows", test_selected_shows },
  { NULL },
};
