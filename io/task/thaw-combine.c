/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Futures of several futures: one allocation with a waiter for each of them. They complete on any
 * thread; what a completion means is judged under the lock, once, and acted on outside of it: the
 * combination completes first, then those that have lost are cancelled. As in a chain, a future
 * that is pending is only looked back at, so that a producer that goes away is noticed; one that is
 * complete is owned. Each waiter that is linked holds the combination. */

#include "thaw-combine.h"

#include "thaw-future-private.h"

typedef enum { COMBINE_ALL, COMBINE_SETTLE, COMBINE_ANY, COMBINE_FIRST, COMBINE_RACE } CombineKind;

typedef struct _ThawCombine ThawCombine;

typedef struct {
  ThawWaiter waiter;
  ThawCombine *combine;
  ThawFuture *source;
  gboolean is_complete; /* then @source is owned */
} Slot;

struct _ThawCombine {
  ThawFuture future;
  /* Under the future's lock. */
  CombineKind kind;
  gboolean is_linking, is_decided;
  guint n, n_pending;
  guint n_rejected; /* at the start of the list, for COMBINE_FIRST */
  Slot slots[];
};

/* What is decided, and by whom: NULL for all of them. */
typedef struct {
  gboolean decided;
  Slot *winner;
} Verdict;

static gboolean
is_rejected (Slot *slot)
{
  return thaw_future_peek_state (slot->source) == THAW_FUTURE_REJECTED;
}

static Verdict
judge_first (ThawCombine *self)
{
  Slot *slot = NULL;

  for (; self->n_rejected < self->n; self->n_rejected++)
    {
      slot = &self->slots[self->n_rejected];
      if (!slot->is_complete)
        return (Verdict){ FALSE };
      if (!is_rejected (slot))
        break;
    }
  return (Verdict){ TRUE, slot };
}

/* Under the lock, after @slot has become complete. */
static Verdict
judge (ThawCombine *self, Slot *slot)
{
  gboolean rejected = is_rejected (slot), last = self->n_pending == 0;

  switch (self->kind)
    {
    case COMBINE_ALL:
      return (Verdict){ rejected || last, rejected ? slot : NULL };
    case COMBINE_SETTLE:
      return (Verdict){ last, NULL };
    case COMBINE_ANY:
      return (Verdict){ !rejected || last, slot };
    case COMBINE_FIRST:
      return judge_first (self);
    case COMBINE_RACE:
      return (Verdict){ TRUE, slot };
    }
  g_assert_not_reached ();
}

/* The list of results: what is owned by the slots changes hands. */
static void
complete_with_all (ThawCombine *self)
{
  GPtrArray *array = g_ptr_array_new_full (self->n, (GDestroyNotify) thaw_future_unref);

  for (guint i = 0; i < self->n; i++)
    g_ptr_array_add (array, thaw_future_ref (self->slots[i].source));
  thaw_future_resolve_pointer (&self->future, array, (GDestroyNotify) g_ptr_array_unref);
}

/* What a pending slot looks back at, if that is alive. */
static ThawFuture *
dup_pending (ThawCombine *self, Slot *slot)
{
  ThawFuture *source = NULL;

  thaw_tiny_lock (&self->future.lock);
  if (!slot->is_complete && slot->source && thaw_future_try_ref (slot->source))
    source = slot->source;
  thaw_tiny_unlock (&self->future.lock);
  return source;
}

static void
let_go (ThawCombine *self, Slot *slot, const GError *reason)
{
  ThawFuture *source = dup_pending (self, slot);

  if (!source)
    return;
  if (!thaw_future_remove_waiter (source, &slot->waiter))
    {
      thaw_future_unref (source); /* It has been woken, or is just being. */
      return;
    }
  thaw_future_abandon (source, reason);
  thaw_future_unref (&self->future);
}

/* Decided, and acted upon: nothing looks at the slots any more but for those that are being woken.
 * The verdict counted the rejections, except in the list, where they are the reader's. */
static void
clear_slots (ThawCombine *self)
{
  g_autoptr (GError) reason = g_error_new (G_IO_ERROR,
                                           G_IO_ERROR_CANCELLED,
                                           "%s is not waited for any more",
                                           self->future.name);

  for (guint i = 0; i < self->n; i++)
    {
      Slot *slot = &self->slots[i];

      let_go (self, slot, reason);
      if (!slot->is_complete)
        continue;
      if (self->kind != COMBINE_SETTLE)
        thaw_future_mark_taken (slot->source);
      thaw_future_unref (g_steal_pointer (&slot->source));
    }
}

static void
carry_out (ThawCombine *self, Verdict verdict)
{
  if (!verdict.decided)
    return;
  if (verdict.winner)
    thaw_future_adopt (&self->future, verdict.winner->source);
  else
    complete_with_all (self);
  clear_slots (self);
}

/* @completed is taken over. After the decision nobody wants it. */
static Verdict
note_complete (ThawCombine *self, Slot *slot, ThawFuture *completed)
{
  Verdict verdict = { FALSE };

  thaw_tiny_lock (&self->future.lock);
  if (!self->is_decided)
    {
      slot->source = g_steal_pointer (&completed);
      slot->is_complete = TRUE;
      self->n_pending--;
      if (!self->is_linking)
        verdict = judge (self, slot);
      self->is_decided = verdict.decided;
    }
  thaw_tiny_unlock (&self->future.lock);

  if (!completed)
    return verdict;
  thaw_future_mark_taken (completed);
  thaw_future_unref (completed);
  return verdict;
}

static void
wake_slot (ThawWaiter *waiter, ThawFuture *completed)
{
  Slot *slot = (Slot *) ((char *) waiter - G_STRUCT_OFFSET (Slot, waiter));
  ThawCombine *self = slot->combine;

  carry_out (self, note_complete (self, slot, thaw_future_ref (completed)));
  thaw_future_unref (&self->future);
}

/* The future is rejected already. */
static void
on_cancelled (ThawFuture *future, gpointer unused)
{
  ThawCombine *self = (ThawCombine *) future;
  gboolean was_decided;

  thaw_tiny_lock (&future->lock);
  was_decided = self->is_decided;
  self->is_decided = TRUE;
  thaw_tiny_unlock (&future->lock);
  if (!was_decided)
    clear_slots (self);
}

static void
link_slot (ThawCombine *self, Slot *slot, ThawFuture *source)
{
  slot->combine = self;
  slot->waiter.wake = wake_slot;
  thaw_tiny_lock (&self->future.lock);
  slot->source = source;
  thaw_tiny_unlock (&self->future.lock);

  thaw_future_ref (&self->future);
  if (thaw_future_add_waiter (source, &slot->waiter))
    thaw_future_unref (source);
  else
    {
      note_complete (self, slot, source);
      thaw_future_unref (&self->future);
    }
}

/* What was complete from the start, or became so meanwhile, in the order of the list. */
static void
judge_linked (ThawCombine *self)
{
  Verdict verdict = { FALSE };

  thaw_tiny_lock (&self->future.lock);
  self->is_linking = FALSE;
  for (guint i = 0; i < self->n && !verdict.decided; i++)
    if (self->slots[i].is_complete)
      verdict = judge (self, &self->slots[i]);
  self->is_decided = verdict.decided;
  thaw_tiny_unlock (&self->future.lock);
  carry_out (self, verdict);
}

static ThawFuture *
combine_none (CombineKind kind, const char *name)
{
  if (kind == COMBINE_ALL || kind == COMBINE_SETTLE)
    return thaw_future_new_pointer (
        g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_future_unref),
        (GDestroyNotify) g_ptr_array_unref);
  return thaw_future_new_rejected (
      g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "There is no future to wait for in %s", name));
}

static ThawFuture *
combine (CombineKind kind, const char *name, ThawFuture *const *futures, guint n)
{
  ThawCombine *self;

  if (n == 0)
    return combine_none (kind, name);
  self = g_malloc0 (sizeof (ThawCombine) + n * sizeof (Slot));
  thaw_future_init (&self->future, THAW_FUTURE_PLAIN, name);
  self->kind = kind;
  self->is_linking = TRUE;
  self->n = self->n_pending = n;
  self->future.cancel = on_cancelled; /* Nobody else knows the future yet. */
  for (guint i = 0; i < n; i++)
    link_slot (self, &self->slots[i], futures[i]);
  judge_linked (self);
  return &self->future;
}

static ThawFuture *
combine_args (CombineKind kind, const char *name, ThawFuture *future, va_list args)
{
  g_autoptr (GPtrArray) futures = g_ptr_array_new ();

  for (; future; future = va_arg (args, ThawFuture *))
    g_ptr_array_add (futures, future);
  return combine (kind, name, (ThawFuture *const *) futures->pdata, futures->len);
}

/**
 * thaw_future_allv:
 * @futures: (array length=n_futures): their references are taken over
 * @n_futures: how many
 *
 * Waits for all of @futures. The future returned resolves to a `GPtrArray` of them, complete, in
 * the order given; when the first of them is rejected it is rejected with the same at once, and the
 * others are cancelled, unless somebody else waits for them or they are shared. As JavaScript's
 * `Promise.all`, except that that lets the others run.
 *
 * - **Thread**: any.
 * - **Errors**: those of @futures.
 * - **Cancellation**: cancels all that are pending.
 *
 * Returns: (transfer full): a future
 */
ThawFuture *
thaw_future_allv (ThawFuture *const *futures, guint n_futures)
{
  return combine (COMBINE_ALL, "all", futures, n_futures);
}

/**
 * thaw_future_settlev:
 * @futures: (array length=n_futures): their references are taken over
 * @n_futures: how many
 *
 * Waits until all of @futures are complete, either way, and resolves to the `GPtrArray` of them in
 * the order given. Never rejected but by being cancelled, which cancels all that are pending. As
 * JavaScript's `Promise.allSettled`. A rejection in the array is the reader's: if nobody looks at
 * it, it counts as unhandled. Any thread.
 *
 * Returns: (transfer full): a future
 */
ThawFuture *
thaw_future_settlev (ThawFuture *const *futures, guint n_futures)
{
  return combine (COMBINE_SETTLE, "settle", futures, n_futures);
}

/**
 * thaw_future_anyv:
 * @futures: (array length=n_futures): their references are taken over
 * @n_futures: how many
 *
 * Completes as the first of @futures, in time, that is resolved, and cancels the others. If all are
 * rejected, so is this, with the error that came last. As JavaScript's `Promise.any`. Of several
 * that are resolved already the first of the list counts. Otherwise as thaw_future_allv().
 *
 * Returns: (transfer full): a future
 */
ThawFuture *
thaw_future_anyv (ThawFuture *const *futures, guint n_futures)
{
  return combine (COMBINE_ANY, "any", futures, n_futures);
}

/**
 * thaw_future_firstv:
 * @futures: (array length=n_futures): their references are taken over
 * @n_futures: how many
 *
 * Completes as the first of @futures, in the order of the list, that is resolved: as soon as that
 * one is and all before it are rejected. The others are cancelled. For a preferred source and its
 * fall-backs, all under way at once. If all are rejected, so is this, with the error of the last of
 * the list. Otherwise as thaw_future_allv().
 *
 * Returns: (transfer full): a future
 */
ThawFuture *
thaw_future_firstv (ThawFuture *const *futures, guint n_futures)
{
  return combine (COMBINE_FIRST, "first", futures, n_futures);
}

/**
 * thaw_future_racev:
 * @futures: (array length=n_futures): their references are taken over
 * @n_futures: how many
 *
 * Completes as the first of @futures, in time, that is complete, resolved or rejected, and cancels
 * the others. As JavaScript's `Promise.race`, except for the cancelling. Of several that are
 * complete already the first of the list counts. Otherwise as thaw_future_allv().
 *
 * Returns: (transfer full): a future
 */
ThawFuture *
thaw_future_racev (ThawFuture *const *futures, guint n_futures)
{
  return combine (COMBINE_RACE, "race", futures, n_futures);
}

/**
 * thaw_future_all: (skip)
 * @future: (transfer full): the first of them
 * @...: (transfer full): more of them, ended by %NULL
 *
 * See thaw_future_allv().
 *
 * Returns: (transfer full): a future
 */
ThawFuture *
thaw_future_all (ThawFuture *future, ...)
{
  ThawFuture *result;
  va_list args;

  va_start (args, future);
  result = combine_args (COMBINE_ALL, "all", future, args);
  va_end (args);
  return result;
}

/**
 * thaw_future_settle: (skip)
 * @future: (transfer full): the first of them
 * @...: (transfer full): more of them, ended by %NULL
 *
 * See thaw_future_settlev().
 *
 * Returns: (transfer full): a future
 */
ThawFuture *
thaw_future_settle (ThawFuture *future, ...)
{
  ThawFuture *result;
  va_list args;

  va_start (args, future);
  result = combine_args (COMBINE_SETTLE, "settle", future, args);
  va_end (args);
  return result;
}

/**
 * thaw_future_any: (skip)
 * @future: (transfer full): the first of them
 * @...: (transfer full): more of them, ended by %NULL
 *
 * See thaw_future_anyv().
 *
 * Returns: (transfer full): a future
 */
ThawFuture *
thaw_future_any (ThawFuture *future, ...)
{
  ThawFuture *result;
  va_list args;

  va_start (args, future);
  result = combine_args (COMBINE_ANY, "any", future, args);
  va_end (args);
  return result;
}

/**
 * thaw_future_first: (skip)
 * @future: (transfer full): the first of them
 * @...: (transfer full): more of them, ended by %NULL
 *
 * See thaw_future_firstv().
 *
 * Returns: (transfer full): a future
 */
ThawFuture *
thaw_future_first (ThawFuture *future, ...)
{
  ThawFuture *result;
  va_list args;

  va_start (args, future);
  result = combine_args (COMBINE_FIRST, "first", future, args);
  va_end (args);
  return result;
}

/**
 * thaw_future_race: (skip)
 * @future: (transfer full): the first of them
 * @...: (transfer full): more of them, ended by %NULL
 *
 * See thaw_future_racev().
 *
 * Returns: (transfer full): a future
 */
ThawFuture *
thaw_future_race (ThawFuture *future, ...)
{
  ThawFuture *result;
  va_list args;

  va_start (args, future);
  result = combine_args (COMBINE_RACE, "race", future, args);
  va_end (args);
  return result;
}
