/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A crew: a few jobs of one lane that work off what an owner has to do, slice by slice, so that
 * whoever opens a folder meanwhile isn't kept waiting. One whose call doesn't come back is left
 * behind, said to the owner, and another goes on with the rest. */
#pragma once

#include "thaw-lane.h"

G_BEGIN_DECLS

typedef struct _ThawCrew ThawCrew; /* the loop's */
typedef struct _ThawHand ThawHand; /* one of the crew: the worker's, with its lane's thread */

#define THAW_HAND_BUFFER_BYTES (256 * 1024)
#define THAW_CREW_STALL_USEC (2 * G_USEC_PER_SEC)
#define THAW_CREW_MAX_LEFT 8 /* so many hanging ones, then nobody is sent after them */

typedef struct {
  const char *name; /* static */
  /* Worker. Works until nothing is left (FALSE) or thaw_hand_is_over() (TRUE: there is more). */
  gboolean (*work) (ThawHand *hand, gpointer data);
  /* Loop. The item of @hand doesn't come on; @hand is left behind with it. */
  void (*stalled) (guint32 item, gpointer owner);
  /* Loop. One has come back: there may be something to do, or all is done. */
  void (*rested) (gpointer owner);
  gpointer (*ref) (gpointer data);
  void (*unref) (gpointer data);
} ThawCrewFuncs;

/* Loop's thread. @data is what workers see, and referenced by them; @owner outlives the crew. */
ThawCrew *thaw_crew_new (const ThawCrewFuncs *funcs,
                         ThawLane *lane,
                         guint n_hands,
                         gpointer data,
                         gpointer owner);
void thaw_crew_free (ThawCrew *self);  /* ends at once; no callback any more */
void thaw_crew_start (ThawCrew *self); /* as many as there may be, if they aren't at it */
void thaw_crew_set_n_hands (ThawCrew *self, guint n_hands); /* from the next start on */
guint thaw_crew_get_n_working (ThawCrew *self);
gboolean thaw_crew_is_exhausted (ThawCrew *self); /* too many hang */
ThawLane *thaw_crew_get_lane (ThawCrew *self);

/* Workers. */
/* After every few system calls. FALSE: nobody wants it any more. */
gboolean thaw_hand_beat (ThawHand *self);
/* What it does now; a beat, too. */
gboolean thaw_hand_take (ThawHand *self, guint32 item);
gboolean thaw_hand_is_over (ThawHand *self); /* of the slice, or it was left behind */
gboolean thaw_hand_is_left (ThawHand *self); /* what it brings comes late */
gpointer thaw_hand_get_buffer (ThawHand *self);
/* Before its next slice it rests so long. */
void thaw_hand_set_rest (ThawHand *self, gint64 rest_usec);

G_END_DECLS
