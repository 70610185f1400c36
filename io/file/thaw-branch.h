/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A branch: the entries of another folder among those of one, and orders that show both. */
#pragma once

#include "thaw-order.h"

G_BEGIN_DECLS

/* Ids of a store's own entries are below THAW_MAX_ENTRIES. Above lie those of its branches, and above these the ids of
 * rows that say something and are no entries. */
#define THAW_FIRST_NOTE 0xf0000000u
/* Ids of one branch come in runs of so many, which begin at a multiple of it. */
#define THAW_BRANCH_RUN 4096
#define THAW_IS_BRANCH_ID(id) ((id) >= THAW_MAX_ENTRIES && (id) < THAW_FIRST_NOTE)
#define THAW_IS_NOTE_ID(id) ((id) >= THAW_FIRST_NOTE && (id) != THAW_NO_ENTRY)

#define THAW_TYPE_BRANCH (thaw_branch_get_type ())
THAW_API GType thaw_branch_get_type (void); /* boxed, atomic refcount */
typedef struct _ThawBranch ThawBranch;

/* Has @trunk know the entries of @store, which are in the folder at @location, under ids of its own: what is asked of
 * it by such an id is answered by @store. Loop's thread. */
THAW_API ThawBranch *thaw_branch_new (ThawEntryStore *trunk, ThawEntryStore *store, GFile *location);
/* The trunk knows those ids no longer: they are gone. Loop's thread. */
THAW_API void thaw_branch_cut (ThawBranch *self);
THAW_API ThawBranch *thaw_branch_ref (ThawBranch *self);
THAW_API void thaw_branch_unref (ThawBranch *self);
THAW_API ThawEntryStore *thaw_branch_get_store (ThawBranch *self);
THAW_API GFile *thaw_branch_get_location (ThawBranch *self);
/* The trunk's id of an entry of the branch; THAW_NO_ENTRY when there are no more ids. Loop's thread. */
THAW_API guint32 thaw_branch_get_id (ThawBranch *self, guint32 own_id);

/* Of which branch an id is, and which entry of it; NULL: it is the trunk's own, or of none any more. Loop's thread. */
THAW_API ThawBranch *thaw_entry_store_get_branch (ThawEntryStore *trunk, guint32 id, guint32 *own_id);
/* The folder that an entry is in, @folder being the trunk's. Not owned. Loop's thread. */
THAW_API GFile *thaw_entry_store_get_folder (ThawEntryStore *trunk, guint32 id, GFile *folder);
/* Whether anything can be said of an id. Loop's thread, or while an order that shows it is held. */
THAW_API gboolean thaw_entry_store_has (ThawEntryStore *self, guint32 id);

/* What an order is made of: the trunk's order first, and behind each part those of folders in it, by place. A part
 * without a branch and an order is a row that says something of the entries behind it. */
typedef struct {
  ThawOrder *order;   /* NULL: none yet */
  ThawBranch *branch; /* NULL: the trunk itself */
  guint parent;       /* index of the part that has the branch's folder */
  guint32 position;   /* of that folder, in the parent's order */
  guint32 note;       /* a row behind the branch's entries; THAW_NO_ENTRY: none */
  gboolean before;    /* its rows stand before the parent's entry at @position, not behind it */
} ThawOrderPart;

/* An order like any other, of the trunk's store. A walk over all ids: some milliseconds for a million. Loop's thread. */
THAW_API ThawOrder *thaw_order_compose (const ThawOrderPart *parts, guint n_parts);
THAW_API gboolean thaw_order_is_composed (ThawOrder *self);
THAW_API guint32 thaw_order_get_n_notes (ThawOrder *self); /* among its rows */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawBranch, thaw_branch_unref)

G_END_DECLS
