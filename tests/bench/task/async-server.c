/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers every request the same, as fast as it can, so that it isn't what is measured: one thread,
 * one epoll, no parsing (requests are small: one read gets all of one). */

#include "async-server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void
answer_one (int fd, const GString *answer)
{
  char request[8192];
  gssize n = read (fd, request, sizeof request);

  if ((n <= 0 && errno != EAGAIN) || (n > 0 && write (fd, answer->str, answer->len) < 0))
    close (fd);
}

static void
watch (int epoll, int fd)
{
  struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

  epoll_ctl (epoll, EPOLL_CTL_ADD, fd, &event);
}

static void
serve (int listener, const GString *answer)
{
  int epoll = epoll_create1 (EPOLL_CLOEXEC), on = 1;
  struct epoll_event events[64];
  int n;

  watch (epoll, listener);
  while ((n = epoll_wait (epoll, events, G_N_ELEMENTS (events), -1)) >= 0 || errno == EINTR)
    for (int i = 0; i < n; i++)
      {
        int fd = events[i].data.fd;

        if (fd != listener)
          {
            answer_one (fd, answer);
            continue;
          }
        fd = accept4 (listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch (epoll, fd);
      }
}

static GString *
make_answer (guint body_bytes)
{
  GString *answer = g_string_new (NULL);

  g_string_printf (answer,
                   "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %u\r\n\r\n",
                   body_bytes);
  for (guint i = 0; i < body_bytes; i++)
    g_string_append_c (answer, 'x');
  return answer;
}

pid_t
async_server_start (guint body_bytes, char **uri)
{
  struct sockaddr_in address
      = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  int listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_autoptr (GString) answer = make_answer (body_bytes);
  pid_t pid;

  if (bind (listener, (struct sockaddr *) &address, sizeof address) < 0 || listen (listener, 64) < 0
      || getsockname (listener, (struct sockaddr *) &address, &length) < 0)
    g_error ("No server: %s", g_strerror (errno));
  pid = fork ();
  if (pid == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      serve (listener, answer);
      _exit (1);
    }
  close (listener);
  *uri = g_strdup_printf ("http://127.0.0.1:%u/", ntohs (address.sin_port));
  return pid;
}

gint64
async_server_get_cpu_usec (pid_t server)
{
  struct timespec used = { 0 };
  clockid_t clock;

  if (clock_getcpuclockid (server, &clock) == 0)
    clock_gettime (clock, &used);
  return used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000;
}
