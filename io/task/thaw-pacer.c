/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pacers: the latest of many values, at a bearable pace. A pacer keeps one value and one timer;
 * what comes out is handed over in a message, never from inside a push, and never after its scope
 * has ended. One thread, the scope's, for everything. */

#include "thaw-timing.h"

#include "thaw-scope-private.h"

struct _ThawPacer {
  guint n_refs; /* the message that hands over has one too */
  gboolean throttles, is_waiting, is_posted, ended;
  const char *name;
  ThawScope *scope; /* owned */
  ThawScopeMember member;
  ThawTimers *timers; /* the scope's loop's */
  ThawTimer timer;
  ThawLoopItem item;
  gint64 pace_usec, max_usec;
  gint64 first_usec; /* when the oldest came that this value stands for */
  gint64 out_usec;   /* when one went out last */
  gpointer value;
  ThawMailbox *mailbox; /* owned, nullable */
  ThawHandler handler;
  gpointer user_data;
  GDestroyNotify free_value;
};

G_DEFINE_BOXED_TYPE (ThawPacer, thaw_pacer, thaw_pacer_ref, thaw_pacer_unref)

static void
drop_value (ThawPacer *self, gpointer value)
{
  if (self->free_value)
    self->free_value (value);
}

static void
on_scope_ended (ThawScopeMember *member, const GError *reason)
{
  ThawPacer *self = (ThawPacer *) ((char *) member - G_STRUCT_OFFSET (ThawPacer, member));

  self->ended = TRUE;
  thaw_pacer_clear (self);
}

/* Its consumer is behind: the value, or a newer one, has another round to wait. */
static void
wait_another_round (ThawPacer *self, gpointer value)
{
  self->value = value;
  self->is_waiting = TRUE;
  self->first_usec = thaw_clock_get_usec ();
  thaw_timer_arm (self->timers, &self->timer, self->first_usec + self->pace_usec);
}

static void
hand_over (ThawPacer *self)
{
  gpointer value = g_steal_pointer (&self->value);

  self->is_waiting = FALSE;
  self->out_usec = thaw_clock_get_usec ();
  if (!self->mailbox)
    self->handler (value, self->user_data);
  else if (!thaw_mailbox_post_keyed (self->mailbox, self, value))
    {
      if (thaw_mailbox_is_closed (self->mailbox))
        drop_value (self, value);
      else
        wait_another_round (self, value);
    }
}

static void
hand_over_on_loop (ThawLoopItem *item)
{
  ThawPacer *self = (ThawPacer *) ((char *) item - G_STRUCT_OFFSET (ThawPacer, item));

  self->is_posted = FALSE;
  if (self->is_waiting && !thaw_timer_is_armed (&self->timer))
    hand_over (self);
  thaw_pacer_unref (self);
}

static void
post (ThawPacer *self)
{
  thaw_timer_disarm (self->timers, &self->timer);
  if (self->is_posted)
    return;
  thaw_pacer_ref (self);
  self->is_posted = thaw_task_loop_run_soon (thaw_scope_get_loop (self->scope), &self->item);
  if (!self->is_posted)
    thaw_pacer_unref (self);
}

static void
on_timer (ThawTimer *timer, gboolean dead)
{
  if (!dead)
    post ((ThawPacer *) ((char *) timer - G_STRUCT_OFFSET (ThawPacer, timer)));
}

static ThawPacer *
pacer_new (ThawScope *scope,
           const char *name,
           ThawHandler handler,
           gpointer user_data,
           GDestroyNotify free_value)
{
  ThawPacer *self = g_new0 (ThawPacer, 1);

  g_assert (thaw_task_loop_is_own (thaw_scope_get_loop (scope)));
  self->n_refs = 1;
  self->name = name;
  self->scope = thaw_scope_ref (scope);
  self->timers = thaw_scope_get_loop (scope)->timers;
  self->timer.fire = on_timer;
  self->item.run = hand_over_on_loop;
  self->out_usec = G_MININT64 / 2;
  self->handler = handler;
  self->user_data = user_data;
  self->free_value = free_value;
  self->member.ended = on_scope_ended;
  self->ended = thaw_scope_is_cancelled (scope);
  if (!self->ended)
    thaw_scope_add_member (scope, THAW_MEMBER_CALLBACK, &self->member);
  return self;
}

/**
 * thaw_pacer_new_debounce:
 * @scope: what it belongs to
 * @name: a static string
 * @quiet_usec: how long no value must have come in
 * @max_usec: how long a value waits at most, or -1
 * @handler: (scope notified) (closure user_data): owns the value
 * @user_data: for @handler
 * @free_value: (nullable): frees a value that is overtaken, or not wanted any more
 *
 * Makes a pacer that lets the latest value out once it has been quiet: for a search while somebody
 * types, for a file that is written in pieces.
 *
 * - **Thread**: the scope's, for all of its functions; @handler is called there as a message.
 * - **Cancellation**: the end of @scope frees what waits; @handler isn't called any more.
 * - **Units**: microseconds of [func@Thaw.clock_get_usec]
 *
 * Returns: (transfer full): a pacer
 */
ThawPacer *
thaw_pacer_new_debounce (ThawScope *scope,
                         const char *name,
                         gint64 quiet_usec,
                         gint64 max_usec,
                         ThawHandler handler,
                         gpointer user_data,
                         GDestroyNotify free_value)
{
  ThawPacer *self = pacer_new (scope, name, handler, user_data, free_value);

  self->pace_usec = quiet_usec;
  self->max_usec = max_usec;
  return self;
}

/**
 * thaw_pacer_new_throttle:
 * @scope: what it belongs to
 * @name: a static string
 * @interval_usec: the time between two values
 * @handler: (scope notified) (closure user_data): owns the value
 * @user_data: for @handler
 * @free_value: (nullable): frees a value that is overtaken, or not wanted any more
 *
 * Makes a pacer that lets a value out at once if the last one was @interval_usec ago or longer, and
 * otherwise the latest one when that is so. The last value always comes out. Otherwise as
 * [ctor@Thaw.Pacer.new_debounce].
 *
 * Returns: (transfer full): a pacer
 */
ThawPacer *
thaw_pacer_new_throttle (ThawScope *scope,
                         const char *name,
                         gint64 interval_usec,
                         ThawHandler handler,
                         gpointer user_data,
                         GDestroyNotify free_value)
{
  ThawPacer *self = pacer_new (scope, name, handler, user_data, free_value);

  self->throttles = TRUE;
  self->pace_usec = interval_usec;
  return self;
}

/**
 * thaw_pacer_set_mailbox:
 * @self: a pacer
 * @mailbox: gets the values instead of the handler
 *
 * Lets what comes out be posted to @mailbox, of any thread, keyed by @self. While that is full the
 * value waits another round, and a newer one takes its place; once it is closed values are freed.
 */
void
thaw_pacer_set_mailbox (ThawPacer *self, ThawMailbox *mailbox)
{
  g_clear_pointer (&self->mailbox, thaw_mailbox_unref);
  self->mailbox = thaw_mailbox_ref (mailbox);
}

static gint64
get_due (ThawPacer *self, gint64 now_usec)
{
  if (self->throttles)
    return self->out_usec + self->pace_usec;
  if (self->max_usec < 0)
    return now_usec + self->pace_usec;
  return MIN (now_usec + self->pace_usec, self->first_usec + self->max_usec);
}

/**
 * thaw_pacer_push:
 * @self: a pacer
 * @value: (transfer full) (nullable): the latest value
 *
 * Puts a value in the place of the one that waits, if one does. Never calls the handler from
 * inside.
 */
void
thaw_pacer_push (ThawPacer *self, gpointer value)
{
  gint64 now_usec = thaw_clock_get_usec (), due_usec;
  gboolean was_waiting = self->is_waiting;
  gpointer old = self->value;

  if (self->ended)
    {
      drop_value (self, value);
      return;
    }
  self->value = value;
  self->is_waiting = TRUE;
  if (!was_waiting)
    self->first_usec = now_usec;
  due_usec = get_due (self, now_usec);
  if (due_usec <= now_usec)
    post (self);
  else if (!self->is_posted || !was_waiting)
    thaw_timer_arm (self->timers, &self->timer, due_usec);
  if (was_waiting)
    drop_value (self, old);
}

/**
 * thaw_pacer_flush:
 * @self: a pacer
 *
 * Lets what waits go out now, as a message.
 */
void
thaw_pacer_flush (ThawPacer *self)
{
  if (self->is_waiting)
    post (self);
}

/**
 * thaw_pacer_clear:
 * @self: a pacer
 *
 * Frees what waits: nothing comes out until the next push.
 */
void
thaw_pacer_clear (ThawPacer *self)
{
  gpointer value = g_steal_pointer (&self->value);
  gboolean was_waiting = self->is_waiting;

  self->is_waiting = FALSE;
  thaw_timer_disarm (self->timers, &self->timer);
  if (was_waiting)
    drop_value (self, value);
}

/**
 * thaw_pacer_is_waiting:
 * @self: a pacer
 *
 * Returns: whether a value waits
 */
gboolean
thaw_pacer_is_waiting (ThawPacer *self)
{
  return self->is_waiting;
}

/**
 * thaw_pacer_ref:
 * @self: a pacer
 *
 * Takes a reference. The scope's thread.
 *
 * Returns: (transfer full): @self
 */
ThawPacer *
thaw_pacer_ref (ThawPacer *self)
{
  self->n_refs++;
  return self;
}

/**
 * thaw_pacer_unref:
 * @self: (transfer full): a pacer
 *
 * Drops a reference; the last one frees what waits. The scope's thread.
 */
void
thaw_pacer_unref (ThawPacer *self)
{
  if (--self->n_refs > 0)
    return;
  self->n_refs = 1; /* for what freeing the value may do */
  thaw_pacer_clear (self);
  thaw_scope_remove_member (self->scope, THAW_MEMBER_CALLBACK, &self->member);
  g_clear_pointer (&self->mailbox, thaw_mailbox_unref);
  thaw_scope_unref (self->scope);
  g_free (self);
}
