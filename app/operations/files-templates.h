/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user's templates for new documents. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Loop's thread, all of it. Finds and lists them, off the loop; once. */
void files_templates_start (void);
/* A menu of those known by now: each calls @action with its name. NULL if there are none. Transfer
 * full. */
GMenuModel *files_templates_make_menu (const char *action);
GFile *files_templates_dup_file (const char *name); /* NULL if it isn't known any more */

G_END_DECLS
