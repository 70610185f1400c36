/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The path bar. It shows a place as crumbs and, on request, as an entry with completion; it says
 * what the user picked and changes nothing itself. The completion's list is a popover that never
 * takes the focus, made when there is something to show for the first time. Loop's thread; the
 * names come from PaneCompletion, off the loop. */

#define GETTEXT_PACKAGE "thaw"
#include "pane-path-bar.h"
#include "pane-completion.h"
#include "pane-crumbs.h"
#include <glib/gi18n-lib.h>

struct _PanePathBar {
  GtkWidget parent_instance;

  GtkStack *stack;
  PaneCrumbs *crumbs;
  GtkEntry *entry;
  GFile *location;
  PaneCompletion *completion; /* made with the first edit */
  GtkWidget *popover;
  GtkListBox *list;
  gboolean setting_text; /* a change that is ours and asks for no completion */
};

enum {
  PICKED,
  DONE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PanePathBar, pane_path_bar, GTK_TYPE_WIDGET)

static void
set_text (PanePathBar *self, const char *text)
{
  self->setting_text = TRUE;
  gtk_editable_set_text (GTK_EDITABLE (self->entry), text);
  gtk_editable_set_position (GTK_EDITABLE (self->entry), -1);
  self->setting_text = FALSE;
}

static void
hide_matches (PanePathBar *self)
{
  if (self->completion != NULL)
    pane_completion_cancel (self->completion);
  if (self->popover != NULL)
    gtk_popover_popdown (GTK_POPOVER (self->popover));
}

static void
leave (PanePathBar *self)
{
  pane_path_bar_stop_editing (self);
  g_signal_emit (self, signals[DONE], 0);
}

static void
pick_text (PanePathBar *self, const char *text, PaneOpenTarget target)
{
  g_autoptr (GFile) location = pane_location_parse (text, self->location);

  if (location == NULL)
    {
      gtk_widget_error_bell (GTK_WIDGET (self->entry));
      gtk_widget_add_css_class (GTK_WIDGET (self->entry), "error");
      return;
    }
  leave (self);
  g_signal_emit (self, signals[PICKED], 0, location, target);
}

static void
crumb_picked_cb (PanePathBar *self, GFile *location, PaneOpenTarget target)
{
  g_signal_emit (self, signals[PICKED], 0, location, target);
}

static void
entry_activate_cb (PanePathBar *self)
{
  GtkListBoxRow *row = self->popover != NULL && gtk_widget_get_visible (self->popover)
                           ? gtk_list_box_get_selected_row (self->list)
                           : NULL;
  g_autofree char *text
      = g_strdup (row != NULL ? gtk_widget_get_name (GTK_WIDGET (row))
                              : gtk_editable_get_text (GTK_EDITABLE (self->entry)));

  pick_text (self, text, PANE_OPEN_HERE);
}

static void
row_activated_cb (GtkListBox *list, GtkListBoxRow *row, gpointer user_data)
{
  g_autofree char *text = g_strdup (gtk_widget_get_name (GTK_WIDGET (row)));

  pick_text (user_data, text, PANE_OPEN_HERE);
}

static GtkWidget *
make_row (const char *match)
{
  gboolean is_folder = g_str_has_suffix (match, "/");
  g_autofree char *name = g_path_get_basename (match);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *label = gtk_label_new (name);
  GtkWidget *row = gtk_list_box_row_new ();

  gtk_box_append (
      GTK_BOX (box),
      gtk_image_new_from_icon_name (is_folder ? "folder-symbolic" : "text-x-generic-symbolic"));
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_box_append (GTK_BOX (box), label);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_widget_set_name (row, match);
  gtk_widget_set_focusable (row, FALSE);
  return row;
}

static void
make_popover (PanePathBar *self)
{
  GtkWidget *list = gtk_list_box_new ();

  gtk_widget_add_css_class (list, "navigation-sidebar");
  gtk_list_box_set_activate_on_single_click (GTK_LIST_BOX (list), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (list),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Completions"),
                                  -1);
  g_signal_connect (list, "row-activated", G_CALLBACK (row_activated_cb), self);
  self->list = GTK_LIST_BOX (list);
  self->popover = gtk_popover_new ();
  gtk_popover_set_autohide (GTK_POPOVER (self->popover), FALSE);
  gtk_popover_set_has_arrow (GTK_POPOVER (self->popover), FALSE);
  gtk_popover_set_position (GTK_POPOVER (self->popover), GTK_POS_BOTTOM);
  gtk_widget_set_halign (self->popover, GTK_ALIGN_START);
  gtk_widget_set_can_focus (self->popover, FALSE);
  gtk_popover_set_child (GTK_POPOVER (self->popover), list);
  gtk_widget_set_parent (self->popover, GTK_WIDGET (self->entry));
}

static void
matches_changed_cb (PanePathBar *self)
{
  const char *const *matches = pane_completion_get_matches (self->completion);

  if (matches[0] == NULL || !pane_path_bar_is_editing (self))
    {
      if (self->popover != NULL)
        gtk_popover_popdown (GTK_POPOVER (self->popover));
      return;
    }
  if (self->popover == NULL)
    make_popover (self);
  gtk_list_box_remove_all (self->list);
  for (guint i = 0; matches[i] != NULL; i++)
    gtk_list_box_append (self->list, make_row (matches[i]));
  gtk_widget_set_size_request (self->popover,
                               MIN (gtk_widget_get_width (GTK_WIDGET (self->entry)), 480),
                               -1);
  /* A popover that is up grows by itself but doesn't shrink. */
  if (gtk_widget_get_visible (self->popover))
    gtk_widget_set_visible (self->popover, FALSE);
  gtk_popover_popup (GTK_POPOVER (self->popover));
}

static void
ask (PanePathBar *self)
{
  if (self->completion == NULL)
    {
      self->completion = pane_completion_new ();
      g_signal_connect_object (self->completion,
                               "changed",
                               G_CALLBACK (matches_changed_cb),
                               self,
                               G_CONNECT_SWAPPED);
    }
  pane_completion_ask (self->completion,
                       gtk_editable_get_text (GTK_EDITABLE (self->entry)),
                       self->location);
}

static void
entry_changed_cb (PanePathBar *self)
{
  gtk_widget_remove_css_class (GTK_WIDGET (self->entry), "error");
  if (!self->setting_text && pane_path_bar_is_editing (self))
    ask (self);
}

static void
select_row (PanePathBar *self, int step)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (self->list);
  int index = row != NULL ? gtk_list_box_row_get_index (row) + step : (step > 0 ? 0 : -1);

  row = index >= 0 ? gtk_list_box_get_row_at_index (self->list, index) : NULL;
  gtk_list_box_select_row (self->list, row);
}

/* Tab takes the selected match, or as far as all matches agree; a folder goes on with its own
 * names. */
static void
complete (PanePathBar *self)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (self->list);
  g_autofree char *text = row != NULL ? g_strdup (gtk_widget_get_name (GTK_WIDGET (row)))
                                      : pane_completion_dup_common (self->completion);

  if (text != NULL && strlen (text) >= strlen (gtk_editable_get_text (GTK_EDITABLE (self->entry))))
    set_text (self, text);
  ask (self);
}

static gboolean
matches_key (PanePathBar *self, guint keyval)
{
  switch (keyval)
    {
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      select_row (self, 1);
      return GDK_EVENT_STOP;
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      select_row (self, -1);
      return GDK_EVENT_STOP;
    case GDK_KEY_Tab:
      complete (self);
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

static gboolean
entry_key_cb (PanePathBar *self, guint keyval, guint keycode, GdkModifierType state)
{
  gboolean has_matches = self->popover != NULL && gtk_widget_get_visible (self->popover);

  if (keyval == GDK_KEY_Escape)
    {
      leave (self);
      return GDK_EVENT_STOP;
    }
  if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SHIFT_MASK))
    return GDK_EVENT_PROPAGATE;
  return has_matches ? matches_key (self, keyval) : GDK_EVENT_PROPAGATE;
}

/* Losing the focus to another program keeps what was typed. */
static void
entry_left_cb (PanePathBar *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  hide_matches (self);
  if (GTK_IS_WINDOW (root) && gtk_window_is_active (GTK_WINDOW (root)))
    pane_path_bar_stop_editing (self);
}

/**
 * pane_path_bar_edit:
 * @self: a path bar
 * @text: (nullable): what the entry starts with, or %NULL for the place itself
 *
 * Turns into the entry and takes the focus. With a @text the cursor stands at its end, and it is
 * completed; otherwise the place is selected, ready to be typed over.
 */
void
pane_path_bar_edit (PanePathBar *self, const char *text)
{
  g_autofree char *own = NULL;

  g_return_if_fail (PANE_IS_PATH_BAR (self));

  if (text == NULL)
    own = self->location != NULL ? pane_location_dup_text (self->location) : g_strdup ("");
  gtk_widget_remove_css_class (GTK_WIDGET (self->entry), "error");
  set_text (self, text != NULL ? text : own);
  gtk_widget_set_visible (GTK_WIDGET (self->entry), TRUE);
  gtk_stack_set_visible_child_name (self->stack, "entry");
  gtk_entry_grab_focus_without_selecting (self->entry);
  gtk_editable_select_region (GTK_EDITABLE (self->entry), text != NULL ? -1 : 0, -1);
  if (text != NULL)
    ask (self);
}

/**
 * pane_path_bar_stop_editing:
 * @self: a path bar
 *
 * Turns back into crumbs; what was typed is forgotten.
 */
void
pane_path_bar_stop_editing (PanePathBar *self)
{
  g_return_if_fail (PANE_IS_PATH_BAR (self));

  if (!pane_path_bar_is_editing (self))
    return;
  gtk_stack_set_visible_child_name (self->stack, "crumbs");
  hide_matches (self);
}

/**
 * pane_path_bar_is_editing:
 * @self: a path bar
 *
 * Returns: whether it is an entry now
 */
gboolean
pane_path_bar_is_editing (PanePathBar *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "entry") == 0;
}

/**
 * pane_path_bar_set_location:
 * @self: a path bar
 * @location: the place to show
 *
 * Shows another place, as crumbs.
 */
void
pane_path_bar_set_location (PanePathBar *self, GFile *location)
{
  g_return_if_fail (PANE_IS_PATH_BAR (self));
  g_return_if_fail (G_IS_FILE (location));

  pane_path_bar_stop_editing (self);
  if (g_set_object (&self->location, location))
    pane_crumbs_set_location (self->crumbs, location);
}

/**
 * pane_path_bar_get_location:
 * @self: a path bar
 *
 * Returns: (transfer none) (nullable): the place shown
 */
GFile *
pane_path_bar_get_location (PanePathBar *self)
{
  return self->location;
}

/**
 * pane_path_bar_get_crumb_at:
 * @self: a path bar
 * @x: a point of it
 * @y: the same
 *
 * Returns: the number of the crumb there, or -1
 */
int
pane_path_bar_get_crumb_at (PanePathBar *self, double x, double y)
{
  graphene_point_t point;

  g_return_val_if_fail (PANE_IS_PATH_BAR (self), -1);

  if (pane_path_bar_is_editing (self)
      || !gtk_widget_compute_point (GTK_WIDGET (self),
                                    GTK_WIDGET (self->crumbs),
                                    &GRAPHENE_POINT_INIT ((float) x, (float) y),
                                    &point))
    return -1;
  return pane_crumbs_get_crumb_at (self->crumbs, point.x, point.y);
}

/**
 * pane_path_bar_get_crumb_location:
 * @self: a path bar
 * @crumb: the number of a crumb
 *
 * Returns: (transfer none) (nullable): where it leads, %NULL if there is no such crumb
 */
GFile *
pane_path_bar_get_crumb_location (PanePathBar *self, int crumb)
{
  g_return_val_if_fail (PANE_IS_PATH_BAR (self), NULL);

  return pane_crumbs_get_crumb_location (self->crumbs, crumb);
}

/**
 * pane_path_bar_set_drop_crumb:
 * @self: a path bar
 * @crumb: the number of a crumb, -1 for none
 *
 * Shows that what is dragged would go there.
 */
void
pane_path_bar_set_drop_crumb (PanePathBar *self, int crumb)
{
  g_return_if_fail (PANE_IS_PATH_BAR (self));

  pane_crumbs_set_drop_crumb (self->crumbs, crumb);
}

static void
pane_path_bar_dispose (GObject *object)
{
  PanePathBar *self = PANE_PATH_BAR (object);

  g_clear_pointer (&self->popover, gtk_widget_unparent);
  g_clear_object (&self->completion);
  g_clear_object (&self->location);
  gtk_widget_dispose_template (GTK_WIDGET (self), PANE_TYPE_PATH_BAR);
  G_OBJECT_CLASS (pane_path_bar_parent_class)->dispose (object);
}

static void
pane_path_bar_class_init (PanePathBarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = pane_path_bar_dispose;
  signals[PICKED] = g_signal_new ("picked",
                                  PANE_TYPE_PATH_BAR,
                                  G_SIGNAL_RUN_LAST,
                                  0,
                                  NULL,
                                  NULL,
                                  NULL,
                                  G_TYPE_NONE,
                                  2,
                                  G_TYPE_FILE,
                                  PANE_TYPE_OPEN_TARGET);
  signals[DONE] = g_signal_new ("done",
                                PANE_TYPE_PATH_BAR,
                                G_SIGNAL_RUN_LAST,
                                0,
                                NULL,
                                NULL,
                                NULL,
                                G_TYPE_NONE,
                                0);
  g_type_ensure (PANE_TYPE_CRUMBS);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/thaw/Pane/location/pane-path-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, PanePathBar, stack);
  gtk_widget_class_bind_template_child (widget_class, PanePathBar, crumbs);
  gtk_widget_class_bind_template_child (widget_class, PanePathBar, entry);
  gtk_widget_class_bind_template_callback (widget_class, crumb_picked_cb);
  gtk_widget_class_bind_template_callback (widget_class, entry_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, entry_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, entry_key_cb);
  gtk_widget_class_bind_template_callback (widget_class, entry_left_cb);
  gtk_widget_class_set_css_name (widget_class, "pathbar");
}

static void
pane_path_bar_init (PanePathBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * pane_path_bar_new:
 *
 * Returns: (transfer floating): a path bar without a place
 */
GtkWidget *
pane_path_bar_new (void)
{
  return g_object_new (PANE_TYPE_PATH_BAR, NULL);
}
