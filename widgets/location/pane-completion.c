/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Completion of a typed path. The names of the folder that the text points into are read by a job
 * on that folder's lane, so a dead mount costs a missing list and never a frame. Each question
 * cancels the one before it; an answer whose generation has passed is dropped. At most MAX_MATCHES
 * names are kept, the first in order, however long the folder is. Loop's thread, except for the
 * function whose name ends in _lane. */

#include "pane-completion.h"

#define MAX_MATCHES 12
#define TIMEOUT_USEC (10 * G_USEC_PER_SEC)
#define BEAT_EVERY 256

struct _PaneCompletion {
  GObject parent_instance;

  ThawScope *scope;
  ThawFuture *question;
  guint generation;
  GStrv matches;
};

enum {
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (PaneCompletion, pane_completion, G_TYPE_OBJECT)

/* What the lane job needs, and nothing that belongs to the loop. */
typedef struct {
  GFile *folder;
  char *typed;  /* the text up to and including the last "/" */
  char *prefix; /* folded: what the names have to begin with */
  gboolean hidden;
} Question;

typedef struct {
  PaneCompletion *self; /* weak: the scope ends the callback with it */
  guint generation;
} Asked;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_object_unref (question->folder);
  g_free (question->typed);
  g_free (question->prefix);
  g_free (question);
}

static char *
fold (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  return g_utf8_casefold (valid, -1);
}

static Question *
question_new (const char *text, GFile *base)
{
  const char *slash = strrchr (text, '/');
  g_autofree char *typed = slash != NULL ? g_strndup (text, slash - text + 1) : g_strdup ("");
  const char *name = slash != NULL ? slash + 1 : text;
  GFile *folder;
  Question *question;

  if (g_strcmp0 (text, "~") == 0)
    return NULL;
  folder = *typed != '\0' ? pane_location_parse (typed, base)
                          : (base != NULL ? g_object_ref (base) : NULL);
  if (folder == NULL)
    return NULL;
  question = g_new0 (Question, 1);
  question->folder = folder;
  question->typed = g_steal_pointer (&typed);
  question->prefix = fold (name);
  question->hidden = *name == '.';
  return question;
}

/* Keeps @matches sorted and short: a folder of a million names costs no more memory than one of
 * twelve. */
static void
keep_match (GPtrArray *matches, char *match)
{
  guint i = matches->len;

  while (i > 0 && strcmp (g_ptr_array_index (matches, i - 1), match) > 0)
    i--;
  g_ptr_array_insert (matches, i, match);
  if (matches->len > MAX_MATCHES)
    g_ptr_array_remove_index (matches, MAX_MATCHES);
}

static void
consider_lane (const Question *question, GFileInfo *info, GPtrArray *matches)
{
  const char *name = g_file_info_get_name (info);
  g_autofree char *folded = NULL;
  gboolean is_folder = g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY;

  if (!g_utf8_validate (name, -1, NULL) || (*name == '.' && !question->hidden))
    return;
  folded = g_utf8_casefold (name, -1);
  if (g_str_has_prefix (folded, question->prefix))
    keep_match (matches, g_strconcat (question->typed, name, is_folder ? "/" : NULL, NULL));
}

static gboolean
list_lane (ThawJob *job, gpointer user_data, GError **error)
{
  const Question *question = user_data;
  GCancellable *cancellable = thaw_job_get_cancellable (job);
  g_autoptr (GPtrArray) matches = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GFileEnumerator) names = NULL;

  names = g_file_enumerate_children (question->folder,
                                     G_FILE_ATTRIBUTE_STANDARD_NAME
                                     "," G_FILE_ATTRIBUTE_STANDARD_TYPE,
                                     G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                     cancellable,
                                     error);
  if (names == NULL)
    return FALSE;
  for (guint n = 0;; n++)
    {
      GFileInfo *info = NULL;

      if (!g_file_enumerator_iterate (names, &info, NULL, cancellable, error))
        return FALSE;
      if (info == NULL)
        break;
      consider_lane (question, info, matches);
      if (n % BEAT_EVERY == 0)
        thaw_job_beat (job);
    }
  g_ptr_array_add (matches, NULL);
  g_ptr_array_set_free_func (matches, NULL);
  thaw_job_return_pointer (job,
                           g_ptr_array_free (g_steal_pointer (&matches), FALSE),
                           (GDestroyNotify) g_strfreev);
  return TRUE;
}

static void
set_matches (PaneCompletion *self, GStrv matches)
{
  g_strfreev (self->matches);
  self->matches = matches;
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
listed_cb (ThawFuture *completed, gpointer user_data)
{
  Asked *asked = user_data;
  GStrv matches;

  if (asked->generation != asked->self->generation)
    return;
  matches = thaw_future_get_pointer (completed, NULL);
  set_matches (asked->self, matches != NULL ? g_strdupv (matches) : g_new0 (char *, 1));
}

/**
 * pane_completion_ask:
 * @self: a completion
 * @text: what is typed so far
 * @base: (nullable): where a relative path starts
 *
 * Asks for the names that @text may go on to. An earlier question is cancelled.
 *
 * - **Thread**: the loop's. The folder is read on its lane.
 * - **Errors**: a folder that can't be read has no matches.
 */
void
pane_completion_ask (PaneCompletion *self, const char *text, GFile *base)
{
  g_autoptr (ThawLane) lane = NULL;
  Question *question;
  Asked *asked;

  g_return_if_fail (PANE_IS_COMPLETION (self));

  pane_completion_cancel (self);
  question = question_new (text, base);
  if (question == NULL)
    {
      set_matches (self, g_new0 (char *, 1));
      return;
    }
  asked = g_new0 (Asked, 1);
  asked->self = self;
  asked->generation = self->generation;
  lane = thaw_lane_for_file (question->folder);
  self->question = thaw_lane_run (lane,
                                  self->scope,
                                  "complete a path",
                                  THAW_PRIORITY_HIGH,
                                  TIMEOUT_USEC,
                                  list_lane,
                                  question,
                                  question_free);
  thaw_future_done (self->question, self->scope, listed_cb, asked, g_free);
}

/**
 * pane_completion_cancel:
 * @self: a completion
 *
 * Forgets the question that is under way; its answer will not come.
 */
void
pane_completion_cancel (PaneCompletion *self)
{
  self->generation++;
  if (self->question != NULL)
    thaw_future_cancel (self->question);
  g_clear_pointer (&self->question, thaw_future_unref);
}

/**
 * pane_completion_get_matches:
 * @self: a completion
 *
 * Returns: (transfer none) (array zero-terminated=1): whole texts for the entry; folders end with
 * `/`
 */
const char *const *
pane_completion_get_matches (PaneCompletion *self)
{
  return (const char *const *) self->matches;
}

static gsize
common_length (const char *a, const char *b)
{
  const char *start = a;

  while (*a != '\0' && g_utf8_get_char (a) == g_utf8_get_char (b))
    {
      a = g_utf8_next_char (a);
      b = g_utf8_next_char (b);
    }
  return a - start;
}

/**
 * pane_completion_dup_common:
 * @self: a completion
 *
 * Returns: (transfer full) (nullable): what all matches begin with, or %NULL when there is none
 */
char *
pane_completion_dup_common (PaneCompletion *self)
{
  char *common = g_strdup (self->matches[0]);

  for (guint i = 1; common != NULL && self->matches[i] != NULL; i++)
    common[common_length (common, self->matches[i])] = '\0';
  return common;
}

static void
pane_completion_dispose (GObject *object)
{
  PaneCompletion *self = PANE_COMPLETION (object);

  g_clear_pointer (&self->question, thaw_future_unref);
  if (self->scope != NULL)
    thaw_scope_cancel (self->scope);
  G_OBJECT_CLASS (pane_completion_parent_class)->dispose (object);
}

static void
pane_completion_finalize (GObject *object)
{
  PaneCompletion *self = PANE_COMPLETION (object);

  g_clear_pointer (&self->scope, thaw_scope_unref);
  g_strfreev (self->matches);
  G_OBJECT_CLASS (pane_completion_parent_class)->finalize (object);
}

static void
pane_completion_class_init (PaneCompletionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = pane_completion_dispose;
  object_class->finalize = pane_completion_finalize;
  signals[CHANGED] = g_signal_new ("changed",
                                   PANE_TYPE_COMPLETION,
                                   G_SIGNAL_RUN_LAST,
                                   0,
                                   NULL,
                                   NULL,
                                   NULL,
                                   G_TYPE_NONE,
                                   0);
}

static void
pane_completion_init (PaneCompletion *self)
{
  self->matches = g_new0 (char *, 1);
  self->scope = thaw_scope_new_for_owner ("path completion", G_OBJECT (self), NULL);
}

/**
 * pane_completion_new:
 *
 * Returns: (transfer full): a completion without a question
 */
PaneCompletion *
pane_completion_new (void)
{
  return g_object_new (PANE_TYPE_COMPLETION, NULL);
}
