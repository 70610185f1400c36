/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The entries of a folder that get new names together: previews and the request are made on other
 * threads. */
#pragma once

#include "files-rename-pattern.h"
#include "thaw.h"

G_BEGIN_DECLS

typedef struct _FilesRenameSet FilesRenameSet;

/* @ids (guint32): in the order in which they are numbered. */
FilesRenameSet *files_rename_set_new (ThawFolder *folder, GArray *ids);
FilesRenameSet *files_rename_set_ref (FilesRenameSet *self);
void files_rename_set_unref (FilesRenameSet *self);
guint files_rename_set_get_n (FilesRenameSet *self);                   /* any thread */
const char *files_rename_set_get_name (FilesRenameSet *self, guint i); /* any thread; bytes */
ThawFolder *files_rename_set_get_folder (FilesRenameSet *self);        /* loop's thread */
/* Loop's thread: asks the folder for the dates that aren't read yet. */
void files_rename_set_want_dates (FilesRenameSet *self);

/* Reads what the photos among them say, once, on the folder's lane; previews made later have it. Resolves when it is done. */
ThawFuture *files_rename_set_read_photos (FilesRenameSet *self, ThawScope *scope) G_GNUC_WARN_UNUSED_RESULT;
gboolean files_rename_set_has_photos (FilesRenameSet *self);

/* Loop's thread. Resolves to a FilesRenamePreview, to be taken. */
ThawFuture *files_rename_set_preview (FilesRenameSet *self,
                                      ThawScope *scope,
                                      FilesRenamePattern *pattern,
                                      GTimeZone *zone) G_GNUC_WARN_UNUSED_RESULT;
/* Resolves to a ThawOperationRequest, to be taken. @owner holds @preview. */
ThawFuture *files_rename_set_make_request (FilesRenameSet *self,
                                           ThawScope *scope,
                                           const FilesRenamePreview *preview,
                                           GObject *owner) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FilesRenameSet, files_rename_set_unref)

G_END_DECLS
