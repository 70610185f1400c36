/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies each source beside itself, under the name given or a free one. Options: "verify" b. Runs
 * on the thread of its operation. */

#include "../common/thaw-remote-private.h"
#include "../common/thaw-transfer-private.h"

static gboolean
plan (ThawRun *run, GError **error)
{
  return thaw_transfer_plan (run, THAW_TRANSFER_DUPLICATE, error);
}

static gboolean
execute (ThawRun *run, GError **error)
{
  return thaw_transfer_execute (run, THAW_TRANSFER_DUPLICATE, error);
}

const ThawOperationKind thaw_duplicate_kind
    = { .id = "duplicate", .plan = plan, .execute = execute, .sweep = thaw_remote_sweep };
