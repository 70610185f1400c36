/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The contract of a view: a widget that shows a folder model. */
#pragma once

#include "pane-folder-model.h"

G_BEGIN_DECLS

#define PANE_TYPE_VIEW (pane_view_get_type ())
PANE_API G_DECLARE_DERIVABLE_TYPE (PaneView, pane_view, PANE, VIEW, GtkWidget)

typedef struct _PaneCell PaneCell;
typedef struct _PaneCellStyle PaneCellStyle;

/* Which details of an entry a view shows, so that the folder reads no others. */
typedef enum {
  PANE_NEEDS_NAME = 0,
  PANE_NEEDS_STAT = 1 << 0,
  PANE_NEEDS_THUMBNAIL = 1 << 1,
} PaneNeeds;

struct _PaneViewClass
{
  GtkWidgetClass parent_class;

  /* The model is set once, before the view is shown. */
  void (*set_model) (PaneView *self, PaneFolderModel *model);
  /* Scrolls so that @id is in view; @focus: moves the keyboard focus there too. */
  void (*reveal) (PaneView *self, guint32 id, gboolean focus);
  /* First and last id in sight (for the status line, want() and restoring the place); FALSE when empty. */
  gboolean (*get_visible) (PaneView *self, guint *first_position, guint *last_position);
  /* What the user looks at and where it is; see pane_view_get_place(). */
  gboolean (*get_place) (PaneView *self, guint32 *id, double *offset);
  void (*put_place) (PaneView *self, guint32 id, double offset);
  /* Zoom steps: 0 … n-1; the host remembers them per folder. */
  guint (*get_n_zoom_levels) (PaneView *self);
  void (*set_zoom) (PaneView *self, guint level);
  /* Where to put a popover or rename entry of this entry, in the view's coordinates; FALSE when not in sight. */
  gboolean (*get_entry_bounds) (PaneView *self, guint32 id, graphene_rect_t *bounds);
  /* The entry at a point of the view, THAW_NO_ENTRY for the background. */
  guint32 (*get_entry_at) (PaneView *self, double x, double y);
  /* Shows that what is being dragged would go into this folder; THAW_NO_ENTRY: into none. */
  void (*set_drop_entry) (PaneView *self, guint32 id);

  /* What else the user has arranged in this view, as one line of text; see pane_view_dup_settings(). */
  char *(*dup_settings) (PaneView *self);
  void (*apply_settings) (PaneView *self, const char *settings);

  /* For views whose cells the host makes (PaneCellView, PaneCanvasView). How large a cell is, in this style. */
  void (*measure_cell) (PaneView *self, const PaneCellStyle *style, int *width, int *height);
  /* Draws the entry that @cell stands for. Only called while it stands for one, and kept until something changes. */
  void (*draw_cell) (PaneView *self, PaneCell *cell, GtkSnapshot *snapshot);

  /* The view shows what is in folders that are expanded, too. For others nothing is. */
  gboolean shows_tree;

  /* Groups that the user wants: the view has headings of its own making, */
  void (*set_grouped) (PaneView *self, gboolean grouped);
  /* or shows those of the model, rows of their own (pane_folder_model_set_grouped()). */
  gboolean shows_headings;
  /* NULL: always, if it does either. */
  gboolean (*can_group) (PaneView *self);

  /* For views that show other folders beside their own: where what is dropped at a point goes. *place, where that isn't
   * in the model, is of the view's own making, from THAW_MAX_ENTRIES on, and comes back in set_drop_entry(). */
  GFile *(*dup_drop_folder) (PaneView *self, double x, double y, guint32 *place, gboolean *is_entry);

  /* The places in the order that the view shows; transfer full. NULL, or left out: all of them. */
  GtkBitset *(*dup_shown) (PaneView *self);

  /* What the user chooses of a setting is another one: see pane_view_add_toggle(). */
  void (*setting_changed) (PaneView *self, const char *id);

  gpointer padding[1];
};

/* What a view says of itself, without an instance. What is left out is 0 or NULL. */
typedef struct {
  const char *id;          /* "list" */
  const char *title;       /* untranslated, marked with N_() */
  const char *icon_name;
  const char *accelerator; /* "<Control>1" */
  int rank;                /* place in menus */
  PaneNeeds needs;
  GType (*get_type) (void);
  /* How well the view suits a folder, 0 (not at all: it isn't offered there) to 100; NULL: 50 everywhere. */
  guint (*suits) (PaneFolderModel *model);
  /* The view has an order of its own, which is that of the folder while it is shown. */
  gboolean has_order;
  ThawSortColumn column;
  gboolean descending;
  /* The view shows where its folder is: it stays when the user goes to another from it, whatever is remembered of that
   * one, and says itself that a folder is empty. */
  gboolean spans_folders;
} PaneViewInfo;

PANE_API void pane_view_set_model (PaneView *self, PaneFolderModel *model);
PANE_API PaneFolderModel *pane_view_get_model (PaneView *self);
PANE_API gboolean pane_view_shows_tree (PaneView *self); /* and the user wants it */
PANE_API void pane_view_reveal (PaneView *self, guint32 id, gboolean focus);
PANE_API gboolean pane_view_get_visible_range (PaneView *self, guint *first_position, guint *last_position);
/* An entry, and how far it is from where the view begins; to be put there again when the folder is. */
PANE_API gboolean pane_view_get_place (PaneView *self, guint32 *id, double *offset);
PANE_API void pane_view_put_place (PaneView *self, guint32 id, double offset);
/* In pane-view-shown.c. What the view shows, in sight or not: NULL for all there is, transfer full. */
PANE_API GtkBitset *pane_view_dup_shown (PaneView *self);
PANE_API gboolean pane_view_shows (PaneView *self, guint32 id);
PANE_API void pane_view_select_all (PaneView *self);
PANE_API void pane_view_invert_selection (PaneView *self);
PANE_API guint pane_view_get_n_zoom_levels (PaneView *self);
PANE_API void pane_view_set_zoom (PaneView *self, guint level);
PANE_API guint pane_view_get_zoom (PaneView *self);
PANE_API char *pane_view_dup_settings (PaneView *self); /* "" by default; only the same kind of view understands it */
PANE_API void pane_view_apply_settings (PaneView *self, const char *settings); /* "": the defaults */
/* Settings of the view that its host has in a menu and remembers: the view says what there is, while it is made, asks
 * pane_view_get_setting() and hears of changes by setting_changed(). A toggle is 1 or 0, a choice the number of one. */
PANE_API void pane_view_add_toggle (PaneView *self, const char *id, const char *title, gboolean usual);
PANE_API void pane_view_add_choice (PaneView *self, const char *id, const char *title, const char *const *names,
                                    const char *const *titles, int usual);
PANE_API int pane_view_get_setting (PaneView *self, const char *id);
PANE_API void pane_view_set_setting (PaneView *self, const char *id, int value);
PANE_API GActionGroup *pane_view_get_setting_actions (PaneView *self); /* NULL: it has none */
PANE_API GMenuModel *pane_view_dup_settings_menu (PaneView *self);     /* of "view."; NULL: it has none */
/* Whether it shows entries in groups, by what they are sorted by. */
PANE_API gboolean pane_view_can_group (PaneView *self);
PANE_API void pane_view_set_grouped (PaneView *self, gboolean grouped);
PANE_API gboolean pane_view_get_grouped (PaneView *self);
PANE_API gboolean pane_view_get_entry_bounds (PaneView *self, guint32 id, graphene_rect_t *bounds);
PANE_API guint32 pane_view_get_entry_at (PaneView *self, double x, double y);
/* The folder into which what is dropped at a point goes, transfer full. *place: for set_drop_entry(). *is_entry: whether
 * that is the entry there, which staying on it may open. */
PANE_API GFile *pane_view_dup_drop_folder (PaneView *self, double x, double y, guint32 *place, gboolean *is_entry);
PANE_API void pane_view_set_drop_entry (PaneView *self, guint32 id);

/* For views to call: */
PANE_API void pane_view_activate (PaneView *self, guint32 id);      /* ::activate (guint id): Enter, double click */
PANE_API void pane_view_request_menu (PaneView *self, guint32 id, double x, double y); /* ::menu; THAW_NO_ENTRY: background */
/* ::drag: what is selected is being dragged; NULL: it isn't to be. Transfer full. */
PANE_API GdkContentProvider *pane_view_request_drag (PaneView *self);
PANE_API void pane_view_request_sort (PaneView *self, ThawSortColumn column, gboolean descending); /* ::sort */
PANE_API void pane_view_request_sort_attribute (PaneView *self, const char *attribute, gboolean descending); /* ::sort-attribute */
PANE_API void pane_view_settings_changed (PaneView *self); /* ::settings-changed: the user has arranged something */
/* Properties: model, zoom, spec-driven "sort-column"/"descending" are read off the model's order. */

PANE_API void pane_view_open (PaneView *self, GFile *location); /* ::open: another folder, in the place of this */
/* The file of an entry; NULL if the model has no folder. Transfer full. */
PANE_API GFile *pane_view_dup_file (PaneView *self, guint32 id);
/* What is at these places, both included, is on the screen: it is read before all else. */
PANE_API void pane_view_want (PaneView *self, guint first_position, guint last_position);

/* How large the view wants a cell to be: measure_cell(). 0: it doesn't say. */
PANE_API void pane_view_measure_cell (PaneView *self, const PaneCellStyle *style, int *width, int *height);

/* For views whose cells the host makes: sizes of icons, smallest first, and the one to begin with. */
PANE_API void pane_view_set_icon_sizes (PaneView *self, const int *sizes, guint n_sizes, guint default_zoom);
PANE_API int pane_view_get_icon_size (PaneView *self); /* at the zoom that is set */

G_END_DECLS
