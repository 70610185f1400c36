/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The page with what an operation left out, and why. */
#pragma once

#include "pane-operation-text.h"

#include <adwaita.h>

G_BEGIN_DECLS

PANE_API AdwNavigationPage *pane_operation_problems_new (ThawOperation *operation) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
