/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What operations did, are doing, and how to take it back: SQLite in the state folder (WAL, synchronous=FULL), shared by
 * all processes of the user. Blocks: on operations' threads and lanes only; safe from several threads at once.
 *
 * Every change of the tree is a *step*: an atomic rename, or a change of attributes, that can be inverted. Steps are written
 * down before they are done (intent) and marked after. What is built by writing is built under a hidden name first and is
 * then one step: its rename into place. So undo, redo, finishing and rolling back after a crash are all the same: steps,
 * forwards or backwards, each looking at the disk for what is true. */
#pragma once

#include "thaw-disk-private.h"

G_BEGIN_DECLS

typedef struct _ThawJournal ThawJournal;

typedef enum {
  THAW_JOURNAL_PLANNED,
  THAW_JOURNAL_QUEUED,
  THAW_JOURNAL_RUNNING,
  THAW_JOURNAL_PAUSED,
  THAW_JOURNAL_ASKING,
  THAW_JOURNAL_DONE,
  THAW_JOURNAL_FAILED,
  THAW_JOURNAL_CANCELLED,
} ThawJournalState;

/* Opens or makes it; a damaged one is put aside (never deleted) and a new one begun: *notice then says so.
 * @folder: the state folder, NULL for $XDG_STATE_HOME/thaw. */
ThawJournal *thaw_journal_open (const char *folder, char **notice, GError **error);
ThawJournal *thaw_journal_ref (ThawJournal *self);
void thaw_journal_unref (ThawJournal *self);

typedef struct {
  gint64 id;
  char *kind;         /* of the operation: "copy" */
  char *title;        /* for "Undo %s": made by who submitted it */
  ThawJournalState state;
  GVariant *request;  /* what thaw_operation_request_to_variant() made */
  GVariant *problems; /* nullable, as the engine left them */
  gint64 created_usec, ended_usec; /* since 1970; 0: not yet */
  gint64 inverse_of;  /* the job that this one undid or redid, 0 for none */
  gboolean is_undone; /* its steps stand taken back at the moment */
  gboolean is_alive;  /* some living process runs it */
  char token[THAW_TOKEN_LENGTH + 1];
} ThawJournalRecord;

ThawJournalRecord *thaw_journal_record_copy (const ThawJournalRecord *self);
void thaw_journal_record_free (ThawJournalRecord *self);

/* A new job, owned by this process: durable before it returns, with a new token. 0 on error. */
gint64 thaw_journal_add_job (ThawJournal *self, const char *kind, const char *title, GVariant *request, gint64 inverse_of, GError **error);
ThawJournalRecord *thaw_journal_get_job (ThawJournal *self, gint64 id, GError **error);
char *thaw_journal_dup_token (ThawJournal *self, gint64 job, GError **error);
/* Newest first, at most @n_max. */
GPtrArray *thaw_journal_list_jobs (ThawJournal *self, guint n_max, GError **error);
/* Jobs that were under way in a process that lives no more. */
GPtrArray *thaw_journal_list_interrupted (ThawJournal *self, GError **error);
/* Makes an interrupted job this process's. FALSE with BUSY if another one was quicker. */
gboolean thaw_journal_adopt (ThawJournal *self, gint64 id, GError **error);
gboolean thaw_journal_set_state (ThawJournal *self, gint64 id, ThawJournalState state, GVariant *problems, GError **error);
/* A job that is over is gone on with: what it does now is undone together with what it did. NOT_SUPPORTED if it was undone, or
 * can't be any more. The note is written with it. */
gboolean thaw_journal_reopen (ThawJournal *self, gint64 id, GVariant *problems, const char *key, GBytes *note, GError **error);
gboolean thaw_journal_set_problems (ThawJournal *self, gint64 id, GVariant *problems, GError **error);
/* Whether undo could ever take it back: it has steps, and none of them was for good. Looks at no file. */
gboolean thaw_journal_may_undo (ThawJournal *self, gint64 id);
/* What the user would undo or redo next: 0 for nothing. Named by the job's title. */
gint64 thaw_journal_get_undo (ThawJournal *self, char **title, GError **error);
gint64 thaw_journal_get_redo (ThawJournal *self, char **title, GError **error);

/* A job's own notes: small things by key (offset of a large file, top's hidden name …); durable when it returns. */
gboolean thaw_journal_put (ThawJournal *self, gint64 job, const char *key, GBytes *value, GError **error);
GBytes *thaw_journal_get (ThawJournal *self, gint64 job, const char *key, GError **error); /* NULL without error: none */
/* The job has just removed something hidden from @place, which changed the folder's time: that is no change that undo needs
 * to mind. */
void thaw_journal_note_swept (ThawJournal *self, gint64 job, ThawPlace *place);
/* Whether all that was begun is done or taken back; FALSE also if that can't be read. */
gboolean thaw_journal_is_settled (ThawJournal *self, gint64 job);
/* Inodes of a copy that are on the device (see ThawWalkFuncs). */
gboolean thaw_journal_add_durable (ThawJournal *self, gint64 job, guint64 dev, const guint64 *inodes, gsize n_inodes, GError **error);
GHashTable *thaw_journal_load_durable (ThawJournal *self, gint64 job, guint64 dev, GError **error); /* set of guint64* */

typedef enum {
  THAW_STEP_RENAME,      /* (from) becomes (to); nothing may be at (to) */
  /* (from), hidden, takes the place of (to), a file; the old one goes to (kept). Without a kept.folder it is not kept: one
   * rename over it, which cannot be taken back. */
  THAW_STEP_REPLACE,
  THAW_STEP_ATTRIBUTES,  /* (to) gets new attributes; the old ones are remembered */
  /* A note: (from) was moved to (to) on another device, by copying. The copy (object) was placed there by a step before it;
   * the operation removes (from) only after it. Its inverse is an operation of its own: a move back. */
  THAW_STEP_MOVED,
  THAW_STEP_GONE,        /* (from) was removed for good: cannot be taken back, and undo says so */
  /* The same of what the user was told of before: the job's other steps can be taken back without it. (to) is what it is hidden
   * as while it is removed. */
  THAW_STEP_LOST,
  /* A note: on a server (from) became (to). Without a from.folder (to) was made, without a to.folder the empty folder (from)
   * went. Folders are addresses and have no identity; what (object) says is in thaw-remote-private.h. Its inverse is an
   * operation of its own. */
  THAW_STEP_SERVER,
} ThawStepType;

/* One end of a step: a name in a folder that is known by its path and by its identity. */
typedef struct {
  char *folder; /* absolute path, links resolved */
  guint64 dev, ino; /* of the folder */
  char *name;   /* bytes */
} ThawStepEnd;

typedef struct {
  ThawStepType type;
  ThawStepEnd from, to, kept;  /* as the type says */
  ThawIdentity object;         /* that moves; of REPLACE: the new one */
  ThawIdentity old;            /* REPLACE: the old one */
  char *info;                  /* nullable: path of the .trashinfo that belongs to it, removed after it has left the trash */
  GBytes *info_text;           /* nullable: to be written whole, and synced, before it enters the trash */
  /* Of ATTRIBUTES: a{sv}, the new ones: "mode" u (without the type), "uid" u, "gid" u, "mtime-nsec" x, "atime-nsec" x (since
   * 1970), each of them if wanted. The old ones are noted by thaw_journal_perform(). */
  GVariant *attributes;
} ThawStep;

ThawStep *thaw_step_new_rename (ThawPlace *from, const char *name, ThawPlace *to, const char *new_name, const ThawIdentity *object);
ThawStep *thaw_step_copy (const ThawStep *self);
void thaw_step_free (ThawStep *self);

typedef enum {
  THAW_STEPS_EACH,        /* one that fails is a problem, the others go on */
  THAW_STEPS_ALL_OR_NONE, /* one that fails takes back those before it: for batch rename, with cycles and swaps */
} ThawStepsMode;

/* Told of each step as it is done (@error NULL) or failed. */
typedef void (*ThawStepFunc) (ThawStep *step, const GError *error, gpointer user_data);

/* Both may be NULL. @check is called now and then, as a walk's is: what it returns FALSE for is given up. */
typedef struct {
  ThawStepFunc done;
  gboolean (*check) (gpointer user_data, GError **error);
  gpointer user_data;
} ThawStepFuncs;

/* Intents (one commit), steps, folders synced, marks (one commit). Steps that are done have happened on the device when it
 * returns TRUE. Several calls may belong to one job: undo takes them all back, last first. */
gboolean thaw_journal_perform (ThawJournal *self,
                               gint64 job,
                               GPtrArray *steps,
                               ThawStepsMode mode,
                               ThawStepFunc func,
                               gpointer user_data,
                               GError **error);
/* The same, ALL_OR_NONE, for any number of steps: they are made when they're needed, each twice. Told and cancelled part by part. */
typedef ThawStep *(*ThawStepMaker) (guint i, gpointer user_data); /* transfer full */
gboolean thaw_journal_perform_many (ThawJournal *self,
                                    gint64 job,
                                    guint n,
                                    ThawStepMaker make,
                                    gpointer maker_data,
                                    const ThawStepFuncs *funcs,
                                    GError **error);
/* After a crash: brings each step that was begun, and not marked, to an end by looking at the disk. @forward: marks what has
 * happened and does what has not. Else takes it back; only what stands placed from a hidden name of the job's stays, marked as
 * done, since a user may have worked on it by now: thaw_journal_invert() checks that and keeps it. Steps that were performed
 * ALL_OR_NONE are all done, or all taken back, when it returns TRUE. */
gboolean thaw_journal_settle (ThawJournal *self, gint64 job, gboolean forward, GError **error);
/* Steps of a job that are done, in their order. */
GPtrArray *thaw_journal_list_steps (ThawJournal *self, gint64 job, GError **error);
/* The same, without having them in memory. *types: 1 << type of each that is among them. */
gboolean thaw_journal_count_steps (ThawJournal *self, gint64 job, gint64 *n_steps, guint *types, GError **error);
/* Whether the job's steps could be taken back now (or taken again, if it is undone), without changing anything. FALSE says
 * why for the user: "“a.txt” was changed since". */
gboolean thaw_journal_can_invert (ThawJournal *self, gint64 job, const ThawStepFuncs *funcs, GError **error);
/* Takes the steps of @job back (or, if it is undone, takes them again), as steps of the new job @inverse, in the reverse order.
 * What a placed object becomes on undo: it goes to the kept store of its volume. All or none. */
gboolean thaw_journal_invert (ThawJournal *self, gint64 job, gint64 inverse, const ThawStepFuncs *funcs, GError **error);

/* The kept store: a hidden folder of the user's own on each volume, ".thaw-kept-UID" (or in $XDG_DATA_HOME/thaw/kept on its
 * volume), mode 0700, for what was replaced or deleted. */
typedef struct _ThawKept ThawKept;
/* The store on the volume of @near, made if there is none; NOT_SUPPORTED where there can be none. */
ThawKept *thaw_kept_open (ThawJournal *journal, ThawPlace *near, GError **error);
ThawKept *thaw_kept_ref (ThawKept *self);
ThawPlace *thaw_kept_get_place (ThawKept *self);
/* A new name in it for what is called @name: for the `kept` or `to` end of a step of @job. Room is made first, oldest jobs first
 * (they can then not be undone any more): FALSE with NO_SPACE if @bytes alone are over the limit. */
char *thaw_kept_reserve (ThawKept *self, gint64 job, const char *name, gint64 bytes, GError **error);
void thaw_kept_set_limit (ThawKept *self, gint64 bytes);
gint64 thaw_kept_get_bytes (ThawKept *self);
/* What the store on the volume of @near may hold, made or not: 0 where there can be none. */
gint64 thaw_kept_find_limit (ThawPlace *near);
gboolean thaw_kept_empty (ThawKept *self, const ThawWalkFuncs *funcs, GError **error);
void thaw_kept_unref (ThawKept *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawJournal, thaw_journal_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawKept, thaw_kept_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawStep, thaw_step_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawJournalRecord, thaw_journal_record_free)

G_END_DECLS
