/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the user looks at on a canvas, and where it is: the focused entry if it is in sight, else
 * the first that is. It is noted before entries are laid out anew, for another order, size or zoom,
 * and is where it was afterwards; or it is put where it was when the folder was left. A canvas at
 * its beginning stays there. Loop's thread only.
 */
#include "pane-canvas-private.h"

struct _PaneCanvasPlace {
  PaneCanvas *canvas; /* not owned: it owns us */
  gboolean noted;
  gboolean is_put; /* asked for, rather than noted: wins over what else has to come into sight */
  guint32 id;      /* THAW_NO_ENTRY: the beginning */
  int offset;      /* from the edge, along the canvas */
  ThawOrder *old;  /* of the entry, while another is published */
  guint old_position;
};

PaneCanvasPlace *
pane_canvas_place_new (PaneCanvas *canvas)
{
  PaneCanvasPlace *self = g_new0 (PaneCanvasPlace, 1);

  self->canvas = canvas;
  self->id = THAW_NO_ENTRY;
  return self;
}

void
pane_canvas_place_forget (PaneCanvasPlace *self)
{
  g_clear_pointer (&self->old, thaw_order_release);
}

void
pane_canvas_place_free (PaneCanvasPlace *self)
{
  pane_canvas_place_forget (self);
  g_free (self);
}

static int
get_start (PaneCanvasPlace *self, const GdkRectangle *area)
{
  return pane_canvas_get_orientation (self->canvas) == GTK_ORIENTATION_VERTICAL ? area->y : area->x;
}

static gboolean
is_in_sight (PaneCanvasPlace *self, guint position, GdkRectangle *area)
{
  GdkRectangle viewport;

  pane_canvas_get_viewport (self->canvas, &viewport);
  return pane_canvas_get_area (self->canvas, position, area)
         && gdk_rectangle_intersect (area, &viewport, NULL);
}

static gboolean
find (PaneCanvasPlace *self, guint *position, int *offset)
{
  PaneFolderModel *model = pane_canvas_get_model (self->canvas);
  GdkRectangle area, viewport;
  guint last;

  *position = pane_folder_model_find (model, pane_folder_model_get_focus_id (model));
  if (*position == GTK_INVALID_LIST_POSITION || !is_in_sight (self, *position, &area))
    {
      if (!pane_canvas_get_visible_range (self->canvas, position, &last)
          || !pane_canvas_get_area (self->canvas, *position, &area))
        return FALSE;
    }
  pane_canvas_get_viewport (self->canvas, &viewport);
  *offset = get_start (self, &area) - get_start (self, &viewport);
  return TRUE;
}

/* Entries are about to be where they weren't. */
void
pane_canvas_place_note (PaneCanvasPlace *self)
{
  GdkRectangle viewport;

  if (self->noted || pane_canvas_is_stale (self->canvas))
    return;
  self->noted = TRUE;
  self->id = THAW_NO_ENTRY;
  pane_canvas_get_viewport (self->canvas, &viewport);
  if (get_start (self, &viewport) > 0 && find (self, &self->old_position, &self->offset))
    self->id = pane_folder_model_get_id (pane_canvas_get_model (self->canvas), self->old_position);
}

void
pane_canvas_place_will_publish (PaneCanvasPlace *self)
{
  ThawOrder *order = pane_folder_model_get_order (pane_canvas_get_model (self->canvas));

  pane_canvas_place_note (self);
  pane_canvas_place_forget (self);
  if (order != NULL)
    self->old = thaw_order_ref (order);
}

/* FALSE: another folder, in which no entry of the old one is, though numbers are. */
gboolean
pane_canvas_place_published (PaneCanvasPlace *self)
{
  ThawEntryStore *store = self->old != NULL ? thaw_order_get_store (self->old) : NULL;

  if (store == pane_folder_model_get_store (pane_canvas_get_model (self->canvas)))
    return TRUE;
  self->noted = TRUE;
  self->is_put = FALSE;
  self->id = THAW_NO_ENTRY;
  pane_canvas_place_forget (self);
  return FALSE;
}

/* Whether it was put there, so that nothing else is to be scrolled to. */
gboolean
pane_canvas_place_restore (PaneCanvasPlace *self)
{
  PaneFolderModel *model = pane_canvas_get_model (self->canvas);
  gboolean was_put = self->is_put;
  guint position;
  GdkRectangle area;

  self->is_put = FALSE;
  if (!self->noted)
    return FALSE;
  self->noted = FALSE;
  position = pane_folder_model_find (model, self->id);
  if (position == GTK_INVALID_LIST_POSITION && self->old != NULL && self->id != THAW_NO_ENTRY)
    position = pane_folder_model_find_near (model, self->old, self->old_position);
  if (self->id == THAW_NO_ENTRY || position == GTK_INVALID_LIST_POSITION)
    pane_canvas_set_start (self->canvas, 0);
  else if (pane_canvas_get_area (self->canvas, position, &area))
    pane_canvas_set_start (self->canvas, get_start (self, &area) - self->offset);
  return was_put;
}

gboolean
pane_canvas_place_get (PaneCanvasPlace *self, guint32 *id, double *offset)
{
  guint position;
  int pixels;

  if (pane_canvas_is_stale (self->canvas) || !find (self, &position, &pixels))
    return FALSE;
  *id = pane_folder_model_get_id (pane_canvas_get_model (self->canvas), position);
  *offset = pixels;
  return *id != THAW_NO_ENTRY;
}

/* In the next layout; as far as the ends of the content allow. */
void
pane_canvas_place_put (PaneCanvasPlace *self, guint32 id, double offset)
{
  guint position = pane_folder_model_find (pane_canvas_get_model (self->canvas), id);

  if (position == GTK_INVALID_LIST_POSITION)
    return;
  self->noted = TRUE;
  self->is_put = TRUE;
  self->id = id;
  self->offset = (int) offset;
  self->old_position = position;
  gtk_widget_queue_allocate (GTK_WIDGET (self->canvas));
}

/* What is to come into sight now was asked for later. */
void
pane_canvas_place_yield (PaneCanvasPlace *self)
{
  self->is_put = FALSE;
}
