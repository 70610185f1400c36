/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was cut is drawn fainter until it is pasted, in every tab that shows its folder. The marks
 * are ids: they are found again when the clipboard has something else, or the tab another folder or
 * other folders expanded. A million names aren't found in a moment: a thread of the CPU pool does
 * that. Loop's thread. */

#include "files-cut-marks.h"
#include "files-clipboard.h"

typedef struct {
  ThawScope *scope;      /* of the tab */
  ThawFuture *asked;     /* NULL: nothing is */
  FilesSelection *cut;   /* that the marks are of, or will be; NULL: none is made */
  ThawEntryStore *store; /* in which they are looked for; not owned, only compared */
  guint64 n_entries;     /* that there were then, in folders that are expanded, too */
} Marks;

static void
marks_forget (Marks *self)
{
  if (self->asked != NULL)
    thaw_future_cancel (self->asked);
  g_clear_pointer (&self->asked, thaw_future_unref);
  g_clear_pointer (&self->cut, files_selection_unref);
}

static void
marks_free (gpointer data)
{
  Marks *self = data;

  marks_forget (self);
  thaw_scope_cancel (self->scope);
  thaw_scope_unref (self->scope);
  g_free (self);
}

static Marks *
get_marks (FilesTab *tab)
{
  return g_object_get_data (G_OBJECT (tab), "files-cut-marks");
}

/* Asking: which entries these are, folder by folder. */

typedef struct {
  FilesTab *tab; /* which outlives its scope */
  FilesSelection *cut;
  GPtrArray *stores, *folders;
  GPtrArray *branches; /* of the stores after the first */
} Question;

static void
question_clear (gpointer data)
{
  Question *self = data;

  files_selection_unref (self->cut);
  g_ptr_array_unref (self->stores);
  g_ptr_array_unref (self->folders);
  g_ptr_array_unref (self->branches);
}

static void
question_unref (gpointer data)
{
  g_rc_box_release_full (data, question_clear);
}

static void
add_folder (Question *self, GFile *folder, ThawEntryStore *store)
{
  g_ptr_array_add (self->folders, g_object_ref (folder));
  g_ptr_array_add (self->stores, thaw_entry_store_ref (store));
}

static void
add_branch (ThawBranch *branch, gpointer user_data)
{
  Question *self = user_data;

  add_folder (self, thaw_branch_get_location (branch), thaw_branch_get_store (branch));
  g_ptr_array_add (self->branches, thaw_branch_ref (branch));
}

static Question *
question_new (FilesTab *tab, FilesSelection *cut)
{
  PaneFolderModel *model = files_tab_get_model (tab);
  Question *self = g_rc_box_new0 (Question);

  self->tab = tab;
  self->cut = files_selection_ref (cut);
  self->stores = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_entry_store_release);
  self->folders = g_ptr_array_new_with_free_func (g_object_unref);
  self->branches = g_ptr_array_new_with_free_func ((GDestroyNotify) thaw_branch_unref);
  add_folder (self, files_tab_get_location (tab), pane_folder_model_get_store (model));
  pane_folder_model_foreach_branch (model, add_branch, self);
  return self;
}

static void
free_found (gpointer ids)
{
  if (ids != NULL)
    g_array_unref (ids);
}

/* An array for each folder, NULL where nothing is cut. */
static gboolean
find_job (ThawJob *job, gpointer user_data, GError **error)
{
  const Question *self = user_data;
  GPtrArray *found = g_ptr_array_new_with_free_func (free_found);

  for (guint i = 0; i < self->stores->len; i++)
    g_ptr_array_add (found,
                     files_selection_find (self->cut,
                                           g_ptr_array_index (self->folders, i),
                                           g_ptr_array_index (self->stores, i),
                                           job));
  thaw_job_return_pointer (job, found, (GDestroyNotify) g_ptr_array_unref);
  return TRUE;
}

/* Ids of branches are given out on the loop. */
static void
add_marks (GArray *ids, GArray *found, ThawBranch *branch)
{
  for (guint i = 0; found != NULL && i < found->len; i++)
    {
      guint32 id = g_array_index (found, guint32, i);

      if (id != THAW_NO_ENTRY && branch != NULL)
        id = thaw_branch_get_id (branch, id);
      if (id != THAW_NO_ENTRY)
        g_array_append_val (ids, id);
    }
}

static void update (FilesTab *tab);

static void
found_cb (ThawFuture *completed, gpointer user_data)
{
  const Question *self = user_data;
  Marks *marks = get_marks (self->tab);
  PaneFolderModel *model = files_tab_get_model (self->tab);
  GPtrArray *found = thaw_future_get_error (completed) == NULL
                         ? thaw_future_get_pointer (completed, NULL)
                         : NULL;
  g_autoptr (GArray) ids = NULL;

  if (found == NULL || completed != marks->asked
      || pane_folder_model_get_store (model) != g_ptr_array_index (self->stores, 0))
    return;
  ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  add_marks (ids, g_ptr_array_index (found, 0), NULL);
  for (guint i = 1; i < found->len; i++)
    add_marks (ids, g_ptr_array_index (found, i), g_ptr_array_index (self->branches, i - 1));
  pane_folder_model_set_cut_ids (model, (const guint32 *) ids->data, ids->len);
  update (self->tab); /* there may be more by now */
}

static void
ask (FilesTab *tab, Marks *marks)
{
  Question *question = question_new (tab, marks->cut);

  marks->asked = thaw_scope_compute (marks->scope,
                                     "what is cut",
                                     THAW_PRIORITY_HIGH,
                                     find_job,
                                     g_rc_box_acquire (question),
                                     question_unref);
  thaw_future_done (marks->asked, marks->scope, found_cb, question, question_unref);
}

static void
count_branch (ThawBranch *branch, gpointer n)
{
  *(guint64 *) n += 1 + thaw_entry_store_get_n (thaw_branch_get_store (branch));
}

static gboolean
is_asking (Marks *self)
{
  return self->asked != NULL && thaw_future_get_state (self->asked) == THAW_FUTURE_PENDING;
}

static void
update (FilesTab *tab)
{
  PaneFolderModel *model = files_tab_get_model (tab);
  ThawEntryStore *store = pane_folder_model_get_store (model);
  FilesSelection *cut = files_clipboard_get_cut (gtk_widget_get_clipboard (GTK_WIDGET (tab)));
  Marks *marks = get_marks (tab);
  guint64 n_entries;

  if (store == NULL || files_tab_get_location (tab) == NULL)
    return;
  n_entries = thaw_entry_store_get_n (store);
  pane_folder_model_foreach_branch (model, count_branch, &n_entries);
  if (cut == marks->cut && store == marks->store
      && (n_entries == marks->n_entries || is_asking (marks)))
    return;
  marks_forget (marks);
  marks->store = store;
  marks->n_entries = n_entries;
  if (cut == NULL)
    {
      pane_folder_model_set_cut_ids (model, NULL, 0);
      return;
    }
  marks->cut = files_selection_ref (cut);
  ask (tab, marks);
}

/**
 * files_cut_marks_attach:
 * @tab: a tab
 *
 * Marks in @tab what is cut.
 */
void
files_cut_marks_attach (FilesTab *tab)
{
  Marks *marks = g_new0 (Marks, 1);

  marks->scope = thaw_scope_new_for_owner ("cut marks", G_OBJECT (tab), NULL);
  g_object_set_data_full (G_OBJECT (tab), "files-cut-marks", marks, marks_free);
  g_signal_connect_object (gtk_widget_get_clipboard (GTK_WIDGET (tab)),
                           "changed",
                           G_CALLBACK (update),
                           tab,
                           G_CONNECT_SWAPPED);
  g_signal_connect (tab, "changed", G_CALLBACK (update), NULL);
}
