/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A real folder of the disk, shown by a view in a window, for views that read what is in files. */
#pragma once

#include "view-fixture.h"

G_BEGIN_DECLS

typedef struct {
  char *path;
  ThawFolder *folder; /* owned */
  PaneFolderModel *model;
  PaneView *view;
  GtkWidget *window;
} FolderFixture;

/* A folder that is empty, for folder_fixture_put(). */
void folder_fixture_make (FolderFixture *self);
/* @length: -1 for a string; @mtime_sec: 0 for now. Folders above are made. */
void folder_fixture_put (FolderFixture *self, const char *name, const char *contents, gssize length, gint64 mtime_sec);
/* Lists it, and shows it. @spec: (nullable) its order. */
void folder_fixture_show (FolderFixture *self, const char *view_id, const ThawOrderSpec *spec);
void folder_fixture_free (FolderFixture *self);

guint32 folder_fixture_find_id (FolderFixture *self, const char *name);

guint folder_fixture_start_ticks (void);

/* The loop goes on until something is so, and is woken for looking now and then. */
#define folder_fixture_run_until(condition)                                                        \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 end_usec = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;                               \
    guint tick = folder_fixture_start_ticks ();                                                    \
    while (!(condition))                                                                           \
      {                                                                                            \
        g_main_context_iteration (NULL, TRUE);                                                     \
        if (g_get_monotonic_time () > end_usec)                                                    \
          g_error ("%s: waited in vain for: %s", G_STRLOC, #condition);                            \
      }                                                                                            \
    g_source_remove (tick);                                                                        \
  }                                                                                                \
  G_STMT_END

G_END_DECLS
