/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trying again what failed. A job that is over has its request, its steps and a list of problems,
 * which are paths; out of these comes a request for just what failed, which the same kind carries
 * out as steps of the same job. What failed inside of a folder goes to where that folder's copy is
 * now, which the steps tell. Hidden names get a token of their own, noted with the request, so that
 * a crash in the middle is an interrupted job like any other. On the operation's thread. */

#include "thaw-run-private.h"

#include <string.h>

#define NOTE "retry"
#define NOTE_TYPE "(sv)"
#define PROBLEM_TYPE "(aysis)"

typedef struct {
  ThawOperationRequest *original, *request;
  GHashTable *by_path; /* of a source, as the user and as the kernel call it → index + 1 */
  GHashTable *placed;  /* index + 1 → path that the source has become */
  GHashTable *taken;   /* paths that are in the request already */
  GPtrArray *uris;     /* char *: what failed of the addresses that the original was about */
  GVariantBuilder into;
  gboolean has_into, has_names;
} Retry;

/* --- what the first attempt was about --- */

static char *
dup_resolved (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (ThawPlace) place = thaw_place_open (folder, NULL);

  return place != NULL ? thaw_place_dup_child_path (place, name) : NULL;
}

static void
note_path (Retry *self, char *path, guint i)
{
  if (path == NULL || g_hash_table_contains (self->by_path, path))
    g_free (path);
  else
    g_hash_table_insert (self->by_path, path, GUINT_TO_POINTER (i + 1));
}

/* Where a source has gone, unless another name was found for it. */
static char *
dup_default_target (ThawOperationRequest *request, guint i)
{
  GFile *target = thaw_operation_request_get_target (request);
  const char *name = thaw_operation_request_get_name (request, i);
  g_autofree char *own = g_file_get_basename (thaw_operation_request_get_source (request, i));

  if (target == NULL || g_file_peek_path (target) == NULL)
    return NULL;
  return g_build_filename (g_file_peek_path (target), name != NULL ? name : own, NULL);
}

static guint
number_of_name (const char *name)
{
  return (guint) g_ascii_strtoull (strrchr (name, '-') + 1, NULL, 10);
}

/* By the hidden names of the first attempt, whose numbers are those of its sources. */
static void
find_placed (Retry *self, const char *token, GPtrArray *steps)
{
  guint n = thaw_operation_request_get_n_sources (self->original);

  for (guint i = 0; i < steps->len; i++)
    {
      const ThawStep *step = g_ptr_array_index (steps, i);
      guint number;

      if (step->from.name == NULL || step->to.name == NULL
          || !thaw_token_owns_name (token, step->from.name))
        continue;
      number = number_of_name (step->from.name);
      if (number < n)
        g_hash_table_insert (self->placed,
                             GUINT_TO_POINTER (number + 1),
                             g_build_filename (step->to.folder, step->to.name, NULL));
    }
}

/* Both of the user's names and the kernel's; the one that problems are told by depends on where
 * they were found. Sources come before targets: a path may be both. */
static void
find_paths (Retry *self)
{
  guint n = thaw_operation_request_get_n_sources (self->original);
  g_autofree char *folder = NULL, *resolved = NULL;

  for (guint i = 0; i < n; i++)
    {
      GFile *file = thaw_operation_request_get_source (self->original, i);
      g_autofree char *path = thaw_run_dup_file_path (file);
      g_autofree char *parent = g_path_get_dirname (path);
      g_autofree char *name = g_path_get_basename (path);

      if (g_file_peek_path (file) != NULL && g_strcmp0 (parent, folder) != 0)
        {
          g_set_str (&folder, parent);
          g_free (resolved);
          resolved = dup_resolved (path);
          if (resolved != NULL)
            *strrchr (resolved, '/') = '\0';
        }
      note_path (self, g_steal_pointer (&path), i);
      if (g_file_peek_path (file) != NULL && resolved != NULL)
        note_path (self, g_build_filename (*resolved != '\0' ? resolved : "/", name, NULL), i);
    }
  for (guint i = 0; i < n; i++)
    {
      const char *placed = g_hash_table_lookup (self->placed, GUINT_TO_POINTER (i + 1));

      note_path (self, g_strdup (placed), i);
      note_path (self, dup_default_target (self->original, i), i);
    }
}

/* *rest: what is below the source on the way to @path, "" for the source itself. */
static gboolean
find_source (Retry *self, const char *path, guint *index, const char **rest)
{
  g_autofree char *above = g_strdup (path);
  char *slash;

  for (;;)
    {
      gpointer found = g_hash_table_lookup (self->by_path, above);

      if (found != NULL)
        {
          *index = GPOINTER_TO_UINT (found) - 1;
          *rest = path + strlen (above);
          *rest += strspn (*rest, "/");
          return TRUE;
        }
      slash = strrchr (above, '/');
      if (slash == NULL || slash == above)
        return FALSE;
      *slash = '\0';
    }
}

/* --- the new request --- */

static gboolean
is_kind (Retry *self, const char *id)
{
  return strcmp (thaw_operation_request_get_kind (self->original), id) == 0;
}

/* FALSE: it is in already. Either all sources have names, or none. */
static gboolean
add_source (Retry *self, GFile *file, const char *name, const char *into)
{
  g_autofree char *path = thaw_run_dup_file_path (file);
  g_autofree char *own = name == NULL ? g_file_get_basename (file) : NULL;

  if (!g_hash_table_add (self->taken, g_steal_pointer (&path)))
    return FALSE;
  thaw_operation_request_add_source (self->request, file);
  if (self->has_names)
    thaw_operation_request_add_name (self->request, name != NULL ? name : own);
  self->has_into = self->has_into || *into != '\0';
  g_variant_builder_add (&self->into, "^ay", into);
  return TRUE;
}

/* The source as it was asked for; a folder of it that was made before is its own. */
static void
add_whole (Retry *self, guint i, gboolean merges)
{
  if (merges)
    thaw_operation_request_set_rule (self->request, THAW_CONFLICT_FOLDER, THAW_RULE_MERGE);
  add_source (self,
              thaw_operation_request_get_source (self->original, i),
              thaw_operation_request_get_name (self->original, i),
              "");
}

static char *
dup_placed (Retry *self, guint i)
{
  const char *placed = g_hash_table_lookup (self->placed, GUINT_TO_POINTER (i + 1));

  return placed != NULL ? g_strdup (placed) : dup_default_target (self->original, i);
}

static GFile *
get_inner (Retry *self, guint i, const char *rest)
{
  return g_file_resolve_relative_path (thaw_operation_request_get_source (self->original, i), rest);
}

/* Something in a source that was copied: into the folder that the one it is in has become. FALSE:
 * that isn't known. */
static gboolean
add_inner (Retry *self, guint i, const char *rest)
{
  g_autoptr (GFile) file = get_inner (self, i, rest);
  g_autofree char *placed = dup_placed (self, i);
  g_autofree char *path = placed != NULL ? g_build_filename (placed, rest, NULL) : NULL;
  g_autofree char *folder = path != NULL ? g_path_get_dirname (path) : NULL;

  if (folder == NULL)
    return FALSE;
  thaw_operation_request_set_rule (self->request, THAW_CONFLICT_FOLDER, THAW_RULE_MERGE);
  add_source (self, file, NULL, folder);
  return TRUE;
}

/* What is there by now of a source that was copied is left alone. */
static void
add_rest_of_copy (Retry *self, guint i)
{
  thaw_operation_request_set_rule (self->request, THAW_CONFLICT_FILE, THAW_RULE_SKIP);
  add_whole (self, i, TRUE);
}

static void
add_inside (Retry *self, guint i, const char *rest)
{
  gboolean copies = is_kind (self, "copy") || is_kind (self, "duplicate");
  g_autoptr (GFile) file = get_inner (self, i, rest);

  if (is_kind (self, "attributes"))
    add_source (self, file, NULL, ""); /* it works on a tree where it is */
  else if (!copies)
    add_whole (self, i, is_kind (self, "move"));
  else if (!add_inner (self, i, rest))
    add_rest_of_copy (self, i);
}

/* Of a download, which has addresses instead of sources. */
static gboolean
add_uri (Retry *self, const char *path)
{
  GVariant *option = thaw_operation_request_get_option (self->original,
                                                        "uris",
                                                        G_VARIANT_TYPE_STRING_ARRAY);
  g_autofree const char **uris = option != NULL ? g_variant_get_strv (option, NULL) : NULL;

  if (uris == NULL || !g_strv_contains (uris, path))
    return FALSE;
  if (!g_ptr_array_find_with_equal_func (self->uris, path, g_str_equal, NULL))
    g_ptr_array_add (self->uris, g_strdup (path));
  return TRUE;
}

/* FALSE: there is nothing in the request that it could belong to. */
static gboolean
add_problem (Retry *self, const char *path)
{
  guint i, n = thaw_operation_request_get_n_sources (self->original);
  const char *rest;

  if (add_uri (self, path))
    return TRUE;
  if (find_source (self, path, &i, &rest))
    {
      if (*rest == '\0')
        add_whole (self, i, FALSE);
      else
        add_inside (self, i, rest);
      return TRUE;
    }
  /* It is about the whole. */
  if (n > 1)
    return FALSE;
  if (n == 1)
    add_whole (self, 0, is_kind (self, "move"));
  return TRUE;
}

static ThawOperationRequest *
new_like (ThawOperationRequest *original)
{
  ThawOperationRequest *request
      = thaw_operation_request_new (thaw_operation_request_get_kind (original));

  thaw_operation_request_set_target (request, thaw_operation_request_get_target (original));
  for (guint i = 0; i < THAW_N_CONFLICTS; i++)
    thaw_operation_request_set_rule (request, i, thaw_operation_request_get_rule (original, i));
  thaw_operation_request_copy_options (request, original);
  return request;
}

static void
retry_init (Retry *self, ThawOperationRequest *original, const char *token, GPtrArray *steps)
{
  *self = (Retry){ .original = original, .request = new_like (original) };
  self->by_path = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->placed = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->has_names = thaw_operation_request_get_name (original, 0) != NULL;
  self->uris = g_ptr_array_new_with_free_func (g_free);
  g_variant_builder_init (&self->into, G_VARIANT_TYPE_BYTESTRING_ARRAY);
  find_placed (self, token, steps);
  find_paths (self);
}

/* Gives the request away. */
static ThawOperationRequest *
retry_end (Retry *self)
{
  GVariant *into = g_variant_ref_sink (g_variant_builder_end (&self->into));
  guint i = 0;
  const char *name;

  if (self->has_into)
    thaw_operation_request_set_option (self->request, "into", into);
  if (self->uris->len > 0)
    thaw_operation_request_set_option (
        self->request,
        "uris",
        g_variant_new_strv ((const char *const *) self->uris->pdata, self->uris->len));
  /* Without sources the names are all that there is: "create". */
  while (thaw_operation_request_get_n_sources (self->original) == 0
         && (name = thaw_operation_request_get_name (self->original, i++)) != NULL)
    thaw_operation_request_add_name (self->request, name);
  g_variant_unref (into);
  g_hash_table_unref (self->by_path);
  g_hash_table_unref (self->placed);
  g_hash_table_unref (self->taken);
  g_ptr_array_unref (self->uris);
  return g_steal_pointer (&self->request);
}

/* --- which problems --- */

static gboolean
is_wanted (ThawRun *self, const char *path)
{
  return self->retry_paths == NULL
         || g_strv_contains ((const char *const *) self->retry_paths, path);
}

static ThawProblem *
problem_from_variant (GVariant *value)
{
  ThawProblem *problem = g_new0 (ThawProblem, 1);
  const char *domain, *message;
  int code;

  g_variant_get (value, "(^ay&si&s)", &problem->path, &domain, &code, &message);
  problem->error = g_error_new_literal (g_quark_from_string (domain), code, message);
  return problem;
}

/* Those that are to be tried again into run->retried, the others into its notes. */
static void
sort_problems (ThawRun *self, GVariant *problems, Retry *retry)
{
  gsize n = problems != NULL ? g_variant_n_children (problems) : 0;

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) value = g_variant_get_child_value (problems, i);
      ThawProblem *problem = problem_from_variant (value);

      if (is_wanted (self, problem->path) && add_problem (retry, problem->path))
        g_ptr_array_add (self->retried, problem);
      else
        {
          thaw_run_note_left_over (self, problem->path, problem->error);
          thaw_problem_free (problem);
        }
    }
}

static GVariant *
get_problems (const ThawJournalRecord *record)
{
  return record->problems != NULL
                 && g_variant_is_of_type (record->problems, G_VARIANT_TYPE ("a" PROBLEM_TYPE))
             ? record->problems
             : NULL;
}

static gboolean
fail (const char *format, const ThawJournalRecord *record, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, format, record->title);
  return FALSE;
}

static gboolean
make_request (ThawRun *self, const ThawJournalRecord *record, GError **error)
{
  g_autoptr (ThawOperationRequest) original
      = thaw_operation_request_new_from_variant (record->request, error);
  g_autoptr (GPtrArray) steps = NULL;
  g_autoptr (ThawOperationRequest) request = NULL;
  Retry retry;

  if (original == NULL)
    return FALSE;
  steps = thaw_journal_list_steps (self->journal, self->job, error);
  if (steps == NULL)
    return FALSE;
  retry_init (&retry, original, record->token, steps);
  sort_problems (self, get_problems (record), &retry);
  request = retry_end (&retry);
  if (self->retried->len == 0)
    return fail ("Nothing of “%s” is left to be tried again", record, error);
  thaw_run_set_request (self, request);
  return TRUE;
}

gboolean
thaw_run_plan_retry (ThawRun *self, GError **error)
{
  g_autoptr (ThawJournalRecord) record = thaw_journal_get_job (self->journal, self->job, error);

  if (record == NULL)
    return FALSE;
  g_set_str (&self->title, record->title);
  if (record->is_undone)
    return fail ("“%s” was undone", record, error);
  if (record->ended_usec == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY, "“%s” is still under way", record->title);
      return FALSE;
    }
  self->is_resumed = TRUE;
  thaw_token_make (self->token);
  return make_request (self, record, error);
}

/* --- going on in the same job --- */

static GBytes *
make_note (ThawRun *self)
{
  g_autoptr (GVariant) request = thaw_operation_request_to_journal (self->request);
  g_autoptr (GVariant) note = g_variant_ref_sink (g_variant_new (NOTE_TYPE, self->token, request));

  return g_variant_get_data_as_bytes (note);
}

/* One that can't be opened again, since it was undone and done again or has lost what it kept,
 * stays as it is, but for its problems: then it is a job of its own. */
gboolean
thaw_run_reopen_job (ThawRun *self, gboolean *is_reopened, GError **error)
{
  g_autoptr (GBytes) note = make_note (self);
  g_autoptr (GVariant) left = thaw_run_dup_notes (self);
  g_autoptr (GError) local = NULL;

  *is_reopened = thaw_journal_reopen (self->journal, self->job, left, NOTE, note, &local);
  if (*is_reopened)
    return TRUE;
  if (!g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  thaw_journal_set_problems (self->journal, self->job, left, NULL);
  thaw_run_clear_notes (self);
  self->is_resumed = FALSE;
  self->job = 0;
  return TRUE;
}

static void
keep_problems (ThawRun *self, GVariant *problems)
{
  for (gsize i = 0; problems != NULL && i < g_variant_n_children (problems); i++)
    {
      g_autoptr (GVariant) value = g_variant_get_child_value (problems, i);
      ThawProblem *problem = problem_from_variant (value);

      thaw_run_note_left_over (self, problem->path, problem->error);
      thaw_problem_free (problem);
    }
}

/* What an interrupted job was about when it was interrupted, if that was a retry. */
ThawOperationRequest *
thaw_run_load_retry (ThawRun *self, const ThawJournalRecord *record)
{
  g_autoptr (GBytes) bytes = thaw_journal_get (self->journal, self->job, NOTE, NULL);
  g_autoptr (GVariant) note = NULL, request = NULL;
  const char *token;

  if (bytes == NULL)
    return NULL;
  note = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (NOTE_TYPE), bytes, FALSE));
  g_variant_get (note, "(&sv)", &token, &request);
  if (strlen (token) != THAW_TOKEN_LENGTH)
    return NULL;
  g_strlcpy (self->token, token, sizeof self->token);
  keep_problems (self, get_problems (record));
  return thaw_operation_request_new_from_variant (request, NULL);
}

/* The end of a retry that didn't come to its end: what it was to do is still to be done. What it
 * has done by then it finds done the next time. */
void
thaw_run_give_back (ThawRun *self)
{
  g_autoptr (GPtrArray) retried = g_steal_pointer (&self->retried);

  self->retried = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_problem_free);
  for (guint i = 0; i < retried->len; i++)
    {
      const ThawProblem *problem = g_ptr_array_index (retried, i);

      thaw_run_add_problem (self, problem->path, g_error_copy (problem->error));
    }
}
