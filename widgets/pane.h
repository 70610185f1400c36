/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything of widgets that app includes. */
#pragma once

#include "pane-frame.h"
#include "pane-folder-model.h"
#include "pane-view.h"
#include "pane-view-registry.h"
#include "pane-cell-view.h"
#include "pane-canvas-view.h"
#include "pane-path-bar.h"
#include "pane-sidebar.h"
#include "pane-pulse.h"
#include "pane-plugin.h"
#include "pane-plugin-data.h"
#include "pane-plugin-registry.h"
#include "pane-preview.h"
#include "pane-preview-loader.h"
#include "pane-preview-pages.h"
#include "pane-thumbnails.h"
#include "pane-quick-look.h"
#include "pane-split.h"
