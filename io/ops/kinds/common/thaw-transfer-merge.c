/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A folder into a folder that exists: child by child, at any depth, with a stack of frames and not
 * by recursion. On the thread of the run. Only the innermost frames hold descriptors; the others
 * are opened again by path and identity when it is their turn. The folder that is merged into keeps
 * its own attributes. */

#include "thaw-transfer-private.h"

#include <string.h>

#define MAX_OPEN_FRAMES 24

typedef struct {
  ThawPlace *place; /* NULL while it is put away */
  char *path;
  guint64 dev, ino;
} Side;

struct _ThawFrame {
  guint top;
  char *path; /* of the source, as the user knows it */
  Side from, to;
  GString *names; /* each with its NUL */
  gsize at;
  ThawEmptied *emptied; /* what to look at in the end; NULL unless it is moved */
};

static void
side_set (Side *self, ThawPlace *place)
{
  self->place = place;
  self->path = g_strdup (thaw_place_get_path (place));
  self->dev = thaw_place_get_dev (place);
  self->ino = thaw_place_get_ino (place);
}

static ThawPlace *
side_open (Side *self, GError **error)
{
  if (self->place == NULL)
    self->place = thaw_place_open_known (self->path, self->dev, self->ino, error);
  return self->place;
}

static void
side_clear (Side *self)
{
  g_clear_pointer (&self->place, thaw_place_unref);
  g_free (self->path);
}

void
thaw_frame_free (ThawFrame *self)
{
  g_free (self->path);
  side_clear (&self->from);
  side_clear (&self->to);
  if (self->names != NULL)
    g_string_free (self->names, TRUE);
  g_clear_pointer (&self->emptied, thaw_emptied_free);
  g_free (self);
}

static ThawEmptied *
emptied_new (ThawPassage *passage)
{
  ThawEmptied *self = g_new0 (ThawEmptied, 1);

  thaw_step_end_set (&self->end, passage->from, passage->name);
  self->object = passage->object;
  self->path = g_strdup (passage->path);
  return self;
}

static ThawFrame *
frame_new (ThawTransfer *self, ThawPassage *passage, GError **error)
{
  g_autoptr (ThawPlace) from = thaw_place_open_child (passage->from, passage->name, error);
  g_autoptr (ThawPlace) to = NULL;
  g_autoptr (ThawFrame) frame = g_new0 (ThawFrame, 1);

  if (from == NULL)
    return NULL;
  to = thaw_place_open_child (passage->to, passage->new_name, error);
  if (to == NULL)
    return NULL;
  frame->names = thaw_kind_list (from, error);
  if (frame->names == NULL)
    return NULL;
  frame->top = passage->top;
  frame->path = g_strdup (passage->path);
  side_set (&frame->from, g_steal_pointer (&from));
  side_set (&frame->to, g_steal_pointer (&to));
  if (self->mode == THAW_TRANSFER_MOVE)
    frame->emptied = emptied_new (passage);
  return g_steal_pointer (&frame);
}

static void
put_away_outer (ThawTransfer *self)
{
  ThawFrame *outer;

  if (self->frames->len <= MAX_OPEN_FRAMES)
    return;
  outer = g_ptr_array_index (self->frames, self->frames->len - 1 - MAX_OPEN_FRAMES);
  g_clear_pointer (&outer->from.place, thaw_place_unref);
  g_clear_pointer (&outer->to.place, thaw_place_unref);
}

gboolean
thaw_transfer_merge (ThawTransfer *self, ThawPassage *given, GError **error)
{
  g_autoptr (ThawPassage) passage = given;
  g_autoptr (GError) local = NULL;
  ThawFrame *frame = frame_new (self, passage, &local);

  if (frame == NULL)
    return thaw_kind_problem (self->run, passage->path, g_steal_pointer (&local), error);
  if (passage->is_top)
    {
      g_autofree char *path = thaw_place_dup_child_path (passage->to, passage->new_name);

      thaw_run_add_result (self->run, path);
    }
  g_ptr_array_add (self->frames, frame);
  put_away_outer (self);
  return TRUE;
}

static guint
make_number (ThawFrame *frame, const char *path)
{
  guint hash = 5381 + frame->top;

  for (const char *at = path; *at != '\0'; at++)
    hash = hash * 33 + (guchar) *at;
  return hash | 0x80000000;
}

static ThawPassage *
child_new (ThawFrame *frame, const char *name, char *path)
{
  ThawPassage *self = g_new0 (ThawPassage, 1);

  self->top = frame->top;
  self->number = make_number (frame, path);
  self->path = path;
  self->from = thaw_place_ref (frame->from.place);
  self->name = g_strdup (name);
  self->to = thaw_place_ref (frame->to.place);
  self->new_name = g_strdup (name);
  return self;
}

static gboolean
send_child (ThawTransfer *self, ThawFrame *frame, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (frame->path, name, NULL);
  g_autoptr (GError) local = NULL;

  /* Of this very job, when it merges into the folder that it builds in. */
  if (thaw_token_owns_name (thaw_run_get_token (self->run), name))
    return TRUE;
  if (side_open (&frame->from, &local) == NULL || side_open (&frame->to, &local) == NULL)
    return thaw_kind_problem (self->run, path, g_steal_pointer (&local), error);
  return thaw_transfer_send (self, child_new (frame, name, g_steal_pointer (&path)), error);
}

static gboolean
end_frame (ThawTransfer *self, ThawFrame *frame, GError **error)
{
  thaw_run_add_done (self->run, 0, 1);
  if (frame->emptied != NULL)
    g_ptr_array_add (self->emptied, g_steal_pointer (&frame->emptied));
  g_ptr_array_set_size (self->frames, self->frames->len - 1);
  return self->emptied->len < 256 || thaw_transfer_flush (self, error);
}

gboolean
thaw_transfer_run_frames (ThawTransfer *self, GError **error)
{
  while (self->frames->len > 0)
    {
      ThawFrame *frame = g_ptr_array_index (self->frames, self->frames->len - 1);
      gboolean goes_on;

      if (frame->at >= frame->names->len)
        goes_on = end_frame (self, frame, error);
      else
        {
          const char *name = frame->names->str + frame->at;

          frame->at += strlen (name) + 1;
          goes_on = send_child (self, frame, name, error);
        }
      if (!goes_on || !thaw_transfer_send_again (self, error))
        return FALSE;
    }
  return TRUE;
}
