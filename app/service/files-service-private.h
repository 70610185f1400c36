/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the service.
 *
 *   files-service.c           life: mailboxes, windows that are asked for, how long it is needed
 *   files-service-calls.c     what can be asked of it
 *   files-service-followers.c who is told what becomes of operations */
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
};

/* Handles a call, and owns it. */
void files_service_answer (FilesService *self, FilesCall *call);

/* The number by which an operation is known on the bus. */
guint64 files_service_get_number (FilesService *self, ThawOperation *operation);
ThawOperation *files_service_find (FilesService *self, guint64 number); /* full, nullable */
void files_service_follow (FilesService *self, ThawOperation *operation, const char *listener);
void files_service_unfollow (FilesService *self, ThawOperation *operation, const char *listener);

G_END_DECLS
