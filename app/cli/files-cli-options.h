/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of thaw-files-cli: one table, for reading them, for the request and for the help. */
#pragma once

#include <thaw.h>

G_BEGIN_DECLS

/* How an option's word is read, and what becomes of it. */
typedef enum {
  FILES_CLI_VALUE_NONE, /* a flag: into the request as b, unless it is for the program */
  FILES_CLI_VALUE_TEXT, /* s */
  FILES_CLI_VALUE_UINT, /* u */
  FILES_CLI_VALUE_SIZE, /* t: "500M" */
  FILES_CLI_VALUE_TIME, /* x: nanoseconds since 1970 */
  FILES_CLI_VALUE_MODE, /* u if it is octal, else s */
} FilesCliValue;

typedef struct {
  const char *name; /* "--level" */
  FilesCliValue value;
  const char *key;      /* in the request; NULL: for the program, or the command's own affair */
  const char *argument; /* what the value is called */
  const char *help;
} FilesCliOption;

const FilesCliOption *files_cli_option_find (const char *name);
/* For every command. */
gboolean files_cli_option_is_general (const FilesCliOption *self);
/* Whether @text can be its value. */
gboolean files_cli_option_check (const FilesCliOption *self, const char *text, GError **error);
/* Puts it into @request. @text was checked. */
void
files_cli_option_set (const FilesCliOption *self, const char *text, ThawOperationRequest *request);
void files_cli_option_append_help (const FilesCliOption *self, GString *help);
void files_cli_options_append_general (GString *help);
gboolean files_cli_parse_number (const char *text, guint64 max, guint64 *number);

G_END_DECLS
