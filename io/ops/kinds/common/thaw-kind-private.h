/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What several kinds of operations share: where a source is, what a plan has to find out about a
 * target, the way into the kept store, and hidden places to build in. All of it is for the thread
 * of the run, and blocks. */
#pragma once

#include "thaw-operation-kind-private.h"

G_BEGIN_DECLS

/* A source of the request: a name in a folder that is held open. Zeroed before its first use;
 * opening the next source in the same struct keeps the folder open if it is the same one. */
typedef struct {
  guint index;
  char *path; /* what the user knows it by */
  char *folder;
  ThawPlace *place;
  char *name;
  ThawIdentity identity;
} ThawSource;

/* A local file, which is looked at by its descriptors; all others go through GIO. */
gboolean thaw_kind_file_is_local (GFile *file);
gboolean thaw_kind_source_is_local (ThawRun *run, guint i);
/* FALSE with NOT_FOUND, or what went wrong; place and name are right even then if only the file
 * itself is missing. */
gboolean thaw_source_open (ThawSource *self, GFile *file, guint index, GError **error);
void thaw_source_clear (ThawSource *self);

/* Steps of one call of the journal must not be about the same thing, or about a thing and what is
 * in it: the second one would find what the first one left. So a batch takes sources of one folder
 * only, and each name once. Zeroed before its first use. */
typedef struct {
  ThawPlace *place;
  GHashTable *names;
} ThawSourceGuard;

/* FALSE: the batch has to be flushed before this one, and the guard reset. */
gboolean thaw_source_guard_admit (ThawSourceGuard *self, const ThawSource *source);
void thaw_source_guard_reset (ThawSourceGuard *self);

/* The request's target, opened: FALSE also if there is none. */
ThawPlace *thaw_kind_open_target (ThawRun *run, GError **error);
/* What the option "into" aay, which has a folder's path for each source, says of one: the folder that it goes into instead of the
 * target. NULL: the target. For what was left out of a folder that was copied. */
const char *thaw_kind_get_into (ThawRun *run, guint i);
/* TRUE if there is something called so; what went wrong otherwise is in @error. */
gboolean
thaw_kind_exists (ThawPlace *place, const char *name, ThawIdentity *identity, GError **error);
/* Whether @place is that folder or anywhere below it. */
gboolean thaw_kind_is_within (ThawPlace *place, const ThawIdentity *folder);
gboolean thaw_kind_is_empty (ThawPlace *place, GError **error);
/* All names in a folder, each with its NUL: one piece of memory however many there are. */
GString *thaw_kind_list (ThawPlace *place, GError **error);
/* Bytes that can be a name: not empty, no slash, not "." or "..", at most 255. */
gboolean thaw_kind_check_name (const char *name, GError **error);
/* Takes over @error: FALSE with it if it ends the run (cancelled), otherwise it has become a
 * problem. */
gboolean thaw_kind_problem (ThawRun *run, const char *path, GError *error, GError **out);
gboolean thaw_kind_is_cancelled (const GError *error);
gboolean thaw_identity_is_folder (const ThawIdentity *self);

/* Findings. */
typedef struct {
  gint64 bytes, entries, largest;
  gint64 allocated; /* what the disk has for them */
} ThawKindNeeds;

/* Counts a source for the plan: into @needs, and what can't be read into the findings. */
gboolean
thaw_kind_measure (ThawRun *run, const ThawSource *source, ThawKindNeeds *needs, GError **error);
/* As thaw_source_open(); what is missing or can't be reached is a finding, and FALSE without an
 * error. */
gboolean thaw_kind_plan_source (ThawRun *run, ThawSource *source, guint i, GError **error);
/* May files be made in @place at all? */
void thaw_kind_plan_writable (ThawRun *run, ThawPlace *place);
void thaw_kind_plan_space (ThawRun *run, ThawPlace *place, const ThawKindNeeds *needs);
/* Names, and what the file system of @place cannot keep. */
void thaw_kind_plan_name (ThawRun *run, ThawPlace *place, const char *name);
void thaw_kind_plan_losses (ThawRun *run, ThawPlace *place);
/* The source's own folder, for what takes it away. */
void thaw_kind_plan_removable (ThawRun *run, const ThawSource *source);

/* Where things are kept that the operation removes or replaces: the stores of their volumes, opened
 * when they are needed. The request's option "kept-limit" x makes them smaller, in bytes. */
typedef struct {
  ThawRun *run;
  gboolean forgets;   /* nothing is kept: the request's "forget" */
  GHashTable *stores; /* device → ThawKept, NULL where there is none */
  GHashTable *rooms;  /* device → gint64: what a plan has left there; NULL until one asks */
} ThawKeeper;

void thaw_keeper_init (ThawKeeper *self, ThawRun *run);
void thaw_keeper_clear (ThawKeeper *self);
/* A place in the store for what is now at (@near, @name), so large: FALSE if it can't be kept. */
gboolean thaw_keeper_reserve (ThawKeeper *self,
                              ThawPlace *near,
                              const char *name,
                              gint64 bytes,
                              ThawStepEnd *end);

/* For plans: whether so much more could be kept on the volume of @near. */
gboolean thaw_keeper_has_room (ThawKeeper *self, ThawPlace *near, gint64 bytes);

void thaw_step_end_set (ThawStepEnd *self, ThawPlace *place, const char *name);
/* A step of any type: @from becomes @to. */
ThawStep *thaw_kind_step_new (ThawStepType type,
                              ThawPlace *from,
                              const char *name,
                              ThawPlace *to,
                              const char *new_name,
                              const ThawIdentity *object);
/* For removing what the operation itself has made: deaf to cancelling, tells nobody. */
void thaw_kind_remove_quietly (ThawPlace *place, const char *name);
/* The same of what was to be placed, and wasn't: not if that was begun and couldn't be ended, since
 * settling needs it then. */
void thaw_kind_remove_unplaced (ThawRun *run, ThawPlace *place, const char *name);

/* What the steps that an interrupted job has done tell about its items. NULL if the job isn't a
 * resumed one. */
typedef struct _ThawFinished ThawFinished;
ThawFinished *thaw_finished_load (ThawRun *run, GError **error);
/* The step that put the hidden thing of that number into its place: NULL for none. */
const ThawStep *thaw_finished_find (ThawFinished *self, guint number);
/* The note that something called so in @place has a whole copy on another device: NULL for none. */
const ThawStep *thaw_finished_find_moved (ThawFinished *self, ThawPlace *place, const char *name);
/* Whether something called so was taken out of @place. */
gboolean thaw_finished_has_left (ThawFinished *self, ThawPlace *place, const char *name);
void thaw_finished_free (ThawFinished *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ThawSource, thaw_source_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ThawSourceGuard, thaw_source_guard_reset)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ThawKeeper, thaw_keeper_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThawFinished, thaw_finished_free)

G_END_DECLS
