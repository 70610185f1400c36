/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the state share: its data (files-state.c), the text it is written as
 * (files-state-text.c), and the file that holds the text (files-state-file.c). */
#pragma once

#include "files-state.h"

G_BEGIN_DECLS

typedef struct {
  char *uri;
  FilesFolderState state;
} FilesRememberedFolder;

struct _FilesState {
  GObject parent_instance;

  char *path;
  ThawScope *scope;
  FilesWindowState window;
  gboolean window_is_set; /* by this process: the file doesn't overrule it */
  GPtrArray *session;     /* FilesSessionTab; NULL: nobody has said */
  GPtrArray *open_tabs;   /* FilesSessionTab, of the windows that there are; written in place of @session; nullable */
  gboolean was_open;      /* the file has those */
  GQueue folders;         /* FilesRememberedFolder, the one changed last first */
  GHashTable *by_uri;     /* uri -> its GList link */
  GHashTable *views;      /* view id -> its settings */
  GHashTable *plugins;    /* name -> whether it is on */
  gboolean loaded;
  gboolean dirty;
  gboolean failure_is_said;
  guint save_source;
  ThawFuture *writing; /* the write under way, or the last one */
};

/* files-state.c. Takes @folder unless there is one of its URI already; the oldest go when there are
 * too many. */
void files_state_take_folder (FilesState *self, FilesRememberedFolder *folder);
void files_state_take_view_settings (FilesState *self, char *view_id, char *settings);
void files_state_take_plugin (FilesState *self, char *name, char *state);

/* files-state-text.c */
void files_folder_state_write (const FilesFolderState *self,
                               GKeyFile *file,
                               const char *group,
                               const char *prefix);
void files_folder_state_read (FilesFolderState *self,
                              GKeyFile *file,
                              const char *group,
                              const char *prefix);

/* files-state-file.c: on the lane of @path; a char * with the text, "" without a file. */
ThawFuture *files_state_file_read (ThawScope *scope, const char *path) G_GNUC_WARN_UNUSED_RESULT;
/* @text: transfer full. Resolves when it is on the disk. */
ThawFuture *
files_state_file_write (ThawScope *scope, const char *path, char *text) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
