/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Icons of content types, each looked up once a size. */
#pragma once

#include <gtk/gtk.h>
#include "pane-folder-model.h"

G_BEGIN_DECLS

typedef struct _PaneIconCache PaneIconCache;

/* The display's, made on first use; borrowed. Emptied by itself when the icon theme changes. */
PANE_API PaneIconCache *pane_icon_cache_get (GdkDisplay *display);
/* The icon of an entry, NULL while it is being read. Borrowed until the loop turns. @size: in application pixels. */
PANE_API GdkPaintable *pane_icon_cache_lookup (PaneIconCache *self, ThawEntryStore *store, guint32 id, int size,
                                               int scale);
/* @icon_name: interned; NULL when the theme has no such icon, or while it is being read. */
PANE_API GdkPaintable *pane_icon_cache_lookup_named (PaneIconCache *self, const char *icon_name, int size, int scale);
/* Begins to read the icons that most folders need. */
PANE_API void pane_icon_cache_preload (PaneIconCache *self, int size, int scale);

/* When an icon has been read, PaneDetails says ::changed. */

G_END_DECLS
