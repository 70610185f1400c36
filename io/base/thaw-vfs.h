/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of other machines, for the bodies of lane jobs. */
#pragma once

#include "thaw-types.h"

G_BEGIN_DECLS

THAW_API GFile *thaw_vfs_resolve (GFile *file) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
