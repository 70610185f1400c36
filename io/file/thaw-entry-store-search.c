/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which entries have these names, for those who only read a store. The index by name is the
 * writer's, who changes it at any moment; here the names that are looked for are put into a small
 * table instead, and every entry is looked up in that, in the order in which the store has them:
 * some ten milliseconds for a million entries. Any thread but the loop's, which only asks.
 */

#include "thaw-entry-store-private.h"

#include <string.h>

#define LOOK_UP_EVERY 4096 /* entries between two looks at whether the answer is still wanted */

/* Open addressing: place + 1 by the hash of the name, 0 for empty. */
typedef struct {
  GPtrArray *names; /* in the arena */
  guint32 *slots;
  guint32 size; /* a power of two */
  GArray *found;
} Wanted;

static void
wanted_clear (Wanted *self)
{
  g_ptr_array_unref (self->names);
  g_free (self->slots);
  g_clear_pointer (&self->found, g_array_unref);
}

/* The slot of @name, or the empty one where it would be. */
static guint32
find_slot (const Wanted *self, const char *name, gsize length)
{
  guint32 slot = _thaw_name_hash (name, length) & (self->size - 1);

  while (self->slots[slot] != 0
         && strcmp (g_ptr_array_index (self->names, self->slots[slot] - 1), name) != 0)
    slot = (slot + 1) & (self->size - 1);
  return slot;
}

static void
wanted_init (Wanted *self, const char *names, gsize length)
{
  guint32 none = THAW_NO_ENTRY;

  self->names = g_ptr_array_new ();
  for (const char *name = names; name < names + length; name += strlen (name) + 1)
    g_ptr_array_add (self->names, (gpointer) name);
  for (self->size = 64; self->size / 2 < self->names->len; self->size *= 2)
    ;
  self->slots = g_new0 (guint32, self->size);
  self->found = g_array_sized_new (FALSE, FALSE, sizeof (guint32), self->names->len);
  for (guint i = 0; i < self->names->len; i++)
    {
      const char *name = g_ptr_array_index (self->names, i);
      guint32 slot = find_slot (self, name, strlen (name));

      if (self->slots[slot] == 0)
        self->slots[slot] = i + 1;
      g_array_append_val (self->found, none);
    }
}

static void
look_at (Wanted *self, ThawEntryStore *store, guint32 from, guint32 end)
{
  for (guint32 id = from; id < end; id++)
    {
      const char *name = _thaw_entry_store_name (store, id);
      guint32 slot = find_slot (self, name, strlen (name));

      if (self->slots[slot] != 0 && !(THAW_READ (store, flags, guint8, id) & THAW_ENTRY_GONE))
        g_array_index (self->found, guint32, self->slots[slot] - 1) = id;
    }
}

/* What was asked for more than once. */
static void
copy_found (Wanted *self)
{
  for (guint i = 0; i < self->names->len; i++)
    {
      const char *name = g_ptr_array_index (self->names, i);
      guint32 place = self->slots[find_slot (self, name, strlen (name))] - 1;

      g_array_index (self->found, guint32, i) = g_array_index (self->found, guint32, place);
    }
}

/**
 * thaw_entry_store_look_up:
 * @self: a store
 * @names: (array length=length) (element-type guint8): names, byte for byte, with a NUL after each;
 *   the same may be there more than once
 * @length: of all of them together
 * @job: (nullable): whose answer it is
 *
 * Finds the entries with these names, among those that aren't gone. Those of branches aren't looked
 * at.
 *
 * - **Thread**: any but the loop's: every entry is looked at, which takes some ten milliseconds for
 *   a million. What is written meanwhile is found or not.
 *
 * Returns: (transfer full) (nullable) (element-type guint32): of each name its id, or
 *   %THAW_NO_ENTRY; %NULL if @job is cancelled
 */
GArray *
thaw_entry_store_look_up (ThawEntryStore *self, const char *names, gsize length, ThawJob *job)
{
  guint32 n = thaw_entry_store_get_n (self);
  gboolean is_wanted = TRUE;
  GArray *found = NULL;
  Wanted wanted = { 0 };

  wanted_init (&wanted, names, length);
  for (guint32 id = 0; id < n && is_wanted && wanted.names->len > 0; id += LOOK_UP_EVERY)
    {
      is_wanted = job == NULL || !thaw_job_is_cancelled (job);
      look_at (&wanted, self, id, MIN (n, id + LOOK_UP_EVERY));
    }
  copy_found (&wanted);
  if (is_wanted)
    found = g_steal_pointer (&wanted.found);
  wanted_clear (&wanted);
  return found;
}

typedef struct {
  ThawEntryStore *store;
  GString *names;
} Question;

static void
question_free (gpointer data)
{
  Question *self = data;

  thaw_entry_store_release (self->store);
  g_string_free (self->names, TRUE);
  g_free (self);
}

static gboolean
find_names_job (ThawJob *job, gpointer user_data, GError **error)
{
  const Question *self = user_data;
  GArray *found = thaw_entry_store_look_up (self->store, self->names->str, self->names->len, job);

  if (found == NULL)
    return !thaw_job_set_error_if_cancelled (job, error);
  thaw_job_return_pointer (job, found, (GDestroyNotify) g_array_unref);
  return TRUE;
}

/**
 * thaw_entry_store_find_names:
 * @self: a store
 * @scope: what the answer belongs to
 * @names: names, byte for byte; the same may be there more than once
 *
 * Finds the entries with these names, among those that aren't gone. Those of branches aren't looked
 * at. No entry is called "", so that can stand for a name that isn't known.
 *
 * - **Thread**: the one of @scope; a thread of the CPU pool looks at every entry.
 * - **Cancellation**: release the future.
 *
 * Returns: (transfer full): a future that resolves to a #GArray of guint32: of each name its id, or
 *   %THAW_NO_ENTRY. What has changed since then is for the caller to ask: the id may be gone.
 */
ThawFuture *
thaw_entry_store_find_names (ThawEntryStore *self, ThawScope *scope, const char *const *names)
{
  Question *question = g_new0 (Question, 1);

  question->store = thaw_entry_store_ref (self);
  question->names = g_string_new (NULL);
  for (guint i = 0; names[i] != NULL; i++)
    g_string_append_len (question->names, names[i], (gssize) strlen (names[i]) + 1);
  return thaw_scope_compute (scope,
                             "find names",
                             THAW_PRIORITY_HIGH,
                             find_names_job,
                             question,
                             question_free);
}
