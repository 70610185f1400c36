/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Comparing the files of a group byte by byte, as a job of their lane: what stands between a hash
 * and deleting something. */

#include "thaw-duplicates-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  ThawDuplicatesWork *work;
  guint64 size;
  GArray *records; /* ThawDuplicatesRecord */
} Verify;

static void
verify_free (gpointer data)
{
  Verify *self = data;

  thaw_duplicates_work_unref (self->work);
  g_array_unref (self->records);
  g_free (self);
}

static gboolean
fail (Verify *self, const ThawDuplicatesRecord *record, int code, GError **error)
{
  g_autofree char *shown
      = g_filename_display_name (thaw_duplicates_names_get (&self->work->names, record->name));

  if (code > 0)
    g_set_error (error,
                 G_IO_ERROR,
                 g_io_error_from_errno (code),
                 "%s: %s",
                 shown,
                 g_strerror (code));
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_WRONG_ETAG, "%s has changed", shown);
  return FALSE;
}

static gssize
read_fully (int fd, char *buffer, gsize size, goffset offset)
{
  gsize n = 0;

  while (n < size)
    {
      gssize got = pread (fd, buffer + n, size - n, offset + (goffset) n);

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return got < 0 ? got : (gssize) n;
      n += got;
    }
  return (gssize) n;
}

#define VERIFY_BYTES (128 * 1024)

/* 0: they are equal. */
static int
compare_files (ThawJob *job, int a, int b, guint64 size)
{
  g_autofree char *buffer = g_malloc (2 * VERIFY_BYTES);

  for (guint64 at = 0; at < size; at += VERIFY_BYTES)
    {
      gsize want = MIN (size - at, VERIFY_BYTES);

      if (thaw_job_is_cancelled (job))
        return ECANCELED;
      thaw_job_beat (job);
      if (read_fully (a, buffer, want, (goffset) at) < 0
          || read_fully (b, buffer + VERIFY_BYTES, want, (goffset) at) < 0)
        return errno;
      if (memcmp (buffer, buffer + VERIFY_BYTES, want) != 0)
        return -1;
    }
  return 0;
}

static gboolean
verify_lane (ThawJob *job, gpointer data, GError **error)
{
  Verify *self = data;
  const ThawDuplicatesRecord *first = &g_array_index (self->records, ThawDuplicatesRecord, 0);
  int first_fd = -1, fd = -1;
  int code = thaw_duplicates_open (self->work, first, self->size, &first_fd);

  if (code != 0)
    return fail (self, first, code, error);
  for (guint i = 1; i < self->records->len && code == 0; i++)
    {
      const ThawDuplicatesRecord *record = &g_array_index (self->records, ThawDuplicatesRecord, i);

      code = thaw_duplicates_open (self->work, record, self->size, &fd);
      if (code == 0)
        {
          code = compare_files (job, first_fd, fd, self->size);
          close (fd);
        }
      if (code != 0)
        fail (self, record, code, error);
    }
  close (first_fd);
  return code == 0;
}

/**
 * thaw_duplicates_verify:
 * @self: a search
 * @scope: what the comparison belongs to
 * @group: the number of a group
 *
 * Compares the files of a group byte by byte, and with what was found: for the moment before all
 * but one are deleted. Who still has one of them open for writing can change it later.
 *
 * - **Thread**: call on the loop's thread; they are read on their lane.
 * - **Errors**: %G_IO_ERROR_WRONG_ETAG for one that has changed or differs; the `G_IO_ERROR` of
 * reading; %G_IO_ERROR_NOT_FOUND if there is no such group
 * - **Cancellation**: cancel the future, or the scope.
 *
 * Returns: (transfer full): a future that resolves with nothing when they are equal
 */
ThawFuture *
thaw_duplicates_verify (ThawDuplicates *self, ThawScope *scope, guint group)
{
  g_autoptr (ThawLane) lane = NULL;
  const ThawDuplicatesSet *result;
  Verify *verify;

  g_return_val_if_fail (THAW_IS_DUPLICATES (self) && scope != NULL, NULL);

  if (group >= self->results->len)
    return thaw_future_new_rejected (
        g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "No such group"));
  result = &g_array_index (self->results, ThawDuplicatesSet, group);
  verify = g_new (Verify, 1);
  verify->work = thaw_duplicates_work_ref (self->work);
  verify->size = result->size;
  verify->records = g_array_new (FALSE, FALSE, sizeof (ThawDuplicatesRecord));
  /* Each name, not each inode: one of them may be another file by now. */
  g_array_append_vals (verify->records, self->work->records + result->first, result->n);
  lane = thaw_lane_for_path (self->work->tree->root_path);
  return thaw_lane_run (lane,
                        scope,
                        "compare duplicates",
                        THAW_PRIORITY_DEFAULT,
                        -1,
                        verify_lane,
                        verify,
                        verify_free);
}
