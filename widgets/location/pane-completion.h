/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Completes a typed path from the names in its folder, off the loop. */
#pragma once

#include "pane-location.h"

G_BEGIN_DECLS

#define PANE_TYPE_COMPLETION (pane_completion_get_type ())
PANE_API
G_DECLARE_FINAL_TYPE (PaneCompletion, pane_completion, PANE, COMPLETION, GObject)

PANE_API PaneCompletion *pane_completion_new (void);
/* Loop's thread. Supersedes an earlier question; the answer comes with ::changed, or never if the
 * place hangs. */
PANE_API void pane_completion_ask (PaneCompletion *self, const char *text, GFile *base);
PANE_API void pane_completion_cancel (PaneCompletion *self);
/* The newest answer: whole texts to put into the entry, folders end with "/". Borrowed, never NULL.
 */
PANE_API const char *const *pane_completion_get_matches (PaneCompletion *self);
/* What all matches begin with. NULL without a match. Transfer full. */
PANE_API char *pane_completion_dup_common (PaneCompletion *self);
/* ::changed: there is a new answer. */

G_END_DECLS
