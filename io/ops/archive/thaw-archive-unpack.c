/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The reading half of thaw-archive: libarchive parses, this says what it found. Formats and filters
 * are named one by one: mtree (which opens what it names), "empty" (which takes an empty file for
 * an archive) and the filters that start programs are left out. What libarchive merely warns of
 * while it reads data is damage here. A zip whose parser gave up in one entry is opened again
 * behind that entry, so that one bad entry doesn't cost the rest. */

#include "thaw-archive-child.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_REOPENED 64
/* An empty tar is so many zeros at most; more of them are a file of zeros. */
#define EMPTY_TAR_BYTES (64 * 1024)

typedef struct {
  ThawFeed *feed;
  const char *password;
  struct archive *archive;
  uint64_t n_entries; /* headers read, of this opening and those before it */
  int n_reopened;
  bool only_raw;
  bool only_names; /* contents are passed over, and sums not compared */
} Unpack;

static la_ssize_t
read_cb (struct archive *archive, void *data, const void **bytes)
{
  Unpack *self = data;
  size_t n = thaw_feed_read (self->feed, bytes);
  ThawArchiveStatus status = thaw_feed_get_status (self->feed);

  if (n > 0 || status == THAW_ARCHIVE_OK || status == THAW_ARCHIVE_TRAILING)
    return (la_ssize_t) n;
  archive_set_error (archive, EIO, "the archive cannot be read on");
  return -1;
}

static la_int64_t
seek_cb (struct archive *archive, void *data, la_int64_t offset, int whence)
{
  Unpack *self = data;
  int64_t at = thaw_feed_seek (self->feed, offset, whence);

  return at < 0 ? ARCHIVE_FATAL : at;
}

static la_int64_t
skip_cb (struct archive *archive, void *data, la_int64_t n)
{
  Unpack *self = data;
  int64_t before = thaw_feed_seek (self->feed, 0, SEEK_CUR);
  int64_t left = thaw_feed_get_size (self->feed) - before;

  /* Only within the file: libarchive must see for itself that it ends before an entry does. */
  if (before < 0 || n > left || n <= 0)
    return 0;
  return thaw_feed_seek (self->feed, n, SEEK_CUR) < 0 ? 0 : n;
}

static void
name_formats (struct archive *archive)
{
  archive_read_support_format_7zip (archive);
  archive_read_support_format_ar (archive);
  archive_read_support_format_cab (archive);
  archive_read_support_format_cpio (archive);
  archive_read_support_format_gnutar (archive);
  archive_read_support_format_iso9660 (archive);
  archive_read_support_format_lha (archive);
  archive_read_support_format_rar (archive);
  archive_read_support_format_rar5 (archive);
  archive_read_support_format_tar (archive);
  archive_read_support_format_warc (archive);
  archive_read_support_format_xar (archive);
  archive_read_support_format_zip (archive);
}

static void
name_filters (struct archive *archive)
{
  archive_read_support_filter_bzip2 (archive);
  archive_read_support_filter_compress (archive);
  archive_read_support_filter_lz4 (archive);
  archive_read_support_filter_lzip (archive);
  archive_read_support_filter_lzma (archive);
  archive_read_support_filter_rpm (archive);
  archive_read_support_filter_xz (archive);
  archive_read_support_filter_zstd (archive);
}

static bool
open_archive (Unpack *self)
{
  self->archive = archive_read_new ();
  if (self->archive == NULL)
    return false;
  if (!self->only_raw)
    {
      name_formats (self->archive);
      name_filters (self->archive);
    }
  archive_read_support_format_raw (self->archive);
  if (*self->password != '\0')
    archive_read_add_passphrase (self->archive, self->password);
  archive_read_set_read_callback (self->archive, read_cb);
  if (thaw_feed_get_kind (self->feed) == THAW_FEED_PLAIN)
    {
      archive_read_set_seek_callback (self->archive, seek_cb);
      archive_read_set_skip_callback (self->archive, skip_cb);
    }
  archive_read_set_callback_data (self->archive, self);
  return archive_read_open1 (self->archive) == ARCHIVE_OK;
}

static bool
is_raw (Unpack *self)
{
  return archive_format (self->archive) == ARCHIVE_FORMAT_RAW;
}

static uint32_t
count_extras (struct archive_entry *entry)
{
  bool has = archive_entry_xattr_count (entry) > 0
             || (archive_entry_acl_types (entry) & ~ARCHIVE_ENTRY_ACL_TYPE_NFS4) != 0;

  return has ? THAW_ARCHIVE_HAS_EXTRAS : 0;
}

static const char *
find_name (struct archive_entry *entry)
{
  const char *name = archive_entry_pathname (entry);

  if (name == NULL)
    name = archive_entry_pathname_utf8 (entry);
  return name != NULL ? name : "";
}

static void
send_entry (Unpack *self, struct archive_entry *entry)
{
  const char *name = find_name (entry), *hard_link = archive_entry_hardlink (entry);
  const char *text = hard_link != NULL ? hard_link : archive_entry_symlink (entry);
  ThawArchiveRecord record = {
    .type = THAW_ARCHIVE_ENTRY,
    .position = thaw_feed_get_position (self->feed),
    .size = archive_entry_size_is_set (entry) ? archive_entry_size (entry) : -1,
    .mode = archive_entry_filetype (entry) | archive_entry_perm (entry),
    .flags = (hard_link != NULL ? THAW_ARCHIVE_HARD_LINK : 0)
             | (is_raw (self) ? THAW_ARCHIVE_RAW : 0) | count_extras (entry),
  };

  if (archive_entry_mtime_is_set (entry))
    {
      record.flags |= THAW_ARCHIVE_HAS_MTIME;
      record.mtime_sec = archive_entry_mtime (entry);
      record.mtime_nsec = (uint32_t) archive_entry_mtime_nsec (entry);
    }
  text = text != NULL ? text : "";
  record.n_first = (uint32_t) strnlen (name, THAW_ARCHIVE_MAX_NAME);
  record.n_second = (uint32_t) strnlen (text, THAW_ARCHIVE_MAX_NAME);
  thaw_archive_send (&record, name, text);
}

static void
send_block (Unpack *self, const char *bytes, size_t n, int64_t offset)
{
  do
    {
      size_t part = n < THAW_ARCHIVE_MAX_DATA ? n : THAW_ARCHIVE_MAX_DATA;
      ThawArchiveRecord record = {
        .type = THAW_ARCHIVE_DATA,
        .n_first = (uint32_t) part,
        .offset = offset,
        .position = thaw_feed_get_position (self->feed),
      };

      thaw_archive_send (&record, bytes, NULL);
      bytes += part;
      n -= part;
      offset += (int64_t) part;
    }
  while (n > 0);
}

static ThawArchiveStatus
judge (Unpack *self, const char *message)
{
  if (archive_errno (self->archive) == ENOMEM)
    return THAW_ARCHIVE_NO_MEMORY;
  if (strstr (message, "ncrypt") != NULL || strstr (message, "assphrase") != NULL)
    return THAW_ARCHIVE_ENCRYPTED;
  if (strstr (message, "nsupported") != NULL || strstr (message, "not supported") != NULL)
    return THAW_ARCHIVE_UNSUPPORTED;
  if (strstr (message, "llocate") != NULL || strstr (message, "ut of memory") != NULL)
    return THAW_ARCHIVE_NO_MEMORY;
  return THAW_ARCHIVE_DAMAGED;
}

static const char *
message_of (Unpack *self)
{
  const char *message = archive_error_string (self->archive);

  return message != NULL ? message : "";
}

/* FALSE: libarchive can't go on behind this entry. */
static bool
send_data (Unpack *self)
{
  const void *bytes;
  size_t n;
  la_int64_t offset = 0;
  int result;

  while ((result = archive_read_data_block (self->archive, &bytes, &n, &offset)) == ARCHIVE_OK)
    if (n > 0)
      send_block (self, bytes, n, offset);
  if (result == ARCHIVE_EOF)
    {
      send_block (self, NULL, 0, offset);
      thaw_archive_send_status (THAW_ARCHIVE_ENTRY_END,
                                THAW_ARCHIVE_OK,
                                NULL,
                                thaw_feed_get_position (self->feed));
      return true;
    }
  thaw_archive_send_status (THAW_ARCHIVE_ENTRY_END,
                            judge (self, message_of (self)),
                            message_of (self),
                            thaw_feed_get_position (self->feed));
  return result > ARCHIVE_FATAL;
}

static bool
send_one (Unpack *self, struct archive_entry *entry, int result)
{
  uint64_t position = thaw_feed_get_position (self->feed);

  self->n_entries++;
  send_entry (self, entry);
  if (self->only_names)
    return archive_read_data_skip (self->archive) > ARCHIVE_FATAL;
  if (archive_entry_is_encrypted (entry) && *self->password == '\0')
    thaw_archive_send_status (THAW_ARCHIVE_ENTRY_END,
                              THAW_ARCHIVE_ENCRYPTED,
                              "a password is needed",
                              position);
  else if (result == ARCHIVE_FAILED)
    thaw_archive_send_status (THAW_ARCHIVE_ENTRY_END,
                              judge (self, message_of (self)),
                              message_of (self),
                              position);
  else
    return send_data (self);
  return true;
}

/* Opens a zip again, behind the entry that libarchive gave up in. */
static bool
reopen (Unpack *self)
{
  struct archive_entry *entry;

  if ((archive_format (self->archive) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_ZIP
      || thaw_feed_get_kind (self->feed) != THAW_FEED_PLAIN || self->n_reopened++ >= MAX_REOPENED)
    return false;
  archive_read_free (self->archive);
  thaw_feed_rewind (self->feed);
  if (!open_archive (self))
    return false;
  for (uint64_t i = 0; i < self->n_entries; i++)
    if (archive_read_next_header (self->archive, &entry) < ARCHIVE_WARN)
      return false;
  return true;
}

static void
finish (Unpack *self, ThawArchiveStatus status, const char *message)
{
  /* What the compression has to say goes before what libarchive made of it. */
  ThawArchiveStatus sums = self->only_names ? THAW_ARCHIVE_OK : thaw_feed_drain (self->feed);

  if (sums != THAW_ARCHIVE_OK && !(sums == THAW_ARCHIVE_TRAILING && status != THAW_ARCHIVE_OK))
    {
      status = sums;
      message = "";
    }
  thaw_archive_send_status (THAW_ARCHIVE_END, status, message, thaw_feed_get_position (self->feed));
}

static void
finish_broken (Unpack *self)
{
  const char *message = message_of (self);
  ThawArchiveStatus status = judge (self, message);

  if (status != THAW_ARCHIVE_NO_MEMORY && archive_read_has_encrypted_entries (self->archive) == 1)
    status = THAW_ARCHIVE_ENCRYPTED;
  else if (strstr (message, "runcated") != NULL)
    status = THAW_ARCHIVE_CUT;
  else if (status == THAW_ARCHIVE_DAMAGED && archive_filter_count (self->archive) > 1)
    status = THAW_ARCHIVE_CORRUPT; /* inside a compressed stream: nothing in it can be trusted */
  else if (status == THAW_ARCHIVE_DAMAGED && self->n_entries == 0)
    status = THAW_ARCHIVE_UNKNOWN;
  finish (self, status, message);
}

/* A compressed file of zeros passes for a tar without entries. */
static bool
reopen_zeros (Unpack *self)
{
  if (self->only_raw || self->n_entries > 0 || thaw_feed_get_kind (self->feed) == THAW_FEED_PLAIN
      || thaw_feed_drain (self->feed) != THAW_ARCHIVE_OK
      || thaw_feed_get_n_made (self->feed) <= EMPTY_TAR_BYTES)
    return false;
  archive_read_free (self->archive);
  thaw_feed_rewind (self->feed);
  self->only_raw = true;
  return open_archive (self);
}

static bool
is_cut_tar (Unpack *self)
{
  return (archive_format (self->archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR
         && thaw_feed_get_kind (self->feed) == THAW_FEED_PLAIN
         && archive_filter_count (self->archive) == 1 && !thaw_feed_ends_with_zeros (self->feed);
}

static void
finish_whole (Unpack *self)
{
  if (is_cut_tar (self))
    finish (self, THAW_ARCHIVE_CUT, "its end mark is missing");
  else if (thaw_feed_is_zip_without_end (self->feed))
    finish (self, THAW_ARCHIVE_CUT, "its directory is missing");
  else
    finish (self, THAW_ARCHIVE_OK, NULL);
}

void
thaw_archive_unpack (const char *password, bool only_names)
{
  Unpack self = {
    .feed = thaw_feed_new (THAW_ARCHIVE_FILE_FD),
    .password = password,
    .only_names = only_names,
  };
  struct archive_entry *entry;
  int result;

  if (self.feed == NULL)
    thaw_archive_send_status (THAW_ARCHIVE_END, THAW_ARCHIVE_NO_MEMORY, NULL, 0);
  else if (thaw_feed_get_size (self.feed) == 0 || !open_archive (&self))
    finish (&self, THAW_ARCHIVE_UNKNOWN, NULL);
  else
    for (;;)
      {
        result = archive_read_next_header (self.archive, &entry);
        if (result == ARCHIVE_RETRY)
          continue;
        if (result == ARCHIVE_EOF && reopen_zeros (&self))
          continue;
        if (result == ARCHIVE_EOF)
          {
            finish_whole (&self);
            break;
          }
        if (result == ARCHIVE_FATAL)
          {
            finish_broken (&self);
            break;
          }
        /* Any file is "raw" data; only what was compressed is meant to be. */
        if (is_raw (&self) && thaw_feed_get_kind (self.feed) == THAW_FEED_PLAIN
            && archive_filter_count (self.archive) < 2)
          {
            finish (&self, THAW_ARCHIVE_UNKNOWN, NULL);
            break;
          }
        if (!send_one (&self, entry, result) && !reopen (&self))
          {
            finish_broken (&self);
            break;
          }
      }
}
