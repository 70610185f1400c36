/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A log of any size, open at once: scroll anywhere, follow its end, find as you type. The window keeps the offset of every
 * 1,024th line and the text of one page, nothing else. All reading is done by walk_lane(), on the lane of the log's mount, a
 * megabyte at a time: the index in parts, so that lines can be scrolled to as they are found; a page; a search. A new page or
 * search cancels the one before; closing the window cancels everything. */
#include "log-viewer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define LINES_PER_MARK 1024
#define CHUNK_BYTES (1 << 20)
#define LINE_BYTES 65536 /* a line that is longer counts as several */
#define PART_BYTES (64 << 20)
#define SHOWN_BYTES 160

typedef struct _Walk Walk;
typedef gboolean (*LineFunc) (Walk *self, const char *line, gsize n_bytes); /* FALSE: enough */

/* Goes from line to line; what it has gathered on its way is the result. */
struct _Walk {
  LineFunc func;
  gint64 offset, line;      /* where it is */
  gint64 first, last, stop; /* lines that are wanted; where a part of the index ends */
  char *path, *what;
  GArray *marks;
  GString *text;
  gboolean is_found, was_cut;
};

static void
walk_clear (gpointer data)
{
  Walk *self = data;

  g_free (self->path);
  g_free (self->what);
  g_array_unref (self->marks);
  g_string_free (self->text, TRUE);
}

static void
walk_unref (gpointer self)
{
  g_atomic_rc_box_release_full (self, walk_clear);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Walk, walk_unref)

static gboolean
index_line (Walk *self, const char *line, gsize n_bytes)
{
  if (self->line % LINES_PER_MARK == 0)
    g_array_append_val (self->marks, self->offset);
  return self->offset < self->stop;
}

static gboolean
page_line (Walk *self, const char *line, gsize n_bytes)
{
  g_autofree char *valid = NULL;

  if (self->line < self->first)
    return TRUE;
  valid = g_utf8_make_valid (line, strcspn (line, "\r\n")); /* the chunk ends with a NUL */
  g_string_append_printf (self->text, "%.*s\n", SHOWN_BYTES, valid);
  return self->line + 1 < self->last;
}

static gboolean
find_line (Walk *self, const char *line, gsize n_bytes)
{
  self->is_found = self->line >= self->first && memmem (line, n_bytes, self->what, strlen (self->what)) != NULL;
  return !self->is_found;
}

/* FALSE: enough. Stops before the last line, which is read again with the next chunk, or when it has grown. */
static gboolean
walk_chunk (Walk *self, const char *chunk, gsize n_bytes)
{
  for (gsize done = 0, length; done < n_bytes; done += length, self->offset += length, self->line++)
    {
      gsize left = MIN (n_bytes - done, LINE_BYTES);
      const char *feed = memchr (chunk + done, '\n', left);

      if (feed == NULL && left < LINE_BYTES)
        break;
      length = feed != NULL ? (gsize) (feed + 1 - chunk) - done : left;
      if (!self->func (self, chunk + done, length))
        return FALSE;
    }
  return n_bytes == CHUNK_BYTES;
}

static gboolean
walk_lane (ThawJob *job, gpointer data, GError **error)
{
  Walk *self = data;
  g_autofree char *chunk = g_malloc0 (CHUNK_BYTES + 1);
  int fd = open (self->path, O_RDONLY | O_CLOEXEC);
  gssize n = fd;
  gboolean goes_on = fd >= 0;

  self->was_cut = goes_on && lseek (fd, 0, SEEK_END) < self->offset;
  if (self->was_cut)
    self->offset = self->line = 0;
  while (goes_on && !thaw_job_is_cancelled (job) && (n = pread (fd, chunk, CHUNK_BYTES, self->offset)) > 0)
    {
      goes_on = walk_chunk (self, chunk, n);
      thaw_job_beat (job);
    }
  if (n < 0)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", self->path, g_strerror (errno));
  else
    thaw_job_return_pointer (job, g_atomic_rc_box_acquire (self), walk_unref);
  if (fd >= 0)
    close (fd);
  return n >= 0;
}

/* From here on: the loop. */
static ThawFuture *
walk (LogViewer *self, const char *name, LineFunc func, gint64 first, gint64 n_wanted)
{
  gint64 mark = CLAMP (first / LINES_PER_MARK, 0, MAX ((gint64) self->marks->len - 1, 0));
  Walk *work = g_atomic_rc_box_new0 (Walk);

  *work = (Walk){ .func = func, .first = first, .last = first + n_wanted, .line = mark * LINES_PER_MARK };
  work->offset = mark > 0 ? g_array_index (self->marks, gint64, mark) : 0;
  if (func == index_line)
    *work = (Walk){ .func = func, .line = self->n_lines, .offset = self->end, .stop = self->end + PART_BYTES };
  work->path = g_strdup (gtk_window_get_title (self->window));
  work->what = g_strdup (gtk_editable_get_text (self->search));
  work->marks = g_array_new (FALSE, FALSE, sizeof (gint64));
  work->text = g_string_new (NULL);
  return thaw_lane_run (self->lane, self->scope, name,
                        func == page_line ? THAW_PRIORITY_HIGH : THAW_PRIORITY_DEFAULT, -1, walk_lane, work, walk_unref);
}

/* Nothing is said of what was cancelled: there is something newer. */
static Walk *
take (LogViewer *self, ThawFuture *completed)
{
  g_autoptr (GError) error = NULL;
  Walk *work = thaw_future_take_pointer (completed, &error);

  if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    gtk_label_set_text (self->status, error->message);
  return work;
}

static void
replace (LogViewer *self, ThawFuture **current, ThawFuture *newer, ThawDoneFunc done)
{
  if (*current != NULL)
    thaw_future_cancel (*current);
  g_clear_pointer (current, thaw_future_unref);
  *current = newer;
  thaw_future_done (newer, self->scope, done, self, NULL);
}

static void
paged_cb (ThawFuture *completed, gpointer user_data)
{
  LogViewer *self = user_data;
  g_autoptr (Walk) page = take (self, completed);
  const char *text = page != NULL ? page->text->str : NULL, *what = gtk_editable_get_text (self->search), *at;

  if (page == NULL)
    return;
  gtk_label_set_text (self->page, text);
  if (*what != '\0' && (at = strstr (text, what)) != NULL)
    gtk_label_select_region (self->page, g_utf8_pointer_to_offset (text, at), g_utf8_pointer_to_offset (text, at + strlen (what)));
}

static void
show_page (LogViewer *self)
{
  gint64 first = gtk_adjustment_get_value (self->scroll), n_lines = gtk_adjustment_get_page_size (self->scroll);

  replace (self, &self->paging, walk (self, "page", page_line, first, n_lines), paged_cb);
}

static void
add_part (LogViewer *self, Walk *part)
{
  gint64 n_shown = gtk_adjustment_get_page_size (self->scroll), first = gtk_adjustment_get_value (self->scroll);
  gboolean is_short = first + n_shown > self->n_lines || part->was_cut;
  g_autofree char *status = g_strdup_printf ("%'" G_GINT64_FORMAT " lines", part->line);

  if (part->was_cut)
    g_array_set_size (self->marks, 0);
  g_array_append_vals (self->marks, part->marks->data, part->marks->len);
  self->end = part->offset;
  self->n_lines = part->line;
  gtk_label_set_text (self->status, status);
  if (gtk_toggle_button_get_active (self->follow))
    first = self->n_lines;
  gtk_adjustment_configure (self->scroll, first, 0, self->n_lines, 3, n_shown, n_shown);
  if (is_short)
    show_page (self);
}

/* Part after part to the end of the log, and again when it has changed. */
static ThawFuture *
index_fiber (gpointer user_data)
{
  LogViewer *self = user_data;
  g_autoptr (Walk) part = NULL;

  do
    {
      g_autoptr (ThawFuture) change = thaw_future_new ("change"), indexed = walk (self, "index", index_line, 0, 0);

      self->change = change;
      g_clear_pointer (&part, walk_unref);
      if (thaw_await (thaw_future_ref (indexed), NULL) && (part = take (self, indexed)) != NULL)
        add_part (self, part);
      if (part != NULL && part->offset < part->stop && !thaw_await (thaw_future_ref (change), NULL))
        break;
      self->change = NULL;
    }
  while (part != NULL);
  return thaw_future_new_resolved ();
}

static void
changed (gpointer message, gpointer user_data)
{
  LogViewer *self = user_data;

  thaw_file_change_free (message);
  if (self->change != NULL)
    thaw_future_resolve (self->change);
}

static void
found_cb (ThawFuture *completed, gpointer user_data)
{
  LogViewer *self = user_data;
  g_autoptr (Walk) work = take (self, completed);

  if (work != NULL && work->is_found)
    gtk_adjustment_set_value (self->scroll, work->line);
  else if (work != NULL && *work->what != '\0')
    gtk_label_set_text (self->status, "Not found");
  show_page (self);
}

/* From the line at the top on, or, at Enter, from the one below it. */
static void
find (LogViewer *self)
{
  gtk_toggle_button_set_active (self->follow, FALSE);
  replace (self, &self->finding, walk (self, "find", find_line, gtk_adjustment_get_value (self->scroll), 0), found_cb);
}

static void
find_next (LogViewer *self)
{
  replace (self, &self->finding, walk (self, "find", find_line, gtk_adjustment_get_value (self->scroll) + 1, 0), found_cb);
}

static void
turn_wheel (LogViewer *self, double dx, double dy)
{
  gtk_adjustment_set_value (self->scroll, gtk_adjustment_get_value (self->scroll) + 3 * dy);
}

/* A page has as many lines as there is room for. */
static void
resize (LogViewer *self, GParamSpec *property, GtkAdjustment *pixels)
{
  g_autoptr (PangoLayout) line = gtk_widget_create_pango_layout (GTK_WIDGET (self->page), "X");
  int height;

  pango_layout_get_pixel_size (line, NULL, &height);
  gtk_adjustment_set_page_size (self->scroll, MAX (1, (int) gtk_adjustment_get_page_size (pixels) / height));
  show_page (self);
}

static void
log_viewer_free (gpointer data)
{
  LogViewer *self = data;

  g_clear_pointer (&self->paging, thaw_future_unref);
  g_clear_pointer (&self->finding, thaw_future_unref);
  thaw_scope_unref (self->scope);
  thaw_lane_unref (self->lane);
  g_array_unref (self->marks);
  g_free (self);
}

LogViewer *
log_viewer_new (GtkApplication *application, const char *path)
{
  LogViewer *self = g_new0 (LogViewer, 1);
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource ("/org/thaw/LogViewer/log-viewer.ui");
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (ThawMailbox) changes = NULL;

#define CHILD(name) ((gpointer) gtk_builder_get_object (builder, name))
  *self = (LogViewer){ .window = CHILD ("window"), .page = CHILD ("page"), .status = CHILD ("status"),
                       .scroll = CHILD ("scroll"), .follow = CHILD ("follow"), .search = CHILD ("search") };
  gtk_window_set_application (self->window, application);
  gtk_window_set_title (self->window, path);
  g_object_set_data_full (G_OBJECT (self->window), "log-viewer", self, log_viewer_free);
  self->marks = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->lane = thaw_lane_for_path (path);
  self->scope = thaw_scope_new_for_owner ("window", G_OBJECT (self->window), NULL);
  changes = thaw_mailbox_new ("changes", NULL, G_OBJECT (self->window), 16, changed, self,
                              (GDestroyNotify) thaw_file_change_free);
  thaw_future_disown (thaw_file_watch (self->scope, file, changes));
  thaw_future_disown (thaw_scope_spawn (self->scope, "index", index_fiber, self, NULL));
  g_signal_connect_swapped (self->search, "search-changed", G_CALLBACK (find), self);
  g_signal_connect_swapped (self->search, "activate", G_CALLBACK (find_next), self);
  g_signal_connect_swapped (self->scroll, "value-changed", G_CALLBACK (show_page), self);
  g_signal_connect_swapped (CHILD ("wheel"), "scroll", G_CALLBACK (turn_wheel), self);
  g_signal_connect_swapped (gtk_scrolled_window_get_vadjustment (CHILD ("pane")), "notify::page-size",
                            G_CALLBACK (resize), self);
  gtk_window_present (self->window);
  return self;
}
