/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copying and moving things to places: what copy, move, duplicate, create with a selection, and
 * synchronise have in common. For the thread of the run; it blocks.
 *
 * A *passage* is one thing on its way: a source of the request, or a child of a folder that is
 * merged. Passages are looked at (conflicts are decided), built under a hidden name where bytes
 * must be copied, and gathered in a batch. The batch is flushed when it is large or old enough: all
 * of it made durable, all of it placed by steps of the journal, and only then whatever must go away
 * goes. Nothing ever stands under its final name that isn't whole.
 *
 *   thaw-transfer.c        life, sources, the batch of passages
 *   thaw-transfer-place.c  flushing: durable, placed, and what follows from it
 *   thaw-transfer-send.c   one passage: conflict, building
 *   thaw-transfer-merge.c  folders into folders
 *   thaw-transfer-stage.c  hidden folders to build in
 *   thaw-transfer-plan.c   the plan */
#pragma once

#include "thaw-kind-private.h"

G_BEGIN_DECLS

typedef enum {
  THAW_TRANSFER_COPY,
  THAW_TRANSFER_MOVE,
  THAW_TRANSFER_DUPLICATE, /* a copy beside the source, under a free name */
} ThawTransferMode;

typedef struct {
  guint top; /* the source of the request that it is, or is in */
  gboolean is_top;
  guint number; /* of its hidden name */
  char *path;   /* of the source, as the user knows it */
  ThawPlace *from;
  char *name;
  ThawIdentity object;
  ThawPlace *to;
  char *new_name;

  gboolean has_loser;
  ThawIdentity loser; /* what was compared already: nobody is asked about that */
  gboolean is_replacing;
  ThawIdentity old;       /* what it takes the place of */
  gboolean must_copy;     /* a rename said that it can't get there */
  gboolean stages_beside; /* a rename from the common stage can't get there */
  guint n_tries;

  ThawPlace *stage;  /* where it is built; NULL if it goes by itself */
  ThawIdentity made; /* the copy */
  ThawStep *step;    /* that places it; the batch's */
  gint64 bytes, entries;
  GError *error; /* of the step */
  gboolean is_placed;
} ThawPassage;

/* A folder that was merged by moving, and may be empty now. */
typedef struct {
  ThawStepEnd end; /* in its folder */
  ThawIdentity object;
  char *path;
} ThawEmptied;

typedef struct _ThawFrame ThawFrame;

typedef struct {
  ThawRun *run;
  ThawTransferMode mode;
  ThawCopyFlags flags;
  ThawKeeper keeper;
  ThawFinished *finished; /* NULL unless resumed */
  ThawPlace *target;      /* of the request; of duplicate: of the source at hand */
  ThawPlace *into;        /* nullable: for sources that go somewhere else, the last one's */
  char *into_path;

  GPtrArray *batch;      /* ThawPassage */
  GPtrArray *again;      /* ThawPassage whose step found the world changed */
  GPtrArray *emptied;    /* ThawEmptied, children before parents */
  GHashTable *numbers;   /* hidden numbers of the batch */
  ThawSourceGuard guard; /* of the sources in the batch */
  gint64 batch_bytes, batch_entries, batch_begun_usec;
  guint batch_places;
  ThawPlace *last_place; /* borrowed: of the batch's newest passage */

  GPtrArray *frames; /* ThawFrame, innermost last */
  GPtrArray *stages; /* of thaw-transfer-stage.c */
} ThawTransfer;

/* The whole of a kind. */
gboolean thaw_transfer_plan (ThawRun *run, ThawTransferMode mode, GError **error);
gboolean thaw_transfer_execute (ThawRun *run, ThawTransferMode mode, GError **error);

/* In pieces, for others. The request's sources aren't looked at. */
ThawTransfer *thaw_transfer_new (ThawRun *run, ThawTransferMode mode, GError **error);
/* Takes what was looked up in @source; @target and @new_name are where it goes. */
gboolean thaw_transfer_add (ThawTransfer *self,
                            const ThawSource *source,
                            ThawPlace *target,
                            const char *new_name,
                            GError **error);
/* The same for who has compared already: @loser (nullable) may be replaced, and anything else that is
 * found there is a conflict. What is added so must not overlap, and may be of any folders. */
gboolean thaw_transfer_add_over (ThawTransfer *self,
                                 const ThawSource *source,
                                 ThawPlace *target,
                                 const char *new_name,
                                 const ThawIdentity *loser,
                                 GError **error);
/* Everything that was added is in its place, or is a problem. */
gboolean thaw_transfer_finish (ThawTransfer *self, GError **error);
/* Removes what was built and not placed. */
void thaw_transfer_free (ThawTransfer *self);

/* Within the transfer. */
void thaw_passage_free (ThawPassage *self);
void thaw_emptied_free (ThawEmptied *self);
gboolean
thaw_passage_crosses (ThawTransfer *self, ThawPassage *passage); /* a move that has to copy */
/* Takes @passage. */
gboolean thaw_transfer_send (ThawTransfer *self, ThawPassage *passage, GError **error);
gboolean thaw_transfer_batch_add (ThawTransfer *self, ThawPassage *passage, GError **error);
gboolean thaw_transfer_flush (ThawTransfer *self, GError **error);
/* Those whose step found the world changed are looked at again, before anything new is begun. */
gboolean thaw_transfer_send_again (ThawTransfer *self, GError **error);
void thaw_transfer_abandon (ThawTransfer *self); /* the batch, with what was built for it */
/* What follows once it stands in its place: takes @passage. */
gboolean thaw_transfer_arrived (ThawTransfer *self, ThawPassage *passage, GError **error);
/* As above, of what an earlier life of the job has placed. */
gboolean thaw_transfer_take_up (ThawTransfer *self, ThawPassage *passage, GError **error);
gboolean thaw_transfer_clear_emptied (ThawTransfer *self, GError **error);
/* Merges the folder of @passage into the one that is there: begins, and goes on until all is done.
 * Takes @passage. */
gboolean thaw_transfer_merge (ThawTransfer *self, ThawPassage *passage, GError **error);
gboolean thaw_transfer_run_frames (ThawTransfer *self, GError **error);
void thaw_frame_free (ThawFrame *self);
/* Where to build what goes to @passage->to. */
ThawPlace *thaw_transfer_get_stage (ThawTransfer *self, ThawPassage *passage, GError **error);
void thaw_transfer_sweep_stages (ThawTransfer *self);
/* After a crash, stages other than the common one are begun anew. */
void thaw_transfer_sweep_noted (ThawRun *run);
/* And the common one, by who takes an interrupted job back himself. */
void thaw_transfer_sweep_common (ThawRun *run, ThawPlace *target);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawTransfer, thaw_transfer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawPassage, thaw_passage_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawEmptied, thaw_emptied_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawFrame, thaw_frame_free)

G_END_DECLS
