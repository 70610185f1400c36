/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan of a copy, a move or a duplication: how much there is to do, and what stands in its way.
 * On the thread of the run that plans; changes nothing. */

#include "thaw-transfer-private.h"

#include "thaw-remote-private.h"

typedef struct {
  ThawRun *run;
  ThawTransferMode mode;
  ThawPlace *target;
  ThawKindNeeds needs;
  gboolean has_told_device;
} Planning;

static void
find_into_itself (Planning *self, const ThawSource *source)
{
  ThawOperationRequest *request = thaw_run_get_request (self->run);

  if (self->mode == THAW_TRANSFER_DUPLICATE || !thaw_identity_is_folder (&source->identity)
      || !thaw_kind_is_within (self->target, &source->identity))
    return;
  thaw_plan_add_finding (thaw_run_get_plan (self->run),
                         THAW_FINDING_INTO_ITSELF,
                         thaw_operation_request_get_n_sources (request) == 1,
                         source->path,
                         "A folder can't be put into itself");
}

/* TRUE if it is a folder where a folder is: only its children will tell what there is to do. */
static gboolean
find_conflict (Planning *self, const ThawSource *source, const char *name)
{
  g_autofree char *path = NULL;
  ThawIdentity there;

  if (self->mode == THAW_TRANSFER_DUPLICATE || !thaw_kind_exists (self->target, name, &there, NULL))
    return FALSE;
  path = thaw_place_dup_child_path (self->target, name);
  thaw_plan_add_finding (thaw_run_get_plan (self->run),
                         THAW_FINDING_CONFLICT,
                         FALSE,
                         path,
                         "Something has that name already");
  return thaw_identity_is_folder (&there) && thaw_identity_is_folder (&source->identity);
}

static void
tell_of_device (Planning *self, const ThawSource *source)
{
  if (self->has_told_device)
    return;
  self->has_told_device = TRUE;
  thaw_plan_add_finding (thaw_run_get_plan (self->run),
                         THAW_FINDING_OTHER_DEVICE,
                         FALSE,
                         source->path,
                         "It is copied to another device, and removed after that");
}

static gboolean
plan_source (Planning *self, const ThawSource *source, GError **error)
{
  const char *name
      = thaw_operation_request_get_name (thaw_run_get_request (self->run), source->index);
  gboolean crosses = thaw_place_get_dev (source->place) != thaw_place_get_dev (self->target);
  gboolean merges;

  name = name != NULL ? name : source->name;
  thaw_kind_plan_name (self->run, self->target, name);
  find_into_itself (self, source);
  merges = find_conflict (self, source, name);
  if (self->mode == THAW_TRANSFER_MOVE)
    thaw_kind_plan_removable (self->run, source);
  if (self->mode == THAW_TRANSFER_MOVE && crosses)
    tell_of_device (self, source);
  if (self->mode != THAW_TRANSFER_MOVE || crosses || merges)
    return thaw_kind_measure (self->run,
                              source,
                              self->mode != THAW_TRANSFER_MOVE || crosses ? &self->needs
                                                                          : &(ThawKindNeeds){ 0 },
                              error);
  thaw_plan_add (thaw_run_get_plan (self->run), 0, 1);
  return TRUE;
}

/* What goes into another folder than the target. */
static gboolean
plan_inner (Planning *self, ThawSource *source, const char *path, GError **error)
{
  g_autoptr (ThawPlace) into = thaw_place_open (path, NULL);
  ThawPlace *target = self->target;
  gboolean goes_on;

  if (into == NULL)
    {
      thaw_plan_add_finding (thaw_run_get_plan (self->run),
                             THAW_FINDING_MISSING,
                             FALSE,
                             path,
                             "The folder that it belongs into is gone");
      return TRUE;
    }
  self->target = into;
  goes_on = plan_source (self, source, error);
  self->target = target;
  return goes_on;
}

static gboolean
plan_remote (Planning *self, GFile *file, guint i, GError **error)
{
  const char *given = thaw_operation_request_get_name (thaw_run_get_request (self->run), i);
  ThawPlan *plan = thaw_run_get_plan (self->run);
  gint64 bytes = thaw_plan_get_bytes (plan), entries = thaw_plan_get_n_entries (plan);
  g_autofree char *own = g_file_get_basename (file);
  const char *name = given != NULL ? given : own;
  g_autofree char *path = NULL;
  ThawIdentity there;

  if (!thaw_remote_plan (self->run, file, error))
    return FALSE;
  self->needs.bytes += thaw_plan_get_bytes (plan) - bytes;
  self->needs.entries += thaw_plan_get_n_entries (plan) - entries;
  if (self->target == NULL || self->mode == THAW_TRANSFER_DUPLICATE || name == NULL)
    return TRUE;
  thaw_kind_plan_name (self->run, self->target, name);
  if (!thaw_kind_exists (self->target, name, &there, NULL))
    return TRUE;
  path = thaw_place_dup_child_path (self->target, name);
  thaw_plan_add_finding (plan,
                         THAW_FINDING_CONFLICT,
                         FALSE,
                         path,
                         "Something has that name already");
  return TRUE;
}

static gboolean
plan_file (Planning *self, ThawSource *source, guint i, GError **error)
{
  g_autoptr (GFile) file = thaw_operation_request_dup_source (thaw_run_get_request (self->run), i);
  g_autoptr (GError) local = NULL;

  if (!thaw_kind_file_is_local (file))
    return plan_remote (self, file, i, error);
  if (!thaw_kind_plan_source (self->run, source, i, &local))
    {
      gboolean is_finding = local == NULL;

      if (!is_finding)
        g_propagate_error (error, g_steal_pointer (&local));
      return is_finding;
    }
  if (thaw_kind_get_into (self->run, i) != NULL)
    return plan_inner (self, source, thaw_kind_get_into (self->run, i), error);
  if (self->mode == THAW_TRANSFER_DUPLICATE && self->target != source->place)
    {
      g_clear_pointer (&self->target, thaw_place_unref);
      self->target = thaw_place_ref (source->place);
      thaw_kind_plan_writable (self->run, self->target);
    }
  return plan_source (self, source, error);
}

static gboolean
open_target (Planning *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  GFile *target = thaw_operation_request_get_target (thaw_run_get_request (self->run));

  if (self->mode == THAW_TRANSFER_DUPLICATE)
    return TRUE;
  self->target = thaw_kind_open_target (self->run, &error);
  if (self->target != NULL)
    {
      thaw_kind_plan_writable (self->run, self->target);
      thaw_kind_plan_losses (self->run, self->target);
      return TRUE;
    }
  path = target != NULL ? g_file_get_parse_name (target) : g_strdup ("");
  thaw_plan_add_finding (thaw_run_get_plan (self->run),
                         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED)
                             ? THAW_FINDING_NO_PERMISSION
                             : THAW_FINDING_MISSING,
                         TRUE,
                         path,
                         "%s",
                         error->message);
  return FALSE;
}

static gboolean
plan_files (Planning *self, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (self->run);
  g_auto (ThawSource) source = { 0 };

  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    if (!plan_file (self, &source, i, error))
      return FALSE;
  if (self->target != NULL)
    thaw_kind_plan_space (self->run, self->target, &self->needs);
  return TRUE;
}

gboolean
thaw_transfer_plan (ThawRun *run, ThawTransferMode mode, GError **error)
{
  Planning self = { .run = run, .mode = mode };
  gboolean goes_on = TRUE;

  if (thaw_remote_is_target (run))
    return thaw_remote_plan_send (run, error);
  if (open_target (&self))
    goes_on = plan_files (&self, error);
  g_clear_pointer (&self.target, thaw_place_unref);
  return goes_on;
}
