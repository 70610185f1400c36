/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the user asks for, as requests with a title to be undone by. */
#pragma once

#include "files-operations.h"
#include "files-selection.h"

G_BEGIN_DECLS

typedef enum {
  FILES_TRANSFER_COPY,
  FILES_TRANSFER_MOVE,
  FILES_TRANSFER_LINK,
} FilesTransfer;

/* Loop's thread; no file is touched. @files: at least one. *@title (transfer full). */
ThawOperationRequest *files_request_transfer (FilesTransfer how, FilesSelection *files, GFile *folder, char **title);
/* "trash", "restore", "delete", "duplicate": what needs nothing but the files. */
ThawOperationRequest *files_request_simple (const char *kind, FilesSelection *files, char **title);
ThawOperationRequest *files_request_rename (GFile *file, const char *name, char **title);
ThawOperationRequest *files_request_new_folder (GFile *parent, const char *name, char **title);
/* A new folder into which they are moved. */
ThawOperationRequest *files_request_new_folder_with (FilesSelection *files, GFile *parent, const char *name, char **title);
ThawOperationRequest *files_request_from_template (GFile *template, GFile *parent, const char *name, char **title);
/* @content (nullable): an empty file. */
ThawOperationRequest *files_request_new_file (GFile *parent, const char *name, GBytes *content, char **title);
ThawOperationRequest *files_request_empty_trash (char **title);
/* @format: "zip", "tar.gz", … */
ThawOperationRequest *files_request_compress (FilesSelection *files, GFile *folder, const char *name, const char *format, char **title);
ThawOperationRequest *files_request_extract (FilesSelection *files, GFile *folder, char **title);

/* What to say when it is done: "12 files moved to the trash"; NULL: nothing needs to be said. */
char *files_request_dup_done (ThawOperationRequest *request);
/* The same of what can't be undone; NULL: nothing else. */
char *files_request_dup_done_for_good (ThawOperationRequest *request);

G_END_DECLS
