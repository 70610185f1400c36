/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Describes the process as a tree of variants, for thaw-top and whoever else asks. It reads the
 * ledgers of tasks, statistics, lanes and stalls, each of which any thread may read; no lock is
 * held that a loop holds for more than a few instructions. So it answers while a loop stands still,
 * and its parts are not of exactly the same moment.
 *
 *   program s, process u, time-usec x (monotonic)
 *   loops     [busy-usec x, does s, threshold-usec x, stalls t, handled t, mailboxes
 *             [name s, priority u, open u, depth u, max-depth u, handled t, refused t, dropped t,
 *             coalesced t, wait-max-usec x, handling-usec x, handling-max-usec x]]
 *   tasks     [id u, parent u, loop u, kind s, name s, body s, state s, age-usec x,
 *             waits-for s, waits-usec x, lane s]; at most 2000 a loop
 *   totals    scopes u, fibers u, jobs u
 *   lanes     [name s, answers b, silent-usec x, threads u, idle u, stuck u, queued u, running u,
 *             done t, refused t, timeouts t]
 *   stalls    [loop u, serial t, over b, length-usec x, started-usec x (wall clock), culprit s,
 * text s] */

#include "thaw-task-tree.h"

#include "thaw-ledger-private.h"
#include "thaw-monitor-private.h"

#include <unistd.h>

#define MAX_TASKS 2000

static void
add_string (GVariantDict *dict, const char *key, const char *value)
{
  g_autofree char *valid = value != NULL ? g_utf8_make_valid (value, -1) : NULL;

  if (valid != NULL)
    g_variant_dict_insert (dict, key, "s", valid);
}

static void
add_dict (GVariantBuilder *list, GVariantDict *dict)
{
  g_variant_builder_add_value (list, g_variant_dict_end (dict));
}

static void
add_mailbox (const ThawMailboxStats *stats, gpointer list)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  add_string (&dict, "name", stats->name);
  g_variant_dict_insert (&dict, "priority", "u", stats->priority);
  g_variant_dict_insert (&dict, "open", "u", stats->n_mailboxes);
  g_variant_dict_insert (&dict, "depth", "u", stats->depth);
  g_variant_dict_insert (&dict, "max-depth", "u", stats->max_depth);
  g_variant_dict_insert (&dict, "handled", "t", stats->n_handled);
  g_variant_dict_insert (&dict, "refused", "t", stats->n_refused);
  g_variant_dict_insert (&dict, "dropped", "t", stats->n_dropped);
  g_variant_dict_insert (&dict, "coalesced", "t", stats->n_coalesced);
  g_variant_dict_insert (&dict, "wait-max-usec", "x", stats->wait_max_usec);
  g_variant_dict_insert (&dict, "handling-usec", "x", stats->handling_total_usec);
  g_variant_dict_insert (&dict, "handling-max-usec", "x", stats->handling_max_usec);
  add_dict (list, &dict);
}

/* "mailbox folder › fiber load" */
static char *
describe_now (ThawMonitor *monitor)
{
  static const char *const kinds[] = { "mailbox", "fiber", "callback", "task", "plugin" };
  GString *text = g_string_new (NULL);
  ThawNowCopy now;

  thaw_now_copy (monitor->now, &now);
  for (guint i = 0; i < now.n_entries; i++)
    {
      if (i > 0)
        g_string_append (text, " › ");
      g_string_append (text, kinds[now.entries[i].kind]);
      if (now.entries[i].name != NULL)
        g_string_append_printf (text, " %s", now.entries[i].name);
    }
  return g_string_free_and_steal (text);
}

static GVariant *
describe_loop (ThawMonitor *monitor, gint64 now_usec)
{
  gint64 since = atomic_load (&monitor->busy_since_usec);
  g_autofree char *does = describe_now (monitor);
  GVariantBuilder mailboxes;
  ThawPumpStats stats;
  GVariantDict dict;

  thaw_pump_get_stats (monitor->pump, &stats);
  g_variant_builder_init (&mailboxes, G_VARIANT_TYPE ("aa{sv}"));
  thaw_pump_foreach_stats (monitor->pump, add_mailbox, &mailboxes);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "busy-usec", "x", since != 0 ? MAX (now_usec - since, 1) : 0);
  add_string (&dict, "does", does);
  g_variant_dict_insert (&dict, "threshold-usec", "x", thaw_monitor_get_threshold (monitor));
  g_variant_dict_insert (&dict, "stalls", "t", thaw_monitor_get_n_stalls (monitor));
  g_variant_dict_insert (&dict, "handled", "t", stats.n_handled);
  g_variant_dict_insert_value (&dict, "mailboxes", g_variant_builder_end (&mailboxes));
  return g_variant_dict_end (&dict);
}

static GVariant *
describe_loops (GPtrArray *monitors, gint64 now_usec)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < monitors->len; i++)
    g_variant_builder_add_value (&list, describe_loop (g_ptr_array_index (monitors, i), now_usec));
  return g_variant_builder_end (&list);
}

static void
collect_lane (ThawLane *lane, gpointer lanes)
{
  g_ptr_array_add (lanes, thaw_lane_ref (lane));
}

static GVariant *
describe_lane (ThawLane *lane, gint64 now_usec)
{
  gint64 silent = thaw_lane_get_silent_since_usec (lane);
  ThawLaneStats stats;
  GVariantDict dict;

  thaw_lane_get_stats (lane, &stats);
  g_variant_dict_init (&dict, NULL);
  add_string (&dict, "name", thaw_lane_get_name (lane));
  g_variant_dict_insert (&dict, "answers", "b", thaw_lane_get_state (lane) == THAW_LANE_ANSWERING);
  g_variant_dict_insert (&dict, "silent-usec", "x", silent != 0 ? now_usec - silent : 0);
  g_variant_dict_insert (&dict, "threads", "u", stats.n_threads);
  g_variant_dict_insert (&dict, "idle", "u", stats.n_idle);
  g_variant_dict_insert (&dict, "stuck", "u", stats.n_stuck);
  g_variant_dict_insert (&dict, "queued", "u", stats.n_queued);
  g_variant_dict_insert (&dict, "running", "u", stats.n_running);
  g_variant_dict_insert (&dict, "done", "t", stats.n_done);
  g_variant_dict_insert (&dict, "refused", "t", stats.n_refused);
  g_variant_dict_insert (&dict, "timeouts", "t", stats.n_timeouts);
  return g_variant_dict_end (&dict);
}

static GVariant *
describe_lanes (GPtrArray *lanes, gint64 now_usec)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < lanes->len; i++)
    g_variant_builder_add_value (&list, describe_lane (g_ptr_array_index (lanes, i), now_usec));
  return g_variant_builder_end (&list);
}

typedef struct {
  GVariantBuilder list;
  ThawSymbols *symbols;
  GPtrArray *lanes;
  GPtrArray *monitors;
  gint64 now_usec;
  guint n_totals[4]; /* by ThawRecordKind */
  guint n_loops;
} TaskList;

static const char *
get_lane_name (TaskList *self, gpointer place)
{
  if (place == NULL)
    return "cpu";
  for (guint i = 0; i < self->lanes->len; i++)
    if (g_ptr_array_index (self->lanes, i) == place)
      return thaw_lane_get_name (place);
  return "a lane that is gone";
}

static const char *
get_state (const ThawRecordCopy *record)
{
  if (record->kind == THAW_RECORD_SCOPE)
    return record->is_cancelled ? "ended" : "open";
  if (record->waits_for != NULL)
    return "waits";
  return record->kind == THAW_RECORD_JOB ? "runs" : "ready";
}

static void
add_task (TaskList *self, const ThawRecordCopy *record, guint loop)
{
  static const char *const kinds[] = { "", "scope", "fiber", "job" };
  GVariantDict dict;
  ThawSymbol symbol;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "id", "u", record->index);
  g_variant_dict_insert (&dict, "parent", "u", record->parent);
  g_variant_dict_insert (&dict, "loop", "u", loop);
  g_variant_dict_insert (&dict, "kind", "s", kinds[record->kind]);
  add_string (&dict, "name", record->name);
  g_variant_dict_insert (&dict, "state", "s", get_state (record));
  g_variant_dict_insert (&dict, "age-usec", "x", MAX (self->now_usec - record->born_usec, 0));
  if (record->waits_for != NULL)
    {
      add_string (&dict, "waits-for", record->waits_for);
      g_variant_dict_insert (&dict,
                             "waits-usec",
                             "x",
                             MAX (self->now_usec - record->since_usec, 0));
    }
  if (record->kind == THAW_RECORD_JOB)
    add_string (&dict, "lane", get_lane_name (self, record->place));
  if (record->func != NULL)
    {
      thaw_symbols_find (self->symbols, record->func, &symbol);
      add_string (&dict, "body", symbol.function);
    }
  add_dict (&self->list, &dict);
}

static void
add_ledger (ThawLedger *ledger, gpointer user_data)
{
  TaskList *self = user_data;
  g_autoptr (GArray) records = thaw_ledger_copy (ledger, MAX_TASKS, self->n_totals);

  for (guint i = 0; i < records->len; i++)
    add_task (self, &g_array_index (records, ThawRecordCopy, i), self->n_loops);
  self->n_loops++;
}

static GVariant *
describe_totals (const guint n_totals[4])
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "scopes", "u", n_totals[THAW_RECORD_SCOPE]);
  g_variant_dict_insert (&dict, "fibers", "u", n_totals[THAW_RECORD_FIBER]);
  g_variant_dict_insert (&dict, "jobs", "u", n_totals[THAW_RECORD_JOB]);
  return g_variant_dict_end (&dict);
}

static void
add_stall (GVariantBuilder *list, const ThawStall *stall, guint loop)
{
  g_autofree char *text = thaw_stall_to_text (stall);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "loop", "u", loop);
  g_variant_dict_insert (&dict, "serial", "t", stall->serial);
  g_variant_dict_insert (&dict, "over", "b", stall->is_over);
  g_variant_dict_insert (&dict, "length-usec", "x", stall->length_usec);
  g_variant_dict_insert (&dict, "started-usec", "x", stall->start_real_usec);
  add_string (&dict, "culprit", stall->culprit);
  add_string (&dict, "text", text);
  add_dict (list, &dict);
}

static GVariant *
describe_stalls (GPtrArray *monitors)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < monitors->len; i++)
    {
      g_autoptr (GPtrArray) stalls = thaw_monitor_dup_stalls (g_ptr_array_index (monitors, i));

      for (guint j = 0; j < stalls->len; j++)
        add_stall (&list, g_ptr_array_index (stalls, j), i);
    }
  return g_variant_builder_end (&list);
}

/**
 * thaw_task_tree_describe:
 *
 * Describes loops that are watched, their mailboxes, the scopes, fibers and jobs of all loops, the
 * lanes and the latest stalls.
 *
 * - **Thread**: any. Reads symbol tables of the program's files the first time, so a loop's thread
 *   should leave it to others.
 *
 * Returns: (transfer full): a dictionary, a{sv}
 */
GVariant *
thaw_task_tree_describe (void)
{
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the next */
  static ThawSymbols *symbols;
  g_autoptr (GPtrArray) monitors = thaw_monitor_dup_all ();
  g_autoptr (GPtrArray) lanes = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_lane_unref);
  gint64 now_usec = g_get_monotonic_time ();
  TaskList tasks = { .lanes = lanes, .monitors = monitors, .now_usec = now_usec };
  GVariantDict dict;

  thaw_lane_foreach (collect_lane, lanes);
  g_variant_builder_init (&tasks.list, G_VARIANT_TYPE ("aa{sv}"));
  pthread_mutex_lock (&lock);
  if (symbols == NULL)
    symbols = thaw_symbols_new ();
  tasks.symbols = symbols;
  thaw_ledger_foreach (add_ledger, &tasks);
  pthread_mutex_unlock (&lock);

  g_variant_dict_init (&dict, NULL);
  add_string (&dict, "program", g_get_prgname () != NULL ? g_get_prgname () : "a program");
  g_variant_dict_insert (&dict, "process", "u", (guint) getpid ());
  g_variant_dict_insert (&dict, "time-usec", "x", now_usec);
  g_variant_dict_insert_value (&dict, "loops", describe_loops (monitors, now_usec));
  g_variant_dict_insert_value (&dict, "tasks", g_variant_builder_end (&tasks.list));
  g_variant_dict_insert_value (&dict, "totals", describe_totals (tasks.n_totals));
  g_variant_dict_insert_value (&dict, "lanes", describe_lanes (lanes, now_usec));
  g_variant_dict_insert_value (&dict, "stalls", describe_stalls (monitors));
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}
