/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The list view over real folders, in which some are expanded. What is shown is compared as text: a
 * line a row, two blanks a level, as it would be read aloud. */
#pragma once

#include "view-user.h"

G_BEGIN_DECLS

typedef struct {
  ViewFixture base;
  char *path;
  ThawFolder *folder;
  guint32 activated;
} TreeFixture;

/* The disk. @name: a path from the folder. */
char *tree_fixture_make_path (TreeFixture *self, const char *name);
void tree_fixture_make_folder (TreeFixture *self, const char *name);
void tree_fixture_make_file (TreeFixture *self, const char *name, gsize size);
void tree_fixture_move (TreeFixture *self, const char *from, const char *to);
void tree_fixture_remove_all (const char *path);

/* The usual folders, not shown yet. */
TreeFixture *tree_fixture_new (void);
void tree_fixture_show (TreeFixture *self);
TreeFixture *tree_fixture_open (void);       /* both */
void tree_fixture_close (TreeFixture *self); /* the view; the rest is the caller's */
void tree_fixture_free (TreeFixture *self);

void tree_fixture_expect (TreeFixture *self, const char *expected); /* now, or soon */
gboolean tree_fixture_has_row (TreeFixture *self, const char *row); /* now */
guint32 tree_fixture_find (TreeFixture *self, const char *name);    /* the first of that name */
void tree_fixture_set_expanded (TreeFixture *self, const char *name, gboolean expanded);

G_END_DECLS
