/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A folder: how much is in it, counted while one looks, and the first of what is in it. Listed and
 * counted on its lane; both end when another file is shown. Loop's thread. */

#define GETTEXT_PACKAGE "thaw"
#include "pane-preview-page.h"
#include "pane-preview-renderer.h"
#include <adwaita.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_SHOWN 24 /* as many rows as cost less than a frame */

PanePreviewRenderer *pane_preview_folder_renderer_new (void); /* for the registry's table */

#define PANE_TYPE_PREVIEW_FOLDER_PAGE (pane_preview_folder_page_get_type ())
G_DECLARE_FINAL_TYPE (PanePreviewFolderPage,
                      pane_preview_folder_page,
                      PANE,
                      PREVIEW_FOLDER_PAGE,
                      PanePreviewPage)

struct _PanePreviewFolderPage {
  PanePreviewPage parent_instance;

  GtkWidget *box;
  GtkLabel *count_label, *size_label;
  GtkListBox *list;
  ThawFolder *folder;
  ThawScope *scope;
  ThawMailbox *mailbox;
  guint32 shown[MAX_SHOWN];
  guint n_listed;
};

G_DEFINE_FINAL_TYPE (PanePreviewFolderPage, pane_preview_folder_page, PANE_TYPE_PREVIEW_PAGE)

/* How much */

static void
show_measure (PanePreviewFolderPage *self, const ThawFileMeasure *measure, gboolean is_complete)
{
  g_autofree char *size = g_format_size ((guint64) measure->bytes);
  gint64 n = measure->n_files + measure->n_others;
  g_autofree char *files
      = g_strdup_printf (ngettext ("%'d file", "%'d files", (gulong) n), (int) MIN (n, G_MAXINT));
  gint64 n_folders = MAX (measure->n_folders - 1, 0);
  g_autofree char *folders
      = g_strdup_printf (ngettext ("%'d folder", "%'d folders", (gulong) n_folders),
                         (int) MIN (n_folders, G_MAXINT));
  /* Translators: “120 files in 4 folders” */
  g_autofree char *both = g_strdup_printf (_ ("%s, %s"), files, folders);
  g_autofree char *so_far = is_complete ? NULL : g_strdup_printf (_ ("%s so far"), size);

  gtk_label_set_text (self->size_label, is_complete ? size : so_far);
  gtk_label_set_text (self->count_label, both);
}

static void
progress_handler (gpointer message, gpointer user_data)
{
  g_autoptr (ThawFileMeasure) measure = message;

  show_measure (user_data, measure, FALSE);
}

static void
counted_cb (ThawFuture *completed, gpointer user_data)
{
  const ThawFileMeasure *measure = thaw_future_get_pointer (completed, NULL);

  if (measure != NULL)
    show_measure (user_data, measure, TRUE);
}

static void
free_measure (gpointer measure)
{
  thaw_file_measure_free (measure);
}

static void
count (PanePreviewFolderPage *self)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (ThawFuture) future = NULL;

  self->mailbox = thaw_mailbox_new ("folder preview",
                                    thaw_scope_get_pump (self->scope),
                                    G_OBJECT (self),
                                    4,
                                    progress_handler,
                                    self,
                                    free_measure);
  g_ptr_array_add (files, g_object_ref (thaw_folder_get_location (self->folder)));
  future = thaw_file_count (self->scope, files, self->mailbox);
  thaw_future_done (future, self->scope, counted_cb, self, NULL);
}

/* What */

/* The list would make a row of @child that has no name for a screen reader. */
static GtkWidget *
make_named_row (GtkWidget *child, const char *name)
{
  GtkWidget *row = gtk_list_box_row_new ();

  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), child);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return row;
}

static GtkWidget *
make_row (ThawEntryStore *store, guint32 id)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  gboolean is_folder = thaw_entry_store_is_folder (store, id);
  GtkWidget *icon
      = gtk_image_new_from_icon_name (is_folder ? "folder-symbolic" : "text-x-generic-symbolic");
  g_autofree char *name = g_filename_display_name (thaw_entry_store_get_name (store, id));
  GtkWidget *label = gtk_label_new (name);

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), label);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_bottom (box, 6);
  return make_named_row (box, name);
}

static void
say_count (PanePreviewFolderPage *self, guint n)
{
  g_autofree char *status = g_strdup_printf (ngettext ("%'u item", "%'u items", n), n);

  pane_preview_page_set_status (PANE_PREVIEW_PAGE (self), status);
}

/* FALSE: the first of them are those that are shown. */
static gboolean
is_new (PanePreviewFolderPage *self, ThawOrder *order)
{
  const guint32 *ids = thaw_order_get_ids (order);
  guint n = thaw_order_get_n (order), n_shown = MIN (n, MAX_SHOWN);
  gboolean is_same
      = self->n_listed == n && memcmp (self->shown, ids, n_shown * sizeof (guint32)) == 0;

  self->n_listed = n;
  memcpy (self->shown, ids, n_shown * sizeof (guint32));
  return !is_same;
}

/* Orders get longer while it is listed, and the first of them change: they are few. */
static void
order_changed_cb (PanePreviewFolderPage *self, ThawOrder *order)
{
  guint n = thaw_order_get_n (order);

  say_count (self, n);
  if (!is_new (self, order))
    return;
  gtk_list_box_remove_all (self->list);
  for (guint i = 0; i < MIN (n, MAX_SHOWN); i++)
    gtk_list_box_append (self->list,
                         make_row (thaw_order_get_store (order), thaw_order_get_id (order, i)));
  if (n > MAX_SHOWN)
    {
      /* Translators: after the first of a folder's items: “… and 120 more” */
      g_autofree char *more
          = g_strdup_printf (ngettext ("… and %'u more", "… and %'u more", n - MAX_SHOWN),
                             n - MAX_SHOWN);
      GtkWidget *label = gtk_label_new (more);

      gtk_widget_add_css_class (label, "dim-label");
      gtk_widget_set_margin_top (label, 6);
      gtk_widget_set_margin_bottom (label, 6);
      gtk_list_box_append (self->list, make_named_row (label, more));
    }
  gtk_widget_set_visible (GTK_WIDGET (self->list), n > 0);
}

static void
state_cb (PanePreviewFolderPage *self)
{
  if (thaw_folder_get_state (self->folder) == THAW_FOLDER_READY
      && thaw_folder_get_n_listed (self->folder) == 0)
    pane_preview_page_set_status (PANE_PREVIEW_PAGE (self), _ ("Empty"));
}

/* The widget */

static void
pane_preview_folder_page_dispose (GObject *object)
{
  PanePreviewFolderPage *self = PANE_PREVIEW_FOLDER_PAGE (object);

  thaw_scope_cancel (self->scope);
  if (self->folder != NULL)
    g_signal_handlers_disconnect_by_data (self->folder, self);
  g_clear_object (&self->folder);
  g_clear_pointer (&self->mailbox, thaw_mailbox_unref);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (pane_preview_folder_page_parent_class)->dispose (object);
}

static void
pane_preview_folder_page_finalize (GObject *object)
{
  PanePreviewFolderPage *self = PANE_PREVIEW_FOLDER_PAGE (object);

  thaw_scope_unref (self->scope);
  G_OBJECT_CLASS (pane_preview_folder_page_parent_class)->finalize (object);
}

static void
pane_preview_folder_page_class_init (PanePreviewFolderPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = pane_preview_folder_page_dispose;
  object_class->finalize = pane_preview_folder_page_finalize;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
make_head (PanePreviewFolderPage *self)
{
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 18);
  GtkWidget *labels = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *icon = gtk_image_new_from_icon_name ("folder");

  gtk_image_set_pixel_size (GTK_IMAGE (icon), 96);
  self->size_label = GTK_LABEL (gtk_label_new (""));
  self->count_label = GTK_LABEL (gtk_label_new (""));
  gtk_widget_add_css_class (GTK_WIDGET (self->size_label), "title-2");
  gtk_widget_add_css_class (GTK_WIDGET (self->count_label), "dim-label");
  gtk_label_set_xalign (self->size_label, 0);
  gtk_label_set_xalign (self->count_label, 0);
  gtk_box_append (GTK_BOX (labels), GTK_WIDGET (self->size_label));
  gtk_box_append (GTK_BOX (labels), GTK_WIDGET (self->count_label));
  gtk_widget_set_valign (labels, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (head), icon);
  gtk_box_append (GTK_BOX (head), labels);
  gtk_widget_set_halign (head, GTK_ALIGN_CENTER);
  return head;
}

static void
pane_preview_folder_page_init (PanePreviewFolderPage *self)
{
  GtkWidget *clamp = adw_clamp_new ();
  GtkWidget *inner = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);

  self->scope = thaw_scope_new_for_owner ("folder preview", G_OBJECT (self), NULL);
  self->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (self->list), "boxed-list");
  gtk_widget_set_visible (GTK_WIDGET (self->list), FALSE);
  gtk_widget_set_can_focus (GTK_WIDGET (self->list), FALSE);
  gtk_box_append (GTK_BOX (inner), make_head (self));
  gtk_box_append (GTK_BOX (inner), GTK_WIDGET (self->list));
  gtk_widget_set_margin_top (inner, 18);
  gtk_widget_set_margin_bottom (inner, 18);
  gtk_widget_set_margin_start (inner, 18);
  gtk_widget_set_margin_end (inner, 18);
  adw_clamp_set_child (ADW_CLAMP (clamp), inner);
  self->box = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->box), clamp);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

/* The renderer */

G_DECLARE_FINAL_TYPE (PanePreviewFolder,
                      pane_preview_folder,
                      PANE,
                      PREVIEW_FOLDER,
                      PanePreviewRenderer)

struct _PanePreviewFolder {
  PanePreviewRenderer parent_instance;
};

G_DEFINE_FINAL_TYPE (PanePreviewFolder, pane_preview_folder, PANE_TYPE_PREVIEW_RENDERER)

static int
pane_preview_folder_rate (PanePreviewRenderer *self, PanePreviewItem *item)
{
  return pane_preview_item_is_folder (item) ? PANE_PREVIEW_RATE_GOOD : PANE_PREVIEW_RATE_NEVER;
}

static ThawFuture *
pane_preview_folder_render (PanePreviewRenderer *renderer, PanePreviewItem *item, ThawScope *scope)
{
  PanePreviewFolderPage *self
      = g_object_ref_sink (g_object_new (PANE_TYPE_PREVIEW_FOLDER_PAGE, NULL));
  ThawFuture *future = thaw_future_new ("folder");

  self->folder = thaw_folder_new (pane_preview_item_get_file (item));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  pane_preview_item_get_name (item),
                                  -1);
  g_signal_connect_swapped (self->folder, "order-changed", G_CALLBACK (order_changed_cb), self);
  g_signal_connect_swapped (self->folder, "notify::state", G_CALLBACK (state_cb), self);
  thaw_folder_start (self->folder);
  count (self);
  thaw_future_resolve_object (future, self);
  return future;
}

static void
pane_preview_folder_class_init (PanePreviewFolderClass *klass)
{
  PANE_PREVIEW_RENDERER_CLASS (klass)->rate = pane_preview_folder_rate;
  PANE_PREVIEW_RENDERER_CLASS (klass)->render = pane_preview_folder_render;
}

static void
pane_preview_folder_init (PanePreviewFolder *self)
{
}

PanePreviewRenderer *
pane_preview_folder_renderer_new (void)
{
  return g_object_new (pane_preview_folder_get_type (), "id", "folder", NULL);
}
