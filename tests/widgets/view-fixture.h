/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tests and benchmarks of views share: a made-up folder, a window with a view of it, and frames. */
#pragma once

#include "pane-slot-view.h"
#include "pane-view-registry.h"

G_BEGIN_DECLS

/* Thousands of files and a few folders, links and hidden ones, with sizes and times; the same for the same seed. */
ThawEntryStore *fixture_make_store (guint n_entries, guint32 seed);
/* Orders of one store, one after the other. */
ThawSorter *fixture_make_sorter (ThawEntryStore *store);
ThawOrder *fixture_make_order (ThawSorter *sorter, ThawSortColumn column, gboolean descending, const char *filter);

typedef struct {
  ThawEntryStore *store;
  ThawSorter *sorter;
  PaneFolderModel *model;
  PaneView *view;
  GtkWidget *window;
} ViewFixture;

/* A mapped window of this size with this view, showing @store by name. Steals @store. */
ViewFixture *view_fixture_new (const char *view_id, ThawEntryStore *store, int width, int height);
void view_fixture_free (ViewFixture *self);
void view_fixture_publish (ViewFixture *self, ThawSortColumn column, gboolean descending, const char *filter);
/* Runs the loop until the window has painted @n_frames more. */
void view_fixture_run_frames (ViewFixture *self, guint n_frames);
/* Until all row widgets that GTK wants are made, types are described and icons loaded. */
void view_fixture_settle (ViewFixture *self);

/* What a person with eyes or with a screen reader finds. All of cells in sight. */
PaneCell *view_fixture_find_cell (ViewFixture *self, guint32 id); /* NULL: not in sight */
PaneCell *view_fixture_get_first_cell (ViewFixture *self);        /* the uppermost, also if only in part */
PaneCell *view_fixture_get_focus_cell (ViewFixture *self);        /* NULL: the focus is elsewhere */
double view_fixture_get_y (ViewFixture *self, PaneCell *cell);    /* from the list's top */
char *view_fixture_dup_label (PaneCell *cell);                    /* the accessible label of its list item */
/* What a widget of the window looks like; pixels as bytes, to be compared. */
GdkTexture *view_fixture_take_picture (ViewFixture *self, GtkWidget *widget); /* NULL: nothing at all */
GBytes *view_fixture_paint (ViewFixture *self, GtkWidget *widget);

G_END_DECLS
