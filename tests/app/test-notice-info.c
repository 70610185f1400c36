/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of an error: every page names its place, offers a way out, and no sentence is left
 * with a hole in it. */
#include "files-notice-info.h"

static void
assert_page (FilesNoticeInfo *page, const char *named, FilesOffers offers)
{
  g_assert_cmpstr (page->title, !=, "");
  if (named != NULL)
    g_assert_nonnull (strstr (page->description, named));
  if (page->description != NULL)
    g_assert_null (strstr (page->description, "%s"));
  g_assert_cmpint (page->offers & offers, ==, offers);
  files_notice_info_free (page);
}

static void
test_errors (void)
{
  g_autoptr (GFile) location = g_file_new_for_path ("/100%s/x");
  g_autoptr (GFile) root = g_file_new_for_path ("/");

  for (int code = 0; code < 60; code++)
    {
      g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, code, "words of the system");
      FilesNoticeInfo *page = files_notice_info_for_error (error, location);

      g_assert_nonnull (strstr (page->description, "/100%s/x"));
      g_assert_cmpint (page->offers, ==, FILES_OFFER_PARENT | FILES_OFFER_HOME | FILES_OFFER_RETRY);
      files_notice_info_free (page);
      page = files_notice_info_for_error (error, root);
      g_assert_false (page->offers & FILES_OFFER_PARENT);
      files_notice_info_free (page);
    }
}

static void
test_states (void)
{
  g_autoptr (GFile) location = g_file_new_for_path ("/place");

  assert_page (files_notice_info_for_loading (location), "place", FILES_OFFER_CANCEL);
  assert_page (files_notice_info_for_waiting (location, "/mnt/nas (nfs4)", 5 * G_USEC_PER_SEC),
               "/mnt/nas (nfs4)",
               FILES_OFFER_CANCEL | FILES_OFFER_RETRY);
  assert_page (files_notice_info_for_gone (location), "/place", FILES_OFFER_HOME);
  assert_page (files_notice_info_for_stopped (location), "/place", FILES_OFFER_RETRY);
  assert_page (files_notice_info_for_empty (location, 0), NULL, 0);
  assert_page (files_notice_info_for_empty (location, 2), "2 hidden files", FILES_OFFER_SHOW_HIDDEN);
  assert_page (files_notice_info_for_no_match ("abc"), "abc", FILES_OFFER_CLEAR_FILTER);
}

static void
test_empty_lists (void)
{
  static const char *const titles[][2] = {
    { "trash:///", "Trash Is Empty" },
    { "recent:///", "No Recent Files" },
    { "network:///", "No Servers Found" },
    { "file:///place", "Folder Is Empty" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    {
      g_autoptr (GFile) location = g_file_new_for_uri (titles[i][0]);
      FilesNoticeInfo *page = files_notice_info_for_empty (location, 0);

      g_assert_cmpstr (page->title, ==, titles[i][1]);
      files_notice_info_free (page);
    }
}

static void
test_lines (void)
{
  g_autoptr (GError) silent
      = g_error_new_literal (THAW_ERROR, THAW_ERROR_NOT_ANSWERING, "for logs");
  g_autoptr (GError) rare
      = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "words of the system");
  g_autofree char *first = files_error_dup_line ("Could not open", silent);
  g_autofree char *second = files_error_dup_line ("Could not open", rare);

  g_assert_cmpstr (first, ==, "Could not open: Its device or server is not answering.");
  g_assert_cmpstr (second, ==, "Could not open: Something went wrong (words of the system).");
}

/* The system's words, which are English, never stand alone. */
static void
assert_sentence (GQuark domain, int code)
{
  g_autoptr (GError) error = g_error_new_literal (domain, code, "words of the system");
  g_autofree char *reason = files_error_dup_reason (error);

  g_assert_true (g_str_has_suffix (reason, "."));
  g_assert_cmpstr (reason, !=, error->message);
}

static void
test_every_code (void)
{
  for (int code = 0; code < 60; code++)
    {
      assert_sentence (G_IO_ERROR, code);
      assert_sentence (G_FILE_ERROR, code);
      assert_sentence (THAW_ERROR, code);
      assert_sentence (G_KEY_FILE_ERROR, code);
    }
}

static void
test_same_in_both_domains (void)
{
  g_autoptr (GError) io = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NO_SPACE, "x");
  g_autoptr (GError) file = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_NOSPC, "y");
  g_autofree char *io_reason = files_error_dup_reason (io);
  g_autofree char *file_reason = files_error_dup_reason (file);

  g_assert_cmpstr (io_reason, ==, file_reason);
}

static void
test_unsaved (void)
{
  g_autoptr (GError) full = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_NOSPC, "x");
  g_autoptr (GError) denied = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_ACCES, "y");
  g_autofree char *first = files_error_dup_unsaved_line ("/100%s/state.ini", full);
  g_autofree char *second = files_error_dup_unsaved_line ("/100%s/state.ini", denied);

  g_assert_nonnull (strstr (first, "“/100%s/state.ini”"));
  g_assert_nonnull (strstr (first, "Make some room"));
  g_assert_nonnull (strstr (second, "“/100%s/state.ini”"));
  g_assert_nonnull (strstr (second, "permission"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/notice-info/errors", test_errors);
  g_test_add_func ("/app/notice-info/states", test_states);
  g_test_add_func ("/app/notice-info/empty-lists", test_empty_lists);
  g_test_add_func ("/app/notice-info/lines", test_lines);
  g_test_add_func ("/app/notice-info/every-code", test_every_code);
  g_test_add_func ("/app/notice-info/same-in-both-domains", test_same_in_both_domains);
  g_test_add_func ("/app/notice-info/unsaved", test_unsaved);
  return g_test_run ();
}
