/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What views and the registry tell a view. */
#pragma once

#include "pane-view.h"

G_BEGIN_DECLS

void pane_view_set_needs (PaneView *self, PaneNeeds needs);
PaneNeeds pane_view_get_needs (PaneView *self);

/* What the user has arranged by the host's menus; in pane-view-settings.c. */
typedef struct {
  gboolean grouped;
  GPtrArray *settings;         /* NULL: none */
  GSimpleActionGroup *actions; /* of the settings; NULL: none */
} PaneViewArranged;
PaneViewArranged *pane_view_get_arranged (PaneView *self);
void pane_view_sync_headings (PaneView *self);
void pane_view_drop_settings (PaneView *self);
char *pane_view_write_settings (PaneView *self, char *own);             /* takes the view's own words */
const char *pane_view_read_settings (PaneView *self, const char *text); /* returns them */

void pane_view_set_hides_tree (PaneView *self, gboolean hides);

/* In pane-view-drop.c: for a row of the view, an entry or a note, or %THAW_NO_ENTRY. */
GFile *pane_view_dup_drop_folder_of (PaneView *self,
                                     guint32 id,
                                     guint32 *place,
                                     gboolean *is_entry);

G_END_DECLS
