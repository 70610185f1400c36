/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line below a folder. A selection of a million entries, or a folder that grows by the
 * thousand, must not cost the loop more than a few numbers: so it is written at most ten times a
 * second, and sizes are added up by a job on the CPU pool whose older answers are dropped. Loop's
 * thread. */

#include "files-status-line.h"
#include "files-find.h"
#include <adwaita.h>
#include <glib/gi18n.h>

#define REFRESH_MSEC 100

struct _FilesStatusLine {
  GtkWidget parent_instance;

  GtkWidget *spinner;
  GtkLabel *label;
  GtkWidget *stale;

  PaneFolderModel *model;
  ThawScope *scope;
  ThawFuture *sum;
  guint refresh_source;
  gboolean selection_changed;
  gint64 selected_bytes; /* -1: not known yet */
};

G_DEFINE_FINAL_TYPE (FilesStatusLine, files_status_line, GTK_TYPE_WIDGET)

static char *
dup_items_text (guint n, gboolean is_filtered)
{
  if (is_filtered)
    return g_strdup_printf (ngettext ("%'u match", "%'u matches", n), n);
  return g_strdup_printf (ngettext ("%'u item", "%'u items", n), n);
}

static char *
dup_selection_text (FilesStatusLine *self, guint n_selected, guint n)
{
  g_autofree char *of
      = g_strdup_printf (ngettext ("%'u of %'u item selected", "%'u of %'u items selected", n),
                         n_selected,
                         n);
  g_autofree char *size = NULL;

  if (self->selected_bytes <= 0)
    return g_steal_pointer (&of);
  size = g_format_size (self->selected_bytes);
  /* Translators: “3 of 12 items selected”, and their size */
  return g_strdup_printf (_ ("%s (%s)"), of, size);
}

static void
write_text (FilesStatusLine *self)
{
  ThawFolder *folder = pane_folder_model_get_folder (self->model);
  ThawOrder *order = pane_folder_model_get_order (self->model);
  guint n = order != NULL ? thaw_order_get_n (order) - thaw_order_get_n_notes (order) : 0;
  guint n_selected = pane_folder_model_get_n_selected (self->model);
  g_autofree char *text = NULL;
  gboolean is_loading = folder != NULL && thaw_folder_get_state (folder) == THAW_FOLDER_LOADING;

  if (n_selected > 0)
    text = dup_selection_text (self, n_selected, n);
  else if (is_loading)
    text = g_strdup_printf (ngettext ("Loading… %'u item so far",
                                      "Loading… %'u items so far",
                                      thaw_folder_get_n_listed (folder)),
                            thaw_folder_get_n_listed (folder));
  else if (order != NULL)
    {
      const char *filter = thaw_order_get_spec (order)->filter;

      text = dup_items_text (n, filter != NULL && *filter != '\0');
    }
  gtk_label_set_text (self->label, text != NULL ? text : "");
  gtk_widget_set_visible (self->spinner, is_loading);
  gtk_widget_set_visible (GTK_WIDGET (self), is_loading || order != NULL);
  gtk_widget_set_visible (self->stale, folder != NULL && thaw_folder_get_may_be_stale (folder));
}

static void
summed_cb (ThawFuture *completed, gpointer user_data)
{
  FilesStatusLine *self = user_data;

  if (completed != self->sum || thaw_future_get_error (completed) != NULL)
    return;
  self->selected_bytes = thaw_future_get_int64 (completed, NULL);
  write_text (self);
}

static void
sum_selection (FilesStatusLine *self)
{
  ThawOrder *order = pane_folder_model_get_order (self->model);

  if (self->sum != NULL)
    thaw_future_cancel (self->sum);
  g_clear_pointer (&self->sum, thaw_future_unref);
  self->selected_bytes = -1;
  if (order == NULL || pane_folder_model_get_n_selected (self->model) == 0)
    return;
  self->sum
      = files_sum_sizes (self->scope, order, pane_folder_model_dup_selected_ids (self->model));
  thaw_future_done (self->sum, self->scope, summed_cb, self, NULL);
}

static void
refresh_cb (gpointer user_data)
{
  FilesStatusLine *self = user_data;

  self->refresh_source = 0;
  if (self->model == NULL)
    return;
  if (self->selection_changed)
    sum_selection (self);
  self->selection_changed = FALSE;
  write_text (self);
}

/**
 * files_status_line_refresh:
 * @self: a status line
 *
 * Notes that the folder's state or its entries changed; the text follows soon.
 */
void
files_status_line_refresh (FilesStatusLine *self)
{
  g_return_if_fail (FILES_IS_STATUS_LINE (self));

  if (self->refresh_source == 0)
    self->refresh_source = g_timeout_add_once (REFRESH_MSEC, refresh_cb, self);
}

static void
selection_changed_cb (FilesStatusLine *self)
{
  self->selection_changed = TRUE;
  files_status_line_refresh (self);
}

/**
 * files_status_line_set_model:
 * @self: a status line
 * @model: what it is about
 */
void
files_status_line_set_model (FilesStatusLine *self, PaneFolderModel *model)
{
  g_return_if_fail (FILES_IS_STATUS_LINE (self));
  g_return_if_fail (self->model == NULL);

  self->model = g_object_ref (model);
  g_signal_connect_object (model,
                           "selection-changed",
                           G_CALLBACK (selection_changed_cb),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (model,
                           "items-changed",
                           G_CALLBACK (files_status_line_refresh),
                           self,
                           G_CONNECT_SWAPPED);
}

/**
 * files_status_line_get_text:
 * @self: a status line
 *
 * Returns: (transfer none): what it says now
 */
const char *
files_status_line_get_text (FilesStatusLine *self)
{
  return gtk_label_get_text (self->label);
}

static void
files_status_line_dispose (GObject *object)
{
  FilesStatusLine *self = FILES_STATUS_LINE (object);
  GtkWidget *child;

  thaw_scope_cancel (self->scope);
  g_clear_handle_id (&self->refresh_source, g_source_remove);
  g_clear_pointer (&self->sum, thaw_future_unref);
  g_clear_object (&self->model);
  gtk_widget_dispose_template (GTK_WIDGET (self), FILES_TYPE_STATUS_LINE);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (files_status_line_parent_class)->dispose (object);
}

static void
files_status_line_finalize (GObject *object)
{
  FilesStatusLine *self = FILES_STATUS_LINE (object);

  thaw_scope_unref (self->scope);
  G_OBJECT_CLASS (files_status_line_parent_class)->finalize (object);
}

static void
files_status_line_class_init (FilesStatusLineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = files_status_line_dispose;
  object_class->finalize = files_status_line_finalize;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_STATUS);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/thaw/Files/ui/files-status-line.ui");
  gtk_widget_class_bind_template_child (widget_class, FilesStatusLine, spinner);
  gtk_widget_class_bind_template_child (widget_class, FilesStatusLine, label);
  gtk_widget_class_bind_template_child (widget_class, FilesStatusLine, stale);
}

static void
files_status_line_init (FilesStatusLine *self)
{
  self->selected_bytes = -1;
  self->scope = thaw_scope_new_for_owner ("status line", G_OBJECT (self), NULL);
  gtk_widget_init_template (GTK_WIDGET (self));
}
