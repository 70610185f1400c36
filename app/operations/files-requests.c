/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the user asks for, as requests of io, and what all this is called: in the panel and by undo ("Undo Move “a.txt” to
 * “Photos”"), and in a toast when it is done. What is made of a selection has no sources yet: there
 * may be so many that the loop can't put them in. Loop's thread; no file is touched. */

#include "files-requests.h"
#include "pane-location.h"

#include <glib/gi18n.h>

static char *
dup_name (FilesSelection *files)
{
  g_autoptr (GFile) first = files_selection_dup_first (files);

  return pane_location_dup_title (first);
}

/* @one has room for a name, and for the folder if there is one; @many for a number and the folder. */
static char *
dup_title (const char *one, const char *many, FilesSelection *files, GFile *folder)
{
  g_autofree char *name = dup_name (files);
  g_autofree char *where = folder != NULL ? pane_location_dup_title (folder) : NULL;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  if (files_selection_get_n (files) == 1)
    return g_strdup_printf (one, name, where);
  return g_strdup_printf (many, files_selection_get_n (files), where);
#pragma GCC diagnostic pop
}

/**
 * files_request_transfer:
 * @how: copy, move or link
 * @files: : what
 * @folder: where to
 * @title: (out) (transfer full): what it is called
 *
 * Returns: (transfer full): the request
 */
ThawOperationRequest *
files_request_transfer (FilesTransfer how, FilesSelection *files, GFile *folder, char **title)
{
  static const char *const kinds[] = { "copy", "move", "link" };
  ThawOperationRequest *request = thaw_operation_request_new (kinds[how]);

  thaw_operation_request_set_target (request, folder);
  switch (how)
    {
    case FILES_TRANSFER_COPY:
      /* Translators: a file and a folder; what can be undone */
      *title = dup_title (_ ("Copy “%s” to “%s”"),
                          ngettext ("Copy %'u Item to “%s”", "Copy %'u Items to “%s”", files_selection_get_n (files)),
                          files,
                          folder);
      break;
    case FILES_TRANSFER_MOVE:
      *title = dup_title (_ ("Move “%s” to “%s”"),
                          ngettext ("Move %'u Item to “%s”", "Move %'u Items to “%s”", files_selection_get_n (files)),
                          files,
                          folder);
      break;
    case FILES_TRANSFER_LINK:
      thaw_operation_request_set_option (request, "symbolic", g_variant_new_boolean (TRUE));
      *title = dup_title (_ ("Link to “%s” in “%s”"),
                          ngettext ("Link to %'u Item in “%s”", "Link to %'u Items in “%s”", files_selection_get_n (files)),
                          files,
                          folder);
      break;
    }
  return request;
}

/**
 * files_request_simple:
 * @kind: "trash", "restore", "delete" or "duplicate"
 * @files: : what
 * @title: (out) (transfer full): what it is called
 *
 * Returns: (transfer full): the request
 */
ThawOperationRequest *
files_request_simple (const char *kind, FilesSelection *files, char **title)
{
  ThawOperationRequest *request = thaw_operation_request_new (kind);

  if (g_str_equal (kind, "trash"))
    *title = dup_title (_ ("Move “%s” to Trash"),
                        ngettext ("Move %'u Item to Trash", "Move %'u Items to Trash", files_selection_get_n (files)),
                        files,
                        NULL);
  else if (g_str_equal (kind, "restore"))
    *title = dup_title (_ ("Restore “%s”"), ngettext ("Restore %'u Item", "Restore %'u Items", files_selection_get_n (files)), files, NULL);
  else if (g_str_equal (kind, "delete"))
    *title = dup_title (_ ("Delete “%s”"), ngettext ("Delete %'u Item", "Delete %'u Items", files_selection_get_n (files)), files, NULL);
  else
    *title
        = dup_title (_ ("Duplicate “%s”"), ngettext ("Duplicate %'u Item", "Duplicate %'u Items", files_selection_get_n (files)), files, NULL);
  return request;
}

/**
 * files_request_rename:
 * @file: a file
 * @name: its new name
 * @title: (out) (transfer full): what it is called
 *
 * Returns: (transfer full): the request
 */
ThawOperationRequest *
files_request_rename (GFile *file, const char *name, char **title)
{
  ThawOperationRequest *request = thaw_operation_request_new ("rename");
  g_autofree char *old = pane_location_dup_title (file);

  thaw_operation_request_add_source (request, file);
  thaw_operation_request_add_name (request, name);
  *title = g_strdup_printf (_ ("Rename “%s” to “%s”"), old, name);
  return request;
}

/**
 * files_request_new_folder:
 * @parent: where
 * @name: its name
 * @title: (out) (transfer full): what it is called
 *
 * Returns: (transfer full): the request
 */
ThawOperationRequest *
files_request_new_folder (GFile *parent, const char *name, char **title)
{
  ThawOperationRequest *request = thaw_operation_request_new ("create");

  thaw_operation_request_set_target (request, parent);
  thaw_operation_request_add_name (request, name);
  thaw_operation_request_set_option (request, "folder", g_variant_new_boolean (TRUE));
  *title = g_strdup_printf (_ ("Create Folder “%s”"), name);
  return request;
}

/**
 * files_request_new_folder_with:
 * @files: : what is moved into it
 * @parent: where
 * @name: its name
 * @title: (out) (transfer full): what it is called
 *
 * Returns: (transfer full): the request
 */
ThawOperationRequest *
files_request_new_folder_with (FilesSelection *files, GFile *parent, const char *name, char **title)
{
  ThawOperationRequest *request = thaw_operation_request_new ("create");
  guint n = files_selection_get_n (files);

  thaw_operation_request_set_target (request, parent);
  thaw_operation_request_add_name (request, name);
  thaw_operation_request_set_option (request, "folder", g_variant_new_boolean (TRUE));
  *title = g_strdup_printf (ngettext ("Create Folder “%s” With %'u Item", "Create Folder “%s” With %'u Items", n), name, n);
  return request;
}

/**
 * files_request_from_template:
 * @template: what it is a copy of
 * @parent: where
 * @name: its name; the next free one like it if it is taken
 * @title: (out) (transfer full): what it is called
 *
 * Returns: (transfer full): the request
 */
ThawOperationRequest *
files_request_from_template (GFile *template, GFile *parent, const char *name, char **title)
{
  ThawOperationRequest *request = files_request_new_file (parent, name, NULL, title);

  thaw_operation_request_add_source (request, template);
  return request;
}

/**
 * files_request_new_file:
 * @parent: where
 * @name: its name; the next free one like it if it is taken
 * @content: (nullable): what is in it
 * @title: (out) (transfer full): what it is called
 *
 * Returns: (transfer full): the request
 */
ThawOperationRequest *
files_request_new_file (GFile *parent, const char *name, GBytes *content, char **title)
{
  ThawOperationRequest *request = thaw_operation_request_new ("create");

  thaw_operation_request_set_target (request, parent);
  thaw_operation_request_add_name (request, name);
  thaw_operation_request_set_rule (request, THAW_CONFLICT_FILE, THAW_RULE_KEEP_BOTH);
  thaw_operation_request_set_rule (request, THAW_CONFLICT_TYPE, THAW_RULE_KEEP_BOTH);
  if (content != NULL)
    thaw_operation_request_set_option (request,
                                       "content",
                                       g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, content, TRUE));
  *title = g_strdup_printf (_ ("Create “%s”"), name);
  return request;
}

/**
 * files_request_empty_trash:
 * @title: (out) (transfer full): what it is called
 *
 * Returns: (transfer full): the request
 */
ThawOperationRequest *
files_request_empty_trash (char **title)
{
  *title = g_strdup (_ ("Empty Trash"));
  return thaw_operation_request_new ("empty-trash");
}

/**
 * files_request_compress:
 * @files: : what
 * @folder: where the archive is made
 * @name: its name, with the extension
 * @format: "zip", "tar.gz" …
 * @title: (out) (transfer full): what it is called
 *
 * Returns: (transfer full): the request
 */
ThawOperationRequest *
files_request_compress (FilesSelection *files, GFile *folder, const char *name, const char *format, char **title)
{
  ThawOperationRequest *request = thaw_operation_request_new ("compress");
  g_autoptr (GFile) archive = g_file_get_child (folder, name);

  thaw_operation_request_set_target (request, archive);
  thaw_operation_request_set_option (request, "format", g_variant_new_string (format));
  *title = g_strdup_printf (_ ("Compress into “%s”"), name);
  return request;
}

/**
 * files_request_extract:
 * @files: : archives
 * @folder: where each gets a folder of its own
 * @title: (out) (transfer full): what it is called
 *
 * Returns: (transfer full): the request
 */
ThawOperationRequest *
files_request_extract (FilesSelection *files, GFile *folder, char **title)
{
  ThawOperationRequest *request = thaw_operation_request_new ("extract");

  thaw_operation_request_set_target (request, folder);
  *title = dup_title (_ ("Extract “%s” to “%s”"),
                      ngettext ("Extract %'u Archive to “%s”", "Extract %'u Archives to “%s”", files_selection_get_n (files)),
                      files,
                      folder);
  return request;
}

/**
 * files_request_dup_done_for_good:
 * @request: a request that was carried out, and can't be undone
 *
 * Returns: (transfer full) (nullable): what to say of it, %NULL if that isn't another thing than files_request_dup_done() says
 */
char *
files_request_dup_done_for_good (ThawOperationRequest *request)
{
  const char *kind = thaw_operation_request_get_kind (request);
  guint n = thaw_operation_request_get_n_sources (request);
  g_autofree char *name = n == 1 ? pane_location_dup_title (thaw_operation_request_get_source (request, 0)) : NULL;

  if (g_str_equal (kind, "empty-trash"))
    return g_strdup (_ ("Trash emptied"));
  if (!g_str_equal (kind, "delete"))
    return NULL;
  return n == 1 ? g_strdup_printf (_ ("“%s” deleted for good"), name)
                : g_strdup_printf (ngettext ("%'u item deleted for good", "%'u items deleted for good", n), n);
}

/**
 * files_request_dup_done:
 * @request: a request that was carried out
 *
 * Returns: (transfer full) (nullable): what to say of it, %NULL if it can be seen anyway
 */
char *
files_request_dup_done (ThawOperationRequest *request)
{
  const char *kind = thaw_operation_request_get_kind (request);
  guint n = thaw_operation_request_get_n_sources (request);
  g_autofree char *name
      = n == 1 ? pane_location_dup_title (thaw_operation_request_get_source (request, 0)) : NULL;

  if (g_str_equal (kind, "trash"))
    return n == 1 ? g_strdup_printf (_ ("“%s” moved to trash"), name)
                  : g_strdup_printf (ngettext ("%'u item moved to trash", "%'u items moved to trash", n), n);
  if (g_str_equal (kind, "delete"))
    return n == 1 ? g_strdup_printf (_ ("“%s” deleted"), name)
                  : g_strdup_printf (ngettext ("%'u item deleted", "%'u items deleted", n), n);
  if (g_str_equal (kind, "move"))
    return n == 1 ? g_strdup_printf (_ ("“%s” moved"), name)
                  : g_strdup_printf (ngettext ("%'u item moved", "%'u items moved", n), n);
  if (g_str_equal (kind, "restore"))
    return n == 1 ? g_strdup_printf (_ ("“%s” restored"), name)
                  : g_strdup_printf (ngettext ("%'u item restored", "%'u items restored", n), n);
  return NULL;
}
