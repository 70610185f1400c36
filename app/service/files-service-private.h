/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the service.
 *
 *   files-service.c           life: mailboxes, windows that are asked for, how long it is needed
 *   files-service-calls.c     what can be asked of it
 *   files-service-followers.c who is told what becomes of operations
 *   files-service-notices.c   notifications, where there is no window */
#pragma once

#include "files-service.h"
#include "files-wire.h"

G_BEGIN_DECLS

struct _FilesService {
  GObject parent_instance;
  FilesBus *bus;
  FilesOperations *operations;
  ThawScope *scope;
  ThawMailbox *requests, *calls;
  FilesRequestFunc request_func; /* NULL: they wait */
  gpointer request_data;
  GQueue waiting;  /* FilesRequest */
  GMainLoop *loop; /* while there is no window */
  gint64 called_usec;
  guint idle_source;   /* while it is needed */
  guint64 last_number; /* of an operation */
  guint tell_source;   /* while anybody has to be told something */
  guint n_notices;     /* that are on their way to the desktop */
  GHashTable *watches; /* name on the bus of a follower → GUINT: so that one knows when it goes */
};

void files_service_quit_if_idle (FilesService *self);
void files_service_watch_ends (FilesService *self);

/* Handles a call, and owns it. */
void files_service_answer (FilesService *self, FilesCall *call);

/* The number by which an operation is known on the bus. */
guint64 files_service_get_number (FilesService *self, ThawOperation *operation);
ThawOperation *files_service_find (FilesService *self, guint64 number); /* full, nullable */
void files_service_follow (FilesService *self, ThawOperation *operation, const char *listener);
/* Whether anybody hears, or has heard, of its end. */
gboolean files_service_is_followed (FilesService *self, ThawOperation *operation);
void files_service_clear_watches (FilesService *self);
void files_service_unfollow (FilesService *self, ThawOperation *operation, const char *listener);

G_END_DECLS
