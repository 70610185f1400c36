/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log viewer on a log of 1 GiB that grows: mostly a hole, with lines at its beginning, in its middle and at its end; and on one
 * of 1 GiB of lines that is written while it is shown. What the window does is asked of its widgets. No turn of the loop may take
 * longer than a frame and a bit, opening the window itself aside. The log is in memory ($THAW_TEST_SHM, which reap makes and
 * removes); where there is none it is on the disk, and then one turn of five hundred may be longer. */
#include "log-viewer.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "turns.h"

#define PATIENCE_USEC (30 * G_USEC_PER_SEC)
#define SIZE_BYTES (G_GINT64_CONSTANT (1) << 30)
#define MIDDLE_BYTES (SIZE_BYTES / 3 * 2)
#define TURN_USEC 20000
#define LINE_FORMAT "line %08u of a log that tells what happened, and when, and to whom, and what came of it in the end..."
#define LINE_BYTES 106
#define BLOCK_LINES 10000
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define GROWN_BYTES (SIZE_BYTES / 16)
#else
#define GROWN_BYTES SIZE_BYTES
#endif

typedef gboolean (*Condition) (LogViewer *viewer, const char *text);

static char *path;
static int fd;
static gboolean on_disk;
static guint n_written; /* lines; the writer's */

static void
wait_until (LogViewer *viewer, Condition condition, const char *text)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_USEC;

  while (!condition (viewer, text))
    {
      if (g_get_monotonic_time () > deadline)
        g_error ("'%s' doesn't come; shown: %.300s", text, gtk_label_get_text (viewer->page));
      g_main_context_iteration (NULL, FALSE);
      g_usleep (200);
    }
}

static gboolean
shows (LogViewer *viewer, const char *text)
{
  return strstr (gtk_label_get_text (viewer->page), text) != NULL;
}

static gboolean
says (LogViewer *viewer, const char *text)
{
  return strstr (gtk_label_get_text (viewer->status), text) != NULL;
}

static gboolean
is_indexed (LogViewer *viewer, const char *text)
{
  return viewer->end == lseek (fd, 0, SEEK_END);
}

static gboolean
is_drawn (LogViewer *viewer, const char *text)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (GTK_WIDGET (viewer->window));

  gtk_widget_queue_draw (GTK_WIDGET (viewer->window)); /* a window that is finished draws no more frames */
  return clock != NULL && gdk_frame_clock_get_frame_counter (clock) > 3 && shows (viewer, text);
}

static void
write_lines (gint64 offset, const char *name, guint n)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s %u of a log that tells what happened, and when, and to whom\n", name, i);
  g_assert_cmpint (pwrite (fd, text->str, text->len, offset), ==, text->len);
}

static LogViewer *
open_viewer (GtkApplication *application, const char *first)
{
  LogViewer *viewer = log_viewer_new (application, path);

  g_object_ref (viewer->window);
  wait_until (viewer, is_drawn, first);
  turns_reset ();
  return viewer;
}

/* @n_long: so many turns may have taken longer, where the machine itself is kept busy. The kernel
 * charges the interrupts of a disk to whoever runs: with a gigabyte on its way there a turn that
 * takes 5 ms in memory was seen to take 76, without a page fault. */
static void
close_viewer (LogViewer *viewer, guint n_long)
{
  GtkWindow *window = viewer->window;
  Turns turns = turns_get ();

  g_test_message ("longest turn: %.1f ms of CPU (%.1f user, %.1f system, %ld page faults, "
                  "preempted %ld times), %u of %u over 12 ms",
                  turns.longest_cpu_usec / 1000.0,
                  turns.user_usec / 1000.0,
                  turns.system_usec / 1000.0,
                  turns.n_faults,
                  turns.n_preempted,
                  turns.n_cpu_over_12ms,
                  turns.n_turns);
#ifndef __SANITIZE_ADDRESS__
  if (turns.n_cpu_over_12ms > (on_disk ? MAX (n_long, turns.n_turns / 500) : n_long))
    g_assert_cmpint (turns.longest_cpu_usec, <, TURN_USEC);
#endif
  gtk_window_destroy (window);
  g_object_unref (window);
}

static gint64
resident_bytes (void)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  return g_ascii_strtoll (strchr (text, ' '), NULL, 10) * sysconf (_SC_PAGESIZE);
}

static void
test_scroll (gconstpointer application)
{
  gint64 before = resident_bytes ();
  LogViewer *viewer = open_viewer ((gpointer) application, "first 0");

  wait_until (viewer, is_indexed, NULL);
  gtk_adjustment_set_value (viewer->scroll, gtk_adjustment_get_upper (viewer->scroll));
  wait_until (viewer, shows, "last 1999 ");
  for (guint i = 0; i < 40; i++)
    {
      gtk_adjustment_set_value (viewer->scroll, viewer->n_lines / 40 * (i * 7 % 40));
      g_main_context_iteration (NULL, FALSE);
    }
  gtk_adjustment_set_value (viewer->scroll, 1500);
  wait_until (viewer, shows, "first 1500 ");
  g_assert_false (shows (viewer, "first 1499 "));
  g_test_message ("resident: %.1f MB more", (resident_bytes () - before) / 1e6);
  g_assert_cmpint (resident_bytes () - before, <, 100 << 20);
  close_viewer (viewer, 0);
}

/* A log that has been gone through already is followed from its end on, also if nothing comes. */
static void
test_follow_late (gconstpointer application)
{
  LogViewer *viewer = open_viewer ((gpointer) application, "first 0");

  wait_until (viewer, is_indexed, NULL);
  gtk_toggle_button_set_active (viewer->follow, TRUE);
  wait_until (viewer, shows, "last 1999 ");
  close_viewer (viewer, 0);
}

static void
test_follow (gconstpointer application)
{
  LogViewer *viewer = open_viewer ((gpointer) application, "first 0");

  gtk_toggle_button_set_active (viewer->follow, TRUE);
  wait_until (viewer, is_indexed, NULL);
  wait_until (viewer, shows, "last 1999 ");
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *name = g_strdup_printf ("news %u", i), *shown = g_strdup_printf ("news %u 9 ", i);

      write_lines (lseek (fd, 0, SEEK_END), name, 10);
      wait_until (viewer, shows, shown);
    }
  close_viewer (viewer, 0);
}

static void
test_find (gconstpointer application)
{
  LogViewer *viewer = open_viewer ((gpointer) application, "first 0");

  gtk_editable_set_text (viewer->search, "m"); /* typed letter by letter: each search ends the one before */
  gtk_editable_set_text (viewer->search, "middle 7");
  gtk_editable_set_text (viewer->search, "middle 77 ");
  wait_until (viewer, shows, "middle 77 ");
  g_assert_true (g_str_has_prefix (gtk_label_get_text (viewer->page), "middle 77 "));
  gtk_editable_set_text (viewer->search, "nowhere");
  wait_until (viewer, says, "Not found");
  gtk_editable_set_text (viewer->search, "last 1");
  wait_until (viewer, shows, "last 1 ");
  g_signal_emit_by_name (viewer->search, "activate");
  wait_until (viewer, shows, "last 33 ");
  g_assert_false (shows (viewer, "last 1 "));
  gtk_editable_set_text (viewer->search, "never waited for"); /* closed meanwhile */
  close_viewer (viewer, 0);
}

/* A search goes through the log beside the index, and may be ahead of it: as if that had come to line 4,096 only. */
static void
test_find_ahead (gconstpointer application)
{
  LogViewer *viewer = open_viewer ((gpointer) application, "first 0");

  wait_until (viewer, is_indexed, NULL);
  viewer->n_lines = 4096;
  g_array_set_size (viewer->marks, 4);
  gtk_adjustment_set_upper (viewer->scroll, viewer->n_lines);
  gtk_editable_set_text (viewer->search, "middle 77 ");
  wait_until (viewer, shows, "middle 77 ");
  g_assert_true (g_str_has_prefix (gtk_label_get_text (viewer->page), "middle 77 "));
  close_viewer (viewer, 0);
}

static void
test_cut (gconstpointer application)
{
  LogViewer *viewer = open_viewer ((gpointer) application, "first 0");

  wait_until (viewer, is_indexed, NULL);
  g_assert_cmpint (ftruncate (fd, 0), ==, 0);
  write_lines (0, "anew", 3);
  wait_until (viewer, says, "3 lines");
  wait_until (viewer, shows, "anew 2 ");
  close_viewer (viewer, 0);
}

/* A program that logs as fast as the disk takes it, from the first line that isn't there on. */
static gpointer
write_log (gpointer n_lines)
{
  g_autofree char *block = g_malloc (BLOCK_LINES * LINE_BYTES + 1);

  for (guint line = n_written; line < GPOINTER_TO_UINT (n_lines);)
    {
      for (guint i = 0; i < BLOCK_LINES; i++)
        g_snprintf (block + i * LINE_BYTES, LINE_BYTES + 1, LINE_FORMAT "\n", line++);
      g_assert_cmpint (write (fd, block, BLOCK_LINES * LINE_BYTES), ==, BLOCK_LINES * LINE_BYTES);
      n_written = line;
    }
  return NULL;
}

/* Scrolls to a line that is there already, on and on, and sees it. */
static void
look_around (LogViewer *viewer, guint n_lines)
{
  for (guint i = 1; viewer->n_lines < n_lines; i++)
    {
      guint line = (guint) viewer->n_lines / 1000 * (i * 377 % 1000);
      g_autofree char *text = g_strdup_printf ("line %08u ", line);

      gtk_adjustment_set_value (viewer->scroll, line);
      wait_until (viewer, shows, text);
    }
}

/* Real lines, all of them, while they are written. */
static void
test_grow (gconstpointer application)
{
  guint n_lines = (guint) (GROWN_BYTES / LINE_BYTES / BLOCK_LINES + 1) * BLOCK_LINES;
  g_autofree char *last = g_strdup_printf ("line %08u ", n_lines - 1), *middle = g_strdup_printf ("line %08u ", n_lines / 2);
  gint64 start_usec = g_get_monotonic_time (), before = resident_bytes ();
  GThread *writer;
  LogViewer *viewer;

  g_assert_cmpint (ftruncate (fd, 0), ==, 0);
  g_assert_cmpint (lseek (fd, 0, SEEK_SET), ==, 0);
  write_log (GUINT_TO_POINTER (BLOCK_LINES));
  viewer = open_viewer ((gpointer) application, "line 00000000 ");
  writer = g_thread_new ("log", write_log, GUINT_TO_POINTER (n_lines));
  look_around (viewer, n_lines);
  g_thread_join (writer);
  wait_until (viewer, is_indexed, NULL);
  g_assert_cmpint (viewer->n_lines, ==, n_lines);
  gtk_toggle_button_set_active (viewer->follow, TRUE);
  wait_until (viewer, shows, last);
  gtk_toggle_button_set_active (viewer->follow, FALSE);
  gtk_adjustment_set_value (viewer->scroll, 0);
  gtk_editable_set_text (viewer->search, middle);
  wait_until (viewer, shows, middle);
  g_test_message ("%.1f s, resident: %.1f MB more", (g_get_monotonic_time () - start_usec) / 1e6,
                  (resident_bytes () - before) / 1e6);
  g_assert_cmpint (resident_bytes () - before, <, 100 << 20);
  close_viewer (viewer, 3);
}

/* Whether so much can be kept there, without pushing anybody else out of the memory. */
static gboolean
has_room_in_memory (const char *folder)
{
  struct statfs info;
  struct sysinfo machine;

  return folder != NULL && statfs (folder, &info) == 0 && info.f_type == TMPFS_MAGIC
         && (gint64) info.f_bavail * info.f_bsize > 2 * SIZE_BYTES && sysinfo (&machine) == 0
         && (gint64) machine.totalram * machine.mem_unit > 6 * SIZE_BYTES;
}

static void
open_log (void)
{
  const char *memory = g_getenv ("THAW_TEST_SHM");

  on_disk = !has_room_in_memory (memory);
  if (on_disk)
    g_test_message ("on a disk: longer turns are allowed, one in five hundred");
  path = g_build_filename (on_disk ? g_get_tmp_dir () : memory, "thaw-log-XXXXXX", NULL);
  fd = g_mkstemp (path);
  g_assert_cmpint (fd, >=, 0);
}

int
main (int argc, char **argv)
{
  g_autoptr (GtkApplication) application = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  adw_init ();
  application = GTK_APPLICATION (adw_application_new ("org.thaw.test.LogViewer", G_APPLICATION_NON_UNIQUE));
  g_assert_true (g_application_register (G_APPLICATION (application), NULL, NULL));
  open_log ();
  write_lines (0, "first", 3000);
  write_lines (MIDDLE_BYTES, "middle", 100);
  write_lines (SIZE_BYTES, "last", 2000);
  turns_install (NULL);
  g_test_add_data_func ("/log-viewer/scroll", application, test_scroll);
  g_test_add_data_func ("/log-viewer/follow-late", application, test_follow_late);
  g_test_add_data_func ("/log-viewer/follow", application, test_follow);
  g_test_add_data_func ("/log-viewer/find", application, test_find);
  g_test_add_data_func ("/log-viewer/find-ahead", application, test_find_ahead);
  g_test_add_data_func ("/log-viewer/cut", application, test_cut);
  g_test_add_data_func ("/log-viewer/grow", application, test_grow);
  status = g_test_run ();
  g_unlink (path);
  return status;
}
