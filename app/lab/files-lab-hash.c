/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The job "hash 2 GB": SHA-256 of zeros that are made in memory, in pieces of 16 MB each, so that
 * what is measured is computing alone and no disk. Computing belongs on the pool, which has as many
 * threads as there are cores; the loop only hears of each piece. Loop's thread, but for the
 * functions that end in _pool. */

#include "files-lab-items.h"
#include <glib/gi18n.h>

#define PIECE_BYTES (16 * 1024 * 1024)
#define CHUNK_BYTES (64 * 1024)
#define MAX_WAITING 1024 /* more than there are pieces */
#define AT_ONCE 4

static const guchar zeros[CHUNK_BYTES];

/* NULL: cancelled. @job may be NULL. */
static char *
hash_piece (ThawJob *job)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint done = 0; done < PIECE_BYTES; done += CHUNK_BYTES)
    {
      if (job != NULL && thaw_job_is_cancelled (job))
        return NULL;
      g_checksum_update (checksum, zeros, CHUNK_BYTES);
    }
  return g_strdup (g_checksum_get_string (checksum));
}

static gboolean
hash_piece_pool (ThawJob *job, gpointer user_data, GError **error)
{
  char *hash = hash_piece (job);

  if (hash == NULL)
    return !thaw_job_set_error_if_cancelled (job, error);
  thaw_job_return_pointer (job, hash, g_free);
  return TRUE;
}

/* Blocking */

static void
hash_blocking (FilesLabRun *run)
{
  for (guint i = 0; i < files_lab_run_get_size (run); i++)
    {
      g_autofree char *hash = hash_piece (NULL);

      files_lab_run_advance (run, 1);
    }
  files_lab_run_finish (run, NULL);
}

/* Messages: a worker posts the hash of each piece */

typedef struct {
  guint n_pieces;
  ThawMailbox *mailbox;
} Hashing;

static void
hashing_free (gpointer data)
{
  Hashing *hashing = data;

  thaw_mailbox_unref (hashing->mailbox);
  g_free (hashing);
}

static gboolean
hash_all_pool (ThawJob *job, gpointer user_data, GError **error)
{
  Hashing *hashing = user_data;

  for (guint i = 0; i < hashing->n_pieces; i++)
    {
      char *hash = hash_piece (job);

      if (hash == NULL)
        return !thaw_job_set_error_if_cancelled (job, error);
      if (!thaw_mailbox_post (hashing->mailbox, hash))
        g_free (hash);
    }
  return TRUE;
}

static void
hash_cb (gpointer message, gpointer user_data)
{
  g_autofree char *hash = message;

  files_lab_run_advance (user_data, 1);
  if (files_lab_run_get_fraction (user_data) >= 1)
    files_lab_run_finish (user_data, NULL);
}

static void
hash_with_messages (FilesLabRun *run)
{
  Hashing *hashing = g_new (Hashing, 1);
  g_autoptr (ThawFuture) done = NULL;

  hashing->n_pieces = files_lab_run_get_size (run);
  hashing->mailbox = thaw_mailbox_new ("hashes in the Lab",
                                       NULL,
                                       G_OBJECT (run),
                                       MAX_WAITING,
                                       hash_cb,
                                       run,
                                       g_free);
  done = thaw_scope_compute (files_lab_run_get_scope (run),
                             "hash it all",
                             THAW_PRIORITY_DEFAULT,
                             hash_all_pool,
                             hashing,
                             hashing_free);
  thaw_future_done (done, files_lab_run_get_scope (run), files_lab_run_fail_cb, run, NULL);
}

/* Futures: a map over the pieces, a few at a time */

static ThawFuture *
start_piece (guint index, gpointer user_data)
{
  return thaw_scope_compute (files_lab_run_get_scope (user_data),
                             "hash a piece",
                             THAW_PRIORITY_DEFAULT,
                             hash_piece_pool,
                             NULL,
                             NULL);
}

static void
hash_with_futures (FilesLabRun *run)
{
  files_lab_items_map (run, "hash pieces", AT_ONCE, start_piece);
}

/* Fibers: each awaits one piece after the other */

static void
hash_with_fibers (FilesLabRun *run)
{
  files_lab_items_await (run, "hash a share", AT_ONCE, start_piece);
}

const FilesLabJob files_lab_hash_job = {
  .id = "hash",
  .title = N_ ("Hash 2 GB"),
  .description = N_ ("SHA-256 of zeros made in memory: computing, and no disk"),
  .size = 128,
  .start = { hash_blocking, hash_with_messages, hash_with_futures, hash_with_fibers },
};
