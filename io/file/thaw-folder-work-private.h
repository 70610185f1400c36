/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The worker threads' half of a folder: one load of it, shared by the loop and the jobs. */
#pragma once

#include "thaw-folder.h"
#include "thaw-listing-private.h"
#include "thaw-sort-keys-private.h"
#include "thaw-watch-private.h"

#include <pthread.h>

G_BEGIN_DECLS

typedef enum {
  THAW_FOLDER_MESSAGE_NAMES,   /* more names are in the store */
  THAW_FOLDER_MESSAGE_ORDER,   /* the first order, made while listing */
  THAW_FOLDER_MESSAGE_CHANGED, /* columns of some entries */
  THAW_FOLDER_MESSAGE_EVENTS,  /* the watch has something to take */
  THAW_FOLDER_N_MESSAGES,
} ThawFolderMessageKind;

/* Changes of a place that only GIO reaches, see thaw-folder-gio-watch.c. */
typedef struct _ThawGioWatch ThawGioWatch;

/* One load. Threads: the loop holds one reference and each job another. Locks, in the order in which they
 * nest: write_lock (who writes the store: listing or changes), sort_lock (the sorter), lock (the fields named so,
 * short: the only one that the loop takes too). */
typedef struct {
  int ref_count;        /* atomic; not GLib's, which ThreadSanitizer can't see into */
  GFile *location;
  char *path;           /* NULL when only GIO reaches it */
  ThawMailbox *mailbox;
  ThawEntryStore *store;
  char keys[THAW_FOLDER_N_MESSAGES]; /* their addresses are the messages' coalescing keys */

  pthread_mutex_t write_lock;
  GHashTable *gio_names; /* write_lock: file name → id + 1, of entries with another name for people; or NULL */
  pthread_mutex_t sort_lock;
  ThawSorter *sorter;   /* sort_lock */
  GArray *touched;      /* sort_lock: ids whose details came since the last order */

  pthread_mutex_t lock;
  ThawOrderSpec spec;   /* lock */
  guint spec_serial;    /* lock */
  ThawSortKeys *sort_keys; /* lock: of the spec's attribute; NULL: it has none */
  GArray *on_screen;    /* lock: guint32 ids of the newest want */
  GArray *wanted;       /* lock: guint32 ids on the screen whose details are missing */
  GArray *needed;       /* lock: ids whose kind only their details tell: symlinks and unknown ones */
  guint n_detail_jobs;  /* lock */
  gboolean sweep;       /* lock: the sort order needs everybody's details */
  guint32 sweep_next;   /* lock: the first id that the sweep hasn't looked at */
  ThawWatch *watch;     /* lock */
  ThawGioWatch *gio_watch; /* lock */
  gboolean gio_watched;    /* lock: the backend tells of every change */
  gboolean ended;       /* lock: the folder has no use for it any more */
  gint64 folder_mtime_nsec; /* lock: the folder's own, at the last listing */
  gint64 listed_nsec;       /* lock: when that began, by the wall clock */
} ThawFolderWork;

/* What travels to the loop, through the folder's mailbox. */
typedef struct {
  ThawFolderMessageKind kind;
  ThawFolderWork *work;
  ThawOrder *order;
  GArray *ids;
} ThawFolderMessage;

/* What a job that changes or orders the folder brings back. */
typedef struct {
  ThawOrder *order;   /* NULL: none was made */
  guint spec_serial;  /* of the spec that @order follows */
  GArray *changed;    /* guint32 ids whose columns changed */
  gboolean overflow;  /* too much happened: list again */
  gboolean gone;      /* the folder itself */
  gboolean quiet;     /* nothing had changed */
} ThawFolderResult;

ThawFolderWork *thaw_folder_work_new (GFile *location, ThawMailbox *mailbox,
                                      const ThawOrderSpec *spec, guint spec_serial);
ThawFolderWork *thaw_folder_work_ref (ThawFolderWork *self);
void thaw_folder_work_unref (ThawFolderWork *self);
void thaw_folder_message_free (ThawFolderMessage *message);
gpointer thaw_folder_message_merge (gpointer queued, gpointer newer);
void thaw_folder_result_free (ThawFolderResult *result);

/* Loop's thread: the folder lets go of this load. */
void thaw_folder_work_end (ThawFolderWork *self);
gboolean thaw_folder_work_is_watched (ThawFolderWork *self);
void thaw_folder_work_set_spec (ThawFolderWork *self, const ThawOrderSpec *spec, guint serial);
void thaw_folder_work_add_keys (ThawFolderWork *self, const ThawSortKey *keys, guint n_keys);
/* Each says whether another details job should be started. */
gboolean thaw_folder_work_want (ThawFolderWork *self, const guint32 *ids, guint n_ids, guint max_jobs);
gboolean thaw_folder_work_want_again (ThawFolderWork *self, guint max_jobs);
gboolean thaw_folder_work_sweep (ThawFolderWork *self, guint max_jobs);
gboolean thaw_folder_work_has_needed (ThawFolderWork *self, guint max_jobs);

void thaw_folder_work_move (ThawFolderWork *self, const char *path);

/* Bodies of jobs: ThawJobFunc, user data is the work. Lane, but sort: CPU pool. */
gboolean thaw_folder_work_list_job (ThawJob *job, gpointer work, GError **error);
gboolean thaw_folder_work_watch_job (ThawJob *job, gpointer work, GError **error);   /* → ThawFolderResult */
gboolean thaw_folder_work_details_job (ThawJob *job, gpointer work, GError **error);
gboolean thaw_folder_work_changes_job (ThawJob *job, gpointer work, GError **error); /* → ThawFolderResult */
gboolean thaw_folder_work_rescan_job (ThawJob *job, gpointer work, GError **error);  /* → ThawFolderResult */
gboolean thaw_folder_work_poll_job (ThawJob *job, gpointer work, GError **error);    /* → ThawFolderResult */
gboolean thaw_folder_work_sort_job (ThawJob *job, gpointer work, GError **error);    /* → ThawFolderResult */
gboolean thaw_folder_work_trim_job (ThawJob *job, gpointer work, GError **error);

/* For the files of this folder. */
GArray *thaw_folder_work_read_again (ThawFolderWork *self, ThawJob *job, int fd);
void thaw_folder_work_touch (ThawFolderWork *self, GArray *ids);
void thaw_folder_work_set_details (ThawFolderWork *self, guint32 id, int errsv, const ThawDetails *details);
/* Write lock held. Appends, and notes entries whose kind only their details tell. */
gboolean thaw_folder_work_add_entry (ThawFolderWork *self, const char *name, gsize length, ThawEntryKind kind);
void thaw_folder_work_announce (ThawFolderWork *self, ThawJob *job, gboolean first);
gboolean thaw_folder_work_rescan_gio (ThawFolderWork *self, ThawJob *job, GError **error);
gboolean thaw_folder_work_changes_gio (ThawFolderWork *self, ThawJob *job, GError **error);
gboolean thaw_folder_work_list_gio (ThawFolderWork *self, ThawJob *job, GError **error);
void thaw_folder_work_post (ThawFolderWork *self, ThawFolderMessageKind kind, ThawOrder *order, GArray *ids);
void thaw_folder_work_set_gio_watched (ThawFolderWork *self, gboolean watched);
ThawOrder *thaw_folder_work_make_order (ThawFolderWork *self, ThawJob *job, guint *spec_serial);

/* Any thread but the loop's, closing excepted. It holds the work until it is closed. */
ThawGioWatch *thaw_gio_watch_new (ThawFolderWork *work);
void thaw_gio_watch_set_cost (ThawGioWatch *self, gint64 rescan_usec);
void thaw_gio_watch_close (ThawGioWatch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawFolderResult, thaw_folder_result_free)

G_END_DECLS
