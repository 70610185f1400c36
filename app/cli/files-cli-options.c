/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of options. What a kind of operation has in its request is here once: how it is
 * written, how it is read, what it is called there, and what the help says of it. Pure: text in,
 * values or a line of what is wrong out. */

#include "files-cli-options.h"

#include <string.h>

#define NSEC_PER_USEC 1000

static const FilesCliOption options[] = {
  /* For every command. */
  { "--json", FILES_CLI_VALUE_NONE, NULL, NULL, "lines of JSON instead of text" },
  { "--state", FILES_CLI_VALUE_TEXT, NULL, "DIR", "where the journal is; not with the service" },
  { "--service",
    FILES_CLI_VALUE_NONE,
    NULL,
    NULL,
    "only in the service that the windows share, or not at all" },
  { "--no-service", FILES_CLI_VALUE_NONE, NULL, NULL, "in this process, without the bus" },
  { "--ask", FILES_CLI_VALUE_NONE, NULL, NULL, "ask about what no rule settles" },
  { "--verbose", FILES_CLI_VALUE_NONE, NULL, NULL, "say where it is done" },
  /* Of commands; several share some. */
  { "--title", FILES_CLI_VALUE_TEXT, NULL, "TEXT", "what the history calls it" },
  { "--on-conflict",
    FILES_CLI_VALUE_TEXT,
    NULL,
    "RULE",
    "skip, replace, newer, different, larger, keep-both, merge or fail;\n"
    "also file=RULE, folder=RULE, type=RULE, separated by commas" },
  { "--verify", FILES_CLI_VALUE_NONE, "verify", NULL, "read back what was copied and compare" },
  { "--forget", FILES_CLI_VALUE_NONE, "forget", NULL, "don't keep what is replaced or deleted" },
  { "--hard", FILES_CLI_VALUE_NONE, NULL, NULL, "hard links instead of symbolic ones" },
  { "--relative",
    FILES_CLI_VALUE_NONE,
    "relative",
    NULL,
    "links that say the way from where they are" },
  { "--folder", FILES_CLI_VALUE_NONE, "folder", NULL, "make a folder, not a file" },
  { "--content", FILES_CLI_VALUE_TEXT, NULL, "TEXT", "what is in the new file" },
  { "--template", FILES_CLI_VALUE_TEXT, NULL, "FILE", "what the new file is a copy of" },
  { "--to", FILES_CLI_VALUE_TEXT, NULL, "FOLDER", "where they go, instead of where they were" },
  { "--older-than-days",
    FILES_CLI_VALUE_UINT,
    "older-than-days",
    "N",
    "only what was thrown away earlier" },
  { "--mode",
    FILES_CLI_VALUE_MODE,
    "mode",
    "MODE",
    "rights: 644 or u+rwX,go=rX; of sync: update, mirror, both or compare" },
  { "--folder-mode",
    FILES_CLI_VALUE_TEXT,
    "folder-mode",
    "MODE",
    "those of folders, if they differ" },
  { "--uid", FILES_CLI_VALUE_UINT, "uid", "N", "the owner" },
  { "--gid", FILES_CLI_VALUE_UINT, "gid", "N", "the group" },
  { "--mtime",
    FILES_CLI_VALUE_TIME,
    "mtime-nsec",
    "TIME",
    "last changed: 2026-11-21T18:00:00, or @SECONDS" },
  { "--atime", FILES_CLI_VALUE_TIME, "atime-nsec", "TIME", "last read, as for --mtime" },
  { "--recursive", FILES_CLI_VALUE_NONE, "recursive", NULL, "and everything below" },
  { "--format",
    FILES_CLI_VALUE_TEXT,
    "format",
    "FORMAT",
    "zip, 7z, tar, tar.gz, tar.bz2, tar.xz or tar.zst; else by the name" },
  { "--level", FILES_CLI_VALUE_UINT, "level", "N", "how hard it is packed, 0 to 9" },
  { "--remove-originals",
    FILES_CLI_VALUE_NONE,
    "remove-originals",
    NULL,
    "delete what is in the archive, once that is whole" },
  { "--password",
    FILES_CLI_VALUE_TEXT,
    "password",
    "TEXT",
    "of the archive; others may see it in the list of processes" },
  { "--charset", FILES_CLI_VALUE_TEXT, "charset", "NAME", "of names that aren't UTF-8" },
  { "--large-memory",
    FILES_CLI_VALUE_NONE,
    "large-memory",
    NULL,
    "for archives that need much memory to unpack" },
  { "--max-bytes",
    FILES_CLI_VALUE_SIZE,
    "max-bytes",
    "SIZE",
    "stop when so much is unpacked; 0: when the disk is full" },
  { "--max-entries",
    FILES_CLI_VALUE_SIZE,
    "max-entries",
    "N",
    "stop after so many files; 0: never" },
  { "--max-ratio",
    FILES_CLI_VALUE_UINT,
    "max-ratio",
    "N",
    "stop when it is so many times larger; 0: never" },
  { "--max-depth",
    FILES_CLI_VALUE_UINT,
    "max-depth",
    "N",
    "stop at so many folders in one another; 0: never" },
  { "--by-content", FILES_CLI_VALUE_NONE, "by-content", NULL, "compare bytes, not times" },
  { "--with-attributes",
    FILES_CLI_VALUE_NONE,
    "with-attributes",
    NULL,
    "compare extended attributes and access lists too" },
  { "--gently", FILES_CLI_VALUE_NONE, "gently", NULL, "let others go first, to disk and processor" },
  { "--sha256", FILES_CLI_VALUE_TEXT, "sha256", "HEX", "of one download: what it has to be" },
  { "--limit", FILES_CLI_VALUE_UINT, NULL, "N", "so many at most; 50 if nothing is said" },
};

#define N_GENERAL 6

const FilesCliOption *
files_cli_option_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    if (strcmp (options[i].name, name) == 0)
      return &options[i];
  return NULL;
}

gboolean
files_cli_option_is_general (const FilesCliOption *self)
{
  return self < options + N_GENERAL;
}

/* --- values --- */

gboolean
files_cli_parse_number (const char *text, guint64 max, guint64 *number)
{
  return g_ascii_string_to_unsigned (text, 10, 0, max, number, NULL);
}

/* "500", "500K", "2G": powers of 1024. */
static gboolean
parse_size (const char *text, guint64 *bytes)
{
  static const char units[] = "KMGT";
  gsize length = strlen (text);
  const char *unit = length > 0 ? strchr (units, g_ascii_toupper (text[length - 1])) : NULL;
  g_autofree char *digits = g_strndup (text, unit != NULL ? length - 1 : length);
  guint shift = unit != NULL ? 10 * (guint) (unit - units + 1) : 0;

  if (!files_cli_parse_number (digits, G_MAXUINT64 >> shift, bytes))
    return FALSE;
  *bytes <<= shift;
  return TRUE;
}

static gboolean
parse_time (const char *text, gint64 *nsec)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  g_autoptr (GDateTime) time = NULL;
  guint64 seconds;

  if (text[0] == '@')
    {
      if (!files_cli_parse_number (text + 1,
                                   G_MAXINT64 / (G_USEC_PER_SEC * NSEC_PER_USEC),
                                   &seconds))
        return FALSE;
      *nsec = (gint64) seconds * G_USEC_PER_SEC * NSEC_PER_USEC;
      return TRUE;
    }
  time = g_date_time_new_from_iso8601 (text, zone);
  if (time == NULL
      || ABS (g_date_time_to_unix (time)) > G_MAXINT64 / (G_USEC_PER_SEC * NSEC_PER_USEC) - 1)
    return FALSE;
  *nsec = g_date_time_to_unix_usec (time) * NSEC_PER_USEC;
  return TRUE;
}

static gboolean
parse_mode (const char *text, guint64 *mode)
{
  return g_ascii_string_to_unsigned (text, 8, 0, 07777, mode, NULL);
}

static const char *
get_complaint (const FilesCliOption *self, const char *text)
{
  guint64 number;
  gint64 nsec;

  switch (self->value)
    {
    case FILES_CLI_VALUE_TEXT:
      /* A path may be any bytes. */
      return self->key == NULL || g_utf8_validate (text, -1, NULL) ? NULL : "text";
    case FILES_CLI_VALUE_UINT:
      return files_cli_parse_number (text, G_MAXUINT32, &number) ? NULL : "a number";
    case FILES_CLI_VALUE_SIZE:
      return parse_size (text, &number) ? NULL : "a number or a size";
    case FILES_CLI_VALUE_TIME:
      return parse_time (text, &nsec) ? NULL : "a time";
    case FILES_CLI_VALUE_MODE:
      if (g_ascii_isdigit (*text))
        return parse_mode (text, &number) ? NULL : "a mode";
      return g_utf8_validate (text, -1, NULL) ? NULL : "text";
    case FILES_CLI_VALUE_NONE:
    default:
      return NULL;
    }
}

gboolean
files_cli_option_check (const FilesCliOption *self, const char *text, GError **error)
{
  const char *complaint = get_complaint (self, text);
  g_autofree char *shown = g_utf8_make_valid (text, -1);

  if (complaint == NULL)
    return TRUE;
  g_set_error (error,
               G_OPTION_ERROR,
               G_OPTION_ERROR_BAD_VALUE,
               "%s needs %s, not “%s”",
               self->name,
               complaint,
               shown);
  return FALSE;
}

static GVariant *
make_value (const FilesCliOption *self, const char *text)
{
  guint64 number = 0;
  gint64 nsec = 0;

  switch (self->value)
    {
    case FILES_CLI_VALUE_UINT:
      files_cli_parse_number (text, G_MAXUINT32, &number);
      return g_variant_new_uint32 ((guint32) number);
    case FILES_CLI_VALUE_SIZE:
      parse_size (text, &number);
      return g_variant_new_uint64 (number);
    case FILES_CLI_VALUE_TIME:
      parse_time (text, &nsec);
      return g_variant_new_int64 (nsec);
    case FILES_CLI_VALUE_MODE:
      return parse_mode (text, &number) ? g_variant_new_uint32 ((guint32) number)
                                        : g_variant_new_string (text);
    case FILES_CLI_VALUE_TEXT:
      return g_variant_new_string (text);
    case FILES_CLI_VALUE_NONE:
    default:
      return g_variant_new_boolean (TRUE);
    }
}

void
files_cli_option_set (const FilesCliOption *self, const char *text, ThawOperationRequest *request)
{
  if (self->key != NULL)
    thaw_operation_request_set_option (request, self->key, make_value (self, text));
}

/* --- help --- */

void
files_cli_option_append_help (const FilesCliOption *self, GString *help)
{
  g_autofree char *left
      = g_strconcat (self->name, self->argument != NULL ? " " : "", self->argument, NULL);
  g_auto (GStrv) lines = g_strsplit (self->help, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    g_string_append_printf (help, "  %-22s %s\n", i == 0 ? left : "", lines[i]);
}

void
files_cli_options_append_general (GString *help)
{
  for (guint i = 0; i < N_GENERAL; i++)
    files_cli_option_append_help (&options[i], help);
}
