/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The folder model against a list that anybody can check by eye: entries in an array, sorted and
 * filtered by plain loops. What the model says over its signals is replayed on a shadow list, as
 * GTK would do it, and both must always say the same. No display is needed.
 */
#include "pane-folder-model.h"

typedef struct {
  char *name;
  guint64 size;
  gboolean gone, selected;
} Entry;

typedef struct {
  ThawEntryStore *store;
  ThawSorter *sorter;
  ThawOrderSpec spec;
  PaneFolderModel *model;
  GArray *entries;  /* of Entry, by id */
  GPtrArray *rows;  /* the shadow: what GTK would hold */
  GArray *selected; /* of gboolean: the shadow's, by position */
  guint cap;
  guint floor;
  guint n_before; /* rows before the edit */
  guint n_splices;
  guint shift_at; /* the shift that was asked for last */
  int shift;
  guint n_pushed, n_pulled; /* shifts that happened, by direction */
} Fixture;

/* Shadow */

static void
check_splice (guint position, guint removed, guint added, Fixture *fixture)
{
  /* GTK walks every added row of a splice that also removes one. */
  g_assert_true (removed == 0 || added == 0);
  if (position + removed == fixture->rows->len)
    return;
  /* Slots come and go at the end only, or where a view has asked for it. */
  g_assert_cmpuint (position, ==, fixture->shift_at);
  g_assert_cmpint ((int) added - (int) removed, ==, fixture->shift);
  g_assert_cmpint (pane_folder_model_get_shift (fixture->model), ==, fixture->shift);
  fixture->n_pushed += added > 0;
  fixture->n_pulled += removed > 0;
}

static void
items_changed_cb (GListModel *model, guint position, guint removed, guint added, Fixture *fixture)
{
  check_splice (position, removed, added, fixture);
  fixture->n_splices++;
  if (removed > 0)
    {
      g_ptr_array_remove_range (fixture->rows, position, removed);
      g_array_remove_range (fixture->selected, position, removed);
    }
  for (guint i = position; i < position + added; i++)
    {
      gboolean selected = gtk_selection_model_is_selected (GTK_SELECTION_MODEL (model), i);

      g_ptr_array_insert (fixture->rows, (int) i, g_list_model_get_item (model, i));
      g_array_insert_val (fixture->selected, i, selected);
    }
}

/* GTK holds few rows, and a shift doesn't take away any of those. */
static void
unref_row (gpointer row)
{
  g_clear_object (&row);
}

static void
will_publish_cb (PaneFolderModel *model, Fixture *fixture)
{
  fixture->shift = 0;
  if (g_test_rand_bit () || fixture->rows->len == 0)
    return;
  fixture->shift_at = (guint) g_test_rand_int_range (0, (int) fixture->rows->len);
  fixture->shift = g_test_rand_int_range (-10, 11);
  pane_folder_model_set_shift (model, fixture->shift_at, fixture->shift);
  if (g_test_rand_int_range (0, 4) == 0)
    return;
  for (guint i = fixture->shift_at;
       (int) i < (int) fixture->shift_at - fixture->shift && i < fixture->rows->len;
       i++)
    unref_row (g_steal_pointer (&fixture->rows->pdata[i]));
}

static void
selection_changed_cb (GtkSelectionModel *model, guint position, guint n_items, Fixture *fixture)
{
  g_assert_cmpuint (n_items, >, 0);
  g_assert_cmpuint (position + n_items, <=, fixture->selected->len);
  for (guint i = position; i < position + n_items; i++)
    g_array_index (fixture->selected, gboolean, i) = gtk_selection_model_is_selected (model, i);
}

/* The naive list */

static Entry *
get_entry (Fixture *fixture, guint32 id)
{
  return &g_array_index (fixture->entries, Entry, id);
}

static gboolean
is_shown (Fixture *fixture, guint32 id)
{
  const Entry *entry = get_entry (fixture, id);
  const char *filter = fixture->spec.filter;

  return !entry->gone && (filter == NULL || strstr (entry->name, filter) != NULL);
}

static int
compare_entries (gconstpointer a, gconstpointer b, gpointer user_data)
{
  Fixture *fixture = user_data;
  const Entry *x = get_entry (fixture, *(const guint32 *) a);
  const Entry *y = get_entry (fixture, *(const guint32 *) b);
  int sign = fixture->spec.descending ? -1 : 1;

  if (fixture->spec.column == THAW_SORT_SIZE && x->size != y->size)
    return x->size < y->size ? -sign : sign;
  /* Names are of equal length and plain: bytes decide. Ties of size are always by ascending name.
   */
  return strcmp (x->name, y->name) * (fixture->spec.column == THAW_SORT_NAME ? sign : 1);
}

static GArray *
make_naive_order (Fixture *fixture)
{
  GArray *order = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint32 id = 0; id < fixture->entries->len; id++)
    {
      if (is_shown (fixture, id))
        g_array_append_val (order, id);
    }
  g_array_sort_with_data (order, compare_entries, fixture);
  return order;
}

static void
check_row (Fixture *fixture, GArray *naive, guint i)
{
  PaneRow *row = g_ptr_array_index (fixture->rows, i);
  g_autoptr (PaneRow) again = g_list_model_get_item (G_LIST_MODEL (fixture->model), i);
  guint32 id = i < naive->len ? g_array_index (naive, guint32, i) : THAW_NO_ENTRY;
  gboolean selected = id != THAW_NO_ENTRY && get_entry (fixture, id)->selected;

  if (row == NULL)
    row = fixture->rows->pdata[i] = g_object_ref (again);
  g_assert_true (row == again);
  g_assert_cmpuint (pane_row_get_position (row), ==, i);
  g_assert_cmpuint (pane_row_get_id (row), ==, id);
  g_assert_cmpint (g_array_index (fixture->selected, gboolean, i), ==, selected);
  g_assert_cmpint (gtk_selection_model_is_selected (GTK_SELECTION_MODEL (fixture->model), i),
                   ==,
                   selected);
}

static void
check_selection (Fixture *fixture, GArray *naive)
{
  g_autoptr (GArray) ids = pane_folder_model_dup_selected_ids (fixture->model);
  g_autoptr (GtkBitset) set
      = gtk_selection_model_get_selection (GTK_SELECTION_MODEL (fixture->model));
  guint n = 0;

  for (guint i = 0; i < naive->len; i++)
    {
      guint32 id = g_array_index (naive, guint32, i);
      gboolean selected = get_entry (fixture, id)->selected;

      g_assert_cmpint (pane_folder_model_is_id_selected (fixture->model, id), ==, selected);
      if (i < fixture->rows->len)
        g_assert_cmpint (gtk_bitset_contains (set, i), ==, selected);
      if (!selected)
        continue;
      g_assert_cmpuint (n, <, ids->len);
      g_assert_cmpuint (g_array_index (ids, guint32, n), ==, id);
      n++;
    }
  g_assert_cmpuint (ids->len, ==, n);
  g_assert_cmpuint (pane_folder_model_get_n_selected (fixture->model), ==, n);
}

static void
check_all (Fixture *fixture)
{
  g_autoptr (GArray) naive = make_naive_order (fixture);
  guint n = MAX (MIN (naive->len, fixture->cap), MIN (fixture->floor, fixture->n_before));

  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->model)), ==, n);
  g_assert_cmpuint (fixture->rows->len, ==, n);
  for (guint i = 0; i < n; i++)
    check_row (fixture, naive, i);
  for (guint i = 0; i < naive->len; i++)
    {
      guint32 id = g_array_index (naive, guint32, i);

      g_assert_cmpuint (pane_folder_model_get_id (fixture->model, i), ==, id);
      g_assert_cmpuint (pane_folder_model_find (fixture->model, id), ==, i);
    }
  check_selection (fixture, naive);
}

/* Edits */

static void
append_entry (Fixture *fixture)
{
  Entry entry = { 0 };
  guint32 id;

  entry.name = g_strdup_printf ("%c%c%c",
                                'a' + g_test_rand_int_range (0, 26),
                                'a' + g_test_rand_int_range (0, 26),
                                'a' + g_test_rand_int_range (0, 26));
  for (guint i = 0; i < fixture->entries->len; i++)
    {
      if (g_str_equal (get_entry (fixture, i)->name, entry.name))
        {
          g_free (entry.name);
          return;
        }
    }
  entry.size = (guint64) g_test_rand_int_range (0, 50);
  id = thaw_entry_store_append (fixture->store, entry.name, strlen (entry.name), THAW_ENTRY_FILE);
  g_assert_cmpuint (id, ==, fixture->entries->len);
  thaw_entry_store_set_stat (fixture->store, id, entry.size, 0, 0100644);
  g_array_append_val (fixture->entries, entry);
}

static void
remove_entry (Fixture *fixture)
{
  guint32 id;

  if (fixture->entries->len == 0)
    return;
  id = (guint32) g_test_rand_int_range (0, (int) fixture->entries->len);
  if (get_entry (fixture, id)->gone)
    return;
  get_entry (fixture, id)->gone = TRUE;
  thaw_entry_store_remove (fixture->store, id);
}

static void
publish (Fixture *fixture)
{
  g_autoptr (ThawOrder) order = NULL;

  thaw_entry_store_publish (fixture->store);
  thaw_sorter_set_spec (fixture->sorter, &fixture->spec);
  order = thaw_sorter_make (fixture->sorter);
  pane_folder_model_publish (fixture->model, order);
}

static void
edit_store (Fixture *fixture)
{
  for (int n = g_test_rand_int_range (1, 20); n > 0; n--)
    {
      if (g_test_rand_int_range (0, 5) < 3)
        append_entry (fixture);
      else
        remove_entry (fixture);
    }
  publish (fixture);
}

static void
change_order (Fixture *fixture)
{
  fixture->spec.column = g_test_rand_bit () ? THAW_SORT_NAME : THAW_SORT_SIZE;
  fixture->spec.descending = g_test_rand_bit ();
  publish (fixture);
}

static void
change_filter (Fixture *fixture)
{
  const char letter[] = { (char) ('a' + g_test_rand_int_range (0, 26)), '\0' };

  g_clear_pointer (&fixture->spec.filter, g_free);
  if (g_test_rand_bit ())
    fixture->spec.filter = g_strdup (letter);
  publish (fixture);
}

static void
change_cap (Fixture *fixture)
{
  fixture->cap = g_test_rand_bit () ? G_MAXUINT : (guint) g_test_rand_int_range (0, 60);
  pane_folder_model_set_cap (fixture->model, fixture->cap);
}

static void
change_floor (Fixture *fixture)
{
  fixture->floor = g_test_rand_bit () ? 0 : (guint) g_test_rand_int_range (0, 200);
  pane_folder_model_set_floor (fixture->model, fixture->floor);
}

static void
set_all (Fixture *fixture, gboolean selected)
{
  for (guint i = 0; i < fixture->entries->len; i++)
    get_entry (fixture, i)->selected = selected;
}

/* GTK knows rows up to the cap only. */
static void
select_some (Fixture *fixture, GArray *naive)
{
  GtkSelectionModel *model = GTK_SELECTION_MODEL (fixture->model);
  guint n = MIN (naive->len, fixture->rows->len);
  guint position, n_items;
  gboolean only = g_test_rand_bit ();
  gboolean select = g_test_rand_bit ();

  if (n == 0)
    return;
  position = (guint) g_test_rand_int_range (0, (int) n);
  n_items = g_test_rand_bit () ? 1 : (guint) g_test_rand_int_range (1, (int) (n - position) + 1);
  if (select && n_items == 1)
    gtk_selection_model_select_item (model, position, only);
  else if (select)
    gtk_selection_model_select_range (model, position, n_items, only);
  else if (n_items == 1)
    gtk_selection_model_unselect_item (model, position);
  else
    gtk_selection_model_unselect_range (model, position, n_items);
  if (select && only)
    set_all (fixture, FALSE);
  for (guint i = position; i < position + n_items; i++)
    get_entry (fixture, g_array_index (naive, guint32, i))->selected = select;
}

static void
select_every (Fixture *fixture, GArray *naive)
{
  switch (g_test_rand_int_range (0, 3))
    {
    case 0:
      gtk_selection_model_select_all (GTK_SELECTION_MODEL (fixture->model));
      for (guint i = 0; i < naive->len; i++)
        get_entry (fixture, g_array_index (naive, guint32, i))->selected = TRUE;
      break;
    case 1:
      gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (fixture->model));
      set_all (fixture, FALSE);
      break;
    default:
      pane_folder_model_invert_selection (fixture->model);
      for (guint i = 0; i < naive->len; i++)
        {
          Entry *entry = get_entry (fixture, g_array_index (naive, guint32, i));

          entry->selected = !entry->selected;
        }
      break;
    }
}

/* As the rubber band does it: with the whole list as the mask, or without. */
static void
select_by_mask (Fixture *fixture, GArray *naive)
{
  g_autoptr (GtkBitset) selected = gtk_bitset_new_empty ();
  g_autoptr (GtkBitset) mask = gtk_bitset_new_empty ();
  gboolean whole = g_test_rand_bit ();
  guint n = MIN (naive->len, fixture->rows->len);

  for (guint i = 0; i < n; i++)
    {
      Entry *entry = get_entry (fixture, g_array_index (naive, guint32, i));

      if (!whole && g_test_rand_bit ())
        continue;
      gtk_bitset_add (mask, i);
      entry->selected = g_test_rand_bit ();
      if (entry->selected)
        gtk_bitset_add (selected, i);
    }
  /* A plain rubber band leaves nothing selected outside of it, be it hidden or beyond the cap. */
  if (n > 0 && gtk_bitset_get_size (mask) == n)
    {
      set_all (fixture, FALSE);
      for (guint i = 0; i < n; i++)
        get_entry (fixture, g_array_index (naive, guint32, i))->selected
            = gtk_bitset_contains (selected, i);
    }
  gtk_selection_model_set_selection (GTK_SELECTION_MODEL (fixture->model), selected, mask);
}

static void
select_hidden_too (Fixture *fixture)
{
  guint32 id;
  gboolean only = g_test_rand_bit ();

  if (fixture->entries->len == 0)
    return;
  id = (guint32) g_test_rand_int_range (0, (int) fixture->entries->len);
  pane_folder_model_select_id (fixture->model, id, only);
  if (only)
    set_all (fixture, FALSE);
  get_entry (fixture, id)->selected = TRUE;
}

static void
edit (Fixture *fixture)
{
  g_autoptr (GArray) naive = make_naive_order (fixture);

  fixture->n_before = fixture->rows->len;
  switch (g_test_rand_int_range (0, 10))
    {
    case 0:
    case 1:
      edit_store (fixture);
      break;
    case 2:
      change_order (fixture);
      break;
    case 3:
      change_filter (fixture);
      break;
    case 4:
      change_cap (fixture);
      break;
    case 5:
      select_some (fixture, naive);
      break;
    case 6:
      select_every (fixture, naive);
      break;
    case 7:
      select_by_mask (fixture, naive);
      break;
    case 8:
      change_floor (fixture);
      break;
    default:
      select_hidden_too (fixture);
      break;
    }
}

/* Fixture */

static void
clear_entry (gpointer data)
{
  g_free (((Entry *) data)->name);
}

static Fixture *
fixture_new (void)
{
  Fixture *fixture = g_new0 (Fixture, 1);
  g_autoptr (ThawCollation) collation = thaw_collation_new ("en_US");

  fixture->store = thaw_entry_store_new (collation);
  thaw_order_spec_init (&fixture->spec);
  fixture->sorter = thaw_sorter_new (fixture->store, &fixture->spec);
  fixture->model = pane_folder_model_new ();
  fixture->entries = g_array_new (FALSE, TRUE, sizeof (Entry));
  g_array_set_clear_func (fixture->entries, clear_entry);
  fixture->rows = g_ptr_array_new_with_free_func (unref_row);
  fixture->selected = g_array_new (FALSE, FALSE, sizeof (gboolean));
  fixture->cap = G_MAXUINT;
  g_signal_connect (fixture->model, "will-publish", G_CALLBACK (will_publish_cb), fixture);
  g_signal_connect (fixture->model, "items-changed", G_CALLBACK (items_changed_cb), fixture);
  g_signal_connect (fixture->model,
                    "selection-changed",
                    G_CALLBACK (selection_changed_cb),
                    fixture);
  return fixture;
}

static void
fixture_free (Fixture *fixture)
{
  g_ptr_array_unref (fixture->rows);
  g_assert_finalize_object (fixture->model);
  g_array_unref (fixture->entries);
  g_array_unref (fixture->selected);
  thaw_sorter_free (fixture->sorter);
  thaw_order_spec_clear (&fixture->spec);
  thaw_entry_store_unref (fixture->store);
  g_free (fixture);
}

/* Tests */

static void
test_random_edits (void)
{
  guint n_pushed = 0, n_pulled = 0;

  for (int round = 0; round < 40; round++)
    {
      Fixture *fixture = fixture_new ();

      for (int i = 0; i < 200; i++)
        {
          edit (fixture);
          check_all (fixture);
        }
      g_assert_cmpuint (fixture->n_splices, >, 0);
      n_pushed += fixture->n_pushed;
      n_pulled += fixture->n_pulled;
      fixture_free (fixture);
    }
  g_test_message ("%u shifts down, %u up", n_pushed, n_pulled);
  g_assert_cmpuint (n_pushed, >, 0);
  g_assert_cmpuint (n_pulled, >, 0);
}

static void
fill (Fixture *fixture, guint n)
{
  while (fixture->entries->len < n)
    append_entry (fixture);
  publish (fixture);
}

static void
test_sort_keeps_selection (void)
{
  Fixture *fixture = fixture_new ();
  g_autoptr (GArray) before = NULL;
  g_autoptr (GArray) after = NULL;

  fill (fixture, 300);
  for (guint i = 0; i < 300; i += 7)
    gtk_selection_model_select_item (GTK_SELECTION_MODEL (fixture->model), i, FALSE);
  before = pane_folder_model_dup_selected_ids (fixture->model);
  fixture->spec.column = THAW_SORT_SIZE;
  publish (fixture);
  after = pane_folder_model_dup_selected_ids (fixture->model);
  g_assert_cmpuint (after->len, ==, before->len);
  for (guint i = 0; i < before->len; i++)
    g_assert_true (
        pane_folder_model_is_id_selected (fixture->model, g_array_index (before, guint32, i)));
  g_assert_false (memcmp (before->data, after->data, before->len * sizeof (guint32)) == 0);
  fixture_free (fixture);
}

/* Nobody holds them: whoever walks the list gets one object again and again. */
static void
test_scratch_row (void)
{
  Fixture *fixture = fixture_new ();
  gpointer held = NULL;
  gpointer first = NULL;

  g_signal_handlers_disconnect_by_data (fixture->model, fixture);
  fill (fixture, 100);
  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (PaneRow) row = g_list_model_get_item (G_LIST_MODEL (fixture->model), i);

      g_assert_cmpuint (pane_row_get_position (row), ==, i);
      g_assert_cmpuint (pane_row_get_id (row), ==, pane_folder_model_get_id (fixture->model, i));
      if (i == 50)
        held = g_object_ref (row);
      if (first == NULL)
        first = row;
      g_assert_true ((gpointer) row == first || i > 50);
    }
  g_assert_cmpuint (pane_row_get_position (held), ==, 50);
  g_object_unref (held);
  fixture_free (fixture);
}

static void
count_cb (PaneRow *row, guint *count)
{
  (*count)++;
}

static void
test_row_changes (void)
{
  Fixture *fixture = fixture_new ();
  PaneRow *row;
  guint32 id;
  guint n_changed = 0;

  fill (fixture, 100);
  /* Rows that move along with their entries don't change. */
  g_signal_handlers_disconnect_by_func (fixture->model, will_publish_cb, fixture);
  fixture->shift = 0;
  row = g_ptr_array_index (fixture->rows, 10);
  g_signal_connect (row, "changed", G_CALLBACK (count_cb), &n_changed);
  id = pane_row_get_id (row);
  pane_folder_model_entries_changed (fixture->model, &id, 1);
  g_assert_cmpuint (n_changed, ==, 1);
  id = pane_folder_model_get_id (fixture->model, 11);
  pane_folder_model_entries_changed (fixture->model, &id, 1);
  g_assert_cmpuint (n_changed, ==, 1);
  pane_folder_model_entries_changed (fixture->model, NULL, 0);
  g_assert_cmpuint (n_changed, ==, 2);
  id = pane_row_get_id (row);
  pane_folder_model_set_cut_ids (fixture->model, &id, 1);
  g_assert_true (pane_folder_model_is_id_cut (fixture->model, id));
  g_assert_cmpuint (n_changed, ==, 3);
  fixture->spec.descending = TRUE;
  publish (fixture);
  g_assert_cmpuint (n_changed, ==, 4);
  g_assert_cmpuint (pane_row_get_id (row), ==, pane_folder_model_get_id (fixture->model, 10));
  publish (fixture); /* the same order again */
  g_assert_cmpuint (n_changed, ==, 4);
  fixture_free (fixture);
}

static void
remove_id (Fixture *fixture, guint32 id)
{
  get_entry (fixture, id)->gone = TRUE;
  thaw_entry_store_remove (fixture->store, id);
}

static void
test_focus (void)
{
  Fixture *fixture = fixture_new ();
  guint32 id, next, previous;

  fill (fixture, 100);
  id = pane_folder_model_get_id (fixture->model, 40);
  next = pane_folder_model_get_id (fixture->model, 41);
  pane_folder_model_set_focus_id (fixture->model, id);

  /* Hidden by a filter: a neighbour stands in, until the entry is back. */
  fixture->spec.filter = g_strdup (get_entry (fixture, next)->name);
  publish (fixture);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->model)), ==, 1);
  g_assert_cmpuint (pane_folder_model_get_focus_id (fixture->model), ==, next);
  g_clear_pointer (&fixture->spec.filter, g_free);
  publish (fixture);
  g_assert_cmpuint (pane_folder_model_get_focus_id (fixture->model), ==, id);

  /* Deleted: the next one, for good. */
  remove_id (fixture, id);
  publish (fixture);
  g_assert_cmpuint (pane_folder_model_get_focus_id (fixture->model), ==, next);

  /* The last one deleted: the one before. */
  id = pane_folder_model_get_id (fixture->model, 98);
  previous = pane_folder_model_get_id (fixture->model, 97);
  pane_folder_model_set_focus_id (fixture->model, id);
  remove_id (fixture, id);
  publish (fixture);
  g_assert_cmpuint (pane_folder_model_get_focus_id (fixture->model), ==, previous);
  fixture_free (fixture);
}

static void
test_another_store (void)
{
  Fixture *one = fixture_new ();
  Fixture *other = fixture_new ();
  g_autoptr (ThawOrder) order = NULL;
  PaneRow *row;

  fill (one, 100);
  fill (other, 60);
  gtk_selection_model_select_all (GTK_SELECTION_MODEL (one->model));
  pane_folder_model_set_focus_id (one->model, 5);
  row = g_ptr_array_index (one->rows, 3);
  order = thaw_order_ref (pane_folder_model_get_order (other->model));
  pane_folder_model_publish (one->model, order);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (one->model)), ==, 60);
  g_assert_cmpuint (one->rows->len, ==, 60);
  g_assert_true (row == g_ptr_array_index (one->rows, 3));
  g_assert_cmpuint (pane_row_get_id (row), ==, pane_folder_model_get_id (other->model, 3));
  g_assert_cmpuint (pane_folder_model_get_n_selected (one->model), ==, 0);
  for (guint i = 0; i < one->selected->len; i++)
    g_assert_false (g_array_index (one->selected, gboolean, i));
  g_assert_cmpuint (pane_folder_model_get_focus_id (one->model), ==, THAW_NO_ENTRY);
  g_assert_true (pane_folder_model_get_store (one->model) == other->store);
  fixture_free (one);
  fixture_free (other);
}

/* A row that somebody keeps too long says so, and survives its model. */
static void
test_row_outlives (void)
{
  Fixture *fixture = fixture_new ();
  g_autoptr (PaneRow) early = NULL;
  g_autoptr (PaneRow) late = NULL;

  fill (fixture, 50);
  early = g_list_model_get_item (G_LIST_MODEL (fixture->model), 1);
  late = g_list_model_get_item (G_LIST_MODEL (fixture->model), 49);
  pane_folder_model_set_cap (fixture->model, 10);
  g_assert_cmpuint (pane_row_get_id (late), ==, THAW_NO_ENTRY);
  g_assert_cmpuint (pane_row_get_position (late), ==, GTK_INVALID_LIST_POSITION);
  g_assert_null (pane_row_get_model (late));
  g_assert_true (pane_row_get_model (early) == fixture->model);
  fixture_free (fixture);
  g_assert_cmpuint (pane_row_get_id (early), ==, THAW_NO_ENTRY);
  g_assert_null (pane_row_get_model (early));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/folder-model/random-edits", test_random_edits);
  g_test_add_func ("/folder-model/sort-keeps-selection", test_sort_keeps_selection);
  g_test_add_func ("/folder-model/scratch-row", test_scratch_row);
  g_test_add_func ("/folder-model/row-changes", test_row_changes);
  g_test_add_func ("/folder-model/focus", test_focus);
  g_test_add_func ("/folder-model/another-store", test_another_store);
  g_test_add_func ("/folder-model/row-outlives", test_row_outlives);
  return g_test_run ();
}
