/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The cells of a canvas: real widgets for the entries that are on the screen and for no others. A
 * cell belongs to an entry and not to a place: when the order changes it moves with its entry, and
 * the keyboard focus with it. A cell whose entry has left the screen is used again for another.
 * Making one and drawing it anew takes its time, so each frame does a few, and the next ones the
 * rest. Loop's thread only; must not touch files.
 */
#include "pane-canvas-private.h"

#define MOST_BOUND 40 /* cells that are given an entry in a frame and drawn; */
#define MADE 2        /* one that has to be made counts for so many */
#define POOL 512      /* cells kept for later: a page of small ones */

struct _PaneCanvasCells {
  PaneCanvas *canvas; /* not owned: it owns us */
  GHashTable *cells;  /* id -> PaneCell: those that stand for an entry */
  GPtrArray *pool;    /* PaneCell: those that don't */
  guint tick_id;
};

PaneCanvasCells *
pane_canvas_cells_new (PaneCanvas *canvas)
{
  PaneCanvasCells *self = g_new0 (PaneCanvasCells, 1);

  self->canvas = canvas;
  self->cells = g_hash_table_new (NULL, NULL);
  self->pool = g_ptr_array_new ();
  return self;
}

void
pane_canvas_cells_free (PaneCanvasCells *self)
{
  g_hash_table_unref (self->cells);
  g_ptr_array_unref (self->pool);
  g_free (self);
}

/* The widgets are unparented by their parent. */
void
pane_canvas_cells_forget (PaneCanvasCells *self)
{
  if (self->tick_id != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self->canvas), self->tick_id);
  self->tick_id = 0;
  g_hash_table_remove_all (self->cells);
  g_ptr_array_set_size (self->pool, 0);
}

PaneCell *
pane_canvas_cells_find (PaneCanvasCells *self, guint32 id)
{
  return g_hash_table_lookup (self->cells, GUINT_TO_POINTER (id));
}

void
pane_canvas_cells_foreach (PaneCanvasCells *self,
                           void (*func) (PaneCell *cell, gpointer user_data),
                           gpointer user_data)
{
  GHashTableIter iter;
  gpointer cell;

  g_hash_table_iter_init (&iter, self->cells);
  while (g_hash_table_iter_next (&iter, NULL, &cell))
    func (cell, user_data);
}

static PaneCell *
make_cell (PaneCanvasCells *self)
{
  PaneView *view = pane_canvas_get_view (self->canvas);
  PaneCell *cell = pane_view_cell_new (view, GTK_ACCESSIBLE_ROLE_LIST_ITEM, "child");

  pane_cell_set_style (cell, pane_canvas_get_style (self->canvas));
  gtk_widget_set_focusable (GTK_WIDGET (cell), TRUE);
  gtk_widget_set_child_visible (GTK_WIDGET (cell), FALSE);
  gtk_widget_set_parent (GTK_WIDGET (cell), GTK_WIDGET (self->canvas));
  /* What has never been told is taken for what can't be chosen. */
  gtk_accessible_update_state (GTK_ACCESSIBLE (cell), GTK_ACCESSIBLE_STATE_SELECTED, FALSE, -1);
  return cell;
}

static PaneCell *
take_cell (PaneCanvasCells *self)
{
  if (self->pool->len > 0)
    return g_ptr_array_steal_index_fast (self->pool, self->pool->len - 1);
  return make_cell (self);
}

static void
put_cell (PaneCanvasCells *self, PaneCell *cell)
{
  pane_cell_unbind (cell);
  gtk_widget_remove_css_class (GTK_WIDGET (cell), "pane-drop");
  gtk_widget_set_child_visible (GTK_WIDGET (cell), FALSE);
  if (self->pool->len < POOL)
    g_ptr_array_add (self->pool, cell);
  else
    gtk_widget_unparent (GTK_WIDGET (cell));
}

void
pane_canvas_cells_put_all (PaneCanvasCells *self)
{
  GHashTableIter iter;
  gpointer cell;

  g_hash_table_iter_init (&iter, self->cells);
  while (g_hash_table_iter_next (&iter, NULL, &cell))
    {
      g_hash_table_iter_steal (&iter);
      put_cell (self, cell);
    }
}

static void
show_selected (PaneCell *cell, gpointer canvas)
{
  GtkWidget *widget = GTK_WIDGET (cell);
  gboolean selected
      = pane_folder_model_is_id_selected (pane_canvas_get_model (canvas), pane_cell_get_id (cell));
  gboolean was = (gtk_widget_get_state_flags (widget) & GTK_STATE_FLAG_SELECTED) != 0;

  if (selected == was)
    return;
  if (selected)
    gtk_widget_set_state_flags (widget, GTK_STATE_FLAG_SELECTED, FALSE);
  else
    gtk_widget_unset_state_flags (widget, GTK_STATE_FLAG_SELECTED);
  gtk_accessible_update_state (GTK_ACCESSIBLE (cell), GTK_ACCESSIBLE_STATE_SELECTED, selected, -1);
}

static void
bind (PaneCanvasCells *self, PaneCell *cell, guint position, guint32 id)
{
  gboolean same = pane_cell_get_id (cell) == id && pane_cell_get_position (cell) == position;

  pane_cell_bind_entry (cell, pane_canvas_get_model (self->canvas), position, id);
  show_selected (cell, self->canvas);
  if (!same)
    gtk_accessible_update_relation (
        GTK_ACCESSIBLE (cell),
        GTK_ACCESSIBLE_RELATION_POS_IN_SET,
        (int) position + 1,
        GTK_ACCESSIBLE_RELATION_SET_SIZE,
        (int) pane_canvas_view_get_n (PANE_CANVAS_VIEW (pane_canvas_get_view (self->canvas))),
        -1);
}

static void
place (PaneCanvasCells *self, PaneCell *cell, const GdkRectangle *area)
{
  GdkRectangle where;

  pane_canvas_to_widget (self->canvas, area, &where);
  gtk_widget_set_child_visible (GTK_WIDGET (cell), TRUE);
  gtk_widget_measure (GTK_WIDGET (cell), GTK_ORIENTATION_HORIZONTAL, -1, NULL, NULL, NULL, NULL);
  gtk_widget_size_allocate (GTK_WIDGET (cell), &where, -1);
}

static gboolean
more_cells_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  PaneCanvasCells *self = user_data;

  self->tick_id = 0;
  gtk_widget_queue_allocate (widget);
  return G_SOURCE_REMOVE;
}

static void
make_more_later (PaneCanvasCells *self)
{
  if (self->tick_id == 0)
    self->tick_id
        = gtk_widget_add_tick_callback (GTK_WIDGET (self->canvas), more_cells_cb, self, NULL);
}

/* The focused cell stays, wherever it is: otherwise the focus would go elsewhere. */
static void
keep_focus_cell (PaneCanvasCells *self, GHashTable *kept)
{
  PaneCell *cell = pane_canvas_get_focus_cell (self->canvas);
  guint32 id = cell != NULL ? pane_cell_get_id (cell) : THAW_NO_ENTRY;
  guint position = pane_folder_model_find (pane_canvas_get_model (self->canvas), id);
  GdkRectangle area;

  if (id == THAW_NO_ENTRY || g_hash_table_contains (kept, GUINT_TO_POINTER (id))
      || !pane_canvas_get_area (self->canvas, position, &area))
    return;
  g_hash_table_steal (self->cells, GUINT_TO_POINTER (id));
  g_hash_table_insert (kept, GUINT_TO_POINTER (id), cell);
  bind (self, cell, position, id);
  place (self, cell, &area);
}

/* In the order of reading, for whoever walks over the widgets. */
static void
arrange (PaneCanvasCells *self, PaneCell *cell, GtkWidget **previous)
{
  GtkWidget *widget = GTK_WIDGET (cell);

  if (gtk_widget_get_prev_sibling (widget) != *previous)
    gtk_widget_insert_after (widget, GTK_WIDGET (self->canvas), *previous);
  *previous = widget;
}

typedef struct {
  guint position;
  guint32 id;
  GdkRectangle area;
} Shown;

static GArray *
find_shown (PaneCanvasCells *self)
{
  PaneCanvasView *view = PANE_CANVAS_VIEW (pane_canvas_get_view (self->canvas));
  GArray *shown = g_array_new (FALSE, FALSE, sizeof (Shown));
  g_autoptr (GtkBitset) positions = NULL;
  GtkBitsetIter iter;
  GdkRectangle viewport;
  guint i;

  pane_canvas_get_viewport (self->canvas, &viewport);
  positions = pane_canvas_dup_positions (self->canvas, &viewport);
  for (gboolean is_valid = gtk_bitset_iter_init_first (&iter, positions, &i); is_valid;
       is_valid = gtk_bitset_iter_next (&iter, &i))
    {
      Shown one = { i, pane_canvas_view_get_id (view, i), { 0 } };

      if (one.id != THAW_NO_ENTRY && pane_canvas_get_area (self->canvas, i, &one.area)
          && gdk_rectangle_intersect (&one.area, &viewport, NULL))
        g_array_append_val (shown, one);
    }
  return shown;
}

/* Cells whose entries are still on the screen stay theirs, before any is given to another. */
static GHashTable *
keep_cells (PaneCanvasCells *self, GArray *shown)
{
  GHashTable *kept = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < shown->len; i++)
    {
      gpointer key = GUINT_TO_POINTER (g_array_index (shown, Shown, i).id);
      gpointer cell;

      if (g_hash_table_steal_extended (self->cells, key, NULL, &cell))
        g_hash_table_insert (kept, key, cell);
    }
  keep_focus_cell (self, kept);
  pane_canvas_cells_put_all (self);
  return kept;
}

void
pane_canvas_cells_assign (PaneCanvasCells *self)
{
  g_autoptr (GArray) shown = find_shown (self);
  PaneCanvasHeadings *headings = pane_canvas_get_headings (self->canvas);
  GHashTable *kept = keep_cells (self, shown);
  GtkWidget *previous = NULL;
  guint n_bound = 0;

  g_hash_table_unref (self->cells);
  self->cells = kept;
  for (guint i = 0; i < shown->len; i++)
    {
      const Shown *one = &g_array_index (shown, Shown, i);
      PaneCell *cell = pane_canvas_cells_find (self, one->id);

      if (cell == NULL && n_bound >= MOST_BOUND)
        {
          make_more_later (self);
          continue;
        }
      if (cell == NULL)
        {
          n_bound += self->pool->len > 0 ? 1 : MADE;
          cell = take_cell (self);
        }
      g_hash_table_insert (self->cells, GUINT_TO_POINTER (one->id), cell);
      bind (self, cell, one->position, one->id);
      pane_canvas_headings_arrange (headings, one->position, &previous);
      arrange (self, cell, &previous);
      place (self, cell, &one->area);
    }
}

void
pane_canvas_cells_show_selection (PaneCanvasCells *self)
{
  pane_canvas_cells_foreach (self, show_selected, self->canvas);
}

/* For an entry that isn't on the screen yet. */
PaneCell *
pane_canvas_cells_make (PaneCanvasCells *self, guint position, guint32 id)
{
  PaneCell *cell = take_cell (self);

  g_hash_table_insert (self->cells, GUINT_TO_POINTER (id), cell);
  bind (self, cell, position, id);
  gtk_widget_set_child_visible (GTK_WIDGET (cell), TRUE);
  return cell;
}

PaneCell *
pane_canvas_pick (PaneCanvas *self, double x, double y)
{
  GtkWidget *widget = gtk_widget_pick (GTK_WIDGET (self), x, y, GTK_PICK_DEFAULT);

  while (widget != NULL && widget != GTK_WIDGET (self) && !PANE_IS_CELL (widget))
    widget = gtk_widget_get_parent (widget);
  return widget != NULL && PANE_IS_CELL (widget) ? PANE_CELL (widget) : NULL;
}

PaneCell *
pane_canvas_get_focus_cell (PaneCanvas *self)
{
  GtkWidget *child = gtk_widget_get_focus_child (GTK_WIDGET (self));

  return child != NULL && PANE_IS_CELL (child) ? PANE_CELL (child) : NULL;
}
