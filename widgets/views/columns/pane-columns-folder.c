/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A folder beside the one that is open: its entries in a model of their own, to be looked at and
 * clicked on, nothing else. It is listed on its lane, and not before it comes into sight; while
 * that takes long the column says what it waits for, and if there is nothing it says why. Going
 * away ends it. Loop's thread only; touches no file.
 */
#include "pane-columns-private.h"
#include "pane-location.h"
#include "pane-preview-reason-private.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#define LOADING_MSEC 250

/* The list in it. */
#define PANE_TYPE_COLUMNS_LIST (pane_columns_list_get_type ())
G_DECLARE_FINAL_TYPE (PaneColumnsList, pane_columns_list, PANE, COLUMNS_LIST, PaneCellView)

struct _PaneColumnsList {
  PaneCellView parent_instance;
};

G_DEFINE_FINAL_TYPE (PaneColumnsList, pane_columns_list, PANE_TYPE_CELL_VIEW)

static void
pane_columns_list_class_init (PaneColumnsListClass *klass)
{
  PANE_VIEW_CLASS (klass)->measure_cell = pane_columns_measure_cell;
  PANE_VIEW_CLASS (klass)->draw_cell = pane_columns_draw_cell;
}

static void
pane_columns_list_init (PaneColumnsList *self)
{
  pane_columns_set_icon_sizes (PANE_VIEW (self));
}

struct _PaneColumnsFolder {
  GtkWidget parent_instance;

  ThawFolder *folder;
  PaneFolderModel *model;
  PaneView *list;
  GtkWidget *page, *spinner, *text; /* in the place of entries */
  ThawScope *scope;
  char *leading;
  guint32 leading_id;
  gboolean is_asked;
  guint timer;
  gboolean is_slow; /* it has been listed for a moment already */
};

G_DEFINE_FINAL_TYPE (PaneColumnsFolder, pane_columns_folder, GTK_TYPE_WIDGET)

/* What stands in the place of entries */

static guint
count (PaneColumnsFolder *self)
{
  ThawOrder *order = pane_folder_model_get_order (self->model);

  return order != NULL ? thaw_order_get_n (order) : 0;
}

gboolean
pane_columns_folder_is_empty (PaneColumnsFolder *self)
{
  return thaw_folder_get_state (self->folder) == THAW_FOLDER_READY
         && thaw_folder_get_order (self->folder) != NULL && count (self) == 0;
}

/* NULL: nothing yet. */
static char *
dup_text (PaneColumnsFolder *self)
{
  switch (thaw_folder_get_state (self->folder))
    {
    case THAW_FOLDER_READY:
      return pane_columns_folder_is_empty (self) ? g_strdup (_ ("Folder is Empty")) : NULL;
    case THAW_FOLDER_FAILED:
      return pane_preview_dup_reason (thaw_folder_get_error (self->folder));
    case THAW_FOLDER_GONE:
      return g_strdup (_ ("It is not there any more."));
    case THAW_FOLDER_WAITING:
      /* Translators: a mount or server */
      return g_strdup_printf (_ ("Waiting for %s"),
                              thaw_lane_get_name (thaw_folder_get_lane (self->folder)));
    case THAW_FOLDER_STOPPED:
      return NULL;
    case THAW_FOLDER_IDLE:
    case THAW_FOLDER_LOADING:
    default:
      return self->is_slow ? g_strdup (_ ("Loading…")) : NULL;
    }
}

static void
update_page (PaneColumnsFolder *self)
{
  ThawFolderState state = thaw_folder_get_state (self->folder);
  gboolean is_busy = state == THAW_FOLDER_WAITING || state == THAW_FOLDER_LOADING;
  g_autofree char *text = count (self) == 0 ? dup_text (self) : NULL;

  gtk_widget_set_visible (self->page, text != NULL);
  gtk_widget_set_visible (self->spinner, is_busy);
  gtk_label_set_label (GTK_LABEL (self->text), text != NULL ? text : "");
  gtk_accessible_update_state (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_STATE_BUSY, is_busy, -1);
}

static void
slow_cb (gpointer data)
{
  PaneColumnsFolder *self = data;

  self->timer = 0;
  self->is_slow = TRUE;
  update_page (self);
}

/* The way to the open folder */

static void
mark_leading (PaneColumnsFolder *self, guint32 id)
{
  self->leading_id = id;
  pane_folder_model_select_id (self->model, id, TRUE);
}

static void
found_cb (ThawFuture *completed, gpointer data)
{
  PaneColumnsFolder *self = data;
  gint64 id = THAW_NO_ENTRY;

  self->is_asked = FALSE;
  if (thaw_future_get_error (completed) == NULL)
    id = thaw_future_get_int64 (completed, NULL);
  if (id == THAW_NO_ENTRY || self->leading == NULL || self->leading_id != THAW_NO_ENTRY
      || id >= thaw_entry_store_get_n (pane_folder_model_get_store (self->model))
      || !g_str_equal (
          thaw_entry_store_get_name (pane_folder_model_get_store (self->model), (guint32) id),
          self->leading))
    return;
  mark_leading (self, (guint32) id);
  pane_view_reveal (self->list, (guint32) id, FALSE);
}

static void
look_for_leading (PaneColumnsFolder *self)
{
  ThawOrder *order = pane_folder_model_get_order (self->model);
  g_autoptr (ThawFuture) id = NULL;

  if (self->leading == NULL || self->leading_id != THAW_NO_ENTRY || self->is_asked || order == NULL)
    return;
  self->is_asked = TRUE;
  id = pane_columns_find (self->scope, order, self->leading);
  thaw_future_done (id, self->scope, found_cb, self, NULL);
}

void
pane_columns_folder_set_leading (PaneColumnsFolder *self, const char *name)
{
  if (g_strcmp0 (self->leading, name) == 0)
    return;
  g_set_str (&self->leading, name);
  self->leading_id = THAW_NO_ENTRY;
  gtk_selection_model_unselect_all (GTK_SELECTION_MODEL (self->model));
  look_for_leading (self);
}

double
pane_columns_folder_find_leading_y (PaneColumnsFolder *self)
{
  return pane_columns_find_y (self->list, self->leading_id);
}

/* The same rows were shown elsewhere just now. */
void
pane_columns_folder_keep_place (PaneColumnsFolder *self, guint32 id, double y)
{
  ThawEntryStore *store = pane_folder_model_get_store (self->model);

  if (store == NULL || id >= thaw_entry_store_get_n (store))
    return;
  if (g_strcmp0 (thaw_entry_store_get_name (store, id), self->leading) == 0)
    mark_leading (self, id);
  pane_slot_view_put (PANE_SLOT_VIEW (self->list), id, y);
}

/* Listing */

void
pane_columns_folder_follow_spec (PaneColumnsFolder *self, const ThawOrderSpec *spec)
{
  const ThawOrderSpec *mine = thaw_folder_get_spec (self->folder);
  ThawOrderSpec next = { 0 };

  thaw_order_spec_copy (&next, mine);
  next.show_hidden = spec->show_hidden;
  next.folders_first = spec->folders_first;
  g_clear_pointer (&next.filter, g_free);
  if (!thaw_order_spec_equal (&next, mine))
    thaw_folder_set_spec (self->folder, &next);
  thaw_order_spec_clear (&next);
}

static void
map (GtkWidget *widget)
{
  PaneColumnsFolder *self = PANE_COLUMNS_FOLDER (widget);

  GTK_WIDGET_CLASS (pane_columns_folder_parent_class)->map (widget);
  if (thaw_folder_get_state (self->folder) != THAW_FOLDER_IDLE)
    return;
  self->timer = g_timeout_add_once (LOADING_MSEC, slow_cb, self);
  thaw_folder_start (self->folder);
}

static void
published_cb (PaneColumnsFolder *self)
{
  look_for_leading (self);
  update_page (self);
}

/* Widget */

static void
pane_columns_folder_dispose (GObject *object)
{
  PaneColumnsFolder *self = PANE_COLUMNS_FOLDER (object);
  GtkWidget *child;

  thaw_scope_cancel (self->scope);
  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->folder != NULL)
    g_signal_handlers_disconnect_by_data (self->folder, self);
  if (self->model != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->model, self);
      pane_folder_model_set_folder (self->model, NULL);
    }
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_clear_object (&self->folder);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (pane_columns_folder_parent_class)->dispose (object);
}

static void
pane_columns_folder_finalize (GObject *object)
{
  PaneColumnsFolder *self = PANE_COLUMNS_FOLDER (object);

  thaw_scope_unref (self->scope);
  g_free (self->leading);
  G_OBJECT_CLASS (pane_columns_folder_parent_class)->finalize (object);
}

static void
pane_columns_folder_class_init (PaneColumnsFolderClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pane_columns_folder_dispose;
  G_OBJECT_CLASS (klass)->finalize = pane_columns_folder_finalize;
  widget_class->map = map;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
make_page (PaneColumnsFolder *self)
{
  self->page = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  self->spinner = adw_spinner_new ();
  self->text = gtk_label_new (NULL);
  gtk_widget_set_size_request (self->spinner, 24, 24);
  gtk_label_set_wrap (GTK_LABEL (self->text), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->text), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_justify (GTK_LABEL (self->text), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class (self->text, "dim-label");
  gtk_box_append (GTK_BOX (self->page), self->spinner);
  gtk_box_append (GTK_BOX (self->page), self->text);
  gtk_widget_set_valign (self->page, GTK_ALIGN_CENTER);
  gtk_widget_set_margin_start (self->page, 12);
  gtk_widget_set_margin_end (self->page, 12);
  gtk_widget_set_visible (self->page, FALSE);
  gtk_widget_set_parent (self->page, GTK_WIDGET (self));
}

static void
pane_columns_folder_init (PaneColumnsFolder *self)
{
  GtkWidget *widget = GTK_WIDGET (self);

  self->scope = thaw_scope_new_for_owner ("column", G_OBJECT (self), NULL);
  self->leading_id = THAW_NO_ENTRY;
  self->model = pane_folder_model_new ();
  self->list = g_object_new (PANE_TYPE_COLUMNS_LIST, NULL);
  gtk_widget_set_parent (GTK_WIDGET (self->list), widget);
  make_page (self);
  gtk_widget_set_can_focus (widget, FALSE);
  gtk_widget_add_css_class (widget, "pane-beside");
}

static void
name_list (PaneColumnsFolder *self)
{
  g_autofree char *title = pane_location_dup_title (thaw_folder_get_location (self->folder));

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (pane_slot_view_get_list (PANE_SLOT_VIEW (self->list))),
      GTK_ACCESSIBLE_PROPERTY_LABEL,
      title,
      -1);
}

/* Floating. */
PaneColumnsFolder *
pane_columns_folder_new (ThawFolder *folder)
{
  PaneColumnsFolder *self = g_object_new (PANE_TYPE_COLUMNS_FOLDER, NULL);

  self->folder = g_object_ref (folder);
  pane_view_set_model (self->list, self->model);
  name_list (self);
  g_signal_connect_swapped (self->model, "published", G_CALLBACK (published_cb), self);
  g_signal_connect_swapped (folder, "notify::state", G_CALLBACK (update_page), self);
  pane_folder_model_set_folder (self->model, folder);
  update_page (self);
  return self;
}

GFile *
pane_columns_folder_get_location (PaneColumnsFolder *self)
{
  return thaw_folder_get_location (self->folder);
}

PaneView *
pane_columns_folder_get_list (PaneColumnsFolder *self)
{
  return self->list;
}
