/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many short jobs on one lane for the price of a few: see thaw-file-queue.c. */
#pragma once

#include "thaw-job-private.h"
#include "thaw-lane.h"

G_BEGIN_DECLS

typedef struct _ThawFileQueue ThawFileQueue;

ThawFileQueue *thaw_file_queue_new (ThawLane *lane, ThawScope *scope, ThawPriority priority);
ThawFileQueue *thaw_file_queue_ref (ThawFileQueue *self);
void thaw_file_queue_unref (ThawFileQueue *self);
/* The loop. As thaw_lane_run() with the lane, scope and priority of the queue, and no timeout.
 * @user_data holds a reference of @self. */
ThawFuture *thaw_file_queue_run (ThawFileQueue *self,
                                 const char *name,
                                 ThawJobFunc func,
                                 gpointer user_data,
                                 GDestroyNotify destroy) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawFileQueue, thaw_file_queue_unref)

G_END_DECLS
