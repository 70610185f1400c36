/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Groups of entries, which follow from the order: to which one an entry belongs and what that is called. */
#pragma once

#include "thaw.h"

G_BEGIN_DECLS

#define PANE_MAX_GROUPS 4000 /* what is behind is in the last one */
#define PANE_N_LETTERS 26

typedef struct {
  guint8 bytes[8];
  guint8 length;
} PaneLetterKey;

/* How the entries of an order are grouped on some day. */
typedef struct {
  ThawSortColumn column;
  gboolean descending, folders_first;
  /* By time: when days and what is longer begin, in seconds since 1970, in the user's time zone. */
  GTimeZone *zone;
  gboolean has_types; /* while it was begun */
  gint64 tomorrow, today, yesterday, week, last_week, month, year;
  /* By name: what names begin with, as keys of the collation. */
  ThawCollation *collation;
  PaneLetterKey letters[PANE_N_LETTERS], pinyin[PANE_N_LETTERS];
  gboolean knows_pinyin, has_pinyin;
} PaneGrouping;

/* FALSE: entries in this order have no groups. Nothing else may be asked then. */
gboolean pane_grouping_suits (const ThawOrderSpec *spec);
/* @first_weekday: 0 for Sunday. */
void pane_grouping_init (PaneGrouping *self, const ThawOrderSpec *spec, ThawCollation *collation, GTimeZone *zone,
                         gint64 now_sec, int first_weekday);
/* As it is for the user, now; @order's. */
void pane_grouping_init_now (PaneGrouping *self, ThawOrder *order);
gboolean pane_grouping_is_current (const PaneGrouping *self); /* FALSE: it was another day, or less was known */
void pane_grouping_clear (PaneGrouping *self);
/* Entries of one group have the same key, whose value means nothing. */
gint64 pane_grouping_get_key (PaneGrouping *self, ThawEntryStore *store, guint32 id);
/* What a group is called; transfer full. */
char *pane_grouping_dup_title (const PaneGrouping *self, gint64 key);
/* Whether an entry with @key, found behind one with @current, is still taken for one of its group. */
gboolean pane_grouping_includes (const PaneGrouping *self, gint64 current, gint64 key);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PaneGrouping, pane_grouping_clear)

typedef struct {
  gint64 key;
  guint first; /* position */
} PaneGroup;

/* Who says of which group the entry at a position is, and whether one that follows is of the same. */
typedef struct {
  gint64 (*get_key) (guint position, gpointer user_data);
  gboolean (*includes) (gint64 current, gint64 key, gpointer user_data); /* NULL: if the keys are equal */
  gpointer user_data;
} PaneGroupFuncs;

/* All groups of @n entries, PaneGroup, with one more behind the last that says where it ends. Entries of a group have to
 * be beside each other: its end is found by some twenty looks. */
GArray *pane_groups_find (guint n, const PaneGroupFuncs *funcs);
GArray *pane_grouping_find (PaneGrouping *self, ThawOrder *order);
int pane_groups_get_first_weekday (void); /* the user's; 0 for Sunday */
/* "Today" and "12": what a heading says for a screen reader. */
char *pane_groups_dup_label (const char *title, guint n_entries);

G_END_DECLS
