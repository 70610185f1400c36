/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps the last reports in a file that outlives a crash: a mapping shared with the page cache, so
 * that what was written is there however the process ends. The file is text in blocks of 8 KiB,
 * padded with line feeds: a head, then a ring of reports that earlier runs of the program started.
 * A second instance of the program takes the next name. All of it happens on a thread of its own
 * that starts with the first stall, because the folder may be what hangs; until then there is
 * neither thread nor file. */

#include "thaw-monitor-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES 8192
#define N_BLOCKS (1 + THAW_STALLS_KEPT)
#define HEAD "Thaw stalls 1, next report in block "
#define MAX_INSTANCES 9
#define MAX_WAITING 8

typedef struct {
  guint64 serial;
  char *text;
} Report;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static pthread_cond_t changed;
static GQueue waiting = G_QUEUE_INIT; /* of Report */
static gboolean is_running, is_writing, is_disabled;
static char *chosen_path;

/* The thread's own. */
static char *blocks;
static gboolean is_given_up;
static guint next_block;
static struct {
  guint64 serial;
  guint block;
} latest;

static void
report_free (Report *self)
{
  g_free (self->text);
  g_free (self);
}

/* Open, and ours alone. */
static int
lock_file (const char *path)
{
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);

  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) != 0)
    {
      close (fd);
      return -1;
    }
  return fd;
}

static int
open_instance (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  int fd;

  g_mkdir_with_parents (folder, 0700);
  fd = lock_file (path);
  for (guint i = 2; fd < 0 && i <= MAX_INSTANCES; i++)
    {
      g_autofree char *other = g_strdup_printf ("%s.%u", path, i);

      fd = lock_file (other);
    }
  return fd;
}

static void
write_head (void)
{
  char head[BLOCK_BYTES];
  int n = g_snprintf (head, sizeof (head), HEAD "%02u\n", next_block);

  memset (head + n, '\n', sizeof (head) - n);
  memcpy (blocks, head, sizeof (head));
}

/* Not a string: the mapped file ends nowhere in particular. */
static int
read_two_digits (const char *digits)
{
  return 10 * MAX (g_ascii_digit_value (digits[0]), 0) + MAX (g_ascii_digit_value (digits[1]), 0);
}

/* The descriptor stays open, with its lock, as long as the process. */
static void
map_file (int fd)
{
  struct stat info;
  void *bytes;

  if (fstat (fd, &info) != 0 || !S_ISREG (info.st_mode)
      || (info.st_size != N_BLOCKS * BLOCK_BYTES
          && (ftruncate (fd, 0) != 0 || posix_fallocate (fd, 0, N_BLOCKS * BLOCK_BYTES) != 0)))
    return;
  bytes = mmap (NULL, N_BLOCKS * BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (bytes == MAP_FAILED)
    return;
  blocks = bytes;
  if (strncmp (blocks, HEAD, strlen (HEAD)) == 0)
    next_block = CLAMP (read_two_digits (blocks + strlen (HEAD)), 1, N_BLOCKS - 1);
  else
    {
      memset (blocks, '\n', N_BLOCKS * BLOCK_BYTES);
      next_block = 1;
    }
}

static gboolean
open_once (const char *path)
{
  int fd;

  if (blocks != NULL || is_given_up)
    return blocks != NULL;
  fd = open_instance (path);
  if (fd >= 0)
    map_file (fd);
  if (blocks == NULL && fd >= 0)
    close (fd);
  is_given_up = blocks == NULL;
  return blocks != NULL;
}

/* A stall that is over takes the place of its first report. */
static void
write_report (const Report *report)
{
  gsize length = MIN (strlen (report->text), BLOCK_BYTES - 1);
  char *block;

  if (report->serial != latest.serial)
    {
      latest.serial = report->serial;
      latest.block = next_block;
      next_block = next_block % (N_BLOCKS - 1) + 1;
      write_head ();
    }
  block = blocks + latest.block * BLOCK_BYTES;
  memcpy (block, report->text, length);
  memset (block + length, '\n', BLOCK_BYTES - length);
}

static Report *
wait_for_report (char **path)
{
  Report *report = NULL;

  pthread_mutex_lock (&lock);
  is_writing = FALSE;
  pthread_cond_broadcast (&changed);
  while (waiting.length == 0)
    pthread_cond_wait (&changed, &lock);
  report = g_queue_pop_head (&waiting);
  is_writing = TRUE;
  *path = g_strdup (chosen_path);
  pthread_mutex_unlock (&lock);
  return report;
}

static void *
write_reports (void *unused)
{
  pthread_setname_np (pthread_self (), "thaw-stalls");
  for (;;)
    {
      g_autofree char *path = NULL;
      Report *report = wait_for_report (&path);

      if (path == NULL)
        path = thaw_monitor_dup_report_file (NULL);
      if (open_once (path))
        write_report (report);
      report_free (report);
    }
  return NULL;
}

static void
init_once (void)
{
  pthread_condattr_t attributes;

  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  pthread_cond_init (&changed, &attributes);
  pthread_condattr_destroy (&attributes);
}

/* Under the lock. */
static void
start_thread (void)
{
  pthread_t thread;
  sigset_t all, before;

  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &before);
  is_running = pthread_create (&thread, NULL, write_reports, NULL) == 0;
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  if (is_running)
    pthread_detach (thread);
}

void
thaw_stall_file_save (const ThawStall *stall)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  Report *report;

  pthread_once (&once, init_once);
  pthread_mutex_lock (&lock);
  if (!is_disabled)
    {
      report = g_new (Report, 1);
      *report = (Report){ stall->serial, thaw_stall_to_text (stall) };
      g_queue_push_tail (&waiting, report);
      if (waiting.length > MAX_WAITING)
        report_free (g_queue_pop_head (&waiting));
      if (!is_running)
        start_thread ();
      pthread_cond_broadcast (&changed);
    }
  pthread_mutex_unlock (&lock);
}

gboolean
thaw_stall_file_flush (gint64 deadline_usec)
{
  struct timespec end = { deadline_usec / G_USEC_PER_SEC, deadline_usec % G_USEC_PER_SEC * 1000 };
  gboolean in_time = TRUE;

  pthread_mutex_lock (&lock);
  while (is_running && (waiting.length > 0 || is_writing) && in_time)
    in_time = pthread_cond_timedwait (&changed, &lock, &end) != ETIMEDOUT;
  pthread_mutex_unlock (&lock);
  return in_time;
}

/**
 * thaw_monitor_set_report_file:
 * @path: (nullable) (type filename): an absolute path, or %NULL to keep no file
 *
 * Sets where reports are kept across crashes. A second instance of the program uses @path with ".2"
 * at its end, and so on.
 *
 * - **Thread**: any, before the first stall.
 */
void
thaw_monitor_set_report_file (const char *path)
{
  pthread_mutex_lock (&lock);
  g_set_str (&chosen_path, path);
  is_disabled = path == NULL;
  pthread_mutex_unlock (&lock);
}

/**
 * thaw_monitor_dup_report_file:
 * @program: (nullable): name of a program, or %NULL for this one
 *
 * Tells where reports are kept unless thaw_monitor_set_report_file() says otherwise.
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full) (type filename): the path
 */
char *
thaw_monitor_dup_report_file (const char *program)
{
  g_autofree char *name = NULL;

  if (program == NULL)
    program = g_get_prgname () != NULL ? g_get_prgname () : "program";
  name = g_strdup_printf ("stalls-%s.txt", program);
  g_strdelimit (name, G_DIR_SEPARATOR_S, '_');
  return g_build_filename (g_get_user_state_dir (), "thaw", name, NULL);
}
