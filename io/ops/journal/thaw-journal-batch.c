/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Batches in the database, and what they did to the file systems' clocks. A batch is written as
 * begun before the first of its steps and marked as done after the last; which of its steps
 * happened is never written but looked at. The clocks are read with no lock held, since a disk may
 * hang. */

#include "thaw-step-private.h"

#include <fcntl.h>

#define NSEC G_GINT64_CONSTANT (1000000000)
#define MOMENT_NSEC (NSEC / 50)

typedef struct {
  guint64 ino;
  gint64 ctime_nsec;
} Touched;

typedef struct {
  guint64 dev;
  gint64 ctime_nsec;
} Clock;

struct _ThawMarks {
  GArray *touched; /* Touched */
  GArray *clocks;  /* Clock, one for each device */
  GPtrArray *rows; /* borrowed */
};

void
thaw_batch_free (ThawBatch *self)
{
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_free (self);
}

static void
note_clock (ThawMarks *self, guint64 dev, gint64 ctime_nsec)
{
  Clock clock = { dev, ctime_nsec };

  for (guint i = 0; i < self->clocks->len; i++)
    {
      Clock *known = &g_array_index (self->clocks, Clock, i);

      if (known->dev != dev)
        continue;
      known->ctime_nsec = MAX (known->ctime_nsec, ctime_nsec);
      return;
    }
  g_array_append_val (self->clocks, clock);
}

static void
note (ThawMarks *self, const struct stat *st)
{
  Touched touched = { st->st_ino, st->st_ctim.tv_sec * NSEC + st->st_ctim.tv_nsec };

  g_array_append_val (self->touched, touched);
  note_clock (self, st->st_dev, touched.ctime_nsec);
}

static void
note_folder (ThawFolderUse *use, gpointer user_data)
{
  struct stat st;

  if (fstat (thaw_place_get_fd (use->place), &st) == 0)
    note (user_data, &st);
}

/* After a crash nobody knows when it was placed: but its folder was changed by that a moment
 * before. */
static gint64
guess_placed_ctime (ThawRow *row)
{
  gint64 ctime_nsec, folder_nsec;
  struct stat st;

  if (!S_ISDIR (row->step->object.mode) || fstat (thaw_place_get_fd (row->to->place), &st) != 0)
    return 0;
  ctime_nsec = thaw_look_ctime (row->to->place, row->step->to.name);
  folder_nsec = st.st_ctim.tv_sec * NSEC + st.st_ctim.tv_nsec;
  return ctime_nsec > folder_nsec && ctime_nsec - folder_nsec < MOMENT_NSEC ? ctime_nsec : 0;
}

/* What was only placed has been made by the job: its folder tells the time. @intermediates: hidden
 * names that rows made. */
static void
note_row (ThawMarks *self, ThawRow *row, GHashTable *intermediates)
{
  ThawStep *step = row->step;
  struct stat st;

  if (row->to == NULL)
    return;
  if (step->type == THAW_STEP_RENAME && thaw_step_is_hidden_name (step->to.name))
    g_hash_table_add (intermediates, step->to.name);
  if (step->type == THAW_STEP_RENAME && thaw_step_is_hidden_name (step->from.name)
      && !row->is_on_its_way && !g_hash_table_contains (intermediates, step->from.name))
    {
      /* A rename gives it its time after its folder's, which is later by as long as that takes. */
      note_clock (self,
                  thaw_place_get_dev (row->to->place),
                  row->placed_ctime_nsec != 0 ? row->placed_ctime_nsec : guess_placed_ctime (row));
      return;
    }
  if (fstatat (thaw_place_get_fd (row->to->place), step->to.name, &st, AT_SYMLINK_NOFOLLOW) == 0)
    note (self, &st);
  /* What was moved over something is a file like any other when that is taken back. */
  if (row->kept != NULL
      && fstatat (thaw_place_get_fd (row->kept->place), step->kept.name, &st, AT_SYMLINK_NOFOLLOW)
             == 0)
    note (self, &st);
}

/* What is touched by rows that were done, in folders that were changed. */
ThawMarks *
thaw_marks_collect (GPtrArray *rows, ThawFolders *folders)
{
  g_autoptr (GHashTable) intermediates = g_hash_table_new (g_str_hash, g_str_equal);
  ThawMarks *self = g_new0 (ThawMarks, 1);

  self->touched = g_array_new (FALSE, FALSE, sizeof (Touched));
  self->clocks = g_array_new (FALSE, FALSE, sizeof (Clock));
  self->rows = rows;
  for (guint i = 0; i < rows->len; i++)
    note_row (self, g_ptr_array_index (rows, i), intermediates);
  thaw_folders_foreach_dirty (folders, note_folder, self);
  return self;
}

void
thaw_marks_free (ThawMarks *self)
{
  g_array_unref (self->touched);
  g_array_unref (self->clocks);
  g_free (self);
}

gboolean
thaw_marks_write (ThawMarks *self, ThawJournal *journal, gint64 job, GError **error)
{
  for (guint i = 0; i < self->touched->len; i++)
    {
      Touched *touched = &g_array_index (self->touched, Touched, i);

      if (!thaw_journal_exec (journal,
                              error,
                              "INSERT OR REPLACE INTO touched (ino, job, ctime) VALUES (?, ?, ?)",
                              "iii",
                              (gint64) touched->ino,
                              job,
                              touched->ctime_nsec))
        return FALSE;
    }
  for (guint i = 0; i < self->clocks->len; i++)
    {
      Clock *clock = &g_array_index (self->clocks, Clock, i);

      if (!thaw_journal_exec (
              journal,
              error,
              "INSERT INTO clocks (job, dev, ctime) VALUES (?, ?, ?)"
              " ON CONFLICT (job, dev) DO UPDATE SET ctime=max(ctime, excluded.ctime)",
              "iii",
              job,
              (gint64) clock->dev,
              clock->ctime_nsec))
        return FALSE;
    }
  return thaw_kept_note_left (journal, self->rows, error);
}

/* What undo can take back. That of a move to another device is an operation; what was removed for
 * good, or replaced and not kept, is none. */
static gboolean
goes_back (const ThawStep *step)
{
  return step->type != THAW_STEP_GONE
         && (step->type != THAW_STEP_REPLACE || step->kept.folder != NULL);
}

/**
 * thaw_journal_note_swept:
 *
 * Notes that a folder was changed by a job of ours, by removing something hidden from it. What
 * can't be noted makes undo of what was done there before refuse, which is never wrong.
 */
void
thaw_journal_note_swept (ThawJournal *self, gint64 job, ThawPlace *place)
{
  struct stat st;

  if (fstat (thaw_place_get_fd (place), &st) != 0
      || !thaw_journal_begin (self, THAW_COMMIT_SOON, NULL))
    return;
  thaw_journal_end (
      self,
      thaw_journal_exec (self,
                         NULL,
                         "INSERT OR REPLACE INTO touched (ino, job, ctime) VALUES (?, ?, ?)",
                         "iii",
                         (gint64) st.st_ino,
                         job,
                         st.st_ctim.tv_sec * NSEC + st.st_ctim.tv_nsec),
      NULL);
}

guint
thaw_rows_count_back (GPtrArray *rows)
{
  guint n = 0;

  for (guint i = 0; i < rows->len; i++)
    n += goes_back (((ThawRow *) g_ptr_array_index (rows, i))->step) ? 1 : 0;
  return n;
}

/* It is the latest to have changed something. If it is already its row isn't touched, which has the
 * request in it, of a hundred thousand names maybe: the index alone tells. */
gboolean
thaw_journal_raise_stamp (ThawJournal *self, gint64 job, GError **error)
{
  return thaw_journal_exec (
      self,
      error,
      "UPDATE jobs SET stamp=(SELECT max(stamp) FROM jobs)+1 WHERE id=?1 AND id NOT IN"
      " (SELECT id FROM jobs WHERE stamp>0 AND stamp=(SELECT max(stamp) FROM jobs))",
      "i",
      job);
}

/* Durable. 0: nothing was written. */
gint64
thaw_journal_add_batch (ThawJournal *self,
                        gint64 job,
                        GPtrArray *rows,
                        ThawStepsMode mode,
                        GError **error)
{
  g_autoptr (GBytes) bytes = thaw_rows_pack (rows);
  gboolean success;
  gint64 id;

  if (!thaw_journal_begin (self, THAW_COMMIT_DURABLE, error))
    return 0;
  success = thaw_journal_exec (
      self,
      error,
      "INSERT INTO batches (job, mode, is_done, n_steps, n_back, steps) VALUES (?, ?, 0, ?, ?, ?)",
      "iiiib",
      job,
      (gint64) mode,
      (gint64) rows->len,
      (gint64) thaw_rows_count_back (rows),
      bytes);
  id = sqlite3_last_insert_rowid (self->db);
  success = success && thaw_journal_raise_stamp (self, job, error);
  return thaw_journal_end (self, success, error) ? id : 0;
}

/* A job of which nothing stands has changed nothing. */
gboolean
thaw_journal_clear_stamp (ThawJournal *self, gint64 job, GError **error)
{
  return thaw_journal_exec (self,
                            error,
                            "UPDATE jobs SET stamp=0 WHERE id=?1"
                            " AND NOT EXISTS (SELECT 1 FROM batches WHERE job=?1)",
                            "i",
                            job);
}

static gboolean
drop_batch (ThawJournal *self, gint64 job, gint64 batch, GError **error)
{
  return thaw_journal_exec (self, error, "DELETE FROM batches WHERE id=?", "i", batch)
         && thaw_journal_clear_stamp (self, job, error);
}

gboolean
thaw_journal_drop_batch (ThawJournal *self, gint64 job, gint64 batch, GError **error)
{
  if (!thaw_journal_begin (self, THAW_COMMIT_SOON, error))
    return FALSE;
  return thaw_journal_end (self, drop_batch (self, job, batch, error), error);
}

static gboolean
write_marks (ThawJournal *self,
             gint64 job,
             gint64 batch,
             GBytes *bytes,
             GPtrArray *rows,
             GError **error)
{
  if (bytes == NULL)
    return thaw_journal_exec (self, error, "UPDATE batches SET is_done=1 WHERE id=?", "i", batch);
  return thaw_journal_exec (self,
                            error,
                            "UPDATE batches SET is_done=1, n_steps=?, n_back=?, steps=? WHERE id=?",
                            "iibi",
                            (gint64) rows->len,
                            (gint64) thaw_rows_count_back (rows),
                            bytes,
                            batch);
}

static gboolean
has_altered (GPtrArray *rows)
{
  for (guint i = 0; i < rows->len; i++)
    if (((ThawRow *) g_ptr_array_index (rows, i))->is_altered)
      return TRUE;
  return FALSE;
}

/* What has parts to come isn't inverted yet. */
static gboolean
flip_if_whole (ThawJournal *self, gint64 job, GError **error)
{
  gint64 has_more = 0;

  return thaw_journal_read (self,
                            &has_more,
                            0,
                            error,
                            "SELECT 1 FROM batches WHERE job=? AND is_done=? LIMIT 1",
                            "ii",
                            job,
                            (gint64) THAW_PART_TO_COME)
         && (has_more != 0 || thaw_journal_flip (self, job, error));
}

gboolean
thaw_journal_mark_batch (ThawJournal *self,
                         gint64 job,
                         gint64 batch,
                         GPtrArray *rows,
                         gboolean is_changed,
                         ThawFolders *folders,
                         GError **error)
{
  g_autoptr (ThawMarks) marks = thaw_marks_collect (rows, folders);
  g_autoptr (GBytes) bytes = is_changed || has_altered (rows) ? thaw_rows_pack (rows) : NULL;
  gboolean success;

  if (!thaw_journal_begin (self, THAW_COMMIT_SOON, error))
    return FALSE;
  /* That it was taken back has changed folders too, maybe of what the job has placed before. */
  if (rows->len == 0)
    success = drop_batch (self, job, batch, error) && thaw_marks_write (marks, self, job, error);
  else
    success = write_marks (self, job, batch, bytes, rows, error)
              && thaw_marks_write (marks, self, job, error) && flip_if_whole (self, job, error);
  return thaw_journal_end (self, success, error);
}

static ThawBatch *
batch_from_row (sqlite3_stmt *statement, GError **error)
{
  g_autoptr (GBytes) bytes = thaw_journal_column_bytes (statement, 3);
  GPtrArray *rows = bytes != NULL ? thaw_rows_unpack (bytes, error) : g_ptr_array_new ();
  ThawBatch *self;

  if (rows == NULL)
    return NULL;
  self = g_new0 (ThawBatch, 1);
  self->id = sqlite3_column_int64 (statement, 0);
  self->mode = (ThawStepsMode) sqlite3_column_int (statement, 1);
  self->is_done = sqlite3_column_int (statement, 2) == 1;
  self->rows = rows;
  return self;
}

static GPtrArray *
load (ThawJournal *self, gint64 job, const char *sql, GError **error)
{
  g_autoptr (GPtrArray) batches = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_batch_free);
  g_autoptr (GError) local = NULL;
  sqlite3_stmt *statement;

  if (!thaw_journal_lock (self, error))
    return NULL;
  statement = thaw_journal_query (self, &local, sql, "i", job);
  while (statement != NULL && local == NULL && thaw_journal_step (self, statement, &local))
    {
      ThawBatch *batch = batch_from_row (statement, &local);

      if (batch != NULL)
        g_ptr_array_add (batches, batch);
    }
  if (statement != NULL)
    sqlite3_reset (statement);
  thaw_journal_unlock (self);
  if (local == NULL)
    return g_steal_pointer (&batches);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

GPtrArray *
thaw_journal_load_batches (ThawJournal *self, gint64 job, GError **error)
{
  return load (self,
               job,
               "SELECT id, mode, is_done, steps FROM batches WHERE job=? ORDER BY id",
               error);
}

/* Few: a large job has done most of what it has begun. Parts are settled by themselves. */
GPtrArray *
thaw_journal_load_open_batches (ThawJournal *self, gint64 job, GError **error)
{
  return load (self,
               job,
               "SELECT id, mode, is_done, steps FROM batches WHERE job=? AND is_done=0 AND mode<>2"
               " ORDER BY id",
               error);
}

/**
 * thaw_journal_list_steps:
 *
 * Lists what a job has done, in that order, a move on disk each: a step that needed a hidden name
 * on its way is two.
 *
 * Returns: (transfer container) (element-type ThawStep): them
 */
GPtrArray *
thaw_journal_list_steps (ThawJournal *self, gint64 job, GError **error)
{
  g_autoptr (GPtrArray) batches = thaw_journal_load_batches (self, job, error);
  GPtrArray *steps;

  if (batches == NULL)
    return NULL;
  steps = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_step_free);
  for (guint i = 0; i < batches->len; i++)
    {
      ThawBatch *batch = g_ptr_array_index (batches, i);

      for (guint j = 0; batch->is_done && j < batch->rows->len; j++)
        g_ptr_array_add (steps,
                         g_steal_pointer (&((ThawRow *) g_ptr_array_index (batch->rows, j))->step));
      if (batch->is_done)
        g_ptr_array_set_size (batch->rows, 0);
    }
  return steps;
}

/* Those that are done, in their order. */
GArray *
thaw_journal_list_done_batches (ThawJournal *self, gint64 job, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GError) local = NULL;
  sqlite3_stmt *statement;

  if (!thaw_journal_lock (self, error))
    return NULL;
  statement = thaw_journal_query (self,
                                  &local,
                                  "SELECT id FROM batches WHERE job=? AND is_done=1 ORDER BY id",
                                  "i",
                                  job);
  while (statement != NULL && thaw_journal_step (self, statement, &local))
    {
      gint64 id = sqlite3_column_int64 (statement, 0);

      g_array_append_val (ids, id);
    }
  thaw_journal_unlock (self);
  if (local == NULL)
    return g_steal_pointer (&ids);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

/* One batch's, so that a large job needn't be in memory twice. */
GPtrArray *
thaw_journal_load_rows (ThawJournal *self, gint64 batch, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  sqlite3_stmt *statement;

  if (!thaw_journal_lock (self, error))
    return NULL;
  statement = thaw_journal_query (self, error, "SELECT steps FROM batches WHERE id=?", "i", batch);
  if (statement != NULL && thaw_journal_step (self, statement, error))
    {
      bytes = thaw_journal_column_bytes (statement, 0);
      sqlite3_reset (statement);
    }
  thaw_journal_unlock (self);
  if (bytes != NULL)
    return thaw_rows_unpack (bytes, error);
  if (error != NULL && *error == NULL)
    g_set_error_literal (error,
                         G_IO_ERROR,
                         G_IO_ERROR_NOT_FOUND,
                         "The journal doesn't know this operation any more");
  return NULL;
}

gboolean
thaw_journal_count_steps (ThawJournal *self,
                          gint64 job,
                          gint64 *n_steps,
                          guint *types,
                          GError **error)
{
  g_autoptr (GArray) batches = thaw_journal_list_done_batches (self, job, error);

  *n_steps = 0;
  *types = 0;
  for (guint i = 0; batches != NULL && i < batches->len; i++)
    {
      g_autoptr (GPtrArray) rows
          = thaw_journal_load_rows (self, g_array_index (batches, gint64, i), error);

      if (rows == NULL)
        return FALSE;
      *n_steps += rows->len;
      for (guint k = 0; k < rows->len; k++)
        *types |= 1u << (((ThawRow *) g_ptr_array_index (rows, k))->step->type & 31);
    }
  return batches != NULL;
}

/* With the lock held. */
static gboolean
read_token (ThawJournal *self, gint64 job, GError **error)
{
  g_autoptr (GError) local = NULL;
  sqlite3_stmt *statement
      = thaw_journal_query (self, &local, "SELECT token FROM jobs WHERE id=?", "i", job);

  self->token_job = 0;
  if (statement != NULL && thaw_journal_step (self, statement, &local))
    {
      g_strlcpy (self->token,
                 (const char *) sqlite3_column_text (statement, 0),
                 sizeof self->token);
      self->token_job = job;
      sqlite3_reset (statement);
    }
  else if (local == NULL)
    g_set_error (&local,
                 G_IO_ERROR,
                 G_IO_ERROR_NOT_FOUND,
                 "The journal has no operation %" G_GINT64_FORMAT,
                 job);
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return self->token_job != 0;
}

/* A job has one for ever. It is asked for with each batch, and behind a request of many names it
 * takes long to read. */
char *
thaw_journal_dup_token (ThawJournal *self, gint64 job, GError **error)
{
  char *token;

  if (!thaw_journal_lock (self, error))
    return NULL;
  token = self->token_job == job || read_token (self, job, error) ? g_strdup (self->token) : NULL;
  thaw_journal_unlock (self);
  return token;
}
