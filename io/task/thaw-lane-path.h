/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the bodies of lane jobs: opening a path without being led into another mount by a symbolic link. */
#pragma once

#include "thaw-mount-table.h"

G_BEGIN_DECLS

THAW_API int thaw_lane_open_beneath (const char *path, int flags, GError **error);
THAW_API char *thaw_lane_resolve_crossing (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
