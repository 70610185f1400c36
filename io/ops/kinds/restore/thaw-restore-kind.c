/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes things out of the trash, back to where they came from, or into the request's target folder.
 * The sources are files right in a trash's folder "files", or trash:/// addresses of such. A folder
 * of origin that is gone is made again (under a hidden name, and placed by a step). Nothing is ever
 * overwritten: what stands in the way keeps its name, whatever the rule, and "replace" means a free
 * name here. The journal removes the .trashinfo when the rename is on the device. Runs on the
 * thread of its operation. */

#include "../common/thaw-remote-private.h"
#include "../trash/thaw-trash-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define BATCH 256

typedef struct {
  ThawRun *run;
  ThawFinished *finished; /* nullable */
  ThawTrash *trash;       /* of the source that was looked at last */
  ThawPlace *target;      /* nullable: where all go to */
  ThawPlace *parent;      /* that was opened last */
  char *parent_path;      /* as it was asked for */
  GHashTable *taken;      /* "inode/name" of what this batch will put there */
  guint n_hidden;
  GPtrArray *steps;
} Restoring;

static void
restoring_clear (Restoring *self)
{
  g_clear_pointer (&self->finished, thaw_finished_free);
  g_clear_pointer (&self->trash, thaw_trash_free);
  g_clear_pointer (&self->target, thaw_place_unref);
  g_clear_pointer (&self->parent, thaw_place_unref);
  g_clear_pointer (&self->parent_path, g_free);
  g_clear_pointer (&self->taken, g_hash_table_unref);
  g_clear_pointer (&self->steps, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Restoring, restoring_clear)

static gboolean
restoring_init (Restoring *self, ThawRun *run, GError **error)
{
  self->run = run;
  self->taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  if (thaw_operation_request_get_target (thaw_run_get_request (run)) == NULL)
    return TRUE;
  self->target = thaw_kind_open_target (run, error);
  return self->target != NULL;
}

/* --- where a thing is, and where it belongs --- */

/* The local file that is meant. */
static GFile *
resolve (ThawRun *run, GFile *file, GError **error)
{
  GFile *meant;

  if (thaw_kind_file_is_local (file))
    return g_object_ref (file);
  meant = thaw_remote_dup_meant (run, file);
  if (meant != NULL)
    return meant;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "It isn't in a local trash");
  return NULL;
}

static gboolean
open_trash (Restoring *self, ThawSource *source, GError **error)
{
  ThawTrash *known = self->trash;

  if (known != NULL && thaw_place_get_ino (known->files) == thaw_place_get_ino (source->place)
      && thaw_place_get_dev (known->files) == thaw_place_get_dev (source->place))
    return TRUE;
  g_clear_pointer (&self->trash, thaw_trash_free);
  self->trash = thaw_trash_open_files (source->place, error);
  return self->trash != NULL;
}

static gboolean
open_source (Restoring *self,
             ThawSource *source,
             GFile *file,
             guint i,
             char **origin,
             GError **error)
{
  g_autoptr (GFile) local = resolve (self->run, file, error);
  gint64 deleted;

  return local != NULL && thaw_source_open (source, local, i, error)
         && open_trash (self, source, error)
         && thaw_trash_info_read (self->trash, source->name, origin, &deleted, NULL, error);
}

/* --- folders of origin --- */

/* The folder that is there above @path; *missing: what is below it on the way to @path. */
static ThawPlace *
open_nearest (const char *path, char **missing, GError **error)
{
  g_autofree char *above = g_strdup (path);

  for (;;)
    {
      g_autoptr (GError) why = NULL;
      ThawPlace *place = thaw_place_open (above, &why);
      char *next;

      if (place != NULL)
        {
          const char *rest = path + strlen (above);

          *missing = g_strdup (rest + strspn (rest, "/"));
          return place;
        }
      if (!g_error_matches (why, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) || g_str_equal (above, "/"))
        {
          g_propagate_error (error, g_steal_pointer (&why));
          return NULL;
        }
      next = g_path_get_dirname (above);
      g_free (above);
      above = next;
    }
}

static gboolean
make_folder (ThawPlace *place, const char *name, GError **error)
{
  if (mkdirat (thaw_place_get_fd (place), name, 0777) == 0)
    return TRUE;
  g_set_error (error,
               G_IO_ERROR,
               g_io_error_from_errno (errno),
               "%s can't be made: %s",
               name,
               g_strerror (errno));
  return FALSE;
}

/* @hidden in @place, and in it all of @parts but the first. */
static gboolean
make_chain (ThawPlace *place, const char *hidden, char **parts, GError **error)
{
  g_autoptr (ThawPlace) at = thaw_place_ref (place);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      const char *name = i == 0 ? hidden : parts[i];
      ThawPlace *next
          = make_folder (at, name, error) ? thaw_place_open_child (at, name, error) : NULL;

      if (next == NULL)
        return FALSE;
      thaw_place_sync (at, NULL);
      thaw_place_unref (at);
      at = next;
    }
  /* The time of the topmost says when all of it was there. */
  utimensat (thaw_place_get_fd (place), hidden, NULL, AT_SYMLINK_NOFOLLOW);
  return thaw_place_sync (at, error);
}

/* What an interrupted run had begun to make here. */
static void
sweep (Restoring *self, ThawPlace *place)
{
  g_autoptr (GString) names = thaw_kind_list (place, NULL);

  for (gsize at = 0; names != NULL && at < names->len; at += strlen (names->str + at) + 1)
    if (thaw_token_owns_name (thaw_run_get_token (self->run), names->str + at))
      thaw_kind_remove_quietly (place, names->str + at);
}

static gboolean
place_chain (Restoring *self, ThawPlace *place, char **parts, GError **error)
{
  g_autofree char *hidden = thaw_token_dup_name (thaw_run_get_token (self->run), ++self->n_hidden);
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  ThawIdentity identity;
  gboolean good;

  if (self->finished != NULL)
    sweep (self, place);
  good = thaw_run_note_hidden (self->run, place, hidden, error)
         && make_chain (place, hidden, parts, error)
         && thaw_place_look (place, hidden, &identity, error);
  if (good)
    {
      g_ptr_array_add (steps, thaw_step_new_rename (place, hidden, place, parts[0], &identity));
      good = thaw_journal_perform (thaw_run_get_journal (self->run),
                                   thaw_run_get_job (self->run),
                                   steps,
                                   THAW_STEPS_ALL_OR_NONE,
                                   NULL,
                                   NULL,
                                   error);
    }
  if (!good)
    thaw_kind_remove_quietly (place, hidden);
  return good;
}

static ThawPlace *
open_or_make (Restoring *self, const char *path, GError **error)
{
  g_autofree char *missing = NULL;
  g_autoptr (ThawPlace) nearest = open_nearest (path, &missing, error);
  g_auto (GStrv) parts = NULL;

  if (nearest == NULL || *missing == '\0')
    return g_steal_pointer (&nearest);
  parts = g_strsplit (missing, "/", -1);
  /* Somebody may have made it meanwhile; then it is there, which is all that is wanted. */
  if (!place_chain (self, nearest, parts, error)
      && !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_EXISTS))
    return NULL;
  g_clear_error (error);
  return thaw_place_open (path, error);
}

static ThawPlace *
open_parent (Restoring *self, const char *origin, GError **error)
{
  g_autofree char *path = g_path_get_dirname (origin);

  if (self->target != NULL)
    return self->target;
  if (self->parent != NULL && g_str_equal (self->parent_path, path))
    return self->parent;
  g_clear_pointer (&self->parent, thaw_place_unref);
  g_set_str (&self->parent_path, path);
  self->parent = open_or_make (self, path, error);
  return self->parent;
}

/* --- one thing --- */

static char *
make_key (ThawPlace *place, const char *name)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT "/%s",
                          thaw_place_get_dev (place),
                          thaw_place_get_ino (place),
                          name);
}

static gboolean
flush (Restoring *self, GError **error)
{
  gboolean good
      = self->steps->len == 0 || thaw_run_perform (self->run, self->steps, THAW_STEPS_EACH, error);

  g_ptr_array_set_size (self->steps, 0);
  g_hash_table_remove_all (self->taken);
  return good;
}

/* NULL without an error: it is left out. */
static char *
find_name (Restoring *self,
           ThawSource *source,
           ThawPlace *parent,
           const char *origin,
           GError **error)
{
  g_autofree char *name = g_path_get_basename (origin);
  g_autofree char *key = make_key (parent, name);
  g_autofree char *path = NULL;
  ThawIdentity there;
  ThawDecision decision;

  /* Two things of one name in one batch: the first must be in its place before the second is looked
   * at. */
  if (g_hash_table_contains (self->taken, key) && !flush (self, error))
    return NULL;
  if (!thaw_kind_exists (parent, name, &there, error))
    return *error == NULL ? g_steal_pointer (&name) : NULL;
  path = thaw_place_dup_child_path (parent, name);
  if (!thaw_run_decide (self->run, source->path, &source->identity, path, &there, &decision, error)
      || decision == THAW_DECIDE_SKIP)
    return NULL;
  return thaw_run_dup_free_name (self->run, parent, name);
}

static gboolean
restore (Restoring *self, ThawSource *source, const char *origin, GError **error)
{
  ThawPlace *parent = open_parent (self, origin, error);
  g_autofree char *name = parent != NULL ? find_name (self, source, parent, origin, error) : NULL;
  g_autofree char *info_name = NULL;
  ThawStep *step;

  if (name == NULL)
    return *error == NULL;
  info_name = thaw_trash_info_name (source->name);
  step = thaw_step_new_rename (source->place, source->name, parent, name, &source->identity);
  step->info = thaw_place_dup_child_path (self->trash->info, info_name);
  g_ptr_array_add (self->steps, step);
  g_hash_table_add (self->taken, make_key (parent, name));
  return self->steps->len < BATCH || flush (self, error);
}

static gboolean
take_source (Restoring *self, ThawSource *source, GFile *file, guint i, GError **error)
{
  g_autofree char *origin = NULL;
  g_autofree char *shown = g_file_get_parse_name (file);
  GError *why = NULL;

  if (open_source (self, source, file, i, &origin, &why) && restore (self, source, origin, &why))
    return TRUE;
  if (source->place != NULL && source->name != NULL
      && thaw_finished_has_left (self->finished, source->place, source->name))
    {
      g_error_free (why);
      return TRUE;
    }
  return thaw_kind_problem (self->run, shown, why, error);
}

static gboolean
execute (ThawRun *run, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  g_auto (Restoring) self = { NULL };
  g_auto (ThawSource) source = { 0 };

  if (!restoring_init (&self, run, error))
    return FALSE;
  if (thaw_run_is_resumed (run))
    {
      self.finished = thaw_finished_load (run, error);
      if (self.finished == NULL)
        return FALSE;
    }
  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    {
      g_autoptr (GFile) file = thaw_operation_request_dup_source (request, i);

      if (!thaw_run_check (run, error) || !take_source (&self, &source, file, i, error))
        return FALSE;
    }
  return flush (&self, error);
}

/* --- planning --- */

static void
plan_conflict (Restoring *self, const char *origin)
{
  g_autofree char *name = g_path_get_basename (origin);
  g_autofree char *folder = g_path_get_dirname (origin);
  g_autoptr (ThawPlace) opened = self->target == NULL ? thaw_place_open (folder, NULL) : NULL;
  ThawPlace *parent = self->target != NULL ? self->target : opened;
  ThawIdentity identity;

  if (parent != NULL && thaw_place_look (parent, name, &identity, NULL))
    thaw_plan_add_finding (thaw_run_get_plan (self->run),
                           THAW_FINDING_CONFLICT,
                           FALSE,
                           origin,
                           "There is something of this name again");
}

static gboolean
plan (ThawRun *run, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  g_auto (Restoring) self = { NULL };
  g_auto (ThawSource) source = { 0 };

  if (!restoring_init (&self, run, error))
    return FALSE;
  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    {
      g_autoptr (GFile) file = thaw_operation_request_dup_source (request, i);
      g_autofree char *shown = g_file_get_parse_name (file);
      g_autofree char *origin = NULL;
      g_autoptr (GError) why = NULL;

      if (!thaw_run_check (run, error))
        return FALSE;
      if (open_source (&self, &source, file, i, &origin, &why))
        plan_conflict (&self, origin);
      else
        thaw_plan_add_finding (thaw_run_get_plan (run),
                               THAW_FINDING_MISSING,
                               FALSE,
                               shown,
                               "%s",
                               why->message);
      thaw_plan_add (thaw_run_get_plan (run), 0, 1);
    }
  return TRUE;
}

const ThawOperationKind thaw_restore_kind = {
  .id = "restore",
  .plan = plan,
  .execute = execute,
  .is_light = TRUE,
};
