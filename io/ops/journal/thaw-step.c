/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps and rows as values: made, copied, checked, turned round. No disk, no database; any thread.
 */

#include "thaw-step-private.h"

#include <string.h>

/**
 * thaw_step_new_rename:
 * @from: the folder that @name is in
 * @name: bytes
 * @to: the folder that it goes to, of the same file system
 * @new_name: bytes
 * @object: what is renamed
 *
 * Returns: (transfer full): the step
 */
ThawStep *
thaw_step_new_rename (ThawPlace *from,
                      const char *name,
                      ThawPlace *to,
                      const char *new_name,
                      const ThawIdentity *object)
{
  ThawStep *self = g_new0 (ThawStep, 1);

  self->type = THAW_STEP_RENAME;
  self->from.folder = g_strdup (thaw_place_get_path (from));
  self->from.dev = thaw_place_get_dev (from);
  self->from.ino = thaw_place_get_ino (from);
  self->from.name = g_strdup (name);
  self->to.folder = g_strdup (thaw_place_get_path (to));
  self->to.dev = thaw_place_get_dev (to);
  self->to.ino = thaw_place_get_ino (to);
  self->to.name = g_strdup (new_name);
  self->object = *object;
  return self;
}

static void
end_clear (ThawStepEnd *self)
{
  g_clear_pointer (&self->folder, g_free);
  g_clear_pointer (&self->name, g_free);
}

void
thaw_step_free (ThawStep *self)
{
  end_clear (&self->from);
  end_clear (&self->to);
  end_clear (&self->kept);
  g_free (self->info);
  g_clear_pointer (&self->info_text, g_bytes_unref);
  g_clear_pointer (&self->attributes, g_variant_unref);
  g_free (self);
}

void
thaw_step_end_copy (ThawStepEnd *self, const ThawStepEnd *from)
{
  end_clear (self);
  self->folder = g_strdup (from->folder);
  self->dev = from->dev;
  self->ino = from->ino;
  self->name = g_strdup (from->name);
}

ThawStep *
thaw_step_copy (const ThawStep *self)
{
  ThawStep *copy = g_new0 (ThawStep, 1);

  copy->type = self->type;
  thaw_step_end_copy (&copy->from, &self->from);
  thaw_step_end_copy (&copy->to, &self->to);
  thaw_step_end_copy (&copy->kept, &self->kept);
  copy->object = self->object;
  copy->old = self->old;
  copy->info = g_strdup (self->info);
  copy->info_text = self->info_text != NULL ? g_bytes_ref (self->info_text) : NULL;
  copy->attributes = self->attributes != NULL ? g_variant_ref_sink (self->attributes) : NULL;
  return copy;
}

/* One component, which leads nowhere else. */
static gboolean
is_name (const char *name)
{
  return name != NULL && name[0] != '\0' && strchr (name, '/') == NULL && strcmp (name, ".") != 0
         && strcmp (name, "..") != 0;
}

static gboolean
is_end (const ThawStepEnd *end)
{
  return end->folder != NULL && end->folder[0] == '/' && is_name (end->name);
}

/* A name in a folder that is known by its address, or nothing. */
static gboolean
is_server_end (const ThawStepEnd *end)
{
  return end->folder == NULL || (strstr (end->folder, "://") != NULL && is_name (end->name));
}

static gboolean
is_well_formed (const ThawStep *self)
{
  switch (self->type)
    {
    case THAW_STEP_RENAME:
      return is_end (&self->from) && is_end (&self->to);
    case THAW_STEP_REPLACE:
      return is_end (&self->from) && is_end (&self->to)
             && (self->kept.folder == NULL || is_end (&self->kept));
    case THAW_STEP_ATTRIBUTES:
      return is_end (&self->to) && self->attributes != NULL
             && g_variant_is_of_type (self->attributes, G_VARIANT_TYPE_VARDICT);
    case THAW_STEP_MOVED:
      return is_end (&self->from) && is_end (&self->to);
    case THAW_STEP_GONE:
    case THAW_STEP_LOST:
      return is_end (&self->from);
    case THAW_STEP_SERVER:
      return is_server_end (&self->from) && is_server_end (&self->to)
             && (self->from.folder != NULL || self->to.folder != NULL);
    default:
      return FALSE;
    }
}

gboolean
thaw_step_is_valid (const ThawStep *self, GError **error)
{
  if (is_well_formed (self))
    return TRUE;
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_INVALID_ARGUMENT,
               "A step of type %d isn't complete, or a name of it isn't one component of a path",
               (int) self->type);
  return FALSE;
}

gboolean
thaw_step_is_hidden_name (const char *name)
{
  return name != NULL && g_str_has_prefix (name, ".thaw-");
}

gboolean
thaw_step_is_in_store (const ThawStepEnd *end)
{
  return end->folder != NULL
         && (strstr (end->folder, "/.thaw-kept-") != NULL
             || g_str_has_suffix (end->folder, "/thaw/kept"));
}

ThawRow *
thaw_row_new (const ThawStep *step)
{
  ThawRow *self = g_new0 (ThawRow, 1);

  self->step = thaw_step_copy (step);
  self->enters = step->info_text != NULL;
  self->info_bytes = step->info_text != NULL ? g_bytes_ref (step->info_text) : NULL;
  self->noted_dev = step->object.dev;
  return self;
}

void
thaw_row_free (ThawRow *self)
{
  g_clear_pointer (&self->step, thaw_step_free);
  g_free (self->near);
  g_clear_pointer (&self->info_bytes, g_bytes_unref);
  g_clear_pointer (&self->old_attributes, g_variant_unref);
  g_free (self);
}

gboolean
thaw_row_is_note (ThawRow *self)
{
  return self->step->type == THAW_STEP_MOVED || self->step->type == THAW_STEP_GONE
         || self->step->type == THAW_STEP_LOST || self->step->type == THAW_STEP_SERVER;
}

static void
swap_ends (ThawStepEnd *a, guint64 *fsid_a, ThawStepEnd *b, guint64 *fsid_b)
{
  ThawStepEnd end = *a;
  guint64 fsid = *fsid_a;

  *a = *b;
  *b = end;
  *fsid_a = *fsid_b;
  *fsid_b = fsid;
}

static void
turn_replace (ThawRow *self)
{
  ThawIdentity object = self->step->object;

  swap_ends (&self->step->from, &self->from_fsid, &self->step->kept, &self->kept_fsid);
  self->step->object = self->step->old;
  self->step->old = object;
  self->object_btime_nsec = 0;
}

static void
turn_attributes (ThawRow *self)
{
  GVariant *attributes = self->step->attributes;

  self->step->attributes = self->old_attributes;
  self->old_attributes = attributes;
}

ThawRow *
thaw_row_turn (ThawRow *self)
{
  ThawRow *turned;

  if (thaw_row_is_note (self)
      || (self->step->type == THAW_STEP_REPLACE && self->step->kept.folder == NULL))
    return NULL;
  turned = thaw_row_new (self->step);
  turned->number = self->number;
  turned->from_fsid = self->from_fsid;
  turned->to_fsid = self->to_fsid;
  turned->kept_fsid = self->kept_fsid;
  turned->noted_dev = self->noted_dev;
  turned->object_btime_nsec = self->object_btime_nsec;
  turned->bound_nsec = self->ready_ctime_nsec;
  turned->top_bound_nsec = self->placed_ctime_nsec;
  g_clear_pointer (&turned->info_bytes, g_bytes_unref);
  turned->info_bytes = self->info_bytes != NULL ? g_bytes_ref (self->info_bytes) : NULL;
  turned->old_attributes
      = self->old_attributes != NULL ? g_variant_ref (self->old_attributes) : NULL;
  turned->enters = turned->step->info != NULL && !self->enters;
  g_clear_pointer (&turned->step->info_text, g_bytes_unref);
  if (turned->enters && turned->info_bytes != NULL)
    turned->step->info_text = g_bytes_ref (turned->info_bytes);
  if (self->step->type == THAW_STEP_RENAME)
    swap_ends (&turned->step->from, &turned->from_fsid, &turned->step->to, &turned->to_fsid);
  else if (self->step->type == THAW_STEP_REPLACE)
    turn_replace (turned);
  else
    turn_attributes (turned);
  return turned;
}
