/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Renames as a set: which of them are in the way of each other, which is fine, since the journal
 * finds an order for them, and what else is in their way, which is a conflict. On the thread of the
 * run; it only looks. */

#include "thaw-renames-private.h"

#include <string.h>

#define IS_DISPLACED 0x80000000u

static void
rename_free (gpointer data)
{
  ThawRename *self = data;

  thaw_place_unref (self->place);
  g_clear_pointer (&self->displaced, thaw_step_free);
  g_free (self);
}

/* --- keys --- */

static gboolean
is_same_folder (const ThawRename *a, const ThawRename *b)
{
  return thaw_place_get_ino (a->place) == thaw_place_get_ino (b->place)
         && thaw_place_get_dev (a->place) == thaw_place_get_dev (b->place);
}

static guint
hash_in_folder (const ThawRename *self, guint hash)
{
  guint64 ino = thaw_place_get_ino (self->place);

  return g_int64_hash (&ino) * 31 + hash;
}

static guint
hash_name (gconstpointer data)
{
  const ThawRename *self = data;

  return hash_in_folder (self, g_str_hash (self->name));
}

static gboolean
equal_name (gconstpointer a, gconstpointer b)
{
  return is_same_folder (a, b)
         && g_str_equal (((const ThawRename *) a)->name, ((const ThawRename *) b)->name);
}

static guint
hash_new_name (gconstpointer data)
{
  const ThawRename *self = data;

  return hash_in_folder (self, g_str_hash (self->new_name));
}

static gboolean
equal_new_name (gconstpointer a, gconstpointer b)
{
  return is_same_folder (a, b)
         && g_str_equal (((const ThawRename *) a)->new_name, ((const ThawRename *) b)->new_name);
}

static guint
hash_object (gconstpointer data)
{
  const ThawRename *self = data;

  return hash_in_folder (self, g_int64_hash (&self->object.ino));
}

static gboolean
equal_object (gconstpointer a, gconstpointer b)
{
  return is_same_folder (a, b)
         && ((const ThawRename *) a)->object.ino == ((const ThawRename *) b)->object.ino;
}

/* --- the set --- */

ThawRenames *
thaw_renames_new (void)
{
  ThawRenames *self = g_new0 (ThawRenames, 1);

  self->all = g_ptr_array_new_with_free_func (rename_free);
  self->names = g_string_chunk_new (4096);
  self->by_name = g_hash_table_new (hash_name, equal_name);
  self->by_new = g_hash_table_new (hash_new_name, equal_new_name);
  self->by_inode = g_hash_table_new (hash_object, equal_object);
  self->steps = g_array_new (FALSE, FALSE, sizeof (guint));
  return self;
}

void
thaw_renames_free (ThawRenames *self)
{
  g_hash_table_unref (self->by_name);
  g_hash_table_unref (self->by_new);
  g_hash_table_unref (self->by_inode);
  g_ptr_array_unref (self->all);
  g_array_unref (self->steps);
  g_string_chunk_free (self->names);
  g_free (self);
}

gboolean
thaw_renames_add (ThawRenames *self, const ThawSource *source, const char *new_name, GError **error)
{
  ThawRename *rename = g_new0 (ThawRename, 1);

  rename->place = thaw_place_ref (source->place);
  rename->name = g_string_chunk_insert (self->names, source->name);
  rename->new_name = g_string_chunk_insert (self->names, new_name);
  rename->object = source->identity;
  g_ptr_array_add (self->all, rename);
  if (!g_hash_table_add (self->by_name, rename) || !g_hash_table_add (self->by_new, rename))
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_EXISTS,
                   "Two files in %s can't both be called “%s”",
                   thaw_place_get_path (rename->place),
                   new_name);
      return FALSE;
    }
  g_hash_table_add (self->by_inode, rename);
  return TRUE;
}

/* Exactly so, as opposed to being found under that name where case doesn't count. */
static gboolean
has_name (ThawPlace *place, const char *name)
{
  GString *names = thaw_kind_list (place, NULL);
  gboolean found = FALSE;

  for (gsize at = 0; names != NULL && !found && at < names->len; at += strlen (names->str + at) + 1)
    found = g_str_equal (names->str + at, name);
  if (names != NULL)
    g_string_free (names, TRUE);
  return found;
}

/* The rename that has to be done before: of what is at the new name of @rename now. NULL: nothing
 * is there, or something else. */
static ThawRename *
find_occupant (ThawRenames *self, ThawRename *rename, gboolean *exists, ThawIdentity *there)
{
  ThawRename key = { .place = rename->place, .name = rename->new_name };
  ThawRename *found;

  *exists = thaw_place_look (rename->place, rename->new_name, there, NULL);
  if (!*exists)
    return NULL;
  key.object = *there;
  found = g_hash_table_lookup (self->by_name, &key);
  if (found == NULL) /* the same file by another spelling, where case doesn't count */
    found = g_hash_table_lookup (self->by_inode, &key);
  if (found == rename && has_name (rename->place, rename->new_name))
    return NULL;
  return found != NULL && !found->is_left_out ? found : NULL;
}

gboolean
thaw_renames_is_blocked (ThawRenames *self, ThawRename *rename, ThawIdentity *there)
{
  gboolean exists;

  return !rename->is_left_out && find_occupant (self, rename, &exists, there) == NULL && exists;
}

gboolean
thaw_renames_displace (ThawRenames *self,
                       ThawRename *rename,
                       const ThawIdentity *there,
                       ThawKeeper *keeper,
                       GError **error)
{
  const ThawWalkFuncs quiet = { NULL };
  ThawMeasure measure = { 0 };

  if (!thaw_disk_measure (rename->place, rename->new_name, &quiet, &measure, error))
    return FALSE;
  rename->displaced = thaw_step_new_rename (rename->place,
                                            rename->new_name,
                                            rename->place,
                                            rename->new_name,
                                            there);
  if (thaw_keeper_reserve (keeper,
                           rename->place,
                           rename->new_name,
                           measure.allocated,
                           &rename->displaced->to))
    return TRUE;
  g_clear_pointer (&rename->displaced, thaw_step_free);
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_EXISTS,
               "“%s” exists already, and is too large to be kept for undoing",
               rename->new_name);
  return FALSE;
}

void
thaw_renames_set_new_name (ThawRenames *self, ThawRename *rename, const char *new_name)
{
  rename->new_name = g_string_chunk_insert (self->names, new_name);
}

static void
add_step (ThawRenames *self, guint code)
{
  g_array_append_val (self->steps, code);
}

guint
thaw_renames_count_steps (ThawRenames *self)
{
  g_array_set_size (self->steps, 0);
  g_hash_table_remove_all (self->by_name);
  g_hash_table_remove_all (self->by_new);
  g_hash_table_remove_all (self->by_inode);
  for (guint i = 0; i < self->all->len; i++)
    {
      ThawRename *rename = g_ptr_array_index (self->all, i);

      if (rename->displaced != NULL)
        add_step (self, i | IS_DISPLACED);
      if (!rename->is_left_out)
        add_step (self, i);
    }
  return self->steps->len;
}

ThawStep *
thaw_renames_make_step (guint i, gpointer data)
{
  ThawRenames *self = data;
  guint code = g_array_index (self->steps, guint, i);
  ThawRename *rename = g_ptr_array_index (self->all, code & ~IS_DISPLACED);

  if ((code & IS_DISPLACED) != 0)
    return thaw_step_copy (rename->displaced);
  return thaw_step_new_rename (rename->place,
                               rename->name,
                               rename->place,
                               rename->new_name,
                               &rename->object);
}
