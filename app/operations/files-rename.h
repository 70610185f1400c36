/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The popover in which a name is typed: of an entry, or of a new folder. */
#pragma once

#include "thaw.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @name (UTF-8): what was typed, never one that can't be a name. */
typedef void (*FilesNameFunc) (const char *name, gpointer user_data);
/* Which of @names there are already: (transfer full) a future of what thaw_entry_store_find_names()
 * tells; NULL: it isn't known. */
typedef ThawFuture *(*FilesNamesFindFunc) (const char *const *names,
                                           ThawScope *scope,
                                           gpointer user_data);

typedef enum {
  FILES_NAME_IS_FOLDER = 1 << 0, /* no extension that is left out of the selection */
  FILES_NAME_IS_NEW = 1 << 1,    /* of something that isn't there yet: may be confirmed as it stands */
  FILES_NAME_IS_ARCHIVE = 1 << 2, /* its extension is chosen beside it */
  FILES_NAME_IS_PROPOSED = 1 << 3, /* if it is taken, the first with a number behind it that isn't */
} FilesNameFlags;

/* The archives that can be made: extensions with their dots, the usual one first. */
extern const char *const files_archive_extensions[];
/* The extension of an archive's name: static; NULL if it has none of them. */
const char *files_archive_find_extension (const char *name);

/* Loop's thread. Pops up at @bounds of @parent with @name in it. @func is called at most once, @destroy in any case. */
void files_rename_popup (GtkWidget *parent,
                         const graphene_rect_t *bounds,
                         const char *title,
                         const char *button,
                         const char *name,
                         FilesNameFlags flags,
                         FilesNamesFindFunc find,
                         FilesNameFunc func,
                         gpointer user_data,
                         GDestroyNotify destroy);

G_END_DECLS
