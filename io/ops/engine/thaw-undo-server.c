/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The request that takes back what was done on a server: the kind "server-back" looks at it and
 * does it, with these files as what it is about. On the operation's thread. */

#include "thaw-run-private.h"

static void
add_source (ThawOperationRequest *request, const ThawStepEnd *end)
{
  g_autoptr (GFile) folder = NULL;
  g_autoptr (GFile) file = NULL;

  if (end->folder == NULL)
    return;
  folder = g_file_new_for_uri (end->folder);
  file = g_file_get_child (folder, end->name);
  thaw_operation_request_add_source (request, file);
}

ThawOperationRequest *
thaw_steps_make_server_back (ThawJournal *journal, gint64 carrier, GError **error)
{
  g_autoptr (GPtrArray) steps = thaw_journal_list_steps (journal, carrier, error);
  ThawOperationRequest *request;

  if (steps == NULL)
    return NULL;
  request = thaw_operation_request_new ("server-back");
  for (guint i = 0; i < steps->len; i++)
    {
      const ThawStep *step = g_ptr_array_index (steps, i);

      if (step->type == THAW_STEP_SERVER)
        add_source (request, step->to.folder != NULL ? &step->to : &step->from);
    }
  thaw_operation_request_set_option (request, "job", g_variant_new_int64 (carrier));
  return request;
}
