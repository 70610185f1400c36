/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program of our own that test-sandbox.c has run: it enters its sandbox, then tries what it was
 * told to, and says what came of it. Plain C. */

#include "thaw-sandbox-enter.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *argument;

static int
say (int worked)
{
  puts (worked ? "yes" : "no");
  return 0;
}

static int
try_read (void)
{
  return say (open (argument, O_RDONLY) >= 0);
}

static int
try_write (void)
{
  return say (open (argument, O_WRONLY | O_CREAT, 0600) >= 0);
}

static int
try_remove (void)
{
  return say (unlink (argument) == 0);
}

static int
try_network (void)
{
  return say (socket (AF_INET, SOCK_STREAM, 0) >= 0 || socket (AF_INET, SOCK_DGRAM, 0) >= 0
              || socket (AF_UNIX, SOCK_STREAM, 0) >= 0);
}

static int
try_fork (void)
{
  return say (fork () >= 0);
}

static int
try_program (void)
{
  execl ("/bin/true", "true", NULL);
  return say (0);
}

static int
try_signal (void)
{
  return say (kill (getppid (), 0) == 0);
}

static int
try_code (void)
{
  void *own
      = mmap (NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  void *data = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  return say (own != MAP_FAILED || data == MAP_FAILED
              || mprotect (data, 4096, PROT_READ | PROT_EXEC) == 0);
}

static void *
work (void *data)
{
  *(int *) data = 1;
  return NULL;
}

static int
try_thread (void)
{
  pthread_t thread;
  int worked = 0;

  if (pthread_create (&thread, NULL, work, &worked) == 0)
    pthread_join (thread, NULL);
  return say (worked);
}

static int
try_module (void)
{
  return say (dlopen (argument, RTLD_NOW) != NULL);
}

static int
try_memory (void)
{
  size_t n = (size_t) atoi (argument) << 20;
  char *bytes = malloc (n);

  if (bytes != NULL)
    memset (bytes, 1, n);
  return say (bytes != NULL);
}

static int
echo (void)
{
  char buffer[4096];
  ssize_t n;

  while ((n = read (STDIN_FILENO, buffer, sizeof buffer)) > 0)
    if (write (STDOUT_FILENO, buffer, (size_t) n) != n)
      return 1;
  return 0;
}

static int
echo_passed (void)
{
  dup2 (3, STDIN_FILENO);
  return echo ();
}

static int
wait_long (void)
{
  return (int) sleep (1000000);
}

static int
spin (void)
{
  for (volatile unsigned long i = 0; i < 1UL << 50; i++)
    ;
  return 0;
}

static int
flood (void)
{
  char buffer[4096] = "x";

  while (write (STDOUT_FILENO, buffer, sizeof buffer) > 0)
    ;
  return 0;
}

static int
crash (void)
{
  abort ();
}

static int
leave (void)
{
  return atoi (argument);
}

static int
say_class (void)
{
  printf ("%d\n", getpriority (PRIO_PROCESS, 0));
  return 0;
}

static const struct {
  const char *name;
  int (*func) (void);
} deeds[] = {
  { "read", try_read },       { "write", try_write },   { "remove", try_remove },
  { "network", try_network }, { "fork", try_fork },     { "program", try_program },
  { "signal", try_signal },   { "code", try_code },     { "thread", try_thread },
  { "module", try_module },   { "memory", try_memory }, { "echo", echo },
  { "passed", echo_passed },  { "wait", wait_long },    { "spin", spin },
  { "flood", flood },         { "crash", crash },       { "leave", leave },
  { "class", say_class },
};

int
main (int argc, char **argv)
{
  const char *const writable = getenv ("TMPDIR");
  const char *const paths[] = { "/usr", "/lib", "/lib64", "/etc/ld.so.cache", NULL };
  ThawSandboxRules rules = THAW_SANDBOX_RULES_INIT;

  if (argc < 3 || writable == NULL)
    return 3;
  rules.kind = strcmp (argv[1], "compute") == 0 ? THAW_SANDBOX_COMPUTE : THAW_SANDBOX_LIBRARIES;
  rules.read_paths = paths;
  rules.idle = 1;
  if (strcmp (argv[1], "writer") == 0)
    {
      rules.write_fd = 4;
      rules.file_bytes = 1 << 20;
    }
  argument = argc > 3 ? argv[3] : "";
  if (!thaw_sandbox_enter (&rules))
    return 4;
  for (unsigned i = 0; i < sizeof deeds / sizeof *deeds; i++)
    if (strcmp (deeds[i].name, argv[2]) == 0)
      return deeds[i].func ();
  return 3;
}
