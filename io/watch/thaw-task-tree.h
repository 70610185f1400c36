/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The task tree: what the process is doing, told by a thread that is not the loop's. */
#pragma once

#include "thaw-types.h"

G_BEGIN_DECLS

/* Bus names are this and the process's number. */
#define THAW_TASK_TREE_BUS_NAME "org.thaw.Watch.pid"
#define THAW_TASK_TREE_PATH "/org/thaw/Watch"
#define THAW_TASK_TREE_INTERFACE "org.thaw.Watch1"

/* Any thread, never waits for a loop: loops, mailboxes, scopes and tasks, lanes, stalls. Type a{sv}; what is in
 * it says thaw-task-tree.c. A reference, not floating. */
THAW_API GVariant *thaw_task_tree_describe (void) G_GNUC_WARN_UNUSED_RESULT;

/* Answers others with the same, on a thread of its own: as method Describe on the session bus, and to whoever
 * connects to thaw/watch-PID.sock in the runtime folder. Counted; any thread; neither waits. */
THAW_API void thaw_task_tree_start (void);
THAW_API void thaw_task_tree_stop (void);

G_END_DECLS
