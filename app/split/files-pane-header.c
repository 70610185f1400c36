/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line above each of two panes. The path bar shows only the active pane's place, so each says
 * its own here. Which one is active is seen by more than a colour: its name is bold and stands over
 * a bar. Loop's thread; no file is touched. */

#include "files-pane-header.h"
#include "pane-location.h"
#include <glib/gi18n.h>

struct _FilesPaneHeader {
  GtkWidget parent_instance;

  GtkWidget *icon;
  GtkWidget *title;
  GtkWidget *close;
};

enum {
  CLOSE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FilesPaneHeader, files_pane_header, GTK_TYPE_WIDGET)

static void
update (FilesPaneHeader *self, FilesTab *tab)
{
  GFile *location = files_tab_get_location (tab);
  g_autofree char *title = location != NULL ? pane_location_dup_title (location) : NULL;
  g_autofree char *path = location != NULL ? pane_location_dup_text (location) : NULL;

  if (location == NULL)
    return;
  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), pane_location_get_icon_name (location));
  gtk_label_set_text (GTK_LABEL (self->title), title);
  gtk_widget_set_tooltip_text (self->title, path);
}

static void
place_changed_cb (FilesPaneHeader *self, FilesTab *tab)
{
  update (self, tab);
}

static void
clicked_cb (FilesPaneHeader *self)
{
  g_signal_emit (self, signals[CLOSE], 0);
}

/**
 * files_pane_header_set_active:
 * @self: a pane's header
 * @is_active: whether the pane is the one that the user works in
 */
void
files_pane_header_set_active (FilesPaneHeader *self, gboolean is_active)
{
  if (is_active)
    gtk_widget_add_css_class (GTK_WIDGET (self), "active");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "active");
}

static void
files_pane_header_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (files_pane_header_parent_class)->dispose (object);
}

static void
files_pane_header_class_init (FilesPaneHeaderClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = files_pane_header_dispose;
  gtk_widget_class_set_css_name (widget_class, "paneheader");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  signals[CLOSE] = g_signal_new ("close",
                                 FILES_TYPE_PANE_HEADER,
                                 G_SIGNAL_RUN_LAST,
                                 0,
                                 NULL,
                                 NULL,
                                 NULL,
                                 G_TYPE_NONE,
                                 0);
}

static void
files_pane_header_init (FilesPaneHeader *self)
{
  self->icon = gtk_image_new ();
  self->title = gtk_label_new (NULL);
  self->close = gtk_button_new_from_icon_name ("window-close-symbolic");
  gtk_label_set_ellipsize (GTK_LABEL (self->title), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_single_line_mode (GTK_LABEL (self->title), TRUE);
  gtk_label_set_xalign (GTK_LABEL (self->title), 0);
  gtk_widget_set_hexpand (self->title, TRUE);
  gtk_widget_set_focus_on_click (self->close, FALSE);
  gtk_widget_set_valign (self->close, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (self->close, "flat");
  gtk_widget_add_css_class (self->close, "circular");
  gtk_widget_set_tooltip_text (self->close, _ ("Close This Pane"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->close),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Close This Pane"),
                                  -1);
  g_signal_connect_swapped (self->close, "clicked", G_CALLBACK (clicked_cb), self);
  gtk_widget_set_parent (self->icon, GTK_WIDGET (self));
  gtk_widget_set_parent (self->title, GTK_WIDGET (self));
  gtk_widget_set_parent (self->close, GTK_WIDGET (self));
}

/**
 * files_pane_header_new:
 * @tab: what it will stand above
 *
 * Returns: (transfer floating): a header that says where @tab is
 */
GtkWidget *
files_pane_header_new (FilesTab *tab)
{
  FilesPaneHeader *self = g_object_new (FILES_TYPE_PANE_HEADER, NULL);

  update (self, tab);
  g_signal_connect_object (tab, "changed", G_CALLBACK (place_changed_cb), self, G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}
