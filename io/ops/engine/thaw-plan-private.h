/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside of a plan, for the engine. How kinds fill it is in thaw-operation-kind-private.h. */
#pragma once

#include "thaw-operation-kind-private.h"

G_BEGIN_DECLS

struct _ThawPlan {
  gint ref_count;
  gint64 bytes, n_entries;
  GPtrArray *findings; /* ThawFinding */
  gint64 counts[THAW_N_FINDINGS];
};

ThawPlan *thaw_plan_new (void);
/* FALSE with the first finding that keeps it from starting. */
gboolean thaw_plan_is_possible (ThawPlan *self, GError **error);

G_END_DECLS
