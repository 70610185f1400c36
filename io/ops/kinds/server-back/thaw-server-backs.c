/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a job did on servers, by its notes, and how each of these things stands now. Nothing is
 * changed here. A server has no inodes that would tell one file from another: type, size and time
 * of modification do, and of a tree that was made how much is in it and the time of the newest. One
 * that looks different was changed by somebody, and stays. On the operation's thread. */

#include "thaw-server-back-private.h"

#include "thaw-vfs.h"

#include <sys/stat.h>

static gboolean
refuse (GError **error, GIOErrorEnum code, const char *format, const char *name)
{
  g_autofree char *shown = g_filename_display_name (name);

  g_set_error (error, G_IO_ERROR, (int) code, format, shown);
  return FALSE;
}

static gboolean
refuse_file (GError **error, GIOErrorEnum code, const char *format, GFile *file)
{
  g_autofree char *name = g_file_get_basename (file);

  return refuse (error, code, format, name);
}

/* --- what was done --- */

static void
back_free (gpointer data)
{
  ThawServerBack *self = data;

  g_clear_object (&self->from);
  g_clear_object (&self->to);
  g_clear_object (&self->here);
  g_free (self);
}

static GFile *
dup_file (const ThawStepEnd *end)
{
  g_autoptr (GFile) named = NULL;
  g_autoptr (GFile) folder = NULL;

  if (end->folder == NULL)
    return NULL;
  named = g_file_new_for_uri (end->folder);
  folder = thaw_vfs_resolve (named);
  return g_file_get_child (folder, end->name);
}

/* One that was gone on with after a crash has noted some of it twice. */
static gboolean
note_new (ThawServerBacks *self, const ThawStep *step)
{
  return g_hash_table_add (self->noted,
                           g_strjoin ("\n",
                                      step->from.folder != NULL ? step->from.folder : "",
                                      step->from.folder != NULL ? step->from.name : "",
                                      step->to.folder != NULL ? step->to.folder : "",
                                      step->to.folder != NULL ? step->to.name : "",
                                      NULL));
}

static void
add (ThawServerBacks *self, const ThawStep *step)
{
  ThawServerBack *back;

  if (!note_new (self, step))
    return;
  back = g_new0 (ThawServerBack, 1);
  back->from = dup_file (&step->from);
  back->to = dup_file (&step->to);
  back->object = step->object;
  back->number = g_hash_table_size (self->leaving);
  if (back->from != NULL && back->to != NULL)
    g_hash_table_add (self->leaving, back->to);
  g_ptr_array_add (self->backs, back);
}

static gboolean
add_step (ThawServerBacks *self, const ThawStep *step, GError **error)
{
  switch (step->type)
    {
    case THAW_STEP_SERVER:
      add (self, step);
      return TRUE;
    case THAW_STEP_LOST:
      return TRUE;
    case THAW_STEP_GONE:
      return refuse (error,
                     G_IO_ERROR_NOT_SUPPORTED,
                     "“%s” is on a server, where what was removed or replaced isn't kept",
                     step->from.name);
    case THAW_STEP_RENAME:
    case THAW_STEP_REPLACE:
    case THAW_STEP_ATTRIBUTES:
    case THAW_STEP_MOVED:
    default:
      return refuse (error,
                     G_IO_ERROR_NOT_SUPPORTED,
                     "“%s” is here, and others are on a server: both can't be taken back together",
                     step->to.name);
    }
}

static gboolean
load (ThawServerBacks *self, gint64 job, GError **error)
{
  ThawJournal *journal = thaw_run_get_journal (self->run);
  g_autoptr (ThawJournalRecord) record = thaw_journal_get_job (journal, job, error);
  g_autoptr (GPtrArray) steps = NULL;

  if (record == NULL)
    return FALSE;
  self->token = g_strdup (record->token);
  self->is_partial = record->state != THAW_JOURNAL_DONE;
  self->has_only_aside = self->is_partial && !thaw_remote_has_renamed (self->run, record);
  steps = thaw_journal_list_steps (journal, job, error);
  for (guint i = 0; steps != NULL && i < steps->len; i++)
    if (!add_step (self, g_ptr_array_index (steps, i), error))
      return FALSE;
  return steps != NULL;
}

ThawServerBacks *
thaw_server_backs_new (ThawRun *run, GError **error)
{
  g_autoptr (ThawServerBacks) self = g_new0 (ThawServerBacks, 1);
  GVariant *job
      = thaw_operation_request_get_option (thaw_run_get_request (run), "job", G_VARIANT_TYPE_INT64);

  self->run = run;
  self->backs = g_ptr_array_new_with_free_func (back_free);
  self->noted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->leaving = g_hash_table_new ((GHashFunc) g_file_hash, (GEqualFunc) g_file_equal);
  if (job == NULL)
    {
      g_set_error_literal (error,
                           G_IO_ERROR,
                           G_IO_ERROR_INVALID_ARGUMENT,
                           "It isn't said what is to be taken back");
      return NULL;
    }
  return load (self, g_variant_get_int64 (job), error) ? g_steal_pointer (&self) : NULL;
}

void
thaw_server_backs_free (ThawServerBacks *self)
{
  g_ptr_array_unref (self->backs);
  g_hash_table_unref (self->leaving);
  g_hash_table_unref (self->noted);
  g_free (self->token);
  g_free (self);
}

/* --- how it stands --- */

typedef enum { FOUND_BROKEN, FOUND_NOTHING, FOUND_IT, FOUND_ANOTHER } Found;

static Found
find (ThawRun *run, GFile *file, const ThawIdentity *wanted, gboolean is_whole, GError **error)
{
  g_autoptr (GError) local = NULL;
  ThawIdentity found;

  if (thaw_remote_look (run, file, is_whole, &found, &local))
    return thaw_remote_is_same (&found, wanted) ? FOUND_IT : FOUND_ANOTHER;
  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    return FOUND_NOTHING;
  g_propagate_error (error, g_steal_pointer (&local));
  return FOUND_BROKEN;
}

/* Of one that was interrupted: neither here nor there. */
static gboolean
find_aside (ThawServerBacks *self, ThawServerBack *back)
{
  g_autoptr (GFile) aside = NULL;

  if (!self->is_partial)
    return FALSE;
  aside = thaw_remote_get_renamed_aside (self->token, back->from, back->number);
  if (aside == NULL || !thaw_remote_exists (self->run, aside))
    return FALSE;
  g_set_object (&back->here, aside);
  return TRUE;
}

/* It never left, or somebody has put it back. */
static gboolean
is_back (ThawServerBacks *self, const ThawServerBack *back)
{
  g_autoptr (GError) error = NULL;

  return find (self->run, back->from, &back->object, FALSE, &error) == FOUND_IT;
}

static gboolean
look_renamed (ThawServerBacks *self, ThawServerBack *back, GError **error)
{
  Found found;

  if (find_aside (self, back) || (self->has_only_aside && is_back (self, back)))
    return TRUE;
  found = find (self->run, back->to, &back->object, FALSE, error);
  if (found == FOUND_BROKEN)
    return FALSE;
  if (found != FOUND_IT && is_back (self, back))
    return TRUE;
  if (found == FOUND_NOTHING)
    return refuse_file (error, G_IO_ERROR_NOT_FOUND, "“%s” is gone", back->to);
  if (found == FOUND_ANOTHER)
    return refuse_file (error, G_IO_ERROR_WRONG_ETAG, "“%s” was changed since", back->to);
  if (!g_hash_table_contains (self->leaving, back->from)
      && thaw_remote_exists (self->run, back->from))
    return refuse_file (error, G_IO_ERROR_EXISTS, "There is another “%s” now", back->from);
  g_set_object (&back->here, back->to);
  return TRUE;
}

gboolean
thaw_server_back_look_made (ThawRun *run,
                            const ThawServerBack *back,
                            gboolean *is_there,
                            GError **error)
{
  Found found = find (run, back->to, &back->object, TRUE, error);

  *is_there = found == FOUND_IT;
  if (found == FOUND_ANOTHER)
    return refuse_file (error, G_IO_ERROR_WRONG_ETAG, "“%s” was changed since", back->to);
  return found != FOUND_BROKEN;
}

/* What leaves it before its turn comes isn't there any more by then. */
static gboolean
is_left (ThawServerBacks *self, GFile *folder)
{
  GHashTableIter iter;
  gpointer file;

  g_hash_table_iter_init (&iter, self->leaving);
  while (g_hash_table_iter_next (&iter, &file, NULL))
    if (g_file_has_prefix (file, folder))
      return TRUE;
  return FALSE;
}

static gboolean
look (ThawServerBacks *self, ThawServerBack *back, GError **error)
{
  gboolean is_there;

  if (back->to == NULL)
    return TRUE;
  if (back->from != NULL)
    return look_renamed (self, back, error);
  return is_left (self, back->to) || thaw_server_back_look_made (self->run, back, &is_there, error);
}

gboolean
thaw_server_backs_look (ThawServerBacks *self, GError **error)
{
  for (guint i = self->backs->len; i-- > 0;)
    if (!thaw_run_check (self->run, error)
        || !look (self, g_ptr_array_index (self->backs, i), error))
      return FALSE;
  return TRUE;
}
