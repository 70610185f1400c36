/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Branches and composed orders against a list that is put together by hand: trees of stores at
 * random, each with a sorter of its own, entries that come and go, and branches that are cut. The
 * seed is printed.
 */
#include "thaw-branch.h"

#include <string.h>

#define N_ROUNDS 200

typedef struct {
  ThawEntryStore *store;
  ThawSorter *sorter;
  ThawOrder *order;
  ThawBranch *branch; /* NULL: the trunk */
  guint32 place;      /* of the folder, in the parent's store */
  guint parent;
  guint32 note;
} Node;

typedef struct {
  GArray *nodes; /* of Node; the first is the trunk */
  GArray *parts; /* of ThawOrderPart */
  GArray *ids;   /* of guint32: what is expected */
  GPtrArray *names;
} Tree;

static void
append (ThawEntryStore *store, GRand *rand, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("%08x", g_rand_int (rand));

      thaw_entry_store_append (store, name, strlen (name), THAW_ENTRY_FOLDER);
    }
  thaw_entry_store_publish (store);
}

static void
sort (Node *node)
{
  g_clear_pointer (&node->order, thaw_order_unref);
  node->order = thaw_sorter_make (node->sorter);
}

static void
add_node (Tree *tree, GRand *rand, guint parent, guint32 place, guint n)
{
  g_autoptr (GFile) location = NULL;
  g_autofree char *path = g_strdup_printf ("/nowhere/%u", tree->nodes->len);
  Node node = { .parent = parent, .place = place, .note = THAW_NO_ENTRY };
  ThawOrderSpec spec;

  thaw_order_spec_init (&spec);
  node.store = thaw_entry_store_new (NULL);
  node.sorter = thaw_sorter_new (node.store, &spec);
  append (node.store, rand, n);
  sort (&node);
  location = g_file_new_for_path (path);
  if (tree->nodes->len > 0)
    node.branch
        = thaw_branch_new (g_array_index (tree->nodes, Node, 0).store, node.store, location);
  if (g_rand_int_range (rand, 0, 4) == 0)
    node.note = THAW_FIRST_NOTE + tree->nodes->len;
  g_array_append_val (tree->nodes, node);
}

static void
node_clear (gpointer data)
{
  Node *node = data;

  if (node->branch != NULL)
    thaw_branch_cut (node->branch);
  g_clear_pointer (&node->branch, thaw_branch_unref);
  g_clear_pointer (&node->order, thaw_order_unref);
  thaw_sorter_free (node->sorter);
  thaw_entry_store_unref (node->store);
}

static Tree *
tree_new (GRand *rand, guint n_nodes, guint n_entries)
{
  Tree *tree = g_new0 (Tree, 1);

  tree->nodes = g_array_new (FALSE, FALSE, sizeof (Node));
  g_array_set_clear_func (tree->nodes, node_clear);
  tree->parts = g_array_new (FALSE, FALSE, sizeof (ThawOrderPart));
  tree->ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  tree->names = g_ptr_array_new_with_free_func (g_free);
  add_node (tree, rand, 0, 0, 1 + g_rand_int_range (rand, 0, n_entries));
  for (guint i = 1; i < n_nodes; i++)
    {
      guint parent = g_rand_int_range (rand, 0, i);
      guint32 n = thaw_entry_store_get_n (g_array_index (tree->nodes, Node, parent).store);
      guint32 place = n > 0 ? (guint32) g_rand_int_range (rand, 0, (gint32) n) : THAW_NO_ENTRY;

      for (guint j = 1; j < i; j++) /* one branch a folder */
        if (g_array_index (tree->nodes, Node, j).parent == parent
            && g_array_index (tree->nodes, Node, j).place == place)
          place = THAW_NO_ENTRY;
      add_node (tree, rand, parent, place, g_rand_int_range (rand, 0, n_entries));
    }
  return tree;
}

static void
tree_free (Tree *tree)
{
  /* The trunk last: it is the one that the branches are cut from. */
  while (tree->nodes->len > 0)
    g_array_set_size (tree->nodes, tree->nodes->len - 1);
  g_array_unref (tree->nodes);
  g_array_unref (tree->parts);
  g_array_unref (tree->ids);
  g_ptr_array_unref (tree->names);
  g_free (tree);
}

/* What should come out: entry by entry, each followed by the branch that it has. */
static void
lay_out (Tree *tree, guint index, guint parent_part, guint32 position)
{
  Node node = g_array_index (tree->nodes, Node, index);
  ThawOrderPart part = { node.order, node.branch, parent_part, position, node.note };
  guint part_index = tree->parts->len;

  g_array_append_val (tree->parts, part);
  for (guint32 i = 0; i < thaw_order_get_n (node.order); i++)
    {
      guint32 own_id = thaw_order_get_id (node.order, i);
      guint32 id = node.branch != NULL ? thaw_branch_get_id (node.branch, own_id) : own_id;

      g_array_append_val (tree->ids, id);
      g_ptr_array_add (tree->names, g_strdup (thaw_entry_store_get_name (node.store, own_id)));
      for (guint j = 1; j < tree->nodes->len; j++)
        if (g_array_index (tree->nodes, Node, j).parent == index
            && g_array_index (tree->nodes, Node, j).place == own_id)
          lay_out (tree, j, part_index, i);
    }
  if (node.note == THAW_NO_ENTRY)
    return;
  g_array_append_val (tree->ids, node.note);
  g_ptr_array_add (tree->names, g_strdup (""));
}

static ThawOrder *
compose (Tree *tree)
{
  g_array_set_size (tree->parts, 0);
  g_array_set_size (tree->ids, 0);
  g_ptr_array_set_size (tree->names, 0);
  lay_out (tree, 0, G_MAXUINT, 0);
  return thaw_order_compose ((const ThawOrderPart *) tree->parts->data, tree->parts->len);
}

static void
check (Tree *tree, ThawOrder *order)
{
  ThawEntryStore *trunk = g_array_index (tree->nodes, Node, 0).store;

  g_assert_true (thaw_order_get_store (order) == trunk);
  g_assert_true (thaw_order_is_composed (order));
  g_assert_cmpuint (thaw_order_get_n (order), ==, tree->ids->len);
  for (guint32 i = 0; i < tree->ids->len; i++)
    {
      guint32 id = g_array_index (tree->ids, guint32, i);

      g_assert_cmpuint (thaw_order_get_id (order, i), ==, id);
      g_assert_cmpuint (thaw_order_find (order, id), ==, i);
      g_assert_cmpstr (thaw_entry_store_get_name (trunk, id),
                       ==,
                       g_ptr_array_index (tree->names, i));
      g_assert_cmpint (thaw_entry_store_has (trunk, id), ==, !THAW_IS_NOTE_ID (id));
      g_assert_cmpint (thaw_entry_store_is_folder (trunk, id), ==, !THAW_IS_NOTE_ID (id));
    }
  g_assert_cmpuint (thaw_order_find (order, THAW_NO_ENTRY), ==, THAW_NO_ENTRY);
  g_assert_cmpuint (thaw_order_find (order, THAW_MAX_ENTRIES - 1), ==, THAW_NO_ENTRY);
}

/* Some come and some go. */
static void
change (Tree *tree, GRand *rand)
{
  for (guint i = 0; i < tree->nodes->len; i++)
    {
      Node *node = &g_array_index (tree->nodes, Node, i);
      guint32 n = thaw_entry_store_get_n (node->store);

      if (n > 0 && g_rand_boolean (rand))
        thaw_entry_store_remove (node->store, g_rand_int_range (rand, 0, n));
      append (node->store, rand, g_rand_int_range (rand, 0, 4));
      if (g_rand_boolean (rand))
        sort (node);
    }
}

static void
test_random (void)
{
  guint32 seed = g_test_rand_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  g_test_message ("seed %u", seed);
  for (guint round = 0; round < N_ROUNDS; round++)
    {
      Tree *tree = tree_new (rand, 1 + g_rand_int_range (rand, 0, 12), 30);

      for (guint i = 0; i < 4; i++)
        {
          g_autoptr (ThawOrder) order = compose (tree);

          check (tree, order);
          change (tree, rand);
        }
      tree_free (tree);
    }
}

/* More entries than ids come in one run, in several branches in turn. */
static void
test_runs (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  Tree *tree = tree_new (rand, 1, 10);

  for (guint i = 0; i < 3; i++)
    add_node (tree, rand, i, 0, 3 * THAW_BRANCH_RUN / 2);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (ThawOrder) order = compose (tree);

      check (tree, order);
      for (guint j = 0; j < tree->nodes->len; j++)
        {
          append (g_array_index (tree->nodes, Node, j).store, rand, THAW_BRANCH_RUN / 3);
          sort (&g_array_index (tree->nodes, Node, j));
        }
    }
  tree_free (tree);
}

/* Ids of a branch that was cut are gone for good, and an order that shows them keeps what it needs.
 */
static void
test_cut (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  Tree *tree = tree_new (rand, 1, 10);
  ThawEntryStore *trunk = g_array_index (tree->nodes, Node, 0).store;
  g_autoptr (ThawOrder) order = NULL;
  g_autoptr (GFile) folder = g_file_new_for_path ("/trunk");
  g_autoptr (GFile) file = NULL;
  guint32 id;

  add_node (tree, rand, 0, 0, 10);
  order = compose (tree);
  id = thaw_branch_get_id (g_array_index (tree->nodes, Node, 1).branch, 3);
  g_assert_true (thaw_entry_store_has (trunk, id));
  file = thaw_entry_store_dup_file (trunk, id, folder);
  g_assert_true (g_str_has_prefix (g_file_peek_path (file), "/nowhere/1/"));
  g_assert_cmpstr (g_file_peek_path (thaw_entry_store_get_folder (trunk, id, folder)),
                   ==,
                   "/nowhere/1");
  g_assert_true (thaw_entry_store_get_folder (trunk, 0, folder) == folder);

  g_array_set_size (tree->nodes, 1);
  g_assert_false (thaw_entry_store_has (trunk, id));
  g_assert_null (thaw_entry_store_dup_file (trunk, id, folder));
  g_assert_cmpstr (thaw_entry_store_get_name (trunk, id), ==, "");
  g_assert_cmpuint (thaw_entry_store_get_flags (trunk, id), ==, THAW_ENTRY_GONE);
  g_assert_cmpuint (thaw_order_find (order, id), !=, THAW_NO_ENTRY);
  add_node (tree, rand, 0, 0, 10);
  g_assert_cmpuint (thaw_branch_get_id (g_array_index (tree->nodes, Node, 1).branch, 3), !=, id);
  tree_free (tree);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/branch/random", test_random);
  g_test_add_func ("/branch/runs", test_runs);
  g_test_add_func ("/branch/cut", test_cut);
  return g_test_run ();
}
