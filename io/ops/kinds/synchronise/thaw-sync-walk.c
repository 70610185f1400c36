/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Both trees side by side: the names of a folder are sorted on either side and merged, and where
 * both have a folder, that is the next frame of a stack. On the thread of the run. Only the
 * innermost frames hold descriptors; the others are opened again by path and identity when it is
 * their turn. What the program itself keeps in a tree is no part of it: hidden names of operations,
 * the kept store, and, at the top of a volume, its trash. */

#include "thaw-sync-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MAX_OPEN_FRAMES 24

typedef struct {
  ThawPlace *place; /* NULL while it is put away */
  char *path;
  guint64 dev, ino;
  GString *text;  /* names, each with its NUL */
  GArray *starts; /* guint: where each begins, in order */
  guint at;
} Side;

typedef struct {
  Side sides[N_SIDES];
  gboolean tells_b; /* the round in which only what is only in B is told */
} Frame;

typedef struct {
  ThawSync *sync;
  const ThawSyncFuncs *funcs;
  gpointer user_data;
  GPtrArray *frames;
} Walk;

static void
frame_free (gpointer data)
{
  Frame *self = data;

  for (int i = A; i < N_SIDES; i++)
    {
      Side *side = &self->sides[i];

      g_clear_pointer (&side->place, thaw_place_unref);
      g_free (side->path);
      if (side->text != NULL)
        g_string_free (side->text, TRUE);
      g_clear_pointer (&side->starts, g_array_unref);
    }
  g_free (self);
}

static gboolean
is_of_operation (const char *name)
{
  const char *rest = name + strlen (".thaw-");

  return g_str_has_prefix (name, ".thaw-")
         && (g_str_has_prefix (rest, "kept-")
             || (strlen (rest) > THAW_TOKEN_LENGTH && rest[THAW_TOKEN_LENGTH] == '-'));
}

gboolean
thaw_sync_is_left_out (ThawSync *sync, gboolean is_top, int side, const char *name)
{
  if (is_of_operation (name))
    return !thaw_sync_is_leftover (sync, name) || side != B;
  return is_top && sync->are_volumes[side]
         && (g_str_equal (name, "lost+found") || g_str_equal (name, ".Trash")
             || g_str_has_prefix (name, ".Trash-"));
}

static gint
compare_starts (gconstpointer a, gconstpointer b, gpointer text)
{
  return strcmp ((char *) text + *(const guint *) a, (char *) text + *(const guint *) b);
}

static gboolean
list_side (Walk *self, Frame *frame, int i, gboolean is_top, GError **error)
{
  Side *side = &frame->sides[i];

  side->text = thaw_kind_list (side->place, error);
  if (side->text == NULL)
    return FALSE;
  side->starts = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint at = 0; at < side->text->len; at += strlen (side->text->str + at) + 1)
    if (!thaw_sync_is_left_out (self->sync, is_top, i, side->text->str + at))
      g_array_append_val (side->starts, at);
  g_array_sort_with_data (side->starts, compare_starts, side->text->str);
  return TRUE;
}

/* Takes both places. */
static Frame *
frame_new (Walk *self, ThawPlace *a, ThawPlace *b, gboolean is_top, char **where, GError **error)
{
  Frame *frame = g_new0 (Frame, 1);
  ThawPlace *places[N_SIDES] = { a, b };

  for (int i = A; i < N_SIDES; i++)
    {
      frame->sides[i].place = places[i];
      frame->sides[i].path = g_strdup (thaw_place_get_path (places[i]));
      frame->sides[i].dev = thaw_place_get_dev (places[i]);
      frame->sides[i].ino = thaw_place_get_ino (places[i]);
    }
  frame->tells_b = self->funcs->b_first;
  for (int i = A; i < N_SIDES; i++)
    if (!list_side (self, frame, i, is_top, error))
      {
        *where = g_strdup (frame->sides[i].path);
        frame_free (frame);
        return NULL;
      }
  return frame;
}

static void
put_away_outer (Walk *self)
{
  Frame *outer;

  if (self->frames->len <= MAX_OPEN_FRAMES)
    return;
  outer = g_ptr_array_index (self->frames, self->frames->len - 1 - MAX_OPEN_FRAMES);
  g_clear_pointer (&outer->sides[A].place, thaw_place_unref);
  g_clear_pointer (&outer->sides[B].place, thaw_place_unref);
}

static const char *
peek_name (Side *self)
{
  return self->at < self->starts->len
             ? self->text->str + g_array_index (self->starts, guint, self->at)
             : NULL;
}

/* The next name of either side; *has: who has it. */
static const char *
next_name (Frame *self, gboolean has[N_SIDES])
{
  const char *a = peek_name (&self->sides[A]), *b = peek_name (&self->sides[B]);
  int order = a == NULL ? 1 : b == NULL ? -1 : strcmp (a, b);

  has[A] = a != NULL && order <= 0;
  has[B] = b != NULL && order >= 0;
  self->sides[A].at += has[A];
  self->sides[B].at += has[B];
  return has[A] ? a : b;
}

static gboolean
open_side (Side *self, GError **error)
{
  if (self->place == NULL)
    self->place = thaw_place_open_known (self->path, self->dev, self->ino, error);
  return self->place != NULL;
}

/* What isn't there any more is only on the other side now. */
static gboolean
look (Frame *frame, ThawPair *pair, const gboolean has[N_SIDES], GError **error)
{
  for (int i = A; i < N_SIDES; i++)
    {
      Side *side = &frame->sides[i];

      if (!open_side (side, error))
        return FALSE;
      pair->places[i] = side->place;
      pair->is_there[i] = has[i]
                          && fstatat (thaw_place_get_fd (side->place),
                                      pair->name,
                                      &pair->stats[i],
                                      AT_SYMLINK_NOFOLLOW)
                                 == 0;
      if (has[i] && !pair->is_there[i] && errno != ENOENT)
        {
          int code = errno;

          g_set_error (error,
                       G_IO_ERROR,
                       g_io_error_from_errno (code),
                       "“%s” can't be looked at: %s",
                       pair->name,
                       g_strerror (code));
          return FALSE;
        }
      if (pair->is_there[i])
        thaw_identity_from_stat (&pair->identities[i], &pair->stats[i]);
    }
  return TRUE;
}

static gboolean
tell_problem (Walk *self, Frame *frame, const char *name, GError *problem, GError **error)
{
  g_autofree char *path = g_build_filename (frame->sides[A].path, name, NULL);

  return self->funcs->problem (path, problem, self->user_data, error);
}

static gboolean
descend (Walk *self, Frame *outer, ThawPair *pair, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *where = NULL;
  ThawPlace *a = thaw_place_open_child (pair->places[A], pair->name, &local);
  ThawPlace *b = a != NULL ? thaw_place_open_child (pair->places[B], pair->name, &local) : NULL;
  Frame *frame = NULL;

  if (b != NULL)
    frame = frame_new (self, a, b, FALSE, &where, &local);
  else
    g_clear_pointer (&a, thaw_place_unref);
  if (frame == NULL)
    return where != NULL
               ? self->funcs->problem (where, g_steal_pointer (&local), self->user_data, error)
               : tell_problem (self, outer, pair->name, g_steal_pointer (&local), error);
  g_ptr_array_add (self->frames, frame);
  put_away_outer (self);
  return TRUE;
}

static gboolean
tell_pair (Walk *self, Frame *frame, const char *name, const gboolean has[N_SIDES], GError **error)
{
  ThawPair pair = { .name = name };
  g_autoptr (GError) local = NULL;

  if (!look (frame, &pair, has, &local) || !thaw_sync_compare (self->sync, &pair, &local))
    return tell_problem (self, frame, name, g_steal_pointer (&local), error);
  if (!pair.is_there[A] && !pair.is_there[B])
    return TRUE;
  return self->funcs->pair (&pair, self->user_data, error)
         && (pair.state != THAW_PAIR_FOLDERS || descend (self, frame, &pair, error));
}

static gboolean
end_round (Walk *self, Frame *frame, GError **error)
{
  if (!frame->tells_b)
    {
      g_ptr_array_set_size (self->frames, self->frames->len - 1);
      return TRUE;
    }
  frame->tells_b = FALSE;
  frame->sides[A].at = frame->sides[B].at = 0;
  return self->funcs->b_is_over == NULL || self->funcs->b_is_over (self->user_data, error);
}

static gboolean
advance (Walk *self, GError **error)
{
  Frame *frame = g_ptr_array_index (self->frames, self->frames->len - 1);
  gboolean has[N_SIDES];
  const char *name = next_name (frame, has);

  if (name == NULL)
    return end_round (self, frame, error);
  if (self->funcs->b_first && frame->tells_b != (has[B] && !has[A]))
    return TRUE;
  return thaw_run_check (self->sync->run, error) && tell_pair (self, frame, name, has, error);
}

gboolean
thaw_sync_walk (ThawSync *sync, const ThawSyncFuncs *funcs, gpointer user_data, GError **error)
{
  Walk self = { .sync = sync, .funcs = funcs, .user_data = user_data };
  g_autofree char *where = NULL;
  gboolean goes_on = TRUE;
  Frame *top;

  self.frames = g_ptr_array_new_with_free_func (frame_free);
  top = frame_new (&self,
                   thaw_place_ref (sync->tops[A]),
                   thaw_place_ref (sync->tops[B]),
                   TRUE,
                   &where,
                   error);
  if (top != NULL)
    g_ptr_array_add (self.frames, top);
  while (goes_on && self.frames->len > 0)
    goes_on = advance (&self, error);
  g_ptr_array_unref (self.frames);
  return goes_on && top != NULL;
}
