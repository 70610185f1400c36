/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The places of the sidebar: home, what was used lately, the user's folders, the trash, bookmarks, mounts, the network. */
#pragma once

#include "pane-folder-model.h"

G_BEGIN_DECLS

typedef enum {
  PANE_PLACE_HOME,
  PANE_PLACE_USER_FOLDER,
  PANE_PLACE_BOOKMARK,
  PANE_PLACE_COMPUTER,
  PANE_PLACE_MOUNT,
  PANE_PLACE_RECENT,
  PANE_PLACE_TRASH,
  PANE_PLACE_NETWORK,
} PanePlaceKind;

#define PANE_TYPE_PLACE (pane_place_get_type ())
PANE_API
G_DECLARE_FINAL_TYPE (PanePlace, pane_place, PANE, PLACE, GObject)
PANE_API PanePlaceKind pane_place_get_kind (PanePlace *self);
PANE_API GFile *pane_place_get_location (PanePlace *self);
PANE_API const char *pane_place_get_title (PanePlace *self);
/* Properties: icon-name; silent (boolean): its lane isn't answering. */
PANE_API const char *pane_place_get_icon_name (PanePlace *self);
PANE_API gboolean pane_place_get_silent (PanePlace *self);

#define PANE_TYPE_PLACES (pane_places_get_type ())
PANE_API
G_DECLARE_FINAL_TYPE (PanePlaces,
                      pane_places,
                      PANE,
                      PLACES,
                      GObject) /* a GListModel of PanePlace */

/* Loop's thread, all of it. Home and Computer are there at once, the rest comes when it has been
 * read. */
PANE_API PanePlaces *pane_places_new (void);
PANE_API void pane_places_load (PanePlaces *self);
/* Looks again whether there is anything in the trash: nothing watches it, since that would cost a message for each file
 * that is thrown away. Nothing happens before pane_places_load(). */
PANE_API void pane_places_look_at_trash (PanePlaces *self);
PANE_API gboolean pane_places_has_bookmark (PanePlaces *self, GFile *location);
/* Resolves when the bookmarks file is written. */
PANE_API ThawFuture *pane_places_set_bookmark (PanePlaces *self,
                                               GFile *location,
                                               gboolean add) G_GNUC_WARN_UNUSED_RESULT;
/* The mounts that a person would look for, of @table. */
PANE_API void pane_places_set_mounts (PanePlaces *self, ThawMountTable *table);
/* Whether a person would look for this mount: removable, network or FUSE, or one they made under
 * /mnt or /media. */
PANE_API gboolean pane_places_is_user_mount (const ThawMount *mount);

G_END_DECLS
