/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The breaker on a clock of its own: mounts that are slow, that hang, that come back, that answer
 * from a cache now and then, on machines that are late with everything. Hours of it take no time,
 * and what is promised, that the user sees one steady statement, does not hang on the speed of the
 * machine that tests it. What runs here are the functions of thaw-lane-breaker.c; the threads, the
 * probes and the time are played. The seed of what is random is printed and can be given by
 * $THAW_SEED. */

#include "thaw-lane-private.h"

#include <stdlib.h>

#define SECOND G_USEC_PER_SEC
#define N_STREAMS 8
#define NOBODY THAW_LANE_NEVER

/* One who asks, waits for the answer, and asks again. */
typedef struct {
  gint64 start_usec;    /* the next question; NOBODY */
  gint64 returned_usec; /* when the call is over; NOBODY while none is under way */
  ThawLaneItem *item;
} Stream;

typedef struct {
  ThawLaneItem *item;
  gint64 at_usec;
} Booking; /* of a call that is over: the lane's thread may be late with it */

typedef struct {
  gint64 asked_usec, answered_usec;
} Probe;

typedef struct _World World;
struct _World {
  ThawLane *lane;
  ThawScope *scope;
  ThawFuture *future;
  ThawJob *job; /* stands for them all */
  GRand *rand;
  gint64 now_usec, ends_usec, begun_usec;
  Stream streams[N_STREAMS];
  guint n_streams;
  GArray *bookings, *probes;
  /* What the mount is like. */
  double least_s, most_s;
  guint cached_percent;
  gint64 dead_until_usec; /* hangs until then */
  /* What the machine is like. */
  gint64 late_booking_usec, late_tick_usec;
  gint64 tick_at_usec, tick_for_usec;
  /* What was seen. */
  ThawLaneState seen;
  guint n_changes, n_refusals;
  gint64 changed_usec;
};

static World *world;

static gint64
random_up_to (gint64 usec)
{
  return usec > 0 ? (gint64) g_rand_double_range (world->rand, 0, (double) usec) : 0;
}

static gint64
call_ends (gint64 usec)
{
  double seconds = world->least_s < world->most_s
                       ? g_rand_double_range (world->rand, world->least_s, world->most_s)
                       : world->least_s;

  return MAX (usec, world->dead_until_usec) + (gint64) (seconds * SECOND);
}

/* Takes the place of thaw-lane-probe.c: two calls that no cache answers. */
gboolean
thaw_lane_start_probe (ThawLane *self, gint64 now_usec)
{
  Probe probe = { now_usec, call_ends (call_ends (now_usec)) };

  g_assert_true (self == world->lane);
  if (self->n_probes >= THAW_LANE_MAX_PROBES)
    return FALSE;
  self->n_probes++;
  self->probed_usec = now_usec;
  g_array_append_val (world->probes, probe);
  return TRUE;
}

static gboolean
nothing_lane (ThawJob *job, gpointer user_data, GError **error)
{
  return TRUE;
}

static void
world_init (World *self, double least_s, double most_s)
{
  const char *seed = g_getenv ("THAW_SEED");
  guint32 number = seed != NULL ? (guint32) strtoul (seed, NULL, 10) : g_random_int ();

  *self = (World){ .least_s = least_s, .most_s = most_s };
  world = self;
  g_test_message ("THAW_SEED=%u", number);
  self->rand = g_rand_new_with_seed (number);
  self->lane = thaw_lane_new_private ("played", N_STREAMS, "/");
  self->scope = thaw_scope_new ("test", NULL);
  self->job = thaw_job_new (self->scope,
                            "played",
                            THAW_PRIORITY_DEFAULT,
                            nothing_lane,
                            NULL,
                            NULL,
                            &self->future);
  self->bookings = g_array_new (FALSE, FALSE, sizeof (Booking));
  self->probes = g_array_new (FALSE, FALSE, sizeof (Probe));
  /* So far ahead that the real monitor never comes. */
  self->begun_usec = self->now_usec = g_get_monotonic_time () + (gint64) 1000 * 3600 * SECOND;
  for (guint i = 0; i < N_STREAMS; i++)
    self->streams[i] = (Stream){ NOBODY, NOBODY, NULL };
}

static void
world_clear (World *self)
{
  self->lane->n_probes = 0;
  thaw_job_drop (self->job, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Played"));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  thaw_future_unref (self->future);
  thaw_scope_cancel (self->scope);
  thaw_scope_unref (self->scope);
  thaw_lane_unref (self->lane);
  g_array_unref (self->bookings);
  g_array_unref (self->probes);
  g_rand_free (self->rand);
  world = NULL;
}

static void
start_call (World *self, Stream *stream)
{
  ThawLane *lane = self->lane;
  ThawLaneItem *item;

  if (lane->refuses && self->now_usec < lane->tried_usec + THAW_LANE_PROBE_USEC)
    {
      self->n_refusals++;
      stream->start_usec = lane->tried_usec + THAW_LANE_PROBE_USEC;
      return;
    }
  if (lane->refuses)
    lane->tried_usec = self->now_usec;
  item = g_new0 (ThawLaneItem, 1);
  item->link.data = item;
  item->job = thaw_job_ref (self->job);
  item->sign_usec = self->now_usec;
  item->end_usec = THAW_LANE_NEVER;
  g_queue_push_tail_link (&lane->running, &item->link);
  lane->tick_usec
      = MIN (lane->tick_usec, self->now_usec + THAW_LANE_SILENCE_USEC - THAW_LANE_ASK_USEC);
  stream->item = item;
  stream->start_usec = NOBODY;
  stream->returned_usec = (guint) g_rand_int_range (self->rand, 0, 100) < self->cached_percent
                              ? self->now_usec + 1000
                              : call_ends (self->now_usec);
}

/* Who waited is told, and asks again, before the lane's thread has booked the return. */
static void
end_call (World *self, Stream *stream)
{
  Booking booking = { stream->item, self->now_usec + random_up_to (self->late_booking_usec) };

  g_array_append_val (self->bookings, booking);
  stream->item = NULL;
  stream->returned_usec = NOBODY;
  stream->start_usec
      = self->now_usec < self->ends_usec ? self->now_usec + random_up_to (20000) : NOBODY;
}

static void
book (World *self, guint i)
{
  ThawLaneItem *item = g_array_index (self->bookings, Booking, i).item;
  ThawLaneNews news = { 0 };

  g_array_remove_index (self->bookings, i);
  g_queue_unlink (&self->lane->running, &item->link);
  thaw_lane_note_sign (self->lane, item, self->now_usec);
  thaw_lane_note_answer (self->lane, &news, self->now_usec);
  thaw_lane_item_free (item);
  thaw_lane_say (self->lane, &news);
}

static void
answer_probe (World *self, guint i)
{
  Probe probe = g_array_index (self->probes, Probe, i);
  ThawLaneNews news = { 0 };

  g_array_remove_index (self->probes, i);
  self->lane->n_probes--;
  thaw_lane_note_probe (self->lane, probe.asked_usec, self->now_usec);
  thaw_lane_note_answer (self->lane, &news, self->now_usec);
  thaw_lane_say (self->lane, &news);
}

/* The monitor sleeps until the lane wants it, and is late then. */
static gint64
tick_time (World *self)
{
  if (self->lane->tick_usec == self->tick_for_usec)
    return self->tick_at_usec;
  self->tick_for_usec = self->lane->tick_usec;
  self->tick_at_usec = self->tick_for_usec == THAW_LANE_NEVER
                           ? THAW_LANE_NEVER
                           : self->tick_for_usec + random_up_to (self->late_tick_usec);
  return self->tick_at_usec;
}

static gint64
next_time (World *self)
{
  gint64 next_usec = tick_time (self);

  for (guint i = 0; i < self->n_streams; i++)
    next_usec = MIN (next_usec, MIN (self->streams[i].start_usec, self->streams[i].returned_usec));
  for (guint i = 0; i < self->bookings->len; i++)
    next_usec = MIN (next_usec, g_array_index (self->bookings, Booking, i).at_usec);
  for (guint i = 0; i < self->probes->len; i++)
    next_usec = MIN (next_usec, g_array_index (self->probes, Probe, i).answered_usec);
  return next_usec;
}

static void
take_turn (World *self)
{
  for (guint i = 0; i < self->n_streams; i++)
    if (self->streams[i].returned_usec <= self->now_usec)
      end_call (self, &self->streams[i]);
    else if (self->streams[i].start_usec <= self->now_usec)
      start_call (self, &self->streams[i]);
  for (guint i = self->bookings->len; i-- > 0;)
    if (g_array_index (self->bookings, Booking, i).at_usec <= self->now_usec)
      book (self, i);
  for (guint i = self->probes->len; i-- > 0;)
    if (g_array_index (self->probes, Probe, i).answered_usec <= self->now_usec)
      answer_probe (self, i);
  if (tick_time (self) <= self->now_usec)
    {
      self->tick_for_usec = 0;
      thaw_lane_tick (self->lane, self->now_usec);
    }
}

static void
note_change (World *self)
{
  if (self->lane->state == self->seen)
    return;
  self->seen = self->lane->state;
  self->n_changes++;
  self->changed_usec = self->now_usec;
  g_test_message ("%s at %.3f s",
                  self->seen == THAW_LANE_ANSWERING ? "answering" : "not answering",
                  (double) (self->now_usec - self->begun_usec) / SECOND);
}

/* Plays until nothing happens any more, or for so many seconds. */
static void
play (World *self, double seconds)
{
  gint64 until_usec = self->now_usec + (gint64) (seconds * SECOND);

  for (;;)
    {
      gint64 next_usec = next_time (self);

      if (next_usec > until_usec)
        break;
      self->now_usec = MAX (self->now_usec, next_usec);
      take_turn (self);
      note_change (self);
    }
  self->now_usec = until_usec;
}

/* @n start to ask, and go on until let_them_end(). */
static void
let_them_ask (World *self, guint n)
{
  self->n_streams = n;
  self->ends_usec = NOBODY;
  for (guint i = 0; i < n; i++)
    self->streams[i].start_usec = self->now_usec + random_up_to (SECOND / 10);
}

static void
let_them_end (World *self)
{
  self->ends_usec = self->now_usec;
  for (guint i = 0; i < self->n_streams; i++)
    self->streams[i].start_usec = NOBODY;
}

/* Nobody waits any more: said once. */
static void
assert_calms_down (World *self)
{
  guint n_changes = self->n_changes;

  let_them_end (self);
  play (self, 200);
  g_assert_cmpint (self->seen, ==, THAW_LANE_ANSWERING);
  g_assert_cmpuint (self->n_changes, <=, n_changes + 1);
  g_assert_cmpint (self->lane->silent_since_usec, ==, 0);
  g_assert_cmpuint (self->lane->running.length, ==, 0);
}

/* Every call takes as long as the others, from just too long to far too long. */
static void
test_slow (void)
{
  static const double latencies[] = { 1.6, 1.8, 2.5, 4.4, 4.6, 8, 20 };

  for (guint i = 0; i < G_N_ELEMENTS (latencies); i++)
    for (guint late = 0; late < 2; late++)
      {
        World self;

        world_init (&self, latencies[i], latencies[i]);
        self.late_booking_usec = late * 300000;
        self.late_tick_usec = late * 300000;
        let_them_ask (&self, 1);
        play (&self, 30 * latencies[i] + 5);
        g_assert_cmpuint (self.n_changes, <=, 3);
        g_assert_cmpint (self.seen, ==, THAW_LANE_NOT_ANSWERING);
        self.n_changes = 0;
        play (&self, 1000);
        g_assert_cmpuint (self.n_changes, ==, 0);
        assert_calms_down (&self);
        world_clear (&self);
      }
}

/* A slow mount refuses nothing as long as each call comes back within three times the silence. */
static void
test_slow_is_used (void)
{
  World self;

  world_init (&self, 1.8, 3);
  let_them_ask (&self, 1);
  play (&self, 30);
  self.n_refusals = 0;
  play (&self, 1000);
  g_assert_cmpuint (self.n_refusals, ==, 0);
  world_clear (&self);
}

/* Some of the calls are answered from the kernel's cache, so a silence may be long in coming. Once
 * it is said it stays said. */
static void
test_uneven (gconstpointer data)
{
  guint cached_percent = GPOINTER_TO_UINT (data);

  for (guint n = 1; n <= N_STREAMS; n++)
    {
      World self;

      world_init (&self, 1.6, 4);
      self.cached_percent = cached_percent;
      self.late_booking_usec = self.late_tick_usec = 200000;
      let_them_ask (&self, n);
      play (&self, 300);
      self.n_changes = 0;
      play (&self, 2000);
      g_assert_cmpuint (self.n_changes, <=, 1);
      assert_calms_down (&self);
      world_clear (&self);
    }
}

/* Slow, then hung: refused late, but in the end. Then quick: everybody sees it soon. */
static void
test_slow_hangs_revives (void)
{
  World self;

  world_init (&self, 1.8, 1.8);
  let_them_ask (&self, 2);
  play (&self, 20);
  g_assert_cmpint (self.seen, ==, THAW_LANE_NOT_ANSWERING);
  self.n_changes = 0;
  self.dead_until_usec = self.now_usec + 100 * SECOND;
  self.least_s = self.most_s = 0.01;
  play (&self, 8);
  g_assert_true (self.lane->refuses);
  play (&self, 92);
  g_assert_cmpuint (self.n_changes, ==, 0);
  play (&self, 1);
  g_assert_cmpint (self.seen, ==, THAW_LANE_ANSWERING);
  g_assert_false (self.lane->refuses);
  play (&self, 1000);
  g_assert_cmpuint (self.n_changes, ==, 1);
  g_assert_cmpuint (self.lane->n_late, ==, 0);
  world_clear (&self);
}

/* A mount that was never slow: said and refused after the silence, and taken back at once. */
static void
test_hangs_revives (void)
{
  World self;
  gint64 hung_usec;

  world_init (&self, 0.01, 0.01);
  let_them_ask (&self, N_STREAMS);
  play (&self, 10);
  g_assert_cmpuint (self.n_changes, ==, 0);
  hung_usec = self.now_usec;
  self.dead_until_usec = hung_usec + 60 * SECOND;
  play (&self, 60);
  g_assert_cmpint (self.changed_usec - hung_usec, <=, THAW_LANE_SILENCE_USEC + 20000);
  g_assert_true (self.lane->refuses);
  play (&self, 60);
  g_assert_cmpint (self.changed_usec - self.dead_until_usec, <=, 20000);
  g_assert_cmpuint (self.n_changes, ==, 2);
  g_assert_false (self.lane->refuses);
  world_clear (&self);
}

/* One call hangs in a mount that answers. However late the monitor comes, the mount is asked, and
 * given the time to answer, before it is accused. */
static void
test_late_monitor (void)
{
  for (guint i = 0; i < 100; i++)
    {
      World self;

      world_init (&self, 0.01, 0.1);
      self.late_booking_usec = 200000;
      self.late_tick_usec = 4 * SECOND;
      let_them_ask (&self, 1);
      self.n_streams = 2;
      self.streams[1].start_usec = NOBODY;
      play (&self, 5);
      self.streams[1].start_usec = self.now_usec;
      play (&self, 0.001);
      self.streams[1].returned_usec = self.now_usec + 60 * SECOND;
      let_them_end (&self);
      play (&self, 100);
      g_assert_cmpuint (self.n_changes, ==, 0);
      world_clear (&self);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lane-breaker/slow", test_slow);
  g_test_add_func ("/lane-breaker/slow-is-used", test_slow_is_used);
  g_test_add_data_func ("/lane-breaker/uneven/never-cached", GUINT_TO_POINTER (0), test_uneven);
  g_test_add_data_func ("/lane-breaker/uneven/sometimes", GUINT_TO_POINTER (10), test_uneven);
  g_test_add_data_func ("/lane-breaker/uneven/mostly-cached", GUINT_TO_POINTER (90), test_uneven);
  g_test_add_func ("/lane-breaker/slow-hangs-revives", test_slow_hangs_revives);
  g_test_add_func ("/lane-breaker/hangs-revives", test_hangs_revives);
  g_test_add_func ("/lane-breaker/late-monitor", test_late_monitor);
  return g_test_run ();
}
