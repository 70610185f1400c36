/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Moves the sources into the target folder: by renaming, and where that can't lead there by
 * copying, durably, and removing what was copied. Folders that are there already are merged, and
 * emptied ones go. Options: those of "copy". Runs on the thread of its operation. */

#include "../common/thaw-remote-private.h"
#include "../common/thaw-transfer-private.h"

static gboolean
plan (ThawRun *run, GError **error)
{
  return thaw_transfer_plan (run, THAW_TRANSFER_MOVE, error);
}

static gboolean
execute (ThawRun *run, GError **error)
{
  return thaw_transfer_execute (run, THAW_TRANSFER_MOVE, error);
}

const ThawOperationKind thaw_move_kind
    = { .id = "move", .plan = plan, .execute = execute, .sweep = thaw_remote_sweep };
