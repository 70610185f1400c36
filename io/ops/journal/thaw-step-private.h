/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A step as the journal keeps and does it: ThawRow is one move on disk, of which a step that asks for a cycle or a change of case
 * needs two. Everything here looks at the disk for what is true, so that it may be done again after a crash at any point. For
 * this folder only. */
#pragma once

#include "thaw-journal-store-private.h"
#include "thaw-spill-private.h"

G_BEGIN_DECLS

/* A folder that a batch works in: opened once, synchronised once. */
typedef struct {
  ThawPlace *place;
  char *path;
  guint64 fsid;      /* statfs()': outlives the device's number; 0: not known */
  gboolean is_dirty; /* its names were changed */
  gboolean is_synced; /* they are on the device as they were when that was set to FALSE again */
  gboolean has_dirty_data; /* something in it waits for thaw_place_sync_data() */
} ThawFolderUse;

/* Folders by path and identity; for one batch, on one thread. */
typedef struct _ThawFolders ThawFolders;
ThawFolders *thaw_folders_new (void);
void thaw_folders_free (ThawFolders *self);
/* Opens it, if it is still the one that @end says, and brings a device number that is new since into @end. */
ThawFolderUse *thaw_folders_open (ThawFolders *self, ThawStepEnd *end, guint64 fsid, GError **error);
/* For what no step has the identity of. */
ThawFolderUse *thaw_folders_open_path (ThawFolders *self, const char *path, GError **error);
gboolean thaw_folder_use_sync (ThawFolderUse *self, GError **error);
gboolean thaw_folders_sync_data (ThawFolders *self, GError **error);
gboolean thaw_folders_sync (ThawFolders *self, GError **error);
typedef void (*ThawFoldersFunc) (ThawFolderUse *use, gpointer user_data);
void thaw_folders_foreach_dirty (ThawFolders *self, ThawFoldersFunc func, gpointer user_data);

typedef struct {
  ThawStep *step;
  ThawStep *told; /* borrowed, nullable: the caller's step that ends with this row */
  guint number;   /* of the hidden names that it may need */
  guint64 from_fsid, to_fsid, kept_fsid;
  guint64 noted_dev;        /* of the object, as the journal knows it */
  gint64 object_btime_nsec; /* 0: not known */
  gint64 placed_ctime_nsec; /* of a folder, right after it was placed from a hidden name or a store; 0: not known */
  /* Right before: whatever is in it is older, and what somebody puts there is not. 0: the file system can't tell them apart. */
  gint64 ready_ctime_nsec;
  gint64 bound_nsec, top_bound_nsec; /* of an inversion: those two of what it takes back */
  GBytes *info_bytes;       /* of step->info, whichever way it goes */
  gboolean enters;          /* step->info is made, not removed */
  gboolean has_info;        /* it is made and on the device, before its row's turn */
  gboolean has_hidden;      /* it may stand under the hidden name that it is built under */
  gboolean info_goes;       /* the row has left the trash: it is to be removed */
  GVariant *old_attributes; /* a{sv} */
  gboolean is_altered; /* since it was written down */
  gboolean is_on_its_way; /* from a hidden name, if it has one: what went there before is in another part */
  gboolean to_store; /* of an inversion: what is displaced goes to the kept store, and takes so much there */
  gint64 bytes;
  char *near; /* the folder that it is in before the inversion begins */
  ThawFolderUse *from, *to, *kept; /* borrowed from the batch's folders, NULL until opened */
} ThawRow;

#define THAW_ROW_NUMBERS 0x80000000u /* hidden names of rows are apart from those of the kinds */
ThawRow *thaw_row_new (const ThawStep *step);
void thaw_row_free (ThawRow *self);
void thaw_step_end_copy (ThawStepEnd *self, const ThawStepEnd *from);
/* Says what is wrong with a step, and nothing of the disk. */
gboolean thaw_step_is_valid (const ThawStep *self, GError **error);
/* What takes @self back, NULL for what can't be. */
ThawRow *thaw_row_turn (ThawRow *self);
gboolean thaw_row_is_note (ThawRow *self); /* MOVED, GONE, LOST */
gboolean thaw_step_is_hidden_name (const char *name);
/* By its path alone: it may be another journal's. */
gboolean thaw_step_is_in_store (const ThawStepEnd *end);

/* One blob for a batch. */
GBytes *thaw_rows_pack (GPtrArray *rows);
GPtrArray *thaw_rows_unpack (GBytes *bytes, GError **error);

/* The folders that the row needs, opened. */
gboolean thaw_row_open (ThawRow *self, ThawFolders *folders, GError **error);
/* For a first time: the object is there and is the one; notes what taking back needs. */
gboolean thaw_row_prepare (ThawRow *self, ThawFolders *folders, GError **error);
/* Right before it is done for a first time. */
gboolean thaw_row_check (ThawRow *self, GError **error);
typedef enum {
  THAW_ROW_FRESH,   /* it can't have happened yet: what is at its end already is somebody else's */
  THAW_ROW_SETTLE,  /* it may have happened, or half of it */
} ThawRowHow;
/* A .trashinfo that is to go is left to thaw_infos_remove(). */
gboolean thaw_row_do (ThawRow *self, ThawFolders *folders, ThawRowHow how, const char *token, GError **error);
typedef enum {
  THAW_ROW_NOT_BEGUN,
  THAW_ROW_HALF,
  THAW_ROW_HAPPENED,
  THAW_ROW_LOST, /* the object is nowhere */
} ThawRowState;
gboolean thaw_row_look (ThawRow *self, ThawRowState *state, GError **error);

/* The parts of thaw_row_do(). */
gboolean thaw_row_replace (ThawRow *self, ThawRowHow how, GError **error);
gboolean thaw_row_look_replace (ThawRow *self, ThawRowState *state, GError **error);
gboolean thaw_row_read_attributes (ThawRow *self, GError **error);
gboolean thaw_row_set_attributes (ThawRow *self, GError **error);
gboolean thaw_row_has_attributes (ThawRow *self, gboolean *has, GError **error);

/* The .trashinfo of a row. Written, it is on the device. */
GBytes *thaw_info_read (ThawRow *row, ThawFolders *folders); /* nullable */
gboolean thaw_info_write (ThawRow *row, ThawFolders *folders, ThawRowHow how, const char *token, GError **error);
gboolean thaw_info_withdraw (ThawRow *row, ThawFolders *folders);
gboolean thaw_info_withdraw_unless_taken (ThawRow *row, ThawFolders *folders);
/* What writing it may have left, after a crash or on a disk that was gone. FALSE: it may stand there still. */
gboolean thaw_info_sweep (ThawRow *row, ThawFolders *folders, const char *token);

/* Those of the rows from @first to before @end. The end of rows of which they may be written together, and removed together: the
 * first that enters the trash after one that left it, since the name may be the same. */
guint thaw_infos_find_end (GPtrArray *rows, guint first);
void thaw_infos_write (GPtrArray *rows, guint first, guint end, ThawFolders *folders, const char *token);
gboolean thaw_infos_withdraw (GPtrArray *rows, guint first, guint end, ThawFolders *folders, const char *token);
gboolean thaw_infos_remove (GPtrArray *rows, guint first, guint end, ThawFolders *folders, GError **error);

/* Where things are: FALSE with an error only if it can't be told. */
gboolean thaw_look_for (ThawFolderUse *use, const char *name, const ThawIdentity *object, gboolean *is_there, gboolean *is_taken, GError **error);
gint64 thaw_look_btime (ThawPlace *place, const char *name);
gint64 thaw_look_ctime (ThawPlace *place, const char *name); /* 0: not known */
void thaw_set_errno_error (GError **error, int code, const char *path);

/* In which order renames that are one thing are done, so that names are free when they're needed. Rows are added opened, and may
 * go then; the folders they use may not. */
typedef struct _ThawRenameOrder ThawRenameOrder;
#define THAW_ORDER_FIRST_HALF 0x80000000u
ThawRenameOrder *thaw_rename_order_new (guint n);
void thaw_rename_order_free (ThawRenameOrder *self);
void thaw_rename_order_add (ThawRenameOrder *self, ThawRow *row);
/* guint: the number of a row, as they were added; with the flag for one that leaves for a hidden name, and comes again without.
 * NULL: it can't be done as it stands. */
GArray *thaw_rename_order_make (ThawRenameOrder *self, GError **error);
/* @row becomes the way to a hidden name; returns the way on from there. Takes two numbers. */
ThawRow *thaw_row_split (ThawRow *row, const char *token, guint *number);

/* Orders rows so, and splits those that need a hidden name on the way. Takes the rows, opened. NULL: as above. */
GPtrArray *thaw_rows_order (GPtrArray *rows, ThawStepsMode mode, const char *token, guint number, GError **error);

/* Whether anything in the tree was changed since, by the clock of its own file system; @is_ours says of what was that the journal
 * knows it. *bytes: what it takes on the disk. */
typedef gboolean (*ThawChangedFunc) (guint64 ino, gint64 ctime_nsec, gpointer user_data);
typedef struct {
  gint64 clock_nsec;  /* of the folder itself; 0: not known, then all of it is taken for unchanged */
  gint64 inside_nsec; /* what is in it is older than this; 0: not newer than clock_nsec */
  ThawSpill *leaves;  /* guint64: inodes that aren't looked at, since they will have left by then */
  ThawChangedFunc is_ours;
  gpointer user_data;
} ThawTreeBounds;
gboolean thaw_tree_is_unchanged (ThawPlace *place,
                                 const char *name,
                                 const ThawTreeBounds *bounds,
                                 gint64 *bytes,
                                 GError **error);
/* Brings a folder that is about to be placed a tick of its file system's clock ahead of all that is in it. 0: it can't be told. */
gint64 thaw_tree_make_ready (ThawPlace *place, const char *name);

/* Where names will be after steps that haven't been done: paths that stand for other paths. */
typedef struct _ThawOverlay ThawOverlay;
ThawOverlay *thaw_overlay_new (void);
void thaw_overlay_free (ThawOverlay *self);
/* @to: NULL for where no later step comes to. */
void thaw_overlay_move (ThawOverlay *self, const char *from, const char *to, gboolean is_folder);
char *thaw_overlay_resolve (ThawOverlay *self, const char *path); /* NULL: nothing will be there */
gboolean thaw_overlay_has (ThawOverlay *self, const char *path);  /* what is there by these steps */

/* What a batch did to the file systems' clocks: read with no lock held, written with it. */
typedef struct _ThawMarks ThawMarks;
ThawMarks *thaw_marks_collect (GPtrArray *rows, ThawFolders *folders);
gboolean thaw_marks_write (ThawMarks *self, ThawJournal *journal, gint64 job, GError **error);
void thaw_marks_free (ThawMarks *self);

/* Batches, for perform, invert and settle. */
typedef struct {
  gint64 id;
  ThawStepsMode mode;
  gboolean is_done;
  GPtrArray *rows; /* ThawRow */
} ThawBatch;
void thaw_batch_free (ThawBatch *self);
GPtrArray *thaw_journal_load_batches (ThawJournal *self, gint64 job, GError **error);
GPtrArray *thaw_journal_load_open_batches (ThawJournal *self, gint64 job, GError **error);
GArray *thaw_journal_list_done_batches (ThawJournal *self, gint64 job, GError **error); /* gint64 */
GPtrArray *thaw_journal_load_rows (ThawJournal *self, gint64 batch, GError **error);
gint64 thaw_journal_add_batch (ThawJournal *self, gint64 job, GPtrArray *rows, ThawStepsMode mode, GError **error);
/* The rows that are left in it are done; none: it goes. */
gboolean thaw_journal_mark_batch (ThawJournal *self, gint64 job, gint64 batch, GPtrArray *rows, gboolean is_changed, ThawFolders *folders, GError **error);
gboolean thaw_journal_drop_batch (ThawJournal *self, gint64 job, gint64 batch, GError **error);
gboolean thaw_journal_perform_rows (ThawJournal *self,
                                    gint64 job,
                                    GPtrArray *rows,
                                    ThawStepsMode mode,
                                    ThawFolders *folders,
                                    ThawStepFunc func,
                                    gpointer user_data,
                                    GError **error);
/* Whoever was begun is done; *failed has what can't be, as the index of a row, with the error. */
gboolean thaw_rows_forward (GPtrArray *rows, ThawFolders *folders, const char *token, guint *failed, GError **error);
/* Takes back the first @n rows, as far as they happened, last first. @keeps_placed: what came from a hidden name stays, and is
 * what is left in @rows; so do notes. */
gboolean thaw_rows_back (GPtrArray *rows, guint n, ThawFolders *folders, const char *token, gboolean keeps_placed, GError **error);
/* By looking, without changing anything: FALSE if what was begun is neither done nor not. */
gboolean thaw_journal_mark_by_looking (ThawJournal *self, gint64 job, GError **error);

/* The rows are done, with what they need on the device, or taken back; *is_whole FALSE: neither. */
gboolean thaw_journal_do_all (ThawJournal *self,
                              gint64 job,
                              GPtrArray *rows,
                              ThawFolders *folders,
                              const char *token,
                              gboolean *is_whole,
                              GError **error);
guint thaw_rows_count_back (GPtrArray *rows); /* of which undo can take back */
gboolean thaw_journal_raise_stamp (ThawJournal *self, gint64 job, GError **error); /* with the lock held */
gboolean thaw_journal_clear_stamp (ThawJournal *self, gint64 job, GError **error); /* with the lock held */
gboolean thaw_settle_is_final (const GError *error); /* another try would find the same */
void thaw_settle_fail (GError **error);              /* it isn't settled */

/* Batches of which all or none are done: thaw-journal-parts.c. As `mode` and `is_done` in the database. */
#define THAW_STEPS_PART ((ThawStepsMode) 2)
typedef enum { THAW_PART_UNDER_WAY, THAW_PART_DONE, THAW_PART_TO_COME } ThawPartState;
guint thaw_journal_get_part_size (void);
gboolean thaw_journal_add_part (ThawJournal *self, gint64 job, GPtrArray *rows, GError **error);
gboolean thaw_journal_do_parts (ThawJournal *self, gint64 job, const ThawStepFuncs *funcs, GError **error);
gboolean thaw_journal_settle_parts (ThawJournal *self, gint64 job, GError **error);
gboolean thaw_journal_take_parts_back (ThawJournal *self, gint64 job, GError **error);
gboolean thaw_journal_has_whole_parts (ThawJournal *self, gint64 job, GError **error);

/* The kept store. */
/* Its folder on the volume of @near, made if need be; NOT_SUPPORTED where there can be none. */
ThawPlace *thaw_kept_open_folder (ThawPlace *near, GError **error);
gint64 thaw_kept_get_default_limit (ThawPlace *place); /* bytes */
gboolean thaw_journal_is_store (ThawJournal *self, const ThawStepEnd *end, gboolean *is_store, GError **error);
/* For what undo displaces: it was there already, so that no limit applies. Each is as thaw_kept_reserve(). */
typedef struct {
  ThawKept *kept;
  const char *name;
  gint64 bytes;
  char *kept_name; /* set */
} ThawReservation;
gboolean thaw_kept_reserve_all (ThawJournal *journal, gint64 job, ThawReservation *all, guint n, GError **error);
/* What was reserved by a job that has done nothing. */
gboolean thaw_kept_forget (ThawJournal *journal, gint64 job, GError **error);
/* With the lock held: what has left a store is no longer counted; what is there again is @job's. */
gboolean thaw_kept_note_left (ThawJournal *journal, GPtrArray *rows, GError **error);
gboolean thaw_kept_note_back (ThawJournal *journal, gint64 job, GPtrArray *rows, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawFolders, thaw_folders_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawRow, thaw_row_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawRenameOrder, thaw_rename_order_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawBatch, thaw_batch_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawMarks, thaw_marks_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawOverlay, thaw_overlay_free)

G_END_DECLS
