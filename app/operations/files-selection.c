/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that something is to be done with: names in a folder, or in several, as they come from a tab, or files from anywhere.
 * Making a GFile of each of 100,000 takes 80 ms, so it is left to the threads that need them. Constant once made; any thread. */

#include "files-selection.h"

#include <string.h>

#define FEW 16

typedef struct {
  GFile *folder;
  GString *names;
  guint n;
} Children;

struct _FilesSelection {
  gint ref_count;
  GArray *children; /* of Children, at least one */
  guint n;
  GPtrArray *files; /* instead */
  GHashTable *set;  /* of @files, borrowed: if there are many */
};

G_DEFINE_BOXED_TYPE (FilesSelection, files_selection, files_selection_ref, files_selection_unref)

static void
children_clear (gpointer data)
{
  Children *children = data;

  g_object_unref (children->folder);
  g_string_free (children->names, TRUE);
}

static Children *
get_children (FilesSelection *self, guint i)
{
  return &g_array_index (self->children, Children, i);
}

/**
 * files_selection_new_children:
 * @folder: a folder
 * @names: (transfer full): names in it, bytes with a NUL after each
 * @n: how many
 *
 * Returns: (transfer full): these files
 */
FilesSelection *
files_selection_new_children (GFile *folder, GString *names, guint n)
{
  FilesSelection *self = g_new0 (FilesSelection, 1);

  self->ref_count = 1;
  self->children = g_array_new (FALSE, FALSE, sizeof (Children));
  g_array_set_clear_func (self->children, children_clear);
  files_selection_add_children (self, folder, names, n);
  return self;
}

/**
 * files_selection_add_children:
 * @self: names in folders
 * @folder: another folder
 * @names: (transfer full): names in it, bytes with a NUL after each
 * @n: how many
 *
 * Adds more, before anybody else has @self.
 */
void
files_selection_add_children (FilesSelection *self, GFile *folder, GString *names, guint n)
{
  Children children = { g_object_ref (folder), names, n };

  g_array_append_val (self->children, children);
  self->n += n;
}

/**
 * files_selection_new:
 * @files: (transfer full) (element-type GFile): files
 *
 * Returns: (transfer full): these files
 */
FilesSelection *
files_selection_new (GPtrArray *files)
{
  FilesSelection *self = g_new0 (FilesSelection, 1);

  self->ref_count = 1;
  self->files = files;
  self->n = files->len;
  if (files->len > FEW)
    {
      self->set = g_hash_table_new (g_file_hash, (GEqualFunc) g_file_equal);
      for (guint i = 0; i < files->len; i++)
        g_hash_table_add (self->set, g_ptr_array_index (files, i));
    }
  return self;
}

FilesSelection *
files_selection_ref (FilesSelection *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

void
files_selection_unref (FilesSelection *self)
{
  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;
  g_clear_pointer (&self->children, g_array_unref);
  g_clear_pointer (&self->set, g_hash_table_unref);
  g_clear_pointer (&self->files, g_ptr_array_unref);
  g_free (self);
}

guint
files_selection_get_n (FilesSelection *self)
{
  return self->n;
}

/**
 * files_selection_dup_first:
 * @self: files
 *
 * Returns: (transfer full) (nullable): the first of them
 */
GFile *
files_selection_dup_first (FilesSelection *self)
{
  if (self->n == 0)
    return NULL;
  if (self->files != NULL)
    return g_object_ref (g_ptr_array_index (self->files, 0));
  return g_file_get_child (get_children (self, 0)->folder, get_children (self, 0)->names->str);
}

/**
 * files_selection_dup_folder:
 * @self: files
 *
 * Returns: (transfer full) (nullable): the folder of the first, which is nearly always that of all
 */
GFile *
files_selection_dup_folder (FilesSelection *self)
{
  if (self->children != NULL)
    return g_object_ref (get_children (self, 0)->folder);
  return self->n > 0 ? g_file_get_parent (g_ptr_array_index (self->files, 0)) : NULL;
}

static gboolean
is_in (GFile *file, GFile *folder)
{
  g_autoptr (GFile) parent = g_file_get_parent (file);

  return parent != NULL && g_file_equal (parent, folder);
}

/**
 * files_selection_are_in:
 * @self: files
 * @folder: a folder
 *
 * Returns: whether each of them is right in @folder
 */
gboolean
files_selection_are_in (FilesSelection *self, GFile *folder)
{
  for (guint i = 0; self->files == NULL && i < self->children->len; i++)
    if (!g_file_equal (get_children (self, i)->folder, folder))
      return FALSE;
  if (self->files == NULL)
    return TRUE;
  for (guint i = 0; i < self->files->len; i++)
    if (!is_in (g_ptr_array_index (self->files, i), folder))
      return FALSE;
  return self->n > 0;
}

/**
 * files_selection_fill:
 * @self: files
 * @request: a request
 *
 * Makes the files the request's sources.
 */
void
files_selection_fill (FilesSelection *self, ThawOperationRequest *request)
{
  for (guint i = 0; self->children != NULL && i < self->children->len; i++)
    thaw_operation_request_add_children (request,
                                         get_children (self, i)->folder,
                                         get_children (self, i)->names->str,
                                         get_children (self, i)->names->len);
  for (guint i = 0; self->files != NULL && i < self->files->len; i++)
    thaw_operation_request_add_source (request, g_ptr_array_index (self->files, i));
}

static gboolean
is_or_holds (GFile *file, GFile *other)
{
  return g_file_equal (file, other) || g_file_has_prefix (other, file);
}

/* A look for each folder above @file, instead of one at each of our files. */
static gboolean
set_holds (FilesSelection *self, GFile *file)
{
  g_autoptr (GFile) at = g_object_ref (file);

  while (at != NULL)
    {
      GFile *parent;

      if (g_hash_table_contains (self->set, at))
        return TRUE;
      parent = g_file_get_parent (at);
      g_object_unref (at);
      at = parent;
    }
  return FALSE;
}

static gboolean
has_name (Children *self, const char *wanted)
{
  const char *end = self->names->str + self->names->len;

  for (const char *name = self->names->str; name < end; name += strlen (name) + 1)
    if (g_str_equal (name, wanted))
      return TRUE;
  return FALSE;
}

static gboolean
children_hold (Children *self, GFile *file)
{
  g_autofree char *below = g_file_get_relative_path (self->folder, file);
  char *slash = below != NULL ? strchr (below, '/') : NULL;

  if (slash != NULL)
    *slash = '\0';
  return below != NULL && has_name (self, below);
}

/**
 * files_selection_holds:
 * @self: files
 * @file: a file
 *
 * Returns: whether @file is one of them, or somewhere below one of them
 */
gboolean
files_selection_holds (FilesSelection *self, GFile *file)
{
  if (self->set != NULL)
    return set_holds (self, file);
  if (self->files != NULL)
    {
      for (guint i = 0; i < self->files->len; i++)
        if (is_or_holds (g_ptr_array_index (self->files, i), file))
          return TRUE;
      return FALSE;
    }
  for (guint i = 0; i < self->children->len; i++)
    if (children_hold (get_children (self, i), file))
      return TRUE;
  return FALSE;
}

static void
find_children (Children *self, ThawEntryStore *store, GArray *ids)
{
  const char *end = self->names->str + self->names->len;

  for (const char *name = self->names->str; name < end; name += strlen (name) + 1)
    {
      guint32 id = thaw_entry_store_find (store, name, strlen (name));

      if (id != THAW_NO_ENTRY)
        g_array_append_val (ids, id);
    }
}

/**
 * files_selection_find:
 * @self: files
 * @folder: a folder
 * @store: its entries
 *
 * Returns: (transfer full) (nullable) (element-type guint32): which entries they are, %NULL if they aren't in @folder
 */
GArray *
files_selection_find (FilesSelection *self, GFile *folder, ThawEntryStore *store)
{
  GArray *ids = NULL;

  for (guint i = 0; self->children != NULL && i < self->children->len; i++)
    {
      Children *children = get_children (self, i);

      if (!g_file_equal (children->folder, folder))
        continue;
      if (ids == NULL)
        ids = g_array_sized_new (FALSE, FALSE, sizeof (guint32), children->n);
      find_children (children, store, ids);
    }
  return ids;
}

/**
 * files_selection_dup_files:
 * @self: files
 *
 * Returns: (transfer full) (element-type GFile): each of them
 */
GPtrArray *
files_selection_dup_files (FilesSelection *self)
{
  GPtrArray *files;

  if (self->files != NULL)
    return g_ptr_array_ref (self->files);
  files = g_ptr_array_new_full (self->n, g_object_unref);
  for (guint i = 0; i < self->children->len; i++)
    {
      Children *children = get_children (self, i);
      const char *end = children->names->str + children->names->len;

      for (const char *name = children->names->str; name < end; name += strlen (name) + 1)
        g_ptr_array_add (files, g_file_get_child (children->folder, name));
    }
  return files;
}
