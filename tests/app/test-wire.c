/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The values on the bus: what is packed comes back the same, whatever is in it; what somebody else
 * makes up is refused or has its defaults, and never more than that. Random, with a seed that
 * g_test prints. */
#include "files-wire.h"

#include <string.h>
#include <sys/stat.h>

#define N_ROUNDS 500

/* Random values */

static int
below (int n)
{
  return g_test_rand_int_range (0, n);
}

static gint64
random_int64 (void)
{
  return (gint64) (((guint64) (guint32) g_test_rand_int () << 32) | (guint32) g_test_rand_int ());
}

/* Of a path: any bytes but NUL. */
static char *
random_bytes (void)
{
  int length = below (20);
  char *bytes = g_malloc0 (length + 1);

  for (int i = 0; i < length; i++)
    bytes[i] = (char) (1 + below (255));
  return bytes;
}

static char *
random_text (void)
{
  g_autofree char *bytes = random_bytes ();

  return g_utf8_make_valid (bytes, -1);
}

static GError *
random_error (void)
{
  static const char *const domains[]
      = { "g-io-error-quark", "thaw-error-quark", "g-file-error-quark" };
  g_autofree char *text = random_text ();

  return g_error_new_literal (g_quark_from_string (domains[below (3)]), below (50), text);
}

static void
add_problems (GPtrArray *problems)
{
  for (int n = below (4); n > 0; n--)
    files_facts_take_problem (problems, random_bytes (), random_error ());
}

static ThawQuestion *
random_question (void)
{
  g_autofree char *source = random_bytes ();
  g_autofree char *target = random_bytes ();
  ThawQuestion question = { .conflict = (ThawConflict) below (THAW_N_CONFLICTS),
                            .source_path = source,
                            .target_path = below (2) ? target : NULL,
                            .source_size = random_int64 (),
                            .target_size = random_int64 (),
                            .source_mtime_usec = random_int64 (),
                            .target_mtime_usec = random_int64 (),
                            .is_no_space = below (2),
                            .is_password = below (2) };

  return g_boxed_copy (THAW_TYPE_QUESTION, &question);
}

static void
fill_progress (ThawProgress *progress)
{
  progress->bytes_done = random_int64 ();
  progress->bytes_total = random_int64 ();
  progress->entries_done = random_int64 ();
  progress->entries_total = random_int64 ();
  progress->bytes_per_second = g_test_rand_double ();
  progress->entries_per_second = g_test_rand_double ();
  progress->seconds_left_low = g_test_rand_double ();
  progress->seconds_left_high = g_test_rand_double ();
  progress->running_usec = random_int64 ();
  progress->silent_usec = random_int64 ();
}

static void
fill_plan (FilesFacts *facts)
{
  facts->has_plan = below (2);
  if (!facts->has_plan)
    return;
  facts->plan_bytes = random_int64 ();
  facts->plan_entries = random_int64 ();
  for (guint i = 0; i < THAW_N_FINDINGS; i++)
    facts->finding_counts[i] = random_int64 ();
  for (int n = below (4); n > 0; n--)
    {
      g_autofree char *path = random_bytes ();

      files_facts_take_finding (facts,
                                (ThawFindingType) below (THAW_N_FINDINGS),
                                below (2),
                                *path != '\0' ? g_steal_pointer (&path) : NULL,
                                random_text ());
    }
}

static FilesFacts *
random_facts (void)
{
  FilesFacts *facts = files_facts_new_empty ();

  facts->id = random_int64 ();
  facts->title = below (2) ? random_text () : NULL;
  facts->state = (ThawOperationState) below (THAW_OPERATION_CANCELLED + 1);
  fill_progress (&facts->progress);
  facts->current_path = below (2) ? random_bytes () : NULL;
  facts->n_problems = (guint) g_test_rand_int ();
  facts->n_losses = (guint) g_test_rand_int ();
  facts->error = below (2) ? random_error () : NULL;
  facts->question = below (2) ? random_question () : NULL;
  add_problems (facts->problems);
  add_problems (facts->losses);
  for (int n = below (4); n > 0; n--)
    g_ptr_array_add (facts->results, random_text ());
  fill_plan (facts);
  return facts;
}

/* There and back */

/* As it would come from another process: bytes, in which nothing is shared with what they were made
 * from. */
static GVariant *
send (GVariant *floating)
{
  g_autoptr (GVariant) value = g_variant_ref_sink (floating);
  g_autoptr (GBytes) bytes = g_variant_get_data_as_bytes (value);

  return g_variant_ref_sink (g_variant_new_from_bytes (g_variant_get_type (value), bytes, FALSE));
}

static void
assert_problems_equal (GPtrArray *a, GPtrArray *b)
{
  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++)
    {
      const ThawProblem *x = g_ptr_array_index (a, i), *y = g_ptr_array_index (b, i);

      g_assert_cmpstr (x->path, ==, y->path);
      g_assert_cmpuint (x->error->domain, ==, y->error->domain);
      g_assert_cmpint (x->error->code, ==, y->error->code);
      g_assert_cmpstr (x->error->message, ==, y->error->message);
    }
}

static void
test_facts (void)
{
  for (guint i = 0; i < N_ROUNDS; i++)
    {
      g_autoptr (FilesFacts) facts = random_facts ();
      g_autoptr (GVariant) sent = send (files_wire_pack_facts (facts, TRUE));
      g_autoptr (FilesFacts) back = files_wire_unpack_facts (sent, NULL);
      g_autoptr (GVariant) again = send (files_wire_pack_facts (back, TRUE));

      g_assert_nonnull (back);
      g_assert_true (g_variant_equal (sent, again));
      g_assert_cmpint (facts->id, ==, back->id);
      g_assert_cmpint (facts->state, ==, back->state);
      g_assert_cmpstr (facts->title, ==, back->title);
      g_assert_cmpstr (facts->current_path, ==, back->current_path);
      g_assert_cmpmem (&facts->progress,
                       sizeof facts->progress,
                       &back->progress,
                       sizeof back->progress);
      g_assert_cmpmem (facts->finding_counts,
                       sizeof facts->finding_counts,
                       back->finding_counts,
                       sizeof back->finding_counts);
      assert_problems_equal (facts->problems, back->problems);
      assert_problems_equal (facts->losses, back->losses);
      g_assert_cmpuint (facts->findings->len, ==, back->findings->len);
      g_assert_true ((facts->question != NULL) == (back->question != NULL));
      if (facts->question != NULL)
        g_assert_cmpstr (facts->question->target_path, ==, back->question->target_path);
    }
}

static void
test_short_facts (void)
{
  g_autoptr (FilesFacts) facts = random_facts ();
  g_autoptr (GVariant) sent = send (files_wire_pack_facts (facts, FALSE));
  g_autoptr (FilesFacts) back = files_wire_unpack_facts (sent, NULL);

  g_assert_cmpint (facts->id, ==, back->id);
  g_assert_cmpuint (back->problems->len + back->losses->len + back->results->len, ==, 0);
  g_assert_false (back->has_plan);
}

static ThawOperationRequest *
random_request (void)
{
  static const char *const kinds[] = { "copy", "move", "trash", "rename", "undo" };
  ThawOperationRequest *request = thaw_operation_request_new (kinds[below (G_N_ELEMENTS (kinds))]);

  for (int n = below (5); n > 0; n--)
    {
      g_autofree char *bytes = random_bytes ();
      g_autofree char *path = g_strconcat ("/", bytes, NULL);
      g_autofree char *name = g_strconcat ("n", bytes, NULL);
      g_autoptr (GFile) file = g_file_new_for_path (path);

      g_strdelimit (name, "/", '_');
      thaw_operation_request_add_source (request, file);
      thaw_operation_request_add_name (request, name);
      thaw_operation_request_set_target (request, file);
    }
  for (guint i = 0; i < THAW_N_CONFLICTS; i++)
    thaw_operation_request_set_rule (request,
                                     (ThawConflict) i,
                                     (ThawRule) below (THAW_RULE_MERGE + 1));
  thaw_operation_request_set_option (request, "verify", g_variant_new_boolean (below (2)));
  thaw_operation_request_set_option (request, "job", g_variant_new_int64 (random_int64 ()));
  return request;
}

static void
test_requests (void)
{
  for (guint i = 0; i < N_ROUNDS; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ThawOperationRequest) request = random_request ();
      g_autoptr (GVariant) packed = thaw_operation_request_to_variant (request);
      g_autoptr (GVariant) sent = send (packed);
      g_autoptr (ThawOperationRequest) back = files_wire_unpack_request (sent, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (thaw_operation_request_get_kind (request),
                       ==,
                       thaw_operation_request_get_kind (back));
      g_assert_cmpuint (thaw_operation_request_get_n_sources (request),
                        ==,
                        thaw_operation_request_get_n_sources (back));
      for (guint j = 0; j < thaw_operation_request_get_n_sources (request); j++)
        {
          g_assert_true (g_file_equal (thaw_operation_request_get_source (request, j),
                                       thaw_operation_request_get_source (back, j)));
          g_assert_cmpstr (thaw_operation_request_get_name (request, j),
                           ==,
                           thaw_operation_request_get_name (back, j));
        }
      for (guint j = 0; j < THAW_N_CONFLICTS; j++)
        g_assert_cmpint (thaw_operation_request_get_rule (request, (ThawConflict) j),
                         ==,
                         thaw_operation_request_get_rule (back, (ThawConflict) j));
    }
}

static void
test_records (void)
{
  g_autoptr (GPtrArray) records = g_ptr_array_new ();
  ThawOperationRecord record = { .id = random_int64 (),
                                 .created_usec = random_int64 (),
                                 .ended_usec = random_int64 (),
                                 .kind = (char *) "copy",
                                 .title = (char *) "Copy “ä”",
                                 .state = THAW_OPERATION_FAILED,
                                 .is_undone = TRUE,
                                 .is_interrupted = TRUE };
  g_autoptr (GVariant) sent = NULL;
  g_autoptr (GPtrArray) back = NULL;
  const ThawOperationRecord *first;

  g_ptr_array_add (records, &record);
  sent = send (files_wire_pack_records (records));
  back = files_wire_unpack_records (sent);
  g_assert_cmpuint (back->len, ==, 1);
  first = g_ptr_array_index (back, 0);
  g_assert_cmpint (first->id, ==, record.id);
  g_assert_cmpint (first->created_usec, ==, record.created_usec);
  g_assert_cmpstr (first->title, ==, record.title);
  g_assert_cmpint (first->state, ==, record.state);
  g_assert_true (first->is_undone && first->is_interrupted);
}

static void
test_rules (void)
{
  ThawRule rule;

  for (guint i = 0; i <= THAW_RULE_MERGE; i++)
    {
      g_assert_true (files_wire_parse_rule (files_wire_get_rule_name ((ThawRule) i), &rule));
      g_assert_cmpint (rule, ==, i);
    }
  g_assert_false (files_wire_parse_rule ("", &rule));
}

/* What somebody made up */

static GVariant *
random_value (guint depth)
{
  g_autofree char *text = random_text ();
  g_autofree char *bytes = random_bytes ();
  GVariantBuilder builder;

  switch (below (depth > 2 ? 6 : 9))
    {
    case 0:
      return g_variant_new_string (text);
    case 1:
      return g_variant_new_uint32 ((guint32) g_test_rand_int ());
    case 2:
      return g_variant_new_int64 (random_int64 ());
    case 3:
      return g_variant_new_boolean (below (2));
    case 4:
      return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, bytes, strlen (bytes), 1);
    case 5:
      return g_variant_new_strv ((const char *const[]){ text, "file:///x", NULL }, -1);
    case 6:
      return g_variant_new_variant (random_value (depth + 1));
    case 7:
      return g_variant_new ("(sis)", text, below (9), text);
    default:
      g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
      for (int n = below (4); n > 0; n--)
        g_variant_builder_add (&builder, "{sv}", text, random_value (depth + 1));
      return g_variant_builder_end (&builder);
    }
}

static GVariant *
random_dictionary (void)
{
  static const char *const keys[]
      = { "kind",     "sources", "target",   "names",  "rules",    "options", "state", "error",
          "question", "title",   "problems", "losses", "findings", "results", "path",  "progress" };
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  if (below (2))
    g_variant_builder_add (&builder, "{sv}", "state", g_variant_new_string ("running"));
  if (below (2))
    g_variant_builder_add (&builder, "{sv}", "kind", g_variant_new_string ("copy"));
  for (int n = below (8); n > 0; n--)
    g_variant_builder_add (&builder, "{sv}", keys[below (G_N_ELEMENTS (keys))], random_value (0));
  return g_variant_builder_end (&builder);
}

static void
test_made_up (void)
{
  guint n_refused = 0;

  for (guint i = 0; i < 10 * N_ROUNDS; i++)
    {
      g_autoptr (GError) error = NULL, other = NULL;
      g_autoptr (GVariant) value = send (random_dictionary ());
      g_autoptr (FilesFacts) facts = files_wire_unpack_facts (value, &error);
      g_autoptr (ThawOperationRequest) request = files_wire_unpack_request (value, &other);

      g_assert_true ((facts == NULL) == (error != NULL));
      g_assert_true ((request == NULL) == (other != NULL));
      n_refused += request == NULL;
    }
  g_assert_cmpuint (n_refused, >, 0);
  g_assert_cmpuint (n_refused, <, 10 * N_ROUNDS);
}

static void
assert_refused (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = g_variant_parse (NULL, text, NULL, NULL, &error);
  g_autoptr (ThawOperationRequest) request = NULL;

  g_assert_no_error (error);
  request = files_wire_unpack_request (value, &error);
  g_assert_null (request);
  g_assert_nonnull (error);
  g_assert_cmpuint (strlen (error->message), >, 0);
}

static void
test_refused (void)
{
  assert_refused ("'copy'");
  assert_refused ("@a{sv} {}");
  assert_refused ("{'kind': <'no such thing'>}");
  assert_refused ("{'kind': <'copy'>, 'sources': <'file:///a'>}");
  assert_refused ("{'kind': <'copy'>, 'sources': <['a']>}");
  assert_refused ("{'kind': <'copy'>, 'target': <'../b'>}");
  assert_refused ("{'kind': <'copy'>, 'names': <[b'a/b']>}");
  assert_refused ("{'kind': <'copy'>, 'names': <[b'..']>}");
  assert_refused ("{'kind': <'copy'>, 'names': <[[byte 0x61]]>}");
  assert_refused ("{'kind': <'copy'>, 'rules': <[uint32 8]>}");
}

static void
test_surroundings (void)
{
  g_autoptr (GVariant) here = files_wire_dup_surroundings ();
  g_autoptr (GVariant) nowhere = g_variant_ref_sink (g_variant_new_parsed ("@a{ss} {}"));
  g_autoptr (GVariant) stricter = NULL;
  mode_t before = umask (0077);

  stricter = files_wire_dup_surroundings ();
  umask (before);
  g_assert_null (files_wire_compare_surroundings (here, here, NULL));
  g_assert_cmpstr (files_wire_compare_surroundings (here, nowhere, "copy"), ==, "user");
  if (before == 0077)
    return;
  g_assert_cmpstr (files_wire_compare_surroundings (here, stricter, "create"), ==, "umask");
  g_assert_null (files_wire_compare_surroundings (here, stricter, "copy"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/facts", test_facts);
  g_test_add_func ("/wire/short-facts", test_short_facts);
  g_test_add_func ("/wire/requests", test_requests);
  g_test_add_func ("/wire/records", test_records);
  g_test_add_func ("/wire/rules", test_rules);
  g_test_add_func ("/wire/made-up", test_made_up);
  g_test_add_func ("/wire/refused", test_refused);
  g_test_add_func ("/wire/surroundings", test_surroundings);
  return g_test_run ();
}
