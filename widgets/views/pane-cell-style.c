/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the cells of any view share: what follows from font, theme and zoom, the style sheet for
 * what is around them, and how they write. A cell says where its text begins, how wide and how high
 * it may be; one layout a view, which is kept, serves them all, and what had to be cut short is
 * remembered for the tooltip. Loop's thread only.
 */
#include "pane-cell-private.h"
#include "pane-details.h"
#include "pane-view-private.h"

#include <adwaita.h>

/* Below what the application says. */
#define STYLE_PRIORITY (GTK_STYLE_PROVIDER_PRIORITY_APPLICATION - 10)

/* Room around the rows, which draw to their own edges: no padding of GTK's inside them. */
static const char css[]
    = ".pane-entries { padding: 0 6px; }"
      ".pane-entries > row { padding: 0; border-radius: 6px; border: 0 solid transparent;"
      " border-width: 1px 0; background-clip: padding-box; }"
      ".pane-entries > row.pane-heading { background: none; }"
      ".pane-entries > .pane-drop { background-color: color-mix(in srgb, var(--accent-bg-color) "
      "30%, transparent); }"
      ".pane-entries > child { padding: 0; border-radius: 9px; border: 1px solid transparent;"
      " background-clip: padding-box; }";

/* GTK reads what the icon theme has when it is first asked: in a turn of its own, not in that of
 * the first frame. */
static gboolean
load_icon_theme_cb (gpointer display)
{
  gtk_icon_theme_has_icon (gtk_icon_theme_get_for_display (display), "folder");
  return G_SOURCE_REMOVE;
}

/* For views of any kind, when the first one is made. */
void
pane_view_add_css (GdkDisplay *display)
{
  static const char key[] = "pane-slot-view-style";
  GtkCssProvider *provider;

  if (g_object_get_data (G_OBJECT (display), key) != NULL)
    return;
  provider = gtk_css_provider_new ();
  gtk_css_provider_load_from_string (provider, css);
  gtk_style_context_add_provider_for_display (display,
                                              GTK_STYLE_PROVIDER (provider),
                                              STYLE_PRIORITY);
  g_object_set_data_full (G_OBJECT (display), key, provider, g_object_unref);
  g_idle_add_full (G_PRIORITY_DEFAULT,
                   load_icon_theme_cb,
                   g_object_ref (display),
                   g_object_unref);
}

/**
 * pane_cell_style_read:
 * @style: a style
 * @view: a [class@Pane.View]
 *
 * Fills in what follows from the font, the theme and the view's zoom.
 */
void
pane_cell_style_read (PaneCellStyle *style, GtkWidget *view)
{
  gboolean contrast = adw_style_manager_get_high_contrast (adw_style_manager_get_default ());
  PangoContext *context = gtk_widget_get_pango_context (view);
  PangoFontMetrics *metrics = pango_context_get_metrics (context, NULL, NULL);

  style->char_width = PANGO_PIXELS_CEIL (pango_font_metrics_get_approximate_char_width (metrics));
  style->line_height = PANGO_PIXELS_CEIL (pango_font_metrics_get_height (metrics));
  style->ascent = PANGO_PIXELS (pango_font_metrics_get_ascent (metrics));
  style->descent = PANGO_PIXELS (pango_font_metrics_get_descent (metrics));
  pango_font_metrics_unref (metrics);
  if (style->layout == NULL)
    style->layout = gtk_widget_create_pango_layout (view, NULL);
  style->icon_size = pane_view_get_icon_size (PANE_VIEW (view));
  style->thumbnails = (pane_view_get_needs (PANE_VIEW (view)) & PANE_NEEDS_THUMBNAIL) != 0;
  style->secondary_opacity = contrast ? 0.9 : 0.65;
}

/**
 * pane_cell_style_clear:
 * @style: a style that was read
 *
 * Frees what it holds.
 */
void
pane_cell_style_clear (PaneCellStyle *style)
{
  g_clear_object (&style->layout);
}

/**
 * pane_cell_dup_detail:
 * @self: a [class@Pane.Cell] that shows an entry
 * @detail: what is asked
 *
 * Returns: (transfer full): what is known of the entry, in words; "" while it isn't known
 */
char *
pane_cell_dup_detail (PaneCell *self, PaneEntryDetail detail)
{
  PaneDetails *details = pane_details_get_default ();
  ThawEntryStore *store;
  char buffer[PANE_DETAIL_SIZE];
  guint32 id;

  g_return_val_if_fail (PANE_IS_CELL (self), NULL);

  store = pane_cell_get_store (self);
  id = pane_cell_get_id (self);
  if (store == NULL)
    return g_strdup ("");
  switch (detail)
    {
    case PANE_ENTRY_SIZE:
      return g_strdup (pane_details_format_size (details, store, id, buffer));
    case PANE_ENTRY_TYPE:
      return g_strdup (
          pane_details_describe_type (details, pane_details_get_content_type (details, store, id)));
    case PANE_ENTRY_MODIFIED:
      return g_strdup (pane_details_format_modified (details, store, id, buffer));
    case PANE_ENTRY_NAME:
    default:
      return thaw_entry_store_dup_display_name (store, id);
    }
}

static void
lay_out (PangoLayout *layout, const char *text, int width, guint n_lines, double align)
{
  pango_layout_set_width (layout, width * PANGO_SCALE);
  pango_layout_set_height (layout, n_lines > 1 ? -(int) n_lines : -1);
  pango_layout_set_single_paragraph_mode (layout, n_lines <= 1);
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_MIDDLE);
  pango_layout_set_alignment (layout,
                              align > 0.3 && align < 0.7 ? PANGO_ALIGN_CENTER : PANGO_ALIGN_LEFT);
  pango_layout_set_text (layout, text, -1);
}

/* Text keeps to the side that the view says, whichever way it runs itself. */
static int
find_left (PaneCell *self, const PangoRectangle *extents, int x, int width, double align)
{
  int free = MAX (width - extents->width, 0);
  int left = x + (align > 0.7 ? free : 0);

  if (pane_cell_is_rtl (self))
    left = gtk_widget_get_width (GTK_WIDGET (self)) - left - MIN (extents->width, width);
  return left - extents->x;
}

/**
 * pane_cell_snapshot_words:
 * @self: a [class@Pane.Cell] that shows an entry
 * @snapshot: the snapshot
 * @text: what to write, UTF-8
 * @x: where its box begins, from the cell's start edge
 * @y: where its box begins, from the cell's top
 * @width: how wide the box is
 * @n_lines: how many lines there may be
 * @align: 0 for the start of the box, 0.5 for its middle, 1 for its end
 * @opacity: 1 for the style's text colour
 *
 * Writes into a cell. What is too long loses its middle, because beginning and extension tell more,
 * and is shown whole in a tooltip.
 */
void
pane_cell_snapshot_words (PaneCell *self,
                          GtkSnapshot *snapshot,
                          const char *text,
                          int x,
                          int y,
                          int width,
                          guint n_lines,
                          double align,
                          double opacity)
{
  const PaneCellStyle *style;
  PangoRectangle extents;
  int left;

  g_return_if_fail (PANE_IS_CELL (self));
  g_return_if_fail (text != NULL);

  style = pane_cell_get_style (self);
  if (width <= 0 || *text == '\0')
    return;
  lay_out (style->layout, text, width, n_lines, align);
  pango_layout_get_pixel_extents (style->layout, NULL, &extents);
  if (align > 0.3 && align < 0.7)
    left = pane_cell_is_rtl (self) ? gtk_widget_get_width (GTK_WIDGET (self)) - x - width : x;
  else
    left = find_left (self, &extents, x, width, align);
  pane_cell_snapshot_text (self, snapshot, style->layout, left, y + style->ascent, opacity);
  if (pango_layout_is_ellipsized (style->layout))
    pane_cell_note_cut_text (self, text, x, width);
}

/**
 * pane_cell_snapshot_name:
 * @self: a [class@Pane.Cell] that shows an entry
 * @snapshot: the snapshot
 * @x: where its box begins, from the cell's start edge
 * @y: where its box begins, from the cell's top
 * @width: how wide the box is
 * @n_lines: how many lines there may be
 * @align: 0 for the start of the box, 0.5 for its middle, 1 for its end
 *
 * Writes the entry's name.
 */
void
pane_cell_snapshot_name (PaneCell *self,
                         GtkSnapshot *snapshot,
                         int x,
                         int y,
                         int width,
                         guint n_lines,
                         double align)
{
  g_autofree char *name = pane_cell_dup_detail (self, PANE_ENTRY_NAME);

  pane_cell_snapshot_words (self, snapshot, name, x, y, width, n_lines, align, 1);
}
