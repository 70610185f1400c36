/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* thaw-preview-worker: images, documents, fonts and texts made into pixels, in a process that can
 * do no harm. Without arguments it serves requests that come over the socket it was started with.
 * Asked for one thumbnail, it writes a PNG of at most so many pixels a side:
 *
 *   thaw-preview-worker --thumbnail|--text-thumbnail -s SIZE INPUT OUTPUT
 *
 * Texts have nothing that they could be known by, so whoever asks says that it is one. The status
 * is 0, 2 for what nothing here reads, 1 otherwise. Serving, it ends when the other end does. What
 * it needs to have loaded is loaded before the walls go up, which is also before the first request:
 * a warm worker answers within the time of the drawing itself. */

#include "thaw-preview-worker.h"
#include "thaw-sandbox-enter.h"

#include <cairo.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MEMORY_MIB 900
#define MAPPED_MIB 1536 /* libraries, and fonts and documents that are mapped */
#define SERVING_CPU_SECONDS (3600 * 24)
#define UNSUPPORTED 2 /* the status: nothing wrong with the file */
#define FILE_BYTES ((uint64_t) THAW_PREVIEW_MAX_SIDE * THAW_PREVIEW_MAX_SIDE * 4)

static bool
enter_sandbox (bool serves)
{
  ThawSandboxRules rules = THAW_SANDBOX_RULES_INIT;

  rules.kind = THAW_SANDBOX_LIBRARIES;
  rules.memory_mib = MEMORY_MIB;
  rules.mapped_mib = MAPPED_MIB;
  rules.cpu_seconds = serves ? SERVING_CPU_SECONDS : THAW_PREVIEW_REQUEST_SECONDS;
  rules.file_bytes = FILE_BYTES;
  rules.serves = serves;
  rules.read_paths = thaw_sandbox_system_paths;
  return thaw_sandbox_enter (&rules);
}

/* Serving */

/* FALSE: nobody asks any more. */
static bool
receive (ThawPreviewRequest *request, int *fd)
{
  union {
    char bytes[CMSG_SPACE (sizeof (int))];
    struct cmsghdr align;
  } control;
  struct iovec part = { request, sizeof *request };
  struct msghdr message = { .msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof control };
  struct cmsghdr *head;
  ssize_t n;

  do
    n = recvmsg (THAW_PREVIEW_SOCKET_FD, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  *fd = -1;
  head = n > 0 ? CMSG_FIRSTHDR (&message) : NULL;
  if (head != NULL && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
    memcpy (fd, CMSG_DATA (head), sizeof (int));
  return n == (ssize_t) sizeof *request && request->magic == THAW_PREVIEW_MAGIC;
}

static bool
reply (const ThawPicture *picture)
{
  union {
    char bytes[CMSG_SPACE (sizeof (int))];
    struct cmsghdr align;
  } control = { .bytes = "" };
  struct iovec part = { (void *) &picture->reply, sizeof picture->reply };
  struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
  ssize_t n;

  if (picture->memory >= 0)
    {
      struct cmsghdr *head;

      message.msg_control = &control;
      message.msg_controllen = sizeof control;
      head = CMSG_FIRSTHDR (&message);
      head->cmsg_level = SOL_SOCKET;
      head->cmsg_type = SCM_RIGHTS;
      head->cmsg_len = CMSG_LEN (sizeof (int));
      memcpy (CMSG_DATA (head), &picture->memory, sizeof (int));
    }
  do
    n = sendmsg (THAW_PREVIEW_SOCKET_FD, &message, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n == (ssize_t) sizeof picture->reply;
}

static bool
is_sensible (const ThawPreviewRequest *request)
{
  return request->width > 0 && request->height > 0 && request->width <= THAW_PREVIEW_MAX_SIDE
         && request->height <= THAW_PREVIEW_MAX_SIDE;
}

static void
answer (const ThawPreviewRequest *request, int fd, ThawPicture *picture)
{
  thaw_picture_init (picture, request->serial);
  if (request->flags & THAW_PREVIEW_PREPARE)
    return;
  if (fd < 0 || !is_sensible (request))
    thaw_picture_fail (picture, THAW_PREVIEW_FAILED, "not a request");
  else
    thaw_preview_draw (fd, request, picture);
  thaw_picture_seal (picture);
}

static int
serve (void)
{
  ThawPreviewRequest request;
  ThawPicture picture;
  bool told = true;
  int fd;

  while (told && receive (&request, &fd))
    {
      answer (&request, fd, &picture);
      told = reply (&picture);
      thaw_picture_clear (&picture);
      if (fd >= 0)
        close (fd);
    }
  return 0;
}

/* One thumbnail */

static cairo_status_t
write_cb (void *closure, const unsigned char *bytes, unsigned int n)
{
  const int *fd = closure;
  ssize_t written;

  for (; n > 0; bytes += written, n -= (unsigned int) written)
    {
      written = write (*fd, bytes, n);
      if (written <= 0)
        return CAIRO_STATUS_WRITE_ERROR;
    }
  return CAIRO_STATUS_SUCCESS;
}

static bool
write_png (ThawPicture *picture, int fd)
{
  cairo_surface_t *surface = cairo_image_surface_create_for_data (picture->pixels,
                                                                  CAIRO_FORMAT_ARGB32,
                                                                  (int) picture->reply.width,
                                                                  (int) picture->reply.height,
                                                                  (int) picture->reply.stride);
  cairo_status_t status = cairo_surface_write_to_png_stream (surface, write_cb, &fd);

  cairo_surface_destroy (surface);
  return status == CAIRO_STATUS_SUCCESS;
}

/* Both files are open before anything is parsed: afterwards neither can be. "-": the standard
 * output. */
static int
make_thumbnail (ThawPreviewKind kind, uint32_t size, const char *input, const char *output)
{
  ThawPreviewRequest request
      = { .kind = kind, .flags = THAW_PREVIEW_PAPER, .width = size, .height = size };
  ThawPicture picture;
  int from = open (input, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  int to = strcmp (output, "-") != 0 ? open (output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
                                     : STDOUT_FILENO;
  bool made;

  if (from < 0 || to < 0 || !enter_sandbox (false))
    return 1;
  thaw_picture_init (&picture, 0);
  thaw_preview_draw (from, &request, &picture);
  made = picture.reply.status == THAW_PREVIEW_OK && write_png (&picture, to);
  if (!made && picture.reply.text[0] != '\0')
    g_printerr ("%s\n", picture.reply.text);
  thaw_picture_clear (&picture);
  return made ? 0 : picture.reply.status == THAW_PREVIEW_UNSUPPORTED ? UNSUPPORTED : 1;
}

int
main (int argc, char **argv)
{
  unsigned long size = argc == 6 ? strtoul (argv[3], NULL, 10) : 0;
  bool is_text = argc == 6 && strcmp (argv[1], "--text-thumbnail") == 0;

  g_setenv ("GIO_USE_VFS", "local", TRUE);
  if (argc == 6 && (is_text || strcmp (argv[1], "--thumbnail") == 0) && strcmp (argv[2], "-s") == 0
      && size > 0 && size <= THAW_PREVIEW_MAX_SIDE)
    return make_thumbnail (is_text ? THAW_PREVIEW_TEXT : THAW_PREVIEW_BY_CONTENT,
                           (uint32_t) size,
                           argv[4],
                           argv[5]);
  if (argc != 1)
    {
      g_printerr ("thaw-preview-worker --thumbnail|--text-thumbnail -s SIZE INPUT OUTPUT\n");
      return 2;
    }
  thaw_preview_prepare_image ();
  return enter_sandbox (true) ? serve () : 1;
}
