/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes the command line apart, strictly: what isn't known, is missing or doesn't belong to the
 * command is an error, said in one line. Options may stand anywhere before "--". Names are bytes
 * and go into the request as they are. */

#include "files-cli-arguments.h"

#include <string.h>
#include <unistd.h>

/* How a command's words become a request. */
typedef enum {
  WORDS_SOURCES,        /* FILE… */
  WORDS_SOURCES_TARGET, /* FILE… FOLDER */
  WORDS_TARGET_SOURCES, /* ARCHIVE FILE… */
  WORDS_PAIRS,          /* FILE NAME … */
  WORDS_NEW,            /* PATH */
  WORDS_MAYBE_SOURCES,  /* [FILE…] */
  WORDS_MAYBE_ID,       /* [ID] */
  WORDS_IDS,            /* [ID…] */
  WORDS_NONE,
} Words;

typedef struct {
  const char *name;
  FilesCliAction action;
  Words words;
  const char *options; /* that it takes, between spaces */
  const char *usage, *help;
} Command;

#define COMMON " --title "

static const Command commands[] = {
  { "copy",
    FILES_CLI_RUN,
    WORDS_SOURCES_TARGET,
    COMMON "--on-conflict --verify --forget ",
    "FILE… FOLDER",
    "Copy files and folders" },
  { "move",
    FILES_CLI_RUN,
    WORDS_SOURCES_TARGET,
    COMMON "--on-conflict --verify --forget ",
    "FILE… FOLDER",
    "Move files and folders" },
  { "duplicate",
    FILES_CLI_RUN,
    WORDS_SOURCES,
    COMMON "--verify ",
    "FILE…",
    "Copy each beside itself" },
  { "link",
    FILES_CLI_RUN,
    WORDS_SOURCES_TARGET,
    COMMON "--on-conflict --hard --relative ",
    "FILE… FOLDER",
    "Make links to files" },
  { "rename",
    FILES_CLI_RUN,
    WORDS_PAIRS,
    COMMON "--on-conflict ",
    "FILE NAME …",
    "Rename files, all or none" },
  { "create",
    FILES_CLI_RUN,
    WORDS_NEW,
    COMMON "--on-conflict --folder --content --template ",
    "PATH",
    "Make a file or a folder" },
  { "trash", FILES_CLI_RUN, WORDS_SOURCES, COMMON, "FILE…", "Move files to the trash" },
  { "restore",
    FILES_CLI_RUN,
    WORDS_SOURCES,
    COMMON "--to ",
    "FILE…",
    "Take files out of the trash" },
  { "empty-trash",
    FILES_CLI_RUN,
    WORDS_MAYBE_SOURCES,
    COMMON "--older-than-days ",
    "[FILE…]",
    "Remove what is in the trash" },
  { "delete",
    FILES_CLI_RUN,
    WORDS_SOURCES,
    COMMON "--forget ",
    "FILE…",
    "Delete files, not by way of the trash" },
  { "attributes",
    FILES_CLI_RUN,
    WORDS_SOURCES,
    COMMON "--mode --uid --gid --recursive ",
    "FILE…",
    "Change rights and owners" },
  { "compress",
    FILES_CLI_RUN,
    WORDS_TARGET_SOURCES,
    COMMON "--on-conflict --format --password ",
    "ARCHIVE FILE…",
    "Make an archive" },
  { "extract",
    FILES_CLI_RUN,
    WORDS_SOURCES_TARGET,
    COMMON "--on-conflict --password ",
    "ARCHIVE… FOLDER",
    "Extract archives" },
  { "undo",
    FILES_CLI_RUN,
    WORDS_MAYBE_ID,
    "",
    "[ID]",
    "Take back what was done last, or that job" },
  { "redo", FILES_CLI_RUN, WORDS_MAYBE_ID, "", "[ID]", "Do again what was undone last" },
  { "resume", FILES_CLI_RESUME, WORDS_IDS, "", "[ID…]", "Finish interrupted jobs" },
  { "rollback", FILES_CLI_ROLL_BACK, WORDS_IDS, "", "[ID…]", "Take interrupted jobs back" },
  { "history", FILES_CLI_HISTORY, WORDS_NONE, " --limit ", "", "List what was done" },
};

typedef enum { VALUE_NONE, VALUE_TEXT, VALUE_NUMBER } Value;

static const struct {
  const char *name;
  Value value;
} options[] = {
  { "--json", VALUE_NONE },
  { "--state", VALUE_TEXT },
  { "--title", VALUE_TEXT },
  { "--on-conflict", VALUE_TEXT },
  { "--verify", VALUE_NONE },
  { "--forget", VALUE_NONE },
  { "--hard", VALUE_NONE },
  { "--relative", VALUE_NONE },
  { "--folder", VALUE_NONE },
  { "--content", VALUE_TEXT },
  { "--template", VALUE_TEXT },
  { "--to", VALUE_TEXT },
  { "--older-than-days", VALUE_NUMBER },
  { "--mode", VALUE_TEXT },
  { "--uid", VALUE_NUMBER },
  { "--gid", VALUE_NUMBER },
  { "--recursive", VALUE_NONE },
  { "--format", VALUE_TEXT },
  { "--password", VALUE_TEXT },
  { "--limit", VALUE_NUMBER },
};

typedef struct {
  const Command *command;
  gboolean is_plan;
  GPtrArray *words;    /* borrowed */
  GHashTable *options; /* borrowed name → borrowed value */
} Line;

static gboolean fail (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
fail (GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  if (error != NULL)
    *error = g_error_new_valist (G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, arguments);
  va_end (arguments);
  return FALSE;
}

/* --- words and options --- */

static gboolean
parse_number (const char *text, guint64 max, guint64 *number)
{
  return g_ascii_string_to_unsigned (text, 10, 0, max, number, NULL);
}

static gboolean
take_option (Line *line, char **words, int n_words, int *i, GError **error)
{
  g_autofree char *name = g_strndup (words[*i], strcspn (words[*i], "="));
  const char *value = strchr (words[*i], '=');
  guint64 number;
  guint found;

  for (found = 0; found < G_N_ELEMENTS (options); found++)
    if (strcmp (options[found].name, name) == 0)
      break;
  if (found == G_N_ELEMENTS (options))
    return fail (error, "There is no option %s", name);
  if (options[found].value == VALUE_NONE && value != NULL)
    return fail (error, "%s takes no value", name);
  if (options[found].value != VALUE_NONE)
    value = value != NULL ? value + 1 : (*i + 1 < n_words ? words[++*i] : NULL);
  if (options[found].value != VALUE_NONE && value == NULL)
    return fail (error, "%s needs a value", name);
  if (options[found].value == VALUE_NUMBER && !parse_number (value, G_MAXUINT32, &number))
    return fail (error, "%s needs a number, not “%s”", name, value);
  g_hash_table_insert (line->options,
                       (gpointer) options[found].name,
                       (gpointer) (value != NULL ? value : ""));
  return TRUE;
}

static gboolean
take_words (Line *line, char **words, int n_words, GError **error)
{
  gboolean takes_options = TRUE;

  for (int i = 1; i < n_words; i++)
    if (takes_options && strcmp (words[i], "--") == 0)
      takes_options = FALSE;
    else if (takes_options && words[i][0] == '-' && words[i][1] != '\0')
      {
        if (!take_option (line, words, n_words, &i, error))
          return FALSE;
      }
    else
      g_ptr_array_add (line->words, words[i]);
  return TRUE;
}

static const Command *
find_command (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (commands[i].name, name) == 0)
      return &commands[i];
  return NULL;
}

static gboolean
take_command (Line *line, GError **error)
{
  if (line->words->len > 0 && strcmp (g_ptr_array_index (line->words, 0), "plan") == 0)
    {
      line->is_plan = TRUE;
      g_ptr_array_remove_index (line->words, 0);
    }
  if (line->words->len == 0)
    return fail (error, "What is to be done? See --help");
  line->command = find_command (g_ptr_array_index (line->words, 0));
  if (line->command == NULL)
    return fail (error, "There is no command “%s”", (char *) g_ptr_array_index (line->words, 0));
  if (line->is_plan && line->command->action != FILES_CLI_RUN)
    return fail (error, "“%s” can't be planned", line->command->name);
  g_ptr_array_remove_index (line->words, 0);
  return TRUE;
}

static gboolean
check_options (Line *line, GError **error)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, line->options);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      g_autofree char *word = g_strconcat (" ", name, " ", NULL);

      if (strcmp (name, "--json") != 0 && strcmp (name, "--state") != 0
          && strstr (line->command->options, word) == NULL)
        return fail (error, "“%s” takes no %s", line->command->name, (char *) name);
    }
  return TRUE;
}

/* --- the request --- */

/* A name may have a colon in it: only what has a scheme and slashes is an address. */
static GFile *
new_file (const char *word)
{
  return strstr (word, "://") != NULL ? g_file_new_for_commandline_arg (word)
                                      : g_file_new_for_path (word);
}

static GFile *
get_file (Line *line, guint i)
{
  return new_file (g_ptr_array_index (line->words, i));
}

static gboolean
has_flag (Line *line, const char *option)
{
  return g_hash_table_contains (line->options, option);
}

static void
add_sources (Line *line, ThawOperationRequest *request, guint from, guint end)
{
  for (guint i = from; i < end; i++)
    {
      g_autoptr (GFile) file = get_file (line, i);

      thaw_operation_request_add_source (request, file);
    }
}

static gboolean
require (Line *line, guint n_least, GError **error)
{
  if (line->words->len >= n_least)
    return TRUE;
  return fail (error, "Usage: thaw-files-cli %s %s", line->command->name, line->command->usage);
}

static gboolean
set_parent_and_name (ThawOperationRequest *request, GFile *file, GError **error)
{
  g_autoptr (GFile) parent = g_file_get_parent (file);
  g_autofree char *name = g_file_get_basename (file);

  if (parent == NULL)
    return fail (error, "There is nothing above “%s”", name);
  thaw_operation_request_set_target (request, parent);
  thaw_operation_request_add_name (request, name);
  return TRUE;
}

/* As cp does: into the last one if that is a folder, and otherwise, for a single file, under its
 * name. */
static gboolean
set_target (Line *line, ThawOperationRequest *request, GError **error)
{
  guint last = line->words->len - 1;
  const char *word = g_ptr_array_index (line->words, last);
  g_autoptr (GFile) file = get_file (line, last);
  gboolean is_folder
      = g_str_has_suffix (word, "/")
        || g_file_query_file_type (file, G_FILE_QUERY_INFO_NONE, NULL) == G_FILE_TYPE_DIRECTORY;

  add_sources (line, request, 0, last);
  if (is_folder || strcmp (line->command->name, "extract") == 0)
    {
      thaw_operation_request_set_target (request, file);
      return TRUE;
    }
  if (last > 1)
    return fail (error, "“%s” is no folder", word);
  return set_parent_and_name (request, file, error);
}

static gboolean
set_pairs (Line *line, ThawOperationRequest *request, GError **error)
{
  if (line->words->len % 2 != 0)
    return require (line, G_MAXUINT, error);
  for (guint i = 0; i < line->words->len; i += 2)
    {
      add_sources (line, request, i, i + 1);
      thaw_operation_request_add_name (request, g_ptr_array_index (line->words, i + 1));
    }
  return TRUE;
}

static gboolean
set_new (Line *line, ThawOperationRequest *request, GError **error)
{
  g_autoptr (GFile) file = get_file (line, 0);
  const char *content = g_hash_table_lookup (line->options, "--content");
  const char *template = g_hash_table_lookup (line->options, "--template");

  if (line->words->len != 1)
    return require (line, G_MAXUINT, error);
  if (content != NULL)
    thaw_operation_request_set_option (
        request,
        "content",
        g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, content, strlen (content), 1));
  if (template != NULL)
    {
      g_autoptr (GFile) source = new_file (template);

      thaw_operation_request_add_source (request, source);
    }
  return set_parent_and_name (request, file, error);
}

static gboolean
set_id (Line *line, ThawOperationRequest *request, GError **error)
{
  guint64 id;

  if (line->words->len == 0)
    return TRUE;
  if (line->words->len > 1 || !parse_number (g_ptr_array_index (line->words, 0), G_MAXINT64, &id))
    return require (line, G_MAXUINT, error);
  thaw_operation_request_set_option (request, "job", g_variant_new_int64 ((gint64) id));
  return TRUE;
}

static gboolean
set_words (Line *line, ThawOperationRequest *request, GError **error)
{
  g_autoptr (GFile) target = NULL;

  switch (line->command->words)
    {
    case WORDS_SOURCES:
    case WORDS_MAYBE_SOURCES:
      add_sources (line, request, 0, line->words->len);
      return line->command->words == WORDS_MAYBE_SOURCES || require (line, 1, error);
    case WORDS_SOURCES_TARGET:
      return require (line, 2, error) && set_target (line, request, error);
    case WORDS_TARGET_SOURCES:
      if (!require (line, 2, error))
        return FALSE;
      target = get_file (line, 0);
      thaw_operation_request_set_target (request, target);
      add_sources (line, request, 1, line->words->len);
      return TRUE;
    case WORDS_PAIRS:
      return require (line, 2, error) && set_pairs (line, request, error);
    case WORDS_NEW:
      return require (line, 1, error) && set_new (line, request, error);
    case WORDS_MAYBE_ID:
      return set_id (line, request, error);
    case WORDS_IDS:
    case WORDS_NONE:
    default:
      return TRUE;
    }
}

/* --- rules --- */

static gboolean
parse_rule (const char *text, ThawRule *rule)
{
  static const struct {
    const char *name;
    ThawRule rule;
  } rules[] = {
    { "skip", THAW_RULE_SKIP },
    { "replace", THAW_RULE_REPLACE },
    { "newer", THAW_RULE_REPLACE_IF_NEWER },
    { "different", THAW_RULE_REPLACE_IF_DIFFERENT },
    { "larger", THAW_RULE_REPLACE_IF_LARGER },
    { "keep-both", THAW_RULE_KEEP_BOTH },
    { "merge", THAW_RULE_MERGE },
    { "fail", THAW_RULE_ASK },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    if (strcmp (rules[i].name, text) == 0)
      {
        *rule = rules[i].rule;
        return TRUE;
      }
  return FALSE;
}

/* "replace" is about files: folders are merged then, as cp does it. Who wants a whole folder
 * replaced says "folder=replace". */
static void
set_rule_for_all (ThawOperationRequest *request, ThawRule rule)
{
  gboolean keeps_folders
      = rule == THAW_RULE_SKIP || rule == THAW_RULE_KEEP_BOTH || rule == THAW_RULE_ASK;

  thaw_operation_request_set_rule (request,
                                   THAW_CONFLICT_FILE,
                                   rule == THAW_RULE_MERGE ? THAW_RULE_ASK : rule);
  thaw_operation_request_set_rule (request,
                                   THAW_CONFLICT_TYPE,
                                   rule == THAW_RULE_MERGE ? THAW_RULE_ASK : rule);
  thaw_operation_request_set_rule (request,
                                   THAW_CONFLICT_FOLDER,
                                   keeps_folders ? rule : THAW_RULE_MERGE);
}

static gboolean
set_one_rule (ThawOperationRequest *request, const char *text, GError **error)
{
  static const char *const names[] = { "file=", "folder=", "type=" };
  ThawRule rule;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_has_prefix (text, names[i]))
      {
        if (!parse_rule (text + strlen (names[i]), &rule))
          return fail (error, "There is no rule “%s”", text + strlen (names[i]));
        thaw_operation_request_set_rule (request, (ThawConflict) i, rule);
        return TRUE;
      }
  if (!parse_rule (text, &rule))
    return fail (error, "There is no rule “%s”", text);
  set_rule_for_all (request, rule);
  return TRUE;
}

static gboolean
set_rules (Line *line, ThawOperationRequest *request, GError **error)
{
  const char *text = g_hash_table_lookup (line->options, "--on-conflict");
  g_auto (GStrv) rules = text != NULL ? g_strsplit (text, ",", -1) : NULL;

  for (guint i = 0; rules != NULL && rules[i] != NULL; i++)
    if (!set_one_rule (request, rules[i], error))
      return FALSE;
  return TRUE;
}

/* --- options of the kinds --- */

static void
set_number (Line *line, ThawOperationRequest *request, const char *option)
{
  const char *text = g_hash_table_lookup (line->options, option);
  guint64 number;

  if (text != NULL && parse_number (text, G_MAXUINT32, &number))
    thaw_operation_request_set_option (request, option + 2, g_variant_new_uint32 ((guint) number));
}

static gboolean
set_text (Line *line, ThawOperationRequest *request, const char *option, GError **error)
{
  const char *text = g_hash_table_lookup (line->options, option);

  if (text == NULL)
    return TRUE;
  if (!g_utf8_validate (text, -1, NULL))
    return fail (error, "%s needs text", option);
  thaw_operation_request_set_option (request, option + 2, g_variant_new_string (text));
  return TRUE;
}

/* "644" or "u+rwX,go=rX". */
static gboolean
set_mode (Line *line, ThawOperationRequest *request, GError **error)
{
  const char *text = g_hash_table_lookup (line->options, "--mode");
  guint64 mode;

  if (text == NULL || !g_ascii_isdigit (*text))
    return set_text (line, request, "--mode", error);
  if (!g_ascii_string_to_unsigned (text, 8, 0, 07777, &mode, NULL))
    return fail (error, "There is no mode “%s”", text);
  thaw_operation_request_set_option (request, "mode", g_variant_new_uint32 ((guint) mode));
  return TRUE;
}

static gboolean
set_options (Line *line, ThawOperationRequest *request, GError **error)
{
  static const char *const flags[]
      = { "--verify", "--forget", "--relative", "--folder", "--recursive" };
  static const char *const numbers[] = { "--uid", "--gid", "--older-than-days" };
  const char *to = g_hash_table_lookup (line->options, "--to");

  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    if (has_flag (line, flags[i]))
      thaw_operation_request_set_option (request, flags[i] + 2, g_variant_new_boolean (TRUE));
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    set_number (line, request, numbers[i]);
  if (strcmp (line->command->name, "link") == 0)
    thaw_operation_request_set_option (request,
                                       "symbolic",
                                       g_variant_new_boolean (!has_flag (line, "--hard")));
  if (to != NULL)
    {
      g_autoptr (GFile) target = new_file (to);

      thaw_operation_request_set_target (request, target);
    }
  return set_text (line, request, "--format", error)
         && set_text (line, request, "--password", error) && set_mode (line, request, error);
}

/* --- all of it --- */

static char *
make_title (Line *line)
{
  const char *given = g_hash_table_lookup (line->options, "--title");
  g_autofree char *shown = NULL;
  g_autofree char *name = NULL;

  if (given != NULL)
    return g_utf8_make_valid (given, -1);
  if (line->command->words == WORDS_MAYBE_ID)
    return NULL; /* that of the job */
  if (line->words->len == 0)
    return g_strdup (line->command->name);
  name = g_path_get_basename (g_ptr_array_index (line->words, 0));
  shown = g_filename_display_name (name);
  if (line->words->len <= 2)
    return g_strdup_printf ("%s “%s”", line->command->name, shown);
  return g_strdup_printf ("%s “%s” …", line->command->name, shown);
}

static gboolean
make_request (FilesCliArguments *self, Line *line, GError **error)
{
  g_autoptr (ThawOperationRequest) request = thaw_operation_request_new (line->command->name);

  if (!set_words (line, request, error) || !set_rules (line, request, error)
      || !set_options (line, request, error))
    return FALSE;
  self->request = g_steal_pointer (&request);
  self->title = make_title (line);
  return TRUE;
}

static gboolean
take_ids (FilesCliArguments *self, Line *line, GError **error)
{
  for (guint i = 0; i < line->words->len; i++)
    {
      guint64 id;

      if (line->command->words != WORDS_IDS
          || !parse_number (g_ptr_array_index (line->words, i), G_MAXINT64, &id))
        return require (line, G_MAXUINT, error);
      g_array_append_vals (self->ids, &(gint64){ (gint64) id }, 1);
    }
  return TRUE;
}

static gboolean
fill (FilesCliArguments *self, Line *line, GError **error)
{
  const char *limit;

  if (!take_command (line, error) || !check_options (line, error))
    return FALSE;
  self->action = line->is_plan ? FILES_CLI_PLAN : line->command->action;
  self->state_folder = g_strdup (g_hash_table_lookup (line->options, "--state"));
  self->is_json = has_flag (line, "--json");
  limit = g_hash_table_lookup (line->options, "--limit");
  self->n_max = limit != NULL ? (guint) g_ascii_strtoull (limit, NULL, 10) : 50;
  if (line->command->action == FILES_CLI_RUN)
    return make_request (self, line, error);
  return take_ids (self, line, error);
}

FilesCliArguments *
files_cli_arguments_parse (int n_words, char **words, GError **error)
{
  g_autoptr (FilesCliArguments) self = g_new0 (FilesCliArguments, 1);
  g_autoptr (GPtrArray) plain = g_ptr_array_new ();
  g_autoptr (GHashTable) given = g_hash_table_new (g_str_hash, g_str_equal);
  Line line = { .words = plain, .options = given };

  self->ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  if (n_words > 1 && (strcmp (words[1], "--help") == 0 || strcmp (words[1], "--version") == 0))
    {
      self->action = words[1][2] == 'h' ? FILES_CLI_HELP : FILES_CLI_VERSION;
      return g_steal_pointer (&self);
    }
  if (!take_words (&line, words, n_words, error) || !fill (self, &line, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
files_cli_arguments_free (FilesCliArguments *self)
{
  g_clear_pointer (&self->request, thaw_operation_request_unref);
  g_array_unref (self->ids);
  g_free (self->title);
  g_free (self->state_folder);
  g_free (self);
}

char *
files_cli_arguments_dup_help (void)
{
  GString *text
      = g_string_new ("Usage: thaw-files-cli COMMAND [OPTION…] …\n"
                      "       thaw-files-cli plan COMMAND …   tells what it would do\n\n");

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_string_append_printf (text,
                            "  %-12s %-18s %s\n",
                            commands[i].name,
                            commands[i].usage,
                            commands[i].help);
  g_string_append (
      text,
      "\n  --json               lines of JSON instead of text\n"
      "  --state DIR          where the journal is\n"
      "  --on-conflict RULE   skip, replace, newer, different, larger, keep-both, merge or fail;\n"
      "                       also file=RULE, folder=RULE, type=RULE, separated by commas\n"
      "  --verify             read back what was copied and compare\n"
      "  --forget             don't keep what is replaced or deleted\n"
      "  --title TEXT         what the history calls it\n\n"
      "Exit status: 0 all was done, 1 something wasn't, 2 bad arguments.\n");
  return g_string_free (text, FALSE);
}
