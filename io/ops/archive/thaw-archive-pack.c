/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The writing half of thaw-archive: takes records and has libarchive write them. Names are bytes.
 * Tar is GNU's: libarchive puts names from pax headers into Unicode's composed form when it reads
 * them, so that what was packed would come out under another name. In a zip, a name that this would
 * happen to isn't called UTF-8. */

#include "thaw-archive-child.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
  struct archive *archive;
  char *names;
  size_t n_names; /* bytes that it has room for */
  char data[THAW_ARCHIVE_MAX_DATA];
} Pack;

static const struct {
  const char *name;
  int (*format) (struct archive *);
  int (*filter) (struct archive *);
} formats[] = {
  { "zip", archive_write_set_format_zip, archive_write_add_filter_none },
  { "7z", archive_write_set_format_7zip, archive_write_add_filter_none },
  { "tar", archive_write_set_format_gnutar, archive_write_add_filter_none },
  { "tar.gz", archive_write_set_format_gnutar, archive_write_add_filter_gzip },
  { "tar.bz2", archive_write_set_format_gnutar, archive_write_add_filter_bzip2 },
  { "tar.xz", archive_write_set_format_gnutar, archive_write_add_filter_xz },
  { "tar.zst", archive_write_set_format_gnutar, NULL },
};

/* A filter of NULL: compressed by the sink. */
static bool
open_file (struct archive *archive, bool has_sink, const char *level)
{
  ThawSink *sink;

  if (!has_sink)
    return archive_write_open_fd (archive, THAW_ARCHIVE_FILE_FD) == ARCHIVE_OK;
  sink = thaw_sink_new (level);
  return sink != NULL
         && archive_write_open (archive, sink, NULL, thaw_sink_write, thaw_sink_close)
                == ARCHIVE_OK;
}

static bool
set_level (struct archive *archive, bool has_filter, const char *level)
{
  if (*level == '\0')
    return true;
  if (has_filter)
    return archive_write_set_filter_option (archive, NULL, "compression-level", level)
           == ARCHIVE_OK;
  return archive_write_set_format_option (archive, NULL, "compression-level", level) == ARCHIVE_OK;
}

/* Only zip can be encrypted, and only what is in the files, not their names. */
static bool
set_password (struct archive *archive, const char *password)
{
  if (*password == '\0')
    return true;
  return archive_write_set_format_option (archive, "zip", "encryption", "aes256") == ARCHIVE_OK
         && archive_write_set_passphrase (archive, password) == ARCHIVE_OK;
}

static bool
open_archive (Pack *self, const char *format, const char *level, const char *password)
{
  self->archive = archive_write_new ();
  for (size_t i = 0; self->archive != NULL && i < sizeof formats / sizeof *formats; i++)
    if (strcmp (format, formats[i].name) == 0)
      {
        bool has_sink = formats[i].filter == NULL;
        bool has_filter = formats[i].filter != archive_write_add_filter_none;

        /* Nothing is to be padded to the records of a tape. */
        archive_write_set_bytes_in_last_block (self->archive, 1);
        return formats[i].format (self->archive) == ARCHIVE_OK
               && (has_sink
                   || (formats[i].filter (self->archive) == ARCHIVE_OK
                       && set_level (self->archive, has_filter, level)))
               && set_password (self->archive, password)
               && open_file (self->archive, has_sink, level);
      }
  return false;
}

/* Name and text, each with a NUL behind it. */
static bool
receive_names (Pack *self, const ThawArchiveRecord *record)
{
  size_t n = (size_t) record->n_first + record->n_second + 2;

  if (n > self->n_names)
    {
      free (self->names);
      self->names = malloc (n);
      self->n_names = self->names != NULL ? n : 0;
    }
  if (self->names == NULL)
    return false;
  self->names[record->n_first] = '\0';
  self->names[n - 1] = '\0';
  return thaw_archive_receive (self->names, record->n_first)
         && thaw_archive_receive (self->names + record->n_first + 1, record->n_second);
}

/* libarchive marks a zip's name as UTF-8 by the locale, whether it is or not. */
static int
write_header (Pack *self, struct archive_entry *entry, uint32_t flags)
{
  int result;

  if ((flags & THAW_ARCHIVE_RAW_NAME) == 0)
    return archive_write_header (self->archive, entry);
  setlocale (LC_CTYPE, "C");
  result = archive_write_header (self->archive, entry);
  setlocale (LC_CTYPE, "C.UTF-8");
  return result;
}

static bool
write_entry (Pack *self, const ThawArchiveRecord *record)
{
  const char *name = self->names, *text = self->names + record->n_first + 1;
  struct archive_entry *entry = archive_entry_new ();
  int result;

  if (entry == NULL)
    return false;
  archive_entry_copy_pathname (entry, name);
  archive_entry_set_mode (entry, (mode_t) record->mode);
  if (record->flags & THAW_ARCHIVE_HARD_LINK)
    archive_entry_copy_hardlink (entry, text);
  else if (S_ISLNK (record->mode))
    archive_entry_copy_symlink (entry, text);
  if (record->size >= 0)
    archive_entry_set_size (entry, record->size);
  if (record->flags & THAW_ARCHIVE_HAS_MTIME)
    archive_entry_set_mtime (entry, record->mtime_sec, record->mtime_nsec);
  result = write_header (self, entry, record->flags);
  archive_entry_free (entry);
  return result >= ARCHIVE_WARN;
}

static bool
write_data (Pack *self, const ThawArchiveRecord *record)
{
  if (record->n_first > sizeof self->data || !thaw_archive_receive (self->data, record->n_first))
    return false;
  return archive_write_data (self->archive, self->data, record->n_first)
         == (la_ssize_t) record->n_first;
}

static bool
take_record (Pack *self, const ThawArchiveRecord *record)
{
  switch (record->type)
    {
    case THAW_ARCHIVE_ENTRY:
      return receive_names (self, record) && write_entry (self, record);
    case THAW_ARCHIVE_DATA:
      return write_data (self, record);
    case THAW_ARCHIVE_ENTRY_END:
      return archive_write_finish_entry (self->archive) >= ARCHIVE_WARN;
    default:
      return false;
    }
}

static void
report (Pack *self, bool good)
{
  const char *message = self->archive != NULL ? archive_error_string (self->archive) : NULL;
  int code = self->archive != NULL ? archive_errno (self->archive) : 0;

  if (!good && message == NULL)
    message = "the archive cannot be written";
  /* The system's own number goes along, so that a full disk is told from the rest. */
  ThawArchiveRecord record = {
    .type = THAW_ARCHIVE_END,
    .status = good ? THAW_ARCHIVE_OK : THAW_ARCHIVE_FAILED,
    .offset = good ? 0 : code,
    .n_second = good ? 0 : (uint32_t) strnlen (message, 4096),
  };
  thaw_archive_send (&record, NULL, message);
}

void
thaw_archive_pack (const char *format, const char *level, const char *password)
{
  Pack *self = calloc (1, sizeof *self);
  ThawArchiveRecord record;
  bool good = self != NULL && open_archive (self, format, level, password);

  while (good && thaw_archive_receive (&record, sizeof record)
         && record.magic == THAW_ARCHIVE_MAGIC)
    {
      if (record.type == THAW_ARCHIVE_END)
        {
          report (self, archive_write_close (self->archive) == ARCHIVE_OK);
          return;
        }
      good = take_record (self, &record);
    }
  if (self != NULL && !good)
    report (self, false);
}
