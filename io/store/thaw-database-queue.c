/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The queue of a database, and the job that works it off. Any thread adds to it; the first request
 * of an idle database starts a job on its lane, which takes everything that is there at once, so
 * that hundreds of look-ups cost one wake-up. Whose turn it is: what belongs to the open
 * transaction, to cursors of their own connection, and what ends something; then, while no
 * transaction is open, the others in their order. With an open transaction whose owner does nothing
 * the job ends, and the next request starts another one. */

#define G_LOG_DOMAIN "Thaw"

#include "thaw-database-private.h"

#include "thaw-error.h"

typedef struct {
  ThawStore *store;
  gboolean was_run;
} Work;

/* Under the lock: what may still be needed by whoever is gone stays. */
static void
take_refused (ThawStore *self, ThawRequestList *refused)
{
  ThawRequestList kept = { 0 };
  ThawDatabaseRequest *request;

  while ((request = thaw_database_request_list_pop (&self->submitted)) != NULL)
    thaw_database_request_list_push (request->future != NULL ? refused : &kept, request);
  self->submitted = kept;
  self->is_active = FALSE;
}

/* The loop, when the lane had no thread for the job. */
static void
refuse_all (ThawStore *self)
{
  ThawRequestList refused = { 0 };
  ThawDatabaseRequest *request;

  pthread_mutex_lock (&self->lock);
  take_refused (self, &refused);
  pthread_mutex_unlock (&self->lock);
  while ((request = thaw_database_request_list_pop (&refused)) != NULL)
    {
      thaw_future_reject (request->future,
                          g_error_new (G_IO_ERROR,
                                       G_IO_ERROR_BUSY,
                                       "%s: there is no thread for the database",
                                       self->name));
      thaw_database_request_unref (request);
    }
}

/* The loop, after the job. */
static void
work_over (gpointer data)
{
  Work *work = data;

  if (!work->was_run)
    refuse_all (work->store);
  thaw_store_unref (work->store);
  g_free (work);
}

static gboolean
runs_at_once (ThawStore *self, ThawDatabaseRequest *request)
{
  switch (request->kind)
    {
    case THAW_REQUEST_ROLLBACK:
    case THAW_REQUEST_END_CURSOR:
      return TRUE;
    case THAW_REQUEST_BEGIN:
    case THAW_REQUEST_CLOSE:
      return FALSE;
    default:
      return request->transaction != NULL
             || (request->cursor != NULL && thaw_cursor_is_apart (request->cursor, self));
    }
}

/* FALSE when there was nothing: the job ends, and somebody else may start one. */
static gboolean
take_submitted (ThawStore *self)
{
  ThawRequestList taken;
  ThawDatabaseRequest *request;

  pthread_mutex_lock (&self->lock);
  taken = self->submitted;
  self->submitted = (ThawRequestList){ 0 };
  if (taken.first == NULL)
    {
      self->job = NULL;
      self->is_active = FALSE;
    }
  pthread_mutex_unlock (&self->lock);
  if (taken.first == NULL)
    return FALSE;

  while ((request = thaw_database_request_list_pop (&taken)) != NULL)
    {
      self->close_is_wanted |= request->kind == THAW_REQUEST_CLOSE;
      thaw_database_request_list_push (runs_at_once (self, request) ? &self->urgent : &self->waiting,
                              request);
    }
  return TRUE;
}

static ThawDatabaseRequest *
choose (ThawStore *self)
{
  ThawDatabaseRequest *request = thaw_database_request_list_pop (&self->urgent);

  if (request != NULL)
    return request;
  /* Who closes the database doesn't wait for a transaction that may never end. */
  if (self->owner != NULL && self->close_is_wanted)
    thaw_store_end_transaction (self, NULL);
  return self->owner == NULL ? thaw_database_request_list_pop (&self->waiting) : NULL;
}

static gboolean
work_lane (ThawJob *job, gpointer data, GError **error)
{
  Work *work = data;
  ThawStore *self = work->store;
  ThawDatabaseRequest *request;

  work->was_run = TRUE;
  self->job = job;
  while (take_submitted (self))
    {
      while ((request = choose (self)) != NULL)
        {
          thaw_job_beat (job);
          thaw_store_run (self, request);
        }
      thaw_store_end_shared_reads (self);
    }
  return TRUE;
}

/* The thread that opened the database. Patient: the requests wait for a file system that is silent,
 * and new ones are refused meanwhile. */
static void
start_job (ThawStore *self)
{
  Work *work = g_new (Work, 1);

  *work = (Work){ .store = thaw_store_ref (self) };
  thaw_future_disown (thaw_lane_run_patient (self->lane,
                                             self->scope,
                                             "database",
                                             THAW_PRIORITY_DEFAULT,
                                             -1,
                                             work_lane,
                                             work,
                                             work_over));
}

/* The handler of the mailbox of starts. */
void
thaw_store_start_cb (gpointer store, gpointer unused)
{
  start_job (store);
  thaw_store_unref (store);
}

static void
start_soon (ThawStore *self)
{
  if (self->thread == g_thread_self ())
    {
      start_job (self);
      return;
    }
  if (!thaw_mailbox_post (self->starts, thaw_store_ref (self)))
    {
      g_debug ("The main context of %s is gone: it stays open", self->name);
      thaw_store_unref (self);
    }
}

/* Under the lock. */
static GError *
get_refusal (ThawStore *self, ThawDatabaseRequest *request)
{
  if (request->kind == THAW_REQUEST_CLOSE || request->future == NULL)
    return NULL;
  if (self->is_closing)
    return g_error_new (G_IO_ERROR, G_IO_ERROR_CLOSED, "%s: the database is closed", self->name);
  if (self->is_active && thaw_lane_get_refuses (self->lane))
    return g_error_new (THAW_ERROR,
                        THAW_ERROR_NOT_ANSWERING,
                        "%s: the file system of the database is not answering",
                        self->name);
  return NULL;
}

void
thaw_store_submit (ThawStore *self, ThawDatabaseRequest *request)
{
  g_autoptr (ThawStore) held = thaw_store_ref (self);
  gboolean starts = FALSE;
  GError *error;

  pthread_mutex_lock (&self->lock);
  error = get_refusal (self, request);
  if (error == NULL)
    {
      self->is_closing |= request->kind == THAW_REQUEST_CLOSE;
      thaw_database_request_list_push (&self->submitted, request);
      starts = !self->is_active;
      self->is_active = TRUE;
    }
  pthread_mutex_unlock (&self->lock);
  if (starts)
    start_soon (self);
  if (error == NULL)
    return;
  thaw_future_reject (request->future, error);
  thaw_database_request_unref (request);
}
