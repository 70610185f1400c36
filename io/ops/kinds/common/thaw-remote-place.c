/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last step of a copy where one side isn't local, and what a crash left of it. On the thread of
 * the run. In a local folder it is a step of the journal, which can be undone. On a server the
 * journal has a note of each thing that is about to be placed, by which it can be taken away again,
 * and by which going on after a crash knows its own work. What is replaced on a server steps aside,
 * under a hidden name, until the new one stands; whoever finds it there later puts it back. It
 * isn't kept, and the journal is told that nothing of the job can be undone. */

#include "thaw-remote-private.h"

#include "thaw-vfs.h"

#include <string.h>

#define ASIDE 0x20000000
#define FOLDERS "remote-folders"
#define MAX_LIST (16 * 1024)
#define PLACED 'p'  /* the hidden copy is renamed */
#define RENAMED 'r' /* the source itself is */

/* --- notes --- */

/* Nothing of it is a step that could be taken back: one such note is enough for a job. */
gboolean
thaw_remote_note_gone (ThawRemotePlacing *self, GFile *file, GError **error)
{
  g_autoptr (GPtrArray) steps = NULL;
  g_autofree char *name = NULL;
  ThawStep *step;

  if (self->has_noted_gone)
    return TRUE;
  steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  name = g_file_get_basename (file);
  step = g_new0 (ThawStep, 1);
  step->type = THAW_STEP_GONE;
  step->from.folder = g_strdup ("/");
  step->from.name
      = name != NULL && strchr (name, '/') == NULL ? g_steal_pointer (&name) : g_strdup ("server");
  g_ptr_array_add (steps, step);
  self->has_noted_gone = TRUE;
  return thaw_journal_perform (thaw_run_get_journal (self->run),
                               thaw_run_get_job (self->run),
                               steps,
                               THAW_STEPS_EACH,
                               NULL,
                               NULL,
                               error);
}

static gboolean
put (ThawRun *run, const char *key, const char *text, gsize length, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, length);

  return thaw_journal_put (thaw_run_get_journal (run), thaw_run_get_job (run), key, bytes, error);
}

/* What is there under the hidden name @aside belongs under @name. */
static gboolean
note_aside (ThawRemotePlacing *self, GFile *aside, const char *name, GError **error)
{
  g_autofree char *hidden = g_file_get_basename (aside);
  g_autofree char *key = g_strconcat ("remote-aside-", hidden, NULL);

  return put (self->run, key, name, strlen (name), error);
}

static GFile *
find_noted_target (ThawRun *run, GFile *folder, const char *hidden)
{
  g_autofree char *key = g_strconcat ("remote-aside-", hidden, NULL);
  g_autoptr (GBytes) bytes
      = thaw_journal_get (thaw_run_get_journal (run), thaw_run_get_job (run), key, NULL);
  g_autofree char *name = NULL;

  if (bytes == NULL)
    return NULL;
  name = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  return g_file_get_child (folder, name);
}

/* Numbers of hidden names may coincide, addresses don't. */
static char *
dup_key (const ThawTrip *trip)
{
  g_autofree char *source = g_file_get_uri (trip->source), *folder = g_file_get_uri (trip->folder);
  g_autofree char *both = g_strconcat (source, "\n", folder, NULL);
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, both, -1);

  return g_strconcat ("remote-", sum, NULL);
}

static gboolean
note_placing (ThawRemotePlacing *self, const ThawTrip *trip, char how, GError **error)
{
  g_autofree char *key = dup_key (trip);
  g_autofree char *text = g_strdup_printf ("%c%s", how, trip->name);

  return put (self->run, key, text, strlen (text), error);
}

/* The name that it was to have; NULL: it hadn't come so far. */
static char *
dup_noted (ThawRemotePlacing *self, const ThawTrip *trip, char *how)
{
  g_autofree char *key = dup_key (trip);
  g_autoptr (GBytes) bytes = thaw_journal_get (thaw_run_get_journal (self->run),
                                               thaw_run_get_job (self->run),
                                               key,
                                               NULL);
  gsize size = 0;
  const char *text = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

  if (size < 2)
    return NULL;
  *how = text[0];
  return g_strndup (text + 1, size - 1);
}

static char *
dup_list_key (guint i)
{
  return i > 0 ? g_strdup_printf (FOLDERS "-%u", i) : g_strdup (FOLDERS);
}

/* NULL: there is none of that number. */
static GString *
load_list (ThawRun *run, guint i)
{
  g_autofree char *key = dup_list_key (i);
  g_autoptr (GBytes) bytes
      = thaw_journal_get (thaw_run_get_journal (run), thaw_run_get_job (run), key, NULL);

  return bytes != NULL
             ? g_string_new_len (g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes))
             : NULL;
}

/* The folders that hidden names may be in, before there is one: in lists of bounded length, since
 * each more is one of them written anew. */
static gboolean
note_folder (ThawRemotePlacing *self, GFile *folder, GError **error)
{
  g_autofree char *uri = g_file_get_uri (folder), *key = NULL;
  g_autoptr (GString) list = load_list (self->run, self->n_full_lists);

  while (list != NULL && list->len > MAX_LIST)
    {
      g_string_free (list, TRUE);
      list = load_list (self->run, ++self->n_full_lists);
    }
  for (gsize at = 0; list != NULL && at < list->len; at += strlen (list->str + at) + 1)
    if (g_str_equal (list->str + at, uri))
      return TRUE;
  if (list == NULL)
    list = g_string_new (NULL);
  g_string_append_len (list, uri, (gssize) strlen (uri) + 1);
  key = dup_list_key (self->n_full_lists);
  return put (self->run, key, list->str, list->len, error);
}

gboolean
thaw_remote_begin (ThawRemotePlacing *self, GFile *folder, GError **error)
{
  if (self->last_folder != NULL && g_file_equal (self->last_folder, folder))
    return TRUE;
  if (!note_folder (self, folder, error))
    return FALSE;
  g_set_object (&self->last_folder, folder);
  return TRUE;
}

/* --- placing --- */

static GFile *
get_hidden (ThawRun *run, GFile *folder, guint number)
{
  g_autofree char *name = thaw_token_dup_name (thaw_run_get_token (run), number);

  return g_file_get_child (folder, name);
}

GFile *
thaw_trip_get_hidden (ThawRun *run, const ThawTrip *trip)
{
  return get_hidden (run, trip->folder, trip->number);
}

static gboolean
refuse_large (const char *name, GError **error)
{
  g_autofree char *shown = g_filename_display_name (name);

  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_EXISTS,
               "“%s” exists already, and is too large to be kept for undoing",
               shown);
  return FALSE;
}

/* A file in the place of a file is one step; with a folder on either side the old one leaves first.
 */
static gboolean
make_replacing (ThawRun *run,
                ThawPlace *place,
                GPtrArray *steps,
                ThawStep *step,
                const ThawIdentity *old,
                GError **error)
{
  g_auto (ThawKeeper) keeper = { 0 };
  const ThawWalkFuncs quiet = { NULL };
  ThawMeasure measure = { 0 };
  ThawStep *leave;

  thaw_keeper_init (&keeper, run);
  if (!S_ISDIR (old->mode) && !S_ISDIR (step->object.mode))
    {
      step->type = THAW_STEP_REPLACE;
      step->old = *old;
      thaw_keeper_reserve (&keeper, place, step->to.name, old->size, &step->kept);
      return TRUE;
    }
  if (!thaw_disk_measure (place, step->to.name, &quiet, &measure, error))
    return FALSE;
  leave = thaw_step_new_rename (place, step->to.name, place, step->to.name, old);
  g_ptr_array_insert (steps, 0, leave);
  return thaw_keeper_reserve (&keeper, place, step->to.name, measure.allocated, &leave->to)
         || refuse_large (step->to.name, error);
}

typedef struct {
  GError *error;
} Outcome;

static void
on_step (ThawStep *step, const GError *error, gpointer user_data)
{
  Outcome *self = user_data;

  if (error != NULL && self->error == NULL)
    self->error = g_error_copy (error);
}

static gboolean
place_local (ThawRemotePlacing *self,
             ThawTrip *trip,
             GFile *arrival,
             gboolean replaces,
             GError **error)
{
  g_autoptr (ThawPlace) place = thaw_place_open (g_file_peek_path (trip->folder), error);
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  g_autofree char *name = g_file_get_basename (arrival);
  ThawIdentity made, old;
  Outcome outcome = { 0 };
  ThawStep *step;

  if (place == NULL || !thaw_place_look (place, name, &made, error)
      || !thaw_place_sync_data (place, error))
    return FALSE;
  step = thaw_step_new_rename (place, name, place, trip->name, &made);
  g_ptr_array_add (steps, step);
  if (replaces && thaw_place_look (place, trip->name, &old, NULL)
      && !make_replacing (self->run, place, steps, step, &old, error))
    return FALSE;
  if (!thaw_journal_perform (thaw_run_get_journal (self->run),
                             thaw_run_get_job (self->run),
                             steps,
                             THAW_STEPS_ALL_OR_NONE,
                             on_step,
                             &outcome,
                             error))
    {
      g_clear_error (&outcome.error);
      return FALSE;
    }
  if (outcome.error == NULL)
    return TRUE;
  g_propagate_error (error, outcome.error);
  return FALSE;
}

/* What can't be looked into can't be told from what somebody else has changed. */
static gboolean
note_way_back (ThawRemotePlacing *self,
               ThawTrip *trip,
               GFile *arrival,
               GFile *target,
               gboolean replaces,
               GError **error)
{
  gboolean is_renamed = g_file_equal (arrival, trip->source);
  ThawIdentity object;

  if (replaces || self->has_noted_gone
      || !thaw_remote_look (self->run, arrival, !is_renamed, &object, NULL))
    return thaw_run_check (self->run, error) && thaw_remote_note_gone (self, target, error);
  return thaw_remote_note_step (self, is_renamed ? trip->source : NULL, target, &object, error);
}

static gboolean
place_there (ThawRemotePlacing *self,
             ThawTrip *trip,
             GFile *arrival,
             gboolean replaces,
             GError **error)
{
  g_autoptr (GFile) target = g_file_get_child (trip->folder, trip->name);
  g_autoptr (GFile) aside = get_hidden (self->run, trip->folder, trip->number ^ ASIDE);
  char how = g_file_equal (arrival, trip->source) ? RENAMED : PLACED;

  if (!thaw_remote_begin (self, trip->folder, error)
      || !note_way_back (self, trip, arrival, target, replaces, error)
      || !note_placing (self, trip, how, error))
    return FALSE;
  if (replaces
      && (!note_aside (self, aside, trip->name, error)
          || !thaw_remote_rename_to (self->run, target, aside, error)))
    return FALSE;
  if (!thaw_remote_rename_to (self->run, arrival, target, error))
    {
      if (replaces)
        thaw_remote_rename_to (NULL, aside, target, NULL);
      return FALSE;
    }
  if (replaces)
    thaw_remote_remove (NULL, aside, NULL);
  return TRUE;
}

gboolean
thaw_remote_place (ThawRemotePlacing *self,
                   ThawTrip *trip,
                   GFile *arrival,
                   gboolean replaces,
                   GError **error)
{
  return (thaw_kind_file_is_local (trip->folder)
              ? place_local
              : place_there) (self, trip, arrival, replaces, error);
}

/* --- after a crash --- */

static gboolean
is_placed_locally (ThawRemotePlacing *self, ThawTrip *trip)
{
  const ThawStep *step = thaw_finished_find (self->finished, trip->number);
  g_autoptr (ThawPlace) place = thaw_place_open (g_file_peek_path (trip->folder), NULL);
  ThawIdentity there;

  if (step == NULL || place == NULL || step->to.ino != thaw_place_get_ino (place)
      || !thaw_place_look (place, step->to.name, &there, NULL)
      || !thaw_identity_is_same (&there, &step->object))
    return FALSE;
  g_set_str (&trip->name, step->to.name);
  return TRUE;
}

/* It stepped aside for one that has, or hasn't, come. */
static void
settle_aside (ThawRun *run, GFile *aside, GFile *target)
{
  if (!thaw_remote_exists (run, aside))
    return;
  if (thaw_remote_exists (run, target))
    thaw_remote_remove (NULL, aside, NULL);
  else
    thaw_remote_rename_to (NULL, aside, target, NULL);
}

static gboolean
is_placed_there (ThawRemotePlacing *self, ThawTrip *trip)
{
  char how = PLACED;
  g_autofree char *name = dup_noted (self, trip, &how);
  g_autoptr (GFile) hidden = thaw_trip_get_hidden (self->run, trip);
  g_autoptr (GFile) aside = get_hidden (self->run, trip->folder, trip->number ^ ASIDE);
  g_autoptr (GFile) target = g_file_get_child (trip->folder, name != NULL ? name : trip->name);
  gboolean is_placed = name != NULL && thaw_remote_exists (self->run, target)
                       && !thaw_remote_exists (self->run, how == PLACED ? hidden : trip->source);

  if (is_placed)
    g_set_str (&trip->name, name);
  settle_aside (self->run, aside, target);
  return is_placed;
}

gboolean
thaw_remote_is_placed (ThawRemotePlacing *self, ThawTrip *trip)
{
  if (self->finished == NULL)
    return FALSE;
  return thaw_kind_file_is_local (trip->folder) ? is_placed_locally (self, trip)
                                                : is_placed_there (self, trip);
}

/* --- sweeping --- */

static void
sweep_file (ThawRun *run, GFile *folder, GFile *file, const char *name)
{
  g_autoptr (GFile) target = find_noted_target (run, folder, name);

  if (target != NULL)
    settle_aside (run, file, target);
  else
    thaw_remote_remove (NULL, file, NULL);
}

static void
sweep_folder (ThawRun *run, GFile *folder)
{
  g_autoptr (GFileEnumerator) children
      = g_file_enumerate_children (folder,
                                   THAW_REMOTE_ATTRIBUTES,
                                   G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                   NULL,
                                   NULL);
  GFileInfo *info;
  GFile *child;

  while (children != NULL && g_file_enumerator_iterate (children, &info, &child, NULL, NULL)
         && child != NULL)
    if (thaw_token_owns_name (thaw_run_get_token (run), g_file_info_get_name (info)))
      sweep_file (run, folder, child, g_file_info_get_name (info));
}

static void
sweep_list (ThawRun *run, const GString *list)
{
  for (gsize at = 0; at < list->len; at += strlen (list->str + at) + 1)
    {
      g_autoptr (GFile) named = g_file_new_for_uri (list->str + at);
      g_autoptr (GFile) folder = thaw_vfs_resolve (named);
      g_autoptr (GFileInfo) info = thaw_remote_query (run, folder, NULL); /* mounts */

      if (info != NULL)
        sweep_folder (run, folder);
    }
}

void
thaw_remote_sweep (ThawRun *run)
{
  for (guint i = 0;; i++)
    {
      g_autoptr (GString) list = load_list (run, i);

      if (list == NULL)
        return;
      sweep_list (run, list);
    }
}
