/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Downloads: what is at the addresses of option "uris" as (http and https) goes into the target
 * folder, under the names that the servers say, made safe. Conflicts go by the request's rules.
 * Option "sha256" s: what one download has to be. Several at a time, on the one thread of the
 * operation; all operations share the connections of io/net and their limits for each host. It is
 * no part of the table that the other kinds are in, since it needs io/net: it adds itself when it
 * is loaded.
 */

#include "thaw-fetch-private.h"

static gboolean
is_finished (ThawFinished *finished, ThawPlace *target, guint number)
{
  const ThawStep *step = thaw_finished_find (finished, number);
  ThawIdentity there;

  return step != NULL && thaw_place_look (target, step->to.name, &there, NULL)
         && thaw_identity_is_same (&there, &step->object);
}

typedef struct {
  ThawRun *run;
  ThawPlace *target;
  ThawFinished *finished;
  const char **uris;
} FetchAll;

static gboolean
fetch_one (ThawCaller *caller, guint i, gpointer data, GError **error)
{
  FetchAll *self = data;
  ThawFetch fetch = { .run = self->run,
                      .caller = caller,
                      .target = self->target,
                      .number = i,
                      .uri = self->uris[i] };

  if (!thaw_run_check (self->run, error))
    return FALSE;
  if (!is_finished (self->finished, self->target, i))
    return thaw_fetch_run (&fetch, error);
  thaw_run_add_done (self->run, 0, 1);
  return TRUE;
}

static gboolean
fetch_all (ThawRun *run, ThawPlace *target, ThawFinished *finished, GError **error)
{
  g_autoptr (ThawCaller) caller = thaw_caller_new (thaw_fetch_check, run);
  g_autofree const char **uris = thaw_fetch_get_uris (run);
  FetchAll all = { run, target, finished, uris };

  return thaw_caller_each (caller,
                           g_strv_length ((char **) uris),
                           THAW_DOWNLOAD_AT_ONCE,
                           fetch_one,
                           &all,
                           error);
}

static gboolean
execute (ThawRun *run, GError **error)
{
  g_autoptr (ThawPlace) target = thaw_kind_open_target (run, error);
  g_autoptr (ThawFinished) finished = NULL;

  if (target == NULL)
    return FALSE;
  if (thaw_run_is_resumed (run))
    {
      finished = thaw_finished_load (run, error);
      if (finished == NULL)
        return FALSE;
    }
  return fetch_all (run, target, finished, error);
}

static const ThawOperationKind kind
    = { .id = "download", .plan = thaw_fetch_plan, .execute = execute };

__attribute__ ((constructor)) static void
add_kind (void)
{
  thaw_operation_kind_register (&kind);
}
