/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What disk/ tells and asks while it walks, wired to the run: cancelling and pausing, progress,
 * problems, the journal's list of what is on the device. All on the operation's thread. Paths come
 * in relative to the item and go out as the user's. */

#include "thaw-run-private.h"

#include <string.h>

static const char *
get_path (ThawRun *self, const char *relative)
{
  g_string_assign (self->path, self->top->str);
  if (*relative != '\0')
    {
      if (self->path->len > 0 && self->path->str[self->path->len - 1] != '/')
        g_string_append_c (self->path, '/');
      g_string_append (self->path, relative);
    }
  return self->path->str;
}

static gboolean
check (gpointer user_data, GError **error)
{
  return thaw_run_check (user_data, error);
}

/* No sign of life: that the device is silent is to be seen. */
static gboolean
is_cancelled (gpointer user_data)
{
  return thaw_run_has_flag (user_data, THAW_RUN_CANCELLED);
}

static void
done (gint64 bytes, gint64 entries, gpointer user_data)
{
  thaw_run_add_done (user_data, bytes, entries);
}

static void
current (const char *path, gpointer user_data)
{
  ThawRun *self = user_data;

  thaw_run_set_current (self, get_path (self, path));
}

/* A full disk: the user may make room and say "try again", as often as it takes. */
static gboolean
ask_for_room (ThawRun *self, const char *path, gboolean *retry)
{
  ThawQuestion *question;
  ThawRule answer;

  *retry = FALSE;
  if (!self->can_ask || self->skips_no_space)
    return TRUE;
  question = g_new0 (ThawQuestion, 1);
  question->is_no_space = TRUE;
  question->source_path = g_strdup (path);
  if (!thaw_run_ask (self, question, &answer, NULL))
    return FALSE;
  *retry = answer == THAW_RULE_ASK;
  return TRUE;
}

static gboolean
problem (const char *path, const GError *error, gboolean *retry, gpointer user_data)
{
  ThawRun *self = user_data;
  const char *full = get_path (self, path);
  gboolean tries_again = FALSE;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE)
      && !ask_for_room (self, full, &tries_again))
    return FALSE;
  if (retry != NULL)
    *retry = tries_again;
  if (retry != NULL && tries_again)
    return TRUE;
  return thaw_run_add_problem (self, full, g_error_copy (error));
}

static void
loss (const char *path, const char *what, gpointer user_data)
{
  ThawRun *self = user_data;

  thaw_run_add_loss (self, get_path (self, path), what);
}

static char *
dup_target_folder (ThawRun *self)
{
  GFile *target = thaw_operation_request_get_target (self->request);
  GFile *first = thaw_operation_request_get_n_sources (self->request) > 0
                     ? thaw_operation_request_get_source (self->request, 0)
                     : NULL;
  g_autoptr (GFile) parent = first != NULL ? g_file_get_parent (first) : NULL;

  if (target == NULL)
    target = parent;
  return target != NULL ? g_file_get_path (target) : NULL;
}

static guint64
get_dev (ThawRun *self)
{
  g_autofree char *folder = NULL;
  g_autoptr (ThawPlace) place = NULL;

  if (self->dev != 0)
    return self->dev;
  folder = dup_target_folder (self);
  place = folder != NULL ? thaw_place_open (folder, NULL) : NULL;
  if (place != NULL)
    self->dev = thaw_place_get_dev (place);
  return self->dev;
}

void
thaw_run_set_place (ThawRun *self, ThawPlace *to)
{
  if (self->dev == thaw_place_get_dev (to))
    return;
  self->dev = thaw_place_get_dev (to);
  g_clear_pointer (&self->durable, g_hash_table_unref);
}

static gboolean
durable (const guint64 *inodes, gsize n_inodes, gpointer user_data, GError **error)
{
  ThawRun *self = user_data;
  guint64 dev = get_dev (self);

  thaw_run_beat (self);
  return dev == 0
         || thaw_journal_add_durable (self->journal, self->job, dev, inodes, n_inodes, error);
}

/* What can't be read from the journal is written anew, which is never wrong. */
static gboolean
is_durable (guint64 inode, gpointer user_data)
{
  ThawRun *self = user_data;

  if (!self->is_resumed || get_dev (self) == 0)
    return FALSE;
  if (self->durable == NULL)
    self->durable = thaw_journal_load_durable (self->journal, self->job, self->dev, NULL);
  if (self->durable == NULL)
    self->durable = g_hash_table_new (g_int64_hash, g_int64_equal);
  return g_hash_table_contains (self->durable, &inode);
}

const ThawWalkFuncs *
thaw_run_get_walk_funcs (ThawRun *self, const char *top)
{
  g_string_assign (self->top, top);
  self->funcs = (ThawWalkFuncs){ .check = check,
                                 .is_cancelled = is_cancelled,
                                 .done = done,
                                 .current = current,
                                 .problem = problem,
                                 .loss = loss,
                                 .durable = durable,
                                 .is_durable = is_durable,
                                 .user_data = self };
  return &self->funcs;
}

/* What was built under a hidden name was counted when it was built. */
static gboolean
is_to_be_counted (ThawRun *self, ThawStep *step)
{
  return step->from.name == NULL || !thaw_token_owns_name (self->token, step->from.name);
}

static char *
dup_step_path (ThawRun *self, ThawStep *step)
{
  gboolean by_target = step->from.name == NULL || !is_to_be_counted (self, step);
  ThawStepEnd *end = by_target ? &step->to : &step->from;

  return g_build_filename (end->folder, end->name, NULL);
}

static void
on_step (ThawStep *step, const GError *error, gpointer user_data)
{
  ThawRun *self = user_data;
  g_autofree char *path = dup_step_path (self, step);

  if (error != NULL)
    thaw_run_add_problem (self, path, g_error_copy (error));
  else
    thaw_run_add_done (self, 0, is_to_be_counted (self, step) ? 1 : 0);
  thaw_run_set_current (self, path);
}

gboolean
thaw_run_perform (ThawRun *self, GPtrArray *steps, ThawStepsMode mode, GError **error)
{
  return thaw_journal_perform (self->journal, self->job, steps, mode, on_step, self, error);
}

static gboolean
check_steps (gpointer user_data, GError **error)
{
  return thaw_run_check (user_data, error);
}

gboolean
thaw_run_perform_many (ThawRun *self,
                       guint n,
                       ThawStepMaker make,
                       gpointer maker_data,
                       GError **error)
{
  const ThawStepFuncs funcs = { .done = on_step, .check = check_steps, .user_data = self };

  return thaw_journal_perform_many (self->journal, self->job, n, make, maker_data, &funcs, error);
}

gboolean
thaw_run_can_invert (ThawRun *self, gint64 job, GError **error)
{
  const ThawStepFuncs funcs = { .check = check_steps, .user_data = self };

  return thaw_journal_can_invert (self->journal, job, &funcs, error);
}

/* Who rolls back has no second thoughts. */
gboolean
thaw_run_invert_as (ThawRun *self, gint64 job, gint64 inverse, GError **error)
{
  const ThawStepFuncs funcs = { .done = on_step,
                                .check = self->mode == THAW_RUN_EXECUTE ? check_steps : NULL,
                                .user_data = self };

  return thaw_journal_invert (self->journal, job, inverse, &funcs, error);
}
