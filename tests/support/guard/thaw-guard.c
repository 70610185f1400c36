/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When the guard watches: on the main thread, while the default main context dispatches, that is
 * inside of g_application_run(), g_main_loop_run() or g_main_context_iteration() and outside of the
 * context's poll, which is wrapped to know it. What a test does itself between two iterations isn't
 * the loop's business. A loop that runs another context there is how synchronous calls of GIO wait:
 * that is refused too. */

#include "thaw-guard.h"

#include <dlfcn.h>
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TLS __attribute__ ((tls_model ("initial-exec")))

static __thread unsigned n_inside TLS;
static __thread bool is_polling TLS, is_blind TLS;
static GPollFunc real_poll;

bool
guard_set_blind (bool blind)
{
  bool before = is_blind;

  is_blind = blind;
  return before;
}

bool
guard_is_watching (void)
{
  return n_inside > 0 && !is_polling && !is_blind;
}

static bool
is_below (const char *path, const char *folder, size_t length)
{
  return length > 0 && strncmp (path, folder, length) == 0 && path[length] == '/';
}

static bool
is_below_any (const char *path, const char *folders)
{
  for (const char *end; folders != NULL; folders = *end != '\0' ? end + 1 : NULL)
    {
      end = strchrnul (folders, ':');
      if (is_below (path, folders, end - folders))
        return true;
    }
  return false;
}

static bool
is_guarded_program (void)
{
  static int answer = -1;
  char path[4096];
  ssize_t n;

  if (answer >= 0)
    return answer;
  n = syscall (SYS_readlink, "/proc/self/exe", path, sizeof (path) - 1);
  path[n > 0 ? n : 0] = '\0';
  answer = is_below_any (path, getenv ("THAW_GUARD"));
  return answer;
}

static int
guarded_poll (GPollFD *fds, guint n_fds, int timeout)
{
  int result;

  is_polling = true;
  result = real_poll (fds, n_fds, timeout);
  is_polling = false;
  return result;
}

static bool
is_default (GMainContext *context)
{
  return context == NULL || context == REAL (g_main_context_default) ();
}

/* Whether the guard watches what comes now. */
static bool
enter (GMainContext *context)
{
  if (syscall (SYS_gettid) != getpid () || !is_guarded_program ())
    return false;
  if (!is_default (context))
    {
      if (guard_is_watching ())
        guard_refuse ("a loop of another main context", NULL);
      return false;
    }
  if (real_poll == NULL)
    {
      real_poll = REAL (g_main_context_get_poll_func) (NULL);
      REAL (g_main_context_set_poll_func) (NULL, guarded_poll);
    }
  n_inside++;
  return true;
}

static void
leave (bool entered)
{
  n_inside -= entered;
}

GUARD_EXPORT void
g_main_loop_run (GMainLoop *loop)
{
  bool entered = enter (REAL (g_main_loop_get_context) (loop));

  REAL (g_main_loop_run) (loop);
  leave (entered);
}

GUARD_EXPORT gboolean
g_main_context_iteration (GMainContext *context, gboolean may_block)
{
  /* Without waiting, a context of somebody's own is harmless. */
  bool entered = (may_block || is_default (context)) && enter (context);
  gboolean dispatched = REAL (g_main_context_iteration) (context, may_block);

  leave (entered);
  return dispatched;
}

GUARD_EXPORT int
g_application_run (GApplication *application, int argc, char **argv)
{
  bool entered = enter (NULL);
  int status = REAL (g_application_run) (application, argc, argv);

  leave (entered);
  return status;
}
