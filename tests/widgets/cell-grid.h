/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "cell-grid", a view for tests: cells in a grid. */
#pragma once

#include "pane-view-registry.h"

void test_cell_grid_register (void); /* once, before it is made */
