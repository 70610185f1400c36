/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Printing. Results go to the standard output; problems and, on a terminal, a line of progress that
 * is written over go to the error output. With JSON everything is a line of its own on the standard
 * output, flushed at once, and paths are there twice: as text for reading, and as a URI, in which
 * any byte survives. */

#include "files-cli-output.h"

#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void
files_cli_output_init (FilesCliOutput *self, gboolean is_json, gboolean is_verbose)
{
  *self = (FilesCliOutput){ .is_json = is_json,
                            .is_verbose = is_verbose,
                            .is_terminal = isatty (STDERR_FILENO) == 1 };
}

/* --- JSON --- */

static JsonBuilder *
begin (const char *event)
{
  JsonBuilder *builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "event");
  json_builder_add_string_value (builder, event);
  return builder;
}

static void
add_string (JsonBuilder *builder, const char *name, const char *value)
{
  g_autofree char *valid = value != NULL ? g_utf8_make_valid (value, -1) : NULL;

  json_builder_set_member_name (builder, name);
  if (valid != NULL)
    json_builder_add_string_value (builder, valid);
  else
    json_builder_add_null_value (builder);
}

static void
add_int (JsonBuilder *builder, const char *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

static void
add_double (JsonBuilder *builder, const char *name, double value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_double_value (builder, value);
}

static void
add_flag (JsonBuilder *builder, const char *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

static void
add_path (JsonBuilder *builder, const char *path)
{
  g_autofree char *uri
      = path != NULL && g_path_is_absolute (path) ? g_filename_to_uri (path, NULL, NULL) : NULL;

  add_string (builder, "path", path);
  if (uri != NULL)
    add_string (builder, "uri", uri);
}

/* Takes @builder. */
static void
end (JsonBuilder *builder)
{
  g_autoptr (JsonBuilder) owned = builder;
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);
  g_print ("%s\n", text);
  fflush (stdout);
}

/* --- text --- */

static void
clear_progress (FilesCliOutput *self)
{
  if (self->has_progress)
    g_printerr ("\r\033[K");
  self->has_progress = FALSE;
}

/* --- plans --- */

static const char *
get_finding_name (ThawFindingType type)
{
  static const char *const names[] = {
    [THAW_FINDING_CONFLICT] = "conflict",
    [THAW_FINDING_ILLEGAL_NAME] = "illegal name",
    [THAW_FINDING_NO_SPACE] = "no space",
    [THAW_FINDING_NO_PERMISSION] = "no permission",
    [THAW_FINDING_INTO_ITSELF] = "into itself",
    [THAW_FINDING_OTHER_DEVICE] = "other device",
    [THAW_FINDING_LOSS] = "loss",
    [THAW_FINDING_MISSING] = "missing",
    [THAW_FINDING_TOO_LARGE] = "too large",
    [THAW_FINDING_NO_UNDO] = "no undo",
    [THAW_FINDING_ONLY_IN_SOURCE] = "only in the first",
    [THAW_FINDING_ONLY_IN_TARGET] = "only in the second",
    [THAW_FINDING_SOURCE_NEWER] = "newer in the first",
    [THAW_FINDING_TARGET_NEWER] = "newer in the second",
    [THAW_FINDING_DIFFERENT] = "different",
  };

  return type < G_N_ELEMENTS (names) ? names[type] : "finding";
}

static void
add_findings (JsonBuilder *builder, GPtrArray *findings)
{
  json_builder_set_member_name (builder, "findings");
  json_builder_begin_array (builder);
  for (guint i = 0; i < findings->len; i++)
    {
      const ThawFinding *finding = g_ptr_array_index (findings, i);

      json_builder_begin_object (builder);
      add_string (builder, "type", get_finding_name (finding->type));
      add_flag (builder, "fatal", finding->is_fatal);
      add_path (builder, finding->path);
      add_string (builder, "message", finding->message);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

/* All there are: of a comparison there may be more than are listed. */
static void
add_counts (JsonBuilder *builder, const FilesFacts *facts)
{
  if (facts->findings->len == 0)
    return;
  json_builder_set_member_name (builder, "counts");
  json_builder_begin_object (builder);
  for (guint type = 0; type < THAW_N_FINDINGS; type++)
    if (facts->finding_counts[type] > 0)
      add_int (builder, get_finding_name ((ThawFindingType) type), facts->finding_counts[type]);
  json_builder_end_object (builder);
}

static void
print_findings (GPtrArray *findings)
{
  for (guint i = 0; i < findings->len; i++)
    {
      const ThawFinding *finding = g_ptr_array_index (findings, i);

      g_print ("%s%s: %s: %s\n",
               finding->is_fatal ? "impossible: " : "",
               get_finding_name (finding->type),
               finding->path != NULL ? finding->path : "",
               finding->message);
    }
}

void
files_cli_output_plan (FilesCliOutput *self, const FilesFacts *facts)
{
  g_autofree char *size = g_format_size ((guint64) facts->plan_bytes);
  JsonBuilder *builder;

  clear_progress (self);
  if (!self->is_json)
    {
      g_print ("%" G_GINT64_FORMAT " entries, %s to copy\n", facts->plan_entries, size);
      print_findings (facts->findings);
      return;
    }
  builder = begin ("plan");
  add_int (builder, "bytes", facts->plan_bytes);
  add_int (builder, "entries", facts->plan_entries);
  add_counts (builder, facts);
  add_findings (builder, facts->findings);
  end (builder);
}

/* --- progress --- */

static char *
describe_time (const ThawProgress *progress)
{
  int low = (int) progress->seconds_left_low, high = (int) progress->seconds_left_high;

  if (progress->seconds_left_low < 0)
    return g_strdup ("");
  if (high < 90)
    return g_strdup_printf (", %d–%d s left", low, high + 1);
  return g_strdup_printf (", %d–%d min left", low / 60, high / 60 + 1);
}

/* Who it is that keeps it waiting. */
static char *
describe_silence (const FilesFacts *facts)
{
  g_autofree char *shown = NULL;

  if (facts->progress.silent_usec < G_USEC_PER_SEC || facts->current_path == NULL)
    return g_strdup ("");
  shown = g_filename_display_name (facts->current_path);
  return g_strdup_printf (", “%s” doesn't answer", shown);
}

static void
print_progress (FilesCliOutput *self, const FilesFacts *facts)
{
  const ThawProgress *progress = &facts->progress;
  g_autofree char *done = g_format_size ((guint64) progress->bytes_done);
  g_autofree char *total = g_format_size ((guint64) MAX (progress->bytes_total, 0));
  g_autofree char *left = describe_time (progress);
  g_autofree char *silence = describe_silence (facts);

  if (!self->is_terminal)
    return;
  g_printerr ("\r\033[K%s: %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT ", %s of %s%s%s",
              files_facts_get_state_name (facts->state),
              progress->entries_done,
              MAX (progress->entries_total, 0),
              done,
              total,
              left,
              silence);
  self->has_progress = TRUE;
}

void
files_cli_output_progress (FilesCliOutput *self, const FilesFacts *facts)
{
  const ThawProgress *progress = &facts->progress;
  JsonBuilder *builder;

  if (!self->is_json)
    {
      print_progress (self, facts);
      return;
    }
  builder = begin ("progress");
  add_int (builder, "id", facts->id);
  add_string (builder, "state", files_facts_get_state_name (facts->state));
  add_int (builder, "bytes-done", progress->bytes_done);
  add_int (builder, "bytes-total", progress->bytes_total);
  add_int (builder, "entries-done", progress->entries_done);
  add_int (builder, "entries-total", progress->entries_total);
  add_double (builder, "bytes-per-second", progress->bytes_per_second);
  add_double (builder, "seconds-left-low", progress->seconds_left_low);
  add_double (builder, "seconds-left-high", progress->seconds_left_high);
  add_double (builder, "silent-seconds", (double) progress->silent_usec / 1e6);
  add_path (builder, facts->current_path);
  end (builder);
}

/* --- questions --- */

/* Facts for a script; the sentence for people is files-cli-question.c's. */
void
files_cli_output_question (FilesCliOutput *self, const FilesFacts *facts, const char *sentence)
{
  const ThawQuestion *question = facts->question;
  static const char *const conflicts[] = { "file", "folder", "type" };
  JsonBuilder *builder;

  clear_progress (self);
  if (!self->is_json)
    {
      g_printerr ("%s", sentence);
      return;
    }
  builder = begin ("question");
  add_int (builder, "id", facts->id);
  add_string (builder,
              "conflict",
              question->is_no_space
                  ? "no-space"
                  : (question->is_password ? "password" : conflicts[question->conflict]));
  add_path (builder, question->source_path);
  add_string (builder, "target", question->target_path);
  add_int (builder, "source-size", question->source_size);
  add_int (builder, "target-size", question->target_size);
  add_int (builder, "source-mtime-usec", question->source_mtime_usec);
  add_int (builder, "target-mtime-usec", question->target_mtime_usec);
  end (builder);
}

/* --- the end --- */

static void
print_problem (FilesCliOutput *self, const char *event, const ThawProblem *problem)
{
  JsonBuilder *builder;

  if (!self->is_json)
    {
      g_printerr ("thaw-files-cli: %s: %s\n", problem->path, problem->error->message);
      return;
    }
  builder = begin (event);
  add_path (builder, problem->path);
  add_string (builder, "domain", g_quark_to_string (problem->error->domain));
  add_int (builder, "code", problem->error->code);
  add_string (builder, "message", problem->error->message);
  end (builder);
}

static void
print_problems (FilesCliOutput *self, const FilesFacts *facts)
{
  for (guint i = 0; i < facts->problems->len; i++)
    print_problem (self, "problem", g_ptr_array_index (facts->problems, i));
  if (facts->problems->len < facts->n_problems && !self->is_json)
    g_printerr ("thaw-files-cli: and %u more\n", facts->n_problems - facts->problems->len);
  for (guint i = 0; i < facts->losses->len; i++)
    print_problem (self, "loss", g_ptr_array_index (facts->losses, i));
}

/* A job that failed as a whole, not by its entries. */
static void
print_error (const FilesFacts *facts)
{
  if (facts->state == THAW_OPERATION_CANCELLED)
    g_printerr ("thaw-files-cli: cancelled\n");
  else if (facts->error != NULL && facts->n_problems == 0)
    g_printerr ("thaw-files-cli: %s\n", facts->error->message);
}

static void
add_results (JsonBuilder *builder, const FilesFacts *facts)
{
  json_builder_set_member_name (builder, "results");
  json_builder_begin_array (builder);
  for (guint i = 0; i < facts->results->len; i++)
    json_builder_add_string_value (builder, g_ptr_array_index (facts->results, i));
  json_builder_end_array (builder);
}

void
files_cli_output_end (FilesCliOutput *self, const FilesFacts *facts)
{
  JsonBuilder *builder;

  clear_progress (self);
  print_problems (self, facts);
  if (!self->is_json)
    {
      print_error (facts);
      return;
    }
  builder = begin ("end");
  add_int (builder, "id", facts->id);
  add_string (builder, "title", facts->title);
  add_string (builder, "state", files_facts_get_state_name (facts->state));
  add_int (builder, "bytes-done", facts->progress.bytes_done);
  add_int (builder, "entries-done", facts->progress.entries_done);
  add_int (builder, "problems", facts->n_problems);
  add_int (builder, "losses", facts->n_losses);
  add_results (builder, facts);
  if (facts->error != NULL)
    add_string (builder, "message", facts->error->message);
  end (builder);
}

/* --- history --- */

/* NULL: it is no inverse of another one. What undo becomes on other devices and servers is said to
 * be undo. */
static const char *
get_inverse (const ThawOperationRecord *record)
{
  if (strcmp (record->kind, "undo") == 0 || g_str_has_suffix (record->kind, "-back"))
    return "undo of ";
  return strcmp (record->kind, "redo") == 0 ? "redo of " : NULL;
}

static void
print_record (const ThawOperationRecord *record)
{
  g_autoptr (GDateTime) at
      = g_date_time_new_from_unix_local (record->created_usec / G_USEC_PER_SEC);
  g_autofree char *when = at != NULL ? g_date_time_format (at, "%F %T") : g_strdup ("");

  g_print ("%6" G_GINT64_FORMAT "  %s  %-9s %s%s%s%s\n",
           record->id,
           when,
           files_facts_get_state_name (record->state),
           get_inverse (record) != NULL ? get_inverse (record) : "",
           record->title != NULL ? record->title : record->kind,
           record->is_undone ? " (undone)" : "",
           record->is_interrupted ? " (interrupted)" : "");
}

static void
print_record_json (const ThawOperationRecord *record)
{
  JsonBuilder *builder = begin ("job");

  add_int (builder, "id", record->id);
  add_string (builder, "kind", record->kind);
  add_string (builder, "title", record->title);
  add_string (builder, "state", files_facts_get_state_name (record->state));
  add_int (builder, "created-usec", record->created_usec);
  add_int (builder, "ended-usec", record->ended_usec);
  add_flag (builder, "undone", record->is_undone);
  add_flag (builder, "interrupted", record->is_interrupted);
  end (builder);
}

void
files_cli_output_records (FilesCliOutput *self, GPtrArray *records)
{
  for (guint i = 0; i < records->len; i++)
    if (self->is_json)
      print_record_json (g_ptr_array_index (records, i));
    else
      print_record (g_ptr_array_index (records, i));
}

void
files_cli_output_note (FilesCliOutput *self, const char *text)
{
  if (!self->is_verbose)
    return;
  clear_progress (self);
  g_printerr ("thaw-files-cli: %s\n", text);
}

void
files_cli_output_error (FilesCliOutput *self, const GError *error)
{
  JsonBuilder *builder;

  clear_progress (self);
  if (!self->is_json)
    {
      g_printerr ("thaw-files-cli: %s\n", error->message);
      return;
    }
  builder = begin ("error");
  add_string (builder, "message", error->message);
  end (builder);
}
