/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A set of renames that are done together. */
#pragma once

#include "../common/thaw-kind-private.h"

G_BEGIN_DECLS

typedef struct {
  ThawPlace *place;
  char *name, *new_name;
  ThawIdentity object;
  ThawStep
      *displaced; /* nullable: what leaves the new name before, for good or for the kept store */
  gboolean is_left_out;
} ThawRename;

typedef struct {
  GPtrArray *all;      /* ThawRename */
  GHashTable *by_name; /* "ino/name" → ThawRename */
  GHashTable *by_new;  /* the same of new names */
  GHashTable
      *by_inode; /* "ino:ino" of folder and object → ThawRename: for folders that fold case */
} ThawRenames;

ThawRenames *thaw_renames_new (void);
void thaw_renames_free (ThawRenames *self);
/* EXISTS if another one is to have the same new name. */
gboolean thaw_renames_add (ThawRenames *self,
                           const ThawSource *source,
                           const char *new_name,
                           GError **error);
/* Whether something is at the new name which isn't renamed itself. */
gboolean thaw_renames_is_blocked (ThawRenames *self, ThawRename *rename, ThawIdentity *there);
/* Has what is there leave, for the kept store: FALSE if it can't be kept. */
gboolean thaw_renames_displace (ThawRenames *self,
                                ThawRename *rename,
                                const ThawIdentity *there,
                                ThawKeeper *keeper,
                                GError **error);
GPtrArray *thaw_renames_make_steps (ThawRenames *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawRenames, thaw_renames_free)

G_END_DECLS
