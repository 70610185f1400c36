/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be told of an operation, as a value of its own. Whoever shows operations
 * (thaw-files-cli) shows these, and so can't tell, and needn't, whether the operation is in this
 * process or in another one. Any thread, but for files_facts_new(), which reads an operation: the
 * loop's. */

#include "files-facts.h"

/* As io frees them: the structures are public, their making isn't. */
static void
problem_free (gpointer data)
{
  ThawProblem *problem = data;

  g_free (problem->path);
  g_clear_error (&problem->error);
  g_free (problem);
}

static void
finding_free (gpointer data)
{
  ThawFinding *finding = data;

  g_free (finding->path);
  g_free (finding->message);
  g_free (finding);
}

/**
 * files_facts_new_empty:
 *
 * Returns: (transfer full): facts of an operation of which nothing is known
 */
FilesFacts *
files_facts_new_empty (void)
{
  FilesFacts *self = g_new0 (FilesFacts, 1);

  self->problems = g_ptr_array_new_with_free_func (problem_free);
  self->losses = g_ptr_array_new_with_free_func (problem_free);
  self->results = g_ptr_array_new_with_free_func (g_free);
  self->findings = g_ptr_array_new_with_free_func (finding_free);
  self->progress.bytes_total = self->progress.entries_total = -1;
  self->progress.seconds_left_low = self->progress.seconds_left_high = -1;
  return self;
}

/**
 * files_facts_free:
 * @self: (transfer full): facts
 */
void
files_facts_free (FilesFacts *self)
{
  g_free (self->title);
  g_free (self->current_path);
  g_clear_error (&self->error);
  if (self->question != NULL)
    g_boxed_free (THAW_TYPE_QUESTION, self->question);
  g_ptr_array_unref (self->problems);
  g_ptr_array_unref (self->losses);
  g_ptr_array_unref (self->results);
  g_ptr_array_unref (self->findings);
  g_free (self);
}

/**
 * files_facts_take_problem:
 * @problems: those of some facts
 * @path: (transfer full) (type filename): where
 * @error: (transfer full): what
 *
 * Adds one.
 */
void
files_facts_take_problem (GPtrArray *problems, char *path, GError *error)
{
  ThawProblem *problem = g_new0 (ThawProblem, 1);

  problem->path = path;
  problem->error = error;
  g_ptr_array_add (problems, problem);
}

/**
 * files_facts_take_finding:
 * @self: facts
 * @type: of what kind
 * @is_fatal: whether the operation can't start for it
 * @path: (transfer full) (type filename) (nullable): where
 * @message: (transfer full): what
 *
 * Adds one of the plan's.
 */
void
files_facts_take_finding (FilesFacts *self,
                          ThawFindingType type,
                          gboolean is_fatal,
                          char *path,
                          char *message)
{
  ThawFinding *finding = g_new0 (ThawFinding, 1);

  finding->type = type;
  finding->is_fatal = is_fatal;
  finding->path = path;
  finding->message = message;
  g_ptr_array_add (self->findings, finding);
}

static void
add_problems (FilesFacts *self, ThawOperation *operation)
{
  const ThawProblem *problem;

  for (guint i = 0; (problem = thaw_operation_get_problem (operation, i)) != NULL; i++)
    files_facts_take_problem (self->problems,
                              g_strdup (problem->path),
                              g_error_copy (problem->error));
  for (guint i = 0; (problem = thaw_operation_get_loss (operation, i)) != NULL; i++)
    files_facts_take_problem (self->losses,
                              g_strdup (problem->path),
                              g_error_copy (problem->error));
}

static void
add_results (FilesFacts *self, ThawOperation *operation)
{
  GFile *file;

  for (guint i = 0; (file = thaw_operation_get_result (operation, i)) != NULL; i++)
    g_ptr_array_add (self->results, g_file_get_uri (file));
}

static void
add_plan (FilesFacts *self, ThawPlan *plan)
{
  if (plan == NULL)
    return;
  self->has_plan = TRUE;
  self->plan_bytes = thaw_plan_get_bytes (plan);
  self->plan_entries = thaw_plan_get_n_entries (plan);
  for (guint type = 0; type < THAW_N_FINDINGS; type++)
    self->finding_counts[type] = thaw_plan_count_findings (plan, (ThawFindingType) type);
  for (guint i = 0; i < thaw_plan_get_n_findings (plan); i++)
    {
      const ThawFinding *finding = thaw_plan_get_finding (plan, i);

      files_facts_take_finding (self,
                                finding->type,
                                finding->is_fatal,
                                g_strdup (finding->path),
                                g_strdup (finding->message));
    }
}

/**
 * files_facts_new:
 * @operation: an operation of this process
 * @all: also its problems, losses, results and plan, which may be thousands
 *
 * Takes down what can be told of it now.
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer full): the facts
 */
FilesFacts *
files_facts_new (ThawOperation *operation, gboolean all)
{
  FilesFacts *self = files_facts_new_empty ();
  const GError *error = thaw_operation_get_error (operation);
  const ThawQuestion *question = thaw_operation_get_question (operation);

  self->id = thaw_operation_get_id (operation);
  self->title = g_strdup (thaw_operation_get_title (operation));
  self->state = thaw_operation_get_state (operation);
  thaw_operation_get_progress (operation, &self->progress);
  self->current_path = g_strdup (thaw_operation_get_current_path (operation));
  self->n_problems = thaw_operation_get_n_problems (operation);
  self->n_losses = thaw_operation_get_n_losses (operation);
  self->error = error != NULL ? g_error_copy (error) : NULL;
  self->question = question != NULL ? g_boxed_copy (THAW_TYPE_QUESTION, question) : NULL;
  if (!all)
    return self;
  add_problems (self, operation);
  add_results (self, operation);
  add_plan (self, thaw_operation_get_plan (operation));
  return self;
}

/**
 * files_facts_is_over:
 * @self: facts
 *
 * Returns: whether nothing will become of it any more
 */
gboolean
files_facts_is_over (const FilesFacts *self)
{
  return self->state >= THAW_OPERATION_DONE;
}

/**
 * files_facts_get_state_name:
 * @state: a state
 *
 * Returns: (transfer none): what it is called in JSON and on the bus
 */
const char *
files_facts_get_state_name (ThawOperationState state)
{
  g_autoptr (GEnumClass) states = g_type_class_ref (THAW_TYPE_OPERATION_STATE);
  const GEnumValue *value = g_enum_get_value (states, (int) state);

  return value != NULL ? value->value_nick : "";
}

/**
 * files_facts_parse_state:
 * @name: what a state is called
 * @state: (out): the state
 *
 * Returns: whether there is one
 */
gboolean
files_facts_parse_state (const char *name, ThawOperationState *state)
{
  g_autoptr (GEnumClass) states = g_type_class_ref (THAW_TYPE_OPERATION_STATE);
  const GEnumValue *value = g_enum_get_value_by_nick (states, name);

  if (value == NULL)
    return FALSE;
  *state = (ThawOperationState) value->value;
  return TRUE;
}
