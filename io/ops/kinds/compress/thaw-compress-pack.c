/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One entry into the archive. An archive can't take back what it was given: a file that breaks off
 * while it is read, by an error or because it became shorter, makes the whole be begun again
 * without that file, so that nothing stands in it that only looks like a file. What was changed
 * while it was read, but could be read, is in it and is a problem. */

#include "thaw-compress-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

void
thaw_compress_pack_init (ThawCompressPack *self,
                         ThawRun *run,
                         const char *format,
                         const char *password)
{
  *self = (ThawCompressPack){ .run = run,
                              .format = format,
                              .only_utf8 = g_str_equal (format, "7z"),
                              .is_zip = g_str_equal (format, "zip") };
  self->password = password;
  self->checksum = g_checksum_new (G_CHECKSUM_SHA256);
  self->left_out = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

void
thaw_compress_pack_clear (ThawCompressPack *self)
{
  g_clear_pointer (&self->archive, thaw_archive_free);
  g_clear_pointer (&self->checksum, g_checksum_free);
  g_clear_pointer (&self->left_out, g_hash_table_unref);
  g_clear_pointer (&self->told, g_hash_table_unref);
  g_clear_pointer (&self->originals, g_hash_table_unref);
  g_clear_pointer (&self->top, g_free);
  g_clear_pointer (&self->top_path, g_free);
}

static gboolean
check (gpointer user_data, GError **error)
{
  return thaw_run_check (user_data, error);
}

static char *
dup_level (ThawRun *run)
{
  GVariant *level = thaw_operation_request_get_option (thaw_run_get_request (run),
                                                       "level",
                                                       G_VARIANT_TYPE_UINT32);

  return level != NULL ? g_strdup_printf ("%u", g_variant_get_uint32 (level)) : g_strdup ("");
}

gboolean
thaw_compress_pack_start (ThawCompressPack *self, int fd, int spool, GError **error)
{
  g_autofree char *level = dup_level (self->run);

  g_clear_pointer (&self->archive, thaw_archive_free);
  g_clear_pointer (&self->originals, g_hash_table_unref);
  if (g_str_has_prefix (self->format, "tar"))
    self->originals = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->contents = (ThawCompressSum){ 0 };
  self->must_restart = FALSE;
  thaw_run_add_done (self->run, -self->bytes_done, -self->entries_done);
  self->bytes_done = self->entries_done = 0;
  if (ftruncate (fd, 0) != 0 || lseek (fd, 0, SEEK_SET) != 0)
    {
      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
      return FALSE;
    }
  self->archive = thaw_archive_pack_new (fd,
                                         spool,
                                         self->format,
                                         level,
                                         self->password,
                                         check,
                                         self->run,
                                         error);
  return self->archive != NULL;
}

/* --- problems --- */

static char *
make_path (ThawCompressPack *self, const ThawVisit *entry)
{
  return *entry->path != '\0' ? g_build_filename (self->top_path, entry->path, NULL)
                              : g_strdup (self->top_path);
}

static void
count (ThawCompressPack *self, gint64 bytes, gint64 entries)
{
  self->bytes_done += bytes;
  self->entries_done += entries;
  thaw_run_add_done (self->run, bytes, entries);
}

static gboolean
leave_out (ThawCompressPack *self, const ThawVisit *entry, GError *why, GError **error)
{
  g_autofree char *path = make_path (self, entry);

  self->n_problems++;
  /* Not once for each attempt. */
  if (g_hash_table_add (self->told, g_strdup (path)))
    return thaw_kind_problem (self->run, path, why, error);
  g_error_free (why);
  return TRUE;
}

static gboolean
leave_out_errno (ThawCompressPack *self, const ThawVisit *entry, int code, GError **error)
{
  GError *why = g_error_new (G_IO_ERROR,
                             g_io_error_from_errno (code),
                             "It can't be read: %s",
                             g_strerror (code));

  return leave_out (self, entry, why, error);
}

static char *
make_key (const struct stat *st)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT,
                          (guint64) st->st_dev,
                          (guint64) st->st_ino);
}

/* FALSE always: this attempt is over. */
static gboolean
begin_again_without (ThawCompressPack *self,
                     const ThawVisit *entry,
                     int code,
                     GError **error)
{
  self->must_restart = TRUE;
  g_hash_table_add (self->left_out, make_key (&entry->st));
  if (leave_out_errno (self, entry, code, error))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT, "A file broke off");
  return FALSE;
}

/* --- records --- */

static char *
make_name (ThawCompressPack *self, const ThawVisit *entry)
{
  return *entry->path != '\0' ? g_strconcat (self->top, "/", entry->path, NULL)
                              : g_strdup (self->top);
}

/* Whether libarchive would give back another name than this one, were it called UTF-8. */
static gboolean
needs_raw (ThawCompressPack *self, const char *name)
{
  g_autofree char *composed = g_utf8_normalize (name, -1, G_NORMALIZE_NFC);

  return self->is_zip && (self->all_raw || composed == NULL || !g_str_equal (composed, name));
}

static gboolean
send_head (ThawCompressPack *self,
           const ThawVisit *entry,
           const char *name,
           const char *text,
           guint32 flags,
           GError **error)
{
  gboolean has_bytes = S_ISREG (entry->st.st_mode) && !(flags & THAW_ARCHIVE_HARD_LINK);
  ThawArchiveRecord record = {
    .type = THAW_ARCHIVE_ENTRY,
    .n_first = (guint32) strlen (name),
    .n_second = (guint32) strlen (text),
    .size = has_bytes ? entry->st.st_size : 0,
    .mtime_sec = entry->st.st_mtim.tv_sec,
    .mtime_nsec = (guint32) entry->st.st_mtim.tv_nsec,
    .mode = entry->st.st_mode & (S_IFMT | 0777),
    .flags = flags | THAW_ARCHIVE_HAS_MTIME | (needs_raw (self, name) ? THAW_ARCHIVE_RAW_NAME : 0),
  };

  return thaw_archive_write (self->archive, &record, name, text, error);
}

static gboolean
send_end (ThawCompressPack *self, GError **error)
{
  ThawArchiveRecord record = { .type = THAW_ARCHIVE_ENTRY_END };

  thaw_compress_sum_add (&self->contents, self->checksum);
  count (self, 0, 1);
  return thaw_archive_write (self->archive, &record, NULL, NULL, error);
}

static gboolean
send_plain (ThawCompressPack *self,
            const ThawVisit *entry,
            char type,
            const char *text,
            guint32 flags,
            GError **error)
{
  g_autofree char *name = make_name (self, entry);

  thaw_compress_feed_head (self->checksum, type, name, strlen (name), text, self->only_utf8);
  return send_head (self, entry, name, text, flags, error) && send_end (self, error);
}

static gboolean
refuse_name (ThawCompressPack *self,
             const ThawVisit *entry,
             const char *message,
             GError **error)
{
  return leave_out (self,
                    entry,
                    g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME, message),
                    error);
}

static gboolean
pack_link (ThawCompressPack *self, const ThawVisit *entry, GError **error)
{
  char target[4097];
  gssize n = readlinkat (entry->folder, entry->name, target, sizeof target - 1);

  if (n < 0)
    return leave_out_errno (self, entry, errno, error);
  target[n] = '\0';
  if (self->only_utf8 && !g_utf8_validate (target, n, NULL))
    return refuse_name (self,
                        entry,
                        "The name it links to isn't UTF-8, which such an archive needs",
                        error);
  return send_plain (self, entry, 'l', target, 0, error);
}

/* --- files --- */

static gboolean
is_changed (const struct stat *a, const struct stat *b)
{
  return a->st_size != b->st_size || a->st_mtim.tv_sec != b->st_mtim.tv_sec
         || a->st_mtim.tv_nsec != b->st_mtim.tv_nsec;
}

/* Its bytes, as many as it had when it was opened. */
static gboolean
send_bytes (ThawCompressPack *self, const ThawVisit *entry, int fd, GError **error)
{
  g_autofree char *bytes = g_malloc (THAW_ARCHIVE_MAX_DATA);
  gint64 offset = 0;

  while (offset < entry->st.st_size)
    {
      gsize wanted = (gsize) MIN (entry->st.st_size - offset, THAW_ARCHIVE_MAX_DATA);
      gssize n = pread (fd, bytes, wanted, offset);
      ThawArchiveRecord record
          = { .type = THAW_ARCHIVE_DATA, .n_first = (guint32) MAX (n, 0), .offset = offset };

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return begin_again_without (self, entry, n < 0 ? errno : ENODATA, error);
      if (!thaw_archive_write (self->archive, &record, bytes, NULL, error))
        return FALSE;
      thaw_compress_feed (self->checksum, bytes, (gsize) n);
      count (self, n, 0);
      offset += n;
    }
  return TRUE;
}

static gboolean
send_file (ThawCompressPack *self, const ThawVisit *entry, int fd, GError **error)
{
  g_autofree char *name = make_name (self, entry);
  struct stat st;

  thaw_compress_feed_head (self->checksum, 'f', name, strlen (name), "", self->only_utf8);
  if (!send_head (self, entry, name, "", 0, error) || !send_bytes (self, entry, fd, error)
      || !send_end (self, error))
    {
      g_checksum_reset (self->checksum);
      return FALSE;
    }
  if (fstat (fd, &st) == 0 && !is_changed (&st, &entry->st))
    return TRUE;
  return leave_out (
      self,
      entry,
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "It was changed while it was read"),
      error);
}

static gboolean
pack_file (ThawCompressPack *self, const ThawVisit *entry, GError **error)
{
  g_autofree char *key = make_key (&entry->st);
  const char *original = NULL;
  ThawVisit opened = *entry;
  g_autofd int fd = -1;

  if (g_hash_table_contains (self->left_out, key))
    {
      self->n_problems++;
      return TRUE;
    }
  if (entry->st.st_nlink > 1 && self->originals != NULL)
    original = g_hash_table_lookup (self->originals, key);
  if (original != NULL)
    return send_plain (self, entry, 'h', original, THAW_ARCHIVE_HARD_LINK, error);
  fd = openat (entry->folder,
               entry->name,
               O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0 || fstat (fd, &opened.st) != 0)
    return leave_out_errno (self, entry, errno, error);
  if (opened.st.st_ino != entry->st.st_ino || opened.st.st_dev != entry->st.st_dev)
    return leave_out_errno (self, entry, ESTALE, error);
  if (!send_file (self, &opened, fd, error))
    return FALSE;
  if (entry->st.st_nlink > 1 && self->originals != NULL)
    g_hash_table_insert (self->originals, g_steal_pointer (&key), make_name (self, entry));
  return TRUE;
}

gboolean
thaw_compress_pack_entry (const ThawVisit *entry, gpointer pack, GError **error)
{
  ThawCompressPack *self = pack;

  if (self->only_utf8
      && !(g_utf8_validate (entry->path, -1, NULL) && g_utf8_validate (self->top, -1, NULL)))
    return refuse_name (self, entry, "Its name isn't UTF-8, which such an archive needs", error);
  if (S_ISREG (entry->st.st_mode))
    return pack_file (self, entry, error);
  if (S_ISDIR (entry->st.st_mode))
    return send_plain (self, entry, 'd', "", 0, error);
  if (S_ISLNK (entry->st.st_mode))
    return pack_link (self, entry, error);
  return leave_out (
      self,
      entry,
      g_error_new_literal (G_IO_ERROR,
                           G_IO_ERROR_NOT_SUPPORTED,
                           "It is a device, a pipe or a socket, which aren't archived"),
      error);
}
