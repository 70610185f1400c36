/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The page on which an operation asks: both files, and what can be done. */
#pragma once

#include "pane-operation-text.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define PANE_TYPE_OPERATION_QUESTION (pane_operation_question_get_type ())
PANE_API
G_DECLARE_FINAL_TYPE (PaneOperationQuestion, pane_operation_question, PANE, OPERATION_QUESTION, AdwNavigationPage)

/* NULL if it asks nothing. */
PANE_API AdwNavigationPage *pane_operation_question_new (ThawOperation *operation) G_GNUC_WARN_UNUSED_RESULT;

/* ::done: it was answered, or is no longer asked. */

G_END_DECLS
