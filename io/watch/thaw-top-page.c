/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tree as a page of text: a line for each loop, mailboxes by what their slowest message took,
 * lanes, and scopes with their tasks below them, the oldest first. */

#include "thaw-top-private.h"

#include <string.h>

#define MAX_MAILBOXES 10
#define MAX_DEPTH 16

static gint64
get_number (GVariant *dict, const char *key)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (dict, key, NULL);

  if (value == NULL)
    return 0;
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BOOLEAN:
      return g_variant_get_boolean (value);
    case G_VARIANT_CLASS_UINT32:
      return g_variant_get_uint32 (value);
    case G_VARIANT_CLASS_UINT64:
      return g_variant_get_uint64 (value);
    case G_VARIANT_CLASS_INT64:
      return g_variant_get_int64 (value);
    default:
      return 0;
    }
}

static const char *
get_text (GVariant *dict, const char *key)
{
  const char *text = "";

  g_variant_lookup (dict, key, "&s", &text);
  return text;
}

static GPtrArray *
get_list (GVariant *dict, const char *key)
{
  g_autoptr (GVariant) list = g_variant_lookup_value (dict, key, G_VARIANT_TYPE ("aa{sv}"));
  GPtrArray *items = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);

  for (gsize i = 0; list != NULL && i < g_variant_n_children (list); i++)
    g_ptr_array_add (items, g_variant_get_child_value (list, i));
  return items;
}

/* "870 us", "12.3 ms", "4.56 s", "3 min" */
static char *
format_time (gint64 usec)
{
  if (usec < 1000)
    return g_strdup_printf ("%d us", (int) usec);
  if (usec < G_USEC_PER_SEC)
    return g_strdup_printf ("%.1f ms", usec / 1000.0);
  if (usec < 120 * G_USEC_PER_SEC)
    return g_strdup_printf ("%.2f s", usec / (double) G_USEC_PER_SEC);
  return g_strdup_printf ("%d min", (int) (usec / G_USEC_PER_SEC / 60));
}

static void
append_loop (GString *page, GVariant *loop)
{
  gint64 busy_usec = get_number (loop, "busy-usec");
  g_autofree char *busy = format_time (busy_usec);
  const char *does = get_text (loop, "does");

  g_string_append_printf (page,
                          "loop: %s%s%s%s, %" G_GINT64_FORMAT " messages, %" G_GINT64_FORMAT
                          " stalls over %d ms\n",
                          busy_usec > 0 ? "busy for " : "sleeps",
                          busy_usec > 0 ? busy : "",
                          *does != '\0' ? " with " : "",
                          does,
                          get_number (loop, "handled"),
                          get_number (loop, "stalls"),
                          (int) (get_number (loop, "threshold-usec") / 1000));
}

static int
compare_mailboxes (gconstpointer a, gconstpointer b)
{
  gint64 left = get_number (*(GVariant **) a, "handling-max-usec");
  gint64 right = get_number (*(GVariant **) b, "handling-max-usec");

  return (left < right) - (left > right);
}

static void
append_mailboxes (GString *page, GVariant *loop)
{
  g_autoptr (GPtrArray) mailboxes = get_list (loop, "mailboxes");

  g_ptr_array_sort (mailboxes, compare_mailboxes);
  g_string_append_printf (page,
                          "\n%-28s %7s %7s %11s %8s %10s %10s %10s\n",
                          "MAILBOX",
                          "DEPTH",
                          "MOST",
                          "HANDLED",
                          "REFUSED",
                          "WAIT MAX",
                          "HANDLING",
                          "SLOWEST");
  for (guint i = 0; i < MIN (mailboxes->len, MAX_MAILBOXES); i++)
    {
      GVariant *mailbox = g_ptr_array_index (mailboxes, i);
      g_autofree char *wait = format_time (get_number (mailbox, "wait-max-usec"));
      g_autofree char *handling = format_time (get_number (mailbox, "handling-usec"));
      g_autofree char *slowest = format_time (get_number (mailbox, "handling-max-usec"));

      g_string_append_printf (page,
                              "%-28.28s %7d %7d %11" G_GINT64_FORMAT " %8d %10s %10s %10s\n",
                              get_text (mailbox, "name"),
                              (int) get_number (mailbox, "depth"),
                              (int) get_number (mailbox, "max-depth"),
                              get_number (mailbox, "handled"),
                              (int) get_number (mailbox, "refused"),
                              wait,
                              handling,
                              slowest);
    }
}

static void
append_lanes (GString *page, GVariant *tree)
{
  g_autoptr (GPtrArray) lanes = get_list (tree, "lanes");

  g_string_append_printf (page,
                          "\n%-36s %7s %5s %6s %7s %7s %8s %s\n",
                          "LANE",
                          "THREADS",
                          "IDLE",
                          "STUCK",
                          "RUNNING",
                          "QUEUED",
                          "DONE",
                          "");
  for (guint i = 0; i < lanes->len; i++)
    {
      GVariant *lane = g_ptr_array_index (lanes, i);
      g_autofree char *silent = format_time (get_number (lane, "silent-usec"));

      g_string_append_printf (page,
                              "%-36.36s %7d %5d %6d %7d %7d %8" G_GINT64_FORMAT " %s%s\n",
                              get_text (lane, "name"),
                              (int) get_number (lane, "threads"),
                              (int) get_number (lane, "idle"),
                              (int) get_number (lane, "stuck"),
                              (int) get_number (lane, "running"),
                              (int) get_number (lane, "queued"),
                              get_number (lane, "done"),
                              get_number (lane, "answers") ? "" : "not answering for ",
                              get_number (lane, "answers") ? "" : silent);
    }
}

static int
compare_tasks (gconstpointer a, gconstpointer b)
{
  gint64 left = get_number (*(GVariant **) a, "age-usec");
  gint64 right = get_number (*(GVariant **) b, "age-usec");

  return (left < right) - (left > right);
}

static void
append_task (GString *page, GVariant *task, guint depth)
{
  g_autofree char *age = format_time (get_number (task, "age-usec"));
  g_autofree char *waits = format_time (get_number (task, "waits-usec"));
  g_autofree char *title = g_strdup_printf ("%*s%s %s",
                                            (int) (2 * depth),
                                            "",
                                            get_text (task, "kind"),
                                            get_text (task, "name"));
  const char *reason = get_text (task, "waits-for"), *lane = get_text (task, "lane");

  g_string_append_printf (page, "%-44.44s %10s  %-6s", title, age, get_text (task, "state"));
  if (*reason != '\0')
    g_string_append_printf (page, " for %s, %s", reason, waits);
  if (*lane != '\0')
    g_string_append_printf (page, " on %s", lane);
  if (*get_text (task, "body") != '\0')
    g_string_append_printf (page, " [%s]", get_text (task, "body"));
  g_string_append_c (page, '\n');
}

static void
append_below (GString *page, GPtrArray *tasks, GVariant *parent, guint depth)
{
  gint64 id = parent != NULL ? get_number (parent, "id") : 0;

  if (depth > MAX_DEPTH)
    return;
  for (guint i = 0; i < tasks->len; i++)
    {
      GVariant *task = g_ptr_array_index (tasks, i);

      if (get_number (task, "parent") != id
          || (parent != NULL && get_number (task, "loop") != get_number (parent, "loop")))
        continue;
      append_task (page, task, depth);
      if (strcmp (get_text (task, "kind"), "scope") == 0)
        append_below (page, tasks, task, depth + 1);
    }
}

static void
append_tasks (GString *page, GVariant *tree)
{
  g_autoptr (GPtrArray) tasks = get_list (tree, "tasks");
  g_autoptr (GVariant) totals = g_variant_lookup_value (tree, "totals", G_VARIANT_TYPE_VARDICT);

  g_ptr_array_sort (tasks, compare_tasks);
  g_string_append_printf (page, "\n%-44s %10s  %s\n", "TASK", "AGE", "STATE");
  append_below (page, tasks, NULL, 0);
  if (totals != NULL)
    g_string_append_printf (page,
                            "%d scopes, %d fibers, %d jobs\n",
                            (int) get_number (totals, "scopes"),
                            (int) get_number (totals, "fibers"),
                            (int) get_number (totals, "jobs"));
}

static void
append_latest_stall (GString *page, GVariant *tree)
{
  g_autoptr (GPtrArray) stalls = get_list (tree, "stalls");
  g_autofree char *length = NULL;
  GVariant *latest;

  if (stalls->len == 0)
    return;
  latest = g_ptr_array_index (stalls, stalls->len - 1);
  length = format_time (get_number (latest, "length-usec"));
  g_string_append_printf (page,
                          "%s stall: %s, %s\n",
                          get_number (latest, "over") ? "latest" : "PRESENT",
                          length,
                          get_text (latest, "culprit"));
}

static void
cut (GString *page, guint n_rows)
{
  const char *end = page->str;

  for (guint row = 0; row < n_rows; row++)
    {
      end = strchr (end, '\n');
      if (end == NULL)
        return;
      end++;
    }
  g_string_truncate (page, end - page->str);
}

char *
thaw_top_make_page (GVariant *tree, guint n_rows)
{
  GString *page = g_string_new (NULL);
  g_autoptr (GPtrArray) loops = get_list (tree, "loops");

  g_string_append_printf (page,
                          "%s, process %d\n",
                          get_text (tree, "program"),
                          (int) get_number (tree, "process"));
  for (guint i = 0; i < loops->len; i++)
    append_loop (page, g_ptr_array_index (loops, i));
  append_latest_stall (page, tree);
  for (guint i = 0; i < loops->len; i++)
    append_mailboxes (page, g_ptr_array_index (loops, i));
  append_lanes (page, tree);
  append_tasks (page, tree);
  if (n_rows > 0)
    cut (page, n_rows - 1);
  return g_string_free_and_steal (page);
}

char *
thaw_top_make_stalls (GVariant *tree)
{
  g_autoptr (GPtrArray) stalls = get_list (tree, "stalls");
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < stalls->len; i++)
    g_string_append_printf (text, "%s\n", get_text (g_ptr_array_index (stalls, i), "text"));
  return g_string_free_and_steal (text);
}
