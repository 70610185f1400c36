/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pool of threads for computing, as many as there are cores. Two crews: one for what the user
 * waits for, HIGH before DEFAULT, and one whose threads are in the kernel's idle class for good,
 * since an unprivileged thread can't leave it; they only get what the others leave over. Threads
 * start when there is work for them and end when there was none for a while. The loop hands in jobs
 * without a lock, because a thread of the idle class might be put aside while it holds one. A job
 * must not block: that is what lanes are for. */

#include "thaw-cpu-pool-private.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LINGER_USEC (10 * G_USEC_PER_SEC)
#define WORKER_NICE 10

typedef struct {
  ThawJob *first, *last;
} ThawJobQueue;

typedef struct {
  const char *thread_name;
  gboolean idle_class;
  ThawJob *incoming;                      /* atomic stack, newest first */
  sem_t n_waiting;                        /* one for each job handed in */
  gint n_threads, n_resting, n_unclaimed; /* atomic */
  pthread_mutex_t lock;                   /* among the threads */
  ThawJobQueue queues[THAW_N_PRIORITIES]; /* oldest first */
} ThawCrew;

static ThawCrew workers = { .thread_name = "thaw-cpu", .lock = PTHREAD_MUTEX_INITIALIZER };
static ThawCrew idlers
    = { .thread_name = "thaw-idle", .idle_class = TRUE, .lock = PTHREAD_MUTEX_INITIALIZER };
static gint64 linger_usec = LINGER_USEC;
static gint n_processors; /* constant once there is a job: asking costs several system calls */

static inline ThawJobExecutorFields *
fields (ThawJob *job)
{
  return thaw_job_get_executor_fields (job);
}

static void
hand_in (ThawCrew *crew, ThawJob *job)
{
  ThawJob *head = __atomic_load_n (&crew->incoming, __ATOMIC_RELAXED);

  do
    fields (job)->next = head;
  while (!__atomic_compare_exchange_n (&crew->incoming,
                                       &head,
                                       job,
                                       TRUE,
                                       __ATOMIC_RELEASE,
                                       __ATOMIC_RELAXED));
}

static void
sort_in (ThawCrew *crew, ThawJob *newest)
{
  ThawJob *oldest = NULL;

  while (newest)
    {
      ThawJob *next = fields (newest)->next;

      fields (newest)->next = oldest;
      oldest = newest;
      newest = next;
    }
  while (oldest)
    {
      ThawJobQueue *queue = &crew->queues[thaw_job_get_priority (oldest)];
      ThawJob *next = fields (oldest)->next;

      fields (oldest)->next = NULL;
      if (queue->last)
        fields (queue->last)->next = oldest;
      else
        queue->first = oldest;
      queue->last = oldest;
      oldest = next;
    }
}

static ThawJob *
pop (ThawJobQueue *queue)
{
  ThawJob *job = queue->first;

  if (!job)
    return NULL;
  queue->first = fields (job)->next;
  if (!queue->first)
    queue->last = NULL;
  return job;
}

/* There is one for each time that the semaphore was taken. */
static ThawJob *
take_job (ThawCrew *crew)
{
  ThawJob *job = NULL;

  pthread_mutex_lock (&crew->lock);
  sort_in (crew, __atomic_exchange_n (&crew->incoming, NULL, __ATOMIC_ACQUIRE));
  for (guint priority = 0; !job && priority < THAW_N_PRIORITIES; priority++)
    job = pop (&crew->queues[priority]);
  pthread_mutex_unlock (&crew->lock);
  return job;
}

static gboolean
wait_until (sem_t *semaphore, gint64 due_usec)
{
  struct timespec due = { due_usec / G_USEC_PER_SEC, due_usec % G_USEC_PER_SEC * 1000 };
  int result;

  do
    result = sem_timedwait (semaphore,
                            &due); /* by the wall clock: a jump only shortens or stretches a rest */
  while (result != 0 && errno == EINTR);
  return result == 0;
}

static gboolean
wait_for_job (ThawCrew *crew)
{
  gboolean found = sem_trywait (&crew->n_waiting) == 0;

  if (!found)
    {
      __atomic_add_fetch (&crew->n_resting, 1, __ATOMIC_SEQ_CST);
      found = wait_until (&crew->n_waiting,
                          g_get_real_time () + __atomic_load_n (&linger_usec, __ATOMIC_RELAXED));
      __atomic_sub_fetch (&crew->n_resting, 1, __ATOMIC_SEQ_CST);
    }
  if (found)
    __atomic_sub_fetch (&crew->n_unclaimed, 1, __ATOMIC_SEQ_CST);
  return found;
}

/* Whoever hands in a job counts it first and looks at the threads then; we do it the other way
 * around, so one of us sees the other. */
static gboolean
may_leave (ThawCrew *crew)
{
  __atomic_sub_fetch (&crew->n_threads, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n (&crew->n_unclaimed, __ATOMIC_SEQ_CST) == 0)
    return TRUE;
  __atomic_add_fetch (&crew->n_threads, 1, __ATOMIC_SEQ_CST);
  return FALSE;
}

static void
enter_idle_class (void)
{
  struct sched_param param = { 0 };

  setpriority (PRIO_PROCESS, syscall (SYS_gettid), 19); /* only counts if the next one is refused */
  sched_setscheduler (0, SCHED_IDLE, &param);
}

/* All cores may be computing when the loop wakes for a frame: it must not wait for its turn among
 * equals. Who computes alone on the machine loses nothing by it. */
static void
step_back (void)
{
  setpriority (PRIO_PROCESS, syscall (SYS_gettid), WORKER_NICE);
}

static gpointer
work (gpointer data)
{
  ThawCrew *crew = data;

  if (crew->idle_class)
    enter_idle_class ();
  else
    step_back ();
  do
    while (wait_for_job (crew))
      thaw_job_run (take_job (crew));
  while (!may_leave (crew));
  return NULL;
}

static gboolean
needs_thread (ThawCrew *crew)
{
  gint n_threads = __atomic_load_n (&crew->n_threads, __ATOMIC_SEQ_CST);

  return n_threads == 0
         || (n_threads < n_processors
             && __atomic_load_n (&crew->n_unclaimed, __ATOMIC_SEQ_CST)
                    > __atomic_load_n (&crew->n_resting, __ATOMIC_SEQ_CST));
}

static void
start_thread (ThawCrew *crew)
{
  g_autoptr (GThread) thread = NULL;

  __atomic_add_fetch (&crew->n_threads, 1, __ATOMIC_SEQ_CST);
  thread = g_thread_try_new (crew->thread_name, work, crew, NULL);
  if (!thread)
    __atomic_sub_fetch (&crew->n_threads, 1, __ATOMIC_SEQ_CST);
}

static void
init_once (void)
{
  sem_init (&workers.n_waiting, 0, 0);
  sem_init (&idlers.n_waiting, 0, 0);
  n_processors = (gint) g_get_num_processors ();
}

static void
crew_push (ThawCrew *crew, ThawJob *job)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;

  pthread_once (&once, init_once);
  hand_in (crew, job);
  __atomic_add_fetch (&crew->n_unclaimed, 1, __ATOMIC_SEQ_CST);
  sem_post (&crew->n_waiting);
  if (needs_thread (crew))
    start_thread (crew);
}

void
thaw_cpu_pool_get_stats (ThawCpuPoolStats *stats)
{
  stats->n_threads = __atomic_load_n (&workers.n_threads, __ATOMIC_RELAXED);
  stats->n_idle_class_threads = __atomic_load_n (&idlers.n_threads, __ATOMIC_RELAXED);
}

void
thaw_cpu_pool_set_linger (gint64 usec)
{
  __atomic_store_n (&linger_usec, usec, __ATOMIC_RELAXED);
}

/**
 * thaw_scope_compute:
 * @self: a scope
 * @name: a static string, for logs and for the task tree
 * @priority: its class; %THAW_PRIORITY_LOW runs only when the cores have nothing else to do
 * @func: (scope notified) (closure user_data) (destroy destroy): the body
 * @user_data: for @func
 * @destroy: (nullable): frees @user_data, on the loop's thread, when @func has returned or never
 * will run
 *
 * Runs @func on the pool of computing threads, of which there is one for each core. It must not
 * block: see [method@Thaw.Lane.run].
 *
 * - **Thread**: the scope's; @func runs on a worker.
 * - **Errors**: those of @func; %G_IO_ERROR_CANCELLED or %THAW_ERROR_DEADLINE when @self has ended.
 * - **Cancellation**: the future is rejected at once, a job that hasn't started never runs, one
 * that runs finds out by [method@Thaw.Job.is_cancelled], and what it still returns is freed.
 *
 * Returns: (transfer full): a future
 */
ThawFuture *
thaw_scope_compute (ThawScope *self,
                    const char *name,
                    ThawPriority priority,
                    ThawJobFunc func,
                    gpointer user_data,
                    GDestroyNotify destroy)
{
  ThawFuture *future = NULL;
  ThawJob *job = thaw_job_new (self, name, priority, func, user_data, destroy, &future);

  if (job)
    crew_push (priority == THAW_PRIORITY_LOW ? &idlers : &workers, job);
  return future;
}
