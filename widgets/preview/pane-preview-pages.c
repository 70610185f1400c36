/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pictures of a file's pages, which it has drawn as large as they are shown: fitting into the
 * widget, or zoomed, with scroll bars, by keys, wheel and fingers. What is being drawn anew is
 * meanwhile shown as it was, scaled. The next page is drawn ahead. Loop's thread; not a pixel is
 * decoded here. */

#define GETTEXT_PACKAGE "thaw"
#include "pane-preview-pages.h"
#include <adwaita.h>
#include <glib/gi18n-lib.h>
#include <math.h>

#define DRAW_AGAIN_MSEC 120 /* after the last change of size */
#define MAX_SIDE 8192       /* device pixels of one picture */
#define MIN_ZOOM 0.05
#define MAX_ZOOM 16.0
#define ZOOM_STEP 1.25

/* What is inside of the scroll bars. */
#define PANE_TYPE_PREVIEW_SHEET (pane_preview_sheet_get_type ())
G_DECLARE_FINAL_TYPE (PanePreviewSheet, pane_preview_sheet, PANE, PREVIEW_SHEET, GtkWidget)

struct _PanePreviewSheet {
  GtkWidget parent_instance;

  GdkTexture *texture;
  double width, height; /* as shown, in application pixels; 0: as large as fits */
  gboolean is_paper;
};

G_DEFINE_FINAL_TYPE (PanePreviewSheet, pane_preview_sheet, GTK_TYPE_WIDGET)

struct _PanePreviewPages {
  PanePreviewPage parent_instance;

  GtkWidget *scrolled;
  PanePreviewSheet *sheet;
  PanePreviewItem *item;
  PanePreviewKind kind;
  PanePreviewPicture *picture;
  ThawScope *scope;
  ThawFuture *drawing;
  PanePreviewRequest wanted; /* the latest that was asked for */
  guint page;
  double zoom, pinch_start; /* 0: fits */
  guint timer;
};

G_DEFINE_FINAL_TYPE (PanePreviewPages, pane_preview_pages, PANE_TYPE_PREVIEW_PAGE)

/* The sheet */

static void
pane_preview_sheet_measure (GtkWidget *widget,
                            GtkOrientation orientation,
                            int for_size,
                            int *minimum,
                            int *natural,
                            int *minimum_baseline,
                            int *natural_baseline)
{
  PanePreviewSheet *self = PANE_PREVIEW_SHEET (widget);

  *minimum = *natural
      = (int) ceil (orientation == GTK_ORIENTATION_HORIZONTAL ? self->width : self->height);
}

static void
get_area (PanePreviewSheet *self, graphene_rect_t *area)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self)),
         height = gtk_widget_get_height (GTK_WIDGET (self));
  double shown_width = self->width, shown_height = self->height;

  if (shown_width <= 0)
    {
      double own_width = gdk_texture_get_width (self->texture),
             own_height = gdk_texture_get_height (self->texture);
      double scale = fmin (width / own_width, height / own_height);
      GtkNative *native = gtk_widget_get_native (GTK_WIDGET (self));
      double device = native != NULL ? gdk_surface_get_scale (gtk_native_get_surface (native)) : 1;

      /* Small ones aren't blown up; large ones come in the size that fits, to the pixel. */
      scale = fmin (scale, 1 / device);
      shown_width = own_width * scale;
      shown_height = own_height * scale;
    }
  graphene_rect_init (area,
                      (float) round (fmax ((width - shown_width) / 2, 0)),
                      (float) round (fmax ((height - shown_height) / 2, 0)),
                      (float) shown_width,
                      (float) shown_height);
}

static void
pane_preview_sheet_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PanePreviewSheet *self = PANE_PREVIEW_SHEET (widget);
  graphene_rect_t area;

  if (self->texture == NULL)
    return;
  get_area (self, &area);
  if (area.size.width >= 1 && area.size.height >= 1)
    gtk_snapshot_append_scaled_texture (snapshot,
                                        self->texture,
                                        area.size.width > gdk_texture_get_width (self->texture) * 2
                                            ? GSK_SCALING_FILTER_NEAREST
                                            : GSK_SCALING_FILTER_LINEAR,
                                        &area);
}

static void
pane_preview_sheet_finalize (GObject *object)
{
  g_clear_object (&PANE_PREVIEW_SHEET (object)->texture);
  G_OBJECT_CLASS (pane_preview_sheet_parent_class)->finalize (object);
}

static void
pane_preview_sheet_class_init (PanePreviewSheetClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pane_preview_sheet_finalize;
  GTK_WIDGET_CLASS (klass)->measure = pane_preview_sheet_measure;
  GTK_WIDGET_CLASS (klass)->snapshot = pane_preview_sheet_snapshot;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_IMG);
}

static void
pane_preview_sheet_init (PanePreviewSheet *self)
{
}

/* What is drawn, and how large */

static double
get_device_scale (PanePreviewPages *self)
{
  GtkNative *native = gtk_widget_get_native (GTK_WIDGET (self));

  return native != NULL ? gdk_surface_get_scale (gtk_native_get_surface (native)) : 1;
}

static void
say_status (PanePreviewPages *self)
{
  g_autofree char *status = NULL;
  PanePreviewPicture *picture = self->picture;

  if (self->kind == PANE_PREVIEW_FONT || *pane_preview_picture_get_title (picture) != '\0')
    status = g_strdup (pane_preview_picture_get_title (picture));
  else if (pane_preview_picture_get_n_pages (picture) > 1)
    /* Translators: “Page 2 of 9” */
    status = g_strdup_printf (_ ("Page %u of %u"),
                              self->page + 1,
                              pane_preview_picture_get_n_pages (picture));
  else if (self->kind == PANE_PREVIEW_IMAGE)
    /* Translators: width and height in pixels. The second form is for a file that breaks off. */
    status = g_strdup_printf (pane_preview_picture_is_partial (picture) ? _ ("%d × %d, incomplete")
                                                                        : _ ("%d × %d"),
                              pane_preview_picture_get_natural_width (picture),
                              pane_preview_picture_get_natural_height (picture));
  pane_preview_page_set_status (PANE_PREVIEW_PAGE (self), status);
}

static void
update_sheet (PanePreviewPages *self)
{
  self->sheet->width = self->zoom * pane_preview_picture_get_natural_width (self->picture);
  self->sheet->height = self->zoom * pane_preview_picture_get_natural_height (self->picture);
  g_set_object (&self->sheet->texture, pane_preview_picture_get_texture (self->picture));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->sheet),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  pane_preview_item_get_name (self->item),
                                  -1);
  gtk_widget_queue_resize (GTK_WIDGET (self->sheet));
  gtk_widget_queue_draw (GTK_WIDGET (self->sheet));
}

static void
take_picture (PanePreviewPages *self, PanePreviewPicture *picture)
{
  g_set_object (&self->picture, picture);
  update_sheet (self);
  say_status (self);
}

static PanePreviewRequest
make_request (PanePreviewPages *self, guint page)
{
  double scale = get_device_scale (self);
  PanePreviewRequest request = {
    .kind = self->kind,
    .page = page,
    .dark = self->kind == PANE_PREVIEW_FONT
            && adw_style_manager_get_dark (adw_style_manager_get_default ()),
  };

  if (self->zoom > 0)
    {
      request.width = (int) fmin (
          ceil (self->zoom * pane_preview_picture_get_natural_width (self->picture) * scale),
          MAX_SIDE);
      request.height = (int) fmin (
          ceil (self->zoom * pane_preview_picture_get_natural_height (self->picture) * scale),
          MAX_SIDE);
    }
  else
    {
      request.width = (int) (gtk_widget_get_width (GTK_WIDGET (self)) * scale);
      request.height = (int) (gtk_widget_get_height (GTK_WIDGET (self)) * scale);
    }
  if (request.width <= 0 || request.height <= 0)
    {
      request.width = pane_preview_item_get_width (self->item);
      request.height = pane_preview_item_get_height (self->item);
    }
  return request;
}

static gboolean
is_same (const PanePreviewRequest *one, const PanePreviewRequest *other)
{
  return one->kind == other->kind && one->width == other->width && one->height == other->height
         && one->page == other->page && one->dark == other->dark;
}

/* A picture that is all there is (an image at its own size) gets no better by being drawn larger.
 */
static gboolean
is_worth_drawing (PanePreviewPages *self, const PanePreviewRequest *request)
{
  GdkTexture *texture = pane_preview_picture_get_texture (self->picture);

  if (is_same (request, &self->wanted))
    return FALSE;
  if (self->kind != PANE_PREVIEW_IMAGE || request->page != self->wanted.page)
    return TRUE;
  return gdk_texture_get_width (texture) < pane_preview_picture_get_natural_width (self->picture)
         || request->width < gdk_texture_get_width (texture)
         || request->height < gdk_texture_get_height (texture);
}

static void
ahead_cb (ThawFuture *completed, gpointer unused)
{
  thaw_future_get_error (completed);
}

static void
draw_ahead (PanePreviewPages *self)
{
  g_autoptr (ThawFuture) future = NULL;
  PanePreviewRequest request;

  if (self->page + 1 >= pane_preview_picture_get_n_pages (self->picture))
    return;
  request = make_request (self, self->page + 1);
  future = pane_preview_loader_load_open (pane_preview_loader_get_default (),
                                          self->scope,
                                          pane_preview_item_get_open_file (self->item),
                                          &request,
                                          THAW_PRIORITY_LOW);
  thaw_future_done (future, self->scope, ahead_cb, NULL, NULL);
}

static void
drawn_cb (ThawFuture *completed, gpointer user_data)
{
  PanePreviewPages *self = user_data;
  PanePreviewPicture *picture;

  if (completed != self->drawing)
    return;
  picture = thaw_future_get_pointer (completed, NULL);
  /* One that can't be drawn any more stays as it was. */
  if (picture != NULL)
    take_picture (self, picture);
  if (picture != NULL)
    draw_ahead (self);
  g_clear_pointer (&self->drawing, thaw_future_unref);
}

static void
draw (PanePreviewPages *self)
{
  PanePreviewRequest request = make_request (self, self->page);

  g_clear_handle_id (&self->timer, g_source_remove);
  if (!is_worth_drawing (self, &request))
    return;
  self->wanted = request;
  if (self->drawing != NULL)
    thaw_future_cancel (self->drawing);
  g_clear_pointer (&self->drawing, thaw_future_unref);
  self->drawing = pane_preview_loader_load_open (pane_preview_loader_get_default (),
                                                 self->scope,
                                                 pane_preview_item_get_open_file (self->item),
                                                 &request,
                                                 THAW_PRIORITY_HIGH);
  thaw_future_done (self->drawing, self->scope, drawn_cb, self, NULL);
}

static void
draw_again_cb (gpointer user_data)
{
  PanePreviewPages *self = user_data;

  self->timer = 0;
  draw (self);
}

static void
draw_later (PanePreviewPages *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  self->timer = g_timeout_add_once (DRAW_AGAIN_MSEC, draw_again_cb, self);
}

/* Zoom */

static double
get_fitting_zoom (PanePreviewPages *self)
{
  double width = pane_preview_picture_get_natural_width (self->picture);
  double height = pane_preview_picture_get_natural_height (self->picture);
  double zoom;

  if (width <= 0 || height <= 0)
    return 0;
  zoom = fmin (gtk_widget_get_width (GTK_WIDGET (self)) / width,
               gtk_widget_get_height (GTK_WIDGET (self)) / height);
  return self->kind == PANE_PREVIEW_IMAGE ? fmin (zoom, 1 / get_device_scale (self)) : zoom;
}

/* What is in the middle stays there. */
static void
keep_center (GtkAdjustment *adjustment, double factor)
{
  double center
      = gtk_adjustment_get_value (adjustment) + gtk_adjustment_get_page_size (adjustment) / 2;

  gtk_adjustment_set_upper (adjustment, gtk_adjustment_get_upper (adjustment) * factor);
  gtk_adjustment_set_value (adjustment,
                            center * factor - gtk_adjustment_get_page_size (adjustment) / 2);
}

static void
set_zoom (PanePreviewPages *self, double zoom)
{
  double before = self->zoom > 0 ? self->zoom : get_fitting_zoom (self);

  if (before <= 0)
    return;
  self->zoom = zoom > 0 ? CLAMP (zoom, MIN_ZOOM, MAX_ZOOM) : 0;
  update_sheet (self);
  if (self->zoom > 0)
    {
      GtkScrolledWindow *scrolled = GTK_SCROLLED_WINDOW (self->scrolled);

      keep_center (gtk_scrolled_window_get_hadjustment (scrolled), self->zoom / before);
      keep_center (gtk_scrolled_window_get_vadjustment (scrolled), self->zoom / before);
    }
  draw_later (self);
}

static void
zoom_by (PanePreviewPages *self, double factor)
{
  set_zoom (self, (self->zoom > 0 ? self->zoom : get_fitting_zoom (self)) * factor);
}

static void
zoom_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  PanePreviewPages *self = PANE_PREVIEW_PAGES (widget);

  if (g_str_equal (name, "preview.zoom-in"))
    zoom_by (self, ZOOM_STEP);
  else if (g_str_equal (name, "preview.zoom-out"))
    zoom_by (self, 1 / ZOOM_STEP);
  else
    set_zoom (self, 0);
}

static gboolean
scroll_cb (PanePreviewPages *self, double dx, double dy, GtkEventControllerScroll *controller)
{
  GdkModifierType state
      = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));

  if ((state & GDK_CONTROL_MASK) == 0 || dy == 0)
    return GDK_EVENT_PROPAGATE;
  zoom_by (self, dy < 0 ? ZOOM_STEP : 1 / ZOOM_STEP);
  return GDK_EVENT_STOP;
}

static void
pinch_begin_cb (PanePreviewPages *self, GdkEventSequence *sequence, GtkGesture *gesture)
{
  self->pinch_start = self->zoom > 0 ? self->zoom : get_fitting_zoom (self);
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
}

static void
pinch_cb (PanePreviewPages *self, double scale, GtkGestureZoom *gesture)
{
  set_zoom (self, self->pinch_start * scale);
}

/* Pages */

static void
turn_to (PanePreviewPages *self, guint page)
{
  if (page == self->page || page >= pane_preview_picture_get_n_pages (self->picture))
    return;
  self->page = page;
  say_status (self);
  gtk_adjustment_set_value (
      gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scrolled)),
      0);
  draw (self);
}

static void
page_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  PanePreviewPages *self = PANE_PREVIEW_PAGES (widget);

  if (g_str_equal (name, "preview.next-page"))
    turn_to (self, self->page + 1);
  else if (self->page > 0)
    turn_to (self, self->page - 1);
}

/* The widget */

static void
pane_preview_pages_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  PanePreviewPages *self = PANE_PREVIEW_PAGES (widget);

  gtk_widget_allocate (self->scrolled, width, height, baseline, NULL);
  if (self->zoom <= 0)
    draw_later (self);
}

static void
pane_preview_pages_measure (GtkWidget *widget,
                            GtkOrientation orientation,
                            int for_size,
                            int *minimum,
                            int *natural,
                            int *minimum_baseline,
                            int *natural_baseline)
{
  gtk_widget_measure (PANE_PREVIEW_PAGES (widget)->scrolled,
                      orientation,
                      for_size,
                      minimum,
                      natural,
                      NULL,
                      NULL);
}

static void
dark_cb (PanePreviewPages *self)
{
  draw_later (self);
}

static void
pane_preview_pages_dispose (GObject *object)
{
  PanePreviewPages *self = PANE_PREVIEW_PAGES (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  thaw_scope_cancel (self->scope);
  g_clear_pointer (&self->drawing, thaw_future_unref);
  g_clear_pointer (&self->scrolled, gtk_widget_unparent);
  g_clear_object (&self->picture);
  g_clear_object (&self->item);
  G_OBJECT_CLASS (pane_preview_pages_parent_class)->dispose (object);
}

static void
pane_preview_pages_finalize (GObject *object)
{
  PanePreviewPages *self = PANE_PREVIEW_PAGES (object);

  thaw_scope_unref (self->scope);
  G_OBJECT_CLASS (pane_preview_pages_parent_class)->finalize (object);
}

static void
pane_preview_pages_class_init (PanePreviewPagesClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = pane_preview_pages_dispose;
  object_class->finalize = pane_preview_pages_finalize;
  widget_class->size_allocate = pane_preview_pages_size_allocate;
  widget_class->measure = pane_preview_pages_measure;
  gtk_widget_class_install_action (widget_class, "preview.zoom-in", NULL, zoom_action);
  gtk_widget_class_install_action (widget_class, "preview.zoom-out", NULL, zoom_action);
  gtk_widget_class_install_action (widget_class, "preview.zoom-fit", NULL, zoom_action);
  gtk_widget_class_install_action (widget_class, "preview.next-page", NULL, page_action);
  gtk_widget_class_install_action (widget_class, "preview.previous-page", NULL, page_action);
}

static void
add_input (PanePreviewPages *self)
{
  GtkEventController *scroll
      = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  GtkGesture *pinch = gtk_gesture_zoom_new ();

  gtk_event_controller_set_propagation_phase (scroll, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (scroll, "scroll", G_CALLBACK (scroll_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), scroll);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (pinch), GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (pinch, "begin", G_CALLBACK (pinch_begin_cb), self);
  g_signal_connect_swapped (pinch, "scale-changed", G_CALLBACK (pinch_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (pinch));
}

static void
pane_preview_pages_init (PanePreviewPages *self)
{
  self->scope = thaw_scope_new_for_owner ("preview pages", G_OBJECT (self), NULL);
  self->sheet = g_object_new (PANE_TYPE_PREVIEW_SHEET, NULL);
  self->scrolled = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scrolled), GTK_WIDGET (self->sheet));
  gtk_widget_set_parent (self->scrolled, GTK_WIDGET (self));
  add_input (self);
  g_signal_connect_object (adw_style_manager_get_default (),
                           "notify::dark",
                           G_CALLBACK (dark_cb),
                           self,
                           G_CONNECT_SWAPPED);
}

/* The first picture */

typedef struct {
  PanePreviewItem *item;
  PanePreviewRequest request;
} Loading;

static void
loading_free (gpointer data)
{
  Loading *loading = data;

  g_object_unref (loading->item);
  g_free (loading);
}

static ThawFuture *
loaded (ThawFuture *completed, gpointer user_data)
{
  Loading *loading = user_data;
  GError *error = NULL;
  PanePreviewPicture *picture = thaw_future_get_pointer (completed, &error);
  PanePreviewPages *self;
  ThawFuture *future;

  if (picture == NULL)
    return thaw_future_new_rejected (error);
  self = g_object_ref_sink (g_object_new (PANE_TYPE_PREVIEW_PAGES, NULL));
  self->item = g_object_ref (loading->item);
  self->kind = loading->request.kind;
  self->wanted = loading->request;
  take_picture (self, picture);
  draw_ahead (self);
  future = thaw_future_new ("pages");
  thaw_future_resolve_object (future, self);
  return future;
}

/**
 * pane_preview_pages_load:
 * @item: what is to be shown
 * @kind: how it is drawn
 * @scope: what it belongs to
 *
 * Makes a widget of pictures of @item. It draws them anew when its size changes, when it is zoomed,
 * and when a page is turned.
 *
 * Returns: (transfer full): a future that resolves to a [class@Pane.PreviewPages], once its first
 * picture is there
 */
ThawFuture *
pane_preview_pages_load (PanePreviewItem *item, PanePreviewKind kind, ThawScope *scope)
{
  Loading *loading = g_new0 (Loading, 1);
  g_autoptr (ThawFuture) picture = NULL;

  loading->item = g_object_ref (item);
  loading->request.kind = kind;
  loading->request.width = pane_preview_item_get_width (item);
  loading->request.height = pane_preview_item_get_height (item);
  loading->request.dark
      = kind == PANE_PREVIEW_FONT && adw_style_manager_get_dark (adw_style_manager_get_default ());
  picture = pane_preview_loader_load_open (pane_preview_loader_get_default (),
                                           scope,
                                           pane_preview_item_get_open_file (item),
                                           &loading->request,
                                           THAW_PRIORITY_HIGH);
  return thaw_future_then (picture, scope, loaded, loading, loading_free);
}

/**
 * pane_preview_pages_get_texture:
 * @self: pages
 *
 * Returns: (transfer none): what is shown now
 */
GdkTexture *
pane_preview_pages_get_texture (PanePreviewPages *self)
{
  return self->sheet->texture;
}

/**
 * pane_preview_pages_get_page:
 * @self: pages
 *
 * Returns: which page is shown, from 0
 */
guint
pane_preview_pages_get_page (PanePreviewPages *self)
{
  return self->page;
}

/**
 * pane_preview_pages_get_zoom:
 * @self: pages
 *
 * Returns: how large one pixel or point of its own is shown, 0 while it is shown as large as fits
 */
double
pane_preview_pages_get_zoom (PanePreviewPages *self)
{
  return self->zoom;
}
