/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list of operations: those that aren't over and those that ended in this process. It hears of
 * its operations' threads through one mailbox, keyed by the run, so that a thread which has much to
 * tell is one message; and while something runs it has a clock that samples progress ten times a
 * second. The window's thread, all of it; what the journal must be asked goes through the desk.
 * When the queue goes its operations are cancelled, and their threads end by themselves. */

#include "thaw-operation-private.h"

#include "thaw-timing.h"

#define TICK_USEC 100000

enum { PROP_UNDO_TITLE = 1, PROP_REDO_TITLE, PROP_N_RUNNING, N_PROPS };

static GParamSpec *properties[N_PROPS];

static GType
thaw_operation_queue_get_item_type (GListModel *model)
{
  return THAW_TYPE_OPERATION;
}

static guint
thaw_operation_queue_get_n_items (GListModel *model)
{
  return THAW_OPERATION_QUEUE (model)->operations->len;
}

static gpointer
thaw_operation_queue_get_item (GListModel *model, guint position)
{
  ThawOperationQueue *self = THAW_OPERATION_QUEUE (model);

  return position < self->operations->len
             ? g_object_ref (g_ptr_array_index (self->operations, position))
             : NULL;
}

static void
init_list_model (GListModelInterface *interface)
{
  interface->get_item_type = thaw_operation_queue_get_item_type;
  interface->get_n_items = thaw_operation_queue_get_n_items;
  interface->get_item = thaw_operation_queue_get_item;
}

#define N_OVER_MAX 50

G_DEFINE_FINAL_TYPE_WITH_CODE (ThawOperationQueue,
                               thaw_operation_queue,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, init_list_model))

/* --- the clock --- */

static void start_ticking (ThawOperationQueue *self);

static gboolean
sample_all (ThawOperationQueue *self)
{
  gint64 now_usec = g_get_monotonic_time ();
  gboolean any = FALSE;

  for (guint i = 0; i < self->operations->len; i++)
    {
      ThawOperation *operation = g_ptr_array_index (self->operations, i);

      any = any || operation->stage == THAW_STAGE_PLANNING
            || operation->stage == THAW_STAGE_EXECUTING;
      thaw_operation_sample (operation, now_usec);
    }
  return any;
}

static void
on_tick (ThawFuture *completed, gpointer user_data)
{
  ThawOperationQueue *self = user_data;

  self->is_ticking = FALSE;
  if (!sample_all (self))
    return;
  thaw_operation_queue_schedule (self); /* one that hangs holds up the others no longer */
  start_ticking (self);
}

static void
start_ticking (ThawOperationQueue *self)
{
  g_autoptr (ThawFuture) delay = NULL;

  if (self->is_ticking)
    return;
  self->is_ticking = TRUE;
  delay = thaw_delay (TICK_USEC);
  thaw_future_done (delay, self->scope, on_tick, self, NULL);
}

/* --- changes --- */

void
thaw_operation_queue_set_running (ThawOperationQueue *self, guint n_running)
{
  if (self->n_running == n_running)
    return;
  self->n_running = n_running;
  thaw_inhibit_set (self->inhibit, n_running > 0);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_RUNNING]);
}

void
thaw_operation_queue_update (ThawOperationQueue *self)
{
  thaw_operation_queue_schedule (self);
  start_ticking (self);
}

static void
on_news (gpointer message, gpointer user_data)
{
  ThawOperationQueue *self = user_data;
  g_autoptr (ThawRun) run = message;
  g_autoptr (ThawOperation) operation = run->owner != NULL ? g_object_ref (run->owner) : NULL;
  gboolean was_over;

  if (operation == NULL)
    return;
  was_over = operation->stage == THAW_STAGE_OVER;
  thaw_operation_take_news (operation);
  if (operation->stage == THAW_STAGE_OVER && !was_over)
    thaw_operation_queue_refresh (self);
  thaw_operation_queue_update (self);
}

/* What is over is kept for a while, for whoever looks at what became of it; the journal has it all. */
static void
drop_oldest (ThawOperationQueue *self)
{
  guint n_over = 0, oldest = 0;

  for (guint i = self->operations->len; i-- > 0;)
    {
      ThawOperation *operation = g_ptr_array_index (self->operations, i);

      if (operation->stage != THAW_STAGE_OVER || operation->is_left_behind)
        continue;
      n_over++;
      oldest = i;
    }
  if (n_over < N_OVER_MAX)
    return;
  ((ThawOperation *) g_ptr_array_index (self->operations, oldest))->queue = NULL;
  g_ptr_array_remove_index (self->operations, oldest);
  g_list_model_items_changed (G_LIST_MODEL (self), oldest, 1, 0);
}

void
thaw_operation_queue_add (ThawOperationQueue *self, ThawOperation *operation)
{
  drop_oldest (self);
  g_ptr_array_add (self->operations, g_object_ref (operation));
  g_list_model_items_changed (G_LIST_MODEL (self), self->operations->len - 1, 0, 1);
  thaw_operation_queue_update (self);
}

void
thaw_operation_queue_set_titles (ThawOperationQueue *self, const ThawDeskTitles *titles)
{
  self->undo_job = titles->undo_job;
  self->redo_job = titles->redo_job;
  if (g_set_str (&self->undo_title, titles->undo_title))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_UNDO_TITLE]);
  if (g_set_str (&self->redo_title, titles->redo_title))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_REDO_TITLE]);
}

static void
on_journal (ThawFuture *completed, gpointer user_data)
{
  ThawOperationQueue *self = user_data;
  const GError *error = thaw_future_get_error (completed);

  if (error != NULL)
    self->journal_error = g_error_copy (error);
  else
    {
      self->journal = thaw_journal_ref (thaw_future_get_pointer (completed, NULL));
      thaw_operation_queue_load_paused (self);
      thaw_operation_queue_refresh (self);
    }
  thaw_operation_queue_update (self);
}

/* --- GObject --- */

static void
thaw_operation_queue_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawOperationQueue *self = THAW_OPERATION_QUEUE (object);

  switch (id)
    {
    case PROP_UNDO_TITLE:
      g_value_set_string (value, self->undo_title);
      break;
    case PROP_REDO_TITLE:
      g_value_set_string (value, self->redo_title);
      break;
    case PROP_N_RUNNING:
      g_value_set_uint (value, self->n_running);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_operation_queue_dispose (GObject *object)
{
  ThawOperationQueue *self = THAW_OPERATION_QUEUE (object);

  for (guint i = 0; i < self->operations->len; i++)
    {
      ThawOperation *operation = g_ptr_array_index (self->operations, i);

      operation->queue = NULL;
      if (operation->stage != THAW_STAGE_OVER)
        thaw_run_set_flag (operation->run, THAW_RUN_CANCELLED, TRUE);
    }
  g_ptr_array_set_size (self->operations, 0);
  G_OBJECT_CLASS (thaw_operation_queue_parent_class)->dispose (object);
}

static gpointer
close_journal (gpointer journal)
{
  thaw_journal_unref (journal);
  return NULL;
}

/* Closing a database waits for the disk: not in a turn of the loop. */
static void
let_go_of_journal (ThawJournal *journal)
{
  if (g_main_depth () > 0)
    g_thread_unref (g_thread_new ("thaw-journal", close_journal, journal));
  else
    close_journal (journal);
}

static void
thaw_operation_queue_finalize (GObject *object)
{
  ThawOperationQueue *self = THAW_OPERATION_QUEUE (object);

  g_ptr_array_unref (self->operations);
  thaw_mailbox_unref (self->news);
  thaw_scope_unref (self->scope);
  thaw_desk_unref (self->desk);
  g_clear_pointer (&self->journal, let_go_of_journal);
  g_clear_error (&self->journal_error);
  thaw_inhibit_free (self->inhibit);
  g_free (self->undo_title);
  g_free (self->redo_title);
  G_OBJECT_CLASS (thaw_operation_queue_parent_class)->finalize (object);
}

#define FLAGS (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY)

static void
thaw_operation_queue_class_init (ThawOperationQueueClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->get_property = thaw_operation_queue_get_property;
  object_class->dispose = thaw_operation_queue_dispose;
  object_class->finalize = thaw_operation_queue_finalize;

  /**
   * ThawOperationQueue:undo-title:
   *
   * What would be undone next.
   */
  properties[PROP_UNDO_TITLE] = g_param_spec_string ("undo-title", NULL, NULL, NULL, FLAGS);
  /**
   * ThawOperationQueue:redo-title:
   *
   * What would be redone next.
   */
  properties[PROP_REDO_TITLE] = g_param_spec_string ("redo-title", NULL, NULL, NULL, FLAGS);
  /**
   * ThawOperationQueue:n-running:
   *
   * How many operations are being worked on: they run, ask, or stand back for another one.
   */
  properties[PROP_N_RUNNING] = g_param_spec_uint ("n-running", NULL, NULL, 0, G_MAXUINT, 0, FLAGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
thaw_operation_queue_init (ThawOperationQueue *self)
{
  self->operations = g_ptr_array_new_with_free_func (g_object_unref);
  self->scope = thaw_scope_new_for_owner ("operations", G_OBJECT (self), NULL);
  self->news = thaw_mailbox_new ("operations",
                                 NULL,
                                 G_OBJECT (self),
                                 THAW_MAILBOX_UNBOUNDED,
                                 on_news,
                                 self,
                                 (GDestroyNotify) thaw_run_unref);
  self->inhibit = thaw_inhibit_new ();
  self->can_ask = TRUE;
}

/**
 * thaw_operation_queue_new:
 * @state_folder: (nullable) (type filename): where the journal is, %NULL for the user's own
 *
 * Makes a queue and begins to open the journal. What is submitted meanwhile starts when it is open,
 * and fails if it can't be. Operations that were paused when the last process ended are in the list
 * soon after.
 *
 * - **Thread**: that of a loop; all functions of the queue and of its operations are for it.
 *
 * Returns: (transfer full): a queue
 */
ThawOperationQueue *
thaw_operation_queue_new (const char *state_folder)
{
  ThawOperationQueue *self = g_object_new (THAW_TYPE_OPERATION_QUEUE, NULL);
  g_autoptr (ThawFuture) journal = NULL;

  self->desk = thaw_desk_new (state_folder);
  journal = thaw_desk_open (self->desk, self->scope);
  thaw_future_done (journal, self->scope, on_journal, self, NULL);
  return self;
}

/**
 * thaw_operation_queue_set_can_ask:
 * @self: a queue
 * @can_ask: whether there is anybody to ask
 *
 * Says whether operations that are submitted from now on may ask questions. Without, a conflict
 * that no rule settles and a full disk are problems of the entry.
 */
void
thaw_operation_queue_set_can_ask (ThawOperationQueue *self, gboolean can_ask)
{
  g_return_if_fail (THAW_IS_OPERATION_QUEUE (self));

  self->can_ask = can_ask;
}

static ThawOperation *
add_request (ThawOperationQueue *self,
             ThawOperationRequest *request,
             const char *title,
             gboolean is_let_go)
{
  g_autoptr (ThawRun) run = thaw_run_new (request, title, THAW_RUN_EXECUTE, self->news);
  ThawOperation *operation = thaw_operation_new (self, run, is_let_go);

  run->can_ask = self->can_ask;
  thaw_operation_queue_add (self, operation);
  return operation;
}

/**
 * thaw_operation_queue_submit:
 * @self: a queue
 * @request: what is asked for; constant from now on
 * @title: what the history and undo call it, translated
 *
 * Plans an operation, and runs it when it is its turn.
 *
 * Returns: (transfer full): the operation; the queue has a reference of its own
 */
ThawOperation *
thaw_operation_queue_submit (ThawOperationQueue *self,
                             ThawOperationRequest *request,
                             const char *title)
{
  g_return_val_if_fail (THAW_IS_OPERATION_QUEUE (self), NULL);

  return add_request (self, request, title, TRUE);
}

/**
 * thaw_operation_queue_plan:
 * @self: a queue
 * @request: what is asked for; constant from now on
 * @title: what the history and undo call it, translated
 *
 * Only plans: a dry run. The operation stays %THAW_OPERATION_PLANNED with its plan, and isn't in
 * the journal, until [method@Thaw.Operation.resume].
 *
 * Returns: (transfer full): the operation; the queue has a reference of its own
 */
ThawOperation *
thaw_operation_queue_plan (ThawOperationQueue *self,
                           ThawOperationRequest *request,
                           const char *title)
{
  g_return_val_if_fail (THAW_IS_OPERATION_QUEUE (self), NULL);

  return add_request (self, request, title, FALSE);
}
