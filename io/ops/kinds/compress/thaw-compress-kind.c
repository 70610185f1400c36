/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts the sources into a new archive, the target. Options: "format" s (zip, 7z, tar, tar.gz,
 * tar.bz2, tar.xz, tar.zst; else by the target's name), "level" u, "password" s (zip),
 * "remove-originals" b. It is written under a hidden name, made durable, read back and compared
 * with what was read, and only then placed by a step, as the request's rule for files says.
 * Originals go last, by steps into the kept store (with "forget" for good), and only those of which
 * all is in the archive, as it still is. Runs on the thread of its operation. */

#include "thaw-compress-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_ATTEMPTS 16
#define MAX_TRIES 20
#define HIDDEN_ARCHIVE 1
#define HIDDEN_SPOOL 2
#define HIDDEN_ORIGINAL 3 /* and up: one for each source */

typedef struct {
  char *top; /* its name in the archive */
  ThawCompressSum identities;
  gboolean is_whole;
} Packed;

typedef struct {
  ThawRun *run;
  const char *format;
  ThawPlace *target;
  char *name; /* of the archive */
  ThawDecision decision;
  GArray *packed; /* Packed, one for each source */
  ThawKeeper keeper;
} Compression;

static void
packed_clear (gpointer data)
{
  g_free (((Packed *) data)->top);
}

static void
compression_clear (Compression *self)
{
  g_clear_pointer (&self->target, thaw_place_unref);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->packed, g_array_unref);
  thaw_keeper_clear (&self->keeper);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Compression, compression_clear)

static const char *
find_format (ThawOperationRequest *request, const char *name)
{
  static const struct {
    const char *suffix, *format;
  } table[] = {
    { ".zip", "zip" },         { ".7z", "7z" },         { ".tar", "tar" },
    { ".tar.gz", "tar.gz" },   { ".tgz", "tar.gz" },    { ".tar.bz2", "tar.bz2" },
    { ".tbz2", "tar.bz2" },    { ".tar.xz", "tar.xz" }, { ".txz", "tar.xz" },
    { ".tar.zst", "tar.zst" }, { ".tzst", "tar.zst" },
  };
  GVariant *option = thaw_operation_request_get_option (request, "format", G_VARIANT_TYPE_STRING);

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (option != NULL ? g_str_equal (g_variant_get_string (option, NULL), table[i].format)
                       : g_str_has_suffix (name, table[i].suffix))
      return table[i].format;
  return NULL;
}

static gboolean
find_target (Compression *self, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (self->run);
  GFile *target = thaw_operation_request_get_target (request);
  g_autofree char *folder = NULL;

  if (target == NULL || !thaw_kind_file_is_local (target))
    {
      g_set_error_literal (error,
                           G_IO_ERROR,
                           G_IO_ERROR_NOT_SUPPORTED,
                           "The target isn't a local file");
      return FALSE;
    }
  self->name = g_file_get_basename (target);
  folder = g_path_get_dirname (g_file_peek_path (target));
  self->target = thaw_place_open (folder, error);
  self->format = find_format (request, self->name);
  if (self->target != NULL && self->format == NULL)
    g_set_error_literal (error,
                         G_IO_ERROR,
                         G_IO_ERROR_NOT_SUPPORTED,
                         "There is no such format of archives");
  return self->target != NULL && self->format != NULL && thaw_kind_check_name (self->name, error);
}

static gboolean
compression_init (Compression *self, ThawRun *run, GError **error)
{
  self->run = run;
  self->decision = THAW_DECIDE_KEEP_BOTH;
  self->packed = g_array_new (FALSE, TRUE, sizeof (Packed));
  g_array_set_clear_func (self->packed, packed_clear);
  g_array_set_size (self->packed,
                    thaw_operation_request_get_n_sources (thaw_run_get_request (run)));
  thaw_keeper_init (&self->keeper, run);
  return find_target (self, error);
}

static char *
dup_hidden (Compression *self, guint number)
{
  return thaw_token_dup_name (thaw_run_get_token (self->run), number);
}

/* --- writing --- */

static Packed *
get_packed (Compression *self, guint i)
{
  return &g_array_index (self->packed, Packed, i);
}

/* Two sources of one name in different folders stand beside each other in the archive. */
static char *
choose_top (Compression *self, guint i, const char *name)
{
  g_autofree char *top = g_strdup (name);
  gboolean is_taken = TRUE;

  for (guint number = 2; is_taken; number++)
    {
      is_taken = FALSE;
      for (guint k = 0; k < i && !is_taken; k++)
        is_taken = g_strcmp0 (get_packed (self, k)->top, top) == 0;
      if (is_taken)
        {
          g_free (top);
          top = g_strdup_printf ("%s (%u)", name, number);
        }
    }
  return g_steal_pointer (&top);
}

static gboolean
pack_source (Compression *self, ThawCompressPack *pack, ThawSource *source, guint i, GError **error)
{
  Packed *packed = get_packed (self, i);
  guint n_problems = pack->n_problems;

  g_free (packed->top);
  packed->top = choose_top (self, i, source->name);
  packed->identities = (ThawCompressSum){ 0 };
  g_set_str (&pack->top, packed->top);
  g_set_str (&pack->top_path, source->path);
  if (!thaw_compress_walk (source->place,
                           source->name,
                           thaw_run_get_token (self->run),
                           thaw_run_get_walk_funcs (self->run, source->path),
                           thaw_compress_pack_entry,
                           pack,
                           &packed->identities,
                           &pack->n_problems,
                           error))
    return FALSE;
  packed->is_whole = pack->n_problems == n_problems;
  return TRUE;
}

static gboolean
pack_sources (Compression *self, ThawCompressPack *pack, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (self->run);
  g_auto (ThawSource) source = { 0 };

  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    {
      g_autoptr (GFile) file = thaw_operation_request_dup_source (request, i);
      g_autofree char *shown = g_file_get_parse_name (file);
      GError *why = NULL;

      if (!thaw_kind_file_is_local (file))
        g_set_error_literal (&why,
                             G_IO_ERROR,
                             G_IO_ERROR_NOT_SUPPORTED,
                             "Only local files can be archived");
      else if (thaw_source_open (&source, file, i, &why)
               && !pack_source (self, pack, &source, i, error))
        return FALSE;
      if (why != NULL && !thaw_kind_problem (self->run, shown, why, error))
        return FALSE;
    }
  return thaw_archive_finish (pack->archive, error);
}

/* A full disk: the user may make room and say "try again". */
static gboolean
ask_for_room (Compression *self, GError **error)
{
  g_autofree char *path = thaw_place_dup_child_path (self->target, self->name);
  const ThawWalkFuncs *funcs = thaw_run_get_walk_funcs (self->run, path);
  gboolean retry = FALSE;

  if (!g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_NO_SPACE)
      || !funcs->problem ("", *error, &retry, funcs->user_data) || !retry)
    return FALSE;
  g_clear_error (error);
  return TRUE;
}

static gboolean
pack_all (Compression *self, ThawCompressPack *pack, int fd, int spool, GError **error)
{
  for (guint i = 0; i < MAX_ATTEMPTS; i++)
    {
      g_autoptr (GError) why = NULL;

      if (thaw_compress_pack_start (pack, fd, spool, &why) && pack_sources (self, pack, &why))
        return TRUE;
      if (!pack->must_restart && !ask_for_room (self, &why))
        {
          g_propagate_error (error, g_steal_pointer (&why));
          return FALSE;
        }
    }
  g_set_error_literal (error,
                       G_IO_ERROR,
                       G_IO_ERROR_FAILED,
                       "Too many files changed while they were read");
  return FALSE;
}

static gboolean
fail_errno (GError **error, const char *what)
{
  g_set_error (error,
               G_IO_ERROR,
               g_io_error_from_errno (errno),
               "The archive can't be %s: %s",
               what,
               g_strerror (errno));
  return FALSE;
}

static int
open_spool (Compression *self, GError **error)
{
  g_autofree char *name = dup_hidden (self, HIDDEN_SPOOL);
  int fd = -1;

  thaw_kind_remove_quietly (self->target, name);
  if (mkdirat (thaw_place_get_fd (self->target), name, 0700) == 0)
    fd = openat (thaw_place_get_fd (self->target),
                 name,
                 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    fail_errno (error, "written");
  return fd;
}

/* As a file that the user made would have it. */
static gboolean
make_durable (Compression *self, int fd, GError **error)
{
  struct stat st;
  g_autofree char *status = NULL;
  const char *line = NULL;
  mode_t mask = 022;

  if (g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    line = strstr (status, "\nUmask:\t");
  if (line != NULL)
    mask = (mode_t) g_ascii_strtoull (line + strlen ("\nUmask:\t"), NULL, 8);
  (void) !fchmod (fd, 0666 & ~mask);
  if (fstat (fd, &st) != 0)
    return fail_errno (error, "written");
  return thaw_disk_sync (fd,
                         THAW_SYNC_FILE,
                         thaw_run_get_walk_funcs (self->run, ""),
                         thaw_place_get_path (self->target),
                         error);
}

static gboolean
write_archive (Compression *self, ThawCompressPack *pack, int fd, int spool, GError **error)
{
  return pack_all (self, pack, fd, spool, error) && make_durable (self, fd, error)
         && thaw_compress_verify (pack, fd, error);
}

static gboolean
build (Compression *self, const char *hidden, GError **error)
{
  gboolean spools = g_str_equal (self->format, "7z");
  g_auto (ThawCompressPack) pack = { NULL };
  g_autofd int spool = spools ? open_spool (self, error) : -1;
  g_autofd int fd = -1;
  g_autoptr (GError) why = NULL;
  g_autofree char *path = thaw_place_dup_child_path (self->target, self->name);
  const char *password;

  if ((spools && spool < 0) || !thaw_run_get_password (self->run, path, &password, error))
    return FALSE;
  fd = openat (thaw_place_get_fd (self->target),
               hidden,
               O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
               0600);
  if (fd < 0)
    return fail_errno (error, "made");
  thaw_compress_pack_init (&pack, self->run, self->format, password);
  if (write_archive (self, &pack, fd, spool, &why))
    return TRUE;
  /* What it takes for composed might not be what libarchive does. */
  if (pack.is_zip && g_error_matches (why, G_IO_ERROR, G_IO_ERROR_INVALID_DATA))
    {
      g_clear_error (&why);
      pack.all_raw = TRUE;
      if (write_archive (self, &pack, fd, spool, &why))
        return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

/* --- placing --- */

static ThawStep *
make_step (Compression *self, const char *hidden, const char *name, GError **error)
{
  ThawIdentity built, there;
  ThawStep *step;

  if (!thaw_place_look (self->target, hidden, &built, error))
    return NULL;
  if (self->decision != THAW_DECIDE_REPLACE || !thaw_place_look (self->target, name, &there, NULL)
      || !S_ISREG (there.mode))
    return thaw_step_new_rename (self->target, hidden, self->target, name, &built);
  step = thaw_kind_step_new (THAW_STEP_REPLACE, self->target, hidden, self->target, name, &built);
  step->old = there;
  thaw_keeper_reserve (&self->keeper, self->target, name, there.size, &step->kept);
  return step;
}

static gboolean
perform (Compression *self, ThawStep *step, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);

  if (step == NULL)
    return FALSE;
  g_ptr_array_add (steps, step);
  return thaw_journal_perform (thaw_run_get_journal (self->run),
                               thaw_run_get_job (self->run),
                               steps,
                               THAW_STEPS_ALL_OR_NONE,
                               NULL,
                               NULL,
                               error);
}

static gboolean
place (Compression *self, const char *hidden, GError **error)
{
  g_autofree char *name = g_strdup (self->name);

  for (guint i = 0;; i++)
    {
      g_autoptr (GError) why = NULL;

      if (perform (self, make_step (self, hidden, name, &why), &why))
        {
          g_autofree char *path = thaw_place_dup_child_path (self->target, name);

          thaw_run_add_result (self->run, path);
          return TRUE;
        }
      if (!g_error_matches (why, G_IO_ERROR, G_IO_ERROR_EXISTS) || i >= MAX_TRIES)
        {
          g_propagate_error (error, g_steal_pointer (&why));
          return FALSE;
        }
      g_free (name);
      name = thaw_run_dup_free_name (self->run, self->target, self->name);
    }
}

/* Asked before all the work, not after. *skips: it isn't wanted. */
static gboolean
decide (Compression *self, gboolean *skips, GError **error)
{
  g_autofree char *path = thaw_place_dup_child_path (self->target, self->name);
  ThawIdentity there;
  ThawIdentity made = { .mode = S_IFREG, .mtime_nsec = g_get_real_time () * 1000 };

  *skips = FALSE;
  if (!thaw_place_look (self->target, self->name, &there, NULL))
    return TRUE;
  if (!thaw_run_decide (self->run, path, &made, path, &there, &self->decision, error))
    return FALSE;
  *skips = self->decision == THAW_DECIDE_SKIP;
  return TRUE;
}

/* --- originals --- */

static gboolean
is_unchanged (Compression *self, ThawPlace *folder, const char *name, const Packed *packed)
{
  const ThawWalkFuncs funcs = { NULL };
  ThawCompressSum now = { 0 };
  guint n_left_out = 0;

  return thaw_compress_walk (folder,
                             name,
                             thaw_run_get_token (self->run),
                             &funcs,
                             NULL,
                             NULL,
                             &now,
                             &n_left_out,
                             NULL)
         && n_left_out == 0 && thaw_compress_sum_equals (&now, &packed->identities);
}

static gboolean
keep (Compression *self, ThawSource *source, GError **error)
{
  g_autoptr (ThawStep) step = thaw_step_new_rename (source->place,
                                                    source->name,
                                                    source->place,
                                                    source->name,
                                                    &source->identity);
  const ThawWalkFuncs funcs = { NULL };
  ThawMeasure measure = { 0 };

  if (!thaw_disk_measure (source->place, source->name, &funcs, &measure, error))
    return FALSE;
  if (thaw_keeper_reserve (&self->keeper,
                           source->place,
                           source->name,
                           measure.allocated,
                           &step->to))
    return perform (self, g_steal_pointer (&step), error);
  g_set_error_literal (error,
                       G_IO_ERROR,
                       G_IO_ERROR_NO_SPACE,
                       "It can't be kept for undoing, so it was left where it is");
  return FALSE;
}

/* Out of everybody's way first, so that nothing can come to it between the last look and its end.
 */
static gboolean
forget (Compression *self, ThawSource *source, guint i, const Packed *packed, GError **error)
{
  g_autofree char *hidden = dup_hidden (self, HIDDEN_ORIGINAL + i);
  ThawStep *gone = thaw_kind_step_new (THAW_STEP_GONE,
                                       source->place,
                                       source->name,
                                       source->place,
                                       source->name,
                                       &source->identity);

  if (!perform (self, gone, error)
      || !thaw_place_rename_new (source->place, source->name, source->place, hidden, error))
    return FALSE;
  if (is_unchanged (self, source->place, hidden, packed))
    return thaw_disk_remove (source->place,
                             hidden,
                             NULL,
                             NULL,
                             thaw_run_get_walk_funcs (self->run, source->path),
                             error);
  thaw_place_rename_new (source->place, hidden, source->place, source->name, NULL);
  g_set_error_literal (error,
                       G_IO_ERROR,
                       G_IO_ERROR_FAILED,
                       "It was changed, so it was left where it is");
  return FALSE;
}

static gboolean
remove_original (Compression *self, ThawSource *source, guint i, GError **error)
{
  const Packed *packed = get_packed (self, i);

  if (!packed->is_whole)
    g_set_error_literal (error,
                         G_IO_ERROR,
                         G_IO_ERROR_FAILED,
                         "Not all of it is in the archive, so it was left where it is");
  else if (!is_unchanged (self, source->place, source->name, packed))
    g_set_error_literal (error,
                         G_IO_ERROR,
                         G_IO_ERROR_FAILED,
                         "It was changed, so it was left where it is");
  else
    return self->keeper.forgets ? forget (self, source, i, packed, error)
                                : keep (self, source, error);
  return FALSE;
}

static gboolean
remove_originals (Compression *self, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (self->run);
  g_auto (ThawSource) source = { 0 };

  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    {
      g_autoptr (GFile) file = thaw_operation_request_dup_source (request, i);
      g_autofree char *shown = g_file_get_parse_name (file);
      GError *why = NULL;

      if (!thaw_run_check (self->run, error))
        return FALSE;
      if (get_packed (self, i)->top == NULL)
        continue;
      if ((!thaw_source_open (&source, file, i, &why) || !remove_original (self, &source, i, &why))
          && !thaw_kind_problem (self->run, shown, why, error))
        return FALSE;
    }
  return TRUE;
}

/* --- the operation --- */

static gboolean
compress (Compression *self, GError **error)
{
  g_autofree char *hidden = dup_hidden (self, HIDDEN_ARCHIVE);
  g_autofree char *spool = dup_hidden (self, HIDDEN_SPOOL);
  gboolean good;

  thaw_kind_remove_quietly (self->target, hidden);
  good = build (self, hidden, error) && place (self, hidden, error);
  if (!good)
    thaw_kind_remove_unplaced (self->run, self->target, hidden);
  thaw_kind_remove_quietly (self->target, spool);
  return good;
}

static gboolean
execute (ThawRun *run, GError **error)
{
  g_auto (Compression) self = { NULL };
  gboolean skips;

  if (!compression_init (&self, run, error))
    return FALSE;
  if (thaw_run_is_resumed (run))
    {
      g_autoptr (ThawFinished) finished = thaw_finished_load (run, error);

      if (finished == NULL)
        return FALSE;
      /* What of the originals is left stays: there is nobody any more who knows that it is what was
       * packed. */
      if (thaw_finished_find (finished, HIDDEN_ARCHIVE) != NULL)
        return TRUE;
    }
  if (!decide (&self, &skips, error))
    return FALSE;
  if (skips)
    return TRUE;
  return compress (&self, error)
         && (!thaw_operation_request_get_flag (thaw_run_get_request (run), "remove-originals")
             || remove_originals (&self, error));
}

static gboolean
plan_source (Compression *self, ThawSource *source, guint i, ThawKindNeeds *needs, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (self->run);
  GError *why = NULL;

  if (!thaw_kind_plan_source (self->run, source, i, &why)
      || !thaw_kind_measure (self->run, source, needs, &why))
    {
      if (why == NULL)
        return TRUE;
      g_propagate_error (error, why);
      return FALSE;
    }
  if (!thaw_operation_request_get_flag (request, "remove-originals"))
    return TRUE;
  thaw_kind_plan_removable (self->run, source);
  if (thaw_identity_is_folder (&source->identity)
      && thaw_kind_is_within (self->target, &source->identity))
    thaw_plan_add_finding (thaw_run_get_plan (self->run),
                           THAW_FINDING_INTO_ITSELF,
                           TRUE,
                           source->path,
                           "The archive would go with the folder that it is in");
  return TRUE;
}

static gboolean
plan (ThawRun *run, GError **error)
{
  ThawOperationRequest *request = thaw_run_get_request (run);
  g_auto (Compression) self = { NULL };
  g_auto (ThawSource) source = { 0 };
  ThawKindNeeds needs = { 0 };
  ThawIdentity there;

  if (!compression_init (&self, run, error))
    return FALSE;
  for (guint i = 0; i < thaw_operation_request_get_n_sources (request); i++)
    if (!thaw_run_check (run, error) || !plan_source (&self, &source, i, &needs, error))
      return FALSE;
  thaw_plan_add (thaw_run_get_plan (run), needs.bytes, needs.entries);
  thaw_kind_plan_writable (run, self.target);
  thaw_kind_plan_name (run, self.target, self.name);
  if (thaw_place_look (self.target, self.name, &there, NULL))
    {
      g_autofree char *path = thaw_place_dup_child_path (self.target, self.name);

      thaw_plan_add_finding (thaw_run_get_plan (run),
                             THAW_FINDING_CONFLICT,
                             FALSE,
                             path,
                             "There is something of this name");
    }
  return TRUE;
}

const ThawOperationKind thaw_compress_kind = { .id = "compress", .plan = plan, .execute = execute };
