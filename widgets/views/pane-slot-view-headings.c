/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The keys of a slot view whose model has headings among its rows. To GTK's list those are rows
 * like any other; keys go from entry to entry and pass them over, and bring into sight the heading
 * above the entry that they come to from below. Without headings GTK's own keys are left alone.
 * Loop's thread only.
 */
#include "pane-slot-view-private.h"

typedef struct {
  int direction; /* in which headings are passed over */
  int distance;  /* in rows; 0: to the very end */
} Move;

static gboolean
get_move (PaneSlotView *self, guint keyval, Move *move)
{
  double page = gtk_adjustment_get_page_size (pane_slot_view_get_adjustment (self));
  int n_rows = (int) page / MAX (pane_slot_view_get_row_height (self), 1) - 1;

  switch (keyval)
    {
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      *move = (Move){ -1, 1 };
      return TRUE;
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      *move = (Move){ 1, 1 };
      return TRUE;
    case GDK_KEY_Page_Up:
    case GDK_KEY_KP_Page_Up:
      *move = (Move){ -1, MAX (n_rows, 1) };
      return TRUE;
    case GDK_KEY_Page_Down:
    case GDK_KEY_KP_Page_Down:
      *move = (Move){ 1, MAX (n_rows, 1) };
      return TRUE;
    case GDK_KEY_Home:
    case GDK_KEY_KP_Home:
      *move = (Move){ -1, 0 };
      return TRUE;
    case GDK_KEY_End:
    case GDK_KEY_KP_End:
      *move = (Move){ 1, 0 };
      return TRUE;
    default:
      return FALSE;
    }
}

static gboolean
is_heading (PaneFolderModel *model, gint64 position)
{
  return position >= 0
         && pane_folder_model_is_heading (model,
                                          pane_folder_model_get_id (model, (guint) position));
}

/* Groups have entries: beside a heading there is one, but before the first. */
static guint
find_target (PaneFolderModel *model, guint from, const Move *move)
{
  gint64 n = thaw_order_get_n (pane_folder_model_get_order (model));
  gint64 target = move->direction < 0 ? 0 : n - 1;

  if (from == GTK_INVALID_LIST_POSITION)
    target = 0;
  else if (move->distance > 0)
    target = CLAMP ((gint64) from + move->direction * move->distance, 0, n - 1);
  if (is_heading (model, target))
    target += target > 0 ? move->direction : 1;
  return (guint) target;
}

/* With the keyboard as GTK has it: Control moves and selects nothing, Shift extends. */
static void
go_to (PaneSlotView *self, guint position, GdkModifierType modifiers)
{
  PaneFolderModel *model = pane_view_get_model (PANE_VIEW (self));
  guint32 id = pane_folder_model_get_id (model, position);
  guint slot = position - pane_folder_model_get_offset (model);
  gboolean extend = (modifiers & GDK_SHIFT_MASK) != 0;
  gboolean modify = (modifiers & GDK_CONTROL_MASK) != 0;

  if (extend || !modify)
    {
      if (slot < g_list_model_get_n_items (G_LIST_MODEL (model)))
        gtk_widget_activate_action (pane_slot_view_get_list (self),
                                    "list.select-item",
                                    "(ubb)",
                                    slot,
                                    modify,
                                    extend);
      else
        pane_folder_model_select_id (model, id, TRUE);
    }
  pane_view_reveal (PANE_VIEW (self), id, TRUE);
}

static gboolean
key_pressed_cb (GtkEventControllerKey *controller,
                guint keyval,
                guint keycode,
                GdkModifierType state,
                PaneSlotView *self)
{
  PaneFolderModel *model = pane_view_get_model (PANE_VIEW (self));
  GdkModifierType modifiers = state & gtk_accelerator_get_default_mod_mask ();
  ThawOrder *order = pane_folder_model_get_order (model);
  guint from, target;
  Move move;

  if (!pane_folder_model_get_grouped (model) || order == NULL || thaw_order_get_n (order) == 0
      || (modifiers & ~(GDK_SHIFT_MASK | GDK_CONTROL_MASK)) != 0 || !get_move (self, keyval, &move))
    return GDK_EVENT_PROPAGATE;
  from = pane_folder_model_find (model, pane_folder_model_get_focus_id (model));
  target = find_target (model, from, &move);
  if (move.direction < 0 && is_heading (model, (gint64) target - 1))
    pane_view_reveal (PANE_VIEW (self), pane_folder_model_get_id (model, target - 1), FALSE);
  go_to (self, target, modifiers);
  return GDK_EVENT_STOP;
}

/* Only with the focus among the rows: there may be more in the view than those. */
void
pane_slot_view_add_heading_keys (PaneSlotView *self)
{
  GtkEventController *key = gtk_event_controller_key_new ();

  gtk_event_controller_set_propagation_phase (key, GTK_PHASE_CAPTURE);
  g_signal_connect_object (key, "key-pressed", G_CALLBACK (key_pressed_cb), self, 0);
  gtk_widget_add_controller (pane_slot_view_get_list (self), key);
}

/* The first row that the focus can be on: a place, as long as nobody has pressed anything. */
guint
pane_slot_view_get_first_slot (PaneSlotView *self)
{
  PaneFolderModel *model = pane_view_get_model (PANE_VIEW (self));

  return pane_folder_model_is_heading (model, pane_folder_model_get_slot_id (model, 0)) ? 1 : 0;
}

/* GTK gives the focus to the row that had it, and to none if that is a heading now. */
void
pane_slot_view_leave_heading (PaneSlotView *self)
{
  PaneFolderModel *model = pane_view_get_model (PANE_VIEW (self));
  guint position = pane_folder_model_find (model, pane_folder_model_get_focus_id (model));
  guint slot = position != GTK_INVALID_LIST_POSITION
                   ? position - pane_folder_model_get_offset (model)
                   : pane_slot_view_get_first_slot (self);

  if (pane_folder_model_get_grouped (model)
      && slot < g_list_model_get_n_items (G_LIST_MODEL (model)))
    gtk_list_view_scroll_to (GTK_LIST_VIEW (pane_slot_view_get_list (self)),
                             slot,
                             GTK_LIST_SCROLL_FOCUS,
                             NULL);
}
