/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line of thaw-files-cli, taken apart. */
#pragma once

#include <thaw.h>

G_BEGIN_DECLS

typedef enum {
  FILES_CLI_RUN,
  FILES_CLI_PLAN,
  FILES_CLI_RESUME,
  FILES_CLI_ROLL_BACK,
  FILES_CLI_RETRY,
  FILES_CLI_HISTORY,
  FILES_CLI_HELP,
  FILES_CLI_VERSION,
} FilesCliAction;

typedef enum {
  FILES_CLI_SERVICE_MAYBE, /* if there is one, and it answers */
  FILES_CLI_SERVICE_NEVER,
  FILES_CLI_SERVICE_ALWAYS,
} FilesCliServiceUse;

typedef struct {
  FilesCliAction action;
  ThawOperationRequest *request; /* of RUN and PLAN */
  char *title;
  char *state_folder; /* nullable */
  char *help_about;   /* of HELP: a command, or NULL */
  gboolean is_json, is_verbose;
  gboolean can_ask; /* whether somebody answers questions */
  FilesCliServiceUse service;
  GArray *ids; /* gint64: of RESUME, ROLL_BACK and RETRY; none means all, but for the last */
  char *password; /* nullable: of RESUME and RETRY, since it isn't kept */
  guint n_max; /* of HISTORY */
} FilesCliArguments;

/* Looks at the disk only for whether the last argument is a folder. NULL with an error that fits
 * into a line. */
FilesCliArguments *files_cli_arguments_parse (int n_words, char **words, GError **error);
void files_cli_arguments_free (FilesCliArguments *self);
GFile *files_cli_new_file (const char *word); /* a path or an address */
char *files_cli_arguments_dup_help (const FilesCliArguments *self); /* of HELP */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FilesCliArguments, files_cli_arguments_free)

G_END_DECLS
