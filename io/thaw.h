/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything of io that the layers above include. */
#pragma once

#include "thaw-error.h"
#include "thaw-mount-table.h"
#include "thaw-pump.h"
#include "thaw-mailbox.h"
#include "thaw-future.h"
#include "thaw-fiber.h"
#include "thaw-scope.h"
#include "thaw-lane.h"
#include "thaw-lane-path.h"
#include "thaw-mounts.h"
#include "thaw-collation.h"
#include "thaw-entry-store.h"
#include "thaw-order.h"
#include "thaw-folder.h"
#include "thaw-vfs.h"
