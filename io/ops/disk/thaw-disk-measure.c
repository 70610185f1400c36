/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counts a tree before anything is done with it: for the plan and for honest progress. Opens
 * folders only, and no mount below the item. The operation's thread; changes nothing. */

#include "thaw-disk-private.h"

static gboolean
count (const ThawVisit *entry, gpointer user_data, GError **error)
{
  ThawMeasure *result = user_data;
  const struct stat *st = &entry->st;

  if (S_ISDIR (st->st_mode))
    {
      result->n_folders++;
      result->depth = MAX (result->depth, entry->depth + 1);
      return TRUE;
    }
  if (!S_ISREG (st->st_mode))
    {
      result->n_others++;
      return TRUE;
    }
  result->n_files++;
  result->bytes += st->st_size;
  result->allocated += (gint64) st->st_blocks * 512;
  result->largest = MAX (result->largest, st->st_size);
  return TRUE;
}

/**
 * thaw_disk_measure: (skip)
 * @place: where the item is
 * @name: a file, link or folder in it
 * @funcs: (nullable): who is asked and told
 * @measure: (out caller-allocates): what there is
 * @error: return location
 *
 * Counts a file or a tree: each name, whether hard links share their bytes or not. Opens nothing
 * but folders, and none on which something is mounted. Entries that can't be looked at are told to
 * `problem()` and aren't counted.
 *
 * - **Thread**: the operation's; blocks.
 * - **Errors**: of the item itself, and those with which the caller ended it.
 * - **Units**: bytes are apparent sizes of regular files, `allocated` what the disk has for them.
 *
 * Returns: %FALSE with @error set
 */
gboolean
thaw_disk_measure (ThawPlace *place,
                   const char *name,
                   const ThawWalkFuncs *funcs,
                   ThawMeasure *measure,
                   GError **error)
{
  *measure = (ThawMeasure){ 0 };
  return thaw_disk_walk (place, name, NULL, funcs, count, measure, NULL, error);
}
