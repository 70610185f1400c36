/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Taking back what was moved to another device: what is to be done for each step of the job, last
 * first. On the operation's thread. */
#pragma once

#include "thaw-run-private.h"

G_BEGIN_DECLS

typedef enum {
  THAW_BACK_MOVE,    /* what was moved is moved back, by copying */
  THAW_BACK_RENAME,  /* (to) becomes (from) again */
  THAW_BACK_RESTORE, /* what was replaced comes back from where it was kept */
  THAW_BACK_STORE,   /* what was placed and isn't anybody's: into the kept store */
} ThawBackType;

typedef struct {
  ThawBackType type;
  const ThawStep *step;
  const ThawIdentity *old; /* MOVE: nullable: what stood there before */
} ThawBack;

typedef struct {
  ThawJournal *journal;
  GPtrArray *steps;    /* owned */
  GArray *backs;       /* ThawBack */
  GHashTable *opened;  /* paths of folders that RENAME will bring back */
  GHashTable *leaving; /* path of what will go away → the step */
  gboolean is_partial; /* the job didn't end well: sources may be there still, in part */
} ThawBacks;

/* How things stand with one of them. */
typedef enum {
  THAW_BACK_REFUSED, /* the world has changed: the error says how */
  THAW_BACK_DUE,
  THAW_BACK_MERGES,    /* MOVE: a part of the folder has never left */
  THAW_BACK_LEFT_OVER, /* MOVE: the file has never left, and has its like here */
  THAW_BACK_DONE,      /* by an attempt before this one */
} ThawBackState;

/* NULL with NOT_SUPPORTED if a step can't be taken back at all. Takes @steps. */
ThawBacks *
thaw_backs_new (ThawJournal *journal, GPtrArray *steps, gboolean is_partial, GError **error);
void thaw_backs_free (ThawBacks *self);
ThawBackState thaw_backs_look (ThawBacks *self, const ThawBack *back, GError **error);
/* The folder of an end, if it is still that one. */
ThawPlace *thaw_backs_open (const ThawStepEnd *end, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawBacks, thaw_backs_free)

G_END_DECLS
