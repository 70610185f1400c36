/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Marks for other tools: as JSON in Chrome's format, and handed on to Sysprof. The ring is
 * io/base's (thaw-marks-private.h); it is copied by a job on the lane of the file, so the loop only
 * asks. Fibers overlap, so they are asynchronous events; everything else is a bar in its thread's
 * row. */

#include "thaw-trace.h"

#include "thaw-lane.h"
#include "thaw-marks-private.h"

#include <gio/gio.h>
#include <stdio.h>
#include <sysprof-capture.h>
#include <unistd.h>

static const char *const categories[] = { "messages", "fiber", "lane", "cpu", "frame", "stall" };

/**
 * thaw_trace_start:
 *
 * Keeps marks until [func@Thaw.trace_stop]. Calls are counted; a monitor makes one of its own.
 *
 * - **Thread**: any.
 */
void
thaw_trace_start (void)
{
  thaw_marks_start ();
}

/**
 * thaw_trace_stop:
 *
 * Takes one [func@Thaw.trace_start] back. What was kept can still be saved.
 *
 * - **Thread**: any.
 */
void
thaw_trace_stop (void)
{
  thaw_marks_stop ();
}

/* As a string of JSON, with its quotes. */
static void
append_string (GString *json, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);

  g_string_append_c (json, '"');
  for (const char *c = valid; *c != '\0'; c++)
    if (*c == '"' || *c == '\\')
      g_string_append_printf (json, "\\%c", *c);
    else if ((guchar) *c < 0x20)
      g_string_append_printf (json, "\\u%04x", (guchar) *c);
    else
      g_string_append_c (json, *c);
  g_string_append_c (json, '"');
}

static void
begin_event (GString *json, const ThawMark *mark, const char *phase, gint64 at_usec)
{
  g_string_append (json, json->str[json->len - 1] == '[' ? "\n{\"name\":" : ",\n{\"name\":");
  append_string (json, mark->name);
  g_string_append_printf (
      json,
      ",\"cat\":\"%s\",\"ph\":\"%s\",\"pid\":%d,\"tid\":%d,\"ts\":%" G_GINT64_FORMAT,
      categories[mark->kind],
      phase,
      (int) getpid (),
      mark->thread,
      at_usec);
}

static void
append_mark (GString *json, const ThawMark *mark)
{
  if (mark->kind == THAW_MARK_FIBER)
    {
      begin_event (json, mark, "b", mark->begin_usec);
      g_string_append_printf (json, ",\"id\":%" G_GUINT64_FORMAT "}", mark->serial);
      begin_event (json, mark, "e", mark->begin_usec + MAX (mark->length_usec, 0));
      g_string_append_printf (json, ",\"id\":%" G_GUINT64_FORMAT "}", mark->serial);
      return;
    }
  begin_event (json, mark, "X", mark->begin_usec);
  g_string_append_printf (json,
                          ",\"dur\":%" G_GINT64_FORMAT ",\"args\":{\"count\":%u}}",
                          MAX (mark->length_usec, 0),
                          mark->count);
}

/* Threads that are gone have no name any more. */
static void
append_thread (GString *json, int thread)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/comm", thread);
  g_autofree char *name = NULL;
  ThawMark mark = { .name = "thread_name", .thread = thread };

  if (!g_file_get_contents (path, &name, NULL, NULL))
    return;
  begin_event (json, &mark, "M", 0);
  g_string_append (json, ",\"args\":{\"name\":");
  append_string (json, g_strchomp (name));
  g_string_append (json, "}}");
}

static GString *
make_json (guint *n_events)
{
  g_autoptr (GArray) marks = thaw_marks_copy ();
  g_autoptr (GHashTable) threads = g_hash_table_new (NULL, NULL);
  GString *json = g_string_new ("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[");

  for (guint i = 0; i < marks->len; i++)
    {
      const ThawMark *mark = &g_array_index (marks, ThawMark, i);

      if (g_hash_table_add (threads, GINT_TO_POINTER (mark->thread)))
        append_thread (json, mark->thread);
      append_mark (json, mark);
    }
  g_string_append (json, "\n]}\n");
  *n_events = marks->len;
  return json;
}

static gboolean
save_lane (ThawJob *job, gpointer path, GError **error)
{
  guint n_events;
  GString *json = make_json (&n_events);
  gboolean saved = g_file_set_contents (path, json->str, json->len, error);

  g_string_free (json, TRUE);
  if (saved)
    thaw_job_return_int64 (job, n_events);
  return saved;
}

/**
 * thaw_trace_save:
 * @scope: what the saving belongs to
 * @path: (type filename): an absolute path, which is replaced
 *
 * Writes the marks of the last seconds as JSON in Chrome's trace format.
 *
 * - **Thread**: @scope's. The marks are copied and written on the lane of @path.
 * - **Errors**: those of writing the file, and of the lane.
 * - **Cancellation**: the future's.
 *
 * Returns: (transfer full): a future that resolves to the number of events
 */
ThawFuture *
thaw_trace_save (ThawScope *scope, const char *path)
{
  g_autoptr (ThawLane) lane = thaw_lane_for_path (path);

  return thaw_lane_run (lane,
                        scope,
                        "save a trace",
                        THAW_PRIORITY_DEFAULT,
                        -1,
                        save_lane,
                        g_strdup (path),
                        g_free);
}

static void
hand_to_sysprof (const ThawMark *mark)
{
  char text[32];

  g_snprintf (text, sizeof (text), "%u", mark->count);
  sysprof_collector_mark (mark->begin_usec * 1000,
                          mark->length_usec * 1000,
                          "Thaw",
                          mark->kind == THAW_MARK_MESSAGES ? mark->name : categories[mark->kind],
                          mark->kind == THAW_MARK_MESSAGES ? text : mark->name);
}

/**
 * thaw_trace_join_sysprof:
 *
 * If Sysprof started the program, hands each mark on to it, in the group "Thaw", from now to the
 * end. Otherwise Sysprof costs nothing, not even a look.
 *
 * - **Thread**: any, before there are others.
 *
 * Returns: whether Sysprof listens
 */
gboolean
thaw_trace_join_sysprof (void)
{
  if (g_getenv ("SYSPROF_CONTROL_FD") == NULL && g_getenv ("SYSPROF_TRACE_FD") == NULL)
    return FALSE;
  sysprof_clock_init ();
  sysprof_collector_init ();
  if (!sysprof_collector_is_active ())
    return FALSE;
  thaw_marks_set_sink (hand_to_sysprof);
  thaw_marks_start ();
  return TRUE;
}
