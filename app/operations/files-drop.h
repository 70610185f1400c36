/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dragging files out of a tab and dropping them into it. */
#pragma once

#include "files-tab.h"

G_BEGIN_DECLS

/* Loop's thread. For the tab's life. */
void files_drop_attach (FilesTab *tab);
/* The tab has a new view. */
void files_drop_follow_view (FilesTab *tab, PaneView *view);

G_END_DECLS
