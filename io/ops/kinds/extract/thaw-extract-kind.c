/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Extracts the sources, which are archives, into the target folder, or each beside itself. An
 * archive becomes a new folder that is called like it, or what it has at its top if that is one
 * thing; the request's names, one for each source, say otherwise. Nothing is written into a folder
 * that was there before and nothing is replaced: what has the name of something gets a number. It
 * is unpacked into a hidden folder, made durable, and placed by one step. Options: "charset" s for
 * names that aren't UTF-8, "password" s, "large-memory" b, and the limits of thaw-extract-budget.c.
 * Interrupted, it reads the archive that it was in again, and writes what isn't there. Runs on the
 * thread of its operation. */

#include "thaw-extract-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_TRIES 20

typedef struct {
  ThawRun *run;
  ThawFinished *finished; /* nullable */
  ThawPlace *target;      /* nullable: beside each archive */
  guint n_placed;
} Extraction;

static void
extraction_clear (Extraction *self)
{
  g_clear_pointer (&self->finished, thaw_finished_free);
  g_clear_pointer (&self->target, thaw_place_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Extraction, extraction_clear)

static gboolean
extraction_init (Extraction *self, ThawRun *run, GError **error)
{
  self->run = run;
  if (thaw_operation_request_get_target (thaw_run_get_request (run)) == NULL)
    return TRUE;
  self->target = thaw_kind_open_target (run, error);
  return self->target != NULL;
}

static ThawPlace *
get_target (Extraction *self, ThawSource *source)
{
  return self->target != NULL ? self->target : source->place;
}

/* The folder that is unpacked into, and the one thing out of it, if it is only one. */
static char *
dup_hidden (Extraction *self, guint i, gboolean is_single)
{
  return thaw_token_dup_name (thaw_run_get_token (self->run), 2 * i + (is_single ? 2 : 1));
}

/* --- notes --- */

static char *
dup_key (const char *what, guint i)
{
  return g_strdup_printf ("extract-%s-%u", what, i);
}

static gboolean
put_note (Extraction *self, const char *what, guint i, const char *text, GError **error)
{
  g_autofree char *key = dup_key (what, i);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text) + 1);

  return thaw_journal_put (thaw_run_get_journal (self->run),
                           thaw_run_get_job (self->run),
                           key,
                           bytes,
                           error);
}

static char *
dup_note (Extraction *self, const char *what, guint i)
{
  g_autofree char *key = dup_key (what, i);
  g_autoptr (GBytes) bytes = thaw_journal_get (thaw_run_get_journal (self->run),
                                               thaw_run_get_job (self->run),
                                               key,
                                               NULL);

  return bytes != NULL ? g_strdup (g_bytes_get_data (bytes, NULL)) : NULL;
}

/* --- placing --- */

/* The name of the only thing in @place, NULL if there are more or none. */
static char *
find_single (ThawPlace *place)
{
  g_autoptr (GString) names = thaw_kind_list (place, NULL);

  if (names == NULL || names->len == 0 || strlen (names->str) + 1 != names->len)
    return NULL;
  return g_strdup (names->str);
}

/* A folder with one thing in it becomes that thing: *hidden is then where it is. NULL with an
 * error.
 */
static char *
choose_name (Extraction *self,
             ThawSource *source,
             guint i,
             ThawPlace *target,
             char **hidden,
             GError **error)
{
  const char *wanted = thaw_operation_request_get_name (thaw_run_get_request (self->run), i);
  g_autoptr (ThawPlace) built = NULL;
  g_autofree char *single = NULL, *out = NULL;

  if (wanted != NULL)
    return g_strdup (wanted);
  built = thaw_place_open_child (target, *hidden, error);
  if (built == NULL)
    return NULL;
  single = find_single (built);
  if (single == NULL)
    return thaw_extract_strip_extension (source->name);
  out = dup_hidden (self, i, TRUE);
  /* Should it end here, nothing else would tell what it is called. */
  if (!put_note (self, "single", i, single, error)
      || !thaw_place_rename_new (built, single, target, out, error))
    return NULL;
  unlinkat (thaw_place_get_fd (target), *hidden, AT_REMOVEDIR);
  g_free (*hidden);
  *hidden = g_steal_pointer (&out);
  return g_steal_pointer (&single);
}

static gboolean
perform (Extraction *self, ThawPlace *target, const char *hidden, const char *name, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  ThawIdentity identity;

  if (!thaw_place_look (target, hidden, &identity, error))
    return FALSE;
  g_ptr_array_add (steps, thaw_step_new_rename (target, hidden, target, name, &identity));
  return thaw_journal_perform (thaw_run_get_journal (self->run),
                               thaw_run_get_job (self->run),
                               steps,
                               THAW_STEPS_ALL_OR_NONE,
                               NULL,
                               NULL,
                               error);
}

/* Under @name or, if something has it, the next free one; also when it is taken at the last moment.
 */
static gboolean
place_as (Extraction *self, ThawPlace *target, const char *hidden, const char *name, GError **error)
{
  ThawIdentity there;
  g_autofree char *chosen = g_strdup (name);

  for (guint i = 0;; i++)
    {
      g_autoptr (GError) why = NULL;

      if (thaw_place_look (target, chosen, &there, NULL))
        {
          g_free (chosen);
          chosen = thaw_run_dup_free_name (self->run, target, name);
        }
      if (perform (self, target, hidden, chosen, &why))
        {
          g_autofree char *path = thaw_place_dup_child_path (target, chosen);

          thaw_run_add_result (self->run, path);
          self->n_placed++;
          return TRUE;
        }
      if (!g_error_matches (why, G_IO_ERROR, G_IO_ERROR_EXISTS) || i >= MAX_TRIES)
        {
          g_propagate_error (error, g_steal_pointer (&why));
          return FALSE;
        }
    }
}

/* --- one archive --- */

static int
open_archive (ThawSource *source, GError **error)
{
  struct stat st;
  /* A link to an archive is meant to be followed; a pipe must not be waited for. */
  g_autofd int fd = openat (thaw_place_get_fd (source->place),
                            source->name,
                            O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

  if (fd < 0)
    g_set_error (error,
                 G_IO_ERROR,
                 g_io_error_from_errno (errno),
                 "It can't be opened: %s",
                 g_strerror (errno));
  else if (fstat (fd, &st) != 0 || !S_ISREG (st.st_mode))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, "It isn't a file");
  else
    return g_steal_fd (&fd);
  return -1;
}

static ThawPlace *
make_hidden (ThawPlace *target, const char *hidden, GError **error)
{
  if (mkdirat (thaw_place_get_fd (target), hidden, 0700) == 0 || errno == EEXIST)
    return thaw_place_open_child (target, hidden, error);
  g_set_error (error,
               G_IO_ERROR,
               g_io_error_from_errno (errno),
               "No folder can be made: %s",
               g_strerror (errno));
  return NULL;
}

/* Whether it is the very archive that was read before, as far as one can see. */
static gboolean
note_archive (Extraction *self, int fd, guint i, gboolean *is_known, GError **error)
{
  g_autofree char *before = thaw_run_is_resumed (self->run) ? dup_note (self, "archive", i) : NULL;
  g_autofree char *now = NULL;
  ThawIdentity identity;
  struct stat st;

  *is_known = FALSE;
  if (fstat (fd, &st) != 0)
    return TRUE;
  thaw_identity_from_stat (&identity, &st);
  now = g_strdup_printf ("%" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
                         identity.ino,
                         identity.size,
                         identity.mtime_nsec);
  *is_known = g_strcmp0 (before, now) == 0;
  return *is_known || put_note (self, "archive", i, now, error);
}

/* The one thing that an interrupted run had taken out of its folder already. */
static void
put_single_back (Extraction *self, guint i, ThawPlace *target, const char *hidden)
{
  g_autofree char *out = dup_hidden (self, i, TRUE);
  g_autofree char *single = dup_note (self, "single", i);
  g_autoptr (ThawPlace) root = NULL;

  if (single == NULL || !thaw_place_look (target, out, &(ThawIdentity){ 0 }, NULL))
    return;
  root = make_hidden (target, hidden, NULL);
  if (root != NULL)
    thaw_place_rename_new (target, out, root, single, NULL);
}

/* What was left of an interrupted run is there, and can be gone on with; if not, nothing is. */
static gboolean
take_up (Extraction *self, int fd, guint i, ThawPlace *target, const char *hidden, GError **error)
{
  g_autofree char *out = dup_hidden (self, i, TRUE);
  g_autoptr (GError) local = NULL;
  ThawIdentity left;
  gboolean is_known;

  if (!note_archive (self, fd, i, &is_known, error))
    return FALSE;
  if (is_known)
    put_single_back (self, i, target, hidden);
  thaw_kind_remove_quietly (target, out);
  if (is_known && thaw_place_look (target, hidden, &left, NULL)
      && thaw_extract_left_mark (self->run, target, hidden, &local))
    return TRUE;
  if (thaw_kind_is_cancelled (local))
    g_propagate_error (error, g_steal_pointer (&local));
  else
    thaw_kind_remove_quietly (target, hidden);
  return FALSE;
}

static gboolean
unpack (Extraction *self,
        ThawSource *source,
        guint i,
        ThawPlace *target,
        const char *hidden,
        GError **error)
{
  g_autofd int fd = open_archive (source, error);
  g_autoptr (ThawPlace) root = NULL;
  g_autoptr (GError) local = NULL;
  gboolean goes_on = fd >= 0 && take_up (self, fd, i, target, hidden, &local);

  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  root = fd >= 0 ? make_hidden (target, hidden, error) : NULL;
  return root != NULL
         && thaw_extract_stream (self->run, fd, source->path, source->name, root, goes_on, error)
         && (!goes_on || thaw_extract_left_sweep (self->run, target, hidden, error));
}

static gboolean
extract (Extraction *self, ThawSource *source, guint i, char **hidden, GError **error)
{
  ThawPlace *target = get_target (self, source);
  g_autofree char *name = NULL;

  if (!unpack (self, source, i, target, *hidden, error))
    return FALSE;
  name = choose_name (self, source, i, target, hidden, error);
  return name != NULL && place_as (self, target, *hidden, name, error);
}

static gboolean
is_placed (Extraction *self, guint i)
{
  return thaw_finished_find (self->finished, 2 * i + 1) != NULL
         || thaw_finished_find (self->finished, 2 * i + 2) != NULL;
}

/* FALSE with CANCELLED only. */
static gboolean
take_source (Extraction *self, ThawSource *source, GFile *file, guint i, GError **error)
{
  g_autofree char *hidden = dup_hidden (self, i, FALSE);
  g_autofree char *shown = g_file_get_parse_name (file);
  GError *why = NULL;

  if (is_placed (self, i))
    self->n_placed++;
  else if (!thaw_kind_file_is_local (file))
    g_set_error_literal (&why,
                         G_IO_ERROR,
                         G_IO_ERROR_NOT_SUPPORTED,
                         "Only local archives can be extracted");
  else if (thaw_source_open (source, file, i, &why) && !extract (self, source, i, &hidden, &why))
    {
      g_autofree char *single = dup_hidden (self, i, TRUE);

      thaw_kind_remove_unplaced (self->run, get_target (self, source), hidden);
      thaw_kind_remove_unplaced (self->run, get_target (self, source), single);
    }
  if (why == NULL)
    {
      thaw_run_add_done (self->run, 0, 1);
      return TRUE;
    }
  if (why->domain != THAW_EXTRACT_TOLD)
    return thaw_kind_problem (self->run, source->path != NULL ? source->path : shown, why, error);
  g_error_free (why);
  return TRUE;
}

static gboolean
execute (ThawRun *run, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  g_auto (Extraction) self = { NULL };
  g_auto (ThawSource) source = { 0 };

  if (!extraction_init (&self, run, error))
    return FALSE;
  if (thaw_run_is_resumed (run) && (self.finished = thaw_finished_load (run, error)) == NULL)
    return FALSE;
  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    if (!thaw_run_check (run, error)
        || !take_source (&self, &source, thaw_operation_request_get_source (request, i), i, error))
      return FALSE;
  return TRUE;
}

/* --- planning --- */

static gboolean
plan (ThawRun *run, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  g_auto (Extraction) self = { NULL };
  g_auto (ThawSource) source = { 0 };
  ThawKindNeeds needs = { 0 };

  if (!extraction_init (&self, run, error))
    return FALSE;
  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    {
      const char *name = thaw_operation_request_get_name (request, i);
      GError *why = NULL;

      if (!thaw_run_check (run, error))
        return FALSE;
      if (thaw_kind_plan_source (run, &source, i, &why))
        {
          needs.bytes += source.identity.size;
          needs.entries++;
          if (self.target == NULL)
            thaw_kind_plan_writable (run, source.place);
          if (name != NULL)
            thaw_kind_plan_name (run, get_target (&self, &source), name);
        }
      if (why != NULL)
        {
          g_propagate_error (error, why);
          return FALSE;
        }
    }
  thaw_plan_add (thaw_run_get_plan (run), needs.bytes, needs.entries);
  if (self.target == NULL)
    return TRUE;
  thaw_kind_plan_writable (run, self.target);
  thaw_kind_plan_space (run, self.target, &needs);
  return TRUE;
}

const ThawOperationKind thaw_extract_kind = { .id = "extract", .plan = plan, .execute = execute };
