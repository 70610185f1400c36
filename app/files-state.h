/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What Thaw Files remembers: the window's size, per folder the view, zoom and sort order, per view
 * what it keeps, and which plugins are on. */
#pragma once

#include "thaw.h"

G_BEGIN_DECLS

#define FILES_TYPE_STATE (files_state_get_type ())
G_DECLARE_FINAL_TYPE (FilesState, files_state, FILES, STATE, GObject)

#define FILES_DEFAULT_ZOOM (-1)

typedef struct {
  int width, height;
  gboolean maximized;
  gboolean show_hidden;
  gboolean folders_first;
  double divider; /* between two panes: the part of the room that the first has */
} FilesWindowState;

typedef struct {
  char *view_id; /* NULL: the default view */
  int zoom;      /* or FILES_DEFAULT_ZOOM */
  ThawSortColumn column;
  char *attribute; /* of THAW_SORT_ATTRIBUTE: the id of a plugin's column, which may not be there */
  gboolean descending;
  gboolean grouped; /* by what it is sorted by, in views that can */
  GStrv expanded; /* paths, from it, of folders whose entries are shown in the tree; NULL: none */
} FilesFolderState;

void files_folder_state_copy (FilesFolderState *to, const FilesFolderState *from);
void files_folder_state_clear (FilesFolderState *self);

/* Loop's thread. @path: where it is kept; NULL for the user's state folder. Nothing is read before
 * load. */
FilesState *files_state_new (const char *path);
/* Reads the file on its lane; ::loaded follows, also when there is none. */
void files_state_load (FilesState *self);
gboolean files_state_is_loaded (FilesState *self);
const char *files_state_get_path (FilesState *self);
const FilesWindowState *files_state_get_window (FilesState *self);
void files_state_set_window (FilesState *self, const FilesWindowState *window);
/* FALSE: nothing is remembered, @folder is the default. Clear @folder afterwards. */
gboolean files_state_get_folder (FilesState *self, GFile *location, FilesFolderState *folder);
void files_state_set_folder (FilesState *self, GFile *location, const FilesFolderState *folder);
/* The tabs of the window that was closed last: FilesSessionTab, see files-session.h. Taking them, they
 * are remembered no longer; NULL: there are none. */
gboolean files_state_has_session (FilesState *self);
GPtrArray *files_state_take_session (FilesState *self);
void files_state_set_session (FilesState *self, GPtrArray *tabs); /* transfer full */
GPtrArray *files_state_get_session (FilesState *self);            /* nullable */
/* Those of the windows that there are: what a run that isn't ended by closing them leaves. NULL: there are none. */
void files_state_set_open_tabs (FilesState *self, GPtrArray *tabs); /* transfer full */
gboolean files_state_was_open (FilesState *self); /* the last run ended so */
/* What a view keeps for itself, in its own words; goes for all folders. NULL: nothing. */
const char *files_state_get_view_settings (FilesState *self, const char *view_id);
void files_state_set_view_settings (FilesState *self, const char *view_id, const char *settings);
/* Whether a plugin is on, in the words of app/plugins. NULL: nobody has said. */
const char *files_state_get_plugin (FilesState *self, const char *name);
void files_state_set_plugin (FilesState *self, const char *name, const char *state);
/* Writes what is not written yet. Resolves when it is on the disk. */
ThawFuture *files_state_flush (FilesState *self) G_GNUC_WARN_UNUSED_RESULT;

/* ::loaded
 * ::changed      what goes for all folders
 * ::saved        it was written
 * ::save-failed (GError *) -> gboolean   it could not be written; TRUE: it has been said */

/* Pure, any thread, for the file and for tests. */
char *files_state_to_text (FilesState *self);
void files_state_merge_text (FilesState *self, const char *text);

G_END_DECLS
