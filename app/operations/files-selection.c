/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that something is to be done with: entries of a folder, or of several, as they come from a
 * tab; names in a folder; or files from anywhere. Making a GFile of each of 100,000 takes 80 ms,
 * and even their names take 150 ms for a million, which lie all over the memory in the order in
 * which they are shown: so names of many entries are written down by the first thread that needs
 * them, which isn't the loop's. Constant once made, apart from that; any thread. */

#include "files-selection.h"

#include <pthread.h>
#include <string.h>

#define FEW 16
#define FEW_ENTRIES 10000 /* whose names are written down at once */

typedef struct {
  GFile *folder;
  guint n;
  GString *names; /* atomic; NULL: not written down yet */
  /* Of which that is to be done; lock. */
  ThawEntryStore *store;
  GArray *ids;
  char *first;
} Children;

struct _FilesSelection {
  gint ref_count;
  pthread_mutex_t lock; /* of names that are being written down */
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
  if (children->names != NULL)
    g_string_free (children->names, TRUE);
  g_clear_pointer (&children->store, thaw_entry_store_release);
  g_clear_pointer (&children->ids, g_array_unref);
  g_free (children->first);
}

static Children *
get_children (FilesSelection *self, guint i)
{
  return &g_array_index (self->children, Children, i);
}

static GString *
peek_names (Children *self)
{
  return __atomic_load_n (&self->names, __ATOMIC_ACQUIRE);
}

static GString *
make_names (Children *self)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < self->ids->len; i++)
    {
      guint32 id = g_array_index (self->ids, guint32, i);
      const char *name = thaw_entry_store_get_name (self->store, id);

      g_string_append_len (names, name, (gssize) strlen (name) + 1);
    }
  return names;
}

/* Not on the loop if there are many. The entries may get other names later: these are the ones that
 * were meant. */
static GString *
ensure_names (FilesSelection *self, Children *children)
{
  if (peek_names (children) != NULL)
    return children->names;
  pthread_mutex_lock (&self->lock);
  if (children->names == NULL)
    {
      __atomic_store_n (&children->names, make_names (children), __ATOMIC_RELEASE);
      g_clear_pointer (&children->store, thaw_entry_store_release);
      g_clear_pointer (&children->ids, g_array_unref);
    }
  pthread_mutex_unlock (&self->lock);
  return children->names;
}

static FilesSelection *
selection_new (void)
{
  FilesSelection *self = g_new0 (FilesSelection, 1);

  self->ref_count = 1;
  pthread_mutex_init (&self->lock, NULL);
  return self;
}

/**
 * files_selection_new_empty:
 *
 * Returns: (transfer full): a selection to which children of folders can be added
 */
FilesSelection *
files_selection_new_empty (void)
{
  FilesSelection *self = selection_new ();

  self->children = g_array_new (FALSE, FALSE, sizeof (Children));
  g_array_set_clear_func (self->children, children_clear);
  return self;
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
  FilesSelection *self = files_selection_new_empty ();
  Children children = { .folder = g_object_ref (folder), .n = n, .names = names };

  g_array_append_val (self->children, children);
  self->n = n;
  return self;
}

/**
 * files_selection_add_entries:
 * @self: what files_selection_new_empty() has made
 * @folder: a folder
 * @store: its entries
 * @ids: (transfer full) (element-type guint32): some of them
 *
 * Adds entries, before anybody else has @self. If there are many their names aren't looked at here.
 */
void
files_selection_add_entries (FilesSelection *self,
                             GFile *folder,
                             ThawEntryStore *store,
                             GArray *ids)
{
  Children children = { .folder = g_object_ref (folder), .n = ids->len };

  if (ids->len == 0)
    {
      g_object_unref (folder);
      g_array_unref (ids);
      return;
    }
  children.first = g_strdup (thaw_entry_store_get_name (store, g_array_index (ids, guint32, 0)));
  children.store = thaw_entry_store_ref (store);
  children.ids = ids;
  g_array_append_val (self->children, children);
  self->n += ids->len;
  if (ids->len <= FEW_ENTRIES)
    ensure_names (self, get_children (self, self->children->len - 1));
}

/**
 * files_selection_is_light:
 * @self: files
 *
 * Returns: whether there are so few of them, with names that are known, that the loop can take all
 *   of them at once
 */
gboolean
files_selection_is_light (FilesSelection *self)
{
  for (guint i = 0; self->children != NULL && i < self->children->len; i++)
    if (peek_names (get_children (self, i)) == NULL)
      return FALSE;
  return self->n <= FEW_ENTRIES;
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
  FilesSelection *self = selection_new ();

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
  pthread_mutex_destroy (&self->lock);
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
  Children *children;

  if (self->n == 0)
    return NULL;
  if (self->files != NULL)
    return g_object_ref (g_ptr_array_index (self->files, 0));
  children = get_children (self, 0);
  return g_file_get_child (children->folder,
                           children->first != NULL ? children->first : children->names->str);
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
  if (self->children != NULL && self->children->len > 0)
    return g_object_ref (get_children (self, 0)->folder);
  return self->files != NULL && self->n > 0 ? g_file_get_parent (g_ptr_array_index (self->files, 0))
                                            : NULL;
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
 *
 * - **Thread**: any, but the loop's only if @self is light.
 */
void
files_selection_fill (FilesSelection *self, ThawOperationRequest *request)
{
  for (guint i = 0; self->children != NULL && i < self->children->len; i++)
    {
      GString *names = ensure_names (self, get_children (self, i));

      thaw_operation_request_add_children (request,
                                           get_children (self, i)->folder,
                                           names->str,
                                           names->len);
    }
  for (guint i = 0; self->files != NULL && i < self->files->len; i++)
    thaw_operation_request_add_source (request, g_ptr_array_index (self->files, i));
}

typedef struct {
  FilesSelection *files;
  ThawOperationRequest *request;
} Filling;

static void
filling_free (gpointer data)
{
  Filling *self = data;

  files_selection_unref (self->files);
  thaw_operation_request_unref (self->request);
  g_free (self);
}

static gboolean
fill_job (ThawJob *job, gpointer user_data, GError **error)
{
  Filling *self = user_data;

  files_selection_fill (self->files, self->request);
  return TRUE;
}

/**
 * files_selection_fill_later:
 * @self: files
 * @scope: what it belongs to
 * @request: a request, which nobody else may touch meanwhile
 *
 * Has a thread of the CPU pool make the files the request's sources.
 *
 * Returns: (transfer full): a future that resolves when that is done
 */
ThawFuture *
files_selection_fill_later (FilesSelection *self, ThawScope *scope, ThawOperationRequest *request)
{
  Filling *filling = g_new0 (Filling, 1);

  filling->files = files_selection_ref (self);
  filling->request = thaw_operation_request_ref (request);
  return thaw_scope_compute (scope,
                             "what an operation is about",
                             THAW_PRIORITY_HIGH,
                             fill_job,
                             filling,
                             filling_free);
}

static gboolean
names_job (ThawJob *job, gpointer user_data, GError **error)
{
  FilesSelection *self = user_data;

  for (guint i = 0; self->children != NULL && i < self->children->len; i++)
    ensure_names (self, get_children (self, i));
  return TRUE;
}

static void
settled_cb (ThawFuture *completed, gpointer unused)
{
  thaw_future_get_error (completed); /* cancelled: then whoever needs them writes them down */
}

/**
 * files_selection_settle:
 * @self: files
 * @scope: what it belongs to
 *
 * Has the names written down soon, in case that isn't done at once by what comes now: what is on
 * the clipboard are the names of now, and not the folder's entries with all their memory.
 */
void
files_selection_settle (FilesSelection *self, ThawScope *scope)
{
  g_autoptr (ThawFuture) settled = NULL;

  if (files_selection_is_light (self))
    return;
  settled = thaw_scope_compute (scope,
                                "names of what is selected",
                                THAW_PRIORITY_DEFAULT,
                                names_job,
                                files_selection_ref (self),
                                (GDestroyNotify) files_selection_unref);
  thaw_future_done (settled, scope, settled_cb, NULL, NULL);
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
has_name (GString *names, const char *wanted)
{
  const char *end = names->str + names->len;

  for (const char *name = names->str; name < end; name += strlen (name) + 1)
    if (g_str_equal (name, wanted))
      return TRUE;
  return FALSE;
}

/* Names that aren't known yet may be any. */
static gboolean
children_hold (Children *self, GFile *file)
{
  g_autofree char *below = g_file_get_relative_path (self->folder, file);
  char *slash = below != NULL ? strchr (below, '/') : NULL;

  if (slash != NULL)
    *slash = '\0';
  return below != NULL && (peek_names (self) == NULL || has_name (self->names, below));
}

/**
 * files_selection_holds:
 * @self: files
 * @file: a file
 *
 * - **Thread**: any. It doesn't wait for names that are being written down: what may be one of
 *   them counts as one.
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

/**
 * files_selection_find:
 * @self: files
 * @folder: a folder
 * @store: its entries
 * @job: whose answer it is
 *
 * - **Thread**: any but the loop's.
 *
 * Returns: (transfer full) (nullable) (element-type guint32): which entries they are, with
 *   %THAW_NO_ENTRY for those that aren't there; %NULL if they aren't in @folder, or @job is
 *   cancelled
 */
GArray *
files_selection_find (FilesSelection *self, GFile *folder, ThawEntryStore *store, ThawJob *job)
{
  for (guint i = 0; self->children != NULL && i < self->children->len; i++)
    {
      Children *children = get_children (self, i);

      if (g_file_equal (children->folder, folder))
        {
          GString *names = ensure_names (self, children);

          return thaw_entry_store_look_up (store, names->str, names->len, job);
        }
    }
  return NULL;
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
      GString *names = ensure_names (self, children);
      const char *end = names->str + names->len;

      for (const char *name = names->str; name < end; name += strlen (name) + 1)
        g_ptr_array_add (files, g_file_get_child (children->folder, name));
    }
  return files;
}
