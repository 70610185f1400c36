/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What people call a place: its name, its icon, and the text that they type for it. Lexical:
 * nothing is touched. */
#pragma once

#include "pane-folder-model.h"

G_BEGIN_DECLS

/* The name of @location for a button, a tab or a title. Transfer full, valid UTF-8. */
PANE_API char *pane_location_dup_title (GFile *location);
/* The icon of a folder at @location, symbolic. Static. */
PANE_API const char *pane_location_get_icon_name (GFile *location);
/* The text that stands for @location in an entry: a path with ~ written out, or a URI. Transfer
 * full. */
PANE_API char *pane_location_dup_text (GFile *location);
/* The place that @text means, seen from @base (nullable): a path, ~, a URI, or a relative path.
 * NULL when it means none. */
PANE_API GFile *pane_location_parse (const char *text, GFile *base);
/* The home folder, made once. Borrowed. */
PANE_API GFile *pane_location_get_home (void);

G_END_DECLS
