/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What there is to know of files. The dialog comes up at once and fills itself as answers come: a
 * look at the file on its lane, and a count of all that is in it, which ends when the dialog
 * closes. A place that doesn't answer is said and waited for. What is changed is an operation like
 * any other: it shows in the panel and can be undone; then the file is looked at again. Loop's
 * thread; no file is touched here. */

#include "files-properties.h"
#include "files-access.h"
#include "files-error.h"
#include "files-owner.h"
#include "files-plugin-panels.h"
#include "files-properties-rows.h"
#include "pane-details.h"
#include "pane-location.h"

#include <glib/gi18n.h>
#include <unistd.h>

#define NARROWEST 300
#define WAITING_MSEC 1500
#define AGAIN_MSEC 1000

struct _FilesProperties {
  AdwDialog parent_instance;

  AdwNavigationView *navigation;
  GtkStack *stack;
  AdwStatusPage *waiting_page, *failed_page;
  AdwPreferencesPage *page;
  GtkWidget *image, *name_label, *type_label;
  GtkWidget *location_row, *target_row, *size_row, *allocated_row, *items_row;
  GtkWidget *modified_row, *accessed_row, *created_row;
  GtkWidget *access, *owner, *owner_group, *inside_group;

  FilesOperations *operations;
  FilesSelection *files;
  GFile *file; /* the first, or the only one */
  ThawScope *scope;
  ThawMailbox *sizes;
  const char *content_type; /* interned, NULL before it is known */
  gboolean is_folder, is_counting;
  guint wait_source, again_source;
};

G_DEFINE_FINAL_TYPE (FilesProperties, files_properties, ADW_TYPE_DIALOG)

static gboolean
is_one (FilesProperties *self)
{
  return files_selection_get_n (self->files) == 1;
}

/* The size */

static void
show_measure (FilesProperties *self, const ThawFileMeasure *measure, gboolean is_done)
{
  g_autofree char *size = files_properties_dup_size (measure->bytes);
  g_autofree char *allocated
      = measure->allocated >= 0 ? files_properties_dup_size (measure->allocated) : NULL;
  g_autofree char *items = files_properties_dup_count (measure, is_one (self), is_done);
  gboolean is_plain = is_one (self) && !self->is_folder;

  files_properties_row_set (self->size_row, size);
  files_properties_row_set (self->allocated_row, allocated);
  files_properties_row_set (self->items_row, is_plain ? NULL : items);
}

static void
measure_cb (gpointer message, gpointer user_data)
{
  g_autoptr (ThawFileMeasure) measure = message;

  show_measure (user_data, measure, FALSE);
}

static void
counted_cb (ThawFuture *completed, gpointer user_data)
{
  FilesProperties *self = user_data;
  const ThawFileMeasure *measure = thaw_future_get_pointer (completed, NULL);

  if (measure != NULL)
    show_measure (self, measure, TRUE);
}

static void
listed_cb (ThawFuture *completed, gpointer user_data)
{
  FilesProperties *self = user_data;
  GPtrArray *files = thaw_future_get_pointer (completed, NULL);
  g_autoptr (ThawFuture) counted = NULL;

  if (files == NULL)
    return;
  counted = thaw_file_count (self->scope, files, self->sizes);
  thaw_future_done (counted, self->scope, counted_cb, self, NULL);
}

static gboolean
list_job (ThawJob *job, gpointer files, GError **error)
{
  thaw_job_return_pointer (job,
                           files_selection_dup_files (files),
                           (GDestroyNotify) g_ptr_array_unref);
  return TRUE;
}

static void
start_counting (FilesProperties *self)
{
  g_autoptr (ThawFuture) listed = thaw_scope_compute (self->scope,
                                                      "files to count",
                                                      THAW_PRIORITY_HIGH,
                                                      list_job,
                                                      files_selection_ref (self->files),
                                                      (GDestroyNotify) files_selection_unref);

  self->is_counting = TRUE;
  thaw_future_done (listed, self->scope, listed_cb, self, NULL);
}

/* One file */

static void
update_type (FilesProperties *self)
{
  PaneDetails *details = pane_details_get_default ();

  if (self->content_type != NULL)
    gtk_label_set_text (GTK_LABEL (self->type_label),
                        pane_details_describe_type (details, self->content_type));
}

static void
set_time (GtkWidget *row, GFileInfo *info, const char *attribute)
{
  g_autofree char *text = files_properties_dup_time (info, attribute);

  files_properties_row_set (row, text);
}

static void
show_access (FilesProperties *self, GFileInfo *info)
{
  gboolean has_mode = g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_UNIX_MODE);
  gboolean is_link = g_file_info_get_file_type (info) == G_FILE_TYPE_SYMBOLIC_LINK;
  guint32 uid = g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_UNIX_UID);
  gboolean can_change = g_file_is_native (self->file) && (geteuid () == 0 || geteuid () == uid);

  gtk_widget_set_visible (self->access, has_mode && !is_link);
  gtk_widget_set_visible (self->inside_group, self->is_folder && g_file_is_native (self->file));
  files_access_set (FILES_ACCESS (self->access),
                    g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_UNIX_MODE),
                    self->is_folder,
                    g_file_info_get_attribute_string (info, G_FILE_ATTRIBUTE_OWNER_USER),
                    g_file_info_get_attribute_string (info, G_FILE_ATTRIBUTE_OWNER_GROUP),
                    can_change);
  gtk_widget_set_visible (self->owner_group, has_mode && can_change);
  if (has_mode && can_change)
    files_owner_set (FILES_OWNER (self->owner),
                     uid,
                     g_file_info_get_attribute_uint32 (info, G_FILE_ATTRIBUTE_UNIX_GID),
                     g_file_info_get_attribute_string (info, G_FILE_ATTRIBUTE_OWNER_USER),
                     g_file_info_get_attribute_string (info, G_FILE_ATTRIBUTE_OWNER_GROUP),
                     can_change);
}

static void
show_info (FilesProperties *self, GFileInfo *info)
{
  const char *target
      = g_file_info_get_attribute_byte_string (info, G_FILE_ATTRIBUTE_STANDARD_SYMLINK_TARGET);
  g_autofree char *target_text = target != NULL ? g_filename_display_name (target) : NULL;
  GIcon *icon = g_file_info_get_icon (info);

  self->is_folder = g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY;
  self->content_type = g_intern_string (g_file_info_get_content_type (info));
  if (icon != NULL)
    gtk_image_set_from_gicon (GTK_IMAGE (self->image), icon);
  update_type (self);
  files_properties_row_set (self->target_row, target_text);
  set_time (self->modified_row, info, G_FILE_ATTRIBUTE_TIME_MODIFIED);
  set_time (self->accessed_row, info, G_FILE_ATTRIBUTE_TIME_ACCESS);
  set_time (self->created_row, info, G_FILE_ATTRIBUTE_TIME_CREATED);
  show_access (self, info);
  gtk_stack_set_visible_child_name (self->stack, "info");
}

static void look (FilesProperties *self);

static gboolean
again_cb (gpointer user_data)
{
  FilesProperties *self = user_data;

  self->again_source = 0;
  look (self);
  return G_SOURCE_REMOVE;
}

static void
show_error (FilesProperties *self, const GError *error)
{
  g_autofree char *reason = files_error_dup_reason (error);

  adw_status_page_set_description (self->failed_page, reason);
  gtk_stack_set_visible_child_name (self->stack, "failed");
}

static gboolean
show_waiting_cb (gpointer user_data)
{
  FilesProperties *self = user_data;

  self->wait_source = 0;
  gtk_stack_set_visible_child_name (self->stack, "waiting");
  return G_SOURCE_REMOVE;
}

/* A lane that refuses is asked again: the user waits. */
static void
looked_cb (ThawFuture *completed, gpointer user_data)
{
  FilesProperties *self = user_data;
  const GError *error = thaw_future_get_error (completed);

  if (g_error_matches (error, THAW_ERROR, THAW_ERROR_NOT_ANSWERING))
    {
      self->again_source = g_timeout_add (AGAIN_MSEC, again_cb, self);
      return;
    }
  g_clear_handle_id (&self->wait_source, g_source_remove);
  if (error != NULL)
    {
      show_error (self, error);
      return;
    }
  show_info (self, thaw_future_get_pointer (completed, NULL));
  if (!self->is_counting)
    start_counting (self);
}

static void
look (FilesProperties *self)
{
  g_autoptr (ThawFuture) looked
      = thaw_file_look (self->scope, self->file, FILES_PROPERTIES_ATTRIBUTES);

  thaw_future_done (looked, self->scope, looked_cb, self, NULL);
}

/* Changing */

static void
state_changed_cb (FilesProperties *self, GParamSpec *pspec, ThawOperation *operation)
{
  if (thaw_operation_get_state (operation) >= THAW_OPERATION_DONE && is_one (self))
    look (self);
}

static char *
dup_title (FilesProperties *self, gboolean is_owner)
{
  guint n = files_selection_get_n (self->files);
  g_autofree char *name = n == 1 ? pane_location_dup_title (self->file) : NULL;

  if (n == 1)
    return g_strdup_printf (is_owner ? _ ("Change Ownership of “%s”")
                                     : _ ("Change Permissions of “%s”"),
                            name);
  if (is_owner)
    return g_strdup_printf (
        ngettext ("Change Ownership of %'u Item", "Change Ownership of %'u Items", n),
        n);
  return g_strdup_printf (
      ngettext ("Change Permissions of %'u Item", "Change Permissions of %'u Items", n),
      n);
}

static void
set_number (ThawOperationRequest *request, const char *key, gint64 id)
{
  if (id >= 0)
    thaw_operation_request_set_option (request, key, g_variant_new_uint32 (id));
}

static void
submit (FilesProperties *self, ThawOperationRequest *request, const char *title)
{
  ThawOperation *operation = files_operations_submit (self->operations, request, title);

  g_signal_connect_object (operation,
                           "notify::state",
                           G_CALLBACK (state_changed_cb),
                           self,
                           G_CONNECT_SWAPPED);
}

static void
change (FilesProperties *self,
        const char *mode,
        const char *folder_mode,
        gboolean is_recursive,
        gint64 uid,
        gint64 gid)
{
  g_autoptr (ThawOperationRequest) request = thaw_operation_request_new ("attributes");
  g_autofree char *title = dup_title (self, *mode == '\0' && *folder_mode == '\0');

  files_selection_fill (self->files, request);
  if (*mode != '\0')
    thaw_operation_request_set_option (request, "mode", g_variant_new_string (mode));
  if (*folder_mode != '\0')
    thaw_operation_request_set_option (request, "folder-mode", g_variant_new_string (folder_mode));
  else if (*mode != '\0' && (is_recursive || !is_one (self)))
    thaw_operation_request_set_option (request, "folder-mode", g_variant_new_string ("u+"));
  if (is_recursive)
    thaw_operation_request_set_option (request, "recursive", g_variant_new_boolean (TRUE));
  set_number (request, "uid", uid);
  set_number (request, "gid", gid);
  submit (self, request, title);
}

static void
access_changed_cb (FilesProperties *self, const char *mode)
{
  change (self, mode, "", FALSE, FILES_OWNER_LEAVE, FILES_OWNER_LEAVE);
}

static void
owner_changed_cb (FilesProperties *self, FilesOwner *owner)
{
  gint64 uid = files_owner_get_uid (owner), gid = files_owner_get_gid (owner);

  if (uid >= 0 || gid >= 0)
    change (self, "", "", FALSE, uid, gid);
}

static void
apply_cb (FilesProperties *self,
          const char *mode,
          const char *folder_mode,
          gboolean is_recursive,
          gint64 uid,
          gint64 gid)
{
  change (self, mode, folder_mode, is_recursive, uid, gid);
  adw_navigation_view_pop (self->navigation);
}

static void
inside_cb (FilesProperties *self)
{
  AdwNavigationPage *page = files_access_page_new (is_one (self));

  g_signal_connect_object (page, "apply", G_CALLBACK (apply_cb), self, G_CONNECT_SWAPPED);
  adw_navigation_view_push (self->navigation, page);
}

/* What it is made of */

static GtkWidget *
make_head (FilesProperties *self)
{
  GtkWidget *group = adw_preferences_group_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);

  self->image = gtk_image_new_from_icon_name ("text-x-generic");
  self->name_label = gtk_label_new (NULL);
  self->type_label = gtk_label_new (NULL);
  gtk_image_set_pixel_size (GTK_IMAGE (self->image), 64);
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->image), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
  gtk_label_set_wrap (GTK_LABEL (self->name_label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->name_label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_justify (GTK_LABEL (self->name_label), GTK_JUSTIFY_CENTER);
  gtk_label_set_wrap (GTK_LABEL (self->type_label), TRUE);
  gtk_label_set_justify (GTK_LABEL (self->type_label), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class (self->name_label, "title-3");
  gtk_widget_add_css_class (self->type_label, "dim-label");
  gtk_box_append (GTK_BOX (box), self->image);
  gtk_box_append (GTK_BOX (box), self->name_label);
  gtk_box_append (GTK_BOX (box), self->type_label);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), box);
  return group;
}

static void
add_row (GtkWidget *group, GtkWidget **row, const char *title)
{
  *row = files_properties_row_new (title);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), *row);
}

static GtkWidget *
make_owner_group (FilesProperties *self)
{
  GtkWidget *group = adw_preferences_group_new ();

  self->owner = files_owner_new (FALSE);
  g_signal_connect_object (self->owner, "change", G_CALLBACK (owner_changed_cb), self, G_CONNECT_SWAPPED);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), self->owner);
  gtk_widget_set_visible (group, FALSE);
  return group;
}

static GtkWidget *
make_inside_group (FilesProperties *self)
{
  GtkWidget *group = adw_preferences_group_new ();
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("Change Permissions Inside…"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row),
                             gtk_image_new_from_icon_name ("go-next-symbolic"));
  g_signal_connect_object (row, "activated", G_CALLBACK (inside_cb), self, G_CONNECT_SWAPPED);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), row);
  g_object_set_data (G_OBJECT (group), "row", row);
  return group;
}

static GtkWidget *
make_info (FilesProperties *self)
{
  GtkWidget *page = adw_preferences_page_new ();
  GtkWidget *place = adw_preferences_group_new (), *size = adw_preferences_group_new ();
  GtkWidget *times = adw_preferences_group_new (), *access_group = adw_preferences_group_new ();

  self->page = ADW_PREFERENCES_PAGE (page);
  add_row (place, &self->location_row, _ ("Location"));
  add_row (place, &self->target_row, _ ("Link Target"));
  add_row (size, &self->items_row, _ ("Contents"));
  add_row (size, &self->size_row, _ ("Size"));
  add_row (size, &self->allocated_row, _ ("Size on Disk"));
  add_row (times, &self->modified_row, _ ("Modified"));
  add_row (times, &self->accessed_row, _ ("Accessed"));
  add_row (times, &self->created_row, _ ("Created"));
  self->access = files_access_new ();
  g_signal_connect_object (self->access,
                           "change",
                           G_CALLBACK (access_changed_cb),
                           self,
                           G_CONNECT_SWAPPED);
  gtk_widget_set_visible (self->access, FALSE);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (access_group), self->access);
  self->owner_group = make_owner_group (self);
  self->inside_group = make_inside_group (self);
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (make_head (self)));
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (place));
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (size));
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (times));
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page), ADW_PREFERENCES_GROUP (access_group));
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page),
                            ADW_PREFERENCES_GROUP (self->owner_group));
  adw_preferences_page_add (ADW_PREFERENCES_PAGE (page),
                            ADW_PREFERENCES_GROUP (self->inside_group));
  return page;
}

static GtkWidget *
make_waiting (FilesProperties *self)
{
  GtkWidget *page = adw_status_page_new ();
  g_autoptr (GdkPaintable) spinner = GDK_PAINTABLE (adw_spinner_paintable_new (page));

  self->waiting_page = ADW_STATUS_PAGE (page);
  adw_status_page_set_paintable (self->waiting_page, spinner);
  adw_status_page_set_title (self->waiting_page, _ ("Still Waiting"));
  return page;
}

static GtkWidget *
make_failed (FilesProperties *self)
{
  self->failed_page = ADW_STATUS_PAGE (adw_status_page_new ());
  adw_status_page_set_icon_name (self->failed_page, "dialog-warning-symbolic");
  adw_status_page_set_title (self->failed_page, _ ("Nothing Could Be Found Out"));
  return GTK_WIDGET (self->failed_page);
}

static void
files_properties_dispose (GObject *object)
{
  FilesProperties *self = FILES_PROPERTIES (object);

  g_clear_handle_id (&self->wait_source, g_source_remove);
  g_clear_handle_id (&self->again_source, g_source_remove);
  g_clear_pointer (&self->sizes, thaw_mailbox_unref);
  g_clear_pointer (&self->scope, thaw_scope_unref);
  g_clear_pointer (&self->files, files_selection_unref);
  g_clear_object (&self->file);
  g_clear_object (&self->operations);
  G_OBJECT_CLASS (files_properties_parent_class)->dispose (object);
}

static void
files_properties_class_init (FilesPropertiesClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = files_properties_dispose;
}

static void
files_properties_init (FilesProperties *self)
{
  GtkWidget *view = adw_toolbar_view_new ();
  AdwNavigationPage *page;

  self->stack = GTK_STACK (gtk_stack_new ());
  gtk_stack_add_named (self->stack, adw_bin_new (), "empty");
  gtk_stack_add_named (self->stack, make_waiting (self), "waiting");
  gtk_stack_add_named (self->stack, make_info (self), "info");
  gtk_stack_add_named (self->stack, make_failed (self), "failed");
  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), adw_header_bar_new ());
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), GTK_WIDGET (self->stack));
  page = adw_navigation_page_new (view, _ ("Properties"));
  self->navigation = ADW_NAVIGATION_VIEW (adw_navigation_view_new ());
  adw_navigation_view_add (self->navigation, page);
  adw_dialog_set_child (ADW_DIALOG (self), GTK_WIDGET (self->navigation));
  adw_dialog_set_title (ADW_DIALOG (self), _ ("Properties"));
  adw_dialog_set_content_width (ADW_DIALOG (self), 460);
  adw_dialog_set_content_height (ADW_DIALOG (self), 640);
  gtk_widget_set_size_request (GTK_WIDGET (self), NARROWEST, 240);
  g_signal_connect_object (pane_details_get_default (),
                           "changed",
                           G_CALLBACK (update_type),
                           self,
                           G_CONNECT_SWAPPED);
}

static void
show_place (FilesProperties *self)
{
  g_autoptr (GFile) parent = files_selection_dup_folder (self->files);
  g_autofree char *text = parent != NULL ? pane_location_dup_text (parent) : NULL;

  files_properties_row_set (self->location_row, text);
}

static void
show_several (FilesProperties *self)
{
  guint n = files_selection_get_n (self->files);
  g_autofree char *text = g_strdup_printf (ngettext ("%'u Item", "%'u Items", n), n);
  GtkWidget *row = g_object_get_data (G_OBJECT (self->inside_group), "row");

  gtk_label_set_text (GTK_LABEL (self->name_label), text);
  gtk_widget_set_visible (self->type_label, FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("Change Permissions…"));
  gtk_widget_set_visible (self->inside_group, g_file_is_native (self->file));
  gtk_stack_set_visible_child_name (self->stack, "info");
  start_counting (self);
}

static void
show_one (FilesProperties *self)
{
  g_autofree char *name = pane_location_dup_title (self->file);
  g_autofree char *text = g_strdup_printf (
      _ ("“%s” is on a device or server that does not answer. This can be closed at any time."),
      name);

  gtk_label_set_text (GTK_LABEL (self->name_label), name);
  adw_status_page_set_description (self->waiting_page, text);
  self->wait_source = g_timeout_add (WAITING_MSEC, show_waiting_cb, self);
  look (self);
}

/**
 * files_properties_new:
 * @operations: what does what is changed
 * @files: one or several
 *
 * - **Thread**: the loop's.
 *
 * Returns: (transfer floating): a dialog
 */
AdwDialog *
files_properties_new (FilesOperations *operations, FilesSelection *files)
{
  FilesProperties *self = g_object_new (FILES_TYPE_PROPERTIES, NULL);

  self->operations = g_object_ref (operations);
  self->files = files_selection_ref (files);
  self->file = files_selection_dup_first (files);
  self->scope = thaw_scope_new_for_owner ("properties", G_OBJECT (self), NULL);
  self->sizes = thaw_mailbox_new ("sizes",
                                  thaw_pump_get (NULL),
                                  G_OBJECT (self),
                                  4,
                                  measure_cb,
                                  self,
                                  (GDestroyNotify) thaw_file_measure_free);
  show_place (self);
  files_plugin_pages_fill (self->page, files);
  if (is_one (self))
    show_one (self);
  else
    show_several (self);
  return ADW_DIALOG (self);
}
