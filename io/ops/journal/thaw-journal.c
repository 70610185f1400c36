/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opening and closing the journal. Everything blocks: on operations' threads and lanes only, any of
 * them, several at once. What the folder holds: "journal.sqlite" and SQLite's companions of it,
 * "owners/" (thaw-journal-owner.c), and damaged journals that were put aside. */

#include "thaw-journal-store-private.h"

#include <errno.h>
#include <glib/gstdio.h>

/* What was damaged is replaced; every other error is the caller's. */
static gboolean
connect_or_begin_anew (ThawJournal *self, char **notice, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean is_damaged = FALSE;

  if (thaw_journal_connect (self, &is_damaged, &local))
    return !thaw_journal_has_noted_damage (self) || thaw_journal_put_aside (self, notice, error);
  if (is_damaged)
    return thaw_journal_put_aside (self, notice, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/**
 * thaw_journal_open:
 * @folder: (nullable): the state folder, %NULL for `$XDG_STATE_HOME/thaw`; made if it is missing
 * @notice: (out) (optional) (nullable): set when a damaged journal was put aside: a sentence for
 * the user
 * @error: return location
 *
 * Opens the journal, or begins one.
 *
 * - **Thread**: any but the loop's; it blocks, up to 15 s when other programs hold the database's
 * lock.
 * - **Errors**: %G_IO_ERROR, with the path in the message: no space, no permission, an error of the
 * disk, or %G_IO_ERROR_NOT_SUPPORTED for a journal of a newer version. A damaged journal is no
 * error.
 *
 * Returns: (transfer full): the journal; jobs that are added through it live until its last
 * reference is gone
 */
ThawJournal *
thaw_journal_open (const char *folder, char **notice, GError **error)
{
  g_autoptr (ThawJournal) self = g_new0 (ThawJournal, 1);

  self->ref_count = 1;
  self->owner_fd = -1;
  pthread_mutex_init (&self->lock, NULL);
  self->statements = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->folder = folder != NULL ? g_strdup (folder)
                                : g_build_filename (g_get_user_state_dir (), "thaw", NULL);
  self->path = g_build_filename (self->folder, "journal.sqlite", NULL);
  if (notice != NULL)
    *notice = NULL;
  if (g_mkdir_with_parents (self->folder, 0700) != 0)
    {
      int code = errno;

      g_set_error (error,
                   G_IO_ERROR,
                   (int) g_io_error_from_errno (code),
                   "The folder of the journal, “%s”, can't be made: %s",
                   self->folder,
                   g_strerror (code));
      return NULL;
    }
  if (!thaw_journal_register_owner (self, error) || !connect_or_begin_anew (self, notice, error))
    return NULL;
  return g_steal_pointer (&self);
}

ThawJournal *
thaw_journal_ref (ThawJournal *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

/**
 * thaw_journal_unref:
 * @self: (transfer full): a journal
 *
 * With the last reference the jobs of this journal that aren't over are nobody's: interrupted, for
 * whoever opens it next.
 */
void
thaw_journal_unref (ThawJournal *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  thaw_journal_disconnect (self);
  thaw_journal_unregister_owner (self);
  g_hash_table_unref (self->statements);
  pthread_mutex_destroy (&self->lock);
  g_free (self->folder);
  g_free (self->path);
  g_free (self);
}
