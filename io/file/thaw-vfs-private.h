/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "thaw-types.h"

G_BEGIN_DECLS

/* Worker threads: may wait for D-Bus. The file that gvfs, if it is installed, makes of @file's URI. */
GFile *thaw_vfs_resolve (GFile *file);

G_END_DECLS
