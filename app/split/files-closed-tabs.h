/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tabs of a window that were closed, and those of a window that is. */
#pragma once

#include <adwaita.h>
#include "files-panes.h"

G_BEGIN_DECLS

typedef struct _FilesClosedTabs FilesClosedTabs;

/* Loop's thread, all of it. */
FilesClosedTabs *files_closed_tabs_new (void);
void files_closed_tabs_free (FilesClosedTabs *self);
void files_closed_tabs_push (FilesClosedTabs *self, FilesPanes *panes);
/* The one closed last; NULL: there is none. Transfer full. */
FilesPanesMemory *files_closed_tabs_pop (FilesClosedTabs *self);
gboolean files_closed_tabs_is_empty (FilesClosedTabs *self);
/* FilesSessionTab, for files_state_set_session(): those that are open; if none is, the one that was
 * closed last. */
GPtrArray *files_closed_tabs_dup_session (FilesClosedTabs *self, AdwTabView *tab_view);

G_END_DECLS
