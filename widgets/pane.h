/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything of widgets that app includes. */
#pragma once

#include "pane-frame.h"
#include "pane-folder-model.h"
#include "pane-view.h"
#include "pane-path-bar.h"
#include "pane-sidebar.h"
#include "pane-pulse.h"
