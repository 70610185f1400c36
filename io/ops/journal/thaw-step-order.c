/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The order of renames that are one thing for the user: "a" becomes "b" while "b" becomes "a". A
 * name is taken when whoever has it has left; where that goes in a circle one of them leaves for a
 * hidden name first. Whether two names are one is for the file system to say, which may fold case:
 * what is found under the new name is compared with the objects that are to leave. On one
 * operation's thread; only looks. */

#include "thaw-step-private.h"

#include <fcntl.h>
#include <string.h>

#define NOBODY G_MAXUINT

typedef enum { ROW_WAITS, ROW_IS_ON_ITS_WAY, ROW_IS_OUT } RowStage;

/* What the order of a row hangs on, which is less than the row: there may be a hundred thousand. */
typedef struct {
  ThawFolderUse *from, *to; /* NULL: it is no rename */
  const char *name, *new_name;
  guint64 ino;
  guint blocker; /* whose leaving it waits for */
  RowStage stage;
} Entry;

struct _ThawRenameOrder {
  GArray *entries; /* Entry */
  GStringChunk *names;
  GHashTable *by_name;   /* set of Entry, by from and name */
  GHashTable *by_object; /* set of Entry.ino */
  GArray *out;           /* guint */
};

static guint
hash_name (ThawFolderUse *use, const char *name)
{
  return g_direct_hash (use->place) * 31 + g_str_hash (name);
}

static guint
hash_old (gconstpointer data)
{
  const Entry *self = data;

  return hash_name (self->from, self->name);
}

static gboolean
equal_old (gconstpointer data_a, gconstpointer data_b)
{
  const Entry *a = data_a, *b = data_b;

  return a->from->place == b->from->place && g_str_equal (a->name, b->name);
}

static guint
hash_new (gconstpointer data)
{
  const Entry *self = data;

  return hash_name (self->to, self->new_name);
}

static gboolean
equal_new (gconstpointer data_a, gconstpointer data_b)
{
  const Entry *a = data_a, *b = data_b;

  return a->to->place == b->to->place && g_str_equal (a->new_name, b->new_name);
}

static gboolean
is_rename (ThawRow *row)
{
  return row->step->type == THAW_STEP_RENAME;
}

/* From here to a hidden name, and from there on. */
ThawRow *
thaw_row_split (ThawRow *row, const char *token, guint *number)
{
  ThawRow *second = thaw_row_new (row->step);
  ThawStep *first = row->step;

  second->told = g_steal_pointer (&row->told);
  second->number = (*number)++;
  second->noted_dev = row->noted_dev;
  second->object_btime_nsec = row->object_btime_nsec;
  second->from_fsid = row->from_fsid;
  second->to_fsid = row->to_fsid;
  second->from = row->from;
  second->to = row->to;
  thaw_step_end_copy (&first->to, &first->from);
  g_free (first->to.name);
  first->to.name = thaw_token_dup_name (token, (*number)++);
  row->to = row->from;
  row->to_fsid = row->from_fsid;
  thaw_step_end_copy (&second->step->from, &first->to);
  return second;
}

/* --- names that are in the way of each other --- */

static gboolean
fail_taken (const char *name, GError **error)
{
  g_autofree char *shown = g_filename_display_name (name);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, "There is a “%s” already", shown);
  return FALSE;
}

static gboolean
is_second_link (const Entry *entry)
{
  struct stat st;
  g_autofree char *a = g_utf8_make_valid (entry->name, -1);
  g_autofree char *b = g_utf8_make_valid (entry->new_name, -1);
  g_autofree char *folded_a = g_utf8_casefold (a, -1), *folded_b = g_utf8_casefold (b, -1);

  if (fstatat (thaw_place_get_fd (entry->to->place), entry->new_name, &st, AT_SYMLINK_NOFOLLOW)
      != 0)
    return FALSE;
  if (S_ISDIR (st.st_mode) || st.st_nlink < 2)
    return FALSE;
  return strcmp (folded_a, folded_b) != 0;
}

static Entry *
get_entry (ThawRenameOrder *self, guint i)
{
  return &g_array_index (self->entries, Entry, i);
}

static Entry *
find_by_object (ThawRenameOrder *self, const ThawIdentity *there)
{
  guint64 *ino = g_hash_table_lookup (self->by_object, &there->ino);

  return ino != NULL ? (Entry *) (gpointer) ((char *) ino - G_STRUCT_OFFSET (Entry, ino)) : NULL;
}

/* Who has the name that this one wants. Itself: the file system takes both for one name. */
static gboolean
find_blocker (ThawRenameOrder *self, Entry *entry, GError **error)
{
  const Entry wanted = { .from = entry->to, .name = entry->new_name };
  Entry *found = g_hash_table_lookup (self->by_name, &wanted);
  ThawIdentity there;

  if (found == NULL && thaw_place_look (entry->to->place, entry->new_name, &there, NULL))
    {
      found = there.ino == entry->ino ? entry : find_by_object (self, &there);
      if (found == NULL || (found == entry && is_second_link (entry)))
        return fail_taken (entry->new_name, error);
    }
  if (found != NULL)
    entry->blocker = (guint) (found - get_entry (self, 0));
  return TRUE;
}

static gboolean
index_entries (ThawRenameOrder *self, GError **error)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new (hash_new, equal_new);

  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = get_entry (self, i);

      if (entry->from == NULL)
        continue;
      if (!g_hash_table_add (self->by_name, entry) || !g_hash_table_add (wanted, entry))
        return fail_taken (entry->new_name, error);
      g_hash_table_add (self->by_object, &entry->ino);
    }
  return TRUE;
}

static gboolean
find_blockers (ThawRenameOrder *self, GError **error)
{
  for (guint i = 0; i < self->entries->len; i++)
    if (get_entry (self, i)->from != NULL && !find_blocker (self, get_entry (self, i), error))
      return FALSE;
  return TRUE;
}

static void
put_out (ThawRenameOrder *self, guint i, guint flag)
{
  guint code = i | flag;

  g_array_append_val (self->out, code);
}

/* Along the chain of those who wait, then back. */
static void
put_chain_out (ThawRenameOrder *self, GArray *chain, guint i)
{
  while (i != NOBODY && get_entry (self, i)->stage == ROW_WAITS)
    {
      get_entry (self, i)->stage = ROW_IS_ON_ITS_WAY;
      g_array_append_val (chain, i);
      i = get_entry (self, i)->blocker;
    }
  if (i != NOBODY && get_entry (self, i)->stage == ROW_IS_ON_ITS_WAY)
    put_out (self, i, THAW_ORDER_FIRST_HALF);
  while (chain->len > 0)
    {
      guint last = g_array_index (chain, guint, chain->len - 1);

      put_out (self, last, 0);
      get_entry (self, last)->stage = ROW_IS_OUT;
      g_array_set_size (chain, chain->len - 1);
    }
}

ThawRenameOrder *
thaw_rename_order_new (guint n)
{
  ThawRenameOrder *self = g_new0 (ThawRenameOrder, 1);

  self->entries = g_array_sized_new (FALSE, FALSE, sizeof (Entry), n);
  self->names = g_string_chunk_new (4096);
  self->by_name = g_hash_table_new (hash_old, equal_old);
  self->by_object = g_hash_table_new (g_int64_hash, g_int64_equal);
  self->out = g_array_sized_new (FALSE, FALSE, sizeof (guint), n);
  return self;
}

void
thaw_rename_order_free (ThawRenameOrder *self)
{
  g_hash_table_unref (self->by_name);
  g_hash_table_unref (self->by_object);
  g_array_unref (self->entries);
  g_array_unref (self->out);
  g_string_chunk_free (self->names);
  g_free (self);
}

void
thaw_rename_order_add (ThawRenameOrder *self, ThawRow *row)
{
  Entry entry = { .blocker = NOBODY, .stage = ROW_WAITS };

  if (is_rename (row))
    {
      entry.from = row->from;
      entry.to = row->to;
      entry.name = g_string_chunk_insert (self->names, row->step->from.name);
      entry.new_name = g_string_chunk_insert (self->names, row->step->to.name);
      entry.ino = row->step->object.ino;
    }
  g_array_append_val (self->entries, entry);
}

GArray *
thaw_rename_order_make (ThawRenameOrder *self, GError **error)
{
  g_autoptr (GArray) chain = g_array_new (FALSE, FALSE, sizeof (guint));

  if (!index_entries (self, error) || !find_blockers (self, error))
    return NULL;
  for (guint i = 0; i < self->entries->len; i++)
    put_chain_out (self, chain, i);
  return g_array_ref (self->out);
}

/* --- rows that are in memory --- */

/* Each by itself: only a change of case needs a second move. */
static gboolean
changes_case (ThawRow *row)
{
  ThawStep *step = row->step;
  g_autofree char *a = NULL, *b = NULL, *folded_a = NULL, *folded_b = NULL;
  ThawIdentity there;

  if (!is_rename (row) || row->from != row->to || thaw_step_is_hidden_name (step->from.name))
    return FALSE;
  a = g_utf8_make_valid (step->from.name, -1);
  b = g_utf8_make_valid (step->to.name, -1);
  folded_a = g_utf8_casefold (a, -1);
  folded_b = g_utf8_casefold (b, -1);
  return strcmp (folded_a, folded_b) == 0
         && thaw_place_look (row->to->place, step->to.name, &there, NULL)
         && there.ino == step->object.ino;
}

static void
order_each (GPtrArray *rows, GPtrArray *out, const char *token, guint number)
{
  for (guint i = 0; i < rows->len; i++)
    {
      ThawRow *row = g_ptr_array_index (rows, i);
      ThawRow *second = changes_case (row) ? thaw_row_split (row, token, &number) : NULL;

      g_ptr_array_add (out, row);
      if (second != NULL)
        g_ptr_array_add (out, second);
    }
}

static GArray *
find_order (GPtrArray *rows, GError **error)
{
  g_autoptr (ThawRenameOrder) order = thaw_rename_order_new (rows->len);

  for (guint i = 0; i < rows->len; i++)
    thaw_rename_order_add (order, g_ptr_array_index (rows, i));
  return thaw_rename_order_make (order, error);
}

static gboolean
order_all (GPtrArray *rows, GPtrArray *out, const char *token, guint number, GError **error)
{
  g_autoptr (GArray) order = find_order (rows, error);

  for (guint i = 0; order != NULL && i < order->len; i++)
    {
      guint code = g_array_index (order, guint, i);
      gpointer *slot = &g_ptr_array_index (rows, code & ~THAW_ORDER_FIRST_HALF);
      ThawRow *row = *slot;

      /* The second half waits in the place of the first. */
      if ((code & THAW_ORDER_FIRST_HALF) != 0)
        *slot = thaw_row_split (row, token, &number);
      g_ptr_array_add (out, row);
    }
  return order != NULL;
}

GPtrArray *
thaw_rows_order (GPtrArray *rows,
                 ThawStepsMode mode,
                 const char *token,
                 guint number,
                 GError **error)
{
  g_autoptr (GPtrArray) owned = rows;
  g_autoptr (GPtrArray) out = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_row_free);

  if (mode != THAW_STEPS_ALL_OR_NONE)
    order_each (rows, out, token, number);
  else if (!order_all (rows, out, token, number, error))
    return NULL;
  g_ptr_array_set_free_func (rows, NULL); /* each is in @out now */
  return g_steal_pointer (&out);
}
