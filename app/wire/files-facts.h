/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be told of an operation, as a value: taken from one of this process, or from the bus. */
#pragma once

#include <thaw.h>

G_BEGIN_DECLS

typedef struct {
  gint64 id;   /* the journal's; 0 until it has one */
  char *title; /* nullable */
  ThawOperationState state;
  ThawProgress progress;
  char *current_path; /* bytes, nullable */
  guint n_problems, n_losses;
  GError *error;          /* of FAILED */
  ThawQuestion *question; /* of ASKING */

  /* Only where everything was asked for. */
  GPtrArray *problems, *losses; /* ThawProblem */
  GPtrArray *results;           /* char *, URIs */
  gboolean has_plan;
  gint64 plan_bytes, plan_entries;
  GPtrArray *findings;                    /* ThawFinding */
  gint64 finding_counts[THAW_N_FINDINGS]; /* all there are, listed or not */
} FilesFacts;

/* Loop's thread. @all: with what may be long. */
FilesFacts *files_facts_new (ThawOperation *operation, gboolean all);
FilesFacts *files_facts_new_empty (void);
void files_facts_free (FilesFacts *self);
void files_facts_take_problem (GPtrArray *problems, char *path, GError *error);
void files_facts_take_finding (FilesFacts *self,
                               ThawFindingType type,
                               gboolean is_fatal,
                               char *path,
                               char *message);
gboolean files_facts_is_over (const FilesFacts *self);
/* "running" …: as in the JSON and on the bus. */
const char *files_facts_get_state_name (ThawOperationState state);
gboolean files_facts_parse_state (const char *name, ThawOperationState *state);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FilesFacts, files_facts_free)

G_END_DECLS
