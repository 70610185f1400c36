/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sound and video, by GTK's media backend, which decodes on threads of its own. Starting that
 * backend reads files and loads libraries for a tenth of a second or more, so a lane does it before
 * the loop touches it. Nothing plays by itself. Loop's thread. */

#define GETTEXT_PACKAGE "thaw"
#include "pane-preview-page.h"
#include "pane-preview-renderer.h"
#include <dlfcn.h>
#include <glib/gi18n-lib.h>

PanePreviewRenderer *pane_preview_media_renderer_new (void); /* for the registry's table */

/* Warming up, on a lane. GTK's backend is GStreamer or nothing; this links neither. */

typedef gboolean (*InitFunc) (int *argc, char ***argv, GError **error);
typedef gpointer (*MakeFunc) (const char *factory, const char *name);
typedef void (*UnrefFunc) (gpointer object);

/* What plays loads what it is made of when it is made. */
static void
load_elements (gpointer library)
{
  static const char *const elements[]
      = { "playbin3", "playbin", "uridecodebin3", "decodebin3", "playsink", "autoaudiosink" };
  MakeFunc make = (MakeFunc) dlsym (library, "gst_element_factory_make");
  UnrefFunc unref = (UnrefFunc) dlsym (library, "gst_object_unref");

  for (guint i = 0; make != NULL && unref != NULL && i < G_N_ELEMENTS (elements); i++)
    {
      gpointer element = make (elements[i], NULL);

      if (element != NULL)
        unref (element);
    }
}

static gboolean
warm_up_lane (ThawJob *job, gpointer unused, GError **error)
{
  static gboolean is_warm; /* atomic; twice does no harm */
  gpointer library = __atomic_load_n (&is_warm, __ATOMIC_ACQUIRE)
                         ? NULL
                         : dlopen ("libgstreamer-1.0.so.0", RTLD_NOW | RTLD_LOCAL);
  InitFunc init = library != NULL ? (InitFunc) dlsym (library, "gst_init_check") : NULL;

  if (init != NULL && init (NULL, NULL, NULL))
    load_elements (library);
  __atomic_store_n (&is_warm, TRUE, __ATOMIC_RELEASE);
  return TRUE;
}

static ThawLane *
get_lane (void)
{
  static ThawLane *lane;

  if (lane == NULL)
    lane = thaw_lane_new_private ("media", 2, NULL);
  return lane;
}

/* Letting go of a stream. Its last reference waits for its threads, which may take tens of
 * milliseconds; so another thread drops it, a moment after it has been paused, when the backend has
 * nothing left to tell the loop. */

#define SETTLE_MSEC 300

static gboolean
let_go_lane (ThawJob *job, gpointer data, GError **error)
{
  g_clear_object ((GObject **) data);
  return TRUE;
}

static void
settled_cb (gpointer stream)
{
  g_autoptr (ThawScope) scope = thaw_scope_new ("let go of media", NULL);
  gpointer *held = g_new (gpointer, 1);

  *held = stream;
  thaw_future_disown (thaw_lane_run (get_lane (),
                                     scope,
                                     "let go of media",
                                     THAW_PRIORITY_LOW,
                                     -1,
                                     let_go_lane,
                                     held,
                                     g_free));
}

static void
let_go (GtkMediaStream *stream)
{
  gtk_media_stream_pause (stream);
  g_timeout_add_once (SETTLE_MSEC, settled_cb, stream);
}

/* The widget */

#define PANE_TYPE_PREVIEW_MEDIA_PAGE (pane_preview_media_page_get_type ())
G_DECLARE_FINAL_TYPE (PanePreviewMediaPage,
                      pane_preview_media_page,
                      PANE,
                      PREVIEW_MEDIA_PAGE,
                      PanePreviewPage)

struct _PanePreviewMediaPage {
  PanePreviewPage parent_instance;

  GtkWidget *child;
  GtkMediaStream *stream;
  ThawFuture *ready; /* until it is */
  char *name;
};

G_DEFINE_FINAL_TYPE (PanePreviewMediaPage, pane_preview_media_page, PANE_TYPE_PREVIEW_PAGE)

static GtkWidget *
make_sound (PanePreviewMediaPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 24);
  GtkWidget *icon = gtk_image_new_from_icon_name ("audio-x-generic");
  GtkWidget *controls = gtk_media_controls_new (self->stream);

  gtk_image_set_pixel_size (GTK_IMAGE (icon), 128);
  gtk_widget_set_vexpand (icon, TRUE);
  gtk_widget_set_valign (controls, GTK_ALIGN_END);
  gtk_widget_set_margin_start (controls, 12);
  gtk_widget_set_margin_end (controls, 12);
  gtk_widget_set_margin_bottom (controls, 12);
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), controls);
  return box;
}

static char *
dup_duration (GtkMediaStream *stream)
{
  gint64 seconds = gtk_media_stream_get_duration (stream) / G_USEC_PER_SEC;

  if (seconds <= 0)
    return g_strdup ("");
  if (seconds >= 3600)
    return g_strdup_printf ("%d:%02d:%02d",
                            (int) (seconds / 3600),
                            (int) (seconds / 60 % 60),
                            (int) (seconds % 60));
  return g_strdup_printf ("%d:%02d", (int) (seconds / 60), (int) (seconds % 60));
}

static void
prepared_cb (PanePreviewMediaPage *self)
{
  g_autofree char *status = NULL;

  if (!gtk_media_stream_is_prepared (self->stream) || self->ready == NULL)
    return;
  if (gtk_media_stream_has_video (self->stream))
    {
      self->child = gtk_video_new ();
      gtk_video_set_media_stream (GTK_VIDEO (self->child), self->stream);
    }
  else
    self->child = make_sound (self);
  gtk_widget_set_parent (self->child, GTK_WIDGET (self));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  self->name,
                                  -1);
  status = dup_duration (self->stream);
  pane_preview_page_set_status (PANE_PREVIEW_PAGE (self), status);
  thaw_future_resolve_object (self->ready, g_object_ref (self));
  g_clear_pointer (&self->ready, thaw_future_unref);
}

static void
failed_cb (PanePreviewMediaPage *self)
{
  const GError *error = gtk_media_stream_get_error (self->stream);
  g_autoptr (GObject) kept
      = g_object_ref (G_OBJECT (self)); /* the future may be all that holds it */

  if (error == NULL || self->ready == NULL)
    return;
  thaw_future_reject (self->ready,
                      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, error->message));
  g_clear_pointer (&self->ready, thaw_future_unref);
}

static void
play_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  PanePreviewMediaPage *self = PANE_PREVIEW_MEDIA_PAGE (widget);

  gtk_media_stream_set_playing (self->stream, !gtk_media_stream_get_playing (self->stream));
}

static void
pane_preview_media_page_dispose (GObject *object)
{
  PanePreviewMediaPage *self = PANE_PREVIEW_MEDIA_PAGE (object);

  g_clear_pointer (&self->ready, thaw_future_unref);
  if (self->stream != NULL)
    g_signal_handlers_disconnect_by_data (self->stream, self);
  g_clear_pointer (&self->child, gtk_widget_unparent);
  g_clear_pointer (&self->stream, let_go);
  G_OBJECT_CLASS (pane_preview_media_page_parent_class)->dispose (object);
}

static void
pane_preview_media_page_finalize (GObject *object)
{
  g_free (PANE_PREVIEW_MEDIA_PAGE (object)->name);
  G_OBJECT_CLASS (pane_preview_media_page_parent_class)->finalize (object);
}

static void
pane_preview_media_page_class_init (PanePreviewMediaPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = pane_preview_media_page_dispose;
  object_class->finalize = pane_preview_media_page_finalize;
  gtk_widget_class_install_action (widget_class, "preview.play", NULL, play_action);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
pane_preview_media_page_init (PanePreviewMediaPage *self)
{
}

/* The renderer */

G_DECLARE_FINAL_TYPE (PanePreviewMedia,
                      pane_preview_media,
                      PANE,
                      PREVIEW_MEDIA,
                      PanePreviewRenderer)

struct _PanePreviewMedia {
  PanePreviewRenderer parent_instance;
};

G_DEFINE_FINAL_TYPE (PanePreviewMedia, pane_preview_media, PANE_TYPE_PREVIEW_RENDERER)

static int
pane_preview_media_rate (PanePreviewRenderer *self, PanePreviewItem *item)
{
  const char *type = pane_preview_item_get_content_type (item);

  return g_str_has_prefix (type, "video/") || g_str_has_prefix (type, "audio/")
                 || g_str_equal (type, "application/ogg")
             ? PANE_PREVIEW_RATE_GOOD
             : PANE_PREVIEW_RATE_NEVER;
}

static void
drop_page (ThawFuture *future, gpointer unused)
{
}

static ThawFuture *
warmed_up (ThawFuture *completed, gpointer user_data)
{
  PanePreviewItem *item = user_data;
  PanePreviewMediaPage *self
      = g_object_ref_sink (g_object_new (PANE_TYPE_PREVIEW_MEDIA_PAGE, NULL));
  ThawFuture *future = thaw_future_new ("media");

  thaw_future_get_error (completed);
  self->name = g_strdup (pane_preview_item_get_name (item));
  self->ready = thaw_future_ref (future);
  /* Whatever becomes of the future, the page lives as long as somebody may want it. */
  thaw_future_set_cancel (future, drop_page, self, g_object_unref);
  self->stream = gtk_media_file_new_for_file (pane_preview_item_get_file (item));
  g_signal_connect_swapped (self->stream, "notify::prepared", G_CALLBACK (prepared_cb), self);
  g_signal_connect_swapped (self->stream, "notify::error", G_CALLBACK (failed_cb), self);
  prepared_cb (self);
  failed_cb (self);
  return future;
}

static ThawFuture *
pane_preview_media_render (PanePreviewRenderer *self, PanePreviewItem *item, ThawScope *scope)
{
  g_autoptr (ThawFuture) warm = thaw_lane_run (get_lane (),
                                               scope,
                                               "start media",
                                               THAW_PRIORITY_HIGH,
                                               -1,
                                               warm_up_lane,
                                               NULL,
                                               NULL);
  return thaw_future_then (warm, scope, warmed_up, g_object_ref (item), g_object_unref);
}

static void
pane_preview_media_class_init (PanePreviewMediaClass *klass)
{
  PANE_PREVIEW_RENDERER_CLASS (klass)->rate = pane_preview_media_rate;
  PANE_PREVIEW_RENDERER_CLASS (klass)->render = pane_preview_media_render;
}

static void
pane_preview_media_init (PanePreviewMedia *self)
{
}

PanePreviewRenderer *
pane_preview_media_renderer_new (void)
{
  return g_object_new (pane_preview_media_get_type (), "id", "media", NULL);
}
