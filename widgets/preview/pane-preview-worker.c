/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The processes that draw: a few that wait, each used by one thread at a time. A process that
 * hangs, breaks off or answers nonsense is killed and another takes its place with the next
 * request; so is one whose request nobody waits for any more, unless its answer comes in a moment.
 * Worker threads only; the socket is never waited for longer than a twentieth of a second at a
 * time. What a process says is checked before any of it is used: whoever made the file may be
 * speaking. */

#include "pane-preview-worker-private.h"
#include "thaw-sandbox.h"
#include "worker/thaw-preview-protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "thaw-preview-worker"
#define WAIT_MSEC 50
#define FORGIVE_USEC 100000 /* for an answer that nobody waits for */
#define MAX_REQUESTS 200    /* what libraries leak ends with the process */

typedef struct {
  pid_t pid;
  int socket;
  guint n_requests;
} Worker;

/* Those that wait, last used last; and those that were killed but haven't gone yet. */
static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static Worker *waiting[PANE_PREVIEW_N_WORKERS];
static guint n_waiting;
static GArray *dying; /* of pid_t */

/* Starting and ending */

/* Without fork(): copying the page tables of a window with a million files would stop it for some
 * time. */
static gboolean
spawn (const char *program, int theirs, pid_t *pid, GError **error)
{
  static const char *const environment[]
      = { "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin", NULL };
  char *const argv[] = { (char *) program, NULL };
  posix_spawn_file_actions_t actions;
  int result;

  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_adddup2 (&actions, theirs, THAW_PREVIEW_SOCKET_FD);
  posix_spawn_file_actions_addopen (&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen (&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np (&actions, STDERR_FILENO + 1);
  result = posix_spawn (pid, program, &actions, NULL, argv, (char *const *) environment);
  posix_spawn_file_actions_destroy (&actions);
  if (result != 0)
    g_set_error (error,
                 G_IO_ERROR,
                 g_io_error_from_errno (result),
                 "%s: %s",
                 program,
                 g_strerror (result));
  return result == 0;
}

static Worker *
worker_start (GError **error)
{
  g_autofree char *program = thaw_libexec_find (PROGRAM, NULL);
  g_autofd int ours = -1, theirs = -1;
  int ends[2];
  pid_t pid;
  Worker *self;

  if (program == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_INITIALIZED, "%s is not installed", PROGRAM);
      return NULL;
    }
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    {
      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (errno), g_strerror (errno));
      return NULL;
    }
  ours = ends[0];
  theirs = ends[1];
  if (!spawn (program, theirs, &pid, error))
    return NULL;
  self = g_new0 (Worker, 1);
  self->pid = pid;
  self->socket = g_steal_fd (&ours);
  return self;
}

/* One in the middle of a system call that can't be broken off goes later: nobody waits for it. */
static void
bury (void)
{
  for (guint i = dying->len; i > 0; i--)
    if (waitpid (g_array_index (dying, pid_t, i - 1), NULL, WNOHANG) != 0)
      g_array_remove_index_fast (dying, i - 1);
}

static void
worker_kill (Worker *self)
{
  kill (self->pid, SIGKILL);
  close (self->socket);
  pthread_mutex_lock (&pool_lock);
  if (dying == NULL)
    dying = g_array_new (FALSE, FALSE, sizeof (pid_t));
  g_array_append_val (dying, self->pid);
  bury ();
  pthread_mutex_unlock (&pool_lock);
  g_free (self);
}

static Worker *
worker_take (GError **error)
{
  Worker *self = NULL;

  pthread_mutex_lock (&pool_lock);
  if (n_waiting > 0)
    self = waiting[--n_waiting];
  if (dying != NULL)
    bury ();
  pthread_mutex_unlock (&pool_lock);
  return self != NULL ? self : worker_start (error);
}

static void
worker_give_back (Worker *self)
{
  gboolean is_kept;

  pthread_mutex_lock (&pool_lock);
  is_kept = n_waiting < PANE_PREVIEW_N_WORKERS && self->n_requests < MAX_REQUESTS;
  if (is_kept)
    waiting[n_waiting++] = self;
  pthread_mutex_unlock (&pool_lock);
  if (!is_kept)
    worker_kill (self);
}

/* Talking */

static gboolean
broke_off (GError **error)
{
  g_set_error_literal (error,
                       G_IO_ERROR,
                       G_IO_ERROR_BROKEN_PIPE,
                       "What draws it came to an end over it");
  return FALSE;
}

static gboolean
ask (Worker *self, const ThawPreviewRequest *request, int fd)
{
  union {
    char bytes[CMSG_SPACE (sizeof (int))];
    struct cmsghdr align;
  } control = { .bytes = "" };
  struct iovec part = { (gpointer) request, sizeof *request };
  struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

  if (fd >= 0)
    {
      struct cmsghdr *head;

      message.msg_control = &control;
      message.msg_controllen = sizeof control;
      head = CMSG_FIRSTHDR (&message);
      head->cmsg_level = SOL_SOCKET;
      head->cmsg_type = SCM_RIGHTS;
      head->cmsg_len = CMSG_LEN (sizeof (int));
      memcpy (CMSG_DATA (head), &fd, sizeof (int));
    }
  return sendmsg (self->socket, &message, MSG_NOSIGNAL) == (ssize_t) sizeof *request;
}

static gboolean
wait_for_reply (Worker *self, ThawJob *job, GError **error)
{
  struct pollfd poll_fd = { .fd = self->socket, .events = POLLIN };
  gint64 end_usec = g_get_monotonic_time () + PANE_PREVIEW_DRAW_USEC;

  while (poll (&poll_fd, 1, WAIT_MSEC) <= 0)
    {
      gint64 now_usec = g_get_monotonic_time ();

      thaw_job_beat (job);
      if (thaw_job_is_cancelled (job))
        end_usec = MIN (end_usec, now_usec + FORGIVE_USEC);
      if (now_usec > end_usec)
        {
          if (!thaw_job_set_error_if_cancelled (job, error))
            g_set_error_literal (error,
                                 G_IO_ERROR,
                                 G_IO_ERROR_TIMED_OUT,
                                 "Drawing it took too long");
          return FALSE;
        }
    }
  return TRUE;
}

/* @fd: -1 if none came. */
static gboolean
receive (Worker *self, ThawPreviewReply *reply, int *fd)
{
  union {
    char bytes[CMSG_SPACE (sizeof (int))];
    struct cmsghdr align;
  } control;
  struct iovec part = { reply, sizeof *reply };
  struct msghdr message = { .msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof control };
  ssize_t n;

  do
    n = recvmsg (self->socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  for (struct cmsghdr *head = n > 0 ? CMSG_FIRSTHDR (&message) : NULL; head != NULL;
       head = CMSG_NXTHDR (&message, head))
    if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS
        && head->cmsg_len == CMSG_LEN (sizeof (int)))
      memcpy (fd, CMSG_DATA (head), sizeof (int));
  return n == (ssize_t) sizeof *reply && (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
}

/* Judging what came */

static gboolean
is_well_formed (const ThawPreviewReply *reply, const ThawPreviewRequest *request)
{
  return reply->magic == THAW_PREVIEW_MAGIC && reply->serial == request->serial
         && reply->status <= THAW_PREVIEW_FAILED && reply->width <= request->width
         && reply->height <= request->height && reply->stride == reply->width * 4
         && reply->natural_width <= G_MAXINT && reply->natural_height <= G_MAXINT
         && memchr (reply->text, '\0', sizeof reply->text) != NULL;
}

/* Nobody can change it any more, nor cut it off under who reads it. */
static gboolean
is_sealed (int fd, gsize n_bytes)
{
  const int seals = F_SEAL_SHRINK | F_SEAL_WRITE;
  struct stat info;

  return (fcntl (fd, F_GET_SEALS) & seals) == seals && fstat (fd, &info) == 0
         && (gsize) info.st_size == n_bytes;
}

typedef struct {
  gpointer bytes;
  gsize n_bytes;
} Mapping;

static void
mapping_free (gpointer data)
{
  Mapping *mapping = data;

  munmap (mapping->bytes, mapping->n_bytes);
  g_free (mapping);
}

static GdkTexture *
make_texture (const ThawPreviewReply *reply, int fd)
{
  gsize n_bytes = (gsize) reply->stride * reply->height;
  g_autoptr (GBytes) bytes = NULL;
  Mapping *mapping;
  gpointer start;

  if (fd < 0 || n_bytes == 0 || !is_sealed (fd, n_bytes))
    return NULL;
  /* All at once: not page by page when it is drawn. */
  start = mmap (NULL, n_bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (start == MAP_FAILED)
    return NULL;
  mapping = g_new (Mapping, 1);
  *mapping = (Mapping){ start, n_bytes };
  bytes = g_bytes_new_with_free_func (start, n_bytes, mapping_free, mapping);
  return gdk_memory_texture_new ((int) reply->width,
                                 (int) reply->height,
                                 GDK_MEMORY_DEFAULT,
                                 bytes,
                                 reply->stride);
}

static void
set_error (const ThawPreviewReply *reply, GError **error)
{
  static const int codes[] = {
    [THAW_PREVIEW_OK] = G_IO_ERROR_FAILED,
    [THAW_PREVIEW_DAMAGED] = G_IO_ERROR_INVALID_DATA,
    [THAW_PREVIEW_UNSUPPORTED] = G_IO_ERROR_NOT_SUPPORTED,
    [THAW_PREVIEW_TOO_LARGE] = G_IO_ERROR_MESSAGE_TOO_LARGE,
    [THAW_PREVIEW_ENCRYPTED] = G_IO_ERROR_PERMISSION_DENIED,
    [THAW_PREVIEW_FAILED] = G_IO_ERROR_FAILED,
  };
  g_autofree char *text = g_utf8_make_valid (reply->text, -1);

  g_set_error_literal (error, G_IO_ERROR, codes[reply->status], text);
}

static PanePreviewPicture *
make_picture (const ThawPreviewReply *reply, int fd, GError **error)
{
  g_autofree char *title = NULL;
  g_autoptr (GdkTexture) texture = NULL;

  if (reply->status != THAW_PREVIEW_OK)
    {
      set_error (reply, error);
      return NULL;
    }
  texture = make_texture (reply, fd);
  if (texture == NULL)
    {
      broke_off (error);
      return NULL;
    }
  title = g_utf8_make_valid (reply->text, -1);
  return pane_preview_picture_new (texture,
                                   (int) reply->natural_width,
                                   (int) reply->natural_height,
                                   reply->n_pages,
                                   reply->is_partial != 0,
                                   g_strstrip (title));
}

/* Asks one that waits, or one that is started for it: one that has come to an end by itself
 * meanwhile says nothing of this file. */
static Worker *
take_and_ask (const ThawPreviewRequest *request, int fd, GError **error)
{
  for (guint i = 0; i <= PANE_PREVIEW_N_WORKERS; i++)
    {
      Worker *worker = worker_take (error);

      if (worker == NULL || ask (worker, request, fd))
        return worker;
      worker_kill (worker);
    }
  broke_off (error);
  return NULL;
}

/* FALSE: this process is not to be asked again. */
static gboolean
hear (Worker *self,
      const ThawPreviewRequest *request,
      ThawJob *job,
      ThawPreviewReply *reply,
      int *memory,
      GError **error)
{
  if (!wait_for_reply (self, job, error))
    return FALSE;
  if (!receive (self, reply, memory) || !is_well_formed (reply, request))
    return broke_off (error);
  self->n_requests++;
  return TRUE;
}

static ThawPreviewRequest
translate (const PanePreviewRequest *request)
{
  static guint serial;

  return (ThawPreviewRequest){
    .magic = THAW_PREVIEW_MAGIC,
    .serial = __atomic_add_fetch (&serial, 1, __ATOMIC_RELAXED),
    .kind = (guint32) request->kind,
    .flags = request->dark ? THAW_PREVIEW_DARK : 0,
    .width = (guint32) CLAMP (request->width, 1, (int) THAW_PREVIEW_MAX_SIDE),
    .height = (guint32) CLAMP (request->height, 1, (int) THAW_PREVIEW_MAX_SIDE),
    .page = request->page,
  };
}

/* FALSE with BROKEN_PIPE and @was_used: it had worked before, so its end may have had nothing to do
 * with this file. */
static gboolean
ask_one (const ThawPreviewRequest *request,
         int fd,
         ThawJob *job,
         ThawPreviewReply *reply,
         int *memory,
         gboolean *was_used,
         GError **error)
{
  Worker *worker = take_and_ask (request, fd, error);

  *was_used = worker != NULL && worker->n_requests > 0;
  if (worker == NULL)
    return FALSE;
  if (!hear (worker, request, job, reply, memory, error))
    {
      worker_kill (worker);
      return FALSE;
    }
  worker_give_back (worker);
  return TRUE;
}

PanePreviewPicture *
pane_preview_worker_draw (int fd, const PanePreviewRequest *request, ThawJob *job, GError **error)
{
  ThawPreviewRequest asked = translate (request);
  g_autofd int memory = -1;
  ThawPreviewReply reply;
  gboolean was_used = TRUE;

  while (was_used)
    {
      g_autoptr (GError) local_error = NULL;

      g_clear_fd (&memory, NULL);
      if (ask_one (&asked, fd, job, &reply, &memory, &was_used, &local_error))
        return make_picture (&reply, memory, error);
      if (!was_used || !g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE))
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return NULL;
        }
    }
  return NULL;
}

gboolean
pane_preview_worker_prepare (ThawJob *job, GError **error)
{
  ThawPreviewRequest asked = translate (&(PanePreviewRequest){ .width = 1, .height = 1 });
  g_autofd int memory = -1;
  ThawPreviewReply reply;
  Worker *worker;
  gboolean is_ready;

  asked.flags = THAW_PREVIEW_PREPARE;
  worker = take_and_ask (&asked, -1, error);
  if (worker == NULL)
    return FALSE;
  is_ready = hear (worker, &asked, job, &reply, &memory, error);
  if (is_ready)
    worker_give_back (worker);
  else
    worker_kill (worker);
  return is_ready;
}
