/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PaneViewCell: the cell of views that draw all their cells by themselves, with draw_cell(). It
 * remembers which of the texts it was told to write were cut short. Loop's thread only.
 */
#include "pane-cell-private.h"

#define PANE_TYPE_VIEW_CELL (pane_view_cell_get_type ())
G_DECLARE_FINAL_TYPE (PaneViewCell, pane_view_cell, PANE, VIEW_CELL, PaneCell)

typedef struct {
  char *text;
  int x, width; /* from the start edge */
} CutText;

struct _PaneViewCell {
  PaneCell parent_instance;

  PaneView *view;  /* not owned: it owns us */
  gboolean placed; /* on a canvas, not in a list */
  GArray *cut;     /* CutText; NULL: none yet */
};

G_DEFINE_FINAL_TYPE (PaneViewCell, pane_view_cell, PANE_TYPE_CELL)

static void
cut_text_clear (gpointer cut)
{
  g_free (((CutText *) cut)->text);
}

void
pane_cell_note_cut_text (PaneCell *cell, const char *text, int x, int width)
{
  PaneViewCell *self;
  CutText cut = { NULL, x, width };

  if (!PANE_IS_VIEW_CELL (cell))
    return;
  self = PANE_VIEW_CELL (cell);
  if (self->cut == NULL)
    {
      self->cut = g_array_new (FALSE, FALSE, sizeof (CutText));
      g_array_set_clear_func (self->cut, cut_text_clear);
    }
  cut.text = g_strdup (text);
  g_array_append_val (self->cut, cut);
}

static void
draw (PaneCell *cell, GtkSnapshot *snapshot)
{
  PaneViewCell *self = PANE_VIEW_CELL (cell);

  if (self->cut != NULL)
    g_array_set_size (self->cut, 0);
  if (PANE_VIEW_GET_CLASS (self->view)->draw_cell != NULL)
    PANE_VIEW_GET_CLASS (self->view)->draw_cell (self->view, cell, snapshot);
}

static const char *
find_cut_text (PaneCell *cell, int pointer_x, GdkRectangle *area)
{
  PaneViewCell *self = PANE_VIEW_CELL (cell);
  int start = pane_cell_is_rtl (cell) ? area->width - pointer_x : pointer_x;

  for (guint i = 0; self->cut != NULL && i < self->cut->len; i++)
    {
      const CutText *cut = &g_array_index (self->cut, CutText, i);

      if (start < cut->x || start >= cut->x + cut->width)
        continue;
      area->x = pane_cell_is_rtl (cell) ? area->width - cut->x - cut->width : cut->x;
      area->width = cut->width;
      return cut->text;
    }
  return NULL;
}

/* On a canvas a cell gets what room the view says. */
static void
measure (GtkWidget *widget,
         GtkOrientation orientation,
         int for_size,
         int *minimum,
         int *natural,
         int *minimum_baseline,
         int *natural_baseline)
{
  GTK_WIDGET_CLASS (pane_view_cell_parent_class)
      ->measure (widget,
                 orientation,
                 for_size,
                 minimum,
                 natural,
                 minimum_baseline,
                 natural_baseline);
  if (PANE_VIEW_CELL (widget)->placed)
    *minimum = 0;
}

static void
pane_view_cell_finalize (GObject *object)
{
  g_clear_pointer (&PANE_VIEW_CELL (object)->cut, g_array_unref);
  G_OBJECT_CLASS (pane_view_cell_parent_class)->finalize (object);
}

static void
pane_view_cell_class_init (PaneViewCellClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pane_view_cell_finalize;
  GTK_WIDGET_CLASS (klass)->measure = measure;
  PANE_CELL_CLASS (klass)->draw = draw;
  PANE_CELL_CLASS (klass)->find_cut_text = find_cut_text;
}

static void
pane_view_cell_init (PaneViewCell *self)
{
}

/* @css_name: NULL for a cell inside a list item, which has one. */
PaneCell *
pane_view_cell_new (PaneView *view, GtkAccessibleRole role, const char *css_name)
{
  PaneViewCell *self = g_object_new (PANE_TYPE_VIEW_CELL,
                                     "accessible-role",
                                     role,
                                     "css-name",
                                     css_name != NULL ? css_name : "widget",
                                     NULL);

  self->view = view;
  self->placed = css_name != NULL;
  return PANE_CELL (self);
}
