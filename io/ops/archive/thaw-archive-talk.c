/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records to and from thaw-archive. The socket is never waited for longer than a tenth of a second
 * at a time, so that cancelling and pausing are obeyed whatever the program does. What it says is
 * checked before any of it is used: whoever made the archive may be speaking. */

#include "thaw-archive-process-private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define WAIT_MSEC 100

static gboolean
broke_off (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "Reading the archive broke off");
  return FALSE;
}

static gboolean
wait_for (ThawArchive *self, short events, GError **error)
{
  struct pollfd poll_fd = { .fd = self->socket, .events = events };

  do
    if (!self->check (self->user_data, error))
      return FALSE;
  while (poll (&poll_fd, 1, WAIT_MSEC) <= 0);
  return TRUE;
}

static gboolean
receive (ThawArchive *self, void *bytes, gsize n, GError **error)
{
  guint8 *at = bytes;

  while (n > 0)
    {
      gssize got = recv (self->socket, at, n, MSG_DONTWAIT);

      if (got > 0)
        {
          at += got;
          n -= (gsize) got;
        }
      else if (got < 0 && errno == EAGAIN)
        {
          if (!wait_for (self, POLLIN, error))
            return FALSE;
        }
      else if (got == 0 || errno != EINTR)
        return broke_off (error);
    }
  return TRUE;
}

static gboolean
is_well_formed (const ThawArchiveRecord *record)
{
  gboolean is_data = record->type == THAW_ARCHIVE_DATA;

  return record->magic == THAW_ARCHIVE_MAGIC && record->type >= THAW_ARCHIVE_ENTRY
         && record->type <= THAW_ARCHIVE_END && record->status <= THAW_ARCHIVE_FAILED
         && record->n_first <= (is_data ? THAW_ARCHIVE_MAX_DATA : THAW_ARCHIVE_MAX_NAME)
         && record->n_second <= THAW_ARCHIVE_MAX_NAME && record->size >= -1 && record->offset >= 0
         && record->offset <= G_MAXINT64 - THAW_ARCHIVE_MAX_DATA && record->mtime_nsec < 1000000000;
}

gboolean
thaw_archive_read (ThawArchive *self,
                   ThawArchiveRecord *record,
                   const char **first,
                   const char **second,
                   GError **error)
{
  gsize n;

  if (!self->check (self->user_data, error) || !receive (self, record, sizeof *record, error))
    return FALSE;
  if (!is_well_formed (record))
    return broke_off (error);
  n = (gsize) record->n_first + record->n_second + 2;
  g_byte_array_set_size (self->buffer, (guint) n);
  if (!receive (self, self->buffer->data, record->n_first, error)
      || !receive (self, self->buffer->data + record->n_first + 1, record->n_second, error))
    return FALSE;
  self->buffer->data[record->n_first] = '\0';
  self->buffer->data[n - 1] = '\0';
  *first = (const char *) self->buffer->data;
  *second = (const char *) self->buffer->data + record->n_first + 1;
  return TRUE;
}

/* The program has something to say before it was asked: it has given up. */
static gboolean
take_report (ThawArchive *self, GError **error)
{
  ThawArchiveRecord record;
  const char *first, *second;
  g_autofree char *message = NULL;

  if (!thaw_archive_read (self, &record, &first, &second, error))
    return FALSE;
  if (record.type == THAW_ARCHIVE_END && record.status == THAW_ARCHIVE_OK)
    return TRUE;
  message = g_utf8_make_valid (second, -1);
  g_set_error (error,
               G_IO_ERROR,
               record.offset > 0 && record.offset < 4096
                   ? (int) g_io_error_from_errno ((int) record.offset)
                   : (int) G_IO_ERROR_FAILED,
               "Writing the archive failed: %s",
               message);
  return FALSE;
}

static gboolean
fail_by_report (ThawArchive *self, GError **error)
{
  if (take_report (self, error))
    broke_off (error);
  return FALSE;
}

static gboolean
send_all (ThawArchive *self, const void *bytes, gsize n, GError **error)
{
  const guint8 *at = bytes;

  while (n > 0)
    {
      gssize sent = send (self->socket, at, n, MSG_DONTWAIT | MSG_NOSIGNAL);

      if (sent > 0)
        {
          at += sent;
          n -= (gsize) sent;
        }
      else if (sent < 0 && errno == EAGAIN)
        {
          if (!wait_for (self, POLLOUT, error))
            return FALSE;
        }
      else if (sent == 0 || errno != EINTR)
        return fail_by_report (self, error);
    }
  return TRUE;
}

gboolean
thaw_archive_write (ThawArchive *self,
                    ThawArchiveRecord *record,
                    const void *first,
                    const void *second,
                    GError **error)
{
  record->magic = THAW_ARCHIVE_MAGIC;
  return self->check (self->user_data, error) && send_all (self, record, sizeof *record, error)
         && send_all (self, first, record->n_first, error)
         && send_all (self, second, record->n_second, error);
}

gboolean
thaw_archive_finish (ThawArchive *self, GError **error)
{
  ThawArchiveRecord record = { .type = THAW_ARCHIVE_END };

  return thaw_archive_write (self, &record, NULL, NULL, error) && take_report (self, error);
}
