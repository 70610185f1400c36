/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan of a download: whether the addresses are some, whether files can be made in the folder,
 * and, if there are only a few, how large they are and whether their names are free, by asking for
 * their heads. A server that doesn't say isn't waited for long, and keeps nothing from starting. On
 * the thread of the run that plans. */

#include "thaw-fetch-private.h"

#define MAX_ASKED 8
#define MAX_HEAD_USEC (4 * G_USEC_PER_SEC)

const char **
thaw_fetch_get_uris (ThawRun *run)
{
  GVariant *option = thaw_operation_request_get_option (thaw_run_get_request (run),
                                                        "uris",
                                                        G_VARIANT_TYPE_STRING_ARRAY);

  return option != NULL ? g_variant_get_strv (option, NULL) : g_new0 (const char *, 1);
}

gboolean
thaw_fetch_is_address (const char *text, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, error);
  const char *scheme;

  if (uri == NULL)
    return FALSE;
  scheme = g_uri_get_scheme (uri);
  if (g_uri_get_host (uri) != NULL
      && (g_str_equal (scheme, "http") || g_str_equal (scheme, "https")))
    return TRUE;
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_NOT_SUPPORTED,
               "“%s” is no address of http or https",
               text);
  return FALSE;
}

static void
find_conflict (ThawFetch *fetch)
{
  g_autofree char *path = thaw_place_dup_child_path (fetch->target, fetch->name);
  ThawIdentity there;

  if (thaw_kind_exists (fetch->target, fetch->name, &there, NULL))
    thaw_plan_add_finding (thaw_run_get_plan (fetch->run),
                           THAW_FINDING_CONFLICT,
                           FALSE,
                           path,
                           "Something has that name already");
}

/* In a fiber of its own. Cancelled is all that it fails with. */
static gboolean
ask_head (ThawCaller *caller, guint i, gpointer data, GError **error)
{
  ThawFetch *fetch = &((ThawFetch *) data)[i];
  g_autoptr (ThawRequest) request = NULL;
  g_autoptr (ThawResponse) response = NULL;
  g_autoptr (GError) local = NULL;

  if (!thaw_fetch_is_address (fetch->uri, NULL))
    return TRUE;
  request = thaw_fetch_make_request (fetch, "HEAD");
  /* Some answer a HEAD with a body, which would be taken for the head of the next answer. */
  thaw_request_set_header (request, "Connection", "close");
  thaw_request_set_timeouts (request, MAX_HEAD_USEC, MAX_HEAD_USEC, MAX_HEAD_USEC);
  response = thaw_caller_send (caller, request, &local);
  if (thaw_kind_is_cancelled (local))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (response != NULL && thaw_response_get_status (response) == 200)
    thaw_fetch_note_version (fetch, response);
  return TRUE;
}

static void
plan_one (ThawFetch *fetch, gboolean is_only, ThawKindNeeds *needs)
{
  ThawPlan *plan = thaw_run_get_plan (fetch->run);
  g_autoptr (GError) local = NULL;

  thaw_plan_add (plan, MAX (fetch->total, 0), 1);
  needs->entries++;
  if (!thaw_fetch_is_address (fetch->uri, &local))
    thaw_plan_add_finding (plan, THAW_FINDING_MISSING, is_only, fetch->uri, "%s", local->message);
  if (fetch->name != NULL)
    find_conflict (fetch);
  if (fetch->total <= 0)
    return;
  needs->bytes += fetch->total;
  needs->largest = MAX (needs->largest, fetch->total);
}

static ThawFetch *
new_fetches (ThawRun *run, ThawPlace *target, const char **uris, guint n)
{
  ThawFetch *fetches = g_new0 (ThawFetch, n);

  for (guint i = 0; i < n; i++)
    fetches[i] = (ThawFetch){ .run = run, .target = target, .uri = uris[i], .total = -1 };
  return fetches;
}

static gboolean
plan_all (ThawRun *run, ThawPlace *target, GError **error)
{
  g_autoptr (ThawCaller) caller = thaw_caller_new (thaw_fetch_check, run);
  g_autofree const char **uris = thaw_fetch_get_uris (run);
  guint n = g_strv_length ((char **) uris);
  g_autofree ThawFetch *fetches = new_fetches (run, target, uris, n);
  ThawKindNeeds needs = { 0 };
  gboolean goes_on
      = n > MAX_ASKED || thaw_caller_each (caller, n, MAX_ASKED, ask_head, fetches, error);

  for (guint i = 0; i < n; i++)
    {
      if (goes_on)
        plan_one (&fetches[i], n == 1, &needs);
      thaw_fetch_clear (&fetches[i]);
    }
  if (!goes_on)
    return FALSE;
  thaw_kind_plan_space (run, target, &needs);
  if (n > 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "There is nothing to fetch");
  return FALSE;
}

gboolean
thaw_fetch_plan (ThawRun *run, GError **error)
{
  GFile *file = thaw_operation_request_get_target (thaw_run_get_request (run));
  g_autoptr (GError) local = NULL;
  g_autoptr (ThawPlace) target = thaw_kind_open_target (run, &local);
  g_autofree char *path = NULL;

  if (target != NULL)
    {
      thaw_kind_plan_writable (run, target);
      return plan_all (run, target, error);
    }
  path = file != NULL ? g_file_get_parse_name (file) : g_strdup ("");
  thaw_plan_add_finding (thaw_run_get_plan (run),
                         THAW_FINDING_MISSING,
                         TRUE,
                         path,
                         "%s",
                         local->message);
  return TRUE;
}
