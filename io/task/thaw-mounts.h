/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Being told on the loop of what is mounted and unmounted. */
#pragma once

#include "thaw-mailbox.h"
#include "thaw-mount-table.h"

G_BEGIN_DECLS

/* Each new mount table, and the one that is there already, is posted to @mailbox, keyed, so that only the newest waits:
 * messages are table references (thaw_mount_table_unref frees them). Ends when the mailbox closes. Any thread. */
THAW_API void thaw_mounts_watch (ThawMailbox *mailbox);

G_END_DECLS
