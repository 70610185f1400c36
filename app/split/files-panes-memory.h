/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tab of the window that isn't there any more. */
#pragma once

#include "files-history.h"
#include "files-session.h"

G_BEGIN_DECLS

typedef struct {
  FilesHistory *history;
  FilesFolderState how; /* of its current place */
} FilesPaneMemory;

typedef struct {
  FilesPaneMemory panes[FILES_MAX_PANES];
  guint n_panes;
  guint active;
} FilesPanesMemory;

/* Loop's thread. */
void files_panes_memory_free (FilesPanesMemory *self);
/* Where it was, not how it got there: what is kept from one start to the next. NULL: nowhere. */
FilesSessionTab *files_panes_memory_to_session (const FilesPanesMemory *self);
FilesPanesMemory *files_panes_memory_from_session (const FilesSessionTab *tab);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FilesPanesMemory, files_panes_memory_free)

G_END_DECLS
