/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A window that shows a log of any size while it grows. Freed with its window. */
#pragma once

#include <adwaita.h>
#include "thaw.h"

typedef struct {
  GtkWindow *window;
  GtkLabel *page, *status;
  GtkAdjustment *scroll; /* in lines */
  GtkToggleButton *follow;
  GtkEditable *search;
  ThawScope *scope;
  GFile *file;
  GArray *marks; /* gint64: where lines 0, 1024, 2048, … begin */
  gint64 end, n_lines; /* of what is indexed */
  ThawFuture *change, *paging, *finding;
} LogViewer;

LogViewer *log_viewer_new (GtkApplication *application, const char *path);
