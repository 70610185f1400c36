/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that aren't local: what GIO reaches by its backends, in the same operations. For the thread
 * of the run; every call blocks for as long as the server lets it. */
#pragma once

#include "thaw-kind-private.h"

G_BEGIN_DECLS

/* Whether the target has to be written to by way of GIO. */
gboolean thaw_remote_is_target (ThawRun *run);
gboolean thaw_remote_plan (ThawRun *run, GFile *file, GError **error);
gboolean thaw_remote_plan_target (ThawRun *run, GError **error);
/* All of the request's sources to its remote target. */
gboolean thaw_remote_send (ThawRun *run, gboolean is_move, GError **error);
/* One remote source to a local folder; @target NULL: a duplicate, beside it. */
gboolean thaw_remote_fetch (ThawRun *run,
                            GFile *file,
                            ThawPlace *target,
                            gboolean is_move,
                            guint i,
                            GError **error);
gboolean thaw_remote_delete (ThawRun *run, GFile *file, GError **error);

/* Within it. */
#define THAW_REMOTE_ATTRIBUTES                                                                     \
  "standard::type,standard::name,standard::size,standard::symlink-target,time::modified,time::"    \
  "modified-usec,unix::mode"

GFileInfo *thaw_remote_query (GFile *file, GError **error);
/* Copies a file, a link or a tree to the new name @to. What fails in it is a problem, and makes
 * *is_whole FALSE; an error is about all of it. */
gboolean
thaw_remote_copy (ThawRun *run, GFile *from, GFile *to, gboolean *is_whole, GError **error);
/* Removes a file or tree. Without @run: deaf to cancelling, tells nobody. */
gboolean thaw_remote_remove (ThawRun *run, GFile *file, GError **error);
gboolean
thaw_remote_measure (ThawRun *run, GFile *file, gint64 *bytes, gint64 *entries, GError **error);

G_END_DECLS
