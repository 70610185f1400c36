/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a tar.zst goes: compressed here and not by libarchive, whose frames have no checksum, so
 * that a wrong bit in them could never be found. */

#include "thaw-archive-child.h"

#include <archive.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#define OUTPUT_BYTES (256 * 1024)

struct _ThawSink {
  ZSTD_CCtx *stream;
  char output[OUTPUT_BYTES];
};

ThawSink *
thaw_sink_new (const char *level)
{
  ThawSink *self = calloc (1, sizeof *self);

  if (self == NULL)
    return NULL;
  self->stream = ZSTD_createCCtx ();
  if (self->stream == NULL)
    {
      free (self);
      return NULL;
    }
  ZSTD_CCtx_setParameter (self->stream, ZSTD_c_checksumFlag, 1);
  if (*level != '\0')
    ZSTD_CCtx_setParameter (self->stream, ZSTD_c_compressionLevel, atoi (level));
  return self;
}

static bool
write_all (const char *bytes, size_t n)
{
  while (n > 0)
    {
      ssize_t written = write (THAW_ARCHIVE_FILE_FD, bytes, n);

      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        return false;
      bytes += written;
      n -= (size_t) written;
    }
  return true;
}

/* Until all of @in is taken or, at the end, all is out. */
static int
compress (ThawSink *self, struct archive *archive, ZSTD_inBuffer in, ZSTD_EndDirective directive)
{
  size_t left;

  do
    {
      ZSTD_outBuffer out = { self->output, OUTPUT_BYTES, 0 };

      left = ZSTD_compressStream2 (self->stream, &out, &in, directive);
      if (ZSTD_isError (left))
        {
          archive_set_error (archive, EIO, "%s", ZSTD_getErrorName (left));
          return ARCHIVE_FATAL;
        }
      if (!write_all (self->output, out.pos))
        {
          archive_set_error (archive, errno, "the archive cannot be written");
          return ARCHIVE_FATAL;
        }
    }
  while (directive == ZSTD_e_end ? left > 0 : in.pos < in.size);
  return ARCHIVE_OK;
}

ssize_t
thaw_sink_write (struct archive *archive, void *sink, const void *bytes, size_t n)
{
  ZSTD_inBuffer in = { bytes, n, 0 };

  return compress (sink, archive, in, ZSTD_e_continue) == ARCHIVE_OK ? (ssize_t) n : -1;
}

int
thaw_sink_close (struct archive *archive, void *sink)
{
  ZSTD_inBuffer nothing = { NULL, 0, 0 };

  return compress (sink, archive, nothing, ZSTD_e_end);
}
