/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions, with --ask: one at a time on the error output, or as an event of JSON; the answer is a
 * line of the standard input, a rule's name or its first letter, with "all" behind it for the rest
 * too. At the end of the input there is nobody to answer any more, and everything that asks is
 * skipped. A question that somebody else has answered (in a window) is put away. Loop's thread. */

#include "files-cli-session-private.h"

#include "files-wire.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  gconstpointer key;
  FilesFacts *facts; /* of the question */
} Asked;

struct _FilesCliQuestions {
  FilesCliSession *session;
  GQueue waiting;  /* Asked; the first one is on the terminal */
  GString *typed;  /* what was read and not taken yet */
  guint source;    /* while a line is waited for */
  gboolean is_end; /* of the input */
};

static void show_first (FilesCliQuestions *self);

static void
asked_free (gpointer data)
{
  Asked *asked = data;

  files_facts_free (asked->facts);
  g_free (asked);
}

/* --- what is asked --- */

static const char *
get_choices (const ThawQuestion *question)
{
  if (question->is_no_space)
    return "[a]sk again or [s]kip";
  if (question->is_password)
    return "[s]kip, or a password with “thaw-files-cli resume --password”";
  if (question->conflict == THAW_CONFLICT_FOLDER)
    return "[s]kip, [m]erge, [r]eplace or [k]eep-both";
  return "[s]kip, [r]eplace, [n]ewer, [d]ifferent, [l]arger or [k]eep-both";
}

static char *
make_sentence (const ThawQuestion *question)
{
  const char *path = question->target_path != NULL ? question->target_path : question->source_path;
  g_autofree char *shown = g_filename_display_name (path != NULL ? path : "");
  const char *what = question->is_no_space ? "there is no space for"
                                           : (question->is_password ? "a password is needed for"
                                                                    : "there is already");

  return g_strdup_printf ("%s “%s”: %s? (“all” behind it: the rest too) ",
                          what,
                          shown,
                          get_choices (question));
}

/* --- answers --- */

static gboolean
parse_rule (const char *word, const ThawQuestion *question, ThawRule *rule)
{
  for (guint i = 0; i <= THAW_RULE_MERGE; i++)
    {
      const char *name = files_wire_get_rule_name ((ThawRule) i);

      if (strcmp (word, name) != 0 && (word[0] != name[0] || word[1] != '\0'))
        continue;
      *rule = (ThawRule) i;
      if (question->is_no_space || question->is_password)
        return *rule == THAW_RULE_SKIP || (question->is_no_space && *rule == THAW_RULE_ASK);
      return *rule != THAW_RULE_ASK
             && (*rule == THAW_RULE_MERGE) <= (question->conflict == THAW_CONFLICT_FOLDER);
    }
  return FALSE;
}

static void
answer_first (FilesCliQuestions *self, ThawRule rule, gboolean for_all)
{
  Asked *asked = g_queue_pop_head (&self->waiting);

  if (self->session->local != NULL)
    files_cli_local_answer (self->session->local, asked->key, rule, for_all);
  else
    files_cli_remote_answer (self->session->remote, asked->key, asked->facts, rule, for_all);
  asked_free (asked);
}

static void
take_line (FilesCliQuestions *self, const char *line)
{
  const Asked *asked = g_queue_peek_head (&self->waiting);
  g_auto (GStrv) words = g_strsplit_set (line, " \t", 3);
  gboolean for_all = words[0] != NULL && g_strcmp0 (words[1], "all") == 0;
  ThawRule rule;

  if (words[0] != NULL && parse_rule (words[0], asked->facts->question, &rule))
    answer_first (self, rule, for_all);
  show_first (self);
}

/* --- the terminal --- */

static gboolean
on_input (int fd, GIOCondition condition, gpointer user_data)
{
  FilesCliQuestions *self = user_data;
  char bytes[512];
  ssize_t n = read (fd, bytes, sizeof bytes);

  self->source = 0;
  if (n > 0)
    g_string_append_len (self->typed, bytes, n);
  else
    self->is_end = TRUE;
  show_first (self);
  return G_SOURCE_REMOVE;
}

static char *
take_typed (FilesCliQuestions *self)
{
  const char *end = memchr (self->typed->str, '\n', self->typed->len);
  char *line;

  if (end == NULL)
    return NULL;
  line = g_strndup (self->typed->str, end - self->typed->str);
  g_string_erase (self->typed, 0, end - self->typed->str + 1);
  return line;
}

static void
say (FilesCliQuestions *self, const Asked *asked)
{
  g_autofree char *sentence = make_sentence (asked->facts->question);

  files_cli_output_question (&self->session->output, asked->facts, sentence);
}

/* Goes on with the first question: takes a line that is there, or waits for one. */
static void
show_first (FilesCliQuestions *self)
{
  g_autofree char *line = NULL;

  if (g_queue_is_empty (&self->waiting) || self->source != 0)
    return;
  if (self->is_end)
    {
      answer_first (self, THAW_RULE_SKIP, TRUE);
      return;
    }
  line = take_typed (self);
  if (line != NULL)
    {
      take_line (self, line);
      return;
    }
  say (self, g_queue_peek_head (&self->waiting));
  self->source = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, on_input, self);
}

static GList *
find (FilesCliQuestions *self, gconstpointer key)
{
  for (GList *link = self->waiting.head; link != NULL; link = link->next)
    if (((Asked *) link->data)->key == key)
      return link;
  return NULL;
}

static gboolean
is_same (const FilesFacts *a, const FilesFacts *b)
{
  return g_strcmp0 (a->question->source_path, b->question->source_path) == 0
         && g_strcmp0 (a->question->target_path, b->question->target_path) == 0
         && a->question->is_no_space == b->question->is_no_space;
}

void
files_cli_questions_ask (FilesCliQuestions *self, gconstpointer key, const FilesFacts *facts)
{
  GList *link = find (self, key);
  Asked *asked;

  if (link != NULL && is_same (((Asked *) link->data)->facts, facts))
    return;
  files_cli_questions_drop (self, key);
  asked = g_new0 (Asked, 1);
  asked->key = key;
  asked->facts = files_facts_new_empty ();
  asked->facts->id = facts->id;
  asked->facts->question = g_boxed_copy (THAW_TYPE_QUESTION, facts->question);
  g_queue_push_tail (&self->waiting, asked);
  show_first (self);
}

void
files_cli_questions_drop (FilesCliQuestions *self, gconstpointer key)
{
  GList *link = find (self, key);

  if (link == NULL)
    return;
  asked_free (link->data);
  g_queue_delete_link (&self->waiting, link);
  g_clear_handle_id (&self->source, g_source_remove);
  show_first (self);
}

FilesCliQuestions *
files_cli_questions_new (FilesCliSession *session)
{
  FilesCliQuestions *self = g_new0 (FilesCliQuestions, 1);

  self->session = session;
  self->typed = g_string_new (NULL);
  g_queue_init (&self->waiting);
  return self;
}

void
files_cli_questions_free (FilesCliQuestions *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  g_queue_clear_full (&self->waiting, asked_free);
  g_string_free (self->typed, TRUE);
  g_free (self);
}
