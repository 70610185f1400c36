/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New names for many files: what a pattern makes of a name, and what is found wrong with all of
 * them together. */

#include "files-rename-pattern.h"

#include <gio/gio.h>
#include <locale.h>
#include <string.h>

#define NOON 1709208000 /* 2024-02-29 12:00:00 UTC */

static FilesRenamePattern *
make (const FilesRenameRules *rules)
{
  g_autoptr (GError) error = NULL;
  FilesRenamePattern *pattern = files_rename_pattern_new (rules, &error);

  g_assert_no_error (error);
  return pattern;
}

static void
check_item (const FilesRenameRules *rules,
            const FilesRenameItem *item,
            guint index,
            const char *expected,
            FilesRenameStatus status)
{
  g_autoptr (FilesRenamePattern) pattern = make (rules);
  g_autoptr (GTimeZone) zone = g_time_zone_new_utc ();
  FilesRenameStatus found;
  g_autofree char *name = files_rename_pattern_apply (pattern, item, index, zone, &found);

  g_assert_cmpstr (name, ==, expected);
  g_assert_cmpint (found, ==, status);
}

static void
check (const FilesRenameRules *rules, const char *name, const char *expected)
{
  const FilesRenameItem item = { .name = name, .mtime_sec = NOON };

  check_item (rules,
              &item,
              4,
              expected,
              g_str_equal (name, expected) ? FILES_RENAME_UNCHANGED : FILES_RENAME_CHANGED);
}

static void
test_pattern (void)
{
  check (&(FilesRenameRules){ .pattern = "[name]" }, "a.txt", "a.txt");
  check (&(FilesRenameRules){ .pattern = "[n] [name]", .start = 1 }, "a.txt", "5 a.txt");
  check (&(FilesRenameRules){ .pattern = "Photo [n]", .start = 6, .width = 3 },
         "a.jpg",
         "Photo 010.jpg");
  check (&(FilesRenameRules){ .pattern = "[name]" }, "a.tar.gz", "a.tar.gz");
  check (&(FilesRenameRules){ .pattern = "[name] old" }, "a.tar.gz", "a old.tar.gz");
  check (&(FilesRenameRules){ .pattern = "x" }, ".bashrc", "x");
  check (&(FilesRenameRules){ .pattern = "[ext]-[name]" }, "a.txt", "txt-a");
  check (&(FilesRenameRules){ .pattern = "[name] 2.[ext]" }, "a.txt", "a 2.txt");
  check (&(FilesRenameRules){ .pattern = "[name] 2.[ext]" }, "README", "README 2");
  check (&(FilesRenameRules){ .pattern = "[[[name]]" }, "a", "[a]");
  check (&(FilesRenameRules){ .pattern = "[date] [time] [name]" },
         "a.txt",
         "2024-02-29 12-00-00 a.txt");
}

static void
test_folder (void)
{
  const FilesRenameItem item = { .name = "v1.2", .is_folder = TRUE, .mtime_sec = NOON };

  check_item (&(FilesRenameRules){ .pattern = "[name] old" },
              &item,
              0,
              "v1.2 old",
              FILES_RENAME_CHANGED);
}

static void
test_search (void)
{
  check (&(FilesRenameRules){ .pattern = "[name]", .search = "IMG_" }, "IMG_1.jpg", "1.jpg");
  check (&(FilesRenameRules){ .pattern = "[name]", .search = ".jpeg", .replacement = ".jpg" },
         "a.jpeg",
         "a.jpg");
  check (&(FilesRenameRules){ .pattern = "[name]", .search = "a.b", .replacement = "\\1" },
         "a.b axb",
         "\\1 axb");
  check (&(FilesRenameRules){ .pattern = "[name]",
                              .search = "É",
                              .replacement = "e",
                              .ignores_case = TRUE },
         "éÉ",
         "ee");
  check (&(FilesRenameRules){ .pattern = "[name]",
                              .search = "(\\d+)-(\\d+)",
                              .replacement = "\\2-\\1",
                              .is_regex = TRUE },
         "12-34.txt",
         "34-12.txt");
}

static void
test_letters (void)
{
  check (&(FilesRenameRules){ .pattern = "[name]", .letters = FILES_CASE_LOWER },
         "ÄB.JPG",
         "äb.JPG");
  check (&(FilesRenameRules){ .pattern = "[name]", .letters = FILES_CASE_UPPER },
         "straße.txt",
         "STRASSE.txt");
  check (&(FilesRenameRules){ .pattern = "[name]", .letters = FILES_CASE_TITLE },
         "don’t PANIC now.txt",
         "Don’t Panic Now.txt");
}

static void
test_refuses (void)
{
  const FilesRenameItem item = { .name = "a", .mtime_sec = FILES_NO_TIME };
  g_autofree char *longest = g_strnfill (256, 'x');

  check_item (&(FilesRenameRules){ .pattern = "" }, &item, 0, "", FILES_RENAME_EMPTY);
  check_item (&(FilesRenameRules){ .pattern = "a/b" }, &item, 0, "a/b", FILES_RENAME_ILLEGAL);
  check_item (&(FilesRenameRules){ .pattern = ".." }, &item, 0, "..", FILES_RENAME_ILLEGAL);
  check_item (&(FilesRenameRules){ .pattern = longest }, &item, 0, longest, FILES_RENAME_TOO_LONG);
  check_item (&(FilesRenameRules){ .pattern = "[date]" }, &item, 0, "", FILES_RENAME_NO_DATE);
  check_item (&(FilesRenameRules){ .pattern = "b" },
              &(FilesRenameItem){ .name = "a\xff" },
              0,
              "a\xff",
              FILES_RENAME_NOT_TEXT);
}

static void
test_errors (void)
{
  const FilesRenameRules wrong[] = {
    { .pattern = "[nonsense]" },
    { .pattern = "[name" },
    { .pattern = "[name]", .search = "(", .is_regex = TRUE },
    { .pattern = "[name]", .search = "a", .replacement = "\\g<", .is_regex = TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (files_rename_pattern_new (&wrong[i], &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
    }
}

static void
expect (const FilesRenameRules *rules,
        const char *const *names,
        guint n,
        const char *const *others,
        const FilesRenameStatus *statuses)
{
  g_autoptr (FilesRenamePattern) pattern = make (rules);
  g_autoptr (GTimeZone) zone = g_time_zone_new_utc ();
  g_autofree FilesRenameItem *items = g_new0 (FilesRenameItem, n);
  g_autoptr (FilesRenamePreview) preview = NULL;

  for (guint i = 0; i < n; i++)
    items[i].name = names[i];
  preview = files_rename_preview_new (pattern,
                                      items,
                                      n,
                                      others,
                                      g_strv_length ((GStrv) others),
                                      zone,
                                      NULL,
                                      NULL);
  for (guint i = 0; i < n; i++)
    g_assert_cmpint (preview->statuses[i], ==, statuses[i]);
}

static void
test_conflicts (void)
{
  const char *const names[] = { "a1", "a2", "a3" };
  const char *const others[] = { "a1", "a2", "a3", "b", "x2", NULL };

  expect (&(FilesRenameRules){ .pattern = "b" },
          names,
          3,
          others,
          (FilesRenameStatus[]){ FILES_RENAME_TWICE, FILES_RENAME_TWICE, FILES_RENAME_TWICE });
  expect (&(FilesRenameRules){ .pattern = "[name]", .search = "a", .replacement = "x" },
          names,
          3,
          others,
          (FilesRenameStatus[]){ FILES_RENAME_CHANGED, FILES_RENAME_TAKEN, FILES_RENAME_CHANGED });
  /* Each goes where the next one was: no conflict. */
  expect (
      &(FilesRenameRules){ .pattern = "a[n]", .start = 2 },
      names,
      3,
      others,
      (FilesRenameStatus[]){ FILES_RENAME_CHANGED, FILES_RENAME_CHANGED, FILES_RENAME_CHANGED });
  /* One that stays is in the way of another. */
  expect (&(FilesRenameRules){ .pattern = "[name]", .search = "a1", .replacement = "a2" },
          names,
          3,
          others,
          (FilesRenameStatus[]){ FILES_RENAME_TWICE, FILES_RENAME_TWICE, FILES_RENAME_UNCHANGED });
}

static gboolean
stop (gpointer user_data)
{
  return TRUE;
}

static void
test_stops (void)
{
  g_autoptr (FilesRenamePattern) pattern = make (&(FilesRenameRules){ .pattern = "b" });
  g_autoptr (GTimeZone) zone = g_time_zone_new_utc ();
  const FilesRenameItem item = { .name = "a" };

  g_assert_null (files_rename_preview_new (pattern, &item, 1, NULL, 0, zone, stop, NULL));
}

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "C.UTF-8");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rename-pattern/pattern", test_pattern);
  g_test_add_func ("/rename-pattern/folder", test_folder);
  g_test_add_func ("/rename-pattern/search", test_search);
  g_test_add_func ("/rename-pattern/letters", test_letters);
  g_test_add_func ("/rename-pattern/refuses", test_refuses);
  g_test_add_func ("/rename-pattern/errors", test_errors);
  g_test_add_func ("/rename-pattern/conflicts", test_conflicts);
  g_test_add_func ("/rename-pattern/stops", test_stops);
  return g_test_run ();
}
