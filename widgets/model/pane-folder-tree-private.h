/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The folders that are expanded in a folder model. Private to the model; there is none while nothing is expanded. */
#pragma once

#include "pane-folder-model.h"

G_BEGIN_DECLS

typedef struct _PaneFolderTree PaneFolderTree;

/* A folder whose entries are shown: the model's own, or one that is expanded. */
typedef struct _PaneFolderNode PaneFolderNode;
struct _PaneFolderNode {
  PaneFolderTree *tree;
  PaneFolderNode *up;  /* not owned; NULL: it is the model's own */
  GPtrArray *children; /* owned, in no order */
  ThawFolder *folder;
  ThawOrder *order;    /* the newest; NULL before it */
  GHashTable *wanted;  /* paths of folders to expand when they turn up; NULL: none */
  /* Not the model's own: */
  guint32 id;          /* of the folder's entry */
  guint32 own_id;      /* the same, as the store of @up has it */
  char *name;          /* as it was when @folder was made */
  ThawBranch *branch;
  guint32 note;
  gboolean shows_note; /* in what is published */
  guint patience;      /* timer: until then it isn't said that the folder is loading */
};

struct _PaneFolderTree {
  PaneFolderModel *model; /* not owned */
  ThawEntryStore *trunk;
  PaneFolderNode *root;
  GHashTable *nodes;      /* id -> node, not owned: without the root */
  GHashTable *by_branch;  /* ThawBranch -> node, not owned */
  GHashTable *by_note;    /* note -> node, not owned */
  guint32 n_notes;
  gboolean busy, again;   /* publishing; and something has changed meanwhile */
};

/* In pane-folder-tree.c */
void pane_folder_tree_add_signals (void); /* to the model's class */
PaneFolderTree *pane_folder_tree_new (PaneFolderModel *model);
void pane_folder_tree_free (PaneFolderTree *self); /* publishes nothing */
/* The model's folder has a new order. FALSE: it is another folder's. */
gboolean pane_folder_tree_take_order (PaneFolderTree *self, ThawOrder *order);
/* An expanded folder has changed: publishes. The tree may be gone afterwards. */
void pane_folder_tree_update (PaneFolderTree *self);
PaneFolderNode *pane_folder_tree_find_node_of (PaneFolderTree *self, guint32 id); /* that an entry is in; NULL: none */

/* In pane-folder-node.c */
PaneFolderNode *pane_folder_node_new_root (PaneFolderTree *tree, ThawFolder *folder);
PaneFolderNode *pane_folder_node_new (PaneFolderNode *up, guint32 id);
void pane_folder_node_free (PaneFolderNode *self);
gboolean pane_folder_node_has_note (PaneFolderNode *self);
char *pane_folder_node_dup_note (PaneFolderNode *self);
guint pane_folder_node_get_depth (PaneFolderNode *self); /* 0: the model's own */
/* After a new order of @up's: FALSE if the folder isn't there any more. */
gboolean pane_folder_node_follow_entry (PaneFolderNode *self);
void pane_folder_node_set_spec (PaneFolderNode *self, const ThawOrderSpec *spec);
void pane_folder_node_want (PaneFolderNode *self, const char *const *paths); /* of folders in it, from it */
void pane_folder_node_expand_wanted (PaneFolderNode *self);
void pane_folder_node_collect_expanded (PaneFolderNode *self, const char *prefix, GHashTable *paths);

G_END_DECLS
