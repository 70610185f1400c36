/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records on the socket, as the program thaw-archive writes and reads them. Blocks. A peer that is
 * gone ends the program without a word: there is nobody left to tell. */

#include "thaw-archive-child.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static void
write_all (const void *bytes, size_t n)
{
  const char *at = bytes;

  while (n > 0)
    {
      ssize_t written = write (THAW_ARCHIVE_SOCKET_FD, at, n);

      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        _exit (3);
      at += written;
      n -= (size_t) written;
    }
}

void
thaw_archive_send (ThawArchiveRecord *record, const void *first, const void *second)
{
  struct iovec parts[3] = {
    { record, sizeof *record },
    { (void *) first, record->n_first },
    { (void *) second, record->n_second },
  };
  size_t total = sizeof *record + record->n_first + record->n_second;
  ssize_t written;

  record->magic = THAW_ARCHIVE_MAGIC;
  do
    written = writev (THAW_ARCHIVE_SOCKET_FD, parts, 3);
  while (written < 0 && errno == EINTR);
  if (written < 0)
    _exit (3);
  if ((size_t) written == total)
    return;
  for (int i = 0; i < 3; i++)
    {
      size_t n = parts[i].iov_len, skip = (size_t) written < n ? (size_t) written : n;

      written -= (ssize_t) skip;
      write_all ((char *) parts[i].iov_base + skip, n - skip);
    }
}

void
thaw_archive_send_status (ThawArchiveRecordType type,
                          ThawArchiveStatus status,
                          const char *message,
                          uint64_t position)
{
  ThawArchiveRecord record = { .type = type, .status = status, .position = position };

  if (message == NULL)
    message = "";
  record.n_second = (uint32_t) strnlen (message, 4096);
  thaw_archive_send (&record, NULL, message);
}

bool
thaw_archive_receive (void *bytes, size_t n)
{
  char *at = bytes;

  while (n > 0)
    {
      ssize_t got = read (THAW_ARCHIVE_SOCKET_FD, at, n);

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return false;
      at += got;
      n -= (size_t) got;
    }
  return true;
}
