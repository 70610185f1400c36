/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tabs of the window that was closed last. */
#pragma once

#include "files-state.h"

G_BEGIN_DECLS

#define FILES_MAX_PANES 2

typedef struct {
  char *uri;
  FilesFolderState how;
} FilesSessionPane;

typedef struct {
  FilesSessionPane panes[FILES_MAX_PANES];
  guint n_panes;
  guint active;        /* which pane */
  gboolean is_current; /* the tab in front */
} FilesSessionTab;

void files_session_tab_free (FilesSessionTab *self);

/* Pure, any thread. @tabs: FilesSessionTab. */
void files_session_write (GPtrArray *tabs, GKeyFile *file);
GPtrArray *files_session_read (GKeyFile *file);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FilesSessionTab, files_session_tab_free)

G_END_DECLS
