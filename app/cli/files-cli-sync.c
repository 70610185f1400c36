/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What "sync" and "download" make of their words. What is wrong is said in one line, before
 * anything is begun; addresses stay the text that they are, since a GFile would write them anew. */

#include "files-cli-sync.h"
#include "files-cli-arguments.h"

#include <string.h>

static gboolean
fail (GError **error, const char *text, const char *word)
{
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, text, word);
  return FALSE;
}

gboolean
files_cli_sync_set_words (ThawOperationRequest *request, GPtrArray *words, GError **error)
{
  g_autoptr (GFile) a = NULL;
  g_autoptr (GFile) b = NULL;

  if (words->len != 2)
    return fail (error, "Usage: thaw-files-cli sync %s", "A B");
  a = files_cli_new_file (g_ptr_array_index (words, 0));
  b = files_cli_new_file (g_ptr_array_index (words, 1));
  thaw_operation_request_add_source (request, a);
  thaw_operation_request_set_target (request, b);
  return TRUE;
}

gboolean
files_cli_sync_is_comparison (ThawOperationRequest *request)
{
  GVariant *mode = thaw_operation_request_get_option (request, "mode", G_VARIANT_TYPE_STRING);

  return strcmp (thaw_operation_request_get_kind (request), "synchronise") == 0 && mode != NULL
         && strcmp (g_variant_get_string (mode, NULL), "compare") == 0;
}

static gboolean
is_address (const char *word)
{
  g_autofree char *scheme = g_uri_parse_scheme (word);

  return scheme != NULL && (strcmp (scheme, "http") == 0 || strcmp (scheme, "https") == 0);
}

gboolean
files_cli_download_set_words (ThawOperationRequest *request,
                              GPtrArray *words,
                              gboolean has_rules,
                              GError **error)
{
  g_autoptr (GStrvBuilder) uris = g_strv_builder_new ();
  g_autoptr (GFile) folder = NULL;
  g_auto (GStrv) all = NULL;

  if (words->len < 2)
    return fail (error, "Usage: thaw-files-cli download %s", "URI… FOLDER");
  for (guint i = 0; i + 1 < words->len; i++)
    {
      if (!is_address (g_ptr_array_index (words, i)))
        return fail (error, "“%s” is no address of http or https", g_ptr_array_index (words, i));
      g_strv_builder_add (uris, g_ptr_array_index (words, i));
    }
  all = g_strv_builder_end (uris);
  folder = g_file_new_for_path (g_ptr_array_index (words, words->len - 1));
  thaw_operation_request_set_target (request, folder);
  thaw_operation_request_set_option (request,
                                     "uris",
                                     g_variant_new_strv ((const char *const *) all, -1));
  if (!has_rules)
    thaw_operation_request_set_rule (request, THAW_CONFLICT_FILE, THAW_RULE_KEEP_BOTH);
  if (!has_rules)
    thaw_operation_request_set_rule (request, THAW_CONFLICT_TYPE, THAW_RULE_KEEP_BOTH);
  return TRUE;
}
