/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What makes a tree of the list: a triangle before each folder, rows that are further in the deeper
 * they are, and the keys and clicks that expand and collapse. The rows themselves are the model's
 * matter, which has them as entries like any other. Right expands, and goes on to what is inside;
 * Left collapses, and goes back to the folder. Mirrored where writing goes the other way. Loop's
 * thread only.
 */
#include "list/pane-list-tree.h"
#include "list/pane-list-row.h"

#define TRIANGLE 16 /* its place, square */
#define STEP 18     /* a level */
#define HAS_STATE "pane-list-tree-state"
#define COLUMNS "pane-list-tree-columns"

/* Geometry */

/* Where the triangle begins. However deep, half of the column is left for the name. */
static int
get_start (PaneCell *cell, int name_width)
{
  PaneFolderModel *model = pane_cell_get_model (cell);
  guint depth = model != NULL ? pane_folder_model_get_depth (model, pane_cell_get_id (cell)) : 0;

  return (int) MIN (depth * STEP, (guint) MAX (name_width / 2 - TRIANGLE, 0));
}

int
pane_list_tree_get_indent (PaneCell *cell, int name_width)
{
  return get_start (cell, name_width) + TRIANGLE;
}

static gboolean
is_expandable (PaneCell *cell)
{
  PaneFolderModel *model = pane_cell_get_model (cell);

  return model != NULL && pane_folder_model_is_expandable (model, pane_cell_get_id (cell));
}

gboolean
pane_list_tree_hits_triangle (PaneCell *cell, double x, int name_width)
{
  int start = get_start (cell, name_width);

  if (pane_cell_is_rtl (cell))
    x = gtk_widget_get_width (GTK_WIDGET (cell)) - x;
  return is_expandable (cell) && x >= (start > 0 ? start : -PANE_LIST_INSET)
         && x < start + TRIANGLE + PANE_LIST_PADDING;
}

/* Drawing */

/* Around the middle of its place: a triangle that points to the end, or downwards. */
static GskPath *
make_path (gboolean is_expanded, gboolean is_rtl)
{
  static const float points[3][2] = { { -2, -4 }, { 2, 0 }, { -2, 4 } };
  GskPathBuilder *builder = gsk_path_builder_new ();

  for (guint i = 0; i < G_N_ELEMENTS (points); i++)
    {
      float x = is_expanded ? points[i][1] : points[i][0] * (is_rtl ? -1 : 1);
      float y = is_expanded ? points[i][0] : points[i][1];

      if (i == 0)
        gsk_path_builder_move_to (builder, x, y);
      else
        gsk_path_builder_line_to (builder, x, y);
    }
  return gsk_path_builder_free_to_path (builder);
}

static GskPath *
get_path (gboolean is_expanded, gboolean is_rtl)
{
  static GskPath *paths[2][2];
  GskPath **path = &paths[!!is_expanded][!!is_rtl];

  if (*path == NULL)
    *path = make_path (is_expanded, is_rtl);
  return *path;
}

static GskStroke *
get_stroke (void)
{
  static GskStroke *stroke;

  if (stroke == NULL)
    {
      stroke = gsk_stroke_new (2);
      gsk_stroke_set_line_cap (stroke, GSK_LINE_CAP_ROUND);
      gsk_stroke_set_line_join (stroke, GSK_LINE_JOIN_ROUND);
    }
  return stroke;
}

void
pane_list_tree_snapshot_triangle (PaneCell *cell, GtkSnapshot *snapshot, int name_width)
{
  GtkWidget *widget = GTK_WIDGET (cell);
  gboolean is_rtl = pane_cell_is_rtl (cell);
  float x = PANE_LIST_PADDING + get_start (cell, name_width) + TRIANGLE / 2 - PANE_LIST_PADDING / 2;
  GdkRGBA color;

  if (!is_expandable (cell))
    return;
  if (is_rtl)
    x = gtk_widget_get_width (widget) - x;
  gtk_widget_get_color (widget, &color);
  color.alpha *= (float) pane_cell_get_style (cell)->secondary_opacity;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
                          &GRAPHENE_POINT_INIT (x, (float) (gtk_widget_get_height (widget) / 2)));
  gtk_snapshot_append_stroke (
      snapshot,
      get_path (pane_folder_model_is_expanded (pane_cell_get_model (cell), pane_cell_get_id (cell)),
                is_rtl),
      get_stroke (),
      &color);
  gtk_snapshot_restore (snapshot);
}

/* Assistive technology */

static void
set_state (PaneCell *cell, GtkAccessible *row)
{
  PaneFolderModel *model = pane_cell_get_model (cell);
  guint32 id = pane_cell_get_id (cell);

  if (is_expandable (cell))
    gtk_accessible_update_state (row,
                                 GTK_ACCESSIBLE_STATE_EXPANDED,
                                 pane_folder_model_is_expanded (model, id),
                                 -1);
  else
    gtk_accessible_reset_state (row, GTK_ACCESSIBLE_STATE_EXPANDED);
  gtk_accessible_update_property (row,
                                  GTK_ACCESSIBLE_PROPERTY_LEVEL,
                                  (int) pane_folder_model_get_depth (model, id) + 1,
                                  -1);
}

/* Most rows of most lists are files and never were anything else. */
void
pane_list_tree_update_state (PaneCell *cell)
{
  GtkWidget *row = gtk_widget_get_parent (GTK_WIDGET (cell));
  gboolean has_state = g_object_get_data (G_OBJECT (cell), HAS_STATE) != NULL;
  gboolean needs_state;

  if (row == NULL || pane_cell_get_model (cell) == NULL)
    return;
  needs_state
      = is_expandable (cell)
        || pane_folder_model_get_depth (pane_cell_get_model (cell), pane_cell_get_id (cell)) > 0;
  if (!has_state && !needs_state)
    return;
  g_object_set_data (G_OBJECT (cell), HAS_STATE, needs_state ? cell : NULL);
  set_state (cell, GTK_ACCESSIBLE (row));
}

/* Keys and clicks */

static PaneListColumns *
get_columns (GtkWidget *list)
{
  return g_object_get_data (G_OBJECT (list), COLUMNS);
}

/* As the arrow keys do: it is selected, and a range begins there. */
static void
go_to (PaneView *view, guint32 id)
{
  PaneFolderModel *model = pane_view_get_model (view);
  guint slot = pane_folder_model_find (model, id) - pane_folder_model_get_offset (model);

  if (slot >= g_list_model_get_n_items (G_LIST_MODEL (model)))
    return;
  gtk_widget_activate_action (pane_slot_view_get_list (PANE_SLOT_VIEW (view)),
                              "list.select-item",
                              "(ubb)",
                              slot,
                              FALSE,
                              FALSE);
  pane_view_reveal (view, id, TRUE);
}

static gboolean
go_in (PaneView *view, guint32 id)
{
  PaneFolderModel *model = pane_view_get_model (view);
  guint32 first;

  if (!pane_folder_model_is_expandable (model, id))
    return GDK_EVENT_PROPAGATE;
  if (!pane_folder_model_is_expanded (model, id))
    {
      pane_folder_model_set_expanded (model, id, TRUE);
      return GDK_EVENT_STOP;
    }
  first = pane_folder_model_get_id (model, pane_folder_model_find (model, id) + 1);
  if (first != THAW_NO_ENTRY && pane_folder_model_get_parent_id (model, first) == id)
    go_to (view, first);
  return GDK_EVENT_STOP;
}

static gboolean
go_out (PaneView *view, guint32 id)
{
  PaneFolderModel *model = pane_view_get_model (view);
  guint32 parent = pane_folder_model_get_parent_id (model, id);

  if (pane_folder_model_is_expanded (model, id))
    pane_folder_model_set_expanded (model, id, FALSE);
  else if (parent != THAW_NO_ENTRY)
    go_to (view, parent);
  else
    return GDK_EVENT_PROPAGATE;
  return GDK_EVENT_STOP;
}

static gboolean
key_pressed_cb (GtkEventControllerKey *controller,
                guint keyval,
                guint keycode,
                GdkModifierType state,
                PaneView *view)
{
  GtkWidget *list = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (controller));
  gboolean is_rtl = gtk_widget_get_direction (list) == GTK_TEXT_DIR_RTL;
  guint32 id = pane_folder_model_get_focus_id (pane_view_get_model (view));

  if ((state & gtk_accelerator_get_default_mod_mask ()) != 0 || id == THAW_NO_ENTRY
      || !pane_list_columns_get_tree (get_columns (list)))
    return GDK_EVENT_PROPAGATE;
  if (keyval == GDK_KEY_Right || keyval == GDK_KEY_KP_Right)
    return is_rtl ? go_out (view, id) : go_in (view, id);
  if (keyval == GDK_KEY_Left || keyval == GDK_KEY_KP_Left)
    return is_rtl ? go_in (view, id) : go_out (view, id);
  return GDK_EVENT_PROPAGATE;
}

static PaneListRow *
pick_row (GtkWidget *list, double x, double y)
{
  GtkWidget *picked = gtk_widget_pick (list, x, y, GTK_PICK_DEFAULT);

  while (picked != NULL && picked != list && !PANE_IS_LIST_ROW (picked))
    picked = gtk_widget_get_parent (picked);
  return PANE_IS_LIST_ROW (picked) ? PANE_LIST_ROW (picked) : NULL;
}

/* Selects nothing: what is selected may be meant for what is found in there. */
static void
pressed_cb (GtkGestureClick *gesture, int n_press, double x, double y, PaneView *view)
{
  GtkWidget *list = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));
  PaneFolderModel *model = pane_view_get_model (view);
  PaneListRow *row = pick_row (list, x, y);
  graphene_point_t point;
  guint32 id;

  if (row == NULL
      || !gtk_widget_compute_point (list,
                                    GTK_WIDGET (row),
                                    &GRAPHENE_POINT_INIT ((float) x, (float) y),
                                    &point)
      || !pane_list_row_hits_triangle (row, point.x))
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  id = pane_cell_get_id (PANE_CELL (row));
  pane_view_reveal (view, id, TRUE);
  pane_folder_model_set_expanded (model, id, !pane_folder_model_is_expanded (model, id));
}

void
pane_list_tree_add_input (PaneSlotView *view, PaneListColumns *columns)
{
  GtkWidget *list = pane_slot_view_get_list (view);
  GtkEventController *key = gtk_event_controller_key_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  g_object_set_data_full (G_OBJECT (list), COLUMNS, g_object_ref (columns), g_object_unref);
  gtk_event_controller_set_propagation_phase (key, GTK_PHASE_CAPTURE);
  g_signal_connect_object (key, "key-pressed", G_CALLBACK (key_pressed_cb), view, 0);
  gtk_widget_add_controller (list, key);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_PRIMARY);
  g_signal_connect_object (click, "pressed", G_CALLBACK (pressed_cb), view, 0);
  gtk_widget_add_controller (list, GTK_EVENT_CONTROLLER (click));
}
