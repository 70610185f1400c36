/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of a tab share: its data, and what they ask of one another. A tab is made, asked
 * and taken apart in files-tab.c; where it is, in files-tab-places.c; which page is up and who has
 * the keyboard focus, in files-tab-page.c; the view, its settings and the filter, in
 * files-tab-view.c; which folders are expanded, in files-tab-expanded.c; opening entries, in files-tab-open.c; what can't be saved, in
 * files-tab-unsaved.c; what the place asks, in files-tab-question.c; keys, in files-tab-keys.c. */
#pragma once

#include "files-notice.h"
#include "files-question-page.h"
#include "files-tab.h"
#include "files-type-ahead.h"

G_BEGIN_DECLS

struct _FilesTab {
  GtkWidget parent_instance;

  GtkSearchBar *search_bar;
  GtkEditable *filter_entry;
  AdwBanner *banner;
  AdwBanner *unsaved_banner; /* made when it is needed first */
  FilesTypeAhead *type_ahead;
  GtkStack *stack;
  AdwBin *view_bin;
  FilesStatusLine *status_line;
  FilesNotice *notice;              /* made when it is needed first */
  FilesQuestionPage *question_page; /* the same */

  FilesState *state;
  ThawScope *scope;
  ThawFolder *folder; /* NULL before the first place */
  PaneFolderModel *model;
  FilesHistory *history;
  char *title;

  /* The view */
  PaneView *view;
  char *view_id;
  guint default_zoom;  /* what the view came with */
  char *first_view_id; /* asked for on the command line: wins over what is remembered */
  GFile *chosen_for;   /* how this place is shown was chosen here: wins over what is remembered */
  FilesFolderState chosen;

  /* The place */
  gboolean may_be_file;     /* a failure may mean that a file was given */
  GFile *given;             /* while its parent is tried in its place */
  char *wanted_name;        /* to be selected and focused when it turns up */
  FilesVisit *wanted_visit; /* what else is to be as it was then; nullable */
  guint wanted_serial;      /* of what is wanted; counts up */
  guint wanted_is_asked;    /* the one for which a search is under way, or 0 */

  /* What the place asks */
  ThawMountQuestion *question; /* which may be open no longer */
  ThawMountQuestion *answered; /* the one before, while the folder loads */

  /* The page */
  GtkWidget *header;    /* above all else, borrowed from the template; nullable */
  gboolean is_active;   /* of the panes of its tab; only that one may take the focus by itself */
  gboolean takes_focus; /* whatever is shown first of this folder takes the focus */
  gboolean had_focus;   /* before the rows changed, which may have lost it */
  gboolean hint_is_due;
  guint hint_source;
};

/* files-tab.c: what the tab says to its window */
void files_tab_changed (FilesTab *self);
void files_tab_loading_changed (FilesTab *self);
void files_tab_asked_changed (FilesTab *self);
void files_tab_set_title (FilesTab *self, const char *title);
void files_tab_ask_open (FilesTab *self, GFile *location, PaneOpenTarget target);
void files_tab_ask_menu (FilesTab *self, GtkWidget *from, guint32 id, double x, double y);
void files_tab_ask_location (FilesTab *self, const char *text);
void files_tab_say_failed (FilesTab *self, const char *line);

/* files-tab-places.c */
void files_tab_leave_folder (FilesTab *self);
void files_tab_focus_id (FilesTab *self, guint32 id);

/* files-tab-page.c */
gboolean files_tab_has_own_rows (FilesTab *self);
gboolean files_tab_spans_folders (FilesTab *self);
gboolean files_tab_shows_rows (FilesTab *self);
gboolean files_tab_is_loading (FilesTab *self);
void files_tab_await_hint (FilesTab *self);
void files_tab_note_focus (FilesTab *self);
void files_tab_update_page (FilesTab *self);

/* files-tab-expanded.c */
void files_tab_follow_expanded (FilesTab *self);
void files_tab_restore_expanded (FilesTab *self);

/* files-tab-view.c */
void files_tab_get_how (FilesTab *self, GFile *location, FilesFolderState *how);
void files_tab_apply_state_to (FilesTab *self, ThawFolder *folder);
void files_tab_keep_order (FilesTab *self);
void files_tab_bind_filter (GtkWidgetClass *widget_class);

/* files-tab-question.c */
gboolean files_tab_is_asked (FilesTab *self);
void files_tab_drop_question (FilesTab *self);

/* files-tab-unsaved.c */
void files_tab_follow_saving (FilesTab *self);

/* files-tab-keys.c */
void files_tab_bind_keys (GtkWidgetClass *widget_class);

G_END_DECLS
