/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Taking back what was done on a server: what there is to take back, and how it stands. On the operation's thread. */
#pragma once

#include "../common/thaw-remote-private.h"

G_BEGIN_DECLS

/* One of the job's notes. */
typedef struct {
  GFile *from; /* NULL: @to was made */
  GFile *to;   /* NULL: the empty folder @from went */
  ThawIdentity object;
  guint number; /* among those with both, in their order */
  GFile *here;  /* what is renamed to @from; NULL: it is there already */
} ThawServerBack;

typedef struct {
  ThawRun *run;
  GPtrArray *backs;        /* ThawServerBack, in the order in which they were done */
  GHashTable *noted;       /* ends of each, as text */
  GHashTable *leaving;     /* GFile of each @to that is renamed */
  char *token;             /* of the job */
  gboolean is_partial;     /* the job didn't end well */
  gboolean has_only_aside; /* and none of its renames has got further than aside */
} ThawServerBacks;

/* Of the job that the request is about. NOT_SUPPORTED if something of it can't be taken back at all. */
ThawServerBacks *thaw_server_backs_new (ThawRun *run, GError **error);
void thaw_server_backs_free (ThawServerBacks *self);
/* Whether all of it can be taken back as things are; finds each @here. */
gboolean thaw_server_backs_look (ThawServerBacks *self, GError **error);
/* Whether @back->to, which was made, is as it was then. *is_there FALSE: there is nothing under its name. */
gboolean thaw_server_back_look_made (ThawRun *run, const ThawServerBack *back, gboolean *is_there, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawServerBacks, thaw_server_backs_free)

G_END_DECLS
