/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copying, moving and duplicating where one side isn't local. On the thread of the run. The way is
 * that of local files: a hidden copy beside its place, checked, and one rename that puts nothing
 * over anything. A copy that arrives in a local folder is placed by a step of the journal and can
 * be undone as any other; what changed on a server can't, and the journal is told so. */

#include "thaw-remote-private.h"

#include "thaw-vfs.h"

#include <sys/stat.h>

typedef struct {
  ThawRun *run;
  ThawRemotePlacing placing;
  ThawRemoteAbilities abilities;
  gboolean is_move;
  gboolean is_duplicate;
  gboolean is_lost;     /* a server went away */
  gboolean keeps_names; /* those of the request are about something else */
  guint top;
  const ThawIdentity *loser; /* nullable: nobody is asked about that */
  gboolean looks_again;      /* before it replaces something */
  ThawIdentity old;          /* what it replaces, as it was looked at */
} Remote;

typedef enum { LOOK_BROKEN, LOOK_ENDED, LOOK_FREE, LOOK_REPLACES, LOOK_MERGES } Look;

static gboolean
remote_init (Remote *self, ThawRun *run, gboolean is_move, GError **error)
{
  *self = (Remote){ .run = run, .is_move = is_move };
  self->placing.run = run;
  if (!thaw_run_is_resumed (run))
    return TRUE;
  self->placing.finished = thaw_finished_load (run, error);
  return self->placing.finished != NULL;
}

static void
remote_clear (Remote *self)
{
  g_clear_pointer (&self->placing.finished, thaw_finished_free);
  g_clear_object (&self->placing.last_folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Remote, remote_clear)

void
thaw_remote_get_identity (GFileInfo *info, ThawIdentity *identity)
{
  GFileType type = g_file_info_get_file_type (info);

  *identity = (ThawIdentity){ .mode = S_IFREG };
  if (type == G_FILE_TYPE_DIRECTORY)
    identity->mode = S_IFDIR;
  if (type == G_FILE_TYPE_SYMBOLIC_LINK)
    identity->mode = S_IFLNK;
  if (type == G_FILE_TYPE_SPECIAL || type == G_FILE_TYPE_SHORTCUT || type == G_FILE_TYPE_MOUNTABLE)
    identity->mode = S_IFIFO;
  identity->size = thaw_remote_get_size (info);
  identity->mtime_nsec = thaw_remote_get_mtime_usec (info) * 1000;
}

/* What the size of a folder means is each server's own. */
gboolean
thaw_remote_is_unchanged (const ThawIdentity *a, const ThawIdentity *b)
{
  return a->mode == b->mode && a->mtime_nsec == b->mtime_nsec
         && (S_ISDIR (a->mode) || a->size == b->size);
}

/* Where a server isn't there any more, every single thing would only fail in the same way. */
static gboolean
tell (Remote *self, const ThawTrip *trip, GError *problem, GError **error)
{
  g_autofree char *shown = thaw_remote_dup_shown (trip->source);
  g_autoptr (GError) lost = NULL;
  gboolean has_reconnected;

  if (self->is_lost || thaw_kind_is_cancelled (problem))
    {
      g_propagate_error (error, problem);
      return FALSE;
    }
  if (!thaw_remote_reach (self->run, trip->source, &has_reconnected, &lost)
      || !thaw_remote_reach (self->run, trip->folder, &has_reconnected, &lost))
    {
      self->is_lost = TRUE;
      g_error_free (problem);
      g_propagate_error (error, g_steal_pointer (&lost));
      return FALSE;
    }
  return thaw_kind_problem (self->run, shown, problem, error);
}

/* --- what is there already --- */

static Look
keep_both (Remote *self, ThawTrip *trip, GError **error)
{
  g_autofree char *name = thaw_remote_dup_free_name (self->run, trip->folder, trip->name, error);

  if (name == NULL)
    return LOOK_BROKEN;
  g_set_str (&trip->name, name);
  return LOOK_FREE;
}

static Look
decide (Remote *self, ThawTrip *trip, GFileInfo *from, GFileInfo *there, GError **error)
{
  g_autoptr (GFile) target = g_file_get_child (trip->folder, trip->name);
  g_autofree char *source_path = thaw_remote_dup_shown (trip->source);
  g_autofree char *target_path = thaw_remote_dup_shown (target);
  ThawDecision decision = THAW_DECIDE_KEEP_BOTH;
  ThawIdentity source, old;

  thaw_remote_get_identity (from, &source);
  thaw_remote_get_identity (there, &old);
  self->old = old;
  if (g_file_equal (trip->source, target))
    return self->is_move ? LOOK_ENDED : keep_both (self, trip, error);
  if (self->loser != NULL && thaw_remote_is_unchanged (self->loser, &old))
    return LOOK_REPLACES;
  if (!self->is_duplicate
      && !thaw_run_decide (self->run, source_path, &source, target_path, &old, &decision, error))
    return LOOK_BROKEN;
  switch (decision)
    {
    case THAW_DECIDE_KEEP_BOTH:
      return keep_both (self, trip, error);
    case THAW_DECIDE_REPLACE:
      return LOOK_REPLACES;
    case THAW_DECIDE_MERGE:
      return S_ISDIR (source.mode) && S_ISDIR (old.mode) ? LOOK_MERGES : LOOK_ENDED;
    case THAW_DECIDE_SKIP:
    default:
      return LOOK_ENDED;
    }
}

static Look
end_with (Remote *self, const ThawTrip *trip, GError *problem, GError **error)
{
  return tell (self, trip, problem, error) ? LOOK_ENDED : LOOK_BROKEN;
}

static Look
look_ahead (Remote *self, ThawTrip *trip, GError **error)
{
  g_autoptr (GFile) target = g_file_get_child (trip->folder, trip->name);
  g_autoptr (GError) local = NULL;
  g_autoptr (GFileInfo) from = thaw_remote_query (self->run, trip->source, &local);
  g_autoptr (GFileInfo) there = NULL;

  if (from == NULL)
    return end_with (self, trip, g_steal_pointer (&local), error);
  if (g_file_has_prefix (trip->folder, trip->source) || g_file_equal (trip->folder, trip->source))
    return end_with (self,
                     trip,
                     g_error_new_literal (G_IO_ERROR,
                                          G_IO_ERROR_WOULD_RECURSE,
                                          "A folder can't be put into itself"),
                     error);
  there = thaw_remote_query (self->run, target, &local);
  if (there != NULL)
    return decide (self, trip, from, there, error);
  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return LOOK_FREE;
  return end_with (self, trip, g_steal_pointer (&local), error);
}

/* --- going there --- */

static gboolean send_one (Remote *self,
                          GFile *source,
                          GFile *folder,
                          const char *name,
                          guint depth,
                          GError **error);

static gboolean
remove_source (Remote *self, ThawTrip *trip, GError **error)
{
  g_autoptr (GFile) target = g_file_get_child (trip->folder, trip->name);

  return (thaw_kind_file_is_local (trip->source)
          || thaw_remote_note_gone (&self->placing, trip->source, error))
         && thaw_remote_remove_moved (self->run, trip->source, target, error);
}

/* Copying may have taken an hour, and what is replaced on a server isn't kept. */
static gboolean
is_still (Remote *self, ThawTrip *trip, GError **error)
{
  g_autoptr (GFile) target = g_file_get_child (trip->folder, trip->name);
  g_autoptr (GFileInfo) there = thaw_remote_query (self->run, target, error);
  ThawIdentity now;

  if (there == NULL)
    return FALSE;
  thaw_remote_get_identity (there, &now);
  if (thaw_remote_is_unchanged (&self->old, &now))
    return TRUE;
  g_set_error_literal (error,
                       G_IO_ERROR,
                       G_IO_ERROR_WRONG_ETAG,
                       "What it was to replace was changed meanwhile");
  return FALSE;
}

static gboolean
carry (Remote *self, ThawTrip *trip, gboolean replaces, GError **error)
{
  g_autoptr (GFile) hidden = thaw_trip_get_hidden (self->run, trip);
  ThawRemoteCopy copy = { .run = self->run, .abilities = &self->abilities };

  /* What is moved by copying leaves for good. */
  if (!thaw_remote_begin (&self->placing, trip->folder, error)
      || (self->is_move && !thaw_kind_file_is_local (trip->folder)
          && !thaw_remote_note_gone (&self->placing, trip->source, error)))
    return FALSE;
  if (self->placing.finished != NULL) /* ours, from before a crash */
    thaw_remote_remove (NULL, hidden, NULL);
  if (!thaw_remote_copy (&copy, trip->source, hidden, error)
      || (replaces && self->looks_again && !is_still (self, trip, error))
      || !thaw_remote_place (&self->placing, trip, hidden, replaces, error))
    {
      self->is_lost = self->is_lost || copy.is_lost;
      if (!self->is_lost)
        thaw_remote_remove (NULL, hidden, NULL);
      return FALSE;
    }
  return !self->is_move || !copy.is_whole || remove_source (self, trip, error);
}

/* Within one server a move is a rename. Whatever the reason that it isn't, copying will tell. */
static gboolean
rename_there (Remote *self, ThawTrip *trip, gboolean replaces)
{
  g_autoptr (GError) error = NULL;

  if (!self->is_move || thaw_kind_file_is_local (trip->source)
      || thaw_kind_file_is_local (trip->folder)
      || !thaw_remote_share_server (trip->source, trip->folder)
      || !thaw_remote_place (&self->placing, trip, trip->source, replaces, &error))
    return FALSE;
  thaw_run_add_done (self->run, 0, 1);
  return TRUE;
}

/* Only an empty one goes. */
static gboolean
remove_emptied (Remote *self, GFile *folder, GError **error)
{
  const ThawIdentity empty = { .mode = S_IFDIR, .ino = 1 };

  if (!thaw_kind_file_is_local (folder)
      && !thaw_remote_note_step (&self->placing, folder, NULL, &empty, error))
    return FALSE;
  g_file_delete (folder, thaw_run_get_cancellable (self->run), NULL);
  return TRUE;
}

static gboolean
merge (Remote *self, ThawTrip *trip, GError **error)
{
  GCancellable *cancellable = thaw_run_get_cancellable (self->run);
  g_autoptr (GFile) into = g_file_get_child (trip->folder, trip->name);
  g_autoptr (GFileEnumerator) children
      = g_file_enumerate_children (trip->source,
                                   G_FILE_ATTRIBUTE_STANDARD_NAME,
                                   G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                   cancellable,
                                   error);
  GFileInfo *info;
  GFile *child;

  if (children == NULL)
    return FALSE;
  self->loser = NULL;
  for (;;)
    {
      if (!g_file_enumerator_iterate (children, &info, &child, cancellable, error))
        return FALSE;
      if (child == NULL)
        break;
      if (!send_one (self, child, into, g_file_info_get_name (info), trip->depth + 1, error))
        return FALSE;
    }
  thaw_run_add_done (self->run, 0, 1);
  return !self->is_move || remove_emptied (self, trip->source, error);
}

static void
add_result (Remote *self, const ThawTrip *trip)
{
  g_autoptr (GFile) target = g_file_get_child (trip->folder, trip->name);
  g_autofree char *result
      = thaw_kind_file_is_local (target) ? g_file_get_path (target) : g_file_get_uri (target);

  if (trip->depth == 0)
    thaw_run_add_result (self->run, result);
}

/* What an earlier life of the job has placed. */
static gboolean
take_up (Remote *self, ThawTrip *trip, GError **error)
{
  gint64 bytes = 0, entries = 0;

  add_result (self, trip);
  if (!thaw_remote_exists (self->run, trip->source))
    return TRUE;
  thaw_remote_measure (self->run, trip->source, &bytes, &entries, NULL);
  thaw_run_add_done (self->run, bytes, entries);
  return !self->is_move || remove_source (self, trip, error);
}

static gboolean
go (Remote *self, ThawTrip *trip, Look look, GError **error)
{
  gboolean replaces = look == LOOK_REPLACES;

  if (look == LOOK_MERGES)
    return merge (self, trip, error);
  if (!rename_there (self, trip, replaces) && !carry (self, trip, replaces, error))
    return FALSE;
  add_result (self, trip);
  return TRUE;
}

static gboolean
travel (Remote *self, ThawTrip *trip, GError **error)
{
  g_autoptr (GError) local = NULL;
  Look look;

  if (thaw_remote_is_placed (&self->placing, trip))
    {
      if (take_up (self, trip, &local))
        return TRUE;
    }
  else
    {
      look = look_ahead (self, trip, error);
      if (look == LOOK_BROKEN || look == LOOK_ENDED)
        return look == LOOK_ENDED;
      if (go (self, trip, look, &local))
        return TRUE;
    }
  return tell (self, trip, g_steal_pointer (&local), error);
}

static gboolean
send_one (Remote *self, GFile *source, GFile *folder, const char *name, guint depth, GError **error)
{
  g_autofree char *uri = g_file_get_uri (source);
  ThawTrip trip = { source, folder, g_strdup (name), self->top, depth };
  gboolean goes_on;

  if (depth > 0)
    trip.number = 0x80000000 | g_str_hash (uri);
  goes_on = thaw_run_check (self->run, error) && travel (self, &trip, error);
  g_free (trip.name);
  return goes_on;
}

static gboolean
send_top (Remote *self, GFile *file, GFile *folder, guint i, GError **error)
{
  const char *given = self->keeps_names
                          ? NULL
                          : thaw_operation_request_get_name (thaw_run_get_request (self->run), i);
  g_autoptr (GFile) meant = thaw_remote_dup_meant (self->run, file);
  g_autoptr (GFile) source = thaw_vfs_resolve (meant != NULL ? meant : file);
  g_autofree char *own = g_file_get_basename (source);

  self->top = i;
  return send_one (self, source, folder, given != NULL ? given : own, 0, error);
}

gboolean
thaw_remote_send (ThawRun *run, gboolean is_move, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  g_autoptr (GFile) folder = thaw_vfs_resolve (thaw_operation_request_get_target (request));
  g_autoptr (GFileInfo) info = thaw_remote_query (run, folder, error); /* mounts */
  g_auto (Remote) self = { 0 };

  if (info == NULL || !remote_init (&self, run, is_move, error))
    return FALSE;
  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    if (!send_top (&self, thaw_operation_request_get_source (request, i), folder, i, error))
      return FALSE;
  return TRUE;
}

gboolean
thaw_remote_fetch (ThawRun *run,
                   GFile *file,
                   ThawPlace *target,
                   gboolean is_move,
                   guint i,
                   GError **error)
{
  g_autoptr (GFile) source = thaw_vfs_resolve (file);
  g_autoptr (GFile) folder = target != NULL ? g_file_new_for_path (thaw_place_get_path (target))
                                            : g_file_get_parent (source);
  g_auto (Remote) self = { 0 };

  if (!remote_init (&self, run, is_move, error))
    return FALSE;
  self.is_duplicate = target == NULL;
  return send_top (&self, source, folder, i, error);
}

gboolean
thaw_remote_move_in (ThawRun *run, GFile *folder, guint i, GError **error)
{
  GFile *file = thaw_operation_request_get_source (thaw_run_get_request (run), i);
  g_auto (Remote) self = { 0 };

  if (!remote_init (&self, run, TRUE, error))
    return FALSE;
  self.keeps_names = TRUE;
  return send_top (&self, file, folder, i, error);
}

/* --- for who has compared --- */

struct _ThawRemoteSender {
  Remote remote;
};

ThawRemoteSender *
thaw_remote_sender_new (ThawRun *run, const ThawRemoteAbilities *abilities)
{
  ThawRemoteSender *self = g_new0 (ThawRemoteSender, 1);

  self->remote = (Remote){ .run = run, .abilities = *abilities, .looks_again = TRUE };
  self->remote.placing.run = run;
  return self;
}

void
thaw_remote_sender_free (ThawRemoteSender *self)
{
  remote_clear (&self->remote);
  g_free (self);
}

gboolean
thaw_remote_sender_send (ThawRemoteSender *self,
                         GFile *source,
                         GFile *folder,
                         const char *name,
                         const ThawIdentity *loser,
                         GError **error)
{
  self->remote.loser = loser;
  return send_one (&self->remote, source, folder, name, 1, error);
}

gboolean
thaw_remote_sender_rename (ThawRemoteSender *self, GFile *file, const char *name, GError **error)
{
  g_autoptr (GFile) folder = g_file_get_parent (file);
  ThawTrip trip = { file, folder, (char *) name, 0, 1 };

  return thaw_remote_place (&self->remote.placing, &trip, file, FALSE, error);
}

gboolean
thaw_remote_sender_note_gone (ThawRemoteSender *self, GFile *file, GError **error)
{
  return thaw_remote_note_gone (&self->remote.placing, file, error);
}
