/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The job "await 10,000 answers": a question, and the next one when it is answered. The answer
 * comes as a message of the loop; blocking has a thread that answers, since the loop can't while it
 * waits. Loop's thread, but for the function that ends in _thread. */

#include "files-lab-items.h"
#include <glib/gi18n.h>

/* Blocking */

typedef struct {
  GAsyncQueue *questions, *answers;
} Exchange;

static gpointer
answer_thread (gpointer data)
{
  Exchange *exchange = data;
  guint question;

  do
    {
      question = GPOINTER_TO_UINT (g_async_queue_pop (exchange->questions));
      g_async_queue_push (exchange->answers, GUINT_TO_POINTER (question));
    }
  while (question > 1);
  return NULL;
}

static void
await_blocking (FilesLabRun *run)
{
  Exchange exchange = { g_async_queue_new (), g_async_queue_new () };
  GThread *thread = g_thread_new ("lab answers", answer_thread, &exchange);

  for (guint i = files_lab_run_get_size (run); i > 0; i--)
    {
      g_async_queue_push (exchange.questions, GUINT_TO_POINTER (i));
      g_async_queue_pop (exchange.answers);
      files_lab_run_advance (run, 1);
    }
  g_thread_join (thread);
  g_async_queue_unref (exchange.questions);
  g_async_queue_unref (exchange.answers);
  files_lab_run_finish (run, NULL);
}

/* A question */

static void
answer_cb (gpointer message, gpointer unused)
{
  g_autoptr (ThawFuture) question = message;

  thaw_future_resolve (question);
}

static ThawFuture *
prepare (FilesLabRun *run)
{
  FilesLabBench *bench = files_lab_run_get_bench (run);

  if (bench->answers == NULL)
    bench->answers = thaw_mailbox_new ("answers in the Lab",
                                       NULL,
                                       NULL,
                                       0,
                                       answer_cb,
                                       NULL,
                                       (GDestroyNotify) thaw_future_unref);
  return thaw_future_new_resolved ();
}

static ThawFuture *
ask (guint index, gpointer run)
{
  ThawFuture *question = thaw_future_new ("a question in the Lab");

  if (!thaw_mailbox_post (files_lab_run_get_bench (run)->answers, thaw_future_ref (question)))
    thaw_future_unref (question);
  return question;
}

/* Messages: a callback that asks the next question */

static void
answered_cb (ThawFuture *completed, gpointer user_data)
{
  FilesLabRun *run = user_data;
  g_autoptr (ThawFuture) next = NULL;

  files_lab_run_advance (run, 1);
  if (files_lab_run_get_fraction (run) >= 1)
    {
      files_lab_run_finish_cb (completed, run);
      return;
    }
  next = ask (0, run);
  thaw_future_done (next, files_lab_run_get_scope (run), answered_cb, run, NULL);
}

static void
await_with_messages (FilesLabRun *run)
{
  g_autoptr (ThawFuture) first = ask (0, run);

  thaw_future_done (first, files_lab_run_get_scope (run), answered_cb, run, NULL);
}

/* Futures and fibers: one at a time */

static void
await_with_futures (FilesLabRun *run)
{
  files_lab_items_map (run, "ask", 1, ask);
}

static void
await_with_fibers (FilesLabRun *run)
{
  files_lab_items_await (run, "ask", 1, ask);
}

const FilesLabJob files_lab_awaits_job = {
  .id = "awaits",
  .title = N_ ("Await 10,000 Answers"),
  .description = N_ ("One after the other: the next question waits for the answer"),
  .size = 10000,
  .prepare = prepare,
  .start = { await_blocking, await_with_messages, await_with_futures, await_with_fibers },
};
