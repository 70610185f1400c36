/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a file is: one look at it, on its lane. */
#pragma once

#include "thaw-scope.h"

G_BEGIN_DECLS

/* Loop's thread. Resolves to a GFileInfo, of a symbolic link itself and not of what it leads to.
 * Waits as long as the lane doesn't answer: it ends with @scope. */
THAW_API ThawFuture *
thaw_file_look (ThawScope *scope, GFile *file, const char *attributes) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
