/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all plugins have registered, and what is told of them. For whoever shows it; plugins see
 * only their host. */
#pragma once

#include "pane-plugin.h"

G_BEGIN_DECLS

typedef enum {
  PANE_PLUGIN_BADGES,
  PANE_PLUGIN_COLUMN,
  PANE_PLUGIN_LABEL,
  PANE_PLUGIN_MENU,
  PANE_PLUGIN_OPERATION,
  PANE_PLUGIN_PROPERTY_PAGE,
  PANE_PLUGIN_SIDE_PANEL,
  PANE_PLUGIN_VIEW,
  PANE_PLUGIN_PREVIEW,
} PanePluginKind;

typedef enum {
  PANE_PLUGIN_FAULT_STALL,     /* held up the loop */
  PANE_PLUGIN_FAULT_DEADLINE,  /* answered too late, or not at all */
  PANE_PLUGIN_FAULT_EXCEPTION, /* threw, or said that it failed */
  PANE_PLUGIN_FAULT_RUBBISH,   /* its answer made no sense */
  PANE_PLUGIN_FAULT_MEMORY,    /* uses too much */
} PanePluginFault;

#define PANE_PLUGIN_STRIKES 3         /* in a session, then it is out */
#define PANE_PLUGIN_STALL_USEC 100000 /* of the loop, in a call that makes a widget */
#define PANE_PLUGIN_MENU_USEC 50000   /* what comes later isn't in the menu */
#define PANE_PLUGIN_PATIENCE_USEC                                                                  \
  G_USEC_PER_SEC /* for an answer; past it, it is the plugin's fault */
#define PANE_PLUGIN_START_USEC (5 * G_USEC_PER_SEC) /* for activate() and deactivate() */
#define PANE_PLUGIN_MEMORY_BYTES (256u << 20)
#define PANE_PLUGIN_MAX_THREADS 3 /* of a plugin: those left behind and the one that works */

/* A copy, of this moment. */
typedef struct {
  guint64 n_calls, n_misses, n_errors, n_stalls;
  gint64 cpu_usec, longest_cpu_usec; /* on its own thread and on the loop's */
  gint64 wall_usec, longest_wall_usec;
  gint64 loop_usec;      /* of that, on the loop's */
  gint64 grown_bytes;    /* what the process grew by in calls during which no other plugin's ran */
  gint64 answered_bytes; /* that its answers of this session took up */
  guint n_strikes, n_threads_left, n_requests, n_widgets; /* requests and widgets that are alive */
} PanePluginAccount;

/* Something that a plugin registered; immutable. */
typedef struct _PanePluginItem PanePluginItem;
#define PANE_TYPE_PLUGIN_ITEM (pane_plugin_item_get_type ())
PANE_API GType pane_plugin_item_get_type (void); /* boxed, refcounted */
PANE_API PanePluginItem *pane_plugin_item_ref (PanePluginItem *self);
PANE_API void pane_plugin_item_unref (PanePluginItem *self);
PANE_API PanePluginHost *pane_plugin_item_get_host (PanePluginItem *self);
PANE_API PanePluginKind pane_plugin_item_get_kind (PanePluginItem *self);
PANE_API PanePluginPlace pane_plugin_item_get_place (PanePluginItem *self);
PANE_API PanePluginColumnType pane_plugin_item_get_column_type (PanePluginItem *self);
PANE_API const char *pane_plugin_item_get_id (PanePluginItem *self);    /* "git/status", interned */
PANE_API const char *pane_plugin_item_get_title (PanePluginItem *self); /* nullable */
PANE_API const char *pane_plugin_item_get_icon_name (PanePluginItem *self); /* nullable */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PanePluginItem, pane_plugin_item_unref)

#define PANE_TYPE_PLUGIN_REGISTRY (pane_plugin_registry_get_type ())
PANE_API
G_DECLARE_FINAL_TYPE (PanePluginRegistry, pane_plugin_registry, PANE, PLUGIN_REGISTRY, GObject)

/* The loop's thread, all of it. */
PANE_API PanePluginRegistry *pane_plugin_registry_get_default (void);
PANE_API gboolean pane_plugin_registry_has (PanePluginRegistry *self,
                                            PanePluginKind kind); /* cheap */
PANE_API GPtrArray *
pane_plugin_registry_list (PanePluginRegistry *self, PanePluginKind kind); /* of PanePluginItem */
PANE_API PanePluginItem *
pane_plugin_registry_find (PanePluginRegistry *self, PanePluginKind kind, const char *id);

/* One answer to a request. Which members are used depends on the kind. */
typedef struct {
  char *name;             /* of the entry; nullable */
  char *text, *icon_name; /* nullable */
  char *operation;        /* "git/commit"; of menus */
  double sort_key;        /* of columns; NAN: none */
} PanePluginAnswer;

/* @answers is NULL-terminated, NULL when nothing came in time; borrowed. */
typedef void (*PanePluginAnswerFunc) (PanePluginItem *item,
                                      const PanePluginAnswer *const *answers,
                                      const char *error,
                                      gpointer user_data);
/* Asks a provider; @func is called once, later, unless the item is removed before. 0 and no call:
 * it is gone. */
PANE_API guint64 pane_plugin_item_ask (PanePluginItem *self,
                                       GFile *location,
                                       const char *const *names,
                                       PanePluginAnswerFunc func,
                                       gpointer user_data,
                                       GDestroyNotify destroy);
/* @func isn't called any more. */
PANE_API void pane_plugin_item_cancel (PanePluginItem *self, guint64 asked);
/* The plugin's widget, NULL if it has none for these files. Transfer full (not floating). */
PANE_API GtkWidget *
pane_plugin_item_make_widget (PanePluginItem *self, GFile *location, const char *const *names);

/* What a folder's and files' menu gets from plugins. @func is called once, after
 * PANE_PLUGIN_MENU_USEC at the latest; at once if there is nobody to ask. */
typedef void (*PanePluginMenuFunc) (GPtrArray *entries,
                                    gpointer user_data); /* of PanePluginMenuEntry; borrowed */
typedef struct {
  PanePluginPlace place;
  char *operation, *label, *icon_name; /* icon_name: nullable */
} PanePluginMenuEntry;
PANE_API void pane_plugin_menu_ask (GFile *location,
                                    const char *const *names,
                                    PanePluginMenuFunc func,
                                    gpointer user_data,
                                    GDestroyNotify destroy);

/* For whoever loads plugins. */
PANE_API PanePluginHost *
pane_plugin_host_new (const char *name, const char *title, const char *folder);
PANE_API void pane_plugin_host_start (PanePluginHost *self, PanePlugin *plugin); /* transfer full */
/* Removes all it has registered, deactivates it, lets go of it. Resolves when nothing of it runs
 * any more: int64 0, or 1 when a thread had to be left behind or widgets of its are alive, so that
 * its code must stay. */
PANE_API ThawFuture *pane_plugin_host_stop (PanePluginHost *self) G_GNUC_WARN_UNUSED_RESULT;
PANE_API gboolean pane_plugin_host_is_active (PanePluginHost *self);
PANE_API void
pane_plugin_host_get_account (PanePluginHost *self, PanePluginAccount *account); /* any thread */
PANE_API char *
pane_plugin_host_dup_blame (PanePluginHost *self); /* the last one, for people; NULL: none */

/* Has the names of plugins that end the program written to an open file, a line each. Once. */
PANE_API void pane_plugin_crash_watch (int fd);
/* Whose code this thread brings in; NULL: nobody's any more. */
PANE_API void pane_plugin_crash_set_loading (const char *name);
/* Charges a fault to the plugin whose call runs on this thread, else to the one that @path belongs
 * to. Any thread. FALSE: to nobody. */
PANE_API gboolean pane_plugin_note_exception (const char *text, const char *path);
/* Brackets what a plugin's widget does on the loop: the stall monitor names it, its time is
 * accounted. @name: interned. */
PANE_API gint64 pane_plugin_host_enter (PanePluginHost *self, const char *what, guint *entered);
PANE_API void
pane_plugin_host_leave (PanePluginHost *self, const char *what, gint64 since_usec, guint entered);
/* How a call that hangs may be ended by force: by an exception thrown into a thread (pthread_t).
 * Called on a thread that may wait. FALSE: it can't be. */
typedef gboolean (*PanePluginInterruptFunc) (gulong thread);
PANE_API void pane_plugin_set_interrupt_func (PanePluginInterruptFunc func);

/* ::changed (PanePluginKind kind): something of that kind was registered or removed
 * ::data-changed (PanePluginHost *host, GFile *location): see pane_plugin_host_changed(); NULL:
 * everywhere
 * ::blamed (PanePluginHost *host, PanePluginFault fault, const char *text, guint n_strikes)
 * ::started (PanePluginHost *host): activate() has returned
 * ::submit (ThawOperationRequest *request, const char *title)
 * ::progress (PanePluginItem *operation, guint64 asked, double fraction, const char *text)
 * ::say (PanePluginHost *host, const char *text) */

G_END_DECLS
