/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose fault it was that the program is gone. Code in C that does what it must not ends the whole
 * process, and nothing can be done about that in one process; but its name can be left behind, for
 * the next start to keep it off. A handler of the signals that end programs writes the name of the
 * plugin whose call runs on this thread, else of one whose library is on its stack, to a file that
 * is open since the start, and lets the signal do what it would have done. The same is done when a
 * plugin calls exit(). A handler may call next to nothing: here it is write(), and walking the
 * stack with what was loaded beforehand. Only real ends are written: a program that is killed, or
 * a machine that is switched off, is nobody's fault. Any thread. */

#include "pane-plugin-private.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_MODULES 64
#define MAX_FRAMES 48
#define STACK_BYTES (64 << 10) /* for the handler, when a plugin has used up its thread's own */

static __thread const char *loading __attribute__ ((tls_model ("initial-exec")));

/* Where a plugin's library is. */
typedef struct {
  const char *name; /* interned */
  gsize start, end;
} Module;

static const int fatal_signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP };

static Module modules[MAX_MODULES]; /* those below n_modules are constant */
static guint n_modules;             /* atomic */
static GMutex modules_lock;
static int crash_fd = -1;
static struct sigaction former[G_N_ELEMENTS (fatal_signals)];

static const char *
find_module (gsize address)
{
  guint n = __atomic_load_n (&n_modules, __ATOMIC_ACQUIRE);

  for (guint i = 0; i < n; i++)
    if (address >= modules[i].start && address < modules[i].end)
      return modules[i].name;
  return NULL;
}

/* A widget of a plugin's is called by GTK, and nobody says so. */
static const char *
find_on_stack (void)
{
  void *frames[MAX_FRAMES];
  const char *name = NULL;
  int n;

  if (__atomic_load_n (&n_modules, __ATOMIC_ACQUIRE) == 0)
    return NULL;
  n = backtrace (frames, MAX_FRAMES);
  for (int i = 0; i < n && name == NULL; i++)
    name = find_module ((gsize) frames[i]);
  return name;
}

static void
note (const char *name)
{
  char line[256];
  gsize n = MIN (strlen (name), sizeof (line) - 1);

  memcpy (line, name, n);
  line[n] = '\n';
  if (write (crash_fd, line, n + 1) < 0)
    return; /* there is nobody left to tell */
}

static void
restore (int number)
{
  for (guint i = 0; i < G_N_ELEMENTS (fatal_signals); i++)
    if (fatal_signals[i] == number)
      sigaction (number, &former[i], NULL);
}

/* An instruction that failed fails again when this returns; what was sent has to be sent again. */
static void
signal_cb (int number, siginfo_t *info, void *context)
{
  PanePluginHost *host = pane_plugin_call_get_current ();
  const char *name;

  restore (number);
  name = host != NULL ? host->name : loading != NULL ? loading : find_on_stack ();
  if (name != NULL)
    note (name);
  if (info->si_code <= 0)
    syscall (SYS_tgkill, getpid (), gettid (), number);
}

static void
exit_cb (void)
{
  PanePluginHost *host = pane_plugin_call_get_current ();

  if (host != NULL || loading != NULL)
    note (host != NULL ? host->name : loading);
}

/**
 * pane_plugin_crash_watch: (skip)
 * @fd: an open file, which it keeps; each line that is appended is the name of a plugin
 *
 * Has the name of a plugin that ends the program written to a file. Once in a process.
 *
 * - **Thread**: any.
 */
void
pane_plugin_crash_watch (int fd)
{
  struct sigaction action = { .sa_sigaction = signal_cb, .sa_flags = SA_SIGINFO | SA_ONSTACK };
  void *frame;

  g_return_if_fail (crash_fd < 0 && fd >= 0);

  crash_fd = fd;
  backtrace (&frame, 1); /* loads what it needs, which a handler couldn't */
  sigemptyset (&action.sa_mask);
  for (guint i = 0; i < G_N_ELEMENTS (fatal_signals); i++)
    sigaction (fatal_signals[i], &action, &former[i]);
  atexit (exit_cb);
}

/**
 * pane_plugin_crash_set_loading: (skip)
 * @name: (nullable): a plugin
 *
 * Says whose code is brought in on this thread from now on, which has no host yet.
 *
 * - **Thread**: any; it goes for this one.
 */
void
pane_plugin_crash_set_loading (const char *name)
{
  loading = name != NULL ? g_intern_string (name) : NULL;
}

typedef struct {
  gsize base, end;
} Range;

static int
find_range (struct dl_phdr_info *info, size_t size, void *data)
{
  Range *range = data;

  if (info->dlpi_addr != range->base)
    return 0;
  for (int i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_LOAD)
      range->end = MAX (range->end,
                        info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz);
  return 1;
}

/* Nothing for one in Python, or for one that is part of the program. */
void
pane_plugin_crash_note_module (PanePluginHost *host, gconstpointer function)
{
  Dl_info info;
  Range range = { 0 };

  if (host->folder == NULL || dladdr (function, &info) == 0 || info.dli_fname == NULL
      || !g_str_has_prefix (info.dli_fname, host->folder))
    return;
  range.base = (gsize) info.dli_fbase;
  dl_iterate_phdr (find_range, &range);
  g_mutex_lock (&modules_lock);
  if (range.end > 0 && n_modules < MAX_MODULES && find_module (range.base) == NULL)
    {
      modules[n_modules] = (Module){ host->name, range.base, range.end };
      __atomic_store_n (&n_modules, n_modules + 1, __ATOMIC_RELEASE);
    }
  g_mutex_unlock (&modules_lock);
}

/* A stack for the handler on the thread that is running; NULL: there is one. */
gpointer
pane_plugin_crash_begin_thread (void)
{
  stack_t now, stack = { .ss_size = STACK_BYTES };

  if (sigaltstack (NULL, &now) == 0 && (now.ss_flags & SS_DISABLE) == 0)
    return NULL;
  stack.ss_sp = g_malloc (STACK_BYTES);
  sigaltstack (&stack, NULL);
  return stack.ss_sp;
}

void
pane_plugin_crash_end_thread (gpointer stack)
{
  stack_t none = { .ss_flags = SS_DISABLE };

  if (stack == NULL)
    return;
  sigaltstack (&none, NULL);
  g_free (stack);
}
