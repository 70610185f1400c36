/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the bus.
 *
 *   files-bus.c             the thread, windows that are asked for, accessibility, the desktop's settings
 *   files-bus-operations.c  the operations' interface */
#pragma once

#include "files-bus.h"

G_BEGIN_DECLS

struct _FilesBus {
  gatomicrefcount refs; /* the loop's and the thread's */
  GMutex mutex;         /* guards what follows */
  GCond cond;
  gboolean has_verdict;
  FilesBusVerdict verdict;
  gboolean given_up;   /* nobody waits for the verdict any more: this process has its own window */
  gboolean has_portal; /* known to answer, or not to be there */
  gboolean has_accessibility;
  char *accessibility;
  gboolean can_show; /* whether a window can be opened here */
  ThawMailbox *requests;
  ThawMailbox *calls;
  ThawMailbox *colour_schemes;

  /* The thread's own. */
  gboolean asks_portal;
  FilesRequest *request; /* NULL: there is no window to be shown, and no request to hand over */
  GMainContext *context;
  GMainLoop *loop;
  GDBusConnection *connection;
};

void files_bus_unref (FilesBus *self);
/* Any thread: always on the bus's thread, also before its loop runs. @destroy: nullable. */
void files_bus_run (FilesBus *self, GSourceFunc func, gpointer data, GDestroyNotify destroy);
/* The bus's thread. @xml has one interface. */
void files_bus_export (FilesBus *self, const char *path, const char *xml, const GDBusInterfaceVTable *vtable);
void files_bus_export_operations (FilesBus *self);

G_END_DECLS
