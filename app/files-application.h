/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The application: windows, requests from the command line and from other processes. */
#pragma once

#include <adwaita.h>
#include "files-arguments.h"
#include "files-questions.h"
#include "files-service.h"
#include "files-state.h"
#include "pane-places.h"

G_BEGIN_DECLS

#define FILES_APPLICATION_ID "org.thaw.Files"

#define FILES_TYPE_APPLICATION (files_application_get_type ())
G_DECLARE_FINAL_TYPE (FilesApplication, files_application, FILES, APPLICATION, AdwApplication)

/* @folder: the first place, being listed already; @service: started; @questions (transfer full). */
FilesApplication *files_application_new (const FilesArguments *arguments,
                                         ThawFolder *folder,
                                         FilesState *state,
                                         FilesService *service,
                                         FilesQuestions *questions);
void files_application_set_activation_token (FilesApplication *self, const char *token); /* of the first window */
FilesState *files_application_get_state (FilesApplication *self);
FilesOperations *files_application_get_operations (FilesApplication *self);
PanePlaces *files_application_get_places (FilesApplication *self);
/* A window with a tab at each of @locations. */
void files_application_open_window (FilesApplication *self,
                                    GFile *const *locations,
                                    guint n_locations,
                                    const char *view_id);
/* A window has painted its first frame. */
void files_application_window_shown (FilesApplication *self);

G_END_DECLS
