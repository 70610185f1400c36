/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tests of slot views share: a list or a grid of some thousand entries in a window, its cells
 * and where it is scrolled to. */
#pragma once

#include "view-fixture.h"

G_BEGIN_DECLS

#define SLOT_N_ENTRIES 5000
#define SLOT_WIDTH 900
#define SLOT_HEIGHT 600

typedef struct {
  const char *name;
  GTestDataFunc func; /* gets the view's id */
} SlotTest;

/* The program: every test, for a list of rows and for a grid of cells. */
int slot_run_tests (int *argc, char ***argv, const SlotTest *tests, guint n_tests);

ViewFixture *slot_open_view (gconstpointer view_id);
guint32 slot_get_id (ViewFixture *fixture, guint position);
/* Scrolls by pixels, so that rows are cut at the top. */
void slot_scroll_to_pixel (ViewFixture *fixture, double value);
double slot_get_scroll (ViewFixture *fixture);
/* Every cell stands for the entry that the order has at its place, and is called so; off the screen
 * only after a while. */
void slot_check_cells (ViewFixture *fixture);
guint slot_count_cells (ViewFixture *fixture);
void slot_select_item (ViewFixture *fixture, guint position, gboolean modify, gboolean extend);

G_END_DECLS
