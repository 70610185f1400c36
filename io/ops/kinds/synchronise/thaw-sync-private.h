/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Synchronising two folders: both are walked side by side, each name that either of them has is one
 * pair, a pair has a state, and from mode and state follows what is to be done. The plan lists
 * that; the run does it by the transfer that copying uses too, and by steps of the journal.
 * Everything is compared anew when an interrupted run goes on: what was done then is the same on
 * both sides. For the thread of the run; it blocks.
 *
 *   thaw-sync.c             the folders, the mode, and what follows from a state
 *   thaw-sync-walk.c        both trees side by side
 *   thaw-sync-compare.c     the state of a pair
 *   thaw-sync-links.c       hard links among what is mirrored
 *   thaw-sync-past.c        what has changed since these two were last synchronised
 *   thaw-sync-plan.c        the plan
 *   thaw-sync-act.c         copying and conflicts
 *   thaw-sync-remove.c      what is only in B
 *   thaw-sync-xattrs.c      extended attributes and access lists
 *   thaw-sync-attributes.c  rights, owners and times of what has the same bytes
 *
 * Where one of the two is on a server the same is done by thaw-sync-remote*.c. */
#pragma once

#include "../common/thaw-transfer-private.h"

G_BEGIN_DECLS

typedef enum {
  THAW_SYNC_COMPARE, /* nothing is changed: it is for the plan */
  THAW_SYNC_UPDATE,
  THAW_SYNC_MIRROR,
  THAW_SYNC_BOTH,
} ThawSyncMode;

enum { A, B, N_SIDES };

typedef enum {
  THAW_PAIR_SAME,
  THAW_PAIR_ATTRIBUTES, /* the same but for rights, owner or time */
  THAW_PAIR_ONLY_A,
  THAW_PAIR_ONLY_B,
  THAW_PAIR_A_NEWER,
  THAW_PAIR_B_NEWER,
  THAW_PAIR_DIFFERENT, /* and neither is newer */
  THAW_PAIR_TYPES,     /* a file and a folder, a link and a file … */
  THAW_PAIR_FOLDERS,   /* on both sides: its children are pairs */
} ThawPairState;

typedef enum {
  THAW_SYNC_NOTHING,
  THAW_SYNC_STAYS, /* it differs, and that is how it is to be */
  THAW_SYNC_COPY_TO_A,
  THAW_SYNC_COPY_TO_B,
  THAW_SYNC_REMOVE,
  THAW_SYNC_SET_ATTRIBUTES,
  THAW_SYNC_DECIDE, /* a conflict */
} ThawSyncAction;

typedef struct {
  const char *name;
  ThawPlace *places[N_SIDES]; /* borrowed: the folders that it is in */
  gboolean is_there[N_SIDES];
  struct stat stats[N_SIDES]; /* of what is there */
  ThawIdentity identities[N_SIDES];
  ThawPairState state;
} ThawPair;

typedef struct _ThawSyncLinks ThawSyncLinks;

typedef struct {
  ThawRun *run;
  ThawSyncMode mode;
  gboolean by_content;
  gboolean with_xattrs; /* what differs in nothing else differs */
  ThawPlace *tops[N_SIDES];
  gboolean are_volumes[N_SIDES]; /* the top of a mount */
  gint64 tolerance_nsec;         /* within which two times are the same */
  gboolean keeps_modes;          /* the file system of B does */
  gint64 past_usec;              /* when they were last the same; 0: not known */
} ThawSync;

/* Mode and options; the folders aren't looked at. */
gboolean thaw_sync_begin (ThawSync *self, ThawRun *run, GError **error);
GFile *thaw_sync_get_file (ThawRun *run, int side); /* as the request has it */
/* Opens both, which are local. FALSE also where synchronising would be senseless: one in the other.
 */
gboolean thaw_sync_init (ThawSync *self, ThawRun *run, GError **error);
void thaw_sync_clear (ThawSync *self);
/* Of a local top. */
void thaw_sync_look_at_file_system (ThawSync *self, int side);
/* What the program itself keeps in a tree, and at the top of a volume its trash. */
gboolean thaw_sync_is_left_out (ThawSync *self, gboolean is_top, int side, const char *name);
ThawSyncAction thaw_sync_get_action (ThawSync *self, const ThawPair *pair);
char *thaw_pair_dup_path (const ThawPair *self, int side);

/* Each pair once, folders that are on both sides before what is in them; what is only in B comes
 * before all else of its folder with @b_first. What can't be listed or looked at is told to
 * @problem (takes @error) and left out, with all that is in it, on both sides. */
typedef struct {
  gboolean b_first;
  gboolean (*pair) (ThawPair *pair, gpointer user_data, GError **error);
  gboolean (*problem) (const char *path, GError *problem, gpointer user_data, GError **error);
  /* nullable: all that is only in B of a folder was told. */
  gboolean (*b_is_over) (gpointer user_data, GError **error);
} ThawSyncFuncs;
gboolean
thaw_sync_walk (ThawSync *self, const ThawSyncFuncs *funcs, gpointer user_data, GError **error);

/* Sets the state. FALSE with an error that is about this pair, or with CANCELLED. */
gboolean thaw_sync_compare (ThawSync *self, ThawPair *pair, GError **error);
gboolean thaw_sync_is_same_time (ThawSync *self, gint64 a_nsec, gint64 b_nsec);
gboolean thaw_sync_has_same_rights (ThawSync *self, const struct stat *a, const struct stat *b);
gboolean thaw_sync_has_same_attributes (ThawSync *self, const struct stat *a, const struct stat *b);

gboolean thaw_sync_has_same_xattrs (const ThawPair *pair);
/* Of folders that are on both sides: those aren't made the same. */
gboolean thaw_sync_leaves_xattrs (ThawSync *self, const ThawPair *pair);

/* Looks the past up; changed on both sides since then. */
void thaw_sync_find_past (ThawSync *self);
gboolean thaw_sync_is_changed (ThawSync *self, const ThawIdentity *identity);
gboolean thaw_sync_is_changed_on_both (ThawSync *self, const ThawPair *pair);

/* Files with several names in A have to have them in B. */
ThawSyncLinks *thaw_sync_links_new (void);
void thaw_sync_links_free (ThawSyncLinks *self);
/* After comparing: a pair that is the same but linked otherwise becomes a DIFFERENT one. */
void thaw_sync_links_check (ThawSyncLinks *self, ThawPair *pair);
/* After acting: its file in B may be what others are linked to. */
void thaw_sync_links_note (ThawSyncLinks *self, const ThawPair *pair);
/* Puts a link into the batch of @transfer, if there is something to link to: *is_linked. */
gboolean thaw_sync_links_add (ThawSyncLinks *self,
                              ThawTransfer *transfer,
                              const ThawPair *pair,
                              gboolean *is_linked,
                              GError **error);

gboolean thaw_sync_plan (ThawSync *self, GError **error);
gboolean thaw_sync_act (ThawSync *self, GError **error);
ThawFindingType thaw_sync_get_finding (const ThawPair *pair, ThawSyncAction action);
const char *thaw_sync_get_message (const ThawPair *pair, ThawSyncAction action);
/* The rule for conflicts is that the newer one wins: which says nothing if neither is. */
gboolean thaw_sync_is_by_age (ThawSync *self);

/* What is only in B goes: into the kept store, or, if the request says "forget", for good. */
typedef struct {
  ThawSync *sync;
  ThawKeeper keeper;
  GPtrArray *steps;
} ThawSyncRemoval;
void thaw_sync_removal_init (ThawSyncRemoval *self, ThawSync *sync);
void thaw_sync_removal_clear (ThawSyncRemoval *self);
gboolean thaw_sync_removal_add (ThawSyncRemoval *self, const ThawPair *pair, GError **error);
gboolean thaw_sync_removal_flush (ThawSyncRemoval *self, GError **error);
gboolean thaw_sync_is_leftover (ThawSync *self, const char *name);

/* B's become what A's are: of files soon, of folders in the end. */
typedef struct {
  ThawSync *sync;
  GPtrArray *steps;
  GArray *folders;
  char *last[N_SIDES]; /* the paths of the last one that was noted */
} ThawSyncAttributes;
void thaw_sync_attributes_init (ThawSyncAttributes *self, ThawSync *sync);
void thaw_sync_attributes_clear (ThawSyncAttributes *self);
gboolean thaw_sync_attributes_add (ThawSyncAttributes *self, const ThawPair *pair, GError **error);
void thaw_sync_attributes_note_folder (ThawSyncAttributes *self, const ThawPair *pair);
/* The one that was noted last, if @path is that: what can't be listed is left alone as a whole. */
void thaw_sync_attributes_forget_folder (ThawSyncAttributes *self, const char *path);
gboolean thaw_sync_attributes_finish (ThawSyncAttributes *self, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ThawSync, thaw_sync_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawSyncLinks, thaw_sync_links_free)

G_END_DECLS
