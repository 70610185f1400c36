/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GTK's bookmarks file. It belongs to every GTK program of the user, so what is not understood here
 * is written back as it was, and the file is replaced in one step. Text in, text out: any thread;
 * only the function that ends in _sync touches the disk, and it is for worker threads. */

#include "pane-bookmarks.h"
#include <glib/gstdio.h>
#include <stdlib.h>

/**
 * pane_bookmark_free:
 * @self: (transfer full): a bookmark
 */
void
pane_bookmark_free (PaneBookmark *self)
{
  g_free (self->uri);
  g_free (self->label);
  g_free (self);
}

static char *
dup_line_uri (const char *line)
{
  const char *end = strchrnul (line, ' ');

  return g_strndup (line, end - line);
}

/**
 * pane_bookmarks_parse:
 * @text: the file's text
 *
 * Returns: (transfer container) (element-type PaneBookmark): the bookmarks in their order
 */
GPtrArray *
pane_bookmarks_parse (const char *text)
{
  GPtrArray *bookmarks = g_ptr_array_new_with_free_func ((GDestroyNotify) pane_bookmark_free);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *space = strchr (g_strchomp (lines[i]), ' ');
      g_autofree char *uri = dup_line_uri (lines[i]);
      PaneBookmark *bookmark;

      if (!g_uri_is_valid (uri, G_URI_FLAGS_PARSE_RELAXED, NULL))
        continue;
      bookmark = g_new0 (PaneBookmark, 1);
      bookmark->uri = g_steal_pointer (&uri);
      if (space != NULL && space[1] != '\0')
        bookmark->label = g_utf8_make_valid (space + 1, -1);
      g_ptr_array_add (bookmarks, bookmark);
    }
  return bookmarks;
}

static gboolean
has_uri (const char *text, const char *uri)
{
  g_autoptr (GPtrArray) bookmarks = pane_bookmarks_parse (text);

  for (guint i = 0; i < bookmarks->len; i++)
    if (g_str_equal (((PaneBookmark *) g_ptr_array_index (bookmarks, i))->uri, uri))
      return TRUE;
  return FALSE;
}

/**
 * pane_bookmarks_add:
 * @text: the file's text
 * @uri: the place
 *
 * Returns: (transfer full): the text with @uri at its end, unless it is in it already
 */
char *
pane_bookmarks_add (const char *text, const char *uri)
{
  gboolean needs_newline = *text != '\0' && !g_str_has_suffix (text, "\n");

  if (has_uri (text, uri))
    return g_strdup (text);
  return g_strconcat (text, needs_newline ? "\n" : "", uri, "\n", NULL);
}

/**
 * pane_bookmarks_remove:
 * @text: the file's text
 * @uri: the place
 *
 * Returns: (transfer full): the text without the lines of @uri
 */
char *
pane_bookmarks_remove (const char *text, const char *uri)
{
  GString *kept = g_string_new (NULL);

  while (*text != '\0')
    {
      const char *end = strchrnul (text, '\n');
      g_autofree char *line = g_strndup (text, end - text);
      g_autofree char *line_uri = dup_line_uri (line);

      if (*end == '\n')
        end++;
      if (!g_str_equal (g_strchomp (line_uri), uri))
        g_string_append_len (kept, text, end - text);
      text = end;
    }
  return g_string_free (kept, FALSE);
}

/**
 * pane_bookmarks_dup_path:
 *
 * Returns: (transfer full): the path of the bookmarks file that all GTK programs share
 */
char *
pane_bookmarks_dup_path (void)
{
  return g_build_filename (g_get_user_config_dir (), "gtk-3.0", "bookmarks", NULL);
}

/**
 * pane_bookmarks_edit_sync:
 * @path: the bookmarks file
 * @uri: the place
 * @add: whether it is added or taken out
 *
 * Changes the file on the disk, in one step: another program sees the old or the new text. A link
 * is followed, so that a bookmarks file kept elsewhere stays there.
 *
 * - **Thread**: a worker's; blocks.
 *
 * Returns: whether it is done
 */
gboolean
pane_bookmarks_edit_sync (const char *path, const char *uri, gboolean add, GError **error)
{
  g_autofree char *text = NULL;
  g_autofree char *changed = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *target = realpath (path, NULL);
  g_autoptr (GError) read_error = NULL;

  if (target == NULL)
    target = g_strdup (path);
  if (!g_file_get_contents (target, &text, NULL, &read_error)
      && !g_error_matches (read_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      g_propagate_error (error, g_steal_pointer (&read_error));
      return FALSE;
    }
  changed = add ? pane_bookmarks_add (text != NULL ? text : "", uri)
                : pane_bookmarks_remove (text != NULL ? text : "", uri);
  if (g_strcmp0 (text, changed) == 0)
    return TRUE;
  folder = g_path_get_dirname (target);
  g_mkdir_with_parents (folder, 0700);
  return g_file_set_contents_full (target,
                                   changed,
                                   -1,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                   0666,
                                   error);
}
