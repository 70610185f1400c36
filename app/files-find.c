/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to a folder whose answer takes time in proportion to it: where does a name begin so, what does
 * the selection add up to. Orders and stores can be read from any thread, so a job of the CPU pool
 * answers; the loop only asks. */

#include "files-find.h"

#define LOOK_UP_EVERY 4096 /* entries between two looks at whether the answer is still wanted */

typedef struct {
  ThawOrder *order;
  char *text;
  guint32 from;
  GtkBitset *shown; /* NULL: all; nobody else's */
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  thaw_order_release (question->order);
  g_clear_pointer (&question->shown, gtk_bitset_unref);
  g_free (question->text);
  g_free (question);
}

static Question *
question_new (ThawOrder *order, const char *text, guint32 from)
{
  Question *question = g_new0 (Question, 1);

  question->order = thaw_order_ref (order);
  question->text = g_strdup (text);
  question->from = from;
  return question;
}

static gboolean
find_prefix_job (ThawJob *job, gpointer user_data, GError **error)
{
  const Question *question = user_data;
  guint32 n = thaw_order_get_n (question->order);
  guint32 position = thaw_order_find_prefix (question->order, question->text, question->from);
  guint32 first = position;

  while (position != THAW_NO_ENTRY && question->shown != NULL
         && !gtk_bitset_contains (question->shown, position))
    {
      if (thaw_job_set_error_if_cancelled (job, error))
        return FALSE;
      position = thaw_order_find_prefix (question->order, question->text, (position + 1) % n);
      if (position == first)
        position = THAW_NO_ENTRY;
    }
  thaw_job_return_int64 (job,
                         position != THAW_NO_ENTRY ? thaw_order_get_id (question->order, position)
                                                   : THAW_NO_ENTRY);
  return TRUE;
}

/**
 * files_find_prefix:
 * @scope: what it belongs to
 * @order: the entries to look through
 * @prefix: what the name has to begin with, folded
 * @from: the position at which the search starts; it goes on from the top
 * @shown: (transfer full) (nullable): the positions of those to look at, %NULL for all
 *
 * Finds the next entry whose name begins with @prefix.
 *
 * Returns: (transfer full): a future that resolves to its id, or to %THAW_NO_ENTRY
 */
ThawFuture *
files_find_prefix (ThawScope *scope,
                   ThawOrder *order,
                   const char *prefix,
                   guint32 from,
                   GtkBitset *shown)
{
  Question *question = question_new (order, prefix, from);

  question->shown = shown;
  return thaw_scope_compute (scope,
                             "find a prefix",
                             THAW_PRIORITY_HIGH,
                             find_prefix_job,
                             question,
                             question_free);
}

typedef struct {
  ThawOrder *order; /* which has what the ids are of */
  GArray *ids;
} Sum;

static void
sum_free (gpointer data)
{
  Sum *sum = data;

  thaw_order_release (sum->order);
  g_array_unref (sum->ids);
  g_free (sum);
}

static gboolean
sum_job (ThawJob *job, gpointer user_data, GError **error)
{
  const Sum *sum = user_data;
  ThawEntryStore *store = thaw_order_get_store (sum->order);
  guint64 total = 0;

  for (guint i = 0; i < sum->ids->len; i++)
    {
      guint32 id = g_array_index (sum->ids, guint32, i);

      if (i % LOOK_UP_EVERY == 0 && thaw_job_set_error_if_cancelled (job, error))
        return FALSE;
      if ((thaw_entry_store_get_flags (store, id) & THAW_ENTRY_HAS_STAT)
          && !thaw_entry_store_is_folder (store, id))
        total += thaw_entry_store_get_size (store, id);
    }
  thaw_job_return_int64 (job, MIN (total, G_MAXINT64));
  return TRUE;
}

/**
 * files_sum_sizes:
 * @scope: what it belongs to
 * @order: the entries shown
 * @ids: (transfer full) (element-type guint32): some of them
 *
 * Adds up the sizes of the files among @ids, as far as they are known. Folders count nothing.
 *
 * Returns: (transfer full): a future that resolves to a number of bytes
 */
ThawFuture *
files_sum_sizes (ThawScope *scope, ThawOrder *order, GArray *ids)
{
  Sum *sum = g_new0 (Sum, 1);

  sum->order = thaw_order_ref (order);
  sum->ids = ids;
  return thaw_scope_compute (scope, "add up sizes", THAW_PRIORITY_LOW, sum_job, sum, sum_free);
}
