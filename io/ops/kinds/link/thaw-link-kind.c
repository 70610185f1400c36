/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes links to the sources in the target folder, under the names given or the sources' own.
 * Options: "symbolic" b, otherwise hard links; "relative" b, the text of a symbolic link leads from
 * the target's folder to the source instead of from the root. A link beside its source without a
 * name of its own gets a free one. Runs on the thread of its operation. */

#include "../common/thaw-kind-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MAX_BATCH 256

typedef struct {
  ThawRun *run;
  ThawPlace *target;
  ThawFinished *finished;
  ThawKeeper keeper;
  gboolean is_symbolic, is_relative;
  GPtrArray *steps;
  GHashTable *names; /* that the steps give */
  guint first;       /* number of the batch's first hidden name */
  guint last;
} Linking;

/* From one absolute path without links in it to another: "../../a/b". */
static char *
make_relative (const char *folder, const char *path)
{
  g_auto (GStrv) from = g_strsplit (folder + 1, "/", -1);
  g_auto (GStrv) to = g_strsplit (path + 1, "/", -1);
  GString *text = g_string_new (NULL);
  guint n_same = 0;

  while (from[n_same] != NULL && to[n_same] != NULL && to[n_same + 1] != NULL
         && g_str_equal (from[n_same], to[n_same]))
    n_same++;
  for (guint i = n_same; from[i] != NULL && *from[i] != '\0'; i++)
    g_string_append (text, "../");
  for (guint i = n_same; to[i] != NULL; i++)
    g_string_append_printf (text, "%s%s", to[i], to[i + 1] != NULL ? "/" : "");
  return g_string_free (text, FALSE);
}

static char *
make_text (Linking *self, const ThawSource *source)
{
  g_autofree char *path = NULL;

  if (!self->is_relative)
    return g_strdup (source->path);
  path = thaw_place_dup_child_path (source->place, source->name);
  return make_relative (thaw_place_get_path (self->target), path);
}

static gboolean
set_errno (GError **error, int code, const char *what)
{
  g_set_error (error,
               G_IO_ERROR,
               g_io_error_from_errno (code),
               "A link to “%s” can't be made: %s",
               what,
               g_strerror (code));
  return FALSE;
}

static gboolean
make (Linking *self, const ThawSource *source, const char *hidden, GError **error)
{
  int fd = thaw_place_get_fd (self->target);
  g_autofree char *text = make_text (self, source);

  /* Ours, from before a crash. */
  thaw_kind_remove_quietly (self->target, hidden);
  if (self->is_symbolic)
    return symlinkat (text, fd, hidden) == 0 || set_errno (error, errno, source->path);
  return linkat (thaw_place_get_fd (source->place), source->name, fd, hidden, 0) == 0
         || set_errno (error, errno, source->path);
}

/* FALSE without an error: it is left out. */
static gboolean
choose_name (Linking *self,
             const ThawSource *source,
             char **name,
             ThawIdentity *old,
             gboolean *replaces,
             GError **error)
{
  const char *given
      = thaw_operation_request_get_name (thaw_run_get_request (self->run), source->index);
  const char *wanted = given != NULL ? given : source->name;
  g_autofree char *path = thaw_place_dup_child_path (self->target, wanted);
  ThawDecision decision = THAW_DECIDE_KEEP_BOTH;
  gboolean is_beside = thaw_place_get_ino (self->target) == thaw_place_get_ino (source->place)
                       && g_str_equal (wanted, source->name);

  *replaces = FALSE;
  if (!thaw_kind_check_name (wanted, error))
    return FALSE;
  *name = g_strdup (wanted);
  if (!thaw_kind_exists (self->target, wanted, old, error))
    return error == NULL || *error == NULL;
  if (!is_beside
      && !thaw_run_decide (self->run, source->path, &source->identity, path, old, &decision, error))
    return FALSE;
  *replaces = decision == THAW_DECIDE_REPLACE && !thaw_identity_is_folder (old);
  if (*replaces)
    return TRUE;
  g_clear_pointer (name, g_free);
  if (decision != THAW_DECIDE_KEEP_BOTH)
    return FALSE;
  *name = thaw_run_dup_free_name (self->run, self->target, wanted);
  return TRUE;
}

/* Those that weren't placed; the others have left these names. */
static void
remove_unplaced (Linking *self, GPtrArray *steps)
{
  for (guint i = 0; i < steps->len; i++)
    {
      ThawStep *step = g_ptr_array_index (steps, i);

      thaw_kind_remove_unplaced (self->run, self->target, step->from.name);
    }
}

static gboolean
flush (Linking *self, GError **error)
{
  g_autoptr (GPtrArray) steps = g_steal_pointer (&self->steps);
  gboolean done;

  self->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  g_hash_table_remove_all (self->names);
  if (steps->len == 0)
    return TRUE;
  done = thaw_run_perform (self->run, steps, THAW_STEPS_EACH, error);
  remove_unplaced (self, steps);
  return done;
}

static gboolean
link_source (Linking *self, const ThawSource *source, GError **error)
{
  g_autofree char *hidden = thaw_token_dup_name (thaw_run_get_token (self->run), source->index);
  g_autofree char *name = NULL, *path = NULL;
  ThawIdentity old, made;
  gboolean replaces;
  ThawStep *step;

  if (!choose_name (self, source, &name, &old, &replaces, error))
    return FALSE;
  /* The one before it must stand there first. */
  if (g_hash_table_contains (self->names, name))
    return flush (self, error) && link_source (self, source, error);
  if (!make (self, source, hidden, error) || !thaw_place_look (self->target, hidden, &made, error))
    return FALSE;
  thaw_run_add_done (self->run, 0, 1);
  step = thaw_step_new_rename (self->target, hidden, self->target, name, &made);
  if (replaces)
    {
      step->type = THAW_STEP_REPLACE;
      step->old = old;
      thaw_keeper_reserve (&self->keeper, self->target, name, old.size, &step->kept);
    }
  g_ptr_array_add (self->steps, step);
  g_hash_table_add (self->names, g_strdup (name));
  path = thaw_place_dup_child_path (self->target, name);
  thaw_run_add_result (self->run, path);
  return self->steps->len < MAX_BATCH || flush (self, error);
}

static gboolean
execute_source (Linking *self, ThawSource *source, guint i, GError **error)
{
  g_autoptr (GFile) file = thaw_operation_request_dup_source (thaw_run_get_request (self->run), i);
  g_autoptr (GError) local = NULL;

  if (!thaw_run_check (self->run, error))
    return FALSE;
  if (thaw_finished_find (self->finished, i) != NULL)
    return TRUE;
  if (!thaw_kind_file_is_local (file))
    g_set_error (&local, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "Only local files can be linked to");
  else if (thaw_source_open (source, file, i, &local))
    link_source (self, source, &local);
  return local == NULL
         || thaw_kind_problem (self->run,
                               source->path != NULL ? source->path : "",
                               g_steal_pointer (&local),
                               error);
}

static gboolean
run_all (Linking *self, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (self->run);
  g_auto (ThawSource) source = { 0 };

  if (thaw_run_is_resumed (self->run))
    {
      self->finished = thaw_finished_load (self->run, error);
      if (self->finished == NULL)
        return FALSE;
    }
  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    if (!execute_source (self, &source, i, error))
      return FALSE;
  return flush (self, error);
}

static gboolean
execute (ThawRun *run, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  Linking self = { .run = run };
  gboolean done;

  self.target = thaw_kind_open_target (run, error);
  if (self.target == NULL)
    return FALSE;
  thaw_keeper_init (&self.keeper, run);
  self.is_symbolic = thaw_operation_request_get_flag (request, "symbolic");
  self.is_relative = thaw_operation_request_get_flag (request, "relative");
  self.steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  self.names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  done = run_all (&self, error);
  remove_unplaced (&self, self.steps);
  g_ptr_array_unref (self.steps);
  g_hash_table_unref (self.names);
  thaw_keeper_clear (&self.keeper);
  g_clear_pointer (&self.finished, thaw_finished_free);
  thaw_place_unref (self.target);
  return done;
}

static void
plan_source (ThawRun *run, ThawPlace *target, const ThawSource *source)
{
  const char *name = thaw_operation_request_get_name (thaw_run_get_request (run), source->index);
  gboolean is_hard = !thaw_operation_request_get_flag (thaw_run_get_request (run), "symbolic");

  thaw_plan_add (thaw_run_get_plan (run), 0, 1);
  if (name != NULL)
    thaw_kind_plan_name (run, target, name);
  if (is_hard && thaw_identity_is_folder (&source->identity))
    thaw_plan_add_finding (thaw_run_get_plan (run),
                           THAW_FINDING_NO_PERMISSION,
                           FALSE,
                           source->path,
                           "A folder can't have hard links");
  else if (is_hard && source->identity.dev != thaw_place_get_dev (target))
    thaw_plan_add_finding (thaw_run_get_plan (run),
                           THAW_FINDING_OTHER_DEVICE,
                           FALSE,
                           source->path,
                           "A hard link can't lead to another device");
}

static gboolean
plan (ThawRun *run, GError **error)
{
  g_autoptr (ThawPlace) target = thaw_kind_open_target (run, error);
  g_auto (ThawSource) source = { 0 };

  if (target == NULL)
    return FALSE;
  thaw_kind_plan_writable (run, target);
  for (guint i = 0; i < thaw_operation_request_get_n_sources (thaw_run_get_request (run)); i++)
    {
      g_autoptr (GError) local = NULL;

      if (!thaw_kind_source_is_local (run, i))
        continue;
      if (thaw_kind_plan_source (run, &source, i, &local))
        plan_source (run, target, &source);
      else if (local != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
    }
  return TRUE;
}

const ThawOperationKind thaw_link_kind
    = { .id = "link", .plan = plan, .execute = execute, .is_light = TRUE };
