/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The folder: one place, listed, ordered and kept up to date off the loop. */
#pragma once

#include "thaw-lane.h"
#include "thaw-order.h"

G_BEGIN_DECLS

#define THAW_TYPE_FOLDER (thaw_folder_get_type ())
THAW_API G_DECLARE_FINAL_TYPE (ThawFolder, thaw_folder, THAW, FOLDER, GObject)

typedef enum {
  THAW_FOLDER_IDLE,
  THAW_FOLDER_LOADING,   /* rows come in */
  THAW_FOLDER_READY,     /* all names are there; changes are followed */
  THAW_FOLDER_WAITING,   /* its lane isn't answering; what is there stays usable */
  THAW_FOLDER_STOPPED,   /* by thaw_folder_stop(): incomplete */
  THAW_FOLDER_FAILED,    /* see thaw_folder_get_error() */
  THAW_FOLDER_GONE,      /* was there, then deleted, renamed away or unmounted */
} ThawFolderState;

/* Loop's thread, all of it. */
THAW_API ThawFolder *thaw_folder_new (GFile *location);
THAW_API void thaw_folder_start (ThawFolder *self);   /* list, or list again */
THAW_API void thaw_folder_stop (ThawFolder *self);    /* Cancel: keeps what is there */
THAW_API void thaw_folder_reload (ThawFolder *self);  /* rescan and diff: ids, selection and scroll stay */
THAW_API GFile *thaw_folder_get_location (ThawFolder *self);
THAW_API ThawFolderState thaw_folder_get_state (ThawFolder *self);
THAW_API const GError *thaw_folder_get_error (ThawFolder *self);
THAW_API gint64 thaw_folder_get_waiting_since_usec (ThawFolder *self); /* monotonic, 0 if not waiting */
THAW_API ThawLane *thaw_folder_get_lane (ThawFolder *self);
THAW_API gboolean thaw_folder_get_may_be_stale (ThawFolder *self);     /* no monitor works here: polled */
THAW_API ThawEntryStore *thaw_folder_get_store (ThawFolder *self);     /* NULL before start; a new one only when started anew */
THAW_API ThawOrder *thaw_folder_get_order (ThawFolder *self);          /* newest; NULL before the first rows */
THAW_API const ThawOrderSpec *thaw_folder_get_spec (ThawFolder *self);
/* Returns at once; the new order comes with ::order-changed. */
THAW_API void thaw_folder_set_spec (ThawFolder *self, const ThawOrderSpec *spec);
/* These entries are on the screen: their details are read before all others'. Newest call counts. */
THAW_API void thaw_folder_want (ThawFolder *self, const guint32 *ids, guint n_ids);
/* What these entries sort by, while the spec is by THAW_SORT_ATTRIBUTE and @attribute; else nothing happens. Returns at
 * once: the order follows in steps. */
THAW_API void
thaw_folder_set_sort_keys (ThawFolder *self, const char *attribute, const ThawSortKey *keys, guint n_keys);
/* Sum of known sizes etc. is the caller's business; this is only for progress. */
THAW_API guint32 thaw_folder_get_n_listed (ThawFolder *self);

/* Properties: location, state. Signals:
 *   order-changed   (ThawOrder *order)   thaw_folder_get_order() is new; at most once a frame
 *   entries-changed (gpointer ids, guint n_ids)   const guint32*: columns of these changed; NULL, 0: any may have
 *   sort-keys-wanted ()   it sorts by another attribute now, or by none, or is read anew: nothing is known of it yet */

G_END_DECLS
