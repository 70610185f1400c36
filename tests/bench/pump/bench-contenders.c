/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contenders: the pump, g_main_context_invoke_full, libuv's async with a list under a mutex (as
 * its users do), and Rust's mpsc. The handler is trivial and the same everywhere: what is measured
 * is the way. */

#include "bench-contenders.h"

#include <stdlib.h>
#include <time.h>

#include "thaw-mailbox.h"
#ifdef HAVE_UV
#include <uv.h>
#endif

#define MAX_PRODUCERS 16
#define WAIT_CAPACITY 1024

const char *bench_rust_program;

/* On a cache line of its own: the loop writes it for each message. Beside what the producers read, as
 * the linker happens to place it, a third of the pump's figure was that line going to and fro. */
typedef struct {
  guint n_left;
  GMainLoop *loop;
} __attribute__ ((aligned (64))) Counter;

static Counter counter;
static ThawMailbox *mailbox;

gint64
bench_now_nsec (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static void
start_producers (GThread **threads, guint n_producers, guint n_messages, GThreadFunc func)
{
  for (guint i = 0; i < n_producers; i++)
    threads[i] = g_thread_new ("producer", func, GUINT_TO_POINTER (n_messages / n_producers));
}

static double
measure_loop (guint n_producers, guint n_messages, GThreadFunc func)
{
  GThread *threads[MAX_PRODUCERS];
  gint64 start, end;

  counter.n_left = n_messages / n_producers * n_producers;
  counter.loop = g_main_loop_new (NULL, FALSE);
  g_main_context_acquire (NULL); /* or invoke would run the functions in the producers' threads */
  start = bench_now_nsec ();
  start_producers (threads, n_producers, n_messages, func);
  g_main_loop_run (counter.loop);
  end = bench_now_nsec ();
  for (guint i = 0; i < n_producers; i++)
    g_thread_join (threads[i]);
  g_main_context_release (NULL);
  g_main_loop_unref (counter.loop);

  return (double) (end - start) / n_messages;
}

static void
count_message (gpointer message, gpointer user_data)
{
  if (--counter.n_left == 0)
    g_main_loop_quit (counter.loop);
}

static gpointer
post_all (gpointer data)
{
  for (guint i = GPOINTER_TO_UINT (data); i > 0; i--)
    if (!thaw_mailbox_post (mailbox, &counter))
      abort ();
  return NULL;
}

static gpointer
post_all_waiting (gpointer data)
{
  for (guint i = GPOINTER_TO_UINT (data); i > 0; i--)
    if (!thaw_mailbox_post_wait (mailbox, &counter, -1, NULL, NULL))
      abort ();
  return NULL;
}

static double
measure_mailbox (guint n_producers, guint n_messages, guint capacity, GThreadFunc func)
{
  double nsec;

  mailbox = thaw_mailbox_new ("bench", NULL, NULL, capacity, count_message, NULL, NULL);
  nsec = measure_loop (n_producers, n_messages, func);
  thaw_mailbox_close (mailbox);
  g_clear_pointer (&mailbox, thaw_mailbox_unref);

  return nsec;
}

double
bench_pump (guint n_producers, guint n_messages)
{
  return measure_mailbox (n_producers, n_messages, THAW_MAILBOX_UNBOUNDED, post_all);
}

double
bench_pump_wait (guint n_producers, guint n_messages)
{
  return measure_mailbox (n_producers, n_messages, WAIT_CAPACITY, post_all_waiting);
}

static gboolean
count_invoked (gpointer data)
{
  count_message (data, NULL);
  return G_SOURCE_REMOVE;
}

static gpointer
invoke_all (gpointer data)
{
  for (guint i = GPOINTER_TO_UINT (data); i > 0; i--)
    g_main_context_invoke_full (NULL, G_PRIORITY_DEFAULT, count_invoked, &counter, NULL);
  return NULL;
}

double
bench_invoke (guint n_producers, guint n_messages)
{
  return measure_loop (n_producers, n_messages, invoke_all);
}

#ifdef HAVE_UV
typedef struct _UvMessage UvMessage;
struct _UvMessage {
  UvMessage *next;
  void (*func) (UvMessage *message);
  gpointer data;
};

static struct {
  uv_async_t async;
  uv_mutex_t lock;
  UvMessage *head;
  UvMessage **tail;
} __attribute__ ((aligned (64))) uv;

static void
count_uv (UvMessage *message)
{
  if (--counter.n_left == 0)
    uv_close ((uv_handle_t *) &uv.async, NULL);
}

static void
drain_uv (uv_async_t *async)
{
  UvMessage *message;

  uv_mutex_lock (&uv.lock);
  message = g_steal_pointer (&uv.head);
  uv.tail = &uv.head;
  uv_mutex_unlock (&uv.lock);

  while (message != NULL)
    {
      UvMessage *next = message->next;

      message->func (message);
      free (message);
      message = next;
    }
}

static gpointer
send_all_uv (gpointer data)
{
  for (guint i = GPOINTER_TO_UINT (data); i > 0; i--)
    {
      UvMessage *message = malloc (sizeof (UvMessage));

      *message = (UvMessage){ NULL, count_uv, &counter };
      uv_mutex_lock (&uv.lock);
      *uv.tail = message;
      uv.tail = &message->next;
      uv_async_send (&uv.async); /* while it can't be closed yet */
      uv_mutex_unlock (&uv.lock);
    }
  return NULL;
}

double
bench_uv (guint n_producers, guint n_messages)
{
  GThread *threads[MAX_PRODUCERS];
  uv_loop_t loop;
  gint64 start, end;

  counter.n_left = n_messages / n_producers * n_producers;
  uv.tail = &uv.head;
  uv_loop_init (&loop);
  uv_mutex_init (&uv.lock);
  uv_async_init (&loop, &uv.async, drain_uv);
  start = bench_now_nsec ();
  start_producers (threads, n_producers, n_messages, send_all_uv);
  uv_run (&loop, UV_RUN_DEFAULT);
  end = bench_now_nsec ();
  for (guint i = 0; i < n_producers; i++)
    g_thread_join (threads[i]);
  uv_mutex_destroy (&uv.lock);
  uv_loop_close (&loop);

  return (double) (end - start) / n_messages;
}
#else
double
bench_uv (guint n_producers, guint n_messages)
{
  return 0;
}
#endif

double
bench_rust (guint n_producers, guint n_messages)
{
  g_autofree char *producers = g_strdup_printf ("%u", n_producers);
  g_autofree char *messages = g_strdup_printf ("%u", n_messages);
  char *arguments[] = { (char *) bench_rust_program, producers, messages, NULL };
  g_autofree char *output = NULL;

  if (bench_rust_program == NULL)
    return 0;
  if (!g_spawn_sync (NULL, arguments, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, NULL, NULL))
    return 0;
  return g_ascii_strtod (output, NULL);
}

/* One message in flight; the sender gives the loop time to fall asleep before the next. */
static struct {
  _Atomic (gint64) handled_nsec;
  gint64 *samples;
  guint n_samples;
  void (*send) (void);
} latency;

static void
note_handled (gpointer message, gpointer user_data)
{
  latency.handled_nsec = bench_now_nsec ();
}

static gboolean
note_idle (gpointer data)
{
  note_handled (NULL, NULL);
  return G_SOURCE_REMOVE;
}

static void
send_message (void)
{
  if (!thaw_mailbox_post (mailbox, NULL))
    abort ();
}

static void
send_idle (void)
{
  g_idle_add (note_idle, NULL);
}

static gpointer
send_samples (gpointer unused)
{
  for (guint i = 0; i < latency.n_samples; i++)
    {
      gint64 start;

      latency.handled_nsec = 0;
      g_usleep (100);
      start = bench_now_nsec ();
      latency.send ();
      while (latency.handled_nsec == 0)
        g_usleep (20);
      latency.samples[i] = latency.handled_nsec - start;
    }
  g_main_loop_quit (counter.loop);
  return NULL;
}

static void
measure_latency (gint64 *samples, guint n_samples, void (*send) (void))
{
  GThread *thread;

  latency.samples = samples;
  latency.n_samples = n_samples;
  latency.send = send;
  counter.loop = g_main_loop_new (NULL, FALSE);
  thread = g_thread_new ("sender", send_samples, NULL);
  g_main_loop_run (counter.loop);
  g_thread_join (thread);
  g_main_loop_unref (counter.loop);
}

void
bench_pump_latency (gint64 *samples, guint n_samples)
{
  mailbox = thaw_mailbox_new ("bench", NULL, NULL, 0, note_handled, NULL, NULL);
  measure_latency (samples, n_samples, send_message);
  thaw_mailbox_close (mailbox);
  g_clear_pointer (&mailbox, thaw_mailbox_unref);
}

void
bench_idle_latency (gint64 *samples, guint n_samples)
{
  measure_latency (samples, n_samples, send_idle);
}
