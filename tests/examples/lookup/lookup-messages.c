/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The job as messages to one handler: each step's result comes as a message, and the handler says what is next. The style for
 * what has no straight line: events from many places, in any order. The mailbox closes with the scope's owner. */
#include "lookup.h"

typedef enum { LOADED, FOUND, ANSWERED } Step;

typedef struct {
  Lookup *lookup;
  Step step;
  ThawFuture *result;
} Message;

static void
message_free (gpointer data)
{
  Message *message = data;

  g_clear_pointer (&message->result, thaw_future_unref);
  g_free (message);
}

static void
post_result (ThawFuture *completed, gpointer user_data)
{
  Message *message = g_memdup2 (user_data, sizeof (Message));

  message->result = thaw_future_ref (completed);
  if (!thaw_mailbox_post (message->lookup->mailbox, message))
    message_free (message);
}

static void
send_result (Lookup *self, Step step, ThawFuture *result)
{
  Message *message = g_new0 (Message, 1);

  message->lookup = self;
  message->step = step;
  thaw_future_done (result, self->scope, post_result, message, message_free);
  thaw_future_unref (result);
}

static void
handle (gpointer data, gpointer user_data)
{
  Message *message = data;
  Lookup *self = user_data;
  g_autoptr (GBytes) id = NULL;
  g_autofree char *name = NULL;
  g_autoptr (JsonNode) question = NULL, answer = NULL;
  g_autoptr (GError) error = NULL;

  switch (message->step)
    {
    case LOADED:
      id = thaw_future_take_pointer (message->result, &error);
      if (id != NULL)
        send_result (self, FOUND, thaw_database_query_text (self->users, LOOKUP_SQL, "x", lookup_parse_id (id)));
      break;
    case FOUND:
      name = thaw_future_take_pointer (message->result, &error);
      question = name != NULL ? lookup_make_question (name) : NULL;
      if (question != NULL)
        send_result (self, ANSWERED,
                     thaw_http_post_json (thaw_http_get_default (), self->scope, self->server, question));
      break;
    case ANSWERED:
      answer = thaw_future_take_pointer (message->result, &error);
      break;
    }
  if (answer != NULL || error != NULL)
    lookup_show (self, answer, error);
  message_free (message);
}

void
lookup_with_messages (Lookup *self)
{
  if (self->mailbox == NULL)
    self->mailbox = thaw_mailbox_new ("look up", NULL, NULL, 16, handle, self, message_free);
  send_result (self, LOADED, thaw_file_load (self->scope, self->id_file, 64, NULL));
}
