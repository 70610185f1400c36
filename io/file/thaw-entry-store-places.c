/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where an entry is. Almost always that is its name in the folder, and nothing is kept. What GIO
 * makes up out of thin air (recent files, volumes, servers) has a name for people, which is the one
 * that is shown, sorted and searched, and lies elsewhere: then its URI is kept here. Any thread;
 * the lock is held for one look-up.
 */

#include "thaw-branch-private.h"

/**
 * thaw_entry_store_set_place:
 * @self: a store
 * @id: an entry
 * @uri: where it is
 *
 * Says that an entry isn't where its name says.
 *
 * - **Thread**: the writer's.
 */
void
thaw_entry_store_set_place (ThawEntryStore *self, guint32 id, const char *uri)
{
  pthread_mutex_lock (&self->places_lock);
  if (self->places == NULL)
    self->places = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_hash_table_insert (self->places, GUINT_TO_POINTER (id), g_strdup (uri));
  pthread_mutex_unlock (&self->places_lock);
}

/**
 * thaw_entry_store_dup_file:
 * @self: a store
 * @id: an entry
 * @folder: the folder that the store is of
 *
 * Gets an entry as a file. Nothing is touched.
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): its file; %NULL for an entry of a branch that was cut
 */
GFile *
thaw_entry_store_dup_file (ThawEntryStore *self, guint32 id, GFile *folder)
{
  g_autofree char *uri = NULL;

  if (id >= THAW_MAX_ENTRIES)
    {
      folder = thaw_entry_store_get_folder (self, id, folder);
      if (!_thaw_entry_store_resolve (&self, &id))
        return NULL;
    }
  pthread_mutex_lock (&self->places_lock);
  if (self->places != NULL)
    uri = g_strdup (g_hash_table_lookup (self->places, GUINT_TO_POINTER (id)));
  pthread_mutex_unlock (&self->places_lock);
  if (uri != NULL)
    return g_file_new_for_uri (uri);
  return g_file_get_child (folder, thaw_entry_store_get_name (self, id));
}
