/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The .trashinfo that belongs to what is in the trash: written whole under a hidden name, brought
 * to the device, and only then given its name, over nothing; and removed last, when what it told of
 * has left on the device too. Those of a batch go together: a file system is synchronised once
 * for all of them, not twice for each. What doesn't go well together is left to be done singly,
 * when the row's turn comes, where it fails with its own error. On one operation's thread. */

#include "thaw-step-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MAX_BYTES (1 << 20)
#define FEW 4 /* so many files are synchronised sooner than the whole file system */

/* @name: borrowed from the row. */
static ThawFolderUse *
open_info (ThawRow *row, ThawFolders *folders, const char **name, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (row->step->info);
  const char *slash = strrchr (row->step->info, '/');

  *name = slash != NULL ? slash + 1 : row->step->info;
  return thaw_folders_open_path (folders, parent, error);
}

static GBytes *
read_in (ThawPlace *place, const char *name)
{
  int fd = openat (thaw_place_get_fd (place), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  g_autoptr (GByteArray) bytes = NULL;
  char buffer[4096];
  gssize n = -1;

  if (fd < 0)
    return NULL;
  bytes = g_byte_array_new ();
  while (bytes->len < MAX_BYTES)
    {
      n = read (fd, buffer, sizeof buffer);
      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        break;
      g_byte_array_append (bytes, (const guint8 *) buffer, (guint) n);
    }
  close (fd);
  return n >= 0 ? g_byte_array_free_to_bytes (g_steal_pointer (&bytes)) : NULL;
}

GBytes *
thaw_info_read (ThawRow *row, ThawFolders *folders)
{
  const char *name;
  ThawFolderUse *use = open_info (row, folders, &name, NULL);

  return use != NULL ? read_in (use->place, name) : NULL;
}

static gboolean
has_bytes (ThawPlace *place, const char *name, GBytes *bytes)
{
  g_autoptr (GBytes) found = read_in (place, name);

  return found != NULL
         && (bytes != NULL ? g_bytes_equal (found, bytes) : g_bytes_get_size (found) == 0);
}

static int
write_all (int fd, GBytes *bytes)
{
  gsize left = 0;
  const char *data = bytes != NULL ? g_bytes_get_data (bytes, &left) : NULL;

  while (left > 0)
    {
      gssize n = write (fd, data, left);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return errno;
      data += n;
      left -= (gsize) n;
    }
  return 0;
}

static gboolean
remove_hidden (ThawRow *row, ThawPlace *place, const char *hidden)
{
  row->has_hidden = unlinkat (thaw_place_get_fd (place), hidden, 0) != 0 && errno != ENOENT;
  return !row->has_hidden;
}

/* What can't be written whole isn't left, if the disk lets it go. Returns errno, or 0. */
static int
write_hidden (ThawRow *row, ThawPlace *place, const char *hidden, gboolean syncs)
{
  int fd = openat (thaw_place_get_fd (place),
                   hidden,
                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                   0600);
  int code;

  if (fd < 0)
    return errno;
  row->has_hidden = TRUE;
  code = write_all (fd, row->info_bytes);
  if (code == 0 && syncs && fsync (fd) != 0)
    code = errno;
  if (close (fd) != 0 && code == 0)
    code = errno;
  if (code != 0)
    remove_hidden (row, place, hidden);
  return code;
}

/* Over nothing: what has the name is another one's. */
static gboolean
name_hidden (ThawRow *row, ThawPlace *place, const char *hidden, const char *name, GError **error)
{
  if (!thaw_place_rename_new (place, hidden, place, name, error))
    {
      remove_hidden (row, place, hidden);
      return FALSE;
    }
  row->has_hidden = FALSE;
  return TRUE;
}

/* ---- One ---- */

/* An older one under this name is of an attempt of ours that was interrupted: the name has the
 * job's token. */
static gboolean
write_hidden_anew (ThawRow *row, ThawPlace *place, const char *hidden, GError **error)
{
  int code = write_hidden (row, place, hidden, TRUE);

  if (code == EEXIST)
    {
      remove_hidden (row, place, hidden);
      code = write_hidden (row, place, hidden, TRUE);
    }
  if (code != 0)
    thaw_set_errno_error (error, code, hidden);
  return code == 0;
}

/* It stands there since before a crash: whole, but its name may not be on the device. */
static gboolean
sync_found (ThawFolderUse *use, const char *hidden, GError **error)
{
  /* Its first name, where renaming is link and unlink. */
  if (unlinkat (thaw_place_get_fd (use->place), hidden, 0) == 0 || !use->is_synced)
    use->is_dirty = TRUE;
  return thaw_folder_use_sync (use, error);
}

/* EXISTS if another one has the name. @how: after a crash ours may be there already. */
gboolean
thaw_info_write (ThawRow *row,
                 ThawFolders *folders,
                 ThawRowHow how,
                 const char *token,
                 GError **error)
{
  g_autofree char *hidden = thaw_token_dup_name (token, row->number);
  const char *name;
  ThawFolderUse *use;

  if (row->has_info)
    return TRUE;
  use = open_info (row, folders, &name, error);
  if (use == NULL)
    return FALSE;
  if (how == THAW_ROW_SETTLE && has_bytes (use->place, name, row->info_bytes))
    return sync_found (use, hidden, error);
  if (!write_hidden_anew (row, use->place, hidden, error))
    return FALSE;
  use->is_dirty = TRUE;
  return name_hidden (row, use->place, hidden, name, error) && thaw_folder_use_sync (use, error);
}

/* Only the one that we know; that there is none, or another one, is fine. FALSE: it may stand there
 * still. */
gboolean
thaw_info_withdraw (ThawRow *row, ThawFolders *folders)
{
  const char *name;
  ThawFolderUse *use = open_info (row, folders, &name, NULL);
  g_autoptr (GBytes) found = NULL;
  gboolean is_ours, is_gone;

  if (use == NULL)
    return FALSE;
  found = read_in (use->place, name);
  if (found == NULL && errno != ENOENT && errno != ELOOP)
    return FALSE;
  is_ours = found != NULL
            && (row->info_bytes != NULL ? g_bytes_equal (found, row->info_bytes)
                                        : g_bytes_get_size (found) == 0);
  is_gone = !is_ours || unlinkat (thaw_place_get_fd (use->place), name, 0) == 0 || errno == ENOENT;
  use->is_dirty |= is_ours;
  row->has_info &= !is_gone;
  return is_gone;
}

/* Not while something is in the trash under that name: then the file tells of that. */
gboolean
thaw_info_withdraw_unless_taken (ThawRow *row, ThawFolders *folders)
{
  ThawFolderUse *trash = row->enters ? row->to : row->from;
  const char *name = row->enters ? row->step->to.name : row->step->from.name;
  gboolean is_there, is_taken;

  if (!thaw_look_for (trash, name, &row->step->object, &is_there, &is_taken, NULL))
    return FALSE;
  return is_taken || thaw_info_withdraw (row, folders);
}

gboolean
thaw_info_sweep (ThawRow *row, ThawFolders *folders, const char *token)
{
  g_autofree char *hidden = thaw_token_dup_name (token, row->number);
  g_autoptr (GError) local = NULL;
  const char *name;
  ThawFolderUse *use = open_info (row, folders, &name, &local);

  if (use == NULL)
    return g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  if (unlinkat (thaw_place_get_fd (use->place), hidden, 0) == 0)
    use->is_dirty = TRUE;
  else if (errno != ENOENT)
    return FALSE;
  row->has_hidden = FALSE;
  return TRUE;
}

/* ---- Those of a batch ---- */

guint
thaw_infos_find_end (GPtrArray *rows, guint first)
{
  gboolean has_left = FALSE;

  for (guint i = first; i < rows->len; i++)
    {
      ThawRow *row = g_ptr_array_index (rows, i);

      if (row->step->info == NULL)
        continue;
      if (row->enters && has_left)
        return i;
      has_left = !row->enters;
    }
  return rows->len;
}

static GPtrArray *
find_entering (GPtrArray *rows, guint first, guint end)
{
  GPtrArray *entering = g_ptr_array_new ();

  for (guint i = first; i < end; i++)
    {
      ThawRow *row = g_ptr_array_index (rows, i);

      if (row->enters && row->step->type == THAW_STEP_RENAME)
        g_ptr_array_add (entering, row);
    }
  return entering;
}

/* What is under the hidden name already isn't touched: it may be another row's. */
static gboolean
write_first (ThawRow *row, ThawFolders *folders, const char *token, gboolean is_few)
{
  g_autofree char *hidden = thaw_token_dup_name (token, row->number);
  const char *name;
  ThawFolderUse *use = open_info (row, folders, &name, NULL);
  gboolean syncs = use != NULL && (is_few || !thaw_place_syncs_as_a_whole (use->place));

  if (use == NULL || write_hidden (row, use->place, hidden, syncs) != 0)
    return FALSE;
  use->is_dirty = TRUE;
  use->has_dirty_data |= !syncs;
  return TRUE;
}

static void
give_name (ThawRow *row, ThawFolders *folders, const char *token)
{
  g_autofree char *hidden = thaw_token_dup_name (token, row->number);
  const char *name;
  ThawFolderUse *use = open_info (row, folders, &name, NULL);

  row->has_info = use != NULL && name_hidden (row, use->place, hidden, name, NULL);
}

static gboolean
sync_names (GPtrArray *rows, ThawFolders *folders)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const char *name;
      ThawFolderUse *use = open_info (g_ptr_array_index (rows, i), folders, &name, NULL);

      if (use == NULL || !thaw_folder_use_sync (use, NULL))
        return FALSE;
    }
  return TRUE;
}

/* Rows that have their .trashinfo on the device afterwards know it. */
void
thaw_infos_write (GPtrArray *rows, guint first, guint end, ThawFolders *folders, const char *token)
{
  g_autoptr (GPtrArray) entering = find_entering (rows, first, end);
  gboolean is_few = entering->len <= FEW;

  if (entering->len < 2)
    return;
  for (guint i = entering->len; i-- > 0;)
    if (!write_first (g_ptr_array_index (entering, i), folders, token, is_few))
      g_ptr_array_remove_index_fast (entering, i);
  if (!thaw_folders_sync_data (folders, NULL))
    {
      for (guint i = 0; i < entering->len; i++)
        thaw_info_sweep (g_ptr_array_index (entering, i), folders, token);
      return;
    }
  for (guint i = 0; i < entering->len; i++)
    give_name (g_ptr_array_index (entering, i), folders, token);
  if (!sync_names (entering, folders))
    thaw_infos_withdraw (entering, 0, entering->len, folders, token);
}

/* Of rows that had theirs written, or half written, and weren't begun. */
gboolean
thaw_infos_withdraw (GPtrArray *rows,
                     guint first,
                     guint end,
                     ThawFolders *folders,
                     const char *token)
{
  gboolean success = TRUE;

  for (guint i = first; i < end; i++)
    {
      ThawRow *row = g_ptr_array_index (rows, i);

      if (row->has_info && !thaw_info_withdraw (row, folders))
        success = FALSE;
      if (row->has_hidden && !thaw_info_sweep (row, folders, token))
        success = FALSE;
    }
  return success;
}

static gboolean
has_leaving (GPtrArray *rows, guint first, guint end)
{
  for (guint i = first; i < end; i++)
    if (((ThawRow *) g_ptr_array_index (rows, i))->info_goes)
      return TRUE;
  return FALSE;
}

/* One that stays would tell of nothing. */
static gboolean
remove_info (ThawRow *row, ThawFolders *folders, GError **error)
{
  if (thaw_info_withdraw_unless_taken (row, folders))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "“%s” can't be removed", row->step->info);
  return FALSE;
}

/* Of rows that have left the trash: that they have is on the device first. */
gboolean
thaw_infos_remove (GPtrArray *rows, guint first, guint end, ThawFolders *folders, GError **error)
{
  if (!has_leaving (rows, first, end))
    return TRUE;
  if (!thaw_folders_sync (folders, error))
    return FALSE;
  for (guint i = first; i < end; i++)
    {
      ThawRow *row = g_ptr_array_index (rows, i);

      if (row->info_goes && !remove_info (row, folders, error))
        return FALSE;
      row->info_goes = FALSE;
    }
  return TRUE;
}
