/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What views and the registry tell a view. */
#pragma once

#include "pane-view.h"

G_BEGIN_DECLS

void pane_view_set_needs (PaneView *self, PaneNeeds needs);
PaneNeeds pane_view_get_needs (PaneView *self);

void pane_view_set_hides_tree (PaneView *self, gboolean hides);

/* In pane-view-drop.c: for a row of the view, an entry or a note, or %THAW_NO_ENTRY. */
GFile *pane_view_dup_drop_folder_of (PaneView *self,
                                     guint32 id,
                                     guint32 *place,
                                     gboolean *is_entry);

G_END_DECLS
