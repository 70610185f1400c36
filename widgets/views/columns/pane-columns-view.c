/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The columns view: the open folder as one column among others. Those before it are the folders
 * that lead to it; after it comes the folder that the user is at, or what is in the file. Only the
 * open folder is the host's: it is the list that this view is by itself, with all that comes along;
 * the others are folders of their own (pane-columns-folder.c). Going into one of them means asking
 * the host for it: where everything was stays noted until its rows come, and then each column that
 * was there before is still there. Loop's thread only; touches no file.
 */
#include "pane-columns-private.h"
#include "pane-location.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#define MAX_BEFORE 64

G_DEFINE_FINAL_TYPE (PaneColumnsView, pane_columns_view, PANE_TYPE_CELL_VIEW)

static PaneFolderModel *
get_model (PaneColumnsView *self)
{
  return pane_view_get_model (PANE_VIEW (self));
}

static gboolean
is_in (GFile *child, GFile *folder)
{
  g_autoptr (GFile) parent = g_file_get_parent (child);

  return parent != NULL && folder != NULL && g_file_equal (parent, folder);
}

/* The open folder */

/* From the root, or from home if the place is in it, down to its folder: as the path bar does. */
static GPtrArray *
make_chain (GFile *location)
{
  GPtrArray *chain = g_ptr_array_new_with_free_func (g_object_unref);
  GFile *home = pane_location_get_home ();

  for (GFile *at = location; at != NULL && chain->len < MAX_BEFORE && !g_file_equal (at, home);)
    {
      at = g_file_get_parent (at);
      if (at != NULL)
        g_ptr_array_insert (chain, 0, at);
    }
  return chain;
}

static void
will_publish_cb (PaneFolderModel *model, PaneColumnsView *self)
{
  ThawEntryStore *store = pane_folder_model_get_store (model);
  guint first, last;

  if (self->folder == NULL || store == NULL
      || store == thaw_order_get_store (pane_folder_model_get_coming_order (model)))
    return;
  g_set_object (&self->left, self->folder);
  self->left_id = pane_folder_model_get_focus_id (model);
  self->left_y = pane_columns_find_y (PANE_VIEW (self), self->left_id);
  if (!isnan (self->left_y) || !pane_view_get_visible_range (PANE_VIEW (self), &first, &last))
    return;
  self->left_id = pane_folder_model_get_id (model, MIN (first + 1, last));
  self->left_y = pane_columns_find_y (PANE_VIEW (self), self->left_id);
}

static void
name_list (PaneColumnsView *self)
{
  g_autofree char *title = pane_location_dup_title (pane_columns_view_get_location (self));

  gtk_accessible_update_property (GTK_ACCESSIBLE (pane_slot_view_get_list (PANE_SLOT_VIEW (self))),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  title,
                                  -1);
}

static void
enter_folder (PaneColumnsView *self)
{
  GFile *location = pane_columns_view_get_location (self);
  g_autoptr (GPtrArray) chain = location != NULL ? make_chain (location) : g_ptr_array_new ();

  pane_columns_view_put_before (self, chain);
  pane_columns_view_drop_preview (self);
  if (self->wanted != NULL && (location == NULL || !g_file_equal (self->wanted, location)))
    pane_columns_view_forget_wanted (self);
  if (location != NULL)
    name_list (self);
  if (location != NULL && self->left != NULL
      && is_in (thaw_folder_get_location (self->left), location))
    pane_columns_view_show_folder (self, thaw_folder_get_location (self->left));
  else
    pane_columns_view_drop_beside (self);
  g_clear_object (&self->left);
  pane_columns_strip_reveal (self->strip);
}

static void
follow_spec (PaneColumnsView *self)
{
  const ThawOrderSpec *spec = self->folder != NULL ? thaw_folder_get_spec (self->folder) : NULL;

  for (guint i = 0; spec != NULL && i < self->before->len; i++)
    pane_columns_folder_follow_spec (pane_columns_get_folder (g_ptr_array_index (self->before, i)),
                                     spec);
  if (spec != NULL && self->beside != NULL)
    pane_columns_folder_follow_spec (pane_columns_get_folder (self->beside), spec);
}

static void
update_empty (PaneColumnsView *self)
{
  ThawOrder *order = pane_folder_model_get_order (get_model (self));
  const char *filter = thaw_order_get_spec (order)->filter;
  gboolean is_filtered = filter != NULL && *filter != '\0';
  gboolean is_complete
      = self->folder == NULL || thaw_folder_get_state (self->folder) == THAW_FOLDER_READY;

  gtk_label_set_label (GTK_LABEL (self->empty),
                       is_filtered ? _ ("No Matches") : _ ("Folder is Empty"));
  gtk_widget_set_visible (self->empty, is_complete && thaw_order_get_n (order) == 0);
}

/* Its last rows come before it is known to have no more. */
static void
follow_folder (PaneColumnsView *self, ThawFolder *folder)
{
  if (folder == self->folder)
    return;
  if (self->folder != NULL)
    g_signal_handlers_disconnect_by_data (self->folder, self);
  g_set_object (&self->folder, folder);
  if (folder != NULL)
    g_signal_connect_object (folder,
                             "notify::state",
                             G_CALLBACK (update_empty),
                             self,
                             G_CONNECT_SWAPPED);
}

static void
published_cb (PaneFolderModel *model, PaneColumnsView *self)
{
  ThawFolder *folder = pane_folder_model_get_folder (model);
  g_autoptr (GFile) old
      = self->folder != NULL ? g_object_ref (pane_columns_view_get_location (self)) : NULL;

  follow_folder (self, folder);
  if (folder != NULL && (old == NULL || !g_file_equal (old, pane_columns_view_get_location (self))))
    enter_folder (self);
  follow_spec (self);
  update_empty (self);
  pane_columns_view_look_for_wanted (self);
  pane_columns_view_show_focus (self);
}

static void
focus_changed_cb (PaneColumnsView *self)
{
  if (self->is_arriving)
    return;
  if (self->wanted != NULL && self->folder != NULL
      && g_file_equal (self->wanted, pane_columns_view_get_location (self)))
    pane_columns_view_forget_wanted (self);
  pane_columns_view_show_focus (self);
}

/* PaneView */

/* The first handler notes where everything is, before the list is told. */
static void
set_model (PaneView *view, PaneFolderModel *model)
{
  PaneColumnsView *self = PANE_COLUMNS_VIEW (view);

  g_signal_connect_object (model, "will-publish", G_CALLBACK (will_publish_cb), self, 0);
  PANE_VIEW_CLASS (pane_columns_view_parent_class)->set_model (view, model);
  pane_columns_view_add_keys (self);
  g_signal_connect_object (model, "published", G_CALLBACK (published_cb), self, 0);
  g_signal_connect_object (model,
                           "focus-changed",
                           G_CALLBACK (focus_changed_cb),
                           self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (model,
                           "entries-changed",
                           G_CALLBACK (pane_columns_view_show_focus),
                           self,
                           G_CONNECT_SWAPPED);
  if (pane_folder_model_get_order (model) != NULL)
    published_cb (model, self);
}

static void
set_zoom (PaneView *view, guint level)
{
  PaneColumnsView *self = PANE_COLUMNS_VIEW (view);

  PANE_VIEW_CLASS (pane_columns_view_parent_class)->set_zoom (view, level);
  for (guint i = 0; self->before != NULL && i < self->before->len; i++)
    pane_view_set_zoom (pane_columns_folder_get_list (
                            pane_columns_get_folder (g_ptr_array_index (self->before, i))),
                        level);
  if (self->beside != NULL)
    pane_view_set_zoom (pane_columns_folder_get_list (pane_columns_get_folder (self->beside)),
                        level);
}

static char *
dup_settings (PaneView *view)
{
  int width = PANE_COLUMNS_VIEW (view)->width;

  return width != PANE_COLUMN_USUAL_WIDTH ? g_strdup_printf ("width=%d", width) : g_strdup ("");
}

static void
apply_settings (PaneView *view, const char *settings)
{
  PaneColumnsView *self = PANE_COLUMNS_VIEW (view);
  int width = PANE_COLUMN_USUAL_WIDTH;

  if (*settings != '\0' && sscanf (settings, "width=%5d", &width) != 1)
    return;
  self->width = CLAMP (width, PANE_COLUMN_LEAST_WIDTH, PANE_COLUMN_MOST_WIDTH);
  pane_column_set_width (self->current, self->width);
  for (guint i = 0; i < self->before->len; i++)
    pane_column_set_width (g_ptr_array_index (self->before, i), self->width);
  if (self->beside != NULL)
    pane_column_set_width (self->beside, self->width);
}

/* Object */

static void
pane_columns_view_dispose (GObject *object)
{
  PaneColumnsView *self = PANE_COLUMNS_VIEW (object);

  thaw_scope_cancel (self->scope);
  g_clear_handle_id (&self->timer, g_source_remove);
  pane_columns_view_forget_wanted (self);
  g_ptr_array_set_size (self->before, 0);
  self->beside = NULL;
  g_clear_object (&self->folder);
  g_clear_object (&self->left);
  g_clear_weak_pointer (&self->drop_column);
  g_clear_weak_pointer (&self->marked_column);
  G_OBJECT_CLASS (pane_columns_view_parent_class)->dispose (object);
}

static void
pane_columns_view_finalize (GObject *object)
{
  PaneColumnsView *self = PANE_COLUMNS_VIEW (object);

  thaw_scope_unref (self->scope);
  g_ptr_array_unref (self->before);
  G_OBJECT_CLASS (pane_columns_view_parent_class)->finalize (object);
}

static void
pane_columns_view_class_init (PaneColumnsViewClass *klass)
{
  PaneViewClass *view_class = PANE_VIEW_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = pane_columns_view_dispose;
  G_OBJECT_CLASS (klass)->finalize = pane_columns_view_finalize;
  view_class->set_model = set_model;
  view_class->set_zoom = set_zoom;
  view_class->dup_settings = dup_settings;
  view_class->apply_settings = apply_settings;
  view_class->measure_cell = pane_columns_measure_cell;
  view_class->draw_cell = pane_columns_draw_cell;
  view_class->dup_drop_folder = pane_columns_view_dup_drop_folder;
  view_class->set_drop_entry = pane_columns_view_set_drop_entry;
}

/* The list of the base, moved into a column. */
static void
make_current (PaneColumnsView *self)
{
  GtkWidget *list = pane_slot_view_get_scrolled (PANE_SLOT_VIEW (self));
  GtkWidget *overlay = gtk_overlay_new ();

  g_object_ref (list);
  gtk_widget_unparent (list);
  gtk_overlay_set_child (GTK_OVERLAY (overlay), list);
  g_object_unref (list);
  self->empty = gtk_label_new (NULL);
  gtk_widget_add_css_class (self->empty, "dim-label");
  gtk_widget_set_can_target (self->empty, FALSE);
  gtk_widget_set_visible (self->empty, FALSE);
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), self->empty);
  self->current = pane_column_new (overlay, self->width);
  g_signal_connect (self->current, "resized", G_CALLBACK (pane_columns_view_resized_cb), self);
}

static void
pane_columns_view_init (PaneColumnsView *self)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  pane_columns_add_css (gtk_widget_get_display (GTK_WIDGET (self)));
  pane_columns_set_icon_sizes (PANE_VIEW (self));
  gtk_widget_add_css_class (GTK_WIDGET (self), "view");
  self->scope = thaw_scope_new_for_owner ("columns view", G_OBJECT (self), NULL);
  self->width = PANE_COLUMN_USUAL_WIDTH;
  self->before = g_ptr_array_new ();
  self->left_id = THAW_NO_ENTRY;
  self->base_class = PANE_VIEW_CLASS (pane_columns_view_parent_class);
  make_current (self);
  self->strip = pane_columns_strip_new ();
  self->preview = pane_columns_preview_new ();
  gtk_widget_set_visible (GTK_WIDGET (self->preview), FALSE);
  pane_columns_strip_put (self->strip, GTK_WIDGET (self->current), NULL);
  pane_columns_strip_put (self->strip, GTK_WIDGET (self->preview), GTK_WIDGET (self->current));
  pane_columns_strip_set_current (self->strip,
                                  GTK_WIDGET (self->current),
                                  GTK_WIDGET (self->preview));
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled),
                                  GTK_POLICY_AUTOMATIC,
                                  GTK_POLICY_NEVER);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), GTK_WIDGET (self->strip));
  gtk_widget_set_vexpand (scrolled, TRUE);
  gtk_widget_set_hexpand (scrolled, TRUE);
  gtk_widget_set_parent (scrolled, GTK_WIDGET (self));
  pane_columns_view_add_click (self);
}

/* Places whose entries are elsewhere have no way that leads to them, and one column will do. */
const PaneViewInfo pane_columns_view_info = {
  .id = "columns",
  .title = N_ ("Columns"),
  .icon_name = "view-dual-symbolic",
  .accelerator = "<Control>4",
  .rank = 40,
  .needs = PANE_NEEDS_STAT,
  .get_type = pane_columns_view_get_type,
  .spans_folders = TRUE,
};
