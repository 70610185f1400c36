/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page that stands in place of a folder's rows: loading, waiting, an error, empty, no match. It
 * shows what FilesNoticeInfo says; its buttons are the window's actions, so it has no code of its
 * own for them. It takes the keyboard focus as a whole, so that what is read out is what it says,
 * and a key held down presses no button that has just come up. Like the background of the rows it
 * has the folder's menu. Loop's thread. */

#include "files-notice.h"
#include "pane-menu.h"

struct _FilesNotice {
  GtkWidget parent_instance;

  AdwStatusPage *page;
  GtkWidget *cancel;
  GtkWidget *show_hidden;
  GtkWidget *clear_filter;
  GtkWidget *parent_folder;
  GtkWidget *home;
  GtkWidget *retry;
  GdkPaintable *spinner;
};

enum {
  MENU,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FilesNotice, files_notice, GTK_TYPE_WIDGET)

static void
show_icon (FilesNotice *self, const char *icon_name)
{
  if (icon_name == NULL && self->spinner == NULL)
    self->spinner = GDK_PAINTABLE (adw_spinner_paintable_new (GTK_WIDGET (self->page)));
  adw_status_page_set_paintable (self->page, icon_name == NULL ? self->spinner : NULL);
  if (icon_name != NULL)
    adw_status_page_set_icon_name (self->page, icon_name);
}

static void
describe (FilesNotice *self, const FilesNoticeInfo *info)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  info->title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  info->description != NULL ? info->description : "",
                                  -1);
}

/**
 * files_notice_show:
 * @self: a notice
 * @info: what it is to say
 */
void
files_notice_show (FilesNotice *self, const FilesNoticeInfo *info)
{
  g_autofree char *markup = NULL;

  g_return_if_fail (FILES_IS_NOTICE (self));

  if (info->description != NULL)
    markup = g_markup_escape_text (info->description, -1);
  show_icon (self, info->icon_name);
  adw_status_page_set_title (self->page, info->title);
  adw_status_page_set_description (self->page, markup);
  describe (self, info);
  gtk_widget_set_visible (self->cancel, info->offers & FILES_OFFER_CANCEL);
  gtk_widget_set_visible (self->show_hidden, info->offers & FILES_OFFER_SHOW_HIDDEN);
  gtk_widget_set_visible (self->clear_filter, info->offers & FILES_OFFER_CLEAR_FILTER);
  gtk_widget_set_visible (self->parent_folder, info->offers & FILES_OFFER_PARENT);
  gtk_widget_set_visible (self->home, info->offers & FILES_OFFER_HOME);
  gtk_widget_set_visible (self->retry, info->offers & FILES_OFFER_RETRY);
}

static void
menu_cb (GtkWidget *self, double x, double y, gpointer user_data)
{
  g_signal_emit (self, signals[MENU], 0, x, y);
}

static void
files_notice_dispose (GObject *object)
{
  FilesNotice *self = FILES_NOTICE (object);

  g_clear_object (&self->spinner);
  gtk_widget_dispose_template (GTK_WIDGET (self), FILES_TYPE_NOTICE);
  G_OBJECT_CLASS (files_notice_parent_class)->dispose (object);
}

static void
files_notice_class_init (FilesNoticeClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = files_notice_dispose;
  signals[MENU] = g_signal_new ("menu",
                                FILES_TYPE_NOTICE,
                                G_SIGNAL_RUN_LAST,
                                0,
                                NULL,
                                NULL,
                                NULL,
                                G_TYPE_NONE,
                                2,
                                G_TYPE_DOUBLE,
                                G_TYPE_DOUBLE);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/thaw/Files/ui/files-notice.ui");
  gtk_widget_class_bind_template_child (widget_class, FilesNotice, page);
  gtk_widget_class_bind_template_child (widget_class, FilesNotice, cancel);
  gtk_widget_class_bind_template_child (widget_class, FilesNotice, show_hidden);
  gtk_widget_class_bind_template_child (widget_class, FilesNotice, clear_filter);
  gtk_widget_class_bind_template_child (widget_class, FilesNotice, parent_folder);
  gtk_widget_class_bind_template_child (widget_class, FilesNotice, home);
  gtk_widget_class_bind_template_child (widget_class, FilesNotice, retry);
}

static void
files_notice_init (FilesNotice *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  pane_menu_watch (GTK_WIDGET (self), menu_cb, NULL);
}
