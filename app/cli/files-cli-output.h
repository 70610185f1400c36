/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What thaw-files-cli says: text for people, or a line of JSON for each event. */
#pragma once

#include "files-facts.h"

G_BEGIN_DECLS

typedef struct {
  gboolean is_json;
  gboolean is_verbose;
  gboolean is_terminal;  /* progress may be shown in place */
  gboolean has_progress; /* the line of progress stands there */
} FilesCliOutput;

void files_cli_output_init (FilesCliOutput *self, gboolean is_json, gboolean is_verbose);
void files_cli_output_plan (FilesCliOutput *self, const FilesFacts *facts);
void files_cli_output_progress (FilesCliOutput *self, const FilesFacts *facts);
void files_cli_output_question (FilesCliOutput *self, const FilesFacts *facts, const char *sentence);
/* Each problem once, then how it ended. */
void files_cli_output_end (FilesCliOutput *self, const FilesFacts *facts);
void files_cli_output_records (FilesCliOutput *self, GPtrArray *records);
/* Only with --verbose. */
void files_cli_output_note (FilesCliOutput *self, const char *text);
void files_cli_output_error (FilesCliOutput *self, const GError *error);

G_END_DECLS
