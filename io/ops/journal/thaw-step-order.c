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

typedef struct {
  GPtrArray *rows, *out;
  GHashTable *by_name;   /* "folder/name" of from → index + 1 */
  GHashTable *by_object; /* guint64 * inode → index + 1 */
  guint *blockers;       /* whose leaving a row waits for */
  ThawRow **seconds;     /* the second half of what was split */
  guint8 *stages;
  const char *token;
  guint number;
} Order;

static char *
make_key (ThawFolderUse *use, const char *name)
{
  return g_strdup_printf ("%p/%s", (gpointer) use->place, name);
}

static gboolean
is_rename (ThawRow *row)
{
  return row->step->type == THAW_STEP_RENAME;
}

/* From here to a hidden name, and from there on. */
static ThawRow *
split (Order *self, ThawRow *row)
{
  ThawRow *second = thaw_row_new (row->step);
  ThawStep *first = row->step;

  second->told = g_steal_pointer (&row->told);
  second->number = self->number++;
  second->noted_dev = row->noted_dev;
  second->object_btime_nsec = row->object_btime_nsec;
  second->from_fsid = row->from_fsid;
  second->to_fsid = row->to_fsid;
  second->from = row->from;
  second->to = row->to;
  thaw_step_end_copy (&first->to, &first->from);
  g_free (first->to.name);
  first->to.name = thaw_token_dup_name (self->token, self->number++);
  row->to = row->from;
  row->to_fsid = row->from_fsid;
  thaw_step_end_copy (&second->step->from, &first->to);
  return second;
}

static gboolean
fail_taken (const ThawStepEnd *end, GError **error)
{
  g_autofree char *name = g_filename_display_name (end->name);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, "There is a “%s” already", name);
  return FALSE;
}

static gboolean
is_second_link (ThawFolderUse *use, const ThawStepEnd *from, const ThawStepEnd *to)
{
  struct stat st;
  g_autofree char *a = g_utf8_make_valid (from->name, -1), *b = g_utf8_make_valid (to->name, -1);
  g_autofree char *folded_a = g_utf8_casefold (a, -1), *folded_b = g_utf8_casefold (b, -1);

  if (fstatat (thaw_place_get_fd (use->place), to->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return FALSE;
  if (S_ISDIR (st.st_mode) || st.st_nlink < 2)
    return FALSE;
  return strcmp (folded_a, folded_b) != 0;
}

/* Who has the name that this row wants. Itself: the file system takes both for one name. */
static gboolean
find_blocker (Order *self, guint i, GError **error)
{
  ThawRow *row = g_ptr_array_index (self->rows, i);
  ThawStep *step = row->step;
  g_autofree char *key = make_key (row->to, step->to.name);
  guint found = GPOINTER_TO_UINT (g_hash_table_lookup (self->by_name, key));
  ThawIdentity there;

  self->blockers[i] = NOBODY;
  if (found == 0 && thaw_place_look (row->to->place, step->to.name, &there, NULL))
    {
      found = there.ino == step->object.ino
                  ? i + 1
                  : GPOINTER_TO_UINT (g_hash_table_lookup (self->by_object, &there.ino));
      if (found == 0 || (found == i + 1 && is_second_link (row->to, &step->from, &step->to)))
        return fail_taken (&step->to, error);
    }
  if (found != 0)
    self->blockers[i] = found - 1;
  return TRUE;
}

static void
put_out (Order *self, guint i)
{
  if (self->seconds[i] != NULL)
    g_ptr_array_add (self->out, g_steal_pointer (&self->seconds[i]));
  else
    g_ptr_array_add (self->out, g_ptr_array_index (self->rows, i));
  self->stages[i] = ROW_IS_OUT;
}

static void
put_first_half_out (Order *self, guint i)
{
  ThawRow *row = g_ptr_array_index (self->rows, i);

  self->seconds[i] = split (self, row);
  g_ptr_array_add (self->out, row);
}

/* Along the chain of those who wait, then back. */
static void
put_chain_out (Order *self, guint i)
{
  g_autoptr (GArray) chain = g_array_new (FALSE, FALSE, sizeof (guint));

  while (i != NOBODY && self->stages[i] == ROW_WAITS)
    {
      self->stages[i] = ROW_IS_ON_ITS_WAY;
      g_array_append_val (chain, i);
      i = self->blockers[i];
    }
  if (i != NOBODY && self->stages[i] == ROW_IS_ON_ITS_WAY)
    put_first_half_out (self, i);
  while (chain->len > 0)
    {
      put_out (self, g_array_index (chain, guint, chain->len - 1));
      g_array_set_size (chain, chain->len - 1);
    }
}

static gboolean
index_rows (Order *self, GError **error)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < self->rows->len; i++)
    {
      ThawRow *row = g_ptr_array_index (self->rows, i);

      if (!is_rename (row))
        continue;
      if (!g_hash_table_insert (self->by_name,
                                make_key (row->from, row->step->from.name),
                                GUINT_TO_POINTER (i + 1))
          || !g_hash_table_add (wanted, make_key (row->to, row->step->to.name)))
        return fail_taken (&row->step->to, error);
      g_hash_table_insert (self->by_object, &row->step->object.ino, GUINT_TO_POINTER (i + 1));
    }
  return TRUE;
}

static gboolean
find_blockers (Order *self, GError **error)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      self->blockers[i] = NOBODY;
      if (is_rename (g_ptr_array_index (self->rows, i)) && !find_blocker (self, i, error))
        return FALSE;
    }
  return TRUE;
}

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

static gboolean
order_each (Order *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      if (changes_case (g_ptr_array_index (self->rows, i)))
        put_first_half_out (self, i);
      put_out (self, i);
    }
  return TRUE;
}

static gboolean
order_all (Order *self, GError **error)
{
  if (!index_rows (self, error) || !find_blockers (self, error))
    return FALSE;
  for (guint i = 0; i < self->rows->len; i++)
    put_chain_out (self, i);
  return TRUE;
}

GPtrArray *
thaw_rows_order (GPtrArray *rows,
                 ThawStepsMode mode,
                 const char *token,
                 guint number,
                 GError **error)
{
  Order self = { .rows = rows, .token = token, .number = number };
  gboolean success;

  self.out = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_row_free);
  self.by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self.by_object = g_hash_table_new (g_int64_hash, g_int64_equal);
  self.blockers = g_new (guint, rows->len);
  self.seconds = g_new0 (ThawRow *, rows->len);
  self.stages = g_new0 (guint8, rows->len);
  success = mode == THAW_STEPS_ALL_OR_NONE ? order_all (&self, error) : order_each (&self);
  g_hash_table_unref (self.by_name);
  g_hash_table_unref (self.by_object);
  g_free (self.blockers);
  g_free (self.seconds);
  g_free (self.stages);
  if (success)
    g_ptr_array_set_free_func (rows, NULL); /* each is in @out now */
  else
    g_ptr_array_set_free_func (self.out, NULL);
  if (success)
    g_ptr_array_set_size (rows, 0);
  g_ptr_array_unref (rows);
  if (success)
    return self.out;
  g_ptr_array_unref (self.out);
  return NULL;
}
