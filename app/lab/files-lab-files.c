/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The job "read 10,000 files": small ones, in a folder for temporary files, written by the first
 * run and removed with the Lab. Each style reads all of them and counts their bytes. Loop's thread,
 * but for the functions that end in _lane. */

#include "files-lab-items.h"
#include <glib/gi18n.h>

#define FILE_BYTES 1000
#define N_FIBERS 16
#define MAX_WAITING 256

/* Preparation */

typedef struct {
  GPtrArray *files; /* a reference */
  guint n;
} Writing;

static void
writing_free (gpointer data)
{
  Writing *writing = data;

  g_ptr_array_unref (writing->files);
  g_free (writing);
}

static gboolean
write_files_lane (ThawJob *job, gpointer user_data, GError **error)
{
  Writing *writing = user_data;
  g_autofree char *contents = g_strnfill (FILE_BYTES, 'x');

  for (guint i = 0; i < writing->n; i++)
    {
      thaw_job_beat (job);
      if (thaw_job_set_error_if_cancelled (job, error)
          || !g_file_set_contents_full (g_file_peek_path (writing->files->pdata[i]),
                                        contents,
                                        FILE_BYTES,
                                        G_FILE_SET_CONTENTS_NONE,
                                        0600,
                                        error))
        return FALSE;
    }
  return TRUE;
}

static GPtrArray *
name_files (GFile *folder, guint n)
{
  GPtrArray *files = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("%05u.txt", i);

      g_ptr_array_add (files, g_file_get_child (folder, name));
    }
  return files;
}

static ThawFuture *
prepare_fiber (gpointer user_data)
{
  FilesLabRun *run = user_data;
  FilesLabBench *bench = files_lab_run_get_bench (run);
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) folder = NULL;
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (ThawLane) lane = NULL;
  Writing *writing;

  folder = thaw_await_pointer (thaw_file_make_temp_folder (bench->scope, "thaw-lab"), &error);
  if (folder == NULL)
    return thaw_future_new_rejected (g_steal_pointer (&error));
  files = name_files (folder, files_lab_run_get_size (run));
  lane = thaw_lane_for_file (folder);
  writing = g_new (Writing, 1);
  writing->files = g_ptr_array_ref (files);
  writing->n = files->len;
  if (!thaw_await (thaw_lane_run (lane,
                                  files_lab_run_get_scope (run),
                                  "write files for the Lab",
                                  THAW_PRIORITY_DEFAULT,
                                  -1,
                                  write_files_lane,
                                  writing,
                                  writing_free),
                   &error))
    return thaw_future_new_rejected (g_steal_pointer (&error));
  bench->files = g_steal_pointer (&files);
  return thaw_future_new_resolved ();
}

static ThawFuture *
prepare (FilesLabRun *run)
{
  if (files_lab_run_get_bench (run)->files != NULL)
    return thaw_future_new_resolved ();
  return thaw_scope_spawn (files_lab_run_get_scope (run),
                           "prepare files",
                           prepare_fiber,
                           run,
                           NULL);
}

/* Blocking */

static void
read_blocking (FilesLabRun *run)
{
  GPtrArray *files = files_lab_run_get_bench (run)->files;
  GError *error = NULL;

  for (guint i = 0; i < files->len && error == NULL; i++)
    {
      g_autofree char *contents = NULL;

      g_file_get_contents (g_file_peek_path (files->pdata[i]), &contents, NULL, &error);
      files_lab_run_advance (run, 1);
    }
  files_lab_run_finish (run, error);
}

/* Messages: a worker reads and posts; the mailbox holds it back when the loop is busy */

typedef struct {
  GPtrArray *files; /* a reference */
  ThawMailbox *mailbox;
} Reading;

static void
reading_free (gpointer data)
{
  Reading *reading = data;

  g_ptr_array_unref (reading->files);
  thaw_mailbox_unref (reading->mailbox);
  g_free (reading);
}

static gboolean
read_files_lane (ThawJob *job, gpointer user_data, GError **error)
{
  Reading *reading = user_data;

  for (guint i = 0; i < reading->files->len; i++)
    {
      char *contents;
      gsize length;

      thaw_job_beat (job);
      if (!g_file_get_contents (g_file_peek_path (reading->files->pdata[i]),
                                &contents,
                                &length,
                                error))
        return FALSE;
      if (!thaw_mailbox_post_wait (reading->mailbox,
                                   contents,
                                   -1,
                                   thaw_job_get_cancellable (job),
                                   error))
        {
          g_free (contents);
          return FALSE;
        }
    }
  return TRUE;
}

static void
contents_cb (gpointer message, gpointer user_data)
{
  g_autofree char *contents = message;

  files_lab_run_advance (user_data, 1);
  if (files_lab_run_get_fraction (user_data) >= 1)
    files_lab_run_finish (user_data, NULL);
}

static void
read_with_messages (FilesLabRun *run)
{
  Reading *reading = g_new (Reading, 1);
  g_autoptr (ThawLane) lane = NULL;
  g_autoptr (ThawFuture) done = NULL;

  reading->files = g_ptr_array_ref (files_lab_run_get_bench (run)->files);
  reading->mailbox = thaw_mailbox_new ("files in the Lab",
                                       NULL,
                                       G_OBJECT (run),
                                       MAX_WAITING,
                                       contents_cb,
                                       run,
                                       g_free);
  lane = thaw_lane_for_file (reading->files->pdata[0]);
  done = thaw_lane_run (lane,
                        files_lab_run_get_scope (run),
                        "read files",
                        THAW_PRIORITY_DEFAULT,
                        -1,
                        read_files_lane,
                        reading,
                        reading_free);
  thaw_future_done (done, files_lab_run_get_scope (run), files_lab_run_fail_cb, run, NULL);
}

/* Futures: one for all of them */

static ThawFuture *
loaded_cb (ThawFuture *completed, gpointer user_data)
{
  GPtrArray *contents = thaw_future_get_pointer (completed, NULL);

  files_lab_run_advance (user_data, contents->len);
  return thaw_future_new_resolved ();
}

static void
read_with_futures (FilesLabRun *run)
{
  GPtrArray *files = files_lab_run_get_bench (run)->files;
  ThawScope *scope = files_lab_run_get_scope (run);
  g_autoptr (ThawFuture) loaded
      = thaw_file_load_many (scope, (GFile *const *) files->pdata, files->len, 0);
  g_autoptr (ThawFuture) counted = thaw_future_then (loaded, scope, loaded_cb, run, NULL);

  thaw_future_done (counted, scope, files_lab_run_finish_cb, run, NULL);
}

/* Fibers: sixteen, each of which awaits one file after the other */

static ThawFuture *
load_file (guint index, gpointer user_data)
{
  GPtrArray *files = files_lab_run_get_bench (user_data)->files;

  return thaw_file_load (files_lab_run_get_scope (user_data), files->pdata[index], 0, NULL);
}

static void
read_with_fibers (FilesLabRun *run)
{
  files_lab_items_await (run, "read a share", N_FIBERS, load_file);
}

const FilesLabJob files_lab_files_job = {
  .id = "files",
  .title = N_ ("Read 10,000 Files"),
  .description = N_ ("Small ones, from a folder for temporary files"),
  .size = 10000,
  .prepare = prepare,
  .start = { read_blocking, read_with_messages, read_with_futures, read_with_fibers },
};
