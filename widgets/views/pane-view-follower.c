/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The follower: keeps what the user looks at in its place when the order changes under it. GTK
 * keeps row numbers; this notes entries before an order is published and scrolls to where they are
 * afterwards. A view at its top stays at its top. Otherwise the focused entry stays at its pixel if
 * it is in sight, else the first visible one does. The keyboard focus and the start of a range
 * selection go to the row of their entry. GTK can't scroll to rows that it hasn't laid out: what
 * lies there is done right after the next layout, before that frame is painted, so nobody sees a
 * wrong one. While row widgets are still being made those that there are stand for that part of the
 * order. Loop's thread only.
 */
#include "pane-slot-view-private.h"

#include <math.h>

/* What has to be brought to its place. */
typedef enum {
  TARGET_NONE,
  TARGET_TOP,
  TARGET_PIXEL,  /* the entry's row back to its pixel */
  TARGET_REVEAL, /* as little scrolling as possible */
} Target;

/* Entries that come or go in greater numbers leave few rows as they are. */
#define MAX_SHIFT 10000

struct _PaneViewFollower {
  PaneSlotView *view;
  gboolean busy; /* the focus moves because of us */

  /* Noted before a publication. */
  ThawOrder *old;
  guint old_position;
  gboolean had_focus;
  gboolean focus_was_right; /* GTK's, too, was on the focused entry */
  guint32 old_focus_id;
  guint shift_at; /* the first of the rows that may move along with the target */

  Target target;
  guint32 target_id;
  double pixel; /* where the top of the target's row is, from the top of the view */
  gboolean show_due;  /* how high rows are wasn't known yet */
  gboolean focus_due;
  gboolean grab_due; /* the focus was inside and got lost, or has to come inside */
  guint n_laid_out;  /* rows that GTK can scroll to */
  double upper;      /* of the adjustment, at the last layout */
  gboolean anew;     /* another folder: GTK's focus is at a row that was the old one's */
  gboolean is_stuck; /* nothing takes the focus: asking again in each layout would never end */
  gulong scrolled_id;

  /* GTK has moved its rows along with the target and scrolls by itself in the next layout. */
  gboolean shifted;
};

static PaneFolderModel *
get_model (PaneViewFollower *self)
{
  return pane_view_get_model (PANE_VIEW (self->view));
}

static guint
get_offset (PaneViewFollower *self)
{
  return pane_folder_model_get_offset (get_model (self));
}

/* Rows that GTK sees and that have an entry. */
static guint
get_n_items (PaneViewFollower *self)
{
  ThawOrder *order = pane_folder_model_get_order (get_model (self));
  guint n_items = g_list_model_get_n_items (G_LIST_MODEL (get_model (self)));

  return order != NULL ? MIN (n_items, thaw_order_get_n (order) - get_offset (self)) : 0;
}

static double
get_row_top (PaneViewFollower *self, guint position)
{
  guint n_columns = pane_slot_view_get_n_columns (self->view);
  double row = (double) (position / n_columns) - get_offset (self) / n_columns;

  return row * pane_slot_view_get_row_height (self->view);
}

static gboolean
has_focus_inside (PaneViewFollower *self)
{
  GtkWidget *list = pane_slot_view_get_list (self->view);

  return (gtk_widget_get_state_flags (list) & GTK_STATE_FLAG_FOCUS_WITHIN) != 0;
}

/* GTK is just putting the target where it was. */
static gboolean
is_shifting (PaneViewFollower *self)
{
  GtkAdjustment *adjustment = pane_slot_view_get_adjustment (self->view);
  guint position = pane_folder_model_find (get_model (self), self->target_id);
  double pixel = get_row_top (self, position) - gtk_adjustment_get_value (adjustment);

  return self->shifted && position != GTK_INVALID_LIST_POSITION && fabs (pixel - self->pixel) < 1;
}

/* Someone else scrolls while a target waits: that is the user, and wants to be somewhere else.
 * GTK's own corrections, made while it lays out, come with another upper. */
static void
scrolled_cb (GtkAdjustment *adjustment, PaneViewFollower *self)
{
  if (self->busy || self->target == TARGET_NONE || is_shifting (self))
    return;
  if (gtk_adjustment_get_upper (adjustment) == self->upper)
    self->target = TARGET_NONE;
}

PaneViewFollower *
pane_view_follower_new (PaneSlotView *view)
{
  PaneViewFollower *self = g_new0 (PaneViewFollower, 1);

  self->view = view;
  self->target_id = THAW_NO_ENTRY;
  self->scrolled_id = g_signal_connect (pane_slot_view_get_adjustment (view),
                                        "value-changed",
                                        G_CALLBACK (scrolled_cb),
                                        self);
  return self;
}

void
pane_view_follower_free (PaneViewFollower *self)
{
  g_clear_signal_handler (&self->scrolled_id, pane_slot_view_get_adjustment (self->view));
  g_clear_pointer (&self->old, thaw_order_unref);
  g_free (self);
}

gboolean
pane_view_follower_is_busy (PaneViewFollower *self)
{
  return self->busy;
}

/* Before */

static gboolean
is_in_sight (PaneViewFollower *self, guint position)
{
  GtkAdjustment *adjustment = pane_slot_view_get_adjustment (self->view);
  double top = get_row_top (self, position) - gtk_adjustment_get_value (adjustment);

  return top > -pane_slot_view_get_row_height (self->view)
         && top < gtk_adjustment_get_page_size (adjustment);
}

/* The focused entry if it is in sight, else one of the first row: the one that was followed last if
 * that is still there, so that orders in quick succession don't hand the place from neighbour to
 * neighbour. */
static guint
choose_position (PaneViewFollower *self)
{
  double value = gtk_adjustment_get_value (pane_slot_view_get_adjustment (self->view));
  PaneFolderModel *model = get_model (self);
  guint n_columns = pane_slot_view_get_n_columns (self->view);
  guint row = (guint) (value / pane_slot_view_get_row_height (self->view))
              + get_offset (self) / n_columns;
  guint position = pane_folder_model_find (model, pane_folder_model_get_focus_id (model));

  if (position != GTK_INVALID_LIST_POSITION && is_in_sight (self, position))
    return position;
  position = pane_folder_model_find (model, self->target_id);
  if (position != GTK_INVALID_LIST_POSITION && position / n_columns == row)
    return position;
  return row * n_columns;
}

static void
note_place (PaneViewFollower *self)
{
  double value = gtk_adjustment_get_value (pane_slot_view_get_adjustment (self->view));

  if ((value <= 0 && get_offset (self) == 0) || pane_slot_view_get_row_height (self->view) <= 0)
    {
      self->target = TARGET_TOP;
      return;
    }
  self->target = TARGET_PIXEL;
  self->old_position = choose_position (self);
  self->target_id = pane_folder_model_get_id (get_model (self), self->old_position);
  self->pixel = get_row_top (self, self->old_position) - value;
}

gboolean
pane_view_follower_get_place (PaneViewFollower *self, guint32 *id, double *pixel)
{
  guint position;

  if (pane_slot_view_get_row_height (self->view) <= 0)
    return FALSE;
  position = choose_position (self);
  *id = pane_folder_model_get_id (get_model (self), position);
  *pixel = get_row_top (self, position)
           - gtk_adjustment_get_value (pane_slot_view_get_adjustment (self->view));
  return *id != THAW_NO_ENTRY;
}

static void
set_value (PaneViewFollower *self, double value)
{
  GtkAdjustment *adjustment = pane_slot_view_get_adjustment (self->view);

  self->busy = TRUE;
  /* GTK's anchor may be elsewhere although the value is right: it follows this signal. */
  if (gtk_adjustment_get_value (adjustment) == value)
    g_signal_emit_by_name (adjustment, "value-changed");
  else
    gtk_adjustment_set_value (adjustment, value);
  self->busy = FALSE;
}

static double
clamp_value (PaneViewFollower *self, double value, guint n_items)
{
  guint n_columns = pane_slot_view_get_n_columns (self->view);
  double n_rows = ceil ((double) n_items / n_columns);
  double page = gtk_adjustment_get_page_size (pane_slot_view_get_adjustment (self->view));
  double last = n_rows * pane_slot_view_get_row_height (self->view) - page;

  return CLAMP (value, 0, MAX (last, 0));
}

/* Rows are about to go from under the view. GTK would throw their widgets away and make others
 * elsewhere; scrolled there beforehand, it uses them again. Not to the end: on which side of the
 * view it has most of them is its affair, and all have to be ahead of what goes. Where exactly is
 * settled afterwards. */
static void
leave_tail (PaneViewFollower *self)
{
  GtkAdjustment *adjustment = pane_slot_view_get_adjustment (self->view);
  ThawOrder *coming = pane_folder_model_get_coming_order (get_model (self));
  guint n_coming = coming != NULL ? thaw_order_get_n (coming) : 0;
  guint n_kept = PANE_SLOT_VIEW_GET_CLASS (self->view)->get_n_kept (self->view);
  double value = gtk_adjustment_get_value (adjustment);
  guint32 position;

  if (n_coming >= get_n_items (self) || pane_slot_view_get_row_height (self->view) <= 0
      || get_offset (self) > 0)
    return;
  position = self->target_id != THAW_NO_ENTRY ? thaw_order_find (coming, self->target_id)
                                              : THAW_NO_ENTRY;
  if (self->target == TARGET_TOP)
    value = 0;
  else if (self->target == TARGET_PIXEL && position != THAW_NO_ENTRY)
    value = get_row_top (self, position) - self->pixel;
  value = clamp_value (self, value, n_coming > n_kept ? n_coming - n_kept : n_coming);
  if (value != gtk_adjustment_get_value (adjustment))
    set_value (self, value);
}

static gboolean
is_focus_right (PaneViewFollower *self)
{
  PaneCell *cell = pane_slot_view_get_focus_cell (self->view);

  self->old_focus_id = pane_folder_model_get_focus_id (get_model (self));
  return !self->focus_due && cell != NULL && pane_cell_get_id (cell) == self->old_focus_id;
}

/* By how many rows the target's moves, if there are enough others around it in either order that
 * GTK has all of its own on the same side of what comes and goes. */
static int
get_shift (PaneViewFollower *self, ThawOrder *order, ThawOrder *coming)
{
  gint64 n_kept = PANE_SLOT_VIEW_GET_CLASS (self->view)->get_n_kept (self->view);
  gint64 n_columns = pane_slot_view_get_n_columns (self->view);
  gint64 old_position = self->old_position;
  gint64 position = thaw_order_find (coming, self->target_id);
  gint64 shift = position - old_position;

  if (self->target != TARGET_PIXEL || old_position == GTK_INVALID_LIST_POSITION
      || position == THAW_NO_ENTRY || ABS (shift) > MAX_SHIFT || shift % n_columns != 0
      || MIN (position, old_position) < n_kept + n_columns
      || position + n_kept > thaw_order_get_n (coming)
      || old_position + n_kept > thaw_order_get_n (order))
    return 0;
  return (int) shift;
}

/* Where the row of an old position is after the shift. */
static guint
get_moved (PaneViewFollower *self, guint old_position, int shift)
{
  return old_position < self->shift_at ? old_position : old_position + shift;
}

/* Whether the shift takes GTK's focus to where it belongs. As long as nothing has the focus but the
 * view, it belongs to a place. */
static gboolean
is_right_for_focus (PaneViewFollower *self, ThawOrder *order, ThawOrder *coming, int shift)
{
  PaneCell *cell = pane_slot_view_get_focus_cell (self->view);
  guint focus;

  if (!self->had_focus)
    return TRUE;
  if (self->old_focus_id == THAW_NO_ENTRY)
    return cell != NULL && pane_cell_get_position (cell) < self->shift_at;
  focus = thaw_order_find (order, self->old_focus_id);
  return self->focus_was_right
         && thaw_order_find (coming, self->old_focus_id) == get_moved (self, focus, shift);
}

/* Rows come and go just ahead of those that GTK has, which move along. Not if GTK's focus would
 * come to stand on another entry: its row can be told only after the next layout. */
static gboolean
ask_for_shift (PaneViewFollower *self, ThawOrder *order, ThawOrder *coming)
{
  guint n_columns = pane_slot_view_get_n_columns (self->view);
  guint n_kept = PANE_SLOT_VIEW_GET_CLASS (self->view)->get_n_kept (self->view);
  int shift = get_shift (self, order, coming);
  guint at;

  if (shift == 0)
    return FALSE;
  at = self->old_position - n_kept - MAX (-shift, 0);
  self->shift_at = at - at % n_columns;
  if (!is_right_for_focus (self, order, coming, shift))
    return FALSE;
  pane_folder_model_set_shift (get_model (self), self->shift_at, shift);
  return TRUE;
}

void
pane_view_follower_will_publish (PaneViewFollower *self)
{
  ThawOrder *order = pane_folder_model_get_order (get_model (self));

  g_clear_pointer (&self->old, thaw_order_unref);
  self->busy = TRUE;
  self->had_focus = has_focus_inside (self);
  if (order == NULL)
    {
      self->target = TARGET_TOP;
      return;
    }
  self->old = thaw_order_ref (order);
  /* A target that still waits is what the user wants to see, rather than what is there instead. */
  if (self->target == TARGET_PIXEL || self->target == TARGET_REVEAL)
    self->old_position = pane_folder_model_find (get_model (self), self->target_id);
  else
    note_place (self);
  if (thaw_order_get_store (order)
      != thaw_order_get_store (pane_folder_model_get_coming_order (get_model (self))))
    self->target = TARGET_TOP;
  self->focus_was_right = is_focus_right (self);
  if (!ask_for_shift (self, order, pane_folder_model_get_coming_order (get_model (self))))
    leave_tail (self);
  self->busy = TRUE;
}

/* After */

static void
move_focus (PaneViewFollower *self, guint position)
{
  GtkWidget *list = pane_slot_view_get_list (self->view);
  guint slot = position - get_offset (self);

  self->busy = TRUE;
  if (GTK_IS_GRID_VIEW (list))
    gtk_grid_view_scroll_to (GTK_GRID_VIEW (list), slot, GTK_LIST_SCROLL_FOCUS, NULL);
  else
    gtk_list_view_scroll_to (GTK_LIST_VIEW (list), slot, GTK_LIST_SCROLL_FOCUS, NULL);
  self->busy = FALSE;
  if (self->grab_due && !has_focus_inside (self))
    {
      self->busy = TRUE;
      gtk_widget_grab_focus (pane_slot_view_get_list (self->view));
      self->busy = FALSE;
    }
  self->grab_due = FALSE;
  self->focus_due = FALSE;
}

/* GTK keeps where a range starts as a row number, and selecting is the only way to move it. */
static void
move_anchor (PaneViewFollower *self)
{
  PaneFolderModel *model = get_model (self);
  guint slot
      = pane_folder_model_find (model, pane_folder_model_get_anchor_id (model)) - get_offset (self);

  if (slot >= get_n_items (self))
    return;
  pane_folder_model_hold_selection (model, TRUE);
  gtk_widget_activate_action (pane_slot_view_get_list (self->view),
                              "list.select-item",
                              "(ubb)",
                              slot,
                              FALSE,
                              FALSE);
  pane_folder_model_hold_selection (model, FALSE);
}

/* GTK's row number outlives the folder, and the entry, that the range would have started at. */
void
pane_view_follower_ensure_anchor (PaneViewFollower *self, guint32 id)
{
  PaneFolderModel *model = get_model (self);
  guint32 anchor_id = pane_folder_model_get_anchor_id (model);

  if (pane_folder_model_find (model, anchor_id) != GTK_INVALID_LIST_POSITION)
    return;
  pane_folder_model_set_anchor_id (model, id);
  move_anchor (self);
}

/* Where the row of @position has to be scrolled to. */
static double
get_wanted_value (PaneViewFollower *self, guint position)
{
  GtkAdjustment *adjustment = pane_slot_view_get_adjustment (self->view);
  double value = gtk_adjustment_get_value (adjustment);
  double top = get_row_top (self, position);
  double bottom = top + pane_slot_view_get_row_height (self->view);

  if (self->target == TARGET_PIXEL)
    return top - self->pixel;
  if (top < value)
    return top;
  return MAX (value, bottom - gtk_adjustment_get_page_size (adjustment));
}

/* Unsigned, so that what is before the offset isn't, either. */
static gboolean
is_reachable (PaneViewFollower *self, guint position)
{
  return position - get_offset (self) < MIN (get_n_items (self), self->n_laid_out);
}

/* Where the view has to be, if that can be reached by now; where it is otherwise. */
static double
reach_target (PaneViewFollower *self)
{
  double value = gtk_adjustment_get_value (pane_slot_view_get_adjustment (self->view)), wanted;
  guint position = 0;

  if (self->target == TARGET_NONE)
    return value;
  if (self->target == TARGET_PIXEL || self->target == TARGET_REVEAL)
    position = pane_folder_model_find (get_model (self), self->target_id);
  if (self->target != TARGET_TOP && !is_reachable (self, position))
    return value;
  wanted = self->target == TARGET_TOP
               ? 0
               : clamp_value (self, get_wanted_value (self, position), get_n_items (self));
  /* The row can be reached, but not yet those below it that belong on the screen, too. */
  if (self->n_laid_out < get_n_items (self)
      && wanted > clamp_value (self, wanted, self->n_laid_out))
    return value;
  self->target = TARGET_NONE;
  return wanted;
}

/* Does what can be done by now; the rest waits for the next layout. GTK scrolls to a row that it
 * gives the focus, and binds all rows anew if that is far away: so the view is brought to its place
 * first, where the focus mostly is. */
static void
settle (PaneViewFollower *self)
{
  GtkAdjustment *adjustment = pane_slot_view_get_adjustment (self->view);
  PaneFolderModel *model = get_model (self);
  guint focus = pane_folder_model_find (model, pane_folder_model_get_focus_id (model));
  double value = reach_target (self);

  if (value != gtk_adjustment_get_value (adjustment))
    set_value (self, value);
  if (self->focus_due && is_reachable (self, focus))
    {
      move_focus (self, focus);
      set_value (self, value);
    }
}

/* The entry that was noted may be gone: then it is a neighbour that stays in its place. */
static void
resolve_target (PaneViewFollower *self)
{
  PaneFolderModel *model = get_model (self);
  guint position;

  if (self->target != TARGET_PIXEL && self->target != TARGET_REVEAL)
    return;
  if (pane_folder_model_find (model, self->target_id) != GTK_INVALID_LIST_POSITION)
    return;
  position = self->old_position != GTK_INVALID_LIST_POSITION
                 ? pane_folder_model_find_near (model, self->old, self->old_position)
                 : GTK_INVALID_LIST_POSITION;
  self->target_id = pane_folder_model_get_id (model, position);
  if (self->target_id == THAW_NO_ENTRY)
    self->target = TARGET_TOP;
}

static guint
get_n_page_rows (PaneViewFollower *self)
{
  double page = gtk_adjustment_get_page_size (pane_slot_view_get_adjustment (self->view));

  return (guint) ceil (page / pane_slot_view_get_row_height (self->view));
}

/* How many rows have to be there above the target's so that it can be in its place. */
static guint
get_n_rows_above (PaneViewFollower *self)
{
  double n_rows = ceil (self->pixel / pane_slot_view_get_row_height (self->view));

  if (self->target == TARGET_PIXEL)
    return n_rows > 0 ? (guint) n_rows : 0;
  return get_n_page_rows (self);
}

/* Row widgets are still being made, and the target is further down than there are any: those that
 * there are stand for the part of the order around it until then. */
static void
show_target (PaneViewFollower *self)
{
  PaneFolderModel *model = get_model (self);
  guint n_columns = pane_slot_view_get_n_columns (self->view);
  guint n_rows = get_n_items (self) / n_columns;
  guint last, row, position;

  if (self->target != TARGET_PIXEL && self->target != TARGET_REVEAL)
    return;
  self->show_due = pane_slot_view_get_row_height (self->view) <= 0;
  if (self->show_due)
    return;
  position = pane_folder_model_find (model, self->target_id);
  if (position - get_offset (self) < get_n_items (self))
    return;
  last = (thaw_order_get_n (pane_folder_model_get_order (model)) + n_columns - 1) / n_columns;
  row = position / n_columns;
  row -= MIN (row, get_n_rows_above (self));
  pane_folder_model_set_offset (model, MIN (row, last - MIN (last, n_rows)) * n_columns);
}

/* GTK's focus is where it belongs: it was, and its row has moved as far as its entry. */
static gboolean
is_focus_still_right (PaneViewFollower *self)
{
  PaneFolderModel *model = get_model (self);
  guint32 id = pane_folder_model_get_focus_id (model);
  guint position = pane_folder_model_find (model, id);
  guint before = self->focus_was_right ? thaw_order_find (self->old, id) : THAW_NO_ENTRY;

  if (before == THAW_NO_ENTRY || id != self->old_focus_id || !has_focus_inside (self))
    return FALSE;
  return position == get_moved (self, before, pane_folder_model_get_shift (model));
}

/* Rows stand for other entries: what can be done is done now, the rest after the next layout. */
static void
begin (PaneViewFollower *self, gboolean move_focus)
{
  PaneFolderModel *model = get_model (self);

  self->is_stuck = FALSE;
  self->n_laid_out = MIN (self->n_laid_out, get_n_items (self));
  self->focus_due = move_focus && pane_folder_model_get_focus_id (model) != THAW_NO_ENTRY;
  move_anchor (self);
  settle (self);
  if (self->target != TARGET_NONE || self->focus_due)
    gtk_widget_queue_allocate (GTK_WIDGET (self->view));
}

void
pane_view_follower_set_offset (PaneViewFollower *self, guint offset)
{
  if (offset == get_offset (self))
    return;
  if (self->target == TARGET_NONE)
    note_place (self);
  self->busy = TRUE;
  pane_folder_model_set_offset (get_model (self), offset);
  self->busy = FALSE;
  begin (self, TRUE);
}

void
pane_view_follower_published (PaneViewFollower *self)
{
  PaneFolderModel *model = get_model (self);
  gboolean same_store = self->old != NULL
                        && thaw_order_get_store (self->old) == pane_folder_model_get_store (model);
  gboolean focus_is_right = same_store && is_focus_still_right (self);

  self->busy = FALSE;
  self->shifted = same_store && pane_folder_model_get_shift (model) != 0;
  if (self->shifted)
    self->n_laid_out = 0;
  self->grab_due = self->grab_due || (self->had_focus && !has_focus_inside (self));
  if (same_store)
    resolve_target (self);
  else
    {
      self->target = TARGET_TOP;
      self->target_id = THAW_NO_ENTRY;
      self->anew = self->old != NULL;
    }
  g_clear_pointer (&self->old, thaw_order_release);
  show_target (self);
  begin (self, !focus_is_right);
  if (self->grab_due && pane_folder_model_get_focus_id (model) == THAW_NO_ENTRY)
    {
      gtk_widget_grab_focus (pane_slot_view_get_list (self->view));
      self->grab_due = FALSE;
    }
}

void
pane_view_follower_reveal (PaneViewFollower *self, guint32 id, gboolean focus)
{
  if (pane_folder_model_find (get_model (self), id) == GTK_INVALID_LIST_POSITION)
    return;
  self->target = TARGET_REVEAL;
  self->target_id = id;
  if (focus)
    {
      pane_folder_model_set_focus_id (get_model (self), id);
      self->focus_due = TRUE;
      self->grab_due = TRUE;
    }
  show_target (self);
  settle (self);
  if (self->target != TARGET_NONE || self->focus_due)
    gtk_widget_queue_allocate (GTK_WIDGET (self->view));
}

/* As far as the ends of the order allow. */
void
pane_view_follower_put (PaneViewFollower *self, guint32 id, double pixel)
{
  self->old_position = pane_folder_model_find (get_model (self), id);
  if (self->old_position == GTK_INVALID_LIST_POSITION)
    return;
  self->target = TARGET_PIXEL;
  self->target_id = id;
  self->pixel = pixel;
  show_target (self);
  settle (self);
  if (self->target != TARGET_NONE)
    gtk_widget_queue_allocate (GTK_WIDGET (self->view));
}

/* What the user looks at keeps its place when rows get another height, too. */
void
pane_view_follower_invalidate (PaneViewFollower *self)
{
  if (self->n_laid_out > 0 && self->target == TARGET_NONE && get_n_items (self) > 0)
    note_place (self);
  self->n_laid_out = 0;
}

static gboolean
is_heading (PaneViewFollower *self, guint slot)
{
  guint32 id = pane_folder_model_get_id (get_model (self), get_offset (self) + slot);

  return pane_folder_model_is_heading (get_model (self), id);
}

/* Headings take no focus. */
static guint
skip_headings (PaneViewFollower *self, guint slot)
{
  guint next = slot;

  while (next < get_n_items (self) && is_heading (self, next))
    next++;
  return next < get_n_items (self) ? next : slot;
}

/* Where keys begin as long as the user has gone to no entry: what is first in sight. */
static void
move_focus_inside (PaneViewFollower *self)
{
  GtkAdjustment *adjustment = pane_slot_view_get_adjustment (self->view);
  double value = gtk_adjustment_get_value (adjustment);
  guint row = (guint) (value / pane_slot_view_get_row_height (self->view));
  guint slot = MIN (row * pane_slot_view_get_n_columns (self->view), get_n_items (self) - 1);

  move_focus (self, get_offset (self) + skip_headings (self, slot));
  set_value (self, value);
  self->is_stuck = gtk_widget_is_focus (pane_slot_view_get_list (self->view));
}

/* A list that is empty has the focus itself, and GTK leaves it there when rows come: keys would
 * reach none of them. In another folder it stays at the row where it was in the one before. */
static gboolean
is_focus_astray (PaneViewFollower *self)
{
  if (self->focus_due || self->n_laid_out == 0 || pane_slot_view_get_row_height (self->view) <= 0)
    return FALSE;
  if (self->anew && pane_folder_model_get_focus_id (get_model (self)) == THAW_NO_ENTRY)
    return TRUE;
  return !self->is_stuck && gtk_widget_is_focus (pane_slot_view_get_list (self->view));
}

void
pane_view_follower_laid_out (PaneViewFollower *self)
{
  self->shifted = FALSE;
  self->n_laid_out = get_n_items (self);
  self->upper = gtk_adjustment_get_upper (pane_slot_view_get_adjustment (self->view));
  if (self->show_due)
    show_target (self);
  if (self->target != TARGET_NONE || self->focus_due)
    settle (self);
  if (!is_focus_astray (self))
    return;
  self->anew = FALSE;
  move_focus_inside (self);
}
