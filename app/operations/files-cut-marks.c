/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was cut is drawn fainter until it is pasted, in every tab that shows its folder. The marks are ids: they are found again when
 * the clipboard has something else, or the tab another folder. Loop's thread. */

#include "files-cut-marks.h"
#include "files-clipboard.h"

static void
update (FilesTab *tab)
{
  PaneFolderModel *model = files_tab_get_model (tab);
  ThawEntryStore *store = pane_folder_model_get_store (model);
  GFile *location = files_tab_get_location (tab);
  FilesSelection *cut = files_clipboard_get_cut (gtk_widget_get_clipboard (GTK_WIDGET (tab)));
  g_autoptr (GArray) ids = NULL;

  if (store == NULL || location == NULL)
    return;
  ids = cut != NULL ? files_selection_find (cut, location, store) : NULL;
  pane_folder_model_set_cut_ids (model, ids != NULL ? (const guint32 *) ids->data : NULL, ids != NULL ? ids->len : 0);
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
