/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Synchronising two folders of which one, or both, are on a server. Modes, states and what follows
 * from them are those of local folders; here things are known by name, type, size and time alone,
 * both sides are listed by GIO, and each thing goes by itself through the transfer that copying to
 * servers uses. What is replaced or removed on a server is gone, and the journal is told so before;
 * a local folder's is kept, as ever. For the thread of the run; it blocks.
 *
 *   thaw-sync-remote.c             the folders, what they can keep, and a pair's local half
 *   thaw-sync-remote-walk.c        both trees side by side
 *   thaw-sync-remote-compare.c     the state of a pair
 *   thaw-sync-remote-plan.c        the plan
 *   thaw-sync-remote-act.c         copying, conflicts, and what is only in B
 *   thaw-sync-remote-attributes.c  rights and times of what has the same bytes */
#pragma once

#include "../common/thaw-remote-private.h"
#include "thaw-sync-private.h"

G_BEGIN_DECLS

/* What a listing says. */
typedef struct {
  char *name;
  char *link;            /* where it leads; NULL if it is none, or nobody knows */
  ThawIdentity identity; /* as of thaw_remote_get_identity(); and ctime where there is one */
  guint32 mode;          /* permissions */
  gboolean has_mode, has_size, has_time;
} ThawSyncEntry;

typedef struct {
  ThawPair pair;                         /* without places and stats */
  GFile *folders[N_SIDES];               /* borrowed */
  const ThawSyncEntry *entries[N_SIDES]; /* NULL where it isn't there */
} ThawRemotePair;

typedef struct {
  ThawSync base; /* tops only of what is local */
  GFile *tops[N_SIDES];
  ThawRemoteAbilities abilities[N_SIDES];
} ThawSyncRemote;

/* Whether it is for these functions and not for those of local folders. */
gboolean thaw_sync_is_remote (ThawRun *run);
/* Mounts what isn't mounted; asks nobody. */
gboolean thaw_sync_remote_init (ThawSyncRemote *self, ThawRun *run, GError **error);
void thaw_sync_remote_clear (ThawSyncRemote *self);
GFile *thaw_remote_pair_get_file (const ThawRemotePair *self, int side);
/* Of a local side: *local becomes the pair for the functions that work by descriptors, as long as
 * *place is held. */
gboolean thaw_remote_pair_open (const ThawRemotePair *self,
                                int side,
                                ThawPair *local,
                                ThawPlace **place,
                                GError **error);

/* As ThawSyncFuncs; a server that isn't there any more ends it, and is no problem. */
typedef struct {
  gboolean b_first;
  gboolean (*pair) (ThawRemotePair *pair, gpointer user_data, GError **error);
  gboolean (*problem) (GFile *file, GError *problem, gpointer user_data, GError **error);
  gboolean (*b_is_over) (gpointer user_data, GError **error); /* nullable */
  /* nullable: a folder on both sides, once both could be listed, and after all that is in it. */
  gboolean (*enter) (ThawRemotePair *pair, gpointer user_data, GError **error);
  gboolean (*leave) (ThawRemotePair *pair, gpointer user_data, GError **error);
} ThawSyncRemoteFuncs;
gboolean thaw_sync_remote_walk (ThawSyncRemote *self,
                                const ThawSyncRemoteFuncs *funcs,
                                gpointer user_data,
                                GError **error);

/* Sets the state. FALSE with an error that is about this pair, or with CANCELLED. */
gboolean thaw_sync_remote_compare (ThawSyncRemote *self, ThawRemotePair *pair, GError **error);
gboolean thaw_sync_remote_has_same_time (ThawSyncRemote *self, const ThawRemotePair *pair);
gboolean thaw_sync_remote_has_same_rights (ThawSyncRemote *self, const ThawRemotePair *pair);

gboolean thaw_sync_remote_plan (ThawSyncRemote *self, GError **error);
gboolean thaw_sync_remote_act (ThawSyncRemote *self, GError **error);

/* B's become what A's are: in a local B by steps, on a server at once and for good. */
typedef struct {
  ThawSyncRemote *sync;
  ThawRemoteSender *sender; /* to B, borrowed */
  guint n_changes;          /* to what is in B, so far */
  GArray *entered;          /* guint: how many when the walk went into each folder that it is in */
  ThawSyncAttributes local;
} ThawRemoteAttributes;
void thaw_remote_attributes_init (ThawRemoteAttributes *self,
                                  ThawSyncRemote *sync,
                                  ThawRemoteSender *sender);
void thaw_remote_attributes_clear (ThawRemoteAttributes *self);
gboolean
thaw_remote_attributes_set (ThawRemoteAttributes *self, const ThawRemotePair *pair, GError **error);
gboolean thaw_remote_attributes_enter (ThawRemoteAttributes *self,
                                       const ThawRemotePair *pair,
                                       GError **error);
gboolean thaw_remote_attributes_leave (ThawRemoteAttributes *self,
                                       const ThawRemotePair *pair,
                                       GError **error);
gboolean thaw_remote_attributes_finish (ThawRemoteAttributes *self, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ThawSyncRemote, thaw_sync_remote_clear)

G_END_DECLS
