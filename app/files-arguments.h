/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line. */
#pragma once

#include "thaw.h"

G_BEGIN_DECLS

typedef struct {
  gboolean version;
  gboolean help;
  gboolean new_window;
  gboolean is_service;  /* no window before somebody asks for one */
  char *view_id;        /* NULL: as remembered */
  GPtrArray *locations; /* GFile; may be empty */
} FilesArguments;

/* Says whether a view with this id exists. */
typedef gboolean (*FilesHasView) (const char *id);

/* NULL with a one-line @error when an argument is bad. */
FilesArguments *
files_arguments_parse (const char *const *argv, FilesHasView has_view, GError **error);
void files_arguments_free (FilesArguments *self);
char *files_arguments_dup_help (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FilesArguments, files_arguments_free)

G_END_DECLS
