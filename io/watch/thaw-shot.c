/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The backtrace of a thread that is asked from outside, by a signal. The handler runs on a stack of
 * its own, so that a fiber that has little left is not overrun, takes no lock and allocates
 * nothing: the thread may hold malloc's. What backtrace() and g_main_current_source() do only the
 * first time (loading the unwinder, a thread's record) is done before. Who asks gives up after a
 * while: a thread that sleeps in the kernel without taking signals answers when it wakes up, and
 * then nobody listens. */

#include "thaw-monitor-private.h"

#include <errno.h>
#include <execinfo.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define STACK_BYTES 65536
#define SKIPPED_FRAMES 8 /* the handler's own, and the trampoline */

static int shot_signal; /* 0: none is free */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t stack_key;

void
thaw_now_copy (ThawNow *now, ThawNowCopy *copy)
{
  guint depth = atomic_load_explicit (&now->depth, memory_order_acquire);

  copy->n_entries = MIN (depth, THAW_NOW_MAX_DEPTH);
  copy->message = atomic_load_explicit (&now->message, memory_order_relaxed);
  for (guint i = 0; i < copy->n_entries; i++)
    {
      ThawNowEntry *entry = &now->entries[i];

      copy->entries[i] = (ThawNowEntryCopy){
        .kind = atomic_load_explicit (&entry->kind, memory_order_relaxed),
        .name = atomic_load_explicit (&entry->name, memory_order_relaxed),
        .func = atomic_load_explicit (&entry->func, memory_order_relaxed),
        .data = atomic_load_explicit (&entry->data, memory_order_relaxed),
      };
    }
}

static gpointer
get_interrupted (const ucontext_t *context)
{
#if defined(__x86_64__)
  return (gpointer) context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
  return (gpointer) context->uc_mcontext.pc;
#else
  return NULL;
#endif
}

static void
copy_frames (ThawShot *shot, const ucontext_t *context)
{
  gpointer frames[THAW_SHOT_FRAMES + SKIPPED_FRAMES];
  int n = backtrace (frames, G_N_ELEMENTS (frames));
  gpointer interrupted = get_interrupted (context);
  int first = 0;

  for (int i = 0; i < MIN (n, SKIPPED_FRAMES) && first == 0; i++)
    if (frames[i] == interrupted)
      first = i;
  shot->n_frames = MIN (n - first, THAW_SHOT_FRAMES);
  memcpy (shot->frames, frames + first, shot->n_frames * sizeof (gpointer));
}

/* The source can't go away: this is its thread, and it is being dispatched. */
static void
copy_source (ThawShot *shot)
{
  GSource *source = g_main_current_source ();
  const char *name = source != NULL ? g_source_get_name (source) : NULL;

  shot->source[0] = '\0';
  if (name != NULL)
    strncat (shot->source, name, sizeof (shot->source) - 1);
}

static void
take (ThawMonitor *monitor, const ucontext_t *context)
{
  ThawShot *shot = &monitor->shot;

  shot->is_late = atomic_load (&monitor->busy_since_usec) != shot->busy_since_usec;
  if (!shot->is_late)
    {
      thaw_now_copy (monitor->now, &shot->now);
      copy_source (shot);
      copy_frames (shot, context);
    }
}

static void
on_signal (int number, siginfo_t *info, void *context)
{
  ThawMonitor *monitor = thaw_monitor_own;
  guint asked = THAW_SHOT_ASKED;
  int saved_errno = errno;

  if (monitor != NULL
      && atomic_compare_exchange_strong (&monitor->shot.state, &asked, THAW_SHOT_TAKING))
    {
      take (monitor, context);
      atomic_store (&monitor->shot.state, THAW_SHOT_TAKEN);
      syscall (SYS_futex, &monitor->shot.state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
  errno = saved_errno;
}

static void
free_stack (gpointer stack)
{
  stack_t none = { .ss_flags = SS_DISABLE };

  sigaltstack (&none, NULL);
  munmap (stack, STACK_BYTES);
}

/* The first real-time signal that nobody uses, from above. */
static void
choose_signal (void)
{
  struct sigaction action = { .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };
  struct sigaction present;

  action.sa_sigaction = on_signal;
  sigfillset (&action.sa_mask);
  pthread_key_create (&stack_key, free_stack);
  for (int number = SIGRTMAX - 1; number > SIGRTMIN && shot_signal == 0; number--)
    if (sigaction (number, NULL, &present) == 0 && present.sa_handler == SIG_DFL
        && sigaction (number, &action, NULL) == 0)
      shot_signal = number;
}

/* One that somebody else has set up, such as a sanitizer's, will do. */
static void
give_stack (void)
{
  stack_t present, stack = { .ss_size = STACK_BYTES };

  if (sigaltstack (NULL, &present) == 0 && (present.ss_flags & SS_DISABLE) == 0)
    return;
  stack.ss_sp = mmap (NULL,
                      STACK_BYTES,
                      PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK,
                      -1,
                      0);
  if (stack.ss_sp == MAP_FAILED)
    return;
  sigaltstack (&stack, NULL);
  pthread_setspecific (stack_key, stack.ss_sp);
}

gboolean
thaw_shot_prepare_thread (void)
{
  sigset_t ours;
  gpointer frame;

  pthread_once (&once, choose_signal);
  if (shot_signal == 0)
    return FALSE;
  backtrace (&frame, 1);
  g_main_current_source ();
  give_stack ();
  sigemptyset (&ours);
  sigaddset (&ours, shot_signal);
  pthread_sigmask (SIG_UNBLOCK, &ours, NULL);
  return TRUE;
}

static void
wait_for_shot (ThawShot *shot, gint64 patience_usec)
{
  gint64 until = g_get_monotonic_time () + patience_usec;
  struct timespec time = { until / G_USEC_PER_SEC, until % G_USEC_PER_SEC * 1000 };
  guint state;

  while ((state = atomic_load (&shot->state)) != THAW_SHOT_TAKEN && g_get_monotonic_time () < until)
    syscall (SYS_futex,
             &shot->state,
             FUTEX_WAIT_BITSET_PRIVATE,
             state,
             &time,
             NULL,
             FUTEX_BITSET_MATCH_ANY);
}

gboolean
thaw_shot_take (ThawMonitor *monitor, gint64 busy_since_usec, gint64 patience_usec)
{
  ThawShot *shot = &monitor->shot;
  guint asked = THAW_SHOT_ASKED;

  if (shot_signal == 0)
    return FALSE;
  shot->busy_since_usec = busy_since_usec;
  atomic_store (&shot->state, THAW_SHOT_ASKED);
  if (syscall (SYS_tgkill, getpid (), monitor->thread, shot_signal) == 0)
    wait_for_shot (shot, patience_usec);

  /* From here on a handler that hasn't begun never will; one that has is over in no time. */
  if (atomic_compare_exchange_strong (&shot->state, &asked, THAW_SHOT_IDLE))
    return FALSE;
  while (atomic_load (&shot->state) == THAW_SHOT_TAKING)
    sched_yield ();
  return atomic_exchange (&shot->state, THAW_SHOT_IDLE) == THAW_SHOT_TAKEN;
}
