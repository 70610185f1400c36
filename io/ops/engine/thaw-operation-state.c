/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The states of an operation, and which may follow which. That is one table: who changes a state
 * asks it first, and the tests walk all pairs. */

#include "thaw-operation-private.h"

G_DEFINE_ENUM_TYPE (ThawOperationState,
                    thaw_operation_state,
                    G_DEFINE_ENUM_VALUE (THAW_OPERATION_PLANNED, "planned"),
                    G_DEFINE_ENUM_VALUE (THAW_OPERATION_QUEUED, "queued"),
                    G_DEFINE_ENUM_VALUE (THAW_OPERATION_RUNNING, "running"),
                    G_DEFINE_ENUM_VALUE (THAW_OPERATION_PAUSED, "paused"),
                    G_DEFINE_ENUM_VALUE (THAW_OPERATION_ASKING, "asking"),
                    G_DEFINE_ENUM_VALUE (THAW_OPERATION_DONE, "done"),
                    G_DEFINE_ENUM_VALUE (THAW_OPERATION_FAILED, "failed"),
                    G_DEFINE_ENUM_VALUE (THAW_OPERATION_CANCELLED, "cancelled"))

#define TO(state) (1u << THAW_OPERATION_##state)

static const guint next[THAW_N_OPERATION_STATES] = {
  [THAW_OPERATION_PLANNED] = TO (QUEUED) | TO (PAUSED) | TO (FAILED) | TO (CANCELLED),
  [THAW_OPERATION_QUEUED] = TO (RUNNING) | TO (PAUSED) | TO (FAILED) | TO (CANCELLED),
  [THAW_OPERATION_RUNNING] = TO (PAUSED) | TO (ASKING) | TO (DONE) | TO (FAILED) | TO (CANCELLED),
  /* It may have ended before it noticed that it was to pause. */
  [THAW_OPERATION_PAUSED] = TO (PLANNED) | TO (QUEUED) | TO (RUNNING) | TO (ASKING) | TO (DONE)
                            | TO (FAILED) | TO (CANCELLED),
  [THAW_OPERATION_ASKING] = TO (RUNNING) | TO (PAUSED) | TO (FAILED) | TO (CANCELLED),
};

gboolean
thaw_operation_state_can_become (ThawOperationState from, ThawOperationState to)
{
  return (next[from] & (1u << to)) != 0;
}

gboolean
thaw_operation_state_is_last (ThawOperationState state)
{
  return next[state] == 0;
}
