/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Moves the sources into the trash of the volume that each is on, by steps of the journal: the
 * .trashinfo first, whole and on the device, then one rename. Nothing is copied: where there can be
 * no trash, or a rename doesn't lead there, the source stays and is a problem. Undoing it is the
 * same steps backwards. What isn't local is left to GIO's own trash, without undo. Runs on the
 * thread of its operation. */

#include "../common/thaw-remote-private.h"
#include "thaw-trash-private.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Steps in one go: what is synchronised is so once for all of them, and cancelling waits for one
 * go. */
#define MIN_BATCH 64
#define FIRST_BATCH 256
#define MAX_BATCH 4096
#define BATCH_USEC 60000
#define NAME_MAX_BYTES (255 - strlen (THAW_TRASH_SUFFIX))
#define MAX_TRIES 100000

typedef struct {
  ThawRun *run;
  ThawFinished *finished; /* nullable */
  GHashTable *trashes;    /* folder's path → ThawTrash, or NULL where there is none */
  GHashTable *numbers; /* "inode of files/name" → the number that it was given last, as a pointer */
  GHashTable *picked; /* "inode of files/name" that was given in this run */
  GPtrArray *steps;
  GHashTable *going; /* paths, links resolved: what the steps are about */
  guint batch;       /* so many steps are about as many as the disk does in BATCH_USEC */
} Trashing;

static void
trash_free_nullable (gpointer trash)
{
  thaw_trash_free (trash);
}

static void
trashing_clear (Trashing *self)
{
  g_clear_pointer (&self->finished, thaw_finished_free);
  g_clear_pointer (&self->trashes, g_hash_table_unref);
  g_clear_pointer (&self->numbers, g_hash_table_unref);
  g_clear_pointer (&self->picked, g_hash_table_unref);
  g_clear_pointer (&self->steps, g_ptr_array_unref);
  g_clear_pointer (&self->going, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Trashing, trashing_clear)

static void
trashing_init (Trashing *self, ThawRun *run)
{
  self->run = run;
  self->trashes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, trash_free_nullable);
  self->numbers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->picked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  self->going = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->batch = FIRST_BATCH;
}

/* What an interrupted attempt was about to write of things that are still in their places. */
static void
sweep_infos (ThawRun *run, ThawTrash *trash)
{
  g_autoptr (GString) names = thaw_kind_list (trash->info, NULL);

  for (gsize at = 0; names != NULL && at < names->len; at += strlen (names->str + at) + 1)
    if (thaw_token_owns_name (thaw_run_get_token (run), names->str + at))
      thaw_kind_remove_quietly (trash->info, names->str + at);
}

static ThawTrash *
find_trash (Trashing *self, ThawPlace *place, GError **error)
{
  const char *path = thaw_place_get_path (place);
  ThawTrash *trash = g_hash_table_lookup (self->trashes, path);

  if (trash != NULL)
    return trash;
  trash = thaw_trash_find (place, error);
  if (trash == NULL)
    return NULL;
  if (thaw_run_is_resumed (self->run))
    sweep_infos (self->run, trash);
  g_hash_table_insert (self->trashes, g_strdup (path), trash);
  return trash;
}

/* --- planning --- */

/* The folder of the source before: most are of one. */
typedef struct {
  ThawPlace *place;
  gboolean has_trash, lets_go;
} Folder;

static void
look_at_folder (Folder *self, ThawPlace *place)
{
  if (self->place == place)
    return;
  g_clear_pointer (&self->place, thaw_place_unref);
  self->place = thaw_place_ref (place);
  self->has_trash = thaw_trash_is_possible (place);
  self->lets_go = faccessat (thaw_place_get_fd (place), ".", W_OK | X_OK, AT_EACCESS) == 0;
}

static gboolean
plan_source (ThawRun *run, ThawSource *source, Folder *folder, guint i, GError **error)
{
  GError *why = NULL;

  if (!thaw_kind_plan_source (run, source, i, &why))
    {
      if (why != NULL)
        g_propagate_error (error, why);
      return why == NULL;
    }
  look_at_folder (folder, source->place);
  if (!folder->has_trash)
    thaw_plan_add_finding (thaw_run_get_plan (run),
                           THAW_FINDING_NO_PERMISSION,
                           FALSE,
                           source->path,
                           "There can be no trash on this device");
  if (!folder->lets_go)
    thaw_kind_plan_removable (run, source);
  thaw_plan_add (thaw_run_get_plan (run), 0, 1);
  return TRUE;
}

static gboolean
plan_all (ThawRun *run, Folder *folder, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  g_auto (ThawSource) source = { 0 };

  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    {
      if (!thaw_run_check (run, error))
        return FALSE;
      if (!thaw_kind_source_is_local (run, i))
        thaw_plan_add (thaw_run_get_plan (run), 0, 1);
      else if (!plan_source (run, &source, folder, i, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
plan (ThawRun *run, GError **error)
{
  Folder folder = { NULL };
  gboolean goes_on = plan_all (run, &folder, error);

  g_clear_pointer (&folder.place, thaw_place_unref);
  return goes_on;
}

/* --- names --- */

/* At most so many bytes, and no half character at the end. */
static gsize
cut (const char *name, gsize room)
{
  gsize end = strlen (name);

  if (end <= room)
    return end;
  if (g_utf8_validate (name, (gssize) end, NULL))
    for (end = room; end > 0 && ((guchar) name[end] & 0xc0) == 0x80; end--)
      ;
  return MIN (end, room);
}

/* "notes.2.txt", so that it still is a text. */
static char *
number_name (const char *name, guint number)
{
  const char *dot = strrchr (name, '.');
  g_autofree char *base = NULL, *suffix = NULL;

  if (dot == NULL || dot == name || strlen (dot) > 16)
    dot = name + strlen (name);
  base = g_strndup (name, dot - name);
  suffix = number > 1 ? g_strdup_printf (".%u%s", number, dot) : g_strdup (dot);
  return g_strdup_printf ("%.*s%s",
                          (int) cut (base, NAME_MAX_BYTES - strlen (suffix)),
                          base,
                          suffix);
}

static gboolean
is_free (ThawTrash *trash, const char *name)
{
  g_autofree char *info_name = thaw_trash_info_name (name);
  ThawIdentity identity;

  return !thaw_place_look (trash->files, name, &identity, NULL)
         && !thaw_place_look (trash->info, info_name, &identity, NULL);
}

static char *
make_key (ThawTrash *trash, const char *name)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT "/%s", thaw_place_get_ino (trash->files), name);
}

/* Two long names may be the same when they are cut. */
static gboolean
take_name (Trashing *self, ThawTrash *trash, const char *name)
{
  return is_free (trash, name) && g_hash_table_add (self->picked, make_key (trash, name));
}

/* A name that neither the trash nor this run has used: what is asked for again goes on counting
 * where it stopped. */
static char *
pick_name (Trashing *self, ThawTrash *trash, const char *name)
{
  g_autofree char *key = make_key (trash, name);
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers, key)) + 1;
  g_autofree char *picked = number_name (name, number);

  while (!take_name (self, trash, picked) && number < MAX_TRIES)
    {
      g_free (picked);
      picked = number_name (name, ++number);
    }
  if (number > 1)
    g_hash_table_insert (self->numbers, g_steal_pointer (&key), GUINT_TO_POINTER (number));
  return g_steal_pointer (&picked);
}

/* --- executing --- */

static ThawStep *
make_step (Trashing *self, ThawTrash *trash, ThawSource *source)
{
  g_autofree char *name = pick_name (self, trash, source->name);
  g_autofree char *info_name = thaw_trash_info_name (name);
  g_autofree char *path = thaw_place_dup_child_path (source->place, source->name);
  ThawStep *step
      = thaw_step_new_rename (source->place, source->name, trash->files, name, &source->identity);

  step->info = thaw_place_dup_child_path (trash->info, info_name);
  step->info_text = thaw_trash_info_make (trash, path, g_get_real_time ());
  return step;
}

static void
learn_batch (Trashing *self, gint64 took_usec)
{
  if (took_usec < BATCH_USEC && self->steps->len >= self->batch)
    self->batch = MIN (self->batch * 2, MAX_BATCH);
  else if (took_usec > 2 * BATCH_USEC)
    self->batch = MAX (self->batch / 2, MIN_BATCH);
}

static gboolean
flush (Trashing *self, GError **error)
{
  gint64 begun_usec = g_get_monotonic_time ();
  gboolean good
      = self->steps->len == 0 || thaw_run_perform (self->run, self->steps, THAW_STEPS_EACH, error);

  learn_batch (self, g_get_monotonic_time () - begun_usec);
  g_ptr_array_set_size (self->steps, 0);
  g_hash_table_remove_all (self->going);
  g_hash_table_remove_all (self->picked); /* they are in the trash now, where they are seen */
  return good;
}

/* Whether the thing, or a folder that it is in, is in the batch already. */
static gboolean
is_going (Trashing *self, const char *path)
{
  g_autofree char *ancestor = g_strdup (path);
  char *slash;

  while (!g_hash_table_contains (self->going, ancestor))
    {
      slash = strrchr (ancestor, G_DIR_SEPARATOR);
      if (slash == NULL)
        return FALSE;
      *slash = '\0';
    }
  return TRUE;
}

/* What is in a folder that goes too must not be reached by the descriptor that is open: it could
 * never be put back by the path that it had then. */
static gboolean
is_there_still (Trashing *self, ThawSource *source, GError **why, GError **error)
{
  g_autofree char *path = thaw_place_dup_child_path (source->place, source->name);
  g_autoptr (ThawPlace) place = NULL;

  if (!is_going (self, path))
    {
      g_hash_table_add (self->going, g_steal_pointer (&path));
      return TRUE;
    }
  if (!flush (self, error))
    return FALSE;
  g_hash_table_add (self->going, g_steal_pointer (&path));
  place = thaw_place_open (thaw_place_get_path (source->place), why);
  return place != NULL && thaw_place_look (place, source->name, NULL, why);
}

static gboolean
trash_local (Trashing *self, ThawSource *source, GFile *file, guint i, GError **error)
{
  GError *why = NULL, *broken = NULL;
  ThawTrash *trash = NULL;

  if (thaw_source_open (source, file, i, &why))
    {
      if (is_there_still (self, source, &why, &broken))
        trash = find_trash (self, source->place, &why);
    }
  else if (source->place != NULL
           && thaw_finished_has_left (self->finished, source->place, source->name))
    {
      g_error_free (why);
      return TRUE;
    }
  if (broken != NULL)
    {
      g_propagate_error (error, broken);
      return FALSE;
    }
  if (trash == NULL)
    return thaw_kind_problem (self->run, source->path, why, error);
  g_ptr_array_add (self->steps, make_step (self, trash, source));
  return self->steps->len < self->batch || flush (self, error);
}

static gboolean
execute (ThawRun *run, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  g_auto (Trashing) self = { NULL };
  g_auto (ThawSource) source = { 0 };

  trashing_init (&self, run);
  if (thaw_run_is_resumed (run) && (self.finished = thaw_finished_load (run, error)) == NULL)
    return FALSE;
  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    {
      g_autoptr (GFile) file = thaw_operation_request_dup_source (request, i);

      if (!thaw_run_check (run, error)
          || !(thaw_kind_file_is_local (file) ? trash_local (&self, &source, file, i, error)
                                              : thaw_remote_trash (run, file, error)))
        return FALSE;
    }
  return flush (&self, error);
}

const ThawOperationKind thaw_trash_kind = {
  .id = "trash",
  .plan = plan,
  .execute = execute,
  .is_light = TRUE,
};
