/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Renames as a set: which of them are in the way of each other, which is fine, since the journal
 * finds an order for them, and what else is in their way, which is a conflict. On the thread of the
 * run; it only looks. */

#include "thaw-renames-private.h"

#include <string.h>

static void
rename_free (gpointer data)
{
  ThawRename *self = data;

  thaw_place_unref (self->place);
  g_free (self->name);
  g_free (self->new_name);
  g_clear_pointer (&self->displaced, thaw_step_free);
  g_free (self);
}

ThawRenames *
thaw_renames_new (void)
{
  ThawRenames *self = g_new0 (ThawRenames, 1);

  self->all = g_ptr_array_new_with_free_func (rename_free);
  self->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->by_new = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->by_inode = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
thaw_renames_free (ThawRenames *self)
{
  g_hash_table_unref (self->by_name);
  g_hash_table_unref (self->by_new);
  g_hash_table_unref (self->by_inode);
  g_ptr_array_unref (self->all);
  g_free (self);
}

static char *
name_key (ThawPlace *place, const char *name)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT "/%s",
                          thaw_place_get_dev (place),
                          thaw_place_get_ino (place),
                          name);
}

static char *
inode_key (ThawPlace *place, const ThawIdentity *object)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT,
                          thaw_place_get_dev (place),
                          thaw_place_get_ino (place),
                          object->ino);
}

gboolean
thaw_renames_add (ThawRenames *self, const ThawSource *source, const char *new_name, GError **error)
{
  ThawRename *rename = g_new0 (ThawRename, 1);

  rename->place = thaw_place_ref (source->place);
  rename->name = g_strdup (source->name);
  rename->new_name = g_strdup (new_name);
  rename->object = source->identity;
  g_ptr_array_add (self->all, rename);
  if (!g_hash_table_insert (self->by_name, name_key (rename->place, rename->name), rename)
      || !g_hash_table_insert (self->by_new, name_key (rename->place, new_name), rename))
    {
      g_set_error (error,
                   G_IO_ERROR,
                   G_IO_ERROR_EXISTS,
                   "Two files in %s can't both be called “%s”",
                   thaw_place_get_path (rename->place),
                   new_name);
      return FALSE;
    }
  g_hash_table_insert (self->by_inode, inode_key (rename->place, &rename->object), rename);
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
  g_autofree char *key = name_key (rename->place, rename->new_name);
  g_autofree char *inode = NULL;
  ThawRename *found;

  *exists = thaw_place_look (rename->place, rename->new_name, there, NULL);
  if (!*exists)
    return NULL;
  found = g_hash_table_lookup (self->by_name, key);
  if (found == NULL)
    {
      /* The same file by another spelling, where case doesn't count. */
      inode = inode_key (rename->place, there);
      found = g_hash_table_lookup (self->by_inode, inode);
    }
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

GPtrArray *
thaw_renames_make_steps (ThawRenames *self)
{
  GPtrArray *steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);

  for (guint i = 0; i < self->all->len; i++)
    {
      ThawRename *rename = g_ptr_array_index (self->all, i);

      if (rename->displaced != NULL)
        g_ptr_array_add (steps, g_steal_pointer (&rename->displaced));
      if (!rename->is_left_out)
        g_ptr_array_add (steps,
                         thaw_step_new_rename (rename->place,
                                               rename->name,
                                               rename->place,
                                               rename->new_name,
                                               &rename->object));
    }
  return steps;
}
