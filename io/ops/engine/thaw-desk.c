/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The journal blocks, and the loop must not: what the loop wants of it goes through a lane with a
 * single thread, so that the order of the calls is that of their effects, and a state folder on a
 * dead network mount holds up nothing but this. The journal is opened by the first job there; jobs
 * that come after it find it in the desk. Only the lane's thread touches the desk's journal;
 * operations' threads have a reference of their own. */

#include "thaw-desk-private.h"

#include "thaw-lane.h"
#include "thaw-run-private.h"
#include "thaw-speeds-private.h"

struct _ThawDesk {
  gint ref_count;
  char *folder; /* NULL: the default */
  ThawLane *lane;
  ThawJournal *journal; /* the lane's; NULL: it could not be opened */
  ThawSpeeds *speeds;
};

typedef struct {
  ThawDesk *desk;
  guint n_max;
  gint64 job;
  ThawJournalState state;
  char **paths; /* nullable */
} Order;

static void
record_free (ThawOperationRecord *self)
{
  g_free (self->kind);
  g_free (self->title);
  g_free (self);
}

static ThawOperationRecord *
record_copy (const ThawOperationRecord *self)
{
  ThawOperationRecord *copy = g_memdup2 (self, sizeof *self);

  copy->kind = g_strdup (self->kind);
  copy->title = g_strdup (self->title);
  return copy;
}

G_DEFINE_BOXED_TYPE (ThawOperationRecord, thaw_operation_record, record_copy, record_free)

static void
order_free (Order *self)
{
  thaw_desk_unref (self->desk);
  g_strfreev (self->paths);
  g_free (self);
}

ThawDesk *
thaw_desk_new (const char *folder)
{
  ThawDesk *self = g_new0 (ThawDesk, 1);

  self->ref_count = 1;
  self->folder = g_strdup (folder);
  self->lane = thaw_lane_new_private ("journal of operations", 1, NULL);
  self->speeds = thaw_speeds_new (folder);
  return self;
}

ThawDesk *
thaw_desk_ref (ThawDesk *self)
{
  __atomic_add_fetch (&self->ref_count, 1, __ATOMIC_RELAXED);
  return self;
}

void
thaw_desk_unref (ThawDesk *self)
{
  if (__atomic_sub_fetch (&self->ref_count, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  g_clear_pointer (&self->journal, thaw_journal_unref);
  thaw_lane_unref (self->lane);
  thaw_speeds_unref (self->speeds);
  g_free (self->folder);
  g_free (self);
}

static ThawFuture *
run (ThawDesk *self, ThawScope *scope, const char *name, ThawJobFunc func, Order *order)
{
  order->desk = thaw_desk_ref (self);
  return thaw_lane_run (self->lane,
                        scope,
                        name,
                        THAW_PRIORITY_DEFAULT,
                        -1,
                        func,
                        order,
                        (GDestroyNotify) order_free);
}

static gboolean
require_journal (ThawDesk *self, GError **error)
{
  if (self->journal != NULL)
    return TRUE;
  g_set_error_literal (error,
                       G_IO_ERROR,
                       G_IO_ERROR_FAILED,
                       "The journal of operations could not be opened");
  return FALSE;
}

static gboolean
open_lane (ThawJob *job, gpointer user_data, GError **error)
{
  Order *order = user_data;
  g_autofree char *notice = NULL;

  thaw_speeds_load (order->desk->speeds);
  order->desk->journal = thaw_journal_open (order->desk->folder, &notice, error);
  if (order->desk->journal == NULL)
    return FALSE;
  if (notice != NULL)
    g_debug ("%s", notice);
  thaw_job_return_pointer (job,
                           thaw_journal_ref (order->desk->journal),
                           (GDestroyNotify) thaw_journal_unref);
  return TRUE;
}

ThawFuture *
thaw_desk_open (ThawDesk *self, ThawScope *scope)
{
  return run (self, scope, "open the journal", open_lane, g_new0 (Order, 1));
}

void
thaw_desk_titles_free (ThawDeskTitles *self)
{
  g_free (self->undo_title);
  g_free (self->redo_title);
  g_free (self);
}

static gboolean
load_titles_lane (ThawJob *job, gpointer user_data, GError **error)
{
  Order *order = user_data;
  ThawDeskTitles *titles;

  if (!require_journal (order->desk, error))
    return FALSE;
  titles = g_new0 (ThawDeskTitles, 1);
  titles->undo_job = thaw_journal_get_undo (order->desk->journal, &titles->undo_title, NULL);
  titles->redo_job = thaw_journal_get_redo (order->desk->journal, &titles->redo_title, NULL);
  thaw_job_return_pointer (job, titles, (GDestroyNotify) thaw_desk_titles_free);
  return TRUE;
}

ThawFuture *
thaw_desk_load_titles (ThawDesk *self, ThawScope *scope)
{
  return run (self, scope, "what can be undone", load_titles_lane, g_new0 (Order, 1));
}

static ThawOperationState
get_state (ThawJournalState state)
{
  switch (state)
    {
    case THAW_JOURNAL_QUEUED:
      return THAW_OPERATION_QUEUED;
    case THAW_JOURNAL_RUNNING:
      return THAW_OPERATION_RUNNING;
    case THAW_JOURNAL_PAUSED:
      return THAW_OPERATION_PAUSED;
    case THAW_JOURNAL_ASKING:
      return THAW_OPERATION_ASKING;
    case THAW_JOURNAL_DONE:
      return THAW_OPERATION_DONE;
    case THAW_JOURNAL_FAILED:
      return THAW_OPERATION_FAILED;
    case THAW_JOURNAL_CANCELLED:
      return THAW_OPERATION_CANCELLED;
    case THAW_JOURNAL_PLANNED:
    default:
      return THAW_OPERATION_PLANNED;
    }
}

static ThawOperationRecord *
new_record (ThawJournal *journal, const ThawJournalRecord *from)
{
  ThawOperationRecord *record = g_new0 (ThawOperationRecord, 1);

  record->id = from->id;
  record->created_usec = from->created_usec;
  record->ended_usec = from->ended_usec;
  record->kind = g_strdup (from->kind);
  record->title = g_strdup (from->title);
  record->state = get_state (from->state);
  record->is_undone = from->is_undone;
  record->is_interrupted = from->state < THAW_JOURNAL_DONE && !from->is_alive;
  record->can_undo = from->state >= THAW_JOURNAL_DONE && thaw_journal_may_undo (journal, from->id);
  return record;
}

/* Takes @jobs. */
static gboolean
return_records (ThawJob *job, ThawJournal *journal, GPtrArray *jobs)
{
  GPtrArray *records = g_ptr_array_new_with_free_func ((GDestroyNotify) record_free);

  for (guint i = 0; i < jobs->len; i++)
    g_ptr_array_add (records, new_record (journal, g_ptr_array_index (jobs, i)));
  g_ptr_array_unref (jobs);
  thaw_job_return_pointer (job, records, (GDestroyNotify) g_ptr_array_unref);
  return TRUE;
}

static gboolean
list_history_lane (ThawJob *job, gpointer user_data, GError **error)
{
  Order *order = user_data;
  GPtrArray *jobs = require_journal (order->desk, error)
                        ? thaw_journal_list_jobs (order->desk->journal, order->n_max, error)
                        : NULL;

  return jobs != NULL && return_records (job, order->desk->journal, jobs);
}

ThawFuture *
thaw_desk_list_history (ThawDesk *self, ThawScope *scope, guint n_max)
{
  Order *order = g_new0 (Order, 1);

  order->n_max = n_max;
  return run (self, scope, "history", list_history_lane, order);
}

static gboolean
list_interrupted_lane (ThawJob *job, gpointer user_data, GError **error)
{
  Order *order = user_data;
  GPtrArray *jobs = require_journal (order->desk, error)
                        ? thaw_journal_list_interrupted (order->desk->journal, error)
                        : NULL;

  return jobs != NULL && return_records (job, order->desk->journal, jobs);
}

ThawFuture *
thaw_desk_list_interrupted (ThawDesk *self, ThawScope *scope)
{
  return run (self, scope, "interrupted jobs", list_interrupted_lane, g_new0 (Order, 1));
}

static gboolean
load_paused_lane (ThawJob *job, gpointer user_data, GError **error)
{
  Order *order = user_data;
  g_autoptr (GPtrArray) jobs = NULL;
  GPtrArray *paused;

  if (!require_journal (order->desk, error))
    return FALSE;
  jobs = thaw_journal_list_interrupted (order->desk->journal, error);
  if (jobs == NULL)
    return FALSE;
  paused = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_journal_record_free);
  for (guint i = 0; i < jobs->len; i++)
    {
      const ThawJournalRecord *record = g_ptr_array_index (jobs, i);

      if (record->state == THAW_JOURNAL_PAUSED)
        g_ptr_array_add (paused, thaw_journal_record_copy (record));
    }
  thaw_job_return_pointer (job, paused, (GDestroyNotify) g_ptr_array_unref);
  return TRUE;
}

ThawFuture *
thaw_desk_load_paused (ThawDesk *self, ThawScope *scope)
{
  return run (self, scope, "paused jobs", load_paused_lane, g_new0 (Order, 1));
}

static gboolean
set_state_lane (ThawJob *job, gpointer user_data, GError **error)
{
  Order *order = user_data;

  return require_journal (order->desk, error)
         && thaw_journal_set_state (order->desk->journal, order->job, order->state, NULL, error);
}

ThawFuture *
thaw_desk_set_state (ThawDesk *self, ThawScope *scope, gint64 job, ThawJournalState state)
{
  Order *order = g_new0 (Order, 1);

  order->job = job;
  order->state = state;
  return run (self, scope, "state of a job", set_state_lane, order);
}

static gboolean
note_cancelled_lane (ThawJob *job, gpointer user_data, GError **error)
{
  Order *order = user_data;
  g_autoptr (GBytes) yes = g_bytes_new_static ("y", 1);

  return require_journal (order->desk, error)
         && thaw_journal_put (order->desk->journal, order->job, THAW_NOTE_CANCELLED, yes, error);
}

ThawFuture *
thaw_desk_note_cancelled (ThawDesk *self, ThawScope *scope, gint64 job)
{
  Order *order = g_new0 (Order, 1);

  order->job = job;
  return run (self, scope, "note on a job", note_cancelled_lane, order);
}

/* Those that stay, of an array of (path, domain, code, message). */
static GVariant *
leave_out (GVariant *problems, char **paths)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (g_variant_get_type (problems));

  for (gsize i = 0; i < g_variant_n_children (problems); i++)
    {
      g_autoptr (GVariant) problem = g_variant_get_child_value (problems, i);
      const char *path;

      g_variant_get_child (problem, 0, "^&ay", &path);
      if (!g_strv_contains ((const char *const *) paths, path))
        g_variant_builder_add_value (&builder, problem);
    }
  return g_variant_builder_end (&builder);
}

static gboolean
skip_problems_lane (ThawJob *job, gpointer user_data, GError **error)
{
  Order *order = user_data;
  g_autoptr (ThawJournalRecord) record
      = require_journal (order->desk, error)
            ? thaw_journal_get_job (order->desk->journal, order->job, error)
            : NULL;

  if (record == NULL)
    return FALSE;
  if (record->problems == NULL
      || !g_variant_is_of_type (record->problems, G_VARIANT_TYPE ("a(aysis)")))
    return TRUE;
  return thaw_journal_set_problems (order->desk->journal,
                                    order->job,
                                    leave_out (record->problems, order->paths),
                                    error);
}

ThawFuture *
thaw_desk_skip_problems (ThawDesk *self, ThawScope *scope, gint64 job, const char *const *paths)
{
  Order *order = g_new0 (Order, 1);

  order->job = job;
  order->paths = g_strdupv ((char **) paths);
  return run (self, scope, "problems of a job", skip_problems_lane, order);
}

void
thaw_desk_get_speed (ThawDesk *self, const char *devices, const char *kind, ThawSpeed *speed)
{
  thaw_speeds_get (self->speeds, devices, kind, speed);
}

static gboolean
save_speeds_lane (ThawJob *job, gpointer user_data, GError **error)
{
  Order *order = user_data;

  return thaw_speeds_save (order->desk->speeds, error);
}

void
thaw_desk_learn_speed (ThawDesk *self,
                       ThawScope *scope,
                       const char *devices,
                       const char *kind,
                       const ThawSpeed *speed)
{
  thaw_speeds_set (self->speeds, devices, kind, speed);
  thaw_future_disown (run (self, scope, "speeds", save_speeds_lane, g_new0 (Order, 1)));
}
