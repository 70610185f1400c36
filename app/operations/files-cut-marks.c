/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was cut is drawn fainter until it is pasted, in every tab that shows its folder. The marks are ids: they are found again when
 * the clipboard has something else, or the tab another folder. Loop's thread. */

#include "files-cut-marks.h"
#include "files-clipboard.h"

typedef struct {
  FilesSelection *cut;
  GArray *ids;
} Marks;

/* What was cut of a folder that is expanded. */
static void
add_branch (ThawBranch *branch, gpointer user_data)
{
  Marks *marks = user_data;
  g_autoptr (GArray) found
      = files_selection_find (marks->cut, thaw_branch_get_location (branch), thaw_branch_get_store (branch));

  for (guint i = 0; found != NULL && i < found->len; i++)
    {
      guint32 id = thaw_branch_get_id (branch, g_array_index (found, guint32, i));

      g_array_append_val (marks->ids, id);
    }
}

static void
update (FilesTab *tab)
{
  PaneFolderModel *model = files_tab_get_model (tab);
  ThawEntryStore *store = pane_folder_model_get_store (model);
  GFile *location = files_tab_get_location (tab);
  Marks marks = { files_clipboard_get_cut (gtk_widget_get_clipboard (GTK_WIDGET (tab))), NULL };

  if (store == NULL || location == NULL)
    return;
  if (marks.cut != NULL)
    marks.ids = files_selection_find (marks.cut, location, store);
  if (marks.ids == NULL)
    marks.ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  if (marks.cut != NULL)
    pane_folder_model_foreach_branch (model, add_branch, &marks);
  pane_folder_model_set_cut_ids (model, (const guint32 *) marks.ids->data, marks.ids->len);
  g_array_unref (marks.ids);
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
  g_signal_connect_object (gtk_widget_get_clipboard (GTK_WIDGET (tab)),
                           "changed",
                           G_CALLBACK (update),
                           tab,
                           G_CONNECT_SWAPPED);
  g_signal_connect (tab, "changed", G_CALLBACK (update), NULL);
}
