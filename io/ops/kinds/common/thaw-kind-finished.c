/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an interrupted job has done already, by the steps that its journal has: so that going on
 * neither does a thing twice nor takes its own work for a conflict. On the thread of the run. The
 * journal has settled what was under way before. */

#include "thaw-kind-private.h"

#include <string.h>

struct _ThawFinished {
  GPtrArray *steps;      /* ThawStep */
  GHashTable *by_number; /* of the hidden name, as a pointer → ThawStep of steps */
  GHashTable *left;      /* "ino/name" of what was taken away */
  GHashTable *moved;     /* the same → ThawStep of steps that says where to, on another device */
};

static char *
make_key (guint64 ino, const char *name)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT "/%s", ino, name);
}

static guint
number_of_name (const char *name)
{
  const char *dash = strrchr (name, '-');

  return dash != NULL ? (guint) g_ascii_strtoull (dash + 1, NULL, 10) : 0;
}

static void
note_step (ThawFinished *self, const char *token, ThawStep *step)
{
  if (step->from.name != NULL && thaw_token_owns_name (token, step->from.name))
    g_hash_table_insert (self->by_number,
                         GUINT_TO_POINTER (number_of_name (step->from.name)),
                         step);
  if (step->from.name != NULL && !thaw_token_owns_name (token, step->from.name))
    g_hash_table_add (self->left, make_key (step->from.ino, step->from.name));
  if (step->type == THAW_STEP_MOVED)
    g_hash_table_insert (self->moved, make_key (step->from.ino, step->from.name), step);
}

ThawFinished *
thaw_finished_load (ThawRun *run, GError **error)
{
  ThawJournal *journal = thaw_run_get_journal (run);
  g_autoptr (ThawFinished) self = g_new0 (ThawFinished, 1);

  self->by_number = g_hash_table_new (NULL, NULL);
  self->left = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->moved = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->steps = thaw_journal_list_steps (journal, thaw_run_get_job (run), error);
  if (self->steps == NULL)
    return NULL;
  for (guint i = 0; i < self->steps->len; i++)
    note_step (self, thaw_run_get_token (run), g_ptr_array_index (self->steps, i));
  return g_steal_pointer (&self);
}

const ThawStep *
thaw_finished_find (ThawFinished *self, guint number)
{
  return self != NULL ? g_hash_table_lookup (self->by_number, GUINT_TO_POINTER (number)) : NULL;
}

const ThawStep *
thaw_finished_find_moved (ThawFinished *self, ThawPlace *place, const char *name)
{
  g_autofree char *key = NULL;

  if (self == NULL)
    return NULL;
  key = make_key (thaw_place_get_ino (place), name);
  return g_hash_table_lookup (self->moved, key);
}

gboolean
thaw_finished_has_left (ThawFinished *self, ThawPlace *place, const char *name)
{
  g_autofree char *key = NULL;

  if (self == NULL)
    return FALSE;
  key = make_key (thaw_place_get_ino (place), name);
  return g_hash_table_contains (self->left, key);
}

void
thaw_finished_free (ThawFinished *self)
{
  g_clear_pointer (&self->by_number, g_hash_table_unref);
  g_clear_pointer (&self->left, g_hash_table_unref);
  g_clear_pointer (&self->moved, g_hash_table_unref);
  g_clear_pointer (&self->steps, g_ptr_array_unref);
  g_free (self);
}
