/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests as values, and on their way through a variant; names for keeping both; what rules
 * decide. */

#include "thaw-run-private.h"

#include <string.h>

static ThawOperationRequest *
make_request (void)
{
  ThawOperationRequest *request = thaw_operation_request_new ("copy");
  g_autoptr (GFile) odd = g_file_new_for_path ("/tmp/\xff\xfe odd %41\n\"\xc3");
  g_autoptr (GFile) plain = g_file_new_for_path ("/tmp/plain");
  g_autoptr (GFile) target = g_file_new_for_uri ("sftp://host/where/to");

  thaw_operation_request_add_source (request, odd);
  thaw_operation_request_add_source (request, plain);
  thaw_operation_request_set_target (request, target);
  thaw_operation_request_add_name (request, "\x80new\xff");
  thaw_operation_request_set_rule (request, THAW_CONFLICT_FILE, THAW_RULE_KEEP_BOTH);
  thaw_operation_request_set_rule (request, THAW_CONFLICT_FOLDER, THAW_RULE_MERGE);
  thaw_operation_request_set_option (request, "verify", g_variant_new_boolean (TRUE));
  thaw_operation_request_set_option (request, "mode", g_variant_new_uint32 (0644));
  return request;
}

static void
check_request (ThawOperationRequest *request)
{
  g_assert_cmpstr (thaw_operation_request_get_kind (request), ==, "copy");
  g_assert_cmpuint (thaw_operation_request_get_n_sources (request), ==, 2);
  g_assert_cmpstr (g_file_peek_path (thaw_operation_request_get_source (request, 0)),
                   ==,
                   "/tmp/\xff\xfe odd %41\n\"\xc3");
  g_assert_cmpstr (thaw_operation_request_get_name (request, 0), ==, "\x80new\xff");
  g_assert_null (thaw_operation_request_get_name (request, 1));
  g_assert_cmpint (thaw_operation_request_get_rule (request, THAW_CONFLICT_FILE),
                   ==,
                   THAW_RULE_KEEP_BOTH);
  g_assert_cmpint (thaw_operation_request_get_rule (request, THAW_CONFLICT_FOLDER),
                   ==,
                   THAW_RULE_MERGE);
  g_assert_cmpint (thaw_operation_request_get_rule (request, THAW_CONFLICT_TYPE),
                   ==,
                   THAW_RULE_ASK);
  g_assert_true (thaw_operation_request_get_flag (request, "verify"));
  g_assert_false (thaw_operation_request_get_flag (request, "mode"));
  g_assert_nonnull (thaw_operation_request_get_option (request, "mode", G_VARIANT_TYPE_UINT32));
  g_assert_null (thaw_operation_request_get_option (request, "mode", G_VARIANT_TYPE_STRING));
}

static void
test_variant (void)
{
  g_autoptr (ThawOperationRequest) request = make_request ();
  g_autoptr (GVariant) variant = thaw_operation_request_to_variant (request);
  g_autoptr (GBytes) bytes = g_variant_get_data_as_bytes (variant);
  g_autoptr (GVariant) read
      = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_VARDICT, bytes, FALSE));
  g_autoptr (ThawOperationRequest) copy = thaw_operation_request_new_from_variant (read, NULL);
  g_autofree char *uri = NULL;

  check_request (request);
  g_assert_nonnull (copy);
  check_request (copy);
  uri = g_file_get_uri (thaw_operation_request_get_target (copy));
  g_assert_cmpstr (uri, ==, "sftp://host/where/to");
}

static void
check_refused (const char *text)
{
  g_autoptr (GVariant) variant = g_variant_new_parsed (text);
  g_autoptr (GError) error = NULL;

  g_assert_null (thaw_operation_request_new_from_variant (variant, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
}

/* From the bus may come anything. */
static void
test_hostile (void)
{
  g_autoptr (GVariant) odd = g_variant_ref_sink (g_variant_new_parsed (
      "{'kind': <'copy'>, 'sources': <5>, 'names': <'x'>, 'rules': <[uint32 99, 1, 2, 3, 4]>, "
      "'options': <@as []>, 'target': <7>, 'more': <1>}"));
  g_autoptr (ThawOperationRequest) request = NULL;

  check_refused ("'copy'");
  check_refused ("@a{sv} {}");
  check_refused ("{'kind': <7>}");
  check_refused ("{'kind': <''>}");
  request = thaw_operation_request_new_from_variant (odd, NULL);
  g_assert_nonnull (request);
  g_assert_cmpuint (thaw_operation_request_get_n_sources (request), ==, 0);
  g_assert_null (thaw_operation_request_get_target (request));
  g_assert_cmpint (thaw_operation_request_get_rule (request, 0), ==, THAW_RULE_ASK);
  g_assert_cmpint (thaw_operation_request_get_rule (request, 1), ==, THAW_RULE_SKIP);
}

/* --- names --- */

static void
check_name (const char *name, gboolean has_extension, const char *expected)
{
  guint number = 2;
  g_autofree char *made = thaw_name_dup_numbered (name, has_extension, &number);

  g_assert_cmpstr (made, ==, expected);
}

static void
test_names (void)
{
  check_name ("a.txt", TRUE, "a (2).txt");
  check_name ("a", TRUE, "a (2)");
  check_name (".hidden", TRUE, ".hidden (2)");
  check_name ("a.tar.gz", TRUE, "a (2).tar.gz");
  check_name ("photos.2024", FALSE, "photos.2024 (2)");
  check_name ("a (2).txt", TRUE, "a (3).txt");
  check_name ("a (99).txt", TRUE, "a (100).txt");
  check_name ("a (1).txt", TRUE, "a (1) (2).txt");
  check_name ("a (2024-01).txt", TRUE, "a (2024-01) (2).txt");
  check_name ("(2)", TRUE, "(2) (2)");
  check_name ("a.not an extension", TRUE, "a.not an extension (2)");
  check_name ("\xff\xfe.\xfd", TRUE, "\xff\xfe (2).\xfd");
}

static void
check_long (const char *unit, gboolean is_text)
{
  g_autoptr (GString) name = g_string_new ("x");

  for (guint n = 0; name->len + strlen (unit) + 4 <= 255; n++)
    g_string_append (name, unit);
  g_string_append (name, ".jpg");
  for (guint number = 2; number < 20000; number += 1999)
    {
      guint used = number;
      g_autofree char *made = thaw_name_dup_numbered (name->str, TRUE, &used);

      g_assert_cmpuint (used, ==, number);
      g_assert_cmpuint (strlen (made), <=, 255);
      g_assert_true (g_str_has_suffix (made, ").jpg"));
      g_assert_true (!is_text || g_utf8_validate (made, -1, NULL));
    }
}

static void
test_long_names (void)
{
  check_long ("a", TRUE);
  check_long ("ä", TRUE);
  check_long ("语", TRUE);
  check_long ("😀", TRUE);
  check_long ("\xff", FALSE);
}

/* --- rules --- */

static void
check_rule (ThawRule rule, const ThawIdentity *a, const ThawIdentity *b, int expected)
{
  ThawDecision decision;

  if (expected < 0)
    g_assert_false (thaw_rule_decide (rule, a, b, &decision));
  else
    {
      g_assert_true (thaw_rule_decide (rule, a, b, &decision));
      g_assert_cmpint (decision, ==, expected);
    }
}

static void
test_rules (void)
{
  ThawIdentity old = { .size = 10, .mtime_nsec = 1000, .mode = S_IFREG };
  ThawIdentity new = { .size = 10, .mtime_nsec = 1001, .mode = S_IFREG };
  ThawIdentity large = { .size = 11, .mtime_nsec = 1000, .mode = S_IFREG };
  ThawIdentity folder = { .mtime_nsec = 2000, .mode = S_IFDIR };

  check_rule (THAW_RULE_ASK, &old, &new, -1);
  check_rule (THAW_RULE_SKIP, &old, &new, THAW_DECIDE_SKIP);
  check_rule (THAW_RULE_REPLACE, &old, &new, THAW_DECIDE_REPLACE);
  check_rule (THAW_RULE_KEEP_BOTH, &old, &new, THAW_DECIDE_KEEP_BOTH);
  check_rule (THAW_RULE_REPLACE_IF_NEWER, &new, &old, THAW_DECIDE_REPLACE);
  check_rule (THAW_RULE_REPLACE_IF_NEWER, &old, &new, THAW_DECIDE_SKIP);
  check_rule (THAW_RULE_REPLACE_IF_NEWER, &old, &old, THAW_DECIDE_SKIP);
  check_rule (THAW_RULE_REPLACE_IF_DIFFERENT, &old, &old, THAW_DECIDE_SKIP);
  check_rule (THAW_RULE_REPLACE_IF_DIFFERENT, &old, &new, THAW_DECIDE_REPLACE);
  check_rule (THAW_RULE_REPLACE_IF_DIFFERENT, &old, &large, THAW_DECIDE_REPLACE);
  check_rule (THAW_RULE_REPLACE_IF_LARGER, &large, &old, THAW_DECIDE_REPLACE);
  check_rule (THAW_RULE_REPLACE_IF_LARGER, &old, &large, THAW_DECIDE_SKIP);
  check_rule (THAW_RULE_MERGE, &folder, &folder, THAW_DECIDE_MERGE);
  check_rule (THAW_RULE_MERGE, &old, &folder, -1);
  check_rule (THAW_RULE_REPLACE_IF_NEWER, &folder, &folder, THAW_DECIDE_MERGE);
  check_rule (THAW_RULE_REPLACE, &folder, &folder, THAW_DECIDE_REPLACE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/request/variant", test_variant);
  g_test_add_func ("/request/hostile", test_hostile);
  g_test_add_func ("/names/numbered", test_names);
  g_test_add_func ("/names/long", test_long_names);
  g_test_add_func ("/rules/decide", test_rules);
  return g_test_run ();
}
