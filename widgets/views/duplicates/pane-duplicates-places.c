/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copies in folders below the one that is shown: the model shows entries of those, too, when they
 * are expanded, and then they are entries like any others, which can be selected and put into the
 * trash. Which folders are worth that is said here (the ones of the largest waste, and none that is
 * huge), and where such an entry is in the model. Finding a name takes time in proportion to the
 * folder, so what is asked for and isn't known yet isn't there at first: it is found by a thread of
 * the CPU pool, a folder at a time, and then the view is told. Loop's thread only; must not touch
 * files.
 */
#include "pane-duplicates-private.h"

#include <string.h>

#define MOST_FILES 20000 /* in a folder that is expanded, and below it */

struct _PaneDuplicatePlaces {
  PaneCanvasView *view; /* whose they are */
  ThawScope *scope;
  GFile *location;
  ThawEntryStore *store; /* that the ids are of; NULL before the first */
  ThawOrder *order;      /* in which what isn't there isn't */
  GHashTable *branches;  /* path from the location -> ThawBranch */
  GHashTable *ids;       /* path -> id, THAW_NO_ENTRY for what isn't there */
  GHashTable *unknown;   /* paths, which to ask for */
  guint n_asked;         /* folders in which it is being looked */
};

static void
add_branch (ThawBranch *branch, gpointer user_data)
{
  PaneDuplicatePlaces *self = user_data;
  char *path = g_file_get_relative_path (self->location, thaw_branch_get_location (branch));

  if (path != NULL)
    g_hash_table_insert (self->branches, path, thaw_branch_ref (branch));
}

PaneDuplicatePlaces *
pane_duplicate_places_new (PaneCanvasView *view, ThawScope *scope, GFile *location)
{
  PaneDuplicatePlaces *self = g_new0 (PaneDuplicatePlaces, 1);

  self->view = view;
  self->scope = thaw_scope_new ("places of duplicates", scope);
  self->location = g_object_ref (location);
  self->branches
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) thaw_branch_unref);
  self->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->unknown = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
pane_duplicate_places_free (PaneDuplicatePlaces *self)
{
  thaw_scope_cancel (self->scope);
  thaw_scope_unref (self->scope);
  g_hash_table_unref (self->branches);
  g_hash_table_unref (self->ids);
  g_hash_table_unref (self->unknown);
  g_clear_pointer (&self->store, thaw_entry_store_release);
  g_clear_pointer (&self->order, thaw_order_release);
  g_object_unref (self->location);
  g_free (self);
}

static PaneFolderModel *
get_model (PaneDuplicatePlaces *self)
{
  return pane_view_get_model (PANE_VIEW (self->view));
}

static gboolean
is_missing (gpointer path, gpointer id, gpointer unused)
{
  return GPOINTER_TO_UINT (id) == THAW_NO_ENTRY;
}

void
pane_duplicate_places_look (PaneDuplicatePlaces *self)
{
  ThawOrder *order = pane_folder_model_get_order (get_model (self));
  ThawEntryStore *store = pane_folder_model_get_store (get_model (self));

  if (store != self->store)
    {
      g_hash_table_remove_all (self->ids);
      g_clear_pointer (&self->store, thaw_entry_store_release);
      self->store = store != NULL ? thaw_entry_store_ref (store) : NULL;
    }
  if (order != self->order)
    {
      g_hash_table_foreach_remove (self->ids, is_missing, NULL);
      g_clear_pointer (&self->order, thaw_order_release);
      self->order = order != NULL ? thaw_order_ref (order) : NULL;
    }
  g_hash_table_remove_all (self->branches);
  pane_folder_model_foreach_branch (get_model (self), add_branch, self);
}

static const char *
get_base (const char *path)
{
  const char *slash = strrchr (path, '/');

  return slash != NULL ? slash + 1 : path;
}

/* It may have got another name since, or another folder of this name been expanded. */
static gboolean
is_still (PaneDuplicatePlaces *self, guint32 id, const char *path)
{
  return thaw_entry_store_has (self->store, id)
         && (thaw_entry_store_get_flags (self->store, id) & THAW_ENTRY_GONE) == 0
         && strcmp (thaw_entry_store_get_name (self->store, id), get_base (path)) == 0;
}

guint
pane_duplicate_places_find (PaneDuplicatePlaces *self, const char *path)
{
  gpointer id = NULL;

  if (self->store == NULL)
    return GTK_INVALID_LIST_POSITION;
  if (g_hash_table_lookup_extended (self->ids, path, NULL, &id)
      && GPOINTER_TO_UINT (id) == THAW_NO_ENTRY)
    return GTK_INVALID_LIST_POSITION;
  if (id != NULL && is_still (self, GPOINTER_TO_UINT (id) - 1, path))
    return pane_folder_model_find (get_model (self), GPOINTER_TO_UINT (id) - 1);
  g_hash_table_add (self->unknown, g_strdup (path));
  return GTK_INVALID_LIST_POSITION;
}

/* Asking: names of one folder. */

typedef struct {
  PaneDuplicatePlaces *places;
  ThawEntryStore *trunk;
  ThawBranch *branch; /* NULL: the folder that is shown */
  GPtrArray *paths, *names;
} Question;

static Question *
question_new (PaneDuplicatePlaces *places, ThawBranch *branch)
{
  Question *self = g_new0 (Question, 1);

  self->places = places;
  self->trunk = thaw_entry_store_ref (places->store);
  self->branch = branch != NULL ? thaw_branch_ref (branch) : NULL;
  self->paths = g_ptr_array_new_with_free_func (g_free);
  self->names = g_ptr_array_new (); /* in the paths */
  return self;
}

static void
question_free (gpointer data)
{
  Question *self = data;

  thaw_entry_store_release (self->trunk);
  g_clear_pointer (&self->branch, thaw_branch_unref);
  g_ptr_array_unref (self->paths);
  g_ptr_array_unref (self->names);
  g_free (self);
}

static void
take_answer (const Question *self, GArray *found)
{
  for (guint i = 0; i < found->len; i++)
    {
      guint32 id = g_array_index (found, guint32, i);

      if (id != THAW_NO_ENTRY && self->branch != NULL)
        id = thaw_branch_get_id (self->branch, id);
      g_hash_table_insert (self->places->ids,
                           g_strdup (g_ptr_array_index (self->paths, i)),
                           GUINT_TO_POINTER (id != THAW_NO_ENTRY ? id + 1 : THAW_NO_ENTRY));
    }
}

static void
answered_cb (ThawFuture *completed, gpointer user_data)
{
  const Question *self = user_data;
  PaneDuplicatePlaces *places = self->places;

  places->n_asked--;
  if (thaw_future_get_error (completed) == NULL && places->store == self->trunk)
    take_answer (self, thaw_future_get_pointer (completed, NULL));
  if (places->n_asked == 0)
    pane_canvas_view_changed (places->view);
}

static void
ask (PaneDuplicatePlaces *self, Question *question)
{
  ThawEntryStore *store
      = question->branch != NULL ? thaw_branch_get_store (question->branch) : question->trunk;
  g_autoptr (ThawFuture) found = NULL;

  g_ptr_array_add (question->names, NULL);
  found = thaw_entry_store_find_names (store,
                                       self->scope,
                                       (const char *const *) question->names->pdata);
  self->n_asked++;
  thaw_future_done (found, self->scope, answered_cb, question, question_free);
}

/* By the path of its folder; NULL: that isn't shown, so nothing of it is. */
static Question *
ensure_question (PaneDuplicatePlaces *self, GHashTable *questions, const char *path)
{
  const char *base = get_base (path);
  g_autofree char *folder
      = base > path ? g_strndup (path, (gsize) (base - path) - 1) : g_strdup ("");
  Question *question = g_hash_table_lookup (questions, folder);
  ThawBranch *branch = base > path ? g_hash_table_lookup (self->branches, folder) : NULL;

  if (question == NULL && (base == path || branch != NULL))
    {
      question = question_new (self, branch);
      g_hash_table_insert (questions, g_steal_pointer (&folder), question);
    }
  return question;
}

void
pane_duplicate_places_ask (PaneDuplicatePlaces *self)
{
  g_autoptr (GHashTable) questions = NULL;
  GHashTableIter iter;
  gpointer path, question;

  if (self->n_asked > 0 || self->store == NULL)
    return;
  questions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_iter_init (&iter, self->unknown);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    {
      Question *of = ensure_question (self, questions, path);

      if (of == NULL)
        continue;
      g_ptr_array_add (of->paths, g_strdup (path));
      g_ptr_array_add (of->names,
                       (gpointer) get_base (g_ptr_array_index (of->paths, of->paths->len - 1)));
    }
  g_hash_table_remove_all (self->unknown);
  g_hash_table_iter_init (&iter, questions);
  while (g_hash_table_iter_next (&iter, NULL, &question))
    ask (self, question);
}

/* Choosing folders */

static gboolean
is_huge (ThawDuplicates *search, const char *path)
{
  ThawDiskUsage *usage = thaw_duplicates_get_usage (search);
  g_autoptr (GFile) folder
      = g_file_resolve_relative_path (thaw_duplicates_get_location (search), path);
  ThawDiskUsageInfo info;

  return !thaw_disk_usage_get_info (usage, thaw_disk_usage_find (usage, folder), &info)
         || info.n_files > MOST_FILES;
}

/* With all folders on the way there; they count, too. */
static void
add_folders (ThawDuplicates *search, GHashTable *folders, const char *path, guint max)
{
  for (const char *slash = strchr (path, '/'); slash != NULL; slash = strchr (slash + 1, '/'))
    {
      g_autofree char *folder = g_strndup (path, (gsize) (slash - path));

      if (g_hash_table_contains (folders, folder))
        continue;
      if (g_hash_table_size (folders) == max || is_huge (search, folder))
        return;
      g_hash_table_add (folders, g_steal_pointer (&folder));
    }
}

char **
pane_duplicate_places_list_folders (ThawDuplicates *search, GHashTable *groups, guint max)
{
  g_autoptr (GHashTable) folders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) paths = NULL;
  ThawDuplicatesGroup group;

  for (guint i = 0;
       g_hash_table_size (folders) < max && thaw_duplicates_get_group (search, i, &group);
       i++)
    {
      PaneDuplicateGroup *here = g_hash_table_lookup (groups, GUINT_TO_POINTER (group.group + 1));

      if (here == NULL)
        break;
      for (guint j = 0; j < here->files->len; j++)
        add_folders (search,
                     folders,
                     ((PaneDuplicate *) g_ptr_array_index (here->files, j))->path,
                     max);
    }
  if (g_hash_table_size (folders) == 0)
    return NULL;
  paths = g_hash_table_steal_all_keys (folders);
  g_ptr_array_add (paths, NULL);
  return (char **) g_ptr_array_steal (paths, NULL);
}
