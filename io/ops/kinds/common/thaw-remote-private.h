/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that aren't local: what GIO reaches by its backends, in the same operations. For the thread
 * of the run; every call blocks for as long as the server lets it, and ends when the run is
 * cancelled, as far as gvfs obeys.
 *
 *   thaw-remote-file.c    one file: found, looked at, mounted, renamed
 *   thaw-remote-copy.c    trees: copied to a new name
 *   thaw-remote-remove.c  trees: counted and removed
 *   thaw-remote-place.c   the last step of a copy: its rename, and what a crash left of it
 *   thaw-remote-step.c    what is known of a thing there, and the notes by which it is taken back
 *   thaw-remote.c         copy, move and duplicate
 *   thaw-remote-plan.c    what there is to do, and what gets lost
 *   thaw-remote-rename.c  new names, all or none
 *   thaw-remote-change.c  create, attributes, delete, trash
 *
 * Everywhere a NULL run means: deaf to cancelling, tells nobody. */
#pragma once

#include "thaw-kind-private.h"

#include "thaw-run-private.h"

G_BEGIN_DECLS

/* --- for the kinds --- */

/* Whether the target has to be written to by way of GIO. */
gboolean thaw_remote_is_target (ThawRun *run);
gboolean thaw_remote_plan (ThawRun *run, GFile *file, GError **error);
/* The plan of something that goes to the remote target of the request. */
gboolean thaw_remote_plan_send (ThawRun *run, GError **error);
/* What a server doesn't keep of what goes to @folder, and whether so many bytes have room there. */
void thaw_remote_plan_folder (ThawRun *run, GFile *folder, gint64 bytes);
/* All of the request's sources to its remote target. */
gboolean thaw_remote_send (ThawRun *run, gboolean is_move, GError **error);
/* One remote source to a local folder; @target NULL: a duplicate, beside it. */
gboolean thaw_remote_fetch (ThawRun *run,
                            GFile *file,
                            ThawPlace *target,
                            gboolean is_move,
                            guint i,
                            GError **error);
/* Sends one thing after the other to one side, for who has compared both already. Nothing is known
 * of an earlier life of the job: what that has left is swept first. */
typedef struct _ThawRemoteSender ThawRemoteSender;
typedef struct _ThawRemoteAbilities ThawRemoteAbilities;
ThawRemoteSender *thaw_remote_sender_new (ThawRun *run, const ThawRemoteAbilities *abilities);
void thaw_remote_sender_free (ThawRemoteSender *self);
/* A copy of @source, a file or tree, becomes @name in @folder. It may take the place of @loser
 * (nullable) without asking; whatever else is found there is a conflict. What fails is a problem;
 * FALSE ends the run. */
gboolean thaw_remote_sender_send (ThawRemoteSender *self,
                                  GFile *source,
                                  GFile *folder,
                                  const char *name,
                                  const ThawIdentity *loser,
                                  GError **error);
/* Another name in its folder, that is free; noted, so that it can be taken back. */
gboolean
thaw_remote_sender_rename (ThawRemoteSender *self, GFile *file, const char *name, GError **error);
/* Nothing of the job can be taken back. */
gboolean thaw_remote_sender_note_gone (ThawRemoteSender *self, GFile *file, GError **error);
/* The request's source @i moves into the folder that was made for it, on a server or here. */
gboolean thaw_remote_move_in (ThawRun *run, GFile *folder, guint i, GError **error);
gboolean thaw_remote_create (ThawRun *run, GError **error);
gboolean thaw_remote_plan_create (ThawRun *run, GError **error);
gboolean thaw_remote_delete (ThawRun *run, GFile *file, GError **error);
gboolean thaw_remote_plan_delete (ThawRun *run, GFile *file, GError **error);
gboolean thaw_remote_trash (ThawRun *run, GFile *file, GError **error);
/* All of the request's sources are remote: new names in their folders, all or none. */
gboolean thaw_remote_rename (ThawRun *run, GError **error);
typedef struct {
  ThawRun *run;
  gboolean is_recursive;
  /* The mode that a file of that mode gets. */
  guint32 (*get_mode) (guint32 mode, gpointer user_data);
  GVariant *uid, *gid, *mtime; /* nullable, borrowed */
  gpointer user_data;
} ThawRemoteChange;
gboolean thaw_remote_change (const ThawRemoteChange *self, GFile *file, GError **error);
/* Removes the job's hidden names on servers, and puts back what stepped aside. */
void thaw_remote_sweep (ThawRun *run);
/* The file itself that an entry of trash:/// or recent:/// stands for; NULL if it is none of those,
 * or isn't local. */
GFile *thaw_remote_dup_meant (ThawRun *run, GFile *file);

/* --- within it --- */

#define THAW_REMOTE_ATTRIBUTES                                                                     \
  "standard::type,standard::name,standard::size,standard::symlink-target,time::modified,time::"    \
  "modified-usec,unix::mode"

/* What a person knows it by. */
char *thaw_remote_dup_shown (GFile *file);
/* Mounts what it lies on, if that isn't. Never asks anybody. */
GFileInfo *thaw_remote_query (ThawRun *run, GFile *file, GError **error);
gboolean thaw_remote_exists (ThawRun *run, GFile *file);
gint64 thaw_remote_get_size (GFileInfo *info);       /* 0 if it isn't known */
gint64 thaw_remote_get_mtime_usec (GFileInfo *info); /* 0 if it isn't known */
gboolean thaw_remote_is_folder (GFileInfo *info);
/* What tells it from what it was: type, size and time; no inode. */
void thaw_remote_get_identity (GFileInfo *info, ThawIdentity *identity);
gboolean thaw_remote_is_unchanged (const ThawIdentity *a, const ThawIdentity *b);
/* FALSE if the server of @file isn't there any more, whatever is the matter with @file. TRUE with
 * *has_reconnected if it wasn't, and is again. */
gboolean thaw_remote_reach (ThawRun *run, GFile *file, gboolean *has_reconnected, GError **error);
/* Renames on one server, never over anything. */
gboolean thaw_remote_rename_to (ThawRun *run, GFile *from, GFile *to, GError **error);
gboolean thaw_remote_share_server (GFile *a, GFile *b);
/* "name (2)", that is free there. */
char *thaw_remote_dup_free_name (ThawRun *run, GFile *folder, const char *name, GError **error);

/* What can be kept there of a file's attributes. */
struct _ThawRemoteAbilities {
  gboolean is_known, keeps_mode, keeps_times, keeps_owner;
};
void thaw_remote_find_abilities (ThawRun *run, GFile *folder, ThawRemoteAbilities *abilities);

typedef struct {
  ThawRun *run;
  ThawRemoteAbilities *abilities; /* of the target */
  gboolean is_whole;              /* nothing of it was left out */
  gboolean is_lost;               /* a server went away: there is no point in going on */
} ThawRemoteCopy;
/* Copies a file, a link or a tree to the new name @to. What fails in it is a problem, and makes it
 * less than whole; an error is about all of it. */
gboolean thaw_remote_copy (ThawRemoteCopy *self, GFile *from, GFile *to, GError **error);

/* Takes over @problem: FALSE with an error if it ends the run, because that is cancelled, or
 * because the server of @file isn't there any more and everything else would only fail in the same
 * way. */
gboolean thaw_remote_tell (ThawRun *run, GFile *file, GError *problem, GError **error);
/* Removes a file or tree; ends at the first error. */
gboolean thaw_remote_remove (ThawRun *run, GFile *file, GError **error);
/* The same for the user: what can't be removed is a problem, and the rest goes on. */
gboolean thaw_remote_remove_telling (ThawRun *run, GFile *file, GError **error);
/* The end of a move: what has no whole counterpart stays, and is a problem. */
gboolean thaw_remote_remove_moved (ThawRun *run, GFile *file, GFile *counterpart, GError **error);
gboolean
thaw_remote_measure (ThawRun *run, GFile *file, gint64 *bytes, gint64 *entries, GError **error);

/* A copy that is to stand in @folder as @name. */
typedef struct {
  ThawRun *run;
  ThawFinished *finished;  /* NULL unless resumed */
  gboolean has_noted_gone; /* the journal knows that this can't be taken back */
  GFile *last_folder;      /* nullable: the one that was begun last */
  guint n_full_lists;      /* of folders that were begun */
} ThawRemotePlacing;
typedef struct {
  GFile *source, *folder;
  char *name;
  guint number; /* of its hidden name */
  guint depth;
} ThawTrip;
/* Before there is a hidden name in @folder. */
gboolean thaw_remote_begin (ThawRemotePlacing *self, GFile *folder, GError **error);
/* Nothing of the job can be taken back. */
gboolean thaw_remote_note_gone (ThawRemotePlacing *self, GFile *file, GError **error);
/* Before it is done, so that it is known after a crash: @from becomes @to. @from NULL: @to is made;
 * @to NULL: the empty folder
 * @from goes. */
gboolean thaw_remote_note_step (ThawRemotePlacing *self,
                                GFile *from,
                                GFile *to,
                                const ThawIdentity *object,
                                GError **error);
/* NULL if it can't be said by addresses. */
ThawStep *thaw_remote_step_new (GFile *from, GFile *to, const ThawIdentity *object);
gboolean thaw_remote_note_steps (ThawRun *run, GPtrArray *steps, GError **error);
/* How it is now: (mode) its type, (ino) the number of entries, itself included, (size) their bytes,
 * (mtime_nsec) of the newest file. @is_whole: with all that is in it; what can't be looked into is
 * an error. */
gboolean thaw_remote_look (ThawRun *run,
                           GFile *file,
                           gboolean is_whole,
                           ThawIdentity *object,
                           GError **error);
gboolean thaw_remote_is_same (const ThawIdentity *a, const ThawIdentity *b);
/* New names on servers, all or none, for @froms in the order of @tos; by way of hidden names where
 * one wants another's. */
gboolean thaw_remote_rename_all (ThawRun *run, GPtrArray *froms, GPtrArray *tos, GError **error);
/* Of a job that was interrupted: whether one of its files may have its new name already. */
gboolean thaw_remote_has_renamed (ThawRun *run, const ThawJournalRecord *job);
/* Where one of them is while it has neither name. */
GFile *thaw_remote_get_renamed_aside (const char *token, GFile *from, guint i);
GFile *thaw_trip_get_hidden (ThawRun *run, const ThawTrip *trip);
/* @arrival, the hidden copy or the source itself, takes its place. On an error things are as they
 * were, but for @arrival. */
gboolean thaw_remote_place (ThawRemotePlacing *self,
                            ThawTrip *trip,
                            GFile *arrival,
                            gboolean replaces,
                            GError **error);
/* After a crash: whether it stands in its place already, under trip->name. Otherwise nothing is
 * left of the attempt. */
gboolean thaw_remote_is_placed (ThawRemotePlacing *self, ThawTrip *trip);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawRemoteSender, thaw_remote_sender_free)

G_END_DECLS
