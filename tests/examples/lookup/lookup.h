/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One job, written four times: read a user's id from a file, look the user up in a database, ask a server about them with a
 * JSON POST, show the answer. Each of the four files beside this one is the whole job in one style; what they share is
 * here and in lookup.c. io/README.md shows them side by side. */
#pragma once

#include <json-glib/json-glib.h>

#include "thaw.h"

G_BEGIN_DECLS

typedef struct {
  ThawScope *scope; /* the window's: ends with it */
  GFile *id_file;
  ThawDatabase *users;
  const char *server; /* its URI */
  void (*show) (const char *text, gpointer user_data);
  gpointer user_data;

  ThawMailbox *mailbox;      /* lookup-messages.c */
  char *id_path, *users_path; /* lookup-blocking.c */
} Lookup;

#define LOOKUP_SQL "SELECT name FROM users WHERE id = ?"

void lookup_with_messages (Lookup *self);
void lookup_with_futures (Lookup *self);
void lookup_with_fiber (Lookup *self);
void lookup_blocking (Lookup *self);

gint64 lookup_parse_id (GBytes *contents);
JsonNode *lookup_make_question (const char *name) G_GNUC_WARN_UNUSED_RESULT;
/* One of the two: the answer, or why there is none. Nothing is shown of a lookup that was cancelled. */
void lookup_show (Lookup *self, JsonNode *answer, const GError *error);

G_END_DECLS
