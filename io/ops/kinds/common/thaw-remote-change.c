/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is done to files of a server where they are: made, given other rights and times, deleted,
 * put into a trash if it has one. On the thread of the run. But for what was made none of it can be
 * taken back, and the journal knows that before it is done. */

#include "thaw-remote-private.h"

#include "thaw-vfs.h"

#include <string.h>
#include <sys/stat.h>

#define HIDDEN_NUMBER G_MAXINT /* apart from those of the sources */
#define MAX_DEPTH 512

static void
placing_clear (ThawRemotePlacing *self)
{
  g_clear_pointer (&self->finished, thaw_finished_free);
  g_clear_object (&self->last_folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ThawRemotePlacing, placing_clear)

static gboolean
placing_init (ThawRemotePlacing *self, ThawRun *run, GError **error)
{
  *self = (ThawRemotePlacing){ .run = run };
  if (thaw_run_is_resumed (run))
    self->finished = thaw_finished_load (run, error);
  return !thaw_run_is_resumed (run) || self->finished != NULL;
}

static gboolean
note (ThawRun *run, GFile *file, GError **error)
{
  g_auto (ThawRemotePlacing) placing = { .run = run };

  return thaw_remote_note_gone (&placing, file, error);
}

/* --- create --- */

typedef struct {
  ThawRun *run;
  ThawRemotePlacing placing;
  ThawTrip trip;
  gboolean is_folder, replaces, is_there, is_refused;
} Creation;

static gboolean
write_content (Creation *self, GFile *hidden, GError **error)
{
  GVariant *content = thaw_operation_request_get_option (thaw_run_get_request (self->run),
                                                         "content",
                                                         G_VARIANT_TYPE_BYTESTRING);
  GCancellable *cancellable = thaw_run_get_cancellable (self->run);
  g_autoptr (GFileOutputStream) out
      = g_file_create (hidden, G_FILE_CREATE_NONE, cancellable, error);
  gsize size = 0;
  const char *bytes = content != NULL ? g_variant_get_fixed_array (content, &size, 1) : "";

  return out != NULL
         && g_output_stream_write_all (G_OUTPUT_STREAM (out), bytes, size, NULL, cancellable, error)
         && g_output_stream_close (G_OUTPUT_STREAM (out), cancellable, error);
}

static gboolean
copy_template (Creation *self, GFile *hidden, GError **error)
{
  GFile *file = thaw_operation_request_get_source (thaw_run_get_request (self->run), 0);
  g_autoptr (GFile) source = thaw_vfs_resolve (file);
  ThawRemoteAbilities abilities = { .is_known = TRUE }; /* what is new is of now */
  ThawRemoteCopy copy = { .run = self->run, .abilities = &abilities };

  return thaw_remote_copy (&copy, source, hidden, error);
}

static gboolean
build (Creation *self, GFile *hidden, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (self->run);

  if (self->is_folder)
    return g_file_make_directory (hidden, thaw_run_get_cancellable (self->run), error);
  return thaw_operation_request_get_n_sources (request) > 0 ? copy_template (self, hidden, error)
                                                            : write_content (self, hidden, error);
}

static gboolean
settle_name (Creation *self, GFileInfo *there, GError **error)
{
  g_autoptr (GFile) target = g_file_get_child (self->trip.folder, self->trip.name);
  g_autofree char *shown = thaw_remote_dup_shown (target);
  const ThawIdentity wanted = { .mode = self->is_folder ? S_IFDIR : S_IFREG };
  const ThawIdentity old = { .mode = thaw_remote_is_folder (there) ? S_IFDIR : S_IFREG };
  g_autofree char *name = NULL;
  ThawDecision decision;

  if (!thaw_run_decide (self->run, shown, &wanted, shown, &old, &decision, error))
    return FALSE;
  self->is_refused = decision == THAW_DECIDE_SKIP;
  self->is_there = decision == THAW_DECIDE_MERGE && wanted.mode == S_IFDIR && old.mode == S_IFDIR;
  self->replaces = decision == THAW_DECIDE_REPLACE && wanted.mode == S_IFREG && old.mode == S_IFREG;
  if (self->is_refused || self->is_there || self->replaces)
    return TRUE;
  name = thaw_remote_dup_free_name (self->run, self->trip.folder, self->trip.name, error);
  if (name == NULL)
    return FALSE;
  g_set_str (&self->trip.name, name);
  return TRUE;
}

static gboolean
choose_name (Creation *self, GError **error)
{
  g_autoptr (GFile) target = g_file_get_child (self->trip.folder, self->trip.name);
  g_autoptr (GError) local = NULL;
  g_autoptr (GFileInfo) there = thaw_remote_query (self->run, target, &local);

  if (there != NULL)
    return settle_name (self, there, error);
  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
make (Creation *self, GError **error)
{
  g_autoptr (GFile) hidden = thaw_trip_get_hidden (self->run, &self->trip);

  if (thaw_remote_is_placed (&self->placing, &self->trip))
    return TRUE;
  if (!choose_name (self, error))
    return FALSE;
  if (self->is_refused || self->is_there)
    return TRUE;
  if (!thaw_remote_begin (&self->placing, self->trip.folder, error))
    return FALSE;
  if (self->placing.finished != NULL) /* ours, from before a crash */
    thaw_remote_remove (NULL, hidden, NULL);
  if (build (self, hidden, error)
      && thaw_remote_place (&self->placing, &self->trip, hidden, self->replaces, error))
    {
      thaw_run_add_done (self->run, 0, 1);
      return TRUE;
    }
  thaw_remote_remove (NULL, hidden, NULL);
  return FALSE;
}

static gboolean
move_in (Creation *self, GFile *made, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (self->run);

  if (!self->is_folder)
    return TRUE;
  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    if (!thaw_remote_move_in (self->run, made, i, error))
      return FALSE;
  return TRUE;
}

static gboolean
create (Creation *self, GError **error)
{
  g_autoptr (GFileInfo) info = thaw_remote_query (self->run, self->trip.folder, error);
  g_autoptr (GFile) made = NULL;
  g_autofree char *uri = NULL;

  if (info == NULL || !make (self, error))
    return FALSE;
  if (self->is_refused)
    return TRUE;
  made = g_file_get_child (self->trip.folder, self->trip.name);
  uri = g_file_get_uri (made);
  thaw_run_add_result (self->run, uri);
  return move_in (self, made, error);
}

gboolean
thaw_remote_create (ThawRun *run, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  g_autoptr (GFile) folder = thaw_vfs_resolve (thaw_operation_request_get_target (request));
  Creation self = { .run = run };
  gboolean done;

  self.is_folder = thaw_operation_request_get_flag (request, "folder");
  self.trip = (ThawTrip){ folder,
                          folder,
                          g_strdup (thaw_operation_request_get_name (request, 0)),
                          HIDDEN_NUMBER,
                          0 };
  done = placing_init (&self.placing, run, error) && create (&self, error);
  placing_clear (&self.placing);
  g_free (self.trip.name);
  return done;
}

gboolean
thaw_remote_plan_create (ThawRun *run, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);

  if (!thaw_kind_check_name (thaw_operation_request_get_name (request, 0), error))
    return FALSE;
  thaw_plan_add (thaw_run_get_plan (run), 0, 1);
  if (thaw_operation_request_get_flag (request, "folder"))
    thaw_plan_add (thaw_run_get_plan (run), 0, thaw_operation_request_get_n_sources (request));
  return TRUE;
}

/* --- attributes --- */

static gboolean
set_number (const ThawRemoteChange *self,
            GFile *file,
            const char *name,
            guint32 value,
            GError **error)
{
  return g_file_set_attribute_uint32 (file,
                                      name,
                                      value,
                                      G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                      thaw_run_get_cancellable (self->run),
                                      error);
}

static gboolean
set_mtime (const ThawRemoteChange *self, GFile *file, GError **error)
{
  return g_file_set_attribute_uint64 (file,
                                      G_FILE_ATTRIBUTE_TIME_MODIFIED,
                                      (guint64) MAX (g_variant_get_int64 (self->mtime), 0)
                                          / 1000000000,
                                      G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                      thaw_run_get_cancellable (self->run),
                                      error);
}

static gboolean
apply (const ThawRemoteChange *self, GFile *file, GFileInfo *info, GError **error)
{
  gboolean is_link = g_file_info_get_file_type (info) == G_FILE_TYPE_SYMBOLIC_LINK;
  guint32 mode = g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_UNIX_MODE);
  guint32 wanted = self->get_mode (mode, self->user_data);

  if (self->uid != NULL
      && !set_number (self,
                      file,
                      G_FILE_ATTRIBUTE_UNIX_UID,
                      g_variant_get_uint32 (self->uid),
                      error))
    return FALSE;
  if (self->gid != NULL
      && !set_number (self,
                      file,
                      G_FILE_ATTRIBUTE_UNIX_GID,
                      g_variant_get_uint32 (self->gid),
                      error))
    return FALSE;
  if (!is_link && wanted != (mode & 07777)
      && !set_number (self, file, G_FILE_ATTRIBUTE_UNIX_MODE, wanted, error))
    return FALSE;
  return is_link || self->mtime == NULL || set_mtime (self, file, error);
}

static gboolean change_tree (const ThawRemoteChange *self,
                             GFile *file,
                             GFileInfo *info,
                             guint depth,
                             GError **error);

static gboolean
change_children (const ThawRemoteChange *self, GFile *file, guint depth, GError **error)
{
  GCancellable *cancellable = thaw_run_get_cancellable (self->run);
  g_autoptr (GError) local = NULL;
  g_autoptr (GFileEnumerator) children
      = g_file_enumerate_children (file,
                                   THAW_REMOTE_ATTRIBUTES,
                                   G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                   cancellable,
                                   &local);
  GFileInfo *info;
  GFile *child;

  while (children != NULL
         && g_file_enumerator_iterate (children, &info, &child, cancellable, &local)
         && child != NULL)
    if (!change_tree (self, child, info, depth + 1, error))
      return FALSE;
  return local == NULL || thaw_remote_tell (self->run, file, g_steal_pointer (&local), error);
}

/* What is in a folder comes before it, since its new rights may lock its own walk out. */
static gboolean
change_tree (const ThawRemoteChange *self,
             GFile *file,
             GFileInfo *info,
             guint depth,
             GError **error)
{
  g_autofree char *shown = thaw_remote_dup_shown (file);
  g_autoptr (GError) local = NULL;

  thaw_run_set_current (self->run, shown);
  if (!thaw_run_check (self->run, error))
    return FALSE;
  if (self->is_recursive && thaw_remote_is_folder (info) && depth < MAX_DEPTH
      && !change_children (self, file, depth, error))
    return FALSE;
  if (!apply (self, file, info, &local))
    return thaw_remote_tell (self->run, file, g_steal_pointer (&local), error);
  thaw_run_add_done (self->run, 0, 1);
  return TRUE;
}

gboolean
thaw_remote_change (const ThawRemoteChange *self, GFile *file, GError **error)
{
  g_autoptr (GFile) resolved = thaw_vfs_resolve (file);
  g_autoptr (GError) local = NULL;
  g_autoptr (GFileInfo) info = thaw_remote_query (self->run, resolved, &local);

  if (info == NULL)
    return thaw_remote_tell (self->run, resolved, g_steal_pointer (&local), error);
  return note (self->run, resolved, error) && change_tree (self, resolved, info, 0, error);
}

/* --- delete, trash --- */

gboolean
thaw_remote_delete (ThawRun *run, GFile *file, GError **error)
{
  g_autoptr (GFile) resolved = thaw_vfs_resolve (file);

  return note (run, resolved, error) && thaw_remote_remove_telling (run, resolved, error);
}

gboolean
thaw_remote_plan_delete (ThawRun *run, GFile *file, GError **error)
{
  g_autoptr (GFile) resolved = thaw_vfs_resolve (file);
  g_autoptr (GError) local = NULL;
  gint64 bytes = 0, entries = 0;

  if (thaw_remote_measure (run, resolved, &bytes, &entries, &local))
    thaw_plan_add (thaw_run_get_plan (run), 0, entries);
  else if (thaw_kind_is_cancelled (local))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  return TRUE;
}

gboolean
thaw_remote_trash (ThawRun *run, GFile *file, GError **error)
{
  g_autoptr (GFile) resolved = thaw_vfs_resolve (file);
  g_autoptr (GFileInfo) info = NULL;
  GError *why = NULL;

  info = thaw_remote_query (run, resolved, &why);
  if (info == NULL || !note (run, resolved, &why)
      || !g_file_trash (resolved, thaw_run_get_cancellable (run), &why))
    return thaw_remote_tell (run, resolved, why, error);
  thaw_run_add_done (run, 0, 1);
  return TRUE;
}
