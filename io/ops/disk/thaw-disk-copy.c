/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies a file or a tree to a hidden name, step by step down both trees at once. Everything is
 * made with its final name inside of the hidden one, unreadable for others until it is finished; a
 * folder gets its attributes when all is in it. Interrupted, the walk is simply taken again: what
 * is whole stays. The operation's thread; no recursion, and no memory that grows with the tree. */

#include "thaw-copy-private.h"

#include "thaw-disk-error-private.h"
#include "thaw-place-private.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In each of the two trees. */
#define MAX_OPEN 28

static ThawVerdict
judge (ThawCopy *self, GError *failure, GError **error)
{
  if (!self->was_asked)
    return thaw_walk_judge (&self->walk, failure, error);
  /* The caller has said already what becomes of it. */
  self->was_asked = FALSE;
  if (self->leaves_out && self->walk.path->len > 0)
    {
      g_error_free (failure);
      return THAW_WALK_LEAVE_OUT;
    }
  self->walk.is_over = TRUE;
  g_propagate_error (error, failure);
  return THAW_WALK_END;
}

/* A folder from before the interruption may have its final mode and rules already. */
static int
open_made (int out_fd, const char *as, gboolean was_there, gboolean drops)
{
  g_autofd int handle = -1;
  int fd;

  if (was_there)
    {
      handle = thaw_disk_open_handle (out_fd, as, TRUE);
      if (handle < 0 || thaw_disk_chmod (handle, S_IRWXU) != 0)
        g_debug ("A folder of a copy keeps its mode: %s", g_strerror (errno));
    }
  fd = thaw_disk_open_folder (out_fd, as, TRUE);
  if (fd >= 0 && (was_there || drops))
    thaw_copy_drop_inherited (fd, TRUE);
  return fd;
}

static gboolean
may_be_there (ThawCopy *self)
{
  ThawLevel *level = thaw_descent_get_top (&self->into);

  return level != NULL ? level->was_there : self->is_resumed;
}

/* -1 with @error. */
static int
make_folder (ThawCopy *self, const ThawCopyEntry *entry, gboolean *was_there, GError **error)
{
  gboolean is_item = thaw_descent_get_depth (&self->into) == 0;
  /* The item itself is closed to others until it is finished, and with it all that is in it. */
  mode_t mode = S_IRWXU | (is_item ? 0 : entry->st.st_mode & ACCESSPERMS);
  int fd;

  *was_there = mkdirat (entry->out_fd, entry->as, mode) != 0;
  if (*was_there && (errno != EEXIST || !may_be_there (self)))
    {
      thaw_disk_fail (error, errno, "make the folder", thaw_walk_get_label (&self->walk));
      return -1;
    }
  self->is_ours = TRUE;
  fd = open_made (entry->out_fd, entry->as, *was_there, is_item);
  if (fd < 0)
    thaw_disk_fail (error, errno, "open", thaw_walk_get_label (&self->walk));
  return fd;
}

static void
note_item (ThawCopy *self, const struct stat *made)
{
  if (self->is_tree)
    return;
  self->is_tree = TRUE;
  self->item_dev = made->st_dev;
  self->item_ino = made->st_ino;
}

static gboolean
enter_folder (ThawCopy *self, const ThawCopyEntry *entry, GError **error)
{
  g_autofd int in
      = thaw_disk_reopen (entry->handle, entry->in_fd, entry->name, O_RDONLY | O_DIRECTORY);
  g_autofd int out = -1;
  struct stat made;
  gboolean was_there;
  ThawLevel *level;

  if (in < 0)
    return thaw_disk_fail (error, errno, "open", thaw_walk_get_label (&self->walk));
  out = make_folder (self, entry, &was_there, error);
  if (out < 0)
    return FALSE;
  if (fstat (out, &made) != 0)
    return thaw_disk_fail (error, errno, "look at", thaw_walk_get_label (&self->walk));
  note_item (self, &made);
  level = thaw_descent_push (&self->from, entry->name, g_steal_fd (&in), &entry->st);
  level->names = thaw_names_new ();
  level->path_length = self->walk.path->len;
  level = thaw_descent_push (&self->into, entry->as, g_steal_fd (&out), &made);
  level->was_there = was_there;
  return TRUE;
}

static void
tell_done (ThawCopy *self, const ThawCopyEntry *entry)
{
  thaw_walk_done (&self->walk, S_ISREG (entry->st.st_mode) ? entry->st.st_size : 0, 1);
}

static gboolean
copy_anew (ThawCopy *self, const ThawCopyEntry *entry, GError **error)
{
  gboolean is_linked;

  if (!thaw_copy_link (self, entry, &is_linked, error))
    return FALSE;
  if (is_linked)
    {
      tell_done (self, entry);
      return TRUE;
    }
  if (!(S_ISREG (entry->st.st_mode) ? thaw_copy_file : thaw_copy_other) (self, entry, error))
    return FALSE;
  thaw_copy_remember_link (self, entry);
  return TRUE;
}

/* What is whole from before stays. */
static gboolean
keep_old (ThawCopy *self, const ThawCopyEntry *entry, gboolean *keeps, GError **error)
{
  if (!thaw_copy_take_over (self, entry, keeps, error))
    return FALSE;
  if (!*keeps)
    return TRUE;
  if (!thaw_copy_agrees_with_link (self, entry))
    {
      *keeps = FALSE;
      return thaw_disk_discard_at (entry->out_fd, entry->as, NULL, error);
    }
  thaw_copy_remember_link (self, entry);
  tell_done (self, entry);
  return TRUE;
}

/* A tree that is copied into itself meets its copy. */
static gboolean
is_own_copy (ThawCopy *self, const struct stat *st)
{
  return self->is_tree
         && ((st->st_dev == self->item_dev && st->st_ino == self->item_ino)
             || thaw_copy_is_links_folder (self, st));
}

static gboolean
copy_looked_at (ThawCopy *self, const ThawCopyEntry *entry, GError **error)
{
  gboolean keeps = FALSE;

  if (is_own_copy (self, &entry->st))
    return TRUE;
  if (may_be_there (self) && !keep_old (self, entry, &keeps, error))
    return FALSE;
  if (keeps)
    return TRUE;
  return (S_ISDIR (entry->st.st_mode) ? enter_folder : copy_anew) (self, entry, error);
}

static gboolean
copy_entry (ThawCopy *self, int in_fd, const char *name, int out_fd, const char *as, GError **error)
{
  gboolean is_item = thaw_descent_get_depth (&self->from) == 0;
  const char *label = thaw_walk_get_label (&self->walk);
  g_autofd int handle = thaw_disk_open_handle (in_fd, name, !is_item);
  ThawCopyEntry entry
      = { .in_fd = in_fd, .out_fd = out_fd, .name = name, .as = as, .handle = handle };

  if (handle < 0 && errno == EXDEV)
    return thaw_disk_fail_with (error,
                                G_IO_ERROR_NOT_SUPPORTED,
                                "copy",
                                label,
                                "something is mounted there");
  if (handle < 0 || fstat (handle, &entry.st) != 0)
    return thaw_disk_fail (error, errno, "open", label);
  return copy_looked_at (self, &entry, error);
}

/* Until it is done, left out, or the end. */
static gboolean
copy_or_ask (ThawCopy *self,
             int in_fd,
             const char *name,
             int out_fd,
             const char *as,
             GError **error)
{
  ThawVerdict verdict = THAW_WALK_RETRY;

  while (verdict == THAW_WALK_RETRY)
    {
      GError *failure = NULL;

      if (copy_entry (self, in_fd, name, out_fd, as, &failure))
        return TRUE;
      verdict = judge (self, failure, error);
    }
  return verdict == THAW_WALK_LEAVE_OUT;
}

/* @in: -1 if the source isn't there any more, and its attributes are what they were. */
static gboolean
finish_made (ThawCopy *self, int in, int out, GError **error)
{
  const struct stat *st = &thaw_descent_get_top (&self->from)->st;
  gboolean was_there = thaw_descent_get_top (&self->into)->was_there;
  struct stat made;

  if (was_there && in >= 0 && !thaw_copy_sweep (self, error))
    return FALSE;
  if (fstat (out, &made) != 0)
    return thaw_disk_fail (error, errno, "look at", thaw_walk_get_label (&self->walk));
  thaw_copy_attributes (self, in, out, st, &made);
  thaw_copy_times (self, out, st);
  if (!self->syncs_as_a_whole && fsync (out) != 0 && errno != EINVAL)
    return thaw_disk_fail (error, errno, "sync", thaw_walk_get_label (&self->walk));
  return TRUE;
}

/* @failure: of reading its names. A copy of a folder that can't be finished is the end of it all.
 */
static gboolean
leave_folder (ThawCopy *self, int in, int out, GError *failure, GError **error)
{
  if (failure != NULL && judge (self, failure, error) == THAW_WALK_END)
    return FALSE;
  if (!finish_made (self, in, out, error))
    {
      self->walk.is_over = TRUE;
      return FALSE;
    }
  thaw_descent_pop (&self->from);
  thaw_descent_pop (&self->into);
  thaw_walk_done (&self->walk, 0, 1);
  return TRUE;
}

/* Copies the next entry of the deepest folder, or leaves that. */
static gboolean
step (ThawCopy *self, GError **error)
{
  GError *failure = NULL;
  ThawLevel *level = thaw_descent_get_top (&self->from);
  int out = thaw_descent_get_fd (&self->into, error), in;
  ThawName name;

  if (out < 0)
    return FALSE;
  g_string_truncate (self->walk.path, level->path_length);
  in = thaw_descent_get_fd (&self->from, &failure);
  if (in < 0 || !thaw_names_next (level->names, in, &name, &failure))
    return leave_folder (self, in, out, failure, error);
  thaw_walk_enter (&self->walk, level->path_length, name.name);
  return copy_or_ask (self, in, name.name, out, name.name, error);
}

/* Whether "a" is "A" there: names can't be told from each other then, and what is left of an
 * interrupted copy isn't trusted. */
static gboolean
folds_names (int folder_fd, const char *name)
{
  g_autofree char *other = g_strdup (name);
  struct stat a, b;

  for (char *c = other; *c != '\0'; c++)
    *c = isupper ((guchar) *c) ? tolower ((guchar) *c) : toupper ((guchar) *c);
  return strcmp (other, name) != 0 && fstatat (folder_fd, name, &a, AT_SYMLINK_NOFOLLOW) == 0
         && fstatat (folder_fd, other, &b, AT_SYMLINK_NOFOLLOW) == 0 && a.st_ino == b.st_ino;
}

static gboolean
look_for_beginnings (ThawCopy *self, GError **error)
{
  int to_fd = thaw_place_get_fd (self->to);
  struct stat st;

  if (fstatat (to_fd, self->as, &st, AT_SYMLINK_NOFOLLOW) != 0)
    {
      /* A lot of links whose copy is lost. */
      thaw_copy_forget_links (self);
      return errno == ENOENT
             || thaw_disk_fail (error, errno, "look at", thaw_walk_get_label (&self->walk));
    }
  /* Nobody else's: such names can't be guessed. */
  if (!g_str_has_prefix (self->as, THAW_COPY_HIDDEN_PREFIX))
    return thaw_disk_fail (error, EEXIST, "make", thaw_walk_get_label (&self->walk));
  self->is_resumed = self->is_ours = TRUE;
  if (!folds_names (to_fd, self->as))
    return TRUE;
  thaw_copy_forget_links (self);
  self->is_resumed = FALSE;
  return thaw_disk_discard_at (to_fd, self->as, NULL, error);
}

static gboolean
run (ThawCopy *self, ThawPlace *from, const char *name, GError **error)
{
  gboolean is_ok = look_for_beginnings (self, error) && thaw_walk_check (&self->walk, error)
                   && copy_or_ask (self,
                                   thaw_place_get_fd (from),
                                   name,
                                   thaw_place_get_fd (self->to),
                                   self->as,
                                   error);

  while (is_ok && thaw_descent_get_depth (&self->from) > 0)
    is_ok = thaw_walk_check (&self->walk, error) && step (self, error);
  return is_ok;
}

/* Its own name too, where each thing is synced by itself. */
static gboolean
complete (ThawCopy *self, ThawIdentity *identity, GError **error)
{
  thaw_copy_forget_links (self);
  if (!self->syncs_as_a_whole && !thaw_place_sync (self->to, error))
    return FALSE;
  return thaw_copy_make_durable (self, error)
         && thaw_place_look (self->to, self->as, identity, error);
}

/* Nothing is left of a copy that failed, unless nothing can be done there any more. */
static void
abandon (ThawCopy *self)
{
  struct stat st;

  thaw_copy_forget_links (self);
  if (self->is_ours
      && fstatat (thaw_place_get_fd (self->to), self->as, &st, AT_SYMLINK_NOFOLLOW) == 0)
    {
      /* On a server what is still held would get another name, and its folder stay. */
      if (self->is_local && thaw_walk_is_cancelled (&self->walk))
        thaw_disk_discard_cancelled (thaw_place_get_fd (self->to), self->as);
      else
        thaw_disk_discard (self->to, self->as, NULL, NULL);
    }
}

static void
init (ThawCopy *self,
      ThawPlace *from,
      const char *name,
      ThawPlace *to,
      const char *as,
      ThawCopyFlags flags,
      const ThawWalkFuncs *funcs)
{
  int to_fd = thaw_place_get_fd (to);

  *self = (ThawCopy){
    .flags = flags,
    .to = to,
    .as = as,
    .buffer = g_aligned_alloc (1, THAW_COPY_BUFFER_BYTES, 4096),
    .finished = g_array_new (FALSE, FALSE, sizeof (guint64)),
    .syncs_as_a_whole = thaw_place_syncs_as_a_whole (to),
    .is_local = thaw_place_kind_is_local (to_fd),
    .reserves = thaw_place_kind_reserves (to_fd),
    .is_direct = (flags & THAW_COPY_DIRECT) != 0 || thaw_place_kind_is_direct (to_fd),
  };
  thaw_walk_init (&self->walk, name, funcs);
  thaw_descent_init (&self->from, thaw_place_get_fd (from), MAX_OPEN);
  thaw_descent_init (&self->into, to_fd, MAX_OPEN);
}

static void
clear (ThawCopy *self)
{
  thaw_descent_clear (&self->from);
  thaw_descent_clear (&self->into);
  thaw_walk_clear (&self->walk);
  g_array_unref (self->finished);
  g_aligned_free (self->buffer);
}

/**
 * thaw_disk_copy: (skip)
 * @from: where the item is
 * @name: a file, link, special file or folder in it
 * @to: where the copy goes
 * @as: its hidden name there
 * @flags: how
 * @funcs: (nullable): who is asked and told
 * @identity: (out) (optional): the copy's
 * @error: return location
 *
 * Copies with all that can be kept: bytes, holes, owner, mode, times, extended attributes, access
 * lists, hard links within the tree. What is lost is told to `loss()`. Special files are made,
 * never opened; links are copied, never followed; what is mounted in the tree is a problem and left
 * out. When it returns %TRUE the copy is whole but for what was told to `problem()`, is on the
 * device, and waits to be renamed into place. A source that changes while it is copied, or ends
 * early, is a problem.
 *
 * What was begun before an interruption under the same name is gone on with: files that
 * `is_durable()` knows and that are like their source stay, a file beyond 64 MiB goes on at its
 * last durable piece.
 *
 * - **Thread**: the operation's; blocks.
 * - **Errors**: of the item itself, and those with which the caller ended it. The copy is removed
 * then, unless its device is gone.
 * - **Cancellation**: by `check()`, before each entry and at least each 16 MiB.
 * - **Units**: `done()` counts apparent bytes; those of an entry that fails later aren't taken
 * back.
 *
 * Returns: %FALSE with @error set
 */
gboolean
thaw_disk_copy (ThawPlace *from,
                const char *name,
                ThawPlace *to,
                const char *as,
                ThawCopyFlags flags,
                const ThawWalkFuncs *funcs,
                ThawIdentity *identity,
                GError **error)
{
  ThawCopy self;
  gboolean is_ok;

  init (&self, from, name, to, as, flags, funcs);
  is_ok = run (&self, from, name, error) && complete (&self, identity, error);
  if (!is_ok)
    abandon (&self);
  clear (&self);
  return is_ok;
}
