/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An order: which entries of a store are shown, in which order. It holds ids, and the way back from
 * an id to its position: an array of all ids, or a small hash table where a filter shows only a few
 * of many. Immutable, so any thread may read it without a lock; made by the sorter on worker
 * threads, and best freed there.
 */

#include "thaw-branch.h"
#include "thaw-order-private.h"

#include <string.h>

/* Below this share of all ids, positions are kept in a hash table. */
#define SPARSE_SHARE 8

struct _ThawOrder {
  int ref_count; /* atomic, visible to ThreadSanitizer */
  ThawEntryStore *store;
  ThawOrderSpec spec;
  ThawIds *ids;
  guint32 *positions; /* by id, or by hash: position + 1, 0 for none */
  guint32 n_positions;
  gboolean is_sparse;
  ThawOrderTree *tree; /* instead of positions, in an order that is made of several; else NULL */
};

G_DEFINE_BOXED_TYPE (ThawOrder, thaw_order, thaw_order_ref, thaw_order_unref)

ThawIds *
_thaw_ids_new (gsize n)
{
  ThawIds *self = g_malloc (sizeof (ThawIds) + n * sizeof (guint32));

  self->ref_count = 1;
  self->n = n;
  return self;
}

ThawIds *
_thaw_ids_ref (ThawIds *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

void
_thaw_ids_unref (ThawIds *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) == 0)
    g_free (self);
}

/**
 * thaw_order_spec_init:
 * @spec: (out caller-allocates): what to fill in
 *
 * Sets up the usual order: by name, ascending, folders first, nothing hidden, no filter. Any
 * thread.
 */
void
thaw_order_spec_init (ThawOrderSpec *spec)
{
  *spec = (ThawOrderSpec){ .column = THAW_SORT_NAME, .folders_first = TRUE };
}

/**
 * thaw_order_spec_copy:
 * @to: (out caller-allocates): what to fill in; what it held is not freed
 * @from: what to copy
 *
 * Copies a wish. Any thread.
 */
void
thaw_order_spec_copy (ThawOrderSpec *to, const ThawOrderSpec *from)
{
  *to = *from;
  to->filter = g_strdup (from->filter);
  to->attribute = g_strdup (from->attribute);
}

/**
 * thaw_order_spec_clear:
 * @spec: a wish
 *
 * Frees what @spec holds, and makes it the usual order. Any thread.
 */
void
thaw_order_spec_clear (ThawOrderSpec *spec)
{
  g_free (spec->filter);
  g_free (spec->attribute);
  thaw_order_spec_init (spec);
}

static const char *
get_filter (const ThawOrderSpec *spec)
{
  return spec->filter != NULL ? spec->filter : "";
}

/**
 * thaw_order_spec_equal:
 * @a: a wish
 * @b: another one
 *
 * Compares two wishes; an empty filter is none. Any thread.
 *
 * Returns: %TRUE when they ask for the same
 */
gboolean
thaw_order_spec_equal (const ThawOrderSpec *a, const ThawOrderSpec *b)
{
  return a->column == b->column && !a->descending == !b->descending
         && !a->folders_first == !b->folders_first && !a->show_hidden == !b->show_hidden
         && strcmp (get_filter (a), get_filter (b)) == 0
         && (a->column != THAW_SORT_ATTRIBUTE || g_strcmp0 (a->attribute, b->attribute) == 0);
}

static inline guint32
hash_id (guint32 id)
{
  return (id * 0x9e3779b1u) >> 4;
}

static void
index_sparse (ThawOrder *self)
{
  guint32 size = 16;

  while (size / 2 < self->ids->n)
    size *= 2;
  self->is_sparse = TRUE;
  self->n_positions = size;
  self->positions = g_new0 (guint32, size);
  for (guint32 i = 0; i < self->ids->n; i++)
    {
      guint32 slot = hash_id (self->ids->ids[i]) & (size - 1);

      while (self->positions[slot] != 0)
        slot = (slot + 1) & (size - 1);
      self->positions[slot] = i + 1;
    }
}

static void
index_all (ThawOrder *self, guint32 n_store)
{
  const guint32 *ids = self->ids->ids;
  guint32 n = self->ids->n;

  self->n_positions = n_store;
  self->positions = g_new0 (guint32, MAX (n_store, 1));
  for (guint32 i = 0; i < n; i++)
    self->positions[ids[i]] = i + 1;
}

/* Takes @ids, all of which are below @n_store. */
ThawOrder *
_thaw_order_new (ThawEntryStore *store, const ThawOrderSpec *spec, ThawIds *ids, guint32 n_store)
{
  ThawOrder *self = g_new0 (ThawOrder, 1);

  self->ref_count = 1;
  self->store = thaw_entry_store_ref (store);
  thaw_order_spec_copy (&self->spec, spec);
  self->ids = ids;
  if (ids->n < n_store / SPARSE_SHARE)
    index_sparse (self);
  else
    index_all (self, n_store);
  return self;
}

ThawOrder *
_thaw_order_new_composed (ThawEntryStore *store,
                          const ThawOrderSpec *spec,
                          ThawIds *ids,
                          ThawOrderTree *tree)
{
  ThawOrder *self = g_new0 (ThawOrder, 1);

  self->ref_count = 1;
  self->store = thaw_entry_store_ref (store);
  thaw_order_spec_copy (&self->spec, spec);
  self->ids = ids;
  self->tree = tree;
  return self;
}

/**
 * thaw_order_is_composed:
 * @self: an order
 *
 * Tells whether there are entries of branches in it, see thaw_order_compose(). Any thread.
 *
 * Returns: %TRUE if it is made of several
 */
gboolean
thaw_order_is_composed (ThawOrder *self)
{
  return self->tree != NULL;
}

/**
 * thaw_order_get_n_notes:
 * @self: an order
 *
 * Counts the rows that are no entries, see thaw_order_compose(). Any thread.
 *
 * Returns: how many
 */
guint32
thaw_order_get_n_notes (ThawOrder *self)
{
  return self->tree != NULL ? _thaw_order_tree_get_n_notes (self->tree) : 0;
}

ThawIds *
_thaw_order_get_shared_ids (ThawOrder *self)
{
  return self->ids;
}

/**
 * thaw_order_ref:
 * @self: an order
 *
 * Adds a reference. Any thread.
 *
 * Returns: (transfer full): @self
 */
ThawOrder *
thaw_order_ref (ThawOrder *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

static void
order_free (gpointer data)
{
  ThawOrder *self = data;

  _thaw_ids_unref (self->ids);
  g_clear_pointer (&self->tree, _thaw_order_tree_free);
  g_free (self->positions);
  thaw_order_spec_clear (&self->spec);
  thaw_entry_store_unref (self->store);
  g_free (self);
}

/**
 * thaw_order_unref:
 * @self: (transfer full): an order
 *
 * Drops a reference. The last one frees megabytes in a big folder, and maybe the store: on the
 * loop's thread use [method@Thaw.Order.release].
 */
void
thaw_order_unref (ThawOrder *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) == 0)
    order_free (self);
}

/**
 * thaw_order_release:
 * @self: (transfer full): an order
 *
 * Drops a reference; if it was the last one, a worker thread frees the order.
 *
 * - **Thread**: any. Doesn't block.
 */
void
thaw_order_release (ThawOrder *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) == 0)
    _thaw_release (self, order_free);
}

/**
 * thaw_order_get_n:
 * @self: an order
 *
 * Gets how many entries are shown. Any thread.
 *
 * Returns: the number
 */
guint32
thaw_order_get_n (ThawOrder *self)
{
  return self->ids->n;
}

/**
 * thaw_order_get_id:
 * @self: an order
 * @position: below thaw_order_get_n()
 *
 * Gets the entry at a position. Any thread.
 *
 * Returns: its id
 */
guint32
thaw_order_get_id (ThawOrder *self, guint32 position)
{
  return self->ids->ids[position];
}

static guint32
find_sparse (ThawOrder *self, guint32 id)
{
  guint32 mask = self->n_positions - 1;

  for (guint32 slot = hash_id (id) & mask; self->positions[slot] != 0; slot = (slot + 1) & mask)
    if (self->ids->ids[self->positions[slot] - 1] == id)
      return self->positions[slot] - 1;
  return THAW_NO_ENTRY;
}

/**
 * thaw_order_find:
 * @self: an order
 * @id: an entry, one that came after the order was made too
 *
 * Finds where an entry is shown, in constant time. Any thread.
 *
 * Returns: its position, or %THAW_NO_ENTRY when it isn't shown
 */
guint32
thaw_order_find (ThawOrder *self, guint32 id)
{
  if (self->is_sparse)
    return find_sparse (self, id);
  if (self->tree != NULL)
    return _thaw_order_tree_find (self->tree, self->store, id);
  if (id >= self->n_positions || self->positions[id] == 0)
    return THAW_NO_ENTRY;
  return self->positions[id] - 1;
}

/**
 * thaw_order_get_ids:
 * @self: an order
 *
 * Gets all ids in order. Any thread.
 *
 * Returns: (transfer none): thaw_order_get_n() ids, valid as long as the order
 */
const guint32 *
thaw_order_get_ids (ThawOrder *self)
{
  return self->ids->ids;
}

/**
 * thaw_order_get_store:
 * @self: an order
 *
 * Gets the store whose entries these are. Any thread.
 *
 * Returns: (transfer none): the store
 */
ThawEntryStore *
thaw_order_get_store (ThawOrder *self)
{
  return self->store;
}

/**
 * thaw_order_get_spec:
 * @self: an order
 *
 * Gets what the order was made for. Any thread.
 *
 * Returns: (transfer none): the wish
 */
const ThawOrderSpec *
thaw_order_get_spec (ThawOrder *self)
{
  return &self->spec;
}

static gboolean
starts_with (const char *name, const char *prefix, gsize prefix_length)
{
  g_autofree char *folded = NULL;

  for (gsize i = 0; i < prefix_length; i++)
    {
      if ((guint8) name[i] >= 128)
        {
          folded = _thaw_fold (name);
          return g_str_has_prefix (folded, prefix);
        }
      if (g_ascii_tolower (name[i]) != prefix[i])
        return FALSE;
    }
  return TRUE;
}

/**
 * thaw_order_find_prefix:
 * @self: an order
 * @prefix: the start of a name; case and accents don't matter
 * @from: position to start at
 *
 * Finds the first entry at or after a position whose name starts with a text; after the end it goes
 * on at the start. For type-ahead.
 *
 * - **Thread**: any. Takes some milliseconds for a hundred thousand names: a worker thread's for
 * big folders.
 *
 * Returns: its position, or %THAW_NO_ENTRY
 */
guint32
thaw_order_find_prefix (ThawOrder *self, const char *prefix, guint32 from)
{
  g_autofree char *folded = _thaw_fold (prefix);
  gsize length = strlen (folded);
  guint32 n = self->ids->n;

  from = from < n ? from : 0;
  for (guint32 i = 0; i < n; i++)
    {
      guint32 position = i < n - from ? from + i : i - (n - from);

      if (starts_with (thaw_entry_store_get_name (self->store, self->ids->ids[position]),
                       folded,
                       length))
        return position;
    }
  return THAW_NO_ENTRY;
}

/**
 * thaw_order_get_memory:
 * @self: an order
 *
 * Adds up the memory of the order: ids and positions. Ids may be shared with the sorter. Any
 * thread.
 *
 * Returns: bytes
 */
gsize
thaw_order_get_memory (ThawOrder *self)
{
  return sizeof (*self) + sizeof (ThawIds)
         + ((gsize) self->ids->n + self->n_positions) * sizeof (guint32);
}
