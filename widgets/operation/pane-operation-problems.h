/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The page with what an operation left out, why, and what can be done about it. */
#pragma once

#include "pane-operation-text.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define PANE_TYPE_OPERATION_PROBLEMS (pane_operation_problems_get_type ())
PANE_API
G_DECLARE_FINAL_TYPE (PaneOperationProblems,
                      pane_operation_problems,
                      PANE,
                      OPERATION_PROBLEMS,
                      AdwNavigationPage)

PANE_API AdwNavigationPage *
pane_operation_problems_new (ThawOperation *operation) G_GNUC_WARN_UNUSED_RESULT;
/* ::done: none is left. ::show-file (GFile *file): the user wants to see where it is. */

G_END_DECLS
