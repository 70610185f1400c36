/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A set of renames that are done together. */
#pragma once

#include "../common/thaw-kind-private.h"

G_BEGIN_DECLS

typedef struct {
  ThawPlace *place;
  const char *name, *new_name; /* of the set */
  ThawIdentity object;
  ThawStep
      *displaced; /* nullable: what leaves the new name before, for good or for the kept store */
  gboolean is_left_out;
} ThawRename;

/* There may be a hundred thousand: the tables have no keys of their own. */
typedef struct {
  GPtrArray *all;       /* ThawRename */
  GStringChunk *names;  /* of all of them */
  GHashTable *by_name;  /* set of ThawRename, by folder and name */
  GHashTable *by_new;   /* the same of new names, as they were asked for */
  GHashTable *by_inode; /* set of them by folder and object: for folders that fold case */
  GArray *steps;        /* guint: see thaw_renames_count_steps() */
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
void thaw_renames_set_new_name (ThawRenames *self, ThawRename *rename, const char *new_name);
/* What is to be done, when everything is decided, and nothing is asked of the set any more: for
 * thaw_run_perform_many(), with @self as its data. */
guint thaw_renames_count_steps (ThawRenames *self);
ThawStep *thaw_renames_make_step (guint i, gpointer self); /* transfer full */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawRenames, thaw_renames_free)

G_END_DECLS
