/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The crumbs of a path bar: a button for each folder from the root (or home) down to the place.
 * When they don't fit, the first ones give way to a button with a menu of them, so that the place
 * itself is always named; its own button shrinks last, and ellipsizes in the middle. Lays its
 * children out itself, in either text direction. Loop's thread; no file is touched, and the buttons
 * are made anew only where the path really changed. */

#define GETTEXT_PACKAGE "thaw"
#include "pane-crumbs.h"
#include "pane-menu.h"
#include <glib/gi18n-lib.h>

#define MAX_CRUMBS 48
#define SPACING 0
#define ALL_THE_ROOM 4096 /* a header bar gives its children no more than they ask for */

struct _PaneCrumbs {
  GtkWidget parent_instance;

  GPtrArray *buttons; /* from the root down; each holds its place as CRUMB_LOCATION */
  GtkWidget *more;    /* the menu of those that don't fit */
  GSimpleActionGroup *actions;
  guint n_hidden;
};

enum {
  PICKED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];
static GQuark crumb_location;

G_DEFINE_FINAL_TYPE (PaneCrumbs, pane_crumbs, GTK_TYPE_WIDGET)

static void
pick (PaneCrumbs *self, GFile *location, PaneOpenTarget target)
{
  g_autoptr (GFile) held = g_object_ref (location);

  g_signal_emit (self, signals[PICKED], 0, held, target);
}

static GFile *
button_location (GtkWidget *button)
{
  return g_object_get_qdata (G_OBJECT (button), crumb_location);
}

static void
clicked_cb (GtkButton *button, gpointer user_data)
{
  pick (user_data, button_location (GTK_WIDGET (button)), PANE_OPEN_HERE);
}

static void
pressed_elsewhere_cb (GtkGestureClick *gesture, int n_press, double x, double y, gpointer user_data)
{
  GtkWidget *button = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (gesture));
  GdkModifierType state
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  guint number = gtk_gesture_single_get_current_button (GTK_GESTURE_SINGLE (gesture));
  PaneOpenTarget target = pane_open_target_for_click (number, state);

  if (number == GDK_BUTTON_SECONDARY || target == PANE_OPEN_HERE)
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  pick (user_data, button_location (button), target);
}

static GMenu *
make_crumb_menu (GFile *location)
{
  g_autofree char *uri = g_file_get_uri (location);
  g_autoptr (GMenu) menu = g_menu_new ();
  static const struct {
    const char *label;
    PaneOpenTarget target;
  } items[] = {
    { N_ ("_Open"), PANE_OPEN_HERE },
    { N_ ("Open in New _Tab"), PANE_OPEN_TAB },
    { N_ ("Open in New _Window"), PANE_OPEN_WINDOW },
  };

  for (guint i = 0; i < G_N_ELEMENTS (items); i++)
    {
      g_autoptr (GMenuItem) item = g_menu_item_new (_ (items[i].label), NULL);

      g_menu_item_set_action_and_target (item, "crumbs.open", "(si)", uri, (int) items[i].target);
      g_menu_append_item (menu, item);
    }
  return g_steal_pointer (&menu);
}

static void
menu_cb (GtkWidget *button, double x, double y, gpointer user_data)
{
  g_autoptr (GMenu) menu = make_crumb_menu (button_location (button));

  pane_menu_popup (button, G_MENU_MODEL (menu), x, y);
}

/* Middle click and modifiers. */
static void
watch_clicks (PaneCrumbs *self, GtkWidget *button)
{
  GtkGesture *gesture = gtk_gesture_click_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (gesture), 0);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (gesture), GTK_PHASE_CAPTURE);
  g_signal_connect (gesture, "pressed", G_CALLBACK (pressed_elsewhere_cb), self);
  gtk_widget_add_controller (button, GTK_EVENT_CONTROLLER (gesture));
}

static GtkWidget *
make_content (GFile *location, const char *title, gboolean is_first)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new (title);

  if (is_first)
    gtk_box_append (GTK_BOX (box),
                    gtk_image_new_from_icon_name (pane_location_get_icon_name (location)));
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_single_line_mode (GTK_LABEL (label), TRUE);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_box_append (GTK_BOX (box), label);
  return box;
}

static GtkWidget *
make_button (PaneCrumbs *self, GFile *location, gboolean is_first)
{
  g_autofree char *title = pane_location_dup_title (location);
  g_autofree char *text = pane_location_dup_text (location);
  GtkWidget *button = gtk_button_new ();

  gtk_button_set_child (GTK_BUTTON (button), make_content (location, title, is_first));
  gtk_button_set_can_shrink (GTK_BUTTON (button), TRUE);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "crumb");
  gtk_widget_set_focus_on_click (button, FALSE);
  gtk_widget_set_tooltip_text (button, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  title,
                                  -1);
  g_object_set_qdata_full (G_OBJECT (button),
                           crumb_location,
                           g_object_ref (location),
                           g_object_unref);
  g_signal_connect (button, "clicked", G_CALLBACK (clicked_cb), self);
  watch_clicks (self, button);
  pane_menu_watch (button, menu_cb, self);
  gtk_widget_insert_before (button, GTK_WIDGET (self), NULL);
  return button;
}

/* From the root, or from home when the place is in it, down to the place. */
static GPtrArray *
make_chain (GFile *location)
{
  GPtrArray *chain = g_ptr_array_new_with_free_func (g_object_unref);
  GFile *at = g_object_ref (location);

  while (at != NULL && chain->len < MAX_CRUMBS)
    {
      GFile *parent = g_file_equal (at, pane_location_get_home ()) ? NULL : g_file_get_parent (at);

      g_ptr_array_insert (chain, 0, at);
      at = parent;
    }
  g_clear_object (&at);
  return chain;
}

static void
mark_current (PaneCrumbs *self)
{
  for (guint i = 0; i < self->buttons->len; i++)
    {
      GtkWidget *button = g_ptr_array_index (self->buttons, i);
      gboolean is_current = i + 1 == self->buttons->len;

      if (is_current)
        gtk_widget_add_css_class (button, "current");
      else
        gtk_widget_remove_css_class (button, "current");
    }
}

/**
 * pane_crumbs_set_location:
 * @self: the crumbs
 * @location: the place to show
 *
 * Shows the way down to @location. Buttons of the part of the path that stays are kept.
 */
void
pane_crumbs_set_location (PaneCrumbs *self, GFile *location)
{
  g_autoptr (GPtrArray) chain = NULL;
  guint n_same = 0;

  g_return_if_fail (PANE_IS_CRUMBS (self));

  chain = make_chain (location);
  while (n_same < chain->len && n_same < self->buttons->len
         && g_file_equal (g_ptr_array_index (chain, n_same),
                          button_location (g_ptr_array_index (self->buttons, n_same))))
    n_same++;
  if (n_same < self->buttons->len)
    g_ptr_array_remove_range (self->buttons, n_same, self->buttons->len - n_same);
  for (guint i = n_same; i < chain->len; i++)
    g_ptr_array_add (self->buttons, make_button (self, g_ptr_array_index (chain, i), i == 0));
  mark_current (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

/* Dropping */

/**
 * pane_crumbs_get_crumb_at:
 * @self: the crumbs
 * @x: a point of them
 * @y: the same
 *
 * Returns: the number of the crumb there, or -1
 */
int
pane_crumbs_get_crumb_at (PaneCrumbs *self, double x, double y)
{
  GtkWidget *picked = gtk_widget_pick (GTK_WIDGET (self), x, y, GTK_PICK_INSENSITIVE);

  for (guint i = 0; i < self->buttons->len && picked != NULL; i++)
    {
      GtkWidget *button = g_ptr_array_index (self->buttons, i);

      if (picked == button || gtk_widget_is_ancestor (picked, button))
        return i;
    }
  return -1;
}

/**
 * pane_crumbs_get_crumb_location:
 * @self: the crumbs
 * @crumb: the number of one
 *
 * Returns: (transfer none) (nullable): where it leads, %NULL if there is no such crumb
 */
GFile *
pane_crumbs_get_crumb_location (PaneCrumbs *self, int crumb)
{
  return crumb >= 0 && (guint) crumb < self->buttons->len
             ? button_location (g_ptr_array_index (self->buttons, crumb))
             : NULL;
}

/**
 * pane_crumbs_set_drop_crumb:
 * @self: the crumbs
 * @crumb: the number of one, -1 for none
 *
 * Shows that what is dragged would go there.
 */
void
pane_crumbs_set_drop_crumb (PaneCrumbs *self, int crumb)
{
  for (guint i = 0; i < self->buttons->len; i++)
    {
      GtkWidget *button = g_ptr_array_index (self->buttons, i);

      if ((int) i == crumb)
        gtk_widget_add_css_class (button, "drop");
      else
        gtk_widget_remove_css_class (button, "drop");
    }
}

/* Layout */

static int
natural_width (GtkWidget *child)
{
  int natural = 0;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &natural, NULL, NULL);
  return natural;
}

static void
measure_width (PaneCrumbs *self, int *minimum, int *natural)
{
  int more = 0;

  *minimum = *natural = 0;
  gtk_widget_measure (self->more, GTK_ORIENTATION_HORIZONTAL, -1, &more, NULL, NULL, NULL);
  for (guint i = 0; i < self->buttons->len; i++)
    {
      GtkWidget *button = g_ptr_array_index (self->buttons, i);
      int button_minimum = 0, button_natural = 0;

      gtk_widget_measure (button,
                          GTK_ORIENTATION_HORIZONTAL,
                          -1,
                          &button_minimum,
                          &button_natural,
                          NULL,
                          NULL);
      *natural += button_natural + (i > 0 ? SPACING : 0);
      *minimum = button_minimum;
    }
  if (self->buttons->len > 1)
    *minimum += more + SPACING;
  *natural = MAX (*natural, ALL_THE_ROOM);
}

static void
pane_crumbs_measure (GtkWidget *widget,
                     GtkOrientation orientation,
                     int for_size,
                     int *minimum,
                     int *natural,
                     int *minimum_baseline,
                     int *natural_baseline)
{
  PaneCrumbs *self = PANE_CRUMBS (widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      measure_width (self, minimum, natural);
      return;
    }
  gtk_widget_measure (self->more, orientation, -1, minimum, natural, NULL, NULL);
  for (guint i = 0; i < self->buttons->len; i++)
    {
      int height_minimum = 0, height_natural = 0;

      gtk_widget_measure (g_ptr_array_index (self->buttons, i),
                          orientation,
                          -1,
                          &height_minimum,
                          &height_natural,
                          NULL,
                          NULL);
      *minimum = MAX (*minimum, height_minimum);
      *natural = MAX (*natural, height_natural);
    }
}

/* How many of the first buttons have to go so that the rest fits into @width. */
static guint
count_hidden (PaneCrumbs *self, int width)
{
  int more = natural_width (self->more) + SPACING;
  int used = 0;
  guint first = self->buttons->len;

  while (first > 0)
    {
      int next = natural_width (g_ptr_array_index (self->buttons, first - 1)) + SPACING;
      gboolean is_last = first == self->buttons->len;

      if (!is_last && used + next + (first > 1 ? more : 0) > width)
        break;
      used += next;
      first--;
    }
  return first;
}

static void
allocate_child (GtkWidget *self, GtkWidget *child, int x, int child_width, int width, int height)
{
  GtkAllocation box = { x, 0, child_width, height };

  if (gtk_widget_get_direction (self) == GTK_TEXT_DIR_RTL)
    box.x = width - x - child_width;
  gtk_widget_size_allocate (child, &box, -1);
}

static void
pane_crumbs_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  PaneCrumbs *self = PANE_CRUMBS (widget);
  int x = 0;

  self->n_hidden = count_hidden (self, width);
  gtk_widget_set_child_visible (self->more, self->n_hidden > 0);
  if (self->n_hidden > 0)
    {
      int more = natural_width (self->more);

      allocate_child (widget, self->more, 0, more, width, height);
      x = more + SPACING;
    }
  for (guint i = 0; i < self->buttons->len; i++)
    {
      GtkWidget *button = g_ptr_array_index (self->buttons, i);
      int wanted = natural_width (button);

      gtk_widget_set_child_visible (button, i >= self->n_hidden);
      if (i < self->n_hidden)
        continue;
      wanted = MIN (wanted, MAX (width - x, 0));
      allocate_child (widget, button, x, wanted, width, height);
      x += wanted + SPACING;
    }
}

/* The menu is filled when it is about to be shown: which crumbs are hidden changes with the width.
 */
static void
fill_menu (GtkMenuButton *button, gpointer user_data)
{
  PaneCrumbs *self = user_data;
  g_autoptr (GMenu) menu = g_menu_new ();

  for (guint i = self->n_hidden; i > 0; i--)
    {
      GFile *location = button_location (g_ptr_array_index (self->buttons, i - 1));
      g_autofree char *title = pane_location_dup_title (location);
      g_autofree char *uri = g_file_get_uri (location);
      g_autoptr (GMenuItem) item = g_menu_item_new (NULL, NULL);

      g_menu_item_set_attribute (item, "label", "s", title);
      g_menu_item_set_attribute (item, "use-underline", "b", FALSE);
      g_menu_item_set_action_and_target (item, "crumbs.open", "(si)", uri, (int) PANE_OPEN_HERE);
      g_menu_append_item (menu, item);
    }
  gtk_menu_button_set_menu_model (button, G_MENU_MODEL (menu));
}

static void
open_action_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  const char *uri;
  int target;
  g_autoptr (GFile) location = NULL;

  g_variant_get (parameter, "(&si)", &uri, &target);
  location = g_file_new_for_uri (uri);
  pick (user_data, location, target);
}

static void
remove_button (gpointer button)
{
  gtk_widget_unparent (button);
}

static void
pane_crumbs_dispose (GObject *object)
{
  PaneCrumbs *self = PANE_CRUMBS (object);

  g_clear_pointer (&self->buttons, g_ptr_array_unref);
  g_clear_pointer (&self->more, gtk_widget_unparent);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (pane_crumbs_parent_class)->dispose (object);
}

static void
pane_crumbs_class_init (PaneCrumbsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  crumb_location = g_quark_from_static_string ("pane-crumb-location");
  object_class->dispose = pane_crumbs_dispose;
  widget_class->measure = pane_crumbs_measure;
  widget_class->size_allocate = pane_crumbs_size_allocate;
  signals[PICKED] = g_signal_new ("picked",
                                  PANE_TYPE_CRUMBS,
                                  G_SIGNAL_RUN_LAST,
                                  0,
                                  NULL,
                                  NULL,
                                  NULL,
                                  G_TYPE_NONE,
                                  2,
                                  G_TYPE_FILE,
                                  PANE_TYPE_OPEN_TARGET);
  gtk_widget_class_set_css_name (widget_class, "crumbs");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_NAVIGATION);
}

static void
pane_crumbs_init (PaneCrumbs *self)
{
  static const GActionEntry entries[]
      = { { .name = "open", .activate = open_action_cb, .parameter_type = "(si)" } };

  self->buttons = g_ptr_array_new_with_free_func (remove_button);
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions),
                                   entries,
                                   G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "crumbs", G_ACTION_GROUP (self->actions));
  self->more = gtk_menu_button_new ();
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (self->more), "view-more-horizontal-symbolic");
  gtk_menu_button_set_create_popup_func (GTK_MENU_BUTTON (self->more), fill_menu, self, NULL);
  gtk_widget_add_css_class (self->more, "flat");
  gtk_widget_add_css_class (self->more, "crumb");
  gtk_widget_set_tooltip_text (self->more, _ ("Folders Above"));
  gtk_widget_set_parent (self->more, GTK_WIDGET (self));
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}
