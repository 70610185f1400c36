/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The application's operations: one queue for all windows, made when it is needed first. Windows hear of what ended and what
 * asks by signals; which of them says so is theirs to decide. Loop's thread; the queue does all its work elsewhere. */

#include "files-operations.h"
#include "pane-operation-text.h"

#include <glib/gi18n.h>

struct _FilesOperations {
  GObject parent_instance;
  ThawOperationQueue *queue;
  ThawScope *scope;
  guint change_source;
  GPtrArray *interrupted; /* ThawOperationRecord; NULL: nobody has looked */
};

G_DEFINE_FINAL_TYPE (FilesOperations, files_operations, G_TYPE_OBJECT)

enum { ENDED, ASKS, CHANGED, INTERRUPTED, N_SIGNALS };
static guint signals[N_SIGNALS];

#define CHANGE_MSEC 50

static gboolean
say_changed_cb (gpointer user_data)
{
  FilesOperations *self = user_data;

  self->change_source = 0;
  g_signal_emit (self, signals[CHANGED], 0);
  return G_SOURCE_REMOVE;
}

static void
changed_cb (FilesOperations *self)
{
  if (self->change_source == 0)
    self->change_source = g_timeout_add (CHANGE_MSEC, say_changed_cb, self);
}

/* What a crash interrupted */

static void
interrupted_cb (ThawFuture *completed, gpointer user_data)
{
  FilesOperations *self = user_data;
  GPtrArray *records = thaw_future_get_error (completed) == NULL ? thaw_future_get_pointer (completed, NULL) : NULL;
  gboolean is_first = self->interrupted == NULL;
  guint n_before = files_operations_get_n_interrupted (self), n;

  g_clear_pointer (&self->interrupted, g_ptr_array_unref);
  self->interrupted = records != NULL ? g_ptr_array_ref (records) : g_ptr_array_new ();
  n = self->interrupted->len;
  if (is_first && n > 0)
    g_signal_emit (self, signals[INTERRUPTED], 0, n);
  if (n != n_before)
    changed_cb (self);
}

static void
look_for_interrupted (FilesOperations *self)
{
  g_autoptr (ThawFuture) listed
      = thaw_operation_queue_list_interrupted (files_operations_get_queue (self), self->scope);

  thaw_future_done (listed, self->scope, interrupted_cb, self, NULL);
}

/**
 * files_operations_find_interrupted:
 * @self: the operations
 *
 * Looks, once, whether there is anything that a crash interrupted, and says ::interrupted if there is.
 */
void
files_operations_find_interrupted (FilesOperations *self)
{
  if (self->scope != NULL)
    return;
  self->scope = thaw_scope_new_for_owner ("interrupted operations", G_OBJECT (self), NULL);
  look_for_interrupted (self);
}

/**
 * files_operations_get_n_interrupted:
 * @self: the operations
 *
 * Returns: how many wait for the user to have them finished or rolled back
 */
guint
files_operations_get_n_interrupted (FilesOperations *self)
{
  return self->interrupted != NULL ? self->interrupted->len : 0;
}

/**
 * files_operations_get_interrupted:
 * @self: the operations
 * @i: less than files_operations_get_n_interrupted()
 *
 * Returns: (transfer none): one that waits for that
 */
const ThawOperationRecord *
files_operations_get_interrupted (FilesOperations *self, guint i)
{
  return g_ptr_array_index (self->interrupted, i);
}

/* Each question once: one may come right after another without a state between, and is told before its state is. */
static void
question_changed_cb (FilesOperations *self, GParamSpec *pspec, ThawOperation *operation)
{
  const ThawQuestion *question = thaw_operation_get_question (operation);

  if (g_object_get_data (G_OBJECT (operation), "files-asked") == question)
    return;
  g_object_set_data (G_OBJECT (operation), "files-asked", (gpointer) question);
  if (question != NULL)
    g_signal_emit (self, signals[ASKS], 0, operation);
}

static void
state_changed_cb (FilesOperations *self, GParamSpec *pspec, ThawOperation *operation)
{
  question_changed_cb (self, NULL, operation);
  if (pane_operation_is_over (operation))
    {
      g_signal_emit (self, signals[ENDED], 0, operation);
      if (files_operations_get_n_interrupted (self) > 0)
        look_for_interrupted (self);
    }
  changed_cb (self);
}

static void
follow (FilesOperations *self, ThawOperation *operation)
{
  if (g_object_get_data (G_OBJECT (operation), "files-followed") != NULL)
    return;
  g_object_set_data (G_OBJECT (operation), "files-followed", self);
  g_signal_connect_object (operation, "notify::state", G_CALLBACK (state_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (operation, "notify::question", G_CALLBACK (question_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (operation, "notify::bytes-done", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (operation, "notify::entries-done", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
}

static void
items_changed_cb (FilesOperations *self, guint position, guint n_removed, guint n_added)
{
  /* The panel has some done by itself. */
  for (guint i = position; i < position + n_added; i++)
    {
      g_autoptr (ThawOperation) operation = g_list_model_get_item (G_LIST_MODEL (self->queue), i);

      follow (self, operation);
    }
  /* At once: whoever keeps the process alive must know before the last window is closed. */
  g_clear_handle_id (&self->change_source, g_source_remove);
  say_changed_cb (self);
}

static void
files_operations_dispose (GObject *object)
{
  FilesOperations *self = FILES_OPERATIONS (object);

  g_clear_handle_id (&self->change_source, g_source_remove);
  g_clear_pointer (&self->scope, thaw_scope_unref);
  g_clear_pointer (&self->interrupted, g_ptr_array_unref);
  g_clear_object (&self->queue);
  G_OBJECT_CLASS (files_operations_parent_class)->dispose (object);
}

static void
files_operations_class_init (FilesOperationsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = files_operations_dispose;
  signals[ENDED] = g_signal_new ("ended",
                                 FILES_TYPE_OPERATIONS,
                                 G_SIGNAL_RUN_LAST,
                                 0,
                                 NULL,
                                 NULL,
                                 NULL,
                                 G_TYPE_NONE,
                                 1,
                                 THAW_TYPE_OPERATION);
  signals[ASKS] = g_signal_new ("asks",
                                FILES_TYPE_OPERATIONS,
                                G_SIGNAL_RUN_LAST,
                                0,
                                NULL,
                                NULL,
                                NULL,
                                G_TYPE_NONE,
                                1,
                                THAW_TYPE_OPERATION);
  signals[INTERRUPTED] = g_signal_new (
      "interrupted", FILES_TYPE_OPERATIONS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[CHANGED]
      = g_signal_new ("changed", FILES_TYPE_OPERATIONS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
files_operations_init (FilesOperations *self)
{
}

/**
 * files_operations_new:
 *
 * Returns: (transfer full): the application's operations; none yet
 */
FilesOperations *
files_operations_new (void)
{
  return g_object_new (FILES_TYPE_OPERATIONS, NULL);
}

/**
 * files_operations_get_queue:
 * @self: the operations
 *
 * Returns: (transfer none): the queue, which opens its journal elsewhere
 */
ThawOperationQueue *
files_operations_get_queue (FilesOperations *self)
{
  if (self->queue == NULL)
    {
      self->queue = thaw_operation_queue_new (NULL);
      g_signal_connect_object (self->queue, "items-changed", G_CALLBACK (items_changed_cb), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (self->queue, "notify", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
    }
  return self->queue;
}

/**
 * files_operations_submit:
 * @self: the operations
 * @request: (transfer none): what to do
 * @title: what the panel and undo call it
 *
 * Returns: (transfer none): the operation, which the queue holds
 */
ThawOperation *
files_operations_submit (FilesOperations *self, ThawOperationRequest *request, const char *title)
{
  g_autoptr (ThawOperation) operation
      = thaw_operation_queue_submit (files_operations_get_queue (self), request, title);

  follow (self, operation);
  return operation;
}

/**
 * files_operations_plan:
 * @self: the operations
 * @request: (transfer none): what to do
 * @title: what the panel and undo call it
 *
 * Only plans it: whoever asks looks at the plan, and resumes the operation or cancels it.
 *
 * Returns: (transfer none): the operation, which the queue holds
 */
ThawOperation *
files_operations_plan (FilesOperations *self, ThawOperationRequest *request, const char *title)
{
  g_autoptr (ThawOperation) operation
      = thaw_operation_queue_plan (files_operations_get_queue (self), request, title);

  follow (self, operation);
  return operation;
}

/**
 * files_operations_undo_job:
 * @self: the operations
 * @id: an operation
 *
 * Takes back that one.
 */
void
files_operations_undo_job (FilesOperations *self, gint64 id)
{
  g_object_unref (thaw_operation_queue_undo_job (files_operations_get_queue (self), id));
}

static void
follow_and_drop (FilesOperations *self, ThawOperation *operation)
{
  if (operation == NULL)
    return;
  follow (self, operation);
  g_object_unref (operation);
}

/**
 * files_operations_settle:
 * @self: the operations
 * @id: an interrupted one
 * @finish: whether to go on with it; else it is rolled back
 *
 * Settles what a crash interrupted.
 */
void
files_operations_settle (FilesOperations *self, gint64 id, gboolean finish)
{
  ThawOperationQueue *queue = files_operations_get_queue (self);

  follow_and_drop (self, finish ? thaw_operation_queue_finish (queue, id) : thaw_operation_queue_roll_back (queue, id));
}

/**
 * files_operations_undo:
 * @self: the operations
 *
 * Takes back what was done last.
 */
void
files_operations_undo (FilesOperations *self)
{
  follow_and_drop (self, thaw_operation_queue_undo (files_operations_get_queue (self)));
}

/**
 * files_operations_redo:
 * @self: the operations
 *
 * Does again what was taken back last.
 */
void
files_operations_redo (FilesOperations *self)
{
  follow_and_drop (self, thaw_operation_queue_redo (files_operations_get_queue (self)));
}

typedef struct {
  guint n_active, n_resting, n_known;
  double sum;
} Tally;

/* It does nothing by itself: it is paused, or only its plan was asked for and is there. */
static gboolean
rests (ThawOperation *operation)
{
  switch (thaw_operation_get_state (operation))
    {
    case THAW_OPERATION_PAUSED:
      return TRUE;
    case THAW_OPERATION_PLANNED:
      return thaw_operation_get_plan (operation) != NULL;
    default:
      return FALSE;
    }
}

static void
tally (FilesOperations *self, Tally *tally)
{
  guint n = self->queue != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->queue)) : 0;

  *tally = (Tally) { 0 };
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ThawOperation) operation = g_list_model_get_item (G_LIST_MODEL (self->queue), i);
      double fraction = pane_operation_get_fraction (operation);

      if (pane_operation_is_over (operation))
        continue;
      tally->n_active++;
      tally->n_resting += rests (operation);
      if (fraction >= 0)
        {
          tally->n_known++;
          tally->sum += fraction;
        }
    }
}

/**
 * files_operations_get_fraction:
 * @self: the operations
 *
 * Returns: how far those are that aren't over, 0 to 1; -1 if there are none or nobody knows
 */
double
files_operations_get_fraction (FilesOperations *self)
{
  Tally all;

  tally (self, &all);
  return all.n_known > 0 ? all.sum / all.n_known : -1;
}

/**
 * files_operations_get_n_active:
 * @self: the operations
 *
 * Returns: how many aren't over
 */
guint
files_operations_get_n_active (FilesOperations *self)
{
  Tally all;

  tally (self, &all);
  return all.n_active;
}

/**
 * files_operations_are_busy:
 * @self: the operations
 *
 * Returns: whether there are any that are neither over nor wait for somebody to let them go
 */
gboolean
files_operations_are_busy (FilesOperations *self)
{
  Tally all;

  tally (self, &all);
  return all.n_active > all.n_resting;
}

/**
 * files_operations_is_asking:
 * @self: the operations
 *
 * Returns: whether one of them waits for an answer
 */
gboolean
files_operations_is_asking (FilesOperations *self)
{
  return files_operations_get_asking (self) != NULL;
}

/**
 * files_operations_get_asking:
 * @self: the operations
 *
 * Returns: (transfer none) (nullable): the first that waits for an answer
 */
ThawOperation *
files_operations_get_asking (FilesOperations *self)
{
  guint n = self->queue != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->queue)) : 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ThawOperation) operation = g_list_model_get_item (G_LIST_MODEL (self->queue), i);

      if (thaw_operation_get_state (operation) == THAW_OPERATION_ASKING)
        return operation; /* the queue's */
    }
  return NULL;
}

/**
 * files_operations_get_n:
 * @self: the operations
 *
 * Returns: how many there are, those that are over too
 */
guint
files_operations_get_n (FilesOperations *self)
{
  return self->queue != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->queue)) : 0;
}
