/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes something new in the target folder, under the first name of the request: an empty file; a
 * file of given bytes (option "content" ay: pasted text, a pasted picture); a copy of a template
 * (the source); or, with option "folder" b, a folder, into which the sources are moved, if there
 * are any. It is built under a hidden name with the rights that new files have there, and appears
 * whole. Runs on the thread of its operation. */

#include "../common/thaw-remote-private.h"
#include "../common/thaw-transfer-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
  ThawRun *run;
  ThawPlace *target;
  char *hidden;
  char *name;
  gboolean is_folder;
  ThawIdentity made;
  gboolean replaces;
  ThawIdentity old;
} Creation;

static gboolean
set_errno (GError **error, int code, const char *name)
{
  g_set_error (error,
               G_IO_ERROR,
               g_io_error_from_errno (code),
               "“%s” can't be made: %s",
               name,
               g_strerror (code));
  return FALSE;
}

static gboolean
write_all (int fd, const char *bytes, gsize size)
{
  while (size > 0)
    {
      gssize n = write (fd, bytes, size);

      if (n < 0 && errno != EINTR)
        return FALSE;
      if (n > 0)
        {
          bytes += n;
          size -= n;
        }
    }
  return TRUE;
}

/* 0666 and what the umask and the folder's default ACL make of it, as for any new file. */
static gboolean
make_file (Creation *self, GError **error)
{
  GVariant *content = thaw_operation_request_get_option (thaw_run_get_request (self->run),
                                                         "content",
                                                         G_VARIANT_TYPE_BYTESTRING);
  gsize size = 0;
  const char *bytes = content != NULL ? g_variant_get_fixed_array (content, &size, 1) : "";
  int fd = openat (thaw_place_get_fd (self->target),
                   self->hidden,
                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                   0666);
  int code = 0;

  if (fd < 0)
    return set_errno (error, errno, self->name);
  if (!write_all (fd, bytes, size) || fsync (fd) != 0)
    code = errno;
  if (close (fd) != 0 && code == 0)
    code = errno;
  return code == 0 || set_errno (error, code, self->name);
}

static gboolean
copy_template (Creation *self, GError **error)
{
  g_auto (ThawSource) source = { 0 };
  GFile *file = thaw_operation_request_get_source (thaw_run_get_request (self->run), 0);
  g_autofree char *path = thaw_place_dup_child_path (self->target, self->name);
  ThawIdentity made;

  if (!thaw_kind_file_is_local (file))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "The template isn't a local file");
      return FALSE;
    }
  if (!thaw_source_open (&source, file, 0, error)
      || !thaw_disk_copy (source.place,
                          source.name,
                          self->target,
                          self->hidden,
                          THAW_COPY_DROP_PRIVILEGES,
                          thaw_run_get_walk_funcs (self->run, path),
                          &made,
                          error))
    return FALSE;
  /* What is new is of now. */
  utimensat (thaw_place_get_fd (self->target), self->hidden, NULL, AT_SYMLINK_NOFOLLOW);
  return TRUE;
}

static gboolean
build (Creation *self, GError **error)
{
  gboolean has_template
      = !self->is_folder
        && thaw_operation_request_get_n_sources (thaw_run_get_request (self->run)) > 0;
  gboolean done;

  /* Ours, from before a crash. */
  thaw_kind_remove_quietly (self->target, self->hidden);
  if (self->is_folder)
    done = mkdirat (thaw_place_get_fd (self->target), self->hidden, 0777) == 0
           || set_errno (error, errno, self->name);
  else
    done = has_template ? copy_template (self, error) : make_file (self, error);
  done = done && thaw_place_look (self->target, self->hidden, &self->made, error);
  if (!done)
    thaw_kind_remove_quietly (self->target, self->hidden);
  else if (!has_template)
    thaw_run_add_done (self->run, 0, 1);
  return done;
}

typedef enum { NAME_BROKEN, NAME_FREE, NAME_IS_THERE, NAME_REFUSED } NameState;

static NameState
choose_name (Creation *self, GError **error)
{
  g_autofree char *path = thaw_place_dup_child_path (self->target, self->name);
  const ThawIdentity wanted = { .mode = self->is_folder ? S_IFDIR : S_IFREG };
  ThawDecision decision;
  g_autoptr (GError) local = NULL;
  g_autofree char *name = NULL;

  if (!thaw_kind_exists (self->target, self->name, &self->old, &local))
    {
      if (local == NULL)
        return NAME_FREE;
      g_propagate_error (error, g_steal_pointer (&local));
      return NAME_BROKEN;
    }
  if (!thaw_run_decide (self->run, path, &wanted, path, &self->old, &decision, error))
    return NAME_BROKEN;
  if (decision == THAW_DECIDE_SKIP)
    return NAME_REFUSED;
  if (decision == THAW_DECIDE_MERGE)
    return self->is_folder && thaw_identity_is_folder (&self->old) ? NAME_IS_THERE : NAME_REFUSED;
  self->replaces = decision == THAW_DECIDE_REPLACE && !self->is_folder
                   && !thaw_identity_is_folder (&self->old);
  if (self->replaces)
    return NAME_FREE;
  name = thaw_run_dup_free_name (self->run, self->target, self->name);
  g_set_str (&self->name, name);
  return NAME_FREE;
}

static gboolean
place (Creation *self, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  ThawStep *step
      = thaw_step_new_rename (self->target, self->hidden, self->target, self->name, &self->made);
  g_auto (ThawKeeper) keeper = { 0 };
  gboolean done;

  thaw_keeper_init (&keeper, self->run);
  if (self->replaces)
    {
      step->type = THAW_STEP_REPLACE;
      step->old = self->old;
      thaw_keeper_reserve (&keeper, self->target, self->name, self->old.size, &step->kept);
    }
  g_ptr_array_add (steps, step);
  done = thaw_run_perform (self->run, steps, THAW_STEPS_EACH, error);
  thaw_kind_remove_unplaced (self->run, self->target, self->hidden);
  return done;
}

static gboolean
fetch_in (Creation *self, ThawPlace *folder, guint i, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (thaw_place_get_path (folder));

  return thaw_remote_move_in (self->run, file, i, error);
}

/* The selection that the new folder is for. */
static gboolean
move_in (Creation *self, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (self->run);
  g_autoptr (ThawTransfer) transfer = NULL;
  g_autoptr (ThawPlace) folder = NULL;
  g_auto (ThawSource) source = { 0 };

  if (!self->is_folder || thaw_operation_request_get_n_sources (request) == 0)
    return TRUE;
  folder = thaw_place_open_child (self->target, self->name, error);
  transfer = folder != NULL ? thaw_transfer_new (self->run, THAW_TRANSFER_MOVE, error) : NULL;
  if (transfer == NULL)
    return FALSE;
  transfer->target = thaw_place_ref (folder);
  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    {
      g_autoptr (GError) local = NULL;
      GFile *file = thaw_operation_request_get_source (request, i);

      if (!thaw_kind_file_is_local (file))
        {
          if (!fetch_in (self, folder, i, error))
            return FALSE;
          continue;
        }
      if (!thaw_source_open (&source, file, i, &local))
        {
          if (!(source.place != NULL
                && thaw_finished_has_left (transfer->finished, source.place, source.name))
              && !thaw_kind_problem (self->run, source.path, g_steal_pointer (&local), error))
            return FALSE;
        }
      else if (!thaw_transfer_add (transfer, &source, folder, source.name, error))
        return FALSE;
    }
  return thaw_transfer_finish (transfer, error);
}

static gboolean
find_made (Creation *self, gboolean *is_made, GError **error)
{
  g_autoptr (ThawFinished) finished = NULL;
  const ThawStep *step;

  *is_made = FALSE;
  if (!thaw_run_is_resumed (self->run))
    return TRUE;
  finished = thaw_finished_load (self->run, error);
  if (finished == NULL)
    return FALSE;
  step = thaw_finished_find (finished, G_MAXINT);
  *is_made = step != NULL;
  if (step != NULL)
    g_set_str (&self->name, step->to.name);
  return TRUE;
}

static gboolean
create (Creation *self, GError **error)
{
  gboolean is_made;
  NameState state;
  g_autofree char *path = NULL;

  if (!find_made (self, &is_made, error))
    return FALSE;
  if (!is_made)
    {
      state = choose_name (self, error);
      if (state == NAME_BROKEN || state == NAME_REFUSED)
        return state == NAME_REFUSED;
      if (state == NAME_FREE && (!build (self, error) || !place (self, error)))
        return FALSE;
    }
  path = thaw_place_dup_child_path (self->target, self->name);
  thaw_run_add_result (self->run, path);
  return move_in (self, error);
}

static gboolean
execute (ThawRun *run, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  Creation self = { .run = run, .name = g_strdup (thaw_operation_request_get_name (request, 0)) };
  gboolean done = thaw_kind_check_name (self.name, error);

  if (done && thaw_remote_is_target (run))
    {
      g_free (self.name);
      return thaw_remote_create (run, error);
    }
  self.is_folder = thaw_operation_request_get_flag (request, "folder");
  /* Apart from the numbers of the sources that are moved in. */
  self.hidden = thaw_token_dup_name (thaw_run_get_token (run), G_MAXINT);
  self.target = done ? thaw_kind_open_target (run, error) : NULL;
  done = self.target != NULL && create (&self, error);
  g_clear_pointer (&self.target, thaw_place_unref);
  g_free (self.name);
  g_free (self.hidden);
  return done;
}

static gboolean
plan (ThawRun *run, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  const char *name = thaw_operation_request_get_name (request, 0);
  g_autoptr (ThawPlace) target = NULL;
  g_autofree char *path = NULL;
  ThawIdentity there;

  if (thaw_remote_is_target (run))
    return thaw_remote_plan_create (run, error);
  target = thaw_kind_open_target (run, error);
  if (target == NULL || !thaw_kind_check_name (name, error))
    return FALSE;
  thaw_kind_plan_writable (run, target);
  thaw_kind_plan_name (run, target, name);
  path = thaw_place_dup_child_path (target, name);
  if (thaw_kind_exists (target, name, &there, NULL))
    thaw_plan_add_finding (thaw_run_get_plan (run),
                           THAW_FINDING_CONFLICT,
                           FALSE,
                           path,
                           "Something has that name already");
  thaw_plan_add (thaw_run_get_plan (run), 0, 1);
  if (thaw_operation_request_get_flag (request, "folder"))
    thaw_plan_add (thaw_run_get_plan (run), 0, thaw_operation_request_get_n_sources (request));
  return TRUE;
}

const ThawOperationKind thaw_create_kind = { .id = "create",
                                             .plan = plan,
                                             .execute = execute,
                                             .sweep = thaw_remote_sweep,
                                             .is_light = TRUE };
