/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plugin's views and renderers do on the loop, on the plugin's account. GTK and the previews
 * call them as they call any other, so the few functions of their classes by which everything else
 * of theirs is reached are wrapped, once for a type: a view's drawing and its arrangement, a
 * renderer's rating and rendering. One that takes too long is named as one that makes a widget is,
 * and what crashes there is known by its name. A type outlives its plugin; what of it still runs
 * then is nobody's. Loop's thread. */

#include "pane-canvas-view.h"
#include "pane-plugin-private.h"

typedef struct {
  PanePluginItem *item; /* owned; NULL: its plugin is off */
  void (*snapshot) (GtkWidget *widget, GtkSnapshot *snapshot);
  void (*size_allocate) (GtkWidget *widget, int width, int height, int baseline);
  void (*lay_out) (PaneCanvasView *self,
                   int width,
                   int height,
                   int *content_width,
                   int *content_height);
  int (*rate) (PanePreviewRenderer *self, PanePreviewItem *item);
  ThawFuture *(*render) (PanePreviewRenderer *self, PanePreviewItem *item, ThawScope *scope);
} Wrapped;

typedef struct {
  PanePluginItem *item; /* owned; NULL: none */
  PanePluginCall call;
  gint64 since_usec;
  guint entered;
} Visit;

static GQuark
get_quark (void)
{
  static GQuark quark;

  if (quark == 0)
    quark = g_quark_from_static_string ("pane-plugin-wrapped");
  return quark;
}

/* A plugin may derive one of its types from another. */
static Wrapped *
find (gpointer instance)
{
  Wrapped *wrapped = NULL;

  for (GType type = G_OBJECT_TYPE (instance); wrapped == NULL; type = g_type_parent (type))
    wrapped = g_type_get_qdata (type, get_quark ());
  return wrapped;
}

/* Inside of another call of the same plugin it is that one's time. */
static void
enter (const Wrapped *wrapped, Visit *visit)
{
  *visit = (Visit){ 0 };
  if (wrapped->item == NULL || pane_plugin_call_get_current () == wrapped->item->host)
    return;
  visit->item = pane_plugin_item_ref (wrapped->item);
  visit->since_usec = pane_plugin_host_enter (visit->item->host, visit->item->id, &visit->entered);
  pane_plugin_call_begin (visit->item->host, &visit->call);
}

static void
leave (Visit *visit)
{
  if (visit->item == NULL)
    return;
  pane_plugin_call_end (visit->item->host, &visit->call);
  pane_plugin_host_leave (visit->item->host, visit->item->id, visit->since_usec, visit->entered);
  pane_plugin_item_unref (visit->item);
}

/* Views */

static void
snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  Wrapped *wrapped = find (widget);
  Visit visit;

  enter (wrapped, &visit);
  wrapped->snapshot (widget, snapshot);
  leave (&visit);
}

static void
size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  Wrapped *wrapped = find (widget);
  Visit visit;

  enter (wrapped, &visit);
  wrapped->size_allocate (widget, width, height, baseline);
  leave (&visit);
}

static void
lay_out (PaneCanvasView *self, int width, int height, int *content_width, int *content_height)
{
  Wrapped *wrapped = find (self);
  Visit visit;

  enter (wrapped, &visit);
  wrapped->lay_out (self, width, height, content_width, content_height);
  leave (&visit);
}

static void
wrap_view (Wrapped *wrapped, gpointer klass)
{
  wrapped->snapshot = GTK_WIDGET_CLASS (klass)->snapshot;
  GTK_WIDGET_CLASS (klass)->snapshot = snapshot;
  wrapped->size_allocate = GTK_WIDGET_CLASS (klass)->size_allocate;
  GTK_WIDGET_CLASS (klass)->size_allocate = size_allocate;
  if (!PANE_IS_CANVAS_VIEW_CLASS (klass) || PANE_CANVAS_VIEW_CLASS (klass)->lay_out == NULL)
    return;
  wrapped->lay_out = PANE_CANVAS_VIEW_CLASS (klass)->lay_out;
  PANE_CANVAS_VIEW_CLASS (klass)->lay_out = lay_out;
}

/* Renderers */

static int
rate (PanePreviewRenderer *self, PanePreviewItem *item)
{
  Wrapped *wrapped = find (self);
  Visit visit;
  int rating = PANE_PREVIEW_RATE_NEVER;

  enter (wrapped, &visit);
  if (wrapped->rate != NULL)
    rating = wrapped->rate (self, item);
  leave (&visit);
  return rating;
}

/* One that throws returns nothing, which is said already. */
static ThawFuture *
render (PanePreviewRenderer *self, PanePreviewItem *item, ThawScope *scope)
{
  Wrapped *wrapped = find (self);
  ThawFuture *future = NULL;
  Visit visit;

  enter (wrapped, &visit);
  if (wrapped->render != NULL)
    future = wrapped->render (self, item, scope);
  leave (&visit);
  if (future != NULL)
    return future;
  return thaw_future_new_rejected (
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "its plugin shows nothing"));
}

static void
wrap_renderer (Wrapped *wrapped, PanePreviewRendererClass *klass)
{
  wrapped->rate = klass->rate;
  wrapped->render = klass->render;
  klass->rate = rate;
  klass->render = render;
}

/* The class is kept for good: a type that was registered is never taken back. */
static Wrapped *
wrap (GType type)
{
  Wrapped *wrapped = g_new0 (Wrapped, 1);
  gpointer klass = g_type_class_ref (type);

  g_type_set_qdata (type, get_quark (), wrapped);
  if (g_type_is_a (type, PANE_TYPE_PREVIEW_RENDERER))
    wrap_renderer (wrapped, klass);
  else
    wrap_view (wrapped, klass);
  return wrapped;
}

static gboolean
is_wrappable (GType type)
{
  return g_type_is_a (type, PANE_TYPE_PREVIEW_RENDERER)
         || (g_type_is_a (type, PANE_TYPE_VIEW) && !G_TYPE_IS_ABSTRACT (type));
}

/* What instances of the item's type do is its plugin's from now on. */
void
pane_plugin_bracket (PanePluginItem *item)
{
  Wrapped *wrapped;

  if (!is_wrappable (item->view_type))
    return;
  wrapped = g_type_get_qdata (item->view_type, get_quark ());
  if (wrapped == NULL)
    wrapped = wrap (item->view_type);
  g_clear_pointer (&wrapped->item, pane_plugin_item_unref);
  wrapped->item = pane_plugin_item_ref (item);
}

/* Or nobody's. */
void
pane_plugin_unbracket (PanePluginItem *item)
{
  Wrapped *wrapped
      = is_wrappable (item->view_type) ? g_type_get_qdata (item->view_type, get_quark ()) : NULL;

  if (wrapped != NULL && wrapped->item == item)
    g_clear_pointer (&wrapped->item, pane_plugin_item_unref);
}
