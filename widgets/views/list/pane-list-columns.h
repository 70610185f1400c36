/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the list view's columns are. Private to the list view. */
#pragma once

#include "pane-view.h"

G_BEGIN_DECLS

#define PANE_N_LIST_COLUMNS 4    /* as ThawSortColumn: name, size, type, modified; then those of plugins */
#define PANE_MAX_LIST_COLUMNS 12 /* with plugins' */
#define PANE_LIST_INSET 6        /* between the view's edge and a row: the style's .pane-list padding */
#define PANE_LIST_PADDING 6      /* inside a column, on either side */

#define PANE_TYPE_LIST_COLUMNS (pane_list_columns_get_type ())
G_DECLARE_FINAL_TYPE (PaneListColumns, pane_list_columns, PANE, LIST_COLUMNS, GObject)

typedef struct {
  gboolean visible;
  int x; /* from the row's start edge, in the direction of writing */
  int width;
} PaneListSpan;

PaneListColumns *pane_list_columns_new (void);
/* How many there are: those of plugins come and go, at ::changed. */
guint pane_list_columns_get_n (PaneListColumns *self);
/* The columns of a row of @row_width; valid until the next call with another width or ::changed. */
const PaneListSpan *pane_list_columns_get_spans (PaneListColumns *self, int row_width);
/* The average width of a character: widths are set in proportion to it. */
void pane_list_columns_set_char_width (PaneListColumns *self, int char_width);
/* Any but the name's, which takes what the others leave. */
void pane_list_columns_set_width (PaneListColumns *self, guint column, int width);
int pane_list_columns_get_width (PaneListColumns *self, guint column);
/* Whether the user wants it; the name's is always there. */
void pane_list_columns_set_shown (PaneListColumns *self, guint column, gboolean shown);
gboolean pane_list_columns_get_shown (PaneListColumns *self, guint column);
const char *pane_list_columns_get_title (PaneListColumns *self, guint column); /* translated */
/* A plugin's column, as plugins' data knows it, interned; "size" and so on of the others. */
const char *pane_list_columns_get_key (PaneListColumns *self, guint column);

/* The first click on it sorts the largest or newest first. */
gboolean pane_list_columns_starts_descending (PaneListColumns *self, guint column);
/* Its texts end where it ends. */
gboolean pane_list_columns_is_at_end (PaneListColumns *self, guint column);
/* Which one an order is by; the number of columns: none that is there. */
guint pane_list_columns_find_sorted (PaneListColumns *self, const ThawOrderSpec *spec);

/* What the user has set, as "size=120 modified=200 -type": the last isn't shown. Applying says what isn't named has
 * its default. Columns of plugins that aren't there are remembered. */
char *pane_list_columns_dup_widths (PaneListColumns *self);
void pane_list_columns_apply_widths (PaneListColumns *self, const char *widths);

/* Whether folders can be expanded; as the user has set it, along with the widths. */
gboolean pane_list_columns_get_tree (PaneListColumns *self);
void pane_list_columns_set_tree (PaneListColumns *self, gboolean tree);

/* ::changed: widths are others, or columns. ::widths-set: the user has set one. */

G_END_DECLS
