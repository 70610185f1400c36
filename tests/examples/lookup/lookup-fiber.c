/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The job as a fiber: straight-line code on the loop. Where it awaits, the loop goes on with something else; when the window
 * is closed, the await returns with G_IO_ERROR_CANCELLED and everything below cleans up as usual. */
#include "lookup.h"

static ThawFuture *
lookup_fiber (gpointer user_data)
{
  Lookup *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) id = NULL;
  g_autofree char *name = NULL;
  g_autoptr (JsonNode) question = NULL, answer = NULL;

  id = thaw_await_pointer (thaw_file_load (self->scope, self->id_file, 64, NULL), &error);
  if (id != NULL)
    name = thaw_await_pointer (thaw_database_query_text (self->users, LOOKUP_SQL, "x", lookup_parse_id (id)), &error);
  if (name != NULL)
    {
      question = lookup_make_question (name);
      answer = thaw_await_pointer (thaw_http_post_json (thaw_http_get_default (), self->scope, self->server, question),
                                   &error);
    }
  lookup_show (self, answer, error);
  return thaw_future_new_resolved ();
}

void
lookup_with_fiber (Lookup *self)
{
  thaw_future_disown (thaw_scope_spawn (self->scope, "look up", lookup_fiber, self, NULL));
}
