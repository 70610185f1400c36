/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Old names and new ones, as a list of which only what is seen is made: a row's object is made when
 * GTK asks for it, from the preview's arrays. A list never changes; a new preview is a new list.
 * Loop's thread. */

#include "files-rename-rows.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#define FILES_TYPE_RENAME_ROW (files_rename_row_get_type ())
G_DECLARE_FINAL_TYPE (FilesRenameRow, files_rename_row, FILES, RENAME_ROW, GObject)

struct _FilesRenameRow {
  GObject parent_instance;
  FilesRenameRows *rows;
  guint i;
};

G_DEFINE_FINAL_TYPE (FilesRenameRow, files_rename_row, G_TYPE_OBJECT)

struct _FilesRenameRows {
  GObject parent_instance;
  FilesRenameSet *set;
  FilesRenamePreview *preview;
};

static void
files_rename_row_finalize (GObject *object)
{
  g_object_unref (FILES_RENAME_ROW (object)->rows);
  G_OBJECT_CLASS (files_rename_row_parent_class)->finalize (object);
}

static void
files_rename_row_class_init (FilesRenameRowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = files_rename_row_finalize;
}

static void
files_rename_row_init (FilesRenameRow *self)
{
}

static GType
get_item_type (GListModel *model)
{
  return FILES_TYPE_RENAME_ROW;
}

static guint
get_n_items (GListModel *model)
{
  return FILES_RENAME_ROWS (model)->preview->n;
}

static gpointer
get_item (GListModel *model, guint position)
{
  FilesRenameRows *self = FILES_RENAME_ROWS (model);
  FilesRenameRow *row;

  if (position >= self->preview->n)
    return NULL;
  row = g_object_new (FILES_TYPE_RENAME_ROW, NULL);
  row->rows = g_object_ref (self);
  row->i = position;
  return row;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (FilesRenameRows,
                               files_rename_rows,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static void
files_rename_rows_finalize (GObject *object)
{
  FilesRenameRows *self = FILES_RENAME_ROWS (object);

  files_rename_preview_free (self->preview);
  files_rename_set_unref (self->set);
  G_OBJECT_CLASS (files_rename_rows_parent_class)->finalize (object);
}

static void
files_rename_rows_class_init (FilesRenameRowsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = files_rename_rows_finalize;
}

static void
files_rename_rows_init (FilesRenameRows *self)
{
}

/**
 * files_rename_rows_new:
 * @set: the entries
 * @preview: (transfer full): their new names
 *
 * Returns: (transfer full): a list of both
 */
FilesRenameRows *
files_rename_rows_new (FilesRenameSet *set, FilesRenamePreview *preview)
{
  FilesRenameRows *self = g_object_new (FILES_TYPE_RENAME_ROWS, NULL);

  self->set = files_rename_set_ref (set);
  self->preview = preview;
  return self;
}

const FilesRenamePreview *
files_rename_rows_get_preview (FilesRenameRows *self)
{
  return self->preview;
}

/**
 * files_rename_rows_make_request:
 * @self: a list
 * @scope: what it belongs to
 *
 * Returns: (transfer full): a future of the request that renames what changes
 */
ThawFuture *
files_rename_rows_make_request (FilesRenameRows *self, ThawScope *scope)
{
  return files_rename_set_make_request (self->set, scope, self->preview, G_OBJECT (self));
}

/* The widgets */

static GtkWidget *
make_label (const char *first_class, const char *second_class)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  if (first_class != NULL)
    gtk_widget_add_css_class (label, first_class);
  if (second_class != NULL)
    gtk_widget_add_css_class (label, second_class);
  return label;
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);

  gtk_box_append (GTK_BOX (box), make_label ("caption", "dim-label"));
  gtk_box_append (GTK_BOX (box), make_label (NULL, NULL));
  gtk_box_append (GTK_BOX (box), make_label ("caption", "error"));
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_bottom (box, 6);
  gtk_list_item_set_child (item, box);
  gtk_list_item_set_activatable (item, FALSE);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  FilesRenameRow *row = gtk_list_item_get_item (item);
  const FilesRenamePreview *preview = row->rows->preview;
  FilesRenameStatus status = preview->statuses[row->i];
  const char *trouble = files_rename_status_describe (status);
  g_autofree char *old
      = g_filename_display_name (files_rename_set_get_name (row->rows->set, row->i));
  g_autofree char *name = g_filename_display_name (preview->names[row->i]);
  g_autofree char *label = NULL;
  GtkWidget *old_label = gtk_widget_get_first_child (gtk_list_item_get_child (item));
  GtkWidget *new_label = gtk_widget_get_next_sibling (old_label);
  GtkWidget *trouble_label = gtk_widget_get_next_sibling (new_label);

  gtk_label_set_text (GTK_LABEL (old_label), old);
  gtk_label_set_text (GTK_LABEL (new_label), name);
  gtk_label_set_text (GTK_LABEL (trouble_label), trouble);
  gtk_widget_set_visible (trouble_label, *trouble != '\0');
  gtk_widget_set_opacity (new_label, status == FILES_RENAME_CHANGED || *trouble != '\0' ? 1 : 0.55);
  /* Translators: for a screen reader: the old name of a file, its new one, and what is wrong with
   * that */
  label = g_strdup_printf (_ ("%s becomes %s. %s"), old, name, trouble);
  gtk_list_item_set_accessible_label (item, label);
}

/**
 * files_rename_rows_new_view:
 *
 * Returns: (transfer floating): a widget that shows such rows
 */
GtkWidget *
files_rename_rows_new_view (void)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkWidget *view;

  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  view = gtk_list_view_new (NULL, factory);
  gtk_list_view_set_show_separators (GTK_LIST_VIEW (view), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (view),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("New names"),
                                  -1);
  return view;
}
