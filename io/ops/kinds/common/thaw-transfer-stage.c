/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where copies are built. What stands in the target itself is built beside its place. What goes
 * deeper is built in one hidden folder of the target, so that there is one place to clean up,
 * whatever happens; where a rename from there doesn't lead to (another device, a subvolume, no
 * right to write in the target), in a hidden folder at the spot, which is noted in the journal
 * before it is made. On the thread of the run. */

#include "thaw-transfer-private.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define NUMBER 0x40000000

typedef struct {
  ThawPlace *folder, *place;
  char *name;
  gboolean is_common;
} Stage;

static void
stage_free (gpointer data)
{
  Stage *self = data;

  g_clear_pointer (&self->folder, thaw_place_unref);
  g_clear_pointer (&self->place, thaw_place_unref);
  g_free (self->name);
  g_free (self);
}

/* One of this job's that is there from before a crash is gone on with. */
static ThawPlace *
open_or_make (ThawPlace *folder, const char *name, GError **error)
{
  if (mkdirat (thaw_place_get_fd (folder), name, 0700) != 0 && errno != EEXIST)
    {
      int code = errno;

      g_set_error (error,
                   G_IO_ERROR,
                   g_io_error_from_errno (code),
                   "Nothing can be made in %s: %s",
                   thaw_place_get_path (folder),
                   g_strerror (code));
      return NULL;
    }
  return thaw_place_open_child (folder, name, error);
}

static Stage *
add_stage (ThawTransfer *self, ThawPlace *folder, gboolean is_common, GError **error)
{
  guint number = NUMBER + (is_common ? 0 : 1 + self->stages->len);
  g_autofree char *name = thaw_token_dup_name (thaw_run_get_token (self->run), number);
  ThawPlace *place;
  Stage *stage;

  if (!is_common && !thaw_run_note_hidden (self->run, folder, name, error))
    return NULL;
  place = open_or_make (folder, name, error);
  if (place == NULL)
    return NULL;
  stage = g_new0 (Stage, 1);
  stage->folder = thaw_place_ref (folder);
  stage->place = place;
  stage->name = g_steal_pointer (&name);
  stage->is_common = is_common;
  g_ptr_array_add (self->stages, stage);
  return stage;
}

static Stage *
find_stage (ThawTransfer *self, ThawPassage *passage)
{
  guint64 dev = thaw_place_get_dev (passage->to), ino = thaw_place_get_ino (passage->to);

  for (guint i = 0; i < self->stages->len; i++)
    {
      Stage *stage = g_ptr_array_index (self->stages, i);

      if (thaw_place_get_dev (stage->place) != dev)
        continue;
      if (stage->is_common ? !passage->stages_beside : thaw_place_get_ino (stage->folder) == ino)
        return stage;
    }
  return NULL;
}

/* Descriptors are few: stages at the spot are only kept while they may be needed again. */
static void
drop_oldest (ThawTransfer *self)
{
  for (guint i = 0; i < self->stages->len && self->stages->len >= 16; i++)
    {
      Stage *stage = g_ptr_array_index (self->stages, i);

      if (!stage->is_common
          && unlinkat (thaw_place_get_fd (stage->folder), stage->name, AT_REMOVEDIR) == 0)
        g_ptr_array_remove_index (self->stages, i--);
    }
}

ThawPlace *
thaw_transfer_get_stage (ThawTransfer *self, ThawPassage *passage, GError **error)
{
  Stage *stage;

  if (passage->is_top)
    return thaw_place_ref (passage->to);
  if (self->stages == NULL)
    self->stages = g_ptr_array_new_with_free_func (stage_free);
  stage = find_stage (self, passage);
  if (stage == NULL && !passage->stages_beside && self->target != NULL
      && thaw_place_get_dev (self->target) == thaw_place_get_dev (passage->to))
    stage = add_stage (self, self->target, TRUE, NULL);
  if (stage == NULL)
    {
      drop_oldest (self);
      stage = add_stage (self, passage->to, FALSE, error);
    }
  return stage != NULL ? thaw_place_ref (stage->place) : NULL;
}

/* What a power cut brought back nobody would look for, since the job is over soon. */
void
thaw_transfer_sweep_stages (ThawTransfer *self)
{
  if (self->stages == NULL)
    return;
  for (guint i = 0; i < self->stages->len; i++)
    {
      Stage *stage = g_ptr_array_index (self->stages, i);

      thaw_kind_remove_quietly (stage->folder, stage->name);
      if (!thaw_place_sync (stage->folder, NULL))
        thaw_run_stay_interrupted (self->run);
      thaw_journal_note_swept (thaw_run_get_journal (self->run),
                               thaw_run_get_job (self->run),
                               stage->folder);
    }
  g_ptr_array_set_size (self->stages, 0);
}

void
thaw_transfer_sweep_noted (ThawRun *run)
{
  thaw_run_sweep_noted (run);
}

void
thaw_transfer_sweep_common (ThawRun *run, ThawPlace *target)
{
  g_autofree char *name = thaw_token_dup_name (thaw_run_get_token (run), NUMBER);

  thaw_kind_remove_quietly (target, name);
}
