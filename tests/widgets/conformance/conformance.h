/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the checks of a view share: a window with the view, a user with keys and a pointer, and eyes. */
#pragma once

#include "view-fixture.h"

G_BEGIN_DECLS

#define WIDTH 700
#define HEIGHT 500
#define FEW 240
#define MOST_WIDGETS 3000
#define DEADLINE_USEC (20 * G_USEC_PER_SEC)

/* A view in a window of its own, and what it has asked its host for. */
typedef struct {
  ViewFixture *view;
  guint32 activated, menu;
  double menu_x, menu_y;
  guint n_activated, n_menus, n_drags;
  guint n_dragged; /* how many were selected when a drag began */
  gint64 last_click_usec;
  gboolean refuses_drags;
} Fixture;

typedef struct {
  const char *name;
  GTestDataFunc func; /* gets the id of the view */
} Check;

/* Each ends with one that has no name. */
extern const Check conformance_showing[], conformance_keys[], conformance_pointer[], conformance_drag[],
    conformance_orders[], conformance_groups[], conformance_accessible[], conformance_looks[], conformance_names[],
    conformance_size[], conformance_life[];

/* How often what has to be done often is; THAW_TEST_ROUNDS. */
extern int conformance_rounds;

/* In fixture.c */
Fixture *fixture_new (const char *view_id, guint n_entries);
Fixture *fixture_new_with_store (const char *view_id, ThawEntryStore *store); /* steals it */
void fixture_free (Fixture *self);
/* Until everything that was published is shown where it will stay. */
void settle (Fixture *self);
/* The same for what a key or a click has led to. */
void settle_frames (Fixture *self);
void publish (Fixture *self, ThawSortColumn column, gboolean descending, const char *filter);
void publish_all (Fixture *self); /* by name, without a filter */

PaneFolderModel *get_model (Fixture *self);
GtkWidget *get_widget (Fixture *self); /* the view */
guint get_n (Fixture *self);
guint get_n_selected (Fixture *self);
guint32 get_id (Fixture *self, guint position);
guint32 get_focus_id (Fixture *self);
guint get_focus_position (Fixture *self);
gboolean is_selected (Fixture *self, guint32 id);
void select_ids (Fixture *self, const guint32 *ids, guint n_ids);

/* In eyes.c */
gboolean find_center (Fixture *self, guint32 id, int *x, int *y); /* FALSE: it isn't on the screen */
gboolean is_seen (Fixture *self, guint32 id);
guint32 get_seen (Fixture *self, guint nth); /* the nth whose middle is on the screen */
guint count_seen (Fixture *self);
/* A point of the view beside all entries; FALSE: they fill it. */
gboolean find_background (Fixture *self, int *x, int *y);
/* Five entries, so that there is a place beside them in most views. */
void show_few (Fixture *self);
guint count_widgets (GtkWidget *widget);
PaneCell *find_cell (GtkWidget *widget, guint32 id);
/* What assistive technology sees of an entry. */
GtkAccessible *find_accessible (Fixture *self, guint32 id);
char *dup_label (Fixture *self, guint32 id);
GBytes *paint (Fixture *self);

/* In user.c. Each comes back when what it has led to is on the screen. */
void take_keyboard (Fixture *self);
void press (Fixture *self, const char *keys);             /* "ctrl+shift+End" */
void hold (Fixture *self, const char *key);
void let_go (Fixture *self, const char *key);
void move_to (Fixture *self, double x, double y);         /* in the view */
void button_down (Fixture *self, guint button);
void button_up (Fixture *self, guint button);
void click_at (Fixture *self, double x, double y, guint button, const char *modifiers); /* NULL: none */
void click (Fixture *self, guint32 id, guint button, const char *modifiers);
void double_click (Fixture *self, guint32 id);
void turn_wheel (Fixture *self, int clicks); /* down, up where it is negative */
/* Presses on an entry and pulls it a little, so that a drag begins. */
void begin_drag (Fixture *self, guint32 id);
gboolean is_dragging (Fixture *self);
void end_drag (Fixture *self); /* lets go of it */
void cancel_drag (Fixture *self);
/* The loop goes on until something is so. */
typedef gboolean (*Condition) (Fixture *self, gpointer user_data);
void wait_for (Fixture *self, Condition condition, gpointer user_data, const char *what);

/* In plugin.c: the view of a plugin becomes one of the registry. */
void conformance_add_plugin_view (const char *plugin_file);

G_END_DECLS
