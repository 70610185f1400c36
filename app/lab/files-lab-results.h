/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run came to, and the table of them. */
#pragma once

#include "files-lab-animation.h"
#include "files-lab-run.h"

G_BEGIN_DECLS

typedef struct {
  const char *job_id;
  const char *job, *style; /* translated */
  gint64 usec;
  const GError *error; /* NULL: success */
  FilesLabFrames frames;
  guint n_threads;
  guint64 memory_bytes;
} FilesLabResult;

/* Loop's thread. @list: an empty list, to which a header is added. */
void files_lab_results_init (GtkListBox *list);
void files_lab_results_add (GtkListBox *list, const FilesLabResult *result);

G_END_DECLS
