/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an entry's columns say in words: type, size, time. */
#pragma once

#include "pane-folder-model.h"

G_BEGIN_DECLS

#define PANE_TYPE_DETAILS (pane_details_get_type ())
PANE_API G_DECLARE_FINAL_TYPE (PaneDetails, pane_details, PANE, DETAILS, GObject)

#define PANE_DETAIL_SIZE 96 /* bytes that any of these fit into */

/* The process's one, made on first use; borrowed. */
PANE_API PaneDetails *pane_details_get_default (void);

/* The entry's content type, interned; a generic one of its kind until the types are read. */
PANE_API const char *pane_details_get_content_type (PaneDetails *self, ThawEntryStore *store, guint32 id);
/* "PNG image"; "" until it is read from disk, then ::changed. Valid until the next turn of the loop. */
PANE_API const char *pane_details_describe_type (PaneDetails *self, const char *content_type);
PANE_API GIcon *pane_details_get_icon (PaneDetails *self, const char *content_type); /* NULL until it is read */
/* Each writes at most PANE_DETAIL_SIZE bytes and returns @buffer; "" while not known. */
PANE_API const char *pane_details_format_size (PaneDetails *self, ThawEntryStore *store, guint32 id, char *buffer);
PANE_API const char *pane_details_format_modified (PaneDetails *self, ThawEntryStore *store, guint32 id,
                                                   char *buffer);
PANE_API const char *pane_details_format_time (PaneDetails *self, gint64 time_sec, gint64 now_sec, char *buffer);
/* The whole entry in one line, for a screen reader: name, type, size, modified. */
PANE_API char *pane_details_describe_entry (PaneDetails *self, ThawEntryStore *store, guint32 id);

PANE_API GTimeZone *pane_details_get_time_zone (PaneDetails *self); /* the user's; UTC until it is read */
PANE_API gboolean pane_details_has_types (PaneDetails *self); /* content types are told by names, not only by kinds */
PANE_API void pane_details_changed (PaneDetails *self); /* emits ::changed, once a turn of the loop */
/* ::changed: something that was not known is known now, or another day has begun: ask again. */

G_END_DECLS
