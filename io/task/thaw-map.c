/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The map: work for each item of a list, so many at a time. A state machine on the scope's thread:
 * each item under way has a record, and each of their results comes as a message, so that items
 * which are ready at once don't recurse. It is a task of its scope. */

#include "thaw-combine.h"

#include "thaw-future-private.h"
#include "thaw-scope-private.h"

typedef struct _ThawMap ThawMap;

typedef struct _ThawMapItem ThawMapItem;
struct _ThawMapItem {
  ThawMapItem *next, *prev;
  ThawMap *map;
  guint index;
  ThawFuture *future;
};

struct _ThawMap {
  gint n_refs; /* atomic: of the items, of the map under way, of its future's hook */
  gboolean is_over;
  ThawScope *scope;
  ThawScopeMember member;
  ThawFuture *future;
  ThawLoopItem item;
  guint n_items, max_in_flight, n_started, n_in_flight, n_out;
  ThawMapItem in_flight; /* head of a circular list */
  ThawFuture **results;  /* complete, not handed out yet; a ring when there is @each */
  guint n_results;
  ThawMapOrder order;
  ThawMapFunc func;
  ThawMapEachFunc each; /* NULL: keeps them all */
  gpointer user_data;
  GDestroyNotify destroy;
};

static ThawMap *
map_ref (ThawMap *self)
{
  __atomic_add_fetch (&self->n_refs, 1, __ATOMIC_RELAXED);
  return self;
}

static void
map_unref (gpointer map)
{
  ThawMap *self = map;

  if (__atomic_sub_fetch (&self->n_refs, 1, __ATOMIC_ACQ_REL) > 0)
    return;
  for (guint i = 0; i < self->n_results; i++)
    g_clear_pointer (&self->results[i], thaw_future_unref);
  g_free (self->results);
  thaw_future_unref (self->future);
  thaw_scope_unref (self->scope);
  g_free (self);
}

static void
item_link (ThawMapItem *item)
{
  ThawMapItem *head = &item->map->in_flight;

  item->next = head;
  item->prev = head->prev;
  item->prev->next = head->prev = item;
  item->map->n_in_flight++;
}

static void
item_unlink (ThawMapItem *item)
{
  if (!item->next)
    return;
  item->next->prev = item->prev;
  item->prev->next = item->next;
  item->next = item->prev = NULL;
  item->map->n_in_flight--;
}

static void
item_free (gpointer data)
{
  ThawMapItem *item = data;

  item_unlink (item);
  thaw_future_unref (item->future);
  map_unref (item->map);
  g_free (item);
}

static void
cancel_in_flight (ThawMap *self)
{
  while (self->in_flight.next != &self->in_flight)
    {
      ThawMapItem *item = self->in_flight.next;
      g_autoptr (ThawFuture) future = thaw_future_ref (item->future);

      item_unlink (item);
      thaw_future_cancel (future);
    }
}

/* Its future is complete, or about to be. */
static void
map_finish (ThawMap *self)
{
  if (self->is_over)
    return;
  self->is_over = TRUE;
  thaw_scope_remove_member (self->scope, THAW_MEMBER_JOB, &self->member);
  cancel_in_flight (self);
  if (self->destroy)
    self->destroy (self->user_data);
  thaw_scope_leave (self->scope);
  map_unref (self);
}

static void
complete_with_results (ThawMap *self)
{
  GPtrArray *array = g_ptr_array_new_full (self->n_items, (GDestroyNotify) thaw_future_unref);

  for (guint i = 0; i < self->n_items; i++)
    g_ptr_array_add (array, g_steal_pointer (&self->results[i]));
  thaw_future_resolve_pointer (self->future, array, (GDestroyNotify) g_ptr_array_unref);
}

static void
map_complete (ThawMap *self)
{
  if (self->each)
    thaw_future_resolve_int64 (self->future, self->n_out);
  else
    complete_with_results (self);
  map_finish (self);
}

static void
hand_out (ThawMap *self, guint index, ThawFuture *completed)
{
  self->n_out++;
  if (!self->each (index, completed, self->user_data) && !self->is_over)
    map_complete (self);
}

static void
hand_out_in_order (ThawMap *self)
{
  while (!self->is_over && self->results[self->n_out % self->n_results])
    {
      guint index = self->n_out;
      g_autoptr (ThawFuture) completed = g_steal_pointer (&self->results[index % self->n_results]);

      thaw_future_mark_taken (completed);
      hand_out (self, index, completed);
    }
}

static void
take_result (ThawMap *self, guint index, ThawFuture *completed)
{
  if (self->each && self->order == THAW_MAP_AS_THEY_COME)
    {
      hand_out (self, index, completed);
      return;
    }
  if (!self->each && thaw_future_peek_state (completed) == THAW_FUTURE_REJECTED)
    {
      thaw_future_adopt (self->future, completed);
      map_finish (self);
      return;
    }
  self->results[index % self->n_results] = thaw_future_ref (completed);
  self->n_out += self->each ? 0 : 1;
  if (self->each)
    hand_out_in_order (self);
}

static gboolean
may_start (ThawMap *self)
{
  return !self->is_over && self->n_started < self->n_items
         && self->n_in_flight < self->max_in_flight
         && (!self->results || self->n_started - (self->each ? self->n_out : 0) < self->n_results);
}

/* A cycle: a result makes room for the next item. */
static void start_more (ThawMap *self);

static void
item_done_cb (ThawFuture *completed, gpointer user_data)
{
  ThawMapItem *item = user_data;
  ThawMap *self = item->map;

  if (self->is_over)
    return;
  item_unlink (item);
  take_result (self, item->index, completed);
  start_more (self);
}

static void
start_item (ThawMap *self)
{
  ThawMapItem *item = g_new0 (ThawMapItem, 1);

  item->map = map_ref (self);
  item->index = self->n_started++;
  item->future = self->func (item->index, self->user_data);
  if (self->is_over) /* @func has ended it. */
    {
      thaw_future_cancel (item->future);
      item_free (item);
      return;
    }
  item_link (item);
  thaw_future_done (item->future, NULL, item_done_cb, item, item_free);
}

static void
start_more (ThawMap *self)
{
  while (may_start (self))
    start_item (self);
  if (!self->is_over && self->n_out == self->n_items)
    map_complete (self);
}

static void
finish_on_loop (ThawLoopItem *loop_item)
{
  ThawMap *self = (ThawMap *) ((char *) loop_item - G_STRUCT_OFFSET (ThawMap, item));

  map_finish (self);
  map_unref (self);
}

/* Any thread. */
static void
on_future_cancelled (ThawFuture *future, gpointer map)
{
  ThawMap *self = map;

  if (thaw_task_loop_is_own (thaw_scope_get_loop (self->scope)))
    {
      map_finish (self);
      return;
    }
  self->item.run = finish_on_loop;
  if (!thaw_task_loop_run_soon (thaw_scope_get_loop (self->scope), &map_ref (self)->item))
    map_unref (self);
}

static void
on_scope_ended (ThawScopeMember *member, const GError *reason)
{
  ThawMap *self = (ThawMap *) ((char *) member - G_STRUCT_OFFSET (ThawMap, member));

  thaw_future_reject (self->future, g_error_copy (reason));
  map_finish (self);
}

static guint
get_n_results (guint n_items, guint max_in_flight, ThawMapOrder order, gboolean has_each)
{
  if (!has_each)
    return n_items;
  if (order == THAW_MAP_AS_THEY_COME)
    return 0;
  return max_in_flight <= n_items / 2 ? 2 * max_in_flight : n_items;
}

/* Starts what it may at once. */
static ThawFuture *
map_begin (ThawMap *self)
{
  g_autoptr (ThawFuture) future = thaw_future_ref (self->future);

  self->in_flight.next = self->in_flight.prev = &self->in_flight;
  self->results = self->n_results > 0 ? g_new0 (ThawFuture *, self->n_results) : NULL;
  self->member.ended = on_scope_ended;
  thaw_future_set_cancel (future, on_future_cancelled, map_ref (self), map_unref);
  thaw_scope_enter (self->scope);
  thaw_scope_add_member (self->scope, THAW_MEMBER_JOB, &self->member);
  map_ref (self);
  start_more (self);
  map_unref (self);
  return g_steal_pointer (&future);
}

/**
 * thaw_map_each:
 * @scope: what it belongs to
 * @name: a static string
 * @n_items: how many items there are
 * @max_in_flight: how many are under way at a time, or 0 for all of them
 * @order: in which order results are handed out
 * @func: (scope notified) (closure user_data) (destroy destroy): starts the work for one item
 * @each: (scope notified): gets the results
 * @user_data: for @func and @each
 * @destroy: (nullable): frees @user_data
 *
 * Calls @func for each item, with at most @max_in_flight of the futures it returns pending, and
 * hands each result to @each, as it comes or in the order of the items. In order, no more than
 * twice
 * @max_in_flight are ahead of what was handed out. A rejected one is handed out too; @each decides
 * whether to go on. Nothing is kept, so the list may be as long as it likes.
 *
 * - **Thread**: the scope's. The first calls of @func are made from inside this call, the others,
 * and those of @each, are messages.
 * - **Errors**: %G_IO_ERROR_CANCELLED or %THAW_ERROR_DEADLINE when @scope has ended.
 * - **Cancellation**: cancels what is under way; neither @func nor @each is called any more. The
 * same when @each returns %FALSE, but then the future resolves.
 *
 * Returns: (transfer full): a future that resolves to the number of results handed out
 */
ThawFuture *
thaw_map_each (ThawScope *scope,
               const char *name,
               guint n_items,
               guint max_in_flight,
               ThawMapOrder order,
               ThawMapFunc func,
               ThawMapEachFunc each,
               gpointer user_data,
               GDestroyNotify destroy)
{
  ThawMap *self;

  g_assert (thaw_task_loop_is_own (thaw_scope_get_loop (scope)));
  if (thaw_scope_is_cancelled (scope))
    {
      if (destroy)
        destroy (user_data);
      return thaw_future_new_rejected (g_error_copy (thaw_scope_get_reason (scope)));
    }
  self = g_new (ThawMap, 1);
  max_in_flight = max_in_flight > 0 ? max_in_flight : G_MAXUINT;
  *self = (ThawMap){ .n_refs = 1,
                     .scope = thaw_scope_ref (scope),
                     .future = thaw_future_new (name),
                     .n_items = n_items,
                     .max_in_flight = max_in_flight,
                     .n_results = get_n_results (n_items, max_in_flight, order, each != NULL),
                     .order = order,
                     .func = func,
                     .each = each,
                     .user_data = user_data,
                     .destroy = destroy };
  return map_begin (self);
}

/**
 * thaw_map:
 * @scope: what it belongs to
 * @name: a static string
 * @n_items: how many items there are
 * @max_in_flight: how many are under way at a time, or 0 for all of them
 * @func: (scope notified) (closure user_data) (destroy destroy): starts the work for one item
 * @user_data: for @func
 * @destroy: (nullable): frees @user_data
 *
 * As [func@Thaw.map_each], but keeps the results: the future resolves to a `GPtrArray` of the
 * complete futures, in the order of the items. The first one that is rejected ends the map: the
 * future is rejected with the same at once, the others under way are cancelled, the rest is not
 * started.
 *
 * Returns: (transfer full): a future
 */
ThawFuture *
thaw_map (ThawScope *scope,
          const char *name,
          guint n_items,
          guint max_in_flight,
          ThawMapFunc func,
          gpointer user_data,
          GDestroyNotify destroy)
{
  return thaw_map_each (scope,
                        name,
                        n_items,
                        max_in_flight,
                        THAW_MAP_IN_ORDER,
                        func,
                        NULL,
                        user_data,
                        destroy);
}
