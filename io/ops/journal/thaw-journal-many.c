/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps that are all or none, however many: they are asked for one by one, first for the order in
 * which names are free, of which only names and inodes are remembered, and then again to be written
 * down in parts that follow each other (thaw-journal-parts.c). So a hundred thousand renames take
 * the memory of their names. Nothing has been touched before the last part is written down. On one
 * operation's thread. */

#include "thaw-step-private.h"

#define CHECK_EACH 256

typedef struct {
  ThawJournal *journal;
  gint64 job;
  const char *token;
  ThawFolders *folders;
  guint n;
  ThawStepMaker make;
  gpointer maker_data;
  const ThawStepFuncs *funcs;
  guint number;
  GHashTable *seconds; /* number of a row → ThawRow: the way on from its hidden name */
  GPtrArray *part;     /* ThawRow */
} Many;

static gboolean
check (Many *self, guint i, GError **error)
{
  return i % CHECK_EACH != 0 || self->funcs->check == NULL
         || self->funcs->check (self->funcs->user_data, error);
}

static ThawRow *
make_row (Many *self, guint i, GError **error)
{
  g_autoptr (ThawStep) step = self->make (i, self->maker_data);
  g_autoptr (ThawRow) row = thaw_row_new (step);

  row->number = self->number + i;
  if (thaw_step_is_valid (row->step, error) && thaw_row_open (row, self->folders, error)
      && thaw_row_prepare (row, self->folders, error))
    return g_steal_pointer (&row);
  return NULL;
}

static GArray *
find_order (Many *self, GError **error)
{
  g_autoptr (ThawRenameOrder) order = thaw_rename_order_new (self->n);

  for (guint i = 0; i < self->n; i++)
    {
      g_autoptr (ThawRow) row = check (self, i, error) ? make_row (self, i, error) : NULL;

      if (row == NULL)
        return NULL;
      thaw_rename_order_add (order, row);
    }
  return thaw_rename_order_make (order, error);
}

static gboolean
write_part (Many *self, GError **error)
{
  if (!thaw_journal_add_part (self->journal, self->job, self->part, error))
    return FALSE;
  g_ptr_array_set_size (self->part, 0);
  return TRUE;
}

static gboolean
add_row (Many *self, guint code, guint *number, GError **error)
{
  guint i = code & ~THAW_ORDER_FIRST_HALF;
  gpointer row = NULL;

  if (!g_hash_table_steal_extended (self->seconds, GUINT_TO_POINTER (i), NULL, &row))
    row = make_row (self, i, error);
  if (row == NULL)
    return FALSE;
  if (code != i)
    g_hash_table_insert (self->seconds,
                         GUINT_TO_POINTER (i),
                         thaw_row_split (row, self->token, number));
  g_ptr_array_add (self->part, row);
  return self->part->len < thaw_journal_get_part_size () || write_part (self, error);
}

static gboolean
write_parts (Many *self, GArray *order, GError **error)
{
  guint number = self->number + self->n;

  for (guint i = 0; i < order->len; i++)
    if (!check (self, i, error) || !add_row (self, g_array_index (order, guint, i), &number, error))
      return FALSE;
  return self->part->len == 0 || write_part (self, error);
}

/* They are one batch. */
static gboolean
perform_few (Many *self, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);

  for (guint i = 0; i < self->n; i++)
    g_ptr_array_add (steps, self->make (i, self->maker_data));
  return thaw_journal_perform (self->journal,
                               self->job,
                               steps,
                               THAW_STEPS_ALL_OR_NONE,
                               self->funcs->done,
                               self->funcs->user_data,
                               error);
}

static gboolean
perform_all (Many *self, GError **error)
{
  g_autoptr (GArray) order = find_order (self, error);

  if (order == NULL)
    return FALSE;
  if (!write_parts (self, order, error))
    {
      thaw_journal_take_parts_back (self->journal,
                                    self->job,
                                    NULL); /* what is to come is dropped */
      return FALSE;
    }
  return thaw_journal_do_parts (self->journal, self->job, self->funcs, error);
}

/**
 * thaw_journal_perform_many: (skip)
 * @self: a journal
 * @job: a job of this process
 * @n: how many steps there are
 * @make: (scope call): makes the step of a number from 0 to @n - 1; called twice for each, and to
 * make the same then
 * @maker_data: for @make
 * @funcs: told of what is on the device, and asked whether to go on: before each part, where there
 * are several
 * @error: return location
 *
 * As thaw_journal_perform() with %THAW_STEPS_ALL_OR_NONE, for any number of steps.
 * Of several parts `done` gets each as it is on the device: what goes by a hidden name is two
 * steps then, and what is taken back again was told.
 *
 * - **Thread**: the job's. Blocks as long as the disk does.
 * - **Cancellation**: by @funcs' `check`; what was done is taken back then.
 * - **Errors**: as thaw_journal_perform(), and those of `check`.
 *
 * Returns: %TRUE when all of it is on the device
 */
gboolean
thaw_journal_perform_many (ThawJournal *self,
                           gint64 job,
                           guint n,
                           ThawStepMaker make,
                           gpointer maker_data,
                           const ThawStepFuncs *funcs,
                           GError **error)
{
  g_autoptr (ThawFolders) folders = thaw_folders_new ();
  g_autofree char *token = thaw_journal_dup_token (self, job, error);
  g_autoptr (GHashTable) seconds
      = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) thaw_row_free);
  g_autoptr (GPtrArray) part = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_row_free);
  Many many = { .journal = self,
                .job = job,
                .token = token,
                .folders = folders,
                .n = n,
                .make = make,
                .maker_data = maker_data,
                .funcs = funcs,
                .number = THAW_ROW_NUMBERS | (g_random_int () >> 2),
                .seconds = seconds,
                .part = part };

  if (token == NULL)
    return FALSE;
  return (n > thaw_journal_get_part_size () ? perform_all : perform_few) (&many, error);
}
