/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is in an archive, as a tree. A sandboxed process lists it and a worker makes the tree: names
 * that aren't what they should be can't leave it, since they are only ever shown. The loop gets the
 * finished tree. */

#define GETTEXT_PACKAGE "thaw"
#include "pane-preview-page.h"
#include "pane-preview-renderer.h"
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#define MAX_ENTRIES 50000
#define MAX_DEPTH 64
#define MAX_COPY_BYTES (256 * 1024 * 1024)

PanePreviewRenderer *pane_preview_archive_renderer_new (void); /* for the registry's table */

/* A node of the tree: folders have children. */
#define PANE_TYPE_PREVIEW_NODE (pane_preview_node_get_type ())
G_DECLARE_FINAL_TYPE (PanePreviewNode, pane_preview_node, PANE, PREVIEW_NODE, GObject)

struct _PanePreviewNode {
  GObject parent_instance;

  char *name; /* valid UTF-8 */
  gint64 size_bytes;
  GListStore *children; /* NULL: a file */
};

G_DEFINE_FINAL_TYPE (PanePreviewNode, pane_preview_node, G_TYPE_OBJECT)

static void
pane_preview_node_finalize (GObject *object)
{
  PanePreviewNode *self = PANE_PREVIEW_NODE (object);

  g_free (self->name);
  g_clear_object (&self->children);
  G_OBJECT_CLASS (pane_preview_node_parent_class)->finalize (object);
}

static void
pane_preview_node_class_init (PanePreviewNodeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = pane_preview_node_finalize;
}

static void
pane_preview_node_init (PanePreviewNode *self)
{
}

static PanePreviewNode *
node_new (const char *name, gsize n)
{
  PanePreviewNode *self = g_object_new (PANE_TYPE_PREVIEW_NODE, NULL);

  self->name = g_utf8_make_valid (name, (gssize) n);
  self->size_bytes = -1;
  return self;
}

/* Making the tree, on a worker */

typedef struct {
  PanePreviewNode *root;
  GHashTable *folders; /* path -> node */
  guint n_files, n_folders;
  gint64 total_bytes;
  gboolean is_complete;
} Tree;

static void
tree_free (gpointer data)
{
  Tree *tree = data;

  g_clear_object (&tree->root);
  g_clear_pointer (&tree->folders, g_hash_table_unref);
  g_free (tree);
}

static void
add_child (PanePreviewNode *parent, PanePreviewNode *child)
{
  if (parent->children == NULL)
    parent->children = g_list_store_new (PANE_TYPE_PREVIEW_NODE);
  g_list_store_append (parent->children, child);
}

/* The folder of this path, made with all those above it. */
static PanePreviewNode *
find_folder (Tree *tree, const char *path, gsize n, guint depth)
{
  g_autofree char *key = g_strndup (path, n);
  PanePreviewNode *node = g_hash_table_lookup (tree->folders, key);
  PanePreviewNode *parent = tree->root;
  const char *slash;

  if (n == 0 || depth > MAX_DEPTH)
    return tree->root;
  if (node != NULL)
    return node;
  slash = memrchr (path, '/', n);
  if (slash != NULL)
    parent = find_folder (tree, path, (gsize) (slash - path), depth + 1);
  node = slash != NULL ? node_new (slash + 1, n - (gsize) (slash + 1 - path)) : node_new (path, n);
  node->children = g_list_store_new (PANE_TYPE_PREVIEW_NODE);
  add_child (parent, node);
  g_hash_table_insert (tree->folders, g_steal_pointer (&key), node);
  g_object_unref (node);
  tree->n_folders++;
  return node;
}

static void
add_entry (Tree *tree, const ThawArchiveEntry *entry)
{
  const char *name = entry->name;
  g_autoptr (PanePreviewNode) node = NULL;
  const char *slash;
  gsize n;

  while (name[0] == '/' || (name[0] == '.' && name[1] == '/'))
    name++;
  n = strlen (name);
  while (n > 0 && name[n - 1] == '/')
    n--;
  if (n == 0 || (n == 1 && name[0] == '.'))
    return;
  if (entry->is_folder)
    {
      find_folder (tree, name, n, 0);
      return;
    }
  slash = memrchr (name, '/', n);
  node = slash != NULL ? node_new (slash + 1, n - (gsize) (slash + 1 - name)) : node_new (name, n);
  node->size_bytes = entry->size_bytes;
  add_child (slash != NULL ? find_folder (tree, name, (gsize) (slash - name), 0) : tree->root,
             node);
  tree->n_files++;
  tree->total_bytes += MAX (entry->size_bytes, 0);
}

static int
compare_nodes (gconstpointer a, gconstpointer b, gpointer unused)
{
  const PanePreviewNode *one = a, *other = b;

  if ((one->children != NULL) != (other->children != NULL))
    return one->children != NULL ? -1 : 1;
  return strcmp (one->name, other->name);
}

static Tree *
make_tree (GPtrArray *entries)
{
  Tree *tree = g_new0 (Tree, 1);
  GHashTableIter iter;
  gpointer folder;

  tree->root = node_new ("", 0);
  tree->root->children = g_list_store_new (PANE_TYPE_PREVIEW_NODE);
  tree->folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < entries->len; i++)
    add_entry (tree, g_ptr_array_index (entries, i));
  g_list_store_sort (tree->root->children, compare_nodes, NULL);
  g_hash_table_iter_init (&iter, tree->folders);
  while (g_hash_table_iter_next (&iter, NULL, &folder))
    g_list_store_sort (PANE_PREVIEW_NODE (folder)->children, compare_nodes, NULL);
  return tree;
}

static gboolean
list_lane (ThawJob *job, gpointer data, GError **error)
{
  g_autofd int fd
      = thaw_open_file_dup_fd (pane_preview_item_get_open_file (data), job, MAX_COPY_BYTES, error);
  g_autoptr (GPtrArray) entries = NULL;
  gboolean is_complete;
  Tree *tree;

  if (fd < 0)
    return FALSE;
  entries = thaw_archive_list_sync (fd, MAX_ENTRIES, job, &is_complete, error);
  if (entries == NULL)
    return FALSE;
  tree = make_tree (entries);
  tree->is_complete = is_complete;
  thaw_job_return_pointer (job, tree, tree_free);
  return TRUE;
}

/* The widget */

#define PANE_TYPE_PREVIEW_ARCHIVE_PAGE (pane_preview_archive_page_get_type ())
G_DECLARE_FINAL_TYPE (PanePreviewArchivePage,
                      pane_preview_archive_page,
                      PANE,
                      PREVIEW_ARCHIVE_PAGE,
                      PanePreviewPage)

struct _PanePreviewArchivePage {
  PanePreviewPage parent_instance;

  GtkWidget *scrolled;
};

G_DEFINE_FINAL_TYPE (PanePreviewArchivePage, pane_preview_archive_page, PANE_TYPE_PREVIEW_PAGE)

static GListModel *
create_children (gpointer item, gpointer unused)
{
  PanePreviewNode *node = item;

  return node->children != NULL ? G_LIST_MODEL (g_object_ref (node->children)) : NULL;
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *expander = gtk_tree_expander_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *name = gtk_inscription_new (NULL), *size = gtk_inscription_new (NULL);

  gtk_inscription_set_text_overflow (GTK_INSCRIPTION (name),
                                     GTK_INSCRIPTION_OVERFLOW_ELLIPSIZE_MIDDLE);
  gtk_inscription_set_min_chars (GTK_INSCRIPTION (name), 8);
  gtk_inscription_set_min_chars (GTK_INSCRIPTION (size), 9);
  gtk_inscription_set_xalign (GTK_INSCRIPTION (size), 1);
  gtk_widget_add_css_class (size, "dim-label");
  gtk_widget_set_hexpand (name, TRUE);
  gtk_box_append (GTK_BOX (box), gtk_image_new ());
  gtk_box_append (GTK_BOX (box), name);
  gtk_box_append (GTK_BOX (box), size);
  gtk_tree_expander_set_child (GTK_TREE_EXPANDER (expander), box);
  gtk_list_item_set_child (item, expander);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkTreeExpander *expander = GTK_TREE_EXPANDER (gtk_list_item_get_child (item));
  GtkTreeListRow *row = gtk_list_item_get_item (item);
  g_autoptr (PanePreviewNode) node = gtk_tree_list_row_get_item (row);
  GtkWidget *icon = gtk_widget_get_first_child (gtk_tree_expander_get_child (expander));
  GtkWidget *name = gtk_widget_get_next_sibling (icon);
  g_autofree char *size = node->size_bytes >= 0 ? g_format_size ((guint64) node->size_bytes) : NULL;

  gtk_tree_expander_set_list_row (expander, row);
  gtk_image_set_from_icon_name (GTK_IMAGE (icon),
                                node->children != NULL ? "folder-symbolic"
                                                       : "text-x-generic-symbolic");
  gtk_inscription_set_text (GTK_INSCRIPTION (name), node->name);
  gtk_inscription_set_text (GTK_INSCRIPTION (gtk_widget_get_next_sibling (name)), size);
  gtk_list_item_set_accessible_label (item, node->name);
}

static GtkWidget *
make_list (Tree *tree, const char *name)
{
  GListModel *children = G_LIST_MODEL (g_object_ref (tree->root->children));
  gboolean opens = g_list_model_get_n_items (children) == 1 && tree->n_files <= MAX_ENTRIES / 50;
  GtkTreeListModel *rows
      = gtk_tree_list_model_new (children, FALSE, FALSE, create_children, NULL, NULL);
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkWidget *list;

  if (opens)
    {
      g_autoptr (GtkTreeListRow) first = gtk_tree_list_model_get_row (rows, 0);

      gtk_tree_list_row_set_expanded (first, TRUE);
    }
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  list = gtk_list_view_new (GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (rows))),
                            factory);
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  return list;
}

static char *
dup_status (Tree *tree)
{
  g_autofree char *size = g_format_size ((guint64) tree->total_bytes);
  g_autofree char *files
      = g_strdup_printf (ngettext ("%'u file", "%'u files", tree->n_files), tree->n_files);

  if (tree->is_complete)
    /* Translators: “12 files, 3.4 MB” */
    return g_strdup_printf (_ ("%s, %s"), files, size);
  /* Translators: of an archive that is damaged or very large: “12 files, incomplete” */
  return g_strdup_printf (_ ("%s, incomplete"), files);
}

static ThawFuture *
listed (ThawFuture *completed, gpointer user_data)
{
  PanePreviewItem *item = user_data;
  GError *error = NULL;
  Tree *tree = thaw_future_get_pointer (completed, &error);
  PanePreviewArchivePage *self;
  g_autofree char *status = NULL;
  ThawFuture *future;

  if (tree == NULL)
    return thaw_future_new_rejected (error);
  self = g_object_ref_sink (g_object_new (PANE_TYPE_PREVIEW_ARCHIVE_PAGE, NULL));
  status = dup_status (tree);
  pane_preview_page_set_status (PANE_PREVIEW_PAGE (self), status);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scrolled),
                                 make_list (tree, pane_preview_item_get_name (item)));
  future = thaw_future_new ("archive");
  thaw_future_resolve_object (future, self);
  return future;
}

static void
pane_preview_archive_page_dispose (GObject *object)
{
  g_clear_pointer (&PANE_PREVIEW_ARCHIVE_PAGE (object)->scrolled, gtk_widget_unparent);
  G_OBJECT_CLASS (pane_preview_archive_page_parent_class)->dispose (object);
}

static void
pane_preview_archive_page_class_init (PanePreviewArchivePageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = pane_preview_archive_page_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
pane_preview_archive_page_init (PanePreviewArchivePage *self)
{
  self->scrolled = gtk_scrolled_window_new ();
  gtk_widget_set_parent (self->scrolled, GTK_WIDGET (self));
}

/* The renderer */

G_DECLARE_FINAL_TYPE (PanePreviewArchive,
                      pane_preview_archive,
                      PANE,
                      PREVIEW_ARCHIVE,
                      PanePreviewRenderer)

struct _PanePreviewArchive {
  PanePreviewRenderer parent_instance;
};

G_DEFINE_FINAL_TYPE (PanePreviewArchive, pane_preview_archive, PANE_TYPE_PREVIEW_RENDERER)

static int
pane_preview_archive_rate (PanePreviewRenderer *self, PanePreviewItem *item)
{
  static const char *const types[] = {
    "application/zip",
    "application/x-7z-compressed",
    "application/x-tar",
    "application/gzip",
    "application/vnd.rar",
    "application/x-rar",
    "application/x-cpio",
    "application/x-xar",
    "application/vnd.ms-cab-compressed",
    "application/x-cd-image",
    "application/vnd.efi.iso",
    "application/x-java-archive",
    "application/java-archive",
    "application/vnd.debian.binary-package",
    "application/x-rpm",
    "application/zstd",
    "application/x-xz",
    "application/x-bzip2",
  };
  const char *type = pane_preview_item_get_content_type (item);

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_equal (type, types[i]))
      return PANE_PREVIEW_RATE_GOOD;
  return strstr (type, "compressed-tar") != NULL ? PANE_PREVIEW_RATE_GOOD : PANE_PREVIEW_RATE_NEVER;
}

static ThawFuture *
pane_preview_archive_render (PanePreviewRenderer *self, PanePreviewItem *item, ThawScope *scope)
{
  static ThawLane *lane;
  g_autoptr (ThawFuture) tree = NULL;

  if (lane == NULL)
    lane = thaw_lane_new_private ("archive previews", 2, NULL);
  tree = thaw_lane_run (lane,
                        scope,
                        "list archive",
                        THAW_PRIORITY_HIGH,
                        -1,
                        list_lane,
                        g_object_ref (item),
                        g_object_unref);
  return thaw_future_then (tree, scope, listed, g_object_ref (item), g_object_unref);
}

static void
pane_preview_archive_class_init (PanePreviewArchiveClass *klass)
{
  PANE_PREVIEW_RENDERER_CLASS (klass)->rate = pane_preview_archive_rate;
  PANE_PREVIEW_RENDERER_CLASS (klass)->render = pane_preview_archive_render;
}

static void
pane_preview_archive_init (PanePreviewArchive *self)
{
}

PanePreviewRenderer *
pane_preview_archive_renderer_new (void)
{
  return g_object_new (pane_preview_archive_get_type (), "id", "archive", NULL);
}
