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
  assert_page (files_notice_info_for_empty (0), NULL, 0);
  assert_page (files_notice_info_for_empty (2), "2 hidden files", FILES_OFFER_SHOW_HIDDEN);
  assert_page (files_notice_info_for_no_match ("abc"), "abc", FILES_OFFER_CLEAR_FILTER);
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
  g_assert_cmpstr (second, ==, "Could not open: words of the system");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/notice-info/errors", test_errors);
  g_test_add_func ("/app/notice-info/states", test_states);
  g_test_add_func ("/app/notice-info/lines", test_lines);
  return g_test_run ();
}
