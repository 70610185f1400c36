/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The job as a chain of futures: each step is called with what the step before came to, and returns what comes next. A step
 * that fails ends the chain: only the last callback sees the error. With the scope, the chain is cancelled. */
#include "lookup.h"

static ThawFuture *
loaded (ThawFuture *completed, gpointer user_data)
{
  Lookup *self = user_data;
  g_autoptr (GBytes) id = thaw_future_take_pointer (completed, NULL);

  return thaw_database_query_text (self->users, LOOKUP_SQL, "x", lookup_parse_id (id));
}

static ThawFuture *
found (ThawFuture *completed, gpointer user_data)
{
  Lookup *self = user_data;
  g_autofree char *name = thaw_future_take_pointer (completed, NULL);
  g_autoptr (JsonNode) question = lookup_make_question (name);

  return thaw_http_post_json (thaw_http_get_default (), self->scope, self->server, question);
}

static void
answered (ThawFuture *completed, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = thaw_future_take_pointer (completed, &error);

  lookup_show (user_data, answer, error);
}

void
lookup_with_futures (Lookup *self)
{
  g_autoptr (ThawFuture) id = thaw_file_load (self->scope, self->id_file, 64, NULL);
  g_autoptr (ThawFuture) name = thaw_future_then (id, self->scope, loaded, self, NULL);
  g_autoptr (ThawFuture) answer = thaw_future_then (name, self->scope, found, self, NULL);

  thaw_future_done (answer, self->scope, answered, self, NULL);
}
