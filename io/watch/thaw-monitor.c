/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop's side of the stall monitor. It stands between a main context and its poll function, and
 * notes when the loop goes to sleep and when it is busy again: a coarse clock and two exchanges a
 * turn, no system call unless the monitor's thread sleeps too. Whatever isn't sleep is watched,
 * GTK's sources as well as ours. What the loop is doing stands in its record of now (io/base),
 * which is never freed, because a handler that stops the monitor is itself noted there; it is used
 * again by the next one. */

#include "thaw-monitor-private.h"

#include "thaw-marks-private.h"

#include <sys/syscall.h>
#include <unistd.h>

G_DEFINE_BOXED_TYPE (ThawMonitor, thaw_monitor, thaw_monitor_ref, thaw_monitor_unref)

__thread ThawMonitor *thaw_monitor_own;

static pthread_mutex_t records_lock = PTHREAD_MUTEX_INITIALIZER;
static GPtrArray *free_records;

static ThawNow *
take_record (void)
{
  ThawNow *now = NULL;

  pthread_mutex_lock (&records_lock);
  if (free_records == NULL)
    free_records = g_ptr_array_new ();
  if (free_records->len > 0)
    now = g_ptr_array_steal_index_fast (free_records, free_records->len - 1);
  pthread_mutex_unlock (&records_lock);
  return now != NULL ? now : g_new0 (ThawNow, 1);
}

static void
give_record (ThawNow *now)
{
  pthread_mutex_lock (&records_lock);
  atomic_store (&now->depth, 0);
  g_ptr_array_add (free_records, now);
  pthread_mutex_unlock (&records_lock);
}

/* A new turn begins with that, even if the loop doesn't sleep in between. */
static void
tell_end (ThawMonitor *self)
{
  if (atomic_load (&self->busy_since_usec) != 0)
    atomic_store (&self->busy_since_usec, thaw_now_get_coarse_usec ());
  atomic_store (&self->ended_usec, g_get_monotonic_time ());
  atomic_store (&self->is_stalled, FALSE);
  thaw_monitor_ring ();
}

static void
meter_turn (ThawMonitor *self)
{
  if (self->turn_begin_usec != 0)
    thaw_meter_add (&self->turns, self->turn_begin_usec, g_get_monotonic_time ());
  self->turn_begin_usec = 0;
}

/* The exchanges are full barriers: either the loop sees what the monitor's thread asks for, or that
 * sees what the loop does. */
static int
watched_poll (GPollFD *fds, guint n_fds, int timeout)
{
  ThawMonitor *self = thaw_monitor_own;
  gboolean slept;
  int n_ready;

  if (G_UNLIKELY (self == NULL))
    return g_poll (fds, n_fds, timeout);

  if (atomic_load_explicit (&self->n_metering, memory_order_relaxed) > 0)
    meter_turn (self);
  if (timeout != 0)
    atomic_exchange (&self->busy_since_usec, 0);
  if (G_UNLIKELY (atomic_load (&self->is_stalled)))
    tell_end (self);

  n_ready = self->outer_poll (fds, n_fds, timeout);

  slept = atomic_exchange (&self->busy_since_usec, thaw_now_get_coarse_usec ()) == 0;
  if (slept && atomic_load (&thaw_monitor_bell) == THAW_BELL_PARKED)
    thaw_monitor_ring ();
  if (G_UNLIKELY (atomic_load (&self->is_stalled))) /* asked for during a poll that didn't sleep */
    tell_end (self);
  if (atomic_load_explicit (&self->n_metering, memory_order_relaxed) > 0)
    self->turn_begin_usec = g_get_monotonic_time ();
  return n_ready;
}

/**
 * thaw_monitor_start:
 * @context: (nullable): a main context, or %NULL for the calling thread's default one
 *
 * Watches the loop of @context: a turn that takes longer than the threshold is reported while it
 * lasts, with a backtrace, the mailbox, handler and fiber that run, and the system call it sits in.
 *
 * The backtrace is taken by a real-time signal to the loop's thread. System calls that a signal
 * interrupts are restarted where the kernel does that; poll() and sleeping calls return early with
 * %EINTR once in a stall.
 *
 * - **Thread**: the one that runs the loop, in a handler or before the loop runs. One monitor a
 *   thread.
 *
 * Returns: (transfer full): the monitor, for [method@Thaw.Monitor.stop]
 */
ThawMonitor *
thaw_monitor_start (GMainContext *context)
{
  ThawMonitor *self;

  g_return_val_if_fail (thaw_monitor_own == NULL, NULL);

  if (context == NULL)
    context = g_main_context_get_thread_default ();
  if (context == NULL)
    context = g_main_context_default ();

  self = g_aligned_alloc0 (1, sizeof (ThawMonitor), 64);
  atomic_init (&self->ref_count, 1);
  self->context = g_main_context_ref (context);
  self->pump = thaw_pump_get (context);
  self->now = take_record ();
  self->thread = syscall (SYS_gettid);
  self->threshold_usec = THAW_STALL_USEC;
  self->mailboxes = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_mailbox_unref);
  pthread_mutex_init (&self->lock, NULL);
  thaw_shot_prepare_thread ();
  thaw_now = self->now;
  thaw_monitor_own = self;
  self->outer_poll = g_main_context_get_poll_func (context);
  g_main_context_set_poll_func (context, watched_poll);
  thaw_marks_start ();
  thaw_monitor_add (self);
  return self;
}

/**
 * thaw_monitor_stop:
 * @self: (transfer full): a monitor
 *
 * Ends watching. What was reported can still be read by who holds a reference. If a stall is just
 * being reported this waits for it.
 *
 * - **Thread**: the one that started it.
 */
void
thaw_monitor_stop (ThawMonitor *self)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (thaw_monitor_own == self);

  atomic_store (&self->busy_since_usec, 0);
  thaw_monitor_remove (self);
  thaw_monitor_end_stall (self, g_get_monotonic_time ());
  if (g_main_context_get_poll_func (self->context) == watched_poll)
    g_main_context_set_poll_func (self->context, self->outer_poll);
  thaw_monitor_own = NULL;
  thaw_now = NULL;
  give_record (self->now);
  thaw_marks_stop ();
  thaw_monitor_unref (self);
}

/**
 * thaw_monitor_ref:
 * @self: a monitor
 *
 * - **Thread**: any.
 *
 * Returns: (transfer full): @self
 */
ThawMonitor *
thaw_monitor_ref (ThawMonitor *self)
{
  atomic_fetch_add_explicit (&self->ref_count, 1, memory_order_relaxed);
  return self;
}

/**
 * thaw_monitor_unref:
 * @self: (transfer full): a monitor
 *
 * Drops a reference; doesn't stop it.
 *
 * - **Thread**: any.
 */
void
thaw_monitor_unref (ThawMonitor *self)
{
  if (atomic_fetch_sub_explicit (&self->ref_count, 1, memory_order_acq_rel) != 1)
    return;
  g_queue_clear_full (&self->stalls, (GDestroyNotify) thaw_stall_free);
  g_ptr_array_unref (self->mailboxes);
  g_main_context_unref (self->context);
  pthread_mutex_destroy (&self->lock);
  g_aligned_free (self);
}

/**
 * thaw_monitor_get_pump:
 * @self: a monitor
 *
 * - **Thread**: any.
 *
 * Returns: (transfer none): the pump of the loop it watches
 */
ThawPump *
thaw_monitor_get_pump (ThawMonitor *self)
{
  return self->pump;
}

/**
 * thaw_monitor_set_threshold:
 * @self: a monitor
 * @usec: how long a turn may take; more than 8 ms, since the clock it goes by is 4 ms coarse
 *
 * - **Thread**: any.
 */
void
thaw_monitor_set_threshold (ThawMonitor *self, gint64 usec)
{
  g_return_if_fail (self != NULL && usec > 0);

  atomic_store (&self->threshold_usec, MAX (usec, 8000));
  thaw_monitor_ring ();
}

/**
 * thaw_monitor_get_threshold:
 * @self: a monitor
 *
 * - **Thread**: any.
 *
 * Returns: how long a turn may take before it is reported, in microseconds
 */
gint64
thaw_monitor_get_threshold (ThawMonitor *self)
{
  return atomic_load (&self->threshold_usec);
}

static void
tell_mailboxes (ThawMonitor *self, const ThawStall *stall)
{
  for (guint i = self->mailboxes->len; i-- > 0;)
    {
      ThawMailbox *mailbox = g_ptr_array_index (self->mailboxes, i);
      ThawStall *message;

      if (thaw_mailbox_is_closed (mailbox))
        {
          g_ptr_array_remove_index_fast (self->mailboxes, i);
          continue;
        }
      message = thaw_stall_copy (stall);
      if (!thaw_mailbox_post_keyed (mailbox, GSIZE_TO_POINTER (stall->serial), message))
        thaw_stall_free (message);
    }
}

void
thaw_monitor_keep_stall (ThawMonitor *self, ThawStall *stall)
{
  pthread_mutex_lock (&self->lock);
  self->n_stalls++;
  g_queue_push_tail (&self->stalls, stall);
  if (self->stalls.length > THAW_STALLS_KEPT)
    thaw_stall_free (g_queue_pop_head (&self->stalls));
  tell_mailboxes (self, stall);
  thaw_stall_file_save (stall);
  pthread_mutex_unlock (&self->lock);
}

void
thaw_monitor_end_stall (ThawMonitor *self, gint64 end_usec)
{
  ThawStall *stall;

  self->stall_since_usec = 0;
  pthread_mutex_lock (&self->lock);
  stall = g_queue_peek_tail (&self->stalls);
  if (stall != NULL && !stall->is_over)
    {
      stall->is_over = TRUE;
      stall->length_usec = MAX (end_usec - stall->start_usec, stall->length_usec);
      thaw_marks_add (THAW_MARK_STALL, "stall", stall->start_usec, end_usec, 1);
      tell_mailboxes (self, stall);
      thaw_stall_file_save (stall);
    }
  pthread_mutex_unlock (&self->lock);
}

/**
 * thaw_monitor_tell:
 * @self: a monitor
 * @mailbox: gets copies of [struct@Thaw.Stall], coalesced by stall
 *
 * Asks to be told of stalls: once when one is noticed, which is delivered after it if @mailbox is
 * the stalled loop's own, and once when it is over.
 *
 * - **Thread**: any.
 * - **Cancellation**: ends when the mailbox closes.
 */
void
thaw_monitor_tell (ThawMonitor *self, ThawMailbox *mailbox)
{
  g_return_if_fail (self != NULL && mailbox != NULL);

  pthread_mutex_lock (&self->lock);
  g_ptr_array_add (self->mailboxes, thaw_mailbox_ref (mailbox));
  pthread_mutex_unlock (&self->lock);
}

static ThawStall *
copy_with_length (const ThawStall *stall, gint64 now)
{
  ThawStall *copy = thaw_stall_copy (stall);

  if (!copy->is_over)
    copy->length_usec = now - copy->start_usec;
  return copy;
}

/**
 * thaw_monitor_dup_stalls:
 * @self: a monitor
 *
 * - **Thread**: any; never waits for the loop.
 *
 * Returns: (transfer full) (element-type Thaw.Stall): the last %THAW_STALLS_KEPT, oldest first
 */
GPtrArray *
thaw_monitor_dup_stalls (ThawMonitor *self)
{
  GPtrArray *stalls = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_stall_free);
  gint64 now = g_get_monotonic_time ();

  pthread_mutex_lock (&self->lock);
  for (GList *l = self->stalls.head; l != NULL; l = l->next)
    g_ptr_array_add (stalls, copy_with_length (l->data, now));
  pthread_mutex_unlock (&self->lock);
  return stalls;
}

/**
 * thaw_monitor_get_n_stalls:
 * @self: a monitor
 *
 * - **Thread**: any.
 *
 * Returns: how many stalls there were, those that aren't kept any more included
 */
guint64
thaw_monitor_get_n_stalls (ThawMonitor *self)
{
  guint64 n_stalls;

  pthread_mutex_lock (&self->lock);
  n_stalls = self->n_stalls;
  pthread_mutex_unlock (&self->lock);
  return n_stalls;
}

/**
 * thaw_monitor_enter_plugin:
 * @plugin: its name, static or interned
 *
 * Says that what runs from now on is @plugin's, so that a stall is put down to it. A few
 * nanoseconds.
 *
 * - **Thread**: the loop's.
 *
 * Returns: what to pass to thaw_monitor_leave_plugin()
 */
guint
thaw_monitor_enter_plugin (const char *plugin)
{
  return thaw_now_enter (THAW_NOW_PLUGIN, plugin, NULL, NULL);
}

/**
 * thaw_monitor_leave_plugin:
 * @entered: what thaw_monitor_enter_plugin() returned
 *
 * - **Thread**: the loop's.
 */
void
thaw_monitor_leave_plugin (guint entered)
{
  thaw_now_leave (entered);
}

/**
 * thaw_monitor_set_metering:
 * @self: a monitor
 * @wanted: whether somebody wants turns recorded, or wants them no more
 *
 * Turns cost two readings of the clock each while they are recorded. Counted.
 *
 * - **Thread**: any.
 */
void
thaw_monitor_set_metering (ThawMonitor *self, gboolean wanted)
{
  if (wanted)
    atomic_fetch_add (&self->n_metering, 1);
  else
    atomic_fetch_sub (&self->n_metering, 1);
}

/**
 * thaw_monitor_note_frame:
 * @begin_usec: the frame's time, monotonic
 * @end_usec: when it was painted
 *
 * Records a frame of the calling thread's loop, and marks it for traces. Does nothing without a
 * monitor.
 *
 * - **Thread**: the loop's.
 */
void
thaw_monitor_note_frame (gint64 begin_usec, gint64 end_usec)
{
  ThawMonitor *self = thaw_monitor_own;

  if (self == NULL)
    return;
  thaw_meter_add (&self->frames, begin_usec, end_usec);
  if (thaw_marks_are_active ())
    thaw_marks_add (THAW_MARK_FRAME, "frame", begin_usec, end_usec, 1);
}

/**
 * thaw_monitor_copy_turns:
 * @self: a monitor
 * @since_usec: monotonic; 0 for all
 * @spans: (out caller-allocates) (array length=n_max): filled in, oldest first
 * @n_max: how many fit; of more, the latest
 *
 * - **Thread**: any.
 *
 * Returns: how many were filled in
 */
guint
thaw_monitor_copy_turns (ThawMonitor *self, gint64 since_usec, ThawSpan *spans, guint n_max)
{
  return thaw_meter_copy (&self->turns, since_usec, spans, n_max);
}

/**
 * thaw_monitor_copy_frames:
 * @self: a monitor
 * @since_usec: monotonic; 0 for all
 * @spans: (out caller-allocates) (array length=n_max): filled in, oldest first
 * @n_max: how many fit; of more, the latest
 *
 * - **Thread**: any.
 *
 * Returns: how many were filled in
 */
guint
thaw_monitor_copy_frames (ThawMonitor *self, gint64 since_usec, ThawSpan *spans, guint n_max)
{
  return thaw_meter_copy (&self->frames, since_usec, spans, n_max);
}

static void
add_mailbox (const ThawMailboxStats *stats, gpointer pulse)
{
  ((ThawPulse *) pulse)->n_queued += stats->depth;
}

static void
add_lane (ThawLane *lane, gpointer user_data)
{
  ThawPulse *pulse = user_data;
  ThawLaneStats stats;

  thaw_lane_get_stats (lane, &stats);
  pulse->n_lanes++;
  pulse->n_lane_running += stats.n_running;
  pulse->n_lane_queued += stats.n_queued;
  pulse->n_lane_stuck += stats.n_stuck;
  pulse->n_lanes_silent += thaw_lane_get_state (lane) == THAW_LANE_NOT_ANSWERING;
}

/**
 * thaw_monitor_get_pulse:
 * @self: a monitor
 * @pulse: (out caller-allocates): filled in
 *
 * - **Thread**: any; never waits for the loop.
 */
void
thaw_monitor_get_pulse (ThawMonitor *self, ThawPulse *pulse)
{
  ThawPumpStats stats;

  thaw_pump_get_stats (self->pump, &stats);
  *pulse = (ThawPulse){ .now_usec = g_get_monotonic_time (),
                        .busy_since_usec = atomic_load (&self->busy_since_usec),
                        .n_handled = stats.n_handled,
                        .n_stalls = thaw_monitor_get_n_stalls (self) };
  thaw_pump_foreach_stats (self->pump, add_mailbox, pulse);
  thaw_lane_foreach (add_lane, pulse);
}
