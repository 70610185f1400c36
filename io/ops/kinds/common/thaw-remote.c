/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copying, moving and deleting where one side isn't local. On the thread of the run. The way is
 * that of local files: a hidden copy beside its place, checked, and one rename that puts nothing
 * over anything. A copy that arrives in a local folder is placed by a step of the journal and can
 * be undone as any other; what changed on a server can't, and the journal is told so. */

#include "thaw-remote-private.h"

#include "thaw-run-private.h"

#include <sys/stat.h>

typedef struct {
  ThawRun *run;
  gboolean is_move;
  gboolean is_duplicate;
  guint top;
} Remote;

typedef struct {
  GFile *source, *folder;
  char *name;
  guint number;
  guint depth;
} Trip;

typedef enum { LOOK_BROKEN, LOOK_ENDED, LOOK_FREE, LOOK_REPLACES, LOOK_MERGES } Look;

static gboolean send_one (Remote *self,
                          GFile *source,
                          GFile *folder,
                          const char *name,
                          guint depth,
                          GError **error);

gboolean
thaw_remote_is_target (ThawRun *run)
{
  GFile *target = thaw_operation_request_get_target (thaw_run_get_request (run));

  return target != NULL && !thaw_kind_file_is_local (target);
}

static void
get_identity (GFileInfo *info, ThawIdentity *identity)
{
  GFileType type = g_file_info_get_file_type (info);
  g_autoptr (GDateTime) modified = g_file_info_get_modification_date_time (info);

  *identity = (ThawIdentity){ .mode = S_IFREG };
  if (type == G_FILE_TYPE_DIRECTORY)
    identity->mode = S_IFDIR;
  if (type == G_FILE_TYPE_SYMBOLIC_LINK)
    identity->mode = S_IFLNK;
  identity->size = g_file_info_get_size (info);
  if (modified != NULL)
    identity->mtime_nsec = g_date_time_to_unix_usec (modified) * 1000;
}

/* What can't be taken back, said to the journal before it is done. */
static gboolean
note_gone (ThawRun *run, GFile *file, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  g_autofree char *uri = g_file_get_uri (file);
  ThawStep *step = g_new0 (ThawStep, 1);

  step->type = THAW_STEP_GONE;
  step->from.folder = g_strdup ("/");
  /* The journal wants a name; a whole address isn't one until its slashes are escaped. */
  step->from.name = g_uri_escape_string (uri, NULL, FALSE);
  g_ptr_array_add (steps, step);
  return thaw_journal_perform (thaw_run_get_journal (run),
                               thaw_run_get_job (run),
                               steps,
                               THAW_STEPS_EACH,
                               NULL,
                               NULL,
                               error);
}

static gboolean
tell (Remote *self, GFile *file, GError *problem, GError **error)
{
  g_autofree char *path = g_file_get_parse_name (file);

  return thaw_kind_problem (self->run, path, problem, error);
}

static gboolean
take_free_name (Trip *trip)
{
  for (guint number = 2; number < 100000; number++)
    {
      g_autofree char *name = thaw_name_dup_numbered (trip->name, TRUE, &number);
      g_autoptr (GFile) file = g_file_get_child (trip->folder, name);

      if (g_file_query_exists (file, NULL))
        continue;
      g_set_str (&trip->name, name);
      return TRUE;
    }
  return FALSE;
}

static Look
decide (Remote *self, Trip *trip, GFileInfo *from, GFileInfo *there, GError **error)
{
  g_autofree char *source_path = thaw_run_dup_file_path (trip->source);
  g_autoptr (GFile) target = g_file_get_child (trip->folder, trip->name);
  g_autofree char *target_path = thaw_run_dup_file_path (target);
  ThawIdentity source, old;
  ThawDecision decision = THAW_DECIDE_KEEP_BOTH;

  get_identity (from, &source);
  get_identity (there, &old);
  if (!self->is_duplicate && !g_file_equal (trip->source, target)
      && !thaw_run_decide (self->run, source_path, &source, target_path, &old, &decision, error))
    return LOOK_BROKEN;
  switch (decision)
    {
    case THAW_DECIDE_KEEP_BOTH:
      return self->is_move && g_file_equal (trip->source, target) ? LOOK_ENDED
             : take_free_name (trip)                              ? LOOK_FREE
                                                                  : LOOK_ENDED;
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
look_ahead (Remote *self, Trip *trip, GError **error)
{
  g_autoptr (GFile) target = g_file_get_child (trip->folder, trip->name);
  g_autoptr (GError) local = NULL;
  g_autoptr (GFileInfo) from = thaw_remote_query (trip->source, &local);
  g_autoptr (GFileInfo) there = NULL;

  if (from == NULL)
    return tell (self, trip->source, g_steal_pointer (&local), error) ? LOOK_ENDED : LOOK_BROKEN;
  if (g_file_has_prefix (trip->folder, trip->source) || g_file_equal (trip->folder, trip->source))
    {
      g_set_error (&local,
                   G_IO_ERROR,
                   G_IO_ERROR_WOULD_RECURSE,
                   "A folder can't be put into itself");
      return tell (self, trip->source, g_steal_pointer (&local), error) ? LOOK_ENDED : LOOK_BROKEN;
    }
  there = thaw_remote_query (target, &local);
  if (there != NULL)
    return decide (self, trip, from, there, error);
  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return LOOK_FREE;
  return tell (self, target, g_steal_pointer (&local), error) ? LOOK_ENDED : LOOK_BROKEN;
}

static gboolean
place_local (Remote *self, Trip *trip, GFile *hidden, gboolean replaces, GError **error)
{
  g_autoptr (ThawPlace) place = thaw_place_open (g_file_peek_path (trip->folder), error);
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  g_autofree char *name = g_file_get_basename (hidden);
  g_auto (ThawKeeper) keeper = { 0 };
  ThawIdentity made, old;
  ThawStep *step;

  if (place == NULL || !thaw_place_look (place, name, &made, error)
      || !thaw_place_sync_data (place, error))
    return FALSE;
  step = thaw_step_new_rename (place, name, place, trip->name, &made);
  g_ptr_array_add (steps, step);
  if (replaces && thaw_place_look (place, trip->name, &old, NULL))
    {
      thaw_keeper_init (&keeper, self->run);
      if (S_ISDIR (old.mode) || S_ISDIR (made.mode))
        {
          g_set_error (error,
                       G_IO_ERROR,
                       G_IO_ERROR_EXISTS,
                       "Only files can be replaced by remote ones");
          return FALSE;
        }
      step->type = THAW_STEP_REPLACE;
      step->old = old;
      thaw_keeper_reserve (&keeper, place, trip->name, old.size, &step->kept);
    }
  return thaw_run_perform (self->run, steps, THAW_STEPS_EACH, error);
}

/* The old one steps aside before, and goes after. */
static gboolean
place_remote (Remote *self, Trip *trip, GFile *hidden, gboolean replaces, GError **error)
{
  const GFileCopyFlags flags = G_FILE_COPY_NO_FALLBACK_FOR_MOVE | G_FILE_COPY_NOFOLLOW_SYMLINKS;
  g_autoptr (GFile) target = g_file_get_child (trip->folder, trip->name);
  g_autofree char *aside_name
      = thaw_token_dup_name (thaw_run_get_token (self->run), trip->number ^ 0x20000000);
  g_autoptr (GFile) aside = g_file_get_child (trip->folder, aside_name);

  if (!note_gone (self->run, target, error))
    return FALSE;
  if (replaces && !g_file_move (target, aside, flags, NULL, NULL, NULL, error))
    return FALSE;
  if (!g_file_move (hidden, target, flags, NULL, NULL, NULL, error))
    {
      if (replaces)
        g_file_move (aside, target, flags, NULL, NULL, NULL, NULL);
      return FALSE;
    }
  if (replaces)
    thaw_remote_remove (NULL, aside, NULL);
  return TRUE;
}

static gboolean
carry (Remote *self, Trip *trip, gboolean replaces, GError **error)
{
  g_autofree char *name = thaw_token_dup_name (thaw_run_get_token (self->run), trip->number);
  g_autoptr (GFile) hidden = g_file_get_child (trip->folder, name);
  gboolean is_whole;

  /* Ours, from before a crash. */
  thaw_remote_remove (NULL, hidden, NULL);
  if (!thaw_remote_copy (self->run, trip->source, hidden, &is_whole, error)
      || !(thaw_kind_file_is_local (trip->folder)
               ? place_local
               : place_remote) (self, trip, hidden, replaces, error))
    {
      thaw_remote_remove (NULL, hidden, NULL);
      return FALSE;
    }
  if (g_file_query_exists (hidden, NULL))
    {
      thaw_remote_remove (NULL, hidden, NULL);
      return TRUE; /* placing it failed, and has been told */
    }
  if (!self->is_move || !is_whole)
    return TRUE;
  return note_gone (self->run, trip->source, error)
         && thaw_remote_remove (self->run, trip->source, error);
}

/* Within one server a move is a rename. */
static gboolean
rename_there (Remote *self, Trip *trip)
{
  g_autoptr (GFile) target = g_file_get_child (trip->folder, trip->name);

  return self->is_move && !thaw_kind_file_is_local (trip->source)
         && !thaw_kind_file_is_local (trip->folder) && note_gone (self->run, trip->source, NULL)
         && g_file_move (trip->source,
                         target,
                         G_FILE_COPY_NO_FALLBACK_FOR_MOVE | G_FILE_COPY_NOFOLLOW_SYMLINKS,
                         NULL,
                         NULL,
                         NULL,
                         NULL);
}

static gboolean
merge (Remote *self, Trip *trip, GError **error)
{
  g_autoptr (GFile) into = g_file_get_child (trip->folder, trip->name);
  g_autoptr (GFileEnumerator) children
      = g_file_enumerate_children (trip->source,
                                   G_FILE_ATTRIBUTE_STANDARD_NAME,
                                   G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                   NULL,
                                   error);
  GFile *child;

  if (children == NULL)
    return FALSE;
  for (;;)
    {
      g_autofree char *name = NULL;

      if (!g_file_enumerator_iterate (children, NULL, &child, NULL, error))
        return FALSE;
      if (child == NULL)
        break;
      name = g_file_get_basename (child);
      if (!send_one (self, child, into, name, trip->depth + 1, error))
        return FALSE;
    }
  thaw_run_add_done (self->run, 0, 1);
  /* Only an empty one goes. */
  if (self->is_move)
    g_file_delete (trip->source, NULL, NULL);
  return TRUE;
}

static gboolean
travel (Remote *self, Trip *trip, GError **error)
{
  g_autoptr (GError) local = NULL;
  Look look = look_ahead (self, trip, error);

  if (look == LOOK_BROKEN || look == LOOK_ENDED)
    return look == LOOK_ENDED;
  if (look == LOOK_MERGES)
    {
      if (merge (self, trip, &local))
        return TRUE;
    }
  else if ((look == LOOK_FREE && rename_there (self, trip))
           || carry (self, trip, look == LOOK_REPLACES, &local))
    {
      g_autoptr (GFile) target = g_file_get_child (trip->folder, trip->name);
      g_autofree char *path = thaw_run_dup_file_path (target);

      if (trip->depth == 0 && thaw_kind_file_is_local (target))
        thaw_run_add_result (self->run, path);
      return TRUE;
    }
  return tell (self, trip->source, g_steal_pointer (&local), error);
}

static gboolean
send_one (Remote *self, GFile *source, GFile *folder, const char *name, guint depth, GError **error)
{
  g_autofree char *uri = g_file_get_uri (source);
  Trip trip = { source, folder, g_strdup (name), self->top, depth };
  gboolean goes_on;

  if (depth > 0)
    trip.number = 0x80000000 | g_str_hash (uri);
  goes_on = thaw_run_check (self->run, error) && travel (self, &trip, error);
  g_free (trip.name);
  return goes_on;
}

static gboolean
send_top (Remote *self, GFile *source, GFile *folder, guint i, GError **error)
{
  const char *given = thaw_operation_request_get_name (thaw_run_get_request (self->run), i);
  g_autofree char *own = g_file_get_basename (source);

  self->top = i;
  return send_one (self, source, folder, given != NULL ? given : own, 0, error);
}

gboolean
thaw_remote_send (ThawRun *run, gboolean is_move, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  GFile *target = thaw_operation_request_get_target (request);
  Remote self = { .run = run, .is_move = is_move };

  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    if (!send_top (&self, thaw_operation_request_get_source (request, i), target, i, error))
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
  g_autoptr (GFile) folder = target != NULL ? g_file_new_for_path (thaw_place_get_path (target))
                                            : g_file_get_parent (file);
  Remote self = { .run = run, .is_move = is_move, .is_duplicate = target == NULL };

  return send_top (&self, file, folder, i, error);
}

gboolean
thaw_remote_delete (ThawRun *run, GFile *file, GError **error)
{
  g_autofree char *path = g_file_get_parse_name (file);
  g_autoptr (GError) local = NULL;

  thaw_run_set_current (run, path);
  if (!note_gone (run, file, error))
    return FALSE;
  if (thaw_remote_remove (run, file, &local))
    {
      thaw_run_add_done (run, 0, 1);
      return TRUE;
    }
  return thaw_kind_problem (run, path, g_steal_pointer (&local), error);
}

gboolean
thaw_remote_plan (ThawRun *run, GFile *file, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *path = thaw_run_dup_file_path (file);
  gint64 bytes = 0, entries = 0;

  if (thaw_remote_measure (run, file, &bytes, &entries, &local))
    thaw_plan_add (thaw_run_get_plan (run), bytes, entries);
  else if (thaw_kind_is_cancelled (local))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  else
    thaw_plan_add_finding (thaw_run_get_plan (run),
                           THAW_FINDING_MISSING,
                           FALSE,
                           path,
                           "%s",
                           local->message);
  return TRUE;
}

gboolean
thaw_remote_plan_target (ThawRun *run, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);

  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    if (!thaw_remote_plan (run, thaw_operation_request_get_source (request, i), error))
      return FALSE;
  return TRUE;
}
