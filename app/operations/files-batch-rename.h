/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dialog that gives many files new names. */
#pragma once

#include "files-rename-set.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define FILES_TYPE_BATCH_RENAME (files_batch_rename_get_type ())
G_DECLARE_FINAL_TYPE (FilesBatchRename, files_batch_rename, FILES, BATCH_RENAME, AdwDialog)

/* Loop's thread. ::rename (ThawOperationRequest *request, guint n): it is to be done. */
AdwDialog *files_batch_rename_new (FilesRenameSet *set);

G_END_DECLS
