/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why something can't be shown, in words. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *pane_preview_dup_reason (const GError *error);

G_END_DECLS
