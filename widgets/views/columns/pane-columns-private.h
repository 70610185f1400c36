/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the columns view share. */
#pragma once

#include "pane-cell-view.h"
#include "pane-preview.h"

G_BEGIN_DECLS

#define PANE_COLUMN_USUAL_WIDTH 220
#define PANE_COLUMN_LEAST_WIDTH 120
#define PANE_COLUMN_MOST_WIDTH 1000

/* One column: so wide as the user wants it, with an edge that can be dragged; in pane-column.c. */
#define PANE_TYPE_COLUMN (pane_column_get_type ())
G_DECLARE_FINAL_TYPE (PaneColumn, pane_column, PANE, COLUMN, GtkWidget)
PaneColumn *pane_column_new (GtkWidget *child, int width);
GtkWidget *pane_column_get_child (PaneColumn *self);
int pane_column_get_width (PaneColumn *self);
void pane_column_set_width (PaneColumn *self, int width);
gboolean pane_column_is_at_line (PaneColumn *self, double x); /* where a drag resizes it */
/* ::resized (int width): the user did */

/* Columns side by side, scrolled sideways; in pane-columns-strip.c. */
#define PANE_TYPE_COLUMNS_STRIP (pane_columns_strip_get_type ())
G_DECLARE_FINAL_TYPE (PaneColumnsStrip, pane_columns_strip, PANE, COLUMNS_STRIP, GtkWidget)
PaneColumnsStrip *pane_columns_strip_new (void);
/* After @before, NULL: as the first. */
void pane_columns_strip_put (PaneColumnsStrip *self, GtkWidget *column, GtkWidget *before);
/* @current has to be seen with what is after it, @rest gets the room that is left. */
void pane_columns_strip_set_current (PaneColumnsStrip *self, GtkWidget *current, GtkWidget *rest);
void pane_columns_strip_reveal (PaneColumnsStrip *self);

/* A folder beside the one that is open, to be looked at; in pane-columns-folder.c. */
#define PANE_TYPE_COLUMNS_FOLDER (pane_columns_folder_get_type ())
G_DECLARE_FINAL_TYPE (PaneColumnsFolder, pane_columns_folder, PANE, COLUMNS_FOLDER, GtkWidget)
/* @folder: listed already, or not begun: then it is when the column comes into sight. */
PaneColumnsFolder *pane_columns_folder_new (ThawFolder *folder);
GFile *pane_columns_folder_get_location (PaneColumnsFolder *self);
PaneView *pane_columns_folder_get_list (PaneColumnsFolder *self);
gboolean pane_columns_folder_is_empty (PaneColumnsFolder *self); /* known to be */
/* The entry on the way to the open folder; NULL: none. */
void pane_columns_folder_set_leading (PaneColumnsFolder *self, const char *name);
double pane_columns_folder_find_leading_y (PaneColumnsFolder *self); /* NAN: not in sight */
void pane_columns_folder_keep_place (PaneColumnsFolder *self, guint32 id, double y);
void pane_columns_folder_follow_spec (PaneColumnsFolder *self, const ThawOrderSpec *spec);

/* A file: what is in it and what is known of it; in pane-columns-preview.c. */
#define PANE_TYPE_COLUMNS_PREVIEW (pane_columns_preview_get_type ())
G_DECLARE_FINAL_TYPE (PaneColumnsPreview, pane_columns_preview, PANE, COLUMNS_PREVIEW, GtkWidget)
PaneColumnsPreview *pane_columns_preview_new (void);
/* Whether that is another file than before. */
gboolean pane_columns_preview_show (PaneColumnsPreview *self, GFile *file, ThawEntryStore *store, guint32 id);

/* In pane-columns-cell.c */
/* How far below the top of its list an entry is; NAN: it isn't all in sight. */
double pane_columns_find_y (PaneView *list, guint32 id);
void pane_columns_measure_cell (PaneView *view, const PaneCellStyle *style, int *width, int *height);
void pane_columns_draw_cell (PaneView *view, PaneCell *cell, GtkSnapshot *snapshot);
void pane_columns_set_icon_sizes (PaneView *view);
/* Resolves to the id of the entry of that name, or THAW_NO_ENTRY. */
ThawFuture *pane_columns_find (ThawScope *scope, ThawOrder *order, const char *name);
void pane_columns_add_css (GdkDisplay *display);

/* The view. */
#define PANE_TYPE_COLUMNS_VIEW (pane_columns_view_get_type ())
G_DECLARE_FINAL_TYPE (PaneColumnsView, pane_columns_view, PANE, COLUMNS_VIEW, PaneCellView)

/* What is done when the user has come to an entry of another folder. */
typedef enum {
  ARRIVE_SELECT,
  ARRIVE_ACTIVATE,
  ARRIVE_MENU,
} Arrival;

struct _PaneColumnsView {
  PaneCellView parent_instance;

  ThawScope *scope;
  PaneColumnsStrip *strip;
  PaneColumn *current; /* with the list */
  GtkWidget *empty;
  GPtrArray *before;  /* PaneColumn, the outermost first; the strip's */
  PaneColumn *beside; /* the same, of the folder that has the focus; NULL */
  PaneColumnsPreview *preview;
  ThawFolder *folder; /* the model's; NULL: none */
  int width;          /* of new columns */
  guint timer;        /* until the folder beside is listed: */
  guint32 awaited_id;
  gboolean clicked_beside;

  /* The folder that was open before this one; only while another is published. */
  ThawFolder *left;
  guint32 left_id; /* an entry of it, and where it was */
  double left_y;

  /* Where the user is going. */
  GFile *wanted;     /* NULL: nowhere */
  char *wanted_name; /* NULL: to its first entry */
  double wanted_y;   /* where it was, NAN: not in sight */
  Arrival arrival;
  gboolean is_asked, is_arriving;

  /* What is dragged is over another column: over an entry of it, or over none. */
  PaneViewClass *base_class;
  PaneColumn *drop_column, *marked_column; /* weak */
  guint32 drop_id, n_drop_places;
};

/* What is around the open folder; in pane-columns-around.c. */
PaneColumnsFolder *pane_columns_get_folder (PaneColumn *column);
gboolean pane_columns_is_at (PaneColumn *column, GFile *location); /* FALSE for NULL, too */
GFile *pane_columns_view_get_location (PaneColumnsView *self);     /* NULL: no folder */
GFile *pane_columns_view_dup_focus_file (PaneColumnsView *self, gboolean *is_folder);
void pane_columns_view_put_before (PaneColumnsView *self, GPtrArray *chain); /* of GFile */
void pane_columns_view_show_folder (PaneColumnsView *self, GFile *location);
void pane_columns_view_drop_beside (PaneColumnsView *self);
void pane_columns_view_drop_preview (PaneColumnsView *self);
void pane_columns_view_show_focus (PaneColumnsView *self); /* what it is on, or soon */
void pane_columns_view_resized_cb (PaneColumn *column, int width, PaneColumnsView *self);

/* Going into another of the columns; in pane-columns-way.c. */
void pane_columns_view_forget_wanted (PaneColumnsView *self);
void pane_columns_view_look_for_wanted (PaneColumnsView *self); /* rows have come */
void pane_columns_view_add_keys (PaneColumnsView *self);        /* once there is a list */
void pane_columns_view_add_click (PaneColumnsView *self);

/* Dropping into one of them; in pane-columns-drop.c. */
GFile *pane_columns_view_dup_drop_folder (PaneView *view,
                                          double x,
                                          double y,
                                          guint32 *place,
                                          gboolean *is_entry);
void pane_columns_view_set_drop_entry (PaneView *view, guint32 id);

G_END_DECLS
