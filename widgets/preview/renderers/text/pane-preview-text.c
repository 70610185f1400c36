/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text and code: the beginning of it, as much as one looks at. It is read on the file's lane; the
 * pool of processors makes it valid text of lines that a text view can lay out (one of a megabyte
 * would stop the loop for seconds); the loop puts it into the view piece by piece, a frame in
 * between. */

#define GETTEXT_PACKAGE "thaw"
#include "pane-preview-colours-private.h"
#include "pane-preview-page.h"
#include "pane-preview-renderer.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_BYTES (1024 * 1024)
#define JUDGED_BYTES 4096
#define MAX_LINE_BYTES 2000
#define PIECE_BYTES (24 * 1024) /* what a text view takes in some three milliseconds */

PanePreviewRenderer *pane_preview_text_renderer_new (void); /* for the registry's table */

/* The widget */

#define PANE_TYPE_PREVIEW_TEXT_PAGE (pane_preview_text_page_get_type ())
G_DECLARE_FINAL_TYPE (PanePreviewTextPage,
                      pane_preview_text_page,
                      PANE,
                      PREVIEW_TEXT_PAGE,
                      PanePreviewPage)

struct _PanePreviewTextPage {
  PanePreviewPage parent_instance;

  GtkWidget *scrolled;
  GtkTextBuffer *buffer;
  char *text;
  gsize at, n_bytes;
  guint tick;
};

G_DEFINE_FINAL_TYPE (PanePreviewTextPage, pane_preview_text_page, PANE_TYPE_PREVIEW_PAGE)

/* Ends between two lines, which are short. */
static gsize
find_piece (PanePreviewTextPage *self)
{
  gsize left = self->n_bytes - self->at;
  const char *end;

  if (left <= PIECE_BYTES)
    return left;
  end = memchr (self->text + self->at + PIECE_BYTES - 1, '\n', left - PIECE_BYTES + 1);
  return end != NULL ? (gsize) (end + 1 - self->text) - self->at : left;
}

static gboolean
put_piece (PanePreviewTextPage *self)
{
  gsize n = find_piece (self);
  GtkTextIter end;

  gtk_text_buffer_get_end_iter (self->buffer, &end);
  gtk_text_buffer_insert (self->buffer, &end, self->text + self->at, (int) n);
  self->at += n;
  return self->at < self->n_bytes;
}

static gboolean
tick_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer unused)
{
  PanePreviewTextPage *self = PANE_PREVIEW_TEXT_PAGE (widget);

  if (put_piece (self))
    return G_SOURCE_CONTINUE;
  self->tick = 0;
  g_clear_pointer (&self->text, g_free);
  return G_SOURCE_REMOVE;
}

static void
pane_preview_text_page_dispose (GObject *object)
{
  PanePreviewTextPage *self = PANE_PREVIEW_TEXT_PAGE (object);

  if (self->tick != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->tick);
  self->tick = 0;
  g_clear_pointer (&self->scrolled, gtk_widget_unparent);
  G_OBJECT_CLASS (pane_preview_text_page_parent_class)->dispose (object);
}

static void
pane_preview_text_page_finalize (GObject *object)
{
  PanePreviewTextPage *self = PANE_PREVIEW_TEXT_PAGE (object);

  g_free (self->text);
  G_OBJECT_CLASS (pane_preview_text_page_parent_class)->finalize (object);
}

static void
pane_preview_text_page_class_init (PanePreviewTextPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = pane_preview_text_page_dispose;
  object_class->finalize = pane_preview_text_page_finalize;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
pane_preview_text_page_init (PanePreviewTextPage *self)
{
  self->scrolled = gtk_scrolled_window_new ();
  gtk_widget_set_parent (self->scrolled, GTK_WIDGET (self));
}

static void
set_up_view (GtkTextView *view, const char *name)
{
  gtk_text_view_set_editable (view, FALSE);
  gtk_text_view_set_cursor_visible (view, FALSE);
  gtk_text_view_set_monospace (view, TRUE);
  gtk_text_view_set_wrap_mode (view, GTK_WRAP_WORD_CHAR);
  gtk_text_view_set_left_margin (view, 12);
  gtk_text_view_set_right_margin (view, 12);
  gtk_text_view_set_top_margin (view, 12);
  gtk_text_view_set_bottom_margin (view, 12);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

/* Takes @text. */
static GtkWidget *
make_page (const char *language_id, const char *name, char *text, gsize n_bytes, const char *status)
{
  PanePreviewTextPage *self = g_object_new (PANE_TYPE_PREVIEW_TEXT_PAGE, NULL);
  GtkWidget *view = pane_preview_colours_make_view (language_id);

  set_up_view (GTK_TEXT_VIEW (view), name);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scrolled), view);
  self->buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (view));
  self->text = text;
  self->n_bytes = n_bytes;
  pane_preview_page_set_status (PANE_PREVIEW_PAGE (self), status);
  if (put_piece (self))
    self->tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), tick_cb, NULL, NULL);
  return GTK_WIDGET (self);
}

/* Making text of bytes, on the pool */

typedef struct {
  PanePreviewItem *item;
  ThawScope *scope;
  const char *language_id;
  GBytes *bytes;
  char *text;
  gsize n_text;
} Reading;

static void
reading_clear (gpointer data)
{
  Reading *reading = data;

  g_object_unref (reading->item);
  thaw_scope_unref (reading->scope);
  g_clear_pointer (&reading->bytes, g_bytes_unref);
  g_free (reading->text);
}

static void
reading_release (gpointer data)
{
  g_atomic_rc_box_release_full (data, reading_clear);
}

/* Whether it is UTF-8, but for a character that the end may have cut. */
static gboolean
is_utf8 (const char *bytes, gsize n, gboolean is_cut)
{
  const char *end;

  return g_utf8_validate_len (bytes, n, &end) || (is_cut && (gsize) (end - bytes) + 4 > n);
}

/* A file that isn't UTF-8 where it begins is in an older encoding; one that is may be damaged
 * further on. */
static char *
convert (const char *bytes, gsize n)
{
  const guint8 *start = (const guint8 *) bytes;
  const char *encoding = NULL;

  if (n >= 2 && ((start[0] == 0xff && start[1] == 0xfe) || (start[0] == 0xfe && start[1] == 0xff)))
    encoding = "UTF-16";
  else if (!is_utf8 (bytes, MIN (n, JUDGED_BYTES), n > JUDGED_BYTES || n == MAX_BYTES))
    encoding = "ISO-8859-1";
  if (encoding == NULL)
    return g_utf8_make_valid (bytes, (gssize) n);
  return g_convert_with_fallback (bytes,
                                  (gssize) n,
                                  "UTF-8",
                                  encoding,
                                  "\xef\xbf\xbd",
                                  NULL,
                                  NULL,
                                  NULL);
}

/* Lines that are too long end early; of control characters only tabs stay. */
static char *
cut_lines (const char *text, gsize *n_bytes)
{
  GString *cut = g_string_sized_new (strlen (text) + 1);
  const char *line = text;

  while (*line != '\0')
    {
      gsize n = strcspn (line, "\n");
      gsize kept = n > 0 && line[n - 1] == '\r' ? n - 1 : n;

      if (kept <= MAX_LINE_BYTES)
        g_string_append_len (cut, line, (gssize) kept);
      else
        {
          const char *end = g_utf8_find_prev_char (line, line + MAX_LINE_BYTES);

          g_string_append_len (cut, line, end - line);
          g_string_append (cut, " …");
        }
      line += n;
      if (*line == '\n')
        {
          g_string_append_c (cut, '\n');
          line++;
        }
    }
  *n_bytes = cut->len;
  return g_string_free (cut, FALSE);
}

static gboolean
make_text_job (ThawJob *job, gpointer data, GError **error)
{
  Reading *reading = data;
  gsize n;
  const char *bytes = g_bytes_get_data (reading->bytes, &n);
  g_autofree char *text = n > 0 ? convert (bytes, n) : g_strdup ("");

  reading->text = cut_lines (text != NULL ? text : "", &reading->n_text);
  return TRUE;
}

/* One step after the other */

static char *
dup_status (Reading *reading)
{
  g_autofree char *size = g_format_size ((guint64) pane_preview_item_get_size (reading->item));

  if (pane_preview_item_get_size (reading->item) <= MAX_BYTES)
    return g_steal_pointer (&size);
  /* Translators: of a file this large only the beginning is shown */
  return g_strdup_printf (_ ("Beginning of %s"), size);
}

static ThawFuture *
made_text (ThawFuture *completed, gpointer user_data)
{
  Reading *reading = user_data;
  const GError *error = thaw_future_get_error (completed);
  g_autofree char *status = NULL;
  ThawFuture *future;

  if (error != NULL)
    return thaw_future_new_rejected (g_error_copy (error));
  status = dup_status (reading);
  future = thaw_future_new ("text");
  thaw_future_resolve_object (
      future,
      g_object_ref_sink (make_page (reading->language_id,
                                    pane_preview_item_get_name (reading->item),
                                    g_steal_pointer (&reading->text),
                                    reading->n_text,
                                    status)));
  return future;
}

static ThawFuture *
prepared (ThawFuture *completed, gpointer user_data)
{
  Reading *reading = user_data;
  g_autoptr (ThawFuture) made = NULL;

  reading->language_id = thaw_future_get_pointer (completed, NULL);
  if (reading->language_id == NULL)
    reading->language_id = "";
  made = thaw_scope_compute (reading->scope,
                             "make text",
                             THAW_PRIORITY_HIGH,
                             make_text_job,
                             g_atomic_rc_box_acquire (reading),
                             reading_release);
  return thaw_future_then (made,
                           reading->scope,
                           made_text,
                           g_atomic_rc_box_acquire (reading),
                           reading_release);
}

static ThawFuture *
was_read (ThawFuture *completed, gpointer user_data)
{
  Reading *reading = user_data;
  g_autofree char *name = g_file_get_basename (pane_preview_item_get_file (reading->item));
  g_autoptr (ThawFuture) ready = NULL;
  GError *error = NULL;

  reading->bytes = thaw_future_take_pointer (completed, &error);
  if (reading->bytes == NULL)
    return thaw_future_new_rejected (error);
  ready = pane_preview_colours_prepare (reading->scope,
                                        name,
                                        pane_preview_item_get_content_type (reading->item));
  return thaw_future_then (ready,
                           reading->scope,
                           prepared,
                           g_atomic_rc_box_acquire (reading),
                           reading_release);
}

/* The renderer */

G_DECLARE_FINAL_TYPE (PanePreviewText, pane_preview_text, PANE, PREVIEW_TEXT, PanePreviewRenderer)

struct _PanePreviewText {
  PanePreviewRenderer parent_instance;
};

G_DEFINE_FINAL_TYPE (PanePreviewText, pane_preview_text, PANE_TYPE_PREVIEW_RENDERER)

static int
pane_preview_text_rate (PanePreviewRenderer *self, PanePreviewItem *item)
{
  ThawOpenFile *open = pane_preview_item_get_open_file (item);

  return open != NULL && thaw_open_file_is_text (open) ? PANE_PREVIEW_RATE_POSSIBLE
                                                       : PANE_PREVIEW_RATE_NEVER;
}

static ThawFuture *
pane_preview_text_render (PanePreviewRenderer *self, PanePreviewItem *item, ThawScope *scope)
{
  Reading *reading = g_atomic_rc_box_new0 (Reading);
  g_autoptr (ThawFuture) bytes = thaw_open_file_read (pane_preview_item_get_open_file (item),
                                                      scope,
                                                      THAW_PRIORITY_HIGH,
                                                      0,
                                                      MAX_BYTES);

  reading->item = g_object_ref (item);
  reading->scope = thaw_scope_ref (scope);
  return thaw_future_then (bytes, scope, was_read, reading, reading_release);
}

static void
pane_preview_text_class_init (PanePreviewTextClass *klass)
{
  PANE_PREVIEW_RENDERER_CLASS (klass)->rate = pane_preview_text_rate;
  PANE_PREVIEW_RENDERER_CLASS (klass)->render = pane_preview_text_render;
}

static void
pane_preview_text_init (PanePreviewText *self)
{
}

PanePreviewRenderer *
pane_preview_text_renderer_new (void)
{
  return g_object_new (pane_preview_text_get_type (), "id", "text", NULL);
}
