/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors, as people read them. */
#pragma once

#include "thaw.h"

G_BEGIN_DECLS

/* One line for a banner or a toast. @verb_text: a whole translated sentence, "Could not open
 * “a.txt”". */
char *files_error_dup_line (const char *verb_text, const GError *error);
/* That what is remembered could not be written to the file at @path, and what to do. */
char *files_error_dup_unsaved_line (const char *path, const GError *error);
/* Why, in one translated sentence. */
char *files_error_dup_reason (const GError *error);

G_END_DECLS
