/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of plugins' host share:
 *
 *   pane-plugin-host.c      a host's life, and what reaches the loop from its plugin
 *   pane-plugin-register.c  what a plugin registers
 *   pane-plugin-request.c   a question and its answer
 *   pane-plugin-pending.c   the loop's side of questions: deadlines, replies
 *   pane-plugin-worker.c    a plugin's own thread, which is left behind when it hangs
 *   pane-plugin-priority.c  how threads stand with the processors
 *   pane-plugin-account.c   whose time it was, and whose fault
 *   pane-plugin-bracket.c   what its views and renderers do on the loop
 *   pane-plugin-crash.c     whose fault it was that the program is gone
 *   pane-plugin-reaper.c    the thread on which everything of a plugin is freed
 *   pane-plugin-registry.c  what there is of all plugins
 *   pane-plugin-menu.c      menus, which wait for 50 ms
 *   pane-plugin-data.c      what is drawn of all that
 *   pane-plugin-sort.c      what folders sort by of it
 *
 * The loop never calls what might wait for a plugin, or for its language's lock: not even to free
 * an object that it may have wrapped. A host's lock is held for a few instructions and none is
 * taken inside of it. */
#pragma once

#include "pane-plugin-data.h"
#include "pane-plugin-registry.h"
#include "pane-preview-renderer.h"
#include "pane-view-registry.h"

G_BEGIN_DECLS

typedef struct _PanePluginWorker PanePluginWorker;

struct _PanePluginItem {
  gatomicrefcount ref_count;
  PanePluginHost *host; /* owned */
  PanePluginKind kind;
  PanePluginPlace place;
  PanePluginColumnType column_type;
  const char *id; /* interned, with the plugin's name */
  char *title, *icon_name;
  gpointer func, user_data;
  GDestroyNotify destroy;
  GType view_type;
  guint view_needs;
  PanePreviewRenderer *renderer; /* owned; made on the loop */
};

typedef enum {
  PANE_PLUGIN_JOB_START,
  PANE_PLUGIN_JOB_ASK,
  PANE_PLUGIN_JOB_STOP,
} PanePluginJob;

struct _PanePluginRequest {
  gatomicrefcount ref_count;
  PanePluginHost *host; /* owned */
  PanePluginItem *item; /* owned; NULL unless it is asked something */
  PanePluginJob job;
  guint64 serial;
  char *uri, **names;
  guint n_names;
  gint64 deadline_usec;

  /* The loop's. */
  PanePluginAnswerFunc func; /* NULL: nobody waits any more */
  gpointer user_data;
  GDestroyNotify destroy;
  gint64 limit_usec; /* past it, it is the plugin's fault; -1: never */

  GMutex lock;     /* guards what follows */
  GFile *location; /* made when asked for: the plugin's language may wrap it */
  GCancellable *cancellable;
  gboolean is_cancelled, is_held, is_finished;
  gint64 begun_usec;  /* 0: not yet */
  GHashTable *known_names; /* NULL: none was asked about yet, or there are few */
  GPtrArray *answers; /* of PanePluginAnswer; constant once finished */
  guint n_rubbish;
  char *error;
};

struct _PanePluginHost {
  gatomicrefcount ref_count;
  const char *name; /* interned */
  char *title, *folder;
  ThawMailbox *mailbox; /* to the loop */

  /* The loop's. */
  PanePlugin *plugin; /* the worker's from start to stop */
  GPtrArray *items, *pending;
  guint64 n_asked;
  guint timer;
  gboolean is_active, is_out;
  ThawFuture *stopped;

  GMutex lock; /* guards what follows */
  GQueue jobs; /* of PanePluginRequest references */
  PanePluginWorker *worker;
  guint n_left; /* threads that were ever left behind */
  PanePluginAccount account;
  char *blame;
};

/* pane-plugin-request.c */
PanePluginRequest *pane_plugin_request_new (PanePluginHost *host,
                                            PanePluginItem *item,
                                            PanePluginJob job,
                                            GFile *location,
                                            const char *const *names);
void pane_plugin_request_cancel (PanePluginRequest *self); /* returns at once */
void pane_plugin_request_drop (PanePluginRequest *self);   /* a reference, on the loop */
void pane_plugin_answer_free (gpointer answer);

/* pane-plugin-pending.c: the loop's thread. */
void pane_plugin_host_ask (PanePluginHost *self,
                           PanePluginRequest *request,
                           gint64 limit_usec); /* takes @request */
void pane_plugin_host_take_reply (PanePluginHost *self, PanePluginRequest *request);
void pane_plugin_host_forget_pending (PanePluginHost *self);
void pane_plugin_host_stopped (PanePluginHost *self);

/* pane-plugin-worker.c. Any thread. */
void pane_plugin_worker_push (PanePluginHost *host,
                              PanePluginRequest *request,
                              gboolean is_urgent); /* takes a reference */
/* Leaves the thread behind if it sits in @request. FALSE: there isn't another one. */
gboolean pane_plugin_worker_leave (PanePluginHost *host, PanePluginRequest *request);
void
pane_plugin_worker_end (PanePluginHost *host); /* the one that works has ended, or doesn't matter */
/* For how long, since it was begun, @request has had no processor; 0 if no thread sits in it. */
gint64 pane_plugin_worker_get_waited_usec (PanePluginHost *host, PanePluginRequest *request);
guint pane_plugin_worker_get_n (void); /* threads that exist */

/* pane-plugin-priority.c. Any thread. */
void pane_plugin_priority_sink (int tid);
gint64 pane_plugin_priority_get_waited_usec (int tid); /* 0: the calling thread */
gint64 pane_plugin_priority_read_second (const char *path);

/* pane-plugin-account.c */
typedef struct {
  PanePluginHost *outer;
  gint64 wall_usec, cpu_usec, resident_bytes;
  guint serial;
  gboolean is_alone;
} PanePluginCall;
void pane_plugin_call_begin (PanePluginHost *host, PanePluginCall *call);
void pane_plugin_call_end (PanePluginHost *host, const PanePluginCall *call);
PanePluginHost *pane_plugin_call_get_current (void); /* whose call runs on this thread; NULL */
/* Any thread; told on the loop. @text: transfer none. */
void pane_plugin_host_charge (PanePluginHost *self, PanePluginFault fault, const char *text);

/* pane-plugin-host.c: to the loop, from any thread. */
typedef enum {
  PANE_PLUGIN_MESSAGE_ADD,
  PANE_PLUGIN_MESSAGE_REPLY,
  PANE_PLUGIN_MESSAGE_CHANGED,
  PANE_PLUGIN_MESSAGE_FAULT,
  PANE_PLUGIN_MESSAGE_SUBMIT,
  PANE_PLUGIN_MESSAGE_PROGRESS,
  PANE_PLUGIN_MESSAGE_SAY,
} PanePluginMessageType;
typedef struct {
  PanePluginMessageType type;
  PanePluginHost *host; /* owned */
  PanePluginItem *item;
  PanePluginRequest *request;
  ThawOperationRequest *operation;
  char *text;
  double fraction;
  guint number;
} PanePluginMessage;
PanePluginMessage *pane_plugin_message_new (PanePluginHost *host, PanePluginMessageType type);
void pane_plugin_host_post (PanePluginHost *self, PanePluginMessage *message); /* takes it */
PanePluginItem *pane_plugin_item_new (PanePluginHost *host, PanePluginKind kind, const char *id);

/* pane-plugin-bracket.c: the loop's thread. Of views and renderers. */
void pane_plugin_bracket (PanePluginItem *item);
void pane_plugin_unbracket (PanePluginItem *item);

/* pane-plugin-crash.c. Not on the loop's thread. */
void pane_plugin_crash_note_module (PanePluginHost *host, gconstpointer function); /* of its own */
gpointer pane_plugin_crash_begin_thread (void);
void pane_plugin_crash_end_thread (gpointer stack);

/* pane-plugin-data.c: has ::changed emitted. */
void pane_plugin_data_tell (PanePluginData *self);

/* pane-plugin-sort.c: the loop's thread. */
void pane_plugin_sort_start (void); /* from now on; once is enough */
/* What was asked of these entries for other reasons. */
void pane_plugin_sort_feed (PanePluginItem *item,
                            ThawFolder *folder,
                            const GArray *ids,
                            const PanePluginAnswer *const *answers);

/* pane-plugin-reaper.c: @func runs on a thread that may wait, in order. Any thread. */
void pane_plugin_reap (GDestroyNotify func, gpointer data);

/* pane-plugin-registry.c: the loop's thread. */
void pane_plugin_registry_add (PanePluginRegistry *self, PanePluginItem *item);
void pane_plugin_registry_remove_host (PanePluginRegistry *self, PanePluginHost *host);
void pane_plugin_registry_add_host (PanePluginRegistry *self, PanePluginHost *host);
void
pane_plugin_registry_tell_data (PanePluginRegistry *self, PanePluginHost *host, const char *uri);
void pane_plugin_registry_tell_fault (PanePluginRegistry *self,
                                      PanePluginHost *host,
                                      PanePluginFault fault,
                                      const char *text,
                                      guint n_strikes);
void pane_plugin_registry_tell_started (PanePluginRegistry *self, PanePluginHost *host);
void pane_plugin_registry_tell_submit (PanePluginRegistry *self,
                                       ThawOperationRequest *request,
                                       const char *title);
void pane_plugin_registry_tell_progress (PanePluginRegistry *self,
                                         PanePluginRequest *request,
                                         double fraction,
                                         const char *text);
void
pane_plugin_registry_tell_say (PanePluginRegistry *self, PanePluginHost *host, const char *text);
/* Any thread: a reference to the host whose folder holds @path. */
PanePluginHost *pane_plugin_registry_find_owner (const char *path);

G_END_DECLS
