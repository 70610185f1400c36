/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An archive's bytes for libarchive, with the outermost compression taken off here: libarchive
 * never compares gzip's CRC and length, and stops reading where a tar ends, so that a wrong sum
 * behind that, or something that follows, would go unseen. Here every stream is read to its end,
 * several in a row count as one, zeros behind the last are padding, and a stream that breaks off is
 * told from one that is wrong. */

#include "thaw-archive-child.h"

#include <bzlib.h>
#include <errno.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define INPUT_BYTES (128 * 1024)
#define OUTPUT_BYTES (256 * 1024)
#define ZIP_END_BYTES 22
#define ZIP_TAIL_BYTES (ZIP_END_BYTES + 65535)

typedef enum {
  STEP_ON,
  STEP_STREAM_END,
  STEP_CORRUPT,
  STEP_NO_MEMORY,
} Step;

struct _ThawFeed {
  int fd;
  int64_t size;
  uint64_t position; /* bytes read, seeking back not taken off */
  uint64_t n_made;
  ThawFeedKind kind;
  ThawArchiveStatus status;
  bool is_open; /* a stream has begun and hasn't ended */
  bool is_over;
  size_t at, n_input;
  union {
    z_stream gzip;
    bz_stream bzip2;
    lzma_stream xz;
    ZSTD_DCtx *zstd;
  } stream;
  unsigned char input[INPUT_BYTES], output[OUTPUT_BYTES];
};

static const struct {
  ThawFeedKind kind;
  size_t n;
  unsigned char bytes[6];
} magics[] = {
  { THAW_FEED_GZIP, 3, { 0x1f, 0x8b, 0x08 } },
  { THAW_FEED_BZIP2, 3, { 'B', 'Z', 'h' } },
  { THAW_FEED_XZ, 6, { 0xfd, '7', 'z', 'X', 'Z', 0 } },
  { THAW_FEED_ZSTD, 4, { 0x28, 0xb5, 0x2f, 0xfd } },
};

static ThawFeedKind
find_kind (const unsigned char *bytes, size_t n)
{
  for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
    if (n >= magics[i].n && memcmp (bytes, magics[i].bytes, magics[i].n) == 0)
      return magics[i].kind;
  return THAW_FEED_PLAIN;
}

/* Fills up what is left of the input; false at the end of the file. */
static bool
fill (ThawFeed *self)
{
  ssize_t n;

  memmove (self->input, self->input + self->at, self->n_input - self->at);
  self->n_input -= self->at;
  self->at = 0;
  do
    n = read (self->fd, self->input + self->n_input, INPUT_BYTES - self->n_input);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    self->status = THAW_ARCHIVE_FAILED;
  if (n <= 0)
    return false;
  self->n_input += (size_t) n;
  self->position += (uint64_t) n;
  return true;
}

static bool
begin_stream (ThawFeed *self)
{
  memset (&self->stream, 0, sizeof self->stream);
  switch (self->kind)
    {
    case THAW_FEED_GZIP:
      return inflateInit2 (&self->stream.gzip, 15 + 16) == Z_OK;
    case THAW_FEED_BZIP2:
      return BZ2_bzDecompressInit (&self->stream.bzip2, 0, 0) == BZ_OK;
    case THAW_FEED_XZ:
      return lzma_stream_decoder (&self->stream.xz, UINT64_MAX, 0) == LZMA_OK;
    case THAW_FEED_ZSTD:
      self->stream.zstd = ZSTD_createDCtx ();
      return self->stream.zstd != NULL;
    default:
      return true;
    }
}

static void
end_stream (ThawFeed *self)
{
  if (!self->is_open)
    return;
  self->is_open = false;
  if (self->kind == THAW_FEED_GZIP)
    inflateEnd (&self->stream.gzip);
  else if (self->kind == THAW_FEED_BZIP2)
    BZ2_bzDecompressEnd (&self->stream.bzip2);
  else if (self->kind == THAW_FEED_XZ)
    lzma_end (&self->stream.xz);
  else if (self->kind == THAW_FEED_ZSTD)
    ZSTD_freeDCtx (self->stream.zstd);
}

static Step
step_gzip (ThawFeed *self, size_t *n_used, size_t *n_made)
{
  z_stream *stream = &self->stream.gzip;
  size_t n_input = self->n_input - self->at;
  int result;

  stream->next_in = self->input + self->at;
  stream->avail_in = (unsigned) n_input;
  stream->next_out = self->output;
  stream->avail_out = OUTPUT_BYTES;
  result = inflate (stream, Z_NO_FLUSH);
  *n_used = n_input - stream->avail_in;
  *n_made = OUTPUT_BYTES - stream->avail_out;
  if (result == Z_STREAM_END)
    return STEP_STREAM_END;
  if (result == Z_MEM_ERROR)
    return STEP_NO_MEMORY;
  return result == Z_OK || result == Z_BUF_ERROR ? STEP_ON : STEP_CORRUPT;
}

static Step
step_bzip2 (ThawFeed *self, size_t *n_used, size_t *n_made)
{
  bz_stream *stream = &self->stream.bzip2;
  size_t n_input = self->n_input - self->at;
  int result;

  stream->next_in = (char *) self->input + self->at;
  stream->avail_in = (unsigned) n_input;
  stream->next_out = (char *) self->output;
  stream->avail_out = OUTPUT_BYTES;
  result = BZ2_bzDecompress (stream);
  *n_used = n_input - stream->avail_in;
  *n_made = OUTPUT_BYTES - stream->avail_out;
  if (result == BZ_STREAM_END)
    return STEP_STREAM_END;
  if (result == BZ_MEM_ERROR)
    return STEP_NO_MEMORY;
  return result == BZ_OK ? STEP_ON : STEP_CORRUPT;
}

static Step
step_xz (ThawFeed *self, size_t *n_used, size_t *n_made)
{
  lzma_stream *stream = &self->stream.xz;
  size_t n_input = self->n_input - self->at;
  lzma_ret result;

  stream->next_in = self->input + self->at;
  stream->avail_in = n_input;
  stream->next_out = self->output;
  stream->avail_out = OUTPUT_BYTES;
  result = lzma_code (stream, LZMA_RUN);
  *n_used = n_input - stream->avail_in;
  *n_made = OUTPUT_BYTES - stream->avail_out;
  if (result == LZMA_STREAM_END)
    return STEP_STREAM_END;
  if (result == LZMA_MEM_ERROR || result == LZMA_MEMLIMIT_ERROR)
    return STEP_NO_MEMORY;
  return result == LZMA_OK || result == LZMA_BUF_ERROR ? STEP_ON : STEP_CORRUPT;
}

static Step
step_zstd (ThawFeed *self, size_t *n_used, size_t *n_made)
{
  ZSTD_inBuffer in = { self->input, self->n_input, self->at };
  ZSTD_outBuffer out = { self->output, OUTPUT_BYTES, 0 };
  size_t result = ZSTD_decompressStream (self->stream.zstd, &out, &in);

  *n_used = in.pos - self->at;
  *n_made = out.pos;
  if (ZSTD_isError (result))
    {
      const char *name = ZSTD_getErrorName (result);

      return strstr (name, "memory") || strstr (name, "Allocation") ? STEP_NO_MEMORY : STEP_CORRUPT;
    }
  return result == 0 ? STEP_STREAM_END : STEP_ON;
}

static Step
take_step (ThawFeed *self, size_t *n_made)
{
  static Step (*const steps[]) (ThawFeed *, size_t *, size_t *) = {
    [THAW_FEED_GZIP] = step_gzip,
    [THAW_FEED_BZIP2] = step_bzip2,
    [THAW_FEED_XZ] = step_xz,
    [THAW_FEED_ZSTD] = step_zstd,
  };
  size_t n_used = 0;
  Step step = steps[self->kind](self, &n_used, n_made);

  self->at += n_used;
  if (step == STEP_STREAM_END)
    end_stream (self);
  return step;
}

/* Behind the end of a stream: another one, padding, or what doesn't belong here. */
static bool
find_next_stream (ThawFeed *self)
{
  for (;;)
    {
      while (self->at < self->n_input && self->input[self->at] == 0)
        self->at++;
      if (self->n_input - self->at >= 6)
        break;
      if (!fill (self))
        break;
    }
  if (self->status != THAW_ARCHIVE_OK || self->at == self->n_input)
    return false;
  if (find_kind (self->input + self->at, self->n_input - self->at) == self->kind)
    return true;
  self->status = THAW_ARCHIVE_TRAILING;
  return false;
}

static size_t
stop (ThawFeed *self, ThawArchiveStatus status)
{
  if (self->status == THAW_ARCHIVE_OK)
    self->status = status;
  self->is_over = true;
  return 0;
}

static size_t
read_plain (ThawFeed *self, const void **bytes)
{
  self->at = self->n_input;
  if (!fill (self))
    return 0;
  *bytes = self->input;
  return self->n_input;
}

size_t
thaw_feed_read (ThawFeed *self, const void **bytes)
{
  size_t n_made = 0;

  if (self->kind == THAW_FEED_PLAIN)
    return read_plain (self, bytes);
  while (!self->is_over)
    {
      bool was_open = self->is_open;
      Step step;

      if (!was_open && self->position > 0 && !find_next_stream (self))
        return stop (self, self->status);
      if (!was_open && !begin_stream (self))
        return stop (self, THAW_ARCHIVE_NO_MEMORY);
      self->is_open = true;
      if (self->at == self->n_input && !fill (self))
        {
          /* A decoder may hold back bytes that it has made already. */
          step = take_step (self, &n_made);
          if (n_made == 0 && step == STEP_ON)
            return stop (self, THAW_ARCHIVE_CUT);
        }
      else
        step = take_step (self, &n_made);
      if (step == STEP_CORRUPT)
        return stop (self, THAW_ARCHIVE_CORRUPT);
      if (step == STEP_NO_MEMORY)
        return stop (self, THAW_ARCHIVE_NO_MEMORY);
      *bytes = self->output;
      self->n_made += n_made;
      if (n_made > 0)
        return n_made;
    }
  return 0;
}

int64_t
thaw_feed_seek (ThawFeed *self, int64_t offset, int whence)
{
  off_t at;

  if (self->kind != THAW_FEED_PLAIN)
    return -1;
  /* What lies in the buffer was handed over as a whole, so the file's own offset is where the
   * reader is. */
  at = lseek (self->fd, offset, whence);
  self->at = self->n_input = 0;
  return at;
}

ThawArchiveStatus
thaw_feed_drain (ThawFeed *self)
{
  const void *bytes;

  if (self->kind != THAW_FEED_PLAIN)
    while (thaw_feed_read (self, &bytes) > 0)
      ;
  return self->status;
}

bool
thaw_feed_ends_with_zeros (ThawFeed *self)
{
  static const unsigned char zeros[512];
  unsigned char last[512];

  return self->size >= 512
         && pread (self->fd, last, sizeof last, (off_t) (self->size - 512)) == (ssize_t) sizeof last
         && memcmp (last, zeros, sizeof last) == 0;
}

/* The record that ends a zip, whole, with a comment as long as it says. */
static bool
is_zip_end (const unsigned char *at, size_t n_left)
{
  return n_left >= ZIP_END_BYTES && memcmp (at, "PK\5\6", 4) == 0
         && n_left - ZIP_END_BYTES >= (size_t) (at[20] | at[21] << 8);
}

bool
thaw_feed_is_zip_without_end (ThawFeed *self)
{
  size_t n = self->size < ZIP_TAIL_BYTES ? (size_t) self->size : ZIP_TAIL_BYTES;
  unsigned char *tail, first[4];
  bool has_end = false;

  if (self->kind != THAW_FEED_PLAIN || pread (self->fd, first, 4, 0) != 4
      || memcmp (first, "PK\3\4", 4) != 0)
    return false;
  tail = malloc (n);
  if (tail != NULL && pread (self->fd, tail, n, (off_t) (self->size - n)) == (ssize_t) n)
    for (size_t i = n; i > 0 && !has_end; i--)
      has_end = is_zip_end (tail + i - 1, n - i + 1);
  free (tail);
  return !has_end;
}

void
thaw_feed_rewind (ThawFeed *self)
{
  end_stream (self);
  lseek (self->fd, 0, SEEK_SET);
  self->at = self->n_input = 0;
  self->n_made = 0;
  self->is_over = false;
  self->status = THAW_ARCHIVE_OK;
}

ThawFeed *
thaw_feed_new (int fd)
{
  ThawFeed *self = calloc (1, sizeof *self);

  if (self == NULL)
    return NULL;
  self->fd = fd;
  lseek (fd, 0, SEEK_SET);
  while (self->n_input < 6 && fill (self))
    ;
  self->kind = find_kind (self->input, self->n_input);
  self->size = lseek (fd, 0, SEEK_END);
  lseek (fd, self->kind == THAW_FEED_PLAIN ? 0 : (off_t) self->n_input, SEEK_SET);
  if (self->kind == THAW_FEED_PLAIN)
    {
      self->n_input = 0;
      self->position = 0;
    }
  return self;
}

void
thaw_feed_free (ThawFeed *self)
{
  if (self == NULL)
    return;
  end_stream (self);
  free (self);
}

ThawFeedKind
thaw_feed_get_kind (const ThawFeed *self)
{
  return self->kind;
}

uint64_t
thaw_feed_get_position (const ThawFeed *self)
{
  uint64_t size = self->size > 0 ? (uint64_t) self->size : 0;

  return self->position < size ? self->position : size;
}

uint64_t
thaw_feed_get_n_made (const ThawFeed *self)
{
  return self->n_made;
}

int64_t
thaw_feed_get_size (const ThawFeed *self)
{
  return self->size;
}

ThawArchiveStatus
thaw_feed_get_status (const ThawFeed *self)
{
  return self->status;
}
