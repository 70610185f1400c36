/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* 1,000 GETs of 1 KB from a server on this machine, at most 10 at a time, on connections that are
 * kept: Thaw against libsoup alone in C, asyncio (with aiohttp where Debian's is installed,
 * otherwise on its streams: it says which) and Node's http. In each round each of them once, after
 * a warm-up of its own; medians of the rounds. The figure is Thaw's time divided by the other's:
 * below 1 Thaw is quicker. The scripts start anew for each round, so their compilers get warm in
 * the warm-up at best: bench-async has them in processes that stay. The server is a process of its
 * own that does as little as possible.
 *
 *   bench-http [--quick]
 *
 * THAW_BENCH_SCRIPTS is where the scripts of the other two are; who isn't installed is left out. */

#include "thaw-http.h"

#include <errno.h>
#include <libsoup/soup.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define AT_ONCE 10
#define BODY_BYTES 1024
#define MAX_ROUNDS 15
#define PYTHON "/usr/bin/python3" /* sees Debian's aiohttp, whatever is first in the path */

static guint n_requests = 1000, n_warm_up = 100, n_rounds = 9;
static char *uri;

/* The server: every request is answered the same. Requests are small, so one read gets all of one.
 */
static void
serve_one (int fd, const char *answer, gsize n)
{
  char request[8192];
  gssize got = read (fd, request, sizeof request);

  if (got <= 0 && errno != EAGAIN)
    close (fd);
  else if (got > 0 && write (fd, answer, n) < 0)
    close (fd);
}

static void
serve (int listener)
{
  static char answer[BODY_BYTES + 200];
  int epoll = epoll_create1 (EPOLL_CLOEXEC), on = 1;
  int n = sprintf (answer,
                   "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n",
                   BODY_BYTES);
  struct epoll_event event = { .events = EPOLLIN, .data.fd = listener };

  memset (answer + n, 'x', BODY_BYTES);
  epoll_ctl (epoll, EPOLL_CTL_ADD, listener, &event);
  while (epoll_wait (epoll, &event, 1, -1) >= 0 || errno == EINTR)
    {
      if (event.data.fd != listener)
        {
          serve_one (event.data.fd, answer, (gsize) n + BODY_BYTES);
          continue;
        }
      event = (struct epoll_event){ .events = EPOLLIN,
                                    .data.fd = accept4 (listener, NULL, NULL, SOCK_NONBLOCK) };
      setsockopt (event.data.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      epoll_ctl (epoll, EPOLL_CTL_ADD, event.data.fd, &event);
    }
}

static pid_t
start_server (void)
{
  struct sockaddr_in address
      = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  int listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  pid_t pid;

  if (bind (listener, (struct sockaddr *) &address, sizeof address) < 0 || listen (listener, 64) < 0
      || getsockname (listener, (struct sockaddr *) &address, &length) < 0)
    g_error ("No server: %s", g_strerror (errno));
  pid = fork ();
  if (pid == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      serve (listener);
      _exit (0);
    }
  close (listener);
  uri = g_strdup_printf ("http://127.0.0.1:%u/", ntohs (address.sin_port));
  return pid;
}

static void
thaw_done (ThawFuture *future, gpointer n_left)
{
  GBytes *bytes = thaw_future_get_pointer (future, NULL);

  if (!bytes || g_bytes_get_size (bytes) != BODY_BYTES)
    g_error ("A GET failed");
  (*(guint *) n_left)--;
}

/* All are asked for at once; that only so many go at a time is the limiter's business. */
static void
get_with_thaw (ThawHttp *http, ThawScope *scope, guint n)
{
  guint n_left = n;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (ThawFuture) future = thaw_http_get (http, scope, uri);

      thaw_future_done (future, NULL, thaw_done, &n_left, NULL);
    }
  while (n_left > 0)
    g_main_context_iteration (NULL, TRUE);
}

static double
run_thaw (void)
{
  g_autoptr (ThawHttp) http = thaw_http_new ();
  g_autoptr (ThawScope) scope = thaw_scope_new ("bench", NULL);
  gint64 start_usec;

  thaw_http_set_limits (http, AT_ONCE, AT_ONCE);
  get_with_thaw (http, scope, n_warm_up);
  start_usec = g_get_monotonic_time ();
  get_with_thaw (http, scope, n_requests);
  return (double) (g_get_monotonic_time () - start_usec) / 1000;
}

typedef struct {
  SoupSession *session;
  guint n_to_start, n_left;
} SoupRun;

static void start_with_soup (SoupRun *run); /* each answer starts the next */

static void
soup_done (GObject *session, GAsyncResult *result, gpointer user_data)
{
  SoupRun *run = user_data;
  g_autoptr (GBytes) bytes
      = soup_session_send_and_read_finish (SOUP_SESSION (session), result, NULL);

  if (!bytes || g_bytes_get_size (bytes) != BODY_BYTES)
    g_error ("A GET failed");
  run->n_left--;
  start_with_soup (run);
}

static void
start_with_soup (SoupRun *run)
{
  g_autoptr (SoupMessage) message = NULL;

  if (run->n_to_start == 0)
    return;
  run->n_to_start--;
  message = soup_message_new ("GET", uri);
  soup_session_send_and_read_async (run->session,
                                    message,
                                    G_PRIORITY_DEFAULT,
                                    NULL,
                                    soup_done,
                                    run);
}

static void
get_with_soup (SoupSession *session, guint n)
{
  SoupRun run = { session, n, n };

  for (guint i = 0; i < AT_ONCE; i++)
    start_with_soup (&run);
  while (run.n_left > 0)
    g_main_context_iteration (NULL, TRUE);
}

static double
run_soup (void)
{
  g_autoptr (SoupSession) session
      = soup_session_new_with_options ("max-conns", AT_ONCE, "max-conns-per-host", AT_ONCE, NULL);
  gint64 start_usec;

  get_with_soup (session, n_warm_up);
  start_usec = g_get_monotonic_time ();
  get_with_soup (session, n_requests);
  return (double) (g_get_monotonic_time () - start_usec) / 1000;
}

static double
read_answer (const char *answer, char **title)
{
  char *rest;
  double msec = g_ascii_strtod (answer, &rest);

  if (*title == NULL)
    *title = g_strdup (g_strstrip (rest));
  return msec;
}

/* In msec, as it says itself; -1 when it isn't there. What it calls itself comes after that. */
static double
run_script (const char *program, const char *script, char **title)
{
  const char *folder = g_getenv ("THAW_BENCH_SCRIPTS");
  g_autofree char *path = folder ? g_build_filename (folder, script, NULL) : NULL;
  g_autofree char *found = g_find_program_in_path (program), *out = NULL;
  g_autofree char *n = g_strdup_printf ("%u", n_requests);
  g_autofree char *warm_up = g_strdup_printf ("%u", n_warm_up);
  const char *argv[] = { program, path, uri, n, warm_up, NULL };

  if (!found || !path
      || !g_spawn_sync (NULL,
                        (char **) argv,
                        NULL,
                        G_SPAWN_SEARCH_PATH,
                        NULL,
                        NULL,
                        &out,
                        NULL,
                        NULL,
                        NULL)
      || !out || !g_ascii_isdigit (out[0]))
    return -1;
  return read_answer (out, title);
}

enum { THAW, SOUP, ASYNCIO, NODE, N_CONTENDERS };

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static double
median (double *values, guint n)
{
  qsort (values, n, sizeof *values, compare_doubles);
  return n > 0 ? values[n / 2] : -1;
}

static void
print_ratio (const char *name, double rounds[][N_CONTENDERS], int other, double bar)
{
  double ratios[MAX_ROUNDS], ratio;

  for (guint i = 0; i < n_rounds; i++)
    {
      if (rounds[i][other] < 0)
        {
          printf ("# %s isn't here\n", name);
          return;
        }
      ratios[i] = rounds[i][THAW] / rounds[i][other];
    }
  ratio = median (ratios, n_rounds);
  printf ("1000 GETs at 10, Thaw's time against %s: %.2f x, %s (bar <= %.1f) %s\n",
          name,
          ratio,
          ratio <= 1 ? "Thaw is quicker" : "Thaw is slower",
          bar,
          ratio <= bar ? "holds" : "short");
}

static void
print_times (double rounds[][N_CONTENDERS], char *const *names)
{
  for (int c = 0; c < N_CONTENDERS; c++)
    {
      double times[MAX_ROUNDS];

      for (guint i = 0; i < n_rounds; i++)
        times[i] = rounds[i][c];
      printf ("# %s: %.1f msec\n", names[c], median (times, n_rounds));
    }
}

int
main (int argc, char *argv[])
{
  static double rounds[MAX_ROUNDS][N_CONTENDERS];
  char *titles[N_CONTENDERS] = { NULL };
  pid_t server;

  if (argc > 1 && g_str_equal (argv[1], "--quick"))
    {
      n_requests = 50;
      n_warm_up = 10;
      n_rounds = 1;
    }
  server = start_server ();
  for (guint i = 0; i < n_rounds; i++)
    for (guint j = 0; j < N_CONTENDERS; j++)
      {
        /* Each goes first in turn. */
        int contender = (int) ((i + j) % N_CONTENDERS);

        rounds[i][contender] = contender == THAW   ? run_thaw ()
                               : contender == SOUP ? run_soup ()
                               : contender == ASYNCIO
                                   ? run_script (PYTHON, "http-asyncio.py", &titles[ASYNCIO])
                                   : run_script ("node", "http-node.js", &titles[NODE]);
      }
  kill (server, SIGKILL);
  titles[THAW] = g_strdup ("Thaw");
  titles[SOUP] = g_strdup ("libsoup alone");
  for (int c = ASYNCIO; c < N_CONTENDERS; c++)
    if (titles[c] == NULL)
      titles[c] = g_strdup (c == NODE ? "Node" : "asyncio");
  print_times (rounds, titles);
  for (int c = SOUP; c < N_CONTENDERS; c++)
    print_ratio (titles[c], rounds, c, c == SOUP ? 1.2 : 1.0);
  for (int c = 0; c < N_CONTENDERS; c++)
    g_free (titles[c]);
  g_free (uri);
  return 0;
}
