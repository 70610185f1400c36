/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The text view: the folder as a narrow list and beside it what is in the file that the user is at,
 * made for reading one text after the other. What isn't text is shown as quick look shows it, a
 * folder by what is in it. Reading, its bounds and the sandbox are PanePreview's; nothing here
 * touches a file. Loop's thread only.
 */
#include "pane-cell-view.h"
#include "pane-preview.h"

#include <glib/gi18n-lib.h>

#define MARGIN 6
#define USUAL_LIST_WIDTH 260
#define LEAST_LIST_WIDTH 120
#define MOST_LIST_WIDTH 4000

#define PANE_TYPE_TEXT_VIEW (pane_text_view_get_type ())
G_DECLARE_FINAL_TYPE (PaneTextView, pane_text_view, PANE, TEXT_VIEW, PaneCellView)

struct _PaneTextView {
  PaneCellView parent_instance;

  GtkPaned *paned;
  PanePreview *preview;
  GtkWidget *head; /* above the preview: */
  GtkLabel *name, *status;
  int list_width; /* as the user wants it, whatever there is room for */
};

G_DEFINE_FINAL_TYPE (PaneTextView, pane_text_view, PANE_TYPE_CELL_VIEW)

/* What is shown */

static void
show_current (PaneTextView *self)
{
  PaneFolderModel *model = pane_view_get_model (PANE_VIEW (self));
  ThawEntryStore *store = pane_folder_model_get_store (model);
  guint32 id = pane_folder_model_get_focus_id (model);
  g_autoptr (GFile) file = NULL;
  g_autofree char *name = NULL;

  if (id == THAW_NO_ENTRY)
    id = pane_folder_model_get_id (model, 0);
  if (id != THAW_NO_ENTRY)
    name = thaw_entry_store_dup_display_name (store, id);
  file = pane_view_dup_file (PANE_VIEW (self), id);
  gtk_label_set_label (self->name, name != NULL ? name : "");
  gtk_widget_set_visible (self->head, file != NULL);
  pane_preview_set_file (self->preview, file);
}

static void
status_cb (PaneTextView *self)
{
  gtk_label_set_label (self->status, pane_preview_get_status (self->preview));
}

static GtkWidget *
find_text (GtkWidget *widget)
{
  GtkWidget *found = NULL;

  if (widget == NULL || GTK_IS_TEXT_VIEW (widget))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_text (child);
  return found;
}

/* The renderer's own choice is quick look's: there prose has no numbers. Which kind of text view it
 * is depends on what is installed. */
static void
dress_text (PaneTextView *self)
{
  GtkWidget *text = find_text (pane_preview_get_content (self->preview));
  PaneView *view = PANE_VIEW (self);
  gboolean wraps = pane_view_get_setting (view, "wrap-lines");

  if (text == NULL)
    return;
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (text), "show-line-numbers") != NULL)
    g_object_set (text,
                  "show-line-numbers",
                  pane_view_get_setting (view, "line-numbers") != 0,
                  NULL);
  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (text), wraps ? GTK_WRAP_WORD_CHAR : GTK_WRAP_NONE);
}

static void
setting_changed (PaneView *view, const char *id)
{
  dress_text (PANE_TEXT_VIEW (view));
}

/* Who has how much room */

static gboolean
is_squeezed (PaneTextView *self, int position)
{
  int most;

  g_object_get (self->paned, "max-position", &most, NULL);
  return position == most && position < self->list_width;
}

/* The user has moved it, unless there is just no room for more. */
static void
position_cb (PaneTextView *self)
{
  int position = gtk_paned_get_position (self->paned);

  if (position == self->list_width || is_squeezed (self, position))
    return;
  self->list_width = position;
  pane_view_settings_changed (PANE_VIEW (self));
}

static void
set_list_width (PaneTextView *self, int width)
{
  self->list_width = CLAMP (width, LEAST_LIST_WIDTH, MOST_LIST_WIDTH);
  gtk_paned_set_position (self->paned, self->list_width);
}

/* There is more room again, or less. */
static void
room_cb (PaneTextView *self)
{
  set_list_width (self, self->list_width);
}

static char *
dup_settings (PaneView *view)
{
  PaneTextView *self = PANE_TEXT_VIEW (view);

  if (self->list_width == USUAL_LIST_WIDTH)
    return g_strdup ("");
  return g_strdup_printf ("list=%d", self->list_width);
}

static void
apply_settings (PaneView *view, const char *settings)
{
  PaneTextView *self = PANE_TEXT_VIEW (view);
  int width = USUAL_LIST_WIDTH;

  if (*settings != '\0' && sscanf (settings, "list=%5d", &width) != 1)
    return;
  set_list_width (self, width);
}

/* The list */

static void
set_model (PaneView *view, PaneFolderModel *model)
{
  PANE_VIEW_CLASS (pane_text_view_parent_class)->set_model (view, model);
  g_signal_connect_object (model,
                           "focus-changed",
                           G_CALLBACK (show_current),
                           view,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "published", G_CALLBACK (show_current), view, G_CONNECT_SWAPPED);
  show_current (PANE_TEXT_VIEW (view));
}

static void
measure_cell (PaneView *view, const PaneCellStyle *style, int *width, int *height)
{
  *width = style->icon_size + 10 * style->char_width + 3 * MARGIN;
  *height = MAX (style->icon_size, style->line_height) + 10;
}

static void
draw_cell (PaneView *view, PaneCell *cell, GtkSnapshot *snapshot)
{
  const PaneCellStyle *style = pane_cell_get_style (cell);
  int width = gtk_widget_get_width (GTK_WIDGET (cell));
  int height = gtk_widget_get_height (GTK_WIDGET (cell));
  int size = style->icon_size, begin = size + 2 * MARGIN;

  pane_cell_snapshot_icon (cell,
                           snapshot,
                           pane_cell_is_rtl (cell) ? width - MARGIN - size : MARGIN,
                           (height - size) / 2,
                           size);
  pane_cell_snapshot_name (cell,
                           snapshot,
                           begin,
                           (height - style->line_height) / 2,
                           width - begin - MARGIN,
                           1,
                           0);
}

static void
pane_text_view_class_init (PaneTextViewClass *klass)
{
  PANE_VIEW_CLASS (klass)->set_model = set_model;
  PANE_VIEW_CLASS (klass)->measure_cell = measure_cell;
  PANE_VIEW_CLASS (klass)->draw_cell = draw_cell;
  PANE_VIEW_CLASS (klass)->dup_settings = dup_settings;
  PANE_VIEW_CLASS (klass)->apply_settings = apply_settings;
  PANE_VIEW_CLASS (klass)->setting_changed = setting_changed;
}

/* Making it */

static GtkLabel *
add_label (PaneTextView *self, const char *style_class)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_widget_add_css_class (label, style_class);
  gtk_box_append (GTK_BOX (self->head), label);
  return GTK_LABEL (label);
}

static void
make_head (PaneTextView *self)
{
  self->head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 2 * MARGIN);
  gtk_widget_set_margin_start (self->head, 2 * MARGIN);
  gtk_widget_set_margin_end (self->head, MARGIN);
  gtk_widget_set_size_request (self->head, -1, 40);
  self->name = add_label (self, "heading");
  self->status = add_label (self, "dim-label");
  gtk_widget_set_hexpand (GTK_WIDGET (self->status), TRUE);
}

/* With nothing in it the page is as good as the room below the entries. */
static void
pressed_cb (GtkGestureClick *click, int n_press, double x, double y, PaneTextView *self)
{
  guint button = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (click));
  graphene_point_t point = GRAPHENE_POINT_INIT ((float) x, (float) y);

  if (pane_preview_get_file (self->preview) != NULL
      || !gtk_widget_compute_point (gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (click)),
                                    GTK_WIDGET (self),
                                    &point,
                                    &point))
    return;
  gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (pane_view_get_model (PANE_VIEW (self))));
  if (button == GDK_BUTTON_SECONDARY)
    pane_view_request_menu (PANE_VIEW (self), THAW_NO_ENTRY, point.x, point.y);
}

static GtkWidget *
make_page (PaneTextView *self)
{
  GtkWidget *page = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkGesture *click = gtk_gesture_click_new ();

  make_head (self);
  self->preview = pane_preview_new ();
  gtk_box_append (GTK_BOX (page), self->head);
  gtk_box_append (GTK_BOX (page), gtk_separator_new (GTK_ORIENTATION_HORIZONTAL));
  gtk_box_append (GTK_BOX (page), GTK_WIDGET (self->preview));
  gtk_widget_set_overflow (page, GTK_OVERFLOW_HIDDEN);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), 0);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (page, GTK_EVENT_CONTROLLER (click));
  g_signal_connect_object (self->preview,
                           "notify::status",
                           G_CALLBACK (status_cb),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->preview,
                           "notify::state",
                           G_CALLBACK (dress_text),
                           self,
                           G_CONNECT_SWAPPED);
  return page;
}

static void
pane_text_view_init (PaneTextView *self)
{
  g_autoptr (GtkWidget) list = g_object_ref (pane_slot_view_get_scrolled (PANE_SLOT_VIEW (self)));

  pane_view_add_toggle (PANE_VIEW (self), "wrap-lines", _ ("_Wrap Long Lines"), TRUE);
  pane_view_add_toggle (PANE_VIEW (self), "line-numbers", _ ("_Line Numbers"), TRUE);
  pane_view_set_icon_sizes (PANE_VIEW (self), (const int[]){ 16, 24, 32, 48 }, 4, 0);
  gtk_widget_add_css_class (GTK_WIDGET (self), "view");
  self->paned = g_object_new (GTK_TYPE_PANED, "accessible-role", GTK_ACCESSIBLE_ROLE_GROUP, NULL);
  gtk_widget_unparent (list);
  gtk_widget_set_size_request (list, LEAST_LIST_WIDTH, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->paned),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Divider"),
                                  -1);
  gtk_paned_set_start_child (self->paned, list);
  gtk_paned_set_end_child (self->paned, make_page (self));
  gtk_paned_set_resize_start_child (self->paned, FALSE);
  gtk_paned_set_shrink_start_child (self->paned, FALSE);
  gtk_widget_set_vexpand (GTK_WIDGET (self->paned), TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (self->paned), TRUE);
  gtk_widget_set_parent (GTK_WIDGET (self->paned), GTK_WIDGET (self));
  set_list_width (self, USUAL_LIST_WIDTH);
  g_signal_connect_swapped (self->paned, "notify::position", G_CALLBACK (position_cb), self);
  g_signal_connect_swapped (self->paned, "notify::max-position", G_CALLBACK (room_cb), self);
}

const PaneViewInfo pane_text_view_info = {
  .id = "text",
  .title = N_ ("Text"),
  .icon_name = "text-x-generic-symbolic",
  .accelerator = "<Control>7",
  .rank = 55,
  .needs = PANE_NEEDS_NAME,
  .get_type = pane_text_view_get_type,
};
