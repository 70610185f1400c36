/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mailboxes and lanes as rows of the pulse's tables. There are dozens of mailboxes: shown are those
 * with the longest queues and, after them, those that have handled most. Asking takes their locks
 * for moments only, and happens once a second. Loop's thread. */

#define GETTEXT_PACKAGE "thaw"
#include "pane-pulse-private.h"

#include <glib/gi18n-lib.h>

void
pane_pulse_init_tables (PanePulseTable *mailboxes, PanePulseTable *lanes)
{
  const char *mailbox_titles[]
      /* Translators: headers of columns. The last one is the longest time that a message has
         waited. */
      = { _ ("Name"), _ ("Queued"), _ ("Handled"), _ ("Waited"), NULL };
  const char *lane_titles[]
      /* Translators: headers of columns: how many jobs run, wait, and hang. */
      = { _ ("Name"), _ ("State"), _ ("Running"), _ ("Queued"), _ ("Stuck"), NULL };

  pane_pulse_table_set_columns (mailboxes, mailbox_titles);
  pane_pulse_table_set_columns (lanes, lane_titles);
}

/* Mailboxes */

typedef struct {
  ThawMailboxStats best[PANE_PULSE_ROWS];
  guint n;
} Top;

static gboolean
goes_before (const ThawMailboxStats *a, const ThawMailboxStats *b)
{
  return a->depth != b->depth ? a->depth > b->depth : a->n_handled > b->n_handled;
}

static void
mailbox_cb (const ThawMailboxStats *stats, gpointer user_data)
{
  Top *top = user_data;
  guint i;

  if (stats->n_posted == 0)
    return;
  for (i = top->n; i > 0 && goes_before (stats, &top->best[i - 1]); i--)
    if (i < PANE_PULSE_ROWS)
      top->best[i] = top->best[i - 1];
  if (i < PANE_PULSE_ROWS)
    top->best[i] = *stats;
  top->n = MIN (top->n + 1, PANE_PULSE_ROWS);
}

static char *
dup_milliseconds (gint64 usec)
{
  return g_strdup_printf (_ ("%.1f ms"), usec / 1000.);
}

void
pane_pulse_show_mailboxes (PanePulseTable *table, ThawPump *pump)
{
  Top top = { 0 };

  thaw_pump_foreach_stats (pump, mailbox_cb, &top);
  for (guint i = 0; i < top.n; i++)
    {
      const ThawMailboxStats *stats = &top.best[i];
      g_autofree char *depth = g_strdup_printf ("%u", stats->depth);
      g_autofree char *handled = g_strdup_printf ("%" G_GUINT64_FORMAT, stats->n_handled);
      g_autofree char *waited = dup_milliseconds (stats->wait_max_usec);
      const char *texts[PANE_PULSE_COLUMNS] = { stats->name, depth, handled, waited };

      pane_pulse_table_set_row (table, i, texts);
    }
  pane_pulse_table_set_n_rows (table, top.n);
}

/* Lanes */

typedef struct {
  PanePulseTable *table;
  guint n;
} LaneRows;

/* The lanes' list is locked meanwhile: only a label is set. */
static void
lane_cb (ThawLane *lane, gpointer user_data)
{
  LaneRows *rows = user_data;
  ThawLaneStats stats;
  char running[16], queued[16], stuck[16];
  const char *texts[PANE_PULSE_COLUMNS]
      = { thaw_lane_get_name (lane), NULL, running, queued, stuck };

  thaw_lane_get_stats (lane, &stats);
  if (thaw_lane_get_state (lane) == THAW_LANE_NOT_ANSWERING)
    texts[1] = C_ ("lane", "Silent");
  else
    texts[1] = stats.n_running > 0 ? C_ ("lane", "Busy") : C_ ("lane", "Idle");
  g_snprintf (running, sizeof (running), "%u", stats.n_running);
  g_snprintf (queued, sizeof (queued), "%u", stats.n_queued);
  g_snprintf (stuck, sizeof (stuck), "%u", stats.n_stuck);
  pane_pulse_table_set_row (rows->table, rows->n++, texts);
}

void
pane_pulse_show_lanes (PanePulseTable *table)
{
  LaneRows rows = { .table = table };

  thaw_lane_foreach (lane_cb, &rows);
  pane_pulse_table_set_n_rows (table, MIN (rows.n, PANE_PULSE_ROWS));
}
