/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All of Thaw Files' D-Bus, on a thread of its own: a bus that hangs costs nobody a frame. */
#pragma once

#include "thaw.h"

G_BEGIN_DECLS

typedef struct _FilesBus FilesBus;

typedef enum {
  FILES_BUS_NO_ANSWER,   /* not known in time, or there is no bus */
  FILES_BUS_FIRST,       /* no other Thaw Files runs */
  FILES_BUS_HANDED_OVER, /* another one has taken the request */
} FilesBusVerdict;

/* A request, from the command line of this or another process. */
typedef struct {
  char **uris;
  char *view_id; /* or NULL */
  char *activation_token;
  gboolean new_window;
} FilesRequest;

void files_request_free (FilesRequest *self);

/* A call of the operations' interface. It is answered once, by files_bus_reply() or files_bus_refuse(). */
typedef struct {
  GDBusMethodInvocation *invocation; /* NULL: no call, the name was lost */
  GVariant *surroundings;            /* of Hello */
} FilesCall;

void files_call_free (FilesCall *self);

/* Loop's thread, before GTK. Starts the thread, which offers @request (transfer full, nullable) to a
 * Thaw Files that runs. @asks_portal: whether files_bus_wait_portal() will be called. */
FilesBus *files_bus_new (FilesRequest *request, gboolean asks_portal);
/* Waits for the answer, until @deadline_usec at the latest. Only before there is a window. */
FilesBusVerdict files_bus_wait_verdict (FilesBus *self, gint64 deadline_usec);
/* The same for the desktop's portal: FALSE when it is there but doesn't answer. */
gboolean files_bus_wait_portal (FilesBus *self, gint64 deadline_usec);
/* Of one that was made without a request, when there is going to be a window: looks for the
 * accessibility bus. */
void files_bus_find_accessibility (FilesBus *self);
/* The same for the accessibility bus: its address when it is there and answers, or NULL. Transfer
 * full. */
char *files_bus_wait_accessibility (FilesBus *self, gint64 deadline_usec);
/* Answers other processes from now on: a FilesRequest is posted to @requests for each window that is
 * asked for, a FilesCall to @calls for each call. */
void files_bus_serve (FilesBus *self, ThawMailbox *requests, ThawMailbox *calls);
/* Loop's thread; none of these waits. @call: transfer full; values are tuples. */
void files_bus_reply (FilesBus *self, FilesCall *call, GVariant *value);
void files_bus_refuse (FilesBus *self, FilesCall *call, const char *error, const char *text);
void files_bus_tell (FilesBus *self, const char *listener, const char *signal, GVariant *value);
const char *files_bus_get_name (FilesBus *self); /* while a call is answered */
/* Whether windows can be opened here; TRUE unless it is set. */
void files_bus_set_can_show (FilesBus *self, gboolean can_show);
/* Posts the desktop's preference (gint: 0 none, 1 dark, 2 light, as GINT_TO_POINTER (n + 1)) to
 * @colour_schemes. */
void files_bus_follow_appearance (FilesBus *self, ThawMailbox *colour_schemes);
/* Lets go; the thread ends by itself. */
void files_bus_free (FilesBus *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FilesBus, files_bus_free)

G_END_DECLS
