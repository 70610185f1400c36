/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GTK's bookmarks file as text: one "URI[ label]" a line. Pure functions. */
#pragma once

#include "pane-folder-model.h"

G_BEGIN_DECLS

typedef struct {
  char *uri;
  char *label; /* NULL: the place's own name */
} PaneBookmark;

PANE_API void pane_bookmark_free (PaneBookmark *self);
/* Array of PaneBookmark, in the order of the file; lines without a URI are left out. */
PANE_API GPtrArray *pane_bookmarks_parse (const char *text);
/* The file's text with @uri added at its end, or taken out; every other line stays byte for byte.
 */
PANE_API char *pane_bookmarks_add (const char *text, const char *uri);
PANE_API char *pane_bookmarks_remove (const char *text, const char *uri);
/* Worker threads. The file of all GTK programs. */
PANE_API char *pane_bookmarks_dup_path (void);
PANE_API gboolean pane_bookmarks_edit_sync (const char *path,
                                            const char *uri,
                                            gboolean add,
                                            GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PaneBookmark, pane_bookmark_free)

G_END_DECLS
