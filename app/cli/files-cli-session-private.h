/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the two ways of doing it share.
 *
 *   files-cli-session.c   chooses one, prints what becomes of it, and knows when it is over
 *   files-cli-local.c     in this process, with a queue of its own
 *   files-cli-remote.c    in the service, through the session bus
 *   files-cli-question.c  asks on the terminal */
#pragma once

#include "files-cli-output.h"
#include "files-cli-session.h"

G_BEGIN_DECLS

typedef struct _FilesCliLocal FilesCliLocal;
typedef struct _FilesCliRemote FilesCliRemote;
typedef struct _FilesCliQuestions FilesCliQuestions;

typedef struct {
  FilesCliArguments *arguments;
  FilesCliOutput output;
  FilesCliLocal *local;         /* NULL unless it is that way */
  FilesCliRemote *remote;       /* the same */
  FilesCliQuestions *questions; /* NULL: nobody is asked */
  GMainLoop *loop;
  guint n_open; /* what isn't over */
  gboolean was_interrupted;
  int status;
} FilesCliSession;

/* Something begins, and is over; the last one ends the call. */
void files_cli_session_open (FilesCliSession *self);
void files_cli_session_close (FilesCliSession *self, int status);
/* The service can't be had: it is done here, if that was left open. Takes @reason. */
void files_cli_session_do_without (FilesCliSession *self, char *reason);
/* What became of an operation. @key tells one from another. */
void files_cli_session_changed (FilesCliSession *self, gconstpointer key, const FilesFacts *facts);
void files_cli_session_ended (FilesCliSession *self, gconstpointer key, const FilesFacts *facts);

FilesCliLocal *files_cli_local_start (FilesCliSession *session);
void files_cli_local_cancel (FilesCliLocal *self);
void
files_cli_local_answer (FilesCliLocal *self, gconstpointer key, ThawRule rule, gboolean for_all);
void files_cli_local_free (FilesCliLocal *self);

FilesCliRemote *files_cli_remote_start (FilesCliSession *session);
void files_cli_remote_cancel (FilesCliRemote *self);
/* @facts: with the question that is meant. */
void files_cli_remote_answer (FilesCliRemote *self,
                              gconstpointer key,
                              const FilesFacts *facts,
                              ThawRule rule,
                              gboolean for_all);
void files_cli_remote_free (FilesCliRemote *self);

/* One question at a time; @key's is put away when it asks no more. */
FilesCliQuestions *files_cli_questions_new (FilesCliSession *session);
void files_cli_questions_ask (FilesCliQuestions *self, gconstpointer key, const FilesFacts *facts);
void files_cli_questions_drop (FilesCliQuestions *self, gconstpointer key);
void files_cli_questions_free (FilesCliQuestions *self);

G_END_DECLS
