/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a view shows an entry with: one widget, without children. */
#pragma once

#include "pane-view.h"

G_BEGIN_DECLS

/* What all cells of a view share; the view's. In pixels. */
struct _PaneCellStyle {
  int icon_size;
  int char_width, line_height;    /* of the font */
  int ascent, descent;            /* the same */
  int least_width, width, height; /* of a cell: what the view says */
  double secondary_opacity;       /* of what isn't a name */
  gboolean thumbnails;            /* the view wants them in the place of icons */
  PangoLayout *layout;            /* owned; for pane_cell_snapshot_words() */
};

/* What can be said of an entry. */
typedef enum {
  PANE_ENTRY_NAME,
  PANE_ENTRY_SIZE,
  PANE_ENTRY_TYPE,
  PANE_ENTRY_MODIFIED,
} PaneEntryDetail;

#define PANE_TYPE_CELL (pane_cell_get_type ())
PANE_API G_DECLARE_DERIVABLE_TYPE (PaneCell, pane_cell, PANE, CELL, GtkWidget)

struct _PaneCellClass {
  GtkWidgetClass parent_class;

  /* Draws the entry; only called while there is one. */
  void (*draw) (PaneCell *self, GtkSnapshot *snapshot);
  /* The cell stands for another entry, or its entry's columns changed. It is drawn again anyway. */
  void (*changed) (PaneCell *self);

  /* The text at @x if it is cut short, for a tooltip; @area is the whole cell and can be narrowed. NULL: none. */
  const char *(*find_cut_text) (PaneCell *self, int x, GdkRectangle *area);

  /* What the cell shows besides what is known of every entry, for assistive technology: ", word" each. */
  void (*describe) (PaneCell *self, GString *words);

  gpointer padding[4];
};

PANE_API guint32 pane_cell_get_id (PaneCell *self); /* THAW_NO_ENTRY while it shows nothing */
PANE_API ThawEntryStore *pane_cell_get_store (PaneCell *self); /* NULL while it shows nothing */
PANE_API PaneFolderModel *pane_cell_get_model (PaneCell *self); /* NULL while it shows nothing */
PANE_API guint pane_cell_get_position (PaneCell *self);
PANE_API gboolean pane_cell_is_dimmed (PaneCell *self); /* hidden or cut: drawn fainter */
PANE_API void pane_cell_changed (PaneCell *self);

/* For draw(). */
PANE_API const PaneCellStyle *pane_cell_get_style (PaneCell *self);
PANE_API gboolean pane_cell_is_rtl (PaneCell *self);
/* One layout serves all cells: what it says is drawn at once. All have their first line's baseline where it is told
 * to be, whichever fonts their letters come from. */
PANE_API void pane_cell_snapshot_text (PaneCell *self, GtkSnapshot *snapshot, PangoLayout *layout, int x, int baseline,
                                       double opacity);
/* What is known of the entry in words, "" while it isn't known. Transfer full. */
PANE_API char *pane_cell_dup_detail (PaneCell *self, PaneEntryDetail detail);
/* Text in at most so many lines, in a box that begins @x from the cell's start edge and @y from its top, so wide;
 * @align: 0 at the start, 1 at the end. What has to be cut short is shown whole in a tooltip. */
PANE_API void pane_cell_snapshot_words (PaneCell *self, GtkSnapshot *snapshot, const char *text, int x, int y,
                                        int width, guint n_lines, double align, double opacity);
/* The name, the same way. */
PANE_API void pane_cell_snapshot_name (PaneCell *self, GtkSnapshot *snapshot, int x, int y, int width, guint n_lines,
                                       double align);
/* For rows that may be headings (PaneViewClass.shows_headings): draws the one that this is, @margin from the start edge.
 * FALSE: it is none. */
PANE_API gboolean pane_cell_snapshot_heading (PaneCell *self, GtkSnapshot *snapshot, int margin);
/* The entry's icon or thumbnail, with an emblem for links, in a square of @size at @x, @y. */
PANE_API void pane_cell_snapshot_icon (PaneCell *self, GtkSnapshot *snapshot, double x, double y, int size);

G_END_DECLS
