/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The caller's side of a walk over a tree: asks whether to go on, tells what was done, and has
 * failures judged. On the operation's thread; the functions called may wait there while the user
 * thinks. */

#include "thaw-walk-private.h"

void
thaw_walk_init (ThawWalk *self, const char *item, const ThawWalkFuncs *funcs)
{
  static const ThawWalkFuncs no_funcs;

  *self = (ThawWalk){
    .funcs = funcs != NULL ? funcs : &no_funcs,
    .item = item,
    .path = g_string_new (NULL),
  };
  if (self->funcs->current != NULL)
    self->funcs->current ("", self->funcs->user_data);
}

void
thaw_walk_clear (ThawWalk *self)
{
  g_string_free (self->path, TRUE);
}

void
thaw_walk_enter (ThawWalk *self, gsize folder_length, const char *name)
{
  g_string_truncate (self->path, folder_length);
  if (folder_length > 0)
    g_string_append_c (self->path, G_DIR_SEPARATOR);
  g_string_append (self->path, name);
  if (self->funcs->current != NULL)
    self->funcs->current (self->path->str, self->funcs->user_data);
}

const char *
thaw_walk_get_label (ThawWalk *self)
{
  return self->path->len > 0 ? self->path->str : self->item;
}

gboolean
thaw_walk_check (ThawWalk *self, GError **error)
{
  if (self->funcs->check == NULL || self->funcs->check (self->funcs->user_data, error))
    return TRUE;
  self->is_over = TRUE;
  return FALSE;
}

gboolean
thaw_walk_is_cancelled (ThawWalk *self)
{
  return self->funcs->is_cancelled != NULL && self->funcs->is_cancelled (self->funcs->user_data);
}

void
thaw_walk_done (ThawWalk *self, gint64 bytes, gint64 entries)
{
  if (self->funcs->done != NULL && (bytes != 0 || entries != 0))
    self->funcs->done (bytes, entries, self->funcs->user_data);
}

void
thaw_walk_loss (ThawWalk *self, const char *what)
{
  if (self->funcs->loss != NULL)
    self->funcs->loss (self->path->str, what, self->funcs->user_data);
}

ThawVerdict
thaw_walk_judge (ThawWalk *self, GError *failure, GError **error)
{
  gboolean is_item = self->path->len == 0, is_full, retry = FALSE, goes_on = FALSE;

  is_full = g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  /* What fails of the item itself is the walk's error; that the disk is full can still be mended.
   */
  if (!self->is_over && self->funcs->problem != NULL && (!is_item || is_full))
    goes_on = self->funcs->problem (self->path->str, failure, &retry, self->funcs->user_data);
  if (!goes_on || (is_item && !retry))
    {
      self->is_over = TRUE;
      g_propagate_error (error, failure);
      return THAW_WALK_END;
    }
  g_error_free (failure);
  return retry ? THAW_WALK_RETRY : THAW_WALK_LEAVE_OUT;
}
