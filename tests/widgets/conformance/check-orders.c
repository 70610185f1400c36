/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a new order of the same folder, or another folder, leaves as it was. */
#include "conformance.h"

static void
test_resort_follows_focus (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, 3000);
  guint32 id = get_id (self, 1500);

  pane_view_reveal (self->view->view, id, TRUE);
  settle (self);
  g_assert_true (is_seen (self, id));
  for (guint i = 0; i < 4; i++)
    {
      publish (self, i % 2 == 0 ? THAW_SORT_SIZE : THAW_SORT_NAME, i > 1, NULL);
      g_assert_cmpuint (get_focus_id (self), ==, id);
      g_assert_true (is_seen (self, id));
    }
  fixture_free (self);
}

static void
test_selection_follows (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, 3000);
  guint32 ids[] = { get_id (self, 3), get_id (self, 900), get_id (self, 2500) };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    pane_folder_model_select_id (get_model (self), ids[i], i == 0);
  publish (self, THAW_SORT_MODIFIED, TRUE, NULL);
  g_assert_cmpuint (get_n_selected (self), ==, G_N_ELEMENTS (ids));
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      pane_view_reveal (self->view->view, ids[i], FALSE);
      settle (self);
      gtk_test_accessible_assert_state (find_accessible (self, ids[i]),
                                        GTK_ACCESSIBLE_STATE_SELECTED,
                                        TRUE);
    }
  fixture_free (self);
}

static void
test_deleted_focus (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 id;

  press (self, "Home");
  press (self, "Down");
  id = get_focus_id (self);
  thaw_entry_store_remove (self->view->store, id);
  publish_all (self);
  g_assert_cmpuint (get_focus_id (self), !=, id);
  g_assert_cmpuint (get_focus_id (self), !=, THAW_NO_ENTRY);
  press (self, "Return");
  g_assert_cmpuint (self->n_activated, ==, 1);
  g_assert_cmpuint (self->activated, !=, id);
  fixture_free (self);
}

static void
test_filter_and_back (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, 2000);
  guint32 id = get_id (self, 1000);
  g_autofree char *name = thaw_entry_store_dup_display_name (self->view->store, id);

  pane_view_reveal (self->view->view, id, TRUE);
  settle (self);
  publish (self, THAW_SORT_NAME, FALSE, name);
  g_assert_true (is_seen (self, id));
  publish_all (self);
  g_assert_cmpuint (get_focus_id (self), ==, id);
  pane_view_reveal (self->view->view, id, TRUE);
  settle (self);
  g_assert_true (is_seen (self, id));
  fixture_free (self);
}

static void
test_another_folder (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, 3000);
  ThawEntryStore *store = fixture_make_store (50, 11);
  ThawSorter *sorter = fixture_make_sorter (store);
  g_autoptr (ThawOrder) order = fixture_make_order (sorter, THAW_SORT_NAME, FALSE, NULL);
  guint first, last;

  press (self, "End");
  press (self, "ctrl+a");
  pane_folder_model_publish (get_model (self), order);
  settle (self);
  gtk_widget_grab_focus (get_widget (self)); /* as a host does */
  g_assert_cmpuint (get_n_selected (self), ==, 0);
  g_assert_true (pane_view_get_visible_range (self->view->view, &first, &last));
  g_assert_cmpuint (first, ==, 0);
  press (self, "Home");
  g_assert_cmpuint (get_focus_position (self), ==, 0);
  fixture_free (self);
  thaw_sorter_free (sorter);
  thaw_entry_store_unref (store);
}

/* A range begins where something was chosen, and in this folder nothing was. */
static void
test_range_in_another_folder (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  ThawEntryStore *store = fixture_make_store (FEW, 11);
  ThawSorter *sorter = fixture_make_sorter (store);
  g_autoptr (ThawOrder) order = fixture_make_order (sorter, THAW_SORT_NAME, FALSE, NULL);

  press (self, "End");
  pane_folder_model_publish (get_model (self), order);
  settle (self);
  gtk_widget_grab_focus (get_widget (self));
  click (self, get_seen (self, 1), 1, "shift");
  g_assert_cmpuint (get_n_selected (self), >=, 1);
  g_assert_cmpuint (get_n_selected (self), <=, 2);
  fixture_free (self);
  thaw_sorter_free (sorter);
  thaw_entry_store_unref (store);
}

static void
test_churn (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, 2000);
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  const char *filters[] = { NULL, "1", "a", "zzzz", NULL };

  for (int i = 0; i < 3 * conformance_rounds; i++)
    {
      if (g_rand_boolean (random))
        thaw_entry_store_remove (self->view->store, (guint32) g_rand_int_range (random, 0, 2000));
      view_fixture_publish (self->view,
                            (ThawSortColumn) g_rand_int_range (random, 0, 4),
                            g_rand_boolean (random),
                            filters[g_rand_int_range (random, 0, G_N_ELEMENTS (filters))]);
      if (g_rand_boolean (random))
        view_fixture_run_frames (self->view, 1);
    }
  publish_all (self);
  g_assert_cmpuint (count_seen (self), >=, 3);
  g_assert_cmpuint (count_widgets (get_widget (self)), <, MOST_WIDGETS);
  fixture_free (self);
}

static void
test_deleted_selected (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 ids[] = { get_seen (self, 0), get_seen (self, 1), get_seen (self, 2) };
  g_autoptr (GArray) selected = NULL;

  select_ids (self, ids, G_N_ELEMENTS (ids));
  thaw_entry_store_remove (self->view->store, ids[1]);
  publish_all (self);
  selected = pane_folder_model_dup_selected_ids (get_model (self));
  g_assert_cmpuint (selected->len, ==, 2);
  g_assert_cmpuint (get_n_selected (self), ==, 2);
  g_assert_false (is_seen (self, ids[1]));
  fixture_free (self);
}

static void
test_deleted_all (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, 50);
  guint first, last;
  guint32 id;

  press (self, "Home");
  press (self, "ctrl+a");
  for (id = 0; id < 50; id++)
    thaw_entry_store_remove (self->view->store, id);
  publish_all (self);
  g_assert_false (pane_view_get_visible_range (self->view->view, &first, &last));
  g_assert_cmpuint (get_n_selected (self), ==, 0);
  press (self, "Down");
  press (self, "Return");
  press (self, "ctrl+a");
  g_assert_cmpuint (self->n_activated, ==, 0);
  id = thaw_entry_store_append (self->view->store, "new", 3, THAW_ENTRY_FILE);
  thaw_entry_store_set_stat (self->view->store, id, 1000, 0, 0100644);
  thaw_entry_store_publish (self->view->store);
  publish_all (self);
  g_assert_true (is_seen (self, id));
  press (self, "Home");
  press (self, "Return");
  g_assert_cmpuint (self->activated, ==, id);
  fixture_free (self);
}

/* All but what the user is at. */
static void
test_deleted_others (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, 1000);
  guint32 id = get_id (self, 500);

  pane_view_reveal (self->view->view, id, TRUE);
  settle (self);
  for (guint32 other = 0; other < 1000; other++)
    if (other != id)
      thaw_entry_store_remove (self->view->store, other);
  publish_all (self);
  g_assert_cmpuint (get_focus_id (self), ==, id);
  g_assert_true (is_seen (self, id));
  press (self, "Return");
  g_assert_cmpuint (self->activated, ==, id);
  fixture_free (self);
}

/* The entry that a range would have begun at is no more. */
static void
test_deleted_anchor (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 id = get_seen (self, 0), other;

  click (self, id, 1, NULL);
  thaw_entry_store_remove (self->view->store, id);
  publish_all (self);
  other = get_seen (self, 2);
  click (self, other, 1, "shift");
  g_assert_cmpuint (get_n_selected (self), ==, 1);
  g_assert_true (is_selected (self, other));
  fixture_free (self);
}

/* A range begins at an entry, wherever the order has taken that. */
static void
test_range_after_resort (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 from = get_seen (self, 0), to;
  guint first, last;

  click (self, from, 1, NULL);
  publish (self, THAW_SORT_NAME, TRUE, NULL);
  pane_view_reveal (self->view->view, get_id (self, 1), FALSE);
  settle (self);
  to = get_seen (self, 0);
  click (self, to, 1, "shift");
  first = pane_folder_model_find (get_model (self), from);
  last = pane_folder_model_find (get_model (self), to);
  g_assert_cmpuint (get_n_selected (self), ==, MAX (first, last) - MIN (first, last) + 1);
  fixture_free (self);
}

/* The keyboard is at something that can be seen while a filter hides what it was at. */
static void
test_filter_hides_focus (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, FEW);
  guint32 id = get_id (self, get_n (self) - 1), stand_in;

  press (self, "End");
  g_assert_cmpuint (get_focus_id (self), ==, id);
  publish (self, THAW_SORT_NAME, FALSE, "Folder");
  g_assert_cmpuint (pane_folder_model_find (get_model (self), id), ==, GTK_INVALID_LIST_POSITION);
  stand_in = get_focus_id (self);
  g_assert_true (is_seen (self, stand_in));
  press (self, "Return");
  g_assert_cmpuint (self->activated, ==, stand_in);
  fixture_free (self);
}

static void
append_before (Fixture *self, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("0 comes first %u", i);
      guint32 id
          = thaw_entry_store_append (self->view->store, name, strlen (name), THAW_ENTRY_FILE);

      thaw_entry_store_set_stat (self->view->store, id, 1000, 0, 0100644);
    }
  thaw_entry_store_publish (self->view->store);
}

/* What comes in above doesn't push away what is looked at. */
static void
test_added_above (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, 2000);
  guint32 id = get_id (self, 1000);

  pane_view_reveal (self->view->view, id, TRUE);
  settle (self);
  for (guint i = 0; i < 5; i++)
    {
      append_before (self, 40);
      publish_all (self);
      g_assert_cmpuint (get_focus_id (self), ==, id);
      g_assert_true (is_seen (self, id));
    }
  fixture_free (self);
}

/* Nobody has seen the one in between. */
static void
test_two_at_once (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, 1000);
  guint32 id = get_id (self, 400);

  pane_view_reveal (self->view->view, id, TRUE);
  settle (self);
  view_fixture_publish (self->view, THAW_SORT_SIZE, TRUE, "png");
  view_fixture_publish (self->view, THAW_SORT_NAME, TRUE, NULL);
  settle (self);
  g_assert_cmpuint (get_focus_id (self), ==, id);
  g_assert_true (is_seen (self, id));
  fixture_free (self);
}

/* Away and back, as a host does it: what was selected and what was looked at. */
static void
test_away_and_back (gconstpointer view_id)
{
  Fixture *self = fixture_new (view_id, 2000);
  g_autoptr (ThawOrder) back = thaw_order_ref (pane_folder_model_get_order (get_model (self)));
  ThawEntryStore *store = fixture_make_store (50, 11);
  ThawSorter *sorter = fixture_make_sorter (store);
  g_autoptr (ThawOrder) away = fixture_make_order (sorter, THAW_SORT_NAME, FALSE, NULL);
  guint32 id = get_id (self, 1200);

  pane_view_reveal (self->view->view, id, TRUE);
  settle (self);
  pane_folder_model_publish (get_model (self), away);
  settle (self);
  g_assert_true (is_seen (self, get_id (self, 0)));
  pane_folder_model_publish (get_model (self), back);
  pane_folder_model_select_id (get_model (self), id, TRUE);
  pane_view_reveal (self->view->view, id, TRUE);
  settle (self);
  g_assert_true (is_seen (self, id));
  g_assert_cmpuint (get_focus_id (self), ==, id);
  g_assert_cmpuint (get_n_selected (self), ==, 1);
  fixture_free (self);
  thaw_sorter_free (sorter);
  thaw_entry_store_unref (store);
}

const Check conformance_orders[] = {
  { "resort-follows-focus", test_resort_follows_focus },
  { "selection-follows", test_selection_follows },
  { "deleted-focus", test_deleted_focus },
  { "filter-and-back", test_filter_and_back },
  { "another-folder", test_another_folder },
  { "range-in-another-folder", test_range_in_another_folder },
  { "churn", test_churn },
  { "deleted-selected", test_deleted_selected },
  { "deleted-all", test_deleted_all },
  { "deleted-others", test_deleted_others },
  { "deleted-anchor", test_deleted_anchor },
  { "range-after-resort", test_range_after_resort },
  { "filter-hides-focus", test_filter_hides_focus },
  { "added-above", test_added_above },
  { "two-at-once", test_two_at_once },
  { "away-and-back", test_away_and_back },
  { NULL },
};
