/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shows what is in one file: has it opened on its lane, finds who shows it best, and puts in what
 * that makes, or says why there is nothing to be seen, by the file's name. One that takes its time
 * is said to after a moment; what was there before stays until then, so that going through files
 * doesn't flicker. Another file, or none, ends all that was under way for the one before. Loop's
 * thread. */

#define GETTEXT_PACKAGE "thaw"
#include "pane-preview.h"
#include "pane-location.h"
#include "pane-preview-reason-private.h"
#include <adwaita.h>
#include <glib/gi18n-lib.h>

#define LOADING_MSEC 250
#define WAITING_MSEC 2000

struct _PanePreview {
  GtkWidget parent_instance;

  GtkWidget *child;   /* whatever is in sight */
  GtkWidget *content; /* the same, if a renderer made it */
  ThawScope *scope;
  ThawScope *file_scope; /* of the file that is shown */
  GFile *file;
  char *name, *status;
  char *renderer_id; /* asked for by the user */
  PanePreviewState state;
  guint timer;
  gulong status_handler;
};

enum {
  PROP_FILE = 1,
  PROP_STATE,
  PROP_STATUS,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (PanePreview, pane_preview, GTK_TYPE_WIDGET)

/* What is in sight */

static void
set_status (PanePreview *self, const char *status)
{
  if (g_set_str (&self->status, status))
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATUS]);
}

static void
content_status_cb (GObject *content, GParamSpec *pspec, PanePreview *self)
{
  g_autofree char *status = NULL;

  g_object_get (content, "preview-status", &status, NULL);
  set_status (self, status != NULL ? status : "");
}

static void
set_child (PanePreview *self, GtkWidget *child)
{
  g_clear_signal_handler (&self->status_handler, self->content);
  self->content = NULL;
  g_clear_pointer (&self->child, gtk_widget_unparent);
  self->child = child;
  if (child != NULL)
    gtk_widget_set_parent (child, GTK_WIDGET (self));
}

static void
set_content (PanePreview *self, GtkWidget *content)
{
  set_child (self, content);
  self->content = content;
  set_status (self, "");
  if (g_object_class_find_property (G_OBJECT_GET_CLASS (content), "preview-status") == NULL)
    return;
  self->status_handler
      = g_signal_connect (content, "notify::preview-status", G_CALLBACK (content_status_cb), self);
  content_status_cb (G_OBJECT (content), NULL, self);
}

static void
set_state (PanePreview *self, PanePreviewState state)
{
  if (self->state == state)
    return;
  self->state = state;
  gtk_accessible_update_state (GTK_ACCESSIBLE (self),
                               GTK_ACCESSIBLE_STATE_BUSY,
                               state == PANE_PREVIEW_LOADING || state == PANE_PREVIEW_WAITING,
                               -1);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
}

static GtkWidget *
make_page (const char *icon_name, const char *title, const char *description)
{
  GtkWidget *page = adw_status_page_new ();
  g_autofree char *markup = g_markup_escape_text (title, -1);
  g_autofree char *more = description != NULL ? g_markup_escape_text (description, -1) : NULL;

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), icon_name);
  adw_status_page_set_title (ADW_STATUS_PAGE (page), markup);
  adw_status_page_set_description (ADW_STATUS_PAGE (page), more);
  gtk_widget_add_css_class (page, "compact");
  return page;
}

static GtkWidget *
make_spinner_page (const char *title)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *spinner = adw_spinner_new ();
  GtkWidget *label = gtk_label_new (title);

  gtk_widget_set_size_request (spinner, 32, 32);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_justify (GTK_LABEL (label), GTK_JUSTIFY_CENTER);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_widget_add_css_class (label, "dim-label");
  gtk_box_append (GTK_BOX (box), spinner);
  gtk_box_append (GTK_BOX (box), label);
  gtk_widget_set_halign (box, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  return box;
}

static void
show_bytes_cb (GtkButton *button, PanePreview *self)
{
  pane_preview_reload (self, "hex");
}

/* @has_bytes: it can be read, so that at least its bytes can be shown. */
static void
show_failure (PanePreview *self, const GError *error, gboolean has_bytes)
{
  /* Translators: the name of a file */
  g_autofree char *title = g_strdup_printf (_ ("“%s” can’t be shown"), self->name);
  g_autofree char *reason = pane_preview_dup_reason (error);
  GtkWidget *page = make_page ("dialog-warning-symbolic", title, reason);
  GtkWidget *button;

  if (has_bytes && g_strcmp0 (self->renderer_id, "hex") != 0)
    {
      button = gtk_button_new_with_mnemonic (_ ("Show _Bytes"));
      gtk_widget_add_css_class (button, "pill");
      gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
      g_signal_connect (button, "clicked", G_CALLBACK (show_bytes_cb), self);
      adw_status_page_set_child (ADW_STATUS_PAGE (page), button);
    }
  set_child (self, page);
  set_status (self, "");
  set_state (self, PANE_PREVIEW_FAILED);
}

/* One that takes long */

static void
waiting_cb (gpointer user_data)
{
  PanePreview *self = user_data;
  g_autofree char *text
      = g_strdup_printf (_ ("“%s” takes long to read. Its device or server may be slow."),
                         self->name);

  self->timer = 0;
  set_child (self, make_spinner_page (text));
  set_state (self, PANE_PREVIEW_WAITING);
}

static void
loading_cb (gpointer user_data)
{
  PanePreview *self = user_data;
  g_autofree char *text = g_strdup_printf (_ ("Loading “%s”…"), self->name);

  set_child (self, make_spinner_page (text));
  set_status (self, "");
  self->timer = g_timeout_add_once (WAITING_MSEC - LOADING_MSEC, waiting_cb, self);
}

/* Showing a file */

typedef struct {
  PanePreview *self; /* outlives the callbacks: the scope ends with it */
  ThawScope *scope;
  GFile *file;
  char *renderer_id;
  gboolean is_open;
} Showing;

static void
showing_clear (gpointer data)
{
  Showing *showing = data;

  thaw_scope_unref (showing->scope);
  g_object_unref (showing->file);
  g_free (showing->renderer_id);
}

static void
showing_release (gpointer data)
{
  g_atomic_rc_box_release_full (data, showing_clear);
}

static PanePreviewItem *
make_item (Showing *showing, ThawOpenFile *open)
{
  GtkWidget *widget = GTK_WIDGET (showing->self);
  PanePreviewItem *item = pane_preview_item_new (showing->file, open);
  double scale = 1;
  GtkNative *native = gtk_widget_get_native (widget);
  GdkSurface *surface = native != NULL ? gtk_native_get_surface (native) : NULL;

  if (surface != NULL)
    scale = gdk_surface_get_scale (surface);
  if (gtk_widget_get_width (widget) > 0)
    pane_preview_item_set_room (item,
                                (int) (gtk_widget_get_width (widget) * scale),
                                (int) (gtk_widget_get_height (widget) * scale));
  return item;
}

static PanePreviewRenderer *
find_renderer (Showing *showing, PanePreviewItem *item)
{
  PanePreviewRenderer *asked
      = showing->renderer_id != NULL ? pane_preview_registry_find (showing->renderer_id) : NULL;

  if (asked != NULL && pane_preview_renderer_rate (asked, item) > PANE_PREVIEW_RATE_NEVER)
    return asked;
  return pane_preview_registry_find_best (item);
}

static void
finish (PanePreview *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
}

/* Callbacks and not a fiber: widgets are made here, by plugins too, which need more than a fiber's
 * stack. */
static void
rendered_cb (ThawFuture *completed, gpointer user_data)
{
  Showing *showing = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GtkWidget) widget = thaw_future_take_pointer (completed, &error);

  finish (showing->self);
  if (widget == NULL)
    {
      show_failure (showing->self, error, showing->is_open);
      return;
    }
  set_content (showing->self, widget);
  set_state (showing->self, PANE_PREVIEW_SHOWN);
}

static void
render (Showing *showing, ThawOpenFile *open)
{
  g_autoptr (PanePreviewItem) item = make_item (showing, open);
  PanePreviewRenderer *renderer = find_renderer (showing, item);
  g_autoptr (ThawFuture) future = NULL;

  showing->is_open = open != NULL;
  if (renderer != NULL)
    future = pane_preview_renderer_render (renderer, item, showing->scope);
  else
    future = thaw_future_new_rejected (
        g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "Nobody shows it"));
  thaw_future_done (future,
                    showing->scope,
                    rendered_cb,
                    g_atomic_rc_box_acquire (showing),
                    showing_release);
}

static void
opened_cb (ThawFuture *completed, gpointer user_data)
{
  Showing *showing = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ThawOpenFile) open = thaw_future_take_pointer (completed, &error);

  if (open != NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY))
    {
      render (showing, open);
      return;
    }
  finish (showing->self);
  show_failure (showing->self, error, FALSE);
}

static void
leave_file (PanePreview *self)
{
  finish (self);
  if (self->file_scope != NULL)
    thaw_scope_cancel (self->file_scope);
  g_clear_pointer (&self->file_scope, thaw_scope_unref);
}

static void
start (PanePreview *self)
{
  Showing *showing = g_atomic_rc_box_new0 (Showing);
  g_autoptr (ThawFuture) opened = NULL;

  leave_file (self);
  self->file_scope = thaw_scope_new ("preview", self->scope);
  showing->self = self;
  showing->scope = thaw_scope_ref (self->file_scope);
  showing->file = g_object_ref (self->file);
  showing->renderer_id = g_strdup (self->renderer_id);
  set_state (self, PANE_PREVIEW_LOADING);
  self->timer = g_timeout_add_once (LOADING_MSEC, loading_cb, self);
  opened = thaw_file_open (self->file_scope, self->file, THAW_PRIORITY_HIGH);
  thaw_future_done (opened, self->file_scope, opened_cb, showing, showing_release);
}

/**
 * pane_preview_reload:
 * @self: a preview
 * @renderer_id: (nullable): who is to show it, or %NULL for whoever does it best
 *
 * Shows the file again, from the beginning.
 */
void
pane_preview_reload (PanePreview *self, const char *renderer_id)
{
  g_set_str (&self->renderer_id, renderer_id);
  if (self->file != NULL)
    start (self);
}

/**
 * pane_preview_set_file:
 * @self: a preview
 * @file: (nullable): a file or folder
 *
 * Shows another file, or none. What was under way for the one before ends.
 */
void
pane_preview_set_file (PanePreview *self, GFile *file)
{
  if (file == self->file || (file != NULL && self->file != NULL && g_file_equal (file, self->file)))
    return;
  leave_file (self);
  g_set_object (&self->file, file);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->renderer_id, g_free);
  self->name = file != NULL ? pane_location_dup_title (file) : g_strdup ("");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  self->name,
                                  -1);
  if (file != NULL)
    start (self);
  else
    {
      set_child (self, NULL);
      set_status (self, "");
      set_state (self, PANE_PREVIEW_EMPTY);
    }
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FILE]);
}

/**
 * pane_preview_get_file:
 * @self: a preview
 *
 * Returns: (transfer none) (nullable): the file
 */
GFile *
pane_preview_get_file (PanePreview *self)
{
  return self->file;
}

/**
 * pane_preview_get_state:
 * @self: a preview
 *
 * Returns: what it shows
 */
PanePreviewState
pane_preview_get_state (PanePreview *self)
{
  return self->state;
}

/**
 * pane_preview_get_content:
 * @self: a preview
 *
 * Returns: (transfer none) (nullable): what a renderer made
 */
GtkWidget *
pane_preview_get_content (PanePreview *self)
{
  return self->content;
}

/**
 * pane_preview_get_status:
 * @self: a preview
 *
 * Returns: what is said of the file in a word or two, or ""
 */
const char *
pane_preview_get_status (PanePreview *self)
{
  return self->status;
}

/**
 * pane_preview_new:
 *
 * Returns: (transfer floating): a preview of nothing yet
 */
PanePreview *
pane_preview_new (void)
{
  return g_object_new (PANE_TYPE_PREVIEW, NULL);
}

static void
pane_preview_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  PanePreview *self = PANE_PREVIEW (object);

  switch (prop_id)
    {
    case PROP_FILE:
      g_value_set_object (value, self->file);
      break;
    case PROP_STATE:
      g_value_set_int (value, (int) self->state);
      break;
    case PROP_STATUS:
      g_value_set_string (value, self->status);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
pane_preview_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  if (prop_id == PROP_FILE)
    pane_preview_set_file (PANE_PREVIEW (object), g_value_get_object (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
pane_preview_dispose (GObject *object)
{
  PanePreview *self = PANE_PREVIEW (object);

  leave_file (self);
  thaw_scope_cancel (self->scope);
  set_child (self, NULL);
  g_clear_object (&self->file);
  G_OBJECT_CLASS (pane_preview_parent_class)->dispose (object);
}

static void
pane_preview_finalize (GObject *object)
{
  PanePreview *self = PANE_PREVIEW (object);

  thaw_scope_unref (self->scope);
  g_free (self->name);
  g_free (self->status);
  g_free (self->renderer_id);
  G_OBJECT_CLASS (pane_preview_parent_class)->finalize (object);
}

static void
pane_preview_class_init (PanePreviewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = pane_preview_get_property;
  object_class->set_property = pane_preview_set_property;
  object_class->dispose = pane_preview_dispose;
  object_class->finalize = pane_preview_finalize;
  /**
   * PanePreview:file:
   *
   * What is shown.
   */
  props[PROP_FILE]
      = g_param_spec_object ("file",
                             NULL,
                             NULL,
                             G_TYPE_FILE,
                             G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  /**
   * PanePreview:state:
   *
   * How far it is: a [enum@Pane.PreviewState].
   */
  props[PROP_STATE] = g_param_spec_int ("state",
                                        NULL,
                                        NULL,
                                        0,
                                        PANE_PREVIEW_FAILED,
                                        0,
                                        G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  /**
   * PanePreview:status:
   *
   * What is said of the file in a word or two.
   */
  props[PROP_STATUS]
      = g_param_spec_string ("status", NULL, NULL, "", G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_css_name (widget_class, "preview");
}

static void
pane_preview_init (PanePreview *self)
{
  self->scope = thaw_scope_new_for_owner ("preview", G_OBJECT (self), NULL);
  self->name = g_strdup ("");
  self->status = g_strdup ("");
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}
