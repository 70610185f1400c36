/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that something is to be done with: a hundred thousand of them cost the loop a few milliseconds. */
#pragma once

#include "thaw.h"
#include "thaw-operation.h"

G_BEGIN_DECLS

#define FILES_TYPE_SELECTION (files_selection_get_type ())
GType files_selection_get_type (void); /* boxed, refcounted, constant */

typedef struct _FilesSelection FilesSelection;

/* @names: bytes with a NUL after each. */
FilesSelection *files_selection_new_children (GFile *folder, GString *names, guint n); /* takes @names */
/* Entries of folders, by their ids; takes @ids. While it is made, loop's thread. */
FilesSelection *files_selection_new_empty (void);
void files_selection_add_entries (FilesSelection *self,
                                  GFile *folder,
                                  ThawEntryStore *store,
                                  GArray *ids);
FilesSelection *files_selection_new (GPtrArray *files); /* takes @files: GFile */
FilesSelection *files_selection_ref (FilesSelection *self);
void files_selection_unref (FilesSelection *self);

/* Any thread, and cheap. */
guint files_selection_get_n (FilesSelection *self);
gboolean files_selection_is_light (FilesSelection *self); /* the loop can take each of them */
GFile *files_selection_dup_first (FilesSelection *self); /* NULL if it is empty */
GFile *files_selection_dup_folder (FilesSelection *self); /* of the first */
gboolean files_selection_are_in (FilesSelection *self, GFile *folder); /* each of them, right in it */
/* Whether one of them is @file, or holds it. */
gboolean files_selection_holds (FilesSelection *self, GFile *file);

/* Any thread; the loop's only if it is light. */
void files_selection_fill (FilesSelection *self, ThawOperationRequest *request);
GPtrArray *files_selection_dup_files (FilesSelection *self);
/* The entries (guint32) of a folder's store that they are; NULL if they are elsewhere. Not on the loop. */
GArray *files_selection_find (FilesSelection *self, GFile *folder, ThawEntryStore *store, ThawJob *job);

/* Loop's thread. */
ThawFuture *files_selection_fill_later (FilesSelection *self,
                                        ThawScope *scope,
                                        ThawOperationRequest *request) G_GNUC_WARN_UNUSED_RESULT;
void files_selection_settle (FilesSelection *self, ThawScope *scope);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FilesSelection, files_selection_unref)

G_END_DECLS
