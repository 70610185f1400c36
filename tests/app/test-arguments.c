/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line: what is taken, and that what is bad is named in one line. */
#include "files-arguments.h"

static gboolean
has_view (const char *id)
{
  return g_str_equal (id, "list");
}

static FilesArguments *
parse (const char *const *arguments, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) argv = NULL;

  g_strv_builder_add (builder, "thaw-files");
  g_strv_builder_addv (builder, (const char **) arguments);
  argv = g_strv_builder_end (builder);
  return files_arguments_parse ((const char *const *) argv, has_view, error);
}

static void
test_good (void)
{
  const char *const argv[]
      = { "--view", "list", "-w", "/tmp", "file:///a%20b", "sftp://host/x", "a:b", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (FilesArguments) arguments = parse (argv, &error);
  g_autofree char *path = NULL;
  g_autofree char *base = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (arguments->view_id, ==, "list");
  g_assert_true (arguments->new_window);
  g_assert_cmpuint (arguments->locations->len, ==, 4);
  path = g_file_get_path (g_ptr_array_index (arguments->locations, 1));
  g_assert_cmpstr (path, ==, "/a b");
  base = g_file_get_basename (g_ptr_array_index (arguments->locations, 3));
  g_assert_cmpstr (base, ==, "a:b");
}

static void
assert_bad (const char *first, const char *second, const char *named)
{
  const char *const argv[] = { first, second, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (FilesArguments) arguments = parse (argv, &error);

  g_assert_null (arguments);
  g_assert_error (error, G_OPTION_ERROR, error->code);
  g_assert_nonnull (strstr (error->message, named));
  g_assert_null (strchr (error->message, '\n'));
}

static void
test_bad (void)
{
  assert_bad ("--nonsense", NULL, "--nonsense");
  assert_bad ("--view", NULL, "--view");
  assert_bad ("--view", "nowhere", "nowhere");
  assert_bad ("file:///%zz", NULL, "file:///%zz");
  assert_bad ("http://[bad/", NULL, "http://[bad/");
  assert_bad ("", NULL, "");
}

static void
test_none (void)
{
  const char *const argv[] = { NULL };
  g_autoptr (FilesArguments) arguments = parse (argv, NULL);
  g_autofree char *help = files_arguments_dup_help ();

  g_assert_nonnull (arguments);
  g_assert_cmpuint (arguments->locations->len, ==, 0);
  g_assert_null (arguments->view_id);
  g_assert_nonnull (strstr (help, "--view"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/arguments/good", test_good);
  g_test_add_func ("/app/arguments/bad", test_bad);
  g_test_add_func ("/app/arguments/none", test_none);
  return g_test_run ();
}
