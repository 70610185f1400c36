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
files_cli_output_init (FilesCliOutput *self, gboolean is_json)
{
  *self = (FilesCliOutput){ .is_json = is_json, .is_terminal = isatty (STDERR_FILENO) == 1 };
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

static const char *
get_state_name (ThawOperationState state)
{
  g_autoptr (GEnumClass) states = g_type_class_ref (THAW_TYPE_OPERATION_STATE);
  const GEnumValue *value = g_enum_get_value (states, state);

  return value != NULL ? value->value_nick : "";
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
  };

  return type < G_N_ELEMENTS (names) ? names[type] : "finding";
}

static void
add_findings (JsonBuilder *builder, ThawPlan *plan)
{
  json_builder_set_member_name (builder, "findings");
  json_builder_begin_array (builder);
  for (guint i = 0; i < thaw_plan_get_n_findings (plan); i++)
    {
      const ThawFinding *finding = thaw_plan_get_finding (plan, i);

      json_builder_begin_object (builder);
      add_string (builder, "type", get_finding_name (finding->type));
      add_flag (builder, "fatal", finding->is_fatal);
      add_path (builder, finding->path);
      add_string (builder, "message", finding->message);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
print_findings (ThawPlan *plan)
{
  for (guint i = 0; i < thaw_plan_get_n_findings (plan); i++)
    {
      const ThawFinding *finding = thaw_plan_get_finding (plan, i);

      g_print ("%s%s: %s: %s\n",
               finding->is_fatal ? "impossible: " : "",
               get_finding_name (finding->type),
               finding->path != NULL ? finding->path : "",
               finding->message);
    }
}

void
files_cli_output_plan (FilesCliOutput *self, ThawOperation *operation)
{
  ThawPlan *plan = thaw_operation_get_plan (operation);
  g_autofree char *size = g_format_size (thaw_plan_get_bytes (plan));
  JsonBuilder *builder;

  clear_progress (self);
  if (!self->is_json)
    {
      g_print ("%" G_GINT64_FORMAT " entries, %s to copy\n", thaw_plan_get_n_entries (plan), size);
      print_findings (plan);
      return;
    }
  builder = begin ("plan");
  add_int (builder, "bytes", thaw_plan_get_bytes (plan));
  add_int (builder, "entries", thaw_plan_get_n_entries (plan));
  add_findings (builder, plan);
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

static void
print_progress (FilesCliOutput *self, ThawOperation *operation, const ThawProgress *progress)
{
  g_autofree char *done = g_format_size (progress->bytes_done);
  g_autofree char *total = g_format_size (MAX (progress->bytes_total, 0));
  g_autofree char *left = describe_time (progress);

  if (!self->is_terminal)
    return;
  g_printerr ("\r\033[K%s: %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT ", %s of %s%s",
              get_state_name (thaw_operation_get_state (operation)),
              progress->entries_done,
              MAX (progress->entries_total, 0),
              done,
              total,
              left);
  self->has_progress = TRUE;
}

void
files_cli_output_progress (FilesCliOutput *self, ThawOperation *operation)
{
  ThawProgress progress;
  JsonBuilder *builder;

  thaw_operation_get_progress (operation, &progress);
  if (!self->is_json)
    {
      print_progress (self, operation, &progress);
      return;
    }
  builder = begin ("progress");
  add_int (builder, "id", thaw_operation_get_id (operation));
  add_string (builder, "state", get_state_name (thaw_operation_get_state (operation)));
  add_int (builder, "bytes-done", progress.bytes_done);
  add_int (builder, "bytes-total", progress.bytes_total);
  add_int (builder, "entries-done", progress.entries_done);
  add_int (builder, "entries-total", progress.entries_total);
  add_double (builder, "bytes-per-second", progress.bytes_per_second);
  add_double (builder, "seconds-left-low", progress.seconds_left_low);
  add_double (builder, "seconds-left-high", progress.seconds_left_high);
  add_double (builder, "silent-seconds", progress.silent_usec / 1e6);
  add_path (builder, thaw_operation_get_current_path (operation));
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
print_problems (FilesCliOutput *self, ThawOperation *operation)
{
  guint i;

  for (i = 0; thaw_operation_get_problem (operation, i) != NULL; i++)
    print_problem (self, "problem", thaw_operation_get_problem (operation, i));
  if (i < thaw_operation_get_n_problems (operation) && !self->is_json)
    g_printerr ("thaw-files-cli: and %u more\n", thaw_operation_get_n_problems (operation) - i);
  for (i = 0; thaw_operation_get_loss (operation, i) != NULL; i++)
    print_problem (self, "loss", thaw_operation_get_loss (operation, i));
}

/* A job that failed as a whole, not by its entries. */
static void
print_error (ThawOperation *operation)
{
  const GError *error = thaw_operation_get_error (operation);
  ThawOperationState state = thaw_operation_get_state (operation);

  if (state == THAW_OPERATION_CANCELLED)
    g_printerr ("thaw-files-cli: cancelled\n");
  else if (error != NULL && thaw_operation_get_n_problems (operation) == 0)
    g_printerr ("thaw-files-cli: %s\n", error->message);
}

static void
add_results (JsonBuilder *builder, ThawOperation *operation)
{
  GFile *file;

  json_builder_set_member_name (builder, "results");
  json_builder_begin_array (builder);
  for (guint i = 0; (file = thaw_operation_get_result (operation, i)) != NULL; i++)
    {
      g_autofree char *uri = g_file_get_uri (file);

      json_builder_add_string_value (builder, uri);
    }
  json_builder_end_array (builder);
}

void
files_cli_output_end (FilesCliOutput *self, ThawOperation *operation)
{
  const GError *error = thaw_operation_get_error (operation);
  ThawProgress progress;
  JsonBuilder *builder;

  clear_progress (self);
  print_problems (self, operation);
  if (!self->is_json)
    {
      print_error (operation);
      return;
    }
  thaw_operation_get_progress (operation, &progress);
  builder = begin ("end");
  add_int (builder, "id", thaw_operation_get_id (operation));
  add_string (builder, "title", thaw_operation_get_title (operation));
  add_string (builder, "state", get_state_name (thaw_operation_get_state (operation)));
  add_int (builder, "bytes-done", progress.bytes_done);
  add_int (builder, "entries-done", progress.entries_done);
  add_int (builder, "problems", thaw_operation_get_n_problems (operation));
  add_int (builder, "losses", thaw_operation_get_n_losses (operation));
  add_results (builder, operation);
  if (error != NULL)
    add_string (builder, "message", error->message);
  end (builder);
}

/* --- history --- */

static gboolean
is_inverse (const ThawOperationRecord *record)
{
  return strcmp (record->kind, "undo") == 0 || strcmp (record->kind, "redo") == 0;
}

static void
print_record (const ThawOperationRecord *record)
{
  g_autoptr (GDateTime) at
      = g_date_time_new_from_unix_local (record->created_usec / G_USEC_PER_SEC);
  g_autofree char *when = at != NULL ? g_date_time_format (at, "%F %T") : g_strdup ("");

  g_print ("%6" G_GINT64_FORMAT "  %s  %-9s %s%s%s%s%s\n",
           record->id,
           when,
           get_state_name (record->state),
           is_inverse (record) ? record->kind : "",
           is_inverse (record) ? " of " : "",
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
  add_string (builder, "state", get_state_name (record->state));
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
