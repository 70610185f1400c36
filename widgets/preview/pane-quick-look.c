/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Quick look. A window of its own, so that it can fill the screen; it is made once for each window
 * of the program and only hidden between, because making one costs more than showing a picture.
 * Which file comes next is its owner's to say. Keys that the preview has no use for are quick
 * look's: so text can be scrolled and a tree walked through once it was clicked into. Loop's
 * thread. */

#define GETTEXT_PACKAGE "thaw"
#include "pane-quick-look.h"
#include "pane-frame.h"
#include "pane-location.h"
#include "pane-preview-loader.h"
#include <glib/gi18n-lib.h>
#include <stdio.h>

#define USUAL_WIDTH 900
#define USUAL_HEIGHT 680
#define LEAST_SIDE 240
#define MAX_REMEMBERED 8000

struct _PaneQuickLook {
  AdwWindow parent_instance;

  AdwWindowTitle *title;
  AdwToolbarView *toolbar;
  GtkWidget *full_screen_button;
  PanePreview *preview;
  ThawScope *scope;
  GFile *expected;
  guint position, n_files;
};

enum {
  MOVE,
  OPEN,
  CLOSED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PaneQuickLook, pane_quick_look, ADW_TYPE_WINDOW)

/* What it says */

static void
update_subtitle (PaneQuickLook *self)
{
  const char *status = pane_preview_get_status (self->preview);
  g_autofree char *place = NULL;
  g_autofree char *subtitle = NULL;

  if (self->n_files > 1)
    /* Translators: “3 of 120”, of files in a folder */
    place = g_strdup_printf (_ ("%'u of %'u"), self->position + 1, self->n_files);
  subtitle = g_strdup_printf ("%s%s%s",
                              status,
                              *status != '\0' && place != NULL ? " · " : "",
                              place != NULL ? place : "");
  adw_window_title_set_subtitle (self->title, subtitle);
}

static void
update_title (PaneQuickLook *self, GFile *file)
{
  g_autofree char *name = pane_location_dup_title (file);

  adw_window_title_set_title (self->title, name);
  gtk_window_set_title (GTK_WINDOW (self), name);
  update_subtitle (self);
}

/* Drawing ahead */

static void
ahead_cb (ThawFuture *completed, gpointer unused)
{
  thaw_future_get_error (completed);
}

/* Only what is drawn as a picture of the window's size is worth it; others are there soon enough.
 * The type isn't known without looking, so the process that draws finds out. */
static void
draw_ahead (PaneQuickLook *self)
{
  g_autoptr (GFile) file = g_steal_pointer (&self->expected);
  g_autoptr (ThawFuture) future = NULL;
  GtkWidget *preview = GTK_WIDGET (self->preview);
  GtkNative *native = gtk_widget_get_native (preview);
  double scale = gdk_surface_get_scale (gtk_native_get_surface (native));
  PanePreviewRequest request = {
    .kind = PANE_PREVIEW_IMAGE,
    .width = (int) (gtk_widget_get_width (preview) * scale),
    .height = (int) (gtk_widget_get_height (preview) * scale),
  };

  /* Fetching one over a network is not to be done for a guess. */
  if (file == NULL || !g_file_is_native (file) || request.width <= 0 || request.height <= 0)
    return;
  future = pane_preview_loader_load (pane_preview_loader_get_default (),
                                     self->scope,
                                     file,
                                     &request,
                                     THAW_PRIORITY_LOW);
  thaw_future_done (future, self->scope, ahead_cb, NULL, NULL);
}

static void
state_cb (PaneQuickLook *self)
{
  PanePreviewState state = pane_preview_get_state (self->preview);

  if (state == PANE_PREVIEW_SHOWN || state == PANE_PREVIEW_FAILED)
    draw_ahead (self);
}

/**
 * pane_quick_look_expect:
 * @self: a quick look
 * @file: (nullable): a file that may well be next
 *
 * Has the picture of @file drawn once what is shown now is there, so that going on to it takes no
 * time.
 */
void
pane_quick_look_expect (PaneQuickLook *self, GFile *file)
{
  g_set_object (&self->expected, file);
  if (pane_preview_get_state (self->preview) == PANE_PREVIEW_SHOWN)
    draw_ahead (self);
}

/* Showing and closing */

/**
 * pane_quick_look_show_file:
 * @self: a quick look
 * @file: what is to be shown
 * @position: which of the files around it that is, from 0
 * @n_files: how many there are, 0 for none to go on to
 *
 * Shows @file, and the window if it is closed.
 */
void
pane_quick_look_show_file (PaneQuickLook *self, GFile *file, guint position, guint n_files)
{
  g_clear_object (&self->expected);
  self->position = position;
  self->n_files = n_files;
  pane_preview_set_file (self->preview, file);
  update_title (self, file);
  if (!gtk_widget_get_visible (GTK_WIDGET (self)))
    {
      gtk_window_present (GTK_WINDOW (self));
      gtk_widget_grab_focus (GTK_WIDGET (self->preview));
    }
}

/**
 * pane_quick_look_close:
 * @self: a quick look
 *
 * Hides the window, and lets go of the file.
 */
void
pane_quick_look_close (PaneQuickLook *self)
{
  if (!gtk_widget_get_visible (GTK_WIDGET (self)))
    return;
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  gtk_window_unfullscreen (GTK_WINDOW (self));
  pane_preview_set_file (self->preview, NULL);
  g_clear_object (&self->expected);
  g_signal_emit (self, signals[CLOSED], 0);
}

static gboolean
close_request_cb (PaneQuickLook *self)
{
  pane_quick_look_close (self);
  return TRUE;
}

/**
 * pane_quick_look_get_file:
 * @self: a quick look
 *
 * Returns: (transfer none) (nullable): what is shown, %NULL while it is closed
 */
GFile *
pane_quick_look_get_file (PaneQuickLook *self)
{
  return pane_preview_get_file (self->preview);
}

/**
 * pane_quick_look_get_preview:
 * @self: a quick look
 *
 * Returns: (transfer none): its preview
 */
PanePreview *
pane_quick_look_get_preview (PaneQuickLook *self)
{
  return self->preview;
}

/**
 * pane_quick_look_dup_settings:
 * @self: a quick look
 *
 * Returns: (transfer full): its size, as text to be remembered
 */
char *
pane_quick_look_dup_settings (PaneQuickLook *self)
{
  int width, height;

  gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
  return g_strdup_printf ("%dx%d", width, height);
}

/**
 * pane_quick_look_apply_settings:
 * @self: a quick look
 * @settings: what was remembered; anything else is passed over
 *
 * Gives it the size that it had.
 */
void
pane_quick_look_apply_settings (PaneQuickLook *self, const char *settings)
{
  int width, height;

  if (sscanf (settings, "%5dx%5d", &width, &height) == 2 && width >= LEAST_SIDE
      && height >= LEAST_SIDE && width <= MAX_REMEMBERED && height <= MAX_REMEMBERED)
    gtk_window_set_default_size (GTK_WINDOW (self), width, height);
}

/* Keys */

static gboolean
do_content (PaneQuickLook *self, const char *action)
{
  GtkWidget *content = pane_preview_get_content (self->preview);

  return content != NULL && gtk_widget_activate_action_variant (content, action, NULL);
}

static void
toggle_full_screen (PaneQuickLook *self)
{
  if (gtk_window_is_fullscreen (GTK_WINDOW (self)))
    gtk_window_unfullscreen (GTK_WINDOW (self));
  else
    gtk_window_fullscreen (GTK_WINDOW (self));
}

static gboolean
close_key (GtkWidget *widget, GVariant *args, gpointer self)
{
  pane_quick_look_close (self);
  return TRUE;
}

static gboolean
escape_key (GtkWidget *widget, GVariant *args, gpointer self)
{
  if (gtk_window_is_fullscreen (GTK_WINDOW (self)))
    gtk_window_unfullscreen (GTK_WINDOW (self));
  else
    pane_quick_look_close (self);
  return TRUE;
}

static gboolean
full_screen_key (GtkWidget *widget, GVariant *args, gpointer self)
{
  toggle_full_screen (self);
  return TRUE;
}

static gboolean
open_key (GtkWidget *widget, GVariant *args, gpointer self)
{
  g_signal_emit (self, signals[OPEN], 0);
  return TRUE;
}

/* Left and right are the reader's. */
static gboolean
move_key (GtkWidget *widget, GVariant *args, gpointer self)
{
  int step = 1;
  gboolean is_sideways;

  g_variant_get (args, "(ib)", &step, &is_sideways);
  if (is_sideways && gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL)
    step = -step;
  g_signal_emit (self, signals[MOVE], 0, step);
  return TRUE;
}

static gboolean
content_key (GtkWidget *widget, GVariant *args, gpointer self)
{
  const char *action;

  g_variant_get (args, "(&s)", &action);
  return do_content (self, action);
}

static const struct {
  guint keyval;
  GdkModifierType modifiers;
  const char *action;
} content_keys[] = {
  { GDK_KEY_plus, GDK_CONTROL_MASK, "preview.zoom-in" },
  { GDK_KEY_equal, GDK_CONTROL_MASK, "preview.zoom-in" },
  { GDK_KEY_KP_Add, GDK_CONTROL_MASK, "preview.zoom-in" },
  { GDK_KEY_minus, GDK_CONTROL_MASK, "preview.zoom-out" },
  { GDK_KEY_KP_Subtract, GDK_CONTROL_MASK, "preview.zoom-out" },
  { GDK_KEY_0, GDK_CONTROL_MASK, "preview.zoom-fit" },
  { GDK_KEY_KP_0, GDK_CONTROL_MASK, "preview.zoom-fit" },
  { GDK_KEY_Page_Down, 0, "preview.next-page" },
  { GDK_KEY_KP_Page_Down, 0, "preview.next-page" },
  { GDK_KEY_Page_Up, 0, "preview.previous-page" },
  { GDK_KEY_KP_Page_Up, 0, "preview.previous-page" },
  { GDK_KEY_p, GDK_CONTROL_MASK, "preview.play" },
};

static const struct {
  guint keyval;
  GdkModifierType modifiers;
  GtkShortcutFunc func;
  int step;
  gboolean is_sideways;
} own_keys[] = {
  { GDK_KEY_space, 0, close_key },
  { GDK_KEY_KP_Space, 0, close_key },
  { GDK_KEY_w, GDK_CONTROL_MASK, close_key },
  { GDK_KEY_Escape, 0, escape_key },
  { GDK_KEY_F11, 0, full_screen_key },
  { GDK_KEY_Return, 0, open_key },
  { GDK_KEY_KP_Enter, 0, open_key },
  { GDK_KEY_o, GDK_CONTROL_MASK, open_key },
  { GDK_KEY_Left, 0, move_key, -1, TRUE },
  { GDK_KEY_Right, 0, move_key, 1, TRUE },
  { GDK_KEY_Up, 0, move_key, -1, FALSE },
  { GDK_KEY_Down, 0, move_key, 1, FALSE },
};

static void
add_key (PaneQuickLook *self,
         GtkShortcutController *controller,
         guint keyval,
         GdkModifierType modifiers,
         GtkShortcutFunc func,
         GVariant *arguments)
{
  GtkShortcut *shortcut = gtk_shortcut_new (gtk_keyval_trigger_new (keyval, modifiers),
                                            gtk_callback_action_new (func, self, NULL));

  gtk_shortcut_set_arguments (shortcut, arguments);
  gtk_shortcut_controller_add_shortcut (controller, shortcut);
}

/* Of the widget below the window: the window's own class has arrows and the space for moving and
 * activating the focus, and those that it inherits come before a subclass's. */
static void
add_keys (PaneQuickLook *self)
{
  GtkShortcutController *controller = GTK_SHORTCUT_CONTROLLER (gtk_shortcut_controller_new ());

  for (guint i = 0; i < G_N_ELEMENTS (own_keys); i++)
    add_key (self,
             controller,
             own_keys[i].keyval,
             own_keys[i].modifiers,
             own_keys[i].func,
             g_variant_new ("(ib)", own_keys[i].step, own_keys[i].is_sideways));
  for (guint i = 0; i < G_N_ELEMENTS (content_keys); i++)
    add_key (self,
             controller,
             content_keys[i].keyval,
             content_keys[i].modifiers,
             content_key,
             g_variant_new ("(s)", content_keys[i].action));
  gtk_widget_add_controller (GTK_WIDGET (self->toolbar), GTK_EVENT_CONTROLLER (controller));
}

/* The window */

static void
full_screened_cb (PaneQuickLook *self)
{
  gboolean is_full = gtk_window_is_fullscreen (GTK_WINDOW (self));

  gtk_button_set_icon_name (GTK_BUTTON (self->full_screen_button),
                            is_full ? "view-restore-symbolic" : "view-fullscreen-symbolic");
  adw_toolbar_view_set_extend_content_to_top_edge (self->toolbar, is_full);
}

static void
open_clicked_cb (PaneQuickLook *self)
{
  g_signal_emit (self, signals[OPEN], 0);
}

static void
pane_quick_look_dispose (GObject *object)
{
  PaneQuickLook *self = PANE_QUICK_LOOK (object);

  thaw_scope_cancel (self->scope);
  g_clear_object (&self->expected);
  G_OBJECT_CLASS (pane_quick_look_parent_class)->dispose (object);
}

static void
pane_quick_look_finalize (GObject *object)
{
  thaw_scope_unref (PANE_QUICK_LOOK (object)->scope);
  G_OBJECT_CLASS (pane_quick_look_parent_class)->finalize (object);
}

static void
pane_quick_look_class_init (PaneQuickLookClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = pane_quick_look_dispose;
  object_class->finalize = pane_quick_look_finalize;
  /**
   * PaneQuickLook::move:
   * @self: the quick look
   * @step: -1 for the file before, 1 for the one after
   *
   * The user wants to see another file.
   */
  signals[MOVE] = g_signal_new ("move",
                                PANE_TYPE_QUICK_LOOK,
                                G_SIGNAL_RUN_LAST,
                                0,
                                NULL,
                                NULL,
                                NULL,
                                G_TYPE_NONE,
                                1,
                                G_TYPE_INT);
  /**
   * PaneQuickLook::open:
   * @self: the quick look
   *
   * The user wants to open the file.
   */
  signals[OPEN] = g_signal_new ("open",
                                PANE_TYPE_QUICK_LOOK,
                                G_SIGNAL_RUN_LAST,
                                0,
                                NULL,
                                NULL,
                                NULL,
                                G_TYPE_NONE,
                                0);
  /**
   * PaneQuickLook::closed:
   * @self: the quick look
   *
   * It is hidden now.
   */
  signals[CLOSED] = g_signal_new ("closed",
                                  PANE_TYPE_QUICK_LOOK,
                                  G_SIGNAL_RUN_LAST,
                                  0,
                                  NULL,
                                  NULL,
                                  NULL,
                                  G_TYPE_NONE,
                                  0);
}

static GtkWidget *
make_button (const char *icon_name, const char *label)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon_name);

  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  label,
                                  -1);
  /* A space closes the window, whatever was clicked before. */
  gtk_widget_set_focus_on_click (button, FALSE);
  return button;
}

static GtkWidget *
make_header (PaneQuickLook *self)
{
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *open = gtk_button_new_with_mnemonic (_ ("_Open"));

  self->title = ADW_WINDOW_TITLE (adw_window_title_new ("", ""));
  adw_header_bar_set_title_widget (ADW_HEADER_BAR (header), GTK_WIDGET (self->title));
  gtk_widget_set_focus_on_click (open, FALSE);
  g_signal_connect_swapped (open, "clicked", G_CALLBACK (open_clicked_cb), self);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), open);
  self->full_screen_button = make_button ("view-fullscreen-symbolic", _ ("Full Screen"));
  g_signal_connect_swapped (self->full_screen_button,
                            "clicked",
                            G_CALLBACK (toggle_full_screen),
                            self);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), self->full_screen_button);
  return header;
}

static void
pane_quick_look_init (PaneQuickLook *self)
{
  self->scope = thaw_scope_new_for_owner ("quick look", G_OBJECT (self), NULL);
  self->preview = pane_preview_new ();
  self->toolbar = ADW_TOOLBAR_VIEW (adw_toolbar_view_new ());
  gtk_widget_set_focusable (GTK_WIDGET (self->preview), TRUE);
  adw_toolbar_view_add_top_bar (self->toolbar, make_header (self));
  adw_toolbar_view_set_content (self->toolbar, GTK_WIDGET (self->preview));
  adw_window_set_content (ADW_WINDOW (self), GTK_WIDGET (self->toolbar));
  gtk_window_set_default_size (GTK_WINDOW (self), USUAL_WIDTH, USUAL_HEIGHT);
  g_signal_connect (self, "close-request", G_CALLBACK (close_request_cb), NULL);
  g_signal_connect (self, "notify::fullscreened", G_CALLBACK (full_screened_cb), NULL);
  g_signal_connect_object (self->preview,
                           "notify::status",
                           G_CALLBACK (update_subtitle),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->preview,
                           "notify::state",
                           G_CALLBACK (state_cb),
                           self,
                           G_CONNECT_SWAPPED);
  add_keys (self);
  pane_frame_follow (GTK_WIDGET (self));
}

/**
 * pane_quick_look_new:
 * @parent: the window that it belongs to
 *
 * Returns: (transfer none): a quick look that isn't shown yet; it is destroyed with @parent
 */
PaneQuickLook *
pane_quick_look_new (GtkWindow *parent)
{
  PaneQuickLook *self = g_object_new (PANE_TYPE_QUICK_LOOK,
                                      "transient-for",
                                      parent,
                                      "destroy-with-parent",
                                      TRUE,
                                      NULL);

  pane_preview_loader_warm_up (pane_preview_loader_get_default ());
  return self;
}
