/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes of anything: where, in hexadecimal, as ASCII. Only what is in sight is read, in blocks,
 * on the file's lane, and drawn, so a file of any size is there at once. What hasn't been read yet
 * is drawn as dots. Loop's thread. */

#define GETTEXT_PACKAGE "thaw"
#include "pane-preview-page.h"
#include "pane-preview-renderer.h"
#include <glib/gi18n-lib.h>
#include <math.h>

#define BYTES_PER_ROW 16
#define BLOCK_BYTES (64 * 1024)
#define MAX_BLOCKS 24
#define MARGIN 12

PanePreviewRenderer *pane_preview_hex_renderer_new (void); /* for the registry's table */

#define PANE_TYPE_PREVIEW_HEX_PAGE (pane_preview_hex_page_get_type ())
G_DECLARE_FINAL_TYPE (PanePreviewHexPage,
                      pane_preview_hex_page,
                      PANE,
                      PREVIEW_HEX_PAGE,
                      PanePreviewPage)

struct _PanePreviewHexPage {
  PanePreviewPage parent_instance;

  GtkWidget *bar;
  GtkAdjustment *row; /* the uppermost one in sight: rows may be more than pixels can be counted */
  PangoLayout *layout;
  int row_height;
  ThawOpenFile *file;
  ThawScope *scope;
  GHashTable *blocks; /* number -> GBytes, or NULL while it is being read */
};

G_DEFINE_FINAL_TYPE (PanePreviewHexPage, pane_preview_hex_page, PANE_TYPE_PREVIEW_PAGE)

/* Blocks */

typedef struct {
  PanePreviewHexPage *page; /* outlives the reading: its scope ends with it */
  gint64 number;
} Reading;

static void
read_cb (ThawFuture *completed, gpointer user_data)
{
  Reading *reading = user_data;
  g_autoptr (GBytes) bytes = thaw_future_take_pointer (completed, NULL);

  /* What can't be read stays dots: an empty block isn't asked for again. */
  if (bytes == NULL)
    bytes = g_bytes_new_static ("", 0);
  g_hash_table_insert (reading->page->blocks,
                       g_memdup2 (&reading->number, sizeof reading->number),
                       g_steal_pointer (&bytes));
  gtk_widget_queue_draw (GTK_WIDGET (reading->page));
}

static void
release_block (gpointer bytes)
{
  if (bytes != NULL)
    g_bytes_unref (bytes);
}

static void
read_block (PanePreviewHexPage *self, gint64 number)
{
  Reading *reading = g_new (Reading, 1);
  g_autoptr (ThawFuture) future = thaw_open_file_read (self->file,
                                                       self->scope,
                                                       THAW_PRIORITY_HIGH,
                                                       number * BLOCK_BYTES,
                                                       BLOCK_BYTES);

  if (g_hash_table_size (self->blocks) >= MAX_BLOCKS)
    g_hash_table_remove_all (self->blocks);
  g_hash_table_insert (self->blocks, g_memdup2 (&number, sizeof number), NULL);
  *reading = (Reading){ self, number };
  thaw_future_done (future, self->scope, read_cb, reading, g_free);
}

/* NULL: not read yet. @n: how many there are from there on, in its block. */
static const guint8 *
get_bytes (PanePreviewHexPage *self, goffset offset, gsize *n)
{
  gint64 number = offset / BLOCK_BYTES;
  gsize at = (gsize) (offset % BLOCK_BYTES);
  gpointer found;
  const guint8 *bytes;

  if (!g_hash_table_lookup_extended (self->blocks, &number, NULL, &found))
    read_block (self, number);
  else if (found != NULL)
    {
      bytes = g_bytes_get_data (found, n);
      if (at >= *n)
        return NULL;
      *n -= at;
      return bytes + at;
    }
  return NULL;
}

/* Drawing */

static gsize
get_n_in_row (PanePreviewHexPage *self, goffset offset)
{
  return (gsize) MIN (thaw_open_file_get_size (self->file) - offset, BYTES_PER_ROW);
}

static void
append_row (PanePreviewHexPage *self, GString *text, goffset offset, int n_digits)
{
  gsize n_there = 0, n = get_n_in_row (self, offset);
  const guint8 *bytes = get_bytes (self, offset, &n_there);

  g_string_append_printf (text, "%0*" G_GINT64_MODIFIER "x  ", n_digits, (guint64) offset);
  for (gsize i = 0; i < BYTES_PER_ROW; i++)
    {
      if (i >= n)
        g_string_append (text, "   ");
      else if (bytes == NULL || i >= n_there)
        g_string_append (text, "·· ");
      else
        g_string_append_printf (text, "%02x ", bytes[i]);
      if (i == BYTES_PER_ROW / 2 - 1)
        g_string_append_c (text, ' ');
    }
  g_string_append_c (text, ' ');
  for (gsize i = 0; i < n; i++)
    if (bytes != NULL && i < n_there && g_ascii_isprint (bytes[i]))
      g_string_append_c (text, (char) bytes[i]);
    else
      g_string_append (text, "·");
  g_string_append_c (text, '\n');
}

static gint64
count_rows (PanePreviewHexPage *self)
{
  return (thaw_open_file_get_size (self->file) + BYTES_PER_ROW - 1) / BYTES_PER_ROW;
}

static void
pane_preview_hex_page_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PanePreviewHexPage *self = PANE_PREVIEW_HEX_PAGE (widget);
  gint64 first = (gint64) gtk_adjustment_get_value (self->row);
  gint64 n_rows = MIN (count_rows (self) - first,
                       gtk_widget_get_height (widget) / MAX (self->row_height, 1) + 1);
  int n_digits = thaw_open_file_get_size (self->file) > G_MAXUINT32 ? 12 : 8;
  g_autoptr (GString) text = g_string_new (NULL);
  GdkRGBA color;

  for (gint64 i = 0; i < n_rows; i++)
    append_row (self, text, (first + i) * BYTES_PER_ROW, n_digits);
  pango_layout_set_text (self->layout, text->str, (int) text->len);
  gtk_widget_get_color (widget, &color);
  gtk_snapshot_push_clip (
      snapshot,
      &GRAPHENE_RECT_INIT (0, 0, gtk_widget_get_width (widget), gtk_widget_get_height (widget)));
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (MARGIN, MARGIN / 2));
  gtk_snapshot_append_layout (snapshot, self->layout, &color);
  gtk_snapshot_restore (snapshot);
  gtk_snapshot_pop (snapshot);
  gtk_widget_snapshot_child (widget, self->bar, snapshot);
}

/* Scrolling */

static void
scroll_by (PanePreviewHexPage *self, double rows)
{
  gtk_adjustment_set_value (self->row, round (gtk_adjustment_get_value (self->row) + rows));
}

static gboolean
scroll_cb (PanePreviewHexPage *self, double dx, double dy)
{
  scroll_by (self, dy * 3);
  return GDK_EVENT_STOP;
}

static void
page_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  PanePreviewHexPage *self = PANE_PREVIEW_HEX_PAGE (widget);
  double page = MAX (gtk_adjustment_get_page_size (self->row) - 1, 1);

  scroll_by (self, g_str_equal (name, "preview.next-page") ? page : -page);
}

static void
measure_text (PanePreviewHexPage *self)
{
  g_autoptr (PangoFontDescription) font = pango_font_description_from_string ("monospace");
  PangoFontDescription *own = pango_font_description_copy (
      pango_context_get_font_description (gtk_widget_get_pango_context (GTK_WIDGET (self))));

  pango_font_description_set_family (own, pango_font_description_get_family (font));
  self->layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), "0");
  pango_layout_set_font_description (self->layout, own);
  pango_layout_get_pixel_size (self->layout, NULL, &self->row_height);
  pango_font_description_free (own);
}

static void
pane_preview_hex_page_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  PanePreviewHexPage *self = PANE_PREVIEW_HEX_PAGE (widget);
  double n_rows = (double) count_rows (self),
         page = floor ((double) height / MAX (self->row_height, 1));
  int bar_width;

  gtk_widget_measure (self->bar, GTK_ORIENTATION_HORIZONTAL, -1, &bar_width, NULL, NULL, NULL);
  gtk_widget_size_allocate (self->bar,
                            &(GtkAllocation){ width - bar_width, 0, bar_width, height },
                            -1);
  gtk_adjustment_configure (self->row,
                            gtk_adjustment_get_value (self->row),
                            0,
                            MAX (n_rows, page),
                            1,
                            MAX (page - 1, 1),
                            page);
}

static void
pane_preview_hex_page_dispose (GObject *object)
{
  PanePreviewHexPage *self = PANE_PREVIEW_HEX_PAGE (object);

  thaw_scope_cancel (self->scope);
  g_clear_pointer (&self->bar, gtk_widget_unparent);
  g_clear_object (&self->layout);
  g_clear_pointer (&self->file, thaw_open_file_unref);
  G_OBJECT_CLASS (pane_preview_hex_page_parent_class)->dispose (object);
}

static void
pane_preview_hex_page_finalize (GObject *object)
{
  PanePreviewHexPage *self = PANE_PREVIEW_HEX_PAGE (object);

  thaw_scope_unref (self->scope);
  g_hash_table_unref (self->blocks);
  G_OBJECT_CLASS (pane_preview_hex_page_parent_class)->finalize (object);
}

static void
pane_preview_hex_page_class_init (PanePreviewHexPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = pane_preview_hex_page_dispose;
  object_class->finalize = pane_preview_hex_page_finalize;
  widget_class->size_allocate = pane_preview_hex_page_size_allocate;
  widget_class->snapshot = pane_preview_hex_page_snapshot;
  gtk_widget_class_install_action (widget_class, "preview.next-page", NULL, page_action);
  gtk_widget_class_install_action (widget_class, "preview.previous-page", NULL, page_action);
}

static void
pane_preview_hex_page_init (PanePreviewHexPage *self)
{
  GtkEventController *scroll
      = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);

  self->scope = thaw_scope_new_for_owner ("hex", G_OBJECT (self), NULL);
  self->blocks = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, release_block);
  self->row = gtk_adjustment_new (0, 0, 0, 0, 0, 0);
  self->bar = gtk_scrollbar_new (GTK_ORIENTATION_VERTICAL, self->row);
  gtk_widget_set_parent (self->bar, GTK_WIDGET (self));
  g_signal_connect_object (self->row,
                           "value-changed",
                           G_CALLBACK (gtk_widget_queue_draw),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_swapped (scroll, "scroll", G_CALLBACK (scroll_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), scroll);
  gtk_widget_set_direction (GTK_WIDGET (self), GTK_TEXT_DIR_LTR);
}

/* The renderer */

G_DECLARE_FINAL_TYPE (PanePreviewHex, pane_preview_hex, PANE, PREVIEW_HEX, PanePreviewRenderer)

struct _PanePreviewHex {
  PanePreviewRenderer parent_instance;
};

G_DEFINE_FINAL_TYPE (PanePreviewHex, pane_preview_hex, PANE_TYPE_PREVIEW_RENDERER)

static int
pane_preview_hex_rate (PanePreviewRenderer *self, PanePreviewItem *item)
{
  return pane_preview_item_is_folder (item) ? PANE_PREVIEW_RATE_NEVER : PANE_PREVIEW_RATE_ANY;
}

static ThawFuture *
make_page (ThawFuture *completed, gpointer user_data)
{
  PanePreviewItem *item = user_data;
  GError *error = NULL;
  GBytes *bytes = thaw_future_take_pointer (completed, &error);
  PanePreviewHexPage *self;
  g_autofree char *status = NULL;
  ThawFuture *future;

  if (bytes == NULL)
    return thaw_future_new_rejected (error);
  self = g_object_ref_sink (g_object_new (PANE_TYPE_PREVIEW_HEX_PAGE, NULL));
  self->file = thaw_open_file_ref (pane_preview_item_get_open_file (item));
  status = g_format_size ((guint64) pane_preview_item_get_size (item));
  pane_preview_page_set_status (PANE_PREVIEW_PAGE (self), status);
  g_hash_table_insert (self->blocks, g_memdup2 (&(gint64){ 0 }, sizeof (gint64)), bytes);
  measure_text (self);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  /* Translators: what is shown of a file that nothing else shows */
                                  _ ("Bytes"),
                                  -1);
  future = thaw_future_new ("hex");
  thaw_future_resolve_object (future, self);
  return future;
}

/* An unreadable one fails here and not as a page of dots. */
static ThawFuture *
pane_preview_hex_render (PanePreviewRenderer *self, PanePreviewItem *item, ThawScope *scope)
{
  g_autoptr (ThawFuture) first = thaw_open_file_read (pane_preview_item_get_open_file (item),
                                                      scope,
                                                      THAW_PRIORITY_HIGH,
                                                      0,
                                                      BLOCK_BYTES);

  return thaw_future_then (first, scope, make_page, g_object_ref (item), g_object_unref);
}

static void
pane_preview_hex_class_init (PanePreviewHexClass *klass)
{
  PANE_PREVIEW_RENDERER_CLASS (klass)->rate = pane_preview_hex_rate;
  PANE_PREVIEW_RENDERER_CLASS (klass)->render = pane_preview_hex_render;
}

static void
pane_preview_hex_init (PanePreviewHex *self)
{
}

PanePreviewRenderer *
pane_preview_hex_renderer_new (void)
{
  return g_object_new (pane_preview_hex_get_type (), "id", "hex", NULL);
}
