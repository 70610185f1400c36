/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a view says of itself and shows: its entries, sizes, marks and settings. */
#include "conformance.h"

static void
test_describes_itself (gconstpointer view_id)
{
  const PaneViewInfo *info = pane_view_registry_find (view_id);
  g_autoptr (PaneView) view = g_object_ref_sink (pane_view_registry_create (view_id));

  g_assert_cmpstr (info->id, ==, view_id);
  g_assert_cmpstr (info->title, !=, "");
  g_assert_cmpstr (info->icon_name, !=, "");
  g_assert_true (PANE_IS_VIEW (view));
  g_assert_cmpuint (pane_view_get_n_zoom_levels (view), >=, 1);
  g_assert_cmpuint (pane_view_get_zoom (view), <, pane_view_get_n_zoom_levels (view));
}

static void
test_shows_entries (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);

  g_assert_cmpuint (count_seen (self), >=, 3);
  for (guint i = 0; i < MIN (count_seen (self), 20); i++)
    {
      guint32 id = get_seen (self, i);
      int x, y;

      g_assert_true (find_center (self, id, &x, &y));
      g_assert_cmpuint (pane_view_get_entry_at (self->view->view, x, y), ==, id);
    }
  fixture_free (self);
}

static void
test_empty (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint first, last;

  publish (self, THAW_SORT_NAME, FALSE, "no name has this in it");
  g_assert_false (pane_view_get_visible_range (self->view->view, &first, &last));
  press (self, "Down");
  press (self, "Return");
  g_assert_cmpuint (self->n_activated, ==, 0);
  publish_all (self);
  g_assert_cmpuint (count_seen (self), >=, 3);
  fixture_free (self);
}

static void
test_cut (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 id = get_seen (self, 0);
  g_autoptr (GBytes) before = paint (self);
  g_autoptr (GBytes) cut = NULL;

  pane_folder_model_set_cut_ids (get_model (self), &id, 1);
  view_fixture_run_frames (self->view, 2);
  cut = paint (self);
  g_assert_false (g_bytes_equal (before, cut));
  fixture_free (self);
}

static void
test_drop_mark (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  g_autoptr (GBytes) before = paint (self);
  g_autoptr (GBytes) marked = NULL;
  g_autoptr (GBytes) after = NULL;

  pane_view_set_drop_entry (self->view->view, get_seen (self, 2));
  settle (self);
  marked = paint (self);
  g_assert_false (g_bytes_equal (before, marked));
  pane_view_set_drop_entry (self->view->view, THAW_NO_ENTRY);
  settle (self);
  after = paint (self);
  g_assert_false (g_bytes_equal (marked, after));
  fixture_free (self);
}

static void
test_zoom (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint n_levels = pane_view_get_n_zoom_levels (self->view->view);

  for (guint level = 0; level < n_levels; level++)
    {
      pane_view_set_zoom (self->view->view, level);
      settle (self);
      g_assert_cmpuint (pane_view_get_zoom (self->view->view), ==, level);
      g_assert_cmpuint (count_seen (self), >=, 1);
    }
  pane_view_set_zoom (self->view->view, 99);
  g_assert_cmpuint (pane_view_get_zoom (self->view->view), ==, n_levels - 1);
  fixture_free (self);
}

static void
test_settings (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  g_autofree char *settings = pane_view_dup_settings (self->view->view);
  g_autofree char *again = NULL;

  g_assert_null (strchr (settings, '\n'));
  pane_view_apply_settings (self->view->view, "what nobody understands=7 \xe2\x80\xa6");
  pane_view_apply_settings (self->view->view, settings);
  again = pane_view_dup_settings (self->view->view);
  g_assert_cmpstr (settings, ==, again);
  fixture_free (self);
}

static void
test_narrow_and_wide (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  const int sizes[][2] = { { 200, 150 }, { 1200, 700 }, { 360, 500 } };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      gtk_window_set_default_size (GTK_WINDOW (self->view->window), sizes[i][0], sizes[i][1]);
      settle (self);
      g_assert_cmpuint (count_seen (self), >=, 1);
    }
  fixture_free (self);
}

const Check conformance_showing[] = {
  { "describes-itself", test_describes_itself },
  { "shows-entries", test_shows_entries },
  { "empty", test_empty },
  { "cut", test_cut },
  { "drop-mark", test_drop_mark },
  { "zoom", test_zoom },
  { "settings", test_settings },
  { "narrow-and-wide", test_narrow_and_wide },
  { NULL },
};
