/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The job as it is usually written, and what is wrong with it: each of these calls may take seconds, and while it does the
 * window draws nothing, answers no key, and can't even be closed. */
#include "lookup.h"
#include <libsoup/soup.h>
#include <sqlite3.h>

static char *
find_name (const char *path, gint64 id, GError **error)
{
  sqlite3 *users = NULL;
  sqlite3_stmt *statement = NULL;
  char *name = NULL;

  if (sqlite3_open (path, &users) == SQLITE_OK
      && sqlite3_prepare_v2 (users, LOOKUP_SQL, -1, &statement, NULL) == SQLITE_OK
      && sqlite3_bind_int64 (statement, 1, id) == SQLITE_OK
      && sqlite3_step (statement) == SQLITE_ROW)
    name = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s", path, sqlite3_errmsg (users));
  sqlite3_finalize (statement);
  sqlite3_close (users);
  return name;
}

static JsonNode *
ask (const char *server, JsonNode *question, GError **error)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autoptr (SoupMessage) message = soup_message_new ("POST", server);
  g_autofree char *text = json_to_string (question, FALSE);
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text)), answer = NULL;

  soup_message_set_request_body_from_bytes (message, "application/json", body);
  answer = soup_session_send_and_read (session, message, NULL, error);
  if (answer == NULL)
    return NULL;
  g_free (text);
  text = g_strndup (g_bytes_get_data (answer, NULL), g_bytes_get_size (answer));
  return json_from_string (text, error);
}

void
lookup_blocking (Lookup *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL, *name = NULL;
  g_autoptr (JsonNode) question = NULL, answer = NULL;

  if (g_file_get_contents (self->id_path, &id, NULL, &error))
    name = find_name (self->users_path, g_ascii_strtoll (id, NULL, 10), &error);
  if (name != NULL)
    {
      question = lookup_make_question (name);
      answer = ask (self->server, question, &error);
    }
  lookup_show (self, answer, error);
}
