/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An operation as the window sees it. It holds facts (how far it is, whether it is to be paused,
 * whether it asks) and its state follows from these in one place, checked against the table of
 * thaw-operation-state.c. Progress is sampled from the run's counters by the queue's clock, ten
 * times a second at most; properties are notified only when they have changed. Loop's thread, all
 * of it; the work is done by its run, on another one. */

#include "thaw-operation-private.h"

#include <string.h>

#define SILENT_USEC 1500000 /* what counts as not answering */

enum {
  PROP_STATE = 1,
  PROP_TITLE,
  PROP_BYTES_DONE,
  PROP_BYTES_TOTAL,
  PROP_ENTRIES_DONE,
  PROP_ENTRIES_TOTAL,
  PROP_BYTES_PER_SECOND,
  PROP_SECONDS_LEFT_LOW,
  PROP_SECONDS_LEFT_HIGH,
  PROP_CURRENT_PATH,
  PROP_N_PROBLEMS,
  PROP_QUESTION,
  PROP_WAITING_SINCE_USEC,
  PROP_CAN_UNDO,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (ThawOperation, thaw_operation, G_TYPE_OBJECT)
G_DEFINE_BOXED_TYPE (ThawQuestion, thaw_question, thaw_question_copy, thaw_question_free)

static void
notify (ThawOperation *self, guint property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

ThawOperation *
thaw_operation_new (ThawOperationQueue *queue, ThawRun *run, gboolean is_let_go)
{
  ThawOperation *self = g_object_new (THAW_TYPE_OPERATION, NULL);

  self->queue = queue;
  self->run = thaw_run_ref (run);
  self->run->owner = self;
  self->request = run->request != NULL ? thaw_operation_request_ref (run->request)
                                       : thaw_operation_request_new ("");
  self->title = g_strdup (run->title);
  self->id = run->job;
  self->is_let_go = is_let_go;
  self->state
      = thaw_run_has_flag (run, THAW_RUN_PAUSED) ? THAW_OPERATION_PAUSED : THAW_OPERATION_PLANNED;
  return self;
}

static ThawOperationState
derive_state (ThawOperation *self)
{
  if (self->stage == THAW_STAGE_OVER)
    {
      if (self->error == NULL)
        return THAW_OPERATION_DONE;
      return g_error_matches (self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
                 ? THAW_OPERATION_CANCELLED
                 : THAW_OPERATION_FAILED;
    }
  if (thaw_run_has_flag (self->run, THAW_RUN_PAUSED))
    return THAW_OPERATION_PAUSED;
  if (self->stage == THAW_STAGE_READY)
    return self->is_let_go ? THAW_OPERATION_QUEUED : THAW_OPERATION_PLANNED;
  if (self->stage == THAW_STAGE_EXECUTING)
    return self->question != NULL ? THAW_OPERATION_ASKING : THAW_OPERATION_RUNNING;
  return THAW_OPERATION_PLANNED;
}

void
thaw_operation_update (ThawOperation *self)
{
  ThawOperationState state = derive_state (self);

  if (state == self->state)
    return;
  if (!thaw_operation_state_can_become (self->state, state))
    {
      g_critical ("An operation can't go from state %d to %d", self->state, state);
      return;
    }
  self->state = state;
  notify (self, PROP_STATE);
}

gboolean
thaw_operation_is_serial (ThawOperation *self)
{
  const char *kind = thaw_operation_request_get_kind (self->request);

  return strcmp (kind, "undo") == 0 || strcmp (kind, "redo") == 0;
}

gboolean
thaw_operation_is_light (ThawOperation *self)
{
  if (self->run->kind != NULL && self->run->kind->is_light)
    return TRUE;
  return self->plan != NULL && thaw_plan_get_bytes (self->plan) == 0;
}

/* --- news --- */

static void
append (GPtrArray *to, GPtrArray **from)
{
  if (*from != NULL)
    g_ptr_array_extend_and_steal (to, g_steal_pointer (from));
}

static void
take_results (ThawOperation *self, GPtrArray *paths)
{
  for (guint i = 0; paths != NULL && i < paths->len; i++)
    {
      const char *path = g_ptr_array_index (paths, i);

      g_ptr_array_add (self->results,
                       *path == '/' ? g_file_new_for_path (path) : g_file_new_for_uri (path));
    }
}

static void
take_problems (ThawOperation *self, ThawRunNews *news)
{
  guint n = __atomic_load_n (&self->run->n_problems_told, __ATOMIC_RELAXED);

  n -= self->n_problems_gone;
  append (self->problems, &news->problems);
  append (self->losses, &news->losses);
  self->n_losses = __atomic_load_n (&self->run->n_losses_told, __ATOMIC_RELAXED);
  if (n == self->n_problems)
    return;
  self->n_problems = n;
  notify (self, PROP_N_PROBLEMS);
}

void
thaw_operation_notify_problems (ThawOperation *self)
{
  notify (self, PROP_N_PROBLEMS);
}

static void
set_question (ThawOperation *self, ThawQuestion *question)
{
  gboolean had = self->question != NULL;

  if (had && question != NULL && self->question->is_password == question->is_password
      && strcmp (self->question->source_path, question->source_path) == 0)
    {
      thaw_question_free (question);
      return;
    }
  g_clear_pointer (&self->question, thaw_question_free);
  self->question = question;
  if (had || question != NULL)
    notify (self, PROP_QUESTION);
}

/* A thread that works writes such states down itself, when it has noticed. */
void
thaw_operation_write_state (ThawOperation *self, ThawJournalState state)
{
  if (self->queue != NULL && self->stage == THAW_STAGE_READY && self->run->job != 0)
    thaw_future_disown (
        thaw_desk_set_state (self->queue->desk, self->queue->scope, self->run->job, state));
}

/* The plan of a thread that was left behind or isn't wanted any more: what it entered into the
 * journal must go. */
static void
forget_job (ThawOperation *self)
{
  if (self->run->job != 0 && self->run->mode == THAW_RUN_EXECUTE && self->queue != NULL)
    thaw_future_disown (thaw_desk_set_state (self->queue->desk,
                                             self->queue->scope,
                                             self->run->job,
                                             THAW_JOURNAL_CANCELLED));
}

static void
take_plan (ThawOperation *self)
{
  g_set_str (&self->title, self->run->title);
  /* That of an interrupted job is known now; undoing may have become a move, and is still called
   * undoing. */
  if (*thaw_operation_request_get_kind (self->request) == '\0')
    {
      g_clear_pointer (&self->request, thaw_operation_request_unref);
      self->request = thaw_operation_request_ref (self->run->request);
    }
  self->id = self->run->job;
  self->plan = thaw_plan_ref (self->run->plan);
  self->progress.bytes_total = thaw_plan_get_bytes (self->plan);
  self->progress.entries_total = thaw_plan_get_n_entries (self->plan);
  notify (self, PROP_TITLE);
  notify (self, PROP_BYTES_TOTAL);
  notify (self, PROP_ENTRIES_TOTAL);
}

static void
on_planned (ThawOperation *self, GError *error)
{
  if (self->stage == THAW_STAGE_OVER)
    {
      g_clear_error (&error);
      forget_job (self);
      return;
    }
  self->stage = THAW_STAGE_READY;
  if (error == NULL)
    take_plan (self);
  if (error == NULL && self->is_let_go && self->run->mode == THAW_RUN_EXECUTE)
    thaw_plan_is_possible (self->plan, &error);
  if (error != NULL)
    thaw_operation_end (self, error);
  else if (thaw_run_has_flag (self->run, THAW_RUN_PAUSED))
    thaw_operation_write_state (self, THAW_JOURNAL_PAUSED);
}

void
thaw_operation_take_news (ThawOperation *self)
{
  g_auto (ThawRunNews) news = { 0 };

  if (self->is_left_behind)
    return;
  g_object_freeze_notify (G_OBJECT (self));
  thaw_run_take_news (self->run, &news);
  take_problems (self, &news);
  take_results (self, news.results);
  if (news.phase == THAW_PHASE_PLANNED)
    on_planned (self, g_steal_pointer (&news.error));
  else if (news.phase == THAW_PHASE_ENDED)
    thaw_operation_end (self, g_steal_pointer (&news.error));
  else if (self->stage != THAW_STAGE_OVER)
    set_question (self, g_steal_pointer (&news.question));
  thaw_operation_update (self);
  g_object_thaw_notify (G_OBJECT (self));
}

/* --- progress --- */

static gboolean
set_int64 (gint64 *field, gint64 value)
{
  if (*field == value)
    return FALSE;
  *field = value;
  return TRUE;
}

static gboolean
set_double (double *field, double value)
{
  if (*field == value)
    return FALSE;
  *field = value;
  return TRUE;
}

static void
sample_current (ThawOperation *self)
{
  g_autofree char *current = thaw_run_dup_current (self->run);

  if (g_set_str (&self->current, current))
    notify (self, PROP_CURRENT_PATH);
}

/* When it began not to answer, for showing how long ago that was. */
static void
sample_silence (ThawOperation *self, gint64 now_usec)
{
  gint64 silent_usec = thaw_run_get_silent_usec (self->run);
  gint64 since_usec = silent_usec >= SILENT_USEC ? now_usec - silent_usec : 0;

  self->progress.silent_usec = silent_usec;
  if (since_usec == 0 || self->waiting_since_usec == 0)
    if (set_int64 (&self->waiting_since_usec, since_usec))
      notify (self, PROP_WAITING_SINCE_USEC);
}

static void
sample_time_left (ThawOperation *self)
{
  ThawProgress *progress = &self->progress;
  double low = -1, high = -1, bytes_per_second;

  if (self->estimate == NULL)
    return;
  thaw_estimate_add (self->estimate,
                     progress->running_usec / 1e6,
                     progress->bytes_done,
                     progress->entries_done);
  thaw_estimate_get_rates (self->estimate, &bytes_per_second, &progress->entries_per_second);
  if (!thaw_estimate_get (self->estimate, &low, &high))
    low = high = -1;
  if (set_double (&progress->bytes_per_second, bytes_per_second))
    notify (self, PROP_BYTES_PER_SECOND);
  if (set_double (&progress->seconds_left_low, low))
    notify (self, PROP_SECONDS_LEFT_LOW);
  if (set_double (&progress->seconds_left_high, high))
    notify (self, PROP_SECONDS_LEFT_HIGH);
}

static void
sample_done (ThawOperation *self)
{
  ThawProgress *progress = &self->progress;

  if (set_int64 (&progress->bytes_done, __atomic_load_n (&self->run->bytes_done, __ATOMIC_RELAXED)))
    notify (self, PROP_BYTES_DONE);
  if (set_int64 (&progress->entries_done,
                 __atomic_load_n (&self->run->entries_done, __ATOMIC_RELAXED)))
    notify (self, PROP_ENTRIES_DONE);
}

void
thaw_operation_sample (ThawOperation *self, gint64 now_usec)
{
  gint64 passed_usec = now_usec - self->sampled_usec;

  self->sampled_usec = now_usec;
  if (self->stage != THAW_STAGE_EXECUTING && self->stage != THAW_STAGE_PLANNING)
    return;
  g_object_freeze_notify (G_OBJECT (self));
  sample_current (self);
  sample_silence (self, now_usec);
  thaw_operation_leave_if_dead (self, now_usec);
  sample_done (self);
  if (self->state == THAW_OPERATION_RUNNING && !thaw_run_has_flag (self->run, THAW_RUN_HELD))
    {
      self->progress.running_usec += passed_usec;
      sample_time_left (self);
    }
  g_object_thaw_notify (G_OBJECT (self));
}

/* --- the end --- */

/* What a short transfer shows says more of caches than of devices. */
static void
learn_speed (ThawOperation *self)
{
  g_autofree char *devices = NULL;
  ThawSpeed speed;

  if (self->estimate == NULL || self->queue == NULL || self->is_left_behind
      || self->progress.running_usec < 2 * G_USEC_PER_SEC)
    return;
  devices = thaw_devices_dup_id (self->run->devices);
  thaw_estimate_get_speed (self->estimate, &speed);
  thaw_desk_learn_speed (self->queue->desk,
                         self->queue->scope,
                         devices,
                         thaw_operation_request_get_kind (self->request),
                         &speed);
}

static void
complete (ThawOperation *self)
{
  if (self->error == NULL)
    thaw_future_resolve (self->ended);
  else
    {
      thaw_future_reject (self->ended, g_error_copy (self->error));
      thaw_future_get_error (self->ended); /* the state tells it, whether or not anybody waits */
    }
}

void
thaw_operation_end (ThawOperation *self, GError *error)
{
  g_return_if_fail (self->stage != THAW_STAGE_OVER);

  g_object_freeze_notify (G_OBJECT (self));
  /* Not from a thread that still works, or hangs. */
  if (self->stage >= THAW_STAGE_READY && !self->is_left_behind)
    self->id = self->run->job;
  if (self->stage == THAW_STAGE_EXECUTING)
    {
      thaw_operation_sample (self, g_get_monotonic_time ());
      learn_speed (self);
    }
  self->error = error;
  /* Before the state, which whoever shows an undo button waits for. */
  if (self->stage == THAW_STAGE_EXECUTING && !self->is_left_behind && self->run->can_undo)
    {
      self->can_undo = TRUE;
      notify (self, PROP_CAN_UNDO);
    }
  self->stage = THAW_STAGE_OVER;
  set_question (self, NULL);
  if (set_int64 (&self->waiting_since_usec, 0))
    notify (self, PROP_WAITING_SINCE_USEC);
  self->progress.silent_usec = 0;
  thaw_operation_update (self);
  g_object_thaw_notify (G_OBJECT (self));
  complete (self);
}

/* --- GObject --- */

static void
thaw_operation_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ThawOperation *self = THAW_OPERATION (object);

  switch (id)
    {
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;
    case PROP_TITLE:
      g_value_set_string (value, self->title);
      break;
    case PROP_BYTES_DONE:
      g_value_set_int64 (value, self->progress.bytes_done);
      break;
    case PROP_BYTES_TOTAL:
      g_value_set_int64 (value, self->progress.bytes_total);
      break;
    case PROP_ENTRIES_DONE:
      g_value_set_int64 (value, self->progress.entries_done);
      break;
    case PROP_ENTRIES_TOTAL:
      g_value_set_int64 (value, self->progress.entries_total);
      break;
    case PROP_BYTES_PER_SECOND:
      g_value_set_double (value, self->progress.bytes_per_second);
      break;
    case PROP_SECONDS_LEFT_LOW:
      g_value_set_double (value, self->progress.seconds_left_low);
      break;
    case PROP_SECONDS_LEFT_HIGH:
      g_value_set_double (value, self->progress.seconds_left_high);
      break;
    case PROP_CURRENT_PATH:
      g_value_set_string (value, self->current);
      break;
    case PROP_N_PROBLEMS:
      g_value_set_uint (value, self->n_problems);
      break;
    case PROP_QUESTION:
      g_value_set_boxed (value, thaw_operation_get_question (self));
      break;
    case PROP_WAITING_SINCE_USEC:
      g_value_set_int64 (value, self->waiting_since_usec);
      break;
    case PROP_CAN_UNDO:
      g_value_set_boolean (value, self->can_undo);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
thaw_operation_finalize (GObject *object)
{
  ThawOperation *self = THAW_OPERATION (object);

  self->run->owner = NULL;
  if (thaw_future_get_state (self->ended) == THAW_FUTURE_PENDING)
    {
      thaw_future_cancel (self->ended);
      thaw_future_get_error (self->ended);
    }
  thaw_future_unref (self->ended);
  thaw_run_unref (self->run);
  thaw_operation_request_unref (self->request);
  g_clear_pointer (&self->plan, thaw_plan_unref);
  g_clear_pointer (&self->question, thaw_question_free);
  g_clear_pointer (&self->estimate, thaw_estimate_free);
  g_ptr_array_unref (self->problems);
  g_ptr_array_unref (self->losses);
  g_ptr_array_unref (self->results);
  g_clear_error (&self->error);
  g_free (self->title);
  g_free (self->current);
  G_OBJECT_CLASS (thaw_operation_parent_class)->finalize (object);
}

#define FLAGS (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY)

static GParamSpec *
int64_property (const char *name, gint64 initial)
{
  return g_param_spec_int64 (name, NULL, NULL, -1, G_MAXINT64, initial, FLAGS);
}

static GParamSpec *
seconds_property (const char *name, double initial)
{
  return g_param_spec_double (name, NULL, NULL, -1, G_MAXDOUBLE, initial, FLAGS);
}

static void
thaw_operation_class_init (ThawOperationClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->get_property = thaw_operation_get_property;
  object_class->finalize = thaw_operation_finalize;

  /**
   * ThawOperation:state:
   *
   * Where it stands.
   */
  properties[PROP_STATE] = g_param_spec_enum ("state",
                                              NULL,
                                              NULL,
                                              THAW_TYPE_OPERATION_STATE,
                                              THAW_OPERATION_PLANNED,
                                              FLAGS);
  /**
   * ThawOperation:title:
   *
   * What it is called.
   */
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, FLAGS);
  /**
   * ThawOperation:bytes-done:
   *
   * How many bytes are copied.
   */
  properties[PROP_BYTES_DONE] = int64_property ("bytes-done", 0);
  /**
   * ThawOperation:bytes-total:
   *
   * How many bytes there are to copy; -1 until that is known.
   */
  properties[PROP_BYTES_TOTAL] = int64_property ("bytes-total", -1);
  /**
   * ThawOperation:entries-done:
   *
   * How many files and folders are done.
   */
  properties[PROP_ENTRIES_DONE] = int64_property ("entries-done", 0);
  /**
   * ThawOperation:entries-total:
   *
   * How many files and folders there are; -1 until that is known.
   */
  properties[PROP_ENTRIES_TOTAL] = int64_property ("entries-total", -1);
  /**
   * ThawOperation:bytes-per-second:
   *
   * Of the last seconds.
   */
  properties[PROP_BYTES_PER_SECOND] = seconds_property ("bytes-per-second", 0);
  /**
   * ThawOperation:seconds-left-low:
   *
   * It will take at least so much longer; -1 while that isn't known.
   */
  properties[PROP_SECONDS_LEFT_LOW] = seconds_property ("seconds-left-low", -1);
  /**
   * ThawOperation:seconds-left-high:
   *
   * It will take at most so much longer; -1 while that isn't known.
   */
  properties[PROP_SECONDS_LEFT_HIGH] = seconds_property ("seconds-left-high", -1);
  /**
   * ThawOperation:current-path:
   *
   * The file that is worked on, as bytes.
   */
  properties[PROP_CURRENT_PATH] = g_param_spec_string ("current-path", NULL, NULL, NULL, FLAGS);
  /**
   * ThawOperation:n-problems:
   *
   * How many entries failed or were left out.
   */
  properties[PROP_N_PROBLEMS]
      = g_param_spec_uint ("n-problems", NULL, NULL, 0, G_MAXUINT, 0, FLAGS);
  /**
   * ThawOperation:question:
   *
   * What it asks.
   */
  properties[PROP_QUESTION]
      = g_param_spec_boxed ("question", NULL, NULL, THAW_TYPE_QUESTION, FLAGS);
  /**
   * ThawOperation:waiting-since-usec:
   *
   * Since when it has made no headway, of the monotonic clock; 0 while it does.
   */
  properties[PROP_WAITING_SINCE_USEC] = int64_property ("waiting-since-usec", 0);
  /**
   * ThawOperation:can-undo:
   *
   * Whether what it did can be taken back, as far as its own steps say. %FALSE until it is over, and if
   * anything was removed for good. Notified before the last [property@Thaw.Operation:state].
   */
  properties[PROP_CAN_UNDO] = g_param_spec_boolean ("can-undo", NULL, NULL, FALSE, FLAGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
thaw_operation_init (ThawOperation *self)
{
  self->problems = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_problem_free);
  self->losses = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_problem_free);
  self->results = g_ptr_array_new_with_free_func (g_object_unref);
  self->ended = thaw_future_new ("operation");
  thaw_future_set_shared (self->ended);
  self->sampled_usec = g_get_monotonic_time ();
  self->progress.bytes_total = self->progress.entries_total = -1;
  self->progress.seconds_left_low = self->progress.seconds_left_high = -1;
}
