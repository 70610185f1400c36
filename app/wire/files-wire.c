/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The interface of the operations' service and the values on it, for both of its ends. Paths travel
 * as byte strings, files as URIs, and everything that isn't always there in dictionaries, so that a
 * newer end can say more than an older one understands. What comes from the bus is taken for
 * anything until it has been looked at. Any thread; only what says so looks at the disk. */

#include "files-wire.h"

#include <string.h>
#include <unistd.h>

#define PROGRESS "(xxxxddddxx)"
#define PROBLEMS "a(aysis)"
#define FINDINGS "a(ubays)"
#define MAX_SOURCES 1000000

const char files_wire_introspection[]
    = "<node><interface name='" FILES_WIRE_INTERFACE "'>"
      /* Answers as soon as the loop does: version u, name s, pid u, surroundings a{ss}. */
      "<method name='Hello'><arg name='facts' type='a{sv}' direction='out'/></method>"
      /* Options of these: title s, can-ask b, follow b, plan-only b, password s. */
      "<method name='Submit'><arg name='request' type='a{sv}' direction='in'/>"
      "<arg name='options' type='a{sv}' direction='in'/><arg name='operation' type='t' "
      "direction='out'/></method>"
      "<method name='Undo'><arg name='job' type='x' direction='in'/>" /* 0: what was done last */
      "<arg name='options' type='a{sv}' direction='in'/><arg name='operation' type='t' "
      "direction='out'/></method>"
      "<method name='Redo'><arg name='options' type='a{sv}' direction='in'/>"
      "<arg name='operation' type='t' direction='out'/></method>"
      "<method name='Finish'><arg name='job' type='x' direction='in'/>"
      "<arg name='options' type='a{sv}' direction='in'/><arg name='operation' type='t' "
      "direction='out'/></method>"
      "<method name='RollBack'><arg name='job' type='x' direction='in'/>"
      "<arg name='options' type='a{sv}' direction='in'/><arg name='operation' type='t' "
      "direction='out'/></method>"
      /* What failed of a job that is over. */
      "<method name='Retry'><arg name='job' type='x' direction='in'/>"
      "<arg name='options' type='a{sv}' direction='in'/><arg name='operation' type='t' "
      "direction='out'/></method>"
      "<method name='List'><arg name='operations' type='a(ta{sv})' direction='out'/></method>"
      "<method name='Get'><arg name='operation' type='t' direction='in'/>"
      "<arg name='facts' type='a{sv}' direction='out'/></method>"
      "<method name='Follow'><arg name='operation' type='t' direction='in'/></method>"
      "<method name='Unfollow'><arg name='operation' type='t' direction='in'/></method>"
      "<method name='Pause'><arg name='operation' type='t' direction='in'/></method>"
      "<method name='Resume'><arg name='operation' type='t' direction='in'/></method>"
      "<method name='Cancel'><arg name='operation' type='t' direction='in'/></method>"
      "<method name='StopWaiting'><arg name='operation' type='t' direction='in'/></method>"
      /* Source: of the question that is meant, so that nobody answers the one after it; empty:
         whatever it asks. */
      "<method name='Answer'><arg name='operation' type='t' direction='in'/><arg name='source' "
      "type='ay' direction='in'/>"
      "<arg name='rule' type='s' direction='in'/><arg name='for_all' type='b' "
      "direction='in'/></method>"
      "<method name='AnswerPassword'><arg name='operation' type='t' direction='in'/>"
      "<arg name='password' type='s' direction='in'/></method>"
      "<method name='Move'><arg name='operation' type='t' direction='in'/>"
      "<arg name='position' type='u' direction='in'/></method>"
      "<method name='ListHistory'><arg name='max' type='u' direction='in'/>"
      "<arg name='jobs' type='aa{sv}' direction='out'/></method>"
      "<method name='ListInterrupted'><arg name='jobs' type='aa{sv}' direction='out'/></method>"
      /* To those who follow, and only to them; ten times a second at most. */
      "<signal name='Changed'><arg name='operation' type='t'/><arg name='facts' "
      "type='a{sv}'/></signal>"
      "<signal name='Ended'><arg name='operation' type='t'/><arg name='facts' "
      "type='a{sv}'/></signal>"
      "</interface></node>";

/* Rules */

static const char *const rules[] = {
  [THAW_RULE_ASK] = "ask",
  [THAW_RULE_SKIP] = "skip",
  [THAW_RULE_REPLACE] = "replace",
  [THAW_RULE_REPLACE_IF_NEWER] = "newer",
  [THAW_RULE_REPLACE_IF_DIFFERENT] = "different",
  [THAW_RULE_REPLACE_IF_LARGER] = "larger",
  [THAW_RULE_KEEP_BOTH] = "keep-both",
  [THAW_RULE_MERGE] = "merge",
};

/**
 * files_wire_get_rule_name:
 * @rule: a rule
 *
 * Returns: (transfer none): what it is called on the bus and on the command line
 */
const char *
files_wire_get_rule_name (ThawRule rule)
{
  g_return_val_if_fail (rule < G_N_ELEMENTS (rules), NULL);

  return rules[rule];
}

/**
 * files_wire_parse_rule:
 * @name: what a rule is called
 * @rule: (out): the rule
 *
 * Returns: whether there is one
 */
gboolean
files_wire_parse_rule (const char *name, ThawRule *rule)
{
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    if (strcmp (rules[i], name) == 0)
      {
        *rule = (ThawRule) i;
        return TRUE;
      }
  return FALSE;
}

/* Strings: what isn't UTF-8 doesn't go through the bus */

static GVariant *
new_text (const char *text)
{
  return g_variant_new_take_string (g_utf8_make_valid (text != NULL ? text : "", -1));
}

static void
add (GVariantBuilder *builder, const char *key, GVariant *value)
{
  g_variant_builder_add (builder, "{sv}", key, value);
}

/* Facts */

static GVariant *
pack_progress (const ThawProgress *p)
{
  return g_variant_new (PROGRESS,
                        p->bytes_done,
                        p->bytes_total,
                        p->entries_done,
                        p->entries_total,
                        p->bytes_per_second,
                        p->entries_per_second,
                        p->seconds_left_low,
                        p->seconds_left_high,
                        p->running_usec,
                        p->silent_usec);
}

static void
unpack_progress (GVariantDict *dict, ThawProgress *p)
{
  g_variant_dict_lookup (dict,
                         "progress",
                         PROGRESS,
                         &p->bytes_done,
                         &p->bytes_total,
                         &p->entries_done,
                         &p->entries_total,
                         &p->bytes_per_second,
                         &p->entries_per_second,
                         &p->seconds_left_low,
                         &p->seconds_left_high,
                         &p->running_usec,
                         &p->silent_usec);
}

static GVariant *
pack_error (const GError *error)
{
  return g_variant_new ("(si@s)",
                        g_quark_to_string (error->domain),
                        error->code,
                        new_text (error->message));
}

static GError *
new_error (const char *domain, int code, const char *message)
{
  return g_error_new_literal (g_quark_from_string (*domain != '\0' ? domain : "unknown"),
                              code,
                              message);
}

static GVariant *
pack_problems (GPtrArray *problems)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE (PROBLEMS));

  for (guint i = 0; i < problems->len; i++)
    {
      const ThawProblem *problem = g_ptr_array_index (problems, i);

      g_variant_builder_add (&builder,
                             "(@aysi@s)",
                             g_variant_new_bytestring (problem->path),
                             g_quark_to_string (problem->error->domain),
                             problem->error->code,
                             new_text (problem->error->message));
    }
  return g_variant_builder_end (&builder);
}

static void
unpack_problems (GVariantDict *dict, const char *key, GPtrArray *problems)
{
  g_autoptr (GVariant) list = g_variant_dict_lookup_value (dict, key, G_VARIANT_TYPE (PROBLEMS));
  const char *path, *domain, *message;
  gint32 code;

  for (gsize i = 0; list != NULL && i < g_variant_n_children (list); i++)
    {
      g_variant_get_child (list, i, "(^&ay&si&s)", &path, &domain, &code, &message);
      files_facts_take_problem (problems, g_strdup (path), new_error (domain, code, message));
    }
}

static const char *const conflicts[] = {
  [THAW_CONFLICT_FILE] = "file",
  [THAW_CONFLICT_FOLDER] = "folder",
  [THAW_CONFLICT_TYPE] = "type",
};

static GVariant *
pack_question (const ThawQuestion *q)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  add (&builder, "conflict", g_variant_new_string (conflicts[q->conflict]));
  if (q->source_path != NULL)
    add (&builder, "source", g_variant_new_bytestring (q->source_path));
  if (q->target_path != NULL)
    add (&builder, "target", g_variant_new_bytestring (q->target_path));
  add (&builder, "sizes", g_variant_new ("(xx)", q->source_size, q->target_size));
  add (&builder, "mtimes-usec", g_variant_new ("(xx)", q->source_mtime_usec, q->target_mtime_usec));
  add (&builder, "no-space", g_variant_new_boolean (q->is_no_space));
  add (&builder, "password", g_variant_new_boolean (q->is_password));
  return g_variant_builder_end (&builder);
}

static void
unpack_question (GVariantDict *dict, FilesFacts *facts)
{
  g_autoptr (GVariant) packed
      = g_variant_dict_lookup_value (dict, "question", G_VARIANT_TYPE_VARDICT);
  ThawQuestion q = { 0 };
  const char *conflict = "";

  if (packed == NULL)
    return;
  g_variant_lookup (packed, "conflict", "&s", &conflict);
  g_variant_lookup (packed, "source", "^&ay", &q.source_path);
  g_variant_lookup (packed, "target", "^&ay", &q.target_path);
  g_variant_lookup (packed, "sizes", "(xx)", &q.source_size, &q.target_size);
  g_variant_lookup (packed, "mtimes-usec", "(xx)", &q.source_mtime_usec, &q.target_mtime_usec);
  g_variant_lookup (packed, "no-space", "b", &q.is_no_space);
  g_variant_lookup (packed, "password", "b", &q.is_password);
  for (guint i = 0; i < G_N_ELEMENTS (conflicts); i++)
    if (strcmp (conflicts[i], conflict) == 0)
      q.conflict = (ThawConflict) i;
  facts->question = g_boxed_copy (THAW_TYPE_QUESTION, &q);
}

static GVariant *
pack_results (GPtrArray *uris)
{
  return g_variant_new_strv ((const char *const *) uris->pdata, uris->len);
}

static GVariant *
pack_findings (GPtrArray *findings)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE (FINDINGS));

  for (guint i = 0; i < findings->len; i++)
    {
      const ThawFinding *finding = g_ptr_array_index (findings, i);

      g_variant_builder_add (&builder,
                             "(ub@ay@s)",
                             (guint32) finding->type,
                             finding->is_fatal,
                             g_variant_new_bytestring (finding->path != NULL ? finding->path : ""),
                             new_text (finding->message));
    }
  return g_variant_builder_end (&builder);
}

static GVariant *
pack_counts (const FilesFacts *facts)
{
  return g_variant_new_fixed_array (G_VARIANT_TYPE_INT64,
                                    facts->finding_counts,
                                    THAW_N_FINDINGS,
                                    sizeof (gint64));
}

static void
pack_long (GVariantBuilder *builder, const FilesFacts *facts)
{
  add (builder, "problems", pack_problems (facts->problems));
  add (builder, "losses", pack_problems (facts->losses));
  add (builder, "results", pack_results (facts->results));
  if (!facts->has_plan)
    return;
  add (builder, "plan-bytes", g_variant_new_int64 (facts->plan_bytes));
  add (builder, "plan-entries", g_variant_new_int64 (facts->plan_entries));
  add (builder, "findings", pack_findings (facts->findings));
  add (builder, "finding-counts", pack_counts (facts));
}

/**
 * files_wire_pack_facts:
 * @facts: facts
 * @all: also what may be long
 *
 * Returns: (transfer floating): a dictionary, `a{sv}`
 */
GVariant *
files_wire_pack_facts (const FilesFacts *facts, gboolean all)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  add (&builder, "id", g_variant_new_int64 (facts->id));
  add (&builder, "state", g_variant_new_string (files_facts_get_state_name (facts->state)));
  add (&builder, "progress", pack_progress (&facts->progress));
  add (&builder, "n-problems", g_variant_new_uint32 (facts->n_problems));
  add (&builder, "n-losses", g_variant_new_uint32 (facts->n_losses));
  if (facts->title != NULL)
    add (&builder, "title", new_text (facts->title));
  if (facts->current_path != NULL)
    add (&builder, "path", g_variant_new_bytestring (facts->current_path));
  if (facts->error != NULL)
    add (&builder, "error", pack_error (facts->error));
  if (facts->question != NULL)
    add (&builder, "question", pack_question (facts->question));
  if (all)
    pack_long (&builder, facts);
  return g_variant_builder_end (&builder);
}

static void
unpack_results (GVariantDict *dict, FilesFacts *facts)
{
  g_autoptr (GVariant) uris
      = g_variant_dict_lookup_value (dict, "results", G_VARIANT_TYPE_STRING_ARRAY);

  for (gsize i = 0; uris != NULL && i < g_variant_n_children (uris); i++)
    {
      char *uri;

      g_variant_get_child (uris, i, "s", &uri);
      g_ptr_array_add (facts->results, uri);
    }
}

static void
unpack_plan (GVariantDict *dict, FilesFacts *facts)
{
  g_autoptr (GVariant) findings
      = g_variant_dict_lookup_value (dict, "findings", G_VARIANT_TYPE (FINDINGS));
  g_autoptr (GVariant) counts
      = g_variant_dict_lookup_value (dict, "finding-counts", G_VARIANT_TYPE ("ax"));
  const char *path, *message;
  gboolean is_fatal;
  guint32 type;

  facts->has_plan = findings != NULL;
  for (gsize i = 0; counts != NULL && i < MIN (g_variant_n_children (counts), THAW_N_FINDINGS); i++)
    g_variant_get_child (counts, i, "x", &facts->finding_counts[i]);
  g_variant_dict_lookup (dict, "plan-bytes", "x", &facts->plan_bytes);
  g_variant_dict_lookup (dict, "plan-entries", "x", &facts->plan_entries);
  for (gsize i = 0; findings != NULL && i < g_variant_n_children (findings); i++)
    {
      g_variant_get_child (findings, i, "(ub^&ay&s)", &type, &is_fatal, &path, &message);
      files_facts_take_finding (facts,
                                (ThawFindingType) type,
                                is_fatal,
                                *path != '\0' ? g_strdup (path) : NULL,
                                g_strdup (message));
    }
}

static void
unpack_short (GVariantDict *dict, FilesFacts *facts)
{
  g_autoptr (GVariant) error
      = g_variant_dict_lookup_value (dict, "error", G_VARIANT_TYPE ("(sis)"));
  g_autoptr (GVariant) path = g_variant_dict_lookup_value (dict, "path", G_VARIANT_TYPE_BYTESTRING);
  const char *domain, *message;
  gint32 code;

  g_variant_dict_lookup (dict, "id", "x", &facts->id);
  g_variant_dict_lookup (dict, "title", "s", &facts->title);
  g_variant_dict_lookup (dict, "n-problems", "u", &facts->n_problems);
  g_variant_dict_lookup (dict, "n-losses", "u", &facts->n_losses);
  unpack_progress (dict, &facts->progress);
  facts->current_path = path != NULL ? g_variant_dup_bytestring (path, NULL) : NULL;
  if (error == NULL)
    return;
  g_variant_get (error, "(&si&s)", &domain, &code, &message);
  facts->error = new_error (domain, code, message);
}

/**
 * files_wire_unpack_facts:
 * @variant: what files_wire_pack_facts() made, or anything else
 *
 * - **Errors**: %G_IO_ERROR_INVALID_DATA without a state that is known.
 *
 * Returns: (transfer full): the facts, or %NULL with @error set
 */
FilesFacts *
files_wire_unpack_facts (GVariant *variant, GError **error)
{
  g_autoptr (FilesFacts) facts = files_facts_new_empty ();
  g_auto (GVariantDict) dict = { 0 };
  const char *state;

  if (!g_variant_is_of_type (variant, G_VARIANT_TYPE_VARDICT))
    {
      g_set_error_literal (error,
                           G_IO_ERROR,
                           G_IO_ERROR_INVALID_DATA,
                           "That is nothing about an operation");
      return NULL;
    }
  g_variant_dict_init (&dict, variant);
  if (!g_variant_dict_lookup (&dict, "state", "&s", &state)
      || !files_facts_parse_state (state, &facts->state))
    {
      g_set_error_literal (error,
                           G_IO_ERROR,
                           G_IO_ERROR_INVALID_DATA,
                           "The operation has no state");
      return NULL;
    }
  unpack_short (&dict, facts);
  unpack_question (&dict, facts);
  unpack_problems (&dict, "problems", facts->problems);
  unpack_problems (&dict, "losses", facts->losses);
  unpack_results (&dict, facts);
  unpack_plan (&dict, facts);
  return g_steal_pointer (&facts);
}

/* Records */

static GVariant *
pack_record (const ThawOperationRecord *record)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  add (&builder, "id", g_variant_new_int64 (record->id));
  add (&builder, "created-usec", g_variant_new_int64 (record->created_usec));
  add (&builder, "ended-usec", g_variant_new_int64 (record->ended_usec));
  add (&builder, "kind", new_text (record->kind));
  if (record->title != NULL)
    add (&builder, "title", new_text (record->title));
  add (&builder, "state", g_variant_new_string (files_facts_get_state_name (record->state)));
  add (&builder, "undone", g_variant_new_boolean (record->is_undone));
  add (&builder, "interrupted", g_variant_new_boolean (record->is_interrupted));
  return g_variant_builder_end (&builder);
}

/**
 * files_wire_pack_records:
 * @records: (element-type ThawOperationRecord): of the history
 *
 * Returns: (transfer floating): a list, `aa{sv}`
 */
GVariant *
files_wire_pack_records (GPtrArray *records)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < records->len; i++)
    g_variant_builder_add_value (&builder, pack_record (g_ptr_array_index (records, i)));
  return g_variant_builder_end (&builder);
}

static void
record_free (gpointer record)
{
  g_boxed_free (THAW_TYPE_OPERATION_RECORD, record);
}

static ThawOperationRecord *
unpack_record (GVariant *variant)
{
  ThawOperationRecord *record = g_new0 (ThawOperationRecord, 1);
  g_auto (GVariantDict) dict = { 0 };
  const char *state;

  g_variant_dict_init (&dict, variant);
  g_variant_dict_lookup (&dict, "id", "x", &record->id);
  g_variant_dict_lookup (&dict, "created-usec", "x", &record->created_usec);
  g_variant_dict_lookup (&dict, "ended-usec", "x", &record->ended_usec);
  g_variant_dict_lookup (&dict, "title", "s", &record->title);
  g_variant_dict_lookup (&dict, "undone", "b", &record->is_undone);
  g_variant_dict_lookup (&dict, "interrupted", "b", &record->is_interrupted);
  if (!g_variant_dict_lookup (&dict, "kind", "s", &record->kind))
    record->kind = g_strdup ("");
  if (g_variant_dict_lookup (&dict, "state", "&s", &state))
    files_facts_parse_state (state, &record->state);
  return record;
}

/**
 * files_wire_unpack_records:
 * @variant: a list, `aa{sv}`
 *
 * Returns: (transfer full) (element-type ThawOperationRecord): the records
 */
GPtrArray *
files_wire_unpack_records (GVariant *variant)
{
  GPtrArray *records = g_ptr_array_new_with_free_func (record_free);

  for (gsize i = 0; i < g_variant_n_children (variant); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (variant, i);

      g_ptr_array_add (records, unpack_record (child));
    }
  return records;
}

/* Requests */

static gboolean
refuse (GError **error, const char *format, const char *what)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, format, what);
  return FALSE;
}

/* A key that is there has the type that it has to have; what io reads over would be half of what
 * was meant. */
static gboolean
check_types (GVariant *variant, GError **error)
{
  static const struct {
    const char *key, *type;
  } keys[] = { { "kind", "s" },    { "sources", "as" }, { "target", "s" },
               { "names", "aay" }, { "rules", "au" },   { "options", "a{sv}" } };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GVariant) value = g_variant_lookup_value (variant, keys[i].key, NULL);

      if (value != NULL && !g_variant_is_of_type (value, G_VARIANT_TYPE (keys[i].type)))
        return refuse (error, "“%s” of the request isn't what it should be", keys[i].key);
    }
  return TRUE;
}

static gboolean
check_uri (const char *uri, GError **error)
{
  g_autofree char *scheme = g_uri_parse_scheme (uri);

  if (scheme == NULL || uri[strlen (scheme) + 1] != '/')
    return refuse (error, "“%s” is no address of a file", uri);
  return TRUE;
}

static gboolean
check_files (GVariant *variant, GError **error)
{
  g_autoptr (GVariant) sources
      = g_variant_lookup_value (variant, "sources", G_VARIANT_TYPE_STRING_ARRAY);
  const char *uri;

  if (sources != NULL && g_variant_n_children (sources) > MAX_SOURCES)
    return refuse (error, "Those are too many files%s", "");
  for (gsize i = 0; sources != NULL && i < g_variant_n_children (sources); i++)
    {
      g_variant_get_child (sources, i, "&s", &uri);
      if (!check_uri (uri, error))
        return FALSE;
    }
  return !g_variant_lookup (variant, "target", "&s", &uri) || check_uri (uri, error);
}

/**
 * files_wire_get_bytes:
 * @variant: an `ay`
 *
 * Returns: (transfer none) (nullable) (type filename): its bytes, %NULL unless they end with the
 * one NUL that there is. GLib takes the rest for "".
 */
const char *
files_wire_get_bytes (GVariant *variant)
{
  gsize length;
  const char *bytes = g_variant_get_fixed_array (variant, &length, 1);

  return length > 0 && memchr (bytes, '\0', length) == bytes + length - 1 ? bytes : NULL;
}

static gboolean
is_name (const char *name)
{
  return name != NULL && *name != '\0' && strchr (name, '/') == NULL && strcmp (name, ".") != 0
         && strcmp (name, "..") != 0;
}

static gboolean
check_names (GVariant *variant, GError **error)
{
  g_autoptr (GVariant) names
      = g_variant_lookup_value (variant, "names", G_VARIANT_TYPE_BYTESTRING_ARRAY);

  for (gsize i = 0; names != NULL && i < g_variant_n_children (names); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (names, i);
      const char *name = files_wire_get_bytes (child);
      g_autofree char *shown = g_filename_display_name (name != NULL ? name : "");

      if (!is_name (name))
        return refuse (error, "“%s” is no name of a file", shown);
    }
  return TRUE;
}

static gboolean
check_rules (GVariant *variant, GError **error)
{
  g_autoptr (GVariant) given = g_variant_lookup_value (variant, "rules", G_VARIANT_TYPE ("au"));
  guint32 rule;

  for (gsize i = 0; given != NULL && i < g_variant_n_children (given); i++)
    {
      g_variant_get_child (given, i, "u", &rule);
      if (rule >= G_N_ELEMENTS (rules))
        return refuse (error, "There is no such rule%s", "");
    }
  return TRUE;
}

/**
 * files_wire_unpack_request:
 * @variant: what a caller says that it is
 *
 * Reads a request more strictly than a journal is read: who wrote it can be told, and can write a
 * better one.
 *
 * - **Errors**: %G_IO_ERROR_INVALID_ARGUMENT or %G_IO_ERROR_INVALID_DATA, with what is wrong.
 *
 * Returns: (transfer full): the request, or %NULL with @error set
 */
ThawOperationRequest *
files_wire_unpack_request (GVariant *variant, GError **error)
{
  g_autoptr (ThawOperationRequest) request = NULL;
  const char *kind;

  if (!g_variant_is_of_type (variant, G_VARIANT_TYPE_VARDICT))
    {
      refuse (error, "That is no request%s", "");
      return NULL;
    }
  if (!check_types (variant, error) || !check_files (variant, error)
      || !check_names (variant, error) || !check_rules (variant, error))
    return NULL;
  request = thaw_operation_request_new_from_variant (variant, error);
  if (request == NULL)
    return NULL;
  kind = thaw_operation_request_get_kind (request);
  if (!thaw_operation_request_is_known (request))
    {
      refuse (error, "There is no operation “%s”", kind);
      return NULL;
    }
  return g_steal_pointer (&request);
}

/* Surroundings */

/* That of the whole process, without changing it for a moment as umask() would. */
static char *
dup_umask (void)
{
  g_autofree char *status = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    return g_strdup ("");
  line = strstr (status, "\nUmask:");
  if (line == NULL)
    return g_strdup ("");
  line += strlen ("\nUmask:");
  return g_strstrip (g_strndup (line, strcspn (line, "\n")));
}

static void
take (GVariantBuilder *builder, const char *key, char *value)
{
  g_autofree char *owned = value;
  g_autofree char *shown = g_utf8_make_valid (owned != NULL ? owned : "", -1);

  g_variant_builder_add (builder, "{ss}", key, shown);
}

/**
 * files_wire_dup_surroundings:
 *
 * Tells of this process what the same request comes out differently by.
 *
 * - **Thread**: one that may read /proc.
 *
 * Returns: (transfer full): a dictionary, `a{ss}`
 */
GVariant *
files_wire_dup_surroundings (void)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));

  take (&builder, "user", g_strdup_printf ("%u:%u", (guint) geteuid (), (guint) getegid ()));
  take (&builder, "state", g_strdup (g_get_user_state_dir ()));
  take (&builder, "data", g_strdup (g_get_user_data_dir ()));
  take (&builder, "root", g_file_read_link ("/proc/self/root", NULL));
  take (&builder, "mounts", g_file_read_link ("/proc/self/ns/mnt", NULL));
  take (&builder, "umask", dup_umask ());
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* What is copied or moved keeps its rights; what is made anew gets them from the umask. */
static gboolean
minds_umask (const char *kind)
{
  static const char *const kinds[] = { "create", "extract", "compress", "download", NULL };

  return kind == NULL || g_strv_contains (kinds, kind);
}

/**
 * files_wire_compare_surroundings:
 * @a: surroundings
 * @b: surroundings of another process
 * @kind: (nullable): what is to be done
 *
 * Returns: (transfer none) (nullable): in what they differ; %NULL if either process may do it
 */
const char *
files_wire_compare_surroundings (GVariant *a, GVariant *b, const char *kind)
{
  static const char *const keys[] = { "user", "state", "data", "root", "mounts", "umask" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const char *of_a = "", *of_b = "";

      if (i == G_N_ELEMENTS (keys) - 1 && !minds_umask (kind))
        continue;
      g_variant_lookup (a, keys[i], "&s", &of_a);
      g_variant_lookup (b, keys[i], "&s", &of_b);
      if (strcmp (of_a, of_b) != 0)
        return keys[i];
    }
  return NULL;
}

/**
 * files_wire_find_bus:
 *
 * Returns: (transfer full) (nullable): the address of the session bus, %NULL if there is none
 */
char *
files_wire_find_bus (void)
{
  const char *address = g_getenv ("DBUS_SESSION_BUS_ADDRESS");
  g_autofree char *socket = NULL;

  if (address != NULL)
    return *address != '\0' ? g_strdup (address) : NULL;
  socket = g_build_filename (g_get_user_runtime_dir (), "bus", NULL);
  return g_file_test (socket, G_FILE_TEST_EXISTS) ? g_strconcat ("unix:path=", socket, NULL) : NULL;
}
