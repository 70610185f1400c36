/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starting thaw-archive, and ending it. It is no ThawSandbox: the two talk over a socket for as long
 * as the operation lasts, on whose thread it is started and whose end is its own. */

#include "thaw-archive-process-private.h"

#include "thaw-sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "thaw-archive"
#define SOCKET_BYTES (1 << 20)
/* An archive may take long, but not for ever: so much, and a second for each so many bytes. */
#define BASE_SECONDS 600
#define BYTES_PER_SECOND (128 * 1024)

static guint64
allow_seconds (int fd)
{
  struct stat st;

  return BASE_SECONDS + (fstat (fd, &st) == 0 ? (guint64) st.st_size / BYTES_PER_SECOND : 0);
}

/* A zip and a 7z have a directory, all of which libarchive keeps in memory: 160 bytes for an entry
 * of a zip, which is at least some 78 long in the file, and 90 and its name twice for one of a 7z,
 * whose directory is compressed. So they are given more by their size, and a small one that was
 * made to take much gets no more than before. */
static const struct {
  char magic[6];
  gsize n;
  guint64 per_byte;
  guint max_mib;
} directories[] = {
  { { 'P', 'K', 3, 4 }, 4, 3, THAW_ARCHIVE_LARGE_MEMORY_MIB },
  { { '7', 'z', '\xbc', '\xaf', '\x27', '\x1c' }, 6, 32, 256 },
};

static guint
allow_memory (int fd, guint memory_mib)
{
  struct stat st;
  char head[6];
  gssize n = pread (fd, head, sizeof head, 0);
  guint64 more = 0;

  for (gsize i = 0; n > 0 && i < G_N_ELEMENTS (directories); i++)
    if ((gsize) n >= directories[i].n && memcmp (head, directories[i].magic, directories[i].n) == 0
        && fstat (fd, &st) == 0)
      more = MIN (((guint64) st.st_size >> 10) * directories[i].per_byte >> 10,
                  directories[i].max_mib);
  return MAX (memory_mib, MIN (memory_mib + (guint) more, THAW_ARCHIVE_LARGE_MEMORY_MIB));
}

static gboolean
spawn (ThawArchive *self, const char *const *argv, int theirs, int fd, int spool, GError **error)
{
  static const char *const environment[]
      = { "TMPDIR=/proc/self/fd/" G_STRINGIFY (THAW_ARCHIVE_SPOOL_FD), NULL };
  const int targets[] = { THAW_ARCHIVE_SPOOL_FD };

  return g_spawn_async_with_pipes_and_fds ("/",
                                           argv,
                                           environment,
                                           G_SPAWN_DO_NOT_REAP_CHILD,
                                           NULL,
                                           NULL,
                                           theirs,
                                           fd,
                                           -1,
                                           &spool,
                                           targets,
                                           spool >= 0 ? 1 : 0,
                                           &self->pid,
                                           NULL,
                                           NULL,
                                           NULL,
                                           error);
}

static gboolean
send_start (ThawArchive *self, const char *password, GError **error)
{
  ThawArchiveRecord record = { .type = THAW_ARCHIVE_START };

  record.n_first = password != NULL ? (guint32) strlen (password) : 0;
  if (record.n_first <= THAW_ARCHIVE_MAX_PASSWORD)
    return thaw_archive_write (self, &record, password, NULL, error);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "The password is too long");
  return FALSE;
}

static ThawArchive *
start (char **argv,
       int fd,
       int spool,
       const char *password,
       ThawArchiveCheck check,
       gpointer user_data,
       GError **error)
{
  g_autoptr (ThawArchive) self = g_new0 (ThawArchive, 1);
  g_autofd int theirs = -1;
  int ends[2];

  self->socket = -1;
  self->check = check;
  self->user_data = user_data;
  self->buffer = g_byte_array_new ();
  argv[0] = thaw_libexec_find (PROGRAM, error);
  if (argv[0] == NULL)
    return NULL;
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    {
      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
      return NULL;
    }
  self->socket = ends[0];
  theirs = ends[1];
  setsockopt (theirs, SOL_SOCKET, SO_SNDBUF, &(int){ SOCKET_BYTES }, sizeof (int));
  setsockopt (self->socket, SOL_SOCKET, SO_SNDBUF, &(int){ SOCKET_BYTES }, sizeof (int));
  if (!spawn (self, (const char *const *) argv, theirs, fd, spool, error)
      || !send_start (self, password, error))
    return NULL;
  return g_steal_pointer (&self);
}

ThawArchive *
thaw_archive_unpack_new (int fd,
                         guint memory_mib,
                         const char *password,
                         ThawArchiveCheck check,
                         gpointer user_data,
                         GError **error)
{
  g_autofree char *memory = g_strdup_printf ("%u", allow_memory (fd, memory_mib));
  g_autofree char *seconds = g_strdup_printf ("%" G_GUINT64_FORMAT, allow_seconds (fd));
  char *argv[] = { NULL, (char *) "unpack", memory, seconds, NULL };
  ThawArchive *self = start (argv, fd, -1, password, check, user_data, error);

  g_free (argv[0]);
  return self;
}

ThawArchive *
thaw_archive_list_new (int fd,
                       guint memory_mib,
                       ThawArchiveCheck check,
                       gpointer user_data,
                       GError **error)
{
  g_autofree char *memory = g_strdup_printf ("%u", allow_memory (fd, memory_mib));
  g_autofree char *seconds = g_strdup_printf ("%" G_GUINT64_FORMAT, allow_seconds (fd));
  char *argv[] = { NULL, (char *) "list", memory, seconds, NULL };
  ThawArchive *self = start (argv, fd, -1, NULL, check, user_data, error);

  g_free (argv[0]);
  return self;
}

ThawArchive *
thaw_archive_pack_new (int fd,
                       int spool,
                       const char *format,
                       const char *level,
                       const char *password,
                       ThawArchiveCheck check,
                       gpointer user_data,
                       GError **error)
{
  /* What is packed is the user's own and may be any amount; compressors at their highest level need
   * much memory. */
  g_autofree char *memory = g_strdup_printf ("%u", THAW_ARCHIVE_LARGE_MEMORY_MIB);
  char *argv[]
      = { NULL, (char *) "pack", memory, (char *) "4000000000", (char *) format, (char *) level,
          NULL };
  ThawArchive *self = start (argv, fd, spool, password, check, user_data, error);

  g_free (argv[0]);
  return self;
}

void
thaw_archive_free (ThawArchive *self)
{
  if (self == NULL)
    return;
  g_clear_fd (&self->socket, NULL);
  if (self->pid > 0)
    {
      kill (self->pid, SIGKILL);
      while (waitpid (self->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    }
  g_byte_array_unref (self->buffer);
  g_free (self);
}
