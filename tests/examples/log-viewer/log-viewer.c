/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A log of any size, open at once: scroll anywhere, follow its end, find as you type. The window keeps the offset of every
 * 1,024th line and the text of one page, nothing else. All reading is done by thaw_file_scan_lines(), on the lane of the log's
 * mount: the index in parts, so that lines can be scrolled to as they are found; a page; a search. A new page or search
 * cancels the one before; closing the window cancels everything. */
#include "log-viewer.h"

#include <string.h>

#define LINES_PER_MARK 1024
#define PART_BYTES (64 << 20)
#define SHOWN_BYTES 160

/* Goes from line to line; what it has gathered on its way is the loop's when it is over. */
typedef struct {
  LogViewer *viewer;        /* the loop's */
  gint64 line;              /* where it is */
  gint64 first, last, stop; /* lines that are wanted; where a part of the index ends */
  gboolean is_found;
  char *what;
  GArray *marks;
  GString *text;
} Walk;

static void
walk_clear (gpointer data)
{
  Walk *self = data;

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

/* These three: the lane. FALSE: enough. */
static gboolean
index_line (const char *line, gsize n_bytes, goffset offset, gpointer data)
{
  Walk *self = data;

  if (offset >= self->stop)
    return FALSE;
  if (self->line % LINES_PER_MARK == 0)
    g_array_append_val (self->marks, offset);
  self->line++;
  return TRUE;
}

static gboolean
page_line (const char *line, gsize n_bytes, goffset offset, gpointer data)
{
  Walk *self = data;
  g_autofree char *valid = NULL;

  if (self->line++ < self->first)
    return TRUE;
  valid = g_utf8_make_valid (line, MIN (n_bytes, SHOWN_BYTES));
  g_string_append_printf (self->text, "%s\n", g_strchomp (valid));
  return self->line < self->last;
}

static gboolean
find_line (const char *line, gsize n_bytes, goffset offset, gpointer data)
{
  Walk *self = data;

  self->is_found = self->line >= self->first && memmem (line, n_bytes, self->what, strlen (self->what)) != NULL;
  return !self->is_found && ++self->line;
}

/* From here on: the loop. */
static Walk *
walk_new (LogViewer *viewer, gint64 first)
{
  Walk *self = g_atomic_rc_box_new0 (Walk);

  *self = (Walk){ .viewer = viewer, .first = first, .last = first + gtk_adjustment_get_page_size (viewer->scroll) };
  self->what = g_strdup (gtk_editable_get_text (viewer->search));
  self->marks = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->text = g_string_new (NULL);
  return self;
}

/* Nothing is said of what was cancelled: there is something newer. */
static gboolean
is_good (LogViewer *self, ThawFuture *completed)
{
  const GError *error = thaw_future_get_error (completed);

  if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    gtk_label_set_text (self->status, error->message);
  return thaw_future_get_state (completed) == THAW_FUTURE_RESOLVED;
}

/* Walks from the mark before @first on, instead of what goes on in @current. */
static void
replace (LogViewer *self, ThawFuture **current, ThawPriority priority, ThawLineFunc func, gint64 first, ThawDoneFunc done)
{
  gint64 mark = CLAMP (first / LINES_PER_MARK, 0, MAX ((gint64) self->marks->len - 1, 0));
  gint64 offset = mark > 0 ? g_array_index (self->marks, gint64, mark) : 0;
  Walk *walk = walk_new (self, first);

  walk->line = mark * LINES_PER_MARK;
  if (*current != NULL)
    thaw_future_cancel (*current);
  g_clear_pointer (current, thaw_future_unref);
  *current = thaw_file_scan_lines (self->scope, self->file, offset, priority, func, g_atomic_rc_box_acquire (walk), walk_unref);
  thaw_future_done (*current, self->scope, done, walk, walk_unref);
}

static void
paged_cb (ThawFuture *completed, gpointer user_data)
{
  Walk *page = user_data;
  LogViewer *self = page->viewer;
  const char *text = page->text->str, *what = gtk_editable_get_text (self->search), *at;

  if (!is_good (self, completed))
    return;
  gtk_label_set_text (self->page, text);
  if (*what != '\0' && (at = strstr (text, what)) != NULL)
    gtk_label_select_region (self->page, g_utf8_pointer_to_offset (text, at), g_utf8_pointer_to_offset (text, at + strlen (what)));
}

static void
show_page (LogViewer *self)
{
  replace (self, &self->paging, THAW_PRIORITY_HIGH, page_line, gtk_adjustment_get_value (self->scroll), paged_cb);
}

static void
add_part (LogViewer *self, Walk *part, gint64 end)
{
  gint64 n_shown = gtk_adjustment_get_page_size (self->scroll), first = gtk_adjustment_get_value (self->scroll);
  gboolean is_cut = part->line < self->n_lines, is_short = first + n_shown > self->n_lines || is_cut;
  gint64 upper = is_cut ? part->line : MAX (part->line, first + n_shown); /* a search may be ahead: see found_cb() */
  g_autofree char *status = g_strdup_printf ("%'" G_GINT64_FORMAT " lines", part->line);

  g_array_append_vals (self->marks, part->marks->data, part->marks->len);
  self->end = end;
  self->n_lines = part->line;
  gtk_label_set_text (self->status, status);
  if (gtk_toggle_button_get_active (self->follow))
    first = self->n_lines;
  gtk_adjustment_configure (self->scroll, first, 0, upper, 3, n_shown, n_shown);
  if (is_short)
    show_page (self);
}

/* FALSE: it failed, or the window goes. A log that was cut is begun anew. */
static gboolean
index_part (LogViewer *self)
{
  g_autoptr (Walk) part = walk_new (self, 0);
  g_autoptr (ThawFuture) indexed = NULL;
  gint64 end;

  part->line = self->n_lines;
  part->stop = self->end + PART_BYTES;
  indexed = thaw_file_scan_lines (self->scope, self->file, self->end, THAW_PRIORITY_DEFAULT, index_line,
                                  g_atomic_rc_box_acquire (part), walk_unref);
  thaw_await (thaw_future_ref (indexed), NULL);
  if (!is_good (self, indexed))
    return FALSE;
  end = thaw_future_get_int64 (indexed, NULL);
  if (end < self->end)
    {
      g_array_set_size (self->marks, 0);
      end = part->line = 0;
    }
  add_part (self, part, end);
  return TRUE;
}

/* Part after part to the end of the log, and again when it has changed. */
static ThawFuture *
index_fiber (gpointer user_data)
{
  LogViewer *self = user_data;
  gboolean goes_on = TRUE;

  while (goes_on)
    {
      g_autoptr (ThawFuture) change = thaw_future_new ("change");
      gint64 before = self->end;

      self->change = change;
      goes_on = index_part (self)
                && (self->end < before || self->end >= before + PART_BYTES || thaw_await (thaw_future_ref (change), NULL));
      self->change = NULL;
    }
  return thaw_future_new_resolved ();
}

/* To the end at once, not when the log grows next. */
static void
follow (LogViewer *self)
{
  if (gtk_toggle_button_get_active (self->follow))
    gtk_adjustment_set_value (self->scroll, self->n_lines);
}

static void
look_again (LogViewer *self)
{
  if (self->change != NULL)
    thaw_future_resolve (self->change);
}

static void
changed (gpointer message, gpointer user_data)
{
  thaw_file_change_free (message);
  look_again (user_data);
}

/* What was written before that has been told to nobody. */
static void
watching_cb (ThawFuture *completed, gpointer user_data)
{
  if (is_good (user_data, completed))
    look_again (user_data);
}

/* The index may not have come so far yet. */
static void
found_cb (ThawFuture *completed, gpointer user_data)
{
  Walk *walk = user_data;
  LogViewer *self = walk->viewer;

  if (is_good (self, completed) && walk->is_found)
    {
      if (walk->line >= self->n_lines)
        gtk_adjustment_set_upper (self->scroll, walk->line + gtk_adjustment_get_page_size (self->scroll));
      gtk_adjustment_set_value (self->scroll, walk->line);
    }
  else if (thaw_future_get_error (completed) == NULL && *walk->what != '\0')
    gtk_label_set_text (self->status, "Not found");
  show_page (self);
}

/* From the line at the top on, or, at Enter, from the one below it. */
static void
find (LogViewer *self)
{
  gtk_toggle_button_set_active (self->follow, FALSE);
  replace (self, &self->finding, THAW_PRIORITY_DEFAULT, find_line, gtk_adjustment_get_value (self->scroll), found_cb);
}

static void
find_next (LogViewer *self)
{
  replace (self, &self->finding, THAW_PRIORITY_DEFAULT, find_line, gtk_adjustment_get_value (self->scroll) + 1, found_cb);
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
  g_object_unref (self->file);
  g_array_unref (self->marks);
  g_free (self);
}

LogViewer *
log_viewer_new (GtkApplication *application, const char *path)
{
  LogViewer *self = g_new0 (LogViewer, 1);
  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource ("/org/thaw/LogViewer/log-viewer.ui");
  g_autoptr (ThawMailbox) changes = NULL;
  g_autoptr (ThawFuture) watching = NULL;

#define CHILD(name) ((gpointer) gtk_builder_get_object (builder, name))
  *self = (LogViewer){ .window = CHILD ("window"), .page = CHILD ("page"), .status = CHILD ("status"),
                       .scroll = CHILD ("scroll"), .follow = CHILD ("follow"), .search = CHILD ("search") };
  gtk_window_set_application (self->window, application);
  gtk_window_set_title (self->window, path);
  g_object_set_data_full (G_OBJECT (self->window), "log-viewer", self, log_viewer_free);
  self->marks = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->file = g_file_new_for_path (path);
  self->scope = thaw_scope_new_for_owner ("window", G_OBJECT (self->window), NULL);
  changes = thaw_mailbox_new ("changes", NULL, G_OBJECT (self->window), 16, changed, self,
                              (GDestroyNotify) thaw_file_change_free);
  watching = thaw_file_watch (self->scope, self->file, changes);
  thaw_future_done (watching, self->scope, watching_cb, self, NULL);
  thaw_future_disown (thaw_scope_spawn (self->scope, "index", index_fiber, self, NULL));
  g_signal_connect_swapped (self->follow, "toggled", G_CALLBACK (follow), self);
  g_signal_connect_swapped (self->search, "search-changed", G_CALLBACK (find), self);
  g_signal_connect_swapped (self->search, "activate", G_CALLBACK (find_next), self);
  g_signal_connect_swapped (self->scroll, "value-changed", G_CALLBACK (show_page), self);
  g_signal_connect_swapped (CHILD ("wheel"), "scroll", G_CALLBACK (turn_wheel), self);
  g_signal_connect_swapped (gtk_scrolled_window_get_vadjustment (CHILD ("pane")), "notify::page-size",
                            G_CALLBACK (resize), self);
  gtk_window_present (self->window);
  return self;
}
