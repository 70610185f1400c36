/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What checking an undo of a million steps has to remember of each: in a hash table as long as that
 * is small, and beyond it in a database of its own, which is a nameless file in the temporary
 * folder and goes with the table. A filter in memory (Bloom's) answers for nearly all of what isn't
 * there, so that the file is hardly asked in vain. When the file fails, because that disk is full,
 * nothing is lost: what it has is taken back into memory, where the table goes on growing. One
 * thread at a time. */

#include "thaw-spill-private.h"

#include <sqlite3.h>
#include <string.h>

#define N_FILTER_BITS (G_GUINT64_CONSTANT (1) << 24)
#define N_FILTER_HASHES 4

typedef enum { GET, SET, REMOVE, LIST, N_STATEMENTS } Statement;

static const char *const texts[N_STATEMENTS] = {
  [GET] = "SELECT value FROM entries WHERE key=?1",
  [SET] = "INSERT OR REPLACE INTO entries (key, value) VALUES (?1, ?2)",
  [REMOVE] = "DELETE FROM entries WHERE key=?1",
  [LIST] = "SELECT key FROM entries WHERE key>=?1 ORDER BY key",
};

struct _ThawSpill {
  guint n_max;
  GHashTable *entries; /* GBytes → GBytes; NULL: they are in the file */
  guint8 *filter;
  sqlite3 *file;
  sqlite3_stmt *statements[N_STATEMENTS];
};

ThawSpill *
thaw_spill_new (guint n_max)
{
  ThawSpill *self = g_new0 (ThawSpill, 1);

  self->n_max = n_max;
  self->entries = g_hash_table_new_full (g_bytes_hash,
                                         g_bytes_equal,
                                         (GDestroyNotify) g_bytes_unref,
                                         (GDestroyNotify) g_bytes_unref);
  return self;
}

static void
close_file (ThawSpill *self)
{
  for (guint i = 0; i < N_STATEMENTS; i++)
    g_clear_pointer (&self->statements[i], sqlite3_finalize);
  g_clear_pointer (&self->file, sqlite3_close);
  g_clear_pointer (&self->filter, g_free);
}

void
thaw_spill_free (ThawSpill *self)
{
  close_file (self);
  g_clear_pointer (&self->entries, g_hash_table_unref);
  g_free (self);
}

/* --- the filter --- */

static guint64
hash (gconstpointer key, gsize size, guint64 seed)
{
  const guint8 *bytes = key;
  guint64 value = G_GUINT64_CONSTANT (14695981039346656037) ^ seed;

  for (gsize i = 0; i < size; i++)
    value = (value ^ bytes[i]) * G_GUINT64_CONSTANT (1099511628211);
  value ^= value >> 32; /* the low bits of this hash know little of the last bytes */
  return value * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) >> 20;
}

static void
filter_add (ThawSpill *self, gconstpointer key, gsize size)
{
  guint64 first = hash (key, size, 0), step = hash (key, size, 1) | 1;

  for (guint i = 0; i < N_FILTER_HASHES; i++, first += step)
    self->filter[first % N_FILTER_BITS / 8] |= 1 << (first % 8);
}

static gboolean
filter_may_have (ThawSpill *self, gconstpointer key, gsize size)
{
  guint64 first = hash (key, size, 0), step = hash (key, size, 1) | 1;

  for (guint i = 0; i < N_FILTER_HASHES; i++, first += step)
    if ((self->filter[first % N_FILTER_BITS / 8] & 1 << (first % 8)) == 0)
      return FALSE;
  return TRUE;
}

/* --- the file --- */

static gboolean
open_file (ThawSpill *self)
{
  const char *schema = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-1024;"
                       "CREATE TABLE entries (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID;"
                       "BEGIN";

  if (sqlite3_open_v2 ("", &self->file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL)
          != SQLITE_OK
      || sqlite3_exec (self->file, schema, NULL, NULL, NULL) != SQLITE_OK)
    return FALSE;
  for (guint i = 0; i < N_STATEMENTS; i++)
    if (sqlite3_prepare_v2 (self->file, texts[i], -1, &self->statements[i], NULL) != SQLITE_OK)
      return FALSE;
  self->filter = g_malloc0 (N_FILTER_BITS / 8);
  return TRUE;
}

static sqlite3_stmt *
bind (ThawSpill *self, Statement which, gconstpointer key, gsize size)
{
  sqlite3_reset (self->statements[which]);
  sqlite3_bind_blob64 (self->statements[which], 1, key, size, SQLITE_STATIC);
  return self->statements[which];
}

static gboolean
write_to_file (ThawSpill *self,
               gconstpointer key,
               gsize key_size,
               gconstpointer value,
               gsize value_size)
{
  sqlite3_stmt *statement = bind (self, SET, key, key_size);

  filter_add (self, key, key_size);
  sqlite3_bind_blob64 (statement, 2, value, value_size, SQLITE_STATIC);
  return sqlite3_step (statement) == SQLITE_DONE;
}

static gboolean
write_all (ThawSpill *self)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      gsize key_size, value_size;
      gconstpointer key_data = g_bytes_get_data (key, &key_size);
      gconstpointer value_data = g_bytes_get_data (value, &value_size);

      if (!write_to_file (self, key_data, key_size, value_data, value_size))
        return FALSE;
    }
  return TRUE;
}

/* Where there is no room for it, it stays where it is. */
static void
spill (ThawSpill *self)
{
  if (open_file (self) && write_all (self))
    {
      g_clear_pointer (&self->entries, g_hash_table_unref);
      return;
    }
  close_file (self);
  self->n_max = G_MAXUINT;
}

static void
read_back (ThawSpill *self)
{
  ThawSpill *memory = thaw_spill_new (G_MAXUINT);
  sqlite3_stmt *statement = NULL;

  sqlite3_prepare_v2 (self->file, "SELECT key, value FROM entries", -1, &statement, NULL);
  while (statement != NULL && sqlite3_step (statement) == SQLITE_ROW)
    thaw_spill_set (memory,
                    sqlite3_column_blob (statement, 0),
                    sqlite3_column_bytes (statement, 0),
                    sqlite3_column_blob (statement, 1),
                    sqlite3_column_bytes (statement, 1));
  sqlite3_finalize (statement);
  close_file (self);
  self->entries = g_steal_pointer (&memory->entries);
  self->n_max = G_MAXUINT;
  thaw_spill_free (memory);
}

/* --- the table --- */

void
thaw_spill_set (ThawSpill *self,
                gconstpointer key,
                gsize key_size,
                gconstpointer value,
                gsize value_size)
{
  if (self->entries == NULL && write_to_file (self, key, key_size, value, value_size))
    return;
  if (self->entries == NULL)
    read_back (self);
  g_hash_table_replace (self->entries,
                        g_bytes_new (key, key_size),
                        g_bytes_new (value, value_size));
  if (g_hash_table_size (self->entries) > self->n_max)
    spill (self);
}

GBytes *
thaw_spill_get (ThawSpill *self, gconstpointer key, gsize key_size)
{
  sqlite3_stmt *statement;
  GBytes *value = NULL;

  if (self->entries != NULL)
    {
      g_autoptr (GBytes) wanted = g_bytes_new_static (key, key_size);

      value = g_hash_table_lookup (self->entries, wanted);
      return value != NULL ? g_bytes_ref (value) : NULL;
    }
  if (!filter_may_have (self, key, key_size))
    return NULL;
  statement = bind (self, GET, key, key_size);
  if (sqlite3_step (statement) == SQLITE_ROW)
    value = g_bytes_new (sqlite3_column_blob (statement, 0), sqlite3_column_bytes (statement, 0));
  sqlite3_reset (statement);
  return value;
}

gboolean
thaw_spill_has (ThawSpill *self, gconstpointer key, gsize key_size)
{
  g_autoptr (GBytes) value = thaw_spill_get (self, key, key_size);

  return value != NULL;
}

/* What is in the file and can't be removed there is removed in memory. */
void
thaw_spill_remove (ThawSpill *self, gconstpointer key, gsize key_size)
{
  g_autoptr (GBytes) wanted = g_bytes_new_static (key, key_size);

  if (self->entries == NULL && sqlite3_step (bind (self, REMOVE, key, key_size)) == SQLITE_DONE)
    return;
  if (self->entries == NULL)
    read_back (self);
  g_hash_table_remove (self->entries, wanted);
}

static gboolean
begins_with (GBytes *bytes, gconstpointer prefix, gsize prefix_size)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  return size >= prefix_size && memcmp (data, prefix, prefix_size) == 0;
}

static void
list_file (ThawSpill *self, gconstpointer prefix, gsize prefix_size, GPtrArray *keys)
{
  sqlite3_stmt *statement = bind (self, LIST, prefix, prefix_size);

  while (sqlite3_step (statement) == SQLITE_ROW)
    {
      g_autoptr (GBytes) key
          = g_bytes_new (sqlite3_column_blob (statement, 0), sqlite3_column_bytes (statement, 0));

      if (!begins_with (key, prefix, prefix_size))
        break;
      g_ptr_array_add (keys, g_steal_pointer (&key));
    }
  sqlite3_reset (statement);
}

GPtrArray *
thaw_spill_list (ThawSpill *self, gconstpointer prefix, gsize prefix_size)
{
  GPtrArray *keys = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  GHashTableIter iter;
  gpointer key;

  if (self->entries == NULL)
    {
      list_file (self, prefix, prefix_size, keys);
      return keys;
    }
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (begins_with (key, prefix, prefix_size))
      g_ptr_array_add (keys, g_bytes_ref (key));
  return keys;
}
