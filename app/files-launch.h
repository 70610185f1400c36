/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens files with the programs that they belong to. */
#pragma once

#include "thaw.h"

G_BEGIN_DECLS

/* Loop's thread. Resolves when the program has been started. @content_type: a guess by the name, or
 * NULL. */
ThawFuture *files_launch_default (ThawScope *scope,
                                  GFile *file,
                                  const char *content_type) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
