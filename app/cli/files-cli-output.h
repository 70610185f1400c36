/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What thaw-files-cli says: text for people, or a line of JSON for each event. */
#pragma once

#include <thaw.h>

G_BEGIN_DECLS

typedef struct {
  gboolean is_json;
  gboolean is_terminal;  /* progress may be shown in place */
  gboolean has_progress; /* the line of progress stands there */
} FilesCliOutput;

void files_cli_output_init (FilesCliOutput *self, gboolean is_json);
void files_cli_output_plan (FilesCliOutput *self, ThawOperation *operation);
void files_cli_output_progress (FilesCliOutput *self, ThawOperation *operation);
/* Each problem once, then how it ended. */
void files_cli_output_end (FilesCliOutput *self, ThawOperation *operation);
void files_cli_output_records (FilesCliOutput *self, GPtrArray *records);
void files_cli_output_error (FilesCliOutput *self, const GError *error);

G_END_DECLS
