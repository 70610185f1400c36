/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes rights, owner, group and times of the sources. Options: "mode" u (all twelve bits) or s
 * ("u+rwX,go=rX"), "folder-mode" s for
 * folders instead of "mode", "uid" u, "gid" u, "mtime-nsec" x, "atime-nsec" x; "recursive" b for
 * everything below folders as well. Each entry that really changes is a step of the journal, in
 * batches. Links are never followed; of a link only owner and group change. Mounts below a source
 * stay as they are. Runs on the thread of its operation. */

#include "thaw-mode-change-private.h"

#include "../common/thaw-remote-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_BATCH 256
#define MAX_OPEN 24

typedef struct {
  char *path; /* as the user knows it */
  char *place_path;
  guint64 dev, ino;
  ThawPlace *place; /* NULL while it is put away */
  GString *names;
  gsize at;
  ThawStep *late; /* nullable: of the folder itself, whose new rights would lock its own walk out */
} Level;

typedef struct {
  ThawRun *run;
  ThawModeChange *mode;                /* nullable */
  ThawModeChange *folder_mode;         /* nullable: instead, for folders */
  GVariant *uid, *gid, *mtime, *atime; /* nullable, borrowed */
  gboolean is_recursive;
  GPtrArray *levels;
  GPtrArray *steps;
  GHashTable *inodes; /* guint64 *: of the steps, since none may be there twice */
} Changing;

static void
level_free (gpointer data)
{
  Level *self = data;

  g_free (self->path);
  g_free (self->place_path);
  g_clear_pointer (&self->place, thaw_place_unref);
  g_string_free (self->names, TRUE);
  g_clear_pointer (&self->late, thaw_step_free);
  g_free (self);
}

static gboolean
flush (Changing *self, GError **error)
{
  g_autoptr (GPtrArray) steps = g_steal_pointer (&self->steps);

  self->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  g_hash_table_remove_all (self->inodes);
  return steps->len == 0 || thaw_run_perform (self->run, steps, THAW_STEPS_EACH, error);
}

static gboolean
add_step (Changing *self, ThawStep *step, GError **error)
{
  g_ptr_array_add (self->steps, step);
  g_hash_table_add (self->inodes, g_memdup2 (&step->object.ino, sizeof step->object.ino));
  return self->steps->len < MAX_BATCH || flush (self, error);
}

static ThawModeChange *
get_mode (Changing *self, const struct stat *st)
{
  return S_ISDIR (st->st_mode) && self->folder_mode != NULL ? self->folder_mode : self->mode;
}

static void
add_times (Changing *self, const struct stat *st, GVariantBuilder *builder)
{
  gint64 mtime = (gint64) st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;

  if (self->mtime != NULL && g_variant_get_int64 (self->mtime) != mtime)
    g_variant_builder_add (builder, "{sv}", "mtime-nsec", self->mtime);
  if (self->atime != NULL)
    g_variant_builder_add (builder, "{sv}", "atime-nsec", self->atime);
}

/* Floating; only what differs. */
static GVariant *
get_changes (Changing *self, const struct stat *st)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  guint32 old = st->st_mode & 07777;
  ThawModeChange *mode = get_mode (self, st);

  if (self->uid != NULL && g_variant_get_uint32 (self->uid) != st->st_uid)
    g_variant_builder_add (&builder, "{sv}", "uid", self->uid);
  if (self->gid != NULL && g_variant_get_uint32 (self->gid) != st->st_gid)
    g_variant_builder_add (&builder, "{sv}", "gid", self->gid);
  if (!S_ISLNK (st->st_mode))
    {
      if (mode != NULL && thaw_mode_change_apply (mode, st->st_mode) != old)
        g_variant_builder_add (&builder,
                               "{sv}",
                               "mode",
                               g_variant_new_uint32 (thaw_mode_change_apply (mode, st->st_mode)));
      add_times (self, st, &builder);
    }
  return g_variant_builder_end (&builder);
}

/* NULL if nothing changes. */
static ThawStep *
make_step (Changing *self, ThawPlace *place, const char *name, const struct stat *st)
{
  g_autoptr (GVariant) changes = g_variant_ref_sink (get_changes (self, st));
  ThawIdentity object;
  ThawStep *step;

  if (g_variant_n_children (changes) == 0)
    return NULL;
  thaw_identity_from_stat (&object, st);
  step = thaw_step_new_rename (place, name, place, name, &object);
  step->type = THAW_STEP_ATTRIBUTES;
  step->attributes = g_steal_pointer (&changes);
  return step;
}

static gboolean
locks_out (Changing *self, const struct stat *st)
{
  ThawModeChange *mode = get_mode (self, st);

  return (mode != NULL && (thaw_mode_change_apply (mode, st->st_mode) & 0500) != 0500)
         || self->uid != NULL;
}

static void
put_away_outer (Changing *self)
{
  if (self->levels->len > MAX_OPEN)
    {
      Level *outer = g_ptr_array_index (self->levels, self->levels->len - 1 - MAX_OPEN);

      g_clear_pointer (&outer->place, thaw_place_unref);
    }
}

/* A folder that can't be read now may be readable once its own step is done. */
static ThawPlace *
open_folder (Changing *self, ThawPlace *place, const char *name, GString **names, GError **error)
{
  g_autoptr (ThawPlace) folder = NULL;

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) local = NULL;

      folder = thaw_place_open_child (place, name, &local);
      *names = folder != NULL ? thaw_kind_list (folder, &local) : NULL;
      if (*names != NULL)
        return g_steal_pointer (&folder);
      g_clear_pointer (&folder, thaw_place_unref);
      if (i == 1 || self->steps->len == 0 || !flush (self, error))
        {
          if (error != NULL && *error == NULL)
            g_propagate_error (error, g_steal_pointer (&local));
          return NULL;
        }
    }
  return NULL;
}

/* Takes @late. */
static gboolean
enter (Changing *self,
       ThawPlace *place,
       const char *name,
       const char *path,
       ThawStep *late,
       GError **error)
{
  g_autoptr (GError) local = NULL;
  GString *names = NULL;
  ThawPlace *folder = open_folder (self, place, name, &names, &local);
  Level *level;

  if (folder == NULL)
    {
      if (late != NULL && !add_step (self, late, error))
        return FALSE;
      return thaw_kind_problem (self->run, path, g_steal_pointer (&local), error);
    }
  level = g_new0 (Level, 1);
  level->path = g_strdup (path);
  level->place = folder;
  level->place_path = g_strdup (thaw_place_get_path (folder));
  level->dev = thaw_place_get_dev (folder);
  level->ino = thaw_place_get_ino (folder);
  level->names = names;
  level->late = late;
  g_ptr_array_add (self->levels, level);
  put_away_outer (self);
  return TRUE;
}

static gboolean
change (Changing *self, ThawPlace *place, const char *name, const char *path, GError **error)
{
  struct stat st;
  ThawStep *step;
  gboolean enters;

  if (!thaw_run_check (self->run, error))
    return FALSE;
  if (fstatat (thaw_place_get_fd (place), name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return thaw_kind_problem (self->run,
                              path,
                              g_error_new (G_IO_ERROR,
                                           g_io_error_from_errno (errno),
                                           "It can't be looked at: %s",
                                           g_strerror (errno)),
                              error);
  if (st.st_dev != thaw_place_get_dev (place) && self->levels->len > 0)
    return TRUE;
  if (g_hash_table_contains (self->inodes, &(guint64){ st.st_ino }))
    return flush (self, error) && change (self, place, name, path, error);
  step = make_step (self, place, name, &st);
  if (step == NULL)
    thaw_run_add_done (self->run, 0, 1);
  enters = self->is_recursive && S_ISDIR (st.st_mode);
  if (!enters)
    return step == NULL || add_step (self, step, error);
  if (step != NULL && locks_out (self, &st))
    return enter (self, place, name, path, step, error);
  return (step == NULL || add_step (self, step, error))
         && enter (self, place, name, path, NULL, error);
}

static gboolean
leave (Changing *self, Level *level, GError **error)
{
  ThawStep *late = g_steal_pointer (&level->late);

  g_ptr_array_set_size (self->levels, self->levels->len - 1);
  return late == NULL || add_step (self, late, error);
}

static gboolean
walk (Changing *self, GError **error)
{
  while (self->levels->len > 0)
    {
      Level *level = g_ptr_array_index (self->levels, self->levels->len - 1);
      const char *name = level->names->str + level->at;
      g_autofree char *path = NULL;
      g_autoptr (GError) local = NULL;
      gboolean goes_on;

      if (level->place == NULL)
        level->place = thaw_place_open_known (level->place_path, level->dev, level->ino, &local);
      if (level->place == NULL)
        goes_on = thaw_kind_problem (self->run, level->path, g_steal_pointer (&local), error)
                  && leave (self, level, error);
      else if (level->at >= level->names->len)
        goes_on = leave (self, level, error);
      else
        {
          g_autoptr (ThawPlace) place = thaw_place_ref (level->place);

          level->at += strlen (name) + 1;
          path = g_build_filename (level->path, name, NULL);
          goes_on = change (self, place, name, path, error);
        }
      if (!goes_on)
        return FALSE;
    }
  return TRUE;
}

static guint32
get_new_mode (guint32 old, gpointer user_data)
{
  const struct stat st = { .st_mode = old };
  ThawModeChange *mode = get_mode (user_data, &st);

  return mode != NULL ? thaw_mode_change_apply (mode, old) : old & 07777;
}

static gboolean
change_remote (Changing *self, GFile *file, GError **error)
{
  const ThawRemoteChange change = { .run = self->run,
                                    .is_recursive = self->is_recursive,
                                    .get_mode = get_new_mode,
                                    .uid = self->uid,
                                    .gid = self->gid,
                                    .mtime = self->mtime,
                                    .user_data = self };

  return thaw_remote_change (&change, file, error);
}

static gboolean
change_all (Changing *self, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (self->run);
  g_auto (ThawSource) source = { 0 };

  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    {
      g_autoptr (GFile) file = thaw_operation_request_dup_source (request, i);
      g_autoptr (GError) local = NULL;

      if (!thaw_kind_file_is_local (file))
        {
          if (!change_remote (self, file, error))
            return FALSE;
        }
      else if (!thaw_source_open (&source, file, i, &local))
        {
          if (!thaw_kind_problem (self->run, source.path, g_steal_pointer (&local), error))
            return FALSE;
        }
      else if (!change (self, source.place, source.name, source.path, error) || !walk (self, error))
        return FALSE;
    }
  return flush (self, error);
}

static gboolean
read_request (Changing *self, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (self->run);
  GVariant *number = thaw_operation_request_get_option (request, "mode", G_VARIANT_TYPE_UINT32);
  GVariant *text = thaw_operation_request_get_option (request, "mode", G_VARIANT_TYPE_STRING);
  GVariant *of_folders
      = thaw_operation_request_get_option (request, "folder-mode", G_VARIANT_TYPE_STRING);

  self->uid = thaw_operation_request_get_option (request, "uid", G_VARIANT_TYPE_UINT32);
  self->gid = thaw_operation_request_get_option (request, "gid", G_VARIANT_TYPE_UINT32);
  self->mtime = thaw_operation_request_get_option (request, "mtime-nsec", G_VARIANT_TYPE_INT64);
  self->atime = thaw_operation_request_get_option (request, "atime-nsec", G_VARIANT_TYPE_INT64);
  self->is_recursive = thaw_operation_request_get_flag (request, "recursive");
  if (number != NULL)
    self->mode = thaw_mode_change_new_exact (g_variant_get_uint32 (number));
  else if (text != NULL)
    self->mode = thaw_mode_change_new (g_variant_get_string (text, NULL), error);
  if (number == NULL && text != NULL && self->mode == NULL)
    return FALSE;
  if (of_folders != NULL)
    self->folder_mode = thaw_mode_change_new (g_variant_get_string (of_folders, NULL), error);
  return of_folders == NULL || self->folder_mode != NULL;
}

static gboolean
execute (ThawRun *run, GError **error)
{
  Changing self = { .run = run };
  gboolean done;

  self.levels = g_ptr_array_new_with_free_func (level_free);
  self.inodes = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self.steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  done = read_request (&self, error) && change_all (&self, error);
  g_clear_pointer (&self.mode, thaw_mode_change_free);
  g_clear_pointer (&self.folder_mode, thaw_mode_change_free);
  g_ptr_array_unref (self.levels);
  g_ptr_array_unref (self.steps);
  g_hash_table_unref (self.inodes);
  return done;
}

static gboolean
plan (ThawRun *run, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  Changing self = { .run = run };
  g_auto (ThawSource) source = { 0 };
  ThawKindNeeds needs = { 0 };
  gboolean is_valid = read_request (&self, error);

  g_clear_pointer (&self.mode, thaw_mode_change_free);
  g_clear_pointer (&self.folder_mode, thaw_mode_change_free);
  if (!is_valid)
    return FALSE;
  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    {
      g_autoptr (GError) local = NULL;

      if (!thaw_kind_source_is_local (run, i))
        {
          thaw_plan_add (thaw_run_get_plan (run), 0, 1);
          continue;
        }
      if (!thaw_kind_plan_source (run, &source, i, &local))
        {
          if (local == NULL)
            continue;
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      if (!self.is_recursive)
        thaw_plan_add (thaw_run_get_plan (run), 0, 1);
      else if (!thaw_kind_measure (run, &source, &needs, error))
        return FALSE;
    }
  thaw_plan_add (thaw_run_get_plan (run), -needs.bytes, 0);
  return TRUE;
}

const ThawOperationKind thaw_attributes_kind
    = { .id = "attributes", .plan = plan, .execute = execute, .is_light = TRUE };
