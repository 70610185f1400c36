/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program thaw-archive and what is said to it: every format there and back, what is damaged,
 * cut off or followed by something, the walls around it, and a peer that talks nonsense. */

#include "thaw-archive-process-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const formats[]
    = { "zip", "7z", "tar", "tar.gz", "tar.bz2", "tar.xz", "tar.zst" };

static gboolean
check_never (gpointer user_data, GError **error)
{
  return TRUE;
}

/* Cancelled after so many looks. */
static gboolean
check_count (gpointer user_data, GError **error)
{
  int *left = user_data;

  if ((*left)-- > 0)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
  return FALSE;
}

/* --- making archives --- */

static int
new_file (void)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  int fd = g_file_open_tmp ("thaw-archive-XXXXXX", &path, &error);

  g_assert_no_error (error);
  unlink (path);
  return fd;
}

static void
put_entry (ThawArchive *archive,
           const char *name,
           guint32 mode,
           const char *text,
           const guint8 *bytes,
           gsize n)
{
  g_autoptr (GError) error = NULL;
  ThawArchiveRecord entry = {
    .type = THAW_ARCHIVE_ENTRY,
    .n_first = strlen (name),
    .n_second = strlen (text),
    .size = n,
    .mtime_sec = 1600000000,
    .mode = mode,
    .flags = THAW_ARCHIVE_HAS_MTIME,
  };
  ThawArchiveRecord end = { .type = THAW_ARCHIVE_ENTRY_END };

  thaw_archive_write (archive, &entry, name, text, &error);
  for (gsize at = 0; error == NULL && at < n; at += THAW_ARCHIVE_MAX_DATA)
    {
      ThawArchiveRecord data = { .type = THAW_ARCHIVE_DATA };

      data.n_first = MIN (n - at, THAW_ARCHIVE_MAX_DATA);
      thaw_archive_write (archive, &data, bytes + at, NULL, &error);
    }
  if (error == NULL)
    thaw_archive_write (archive, &end, NULL, NULL, &error);
  g_assert_no_error (error);
}

static guint8 *
random_bytes (gsize n)
{
  guint8 *bytes = g_malloc (n);

  for (gsize i = 0; i < n; i++)
    bytes[i] = g_test_rand_int ();
  return bytes;
}

#define BIG 700000

/* Three files, a folder and a link. */
static int
make_archive (const char *format, const char *password)
{
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *big = random_bytes (BIG);
  g_autofree char *spool = g_dir_make_tmp ("thaw-spool-XXXXXX", NULL);
  int spool_fd = g_open (spool, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  int fd = new_file ();
  g_autoptr (ThawArchive) archive
      = thaw_archive_pack_new (fd,
                               g_str_equal (format, "7z") ? spool_fd : -1,
                               format,
                               "",
                               password,
                               check_never,
                               NULL,
                               &error);

  g_assert_no_error (error);
  put_entry (archive, "d", S_IFDIR | 0755, "", NULL, 0);
  put_entry (archive, "d/ok.txt", S_IFREG | 0644, "", (const guint8 *) "harmless\n", 9);
  put_entry (archive, "d/æøå 日本.bin", S_IFREG | 0600, "", big, BIG);
  put_entry (archive, "link", S_IFLNK | 0777, "d/ok.txt", NULL, 0);
  put_entry (archive, "last", S_IFREG | 0755, "", (const guint8 *) "end", 3);
  g_assert_true (thaw_archive_finish (archive, &error));
  g_assert_no_error (error);
  g_assert_cmpint (rmdir (spool), ==, 0);
  close (spool_fd);
  return fd;
}

/* --- reading them --- */

typedef struct {
  guint n_entries, n_good;
  gint64 n_bytes;
  ThawArchiveStatus end;
  gboolean broke_off;
  GString *names;
  gint64 peak_kib;
} Seen;

static gint64
read_status (GPid pid, const char *key)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", (int) pid);
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return -1;
  line = strstr (text, key);
  return line != NULL ? g_ascii_strtoll (line + strlen (key), NULL, 10) : -1;
}

static Seen
read_archive (int fd, const char *password)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawArchive) archive
      = thaw_archive_unpack_new (fd, THAW_ARCHIVE_MEMORY_MIB, password, check_never, NULL, &error);
  Seen seen = { .names = g_string_new (NULL) };
  ThawArchiveRecord record = { 0 };
  const char *first, *second;

  g_assert_no_error (error);
  while (record.type != THAW_ARCHIVE_END
         && thaw_archive_read (archive, &record, &first, &second, &error))
    {
      gint64 peak = record.type == THAW_ARCHIVE_DATA ? 0 : read_status (archive->pid, "\nVmHWM:\t");

      seen.peak_kib = MAX (seen.peak_kib, peak);
      seen.n_entries += record.type == THAW_ARCHIVE_ENTRY;
      seen.n_good += record.type == THAW_ARCHIVE_ENTRY_END && record.status == THAW_ARCHIVE_OK;
      if (record.type == THAW_ARCHIVE_DATA)
        seen.n_bytes += record.n_first;
      if (record.type == THAW_ARCHIVE_ENTRY)
        g_string_append_printf (seen.names, "%s;", first);
      seen.end = record.status;
    }
  seen.broke_off = error != NULL;
  return seen;
}

static void
test_there_and_back (gconstpointer format)
{
  g_autofd int fd = make_archive (format, NULL);
  Seen seen = read_archive (fd, NULL);

  g_assert_false (seen.broke_off);
  g_assert_cmpint (seen.end, ==, THAW_ARCHIVE_OK);
  g_assert_cmpuint (seen.n_entries, ==, 5);
  g_assert_cmpuint (seen.n_good, ==, 5);
  g_assert_cmpint (seen.n_bytes, ==, 9 + BIG + 3);
  g_assert_nonnull (strstr (seen.names->str, "d/æøå 日本.bin;"));
  g_string_free (seen.names, TRUE);
}

static void
test_password (void)
{
  g_autofd int fd = make_archive ("zip", "secret");
  Seen right = read_archive (fd, "secret"), none = read_archive (fd, NULL),
       wrong = read_archive (fd, "wrong");

  g_assert_cmpint (right.end, ==, THAW_ARCHIVE_OK);
  g_assert_cmpuint (right.n_good, ==, 5);
  g_assert_cmpint (right.n_bytes, ==, 9 + BIG + 3);
  /* The folder has nothing to hide, and the link's target is its text. */
  g_assert_cmpuint (none.n_good, <=, 2);
  g_assert_cmpuint (wrong.n_good, <=, 2);
  g_assert_cmpint (none.n_bytes, ==, 0);
  g_string_free (right.names, TRUE);
  g_string_free (none.names, TRUE);
  g_string_free (wrong.names, TRUE);
}

/* --- damage --- */

static gint64
get_size (int fd)
{
  struct stat st;

  g_assert_cmpint (fstat (fd, &st), ==, 0);
  return st.st_size;
}

/* Anything but "all of it is good". */
static gboolean
was_noticed (const Seen *seen, guint n_entries)
{
  return seen->broke_off || seen->end != THAW_ARCHIVE_OK || seen->n_good < n_entries;
}

static void
test_cut (gconstpointer format)
{
  for (guint i = 0; i < 6; i++)
    {
      g_autofd int fd = make_archive (format, NULL);
      gint64 size = get_size (fd),
             at = i == 0 ? size - 1 : g_test_rand_int_range (1, (gint32) size);
      Seen seen;

      /* Uncompressed, the zeros behind a tar's end may go. */
      if (g_str_equal (format, "tar"))
        at = MIN (at, size - 1024);
      g_assert_cmpint (ftruncate (fd, at), ==, 0);
      seen = read_archive (fd, NULL);
      if (!was_noticed (&seen, 5))
        g_error ("%s cut to %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " was taken for whole",
                 (const char *) format,
                 at,
                 size);
      g_string_free (seen.names, TRUE);
    }
}

/* A byte of what is compressed together: then nothing may be called good. */
static void
test_flip (gconstpointer format)
{
  for (guint i = 0; i < 12; i++)
    {
      g_autofd int fd = make_archive (format, NULL);
      gint64 size = get_size (fd);
      gint64 at = i == 0 ? size - 6 : g_test_rand_int_range (size / 10, (gint32) (size - 64));
      guint8 byte;
      Seen seen;

      g_assert_cmpint (pread (fd, &byte, 1, at), ==, 1);
      byte ^= 1 << g_test_rand_int_range (0, 8);
      g_assert_cmpint (pwrite (fd, &byte, 1, at), ==, 1);
      seen = read_archive (fd, NULL);
      if (seen.end != THAW_ARCHIVE_CORRUPT && seen.end != THAW_ARCHIVE_CUT
          && seen.end != THAW_ARCHIVE_TRAILING)
        g_error ("%s with a wrong bit at %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT
                 " ended with status %d",
                 (const char *) format,
                 at,
                 size,
                 seen.end);
      g_string_free (seen.names, TRUE);
    }
}

static void
test_trailing (gconstpointer format)
{
  static const char zeros[2048], garbage[] = "not part of it, but long enough to be seen";
  g_autofd int fd = make_archive (format, NULL);
  Seen seen;

  g_assert_cmpint (pwrite (fd, zeros, sizeof zeros, get_size (fd)), ==, sizeof zeros);
  seen = read_archive (fd, NULL);
  g_assert_cmpint (seen.end, ==, THAW_ARCHIVE_OK);
  g_string_free (seen.names, TRUE);
  g_assert_cmpint (pwrite (fd, garbage, sizeof garbage, get_size (fd)), ==, sizeof garbage);
  seen = read_archive (fd, NULL);
  g_assert_cmpint (seen.end, ==, THAW_ARCHIVE_TRAILING);
  g_assert_cmpuint (seen.n_good, ==, 5);
  g_string_free (seen.names, TRUE);
}

/* --- walls --- */

static void
test_walls (void)
{
  g_autoptr (GError) error = NULL;
  g_autofd int fd = make_archive ("tar", NULL);
  g_autoptr (ThawArchive) archive
      = thaw_archive_unpack_new (fd, THAW_ARCHIVE_MEMORY_MIB, NULL, check_never, NULL, &error);
  ThawArchiveRecord record;
  const char *first, *second;
  g_autofree char *fds = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;
  guint n_fds = 0;

  g_assert_no_error (error);
  g_assert_true (thaw_archive_read (archive, &record, &first, &second, &error));
  /* It waits now: nobody reads, and the socket holds less than the archive. */
  g_assert_cmpint (read_status (archive->pid, "\nNoNewPrivs:\t"), ==, 1);
#if defined(__x86_64__) || defined(__aarch64__)
  g_assert_cmpint (read_status (archive->pid, "\nSeccomp:\t"), ==, 2);
#endif
  fds = g_strdup_printf ("/proc/%d/fd", (int) archive->pid);
  dir = g_dir_open (fds, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    n_fds++;
  /* The socket and the archive; a user that isn't root may not look. */
  if (dir != NULL)
    g_assert_cmpuint (n_fds, ==, 2);
}

static void
test_bomb (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *zeros = g_malloc0 (THAW_ARCHIVE_MAX_DATA);
  g_autofd int fd = new_file ();
  g_autoptr (ThawArchive) archive
      = thaw_archive_pack_new (fd, -1, "tar.xz", "9", NULL, check_never, NULL, &error);
  ThawArchiveRecord entry
      = { .type = THAW_ARCHIVE_ENTRY, .n_first = 1, .size = 80 << 20, .mode = S_IFREG | 0644 };
  ThawArchiveRecord end = { .type = THAW_ARCHIVE_ENTRY_END };
  Seen seen;

  g_assert_no_error (error);
  g_assert_true (thaw_archive_write (archive, &entry, "z", NULL, &error));
  for (guint i = 0; i < (80 << 20) / THAW_ARCHIVE_MAX_DATA; i++)
    {
      ThawArchiveRecord data = { .type = THAW_ARCHIVE_DATA, .n_first = THAW_ARCHIVE_MAX_DATA };

      g_assert_true (thaw_archive_write (archive, &data, zeros, NULL, &error));
    }
  g_assert_true (thaw_archive_write (archive, &end, NULL, NULL, &error));
  g_assert_true (thaw_archive_finish (archive, &error));
  seen = read_archive (fd, NULL);
  g_assert_cmpint (seen.end, ==, THAW_ARCHIVE_OK);
  g_assert_cmpint (seen.n_bytes, ==, 80 << 20);
  g_test_message ("peak of the program: %" G_GINT64_FORMAT " KiB", seen.peak_kib);
  g_assert_cmpint (seen.peak_kib, >, 0);
  g_assert_cmpint (seen.peak_kib, <, 100 * 1024);
  g_string_free (seen.names, TRUE);
}

/* --- many entries --- */

#define N_MANY 70000
#define LITTLE_MIB 10

static void
put (GByteArray *bytes, guint n, guint64 value)
{
  guint64 little = GUINT64_TO_LE (value);

  g_byte_array_append (bytes, (const guint8 *) &little, n);
}

/* Of an empty file: before it, or in the directory. */
static void
put_zip_head (GByteArray *bytes, gboolean is_in_directory, guint number, guint offset)
{
  char name[16];
  guint n = (guint) g_snprintf (name, sizeof name, "%06u", number);

  put (bytes, 4, is_in_directory ? 0x02014b50 : 0x04034b50);
  if (is_in_directory)
    put (bytes, 2, 0x031e);
  put (bytes, 2, 10);
  put (bytes, 8, (guint64) 0x21 << 48);
  put (bytes, 4, 0);
  put (bytes, 8, 0);
  put (bytes, 4, n);
  if (is_in_directory)
    {
      put (bytes, 6, 0);
      put (bytes, 4, (guint64) (S_IFREG | 0644) << 16);
      put (bytes, 4, offset);
    }
  g_byte_array_append (bytes, (const guint8 *) name, n);
}

/* With the records of zip64, since it has more entries than 65,535. */
static void
put_zip_end (GByteArray *bytes, guint n_entries, guint directory)
{
  guint end = bytes->len;

  put (bytes, 4, 0x06064b50);
  put (bytes, 8, 44);
  put (bytes, 4, 45 << 16 | 45);
  put (bytes, 8, 0);
  put (bytes, 8, n_entries);
  put (bytes, 8, n_entries);
  put (bytes, 8, end - directory);
  put (bytes, 8, directory);
  put (bytes, 8, 0x07064b50);
  put (bytes, 8, end);
  put (bytes, 4, 1);
  put (bytes, 8, 0x06054b50);
  put (bytes, 4, 0xffffffff);
  put (bytes, 4, end - directory);
  put (bytes, 4, directory);
  put (bytes, 2, 0);
}

static int
make_zip_of_many (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  int fd = new_file ();
  guint head = 0, directory;

  for (guint i = 0; i < N_MANY; i++)
    put_zip_head (bytes, FALSE, i, 0);
  directory = bytes->len;
  for (guint i = 0; i < N_MANY; i++, head += directory / N_MANY)
    put_zip_head (bytes, TRUE, i, head);
  put_zip_end (bytes, N_MANY, directory);
  g_assert_cmpint (write (fd, bytes->data, bytes->len), ==, bytes->len);
  return fd;
}

/* A zip's directory takes more than it is given, were its size not looked at. */
static void
test_many (void)
{
  g_autofd int fd = make_zip_of_many ();
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawArchive) archive
      = thaw_archive_unpack_new (fd, LITTLE_MIB, NULL, check_never, NULL, &error);
  ThawArchiveRecord record = { 0 };
  const char *first, *second = "";
  guint n_good = 0;

  g_assert_no_error (error);
  while (record.type != THAW_ARCHIVE_END
         && thaw_archive_read (archive, &record, &first, &second, &error))
    n_good += record.type == THAW_ARCHIVE_ENTRY_END && record.status == THAW_ARCHIVE_OK;
  g_assert_no_error (error);
  g_assert_cmpstr (second, ==, "");
  g_assert_cmpint (record.status, ==, THAW_ARCHIVE_OK);
  g_assert_cmpuint (n_good, ==, N_MANY);
}

/* A zip whose directory takes what is given to something else of its size. */
static void
test_no_memory (void)
{
  g_autofd int fd = make_zip_of_many ();
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawArchive) archive = NULL;
  ThawArchiveRecord record = { 0 };
  const char *first, *second;

  /* Something before it, as in those that unpack themselves. */
  g_assert_cmpint (pwrite (fd, "MZ", 2, 0), ==, 2);
  archive = thaw_archive_unpack_new (fd, LITTLE_MIB, NULL, check_never, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (thaw_archive_read (archive, &record, &first, &second, &error));
  g_assert_cmpint (record.type, ==, THAW_ARCHIVE_END);
  g_assert_cmpint (record.status, ==, THAW_ARCHIVE_NO_MEMORY);
}

/* What is given to an archive that begins with @magic and is so long, in MiB. */
static guint64
get_memory (const char *magic, gint64 size)
{
  g_autofd int fd = new_file ();
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawArchive) archive = NULL;
  ThawArchiveRecord record;
  const char *first, *second;
  struct rlimit limit;

  g_assert_cmpint (ftruncate (fd, size), ==, 0);
  g_assert_cmpint (pwrite (fd, magic, strlen (magic), 0), ==, strlen (magic));
  archive = thaw_archive_list_new (fd, THAW_ARCHIVE_MEMORY_MIB, check_never, NULL, &error);
  g_assert_no_error (error);
  /* It has said something, so it is in its sandbox; or dead, and not waited for yet. */
  thaw_archive_read (archive, &record, &first, &second, NULL);
  g_assert_cmpint (prlimit (archive->pid, RLIMIT_DATA, NULL, &limit), ==, 0);
  return limit.rlim_cur >> 20;
}

static void
test_memory (void)
{
  const char *sevenz = "7z\xbc\xaf\x27\x1c";

  g_assert_cmpuint (get_memory ("PK\3\4", 1 << 20), ==, THAW_ARCHIVE_MEMORY_MIB + 3);
  g_assert_cmpuint (get_memory ("PK\3\4", 1 << 16), ==, THAW_ARCHIVE_MEMORY_MIB);
  g_assert_cmpuint (get_memory (sevenz, 1 << 20), ==, THAW_ARCHIVE_MEMORY_MIB + 32);
  g_assert_cmpuint (get_memory (sevenz, (gint64) 1 << 36), ==, THAW_ARCHIVE_MEMORY_MIB + 256);
  g_assert_cmpuint (get_memory ("\xfd"
                                "7zXZ",
                                (gint64) 1 << 36),
                    ==,
                    THAW_ARCHIVE_MEMORY_MIB);
}

/* --- the other end --- */

static void
test_cancel (void)
{
  g_autofd int fd = make_archive ("tar", NULL);

  for (int n = 0; n < 12; n++)
    {
      g_autoptr (GError) error = NULL;
      int left = n;
      g_autoptr (ThawArchive) archive
          = thaw_archive_unpack_new (fd, THAW_ARCHIVE_MEMORY_MIB, NULL, check_count, &left, &error);
      ThawArchiveRecord record;
      const char *first, *second;

      while (archive != NULL && thaw_archive_read (archive, &record, &first, &second, &error)
             && record.type != THAW_ARCHIVE_END)
        ;
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
}

static void
test_full (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *bytes = random_bytes (THAW_ARCHIVE_MAX_DATA);
  g_autofd int fd = g_open ("/dev/full", O_WRONLY | O_CLOEXEC, 0);
  ThawArchiveRecord entry
      = { .type = THAW_ARCHIVE_ENTRY, .n_first = 1, .size = 64 << 20, .mode = S_IFREG | 0644 };
  ThawArchiveRecord data = { .type = THAW_ARCHIVE_DATA, .n_first = THAW_ARCHIVE_MAX_DATA };
  ThawArchive *archive;

  if (fd < 0)
    {
      g_test_skip ("needs /dev/full");
      return;
    }
  archive = thaw_archive_pack_new (fd, -1, "tar", "", NULL, check_never, NULL, &error);
  g_assert_no_error (error);
  thaw_archive_write (archive, &entry, "z", NULL, &error);
  for (guint i = 0; error == NULL && i < 256; i++)
    thaw_archive_write (archive, &data, bytes, NULL, &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  thaw_archive_free (archive);
}

static gpointer
talk_nonsense (gpointer data)
{
  int fd = GPOINTER_TO_INT (data);
  ThawArchiveRecord record = { .magic = THAW_ARCHIVE_MAGIC };
  guint32 *words = (guint32 *) &record;

  for (guint i = 0; i < 200; i++)
    {
      /* Mostly right, so that it gets far. */
      record = (ThawArchiveRecord){ .magic = THAW_ARCHIVE_MAGIC, .type = i % 4 + 1 };
      if (g_random_int_range (0, 4) == 0)
        words[g_random_int_range (1, sizeof record / 4)] = g_random_int ();
      if (send (fd, &record, sizeof record, MSG_NOSIGNAL) < 0)
        break;
    }
  close (fd);
  return NULL;
}

static void
test_nonsense (void)
{
  for (guint i = 0; i < 50; i++)
    {
      g_autoptr (GError) error = NULL;
      ThawArchive *archive = g_new0 (ThawArchive, 1);
      ThawArchiveRecord record;
      const char *first, *second;
      GThread *thread;
      int ends[2];

      g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
      archive->socket = ends[0];
      archive->check = check_never;
      archive->buffer = g_byte_array_new ();
      thread = g_thread_new ("nonsense", talk_nonsense, GINT_TO_POINTER (ends[1]));
      while (thaw_archive_read (archive, &record, &first, &second, &error))
        {
          g_assert_cmpuint (record.type, <=, THAW_ARCHIVE_END);
          g_assert_cmpint (first[record.n_first], ==, '\0');
          g_assert_cmpint (second[record.n_second], ==, '\0');
        }
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
      thaw_archive_free (archive);
      g_thread_join (thread);
    }
}

int
main (int argc, char **argv)
{
  static const char *const compressed[] = { "tar.gz", "tar.bz2", "tar.xz", "tar.zst" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autofree char *there = g_strconcat ("/archive/there-and-back/", formats[i], NULL);
      g_autofree char *cut = g_strconcat ("/archive/cut/", formats[i], NULL);

      g_test_add_data_func (there, formats[i], test_there_and_back);
      g_test_add_data_func (cut, formats[i], test_cut);
    }
  for (guint i = 0; i < G_N_ELEMENTS (compressed); i++)
    {
      g_autofree char *flip = g_strconcat ("/archive/flip/", compressed[i], NULL);
      g_autofree char *trailing = g_strconcat ("/archive/trailing/", compressed[i], NULL);

      g_test_add_data_func (flip, compressed[i], test_flip);
      g_test_add_data_func (trailing, compressed[i], test_trailing);
    }
  g_test_add_func ("/archive/password", test_password);
  g_test_add_func ("/archive/walls", test_walls);
  g_test_add_func ("/archive/bomb", test_bomb);
  g_test_add_func ("/archive/many", test_many);
  g_test_add_func ("/archive/no-memory", test_no_memory);
  g_test_add_func ("/archive/memory", test_memory);
  g_test_add_func ("/archive/cancel", test_cancel);
  g_test_add_func ("/archive/full", test_full);
  g_test_add_func ("/archive/nonsense", test_nonsense);
  return g_test_run ();
}
