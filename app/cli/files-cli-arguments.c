/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes the command line apart, strictly: what isn't known, is missing or doesn't belong to the
 * command is an error, said in one line. Options may stand anywhere before "--". Names are bytes
 * and go into the request as they are. */

#include "files-cli-arguments.h"

#include "files-cli-options.h"
#include "files-cli-sync.h"

#include "thaw-vfs.h"
#include "files-wire.h"

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
  WORDS_FOLDERS,        /* A B */
  WORDS_ADDRESSES,      /* URI… FOLDER */
  WORDS_NONE,
} Words;

typedef struct {
  const char *name;
  FilesCliAction action;
  Words words;
  const char *options; /* that it takes, between spaces */
  const char *usage, *help;
  const char *kind; /* of the operation, if that isn't @name */
} Command;

#define COMMON " --title --gently "

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
    COMMON "--mode --folder-mode --uid --gid --mtime --atime --recursive ",
    "FILE…",
    "Change rights, owners and times" },
  { "compress",
    FILES_CLI_RUN,
    WORDS_TARGET_SOURCES,
    COMMON "--on-conflict --format --level --password --remove-originals --forget ",
    "ARCHIVE FILE…",
    "Make an archive" },
  { "extract",
    FILES_CLI_RUN,
    WORDS_SOURCES_TARGET,
    COMMON "--on-conflict --charset --password --large-memory --max-bytes --max-entries --max-ratio "
           "--max-depth ",
    "ARCHIVE… FOLDER",
    "Extract archives" },
  { "sync",
    FILES_CLI_RUN,
    WORDS_FOLDERS,
    COMMON "--mode --by-content --with-attributes --on-conflict --verify --forget ",
    "A B",
    "Make B, or both, what A is: --mode update, mirror, both or compare",
    .kind = "synchronise" },
  { "download",
    FILES_CLI_RUN,
    WORDS_ADDRESSES,
    COMMON "--on-conflict --sha256 ",
    "URI… FOLDER",
    "Fetch files of http and https" },
  { "undo",
    FILES_CLI_RUN,
    WORDS_MAYBE_ID,
    "",
    "[ID]",
    "Take back what was done last, or that job" },
  { "redo", FILES_CLI_RUN, WORDS_MAYBE_ID, "", "[ID]", "Do again what was undone last" },
  { "resume", FILES_CLI_RESUME, WORDS_IDS, " --password ", "[ID…]", "Finish interrupted jobs" },
  { "rollback", FILES_CLI_ROLL_BACK, WORDS_IDS, "", "[ID…]", "Take interrupted jobs back" },
  { "retry", FILES_CLI_RETRY, WORDS_IDS, " --password ", "ID…", "Try again what failed of jobs" },
  { "history", FILES_CLI_HISTORY, WORDS_NONE, " --limit ", "", "List what was done" },
};

typedef struct {
  const Command *command;
  gboolean is_plan;
  GPtrArray *words;    /* borrowed */
  GHashTable *options; /* FilesCliOption → borrowed value */
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
take_option (Line *line, char **words, int n_words, int *i, GError **error)
{
  g_autofree char *name = g_strndup (words[*i], strcspn (words[*i], "="));
  const char *value = strchr (words[*i], '=');
  const FilesCliOption *option = files_cli_option_find (name);

  if (option == NULL)
    return fail (error, "There is no option %s", name);
  if (option->value == FILES_CLI_VALUE_NONE && value != NULL)
    return fail (error, "%s takes no value", name);
  if (option->value != FILES_CLI_VALUE_NONE)
    value = value != NULL ? value + 1 : (*i + 1 < n_words ? words[++*i] : NULL);
  if (option->value != FILES_CLI_VALUE_NONE && value == NULL)
    return fail (error, "%s needs a value", name);
  if (value != NULL && !files_cli_option_check (option, value, error))
    return FALSE;
  g_hash_table_insert (line->options,
                       (gpointer) option,
                       (gpointer) (value != NULL ? value : ""));
  return TRUE;
}

static const char *
get_option (Line *line, const char *name)
{
  return g_hash_table_lookup (line->options, files_cli_option_find (name));
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
takes (const Command *command, const FilesCliOption *option)
{
  g_autofree char *word = g_strconcat (" ", option->name, " ", NULL);

  return files_cli_option_is_general (option) || strstr (command->options, word) != NULL;
}

static gboolean
check_options (Line *line, GError **error)
{
  GHashTableIter iter;
  gpointer option;

  g_hash_table_iter_init (&iter, line->options);
  while (g_hash_table_iter_next (&iter, &option, NULL))
    if (!takes (line->command, option))
      return fail (error, "“%s” takes no %s", line->command->name, ((FilesCliOption *) option)->name);
  if (get_option (line, "--service") != NULL
      && (get_option (line, "--no-service") != NULL || get_option (line, "--state") != NULL))
    return fail (error, "The service has its own journal and process: --service doesn't go with %s",
                 get_option (line, "--state") != NULL ? "--state" : "--no-service");
  return TRUE;
}

/* --- the request --- */

/* A name may have a colon in it: only what has a scheme and slashes is an address. */
GFile *
files_cli_new_file (const char *word)
{
  return strstr (word, "://") != NULL ? g_file_new_for_commandline_arg (word)
                                      : g_file_new_for_path (word);
}

static GFile *
get_file (Line *line, guint i)
{
  return files_cli_new_file (g_ptr_array_index (line->words, i));
}

static gboolean
has_flag (Line *line, const char *option)
{
  return get_option (line, option) != NULL;
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
  g_autoptr (GFile) resolved = thaw_vfs_resolve (file);
  gboolean is_folder
      = g_str_has_suffix (word, "/")
        || g_file_query_file_type (resolved, G_FILE_QUERY_INFO_NONE, NULL) == G_FILE_TYPE_DIRECTORY;

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
  const char *content = get_option (line, "--content");
  const char *template = get_option (line, "--template");

  if (line->words->len != 1)
    return require (line, G_MAXUINT, error);
  if (content != NULL)
    thaw_operation_request_set_option (
        request,
        "content",
        g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, content, strlen (content), 1));
  if (template != NULL)
    {
      g_autoptr (GFile) source = files_cli_new_file (template);

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
  if (line->words->len > 1 || !files_cli_parse_number (g_ptr_array_index (line->words, 0), G_MAXINT64, &id))
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
    case WORDS_FOLDERS:
      return files_cli_sync_set_words (request, line->words, error);
    case WORDS_ADDRESSES:
      return files_cli_download_set_words (request,
                                           line->words,
                                           has_flag (line, "--on-conflict"),
                                           error);
    case WORDS_IDS:
    case WORDS_NONE:
    default:
      return TRUE;
    }
}

/* --- rules --- */

/* "fail" is what asking comes to where nobody is asked. */
static gboolean
parse_rule (const char *text, ThawRule *rule)
{
  if (strcmp (text, "fail") == 0)
    *rule = THAW_RULE_ASK;
  else if (strcmp (text, "ask") == 0 || !files_wire_parse_rule (text, rule))
    return FALSE;
  return TRUE;
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
  const char *text = get_option (line, "--on-conflict");
  g_auto (GStrv) rules = text != NULL ? g_strsplit (text, ",", -1) : NULL;

  for (guint i = 0; rules != NULL && rules[i] != NULL; i++)
    if (!set_one_rule (request, rules[i], error))
      return FALSE;
  return TRUE;
}

/* --- options of the kinds --- */

static void
set_options (Line *line, ThawOperationRequest *request)
{
  const char *to = get_option (line, "--to");
  GHashTableIter iter;
  gpointer option, value;

  g_hash_table_iter_init (&iter, line->options);
  while (g_hash_table_iter_next (&iter, &option, &value))
    files_cli_option_set (option, value, request);
  if (strcmp (line->command->name, "link") == 0)
    thaw_operation_request_set_option (request,
                                       "symbolic",
                                       g_variant_new_boolean (!has_flag (line, "--hard")));
  if (to != NULL)
    {
      g_autoptr (GFile) target = files_cli_new_file (to);

      thaw_operation_request_set_target (request, target);
    }
}

/* --- all of it --- */

static char *
make_title (Line *line)
{
  const char *given = get_option (line, "--title");
  g_autofree char *shown = NULL;
  g_autofree char *name = NULL;
  g_autofree char *verb = NULL;

  if (given != NULL)
    return g_utf8_make_valid (given, -1);
  if (line->command->words == WORDS_MAYBE_ID)
    return NULL; /* that of the job */
  verb = g_strdup (line->command->name);
  verb[0] = g_ascii_toupper (verb[0]); /* as in the windows' panel, where it is seen too */
  if (line->words->len == 0)
    return g_steal_pointer (&verb);
  name = g_path_get_basename (g_ptr_array_index (line->words, 0));
  shown = g_filename_display_name (name);
  if (line->words->len <= 2)
    return g_strdup_printf ("%s “%s”", verb, shown);
  return g_strdup_printf ("%s “%s” …", verb, shown);
}

static gboolean
make_request (FilesCliArguments *self, Line *line, GError **error)
{
  g_autoptr (ThawOperationRequest) request = thaw_operation_request_new (
      line->command->kind != NULL ? line->command->kind : line->command->name);

  if (!set_words (line, request, error) || !set_rules (line, request, error))
    return FALSE;
  set_options (line, request);
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
          || !files_cli_parse_number (g_ptr_array_index (line->words, i), G_MAXINT64, &id))
        return require (line, G_MAXUINT, error);
      g_array_append_vals (self->ids, &(gint64){ (gint64) id }, 1);
    }
  return TRUE;
}

static void
take_general (FilesCliArguments *self, Line *line)
{
  const char *limit = get_option (line, "--limit");

  self->state_folder = g_strdup (get_option (line, "--state"));
  self->is_json = has_flag (line, "--json");
  self->is_verbose = has_flag (line, "--verbose");
  self->can_ask = has_flag (line, "--ask");
  if (has_flag (line, "--service"))
    self->service = FILES_CLI_SERVICE_ALWAYS;
  else if (has_flag (line, "--no-service"))
    self->service = FILES_CLI_SERVICE_NEVER;
  self->n_max = limit != NULL ? (guint) g_ascii_strtoull (limit, NULL, 10) : 50;
  if (line->command->action != FILES_CLI_RUN)
    self->password = g_strdup (get_option (line, "--password"));
}

static gboolean
fill (FilesCliArguments *self, Line *line, GError **error)
{
  if (!take_command (line, error) || !check_options (line, error))
    return FALSE;
  self->action = line->is_plan ? FILES_CLI_PLAN : line->command->action;
  take_general (self, line);
  if (self->action == FILES_CLI_RETRY && !require (line, 1, error))
    return FALSE;
  if (line->command->action != FILES_CLI_RUN)
    return take_ids (self, line, error);
  if (!make_request (self, line, error))
    return FALSE;
  if (files_cli_sync_is_comparison (self->request))
    self->action = FILES_CLI_PLAN;
  return TRUE;
}

/* --- help --- */

/* "--help", "COMMAND … --help", "help [COMMAND]". */
static gboolean
asks_for_help (int n_words, char **words)
{
  if (n_words > 1 && strcmp (words[1], "help") == 0)
    return TRUE;
  for (int i = 1; i < n_words && strcmp (words[i], "--") != 0; i++)
    if (strcmp (words[i], "--help") == 0)
      return TRUE;
  return FALSE;
}

static gboolean
take_help (FilesCliArguments *self, int n_words, char **words, GError **error)
{
  const char *name;
  int i = 1;

  while (i < n_words && (strcmp (words[i], "help") == 0 || strcmp (words[i], "plan") == 0))
    i++;
  name = i < n_words && words[i][0] != '-' ? words[i] : NULL;
  self->action = FILES_CLI_HELP;
  if (name != NULL && find_command (name) == NULL)
    return fail (error, "There is no command “%s”", name);
  self->help_about = g_strdup (name);
  return TRUE;
}

FilesCliArguments *
files_cli_arguments_parse (int n_words, char **words, GError **error)
{
  g_autoptr (FilesCliArguments) self = g_new0 (FilesCliArguments, 1);
  g_autoptr (GPtrArray) plain = g_ptr_array_new ();
  g_autoptr (GHashTable) given = g_hash_table_new (NULL, NULL);
  Line line = { .words = plain, .options = given };

  self->ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  if (n_words > 1 && strcmp (words[1], "--version") == 0)
    {
      self->action = FILES_CLI_VERSION;
      return g_steal_pointer (&self);
    }
  if (asks_for_help (n_words, words))
    return take_help (self, n_words, words, error) ? g_steal_pointer (&self) : NULL;
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
  g_free (self->password);
  g_free (self->help_about);
  g_free (self);
}

static void
append_end (GString *text)
{
  g_string_append (text, "\nFor every command:\n");
  files_cli_options_append_general (text);
  g_string_append (text,
                   "\nExit status: 0 all was done, 1 something wasn't, 2 bad arguments,\n"
                   "3 the service has ended in the middle of it, or isn't there for --service.\n");
}

static char *
dup_help_of (const Command *command)
{
  GString *text = g_string_new (NULL);
  g_auto (GStrv) words = g_strsplit (command->options, " ", -1);
  gboolean is_first = TRUE;

  g_string_append_printf (text,
                          "Usage: thaw-files-cli %s [OPTION…] %s\n\n%s.\n",
                          command->name,
                          command->usage,
                          command->help);
  for (guint i = 0; words[i] != NULL; i++)
    {
      const FilesCliOption *option = *words[i] != '\0' ? files_cli_option_find (words[i]) : NULL;

      if (option == NULL)
        continue;
      if (is_first)
        g_string_append_c (text, '\n');
      is_first = FALSE;
      files_cli_option_append_help (option, text);
    }
  append_end (text);
  return g_string_free (text, FALSE);
}

char *
files_cli_arguments_dup_help (const FilesCliArguments *self)
{
  GString *text;

  if (self->help_about != NULL)
    return dup_help_of (find_command (self->help_about));
  text = g_string_new ("Usage: thaw-files-cli COMMAND [OPTION…] …\n"
                       "       thaw-files-cli plan COMMAND …   tells what it would do\n"
                       "       thaw-files-cli help COMMAND     tells its options\n\n");
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_string_append_printf (text,
                            "  %-12s %-18s %s\n",
                            commands[i].name,
                            commands[i].usage,
                            commands[i].help);
  append_end (text);
  return g_string_free (text, FALSE);
}
