/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies the sources into the target folder, under the names given or their own. Conflicts go by
 * the request's rules; a source that is in the target already gets a free name if the rule is to
 * keep both. Options: "verify" b, reads back from the device; "forget" b, what is replaced isn't
 * kept. Runs on the thread of its operation. */

#include "../common/thaw-remote-private.h"
#include "../common/thaw-transfer-private.h"

static gboolean
plan (ThawRun *run, GError **error)
{
  return thaw_transfer_plan (run, THAW_TRANSFER_COPY, error);
}

static gboolean
execute (ThawRun *run, GError **error)
{
  return thaw_transfer_execute (run, THAW_TRANSFER_COPY, error);
}

const ThawOperationKind thaw_copy_kind
    = { .id = "copy", .plan = plan, .execute = execute, .sweep = thaw_remote_sweep };
